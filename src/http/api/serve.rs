//! What every request of a program goes through, around the function of its operation.
//!
//! The order of questions: whose key is it (401), may it ask that often (429), is the account in the address there for it
//! (404), has the key the scope (403), can the request be read (400, 415, 428), and then the flow's own. A body that is too
//! large or too slow (413, 408) is refused before all of these. What a key of the installation reads of an account is noted
//! among the account's events before it is read ([`account::look_by_key`]).

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
use crate::flow::{account, api_key};
use crate::http::Web;
use crate::http::address::Address;

/// The id of a request, by which its line in the log is found.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// An operation's function with what it takes and gives forgotten, so that what stands around it is compiled once and not for
/// each of them.
pub(super) type Work =
    Arc<dyn Fn(Call) -> Pin<Box<dyn Future<Output = Result<Given, Problem>> + Send>> + Send + Sync>;

/// What is asked for, as the table of operations has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// `get`, `post`, …
    pub method: &'static str,
    /// The address.
    pub path: &'static str,
    /// What is asked of the key.
    pub action: Option<Action>,
}

impl Asked {
    /// What of an account is read and left as it is, as the event of the look says it: the address without what stands for
    /// one thing in it. Some reading is asked for with a body; what changes something has an event of its own.
    fn looked_at(self) -> Option<String> {
        let reads = [Action::TryChanges, Action::ReadAttempts, Action::ReadZoom];
        if self.method != "get" && !self.action.is_some_and(|action| reads.contains(&action)) {
            return None;
        }
        let below = self.path.strip_prefix("/api/v1/accounts/{account}")?;
        let words = below.split('/').filter(|word| !word.is_empty() && !word.starts_with('{'));
        let words: Vec<_> = words.map(|word| word.replace('-', "_")).collect();
        Some(if words.is_empty() { "account".to_owned() } else { words.join("/") })
    }
}

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
    (web, asked): (Web, Asked),
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
        match Call::read(&web, &ctx, (key, asked.action), (parts, params, body)).await {
            Ok(call) => answer(call, asked, (work, makes)).await,
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

/// What the operation answers a request that may be made.
async fn answer(call: Call, asked: Asked, (work, makes): (Work, bool)) -> Result<Given, Problem> {
    if let Some(page) = asked.looked_at() {
        account::look_by_key(call.gateway(), &call.ctx, call.account()?, &page).await?;
    }
    if makes { once::answer(call, asked.method, &work).await } else { work(call).await }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_of_an_account_is_a_look_at_it() {
        let of = |method, path, action| Asked { method, path, action }.looked_at();
        let below = "/api/v1/accounts/{account}";
        assert_eq!(of("get", below, Some(Action::ReadAccount)).as_deref(), Some("account"));
        for (path, page) in [
            ("/api/v1/accounts/{account}/users/{user}", "users"),
            ("/api/v1/accounts/{account}/users/{user}/data", "users/data"),
            ("/api/v1/accounts/{account}/sign-ins/{sign_in}", "sign_ins"),
        ] {
            assert_eq!(of("get", path, Some(Action::ReadUsers)).as_deref(), Some(page));
            assert_eq!(of("delete", path, Some(Action::ManageUsers)), None, "it has an event of its own");
        }
        let tried = "/api/v1/accounts/{account}/connections/{connection}/what-if";
        let page = of("post", tried, Some(Action::TryChanges));
        assert_eq!(page.as_deref(), Some("connections/what_if"), "it shows sign-ins and changes nothing");
        assert_eq!(of("get", "/api/v1/installation/health", Some(Action::Check)), None);
        assert_eq!(of("get", "/api/v1/accounts", Some(Action::ReadAccount)), None);
    }
}
