//! The keys that connections trust.

use super::many::Many;
use super::row::{Columns, Row};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::Instant;
use crate::base::id::{AccountId, ConnectionId};

const LIST: &str = "SELECT certificate FROM idp_keys
    WHERE account_id = $1 AND connection_id = $2 AND state = 'active' ORDER BY spki_sha256";
const LIST_ALL: &str = "SELECT spki_sha256, certificate, source, first_used_at, last_used_at FROM idp_keys
    WHERE account_id = $1 AND connection_id = $2 AND state = 'active' ORDER BY spki_sha256";
/// `CROSS JOIN` keeps `SQLite` from going through those of all accounts.
const LIST_OF_ACCOUNT: &str = "SELECT k.connection_id, k.certificate FROM connections c CROSS JOIN idp_keys k
    WHERE c.account_id = $1 AND k.account_id = c.account_id AND k.connection_id = c.id AND k.state = 'active'
    AND c.state <> 'retired'
    ORDER BY k.connection_id, k.spki_sha256";
const LIST_TRUSTING: &str =
    "SELECT k.connection_id FROM idp_keys k JOIN connections c ON c.id = k.connection_id
    WHERE k.spki_sha256 = $1 AND k.state = 'active' AND c.state = 'active' ORDER BY k.connection_id";
const LIST_ACTIVE: &str = "SELECT k.connection_id, k.certificate FROM idp_keys k
    JOIN connections c ON c.id = k.connection_id
    WHERE k.state = 'active' AND c.state = 'active' ORDER BY k.connection_id, k.spki_sha256";
const INSERT: &str = "INSERT INTO idp_keys
    (account_id, connection_id, spki_sha256, certificate, source, state, created_at)
    VALUES ($1, $2, $3, $4, $5, 'active', $6)
    ON CONFLICT (connection_id, spki_sha256) DO UPDATE SET certificate = $4, source = $5, state = 'active'
    WHERE idp_keys.account_id = $1";
const UPDATE_REMOVED: &str = "UPDATE idp_keys SET state = 'removed'
    WHERE account_id = $1 AND connection_id = $2 AND spki_sha256 = $3";
static UPDATE_USED: Many = Many::new(
    "WITH used (account_id, connection_id, spki_sha256, at, earlier) AS (",
    5,
    ") UPDATE idp_keys SET first_used_at = COALESCE(idp_keys.first_used_at, used.at), last_used_at = used.at FROM used
    WHERE idp_keys.account_id = used.account_id AND idp_keys.connection_id = used.connection_id
        AND idp_keys.spki_sha256 = used.spki_sha256 AND COALESCE(idp_keys.last_used_at, 0) < used.earlier",
);

/// A key that a connection trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdpKey {
    /// SHA-256 of its `SubjectPublicKeyInfo`, hex.
    pub spki_sha256: String,
    /// The certificate that it came in, DER.
    pub certificate: Vec<u8>,
    /// Where it came from: `metadata`, or `certificate` when somebody gave it.
    pub source: String,
    /// When it first signed something.
    pub first_used_at: Option<Instant>,
    /// When it last did, within an hour.
    pub last_used_at: Option<Instant>,
}

/// The trusted keys with what is known of them.
///
/// # Errors
/// [`StorageError`].
pub async fn list_all(
    tx: &mut Tx,
    account: AccountId,
    connection: ConnectionId,
) -> Result<Vec<IdpKey>, StorageError> {
    let rows = tx.fetch_all(query(LIST_ALL).bind(account.to_string()).bind(connection.to_string())).await?;
    let read = |row: &Row| {
        Ok(IdpKey {
            spki_sha256: row.text("spki_sha256")?,
            certificate: row.bytes("certificate")?,
            source: row.text("source")?,
            first_used_at: row.moment_if_any("first_used_at")?,
            last_used_at: row.moment_if_any("last_used_at")?,
        })
    };
    rows.iter().map(read).collect()
}

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

/// The certificates of the keys that any connection of an account trusts, DER.
///
/// # Errors
/// [`StorageError`].
pub async fn list_of_account(
    tx: &mut Tx,
    account: AccountId,
) -> Result<Vec<(ConnectionId, Vec<u8>)>, StorageError> {
    let rows = tx.fetch_all(query(LIST_OF_ACCOUNT).bind(account.to_string())).await?;
    rows.iter().map(|row| Ok((row.parsed("connection_id")?, row.bytes("certificate")?))).collect()
}

/// The active connections, of whatever account, that trust a key.
///
/// # Errors
/// [`StorageError`].
pub async fn list_trusting(tx: &mut Tx, spki_sha256: &str) -> Result<Vec<ConnectionId>, StorageError> {
    let rows = tx.fetch_all(query(LIST_TRUSTING).bind(spki_sha256)).await?;
    rows.iter().map(|row| row.parsed("connection_id")).collect()
}

/// Trusts a key, with this certificate around it; `source` says where it came from (`metadata`, `certificate`).
///
/// # Errors
/// [`StorageError`].
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

/// Trusts a key no more.
///
/// # Errors
/// [`StorageError`].
pub async fn update_removed(
    tx: &mut Tx,
    account: AccountId,
    connection: ConnectionId,
    spki_sha256: &str,
) -> Result<(), StorageError> {
    let update = query(UPDATE_REMOVED).bind(account.to_string()).bind(connection.to_string());
    tx.execute(update.bind(spki_sha256)).await.map(drop)
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

/// Remembers that keys are in use; at most once an hour each, since it happens at every sign-in. Most of those that come
/// at once were signed by one key, which is written once.
pub(super) async fn update_many_used<'a>(
    tx: &mut Tx,
    used: impl Iterator<Item = &'a Used>,
) -> Result<(), StorageError> {
    let mut keys: Vec<&Used> = Vec::new();
    for used in used {
        let is_same = |key: &&Used| key.connection == used.connection && key.spki_sha256 == used.spki_sha256;
        if !keys.iter().any(is_same) {
            keys.push(used);
        }
    }
    let updated = UPDATE_USED.execute(tx, &keys, |used, query| {
        query
            .bind(used.account.to_string())
            .bind(used.connection.to_string())
            .bind(&used.spki_sha256)
            .bind(used.at.micros())
            .bind(used.at.plus_seconds(-3600).micros())
    });
    updated.await.map(drop)
}

/// The certificates that active connections, of every account, trust.
///
/// # Errors
/// [`StorageError`].
pub async fn list_active(tx: &mut Tx) -> Result<Vec<(ConnectionId, Vec<u8>)>, StorageError> {
    let rows = tx.fetch_all(query(LIST_ACTIVE)).await?;
    rows.iter().map(|row| Ok((row.parsed("connection_id")?, row.bytes("certificate")?))).collect()
}
