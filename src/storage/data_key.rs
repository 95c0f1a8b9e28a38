//! The wrapped keys of accounts, by generation.
//!
//! | state | opens | seals |
//! |---|---|---|
//! | next | yes | no: a process that does not know it yet could not read what it sealed |
//! | active | yes | the newest of them |

use super::row::{Columns, Row};
use super::seal::Wrap;
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::id::AccountId;
use crate::base::{Instant, Rng};
use crate::directory::state::KeyState;

/// A wrapped key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataKey {
    /// Its generation: 1, 2, 3 …
    pub generation: u32,
    /// Whether it seals.
    pub state: KeyState,
    /// The key, wrapped by the master key.
    pub wrapped: Vec<u8>,
    /// When it was made.
    pub created_at: Instant,
}

const LIST: &str = "SELECT generation, state, wrapped, created_at FROM data_keys WHERE account_id = $1
    ORDER BY generation";
const LIST_NEXT: &str =
    "SELECT account_id, generation FROM data_keys WHERE state = 'next' AND created_at <= $1
    ORDER BY account_id, generation";
const INSERT: &str = "INSERT INTO data_keys (account_id, generation, wrapped, state, created_at)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
const UPDATE_ACTIVE: &str =
    "UPDATE data_keys SET state = 'active' WHERE account_id = $1 AND generation = $2 AND state = 'next'";

const LIST_ALL: &str =
    "SELECT account_id, generation, wrapped FROM data_keys ORDER BY account_id, generation";
const UPDATE_WRAPPED: &str = "UPDATE data_keys SET wrapped = $3 WHERE account_id = $1 AND generation = $2";
const DELETE: &str = "DELETE FROM data_keys WHERE account_id = $1";

/// What a wrapped key is bound to.
pub(super) fn context(account: AccountId, generation: u32) -> String {
    format!("data_keys\0{account}\0{generation}")
}

/// Every generation, oldest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list(tx: &mut Tx, account: AccountId) -> Result<Vec<DataKey>, StorageError> {
    let read = |row: &Row| {
        Ok(DataKey {
            generation: generation(row)?,
            state: row.parsed("state")?,
            wrapped: row.bytes("wrapped")?,
            created_at: row.moment("created_at")?,
        })
    };
    tx.fetch_all(query(LIST).bind(account.to_string())).await?.iter().map(read).collect()
}

/// The generations of every account that do not seal yet and were made by `before`.
///
/// # Errors
/// [`StorageError`].
pub async fn list_next(tx: &mut Tx, before: Instant) -> Result<Vec<(AccountId, u32)>, StorageError> {
    let rows = tx.fetch_all(query(LIST_NEXT).bind(before.micros())).await?;
    rows.iter().map(|row| Ok((row.parsed("account_id")?, generation(row)?))).collect()
}

/// Adds a generation; `false` when another process was faster and took its number.
pub(super) async fn insert(tx: &mut Tx, account: AccountId, key: &DataKey) -> Result<bool, StorageError> {
    let insert = query(INSERT)
        .bind(account.to_string())
        .bind(i64::from(key.generation))
        .bind(key.wrapped.as_slice())
        .bind(key.state.name())
        .bind(key.created_at.micros());
    Ok(tx.execute(insert).await? == 1)
}

/// Lets a generation seal; `false` when it does already.
///
/// # Errors
/// [`StorageError`].
pub async fn update_active(tx: &mut Tx, account: AccountId, generation: u32) -> Result<bool, StorageError> {
    let update = query(UPDATE_ACTIVE).bind(account.to_string()).bind(i64::from(generation));
    Ok(tx.execute(update).await? == 1)
}

/// Wraps the keys of every account under another master key; how many.
pub(super) async fn rewrap(
    tx: &mut Tx,
    (old, new): (&dyn Wrap, &dyn Wrap),
    rng: &Rng,
) -> Result<usize, StorageError> {
    let rows = tx.fetch_all(query(LIST_ALL)).await?;
    for row in &rows {
        let (account, generation) = (row.parsed("account_id")?, generation(row)?);
        let context = context(account, generation);
        let material = old.unwrap(&row.bytes("wrapped")?, &context)?;
        let wrapped = new.wrap(&material, &context, rng)?;
        let update = query(UPDATE_WRAPPED).bind(account.to_string()).bind(i64::from(generation));
        tx.execute(update.bind(wrapped)).await?;
    }
    Ok(rows.len())
}

fn generation(row: &Row) -> Result<u32, StorageError> {
    u32::try_from(row.number("generation")?).map_err(|_| StorageError::Corrupt("generation"))
}

pub(super) async fn delete(tx: &mut Tx, account: AccountId) -> Result<(), StorageError> {
    tx.execute(query(DELETE).bind(account.to_string())).await?;
    Ok(())
}
