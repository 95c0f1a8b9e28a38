//! What was used a moment ago.
//!
//! # Design
//!
//! A copy that comes while the first one is being decided finds nothing used, and is only found out by its insert: then the
//! whole batch is written once more, one by one. Whoever has one good assertion and sends it a thousand times at once
//! could so slow down everybody beside it. So assertions and requests that were used lately are remembered here, and a
//! copy is answered without the database. The database decides all the same: what is not remembered is found there.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use super::rows::{Conflict, Rows};

/// More than can be on their way at the same time.
const MOST: usize = 4096;

/// Assertions and requests that were used lately.
#[derive(Debug, Default)]
pub(super) struct Used(Mutex<Lately>);

#[derive(Debug, Default)]
struct Lately {
    all: HashMap<Vec<u8>, Conflict>,
    order: VecDeque<Vec<u8>>,
}

impl Used {
    /// Remembers what was used by `rows`.
    pub(super) fn insert(&self, rows: &Rows) {
        let mut lately = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, conflict) in rows.uses() {
            if lately.all.insert(key.clone(), conflict).is_none() {
                lately.order.push_back(key);
            }
        }
        while lately.order.len() > MOST
            && let Some(oldest) = lately.order.pop_front()
        {
            lately.all.remove(&oldest);
        }
    }

    /// What the insert of `rows` would find, as far as that is known.
    pub(super) fn find(&self, rows: &Rows) -> Option<Conflict> {
        let lately = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rows.uses().find_map(|(key, _)| lately.all.get(&key).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::{AccountId, AttemptId, ConnectionId, RequestId};
    use crate::base::{Instant, Rng};
    use crate::directory::state::{Outcome, Purpose};
    use crate::storage::attempt::{self, Attempt};
    use crate::storage::replay::{self, AssertionKey};
    use crate::storage::seal::AccountKeys;

    /// Sign-ins by one connection, each with an assertion and a request.
    fn rows(connection: ConnectionId, assertion: u32, request: &str) -> Rows {
        let (now, rng) = (Instant::from_seconds(1_772_445_630), Rng::seeded(1));
        let account = AccountId::make(now, &rng);
        let attempt = Attempt {
            id: AttemptId::make(now, &rng),
            connection_id: connection,
            revision: 1,
            purpose: Purpose::Login,
            outcome: Outcome::Accepted,
            is_signed: true,
            code: None,
            user_id: None,
            session_id: None,
            request_id: RequestId::make(now, &rng),
            created_at: now,
        };
        let keys = AccountKeys::from_generations(&[(1, AccountKeys::draw(&rng))], 1).unwrap();
        let row = attempt::new_row(account, (&attempt, b"{}"), &keys, &rng).unwrap();
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&assertion.to_be_bytes());
        let key = AssertionKey { day: 20_000, hash };
        Rows {
            replay: Some(replay::row(account, connection, key, attempt.id)),
            request: Some(replay::request_row(account, connection, request, now)),
            ..Rows::of(row)
        }
    }

    #[test]
    fn what_was_used_is_found_and_memory_is_bounded() {
        let (now, rng, used) = (Instant::from_seconds(1), Rng::seeded(2), Used::default());
        let (own, other) = (ConnectionId::make(now, &rng), ConnectionId::make(now, &rng));
        let first = rows(own, 0, "_a");
        assert_eq!(used.find(&first), None);
        used.insert(&first);
        assert_eq!(used.find(&first), Some(Conflict::Replayed));
        assert_eq!(used.find(&rows(own, 0, "_b")), Some(Conflict::Replayed));
        assert_eq!(used.find(&rows(own, 1, "_a")), Some(Conflict::RequestUsed));
        assert_eq!(used.find(&rows(other, 0, "_b")), None, "another connection's assertion");
        assert_eq!(used.find(&rows(own, 1, "_b")), None);
        for number in 1..=5000 {
            used.insert(&rows(own, number, &format!("_{number}")));
        }
        let lately = used.0.lock().unwrap();
        assert_eq!((lately.all.len(), lately.order.len()), (MOST, MOST));
        drop(lately);
        assert_eq!(used.find(&rows(own, 5000, "_x")), Some(Conflict::Replayed));
        assert_eq!(used.find(&first), None, "long ago: the database knows");
    }
}
