//! What the engine says, as sentences: its errors and its mends. What it remarks in traces is [`super::remarks`]'.

use gatepost_saml::code::Code;
use gatepost_saml::trust::KeyError;

use crate::base::sentence::{Sentence, sentence};

/// Why a key or certificate cannot be used.
#[must_use]
pub fn key_error(error: &KeyError) -> Sentence {
    match error {
        KeyError::Empty => {
            sentence!("No certificate was given. Paste the identity provider's X.509 certificate.")
        }
        KeyError::NotACertificate => sentence!(
            "This is not an X.509 certificate. Paste it as PEM (-----BEGIN CERTIFICATE-----), as its base64 alone, or \
             give the DER file."
        ),
        KeyError::PrivateKey => sentence!(
            "This is a private key. Never hand it out: give the certificate (-----BEGIN CERTIFICATE-----) instead, and \
             replace the key, since it has been shown."
        ),
        KeyError::OtherPem => {
            sentence!("This PEM text holds no certificate. Look for -----BEGIN CERTIFICATE-----.")
        }
        KeyError::UnsupportedKey => sentence!(
            "The certificate's key is of a kind that is not accepted. RSA, and EC on P-256, P-384 or P-521, are."
        ),
        KeyError::RsaSize(bits) => {
            sentence!("The RSA key has {bits} bits. Keys of 2048 to 8192 bits are accepted.", bits = *bits)
        }
        KeyError::NotAPrivateKey => sentence!("This is not a private key in PEM without a passphrase."),
    }
}

/// What to do about a refusal with `code`, the same for every product.
#[must_use]
pub fn mend_of(code: Code) -> Sentence {
    Sentence::of_template(code.text().mend, Vec::new())
}
