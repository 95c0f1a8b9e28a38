//! Where a connection's mapping is tried on what was really said, and any change on the sign-ins of the last days.
//!
//! `POST …/what-if` takes the form of other pages too: `mapping` (JSON), `set` (a line each: path, `=`, value),
//! `add_certificate` (PEM, may stand there more than once), `remove_key` (SHA-256, as well).

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::caller::Caller;
use super::frame::{About, Answer, Flash, Section, account, around, go, ours, problem, show};
use crate::base::id::ConnectionId;
use crate::flow::FlowError;
use crate::flow::account::AccountView;
use crate::flow::connection::playground::{self, Bench, On, Tried};
use crate::flow::connection::update::{self, Update};
use crate::flow::connection::what_if::{self, WhatIf};
use crate::http::Web;
use crate::http::error::answer;
use crate::http::pages::mapping::{MappingPage, Proposed, WhatIfPage};
use crate::http::reply::parameter;

const NONE: FlowError = FlowError::NotFound("connection");

/// The account and the connection of an address, and what there is to try.
async fn found(
    web: &mut Web,
    caller: &Caller,
    (slug, id): (&str, &str),
) -> Result<(AccountView, ConnectionId, Bench), Response> {
    let account = account(web, caller, (slug, Section::Integrations)).await?;
    let found = match id.parse::<ConnectionId>() {
        Ok(id) => bench(web, caller, (&account, id)).await,
        Err(_) => Err(NONE),
    };
    found.map(|(id, bench)| (account, id, bench)).map_err(|error| answer(web, &caller.ctx, &error))
}

async fn bench(
    web: &Web,
    caller: &Caller,
    (account, id): (&AccountView, ConnectionId),
) -> Result<(ConnectionId, Bench), FlowError> {
    let bench = playground::bench(&web.gateway, &caller.ctx, id).await?;
    // An operator may see every account's, each under its own name.
    if bench.account_id == account.id { Ok((id, bench)) } else { Err(NONE) }
}

/// `GET /console/at/{account}/sso/{connection}/mapping`.
pub async fn mapping(mut web: Web, caller: Caller, Path((slug, id)): Path<(String, String)>) -> Answer {
    match found(&mut web, &caller, (&slug, &id)).await {
        Ok((account, _, bench)) => {
            let chosen = bench.recorded.first().map(|one| one.attempt.to_string()).unwrap_or_default();
            let typed = Typed { rules: bench.mapping.clone(), chosen, pasted: String::new() };
            Ok(mapping_page(&web, &caller, (&account, &id, &bench), (&typed, None, None)))
        }
        Err(response) => Err(response),
    }
}

/// What stands in the form.
struct Typed {
    rules: String,
    chosen: String,
    pasted: String,
}

fn mapping_page(
    web: &Web,
    caller: &Caller,
    (account, id, bench): (&AccountView, &str, &Bench),
    (typed, tried, problem): (&Typed, Option<&Tried>, Option<&str>),
) -> Response {
    let about = About { section: Section::Integrations, account: Some(account), problem };
    let page = MappingPage {
        frame: web.frame(),
        around: around(web, caller, about),
        slug: account.slug.as_str(),
        connection: id,
        bench,
        rules: &typed.rules,
        chosen: &typed.chosen,
        pasted: &typed.pasted,
        tried,
    };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    show(web, caller, status, &page)
}

/// `POST /console/at/{account}/sso/{connection}/mapping`: tries the rules, or with `how=save` makes them a revision.
pub async fn try_mapping(
    mut web: Web,
    caller: Caller,
    Path((slug, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    ours(&web, &caller, &body)?;
    let (account, connection, bench) = found(&mut web, &caller, (&slug, &id)).await?;
    let text = |name| parameter(&body, name).unwrap_or_default();
    let typed = Typed { rules: text("mapping"), chosen: text("on"), pasted: text("pasted") };
    let of = (&account, id.as_str(), &bench);
    if parameter(&body, "how").as_deref() == Some("save") {
        let set = vec![("mapping".to_owned(), typed.rules.clone())];
        let change = Update { set, ..Update::default() };
        return match update::update(&web.gateway, &caller.ctx, connection, change).await {
            Ok(_) => Ok(go(&web, &format!("/console/at/{slug}/sso/{connection}/mapping"), Flash::Changed)),
            Err(error) => wrong(&web, &caller, of, (&typed, error)),
        };
    }
    let on = match typed.chosen.parse() {
        Ok(attempt) => On::Recorded(attempt),
        Err(_) => On::Pasted(typed.pasted.clone()),
    };
    let input = (typed.rules.as_str(), &on);
    match playground::try_mapping(&web.gateway, &caller.ctx, connection, input).await {
        Ok(tried) => Ok(mapping_page(&web, &caller, of, (&typed, Some(&tried), None))),
        Err(error) => wrong(&web, &caller, of, (&typed, error)),
    }
}

fn wrong(
    web: &Web,
    caller: &Caller,
    of: (&AccountView, &str, &Bench),
    (typed, error): (&Typed, FlowError),
) -> Answer {
    let sentence = problem(web, caller, error)?;
    Ok(mapping_page(web, caller, of, (typed, None, Some(&sentence))))
}

/// `GET /console/at/{account}/sso/{connection}/what-if`.
pub async fn ask(mut web: Web, caller: Caller, Path((slug, id)): Path<(String, String)>) -> Answer {
    match found(&mut web, &caller, (&slug, &id)).await {
        Ok((account, _, bench)) => {
            let proposed = Proposed { mapping: bench.mapping.clone(), ..Proposed::default() };
            Ok(what_if_page(&web, &caller, (&account, &id, &bench), (&proposed, None, None)))
        }
        Err(response) => Err(response),
    }
}

/// `POST /console/at/{account}/sso/{connection}/what-if`: tries a change; nothing is saved.
pub async fn what_if(
    mut web: Web,
    caller: Caller,
    Path((slug, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    ours(&web, &caller, &body)?;
    let (account, connection, bench) = found(&mut web, &caller, (&slug, &id)).await?;
    let proposed = proposed(&body);
    let found = what_if::what_if(&web.gateway, &caller.ctx, connection, &change(&body)).await;
    let of = (&account, id.as_str(), &bench);
    match found {
        Ok(found) => Ok(what_if_page(&web, &caller, of, (&proposed, Some(&found), None))),
        Err(error) => {
            let sentence = problem(&web, &caller, error)?;
            Ok(what_if_page(&web, &caller, of, (&proposed, None, Some(&sentence))))
        }
    }
}

fn proposed(body: &[u8]) -> Proposed {
    let text = |name| parameter(body, name).unwrap_or_default();
    Proposed {
        mapping: text("mapping"),
        set: text("set"),
        add_certificate: text("add_certificate"),
        remove_key: text("remove_key"),
    }
}

/// What a form proposes; what is left empty is not part of it.
fn change(body: &[u8]) -> Update {
    let all = |wanted: &'static str| {
        form_urlencoded::parse(body)
            .filter(move |(name, value)| name == wanted && !value.trim().is_empty())
            .map(|(_, value)| value.trim().to_owned())
    };
    let lines = all("set").flat_map(|set| set.lines().map(str::to_owned).collect::<Vec<_>>());
    let pair = |line: String| {
        let (path, value) = line.split_once('=').unwrap_or((line.as_str(), ""));
        (path.trim().to_owned(), value.trim().to_owned())
    };
    let set = lines.filter(|line| !line.trim().is_empty()).map(pair);
    Update {
        set: all("mapping").map(|rules| ("mapping".to_owned(), rules)).chain(set).collect(),
        add_certificates: all("add_certificate").map(String::into_bytes).collect(),
        remove_keys: all("remove_key").collect(),
        ..Update::default()
    }
}

fn what_if_page(
    web: &Web,
    caller: &Caller,
    (account, id, bench): (&AccountView, &str, &Bench),
    (proposed, found, problem): (&Proposed, Option<&WhatIf>, Option<&str>),
) -> Response {
    let about = About { section: Section::Integrations, account: Some(account), problem };
    let page = WhatIfPage {
        frame: web.frame(),
        around: around(web, caller, about),
        slug: account.slug.as_str(),
        connection: id,
        connection_name: &bench.connection_name,
        proposed,
        found,
    };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    show(web, caller, status, &page)
}
