//! Tries to sign in: those of an account, and one of them by the reference that the person was shown.
//!
//! | file | what |
//! |---|---|
//! | [`chart`] | how many ended how, by the day |
//! | [`share`] | a link behind which the other end's administrator sees one try, without what is personal |
//! | [`redact`] | what such a link shows |
//! | [`message`] | the messages themselves: which are kept, taking one out |

use std::cmp::Reverse;

use super::login::StoredTrace;
use super::{FlowError, Gateway, grant};
use crate::access::{self, Action};
use crate::base::id::{AccountId, AttemptId, ConnectionId, RequestId, SessionId, UserId};
use crate::base::time::DAY_SECONDS;
use crate::base::{Ctx, Instant};
use crate::directory::account::{Locale, Slug};
use crate::directory::preset::Product;
use crate::directory::state::{Outcome, Purpose};
use crate::flow::connection::settings::Settings;
use crate::flow::connection::told_apart;
use crate::storage::attempt::Attempt;
use crate::storage::{StorageError, Tx, account, attempt, attempt_list, connection, user};

pub mod chart;
pub mod message;
pub mod redact;
pub mod share;

const NONE: FlowError = FlowError::NotFound("attempt");
/// Attempts on a page, at most.
const MAX_PAGE: u32 = 1000;

/// An attempt with everything that its page did not say.
#[derive(Debug, Clone)]
pub struct AttemptView {
    /// Its id: the reference.
    pub id: AttemptId,
    /// When.
    pub at: Instant,
    /// How it ended.
    pub outcome: Outcome,
    /// What for.
    pub purpose: Purpose,
    /// The account's name in addresses.
    pub account_slug: String,
    /// The account's name for people.
    pub account_name: String,
    /// The language of the account's pages.
    pub locale: Locale,
    /// By which connection.
    pub connection_id: ConnectionId,
    /// The connection's name.
    pub connection_name: String,
    /// In which revision.
    pub revision: i64,
    /// The product behind the connection.
    pub product: Product,
    /// Who signed in; where that was refused, whom it led to, who need not be whoever tried.
    pub user_id: Option<UserId>,
    /// The session that it made.
    pub session_id: Option<SessionId>,
    /// The request that carried it.
    pub request_id: RequestId,
    /// Whether the message is kept.
    pub has_message: bool,
    /// Every step, and the true cause, as far as the caller may know it.
    pub stored: StoredTrace,
}

/// Which attempts to list; what is not said is not asked for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// By this connection.
    pub connection: Option<ConnectionId>,
    /// Those that ended so.
    pub outcome: Option<Outcome>,
    /// Those that were refused, or begun anew, for this reason.
    pub code: Option<String>,
    /// Those that were for this.
    pub purpose: Option<Purpose>,
    /// From this moment on.
    pub since: Option<Instant>,
    /// Before this moment.
    pub until: Option<Instant>,
    /// Those by which this person signed in, as far as their sessions are kept, and those refused on the way to them.
    pub user: Option<UserId>,
}

/// A page of attempts.
#[derive(Debug, Clone)]
pub struct List {
    /// Of which account.
    pub account: Slug,
    /// Which of them.
    pub filter: Filter,
    /// Before this one.
    pub before: Option<AttemptId>,
    /// So many at most.
    pub limit: u32,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// They, the newest first.
    pub attempts: Vec<Attempt>,
    /// Where the next page begins, if there is one: its `before`.
    pub next: Option<AttemptId>,
}

/// Attempts of an account, the newest first.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such account.
pub async fn list(gateway: &Gateway, ctx: &Ctx, input: &List) -> Result<Page, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ReadAttempts, &input.account).await?;
    let limit = input.limit.clamp(1, MAX_PAGE);
    // One more tells whether there are more.
    let (filter, asked) = (bounds(ctx, input), i64::from(limit) + 1);
    let mut found = Vec::new();
    if let Some(user) = input.filter.user {
        let of = (account.id, user, input.filter.connection);
        found = attempt_list::list_by_user(&mut tx, of, &filter, asked).await?;
    } else {
        for connection in connections(&mut tx, account.id, input.filter.connection).await? {
            found.extend(attempt_list::list(&mut tx, (account.id, connection), &filter, asked).await?);
        }
        found.sort_unstable_by_key(|attempt| Reverse(attempt.id));
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().map(|attempt| attempt.id).filter(|_| has_more);
    Ok(Page { attempts: found, next })
}

fn bounds<'a>(ctx: &Ctx, input: &'a List) -> attempt_list::Filter<'a> {
    let first = |moment: Option<Instant>, usual| moment.map_or(usual, AttemptId::first_of);
    // Clocks of nodes differ a little; nobody's is a day ahead.
    let until = first(input.filter.until, AttemptId::first_of(ctx.now.plus_seconds(DAY_SECONDS)));
    attempt_list::Filter {
        outcome: input.filter.outcome,
        code: input.filter.code.as_deref(),
        purpose: input.filter.purpose,
        since: first(input.filter.since, AttemptId::first_of(Instant::from_seconds(0))),
        before: input.before.map_or(until, |before| before.min(until)),
    }
}

/// The one that is asked for (of another account nothing is found), or all of them.
async fn connections(
    tx: &mut Tx,
    account: AccountId,
    one: Option<ConnectionId>,
) -> Result<Vec<ConnectionId>, StorageError> {
    Ok(match one {
        Some(connection) => vec![connection],
        None => connection::list(tx, account).await?.iter().map(|connection| connection.id).collect(),
    })
}

/// An account's connections with their names, for those who look at its attempts: the oldest first.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such account.
pub async fn names(
    gateway: &Gateway,
    ctx: &Ctx,
    account: &Slug,
) -> Result<Vec<(ConnectionId, String)>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ReadAttempts, account).await?;
    let all = connection::list(&mut tx, account.id).await?;
    let told: Vec<_> =
        all.iter().map(|found| (found.name.as_str(), found.idp_entity_id.as_str(), found.id)).collect();
    Ok(all.iter().map(|found| found.id).zip(told_apart(&told)).collect())
}

/// What people are called, for those who may look at people: only those who have a name and are still there.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such account.
pub async fn people(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, users): (&Slug, &[UserId]),
) -> Result<Vec<(UserId, String)>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ReadUsers, account).await?;
    let keys = gateway.storage().keys(&mut tx, account.id).await?;
    let mut named = Vec::new();
    for id in users {
        if let Some(found) = user::find(&mut tx, account.id, *id, &keys).await?
            && let Some(name) = found.profile.name().or(found.profile.email)
        {
            named.push((*id, name));
        }
    }
    Ok(named)
}

/// The attempt `id`. Whoever may not read messages learns no more than strangers of what came to light in a ciphertext that
/// no signature protects.
///
/// # Errors
/// [`FlowError::NotFound`] when there is none: it was one of too many, or never was.
pub async fn find(gateway: &Gateway, ctx: &Ctx, id: AttemptId) -> Result<AttemptView, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let account_id = attempt::account_of(&mut tx, id).await?.ok_or(NONE)?;
    let account_id = grant::of(ctx, Action::ReadAttempts, account_id, "attempt")?.account();
    let mut view = load(gateway, &mut tx, (account_id, id)).await?;
    if access::decide_in(ctx.actor, Action::ReadMessages, account_id).is_err() {
        view.stored.close();
    }
    Ok(view)
}

/// An attempt with everything that is known of it; whether the caller may see that is decided before.
async fn load(
    gateway: &Gateway,
    tx: &mut Tx,
    (account_id, id): (AccountId, AttemptId),
) -> Result<AttemptView, FlowError> {
    let keys = gateway.storage().keys(tx, account_id).await?;
    let found = attempt::find(tx, account_id, id).await?.ok_or(NONE)?;
    let trace = attempt::find_trace(tx, account_id, id, &keys).await?.ok_or(NONE)?;
    let account = account::find(tx, account_id).await?.ok_or(NONE)?;
    let connection = connection::find(tx, account_id, found.connection_id).await?.ok_or(NONE)?;
    Ok(AttemptView {
        id,
        at: found.created_at,
        outcome: found.outcome,
        purpose: found.purpose,
        account_slug: account.slug.as_str().to_owned(),
        account_name: account.name,
        locale: account.locale,
        connection_id: connection.id,
        product: Settings::read(&connection.settings)?.product,
        connection_name: connection.name,
        revision: found.revision,
        user_id: found.user_id,
        session_id: found.session_id,
        request_id: found.request_id,
        has_message: attempt::has_message(tx, account_id, id).await?,
        stored: StoredTrace::read(&trace).ok_or(StorageError::Corrupt("trace_sealed"))?,
    })
}
