//! What was used a moment ago.
//!
//! # Design
//!
//! A copy that comes while the first one is being decided finds nothing used, and is only found out by its insert: then the
//! whole batch is written once more, one by one. Whoever has one good assertion and sends it a thousand times at once
//! could so slow down everybody beside it. So assertions that were used lately are remembered here, and a copy is
//! answered without the database. The database decides all the same: what is not remembered is found there.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use super::super::replay;

/// More than can be on their way at the same time.
const MOST: usize = 4096;

/// Assertions that were used lately.
#[derive(Debug, Default)]
pub(super) struct Used(Mutex<Lately>);

#[derive(Debug, Default)]
struct Lately {
    all: HashSet<Vec<u8>>,
    order: VecDeque<Vec<u8>>,
}

impl Used {
    /// Remembers one.
    pub(super) fn insert(&self, assertion: &replay::Row) {
        let mut lately = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = assertion.key();
        if lately.all.insert(key.clone()) {
            lately.order.push_back(key);
        }
        while lately.order.len() > MOST
            && let Some(oldest) = lately.order.pop_front()
        {
            lately.all.remove(&oldest);
        }
    }

    /// Whether it is one of them.
    pub(super) fn contains(&self, assertion: &replay::Row) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).all.contains(&assertion.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::{AccountId, AttemptId, ConnectionId};
    use crate::base::{Instant, Rng};
    use crate::storage::replay::AssertionKey;

    fn row(connection: ConnectionId, assertion: u32) -> replay::Row {
        let (now, rng) = (Instant::from_seconds(1_772_445_630), Rng::seeded(1));
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&assertion.to_be_bytes());
        let key = AssertionKey { day: 20_000, hash };
        replay::row(AccountId::make(now, &rng), connection, key, AttemptId::make(now, &rng))
    }

    #[test]
    fn what_was_used_is_found_and_memory_is_bounded() {
        let (now, rng, used) = (Instant::from_seconds(1), Rng::seeded(2), Used::default());
        let (own, other) = (ConnectionId::make(now, &rng), ConnectionId::make(now, &rng));
        assert!(!used.contains(&row(own, 0)));
        used.insert(&row(own, 0));
        assert!(used.contains(&row(own, 0)));
        assert!(!used.contains(&row(other, 0)), "another connection's assertion");
        assert!(!used.contains(&row(own, 1)));
        for number in 1..=5000 {
            used.insert(&row(own, number));
        }
        let lately = used.0.lock().unwrap();
        assert_eq!((lately.all.len(), lately.order.len()), (MOST, MOST));
        drop(lately);
        assert!(used.contains(&row(own, 5000)));
        assert!(!used.contains(&row(own, 0)), "long ago: the database knows");
    }
}
