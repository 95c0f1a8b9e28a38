//! Mutants: valid messages, changed as text or as trees, some of them signed again.
//!
//! A mutant is a function of (seed number, index) alone. To add a kind of change: one arm in [`bytes`] or [`tree`].

mod bytes;
mod tree;

use crate::random::Random;
use crate::seeds::Seed;

/// A changed message.
#[derive(Debug)]
pub(crate) struct Mutant<'s> {
    pub(crate) seed: &'s Seed,
    pub(crate) bytes: Vec<u8>,
    /// What was done, for the report.
    pub(crate) steps: Vec<&'static str>,
}

/// Mutant number `index` of `seeds`.
pub(crate) fn mutant<'s>(seeds: &'s [Seed], number: u64, index: u64) -> Mutant<'s> {
    let random = &mut Random::of(number, index);
    let mut seed = &seeds[random.below(seeds.len())];
    // Ciphertexts cost the most and show the least: fewer of them.
    if seed.xml.contains("EncryptedAssertion") && random.chance(65) {
        seed = &seeds[random.below(seeds.len())];
    }
    match &seed.tree {
        Some(tree) if !random.chance(40) => {
            let (bytes, steps) = tree::change(tree, random);
            Mutant { seed, bytes, steps }
        }
        _ => {
            let (bytes, steps) = bytes::change(seed.xml.as_bytes(), random);
            Mutant { seed, bytes, steps }
        }
    }
}
