//! A receiver as careless as those that fell: it finds a Signature anywhere, dereferences its URI by ID anywhere, checks
//! digest and signature with the trusted key, and then reads a subject from somewhere.
//!
//! It has nothing of the engine: tree, canonical form and checks are its own, so that no strictness of ours makes a
//! forgery fail for another reason than the one that a test is about. What differs between the fallen is in [`Naive`].

use std::collections::BTreeMap;

use gatepost_saml::encoding::{base64, to_base64};
use gatepost_saml::mint::keys::TestKey;
use gatepost_saml::mint::tree::{Element, Node};
use openssl::hash::{MessageDigest, hash};
use openssl::pkey::PKey;
use openssl::sign::{Signer, Verifier};
use openssl::x509::X509;

/// Which Signature is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// The first in document order.
    First,
    /// Any one that verifies is enough.
    Any,
}

/// Whose key is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// The configured one.
    Configured,
    /// The one that the message brings in `KeyInfo`.
    OfMessage,
    /// The configured certificate, as whatever the algorithm wants: HMAC gets its bytes as the secret.
    Confused,
}

/// Which of several `SignedInfo`s gives the digest; the signature is checked over any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Info {
    First,
    Last,
}

/// Which of several References has its digest checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum References {
    All,
    Last,
}

/// What a `DigestValue` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Digest {
    /// Its whole text.
    Whole,
    /// What stands in its first comment, as a library that takes the first child whatever it is.
    Comment,
    /// That of the first `DigestValue` anywhere in the document.
    FirstAnywhere,
}

/// Which Assertion the subject is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reads {
    /// The first in document order.
    First,
    /// The last in document order.
    Last,
    /// The first that is a child of the root.
    Child,
}

/// How a receiver is careless.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Naive {
    pub(crate) which: Which,
    pub(crate) key: Key,
    pub(crate) info: Info,
    pub(crate) references: References,
    pub(crate) digest: Digest,
    pub(crate) reads: Reads,
}

/// First Signature, configured key, first `SignedInfo`, first Assertion.
pub(crate) const NAIVE: Naive = Naive {
    which: Which::First,
    key: Key::Configured,
    info: Info::First,
    references: References::All,
    digest: Digest::Whole,
    reads: Reads::First,
};

impl Naive {
    pub(crate) const fn reading(reads: Reads) -> Self {
        Self { reads, ..NAIVE }
    }

    /// The subject, if this receiver accepts the message.
    pub(crate) fn accepts(self, root: &Element, trusted: &TestKey) -> Option<String> {
        let signatures = all(root, "Signature");
        let is_good = |signature: &&Element| self.verify(root, signature, trusted).is_some();
        match self.which {
            Which::First => signatures.first().filter(|first| is_good(first))?,
            Which::Any => signatures.iter().find(|signature| is_good(signature))?,
        };
        self.subject(root)
    }

    /// The subject that would be read, whatever is signed. Text ends at the first thing that is not text
    /// (CVE-2017-11427).
    pub(crate) fn subject(self, root: &Element) -> Option<String> {
        let assertions = all(root, "Assertion");
        let from = match self.reads {
            Reads::First => assertions.first()?,
            Reads::Last => assertions.last()?,
            Reads::Child => root.elements().find(|child| child.local() == "Assertion")?,
        };
        match from.find("NameID")?.children.first()? {
            Node::Text(text) => Some(text.clone()),
            Node::Raw(raw) => raw.strip_prefix("<![CDATA[")?.strip_suffix("]]>").map(str::to_owned),
            Node::Element(_) => None,
        }
    }

    fn verify(self, root: &Element, signature: &Element, trusted: &TestKey) -> Option<()> {
        let infos = all(signature, "SignedInfo");
        let value = base64(text(signature.find("SignatureValue")?).as_bytes()).ok()?;
        let is_signed = |info: &&&Element| {
            let method = info.find("SignatureMethod").and_then(|method| method.get("Algorithm"));
            let data = canonical(root, info, None, "");
            method.is_some_and(|method| self.fits(signature, method, &data, &value, trusted).unwrap_or(false))
        };
        infos.iter().find(is_signed)?;
        let info = match self.info {
            Info::First => infos.first()?,
            Info::Last => infos.last()?,
        };
        let mut references = all(info, "Reference");
        if self.references == References::Last {
            references.drain(..references.len().saturating_sub(1));
        }
        let fit = references.iter().all(|reference| self.digest_fits(root, signature, reference).is_some());
        (fit && !references.is_empty()).then_some(())
    }

    fn digest_fits(self, root: &Element, signature: &Element, reference: &Element) -> Option<()> {
        let id = reference.get("URI")?.strip_prefix('#')?;
        let target = all(root, "*").into_iter().find(|element| ids(element).any(|found| found == id))?;
        let list = reference.find("InclusiveNamespaces").and_then(|list| list.get("PrefixList"));
        let data = canonical(root, target, Some(signature), list.unwrap_or_default());
        let digest = to_base64(&hash(MessageDigest::sha256(), &data).ok()?);
        let stated = match self.digest {
            Digest::Whole => text(reference.find("DigestValue")?),
            Digest::FirstAnywhere => text(root.find("DigestValue")?),
            Digest::Comment => match reference.find("DigestValue")?.children.first()? {
                Node::Raw(raw) => raw.strip_prefix("<!--")?.strip_suffix("-->")?.to_owned(),
                _ => return None,
            },
        };
        (stated == digest).then_some(())
    }

    fn fits(
        self,
        signature: &Element,
        method: &str,
        data: &[u8],
        value: &[u8],
        trusted: &TestKey,
    ) -> Option<bool> {
        if method.contains("hmac-") {
            let key =
                PKey::hmac(trusted.certificate_pem.as_bytes()).ok().filter(|_| self.key == Key::Confused)?;
            let mac = Signer::new(MessageDigest::sha256(), &key).ok()?.sign_oneshot_to_vec(data).ok()?;
            // HMACOutputLength decides how much of it counts (CVE-2009-0217).
            let bits =
                signature.find("HMACOutputLength").map_or(256, |bits| text(bits).parse().unwrap_or(256));
            return Some(mac.get(..bits / 8) == Some(value));
        }
        let key = match self.key {
            Key::OfMessage => {
                let der = base64(text(signature.find("X509Certificate")?).as_bytes()).ok()?;
                X509::from_der(&der).ok()?.public_key().ok()?
            }
            _ => trusted.public_key().ok()?,
        };
        Verifier::new(MessageDigest::sha256(), &key).ok()?.verify_oneshot(value, data).ok()
    }
}

/// Every attribute that some receiver takes for an ID.
fn ids(element: &Element) -> impl Iterator<Item = &str> {
    let is_id = |name: &str| matches!(name, "ID" | "Id" | "id" | "xml:id") || name.ends_with(":ID");
    element.attributes.iter().filter(move |(name, _)| is_id(name)).map(|(_, value)| value.as_str())
}

/// Elements of that local name (`*`: all), depth first, `from` included.
pub(crate) fn all<'t>(from: &'t Element, local: &str) -> Vec<&'t Element> {
    let mut found = Vec::new();
    if local == "*" || from.local() == local {
        found.push(from);
    }
    found.extend(from.elements().flat_map(|child| all(child, local)));
    found
}

/// The text of an element without white space, comments skipped.
fn text(element: &Element) -> String {
    let pieces = element.children.iter().filter_map(|node| match node {
        Node::Text(text) => Some(text.as_str()),
        Node::Raw(raw) => raw.strip_prefix("<![CDATA[").and_then(|raw| raw.strip_suffix("]]>")),
        Node::Element(_) => None,
    });
    pieces.collect::<String>().split_whitespace().collect()
}

type Scope = BTreeMap<String, String>;

/// Exclusive canonicalisation of `target` where it stands below `root`, comments and `without` left out.
pub(crate) fn canonical(root: &Element, target: &Element, without: Option<&Element>, list: &str) -> Vec<u8> {
    let mut out = String::new();
    let list: Vec<_> =
        list.split_whitespace().map(|name| if name == "#default" { "" } else { name }).collect();
    if let Some(scope) = scope_of(root, target, &Scope::new()) {
        write(target, without, &list, &scope, &Scope::new(), &mut out);
    }
    out.into_bytes()
}

/// The namespaces in scope around `target`.
fn scope_of(at: &Element, target: &Element, around: &Scope) -> Option<Scope> {
    if std::ptr::eq(at, target) {
        return Some(around.clone());
    }
    let inside = declared(at, around);
    at.elements().find_map(|child| scope_of(child, target, &inside))
}

fn declared(element: &Element, around: &Scope) -> Scope {
    let mut scope = around.clone();
    for (name, value) in &element.attributes {
        if name == "xmlns" {
            scope.insert(String::new(), value.clone());
        } else if let Some(prefix) = name.strip_prefix("xmlns:") {
            scope.insert(prefix.to_owned(), value.clone());
        }
    }
    scope
}

fn write(
    element: &Element,
    without: Option<&Element>,
    list: &[&str],
    around: &Scope,
    rendered: &Scope,
    out: &mut String,
) {
    let scope = declared(element, around);
    let prefix = |name: &str| name.split_once(':').map_or(String::new(), |(prefix, _)| prefix.to_owned());
    let plain = |name: &str| name != "xmlns" && !name.starts_with("xmlns:");
    let mut attributes: Vec<_> = element.attributes.iter().filter(|(name, _)| plain(name)).collect();
    let mut used: Vec<String> =
        attributes.iter().map(|(name, _)| prefix(name)).filter(|p| !p.is_empty()).collect();
    used.push(prefix(&element.name));
    used.extend(list.iter().filter(|listed| scope.contains_key(**listed)).map(|listed| (*listed).to_owned()));
    used.retain(|prefix| prefix != "xml");
    used.sort_unstable();
    used.dedup();
    let mut rendered = rendered.clone();
    out.push_str(&format!("<{}", element.name));
    for prefix in used {
        let name = scope.get(&prefix).cloned().unwrap_or_default();
        if rendered.get(&prefix).cloned().unwrap_or_default() != name {
            let colon = if prefix.is_empty() { "" } else { ":" };
            out.push_str(&format!(" xmlns{colon}{prefix}=\"{}\"", name.replace('&', "&amp;")));
            rendered.insert(prefix, name);
        }
    }
    let order = |name: &str| {
        let space = scope.get(&prefix(name)).filter(|_| name.contains(':')).cloned().unwrap_or_default();
        (space, name.rsplit(':').next().unwrap_or(name).to_owned())
    };
    attributes.sort_by_key(|(name, _)| order(name));
    for (name, value) in attributes {
        let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        out.push_str(&format!(" {name}=\"{value}\""));
    }
    out.push('>');
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    for node in &element.children {
        match node {
            Node::Element(child) if without.is_some_and(|without| std::ptr::eq(without, child)) => {}
            Node::Element(child) => write(child, without, list, &scope, &rendered, out),
            Node::Text(text) => out.push_str(&escape(text)),
            Node::Raw(raw) if raw.starts_with("<!--") => {}
            Node::Raw(raw) => match raw.strip_prefix("<![CDATA[").and_then(|raw| raw.strip_suffix("]]>")) {
                Some(inside) => out.push_str(&escape(inside)),
                None => out.push_str(raw),
            },
        }
    }
    out.push_str(&format!("</{}>", element.name));
}
