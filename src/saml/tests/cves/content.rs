//! Messages that the identity provider really signed, and that are still not for us, not now, or not twice.
//!
//! The signature is good in all of them: a receiver that only checks signatures signs the person in.

use gatepost_saml::binding::Wire;
use gatepost_saml::mint::Signs;
use gatepost_saml::mint::tree::Element;
use gatepost_saml::response::ReplayKey;
use gatepost_saml::trust::Trust;
use gatepost_saml::{Code, Policy, Relaxation, Relaxations, StepName};

use crate::bench::{ACS, Message, REQUEST, SP, refused, settings, verdict, verdict_when};

const ELSEWHERE: &str = "https://other.example/acs";

fn unsolicited() -> gatepost_saml::response::Settings {
    let mut settings = settings();
    settings.policy = Policy::relaxed(Relaxations::NONE.with(Relaxation::Unsolicited));
    settings
}

fn set(element: &'static str, attribute: &'static str, value: &'static str) -> impl FnOnce(&mut Element) {
    move |root| root.find_mut(element).unwrap().set(attribute, value)
}

#[test]
fn cve_2026_1190_expired_confirmation() {
    Message::signed_after(
        "a confirmation that ended an hour ago, in conditions that hold",
        set("SubjectConfirmationData", "NotOnOrAfter", "2026-03-02T09:00:00Z"),
    )
    .is_refused(Code::ConfirmationExpired, StepName::Confirmation);
}

#[test]
fn keycloak_45652_recipient_of_another_tenant() {
    Message::signed_after(
        "a confirmation for somebody else",
        set("SubjectConfirmationData", "Recipient", ELSEWHERE),
    )
    .is_refused(Code::ConfirmationRecipientMismatch, StepName::Confirmation);
    Message::signed_after("a confirmation for nobody in particular", |root| {
        root.find_mut("SubjectConfirmationData").unwrap().unset("Recipient");
    })
    .is_refused(Code::ConfirmationRecipientMissing, StepName::Confirmation);
}

#[test]
fn cve_2018_14637_expired_conditions() {
    Message::signed_after(
        "conditions that ended an hour ago",
        set("Conditions", "NotOnOrAfter", "2026-03-02T09:00:00Z"),
    )
    .is_refused(Code::AssertionExpired, StepName::ConditionsTime);
}

#[test]
fn cve_2026_9093_assertion_for_another_service_provider() {
    Message::signed_after("the audience is another service", |root| {
        root.find_mut("Audience").unwrap().set_text("https://other.example/metadata");
    })
    .is_refused(Code::AudienceMismatch, StepName::Audience);
    Message::signed_after("there is no audience", |root| {
        root.find_mut("Conditions").unwrap().take("AudienceRestriction");
    })
    .is_refused(Code::AudienceMissing, StepName::Audience);
    Message::signed_after("ours and another restriction: both must hold", |root| {
        let other =
            Element::new("saml2:AudienceRestriction").child(Element::new("saml2:Audience").text("urn:other"));
        root.find_mut("Conditions").unwrap().push(other);
    })
    .is_refused(Code::AudienceMismatch, StepName::Audience);
    Message::signed_after("ours is the beginning of the audience", |root| {
        root.find_mut("Audience").unwrap().set_text(&format!("{SP}.evil.example"));
    })
    .is_refused(Code::AudienceMismatch, StepName::Audience);
}

#[test]
fn cve_2026_18967_assertion_used_twice() {
    let message = Message::signed_after("to be used once", |root| {
        root.find_mut("Conditions").unwrap().push(Element::new("saml2:OneTimeUse"));
    });
    let bytes = message.bytes();
    let first = verdict(&Wire::Xml(&bytes)).verdict.unwrap();
    let memory = |key: &ReplayKey| *key == first.replay_key();
    let second = verdict_when(&Wire::Xml(&bytes), &settings(), Some(REQUEST), &memory);
    refused(&second, Code::AssertionReplayed, StepName::Replay);
    // The same assertion in another envelope is the same assertion.
    let message = message.step("another response around it", |root| root.set("ID", "_other"));
    let bytes = message.bytes();
    let third = verdict_when(&Wire::Xml(&bytes), &settings(), Some(REQUEST), &memory);
    refused(&third, Code::AssertionReplayed, StepName::Replay);
}

#[test]
fn cve_2026_9098_response_that_answers_nothing() {
    let bytes = Message::genuine(Signs::Assertion).bytes();
    let judge = |settings: gatepost_saml::response::Settings, pending| {
        verdict_when(&Wire::Xml(&bytes), &settings, pending, &|_| false)
    };
    refused(&judge(settings(), None), Code::InResponseToUnknown, StepName::InResponseTo);
    refused(&judge(settings(), Some("_mine")), Code::InResponseToMismatch, StepName::InResponseTo);
    // Even where unsolicited responses are welcome, an answer to somebody else's request is not one.
    refused(&judge(unsolicited(), None), Code::InResponseToUnknown, StepName::InResponseTo);
}

#[test]
fn cve_2026_49284_request_bound_by_the_unsigned_envelope_only() {
    let message = Message::signed_after("a stolen assertion that answers no request", |root| {
        root.unset("InResponseTo");
        root.find_mut("SubjectConfirmationData").unwrap().unset("InResponseTo");
    })
    .step("put it under the attacker's own pending request", |root| root.set("InResponseTo", REQUEST));
    message.is_refused(Code::Unsolicited, StepName::InResponseTo);
    let bytes = message.bytes();
    let judgement = verdict_when(&Wire::Xml(&bytes), &unsolicited(), Some(REQUEST), &|_| false);
    refused(&judgement, Code::Unsolicited, StepName::InResponseTo);
}

#[test]
fn cve_2026_49284_answer_of_another_identity_provider() {
    Message::signed_after("another identity provider of the same key answers", |root| {
        root.find_mut("Assertion").unwrap().find_mut("Issuer").unwrap().set_text("https://other-idp.example");
    })
    .is_refused(Code::AssertionIssuerMismatch, StepName::AssertionIssuer);
}

#[test]
fn node_saml_5_1_response_for_another_address() {
    Message::signed_after("the response was posted elsewhere", |root| root.set("Destination", ELSEWHERE))
        .is_refused(Code::DestinationMismatch, StepName::Destination);
    Message::signed_after("our address is only how theirs begins", |root| {
        root.set("Destination", &format!("{ACS}.evil.example"));
    })
    .is_refused(Code::DestinationMismatch, StepName::Destination);
}

#[test]
fn samael_0_0_22_no_key_no_check() {
    // There is no settings value without a key: the set of trusted keys cannot be empty.
    assert!(Trust::from_keys(Vec::new()).is_none());
}
