//! When the metadata of a connection is fetched, how that went, and what it said that waits for an owner.

use super::row::{Columns, Row};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::Instant;
use crate::base::id::{AccountId, ConnectionId};

/// How it stands with the metadata of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataSource {
    /// When it is fetched next.
    pub next_at: Instant,
    /// When somebody last began to fetch it.
    pub began_at: Option<Instant>,
    /// Until when somebody may be fetching it.
    pub leased_until: Option<Instant>,
    /// When it was last fetched and found good.
    pub fetched_at: Option<Instant>,
    /// Until when the last good one is valid, if it says.
    pub valid_until: Option<Instant>,
    /// How often in a row it went wrong.
    pub failures: i64,
    /// How it last went wrong, while it does.
    pub problem: Option<String>,
}

/// What an owner has to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// Whose.
    pub account_id: AccountId,
    /// Of which connection.
    pub connection_id: ConnectionId,
    /// What the metadata says, JSON.
    pub proposal: String,
    /// Since when it says so.
    pub found_at: Instant,
    /// When an owner said no, if one did.
    pub declined_at: Option<Instant>,
}

const FIND: &str = "SELECT next_at, began_at, leased_until, fetched_at, valid_until, failures, problem
    FROM metadata_sources WHERE account_id = $1 AND connection_id = $2";
const LIST_DUE: &str = "SELECT account_id, connection_id, next_at FROM metadata_sources
    WHERE next_at <= $1 ORDER BY next_at LIMIT $2";
const UPSERT: &str = "INSERT INTO metadata_sources
    (account_id, connection_id, next_at, began_at, fetched_at, valid_until, failures)
    VALUES ($1, $2, $3, $4, $4, $5, 0) ON CONFLICT (connection_id) DO UPDATE SET next_at = $3, began_at = $4,
    fetched_at = $4, valid_until = $5, failures = 0, problem = NULL, lease = NULL, leased_until = NULL";
const UPDATE_TURN: &str = "UPDATE metadata_sources SET next_at = $3, failures = 0, problem = NULL
    WHERE account_id = $1 AND connection_id = $2";
const UPDATE_LATE: &str = "UPDATE metadata_sources SET next_at = $3
    WHERE account_id = $1 AND connection_id = $2 AND next_at <= $4";
const UPDATE_GIVEN_BACK: &str = "UPDATE metadata_sources SET lease = NULL, leased_until = NULL
    WHERE account_id = $1 AND connection_id = $2 AND lease = $3";
const DELETE: &str = "DELETE FROM metadata_sources WHERE account_id = $1 AND connection_id = $2";
const CLAIM: &str = "UPDATE metadata_sources SET lease = $3, leased_until = $5, began_at = $4
    WHERE account_id = $1 AND connection_id = $2 AND COALESCE(leased_until, 0) <= $4 AND COALESCE(began_at, 0) <= $6";
const UPDATE_GOOD: &str = "UPDATE metadata_sources SET lease = NULL, leased_until = NULL, next_at = $4,
    fetched_at = $5, valid_until = $6, failures = 0, problem = NULL
    WHERE account_id = $1 AND connection_id = $2 AND lease = $3";
const UPDATE_BAD: &str = "UPDATE metadata_sources SET lease = NULL, leased_until = NULL, next_at = $4,
    failures = failures + 1, problem = $5 WHERE account_id = $1 AND connection_id = $2 AND lease = $3";

const FIND_DRIFT: &str =
    "SELECT account_id, connection_id, proposal, found_at, declined_at FROM connection_drifts
    WHERE account_id = $1 AND connection_id = $2";
/// `CROSS JOIN` keeps `SQLite` from going through those of all accounts; so it does for the failing.
const LIST_DRIFTS: &str =
    "SELECT d.account_id, d.connection_id, d.proposal, d.found_at, d.declined_at
    FROM connections c CROSS JOIN connection_drifts d
    WHERE c.account_id = $1 AND d.account_id = c.account_id AND d.connection_id = c.id AND d.declined_at IS NULL
    AND c.state <> 'retired'
    ORDER BY d.found_at, d.connection_id";
const LIST_FAILING: &str = "SELECT m.connection_id FROM connections c CROSS JOIN metadata_sources m
    WHERE c.account_id = $1 AND m.account_id = c.account_id AND m.connection_id = c.id AND m.failures > 1
    AND c.state <> 'retired'";
const UPSERT_DRIFT: &str = "INSERT INTO connection_drifts (account_id, connection_id, proposal, found_at)
    VALUES ($1, $2, $3, $4) ON CONFLICT (connection_id) DO UPDATE SET proposal = $3, found_at = $4,
    declined_at = NULL";
const UPDATE_DRIFT_DECLINED: &str =
    "UPDATE connection_drifts SET declined_at = $3 WHERE account_id = $1 AND connection_id = $2";
const DELETE_DRIFT: &str = "DELETE FROM connection_drifts WHERE account_id = $1 AND connection_id = $2";

/// How it stands with the metadata of a connection that has a URL for it.
///
/// # Errors
/// [`StorageError`].
pub async fn find(
    tx: &mut Tx,
    account: AccountId,
    connection: ConnectionId,
) -> Result<Option<MetadataSource>, StorageError> {
    let row = tx.fetch_optional(query(FIND).bind(account.to_string()).bind(connection.to_string())).await?;
    let read = |row: &Row| {
        Ok(MetadataSource {
            next_at: row.moment("next_at")?,
            began_at: row.moment_if_any("began_at")?,
            leased_until: row.moment_if_any("leased_until")?,
            fetched_at: row.moment_if_any("fetched_at")?,
            valid_until: row.moment_if_any("valid_until")?,
            failures: row.number("failures")?,
            problem: row.text_if_any("problem")?,
        })
    };
    row.as_ref().map(read).transpose()
}

/// Those whose turn it is, of whatever account, `limit` at most, with when it came.
///
/// # Errors
/// [`StorageError`].
pub async fn list_due(
    tx: &mut Tx,
    now: Instant,
    limit: i64,
) -> Result<Vec<(AccountId, ConnectionId, Instant)>, StorageError> {
    let rows = tx.fetch_all(query(LIST_DUE).bind(now.micros()).bind(limit)).await?;
    let read =
        |row: &Row| Ok((row.parsed("account_id")?, row.parsed("connection_id")?, row.moment("next_at")?));
    rows.iter().map(read).collect()
}

/// Begins anew with the metadata of a connection, fetched at `fetched_at` (with the end of its validity) if it was.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(
    tx: &mut Tx,
    (account, connection): (AccountId, ConnectionId),
    next_at: Instant,
    (fetched_at, valid_until): (Option<Instant>, Option<Instant>),
) -> Result<(), StorageError> {
    let insert = query(UPSERT).bind(account.to_string()).bind(connection.to_string()).bind(next_at.micros());
    let insert = insert.bind(fetched_at.map(Instant::micros)).bind(valid_until.map(Instant::micros));
    tx.execute(insert).await.map(drop)
}

/// Gives the metadata of a connection another turn.
///
/// # Errors
/// [`StorageError`].
pub async fn update_turn(
    tx: &mut Tx,
    (account, connection): (AccountId, ConnectionId),
    next_at: Instant,
) -> Result<(), StorageError> {
    let update = query(UPDATE_TURN).bind(account.to_string()).bind(connection.to_string());
    tx.execute(update.bind(next_at.micros())).await.map(drop)
}

/// Puts a turn off that came by `now` and was not taken.
///
/// # Errors
/// [`StorageError`].
pub async fn update_late(
    tx: &mut Tx,
    (account, connection): (AccountId, ConnectionId),
    (now, next_at): (Instant, Instant),
) -> Result<(), StorageError> {
    let update = query(UPDATE_LATE).bind(account.to_string()).bind(connection.to_string());
    tx.execute(update.bind(next_at.micros()).bind(now.micros())).await.map(drop)
}

/// Whoever holds `lease` fetches no more, and nothing came of it; whether it was still the one that counts.
///
/// # Errors
/// [`StorageError`].
pub async fn update_given_back(
    tx: &mut Tx,
    (account, connection): (AccountId, ConnectionId),
    lease: &str,
) -> Result<bool, StorageError> {
    let update = query(UPDATE_GIVEN_BACK).bind(account.to_string()).bind(connection.to_string());
    Ok(tx.execute(update.bind(lease)).await? == 1)
}

/// A connection has no metadata to be fetched any more.
///
/// # Errors
/// [`StorageError`].
pub async fn delete(tx: &mut Tx, account: AccountId, connection: ConnectionId) -> Result<(), StorageError> {
    tx.execute(query(DELETE).bind(account.to_string()).bind(connection.to_string())).await.map(drop)
}

/// Takes the fetching for whoever holds `lease`, until `until`, if nobody has it and nobody began after `latest`, if that
/// matters.
///
/// # Errors
/// [`StorageError`].
pub async fn claim(
    tx: &mut Tx,
    (account, connection): (AccountId, ConnectionId),
    lease: &str,
    (now, until, latest): (Instant, Instant, Option<Instant>),
) -> Result<bool, StorageError> {
    let claim = query(CLAIM).bind(account.to_string()).bind(connection.to_string()).bind(lease);
    let claim = claim.bind(now.micros()).bind(until.micros()).bind(latest.map_or(i64::MAX, Instant::micros));
    Ok(tx.execute(claim).await? == 1)
}

/// Good metadata was fetched; whether `lease` was still the one that counts.
///
/// # Errors
/// [`StorageError`].
pub async fn update_good(
    tx: &mut Tx,
    (account, connection): (AccountId, ConnectionId),
    lease: &str,
    (now, next_at, valid_until): (Instant, Instant, Option<Instant>),
) -> Result<bool, StorageError> {
    let update = query(UPDATE_GOOD).bind(account.to_string()).bind(connection.to_string()).bind(lease);
    let update = update.bind(next_at.micros()).bind(now.micros());
    Ok(tx.execute(update.bind(valid_until.map(Instant::micros))).await? == 1)
}

/// It went wrong; whether `lease` was still the one that counts.
///
/// # Errors
/// [`StorageError`].
pub async fn update_bad(
    tx: &mut Tx,
    (account, connection): (AccountId, ConnectionId),
    lease: &str,
    next_at: Instant,
    problem: &str,
) -> Result<bool, StorageError> {
    let update = query(UPDATE_BAD).bind(account.to_string()).bind(connection.to_string()).bind(lease);
    Ok(tx.execute(update.bind(next_at.micros()).bind(problem)).await? == 1)
}

/// What waits for the owner of a connection.
///
/// # Errors
/// [`StorageError`].
pub async fn find_drift(
    tx: &mut Tx,
    account: AccountId,
    connection: ConnectionId,
) -> Result<Option<Drift>, StorageError> {
    let select = query(FIND_DRIFT).bind(account.to_string()).bind(connection.to_string());
    tx.fetch_optional(select).await?.as_ref().map(read_drift).transpose()
}

/// What waits for the owners of an account, oldest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list_drifts(tx: &mut Tx, account: AccountId) -> Result<Vec<Drift>, StorageError> {
    tx.fetch_all(query(LIST_DRIFTS).bind(account.to_string())).await?.iter().map(read_drift).collect()
}

/// The connections of an account whose metadata could not be fetched more than once in a row.
///
/// # Errors
/// [`StorageError`].
pub async fn list_failing(tx: &mut Tx, account: AccountId) -> Result<Vec<ConnectionId>, StorageError> {
    let rows = tx.fetch_all(query(LIST_FAILING).bind(account.to_string())).await?;
    rows.iter().map(|row| row.parsed("connection_id")).collect()
}

/// Puts what was found before the owner, instead of what was there.
///
/// # Errors
/// [`StorageError`].
pub async fn insert_drift(tx: &mut Tx, drift: &Drift) -> Result<(), StorageError> {
    let insert = query(UPSERT_DRIFT).bind(drift.account_id.to_string()).bind(drift.connection_id.to_string());
    tx.execute(insert.bind(drift.proposal.as_str()).bind(drift.found_at.micros())).await.map(drop)
}

/// An owner said no to what waits: it is not asked again.
///
/// # Errors
/// [`StorageError`].
pub async fn update_drift_declined(
    tx: &mut Tx,
    (account, connection): (AccountId, ConnectionId),
    now: Instant,
) -> Result<(), StorageError> {
    let update = query(UPDATE_DRIFT_DECLINED).bind(account.to_string()).bind(connection.to_string());
    tx.execute(update.bind(now.micros())).await.map(drop)
}

/// Nothing waits any more.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_drift(
    tx: &mut Tx,
    account: AccountId,
    connection: ConnectionId,
) -> Result<(), StorageError> {
    tx.execute(query(DELETE_DRIFT).bind(account.to_string()).bind(connection.to_string())).await.map(drop)
}

fn read_drift(row: &Row) -> Result<Drift, StorageError> {
    Ok(Drift {
        account_id: row.parsed("account_id")?,
        connection_id: row.parsed("connection_id")?,
        proposal: row.text("proposal")?,
        found_at: row.moment("found_at")?,
        declined_at: row.moment_if_any("declined_at")?,
    })
}
