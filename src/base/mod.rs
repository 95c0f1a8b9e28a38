//! Rank 0: ids, time, randomness, secrets, URLs and the context of a request. Everything else may use this.
//!
//! What does not belong here: anything that reads a file, a socket or the environment, and anything that decides.
//! Time, randomness and secrets are inputs everywhere above; this module is the only one that knows where they come
//! from ([`time::Clock::System`], [`rng::Rng::system`]).
//!
//! To add a kind of id: one line in [`id`].

pub mod caller;
pub mod ctx;
pub mod encoding;
pub mod id;
pub mod return_to;
pub mod rng;
pub mod secret;
pub mod sentence;
pub mod text;
pub mod time;
pub mod unread;
pub mod url;

pub use ctx::{Actor, Ctx};
pub use return_to::ReturnTo;
pub use rng::Rng;
pub use time::{Clock, Instant};
