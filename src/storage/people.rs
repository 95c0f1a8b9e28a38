//! The users of an account as administrators see them: page by page, with what leads to them; and how they are erased.
//!
//! What a sign-in needs of a user is [`super::user`].

use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::query;
use super::user::{User, sealed_user};
use super::{StorageError, Tx};
use crate::base::Instant;
use crate::base::id::{AccountId, AttemptId, ConnectionId, UserId};
use crate::directory::email::lookup_form;
use crate::directory::state::UserState;

/// A user with when they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// They.
    pub user: User,
    /// Since when they are known.
    pub created_at: Instant,
    /// When they changed last.
    pub updated_at: Instant,
}

/// Something that leads to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// By which connection.
    pub connection_id: ConnectionId,
    /// The subject source.
    pub source: String,
    /// What the identity provider calls them.
    pub value: String,
    /// Since when.
    pub created_at: Instant,
}

const LIST: &str =
    "SELECT id, external_id, state, role, profile_sealed, version, created_at, updated_at FROM users
    WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3";
const LIST_IN_STATE: &str =
    "SELECT id, external_id, state, role, profile_sealed, version, created_at, updated_at FROM users
    WHERE account_id = $1 AND id > $2 AND state = $4 ORDER BY id LIMIT $3";
const LIST_BY_EMAIL: &str =
    "SELECT id, external_id, state, role, profile_sealed, version, created_at, updated_at FROM users
    WHERE account_id = $1 AND email_key = $4 AND id > $2 ORDER BY id LIMIT $3";
const FIND: &str =
    "SELECT id, external_id, state, role, profile_sealed, version, created_at, updated_at FROM users
    WHERE account_id = $1 AND id = $2";
const LIST_OWNERS: &str =
    "SELECT id, external_id, state, role, profile_sealed, version, created_at, updated_at FROM users
    WHERE account_id = $1 AND role = 'owner' AND state = 'active' ORDER BY id";
const LIST_IDENTITIES: &str = "SELECT id, connection_id, source, value_sealed, created_at FROM identities
    WHERE account_id = $1 AND user_id = $2 ORDER BY id";
const LAST_SIGN_IN: &str =
    "SELECT MAX(created_at) AS at FROM sessions WHERE account_id = $1 AND user_id = $2";
const LIST_ATTEMPTS: &str = "SELECT id, user_id FROM attempts
    WHERE account_id = $1 AND connection_id = $2 AND id > $3 ORDER BY id LIMIT $4";
const DELETE_SESSIONS: &str = "DELETE FROM sessions WHERE account_id = $1 AND user_id = $2";
const DELETE_IDENTITIES: &str = "DELETE FROM identities WHERE account_id = $1 AND user_id = $2";
const DELETE_CONSOLE_SESSIONS: &str = "DELETE FROM console_sessions WHERE account_id = $1 AND user_id = $2";
const DELETE_PASSKEYS: &str = "DELETE FROM passkeys WHERE account_id = $1 AND user_id = $2";
const DELETE_LINKS: &str = "DELETE FROM links WHERE account_id = $1 AND user_id = $2";
const DELETE: &str = "DELETE FROM users WHERE account_id = $1 AND id = $2";

/// Which users.
#[derive(Debug, Clone, Default)]
pub struct Filter<'a> {
    /// Those in this state.
    pub state: Option<UserState>,
    /// Those with this address; the state does not count then.
    pub email: Option<&'a str>,
}

/// At most `limit` users after `after`, oldest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    account: AccountId,
    filter: &Filter<'_>,
    (after, limit): (Option<UserId>, i64),
    keys: &AccountKeys,
) -> Result<Vec<Listed>, StorageError> {
    let page = |sql: &'static str| {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        query(sql).bind(account.to_string()).bind(after).bind(limit)
    };
    let select = match (filter.email, filter.state) {
        (Some(email), _) => {
            let key = keys.lookup("users.email", lookup_form(email).as_bytes())?;
            page(LIST_BY_EMAIL).bind(key)
        }
        (None, Some(state)) => page(LIST_IN_STATE).bind(state.name()),
        (None, None) => page(LIST),
    };
    tx.fetch_all(select).await?.iter().map(|row| read(row, keys)).collect()
}

/// The user of that id.
///
/// # Errors
/// [`StorageError`].
pub async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: UserId,
    keys: &AccountKeys,
) -> Result<Option<Listed>, StorageError> {
    let row = tx.fetch_optional(query(FIND).bind(account.to_string()).bind(id.to_string())).await?;
    row.map(|row| read(&row, keys)).transpose()
}

/// What leads to a user, oldest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list_identities(
    tx: &mut Tx,
    account: AccountId,
    id: UserId,
    keys: &AccountKeys,
) -> Result<Vec<Identity>, StorageError> {
    let rows = tx.fetch_all(query(LIST_IDENTITIES).bind(account.to_string()).bind(id.to_string())).await?;
    let read = |row: &Row| {
        let id = row.text("id")?;
        let place = Place { table: "identities", column: "value_sealed", row: &id };
        let value = keys.open(place, &row.bytes("value_sealed")?)?;
        Ok(Identity {
            connection_id: row.parsed("connection_id")?,
            source: row.text("source")?,
            value: String::from_utf8_lossy(&value).into_owned(),
            created_at: row.moment("created_at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// When a user signed in last, as far as sessions are kept.
///
/// # Errors
/// [`StorageError`].
pub async fn last_sign_in(
    tx: &mut Tx,
    account: AccountId,
    id: UserId,
) -> Result<Option<Instant>, StorageError> {
    tx.fetch_one(query(LAST_SIGN_IN).bind(account.to_string()).bind(id.to_string()))
        .await?
        .moment_if_any("at")
}

/// Of the `limit` attempts by a connection after `after`, those by which a user signed in, and the last of all of them,
/// if there are any. No index leads from people to attempts: every sign-in would pay for it.
///
/// # Errors
/// [`StorageError`].
pub async fn list_attempts(
    tx: &mut Tx,
    (account, connection): (AccountId, ConnectionId),
    id: UserId,
    (after, limit): (Option<AttemptId>, i64),
) -> Result<(Vec<AttemptId>, Option<AttemptId>), StorageError> {
    let select = query(LIST_ATTEMPTS)
        .bind(account.to_string())
        .bind(connection.to_string())
        .bind(after.map(|id| id.to_string()).unwrap_or_default())
        .bind(limit);
    let (mut theirs, mut last) = (Vec::new(), None);
    for row in tx.fetch_all(select).await? {
        let attempt = row.parsed("id")?;
        if row.parsed_if_any("user_id")? == Some(id) {
            theirs.push(attempt);
        }
        last = Some(attempt);
    }
    Ok((theirs, last))
}

/// The owners of an account who may sign in.
///
/// # Errors
/// [`StorageError`].
pub async fn list_owners(
    tx: &mut Tx,
    account: AccountId,
    keys: &AccountKeys,
) -> Result<Vec<Listed>, StorageError> {
    tx.fetch_all(query(LIST_OWNERS).bind(account.to_string()))
        .await?
        .iter()
        .map(|row| read(row, keys))
        .collect()
}

/// Deletes a user with their sessions and what leads to them. Their attempts stay, with the id of nobody.
///
/// # Errors
/// [`StorageError`].
pub async fn delete(tx: &mut Tx, account: AccountId, id: UserId) -> Result<(), StorageError> {
    for sql in
        [DELETE_SESSIONS, DELETE_CONSOLE_SESSIONS, DELETE_PASSKEYS, DELETE_LINKS, DELETE_IDENTITIES, DELETE]
    {
        tx.execute(query(sql).bind(account.to_string()).bind(id.to_string())).await?;
    }
    Ok(())
}

fn read(row: &Row, keys: &AccountKeys) -> Result<Listed, StorageError> {
    Ok(Listed {
        user: sealed_user(row)?.open(keys)?,
        created_at: row.moment("created_at")?,
        updated_at: row.moment("updated_at")?,
    })
}
