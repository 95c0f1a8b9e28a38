//! Signature wrapping: the element that is verified is not the one that is read.
//!
//! The engine has no lookup by ID and reads the very node that was digested, so every arrangement ends in one of three
//! ways: the Signature does not name its parent, it is no Signature of the profile, or what is read is not signed.

use gatepost_saml::mint::Signs;
use gatepost_saml::mint::tree::Node;
use gatepost_saml::{Code, StepName};

use crate::bench::{ADMIN, Forge, Message, after_issuer, extensions, name, object, put_first};
use crate::naive::{NAIVE, Naive, Reads, References, Which};

#[test]
fn xsw1_original_response_inside_the_signature_of_an_evil_one() {
    let genuine = Message::genuine(Signs::Response);
    let original = genuine.root.clone();
    genuine
        .step("make the root another response", |root| root.set("ID", "_evil"))
        .step("name the administrator in it", |root| {
            name(root, ADMIN);
            root.assertion().set("ID", "_evil_assertion");
        })
        .step("put the original, its signature taken out, into the signature", |root| {
            let mut original = original.clone();
            original.take("Signature");
            root.signature().push(object(original));
        })
        .fools(Naive::reading(Reads::Child))
        .is_refused(Code::SignatureMalformed, StepName::ResponseSignature);
}

#[test]
fn xsw2_original_response_beside_its_signature() {
    let genuine = Message::genuine(Signs::Response);
    let mut original = genuine.root.clone();
    original.take("Signature");
    genuine
        .step("make the root another response", |root| root.set("ID", "_evil"))
        .step("name the administrator in it", |root| {
            name(root, ADMIN);
            root.assertion().set("ID", "_evil_assertion");
        })
        .step("put the original before the signature, which stays a child of the evil one", |root| {
            after_issuer(root, original);
        })
        .fools(Naive::reading(Reads::Last))
        .is_refused(Code::MessageMalformed, StepName::Status);
}

#[test]
fn xsw3_evil_assertion_before_the_signed_one() {
    Message::genuine(Signs::Assertion)
        .step("put an unsigned assertion first", |root| {
            let evil = root.evil_assertion();
            let at = root.position("Assertion").unwrap();
            root.insert(at, Node::Element(evil));
        })
        .fools(NAIVE)
        .is_refused(Code::AssertionMultiple, StepName::AssertionCount);
}

#[test]
fn xsw4_signed_assertion_inside_the_evil_one() {
    Message::genuine(Signs::Assertion)
        .step("wrap the signed assertion into an evil one", |root| {
            let mut evil = root.evil_assertion();
            evil.push(root.take("Assertion").unwrap());
            root.push(evil);
        })
        .fools(NAIVE)
        .is_refused(Code::NotSigned, StepName::Coverage);
}

#[test]
fn xsw5_signature_in_the_evil_assertion_original_at_the_end() {
    Message::genuine(Signs::Assertion)
        .step("append a copy of the assertion without its signature", |root| {
            let mut copy = root.assertion().clone();
            copy.take("Signature");
            root.push(copy);
        })
        .step("make the assertion with the signature about the administrator", |root| {
            root.assertion().set("ID", "_evil");
            name(root, ADMIN);
        })
        .fools(NAIVE)
        .is_refused(Code::AssertionMultiple, StepName::AssertionCount);
}

#[test]
fn xsw6_original_inside_the_signature_of_the_evil_assertion() {
    Message::genuine(Signs::Assertion)
        .step("put a copy of the assertion without its signature into the signature", |root| {
            let mut copy = root.assertion().clone();
            copy.take("Signature");
            root.signature().push(copy);
        })
        .step("make the outer assertion about the administrator", |root| {
            let assertion = root.assertion();
            assertion.set("ID", "_evil");
            let at = assertion.position("Subject").unwrap();
            let Node::Element(subject) = &mut assertion.children[at] else { panic!() };
            name(subject, ADMIN);
        })
        .step("let the subject stand before the signature", |root| {
            let subject = root.assertion().take("Subject").unwrap();
            put_first(root.assertion(), subject);
        })
        .fools(NAIVE)
        .is_refused(Code::SignatureMalformed, StepName::AssertionSignature);
}

#[test]
fn xsw7_evil_assertion_in_extensions_with_the_same_id() {
    Message::genuine(Signs::Assertion)
        .step("put an evil assertion of another ID into Extensions", |root| {
            let evil = root.evil_assertion();
            after_issuer(root, extensions(evil));
        })
        .fools(NAIVE)
        // What we read is the signed assertion; the evil one is not looked at. Refused all the same: see below.
        .step("give it the ID of the signed one", |root| {
            let id = root
                .elements()
                .find(|child| child.local() == "Assertion")
                .unwrap()
                .get("ID")
                .unwrap()
                .to_owned();
            root.find_mut("Extensions").unwrap().assertion().set("ID", &id);
        })
        .is_refused(Code::XmlDuplicateId, StepName::Xml);
}

#[test]
fn xsw7_evil_assertion_in_extensions() {
    Message::genuine(Signs::Assertion)
        .step("put an evil assertion into Extensions", |root| {
            let evil = root.evil_assertion();
            after_issuer(root, extensions(evil));
        })
        .fools(NAIVE)
        // We would read the signed one; nobody honest sends the other.
        .is_refused(Code::AssertionMultiple, StepName::AssertionCount);
}

#[test]
fn xsw8_original_in_an_object_of_the_evil_assertions_signature() {
    Message::genuine(Signs::Assertion)
        .step("put a copy of the assertion into an Object of the signature", |root| {
            let mut copy = root.assertion().clone();
            copy.take("Signature");
            root.signature().push(object(copy));
        })
        .step("put the administrator into the outer assertion", |root| {
            let assertion = root.assertion();
            assertion.set("ID", "_evil");
            let mut subject = assertion.take("Subject").unwrap();
            name(&mut subject, ADMIN);
            put_first(assertion, subject);
        })
        .fools(NAIVE)
        .is_refused(Code::SignatureMalformed, StepName::AssertionSignature);
}

#[test]
fn cve_2011_1411_signed_response_moved_into_extensions() {
    let genuine = Message::genuine(Signs::Response);
    let signed = genuine.root.clone();
    genuine
        .step("forge a response around it", |root| {
            root.take("Signature");
            root.set("ID", "_evil");
            root.assertion().set("ID", "_evil_assertion");
            name(root, ADMIN);
        })
        .step("keep the signed response whole in Extensions", |root| after_issuer(root, extensions(signed)))
        .fools(Naive::reading(Reads::Child))
        .is_refused(Code::NotSigned, StepName::Coverage);
}

#[test]
fn cve_2015_20108_reference_uri_with_xpath_in_it() {
    Message::genuine(Signs::Assertion)
        .step("give the signed assertion an ID that is an expression", |root| {
            root.assertion().set("ID", "x'] | //*[local-name()='Assertion");
        })
        .step("refer to it", |root| {
            root.find_mut("Reference").unwrap().set("URI", "#x'] | //*[local-name()='Assertion");
        })
        // An ID is compared, never evaluated; this one is no name, so that nothing could be signed under it.
        .is_refused(Code::MessageIdMissing, StepName::AssertionCount);
}

#[test]
fn cve_2016_5697_signed_assertion_elsewhere_in_the_response() {
    Message::genuine(Signs::Assertion)
        .step("hide the signed assertion in Extensions", |root| {
            let signed = root.assertion().clone();
            after_issuer(root, extensions(signed));
        })
        .step("replace the real one by an unsigned one", |root| {
            let mut evil = root.evil_assertion();
            evil.set("ID", "_evil");
            let at = root
                .children
                .iter()
                .rposition(|node| node.element().is_some_and(|e| e.local() == "Assertion"));
            root.children[at.unwrap()] = Node::Element(evil);
        })
        .fools(Naive::reading(Reads::Child))
        .is_refused(Code::NotSigned, StepName::Coverage);
}

#[test]
fn cve_2017_1000452_unsigned_assertion_after_the_signed_one() {
    Message::genuine(Signs::Assertion)
        .step("append an unsigned assertion", |root| {
            let evil = root.evil_assertion();
            root.push(evil);
        })
        .fools(Naive::reading(Reads::Last))
        .is_refused(Code::AssertionMultiple, StepName::AssertionCount);
}

#[test]
fn cve_2020_5390_signature_that_covers_its_own_object() {
    let genuine = Message::genuine(Signs::Assertion);
    let signed = genuine.root.find("Assertion").unwrap().clone();
    genuine
        .step("move the signature from the assertion to the response", |root| {
            let mut signature = root.assertion().take("Signature").unwrap();
            let mut copy = signed.clone();
            copy.take("Signature");
            signature.push(object(copy));
            after_issuer(root, signature);
        })
        .step("make the assertion about the administrator", |root| {
            let at = root.position("Assertion").unwrap();
            let Node::Element(assertion) = &mut root.children[at] else { panic!() };
            assertion.set("ID", "_evil");
            name(assertion, ADMIN);
        })
        .fools(Naive::reading(Reads::Child))
        .is_refused(Code::SignatureMalformed, StepName::ResponseSignature);
}

#[test]
fn cve_2021_21238_elements_where_no_schema_has_them() {
    Message::genuine(Signs::Assertion)
        .step("hide the signed assertion in an element of the attacker's", |root| {
            let signed = root.take("Assertion").unwrap();
            let wrapper =
                gatepost_saml::mint::tree::Element::new("evil:wrapper").attribute("xmlns:evil", "urn:evil");
            after_issuer(root, wrapper.child(signed));
        })
        .step("put an unsigned assertion where one belongs", |root| {
            let evil = root.evil_assertion();
            root.push(evil);
        })
        .fools(Naive::reading(Reads::Last))
        .is_refused(Code::MessageMalformed, StepName::Status);
}

#[test]
fn cve_2022_41912_several_assertions_the_unsigned_one_read() {
    Message::genuine(Signs::Assertion)
        .step("put an unsigned assertion first", |root| {
            let evil = root.evil_assertion();
            after_issuer(root, evil);
        })
        .fools(NAIVE)
        .is_refused(Code::AssertionMultiple, StepName::AssertionCount);
}

#[test]
fn cve_2024_6800_signature_of_public_metadata_in_a_forged_response() {
    let metadata = crate::more::signed_metadata();
    Message::genuine(Signs::Assertion)
        .step("strip the signature and name the administrator", |root| {
            root.assertion().take("Signature");
            name(root, ADMIN);
        })
        .step("carry the identity provider's signed metadata along in Extensions", |root| {
            after_issuer(root, extensions(metadata));
        })
        .fools(NAIVE)
        .is_refused(Code::NotSigned, StepName::Coverage);
}

#[test]
fn cve_2024_8698_position_decides_what_is_deemed_signed() {
    Message::genuine(Signs::Assertion)
        .step("move the assertion's signature up to the response", |root| {
            let signature = root.assertion().take("Signature").unwrap();
            after_issuer(root, signature);
        })
        .step("put an unsigned assertion beside the signed one", |root| {
            let evil = root.evil_assertion();
            let at = root.position("Assertion").unwrap();
            root.insert(at, Node::Element(evil));
        })
        .fools(NAIVE)
        .is_refused(Code::SignatureReference, StepName::ResponseSignature);
}

#[test]
fn cve_2024_45409_reference_found_anywhere() {
    let genuine = Message::genuine(Signs::Assertion);
    let digest_of_evil = crate::more::digest_of_forged_assertion(&genuine);
    genuine
        .step("make the assertion about the administrator", |root| name(root, ADMIN))
        .step("put a DigestValue that fits into the status, before the signature", |root| {
            let detail = gatepost_saml::mint::tree::Element::new("saml2p:StatusDetail");
            let value = gatepost_saml::mint::tree::Element::new("ds:DigestValue")
                .attribute("xmlns:ds", gatepost_saml::mint::uri::DSIG)
                .text(digest_of_evil);
            root.find_mut("Status").unwrap().push(detail.child(value));
        })
        .fools(Naive { digest: crate::naive::Digest::FirstAnywhere, ..NAIVE })
        .is_refused(Code::DigestMismatch, StepName::AssertionSignature);
}

#[test]
fn cve_2025_47949_unsigned_assertion_beside_the_signed_one() {
    Message::genuine(Signs::Assertion)
        .step("let an unsigned assertion follow", |root| {
            let evil = root.evil_assertion();
            root.push(evil);
        })
        .fools(Naive { which: Which::Any, ..Naive::reading(Reads::Last) })
        .is_refused(Code::AssertionMultiple, StepName::AssertionCount);
}

#[test]
fn cve_2025_46572_any_valid_document_of_the_identity_provider_vouches() {
    let other = Message::genuine(Signs::Response).root;
    Message::genuine(Signs::Assertion)
        .step("strip the signature and name the administrator", |root| {
            root.assertion().take("Signature");
            name(root, ADMIN);
            root.set("ID", "_evil");
            root.assertion().set("ID", "_evil2");
        })
        .step("carry another signed document of the identity provider along", |root| {
            after_issuer(root, extensions(other));
        })
        .fools(Naive { which: Which::Any, ..Naive::reading(Reads::Child) })
        .is_refused(Code::NotSigned, StepName::Coverage);
}

#[test]
fn cve_2025_46573_signed_fragment_is_not_tied_to_what_is_read() {
    Message::genuine(Signs::Assertion)
        .step("put the signed assertion into a confirmation's data", |root| {
            let signed = root.assertion().clone();
            let mut evil = root.evil_assertion();
            evil.find_mut("SubjectConfirmationData").unwrap().push(signed);
            root.take("Assertion");
            root.push(evil);
        })
        .fools(NAIVE)
        .is_refused(Code::NotSigned, StepName::Coverage);
}

#[test]
fn cve_2025_54419_values_read_from_the_unverified_document() {
    Message::genuine(Signs::Assertion)
        .step("change the subject in the document that is read", |root| name(root, ADMIN))
        .step("let the signature find the original as a copy with the same ID, further on", |root| {
            let mut original = Message::genuine(Signs::Assertion).root.take("Assertion").unwrap();
            original.take("Signature");
            put_first(root, original);
        })
        .fools(Naive::reading(Reads::Last))
        .is_refused(Code::XmlDuplicateId, StepName::Xml);
}

#[test]
fn cve_2026_25922_unsigned_assertion_prepended() {
    Message::genuine(Signs::Assertion)
        .step("prepend an unsigned assertion", |root| {
            let evil = root.evil_assertion();
            put_first(root, evil);
        })
        .fools(NAIVE)
        .is_refused(Code::AssertionMultiple, StepName::AssertionCount);
}

#[test]
fn cve_2026_47201_own_signed_assertion_vouches_for_another() {
    Message::genuine(Signs::Response)
        .step("detach the signed response into Extensions of a new one", |root| {
            let signed = root.clone();
            root.take("Signature");
            root.set("ID", "_evil_response");
            let evil = root.evil_assertion();
            root.take("Assertion");
            root.push(evil);
            after_issuer(root, extensions(signed));
        })
        .fools(Naive::reading(Reads::Last))
        .is_refused(Code::NotSigned, StepName::Coverage);
}

#[test]
fn cve_2026_33487_last_of_several_references_decides() {
    let mut genuine = Message::genuine(Signs::Assertion);
    genuine = crate::more::with_second_reference(genuine);
    genuine
        .step("change the assertion, to which the first reference points", |root| name(root, ADMIN))
        .fools(Naive { references: References::Last, ..NAIVE })
        .is_refused(Code::SignatureReference, StepName::AssertionSignature);
}
