//! Signing in: sending a browser to its identity provider, and taking it back.
//!
//! # Invariants
//!
//! * `start` writes nothing: whoever may ask for a page may ask for it a million times.
//! * A sign-in is one transaction: replay, use of the request, user, identity, session, attempt. Nothing of it is there
//!   without the rest, and no answer is given before it is durable.
//! * A refused message burns nothing: neither its assertion nor the request that it answers.
//! * The response counts only for the browser that the request was made for (`pending`), but where a connection takes
//!   what nobody asked for.
//!
//! | file | what |
//! |---|---|
//! | `start` | a request, and what the browser keeps of it (`pending`) |
//! | `finish` | an answer: load, then `decide` (pure), then `landing` or `restart` |
//! | `message` | what a message comes to by the engine, here and where it is only tried |
//! | `route` | whose an answer is that comes to an address of before |
//! | `second` | what a second engine says |
//! | `person`, `write`, `record` | what a sign-in writes |
//! | `known` | on whose word a statement leads to somebody |
//! | `raised` | the same where it changes what somebody may do |
//! | `test` | the same where nobody is signed in at the end |
//! | `quota` | how much is written of what comes too often |

mod decide;
mod finish;
mod known;
mod landing;
pub(super) mod message;
pub mod pending;
mod person;
pub(super) mod quota;
mod raised;
mod record;
mod restart;
mod route;
mod second;
mod start;
mod test;
mod write;

pub(super) use decide::{before_restore, fail, statement, understand};
pub use finish::{Finish, Finished, Posted, Question, Refused, SignedIn, Tested, finish};
pub(super) use person::unverified;
pub use quota::flush as flush_counts;
pub use record::StoredTrace;
pub(super) use record::{MESSAGE_LIFE_SECONDS, Personal};
pub use route::{Route, route};
pub(super) use second::disagreed;
pub use start::{Begun, HandOver, Start, Started, start};
