//! The one row about the installation itself.

use super::row::Columns;
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::Instant;

const FIND: &str = "SELECT key_check FROM installation";
const FIND_RESTORED: &str = "SELECT restored_at FROM installation";
const UPDATE_RESTORED: &str = "UPDATE installation SET restored_at = $1";
const UPDATE_KEY_CHECK: &str = "UPDATE installation SET key_check = $1";
const INSERT: &str = "INSERT INTO installation (id, key_check, created_at) VALUES ('gatepost', $1, $2)";

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
