//! Typed ids: `UUIDv7` (RFC 9562) as a prefix and 26 characters of Crockford base32, lower-case (`conn_01k…`).
//!
//! One form per id: another letter case, a missing digit or a foreign prefix is not an id. Ids sort by the time at which
//! they were made. They are names, never secrets.

use std::fmt;
use std::str::FromStr;

use super::sentence::{Sentence, Told, data, sentence, told_errors};
use super::{Instant, Rng};

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const DIGITS: usize = 26;

/// The text is not an id of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdError(pub &'static str);

impl Told for IdError {
    fn sentence(&self) -> Sentence {
        sentence!("not an id that begins with {prefix}_", prefix = self.0)
    }
}

told_errors!(IdError);

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// What the text form begins with, before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// A new id, made at `now`.
            #[must_use]
            pub fn make(now: Instant, rng: &Rng) -> Self {
                Self(uuid_v7(now, rng))
            }

            /// What sorts before every id that is made at `now` or later, and after those from before: a bound, no id.
            #[must_use]
            pub fn first_of(now: Instant) -> Self {
                Self(millis(now) << 80)
            }

            /// When it was made, to the millisecond.
            #[must_use]
            pub fn made_at(self) -> Instant {
                let millis = i64::try_from(self.0 >> 80).unwrap_or(i64::MAX);
                Instant::from_micros(millis.saturating_mul(1000))
            }

            /// The text form, or where there is none, what sorts after every id: no id begins with a digit above 7. So
            /// lists that go back from an id begin.
            #[must_use]
            pub fn or_last(before: Option<Self>) -> String {
                before.map_or_else(|| concat!($prefix, "_8").to_owned(), |before| before.to_string())
            }

            /// What sorts right after it: a bound, no id.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(concat!($prefix, "_"))?;
                write_digits(self.0, out)
            }
        }

        data!($name);

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, out)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let digits = text.strip_prefix(concat!($prefix, "_")).ok_or(IdError($prefix))?;
                read_digits(digits).map(Self).ok_or(IdError($prefix))
            }
        }
    )*};
}

ids! {
    /// An account: a customer of the platform, the tenant.
    AccountId "acct";
    /// A service provider: who we are towards an identity provider.
    ServiceProviderId "sp";
    /// A key of a service provider.
    SpKeyId "spkey";
    /// A connection to one identity provider of one account.
    ConnectionId "conn";
    /// A person in an account.
    UserId "user";
    /// What ties a user to a connection's subject.
    IdentityId "ident";
    /// An email domain of an account.
    DomainId "dom";
    /// A single address that an account lets in.
    GuestId "guest";
    /// A signed-in browser; the name of a session, not its token.
    SessionId "sess";
    /// One try to sign in.
    AttemptId "att";
    /// A link behind which one try is seen; its name, not its token.
    ShareId "share";
    /// The receipt of an erasure.
    ErasureId "erased";
    /// A piece of work to be done outside of the transaction that asked for it.
    JobId "job";
    /// Somebody who runs the installation: for all accounts, of none.
    OperatorId "op";
    /// A key of the REST API; its name, not the key.
    ApiKeyId "key";
    /// A link that lets somebody in once, or set something up; its name, not its token.
    LinkId "link";
    /// A passkey of an owner or operator.
    PasskeyId "pk";
    /// A mail that waits to be sent.
    MailId "mail";
    /// Where an account's own programs are told what happened.
    WebhookId "hook";
    /// A message for a webhook.
    DeliveryId "msg";
    /// A calendar of what will end; its name, not its address.
    CalendarId "feed";
    /// The link of an account to Zoom.
    ZoomLinkId "zoom";
    /// Something that Zoom told.
    ZoomEventId "zev";
    /// A run of provisioning into Zoom.
    ZoomRunId "zrun";
    /// An inventory of the users of Zoom.
    ZoomInventoryId "zinv";
    /// One request to this server.
    RequestId "req";
}

/// Whether what others call a person would be taken for an id that we gave to somebody.
#[must_use]
pub fn is_user_id(text: &str) -> bool {
    text.parse::<UserId>().is_ok()
}

fn millis(now: Instant) -> u128 {
    u128::try_from(now.micros().div_euclid(1000)).unwrap_or(0) & ((1 << 48) - 1)
}

fn uuid_v7(now: Instant, rng: &Rng) -> u128 {
    let millis = millis(now);
    let random = u128::from_be_bytes(rng.bytes()) & ((1 << 80) - 1);
    let version_and_variant = (7 << 76) | (2 << 62);
    let fixed = (0xf << 76) | (3 << 62);
    (millis << 80) | (random & !fixed) | version_and_variant
}

fn write_digits(value: u128, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    use fmt::Write as _;
    for place in (0..DIGITS).rev() {
        let digit = usize::try_from((value >> (place * 5)) & 31).unwrap_or_default();
        out.write_char(ALPHABET.get(digit).copied().map_or('0', char::from))?;
    }
    Ok(())
}

fn read_digits(text: &str) -> Option<u128> {
    // 26 digits hold 130 bits: the first may be 7 at most.
    if text.len() != DIGITS || text.as_bytes().first()? > &b'7' {
        return None;
    }
    text.bytes().try_fold(0u128, |value, byte| {
        let digit = ALPHABET.iter().position(|known| *known == byte)?;
        Some((value << 5) | u128::try_from(digit).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_and_sort_by_time() {
        let rng = Rng::seeded(1);
        let at = |seconds| ConnectionId::make(Instant::from_seconds(seconds), &rng);
        let (first, second) = (at(1_772_445_630), at(1_772_445_631));
        assert!(first < second && first.to_string() < second.to_string());
        assert_eq!(first.to_string().parse(), Ok(first));
        let bound = |seconds| ConnectionId::first_of(Instant::from_seconds(seconds));
        assert!(bound(1_772_445_630) < first && first < bound(1_772_445_631));
        assert_eq!(first.to_string().len(), "conn_".len() + 26);
        assert_eq!((first.0 >> 76) & 15, 7, "version");
        assert_eq!((first.0 >> 62) & 3, 2, "variant");
    }

    #[test]
    fn there_is_one_form_per_id() {
        let id = ConnectionId::make(Instant::from_seconds(1_772_445_630), &Rng::seeded(1)).to_string();
        for bad in [
            id.to_uppercase(),
            id.replace("conn_", "user_"),
            id.replace("conn_", "conn_8"),
            id.replace("conn_0", "conn_8"),
            format!("{id}0"),
            id.replace("conn_0", "conn_o"),
            "conn_".to_owned(),
            String::new(),
        ] {
            assert_eq!(bad.parse::<ConnectionId>(), Err(IdError("conn")), "{bad}");
        }
    }
}
