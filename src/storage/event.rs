//! Events: what administrators did, chained per account; what they did to the installation as a whole has a chain too.
//!
//! Events of accounts are sealed under the account's keys. Those of the installation are about nobody, so that their
//! bodies stand in clear: name no person in one.
//!
//! # Design
//!
//! The hashes of a chain hold no secret: whoever can write to the database can make all of them anew. But the body of an
//! account's event is sealed for its number, moment, actor, action and target, and opens beside no other. So while the
//! account's keys are there, nobody without them can change an event, put one in or take one out of the middle
//! ([`open`]). That the latest are missing shows only to whoever noted the last hash elsewhere.

use zeroize::Zeroizing;

use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::{Query, query};
use super::{StorageError, Tx, change};
use crate::audit::chain::Stored;
use crate::audit::{FIRST, Link};
use crate::base::encoding::hex;
use crate::base::id::AccountId;
use crate::base::{Ctx, Instant, Rng};

const LAST: &str = "SELECT seq, hash FROM events WHERE account_id = $1 ORDER BY seq DESC LIMIT 1";
const LIST: &str = "SELECT seq, at, actor, action, target, body_sealed AS body, hash FROM events
    WHERE account_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
const LIST_BEFORE: &str = "SELECT seq, at, actor, action, target, body_sealed AS body, hash FROM events
    WHERE account_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";
const INSERT: &str = "INSERT INTO events (account_id, seq, at, actor, action, target, body_sealed, hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

const LAST_OF_INSTALLATION: &str = "SELECT seq, hash FROM installation_events ORDER BY seq DESC LIMIT 1";
const LIST_OF_INSTALLATION: &str =
    "SELECT seq, at, actor, action, target, body, hash FROM installation_events
    WHERE seq > $1 ORDER BY seq LIMIT $2";
const INSERT_OF_INSTALLATION: &str =
    "INSERT INTO installation_events (seq, at, actor, action, target, body, hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// Whose chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// An account's.
    Account(AccountId),
    /// The installation's.
    Installation,
}

/// What happened.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// What was done: `connection.created`.
    pub action: &'a str,
    /// To what: its id.
    pub target: &'a str,
    /// What it was and became, JSON; sealed where it is an account's.
    pub body: &'a [u8],
}

/// Appends an event to the account's chain, and the change for other processes.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(
    tx: &mut Tx,
    account: AccountId,
    event: Event<'_>,
    keys: &AccountKeys,
    (ctx, rng): (&Ctx, &Rng),
) -> Result<(), StorageError> {
    let (seq, previous) = next(tx, Of::Account(account)).await?;
    let actor = ctx.actor.to_string();
    let row = row(account, (seq, ctx.now), (&actor, event.action, event.target));
    let sealed = keys.seal(place(&row), event.body, rng)?;
    let insert = query(INSERT).bind(account.to_string());
    tx.execute(bound(insert, ctx, (seq, &previous), Event { body: &sealed, ..event })).await?;
    let kind = event.action.split('.').next().unwrap_or_default();
    change::insert(tx, kind, event.target, ctx.now).await
}

/// The body of an account's event, if it is of that event and no other.
///
/// # Errors
/// [`StorageError::Seal`] when something of the event was changed.
pub fn open(
    account: AccountId,
    event: &Stored,
    keys: &AccountKeys,
) -> Result<Zeroizing<Vec<u8>>, StorageError> {
    let row = row(account, (event.seq, event.at), (&event.actor, &event.action, &event.target));
    Ok(keys.open(place(&row), &event.body)?)
}

/// For what a body is sealed: everything of the event but the body.
fn row(account: AccountId, (seq, at): (i64, Instant), (actor, action, target): (&str, &str, &str)) -> String {
    let beside = Link { previous: &FIRST, seq, at, actor, action, target, body: &[] };
    format!("{account}/{seq}/{}", hex(&beside.hash()))
}

const fn place(row: &str) -> Place<'_> {
    Place { table: "events", column: "body_sealed", row }
}

/// Appends an event to the installation's chain.
///
/// # Errors
/// [`StorageError`].
pub async fn insert_of_installation(tx: &mut Tx, event: Event<'_>, ctx: &Ctx) -> Result<(), StorageError> {
    let (seq, previous) = next(tx, Of::Installation).await?;
    tx.execute(bound(query(INSERT_OF_INSTALLATION), ctx, (seq, &previous), event)).await.map(drop)
}

/// The number of the next event of a chain, and the hash of the one before it. Nobody else gets that number.
async fn next(tx: &mut Tx, of: Of) -> Result<(i64, Vec<u8>), StorageError> {
    change::take_turn(tx).await?;
    let last = match of {
        Of::Account(account) => query(LAST).bind(account.to_string()),
        Of::Installation => query(LAST_OF_INSTALLATION),
    };
    Ok(match tx.fetch_optional(last).await? {
        None => (1, FIRST.to_vec()),
        Some(row) => (row.number("seq")? + 1, row.bytes("hash")?),
    })
}

/// Number, moment, words, body as it is stored, and the hash over all of them.
fn bound<'q>(insert: Query<'q>, ctx: &Ctx, (seq, previous): (i64, &[u8]), event: Event<'q>) -> Query<'q> {
    let actor = ctx.actor.to_string();
    let Event { action, target, body } = event;
    let link = Link { previous, seq, at: ctx.now, actor: &actor, action, target, body };
    let hash = link.hash().to_vec();
    let insert = insert.bind(seq).bind(ctx.now.micros()).bind(actor);
    insert.bind(action).bind(target).bind(body).bind(hash)
}

/// At most `limit` events of a chain after the one numbered `after`, in order, sealed as they are.
///
/// # Errors
/// [`StorageError`].
pub async fn list(tx: &mut Tx, of: Of, after: i64, limit: i64) -> Result<Vec<Stored>, StorageError> {
    let list = match of {
        Of::Account(account) => query(LIST).bind(account.to_string()),
        Of::Installation => query(LIST_OF_INSTALLATION),
    };
    let rows = tx.fetch_all(list.bind(after).bind(limit)).await?;
    rows.iter().map(read).collect()
}

/// At most `limit` events of an account before the one numbered `before`, the latest first, sealed as they are.
///
/// # Errors
/// [`StorageError`].
pub async fn list_before(
    tx: &mut Tx,
    account: AccountId,
    (before, limit): (i64, i64),
) -> Result<Vec<Stored>, StorageError> {
    let list = query(LIST_BEFORE).bind(account.to_string()).bind(before).bind(limit);
    tx.fetch_all(list).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Stored, StorageError> {
    Ok(Stored {
        seq: row.number("seq")?,
        at: row.moment("at")?,
        actor: row.text("actor")?,
        action: row.text("action")?,
        target: row.text("target")?,
        body: row.bytes("body")?,
        hash: row.bytes("hash")?,
    })
}
