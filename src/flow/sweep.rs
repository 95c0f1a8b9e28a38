//! Drops rows that have passed their time, so that the database does not grow with what nobody needs.

use super::keys::{data, signing};
use super::login::MESSAGES_KEPT;
use super::{FlowError, Gateway};
use crate::access::{self, Action};
use crate::base::Ctx;
use crate::storage::{attempt, change, job, replay, session};

const DAY_SECONDS: i64 = 86_400;
const SESSION_KEPT_SECONDS: i64 = 30 * DAY_SECONDS;
const REFUSED_KEPT_DAYS: i64 = 30;
const OVERFLOW_KEPT_MINUTES: i64 = REFUSED_KEPT_DAYS * 24 * 60;

/// Drops used requests and assertions that could no longer be accepted anyway, messages and
/// refusals beyond their time, sessions that ended long ago, and signing keys whose tokens have ended.
///
/// # Errors
/// [`FlowError`].
pub async fn sweep(gateway: &Gateway, ctx: &Ctx) -> Result<(), FlowError> {
    access::decide(ctx.actor, Action::Sweep)?;
    let mut tx = gateway.storage().write().await?;
    // A whole day behind: the clock skew that connections allow is far less.
    replay::delete_old(&mut tx, ctx.now.day() - 1, ctx.now.plus_seconds(-DAY_SECONDS)).await?;
    let minute = ctx.now.seconds().div_euclid(60) - OVERFLOW_KEPT_MINUTES;
    attempt::delete_messages_beyond(&mut tx, MESSAGES_KEPT).await?;
    attempt::delete_old(&mut tx, ctx.now, (ctx.now.day() - REFUSED_KEPT_DAYS, minute)).await?;
    change::delete_old(&mut tx, ctx.now.plus_seconds(-DAY_SECONDS)).await?;
    session::delete_old(&mut tx, ctx.now.plus_seconds(-SESSION_KEPT_SECONDS)).await?;
    job::delete_done(&mut tx, ctx.now.plus_seconds(-DAY_SECONDS)).await?;
    signing::delete_gone(&mut tx, ctx.now).await?;
    data::activate(gateway, &mut tx, ctx).await?;
    Ok(tx.commit().await?)
}
