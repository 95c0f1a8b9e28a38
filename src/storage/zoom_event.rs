//! What Zoom told an account of: payloads sealed, found again by type and by the keyed hash of an id; how many there were,
//! and how many deliveries were refused.

use zeroize::Zeroizing;

use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::{Sql, query};
use super::{StorageError, Tx};
use crate::base::id::{AccountId, ZoomEventId};
use crate::base::{Instant, Rng};
use crate::directory::state::ZoomEventState;

/// Something that Zoom told, as it is to be stored.
#[derive(Debug, Clone)]
pub struct NewEvent<'a> {
    /// Its id.
    pub id: ZoomEventId,
    /// The same for each delivery of it.
    pub key: &'a [u8; 32],
    /// The type's name.
    pub name: &'a str,
    /// When, by Zoom's clock.
    pub at: Instant,
    /// When it came.
    pub received_at: Instant,
    /// The keyed hash of the meeting's, recording's or user's id.
    pub object: Option<Vec<u8>>,
    /// The same of its uuid.
    pub uuid: Option<Vec<u8>>,
    /// The body as it came.
    pub payload: &'a [u8],
}

/// The same, as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoomEvent {
    /// Its id.
    pub id: ZoomEventId,
    /// The type's name.
    pub name: String,
    /// What has become of it.
    pub state: ZoomEventState,
    /// When, by Zoom's clock.
    pub at: Instant,
    /// When it came.
    pub received_at: Instant,
    /// The body as it came.
    pub payload: Zeroizing<Vec<u8>>,
}

/// Which events: at most one of these is looked for at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which<'a> {
    /// All.
    All,
    /// Those of a type.
    Named(&'a str),
    /// Those about what has this keyed hash of its id.
    Object(Vec<u8>),
    /// Those about what has this keyed hash of its uuid.
    Uuid(Vec<u8>),
}

/// Something counted by the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The day since 1970.
    pub day: i64,
    /// The type of events, or the kind of refusal.
    pub name: String,
    /// How many.
    pub number: i64,
}

macro_rules! event {
    ($rest:literal) => {
        concat!("SELECT id, name, state, at, received_at, payload_sealed FROM zoom_events ", $rest)
    };
}

const INSERT: &str = "INSERT INTO zoom_events
    (account_id, id, event_key, name, state, at, received_at, object_hash, uuid_hash, payload_sealed)
    VALUES ($1, $2, $3, $4, 'waiting', $5, $6, $7, $8, $9) ON CONFLICT (account_id, event_key) DO NOTHING";
const FIND: &str = event!("WHERE account_id = $1 AND id = $2");
const LIST: &str = event!("WHERE account_id = $1 AND id < $2 AND id >= $3 ORDER BY id DESC LIMIT $4");
const LIST_NAMED: &str =
    event!("WHERE account_id = $1 AND name = $5 AND id < $2 AND id >= $3 ORDER BY id DESC LIMIT $4");
const LIST_OBJECT: &str =
    event!("WHERE account_id = $1 AND object_hash = $5 AND id < $2 AND id >= $3 ORDER BY id DESC LIMIT $4");
const LIST_UUID: &str =
    event!("WHERE account_id = $1 AND uuid_hash = $5 AND id < $2 AND id >= $3 ORDER BY id DESC LIMIT $4");
/// `PostgreSQL` passes over what another node is just working on.
const LIST_WAITING: Sql = Sql::Each {
    sqlite: "SELECT account_id, id FROM zoom_events WHERE state = 'waiting' ORDER BY id LIMIT $1",
    postgres: "SELECT account_id, id FROM zoom_events WHERE state = 'waiting' ORDER BY id LIMIT $1
        FOR UPDATE SKIP LOCKED",
};
const IS_ANY_WAITING: &str = "SELECT id FROM zoom_events WHERE state = 'waiting' LIMIT 1";
const UPDATE_DONE: &str = "UPDATE zoom_events SET state = 'done' WHERE account_id = $1 AND id = $2";
const DELETE_OLD: &str = "DELETE FROM zoom_events WHERE id IN
    (SELECT id FROM zoom_events WHERE received_at < $1 ORDER BY received_at LIMIT $2)";
const DELETE_OF: &str = "DELETE FROM zoom_events WHERE account_id = $1 AND id IN
    (SELECT id FROM zoom_events WHERE account_id = $1 ORDER BY id LIMIT $2)";

const ADD_COUNT: &str =
    "INSERT INTO zoom_event_counts (account_id, day, name, number) VALUES ($1, $2, $3, $4)
    ON CONFLICT (account_id, day, name) DO UPDATE SET number = zoom_event_counts.number + $4";
const LIST_COUNTS: &str =
    "SELECT day, name, number FROM zoom_event_counts WHERE account_id = $1 AND day >= $2 ORDER BY day, name";
const DELETE_OLD_COUNTS: &str = "DELETE FROM zoom_event_counts WHERE (account_id, day, name) IN
    (SELECT account_id, day, name FROM zoom_event_counts WHERE day < $1 ORDER BY day LIMIT $2)";
const ADD_REFUSALS: &str = "INSERT INTO zoom_refusals (account_id, day, kind, number) VALUES ($1, $2, $3, $4)
    ON CONFLICT (account_id, day, kind) DO UPDATE SET number = zoom_refusals.number + $4";
const LIST_REFUSALS: &str = "SELECT day, kind AS name, number FROM zoom_refusals WHERE account_id = $1 AND day >= $2 ORDER BY day, kind";
const DELETE_OLD_REFUSALS: &str = "DELETE FROM zoom_refusals WHERE (account_id, day, kind) IN
    (SELECT account_id, day, kind FROM zoom_refusals WHERE day < $1 ORDER BY day LIMIT $2)";

/// Stores an event, to be worked on; whether it is new.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(
    tx: &mut Tx,
    account: AccountId,
    new: NewEvent<'_>,
    (keys, rng): (&AccountKeys, &Rng),
) -> Result<bool, StorageError> {
    let id = new.id.to_string();
    let insert = query(INSERT)
        .bind(account.to_string())
        .bind(id.as_str())
        .bind(new.key)
        .bind(new.name)
        .bind(new.at.micros())
        .bind(new.received_at.micros())
        .bind(new.object)
        .bind(new.uuid)
        .bind(keys.seal(place(&id), new.payload, rng)?);
    Ok(tx.execute(insert).await? == 1)
}

/// One of them.
///
/// # Errors
/// [`StorageError`].
pub async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: ZoomEventId,
    keys: &AccountKeys,
) -> Result<Option<ZoomEvent>, StorageError> {
    let row = tx.fetch_optional(query(FIND).bind(account.to_string()).bind(id.to_string())).await?;
    row.map(|row| read(&row, keys)).transpose()
}

/// Those that came at `from` or later and before the one named, the newest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    account: AccountId,
    which: &Which<'_>,
    ((from, before), limit): ((Option<Instant>, Option<ZoomEventId>), i64),
    keys: &AccountKeys,
) -> Result<Vec<ZoomEvent>, StorageError> {
    // Sorts after every id, whatever the collation: no id begins with an 8.
    let before = before.map_or_else(|| "zev_8".to_owned(), |before| before.to_string());
    let from = from.map_or_else(String::new, |from| ZoomEventId::first_of(from).to_string());
    let sql = match which {
        Which::All => LIST,
        Which::Named(_) => LIST_NAMED,
        Which::Object(_) => LIST_OBJECT,
        Which::Uuid(_) => LIST_UUID,
    };
    let select = query(sql).bind(account.to_string()).bind(before).bind(from).bind(limit);
    let select = match which {
        Which::All => select,
        Which::Named(name) => select.bind(*name),
        Which::Object(hash) | Which::Uuid(hash) => select.bind(hash.as_slice()),
    };
    tx.fetch_all(select).await?.iter().map(|row| read(row, keys)).collect()
}

/// Whether something waits to be worked on.
///
/// # Errors
/// [`StorageError`].
pub async fn is_any_waiting(tx: &mut Tx) -> Result<bool, StorageError> {
    Ok(tx.fetch_optional(query(IS_ANY_WAITING)).await?.is_some())
}

/// What waits to be worked on, `limit` at the most, the oldest first, for this transaction.
///
/// # Errors
/// [`StorageError`].
pub async fn list_waiting(tx: &mut Tx, limit: i64) -> Result<Vec<(AccountId, ZoomEventId)>, StorageError> {
    let rows = tx.fetch_all(query(LIST_WAITING).bind(limit)).await?;
    rows.iter().map(|row| Ok((row.parsed("account_id")?, row.parsed("id")?))).collect()
}

/// Notes that an event was worked on.
///
/// # Errors
/// [`StorageError`].
pub async fn update_done(tx: &mut Tx, account: AccountId, id: ZoomEventId) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_DONE).bind(account.to_string()).bind(id.to_string())).await.map(drop)
}

/// Forgets what came before `before`, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old(tx: &mut Tx, before: Instant, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD).bind(before.micros()).bind(limit)).await
}

/// Forgets what Zoom told an account, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_of(tx: &mut Tx, account: AccountId, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OF).bind(account.to_string()).bind(limit)).await
}

/// Counts events of a type on a day.
///
/// # Errors
/// [`StorageError`].
pub async fn add_count(tx: &mut Tx, account: AccountId, new: &Counted) -> Result<(), StorageError> {
    add(tx, ADD_COUNT, account, new).await
}

/// How many there were since a day.
///
/// # Errors
/// [`StorageError`].
pub async fn list_counts(tx: &mut Tx, account: AccountId, since: i64) -> Result<Vec<Counted>, StorageError> {
    counted(tx, LIST_COUNTS, account, since).await
}

/// Forgets counts of days before `day`, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old_counts(tx: &mut Tx, day: i64, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD_COUNTS).bind(day).bind(limit)).await
}

/// Counts deliveries that were refused.
///
/// # Errors
/// [`StorageError`].
pub async fn add_refusals(tx: &mut Tx, account: AccountId, new: &Counted) -> Result<(), StorageError> {
    add(tx, ADD_REFUSALS, account, new).await
}

/// How many were refused since a day, and why.
///
/// # Errors
/// [`StorageError`].
pub async fn list_refusals(
    tx: &mut Tx,
    account: AccountId,
    since: i64,
) -> Result<Vec<Counted>, StorageError> {
    counted(tx, LIST_REFUSALS, account, since).await
}

/// Forgets refusals of days before `day`, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old_refusals(tx: &mut Tx, day: i64, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD_REFUSALS).bind(day).bind(limit)).await
}

async fn add(tx: &mut Tx, sql: &'static str, account: AccountId, new: &Counted) -> Result<(), StorageError> {
    let add = query(sql).bind(account.to_string()).bind(new.day).bind(new.name.as_str()).bind(new.number);
    tx.execute(add).await.map(drop)
}

async fn counted(
    tx: &mut Tx,
    sql: &'static str,
    account: AccountId,
    since: i64,
) -> Result<Vec<Counted>, StorageError> {
    let rows = tx.fetch_all(query(sql).bind(account.to_string()).bind(since)).await?;
    let read = |row: &Row| {
        Ok(Counted { day: row.number("day")?, name: row.text("name")?, number: row.number("number")? })
    };
    rows.iter().map(read).collect()
}

fn read(row: &Row, keys: &AccountKeys) -> Result<ZoomEvent, StorageError> {
    let id = row.text("id")?;
    Ok(ZoomEvent {
        name: row.text("name")?,
        state: row.parsed("state")?,
        at: row.moment("at")?,
        received_at: row.moment("received_at")?,
        payload: keys.open(place(&id), &row.bytes("payload_sealed")?)?,
        id: row.parsed("id")?,
    })
}

const fn place(row: &str) -> Place<'_> {
    Place { table: "zoom_events", column: "payload_sealed", row }
}
