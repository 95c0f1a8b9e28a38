use std::collections::HashSet;

use super::*;
use crate::instant::Instant;
use crate::key::DecryptionKey;
use crate::mint::keys::{IDP_RSA, SP_RSA};
use crate::mint::{Person, Seeded, personality};
use crate::policy::{Limits, Policy};
use crate::response::{self, Context, IdentityProvider, ReplayKey, ServiceProvider, Settings};
use crate::trust::{Trust, TrustedKey};

const SP: &str = "https://gate.example/saml/conn_1/metadata";
const ACS: &str = "https://gate.example/saml/conn_1/acs";
const REQUEST: &str = "_request";

fn now() -> Instant {
    Instant::parse("2026-03-02T10:00:00Z").unwrap()
}

fn settings(personality: &Personality) -> Settings {
    let key = TrustedKey::from_certificate_der(&IDP_RSA.certificate_der().unwrap()).unwrap();
    Settings {
        sp: ServiceProvider {
            entity_id: SP.to_owned(),
            accepted_audiences: Vec::new(),
            endpoint: ACS.to_owned(),
            decryption_keys: vec![DecryptionKey::from_pem(SP_RSA.private_pem.as_bytes()).unwrap()],
        },
        idp: IdentityProvider {
            entity_id: personality.addresses.entity_id.to_owned(),
            trust: Trust::new(key, []),
        },
        policy: Policy::default(),
        limits: Limits::MESSAGE,
    }
}

fn messages(personality: &Personality, attack: &Attack) -> Vec<AttackMessage> {
    let people = Person::examples();
    let mut request = MintRequest::new(&people[0], SP, ACS, now());
    request.in_response_to = Some(REQUEST);
    make(attack, &mut Bench { personality, request, random: &mut Seeded::new(11) }).unwrap()
}

/// Every variant of Okta's messages, and of one other product's each, so that all dialects are met.
fn cases() -> impl Iterator<Item = (&'static Personality, &'static Attack)> {
    let okta = list().map(|attack| (&personality::ALL[0], attack));
    let others = personality::ALL[1..].iter().cycle();
    okta.chain(others.zip(list()))
}

#[test]
fn every_variant_is_refused_as_its_table_says() {
    let mut wrong = Vec::new();
    for (personality, attack) in cases() {
        let settings = settings(personality);
        let mut seen: HashSet<ReplayKey> = HashSet::new();
        for message in messages(personality, attack) {
            let context = Context {
                now: now(),
                pending_request: Some(REQUEST),
                requested_authn_contexts: &[],
                forced_since: None,
                seen: &|key| seen.contains(key),
            };
            let verdict = response::judge(&message.wire(), &settings, &context).verdict;
            match (&verdict, message.refusal) {
                (Ok(_), None) => {}
                (Err(refusal), Some(wanted)) if (refusal.code, refusal.step) == wanted => {}
                _ => wrong.push(format!(
                    "{} {}: wanted {:?}, found {:?}",
                    personality.name,
                    attack.name,
                    message.refusal,
                    verdict.as_ref().map(|_| "ACCEPTED").map_err(|refusal| (refusal.code, refusal.step)),
                )),
            }
            if let Ok(assertion) = verdict {
                assert_ne!(assertion.name_id().value, FORGED);
                seen.insert(assertion.replay_key());
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn variants_that_claim_to_fool_the_careless_do() {
    let mut wrong = Vec::new();
    for (personality, attack) in cases() {
        let Some(naive) = attack.fools else { continue };
        let messages = messages(personality, attack);
        let tree = messages.last().unwrap().tree.as_ref().unwrap();
        let reading = naive_reading(tree, &IDP_RSA, naive);
        if reading.as_deref() != Some(FORGED) {
            wrong.push(format!("{} {} {naive:?}: {reading:?}", personality.name, attack.name));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_careless_read_valid_messages_too() {
    let people = Person::examples();
    for personality in personality::ALL {
        let request = MintRequest::new(&people[0], SP, ACS, now());
        let mut random = Seeded::new(3);
        let mut bench = Bench { personality, request, random: &mut random };
        for signs in [Signs::Assertion, Signs::Response, Signs::Both] {
            let root = bench.valid(signs).unwrap().root;
            for naive in [Naive::FirstSignature, Naive::AnySignature, Naive::AnyDigest, Naive::DigestOnly] {
                assert!(
                    naive_reading(&root, &IDP_RSA, naive).is_some(),
                    "{} {signs:?} {naive:?}",
                    personality.name
                );
            }
            assert!(naive_reading(&root, &IDP_RSA, Naive::Unsigned).is_none());
        }
    }
}

#[test]
fn names_are_unique_and_plain_and_there_are_many() {
    let names: HashSet<_> = list().map(|attack| attack.name).collect();
    assert_eq!(names.len(), list().count());
    assert!(names.len() >= 120, "{}", names.len());
    for attack in list() {
        assert!(
            attack
                .name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        );
        assert!(attack.about.ends_with('.'), "{}", attack.name);
        assert_eq!(named(attack.name).map(|found| found.about), Some(attack.about));
    }
}
