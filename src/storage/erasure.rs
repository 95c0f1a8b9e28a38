//! Receipts of erasures: that somebody was erased, by whom and when, and how much there was. Nothing personal.

use super::row::{Columns, Row};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::Instant;
use crate::base::id::{AccountId, ErasureId, UserId};

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Its id.
    pub id: ErasureId,
    /// Who was erased.
    pub user_id: UserId,
    /// By whom.
    pub erased_by: String,
    /// How much there was of what: JSON.
    pub erased: String,
    /// When it was done.
    pub created_at: Instant,
}

const INSERT: &str = "INSERT INTO erasures (account_id, id, user_id, erased_by, erased, created_at)
    VALUES ($1, $2, $3, $4, $5, $6)";
const FIND: &str = "SELECT id, user_id, erased_by, erased, created_at FROM erasures
    WHERE account_id = $1 AND id = $2";
const LIST: &str = "SELECT id, user_id, erased_by, erased, created_at FROM erasures
    WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";

/// Adds a receipt.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(tx: &mut Tx, account: AccountId, new: &Erasure) -> Result<(), StorageError> {
    let insert = query(INSERT)
        .bind(account.to_string())
        .bind(new.id.to_string())
        .bind(new.user_id.to_string())
        .bind(new.erased_by.as_str())
        .bind(new.erased.as_str())
        .bind(new.created_at.micros());
    tx.execute(insert).await.map(drop)
}

/// The receipt of that id.
///
/// # Errors
/// [`StorageError`].
pub async fn find(tx: &mut Tx, account: AccountId, id: ErasureId) -> Result<Option<Erasure>, StorageError> {
    let select = query(FIND).bind(account.to_string()).bind(id.to_string());
    tx.fetch_optional(select).await?.map(|row| read(&row)).transpose()
}

/// Receipts before `before`, the newest first, `limit` at most.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    account: AccountId,
    (before, limit): (Option<ErasureId>, i64),
) -> Result<Vec<Erasure>, StorageError> {
    let before = ErasureId::or_last(before);
    let select = query(LIST).bind(account.to_string()).bind(before).bind(limit);
    tx.fetch_all(select).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Erasure, StorageError> {
    Ok(Erasure {
        id: row.parsed("id")?,
        user_id: row.parsed("user_id")?,
        erased_by: row.text("erased_by")?,
        erased: row.text("erased")?,
        created_at: row.moment("created_at")?,
    })
}
