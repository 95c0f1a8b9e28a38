//! Whether a chain of events is whole.

use super::{FIRST, Link};
use crate::base::Instant;

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The number of the event in its chain.
    pub seq: i64,
    /// When it happened.
    pub at: Instant,
    /// Who did it.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub target: String,
    /// What it was and became, as it is stored: sealed, where it is about an account.
    pub body: Vec<u8>,
    /// The hash that was stored with it.
    pub hash: Vec<u8>,
}

/// Reads a chain from its beginning, a part at a time. That the latest events were cut off cannot be seen here: keep the
/// number and hash of the last one elsewhere to see that too.
#[derive(Debug, Clone)]
pub struct Chain {
    last: (i64, Vec<u8>),
}

impl Default for Chain {
    fn default() -> Self {
        Self { last: (0, FIRST.to_vec()) }
    }
}

impl Chain {
    /// The number of the last event that was read; 0 before the first.
    #[must_use]
    pub const fn last(&self) -> i64 {
        self.last.0
    }

    /// Number and hash of the last event: what to note elsewhere.
    #[must_use]
    pub fn head(&self) -> (i64, &[u8]) {
        (self.last.0, &self.last.1)
    }

    /// Reads the event after the last.
    ///
    /// # Errors
    /// The number of the event that is missing or was changed.
    pub fn read(&mut self, event: Stored) -> Result<(), i64> {
        let seq = self.last.0 + 1;
        let link = Link {
            previous: &self.last.1,
            seq,
            at: event.at,
            actor: &event.actor,
            action: &event.action,
            target: &event.target,
            body: &event.body,
        };
        if event.seq != seq || link.hash().as_slice() != event.hash {
            return Err(seq);
        }
        self.last = (seq, event.hash);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events() -> Vec<Stored> {
        let mut previous = FIRST.to_vec();
        let make = |seq| {
            let mut event = Stored {
                seq,
                at: Instant::from_seconds(seq),
                actor: "command_line".to_owned(),
                action: "account.created".to_owned(),
                target: "acct_1".to_owned(),
                body: vec![1, 2, 3],
                hash: Vec::new(),
            };
            let link = Link {
                previous: &previous,
                seq,
                at: event.at,
                actor: &event.actor,
                action: &event.action,
                target: &event.target,
                body: &event.body,
            };
            event.hash = link.hash().to_vec();
            previous.clone_from(&event.hash);
            event
        };
        (1..=5).map(make).collect()
    }

    fn broken_at(events: Vec<Stored>) -> Option<i64> {
        let mut chain = Chain::default();
        events.into_iter().find_map(|event| chain.read(event).err())
    }

    #[test]
    fn what_was_changed_or_cut_out_is_found() {
        assert_eq!(broken_at(events()), None);
        let mut changed = events();
        changed[2].actor = "nobody".to_owned();
        assert_eq!(broken_at(changed), Some(3));
        let mut resealed = events();
        resealed[1].body[0] ^= 1;
        assert_eq!(broken_at(resealed), Some(2));
        let mut cut = events();
        cut.remove(3);
        assert_eq!(broken_at(cut), Some(4));
        let mut swapped = events();
        swapped.swap(0, 1);
        assert_eq!(broken_at(swapped), Some(1));
    }
}
