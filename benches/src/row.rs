//! What is measured: the floor, the engine whole and by stage, the peers.

use std::error::Error;
use std::hint::black_box;

use gatepost_saml::binding::Wire;
use gatepost_saml::encoding::base64;
use gatepost_saml::metadata::{self, MetadataContext, MetadataTrust};
use gatepost_saml::mint::keys;
use gatepost_saml::response::{Context, judge};
use gatepost_saml::trust::{Trust, TrustedKey};
use gatepost_saml::xml::c14n::{self, Canonical, Method};
use gatepost_saml::xml::{self, Document, Element, Ns};
use gatepost_saml::{Instant, Limits, Policy, signature};
use openssl::encrypt::Decrypter;
use openssl::hash::{MessageDigest, hash};
use openssl::pkey::{PKey, Private, Public};
use openssl::rsa::Padding;
use openssl::sign::{Signer, Verifier};
use openssl::symm::{Cipher, decrypt_aead, encrypt_aead};

use crate::message::{Messages, REQUEST, Shape};

/// Something that is called over and over. It panics when the answer is not the right one.
pub struct Row<'m> {
    pub name: &'static str,
    /// The size of what it reads, where that says something.
    pub bytes: Option<usize>,
    pub call: Box<dyn FnMut() + 'm>,
}

impl<'m> Row<'m> {
    pub fn new(name: &'static str, bytes: Option<usize>, call: impl FnMut() + 'm) -> Self {
        Self { name, bytes, call: Box::new(call) }
    }
}

/// One of `list` after the other, for ever.
pub fn cycle<'l, T>(list: &'l [T]) -> impl FnMut() -> &'l T {
    let mut at = 0;
    move || {
        at = (at + 1) % list.len();
        &list[at]
    }
}

pub fn all(messages: &Messages) -> Result<Vec<Row<'_>>, Box<dyn Error>> {
    let mut rows = floors(&messages.usual)?;
    rows.push(engine("gatepost", &messages.usual));
    rows.push(engine("gatepost encrypted", &messages.encrypted));
    for (name, shape) in ["gatepost 10", "gatepost 100", "gatepost 1000"].into_iter().zip(&messages.many) {
        rows.push(engine(name, shape));
    }
    let now = messages.usual.now;
    rows.push(metadata("gatepost metadata", &messages.metadata, now)?);
    rows.push(metadata("gatepost metadata 1000", &messages.aggregate, now)?);
    rows.extend(stages(&messages.usual));
    #[cfg(feature = "bergshamra")]
    rows.extend(crate::peers::bergshamra(messages)?);
    #[cfg(feature = "samael")]
    rows.extend(crate::peers::samael(messages)?);
    Ok(rows)
}

/// The engine from base64 text to reading and trace.
fn engine<'m>(name: &'static str, shape: &'m Shape) -> Row<'m> {
    let mut next = cycle(&shape.base64);
    Row::new(name, Some(shape.bytes()), move || {
        let context = Context {
            now: shape.now,
            pending_request: Some(REQUEST),
            requested_authn_contexts: &[],
            forced_since: None,
            seen: &|_| false,
        };
        let judgement = judge(&Wire::Base64(next().as_bytes()), &shape.settings, &context);
        let reading = judgement.verdict.expect("accepted");
        assert_eq!(reading.attributes().len(), shape.attributes);
        black_box(reading);
        black_box(judgement.trace);
    })
}

/// Signed metadata, from XML to entities with their certificates.
fn metadata<'m>(name: &'static str, xml: &'m [u8], now: Instant) -> Result<Row<'m>, Box<dyn Error>> {
    let trust = Trust::new(TrustedKey::from_certificate_der(&keys::IDP_RSA.certificate_der()?)?, []);
    let policy = Policy::default();
    let limits = Limits::METADATA.lifted().with_max_bytes(64 << 20);
    Ok(Row::new(name, Some(xml.len()), move || {
        let trust = MetadataTrust::Required(&trust);
        let context = MetadataContext { now, entity_id: None, trust, policy: &policy, limits };
        let judgement = metadata::judge(&Wire::Xml(xml), &context);
        black_box(judgement.verdict.expect("accepted"));
    }))
}

/// What the engine does with one message, taken apart.
struct Parts {
    digested: Vec<u8>,
    signed_info: Vec<u8>,
    signature: Vec<u8>,
}

fn assertion<'d>(document: &'d Document<'_>) -> Element<'d> {
    document.root().children_named(Ns::SAML, "Assertion").next().expect("an assertion")
}

fn signature_of(assertion: Element<'_>) -> Element<'_> {
    assertion.children_named(Ns::DS, "Signature").next().expect("a signature")
}

fn signed_info(assertion: Element<'_>) -> Element<'_> {
    signature_of(assertion).children_named(Ns::DS, "SignedInfo").next().expect("a SignedInfo")
}

fn digested(assertion: Element<'_>, out: &mut Vec<u8>) {
    let canonical = Canonical {
        element: assertion,
        without: Some(signature_of(assertion)),
        method: Method::Exclusive,
        prefix_list: Some("xs"),
    };
    c14n::write(&canonical, out).expect("a canonical form");
}

fn canonical_info(assertion: Element<'_>, out: &mut Vec<u8>) {
    let canonical = Canonical {
        element: signed_info(assertion),
        without: None,
        method: Method::Exclusive,
        prefix_list: None,
    };
    c14n::write(&canonical, out).expect("a canonical form");
}

fn take_apart(xml: &str) -> Parts {
    let document = xml::parse(xml.as_bytes(), &Limits::MESSAGE).expect("well-formed");
    let assertion = assertion(&document);
    let mut parts = Parts { digested: Vec::new(), signed_info: Vec::new(), signature: Vec::new() };
    digested(assertion, &mut parts.digested);
    canonical_info(assertion, &mut parts.signed_info);
    let value = signature_of(assertion).children_named(Ns::DS, "SignatureValue").next();
    let value = value.expect("a SignatureValue").text().expect("text");
    parts.signature = base64(value.as_bytes()).expect("base64");
    parts
}

fn verify(key: &PKey<Public>, message: &[u8], signature: &[u8]) {
    let mut verifier = Verifier::new(MessageDigest::sha256(), key).expect("a verifier");
    assert!(verifier.verify_oneshot(signature, message).expect("a verification"));
}

fn digest(bytes: &[u8]) {
    black_box(hash(MessageDigest::sha256(), bytes).expect("a digest"));
}

/// Nobody can do less: the cryptography alone, over bytes that are already there.
fn floors(shape: &Shape) -> Result<Vec<Row<'static>>, Box<dyn Error>> {
    let signer: PKey<Private> = keys::IDP_RSA.private_key()?;
    let public = keys::IDP_RSA.public_key()?;
    let ours: Vec<Parts> = shape.xml.iter().map(|xml| take_apart(xml)).collect();
    let info_length = ours.first().ok_or("no message")?.signed_info.len();
    // As the target puts it: an assertion of 6 kB and a SignedInfo of the size that ours has.
    let document = vec![b'a'; 6144];
    let info = vec![b'b'; info_length];
    let value = Signer::new(MessageDigest::sha256(), &signer)?.sign_oneshot_to_vec(&info)?;
    let (key, floor_document) = (public.clone(), document.clone());
    let (floor_info, floor_value) = (info.clone(), value.clone());
    let floor = Row::new("floor", Some(document.len() + info.len()), move || {
        digest(&floor_document);
        verify(&key, &floor_info, &floor_value);
    });
    let mut at = 0;
    let key = public.clone();
    let length = ours.first().map(|parts| parts.digested.len() + parts.signed_info.len());
    let own = Row::new("floor of the same bytes", length, move || {
        at = (at + 1) % ours.len();
        digest(&ours[at].digested);
        verify(&key, &ours[at].signed_info, &ours[at].signature);
    });
    let recipient = keys::SP_RSA.private_key()?;
    let mut wrapped = vec![0; 256];
    let content_key = [7; 32];
    recipient.rsa()?.public_encrypt(&content_key, &mut wrapped, Padding::PKCS1_OAEP)?;
    let mut tag = [0; 16];
    let cipher = Cipher::aes_256_gcm();
    let ciphertext = encrypt_aead(cipher, &content_key, Some(&[1; 12]), &[], &document, &mut tag)?;
    let encrypted = Row::new("floor encrypted", Some(document.len() + info.len()), move || {
        let mut decrypter = Decrypter::new(&recipient).expect("a decrypter");
        decrypter.set_rsa_padding(Padding::PKCS1_OAEP).expect("OAEP");
        let mut unwrapped = vec![0; decrypter.decrypt_len(&wrapped).expect("a length")];
        let length = decrypter.decrypt(&wrapped, &mut unwrapped).expect("a content key");
        let plain = decrypt_aead(cipher, &unwrapped[..length], Some(&[1; 12]), &[], &ciphertext, &tag);
        digest(&plain.expect("a plaintext"));
        verify(&public, &info, &value);
    });
    Ok(vec![floor, own, encrypted])
}

/// The engine's work by stage. What is missing to the whole is the checks, the reading and the trace.
fn stages(shape: &Shape) -> Vec<Row<'_>> {
    let documents: &'static [Document<'static>] = Box::leak(
        shape
            .xml
            .iter()
            .map(|xml| {
                let xml: &'static str = Box::leak(xml.clone().into_boxed_str());
                xml::parse(xml.as_bytes(), &Limits::MESSAGE).expect("well-formed")
            })
            .collect::<Vec<_>>()
            .into_boxed_slice(),
    );
    let parts: &'static [Parts] =
        Box::leak(shape.xml.iter().map(|xml| take_apart(xml)).collect::<Vec<_>>().into_boxed_slice());
    let public = keys::IDP_RSA.public_key().expect("a key");
    let mut wire = cycle(&shape.base64);
    let mut text = cycle(&shape.xml);
    let (mut canonicalised, mut info, mut whole) = (cycle(documents), cycle(documents), cycle(documents));
    let (mut hashed, mut signed) = (cycle(parts), cycle(parts));
    vec![
        Row::new("stage: base64", Some(shape.bytes()), move || {
            black_box(base64(wire().as_bytes()).expect("base64"));
        }),
        Row::new("stage: parse", Some(shape.bytes()), move || {
            black_box(xml::parse(text().as_bytes(), &Limits::MESSAGE).expect("well-formed"));
        }),
        Row::new("stage: canonicalise the assertion", None, move || {
            let mut out = Vec::new();
            digested(assertion(canonicalised()), &mut out);
            black_box(out);
        }),
        Row::new("stage: digest it", None, move || digest(&hashed().digested)),
        Row::new("stage: canonicalise SignedInfo", None, move || {
            let mut out = Vec::new();
            canonical_info(assertion(info()), &mut out);
            black_box(out);
        }),
        Row::new("stage: RSA verification", None, move || {
            let parts = signed();
            verify(&public, &parts.signed_info, &parts.signature);
        }),
        Row::new("stages of signature::verify", None, move || {
            let verified = signature::verify(
                assertion(whole()),
                "assertion",
                &shape.settings.idp.trust,
                &shape.settings.policy,
            );
            black_box(verified.expect("a good signature").expect("a signature"));
        }),
    ]
}
