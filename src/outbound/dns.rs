//! TXT records of names that accounts claim, asked of the system's name servers, or of those that the settings name.
//!
//! A name server is nobody's guest: it is asked by us, at an address that we were set up with. Names come from tenants, and
//! a name cannot lead anywhere but to an answer.
//!
//! # Invariants
//!
//! * Nothing is remembered: somebody who has just set a record and looks is told what DNS says now.
//! * Every question has an end: so many tries of so many seconds at so many servers.
//! * What an answer means is not decided here. How often a name may be asked for is the flows' business.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData, RecordType};

use crate::directory::domain_proof::Txt;

const SYSTEM: &str = "/etc/resolv.conf";
const PORT: u16 = 53;
/// As many as the system asks itself.
const SERVERS: usize = 3;
const TRY: Duration = Duration::from_secs(3);
const TRIES: usize = 2;
/// Of all servers and tries together.
const WHOLE: Duration = Duration::from_secs(12);

/// What asks. Copies share it.
#[derive(Clone)]
pub struct Dns {
    servers: Vec<SocketAddr>,
    patience: Duration,
}

impl fmt::Debug for Dns {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Dns").field("servers", &self.servers).finish_non_exhaustive()
    }
}

impl Dns {
    /// Asks `servers`; without one, those of the system.
    #[must_use]
    pub fn new(servers: &[SocketAddr]) -> Self {
        Self { servers: servers.to_vec(), patience: TRY }
    }

    /// The same with another patience for each try.
    #[must_use]
    pub const fn patient(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The TXT records of `name`. Whether name servers answer at all is counted: nobody else would tell whoever runs this.
    pub async fn txt(&self, name: &str) -> Txt {
        let found = self.ask(name).await;
        let outcome = match found {
            Txt::Values(_) => "found",
            Txt::NoRecord => "no_record",
            Txt::NoName => "no_name",
            Txt::NoAnswer => "no_answer",
        };
        metrics::counter!("gatepost_dns_total", "outcome" => outcome).increment(1);
        found
    }

    async fn ask(&self, name: &str) -> Txt {
        // A name of its own, never one below a domain that the system searches.
        let Ok(mut name) = Name::from_ascii(name) else { return Txt::NoName };
        name.set_fqdn(true);
        let resolver = match self.resolver() {
            Ok(resolver) => resolver,
            Err(error) => return unanswered(&error),
        };
        match tokio::time::timeout(WHOLE, resolver.lookup(name, RecordType::TXT)).await {
            Err(_) => unanswered(&format_args!("no answer within {} seconds", WHOLE.as_secs())),
            Ok(Ok(found)) => {
                let records = found.answers().iter().filter_map(|record| match &record.data {
                    // The strings of a record are one text (RFC 7208, 3.3, as everybody does).
                    RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
                    _ => None,
                });
                let values: Vec<_> = records.collect();
                if values.is_empty() { Txt::NoRecord } else { Txt::Values(values) }
            }
            Ok(Err(error)) if error.is_nx_domain() => Txt::NoName,
            Ok(Err(error)) if error.is_no_records_found() => Txt::NoRecord,
            Ok(Err(error)) => unanswered(&error),
        }
    }

    /// Those of the system are read each time: networks change while a process runs.
    fn servers(&self) -> Cow<'_, [SocketAddr]> {
        if self.servers.is_empty() {
            let text = std::fs::read_to_string(SYSTEM).unwrap_or_else(|error| {
                tracing::warn!("{SYSTEM} names no name server, this machine is asked: {error}");
                String::new()
            });
            Cow::Owned(read_system(&text))
        } else {
            Cow::Borrowed(&self.servers)
        }
    }

    /// One for each question: it costs little beside the question, and keeps nothing of the one before.
    fn resolver(&self) -> Result<TokioResolver, NetError> {
        let server = |address: &SocketAddr| {
            let at = |mut connection: ConnectionConfig| {
                connection.port = address.port();
                connection
            };
            let connections = vec![at(ConnectionConfig::udp()), at(ConnectionConfig::tcp())];
            NameServerConfig::new(address.ip(), true, connections)
        };
        let config = ResolverConfig::from_name_servers(self.servers().iter().map(server).collect());
        let mut options = ResolverOpts::default();
        options.timeout = self.patience;
        options.attempts = TRIES;
        options.cache_size = 0;
        options.use_hosts_file = ResolveHosts::Never;
        let resolver = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        resolver.with_options(options).build()
    }
}

/// A line for whoever runs this: that their name servers do not answer is no owner's business.
fn unanswered(why: &dyn fmt::Display) -> Txt {
    tracing::warn!("a name server did not answer: {why}");
    Txt::NoAnswer
}

/// The name servers of the system's settings, or of this machine where there are none (resolv.conf(5)).
fn read_system(text: &str) -> Vec<SocketAddr> {
    let server = |line: &str| {
        let address = line.trim().strip_prefix("nameserver")?;
        // What comes after % names a link of this machine.
        let address = address.split(['%', '#', ';']).next()?.trim();
        Some(SocketAddr::new(address.parse::<IpAddr>().ok()?, PORT))
    };
    let found: Vec<_> = text.lines().filter_map(server).take(SERVERS).collect();
    if found.is_empty() { vec![SocketAddr::new(IpAddr::from([127, 0, 0, 1]), PORT)] } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_settings_name_its_servers() {
        let read = |text: &str| read_system(text).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(read(""), ["127.0.0.1:53"]);
        assert_eq!(read("# nameserver 192.0.2.9\nsearch example.org\noptions ndots:5\n"), ["127.0.0.1:53"]);
        let text = "nameserver 192.0.2.1\n\tnameserver\t2001:db8::1 # ours\nnameserver fe80::1%eth0\nnameserver x\nnameserver 192.0.2.4\n";
        assert_eq!(read(text), ["192.0.2.1:53", "[2001:db8::1]:53", "[fe80::1]:53"]);
    }
}
