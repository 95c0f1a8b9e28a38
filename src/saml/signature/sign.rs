//! Our own enveloped signatures: requests by HTTP-POST and SP metadata. Never SHA-1.

use openssl::hash::hash;

use crate::algorithms::{ENVELOPED_SIGNATURE, EXCLUSIVE_C14N};
use crate::encoding::to_base64;
use crate::key::SigningKey;
use crate::policy::Limits;
use crate::trust::KeyError;
use crate::xml::c14n::{self, Canonical, Method};
use crate::xml::{self, write};

/// A key to sign with, and the certificate that `KeyInfo` shows.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    /// The private key.
    pub key: &'a SigningKey,
    /// Its certificate in DER.
    pub certificate_der: Option<&'a [u8]>,
}

/// Signs the root of `xml`, a document of ours with the ID `id`, and gives it with the Signature put in at byte `at`
/// (where the schema of the message wants it).
///
/// # Errors
/// [`KeyError::UnsupportedKey`] when the key cannot sign, or `xml` is not what it was said to be.
pub(crate) fn sign_enveloped(
    xml: &str,
    id: &str,
    at: usize,
    signer: &Signer<'_>,
) -> Result<String, KeyError> {
    let document = xml::parse(xml.as_bytes(), &Limits::METADATA).map_err(|_| KeyError::UnsupportedKey)?;
    let canonical =
        Canonical { element: document.root(), without: None, method: Method::Exclusive, prefix_list: None };
    let octets = c14n::to_vec(&canonical).map_err(|_| KeyError::UnsupportedKey)?;
    let algorithm = signer.key.default_algorithm();
    let digest = hash(algorithm.digest.message_digest(), &octets).map_err(|_| KeyError::UnsupportedKey)?;
    let info = format!(
        "<ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE_C14N}\"></ds:CanonicalizationMethod>\
         <ds:SignatureMethod Algorithm=\"{}\"></ds:SignatureMethod>\
         <ds:Reference URI=\"#{}\"><ds:Transforms><ds:Transform Algorithm=\"{ENVELOPED_SIGNATURE}\"></ds:Transform>\
         <ds:Transform Algorithm=\"{EXCLUSIVE_C14N}\"></ds:Transform></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{}\"></ds:DigestMethod><ds:DigestValue>{}</ds:DigestValue></ds:Reference>\
         </ds:SignedInfo>",
        algorithm.uri(),
        write::attribute(id),
        algorithm.digest.uri(),
        to_base64(&digest)
    );
    // Written in canonical form; only the namespace, which the canonical SignedInfo carries itself, stands elsewhere.
    let canonical_info = format!("<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{info}");
    let value = signer.key.sign(algorithm, canonical_info.as_bytes())?;
    let key_info = signer.certificate_der.map_or_else(String::new, |der| {
        let certificate = to_base64(der);
        format!("<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>")
    });
    let signature = format!(
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>{info}\
         <ds:SignatureValue>{}</ds:SignatureValue>{key_info}</ds:Signature>",
        to_base64(&value)
    );
    let (head, tail) = xml.split_at_checked(at).ok_or(KeyError::UnsupportedKey)?;
    Ok([head, &signature, tail].concat())
}
