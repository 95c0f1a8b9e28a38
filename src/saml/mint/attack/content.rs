//! Faults in the content of validly signed messages: the named fault is the only reason to refuse them.

use super::{
    Attack, AttackMessage, Bench, Build, Carrier, attack, copy_of, insert_before, need, raw, sibling_name,
    take,
};
use crate::code::{Code, StepName};
use crate::mint::MintError;
use crate::mint::personality::Signs;
use crate::mint::response::StatusCode;
use crate::mint::tree::{Element, Style};
use crate::mint::uri;

const A: Signs = Signs::Assertion;
const R: Signs = Signs::Response;

macro_rules! content {
    ($($name:literal $base:ident $code:ident $step:ident $edit:ident $about:literal;)*) => {
        &[$(attack($name, $base, (Code::$code, StepName::$step), Build::Content($edit), $about)),*]
    };
}

/// The variants of this family that are one edit each.
pub(super) const EDITS: &[Attack] = content! {
    "audience-other" A AudienceMismatch Audience audience_other "The audience is another service provider.";
    "audience-longer" A AudienceMismatch Audience audience_longer "The audience begins with ours.";
    "audience-missing" A AudienceMissing Audience audience_missing "No AudienceRestriction.";
    "audience-second-restriction" A AudienceMismatch Audience audience_second "Two AudienceRestrictions, of which one leaves us out; both must hold.";
    "recipient-other" A ConfirmationRecipientMismatch Confirmation recipient_other "The Recipient is another's ACS URL.";
    "recipient-longer" A ConfirmationRecipientMismatch Confirmation recipient_longer "The Recipient begins with our ACS URL.";
    "recipient-missing" A ConfirmationRecipientMissing Confirmation recipient_missing "No Recipient.";
    "destination-other" R DestinationMismatch Destination destination_other "The Destination is another's ACS URL.";
    "issuer-other" A AssertionIssuerMismatch AssertionIssuer issuer_other "The assertion's Issuer is another identity provider.";
    "issuer-missing" A AssertionIssuerMissing AssertionIssuer issuer_missing "The assertion has no Issuer.";
    "issuer-format" A IssuerFormat AssertionIssuer issuer_format "The assertion's Issuer has a Format that is no entity.";
    "response-issuer-other" R IssuerMismatch Issuer response_issuer_other "The response's Issuer is another identity provider.";
    "expired" A AssertionExpired ConditionsTime expired "The Conditions ended an hour ago.";
    "not-yet-valid" A AssertionNotYetValid ConditionsTime not_yet_valid "The Conditions begin in an hour.";
    "time-garbage" A TimeMalformed ConditionsTime time_garbage "NotOnOrAfter is no dateTime.";
    "time-without-zone" A TimeMalformed ConditionsTime time_without_zone "NotOnOrAfter has no time zone.";
    "conditions-missing" A ConditionsMissing ConditionsTime conditions_missing "No Conditions.";
    "condition-unknown" A ConditionUnknown ConditionsOther condition_unknown "A Condition of an unknown kind.";
    "confirmation-expired" A ConfirmationExpired Confirmation confirmation_expired "The SubjectConfirmationData ended an hour ago.";
    "confirmation-without-end" A ConfirmationExpiryMissing Confirmation confirmation_endless "The SubjectConfirmationData has no NotOnOrAfter.";
    "confirmation-not-yet-valid" A ConfirmationNotYetValid Confirmation confirmation_early "The SubjectConfirmationData has a NotBefore in the future.";
    "confirmation-missing" A ConfirmationMissing Confirmation confirmation_missing "No SubjectConfirmation.";
    "confirmation-without-data" A ConfirmationMissing Confirmation confirmation_empty "A bearer confirmation without data.";
    "confirmation-holder-of-key" A ConfirmationMissing Confirmation holder_of_key "A holder-of-key confirmation alone.";
    "subject-missing" A SubjectMissing Subject subject_missing "No Subject.";
    "name-id-missing" A NameIdMissing Subject name_id_missing "A Subject without NameID.";
    "name-id-empty" A NameIdMalformed Subject name_id_empty "An empty NameID.";
    "name-id-twice" A NameIdMalformed Subject name_id_twice "Two NameIDs.";
    "authn-statement-missing" A AuthnStatementMissing AuthnStatement authn_missing "No AuthnStatement.";
    "session-ended" A SessionExpired SessionEnd session_ended "The session at the identity provider ended an hour ago.";
    "in-response-to-other" A InResponseToMismatch InResponseTo answers_other "It answers a request that somebody else made.";
    "in-response-to-disagrees" A InResponseToMismatch InResponseTo answers_two "Response and SubjectConfirmationData name different requests.";
    "unsolicited" A Unsolicited InResponseTo unsolicited "It answers no request.";
    "version-1-1" A VersionUnsupported Version version_old "The response is of version 1.1.";
    "assertion-version-1-1" A VersionUnsupported AssertionCount assertion_version_old "The assertion is of version 1.1.";
    "assertion-missing" R AssertionMissing AssertionCount assertion_missing "A signed response without assertion.";
    "assertion-two-signed" R AssertionMultiple AssertionCount assertion_two "A signed response with two assertions.";
    "status-missing" R MessageMalformed Status status_missing "A response without Status.";
    "status-failure-with-assertion" A StatusNotSuccess Status status_failure "A failure that carries an assertion nevertheless.";
    "id-of-response-missing" A MessageIdMissing Root response_id_missing "The response has no ID.";
};

/// The variants that are more than one edit.
pub(super) const BUILT: &[Attack] = &[
    attack(
        "status-request-denied",
        R,
        (Code::StatusRequestDenied, StepName::Status),
        Build::Tree(request_denied),
        "The identity provider denied the request.",
    ),
    attack(
        "status-authn-failed",
        R,
        (Code::StatusAuthnFailed, StepName::Status),
        Build::Tree(authn_failed),
        "The person could not be authenticated.",
    ),
    attack(
        "status-no-passive",
        R,
        (Code::StatusNoPassive, StepName::Status),
        Build::Tree(no_passive),
        "The identity provider would have had to ask.",
    ),
    attack(
        "status-no-authn-context",
        R,
        (Code::StatusNoAuthnContext, StepName::Status),
        Build::Tree(no_authn_context),
        "The requested context is not there.",
    ),
    attack(
        "status-invalid-name-id-policy",
        R,
        (Code::StatusInvalidNameIdPolicy, StepName::Status),
        Build::Tree(invalid_name_id_policy),
        "The requested NameID format is not there.",
    ),
    attack(
        "status-responder",
        R,
        (Code::StatusNotSuccess, StepName::Status),
        Build::Tree(responder),
        "A failure without a reason.",
    ),
    attack(
        "other-message",
        R,
        (Code::UnexpectedMessage, StepName::Root),
        Build::Tree(other_message),
        "A signed LogoutResponse, posted to the ACS.",
    ),
    attack(
        "other-root-namespace",
        R,
        (Code::UnexpectedMessage, StepName::Root),
        Build::Tree(other_root_namespace),
        "A Response of SAML 1.1.",
    ),
    attack(
        "replay",
        A,
        (Code::AssertionReplayed, StepName::Replay),
        Build::Messages(replay),
        "The same valid response twice; the first is accepted.",
    )
    .that_recalls(&["CVE-2026-18967", "CVE-2026-9098"]),
    attack(
        "replay-in-new-response",
        A,
        (Code::AssertionReplayed, StepName::Replay),
        Build::Messages(replay_rewrapped),
        "A consumed assertion in a response with a new ID; the first is accepted.",
    )
    .that_recalls(&["CVE-2026-18967", "CVE-2026-9098"]),
];

const ELSEWHERE: &str = "https://elsewhere.example/saml/acs";
const PAST: &str = "2001-01-01T00:00:00Z";
const FUTURE: &str = "2049-01-01T00:00:00Z";

fn text_of(element: &Element) -> String {
    element
        .children
        .iter()
        .filter_map(|node| match node {
            crate::mint::tree::Node::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

/// Sets an attribute of the first element with that local name.
fn set(root: &mut Element, local: &'static str, name: &str, value: &str) -> Result<(), MintError> {
    need(root, local)?.set(name, value);
    Ok(())
}

fn unset(root: &mut Element, local: &'static str, name: &str) -> Result<(), MintError> {
    need(root, local)?.unset(name);
    Ok(())
}

/// Removes the child `local` of the first element named `parent`.
fn remove(root: &mut Element, parent: &'static str, local: &'static str) -> Result<(), MintError> {
    take(need(root, parent)?, local).map(drop)
}

fn audience_other(root: &mut Element) -> Result<(), MintError> {
    need(root, "Audience")?.set_text("https://elsewhere.example/saml/metadata");
    Ok(())
}

fn audience_longer(root: &mut Element) -> Result<(), MintError> {
    let audience = need(root, "Audience")?;
    let longer = text_of(audience) + ".evil.example";
    audience.set_text(&longer);
    Ok(())
}

fn audience_missing(root: &mut Element) -> Result<(), MintError> {
    remove(root, "Conditions", "AudienceRestriction")
}

fn audience_second(root: &mut Element) -> Result<(), MintError> {
    let mut second = copy_of(root, "AudienceRestriction")?;
    need(&mut second, "Audience")?.set_text("https://elsewhere.example/saml/metadata");
    need(root, "Conditions")?.push(second);
    Ok(())
}

fn recipient_other(root: &mut Element) -> Result<(), MintError> {
    set(root, "SubjectConfirmationData", "Recipient", ELSEWHERE)
}

fn recipient_longer(root: &mut Element) -> Result<(), MintError> {
    let data = need(root, "SubjectConfirmationData")?;
    let longer = format!("{}.evil.example", data.get("Recipient").unwrap_or_default());
    data.set("Recipient", &longer);
    Ok(())
}

fn recipient_missing(root: &mut Element) -> Result<(), MintError> {
    unset(root, "SubjectConfirmationData", "Recipient")
}

fn destination_other(root: &mut Element) -> Result<(), MintError> {
    set(root, "Response", "Destination", ELSEWHERE)
}

fn issuer_other(root: &mut Element) -> Result<(), MintError> {
    need(need(root, "Assertion")?, "Issuer")?.set_text("https://elsewhere.example/idp");
    Ok(())
}

fn issuer_missing(root: &mut Element) -> Result<(), MintError> {
    remove(root, "Assertion", "Issuer")
}

fn issuer_format(root: &mut Element) -> Result<(), MintError> {
    need(need(root, "Assertion")?, "Issuer")?.set("Format", uri::FORMAT_EMAIL);
    Ok(())
}

fn response_issuer_other(root: &mut Element) -> Result<(), MintError> {
    need(root, "Issuer")?.set_text("https://elsewhere.example/idp");
    Ok(())
}

fn expired(root: &mut Element) -> Result<(), MintError> {
    set(root, "Conditions", "NotBefore", PAST)?;
    set(root, "Conditions", "NotOnOrAfter", PAST)
}

fn not_yet_valid(root: &mut Element) -> Result<(), MintError> {
    set(root, "Conditions", "NotBefore", FUTURE)?;
    set(root, "Conditions", "NotOnOrAfter", FUTURE)
}

fn time_garbage(root: &mut Element) -> Result<(), MintError> {
    set(root, "Conditions", "NotOnOrAfter", "tomorrow")
}

fn time_without_zone(root: &mut Element) -> Result<(), MintError> {
    set(root, "Conditions", "NotOnOrAfter", "2049-01-01T00:00:00")
}

fn conditions_missing(root: &mut Element) -> Result<(), MintError> {
    remove(root, "Assertion", "Conditions")
}

fn condition_unknown(root: &mut Element) -> Result<(), MintError> {
    let conditions = need(root, "Conditions")?;
    let condition = Element::new(sibling_name(conditions, "Condition"))
        .attribute("xmlns:xsi", uri::XSI)
        .attribute("xmlns:x", "urn:example:nobody")
        .attribute("xsi:type", "x:OnlyOnSundays");
    conditions.push(condition);
    Ok(())
}

fn confirmation_expired(root: &mut Element) -> Result<(), MintError> {
    set(root, "SubjectConfirmationData", "NotOnOrAfter", PAST)
}

fn confirmation_endless(root: &mut Element) -> Result<(), MintError> {
    unset(root, "SubjectConfirmationData", "NotOnOrAfter")
}

fn confirmation_early(root: &mut Element) -> Result<(), MintError> {
    set(root, "SubjectConfirmationData", "NotBefore", FUTURE)?;
    set(root, "SubjectConfirmationData", "NotOnOrAfter", FUTURE)
}

fn confirmation_missing(root: &mut Element) -> Result<(), MintError> {
    remove(root, "Subject", "SubjectConfirmation")
}

fn confirmation_empty(root: &mut Element) -> Result<(), MintError> {
    remove(root, "SubjectConfirmation", "SubjectConfirmationData")
}

fn holder_of_key(root: &mut Element) -> Result<(), MintError> {
    set(root, "SubjectConfirmation", "Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key")
}

fn subject_missing(root: &mut Element) -> Result<(), MintError> {
    remove(root, "Assertion", "Subject")
}

fn name_id_missing(root: &mut Element) -> Result<(), MintError> {
    remove(root, "Subject", "NameID")
}

fn name_id_empty(root: &mut Element) -> Result<(), MintError> {
    need(root, "NameID")?.set_text(" ");
    Ok(())
}

fn name_id_twice(root: &mut Element) -> Result<(), MintError> {
    let mut second = copy_of(root, "NameID")?;
    second.set_text(super::FORGED);
    insert_before(need(root, "Subject")?, "SubjectConfirmation", second)
}

fn authn_missing(root: &mut Element) -> Result<(), MintError> {
    remove(root, "Assertion", "AuthnStatement")
}

fn session_ended(root: &mut Element) -> Result<(), MintError> {
    set(root, "AuthnStatement", "SessionNotOnOrAfter", PAST)
}

fn answers_other(root: &mut Element) -> Result<(), MintError> {
    root.set("InResponseTo", "_somebody_elses");
    set(root, "SubjectConfirmationData", "InResponseTo", "_somebody_elses")
}

fn answers_two(root: &mut Element) -> Result<(), MintError> {
    set(root, "Response", "InResponseTo", "_somebody_elses")
}

fn unsolicited(root: &mut Element) -> Result<(), MintError> {
    root.unset("InResponseTo");
    unset(root, "SubjectConfirmationData", "InResponseTo")
}

fn version_old(root: &mut Element) -> Result<(), MintError> {
    set(root, "Response", "Version", "1.1")
}

fn assertion_version_old(root: &mut Element) -> Result<(), MintError> {
    set(root, "Assertion", "Version", "1.1")
}

fn assertion_missing(root: &mut Element) -> Result<(), MintError> {
    take(root, "Assertion").map(drop)
}

fn assertion_two(root: &mut Element) -> Result<(), MintError> {
    let mut second = copy_of(root, "Assertion")?;
    second.set("ID", "_second");
    root.push(second);
    Ok(())
}

fn status_missing(root: &mut Element) -> Result<(), MintError> {
    take(root, "Status").map(drop)
}

fn status_failure(root: &mut Element) -> Result<(), MintError> {
    set(root, "StatusCode", "Value", "urn:oasis:names:tc:SAML:2.0:status:Responder")
}

fn response_id_missing(root: &mut Element) -> Result<(), MintError> {
    unset(root, "Response", "ID")
}

/// A signed response with this status and no assertion.
fn failing(
    bench: &mut Bench<'_>,
    signs: Signs,
    top: &'static str,
    second: Option<&'static str>,
) -> Result<Element, MintError> {
    bench.request.options.status = Some(StatusCode { top, second, message: None });
    let minted = bench.valid(signs);
    bench.request.options.status = None;
    Ok(minted?.root)
}

fn request_denied(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    failing(bench, signs, "Requester", Some("RequestDenied"))
}

fn authn_failed(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    failing(bench, signs, "Responder", Some("AuthnFailed"))
}

fn no_passive(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    failing(bench, signs, "Responder", Some("NoPassive"))
}

fn no_authn_context(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    failing(bench, signs, "Responder", Some("NoAuthnContext"))
}

fn invalid_name_id_policy(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    failing(bench, signs, "Requester", Some("InvalidNameIDPolicy"))
}

fn responder(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    failing(bench, signs, "Responder", None)
}

fn other_message(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut draft = bench.draft(signs);
    draft.root.name = sibling_name(&draft.root, "LogoutResponse");
    take(&mut draft.root, "Assertion")?;
    draft.assertion_id = None;
    Ok(draft.seal(bench.random)?.root)
}

fn other_root_namespace(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut draft = bench.draft(signs);
    for (name, value) in &mut draft.root.attributes {
        if name.starts_with("xmlns:") && value == uri::PROTOCOL {
            "urn:oasis:names:tc:SAML:1.0:protocol".clone_into(value);
        }
    }
    Ok(draft.seal(bench.random)?.root)
}

fn replay(bench: &mut Bench<'_>, signs: Signs) -> Result<Vec<AttackMessage>, MintError> {
    let message = raw(Carrier::Xml, bench.valid(signs)?.xml());
    Ok(vec![message.clone(), message])
}

fn replay_rewrapped(bench: &mut Bench<'_>, signs: Signs) -> Result<Vec<AttackMessage>, MintError> {
    let minted = bench.valid(signs)?;
    let first = raw(Carrier::Xml, minted.xml());
    let mut root = minted.root;
    root.set("ID", &bench.id());
    Ok(vec![first, raw(Carrier::Xml, root.document(Style::default()).into_bytes())])
}
