//! Strict XML: one parse into an arena that borrows from the input, and its canonical forms.
//!
//! * [`parse()`] reads a byte string once ([`Document`]); what it refuses stands at its head.
//! * [`c14n`] writes the canonical form of an element: the bytes that are digested.
//! * [`mod@write`] escapes what we put into messages of our own.
//!
//! There is no way to change a document and none to print one back: what was verified is what is read.

pub mod c14n;
mod chars;
mod document;
mod namespace;
mod parse;
mod references;
mod tag;
pub mod write;

pub(crate) use chars::trim;
pub use document::{Attribute, Binding, Document, Element, TextError};
pub use namespace::Ns;
pub use parse::{XmlError, parse, parse_in_context};
