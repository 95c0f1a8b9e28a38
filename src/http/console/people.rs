//! People of an account: the list, one of them, adding, changing and shutting out, their sessions, lists that are imported.
//! What is kept of one is [`super::person_data`].

use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use axum::http::StatusCode;
use axum::response::Response;

use super::caller::Caller;
use super::frame::{
    About, Answer, Flash, Section, account, around, bad_form, go, marked, may, page_of, problem, refused,
    sent, show,
};
use crate::access::{self, Action};
use crate::base::caller::Role;
use crate::base::id::{ConnectionId, UserId};
use crate::directory::state::{Outcome, UserState};
use crate::flow::FlowError;
use crate::flow::account::AccountView;
use crate::flow::attempt::{self, AttemptView, Filter};
use crate::flow::session::SessionView;
use crate::flow::session::admin::{self, Of};
use crate::flow::user::{self, Changes, Create, Imported, UserDetail, Which, origin};
use crate::flow::zoom::link;
use crate::flow::zoom::provision::{people as zoom_people, settings as zoom_settings};
use crate::http::Web;
use crate::http::pages::people::{
    IdentityRow, InZoom, PeopleImportPage, PeoplePage, PersonPage, RecentRow, SessionRow,
};
use crate::http::pages::typed::Typed;
use crate::http::pages::zoom::is_used_for;
use crate::http::reply::{parameter, version_sent};

const PAGE: u32 = 50;
const RECENT: u32 = 10;
/// Steps of runs in Zoom that are shown.
const STEPS: usize = 5;
const NONE: FlowError = FlowError::NotFound("user in this account");

/// The roles that the caller may give.
fn roles(caller: &Caller, account: &AccountView) -> &'static [Role] {
    let may_all = access::decide_in(caller.ctx.actor, Action::ManageOwners, account.id).is_ok();
    if may_all { &[Role::Member, Role::Admin, Role::Owner] } else { &[Role::Member, Role::Admin] }
}

/// Whether the caller may change somebody with that role.
pub(super) fn may_change(caller: &Caller, account: &AccountView, role: Role) -> bool {
    let action = if role == Role::Owner { Action::ManageOwners } else { Action::ManageUsers };
    access::decide_in(caller.ctx.actor, action, account.id).is_ok()
}

/// Who an address is about.
pub(super) fn whose(id: &str) -> Result<UserId, FlowError> {
    id.parse().map_err(|_| NONE)
}

/// `GET /console/at/{account}/people`: with `who=…`, those who are exactly that; with `role=…`, those who have it; with
/// `after=…`, those after that one.
pub async fn list(
    mut web: Web,
    caller: Caller,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let account = account(&mut web, &caller, (&slug, Section::People)).await?;
    let query = query.unwrap_or_default();
    listed(&web, &caller, &account, query.as_bytes(), (&Typed::default(), None))
        .await
        .map_err(refused(&web, &caller))
}

async fn listed(
    web: &Web,
    caller: &Caller,
    account: &AccountView,
    query: &[u8],
    (form, problem): (&Typed, Option<&str>),
) -> Result<Response, FlowError> {
    let (gateway, ctx, slug) = (&web.gateway, &caller.ctx, &account.slug);
    let typed = parameter(query, "who").map(|text| text.trim().to_owned()).unwrap_or_default();
    let is_disabled_only = parameter(query, "state").as_deref() == Some("disabled");
    let state = is_disabled_only.then_some(UserState::Disabled);
    let role = parameter(query, "role").and_then(|role| role.parse::<Role>().ok());
    let after = parameter(query, "after").and_then(|id| id.parse().ok());
    let (people, next) = if typed.is_empty() {
        let input = user::List { account: slug.clone(), state, role, email: None, after, limit: PAGE + 1 };
        let (people, has_more) = page_of(user::list(gateway, ctx, &input).await?, PAGE);
        let next = people.last().filter(|_| has_more).map(|user| {
            let only = if is_disabled_only { "&state=disabled" } else { "" };
            let of_role = role.map(|role| format!("&role={role}")).unwrap_or_default();
            format!("/console/at/{slug}/people?after={}{only}{of_role}", user.id)
        });
        (people, next)
    } else {
        let mut people = user::search(gateway, ctx, (slug, &typed)).await?;
        people.retain(|user| state.is_none_or(|state| user.state == state));
        people.retain(|user| role.is_none_or(|role| user.role == role));
        (people, None)
    };
    let about = About { section: Section::People, account: Some(account), problem };
    let page = PeoplePage {
        frame: web.frame(),
        around: around(web, caller, about),
        slug: slug.as_str(),
        typed: &typed,
        is_disabled_only,
        of_role: role,
        people: &people,
        next,
        roles: roles(caller, account),
        form,
    };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Ok(show(web, caller, status, &page))
}

/// What a form says of a person; nothing where it names a role that there is not.
fn changes(body: &[u8]) -> Option<Changes> {
    // A sign-in changes what is known, and leaves the version: what nobody wrote anew is not given back.
    let text = |name: &str| {
        let seen = parameter(body, &format!("{name}_seen"));
        parameter(body, name).filter(|sent| seen.as_ref() != Some(sent))
    };
    let role = text("role").map(|role| role.parse::<Role>());
    Some(Changes {
        external_id: text("external_id"),
        email: text("email"),
        first_name: text("first_name"),
        last_name: text("last_name"),
        display_name: None,
        username: None,
        role: role.transpose().ok()?,
        vouches: false,
    })
}

/// `POST /console/at/{account}/people`: adds one.
pub async fn create(mut web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::People), &body).await?;
    let Some(known) = changes(&body) else { return Err(bad_form(&web)) };
    let input = Create { account: account.slug.clone(), known };
    match user::create(&web.gateway, &caller.ctx, input).await {
        Ok(made) => {
            Ok(go(&web, &format!("/console/at/{}/people/{}", account.slug, made.id), Flash::PersonAdded))
        }
        Err(error) => {
            let (wrong, said) = marked(&web, &caller, error)?;
            let form = Typed::of(&body).with(wrong);
            listed(&web, &caller, &account, b"", (&form, Some(&said))).await.map_err(refused(&web, &caller))
        }
    }
}

/// `GET /console/at/{account}/people/{user}`.
pub async fn look(mut web: Web, caller: Caller, Path((slug, id)): Path<(String, String)>) -> Answer {
    let account = account(&mut web, &caller, (&slug, Section::People)).await?;
    shown(&web, &caller, (&account, &id), (&Typed::default(), None)).await
}

async fn shown(
    web: &Web,
    caller: &Caller,
    (account, id): (&AccountView, &str),
    said: (&Typed, Option<&str>),
) -> Answer {
    try_shown(web, caller, (account, id), said).await.map_err(refused(web, caller))
}

async fn try_shown(
    web: &Web,
    caller: &Caller,
    (account, id): (&AccountView, &str),
    (form, problem): (&Typed, Option<&str>),
) -> Result<Response, FlowError> {
    let (gateway, ctx, slug) = (&web.gateway, &caller.ctx, &account.slug);
    let id = whose(id)?;
    let detail = user::find(gateway, ctx, slug, &Which::Id(id)).await?;
    let names = attempt::names(gateway, ctx, slug).await?;
    let sessions = admin::list(gateway, ctx, &Of::User(id)).await?;
    let filter = Filter { user: Some(id), ..Filter::default() };
    let input = attempt::List { account: slug.clone(), filter, before: None, limit: RECENT };
    let recent = attempt::list(gateway, ctx, &input).await?.attempts;
    // What they were refused for since pushes out no sign-in that went well.
    let filter = Filter { outcome: Some(Outcome::Accepted), ..input.filter.clone() };
    let accepted = attempt::List { filter, limit: 1, ..input };
    let last = match attempt::list(gateway, ctx, &accepted).await?.attempts.first() {
        Some(attempt) => Some(attempt::find(gateway, ctx, attempt.id).await?),
        None => None,
    };
    let said = last.as_ref().and_then(|last| last.stored.mapping.as_ref());
    let recent = recent.iter().map(|attempt| RecentRow {
        id: attempt.id.to_string(),
        at: attempt.created_at,
        outcome: attempt.outcome,
        code: attempt.code.clone(),
        connection: called(&names, attempt.connection_id),
    });
    let may_raise = access::decide_in(ctx.actor, Action::ManageOwners, account.id).is_ok();
    let ways = if may_raise { user::ways(gateway, ctx, (slug, &Which::Id(id))).await? } else { Vec::new() };
    let ways = ways.iter().filter(|way| way.changed.is_some());
    let zoom = in_zoom(web, caller, (account, id)).await?;
    let about = About { section: Section::People, account: Some(account), problem };
    let page = PersonPage {
        frame: web.frame(),
        around: around(web, caller, about),
        slug: slug.as_str(),
        known: &origin::known(&detail.user.profile, said),
        last: last.as_ref().map(|AttemptView { id, at, connection_name, .. }| {
            (id.to_string(), *at, connection_name.clone())
        }),
        identities: &identities(&detail, &names),
        warned: &ways.map(|way| way.told(&web.frame().text.notices)).collect::<Vec<_>>(),
        sessions: &sessions.iter().map(session_row).collect::<Vec<_>>(),
        sign_ins: &recent.collect::<Vec<_>>(),
        roles: roles(caller, account),
        may_change: may_change(caller, account, detail.user.role),
        zoom: zoom.as_ref(),
        form,
        detail: &detail,
    };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Ok(show(web, caller, status, &page))
}

/// What became of somebody in Zoom; nothing where the account is not linked, or the caller may not know.
async fn in_zoom(
    web: &Web,
    caller: &Caller,
    (account, id): (&AccountView, UserId),
) -> Result<Option<InZoom>, FlowError> {
    let (gateway, ctx, slug) = (&web.gateway, &caller.ctx, &account.slug);
    if may(caller, account, Action::ReadZoom).is_err() {
        return Ok(None);
    }
    let Some(link) = link::show(gateway, ctx, slug).await?.link else { return Ok(None) };
    let (standing, mut steps) = zoom_people::show(gateway, ctx, (slug, id)).await?;
    steps.truncate(STEPS);
    let is_owner = may(caller, account, Action::ProvisionZoom).is_ok();
    let may_retry = is_owner
        && is_used_for(&link, "provisioning")
        && zoom_settings::show(gateway, ctx, slug).await?.settings.toggles.is_on;
    Ok(Some(InZoom { standing, steps, may_retry }))
}

fn called(names: &[(ConnectionId, String)], id: ConnectionId) -> String {
    names.iter().find(|(known, _)| *known == id).map(|(_, name)| name.clone()).unwrap_or_default()
}

fn identities(detail: &UserDetail, names: &[(ConnectionId, String)]) -> Vec<IdentityRow> {
    let row = |identity: &user::IdentityView| IdentityRow {
        connection: called(names, identity.connection_id),
        source: identity.source.clone(),
        value: identity.value.clone(),
        created_at: identity.created_at,
    };
    detail.identities.iter().map(row).collect()
}

fn session_row(session: &SessionView) -> SessionRow {
    let client = &session.client;
    let parts = [&client.browser, &client.system, &client.network];
    let parts: Vec<_> = parts.into_iter().flatten().map(ToString::to_string).collect();
    SessionRow {
        id: session.id.to_string(),
        client: parts.join(", "),
        connection: session.connection_name.clone(),
        created_at: session.created_at,
        seen_at: session.last_seen_at,
    }
}

/// `POST /console/at/{account}/people/{user}`: changes what is known of them.
pub async fn update(
    mut web: Web,
    caller: Caller,
    Path((slug, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::People), &body).await?;
    let updated = match whose(&id) {
        Ok(user) => {
            let Some(known) = changes(&body) else { return Err(bad_form(&web)) };
            let of = (&account.slug, &Which::Id(user));
            let seen = version_sent(&body);
            user::update_if(&web.gateway, &caller.ctx, of, known, |is| is == seen).await.map(drop)
        }
        Err(error) => Err(error),
    };
    changed(&web, &caller, (&account, &id), updated, Typed::of(&body)).await
}

/// `POST /console/at/{account}/people/{user}/state`: shuts them out, or lets them in again.
pub async fn set_state(
    mut web: Web,
    caller: Caller,
    Path((slug, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::People), &body).await?;
    let Some(state) = parameter(&body, "state").and_then(|state| state.parse().ok()) else {
        return Err(bad_form(&web));
    };
    let set = match whose(&id) {
        Ok(user) => {
            let of = (&account.slug, &Which::Id(user));
            user::set_state(&web.gateway, &caller.ctx, of, state).await.map(drop)
        }
        Err(error) => Err(error),
    };
    changed(&web, &caller, (&account, &id), set, Typed::default()).await
}

/// `POST /console/at/{account}/people/{user}/sessions/end`: ends one session, or with `all=1` every one.
pub async fn end_sessions(
    mut web: Web,
    caller: Caller,
    Path((slug, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::People), &body).await?;
    let ended = end(&web, &caller, (&account, &id), &body).await;
    changed(&web, &caller, (&account, &id), ended, Typed::default()).await
}

/// `POST /console/at/{account}/people/end-sessions`: ends those of everybody, if the form says that it is sure.
pub async fn end_all(mut web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::People), &body).await?;
    if parameter(&body, "all").is_none() {
        return Err(bad_form(&web));
    }
    let of = Of::Account(account.slug.clone());
    admin::revoke_all(&web.gateway, &caller.ctx, &of).await.map_err(refused(&web, &caller))?;
    Ok(go(&web, &format!("/console/at/{}/people", account.slug), Flash::SessionsEnded))
}

async fn end(
    web: &Web,
    caller: &Caller,
    (account, id): (&AccountView, &str),
    body: &[u8],
) -> Result<(), FlowError> {
    let (gateway, ctx) = (&web.gateway, &caller.ctx);
    let user = whose(id)?;
    if parameter(body, "all").is_some() {
        let of = Of::Person(account.slug.clone(), Which::Id(user));
        return admin::revoke_all(gateway, ctx, &of).await.map(drop);
    }
    let session = parameter(body, "session").and_then(|id| id.parse().ok());
    let session = session.ok_or(FlowError::NotFound("session"))?;
    admin::revoke_of(gateway, ctx, (&account.slug, user), session).await.map(drop)
}

/// Back to the person, with what was wrong if anything was, and what was typed.
async fn changed(
    web: &Web,
    caller: &Caller,
    (account, id): (&AccountView, &str),
    changed: Result<(), FlowError>,
    typed: Typed,
) -> Answer {
    match changed {
        Ok(()) => Ok(go(web, &format!("/console/at/{}/people/{id}", account.slug), Flash::Changed)),
        Err(error) => {
            let (wrong, said) = marked(web, caller, error)?;
            shown(web, caller, (account, id), (&typed.with(wrong), Some(&said))).await
        }
    }
}

/// `GET /console/at/{account}/people/import`: where a list is pasted.
pub async fn list_to_import(mut web: Web, caller: Caller, Path(slug): Path<String>) -> Answer {
    match account(&mut web, &caller, (&slug, Section::People)).await {
        Ok(account) => Ok(importing(&web, &caller, &account, ("", None, &[]))),
        Err(response) => Err(response),
    }
}

/// `POST /console/at/{account}/people/import`: tries a list, or writes it.
pub async fn import(mut web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::People), &body).await?;
    // Forms end lines with CR LF, which the numbers of the lines would not fit.
    let csv = parameter(&body, "csv").unwrap_or_default().replace("\r\n", "\n");
    let is_rehearsal = parameter(&body, "how").as_deref() != Some("write");
    let list = (csv.as_bytes(), is_rehearsal);
    match user::import(&web.gateway, &caller.ctx, &account.slug, list).await {
        Ok(imported) => Ok(importing(&web, &caller, &account, (&csv, Some(imported), &[]))),
        Err(error) => {
            let sentences = problem(&web, &caller, error)?;
            let wrong: Vec<_> = sentences.lines().map(str::to_owned).collect();
            Ok(importing(&web, &caller, &account, (&csv, None, &wrong)))
        }
    }
}

fn importing(
    web: &Web,
    caller: &Caller,
    account: &AccountView,
    (csv, imported, wrong): (&str, Option<Imported>, &[String]),
) -> Response {
    let about = About { section: Section::People, account: Some(account), problem: None };
    let page = PeopleImportPage {
        frame: web.frame(),
        around: around(web, caller, about),
        slug: account.slug.as_str(),
        csv,
        imported,
        wrong,
    };
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    show(web, caller, status, &page)
}
