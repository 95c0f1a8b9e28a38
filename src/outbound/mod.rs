//! Rank 2: the one client for requests of our own to the outside: metadata, and by [`request`] the APIs that we
//! speak to. Mail and questions to name servers have files of their own ([`mail`], [`dns`]).
//!
//! Addresses come from tenants, so every request is a way into the private network unless it is guarded.
//!
//! # Invariants
//!
//! * Whatever is connected to was checked ([`address`]), and what was checked is what is connected to ([`resolver`]);
//!   the address of a URL that has no name is checked the same.
//! * No redirect is followed, no proxy of the environment used, no cookie kept, no connection used twice.
//! * Every request has an end: a time for connecting, one for the whole, a bound on what is read.
//! * https, unless the settings say otherwise.
//!
//! What an answer means is not decided here.

pub mod address;
pub mod dns;
mod error;
pub mod mail;
pub mod request;
pub mod resolver;

use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::redirect::Policy;

pub use error::FetchError;
use resolver::{Guarded, Names, NoAddress, SystemNames, is_open};

const USER_AGENT: &str = concat!("Gatepost/", env!("CARGO_PKG_VERSION"));
const MAX_URL: usize = 2048;

/// What is allowed beyond https to the public Internet, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Addresses of private networks and of this machine. Links and the services of the machine's host stay closed.
    pub allows_private: bool,
    /// http.
    pub allows_http: bool,
    /// How long connecting may take, looking the name up included.
    pub connect: Duration,
    /// How long all of it may take.
    pub whole: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            allows_private: false,
            allows_http: false,
            connect: Duration::from_secs(5),
            whole: Duration::from_secs(15),
        }
    }
}

/// The client. Copies share it.
#[derive(Clone)]
pub struct Client {
    inner: reqwest::Client,
    options: Options,
    names: Arc<dyn Names>,
}

impl fmt::Debug for Client {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Client").field("options", &self.options).finish_non_exhaustive()
    }
}

/// The TLS library could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the client for outgoing requests could not be made: {0}")]
pub struct ClientError(reqwest::Error);

impl Client {
    /// A client that looks names up as the system does.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn new(options: Options) -> Result<Self, ClientError> {
        Self::with_names(options, Arc::new(SystemNames))
    }

    /// A client that looks names up by `names`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn with_names(options: Options, names: Arc<dyn Names>) -> Result<Self, ClientError> {
        let inner = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .http1_only()
            .https_only(!options.allows_http)
            .tls_version_min(reqwest::tls::Version::TLS_1_2)
            .pool_max_idle_per_host(0)
            .connect_timeout(options.connect)
            .timeout(options.whole)
            .dns_resolver(Guarded { names: Arc::clone(&names), allows_private: options.allows_private })
            .build();
        Ok(Self { inner: inner.map_err(ClientError)?, options, names })
    }

    /// Whether something could be fetched from `url` as far as its text tells.
    ///
    /// # Errors
    /// [`FetchError`].
    pub fn check(&self, url: &str) -> Result<(), FetchError> {
        self.parse(url).map(drop)
    }

    /// The settings that are off here and keep `url` from being called: with them on, it would be.
    pub async fn forbidden_by(&self, url: &str) -> Vec<&'static str> {
        let Ok(url) = Url::parse(url) else { return Vec::new() };
        let host = url.host_str().unwrap_or_default();
        let addresses =
            if let Ok(address) = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
                vec![address]
            } else {
                let found = tokio::time::timeout(self.options.connect, self.names.look_up(host)).await;
                found.ok().and_then(Result::ok).unwrap_or_default()
            };
        let is_open_if = |private| addresses.iter().any(|address| is_open(*address, private));
        let mut off = Vec::new();
        if url.scheme() == "http" && !self.options.allows_http {
            off.push("outbound.allow_http");
        }
        if is_open_if(true) && !is_open_if(self.options.allows_private) {
            off.push("outbound.allow_private");
        }
        off
    }

    /// Fetches `url`, at most `limit` bytes.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn fetch(&self, url: &str, accept: &'static str, limit: usize) -> Result<Vec<u8>, FetchError> {
        let (url, host) = self.parse(url)?;
        let request = self.inner.get(url).header(ACCEPT, HeaderValue::from_static(accept));
        let mut response = request.send().await.map_err(|error| explain(&error, &host))?;
        let status = response.status();
        if status.is_redirection() {
            return Err(FetchError::Redirected { host, status: status.as_u16() });
        }
        if !status.is_success() {
            return Err(FetchError::Status { host, status: status.as_u16() });
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| explain(&error, &host))? {
            if body.len() + chunk.len() > limit {
                return Err(FetchError::TooLarge { host, limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn parse(&self, text: &str) -> Result<(Url, String), FetchError> {
        let wrong = || FetchError::Address(text.chars().take(200).collect());
        let url = Url::parse(text).map_err(|_| wrong())?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(wrong)?.to_owned();
        if text.len() > MAX_URL || !url.username().is_empty() || url.password().is_some() {
            return Err(wrong());
        }
        match url.scheme() {
            "https" => {}
            "http" if self.options.allows_http => {}
            "http" => return Err(FetchError::NotSecure),
            _ => return Err(wrong()),
        }
        // A URL without a name never reaches the resolver. Every spelling of an address (decimal, octal, short) was
        // brought into its usual form by now.
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        if literal.is_ok_and(|address| !is_open(address, self.options.allows_private)) {
            return Err(FetchError::Private(host));
        }
        Ok((url, host))
    }
}

/// What an error of the client means.
fn explain(error: &reqwest::Error, host: &str) -> FetchError {
    let host = host.to_owned();
    let mut causes = Vec::new();
    let mut next: Option<&dyn Error> = error.source();
    while let Some(cause) = next {
        causes.push(cause);
        next = cause.source();
    }
    let refused = causes.iter().find_map(|cause| cause.downcast_ref::<NoAddress>());
    match refused {
        Some(NoAddress::Private) => return FetchError::Private(host),
        Some(NoAddress::Unknown) => return FetchError::Unresolvable(host),
        None => {}
    }
    if error.is_timeout() {
        return FetchError::Timeout(host);
    }
    let last = causes.last().map(ToString::to_string).unwrap_or_default();
    if let Some(stack) = causes.iter().find_map(|cause| cause.downcast_ref::<openssl::error::ErrorStack>()) {
        // Of a line of OpenSSL, what people can read: the rest names its source files.
        let reason = stack.errors().iter().find_map(openssl::error::Error::reason);
        return FetchError::Certificate { host, cause: reason.map_or(last, str::to_owned) };
    }
    if error.is_connect() {
        return FetchError::Unreachable { host, cause: last };
    }
    FetchError::Broken(host)
}

#[cfg(test)]
mod tests;
