//! The allow-lists. An algorithm that is not here does not exist for the engine.
//!
//! To add one: a row in the table of its kind, and a minted message that uses it.

use openssl::hash::MessageDigest;
use openssl::md::{Md, MdRef};
use openssl::nid::Nid;
use openssl::sha::{Sha1, Sha256, Sha384, Sha512};
use openssl::symm::Cipher;

use crate::xml::c14n::Method;

/// Digest algorithms (xmldsig 6.2, RFC 6931 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Digest {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

const DIGESTS: &[(&str, Digest)] = &[
    ("http://www.w3.org/2001/04/xmlenc#sha256", Digest::Sha256),
    ("http://www.w3.org/2000/09/xmldsig#sha1", Digest::Sha1),
    ("http://www.w3.org/2001/04/xmldsig-more#sha384", Digest::Sha384),
    ("http://www.w3.org/2001/04/xmlenc#sha512", Digest::Sha512),
];

impl Digest {
    /// The digest of that URI.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        find(DIGESTS, uri)
    }

    /// Its URI.
    #[must_use]
    pub fn uri(self) -> &'static str {
        uri(DIGESTS, self)
    }

    /// The digest of `message`.
    pub(crate) fn of(self, message: &[u8]) -> DigestValue {
        // Not by name: OpenSSL 3 looks the name up for every digest.
        macro_rules! with {
            ($hash:ty) => {{
                let mut hash = <$hash>::new();
                hash.update(message);
                DigestValue::new(&hash.finish())
            }};
        }
        match self {
            Self::Sha1 => with!(Sha1),
            Self::Sha256 => with!(Sha256),
            Self::Sha384 => with!(Sha384),
            Self::Sha512 => with!(Sha512),
        }
    }

    /// OpenSSL's name for it.
    pub(crate) fn md(self) -> &'static MdRef {
        match self {
            Self::Sha1 => Md::sha1(),
            Self::Sha256 => Md::sha256(),
            Self::Sha384 => Md::sha384(),
            Self::Sha512 => Md::sha512(),
        }
    }

    /// OpenSSL's name for it, in its older form.
    #[must_use]
    pub fn message_digest(self) -> MessageDigest {
        match self {
            Self::Sha1 => MessageDigest::sha1(),
            Self::Sha256 => MessageDigest::sha256(),
            Self::Sha384 => MessageDigest::sha384(),
            Self::Sha512 => MessageDigest::sha512(),
        }
    }
}

/// SHA-256 of `bytes`.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(bytes);
    hash.finish()
}

/// The value of a digest.
#[derive(Clone, Copy)]
pub(crate) struct DigestValue {
    bytes: [u8; 64],
    length: usize,
}

impl DigestValue {
    fn new(value: &[u8]) -> Self {
        let mut bytes = [0; 64];
        bytes.iter_mut().zip(value).for_each(|(to, from)| *to = *from);
        Self { bytes, length: value.len() }
    }
}

impl std::ops::Deref for DigestValue {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&[])
    }
}

/// How a signature value is made from a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1,
    /// RSASSA-PSS with MGF1 of the same digest and a salt of its length (RFC 9231 2.3.9).
    RsaPss,
    /// ECDSA, the two integers side by side (RFC 4050 3.3).
    Ecdsa,
}

/// A signature algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignatureAlgorithm {
    /// The scheme.
    pub scheme: Scheme,
    /// The digest in it.
    pub digest: Digest,
}

const fn signature(scheme: Scheme, digest: Digest) -> SignatureAlgorithm {
    SignatureAlgorithm { scheme, digest }
}

const SIGNATURES: &[(&str, SignatureAlgorithm)] = &[
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", signature(Scheme::RsaPkcs1, Digest::Sha256)),
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", signature(Scheme::RsaPkcs1, Digest::Sha384)),
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", signature(Scheme::RsaPkcs1, Digest::Sha512)),
    ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", signature(Scheme::RsaPkcs1, Digest::Sha1)),
    ("http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1", signature(Scheme::RsaPss, Digest::Sha256)),
    ("http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1", signature(Scheme::RsaPss, Digest::Sha384)),
    ("http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1", signature(Scheme::RsaPss, Digest::Sha512)),
    ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", signature(Scheme::Ecdsa, Digest::Sha256)),
    ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", signature(Scheme::Ecdsa, Digest::Sha384)),
    ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", signature(Scheme::Ecdsa, Digest::Sha512)),
    ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1", signature(Scheme::Ecdsa, Digest::Sha1)),
];

impl SignatureAlgorithm {
    /// The algorithm of that URI.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        find(SIGNATURES, uri)
    }

    /// Its URI; empty for a combination that has none.
    #[must_use]
    pub fn uri(self) -> &'static str {
        uri(SIGNATURES, self)
    }
}

/// Canonicalizations: the URI, the form.
const CANONICALIZATIONS: &[(&str, Method)] = &[
    ("http://www.w3.org/2001/10/xml-exc-c14n#", Method::Exclusive),
    ("http://www.w3.org/2001/10/xml-exc-c14n#WithComments", Method::Exclusive),
    ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", Method::Inclusive10),
    ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments", Method::Inclusive10),
    ("http://www.w3.org/2006/12/xml-c14n11", Method::Inclusive11),
    ("http://www.w3.org/2006/12/xml-c14n11#WithComments", Method::Inclusive11),
];

/// The canonical form of that URI, and the URI as a constant.
///
/// The variants `#WithComments` are the same here: a Reference by ID selects no comments, and comments in `SignedInfo`
/// are refused.
#[must_use]
pub fn canonicalization(uri: &str) -> Option<(Method, &'static str)> {
    CANONICALIZATIONS.iter().find(|row| row.0 == uri).map(|row| (row.1, row.0))
}

/// Exclusive canonicalization without comments: what we write.
pub const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// The enveloped-signature transform (xmldsig 6.6.4).
pub const ENVELOPED_SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// Curves on which ECDSA is accepted, with the width of one integer in bytes.
const CURVES: &[(Nid, usize, &str)] =
    &[(Nid::X9_62_PRIME256V1, 32, "P-256"), (Nid::SECP384R1, 48, "P-384"), (Nid::SECP521R1, 66, "P-521")];

/// The width in bytes of one ECDSA integer on `curve` and the curve's name, if the curve is accepted.
#[must_use]
pub fn curve(curve: Nid) -> Option<(usize, &'static str)> {
    CURVES.iter().find(|row| row.0 == curve).map(|row| (row.1, row.2))
}

/// Content encryption (xmlenc 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ContentCipher {
    Aes128Gcm,
    Aes192Gcm,
    Aes256Gcm,
    Aes128Cbc,
    Aes192Cbc,
    Aes256Cbc,
    TripleDesCbc,
}

const CIPHERS: &[(&str, ContentCipher)] = &[
    ("http://www.w3.org/2009/xmlenc11#aes256-gcm", ContentCipher::Aes256Gcm),
    ("http://www.w3.org/2009/xmlenc11#aes128-gcm", ContentCipher::Aes128Gcm),
    ("http://www.w3.org/2009/xmlenc11#aes192-gcm", ContentCipher::Aes192Gcm),
    ("http://www.w3.org/2001/04/xmlenc#aes256-cbc", ContentCipher::Aes256Cbc),
    ("http://www.w3.org/2001/04/xmlenc#aes128-cbc", ContentCipher::Aes128Cbc),
    ("http://www.w3.org/2001/04/xmlenc#aes192-cbc", ContentCipher::Aes192Cbc),
    ("http://www.w3.org/2001/04/xmlenc#tripledes-cbc", ContentCipher::TripleDesCbc),
];

impl ContentCipher {
    /// The cipher of that URI.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        find(CIPHERS, uri)
    }

    /// Its URI.
    #[must_use]
    pub fn uri(self) -> &'static str {
        uri(CIPHERS, self)
    }

    /// OpenSSL's cipher.
    #[must_use]
    pub fn cipher(self) -> Cipher {
        match self {
            Self::Aes128Gcm => Cipher::aes_128_gcm(),
            Self::Aes192Gcm => Cipher::aes_192_gcm(),
            Self::Aes256Gcm => Cipher::aes_256_gcm(),
            Self::Aes128Cbc => Cipher::aes_128_cbc(),
            Self::Aes192Cbc => Cipher::aes_192_cbc(),
            Self::Aes256Cbc => Cipher::aes_256_cbc(),
            Self::TripleDesCbc => Cipher::des_ede3_cbc(),
        }
    }

    /// Whether it authenticates what it encrypts.
    #[must_use]
    pub const fn is_authenticated(self) -> bool {
        matches!(self, Self::Aes128Gcm | Self::Aes192Gcm | Self::Aes256Gcm)
    }

    /// Bytes of a content key.
    #[must_use]
    pub const fn key_length(self) -> usize {
        match self {
            Self::Aes128Gcm | Self::Aes128Cbc => 16,
            Self::Aes192Gcm | Self::Aes192Cbc | Self::TripleDesCbc => 24,
            Self::Aes256Gcm | Self::Aes256Cbc => 32,
        }
    }
}

/// Key transport (xmlenc 5.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyTransport {
    /// RSA-OAEP with MGF1 of SHA-1, whatever the digest (xmlenc 5.5.2).
    RsaOaepMgf1p,
    /// RSA-OAEP with a stated mask generation function (xmlenc11 5.5.2).
    RsaOaep,
    /// RSA PKCS#1 v1.5, by relaxation only and with implicit rejection.
    Rsa15,
}

const TRANSPORTS: &[(&str, KeyTransport)] = &[
    ("http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p", KeyTransport::RsaOaepMgf1p),
    ("http://www.w3.org/2009/xmlenc11#rsa-oaep", KeyTransport::RsaOaep),
    ("http://www.w3.org/2001/04/xmlenc#rsa-1_5", KeyTransport::Rsa15),
];

impl KeyTransport {
    /// The transport of that URI.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        find(TRANSPORTS, uri)
    }

    /// Its URI.
    #[must_use]
    pub fn uri(self) -> &'static str {
        uri(TRANSPORTS, self)
    }
}

const MASKS: &[(&str, Digest)] = &[
    ("http://www.w3.org/2009/xmlenc11#mgf1sha1", Digest::Sha1),
    ("http://www.w3.org/2009/xmlenc11#mgf1sha256", Digest::Sha256),
    ("http://www.w3.org/2009/xmlenc11#mgf1sha384", Digest::Sha384),
    ("http://www.w3.org/2009/xmlenc11#mgf1sha512", Digest::Sha512),
];

/// The digest of the mask generation function of that URI (xmlenc11 5.5.2).
#[must_use]
pub fn mask_from_uri(uri: &str) -> Option<Digest> {
    find(MASKS, uri)
}

/// The URI of MGF1 with `digest`.
#[must_use]
pub fn mask_uri(digest: Digest) -> &'static str {
    uri(MASKS, digest)
}

fn find<T: Copy>(table: &[(&'static str, T)], uri: &str) -> Option<T> {
    table.iter().find(|row| row.0 == uri).map(|row| row.1)
}

fn uri<T: Copy + PartialEq>(table: &[(&'static str, T)], wanted: T) -> &'static str {
    table.iter().find(|row| row.1 == wanted).map_or("", |row| row.0)
}
