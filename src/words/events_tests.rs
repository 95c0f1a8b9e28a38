//! Whatever is recorded is told in a sentence of every language: the sources are read for the kinds of events.

use std::collections::BTreeSet;
use std::path::Path;

use super::sentences_tests::{code, sources};
use super::*;

/// What reads like a kind of event and is none: what webhooks alone are told, columns, settings, a file.
const OTHERS: [&str; 17] = [
    "certificate.added",
    "certificate.removed",
    "certificate.ending",
    "session.created",
    "erasures.erased",
    "idp_keys.certificate",
    "jobs.input",
    "signing_keys.public_point",
    "metadata.signed_by",
    "metadata.url",
    "api_keys.created_by",
    "idp_keys.source",
    "policy.clock_skew_seconds",
    "policy.max_validity_seconds",
    "policy.relaxations",
    "zoom_runs.totals",
    "metadata_tests.rs",
];

/// Whether a literal reads `noun.verb`; the name of a sealed column does too.
fn is_kind(literal: &str) -> bool {
    let is_word =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    literal
        .split_once('.')
        .is_some_and(|(noun, verb)| is_word(noun) && is_word(verb) && !verb.ends_with("_sealed"))
}

/// The kinds in a source of a flow, with the few things that read alike.
fn kinds(source: &str) -> BTreeSet<String> {
    let code = code(source);
    code.split('"').skip(1).step_by(2).filter(|literal| is_kind(literal)).map(str::to_owned).collect()
}

/// The kinds in a source of the storage, which names columns like that too.
fn kinds_beside_columns(source: &str) -> BTreeSet<String> {
    let code = code(source);
    let after = code.split("action: \"").skip(1);
    after.filter_map(|rest| rest.split('"').next()).filter(|kind| is_kind(kind)).map(str::to_owned).collect()
}

#[test]
fn every_event_that_is_recorded_is_told_and_no_other() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut recorded = BTreeSet::new();
    sources(&src.join("flow"), &mut |_, source| recorded.extend(kinds(source)));
    sources(&src.join("storage"), &mut |_, source| recorded.extend(kinds_beside_columns(source)));
    let unneeded: Vec<_> = OTHERS.iter().filter(|other| !recorded.contains(**other)).collect();
    assert!(unneeded.is_empty(), "these are not there any more: {unneeded:?}");
    recorded.retain(|kind| !OTHERS.contains(&kind.as_str()));
    assert!(recorded.len() > 80, "the sources were read: {}", recorded.len());
    for text in LANGUAGES {
        let told: Vec<_> = text.events.done.iter().map(|(kind, _)| (*kind).to_owned()).collect();
        let set: BTreeSet<_> = told.iter().cloned().collect();
        assert_eq!(set.len(), told.len(), "each once in {}", text.language);
        let missing: Vec<_> = recorded.difference(&set).collect();
        assert!(missing.is_empty(), "say these in words/{}/events.rs: {missing:#?}", text.language);
        let unused: Vec<_> = set.difference(&recorded).collect();
        assert!(unused.is_empty(), "nobody records these any more: {unused:#?}");
    }
}

#[test]
fn a_planted_kind_is_found() {
    let source = "// \"no.comment\"\nfn f() { tell((\"moon.painted\", id)); seal(\"moons.name_sealed\"); page(\"a b.c\") }\n\
                  #[cfg(test)]\nmod tests { \"no.test\" }";
    assert_eq!(kinds(source).into_iter().collect::<Vec<_>>(), ["moon.painted"]);
    let source = "ORDER(\"moons.id\"); Event { action: \"moon.painted\" }";
    assert_eq!(kinds_beside_columns(source).into_iter().collect::<Vec<_>>(), ["moon.painted"]);
}
