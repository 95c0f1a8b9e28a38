//! XML Encryption as SAML uses it: `EncryptedAssertion`, `EncryptedID` → plaintext bytes.
//!
//! Every failure that could depend on a secret is one code, [`Code::DecryptionFailed`]: wrong key, wrong padding, wrong
//! tag, a plaintext that is no XML. RSA PKCS#1 v1.5 never fails at all: a content key that cannot be unwrapped is
//! replaced, in constant time, by one derived from the ciphertext and the private key (as TLS does; RFC 5246 7.4.7.1,
//! and CVE-2012 "How to break XML encryption"), so that the failure appears later and elsewhere.

use std::borrow::Cow;

use openssl::pkey::PKey;
use openssl::pkey_ctx::PkeyCtx;
use openssl::rsa::Padding;
use openssl::sign::Signer;
use openssl::symm::{Crypter, Mode, decrypt_aead};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::algorithms::{self, ContentCipher, Digest, KeyTransport};
use crate::code::Code;
use crate::encoding;
use crate::key::DecryptionKey;
use crate::policy::{Policy, Relaxation};
use crate::trace::{EncryptionEvidence, Text};
use crate::xml::{Element, Ns};

/// More `EncryptedKey`s than this are not tried.
const MAX_ENCRYPTED_KEYS: usize = 4;

/// What came out, and how.
#[derive(Debug)]
pub struct Plaintext {
    /// The bytes: to be parsed once, as a document of their own.
    pub bytes: Zeroizing<Vec<u8>>,
    /// For the trace.
    pub evidence: EncryptionEvidence,
    /// Relaxations that it needed.
    pub relaxed: Vec<Relaxation>,
}

/// Why nothing came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecryptError {
    /// The refusal's code.
    pub code: Code,
    /// What was found, for the administrator; never the cause of a [`Code::DecryptionFailed`].
    pub found: Option<Text>,
}

impl DecryptError {
    fn new(code: Code, found: impl Into<Text>) -> Self {
        Self { code, found: Some(found.into()) }
    }

    pub(crate) const fn failed() -> Self {
        Self { code: Code::DecryptionFailed, found: None }
    }
}

/// An `EncryptedKey` whose algorithms are allowed.
struct WrappedKey {
    transport: KeyTransport,
    digest: Digest,
    mask: Digest,
    label: Vec<u8>,
    value: Vec<u8>,
}

impl WrappedKey {
    fn is_rsa_1_5(&self) -> bool {
        self.transport == KeyTransport::Rsa15
    }
}

/// Decrypts the content of `encrypted` (an `EncryptedAssertion` or `EncryptedID`) with the first of `keys` that fits.
/// `kind` names the element in the evidence.
///
/// # Errors
/// [`DecryptError`].
pub fn decrypt(
    encrypted: Element<'_>,
    kind: &'static str,
    keys: &[DecryptionKey],
    policy: &Policy,
) -> Result<Plaintext, DecryptError> {
    let malformed = |found: &'static str| DecryptError::new(Code::MessageMalformed, found);
    if keys.is_empty() {
        return Err(DecryptError::new(Code::DecryptionKeyMissing, "no decryption key of ours"));
    }
    let data = only(encrypted, "EncryptedData").ok_or_else(|| malformed("not one EncryptedData"))?;
    let mut relaxed = Vec::new();
    let cipher = content_cipher(data, policy, &mut relaxed)?;
    let value = cipher_value(data).ok_or_else(|| malformed("no CipherValue in EncryptedData"))?;
    let (wrapped, refused) = wrapped_keys(encrypted, data, policy);
    if wrapped.is_empty() {
        return Err(match refused {
            Some(uri) => DecryptError::new(Code::DecryptionAlgorithm, uri),
            None => malformed("no EncryptedKey"),
        });
    }
    let opened = if policy.allows(Relaxation::Rsa15) && wrapped.iter().any(WrappedKey::is_rsa_1_5) {
        open_with_every_key(&wrapped, keys, cipher, &value)
    } else {
        open_with_fitting_key(&wrapped, keys, cipher, &value)
    };
    let (wrapped, key, bytes) = opened.ok_or_else(DecryptError::failed)?;
    if wrapped.is_rsa_1_5() {
        relaxed.push(Relaxation::Rsa15);
    }
    let oaep = Some(wrapped).filter(|wrapped| !wrapped.is_rsa_1_5());
    let evidence = EncryptionEvidence {
        element: Text::Borrowed(kind),
        data_algorithm: Text::Borrowed(cipher.uri()),
        key_algorithm: Text::Borrowed(wrapped.transport.uri()),
        digest: oaep.map(|wrapped| Text::Borrowed(wrapped.digest.uri())),
        mgf: oaep.map(|wrapped| Text::Borrowed(algorithms::mask_uri(wrapped.mask))),
        sp_spki_sha256: key.spki_sha256().to_owned(),
    };
    Ok(Plaintext { bytes, evidence, relaxed })
}

type Opened<'a> = (&'a WrappedKey, &'a DecryptionKey, Zeroizing<Vec<u8>>);

/// RSA-OAEP says by itself which content key was wrapped for us. The content is opened with that one and no other, so
/// that a content which does not open costs no more work than one which does.
fn open_with_fitting_key<'a>(
    wrapped: &'a [WrappedKey],
    keys: &'a [DecryptionKey],
    cipher: ContentCipher,
    value: &[u8],
) -> Option<Opened<'a>> {
    let mut pairs = wrapped.iter().flat_map(|wrapped| keys.iter().map(move |key| (wrapped, key)));
    let fitting = pairs.find_map(|(wrapped, key)| Some((wrapped, key, unwrap_key(wrapped, key, cipher)?)));
    let (wrapped, key, content_key) = fitting?;
    Some((wrapped, key, open_content(cipher, &content_key, value)?))
}

/// RSA PKCS#1 v1.5 never says: every pair is tried whatever the others gave.
fn open_with_every_key<'a>(
    wrapped: &'a [WrappedKey],
    keys: &'a [DecryptionKey],
    cipher: ContentCipher,
    value: &[u8],
) -> Option<Opened<'a>> {
    let pairs = wrapped.iter().flat_map(|wrapped| keys.iter().map(move |key| (wrapped, key)));
    let opened: Vec<_> = pairs
        .filter_map(|(wrapped, key)| {
            let content_key = unwrap_key(wrapped, key, cipher)?;
            Some((wrapped, key, open_content(cipher, &content_key, value)?))
        })
        .collect();
    opened.into_iter().next()
}

fn only<'d>(parent: Element<'d>, local: &str) -> Option<Element<'d>> {
    let mut found = parent.children_named(Ns::XENC, local);
    found.next().filter(|_| found.next().is_none())
}

fn algorithm(parent: Element<'_>) -> Cow<'_, str> {
    only(parent, "EncryptionMethod").and_then(|method| method.attribute("Algorithm")).unwrap_or_default()
}

fn cipher_value(parent: Element<'_>) -> Option<Vec<u8>> {
    let value = only(only(parent, "CipherData")?, "CipherValue")?;
    encoding::base64(value.text().ok()?.as_bytes()).ok()
}

fn content_cipher(
    data: Element<'_>,
    policy: &Policy,
    relaxed: &mut Vec<Relaxation>,
) -> Result<ContentCipher, DecryptError> {
    let uri = algorithm(data);
    let cipher = ContentCipher::from_uri(&uri);
    match cipher {
        Some(ContentCipher::TripleDesCbc) if policy.allows(Relaxation::TripleDes) => {
            relaxed.push(Relaxation::TripleDes);
            Ok(ContentCipher::TripleDesCbc)
        }
        Some(cipher) if cipher != ContentCipher::TripleDesCbc => Ok(cipher),
        _ => Err(DecryptError::new(Code::DecryptionAlgorithm, uri.into_owned())),
    }
}

/// The `EncryptedKey`s in `KeyInfo` and beside `EncryptedData` (saml-core 2.2.4), and an algorithm that was refused.
fn wrapped_keys(
    encrypted: Element<'_>,
    data: Element<'_>,
    policy: &Policy,
) -> (Vec<WrappedKey>, Option<String>) {
    let inside =
        data.children_named(Ns::DS, "KeyInfo").flat_map(|info| info.children_named(Ns::XENC, "EncryptedKey"));
    let beside = encrypted.children_named(Ns::XENC, "EncryptedKey");
    let mut refused = None;
    let mut wrapped = Vec::new();
    for element in inside.chain(beside).take(MAX_ENCRYPTED_KEYS) {
        let uri = algorithm(element);
        let transport = KeyTransport::from_uri(&uri)
            .filter(|transport| *transport != KeyTransport::Rsa15 || policy.allows(Relaxation::Rsa15));
        match transport.and_then(|transport| wrapped_key(element, transport)) {
            Some(key) => wrapped.push(key),
            None => refused = Some(uri.into_owned()),
        }
    }
    (wrapped, refused)
}

fn wrapped_key(element: Element<'_>, transport: KeyTransport) -> Option<WrappedKey> {
    let method = only(element, "EncryptionMethod")?;
    let digest = match method.children_named(Ns::DS, "DigestMethod").next() {
        Some(digest) => Digest::from_uri(&digest.attribute("Algorithm")?)?,
        None => Digest::Sha1,
    };
    let mask = match (transport, method.children_named(Ns::XENC11, "MGF").next()) {
        (KeyTransport::RsaOaep, Some(mask)) => algorithms::mask_from_uri(&mask.attribute("Algorithm")?)?,
        _ => Digest::Sha1,
    };
    let label = match method.children_named(Ns::XENC, "OAEPparams").next() {
        Some(label) => encoding::base64(label.text().ok()?.as_bytes()).ok()?,
        None => Vec::new(),
    };
    Some(WrappedKey { transport, digest, mask, label, value: cipher_value(element)? })
}

fn unwrap_key(
    wrapped: &WrappedKey,
    key: &DecryptionKey,
    cipher: ContentCipher,
) -> Option<Zeroizing<Vec<u8>>> {
    if wrapped.transport == KeyTransport::Rsa15 {
        return unwrap_rsa_1_5(wrapped, key, cipher.key_length());
    }
    let content_key = (|| {
        let mut context = PkeyCtx::new(key.private())?;
        context.decrypt_init()?;
        context.set_rsa_padding(Padding::PKCS1_OAEP)?;
        context.set_rsa_oaep_md(wrapped.digest.md())?;
        context.set_rsa_mgf1_md(wrapped.mask.md())?;
        if !wrapped.label.is_empty() {
            context.set_rsa_oaep_label(&wrapped.label)?;
        }
        let mut content_key = Zeroizing::new(Vec::new());
        context.decrypt_to_vec(&wrapped.value, &mut content_key)?;
        Ok::<_, openssl::error::ErrorStack>(content_key)
    })();
    content_key.ok().filter(|content_key| content_key.len() == cipher.key_length())
}

/// RFC 8017 7.2.2 with implicit rejection: always a key of the right length, whatever the padding says. `None` only for
/// a ciphertext that is no number below the modulus, which anybody can see.
fn unwrap_rsa_1_5(wrapped: &WrappedKey, key: &DecryptionKey, length: usize) -> Option<Zeroizing<Vec<u8>>> {
    let mut replacement = Zeroizing::new(Vec::new());
    let mac_key = PKey::hmac(key.rejection_seed()).ok()?;
    let mut signer = Signer::new(openssl::hash::MessageDigest::sha256(), &mac_key).ok()?;
    replacement.extend(signer.sign_oneshot_to_vec(&wrapped.value).ok()?);
    let padded = (|| {
        let mut context = PkeyCtx::new(key.private())?;
        context.decrypt_init()?;
        context.set_rsa_padding(Padding::NONE)?;
        let mut padded = Zeroizing::new(Vec::new());
        context.decrypt_to_vec(&wrapped.value, &mut padded)?;
        Ok::<_, openssl::error::ErrorStack>(padded)
    })()
    .ok()?;
    let padding_length = padded.len().checked_sub(length + 1).filter(|padding| *padding >= 10)?;
    let (padding, rest) = padded.split_at(padding_length);
    let (separator, content_key) = rest.split_at(1);
    let mut good = separator.ct_eq(&[0]);
    for (at, byte) in padding.iter().enumerate() {
        good &= match at {
            0 => byte.ct_eq(&0),
            1 => byte.ct_eq(&2),
            _ => !byte.ct_eq(&0),
        };
    }
    let chosen = content_key.iter().zip(replacement.iter());
    Some(Zeroizing::new(chosen.map(|(real, random)| select(good, *real, *random)).collect()))
}

fn select(good: Choice, real: u8, random: u8) -> u8 {
    u8::conditional_select(&random, &real, good)
}

/// Decrypts content (xmlenc 5.2): the initialisation vector leads, the GCM tag or the padding ends it.
fn open_content(cipher: ContentCipher, key: &[u8], value: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (iv_length, block) = match cipher {
        cipher if cipher.is_authenticated() => (12, 1),
        ContentCipher::TripleDesCbc => (8, 8),
        _ => (16, 16),
    };
    let (iv, rest) = value.split_at_checked(iv_length)?;
    let plaintext = if cipher.is_authenticated() {
        let (content, tag) = rest.split_at_checked(rest.len().checked_sub(16)?)?;
        Zeroizing::new(decrypt_aead(cipher.cipher(), key, Some(iv), &[], content, tag).ok()?)
    } else {
        let mut plaintext = open_cbc(cipher, key, iv, rest, block)?;
        // Any padding bytes, the last says how many (xmlenc 5.2.1). A wrong count is not told apart from a wrong text:
        // nothing is cut, and the text is no XML.
        let count = usize::from(plaintext.last().copied().unwrap_or(0));
        if (1..=block).contains(&count) {
            let length = plaintext.len().saturating_sub(count);
            plaintext.truncate(length);
        }
        plaintext
    };
    is_plausible(&plaintext).then_some(plaintext)
}

fn open_cbc(
    cipher: ContentCipher,
    key: &[u8],
    iv: &[u8],
    content: &[u8],
    block: usize,
) -> Option<Zeroizing<Vec<u8>>> {
    if content.is_empty() || !content.len().is_multiple_of(block) {
        return None;
    }
    let mut crypter = Crypter::new(cipher.cipher(), Mode::Decrypt, key, Some(iv)).ok()?;
    crypter.pad(false);
    let mut plaintext = Zeroizing::new(vec![0; content.len() + block]);
    let first = crypter.update(content, &mut plaintext).ok()?;
    let last = crypter.finalize(plaintext.get_mut(first..)?).ok()?;
    plaintext.truncate(first + last);
    Some(plaintext)
}

/// Tells a plaintext from the noise that a wrong key gives, so that the next key can be tried.
fn is_plausible(plaintext: &[u8]) -> bool {
    let first = plaintext.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
    matches!(first, Some(b'<' | 0xEF)) && std::str::from_utf8(plaintext).is_ok()
}
