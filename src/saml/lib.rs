//! Gatepost's receiving engine: SAML messages in, a verified reading or a precise refusal out.
//!
//! Pure: bytes, settings and `now` go in, a value comes out. No clock, no I/O, no async, no randomness of its own.
//!
//! # Map
//!
//! | room | what |
//! |---|---|
//! | [`binding`], [`encoding`] | wire forms (POST form, Redirect query, base64, XML) → message bytes; base64 and DEFLATE |
//! | `message` | what every message has around its content: wire, root, Destination, Issuer, Status, signature |
//! | [`xml`] | one strict parse into an arena ([`xml::Document`]); canonical forms; escaping |
//! | [`algorithms`] | the allow-lists: signature, digest, cipher and key-transport URIs |
//! | [`trust`], [`key`] | certificates and the non-empty set of trusted public keys; our own private keys |
//! | [`signature`] | the SAML signature profile: `Document` → [`signature::Signed`] |
//! | [`decrypt`] | `EncryptedAssertion`, `EncryptedID` → plaintext bytes |
//! | [`response`], [`logout`], [`metadata`] | the checks of each message kind, in order, as a [`trace::Trace`] |
//! | [`settings`] | what a judgement is made with |
//! | [`request`] | `AuthnRequest`s out |
//! | [`policy`] | what a connection may relax ([`policy::Relaxation`]), and [`policy::Limits`] |
//! | [`code`], [`trace`] | refusals with stable codes; the steps of a judgement; the words for both |
//! | [`paste`] | what administrators paste: metadata, addresses, certificates, mistakes |
//! | [`instant`] | `xs:dateTime` and moments |
//! | [`mint`] | signs and encrypts messages in the shapes of real IdPs, and their hostile variants |
//!
//! # Invariants
//!
//! * Every byte string is parsed once; what is read is the node whose canonical form was digested.
//! * An [`response::Assertion`] is made from a [`signature::Signed`] and from nothing else.
//! * [`trust::Trust`] is never empty; `KeyInfo` is evidence for explanations, never trust.
//! * What is read before verification is named `unverified_*` and decides nothing in anyone's favour.

pub mod algorithms;
pub mod binding;
pub mod code;
pub mod decrypt;
pub mod encoding;
pub mod instant;
pub mod key;
pub mod logout;
mod message;
pub mod metadata;
pub mod mint;
pub mod paste;
pub mod policy;
pub mod request;
pub mod response;
pub mod settings;
pub mod signature;
pub mod trace;
pub mod trust;
pub mod xml;

pub use code::{Code, Side, StepName};
pub use instant::Instant;
pub use policy::{Limits, Policy, Relaxation, Relaxations};
pub use trace::{Judgement, Refusal, Trace};

#[cfg(test)]
mod purity_tests;
