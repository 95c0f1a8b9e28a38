//! Logout messages as XML: no panic, and what is accepted reads as what was minted.

#![no_main]

use std::sync::LazyLock;

use gatepost_fuzz::{Case, logouts, mutate};
use gatepost_saml::binding::Wire;
use gatepost_saml::logout::{Logout, judge};
use gatepost_saml::trace::MessageKind;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(logouts);

static READINGS: LazyLock<Vec<Logout>> = LazyLock::new(|| {
    let readings: Vec<_> = SEEDS.iter().flat_map(|seed| accepted(&seed[1..], &Case::of(0))).collect();
    assert!(readings.len() * 2 > SEEDS.len(), "most seeds are accepted");
    readings
});

fn accepted(message: &[u8], case: &Case) -> Vec<Logout> {
    [MessageKind::LogoutRequest, MessageKind::LogoutResponse]
        .into_iter()
        .filter_map(|kind| judge(&Wire::Xml(message), kind, case.settings(), &case.context()).verdict.ok())
        .collect()
}

fuzz_target!(|data: &[u8]| {
    let Some((byte, message)) = data.split_first() else { return };
    for reading in accepted(message, &Case::of(*byte)) {
        assert!(READINGS.contains(&reading), "another reading of a signed message: {reading:?}");
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed, &SEEDS)
});
