//! The shape of signatures: absent, empty, several, and digests that are read where nobody signed them.

use super::{Attack, Bench, Build, FORGED, Naive, attack, copy_of, insert_before, need, sibling_name, take};
use crate::code::{Code, StepName};
use crate::encoding::{base64, to_base64};
use crate::mint::MintError;
use crate::mint::keys::ATTACKER_RSA;
use crate::mint::personality::Signs;
use crate::mint::sign::{self, Signing, own_signature};
use crate::mint::tree::{Element, Node};

const BY_ASSERTION: StepName = StepName::AssertionSignature;
const BY_RESPONSE: StepName = StepName::ResponseSignature;
const MALFORMED: (Code, StepName) = (Code::SignatureMalformed, BY_ASSERTION);
const UNSIGNED: (Code, StepName) = (Code::NotSigned, StepName::Coverage);
const CHANGED: (Code, StepName) = (Code::DigestMismatch, BY_ASSERTION);

/// The variants of this family.
pub(super) const TABLE: &[Attack] = &[
    attack("stripped", Signs::Both, UNSIGNED, Build::Tree(stripped), "A forged message without any signature.")
        .that_recalls(&["CVE-2016-9814", "samael 0.0.22"])
        .that_fools(Naive::Unsigned),
    attack(
        "stripped-untouched",
        Signs::Assertion,
        UNSIGNED,
        Build::Tree(stripped_untouched),
        "A true message whose signature was taken away.",
    ),
    attack("tampered-assertion", Signs::Assertion, CHANGED, Build::Tree(tampered), "Another NameID under a good signature.")
        .that_recalls(&["CVE-2016-9814"]),
    attack(
        "tampered-response",
        Signs::Response,
        (Code::DigestMismatch, BY_RESPONSE),
        Build::Tree(tampered),
        "Another NameID under a response's good signature.",
    )
    .that_recalls(&["CVE-2016-9814"]),
    attack("tampered-attribute", Signs::Assertion, CHANGED, Build::Tree(tampered_attribute), "Another attribute value under a good signature."),
    attack(
        "redigested",
        Signs::Assertion,
        (Code::SignatureInvalid, BY_ASSERTION),
        Build::Tree(redigested),
        "Another NameID and a digest that fits it; the signature over the digest does not.",
    )
    .that_recalls(&["CVE-2020-15216"])
    .that_fools(Naive::DigestOnly),
    attack(
        "response-signature-corrupt",
        Signs::Both,
        (Code::SignatureInvalid, BY_RESPONSE),
        Build::Tree(corrupt_outer),
        "A corrupt response signature around a good assertion signature.",
    )
    .that_recalls(&["node-saml 5.1", "saml-jackson 26.2"]),
    attack(
        "response-digest-corrupt",
        Signs::Both,
        (Code::DigestMismatch, BY_RESPONSE),
        Build::Tree(tampered_outer),
        "A response that was changed outside of its assertion, whose own signature is still good.",
    )
    .that_recalls(&["node-saml 5.1"]),
    attack(
        "assertion-signature-corrupt",
        Signs::Both,
        (Code::SignatureInvalid, BY_ASSERTION),
        Build::Tree(corrupt_inner),
        "A good response signature around an assertion signature that was corrupt before.",
    ),
    attack("signature-empty", Signs::Assertion, MALFORMED, Build::Tree(empty), "A Signature without content over a forged assertion.")
        .that_recalls(&["CVE-2016-9814"]),
    attack("signature-without-value", Signs::Assertion, MALFORMED, Build::Tree(without_value), "No SignatureValue, over a forged assertion."),
    attack(
        "signature-value-empty",
        Signs::Assertion,
        (Code::SignatureInvalid, BY_ASSERTION),
        Build::Tree(value_empty),
        "An empty SignatureValue over a forged assertion.",
    ),
    attack("signature-without-info", Signs::Assertion, MALFORMED, Build::Tree(without_info), "No SignedInfo, over a forged assertion."),
    attack(
        "signature-without-reference",
        Signs::Assertion,
        MALFORMED,
        Build::Tree(without_reference),
        "A signature of the right key that refers to nothing, over a forged assertion.",
    )
    .that_recalls(&["CVE-2020-15216"]),
    attack(
        "signature-without-digest",
        Signs::Assertion,
        MALFORMED,
        Build::Tree(without_digest),
        "A signature of the right key whose reference has no digest, over a forged assertion.",
    ),
    attack("signature-bit-flipped", Signs::Assertion, (Code::SignatureInvalid, BY_ASSERTION), Build::Tree(bit_flipped), "One bit of the SignatureValue is flipped."),
    attack(
        "signature-other-namespace",
        Signs::Assertion,
        UNSIGNED,
        Build::Tree(other_namespace),
        "A signature in another namespace than that of XML Signature.",
    )
    .that_recalls(&["namespace confusion"]),
    attack(
        "two-signatures-attacker-first",
        Signs::Assertion,
        (Code::SignatureMultiple, BY_ASSERTION),
        Build::Tree(attacker_first),
        "A second signature, the attacker's, before the good one on a forged assertion.",
    )
    .that_recalls(&["CVE-2019-3465"]),
    attack(
        "two-signatures-attacker-last",
        Signs::Assertion,
        (Code::SignatureMultiple, BY_ASSERTION),
        Build::Tree(attacker_last),
        "A second signature, the attacker's, after the good one.",
    )
    .that_recalls(&["CVE-2019-3465"]),
    attack(
        "signature-in-signature",
        Signs::Assertion,
        MALFORMED,
        Build::Tree(in_signature),
        "A forged assertion whose own signature is the attacker's and holds the good one.",
    ),
    attack(
        "two-signed-infos",
        Signs::Assertion,
        MALFORMED,
        Build::Tree(two_signed_infos),
        "A forged assertion under a Signature with two SignedInfos: one has the digest, the other the signature.",
    )
    .that_recalls(&["CVE-2025-29774"])
    .that_fools(Naive::AnyDigest),
    attack(
        "signed-info-in-object",
        Signs::Assertion,
        MALFORMED,
        Build::Tree(signed_info_in_object),
        "The same with the signed SignedInfo hidden in an Object.",
    )
    .that_recalls(&["CVE-2025-29774"])
    .that_fools(Naive::AnyDigest),
    attack(
        "comment-in-digest-value",
        Signs::Assertion,
        (Code::CommentInText, StepName::Xml),
        Build::Tree(comment_in_digest),
        "A comment in DigestValue that holds the digest of the forged assertion.",
    )
    .that_recalls(&["CVE-2025-29775"])
    .that_fools(Naive::AnyDigest),
    attack(
        "digest-in-status-detail",
        Signs::Assertion,
        CHANGED,
        Build::Tree(digest_in_status_detail),
        "The digest of the forged assertion in StatusDetail, for receivers that look for DigestValue anywhere.",
    )
    .that_recalls(&["CVE-2024-45409"])
    .that_fools(Naive::AnyDigest),
    attack(
        "two-digest-values",
        Signs::Assertion,
        MALFORMED,
        Build::Tree(two_digest_values),
        "Two DigestValues in one Reference, signed by nobody.",
    ),
];

/// The own signature of the first assertion.
fn signature_of(root: &mut Element) -> Result<&mut Element, MintError> {
    need(need(root, "Assertion")?, "Signature")
}

/// A message whose assertion is forged in place, under its old ID and signature.
fn forged_in_place(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    need(&mut root, "NameID")?.set_text(FORGED);
    Ok(root)
}

fn stripped(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = forged_in_place(bench, signs)?;
    root.take("Signature");
    need(&mut root, "Assertion")?.take("Signature");
    Ok(root)
}

fn stripped_untouched(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    take(need(&mut root, "Assertion")?, "Signature")?;
    Ok(root)
}

fn tampered(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    forged_in_place(bench, signs)
}

fn tampered_attribute(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    need(&mut root, "AttributeValue")?.set_text(FORGED);
    Ok(root)
}

/// How the bench signs.
fn signing<'a>(bench: &mut Bench<'a>) -> Signing<'a> {
    bench.draft(Signs::Neither).signing
}

/// The digest of the forged assertion in `root`, as its signature would hold it.
fn forged_digest(bench: &mut Bench<'_>, root: &Element) -> Result<String, MintError> {
    let signing = signing(bench);
    let assertion = copy_of(root, "Assertion")?;
    let id = assertion.get("ID").unwrap_or_default();
    let digest = openssl::hash::hash(signing.digest.message_digest(), &sign::canonical(root, id, &signing)?)?;
    Ok(to_base64(&digest))
}

fn redigested(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = forged_in_place(bench, signs)?;
    let digest = forged_digest(bench, &root)?;
    need(signature_of(&mut root)?, "DigestValue")?.set_text(&digest);
    Ok(root)
}

/// Flips a bit of a `SignatureValue`, leaving it base64 of the same length.
fn flip(signature: &mut Element) -> Result<(), MintError> {
    let slot = need(signature, "SignatureValue")?;
    let text = match slot.children.first() {
        Some(Node::Text(text)) => text.clone(),
        _ => return Err(MintError::Shape("a SignatureValue")),
    };
    let mut bytes = base64(text.as_bytes()).map_err(|_| MintError::Shape("a SignatureValue in base64"))?;
    if let Some(byte) = bytes.last_mut() {
        *byte ^= 1;
    }
    slot.set_text(&to_base64(&bytes));
    Ok(())
}

fn corrupt_outer(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let minted = bench.valid(signs)?;
    let mut root = minted.root;
    flip(own_signature(&mut root, &minted.response_id)?)?;
    Ok(root)
}

fn tampered_outer(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    let message = Element::new(sibling_name(&root, "StatusMessage")).text("changed");
    need(&mut root, "Status")?.push(message);
    Ok(root)
}

fn corrupt_inner(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    let signing = signing(bench);
    let minted = bench.valid(Signs::Assertion)?;
    let mut root = minted.root;
    flip(signature_of(&mut root)?)?;
    sign::sign(&mut root, &minted.response_id, &signing)?;
    Ok(root)
}

fn empty(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = forged_in_place(bench, signs)?;
    signature_of(&mut root)?.children.clear();
    Ok(root)
}

fn without_value(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = forged_in_place(bench, signs)?;
    take(signature_of(&mut root)?, "SignatureValue")?;
    Ok(root)
}

fn value_empty(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = forged_in_place(bench, signs)?;
    need(signature_of(&mut root)?, "SignatureValue")?.children.clear();
    Ok(root)
}

fn without_info(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = forged_in_place(bench, signs)?;
    take(signature_of(&mut root)?, "SignedInfo")?;
    Ok(root)
}

/// A forged assertion with a signature of the right key over a `SignedInfo` that `edit` changed.
fn resigned(
    bench: &mut Bench<'_>,
    edit: impl FnOnce(&mut Element) -> Result<(), MintError>,
) -> Result<Element, MintError> {
    let signing = signing(bench);
    let minted = bench.valid(Signs::Assertion)?;
    let id = minted.assertion_id.ok_or(MintError::Shape("an assertion"))?;
    let mut root = minted.root;
    edit(need(signature_of(&mut root)?, "SignedInfo")?)?;
    sign::fill_value(&mut root, &id, &signing)?;
    need(&mut root, "NameID")?.set_text(FORGED);
    Ok(root)
}

fn without_reference(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    resigned(bench, |info| take(info, "Reference").map(drop))
}

fn without_digest(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    resigned(bench, |info| take(need(info, "Reference")?, "DigestValue").map(drop))
}

fn bit_flipped(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    flip(signature_of(&mut root)?)?;
    Ok(root)
}

fn other_namespace(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    let signature = signature_of(&mut root)?;
    for (name, value) in &mut signature.attributes {
        if name.starts_with("xmlns") {
            "http://www.w3.org/2000/09/xmldsig".clone_into(value);
        }
    }
    Ok(root)
}

/// The attacker's signature over the assertion in `root`.
fn attackers(bench: &mut Bench<'_>, root: &Element) -> Result<Element, MintError> {
    let signing = Signing { key: &ATTACKER_RSA, ..signing(bench) };
    let mut copy = root.clone();
    let assertion = need(&mut copy, "Assertion")?;
    assertion.take("Signature");
    let id = assertion.get("ID").unwrap_or_default().to_owned();
    sign::sign(&mut copy, &id, &signing)?;
    take(need(&mut copy, "Assertion")?, "Signature")
}

fn attacker_first(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = forged_in_place(bench, signs)?;
    let second = attackers(bench, &root)?;
    insert_before(need(&mut root, "Assertion")?, "Signature", second)?;
    Ok(root)
}

fn attacker_last(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    let second = attackers(bench, &root)?;
    insert_before(need(&mut root, "Assertion")?, "Subject", second)?;
    Ok(root)
}

fn in_signature(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = forged_in_place(bench, signs)?;
    let mut outer = attackers(bench, &root)?;
    let assertion = need(&mut root, "Assertion")?;
    outer.push(take(assertion, "Signature")?);
    insert_before(assertion, "Subject", outer)?;
    Ok(root)
}

/// The `SignedInfo` of the good signature, with the digest of what the forger made of the assertion.
fn forged_info(bench: &mut Bench<'_>, root: &Element) -> Result<Element, MintError> {
    let digest = forged_digest(bench, root)?;
    let mut info = copy_of(root, "SignedInfo")?;
    need(&mut info, "DigestValue")?.set_text(&digest);
    Ok(info)
}

fn two_signed_infos(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = forged_in_place(bench, signs)?;
    let info = forged_info(bench, &root)?;
    insert_before(signature_of(&mut root)?, "SignedInfo", info)?;
    Ok(root)
}

fn signed_info_in_object(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = forged_in_place(bench, signs)?;
    let forged = forged_info(bench, &root)?;
    let signature = signature_of(&mut root)?;
    let good = take(signature, "SignedInfo")?;
    let object = Element::new(sibling_name(signature, "Object")).child(good);
    signature.insert(0, Node::Element(forged));
    signature.push(object);
    Ok(root)
}

fn comment_in_digest(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = forged_in_place(bench, signs)?;
    let digest = forged_digest(bench, &root)?;
    need(signature_of(&mut root)?, "DigestValue")?.insert(0, Node::Raw(format!("<!--{digest}-->")));
    Ok(root)
}

fn digest_in_status_detail(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = forged_in_place(bench, signs)?;
    let digest = forged_digest(bench, &root)?;
    let value = Element::new("ds:DigestValue").attribute("xmlns:ds", crate::mint::uri::DSIG).text(digest);
    let detail = Element::new(sibling_name(&root, "StatusDetail")).child(value);
    need(&mut root, "Status")?.push(detail);
    Ok(root)
}

fn two_digest_values(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = forged_in_place(bench, signs)?;
    let digest = forged_digest(bench, &root)?;
    let reference = need(signature_of(&mut root)?, "Reference")?;
    let mut second = copy_of(reference, "DigestValue")?;
    second.set_text(&digest);
    insert_before(reference, "DigestValue", second)?;
    Ok(root)
}
