//! The rules of a judgement that no single message shows: what is reported, what is hidden, what counts.

use super::*;
use crate::instant::Instant;
use crate::key::DecryptionKey;
use crate::mint::keys;
use crate::mint::person::Person;
use crate::mint::personality::{Personality, Signs};
use crate::mint::random::Seeded;
use crate::mint::response::{Draft, MintRequest, Minted};
use crate::mint::tree::Element as Tree;
use crate::policy::{Limits, Relaxations};
use crate::trace::Outcome;
use crate::trust::Trust;
use crate::trust::read_certificate;

const SP: &str = "https://sp.example/metadata";
const ACS: &str = "https://sp.example/acs";
const NOW: Instant = Instant::from_seconds(1_772_445_630);

fn settings(personality: &Personality) -> Settings {
    let key = read_certificate(keys::IDP_RSA.certificate_pem.as_bytes()).unwrap().key;
    Settings {
        sp: ServiceProvider {
            entity_id: SP.to_owned(),
            accepted_audiences: Vec::new(),
            endpoint: ACS.to_owned(),
            decryption_keys: vec![DecryptionKey::from_pem(keys::SP_RSA.private_pem.as_bytes()).unwrap()],
        },
        idp: IdentityProvider {
            entity_id: personality.addresses.entity_id.to_owned(),
            trust: Trust::new(key, []),
        },
        policy: Policy::default(),
        limits: Limits::MESSAGE,
    }
}

/// A message of `personality` in answer to `_request`, with the draft changed before it is sealed.
fn minted(
    name: &str,
    options: impl FnOnce(&mut MintRequest<'_>),
    change: impl FnOnce(&mut Draft<'_>),
) -> Minted {
    let person = Person::examples().remove(0);
    let mut request = MintRequest::new(&person, SP, ACS, NOW);
    request.in_response_to = Some("_request");
    options(&mut request);
    let mut random = Seeded::new(7);
    let mut draft = Draft::new(Personality::named(name).unwrap(), &request, &mut random);
    change(&mut draft);
    draft.seal(&mut random).unwrap()
}

fn judged(name: &str, xml: &[u8], pending: Option<&str>, relaxations: &[Relaxation]) -> Judgement<Assertion> {
    let mut settings = settings(Personality::named(name).unwrap());
    settings.policy = Policy::relaxed(relaxations.iter().copied().collect::<Relaxations>());
    let context =
        Context { now: NOW, pending_request: pending, requested_authn_contexts: &[], seen: &|_| false };
    judge(&Wire::Xml(xml), &settings, &context)
}

fn edit<'t>(tree: &'t mut Tree, local: &str) -> &'t mut Tree {
    tree.find_mut(local).unwrap()
}

fn code(judgement: &Judgement<Assertion>) -> (Code, StepName) {
    let refusal = judgement.verdict.as_ref().unwrap_err();
    (refusal.code, refusal.step)
}

#[test]
fn one_trace_shows_everything_that_is_wrong() {
    let message = minted(
        "okta",
        |_| {},
        |draft| {
            edit(&mut draft.root, "Audience").set_text("https://other.example");
            edit(&mut draft.root, "Conditions").set("NotOnOrAfter", "2001-01-01T00:00:00Z");
            edit(&mut draft.root, "SubjectConfirmationData").set("Recipient", "https://other.example/acs");
        },
    );
    let judgement = judged("okta", &message.xml(), Some("_request"), &[]);
    assert_eq!(code(&judgement), (Code::ConfirmationRecipientMismatch, StepName::Confirmation));
    let failed: Vec<_> = judgement.trace.steps.iter().filter(|step| step.outcome == Outcome::Fail).collect();
    let codes: Vec<_> = failed.iter().filter_map(|step| step.code).collect();
    assert_eq!(codes, [Code::ConfirmationRecipientMismatch, Code::AssertionExpired, Code::AudienceMismatch]);
    assert_eq!(failed[2].wanted.as_deref(), Some(SP));
    assert_eq!(failed[2].found.as_deref(), Some("https://other.example"));
}

#[test]
fn nothing_is_decrypted_under_a_broken_response_signature() {
    let message = minted("shibboleth", |_| {}, |_| {});
    let good = judged("shibboleth", &message.xml(), Some("_request"), &[]);
    assert!(good.verdict.is_ok(), "{:?}", good.trace);
    assert!(good.trace.encrypted.is_some());
    let text = String::from_utf8(message.xml())
        .unwrap()
        .replace("Version=\"2.0\"", "Version=\"2.0\" Consent=\"urn:x\"");
    let judgement = judged("shibboleth", text.as_bytes(), Some("_request"), &[]);
    assert_eq!(code(&judgement), (Code::DigestMismatch, StepName::ResponseSignature));
    assert_eq!(judgement.trace.step(StepName::Decryption).unwrap().outcome, Outcome::Skip);
    assert_eq!(judgement.trace.encrypted, None);
}

/// An unsigned Response around a ciphertext of an attacker's making: whatever happens after decryption, the outside sees
/// one code.
#[test]
fn what_an_oracle_could_use_has_one_public_code() {
    let unsigned =
        minted("okta", |request| request.options.encrypts = Some(true), |draft| draft.signs = Signs::Neither);
    let judgement = judged("okta", &unsigned.xml(), Some("_request"), &[]);
    assert_eq!(code(&judgement), (Code::NotSigned, StepName::Coverage));
    assert_eq!(judgement.verdict.unwrap_err().public_code, Code::DecryptionFailed);
    let foreign = minted(
        "okta",
        |request| {
            request.options.encrypts = Some(true);
            request.options.encrypt_to = Some(keys::SP_RSA_OLD.certificate_pem);
        },
        |draft| draft.signs = Signs::Assertion,
    );
    let judgement = judged("okta", &foreign.xml(), Some("_request"), &[]);
    assert_eq!(code(&judgement), (Code::DecryptionFailed, StepName::Decryption));
    assert_eq!(judgement.trace.step(StepName::Decryption).unwrap().found, None);
    let plain = minted("okta", |_| {}, |draft| draft.signs = Signs::Neither);
    let judgement = judged("okta", &plain.xml(), Some("_request"), &[]);
    assert_eq!(judgement.verdict.unwrap_err().public_code, Code::NotSigned);
}

#[test]
fn the_request_that_counts_is_the_one_in_the_signed_confirmation() {
    let strip = |draft: &mut Draft<'_>| {
        edit(&mut draft.root, "SubjectConfirmationData").unset("InResponseTo");
    };
    let message = minted("entra", |_| {}, strip);
    let judgement = judged("entra", &message.xml(), Some("_request"), &[Relaxation::Unsolicited]);
    assert_eq!(code(&judgement), (Code::Unsolicited, StepName::InResponseTo));

    let message = minted("entra", |_| {}, |_| {});
    let judgement = judged("entra", &message.xml(), Some("_other"), &[]);
    assert_eq!(code(&judgement), (Code::InResponseToMismatch, StepName::InResponseTo));
    let judgement = judged("entra", &message.xml(), None, &[Relaxation::Unsolicited]);
    assert_eq!(code(&judgement), (Code::InResponseToUnknown, StepName::InResponseTo));
    let both = [Relaxation::Unsolicited, Relaxation::UnknownInResponseTo];
    let judgement = judged("entra", &message.xml(), None, &both);
    assert!(judgement.verdict.is_ok());
    assert_eq!(judgement.trace.relaxed.iter().collect::<Vec<_>>(), both);
}

#[test]
fn a_replay_is_refused_last_and_a_refused_message_is_not_even_asked_about() {
    let message = minted("google", |_| {}, |_| {});
    let xml = message.xml();
    let settings = settings(Personality::named("google").unwrap());
    let asked = std::cell::RefCell::new(Vec::new());
    let seen = |key: &ReplayKey| {
        asked.borrow_mut().push(*key);
        true
    };
    let context =
        Context { now: NOW, pending_request: Some("_request"), requested_authn_contexts: &[], seen: &seen };
    assert_eq!(
        code(&judge(&Wire::Xml(&xml), &settings, &context)),
        (Code::AssertionReplayed, StepName::Replay)
    );
    assert_eq!(asked.borrow().len(), 1);
    let late = Context { now: NOW.plus_seconds(86_400), ..context };
    assert_eq!(code(&judge(&Wire::Xml(&xml), &settings, &late)).0, Code::ConfirmationExpired);
    assert_eq!(asked.borrow().len(), 1);
}

#[test]
fn an_unknown_key_is_described_and_not_trusted() {
    let message = minted("adfs", |request| request.options.key = Some(&keys::ATTACKER_RSA), |_| {});
    let judgement = judged("adfs", &message.xml(), Some("_request"), &[]);
    assert_eq!(code(&judgement), (Code::SignatureKeyUnknown, StepName::AssertionSignature));
    let shown = read_certificate(keys::ATTACKER_RSA.certificate_pem.as_bytes()).unwrap().key;
    let found = judgement.trace.step(StepName::AssertionSignature).unwrap().found.clone().unwrap();
    for part in [&shown.certificate().subject, &shown.certificate().sha256, "not trusted"] {
        assert!(found.contains(part), "{found}");
    }
}

#[test]
fn requested_contexts_are_checked_in_the_answer() {
    let message = minted("okta", |_| {}, |_| {});
    let settings = settings(Personality::named("okta").unwrap());
    let requested = ["urn:oasis:names:tc:SAML:2.0:ac:classes:X509".to_owned()];
    let context = Context {
        now: NOW,
        pending_request: Some("_request"),
        requested_authn_contexts: &requested,
        seen: &|_| false,
    };
    let judgement = judge(&Wire::Xml(&message.xml()), &settings, &context);
    assert_eq!(code(&judgement), (Code::AuthnContextMismatch, StepName::AuthnContext));
}

#[test]
fn a_trace_is_stored_and_read_again() {
    let message = minted("shibboleth", |_| {}, |_| {});
    let trace = judged("shibboleth", &message.xml(), Some("_other"), &[]).trace;
    let stored = serde_json::to_string(&trace).unwrap();
    assert_eq!(serde_json::from_str::<Trace>(&stored).unwrap(), trace);
}

/// Exclusive canonicalization of the Response leaves unused declarations out: what a prefix in the plaintext would mean
/// is not signed unless the assertion is.
#[test]
fn an_unsigned_plaintext_takes_no_names_from_outside_of_it() {
    for (signs, expected) in [(Signs::Response, Some(Code::NotSigned)), (Signs::Both, None)] {
        let message = minted(
            "okta",
            |request| request.options.encrypts = Some(true),
            |draft| {
                draft.signs = signs;
                draft.root.set("xmlns:x", "urn:x");
                let assertion = edit(&mut draft.root, "Assertion");
                let mut advice = Tree::new("saml2:Advice");
                advice.push(Tree::new("x:note"));
                assertion.push(advice);
            },
        );
        let judgement = judged("okta", &message.xml(), Some("_request"), &[]);
        assert_eq!(judgement.verdict.err().map(|refusal| refusal.code), expected, "{:?}", judgement.trace);
    }
}
