//! Why something could not be fetched.

use crate::base::sentence::{Sentence, Told, sentence, told_errors};

/// A plain sentence for whoever gave the address, and a stable kind for logs, metrics and tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchError {
    /// Not an address that one can fetch from.
    Address(String),
    /// Not https.
    NotSecure,
    /// The address leads into a private network, or to the services of the machine's host.
    Private(String),
    /// No such name.
    Unresolvable(String),
    /// Nobody answers there.
    Unreachable {
        /// The host.
        host: String,
        /// In the words of the system.
        cause: String,
    },
    /// The server could not prove who it is.
    Certificate {
        /// The host.
        host: String,
        /// In OpenSSL's words.
        cause: String,
    },
    /// It took too long.
    Timeout(String),
    /// It answered that the thing is elsewhere.
    Redirected {
        /// The host.
        host: String,
        /// The status.
        status: u16,
    },
    /// It answered with an error.
    Status {
        /// The host.
        host: String,
        /// The status.
        status: u16,
    },
    /// More came than anybody needs.
    TooLarge {
        /// The host.
        host: String,
        /// How many are read.
        limit: usize,
    },
    /// The answer broke off.
    Broken(String),
}

impl Told for FetchError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Address(given) => sentence!(
                "\"{given}\" is not a web address: it must begin with https:// and name a host, without user name or password",
                given
            ),
            Self::NotSecure => sentence!(
                "the address must begin with https://: what comes by http can be changed on its way. To try things out, the \
                 operator can allow it (outbound.allow_http)"
            ),
            Self::Private(host) => sentence!(
                "{host} leads to a private or reserved network address, which nobody may send us to. If it is on your own \
         network, the operator can allow that (outbound.allow_private)",
                host
            ),
            Self::Unresolvable(host) => sentence!(
                "the name {host} was not found. Check its spelling, and that it is known in public",
                host
            ),
            Self::Unreachable { host, cause } => {
                sentence!("{host} could not be reached: {cause}", host, cause)
            }
            // What OpenSSL says where something answers that is no TLS.
            Self::Certificate { host, cause } if cause == "wrong version number" => sentence!(
                "{host} does not speak TLS at this address, so nothing was read from it. Check the host and the port",
                host
            ),
            Self::Certificate { host, cause } => sentence!(
                "{host} could not prove who it is, so nothing was read from it: {cause}",
                host,
                cause
            ),
            Self::Timeout(host) => {
                sentence!("{host} did not answer in time. Try again later, or check the address", host)
            }
            Self::Redirected { host, status } => sentence!(
                "{host} sends on to another place (status {status}). Give the final address",
                host,
                status = *status
            ),
            Self::Status { host, status } => {
                sentence!("{host} answered with status {status}", host, status = *status)
            }
            Self::TooLarge { host, limit } => sentence!(
                "{host} sends more than {limit} bytes, which is more than is read",
                host,
                limit = *limit
            ),
            Self::Broken(host) => sentence!("the answer of {host} broke off. Try again later", host),
        }
    }
}

told_errors!(FetchError);

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
