//! The minter: messages in the shapes of real identity providers, signed and encrypted, and their hostile variants.
//!
//! For fixtures, tests and the demo identity provider; nothing here decides about anything that is received.
//!
//! | file | what |
//! |---|---|
//! | [`personality`] | what each product does, as data |
//! | [`person`] | made-up people |
//! | [`response`], [`logout`], [`metadata`] | the messages |
//! | [`request_reader`] | a lenient look at an `AuthnRequest`, for the demo identity provider |
//! | [`sign`], [`encrypt`], [`method`] | signatures, ciphertexts, algorithms |
//! | [`tree`] | the XML that is being built |
//! | [`attack`] | hostile variants with the refusal that each deserves |
//! | [`keys`], [`random`], [`uri`] | test keys; randomness as an input; identifiers |
//!
//! # Invariants
//!
//! * Time, randomness and keys are inputs. With the same seed, moment and key, unencrypted messages signed with RSA
//!   PKCS#1 v1.5 are equal byte for byte.
//! * The built-in keys are test keys and say so.
//! * A hostile variant begins as a valid message and is changed in named steps.

use std::fmt;

use openssl::error::ErrorStack;

use crate::trust::KeyError;

pub mod attack;
pub mod encrypt;
pub mod keys;
pub mod logout;
pub mod metadata;
pub mod method;
pub mod person;
pub mod personality;
#[cfg(test)]
mod property_tests;
pub mod random;
pub mod request_reader;
pub mod response;
pub mod sign;
pub mod tree;
pub mod uri;

pub use logout::{LogoutDraft, LogoutFacts, logout_request, logout_response};
pub use metadata::{MetadataFacts, mint_aggregate, mint_metadata};
pub use person::Person;
pub use personality::{Addresses, Attribute, NameId, Personality, Signs};
pub use random::{Random, Seeded};
pub use request_reader::{ReceivedRequest, RequestBinding, read_authn_request};
pub use response::{Draft, MintOptions, MintRequest, Minted, mint_response};

/// Why something could not be minted.
#[derive(Debug)]
pub enum MintError {
    /// OpenSSL refused a key or an operation.
    Crypto(ErrorStack),
    /// A key is not of a kind that can be used.
    Key(KeyError),
    /// The tree lacks what a step needs.
    Shape(&'static str),
}

impl From<ErrorStack> for MintError {
    fn from(error: ErrorStack) -> Self {
        Self::Crypto(error)
    }
}

impl From<KeyError> for MintError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl fmt::Display for MintError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crypto(error) => write!(out, "the key or algorithm cannot be used: {error}"),
            Self::Key(error) => write!(out, "the key cannot be used: {error}"),
            Self::Shape(wanted) => write!(out, "the message lacks {wanted}"),
        }
    }
}

impl std::error::Error for MintError {}
