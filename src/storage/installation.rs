//! The one row about the installation itself.

use super::row::Columns;
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::Instant;

const FIND: &str = "SELECT key_check FROM installation";
const FIND_RESTORED: &str = "SELECT restored_at FROM installation";
const UPDATE_RESTORED: &str = "UPDATE installation SET restored_at = $1";
/// The newest event of all tells how far a copy goes. Read once, at a restore.
const COUNT_AGAIN: &str = "SELECT
    (SELECT COUNT(*) FROM operators WHERE state = 'active') AS operators,
    (SELECT COUNT(*) FROM users WHERE role = 'owner' AND state = 'active') AS owners,
    (SELECT COUNT(*) FROM passkeys) AS passkeys,
    (SELECT COUNT(*) FROM idp_keys WHERE state = 'active') AS certificates,
    (SELECT MAX(at) FROM events) AS at,
    (SELECT MAX(at) FROM installation_events) AS at_installation";
/// What is good for something at a restore, and is ended or taken back by it: sessions of people and of the console, and
/// links by which somebody may come in or set something up.
const COUNT_OPEN: &str = "SELECT
    (SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL AND expires_at > $1)
        + (SELECT COUNT(*) FROM console_sessions WHERE ended_at IS NULL AND expires_at > $1) AS sessions,
    (SELECT COUNT(*) FROM links WHERE revoked_at IS NULL AND finished_at IS NULL AND expires_at > $1
        AND (kind = 'setup' OR used_at IS NULL)) AS links";
const UPDATE_KEY_CHECK: &str = "UPDATE installation SET key_check = $1";
const INSERT: &str = "INSERT INTO installation (id, key_check, created_at) VALUES ('gatepost', $1, $2)";

/// Who and what lets people in by a database that was put back, whatever became of them after the copy was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Again {
    /// Operators.
    pub operators: u64,
    /// Owners.
    pub owners: u64,
    /// Passkeys of both.
    pub passkeys: u64,
    /// Certificates of identity providers.
    pub certificates: u64,
    /// When the last thing was done that the copy knows of.
    pub knows_until: Option<Instant>,
}

pub(super) async fn count_again(tx: &mut Tx) -> Result<Again, StorageError> {
    let row = tx.fetch_one(query(COUNT_AGAIN)).await?;
    let number = |column| row.number(column).map(i64::unsigned_abs);
    Ok(Again {
        operators: number("operators")?,
        owners: number("owners")?,
        passkeys: number("passkeys")?,
        certificates: number("certificates")?,
        knows_until: row.moment_if_any("at")?.max(row.moment_if_any("at_installation")?),
    })
}

/// How many sessions, and how many links, are good for something.
pub(super) async fn count_open(tx: &mut Tx, now: Instant) -> Result<(u64, u64), StorageError> {
    let row = tx.fetch_one(query(COUNT_OPEN).bind(now.micros())).await?;
    Ok((row.number("sessions")?.unsigned_abs(), row.number("links")?.unsigned_abs()))
}

/// The check value of the master key that the database is wrapped under.
pub(super) async fn find(tx: &mut Tx) -> Result<Option<Vec<u8>>, StorageError> {
    let row = tx.fetch_optional(query(FIND)).await?;
    row.map(|row| row.bytes("key_check")).transpose()
}

pub(super) async fn insert(tx: &mut Tx, key_check: &[u8], now: Instant) -> Result<(), StorageError> {
    tx.execute(query(INSERT).bind(key_check).bind(now.micros())).await?;
    Ok(())
}

/// The database is wrapped under another master key from now on.
pub(super) async fn update_key_check(tx: &mut Tx, key_check: &[u8]) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_KEY_CHECK).bind(key_check)).await.map(drop)
}

/// When the database was put back from a backup, if it was.
pub(super) async fn find_restored(tx: &mut Tx) -> Result<Option<Instant>, StorageError> {
    tx.fetch_one(query(FIND_RESTORED)).await?.moment_if_any("restored_at")
}

pub(super) async fn update_restored(tx: &mut Tx, now: Instant) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_RESTORED).bind(now.micros())).await?;
    Ok(())
}
