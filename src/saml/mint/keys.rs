//! Built-in TEST keys: public, worthless, and the same in every copy of Gatepost.
//!
//! They sign fixtures and the demo's messages. A connection that trusted one of them would let everybody in. All
//! certificates are valid from 2020 to 2050, so that fixtures do not age.
//!
//! To add one: two PEM files in `keys/`, whose first lines say that they are test keys, and an entry here and in
//! [`ALL`].

use std::sync::OnceLock;

use openssl::pkey::{PKey, Private, Public};
use openssl::x509::X509;

use super::MintError;
use crate::key::SigningKey;

/// A key pair with a self-signed certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestKey {
    /// Its name on the command line.
    pub name: &'static str,
    /// The private key (PKCS#8 PEM), with a warning above it.
    pub private_pem: &'static str,
    /// The certificate (PEM), with a warning above it.
    pub certificate_pem: &'static str,
}

macro_rules! test_keys {
    ($($(#[$doc:meta])* $constant:ident $name:literal;)*) => {
        $($(#[$doc])*
        pub const $constant: TestKey = TestKey {
            name: $name,
            private_pem: include_str!(concat!("keys/", $name, ".key.pem")),
            certificate_pem: include_str!(concat!("keys/", $name, ".crt.pem")),
        };)*

        /// All of them.
        pub const ALL: &[TestKey] = &[$($constant),*];
    };
}

test_keys! {
    /// The identity provider's key, RSA 2048: what a connection under test trusts.
    IDP_RSA "idp-rsa";
    /// The key that the identity provider rolls over to.
    IDP_RSA_NEXT "idp-rsa-next";
    /// An RSA key of 1024 bits.
    IDP_RSA_1024 "idp-rsa-1024";
    /// An RSA key of 4096 bits.
    IDP_RSA_4096 "idp-rsa-4096";
    /// P-256.
    IDP_EC_P256 "idp-ec-p256";
    /// P-384.
    IDP_EC_P384 "idp-ec-p384";
    /// P-521.
    IDP_EC_P521 "idp-ec-p521";
    /// The attacker's; subject and issuer of its certificate read like those of [`IDP_RSA`].
    ATTACKER_RSA "attacker-rsa";
    /// The service provider's key, for decryption and for signing requests.
    SP_RSA "sp-rsa";
    /// The service provider's former decryption key.
    SP_RSA_OLD "sp-rsa-old";
    /// The service provider's key on P-256, for signing requests.
    SP_EC_P256 "sp-ec-p256";
}

/// What was read of a built-in key. OpenSSL 3 takes milliseconds to find out what a PEM file holds, which is many times
/// what a signature takes, and who mints by the thousand would wait for nothing else.
struct Read {
    signing_key: OnceLock<SigningKey>,
    certificate_der: OnceLock<Vec<u8>>,
}

static READ: [Read; ALL.len()] =
    [const { Read { signing_key: OnceLock::new(), certificate_der: OnceLock::new() } }; ALL.len()];

/// What `slot` holds, made when it is still empty.
fn once<T: Clone>(
    slot: Option<&OnceLock<T>>,
    make: impl FnOnce() -> Result<T, MintError>,
) -> Result<T, MintError> {
    let Some(slot) = slot else { return make() };
    if let Some(known) = slot.get() {
        return Ok(known.clone());
    }
    let fresh = make()?;
    Ok(slot.get_or_init(|| fresh).clone())
}

/// The test key of that name.
#[must_use]
pub fn named(name: &str) -> Option<&'static TestKey> {
    ALL.iter().find(|key| key.name == name)
}

impl TestKey {
    /// None for a key that is not built in: a variant may put one together.
    fn read(&self) -> Option<&'static Read> {
        READ.get(ALL.iter().position(|key| key == self)?)
    }

    /// The private key.
    ///
    /// # Errors
    /// When OpenSSL does not read it.
    pub fn private_key(&self) -> Result<PKey<Private>, MintError> {
        Ok(PKey::private_key_from_pem(self.private_pem.as_bytes())?)
    }

    /// The private key, for signing.
    ///
    /// # Errors
    /// When the key is not of a kind that signs.
    pub fn signing_key(&self) -> Result<SigningKey, MintError> {
        once(self.read().map(|read| &read.signing_key), || {
            Ok(SigningKey::from_pem(self.private_pem.as_bytes())?)
        })
    }

    /// The public key.
    ///
    /// # Errors
    /// When OpenSSL does not read it.
    pub fn public_key(&self) -> Result<PKey<Public>, MintError> {
        Ok(X509::from_pem(self.certificate_pem.as_bytes())?.public_key()?)
    }

    /// The certificate in DER.
    ///
    /// # Errors
    /// When OpenSSL does not read it.
    pub fn certificate_der(&self) -> Result<Vec<u8>, MintError> {
        once(self.read().map(|read| &read.certificate_der), || {
            Ok(X509::from_pem(self.certificate_pem.as_bytes())?.to_der()?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_fits_and_says_that_it_is_a_test_key() {
        for key in ALL {
            assert!(key.private_key().unwrap().public_eq(&key.public_key().unwrap()), "{}", key.name);
            assert_eq!(named(key.name), Some(key));
            for pem in [key.private_pem, key.certificate_pem] {
                assert!(pem.starts_with("TEST KEY of Gatepost: public, worthless"), "{}", key.name);
            }
        }
    }

    #[test]
    fn what_was_read_of_a_key_is_never_taken_for_another() {
        for key in ALL.iter().chain(ALL) {
            let spki = key.public_key().unwrap().public_key_to_der().unwrap();
            let digest = openssl::sha::sha256(&spki);
            assert_eq!(
                key.signing_key().unwrap().spki_sha256(),
                crate::encoding::hex(&digest),
                "{}",
                key.name
            );
            assert_eq!(
                X509::from_der(&key.certificate_der().unwrap()).unwrap(),
                X509::from_pem(key.certificate_pem.as_bytes()).unwrap()
            );
        }
        let mixed = TestKey { private_pem: ATTACKER_RSA.private_pem, ..IDP_RSA };
        assert_eq!(
            mixed.signing_key().unwrap().spki_sha256(),
            ATTACKER_RSA.signing_key().unwrap().spki_sha256()
        );
    }
}
