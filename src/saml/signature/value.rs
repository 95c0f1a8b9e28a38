//! Signature values against trusted keys.

use std::sync::{Arc, Mutex, PoisonError};

use openssl::bn::BigNum;
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Public};
use openssl::pkey_ctx::PkeyCtx;
use openssl::rsa::Padding;
use openssl::sign::RsaPssSaltlen;

use crate::algorithms::{Scheme, SignatureAlgorithm};
use crate::trust::{KeyKind, Trust, TrustedKey};

/// The trusted key that made `value` over `message`, if one did. `hint` is a certificate in DER that the message
/// shows: a trusted key that it holds is tried first, which changes the speed and nothing else.
pub(crate) fn verify<'t>(
    trust: &'t Trust,
    algorithm: SignatureAlgorithm,
    message: &[u8],
    value: &[u8],
    hint: Option<&[u8]>,
) -> Option<&'t TrustedKey> {
    let keys = trust.keys();
    let hinted = hint.and_then(|der| keys.iter().find(|key| key.der() == der));
    let rest = keys.iter().filter(|key| hinted.is_none_or(|hinted| !std::ptr::eq(hinted, *key)));
    hinted.into_iter().chain(rest).find(|key| fits(key, algorithm, message, value))
}

/// Spends the time of a verification that no trusted key fits, over a message of `length` bytes.
pub(crate) fn spend(trust: &Trust, length: usize) {
    let algorithm = |scheme| SignatureAlgorithm { scheme, digest: crate::algorithms::Digest::Sha256 };
    std::hint::black_box(openssl::sha::sha256(&vec![0; length]));
    for key in trust.keys() {
        let (scheme, length) = match key.kind() {
            KeyKind::Rsa { bits } => (Scheme::RsaPkcs1, bits.div_ceil(8) as usize),
            KeyKind::Ec { width } => (Scheme::Ecdsa, 2 * width),
        };
        std::hint::black_box(fits(key, algorithm(scheme), &[0; 1024], &vec![1; length]));
    }
}

fn fits(key: &TrustedKey, algorithm: SignatureAlgorithm, message: &[u8], value: &[u8]) -> bool {
    let der;
    let value = match (algorithm.scheme, key.kind()) {
        // RFC 8017 8.2.2: a signature is exactly as long as the modulus.
        (Scheme::RsaPkcs1 | Scheme::RsaPss, KeyKind::Rsa { bits }) => {
            if value.len() != bits.div_ceil(8) as usize {
                return false;
            }
            value
        }
        (Scheme::Ecdsa, KeyKind::Ec { width }) => {
            let Some(converted) = ecdsa_der(value, width) else { return false };
            der = converted;
            der.as_slice()
        }
        _ => return false,
    };
    // An error of the library is a signature that does not fit, never one that does.
    matches!(key.verifiers().verify(key.public(), algorithm, &algorithm.digest.of(message), value), Ok(true))
}

/// Verifications that OpenSSL has set up for one key, for use again: setting one up costs a fifth of the verification.
/// Copies of a key share them.
#[derive(Clone, Default)]
pub(crate) struct Verifiers {
    idle: Arc<Mutex<Vec<Idle>>>,
}

type Idle = (SignatureAlgorithm, PkeyCtx<Public>);

impl Verifiers {
    /// More are not in use at once by any number of threads that is worth it.
    const MOST: usize = 32;

    fn verify(
        &self,
        key: &PKey<Public>,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        value: &[u8],
    ) -> Result<bool, ErrorStack> {
        let mut context = match self.take(algorithm) {
            Some(context) => context,
            None => set_up(key, algorithm)?,
        };
        let is_good = context.verify(digest, value)?;
        if is_good {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < Self::MOST {
                idle.push((algorithm, context));
            }
        }
        Ok(is_good)
    }

    fn take(&self, algorithm: SignatureAlgorithm) -> Option<PkeyCtx<Public>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let at = idle.iter().rposition(|(of, _)| *of == algorithm)?;
        Some(idle.swap_remove(at).1)
    }
}

fn set_up(key: &PKey<Public>, algorithm: SignatureAlgorithm) -> Result<PkeyCtx<Public>, ErrorStack> {
    let mut context = PkeyCtx::new(key)?;
    context.verify_init()?;
    match algorithm.scheme {
        Scheme::RsaPkcs1 => context.set_rsa_padding(Padding::PKCS1)?,
        Scheme::RsaPss => {
            context.set_rsa_padding(Padding::PKCS1_PSS)?;
            context.set_rsa_mgf1_md(algorithm.digest.md())?;
            context.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
        }
        Scheme::Ecdsa => {}
    }
    context.set_signature_md(algorithm.digest.md())?;
    Ok(context)
}

/// The two integers of `raw`, each `width` bytes wide, in the DER that OpenSSL reads. Their range is checked there.
fn ecdsa_der(raw: &[u8], width: usize) -> Option<Vec<u8>> {
    if raw.len() != 2 * width {
        return None;
    }
    let (r, s) = raw.split_at(width);
    let signature =
        EcdsaSig::from_private_components(BigNum::from_slice(r).ok()?, BigNum::from_slice(s).ok()?).ok()?;
    signature.to_der().ok()
}
