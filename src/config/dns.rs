//! Who is asked for what stands in DNS.

use std::net::{IpAddr, SocketAddr};

use super::section::Section;

/// Who is asked for what stands in DNS.
#[derive(Debug, Clone)]
pub struct Dns {
    /// Name servers; those of the system where none is named.
    pub servers: Vec<SocketAddr>,
}

impl Dns {
    pub(super) fn read(section: &mut Section) -> Self {
        Self { servers: section.list("servers", server) }
    }
}

fn server(text: &str) -> Result<SocketAddr, &'static str> {
    let alone = || text.parse::<IpAddr>().map(|address| SocketAddr::new(address, 53));
    text.parse().or_else(|_| alone()).map_err(|_| "not an address, such as 192.0.2.53 or 127.0.0.1:5353")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_an_address_with_or_without_a_port() {
        for (text, read) in [
            ("192.0.2.53", "192.0.2.53:53"),
            ("127.0.0.1:5353", "127.0.0.1:5353"),
            ("2001:db8::53", "[2001:db8::53]:53"),
            ("[::1]:5353", "[::1]:5353"),
        ] {
            assert_eq!(server(text).map(|address| address.to_string()).as_deref(), Ok(read));
        }
        assert!(server("dns.example.org").is_err() && server("").is_err());
    }
}
