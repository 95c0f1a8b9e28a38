//! Mail that waits to be sent: sealed, and gone once it is.

use zeroize::Zeroizing;

use super::row::Columns;
use super::seal::{AccountKeys, Place};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::id::{AccountId, MailId};
use crate::base::{Instant, Rng};

const FIND: &str = "SELECT body_sealed FROM mails WHERE account_id = $1 AND id = $2";
const INSERT: &str = "INSERT INTO mails (account_id, id, body_sealed, created_at) VALUES ($1, $2, $3, $4)";
const DELETE: &str = "DELETE FROM mails WHERE account_id = $1 AND id = $2";
const BACKLOG: &str = "SELECT COUNT(*) AS number, MIN(created_at) AS first_at FROM mails";
const DELETE_OLD: &str =
    "DELETE FROM mails WHERE id IN (SELECT id FROM mails WHERE created_at < $1 ORDER BY created_at LIMIT $2)";

/// A mail that waits.
///
/// # Errors
/// [`StorageError`].
pub async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: MailId,
    keys: &AccountKeys,
) -> Result<Option<Zeroizing<Vec<u8>>>, StorageError> {
    let id = id.to_string();
    let row = tx.fetch_optional(query(FIND).bind(account.to_string()).bind(id.as_str())).await?;
    row.map(|row| Ok(keys.open(place(&id), &row.bytes("body_sealed")?)?)).transpose()
}

/// Adds a mail.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(
    tx: &mut Tx,
    account: AccountId,
    (id, body): (MailId, &[u8]),
    keys: &AccountKeys,
    (now, rng): (Instant, &Rng),
) -> Result<(), StorageError> {
    let id = id.to_string();
    let sealed = keys.seal(place(&id), body, rng)?;
    let insert = query(INSERT).bind(account.to_string()).bind(id.as_str()).bind(sealed).bind(now.micros());
    tx.execute(insert).await.map(drop)
}

/// Drops a mail.
///
/// # Errors
/// [`StorageError`].
pub async fn delete(tx: &mut Tx, account: AccountId, id: MailId) -> Result<(), StorageError> {
    tx.execute(query(DELETE).bind(account.to_string()).bind(id.to_string())).await.map(drop)
}

/// How many mails wait, and since when the first.
///
/// # Errors
/// [`StorageError`].
pub async fn backlog(tx: &mut Tx) -> Result<(i64, Option<Instant>), StorageError> {
    let row = tx.fetch_one(query(BACKLOG)).await?;
    Ok((row.number("number")?, row.moment_if_any("first_at")?))
}

/// Drops mail that nobody could be sent for so long.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old(tx: &mut Tx, before: Instant, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD).bind(before.micros()).bind(limit)).await
}

const fn place(row: &str) -> Place<'_> {
    Place { table: "mails", column: "body_sealed", row }
}
