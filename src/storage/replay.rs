//! What was used once and must not be used again: pending requests and assertions.

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
const INSERT: &str = "INSERT INTO replays (account_id, day, connection_id, assertion_hash, attempt_id)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
const INSERT_REQUEST: &str =
    "INSERT INTO consumed_requests (account_id, request_id, connection_id, expires_at)
    VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
const DELETE: &str = "DELETE FROM replays WHERE day < $1";
const DELETE_REQUESTS: &str = "DELETE FROM consumed_requests WHERE expires_at < $1";

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

/// Uses an assertion; `false` when it was used before.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(
    tx: &mut Tx,
    account: AccountId,
    connection: ConnectionId,
    key: AssertionKey,
    attempt: AttemptId,
) -> Result<bool, StorageError> {
    let insert = query(INSERT)
        .bind(account.to_string())
        .bind(key.day)
        .bind(connection.to_string())
        .bind(&key.hash)
        .bind(attempt.to_string());
    Ok(tx.execute(insert).await? == 1)
}

/// Uses a pending request; `false` when it was used before.
///
/// # Errors
/// [`StorageError`].
pub async fn insert_request(
    tx: &mut Tx,
    account: AccountId,
    connection: ConnectionId,
    request_id: &str,
    expires_at: Instant,
) -> Result<bool, StorageError> {
    let insert =
        query(INSERT_REQUEST).bind(account.to_string()).bind(request_id).bind(connection.to_string());
    Ok(tx.execute(insert.bind(expires_at.micros())).await? == 1)
}

/// Drops what could no longer be used anyway: assertions of days before `day`, requests that expired before `now`.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old(tx: &mut Tx, day: i64, now: Instant) -> Result<(), StorageError> {
    tx.execute(query(DELETE).bind(day)).await?;
    tx.execute(query(DELETE_REQUESTS).bind(now.micros())).await?;
    Ok(())
}
