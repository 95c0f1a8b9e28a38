//! Accounts.

use super::row::{Columns, Row};
use super::sql::{Query, query};
use super::{StorageError, Tx, change};
use crate::base::Instant;
use crate::base::id::AccountId;
use crate::directory::account::{Locale, Policy, Slug};
use crate::directory::state::AccountState;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The platform's own id for it.
    pub external_id: Option<String>,
    /// Its name in addresses.
    pub slug: Slug,
    /// Its name for people.
    pub name: String,
    /// Its state.
    pub state: AccountState,
    /// The language of its pages.
    pub locale: Locale,
    /// What it decides about itself.
    pub policy: Policy,
    /// Whether addresses that are not verified are refused where a connection says nothing of them. Once that is so it
    /// stays: whoever takes the last proof away, or lets it end, lets nobody in by it.
    pub is_strict: bool,
    /// Counts every change that a sign-in depends on.
    pub version: i64,
}

const FIND: &str = "SELECT id, external_id, slug, name, state, locale, policy, strict_since, version FROM accounts WHERE id = $1";
const FIND_BY_SLUG: &str = "SELECT id, external_id, slug, name, state, locale, policy, strict_since, version FROM accounts WHERE slug = $1";
const LIST: &str = "SELECT id, external_id, slug, name, state, locale, policy, strict_since, version FROM accounts ORDER BY id";
/// Both sides are folded by the same `lower`: `SQLite`'s knows the letters of ASCII alone.
const SEARCH: &str = "SELECT id, external_id, slug, name, state, locale, policy, strict_since, version,
    (SELECT COUNT(*) FROM connections WHERE account_id = accounts.id AND state = 'active') AS in_use FROM accounts
    WHERE slug > $1 AND ($5 = '' OR id = $5)
    AND ($2 = '' OR external_id = $3 OR lower(slug) LIKE lower($2) ESCAPE '!' OR lower(name) LIKE lower($2) ESCAPE '!')
    ORDER BY slug LIMIT $4";
const FIND_REASON: &str = "SELECT state_reason, created_at FROM accounts WHERE id = $1";
const UPDATE_REASON: &str = "UPDATE accounts SET state_reason = $2 WHERE id = $1";
const LIST_UNUSUAL: &str = "SELECT id, policy FROM accounts WHERE policy <> '{}'";
const UPDATE_STATE: &str =
    "UPDATE accounts SET state = $2, version = version + 1, updated_at = $3 WHERE id = $1";
const INSERT: &str = "INSERT INTO accounts
    (id, external_id, slug, name, state, locale, time_zone, policy, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $8, 'UTC', $7, $6, $6)";
const UPDATE: &str =
    "UPDATE accounts SET external_id = $2, slug = $3, name = $4, state = $5, version = version + 1,
    updated_at = $6, policy = $7, locale = $8 WHERE id = $1 AND version = $9";
const UPDATE_STRICT: &str = "UPDATE accounts SET strict_since = $2 WHERE id = $1 AND strict_since IS NULL";
const UPDATE_VERSION: &str = "UPDATE accounts SET version = version + 1, updated_at = $2 WHERE id = $1";

/// The account of that id.
///
/// # Errors
/// [`StorageError`].
pub async fn find(tx: &mut Tx, id: AccountId) -> Result<Option<Account>, StorageError> {
    let row = tx.fetch_optional(query(FIND).bind(id.to_string())).await?;
    row.as_ref().map(read).transpose()
}

/// The account of that name.
///
/// # Errors
/// [`StorageError`].
pub async fn find_by_slug(tx: &mut Tx, slug: &Slug) -> Result<Option<Account>, StorageError> {
    let row = tx.fetch_optional(query(FIND_BY_SLUG).bind(slug.as_str())).await?;
    row.as_ref().map(read).transpose()
}

/// Gives an account its name, state and ids; `false` when somebody changed it since that version.
///
/// # Errors
/// [`StorageError::Exists`] for a taken slug or external id.
pub async fn update(tx: &mut Tx, account: &Account, now: Instant) -> Result<bool, StorageError> {
    Ok(tx.execute(bound(UPDATE, account, now).bind(account.version)).await? > 0)
}

/// Adds an account.
///
/// # Errors
/// [`StorageError::Exists`] for a taken slug or external id.
pub async fn insert(tx: &mut Tx, account: &Account, now: Instant) -> Result<(), StorageError> {
    tx.execute(bound(INSERT, account, now)).await.map(drop)
}

fn bound<'q>(sql: &'static str, account: &'q Account, now: Instant) -> Query<'q> {
    query(sql)
        .bind(account.id.to_string())
        .bind(account.external_id.as_deref())
        .bind(account.slug.as_str())
        .bind(account.name.as_str())
        .bind(account.state.name())
        .bind(now.micros())
        .bind(account.policy.store())
        .bind(account.locale.name())
}

/// From now on addresses that are not verified are refused, where a connection says nothing of them.
///
/// # Errors
/// [`StorageError`].
pub async fn update_strict(tx: &mut Tx, id: AccountId, now: Instant) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_STRICT).bind(id.to_string()).bind(now.micros())).await.map(drop)
}

/// Counts a change that sign-ins depend on, such as of its domains, and has every node notice it.
///
/// # Errors
/// [`StorageError`].
pub async fn update_version(tx: &mut Tx, id: AccountId, now: Instant) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_VERSION).bind(id.to_string()).bind(now.micros())).await?;
    change::insert(tx, "account", &id.to_string(), now).await
}

/// Every account, oldest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list(tx: &mut Tx) -> Result<Vec<Account>, StorageError> {
    tx.fetch_all(query(LIST)).await?.iter().map(read).collect()
}

/// Accounts whose names have `text` in them, or whose external id it is, after that slug, `limit` at most, by slug; every
/// account for the empty text. Where `one` is given, that one alone. Each with how many connections people sign in by.
///
/// # Errors
/// [`StorageError`].
pub async fn search(
    tx: &mut Tx,
    (text, one): (&str, Option<AccountId>),
    (after, limit): (Option<&Slug>, i64),
) -> Result<Vec<(Account, i64)>, StorageError> {
    let mut pattern = String::new();
    for character in text.chars() {
        if ['%', '_', '!'].contains(&character) {
            pattern.push('!');
        }
        pattern.push(character);
    }
    let pattern = if text.is_empty() { String::new() } else { format!("%{pattern}%") };
    let select = query(SEARCH)
        .bind(after.map_or("", Slug::as_str))
        .bind(pattern)
        .bind(text)
        .bind(limit)
        .bind(one.map(|id| id.to_string()).unwrap_or_default());
    let rows = tx.fetch_all(select).await?;
    rows.iter().map(|row| Ok((read(row)?, row.number("in_use")?))).collect()
}

/// Why an account is in its state, if somebody said so, and when it was made.
///
/// # Errors
/// [`StorageError`].
pub async fn find_reason(
    tx: &mut Tx,
    id: AccountId,
) -> Result<Option<(Option<String>, Instant)>, StorageError> {
    let row = tx.fetch_optional(query(FIND_REASON).bind(id.to_string())).await?;
    row.map(|row| Ok((row.text_if_any("state_reason")?, row.moment("created_at")?))).transpose()
}

/// Says why an account is in its state, or nothing.
///
/// # Errors
/// [`StorageError`].
pub async fn update_reason(tx: &mut Tx, id: AccountId, reason: Option<&str>) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_REASON).bind(id.to_string()).bind(reason)).await.map(drop)
}

/// What those accounts decide about themselves that are not as usual.
///
/// # Errors
/// [`StorageError`].
pub async fn list_unusual(tx: &mut Tx) -> Result<Vec<(AccountId, Policy)>, StorageError> {
    let rows = tx.fetch_all(query(LIST_UNUSUAL)).await?;
    rows.iter().map(|row| Ok((row.parsed("id")?, read_policy(row)?))).collect()
}

fn read_policy(row: &Row) -> Result<Policy, StorageError> {
    serde_json::from_str(&row.text("policy")?).map_err(|_| StorageError::Corrupt("policy"))
}

/// Puts an account into another state.
///
/// # Errors
/// [`StorageError`].
pub async fn update_state(
    tx: &mut Tx,
    id: AccountId,
    state: AccountState,
    now: Instant,
) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_STATE).bind(id.to_string()).bind(state.name()).bind(now.micros())).await?;
    Ok(())
}

fn read(row: &Row) -> Result<Account, StorageError> {
    Ok(Account {
        id: row.parsed("id")?,
        external_id: row.text_if_any("external_id")?,
        slug: row.parsed("slug")?,
        name: row.text("name")?,
        state: row.parsed("state")?,
        locale: row.parsed("locale")?,
        policy: read_policy(row)?,
        is_strict: row.moment_if_any("strict_since")?.is_some(),
        version: row.number("version")?,
    })
}
