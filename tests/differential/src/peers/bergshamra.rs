//! bergshamra, in process: pure Rust, with a parser (uppsala), a canonicaliser and cryptography of its own.

use bergshamra::dsig::verify::{VerifiedReference, VerifyResult, verify_all_document_with_source};
use bergshamra::keys::loader;
use bergshamra::{DsigContext, EncContext, KeysManager};
use uppsala::{Document, NodeId};

use super::{Looked, View};
use crate::quiet::caught;
use crate::reading::{DSIG, SAML, SAMLP, children, read};
use crate::seeds::Frame;

/// bergshamra with the keys of one frame.
pub(crate) struct Bergshamra {
    signatures: DsigContext,
    /// One for each of our keys: it tries the first key of a context alone.
    decryption: Vec<EncContext>,
}

impl Bergshamra {
    pub(crate) fn new(frame: &Frame) -> Self {
        let mut keys = KeysManager::new();
        for der in &frame.certificates {
            // A key that it does not take is one signature that it does not verify: the comparison tells.
            if let Ok(key) = loader::load_x509_cert_der(der) {
                keys.add_key(key);
            }
        }
        let decryption = frame.decryption.iter().filter_map(|pem| {
            let mut keys = KeysManager::new();
            keys.add_key(loader::load_pem_auto(pem, None).ok()?);
            Some(EncContext::new(keys))
        });
        let decryption = decryption.collect();
        // Its own defaults: trusted keys only, positions of references checked. Inheriting positions would say that
        // it refuses what it verifies, so that what it verified is compared here, by node.
        let signatures = DsigContext::new(keys).with_trusted_keys_only(true).with_strict_verification(false);
        Self { signatures, decryption }
    }

    /// Its view of `xml`. A panic of the peer counts as a refusal.
    pub(crate) fn view(&self, xml: &str) -> View {
        caught(|| self.look(xml)).unwrap_or_else(|| View::NoSignature("panicked".to_owned()))
    }

    fn look(&self, xml: &str) -> View {
        let Ok(document) = uppsala::parse(xml) else { return View::NotXml };
        let Some(root) = document.document_element() else { return View::NotXml };
        let outer = match self.verify(&document, xml) {
            Ok(signatures) => signatures,
            Err(why) if why.starts_with("missing element") || why.contains("Signature") => Vec::new(),
            Err(why) => return View::NoSignature(why),
        };
        let mut looked = Looked {
            valid: outer.iter().filter(|signature| signature.is_valid).count(),
            invalid: outer.iter().filter(|signature| !signature.is_valid).count(),
            root: own(&document, root, &outer),
            ..Looked::default()
        };
        let is_response =
            document.element(root).is_some_and(|element| element.name.matches(Some(SAMLP), "Response"));
        if !is_response {
            return View::Looked(looked);
        }
        let root_is_covered = covers(&outer, root);
        let plain = children(&document, root, SAML, "Assertion");
        let encrypted = children(&document, root, SAML, "EncryptedAssertion");
        match (plain.as_slice(), encrypted.as_slice()) {
            ([assertion], []) => {
                looked.assertion = own(&document, *assertion, &outer);
                if root_is_covered || covers(&outer, *assertion) {
                    looked.covered = read(&document, *assertion);
                }
            }
            ([], [_]) => self.look_inside(xml, root_is_covered, &mut looked),
            _ => {}
        }
        if looked.valid + looked.invalid == 0 {
            return View::NoSignature("none there".to_owned());
        }
        View::Looked(looked)
    }

    /// The assertion behind the ciphertext, where it stood.
    fn look_inside(&self, xml: &str, root_is_covered: bool, looked: &mut Looked) {
        let opened = self.decryption.iter().find_map(|context| bergshamra::decrypt(context, xml).ok());
        let Some(opened) = opened else { return };
        let Ok(document) = uppsala::parse(&opened) else { return };
        let Some(root) = document.document_element() else { return };
        let wrappers = children(&document, root, SAML, "EncryptedAssertion");
        let inside: Vec<_> =
            wrappers.iter().flat_map(|wrapper| children(&document, *wrapper, SAML, "Assertion")).collect();
        let [assertion] = inside.as_slice() else { return };
        let inner = self.verify(&document, &opened).unwrap_or_default();
        looked.assertion = own(&document, *assertion, &inner);
        match looked.assertion {
            Some(true) => looked.valid += 1,
            Some(false) => looked.invalid += 1,
            None => {}
        }
        if root_is_covered || covers(&inner, *assertion) {
            looked.covered = read(&document, *assertion);
        }
    }

    fn verify(&self, document: &Document<'_>, xml: &str) -> Result<Vec<Signature>, String> {
        let nodes = document.get_elements_by_tag_name_ns(DSIG, "Signature");
        let results = verify_all_document_with_source(&self.signatures, document, Some(xml))
            .map_err(|error| error.to_string())?;
        // It names no node where the reference is to the whole document (xmldsig-core 4.4.3.3).
        let whole = |reference: &VerifiedReference| {
            let is_whole = reference.uri.is_empty() && reference.digest_verified;
            document.document_element().filter(|_| is_whole)
        };
        let target = |reference: &VerifiedReference| reference.resolved_node.or_else(|| whole(reference));
        let signature = |(node, result): (NodeId, VerifyResult)| match result {
            VerifyResult::Valid { signature_node, references, .. } => Signature {
                node: signature_node,
                is_valid: true,
                targets: references.iter().filter_map(target).collect(),
            },
            VerifyResult::Invalid { .. } => Signature { node, is_valid: false, targets: Vec::new() },
        };
        Ok(nodes.into_iter().zip(results).map(signature).collect())
    }
}

struct Signature {
    node: NodeId,
    is_valid: bool,
    targets: Vec<NodeId>,
}

/// Whether the one Signature among the children of `element` verified.
fn own(document: &Document<'_>, element: NodeId, signatures: &[Signature]) -> Option<bool> {
    match children(document, element, DSIG, "Signature").as_slice() {
        [one] => {
            signatures.iter().find(|signature| signature.node == *one).map(|signature| signature.is_valid)
        }
        _ => None,
    }
}

fn covers(signatures: &[Signature], element: NodeId) -> bool {
    signatures.iter().any(|signature| signature.is_valid && signature.targets.contains(&element))
}

/// What bergshamra signs: `template` with its first Signature filled.
pub(crate) fn sign(template: &str, private_pem: &[u8]) -> Result<String, String> {
    let mut keys = KeysManager::new();
    keys.add_key(loader::load_pem_auto(private_pem, None).map_err(|error| error.to_string())?);
    bergshamra::sign(&DsigContext::new(keys), template).map_err(|error| error.to_string())
}
