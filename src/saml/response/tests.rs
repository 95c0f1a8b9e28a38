//! The rules of a judgement that no single message shows: what is reported, what is hidden, what counts.

use super::*;
use crate::instant::Instant;
use crate::key::DecryptionKey;
use crate::mint::keys;
use crate::mint::person::Person;
use crate::mint::personality::{Personality, Signs};
use crate::mint::random::Seeded;
use crate::mint::response::{Draft, MintRequest, Minted};
use crate::mint::tree::{Element as Tree, Node};
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
    let context = Context {
        now: NOW,
        pending_request: pending,
        requested_authn_contexts: &[],
        forced_since: None,
        seen: &|_| false,
    };
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
    let context = Context {
        now: NOW,
        pending_request: Some("_request"),
        requested_authn_contexts: &[],
        forced_since: None,
        seen: &seen,
    };
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
        forced_since: None,
        seen: &|_| false,
    };
    let judgement = judge(&Wire::Xml(&message.xml()), &settings, &context);
    assert_eq!(code(&judgement), (Code::AuthnContextMismatch, StepName::AuthnContext));
}

#[test]
fn requested_contexts_that_were_used_are_accepted() {
    let message = minted("okta", |_| {}, |_| {});
    let settings = settings(Personality::named("okta").unwrap());
    let requested = [
        "urn:oasis:names:tc:SAML:2.0:ac:classes:X509".to_owned(),
        "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport".to_owned(),
    ];
    let context = Context {
        now: NOW,
        pending_request: Some("_request"),
        requested_authn_contexts: &requested,
        forced_since: None,
        seen: &|_| false,
    };
    let judgement = judge(&Wire::Xml(&message.xml()), &settings, &context);
    assert_eq!(judgement.trace.step(StepName::AuthnContext).unwrap().outcome, Outcome::Pass);
    let accepted = judgement.verdict.unwrap();
    assert_eq!(accepted.authn_context(), Some(requested[1].as_str()));
}

/// The person must have been authenticated after the request was sent, give or take the clocks; an identity provider
/// that does not say when has not shown it.
#[test]
fn a_forced_authentication_is_a_new_one() {
    let forced = |since: Instant, at: Option<&str>, relaxations: &[Relaxation]| {
        let message = minted(
            "okta",
            |_| {},
            |draft| match at {
                Some(at) => edit(&mut draft.root, "AuthnStatement").set("AuthnInstant", at),
                None if relaxations.is_empty() => {
                    edit(&mut draft.root, "AuthnStatement").unset("AuthnInstant");
                }
                None => drop(edit(&mut draft.root, "Assertion").take("AuthnStatement")),
            },
        );
        let mut settings = settings(Personality::named("okta").unwrap());
        settings.policy = Policy::relaxed(relaxations.iter().copied().collect::<Relaxations>());
        let context = Context {
            now: NOW,
            pending_request: Some("_request"),
            requested_authn_contexts: &[],
            forced_since: Some(since),
            seen: &|_| false,
        };
        judge(&Wire::Xml(&message.xml()), &settings, &context)
    };
    let since = Instant::parse("2026-03-02T10:00:00Z").unwrap();
    for (at, is_new) in [
        ("2026-03-02T10:00:20Z", true),
        ("2026-03-02T09:57:00Z", true),
        ("2026-03-02T09:56:59.999Z", false),
        ("2026-03-02T01:00:00Z", false),
        ("0001-01-01T00:00:00Z", false),
    ] {
        let judgement = forced(since, Some(at), &[]);
        let refused = judgement.verdict.as_ref().err().map(|refusal| (refusal.code, refusal.step));
        let expected = (!is_new).then_some((Code::AuthnNotFresh, StepName::AuthnStatement));
        assert_eq!(refused, expected, "{at}");
    }
    for relaxations in [&[][..], &[Relaxation::NoAuthnStatement]] {
        let judgement = forced(since, None, relaxations);
        assert_eq!(code(&judgement), (Code::AuthnNotFresh, StepName::AuthnStatement));
        let found = judgement.trace.step(StepName::AuthnStatement).unwrap().found.clone();
        assert_eq!(found.as_deref(), Some("no AuthnInstant"));
    }
}

type Change = fn(&mut Draft<'_>);

fn stray(xml: &[u8], pending: Option<&str>, at: Instant) -> Option<Stray> {
    let settings = settings(Personality::named("okta").unwrap());
    let context = Context {
        now: at,
        pending_request: pending,
        requested_authn_contexts: &[],
        forced_since: None,
        seen: &|_| false,
    };
    judge_or_stray(&Wire::Xml(xml), &settings, &context).1
}

/// Nothing but the request may be wrong with a message because of which a sign-in starts again; the assertion is the
/// one that a copy of it would have.
#[test]
fn a_stray_is_good_but_for_its_request() {
    let good = minted("okta", |_| {}, |_| {}).xml();
    let key = judged("okta", &good, Some("_request"), &[]).verdict.unwrap().replay_key();
    assert_eq!(stray(&good, Some("_request"), NOW), None);
    for pending in [None, Some("_other")] {
        assert_eq!(stray(&good, pending, NOW).map(|stray| stray.replay_key()), Some(key), "{pending:?}");
    }
    let unrequested = minted("okta", |request| request.in_response_to = None, |_| {}).xml();
    for pending in [None, Some("_request")] {
        assert!(stray(&unrequested, pending, NOW).is_some(), "{pending:?}");
    }
    assert_eq!(stray(&good, None, NOW.plus_seconds(86_400)), None);
    let broken: [(&str, Change); 5] = [
        ("unsigned", |draft| draft.signs = Signs::Neither),
        ("another audience", |draft| edit(&mut draft.root, "Audience").set_text("https://other.example")),
        ("another recipient", |draft| {
            edit(&mut draft.root, "SubjectConfirmationData").set("Recipient", "https://other.example/acs");
        }),
        ("another issuer", |draft| {
            edit(edit(&mut draft.root, "Assertion"), "Issuer").set_text("https://other.example");
        }),
        ("a hidden assertion", |draft| {
            let copy = draft.root.find("Assertion").unwrap().clone();
            let mut extensions = Tree::new("saml2p:Extensions");
            extensions.push(copy);
            extensions.find_mut("Assertion").unwrap().set("ID", "_hidden");
            draft.root.insert(1, Node::Element(extensions));
        }),
    ];
    for (what, change) in broken {
        let message = minted("okta", |_| {}, change).xml();
        assert_eq!(stray(&message, None, NOW), None, "{what}");
        assert!(judged("okta", &message, None, &[]).verdict.is_err(), "{what}");
    }
    let tampered = String::from_utf8(good).unwrap().replace("_request", "_other");
    assert_eq!(stray(tampered.as_bytes(), None, NOW), None);
}

/// Rippling's tiles answer a request that nobody sent: refused, or taken for the start of a sign-in, unless the
/// connection accepts both unsolicited responses and this id.
#[test]
fn a_dummy_id_is_not_absent() {
    let message = minted("rippling", |request| request.in_response_to = None, |_| {}).xml();
    for relaxations in [&[][..], &[Relaxation::Unsolicited], &[Relaxation::UnknownInResponseTo]] {
        let judgement = judged("rippling", &message, None, relaxations);
        assert_eq!(code(&judgement), (Code::InResponseToUnknown, StepName::InResponseTo), "{relaxations:?}");
    }
    let both = [Relaxation::Unsolicited, Relaxation::UnknownInResponseTo];
    assert!(judged("rippling", &message, None, &both).verdict.is_ok());
    let tile = minted("classlink", |request| request.in_response_to = None, |_| {}).xml();
    let judgement = judged("classlink", &tile, None, &[]);
    assert_eq!(code(&judgement), (Code::Unsolicited, StepName::InResponseTo));
    let accepted = judged("classlink", &tile, None, &[Relaxation::Unsolicited]).verdict.unwrap();
    assert_eq!(accepted.in_response_to(), None);
}

/// Two confirmations, one of them of a request: whoever stole the message could otherwise choose the other one.
#[test]
fn an_assertion_that_answers_a_request_anywhere_is_not_unsolicited() {
    for own_first in [true, false] {
        let message = minted(
            "okta",
            |_| {},
            |draft| {
                draft.root.unset("InResponseTo");
                let subject = edit(&mut draft.root, "Subject");
                let asked = subject.take("SubjectConfirmation").unwrap();
                let mut tile = asked.clone();
                tile.find_mut("SubjectConfirmationData").unwrap().unset("InResponseTo");
                let (first, second) = if own_first { (asked, tile) } else { (tile, asked) };
                subject.push(first);
                subject.push(second);
            },
        );
        let xml = message.xml();
        let judgement = judged("okta", &xml, None, &[Relaxation::Unsolicited]);
        assert_eq!(code(&judgement), (Code::InResponseToUnknown, StepName::InResponseTo));
        assert!(judged("okta", &xml, Some("_request"), &[]).verdict.is_ok());
    }
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
