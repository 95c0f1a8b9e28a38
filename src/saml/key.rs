//! Our own private keys: for decrypting what identity providers encrypt to us, and for signing our requests.

use std::fmt;

use openssl::pkey::{Id, PKey, Private};
use openssl::sign::Signer;

use crate::algorithms::{self, Digest, Scheme, SignatureAlgorithm};
use crate::encoding;
use crate::trust::{KeyError, RSA_BITS};

/// A private RSA key that reads what is encrypted to us.
#[derive(Clone)]
pub struct DecryptionKey {
    key: PKey<Private>,
    spki_sha256: String,
    /// Keys the replacement for a content key that cannot be unwrapped (see [`crate::decrypt`]).
    rejection_seed: [u8; 32],
}

impl DecryptionKey {
    /// Reads an RSA key in PEM, PKCS#8 or PKCS#1, without a passphrase.
    ///
    /// # Errors
    /// [`KeyError::NotAPrivateKey`], or [`KeyError::UnsupportedKey`] for a key that is not RSA.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let key = private_key(pem)?;
        if key.id() != Id::RSA {
            return Err(KeyError::UnsupportedKey);
        }
        if !RSA_BITS.contains(&key.bits()) {
            return Err(KeyError::RsaSize(key.bits()));
        }
        let private =
            zeroize::Zeroizing::new(key.private_key_to_der().map_err(|_| KeyError::NotAPrivateKey)?);
        let rejection_seed = algorithms::sha256(&private);
        Ok(Self { spki_sha256: spki_sha256(&key)?, key, rejection_seed })
    }

    /// SHA-256 of its public half's `SubjectPublicKeyInfo`, hex.
    #[must_use]
    pub fn spki_sha256(&self) -> &str {
        &self.spki_sha256
    }

    pub(crate) const fn private(&self) -> &PKey<Private> {
        &self.key
    }

    pub(crate) const fn rejection_seed(&self) -> &[u8; 32] {
        &self.rejection_seed
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("DecryptionKey").field("spki_sha256", &self.spki_sha256).finish_non_exhaustive()
    }
}

/// A private key that signs, RSA or EC.
#[derive(Clone)]
pub struct SigningKey {
    key: PKey<Private>,
    /// Width of one ECDSA integer; `None` for RSA.
    ec_width: Option<usize>,
    spki_sha256: String,
}

impl SigningKey {
    /// Reads a key in PEM without a passphrase: RSA, or EC on P-256, P-384 or P-521.
    ///
    /// # Errors
    /// [`KeyError::NotAPrivateKey`] or [`KeyError::UnsupportedKey`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let key = private_key(pem)?;
        let ec_width = match key.id() {
            Id::RSA => None,
            Id::EC => {
                let ec = key.ec_key().map_err(|_| KeyError::UnsupportedKey)?;
                let curve =
                    ec.group().curve_name().and_then(algorithms::curve).ok_or(KeyError::UnsupportedKey)?;
                Some(curve.0)
            }
            _ => return Err(KeyError::UnsupportedKey),
        };
        Ok(Self { spki_sha256: spki_sha256(&key)?, key, ec_width })
    }

    /// The algorithm to sign with when nothing else is asked for: RSA-SHA256, or ECDSA with the digest of the curve's
    /// strength.
    #[must_use]
    pub const fn default_algorithm(&self) -> SignatureAlgorithm {
        match self.ec_width {
            None => SignatureAlgorithm { scheme: Scheme::RsaPkcs1, digest: Digest::Sha256 },
            Some(48) => SignatureAlgorithm { scheme: Scheme::Ecdsa, digest: Digest::Sha384 },
            Some(66) => SignatureAlgorithm { scheme: Scheme::Ecdsa, digest: Digest::Sha512 },
            Some(_) => SignatureAlgorithm { scheme: Scheme::Ecdsa, digest: Digest::Sha256 },
        }
    }

    /// Signs `message`; ECDSA gives the two integers side by side (RFC 4050 3.3).
    ///
    /// # Errors
    /// [`KeyError::UnsupportedKey`] when the algorithm does not fit the key.
    pub fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        if (algorithm.scheme == Scheme::Ecdsa) != self.ec_width.is_some() {
            return Err(KeyError::UnsupportedKey);
        }
        let unsupported = |_| KeyError::UnsupportedKey;
        let mut signer = Signer::new(algorithm.digest.message_digest(), &self.key).map_err(unsupported)?;
        if algorithm.scheme == Scheme::RsaPss {
            signer.set_rsa_padding(openssl::rsa::Padding::PKCS1_PSS).map_err(unsupported)?;
            signer.set_rsa_mgf1_md(algorithm.digest.message_digest()).map_err(unsupported)?;
            signer.set_rsa_pss_saltlen(openssl::sign::RsaPssSaltlen::DIGEST_LENGTH).map_err(unsupported)?;
        }
        let value = signer.sign_oneshot_to_vec(message).map_err(unsupported)?;
        let Some(width) = self.ec_width else { return Ok(value) };
        let parts = openssl::ecdsa::EcdsaSig::from_der(&value).map_err(unsupported)?;
        let width_bits = i32::try_from(width).unwrap_or(i32::MAX);
        let mut raw = parts.r().to_vec_padded(width_bits).map_err(unsupported)?;
        raw.extend(parts.s().to_vec_padded(width_bits).map_err(unsupported)?);
        Ok(raw)
    }

    /// SHA-256 of its public half's `SubjectPublicKeyInfo`, hex.
    #[must_use]
    pub fn spki_sha256(&self) -> &str {
        &self.spki_sha256
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SigningKey").field("spki_sha256", &self.spki_sha256).finish_non_exhaustive()
    }
}

fn private_key(pem: &[u8]) -> Result<PKey<Private>, KeyError> {
    // The empty passphrase keeps OpenSSL from asking for one on the terminal.
    PKey::private_key_from_pem_passphrase(pem, b"").map_err(|_| KeyError::NotAPrivateKey)
}

fn spki_sha256(key: &PKey<Private>) -> Result<String, KeyError> {
    let spki = key.public_key_to_der().map_err(|_| KeyError::NotAPrivateKey)?;
    Ok(encoding::hex(&algorithms::sha256(&spki)))
}
