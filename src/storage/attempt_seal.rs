//! Seals over the attempts of an account and hour, and the hashes of these attempts, a portion to a row.

use super::row::{Columns, Row};
use super::sql::query;
use super::{StorageError, Tx};
use crate::audit::merkle::{self, Hash};
use crate::base::Instant;
use crate::base::encoding::hex;
use crate::base::id::{AccountId, AttemptId, ConnectionId};
use crate::directory::state::Outcome;

const HOUR_SECONDS: i64 = 3600;

/// What is sealed of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// Which.
    pub id: AttemptId,
    /// Whether it was refused: such go before the others.
    pub is_refused: bool,
    /// The hash of everything that it says.
    pub content: Hash,
}

impl Leaf {
    /// What the seal is over. It says all that is kept of an attempt that has gone.
    #[must_use]
    pub fn hash(&self, connection: ConnectionId) -> Hash {
        let (connection, id) = (connection.to_string(), self.id.to_string());
        merkle::leaf(&[connection.as_bytes(), id.as_bytes(), &[u8::from(self.is_refused)], &self.content])
    }
}

/// An attempt as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Present {
    /// What would be sealed of it.
    pub leaf: Leaf,
    /// Whether its trace is another than the one that the hash is of.
    pub is_erased: bool,
}

/// Attempts of one connection, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portion {
    /// By which connection.
    pub connection: ConnectionId,
    /// They, in the order of their ids; never none.
    pub leaves: Vec<Leaf>,
}

/// What was tried in an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptSeal {
    /// Hours since 1970.
    pub hour: i64,
    /// How many attempts.
    pub attempts: i64,
    /// The root over them.
    pub root: Vec<u8>,
    /// Since when their hashes are not there any more.
    pub dropped_at: Option<Instant>,
}

impl AttemptSeal {
    /// The hash that stands in the account's event: of everything that the seal says.
    #[must_use]
    pub fn hash(&self, account: AccountId) -> String {
        let texts = [account.to_string(), self.hour.to_string(), self.attempts.to_string()];
        let [account, hour, attempts] = texts.each_ref().map(String::as_bytes);
        hex(&merkle::leaf(&[account, hour, attempts, &self.root]))
    }
}

const LAST_HOUR: &str =
    "SELECT CAST(COALESCE(MAX(hour), 0) AS BIGINT) AS hour FROM attempt_seals WHERE hour < $1";
const NEXT_ATTEMPT: &str = "SELECT id FROM attempts WHERE id >= $1 ORDER BY id LIMIT 1";
const NEXT_ATTEMPT_BY: &str =
    "SELECT id FROM attempts WHERE account_id = $1 AND connection_id = $2 AND id >= $3 ORDER BY id LIMIT 1";
const LIST_ACTIVE: &str = "SELECT DISTINCT account_id, connection_id FROM attempts WHERE id >= $1 AND id < $2
    ORDER BY account_id, connection_id";
const LIST_ROWS: &str =
    "SELECT id, revision, purpose, outcome, is_signed, code, trace_sealed, trace_was, user_id, session_id, request_id,
    created_at FROM attempts WHERE account_id = $1 AND connection_id = $2 AND id >= $3 AND id < $4 ORDER BY id LIMIT $5";
const FIND: &str = "SELECT hour FROM attempt_seals WHERE account_id = $1 AND hour = $2";
const INSERT: &str =
    "INSERT INTO attempt_seals (account_id, hour, attempts, root, dropped_at) VALUES ($1, $2, $3, $4, NULL)";
const LIST: &str =
    "SELECT hour, attempts, root, dropped_at FROM attempt_seals WHERE account_id = $1 AND hour > $2
    ORDER BY hour LIMIT $3";
const UPDATE_DROPPED: &str = "UPDATE attempt_seals SET dropped_at = $1 WHERE (account_id, hour) IN
    (SELECT account_id, hour FROM attempt_seals WHERE dropped_at IS NULL AND hour < $2 LIMIT $3)";
const INSERT_PORTION: &str =
    "INSERT INTO attempt_leaves (account_id, hour, connection_id, begins_with, leaves)
    VALUES ($1, $2, $3, $4, $5)";
const FIND_LAST_PORTION: &str = "SELECT connection_id, leaves FROM attempt_leaves
    WHERE account_id = $1 AND hour = $2 AND connection_id = $3 ORDER BY begins_with DESC LIMIT 1";
const NEXT_PORTION: &str = "SELECT connection_id, leaves FROM attempt_leaves
    WHERE account_id = $1 AND hour = $2 AND (connection_id, begins_with) > ($3, $4)
    ORDER BY connection_id, begins_with LIMIT 1";
const DELETE_OLD_PORTIONS: &str =
    "DELETE FROM attempt_leaves WHERE (account_id, hour, connection_id, begins_with) IN
    (SELECT account_id, hour, connection_id, begins_with FROM attempt_leaves WHERE hour < $1 LIMIT $2)";

/// When an hour begins.
#[must_use]
pub const fn begin(hour: i64) -> Instant {
    Instant::from_seconds(hour.saturating_mul(HOUR_SECONDS))
}

/// The hour of a moment.
#[must_use]
pub const fn hour_of(moment: Instant) -> i64 {
    moment.seconds().div_euclid(HOUR_SECONDS)
}

/// The last hour before `hour` of which anything is sealed.
///
/// # Errors
/// [`StorageError`].
pub async fn last_hour(tx: &mut Tx, hour: i64) -> Result<i64, StorageError> {
    tx.fetch_one(query(LAST_HOUR).bind(hour)).await?.number("hour")
}

/// The first attempt of any account at `since` or later.
///
/// # Errors
/// [`StorageError`].
pub async fn next_attempt(tx: &mut Tx, since: Instant) -> Result<Option<AttemptId>, StorageError> {
    let select = query(NEXT_ATTEMPT).bind(AttemptId::first_of(since).to_string());
    tx.fetch_optional(select).await?.map(|row| row.parsed("id")).transpose()
}

/// The first attempt by a connection at `since` or later.
///
/// # Errors
/// [`StorageError`].
pub async fn next_attempt_by(
    tx: &mut Tx,
    (account, connection): (AccountId, ConnectionId),
    since: Instant,
) -> Result<Option<AttemptId>, StorageError> {
    let select = query(NEXT_ATTEMPT_BY).bind(account.to_string()).bind(connection.to_string());
    let select = select.bind(AttemptId::first_of(since).to_string());
    tx.fetch_optional(select).await?.map(|row| row.parsed("id")).transpose()
}

/// The connections, of any account, by which somebody tried to sign in in that hour, in their order.
///
/// # Errors
/// [`StorageError`].
pub async fn list_active(tx: &mut Tx, hour: i64) -> Result<Vec<(AccountId, ConnectionId)>, StorageError> {
    let (from, to) = (AttemptId::first_of(begin(hour)), AttemptId::first_of(begin(hour + 1)));
    let rows = tx.fetch_all(query(LIST_ACTIVE).bind(from.to_string()).bind(to.to_string())).await?;
    rows.iter().map(|row| Ok((row.parsed("account_id")?, row.parsed("connection_id")?))).collect()
}

/// The attempts by a connection from `from` on and before `to`, `limit` at most, as they are now.
///
/// # Errors
/// [`StorageError`].
pub async fn list_present(
    tx: &mut Tx,
    (account, connection): (AccountId, ConnectionId),
    (from, to): (AttemptId, AttemptId),
    limit: i64,
) -> Result<Vec<Present>, StorageError> {
    let select = query(LIST_ROWS)
        .bind(account.to_string())
        .bind(connection.to_string())
        .bind(from.to_string())
        .bind(to.to_string())
        .bind(limit);
    let rows = tx.fetch_all(select).await?;
    rows.iter().map(|row| present(row, account, connection)).collect()
}

/// Everything that an attempt says; of its trace the hash of what was sealed at first.
fn present(row: &Row, account: AccountId, connection: ConnectionId) -> Result<Present, StorageError> {
    let was = row.bytes_if_any("trace_was")?;
    let is_erased = was.is_some();
    let trace = match was {
        Some(was) => was,
        None => openssl::sha::sha256(&row.bytes("trace_sealed")?).to_vec(),
    };
    let outcome: Outcome = row.parsed("outcome")?;
    let texts = [
        account.to_string(),
        connection.to_string(),
        row.text("id")?,
        row.number("revision")?.to_string(),
        row.text("purpose")?,
        outcome.name().to_owned(),
        row.number("is_signed")?.to_string(),
        row.text_if_any("code")?.unwrap_or_default(),
        row.text_if_any("user_id")?.unwrap_or_default(),
        row.text_if_any("session_id")?.unwrap_or_default(),
        row.text("request_id")?,
        row.number("created_at")?.to_string(),
    ];
    let mut parts: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
    parts.push(&trace);
    let (id, content) = (row.parsed("id")?, merkle::leaf(&parts));
    Ok(Present { leaf: Leaf { id, is_refused: outcome == Outcome::Refused, content }, is_erased })
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
    tx.execute(insert.bind(seal.attempts).bind(seal.root.as_slice())).await.map(drop)
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
        Ok(AttemptSeal {
            hour: row.number("hour")?,
            attempts: row.number("attempts")?,
            root: row.bytes("root")?,
            dropped_at: row.moment_if_any("dropped_at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Notes of seals over hours before `hour`, `limit` at most, that what they are over has gone; of how many.
///
/// # Errors
/// [`StorageError`].
pub async fn update_dropped(tx: &mut Tx, hour: i64, now: Instant, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(UPDATE_DROPPED).bind(now.micros()).bind(hour).bind(limit)).await
}

/// Adds a portion.
///
/// # Errors
/// [`StorageError::Exists`] when there is one that begins with the same attempt.
pub async fn insert_portion(
    tx: &mut Tx,
    account: AccountId,
    hour: i64,
    portion: &Portion,
) -> Result<(), StorageError> {
    let Some(first) = portion.leaves.first() else { return Ok(()) };
    let insert = query(INSERT_PORTION)
        .bind(account.to_string())
        .bind(hour)
        .bind(portion.connection.to_string())
        .bind(first.id.to_string())
        .bind(write(&portion.leaves));
    tx.execute(insert).await.map(drop)
}

/// The last portion of a connection.
///
/// # Errors
/// [`StorageError`].
pub async fn find_last_portion(
    tx: &mut Tx,
    (account, hour): (AccountId, i64),
    connection: ConnectionId,
) -> Result<Option<Portion>, StorageError> {
    let select = query(FIND_LAST_PORTION).bind(account.to_string()).bind(hour).bind(connection.to_string());
    tx.fetch_optional(select).await?.map(|row| portion(&row)).transpose()
}

/// The portion after `after`, or the first: connection by connection, and in the order of ids.
///
/// # Errors
/// [`StorageError`].
pub async fn next_portion(
    tx: &mut Tx,
    (account, hour): (AccountId, i64),
    after: Option<&Portion>,
) -> Result<Option<Portion>, StorageError> {
    let select = query(NEXT_PORTION).bind(account.to_string()).bind(hour);
    let select = match after.and_then(|portion| Some((portion.connection, portion.leaves.first()?.id))) {
        Some((connection, first)) => select.bind(connection.to_string()).bind(first.to_string()),
        None => select.bind("").bind(""),
    };
    tx.fetch_optional(select).await?.map(|row| portion(&row)).transpose()
}

/// Drops portions of hours before `hour`, `limit` at most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old_portions(tx: &mut Tx, hour: i64, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD_PORTIONS).bind(hour).bind(limit)).await
}

const ID: usize = AttemptId::PREFIX.len() + 1 + 26;

fn write(leaves: &[Leaf]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(leaves.len() * (ID + 1 + size_of::<Hash>()));
    for leaf in leaves {
        bytes.extend(leaf.id.to_string().into_bytes());
        bytes.push(u8::from(leaf.is_refused));
        bytes.extend(leaf.content);
    }
    bytes
}

fn portion(row: &Row) -> Result<Portion, StorageError> {
    let bytes = row.bytes("leaves")?;
    let chunks = bytes.chunks_exact(ID + 1 + size_of::<Hash>());
    let is_whole = chunks.remainder().is_empty() && !bytes.is_empty();
    let leaves = chunks
        .map(|chunk| {
            let (id, rest) = chunk.split_at_checked(ID)?;
            let (is_refused, content) = rest.split_first()?;
            Some(Leaf {
                id: std::str::from_utf8(id).ok()?.parse().ok()?,
                is_refused: *is_refused != 0,
                content: content.try_into().ok()?,
            })
        })
        .collect::<Option<_>>();
    let leaves = leaves.filter(|_| is_whole).ok_or(StorageError::Corrupt("attempt_leaves.leaves"))?;
    Ok(Portion { connection: row.parsed("connection_id")?, leaves })
}
