//! What people see when something is not there or went wrong: one table from a flow's errors to answers.
//!
//! The page has a safe sentence and the request's id; what really happened is written to the log, once, here.

use std::fmt::Display;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::Web;
use super::pages::{ErrorKind, ErrorPage, NotFoundPage};
use super::reply::html;
use crate::base::Ctx;
use crate::flow::FlowError;

/// The answer to an error of a flow.
#[must_use]
pub fn answer(web: &Web, ctx: &Ctx, error: &FlowError) -> Response {
    let (status, kind) = match error {
        FlowError::NotFound(_) | FlowError::Denied(_) => return not_found(web),
        FlowError::Invalid(_) => (StatusCode::BAD_REQUEST, ErrorKind::BadForm),
        FlowError::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, ErrorKind::Unavailable),
        FlowError::Broken(_) | FlowError::Internal(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, ErrorKind::Internal)
        }
    };
    let reference = ctx.request.to_string();
    if status.is_server_error() {
        log(ctx, error);
    }
    page(web, status, kind, Some(&reference))
}

/// A line for whoever runs this.
pub fn log(ctx: &Ctx, what: &dyn Display) {
    tracing::error!(request = %ctx.request, "{what}");
}

/// Nothing here.
#[must_use]
pub fn not_found(web: &Web) -> Response {
    (StatusCode::NOT_FOUND, html(&NotFoundPage { frame: web.frame() })).into_response()
}

/// A page about `kind`.
#[must_use]
pub fn page(web: &Web, status: StatusCode, kind: ErrorKind, reference: Option<&str>) -> Response {
    let mut response = (status, html(&ErrorPage { frame: web.frame(), kind, reference })).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}

/// The same for programs (RFC 9457): `code` does not change, `detail` is for people.
#[must_use]
pub fn problem(ctx: &Ctx, status: StatusCode, code: &str, detail: &str) -> Response {
    let body = serde_json::json!({
        "title": status.canonical_reason().unwrap_or_default(), "status": status.as_u16(), "code": code,
        "detail": detail, "reference": ctx.request.to_string(),
    });
    let problem_json = [(CONTENT_TYPE, "application/problem+json")];
    let mut response = (status, problem_json, body.to_string()).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}
