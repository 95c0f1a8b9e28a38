//! The cryptography below the JWT library: ES256 (RFC 7518 3.4) over OpenSSL, and nothing else.
//!
//! The library asks a provider of the whole process, which can be installed once. What this one does not do is answered
//! with an error; the library's own placeholder would panic.

use std::sync::LazyLock;

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind, Result, new_error};
use jsonwebtoken::signature::{self, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey, EcPoint};
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::{Private, Public};
use openssl::sha::sha256;

/// The curve of ES256.
pub(super) const CURVE: Nid = Nid::X9_62_PRIME256V1;
/// The width of one of the two integers of a signature, and of a coordinate.
pub(super) const WIDTH: usize = 32;

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    key_utils: KeyUtils {
        rsa_pub_components_from_private_key: |_| Err(unsupported()),
        rsa_pub_components_from_public_key: |_| Err(unsupported()),
        ec_pub_components_from_private_key: |_, _| Err(unsupported()),
        ed_pub_components_from_private_key: |_, _| Err(unsupported()),
        compute_digest: |_, _| Err(unsupported()),
    },
};

/// Whether the library asks us and nobody else.
static IS_OURS: LazyLock<bool> = LazyLock::new(|| PROVIDER.install_default().is_ok());

/// Sees to it that the library asks us. To be called before it is used.
pub(super) fn install() -> Result<()> {
    // Another provider would do other cryptography than is said here.
    if *IS_OURS { Ok(()) } else { Err(new_error(ErrorKind::Provider("another provider".to_owned()))) }
}

struct Es256Signer(EcKey<Private>);

impl Signer<Vec<u8>> for Es256Signer {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, signature::Error> {
        let run = || {
            let value = EcdsaSig::sign(&sha256(message), &self.0)?;
            let width = i32::try_from(WIDTH).unwrap_or(i32::MAX);
            Ok([value.r().to_vec_padded(width)?, value.s().to_vec_padded(width)?].concat())
        };
        run().map_err(|_: ErrorStack| signature::Error::new())
    }
}

impl JwtSigner for Es256Signer {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }
}

struct Es256Verifier(EcKey<Public>);

impl Verifier<Vec<u8>> for Es256Verifier {
    fn verify(&self, message: &[u8], value: &Vec<u8>) -> std::result::Result<(), signature::Error> {
        let (r, s) = value.split_at_checked(WIDTH).ok_or_else(signature::Error::new)?;
        if s.len() != WIDTH {
            return Err(signature::Error::new());
        }
        let run = || {
            let value = EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?;
            value.verify(&sha256(message), &self.0)
        };
        match run() {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(signature::Error::new()),
        }
    }
}

impl JwtVerifier for Es256Verifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the library's signature")]
fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    if *algorithm != Algorithm::ES256 {
        return Err(unsupported());
    }
    let key =
        EcKey::private_key_from_der(key.as_bytes()).map_err(|_| new_error(ErrorKind::InvalidEcdsaKey))?;
    Ok(Box::new(Es256Signer(key)))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the library's signature")]
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    if *algorithm != Algorithm::ES256 {
        return Err(unsupported());
    }
    let key = public(key.try_get_as_bytes()?).map_err(|_| new_error(ErrorKind::InvalidEcdsaKey))?;
    Ok(Box::new(Es256Verifier(key)))
}

/// The public key at an uncompressed point; OpenSSL checks that it lies on the curve.
pub(super) fn public(point: &[u8]) -> std::result::Result<EcKey<Public>, ErrorStack> {
    let group = EcGroup::from_curve_name(CURVE)?;
    let point = EcPoint::from_bytes(&group, point, &mut *BigNumContext::new()?)?;
    let key = EcKey::from_public_key(&group, &point)?;
    key.check_key()?;
    Ok(key)
}

fn unsupported() -> Error {
    new_error(ErrorKind::UnsupportedAlgorithm)
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Header, encode};

    use super::*;
    use crate::base::Rng;
    use crate::token::key::KeyPair;

    #[test]
    fn it_is_installed_once_and_stays() {
        install().unwrap();
        install().unwrap();
        assert!(PROVIDER.install_default().is_err(), "there is one already: ours");
    }

    #[test]
    fn other_algorithms_are_refused_and_nothing_panics() {
        install().unwrap();
        let utils = &PROVIDER.key_utils;
        assert!((utils.rsa_pub_components_from_private_key)(b"x").is_err());
        assert!((utils.rsa_pub_components_from_public_key)(b"x").is_err());
        assert!((utils.ec_pub_components_from_private_key)(b"x", Algorithm::ES256).is_err());
        assert!((utils.compute_digest)(b"x", jsonwebtoken::jwk::ThumbprintHash::SHA256).is_err());
        assert!(encode(&Header::new(Algorithm::HS256), &(), &EncodingKey::from_secret(b"x")).is_err());
        assert!(encode(&Header::new(Algorithm::ES384), &(), &EncodingKey::from_ec_der(b"x")).is_err());
        assert!(encode(&Header::new(Algorithm::ES256), &(), &EncodingKey::from_ec_der(b"x")).is_err());
        assert!(verifier(&Algorithm::RS256, &DecodingKey::from_rsa_der(b"x")).is_err());
    }

    #[test]
    fn a_signature_has_two_integers_of_full_width() {
        let pair = KeyPair::draw(&Rng::seeded(4)).unwrap();
        let key = public(&pair.public().point()).unwrap();
        let verifier = Es256Verifier(key);
        let signer = signer(&Algorithm::ES256, pair.encoding()).unwrap();
        for count in 0..64_u8 {
            let value = signer.try_sign(&[count]).unwrap();
            assert_eq!(value.len(), 2 * WIDTH);
            assert!(verifier.verify(&[count], &value).is_ok());
            assert!(verifier.verify(&[count, 0], &value).is_err());
            let der = EcdsaSig::from_private_components(
                BigNum::from_slice(&value[..WIDTH]).unwrap(),
                BigNum::from_slice(&value[WIDTH..]).unwrap(),
            );
            assert!(
                verifier.verify(&[count], &der.unwrap().to_der().unwrap()).is_err(),
                "DER is another form"
            );
        }
        for bad in [vec![], vec![0; 64], vec![0xff; 64], vec![1; 63], vec![1; 65]] {
            assert!(verifier.verify(&[0], &bad).is_err());
        }
    }

    #[test]
    fn a_point_that_is_none_is_no_key() {
        let pair = KeyPair::draw(&Rng::seeded(4)).unwrap();
        let mut point = pair.public().point();
        assert!(public(&point).is_ok());
        point[64] ^= 1;
        assert!(public(&point).is_err(), "beside the curve");
        assert!(public(&[0]).is_err(), "the point at infinity");
        assert!(public(b"").is_err());
    }
}
