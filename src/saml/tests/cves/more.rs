//! Pieces of forgeries that take more than a line.

use gatepost_saml::encoding::to_base64;
use gatepost_saml::mint::metadata::{MetadataFacts, entity};
use gatepost_saml::mint::sign::{self, Signing};
use gatepost_saml::mint::tree::{Element, Node};
use gatepost_saml::mint::{Signs, keys};
use openssl::hash::{MessageDigest, hash};

use crate::bench::{ADMIN, Message, draft, name, now, personality};
use crate::naive::canonical;

/// What the identity provider signs with: RSA-SHA256 and its usual key.
pub(crate) fn signing() -> Signing<'static> {
    draft(Signs::Assertion, |_| ()).signing
}

/// Anybody can fetch this: the identity provider's metadata, signed with the key that signs assertions.
pub(crate) fn signed_metadata() -> Element {
    let mut root = entity(personality(), &MetadataFacts::new(now())).unwrap();
    root.set("ID", "_metadata");
    let signing = Signing { prefix_list: None, ..signing() };
    sign::sign(&mut root, "_metadata", &signing).unwrap();
    root
}

/// The digest that the assertion of `message` will have once it is about the administrator.
pub(crate) fn digest_of_forged_assertion(message: &Message) -> String {
    let mut root = message.root.clone();
    name(&mut root, ADMIN);
    let assertion = root.find("Assertion").unwrap();
    let list =
        assertion.find("InclusiveNamespaces").and_then(|list| list.get("PrefixList")).unwrap_or_default();
    let data = canonical(&root, assertion, assertion.find("Signature"), list);
    to_base64(&hash(MessageDigest::sha256(), &data).unwrap())
}

/// `SignedInfo` with a second Reference, to the Status, under a good signature of the identity provider.
pub(crate) fn with_second_reference(message: Message) -> Message {
    message.step("the identity provider also signs the status, in a second reference", |root| {
        let id = root.find("Assertion").unwrap().get("ID").unwrap().to_owned();
        root.find_mut("Status").unwrap().set("ID", "_status");
        let status = root.find("Status").unwrap();
        let list =
            root.find("InclusiveNamespaces").and_then(|list| list.get("PrefixList")).unwrap_or_default();
        let digest = hash(MessageDigest::sha256(), &canonical(root, status, None, list)).unwrap();
        let info = root.find_mut("SignedInfo").unwrap();
        let mut second = info.find("Reference").unwrap().clone();
        second.set("URI", "#_status");
        second.find_mut("DigestValue").unwrap().set_text(&to_base64(&digest));
        info.push(second);
        sign::fill_value(root, &id, &signing()).unwrap();
    })
}

/// Signs the `SignedInfo` of the assertion's signature again, as it stands, with `key`.
pub(crate) fn sign_again(root: &mut Element, key: &'static keys::TestKey) {
    let id = root.find("Assertion").unwrap().get("ID").unwrap().to_owned();
    let signing = Signing { key, ..signing() };
    sign::fill_value(root, &id, &signing).unwrap();
}

/// Digests the assertion again and writes the value into its signature.
pub(crate) fn digest_again(root: &mut Element) {
    let id = root.find("Assertion").unwrap().get("ID").unwrap().to_owned();
    sign::fill_digest(root, &id, &signing()).unwrap();
}

/// Replaces the children of `element` by `raw` markup.
pub(crate) fn set_raw(element: &mut Element, raw: &str) {
    element.children = vec![Node::Raw(raw.to_owned())];
}
