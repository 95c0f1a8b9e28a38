//! Email domains of accounts.

use super::row::{Columns, Row};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::Instant;
use crate::base::id::{AccountId, ConnectionId, DomainId};
use crate::directory::domain::DomainName;
use crate::directory::state::{DomainSight, DomainState};

/// A domain that an account has claimed or proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// Its id.
    pub id: DomainId,
    /// Its name.
    pub name: DomainName,
    /// Whether it is proved.
    pub state: DomainState,
    /// By which connection its people sign in, where the account has several.
    pub connection_id: Option<ConnectionId>,
    /// What is to stand in DNS.
    pub challenge: String,
    /// Who or what proved it.
    pub proved_by: Option<String>,
    /// Why, when a person did.
    pub reason: Option<String>,
    /// Who claimed it, where that is known.
    pub created_by: Option<String>,
    /// When it was claimed.
    pub created_at: Instant,
    /// When it was proved.
    pub proved_at: Option<Instant>,
    /// When DNS was asked at last, and what was seen there.
    pub checked: Option<(Instant, DomainSight)>,
    /// When it is asked again, where DNS proved it.
    pub next_check_at: Option<Instant>,
    /// Since when the proof is not there any more.
    pub missing_since: Option<Instant>,
}

/// Where people with an address of a proved domain sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Home {
    /// The account.
    pub account_id: AccountId,
    /// The connection, where one is set.
    pub connection_id: Option<ConnectionId>,
}

macro_rules! columns {
    () => {
        "id, name, state, connection_id, challenge, proved_by, reason, created_by, created_at, proved_at, checked_at,
        check_result, next_check_at, missing_since"
    };
}

const FIND: &str = concat!("SELECT ", columns!(), " FROM domains WHERE account_id = $1 AND name = $2");
const LIST: &str = concat!("SELECT ", columns!(), " FROM domains WHERE account_id = $1 ORDER BY name");
const LIST_MISSING: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM domains WHERE account_id = $1 AND state = 'proved' AND missing_since IS NOT NULL ORDER BY name"
);
const LIST_DUE: &str = "SELECT account_id, name, next_check_at FROM domains
    WHERE next_check_at <= $1 ORDER BY next_check_at LIMIT $2";
const LIST_PROVED: &str = "SELECT name FROM domains WHERE account_id = $1 AND state = 'proved' ORDER BY name";
const HOME_OF: &str = "SELECT account_id, connection_id FROM domains WHERE name = $1 AND state = 'proved'";
const INSERT: &str =
    "INSERT INTO domains (account_id, id, name, state, connection_id, challenge, created_by, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const UPDATE_PROVED: &str =
    "UPDATE domains SET state = 'proved', proved_by = $3, reason = $4, proved_at = $5,
    next_check_at = $6, missing_since = NULL WHERE account_id = $1 AND id = $2";
const UPDATE_CHECKED: &str = "UPDATE domains SET checked_at = $3, check_result = $4, next_check_at = $5,
    missing_since = $6 WHERE account_id = $1 AND id = $2";
const UPDATE_LOST: &str =
    "UPDATE domains SET state = 'pending', proved_by = NULL, reason = NULL, proved_at = NULL,
    next_check_at = NULL, missing_since = NULL WHERE account_id = $1 AND id = $2";
const UPDATE_TURN: &str = "UPDATE domains SET next_check_at = $3 WHERE account_id = $1 AND name = $2";
const UPDATE_CONNECTION: &str = "UPDATE domains SET connection_id = $3 WHERE account_id = $1 AND id = $2";
const DELETE: &str = "DELETE FROM domains WHERE account_id = $1 AND id = $2";
const DELETE_ALL: &str = "DELETE FROM domains WHERE account_id = $1";

/// The account's domain of that name.
///
/// # Errors
/// [`StorageError`].
pub async fn find(
    tx: &mut Tx,
    account: AccountId,
    name: &DomainName,
) -> Result<Option<Domain>, StorageError> {
    let select = query(FIND).bind(account.to_string()).bind(name.as_str());
    tx.fetch_optional(select).await?.as_ref().map(read).transpose()
}

/// Every domain of an account, by name.
///
/// # Errors
/// [`StorageError`].
pub async fn list(tx: &mut Tx, account: AccountId) -> Result<Vec<Domain>, StorageError> {
    tx.fetch_all(query(LIST).bind(account.to_string())).await?.iter().map(read).collect()
}

/// The names of an account's proved domains.
///
/// # Errors
/// [`StorageError`].
pub async fn list_proved(tx: &mut Tx, account: AccountId) -> Result<Vec<DomainName>, StorageError> {
    let rows = tx.fetch_all(query(LIST_PROVED).bind(account.to_string())).await?;
    rows.iter().map(|row| row.parsed("name")).collect()
}

/// Whose a proved domain is.
///
/// # Errors
/// [`StorageError`].
pub async fn home_of(tx: &mut Tx, name: &DomainName) -> Result<Option<Home>, StorageError> {
    let row = tx.fetch_optional(query(HOME_OF).bind(name.as_str())).await?;
    let read = |row: Row| {
        Ok(Home { account_id: row.parsed("account_id")?, connection_id: row.parsed_if_any("connection_id")? })
    };
    row.map(read).transpose()
}

/// Adds a claim.
///
/// # Errors
/// [`StorageError::Exists`] when the account has made it already.
pub async fn insert(tx: &mut Tx, account: AccountId, domain: &Domain) -> Result<(), StorageError> {
    let insert = query(INSERT)
        .bind(account.to_string())
        .bind(domain.id.to_string())
        .bind(domain.name.as_str())
        .bind(domain.state.name())
        .bind(domain.connection_id.map(|id| id.to_string()))
        .bind(domain.challenge.as_str())
        .bind(domain.created_by.as_deref())
        .bind(domain.created_at.micros());
    tx.execute(insert).await?;
    Ok(())
}

/// How a claim was proved.
#[derive(Debug, Clone, Copy)]
pub struct Proved<'a> {
    /// By whom or what.
    pub by: &'a str,
    /// Why, where it was somebody's word.
    pub reason: Option<&'a str>,
    /// When DNS is asked again, where it was not.
    pub next_check_at: Option<Instant>,
}

/// Remembers that a claim was proved.
///
/// # Errors
/// [`StorageError::Exists`] when it is another account's.
pub async fn update_proved(
    tx: &mut Tx,
    account: AccountId,
    id: DomainId,
    (proved, now): (Proved<'_>, Instant),
) -> Result<(), StorageError> {
    let update = query(UPDATE_PROVED).bind(account.to_string()).bind(id.to_string()).bind(proved.by);
    let next = proved.next_check_at.map(Instant::micros);
    tx.execute(update.bind(proved.reason).bind(now.micros()).bind(next)).await?;
    Ok(())
}

/// Remembers what was seen in DNS, when it is asked again, and since when the proof is not there.
///
/// # Errors
/// [`StorageError`].
pub async fn update_checked(
    tx: &mut Tx,
    account: AccountId,
    id: DomainId,
    (now, sight): (Instant, DomainSight),
    (next_check_at, missing_since): (Option<Instant>, Option<Instant>),
) -> Result<(), StorageError> {
    let update = query(UPDATE_CHECKED).bind(account.to_string()).bind(id.to_string());
    let update = update.bind(now.micros()).bind(sight.name()).bind(next_check_at.map(Instant::micros));
    tx.execute(update.bind(missing_since.map(Instant::micros))).await.map(drop)
}

/// A proof does not count any more: what is left is the claim.
///
/// # Errors
/// [`StorageError`].
pub async fn update_lost(tx: &mut Tx, account: AccountId, id: DomainId) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_LOST).bind(account.to_string()).bind(id.to_string())).await.map(drop)
}

/// Puts the next look at a domain off.
///
/// # Errors
/// [`StorageError`].
pub async fn update_turn(
    tx: &mut Tx,
    account: AccountId,
    name: &DomainName,
    next_check_at: Instant,
) -> Result<(), StorageError> {
    let update = query(UPDATE_TURN).bind(account.to_string()).bind(name.as_str());
    tx.execute(update.bind(next_check_at.micros())).await.map(drop)
}

/// Domains whose turn to be looked at has come, `limit` at most.
///
/// # Errors
/// [`StorageError`].
pub async fn list_due(
    tx: &mut Tx,
    now: Instant,
    limit: i64,
) -> Result<Vec<(AccountId, DomainName, Instant)>, StorageError> {
    let rows = tx.fetch_all(query(LIST_DUE).bind(now.micros()).bind(limit)).await?;
    let read = |row: &Row| Ok((row.parsed("account_id")?, row.parsed("name")?, row.moment("next_check_at")?));
    rows.iter().map(read).collect()
}

/// An account's proved domains whose proof is not there any more.
///
/// # Errors
/// [`StorageError`].
pub async fn list_missing(tx: &mut Tx, account: AccountId) -> Result<Vec<Domain>, StorageError> {
    tx.fetch_all(query(LIST_MISSING).bind(account.to_string())).await?.iter().map(read).collect()
}

/// Sets by which connection its people sign in.
///
/// # Errors
/// [`StorageError`].
pub async fn update_connection(
    tx: &mut Tx,
    account: AccountId,
    id: DomainId,
    connection: Option<ConnectionId>,
) -> Result<(), StorageError> {
    let update = query(UPDATE_CONNECTION).bind(account.to_string()).bind(id.to_string());
    tx.execute(update.bind(connection.map(|id| id.to_string()))).await?;
    Ok(())
}

/// Gives a domain up.
///
/// # Errors
/// [`StorageError`].
pub async fn delete(tx: &mut Tx, account: AccountId, id: DomainId) -> Result<(), StorageError> {
    tx.execute(query(DELETE).bind(account.to_string()).bind(id.to_string())).await?;
    Ok(())
}

/// Gives up every domain of an account, so that another one can have them.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_all(tx: &mut Tx, account: AccountId) -> Result<(), StorageError> {
    tx.execute(query(DELETE_ALL).bind(account.to_string())).await?;
    Ok(())
}

fn read(row: &Row) -> Result<Domain, StorageError> {
    Ok(Domain {
        id: row.parsed("id")?,
        name: row.parsed("name")?,
        state: row.parsed("state")?,
        connection_id: row.parsed_if_any("connection_id")?,
        challenge: row.text("challenge")?,
        proved_by: row.text_if_any("proved_by")?,
        reason: row.text_if_any("reason")?,
        created_by: row.text_if_any("created_by")?,
        created_at: row.moment("created_at")?,
        proved_at: row.moment_if_any("proved_at")?,
        checked: row.moment_if_any("checked_at")?.zip(row.parsed_if_any("check_result")?),
        next_check_at: row.moment_if_any("next_check_at")?,
        missing_since: row.moment_if_any("missing_since")?,
    })
}
