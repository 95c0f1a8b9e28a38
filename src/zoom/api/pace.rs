//! When the next call may go: one for each Zoom account that a process calls, shared by all links to it and all work on them.
//! Pure; time and randomness are inputs.
//!
//! Zoom counts calls by label (light, medium, heavy) over the whole Zoom account, all its apps together. We take half of
//! what the smallest paid plan has until an answer's headers say how much there is, then half of that: others live there
//! too. SCIM was once one call a second, and is so here until headers say otherwise.

use crate::base::{Instant, Rng};

const SECOND: i64 = 1_000_000;
/// The first wait after a failure without an end, and the longest.
const FIRST: i64 = SECOND / 2;
const LONGEST: i64 = 60 * SECOND;

/// What kind of call it is, by Zoom's labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// Single things.
    Light,
    /// Lists.
    Medium,
    /// Reports, usage.
    Heavy,
    /// SCIM2, whatever it does.
    Scim,
}

impl Label {
    const ALL: [Self; 4] = [Self::Light, Self::Medium, Self::Heavy, Self::Scim];

    /// Calls a second before anything is known of the account.
    const fn usual(self) -> u32 {
        match self {
            Self::Light => 15,
            Self::Medium => 10,
            Self::Heavy => 5,
            Self::Scim => 1,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Lane {
    label: Label,
    /// Between two calls, in microseconds.
    gap: i64,
    /// No call before.
    free_at: i64,
}

/// The pace of one Zoom account.
#[derive(Debug)]
pub struct Pace {
    lanes: [Lane; 4],
    /// No call of any kind before.
    held_until: i64,
}

impl Default for Pace {
    fn default() -> Self {
        let lane = |label: Label| Lane { label, gap: SECOND / i64::from(label.usual()), free_at: i64::MIN };
        Self { lanes: Label::ALL.map(lane), held_until: i64::MIN }
    }
}

impl Pace {
    fn lane(&mut self, label: Label) -> Option<&mut Lane> {
        self.lanes.iter_mut().find(|lane| lane.label == label)
    }

    /// Books the next place for a call: how many microseconds from `now`. A place further away than `longest` is not
    /// booked; then it says when to ask again.
    ///
    /// # Errors
    /// The moment at which there will be a place.
    pub fn book(&mut self, now: Instant, label: Label, longest: i64) -> Result<i64, Instant> {
        let (now, held_until) = (now.micros(), self.held_until);
        let Some(lane) = self.lane(label) else { return Ok(0) };
        let at = lane.free_at.max(held_until).max(now);
        let wait = at - now;
        if wait > longest {
            return Err(Instant::from_micros(at));
        }
        lane.free_at = at.saturating_add(lane.gap);
        Ok(wait)
    }

    /// Calls of this kind may be made at half of `per_second`.
    pub fn learn(&mut self, label: Label, per_second: u32) {
        let rate = i64::from((per_second / 2).max(1));
        if let Some(lane) = self.lane(label) {
            lane.gap = SECOND / rate;
        }
    }

    /// Nothing of this kind is called before `until`: the others have limits of their own.
    pub fn hold_lane(&mut self, label: Label, until: Instant) {
        if let Some(lane) = self.lane(label) {
            lane.free_at = lane.free_at.max(until.micros());
        }
    }

    /// Nothing is called before `until`.
    pub fn hold(&mut self, until: Instant) {
        self.held_until = self.held_until.max(until.micros());
    }
}

/// How long to wait, in microseconds, before the next try after `failures` failures: doubled each time, and drawn
/// between half of it and all of it, so that those who failed together do not come back together.
#[must_use]
pub fn backoff(failures: u32, rng: &Rng) -> i64 {
    let whole = FIRST.saturating_mul(1_i64 << failures.min(10)).min(LONGEST);
    let half = whole / 2;
    let drawn = i64::from(u32::from_be_bytes(rng.bytes()));
    half + half * drawn / i64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_seconds(1_800_000_000);

    #[test]
    fn calls_are_spaced_by_label() {
        let mut pace = Pace::default();
        let mut book = |label| pace.book(NOW, label, i64::MAX);
        assert_eq!(
            (book(Label::Scim), book(Label::Scim), book(Label::Scim)),
            (Ok(0), Ok(SECOND), Ok(2 * SECOND))
        );
        assert_eq!((book(Label::Medium), book(Label::Medium)), (Ok(0), Ok(SECOND / 10)));
        // What was not used is not saved up.
        assert_eq!(pace.book(NOW.plus_seconds(60), Label::Scim, i64::MAX), Ok(0));
        assert_eq!(pace.book(NOW.plus_seconds(60), Label::Scim, i64::MAX), Ok(SECOND));
    }

    #[test]
    fn what_would_wait_too_long_is_not_booked() {
        let mut pace = Pace::default();
        pace.hold(NOW.plus_seconds(3600));
        pace.hold(NOW.plus_seconds(10));
        assert_eq!(pace.book(NOW, Label::Light, 60 * SECOND), Err(NOW.plus_seconds(3600)));
        assert_eq!(pace.book(NOW, Label::Scim, 60 * SECOND), Err(NOW.plus_seconds(3600)));
        assert_eq!(pace.book(NOW.plus_seconds(3600), Label::Scim, 0), Ok(0), "nobody stood in line");
    }

    #[test]
    fn a_lane_is_held_by_itself() {
        let mut pace = Pace::default();
        pace.hold_lane(Label::Heavy, NOW.plus_seconds(3600));
        assert_eq!(pace.book(NOW, Label::Heavy, 60 * SECOND), Err(NOW.plus_seconds(3600)));
        assert_eq!((pace.book(NOW, Label::Scim, 0), pace.book(NOW, Label::Medium, 0)), (Ok(0), Ok(0)));
        assert_eq!(pace.book(NOW.plus_seconds(3600), Label::Heavy, 0), Ok(0));
    }

    #[test]
    fn half_of_what_headers_tell_is_ours() {
        let mut pace = Pace::default();
        pace.learn(Label::Scim, 80);
        assert_eq!(pace.book(NOW, Label::Scim, 0), Ok(0));
        assert_eq!(pace.book(NOW, Label::Scim, i64::MAX), Ok(SECOND / 40));
        pace.learn(Label::Scim, 1);
        assert_eq!(pace.book(NOW.plus_seconds(9), Label::Scim, 0), Ok(0));
        assert_eq!(pace.book(NOW.plus_seconds(9), Label::Scim, i64::MAX), Ok(SECOND));
    }

    #[test]
    fn waits_double_up_to_a_minute_and_differ() {
        let rng = Rng::seeded(1);
        for failures in 0..40 {
            let whole = (FIRST << failures.min(20)).min(LONGEST);
            let wait = backoff(failures, &rng);
            assert!((whole / 2..=whole).contains(&wait), "{failures}: {wait}");
        }
        assert_ne!(backoff(5, &rng), backoff(5, &rng));
    }
}
