//! Encrypted assertions: ciphertext that anybody can make, and answers that betray its content.

use gatepost_saml::algorithms::{ContentCipher, KeyTransport};
use gatepost_saml::binding::Wire;
use gatepost_saml::encoding::{base64, to_base64};
use gatepost_saml::mint::method::Encryption;
use gatepost_saml::mint::tree::{Element, Node};
use gatepost_saml::mint::{Seeded, Signs, keys};
use gatepost_saml::{Code, Policy, Relaxation, Relaxations, StepName};

use crate::bench::{
    ADMIN, Message, REQUEST, after_issuer, draft, extensions, name, settings, verdict, verdict_when,
};
use crate::more::{digest_again, sign_again, signed_metadata};

/// An `EncryptedAssertion` that the attacker makes with our public certificate, signed if `change` signs.
fn made_by_the_attacker(change: impl FnOnce(&mut Element)) -> Element {
    let mut draft = draft(Signs::Neither, |request| request.options.encrypts = Some(true));
    name(&mut draft.root, ADMIN);
    change(&mut draft.root);
    draft.encrypt_assertion(&mut Seeded::new(3)).unwrap();
    draft.root.take("EncryptedAssertion").unwrap()
}

fn refusal(message: &Message) -> (Code, StepName, Code) {
    let bytes = message.bytes();
    let refusal = verdict(&Wire::Xml(&bytes)).verdict.unwrap_err();
    (refusal.code, refusal.step, refusal.public_code)
}

/// The bytes of the ciphertext.
fn cipher_value(root: &mut Element, in_key: bool) -> &mut Element {
    let around = if in_key { "EncryptedKey" } else { "EncryptedData" };
    let around = root.find_mut(around).unwrap();
    // The key's CipherData stands in KeyInfo; the content's is a child.
    let at = around.position("CipherData").unwrap();
    let Node::Element(data) = &mut around.children[at] else { panic!() };
    data.find_mut("CipherValue").unwrap()
}

fn change_bytes(root: &mut Element, in_key: bool, change: impl FnOnce(&mut Vec<u8>)) {
    let element = cipher_value(root, in_key);
    let Node::Text(text) = &element.children[0] else { panic!() };
    let mut bytes = base64(text.as_bytes()).unwrap();
    change(&mut bytes);
    element.set_text(&to_base64(&bytes));
}

#[test]
fn cve_2024_4985_unsigned_encrypted_assertion() {
    let message = Message::encrypted(Signs::Assertion).step(
        "replace the encrypted assertion by one of the attacker's",
        |root| {
            let at = root.position("EncryptedAssertion").unwrap();
            root.children[at] = Node::Element(made_by_the_attacker(|_| ()));
        },
    );
    assert_eq!(refusal(&message), (Code::NotSigned, StepName::Coverage, Code::DecryptionFailed));
}

#[test]
fn cve_2026_41005_encryption_taken_for_a_signature() {
    // Whatever the identity provider's habit is: nothing switches the need of a signature off.
    for signs in [Signs::Assertion, Signs::Response, Signs::Both] {
        let message = Message::encrypted(signs).step("keep only a ciphertext of the attacker's", |root| {
            root.take("Signature");
            let at = root.position("EncryptedAssertion").unwrap();
            root.children[at] = Node::Element(made_by_the_attacker(|_| ()));
        });
        assert_eq!(refusal(&message), (Code::NotSigned, StepName::Coverage, Code::DecryptionFailed));
    }
}

#[test]
fn cve_2024_9487_signed_document_beside_a_forged_ciphertext() {
    let metadata = signed_metadata();
    let message = Message::encrypted(Signs::Assertion)
        .step("replace the encrypted assertion by one of the attacker's", |root| {
            let at = root.position("EncryptedAssertion").unwrap();
            root.children[at] = Node::Element(made_by_the_attacker(|_| ()));
        })
        .step("carry signed metadata along", |root| after_issuer(root, extensions(metadata)));
    assert_eq!(refusal(&message), (Code::NotSigned, StepName::Coverage, Code::DecryptionFailed));
}

#[test]
fn cve_2024_9487_signature_of_the_response_moved_into_the_ciphertext() {
    let signature = Message::genuine(Signs::Response).root.take("Signature").unwrap();
    let message = Message::encrypted(Signs::Assertion).step(
        "encrypt a forgery with a signature of the response",
        |root| {
            let at = root.position("EncryptedAssertion").unwrap();
            root.children[at] = Node::Element(made_by_the_attacker(|inner| {
                after_issuer(inner.find_mut("Assertion").unwrap(), signature);
            }));
        },
    );
    assert_eq!(
        refusal(&message),
        (Code::SignatureReference, StepName::AssertionSignature, Code::DecryptionFailed)
    );
}

#[test]
fn encrypted_assertion_signed_by_the_attacker() {
    let message = Message::encrypted(Signs::Assertion).step("encrypt what the attacker signed", |root| {
        let mut forged = Message::genuine(Signs::Assertion).root;
        name(&mut forged, ADMIN);
        digest_again(&mut forged);
        sign_again(&mut forged, &keys::ATTACKER_RSA);
        let der = keys::ATTACKER_RSA.certificate_der().unwrap();
        forged.find_mut("X509Certificate").unwrap().set_text(&to_base64(&der));
        let at = root.position("EncryptedAssertion").unwrap();
        root.children[at] = Node::Element(made_by_the_attacker(|inner| {
            let at = inner.position("Assertion").unwrap();
            inner.children[at] = Node::Element(forged.take("Assertion").unwrap());
        }));
    });
    assert_eq!(
        refusal(&message),
        (Code::SignatureKeyUnknown, StepName::AssertionSignature, Code::DecryptionFailed)
    );
}

#[test]
fn cve_2026_2092_encrypted_assertion_injected_beside_a_signed_one() {
    Message::genuine(Signs::Assertion)
        .step("add an encrypted assertion of the attacker's", |root| root.push(made_by_the_attacker(|_| ())))
        .is_refused(Code::AssertionMultiple, StepName::AssertionCount);
    Message::encrypted(Signs::Assertion)
        .step("add an encrypted assertion of the attacker's before the genuine one", |root| {
            let at = root.position("EncryptedAssertion").unwrap();
            root.insert(at, Node::Element(made_by_the_attacker(|_| ())));
        })
        .is_refused(Code::AssertionMultiple, StepName::AssertionCount);
}

#[test]
fn ciphertext_replaced_under_a_good_response_signature() {
    let message = Message::encrypted(Signs::Response).step("replace the signed ciphertext", |root| {
        let at = root.position("EncryptedAssertion").unwrap();
        root.children[at] = Node::Element(made_by_the_attacker(|_| ()));
    });
    message.is_refused(Code::DigestMismatch, StepName::ResponseSignature);
    let bytes = message.bytes();
    let judgement = verdict(&Wire::Xml(&bytes));
    assert!(judgement.trace.encrypted.is_none(), "nothing is decrypted under a broken signature");
}

#[test]
fn cve_2011_cbc_answers_tell_nothing() {
    let draft = draft(Signs::Assertion, |request| {
        request.options.encryption = Some(Encryption::usual(ContentCipher::Aes128Cbc));
    });
    let genuine = Message::of(draft.seal(&mut Seeded::new(8)).unwrap());
    let mut answers = std::collections::BTreeSet::new();
    let mut causes = std::collections::BTreeSet::new();
    for bit in (0..16 * 8).step_by(3).chain([16 * 8 + 3, 40 * 8 + 1]) {
        let (byte, bit) = (bit / 8, bit % 8);
        for from_end in [false, true] {
            let message = genuine.clone().step("flip a bit", |root| {
                change_bytes(root, false, |bytes| {
                    let at = if from_end { bytes.len() - 17 - byte } else { byte };
                    bytes[at] ^= 1 << bit;
                });
            });
            let (code, _, public) = refusal(&message);
            answers.insert(public);
            causes.insert(code);
        }
    }
    // What we know inside differs (no XML, no signature that fits); what we say outside does not.
    assert_eq!(answers.into_iter().collect::<Vec<_>>(), [Code::DecryptionFailed], "{causes:?}");
}

#[test]
fn cve_2012_rsa_1_5_padding_tells_nothing() {
    let encryption =
        Encryption { transport: KeyTransport::Rsa15, ..Encryption::usual(ContentCipher::Aes128Cbc) };
    let draft = draft(Signs::Assertion, |request| request.options.encryption = Some(encryption));
    let genuine = Message::of(draft.seal(&mut Seeded::new(8)).unwrap());
    genuine.is_refused(Code::DecryptionAlgorithm, StepName::Decryption);
    let mut relaxed = settings();
    relaxed.policy = Policy::relaxed(Relaxations::NONE.with(Relaxation::Rsa15));
    let judge = |message: &Message| {
        let bytes = message.bytes();
        verdict_when(&Wire::Xml(&bytes), &relaxed, Some(REQUEST), &|_| false).verdict
    };
    assert!(judge(&genuine).is_ok());
    for at in (0..200).step_by(8) {
        let message = genuine.clone().step("change the wrapped key: its padding will be wrong", |root| {
            change_bytes(root, true, |bytes| bytes[56 + at] ^= 0x40);
        });
        let refusal = judge(&message).unwrap_err();
        assert_eq!((refusal.public_code, refusal.step), (Code::DecryptionFailed, StepName::Decryption));
    }
}

#[test]
fn samael_0_0_22_short_ciphertexts() {
    for cipher in [ContentCipher::Aes128Cbc, ContentCipher::Aes256Gcm] {
        let draft =
            draft(Signs::Assertion, |request| request.options.encryption = Some(Encryption::usual(cipher)));
        let genuine = Message::of(draft.seal(&mut Seeded::new(8)).unwrap());
        for length in 1..40 {
            let message = genuine
                .clone()
                .step("cut the ciphertext", |root| change_bytes(root, false, |bytes| bytes.truncate(length)));
            assert_eq!(refusal(&message).2, Code::DecryptionFailed);
            let message = genuine
                .clone()
                .step("cut the key", |root| change_bytes(root, true, |bytes| bytes.truncate(length)));
            assert_eq!(refusal(&message).2, Code::DecryptionFailed);
        }
    }
}
