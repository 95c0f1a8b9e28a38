//! Other people's sessions: looking at them and ending them, for those who administer.

use super::SessionView;
use crate::access::{self, Action};
use crate::base::Ctx;
use crate::base::caller::Role;
use crate::base::id::{AccountId, ConnectionId, SessionId, UserId};
use crate::directory::account::Slug;
use crate::flow::event::tell_home;
use crate::flow::user::Which;
use crate::flow::{FlowError, Gateway, grant};
use crate::storage::session::{self, Whose};
use crate::storage::{Tx, connection, console_session, user};

/// More are not listed at once; they are ended all the same.
const LISTED: i64 = 1000;

/// Whose sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of {
    /// Of everybody in an account.
    Account(Slug),
    /// Of a user.
    User(UserId),
    /// Of a person of that account, by our id or the platform's.
    Person(Slug, Which),
    /// Of everybody who came by a connection.
    Connection(ConnectionId),
}

/// The sessions that count, newest first, a thousand at the most.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] when there is no such account, user or connection.
pub async fn list(gateway: &Gateway, ctx: &Ctx, of: &Of) -> Result<Vec<SessionView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, whose) = find(gateway, &mut tx, ctx, Action::ReadSessions, of).await?;
    let keys = gateway.storage().keys(&mut tx, account).await?;
    super::list(gateway, &mut tx, ctx, ((account, whose), (None, LISTED)), &keys).await
}

/// The same, those older than `before` and `limit` at most.
///
/// # Errors
/// Those of [`list`].
pub async fn page(
    gateway: &Gateway,
    ctx: &Ctx,
    of: &Of,
    page: (Option<SessionId>, i64),
) -> Result<Vec<SessionView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, whose) = find(gateway, &mut tx, ctx, Action::ReadSessions, of).await?;
    let keys = gateway.storage().keys(&mut tx, account).await?;
    super::list(gateway, &mut tx, ctx, ((account, whose), page), &keys).await
}

/// Ends one session, on every node at once; `false` when it had ended already.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] when there is no such session.
pub async fn revoke(gateway: &Gateway, ctx: &Ctx, id: SessionId) -> Result<bool, FlowError> {
    const NONE: FlowError = FlowError::NotFound("session");
    let mut tx = gateway.storage().write().await?;
    let account = session::account_of(&mut tx, id).await?.ok_or(NONE)?;
    let account = grant::of(ctx, Action::ManageSessions, account, "session")?.account();
    let user = session::find_by_id(&mut tx, account, id).await?.ok_or(NONE)?.session.user_id;
    guard(gateway, &mut tx, ctx, (account, user)).await?;
    let has_ended = session::end_one(&mut tx, account, id, ("revoked", ctx.now)).await?;
    if has_ended {
        let body = serde_json::json!({ "sessions": 1 });
        tell_home(&mut tx, gateway, ctx, Some(account), ("session.revoked", id, &body)).await?;
    }
    tx.commit().await?;
    Ok(has_ended)
}

/// Ends one session of a person of that account; `false` when it had ended already.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] when there is no such account or person, or the session is not theirs.
pub async fn revoke_of(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, user): (&Slug, UserId),
    id: SessionId,
) -> Result<bool, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ManageSessions, account).await?;
    let found = session::find_by_id(&mut tx, account.id, id).await?;
    if found.is_none_or(|found| found.session.user_id != user) {
        return Err(FlowError::NotFound("session"));
    }
    drop(tx);
    revoke(gateway, ctx, id).await
}

/// Ends all of somebody's sessions, on every node at once; how many. Where it is not somebody's own sessions that are named,
/// those of owners stay, unless the caller may do with owners what they like.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] when there is no such account, user or connection.
pub async fn revoke_all(gateway: &Gateway, ctx: &Ctx, of: &Of) -> Result<u64, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (account, whose) = find(gateway, &mut tx, ctx, Action::ManageSessions, of).await?;
    let by = ("revoked", ctx.now);
    let with_owners = access::decide_in(ctx.actor, Action::ManageOwners, account).is_ok();
    let ended = match whose {
        Whose::User(user) => {
            guard(gateway, &mut tx, ctx, (account, user)).await?;
            session::end_all(&mut tx, account, whose, None, by).await?
                + console_session::end_of_user(&mut tx, account, user, by).await?
        }
        Whose::All if with_owners => {
            session::end_all(&mut tx, account, whose, None, by).await?
                + console_session::end_of_account(&mut tx, account, by).await?
        }
        Whose::Connection(_) if with_owners => session::end_all(&mut tx, account, whose, None, by).await?,
        Whose::All => session::end_all_but_owners(&mut tx, account, None, by).await?,
        Whose::Connection(id) => session::end_all_but_owners(&mut tx, account, Some(id), by).await?,
    };
    let target = match whose {
        Whose::All => account.to_string(),
        Whose::User(user) => user.to_string(),
        Whose::Connection(connection) => connection.to_string(),
    };
    let body = serde_json::json!({ "sessions": ended });
    tell_home(&mut tx, gateway, ctx, Some(account), ("session.all_revoked", target, &body)).await?;
    tx.commit().await?;
    Ok(ended)
}

async fn find(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    action: Action,
    of: &Of,
) -> Result<(AccountId, Whose), FlowError> {
    match of {
        Of::Account(slug) => {
            let (_, granted) = grant::account(tx, ctx, action, slug).await?;
            Ok((granted.account(), Whose::All))
        }
        Of::Person(slug, which) => {
            let (account, _) = grant::account(tx, ctx, action, slug).await?;
            let keys = gateway.storage().keys(tx, account.id).await?;
            let id = crate::flow::user::listed(tx, &account, which, &keys).await?.user.id;
            Ok((account.id, Whose::User(id)))
        }
        Of::User(id) => {
            let account = user::account_of(tx, *id).await?.ok_or(FlowError::NotFound("user"))?;
            Ok((grant::of(ctx, action, account, "user")?.account(), Whose::User(*id)))
        }
        Of::Connection(id) => {
            let account = connection::account_of(tx, *id).await?.ok_or(FlowError::NotFound("connection"))?;
            Ok((grant::of(ctx, action, account, "connection")?.account(), Whose::Connection(*id)))
        }
    }
}

/// Whose sessions are an owner's are an owner's to end: who is about to be shut out shuts nobody out who does it.
async fn guard(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (account, user): (AccountId, UserId),
) -> Result<(), FlowError> {
    let keys = gateway.storage().keys(tx, account).await?;
    let found = user::find(tx, account, user, &keys).await?;
    if found.is_some_and(|found| found.role == Role::Owner) {
        grant::of(ctx, Action::ManageOwners, account, "session")?;
    }
    Ok(())
}
