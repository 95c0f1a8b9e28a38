//! Sessions: who is signed in, and signing out. They begin in [`super::login::finish`] and nowhere else.

use gatepost_saml::trace::Trace;
use serde::{Deserialize, Serialize};

use super::login::StoredTrace;
use super::{FlowError, Gateway, domain};
use crate::base::secret::TokenHash;
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::mapping::Profile;
use crate::directory::state::{AccountState, UserState};
use crate::directory::statement::Statement;
use crate::storage::{account, attempt, connection, session, user};

/// A session that was not used for this long has ended.
pub const IDLE_SECONDS: i64 = 12 * 3600;
/// A session ends after this long at the latest.
pub const ABSOLUTE_SECONDS: i64 = 7 * 86_400;
/// `last_seen_at` is written at most this often.
const SEEN_SECONDS: i64 = 300;

/// The session that a browser presents, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Current {
    /// The user's id.
    pub user_id: String,
    /// The session's id.
    pub session_id: String,
    /// The account's sign-in page is named by it.
    pub account_slug: String,
}

/// What a signed-in person sees of themselves.
#[derive(Debug, Clone)]
pub struct Me {
    /// What is known of them.
    pub profile: Profile,
    /// Whether their address is theirs.
    pub is_email_verified: bool,
    /// What was said of them at sign-in.
    pub statement: Statement,
    /// The account's name.
    pub account_name: String,
    /// The account's name in addresses.
    pub account_slug: Slug,
    /// How they came.
    pub connection_name: String,
    /// When the session began.
    pub signed_in_at: Instant,
    /// When it ends at the latest.
    pub ends_at: Instant,
    /// How the sign-in was checked.
    pub trace: Option<Trace>,
}

/// The session of `token`, if it still counts: not ended, not expired, its user and account not shut out.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn find(gateway: &Gateway, ctx: &Ctx, token: TokenHash) -> Result<Option<Current>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let Some(found) = session::find(&mut tx, token).await?.filter(|session| is_alive(session, ctx.now))
    else {
        return Ok(None);
    };
    let keys = gateway.storage().keys(&mut tx, found.account_id).await?;
    let account = account::find(&mut tx, found.account_id).await?;
    let account = account.filter(|account| account.state == AccountState::Active);
    let user = user::find(&mut tx, found.account_id, found.user_id, &keys).await?;
    let user = user.filter(|user| user.state == UserState::Active);
    drop(tx);
    let (Some(account), Some(user)) = (account, user) else { return Ok(None) };
    if ctx.now >= found.last_seen_at.plus_seconds(SEEN_SECONDS) {
        let mut tx = gateway.storage().write().await?;
        session::update_seen(&mut tx, token, ctx.now).await?;
        tx.commit().await?;
    }
    Ok(Some(Current {
        user_id: user.id.to_string(),
        session_id: found.id.to_string(),
        account_slug: account.slug.as_str().to_owned(),
    }))
}

/// What the person behind `token` sees of themselves.
///
/// # Errors
/// [`FlowError::NotFound`] without a session that counts.
pub async fn me(gateway: &Gateway, ctx: &Ctx, token: TokenHash) -> Result<Me, FlowError> {
    const NONE: FlowError = FlowError::NotFound("session");
    let mut tx = gateway.storage().read().await?;
    let found =
        session::find(&mut tx, token).await?.filter(|session| is_alive(session, ctx.now)).ok_or(NONE)?;
    let account_id = found.account_id;
    let keys = gateway.storage().keys(&mut tx, account_id).await?;
    let account = account::find(&mut tx, account_id).await?.ok_or(NONE)?;
    let user = user::find(&mut tx, account_id, found.user_id, &keys).await?.ok_or(NONE)?;
    let statement = session::find_statement(&mut tx, account_id, found.id, &keys).await?.ok_or(NONE)?;
    let connection = connection::find(&mut tx, account_id, found.connection_id).await?.ok_or(NONE)?;
    let trace = attempt::find_trace(&mut tx, account_id, found.attempt_id, &keys).await?;
    Ok(Me {
        is_email_verified: domain::is_verified(&mut tx, account_id, &user.profile).await?,
        profile: user.profile,
        statement,
        account_name: account.name,
        account_slug: account.slug,
        connection_name: connection.name,
        signed_in_at: found.created_at,
        ends_at: found.expires_at,
        trace: trace.and_then(|bytes| StoredTrace::read(&bytes)).map(|stored| stored.trace),
    })
}

/// Ends the session of `token`.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn sign_out(gateway: &Gateway, ctx: &Ctx, token: TokenHash) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    session::update_ended(&mut tx, token, "signed_out", ctx.now).await?;
    Ok(tx.commit().await?)
}

/// Whether a session counts, as far as it itself says.
pub(super) fn is_alive(session: &session::Session, now: Instant) -> bool {
    session.ended_at.is_none()
        && now < session.expires_at
        && now < session.last_seen_at.plus_seconds(IDLE_SECONDS)
}
