//! The audit log: what an event is, and how the events of an account, or of the installation, are chained.
//!
//! # Design
//!
//! The hash of an event covers the hash before it and the *sealed* body. So the chain can be checked without any key,
//! and it survives the destruction of an account's data key: what happened can no longer be read, but it still cannot
//! be cut out or changed unnoticed by whoever does not make all later hashes anew. Who does, is found out by the sealed
//! bodies while the keys are there ([`crate::storage::event`]).
//!
//! Sign-ins are too many for that: what was tried in an hour is one event, with a root over all of it ([`merkle`]).

use crate::base::Instant;

pub mod chain;
pub mod merkle;

/// What is written once and hashed.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    /// The hash of the event before, or zeros for the first.
    pub previous: &'a [u8],
    /// The number of the event in its chain, from 1.
    pub seq: i64,
    /// When it happened.
    pub at: Instant,
    /// Who did it.
    pub actor: &'a str,
    /// What was done, such as `connection.created`.
    pub action: &'a str,
    /// To what.
    pub target: &'a str,
    /// What it was and became, as it is stored: sealed, where it is about an account.
    pub body: &'a [u8],
}

/// The hash before the first event of a chain.
pub const FIRST: [u8; 32] = [0; 32];

impl Link<'_> {
    /// SHA-256 over every part, each with its length before it, so that no two events have the same input.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut hasher = openssl::sha::Sha256::new();
        let (seq, at) = (self.seq.to_be_bytes(), self.at.micros().to_be_bytes());
        let parts: [&[u8]; 7] = [
            self.previous,
            &seq,
            &at,
            self.actor.as_bytes(),
            self.action.as_bytes(),
            self.target.as_bytes(),
            self.body,
        ];
        for part in parts {
            hasher.update(&(part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_counts_and_none_runs_into_the_next() {
        let link = Link {
            previous: &FIRST,
            seq: 1,
            at: Instant::from_seconds(1),
            actor: "command_line",
            action: "account.created",
            target: "acct_1",
            body: b"x",
        };
        let moved = Link { actor: "command_linea", action: "ccount.created", ..link };
        for other in [
            moved,
            Link { previous: &[1; 32], ..link },
            Link { seq: 2, ..link },
            Link { at: Instant::from_seconds(2), ..link },
            Link { target: "acct_2", ..link },
            Link { body: b"y", ..link },
        ] {
            assert_ne!(link.hash(), other.hash());
        }
        assert_eq!(link.hash(), Link { ..link }.hash());
    }
}
