//! Keys and algorithms: whose key it is, and what counts as a signature.

use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;

use super::{Attack, Bench, Build, FORGED, Naive, attack, need};
use crate::algorithms::Digest;
use crate::code::{Code, StepName};
use crate::encoding::to_base64;
use crate::mint::MintError;
use crate::mint::keys::{ATTACKER_RSA, IDP_RSA, IDP_RSA_1024, SP_RSA, TestKey};
use crate::mint::method;
use crate::mint::personality::{KeyInfo, Signs};
use crate::mint::sign::{self, Signing};
use crate::mint::tree::Element;

const BY_ASSERTION: StepName = StepName::AssertionSignature;
const UNKNOWN: (Code, StepName) = (Code::SignatureKeyUnknown, BY_ASSERTION);
const ALGORITHM: (Code, StepName) = (Code::SignatureAlgorithm, BY_ASSERTION);
const INVALID: (Code, StepName) = (Code::SignatureInvalid, BY_ASSERTION);

/// The variants of this family.
pub(super) const TABLE: &[Attack] = &[
    attack(
        "attacker-key-assertion",
        Signs::Assertion,
        UNKNOWN,
        Build::Tree(attacker),
        "A forged assertion signed by the attacker, whose certificate is in KeyInfo and reads like the true one.",
    )
    .that_recalls(&["CVE-2021-21239", "CVE-2026-9093"])
    .that_fools(Naive::KeyOfMessage),
    attack(
        "attacker-key-response",
        Signs::Response,
        (Code::SignatureKeyUnknown, StepName::ResponseSignature),
        Build::Tree(attacker),
        "A forged response signed by the attacker, with the certificate in KeyInfo.",
    )
    .that_recalls(&["CVE-2021-21239", "CVE-2026-9093"])
    .that_fools(Naive::KeyOfMessage),
    attack(
        "attacker-key-without-key-info",
        Signs::Assertion,
        INVALID,
        Build::Tree(attacker_silent),
        "A forged assertion signed by the attacker, with no KeyInfo.",
    ),
    attack(
        "attacker-key-with-idp-certificate",
        Signs::Assertion,
        INVALID,
        Build::Tree(attacker_pretending),
        "A forged assertion signed by the attacker, with the trusted certificate in KeyInfo.",
    ),
    attack(
        "service-provider-key",
        Signs::Assertion,
        UNKNOWN,
        Build::Tree(service_provider),
        "A forged assertion signed with a key of the service provider's own.",
    )
    .that_fools(Naive::KeyOfMessage),
    attack(
        "hmac-with-certificate",
        Signs::Assertion,
        ALGORITHM,
        Build::Tree(hmac_der),
        "A forged assertion with an HMAC keyed with the public certificate (DER).",
    )
    .that_recalls(&["CVE-2009-0217"])
    .that_fools(Naive::HmacWithCertificate),
    attack(
        "hmac-with-certificate-pem",
        Signs::Assertion,
        ALGORITHM,
        Build::Tree(hmac_pem),
        "The same keyed with the certificate's PEM text.",
    )
    .that_recalls(&["CVE-2009-0217"]),
    attack(
        "hmac-truncated",
        Signs::Assertion,
        ALGORITHM,
        Build::Tree(hmac_truncated),
        "An HMAC that asks to be compared in its first eight bits.",
    )
    .that_recalls(&["CVE-2009-0217"]),
    attack(
        "rsa-output-length",
        Signs::Assertion,
        (Code::SignatureMalformed, BY_ASSERTION),
        Build::Tree(output_length),
        "A good RSA signature whose method has an HMACOutputLength.",
    )
    .that_recalls(&["CVE-2009-0217"]),
    attack("algorithm-none", Signs::Assertion, ALGORITHM, Build::Tree(none), "A forged assertion with the algorithm none."),
    attack("algorithm-empty", Signs::Assertion, ALGORITHM, Build::Tree(unnamed), "A forged assertion with an empty algorithm."),
    attack(
        "algorithm-is-digest",
        Signs::Assertion,
        ALGORITHM,
        Build::Tree(digest_as_algorithm),
        "A forged assertion whose signature algorithm is a digest, and its value a digest.",
    ),
    attack("algorithm-rsa-md5", Signs::Assertion, ALGORITHM, Build::Tree(rsa_md5), "RSA with MD5 by the true key."),
    attack("digest-md5", Signs::Assertion, ALGORITHM, Build::Tree(digest_md5), "An MD5 digest under the true key's SHA-256 signature."),
    attack("digest-none", Signs::Assertion, ALGORITHM, Build::Tree(digest_none), "An unknown digest algorithm and an empty digest."),
    attack(
        "algorithm-sha1",
        Signs::Assertion,
        (Code::SignatureAlgorithmSha1, BY_ASSERTION),
        Build::Tree(sha1),
        "A true message signed with SHA-1, as old identity providers do.",
    ),
    attack(
        "key-rsa-1024",
        Signs::Assertion,
        UNKNOWN,
        Build::Tree(short_key),
        "A forged assertion signed with a short key that nobody configured.",
    )
    .that_fools(Naive::KeyOfMessage),
    attack(
        "ecdsa-zero",
        Signs::Assertion,
        INVALID,
        Build::Tree(ecdsa_zero),
        "A forged assertion with an ECDSA signature of r = s = 0.",
    )
    .that_recalls(&["CVE-2022-21449"]),
    attack(
        "ecdsa-under-rsa-key",
        Signs::Assertion,
        INVALID,
        Build::Tree(ecdsa_named),
        "An RSA signature value that claims to be ECDSA.",
    ),
    attack(
        "signature-all-zero",
        Signs::Assertion,
        INVALID,
        Build::Tree(all_zero),
        "A forged assertion with a signature value of zeros.",
    ),
];

/// A forged message with signatures made by `key`.
fn forged_by<'a>(
    bench: &mut Bench<'a>,
    signs: Signs,
    change: impl FnOnce(Signing<'a>) -> Signing<'a>,
) -> Result<Element, MintError> {
    let mut draft = bench.draft(signs);
    draft.signing = change(draft.signing);
    need(&mut draft.root, "NameID")?.set_text(FORGED);
    Ok(draft.seal(bench.random)?.root)
}

/// An assertion signed as usual but for its algorithm and value: `forge` gets the canonical `SignedInfo` and gives the
/// value.
fn valued(
    bench: &mut Bench<'_>,
    change: impl FnOnce(&mut Element) -> Result<(), MintError>,
    forge: impl FnOnce(&[u8]) -> Result<Vec<u8>, MintError>,
) -> Result<Element, MintError> {
    let mut draft = bench.draft(Signs::Neither);
    let id = draft.assertion_id.clone().ok_or(MintError::Shape("an assertion"))?;
    let signing = draft.signing;
    let root = &mut draft.root;
    need(root, "NameID")?.set_text(FORGED);
    sign::place(root, &id, sign::skeleton(&id, &signing)?)?;
    sign::fill_digest(root, &id, &signing)?;
    change(need(need(root, "Assertion")?, "SignedInfo")?)?;
    let data = sign::canonical_signed_info(root, &id, signing.canonicalization)?;
    sign::set_value(root, &id, &to_base64(&forge(&data)?))?;
    Ok(draft.root)
}

fn named(algorithm: &'static str) -> impl FnOnce(&mut Element) -> Result<(), MintError> {
    move |info| {
        need(info, "SignatureMethod")?.set("Algorithm", algorithm);
        Ok(())
    }
}

fn by_true_key(data: &[u8]) -> Result<Vec<u8>, MintError> {
    Ok(IDP_RSA.signing_key()?.sign(method::RSA_SHA256, data)?)
}

fn attacker(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    forged_by(bench, signs, |signing| Signing {
        key: &ATTACKER_RSA,
        key_info: KeyInfo::Certificate,
        ..signing
    })
}

fn attacker_silent(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    forged_by(bench, signs, |signing| Signing { key: &ATTACKER_RSA, key_info: KeyInfo::Absent, ..signing })
}

fn attacker_pretending(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    // The attacker's private key under the trusted certificate.
    const PRETENDER: TestKey = TestKey {
        name: "pretender",
        private_pem: ATTACKER_RSA.private_pem,
        certificate_pem: IDP_RSA.certificate_pem,
    };
    forged_by(bench, signs, |signing| Signing { key: &PRETENDER, key_info: KeyInfo::Certificate, ..signing })
}

fn service_provider(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    forged_by(bench, signs, |signing| Signing { key: &SP_RSA, key_info: KeyInfo::Certificate, ..signing })
}

fn short_key(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    forged_by(bench, signs, |signing| Signing {
        key: &IDP_RSA_1024,
        key_info: KeyInfo::Certificate,
        ..signing
    })
}

fn hmac(key: &[u8], data: &[u8]) -> Result<Vec<u8>, MintError> {
    let key = PKey::hmac(key)?;
    Ok(Signer::new(MessageDigest::sha256(), &key)?.sign_oneshot_to_vec(data)?)
}

const HMAC_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";

fn hmac_der(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    valued(bench, named(HMAC_SHA256), |data| hmac(&IDP_RSA.certificate_der()?, data))
}

fn hmac_pem(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    valued(bench, named(HMAC_SHA256), |data| hmac(IDP_RSA.certificate_pem.as_bytes(), data))
}

/// Writes an `HMACOutputLength` of eight bits into the `SignatureMethod`.
fn short_output(info: &mut Element) -> Result<(), MintError> {
    let method = need(info, "SignatureMethod")?;
    let length = Element::new(super::sibling_name(method, "HMACOutputLength")).text("8");
    method.push(length);
    Ok(())
}

fn hmac_truncated(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    let change = |info: &mut Element| {
        named(HMAC_SHA256)(info)?;
        short_output(info)
    };
    valued(bench, change, |data| Ok(hmac(b"guess", data)?.into_iter().take(1).collect()))
}

fn output_length(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    valued(bench, short_output, by_true_key)
}

fn none(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    valued(bench, named("none"), |_| Ok(Vec::new()))
}

fn unnamed(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    valued(bench, named(""), |_| Ok(vec![0; 256]))
}

fn digest_as_algorithm(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    let digest = |data: &[u8]| Ok(openssl::hash::hash(MessageDigest::sha256(), data)?.to_vec());
    valued(bench, named("http://www.w3.org/2001/04/xmlenc#sha256"), digest)
}

fn rsa_md5(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    let sign = |data: &[u8]| {
        let key = IDP_RSA.private_key()?;
        Ok(Signer::new(MessageDigest::md5(), &key)?.sign_oneshot_to_vec(data)?)
    };
    valued(bench, named("http://www.w3.org/2001/04/xmldsig-more#rsa-md5"), sign)
}

fn digest_md5(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    let mut draft = bench.draft(Signs::Neither);
    let id = draft.assertion_id.clone().ok_or(MintError::Shape("an assertion"))?;
    let signing = draft.signing;
    let canonical = sign::canonical(&draft.root, &id, &signing)?;
    sign::place(&mut draft.root, &id, sign::skeleton(&id, &signing)?)?;
    let info = need(need(&mut draft.root, "Assertion")?, "SignedInfo")?;
    need(info, "DigestMethod")?.set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#md5");
    let digest = openssl::hash::hash(MessageDigest::md5(), &canonical)?;
    need(info, "DigestValue")?.set_text(&to_base64(&digest));
    sign::fill_value(&mut draft.root, &id, &signing)?;
    Ok(draft.root)
}

fn digest_none(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    let change = |info: &mut Element| {
        need(info, "DigestMethod")?.set("Algorithm", "urn:example:none");
        need(info, "DigestValue")?.set_text("");
        Ok(())
    };
    valued(bench, change, by_true_key)
}

fn sha1(bench: &mut Bench<'_>, signs: Signs) -> Result<Element, MintError> {
    let mut draft = bench.draft(signs);
    draft.signing = Signing { method: method::RSA_SHA1, digest: Digest::Sha1, ..draft.signing };
    Ok(draft.seal(bench.random)?.root)
}

fn ecdsa_zero(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    valued(bench, named("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"), |_| Ok(vec![0; 64]))
}

fn ecdsa_named(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    valued(bench, named("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"), by_true_key)
}

fn all_zero(bench: &mut Bench<'_>, _: Signs) -> Result<Element, MintError> {
    valued(bench, |_| Ok(()), |_| Ok(vec![0; 256]))
}
