//! Making something once: what an `Idempotency-Key` does.
//!
//! What decides is [`crate::flow::once`]: that the request was reserved is known before the flow begins, and what the flow
//! makes is marked in the flow's own transaction. Only what made something is kept; a request that was refused may be
//! mended and sent again under the same key.

use axum::http::HeaderName;
use openssl::sha::Sha256;

use super::call::{Call, Given, Reply};
use super::problem::{Kind, Problem};
use super::serve::Work;
use crate::flow::once::{self, Begun, Request};

/// What names a request.
pub const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// Does it, or gives the answer that it had.
pub(super) async fn answer(mut call: Call, method: &'static str, work: &Work) -> Result<Given, Problem> {
    let Some(name) = call.idempotency_key()?.map(str::to_owned) else {
        return work(call).await;
    };
    call.ctx.is_once = true;
    let mut hash = Sha256::new();
    // The path as it came: of one pattern, it tells what is asked for from what else is.
    for part in [method, call.address()] {
        hash.update(part.as_bytes());
        hash.update(&[0]);
    }
    hash.update(call.body());
    let (gateway, ctx) = (call.gateway().clone(), call.ctx.clone());
    let request = Request { key: call.key, name, hash: hash.finish() };
    match once::begin(&gateway, &ctx, &request).await? {
        Begun::New => {}
        Begun::UnderWay => return Err(Problem::new(Kind::RequestUnderWay).retry_in(1)),
        Begun::Another => return Err(Problem::new(Kind::KeyReused)),
        Begun::Lost(made) => {
            let detail = format!(
                "This request made {made}, and was broken off before its answer could be kept. A secret in the answer \
                 cannot be had any more: make another and remove this one."
            );
            return Err(Problem::because(Kind::AnswerLost, detail.into()));
        }
        Begun::Answered(kept) => {
            let kept: Reply = serde_json::from_slice(&kept).map_err(|_| Problem::new(Kind::Internal))?;
            return Ok(Given::Reply(kept));
        }
    }
    match work(call).await {
        Ok(Given::File(file)) => Ok(Given::File(file)),
        Ok(Given::Reply(reply)) => {
            // It is made: that its answer could not be kept must not be told as if it were not.
            match serde_json::to_vec(&reply) {
                Err(error) => crate::http::error::log(&ctx, &error),
                Ok(kept) => {
                    if let Err(error) = once::keep(&gateway, &ctx, &request, &kept).await {
                        crate::http::error::log(&ctx, &error);
                    }
                }
            }
            Ok(Given::Reply(reply))
        }
        Err(problem) => {
            if let Err(error) = once::give_up(&gateway, &ctx).await {
                crate::http::error::log(&ctx, &error);
            }
            Err(problem)
        }
    }
}
