//! The headers of every answer, and the time that an answer may take.
//!
//! A page may load our own style, script and pictures, and nothing else; it may not be framed; its forms go to
//! ourselves. The page that posts to an identity provider says so with [`form_to`], and is the only one.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Web;
use super::error;
use super::pages::ErrorKind;

/// How long an answer may take, the arrival of the request's body included.
const PATIENCE: Duration = Duration::from_secs(30);

const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                           form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const FIXED: [(HeaderName, &str); 5] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=()"),
];

/// Adds them; what a handler has set stays.
pub async fn add(State(web): State<Web>, request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(PATIENCE, next.run(request)).await;
    let mut response = answered.unwrap_or_else(|_| {
        error::page(&web, StatusCode::SERVICE_UNAVAILABLE, ErrorKind::Unavailable, None).into_response()
    });
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(PAGE_POLICY));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if web.gateway.is_ending() {
        // A proxy that keeps connections must open its next one to somebody else.
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if web.cookies.is_secure() {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

/// Lets the page's form go to the identity provider at `action`, and on to wherever its redirects lead by https:
/// browsers apply `form-action` to those too.
pub fn form_to(headers: &mut HeaderMap, action: &str) {
    let Some((scheme, rest)) = action.split_once("://") else { return };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // What a host cannot hold would be read as more of the policy.
    if host.is_empty() || host.contains([';', ',', ' ', '\'', '"']) {
        return;
    }
    let origin = format!("{scheme}://{host}");
    let policy = PAGE_POLICY.replace("form-action 'self'", &format!("form-action https: {origin}"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
}
