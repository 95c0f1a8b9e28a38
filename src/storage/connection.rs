//! Connections and their revisions. Settings are JSON that flows read and write; nothing here looks into them.

use super::row::{Columns, Row};
use super::sql::{Sql, query};
use super::{StorageError, Tx};
use crate::base::Instant;
use crate::base::id::{AccountId, ConnectionId, ServiceProviderId};
use crate::directory::state::ConnectionState;

/// A connection with the settings of its present revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Whose it is.
    pub account_id: AccountId,
    /// Its id.
    pub id: ConnectionId,
    /// Who we are towards it.
    pub service_provider_id: ServiceProviderId,
    /// The identity provider's entity ID.
    pub idp_entity_id: String,
    /// Its name for people.
    pub name: String,
    /// Its state.
    pub state: ConnectionState,
    /// The number of its present revision, from 1.
    pub revision: i64,
    /// The settings of that revision, JSON.
    pub settings: String,
    /// Counts every change that a sign-in depends on: revisions, states, trusted keys, keys of our own.
    pub version: i64,
}

/// A revision of a connection: never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Its number, from 1.
    pub number: i64,
    /// Its settings, JSON.
    pub settings: String,
    /// What it holds beside its settings, JSON; none in those of old.
    pub facts: Option<String>,
    /// Who made it.
    pub actor: String,
    /// When.
    pub created_at: Instant,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT c.account_id, c.id, c.service_provider_id, c.idp_entity_id, c.name, c.state, c.revision, c.version,
        r.settings
    FROM connections c JOIN connection_revisions r ON r.connection_id = c.id AND r.revision = c.revision ",
            $rest
        )
    };
}

const ACCOUNT_OF: &str = "SELECT account_id FROM connections WHERE id = $1";
const FIND: &str = select!("WHERE c.account_id = $1 AND c.id = $2");
const LIST: &str = select!("WHERE c.account_id = $1 ORDER BY c.id");
const LIST_BEGUN_BY: &str = "SELECT c.id FROM connections c
    JOIN connection_revisions r ON r.connection_id = c.id AND r.revision = 1
    WHERE c.account_id = $1 AND r.actor = $2 ORDER BY c.id";
const COUNT: &str = "SELECT COUNT(*) AS in_all,
    CAST(COALESCE(SUM(CASE WHEN state = 'retired' THEN 0 ELSE 1 END), 0) AS BIGINT) AS in_use
    FROM connections WHERE account_id = $1";
const IS_ELSEWHERE: &str = "SELECT id FROM connections
    WHERE idp_entity_id = $2 AND account_id <> $1 AND state <> 'retired' LIMIT 1";
const INSERT: &str = "INSERT INTO connections
    (account_id, id, kind, service_provider_id, sp_entity, idp_entity_id, name, state, revision, created_at, updated_at)
    VALUES ($1, $2, 'saml', $3, (SELECT entity_id FROM service_providers WHERE account_id = $1 AND id = $3),
        $4, $5, $6, $7, $8, $8)";
const LIST_AT_PATH: &str = "SELECT c.id FROM connections c
    JOIN service_providers s ON s.account_id = c.account_id AND s.id = c.service_provider_id
    WHERE c.idp_entity_id = $2 AND c.state <> 'retired' AND s.acs_path = $1 ORDER BY c.id LIMIT 2";
const IS_AT_PATH: &str = "SELECT c.id FROM connections c
    JOIN service_providers s ON s.account_id = c.account_id AND s.id = c.service_provider_id
    WHERE c.id = $2 AND c.state <> 'retired' AND s.acs_path = $1";
const FIND_BETWEEN: &str = "SELECT account_id, id FROM connections
    WHERE sp_entity = $1 AND idp_entity_id = $2 AND state <> 'retired'";
const INSERT_REVISION: &str = "INSERT INTO connection_revisions
    (account_id, connection_id, revision, settings, facts, actor, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
const UPDATE: &str =
    "UPDATE connections SET idp_entity_id = $3, name = $4, revision = revision + 1, version = version + 1,
    updated_at = $6
    WHERE account_id = $1 AND id = $2 AND revision = $5 AND state = $7";
const LIST_REVISIONS: &str = "SELECT revision, settings, facts, actor, created_at FROM connection_revisions
    WHERE account_id = $1 AND connection_id = $2 ORDER BY revision";
const LIST_REVISERS: &str =
    "SELECT DISTINCT actor FROM connection_revisions WHERE account_id = $1 AND connection_id = $2";
const UPDATE_VERSIONS: &str = "UPDATE connections SET version = version + 1, updated_at = $3
    WHERE account_id = $1 AND service_provider_id = $2";
const LOCK_THOSE_OF: Sql = Sql::Each {
    sqlite: "SELECT id FROM connections WHERE account_id = $1 AND service_provider_id = $2 ORDER BY id",
    postgres: "SELECT id FROM connections WHERE account_id = $1 AND service_provider_id = $2 ORDER BY id
    FOR NO KEY UPDATE",
};
const UPDATE_STATE: &str = "UPDATE connections SET state = $3, updated_at = $4, version = version + 1
    WHERE account_id = $1 AND id = $2 AND revision = $5 AND state = $6";

/// Whose connection that is.
///
/// # Errors
/// [`StorageError`].
pub async fn account_of(tx: &mut Tx, id: ConnectionId) -> Result<Option<AccountId>, StorageError> {
    let row = tx.fetch_optional(query(ACCOUNT_OF).bind(id.to_string())).await?;
    row.map(|row| row.parsed("account_id")).transpose()
}

/// The connection of that id.
///
/// # Errors
/// [`StorageError`].
pub async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: ConnectionId,
) -> Result<Option<Connection>, StorageError> {
    let select = query(FIND).bind(account.to_string()).bind(id.to_string());
    tx.fetch_optional(select).await?.as_ref().map(read).transpose()
}

/// An account's connections, oldest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list(tx: &mut Tx, account: AccountId) -> Result<Vec<Connection>, StorageError> {
    let rows = tx.fetch_all(query(LIST).bind(account.to_string())).await?;
    rows.iter().map(read).collect()
}

/// The connections of an account whose first revision `actor` made, oldest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list_begun_by(
    tx: &mut Tx,
    account: AccountId,
    actor: &str,
) -> Result<Vec<ConnectionId>, StorageError> {
    let rows = tx.fetch_all(query(LIST_BEGUN_BY).bind(account.to_string()).bind(actor)).await?;
    rows.iter().map(|row| row.parsed("id")).collect()
}

/// How many connections of an account are not retired, and how many there are in all.
///
/// # Errors
/// [`StorageError`].
pub async fn count(tx: &mut Tx, account: AccountId) -> Result<(i64, i64), StorageError> {
    let row = tx.fetch_one(query(COUNT).bind(account.to_string())).await?;
    Ok((row.number("in_use")?, row.number("in_all")?))
}

/// Whether another account has a connection to that entity id; never which.
///
/// # Errors
/// [`StorageError`].
pub async fn is_elsewhere(
    tx: &mut Tx,
    account: AccountId,
    idp_entity_id: &str,
) -> Result<bool, StorageError> {
    let select = query(IS_ELSEWHERE).bind(account.to_string()).bind(idp_entity_id);
    Ok(tx.fetch_optional(select).await?.is_some())
}

/// Whose connection stands between that service provider and that identity provider, and which it is.
///
/// # Errors
/// [`StorageError`].
pub async fn account_of_pair(
    tx: &mut Tx,
    (sp_entity_id, idp_entity_id): (&str, &str),
) -> Result<Option<(AccountId, ConnectionId)>, StorageError> {
    let row = tx.fetch_optional(query(FIND_BETWEEN).bind(sp_entity_id).bind(idp_entity_id)).await?;
    row.map(|row| Ok((row.parsed("account_id")?, row.parsed("id")?))).transpose()
}

/// Whose responses from that identity provider arrive at that path: two at most, since one too many is enough.
///
/// # Errors
/// [`StorageError`].
pub async fn list_at_path_of_any(
    tx: &mut Tx,
    path: &str,
    idp_entity_id: &str,
) -> Result<Vec<ConnectionId>, StorageError> {
    let rows = tx.fetch_all(query(LIST_AT_PATH).bind(path).bind(idp_entity_id)).await?;
    rows.iter().map(|row| row.parsed("id")).collect()
}

/// Whether responses to that connection arrive at that path.
///
/// # Errors
/// [`StorageError`].
pub async fn is_at_path(tx: &mut Tx, path: &str, id: ConnectionId) -> Result<bool, StorageError> {
    Ok(tx.fetch_optional(query(IS_AT_PATH).bind(path).bind(id.to_string())).await?.is_some())
}

/// Adds a connection with its first revision, made by `actor`; `facts` is what the revision holds beside its settings.
///
/// # Errors
/// [`StorageError::Exists`] when a service provider of that name has a connection to that entity id.
pub async fn insert(
    tx: &mut Tx,
    connection: &Connection,
    (facts, actor): (&str, &str),
    now: Instant,
) -> Result<(), StorageError> {
    let (account, id) = (connection.account_id.to_string(), connection.id.to_string());
    let insert = query(INSERT)
        .bind(account.as_str())
        .bind(id.as_str())
        .bind(connection.service_provider_id.to_string())
        .bind(connection.idp_entity_id.as_str())
        .bind(connection.name.as_str())
        .bind(connection.state.name())
        .bind(connection.revision)
        .bind(now.micros());
    tx.execute(insert).await?;
    insert_revision(tx, connection, (facts, actor), now).await
}

/// Gives a connection a new revision: `connection` as it is to be, with the number that its revision has now; whether
/// it still had that one.
///
/// # Errors
/// [`StorageError::Exists`] when a service provider of that name has another connection to that entity id.
pub async fn update(
    tx: &mut Tx,
    connection: &Connection,
    (facts, actor): (&str, &str),
    now: Instant,
) -> Result<bool, StorageError> {
    let update = query(UPDATE)
        .bind(connection.account_id.to_string())
        .bind(connection.id.to_string())
        .bind(connection.idp_entity_id.as_str())
        .bind(connection.name.as_str())
        .bind(connection.revision)
        .bind(now.micros())
        .bind(connection.state.name());
    if tx.execute(update).await? != 1 {
        return Ok(false);
    }
    let next = Connection { revision: connection.revision + 1, ..connection.clone() };
    insert_revision(tx, &next, (facts, actor), now).await?;
    Ok(true)
}

async fn insert_revision(
    tx: &mut Tx,
    connection: &Connection,
    (facts, actor): (&str, &str),
    now: Instant,
) -> Result<(), StorageError> {
    let insert = query(INSERT_REVISION)
        .bind(connection.account_id.to_string())
        .bind(connection.id.to_string())
        .bind(connection.revision)
        .bind(connection.settings.as_str())
        .bind(facts)
        .bind(actor)
        .bind(now.micros());
    tx.execute(insert).await.map(drop)
}

/// A connection's revisions, oldest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list_revisions(
    tx: &mut Tx,
    account: AccountId,
    id: ConnectionId,
) -> Result<Vec<Revision>, StorageError> {
    let rows = tx.fetch_all(query(LIST_REVISIONS).bind(account.to_string()).bind(id.to_string())).await?;
    let read = |row: &Row| {
        Ok(Revision {
            number: row.number("revision")?,
            settings: row.text("settings")?,
            facts: row.text_if_any("facts")?,
            actor: row.text("actor")?,
            created_at: row.moment("created_at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Who has made revisions of a connection.
///
/// # Errors
/// [`StorageError`].
pub async fn list_revisers(
    tx: &mut Tx,
    account: AccountId,
    id: ConnectionId,
) -> Result<Vec<String>, StorageError> {
    let rows = tx.fetch_all(query(LIST_REVISERS).bind(account.to_string()).bind(id.to_string())).await?;
    rows.iter().map(|row| row.text("actor")).collect()
}

/// Gives a connection another state; `false` when it is not at that revision, or not in the state of before, any more.
///
/// # Errors
/// [`StorageError`].
pub async fn update_state(
    tx: &mut Tx,
    (account, id): (AccountId, ConnectionId),
    (revision, before, after): (i64, ConnectionState, ConnectionState),
    now: Instant,
) -> Result<bool, StorageError> {
    let update = query(UPDATE_STATE).bind(account.to_string()).bind(id.to_string()).bind(after.name());
    let update = update.bind(now.micros()).bind(revision).bind(before.name());
    Ok(tx.execute(update).await? > 0)
}

/// Counts a change of what every connection of a service provider is judged with: our keys.
///
/// # Errors
/// [`StorageError`].
pub async fn update_versions(
    tx: &mut Tx,
    account: AccountId,
    service_provider: ServiceProviderId,
    now: Instant,
) -> Result<(), StorageError> {
    let update = query(UPDATE_VERSIONS).bind(account.to_string()).bind(service_provider.to_string());
    tx.execute(update.bind(now.micros())).await?;
    Ok(())
}

/// Keeps others from changing the connections of a service provider, and sign-ins from being written by them, until the
/// transaction ends. On `SQLite`, whoever writes is alone anyway.
///
/// # Errors
/// [`StorageError`].
pub async fn lock_those_of(
    tx: &mut Tx,
    account: AccountId,
    service_provider: ServiceProviderId,
) -> Result<(), StorageError> {
    let lock = query(LOCK_THOSE_OF).bind(account.to_string()).bind(service_provider.to_string());
    tx.fetch_all(lock).await.map(drop)
}

fn read(row: &Row) -> Result<Connection, StorageError> {
    Ok(Connection {
        account_id: row.parsed("account_id")?,
        id: row.parsed("id")?,
        service_provider_id: row.parsed("service_provider_id")?,
        idp_entity_id: row.text("idp_entity_id")?,
        name: row.text("name")?,
        state: row.parsed("state")?,
        revision: row.number("revision")?,
        settings: row.text("settings")?,
        version: row.number("version")?,
    })
}
