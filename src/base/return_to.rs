//! Where a browser goes after signing in: a path of this site, or a page of an origin that the operator listed.

use super::url::{PublicUrl, split};

/// Where to go after signing in. It leads to this site or a listed origin, never anywhere else, and never back into
/// signing in, where it would go round in circles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTo(String);

/// Paths that a sign-in does not return to, with everything below them.
const NOT_UNDER: [&str; 2] = ["/saml", "/signin"];

impl ReturnTo {
    /// The longest that is kept: it travels in a cookie.
    pub const MAX: usize = 512;

    /// Reads a path with an optional query, or an address at `own` or one of `others`. What could be taken for another
    /// site by some browser (`//host`, `/\host`, control characters, white space) is neither, nor is a path that a
    /// browser would change (`/x/../saml`).
    #[must_use]
    pub fn parse(text: &str, own: &PublicUrl, others: &[PublicUrl]) -> Option<Self> {
        if text.len() > Self::MAX {
            return None;
        }
        if text.starts_with('/') {
            return local(text).then(|| Self(text.to_owned()));
        }
        let parts = split(text).ok()?;
        let scheme = if parts.is_secure { "https" } else { "http" };
        let origin = PublicUrl::parse(&format!("{scheme}://{}", parts.authority)).ok()?;
        let rest = if parts.rest.is_empty() { "/" } else { parts.rest };
        if origin == *own {
            return local(rest).then(|| Self(rest.to_owned()));
        }
        let is_listed = others.contains(&origin) && !rest.contains('#');
        is_listed.then(|| Self(format!("{origin}{}", parts.rest)))
    }

    /// The page that shows who is signed in.
    #[must_use]
    pub fn me() -> Self {
        Self("/me".to_owned())
    }

    /// The path, or the address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn local(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_local = bytes.first() == Some(&b'/') && bytes.get(1) != Some(&b'/');
    let is_plain = bytes.iter().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#'));
    let path = text.split('?').next().unwrap_or(text);
    let is_dots = |segment: &str| {
        let segment = segment.to_ascii_lowercase().replace("%2e", ".");
        segment == "." || segment == ".."
    };
    let leads_back =
        |stop: &str| path.strip_prefix(stop).is_some_and(|below| below.is_empty() || below.starts_with('/'));
    is_local && is_plain && !path.split('/').any(is_dots) && !NOT_UNDER.into_iter().any(leads_back)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<String> {
        let own = PublicUrl::parse("https://sso.example.org").unwrap();
        let others = [PublicUrl::parse("https://app.example.org").unwrap()];
        ReturnTo::parse(text, &own, &others).map(|to| to.as_str().to_owned())
    }

    #[test]
    fn paths_of_this_site_and_listed_origins_only() {
        for good in [
            "/",
            "/me",
            "/courses/7?tab=videos&x=%2F",
            "/a//b",
            "/samlings",
            "/x?y=/saml/",
            "https://app.example.org",
            "https://app.example.org/courses/7?x=1",
        ] {
            assert_eq!(parse(good).as_deref(), Some(good));
        }
        assert_eq!(parse("HTTPS://App.Example.org/x").as_deref(), Some("https://app.example.org/x"));
        assert_eq!(parse("https://sso.example.org/me?x=1").as_deref(), Some("/me?x=1"));
        assert_eq!(parse("https://sso.example.org").as_deref(), Some("/"));
        for bad in [
            "",
            "me",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "https://app.example.org.evil.example/",
            "https://app.example.org@evil.example/",
            "https://app.example.org:444/",
            "http://app.example.org/",
            "https://app.example.org/#x",
            "javascript:alert(1)",
            "/a b",
            "/a\n",
            "/\t/x",
            "/ü",
            "/a#b",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(parse(&format!("/{}", "a".repeat(ReturnTo::MAX))), None);
    }

    #[test]
    fn never_back_into_signing_in() {
        for bad in [
            "/saml/conn_1/login",
            "/saml",
            "/signin",
            "/signin?x=1",
            "/signin/lincoln",
            "/x/../saml/conn_1/login",
            "/x/%2E%2e/saml/conn_1/login",
            "/./signin",
            "https://sso.example.org/saml/conn_1/login",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
