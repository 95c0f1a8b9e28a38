//! What Zoom tells, written for many deliveries at once.
//!
//! A delivery is answered when it is durable, and Zoom waits three seconds for that. Everything that waits at a moment is
//! written by one transaction, as sign-ins are ([`super::sign_in`], where the design is told), so that a hundred deliveries
//! that come at once share the cost.
//!
//! # Invariants
//!
//! * No answer before the commit is durable. What fails fails for everybody in it ([`StorageError::NotCommitted`]); Zoom
//!   sends it again, and the key of an event has it stored once, whatever became of the commit.
//! * What was verified was verified by the link as it is still: its version is compared in the transaction.
//! * An event is counted where it is new, in the transaction that stores it.
//!
//! On `PostgreSQL` several processes write side by side. Rows are touched in one order by all of them; where the database
//! ends a transaction for the sake of another all the same, it is tried again.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use tokio::sync::mpsc;

use super::asked::{Asked, ask};
use super::many::MOST;
use super::pools::Pools;
use super::zoom_event::{self, Counts, NewEvent};
use super::{StorageError, zoom_link};
use crate::base::Instant;
use crate::base::id::{AccountId, ZoomLinkId};

/// How many may wait before whoever comes has to wait to be let in.
const QUEUE: usize = 1024;
const TRIES: usize = 5;

/// The link that a delivery was verified by, as it was then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Verified {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub link: ZoomLinkId,
    /// Its version.
    pub version: i64,
}

/// A delivery that was verified.
#[derive(Debug)]
pub struct Delivery {
    /// By what.
    pub by: Verified,
    /// What it says.
    pub event: NewEvent,
}

/// What has become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is stored.
    New,
    /// It was stored before.
    Known,
    /// It is not stored: the link was changed or removed since.
    Stale,
}

/// Where deliveries are written. Copies share everything.
#[derive(Clone)]
pub struct Intake(mpsc::Sender<Asked<Delivery, Taken>>);

impl Intake {
    /// Starts the task behind it; it ends when the last copy is dropped.
    pub(super) fn start(pools: &Pools) -> Self {
        let (writes, inbox) = mpsc::channel(QUEUE);
        tokio::spawn(serve(pools.clone(), inbox));
        Self(writes)
    }

    /// Writes a delivery.
    ///
    /// # Errors
    /// [`StorageError::NotCommitted`]; it may be sent again.
    pub async fn write(&self, delivery: Delivery) -> Result<Taken, StorageError> {
        ask(&self.0, delivery).await
    }
}

/// Commits what comes, for as long as anything may.
async fn serve(pools: Pools, mut inbox: mpsc::Receiver<Asked<Delivery, Taken>>) {
    let mut waiting = Vec::with_capacity(MOST);
    while inbox.recv_many(&mut waiting, MOST).await > 0 {
        metrics::histogram!("gatepost_zoom_delivery_commit_size")
            .record(u32::try_from(waiting.len()).unwrap_or(u32::MAX));
        let all: Vec<_> = waiting.iter().map(|asked| &asked.question).collect();
        match answers(&pools, &all).await {
            Ok(answers) => {
                for (asked, taken) in waiting.drain(..).zip(answers) {
                    let _ = asked.answer.send(Ok(taken));
                }
            }
            Err(error) => {
                let error = Arc::new(error);
                for asked in waiting.drain(..) {
                    let _ = asked.answer.send(Err(StorageError::NotCommitted(Arc::clone(&error))));
                }
            }
        }
    }
}

async fn answers(pools: &Pools, all: &[&Delivery]) -> Result<Vec<Taken>, StorageError> {
    let mut tries = TRIES;
    loop {
        tries -= 1;
        match write(pools, all).await {
            Err(error) if tries > 0 && error.is_passing() => {}
            done => return done,
        }
    }
}

async fn write(pools: &Pools, all: &[&Delivery]) -> Result<Vec<Taken>, StorageError> {
    let mut last: BTreeMap<Verified, Instant> = BTreeMap::new();
    for delivery in all {
        let at = last.entry(delivery.by).or_insert(delivery.event.received_at);
        *at = (*at).max(delivery.event.received_at);
    }
    let mut tx = pools.write().await?;
    let mut standing = BTreeSet::new();
    for (by, at) in last {
        if zoom_link::update_last_event(&mut tx, by, at).await? {
            standing.insert(by);
        }
    }
    let mut events: Vec<_> = all
        .iter()
        .filter(|delivery| standing.contains(&delivery.by))
        .map(|delivery| &delivery.event)
        .collect();
    events.sort_unstable_by_key(|event| (event.account, event.key));
    let new: HashSet<_> = zoom_event::insert_many(&mut tx, &events).await?.into_iter().collect();
    let mut counts = Counts::new();
    for event in events.iter().filter(|event| new.contains(&event.id)) {
        *counts.entry((event.account, event.received_at.day(), event.name.clone())).or_default() += 1;
    }
    zoom_event::add_counts(&mut tx, &counts).await?;
    tx.commit().await?;
    let taken =
        |delivery: &&Delivery| match (standing.contains(&delivery.by), new.contains(&delivery.event.id)) {
            (false, _) => Taken::Stale,
            (true, true) => Taken::New,
            (true, false) => Taken::Known,
        };
    Ok(all.iter().map(taken).collect())
}
