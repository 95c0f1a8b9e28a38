//! What Zoom sends: whether it is Zoom's, what it says, and whether it was here before.
//!
//! | file | what |
//! |---|---|
//! | [`signature`] | whether a body is signed with a secret token of ours, and is fresh; the answer to a validation |
//! | [`envelope`] | bytes of a verified body → [`envelope::Message`] |
//! | [`kind`] | the table of event types |
//!
//! Pure: bytes, secrets and `now` in, a value out. Storing, counting and forwarding belong to the flow.
//!
//! # Invariants
//!
//! * Nothing is read of a body before its signature holds: [`receive`] is the way in.
//! * A validation is answered only when it is signed, and only for a token that could never be the text below a
//!   signature ([`signature::answer`]): otherwise whoever makes us answer would have us sign events for them.
//! * Bodies are bounded; a known field that stands there twice refuses the message.
//!
//! This folder uses the standard library, serde, the hash and [`crate::base::Instant`] alone, so that the fuzz target
//! builds without the gateway. To add an event type: a line in [`kind::TYPES`].

pub mod envelope;
pub mod kind;
pub mod signature;
#[cfg(test)]
mod tests;

use crate::base::Instant;
use envelope::{Message, Unreadable};
use signature::{Headers, SecretToken, Unsigned};

/// The largest body that is read. Zoom's largest events list the files of one recording.
pub const MAX_BODY: usize = 512 * 1024;

/// Why a delivery is refused. The kind is counted; nothing of the body is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// More than [`MAX_BODY`].
    #[error("the body is larger than any event")]
    TooLarge,
    /// Not signed, wrongly signed, or too old.
    #[error(transparent)]
    Unsigned(#[from] Unsigned),
    /// Signed, but not an event.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// Signed, but about another Zoom account than the one it was sent for.
    #[error("the event is about another Zoom account")]
    AnotherAccount,
}

impl Refusal {
    /// The stable name, for counters.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Unsigned(unsigned) => unsigned.kind(),
            Self::Unreadable(unreadable) => unreadable.kind(),
            Self::AnotherAccount => "another_account",
        }
    }
}

/// What was received, with the secret that verified it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// What it says.
    pub message: Message,
    /// Which of the secrets verified it: its place in the list. Other than the first while a change is under way.
    pub secret: usize,
}

/// Verifies and reads a delivery. `zoom_account` is the Zoom account that it must be about, when one is expected.
///
/// # Errors
/// [`Refusal`].
pub fn receive(
    headers: Headers<'_>,
    body: &[u8],
    secrets: &[&SecretToken],
    zoom_account: Option<&str>,
    now: Instant,
) -> Result<Received, Refusal> {
    if body.len() > MAX_BODY {
        return Err(Refusal::TooLarge);
    }
    let secret = signature::verify(headers, body, secrets, now)?;
    let message = envelope::read(body)?;
    // A validation names no account: the secret alone says whose it is.
    let about = match &message {
        Message::Validation { .. } => None,
        Message::Event(event) => Some(event.account_id.as_str()),
        Message::Deauthorized(gone) => Some(gone.account_id.as_str()),
    };
    if about.zip(zoom_account).is_some_and(|(about, wanted)| about != wanted) {
        return Err(Refusal::AnotherAccount);
    }
    Ok(Received { message, secret })
}
