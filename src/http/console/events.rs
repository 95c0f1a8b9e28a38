//! What was done in an account, and to the installation as a whole: looked through, and taken away as a file.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery};

use super::caller::Caller;
use super::frame::{About, Answer, Section, account, around, days, ours, refused, show, status};
use crate::base::sentence::Sentence;
use crate::base::time::DAY_SECONDS;
use crate::directory::account::Slug;
use crate::flow::FlowError;
use crate::flow::account::AccountView;
use crate::flow::event::{self, Filter, Most, PAGE};
use crate::http::Web;
use crate::http::event_file::{self, Format};
use crate::http::pages::events::{Asked, EventRow, EventsPage};
use crate::http::reply::parameter;

/// `GET /console/at/{account}/events`: the latest that fit; with `before=…`, those before that one.
pub async fn list(
    mut web: Web,
    caller: Caller,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let account = account(&mut web, &caller, (&slug, Section::Events)).await?;
    listed(&web, &caller, Some(&account), &query.unwrap_or_default()).await
}

/// `GET /console/events`: the same of the installation as a whole.
pub async fn list_installation(web: Web, caller: Caller, RawQuery(query): RawQuery) -> Answer {
    listed(&web, &caller, None, &query.unwrap_or_default()).await
}

async fn listed(web: &Web, caller: &Caller, account: Option<&AccountView>, query: &str) -> Answer {
    let asked = asked(query.as_bytes());
    let (filter, wrong) = filter(&asked);
    let wrong = wrong.map(|wrong| web.frame().text.sentence(&wrong));
    let before = parameter(query.as_bytes(), "before").and_then(|number| number.parse().ok());
    let slug = account.map(|account| &account.slug);
    let loaded = async {
        let (gateway, ctx, portion) = (&web.gateway, &caller.ctx, (before, Most::Lines(PAGE)));
        let page = match slug {
            Some(slug) => event::search(gateway, ctx, slug, &filter, portion).await?,
            None => event::search_installation(gateway, ctx, &filter, portion).await?,
        };
        let names = event::names(&web.gateway, &caller.ctx, slug, &page.events).await?;
        Ok::<_, FlowError>((page, names))
    };
    let (found, names) = loaded.await.map_err(refused(web, caller))?;
    let frame = web.frame();
    let text = &frame.text.events;
    let lines = event::lines(&found.events);
    let rows: Vec<_> = lines.filter_map(|line| EventRow::of_line(line, &names, text)).collect();
    let base = base(slug);
    let older = found.next.map(|seq| format!("{base}?{}", with_before(&asked, seq)));
    let section = if account.is_some() { Section::Events } else { Section::InstallationEvents };
    let page = EventsPage {
        frame,
        around: around(web, caller, About { section, account, problem: wrong.as_deref() }),
        say: text,
        base: &base,
        is_account: account.is_some(),
        events: &rows,
        one: asked.one(&names, text),
        asked,
        older,
        looked_to: found.looked_to,
    };
    Ok(show(web, caller, status(wrong.as_deref()), &page))
}

fn base(slug: Option<&Slug>) -> String {
    slug.map_or_else(|| "/console/events".to_owned(), |slug| format!("/console/at/{slug}/events"))
}

fn asked(form: &[u8]) -> Asked {
    let text = |name| parameter(form, name).unwrap_or_default().trim().chars().take(100).collect::<String>();
    Asked {
        actor: text("actor"),
        action: text("action"),
        target: text("target"),
        from: text("from"),
        to: text("to"),
    }
}

/// A day that is none asks for nothing, and is told.
fn filter(asked: &Asked) -> (Filter, Option<Sentence>) {
    let some = |text: &String| (!text.is_empty()).then(|| text.clone());
    let ([from, to], wrong) = days([&asked.from, &asked.to]);
    let filter = Filter {
        actor: some(&asked.actor),
        action: some(&asked.action),
        target: some(&asked.target),
        from,
        until: to.map(|day| day.plus_seconds(DAY_SECONDS)),
    };
    (filter, wrong)
}

fn with_before(asked: &Asked, seq: i64) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let Asked { actor, action, target, from, to } = asked;
    for (name, value) in
        [("actor", actor), ("action", action), ("target", target), ("from", from), ("to", to)]
    {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    query.append_pair("before", &seq.to_string()).finish()
}

/// `POST /console/at/{account}/events/export`: what fits, as a file.
pub async fn export(mut web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    ours(&web, &caller, &body)?;
    let account = account(&mut web, &caller, (&slug, Section::Events)).await?;
    exported(&web, &caller, Some(account.slug), &body).await
}

/// `POST /console/events/export`: the same of the installation as a whole.
pub async fn export_installation(web: Web, caller: Caller, body: Bytes) -> Answer {
    ours(&web, &caller, &body)?;
    exported(&web, &caller, None, &body).await
}

async fn exported(web: &Web, caller: &Caller, slug: Option<Slug>, form: &[u8]) -> Answer {
    let format = match parameter(form, "format").as_deref() {
        Some("jsonl") => Format::Jsonl,
        _ => Format::Csv,
    };
    // A file is looked at by programs and later: one of other days than were meant would not be noticed.
    let filter = match filter(&asked(form)) {
        (filter, None) => filter,
        (_, Some(wrong)) => return Err(refused(web, caller)(FlowError::Invalid(wrong))),
    };
    event_file::file(&web.gateway, &caller.ctx, slug, (filter, format)).await.map_err(refused(web, caller))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_whole() {
        let asked = Asked { from: "2026-03-02".to_owned(), to: "2026-03-02".to_owned(), ..Asked::default() };
        let (Filter { from, until, actor, .. }, wrong) = filter(&asked);
        assert_eq!(from.map(|at| at.to_string()).as_deref(), Some("2026-03-02T00:00:00Z"));
        assert_eq!(until.map(|at| at.to_string()).as_deref(), Some("2026-03-03T00:00:00Z"));
        assert_eq!(actor, None);
        assert!(wrong.is_none());
        let (nothing, wrong) = filter(&Asked { from: "2026-99-99".to_owned(), ..Asked::default() });
        assert_eq!(nothing, Filter::default());
        assert_eq!(wrong.unwrap().english(), "\"2026-99-99\" is no day: write it like 2026-03-02");
    }
}
