//! The second engine: samael's verification of signatures (xmlsec1 over libxml2) and its types of messages.
//!
//! What is read is the canonical form that xmlsec1 digested, and nothing else of the message.

use gatepost_saml::decrypt;
use gatepost_saml::trace::SignatureEvidence;
use gatepost_saml::xml::{self, Ns};
use samael::crypto::{CertificateDer, Crypto, CryptoError, CryptoProvider, ReduceMode, XmlSecProviderError};
use samael::schema::{Assertion, Response};

use super::reading::{Reading, trimmed};
use super::{Opinion, Question};

const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// Ends a judgement early.
type Ends = Opinion;

/// Verifies and reads what our engine accepted.
pub(super) fn judge(question: &Question) -> Opinion {
    examine(question).unwrap_or_else(|opinion| opinion)
}

fn examine(question: &Question) -> Result<Opinion, Ends> {
    let signed = &question.trace.signed;
    if signed.iter().any(|evidence| evidence.algorithm.contains("-rsa-MGF1")) {
        return Err(Opinion::CannotJudge("RSA-PSS"));
    }
    let is_elliptic = |evidence: &&SignatureEvidence| evidence.algorithm.contains("ecdsa");
    let elliptic = signed.iter().filter(is_elliptic).count();
    if elliptic != 0 && elliptic != signed.len() {
        return Err(Opinion::CannotJudge("signatures by keys of several kinds"));
    }
    let encrypted = question.trace.encrypted.as_ref().map(|evidence| &*evidence.element);
    let text =
        std::str::from_utf8(&question.xml).map_err(|_| Opinion::Disagrees(vec!["text: it is not UTF-8"]))?;
    let is_signed = |element: &str| signed.iter().any(|evidence| evidence.element == element);
    let assertion = if encrypted == Some("assertion") {
        if is_signed("response") {
            let around = verified(text, question)?;
            response(&around, question)?;
        }
        let plaintext = plaintext(question)?;
        if is_signed("assertion") { verified(&plaintext, question)? } else { plaintext }
    } else {
        verified(text, question)?
    };
    let assertion = if is_signed("response") && encrypted != Some("assertion") {
        response(&assertion, question)?
            .assertion
            .ok_or_else(|| Opinion::Disagrees(vec!["coverage: no assertion in what is signed"]))?
    } else {
        read(&assertion)?
    };
    if assertion.subject.as_ref().is_some_and(|subject| subject.name_id.is_none()) {
        return Err(Opinion::CannotJudge("an encrypted NameID"));
    }
    let mut differs = Reading::of(&question.assertion).differences(&reading(&assertion)?);
    differs.extend(conditions(&assertion, question));
    if !is_confirmed(&assertion, question) {
        differs.push("subject confirmation");
    }
    Ok(if differs.is_empty() { Opinion::Agrees } else { Opinion::Disagrees(differs) })
}

/// The canonical form of what is signed, once every signature in `xml` has verified with one of our keys.
fn verified(xml: &str, question: &Question) -> Result<String, Ends> {
    // Those of our keys that verified: xmlsec1 gives up at a key of another kind than the signature's.
    let verified_by = |spki: &str| question.trace.signed.iter().any(|evidence| evidence.spki_sha256 == spki);
    let keys = question.settings.idp.trust.keys().iter().filter(|key| verified_by(key.spki_sha256()));
    let certificates: Vec<_> = keys.map(|key| CertificateDer::from(key.der().to_vec())).collect();
    // samael takes unsigned messages where it has no key.
    if certificates.is_empty() {
        return Err(Opinion::Disagrees(vec!["signature"]));
    }
    Crypto::reduce_xml_to_signed(xml, &certificates, ReduceMode::PreDigest).map_err(|error| {
        let error = match &error {
            CryptoError::CryptoProviderError(error) => error.downcast_ref(),
            _ => None,
        };
        match error {
            Some(XmlSecProviderError::XmlInvalidIdAttribute { .. }) => {
                Opinion::CannotJudge("an ID that is no XML name")
            }
            _ if has_others(xml, question) => {
                Opinion::CannotJudge("signatures beside those of the response and the assertion")
            }
            _ => Opinion::Disagrees(vec!["signature"]),
        }
    })
}

/// Whether there are more signatures than our engine verified; samael wants one reading out of all of them.
fn has_others(xml: &str, question: &Question) -> bool {
    let Ok(document) = xml::parse(xml.as_bytes(), &question.settings.limits) else { return false };
    let signatures = document.root().descendants().filter(|element| element.is(Ns::DS, "Signature"));
    signatures.count() > question.trace.signed.len()
}

/// Reads a verified Response, and checks what it says for itself.
fn response(xml: &str, question: &Question) -> Result<Response, Ends> {
    let response: Response =
        xml.parse().map_err(|_| Opinion::CannotJudge("a Response of a shape that it does not know"))?;
    let mut differs = Vec::new();
    let destination = response.destination.as_deref();
    let status = response.status.as_ref().and_then(|status| status.status_code.value.as_deref());
    if status != Some(SUCCESS) {
        differs.push("status");
    }
    if destination.is_some_and(|destination| destination != question.settings.sp.endpoint) {
        differs.push("destination");
    }
    let issuer = response.issuer.as_ref().and_then(|issuer| issuer.value.as_deref()).map(trimmed);
    if issuer.is_some_and(|issuer| issuer != question.settings.idp.entity_id) {
        differs.push("issuer of the response");
    }
    if differs.is_empty() { Ok(response) } else { Err(Opinion::Disagrees(differs)) }
}

fn read(xml: &str) -> Result<Assertion, Ends> {
    xml.parse().map_err(|_| Opinion::CannotJudge("an assertion of a shape that it does not know"))
}

/// What our engine decrypts.
fn plaintext(question: &Question) -> Result<String, Ends> {
    let unreadable = || Opinion::Disagrees(vec!["plaintext"]);
    let settings = &question.settings;
    let document = xml::parse(&question.xml, &settings.limits).map_err(|_| unreadable())?;
    let encrypted = document.root().children_named(Ns::SAML, "EncryptedAssertion").next();
    let encrypted = encrypted.ok_or_else(unreadable)?;
    let opened = decrypt::decrypt(encrypted, "assertion", &settings.sp.decryption_keys, &settings.policy);
    let opened = opened.map_err(|_| unreadable())?;
    if xml::parse(&opened.bytes, &settings.limits).is_err() {
        return Err(Opinion::CannotJudge("a plaintext with prefixes that are declared outside of it"));
    }
    String::from_utf8(opened.bytes.to_vec()).map_err(|_| unreadable())
}

fn reading(assertion: &Assertion) -> Result<Reading, Ends> {
    let optional = |text: &Option<String>| text.as_deref().map(trimmed);
    let subject = assertion.subject.as_ref();
    let name_id = subject.and_then(|subject| subject.name_id.as_ref());
    let confirmations = subject.and_then(|subject| subject.subject_confirmations.as_deref()).unwrap_or(&[]);
    let ends = confirmations
        .iter()
        .filter_map(|confirmation| confirmation.subject_confirmation_data.as_ref()?.not_on_or_after)
        .chain(assertion.conditions.as_ref().and_then(|conditions| conditions.not_on_or_after));
    let statements = assertion.authn_statements.as_deref().unwrap_or(&[]);
    let first = statements.first();
    let context = first.and_then(|first| first.authn_context.as_ref());
    if context.is_some_and(|context| context.value.is_none()) {
        return Err(Opinion::CannotJudge("an authentication context without a class"));
    }
    let mut reading = Reading {
        id: trimmed(&assertion.id),
        issuer: assertion.issuer.value.as_deref().map(trimmed).unwrap_or_default(),
        name_id: name_id.map(|name_id| trimmed(&name_id.value)).unwrap_or_default(),
        name_id_format: name_id.and_then(|name_id| optional(&name_id.format)),
        session_index: first.and_then(|first| optional(&first.session_index)),
        session_end: statements
            .iter()
            .filter_map(|statement| statement.session_not_on_or_after)
            .map(|end| end.timestamp_micros())
            .min(),
        authn_instant: first.and_then(|first| first.authn_instant).map(|at| at.timestamp_micros()),
        authn_context: context
            .and_then(|context| context.value.as_ref())
            .and_then(|class| optional(&class.value)),
        latest_end: ends.map(|end| end.timestamp_micros()).max(),
        attributes: Vec::new(),
    };
    let statements = assertion.attribute_statements.as_deref().unwrap_or(&[]);
    for attribute in statements.iter().flat_map(|statement| &statement.attributes) {
        let values: Vec<_> =
            attribute.values.iter().map(|value| value.value.clone().unwrap_or_default()).collect();
        let name = attribute.name.as_deref().unwrap_or_default();
        reading.add(name, attribute.name_format.as_deref(), &values);
    }
    Ok(reading)
}

/// What is wrong with time and audience by the second engine's reading and our clock.
fn conditions(assertion: &Assertion, question: &Question) -> Vec<&'static str> {
    let settings = &question.settings;
    let Some(conditions) = assertion.conditions.as_ref() else { return vec!["conditions"] };
    let (now, skew) = (question.now.micros(), settings.policy.clock_skew_seconds() * 1_000_000);
    let begins_late =
        conditions.not_before.is_some_and(|begin| now.saturating_add(skew) < begin.timestamp_micros());
    let ended =
        conditions.not_on_or_after.is_some_and(|end| now >= end.timestamp_micros().saturating_add(skew));
    let mut wrong = Vec::new();
    if begins_late || ended {
        wrong.push("time");
    }
    let is_ours = |audience: &String| {
        let audience = trimmed(audience);
        audience == settings.sp.entity_id || settings.sp.accepted_audiences.contains(&audience)
    };
    let restrictions = conditions.audience_restrictions.as_deref().unwrap_or(&[]);
    let all_ours = restrictions.iter().all(|restriction| restriction.audience.iter().any(is_ours));
    if restrictions.is_empty() || !all_ours {
        wrong.push("audience");
    }
    wrong
}

/// Whether a bearer confirmation says what our engine says it says.
fn is_confirmed(assertion: &Assertion, question: &Question) -> bool {
    let settings = &question.settings;
    let (now, skew) = (question.now.micros(), settings.policy.clock_skew_seconds() * 1_000_000);
    let subject = assertion.subject.as_ref();
    let confirmations = subject.and_then(|subject| subject.subject_confirmations.as_deref()).unwrap_or(&[]);
    confirmations.iter().any(|confirmation| {
        let Some(data) = confirmation.subject_confirmation_data.as_ref() else { return false };
        confirmation.method.as_deref() == Some(BEARER)
            && data.recipient.as_deref() == Some(&*settings.sp.endpoint)
            && data.in_response_to.as_deref() == question.assertion.in_response_to()
            && data.not_on_or_after.is_some_and(|end| now < end.timestamp_micros().saturating_add(skew))
            && data.not_before.is_none_or(|begin| now.saturating_add(skew) >= begin.timestamp_micros())
    })
}
