//! Connections and their revisions. Settings are JSON that flows read and write; nothing here looks into them.

use super::row::{Columns, Row};
use super::sql::query;
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
const INSERT: &str = "INSERT INTO connections
    (account_id, id, kind, service_provider_id, idp_entity_id, name, state, revision, created_at, updated_at)
    VALUES ($1, $2, 'saml', $3, $4, $5, $6, $7, $8, $8)";
const INSERT_REVISION: &str = "INSERT INTO connection_revisions
    (account_id, connection_id, revision, settings, actor, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
const UPDATE_STATE: &str = "UPDATE connections SET state = $3, updated_at = $4, version = version + 1
    WHERE account_id = $1 AND id = $2";

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

/// Adds a connection with its first revision, made by `actor`.
///
/// # Errors
/// [`StorageError::Exists`] when the service provider has a connection to that entity id.
pub async fn insert(
    tx: &mut Tx,
    connection: &Connection,
    actor: &str,
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
    let insert = query(INSERT_REVISION)
        .bind(account)
        .bind(id)
        .bind(connection.revision)
        .bind(connection.settings.as_str())
        .bind(actor)
        .bind(now.micros());
    tx.execute(insert).await?;
    Ok(())
}

/// Puts a connection into another state.
///
/// # Errors
/// [`StorageError`].
pub async fn update_state(
    tx: &mut Tx,
    account: AccountId,
    id: ConnectionId,
    state: ConnectionState,
    now: Instant,
) -> Result<(), StorageError> {
    let update = query(UPDATE_STATE).bind(account.to_string()).bind(id.to_string()).bind(state.name());
    tx.execute(update.bind(now.micros())).await?;
    Ok(())
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
