//! Accounts, for those who run the installation: looking one up, making one, how one stands, renaming, suspending, opening
//! again.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use axum::http::StatusCode;

use super::caller::Caller;
use super::frame::{
    About, Answer, Flash, Section, around, bad_form, go, ours, page_of, problem, refused, show,
};
use crate::base::sentence::sentence;
use crate::directory::account::Slug;
use crate::directory::state::AccountState;
use crate::flow::FlowError;
use crate::flow::account::{self, Create, Update, overview};
use crate::http::Web;
use crate::http::error::answer;
use crate::http::pages::operators::{AccountPage, AccountsPage, Typed};
use crate::http::reply::{parameter, version_sent};

const PAGE: u32 = 50;

/// `GET /console/accounts`: with `q=…`, those that fit; with `after=…`, those after that slug.
pub async fn list(web: Web, caller: Caller, RawQuery(query): RawQuery) -> Answer {
    let query = query.unwrap_or_default();
    let text = |name| parameter(query.as_bytes(), name).unwrap_or_default();
    let (searched, after) = (text("q"), text("after").parse::<Slug>().ok());
    listed(&web, &caller, (searched.trim(), after.as_ref()), None, Typed::default()).await
}

async fn listed(
    web: &Web,
    caller: &Caller,
    (searched, after): (&str, Option<&Slug>),
    problem: Option<&str>,
    typed: Typed<'_>,
) -> Answer {
    let found = account::search(&web.gateway, &caller.ctx, searched, (after, i64::from(PAGE) + 1)).await;
    let (found, has_more) = page_of(found.map_err(refused(web, caller))?, PAGE);
    let more = found.last().filter(|_| has_more).map(|last| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("q", searched).append_pair("after", last.account.slug.as_str());
        format!("/console/accounts?{}", query.finish())
    });
    let about = About { section: Section::Accounts, account: None, problem };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let frame = web.frame();
    let page = AccountsPage {
        frame,
        around: around(web, caller, about),
        say: &frame.text.operators,
        searched,
        accounts: &found,
        more,
        typed,
    };
    Ok(show(web, caller, status, &page))
}

/// `POST /console/accounts`: makes one.
pub async fn create(web: Web, caller: Caller, body: Bytes) -> Answer {
    ours(&web, &caller, &body)?;
    let text = |name| parameter(&body, name).map(|text| text.trim().to_owned()).unwrap_or_default();
    let (slug, name, external_id) = (text("slug"), text("name"), text("external_id"));
    let made = match slug.parse::<Slug>() {
        Err(error) => Err(FlowError::Invalid(sentence!("The name in addresses: {error}.", error))),
        Ok(slug) => {
            let external_id = (!external_id.is_empty()).then(|| external_id.clone());
            let name = if name.is_empty() { slug.to_string() } else { name.clone() };
            account::create(&web.gateway, &caller.ctx, Create { slug, name, external_id }).await
        }
    };
    match made {
        Ok(made) => Ok(go(&web, &format!("/console/at/{}", made.slug), Flash::Made)),
        Err(error) => {
            let sentence = problem(&web, &caller, error)?;
            let typed = Typed { slug: &slug, name: &name, external_id: &external_id };
            listed(&web, &caller, ("", None), Some(&sentence), typed).await
        }
    }
}

/// `GET /console/accounts/{account}`: how it stands.
pub async fn one(web: Web, caller: Caller, Path(slug): Path<String>) -> Answer {
    match slug.parse() {
        Ok(slug) => shown(&web, &caller, &slug, None).await,
        Err(_) => Err(answer(&web, &caller.ctx, &FlowError::NotFound("account"))),
    }
}

async fn shown(web: &Web, caller: &Caller, slug: &Slug, problem: Option<&str>) -> Answer {
    let found = overview::show(&web.gateway, &caller.ctx, slug).await.map_err(refused(web, caller))?;
    let about = About { section: Section::Accounts, account: None, problem };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let frame = web.frame();
    let signin_url = format!("{}/signin/{}", web.gateway.public_url(), found.account.slug);
    let page = AccountPage {
        frame,
        around: around(web, caller, about),
        say: &frame.text.operators,
        overview: &found,
        signin_url: &signin_url,
    };
    Ok(show(web, caller, status, &page))
}

/// `POST /console/accounts/{account}/state`: suspends an account, or opens it again, with a reason.
pub async fn set_state(web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    ours(&web, &caller, &body)?;
    let state = match parameter(&body, "state").as_deref() {
        Some("active") => AccountState::Active,
        Some("disabled") => AccountState::Disabled,
        _ => return Err(bad_form(&web)),
    };
    let Ok(slug) = slug.parse::<Slug>() else {
        return Err(answer(&web, &caller.ctx, &FlowError::NotFound("account")));
    };
    let reason = parameter(&body, "reason").unwrap_or_default();
    let changed = account::set_state(&web.gateway, &caller.ctx, &slug, (state, &reason)).await;
    told(&web, &caller, &slug, changed.map(|account| account.slug)).await
}

/// `POST /console/accounts/{account}/update`: gives an account other names.
pub async fn update(web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    ours(&web, &caller, &body)?;
    let Ok(slug) = slug.parse::<Slug>() else {
        return Err(answer(&web, &caller.ctx, &FlowError::NotFound("account")));
    };
    let text = |name| parameter(&body, name).map(|text| text.trim().to_owned());
    let changed = match text("slug").unwrap_or_default().parse::<Slug>() {
        Err(error) => Err(FlowError::Invalid(sentence!("The name in addresses: {error}.", error))),
        Ok(new) => {
            let input = Update {
                slug: Some(new),
                name: text("name"),
                external_id: text("external_id"),
                ..Update::default()
            };
            let seen = version_sent(&body);
            account::update_if(&web.gateway, &caller.ctx, &slug, input, |is| is == seen).await
        }
    };
    told(&web, &caller, &slug, changed.map(|account| account.slug)).await
}

async fn told(web: &Web, caller: &Caller, slug: &Slug, changed: Result<Slug, FlowError>) -> Answer {
    match changed {
        Ok(slug) => Ok(go(web, &format!("/console/accounts/{slug}"), Flash::Changed)),
        Err(error) => {
            let sentence = problem(web, caller, error)?;
            shown(web, caller, slug, Some(&sentence)).await
        }
    }
}
