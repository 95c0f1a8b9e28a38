//! Tokens for the platform's apps: JSON Web Tokens (RFC 7519) signed by ES256, and the keys that verify them.
//!
//! | file | what |
//! |---|---|
//! | [`claims`] | what a token says of a session |
//! | [`jwt`] | signing and verifying |
//! | [`key`], [`jwks`] | one key pair, its `kid`; the document of public keys |
//! | [`ring`] | which key signs at a moment, and which are published |
//! | `crypto` | the cryptography below the JWT library, over OpenSSL |
//!
//! Pure: no clock, no storage. The JWT library reads the system's clock when it checks times, so its checks are off and
//! ours are made with the `now` that is given.
//!
//! # Invariants
//!
//! * One algorithm, ES256. What a token's header asks for chooses nothing but the key, by its `kid`.
//! * A private key is never printed and never leaves this room but as PEM to be sealed ([`key::KeyPair::to_pem`]).
//!
//! To add a claim: a field of [`claims::Claims`], filled in `flow::token`.

pub mod claims;
mod crypto;
pub mod jwks;
pub mod jwt;
pub mod key;
pub mod ring;
