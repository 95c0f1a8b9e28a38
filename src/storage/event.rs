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
//! ([`open`]).
//!
//! That the latest of an account are missing shows by the head of its chain, which is sealed and written with each event
//! ([`find_head`]). Whoever puts an old head back together with the events of that moment, an old copy of both, is found out
//! only by who noted the last hash elsewhere; so is who cuts the installation's chain, which has no keys of its own here.
//!
//! From where something was asked for stands in the body too ([`ORIGIN`]), so that it is sealed and hashed with the rest.
//! Installation's events have the request alone: whose address that was, the log lines of that request know.

use std::borrow::Cow;
use std::net::IpAddr;

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::{Query, query};
use super::webhook_delivery::{self, NewDelivery};
use super::{StorageError, Tx, change, once, webhook};
use crate::audit::chain::Stored;
use crate::audit::{FIRST, Link};
use crate::base::encoding::hex;
use crate::base::id::{AccountId, DeliveryId};
use crate::base::{Ctx, Instant, Rng};
use crate::directory::webhook::{KINDS, body};

/// The member of a body that says from where the event was asked for: `request`, and `client` where it is known.
pub const ORIGIN: &str = "_origin";

const LAST: &str = "SELECT seq, hash FROM events WHERE account_id = $1 ORDER BY seq DESC LIMIT 1";
const LIST: &str = "SELECT seq, at, actor, action, target, body_sealed AS body, hash FROM events
    WHERE account_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
const LIST_BEFORE: &str = "SELECT seq, at, actor, action, target, body_sealed AS body, hash FROM events
    WHERE account_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";
const LAST_BEFORE_TIME: &str = "SELECT seq FROM events WHERE account_id = $1 AND at < $2
    ORDER BY at DESC, seq DESC LIMIT 1";
const FIND_HEAD: &str = "SELECT head_sealed FROM event_heads WHERE account_id = $1";
const SET_HEAD: &str = "INSERT INTO event_heads (account_id, head_sealed) VALUES ($1, $2)
    ON CONFLICT (account_id) DO UPDATE SET head_sealed = $2";
const INSERT: &str = "INSERT INTO events (account_id, seq, at, actor, action, target, body_sealed, hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

const LAST_OF_INSTALLATION: &str = "SELECT seq, hash FROM installation_events ORDER BY seq DESC LIMIT 1";
const LIST_OF_INSTALLATION: &str =
    "SELECT seq, at, actor, action, target, body, hash FROM installation_events
    WHERE seq > $1 ORDER BY seq LIMIT $2";
const LIST_BEFORE_OF_INSTALLATION: &str =
    "SELECT seq, at, actor, action, target, body, hash FROM installation_events
    WHERE seq < $1 ORDER BY seq DESC LIMIT $2";
const LAST_BEFORE_TIME_OF_INSTALLATION: &str =
    "SELECT seq FROM installation_events WHERE at < $1 ORDER BY seq DESC LIMIT 1";
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
    let body = with_origin(event.body, ctx, ctx.client);
    let sealed = keys.seal(place(&row), &body, rng)?;
    let insert = query(INSERT).bind(account.to_string());
    let event = Event { body: &sealed, ..event };
    tx.execute(bound(insert, ctx, (seq, &previous), event)).await?;
    let head = Head { seq, hash: hash(ctx, (seq, &previous), event) };
    let sealed = keys.seal(head_place(&account.to_string()), &head.bytes(), rng)?;
    tx.execute(query(SET_HEAD).bind(account.to_string()).bind(sealed)).await?;
    mark_made(tx, ctx, event.target).await?;
    tell_webhooks(tx, (account, seq), event, keys, (ctx, rng)).await?;
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

/// The body with from where it was asked for. One that is no JSON object stays as it is.
fn with_origin<'a>(body: &'a [u8], ctx: &Ctx, client: Option<IpAddr>) -> Cow<'a, [u8]> {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(body) else { return Cow::Borrowed(body) };
    let mut origin = json!({ "request": ctx.request.to_string() });
    if let (Some(client), Some(origin)) = (client, origin.as_object_mut()) {
        origin.insert("client".to_owned(), client.to_string().into());
    }
    members.insert(ORIGIN.to_owned(), origin);
    Cow::Owned(Value::Object(members).to_string().into_bytes())
}

/// Appends an event to the installation's chain.
///
/// # Errors
/// [`StorageError`].
pub async fn insert_of_installation(tx: &mut Tx, event: Event<'_>, ctx: &Ctx) -> Result<(), StorageError> {
    let (seq, previous) = next(tx, Of::Installation).await?;
    let body = with_origin(event.body, ctx, None);
    let event = Event { body: &body, ..event };
    tx.execute(bound(query(INSERT_OF_INSTALLATION), ctx, (seq, &previous), event)).await?;
    mark_made(tx, ctx, event.target).await
}

/// What an account's webhooks are told of it, in its transaction.
async fn tell_webhooks(
    tx: &mut Tx,
    (account, seq): (AccountId, i64),
    event: Event<'_>,
    keys: &AccountKeys,
    (ctx, rng): (&Ctx, &Rng),
) -> Result<(), StorageError> {
    if !KINDS.contains(&event.action) {
        return Ok(());
    }
    let listening = webhook::listening(tx, account).await?;
    // Ids alone: what an event says of people stays sealed, and is asked for.
    let data = serde_json::json!({ "event": seq, "actor": ctx.actor.to_string(), "target": event.target });
    let mut all = Vec::new();
    for (endpoint, _) in listening.iter().filter(|(_, types)| types.contain(event.action)) {
        let message = (DeliveryId::make(ctx.now, rng), event.action);
        let body = body(event.action, account, ctx.now, &data);
        all.push(NewDelivery::seal((account, *endpoint), message, &body, keys, (ctx.now, rng))?);
    }
    webhook_delivery::insert_many(tx, &all.iter().collect::<Vec<_>>()).await
}

/// A request that is made once has made what its event is about: in one transaction with it, or neither.
async fn mark_made(tx: &mut Tx, ctx: &Ctx, target: &str) -> Result<(), StorageError> {
    if ctx.is_once { once::update_made(tx, &ctx.request.to_string(), target).await } else { Ok(()) }
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
    let hash = hash(ctx, (seq, previous), event).to_vec();
    let insert = insert.bind(seq).bind(ctx.now.micros()).bind(actor);
    insert.bind(action).bind(target).bind(body).bind(hash)
}

fn hash(ctx: &Ctx, (seq, previous): (i64, &[u8]), event: Event<'_>) -> [u8; 32] {
    let actor = ctx.actor.to_string();
    let Event { action, target, body } = event;
    Link { previous, seq, at: ctx.now, actor: &actor, action, target, body }.hash()
}

/// The last event of a chain, as it was noted with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub seq: i64,
    /// Its hash.
    pub hash: [u8; 32],
}

impl Head {
    fn bytes(&self) -> Vec<u8> {
        [&self.seq.to_be_bytes()[..], &self.hash].concat()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (seq, hash) = bytes.split_first_chunk::<8>()?;
        Some(Self { seq: i64::from_be_bytes(*seq), hash: hash.try_into().ok()? })
    }
}

/// What was noted as the last event of an account; none where no event was written since heads are noted.
///
/// # Errors
/// [`StorageError::Seal`] when it was changed.
pub async fn find_head(
    tx: &mut Tx,
    account: AccountId,
    keys: &AccountKeys,
) -> Result<Option<Head>, StorageError> {
    let account = account.to_string();
    let Some(row) = tx.fetch_optional(query(FIND_HEAD).bind(account.as_str())).await? else {
        return Ok(None);
    };
    let head = keys.open(head_place(&account), &row.bytes("head_sealed")?)?;
    Head::read(&head).map(Some).ok_or(StorageError::Corrupt("head_sealed"))
}

const fn head_place(row: &str) -> Place<'_> {
    Place { table: "event_heads", column: "head_sealed", row }
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

/// At most `limit` events of a chain before the one numbered `before`, the latest first, sealed as they are.
///
/// # Errors
/// [`StorageError`].
pub async fn list_before(
    tx: &mut Tx,
    of: Of,
    (before, limit): (i64, i64),
) -> Result<Vec<Stored>, StorageError> {
    let list = match of {
        Of::Account(account) => query(LIST_BEFORE).bind(account.to_string()),
        Of::Installation => query(LIST_BEFORE_OF_INSTALLATION),
    };
    tx.fetch_all(list.bind(before).bind(limit)).await?.iter().map(read).collect()
}

/// The number of the last event of a chain before a moment, if there is one.
///
/// # Errors
/// [`StorageError`].
pub async fn last_before(tx: &mut Tx, of: Of, moment: Instant) -> Result<Option<i64>, StorageError> {
    let find = match of {
        Of::Account(account) => query(LAST_BEFORE_TIME).bind(account.to_string()),
        Of::Installation => query(LAST_BEFORE_TIME_OF_INSTALLATION),
    };
    tx.fetch_optional(find.bind(moment.micros())).await?.map(|row| row.number("seq")).transpose()
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
