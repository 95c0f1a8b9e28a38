//! Whom we believe: certificates as people hand them over, and the non-empty set of public keys made of them.
//!
//! Trust is a set of keys (SPKI). There is no chain, no authority, no revocation and no validity period: a certificate
//! is the envelope of a key, its dates are shown and warned about, and decide nothing. Keys are parsed once, here.

use std::fmt;

use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::pkey::{Id, PKey, Public};
use openssl::x509::{X509, X509NameRef};
use serde::Serialize;

use crate::algorithms;
use crate::encoding;
use crate::instant::{DAY_SECONDS, Instant};
use crate::signature::value::Verifiers;

/// Bounds of an RSA modulus in bits. Keys under [`RSA_STRONG_BITS`] are read, but verify by relaxation only.
pub(crate) const RSA_BITS: std::ops::RangeInclusive<u32> = 1024..=8192;
/// Bounds of an RSA exponent in bits.
const RSA_EXPONENT_BITS: std::ops::RangeInclusive<i32> = 2..=64;
/// From here on an RSA key needs no relaxation (NIST SP 800-131A).
const RSA_STRONG_BITS: u32 = 2048;
/// More than this is no certificate.
const MAX_CERTIFICATE_BYTES: usize = 64 * 1024;

/// Why a key or certificate was not accepted. The text says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyError {
    /// Nothing was given.
    Empty,
    /// Not a certificate in any form we know.
    NotACertificate,
    /// A private key was given where a certificate is wanted.
    PrivateKey,
    /// A public key without a certificate around it, or another PEM object.
    OtherPem,
    /// An algorithm that signatures are not accepted from.
    UnsupportedKey,
    /// An RSA key outside 1024 to 8192 bits.
    RsaSize(u32),
    /// Not a private key in PEM (PKCS#8 or PKCS#1) without a passphrase.
    NotAPrivateKey,
}

impl fmt::Display for KeyError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => out.write_str("No certificate was given. Paste the identity provider's X.509 certificate."),
            Self::NotACertificate => out.write_str(
                "This is not an X.509 certificate. Paste it as PEM (-----BEGIN CERTIFICATE-----), as its base64 alone, or give the DER file.",
            ),
            Self::PrivateKey => out.write_str(
                "This is a private key. Never hand it out: give the certificate (-----BEGIN CERTIFICATE-----) instead, and replace the key, since it has been shown.",
            ),
            Self::OtherPem => out.write_str("This PEM text holds no certificate. Look for -----BEGIN CERTIFICATE-----."),
            Self::UnsupportedKey => out.write_str(
                "The certificate's key is of a kind that is not accepted. RSA, and EC on P-256, P-384 or P-521, are.",
            ),
            Self::RsaSize(bits) => {
                write!(out, "The RSA key has {bits} bits. Keys of 2048 to 8192 bits are accepted.")
            }
            Self::NotAPrivateKey => out.write_str("This is not a private key in PEM without a passphrase."),
        }
    }
}

impl std::error::Error for KeyError {}

/// What a certificate says, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CertificateInfo {
    /// Subject in the form `CN=…, O=…`.
    pub subject: String,
    /// Issuer in the same form.
    pub issuer: String,
    /// SHA-256 of the DER, hex.
    pub sha256: String,
    /// SHA-256 of the `SubjectPublicKeyInfo`, hex.
    pub spki_sha256: String,
    /// Beginning of the validity period.
    pub not_before: Instant,
    /// End of the validity period.
    pub not_after: Instant,
    /// Kind and size of the key: `RSA 2048`, `EC P-256`.
    pub key: String,
}

/// A public key that signatures may be verified with, and the certificate it came in.
#[derive(Clone)]
pub struct TrustedKey {
    key: PKey<Public>,
    kind: KeyKind,
    verifiers: Verifiers,
    certificate: CertificateInfo,
    der: Vec<u8>,
}

/// What kind of key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Rsa { bits: u32 },
    Ec { width: usize },
}

impl fmt::Debug for TrustedKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TrustedKey").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

impl TrustedKey {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// [`KeyError`] when it is none, or its key is not accepted.
    pub fn from_certificate_der(der: &[u8]) -> Result<Self, KeyError> {
        let certificate = X509::from_der(der).map_err(|_| KeyError::NotACertificate)?;
        // Bytes behind the certificate are part of no certificate.
        let der = match certificate.to_der() {
            Ok(again) if again.len() == der.len() => again,
            _ => return Err(KeyError::NotACertificate),
        };
        let key = certificate.public_key().map_err(|_| KeyError::UnsupportedKey)?;
        let (kind, name) = kind(&key)?;
        let spki = key.public_key_to_der().map_err(|_| KeyError::UnsupportedKey)?;
        let info = CertificateInfo {
            subject: distinguished_name(certificate.subject_name()),
            issuer: distinguished_name(certificate.issuer_name()),
            sha256: encoding::hex(&algorithms::sha256(&der)),
            spki_sha256: encoding::hex(&algorithms::sha256(&spki)),
            not_before: instant(certificate.not_before()),
            not_after: instant(certificate.not_after()),
            key: name,
        };
        Ok(Self { key, kind, verifiers: Verifiers::default(), certificate: info, der })
    }

    /// What its certificate says.
    #[must_use]
    pub const fn certificate(&self) -> &CertificateInfo {
        &self.certificate
    }

    /// Its certificate in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 of its `SubjectPublicKeyInfo`, hex: what identifies the key.
    #[must_use]
    pub fn spki_sha256(&self) -> &str {
        &self.certificate.spki_sha256
    }

    /// RSA of fewer than 2048 bits, which verifies by relaxation only (NIST SP 800-131A).
    #[must_use]
    pub const fn is_weak(&self) -> bool {
        matches!(self.kind, KeyKind::Rsa { bits } if bits < RSA_STRONG_BITS)
    }

    pub(crate) const fn public(&self) -> &PKey<Public> {
        &self.key
    }

    pub(crate) const fn verifiers(&self) -> &Verifiers {
        &self.verifiers
    }

    pub(crate) const fn kind(&self) -> KeyKind {
        self.kind
    }
}

fn kind(key: &PKey<Public>) -> Result<(KeyKind, String), KeyError> {
    match key.id() {
        Id::RSA => {
            let bits = key.bits();
            if !RSA_BITS.contains(&bits) {
                return Err(KeyError::RsaSize(bits));
            }
            // With an exponent of 1 every text is its own signature. With a long one a verification takes as long as a
            // signature, and whoever sends a message may show us any key; OpenSSL has this bound for long moduli only.
            let rsa = key.rsa().map_err(|_| KeyError::UnsupportedKey)?;
            if !RSA_EXPONENT_BITS.contains(&rsa.e().num_bits()) || !rsa.e().is_bit_set(0) {
                return Err(KeyError::UnsupportedKey);
            }
            Ok((KeyKind::Rsa { bits }, format!("RSA {bits}")))
        }
        Id::EC => {
            let ec = key.ec_key().map_err(|_| KeyError::UnsupportedKey)?;
            let curve =
                ec.group().curve_name().and_then(algorithms::curve).ok_or(KeyError::UnsupportedKey)?;
            ec.check_key().map_err(|_| KeyError::UnsupportedKey)?;
            Ok((KeyKind::Ec { width: curve.0 }, format!("EC {}", curve.1)))
        }
        _ => Err(KeyError::UnsupportedKey),
    }
}

fn distinguished_name(name: &X509NameRef) -> String {
    let entry = |entry: &openssl::x509::X509NameEntryRef| {
        let key = entry.object().nid().short_name().unwrap_or("?");
        // Names are shown to people: no line breaks or other controls from a stranger's certificate.
        let value = entry.data().to_string().unwrap_or_default();
        let value: String = value.chars().filter(|c| !c.is_control()).take(200).collect();
        format!("{key}={value}")
    };
    name.entries().map(entry).collect::<Vec<_>>().join(", ")
}

fn instant(time: &Asn1TimeRef) -> Instant {
    let seconds = Asn1Time::from_unix(0).ok().and_then(|epoch| epoch.diff(time).ok());
    let seconds = seconds.map_or(0, |diff| i64::from(diff.days) * DAY_SECONDS + i64::from(diff.secs));
    Instant::from_seconds(seconds)
}

/// A certificate as it was handed over.
#[derive(Debug, Clone)]
pub struct CertificateInput {
    /// The key to trust: the first certificate, the leaf of a chain.
    pub key: TrustedKey,
    /// How many further certificates of a chain were left out; they are never trusted.
    pub left_out: usize,
}

/// Reads a certificate in any of the forms in which people have it: PEM (with text around it), bare base64 with or
/// without line breaks, DER.
///
/// # Errors
/// [`KeyError`] with what to do.
pub fn read_certificate(input: &[u8]) -> Result<CertificateInput, KeyError> {
    if input.len() > MAX_CERTIFICATE_BYTES {
        return Err(KeyError::NotACertificate);
    }
    if input.first() == Some(&0x30)
        && let Ok(key) = TrustedKey::from_certificate_der(input)
    {
        return Ok(CertificateInput { key, left_out: 0 });
    }
    let text = std::str::from_utf8(input)
        .map_err(|_| KeyError::NotACertificate)?
        .trim_start_matches('\u{FEFF}')
        .trim();
    if text.is_empty() {
        return Err(KeyError::Empty);
    }
    if !text.contains("-----BEGIN") {
        let der = encoding::base64(text.as_bytes()).map_err(|_| KeyError::NotACertificate)?;
        return Ok(CertificateInput { key: TrustedKey::from_certificate_der(&der)?, left_out: 0 });
    }
    if text.contains("PRIVATE KEY-----") {
        return Err(KeyError::PrivateKey);
    }
    let mut bodies = pem_bodies(text);
    let first = bodies.next().ok_or(KeyError::OtherPem)?;
    let der = encoding::base64(first.as_bytes()).map_err(|_| KeyError::NotACertificate)?;
    Ok(CertificateInput { key: TrustedKey::from_certificate_der(&der)?, left_out: bodies.count() })
}

fn pem_bodies(text: &str) -> impl Iterator<Item = &str> {
    ["-----BEGIN CERTIFICATE-----", "-----BEGIN X509 CERTIFICATE-----", "-----BEGIN TRUSTED CERTIFICATE-----"]
        .into_iter()
        .find(|begin| text.contains(begin))
        .into_iter()
        .flat_map(move |begin| text.split(begin).skip(1))
        .filter_map(|after| after.split("-----END").next())
}

/// A non-empty set of keys to trust.
#[derive(Debug, Clone)]
pub struct Trust {
    keys: Vec<TrustedKey>,
}

impl Trust {
    /// The set of `first` and `rest`; one key twice counts once.
    #[must_use]
    pub fn new(first: TrustedKey, rest: impl IntoIterator<Item = TrustedKey>) -> Self {
        let mut keys = vec![first];
        for key in rest {
            if keys.iter().all(|known| known.spki_sha256() != key.spki_sha256()) {
                keys.push(key);
            }
        }
        Self { keys }
    }

    /// The set of `keys`, if there is one at all.
    #[must_use]
    pub fn from_keys(keys: impl IntoIterator<Item = TrustedKey>) -> Option<Self> {
        let mut keys = keys.into_iter();
        keys.next().map(|first| Self::new(first, keys))
    }

    /// The keys, in the order in which they were given.
    #[must_use]
    pub fn keys(&self) -> &[TrustedKey] {
        &self.keys
    }
}

#[cfg(test)]
mod tests {
    use openssl::bn::BigNum;
    use openssl::hash::MessageDigest;
    use openssl::rsa::Rsa;
    use openssl::x509::X509Builder;

    use super::*;

    /// A certificate of an RSA key of so many bits with that exponent, which a stranger's message may show us.
    fn certificate(bits: u32, exponent: &BigNum) -> Vec<u8> {
        let key = PKey::from_rsa(Rsa::generate_with_e(bits, exponent).unwrap()).unwrap();
        let mut builder = X509Builder::new().unwrap();
        builder.set_pubkey(&key).unwrap();
        builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::days_from_now(1).unwrap()).unwrap();
        builder.sign(&key, MessageDigest::sha256()).unwrap();
        builder.build().to_der().unwrap()
    }

    #[test]
    fn no_key_makes_verifying_as_dear_as_signing() {
        let exponent = |bits: i32| {
            let mut exponent = BigNum::new().unwrap();
            exponent.set_bit(bits - 1).unwrap();
            exponent.set_bit(0).unwrap();
            exponent
        };
        for usual in [17, 33] {
            let read = TrustedKey::from_certificate_der(&certificate(2048, &exponent(usual)));
            assert!(read.is_ok(), "{usual} bits");
        }
        for long in [65, 1001] {
            let read = TrustedKey::from_certificate_der(&certificate(2048, &exponent(long)));
            assert_eq!(read.err(), Some(KeyError::UnsupportedKey), "{long} bits");
        }
    }

    #[test]
    fn a_key_of_fewer_than_2048_bits_is_weak() {
        let exponent = BigNum::from_u32(65_537).unwrap();
        for (bits, is_weak) in [(1024, true), (2047, true), (2048, false)] {
            let read = TrustedKey::from_certificate_der(&certificate(bits, &exponent)).unwrap();
            assert_eq!(read.is_weak(), is_weak, "{}", read.certificate().key);
        }
    }
}
