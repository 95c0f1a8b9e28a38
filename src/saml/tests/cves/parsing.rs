//! XML that two parsers see differently, or that costs more than it weighs.

use gatepost_saml::binding::Wire;
use gatepost_saml::encoding::base64;
use gatepost_saml::mint::tree::{Element, Node, Style};
use gatepost_saml::mint::{Signs, keys, method};
use gatepost_saml::{Code, StepName};
use openssl::hash::MessageDigest;
use openssl::sign::Verifier;

use crate::bench::{ADMIN, Forge, Message, after_issuer, extensions, name, refused, verdict};
use crate::naive::{NAIVE, Naive, Reads};

fn is_refused(bytes: &[u8], code: Code, step: StepName) {
    refused(&verdict(&Wire::Xml(bytes)), code, step);
}

fn genuine() -> String {
    String::from_utf8(Message::genuine(Signs::Assertion).bytes()).unwrap()
}

/// `text` with `from`, which occurs, replaced by `to`.
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} in {text}");
    text.replacen(from, to, 1)
}

/// The genuine message behind a document type declaration.
fn behind_doctype(doctype: &str) -> String {
    let text = genuine();
    let root = text.find("<saml2p:Response").unwrap();
    format!("{}{doctype}{}", &text[..root], &text[root..])
}

#[test]
fn cve_2013_6440_external_entity() {
    let text = behind_doctype("<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>");
    let text = replaced(&text, "alice@district.example", "&x;");
    is_refused(text.as_bytes(), Code::XmlDoctype, StepName::Xml);
}

#[test]
fn cve_2024_52806_external_dtd() {
    let text = behind_doctype("<!DOCTYPE r SYSTEM \"http://attacker.example/x.dtd\">");
    is_refused(text.as_bytes(), Code::XmlDoctype, StepName::Xml);
}

#[test]
fn cve_2018_0486_entity_in_signed_text() {
    let text = behind_doctype("<!DOCTYPE r [<!ENTITY x \"\">]>");
    let text = replaced(&text, "alice@district.example", "admin@district.example&x;");
    is_refused(text.as_bytes(), Code::XmlDoctype, StepName::Xml);
}

#[test]
fn billion_laughs() {
    let text = behind_doctype("<!DOCTYPE r [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>");
    is_refused(text.as_bytes(), Code::XmlDoctype, StepName::Xml);
}

#[test]
fn entities_without_a_doctype() {
    let text = replaced(&genuine(), "alice@district.example", "&admin;");
    is_refused(text.as_bytes(), Code::XmlEntity, StepName::Xml);
}

#[test]
fn cve_2025_25291_doctype_that_hides_a_forgery() {
    // One of ruby-saml's parsers took this comment for the end of the declaration, the other did not.
    let text = behind_doctype("<!DOCTYPE r [<!ENTITY x '\"<!--'>]>");
    is_refused(text.as_bytes(), Code::XmlDoctype, StepName::Xml);
}

#[test]
fn cve_2025_25292_namespaces_that_two_parsers_resolve_differently() {
    let text = genuine();
    for (from, to) in [
        // The prefix of XML bound to something else, the prefix of declarations declared.
        ("<saml2:Assertion ", "<saml2:Assertion xmlns:xml=\"urn:oasis:names:tc:SAML:2.0:assertion\" "),
        ("<saml2:Assertion ", "<saml2:Assertion xmlns:xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\" "),
        ("<saml2:Assertion ", "<saml2:Assertion xmlns:x=\"http://www.w3.org/2000/xmlns/\" "),
        // A prefix unbound, a prefix never bound.
        ("<ds:Signature ", "<ds:Signature xmlns:saml2=\"\" "),
        ("<saml2:Subject>", "<saml2:Subject><never:bound/>"),
    ] {
        is_refused(replaced(&text, from, to).as_bytes(), Code::XmlNamespace, StepName::Xml);
    }
}

#[test]
fn cve_2025_23369_id_that_is_an_entity() {
    let text = behind_doctype("<!DOCTYPE r [<!ENTITY id \"_same\">]>");
    let text = replaced(&text, " ID=\"", " ID=\"&id;");
    is_refused(text.as_bytes(), Code::XmlDoctype, StepName::Xml);
}

#[test]
fn cve_2020_29509_attribute_that_changes_on_a_round_trip() {
    for attribute in [":ID=\"_evil\" ", "x:=\"y\" ", "a:b:ID=\"_evil\" ", "xmlns:=\"urn:x\" "] {
        let text = replaced(&genuine(), "<saml2:Assertion ", &format!("<saml2:Assertion {attribute}"));
        let judgement = verdict(&Wire::Xml(text.as_bytes()));
        let refusal = judgement.verdict.unwrap_err();
        assert!(matches!(refusal.code, Code::XmlMalformed | Code::XmlNamespace), "{attribute}: {refusal:?}");
        assert_eq!(refusal.step, StepName::Xml);
    }
}

#[test]
fn cve_2020_29510_directive_that_changes_on_a_round_trip() {
    for directive in ["<!x>", "<!x<!-->", "<![x[ ]]>", "<!ELEMENT a ANY>"] {
        let text = replaced(&genuine(), "<saml2:Subject>", &format!("{directive}<saml2:Subject>"));
        let refusal = verdict(&Wire::Xml(text.as_bytes())).verdict.unwrap_err();
        assert!(matches!(refusal.code, Code::XmlMalformed | Code::XmlDoctype), "{directive}: {refusal:?}");
        assert_eq!(refusal.step, StepName::Xml);
    }
}

#[test]
fn cve_2020_29511_element_that_changes_on_a_round_trip() {
    for (from, to) in [
        ("<saml2:Subject>", "<:x></:x><saml2:Subject>"),
        ("<saml2:Subject>", "<saml2:><saml2:Subject>"),
        ("<saml2:Subject>", "<a:b:c/><saml2:Subject>"),
        ("</saml2:Subject>", "</saml2:Subject x=\"y\">"),
    ] {
        let refusal = verdict(&Wire::Xml(replaced(&genuine(), from, to).as_bytes())).verdict.unwrap_err();
        assert!(matches!(refusal.code, Code::XmlMalformed | Code::XmlNamespace), "{to}: {refusal:?}");
        assert_eq!(refusal.step, StepName::Xml);
    }
}

#[test]
fn cve_2022_39299_several_root_elements() {
    let signed = Message::genuine(Signs::Assertion).root;
    let mut forged = signed.clone();
    forged.assertion().take("Signature");
    name(&mut forged, ADMIN);
    forged.set("ID", "_evil");
    forged.assertion().set("ID", "_evil_assertion");
    // A parser that keeps both roots gives receivers a list of them.
    let both = Element::new("#document").child(forged.clone()).child(signed.clone());
    assert_eq!(NAIVE.accepts(&both, &keys::IDP_RSA).as_deref(), Some(ADMIN));
    let text = forged.document(Style::default()) + &signed.document(Style::default());
    is_refused(text.as_bytes(), Code::XmlMalformed, StepName::Xml);
}

#[test]
fn cve_2025_66568_void_canonicalization() {
    let message = Message::genuine(Signs::Assertion)
        .step("let the identity provider have signed the empty string once", |root| {
            let value = keys::IDP_RSA.signing_key().unwrap().sign(method::RSA_SHA256, b"").unwrap();
            root.find_mut("SignatureValue").unwrap().set_text(&gatepost_saml::encoding::to_base64(&value));
        })
        .step("name the administrator", |root| name(root, ADMIN))
        .step(
            "declare a relative namespace in SignedInfo, at which libxml2's canonicalisation gives up",
            |root| {
                root.find_mut("SignedInfo").unwrap().set("xmlns:ns", "1");
            },
        );
    // A receiver that takes "gave up" for "is empty" finds a good signature.
    let value = message.root.find("SignatureValue").unwrap().children[0].clone();
    let Node::Text(value) = value else { panic!() };
    let key = keys::IDP_RSA.public_key().unwrap();
    let mut verifier = Verifier::new(MessageDigest::sha256(), &key).unwrap();
    assert!(verifier.verify_oneshot(&base64(value.as_bytes()).unwrap(), b"").unwrap());
    message.is_refused(Code::XmlNamespace, StepName::Xml);
}

#[test]
fn cve_2025_66475_attribute_pollution() {
    Message::genuine(Signs::Assertion)
        .step("hide the signed assertion, without its signature, in Extensions", |root| {
            let mut signed = root.assertion().clone();
            signed.take("Signature");
            after_issuer(root, extensions(signed));
        })
        .step("give the one in its place two IDs: its own, and the signed one's with a prefix", |root| {
            let at = root.position("Assertion").unwrap();
            let Node::Element(assertion) = &mut root.children[at] else { panic!() };
            let id = assertion.get("ID").unwrap().to_owned();
            assertion.set("ID", "_evil");
            assertion.set("saml2:ID", &id);
            name(assertion, ADMIN);
        })
        .fools(Naive::reading(Reads::Child))
        .is_refused(Code::XmlDuplicateId, StepName::Xml);
}

#[test]
fn cve_2025_66567_signature_in_another_namespace() {
    Message::genuine(Signs::Assertion)
        .step("name the administrator", |root| name(root, ADMIN))
        .step("let the prefix of the signature mean something else", |root| {
            root.signature().set("xmlns:ds", "http://www.w3.org/2000/09/xmldsig");
        })
        .is_refused(Code::NotSigned, StepName::Coverage);
}

#[test]
fn same_attribute_twice() {
    let text = genuine();
    for (from, to) in [
        ("<saml2:Assertion ", "<saml2:Assertion ID=\"_evil\" "),
        ("<saml2:Assertion ", "<saml2:Assertion xmlns:a=\"urn:a\" xmlns:b=\"urn:a\" a:x=\"1\" b:x=\"2\" "),
    ] {
        let refusal = verdict(&Wire::Xml(replaced(&text, from, to).as_bytes())).verdict.unwrap_err();
        assert!(matches!(refusal.code, Code::XmlMalformed | Code::XmlNamespace), "{to}: {refusal:?}");
    }
}

#[test]
fn other_encodings() {
    let text = genuine();
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    is_refused(&utf16, Code::XmlEncoding, StepName::Xml);
    let declared =
        format!("<?xml version=\"1.0\" encoding=\"UTF-7\"?>{}", &text[text.find("<saml2p").unwrap()..]);
    is_refused(declared.as_bytes(), Code::XmlEncoding, StepName::Xml);
}

#[test]
fn deep_nesting() {
    let deep = "<a>".repeat(20_000) + &"</a>".repeat(20_000);
    let text = replaced(&genuine(), "<saml2:Subject>", &format!("{deep}<saml2:Subject>"));
    is_refused(text.as_bytes(), Code::XmlLimits, StepName::Xml);
}
