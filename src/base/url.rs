//! The few URLs that decisions rest on: our own public address and addresses of identity providers.
//!
//! Host headers and `X-Forwarded-*` never become one of these types: the public address is configuration.

use std::fmt;

use super::sentence::{Sentence, Told, sentence, told_errors};

/// Why a text is not accepted as a URL; a plain sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlError {
    /// Not http or https.
    Scheme,
    /// http to another machine.
    NotSecure,
    /// No host, or one that cannot be.
    Host,
    /// A path, query or fragment where only an origin may stand.
    Path,
    /// A character that must be percent-encoded, or a fragment.
    Character,
}

impl Told for UrlError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Scheme => sentence!("it must begin with https:// (or http:// on this machine)"),
            Self::NotSecure => {
                sentence!("http is accepted on localhost, 127.0.0.1 and [::1] only; use https")
            }
            Self::Host => sentence!("it must name a host, without user name or password"),
            Self::Path => sentence!("it must end after the host and port, without a path"),
            Self::Character => sentence!("it holds a character that does not belong in a URL"),
        }
    }
}

told_errors!(UrlError);

/// The address under which browsers reach us: scheme, host and port, nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    is_secure: bool,
}

impl PublicUrl {
    /// Reads `https://host[:port]`, or `http://` on loopback; a single trailing slash is dropped, and so is the port that
    /// goes without saying: browsers leave it out of `Origin`.
    ///
    /// # Errors
    /// [`UrlError`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let parts = split(text)?;
        if !matches!(parts.rest, "" | "/") {
            return Err(UrlError::Path);
        }
        let (scheme, usual_port) = if parts.is_secure { ("https", ":443") } else { ("http", ":80") };
        let authority = parts.authority.strip_suffix(usual_port).unwrap_or(parts.authority);
        Ok(Self {
            origin: format!("{scheme}://{}", authority.to_ascii_lowercase()),
            is_secure: parts.is_secure,
        })
    }

    /// The origin, without a trailing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.origin
    }

    /// Whether browsers reach us by https. Without, we are on loopback.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.is_secure
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.origin)
    }
}

/// Checks an address at an identity provider: absolute, https, or http on loopback.
///
/// # Errors
/// [`UrlError`] says what is wrong.
pub fn check_web_address(text: &str) -> Result<(), UrlError> {
    let parts = split(text)?;
    if parts.rest.contains('#') { Err(UrlError::Character) } else { Ok(()) }
}

/// The path of an absolute address, as it stands there; `None` when it has none.
#[must_use]
pub fn path_of(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("://")?;
    let rest = rest.get(rest.find('/')?..)?;
    rest.split(['?', '#']).next()
}

pub(super) struct Parts<'a> {
    pub(super) is_secure: bool,
    pub(super) authority: &'a str,
    pub(super) rest: &'a str,
}

pub(super) fn split(text: &str) -> Result<Parts<'_>, UrlError> {
    if !text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>' | b'^' | b'`'))
    {
        return Err(UrlError::Character);
    }
    let (is_secure, after) = match (strip(text, "https://"), strip(text, "http://")) {
        (Some(after), _) => (true, after),
        (None, Some(after)) => (false, after),
        (None, None) => return Err(UrlError::Scheme),
    };
    let (authority, rest) = after.split_at(after.find(['/', '?', '#']).unwrap_or(after.len()));
    let host = match authority.strip_prefix('[') {
        Some(inner) => inner.split_once(']').filter(|(_, port)| is_port(port)).map(|(host, _)| host),
        None => match authority.split_once(':') {
            Some((host, port)) => {
                (!port.is_empty() && port.bytes().all(|b| b.is_ascii_digit())).then_some(host)
            }
            None => Some(authority),
        },
    };
    let host = host.filter(|host| !host.is_empty() && !authority.contains('@')).ok_or(UrlError::Host)?;
    if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':')) {
        return Err(UrlError::Host);
    }
    if !is_secure && !["localhost", "127.0.0.1", "::1"].contains(&host.to_ascii_lowercase().as_str()) {
        return Err(UrlError::NotSecure);
    }
    Ok(Parts { is_secure, authority, rest })
}

fn is_port(text: &str) -> bool {
    text.is_empty()
        || text
            .strip_prefix(':')
            .is_some_and(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

fn strip<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(scheme.len())?;
    head.eq_ignore_ascii_case(scheme).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_address_is_an_origin() {
        for (text, wanted) in [
            ("https://sso.example.org", Ok("https://sso.example.org")),
            ("HTTPS://SSO.example.org:8443/", Ok("https://sso.example.org:8443")),
            ("https://sso.example.org:443/", Ok("https://sso.example.org")),
            ("https://sso.example.org:80", Ok("https://sso.example.org:80")),
            ("http://[::1]:80", Ok("http://[::1]")),
            ("http://localhost:8400", Ok("http://localhost:8400")),
            ("http://[::1]:8400", Ok("http://[::1]:8400")),
            ("http://sso.example.org", Err(UrlError::NotSecure)),
            ("https://sso.example.org/gate", Err(UrlError::Path)),
            ("https://sso.example.org?x", Err(UrlError::Path)),
            ("https://me@sso.example.org", Err(UrlError::Host)),
            ("https://", Err(UrlError::Host)),
            ("https://sso.example.org:", Err(UrlError::Host)),
            ("http://localhost@evil.example", Err(UrlError::Host)),
            ("sso.example.org", Err(UrlError::Scheme)),
            ("https://sso example", Err(UrlError::Character)),
        ] {
            assert_eq!(
                PublicUrl::parse(text).as_ref().map(PublicUrl::as_str),
                wanted.as_ref().copied(),
                "{text}"
            );
        }
    }

    #[test]
    fn identity_providers_are_reached_by_https() {
        assert_eq!(check_web_address("https://login.example.org/saml2?app=1"), Ok(()));
        assert_eq!(check_web_address("http://127.0.0.1:8401/okta/sso"), Ok(()));
        assert_eq!(check_web_address("http://login.example.org/saml2"), Err(UrlError::NotSecure));
        assert_eq!(check_web_address("javascript:alert(1)"), Err(UrlError::Scheme));
        assert_eq!(check_web_address("https://login.example.org/#x"), Err(UrlError::Character));
    }
}
