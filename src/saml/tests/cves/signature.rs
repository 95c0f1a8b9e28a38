//! Signatures whose algorithm, key or `SignedInfo` is not what it seems.

use gatepost_saml::encoding::{base64, to_base64};
use gatepost_saml::mint::tree::{Element, Node};
use gatepost_saml::mint::{MintOptions, Signs, keys, method, sign};
use gatepost_saml::{Code, StepName};
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcPoint};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::sign::Signer;

use crate::bench::{ADMIN, Forge, Message, draft, name, refused, verdict};
use crate::more::{digest_again, digest_of_forged_assertion, set_raw, sign_again, signing};
use crate::naive::{self, Digest, Info, Key, NAIVE, Naive, canonical};

const HMAC_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";

/// Puts an HMAC under the assertion's `SignedInfo`, keyed with the identity provider's public certificate.
fn sign_by_hmac(root: &mut Element) {
    root.find_mut("SignatureMethod").unwrap().set("Algorithm", HMAC_SHA256);
    let data = canonical(root, root.find("SignedInfo").unwrap(), None, "");
    let key = PKey::hmac(keys::IDP_RSA.certificate_pem.as_bytes()).unwrap();
    let mac = Signer::new(MessageDigest::sha256(), &key).unwrap().sign_oneshot_to_vec(&data).unwrap();
    let bits = root.find("HMACOutputLength").map_or(256, |_| 0);
    root.find_mut("SignatureValue").unwrap().set_text(&to_base64(&mac[..bits / 8]));
}

#[test]
fn cve_2009_0217_hmac_truncated_to_nothing() {
    Message::genuine(Signs::Assertion)
        .step("name the administrator", |root| name(root, ADMIN))
        .step("digest the change", digest_again)
        .step("ask for an HMAC of no bits", |root| {
            let length = Element::new("ds:HMACOutputLength").text("0");
            root.find_mut("SignatureMethod").unwrap().push(length);
        })
        .step("sign with it", sign_by_hmac)
        .fools(Naive { key: Key::Confused, ..NAIVE })
        .is_refused(Code::SignatureAlgorithm, StepName::AssertionSignature);
}

#[test]
fn cve_2018_7644_hmac_keyed_with_the_public_certificate() {
    Message::genuine(Signs::Assertion)
        .step("name the administrator", |root| name(root, ADMIN))
        .step("digest the change", digest_again)
        .step("sign by HMAC; the secret is the certificate that everybody has", sign_by_hmac)
        .fools(Naive { key: Key::Confused, ..NAIVE })
        .is_refused(Code::SignatureAlgorithm, StepName::AssertionSignature);
}

#[test]
fn cve_2009_0217_parameters_of_a_good_algorithm() {
    Message::genuine(Signs::Assertion)
        .step("give RSA an output length", |root| {
            let length = Element::new("ds:HMACOutputLength").text("8");
            root.find_mut("SignatureMethod").unwrap().push(length);
        })
        .step("let the identity provider sign that", |root| sign_again(root, &keys::IDP_RSA))
        .is_refused(Code::SignatureMalformed, StepName::AssertionSignature);
}

/// The attacker's own signature, with the attacker's certificate in `KeyInfo`.
fn signed_by_the_attacker() -> Message {
    Message::genuine(Signs::Assertion)
        .step("name the administrator", |root| name(root, ADMIN))
        .step("digest the change", digest_again)
        .step("sign with the attacker's key", |root| sign_again(root, &keys::ATTACKER_RSA))
        .step("bring the attacker's certificate along", |root| {
            let der = keys::ATTACKER_RSA.certificate_der().unwrap();
            root.find_mut("X509Certificate").unwrap().set_text(&to_base64(&der));
        })
        .fools(Naive { key: Key::OfMessage, ..NAIVE })
}

#[test]
fn cve_2021_21239_key_taken_from_key_info() {
    signed_by_the_attacker().is_refused(Code::SignatureKeyUnknown, StepName::AssertionSignature);
}

#[test]
fn cve_2026_9090_certificate_taken_from_the_response() {
    signed_by_the_attacker()
        .step("claim the trusted certificate beside it", |root| {
            let der = keys::IDP_RSA.certificate_der().unwrap();
            let trusted = Element::new("ds:X509Certificate").text(to_base64(&der));
            root.find_mut("X509Data").unwrap().push(trusted);
        })
        .fools(Naive { key: Key::OfMessage, ..NAIVE })
        .is_refused(Code::SignatureKeyUnknown, StepName::AssertionSignature);
}

#[test]
fn cve_2023_48703_raw_key_value_in_the_message() {
    signed_by_the_attacker()
        .step("replace the certificate by a bare key", |root| {
            let key = keys::ATTACKER_RSA.public_key().unwrap().rsa().unwrap();
            let part = |name: &str, bytes: Vec<u8>| Element::new(name).text(to_base64(&bytes));
            let value = Element::new("ds:RSAKeyValue")
                .child(part("ds:Modulus", key.n().to_vec()))
                .child(part("ds:Exponent", key.e().to_vec()));
            let info = root.find_mut("KeyInfo").unwrap();
            info.children = vec![Node::Element(Element::new("ds:KeyValue").child(value))];
        })
        .is_refused(Code::SignatureInvalid, StepName::AssertionSignature);
}

#[test]
fn cve_2016_9814_an_error_is_not_a_success() {
    // OpenSSL answers these with an error rather than "no".
    for value in ["", "AA==", "not base64!"] {
        let code = if value.contains('!') { Code::SignatureMalformed } else { Code::SignatureInvalid };
        Message::genuine(Signs::Assertion)
            .step("name the administrator", |root| name(root, ADMIN))
            .step("digest the change", digest_again)
            .step("break the signature value", |root| {
                root.find_mut("SignatureValue").unwrap().set_text(value);
            })
            .is_refused(code, StepName::AssertionSignature);
    }
}

#[test]
fn cve_2026_28323_no_signature_no_check() {
    for signs in [Signs::Assertion, Signs::Response, Signs::Both] {
        let message =
            Message::genuine(signs).step("name the administrator and strip every signature", |root| {
                name(root, ADMIN);
                root.take("Signature");
                root.assertion().take("Signature");
            });
        // A receiver that checks signatures only where there are some reads the administrator.
        assert!(naive::all(&message.root, "Signature").is_empty());
        assert_eq!(NAIVE.subject(&message.root).as_deref(), Some(ADMIN));
        message.is_refused(Code::NotSigned, StepName::Coverage);
    }
}

#[test]
fn cve_2019_3465_second_signed_info_outside_its_place() {
    let genuine = Message::genuine(Signs::Assertion);
    let digest = digest_of_forged_assertion(&genuine);
    genuine
        .step("hide the signed SignedInfo in an Object, put a forged one before it", |root| {
            let signature = root.signature();
            let original = signature.take("SignedInfo").unwrap();
            let mut forged = original.clone();
            forged.find_mut("DigestValue").unwrap().set_text(&digest);
            signature.insert(0, Node::Element(forged));
            signature.push(Element::new("ds:Object").child(original));
        })
        .step("name the administrator", |root| name(root, ADMIN))
        .fools(Naive { info: Info::First, ..NAIVE })
        .is_refused(Code::SignatureMalformed, StepName::AssertionSignature);
}

#[test]
fn cve_2020_15216_digest_of_one_signature_of_another() {
    let genuine = Message::genuine(Signs::Assertion);
    let digest = digest_of_forged_assertion(&genuine);
    genuine
        .step("append a forged SignedInfo to the signed one", |root| {
            let signature = root.signature();
            let mut forged = signature.find("SignedInfo").unwrap().clone();
            forged.find_mut("DigestValue").unwrap().set_text(&digest);
            signature.insert(1, Node::Element(forged));
        })
        .step("name the administrator", |root| name(root, ADMIN))
        .fools(Naive { info: Info::Last, ..NAIVE })
        .is_refused(Code::SignatureMalformed, StepName::AssertionSignature);
}

#[test]
fn cve_2025_29774_several_signed_infos() {
    let genuine = Message::genuine(Signs::Assertion);
    let digest = digest_of_forged_assertion(&genuine);
    genuine
        .step("prepend a forged SignedInfo to the signed one", |root| {
            let signature = root.signature();
            let mut forged = signature.find("SignedInfo").unwrap().clone();
            forged.find_mut("DigestValue").unwrap().set_text(&digest);
            signature.insert(0, Node::Element(forged));
        })
        .step("name the administrator", |root| name(root, ADMIN))
        .fools(Naive { info: Info::First, ..NAIVE })
        .is_refused(Code::SignatureMalformed, StepName::AssertionSignature);
}

#[test]
fn cve_2025_29775_comment_inside_the_digest_value() {
    let genuine = Message::genuine(Signs::Assertion);
    let digest = digest_of_forged_assertion(&genuine);
    genuine
        .step(
            "put a forged digest as a comment before the signed one; canonical forms have no comments",
            |root| {
                let value = root.find_mut("DigestValue").unwrap();
                value.insert(0, Node::Raw(format!("<!--{digest}-->")));
            },
        )
        .step("name the administrator", |root| name(root, ADMIN))
        .fools(Naive { digest: Digest::Comment, ..NAIVE })
        .is_refused(Code::CommentInText, StepName::Xml);
}

#[test]
fn cve_2018_digest_compared_as_numbers() {
    // PHP's `==` takes "0e1" and "0e2" for the same number; bytes are compared here.
    Message::genuine(Signs::Assertion)
        .step("state a digest that is zero as a number", |root| {
            let zero = base64(b"0e12345678901234567890123456789012345678901w").unwrap();
            root.find_mut("DigestValue").unwrap().set_text(&to_base64(&zero));
        })
        .step("let the identity provider sign that", |root| sign_again(root, &keys::IDP_RSA))
        .is_refused(Code::DigestMismatch, StepName::AssertionSignature);
}

#[test]
fn cve_2021_39171_very_many_transforms() {
    Message::genuine(Signs::Assertion)
        .step("ask for ten thousand canonicalisations", |root| {
            let transforms = root.find_mut("Transforms").unwrap();
            let one = transforms.elements().last().unwrap().clone();
            transforms.children.extend(std::iter::repeat_n(Node::Element(one), 1_000));
        })
        .is_refused(Code::SignatureTransform, StepName::AssertionSignature);
}

#[test]
fn cve_2022_47966_stylesheet_as_a_transform() {
    Message::genuine(Signs::Assertion)
        .step("put a stylesheet among the transforms", |root| {
            let mut transform = Element::new("ds:Transform");
            transform.set("Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116");
            set_raw(
                &mut transform,
                "<xsl:stylesheet version=\"1.0\" xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\"><xsl:template match=\"/\"/></xsl:stylesheet>",
            );
            root.find_mut("Transforms").unwrap().push(transform);
        })
        .step("let even the identity provider sign that", |root| sign_again(root, &keys::IDP_RSA))
        .is_refused(Code::SignatureTransform, StepName::AssertionSignature);
}

#[test]
fn xpath_transform_selects_what_is_signed() {
    let message = Message::genuine(Signs::Assertion).step("select nothing by XPath, signed", |root| {
        let mut transform = Element::new("ds:Transform");
        transform.set("Algorithm", "http://www.w3.org/TR/1999/REC-xpath-19991116");
        transform.push(Element::new("ds:XPath").text("false()"));
        let at = root.find("Transforms").unwrap().children.len() - 1;
        root.find_mut("Transforms").unwrap().insert(at, Node::Element(transform));
        let empty = openssl::hash::hash(MessageDigest::sha256(), b"").unwrap();
        root.find_mut("DigestValue").unwrap().set_text(&to_base64(&empty));
        sign_again(root, &keys::IDP_RSA);
    });
    message.is_refused(Code::SignatureTransform, StepName::AssertionSignature);
}

#[test]
fn external_reference_is_never_fetched() {
    for uri in ["http://attacker.example/signed.xml", "file:///etc/hostname", "#xpointer(/)", "cid:x"] {
        Message::genuine(Signs::Assertion)
            .step("refer to something outside", |root| root.find_mut("Reference").unwrap().set("URI", uri))
            .step("let the identity provider sign that", |root| sign_again(root, &keys::IDP_RSA))
            .is_refused(Code::SignatureReference, StepName::AssertionSignature);
    }
}

/// ECDSA verification as a textbook without the range check has it (SEC 1 4.1.4 without step 1).
fn psychic(hash: &[u8], r: &[u8], s: &[u8]) -> Result<bool, openssl::error::ErrorStack> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    let key = keys::IDP_EC_P256.public_key().unwrap().ec_key()?;
    let mut context = BigNumContext::new()?;
    let (mut order, mut two, mut exponent) = (BigNum::new()?, BigNum::from_u32(2)?, BigNum::new()?);
    group.order(&mut order, &mut context)?;
    exponent.checked_sub(&order, &two)?;
    let (r, s, z) = (BigNum::from_slice(r)?, BigNum::from_slice(s)?, BigNum::from_slice(hash)?);
    let (mut inverse, mut u1, mut u2) = (BigNum::new()?, BigNum::new()?, BigNum::new()?);
    inverse.mod_exp(&s, &exponent, &order, &mut context)?;
    u1.mod_mul(&z, &inverse, &order, &mut context)?;
    u2.mod_mul(&r, &inverse, &order, &mut context)?;
    let mut point = EcPoint::new(&group)?;
    point.mul_full(&group, &u1, key.public_key(), &u2, &mut context)?;
    let mut x = BigNum::new()?;
    if !point.is_infinity(&group) {
        point.affine_coordinates(&group, &mut x, &mut two, &mut context)?;
    }
    Ok(x == r)
}

#[test]
fn cve_2022_21449_psychic_signature() {
    let options = |request: &mut gatepost_saml::mint::MintRequest<'_>| {
        request.options = MintOptions {
            signs: Some(Signs::Assertion),
            signature: Some(method::ECDSA_SHA256),
            ..MintOptions::default()
        };
    };
    let mut settings = crate::bench::settings();
    let der = keys::IDP_EC_P256.certificate_der().unwrap();
    let key = gatepost_saml::trust::TrustedKey::from_certificate_der(&der).unwrap();
    settings.idp.trust = gatepost_saml::trust::Trust::new(key, Vec::new());
    let judge = |message: &Message| {
        let bytes = message.bytes();
        let wire = gatepost_saml::binding::Wire::Xml(&bytes);
        crate::bench::verdict_when(&wire, &settings, Some(crate::bench::REQUEST), &|_| false)
    };
    let genuine =
        Message::of(draft(Signs::Assertion, options).seal(&mut gatepost_saml::mint::Seeded::new(8)).unwrap());
    assert!(judge(&genuine).verdict.is_ok());
    let forged = genuine
        .step("name the administrator", |root| name(root, ADMIN))
        .step("digest the change", |root| {
            let id = root.find("Assertion").unwrap().get("ID").unwrap().to_owned();
            sign::fill_digest(root, &id, &signing()).unwrap();
        })
        .step("sign with two zeros", |root| {
            root.find_mut("SignatureValue").unwrap().set_text(&to_base64(&[0; 64]));
        });
    let hash = openssl::hash::hash(MessageDigest::sha256(), b"anything").unwrap();
    assert!(psychic(&hash, &[0; 32], &[0; 32]).unwrap(), "the textbook without the range check says yes");
    refused(&judge(&forged), Code::SignatureInvalid, StepName::AssertionSignature);
}

#[test]
fn bad_response_signature_beside_a_good_assertion_signature() {
    let message = Message::genuine(Signs::Both).step("change the response's signature value", |root| {
        let at = root.position("Signature").unwrap();
        let Node::Element(signature) = &mut root.children[at] else { panic!() };
        signature.find_mut("SignatureValue").unwrap().set_text(&to_base64(&[1; 256]));
    });
    let any = Naive { which: naive::Which::Any, ..NAIVE };
    assert!(any.accepts(&message.root, &keys::IDP_RSA).is_some(), "the inner signature excuses the outer");
    message.is_refused(Code::SignatureInvalid, StepName::ResponseSignature);
    let bytes = message.bytes();
    assert!(verdict(&gatepost_saml::binding::Wire::Xml(&bytes)).trace.signed.is_empty());
}
