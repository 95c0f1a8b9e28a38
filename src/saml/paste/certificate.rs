//! Certificates and keys anywhere in a text.
//!
//! # Design
//!
//! PEM armour is what clipboards and word processors damage most: dashes become others, line ends go. So nothing is read
//! from it. A certificate is a DER sequence whose head says how long it is; in base64 every one begins with `MII`. From
//! there as many characters are taken as that length needs, whatever white space stands between them.

use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::x509::X509;

use super::problem::{Problem, ProblemCode};
use super::text::is_base64;
use super::{Form, Pasted, Recognised, Setting};
use crate::encoding;
use crate::trust::{KeyError, TrustedKey};

/// What a sequence of 256 to 16,383 bytes begins with in base64.
const START: &str = "MII";
/// So many places are looked at, at most.
const MAX_PLACES: usize = 64;
/// So many certificates are taken, at most.
const MAX_CERTIFICATES: usize = 32;
/// What is shorter is a word that happens to begin so.
const MIN_CHARACTERS: usize = 64;

/// What a text holds.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Keys of certificates, without those of a chain's authorities.
    pub keys: Vec<TrustedKey>,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// The text without them.
    pub rest: String,
}

impl Found {
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.problems.is_empty()
    }
}

/// A certificate in DER, as a file holds it.
pub(super) fn from_der(input: &[u8]) -> Option<Found> {
    if input.first() != Some(&0x30) {
        return None;
    }
    if is_private(input) {
        return Some(Found { problems: vec![Problem::new(ProblemCode::PrivateKey)], ..Found::default() });
    }
    let mut found = Found::default();
    X509::from_der(input).ok()?;
    found.take(vec![input.to_vec()]);
    Some(found)
}

pub(super) fn alone(found: Found) -> Recognised {
    let mut pasted = Pasted::default();
    pasted.add_certificates(found.keys);
    Recognised { form: Form::Certificates, pasted, problems: found.problems }
}

/// Whether a private key stands anywhere in the text, in PEM or as its base64 alone.
pub(super) fn has_private_key(text: &str) -> bool {
    let has = |word: &&str| text.contains(*word);
    let is_named = ["PRIVATE KEY--", "PRIVATE KEY—", "PRIVATE KEY–", "PuTTY-User-Key-File"].iter().any(has);
    let is_jwk = has(&"\"kty\"") && ["\"d\":\"", "\"d\": \""].iter().any(has);
    is_named || is_jwk || places(text).any(|place| matches!(place.read, Read::Whole(der) if is_private(&der)))
}

fn is_private(der: &[u8]) -> bool {
    PKey::private_key_from_der(der).is_ok() || PKey::private_key_from_pkcs8_passphrase(der, b"").is_ok()
}

/// Every certificate in the text.
pub(super) fn find(text: &str) -> Found {
    let mut found = Found::default();
    let (mut ders, mut from) = (Vec::new(), 0);
    for place in places(text) {
        let before = text.get(from..place.start).unwrap_or_default();
        from = place.end;
        found.rest.push_str(before);
        found.rest.push('\n');
        match place.read {
            Read::Whole(der) => ders.push(der),
            Read::Part { had, wanted } => {
                let problem = Problem::found(ProblemCode::CertificateTruncated, format!("{had} characters"));
                found.problems.push(problem.wanting(format!("{wanted} characters")));
            }
        }
    }
    found.rest.push_str(text.get(from..).unwrap_or_default());
    found.take(ders);
    let says = |name: &str| text.contains(name);
    if found.is_empty() && says("BEGIN CERTIFICATE") {
        // Armour without a body, or one of which not even the beginning is there.
        found.problems.push(Problem::new(if says("BEGIN CERTIFICATE REQUEST") {
            ProblemCode::CertificateRequest
        } else {
            ProblemCode::CertificateTruncated
        }));
    }
    found.rest = without_armour(&found.rest);
    found
}

/// Lines of PEM are of no more use.
fn without_armour(text: &str) -> String {
    let is_armour = |line: &&str| {
        let words = line.trim().trim_matches(['-', '–', '—', ' ']);
        ["BEGIN ", "END "].iter().any(|word| words.starts_with(word))
    };
    text.lines().filter(|line| !is_armour(line)).collect::<Vec<_>>().join("\n")
}

impl Found {
    fn take(&mut self, ders: Vec<Vec<u8>>) {
        let mut certificates: Vec<(X509, TrustedKey)> = Vec::new();
        for der in ders.into_iter().take(MAX_CERTIFICATES) {
            let read = X509::from_der(&der).map_err(|_| KeyError::NotACertificate);
            match read.and_then(|read| Ok((read, TrustedKey::from_certificate_der(&der)?))) {
                Ok(pair) => certificates.push(pair),
                Err(error) => self.problems.push(unreadable(&der, error)),
            }
        }
        let before = certificates.len();
        let leaves: Vec<_> = certificates
            .iter()
            .filter(|(authority, _)| !certificates.iter().any(|(other, _)| is_issued_by(other, authority)))
            .map(|(_, key)| key.clone())
            .collect();
        let left_out = before - leaves.len();
        if left_out > 0 {
            let subjects = leaves.iter().map(|key| key.certificate().subject.clone());
            let problem = Problem::found(ProblemCode::ChainLeafOnly, left_out.to_string());
            self.problems.push(problem.choosing(subjects));
        }
        self.keys = leaves;
    }
}

/// Whether `authority` signed `certificate`, which is another one.
fn is_issued_by(certificate: &X509, authority: &X509) -> bool {
    let bytes = |name: &openssl::x509::X509NameRef| name.to_der().ok();
    let is_named = bytes(certificate.issuer_name()) == bytes(authority.subject_name());
    let is_itself = certificate.digest(openssl::hash::MessageDigest::sha256()).ok().as_deref()
        == authority.digest(openssl::hash::MessageDigest::sha256()).ok().as_deref();
    is_named
        && !is_itself
        && authority.public_key().is_ok_and(|key| certificate.verify(&key).unwrap_or(false))
}

/// What something is that begins like a certificate and cannot be used as one.
fn unreadable(der: &[u8], error: KeyError) -> Problem {
    if PKey::public_key_from_der(der).is_ok() {
        return Problem::new(ProblemCode::PublicKey);
    }
    if openssl::x509::X509Req::from_der(der).is_ok() {
        return Problem::new(ProblemCode::CertificateRequest);
    }
    match error {
        KeyError::RsaSize(bits) => Problem::found(ProblemCode::KeyUnsupported, format!("RSA {bits}")),
        KeyError::UnsupportedKey => Problem::new(ProblemCode::KeyUnsupported),
        _ => Problem::new(ProblemCode::CertificateUnreadable),
    }
}

/// A place where a DER sequence begins.
struct Place {
    start: usize,
    end: usize,
    read: Read,
}

enum Read {
    Whole(Vec<u8>),
    Part { had: usize, wanted: usize },
}

fn places(text: &str) -> impl Iterator<Item = Place> + '_ {
    let mut from = 0;
    let mut tried = 0;
    std::iter::from_fn(move || {
        while tried < MAX_PLACES {
            let start = from + text.get(from..)?.find(START)?;
            from = start + START.len();
            let before = text.get(..start).and_then(|before| before.bytes().next_back());
            if before.is_some_and(|byte| is_base64(byte) && byte != b'=') {
                continue;
            }
            tried += 1;
            if let Some(place) = sequence(text, start) {
                from = place.end;
                return Some(place);
            }
        }
        None
    })
}

/// The sequence whose base64 begins at `start`.
fn sequence(text: &str, start: usize) -> Option<Place> {
    let mut characters = Vec::new();
    let mut wanted = None;
    let mut end = start;
    for (at, byte) in text.get(start..)?.bytes().enumerate() {
        if byte.is_ascii_whitespace() || byte == b'>' {
            continue;
        }
        if !is_base64(byte) {
            break;
        }
        characters.push(byte);
        end = start + at + 1;
        if characters.len() == 8 {
            wanted = encoding::base64(&characters).ok().and_then(|head| length(&head));
        }
        if wanted == Some(characters.len()) {
            break;
        }
    }
    let wanted = wanted?;
    if characters.len() < wanted {
        let had = characters.len();
        return (had >= MIN_CHARACTERS).then_some(Place { start, end, read: Read::Part { had, wanted } });
    }
    let der = encoding::base64(&characters).ok()?;
    Some(Place { start, end, read: Read::Whole(der) })
}

/// How many characters of base64 the sequence takes whose head this is.
fn length(head: &[u8]) -> Option<usize> {
    let [0x30, 0x82, high, low, ..] = head else { return None };
    let bytes = usize::from(u16::from_be_bytes([*high, *low])) + 4;
    Some(bytes.div_ceil(3) * 4)
}

/// What somebody should know of the certificates that are to be trusted.
pub(super) fn judge(keys: &[TrustedKey], setting: &Setting<'_>, problems: &mut Vec<Problem>) {
    for key in keys {
        let info = key.certificate();
        let name = if info.subject.is_empty() { &info.sha256 } else { &info.subject };
        // For programs by its hash, for people by its name.
        let named = |code| Problem::found(code, &info.sha256).choosing([name.clone()]);
        if info.not_after <= setting.now {
            problems.push(named(ProblemCode::CertificateExpired).wanting(info.not_after.to_string()));
        } else if info.not_before > setting.now {
            problems.push(named(ProblemCode::CertificateNotYetValid).wanting(info.not_before.to_string()));
        }
        if key.is_weak() && !setting.allows_weak_keys {
            problems.push(Problem::found(ProblemCode::KeyWeak, &info.key).wanting("RSA 2048"));
        }
        let Ok(certificate) = X509::from_der(key.der()) else { continue };
        let algorithm = certificate.signature_algorithm().object().nid();
        if [Nid::SHA1WITHRSAENCRYPTION, Nid::ECDSA_WITH_SHA1].contains(&algorithm) {
            problems.push(named(ProblemCode::CertificateSha1));
        }
        if is_of_authority(&certificate) {
            problems.push(Problem::found(ProblemCode::CertificateOfAuthority, &info.subject));
        }
    }
}

/// Whether it says that its key signs certificates and nothing else. Self-signed ones that merely call themselves an
/// authority are what many identity providers have.
fn is_of_authority(certificate: &X509) -> bool {
    let text = certificate.to_text().unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    text.contains("CA:TRUE") && text.contains("Certificate Sign") && !text.contains("Digital Signature")
}
