//! How often a key may ask: a bucket of our own clock for each, with those that it made for its own account, told in
//! headers so that nobody has to run into its end.
//!
//! Levels are kept in memory, per process: on several nodes a key may ask as often on each. What is refused for another
//! reason counts too, as does what succeeds.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderValue};
use lru::LruCache;

use crate::base::Instant;
use crate::base::id::ApiKeyId;

/// Keys that are remembered; the one that was quiet for longest gives way.
const KEYS: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();
const MINUTE: i64 = 60_000_000;

/// The buckets.
#[derive(Debug)]
pub struct Rates {
    per_minute: i64,
    /// How much each has used, in requests times [`MINUTE`], at a moment.
    used: Mutex<LruCache<ApiKeyId, (i64, Instant)>>,
}

/// How a key stands after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    limit: i64,
    remaining: i64,
    /// Until all of it is there again.
    reset_seconds: i64,
    /// How long to wait, when nothing remained for this one.
    pub retry_seconds: Option<u64>,
}

impl Rates {
    /// As many requests in a minute.
    #[must_use]
    pub fn new(per_minute: u32) -> Self {
        Self { per_minute: i64::from(per_minute).max(1), used: Mutex::new(LruCache::new(KEYS)) }
    }

    /// Counts a request.
    pub fn count(&self, key: ApiKeyId, now: Instant) -> Standing {
        let (limit, full) = (self.per_minute, self.per_minute.saturating_mul(MINUTE));
        let mut all = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let (used, at) = all.get(&key).copied().unwrap_or((0, now));
        let passed = now.micros().saturating_sub(at.micros()).max(0);
        let used = used.saturating_sub(passed.saturating_mul(limit)).max(0);
        let after = used + MINUTE;
        let ceiling = |micros: i64| micros.div_euclid(limit.saturating_mul(1_000_000)) + 1;
        if after > full {
            let retry_seconds = u64::try_from(ceiling(after - full)).ok();
            return Standing { limit, remaining: 0, reset_seconds: ceiling(used), retry_seconds };
        }
        all.put(key, (after, now.max(at)));
        Standing {
            limit,
            remaining: (full - after) / MINUTE,
            reset_seconds: ceiling(after),
            retry_seconds: None,
        }
    }
}

impl Standing {
    /// As draft-ietf-httpapi-ratelimit-headers has it: what the rule is, and how the key stands.
    pub fn tell(self, headers: &mut HeaderMap) {
        let Self { limit, remaining, reset_seconds, .. } = self;
        let lines = [
            ("ratelimit-policy", format!("\"key\";q={limit};w=60")),
            ("ratelimit", format!("\"key\";r={remaining};t={reset_seconds}")),
        ];
        for (name, line) in lines {
            if let Ok(value) = HeaderValue::from_str(&line) {
                headers.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    #[test]
    fn it_empties_fills_again_and_each_key_has_its_own() {
        let now = Instant::from_seconds(1000);
        let rng = Rng::seeded(1);
        let (one, other) = (ApiKeyId::make(now, &rng), ApiKeyId::make(now, &rng));
        let rates = Rates::new(60);
        for remaining in (0..60).rev() {
            let standing = rates.count(one, now);
            assert_eq!((standing.remaining, standing.retry_seconds), (remaining, None));
        }
        assert!(rates.count(one, now).retry_seconds.is_some_and(|seconds| (1..=2).contains(&seconds)));
        assert_eq!(rates.count(other, now).retry_seconds, None);
        assert_eq!(rates.count(one, now.plus_seconds(1)).retry_seconds, None, "one a second comes back");
        assert!(rates.count(one, now.plus_seconds(1)).retry_seconds.is_some());
        assert_eq!(rates.count(one, now.plus_seconds(120)).remaining, 59);
        let mut headers = HeaderMap::new();
        rates.count(one, now.plus_seconds(120)).tell(&mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"key\";q=60;w=60");
        assert_eq!(headers["ratelimit"], "\"key\";r=58;t=3");
    }
}
