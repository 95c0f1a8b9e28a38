//! What was done in an account, and to the installation as a whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::call::{Call, EventFile, Query};
use super::paging::{Page, Window, filters};
use super::problem::Problem;
use super::schema::Moment;
use crate::directory::account::Slug;
use crate::flow::event::{EventView, Filter};
use crate::http::event_file::{Format, file, search};

/// Something that was done.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Event {
    /// Its number in the chain.
    seq: i64,
    at: Moment,
    /// By whom: a kind, and often an id after a colon.
    actor: String,
    /// What: `connection.created`.
    action: String,
    /// To what: its id.
    target: String,
    /// What it was and became; null where something of the event was changed since.
    body: Value,
    /// From which address it was asked for, as far as it is known.
    client: Option<String>,
    /// Which request asked for it: log lines name it too.
    request: Option<String>,
}

filters! {
    /// Which events.
    EventFilter {
        /// By whom: a kind (`operator`), or one of them (`operator:op_…`).
        actor: String,
        /// What: an action (`connection.created`), or all about a noun (`connection`).
        action: String,
        /// To what: its id.
        target: String,
        /// From this moment on.
        since: Moment,
        /// Before this moment.
        until: Moment,
    }
}

/// The form of a file.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// A table.
    Csv,
    /// A JSON object a line.
    Jsonl,
}

/// Which events, and in which form.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileFilter {
    /// A JSON object a line, or a table; the first without it.
    format: Option<FileFormat>,
    /// By whom: a kind (`operator`), or one of them (`operator:op_…`).
    actor: Option<String>,
    /// What: an action (`connection.created`), or all about a noun (`connection`).
    action: Option<String>,
    /// To what: its id.
    target: Option<String>,
    /// From this moment on.
    since: Option<Moment>,
    /// Before this moment.
    until: Option<Moment>,
}

impl From<EventView> for Event {
    fn from(view: EventView) -> Self {
        let body = view.body.and_then(|body| serde_json::from_str(&body).ok()).unwrap_or_default();
        let EventView { seq, at, actor, action, target, client, request, .. } = view;
        Self { seq, at: Moment(at), actor, action, target, body, client, request }
    }
}

/// Those of an account, the latest first.
pub(super) async fn list(call: Call, Query(filter): Query<EventFilter>) -> Result<Page<Event>, Problem> {
    let slug = call.account()?.clone();
    listed(&call, Some(&slug), filter).await
}

/// Those of the installation as a whole.
pub(super) async fn list_of_installation(
    call: Call,
    Query(filter): Query<EventFilter>,
) -> Result<Page<Event>, Problem> {
    listed(&call, None, filter).await
}

async fn listed(call: &Call, slug: Option<&Slug>, filter: EventFilter) -> Result<Page<Event>, Problem> {
    let window: Window = filter.window()?;
    let EventFilter { actor, action, target, since, until, .. } = filter;
    let wanted = Filter { actor, action, target, from: since.map(|at| at.0), until: until.map(|at| at.0) };
    let page = (window.after()?, window.size().into());
    let found = search(call.gateway(), &call.ctx, slug, &wanted, page).await?;
    Ok(Page::going_on(found.events.into_iter().map(Event::from).collect(), found.next))
}

/// Those of an account as a file.
pub(super) async fn export(call: Call, Query(filter): Query<FileFilter>) -> Result<EventFile, Problem> {
    let slug = call.account()?.clone();
    exported(&call, Some(slug), filter).await
}

/// Those of the installation as a file.
pub(super) async fn export_of_installation(
    call: Call,
    Query(filter): Query<FileFilter>,
) -> Result<EventFile, Problem> {
    exported(&call, None, filter).await
}

async fn exported(call: &Call, slug: Option<Slug>, filter: FileFilter) -> Result<EventFile, Problem> {
    let FileFilter { format, actor, action, target, since, until } = filter;
    let wanted = Filter { actor, action, target, from: since.map(|at| at.0), until: until.map(|at| at.0) };
    let format = match format {
        Some(FileFormat::Csv) => Format::Csv,
        Some(FileFormat::Jsonl) | None => Format::Jsonl,
    };
    Ok(EventFile(file(call.gateway(), &call.ctx, slug, (wanted, format)).await?))
}
