//! The SAML signature profile (saml-core 5.4) over XML Signature, and nothing more.
//!
//! [`verify`] takes an element and gives [`Signed`]: the very node whose canonical form was digested. There is no other
//! way to a `Signed`, and no lookup by ID anywhere: the one Reference must name the parent of its Signature.
//!
//! Order of work: shape of the Signature → algorithms by allow-list → signature over the canonical `SignedInfo` with a
//! trusted key → digest of the element without this Signature. `KeyInfo` is read for explanations only.

mod info;
pub mod query;
pub mod sign;
pub(crate) mod value;

pub use info::SignedInfo;

use crate::algorithms;
use crate::code::Code;
use crate::encoding;
use crate::policy::{Policy, Relaxation};
use crate::trace::{SignatureEvidence, Text};
use crate::trust::{CertificateInfo, Trust, TrustedKey};
use crate::xml::c14n::{self, Canonical};
use crate::xml::{Element, Ns};

/// An element that a trusted key signed. What is read from it is what was digested.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'d> {
    element: Element<'d>,
}

impl<'d> Signed<'d> {
    /// The element.
    #[must_use]
    pub const fn element(&self) -> Element<'d> {
        self.element
    }

    /// A child of a signed element: covered by the same signature. `None` for any other element, and for the Signature
    /// itself, which the enveloped-signature transform left out.
    #[must_use]
    pub fn child(&self, child: Element<'d>) -> Option<Self> {
        let is_child = child.parent() == Some(self.element) && !child.is(Ns::DS, "Signature");
        is_child.then_some(Self { element: child })
    }

    /// The root of a plaintext that was encrypted inside a signed element: nobody but the signer chose the ciphertext.
    pub(crate) const fn decrypted(root: Element<'d>, _around: &Signed<'_>) -> Self {
        Self { element: root }
    }
}

/// Why a signature was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureError {
    /// The refusal's code.
    pub code: Code,
    /// What the profile wants.
    pub wanted: Option<Text>,
    /// What was found.
    pub found: Option<Text>,
}

impl SignatureError {
    pub(crate) fn new(code: Code, wanted: impl Into<Text>, found: impl Into<Text>) -> Self {
        Self { code, wanted: Some(wanted.into()), found: Some(found.into()) }
    }
}

/// A signature that verified.
#[derive(Debug)]
pub struct Verified<'d, 't> {
    /// The element.
    pub signed: Signed<'d>,
    /// For the trace.
    pub evidence: SignatureEvidence,
    /// Relaxations that it needed.
    pub relaxed: Vec<Relaxation>,
    /// Whose key it was.
    pub certificate: &'t CertificateInfo,
}

/// The Signature of `element`: a direct child, at most one (saml-core 5.4.1).
///
/// # Errors
/// [`Code::SignatureMultiple`].
pub fn of(element: Element<'_>) -> Result<Option<Element<'_>>, SignatureError> {
    let mut signatures = element.children_named(Ns::DS, "Signature");
    let first = signatures.next();
    match signatures.count() {
        0 => Ok(first),
        more => Err(SignatureError::new(
            Code::SignatureMultiple,
            "one Signature",
            format!("{} Signatures", more + 1),
        )),
    }
}

/// Verifies the Signature of `element`, if it has one. `kind` names the element in the evidence.
///
/// # Errors
/// [`SignatureError`] when there is a Signature and anything about it is not as it must be.
pub fn verify<'d, 't>(
    element: Element<'d>,
    kind: &'static str,
    trust: &'t Trust,
    policy: &Policy,
) -> Result<Option<Verified<'d, 't>>, SignatureError> {
    let Some(signature) = of(element)? else { return Ok(None) };
    let info = SignedInfo::read(signature, element, policy)?;
    let mut buffer = Vec::new();
    let canonical = Canonical {
        element: info.element,
        without: None,
        method: info.method,
        prefix_list: info.prefixes.as_deref(),
    };
    c14n::write(&canonical, &mut buffer).map_err(|_| uncanonical())?;
    // With one trusted key there is nothing to choose from.
    let hint = if trust.keys().len() > 1 { info.certificate_in_key_info() } else { None };
    let key = value::verify(trust, info.algorithm, &buffer, &info.value, hint.as_deref());
    let Some(key) = key else {
        return Err(unverified(trust, &info, info.certificate_in_key_info().as_deref()));
    };
    let mut relaxed = info.relaxed.clone();
    if let Some(relaxation) = key_relaxation(key, policy)? {
        relaxed.push(relaxation);
    }
    buffer.clear();
    let canonical = Canonical {
        element,
        without: Some(signature),
        method: info.reference_method,
        prefix_list: info.reference_prefixes.as_deref(),
    };
    c14n::write(&canonical, &mut buffer).map_err(|_| uncanonical())?;
    let digest_fits = *info.digest.of(&buffer) == *info.digest_value;
    // The signature is the identity provider's and the element is not what it signed: it was changed afterwards.
    if !digest_fits {
        let found = format!(
            "a digest that fits other content, under a good signature of {}",
            described(key.certificate())
        );
        return Err(SignatureError::new(Code::DigestMismatch, "the content that was signed", found));
    }
    let evidence = SignatureEvidence {
        element: Text::Borrowed(kind),
        algorithm: Text::Borrowed(info.algorithm.uri()),
        digest: Text::Borrowed(info.digest.uri()),
        canonicalization: Some(Text::Borrowed(info.canonicalization)),
        spki_sha256: key.spki_sha256().to_owned(),
        certificate_sha256: Some(key.certificate().sha256.clone()),
    };
    let certificate = key.certificate();
    Ok(Some(Verified { signed: Signed { element }, evidence, relaxed, certificate }))
}

/// The key of the certificate that the Signature of `element` shows. Nobody vouches for it.
pub(crate) fn shown_key(element: Element<'_>, policy: &Policy) -> Option<TrustedKey> {
    let signature = of(element).ok()??;
    let shown = SignedInfo::read(signature, element, policy).ok()?.certificate_in_key_info()?;
    TrustedKey::from_certificate_der(&shown).ok()
}

/// RSA keys under 2048 bits verify by relaxation only.
pub(crate) fn key_relaxation(
    key: &TrustedKey,
    policy: &Policy,
) -> Result<Option<Relaxation>, SignatureError> {
    if !key.is_weak() {
        return Ok(None);
    }
    if policy.allows(Relaxation::Rsa1024) {
        return Ok(Some(Relaxation::Rsa1024));
    }
    let found = key.certificate().key.clone();
    Err(SignatureError::new(Code::SignatureKeyWeak, "an RSA key of at least 2048 bits", found))
}

/// A certificate in one line for people.
#[must_use]
pub(crate) fn described(certificate: &CertificateInfo) -> String {
    let day = |instant: crate::Instant| instant.to_string().chars().take(10).collect::<String>();
    format!(
        "{} (SHA-256 {}, {}, {} to {})",
        if certificate.subject.is_empty() { "a certificate without a subject" } else { &certificate.subject },
        certificate.sha256,
        certificate.key,
        day(certificate.not_before),
        day(certificate.not_after)
    )
}

pub(crate) fn described_trust(trust: &Trust) -> String {
    let names: Vec<_> = trust.keys().iter().take(5).map(|key| described(key.certificate())).collect();
    format!("a signature by {}", names.join(" or "))
}

/// No trusted key fits: says whose certificate the message shows, and that it is not trusted.
fn unverified(trust: &Trust, info: &SignedInfo<'_>, hint: Option<&[u8]>) -> SignatureError {
    let wanted = described_trust(trust);
    let shown = hint.map(TrustedKey::from_certificate_der);
    match shown {
        Some(Ok(shown)) if trust.keys().iter().any(|key| key.spki_sha256() == shown.spki_sha256()) => {
            let found = "a signature that does not fit, under the certificate that is trusted";
            SignatureError::new(Code::SignatureInvalid, wanted, found)
        }
        Some(Ok(shown)) => {
            let found =
                format!("the message shows {}, which is not trusted here", described(shown.certificate()));
            SignatureError::new(Code::SignatureKeyUnknown, wanted, found)
        }
        Some(Err(_)) => SignatureError::new(
            Code::SignatureKeyUnknown,
            wanted,
            "the message shows a certificate that cannot be read",
        ),
        None => {
            let found = format!(
                "a signature ({}) by none of the trusted keys, without a certificate",
                info.algorithm.uri()
            );
            SignatureError::new(Code::SignatureInvalid, wanted, found)
        }
    }
}

fn uncanonical() -> SignatureError {
    let found = "inherited xml:base, or a form many times as long as the message";
    SignatureError::new(Code::SignatureCanonicalization, "a canonical form that can be written", found)
}

/// Whether `uri` names a signature or digest algorithm of SHA-1, which is refused under a code of its own.
pub(crate) fn check_digest(
    digest: algorithms::Digest,
    uri: &str,
    policy: &Policy,
) -> Result<Option<Relaxation>, SignatureError> {
    if digest != algorithms::Digest::Sha1 {
        return Ok(None);
    }
    if policy.allows(Relaxation::Sha1) {
        return Ok(Some(Relaxation::Sha1));
    }
    Err(SignatureError::new(Code::SignatureAlgorithmSha1, "SHA-256 or better", uri.to_owned()))
}

/// The text of a small base64 element of a signature.
pub(crate) fn base64_of(element: Element<'_>, what: &'static str) -> Result<Vec<u8>, SignatureError> {
    let malformed = |found: &'static str| SignatureError::new(Code::SignatureMalformed, what, found);
    let text = element.text().map_err(|_| malformed("other content"))?;
    encoding::base64(text.as_bytes()).map_err(|_| malformed("something that is no base64"))
}
