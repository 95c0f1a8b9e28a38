//! Keys of the REST API of an account: making them (the key is shown once), taking them back.

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;
use secrecy::ExposeSecret;

use super::caller::Caller;
use super::frame::{
    About, Answer, Flash, Section, account, around, bad_form, go, marked, refused, sent, show,
};
use crate::base::caller::{Scope, Scopes};
use crate::flow::FlowError;
use crate::flow::account::AccountView;
use crate::flow::api_key::{self, Create};
use crate::http::Web;
use crate::http::error::answer;
use crate::http::pages::console::{ApiKeyRow, ApiKeysPage};
use crate::http::pages::typed::Typed;
use crate::http::reply::parameter;

/// `GET /console/at/{account}/api-keys`.
pub async fn list(mut web: Web, caller: Caller, Path(slug): Path<String>) -> Answer {
    let account = account(&mut web, &caller, (&slug, Section::ApiKeys)).await?;
    listed(&web, &caller, &account, (None, None), &Typed::default()).await
}

async fn listed(
    web: &Web,
    caller: &Caller,
    account: &AccountView,
    (secret, problem): (Option<&str>, Option<&str>),
    typed: &Typed,
) -> Answer {
    let all =
        api_key::list(&web.gateway, &caller.ctx, Some(&account.slug)).await.map_err(refused(web, caller))?;
    let rows: Vec<_> = all
        .iter()
        .map(|key| ApiKeyRow {
            id: key.id.to_string(),
            name: &key.name,
            scopes: key.scopes.to_string(),
            is_active: key.is_active,
            is_revoked: key.revoked_at.is_some(),
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
        })
        .collect();
    let about = About { section: Section::ApiKeys, account: Some(account), problem };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    // What only keys of the installation can be good for is not offered.
    let scopes = Scope::ALL.iter().copied().filter(|scope| !scope.is_of_installation()).collect();
    let around = around(web, caller, about);
    let slug = account.slug.as_str();
    Ok(show(
        web,
        caller,
        status,
        &ApiKeysPage { frame: web.frame(), around, slug, keys: &rows, scopes, secret, typed },
    ))
}

/// `POST /console/at/{account}/api-keys`: makes one.
pub async fn create(mut web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::ApiKeys), &body).await?;
    let chosen = form_urlencoded::parse(&body).filter(|(name, _)| name == "scope");
    let scopes = chosen.map(|(_, scope)| scope.parse::<Scope>()).collect::<Result<Scopes, _>>();
    let days = parameter(&body, "days").and_then(|days| days.trim().parse().ok());
    let (Ok(scopes), Some(days)) = (scopes, days) else { return Err(bad_form(&web)) };
    let name = parameter(&body, "name").unwrap_or_default();
    let input = Create { account: Some(account.slug.clone()), name, scopes, days };
    match api_key::create(&web.gateway, &caller.ctx, input).await {
        Ok((_, secret)) => {
            listed(&web, &caller, &account, (Some(secret.expose_secret()), None), &Typed::default()).await
        }
        Err(error) => {
            let (wrong, said) = marked(&web, &caller, error)?;
            listed(&web, &caller, &account, (None, Some(&said)), &Typed::of(&body).with(wrong)).await
        }
    }
}

/// `POST /console/at/{account}/api-keys/{key}/revoke`: takes one back.
pub async fn revoke(
    mut web: Web,
    caller: Caller,
    Path((slug, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::ApiKeys), &body).await?;
    let revoked = match id.parse() {
        Err(_) => Err(FlowError::NotFound("API key")),
        Ok(id) => api_key::revoke(&web.gateway, &caller.ctx, id).await,
    };
    match revoked {
        Ok(_) => Ok(go(&web, &format!("/console/at/{}/api-keys", account.slug), Flash::Revoked)),
        Err(error) => Err(answer(&web, &caller.ctx, &error)),
    }
}
