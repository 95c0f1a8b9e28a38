//! Where a connection's mapping is changed, as rows or as JSON, and tried on what was really said.

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::caller::Caller;
use super::frame::{About, Answer, Flash, Section, account, around, go, ours, problem, show};
use crate::base::id::ConnectionId;
use crate::base::sentence::Sentence;
use crate::directory::mapping::Mapping;
use crate::directory::state::Outcome;
use crate::flow::FlowError;
use crate::flow::account::AccountView;
use crate::flow::connection::mapping_form::MappingForm;
use crate::flow::connection::playground::{self, Bench, On, Tried};
use crate::flow::connection::update::{self, Update};
use crate::http::Web;
use crate::http::error::answer;
use crate::http::pages::fields::Wrong;
use crate::http::pages::mapping::MappingPage;
use crate::http::reply::{parameter, version_sent};

const NONE: FlowError = FlowError::NotFound("connection");

/// The account and the connection of an address, and what there is to try.
pub(super) async fn found(
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
    let (account, _, bench) = found(&mut web, &caller, (&slug, &id)).await?;
    // What was refused may hold nothing that could be mapped.
    let accepted = bench.recorded.iter().find(|one| one.outcome == Outcome::Accepted);
    let chosen = accepted.or_else(|| bench.recorded.first());
    let chosen = chosen.map(|one| one.attempt.to_string()).unwrap_or_default();
    let (rules, version) = (bench.mapping.clone(), bench.revision);
    let typed = Typed { rules, chosen, version, ..Typed::of(&present(&bench)) };
    Ok(mapping_page(&web, &caller, (&account, &id, &bench), (&typed, None, None)))
}

/// The mapping that the connection has.
fn present(bench: &Bench) -> Mapping {
    // It was written by us a moment ago.
    Mapping::read(&bench.mapping).unwrap_or_default()
}

/// What stands in the form.
#[derive(Default)]
struct Typed {
    form: MappingForm,
    is_by_json: bool,
    rules: String,
    chosen: String,
    pasted: String,
    wrong: Wrong,
    /// The revision that it was filled in from.
    version: i64,
}

impl Typed {
    fn of(mapping: &Mapping) -> Self {
        Self { form: MappingForm::of(mapping), ..Self::default() }
    }
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
        form: &typed.form,
        is_by_json: typed.is_by_json,
        wrong: &typed.wrong,
        tried,
        version: typed.version,
    };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    show(web, caller, status, &page)
}

/// The rules that a form means, as JSON: those of its rows, or the text where that was chosen, or where there are no rows.
///
/// # Errors
/// What is wrong with the rows, at their fields.
pub(super) fn rules(body: &[u8], bench: &Bench) -> Result<String, Sentence> {
    let text = parameter(body, "mapping").unwrap_or_default();
    if !is_by_rows(body) {
        return Ok(text);
    }
    let form = MappingForm::read(|name| parameter(body, name));
    let mapping = form.mapping(&present(bench))?;
    Ok(serde_json::to_string_pretty(&mapping).unwrap_or_default())
}

fn is_by_rows(body: &[u8]) -> bool {
    parameter(body, "rows").is_some() && parameter(body, "by").is_none()
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
    let is_by_rows = is_by_rows(&body);
    let mut typed = Typed {
        form: MappingForm::read(|name| parameter(&body, name)),
        is_by_json: !is_by_rows,
        rules: text("mapping"),
        chosen: text("on"),
        pasted: text("pasted"),
        wrong: Wrong::default(),
        version: version_sent(&body),
    };
    let of = (&account, id.as_str(), &bench);
    match rules(&body, &bench) {
        Ok(rules) => typed.rules = rules,
        Err(sentence) => return wrong(&web, &caller, of, (typed, FlowError::Invalid(sentence))),
    }
    // Rows and text say the same from here on.
    if let Ok(mapping) = Mapping::read(&typed.rules).map(|mapping| MappingForm::of(&mapping))
        && !is_by_rows
    {
        typed.form = mapping;
    }
    if parameter(&body, "how").as_deref() == Some("save") {
        let set = vec![("mapping".to_owned(), typed.rules.clone())];
        let change = Update { set, ..Update::default() };
        let seen = typed.version;
        let saved = update::update_if(&web.gateway, &caller.ctx, connection, change, |is| is == seen).await;
        return match saved {
            Ok(_) => Ok(go(&web, &format!("/console/at/{slug}/sso/{connection}/mapping"), Flash::Saved)),
            Err(error) => wrong(&web, &caller, of, (typed, error)),
        };
    }
    let on = match typed.chosen.parse() {
        Ok(attempt) => On::Recorded(attempt),
        Err(_) => On::Pasted(typed.pasted.clone()),
    };
    let input = (typed.rules.as_str(), &on);
    match playground::try_mapping(&web.gateway, &caller.ctx, connection, input).await {
        Ok(tried) => Ok(mapping_page(&web, &caller, of, (&typed, Some(&tried), None))),
        Err(error) => wrong(&web, &caller, of, (typed, error)),
    }
}

#[expect(clippy::result_large_err, reason = "an answer that is given at once, and held by nobody")]
fn wrong(
    web: &Web,
    caller: &Caller,
    of: (&AccountView, &str, &Bench),
    (mut typed, error): (Typed, FlowError),
) -> Answer {
    let said = match error {
        FlowError::Invalid(sentence) if !typed.is_by_json => {
            let text = web.frame().text;
            typed.wrong = Wrong::new(&sentence, text, |path| typed.form.field_of(path));
            typed.wrong.above(text)
        }
        error => problem(web, caller, error)?,
    };
    Ok(mapping_page(web, caller, of, (&typed, None, Some(&said))))
}
