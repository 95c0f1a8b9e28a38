//! The one row about the installation itself.

use super::row::Columns;
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::Instant;

const FIND: &str = "SELECT key_check FROM installation";
const INSERT: &str = "INSERT INTO installation (id, key_check, created_at) VALUES ('gatepost', $1, $2)";

/// The check value of the master key that the database was made with.
pub(super) async fn find(tx: &mut Tx) -> Result<Option<Vec<u8>>, StorageError> {
    let row = tx.fetch_optional(query(FIND)).await?;
    row.map(|row| row.bytes("key_check")).transpose()
}

pub(super) async fn insert(tx: &mut Tx, key_check: &[u8], now: Instant) -> Result<(), StorageError> {
    tx.execute(query(INSERT).bind(key_check).bind(now.micros())).await?;
    Ok(())
}
