//! What Zoom told an account: the list with its chart, and one event with what was said.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::caller::Caller;
use super::frame::{About, Answer, Section, account, around, may, problem, refused, show, status};
use super::zoom_place::ZoomPlace;
use crate::access::Action;
use crate::base::Instant;
use crate::base::id::ZoomEventId;
use crate::base::time::DAY_SECONDS;
use crate::flow::FlowError;
use crate::flow::account::AccountView;
use crate::flow::belong::is_of;
use crate::flow::zoom::event::show::{self as events, Filter, Page};
use crate::flow::zoom::link;
use crate::http::Web;
use crate::http::pages::zoom_events::{Asked, ChartView, EventPage, EventsPage};
use crate::http::reply::parameter;

const PAGE: u32 = 50;

/// `GET /console/at/{account}/zoom/events`: those that are asked for; with `before=…`, those before that one.
pub async fn list(place: ZoomPlace) -> Answer {
    let ZoomPlace { web, caller, account, query } = &place;
    listed(web, caller, account, query.as_bytes()).await.map_err(refused(web, caller))
}

async fn listed(
    web: &Web,
    caller: &Caller,
    account: &AccountView,
    query: &[u8],
) -> Result<Response, FlowError> {
    let (gateway, ctx, slug) = (&web.gateway, &caller.ctx, &account.slug);
    let linked = link::show(gateway, ctx, slug).await?;
    let asked = asked(query);
    let counts = events::counts(gateway, ctx, slug, asked.days).await?;
    let before = parameter(query, "before").and_then(|id| id.parse::<ZoomEventId>().ok());
    let found = events::list(gateway, ctx, slug, &filter(&asked), (before, PAGE)).await;
    let (found, wrong) = match found {
        Ok(found) => (found, None),
        Err(error) => match problem(web, caller, error) {
            Ok(sentence) => (Page::default(), Some(sentence)),
            Err(response) => return Ok(response),
        },
    };
    let days = asked.days.to_string();
    let older = found.next.map(|next| {
        let more = asked.query(&[("days", days.as_str()), ("before", next.to_string().as_str())]);
        format!("/console/at/{slug}/zoom/events?{more}#events")
    });
    let about = About { section: Section::Zoom, account: Some(account), problem: wrong.as_deref() };
    let page = EventsPage {
        frame: web.frame(),
        around: around(web, caller, about),
        slug: slug.as_str(),
        link: linked.link.as_ref(),
        webhook: &linked.addresses.webhook,
        types: events::types().collect(),
        chart: &ChartView::new(&counts),
        asked: &asked,
        rows: &found.events,
        older,
    };
    Ok(show(web, caller, status(wrong.as_deref()), &page))
}

fn asked(query: &[u8]) -> Asked {
    let text = |name| parameter(query, name).map(|text| text.trim().to_owned()).unwrap_or_default();
    Asked {
        name: text("type"),
        meeting: text("meeting"),
        person: text("person"),
        from: text("from"),
        to: text("to"),
        days: if text("days") == "30" { 30 } else { 14 },
    }
}

/// What cannot be read as a day is not asked for.
fn filter(asked: &Asked) -> Filter {
    let day = |text: &str| Instant::parse(&format!("{text}T00:00:00Z")).ok();
    let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    Filter {
        name: given(&asked.name),
        meeting: given(&asked.meeting),
        person: given(&asked.person),
        from: day(&asked.from),
        until: day(&asked.to).map(|day| day.plus_seconds(DAY_SECONDS)),
    }
}

/// `GET /console/at/{account}/zoom/events/{event}`: what Zoom said. That somebody looked is an event of the account.
pub async fn look(mut web: Web, caller: Caller, Path((slug, id)): Path<(String, String)>) -> Answer {
    let account = account(&mut web, &caller, (&slug, Section::Zoom)).await?;
    opened(&web, &caller, &account, &id).await.map_err(refused(&web, &caller))
}

async fn opened(web: &Web, caller: &Caller, account: &AccountView, id: &str) -> Result<Response, FlowError> {
    // Who may not at all is told so, whatever they ask for.
    may(caller, account, Action::ReadZoom)?;
    let id: ZoomEventId = id.parse().map_err(|_| FlowError::NotFound("event of Zoom"))?;
    is_of(&web.gateway, &account.slug, id.into()).await?;
    let detail = events::open(&web.gateway, &caller.ctx, id).await?;
    let about = About { section: Section::Zoom, account: Some(account), problem: None };
    let page = EventPage {
        frame: web.frame(),
        around: around(web, caller, about),
        slug: account.slug.as_str(),
        event: &detail.event,
        payload: format!("{:#}", detail.payload),
    };
    Ok(show(web, caller, StatusCode::OK, &page))
}
