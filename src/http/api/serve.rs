//! What every request of a program goes through, around the function of its operation.
//!
//! The order of questions: whose key is it (401), may it ask that often (429), is the account in the address there for it
//! (404), has the key the scope (403), can the request be read (400, 415, 428), and then the flow's own. A body that is too
//! large or too slow (413, 408) is refused before all of these.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::RawPathParams;
use axum::http::header::HeaderName;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

use super::call::{Call, Given, Gives, Takes};
use super::once;
use super::problem::{Kind, Problem};
use crate::access::Action;
use crate::base::caller::Key;
use crate::base::{Actor, Ctx};
use crate::flow::api_key;
use crate::http::Web;
use crate::http::address::Address;

/// The id of a request, by which its line in the log is found.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// An operation's function with what it takes and gives forgotten, so that what stands around it is compiled once and not for
/// each of them.
pub(super) type Work =
    Arc<dyn Fn(Call) -> Pin<Box<dyn Future<Output = Result<Given, Problem>> + Send>> + Send + Sync>;

/// The function that takes, does and gives.
pub(super) fn work<T, R, F>(handler: impl Fn(Call, T) -> F + Copy + Send + Sync + 'static) -> Work
where
    T: Takes + Send + 'static,
    R: Gives + Send + 'static,
    F: Future<Output = Result<R, Problem>> + Send + 'static,
{
    Arc::new(move |call| {
        let doing = T::take(&call).map(|taken| handler(call, taken));
        Box::pin(async move { doing?.await.map(R::given) })
    })
}

/// What every request goes through, around the function of its operation, of which it is known whether it makes something.
pub(super) async fn serve(
    (web, method, action): (Web, &'static str, Option<Action>),
    (parts, params, body): (Parts, Option<RawPathParams>, Bytes),
    (work, makes): (Work, bool),
) -> Response {
    let address = parts.extensions.get::<Address>().copied().unwrap_or_default();
    let ctx = web.ctx_from(Actor::Anonymous, address);
    let key = match authenticate(&web, &ctx, &parts.headers, address).await {
        Ok(key) => key,
        Err(problem) => return told(&ctx, problem.response(&ctx)),
    };
    let counted_as = match api_key::counted_as(&web.gateway, key.id).await {
        Ok(id) => id,
        Err(error) => return told(&ctx, Problem::from(error).response(&ctx)),
    };
    let standing = web.rates.count(counted_as, ctx.now);
    let ctx = Ctx { actor: Actor::ApiKey(key), ..ctx };
    let answered = if let Some(seconds) = standing.retry_seconds {
        Err(Problem::new(Kind::TooMany).retry_in(seconds))
    } else {
        match Call::read(&web, &ctx, (key, action), (parts, params, body)).await {
            Ok(call) if makes => once::answer(call, method, &work).await,
            Ok(call) => work(call).await,
            Err(problem) => Err(problem),
        }
    };
    let response = match answered {
        Ok(given) => given.response(),
        Err(problem) => problem.response(&ctx),
    };
    let mut response = told(&ctx, response);
    standing.tell(response.headers_mut());
    response
}

/// Whose the key is.
async fn authenticate(web: &Web, ctx: &Ctx, headers: &HeaderMap, address: Address) -> Result<Key, Problem> {
    let secret = super::bearer(headers).ok_or(Problem::new(Kind::KeyMissing))?;
    if let Some(key) = api_key::find(&web.gateway, ctx, secret).await? {
        return Ok(key);
    }
    let counted = web.limits.refusals.count(address, ctx.now);
    counted.map_err(|seconds| Problem::new(Kind::TooMany).retry_in(seconds))?;
    Err(Problem::new(Kind::KeyUnknown))
}

fn told(ctx: &Ctx, mut response: Response) -> Response {
    if let Ok(id) = HeaderValue::from_str(&ctx.request.to_string()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
