//! Keys that messages were signed with and that nobody trusts: what waits for an owner's word.

use super::row::{Columns, Row};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::Instant;
use crate::base::id::{AccountId, ConnectionId};

/// A key that is not trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKey {
    /// SHA-256 of its `SubjectPublicKeyInfo`, hex.
    pub spki_sha256: String,
    /// The certificate that messages showed, DER. Nobody vouches for it.
    pub certificate: Vec<u8>,
    /// In how many messages, as far as they were counted.
    pub seen: i64,
    /// When it was first seen.
    pub first_seen_at: Instant,
    /// When it was last.
    pub last_seen_at: Instant,
    /// When an owner said no, if one did.
    pub declined_at: Option<Instant>,
}

const LIST: &str =
    "SELECT spki_sha256, certificate, seen, first_seen_at, last_seen_at, declined_at FROM unknown_keys
    WHERE account_id = $1 AND connection_id = $2 ORDER BY last_seen_at DESC, spki_sha256";
/// `CROSS JOIN` keeps `SQLite` from going through those of all accounts.
const LIST_WAITING: &str =
    "SELECT DISTINCT k.connection_id FROM connections c CROSS JOIN unknown_keys k
    WHERE c.account_id = $1 AND k.account_id = c.account_id AND k.connection_id = c.id AND k.declined_at IS NULL
    AND c.state <> 'retired'";
const UPSERT: &str = "INSERT INTO unknown_keys
    (account_id, connection_id, spki_sha256, certificate, seen, first_seen_at, last_seen_at)
    VALUES ($1, $2, $3, $4, 1, $5, $5)
    ON CONFLICT (connection_id, spki_sha256) DO UPDATE SET seen = unknown_keys.seen + 1, last_seen_at = $5
    WHERE unknown_keys.account_id = $1";
/// Of those that wait, all but the newest and `$4` others, which were seen in more messages.
const DELETE_LEAST_SEEN: &str = "DELETE FROM unknown_keys
    WHERE account_id = $1 AND connection_id = $2 AND spki_sha256 <> $3 AND declined_at IS NULL
    AND spki_sha256 NOT IN (SELECT spki_sha256 FROM unknown_keys
        WHERE account_id = $1 AND connection_id = $2 AND spki_sha256 <> $3 AND declined_at IS NULL
        ORDER BY seen DESC, last_seen_at DESC, spki_sha256 LIMIT $4)";
const UPDATE_DECLINED: &str = "UPDATE unknown_keys SET declined_at = $4
    WHERE account_id = $1 AND connection_id = $2 AND spki_sha256 = $3";
const DELETE_LONG_DECLINED: &str = "DELETE FROM unknown_keys
    WHERE account_id = $1 AND connection_id = $2 AND declined_at IS NOT NULL
    AND spki_sha256 NOT IN (SELECT spki_sha256 FROM unknown_keys
        WHERE account_id = $1 AND connection_id = $2 AND declined_at IS NOT NULL
        ORDER BY declined_at DESC, spki_sha256 LIMIT $3)";
const DELETE: &str =
    "DELETE FROM unknown_keys WHERE account_id = $1 AND connection_id = $2 AND spki_sha256 = $3";

/// The keys of a connection that nobody trusts, the last seen first.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    account: AccountId,
    connection: ConnectionId,
) -> Result<Vec<UnknownKey>, StorageError> {
    let rows = tx.fetch_all(query(LIST).bind(account.to_string()).bind(connection.to_string())).await?;
    let read = |row: &Row| {
        Ok(UnknownKey {
            spki_sha256: row.text("spki_sha256")?,
            certificate: row.bytes("certificate")?,
            seen: row.number("seen")?,
            first_seen_at: row.moment("first_seen_at")?,
            last_seen_at: row.moment("last_seen_at")?,
            declined_at: row.moment_if_any("declined_at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// The connections of an account with a key that waits for an owner's word.
///
/// # Errors
/// [`StorageError`].
pub async fn list_waiting(tx: &mut Tx, account: AccountId) -> Result<Vec<ConnectionId>, StorageError> {
    let rows = tx.fetch_all(query(LIST_WAITING).bind(account.to_string())).await?;
    rows.iter().map(|row| row.parsed("connection_id")).collect()
}

/// Counts a message that shows a key, and remembers the key.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(
    tx: &mut Tx,
    (account, connection): (AccountId, ConnectionId),
    (spki_sha256, certificate): (&str, &[u8]),
    now: Instant,
) -> Result<(), StorageError> {
    let insert = query(UPSERT).bind(account.to_string()).bind(connection.to_string()).bind(spki_sha256);
    tx.execute(insert.bind(certificate).bind(now.micros())).await.map(drop)
}

/// Makes room for the key `newest`: of the others that wait for a word, the `keep` that were seen most stay, and of those
/// seen as often the ones seen last.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_least_seen(
    tx: &mut Tx,
    (account, connection): (AccountId, ConnectionId),
    newest: &str,
    keep: i64,
) -> Result<(), StorageError> {
    let delete = query(DELETE_LEAST_SEEN).bind(account.to_string()).bind(connection.to_string());
    tx.execute(delete.bind(newest).bind(keep)).await.map(drop)
}

/// An owner said no. Of the keys of which they did, the `keep` last ones stay.
///
/// # Errors
/// [`StorageError`].
pub async fn update_declined(
    tx: &mut Tx,
    (account, connection): (AccountId, ConnectionId),
    spki_sha256: &str,
    (now, keep): (Instant, i64),
) -> Result<(), StorageError> {
    let update = query(UPDATE_DECLINED).bind(account.to_string()).bind(connection.to_string());
    tx.execute(update.bind(spki_sha256).bind(now.micros())).await?;
    let delete = query(DELETE_LONG_DECLINED).bind(account.to_string()).bind(connection.to_string());
    tx.execute(delete.bind(keep)).await.map(drop)
}

/// It is not unknown any more.
///
/// # Errors
/// [`StorageError`].
pub async fn delete(
    tx: &mut Tx,
    (account, connection): (AccountId, ConnectionId),
    spki_sha256: &str,
) -> Result<(), StorageError> {
    let delete = query(DELETE).bind(account.to_string()).bind(connection.to_string()).bind(spki_sha256);
    tx.execute(delete).await.map(drop)
}
