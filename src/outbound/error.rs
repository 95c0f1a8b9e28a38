//! Why something could not be fetched.

/// A plain sentence for whoever gave the address, and a stable kind for logs, metrics and tests.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Not an address that one can fetch from.
    #[error(
        "{0:?} is not a web address: it must begin with https:// and name a host, without user name or password"
    )]
    Address(String),
    /// Not https.
    #[error("the address must begin with https://: what comes by http can be changed on its way")]
    NotSecure,
    /// The address leads into a private network, or to the services of the machine's host.
    #[error(
        "{0} leads to a private or reserved network address, which nobody may send us to. If it is on your own \
         network, the operator can allow that (outbound.allow_private)"
    )]
    Private(String),
    /// No such name.
    #[error("the name {0} was not found. Check its spelling, and that it is known in public")]
    Unresolvable(String),
    /// Nobody answers there.
    #[error("{host} could not be reached: {cause}")]
    Unreachable {
        /// The host.
        host: String,
        /// In the words of the system.
        cause: String,
    },
    /// The server could not prove who it is.
    #[error("{host} could not prove who it is, so nothing was read from it: {cause}")]
    Certificate {
        /// The host.
        host: String,
        /// In OpenSSL's words.
        cause: String,
    },
    /// It took too long.
    #[error("{0} did not answer in time. Try again later, or check the address")]
    Timeout(String),
    /// It answered that the thing is elsewhere.
    #[error("{host} sends on to another place (status {status}). Give the final address")]
    Redirected {
        /// The host.
        host: String,
        /// The status.
        status: u16,
    },
    /// It answered with an error.
    #[error("{host} answered with status {status}")]
    Status {
        /// The host.
        host: String,
        /// The status.
        status: u16,
    },
    /// More came than anybody needs.
    #[error("{host} sends more than {limit} bytes, which is more than is read")]
    TooLarge {
        /// The host.
        host: String,
        /// How many are read.
        limit: usize,
    },
    /// The answer broke off.
    #[error("the answer of {0} broke off. Try again later")]
    Broken(String),
}

impl FetchError {
    /// The stable name.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Address(_) => "address",
            Self::NotSecure => "not_secure",
            Self::Private(_) => "private",
            Self::Unresolvable(_) => "unresolvable",
            Self::Unreachable { .. } => "unreachable",
            Self::Certificate { .. } => "certificate",
            Self::Timeout(_) => "timeout",
            Self::Redirected { .. } => "redirected",
            Self::Status { .. } => "status",
            Self::TooLarge { .. } => "too_large",
            Self::Broken(_) => "broken",
        }
    }
}
