//! What was done in an account.

use axum::extract::{Path, RawQuery};
use axum::http::StatusCode;
use axum::response::Response;

use super::caller::Caller;
use super::frame::{About, Section, account, around, show};
use crate::flow::event;
use crate::http::Web;
use crate::http::error::answer;
use crate::http::pages::console::{EventRow, EventsPage};
use crate::http::reply::parameter;

/// `GET /console/at/{account}/events`: the latest; with `before=…`, those before that one.
pub async fn list(
    mut web: Web,
    caller: Caller,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let account = match account(&mut web, &caller, (&slug, Section::Events)).await {
        Ok(account) => account,
        Err(response) => return response,
    };
    let query = query.unwrap_or_default();
    let before = parameter(query.as_bytes(), "before").and_then(|number| number.parse().ok());
    let found = match event::list(&web.gateway, &caller.ctx, &account.slug, before).await {
        Ok(found) => found,
        Err(error) => return answer(&web, &caller.ctx, &error),
    };
    let rows: Vec<_> = found.iter().map(EventRow::new).collect();
    let older = found.last().map(|event| event.seq).filter(|seq| *seq > 1);
    let about = About { section: Section::Events, account: Some(&account), problem: None };
    let page = EventsPage {
        frame: web.frame(),
        around: around(&web, &caller, about),
        events: &rows,
        older: older.map(|seq| format!("/console/at/{}/events?before={seq}", account.slug)),
    };
    show(&web, &caller, StatusCode::OK, &page)
}
