//! A token for the signed-in browser, and the public keys that verify it. For programs: errors are problem+json (RFC 9457).
//!
//! # Who may ask
//!
//! The session's cookie says who it is; what is checked here is which page asks. Our own pages may. Another site's may if
//! its origin is on the list, byte for byte; then, and only then, it gets the CORS headers that let its script read the
//! answer. A browser says where a request comes from by `Origin`, or by `Sec-Fetch-Site` where it sends no `Origin`.

use axum::extract::RawQuery;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;
use serde_json::json;
use tower_sessions::Session;

use super::Web;
use super::error::{answer, log, problem};
use super::reply::parameter;
use super::session_store::token;
use crate::base::{Actor, Ctx};
use crate::flow::keys::signing;
use crate::flow::token::{self as flow, Issued};
use crate::flow::{FlowError, Gateway};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// `GET /session/token?audience=…`: a token of the session that the browser presents.
pub async fn issue(web: Web, session: Session, RawQuery(query): RawQuery, request: HeaderMap) -> Response {
    let ctx = web.ctx(Actor::Anonymous);
    let asker = asker(&web.gateway, &request);
    let mut response = match &asker {
        Asker::Ourselves | Asker::Listed(_) => {
            let audience = parameter(query.unwrap_or_default().as_bytes(), "audience");
            let issued = match session.id() {
                None => Err(FlowError::NotFound("session")),
                Some(id) => flow::issue(&web.gateway, &ctx, token(id).hash(), audience.as_deref()).await,
            };
            issued.map_or_else(|error| refuse(&ctx, &error), |issued| give(&issued))
        }
        Asker::Stranger => {
            let why = "Pages of this site may ask for a token, and those of token.allowed_origins.";
            problem(&ctx, StatusCode::FORBIDDEN, "origin_not_allowed", why)
        }
    };
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("Origin, Sec-Fetch-Site, Cookie"));
    if let Asker::Listed(origin) = asker {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    response
}

/// `GET /.well-known/jwks.json`: our public keys.
pub async fn keys(web: Web) -> Response {
    let ctx = web.ctx(Actor::Anonymous);
    match signing::published(&web.gateway, &ctx).await {
        Err(error) => answer(&web, &ctx, &error),
        Ok(published) => {
            let headers = [
                (CONTENT_TYPE, "application/json".to_owned()),
                (CACHE_CONTROL, format!("public, max-age={}", published.max_age)),
            ];
            (headers, published.json).into_response()
        }
    }
}

/// Whose page asks.
enum Asker {
    /// One of ours, or no page at all.
    Ourselves,
    /// One of a site on the list.
    Listed(HeaderValue),
    /// Any other.
    Stranger,
}

fn asker(gateway: &Gateway, request: &HeaderMap) -> Asker {
    let mut origins = request.get_all(ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (Some(origin), None) => {
            let is = |known: &str| origin.as_bytes() == known.as_bytes();
            if is(gateway.public_url().as_str()) {
                Asker::Ourselves
            } else if gateway.tokens().allowed_origins.iter().any(|known| is(known.as_str())) {
                Asker::Listed(origin.clone())
            } else {
                Asker::Stranger
            }
        }
        (None, _) => {
            // A program that is no browser sends none, and has no cookie that it was not given.
            let is_ours = |site: &HeaderValue| site == "same-origin" || site == "none";
            if request.get_all(FETCH_SITE).iter().all(is_ours) { Asker::Ourselves } else { Asker::Stranger }
        }
        (Some(_), Some(_)) => Asker::Stranger,
    }
}

fn give(issued: &Issued) -> Response {
    let body = json!({
        "token": issued.token.expose_secret(), "token_type": "Bearer", "expires_in": issued.expires_in,
    });
    ([(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

fn refuse(ctx: &Ctx, error: &FlowError) -> Response {
    match error {
        FlowError::NotFound(_) | FlowError::Denied(_) => {
            problem(ctx, StatusCode::UNAUTHORIZED, "not_signed_in", "Nobody is signed in with this browser.")
        }
        FlowError::Stale => problem(ctx, StatusCode::CONFLICT, "stale", "It was changed meanwhile."),
        FlowError::Invalid(why) => {
            problem(ctx, StatusCode::BAD_REQUEST, "audience_not_allowed", &why.english())
        }
        FlowError::Unavailable(_) => {
            log(ctx, error);
            problem(ctx, StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Try again in a moment.")
        }
        FlowError::Broken(_) | FlowError::Internal(_) => {
            log(ctx, error);
            problem(ctx, StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here.")
        }
    }
}
