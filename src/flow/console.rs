//! Sessions of those who got in without an identity provider: operators, owners by link or passkey, visitors of setup links.
//!
//! They begin in [`super::link`] and [`super::passkey`] and nowhere else. Whether one counts is read from the database each
//! time, as with [`super::session`].

use super::{FlowError, Gateway, standing};
use crate::base::caller::{Member, Role, Setup};
use crate::base::id::{AccountId, LinkId, OperatorId, SessionId, UserId};
use crate::base::secret::{ConsoleToken, TokenHash};
use crate::base::{Actor, Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::state::{AccountState, LinkKind, Method, OperatorState, UserState};
use crate::storage::console_session::{self, ConsoleSession, Standing};
use crate::storage::{Tx, link};

/// The session of an operator or owner ends after so long,
pub const ABSOLUTE_SECONDS: i64 = 12 * 3600;
/// and after so long without use.
pub const IDLE_SECONDS: i64 = 2 * 3600;
/// That it was used is written at most this often.
const SEEN_SECONDS: i64 = 300;

/// Somebody who is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Current {
    /// Who.
    pub actor: Actor,
    /// The account that they are of.
    pub account: Option<Slug>,
    /// How they got in.
    pub method: Method,
    /// When it ends at the latest.
    pub ends_at: Instant,
}

/// Who gets in.
#[derive(Debug, Clone, Copy)]
pub(in crate::flow) enum Who {
    /// An operator.
    Operator(OperatorId),
    /// A person of an account.
    User(AccountId, UserId),
    /// Whoever has a setup link, until it ends.
    Setup(AccountId, Instant),
}

/// Somebody who just got in.
#[derive(Debug)]
pub struct Entered {
    /// For their browser.
    pub token: ConsoleToken,
    /// The account that they are of.
    pub account: Option<Slug>,
    /// Whether it is for setting something up, and nothing else.
    pub is_setup: bool,
    /// When it ends at the latest.
    pub ends_at: Instant,
}

/// Who is in by `token`, if they still are.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn find(gateway: &Gateway, ctx: &Ctx, token: TokenHash) -> Result<Option<Current>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let found = console_session::find(&mut tx, token).await?;
    let Some(standing) = found else { return Ok(None) };
    let Some(actor) = actor(&standing, ctx.now) else { return Ok(None) };
    if let Actor::SetupLink(setup) = actor
        && !is_stood_behind(gateway, &mut tx, setup).await?
    {
        return Ok(None);
    }
    drop(tx);
    let session = &standing.session;
    if ctx.now >= session.last_seen_at.plus_seconds(SEEN_SECONDS) {
        let mut tx = gateway.storage().write().await?;
        console_session::update_seen(&mut tx, token, ctx.now).await?;
        tx.commit().await?;
    }
    Ok(Some(Current {
        actor,
        account: standing.account.map(|(slug, _)| slug),
        method: session.method,
        ends_at: session.expires_at,
    }))
}

/// Whether the session of `token` counts, and is none that an operator's link began, for an owner whom single sign-on does
/// not let in. One that ended since it was looked at is good for nothing that stays.
pub(in crate::flow) async fn is_lasting(
    tx: &mut Tx,
    now: Instant,
    token: TokenHash,
) -> Result<bool, FlowError> {
    let found = console_session::find(tx, token).await?;
    Ok(found.is_some_and(|standing| {
        standing.link_kind != Some(LinkKind::BreakGlass) && actor(&standing, now).is_some()
    }))
}

/// Whether whoever made a setup link could make it still.
async fn is_stood_behind(gateway: &Gateway, tx: &mut Tx, setup: Setup) -> Result<bool, FlowError> {
    let keys = gateway.storage().keys(tx, setup.account).await?;
    match link::find(tx, Some(setup.account), setup.id, &keys).await? {
        Some(link) => standing::stands_behind(gateway, tx, &link).await,
        None => Ok(false),
    }
}

/// Ends the session of `token`.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn leave(gateway: &Gateway, ctx: &Ctx, token: TokenHash) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    console_session::update_ended(&mut tx, token, ("signed_out", ctx.now)).await?;
    Ok(tx.commit().await?)
}

/// Begins a session in the caller's transaction, in place of the one that the browser has.
pub(in crate::flow) async fn enter(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (who, method, link): (Who, Method, Option<LinkId>),
    replaced: Option<TokenHash>,
) -> Result<(ConsoleToken, Instant), FlowError> {
    if let Some(replaced) = replaced {
        console_session::update_ended(tx, replaced, ("replaced", ctx.now)).await?;
    }
    let token = ConsoleToken::draw(gateway.rng());
    let (account_id, user_id, operator_id, expires_at) = match who {
        Who::Operator(id) => (None, None, Some(id), ctx.now.plus_seconds(ABSOLUTE_SECONDS)),
        Who::User(account, id) => (Some(account), Some(id), None, ctx.now.plus_seconds(ABSOLUTE_SECONDS)),
        Who::Setup(account, expires_at) => (Some(account), None, None, expires_at),
    };
    let new = ConsoleSession {
        account_id,
        id: SessionId::make(ctx.now, gateway.rng()),
        user_id,
        operator_id,
        link_id: link,
        method,
        created_at: ctx.now,
        last_seen_at: ctx.now,
        expires_at,
        ended_at: None,
    };
    console_session::insert(tx, &new, token.hash()).await?;
    Ok((token, expires_at))
}

/// As whom the session counts, if it does: not ended, its account open, its person still an owner, its operator not shut
/// out, its setup link not over.
fn actor(standing: &Standing, now: Instant) -> Option<Actor> {
    let Standing { session, account, user, operator, link, .. } = standing;
    if session.ended_at.is_some() || now >= session.expires_at {
        return None;
    }
    let is_idle = now >= session.last_seen_at.plus_seconds(IDLE_SECONDS);
    if let (Some(id), Some(state)) = (session.operator_id, operator) {
        return (*state == OperatorState::Active && !is_idle).then_some(Actor::Operator(id));
    }
    let account_id = session
        .account_id
        .filter(|_| account.as_ref().is_some_and(|(_, state)| *state == AccountState::Active))?;
    match (session.user_id, user, session.link_id, link) {
        (Some(id), Some((UserState::Active, role @ Role::Owner)), ..) if !is_idle => {
            Some(Actor::User(Member { id, account: account_id, role: *role }))
        }
        (None, None, Some(id), Some(link)) if !link.is_over && now < link.expires_at => {
            Some(Actor::SetupLink(Setup { id, account: account_id, scopes: link.scopes }))
        }
        _ => None,
    }
}
