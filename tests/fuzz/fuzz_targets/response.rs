//! Responses as XML, base64 or a form: no panic, and what is accepted reads as what was minted.

#![no_main]

use std::collections::HashMap;
use std::sync::LazyLock;

use gatepost_fuzz::{Case, mutate, responses};
use gatepost_saml::binding::Wire;
use gatepost_saml::encoding::to_base64;
use gatepost_saml::response::{Assertion, judge};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(responses);

/// The reading of every seed that is accepted, by the assertion's ID.
static READINGS: LazyLock<HashMap<String, Assertion>> = LazyLock::new(|| {
    let mut readings = HashMap::new();
    for seed in SEEDS.iter() {
        for case in (0..4).map(Case::of) {
            let judgement = judge(&Wire::Xml(&seed[1..]), case.settings(), &case.context());
            if let Ok(reading) = judgement.verdict {
                readings.insert(reading.id().to_owned(), reading);
            }
        }
    }
    assert!(readings.len() * 2 > SEEDS.len(), "most seeds are accepted");
    readings
});

fuzz_target!(|data: &[u8]| {
    let Some((byte, message)) = data.split_first() else { return };
    let case = Case::of(*byte);
    let (settings, context) = (case.settings(), case.context());
    let judgement = judge(&Wire::Xml(message), settings, &context);
    if let Ok(reading) = &judgement.verdict {
        assert_eq!(READINGS.get(reading.id()), Some(reading), "another reading of a signed message");
        assert!(!judgement.trace.signed.is_empty());
    }
    if byte & 4 != 0 {
        let posted = to_base64(message);
        let again = judge(&Wire::Base64(posted.as_bytes()), settings, &context);
        assert_eq!(again.verdict, judgement.verdict, "judged by its wire form");
        let _ = judge(&Wire::detect(message), settings, &context);
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed, &SEEDS)
});
