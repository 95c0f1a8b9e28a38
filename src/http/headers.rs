//! The headers of every answer.
//!
//! A page may load our own style, script and pictures, and nothing else; it may not be framed; its forms go to
//! ourselves. The page that posts to an identity provider says so with [`form_to`], and is the only one.

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::Web;

const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                           form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Marks the one answer that may stand in a frame.
#[derive(Debug, Clone, Copy)]
pub struct MayBeFramed;

const FIXED: [(HeaderName, &str); 5] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=()"),
];

/// Adds them; what a handler has set stays.
pub async fn add(State(web): State<Web>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let may_be_framed = response.extensions().get::<MayBeFramed>().is_some();
    let headers = response.headers_mut();
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    if kind.starts_with(b"text/html") || kind.starts_with(b"application/problem+json") {
        // What a person chose is a cookie.
        headers.append(VARY, HeaderValue::from_static("Accept-Language, Cookie"));
    }
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if may_be_framed {
        // Style alone: there is nothing to run, and nothing to send.
        let policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; frame-ancestors *; \
                      base-uri 'none'";
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    } else {
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
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
