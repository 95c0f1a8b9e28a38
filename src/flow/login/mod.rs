//! Signing in: sending a browser to its identity provider, and taking it back.
//!
//! # Invariants
//!
//! * `start` writes nothing: whoever may ask for a page may ask for it a million times.
//! * A sign-in is one transaction: replay, use of the request, user, identity, session, attempt. Nothing of it is there
//!   without the rest, and no answer is given before it is durable.
//! * A refused message burns nothing: neither its assertion nor the request that it answers.
//! * The response counts only for the browser that the request was made for (`pending`).

mod decide;
mod finish;
pub mod pending;
mod person;
mod record;
mod start;
mod write;

pub use finish::{Finish, Finished, Refused, SignedIn, finish};
pub use record::{MESSAGES_KEPT, StoredTrace};
pub use start::{HandOver, Start, Started, start};
