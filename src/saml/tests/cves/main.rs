//! Public breaks of SAML receivers, made again: one test for each, built in named steps from a genuine message.
//!
//! The table of all of them, with who fell and why, is `README.md` beside this file; [`table`] holds the two together.
//! Where the fault was one of signature, a careless receiver ([`naive`]) is shown to fall for the very message.
//!
//! To add one: a row in the table, and a test whose name begins with its id in the file of its family; or a row with a
//! sentence why it cannot hit us.

#![cfg(test)]

mod bench;
mod content;
mod encryption;
mod logout;
mod metadata;
mod more;
mod naive;
mod parsing;
mod signature;
mod table;
mod text;
mod wire;
mod wrapping;
