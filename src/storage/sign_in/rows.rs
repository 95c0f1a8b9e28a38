//! What a sign-in writes, and the statements that write it for many.

use super::super::many::Many;
use super::super::{StorageError, Tx, attempt, idp_key, replay, session, user, webhook_delivery};
use crate::base::id::{AccountId, ConnectionId};

/// Everything that one try to sign in writes; what is refused writes its attempt only.
pub struct Rows {
    /// What it was decided on.
    pub guard: Option<Guard>,
    /// The assertion that it uses.
    pub replay: Option<replay::Row>,
    /// The request that it answers.
    pub request: Option<replay::RequestRow>,
    /// The person.
    pub person: Option<user::PersonRows>,
    /// Sessions whose place it takes.
    pub replaced: session::Replaced,
    /// The session that it makes.
    pub session: Option<session::NewRow>,
    /// Keys that are seen to be in use.
    pub used_keys: Vec<idp_key::Used>,
    /// How it ended.
    pub attempt: attempt::NewRow,
    /// The message that it was about.
    pub message: Option<attempt::MessageRow>,
    /// What webhooks are told of it.
    pub deliveries: Vec<webhook_delivery::NewDelivery>,
}

/// The state of things that a sign-in was decided on. Versions count every change that a sign-in depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    /// Whose connection.
    pub account: AccountId,
    /// Its version.
    pub account_version: i64,
    /// Which.
    pub connection: ConnectionId,
    /// Its version: settings, state, trusted keys, keys of our own.
    pub connection_version: i64,
}

/// Why a sign-in was not written; nothing of it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// Connection or account changed since they were read.
    Stale,
    /// The assertion was used meanwhile.
    Replayed,
    /// The request was answered meanwhile.
    RequestUsed,
    /// The user changed since they were read, or was made meanwhile.
    PersonChanged,
}

impl Rows {
    /// Those of a try that ends with its attempt.
    #[must_use]
    pub const fn of(attempt: attempt::NewRow) -> Self {
        Self {
            guard: None,
            replay: None,
            request: None,
            person: None,
            replaced: session::Replaced {
                browser: None,
                presented: None,
                linked: None,
                at: attempt.created_at,
            },
            session: None,
            used_keys: Vec::new(),
            attempt,
            message: None,
            deliveries: Vec::new(),
        }
    }

    /// What two sign-ins of one batch must not have in common: the second could be right only after the first.
    pub(super) fn exclusive(&self) -> impl Iterator<Item = (u8, &[u8])> {
        let made = self.person.as_ref().and_then(|person| person.identity.as_ref());
        [
            self.replay.as_ref().map(|row| (0, row.hash.as_slice())),
            self.request.as_ref().map(|row| (1, row.request_id.as_bytes())),
            made.map(|row| (2, row.value_key.as_slice())),
            self.replaced.browser.as_ref().map(|hash| (3, hash.0.as_slice())),
        ]
        .into_iter()
        .flatten()
    }

    /// By which rows are sorted, so that writers that run side by side wait for one another in one direction only.
    pub(super) fn order(&self) -> Option<(i64, [u8; 32])> {
        self.replay.as_ref().map(|row| (row.day, row.hash))
    }
}

/// `FOR SHARE`: a change that comes now waits for this commit, or this commit sees it.
static GUARD: Many = Many::new(
    "WITH known (account_id, account_version, connection_id, connection_version) AS (",
    4,
    ") SELECT c.id FROM known JOIN connections c ON c.account_id = known.account_id AND c.id = known.connection_id
    JOIN accounts a ON a.id = known.account_id
    WHERE c.version = known.connection_version AND c.state <> 'disabled'
        AND a.version = known.account_version AND a.state = 'active'",
)
.with_postgres_tail(
    ") SELECT c.id FROM known JOIN connections c ON c.account_id = known.account_id AND c.id = known.connection_id
    JOIN accounts a ON a.id = known.account_id
    WHERE c.version = known.connection_version AND c.state <> 'disabled'
        AND a.version = known.account_version AND a.state = 'active'
    FOR SHARE OF c, a",
);

/// Writes all of them; the conflict that the first statement with one found, if any did.
///
/// The guard comes last: there it is locked for the shortest time, and a change that an administrator makes is not kept
/// waiting by sign-ins that follow one another.
pub(super) async fn write(tx: &mut Tx, all: &[&Rows]) -> Result<Option<Conflict>, StorageError> {
    let replays: Vec<_> = all.iter().filter_map(|rows| rows.replay.as_ref()).collect();
    if !replay::insert_many(tx, &replays).await? {
        return Ok(Some(Conflict::Replayed));
    }
    let requests: Vec<_> = all.iter().filter_map(|rows| rows.request.as_ref()).collect();
    if !replay::insert_many_requests(tx, &requests).await? {
        return Ok(Some(Conflict::RequestUsed));
    }
    // Before people, as whoever shuts somebody out takes them.
    let replaced: Vec<_> = all.iter().map(|rows| rows.replaced).collect();
    session::update_many_replaced(tx, &replaced).await?;
    let people: Vec<_> = all.iter().filter_map(|rows| rows.person.as_ref()).collect();
    if !user::write_many(tx, &people).await? {
        return Ok(Some(Conflict::PersonChanged));
    }
    // Whoever came by another identity since they were ended, and before the person was taken.
    session::update_many_linked(tx, &replaced).await?;
    let sessions: Vec<_> = all.iter().filter_map(|rows| rows.session.as_ref()).collect();
    session::insert_many(tx, &sessions).await?;
    let attempts: Vec<_> = all.iter().map(|rows| &rows.attempt).collect();
    attempt::insert_many(tx, &attempts).await?;
    let messages: Vec<_> = all.iter().filter_map(|rows| rows.message.as_ref()).collect();
    attempt::insert_many_messages(tx, &messages).await?;
    idp_key::update_many_used(tx, all.iter().flat_map(|rows| &rows.used_keys)).await?;
    if !user::are_current(tx, &people).await? {
        return Ok(Some(Conflict::PersonChanged));
    }
    if !are_current(tx, all).await? {
        return Ok(Some(Conflict::Stale));
    }
    // A webhook that was removed has made the account another.
    let deliveries: Vec<_> = all.iter().flat_map(|rows| &rows.deliveries).collect();
    webhook_delivery::insert_many(tx, &deliveries).await?;
    Ok(None)
}

/// Takes the rows that administrators take before they tell of it in an event, in the order of [`write()`]; the conflict, if
/// there is one.
pub(super) async fn lock(tx: &mut Tx, rows: &Rows) -> Result<Option<Conflict>, StorageError> {
    session::update_many_replaced(tx, &[rows.replaced]).await?;
    Ok(if are_current(tx, &[rows]).await? { None } else { Some(Conflict::Stale) })
}

async fn are_current(tx: &mut Tx, all: &[&Rows]) -> Result<bool, StorageError> {
    let mut guards: Vec<Guard> = Vec::new();
    for guard in all.iter().filter_map(|rows| rows.guard) {
        if !guards.contains(&guard) {
            guards.push(guard);
        }
    }
    let found = GUARD.fetch(tx, &guards, |guard, query| {
        query
            .bind(guard.account.to_string())
            .bind(guard.account_version)
            .bind(guard.connection.to_string())
            .bind(guard.connection_version)
    });
    Ok(found.await?.len() == guards.len())
}
