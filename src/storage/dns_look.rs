//! How often somebody's DNS was asked in an hour, for each account and by all accounts together. The table is of no
//! account: what is guarded is nobody's here, and what is counted for an account has its id before the zone's name.

use super::row::Columns;
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::id::AccountId;

const COUNT: &str = "INSERT INTO dns_looks (zone, hour, looks) VALUES ($1, $2, 1)
    ON CONFLICT (zone) DO UPDATE SET hour = $2,
    looks = CASE WHEN dns_looks.hour = $2 THEN dns_looks.looks + 1 ELSE 1 END RETURNING looks";
const DELETE_OLD: &str =
    "DELETE FROM dns_looks WHERE zone IN (SELECT zone FROM dns_looks WHERE hour < $1 ORDER BY hour LIMIT $2)";

/// Counts a look at `zone` in that hour, for `account` or for all of them; how many there were, this one included.
///
/// # Errors
/// [`StorageError`].
pub async fn count(
    tx: &mut Tx,
    account: Option<AccountId>,
    zone: &str,
    hour: i64,
) -> Result<i64, StorageError> {
    // No name of a zone has a slash.
    let counted = account.map_or_else(|| zone.to_owned(), |account| format!("{account}/{zone}"));
    tx.fetch_one(query(COUNT).bind(counted).bind(hour)).await?.number("looks")
}

/// Forgets the looks of hours before `hour`, `limit` at most; how many went.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old(tx: &mut Tx, hour: i64, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD).bind(hour).bind(limit)).await
}
