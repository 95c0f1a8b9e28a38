//! What can be said of a connection's parts before anything is stored. Pure but for what may be fetched
//! from here.

use gatepost_saml::policy::{Policy, Relaxation};
use gatepost_saml::trust::{TrustedKey, read_certificate};
use openssl::nid::Nid;
use openssl::x509::X509;

use super::settings::Settings;
use crate::base::Instant;
use crate::base::sentence::{Sentence, Told, sentence};
use crate::base::text::is_line;
use crate::base::time::DAY_SECONDS;
use crate::base::url::check_web_address;
use crate::flow::{FlowError, Gateway};
use crate::words::day;
use crate::words::engine::key_error;

/// Characters of a URI that names an audience or an authentication context, as many as an entity ID may have.
pub(super) const MAX_URI: usize = 1024;

/// An identity provider's entity ID (saml-core 8.3.6: at most 1024 characters).
///
/// # Errors
/// In a sentence.
pub fn entity_id(text: &str) -> Result<(), Sentence> {
    if text.is_empty() || text.len() > 1024 {
        return Err(sentence!("the identity provider's Entity ID must have 1 to 1024 characters"));
    }
    if text.trim() != text || text.chars().any(char::is_control) {
        return Err(sentence!(
            "the identity provider's Entity ID has white space around it or control characters in it"
        ));
    }
    Ok(())
}

/// A sign-on address.
///
/// # Errors
/// In a sentence.
pub fn sign_on_address(url: &str) -> Result<(), Sentence> {
    check_web_address(url).map_err(|error| sentence!("the sign-on address \"{url}\": {error}", url, error))
}

/// What answers no request is let in by the setting for it, never by the policy: the flow guards what it lets in.
///
/// # Errors
/// In a sentence.
pub fn policy(policy: &Policy) -> Result<(), Sentence> {
    let closed = [Relaxation::Unsolicited, Relaxation::UnknownInResponseTo];
    if let Some(relaxation) = closed.into_iter().find(|relaxation| policy.allows(*relaxation)) {
        return Err(sentence!(
            "{relaxation} cannot be allowed; set IdP-initiated sign-in to accept instead",
            relaxation = relaxation.name()
        ));
    }
    Ok(())
}

/// All settings of a connection that has those `present` ones, if it is there already.
///
/// # Errors
/// All that is wrong, a line each.
pub fn settings(settings: &Settings, present: Option<&Settings>, gateway: &Gateway) -> Result<(), Sentence> {
    Sentence::all(faults(settings, present, gateway)).map_or(Ok(()), Err)
}

/// All that is wrong with the settings of a connection. A mapping that stays as it is, is taken as one that is stored.
#[must_use]
pub fn faults(settings: &Settings, present: Option<&Settings>, gateway: &Gateway) -> Vec<Sentence> {
    let mut faults = Vec::new();
    let mut add = |checked: Result<(), Sentence>| faults.extend(checked.err());
    add(policy(&settings.policy));
    let urls = [&settings.sso_redirect_url, &settings.sso_post_url];
    if urls.iter().all(|url| url.is_none()) {
        add(Err(sentence!("a connection needs a sign-on address: sso_redirect_url or sso_post_url")));
    }
    urls.into_iter().flatten().for_each(|url| add(sign_on_address(url)));
    let is_uri = |uri: &String| !uri.trim().is_empty() && is_line(uri, MAX_URI);
    // What stays as it is may be of before there was a rule: metadata is followed, and keys are approved, all the same.
    let wrong = |all: &[String], known: Option<&Vec<String>>| {
        let is_new = |uri: &&String| !is_uri(uri) && known.is_none_or(|known| !known.contains(uri));
        all.iter().filter(is_new).cloned().collect::<Vec<_>>()
    };
    for audience in wrong(&settings.accepted_audiences, present.map(|present| &present.accepted_audiences)) {
        add(Err(sentence!("\"{audience}\" is no audience", audience).at("accepted_audiences")));
    }
    for context in wrong(&settings.authn_contexts, present.map(|present| &present.authn_contexts)) {
        add(Err(sentence!("\"{context}\" is no authentication context", context).at("authn_contexts")));
    }
    let stays = present.is_some_and(|present| present.mapping == settings.mapping);
    let rules = if stays { settings.stored_rules() } else { settings.rules() };
    add(rules.map(drop).map_err(Sentence::from));
    if let Some(metadata) = &settings.metadata {
        let url = gateway.outbound().check(&metadata.url);
        add(url.map(drop).map_err(|error| error.sentence().at("metadata.url")));
        add(metadata.trust().map(drop));
    }
    faults
}

/// What an owner should know about the certificates of keys.
pub fn certificate_notes(keys: &[TrustedKey], now: Instant) -> Vec<Sentence> {
    let note = |key: &TrustedKey| {
        let certificate = key.certificate();
        let (sha256, day) = (&certificate.sha256, day(certificate.not_after));
        if certificate.not_after <= now {
            return Some(sentence!(
                "The certificate {sha256} expired on {day}. It is trusted all the same.",
                sha256,
                day
            ));
        }
        (certificate.not_after.seconds_since(now) < 30 * DAY_SECONDS).then(|| {
            sentence!(
                "The certificate {sha256} ends on {day}. Ask the identity provider for its next one.",
                sha256,
                day
            )
        })
    };
    let mut notes: Vec<_> = keys.iter().filter_map(note).collect();
    notes.extend(keys.iter().filter(|key| is_signed_by_sha1(key)).map(|key| {
        sentence!(
            "The certificate {sha256} was made with SHA-1. That decides nothing here, but identity providers of that age often \
             sign messages with SHA-1 too: choose SHA-256 there.",
            sha256 = &key.certificate().sha256,
        )
    }));
    notes.extend(keys.iter().filter(|key| key.is_weak()).map(|key| {
        sentence!(
            "The certificate {sha256} has a key of fewer than 2048 bits, which is refused unless rsa_1024 is allowed.",
            sha256 = &key.certificate().sha256,
        )
    }));
    notes
}

fn is_signed_by_sha1(key: &TrustedKey) -> bool {
    let certificate = X509::from_der(key.der());
    certificate.is_ok_and(|certificate| {
        let nid = certificate.signature_algorithm().object().nid();
        [Nid::SHA1WITHRSAENCRYPTION, Nid::ECDSA_WITH_SHA1].contains(&nid)
    })
}

/// Certificates as people have them, the key of each once; the notes tell what was left out.
///
/// # Errors
/// [`FlowError::Invalid`] when one cannot be read.
pub fn certificates(given: &[Vec<u8>]) -> Result<(Vec<TrustedKey>, Vec<Sentence>), FlowError> {
    let (mut keys, mut notes) = (Vec::<TrustedKey>::new(), Vec::new());
    for certificate in given {
        let read = read_certificate(certificate).map_err(|error| FlowError::Invalid(key_error(&error)))?;
        if read.left_out > 0 {
            let left_out = read.left_out;
            notes.push(sentence!(
                "Of a chain of certificates only the first is trusted; {left_out} left out.",
                left_out
            ));
        }
        if keys.iter().all(|known| known.spki_sha256() != read.key.spki_sha256()) {
            keys.push(read.key);
        }
    }
    Ok((keys, notes))
}
