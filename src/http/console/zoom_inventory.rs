//! The inventory of Zoom's users.

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::REFRESH;

use super::caller::Caller;
use super::frame::{
    About, Answer, Flash, Section, around, go, page_of, problem, refused, sent, show, status,
};
use super::zoom_place::ZoomPlace;
use crate::directory::state::ZoomInventoryState;
use crate::flow::FlowError;
use crate::flow::account::AccountView;
use crate::flow::zoom::inventory;
use crate::flow::zoom::inventory::table::{self, Filter, SeatView};
use crate::flow::zoom::link;
use crate::flow::zoom::provision::settings;
use crate::http::Web;
use crate::http::error::answer;
use crate::http::pages::zoom_inventory::{InventoryPage, Shown, lines};
use crate::http::zoom_file;

const PAGE: u32 = 50;
/// Inventories that the line is made of.
const POINTS: u32 = 60;

/// `GET /console/at/{account}/zoom/inventory`; with `show=…` and `after=…`, some of the users.
pub async fn look(place: ZoomPlace) -> Answer {
    let (asked, after) = (place.asked("show").unwrap_or_default(), place.asked("after"));
    shown(&place.web, &place.caller, &place.account, (&asked, after.as_deref()), None).await
}

async fn shown(
    web: &Web,
    caller: &Caller,
    account: &AccountView,
    (asked, after): (&str, Option<&str>),
    said: Option<&str>,
) -> Answer {
    let (gateway, ctx, slug) = (&web.gateway, &caller.ctx, &account.slug);
    let known = async {
        let all = inventory::list(gateway, ctx, slug, (None, POINTS)).await?;
        let next_at = settings::show(gateway, ctx, slug).await?.next_inventory_at;
        Ok::<_, FlowError>((all, next_at, link::show(gateway, ctx, slug).await?.link))
    };
    let (all, next_at, link) = match known.await {
        Ok(known) => known,
        Err(error) => return Err(answer(web, ctx, &error)),
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
            Err(response) => return Err(response),
        },
    }
    let problem = said.or(wrong.as_deref());
    let (seats, has_more) = page_of(seats, PAGE);
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
        link: link.as_ref(),
        next_at,
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
    let mut response = show(web, caller, status(problem), &page);
    if is_reading {
        response.headers_mut().insert(REFRESH, HeaderValue::from_static("5"));
    }
    Ok(response)
}

/// `POST /console/at/{account}/zoom/inventory`: counts now.
pub async fn ask(mut web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::Zoom), &body).await?;
    match inventory::ask(&web.gateway, &caller.ctx, &account.slug).await {
        Ok(_) => Ok(go(&web, &format!("/console/at/{}/zoom/inventory", account.slug), Flash::Begun)),
        Err(error) => {
            let sentence = problem(&web, &caller, error)?;
            shown(&web, &caller, &account, ("", None), Some(&sentence)).await
        }
    }
}

/// `GET /console/at/{account}/zoom/inventory/file`: the users as CSV, those of `show=…` alone.
pub async fn file(place: ZoomPlace) -> Answer {
    let ZoomPlace { web, caller, account, .. } = &place;
    let asked = place.asked("show").unwrap_or_default();
    let file = async {
        let filter = Filter::parse(&asked)?;
        zoom_file::users(&web.gateway, &caller.ctx, (&account.slug, filter)).await
    };
    file.await.map_err(refused(web, caller))
}
