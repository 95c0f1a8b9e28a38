//! Reading a `ds:Signature`: every part once, in its place, known.

use std::borrow::Cow;

use super::{SignatureError, base64_of, check_digest};
use crate::algorithms::{self, Digest, SignatureAlgorithm};
use crate::code::Code;
use crate::policy::{Policy, Relaxation};
use crate::xml::c14n::Method;
use crate::xml::{Element, Ns};

/// What a Signature says it is. Nothing of it is verified yet.
#[derive(Debug)]
pub struct SignedInfo<'d> {
    pub(super) element: Element<'d>,
    signature: Element<'d>,
    pub(super) method: Method,
    pub(super) canonicalization: &'static str,
    pub(super) prefixes: Option<Cow<'d, str>>,
    pub(super) algorithm: SignatureAlgorithm,
    pub(super) reference_method: Method,
    pub(super) reference_prefixes: Option<Cow<'d, str>>,
    pub(super) digest: Digest,
    pub(super) digest_value: Vec<u8>,
    pub(super) value: Vec<u8>,
    pub(super) relaxed: Vec<Relaxation>,
}

fn malformed(wanted: &'static str, found: impl Into<Cow<'static, str>>) -> SignatureError {
    SignatureError::new(Code::SignatureMalformed, wanted, found)
}

fn named(element: Element<'_>) -> String {
    element.local().chars().take(60).collect()
}

/// The children of `parent` must be exactly these, all of XML Signature, in this order.
fn children<'d, const N: usize>(
    parent: Element<'d>,
    names: [&'static str; N],
) -> Result<([Element<'d>; N], Option<Element<'d>>), SignatureError> {
    if parent.has_text() {
        return Err(malformed("elements only in a Signature", "text"));
    }
    let mut list = parent.children();
    let mut found = [parent; N];
    for (slot, name) in found.iter_mut().zip(names) {
        match list.next() {
            Some(child) if child.is(Ns::DS, name) => *slot = child,
            Some(child) => return Err(malformed(name, named(child))),
            None => return Err(malformed(name, "nothing")),
        }
    }
    let next = list.next();
    match (next, list.next()) {
        (_, Some(more)) => Err(malformed("nothing more", named(more))),
        (next, None) => Ok((found, next)),
    }
}

impl<'d> SignedInfo<'d> {
    /// Reads `signature`, a child of `parent`.
    pub(super) fn read(
        signature: Element<'d>,
        parent: Element<'d>,
        policy: &Policy,
    ) -> Result<Self, SignatureError> {
        let ([info, value], key_info) = children(signature, ["SignedInfo", "SignatureValue"])?;
        if let Some(other) = key_info.filter(|element| !element.is(Ns::DS, "KeyInfo")) {
            return Err(malformed("KeyInfo or nothing", named(other)));
        }
        if info.descendants().any(|element| element.has_comment()) {
            return Err(malformed("no comments in SignedInfo", "a comment"));
        }
        let ([canonicalization, method, reference], more) =
            children(info, ["CanonicalizationMethod", "SignatureMethod", "Reference"])?;
        if let Some(more) = more {
            let code = if more.is(Ns::DS, "Reference") {
                Code::SignatureReference
            } else {
                Code::SignatureMalformed
            };
            return Err(SignatureError::new(code, "one Reference", format!("another {}", named(more))));
        }
        let mut relaxed = Vec::new();
        let (c14n_method, c14n_uri, prefixes) =
            read_canonicalization(canonicalization, policy, &mut relaxed)?;
        let algorithm = read_algorithm(method, policy, &mut relaxed)?;
        check_uri(reference, parent, policy, &mut relaxed)?;
        let ([transforms, digest_method, digest_value], more) =
            children(reference, ["Transforms", "DigestMethod", "DigestValue"]).map_err(|error| {
                let has_transforms = reference.children_named(Ns::DS, "Transforms").next().is_some();
                if has_transforms {
                    error
                } else {
                    SignatureError::new(Code::SignatureTransform, "the transforms of SAML", "none")
                }
            })?;
        if let Some(more) = more {
            return Err(malformed("nothing after DigestValue", named(more)));
        }
        let (reference_method, reference_prefixes) = read_transforms(transforms, policy, &mut relaxed)?;
        let digest_uri = digest_method.attribute("Algorithm").unwrap_or_default();
        let digest = Digest::from_uri(&digest_uri).ok_or_else(|| {
            SignatureError::new(Code::SignatureAlgorithm, "a SHA-2 digest", digest_uri.clone().into_owned())
        })?;
        if digest_method.children().next().is_some() {
            return Err(malformed("an empty DigestMethod", "content"));
        }
        relaxed.extend(check_digest(digest, &digest_uri, policy)?);
        Ok(Self {
            element: info,
            signature,
            method: c14n_method,
            canonicalization: c14n_uri,
            prefixes,
            algorithm,
            reference_method,
            reference_prefixes,
            digest,
            digest_value: base64_of(digest_value, "a DigestValue in base64")?,
            value: base64_of(value, "a SignatureValue in base64")?,
            relaxed,
        })
    }

    /// The first certificate that `KeyInfo` shows, in DER: evidence only, and a hint which trusted key to try first.
    pub(super) fn certificate_in_key_info(&self) -> Option<Vec<u8>> {
        let key_info = self.signature.children_named(Ns::DS, "KeyInfo").next()?;
        let data = key_info.children_named(Ns::DS, "X509Data").next()?;
        let certificate = data.children_named(Ns::DS, "X509Certificate").next()?;
        let text = certificate.text().ok().filter(|text| text.len() <= 64 * 1024)?;
        crate::encoding::base64(text.as_bytes()).ok()
    }
}

fn read_canonicalization<'d>(
    element: Element<'d>,
    policy: &Policy,
    relaxed: &mut Vec<Relaxation>,
) -> Result<(Method, &'static str, Option<Cow<'d, str>>), SignatureError> {
    let uri = element.attribute("Algorithm").unwrap_or_default();
    let wrong = || {
        SignatureError::new(
            Code::SignatureCanonicalization,
            "exclusive canonicalization",
            uri.clone().into_owned(),
        )
    };
    let (method, uri_constant) = algorithms::canonicalization(&uri).ok_or_else(wrong)?;
    if method != Method::Exclusive {
        if !policy.allows(Relaxation::InclusiveC14n) {
            return Err(wrong());
        }
        relaxed.push(Relaxation::InclusiveC14n);
    }
    Ok((method, uri_constant, read_prefix_list(element, method)?))
}

/// `InclusiveNamespaces` (exc-c14n 3), the only parameter that is known.
fn read_prefix_list(element: Element<'_>, method: Method) -> Result<Option<Cow<'_, str>>, SignatureError> {
    let mut children = element.children();
    let wrong = |found: String| {
        SignatureError::new(Code::SignatureTransform, "InclusiveNamespaces or nothing", found)
    };
    if element.has_text() {
        return Err(wrong("text".to_owned()));
    }
    match (children.next(), children.next()) {
        (None, _) => Ok(None),
        (Some(list), None) if method == Method::Exclusive && list.is(Ns::EXC_C14N, "InclusiveNamespaces") => {
            Ok(Some(list.attribute("PrefixList").unwrap_or_default()))
        }
        (Some(other), _) => Err(wrong(named(other))),
    }
}

fn read_algorithm(
    element: Element<'_>,
    policy: &Policy,
    relaxed: &mut Vec<Relaxation>,
) -> Result<SignatureAlgorithm, SignatureError> {
    let uri = element.attribute("Algorithm").unwrap_or_default();
    let algorithm = SignatureAlgorithm::from_uri(&uri).ok_or_else(|| {
        SignatureError::new(Code::SignatureAlgorithm, "RSA or ECDSA with SHA-2", uri.clone().into_owned())
    })?;
    // HMACOutputLength and the like (CVE-2009-0217): no algorithm on the list takes parameters.
    if !element.is_blank() {
        return Err(malformed("a SignatureMethod without parameters", "parameters"));
    }
    relaxed.extend(check_digest(algorithm.digest, &uri, policy)?);
    Ok(algorithm)
}

/// The one Reference names its Signature's parent (saml-core 5.4.2).
fn check_uri(
    reference: Element<'_>,
    parent: Element<'_>,
    policy: &Policy,
    relaxed: &mut Vec<Relaxation>,
) -> Result<(), SignatureError> {
    let id = parent.attribute("ID").unwrap_or_default();
    let uri = reference.attribute("URI");
    let wrong = || {
        let found: String =
            uri.as_deref().map_or_else(|| "no URI".to_owned(), |uri| uri.chars().take(200).collect());
        SignatureError::new(Code::SignatureReference, format!("#{id}"), found)
    };
    match uri.as_deref() {
        None | Some("") if parent.parent().is_none() && policy.allows(Relaxation::EmptyReferenceUri) => {
            relaxed.push(Relaxation::EmptyReferenceUri);
            Ok(())
        }
        Some(uri) if !id.is_empty() && uri.strip_prefix('#') == Some(&*id) => Ok(()),
        _ => Err(wrong()),
    }
}

/// Enveloped-signature, then at most one canonicalization (saml-core 5.4.4).
fn read_transforms<'d>(
    transforms: Element<'d>,
    policy: &Policy,
    relaxed: &mut Vec<Relaxation>,
) -> Result<(Method, Option<Cow<'d, str>>), SignatureError> {
    let wrong = |found: String| {
        SignatureError::new(
            Code::SignatureTransform,
            "enveloped-signature, then exclusive canonicalization",
            found,
        )
    };
    let mut list = transforms.children();
    let (first, second) = (list.next(), list.next());
    let more = list.count();
    if more > 0 {
        return Err(wrong(format!("{} transforms", more + 2)));
    }
    let algorithm = |element: Element<'d>| {
        if element.is(Ns::DS, "Transform") {
            element.attribute("Algorithm").unwrap_or_default()
        } else {
            Cow::Borrowed("")
        }
    };
    let Some(first) = first else { return Err(wrong("no transform".to_owned())) };
    if algorithm(first) != algorithms::ENVELOPED_SIGNATURE || !first.is_blank() {
        return Err(wrong(algorithm(first).into_owned()));
    }
    let Some(second) = second else {
        // Without one the canonical form is Canonical XML 1.0 (xmldsig 4.4.3.2).
        if policy.allows(Relaxation::InclusiveC14n) {
            relaxed.push(Relaxation::InclusiveC14n);
            return Ok((Method::Inclusive10, None));
        }
        return Err(wrong("enveloped-signature alone".to_owned()));
    };
    let uri = algorithm(second);
    let Some((method, _)) = algorithms::canonicalization(&uri) else { return Err(wrong(uri.into_owned())) };
    if method != Method::Exclusive {
        if !policy.allows(Relaxation::InclusiveC14n) {
            let wanted = "exclusive canonicalization";
            return Err(SignatureError::new(Code::SignatureCanonicalization, wanted, uri.into_owned()));
        }
        relaxed.push(Relaxation::InclusiveC14n);
    }
    Ok((method, read_prefix_list(second, method)?))
}
