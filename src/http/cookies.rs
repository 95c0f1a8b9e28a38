//! The cookies: what they are called, what they may be sent with, and reading them.
//!
//! | cookie | holds | comes with a response posted by another site |
//! |---|---|---|
//! | `gatepost-browser` | one random value per browser | yes on https (`SameSite=None`), no on http |
//! | `gatepost-pending_…` | a sealed pending request | the same |
//! | `gatepost-session` | the session's token | no (`SameSite=Lax`) |
//! | `gatepost-console` | the token of somebody who got in by a link or passkey | no |
//! | `gatepost-setup` | the token of whoever came by a setup link | no |
//! | `gatepost-zoom` | a sealed authorisation of an app in Zoom that is under way | no; browsers come back by a link |
//! | `gatepost-flash` | the name of a sentence to show once | no |
//! | `gatepost-choice` | by which connection this browser signed in last; nothing of the person | no |
//! | `gatepost-language` | the language that the person chose | no |
//!
//! On https every name begins with `__Host-`: no other host can set them. On http (loopback only) browsers would drop
//! `SameSite=None` and some of them `Secure`, so there they are `Lax`; a response is then posted once more by our own
//! page. A cookie that is there twice is not there: one of the two is somebody else's.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};

use crate::base::Instant;
use crate::base::id::ConnectionId;
use crate::base::secret::{BrowserToken, ConsoleToken, SessionToken};
use crate::base::time::DAY_SECONDS;
use crate::flow::login::pending::{Handle, SealedPending};
use crate::flow::zoom::authorize::LIFE_SECONDS;

/// Sign-ins that a browser may have under way; the oldest gives way.
const PENDING_KEPT: usize = 5;
/// How long a used request stays with the browser, so that a second press of the button can still be told apart.
const USED_SECONDS: i64 = 120;
/// How long a browser remembers how it signed in last.
const CHOICE_SECONDS: i64 = 180 * DAY_SECONDS;
/// How long a browser remembers a language.
const LANGUAGE_SECONDS: i64 = 365 * DAY_SECONDS;

/// How cookies are written here.
#[derive(Debug, Clone, Copy)]
pub struct CookieStyle {
    is_secure: bool,
}

impl CookieStyle {
    /// For a public address that is https, or http on loopback.
    #[must_use]
    pub const fn new(is_secure: bool) -> Self {
        Self { is_secure }
    }

    /// The name of the session's cookie.
    #[must_use]
    pub const fn session_name(self) -> &'static str {
        if self.is_secure { "__Host-gatepost-session" } else { "gatepost-session" }
    }

    /// Whether cookies are marked `Secure`.
    #[must_use]
    pub const fn is_secure(self) -> bool {
        self.is_secure
    }

    const fn browser_name(self) -> &'static str {
        if self.is_secure { "__Host-gatepost-browser" } else { "gatepost-browser" }
    }

    const fn pending_name(self) -> &'static str {
        if self.is_secure { "__Host-gatepost-pending" } else { "gatepost-pending" }
    }

    const fn choice_name(self) -> &'static str {
        if self.is_secure { "__Host-gatepost-choice" } else { "gatepost-choice" }
    }

    const fn language_name(self) -> &'static str {
        if self.is_secure { "__Host-gatepost-language" } else { "gatepost-language" }
    }

    const fn cross_site(self) -> &'static str {
        if self.is_secure {
            "HttpOnly; Secure; SameSite=None; Path=/"
        } else {
            "HttpOnly; SameSite=Lax; Path=/"
        }
    }

    const fn same_site(self) -> &'static str {
        if self.is_secure {
            "HttpOnly; Secure; SameSite=Lax; Path=/"
        } else {
            "HttpOnly; SameSite=Lax; Path=/"
        }
    }

    /// Leaves in a request only those of ours that what stands behind the session layer reads, and that are ours by their
    /// very bytes; the session's only if it is there once. The session layer decodes percent signs in names:
    /// `%5F_Host-gatepost-session`, which any host beside ours may set, would be `__Host-gatepost-session` to it.
    pub fn keep_ours(self, headers: &mut HeaderMap) {
        let is_session = |name: &str| name == self.session_name();
        let sessions = cookies(headers).filter(|(name, _)| is_session(name)).count();
        let is_ours = |(name, value): &(&str, &str)| {
            let is_plain =
                value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
            is_plain
                && (*name == self.browser_name()
                    || *name == Entry::Console.name(self.is_secure)
                    || name.starts_with(self.pending_name())
                    || (is_session(name) && sessions == 1))
        };
        let ours: Vec<_> =
            cookies(headers).filter(is_ours).map(|(name, value)| format!("{name}={value}")).collect();
        headers.remove(COOKIE);
        if let Ok(line) = HeaderValue::from_str(&ours.join("; "))
            && !ours.is_empty()
        {
            headers.insert(COOKIE, line);
        }
    }

    /// The session's token, if it is there once.
    #[must_use]
    pub fn session(self, headers: &HeaderMap) -> Option<SessionToken> {
        SessionToken::parse(once(headers, self.session_name())?)
    }

    /// The token of a session that did not begin with an identity provider, if it is there once.
    #[must_use]
    pub fn console(self, headers: &HeaderMap, entry: Entry) -> Option<ConsoleToken> {
        ConsoleToken::parse(once(headers, entry.name(self.is_secure))?)
    }

    /// Gives the browser such a token.
    pub fn set_console(self, headers: &mut HeaderMap, entry: Entry, token: &ConsoleToken, seconds: i64) {
        let (name, value) = (entry.name(self.is_secure), token.expose_text());
        append(headers, &format!("{name}={value}; Max-Age={seconds}; {}", self.same_site()));
    }

    /// Takes it away.
    pub fn remove_console(self, headers: &mut HeaderMap, entry: Entry) {
        append(headers, &format!("{}=; Max-Age=0; {}", entry.name(self.is_secure), self.same_site()));
    }

    const fn zoom_name(self) -> &'static str {
        if self.is_secure { "__Host-gatepost-zoom" } else { "gatepost-zoom" }
    }

    /// What the browser keeps of an authorisation in Zoom that is under way.
    #[must_use]
    pub fn zoom(self, headers: &HeaderMap) -> Option<&str> {
        once(headers, self.zoom_name())
    }

    /// Has it keep that; `None` has it forget it.
    pub fn set_zoom(self, headers: &mut HeaderMap, kept: Option<&str>) {
        let (name, age) = (self.zoom_name(), if kept.is_some() { LIFE_SECONDS } else { 0 });
        let value = kept.unwrap_or_default();
        append(headers, &format!("{name}={value}; Max-Age={age}; {}", self.same_site()));
    }

    const fn flash_name(self) -> &'static str {
        if self.is_secure { "__Host-gatepost-flash" } else { "gatepost-flash" }
    }

    /// The name of what is to be shown once.
    #[must_use]
    pub fn flash(self, headers: &HeaderMap) -> Option<&str> {
        once(headers, self.flash_name())
    }

    /// Has the next page show something; `None` has it shown no more.
    pub fn set_flash(self, headers: &mut HeaderMap, name: Option<&'static str>) {
        let (cookie, age) = (self.flash_name(), if name.is_some() { 60 } else { 0 });
        let value = name.unwrap_or_default();
        append(headers, &format!("{cookie}={value}; Max-Age={age}; {}", self.same_site()));
    }

    /// By which connection the browser signed in last, as far as it can be told.
    #[must_use]
    pub fn choice(self, headers: &HeaderMap) -> Option<ConnectionId> {
        once(headers, self.choice_name())?.parse().ok()
    }

    /// Has the browser remember by which connection it signed in.
    pub fn set_choice(self, headers: &mut HeaderMap, connection: ConnectionId) {
        let name = self.choice_name();
        append(headers, &format!("{name}={connection}; Max-Age={CHOICE_SECONDS}; {}", self.same_site()));
    }

    /// The language that the person chose, as far as it can be told.
    #[must_use]
    pub fn language(self, headers: &HeaderMap) -> Option<&str> {
        once(headers, self.language_name())
    }

    /// Has the browser remember a language of ours.
    pub fn set_language(self, headers: &mut HeaderMap, tag: &'static str) {
        let name = self.language_name();
        append(headers, &format!("{name}={tag}; Max-Age={LANGUAGE_SECONDS}; {}", self.same_site()));
    }

    /// The browser's token, if it is there once.
    #[must_use]
    pub fn browser(self, headers: &HeaderMap) -> Option<BrowserToken> {
        BrowserToken::parse(once(headers, self.browser_name())?)
    }

    /// The sealed pending requests that the browser keeps.
    #[must_use]
    pub fn pending(self, headers: &HeaderMap) -> Vec<(Handle, String)> {
        let kept = self.kept(headers);
        kept.into_iter().map(|kept| (kept.handle, kept.sealed)).collect()
    }

    /// Gives the browser its token.
    pub fn set_browser(self, headers: &mut HeaderMap, token: &BrowserToken) {
        let (name, value) = (self.browser_name(), token.expose_text());
        append(headers, &format!("{name}={value}; {}", self.cross_site()));
    }

    /// Gives the browser a pending request to keep, in place of the oldest when it has many.
    pub fn set_pending(
        self,
        request: &HeaderMap,
        headers: &mut HeaderMap,
        pending: &SealedPending,
        now: Instant,
    ) {
        let mut kept = self.kept(request);
        kept.sort_by_key(|kept| kept.expires_at);
        let surplus = (kept.len() + 1).saturating_sub(PENDING_KEPT);
        for old in kept.iter().take(surplus) {
            let (name, handle) = (self.pending_name(), old.handle.as_str());
            append(headers, &format!("{name}{handle}=; Max-Age=0; {}", self.cross_site()));
        }
        self.write_pending(headers, pending, pending.expires_at.seconds_since(now));
    }

    /// Lets a used request go after a short while.
    pub fn set_used(self, headers: &mut HeaderMap, pending: &SealedPending) {
        self.write_pending(headers, pending, USED_SECONDS);
    }

    /// Takes the session's cookie away. The session layer's own removal lacks `Secure`, and browsers ignore a `__Host-`
    /// cookie without it.
    pub fn remove_session(self, headers: &mut HeaderMap) {
        append(headers, &format!("{}=; Max-Age=0; {}", self.session_name(), self.same_site()));
    }

    fn write_pending(self, headers: &mut HeaderMap, pending: &SealedPending, seconds: i64) {
        let (name, handle, attributes) = (self.pending_name(), pending.handle.as_str(), self.cross_site());
        // The time before the point only says which is the oldest; the one that counts is sealed.
        let value = format!("{}.{}", pending.expires_at.seconds(), pending.value);
        append(headers, &format!("{name}{handle}={value}; Max-Age={seconds}; {attributes}"));
    }

    fn kept(self, headers: &HeaderMap) -> Vec<Kept> {
        let read = |(name, value): (&str, &str)| {
            let handle = Handle::parse(name.strip_prefix(self.pending_name())?)?;
            let (expires_at, sealed) = value.split_once('.')?;
            Some(Kept { handle, expires_at: expires_at.parse().ok()?, sealed: sealed.to_owned() })
        };
        cookies(headers).filter_map(read).collect()
    }
}

/// Which of the two: an IT admin's browser may be an owner's too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// Operators and owners.
    Console,
    /// Whoever came by a setup link.
    Setup,
}

impl Entry {
    const fn name(self, is_secure: bool) -> &'static str {
        match (self, is_secure) {
            (Self::Console, true) => "__Host-gatepost-console",
            (Self::Console, false) => "gatepost-console",
            (Self::Setup, true) => "__Host-gatepost-setup",
            (Self::Setup, false) => "gatepost-setup",
        }
    }
}

/// The value of a cookie that is there once.
fn once<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut found = cookies(headers).filter(|(known, _)| *known == name);
    match (found.next(), found.next()) {
        (Some((_, value)), None) => Some(value),
        _ => None,
    }
}

struct Kept {
    handle: Handle,
    expires_at: i64,
    sealed: String,
}

/// Names and values that are ASCII; what else stands in the line, some other site's text in whatever encoding, is passed
/// over by itself.
fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .get_all(COOKIE)
        .iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| std::str::from_utf8(pair).ok().filter(|pair| pair.is_ascii()))
        .filter_map(|pair| pair.trim_matches([' ', '\t']).split_once('='))
}

fn append(headers: &mut HeaderMap, cookie: &str) {
    // Names and values are of our own making: base64url, digits and hexadecimal.
    if let Ok(value) = HeaderValue::from_str(cookie) {
        headers.append(SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    fn request(line: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_str(line).unwrap());
        headers
    }

    fn set(headers: &HeaderMap) -> Vec<&str> {
        headers.get_all(SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect()
    }

    #[test]
    fn a_cookie_that_is_there_twice_is_not_there() {
        let token = BrowserToken::draw(&Rng::seeded(1));
        let text = token.expose_text();
        let style = CookieStyle::new(true);
        let one = request(&format!("a=b; __Host-gatepost-browser={text}"));
        assert_eq!(style.browser(&one).map(|token| token.hash()), Some(token.hash()));
        let two = request(&format!("__Host-gatepost-browser={text}; __Host-gatepost-browser={text}"));
        assert!(style.browser(&two).is_none());
        assert!(
            style.browser(&request(&format!("gatepost-browser={text}"))).is_none(),
            "the http name on https"
        );
    }

    #[test]
    fn another_sites_letters_hide_nothing() {
        let token = BrowserToken::draw(&Rng::seeded(1));
        let line = format!("greeting=Jos\u{e9}; __Host-gatepost-browser={}; x=\u{2713}", token.expose_text());
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        assert_eq!(CookieStyle::new(true).browser(&headers).map(|token| token.hash()), Some(token.hash()));
    }

    #[test]
    fn the_session_layer_sees_only_what_is_ours_by_its_bytes() {
        let left = |line: &str| {
            let mut headers = request(line);
            CookieStyle::new(true).keep_ours(&mut headers);
            headers.get(COOKIE).map(|line| line.to_str().unwrap().to_owned())
        };
        assert_eq!(left("__Host-gatepost-session=abc; x=1").as_deref(), Some("__Host-gatepost-session=abc"));
        for forged in [
            "%5F%5FHost-gatepost-session=abc",
            "__Host-gatepost-session=abc; __Host-gatepost-session=def",
            "__Host-gatepost-sessio%6E=abc",
            "gatepost-session=abc",
            "__Host-gatepost-session=a%62c",
        ] {
            assert_eq!(left(forged), None, "{forged}");
        }
        let both =
            "__Host-gatepost-session=mine; %5F_Host-gatepost-session=theirs; __Host-gatepost-browser=b";
        assert_eq!(left(both).as_deref(), Some("__Host-gatepost-session=mine; __Host-gatepost-browser=b"));
    }

    #[test]
    fn attributes_are_those_of_the_design() {
        let token = BrowserToken::draw(&Rng::seeded(1));
        for (is_secure, wanted) in [
            (true, "__Host-gatepost-browser=TOKEN; HttpOnly; Secure; SameSite=None; Path=/"),
            (false, "gatepost-browser=TOKEN; HttpOnly; SameSite=Lax; Path=/"),
        ] {
            let mut headers = HeaderMap::new();
            CookieStyle::new(is_secure).set_browser(&mut headers, &token);
            assert_eq!(set(&headers), [wanted.replace("TOKEN", &token.expose_text())]);
        }
    }

    #[test]
    fn the_oldest_request_gives_way() {
        let rng = Rng::seeded(1);
        let style = CookieStyle::new(true);
        let now = Instant::from_seconds(1000);
        let handles: Vec<_> = (0..PENDING_KEPT).map(|_| Handle::draw(&rng)).collect();
        let line = |(index, handle): (usize, &Handle)| {
            format!("__Host-gatepost-pending{}={}.x", handle.as_str(), 2000 - i64::try_from(index).unwrap())
        };
        let line = handles.iter().enumerate().map(line).collect::<Vec<_>>().join("; ");
        let kept = request(&line);
        assert_eq!(style.pending(&kept).len(), PENDING_KEPT);
        let new = SealedPending {
            handle: Handle::draw(&rng),
            value: "y".to_owned(),
            expires_at: now.plus_seconds(3600),
        };
        let mut headers = HeaderMap::new();
        style.set_pending(&kept, &mut headers, &new, now);
        let oldest = handles.last().unwrap().as_str();
        assert_eq!(
            set(&headers),
            [
                format!(
                    "__Host-gatepost-pending{oldest}=; Max-Age=0; HttpOnly; Secure; SameSite=None; Path=/"
                ),
                format!(
                    "__Host-gatepost-pending{}=4600.y; Max-Age=3600; HttpOnly; Secure; SameSite=None; Path=/",
                    new.handle.as_str()
                ),
            ]
        );
    }
}
