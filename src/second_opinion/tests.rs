//! What the second engine says to what our minter makes, and that it objects where it must. The moments of the messages
//! are long past: no clock but the one given counts.

use gatepost_saml::algorithms::{ContentCipher, Digest, SignatureAlgorithm};
use gatepost_saml::key::DecryptionKey;
use gatepost_saml::mint::method::{self, Encryption};
use gatepost_saml::mint::personality::ALL;
use gatepost_saml::mint::{
    MintOptions, MintRequest, Person, Personality, Seeded, Signs, keys, mint_response,
};
use gatepost_saml::response::{self, Context, IdentityProvider, ServiceProvider};
use gatepost_saml::trust::{Trust, TrustedKey};
use gatepost_saml::{Limits, Policy};

use super::*;

const SP: &str = "https://gate.example/saml/conn_1/metadata";
const ACS: &str = "https://gate.example/saml/conn_1/acs";

fn now() -> Instant {
    Instant::parse("2003-03-02T10:00:00Z").unwrap()
}

fn settings(personality: &Personality, key: &keys::TestKey) -> Settings {
    let trusted = TrustedKey::from_certificate_der(&key.certificate_der().unwrap()).unwrap();
    Settings {
        sp: ServiceProvider {
            entity_id: SP.to_owned(),
            accepted_audiences: Vec::new(),
            endpoint: ACS.to_owned(),
            decryption_keys: vec![DecryptionKey::from_pem(keys::SP_RSA.private_pem.as_bytes()).unwrap()],
        },
        idp: IdentityProvider {
            entity_id: personality.addresses.entity_id.to_owned(),
            trust: Trust::new(trusted, []),
        },
        policy: Policy::default(),
        limits: Limits::MESSAGE,
    }
}

fn minted(personality: &Personality, options: MintOptions<'_>, seed: u64) -> Vec<u8> {
    let people = Person::examples();
    let request = MintRequest {
        in_response_to: Some("_request"),
        options,
        ..MintRequest::new(&people[1], SP, ACS, now())
    };
    mint_response(personality, &request, &mut Seeded::new(seed)).unwrap().xml()
}

/// The question about a message that our engine accepts.
fn question(personality: &Personality, key: &keys::TestKey, xml: &[u8]) -> Question {
    let (wire, settings) = (Wire::Xml(xml), settings(personality, key));
    let context = Context {
        now: now(),
        pending_request: Some("_request"),
        requested_authn_contexts: &[],
        forced_since: None,
        seen: &|_| false,
    };
    let judgement = response::judge(&wire, &settings, &context);
    let assertion = judgement.verdict.unwrap_or_else(|refusal| panic!("{}: {refusal:?}", personality.name));
    Question::new(&wire, &settings, now(), (&assertion, &judgement.trace)).unwrap()
}

fn good(name: &str, seed: u64) -> Question {
    let personality = Personality::named(name).unwrap();
    question(personality, &keys::IDP_RSA, &minted(personality, MintOptions::default(), seed))
}

#[test]
fn both_engines_read_the_same_in_every_shape() {
    let aes = |cipher| Some(Encryption::usual(cipher));
    for personality in ALL {
        for signs in [Signs::Assertion, Signs::Response, Signs::Both] {
            for encryption in [None, aes(ContentCipher::Aes128Cbc), aes(ContentCipher::Aes256Gcm)] {
                let options = MintOptions {
                    signs: Some(signs),
                    encrypts: Some(encryption.is_some()),
                    encryption,
                    ..MintOptions::default()
                };
                let question = question(personality, &keys::IDP_RSA, &minted(personality, options, 3));
                assert_eq!(ask(&question), Opinion::Agrees, "{} {signs:?} {encryption:?}", personality.name);
            }
        }
    }
}

#[test]
fn it_knows_every_signature_but_pss() {
    let okta = Personality::named("okta").unwrap();
    let pss = Opinion::CannotJudge("RSA-PSS");
    for (signature, key, expected) in [
        (method::RSA_SHA384, &keys::IDP_RSA, Opinion::Agrees),
        (method::RSA_SHA512, &keys::IDP_RSA, Opinion::Agrees),
        (method::ECDSA_SHA256, &keys::IDP_EC_P256, Opinion::Agrees),
        (method::ECDSA_SHA384, &keys::IDP_EC_P384, Opinion::Agrees),
        (method::ECDSA_SHA512, &keys::IDP_EC_P521, Opinion::Agrees),
        (method::PSS_SHA256, &keys::IDP_RSA, pss.clone()),
        (method::PSS_SHA512, &keys::IDP_RSA, pss),
    ] {
        let signature: SignatureAlgorithm = signature;
        let digest = Some(Digest::Sha256);
        let options = MintOptions { signature: Some(signature), digest, ..MintOptions::default() };
        let question = question(okta, key, &minted(okta, options, 3));
        assert_eq!(ask(&question), expected, "{signature:?}");
    }
}

#[test]
fn another_message_than_the_one_that_was_read_is_noticed() {
    for name in ["okta", "shibboleth", "keycloak", "clever"] {
        let (ours, other) = (good(name, 1), good(name, 2));
        let swapped = Question { xml: other.xml, trace: other.trace, ..ours };
        let Opinion::Disagrees(fields) = ask(&swapped) else { panic!("{name}: no objection") };
        assert!(fields.contains(&"assertion ID"), "{name}: {fields:?}");
    }
}

#[test]
fn what_was_changed_or_is_not_signed_is_noticed() {
    let entra = Personality::named("entra").unwrap();
    let good = good("entra", 1);
    let text = String::from_utf8(good.xml.clone()).unwrap();
    let begin = text.find("<Signature").unwrap();
    let end = text.find("</Signature>").unwrap() + "</Signature>".len();
    for changed in [
        text.replace("bjoern@", "carla@"),
        format!("{}{}", &text[..begin], &text[end..]),
        text.replace("</samlp:Response>", "").replace("<samlp:Status>", "<samlp:Status"),
    ] {
        assert_ne!(changed, text);
        let question = Question { xml: changed.into_bytes(), ..good.clone() };
        assert_eq!(ask(&question), Opinion::Disagrees(vec!["signature"]));
    }
    let other_key = Question { settings: settings(entra, &keys::ATTACKER_RSA), ..good };
    assert_eq!(ask(&other_key), Opinion::Disagrees(vec!["signature"]));
}

#[test]
fn audience_recipient_and_time_are_the_settings_and_no_clock() {
    let good = good("entra", 1);
    let change = |change: fn(&mut Question)| {
        let mut question = good.clone();
        change(&mut question);
        ask(&question)
    };
    let differs = |fields: &[&'static str]| Opinion::Disagrees(fields.to_vec());
    assert_eq!(change(|question| question.settings.sp.entity_id.push('x')), differs(&["audience"]));
    let endpoint = change(|question| question.settings.sp.endpoint.push('x'));
    assert_eq!(endpoint, differs(&["subject confirmation"]));
    let later = change(|question| question.now = question.now.plus_seconds(86_400));
    assert_eq!(later, differs(&["time", "subject confirmation"]));
    let earlier = change(|question| question.now = question.now.plus_seconds(-86_400));
    assert_eq!(earlier, differs(&["time"]));
}

#[test]
fn a_panic_is_no_opinion() {
    let panicked = guarded(|| {
        let short: &[u8] = &[];
        Opinion::Disagrees(vec![if short[0] == 0 { "unreachable" } else { "" }])
    });
    assert_eq!(panicked, Opinion::CannotJudge("the second engine panicked"));
}
