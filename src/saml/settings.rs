//! What a judgement is made with: who we are, whom we expect, how strict, and what is particular to one message.

use crate::instant::Instant;
use crate::key::DecryptionKey;
use crate::policy::{Limits, Policy};
use crate::trust::Trust;

/// Who we are towards the identity provider.
#[derive(Debug, Clone)]
pub struct ServiceProvider {
    /// Our entity ID; the audience.
    pub entity_id: String,
    /// Further audiences that are accepted, compared as exact strings (Entra's `spn:` forms).
    pub accepted_audiences: Vec<String>,
    /// Our endpoint for this kind of message: the ACS URL, or the SLO URL for logout messages.
    pub endpoint: String,
    /// Keys that read what is encrypted to us, newest first.
    pub decryption_keys: Vec<DecryptionKey>,
}

/// Whom we expect to hear from.
#[derive(Debug, Clone)]
pub struct IdentityProvider {
    /// Its entity ID; the issuer.
    pub entity_id: String,
    /// The keys that it signs with.
    pub trust: Trust,
}

/// What does not change from message to message of a connection.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Us.
    pub sp: ServiceProvider,
    /// Them.
    pub idp: IdentityProvider,
    /// How strict.
    pub policy: Policy,
    /// How large.
    pub limits: Limits,
}

/// What is particular to this message.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The clock.
    pub now: Instant,
    /// The ID of the request that is pending in this browser; `None` when there is none. A request is answered by its
    /// ID alone: where unsolicited responses are accepted, a response without any `InResponseTo` is judged with `None`
    /// even if its `RelayState` names a request.
    pub pending_request: Option<&'a str>,
    /// The authentication contexts that will do, compared as exact strings; empty when none was requested. Which
    /// contexts are stronger than which only the identity provider knows (saml-core 3.3.2.2.1), so that after another
    /// comparison than `exact` the caller names here all that it takes.
    pub requested_authn_contexts: &'a [String],
    /// When a request was sent that asked for a new authentication (`ForceAuthn`): the person must have been
    /// authenticated since. `None` when it was not asked for.
    pub forced_since: Option<Instant>,
    /// Whether this assertion was consumed before. Only asked; consuming it is the caller's, after acceptance.
    pub seen: &'a dyn Fn(&ReplayKey) -> bool,
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Context")
            .field("now", &self.now)
            .field("pending_request", &self.pending_request)
            .finish()
    }
}

/// What identifies an assertion for replay detection within a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReplayKey {
    /// The UTC day (since 1970-01-01) of the latest `NotOnOrAfter` in the assertion. Copies of one assertion always
    /// have the same; once the following day is over too (clock skew reaches into it), none can be accepted any more.
    pub day: i64,
    /// SHA-256 of the assertion's ID.
    pub assertion_sha256: [u8; 32],
}
