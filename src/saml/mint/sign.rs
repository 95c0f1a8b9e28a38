//! Signs elements of a tree (xmldsig 3.1, within the SAML profile of saml-core 5.4).
//!
//! A signature is made in steps that hostile variants can stop between: [`skeleton`], [`place`], [`fill_digest`],
//! [`fill_value`]; [`sign`] takes them all. Digests are made over [`crate::xml::c14n`], so tests against other
//! implementations must show that both sides of it are right.

use openssl::bn::BigNumRef;
use openssl::hash::hash;
use openssl::x509::X509;

use super::MintError;
use super::keys::{self, TestKey};
use super::personality::KeyInfo;
use super::tree::{Element, Node, Style};
use super::uri;
use crate::algorithms::{Digest, ENVELOPED_SIGNATURE, EXCLUSIVE_C14N, Scheme, SignatureAlgorithm};
use crate::encoding::{hex, to_base64};
use crate::policy::Limits;
use crate::xml::{self, Document, c14n};

/// How to sign.
#[derive(Debug, Clone, Copy)]
pub struct Signing<'a> {
    /// With whose key.
    pub key: &'a TestKey,
    /// Signature algorithm.
    pub method: SignatureAlgorithm,
    /// Digest algorithm.
    pub digest: Digest,
    /// Canonicalization of the element and of `SignedInfo`.
    pub canonicalization: c14n::Method,
    /// `PrefixList` of the transform.
    pub prefix_list: Option<&'a str>,
    /// What stands in `KeyInfo`.
    pub key_info: KeyInfo,
    /// Prefix of the signature namespace; empty: the default namespace.
    pub prefix: &'a str,
    /// Base64 in lines.
    pub wraps_base64: bool,
}

/// `prefix:local`, or `local` in the default namespace.
#[must_use]
pub fn qualified(prefix: &str, local: &str) -> String {
    if prefix.is_empty() { local.to_owned() } else { format!("{prefix}:{local}") }
}

/// The declaration of a prefix; empty: of the default namespace.
#[must_use]
pub fn declaration(prefix: &str) -> String {
    if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") }
}

const fn canonicalization_uri(method: c14n::Method) -> &'static str {
    match method {
        c14n::Method::Exclusive => EXCLUSIVE_C14N,
        c14n::Method::Inclusive10 => "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        c14n::Method::Inclusive11 => "http://www.w3.org/2006/12/xml-c14n11",
    }
}

/// Base64, in lines of 76 characters if `wraps`.
#[must_use]
pub fn base64(bytes: &[u8], wraps: bool) -> String {
    let plain = to_base64(bytes);
    if !wraps {
        return plain;
    }
    let mut out = String::with_capacity(plain.len() + plain.len() / 76);
    for (index, c) in plain.chars().enumerate() {
        if index > 0 && index % 76 == 0 {
            out.push('\n');
        }
        out.push(c);
    }
    out
}

/// A complete `Signature` for the element with this ID, but for `DigestValue` and `SignatureValue`, which are empty.
///
/// # Errors
/// When the key's certificate cannot be read.
pub fn skeleton(id: &str, signing: &Signing<'_>) -> Result<Element, MintError> {
    let name = |local: &str| qualified(signing.prefix, local);
    let algorithm = |local: &str, uri: &str| Element::new(name(local)).attribute("Algorithm", uri);
    let canonicalization = canonicalization_uri(signing.canonicalization);
    let mut transform = algorithm("Transform", canonicalization);
    if let Some(list) = signing.prefix_list {
        transform.push(
            Element::new("ec:InclusiveNamespaces")
                .attribute("xmlns:ec", EXCLUSIVE_C14N)
                .attribute("PrefixList", list),
        );
    }
    let reference = Element::new(name("Reference"))
        .attribute("URI", &format!("#{id}"))
        .child(
            Element::new(name("Transforms"))
                .child(algorithm("Transform", ENVELOPED_SIGNATURE))
                .child(transform),
        )
        .child(algorithm("DigestMethod", signing.digest.uri()))
        .child(Element::new(name("DigestValue")));
    let mut signature = Element::new(name("Signature"))
        .attribute(&declaration(signing.prefix), uri::DSIG)
        .child(
            Element::new(name("SignedInfo"))
                .child(algorithm("CanonicalizationMethod", canonicalization))
                .child(algorithm("SignatureMethod", signing.method.uri()))
                .child(reference),
        )
        .child(Element::new(name("SignatureValue")));
    if let Some(info) = key_info(signing)? {
        signature.push(info);
    }
    Ok(signature)
}

/// The `KeyInfo` that names the signing key.
///
/// # Errors
/// When the key's certificate cannot be read.
pub fn key_info(signing: &Signing<'_>) -> Result<Option<Element>, MintError> {
    let name = |local: &str| qualified(signing.prefix, local);
    let der = signing.key.certificate_der()?;
    let certificate = Element::new(name("X509Certificate")).text(base64(&der, signing.wraps_base64));
    let data = Element::new(name("X509Data"));
    let info = Element::new(name("KeyInfo"));
    Ok(match signing.key_info {
        KeyInfo::Absent => None,
        KeyInfo::Certificate => Some(info.child(data.child(certificate))),
        KeyInfo::NameAndCertificate => Some(
            info.child(Element::new(name("KeyName")).text(hex(der.get(..16).unwrap_or(&der))))
                .child(data.child(certificate)),
        ),
        KeyInfo::CertificateAndKeyValue => {
            let value = key_value(&der, &name)?;
            Some(info.child(data.child(certificate)).children(value))
        }
        KeyInfo::SubjectAndCertificate => Some(
            info.child(
                data.child(
                    Element::new(name("X509SubjectName")).text("O=Gatepost test keys,CN=Gatepost test IdP"),
                )
                .child(certificate),
            ),
        ),
    })
}

/// An RSA key as numbers (xmldsig 4.4.2.1); others go without.
fn key_value(der: &[u8], name: &dyn Fn(&str) -> String) -> Result<Option<Element>, MintError> {
    let key = X509::from_der(der)?.public_key()?;
    let Ok(rsa) = key.rsa() else { return Ok(None) };
    let number =
        |local: &str, value: &BigNumRef| Element::new(name(local)).text(base64(&value.to_vec(), false));
    let rsa = Element::new(name("RSAKeyValue"))
        .child(number("Modulus", rsa.n()))
        .child(number("Exponent", rsa.e()));
    Ok(Some(Element::new(name("KeyValue")).child(rsa)))
}

/// Puts `signature` where the SAML schemas want it in the element with this ID: after its Issuer, else first.
///
/// # Errors
/// When no element has that ID.
pub fn place(root: &mut Element, id: &str, signature: Element) -> Result<(), MintError> {
    let element = root.with_id_mut(id).ok_or(MintError::Shape("an element with that ID"))?;
    let at = element.position("Issuer").map_or(0, |issuer| issuer + 1);
    element.insert(at, Node::Element(signature));
    Ok(())
}

/// The canonical form of the element with this ID, without its own Signature.
///
/// # Errors
/// When the tree is not a document that the engine would read.
pub fn canonical(root: &Element, id: &str, signing: &Signing<'_>) -> Result<Vec<u8>, MintError> {
    let text = root.document(Style::default());
    let document = read(&text)?;
    let element = by_id(&document, id)?;
    let without = element.children().find(|child| child.local() == "Signature");
    let canonical = c14n::Canonical {
        element,
        without,
        method: signing.canonicalization,
        prefix_list: signing.prefix_list,
    };
    c14n::to_vec(&canonical).map_err(|_| MintError::Shape("a document without xml:base"))
}

/// Digests the element with this ID and writes the value into its own Signature.
///
/// # Errors
/// As [`canonical`], and when the element has no Signature.
pub fn fill_digest(root: &mut Element, id: &str, signing: &Signing<'_>) -> Result<(), MintError> {
    let digest = hash(signing.digest.message_digest(), &canonical(root, id, signing)?)?;
    let value = base64(&digest, false);
    let slot = own_signature(root, id)?.find_mut("DigestValue").ok_or(MintError::Shape("a DigestValue"))?;
    slot.set_text(&value);
    Ok(())
}

/// The canonical form of the `SignedInfo` in the own Signature of the element with this ID: what is signed.
///
/// # Errors
/// When the tree is not a document that the engine would read, or has no such `SignedInfo`.
pub fn canonical_signed_info(root: &Element, id: &str, method: c14n::Method) -> Result<Vec<u8>, MintError> {
    let text = root.document(Style::default());
    let document = read(&text)?;
    let signature = by_id(&document, id)?.children().find(|child| child.local() == "Signature");
    let signed_info = signature
        .and_then(|signature| signature.children().find(|child| child.local() == "SignedInfo"))
        .ok_or(MintError::Shape("a SignedInfo"))?;
    let canonical = c14n::Canonical { element: signed_info, without: None, method, prefix_list: None };
    c14n::to_vec(&canonical).map_err(|_| MintError::Shape("a document without xml:base"))
}

/// Signs `SignedInfo` as it stands and writes the value.
///
/// # Errors
/// As [`canonical_signed_info`], and when OpenSSL refuses the key.
pub fn fill_value(root: &mut Element, id: &str, signing: &Signing<'_>) -> Result<(), MintError> {
    let data = canonical_signed_info(root, id, signing.canonicalization)?;
    let value = signing.key.signing_key()?.sign(signing.method, &data)?;
    set_value(root, id, &base64(&value, signing.wraps_base64))
}

/// Writes `value` as the `SignatureValue` of the element with this ID.
///
/// # Errors
/// When there is no such signature.
pub fn set_value(root: &mut Element, id: &str, value: &str) -> Result<(), MintError> {
    let slot =
        own_signature(root, id)?.find_mut("SignatureValue").ok_or(MintError::Shape("a SignatureValue"))?;
    slot.set_text(value);
    Ok(())
}

/// The Signature child of the element with this ID.
///
/// # Errors
/// When there is none.
pub fn own_signature<'t>(root: &'t mut Element, id: &str) -> Result<&'t mut Element, MintError> {
    let element = root.with_id_mut(id).ok_or(MintError::Shape("an element with that ID"))?;
    let child = element.children.iter_mut().find_map(|node| match node {
        Node::Element(child) if child.local() == "Signature" => Some(child),
        _ => None,
    });
    child.ok_or(MintError::Shape("a Signature"))
}

/// Signs the element with this ID.
///
/// # Errors
/// When the tree is not a document that the engine would read, or OpenSSL refuses the key.
pub fn sign(root: &mut Element, id: &str, signing: &Signing<'_>) -> Result<(), MintError> {
    place(root, id, skeleton(id, signing)?)?;
    fill_digest(root, id, signing)?;
    fill_value(root, id, signing)
}

/// The built-in identity provider's key for `method`.
#[must_use]
pub const fn usual_key(method: SignatureAlgorithm) -> &'static TestKey {
    match (method.scheme, method.digest) {
        (Scheme::Ecdsa, Digest::Sha384) => &keys::IDP_EC_P384,
        (Scheme::Ecdsa, Digest::Sha512) => &keys::IDP_EC_P521,
        (Scheme::Ecdsa, _) => &keys::IDP_EC_P256,
        _ => &keys::IDP_RSA,
    }
}

fn read(text: &str) -> Result<Document<'_>, MintError> {
    xml::parse(text.as_bytes(), &Limits::METADATA.lifted()).map_err(|error| MintError::Shape(error.wanted))
}

fn by_id<'d>(document: &'d Document<'_>, id: &str) -> Result<xml::Element<'d>, MintError> {
    let found = document.root().descendants().find(|element| element.attribute("ID").as_deref() == Some(id));
    found.ok_or(MintError::Shape("an element with that ID"))
}
