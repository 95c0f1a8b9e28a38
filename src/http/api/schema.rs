//! Small values as programs read and write them, with their schemas.
//!
//! To add one: a line in `named!` for a word of ours, in `ids!` for an id; anything else implements [`JsonSchema`] here.

use std::borrow::Cow;
#[cfg(test)]
use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::base::Instant;
use crate::base::caller;
use crate::base::id;
use crate::directory::account as accounts;
use crate::directory::{domain, preset, state};

/// A moment, as RFC 3339 writes it, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(pub Instant);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        Instant::parse(&text)
            .map(Self)
            .map_err(|_| de::Error::custom("not a moment such as 2026-01-31T12:00:00Z"))
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// Reads a text by its type's own rule.
fn read<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(input: D) -> Result<T, D::Error> {
    let text = Cow::<str>::deserialize(input)?;
    text.parse().map_err(|error| de::Error::custom(format_args!("{text:?}: {error}")))
}

macro_rules! named {
    ($($(#[$doc:meta])* $name:ident($of:ty $(, but $but:literal)?) [$($text:literal)*];)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(pub $of);

        impl $name {
            /// Every word.
            pub const WORDS: &'static [&'static str] = &[$($text),*];
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.collect_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                let word = Cow::<str>::deserialize(input)?;
                let known = Self::WORDS.contains(&&*word).then(|| word.parse().ok()).flatten();
                known.map(Self).ok_or_else(|| {
                    de::Error::custom(format_args!("{word:?} is none of {}", Self::WORDS.join(" ")))
                })
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "enum": Self::WORDS })
            }
        }

        #[cfg(test)]
        impl $name {
            fn check() {
                for word in Self::WORDS {
                    assert_eq!(word.parse::<$of>().unwrap().to_string(), *word);
                }
                let words: BTreeSet<&str> = Self::WORDS.iter().copied()$(.chain([$but]))?.collect();
                let ours: BTreeSet<&str> = <$of>::ALL.iter().map(|one| one.name()).collect();
                assert_eq!(words, ours, "{}", stringify!($name));
            }
        }
    )*

        #[cfg(test)]
        mod tests {
            use super::*;

            #[test]
            fn the_words_are_ours_and_none_is_left_out() {
                $($name::check();)*
            }
        }
    };
}

named! {
    /// Whether people sign in to an account.
    AccountState(state::AccountState) ["active" "disabled" "deleted"];
    /// Whether people shall sign in to an account.
    AccountSwitch(state::AccountState, but "deleted") ["active" "disabled"];
    /// Where a connection is on its way: only an active one signs people in.
    ConnectionState(state::ConnectionState) ["draft" "testing" "active" "disabled" "retired"];
    /// Whether a domain is proved to be the account's.
    DomainState(state::DomainState) ["pending" "proved"];
    /// Whether a person may sign in.
    UserState(state::UserState) ["active" "disabled"];
    /// How a try to sign in ended.
    SignInOutcome(state::Outcome) ["accepted" "refused" "restarted" "repeated" "tested"];
    /// Whether a webhook is told what happens.
    WebhookState(state::WebhookState) ["active" "disabled"];
    /// What a sign-in was for.
    SignInPurpose(state::Purpose) ["login" "test"];
    /// What was seen in DNS.
    DomainSightName(state::DomainSight) ["proof" "other_values" "misplaced" "no_record" "no_name" "no_answer"];
    /// What will end.
    DeadlineKindName(state::DeadlineKind) ["idp_certificate" "metadata" "sp_certificate" "api_key" "setup_link"
        "owner_invite" "domain_proof" "zoom_secret" "zoom_validation" "relaxation"];
    /// Whether an operator may come in.
    OperatorState(state::OperatorState) ["active" "removed"];
    /// Where a key of ours is in its life.
    OwnKeyState(state::KeyState) ["next" "active" "retired"];
    /// What a key of ours is for.
    OwnKeyPurpose(state::KeyPurpose) ["signing" "encryption"];
    /// How an account is linked to Zoom.
    ZoomKindName(state::ZoomKind) ["server_to_server" "general" "platform"];
    /// Whether a link to Zoom can be used; one that waits was not authorised yet.
    ZoomLinkStateName(state::ZoomLinkState) ["waiting" "active" "ended"];
    /// Which Zoom.
    ZoomCloudName(state::ZoomCloud) ["commercial" "government" "custom"];
    /// How a link to Zoom stood when it was tested.
    ZoomCheckStateName(state::ZoomCheckState) ["untested" "good" "failing"];
    /// What has become of a job; a dead one was given up.
    JobState(state::JobState) ["waiting" "done" "dead"];
    /// What has become of something that Zoom told: it waits to be handed on to webhooks, or was.
    ZoomEventState(state::ZoomEventState) ["waiting" "done"];
    /// What has become of a message for a webhook; a dead one was given up.
    DeliveryState(state::DeliveryState) ["waiting" "delivered" "dead"];
    /// What a person may do in their account.
    RoleName(caller::Role) ["owner" "admin" "member"];
    /// What a key of the API is good for.
    ScopeName(caller::Scope) ["accounts:read" "accounts:write" "connections:read" "connections:write" "domains:read"
        "domains:write" "users:read" "users:write" "owners:write" "sessions:read" "sessions:write" "sign_ins:read"
        "messages:read" "events:read" "api_keys:read" "api_keys:write" "setup_links:read" "setup_links:write" "webhooks:read"
        "webhooks:write" "zoom:read" "zoom:write" "zoom_provisioning:write" "deadlines:read" "settings:write"
        "installation:read" "installation:write" "operators:write"];
    /// What a run of provisioning into Zoom was asked for.
    ZoomRunKind(state::ZoomRunKind) ["plan" "apply" "schedule" "change"];
    /// Where a run of provisioning into Zoom is; a held one waits for somebody's word.
    ZoomRunState(state::ZoomRunState) ["planning" "planned" "held" "applying" "done" "failed" "cancelled"];
    /// What has become of a step; a note is no step, but something to know.
    ZoomStepState(state::ZoomStepState) ["waiting" "done" "failed" "skipped" "note"];
    /// Where an inventory of Zoom's users is.
    ZoomInventoryState(state::ZoomInventoryState) ["reading" "done" "failed"];
    /// What can be set up behind a setup link.
    SetupScopeName(caller::SetupScope) ["sso" "domains"];
}

macro_rules! ids {
    ($($name:ident($of:ident) $prefix:literal;)*) => {$(
        #[doc = concat!("An id that begins with `", $prefix, "_`.")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(pub id::$of);

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.collect_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                read(input).map(Self)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string", "pattern": concat!("^", $prefix, "_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
                })
            }
        }
    )*};
}

ids! {
    AccountIdText(AccountId) "acct";
    ConnectionIdText(ConnectionId) "conn";
    UserIdText(UserId) "user";
    SessionIdText(SessionId) "sess";
    SignInIdText(AttemptId) "att";
    ApiKeyIdText(ApiKeyId) "key";
    SetupLinkIdText(LinkId) "link";
    WebhookIdText(WebhookId) "hook";
    DeliveryIdText(DeliveryId) "msg";
    ZoomEventIdText(ZoomEventId) "zev";
    GuestIdText(GuestId) "guest";
    ShareIdText(ShareId) "share";
    ReceiptIdText(ErasureId) "erased";
    InvitationIdText(LinkId) "link";
    OperatorIdText(OperatorId) "op";
    PasskeyIdText(PasskeyId) "pk";
    OwnKeyIdText(SpKeyId) "spkey";
    CalendarIdText(CalendarId) "feed";
    JobIdText(JobId) "job";
    ZoomLinkIdText(ZoomLinkId) "zoom";
    ZoomRunIdText(ZoomRunId) "zrun";
    ZoomInventoryIdText(ZoomInventoryId) "zinv";
}

/// A value that is read by [`FromStr`] and has a schema of plain text.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident($of:ty) $show:expr, $schema:tt;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(pub $of);

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                let show: fn(&$of) -> &str = $show;
                out.serialize_str(show(&self.0))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                read(input).map(Self)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

/// What an account is called in addresses.
const SLUG: &str = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";

fn products() -> Vec<&'static str> {
    preset::Product::ALL.iter().map(|product| product.name()).collect()
}

texts! {
    /// An account's name in addresses: lower-case letters, digits and dashes.
    SlugText(accounts::Slug) accounts::Slug::as_str, { "type": "string", "pattern": SLUG };
    /// The language of an account's pages; `browser` leaves it to each person's.
    LocaleName(accounts::Locale) |locale| locale.name(), { "type": "string", "enum": ["browser", "en", "es"] };
    /// Which messages of identity providers are kept.
    KeepMessages(accounts::KeepMessages) |keep| keep.name(),
        { "type": "string", "enum": ["none", "refused", "recent", "all"] };
    /// The product behind an identity provider.
    ProductName(preset::Product) |product| product.name(), { "type": "string", "enum": products() };
    /// A DNS name.
    DomainText(domain::DomainName) domain::DomainName::as_str, { "type": "string", "minLength": 3, "maxLength": 253 };
}
