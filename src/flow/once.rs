//! Requests that are made once, however often they are sent: what an `Idempotency-Key` names.
//!
//! # Design
//!
//! A request is reserved by a row before its flow begins ([`begin`]). The flow then makes what it makes in a transaction of
//! its own; the event that every creation writes marks the row in that same transaction
//! ([`crate::storage::event::insert`]), so that "it was made" and what was made are there together or not at all. The answer
//! is kept afterwards, sealed ([`keep`]). A process that ends in between leaves a row that says what was made, and a
//! repetition is told that instead of making it again ([`Begun::Lost`]).
//!
//! A process that ends before that leaves a row that nothing was made under. After `LEASE_SECONDS` a repetition takes it
//! over, by writing its own request's id there. Should the first one be alive after all, its mark finds no row any more, and
//! its whole transaction fails: nothing is made twice by slowness either.

use zeroize::Zeroizing;

use super::{FlowError, Gateway};
use crate::base::Ctx;
use crate::base::caller::Key;
use crate::base::time::DAY_SECONDS;
use crate::storage::once::{self, Reserved};

/// How long an answer is given again.
pub const KEPT_SECONDS: i64 = DAY_SECONDS;
/// How long a request may take, longer than any answer may.
const LEASE_SECONDS: i64 = 60;

/// A request that is made once.
#[derive(Debug)]
pub struct Request {
    /// Whose it is.
    pub key: Key,
    /// What names it.
    pub name: String,
    /// SHA-256 of everything that it asks for.
    pub hash: [u8; 32],
}

/// How a request stands.
#[derive(Debug)]
pub enum Begun {
    /// Nothing was made under that name: go on.
    New,
    /// Somebody is at it.
    UnderWay,
    /// The name was used for something else.
    Another,
    /// It was answered; what was kept of it.
    Answered(Zeroizing<Vec<u8>>),
    /// It made this, and its answer is lost.
    Lost(String),
}

/// Reserves a request, or says what became of it.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn begin(gateway: &Gateway, ctx: &Ctx, request: &Request) -> Result<Begun, FlowError> {
    let name = openssl::sha::sha256(request.name.as_bytes());
    let of = (request.key.id, &name);
    let held_by = ctx.request.to_string();
    let mut tx = gateway.storage().write().await?;
    if once::insert(&mut tx, request.key, (&name, &request.hash), (&held_by, ctx.now)).await? {
        tx.commit().await?;
        return Ok(Begun::New);
    }
    let keys = gateway.storage().keys_of(&mut tx, request.key.account).await?;
    let Some(found) = once::find(&mut tx, of, &keys).await? else { return Ok(Begun::UnderWay) };
    let Reserved { request_hash, held_by: old, target, answer, began_at } = found;
    // What is over counts as if it were not there; a sweep drops it.
    let is_over = ctx.now >= began_at.plus_seconds(KEPT_SECONDS);
    let is_left = target.is_none() && ctx.now >= began_at.plus_seconds(LEASE_SECONDS);
    if is_over || (is_left && request_hash == request.hash) {
        let asked = (old.as_str(), &request.hash);
        // Two may have seen that it is left: one of them has it.
        if !once::update_taken_over(&mut tx, of, asked, (&held_by, ctx.now)).await? {
            return Ok(Begun::UnderWay);
        }
        tx.commit().await?;
        return Ok(Begun::New);
    }
    Ok(match (answer, target) {
        _ if request_hash != request.hash => Begun::Another,
        (Some(answer), _) => Begun::Answered(answer),
        (None, Some(target)) if ctx.now >= began_at.plus_seconds(LEASE_SECONDS) => Begun::Lost(target),
        (None, _) => Begun::UnderWay,
    })
}

/// Keeps the answer of a request that made something.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn keep(gateway: &Gateway, ctx: &Ctx, request: &Request, answer: &[u8]) -> Result<(), FlowError> {
    let name = openssl::sha::sha256(request.name.as_bytes());
    let mut tx = gateway.storage().write().await?;
    let keys = gateway.storage().keys_of(&mut tx, request.key.account).await?;
    let held_by = ctx.request.to_string();
    once::update_answer(&mut tx, (request.key.id, &name), &held_by, answer, (&keys, gateway.rng())).await?;
    Ok(tx.commit().await?)
}

/// Lets go of a request that made nothing: its name may be used for one that was mended.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn give_up(gateway: &Gateway, ctx: &Ctx) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    once::delete_held(&mut tx, &ctx.request.to_string()).await?;
    Ok(tx.commit().await?)
}
