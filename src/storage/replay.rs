//! What was used once and must not be used again: pending requests and assertions.

use super::many::{Many, count};
use super::row::Columns;
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::Instant;
use crate::base::id::{AccountId, AttemptId, ConnectionId};

/// What identifies an assertion for as long as it could be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssertionKey {
    /// UTC day of the latest `NotOnOrAfter` in it, so that copies always meet.
    pub day: i64,
    /// SHA-256 of its ID.
    pub hash: [u8; 32],
}

const FIND: &str =
    "SELECT attempt_id FROM replays WHERE day = $1 AND connection_id = $2 AND assertion_hash = $3";
static INSERT: Many = Many::new(
    "INSERT INTO replays (account_id, day, connection_id, assertion_hash, attempt_id)",
    5,
    " ON CONFLICT DO NOTHING",
);
static INSERT_REQUEST: Many = Many::new(
    "INSERT INTO consumed_requests (account_id, request_id, connection_id, expires_at)",
    4,
    " ON CONFLICT DO NOTHING",
);
const IS_REQUEST_USED: &str = "SELECT request_id FROM consumed_requests WHERE request_id = $1";
const DELETE_OLD: &str = "DELETE FROM replays WHERE (day, connection_id, assertion_hash) IN
    (SELECT day, connection_id, assertion_hash FROM replays WHERE day < $1 LIMIT $2)";
const DELETE_OLD_REQUESTS: &str = "DELETE FROM consumed_requests WHERE request_id IN
    (SELECT request_id FROM consumed_requests WHERE expires_at < $1 LIMIT $2)";

/// The attempt that used the assertion, if one did.
///
/// # Errors
/// [`StorageError`].
pub async fn find(
    tx: &mut Tx,
    connection: ConnectionId,
    key: AssertionKey,
) -> Result<Option<AttemptId>, StorageError> {
    let select = query(FIND).bind(key.day).bind(connection.to_string()).bind(&key.hash);
    let row = tx.fetch_optional(select).await?;
    row.map(|row| row.parsed("attempt_id")).transpose()
}

/// That an attempt uses an assertion.
pub struct Row {
    account_id: String,
    pub(super) day: i64,
    connection_id: String,
    pub(super) hash: [u8; 32],
    attempt_id: String,
}

impl Row {
    /// The key in the table, in one piece.
    pub(super) fn key(&self) -> Vec<u8> {
        [self.connection_id.as_bytes(), &self.day.to_be_bytes(), &self.hash].concat()
    }
}

/// That a pending request is answered.
pub struct RequestRow {
    account_id: String,
    pub(super) request_id: String,
    connection_id: String,
    expires_at: Instant,
}

/// The row of an assertion that is used.
#[must_use]
pub fn row(account: AccountId, connection: ConnectionId, key: AssertionKey, attempt: AttemptId) -> Row {
    Row {
        account_id: account.to_string(),
        day: key.day,
        connection_id: connection.to_string(),
        hash: key.hash,
        attempt_id: attempt.to_string(),
    }
}

/// The row of a request that is answered; it can be dropped after `expires_at`.
#[must_use]
pub fn request_row(
    account: AccountId,
    connection: ConnectionId,
    request_id: &str,
    expires_at: Instant,
) -> RequestRow {
    RequestRow {
        account_id: account.to_string(),
        request_id: request_id.to_owned(),
        connection_id: connection.to_string(),
        expires_at,
    }
}

/// Uses assertions; `false` when one of them was used before.
pub(super) async fn insert_many(tx: &mut Tx, rows: &[&Row]) -> Result<bool, StorageError> {
    let inserted = INSERT.execute(tx, rows, |row, query| {
        query
            .bind(&row.account_id)
            .bind(row.day)
            .bind(&row.connection_id)
            .bind(&row.hash)
            .bind(&row.attempt_id)
    });
    Ok(inserted.await? == count(rows))
}

/// Uses pending requests; `false` when one of them was used before.
pub(super) async fn insert_many_requests(tx: &mut Tx, rows: &[&RequestRow]) -> Result<bool, StorageError> {
    let inserted = INSERT_REQUEST.execute(tx, rows, |row, query| {
        query
            .bind(&row.account_id)
            .bind(&row.request_id)
            .bind(&row.connection_id)
            .bind(row.expires_at.micros())
    });
    Ok(inserted.await? == count(rows))
}

/// Whether that pending request was used.
///
/// # Errors
/// [`StorageError`].
pub async fn is_request_used(tx: &mut Tx, request_id: &str) -> Result<bool, StorageError> {
    Ok(tx.fetch_optional(query(IS_REQUEST_USED).bind(request_id)).await?.is_some())
}

/// Drops assertions of days before `day`, which could no longer be accepted anyway: `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old(tx: &mut Tx, day: i64, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD).bind(day).bind(limit)).await
}

/// Drops requests that expired before `before`, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old_requests(tx: &mut Tx, before: Instant, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD_REQUESTS).bind(before.micros()).bind(limit)).await
}
