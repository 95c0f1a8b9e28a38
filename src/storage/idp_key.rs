//! The keys that connections trust.

use super::row::Columns;
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::Instant;
use crate::base::id::{AccountId, ConnectionId};

const LIST: &str = "SELECT certificate FROM idp_keys
    WHERE account_id = $1 AND connection_id = $2 AND state = 'active' ORDER BY spki_sha256";
const LIST_TRUSTING: &str =
    "SELECT k.connection_id FROM idp_keys k JOIN connections c ON c.id = k.connection_id
    WHERE k.spki_sha256 = $1 AND k.state = 'active' AND c.state = 'active' ORDER BY k.connection_id";
const INSERT: &str = "INSERT INTO idp_keys
    (account_id, connection_id, spki_sha256, certificate, source, state, created_at)
    VALUES ($1, $2, $3, $4, $5, 'active', $6)";
const UPDATE_USED: &str = "UPDATE idp_keys SET first_used_at = COALESCE(first_used_at, $4), last_used_at = $4
    WHERE account_id = $1 AND connection_id = $2 AND spki_sha256 = $3 AND COALESCE(last_used_at, 0) < $5";

/// The certificates of the trusted keys, DER.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    account: AccountId,
    connection: ConnectionId,
) -> Result<Vec<Vec<u8>>, StorageError> {
    let select = query(LIST).bind(account.to_string()).bind(connection.to_string());
    tx.fetch_all(select).await?.iter().map(|row| row.bytes("certificate")).collect()
}

/// The active connections, of whatever account, that trust a key.
///
/// # Errors
/// [`StorageError`].
pub async fn list_trusting(tx: &mut Tx, spki_sha256: &str) -> Result<Vec<ConnectionId>, StorageError> {
    let rows = tx.fetch_all(query(LIST_TRUSTING).bind(spki_sha256)).await?;
    rows.iter().map(|row| row.parsed("connection_id")).collect()
}

/// Adds a trusted key; `source` says where it came from (`metadata`, `certificate`).
///
/// # Errors
/// [`StorageError::Exists`] when it is trusted already.
pub async fn insert(
    tx: &mut Tx,
    account: AccountId,
    connection: ConnectionId,
    (spki_sha256, certificate, source): (&str, &[u8], &str),
    now: Instant,
) -> Result<(), StorageError> {
    let insert = query(INSERT).bind(account.to_string()).bind(connection.to_string()).bind(spki_sha256);
    tx.execute(insert.bind(certificate).bind(source).bind(now.micros())).await?;
    Ok(())
}

/// A key that signed something at a moment.
#[derive(Debug, Clone)]
pub struct Used {
    /// Whose connection.
    pub account: AccountId,
    /// Which.
    pub connection: ConnectionId,
    /// The key.
    pub spki_sha256: String,
    /// When.
    pub at: Instant,
}

/// Remembers that a key is in use; at most once an hour, since it happens at every sign-in.
pub(super) async fn update_used(tx: &mut Tx, used: &Used) -> Result<(), StorageError> {
    let hour_ago = used.at.plus_seconds(-3600);
    let update = query(UPDATE_USED)
        .bind(used.account.to_string())
        .bind(used.connection.to_string())
        .bind(&used.spki_sha256)
        .bind(used.at.micros())
        .bind(hour_ago.micros());
    tx.execute(update).await.map(drop)
}
