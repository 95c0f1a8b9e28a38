//! Events as a file, written while it is read: for the console and for programs.

use axum::response::Response;
use serde_json::{Value, json};

use super::table_file::{Written, cell, stream};
use crate::base::Ctx;
use crate::base::ctx::kind_and_id;
use crate::directory::account::Slug;
use crate::flow::event::{self, EventView, Filter, Most, Names};
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
/// Those of [`event::begin_export`] and [`search`].
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
    let name = slug.as_ref().map_or_else(|| "installation".to_owned(), Slug::to_string);
    let read = move |gateway: Gateway, ctx: Ctx, before: Option<i64>| {
        let (slug, filter) = (slug.clone(), filter.clone());
        async move {
            let page = search(&gateway, &ctx, slug.as_ref(), &filter, (before, PORTION)).await?;
            let names = event::names(&gateway, &ctx, slug.as_ref(), &page.events).await?;
            Ok(Written { text: lines(format, &page.events, &names, before.is_none()), next: page.next })
        }
    };
    stream((gateway, ctx), (&format!("events-{name}.{end}"), format.kind()), read).await
}

/// The events of an account that fit, or of the installation where no account is given; `limit` at the most.
///
/// # Errors
/// Those of [`event::search`].
pub async fn search(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: Option<&Slug>,
    filter: &Filter,
    (before, limit): (Option<i64>, i64),
) -> Result<event::Page, FlowError> {
    let portion = (before, Most::Events(limit));
    match slug {
        Some(slug) => event::search(gateway, ctx, slug, filter, portion).await,
        None => event::search_installation(gateway, ctx, filter, portion).await,
    }
}

const COLUMNS: [&str; 9] =
    ["number", "at", "actor", "actor_name", "action", "target", "target_name", "client", "details"];

fn lines(format: Format, events: &[EventView], names: &Names, is_first: bool) -> Vec<u8> {
    let name = |id: &str| names.get(id).map(String::as_str);
    let who = |event: &EventView| kind_and_id(&event.actor).1.and_then(name).map(str::to_owned);
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
