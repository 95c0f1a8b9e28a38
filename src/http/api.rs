//! The REST API: for programs, which come with a key. Answers are JSON, errors `application/problem+json`.
//!
//! # Invariants
//!
//! * The key in `Authorization` alone says who asks; cookies count for nothing here, so that no page of another site can
//!   have a browser ask.
//! * Keys that are none are counted against the address that they come from.
//!
//! To add an address: a handler with [`Program`], a line in [`super::routes`], its row in `tests/it/routes.rs`.

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Web;
use super::address::Address;
use super::error::{answer, problem, too_many};
use crate::base::caller::Key;
use crate::base::{Actor, Ctx};
use crate::flow::api_key;

/// A program that came with a good key. An extractor.
#[derive(Debug)]
pub struct Program {
    /// With the key as who acts.
    pub ctx: Ctx,
    /// The key.
    pub key: Key,
}

impl FromRequestParts<Web> for Program {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let address = parts.extensions.get::<Address>().copied().unwrap_or(Address(None));
        let ctx = web.ctx_from(Actor::Anonymous, address);
        let Some(secret) = bearer(&parts.headers) else {
            let why = "Send a key of the REST API: Authorization: Bearer gatepost_…";
            return Err(unknown(&ctx, "key_missing", why, "Bearer"));
        };
        let found = api_key::find(&web.gateway, &ctx, secret).await;
        if let Some(key) = found.map_err(|error| answer(web, &ctx, &error))? {
            return Ok(Self { ctx: Ctx { actor: Actor::ApiKey(key), ..ctx }, key });
        }
        web.limits.refusals.count(address, ctx.now).map_err(|seconds| too_many(web, seconds))?;
        let why = "This key is unknown, was revoked, or has ended.";
        Err(unknown(&ctx, "key_unknown", why, "Bearer error=\"invalid_token\""))
    }
}

/// What stands after `Bearer` (RFC 6750, 2.1), if it stands there once.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return None };
    let (scheme, secret) = line.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

fn unknown(ctx: &Ctx, code: &str, why: &str, challenge: &'static str) -> Response {
    let mut response = problem(ctx, StatusCode::UNAUTHORIZED, code, why);
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    response
}

/// `GET /api/v1/key`: what the key that asks is good for.
pub async fn key(Program { key, .. }: Program) -> Response {
    let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.to_string()).collect();
    let account = key.account.map(|account| account.to_string());
    let body = json!({ "id": key.id.to_string(), "account": account, "scopes": scopes });
    ([(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stands_after_bearer_and_stands_there_once() {
        let of = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(AUTHORIZATION, HeaderValue::from_static(line));
            }
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(of(&["Bearer gatepost_x"]).as_deref(), Some("gatepost_x"));
        assert_eq!(of(&["bearer  gatepost_x "]).as_deref(), Some("gatepost_x"));
        for none in [&[][..], &["gatepost_x"], &["Basic gatepost_x"], &["Bearer a", "Bearer b"]] {
            assert_eq!(of(none), None, "{none:?}");
        }
    }
}
