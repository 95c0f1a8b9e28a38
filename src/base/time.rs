//! The clock, read at the edge only: once per request or job, into [`super::Ctx::now`].

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A moment. It is the engine's type, so that `now` reaches it unchanged.
pub use gatepost_saml::instant::Instant;

/// A day, where nobody asks for a calendar.
pub const DAY_SECONDS: i64 = 86_400;

/// Where `now` comes from.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The system's clock.
    #[default]
    System,
    /// A clock that moves when told to: tests, and looking at a sign-in of the past.
    Manual(ManualClock),
}

impl Clock {
    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Instant {
        match self {
            Self::System => system_now(),
            Self::Manual(clock) => clock.now(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
fn system_now() -> Instant {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Instant::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// A clock that stands still until it is moved; its copies move together.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that stands at `now`.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self(Arc::new(AtomicI64::new(now.micros())))
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant::from_micros(self.0.load(Ordering::SeqCst))
    }

    /// Moves it by `seconds`.
    pub fn advance(&self, seconds: i64) {
        self.0.store(self.now().plus_seconds(seconds).micros(), Ordering::SeqCst);
    }

    /// Sets it to `now`.
    pub fn set(&self, now: Instant) {
        self.0.store(now.micros(), Ordering::SeqCst);
    }
}
