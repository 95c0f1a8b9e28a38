//! IDs: one name for two elements, or two attributes that both look like an ID.

use super::{Attack, Bench, Build, Naive, advise, attack, copy_of, insert_before, need, sibling_name, take};
use crate::code::{Code, StepName};
use crate::mint::MintError;
use crate::mint::personality::Signs;
use crate::mint::tree::Element;
use crate::mint::uri;

const DUPLICATE: (Code, StepName) = (Code::XmlDuplicateId, StepName::Xml);
const REFERENCE: (Code, StepName) = (Code::SignatureReference, StepName::AssertionSignature);

/// The variants of this family.
pub(super) const TABLE: &[Attack] = &[
    attack(
        "id-twice-before",
        Signs::Assertion,
        DUPLICATE,
        Build::Tree(twice_before),
        "A forged assertion with the ID of the signed one, before it.",
    )
    .that_recalls(&["CVE-2015-20108", "CVE-2016-5697"]),
    attack(
        "id-twice-in-extensions",
        Signs::Assertion,
        DUPLICATE,
        Build::Tree(twice_in_extensions),
        "The signed assertion in Extensions, and a forged one of the same ID that carries the same signature.",
    )
    .that_recalls(&["CVE-2016-5697"]),
    attack(
        "id-of-response-and-assertion",
        Signs::Assertion,
        DUPLICATE,
        Build::Tree(shared_with_response),
        "Response and assertion have one ID.",
    ),
    attack(
        "id-missing",
        Signs::Assertion,
        (Code::MessageIdMissing, StepName::AssertionCount),
        Build::Tree(missing),
        "A forged assertion without an ID, carrying the signature of the original in its Advice.",
    )
    .that_fools(Naive::FirstSignature),
    attack(
        "id-lower-case",
        Signs::Assertion,
        (Code::MessageIdMissing, StepName::AssertionCount),
        Build::Tree(lower_case),
        "A forged assertion whose only identifier is an attribute named id.",
    ),
    attack(
        "id-xml-id",
        Signs::Assertion,
        REFERENCE,
        Build::Tree(xml_id),
        "A forged assertion with xml:id of the signed value beside an ID of its own.",
    )
    .that_recalls(&["CVE-2025-66568"]),
    attack(
        "id-in-namespace",
        Signs::Assertion,
        REFERENCE,
        Build::Tree(in_namespace),
        "A forged assertion with a prefixed ID of the signed value beside an ID of its own (attribute pollution).",
    )
    .that_recalls(&["CVE-2025-66567", "CVE-2025-66568"]),
    attack(
        "id-with-quote",
        Signs::Neither,
        (Code::MessageIdMissing, StepName::AssertionCount),
        Build::Content(with_quote),
        "An ID that would end the string in an XPath expression.",
    )
    .that_recalls(&["CVE-2015-20108"]),
    attack(
        "id-empty",
        Signs::Neither,
        (Code::MessageIdMissing, StepName::AssertionCount),
        Build::Content(empty),
        "An empty ID.",
    ),
];

fn twice_before(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let minted = bench.valid(signs)?;
    let mut root = minted.root;
    let original = copy_of(&root, "Assertion")?;
    let mut evil = bench.forged(&original)?;
    evil.set("ID", original.get("ID").unwrap_or_default());
    insert_before(&mut root, "Assertion", evil)?;
    Ok(root)
}

fn twice_in_extensions(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    let mut original = take(&mut root, "Assertion")?;
    let mut evil = bench.forged(&original)?;
    evil.set("ID", original.get("ID").unwrap_or_default());
    insert_before(&mut evil, "Subject", take(&mut original, "Signature")?)?;
    // A lookup by ID finds the original in Extensions; a search among the children finds the forged one.
    let extensions = Element::new(sibling_name(&root, "Extensions")).child(original);
    insert_before(&mut root, "Status", extensions)?;
    insert_before(&mut root, "Status", evil)?;
    Ok(root)
}

fn shared_with_response(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    let mut draft = bench.draft(Signs::Neither);
    let id = draft.response_id.clone();
    need(&mut draft.root, "Assertion")?.set("ID", &id);
    Ok(draft.root)
}

/// A forged assertion with the original's signature, and the original's ID.
fn alone(bench: &mut Bench<'_>, signs: Signs) -> Result<(Element, String), MintError> {
    let mut root = bench.valid(signs)?.root;
    let mut original = take(&mut root, "Assertion")?;
    let mut evil = bench.forged(&original)?;
    insert_before(&mut evil, "Subject", take(&mut original, "Signature")?)?;
    root.push(evil);
    Ok((root, original.get("ID").unwrap_or_default().to_owned()))
}

fn missing(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    let mut original = take(&mut root, "Assertion")?;
    let mut evil = bench.forged(&original)?;
    insert_before(&mut evil, "Subject", take(&mut original, "Signature")?)?;
    evil.unset("ID");
    advise(&mut evil, original);
    root.push(evil);
    Ok(root)
}

fn lower_case(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let (mut root, id) = alone(bench, signs)?;
    let evil = need(&mut root, "Assertion")?;
    evil.unset("ID");
    evil.set("id", &id);
    Ok(root)
}

fn xml_id(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let (mut root, id) = alone(bench, signs)?;
    need(&mut root, "Assertion")?.set("xml:id", &id);
    Ok(root)
}

fn in_namespace(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let (mut root, id) = alone(bench, signs)?;
    let evil = need(&mut root, "Assertion")?;
    evil.set("xmlns:pollution", uri::PROTOCOL);
    evil.set("pollution:ID", &id);
    Ok(root)
}

fn with_quote(root: &mut Element) -> Result<(), MintError> {
    need(root, "Assertion")?.set("ID", "_a' or '1'='1");
    Ok(())
}

fn empty(root: &mut Element) -> Result<(), MintError> {
    need(root, "Assertion")?.set("ID", "");
    Ok(())
}
