//! How a message is signed: Standard Webhooks, symmetric, version 1.
//!
//! Signed is `{id}.{timestamp}.{body}` with HMAC-SHA256 under the bytes behind `whsec_`; the header holds `v1,` and the
//! signature in base64, one for each secret that is good at the moment, with spaces between them.

use gatepost_saml::encoding::{base64, to_base64};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::base::{Instant, Rng};

/// What secrets begin with.
pub const PREFIX: &str = "whsec_";
const SECRET_BYTES: usize = 32;

/// A new secret.
#[must_use]
pub fn draw_secret(rng: &Rng) -> SecretString {
    format!("{PREFIX}{}", to_base64(&rng.bytes::<SECRET_BYTES>())).into()
}

/// The signatures of a message under each of `secrets`; what is no secret signs nothing.
#[must_use]
pub fn signatures<'s>(
    secrets: impl IntoIterator<Item = &'s SecretString>,
    (id, at): (&str, Instant),
    body: &[u8],
) -> String {
    let one = |secret: &SecretString| {
        let text = secret.expose_secret();
        let key = base64(text.strip_prefix(PREFIX).unwrap_or(text).as_bytes()).ok()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
        mac.update(format!("{id}.{}.", at.seconds()).as_bytes());
        mac.update(body);
        Some(format!("v1,{}", to_base64(&mac.finalize().into_bytes())))
    };
    secrets.into_iter().filter_map(one).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn the_known_vector_holds() {
        let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let at = Instant::from_seconds(1_614_265_330);
        let signed = signatures([&secret], ("msg_p5jXN8AQM9LWM0D4loKWxJek", at), br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn two_secrets_sign_twice_and_secrets_do_not_print() {
        let rng = Rng::seeded(5);
        let (old, new) = (draw_secret(&rng), draw_secret(&rng));
        let signed = signatures([&new, &old], ("msg_1", Instant::from_seconds(1)), b"{}");
        let (first, second) = signed.split_once(' ').unwrap();
        assert!(first != second && first.starts_with("v1,") && second.starts_with("v1,"));
        assert_eq!(signatures([&new], ("msg_1", Instant::from_seconds(1)), b"{}"), first);
        assert!(new.expose_secret().starts_with(PREFIX));
        assert!(!format!("{new:?}").contains(new.expose_secret()));
    }
}
