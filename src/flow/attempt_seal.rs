//! Sealing what was tried, hour by hour, so that nobody can change it later unnoticed, whoever has the database.
//!
//! # Design
//!
//! Events are chained one by one; sign-ins are too many for that, and side by side. So a while after an hour has ended, a
//! job makes one hash of everything that was tried in it ([`crate::audit::merkle`]) and enters that into the account's
//! chain of events. The hash of each attempt is kept beside it: one that was dropped when its time had passed, as refused
//! ones are, leaves that behind, and the others can still be compared.
//!
//! What is personal can be erased from a trace all the same. The attempt keeps the hash of what was there.

use std::collections::{BTreeMap, BTreeSet};

use super::{FlowError, Gateway};
use crate::access::{self, Action};
use crate::audit::merkle;
use crate::base::Ctx;
use crate::base::encoding::hex;
use crate::base::id::{AccountId, AttemptId, ConnectionId};
use crate::storage::attempt_seal::{self, AttemptSeal, Leaf, begin};
use crate::storage::event::{self, Event};
use crate::storage::{StorageError, Tx, connection};

/// The event of a seal; its target is the root.
pub const SEALED: &str = "attempts.sealed";

/// A sign-in is written well within this time of when it came.
const PATIENCE_SECONDS: i64 = 600;
/// Attempts that are read at a time.
const PORTION: i64 = 500;
/// Seals that are read at a time.
const SEALS: i64 = 24;
/// Before so many days nothing is dropped.
const KEPT_DAYS: i64 = 30;
/// Well within the time that a job has.
const LONGEST_SECONDS: i64 = 120;

/// Seals the hours that have ended.
///
/// # Errors
/// [`FlowError`].
pub async fn seal(gateway: &Gateway, ctx: &Ctx) -> Result<(), FlowError> {
    access::decide(ctx.actor, Action::SealAttempts)?;
    let has_time = || gateway.ctx(ctx.actor).now <= ctx.now.plus_seconds(LONGEST_SECONDS);
    let mut tx = gateway.storage().read().await?;
    // The last one again: it may have been broken off.
    let mut since = begin(attempt_seal::last_hour(&mut tx).await?);
    while has_time() {
        let Some(first) = attempt_seal::next_attempt(&mut tx, since).await? else { return Ok(()) };
        let hour = first.made_at().seconds().div_euclid(3600);
        since = begin(hour + 1);
        if since.plus_seconds(PATIENCE_SECONDS) > ctx.now {
            return Ok(());
        }
        let mut active: BTreeMap<AccountId, Vec<ConnectionId>> = BTreeMap::new();
        for (account, connection) in attempt_seal::list_active(&mut tx, hour).await? {
            active.entry(account).or_default().push(connection);
        }
        drop(tx);
        for (account, connections) in active {
            if !has_time() {
                return Ok(());
            }
            seal_hour(gateway, ctx, account, (hour, &connections)).await?;
        }
        tx = gateway.storage().read().await?;
    }
    Ok(())
}

async fn seal_hour(
    gateway: &Gateway,
    ctx: &Ctx,
    account: AccountId,
    (hour, connections): (i64, &[ConnectionId]),
) -> Result<(), FlowError> {
    let mut tx = gateway.storage().read().await?;
    if attempt_seal::is_there(&mut tx, account, hour).await? {
        return Ok(());
    }
    let keys = match gateway.storage().keys(&mut tx, account).await {
        // Of a deleted account nothing is written any more.
        Err(StorageError::KeysDestroyed) => return Ok(()),
        keys => keys?,
    };
    let leaves = leaves(&mut tx, account, (hour, connections)).await?;
    drop(tx);
    let root = root(&leaves);
    let (target, body) =
        (hex(&root), serde_json::json!({ "hour": begin(hour).to_string(), "attempts": leaves.len() }));
    let mut tx = gateway.storage().write().await?;
    let seal = AttemptSeal { hour, leaves, root: root.to_vec() };
    attempt_seal::insert(&mut tx, account, &seal).await?;
    let body = body.to_string();
    let happened = Event { action: SEALED, target: &target, body: body.as_bytes() };
    event::insert(&mut tx, account, happened, &keys, (ctx, gateway.rng())).await?;
    Ok(tx.commit().await?)
}

/// Everything that was tried in an hour, in the order of ids.
async fn leaves(
    tx: &mut Tx,
    account: AccountId,
    (hour, connections): (i64, &[ConnectionId]),
) -> Result<Vec<Leaf>, FlowError> {
    let mut all = Vec::new();
    for connection in connections {
        let mut from = AttemptId::first_of(begin(hour));
        loop {
            let portion =
                attempt_seal::list_leaves(tx, (account, *connection), hour, (from, PORTION)).await?;
            let Some((last, _)) = portion.last() else { break };
            from = last.next();
            all.extend(portion);
        }
    }
    all.sort_unstable();
    Ok(all)
}

fn root(leaves: &[Leaf]) -> merkle::Hash {
    merkle::root(&leaves.iter().map(|(_, hash)| *hash).collect::<Vec<_>>())
}

/// How many sealed attempts of an account are as they were sealed, or what is not; `roots` are those of its events.
///
/// # Errors
/// [`FlowError`] when the database cannot be read.
pub async fn verify(
    gateway: &Gateway,
    ctx: &Ctx,
    account: AccountId,
    mut roots: BTreeSet<String>,
) -> Result<Result<usize, String>, FlowError> {
    access::decide(ctx.actor, Action::Check)?;
    let (mut count, mut after) = (0, i64::MIN);
    loop {
        let mut tx = gateway.storage().read().await?;
        let connections: Vec<_> =
            connection::list(&mut tx, account).await?.iter().map(|connection| connection.id).collect();
        let seals = attempt_seal::list(&mut tx, account, (after, SEALS)).await?;
        let Some(last) = seals.last() else { break };
        after = last.hour;
        for seal in seals {
            let at = begin(seal.hour);
            let is_as_sealed = root(&seal.leaves).as_slice() == seal.root && roots.remove(&hex(&seal.root));
            if !is_as_sealed {
                return Ok(Err(format!("the seal over the attempts of the hour from {at} was changed")));
            }
            let now = leaves(&mut tx, account, (seal.hour, &connections)).await?;
            let sealed: BTreeMap<_, _> = seal.leaves.iter().copied().collect();
            if let Some((id, _)) = now.iter().find(|(id, hash)| sealed.get(id) != Some(hash)) {
                return Ok(Err(format!("attempt {id} was changed, or added, after its hour was sealed")));
            }
            let may_be_gone = begin(seal.hour + 1).day() < ctx.now.day() - KEPT_DAYS;
            if now.len() < sealed.len() && !may_be_gone {
                let missing = sealed.len() - now.len();
                return Ok(Err(format!("{missing} attempts of the hour from {at} are missing")));
            }
            count += now.len();
        }
    }
    match roots.first() {
        None => Ok(Ok(count)),
        Some(root) => Ok(Err(format!("a seal over attempts is missing: {root}"))),
    }
}
