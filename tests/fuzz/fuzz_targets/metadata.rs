//! Metadata: no panic; under a required signature what is accepted reads as what was minted.

#![no_main]

use std::sync::LazyLock;

use gatepost_fuzz::{Case, metadata, mutate, now};
use gatepost_saml::Limits;
use gatepost_saml::binding::Wire;
use gatepost_saml::metadata::{Entity, MetadataContext, MetadataTrust, judge};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(metadata);

static READINGS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let readings: Vec<_> = SEEDS.iter().filter_map(|seed| signed(&seed[1..])).collect();
    assert!(readings.len() * 2 > SEEDS.len(), "most seeds are accepted");
    readings
});

fn context<'a>(trust: MetadataTrust<'a>) -> MetadataContext<'a> {
    let policy = &Case::of(0).settings().policy;
    MetadataContext { now: now(), entity_id: None, trust, policy, limits: Limits::METADATA }
}

fn shown(entities: &[Entity]) -> String {
    format!("{entities:?}")
}

fn signed(xml: &[u8]) -> Option<String> {
    let trust = &Case::of(0).settings().idp.trust;
    let judgement = judge(&Wire::Xml(xml), &context(MetadataTrust::Required(trust)));
    judgement.verdict.ok().map(|entities| shown(&entities))
}

fuzz_target!(|data: &[u8]| {
    let Some((byte, xml)) = data.split_first() else { return };
    if byte & 1 != 0 {
        let read = || judge(&Wire::Xml(xml), &context(MetadataTrust::Unchecked));
        if let Ok(entities) = read().verdict {
            assert!(entities.iter().all(|entity| !entity.signing.is_empty() && !entity.sso.is_empty()));
            assert_eq!(read().verdict.ok().map(|again| shown(&again)), Some(shown(&entities)));
        }
    } else if let Some(reading) = signed(xml) {
        assert!(READINGS.contains(&reading), "another reading of signed metadata: {reading}");
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed, &SEEDS)
});
