//! Calendars of what will end: of an account, or of the installation.

use super::row::{Columns, Row};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::Instant;
use crate::base::id::{AccountId, CalendarId};
use crate::base::secret::TokenHash;

/// A calendar of what will end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Its id.
    pub id: CalendarId,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
    /// When it was fetched last, within an hour.
    pub last_used_at: Option<Instant>,
}

const INSERT: &str = "INSERT INTO deadline_feeds (account_id, id, token_hash, created_by, created_at)
    VALUES ($1, $2, $3, $4, $5)";
const LIST: &str = "SELECT id, created_by, created_at, last_used_at FROM deadline_feeds
    WHERE account_id = $1 ORDER BY id LIMIT 100";
const LIST_OF_INSTALLATION: &str = "SELECT id, created_by, created_at, last_used_at FROM deadline_feeds
    WHERE account_id IS NULL ORDER BY id LIMIT 100";
const DELETE: &str = "DELETE FROM deadline_feeds WHERE account_id = $1 AND id = $2";
const DELETE_OF_INSTALLATION: &str = "DELETE FROM deadline_feeds WHERE account_id IS NULL AND id = $1";
const FIND: &str =
    "SELECT account_id, id, created_by, last_used_at FROM deadline_feeds WHERE token_hash = $1";
const DELETE_EVERY: &str = "DELETE FROM deadline_feeds";
const UPDATE_USED: &str = "UPDATE deadline_feeds SET last_used_at = $2 WHERE id = $1";

/// Adds a calendar of an account, or of the installation.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(
    tx: &mut Tx,
    account: Option<AccountId>,
    (id, token): (CalendarId, TokenHash),
    (by, now): (&str, Instant),
) -> Result<(), StorageError> {
    let insert = query(INSERT)
        .bind(account.map(|id| id.to_string()))
        .bind(id.to_string())
        .bind(token.0.as_slice())
        .bind(by)
        .bind(now.micros());
    tx.execute(insert).await.map(drop)
}

/// Takes every calendar back; how many there were.
///
/// # Errors
/// [`StorageError`].
pub(super) async fn delete_every(tx: &mut Tx) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_EVERY)).await
}

/// The calendars of an account, or of the installation.
///
/// # Errors
/// [`StorageError`].
pub async fn list(tx: &mut Tx, account: Option<AccountId>) -> Result<Vec<Calendar>, StorageError> {
    let select = match account {
        Some(account) => query(LIST).bind(account.to_string()),
        None => query(LIST_OF_INSTALLATION),
    };
    let read = |row: &Row| {
        Ok(Calendar {
            id: row.parsed("id")?,
            created_by: row.text("created_by")?,
            created_at: row.moment("created_at")?,
            last_used_at: row.moment_if_any("last_used_at")?,
        })
    };
    tx.fetch_all(select).await?.iter().map(read).collect()
}

/// Takes a calendar back; whether it was there.
///
/// # Errors
/// [`StorageError`].
pub async fn delete(tx: &mut Tx, account: Option<AccountId>, id: CalendarId) -> Result<bool, StorageError> {
    let delete = match account {
        Some(account) => query(DELETE).bind(account.to_string()),
        None => query(DELETE_OF_INSTALLATION),
    };
    Ok(tx.execute(delete.bind(id.to_string())).await? == 1)
}

/// Whose calendar an address is, which, who made it, and when it was fetched last.
///
/// # Errors
/// [`StorageError`].
pub async fn find(
    tx: &mut Tx,
    token: TokenHash,
) -> Result<Option<(Option<AccountId>, CalendarId, String, Option<Instant>)>, StorageError> {
    let row = tx.fetch_optional(query(FIND).bind(&token.0)).await?;
    let read = |row: Row| {
        let used = row.moment_if_any("last_used_at")?;
        Ok((row.parsed_if_any("account_id")?, row.parsed("id")?, row.text("created_by")?, used))
    };
    row.map(read).transpose()
}

/// Remembers that a calendar is in use.
///
/// # Errors
/// [`StorageError`].
pub async fn update_used(tx: &mut Tx, id: CalendarId, now: Instant) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_USED).bind(id.to_string()).bind(now.micros())).await.map(drop)
}
