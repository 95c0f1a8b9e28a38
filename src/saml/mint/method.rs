//! How messages are signed and encrypted: short names for the algorithms of [`crate::algorithms`], and [`Encryption`].

use crate::algorithms::{ContentCipher, Digest, KeyTransport, Scheme, SignatureAlgorithm};

const fn signature(scheme: Scheme, digest: Digest) -> SignatureAlgorithm {
    SignatureAlgorithm { scheme, digest }
}

/// RSA PKCS#1 v1.5 with SHA-1: for minting what old identity providers still send.
pub const RSA_SHA1: SignatureAlgorithm = signature(Scheme::RsaPkcs1, Digest::Sha1);
/// RSA PKCS#1 v1.5 with SHA-256.
pub const RSA_SHA256: SignatureAlgorithm = signature(Scheme::RsaPkcs1, Digest::Sha256);
/// RSA PKCS#1 v1.5 with SHA-384.
pub const RSA_SHA384: SignatureAlgorithm = signature(Scheme::RsaPkcs1, Digest::Sha384);
/// RSA PKCS#1 v1.5 with SHA-512.
pub const RSA_SHA512: SignatureAlgorithm = signature(Scheme::RsaPkcs1, Digest::Sha512);
/// RSA-PSS with SHA-256.
pub const PSS_SHA256: SignatureAlgorithm = signature(Scheme::RsaPss, Digest::Sha256);
/// RSA-PSS with SHA-384.
pub const PSS_SHA384: SignatureAlgorithm = signature(Scheme::RsaPss, Digest::Sha384);
/// RSA-PSS with SHA-512.
pub const PSS_SHA512: SignatureAlgorithm = signature(Scheme::RsaPss, Digest::Sha512);
/// ECDSA with SHA-256; the built-in key is on P-256.
pub const ECDSA_SHA256: SignatureAlgorithm = signature(Scheme::Ecdsa, Digest::Sha256);
/// ECDSA with SHA-384; the built-in key is on P-384.
pub const ECDSA_SHA384: SignatureAlgorithm = signature(Scheme::Ecdsa, Digest::Sha384);
/// ECDSA with SHA-512; the built-in key is on P-521.
pub const ECDSA_SHA512: SignatureAlgorithm = signature(Scheme::Ecdsa, Digest::Sha512);

/// Where the `EncryptedKey` stands (saml-core 2.3.4 allows both).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPlacement {
    /// In the `KeyInfo` of `EncryptedData`.
    Inside,
    /// Beside `EncryptedData`, which points to it with a `RetrievalMethod`.
    Beside,
}

/// How an assertion is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encryption {
    /// Content encryption.
    pub cipher: ContentCipher,
    /// Key transport.
    pub transport: KeyTransport,
    /// The digest of RSA-OAEP.
    pub digest: Digest,
    /// The digest of MGF1; written (and not SHA-1 at all events) with [`KeyTransport::RsaOaep`] only.
    pub mask: Digest,
    /// Where the wrapped key stands.
    pub placement: KeyPlacement,
}

impl Encryption {
    /// `cipher` under RSA-OAEP as XML Encryption 1.0 has it, with SHA-1, as most identity providers do.
    #[must_use]
    pub const fn usual(cipher: ContentCipher) -> Self {
        Self {
            cipher,
            transport: KeyTransport::RsaOaepMgf1p,
            digest: Digest::Sha1,
            mask: Digest::Sha1,
            placement: KeyPlacement::Inside,
        }
    }

    /// The same under RSA-OAEP of XML Encryption 1.1, with this digest for label and mask.
    #[must_use]
    pub const fn with_oaep(self, digest: Digest) -> Self {
        Self { transport: KeyTransport::RsaOaep, digest, mask: digest, ..self }
    }
}
