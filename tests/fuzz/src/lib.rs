//! What the fuzz targets share: seeds, minted when a target starts, and how inputs are changed.
//!
//! Besides "no panic" every target has a rule that holds for each input:
//!
//! | target | rule |
//! |---|---|
//! | `response`, `logout`, `redirect` | what is accepted reads exactly as what was minted: no change of a signed message is accepted with another reading |
//! | `metadata` | under a required signature the same; judged twice, the same |
//! | `certificate` | a key that was read is read again from its own DER |
//! | `paste` | recognised again, the same; of a private key nothing but that it is one |
//! | `canonical` | every document that our parser accepts has the canonical bytes that bergshamra writes, for each form, apex, left-out child and prefix list |
//!
//! An input of the message targets is one byte of [`settings`](Case) and the message. Nothing is stored: the first
//! inputs are minted, the corpus that libFuzzer keeps is scratch.

mod mutate;
mod seeds;

pub use mutate::mutate;
pub use seeds::{Case, certificates, documents, logouts, metadata, now, pasted, redirects, responses, settings};
