//! Encrypted assertions: a ciphertext is no signature, and its errors must not tell what is inside.

use super::{Attack, Bench, Build, FORGED, attack, copy_of, need, sibling_name, take};
use crate::algorithms::{ContentCipher, Digest, KeyTransport};
use crate::code::{Code, StepName};
use crate::encoding::{base64, to_base64};
use crate::mint::MintError;
use crate::mint::encrypt::encrypt;
use crate::mint::keys::{ATTACKER_RSA, SP_RSA, TestKey};
use crate::mint::method::{Encryption, KeyPlacement};
use crate::mint::personality::Signs;
use crate::mint::response::Draft;
use crate::mint::sign::{self, declaration};
use crate::mint::tree::{Element, Node, Style};
use crate::mint::uri;

const FAILED: (Code, StepName) = (Code::DecryptionFailed, StepName::Decryption);
const ALGORITHM: (Code, StepName) = (Code::DecryptionAlgorithm, StepName::Decryption);
const SEVERAL: (Code, StepName) = (Code::AssertionMultiple, StepName::AssertionCount);
const GCM: Encryption = Encryption::usual(ContentCipher::Aes256Gcm);
const CBC: Encryption = Encryption::usual(ContentCipher::Aes128Cbc);

/// The variants of this family.
pub(super) const TABLE: &[Attack] = &[
    attack(
        "encrypted-unsigned",
        Signs::Neither,
        (Code::NotSigned, StepName::Coverage),
        Build::Tree(unsigned),
        "A forged assertion, encrypted by anybody to our public key, signed by nobody.",
    )
    .that_recalls(&["CVE-2024-4985"]),
    attack(
        "encrypted-wrapped",
        Signs::Assertion,
        (Code::SignatureReference, StepName::AssertionSignature),
        Build::Tree(wrapped),
        "A forged assertion that carries the signature of the original in an Object, encrypted.",
    )
    .that_recalls(&["CVE-2024-9487"]),
    attack(
        "encrypted-attacker-signed",
        Signs::Assertion,
        (Code::SignatureKeyUnknown, StepName::AssertionSignature),
        Build::Tree(attacker_signed),
        "A forged assertion signed by the attacker, then encrypted.",
    )
    .that_recalls(&["CVE-2024-4985"]),
    attack(
        "encrypted-beside-signed",
        Signs::Assertion,
        SEVERAL,
        Build::Tree(beside_signed),
        "A forged encrypted assertion beside the signed plain one.",
    )
    .that_recalls(&["CVE-2026-2092"]),
    attack("encrypted-twice", Signs::Neither, SEVERAL, Build::Tree(twice), "Two encrypted assertions."),
    attack(
        "encrypted-replaced",
        Signs::Response,
        (Code::DigestMismatch, StepName::ResponseSignature),
        Build::Tree(replaced),
        "The encrypted assertion of a signed response is replaced by a forged one.",
    )
    .that_recalls(&["CVE-2024-4985"]),
    attack(
        "encrypted-to-another",
        Signs::Assertion,
        FAILED,
        Build::Tree(to_another),
        "Encrypted to a key that is not ours.",
    ),
    attack(
        "ciphertext-changed-gcm",
        Signs::Assertion,
        FAILED,
        Build::Tree(changed_gcm),
        "One bit of a GCM ciphertext is flipped.",
    ),
    attack(
        "ciphertext-changed-cbc",
        Signs::Assertion,
        FAILED,
        Build::Tree(changed_cbc),
        "One bit of the last CBC block is flipped, as a padding oracle does.",
    )
    .that_recalls(&["How to break XML encryption (2011)"]),
    attack(
        "ciphertext-short-gcm",
        Signs::Assertion,
        FAILED,
        Build::Tree(short_gcm),
        "A GCM ciphertext shorter than its tag.",
    )
    .that_recalls(&["samael 0.0.22"]),
    attack(
        "ciphertext-short-cbc",
        Signs::Assertion,
        FAILED,
        Build::Tree(short_cbc),
        "A CBC ciphertext of half a block.",
    )
    .that_recalls(&["samael 0.0.22"]),
    attack("ciphertext-empty", Signs::Assertion, FAILED, Build::Tree(empty), "An empty ciphertext."),
    attack(
        "wrapped-key-changed",
        Signs::Assertion,
        FAILED,
        Build::Tree(key_changed),
        "The wrapped key is zeros.",
    )
    .that_recalls(&["Bleichenbacher 1998"]),
    attack(
        "cipher-confusion",
        Signs::Assertion,
        FAILED,
        Build::Tree(confusion),
        "A GCM ciphertext that claims to be CBC, to drop its authentication.",
    ),
    attack(
        "key-transport-rsa-1-5",
        Signs::Assertion,
        ALGORITHM,
        Build::Tree(rsa15),
        "RSA 1.5 key transport, which strict policy does not take.",
    )
    .that_recalls(&["How to break XML encryption (2012)"]),
    attack(
        "cipher-triple-des",
        Signs::Assertion,
        ALGORITHM,
        Build::Tree(triple_des),
        "Triple-DES, which strict policy does not take.",
    ),
    attack("cipher-unknown", Signs::Assertion, ALGORITHM, Build::Tree(unknown), "An unknown content cipher."),
    attack(
        "encrypted-garbage",
        Signs::Neither,
        FAILED,
        Build::Tree(garbage),
        "What was encrypted is no XML.",
    ),
    attack(
        "encrypted-response",
        Signs::Neither,
        FAILED,
        Build::Tree(whole_response),
        "What was encrypted is a whole signed response.",
    ),
    attack(
        "encrypted-two-inside",
        Signs::Neither,
        FAILED,
        Build::Tree(two_inside),
        "What was encrypted is two assertions.",
    ),
    attack(
        "encrypted-nested",
        Signs::Neither,
        FAILED,
        Build::Tree(nested),
        "What was encrypted is an encrypted assertion.",
    ),
    attack(
        "encrypted-many-keys",
        Signs::Assertion,
        FAILED,
        Build::Tree(many_keys),
        "A hundred wrapped keys to be tried.",
    ),
    attack(
        "encrypted-doctype",
        Signs::Neither,
        FAILED,
        Build::Tree(doctype),
        "What was encrypted begins with a document type declaration.",
    )
    .that_recalls(&["XXE"]),
];

fn wrapper(like: &Element) -> Element {
    let prefix = like.name.split_once(':').map_or("", |(prefix, _)| prefix);
    Element::new(sibling_name(like, "EncryptedAssertion")).attribute(&declaration(prefix), uri::ASSERTION)
}

/// `plain` in an `EncryptedAssertion` named like `assertion`.
fn sealed(
    bench: &mut Bench<'_>,
    assertion: &Element,
    plain: &str,
    encryption: Encryption,
    to: &TestKey,
) -> Result<Element, MintError> {
    encrypt(plain.as_bytes(), wrapper(assertion), encryption, &to.public_key()?, bench.random)
}

/// An assertion as a document of its own.
fn alone(assertion: &Element) -> String {
    let prefix = assertion.name.split_once(':').map_or("", |(prefix, _)| prefix);
    let mut copy = assertion.clone();
    copy.set(&declaration(prefix), uri::ASSERTION);
    copy.document(Style::default())
}

/// A valid response whose assertion is encrypted.
fn encrypted(bench: &mut Bench<'_>, signs: Signs, encryption: Encryption) -> Result<Element, MintError> {
    let mut draft = bench.draft(signs);
    draft.encryption = Some(encryption);
    draft.encrypt_to = SP_RSA.certificate_pem;
    Ok(draft.seal(bench.random)?.root)
}

/// A response whose assertion is replaced by `plain`, encrypted to us.
fn holding(
    bench: &mut Bench<'_>,
    plain: impl FnOnce(&Element, &Element) -> Result<String, MintError>,
) -> Result<Element, MintError> {
    let mut root = bench.valid(Signs::Assertion)?.root;
    let whole = root.clone();
    let assertion = take(&mut root, "Assertion")?;
    let plain = plain(&whole, &assertion)?;
    root.push(sealed(bench, &assertion, &plain, GCM, &SP_RSA)?);
    Ok(root)
}

/// Changes the ciphertext of an encrypted response.
fn with_ciphertext(
    bench: &mut Bench<'_>,
    signs: Signs,
    encryption: Encryption,
    change: impl FnOnce(&mut Vec<u8>),
) -> Result<Element, MintError> {
    let mut root = encrypted(bench, signs, encryption)?;
    let data = need(&mut root, "EncryptedData")?;
    let cipher_data = data.children.iter_mut().rev().find_map(|node| match node {
        Node::Element(child) if child.local() == "CipherData" => Some(child),
        _ => None,
    });
    let slot = need(cipher_data.ok_or(MintError::Shape("CipherData"))?, "CipherValue")?;
    let Some(Node::Text(text)) = slot.children.first() else { return Err(MintError::Shape("a CipherValue")) };
    let mut bytes = base64(text.as_bytes()).map_err(|_| MintError::Shape("a CipherValue in base64"))?;
    change(&mut bytes);
    slot.set_text(&to_base64(&bytes));
    Ok(root)
}

fn unsigned(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    let mut draft = bench.draft(Signs::Neither);
    need(&mut draft.root, "NameID")?.set_text(FORGED);
    draft.encryption = Some(GCM);
    draft.encrypt_to = SP_RSA.certificate_pem;
    Ok(draft.seal(bench.random)?.root)
}

fn wrapped(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    let mut original = take(&mut root, "Assertion")?;
    let mut evil = bench.forged(&original)?;
    let mut signature = take(&mut original, "Signature")?;
    let reference = copy_of(&signature, "SignedInfo")?;
    let key_info =
        signature.take("KeyInfo").unwrap_or_else(|| Element::new(sibling_name(&reference, "KeyInfo")));
    signature.push(key_info.child(original));
    super::insert_before(&mut evil, "Subject", signature)?;
    let plain = alone(&evil);
    root.push(sealed(bench, &evil, &plain, GCM, &SP_RSA)?);
    Ok(root)
}

fn attacker_signed(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut draft: Draft<'_> = bench.draft(signs);
    draft.signing = sign::Signing {
        key: &ATTACKER_RSA,
        key_info: crate::mint::personality::KeyInfo::Certificate,
        ..draft.signing
    };
    need(&mut draft.root, "NameID")?.set_text(FORGED);
    draft.encryption = Some(GCM);
    draft.encrypt_to = SP_RSA.certificate_pem;
    Ok(draft.seal(bench.random)?.root)
}

fn beside_signed(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = bench.valid(signs)?.root;
    let evil = bench.forged(&copy_of(&root, "Assertion")?)?;
    let plain = alone(&evil);
    root.push(sealed(bench, &evil, &plain, GCM, &SP_RSA)?);
    Ok(root)
}

fn twice(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    let mut root = encrypted(bench, Signs::Assertion, GCM)?;
    let copy = copy_of(&root, "EncryptedAssertion")?;
    root.push(copy);
    Ok(root)
}

fn replaced(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let forged = unsigned(bench, Signs::Neither)?;
    let mut root = encrypted(bench, signs, GCM)?;
    take(&mut root, "EncryptedAssertion")?;
    root.push(copy_of(&forged, "EncryptedAssertion")?);
    Ok(root)
}

fn to_another(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut draft = bench.draft(signs);
    draft.encryption = Some(GCM);
    draft.encrypt_to = ATTACKER_RSA.certificate_pem;
    Ok(draft.seal(bench.random)?.root)
}

fn flip_last(bytes: &mut [u8]) {
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
}

fn changed_gcm(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    with_ciphertext(bench, signs, GCM, |bytes| flip_last(bytes))
}

fn changed_cbc(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    with_ciphertext(bench, signs, CBC, |bytes| flip_last(bytes))
}

fn short_gcm(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    with_ciphertext(bench, signs, GCM, |bytes| bytes.truncate(20))
}

fn short_cbc(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    with_ciphertext(bench, signs, CBC, |bytes| bytes.truncate(24))
}

fn empty(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    with_ciphertext(bench, signs, GCM, Vec::clear)
}

fn key_changed(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = encrypted(bench, signs, GCM)?;
    need(need(&mut root, "EncryptedKey")?, "CipherValue")?.set_text(&to_base64(&[0; 256]));
    Ok(root)
}

fn confusion(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = encrypted(bench, signs, GCM)?;
    let method = need(need(&mut root, "EncryptedData")?, "EncryptionMethod")?;
    method.set("Algorithm", ContentCipher::Aes256Cbc.uri());
    Ok(root)
}

fn rsa15(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    encrypted(bench, signs, Encryption { transport: KeyTransport::Rsa15, ..GCM })
}

fn triple_des(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    encrypted(bench, signs, Encryption::usual(ContentCipher::TripleDesCbc))
}

fn unknown(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut root = encrypted(bench, signs, GCM)?;
    need(need(&mut root, "EncryptedData")?, "EncryptionMethod")?.set("Algorithm", "urn:example:cipher");
    Ok(root)
}

fn garbage(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    holding(bench, |_, _| Ok("no XML at all".to_owned()))
}

fn whole_response(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    holding(bench, |whole, _| Ok(whole.document(Style::default())))
}

fn two_inside(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    holding(bench, |_, assertion| Ok(alone(assertion).repeat(2)))
}

fn nested(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    let inner = encrypted(bench, Signs::Assertion, GCM)?;
    let inner = copy_of(&inner, "EncryptedAssertion")?;
    holding(bench, |_, _| Ok(inner.document(Style::default())))
}

fn many_keys(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let inside = Encryption { placement: KeyPlacement::Inside, ..GCM };
    let mut root = encrypted(bench, signs, inside.with_oaep(Digest::Sha256))?;
    let mut decoy = copy_of(&root, "EncryptedKey")?;
    need(&mut decoy, "CipherValue")?.set_text(&to_base64(&[0; 256]));
    let key_info = need(need(&mut root, "EncryptedData")?, "KeyInfo")?;
    for _ in 0..100 {
        key_info.insert(0, Node::Element(decoy.clone()));
    }
    Ok(root)
}

fn doctype(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    holding(bench, |_, assertion| {
        Ok(format!("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>{}", alone(assertion)))
    })
}
