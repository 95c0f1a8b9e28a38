//! Signature wrapping: the signed element is still there and still fits its signature, but another one is read.
//!
//! XSW 1 to 8 as Somorovsky et al. (USENIX Security 2012) and SAML Raider number them, and relatives.

use super::{Attack, Bench, Build, Naive, advise, attack, copy_of, insert_before, need, sibling_name, take};
use crate::code::{Code, StepName};
use crate::mint::MintError;
use crate::mint::personality::Signs;
use crate::mint::tree::{Element, Node};
use crate::mint::uri;

const XSW: &[&str] = &["XSW1-8 (USENIX Security 2012)", "CVE-2011-1411"];

const RESPONSE_REFERENCE: (Code, StepName) = (Code::SignatureReference, StepName::ResponseSignature);
const UNKNOWN_CHILD: (Code, StepName) = (Code::MessageMalformed, StepName::Status);
const UNSIGNED: (Code, StepName) = (Code::NotSigned, StepName::Coverage);
const SIGNATURE_CONTENT: (Code, StepName) = (Code::SignatureMalformed, StepName::AssertionSignature);

/// The variants of this family.
pub(super) const TABLE: &[Attack] = &[
    attack(
        "xsw1-response",
        Signs::Response,
        (Code::SignatureMalformed, StepName::ResponseSignature),
        Build::Tree(xsw1),
        "A forged response around the signature, and inside the signature the original response that it covers.",
    )
    .that_recalls(XSW)
    .that_fools(Naive::FirstSignature),
    attack(
        "xsw2-response",
        Signs::Response,
        UNKNOWN_CHILD,
        Build::Tree(xsw2),
        "A forged response that holds the original response beside the signature that covers it.",
    )
    .that_recalls(XSW)
    .that_fools(Naive::FirstSignature),
    attack(
        "xsw3-assertion",
        Signs::Assertion,
        (Code::AssertionMultiple, StepName::AssertionCount),
        Build::Tree(xsw3),
        "A forged assertion before the signed one.",
    )
    .that_recalls(&["XSW1-8 (USENIX Security 2012)", "CVE-2022-41912", "CVE-2025-47949"])
    .that_fools(Naive::FirstSignature),
    attack(
        "xsw4-assertion",
        Signs::Assertion,
        UNSIGNED,
        Build::Tree(xsw4),
        "A forged assertion around the signed one.",
    )
    .that_recalls(XSW)
    .that_fools(Naive::FirstSignature),
    attack(
        "xsw5-assertion",
        Signs::Assertion,
        (Code::AssertionMultiple, StepName::AssertionCount),
        Build::Tree(xsw5),
        "A forged assertion that carries the signature, and after it the original that the signature covers.",
    )
    .that_recalls(XSW)
    .that_fools(Naive::FirstSignature),
    attack(
        "xsw6-assertion",
        Signs::Assertion,
        SIGNATURE_CONTENT,
        Build::Tree(xsw6),
        "A forged assertion that carries the signature, and inside the signature the original.",
    )
    .that_recalls(XSW)
    .that_fools(Naive::FirstSignature),
    attack(
        "xsw7-assertion",
        Signs::Assertion,
        (Code::AssertionMultiple, StepName::AssertionCount),
        Build::Tree(xsw7),
        "A forged assertion in Extensions before the signed one, where schemas allow anything.",
    )
    .that_recalls(XSW)
    .that_fools(Naive::FirstSignature),
    attack(
        "xsw8-assertion",
        Signs::Assertion,
        SIGNATURE_CONTENT,
        Build::Tree(xsw8),
        "A forged assertion that carries the signature, and in an Object of it the original.",
    )
    .that_recalls(XSW)
    .that_fools(Naive::FirstSignature),
    attack(
        "wrap-after",
        Signs::Assertion,
        (Code::AssertionMultiple, StepName::AssertionCount),
        Build::Tree(after),
        "A forged assertion after the signed one, for receivers that keep the last.",
    )
    .that_recalls(&["CVE-2022-41912"]),
    attack(
        "wrap-key-info",
        Signs::Assertion,
        (Code::SignatureReference, StepName::AssertionSignature),
        Build::Tree(key_info),
        "A forged assertion whose KeyInfo holds the original.",
    )
    .that_recalls(XSW)
    .that_fools(Naive::FirstSignature),
    attack(
        "wrap-attribute-value",
        Signs::Assertion,
        UNSIGNED,
        Build::Tree(attribute_value),
        "A forged assertion with the signed one in an AttributeValue.",
    )
    .that_recalls(XSW)
    .that_fools(Naive::FirstSignature),
    attack(
        "wrap-confirmation-data",
        Signs::Assertion,
        UNSIGNED,
        Build::Tree(confirmation_data),
        "A forged assertion with the signed one in its SubjectConfirmationData.",
    )
    .that_recalls(XSW)
    .that_fools(Naive::FirstSignature),
    attack(
        "wrap-advice",
        Signs::Assertion,
        UNSIGNED,
        Build::Tree(advice),
        "A forged assertion with the signed one in its Advice, where SAML allows assertions.",
    )
    .that_recalls(XSW)
    .that_fools(Naive::FirstSignature),
    attack(
        "wrap-status-detail",
        Signs::Assertion,
        UNSIGNED,
        Build::Tree(status_detail),
        "A forged assertion, and the signed one hidden in StatusDetail.",
    )
    .that_recalls(XSW)
    .that_fools(Naive::FirstSignature),
    attack(
        "wrap-response-in-extensions",
        Signs::Response,
        UNSIGNED,
        Build::Tree(response_in_extensions),
        "A forged response that holds the whole signed one in Extensions.",
    )
    .that_recalls(&["CVE-2020-5390", "CVE-2021-21238", "CVE-2025-46572"])
    .that_fools(Naive::AnySignature),
    attack(
        "wrap-foreign-root",
        Signs::Response,
        (Code::UnexpectedMessage, StepName::Root),
        Build::Tree(foreign_root),
        "A foreign root element that holds a forged response and the signed one.",
    )
    .that_recalls(&["CVE-2025-46573"])
    .that_fools(Naive::FirstSignature),
    attack(
        "wrap-unknown-element",
        Signs::Assertion,
        UNKNOWN_CHILD,
        Build::Tree(unknown_element),
        "A forged assertion, and the signed one in an element that nobody knows.",
    )
    .that_recalls(&["CVE-2026-47201"])
    .that_fools(Naive::FirstSignature),
    attack(
        "signature-moved-to-response",
        Signs::Assertion,
        RESPONSE_REFERENCE,
        Build::Tree(moved_to_response),
        "A forged assertion under a response that carries the original assertion's signature, the original last.",
    )
    .that_recalls(&["CVE-2024-8698"])
    .that_fools(Naive::FirstSignature),
    attack(
        "signature-moved-to-root-child",
        Signs::Assertion,
        UNSIGNED,
        Build::Tree(moved_to_status),
        "A forged assertion; original and signature are parted and hidden in Extensions and Status.",
    )
    .that_recalls(&["CVE-2015-20108"])
    .that_fools(Naive::FirstSignature),
];

/// A forged copy of a whole response.
fn forged_response(bench: &mut Bench<'_>, original: &Element) -> Result<Element, MintError> {
    let mut evil = bench.forged(original)?;
    let id = bench.id();
    need(&mut evil, "Assertion")?.set("ID", &id);
    Ok(evil)
}

fn xsw1(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut original = bench.valid(signs)?.root;
    let mut evil = forged_response(bench, &original)?;
    // The signature leaves the original and takes it in.
    let mut signature = take(&mut original, "Signature")?;
    signature.push(original);
    insert_before(&mut evil, "Status", signature)?;
    Ok(evil)
}

fn xsw2(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut original = bench.valid(signs)?.root;
    let mut evil = forged_response(bench, &original)?;
    let signature = take(&mut original, "Signature")?;
    insert_before(&mut evil, "Status", original)?;
    insert_before(&mut evil, "Status", signature)?;
    // The forged assertion must be the first that is found.
    let forged = take(&mut evil, "Assertion")?;
    evil.insert(0, Node::Element(forged));
    Ok(evil)
}

fn xsw3(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    let evil = bench.forged(&copy_of(&root, "Assertion")?)?;
    insert_before(&mut root, "Assertion", evil)?;
    Ok(root)
}

/// Replaces the assertion by a forged one that `hide` gives the original to.
fn hiding(
    bench: &mut Bench<'_>,
    signs: Signs,
    hide: impl FnOnce(&mut Element, Element) -> Result<(), MintError>,
) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    let original = take(&mut root, "Assertion")?;
    let mut evil = bench.forged(&original)?;
    hide(&mut evil, original)?;
    root.push(evil);
    Ok(root)
}

fn xsw4(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    hiding(bench, signs, |evil, original| {
        evil.push(original);
        Ok(())
    })
}

fn xsw5(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    let mut original = take(&mut root, "Assertion")?;
    let mut evil = bench.forged(&original)?;
    insert_before(&mut evil, "Subject", take(&mut original, "Signature")?)?;
    root.push(evil);
    root.push(original);
    Ok(root)
}

/// A forged assertion with the original's signature, into which `hide` puts the original.
fn inside_signature(
    bench: &mut Bench<'_>,
    signs: Signs,
    hide: impl FnOnce(&mut Element, Element) -> Result<(), MintError>,
) -> Result<Element, MintError> {
    hiding(bench, signs, |evil, mut original| {
        let mut signature = take(&mut original, "Signature")?;
        hide(&mut signature, original)?;
        insert_before(evil, "Subject", signature)
    })
}

fn xsw6(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    inside_signature(bench, signs, |signature, original| {
        signature.push(original);
        Ok(())
    })
}

fn xsw8(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    inside_signature(bench, signs, |signature, original| {
        let object = Element::new(sibling_name(signature, "Object")).child(original);
        signature.push(object);
        Ok(())
    })
}

fn key_info(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    inside_signature(bench, signs, |signature, original| {
        let mut info =
            signature.take("KeyInfo").unwrap_or_else(|| Element::new(sibling_name(signature, "KeyInfo")));
        info.push(original);
        signature.push(info);
        Ok(())
    })
}

fn extensions(root: &Element) -> Element {
    Element::new(sibling_name(root, "Extensions"))
}

fn xsw7(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    let evil = bench.forged(&copy_of(&root, "Assertion")?)?;
    let extensions = extensions(&root).child(evil);
    insert_before(&mut root, "Status", extensions)?;
    Ok(root)
}

fn after(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    let evil = bench.forged(&copy_of(&root, "Assertion")?)?;
    root.push(evil);
    Ok(root)
}

fn attribute_value(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    hiding(bench, signs, |evil, original| {
        let value = need(evil, "AttributeValue")?;
        value.children.clear();
        value.push(original);
        Ok(())
    })
}

fn confirmation_data(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    hiding(bench, signs, |evil, original| {
        need(evil, "SubjectConfirmationData")?.push(original);
        Ok(())
    })
}

fn advice(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    hiding(bench, signs, |evil, original| {
        advise(evil, original);
        Ok(())
    })
}

fn status_detail(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    let original = take(&mut root, "Assertion")?;
    let evil = bench.forged(&original)?;
    let detail = Element::new(sibling_name(&root, "StatusDetail")).child(original);
    need(&mut root, "Status")?.push(detail);
    // Receivers that take the first assertion must find the forged one.
    insert_before(&mut root, "Status", evil)?;
    Ok(root)
}

fn response_in_extensions(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let original = bench.valid(signs)?.root;
    let mut evil = forged_response(bench, &original)?;
    let forged = take(&mut evil, "Assertion")?;
    let extensions = extensions(&evil).child(original);
    insert_before(&mut evil, "Status", forged)?;
    insert_before(&mut evil, "Status", extensions)?;
    Ok(evil)
}

fn foreign_root(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let original = bench.valid(signs)?.root;
    let evil = forged_response(bench, &original)?;
    Ok(Element::new("bundle").child(evil).child(original))
}

fn unknown_element(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    let original = take(&mut root, "Assertion")?;
    root.push(bench.forged(&original)?);
    root.push(Element::new("x:keep").attribute("xmlns:x", "urn:example:nobody").child(original));
    Ok(root)
}

fn moved_to_response(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    let mut original = take(&mut root, "Assertion")?;
    let evil = bench.forged(&original)?;
    insert_before(&mut root, "Status", take(&mut original, "Signature")?)?;
    root.push(evil);
    root.push(original);
    Ok(root)
}

fn moved_to_status(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    let mut original = take(&mut root, "Assertion")?;
    let evil = bench.forged(&original)?;
    let signature = take(&mut original, "Signature")?;
    need(&mut root, "Status")?.push(signature);
    insert_before(&mut root, "Status", evil)?;
    let extensions = extensions(&root).attribute("xmlns:x", uri::ASSERTION).child(original);
    insert_before(&mut root, "Status", extensions)?;
    Ok(root)
}
