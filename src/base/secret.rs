//! Bearer tokens: drawn here, shown once to the browser, kept as a SHA-256 only.
//!
//! A dump of the database holds nothing that could be replayed as a cookie. The token of a browser has 256 bits; that of
//! a session has 128, because the session library's id has (NIST SP 800-63B asks for 64).

use secrecy::{ExposeSecret, SecretBox};

use super::Rng;
use super::encoding::{base64url, from_base64url};

/// A random bearer token of `N` bytes. It has no `Debug` of its contents, no `Display` and is wiped when dropped.
#[derive(Debug)]
pub struct Token<const N: usize>(SecretBox<[u8; N]>);

/// One per browser; binds a sign-in to the browser that started it.
pub type BrowserToken = Token<32>;

/// One per session.
pub type SessionToken = Token<16>;

/// One per session of the console that began without an identity provider.
pub type ConsoleToken = Token<32>;

/// One per link.
pub type LinkToken = Token<32>;

/// One per link behind which one sign-in is seen.
pub type ShareToken = Token<32>;

/// The secret of a key of the REST API.
pub type ApiSecret = Token<32>;

/// SHA-256 of a token: what may be stored and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

impl<const N: usize> Token<N> {
    /// A new token.
    #[must_use]
    pub fn draw(rng: &Rng) -> Self {
        Self::from_bytes(rng.bytes())
    }

    /// The token of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; N]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// Reads the text form; anything else is `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self::from_bytes(from_base64url(text)?.try_into().ok()?))
    }

    /// The text form, for the browser alone.
    #[must_use]
    pub fn expose_text(&self) -> String {
        base64url(self.0.expose_secret())
    }

    /// The bytes, for the browser alone.
    #[must_use]
    pub fn expose_bytes(&self) -> [u8; N] {
        *self.0.expose_secret()
    }

    /// What may be stored.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(openssl::sha::sha256(self.0.expose_secret()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_read_back_and_do_not_print() {
        let token = BrowserToken::draw(&Rng::seeded(3));
        let text = token.expose_text();
        assert_eq!(BrowserToken::parse(&text).map(|read| read.hash()), Some(token.hash()));
        assert!(!format!("{token:?}").contains(&text));
        assert!(SessionToken::parse(&text).is_none());
        assert!(BrowserToken::parse("short").is_none());
    }
}
