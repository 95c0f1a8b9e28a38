//! Links behind which one attempt is seen. Only the hash of their token is here.

use super::row::{Columns, Row};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::Instant;
use crate::base::id::{AccountId, AttemptId, ShareId};
use crate::base::secret::TokenHash;

/// A link behind which one attempt is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Its id.
    pub id: ShareId,
    /// Which attempt.
    pub attempt_id: AttemptId,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
    /// When it was taken back.
    pub revoked_at: Option<Instant>,
}

const INSERT: &str =
    "INSERT INTO attempt_shares (account_id, id, attempt_id, token_hash, created_by, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const FIND_OPEN: &str =
    "SELECT s.account_id, s.id, s.attempt_id, s.created_by, s.created_at, s.expires_at, s.revoked_at FROM attempt_shares s
    JOIN accounts a ON a.id = s.account_id
    WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND a.state = 'active'";
const BELONGS_TO: &str = "SELECT account_id, attempt_id FROM attempt_shares WHERE id = $1";
/// One that is still good is never left out: whoever looks must be able to take it back.
const LIST: &str = "SELECT id, attempt_id, created_by, created_at, expires_at, revoked_at FROM attempt_shares
    WHERE account_id = $1 AND attempt_id = $2 AND ((revoked_at IS NULL AND expires_at > $3) OR id IN
        (SELECT id FROM attempt_shares WHERE account_id = $1 AND attempt_id = $2 ORDER BY id DESC LIMIT 20))
    ORDER BY id DESC";
const COUNT_OPEN: &str = "SELECT COUNT(*) AS number FROM attempt_shares
    WHERE account_id = $1 AND attempt_id = $2 AND revoked_at IS NULL AND expires_at > $3";
const UPDATE_REVOKED: &str = "UPDATE attempt_shares SET revoked_at = $3
    WHERE account_id = $1 AND id = $2 AND revoked_at IS NULL AND expires_at > $3";
const REVOKE_EVERY: &str =
    "UPDATE attempt_shares SET revoked_at = $1 WHERE revoked_at IS NULL AND expires_at > $1";
const DELETE_OLD: &str = "DELETE FROM attempt_shares WHERE id IN
    (SELECT id FROM attempt_shares WHERE expires_at < $1 LIMIT $2)";

/// Adds a link.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(
    tx: &mut Tx,
    account: AccountId,
    (share, token): (&Share, TokenHash),
) -> Result<(), StorageError> {
    let insert = query(INSERT)
        .bind(account.to_string())
        .bind(share.id.to_string())
        .bind(share.attempt_id.to_string())
        .bind(token.0.to_vec())
        .bind(share.created_by.as_str())
        .bind(share.created_at.micros())
        .bind(share.expires_at.micros());
    tx.execute(insert).await.map(drop)
}

/// The link of a token that is still good, and whose it is. Of an account that is suspended nothing is shown.
///
/// # Errors
/// [`StorageError`].
pub async fn find_open(
    tx: &mut Tx,
    token: TokenHash,
    now: Instant,
) -> Result<Option<(AccountId, Share)>, StorageError> {
    let row = tx.fetch_optional(query(FIND_OPEN).bind(token.0.to_vec()).bind(now.micros())).await?;
    row.map(|row| Ok((row.parsed("account_id")?, read(&row)?))).transpose()
}

/// Whose link that is, and to which attempt.
///
/// # Errors
/// [`StorageError`].
pub async fn belongs_to(tx: &mut Tx, id: ShareId) -> Result<Option<(AccountId, AttemptId)>, StorageError> {
    let row = tx.fetch_optional(query(BELONGS_TO).bind(id.to_string())).await?;
    row.map(|row| Ok((row.parsed("account_id")?, row.parsed("attempt_id")?))).transpose()
}

/// How many links to an attempt are still good.
///
/// # Errors
/// [`StorageError`].
pub async fn count_open(
    tx: &mut Tx,
    (account, id): (AccountId, AttemptId),
    now: Instant,
) -> Result<i64, StorageError> {
    let count = query(COUNT_OPEN).bind(account.to_string()).bind(id.to_string()).bind(now.micros());
    tx.fetch_one(count).await?.number("number")
}

/// The links to an attempt that are still good, and the latest of the others, the newest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    (account, id): (AccountId, AttemptId),
    now: Instant,
) -> Result<Vec<Share>, StorageError> {
    let select = query(LIST).bind(account.to_string()).bind(id.to_string()).bind(now.micros());
    tx.fetch_all(select).await?.iter().map(read).collect()
}

/// Takes a link back; `false` when it was over anyway.
///
/// # Errors
/// [`StorageError`].
pub async fn update_revoked(
    tx: &mut Tx,
    account: AccountId,
    id: ShareId,
    now: Instant,
) -> Result<bool, StorageError> {
    let update = query(UPDATE_REVOKED).bind(account.to_string()).bind(id.to_string()).bind(now.micros());
    Ok(tx.execute(update).await? == 1)
}

/// Takes every link back; how many there were.
///
/// # Errors
/// [`StorageError`].
pub(super) async fn revoke_every(tx: &mut Tx, now: Instant) -> Result<u64, StorageError> {
    tx.execute(query(REVOKE_EVERY).bind(now.micros())).await
}

/// Drops links that ended before `moment`, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old(tx: &mut Tx, moment: Instant, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD).bind(moment.micros()).bind(limit)).await
}

fn read(row: &Row) -> Result<Share, StorageError> {
    Ok(Share {
        id: row.parsed("id")?,
        attempt_id: row.parsed("attempt_id")?,
        created_by: row.text("created_by")?,
        created_at: row.moment("created_at")?,
        expires_at: row.moment("expires_at")?,
        revoked_at: row.moment_if_any("revoked_at")?,
    })
}
