//! All accounts, for those who run the installation: making one, suspending it, opening it again.

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::caller::Caller;
use super::frame::{About, Flash, Section, around, bad_form, go, problem, show};
use crate::directory::account::Slug;
use crate::directory::state::AccountState;
use crate::flow::FlowError;
use crate::flow::account::{self, Create, Update};
use crate::http::Web;
use crate::http::error::answer;
use crate::http::pages::console::{AccountRow, AccountsPage};
use crate::http::reply::parameter;

/// `GET /console/accounts`.
pub async fn list(web: Web, caller: Caller) -> Response {
    listed(&web, &caller, None, ("", "")).await
}

async fn listed(web: &Web, caller: &Caller, problem: Option<&str>, typed: (&str, &str)) -> Response {
    let all = match account::list(&web.gateway, &caller.ctx).await {
        Ok(all) => all,
        Err(error) => return answer(web, &caller.ctx, &error),
    };
    let rows: Vec<_> = all
        .iter()
        .map(|account| AccountRow {
            slug: account.slug.as_str(),
            name: &account.name,
            external_id: account.external_id.as_deref(),
            state: account.state,
        })
        .collect();
    let about = About { section: Section::Accounts, account: None, problem };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page =
        AccountsPage { frame: web.frame(), around: around(web, caller, about), accounts: &rows, typed };
    show(web, caller, status, &page)
}

/// `POST /console/accounts`: makes one.
pub async fn create(web: Web, caller: Caller, body: Bytes) -> Response {
    if !caller.sent(&body) {
        return bad_form(&web);
    }
    let text = |name| parameter(&body, name).map(|text| text.trim().to_owned()).unwrap_or_default();
    let (slug, name, external_id) = (text("slug"), text("name"), text("external_id"));
    let made = match slug.parse::<Slug>() {
        Err(error) => Err(FlowError::Invalid(format!("The name in addresses: {error}."))),
        Ok(slug) => {
            let external_id = (!external_id.is_empty()).then_some(external_id);
            let name = if name.is_empty() { slug.to_string() } else { name.clone() };
            account::create(&web.gateway, &caller.ctx, Create { slug, name, external_id }).await
        }
    };
    match made {
        Ok(made) => go(&web, &format!("/console/at/{}", made.slug), Flash::Made),
        Err(error) => match problem(&web, &caller, error) {
            Ok(sentence) => listed(&web, &caller, Some(&sentence), (&slug, &name)).await,
            Err(response) => response,
        },
    }
}

/// `POST /console/accounts/{account}/state`: suspends an account, or opens it again.
pub async fn set_state(web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Response {
    if !caller.sent(&body) {
        return bad_form(&web);
    }
    let state = match parameter(&body, "state").as_deref() {
        Some("active") => AccountState::Active,
        Some("disabled") => AccountState::Disabled,
        _ => return bad_form(&web),
    };
    let changed = match slug.parse::<Slug>() {
        Err(_) => Err(FlowError::NotFound("account")),
        Ok(slug) => {
            let input = Update { state: Some(state), ..Update::default() };
            account::update(&web.gateway, &caller.ctx, &slug, input).await
        }
    };
    match changed {
        Ok(_) => go(&web, "/console/accounts", Flash::Changed),
        Err(error) => match problem(&web, &caller, error) {
            Ok(sentence) => listed(&web, &caller, Some(&sentence), ("", "")).await,
            Err(response) => response,
        },
    }
}
