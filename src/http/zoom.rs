//! What Zoom posts. For programs: errors are problem+json (RFC 9457).
//!
//! | address | whose |
//! |---|---|
//! | `/zoom/notifications?account_id=…` | the account's that the platform calls so: the form that some platforms print in their guides |
//! | `/zoom/{account}/webhook` | the account's of that name |
//! | `/zoom/webhook` | the platform's own app: whose the event is stands in it |
//!
//! Whoever has no secret of an account is told nothing of it: see [`crate::flow::zoom::event`]. What is refused is counted by the
//! address that it came from, and over the limit it is refused at less cost. What is rightly signed is taken all the same:
//! Zoom sends for all accounts from the same addresses.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use axum::http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::Web;
use super::address::Address;
use super::error::{log, problem};
use super::reply::parameter;
use crate::base::{Actor, Ctx};
use crate::flow::FlowError;
use crate::flow::zoom::event::Way;
use crate::flow::zoom::event::receive::{self, Answer, Input, Refused};

const SIGNATURE: &str = "x-zm-signature";
const TIMESTAMP: &str = "x-zm-request-timestamp";

/// `POST /zoom/notifications?account_id=…`
pub async fn by_external_id(
    web: Web,
    address: Address,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let id = parameter(query.unwrap_or_default().as_bytes(), "account_id").unwrap_or_default();
    take(&web, address, Way::ExternalId(id), &headers, &body).await
}

/// `POST /zoom/{account}/webhook`
pub async fn by_slug(
    web: Web,
    address: Address,
    Path(slug): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    take(&web, address, Way::Slug(slug), &headers, &body).await
}

/// `POST /zoom/webhook`
pub async fn by_platform(web: Web, address: Address, headers: HeaderMap, body: Bytes) -> Response {
    take(&web, address, Way::Platform, &headers, &body).await
}

async fn take(web: &Web, address: Address, way: Way, headers: &HeaderMap, body: &[u8]) -> Response {
    let ctx = web.ctx_from(Actor::Anonymous, address);
    let is_unheard = web.limits.refusals.is_full(address, ctx.now);
    let (signature, timestamp) = (once(headers, SIGNATURE), once(headers, TIMESTAMP));
    match receive::receive(&web.gateway, &ctx, way, Input { signature, timestamp, body, is_unheard }).await {
        Ok(Answer::Taken) => StatusCode::NO_CONTENT.into_response(),
        Ok(Answer::Validation(answer)) => ([(CONTENT_TYPE, "application/json")], answer).into_response(),
        Err(refused) => counted(web, address, &ctx, &refused),
    }
}

/// The answer to a refused delivery, or to one too many.
fn counted(web: &Web, address: Address, ctx: &Ctx, refused: &Refused) -> Response {
    if matches!(refused, Refused::Flow(_) | Refused::Later) {
        return refuse(ctx, refused);
    }
    match web.limits.refusals.count(address, ctx.now) {
        Err(seconds) => {
            let what = "Too much was refused that came from where this comes from.";
            let mut response = problem(ctx, StatusCode::TOO_MANY_REQUESTS, "too_many", what);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
        Ok(()) => refuse(ctx, refused),
    }
}

/// A header that stands there once.
fn once<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut lines = headers.get_all(name).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return None };
    line.to_str().ok()
}

fn refuse(ctx: &Ctx, refused: &Refused) -> Response {
    let (status, code) = match refused {
        Refused::Unsigned => (StatusCode::UNAUTHORIZED, "zoom_unsigned"),
        Refused::Stale => (StatusCode::UNAUTHORIZED, "zoom_stale"),
        Refused::AnotherAccount => (StatusCode::FORBIDDEN, "zoom_another_account"),
        Refused::Unreadable(_) => (StatusCode::BAD_REQUEST, "zoom_no_event"),
        Refused::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
        Refused::Flow(FlowError::Unavailable(_)) | Refused::Later => {
            log(ctx, refused);
            return problem(ctx, StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Try again in a moment.");
        }
        Refused::Flow(_) => {
            log(ctx, refused);
            let what = "Something went wrong here.";
            return problem(ctx, StatusCode::INTERNAL_SERVER_ERROR, "internal", what);
        }
    };
    problem(ctx, status, code, &format!("The delivery is refused: {refused}."))
}

/// By which address a request came, if deliveries come there.
fn way(uri: &Uri) -> Option<Way> {
    match uri.path().strip_prefix("/zoom/")? {
        "notifications" => {
            let query = uri.query().unwrap_or_default();
            Some(Way::ExternalId(parameter(query.as_bytes(), "account_id").unwrap_or_default()))
        }
        "webhook" => Some(Way::Platform),
        path => {
            let slug = path.strip_suffix("/webhook").filter(|slug| !slug.contains('/'))?;
            Some(Way::Slug(slug.to_owned()))
        }
    }
}

/// Whether deliveries come to `path`, so that whoever asks there is a program.
pub(super) fn is_for_deliveries(uri: &Uri) -> bool {
    way(uri).is_some()
}

/// The answer to a delivery that was so large that it was not read: it is counted like any other that is refused. `None` for
/// what is no delivery.
pub(super) async fn too_large(
    web: &Web,
    (method, uri): (&Method, &Uri),
    address: Address,
) -> Option<Response> {
    let way = way(uri).filter(|_| *method == Method::POST)?;
    let ctx = web.ctx_from(Actor::Anonymous, address);
    let refused = match receive::refuse_unread(&web.gateway, &ctx, &way).await {
        Ok(()) => Refused::TooLarge,
        Err(error) => Refused::Flow(error),
    };
    let mut response = counted(web, address, &ctx, &refused);
    // What is left of it is not read.
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_come_by_three_ways() {
        let of = |text: &str| way(&text.parse().unwrap());
        assert_eq!(of("/zoom/notifications?account_id=d%2F7&x=1"), Some(Way::ExternalId("d/7".to_owned())));
        assert_eq!(of("/zoom/notifications"), Some(Way::ExternalId(String::new())));
        assert_eq!(of("/zoom/webhook"), Some(Way::Platform));
        assert_eq!(of("/zoom/lincoln/webhook?x"), Some(Way::Slug("lincoln".to_owned())));
        for other in ["/", "/zoom", "/zoom/authorised", "/zoom/a/b/webhook", "/zoom/a", "/saml/zoom/webhook"]
        {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
