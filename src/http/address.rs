//! Where a request came from: for limits and log lines, never for a decision of a protocol.
//!
//! It is the other end of the connection; behind proxies that the settings name, the nearest address of
//! `X-Forwarded-For` that is not one of theirs, read from the right, since everything further left is anybody's word.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use ipnet::IpNet;

/// The other end of the connection, put among a request's extensions by whoever accepted it.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// Where the request came from, as far as it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Address(pub Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or_default())
    }
}

/// Where a request of `peer` with these headers came from.
#[must_use]
pub fn of(headers: &HeaderMap, peer: Option<IpAddr>, trusted: &[IpNet]) -> Address {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let Some(mut address) = peer.map(|peer| peer.to_canonical()) else { return Address(None) };
    let lines: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
    let hops = lines.into_iter().rev().flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    for hop in hops {
        if !is_trusted(&address) {
            break;
        }
        // What cannot be read is nobody: the proxy that passed it on is the last that is known.
        let Some(read) = std::str::from_utf8(hop).ok().and_then(read) else { break };
        address = read;
    }
    Address(Some(address))
}

fn read(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let with_port = || hop.parse::<SocketAddr>().map(|socket| socket.ip());
    let bracketed = || hop.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    hop.parse::<IpAddr>()
        .or_else(|_| with_port())
        .ok()
        .or_else(bracketed)
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(peer: &str, lines: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        of(&headers, Some(peer.parse().unwrap()), &trusted).0.unwrap().to_string()
    }

    #[test]
    fn strangers_are_not_asked_where_they_come_from() {
        assert_eq!(found("203.0.113.9", &["198.51.100.1"], &[]), "203.0.113.9");
        assert_eq!(found("203.0.113.9", &["198.51.100.1"], &["10.0.0.0/8"]), "203.0.113.9");
    }

    #[test]
    fn proxies_are_read_from_the_right() {
        let trusted = &["10.0.0.0/8", "fd00::/8"];
        assert_eq!(found("10.0.0.1", &["198.51.100.1"], trusted), "198.51.100.1");
        assert_eq!(found("10.0.0.1", &["1.1.1.1, 198.51.100.1, 10.0.0.2"], trusted), "198.51.100.1");
        assert_eq!(found("10.0.0.1", &["1.1.1.1", "198.51.100.1,10.0.0.2"], trusted), "198.51.100.1");
        assert_eq!(found("10.0.0.1", &["198.51.100.1:4711"], trusted), "198.51.100.1");
        assert_eq!(found("fd00::1", &["[2001:db8::1]:443"], trusted), "2001:db8::1");
        assert_eq!(found("10.0.0.1", &["[2001:db8::1]"], trusted), "2001:db8::1");
        assert_eq!(found("::ffff:10.0.0.1", &["198.51.100.1"], trusted), "198.51.100.1");
        assert_eq!(found("10.0.0.1", &["198.51.100.1, rubbish"], trusted), "10.0.0.1");
        assert_eq!(found("10.0.0.1", &[], trusted), "10.0.0.1");
    }
}
