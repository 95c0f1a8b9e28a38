//! How much is written of what comes too often, counted in memory before anything is written.
//!
//! # Design
//!
//! Whoever sends rubbish must not make the database work, and a school that signs in by the thousand must not fill it
//! with copies of messages that nobody will look at. So per connection, minute and kind so many are written, the first of
//! each minute; refusals beyond that are counted, and [`flush`] adds the counts to the database every few seconds.
//! Every process counts for itself.
//!
//! Rejected: counting in the database (a query for each refusal, which is what a flood is made of); keeping the last
//! messages of a minute instead of the first (each would be written and deleted again).

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use crate::access::{self, Action};
use crate::base::id::{AccountId, ConnectionId};
use crate::base::{Ctx, Instant};
use crate::flow::{FlowError, Gateway};
use crate::storage::attempt;

/// What is counted apart, with what is written of it per connection and minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// Refusals that no trusted key stands behind; a stranger can make any number of them.
    Refused,
    /// Refusals of messages that a trusted key signed: a whole school with a wrong setting is seen, and nobody's
    /// repetitions push the others out.
    RefusedSigned,
    /// Second arrivals of what had signed in.
    Repeated,
    /// Messages of accepted attempts: as many as are kept of a connection.
    AcceptedMessage,
    /// Keys that nobody trusts: an owner is asked about a few.
    UnknownKey,
}

impl Kind {
    const fn most(self) -> u32 {
        match self {
            Self::Refused => 20,
            Self::RefusedSigned | Self::Repeated => 60,
            Self::AcceptedMessage => 50,
            Self::UnknownKey => 5,
        }
    }
}

/// Counters that are kept; where there are more, those that were not used for longest begin anew.
const COUNTERS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(8191);

/// What was counted in this process.
#[derive(Debug)]
pub(in crate::flow) struct Quota(Mutex<Counts>);

#[derive(Debug)]
struct Counts {
    /// The minute of the last one, and how many there were in it.
    taken: LruCache<(ConnectionId, Kind), (i64, u32)>,
    /// Refusals that were not written, by connection and minute.
    beyond: BTreeMap<(ConnectionId, i64), (AccountId, i64)>,
}

impl Default for Quota {
    fn default() -> Self {
        Self(Mutex::new(Counts { taken: LruCache::new(COUNTERS), beyond: BTreeMap::new() }))
    }
}

impl Quota {
    /// Whether one more of `kind` may be written.
    pub(super) fn take(&self, connection: ConnectionId, kind: Kind, now: Instant) -> bool {
        let mut counts = self.counts();
        let minute = minute(now);
        let taken = counts.taken.get_or_insert_mut((connection, kind), || (minute, 0));
        if taken.0 != minute {
            *taken = (minute, 0);
        }
        if taken.1 >= kind.most() {
            return false;
        }
        taken.1 += 1;
        true
    }

    /// Counts a refusal that is not written.
    pub(super) fn count(&self, account: AccountId, connection: ConnectionId, now: Instant) {
        let mut counts = self.counts();
        counts.beyond.entry((connection, minute(now))).or_insert((account, 0)).1 += 1;
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn minute(now: Instant) -> i64 {
    now.seconds().div_euclid(60)
}

/// Adds what was counted since the last time to the database.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`]; then it is counted still.
pub async fn flush(gateway: &Gateway, ctx: &Ctx) -> Result<(), FlowError> {
    access::decide(ctx.actor, Action::Sweep)?;
    let quota = &gateway.kept().quota;
    let counted = std::mem::take(&mut quota.counts().beyond);
    if counted.is_empty() {
        return Ok(());
    }
    let write = async {
        let mut tx = gateway.storage().write().await?;
        for ((connection, minute), (account, count)) in &counted {
            attempt::add_overflow(&mut tx, *account, *connection, (*minute, *count)).await?;
        }
        tx.commit().await
    };
    if let Err(error) = write.await {
        let mut counts = quota.counts();
        for (key, (account, count)) in counted {
            counts.beyond.entry(key).or_insert((account, 0)).1 += count;
        }
        return Err(error.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    #[test]
    fn each_kind_and_connection_has_its_own_and_every_minute_begins_anew() {
        let (rng, now) = (Rng::seeded(1), Instant::from_seconds(1_772_445_600));
        let (quota, one, other) =
            (Quota::default(), ConnectionId::make(now, &rng), ConnectionId::make(now, &rng));
        let taken = |connection, kind, now| (0..100).filter(|_| quota.take(connection, kind, now)).count();
        assert_eq!(taken(one, Kind::Refused, now), 20);
        assert_eq!(taken(one, Kind::RefusedSigned, now), 60, "counted apart");
        assert_eq!(taken(other, Kind::Refused, now), 20);
        assert_eq!(taken(one, Kind::Refused, now.plus_seconds(59)), 0);
        assert_eq!(taken(one, Kind::Refused, now.plus_seconds(60)), 20);
    }
}
