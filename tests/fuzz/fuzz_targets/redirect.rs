//! Queries and forms: no panic, nothing beyond the bound, and what is accepted reads as what was minted.

#![no_main]

use std::sync::LazyLock;

use gatepost_fuzz::{Case, mutate, redirects};
use gatepost_saml::binding::{Parameter, Wire, form_fields};
use gatepost_saml::logout::{Logout, judge};
use gatepost_saml::trace::MessageKind;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(redirects);

static READINGS: LazyLock<Vec<Logout>> = LazyLock::new(|| {
    let readings: Vec<_> = SEEDS.iter().flat_map(|seed| accepted(&seed[1..], &Case::of(0))).collect();
    assert!(readings.len() >= SEEDS.len(), "every seed is accepted");
    readings
});

fn accepted(bytes: &[u8], case: &Case) -> Vec<Logout> {
    let kinds = [MessageKind::LogoutRequest, MessageKind::LogoutResponse];
    let wires = [Wire::Query(bytes), Wire::Form(bytes)];
    wires
        .iter()
        .flat_map(|wire| kinds.map(|kind| judge(wire, kind, case.settings(), &case.context())))
        .filter_map(|judgement| judgement.verdict.ok())
        .collect()
}

fuzz_target!(|data: &[u8]| {
    let Some((byte, bytes)) = data.split_first() else { return };
    let case = Case::of(*byte);
    let limits = &case.settings().limits;
    for parameter in [Parameter::Request, Parameter::Response] {
        for wire in [Wire::Query(bytes), Wire::Form(bytes), Wire::Base64(bytes), Wire::detect(bytes)] {
            if let Ok(message) = wire.message(parameter, limits) {
                assert!(message.xml.len() <= limits.max_bytes, "more than the bound");
            }
        }
        let _ = form_fields(bytes, parameter, limits);
    }
    for reading in accepted(bytes, &case) {
        assert!(READINGS.contains(&reading), "another reading of a signed message: {reading:?}");
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed, &SEEDS)
});
