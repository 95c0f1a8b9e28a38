//! Events: what administrators did, chained per account.

use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::query;
use super::{StorageError, Tx, change};
use crate::audit::chain::Stored;
use crate::audit::{FIRST, Link};
use crate::base::id::AccountId;
use crate::base::{Ctx, Rng};

const LAST: &str = "SELECT seq, hash FROM events WHERE account_id = $1 ORDER BY seq DESC LIMIT 1";
const LIST: &str = "SELECT seq, at, actor, action, target, body_sealed, hash FROM events
    WHERE account_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
const INSERT: &str = "INSERT INTO events (account_id, seq, at, actor, action, target, body_sealed, hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// What happened.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// What was done: `connection.created`.
    pub action: &'a str,
    /// To what: its id.
    pub target: &'a str,
    /// What it was and became, JSON; sealed.
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
    change::take_turn(tx).await?;
    let last = tx.fetch_optional(query(LAST).bind(account.to_string())).await?;
    let (seq, previous) = match last {
        None => (1, FIRST.to_vec()),
        Some(row) => (row.number("seq")? + 1, row.bytes("hash")?),
    };
    let row = format!("{account}/{seq}");
    let sealed = keys.seal(Place { table: "events", column: "body_sealed", row: &row }, event.body, rng)?;
    let actor = ctx.actor.to_string();
    let link = Link {
        previous: &previous,
        seq,
        at: ctx.now,
        actor: &actor,
        action: event.action,
        target: event.target,
        sealed: &sealed,
    };
    let insert = query(INSERT)
        .bind(account.to_string())
        .bind(seq)
        .bind(ctx.now.micros())
        .bind(actor.as_str())
        .bind(event.action)
        .bind(event.target)
        .bind(sealed.as_slice())
        .bind(link.hash().to_vec());
    tx.execute(insert).await?;
    let kind = event.action.split('.').next().unwrap_or_default();
    change::insert(tx, kind, event.target, ctx.now).await
}

/// At most `limit` events of an account's chain after the one numbered `after`, in order, sealed as they are.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    account: AccountId,
    after: i64,
    limit: i64,
) -> Result<Vec<Stored>, StorageError> {
    let rows = tx.fetch_all(query(LIST).bind(account.to_string()).bind(after).bind(limit)).await?;
    let read = |row: &Row| {
        Ok(Stored {
            seq: row.number("seq")?,
            at: row.moment("at")?,
            actor: row.text("actor")?,
            action: row.text("action")?,
            target: row.text("target")?,
            sealed: row.bytes("body_sealed")?,
            hash: row.bytes("hash")?,
        })
    };
    rows.iter().map(read).collect()
}
