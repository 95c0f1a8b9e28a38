//! Making the keys of a service provider.
//!
//! A key costs a core a good part of a second. So keys are made on threads of their own, a few at once and the others
//! after them, and outside of transactions: neither the requests of others nor whoever writes waits for primes.

use std::sync::Arc;

use gatepost_saml::key::DecryptionKey;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::{X509, X509NameBuilder};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use crate::base::id::SpKeyId;
use crate::base::sentence::sentence;
use crate::base::time::DAY_SECONDS;
use crate::base::{Ctx, Instant, Rng};
use crate::directory::state::{KeyPurpose, KeyState};
use crate::flow::{FlowError, Gateway};
use crate::storage::service_provider::{PrivatePem, SpKey};
use crate::words::engine::key_error;

/// What every identity provider of our presets reads and encrypts to.
const RSA_BITS: u32 = 2048;
const LIFE_DAYS: i64 = 3650;
/// Pairs that one process makes at the same time.
const AT_ONCE: usize = 2;

/// Where new private keys come from.
#[derive(Debug, Clone, Default)]
pub enum KeySource {
    /// OpenSSL's own generator. It cannot be handed another source of randomness.
    #[default]
    Fresh,
    /// Always this one: tests, where primes would cost more than everything else.
    Given(PKey<Private>),
}

impl KeySource {
    fn private(&self) -> Result<PKey<Private>, ErrorStack> {
        match self {
            Self::Fresh => PKey::from_rsa(Rsa::generate(RSA_BITS)?),
            Self::Given(key) => Ok(key.clone()),
        }
    }
}

/// The places of those who make keys.
#[derive(Debug, Clone)]
pub(in crate::flow) struct Makers(Arc<Semaphore>);

impl Default for Makers {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// A new key for each purpose: for signing, and to encrypt to. No transaction may be open meanwhile.
///
/// # Errors
/// [`FlowError::Internal`] when OpenSSL fails.
pub(in crate::flow) async fn make_pair(gateway: &Gateway, ctx: &Ctx) -> Result<[SpKey; 2], FlowError> {
    const ENDED: FlowError = FlowError::Internal("the making of a key was broken off");
    let place = Arc::clone(&gateway.kept().makers.0).acquire_owned().await.map_err(|_| ENDED)?;
    let (source, rng, now) = (gateway.key_source().clone(), gateway.rng().clone(), ctx.now);
    let made = spawn_blocking(move || {
        let signing = make(&source, KeyPurpose::Signing, now, &rng)?;
        let encryption = make(&source, KeyPurpose::Encryption, now, &rng)?;
        // Whoever goes away in the middle does not make room for another before the work is done.
        drop(place);
        Ok([signing, encryption])
    });
    made.await.map_err(|_| ENDED)?
}

/// A new RSA key with a self-signed certificate. Identity providers look at the key; the certificate is its envelope.
fn make(source: &KeySource, purpose: KeyPurpose, now: Instant, rng: &Rng) -> Result<SpKey, FlowError> {
    let run = || -> Result<(Vec<u8>, Vec<u8>), ErrorStack> {
        let key = source.private()?;
        let mut name = X509NameBuilder::new()?;
        name.append_entry_by_nid(Nid::COMMONNAME, &format!("Gatepost {purpose}"))?;
        let name = name.build();
        let mut builder = X509::builder()?;
        builder.set_version(2)?;
        // 127 random bits: positive, and never twice.
        let mut serial: [u8; 16] = rng.bytes();
        if let Some(first) = serial.first_mut() {
            *first &= 0x7f;
        }
        let serial = BigNum::from_slice(&serial)?.to_asn1_integer()?;
        builder.set_serial_number(&serial)?;
        builder.set_subject_name(&name)?;
        builder.set_issuer_name(&name)?;
        builder.set_pubkey(&key)?;
        let not_before = Asn1Time::from_unix(now.plus_seconds(-DAY_SECONDS).seconds())?;
        let not_after = Asn1Time::from_unix(now.plus_seconds(LIFE_DAYS * DAY_SECONDS).seconds())?;
        builder.set_not_before(&not_before)?;
        builder.set_not_after(&not_after)?;
        builder.sign(&key, MessageDigest::sha256())?;
        Ok((builder.build().to_der()?, key.private_key_to_pem_pkcs8()?))
    };
    let (certificate, private) = run().map_err(|_| FlowError::Internal("OpenSSL could not make a key"))?;
    Ok(SpKey {
        id: SpKeyId::make(now, rng),
        purpose,
        state: KeyState::Active,
        certificate,
        private: PrivatePem(Zeroizing::new(private)),
        state_since: now,
    })
}

/// A decryption key that an identity provider encrypts to already, in PEM.
///
/// # Errors
/// [`FlowError::Invalid`] when it cannot be used.
pub fn import(pem: &[u8], now: Instant, rng: &Rng) -> Result<SpKey, FlowError> {
    DecryptionKey::from_pem(pem).map_err(|error| FlowError::Invalid(key_error(&error)))?;
    Ok(SpKey {
        id: SpKeyId::make(now, rng),
        purpose: KeyPurpose::Encryption,
        state: KeyState::Retired,
        // Retired: it reads, and is not published any more.
        certificate: Vec::new(),
        private: PrivatePem(Zeroizing::new(pem.to_vec())),
        state_since: now,
    })
}

/// A key pair that identity providers know us by already: one key for both purposes, as another product had it.
#[derive(Debug)]
pub struct KeyPair {
    certificate: Vec<u8>,
    private: PrivatePem,
}

impl KeyPair {
    /// Reads a certificate, as people have it, and its private RSA key in PEM.
    ///
    /// # Errors
    /// [`FlowError::Invalid`] when one cannot be used, or they do not belong together.
    pub fn read(certificate: &[u8], private: Zeroizing<Vec<u8>>) -> Result<Self, FlowError> {
        let key = DecryptionKey::from_pem(&private).map_err(|error| FlowError::Invalid(key_error(&error)))?;
        let read = gatepost_saml::trust::read_certificate(certificate);
        let read = read.map_err(|error| FlowError::Invalid(key_error(&error)))?;
        if key.spki_sha256() != read.key.spki_sha256() {
            return Err(FlowError::Invalid(sentence!("the certificate is not that of the private key")));
        }
        Ok(Self { certificate: read.key.der().to_vec(), private: PrivatePem(private) })
    }

    /// The key for one purpose.
    #[must_use]
    pub fn key(&self, purpose: KeyPurpose, now: Instant, rng: &Rng) -> SpKey {
        SpKey {
            id: SpKeyId::make(now, rng),
            purpose,
            state: KeyState::Active,
            certificate: self.certificate.clone(),
            private: PrivatePem(self.private.0.clone()),
            state_since: now,
        }
    }
}

impl Clone for KeyPair {
    fn clone(&self) -> Self {
        Self { certificate: self.certificate.clone(), private: PrivatePem(self.private.0.clone()) }
    }
}
