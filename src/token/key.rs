//! A key pair on P-256 and its name. The name (`kid`) is the key's thumbprint (RFC 7638), so that it cannot stand for
//! another key.

use std::fmt;

use jsonwebtoken::{DecodingKey, EncodingKey};
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey, EcPoint, PointConversionForm};
use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::sha::sha256;
use zeroize::Zeroizing;

use super::crypto::{self, CURVE, WIDTH};
use crate::base::Rng;
use crate::base::encoding::base64url;

/// Not a private key on P-256 in PEM, or OpenSSL failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a private key on P-256")]
pub struct KeyError;

impl From<ErrorStack> for KeyError {
    fn from(_: ErrorStack) -> Self {
        Self
    }
}

/// The public half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    kid: String,
    x: [u8; WIDTH],
    y: [u8; WIDTH],
}

impl PublicKey {
    /// The key at `point`, uncompressed (SEC 1, 2.3.3).
    ///
    /// # Errors
    /// [`KeyError`] when it does not lie on the curve.
    pub fn from_point(point: &[u8]) -> Result<Self, KeyError> {
        crypto::public(point)?;
        let [4, coordinates @ ..] = point else { return Err(KeyError) };
        let (x, y) = coordinates.split_at_checked(WIDTH).ok_or(KeyError)?;
        let coordinate = |bytes: &[u8]| <[u8; WIDTH]>::try_from(bytes).map_err(|_| KeyError);
        let (x, y) = (coordinate(x)?, coordinate(y)?);
        Ok(Self { kid: thumbprint(&x, &y), x, y })
    }

    /// The uncompressed point.
    #[must_use]
    pub fn point(&self) -> Vec<u8> {
        [&[4], self.x.as_slice(), self.y.as_slice()].concat()
    }

    /// Its name.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The first coordinate, as in a JWK.
    #[must_use]
    pub fn x(&self) -> String {
        base64url(&self.x)
    }

    /// The second coordinate, as in a JWK.
    #[must_use]
    pub fn y(&self) -> String {
        base64url(&self.y)
    }

    pub(super) fn decoding(&self) -> DecodingKey {
        DecodingKey::from_ec_der(&self.point())
    }
}

/// Both halves. The private one is wiped when dropped and never printed.
#[derive(Clone)]
pub struct KeyPair {
    encoding: EncodingKey,
    public: PublicKey,
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("KeyPair").field("kid", &self.public.kid).finish_non_exhaustive()
    }
}

impl KeyPair {
    /// A new pair.
    ///
    /// # Errors
    /// [`KeyError`] when OpenSSL fails.
    pub fn draw(rng: &Rng) -> Result<Self, KeyError> {
        let group = EcGroup::from_curve_name(CURVE)?;
        let (mut context, mut order) = (BigNumContext::new_secure()?, BigNum::new()?);
        group.order(&mut order, &mut context)?;
        // A candidate that is zero or too large is dropped and not reduced, so that every scalar is as likely as any
        // other (FIPS 186-5 A.2.2). Of 2^32 draws one is dropped.
        let scalar = loop {
            let bytes = Zeroizing::new(rng.bytes::<WIDTH>());
            let mut scalar = BigNum::new_secure()?;
            scalar.copy_from_slice(bytes.as_slice())?;
            if scalar.num_bits() > 0 && scalar < order {
                break scalar;
            }
        };
        let mut point = EcPoint::new(&group)?;
        point.mul_generator2(&group, &scalar, &mut context)?;
        let key = EcKey::from_private_components(&group, &scalar, &point)?;
        Self::from_key(&key)
    }

    /// Reads what [`Self::to_pem`] wrote.
    ///
    /// # Errors
    /// [`KeyError`] when it is something else.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        // The empty passphrase keeps OpenSSL from asking for one on the terminal.
        let key = PKey::private_key_from_pem_passphrase(pem, b"")?.ec_key()?;
        if key.group().curve_name() != Some(CURVE) {
            return Err(KeyError);
        }
        Self::from_key(&key)
    }

    /// PKCS#8 in PEM: to be sealed, and for nothing else.
    ///
    /// # Errors
    /// [`KeyError`] when OpenSSL fails.
    pub fn to_pem(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let key = EcKey::private_key_from_der(self.encoding.as_bytes())?;
        Ok(Zeroizing::new(PKey::from_ec_key(key)?.private_key_to_pem_pkcs8()?))
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Its name.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.public.kid
    }

    pub(super) const fn encoding(&self) -> &EncodingKey {
        &self.encoding
    }

    fn from_key(key: &EcKey<Private>) -> Result<Self, KeyError> {
        key.check_key()?;
        let mut context = BigNumContext::new()?;
        let point =
            key.public_key().to_bytes(key.group(), PointConversionForm::UNCOMPRESSED, &mut context)?;
        let der = Zeroizing::new(key.private_key_to_der()?);
        Ok(Self { encoding: EncodingKey::from_ec_der(&der), public: PublicKey::from_point(&point)? })
    }
}

/// RFC 7638: SHA-256 of the required members in their order, without white space.
fn thumbprint(x: &[u8], y: &[u8]) -> String {
    let (x, y) = (base64url(x), base64url(y));
    base64url(&sha256(format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#).as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::encoding::from_base64url;

    #[test]
    fn a_pair_reads_back_and_does_not_print() {
        let pair = KeyPair::draw(&Rng::seeded(1)).unwrap();
        let pem = pair.to_pem().unwrap();
        assert!(pem.starts_with(b"-----BEGIN PRIVATE KEY-----"));
        let read = KeyPair::from_pem(&pem).unwrap();
        assert_eq!(read.public(), pair.public());
        assert_eq!(read.encoding().as_bytes(), pair.encoding().as_bytes());
        let private = base64url(pair.encoding().as_bytes());
        for printed in [format!("{pair:?}"), format!("{pair:#?}")] {
            assert!(printed.contains(pair.kid()));
            assert!(!printed.contains(&private) && !printed.contains("encoding"), "{printed}");
        }
    }

    #[test]
    fn the_same_randomness_gives_the_same_pair() {
        let kid = |seed| KeyPair::draw(&Rng::seeded(seed)).unwrap().kid().to_owned();
        assert_eq!(kid(1), kid(1));
        assert_ne!(kid(1), kid(2));
        assert_ne!(
            KeyPair::draw(&Rng::system()).unwrap().kid(),
            KeyPair::draw(&Rng::system()).unwrap().kid()
        );
    }

    #[test]
    fn its_name_is_the_thumbprint() {
        // The example key of RFC 7517 appendix A.1; its thumbprint was computed with another program.
        let coordinate = |text| from_base64url(text).unwrap();
        let point = [
            vec![4],
            coordinate("MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"),
            coordinate("4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"),
        ];
        let key = PublicKey::from_point(&point.concat()).unwrap();
        assert_eq!(key.x(), "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4");
        assert_eq!(key.kid(), "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s");
    }

    #[test]
    fn other_keys_are_refused() {
        let other =
            EcKey::generate(&EcGroup::from_curve_name(openssl::nid::Nid::SECP384R1).unwrap()).unwrap();
        let other = PKey::from_ec_key(other).unwrap();
        assert!(KeyPair::from_pem(&other.private_key_to_pem_pkcs8().unwrap()).is_err(), "another curve");
        assert!(KeyPair::from_pem(b"").is_err());
        let pair = KeyPair::draw(&Rng::seeded(1)).unwrap();
        let point = pair.public().point();
        for bad in [&point[..64], &[&point[..], &[0]].concat(), &[&[2], &point[1..33]].concat()] {
            assert!(PublicKey::from_point(bad).is_err());
        }
    }
}
