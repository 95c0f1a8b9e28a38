//! Which network addresses may be spoken to on somebody else's request. Pure.
//!
//! Whatever is not known to be the public Internet is not. Forms that carry an IPv4 address (RFC 4291 2.5.5.2, RFC 6052,
//! RFC 3056) are judged by that address: they are other spellings of it.
//!
//! To add a range: a line here and one in the test. The registries are RFC 6890's, of IPv4 and of IPv6.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where an address leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// To the public Internet.
    Public,
    /// To this machine or its own network: only where the settings allow it.
    Private,
    /// Nowhere that anybody may send us to: services of the machine's host (credentials are handed out there), links,
    /// groups, documentation, what is reserved.
    Never,
}

/// Where `address` leads.
#[must_use]
pub const fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

const fn reach_v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        // Services of cloud hosts that stand outside of the ranges below (Azure) or inside a private one (Alibaba).
        [168, 63, 129, 16]
        | [100, 100, 100, 200]
        // "This network" (RFC 791), link-local (RFC 3927), protocol assignments, documentation (RFC 5737), the old
        // 6to4 relays (RFC 7526), benchmarks (RFC 2544), multicast and what is reserved above it.
        | [0 | 224..=255, ..]
        | [169, 254, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => Reach::Never,
        // RFC 1918, shared address space (RFC 6598), this machine.
        [10 | 127, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Reach::Private,
        _ => Reach::Public,
    }
}

const fn reach_v6(address: Ipv6Addr) -> Reach {
    match address.segments() {
        // ::ffff:a.b.c.d, and the well-known prefix of NAT64.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        // 6to4 carries the address behind its prefix.
        | [0x2002, high, low, ..] => reach_v4(embedded(high, low)),
        // Services of cloud hosts inside unique-local space (AWS, Google); protocol assignments with Teredo (RFC 2928,
        // RFC 4380); documentation (RFC 3849, RFC 9637).
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254]
        | [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254]
        | [0x2001, 0..=0x1ff | 0xdb8, ..]
        | [0x3fff, 0..=0xfff, ..] => Reach::Never,
        // This machine, unique-local (RFC 4193).
        [0, 0, 0, 0, 0, 0, 0, 1] | [0xfc00..=0xfdff, ..] => Reach::Private,
        // Global unicast (RFC 3587). All else is link-local, multicast or reserved.
        [0x2000..=0x3fff, ..] => Reach::Public,
        _ => Reach::Never,
    }
}

const fn embedded(high: u16, low: u16) -> Ipv4Addr {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_internet_is_public() {
        for (wanted, addresses) in [
            (
                Reach::Public,
                "8.8.8.8 1.1.1.1 172.15.0.1 172.32.0.1 192.0.1.1 100.63.0.1 100.128.0.1 198.17.0.1",
            ),
            (
                Reach::Public,
                "2600:1f18::1 2a00:1450:4001::1 2001:200::1 ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808::1",
            ),
            (
                Reach::Private,
                "127.0.0.1 127.255.0.9 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1",
            ),
            (
                Reach::Private,
                "::1 fc00::1 fdff::1 ::ffff:127.0.0.1 ::ffff:10.1.2.3 64:ff9b::7f00:1 64:ff9b::a00:1",
            ),
            (Reach::Private, "2002:7f00:1::1 2002:c0a8:101::"),
            (
                Reach::Never,
                "0.0.0.0 0.1.2.3 169.254.169.254 169.254.0.1 168.63.129.16 100.100.100.200 192.0.0.192",
            ),
            (
                Reach::Never,
                "192.0.2.1 198.51.100.7 203.0.113.1 198.18.0.1 192.88.99.1 224.0.0.1 239.1.1.1 240.0.0.1",
            ),
            (
                Reach::Never,
                "255.255.255.255 :: fe80::1 febf::1 fec0::1 ff02::1 2001:db8::1 3fff::1 2001::1 2001:10::1",
            ),
            (
                Reach::Never,
                "fd00:ec2::254 fd20:ce::254 64:ff9b:1::1 ::ffff:169.254.169.254 64:ff9b::a9fe:a9fe",
            ),
            (Reach::Never, "2002:a9fe:a9fe::1 ::7f00:1 100::1 4000::1 5f00::1"),
        ] {
            for address in addresses.split(' ') {
                assert_eq!(reach(address.parse().unwrap()), wanted, "{address}");
            }
        }
    }
}
