//! Settings that match nothing, for suite cases that leave one out.
//!
//! The engine knows no "absent" entity ID, address or key: by type there is always something to compare with. A case
//! without one is therefore judged against a value that no message can carry.

use gatepost_saml::trace::Text;
use gatepost_saml::trust::{Trust, read_certificate};

use crate::cli::Failure;

/// An identifier or address that no message can carry: U+0000 is not a character of XML (xml 2.2).
pub const TEXT: &str = "\u{0}";

/// A certificate around a public key that nobody has the private half of: the point of P-256 whose x is the SHA-256 of
/// `NOBODY_SEED`, with even y. Its own signature was made by a key that was thrown away, and is never looked at.
const NOBODY: &[u8] = b"\
MIIBDDCBsgIBATAKBggqhkjOPQQDAjARMQ8wDQYDVQQDDAZub2JvZHkwIBcNMjYxMTIxMTgyMTQw\
WhgPNzUwMjA5MTUxODIxNDBaMBExDzANBgNVBAMMBm5vYm9keTBZMBMGByqGSM49AgEGCCqGSM49\
AwEHA0IABIYinTcwh7kD0QXABAU/7BQ/s0HxqlQapSs1w3sV9Q0rigFh5ATGsLbOl9u1znmJPdUl\
JNIthaYpTD6TDuphw0owCgYIKoZIzj0EAwIDSQAwRgIhAJjOJId08FOn8S2s8o1KsmtxPAYOh29v\
bRPuiJgIDn0LAiEAzIkxiH4OYa0WPcR2iqiJQEBzcvLYYRcjYpqiKeC8JY4=";

#[cfg(test)]
const NOBODY_SEED: &[u8] = b"gatepost: a key that nobody holds, 0";

/// Trust in nobody: no signature verifies under it.
///
/// # Errors
/// Never, unless the certificate above was damaged.
pub fn trust() -> Result<Trust, Failure> {
    read_certificate(NOBODY)
        .map(|read| Trust::new(read.key, []))
        .map_err(|error| Failure::new(format!("internal error: {error}")))
}

/// `text` for a reader: the value of this module is said in words.
#[must_use]
pub fn named(text: Text) -> Text {
    if text.contains(TEXT) { Text::Borrowed("(the case names none)") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_holds_the_key() {
        let der = trust().unwrap().keys()[0].der().to_vec();
        let x = openssl::sha::sha256(NOBODY_SEED);
        // An uncompressed point: 04, x, y; the x that the seed gives was chosen by nobody.
        let point = der.windows(34).position(|window| window[..2] == [0x00, 0x04] && window[2..] == x);
        assert!(point.is_some());
    }

    #[test]
    fn is_said_in_words() {
        assert_eq!(named(TEXT.into()), "(the case names none)");
        assert_eq!(named("https://sp.example/acs".into()), "https://sp.example/acs");
    }
}
