//! Callers as they stand now, and who made something: of what somebody leaves behind, nothing is good for more than they
//! themselves still are.
//!
//! A request's caller was read when it came. What takes long, what is written beside others who may be shutting the caller
//! out, and what is used days after somebody made it, ask again here.

use super::{FlowError, Gateway};
use crate::access::{self, Action, Denied};
use crate::base::caller::{Key, Member, Role, Scopes, SetupScope};
use crate::base::ctx::kind_and_id;
use crate::base::id::{AccountId, ApiKeyId, OperatorId, UserId};
use crate::base::{Actor, Ctx, Instant};
use crate::directory::state::{AccountState, LinkKind, OperatorState, UserState};
use crate::storage::link::Link;
use crate::storage::{Tx, account, api_key, change, operator, user};

/// `actor` as they are now, with the role or the scopes that they have; nobody when they were shut out. A key must be good
/// at `at`.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub(in crate::flow) async fn of(
    gateway: &Gateway,
    tx: &mut Tx,
    actor: Actor,
    at: Instant,
) -> Result<Option<Actor>, FlowError> {
    Ok(match actor {
        Actor::User(member) => {
            if !is_active(tx, member.account).await? {
                return Ok(None);
            }
            let keys = gateway.storage().keys(tx, member.account).await?;
            let found = user::find(tx, member.account, member.id, &keys).await?;
            let found = found.filter(|found| found.state == UserState::Active);
            found.map(|found| Actor::User(Member { role: found.role, ..member }))
        }
        Actor::Operator(id) => {
            let keys = gateway.storage().keys_of(tx, None).await?;
            let found = operator::find(tx, id, &keys).await?;
            found.filter(|found| found.state == OperatorState::Active).map(|_| actor)
        }
        Actor::ApiKey(key) => {
            let found = api_key::find(tx, key.id).await?;
            let found = found.filter(|found| found.revoked_at.is_none() && at < found.expires_at);
            let Some(found) = found else { return Ok(None) };
            // While an account is suspended its keys open nothing.
            if let Some(account) = found.account_id
                && !is_active(tx, account).await?
            {
                return Ok(None);
            }
            Some(Actor::ApiKey(Key { id: key.id, account: found.account_id, scopes: found.scopes }))
        }
        Actor::Anonymous
        | Actor::IdentityProvider(_)
        | Actor::Job(_)
        | Actor::CommandLine
        | Actor::SetupLink(_) => Some(actor),
    })
}

async fn is_active(tx: &mut Tx, id: AccountId) -> Result<bool, FlowError> {
    Ok(account::find(tx, id).await?.is_some_and(|account| account.state == AccountState::Active))
}

/// Waits for the turn of this transaction, so that whoever shuts the caller out has done it or has not begun; then the
/// caller as they are.
///
/// # Errors
/// [`FlowError::Denied`] for who was shut out since; [`FlowError::Unavailable`], [`FlowError::Broken`].
pub(in crate::flow) async fn in_turn(gateway: &Gateway, tx: &mut Tx, ctx: &Ctx) -> Result<Ctx, FlowError> {
    change::take_turn(tx).await?;
    let actor = of(gateway, tx, ctx.actor, ctx.now).await?.ok_or(Denied(ctx.actor))?;
    Ok(Ctx { actor, ..ctx.clone() })
}

/// Whoever made something of `home`, by the name that is kept of them, as they are now; nobody when they were shut out.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub(in crate::flow) async fn maker(
    gateway: &Gateway,
    tx: &mut Tx,
    (by, home): (&str, Option<AccountId>),
    at: Instant,
) -> Result<Option<Actor>, FlowError> {
    let (kind, id) = kind_and_id(by);
    let id = id.unwrap_or_default();
    // What they may do is read of them, not taken from here.
    let named = match (kind, home) {
        ("command_line", _) => Some(Actor::CommandLine),
        ("operator", _) => id.parse::<OperatorId>().ok().map(Actor::Operator),
        ("user", Some(account)) => {
            id.parse::<UserId>().ok().map(|id| Actor::User(Member { id, account, role: Role::Member }))
        }
        ("api_key", _) => {
            let key = |id| Key { id, account: None, scopes: Scopes::default() };
            id.parse::<ApiKeyId>().ok().map(|id| Actor::ApiKey(key(id)))
        }
        _ => None,
    };
    match named {
        Some(named) => of(gateway, tx, named, at).await,
        None => Ok(None),
    }
}

/// Whether whoever made `link` could make it still: what a link lets somebody do is theirs to give for as long as they may
/// do it themselves. A key that ended by itself since was good; one that was taken back is not.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub(in crate::flow) async fn stands_behind(
    gateway: &Gateway,
    tx: &mut Tx,
    link: &Link,
) -> Result<bool, FlowError> {
    let mut actions = match link.kind {
        // Nobody made it: it was asked for, and goes to who is let in.
        LinkKind::Email => return Ok(true),
        LinkKind::Operator => vec![Action::ManageOperators],
        LinkKind::OwnerInvitation => vec![Action::ManageOwners],
        LinkKind::BreakGlass => vec![Action::BreakGlass],
        LinkKind::Setup => vec![Action::ManageSetupLinks],
    };
    for (scope, action) in SETUP {
        if link.scopes.contains(scope) {
            actions.push(action);
        }
    }
    let by = (link.created_by.as_str(), link.account_id);
    let Some(maker) = maker(gateway, tx, by, link.created_at).await? else { return Ok(false) };
    Ok(actions.into_iter().all(|action| match link.account_id {
        Some(account) => access::decide_in(maker, action, account).is_ok(),
        None => access::decide(maker, action).is_ok(),
    }))
}

/// What whoever makes a setup link must be able to do themselves.
pub(in crate::flow) const SETUP: [(SetupScope, Action); 2] =
    [(SetupScope::Sso, Action::ManageConnections), (SetupScope::Domains, Action::ManageDomains)];
