//! Randomness as an input: the operating system's generator in service, a seeded one in tests and reproducible minting.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A source of random bytes.
pub trait Random: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// A source of random bytes that can be handed on.
#[derive(Clone)]
pub struct Rng(Arc<dyn Random>);

impl fmt::Debug for Rng {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Rng")
    }
}

impl Rng {
    /// The operating system's generator.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(System))
    }

    /// A predictable generator: the same seed gives the same bytes. Never for a server that people sign in to.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Seeded { seed, counter: AtomicU64::new(0) }))
    }

    /// Fills `bytes`.
    pub fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }

    /// An array of random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}

struct System;

impl Random for System {
    /// A process that cannot get random bytes cannot make a single safe decision, so it ends at once.
    fn fill(&self, bytes: &mut [u8]) {
        if getrandom::fill(bytes).is_err() {
            std::process::abort();
        }
    }
}

struct Seeded {
    seed: u64,
    counter: AtomicU64,
}

impl Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let counter = self.counter.fetch_add(1, Ordering::SeqCst);
            let mut input = [0; 16];
            let (seed, count) = input.split_at_mut(8);
            seed.copy_from_slice(&self.seed.to_be_bytes());
            count.copy_from_slice(&counter.to_be_bytes());
            for (to, from) in chunk.iter_mut().zip(openssl::sha::sha256(&input)) {
                *to = from;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_the_system_does_not() {
        assert_eq!(Rng::seeded(7).bytes::<40>(), Rng::seeded(7).bytes::<40>());
        assert_ne!(Rng::seeded(7).bytes::<40>(), Rng::seeded(8).bytes::<40>());
        assert_ne!(Rng::system().bytes::<32>(), Rng::system().bytes::<32>());
    }
}
