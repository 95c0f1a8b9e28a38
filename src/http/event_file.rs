//! Events as a file, written while it is read: for the console and for programs.

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::table_file::{Portions, cell};
use crate::base::Ctx;
use crate::directory::account::Slug;
use crate::flow::event::{self, EventView, Filter, Names};
use crate::flow::{FlowError, Gateway};

/// Events that are written at once; as many are in memory, and one portion that waits to be read.
const PORTION: i64 = 500;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A table.
    Csv,
    /// A JSON object a line.
    Jsonl,
}

impl Format {
    const fn kind(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Jsonl => "application/jsonl; charset=utf-8",
        }
    }

    const fn end(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

/// The events of an account that fit, or of the installation where no account is given. That they are taken away is an
/// event.
///
/// # Errors
/// Those of [`event::begin_export`].
pub async fn file(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: Option<Slug>,
    (filter, format): (Filter, Format),
) -> Result<Response, FlowError> {
    let end = format.end();
    match &slug {
        Some(slug) => event::begin_export(gateway, ctx, slug, (&filter, end)).await?,
        None => event::begin_export_of_installation(gateway, ctx, (&filter, end)).await?,
    }
    let name = slug.as_ref().map_or("installation", Slug::as_str);
    let disposition = format!("attachment; filename=\"gatepost-events-{name}.{end}\"");
    let (portions, stream) = mpsc::channel(1);
    tokio::spawn(write(gateway.clone(), ctx.clone(), (slug, filter), format, portions));
    let headers = [(CONTENT_TYPE, format.kind().to_owned()), (CONTENT_DISPOSITION, disposition)];
    Ok((headers, Body::new(Portions(stream))).into_response())
}

/// The events of an account that fit, or of the installation where no account is given.
///
/// # Errors
/// Those of [`event::search`].
pub async fn search(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: Option<&Slug>,
    filter: &Filter,
    page: (Option<i64>, i64),
) -> Result<event::Page, FlowError> {
    match slug {
        Some(slug) => event::search(gateway, ctx, slug, filter, page).await,
        None => event::search_installation(gateway, ctx, filter, page).await,
    }
}

/// Whether the caller may is asked anew for each portion. Who is shut out meanwhile, or when the database fails, gets a
/// file that breaks off: its transfer is not ended as it should be, which whoever reads it notices.
async fn write(
    gateway: Gateway,
    ctx: Ctx,
    (slug, filter): (Option<Slug>, Filter),
    format: Format,
    portions: mpsc::Sender<Result<Bytes, FlowError>>,
) {
    let mut before = None;
    let mut is_first = true;
    loop {
        let portion = async {
            let ctx = event::standing(&gateway, &ctx).await?;
            let page = search(&gateway, &ctx, slug.as_ref(), &filter, (before, PORTION)).await?;
            let names = event::names(&gateway, &ctx, slug.as_ref(), &page.events).await?;
            Ok::<_, FlowError>((lines(format, &page.events, &names, is_first), page.next))
        };
        let (portion, next) = match portion.await {
            Ok((text, next)) => (Ok(Bytes::from(text)), next),
            Err(error) => (Err(error), None),
        };
        // Nobody reads on.
        if portions.send(portion).await.is_err() || next.is_none() {
            return;
        }
        (before, is_first) = (next, false);
    }
}

const COLUMNS: [&str; 9] =
    ["number", "at", "actor", "actor_name", "action", "target", "target_name", "client", "details"];

fn lines(format: Format, events: &[EventView], names: &Names, is_first: bool) -> Vec<u8> {
    let name = |id: &str| names.get(id).map(String::as_str);
    let who = |event: &EventView| event.actor.split_once(':').and_then(|(_, id)| name(id)).map(str::to_owned);
    if format == Format::Jsonl {
        let mut text = Vec::new();
        for event in events {
            let body: Option<Value> = event.body.as_deref().and_then(|body| serde_json::from_str(body).ok());
            let line = json!({
                "number": event.seq, "at": event.at.to_string(), "actor": event.actor, "actor_name": who(event),
                "action": event.action, "target": event.target, "target_name": name(&event.target),
                "client": event.client, "request": event.request, "details": body, "is_changed": event.body.is_none(),
            });
            text.extend_from_slice(line.to_string().as_bytes());
            text.push(b'\n');
        }
        return text;
    }
    let mut file = csv::Writer::from_writer(Vec::new());
    if is_first {
        // Writing into memory does not fail.
        let _ = file.write_record(COLUMNS);
    }
    for event in events {
        let _ = file.write_record([
            event.seq.to_string().as_str(),
            event.at.to_string().as_str(),
            &cell(&event.actor),
            &cell(&who(event).unwrap_or_default()),
            &cell(&event.action),
            &cell(&event.target),
            &cell(name(&event.target).unwrap_or_default()),
            &cell(event.client.as_deref().unwrap_or_default()),
            &cell(event.body.as_deref().unwrap_or_default()),
        ]);
    }
    file.into_inner().unwrap_or_default()
}
