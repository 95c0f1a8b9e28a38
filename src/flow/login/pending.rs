//! Pending requests: what we remember between sending a browser away and its return.
//!
//! # Design
//!
//! Starting a sign-in is open to everybody, so it must not write to the database. What is to be remembered is sealed
//! under a key of the account's for such values and put into a cookie of that browser; only its use becomes a row. The request's own id is
//! the handle: it names the cookie and travels as `RelayState` (41 characters of at most 80; it says nothing), and it is
//! bound into the seal, so that no sealed value can be used under another handle or by another connection.
//!
//! The token of the session to be is drawn with the request and sealed with it. So an answer that arrives twice, on two
//! nodes even, leads into one session whichever of the two the browser hears of, and nothing that opens a session is
//! stored.
//!
//! Rejected: sealing it into `RelayState` itself (it does not fit into 80 bytes, saml-bindings 3.5.3), a table that is
//! capped and swept (a stranger could push others' requests out of it).

use serde::{Deserialize, Serialize};

use crate::base::encoding::{base64url, from_base64url, hex};
use crate::base::id::ConnectionId;
use crate::base::secret::{SessionToken, TokenHash};
use crate::base::{Instant, ReturnTo, Rng};
use crate::storage::seal::{AccountKeys, Carried, SealError};

/// How long a person may take at the identity provider.
pub const LIFE_SECONDS: i64 = 3600;

/// saml-bindings 3.5.3.
const MAX_RELAY_STATE: usize = 80;

/// No hexadecimal digit, so that no other handle begins with it.
const RESTART: char = 'r';

/// Before the digits of a connection's id; neither they nor hexadecimal digits hold it.
const TO: char = '-';

/// The id of a request: also the handle under which the browser keeps it. It begins with a letter or underscore, as
/// an XML ID must, and has 160 random bits (saml-core 1.3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handle(String);

impl Handle {
    /// A new one.
    #[must_use]
    pub fn draw(rng: &Rng) -> Self {
        Self(format!("_{}", hex(&rng.bytes::<20>())))
    }

    /// A new one, for a request that is made in the place of an answer that nobody asked for. It says when that was, and
    /// so goes with the answer even where the browser keeps nothing: the mark only ever stops a second such request.
    #[must_use]
    pub fn draw_restart(rng: &Rng, now: Instant) -> Self {
        Self(format!("_{RESTART}{:010x}{}", now.seconds().max(0), hex(&rng.bytes::<20>())))
    }

    /// When the request was made in the place of an answer, if it was.
    #[must_use]
    pub fn restarted_at(&self) -> Option<Instant> {
        let rest = self.0.strip_prefix('_')?.strip_prefix(RESTART)?;
        let seconds = i64::from_str_radix(rest.get(..10)?, 16).ok()?;
        Some(Instant::from_seconds(seconds))
    }

    /// The same, of a request whose answer comes to an address that connections share: it says which of them asked. That
    /// decides who judges the answer, and nothing about how.
    #[must_use]
    pub fn leading_to(self, connection: ConnectionId) -> Self {
        let name = connection.to_string();
        let digits = name.rsplit('_').next().unwrap_or_default();
        Self(format!("{}{TO}{digits}", self.0))
    }

    /// The connection that it says it leads to.
    #[must_use]
    pub fn leads_to(&self) -> Option<ConnectionId> {
        let (_, digits) = self.0.rsplit_once(TO)?;
        format!("{}_{digits}", ConnectionId::PREFIX).parse().ok()
    }

    /// Reads one: an XML ID that can name a cookie. Which of them are ours is for the seal to say.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let begins = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        let is_plain =
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
        (begins && is_plain && text.len() <= MAX_RELAY_STATE).then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a browser keeps for us: it cannot read or change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedPending {
    /// Its handle.
    pub handle: Handle,
    /// The sealed value, base64url.
    pub value: String,
    /// When it becomes useless.
    pub expires_at: Instant,
}

/// What was asked of the identity provider beyond a sign-in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// That the person proves anew who they are (`ForceAuthn`).
    pub is_forced: bool,
    /// One of these authentication contexts; empty: any will do.
    pub contexts: Vec<String>,
}

/// What we remember.
#[derive(Debug)]
pub struct Pending {
    /// The id of the request.
    pub handle: Handle,
    /// The connection that it was made for.
    pub connection: ConnectionId,
    /// The browser that it was made for.
    pub browser: TokenHash,
    /// Where the person wanted to go.
    pub return_to: Option<ReturnTo>,
    /// What was asked for.
    pub asked: Asked,
    /// The token of the session that the answer will make.
    pub token: SessionToken,
    /// Whether it is a test, which never makes a session.
    pub is_test: bool,
    /// Until when an answer is taken.
    pub expires_at: Instant,
}

/// The stored form; short names, since it travels in a header.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    b: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    r: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    f: bool,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    c: Vec<String>,
    t: String,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    p: bool,
    e: i64,
}

impl Pending {
    /// Seals it for the browser.
    ///
    /// # Errors
    /// [`SealError`] when OpenSSL fails.
    pub fn seal(&self, keys: &AccountKeys, rng: &Rng) -> Result<SealedPending, SealError> {
        let stored = Stored {
            b: base64url(&self.browser.0),
            r: self.return_to.as_ref().map(|to| to.as_str().to_owned()),
            f: self.asked.is_forced,
            c: self.asked.contexts.clone(),
            t: self.token.expose_text(),
            p: self.is_test,
            e: self.expires_at.micros(),
        };
        let plain = serde_json::to_vec(&stored).map_err(|_| SealError)?;
        let of = of(self.connection, &self.handle);
        let value = base64url(&keys.seal_carried(carried(&of), &plain, rng)?);
        Ok(SealedPending { handle: self.handle.clone(), value, expires_at: self.expires_at })
    }

    /// Opens what a browser kept under `handle` for `connection`; anything that we did not seal for just these is
    /// `None`. `return_to` reads where to go, by the rules of today.
    #[must_use]
    pub fn open(
        (value, handle): (&str, Handle),
        connection: ConnectionId,
        keys: &AccountKeys,
        return_to: impl Fn(&str) -> Option<ReturnTo>,
    ) -> Option<Self> {
        let sealed = from_base64url(value)?;
        let plain = keys.open_carried(carried(&of(connection, &handle)), &sealed).ok()?;
        let stored: Stored = serde_json::from_slice(&plain).ok()?;
        Some(Self {
            handle,
            connection,
            browser: TokenHash(from_base64url(&stored.b)?.try_into().ok()?),
            return_to: stored.r.as_deref().and_then(return_to),
            asked: Asked { is_forced: stored.f, contexts: stored.c },
            token: SessionToken::parse(&stored.t)?,
            is_test: stored.p,
            expires_at: Instant::from_micros(stored.e),
        })
    }

    /// When the request was made.
    #[must_use]
    pub fn issued_at(&self) -> Instant {
        self.expires_at.plus_seconds(-LIFE_SECONDS)
    }

    /// Whether the browser with this token may still answer it.
    #[must_use]
    pub fn is_open_to(&self, browser: TokenHash, now: Instant) -> bool {
        self.browser == browser && now < self.expires_at
    }
}

fn of(connection: ConnectionId, handle: &Handle) -> String {
    format!("{connection}/{}", handle.as_str())
}

const fn carried(of: &str) -> Carried<'_> {
    Carried { what: "pending request", of }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::secret::BrowserToken;
    use crate::base::url::PublicUrl;

    #[test]
    fn a_handle_is_an_xml_id_that_fits() {
        let handle = Handle::draw(&Rng::seeded(1));
        assert_eq!(Handle::parse(handle.as_str()), Some(handle.clone()));
        assert!(handle.as_str().len() <= 80 && handle.as_str().starts_with('_'));
        for bad in ["", "1", "-a", "a;b", "a=b", "a b", "_/../", "_ü", &"a".repeat(81)] {
            assert_eq!(Handle::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_restart_is_told_by_its_handle() {
        let (rng, now) = (Rng::seeded(1), Instant::from_seconds(1_772_445_630));
        let handle = Handle::draw_restart(&rng, now);
        assert_eq!(Handle::parse(handle.as_str()).and_then(|handle| handle.restarted_at()), Some(now));
        for _ in 0..100 {
            assert_eq!(Handle::draw(&rng).restarted_at(), None);
        }
        for other in ["_r", "_rüüüüüüüü", "_r00000000zz", "r0069a56a7e"] {
            assert_eq!(Handle(other.to_owned()).restarted_at(), None, "{other}");
        }
    }

    #[test]
    fn a_handle_can_say_whose_it_is() {
        let (rng, now) = (Rng::seeded(1), Instant::from_seconds(1_772_445_630));
        let connection = ConnectionId::make(now, &rng);
        for plain in [Handle::draw(&rng), Handle::draw_restart(&rng, now)] {
            assert_eq!(plain.leads_to(), None);
            let leading = plain.clone().leading_to(connection);
            assert_eq!(Handle::parse(leading.as_str()), Some(leading.clone()), "it fits");
            assert_eq!(leading.leads_to(), Some(connection));
            assert_eq!(leading.restarted_at(), plain.restarted_at());
        }
        for other in ["_x-", "_x-01", "-", &format!("_{connection}")] {
            assert_eq!(Handle(other.to_owned()).leads_to(), None, "{other}");
        }
    }

    fn local(text: &str) -> Option<ReturnTo> {
        ReturnTo::parse(text, &PublicUrl::parse("https://sso.example.org").unwrap(), &[])
    }

    fn pending(rng: &Rng, now: Instant, return_to: &str) -> Pending {
        Pending {
            handle: Handle::draw(rng),
            connection: ConnectionId::make(now, rng),
            browser: BrowserToken::draw(rng).hash(),
            return_to: local(return_to),
            asked: Asked { is_forced: true, contexts: vec!["urn:x".to_owned()] },
            token: SessionToken::draw(rng),
            is_test: false,
            expires_at: now.plus_seconds(LIFE_SECONDS),
        }
    }

    #[test]
    fn it_opens_for_its_connection_and_handle_only() {
        let (rng, now) = (Rng::seeded(1), Instant::from_seconds(1_772_445_630));
        let keys = AccountKeys::from_generations(&[(1, AccountKeys::draw(&rng))], 1).unwrap();
        let pending = pending(&rng, now, "/courses?x=1");
        let sealed = pending.seal(&keys, &rng).unwrap();
        let open = |handle: &Handle, connection| {
            Pending::open((&sealed.value, handle.clone()), connection, &keys, local)
        };
        let opened = open(&pending.handle, pending.connection).unwrap();
        assert_eq!(opened.token.hash(), pending.token.hash());
        assert_eq!(
            (opened.return_to, opened.asked, opened.browser, opened.expires_at),
            (local("/courses?x=1"), pending.asked.clone(), pending.browser, pending.expires_at)
        );
        assert!(open(&Handle::draw(&rng), pending.connection).is_none());
        assert!(open(&pending.handle, ConnectionId::make(now, &rng)).is_none());
        assert!(pending.is_open_to(pending.browser, now));
        assert!(!pending.is_open_to(pending.browser, pending.expires_at));
        assert!(!pending.is_open_to(BrowserToken::draw(&rng).hash(), now));
        assert_eq!(pending.issued_at(), now);
    }

    #[test]
    fn the_cookie_stays_small() {
        let (rng, now) = (Rng::seeded(1), Instant::from_seconds(1_772_445_630));
        let keys = AccountKeys::from_generations(&[(1, AccountKeys::draw(&rng))], 1).unwrap();
        let pending = pending(&rng, now, &format!("/{}", "a".repeat(ReturnTo::MAX - 1)));
        assert!(pending.return_to.is_some());
        assert!(pending.seal(&keys, &rng).unwrap().value.len() < 1100);
    }
}
