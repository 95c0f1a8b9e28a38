//! The name of an account in addresses, and what an account decides about itself.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::base::sentence::{Sentence, Told, data, sentence, told_errors};

/// The name of an account in addresses: `/signin/{slug}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

/// The text cannot stand in an address; a plain sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlugError;

impl Told for SlugError {
    fn sentence(&self) -> Sentence {
        sentence!(
            "it must have 1 to 63 of the characters a to z, 0 to 9 and -, and begin and end with a letter or digit"
        )
    }
}

told_errors!(SlugError, KeepMessagesError);
data!(Slug);

impl Slug {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Self, SlugError> {
        let is_plain =
            text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let is_framed = !text.starts_with('-') && !text.ends_with('-');
        if is_plain && is_framed && (1..=63).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(SlugError)
        }
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// What an account decides about itself, as it is stored: what is not said is as usual.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Which messages of identity providers are kept, to look into what went wrong.
    #[serde(default, skip_serializing_if = "KeepMessages::is_usual")]
    pub keep_messages: KeepMessages,
}

impl Policy {
    /// As it is stored.
    #[must_use]
    pub fn store(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }
}

/// The language of an account's pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Locale {
    /// Whatever the person's browser asks for.
    #[default]
    Browser,
    /// English.
    English,
    /// Spanish.
    Spanish,
}

impl Locale {
    /// In this order they are listed.
    pub const ALL: [Self; 3] = [Self::Browser, Self::English, Self::Spanish];

    /// As it is written in commands, events and the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::English => "en",
            Self::Spanish => "es",
        }
    }

    /// The language's tag (BCP 47), if one was decided.
    #[must_use]
    pub const fn tag(self) -> Option<&'static str> {
        match self {
            Self::Browser => None,
            decided => Some(decided.name()),
        }
    }
}

impl FromStr for Locale {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|known| known.name() == text);
        known.ok_or_else(|| "it is one of browser, en, es".to_owned())
    }
}

/// Which messages of identity providers are kept, sealed, for thirty days at the most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeepMessages {
    /// None.
    None,
    /// Of refused sign-ins.
    Refused,
    /// Of refused sign-ins, and the latest of those that went well.
    #[default]
    Recent,
    /// All.
    All,
}

impl KeepMessages {
    /// In this order they are listed.
    pub const ALL: [Self; 4] = [Self::None, Self::Refused, Self::Recent, Self::All];

    /// As it is written in commands and events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Refused => "refused",
            Self::Recent => "recent",
            Self::All => "all",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// The text is none of them; a plain sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepMessagesError;

impl Told for KeepMessagesError {
    fn sentence(&self) -> Sentence {
        sentence!("it must be none, refused, recent or all")
    }
}

impl FromStr for KeepMessages {
    type Err = KeepMessagesError;

    fn from_str(text: &str) -> Result<Self, KeepMessagesError> {
        Self::ALL.into_iter().find(|one| one.name() == text).ok_or(KeepMessagesError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_read_back_and_what_is_usual_is_not_written() {
        for keep_messages in KeepMessages::ALL {
            let policy = Policy { keep_messages };
            assert_eq!(serde_json::from_str::<Policy>(&policy.store()).unwrap(), policy);
            assert_eq!(keep_messages.name().parse(), Ok(keep_messages));
        }
        assert_eq!(Policy::default().store(), "{}");
        assert_eq!("some".parse::<KeepMessages>(), Err(KeepMessagesError));
    }

    #[test]
    fn slugs_are_plain() {
        for good in ["a", "lincoln-unified", "district-7", &"x".repeat(63)] {
            assert!(good.parse::<Slug>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "Lincoln", "a b", "a/b", "ü", "a.b", &"x".repeat(64)] {
            assert_eq!(bad.parse::<Slug>(), Err(SlugError), "{bad}");
        }
    }
}
