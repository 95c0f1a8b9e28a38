//! Setup links of an account: making them (the link is shown once), taking them back.

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;
use secrecy::ExposeSecret;

use super::caller::Caller;
use super::frame::{
    About, Answer, Flash, Section, account, around, bad_form, go, marked, refused, sent, show,
};
use crate::base::caller::{SetupScope, SetupScopes};
use crate::base::id::ConnectionId;
use crate::flow::account::AccountView;
use crate::flow::link::Issued;
use crate::flow::setup_link::{self, Create};
use crate::flow::{FlowError, connection};
use crate::http::Web;
use crate::http::error::answer;
use crate::http::pages::console::{NewLink, SetupLinkRow, SetupLinksPage};
use crate::http::pages::typed::Typed;
use crate::http::reply::parameter;

/// `GET /console/at/{account}/setup-links`.
pub async fn list(mut web: Web, caller: Caller, Path(slug): Path<String>) -> Answer {
    let account = account(&mut web, &caller, (&slug, Section::SetupLinks)).await?;
    listed(&web, &caller, &account, (None, None), &Typed::default()).await
}

async fn listed(
    web: &Web,
    caller: &Caller,
    account: &AccountView,
    (made, problem): (Option<&Issued>, Option<&str>),
    typed: &Typed,
) -> Answer {
    let (gateway, ctx, slug) = (&web.gateway, &caller.ctx, &account.slug);
    let all = setup_link::list(gateway, ctx, slug).await.map_err(refused(web, caller))?;
    let connections = connection::list(gateway, ctx, slug).await.map_err(refused(web, caller))?;
    let names: Vec<_> = connections
        .iter()
        .map(|found| (found.name.as_str(), found.idp_entity_id.as_str(), found.id))
        .collect();
    let names = connection::told_apart(&names);
    let name_of = |id: ConnectionId| {
        let place = connections.iter().position(|found| found.id == id)?;
        names.get(place).map(String::as_str)
    };
    let drafts = connections.iter().zip(&names).filter(|(found, _)| found.state.is_being_set_up());
    let drafts: Vec<_> = drafts.map(|(found, name)| (found.id.to_string(), name.clone())).collect();
    let rows: Vec<_> = all
        .iter()
        .map(|link| SetupLinkRow {
            id: link.id.to_string(),
            name: &link.name,
            email: link.email.as_deref(),
            scopes: link.scopes.iter().collect(),
            goes_on: link.connection.and_then(name_of),
            state: link.state,
            created_at: link.created_at,
            expires_at: link.expires_at,
        })
        .collect();
    let made = made.map(|made| NewLink {
        url: made.url.expose_secret(),
        expires_at: made.expires_at,
        is_setup: true,
        mailed: all.iter().find(|link| link.id == made.id).and_then(|link| link.email.as_deref()),
    });
    let about = About { section: Section::SetupLinks, account: Some(account), problem };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = SetupLinksPage {
        frame: web.frame(),
        around: around(web, caller, about),
        slug: account.slug.as_str(),
        links: &rows,
        scopes: SetupScope::ALL,
        drafts: &drafts,
        is_mail_sent: setup_link::is_sent(gateway),
        made,
        typed,
    };
    Ok(show(web, caller, status, &page))
}

/// `POST /console/at/{account}/setup-links`: makes one.
pub async fn create(mut web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::SetupLinks), &body).await?;
    let chosen = form_urlencoded::parse(&body).filter(|(name, _)| name == "scope");
    let scopes = chosen.map(|(_, scope)| scope.parse::<SetupScope>()).collect::<Result<SetupScopes, _>>();
    let days = parameter(&body, "days").and_then(|days| days.trim().parse().ok());
    let chosen = parameter(&body, "connection").filter(|chosen| !chosen.is_empty());
    let connection = chosen.map(|id| id.parse::<ConnectionId>()).transpose();
    let (Ok(scopes), Some(days), Ok(connection)) = (scopes, days, connection) else {
        return Err(bad_form(&web));
    };
    let name = parameter(&body, "name").unwrap_or_default();
    let email = parameter(&body, "email");
    let account_slug = account.slug.clone();
    let input = Create { account: account_slug, scopes, name, email, days, connection, return_to: None };
    match setup_link::create(&web.gateway, &caller.ctx, input).await {
        Ok(made) => listed(&web, &caller, &account, (Some(&made), None), &Typed::default()).await,
        Err(error) => {
            let (wrong, said) = marked(&web, &caller, error)?;
            listed(&web, &caller, &account, (None, Some(&said)), &Typed::of(&body).with(wrong)).await
        }
    }
}

/// `POST /console/at/{account}/setup-links/{link}/revoke`: takes one back.
pub async fn revoke(
    mut web: Web,
    caller: Caller,
    Path((slug, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::SetupLinks), &body).await?;
    let revoked = match id.parse() {
        Err(_) => Err(FlowError::NotFound("setup link")),
        Ok(id) => setup_link::revoke(&web.gateway, &caller.ctx, id).await,
    };
    match revoked {
        Ok(_) => Ok(go(&web, &format!("/console/at/{}/setup-links", account.slug), Flash::Revoked)),
        Err(error) => Err(answer(&web, &caller.ctx, &error)),
    }
}
