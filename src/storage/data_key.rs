//! The wrapped keys of accounts.

use super::row::Columns;
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::Instant;
use crate::base::id::AccountId;

const LIST: &str = "SELECT generation, wrapped FROM data_keys WHERE account_id = $1 ORDER BY generation";
const INSERT: &str = "INSERT INTO data_keys (account_id, generation, wrapped, state, created_at)
    VALUES ($1, $2, $3, 'active', $4)";

/// What a wrapped key is bound to.
pub(super) fn context(account: AccountId, generation: u32) -> String {
    format!("data_keys\0{account}\0{generation}")
}

/// Every generation, oldest first.
pub(super) async fn list(tx: &mut Tx, account: AccountId) -> Result<Vec<(u32, Vec<u8>)>, StorageError> {
    let rows = tx.fetch_all(query(LIST).bind(account.to_string())).await?;
    let generation = |number: i64| u32::try_from(number).map_err(|_| StorageError::Corrupt("generation"));
    rows.iter().map(|row| Ok((generation(row.number("generation")?)?, row.bytes("wrapped")?))).collect()
}

pub(super) async fn insert(
    tx: &mut Tx,
    account: AccountId,
    generation: u32,
    wrapped: &[u8],
    now: Instant,
) -> Result<(), StorageError> {
    let insert = query(INSERT).bind(account.to_string()).bind(i64::from(generation)).bind(wrapped);
    tx.execute(insert.bind(now.micros())).await?;
    Ok(())
}
