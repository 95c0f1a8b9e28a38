//! What Zoom told an account of: payloads sealed, found again by type and by keyed hashes of ids; how many there were, and
//! how many deliveries were refused. What comes is written by [`super::zoom_intake`], for many at once.

use std::collections::{BTreeMap, BTreeSet};

use zeroize::Zeroizing;

use super::many::Many;
use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::{Query, query};
use super::{StorageError, Tx};
use crate::base::id::{AccountId, ZoomEventId};
use crate::base::{Instant, Rng};
use crate::directory::state::ZoomEventState;

/// Something that Zoom told, as it is to be stored.
#[derive(Debug)]
pub struct NewEvent {
    pub(super) account: AccountId,
    pub(super) id: ZoomEventId,
    pub(super) key: [u8; 32],
    pub(super) name: String,
    pub(super) received_at: Instant,
    at: Instant,
    object: Option<Vec<u8>>,
    uuid: Option<Vec<u8>>,
    people: Vec<Vec<u8>>,
    payload: Vec<u8>,
}

/// What is known of it, before it is sealed.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The same for each delivery of it.
    pub key: [u8; 32],
    /// The type's name.
    pub name: &'a str,
    /// When, by Zoom's clock.
    pub at: Instant,
    /// The meeting's, recording's or user's id.
    pub object: Option<&'a str>,
    /// The one meeting of a series.
    pub uuid: Option<&'a str>,
    /// Whom it names.
    pub people: &'a [String],
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

/// What events are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About<'a> {
    /// Anything.
    All,
    /// What has this id.
    Object(&'a str),
    /// The one meeting of a series with this uuid.
    Uuid(&'a str),
    /// Somebody with this address, or this id in Zoom.
    Person(&'a str),
}

/// A part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Not those that came before.
    pub from: Option<Instant>,
    /// Only those before this one; a bound will do.
    pub before: Option<ZoomEventId>,
    /// So many at the most.
    pub limit: i64,
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

/// Counts by account, day and name.
pub type Counts = BTreeMap<(AccountId, i64, String), i64>;

macro_rules! event {
    ($rest:literal) => {
        concat!("SELECT id, name, state, at, received_at, payload_sealed FROM zoom_events ", $rest)
    };
}

static INSERT: Many = Many::new(
    "INSERT INTO zoom_events
    (account_id, id, event_key, name, state, at, received_at, object_hash, uuid_hash, payload_sealed)",
    10,
    " ON CONFLICT (account_id, event_key) DO NOTHING RETURNING id",
);
static INSERT_PEOPLE: Many =
    Many::new("INSERT INTO zoom_event_people (account_id, person_hash, event_id)", 3, "");
const ACCOUNT_OF: &str = "SELECT account_id FROM zoom_events WHERE id = $1";
const FIND: &str = event!("WHERE account_id = $1 AND id = $2");
const LIST: &str = event!("WHERE account_id = $1 AND id < $2 AND id >= $3 ORDER BY id DESC LIMIT $4");
const LIST_NAMED: &str =
    event!("WHERE account_id = $1 AND name = $5 AND id < $2 AND id >= $3 ORDER BY id DESC LIMIT $4");
const LIST_OBJECT: &str = event!(
    "WHERE account_id = $1 AND object_hash = $6 AND id < $2 AND id >= $3 AND ($5 = '' OR name = $5)
    ORDER BY id DESC LIMIT $4"
);
const LIST_UUID: &str = event!(
    "WHERE account_id = $1 AND uuid_hash = $6 AND id < $2 AND id >= $3 AND ($5 = '' OR name = $5)
    ORDER BY id DESC LIMIT $4"
);
const LIST_PERSON: &str = "SELECT e.id, e.name, e.state, e.at, e.received_at, e.payload_sealed
    FROM zoom_event_people p JOIN zoom_events e ON e.account_id = p.account_id AND e.id = p.event_id
    WHERE p.account_id = $1 AND p.person_hash = $6 AND p.event_id < $2 AND p.event_id >= $3 AND ($5 = '' OR e.name = $5)
    ORDER BY p.event_id DESC LIMIT $4";
/// From the first of those that wait on: by their own index, which holds nothing else.
const LIST_WAITING: &str =
    "SELECT account_id, id FROM zoom_events WHERE state = 'waiting' AND id > '' ORDER BY id LIMIT $1";
macro_rules! still_waiting {
    ($lock:literal) => {
        concat!(
            ") SELECT e.id FROM asked JOIN zoom_events e ON e.account_id = asked.account AND e.id = asked.event
            WHERE e.state = 'waiting' ORDER BY e.id",
            $lock
        )
    };
}

/// Those that another process has in hand are its.
static LOCK_WAITING: Many = Many::new("WITH asked (account, event) AS (", 2, still_waiting!(""))
    .with_postgres_tail(still_waiting!(" FOR UPDATE OF e SKIP LOCKED"));
static UPDATE_DONE: Many = Many::new(
    "WITH done (account, event) AS (",
    2,
    ") UPDATE zoom_events SET state = 'done' FROM done
    WHERE zoom_events.account_id = done.account AND zoom_events.id = done.event",
);
const COUNT_PEOPLE: &str = "SELECT COUNT(DISTINCT event_id) AS number FROM zoom_event_people
    WHERE account_id = $1 AND person_hash IN ($2, $3)";
const DELETE_OLD: &str = "DELETE FROM zoom_events WHERE id IN
    (SELECT id FROM zoom_events WHERE received_at < $1 ORDER BY received_at LIMIT $2)";
const DELETE_BEFORE: &str = "DELETE FROM zoom_events WHERE account_id = $1 AND id IN
    (SELECT id FROM zoom_events WHERE account_id = $1 AND id < $2 ORDER BY id LIMIT $3)";
const DELETE_PERSON: &str = "DELETE FROM zoom_events WHERE account_id = $1 AND id IN
    (SELECT event_id FROM zoom_event_people WHERE account_id = $1 AND person_hash = $2
    ORDER BY event_id LIMIT $3)";

static ADD_COUNTS: Many = Many::new(
    "INSERT INTO zoom_event_counts (account_id, day, name, number)",
    4,
    " ON CONFLICT (account_id, day, name) DO UPDATE SET number = zoom_event_counts.number + excluded.number",
);
static ADD_REFUSALS: Many = Many::new(
    "INSERT INTO zoom_refusals (account_id, day, kind, number)",
    4,
    " ON CONFLICT (account_id, day, kind) DO UPDATE SET number = zoom_refusals.number + excluded.number",
);
const LIST_COUNTS: &str =
    "SELECT day, name, number FROM zoom_event_counts WHERE account_id = $1 AND day >= $2 ORDER BY day, name";
const DELETE_OLD_COUNTS: &str = "DELETE FROM zoom_event_counts WHERE (account_id, day, name) IN
    (SELECT account_id, day, name FROM zoom_event_counts WHERE day < $1 ORDER BY day LIMIT $2)";
const LIST_REFUSALS: &str = "SELECT day, kind AS name, number FROM zoom_refusals
    WHERE account_id = $1 AND day >= $2 ORDER BY day, kind";
const DELETE_OLD_REFUSALS: &str = "DELETE FROM zoom_refusals WHERE (account_id, day, kind) IN
    (SELECT account_id, day, kind FROM zoom_refusals WHERE day < $1 ORDER BY day LIMIT $2)";

impl NewEvent {
    /// Seals what came.
    ///
    /// # Errors
    /// [`StorageError::Seal`].
    pub fn seal(
        (account, id): (AccountId, ZoomEventId),
        known: Known<'_>,
        keys: &AccountKeys,
        (received_at, rng): (Instant, &Rng),
    ) -> Result<Self, StorageError> {
        let people = known.people.iter().map(|person| person_hash(keys, person)).collect::<Result<_, _>>()?;
        Ok(Self {
            account,
            id,
            key: known.key,
            name: known.name.to_owned(),
            received_at,
            at: known.at,
            object: known.object.map(|object| object_hash(keys, object)).transpose()?,
            uuid: known.uuid.map(|uuid| object_hash(keys, uuid)).transpose()?,
            people,
            payload: keys.seal(place(&id.to_string()), known.payload, rng)?,
        })
    }
}

fn object_hash(keys: &AccountKeys, id: &str) -> Result<Vec<u8>, StorageError> {
    Ok(keys.lookup("zoom_events.object", id.as_bytes())?)
}

fn person_hash(keys: &AccountKeys, person: &str) -> Result<Vec<u8>, StorageError> {
    Ok(keys.lookup("zoom_events.person", person.as_bytes())?)
}

/// Stores events, to be worked on; the ids of those that are new.
pub(super) async fn insert_many(tx: &mut Tx, all: &[&NewEvent]) -> Result<Vec<ZoomEventId>, StorageError> {
    let inserted = INSERT.fetch(tx, all, |new, query| {
        query
            .bind(new.account.to_string())
            .bind(new.id.to_string())
            .bind(&new.key)
            .bind(new.name.as_str())
            .bind(ZoomEventState::Waiting.name())
            .bind(new.at.micros())
            .bind(new.received_at.micros())
            .bind(new.object.as_deref())
            .bind(new.uuid.as_deref())
            .bind(new.payload.as_slice())
    });
    let inserted: Vec<ZoomEventId> =
        inserted.await?.iter().map(|row| row.parsed("id")).collect::<Result<_, _>>()?;
    let new = all.iter().filter(|new| inserted.contains(&new.id));
    let people: Vec<_> = new.flat_map(|new| new.people.iter().map(move |person| (*new, person))).collect();
    INSERT_PEOPLE
        .execute(tx, &people, |(new, person), query| {
            query.bind(new.account.to_string()).bind(person.as_slice()).bind(new.id.to_string())
        })
        .await?;
    Ok(inserted)
}

/// Whose the event is.
///
/// # Errors
/// [`StorageError`].
pub async fn account_of(tx: &mut Tx, id: ZoomEventId) -> Result<Option<AccountId>, StorageError> {
    let row = tx.fetch_optional(query(ACCOUNT_OF).bind(id.to_string())).await?;
    row.map(|row| row.parsed("account_id")).transpose()
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

/// Those of a type, or of any; the newest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    account: AccountId,
    (name, about): (Option<&str>, About<'_>),
    window: Window,
    keys: &AccountKeys,
) -> Result<Vec<ZoomEvent>, StorageError> {
    // Sorts after every id, whatever the collation: no id begins with an 8.
    let before = ZoomEventId::or_last(window.before);
    let from = window.from.map_or_else(String::new, |from| ZoomEventId::first_of(from).to_string());
    let sql = match (about, name) {
        (About::All, None) => LIST,
        (About::All, Some(_)) => LIST_NAMED,
        (About::Object(_), _) => LIST_OBJECT,
        (About::Uuid(_), _) => LIST_UUID,
        (About::Person(_), _) => LIST_PERSON,
    };
    let select = query(sql).bind(account.to_string()).bind(before).bind(from).bind(window.limit);
    let select = match (about, name) {
        (About::All, None) => select,
        (_, name) => select.bind(name.unwrap_or_default()),
    };
    let select = match about {
        About::All => select,
        About::Object(id) | About::Uuid(id) => select.bind(object_hash(keys, id)?),
        About::Person(person) => select.bind(person_hash(keys, person)?),
    };
    tx.fetch_all(select).await?.iter().map(|row| read(row, keys)).collect()
}

/// What waits to be worked on, `limit` at the most, the oldest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list_waiting(tx: &mut Tx, limit: i64) -> Result<Vec<(AccountId, ZoomEventId)>, StorageError> {
    let rows = tx.fetch_all(query(LIST_WAITING).bind(limit)).await?;
    rows.iter().map(|row| Ok((row.parsed("account_id")?, row.parsed("id")?))).collect()
}

/// Notes that events were worked on; those of which that was not noted before.
///
/// # Errors
/// [`StorageError`].
pub async fn update_done(
    tx: &mut Tx,
    all: &[(AccountId, ZoomEventId)],
) -> Result<BTreeSet<ZoomEventId>, StorageError> {
    let rows = LOCK_WAITING.fetch(tx, all, bind_event).await?;
    let waiting: BTreeSet<_> = rows.iter().map(|row| row.parsed("id")).collect::<Result<_, _>>()?;
    let ours: Vec<_> = all.iter().filter(|(_, id)| waiting.contains(id)).copied().collect();
    UPDATE_DONE.execute(tx, &ours, bind_event).await?;
    Ok(waiting)
}

fn bind_event<'q>((account, id): &'q (AccountId, ZoomEventId), query: Query<'q>) -> Query<'q> {
    query.bind(account.to_string()).bind(id.to_string())
}

/// How many name somebody by one of these addresses or ids in Zoom.
///
/// # Errors
/// [`StorageError`].
pub async fn count_people(
    tx: &mut Tx,
    account: AccountId,
    [first, second]: [&str; 2],
    keys: &AccountKeys,
) -> Result<u64, StorageError> {
    let count = query(COUNT_PEOPLE)
        .bind(account.to_string())
        .bind(person_hash(keys, first)?)
        .bind(person_hash(keys, second)?);
    Ok(u64::try_from(tx.fetch_one(count).await?.number("number")?).unwrap_or_default())
}

/// Forgets what came before `before`, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old(tx: &mut Tx, before: Instant, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD).bind(before.micros()).bind(limit)).await
}

/// Forgets what an account was told before `before`, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_before(
    tx: &mut Tx,
    account: AccountId,
    (before, limit): (ZoomEventId, i64),
) -> Result<u64, StorageError> {
    let delete = query(DELETE_BEFORE).bind(account.to_string()).bind(before.to_string()).bind(limit);
    tx.execute(delete).await
}

/// Forgets what names somebody with this address, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_person(
    tx: &mut Tx,
    account: AccountId,
    (person, limit): (&str, i64),
    keys: &AccountKeys,
) -> Result<u64, StorageError> {
    let delete = query(DELETE_PERSON).bind(account.to_string()).bind(person_hash(keys, person)?).bind(limit);
    tx.execute(delete).await
}

/// Counts events.
pub(super) async fn add_counts(tx: &mut Tx, counts: &Counts) -> Result<(), StorageError> {
    add(tx, &ADD_COUNTS, counts).await
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

/// Counts deliveries that were refused, by their kind.
///
/// # Errors
/// [`StorageError`].
pub async fn add_refusals(tx: &mut Tx, counts: &Counts) -> Result<(), StorageError> {
    add(tx, &ADD_REFUSALS, counts).await
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

/// In the order of the keys, as everybody does, so that nobody waits for whoever waits for them.
async fn add(tx: &mut Tx, sql: &'static Many, counts: &Counts) -> Result<(), StorageError> {
    let rows: Vec<_> = counts.iter().collect();
    let add = sql.execute(tx, &rows, |((account, day, name), number), query| {
        query.bind(account.to_string()).bind(*day).bind(name.as_str()).bind(**number)
    });
    add.await.map(drop)
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
