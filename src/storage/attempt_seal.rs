//! Seals over the attempts of an account and hour.

use super::row::{Columns, Row};
use super::sql::query;
use super::{StorageError, Tx};
use crate::audit::merkle::{self, Hash};
use crate::base::Instant;
use crate::base::id::{AccountId, AttemptId, ConnectionId};

const HOUR_SECONDS: i64 = 3600;

/// An attempt and its hash.
pub type Leaf = (AttemptId, Hash);

/// What was tried in an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptSeal {
    /// Hours since 1970.
    pub hour: i64,
    /// Every attempt, in the order of their ids.
    pub leaves: Vec<Leaf>,
    /// The root over them.
    pub root: Vec<u8>,
}

const LAST_HOUR: &str = "SELECT COALESCE(MAX(hour), 0) AS hour FROM attempt_seals";
const NEXT_ATTEMPT: &str = "SELECT id FROM attempts WHERE id >= $1 ORDER BY id LIMIT 1";
const LIST_ACTIVE: &str = "SELECT DISTINCT account_id, connection_id FROM attempts WHERE id >= $1 AND id < $2
    ORDER BY account_id, connection_id";
const LIST_ROWS: &str =
    "SELECT id, revision, purpose, outcome, is_signed, code, trace_sealed, trace_was, user_id, session_id, request_id,
    created_at FROM attempts WHERE account_id = $1 AND connection_id = $2 AND id >= $3 AND id < $4 ORDER BY id LIMIT $5";
const FIND: &str = "SELECT hour FROM attempt_seals WHERE account_id = $1 AND hour = $2";
const INSERT: &str = "INSERT INTO attempt_seals (account_id, hour, leaves, root) VALUES ($1, $2, $3, $4)";
const LIST: &str =
    "SELECT hour, leaves, root FROM attempt_seals WHERE account_id = $1 AND hour > $2 ORDER BY hour LIMIT $3";

/// When an hour begins.
#[must_use]
pub const fn begin(hour: i64) -> Instant {
    Instant::from_seconds(hour.saturating_mul(HOUR_SECONDS))
}

/// The last hour of which anything is sealed.
///
/// # Errors
/// [`StorageError`].
pub async fn last_hour(tx: &mut Tx) -> Result<i64, StorageError> {
    tx.fetch_one(query(LAST_HOUR)).await?.number("hour")
}

/// The first attempt of any account at `since` or later.
///
/// # Errors
/// [`StorageError`].
pub async fn next_attempt(tx: &mut Tx, since: Instant) -> Result<Option<AttemptId>, StorageError> {
    let select = query(NEXT_ATTEMPT).bind(AttemptId::first_of(since).to_string());
    tx.fetch_optional(select).await?.map(|row| row.parsed("id")).transpose()
}

/// The connections, of any account, by which somebody tried to sign in in that hour.
///
/// # Errors
/// [`StorageError`].
pub async fn list_active(tx: &mut Tx, hour: i64) -> Result<Vec<(AccountId, ConnectionId)>, StorageError> {
    let (from, to) = (AttemptId::first_of(begin(hour)), AttemptId::first_of(begin(hour + 1)));
    let rows = tx.fetch_all(query(LIST_ACTIVE).bind(from.to_string()).bind(to.to_string())).await?;
    rows.iter().map(|row| Ok((row.parsed("account_id")?, row.parsed("connection_id")?))).collect()
}

/// The attempts by a connection in that hour, from `from` on, `limit` at most, as they are now.
///
/// # Errors
/// [`StorageError`].
pub async fn list_leaves(
    tx: &mut Tx,
    (account, connection): (AccountId, ConnectionId),
    hour: i64,
    (from, limit): (AttemptId, i64),
) -> Result<Vec<Leaf>, StorageError> {
    let select = query(LIST_ROWS)
        .bind(account.to_string())
        .bind(connection.to_string())
        .bind(from.to_string())
        .bind(AttemptId::first_of(begin(hour + 1)).to_string())
        .bind(limit);
    let rows = tx.fetch_all(select).await?;
    rows.iter().map(|row| Ok((row.parsed("id")?, leaf(row, account, connection)?))).collect()
}

/// Everything that an attempt says; of its trace the hash of what was sealed at first.
fn leaf(row: &Row, account: AccountId, connection: ConnectionId) -> Result<Hash, StorageError> {
    let trace = match row.bytes_if_any("trace_was")? {
        Some(was) => was,
        None => openssl::sha::sha256(&row.bytes("trace_sealed")?).to_vec(),
    };
    let texts = [
        account.to_string(),
        connection.to_string(),
        row.text("id")?,
        row.number("revision")?.to_string(),
        row.text("purpose")?,
        row.text("outcome")?,
        row.number("is_signed")?.to_string(),
        row.text_if_any("code")?.unwrap_or_default(),
        row.text_if_any("user_id")?.unwrap_or_default(),
        row.text_if_any("session_id")?.unwrap_or_default(),
        row.text("request_id")?,
        row.number("created_at")?.to_string(),
    ];
    let mut parts: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
    parts.push(&trace);
    Ok(merkle::leaf(&parts))
}

/// Whether that hour of an account is sealed.
///
/// # Errors
/// [`StorageError`].
pub async fn is_there(tx: &mut Tx, account: AccountId, hour: i64) -> Result<bool, StorageError> {
    Ok(tx.fetch_optional(query(FIND).bind(account.to_string()).bind(hour)).await?.is_some())
}

/// Adds a seal.
///
/// # Errors
/// [`StorageError::Exists`] when that hour has one.
pub async fn insert(tx: &mut Tx, account: AccountId, seal: &AttemptSeal) -> Result<(), StorageError> {
    let insert = query(INSERT).bind(account.to_string()).bind(seal.hour);
    tx.execute(insert.bind(write(&seal.leaves)).bind(seal.root.as_slice())).await.map(drop)
}

/// Seals of an account after the hour `after`, in order, `limit` at most.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    account: AccountId,
    (after, limit): (i64, i64),
) -> Result<Vec<AttemptSeal>, StorageError> {
    let rows = tx.fetch_all(query(LIST).bind(account.to_string()).bind(after).bind(limit)).await?;
    let read = |row: &Row| {
        let leaves = read(&row.bytes("leaves")?).ok_or(StorageError::Corrupt("attempt_seals.leaves"))?;
        Ok(AttemptSeal { hour: row.number("hour")?, leaves, root: row.bytes("root")? })
    };
    rows.iter().map(read).collect()
}

const ID: usize = AttemptId::PREFIX.len() + 1 + 26;

fn write(leaves: &[Leaf]) -> Vec<u8> {
    leaves.iter().flat_map(|(id, hash)| id.to_string().into_bytes().into_iter().chain(*hash)).collect()
}

fn read(bytes: &[u8]) -> Option<Vec<Leaf>> {
    let chunks = bytes.chunks_exact(ID + size_of::<Hash>());
    if !chunks.remainder().is_empty() {
        return None;
    }
    chunks
        .map(|chunk| {
            let (id, hash) = chunk.split_at_checked(ID)?;
            Some((std::str::from_utf8(id).ok()?.parse().ok()?, hash.try_into().ok()?))
        })
        .collect()
}
