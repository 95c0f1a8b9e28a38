//! The signed-in person's own page, signing out, and ending their sessions in other browsers.

use axum::body::Bytes;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use tower_sessions::Session;
use tower_sessions::session::Id;

use super::Web;
use super::console::caller::is_elsewhere;
use super::cookies::Entry;
use super::error::{answer, log, page};
use super::pages::{
    AttributeView, EmailView, ErrorKind, MePage, NameIdView, OtherSessionView, SignOutForm, SignedOutPage,
};
use super::reply::{html, is_same, parameter, see_other};
use super::session_store::{CURRENT, token};
use crate::base::encoding::base64url;
use crate::base::id::SessionId;
use crate::base::{Actor, Ctx};
use crate::directory::account::Slug;
use crate::flow::session::{self, Current, Me, SessionView, own};
use crate::flow::{FlowError, Gateway, console};

/// `GET /me`: who am I.
pub async fn me(web: Web, session: Session) -> Response {
    let ctx = web.ctx(Actor::Anonymous);
    match signed_in(&session).await {
        Err(error) => failed(&web, &ctx, &error),
        Ok(None) => {
            let mut response = see_other("/");
            web.cookies.remove_session(response.headers_mut());
            response
        }
        Ok(Some((id, current))) => {
            let ctx = as_user(&web, &current);
            match look(&web.gateway, &ctx, id).await {
                Ok((me, others)) => show(&web, &me, &others, id),
                Err(error) => answer(&web, &ctx, &error),
            }
        }
    }
}

/// `POST /signout`: ends the session, when the form is ours; and the one that the browser has in the console, or the next
/// person at a shared machine would be in there.
pub async fn sign_out(web: Web, session_layer: Session, request: HeaderMap, body: Bytes) -> Response {
    let ctx = web.ctx(Actor::Anonymous);
    let (id, current) = match signed_in(&session_layer).await {
        Err(error) => return failed(&web, &ctx, &error),
        Ok(None) => return see_other("/"),
        Ok(Some(signed_in)) => signed_in,
    };
    if !is_our_form(id, &request, &body) {
        return page(&web, StatusCode::FORBIDDEN, ErrorKind::BadForm, None);
    }
    if let Err(error) = session::sign_out(&web.gateway, &ctx, token(id).hash()).await {
        return answer(&web, &ctx, &error);
    }
    let in_console = web.cookies.console(&request, Entry::Console);
    if let Some(token) = &in_console
        && let Err(error) = console::leave(&web.gateway, &ctx, token.hash()).await
    {
        return answer(&web, &ctx, &error);
    }
    if let Err(error) = session_layer.flush().await {
        return failed(&web, &ctx, &error);
    }
    let mut response = see_other(&format!("/signed-out?account={}", current.account_slug));
    web.cookies.remove_session(response.headers_mut());
    if in_console.is_some() {
        web.cookies.remove_console(response.headers_mut(), Entry::Console);
    }
    response
}

/// `POST /me/sessions/end`: ends one of the person's other sessions, or with `all=1` every one.
pub async fn end_sessions(web: Web, session_layer: Session, request: HeaderMap, body: Bytes) -> Response {
    let (id, current) = match signed_in(&session_layer).await {
        Err(error) => return failed(&web, &web.ctx(Actor::Anonymous), &error),
        Ok(None) => return see_other("/"),
        Ok(Some(signed_in)) => signed_in,
    };
    if !is_our_form(id, &request, &body) {
        return page(&web, StatusCode::FORBIDDEN, ErrorKind::BadForm, None);
    }
    let (ctx, own) = (as_user(&web, &current), token(id).hash());
    let which = parameter(&body, "session").and_then(|text| text.parse::<SessionId>().ok());
    let ended = match (which, parameter(&body, "all").as_deref()) {
        (Some(other), None) => own::end(&web.gateway, &ctx, own, other).await,
        (None, Some("1")) => own::end_others(&web.gateway, &ctx, own).await.map(drop),
        _ => return page(&web, StatusCode::BAD_REQUEST, ErrorKind::BadForm, None),
    };
    match ended {
        Ok(()) => see_other("/me"),
        Err(error) => answer(&web, &ctx, &error),
    }
}

/// `GET /signed-out`: where signing out leads.
pub async fn signed_out(web: Web, RawQuery(query): RawQuery) -> Response {
    let account = parameter(query.unwrap_or_default().as_bytes(), "account");
    let account = account.and_then(|account| account.parse::<Slug>().ok());
    let again_href = account.map_or_else(|| "/".to_owned(), |slug| format!("/signin/{slug}"));
    html(&SignedOutPage { frame: web.frame(), again_href: &again_href })
}

async fn look(gateway: &Gateway, ctx: &Ctx, id: Id) -> Result<(Me, Vec<SessionView>), FlowError> {
    let me = session::me(gateway, ctx, token(id).hash()).await?;
    Ok((me, own::list_others(gateway, ctx, token(id).hash()).await?))
}

fn as_user(web: &Web, current: &Current) -> Ctx {
    web.ctx(current.actor())
}

/// Whether a form that changes something was sent by a page of ours, of this very session.
fn is_our_form(id: Id, request: &HeaderMap, body: &[u8]) -> bool {
    let wanted = form_token(id);
    let given = parameter(body, "token").unwrap_or_default();
    is_same(&wanted, &given) && !is_elsewhere(request)
}

fn show(web: &Web, me: &Me, others: &[SessionView], id: Id) -> Response {
    let name = me.profile.name();
    let email = me.profile.email.as_deref();
    let name_id = me.statement.name_id.as_ref();
    let attributes: Vec<_> = me
        .statement
        .attributes
        .iter()
        .map(|attribute| AttributeView {
            name: &attribute.name,
            friendly_name: attribute.friendly_name.as_deref(),
            values: &attribute.values,
        })
        .collect();
    let form_token = form_token(id);
    let others: Vec<_> = others.iter().map(OtherSessionView::from).collect();
    html(&MePage {
        frame: web.frame_of(me.locale),
        name: name.as_deref(),
        email: email.map(|address| EmailView { address, is_verified: me.is_email_verified }),
        username: me.profile.username.as_deref(),
        roles: &me.profile.roles,
        groups: me.profile.groups.as_deref().unwrap_or_default(),
        name_id: NameIdView {
            value: name_id.map_or("", |name_id| name_id.value.as_str()),
            format: name_id.and_then(|name_id| name_id.format.as_deref()),
        },
        attributes: &attributes,
        account_name: &me.account_name,
        connection_name: &me.connection_name,
        signed_in_at: me.signed_in_at,
        session_ends_at: Some(me.ends_at),
        trace: me.trace.as_ref(),
        sign_out: SignOutForm { action: "/signout", token: &form_token },
        others: &others,
        end_sessions: "/me/sessions/end",
    })
}

/// The session that the browser presents, if it counts.
async fn signed_in(session: &Session) -> Result<Option<(Id, Current)>, tower_sessions::session::Error> {
    let current = session.get::<Current>(CURRENT).await?;
    Ok(session.id().zip(current))
}

/// Made of the session's token, so that it is good for that session alone and needs no place of its own.
fn form_token(id: Id) -> String {
    let mut hasher = openssl::sha::Sha256::new();
    hasher.update(b"gatepost sign-out 1\0");
    hasher.update(&token(id).expose_bytes());
    base64url(&hasher.finish())
}

fn failed(web: &Web, ctx: &Ctx, error: &tower_sessions::session::Error) -> Response {
    let reference = ctx.request.to_string();
    log(ctx, &format_args!("the session could not be read: {error}"));
    page(web, StatusCode::SERVICE_UNAVAILABLE, ErrorKind::Unavailable, Some(&reference))
}
