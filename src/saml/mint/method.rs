//! The algorithms that the minter can write: those that the engine accepts, those that it relaxes, and old ones that
//! it refuses.

use openssl::hash::MessageDigest;

/// Digest algorithms (xmldsig 6.2, xmlenc 5.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum DigestMethod {
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl DigestMethod {
    /// The identifier.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Md5 => "http://www.w3.org/2001/04/xmldsig-more#md5",
            Self::Sha1 => "http://www.w3.org/2000/09/xmldsig#sha1",
            Self::Sha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
            Self::Sha384 => "http://www.w3.org/2001/04/xmldsig-more#sha384",
            Self::Sha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
        }
    }

    /// OpenSSL's name for it.
    #[must_use]
    pub fn openssl(self) -> MessageDigest {
        match self {
            Self::Md5 => MessageDigest::md5(),
            Self::Sha1 => MessageDigest::sha1(),
            Self::Sha256 => MessageDigest::sha256(),
            Self::Sha384 => MessageDigest::sha384(),
            Self::Sha512 => MessageDigest::sha512(),
        }
    }
}

/// What kind of key a signature needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// RSA PKCS#1 v1.5.
    Rsa,
    /// RSA-PSS; the salt is as long as the digest.
    RsaPss,
    /// ECDSA, written as r and s side by side (xmldsig-core1 6.4.3).
    Ecdsa,
}

/// Signature algorithms (xmldsig 6.4, RFC 6931).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum SignatureMethod {
    RsaSha1,
    RsaSha256,
    RsaSha384,
    RsaSha512,
    PssSha256,
    PssSha384,
    PssSha512,
    EcdsaSha1,
    EcdsaSha256,
    EcdsaSha384,
    EcdsaSha512,
}

impl SignatureMethod {
    /// The identifier.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::RsaSha1 => "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
            Self::RsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            Self::RsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
            Self::RsaSha512 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
            Self::PssSha256 => "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
            Self::PssSha384 => "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1",
            Self::PssSha512 => "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1",
            Self::EcdsaSha1 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
            Self::EcdsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            Self::EcdsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
            Self::EcdsaSha512 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
        }
    }

    /// Its digest.
    #[must_use]
    pub const fn digest(self) -> DigestMethod {
        match self {
            Self::RsaSha1 | Self::EcdsaSha1 => DigestMethod::Sha1,
            Self::RsaSha256 | Self::PssSha256 | Self::EcdsaSha256 => DigestMethod::Sha256,
            Self::RsaSha384 | Self::PssSha384 | Self::EcdsaSha384 => DigestMethod::Sha384,
            Self::RsaSha512 | Self::PssSha512 | Self::EcdsaSha512 => DigestMethod::Sha512,
        }
    }

    /// Its kind of key.
    #[must_use]
    pub const fn scheme(self) -> Scheme {
        match self {
            Self::RsaSha1 | Self::RsaSha256 | Self::RsaSha384 | Self::RsaSha512 => Scheme::Rsa,
            Self::PssSha256 | Self::PssSha384 | Self::PssSha512 => Scheme::RsaPss,
            Self::EcdsaSha1 | Self::EcdsaSha256 | Self::EcdsaSha384 | Self::EcdsaSha512 => Scheme::Ecdsa,
        }
    }
}

/// Content encryption (xmlenc 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum DataCipher {
    Aes128Gcm,
    Aes192Gcm,
    Aes256Gcm,
    Aes128Cbc,
    Aes192Cbc,
    Aes256Cbc,
    TripleDesCbc,
}

impl DataCipher {
    /// The identifier.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Aes128Gcm => "http://www.w3.org/2009/xmlenc11#aes128-gcm",
            Self::Aes192Gcm => "http://www.w3.org/2009/xmlenc11#aes192-gcm",
            Self::Aes256Gcm => "http://www.w3.org/2009/xmlenc11#aes256-gcm",
            Self::Aes128Cbc => "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
            Self::Aes192Cbc => "http://www.w3.org/2001/04/xmlenc#aes192-cbc",
            Self::Aes256Cbc => "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
            Self::TripleDesCbc => "http://www.w3.org/2001/04/xmlenc#tripledes-cbc",
        }
    }
}

/// Key transport (xmlenc 5.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyTransport {
    /// RSA-OAEP of XML Encryption 1.0: MGF1 is always with SHA-1.
    OaepMgf1p {
        /// The digest of the label.
        digest: DigestMethod,
    },
    /// RSA-OAEP of XML Encryption 1.1.
    Oaep {
        /// The digest of the label.
        digest: DigestMethod,
        /// The digest of MGF1.
        mgf: DigestMethod,
    },
    /// RSA PKCS#1 v1.5.
    Rsa15,
}

impl KeyTransport {
    /// The identifier.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::OaepMgf1p { .. } => "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
            Self::Oaep { .. } => "http://www.w3.org/2009/xmlenc11#rsa-oaep",
            Self::Rsa15 => "http://www.w3.org/2001/04/xmlenc#rsa-1_5",
        }
    }
}

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
    pub data: DataCipher,
    /// Key transport.
    pub key: KeyTransport,
    /// Where the wrapped key stands.
    pub placement: KeyPlacement,
}

impl Encryption {
    /// `data` under RSA-OAEP as XML Encryption 1.0 has it, with SHA-1, as most identity providers do.
    #[must_use]
    pub const fn usual(data: DataCipher) -> Self {
        Self {
            data,
            key: KeyTransport::OaepMgf1p { digest: DigestMethod::Sha1 },
            placement: KeyPlacement::Inside,
        }
    }
}
