//! Signatures of deliveries, and the answer to `endpoint.url_validation`.
//!
//! `x-zm-signature: v0=` and the lower-case hexadecimal HMAC-SHA256 of `v0:{x-zm-request-timestamp}:{raw body}` under the
//! app's secret token. The timestamp is in seconds; one in milliseconds is understood, as `event_ts` is one.
//!
//! # Design
//!
//! Zoom sets no tolerance and does not say whether a retry (5, 20 and 60 minutes later) is stamped anew. The window is
//! five minutes; [`Unsigned::Stale`] is told only of a delivery whose signature is right, so a counter of it that grows
//! says that retries are not stamped anew.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::base::Instant;

/// How far a timestamp may be from `now`, in both directions.
pub const WINDOW_SECONDS: i64 = 5 * 60;
/// Above this a timestamp is in milliseconds: in seconds it would be the year 5138.
const MILLISECONDS_FROM: i64 = 100_000_000_000;
const MAX_PLAIN_TOKEN: usize = 256;

/// The secret token of an app: signs its events. It is not printed, compared or copied.
pub struct SecretToken(SecretString);

impl SecretToken {
    /// Of a text that is not empty.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty() && text.len() <= 256 && text.bytes().all(|byte| byte.is_ascii_graphic()))
            .then(|| Self(SecretString::from(text)))
    }

    /// To be sealed, and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The MAC over `parts`, one after the other.
    fn mac(&self, parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.expose().as_bytes()).ok()?;
        for part in parts {
            mac.update(part);
        }
        Some(mac)
    }
}

/// The two headers of a delivery, as they came.
#[derive(Debug, Clone, Copy, Default)]
pub struct Headers<'a> {
    /// `x-zm-signature`.
    pub signature: Option<&'a str>,
    /// `x-zm-request-timestamp`.
    pub timestamp: Option<&'a str>,
}

/// Why a delivery does not count as Zoom's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsigned {
    /// A header is missing or is not of its form.
    #[error("the signature or its timestamp is missing or malformed")]
    Missing,
    /// No secret of ours made it.
    #[error("the signature is not by the secret token of this app")]
    Wrong,
    /// Rightly signed, but not now.
    #[error("the timestamp is more than five minutes away")]
    Stale,
}

impl Unsigned {
    /// The stable name.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Missing => "signature_missing",
            Self::Wrong => "signature_wrong",
            Self::Stale => "timestamp_stale",
        }
    }
}

/// Which of `secrets` signed `body`: its place in the list. While a secret is being changed, there are two.
///
/// # Errors
/// [`Unsigned`]; without a secret nothing is signed.
pub fn verify(
    headers: Headers<'_>,
    body: &[u8],
    secrets: &[&SecretToken],
    now: Instant,
) -> Result<usize, Unsigned> {
    let timestamp = headers.timestamp.ok_or(Unsigned::Missing)?;
    let at = moment(timestamp).ok_or(Unsigned::Missing)?;
    let claimed =
        headers.signature.and_then(|text| digest(text.strip_prefix("v0=")?)).ok_or(Unsigned::Missing)?;
    let mut found = None;
    // Every secret is tried, whichever fits, and each comparison takes the same time wherever it fails.
    for (place, secret) in secrets.iter().enumerate() {
        let mac = secret.mac(&[b"v0:", timestamp.as_bytes(), b":", body]);
        if mac.is_some_and(|mac| mac.verify_slice(&claimed).is_ok()) && found.is_none() {
            found = Some(place);
        }
    }
    let place = found.ok_or(Unsigned::Wrong)?;
    if now.seconds_since(at).abs() > WINDOW_SECONDS { Err(Unsigned::Stale) } else { Ok(place) }
}

/// The header of a delivery of `body` at `timestamp`: what the stand-in and tests send.
#[must_use]
pub fn sign(timestamp: &str, body: &[u8], secret: &SecretToken) -> Option<String> {
    let mac = secret.mac(&[b"v0:", timestamp.as_bytes(), b":", body])?;
    Some(format!("v0={}", hex(&mac.finalize().into_bytes())))
}

/// The answer to a validation: `plainToken` and its HMAC. `None` for a token that is none of Zoom's: with a colon in it,
/// the answer could be a signature under an event.
#[must_use]
pub fn answer(plain_token: &str, secret: &SecretToken) -> Option<String> {
    if !is_plain_token(plain_token) {
        return None;
    }
    let encrypted = hex(&secret.mac(&[plain_token.as_bytes()])?.finalize().into_bytes());
    // Neither text holds a character that JSON would escape.
    Some(format!(r#"{{"plainToken":"{plain_token}","encryptedToken":"{encrypted}"}}"#))
}

/// Whether `text` has the form of a token that Zoom has us encrypt: base64, of either alphabet.
#[must_use]
pub fn is_plain_token(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'+' | b'/' | b'=');
    !text.is_empty() && text.len() <= MAX_PLAIN_TOKEN && text.bytes().all(fits)
}

/// The moment of a timestamp: decimal digits and nothing else.
fn moment(text: &str) -> Option<Instant> {
    if text.is_empty() || text.len() > 15 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = text.parse().ok()?;
    Some(if number >= MILLISECONDS_FROM {
        Instant::from_micros(number.saturating_mul(1000))
    } else {
        Instant::from_seconds(number)
    })
}

/// 64 lower-case hexadecimal digits.
fn digest(text: &str) -> Option<[u8; 32]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != 32 || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = nibble(*high)? << 4 | nibble(*low)?;
    }
    Some(bytes)
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
