//! Randomness as an input: the caller's generator, or a seeded one whose messages can be made again byte for byte.
//!
//! Padding of RSA-PSS, RSA-OAEP and RSA 1.5 and the nonces of ECDSA come from OpenSSL and are not seeded.

use openssl::sha::Sha256;

/// A source of random bytes.
pub trait Random {
    /// Fills `out`.
    fn fill(&mut self, out: &mut [u8]);
}

impl<F: FnMut(&mut [u8])> Random for F {
    fn fill(&mut self, out: &mut [u8]) {
        self(out);
    }
}

/// SHA-256 over (seed, counter), block after block. For fixtures and tests: whoever knows the seed knows the bytes.
#[derive(Debug, Clone)]
pub struct Seeded {
    seed: u64,
    counter: u64,
}

impl Seeded {
    /// The generator of `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, counter: 0 }
    }

    /// A number below `bound` (0 for a bound of 0). The tiny bias of the modulus is of no matter for fixtures.
    pub fn below(&mut self, bound: usize) -> usize {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        let number = u64::from_be_bytes(bytes);
        usize::try_from(number.checked_rem(bound as u64).unwrap_or(0)).unwrap_or(0)
    }
}

impl Random for Seeded {
    fn fill(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let mut hash = Sha256::new();
            hash.update(b"gatepost mint seed");
            hash.update(&self.seed.to_be_bytes());
            hash.update(&self.counter.to_be_bytes());
            self.counter = self.counter.wrapping_add(1);
            for (to, from) in chunk.iter_mut().zip(hash.finish()) {
                *to = from;
            }
        }
    }
}

/// `N` random bytes.
pub(crate) fn bytes<const N: usize>(random: &mut dyn Random) -> [u8; N] {
    let mut out = [0; N];
    random.fill(&mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        let (mut one, mut two, mut other) = (Seeded::new(7), Seeded::new(7), Seeded::new(8));
        assert_eq!(bytes::<40>(&mut one), bytes::<40>(&mut two));
        assert_ne!(bytes::<40>(&mut one), bytes::<40>(&mut two).map(|byte| byte ^ 1));
        assert_ne!(bytes::<40>(&mut one), bytes::<40>(&mut other));
    }
}
