//! Logout messages: the same faults at the other door.

use gatepost_saml::binding::Wire;
use gatepost_saml::logout::{Logout, judge};
use gatepost_saml::mint::logout::{LogoutDraft, LogoutFacts, logout_request};
use gatepost_saml::mint::tree::Style;
use gatepost_saml::mint::{Person, Seeded, Signs, keys};
use gatepost_saml::response::Context;
use gatepost_saml::trace::MessageKind;
use gatepost_saml::{Code, Judgement, StepName};

use crate::bench::{ADMIN, Message, SP, after_issuer, extensions, now, personality, settings};
use crate::naive::{NAIVE, Naive, Reads};

const SLO: &str = "https://gate.example/saml/conn_1/slo";

fn draft() -> LogoutDraft<'static> {
    let people: &'static [Person] = Vec::leak(Person::examples());
    logout_request(personality(), &LogoutFacts::new(&people[0], SP, SLO, now()), &mut Seeded::new(1))
}

fn verdict(wire: &Wire<'_>) -> Judgement<Logout> {
    let mut settings = settings();
    settings.sp.endpoint = SLO.to_owned();
    let context = Context {
        now: now(),
        pending_request: None,
        requested_authn_contexts: &[],
        forced_since: None,
        seen: &|_| false,
    };
    judge(wire, MessageKind::LogoutRequest, &settings, &context)
}

fn refusal(wire: &Wire<'_>) -> (Code, StepName) {
    let refusal = verdict(wire).verdict.unwrap_err();
    (refusal.code, refusal.step)
}

#[test]
fn samlify_634_signed_assertion_vouches_for_a_logout_request() {
    let genuine = draft().signed().unwrap().xml();
    assert!(verdict(&Wire::Xml(&genuine)).verdict.is_ok());
    // Step 1: a logout request for the administrator, unsigned.
    let mut forged = draft().unsigned().root;
    crate::bench::name(&mut forged, ADMIN);
    // Step 2: a signed assertion that the attacker was given once.
    let assertion = Message::genuine(Signs::Assertion).root.take("Assertion").unwrap();
    after_issuer(&mut forged, extensions(assertion));
    // A receiver that finds a good signature somewhere reads the request's own NameID.
    assert!(NAIVE.accepts(&forged, &keys::IDP_RSA).is_some());
    assert_eq!(
        forged.elements().find(|child| child.local() == "NameID").map(|name| name.children.len()),
        Some(1)
    );
    let text = forged.document(Style::default());
    assert_eq!(refusal(&Wire::Xml(text.as_bytes())), (Code::NotSigned, StepName::MessageSignature));
}

#[test]
fn samlify_634_signature_moved_to_the_request() {
    // Step 1: the signed assertion's signature becomes the request's; the assertion is kept where it is found by ID.
    let mut assertion = Message::genuine(Signs::Assertion).root.take("Assertion").unwrap();
    let signature = assertion.take("Signature").unwrap();
    let mut forged = draft().unsigned().root;
    crate::bench::name(&mut forged, ADMIN);
    after_issuer(&mut forged, extensions(assertion));
    after_issuer(&mut forged, signature);
    assert!(Naive::reading(Reads::First).accepts(&forged, &keys::IDP_RSA).is_some());
    let text = forged.document(Style::default());
    assert_eq!(refusal(&Wire::Xml(text.as_bytes())), (Code::SignatureReference, StepName::MessageSignature));
}

#[test]
fn cve_2018_7711_an_error_is_not_a_success_in_the_redirect_binding() {
    let good = draft().redirect(None).unwrap();
    assert!(verdict(&Wire::Query(good.as_bytes())).verdict.is_ok());
    let (signed, _) = good.split_once("&Signature=").unwrap();
    for value in ["AA%3D%3D", "AAAA", "%41%41%41%41"] {
        let query = format!("{signed}&Signature={value}");
        assert_eq!(
            refusal(&Wire::Query(query.as_bytes())),
            (Code::SignatureInvalid, StepName::MessageSignature)
        );
    }
    let empty = format!("{signed}&Signature=");
    assert!(verdict(&Wire::Query(empty.as_bytes())).verdict.is_err());
    // Without SigAlg and Signature the message is unsigned, and that is no less an error.
    let (unsigned, _) = good.split_once("&SigAlg=").unwrap();
    assert_eq!(refusal(&Wire::Query(unsigned.as_bytes())), (Code::NotSigned, StepName::MessageSignature));
}

#[test]
fn cve_2018_7644_hmac_in_the_redirect_binding() {
    let good = draft().redirect(None).unwrap();
    let query = good.replace("rsa-sha256", "hmac-sha256");
    assert_ne!(query, good);
    assert_eq!(
        refusal(&Wire::Query(query.as_bytes())),
        (Code::SignatureAlgorithm, StepName::MessageSignature)
    );
}
