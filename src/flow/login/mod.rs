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
//! | `route` | whose an answer is that comes to an address of before |
//! | `person` (whom by: `led`), `write`, `record` | what a sign-in writes |
//! | `raised` | the same where it changes what somebody may do |

mod decide;
mod finish;
mod landing;
mod led;
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

pub(super) use decide::{before_restore, beside_its_request, fail, statement, understand};
pub use finish::{Finish, Finished, Posted, Question, Refused, SignedIn, Tested, finish};
pub(super) use person::unverified;
pub use quota::flush as flush_counts;
pub(super) use record::MESSAGE_LIFE_SECONDS;
pub use record::StoredTrace;
pub use route::{Route, route};
pub use start::{Begun, HandOver, Start, Started, start};
