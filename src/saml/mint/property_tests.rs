//! Minter against engine: what is minted is accepted and read as it was meant; what is changed afterwards is refused, or
//! reads the same.

use super::attack::{self, Bench};
use super::keys::{IDP_EC_P256, IDP_EC_P384, IDP_EC_P521, IDP_RSA, IDP_RSA_4096, SP_RSA, SP_RSA_OLD};
use super::method::{self, Encryption, KeyPlacement};
use super::personality::{ALL, Personality, Signs};
use super::*;
use crate::algorithms::{ContentCipher, Digest, KeyTransport, SignatureAlgorithm};
use crate::binding::Wire;
use crate::instant::Instant;
use crate::key::DecryptionKey;
use crate::policy::{Limits, Policy, Relaxation, Relaxations};
use crate::response::{self, Assertion, Context, IdentityProvider, ServiceProvider, Settings};
use crate::trace::Refusal;
use crate::trust::{Trust, TrustedKey};

const SP: &str = "https://gate.example/saml/conn_1/metadata";
const ACS: &str = "https://gate.example/saml/conn_1/acs";
const REQUEST: &str = "_request";

fn now() -> Instant {
    Instant::parse("2026-03-02T10:00:00Z").unwrap()
}

fn settings(personality: &Personality, policy: Policy) -> Settings {
    let keys = [IDP_RSA, IDP_RSA_4096, IDP_EC_P256, IDP_EC_P384, IDP_EC_P521];
    let trusted =
        |key: &keys::TestKey| TrustedKey::from_certificate_der(&key.certificate_der().unwrap()).unwrap();
    let decryption = |key: keys::TestKey| DecryptionKey::from_pem(key.private_pem.as_bytes()).unwrap();
    Settings {
        sp: ServiceProvider {
            entity_id: SP.to_owned(),
            accepted_audiences: Vec::new(),
            endpoint: ACS.to_owned(),
            decryption_keys: vec![decryption(SP_RSA_OLD), decryption(SP_RSA)],
        },
        idp: IdentityProvider {
            entity_id: personality.addresses.entity_id.to_owned(),
            trust: Trust::from_keys(keys.iter().map(trusted)).unwrap(),
        },
        policy,
        limits: Limits::MESSAGE,
    }
}

fn judge(xml: &[u8], settings: &Settings) -> Result<Assertion, Refusal> {
    let context = Context {
        now: now(),
        pending_request: Some(REQUEST),
        requested_authn_contexts: &[],
        forced_since: None,
        seen: &|_| false,
    };
    response::judge(&Wire::Xml(xml), settings, &context).verdict
}

fn mint(personality: &Personality, person: &Person, options: MintOptions<'_>, random: &mut Seeded) -> Minted {
    let mut request = MintRequest::new(person, SP, ACS, now());
    request.in_response_to = Some(REQUEST);
    request.options = options;
    mint_response(personality, &request, random).unwrap()
}

/// What is minted must be accepted, and read as it was meant.
fn accepted(personality: &Personality, settings: &Settings, options: &MintOptions<'_>, what: &str) {
    for person in Person::examples() {
        // A subject and attributes that are known beforehand, whatever random values the personality would choose.
        let mut random = Seeded::new(40);
        let name_id = personality.name_id(&person, &mut random);
        if name_id.value.is_empty() {
            continue;
        }
        let attributes = personality.attributes(&person, &mut random);
        let options = MintOptions {
            name_id: Some(name_id.clone()),
            attributes: Some(attributes.clone()),
            ..options.clone()
        };
        let minted = mint(personality, &person, options, &mut random);
        let reading = judge(&minted.xml(), settings)
            .unwrap_or_else(|refusal| panic!("{} {what} {}: {refusal:?}", personality.name, person.username));
        assert_eq!(reading.name_id().value, name_id.value);
        assert_eq!(reading.name_id().format, name_id.format);
        let read: Vec<_> = reading
            .attributes()
            .iter()
            .map(|attribute| {
                (attribute.name.clone(), attribute.name_format.clone(), attribute.values.clone())
            })
            .collect();
        let meant: Vec<_> = attributes
            .into_iter()
            .map(|attribute| (attribute.name, attribute.name_format, attribute.values))
            .collect();
        assert_eq!(read, meant, "{} {what}", personality.name);
        assert_eq!(Some(reading.id()), minted.assertion_id.as_deref());
        assert_eq!(reading.in_response_to(), Some(REQUEST));
    }
}

fn encryptions() -> Vec<Option<Encryption>> {
    let usual = Encryption::usual;
    vec![
        None,
        Some(usual(ContentCipher::Aes128Gcm)),
        Some(Encryption { placement: KeyPlacement::Beside, ..usual(ContentCipher::Aes192Gcm) }),
        Some(usual(ContentCipher::Aes256Gcm).with_oaep(Digest::Sha256)),
        Some(usual(ContentCipher::Aes128Cbc)),
        Some(usual(ContentCipher::Aes192Cbc)),
        Some(Encryption { placement: KeyPlacement::Beside, ..usual(ContentCipher::Aes256Cbc) }),
    ]
}

#[test]
fn every_personality_signature_and_encryption_is_accepted_under_its_preset_policy() {
    for personality in
        ALL.iter().copied().chain(Personality::named("clever").map(|clever| clever.with_sha1()))
    {
        let settings = settings(&personality, personality.preset_policy());
        for signs in [Signs::Assertion, Signs::Response, Signs::Both] {
            for encryption in encryptions() {
                let options = MintOptions {
                    signs: Some(signs),
                    encrypts: Some(encryption.is_some()),
                    encryption,
                    ..MintOptions::default()
                };
                accepted(&personality, &settings, &options, &format!("{signs:?} {encryption:?}"));
            }
        }
    }
}

const METHODS: &[SignatureAlgorithm] = &[
    method::RSA_SHA256,
    method::RSA_SHA384,
    method::RSA_SHA512,
    method::PSS_SHA256,
    method::PSS_SHA384,
    method::PSS_SHA512,
    method::ECDSA_SHA256,
    method::ECDSA_SHA384,
    method::ECDSA_SHA512,
];

#[test]
fn every_signature_and_digest_algorithm_is_accepted() {
    for personality in ALL {
        let settings = settings(personality, personality.preset_policy());
        for (index, signature) in METHODS.iter().enumerate() {
            let digest = [Digest::Sha256, Digest::Sha384, Digest::Sha512][index % 3];
            let options = MintOptions {
                signs: Some(Signs::Both),
                signature: Some(*signature),
                digest: Some(digest),
                ..MintOptions::default()
            };
            accepted(personality, &settings, &options, &format!("{signature:?}"));
        }
        let long = MintOptions { key: Some(&IDP_RSA_4096), ..MintOptions::default() };
        accepted(personality, &settings, &long, "RSA 4096");
    }
}

#[test]
fn relaxations_and_nothing_less_let_old_encryption_and_canonicalization_in() {
    let personality = Personality::named("adfs").unwrap();
    let usual = Encryption::usual(ContentCipher::Aes256Cbc);
    let encrypted = |encryption| MintOptions { encryption: Some(encryption), ..MintOptions::default() };
    let inclusive = |form| MintOptions { canonicalization: Some(form), ..MintOptions::default() };
    for (relaxation, options) in [
        (Relaxation::Rsa15, encrypted(Encryption { transport: KeyTransport::Rsa15, ..usual })),
        (Relaxation::TripleDes, encrypted(Encryption::usual(ContentCipher::TripleDesCbc))),
        (Relaxation::InclusiveC14n, inclusive(crate::xml::c14n::Method::Inclusive10)),
        (Relaxation::InclusiveC14n, inclusive(crate::xml::c14n::Method::Inclusive11)),
    ] {
        let policy = Policy::relaxed(Relaxations::NONE.with(relaxation));
        accepted(personality, &settings(personality, policy), &options, relaxation.name());
        let strict = settings(personality, Policy::default());
        let minted = mint(personality, &Person::examples()[0], options, &mut Seeded::new(1));
        assert!(judge(&minted.xml(), &strict).is_err(), "{}", relaxation.name());
    }
}

/// The bytes of the outermost signed element.
fn signed_part(xml: &[u8], signs: Signs) -> std::ops::Range<usize> {
    if signs.response() {
        return 0..xml.len();
    }
    let text = std::str::from_utf8(xml).unwrap();
    let begin = text.find("Assertion ").and_then(|at| text[..at].rfind('<')).unwrap();
    let end = text.rfind("Assertion>").unwrap() + "Assertion>".len();
    begin..end
}

#[test]
fn a_changed_bit_in_a_signed_part_is_refused_or_reads_the_same() {
    const FLIPS: usize = 2000;
    let people = Person::examples();
    for (index, personality) in ALL.iter().enumerate() {
        let settings = settings(personality, personality.preset_policy());
        let mut random = Seeded::new(100 + index as u64);
        let minted = mint(personality, &people[0], MintOptions::default(), &mut random);
        let xml = minted.xml();
        let reading = judge(&xml, &settings).unwrap();
        let part = signed_part(&xml, personality.signs);
        for _ in 0..FLIPS {
            let (at, bit) = (part.start + random.below(part.len()), random.below(8));
            let mut changed = xml.clone();
            changed[at] ^= 1 << bit;
            if let Ok(other) = judge(&changed, &settings) {
                assert_eq!(other, reading, "{} byte {at} bit {bit}", personality.name);
            }
        }
    }
}

#[test]
fn no_variant_is_accepted_under_the_widest_policy_but_those_it_relaxes() {
    let wide = Policy::relaxed(Relaxation::ALL.into_iter().collect());
    // Content faults that a relaxation is there to accept; the signed person is the true one.
    let relaxed = [
        "algorithm-sha1",
        "canonicalization-inclusive",
        "key-transport-rsa-1-5",
        "cipher-triple-des",
        "authn-statement-missing",
        "unsolicited",
        "in-response-to-other",
        "in-response-to-disagrees",
        "replay",
        "replay-in-new-response",
    ];
    let people = Person::examples();
    for (index, variant) in attack::list().enumerate() {
        let personality = &ALL[index % ALL.len()];
        let settings = settings(personality, wide.clone());
        let mut request = MintRequest::new(&people[0], SP, ACS, now());
        request.in_response_to = Some(REQUEST);
        let mut random = Seeded::new(5);
        for message in
            attack::make(variant, &mut Bench { personality, request, random: &mut random }).unwrap()
        {
            let context = Context {
                now: now(),
                pending_request: Some(REQUEST),
                requested_authn_contexts: &[],
                forced_since: None,
                seen: &|_| false,
            };
            if let Ok(reading) = response::judge(&message.wire(), &settings, &context).verdict {
                assert!(relaxed.contains(&variant.name), "{} {}", personality.name, variant.name);
                assert_ne!(reading.name_id().value, attack::FORGED);
            }
        }
    }
}
