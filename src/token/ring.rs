//! The ring of signing keys: which one signs at a moment, and which are published.
//!
//! # Design
//!
//! A key has a number and the moment from which it signs; its state follows from `now`. So no job has to switch keys
//! over, all nodes switch at the same moment, and there are never two that sign: of those whose moment has come, the one
//! with the highest number does. A new key is published at once and signs only after everybody who keeps our document
//! must have fetched it anew; an old one is published until its last token has ended. A key that leaked is withdrawn: it
//! is not published from that moment on.

use super::claims::LIFE_SECONDS;
use super::key::PublicKey;
use crate::base::Instant;

/// For clocks that differ between nodes, and for caches that are a little late.
const SLACK_SECONDS: i64 = 300;

/// Where a key is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Published; signs later.
    Next,
    /// Signs.
    Active,
    /// Published; does not sign any more.
    Retired,
    /// Not published any more: tokens of this key do not count.
    Gone,
}

impl State {
    /// Its name for people and programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Gone => "gone",
        }
    }
}

/// A key of the ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number: 1, 2, 3 …
    pub number: i64,
    /// The public half.
    pub key: PublicKey,
    /// When it was made, and published.
    pub created_at: Instant,
    /// From when on it signs.
    pub active_from: Instant,
    /// When it was withdrawn, if it was.
    pub withdrawn_at: Option<Instant>,
}

/// All keys, by their numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ring(Vec<Entry>);

/// A rotation is under way already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnderWay {
    /// When the next key begins to sign.
    pub active_from: Instant,
}

impl Ring {
    /// Of these keys.
    #[must_use]
    pub fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_by_key(|entry| entry.number);
        Self(entries)
    }

    /// Every key, oldest first, with its state.
    pub fn entries(&self, now: Instant) -> impl Iterator<Item = (&Entry, State)> {
        self.0.iter().map(move |entry| (entry, self.state(entry, now)))
    }

    /// The key that signs.
    #[must_use]
    pub fn active(&self, now: Instant) -> Option<&Entry> {
        self.0.iter().rev().find(|entry| entry.withdrawn_at.is_none() && entry.active_from <= now)
    }

    /// The keys that others may verify with, the active one first: some take the first.
    #[must_use]
    pub fn published(&self, now: Instant) -> Vec<&PublicKey> {
        let of = |wanted: State| {
            self.entries(now).filter(move |(_, state)| *state == wanted).map(|(entry, _)| &entry.key)
        };
        of(State::Active).chain(of(State::Next)).chain(of(State::Retired)).collect()
    }

    /// The number of a key that is to be added.
    #[must_use]
    pub fn next_number(&self) -> i64 {
        self.0.last().map_or(1, |entry| entry.number.saturating_add(1))
    }

    /// Whether there is a key that signs, now or later, by whichever clock.
    #[must_use]
    pub fn has_any(&self) -> bool {
        self.0.iter().any(|entry| entry.withdrawn_at.is_none())
    }

    /// From when on a key signs that is made now and must not wait: also by the clock of a node that is behind.
    #[must_use]
    pub const fn at_once(now: Instant) -> Instant {
        now.plus_seconds(-SLACK_SECONDS)
    }

    /// From when on a key that is made now may sign, where our document may be kept for `max_age` seconds.
    ///
    /// # Errors
    /// [`UnderWay`] when there is a next key already.
    pub fn plan(&self, max_age: i64, now: Instant) -> Result<Instant, UnderWay> {
        if !self.has_any() {
            // Nobody can have kept a document without a key that signs.
            return Ok(Self::at_once(now));
        }
        match self.entries(now).find(|(_, state)| *state == State::Next) {
            Some((next, _)) => Err(UnderWay { active_from: next.active_from }),
            None => Ok(now.plus_seconds(max_age.saturating_add(SLACK_SECONDS))),
        }
    }

    fn state(&self, entry: &Entry, now: Instant) -> State {
        if entry.withdrawn_at.is_some() {
            return State::Gone;
        }
        if now < entry.active_from {
            return State::Next;
        }
        // The first later key whose moment has come took this one's place.
        let later = self.0.iter().filter(|other| other.number > entry.number && other.withdrawn_at.is_none());
        match later.map(|other| other.active_from.max(entry.active_from)).filter(|from| *from <= now).min() {
            None => State::Active,
            Some(since) if now < since.plus_seconds(LIFE_SECONDS + SLACK_SECONDS) => State::Retired,
            Some(_) => State::Gone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;
    use crate::token::key::KeyPair;

    const MAX_AGE: i64 = 900;

    fn at(seconds: i64) -> Instant {
        Instant::from_seconds(1_772_445_600 + seconds)
    }

    fn entry(number: i64, created: i64, active: i64) -> Entry {
        Entry {
            number,
            key: KeyPair::draw(&Rng::seeded(number.unsigned_abs())).unwrap().public().clone(),
            created_at: at(created),
            active_from: at(active),
            withdrawn_at: None,
        }
    }

    fn states(ring: &Ring, seconds: i64) -> Vec<&'static str> {
        ring.entries(at(seconds)).map(|(_, state)| state.name()).collect()
    }

    #[test]
    fn a_key_lives_from_next_to_gone() {
        let ring = Ring::new(vec![entry(2, 1000, 2200), entry(1, 0, 0)]);
        assert_eq!(states(&ring, 1000), ["active", "next"]);
        assert_eq!(states(&ring, 2199), ["active", "next"]);
        assert_eq!(states(&ring, 2200), ["retired", "active"]);
        assert_eq!(states(&ring, 2200 + 899), ["retired", "active"]);
        assert_eq!(states(&ring, 2200 + 900), ["gone", "active"]);
        assert_eq!(ring.next_number(), 3);
    }

    #[test]
    fn the_next_key_waits_until_nobody_keeps_a_document_without_it() {
        let first = Ring::new(vec![entry(1, 0, 0)]);
        assert_eq!(first.plan(MAX_AGE, at(1000)), Ok(at(1000 + MAX_AGE + SLACK_SECONDS)));
        assert_eq!(
            Ring::default().plan(MAX_AGE, at(5)),
            Ok(at(5 - SLACK_SECONDS)),
            "the first signs at once"
        );
        let both = Ring::new(vec![entry(1, 0, 0), entry(2, 1000, 2200)]);
        assert_eq!(both.plan(MAX_AGE, at(2199)), Err(UnderWay { active_from: at(2200) }));
        assert!(both.plan(MAX_AGE, at(2200)).is_ok());
    }

    /// Whatever was rotated when: one key signs, it is published, and so is every key that signed within the life of a
    /// token.
    #[test]
    fn one_key_signs_and_its_tokens_verify_to_their_end() {
        let random = Rng::seeded(9);
        for _ in 0..200 {
            let draw = |below: u16| i64::from(u16::from_be_bytes(random.bytes()) % below);
            let mut entries = vec![entry(1, 0, 0)];
            for number in 2..=(2 + draw(3)) {
                let created = draw(6000);
                entries.push(entry(number, created, created + draw(3000)));
            }
            let ring = Ring::new(entries);
            for seconds in (0..9000).step_by(150) {
                let now = at(seconds);
                let active = ring.entries(now).filter(|(_, state)| *state == State::Active).count();
                assert_eq!(active, 1, "{ring:?} at {seconds}");
                let signer = &ring.active(now).unwrap().key;
                assert_eq!(ring.published(now).first(), Some(&signer));
                for later in [0, LIFE_SECONDS / 2, LIFE_SECONDS] {
                    let published = ring.published(now.plus_seconds(later));
                    assert!(published.contains(&signer), "{ring:?} at {seconds} + {later}");
                }
            }
        }
    }

    #[test]
    fn a_withdrawn_key_is_gone_at_once() {
        let leaked = Entry { withdrawn_at: Some(at(1000)), ..entry(1, 0, 0) };
        let ring = Ring::new(vec![leaked, entry(2, 1000, 1000)]);
        assert_eq!(states(&ring, 1000), ["gone", "active"]);
        assert_eq!(ring.published(at(1000)).len(), 1);
    }
}
