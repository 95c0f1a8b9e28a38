//! Who there is: accounts, connections' presets, people, and how a statement about a person becomes one of them.
//!
//! Pure. No message formats: what an assertion says arrives as a [`statement::Statement`], whatever it was carried by.
//! No storage: decisions ([`jit::decide`]) are handed to flows, which write them.
//!
//! To add an identity provider's habits: a variant of [`preset::Product`] and its line in [`preset::Product::preset`]; what
//! it calls its attributes, in `mapping::usual`.

pub mod account;
pub mod client;
pub mod colour;
pub mod day;
pub mod domain;
pub mod domain_proof;
pub mod email;
pub mod foreign;
pub mod import;
pub mod jit;
pub mod mapping;
pub mod picture;
pub mod preset;
pub mod state;
pub mod statement;
pub mod webhook;
