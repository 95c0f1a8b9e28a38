//! One's own sessions: those of other browsers, and ending them.

use super::{SessionView, standing};
use crate::access::{self, Action, Denied};
use crate::base::caller::Member;
use crate::base::id::SessionId;
use crate::base::secret::TokenHash;
use crate::base::{Actor, Ctx};
use crate::flow::event::tell_home;
use crate::flow::{FlowError, Gateway};
use crate::storage::console_session;
use crate::storage::session::{self, Standing, Whose};

/// A person has a few browsers; who has more sees the newest.
const LISTED: i64 = 50;

/// The person's sessions beside that of `token`, newest first.
///
/// # Errors
/// [`FlowError::NotFound`] without a session that counts; [`FlowError::Denied`] when it is not the actor's.
pub async fn list_others(
    gateway: &Gateway,
    ctx: &Ctx,
    token: TokenHash,
) -> Result<Vec<SessionView>, FlowError> {
    let own = own(gateway, ctx, token).await?;
    let account = own.session.account_id;
    let mut tx = gateway.storage().read().await?;
    let keys = gateway.storage().keys(&mut tx, account).await?;
    let whose = Whose::User(own.session.user_id);
    let mut views = super::list(gateway, &mut tx, ctx, ((account, whose), (None, LISTED)), &keys).await?;
    views.retain(|view| view.id != own.session.id);
    Ok(views)
}

/// Ends another session of the same person; one that is not theirs is not there.
///
/// # Errors
/// [`FlowError::NotFound`] without a session that counts, or when `id` is none of theirs; [`FlowError::Denied`].
pub async fn end(gateway: &Gateway, ctx: &Ctx, token: TokenHash, id: SessionId) -> Result<(), FlowError> {
    const NONE: FlowError = FlowError::NotFound("session");
    let own = own(gateway, ctx, token).await?;
    let account = own.session.account_id;
    let mut tx = gateway.storage().write().await?;
    let other = session::find_by_id(&mut tx, account, id).await?;
    other.filter(|other| other.session.user_id == own.session.user_id).ok_or(NONE)?;
    if session::end_one(&mut tx, account, id, ("ended_by_user", ctx.now)).await? {
        let body = serde_json::json!({ "sessions": 1 });
        tell_home(&mut tx, gateway, ctx, Some(account), ("session.ended", id, &body)).await?;
    }
    Ok(tx.commit().await?)
}

/// Ends every other session of the same person; how many.
///
/// # Errors
/// [`FlowError::NotFound`] without a session that counts; [`FlowError::Denied`].
pub async fn end_others(gateway: &Gateway, ctx: &Ctx, token: TokenHash) -> Result<u64, FlowError> {
    let own = own(gateway, ctx, token).await?;
    let (account, user) = (own.session.account_id, own.session.user_id);
    let mut tx = gateway.storage().write().await?;
    let whose = Whose::User(user);
    let by = ("ended_by_user", ctx.now);
    let mut ended = session::end_all(&mut tx, account, whose, Some(own.session.id), by).await?;
    ended += console_session::end_of_user(&mut tx, account, user, by).await?;
    if ended > 0 {
        let body = serde_json::json!({ "sessions": ended });
        tell_home(&mut tx, gateway, ctx, Some(account), ("session.ended", user, &body)).await?;
    }
    tx.commit().await?;
    Ok(ended)
}

async fn own(gateway: &Gateway, ctx: &Ctx, token: TokenHash) -> Result<Standing, FlowError> {
    access::decide(ctx.actor, Action::EndOwnSessions)?;
    let standing = standing(gateway, ctx, token).await?.ok_or(FlowError::NotFound("session"))?;
    let session = &standing.session;
    let is_theirs = |member: Member| (member.id, member.account) == (session.user_id, session.account_id);
    if matches!(ctx.actor, Actor::User(member) if is_theirs(member)) {
        Ok(standing)
    } else {
        Err(Denied(ctx.actor).into())
    }
}
