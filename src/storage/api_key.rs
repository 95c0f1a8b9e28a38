//! Keys of the REST API. Only the hash of their secret is here.

use super::row::{Columns, Row};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::Instant;
use crate::base::caller::Scopes;
use crate::base::id::{AccountId, ApiKeyId};
use crate::base::secret::TokenHash;

/// A key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Whose; none for the installation's.
    pub account_id: Option<AccountId>,
    /// Its id.
    pub id: ApiKeyId,
    /// What it is called.
    pub name: String,
    /// What it is good for.
    pub scopes: Scopes,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
    /// When it was used last, to within some minutes.
    pub last_used_at: Option<Instant>,
    /// When it was taken back.
    pub revoked_at: Option<Instant>,
}

/// A key as something that somebody made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its id.
    pub id: ApiKeyId,
    /// Whose; none for the installation's.
    pub account_id: Option<AccountId>,
    /// Who made it.
    pub created_by: String,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT k.account_id, k.id, k.name, k.scopes, k.created_by, k.created_at, k.expires_at, k.last_used_at,
    k.revoked_at FROM api_keys k ",
            $rest
        )
    };
}

const FIND_BY_SECRET: &str = select!(
    "LEFT JOIN accounts a ON a.id = k.account_id
    WHERE k.secret_hash = $1 AND (k.account_id IS NULL OR a.state = 'active')"
);
const FIND: &str = select!("WHERE k.id = $1");
const LIST_MADE_BY: &str = "WITH RECURSIVE made (id) AS (SELECT CAST($1 AS TEXT)
        UNION SELECT k.id FROM api_keys k JOIN made ON k.created_by = 'api_key:' || made.id)
    SELECT k.account_id, k.id FROM api_keys k JOIN made ON made.id = k.id
    WHERE k.id <> $1 AND k.revoked_at IS NULL ORDER BY k.id";
const LINE_OF: &str = "WITH RECURSIVE made (id, account_id, created_by, depth) AS (
        SELECT id, account_id, created_by, 0 FROM api_keys WHERE id = $1
        UNION ALL SELECT k.id, k.account_id, k.created_by, made.depth + 1 FROM made
        JOIN api_keys k ON k.id = SUBSTR(made.created_by, 9) WHERE made.created_by LIKE 'api_key:%')
    SELECT id, account_id, created_by FROM made ORDER BY depth";
const COUNT_OPEN: &str = "SELECT COUNT(*) AS number FROM api_keys
    WHERE account_id = $2 AND revoked_at IS NULL AND expires_at > $1";
const COUNT_OPEN_OF_INSTALLATION: &str = "SELECT COUNT(*) AS number FROM api_keys
    WHERE account_id IS NULL AND revoked_at IS NULL AND expires_at > $1";
const LIST: &str = select!("WHERE k.account_id = $1 AND k.id < $2 ORDER BY k.id DESC LIMIT $3");
const LIST_OF_INSTALLATION: &str =
    select!("WHERE k.account_id IS NULL AND k.id < $1 ORDER BY k.id DESC LIMIT $2");
const LIST_OF_OPERATORS: &str = select!(
    "WHERE k.created_by LIKE 'operator:%' AND k.revoked_at IS NULL AND k.expires_at > $1 ORDER BY k.id"
);
const NAME_OF: &str = "SELECT account_id, name FROM api_keys WHERE id = $1";
const ACCOUNT_OF: &str = "SELECT account_id FROM api_keys WHERE id = $1";
const INSERT: &str =
    "INSERT INTO api_keys (account_id, id, secret_hash, name, scopes, created_by, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const UPDATE_USED: &str = "UPDATE api_keys SET last_used_at = $2 WHERE id = $1";
const UPDATE_REVOKED: &str = "UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
const REVOKE_EVERY: &str = "UPDATE api_keys SET revoked_at = $1 WHERE revoked_at IS NULL AND expires_at > $1";

/// The key with that secret, one that has ended too.
///
/// # Errors
/// [`StorageError`].
pub async fn find_by_secret(tx: &mut Tx, secret: TokenHash) -> Result<Option<ApiKey>, StorageError> {
    tx.fetch_optional(query(FIND_BY_SECRET).bind(&secret.0)).await?.as_ref().map(read).transpose()
}

/// The key of that id, one that has ended too.
///
/// # Errors
/// [`StorageError`].
pub async fn find(tx: &mut Tx, id: ApiKeyId) -> Result<Option<ApiKey>, StorageError> {
    tx.fetch_optional(query(FIND).bind(id.to_string())).await?.as_ref().map(read).transpose()
}

/// The keys that a key made, and those that they made, as far as they were not taken back; and whose they are.
///
/// # Errors
/// [`StorageError`].
pub async fn list_made_by(
    tx: &mut Tx,
    id: ApiKeyId,
) -> Result<Vec<(Option<AccountId>, ApiKeyId)>, StorageError> {
    let rows = tx.fetch_all(query(LIST_MADE_BY).bind(id.to_string())).await?;
    rows.iter().map(|row| Ok((row.parsed_if_any("account_id")?, row.parsed("id")?))).collect()
}

/// A key, then the one that made it, then the one that made that, to the first: one that no key made.
///
/// # Errors
/// [`StorageError`].
pub async fn line_of(tx: &mut Tx, id: ApiKeyId) -> Result<Vec<Made>, StorageError> {
    let rows = tx.fetch_all(query(LINE_OF).bind(id.to_string())).await?;
    let read = |row: &Row| {
        Ok(Made {
            id: row.parsed("id")?,
            account_id: row.parsed_if_any("account_id")?,
            created_by: row.text("created_by")?,
        })
    };
    rows.iter().map(read).collect()
}

/// How many keys of an account, or of the installation, are good.
///
/// # Errors
/// [`StorageError`].
pub async fn count_open(tx: &mut Tx, account: Option<AccountId>, now: Instant) -> Result<i64, StorageError> {
    let count = match account {
        Some(account) => query(COUNT_OPEN).bind(now.micros()).bind(account.to_string()),
        None => query(COUNT_OPEN_OF_INSTALLATION).bind(now.micros()),
    };
    tx.fetch_one(count).await?.number("number")
}

/// The keys of an account, or of the installation, those older than `before`, newest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    account: Option<AccountId>,
    (before, limit): (Option<ApiKeyId>, i64),
) -> Result<Vec<ApiKey>, StorageError> {
    let before = ApiKeyId::or_last(before);
    let list = match account {
        Some(account) => query(LIST).bind(account.to_string()),
        None => query(LIST_OF_INSTALLATION),
    };
    tx.fetch_all(list.bind(before).bind(limit)).await?.iter().map(read).collect()
}

/// The keys that operators made, of all accounts, as far as they are good.
///
/// # Errors
/// [`StorageError`].
pub async fn list_of_operators(tx: &mut Tx, now: Instant) -> Result<Vec<ApiKey>, StorageError> {
    tx.fetch_all(query(LIST_OF_OPERATORS).bind(now.micros())).await?.iter().map(read).collect()
}

/// What a key of an account is called, or one of the installation.
///
/// # Errors
/// [`StorageError`].
pub async fn name_of(tx: &mut Tx, id: ApiKeyId) -> Result<Option<(Option<AccountId>, String)>, StorageError> {
    let row = tx.fetch_optional(query(NAME_OF).bind(id.to_string())).await?;
    row.map(|row| Ok((row.parsed_if_any("account_id")?, row.text("name")?))).transpose()
}

/// Whose the key is.
///
/// # Errors
/// [`StorageError`].
pub async fn account_of(tx: &mut Tx, id: ApiKeyId) -> Result<Option<Option<AccountId>>, StorageError> {
    let row = tx.fetch_optional(query(ACCOUNT_OF).bind(id.to_string())).await?;
    row.map(|row| row.parsed_if_any("account_id")).transpose()
}

/// Adds a key.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(tx: &mut Tx, new: &ApiKey, secret: TokenHash) -> Result<(), StorageError> {
    let insert = query(INSERT)
        .bind(new.account_id.map(|id| id.to_string()))
        .bind(new.id.to_string())
        .bind(secret.0.as_slice())
        .bind(new.name.as_str())
        .bind(new.scopes.to_string())
        .bind(new.created_by.as_str())
        .bind(new.created_at.micros())
        .bind(new.expires_at.micros());
    tx.execute(insert).await.map(drop)
}

/// Remembers that a key was used.
///
/// # Errors
/// [`StorageError`].
pub async fn update_used(tx: &mut Tx, id: ApiKeyId, now: Instant) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_USED).bind(id.to_string()).bind(now.micros())).await.map(drop)
}

/// Takes a key back; `false` when it was already.
///
/// # Errors
/// [`StorageError`].
pub async fn update_revoked(tx: &mut Tx, id: ApiKeyId, now: Instant) -> Result<bool, StorageError> {
    Ok(tx.execute(query(UPDATE_REVOKED).bind(id.to_string()).bind(now.micros())).await? == 1)
}

/// Takes every key back; how many there were.
///
/// # Errors
/// [`StorageError`].
pub(super) async fn revoke_every(tx: &mut Tx, now: Instant) -> Result<u64, StorageError> {
    tx.execute(query(REVOKE_EVERY).bind(now.micros())).await
}

fn read(row: &Row) -> Result<ApiKey, StorageError> {
    Ok(ApiKey {
        account_id: row.parsed_if_any("account_id")?,
        id: row.parsed("id")?,
        name: row.text("name")?,
        scopes: row.parsed("scopes")?,
        created_by: row.text("created_by")?,
        created_at: row.moment("created_at")?,
        expires_at: row.moment("expires_at")?,
        last_used_at: row.moment_if_any("last_used_at")?,
        revoked_at: row.moment_if_any("revoked_at")?,
    })
}
