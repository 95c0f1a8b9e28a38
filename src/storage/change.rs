//! Changes: what other processes on the same database must notice, and this one at once.
//!
//! A flow that changes something that is kept in memory anywhere appends a change in its transaction ([`insert`];
//! [`super::event::insert`] does it for what it is about). Whoever listens in this process hears of it as soon as the
//! transaction is committed; other processes read the table twice a second. Numbers come in the order of commits: whoever
//! has read one has read all before it.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use super::row::{Columns, Row};
use super::sql::{Sql, query};
use super::{StorageError, Tx};
use crate::base::Instant;

/// On `SQLite` whoever writes has its turn already. On `PostgreSQL` it waits for it here, so that numbers are given in
/// the order of commits.
const TAKE_TURN: Sql =
    Sql::Each { sqlite: "SELECT id FROM installation", postgres: "SELECT id FROM installation FOR UPDATE" };
const INSERT: &str = "INSERT INTO changes (kind, id, at) VALUES ($1, $2, $3)";
const LIST: &str = "SELECT seq, kind, id FROM changes WHERE seq > $1 ORDER BY seq";
const LAST: &str = "SELECT CAST(COALESCE(MAX(seq), 0) AS BIGINT) AS seq FROM changes";
const DELETE_OLD: &str = "DELETE FROM changes WHERE seq IN (SELECT seq FROM changes WHERE at < $1 LIMIT $2)";

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// What kind of thing: `connection`, `account`.
    pub kind: String,
    /// Which.
    pub id: String,
}

/// A change in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its number.
    pub seq: i64,
    /// What changed.
    pub changed: Changed,
}

type Listener = Box<dyn Fn(&Changed) + Send + Sync>;

/// Who hears of changes that this process commits.
#[derive(Clone, Default)]
pub(super) struct Listeners(Arc<RwLock<Vec<Listener>>>);

impl fmt::Debug for Listeners {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Listeners")
    }
}

impl Listeners {
    pub(super) fn add(&self, listener: Listener) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    pub(super) fn tell(&self, all: &[Changed]) {
        let listeners = self.0.read().unwrap_or_else(PoisonError::into_inner);
        for changed in all {
            listeners.iter().for_each(|listener| listener(changed));
        }
    }
}

/// Appends a change.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(tx: &mut Tx, kind: &str, id: &str, now: Instant) -> Result<(), StorageError> {
    take_turn(tx).await?;
    tx.execute(query(INSERT).bind(kind).bind(id).bind(now.micros())).await?;
    tx.note(Changed { kind: kind.to_owned(), id: id.to_owned() });
    Ok(())
}

/// Waits until this transaction is the only one that gives numbers to events and changes: what administrators bring about,
/// and what is read of it from then on holds until the transaction ends.
///
/// It comes after the sessions, connections and accounts that a transaction changes, and before everything else: of two who
/// take them the other way round, the database ends one.
///
/// # Errors
/// [`StorageError`].
pub async fn take_turn(tx: &mut Tx) -> Result<(), StorageError> {
    tx.fetch_optional(query(TAKE_TURN)).await.map(drop)
}

/// The changes after `seq`, in order.
///
/// # Errors
/// [`StorageError`].
pub async fn list(tx: &mut Tx, seq: i64) -> Result<Vec<Change>, StorageError> {
    let rows = tx.fetch_all(query(LIST).bind(seq)).await?;
    let read = |row: &Row| {
        let changed = Changed { kind: row.text("kind")?, id: row.text("id")? };
        Ok(Change { seq: row.number("seq")?, changed })
    };
    rows.iter().map(read).collect()
}

/// The number of the last change; 0 if there is none.
///
/// # Errors
/// [`StorageError`].
pub async fn last(tx: &mut Tx) -> Result<i64, StorageError> {
    tx.fetch_one(query(LAST)).await?.number("seq")
}

/// Drops what was changed before `before`, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old(tx: &mut Tx, before: Instant, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD).bind(before.micros()).bind(limit)).await
}
