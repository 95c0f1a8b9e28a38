//! Provisioning into Zoom: how it stands, its settings, runs, what became of people.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use axum::http::HeaderValue;
use axum::http::header::REFRESH;
use axum::response::Response;

use super::caller::Caller;
use super::frame::{
    About, Answer, Flash, Section, account, around, bad_form, go, marked, may, ours, page_of, problem,
    refused, sent, show, status,
};
use super::zoom_place::ZoomPlace;
use crate::access::Action;
use crate::base::id::{UserId, ZoomRunId};
use crate::directory::state::ZoomStepState;
use crate::flow::FlowError;
use crate::flow::account::AccountView;
use crate::flow::belong::is_of;
use crate::flow::user::{self, List};
use crate::flow::zoom::link;
use crate::flow::zoom::provision::form::Form;
use crate::flow::zoom::provision::people;
use crate::flow::zoom::provision::run;
use crate::flow::zoom::provision::settings::{self, Preview, Settings};
use crate::http::Web;
use crate::http::error::answer;
use crate::http::pages::fields::Wrong;
use crate::http::pages::zoom_provisioning::{
    ProvisioningPage, ProvisioningSettingsPage, RunPage, ZoomPeoplePage,
};
use crate::http::reply::parameter;
use crate::http::zoom_file;

const PAGE: u32 = 50;

/// `GET /console/at/{account}/zoom/provisioning`; with `before=…`, the runs before that one.
pub async fn overview(place: ZoomPlace) -> Answer {
    let before = place.asked("before").and_then(|id| id.parse().ok());
    overview_of(&place.web, &place.caller, &place.account, before, None).await
}

async fn overview_of(
    web: &Web,
    caller: &Caller,
    account: &AccountView,
    before: Option<ZoomRunId>,
    problem: Option<&str>,
) -> Answer {
    let found = async {
        let view = settings::show(&web.gateway, &caller.ctx, &account.slug).await?;
        let link = link::show(&web.gateway, &caller.ctx, &account.slug).await?.link;
        let page = (before, PAGE + 1);
        Ok::<_, FlowError>((view, link, run::list(&web.gateway, &caller.ctx, &account.slug, page).await?))
    };
    let (view, link, runs) = found.await.map_err(refused(web, caller))?;
    let slug = account.slug.as_str();
    let (runs, has_more) = page_of(runs, PAGE);
    let older = runs.last().filter(|_| has_more);
    let older = older.map(|last| format!("/console/at/{slug}/zoom/provisioning?before={}", last.id));
    let about = About { section: Section::Zoom, account: Some(account), problem };
    let page = ProvisioningPage {
        frame: web.frame(),
        around: around(web, caller, about),
        slug,
        link: link.as_ref(),
        view: &view,
        runs: &runs,
        older,
    };
    Ok(show(web, caller, status(problem), &page))
}

/// `POST /console/at/{account}/zoom/provisioning`: asks for a run.
pub async fn ask(mut web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::Zoom), &body).await?;
    let is_dry = match parameter(&body, "what").as_deref() {
        Some("plan") => true,
        Some("apply") => false,
        _ => return Err(bad_form(&web)),
    };
    match run::ask(&web.gateway, &caller.ctx, (&account.slug, is_dry)).await {
        Ok(made) => {
            let path = format!("/console/at/{}/zoom/provisioning/runs/{}", account.slug, made.id);
            Ok(go(&web, &path, Flash::Begun))
        }
        Err(error) => {
            let sentence = problem(&web, &caller, error)?;
            overview_of(&web, &caller, &account, None, Some(&sentence)).await
        }
    }
}

/// `GET /console/at/{account}/zoom/provisioning/settings`; with `person=…`, what they do with that person.
pub async fn settings_form(place: ZoomPlace) -> Answer {
    let ZoomPlace { web, caller, account, .. } = &place;
    let person = place.asked("person").unwrap_or_default();
    let person = person.trim();
    let found = async {
        let view = settings::show(&web.gateway, &caller.ctx, &account.slug).await?;
        Ok::<_, FlowError>((view, previewed(web, caller, account, (person, None)).await?))
    };
    match found.await {
        Ok((view, preview)) => {
            let form = Form::of(&view.settings, view.version);
            let asked = (person, preview.as_ref());
            settings_of(web, caller, (account, &form), asked, (&Wrong::default(), None)).await
        }
        Err(error) => Err(answer(web, &caller.ctx, &error)),
    }
}

async fn previewed(
    web: &Web,
    caller: &Caller,
    account: &AccountView,
    (person, settings): (&str, Option<Settings>),
) -> Result<Option<Preview>, FlowError> {
    if person.is_empty() {
        return Ok(None);
    }
    let email = Some(person.to_owned());
    let list = List { account: account.slug.clone(), state: None, role: None, email, after: None, limit: 1 };
    let found = user::list(&web.gateway, &caller.ctx, &list).await?;
    match found.first() {
        None => Ok(None),
        Some(found) => {
            let of = (&account.slug, found.id);
            settings::preview(&web.gateway, &caller.ctx, of, settings).await.map(Some)
        }
    }
}

async fn settings_of(
    web: &Web,
    caller: &Caller,
    (account, form): (&AccountView, &Form),
    (person, preview): (&str, Option<&Preview>),
    (wrong, problem): (&Wrong, Option<&str>),
) -> Answer {
    let own = settings::own_fields(&web.gateway, &caller.ctx, &account.slug).await;
    let own = own.map_err(|error| answer(web, &caller.ctx, &error))?;
    let about = About { section: Section::Zoom, account: Some(account), problem };
    let page = ProvisioningSettingsPage {
        frame: web.frame(),
        around: around(web, caller, about),
        slug: account.slug.as_str(),
        form,
        wrong,
        own: &own,
        person,
        is_tried: problem.is_none() && !person.is_empty(),
        preview,
    };
    Ok(show(web, caller, status(problem), &page))
}

/// Tries what is typed with a person, and saves nothing.
async fn tried(web: &Web, caller: &Caller, (account, form): (&AccountView, &Form), person: &str) -> Answer {
    let nothing = Wrong::default();
    if person.is_empty() {
        let said = web.frame().text.zoom_provisioning.preview_empty.to_string();
        return settings_of(web, caller, (account, form), ("", None), (&nothing, Some(&said))).await;
    }
    let found = match form.settings() {
        Err(wrong) => Err(FlowError::Invalid(wrong)),
        Ok(new) => previewed(web, caller, account, (person, Some(new))).await,
    };
    match found {
        Ok(preview) => {
            let asked = (person, preview.as_ref());
            settings_of(web, caller, (account, form), asked, (&nothing, None)).await
        }
        Err(error) => {
            let (wrong, said) = marked(web, caller, error)?;
            settings_of(web, caller, (account, form), (person, None), (&wrong, Some(&said))).await
        }
    }
}

/// `POST /console/at/{account}/zoom/provisioning/settings`; with `how=try`, they are tried with `person=…` alone. With
/// `how=enter`, which is a key and no button, they are tried where there is a person to try them with, and saved otherwise.
pub async fn save(mut web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::Zoom), &body).await?;
    // Who may not at all is told so, whatever they filled in.
    may(&caller, &account, Action::ProvisionZoom).map_err(refused(&web, &caller))?;
    let form = Form::read(|name| parameter(&body, name));
    let person = parameter(&body, "person").unwrap_or_default();
    let person = person.trim();
    let is_tried = match parameter(&body, "how").as_deref() {
        Some("try") => true,
        // What is saved may be carried out: whoever has typed whom to try it with is shown that.
        Some("enter") => !person.is_empty(),
        _ => false,
    };
    if is_tried {
        return tried(&web, &caller, (&account, &form), person).await;
    }
    let saved = match form.settings() {
        Err(wrong) => Err(FlowError::Invalid(wrong)),
        Ok(new) => {
            let expects = |version| version == form.version;
            settings::save(&web.gateway, &caller.ctx, &account.slug, new, expects).await
        }
    };
    match saved {
        Ok(_) => Ok(go(&web, &format!("/console/at/{}/zoom/provisioning", account.slug), Flash::Saved)),
        Err(error) => {
            let (wrong, said) = marked(&web, &caller, error)?;
            settings_of(&web, &caller, (&account, &form), (person, None), (&wrong, Some(&said))).await
        }
    }
}

/// The account and the run of an address, if the caller may see it.
async fn found(
    web: &mut Web,
    caller: &Caller,
    (slug, id): (&str, &str),
) -> Result<(AccountView, ZoomRunId), Response> {
    let account = account(web, caller, (slug, Section::Zoom)).await?;
    let known = async {
        // Who may not at all is told so, whatever they ask for.
        may(caller, &account, Action::ReadZoom)?;
        let id = id.parse::<ZoomRunId>().map_err(|_| FlowError::NotFound("run"))?;
        is_of(&web.gateway, &account.slug, id.into()).await.map(|()| id)
    };
    let id = known.await.map_err(refused(web, caller))?;
    Ok((account, id))
}

/// `GET /console/at/{account}/zoom/provisioning/runs/{run}`; with `state=…` and `after=…`, some of its steps. Its notes are
/// looked at by themselves.
pub async fn look(
    mut web: Web,
    caller: Caller,
    Path((slug, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Answer {
    let (account, id) = found(&mut web, &caller, (&slug, &id)).await?;
    let query = query.unwrap_or_default();
    let state = parameter(query.as_bytes(), "state").and_then(|state| state.parse().ok());
    let after = parameter(query.as_bytes(), "after").and_then(|after| after.parse().ok()).unwrap_or(0);
    one(&web, &caller, (&account, id), (state, after), None).await
}

async fn one(
    web: &Web,
    caller: &Caller,
    (account, id): (&AccountView, ZoomRunId),
    (state, after): (Option<ZoomStepState>, i64),
    problem: Option<&str>,
) -> Answer {
    let found = async {
        let found = run::find(&web.gateway, &caller.ctx, id).await?;
        let page = (after, PAGE + 1);
        let steps = match state {
            None => run::steps_alone(&web.gateway, &caller.ctx, id, page).await?,
            state => run::steps(&web.gateway, &caller.ctx, (id, state), page).await?,
        };
        Ok::<_, FlowError>((found, steps, settings::show(&web.gateway, &caller.ctx, &account.slug).await?))
    };
    let (found, steps, view) = found.await.map_err(refused(web, caller))?;
    let (steps, has_more) = page_of(steps, PAGE);
    let slug = account.slug.as_str();
    let of_state = state.map(|state| format!("state={state}&")).unwrap_or_default();
    let more = steps.last().filter(|_| has_more).map(|last| {
        format!("/console/at/{slug}/zoom/provisioning/runs/{id}?{of_state}after={}", last.number)
    });
    let about = About { section: Section::Zoom, account: Some(account), problem };
    let page = RunPage {
        frame: web.frame(),
        around: around(web, caller, about),
        slug,
        run: &found,
        view: &view,
        steps: &steps,
        state,
        more,
    };
    let mut response = show(web, caller, status(problem), &page);
    if found.is_active() {
        // It goes on without a script; there is a link for whoever does not want to wait.
        response.headers_mut().insert(REFRESH, HeaderValue::from_static("5"));
    }
    Ok(response)
}

/// `POST /console/at/{account}/zoom/provisioning/runs/{run}`: carry it out, or end it.
pub async fn decide(
    mut web: Web,
    caller: Caller,
    Path((slug, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    ours(&web, &caller, &body)?;
    let (account, id) = found(&mut web, &caller, (&slug, &id)).await?;
    let done = match parameter(&body, "what").as_deref() {
        Some("confirm") => run::confirm(&web.gateway, &caller.ctx, id).await,
        Some("cancel") => run::cancel(&web.gateway, &caller.ctx, id).await,
        _ => return Err(bad_form(&web)),
    };
    match done {
        Ok(_) => {
            let path = format!("/console/at/{}/zoom/provisioning/runs/{id}", account.slug);
            Ok(go(&web, &path, Flash::Changed))
        }
        Err(error) => {
            let sentence = problem(&web, &caller, error)?;
            one(&web, &caller, (&account, id), (None, 0), Some(&sentence)).await
        }
    }
}

/// `GET /console/at/{account}/zoom/provisioning/runs/{run}/file`: its steps and notes as CSV.
pub async fn file(mut web: Web, caller: Caller, Path((slug, id)): Path<(String, String)>) -> Answer {
    let (_, id) = found(&mut web, &caller, (&slug, &id)).await?;
    zoom_file::steps(&web.gateway, &caller.ctx, id).await.map_err(refused(&web, &caller))
}

/// `GET /console/at/{account}/zoom/provisioning/people`; with `who=…`, those who are exactly that; with `problems=1`, those
/// with a problem.
pub async fn people(place: ZoomPlace) -> Answer {
    let of = (&place.account, place.asked("problems").is_some());
    let after = place.asked("after").and_then(|id| id.parse::<UserId>().ok());
    let typed = place.asked("who").unwrap_or_default();
    people_of(&place.web, &place.caller, of, (typed.trim(), after), None).await
}

/// `GET /console/at/{account}/zoom/provisioning/people/file`: the same as CSV.
pub async fn people_file(place: ZoomPlace) -> Answer {
    let ZoomPlace { web, caller, account, .. } = &place;
    let of = (&account.slug, place.asked("problems").is_some());
    zoom_file::people(&web.gateway, &caller.ctx, of).await.map_err(refused(web, caller))
}

async fn people_of(
    web: &Web,
    caller: &Caller,
    (account, only_problems): (&AccountView, bool),
    (typed, after): (&str, Option<UserId>),
    problem: Option<&str>,
) -> Answer {
    let found = if typed.is_empty() {
        let of = (&account.slug, only_problems);
        people::list(&web.gateway, &caller.ctx, of, (after, PAGE + 1)).await
    } else {
        people::search(&web.gateway, &caller.ctx, (&account.slug, typed)).await
    };
    let (all, has_more) = page_of(found.map_err(refused(web, caller))?, PAGE);
    let slug = account.slug.as_str();
    let which = if only_problems { "problems=1&" } else { "" };
    let more = all.last().filter(|_| has_more);
    let more =
        more.map(|last| format!("/console/at/{slug}/zoom/provisioning/people?{which}after={}", last.user_id));
    let about = About { section: Section::Zoom, account: Some(account), problem };
    let page = ZoomPeoplePage {
        frame: web.frame(),
        around: around(web, caller, about),
        slug,
        typed,
        people: &all,
        only_problems,
        more,
    };
    Ok(show(web, caller, status(problem), &page))
}

/// `POST /console/at/{account}/zoom/provisioning/people`: tries one again, or all who have a problem.
pub async fn retry(mut web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::Zoom), &body).await?;
    let who = match parameter(&body, "user").map(|id| id.parse::<UserId>()) {
        None => None,
        Some(Ok(id)) => Some(id),
        Some(Err(_)) => return Err(bad_form(&web)),
    };
    match run::retry(&web.gateway, &caller.ctx, (&account.slug, who)).await {
        Ok(_) => {
            // From their own page, one goes back there.
            let path = match who.filter(|_| parameter(&body, "back").as_deref() == Some("person")) {
                Some(id) => format!("/console/at/{}/people/{id}", account.slug),
                None => format!("/console/at/{}/zoom/provisioning/people?problems=1", account.slug),
            };
            Ok(go(&web, &path, Flash::Begun))
        }
        Err(error) => {
            let sentence = problem(&web, &caller, error)?;
            people_of(&web, &caller, (&account, true), ("", None), Some(&sentence)).await
        }
    }
}
