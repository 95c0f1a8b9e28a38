//! Careless receivers, to show that a variant is worth something: it must be one that somebody would fall for.
//!
//! They work on the tree that a message was written from, so that no strict parser saves them; only canonical forms
//! come from the engine. Never use this to receive anything.

use openssl::hash::hash;
use openssl::memcmp;
use openssl::pkey::{PKey, Public};
use openssl::sign::{Signer, Verifier};
use openssl::x509::X509;

use crate::algorithms::{Digest, Scheme, SignatureAlgorithm};
use crate::encoding::{base64, to_base64};
use crate::mint::MintError;
use crate::mint::keys::TestKey;
use crate::mint::tree::{Element, Node, Style};
use crate::policy::Limits;
use crate::xml::{self, c14n};

/// What is careless about a receiver. All of them take the first `NameID` of the first `Assertion` that is not inside a
/// Signature, up to the first thing in it that is not text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naive {
    /// The first Signature of the document must verify, over whatever element anywhere has the ID it refers to.
    FirstSignature,
    /// One Signature must verify; others do not matter.
    AnySignature,
    /// As [`Naive::AnySignature`], with any of its `SignedInfo`s, and any `DigestValue` of the document in any reading.
    AnyDigest,
    /// As [`Naive::FirstSignature`], with the key that the message brings.
    KeyOfMessage,
    /// A message without Signature needs no check.
    Unsigned,
    /// HMAC is an algorithm like others; the key is the trusted certificate.
    HmacWithCertificate,
    /// The first Reference is checked by its digest; the signature over it is not.
    DigestOnly,
}

/// The subject that a careless receiver reads from a message, if it accepts it. `trusted` is the key it should trust.
#[must_use]
pub fn naive_reading(root: &Element, trusted: &TestKey, naive: Naive) -> Option<String> {
    let root = &without_comments(root, naive == Naive::AnyDigest);
    let signatures = paths(root, "Signature");
    let is_accepted = match naive {
        Naive::Unsigned => signatures.is_empty(),
        Naive::AnySignature | Naive::AnyDigest => {
            signatures.iter().any(|path| verify(root, path, trusted, naive).is_some())
        }
        _ => signatures.first().is_some_and(|path| verify(root, path, trusted, naive).is_some()),
    };
    if !is_accepted {
        return None;
    }
    let name_id = outside_signatures(outside_signatures(root, "Assertion")?, "NameID")?;
    match name_id.children.first()? {
        Node::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// The first element with that local name, where people look for content.
fn outside_signatures<'t>(element: &'t Element, local: &str) -> Option<&'t Element> {
    match element.local() {
        name if name == local => Some(element),
        "Signature" => None,
        _ => element.elements().find_map(|child| outside_signatures(child, local)),
    }
}

/// Comments do not take part in canonical forms, but they end a text node: text behind one becomes a node of its own.
/// Those inside `DigestValue` are kept for receivers that read them.
fn without_comments(element: &Element, keeps_in_digest: bool) -> Element {
    let mut copy = element.clone();
    copy.children.retain(|node| match node {
        Node::Raw(raw) => !raw.starts_with("<!--") || (keeps_in_digest && element.local() == "DigestValue"),
        _ => true,
    });
    for node in &mut copy.children {
        if let Node::Element(child) = node {
            *child = without_comments(child, keeps_in_digest);
        }
    }
    copy
}

type Path = Vec<usize>;

/// Where elements with that local name stand, in document order.
fn paths(root: &Element, local: &str) -> Vec<Path> {
    fn walk(element: &Element, local: &str, at: &mut Path, out: &mut Vec<Path>) {
        if element.local() == local {
            out.push(at.clone());
        }
        for (index, node) in element.children.iter().enumerate() {
            if let Node::Element(child) = node {
                at.push(index);
                walk(child, local, at, out);
                at.pop();
            }
        }
    }
    let mut out = Vec::new();
    walk(root, local, &mut Vec::new(), &mut out);
    out
}

fn at<'t>(root: &'t Element, path: &[usize]) -> Option<&'t Element> {
    path.iter().try_fold(root, |element, index| element.children.get(*index)?.element())
}

/// The element at `path` as a document of its own, with the namespaces in scope, but for what stands at `without`.
fn standalone(root: &Element, path: &[usize], without: Option<&Path>) -> Option<String> {
    let mut element = at(root, path)?.clone();
    if let Some(relative) = without.and_then(|without| without.strip_prefix(path))
        && let Some((last, parents)) = relative.split_last()
    {
        let mut parent = &mut element;
        for index in parents {
            let Some(Node::Element(child)) = parent.children.get_mut(*index) else { return None };
            parent = child;
        }
        if *last < parent.children.len() {
            parent.children.remove(*last);
        }
    }
    for depth in (0..path.len()).rev() {
        for (name, value) in &at(root, path.get(..depth)?)?.attributes {
            if (name == "xmlns" || name.starts_with("xmlns:")) && element.get(name).is_none() {
                element.set(name, value);
            }
        }
    }
    Some(element.document(Style::default()))
}

fn canonical(text: &str, prefix_list: Option<&str>) -> Option<Vec<u8>> {
    let document = xml::parse(text.as_bytes(), &Limits::METADATA).ok()?;
    let element = document.root();
    c14n::to_vec(&c14n::Canonical { element, without: None, method: c14n::Method::Exclusive, prefix_list })
        .ok()
}

fn plain_text(element: &Element) -> String {
    let texts = element.children.iter().filter_map(|node| match node {
        Node::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect::<String>().split_whitespace().collect()
}

fn verify(root: &Element, path: &Path, trusted: &TestKey, naive: Naive) -> Option<()> {
    let signature = at(root, path)?;
    let mut signed_infos: Vec<Path> =
        paths(signature, "SignedInfo").into_iter().map(|inner| [path.as_slice(), &inner].concat()).collect();
    if naive != Naive::AnyDigest {
        signed_infos.truncate(1);
    }
    let value = base64(plain_text(signature.find("SignatureValue")?).as_bytes()).ok()?;
    let is_signed = |info: &Path| {
        let method = at(root, info)?.find("SignatureMethod")?.get("Algorithm")?.to_owned();
        let text = standalone(&without_comments(root, false), info, None)
            .or_else(|| standalone(root, info, None))?;
        let data = canonical(&text, None)?;
        check(signature, &method, &data, &value, trusted, naive).ok()?.then_some(())
    };
    if naive != Naive::DigestOnly {
        signed_infos.iter().find_map(is_signed)?;
    }
    signed_infos.iter().find_map(|info| digest_fits(root, path, at(root, info)?, naive))
}

fn digest_fits(root: &Element, signature: &Path, info: &Element, naive: Naive) -> Option<()> {
    let reference = info.find("Reference")?;
    let id = reference.get("URI")?.strip_prefix('#')?;
    let target = all(root)
        .into_iter()
        .find(|path| at(root, path).and_then(|element| element.get("ID")) == Some(id))?;
    let list = reference.find("InclusiveNamespaces").and_then(|list| list.get("PrefixList"));
    let text = standalone(&without_comments(root, false), &target, Some(signature))?;
    let method = Digest::from_uri(reference.find("DigestMethod")?.get("Algorithm")?)?;
    let digest = to_base64(&hash(method.message_digest(), &canonical(&text, list)?).ok()?);
    let mut candidates = vec![plain_text(reference.find("DigestValue")?)];
    if naive == Naive::AnyDigest {
        for path in paths(root, "DigestValue") {
            candidates.extend(at(root, &path)?.children.iter().filter_map(|node| match node {
                Node::Text(text) => Some(text.clone()),
                Node::Raw(raw) => Some(raw.trim_start_matches("<!--").trim_end_matches("-->").to_owned()),
                Node::Element(_) => None,
            }));
        }
    }
    candidates.contains(&digest).then_some(())
}

fn all(root: &Element) -> Vec<Path> {
    fn walk(element: &Element, at: &mut Path, out: &mut Vec<Path>) {
        out.push(at.clone());
        for (index, node) in element.children.iter().enumerate() {
            if let Node::Element(child) = node {
                at.push(index);
                walk(child, at, out);
                at.pop();
            }
        }
    }
    let mut out = Vec::new();
    walk(root, &mut Vec::new(), &mut out);
    out
}

fn check(
    signature: &Element,
    method: &str,
    data: &[u8],
    value: &[u8],
    trusted: &TestKey,
    naive: Naive,
) -> Result<bool, MintError> {
    if naive == Naive::HmacWithCertificate {
        let key = PKey::hmac(&trusted.certificate_der()?)?;
        let mac = Signer::new(openssl::hash::MessageDigest::sha256(), &key)?.sign_oneshot_to_vec(data)?;
        return Ok(mac.len() == value.len() && memcmp::eq(&mac, value));
    }
    let key: PKey<Public> = match signature.find("X509Certificate").filter(|_| naive == Naive::KeyOfMessage) {
        Some(certificate) => {
            let der =
                base64(plain_text(certificate).as_bytes()).map_err(|_| MintError::Shape("a certificate"))?;
            X509::from_der(&der)?.public_key()?
        }
        None => trusted.public_key()?,
    };
    let Some(SignatureAlgorithm { scheme: Scheme::RsaPkcs1, digest }) = SignatureAlgorithm::from_uri(method)
    else {
        return Ok(false);
    };
    Ok(Verifier::new(digest.message_digest(), &key)?.verify_oneshot(value, data)?)
}
