//! The inventory of Zoom's users.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use axum::http::header::REFRESH;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;

use super::caller::Caller;
use super::frame::{About, Flash, Section, account, around, bad_form, go, problem, show};
use super::zoom_provisioning::{csv_file, shorten};
use crate::directory::state::ZoomInventoryState;
use crate::flow::FlowError;
use crate::flow::account::AccountView;
use crate::flow::zoom::inventory;
use crate::flow::zoom::inventory::table::{self, Filter, SeatView};
use crate::http::Web;
use crate::http::error::answer;
use crate::http::pages::zoom_inventory::{InventoryPage, Shown, lines};
use crate::http::reply::parameter;

const PAGE: u32 = 50;
const PORTION: u32 = 500;
const MOST_ROWS: usize = 200_000;
/// Inventories that the line is made of.
const POINTS: u32 = 60;

/// `GET /console/at/{account}/zoom/inventory`; with `show=…` and `after=…`, some of the users.
pub async fn look(
    mut web: Web,
    caller: Caller,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let account = match account(&mut web, &caller, (&slug, Section::Zoom)).await {
        Ok(account) => account,
        Err(response) => return response,
    };
    let query = query.unwrap_or_default();
    let asked = parameter(query.as_bytes(), "show").unwrap_or_default();
    let after = parameter(query.as_bytes(), "after");
    shown(&web, &caller, &account, (&asked, after.as_deref()), None).await
}

async fn shown(
    web: &Web,
    caller: &Caller,
    account: &AccountView,
    (asked, after): (&str, Option<&str>),
    said: Option<&str>,
) -> Response {
    let (gateway, ctx, slug) = (&web.gateway, &caller.ctx, &account.slug);
    let all = match inventory::list(gateway, ctx, slug, (None, POINTS)).await {
        Ok(all) => all,
        Err(error) => return answer(web, ctx, &error),
    };
    let found = async {
        let filter = Filter::parse(asked)?;
        table::list(gateway, ctx, (slug, &filter), (after, PAGE + 1)).await
    };
    let (mut seats, mut wrong): (Vec<SeatView>, Option<String>) = (Vec::new(), None);
    match found.await {
        Ok(found) => seats = found,
        Err(error) => match problem(web, caller, error) {
            Ok(sentence) => wrong = Some(sentence),
            Err(response) => return response,
        },
    }
    let problem = said.or(wrong.as_deref());
    let has_more = shorten(&mut seats);
    let encoded: String = form_urlencoded::byte_serialize(asked.as_bytes()).collect();
    let more = seats.last().filter(|_| has_more);
    let more = more
        .map(|last| format!("/console/at/{slug}/zoom/inventory?show={encoded}&after={}#table", last.cursor));
    let reading = all.iter().find(|one| one.state == ZoomInventoryState::Reading);
    let is_reading = reading.is_some();
    let failed = all.first().filter(|one| one.state == ZoomInventoryState::Failed);
    let trend: Vec<Shown> =
        all.iter().filter_map(|one| Some(Shown::of(one.ended_at?, one.report.as_ref()?))).collect();
    let latest = all.iter().find_map(|one| Some(Shown::of(one.ended_at?, one.report.as_ref()?)));
    let about = About { section: Section::Zoom, account: Some(account), problem };
    let page = InventoryPage {
        frame: web.frame(),
        around: around(web, caller, about),
        slug: slug.as_str(),
        reading,
        failure: failed.and_then(|one| one.problem.as_deref()),
        latest,
        lines: lines(&trend),
        trend,
        asked,
        encoded: &encoded,
        seats: &seats,
        more,
    };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let mut response = show(web, caller, status, &page);
    if is_reading {
        response.headers_mut().insert(REFRESH, HeaderValue::from_static("5"));
    }
    response
}

/// `POST /console/at/{account}/zoom/inventory`: counts now.
pub async fn ask(mut web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Response {
    if !caller.sent(&body) {
        return bad_form(&web);
    }
    let account = match account(&mut web, &caller, (&slug, Section::Zoom)).await {
        Ok(account) => account,
        Err(response) => return response,
    };
    match inventory::ask(&web.gateway, &caller.ctx, &account.slug).await {
        Ok(_) => go(&web, &format!("/console/at/{}/zoom/inventory", account.slug), Flash::Made),
        Err(error) => match problem(&web, &caller, error) {
            Ok(sentence) => shown(&web, &caller, &account, ("", None), Some(&sentence)).await,
            Err(response) => response,
        },
    }
}

/// `GET /console/at/{account}/zoom/inventory/file`: the users as CSV, those of `show=…` alone.
pub async fn file(
    mut web: Web,
    caller: Caller,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let account = match account(&mut web, &caller, (&slug, Section::Zoom)).await {
        Ok(account) => account,
        Err(response) => return response,
    };
    let asked = parameter(query.unwrap_or_default().as_bytes(), "show").unwrap_or_default();
    let read = async {
        let filter = Filter::parse(&asked)?;
        let (mut rows, mut after) = (vec![COLUMNS.map(str::to_owned).to_vec()], None::<String>);
        while rows.len() < MOST_ROWS {
            let page = (after.as_deref(), PORTION);
            let seats = table::list(&web.gateway, &caller.ctx, (&account.slug, &filter), page).await?;
            let Some(last) = seats.last() else { break };
            after = Some(last.cursor.clone());
            rows.extend(seats.iter().map(row));
            if matches!(filter, Filter::Email(_)) {
                break;
            }
        }
        Ok::<_, FlowError>(rows)
    };
    match read.await {
        Ok(rows) => csv_file(&format!("zoom-{}.csv", account.slug), &rows),
        Err(error) => answer(&web, &caller.ctx, &error),
    }
}

const COLUMNS: [&str; 13] = [
    "email",
    "name",
    "zoom_id",
    "status",
    "licence",
    "use",
    "is_wasted",
    "department",
    "last_zoom_sign_in",
    "created_at",
    "person",
    "person_name",
    "last_sign_in",
];

fn row(seat: &SeatView) -> Vec<String> {
    let moment = |at: Option<crate::base::Instant>| at.map(|at| at.to_string()).unwrap_or_default();
    let ours = seat.ours.as_ref();
    vec![
        seat.email.clone(),
        seat.name.clone(),
        seat.zoom_id.clone().unwrap_or_default(),
        seat.status.clone(),
        seat.plan.clone(),
        seat.use_of_it.clone(),
        seat.is_wasted.to_string(),
        seat.department.clone(),
        moment(seat.last_login_at),
        moment(seat.created_at),
        ours.map(|ours| ours.user_id.to_string()).unwrap_or_default(),
        ours.and_then(|ours| ours.name.clone()).unwrap_or_default(),
        moment(ours.and_then(|ours| ours.last_sign_in_at)),
    ]
}
