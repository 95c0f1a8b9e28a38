//! Who asks for what, when: made once per request or job at the edge and handed to flows.

use std::fmt;
use std::net::IpAddr;

use super::caller::{Key, Member, Setup};
use super::id::{ConnectionId, OperatorId, RequestId};
use super::{Instant, Rng};

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Nobody that we know yet: a browser without a session.
    Anonymous,
    /// A signed-in person, in their account.
    User(Member),
    /// An identity provider that posted a message to this connection.
    IdentityProvider(ConnectionId),
    /// A periodic job of this name.
    Job(&'static str),
    /// Whoever may run the program on the machine that holds its data.
    CommandLine,
    /// Somebody who runs the installation.
    Operator(OperatorId),
    /// A program with a key of the REST API.
    ApiKey(Key),
    /// Whoever came by a setup link: an account's IT admin, most likely. Nobody that we know.
    SetupLink(Setup),
}

/// The name in events.
impl fmt::Display for Actor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => out.write_str("anonymous"),
            Self::User(member) => write!(out, "user:{}", member.id),
            Self::IdentityProvider(id) => write!(out, "idp:{id}"),
            Self::Job(name) => write!(out, "job:{name}"),
            Self::CommandLine => out.write_str("command_line"),
            Self::Operator(id) => write!(out, "operator:{id}"),
            Self::ApiKey(key) => write!(out, "api_key:{}", key.id),
            Self::SetupLink(link) => write!(out, "setup_link:{}", link.id),
        }
    }
}

/// The parts of an actor's name in events: their kind, and their id (a job's name), which not every kind has.
#[must_use]
pub fn kind_and_id(actor: &str) -> (&str, Option<&str>) {
    actor.split_once(':').map_or((actor, None), |(kind, id)| (kind, Some(id)))
}

/// The context of one request, job or command.
#[derive(Debug, Clone)]
pub struct Ctx {
    /// Who acts.
    pub actor: Actor,
    /// Ties log lines, events and error pages together.
    pub request: RequestId,
    /// The moment of the request: the only "now" there is below.
    pub now: Instant,
    /// Where the request came from, as far as it is known: for limits and log lines, never for a decision.
    pub client: Option<IpAddr>,
    /// Whether what the request makes is made once, however often it is sent: it was reserved (`flow::once`), and the event
    /// of what it makes says so.
    pub is_once: bool,
}

impl Ctx {
    /// A context for `actor` at `now`.
    #[must_use]
    pub fn new(actor: Actor, now: Instant, rng: &Rng) -> Self {
        Self { actor, request: RequestId::make(now, rng), now, client: None, is_once: false }
    }

    /// The context with where the request came from.
    #[must_use]
    pub const fn from_address(mut self, client: Option<IpAddr>) -> Self {
        self.client = client;
        self
    }
}
