//! Sessions: who is signed in, and signing out. They begin in [`super::login::finish`] and nowhere else.
//!
//! Whether a session counts is read from the database each time, so that one that was ended, or whose user was disabled,
//! is over on every node at once.
//!
//! To add a rule: `is_alive`, the one place that decides, and what it looks at in [`session::Standing`].

use gatepost_saml::trace::Trace;
use serde::{Deserialize, Serialize};

pub mod admin;
pub mod own;

use super::login::StoredTrace;
use super::{FlowError, Gateway, domain};
use crate::base::caller::Member;
use crate::base::id::{AccountId, ConnectionId, SessionId, UserId};
use crate::base::secret::TokenHash;
use crate::base::time::DAY_SECONDS;
use crate::base::{Actor, Ctx, Instant};
use crate::directory::account::{Locale, Slug};
use crate::directory::client::Client;
use crate::directory::mapping::Profile;
use crate::directory::state::{AccountState, ConnectionState, UserState};
use crate::directory::statement::Statement;
use crate::storage::seal::AccountKeys;
use crate::storage::session::{self, Alive, Standing, Whose};
use crate::storage::{Tx, account, attempt, connection, user};

/// How long sessions last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// A session that was not used for so many seconds has ended.
    pub idle_seconds: i64,
    /// A session ends after so many seconds at the latest.
    pub absolute_seconds: i64,
}

impl Lifetimes {
    /// How long a session is used without that being written. What is not written does not count, so it must be far less
    /// than the time that ends a session.
    fn seen_seconds(self) -> i64 {
        SEEN_SECONDS.min(self.idle_seconds / SEEN_TIMES)
    }
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self { idle_seconds: 12 * 3600, absolute_seconds: 7 * DAY_SECONDS }
    }
}

/// `last_seen_at` is written at most this often,
const SEEN_SECONDS: i64 = 300;
/// and so many times in the time without use that ends a session, where that is short.
const SEEN_TIMES: i64 = 10;

/// The session that a browser presents, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Current {
    /// The user's id.
    pub user_id: String,
    /// Their account's id.
    pub account_id: String,
    /// The name of their role in it.
    pub role: String,
    /// The session's id.
    pub session_id: String,
    /// The account's sign-in page is named by it.
    pub account_slug: String,
}

impl Current {
    /// The person, as they act.
    #[must_use]
    pub fn actor(&self) -> Actor {
        let member = || {
            let (id, account) = (self.user_id.parse().ok()?, self.account_id.parse().ok()?);
            Some(Member { id, account, role: self.role.parse().ok()? })
        };
        member().map_or(Actor::Anonymous, Actor::User)
    }
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
    /// The language of the account's pages.
    pub locale: Locale,
    /// How they came.
    pub connection_name: String,
    /// When the session began.
    pub signed_in_at: Instant,
    /// When it ends at the latest.
    pub ends_at: Instant,
    /// How the sign-in was checked.
    pub trace: Option<Trace>,
}

/// A session as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// The account's name in addresses.
    pub account_slug: Slug,
    /// Who is signed in.
    pub user_id: UserId,
    /// By which connection.
    pub connection_id: ConnectionId,
    /// Its name.
    pub connection_name: String,
    /// With what and from where, roughly.
    pub client: Client,
    /// When it began.
    pub created_at: Instant,
    /// When it was used last, to within some minutes.
    pub last_seen_at: Instant,
    /// When it ends at the latest.
    pub expires_at: Instant,
}

/// The session of `token`, if it still counts: not ended, not expired, its user and account not shut out.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn find(gateway: &Gateway, ctx: &Ctx, token: TokenHash) -> Result<Option<Current>, FlowError> {
    Ok(standing(gateway, ctx, token).await?.map(|standing| Current {
        user_id: standing.session.user_id.to_string(),
        account_id: standing.session.account_id.to_string(),
        role: standing.role.name().to_owned(),
        session_id: standing.session.id.to_string(),
        account_slug: standing.account_slug.as_str().to_owned(),
    }))
}

/// The session of `token`, if it still counts; that it was used is remembered.
pub(in crate::flow) async fn standing(
    gateway: &Gateway,
    ctx: &Ctx,
    token: TokenHash,
) -> Result<Option<Standing>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let found = session::find(&mut tx, token).await?;
    drop(tx);
    let Some(found) = found.filter(|standing| is_alive(standing, gateway.lifetimes(), ctx.now)) else {
        return Ok(None);
    };
    if ctx.now >= found.session.last_seen_at.plus_seconds(gateway.lifetimes().seen_seconds()) {
        let mut tx = gateway.storage().write().await?;
        session::update_seen(&mut tx, token, ctx.now).await?;
        tx.commit().await?;
    }
    Ok(Some(found))
}

/// What the person behind `token` sees of themselves.
///
/// # Errors
/// [`FlowError::NotFound`] without a session that counts.
pub async fn me(gateway: &Gateway, ctx: &Ctx, token: TokenHash) -> Result<Me, FlowError> {
    const NONE: FlowError = FlowError::NotFound("session");
    let mut tx = gateway.storage().read().await?;
    let found = session::find(&mut tx, token).await?;
    let found =
        found.filter(|standing| is_alive(standing, gateway.lifetimes(), ctx.now)).ok_or(NONE)?.session;
    let account_id = found.account_id;
    let keys = gateway.storage().keys(&mut tx, account_id).await?;
    let account = account::find(&mut tx, account_id).await?.ok_or(NONE)?;
    let user = user::find(&mut tx, account_id, found.user_id, &keys).await?.ok_or(NONE)?;
    let statement = session::find_statement(&mut tx, account_id, found.id, &keys).await?.ok_or(NONE)?;
    let connection = connection::find(&mut tx, account_id, found.connection_id).await?.ok_or(NONE)?;
    let trace = attempt::find_trace(&mut tx, account_id, found.attempt_id, &keys).await?;
    Ok(Me {
        is_email_verified: domain::is_verified(&mut tx, (account_id, &keys), &user).await?,
        profile: user.profile,
        statement,
        account_name: account.name,
        locale: account.locale,
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

/// Sessions that count, newest first.
async fn list(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    ((account, whose), (before, limit)): ((AccountId, Whose), (Option<SessionId>, i64)),
    keys: &AccountKeys,
) -> Result<Vec<SessionView>, FlowError> {
    let lifetimes = gateway.lifetimes();
    let alive = Alive { now: ctx.now, seen_after: ctx.now.plus_seconds(-lifetimes.idle_seconds) };
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let (mut counting, mut before) = (Vec::new(), before);
    // Those whose people or connections are shut out do not count, and fill no page.
    while counting.len() < most {
        let found = session::list(tx, account, whose, alive, (before, limit)).await?;
        let is_last = found.len() < most;
        before = found.last().map(|last| last.session.id);
        counting.extend(found.into_iter().filter(|standing| is_alive(standing, lifetimes, ctx.now)));
        if is_last {
            break;
        }
    }
    counting.truncate(most);
    let view = |standing: Standing| {
        let client = standing.client(keys)?;
        let Standing { session, account_slug, connection_name, .. } = standing;
        Ok(SessionView {
            id: session.id,
            account_slug,
            user_id: session.user_id,
            connection_id: session.connection_id,
            connection_name,
            client,
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            expires_at: session.expires_at,
        })
    };
    counting.into_iter().map(view).collect()
}

/// A session counts until it is ended, used up or too old, and as long as the account, the user and the connection that
/// it came by are there and not shut out.
pub(super) fn is_alive(standing: &Standing, lifetimes: Lifetimes, now: Instant) -> bool {
    let Standing { session, account, user, connection, .. } = standing;
    session.ended_at.is_none()
        && now < session.expires_at
        && now < session.last_seen_at.plus_seconds(lifetimes.idle_seconds)
        && *account == AccountState::Active
        && *user == UserState::Active
        && !matches!(connection, ConnectionState::Disabled | ConnectionState::Retired)
}
