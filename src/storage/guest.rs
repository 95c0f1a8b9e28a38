//! Guests: single addresses outside of an account's domains that are let in all the same.

use serde::{Deserialize, Serialize};

use super::row::Columns;
use super::seal::{AccountKeys, Place};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::id::{AccountId, GuestId};
use crate::base::{Instant, Rng};
use crate::directory::email::lookup_form;

/// A guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// Its id.
    pub id: GuestId,
    /// What is known; sealed.
    pub about: About,
    /// When it was let in.
    pub created_at: Instant,
}

/// What is known of a guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The address.
    pub email: String,
    /// Why it is let in.
    pub reason: String,
}

const LIST: &str =
    "SELECT id, sealed, created_at FROM guests WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3";
const FIND: &str = "SELECT id FROM guests WHERE account_id = $1 AND email_key = $2";
const INSERT: &str =
    "INSERT INTO guests (account_id, id, email_key, sealed, created_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (account_id, email_key) DO NOTHING";
const DELETE: &str = "DELETE FROM guests WHERE account_id = $1 AND id = $2";

/// Guests of an account after that one, oldest first, `limit` at most.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    account: AccountId,
    (after, limit): (Option<GuestId>, i64),
    keys: &AccountKeys,
) -> Result<Vec<Guest>, StorageError> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let rows = tx.fetch_all(query(LIST).bind(account.to_string()).bind(after).bind(limit)).await?;
    let read = |row: &super::row::Row| {
        let id: GuestId = row.parsed("id")?;
        let plain = keys.open(place(&id.to_string()), &row.bytes("sealed")?)?;
        let about = serde_json::from_slice(&plain).map_err(|_| StorageError::Corrupt("sealed"))?;
        Ok(Guest { id, about, created_at: row.moment("created_at")? })
    };
    rows.iter().map(read).collect()
}

/// The guest with that address.
///
/// # Errors
/// [`StorageError`].
pub async fn find(
    tx: &mut Tx,
    account: AccountId,
    email: &str,
    keys: &AccountKeys,
) -> Result<Option<GuestId>, StorageError> {
    let row = tx.fetch_optional(query(FIND).bind(account.to_string()).bind(key(email, keys)?)).await?;
    row.map(|row| row.parsed("id")).transpose()
}

/// Lets an address in; `false` when it is already.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(
    tx: &mut Tx,
    account: AccountId,
    guest: &Guest,
    keys: &AccountKeys,
    rng: &Rng,
) -> Result<bool, StorageError> {
    let id = guest.id.to_string();
    let plain = serde_json::to_vec(&guest.about).map_err(|_| StorageError::Corrupt("sealed"))?;
    let insert = query(INSERT)
        .bind(account.to_string())
        .bind(id.as_str())
        .bind(key(&guest.about.email, keys)?)
        .bind(keys.seal(place(&id), &plain, rng)?)
        .bind(guest.created_at.micros());
    Ok(tx.execute(insert).await? == 1)
}

/// Lets an address in no longer.
///
/// # Errors
/// [`StorageError`].
pub async fn delete(tx: &mut Tx, account: AccountId, id: GuestId) -> Result<(), StorageError> {
    tx.execute(query(DELETE).bind(account.to_string()).bind(id.to_string())).await?;
    Ok(())
}

fn key(email: &str, keys: &AccountKeys) -> Result<Vec<u8>, StorageError> {
    Ok(keys.lookup("guests.email", lookup_form(email).as_bytes())?)
}

const fn place(row: &str) -> Place<'_> {
    Place { table: "guests", column: "sealed", row }
}
