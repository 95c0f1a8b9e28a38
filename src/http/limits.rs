//! How much one address may ask for in vain.
//!
//! # Design
//!
//! A whole district sits behind one address, so what succeeds is never counted: refusals are, and sign-ins that were
//! started and not finished; one that is finished gives its start back. An address over its limit is told when to come
//! again. Its refusals are then neither stored nor explained, but a good answer still signs in, so that a pupil who
//! hammers the gate does not lock the school out. Limits are kept per address and never per connection, which a stranger
//! could use up for everybody.
//!
//! A bucket that leaks by our own clock is all that is needed: its level rises by one with each try and falls with
//! time. The crate that one would take for it cannot give anything back. Levels are kept in memory, for as many addresses as fit; the one that was
//! quiet for longest gives way. IPv6 addresses count by /64, which is what a subscriber has.

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use lru::LruCache;

use super::address::Address;
use crate::base::Instant;

/// Addresses that are remembered: about a hundred bytes each.
const ADDRESSES: NonZeroUsize = NonZeroUsize::new(20_000).unwrap();
const MICROS: i64 = 1_000_000;

/// The limits of a process.
#[derive(Debug)]
pub struct Limits {
    /// Refused answers, and names that nobody has.
    pub refusals: Buckets,
    /// Sign-ins that were begun.
    pub starts: Buckets,
}

impl Default for Limits {
    fn default() -> Self {
        Self { refusals: Buckets::new(300, 5), starts: Buckets::new(12_000, 100) }
    }
}

/// A leaking bucket for each address.
#[derive(Debug)]
pub struct Buckets {
    /// How much it holds.
    capacity: i64,
    /// What leaks in a second.
    per_second: i64,
    levels: Mutex<LruCache<Key, Level>>,
}

/// By which addresses are told from one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key {
    V4([u8; 4]),
    V6([u8; 8]),
}

#[derive(Debug, Clone, Copy)]
struct Level {
    /// In millionths.
    filled: i64,
    at: Instant,
}

impl Buckets {
    /// Buckets that hold `capacity`, of which `per_second` leak.
    #[must_use]
    pub fn new(capacity: i64, per_second: i64) -> Self {
        Self { capacity, per_second, levels: Mutex::new(LruCache::new(ADDRESSES)) }
    }

    /// Counts one try of that address; an error is how many seconds to wait.
    ///
    /// # Errors
    /// When it is full.
    pub fn count(&self, address: Address, now: Instant) -> Result<(), u64> {
        let Some(key) = key(address) else { return Ok(()) };
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        let level = self.leaked(levels.get(&key).copied(), now);
        let over = level.filled + MICROS - self.capacity * MICROS;
        if over > 0 {
            let seconds = over.div_euclid(self.per_second * MICROS) + 1;
            return Err(u64::try_from(seconds).unwrap_or(1));
        }
        levels.put(key, Level { filled: level.filled + MICROS, at: now });
        Ok(())
    }

    /// Whether that address has used up what it may, without counting.
    #[must_use]
    pub fn is_full(&self, address: Address, now: Instant) -> bool {
        let Some(key) = key(address) else { return false };
        let levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        self.leaked(levels.peek(&key).copied(), now).filled + MICROS > self.capacity * MICROS
    }

    /// Takes one back.
    pub fn give_back(&self, address: Address, now: Instant) {
        let Some(key) = key(address) else { return };
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = levels.get(&key).copied() {
            let level = self.leaked(Some(known), now);
            levels.put(key, Level { filled: (level.filled - MICROS).max(0), at: now });
        }
    }

    fn leaked(&self, level: Option<Level>, now: Instant) -> Level {
        let Some(level) = level else { return Level { filled: 0, at: now } };
        let elapsed = now.micros().saturating_sub(level.at.micros()).max(0);
        let leaked = elapsed.saturating_mul(self.per_second);
        Level { filled: level.filled.saturating_sub(leaked).max(0), at: now.max(level.at) }
    }
}

/// The key of an address.
pub(super) fn key(address: Address) -> Option<Key> {
    match address.0?.to_canonical() {
        IpAddr::V4(address) => Some(Key::V4(address.octets())),
        IpAddr::V6(address) => address.octets().first_chunk::<8>().copied().map(Key::V6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Address {
        Address(Some(text.parse().unwrap()))
    }

    #[test]
    fn it_fills_and_leaks() {
        let (buckets, now) = (Buckets::new(3, 1), Instant::from_seconds(1000));
        for _ in 0..3 {
            assert_eq!(buckets.count(at("192.0.2.1"), now), Ok(()));
        }
        assert!(buckets.is_full(at("192.0.2.1"), now));
        assert_eq!(buckets.count(at("192.0.2.1"), now), Err(2));
        assert_eq!(buckets.count(at("192.0.2.2"), now), Ok(()), "others are others");
        assert_eq!(buckets.count(at("192.0.2.1"), now.plus_seconds(1)), Ok(()));
        assert!(buckets.count(at("192.0.2.1"), now.plus_seconds(1)).is_err());
        assert!(buckets.count(at("192.0.2.1"), now.plus_seconds(-9)).is_err(), "a clock that goes back");
    }

    #[test]
    fn a_district_may_begin_at_once_and_a_stranger_not_for_ever() {
        let (limits, now) = (Limits::default(), Instant::from_seconds(1000));
        for _ in 0..12_000 {
            assert_eq!(limits.starts.count(at("192.0.2.1"), now), Ok(()));
        }
        assert_eq!(limits.starts.count(at("192.0.2.1"), now), Err(1));
        limits.starts.give_back(at("192.0.2.1"), now);
        assert_eq!(limits.starts.count(at("192.0.2.1"), now), Ok(()), "one came back signed in");
    }

    #[test]
    fn what_is_given_back_can_be_had_again() {
        let (buckets, now) = (Buckets::new(1, 1), Instant::from_seconds(1000));
        for _ in 0..100 {
            assert_eq!(buckets.count(at("192.0.2.1"), now), Ok(()));
            buckets.give_back(at("192.0.2.1"), now);
        }
        buckets.give_back(at("192.0.2.1"), now);
        assert_eq!(buckets.count(at("192.0.2.1"), now), Ok(()));
        assert!(buckets.count(at("192.0.2.1"), now).is_err(), "nobody saves up");
    }

    #[test]
    fn ipv6_counts_by_network_and_memory_is_bounded() {
        let (buckets, now) = (Buckets::new(1, 1), Instant::from_seconds(1000));
        assert_eq!(buckets.count(at("2001:db8:0:1::1"), now), Ok(()));
        assert!(buckets.count(at("2001:db8:0:1:ffff::2"), now).is_err());
        assert_eq!(buckets.count(at("2001:db8:0:2::1"), now), Ok(()));
        assert_eq!(buckets.count(at("::ffff:192.0.2.1"), now), Ok(()));
        assert!(buckets.count(at("192.0.2.1"), now).is_err());
        for number in 0..30_000_u32 {
            let _ = buckets.count(Address(Some(std::net::Ipv4Addr::from(number).into())), now);
        }
        assert_eq!(buckets.levels.lock().unwrap().len(), ADDRESSES.get());
        assert_eq!(buckets.count(Address(None), now), Ok(()), "without an address nothing is counted");
    }
}
