//! Sealing what was tried, hour by hour, so that nobody who has the database can change it later unnoticed.
//!
//! # Design
//!
//! Events are chained one by one; sign-ins are too many for that, and side by side. So a while after an hour has ended, a
//! job makes one hash of everything that was tried in it ([`crate::audit::merkle`]) and enters that into the account's
//! chain of events, which nobody without the account's keys can add to ([`crate::storage::event`]). The hash of each
//! attempt is kept beside it, with whether it was refused: those that were dropped when their time had passed, as
//! refused ones are, leave that behind, and the others can still be compared. When all of them have passed their time,
//! their hashes go with them, and what is left is that they were sealed, and how many.
//!
//! An hour may hold any number of attempts. They are read, hashed and kept a portion at a time, and what was broken off
//! is gone on with.
//!
//! What is personal can be erased from a trace all the same. The attempt keeps the hash of what was there, and what took
//! its place must open.
//!
//! What was changed before its hour was sealed is not seen, and neither is that the latest events were cut off, with
//! what they are about. Each seal is told to the log too, so that whoever keeps the log elsewhere can see that.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::event::tell;
use super::sweep::REFUSED_KEPT_DAYS;
use super::{FlowError, Gateway};
use crate::access::{self, Action};
use crate::audit::merkle::Tree;
use crate::base::id::{AccountId, AttemptId, ConnectionId};
use crate::base::time::DAY_SECONDS;
use crate::base::{Ctx, Instant};
use crate::storage::attempt_list::{self, Count};
use crate::storage::attempt_seal::{self, AttemptSeal, Leaf, Portion, begin, hour_of};
use crate::storage::seal::AccountKeys;
use crate::storage::{StorageError, attempt, connection};

/// The event of a seal; its target is the seal's hash.
pub const SEALED: &str = "attempts.sealed";

/// A sign-in is written well within this time of when it came.
const PATIENCE_SECONDS: i64 = 600;
/// Attempts that are read at a time, and hashes in a row.
const PORTION: usize = 500;
/// Seals that are read at a time.
const SEALS: i64 = 500;
/// Well within the time that a job has.
const LONGEST_SECONDS: i64 = 120;
/// Clocks of nodes may differ by as much: what one drops at midnight another may not miss before.
const SKEW_SECONDS: i64 = 60;
/// After so long, an hour that is not sealed is worth a word.
const LATE_SECONDS: i64 = DAY_SECONDS;

/// Seals the hours that have ended.
///
/// # Errors
/// [`FlowError`].
pub async fn seal(gateway: &Gateway, ctx: &Ctx) -> Result<(), FlowError> {
    access::decide(ctx.actor, Action::SealAttempts)?;
    let mut failed = None;
    let mut tx = gateway.storage().read().await?;
    // The last one again: it may have been broken off.
    let mut since = begin(attempt_seal::last_hour(&mut tx, hour_of(ctx.now)).await?);
    while let Some(first) = attempt_seal::next_attempt(&mut tx, since).await? {
        let hour = hour_of(first.made_at());
        since = begin(hour + 1);
        if since.plus_seconds(PATIENCE_SECONDS) > ctx.now || !has_time(gateway, ctx) {
            break;
        }
        let mut active: BTreeMap<AccountId, Vec<ConnectionId>> = BTreeMap::new();
        for (account, connection) in attempt_seal::list_active(&mut tx, hour).await? {
            active.entry(account).or_default().push(connection);
        }
        drop(tx);
        for (account, connections) in active {
            match seal_hour(gateway, ctx, account, (hour, &connections)).await {
                Ok(true) => {}
                Ok(false) => return failed.map_or(Ok(()), Err),
                // One whose keys do not open must not keep the others from being sealed.
                Err(error @ FlowError::Broken(StorageError::Seal(_))) => failed = Some(error),
                Err(error) => return Err(error),
            }
        }
        tx = gateway.storage().read().await?;
    }
    failed.map_or(Ok(()), Err)
}

fn has_time(gateway: &Gateway, ctx: &Ctx) -> bool {
    gateway.ctx(ctx.actor).now <= ctx.now.plus_seconds(LONGEST_SECONDS)
}

/// Whether there was the time to do all of it.
async fn seal_hour(
    gateway: &Gateway,
    ctx: &Ctx,
    account: AccountId,
    (hour, connections): (i64, &[ConnectionId]),
) -> Result<bool, FlowError> {
    let mut tx = gateway.storage().read().await?;
    if attempt_seal::is_there(&mut tx, account, hour).await? {
        return Ok(true);
    }
    let keys = match gateway.storage().keys(&mut tx, account).await {
        // Of a deleted account nothing is written any more.
        Err(StorageError::KeysDestroyed) => return Ok(true),
        keys => keys?,
    };
    drop(tx);
    // Small portions wait for one another, so that an hour with little in it is one transaction.
    let mut waiting: Vec<Portion> = Vec::new();
    for connection in connections {
        let mut tx = gateway.storage().read().await?;
        let last = attempt_seal::find_last_portion(&mut tx, (account, hour), *connection).await?;
        drop(tx);
        let mut from = last
            .and_then(|portion| portion.leaves.last().map(|leaf| leaf.id.next()))
            .unwrap_or_else(|| AttemptId::first_of(begin(hour)));
        loop {
            if !has_time(gateway, ctx) {
                return Ok(false);
            }
            let leaves = leaves(gateway, (account, *connection), (from, hour)).await?;
            let Some(last) = leaves.last() else { break };
            from = last.id.next();
            let is_last = leaves.len() < PORTION;
            waiting.push(Portion { connection: *connection, leaves });
            if waiting.iter().map(|portion| portion.leaves.len()).sum::<usize>() >= PORTION {
                let mut tx = gateway.storage().write().await?;
                for portion in waiting.drain(..) {
                    attempt_seal::insert_portion(&mut tx, account, hour, &portion).await?;
                }
                tx.commit().await?;
            }
            if is_last {
                break;
            }
        }
    }
    let mut tree = Tree::default();
    let mut last = None;
    while let Some(portion) = next(gateway, (account, hour), last.as_ref()).await? {
        portion.leaves.iter().for_each(|leaf| tree.push(leaf.hash(portion.connection)));
        last = Some(portion);
    }
    for portion in &waiting {
        portion.leaves.iter().for_each(|leaf| tree.push(leaf.hash(portion.connection)));
    }
    let seal = AttemptSeal { hour, attempts: count(&tree), root: tree.root().to_vec(), dropped_at: None };
    let counts = counts(gateway, account, (hour, connections)).await?;
    let target = seal.hash(account);
    let body = serde_json::json!({ "hour": begin(hour).to_string(), "attempts": seal.attempts });
    let mut tx = gateway.storage().write().await?;
    for portion in &waiting {
        attempt_seal::insert_portion(&mut tx, account, hour, portion).await?;
    }
    attempt_seal::insert(&mut tx, account, &seal).await?;
    for (connection, count) in &counts {
        attempt_list::add_count(&mut tx, (account, *connection), count).await?;
    }
    tell(&mut tx, gateway, ctx, (account, &keys), (SEALED, &target, &body)).await?;
    tx.commit().await?;
    let (at, attempts) = (begin(hour).to_string(), seal.attempts);
    tracing::info!(request = %ctx.request, %account, hour = at, attempts, seal = target, "attempts were sealed");
    Ok(true)
}

/// How often it ended how in that hour, for those who look at the days later: whoever looks then reads no attempts. They
/// are counted once, since an hour is sealed once, in the same transaction.
async fn counts(
    gateway: &Gateway,
    account: AccountId,
    (hour, connections): (i64, &[ConnectionId]),
) -> Result<Vec<(ConnectionId, Count)>, FlowError> {
    let between = (AttemptId::first_of(begin(hour)), AttemptId::first_of(begin(hour + 1)));
    let mut counts = Vec::new();
    for connection in connections {
        let mut tx = gateway.storage().read().await?;
        let by = (account, *connection);
        let day = begin(hour).day();
        let (found, _) = attempt_list::counts(&mut tx, by, between, (day, i64::MAX)).await?;
        counts.extend(found.into_iter().map(|count| (*connection, count)));
    }
    Ok(counts)
}

/// What was tried by a connection from `from` on until the hour's end, a portion of it.
async fn leaves(
    gateway: &Gateway,
    by: (AccountId, ConnectionId),
    (from, hour): (AttemptId, i64),
) -> Result<Vec<Leaf>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let end = AttemptId::first_of(begin(hour + 1));
    let present = attempt_seal::list_present(&mut tx, by, (from, end), limit(PORTION)).await?;
    Ok(present.iter().map(|present| present.leaf).collect())
}

async fn next(
    gateway: &Gateway,
    of: (AccountId, i64),
    last: Option<&Portion>,
) -> Result<Option<Portion>, StorageError> {
    let mut tx = gateway.storage().read().await?;
    attempt_seal::next_portion(&mut tx, of, last).await
}

fn count(tree: &Tree) -> i64 {
    i64::try_from(tree.count()).unwrap_or(i64::MAX)
}

fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// What was found of an account's attempts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// So many are as they were sealed.
    pub attempts: i64,
    /// So many hours have passed their time: that they were sealed is all that is left.
    pub past_hours: i64,
    /// The first hour that was dropped though its time has not passed, as times are set now, and when it was.
    pub dropped: Option<(Instant, Instant)>,
    /// The first hour that should have been sealed by now.
    pub unsealed: Option<Instant>,
}

/// Whether the sealed attempts of an account are as they were sealed, or what is not, a plain sentence; `hashes` are
/// those of its events. Without `keys`, as of a deleted account, what must open is not tried.
///
/// # Errors
/// [`FlowError`] when the database cannot be read.
pub async fn verify(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, keys): (AccountId, Option<&AccountKeys>),
    hashes: BTreeSet<String>,
) -> Result<Result<Verified, String>, FlowError> {
    access::decide(ctx.actor, Action::Check)?;
    let mut tx = gateway.storage().read().await?;
    let connections =
        connection::list(&mut tx, account).await?.iter().map(|connection| connection.id).collect();
    drop(tx);
    let oldest_hour = gateway.retention().oldest_hour(ctx.now);
    let mut audit = Audit {
        gateway,
        now: ctx.now,
        account,
        keys,
        connections,
        oldest_hour,
        hashes,
        hours: BTreeSet::new(),
        found: Verified::default(),
    };
    match audit.run().await {
        Ok(()) => Ok(Ok(audit.found)),
        Err(Problem::Found(text)) => Ok(Err(text)),
        Err(Problem::Failed(FlowError::Broken(StorageError::Corrupt(what)))) => {
            Ok(Err(format!("something stands in {what} that was never written there")))
        }
        Err(Problem::Failed(error)) => Err(error),
    }
}

/// Why the looking ends.
enum Problem {
    Found(String),
    Failed(FlowError),
}

impl<E: Into<FlowError>> From<E> for Problem {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

struct Audit<'a> {
    gateway: &'a Gateway,
    now: Instant,
    account: AccountId,
    keys: Option<&'a AccountKeys>,
    connections: Vec<ConnectionId>,
    /// Attempts of hours before it may have gone.
    oldest_hour: i64,
    hashes: BTreeSet<String>,
    /// Those that are sealed.
    hours: BTreeSet<i64>,
    found: Verified,
}

impl Audit<'_> {
    async fn run(&mut self) -> Result<(), Problem> {
        let mut after = i64::MIN;
        loop {
            let mut tx = self.gateway.storage().read().await?;
            let seals = attempt_seal::list(&mut tx, self.account, (after, SEALS)).await?;
            drop(tx);
            let Some(last) = seals.last() else { break };
            after = last.hour;
            for seal in seals {
                self.hours.insert(seal.hour);
                self.look(&seal).await?;
            }
        }
        if let Some(hash) = self.hashes.first() {
            return Err(Problem::Found(format!("a seal over attempts is missing: {hash}")));
        }
        if self.keys.is_some() { self.look_between().await } else { Ok(()) }
    }

    async fn look(&mut self, seal: &AttemptSeal) -> Result<(), Problem> {
        let changed = || {
            let at = begin(seal.hour);
            Problem::Found(format!("the seal over the attempts of the hour from {at} was changed"))
        };
        if !self.hashes.remove(&seal.hash(self.account)) {
            return Err(changed());
        }
        if seal.hour < self.oldest_hour {
            self.found.past_hours += 1;
            return Ok(());
        }
        if let Some(dropped_at) = seal.dropped_at {
            self.found.dropped.get_or_insert((begin(seal.hour), dropped_at));
            return Ok(());
        }
        let (mut tree, mut last, mut problem, mut count_present) = (Tree::default(), None, None, 0);
        let mut from = HashMap::new();
        let start = AttemptId::first_of(begin(seal.hour));
        while let Some(portion) = next(self.gateway, (self.account, seal.hour), last.as_ref()).await? {
            portion.leaves.iter().for_each(|leaf| tree.push(leaf.hash(portion.connection)));
            let to = portion.leaves.last().map_or(start, |leaf| leaf.id.next());
            let from = from.entry(portion.connection).or_insert(start);
            match self.compare(seal.hour, &portion, (*from, to)).await {
                Ok(present) => count_present += present,
                Err(found @ Problem::Found(_)) => problem = problem.or(Some(found)),
                Err(failed) => return Err(failed),
            }
            *from = to;
            last = Some(portion);
        }
        if count(&tree) != seal.attempts || tree.root().as_slice() != seal.root {
            return Err(changed());
        }
        if let Some(problem) = problem {
            return Err(problem);
        }
        let end = begin(seal.hour + 1);
        for connection in &self.connections {
            let mut tx = self.gateway.storage().read().await?;
            let by = (self.account, *connection);
            let from = from.get(connection).copied().unwrap_or(start);
            let to = AttemptId::first_of(end);
            if let Some(added) = attempt_seal::list_present(&mut tx, by, (from, to), 1).await?.first() {
                return Err(was_changed(added.leaf.id));
            }
        }
        self.found.attempts += count_present;
        Ok(())
    }

    /// How many of a portion are there, all of them as they were.
    async fn compare(
        &self,
        hour: i64,
        portion: &Portion,
        (from, to): (AttemptId, AttemptId),
    ) -> Result<i64, Problem> {
        let sealed: HashMap<_, _> = portion.leaves.iter().map(|leaf| (leaf.id, leaf)).collect();
        let mut tx = self.gateway.storage().read().await?;
        let by = (self.account, portion.connection);
        // One more than there may be.
        let present = attempt_seal::list_present(&mut tx, by, (from, to), limit(sealed.len() + 1)).await?;
        for now in &present {
            if sealed.get(&now.leaf.id) != Some(&&now.leaf) {
                return Err(was_changed(now.leaf.id));
            }
            if now.is_erased
                && let Some(keys) = self.keys
            {
                match attempt::find_trace(&mut tx, self.account, now.leaf.id, keys).await {
                    Err(StorageError::Seal(_)) => return Err(was_changed(now.leaf.id)),
                    opened => opened.map(drop)?,
                }
            }
        }
        let there: BTreeSet<_> = present.iter().map(|now| now.leaf.id).collect();
        let refused_may_be_gone =
            begin(hour).day() < self.now.plus_seconds(SKEW_SECONDS).day() - REFUSED_KEPT_DAYS;
        let is_missing = |leaf: &&Leaf| !(there.contains(&leaf.id) || leaf.is_refused && refused_may_be_gone);
        match portion.leaves.iter().filter(is_missing).count() {
            0 => Ok(limit(there.len())),
            missing => {
                let at = begin(hour);
                Err(Problem::Found(format!("{missing} attempts of the hour from {at} are missing")))
            }
        }
    }

    /// Whether there are attempts of hours that were not sealed, though they should have been.
    async fn look_between(&mut self) -> Result<(), Problem> {
        let mut tx = self.gateway.storage().read().await?;
        let last = attempt_seal::last_hour(&mut tx, hour_of(self.now)).await?;
        drop(tx);
        for connection in &self.connections {
            let mut since = begin(self.oldest_hour);
            loop {
                let mut tx = self.gateway.storage().read().await?;
                let by = (self.account, *connection);
                let Some(id) = attempt_seal::next_attempt_by(&mut tx, by, since).await? else { break };
                let hour = hour_of(id.made_at());
                since = begin(hour + 1);
                if self.hours.contains(&hour) {
                    continue;
                }
                // Hours are sealed in order.
                if hour < last {
                    let at = begin(hour);
                    return Err(Problem::Found(format!(
                        "attempt {id} stands in the hour from {at}, which was passed over when hours were sealed: it was \
                         added later, or could not be sealed"
                    )));
                }
                if since.plus_seconds(LATE_SECONDS) < self.now {
                    let at = begin(hour);
                    self.found.unsealed = Some(self.found.unsealed.map_or(at, |first| first.min(at)));
                }
                break;
            }
        }
        Ok(())
    }
}

fn was_changed(id: AttemptId) -> Problem {
    Problem::Found(format!("attempt {id} was changed, or added, after its hour was sealed"))
}
