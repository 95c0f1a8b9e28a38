//! Keys of the REST API, of an account or of the installation: making them (the key is shown once), taking them back.

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;
use secrecy::ExposeSecret;

use super::caller::Caller;
use super::frame::{
    About, Answer, Flash, Section, account, around, bad_form, go, marked, ours, refused, sent, show,
};
use crate::access;
use crate::base::caller::{Scope, Scopes};
use crate::base::ctx::kind_and_id;
use crate::base::id::ApiKeyId;
use crate::directory::account::Slug;
use crate::flow::FlowError;
use crate::flow::account::AccountView;
use crate::flow::api_key::{self, Create};
use crate::flow::event::names_of;
use crate::http::Web;
use crate::http::error::answer;
use crate::http::pages::console::{ApiKeyRow, ApiKeysPage};
use crate::http::pages::typed::Typed;
use crate::http::reply::parameter;

const NONE: FlowError = FlowError::NotFound("API key");

/// `GET /console/at/{account}/api-keys`.
pub async fn list(mut web: Web, caller: Caller, Path(slug): Path<String>) -> Answer {
    let account = account(&mut web, &caller, (&slug, Section::ApiKeys)).await?;
    listed(&web, &caller, Some(&account), (None, None), &Typed::default()).await
}

/// `GET /console/api-keys`: those of the installation.
pub async fn list_installation(web: Web, caller: Caller) -> Answer {
    listed(&web, &caller, None, (None, None), &Typed::default()).await
}

/// Where the keys of an account are, or those of the installation.
fn base(account: Option<&AccountView>) -> String {
    account.map_or_else(
        || "/console/api-keys".to_owned(),
        |account| format!("/console/at/{}/api-keys", account.slug),
    )
}

async fn listed(
    web: &Web,
    caller: &Caller,
    account: Option<&AccountView>,
    (secret, problem): (Option<&str>, Option<&str>),
    typed: &Typed,
) -> Answer {
    let slug = account.map(|account| &account.slug);
    let all = api_key::list(&web.gateway, &caller.ctx, slug).await.map_err(refused(web, caller))?;
    let rows: Vec<_> = all
        .iter()
        .map(|key| ApiKeyRow {
            id: key.id.to_string(),
            name: &key.name,
            scopes: key.scopes.to_string(),
            created_by: &key.created_by,
            is_active: key.is_active,
            is_revoked: key.revoked_at.is_some(),
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
        })
        .collect();
    let section = if account.is_some() { Section::ApiKeys } else { Section::InstallationApiKeys };
    let about = About { section, account, problem };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    // What only keys of the installation can be good for is not offered, nor there what the viewer may not do themselves.
    let is_offered = |scope: &Scope| match account {
        Some(_) => !scope.is_of_installation(),
        None => access::may_hand_on(caller.ctx.actor, *scope, None),
    };
    let makers = all.iter().filter_map(|key| kind_and_id(&key.created_by).1).collect();
    let names = names_of(&web.gateway, &caller.ctx, slug, makers).await.map_err(refused(web, caller))?;
    let page = ApiKeysPage {
        frame: web.frame(),
        around: around(web, caller, about),
        base: &base(account),
        slug: slug.map(Slug::as_str),
        keys: &rows,
        names: &names,
        scopes: Scope::ALL.iter().copied().filter(is_offered).collect(),
        secret,
        typed,
    };
    Ok(show(web, caller, status, &page))
}

/// `POST /console/at/{account}/api-keys`: makes one.
pub async fn create(mut web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::ApiKeys), &body).await?;
    made(&web, &caller, Some(&account), &body).await
}

/// `POST /console/api-keys`: makes one of the installation.
pub async fn create_installation(web: Web, caller: Caller, body: Bytes) -> Answer {
    ours(&web, &caller, &body)?;
    made(&web, &caller, None, &body).await
}

async fn made(web: &Web, caller: &Caller, account: Option<&AccountView>, body: &[u8]) -> Answer {
    let chosen = form_urlencoded::parse(body).filter(|(name, _)| name == "scope");
    let scopes = chosen.map(|(_, scope)| scope.parse::<Scope>()).collect::<Result<Scopes, _>>();
    let days = parameter(body, "days").and_then(|days| days.trim().parse().ok());
    let (Ok(scopes), Some(days)) = (scopes, days) else { return Err(bad_form(web)) };
    let name = parameter(body, "name").unwrap_or_default();
    let input = Create { account: account.map(|account| account.slug.clone()), name, scopes, days };
    match api_key::create(&web.gateway, &caller.ctx, input).await {
        Ok((_, secret)) => {
            listed(web, caller, account, (Some(secret.expose_secret()), None), &Typed::default()).await
        }
        Err(error) => {
            let (wrong, said) = marked(web, caller, error)?;
            listed(web, caller, account, (None, Some(&said)), &Typed::of(body).with(wrong)).await
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
        Err(_) => Err(NONE),
        Ok(id) => api_key::revoke(&web.gateway, &caller.ctx, id).await,
    };
    match revoked {
        Ok(_) => Ok(go(&web, &base(Some(&account)), Flash::Revoked)),
        Err(error) => Err(answer(&web, &caller.ctx, &error)),
    }
}

/// `POST /console/api-keys/{key}/revoke`: takes one of the installation back.
pub async fn revoke_installation(web: Web, caller: Caller, Path(id): Path<String>, body: Bytes) -> Answer {
    ours(&web, &caller, &body)?;
    match revoked_installation(&web, &caller, &id).await {
        Ok(_) => Ok(go(&web, &base(None), Flash::Revoked)),
        Err(error) => Err(answer(&web, &caller.ctx, &error)),
    }
}

async fn revoked_installation(web: &Web, caller: &Caller, id: &str) -> Result<bool, FlowError> {
    let id: ApiKeyId = id.parse().map_err(|_| NONE)?;
    if !api_key::is_of_installation(&web.gateway, id).await? {
        return Err(NONE);
    }
    api_key::revoke(&web.gateway, &caller.ctx, id).await
}
