//! Signatures over the query string of the Redirect binding (saml-bindings 3.4.4.1).
//!
//! The octets are taken as they were sent: AD FS and Entra write `%xx` in lower case, and decoding and encoding again
//! would make another text.

use super::{SignatureError, Signed, check_digest, described_trust, key_relaxation, value};
use crate::algorithms::SignatureAlgorithm;
use crate::binding::QuerySignature;
use crate::code::Code;
use crate::policy::{Policy, Relaxation};
use crate::trace::{SignatureEvidence, Text};
use crate::trust::{CertificateInfo, Trust};
use crate::xml::Element;

/// A query signature that verified.
#[derive(Debug)]
pub struct VerifiedQuery<'d> {
    /// The root of the message in the query.
    pub signed: Signed<'d>,
    /// For the trace.
    pub evidence: SignatureEvidence,
    /// Relaxations that it needed.
    pub relaxed: Vec<Relaxation>,
    /// Whose key it was.
    pub certificate: CertificateInfo,
}

/// Verifies the signature over the query in which the document of `root` came.
///
/// # Errors
/// [`SignatureError`].
pub fn verify<'d>(
    root: Element<'d>,
    signature: &QuerySignature,
    trust: &Trust,
    policy: &Policy,
) -> Result<VerifiedQuery<'d>, SignatureError> {
    let uri: String = signature.algorithm.chars().take(200).collect();
    let algorithm = SignatureAlgorithm::from_uri(&uri).ok_or_else(|| {
        SignatureError::new(Code::SignatureAlgorithm, "RSA or ECDSA with SHA-2", uri.clone())
    })?;
    let mut relaxed: Vec<_> = check_digest(algorithm.digest, &uri, policy)?.into_iter().collect();
    let key =
        value::verify(trust, algorithm, &signature.signed, &signature.value, None).ok_or_else(|| {
            let found = "a query signature that fits none of the trusted keys";
            SignatureError::new(Code::SignatureInvalid, described_trust(trust), found)
        })?;
    relaxed.extend(key_relaxation(key, policy)?);
    let evidence = SignatureEvidence {
        element: Text::Borrowed("message"),
        algorithm: Text::Borrowed(algorithm.uri()),
        digest: Text::Borrowed(algorithm.digest.uri()),
        canonicalization: None,
        spki_sha256: key.spki_sha256().to_owned(),
        certificate_sha256: Some(key.certificate().sha256.clone()),
    };
    Ok(VerifiedQuery {
        signed: Signed { element: root },
        evidence,
        relaxed,
        certificate: key.certificate().clone(),
    })
}
