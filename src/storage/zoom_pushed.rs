//! Whom a push has put into which group of Zoom. A group is known by a keyed hash of its name.

use std::collections::BTreeSet;

use super::many::Many;
use super::row::Columns;
use super::seal::AccountKeys;
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::id::AccountId;

const LIST: &str = "SELECT zoom_id FROM zoom_pushed WHERE account_id = $1 AND group_key = $2";
const HAS: &str = "SELECT zoom_id FROM zoom_pushed WHERE account_id = $1 AND group_key = $2 AND zoom_id = $3";
const DELETE: &str = "DELETE FROM zoom_pushed WHERE account_id = $1 AND group_key = $2 AND zoom_id = $3";
const DELETE_USER: &str = "DELETE FROM zoom_pushed WHERE account_id = $1 AND zoom_id = $2";

static INSERT: Many = Many::new(
    "INSERT INTO zoom_pushed (account_id, group_key, zoom_id)",
    3,
    " ON CONFLICT (account_id, group_key, zoom_id) DO NOTHING",
);

/// The Zoom users of a group.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    (account, group): (AccountId, &str),
    keys: &AccountKeys,
) -> Result<BTreeSet<String>, StorageError> {
    let list = query(LIST).bind(account.to_string()).bind(key(group, keys)?);
    tx.fetch_all(list).await?.iter().map(|row| row.text("zoom_id")).collect()
}

/// Whether a Zoom user is in a group.
///
/// # Errors
/// [`StorageError`].
pub async fn has(
    tx: &mut Tx,
    (account, group): (AccountId, &str),
    zoom_id: &str,
    keys: &AccountKeys,
) -> Result<bool, StorageError> {
    let find = query(HAS).bind(account.to_string()).bind(key(group, keys)?).bind(zoom_id);
    Ok(tx.fetch_optional(find).await?.is_some())
}

/// Adds Zoom users to a group.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(
    tx: &mut Tx,
    (account, group): (AccountId, &str),
    users: &[&str],
    keys: &AccountKeys,
) -> Result<(), StorageError> {
    let key = key(group, keys)?;
    let insert = INSERT
        .execute(tx, users, |user, query| query.bind(account.to_string()).bind(key.as_slice()).bind(*user));
    insert.await.map(drop)
}

/// Takes Zoom users out of a group.
///
/// # Errors
/// [`StorageError`].
pub async fn delete(
    tx: &mut Tx,
    (account, group): (AccountId, &str),
    users: &[&str],
    keys: &AccountKeys,
) -> Result<(), StorageError> {
    let key = key(group, keys)?;
    for user in users {
        tx.execute(query(DELETE).bind(account.to_string()).bind(key.as_slice()).bind(*user)).await?;
    }
    Ok(())
}

/// Takes a Zoom user out of all groups: there is no such user any more.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_user(tx: &mut Tx, account: AccountId, user: &str) -> Result<(), StorageError> {
    tx.execute(query(DELETE_USER).bind(account.to_string()).bind(user)).await.map(drop)
}

fn key(group: &str, keys: &AccountKeys) -> Result<Vec<u8>, StorageError> {
    Ok(keys.lookup("zoom_pushed.group", group.as_bytes())?)
}
