//! What is told when something is not there, was asked for wrongly or went wrong: one table from a flow's errors, and from
//! what the router says by itself, to answers.
//!
//! People get a page with a safe sentence and the request's id, programs the same as `application/problem+json`
//! (RFC 9457): whoever asks for JSON, and whoever asks at an address for programs. What really happened is written to the
//! log, once, here.
//!
//! To add an error: a variant of [`ErrorKind`], its lines in the table there, its texts in `words`.

use std::fmt::Display;

use axum::extract::Request;
use axum::http::header::{ACCEPT, ALLOW, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::Web;
use super::api::problem::Kind;
use super::pages::branding::Brand;
use super::pages::{ErrorKind, ErrorPage, NotFoundPage};
use super::reply::html;
use crate::base::Ctx;
use crate::flow::FlowError;
use crate::flow::branding::Look;

/// The answer to an error of a flow.
#[must_use]
pub fn answer(web: &Web, ctx: &Ctx, error: &FlowError) -> Response {
    let (status, kind) = match error {
        FlowError::NotFound(_) => return not_found(web),
        FlowError::Denied(_) => (StatusCode::FORBIDDEN, ErrorKind::Forbidden),
        FlowError::Stale => (StatusCode::CONFLICT, ErrorKind::BadForm),
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
    let client = ctx.client.map(tracing::field::display);
    tracing::error!(request = %ctx.request, client, "{what}");
}

/// How pages of an account look, of what was `found`. Where that cannot be read they are as good with our own look; whoever
/// runs this is told.
#[must_use]
pub fn brand(ctx: &Ctx, found: Result<Look, FlowError>) -> Brand {
    Brand::new(found.unwrap_or_else(|error| {
        log(ctx, &format_args!("an account's look could not be read: {error}"));
        Look::default()
    }))
}

/// What an answer is about, for programs; travels with the page.
#[derive(Debug, Clone)]
struct Problem {
    code: String,
    title: String,
    detail: String,
    reference: Option<String>,
}

/// Nothing here.
#[must_use]
pub fn not_found(web: &Web) -> Response {
    let mut response = (StatusCode::NOT_FOUND, html(&NotFoundPage { frame: web.frame() })).into_response();
    response.extensions_mut().insert(about(web, ErrorKind::NotFound, None));
    response
}

/// A page about `kind`.
#[must_use]
pub fn page(web: &Web, status: StatusCode, kind: ErrorKind, reference: Option<&str>) -> Response {
    if kind == ErrorKind::NotFound {
        return not_found(web);
    }
    let mut response = (status, html(&ErrorPage { frame: web.frame(), kind, reference })).into_response();
    response.extensions_mut().insert(about(web, kind, reference));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}

/// The same for programs (RFC 9457): `code` does not change, `detail` is for people.
#[must_use]
pub fn problem(ctx: &Ctx, status: StatusCode, code: &str, detail: &str) -> Response {
    let body = serde_json::json!({
        "type": kind_of(code), "title": status.canonical_reason().unwrap_or_default(), "status": status.as_u16(), "code": code,
        "detail": detail, "reference": ctx.request.to_string(),
    });
    let problem_json = [(CONTENT_TYPE, "application/problem+json")];
    let mut response = (status, problem_json, body.to_string()).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}

/// Status 429: too much was asked for in vain; worth another try in so many seconds.
#[must_use]
pub fn too_many(web: &Web, seconds: u64) -> Response {
    let mut response = page(web, StatusCode::TOO_MANY_REQUESTS, ErrorKind::TooMany, None);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// Says of a page of another kind what a program is told instead.
pub fn tell(response: &mut Response, code: &str, (title, detail): (&str, &str), reference: Option<&str>) {
    let (code, title, detail) = (code.to_owned(), title.to_owned(), detail.to_owned());
    response.extensions_mut().insert(Problem {
        code,
        title,
        detail,
        reference: reference.map(str::to_owned),
    });
}

fn about(web: &Web, kind: ErrorKind, reference: Option<&str>) -> Problem {
    let page = ErrorPage { frame: web.frame(), kind, reference };
    Problem {
        code: kind.code().to_owned(),
        title: page.title().to_string(),
        detail: page.lead().to_string(),
        reference: reference.map(str::to_owned),
    }
}

/// Whether whoever asks is a program.
#[must_use]
pub fn wants_json(request: &Request) -> bool {
    let path = request.uri().path();
    let accepted = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok());
    let accepted = accepted.unwrap_or_default().to_ascii_lowercase();
    let accepts = |kind: &str| accepted.contains(kind);
    let is_json = accepts("application/json") || accepts("application/problem+json");
    ["/api/", "/session/", "/.well-known/"].iter().any(|prefix| path.starts_with(prefix))
        || (is_json && !accepts("text/html"))
}

/// The answer in the form that was asked for. What the router or an extractor refused by itself has no page yet.
#[must_use]
pub fn as_asked(web: &Web, response: Response, is_for_programs: bool) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let kind = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let is_told = kind.starts_with(b"text/html") || kind.starts_with(b"application/problem+json");
    let problem = response.extensions().get::<Problem>().cloned();
    if is_told && !(is_for_programs && problem.is_some()) {
        return response;
    }
    let (head, _) = response.into_parts();
    let mut told = match problem.filter(|_| is_for_programs) {
        Some(problem) => write(status, &problem),
        None if is_for_programs => write(status, &about(web, ErrorKind::of(status.as_u16()), None)),
        None => page(web, status, ErrorKind::of(status.as_u16()), None),
    };
    for name in [ALLOW, RETRY_AFTER, CONNECTION] {
        if let Some(value) = head.headers.get(&name) {
            told.headers_mut().insert(name, value.clone());
        }
    }
    told
}

/// Where a kind of problem is explained; for one of which nothing but its status and code is to be said, what says so
/// (RFC 9457, 4.2.1).
fn kind_of(code: &str) -> String {
    let known = Kind::ALL.iter().find(|kind| kind.name() == code);
    known.map_or_else(|| "about:blank".to_owned(), |kind| kind.uri())
}

fn write(status: StatusCode, problem: &Problem) -> Response {
    let mut body = serde_json::json!({
        "type": kind_of(&problem.code), "title": problem.title, "status": status.as_u16(), "code": problem.code,
        "detail": problem.detail,
    });
    if let (Some(reference), Some(body)) = (&problem.reference, body.as_object_mut()) {
        body.insert("reference".to_owned(), reference.as_str().into());
    }
    (status, [(CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_a_type_where_it_is_explained_and_none_elsewhere() {
        for kind in Kind::ALL {
            assert_eq!(kind_of(kind.name()), kind.uri());
        }
        let pages = [
            (ErrorKind::NotFound, "/api/problems/not-found"),
            (ErrorKind::TooMany, "/api/problems/too-many"),
            (ErrorKind::BadForm, "about:blank"),
            (ErrorKind::LinkGone, "about:blank"),
            (ErrorKind::SenderUnknown, "about:blank"),
            (ErrorKind::SenderAmbiguous, "about:blank"),
        ];
        for (kind, address) in pages {
            assert_eq!(kind_of(kind.code()), address);
        }
        assert_eq!(kind_of("audience_mismatch"), "about:blank");
    }
}
