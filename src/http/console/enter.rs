//! Getting in: the sign-in page, links, passkeys; and leaving.
//!
//! A link is never used by looking at it: the page has a button.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::caller::{Caller, is_elsewhere, present};
use super::frame::bad_form;
use crate::base::id::LinkId;
use crate::base::secret::LinkToken;
use crate::base::{Actor, Ctx};
use crate::directory::account::Slug;
use crate::directory::state::LinkKind;
use crate::flow::console::{self, Entered};
use crate::flow::{FlowError, account, domain, link as links, owner, passkey};
use crate::http::Web;
use crate::http::address::Address;
use crate::http::cookies::Entry;
use crate::http::error::{answer, page, too_many};
use crate::http::pages::ErrorKind;
use crate::http::pages::console::{ConnectionLink, LinkPage, MailedPage, PasskeyQuestion, SignInPage};
use crate::http::reply::{html, parameter, see_other};

/// `GET /console/signin`: asks for the account; with `account=…`, shows its ways in.
pub async fn sign_in(web: Web, address: Address, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let slug = parameter(query.as_bytes(), "account").map(|typed| typed.trim().to_lowercase());
    ways_in(&web, address, slug.as_deref().filter(|slug| !slug.is_empty()), None).await
}

async fn ways_in(web: &Web, address: Address, typed: Option<&str>, problem: Option<&str>) -> Response {
    let ctx = web.ctx_from(Actor::Anonymous, address);
    let slug = match typed {
        // Who knows no account by its name in addresses knows their own address.
        Some(email) if email.contains('@') => match domain::route(&web.gateway, email).await {
            Ok(route) => route.map(|route| route.account),
            Err(error) => return answer(web, &ctx, &error),
        },
        typed => typed.and_then(|typed| typed.parse::<Slug>().ok()),
    };
    let found = match &slug {
        None => None,
        Some(slug) => match account::sign_in(&web.gateway, slug).await {
            Ok(found) => Some(found),
            Err(FlowError::NotFound(_)) => None,
            Err(error) => return answer(web, &ctx, &error),
        },
    };
    if typed.is_some() && found.is_none() {
        if let Err(seconds) = web.limits.refusals.count(address, ctx.now) {
            return too_many(web, seconds);
        }
        let page = SignInPage::asking(web.frame(), typed.unwrap_or_default(), true);
        return (StatusCode::NOT_FOUND, html(&page)).into_response();
    }
    let slug = slug.filter(|_| found.is_some());
    let question = match passkey::begin_sign_in(&web.gateway, &ctx, slug.as_ref()).await {
        Ok(question) => question,
        Err(error) => return answer(web, &ctx, &error),
    };
    let question =
        question.map(|question| PasskeyQuestion { options: question.options, state: question.state });
    let connections = found.iter().flat_map(|found| &found.connections);
    let connections: Vec<_> = connections
        .map(|(id, name)| ConnectionLink {
            name: name.clone(),
            href: format!("/saml/{id}/login?return_to=/console"),
        })
        .collect();
    let account = found.as_ref().map(|found| (found.account.slug.as_str(), found.account.name.as_str()));
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = SignInPage {
        frame: web.frame(),
        typed: "",
        is_unknown: false,
        account,
        has_mail: connections.is_empty() && web.gateway.sends_mail(),
        connections: &connections,
        question: question.as_ref(),
        problem,
    };
    (status, html(&page)).into_response()
}

/// `POST /console/signin/email`: mails a link to an owner, if that is whose address it is. The answer does not say.
pub async fn by_email(web: Web, address: Address, headers: HeaderMap, body: Bytes) -> Response {
    let ctx = web.ctx_from(Actor::Anonymous, address);
    let slug = parameter(&body, "account").and_then(|text| text.parse::<Slug>().ok());
    let (Some(slug), false) = (slug, is_elsewhere(&headers)) else { return bad_form(&web) };
    // Each may send a mail.
    if let Err(seconds) = web.limits.refusals.count(address, ctx.now) {
        return too_many(&web, seconds);
    }
    let email = parameter(&body, "email").unwrap_or_default();
    // However many ask from wherever: whose addresses they ask for makes no difference.
    let Some(place) = owner::place_to_ask(&web.gateway) else { return too_many(&web, 1) };
    // Beside the answer: how long it takes would say whether somebody has that address.
    let gateway = web.gateway.clone();
    tokio::spawn(async move {
        if let Err(error) = owner::ask_by_mail(&gateway, &ctx, &slug, &email).await {
            tracing::error!(request = %ctx.request, %error, "a link by mail could not be asked for");
        }
        drop(place);
    });
    html(&MailedPage { frame: web.frame() })
}

/// `POST /console/signin/passkey`: lets the one in whose passkey answered.
pub async fn by_passkey(web: Web, address: Address, headers: HeaderMap, body: Bytes) -> Response {
    let ctx = web.ctx_from(Actor::Anonymous, address);
    if is_elsewhere(&headers) {
        return bad_form(&web);
    }
    let typed = parameter(&body, "account").filter(|typed| !typed.is_empty());
    let Ok(slug) = typed.as_deref().map(str::parse::<Slug>).transpose() else { return bad_form(&web) };
    let text = |name| parameter(&body, name).unwrap_or_default();
    let (state, credential) = (text("state"), text("credential"));
    let replaced = present(&web, &headers, Entry::Console).map(|token| token.hash());
    let answered = (state.as_str(), credential.as_str());
    match passkey::finish_sign_in(&web.gateway, &ctx, slug.as_ref(), answered, replaced).await {
        Ok(entered) => go_in(&web, &entered, ctx.now),
        Err(FlowError::Invalid(sentence)) => match web.limits.refusals.count(address, ctx.now) {
            Ok(()) => {
                ways_in(&web, address, typed.as_deref(), Some(&web.language.text().sentence(&sentence))).await
            }
            Err(seconds) => too_many(&web, seconds),
        },
        Err(error) => answer(&web, &ctx, &error),
    }
}

/// `GET /link/{token}` and `GET /setup/{token}`: what the link leads to, and a button; or there, for the browser that has
/// the setup link already.
pub async fn link(
    web: Web,
    address: Address,
    uri: Uri,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    let ctx = web.ctx_from(Actor::Anonymous, address);
    let Some(token) = LinkToken::parse(&token) else { return gone(&web, address) };
    match links::look(&web.gateway, &ctx, token.hash()).await {
        Ok(look) if is_at(&uri, look.kind) => {
            if look.is_taken {
                match has_it(&web, &ctx, &headers, look.id).await {
                    Ok(true) => return see_other("/setup"),
                    Ok(false) => {}
                    Err(error) => return answer(&web, &ctx, &error),
                }
            }
            let page = LinkPage {
                frame: web.frame(),
                kind: look.kind,
                account: look.account_name.as_deref(),
                scopes: look.scopes.iter().collect(),
                expires_at: look.expires_at,
                action: uri.path(),
                is_taken: look.is_taken,
            };
            html(&page)
        }
        Ok(_) | Err(FlowError::NotFound(_)) => gone(&web, address),
        Err(error) => answer(&web, &ctx, &error),
    }
}

/// `POST /link/{token}` and `POST /setup/{token}`: uses the link.
pub async fn use_link(
    web: Web,
    address: Address,
    uri: Uri,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    let ctx = web.ctx_from(Actor::Anonymous, address);
    if is_elsewhere(&headers) {
        return bad_form(&web);
    }
    let Some(token) = LinkToken::parse(&token) else { return gone(&web, address) };
    let is_setup = uri.path().starts_with("/setup/");
    let entry = if is_setup { Entry::Setup } else { Entry::Console };
    let replaced = present(&web, &headers, entry).map(|token| token.hash());
    let entered = match links::look(&web.gateway, &ctx, token.hash()).await {
        Ok(look) if is_at(&uri, look.kind) => links::enter(&web.gateway, &ctx, token.hash(), replaced).await,
        Ok(_) => Err(FlowError::NotFound("link")),
        Err(error) => Err(error),
    };
    match entered {
        Ok(entered) => go_in(&web, &entered, ctx.now),
        Err(FlowError::NotFound(_)) => gone(&web, address),
        Err(error) => answer(&web, &ctx, &error),
    }
}

/// `POST /console/leave`: ends the session.
pub async fn leave(web: Web, caller: Caller, headers: HeaderMap, body: Bytes) -> Response {
    if !caller.sent(&body) {
        return bad_form(&web);
    }
    let Some(token) = present(&web, &headers, Entry::Console) else {
        // By single sign-on: that session is ended on its own page.
        return see_other("/me");
    };
    if let Err(error) = console::leave(&web.gateway, &caller.ctx, token.hash()).await {
        return answer(&web, &caller.ctx, &error);
    }
    let mut response = see_other("/console/signin");
    web.cookies.remove_console(response.headers_mut(), Entry::Console);
    response
}

/// Whether the browser is in by this very setup link.
async fn has_it(web: &Web, ctx: &Ctx, headers: &HeaderMap, link: LinkId) -> Result<bool, FlowError> {
    let Some(token) = present(web, headers, Entry::Setup) else { return Ok(false) };
    let current = console::find(&web.gateway, ctx, token.hash()).await?;
    Ok(current.is_some_and(|current| matches!(current.actor, Actor::SetupLink(setup) if setup.id == link)))
}

fn is_at(uri: &Uri, kind: LinkKind) -> bool {
    uri.path().starts_with("/setup/") == (kind == LinkKind::Setup)
}

fn go_in(web: &Web, entered: &Entered, now: crate::base::Instant) -> Response {
    let (entry, path) =
        if entered.is_setup { (Entry::Setup, "/setup") } else { (Entry::Console, "/console") };
    let mut response = see_other(path);
    let seconds = entered.ends_at.seconds_since(now);
    web.cookies.set_console(response.headers_mut(), entry, &entered.token, seconds);
    response
}

/// Tokens could be tried until one is found; it would take longer than there is.
fn gone(web: &Web, address: Address) -> Response {
    match web.limits.refusals.count(address, web.ctx(Actor::Anonymous).now) {
        Ok(()) => page(web, StatusCode::NOT_FOUND, ErrorKind::LinkGone, None),
        Err(seconds) => too_many(web, seconds),
    }
}
