//! Webhooks: what can be told of, and when a delivery that failed is tried again.
//!
//! To add a kind of event: a line in [`KINDS`]. An event of an account that is not in it is told to nobody outside.

use std::fmt;
use std::str::FromStr;

use serde_json::{Value, json};

use crate::base::Instant;
use crate::base::id::AccountId;
use crate::base::sentence::{Sentence, Told, sentence, told_errors};

/// What can be told of.
pub const KINDS: &[&str] = &[
    "user.created",
    "user.updated",
    "user.disabled",
    "user.enabled",
    "user.erased",
    "session.created",
    "session.revoked",
    "session.all_revoked",
    "session.ended",
    "connection.created",
    "connection.updated",
    "connection.state_changed",
    "connection.rolled_back",
    "connection.metadata_followed",
    "connection.drift_found",
    "connection.drift_approved",
    "certificate.added",
    "certificate.removed",
];

/// What a test of an endpoint is called.
pub const TEST: &str = "webhook.test";

/// Seconds to wait after the first try that failed, the second, and so on: all of them together are close to three days.
pub const WAITS: &[i64] = &[5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200, 64_800, 86_400];

/// So much is told of at one endpoint: single kinds, or all of one topic (`user.*`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Types(Vec<String>);

/// The text is no kind of event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeError(String);

impl Told for TypeError {
    fn sentence(&self) -> Sentence {
        sentence!(
            "\"{name}\" is no kind of event; the kinds are {kinds}, and user.*, session.*, connection.*, certificate.*",
            name = &self.0,
            kinds = KINDS.join(", "),
        )
    }
}

told_errors!(TypeError);

impl Types {
    /// Reads names, each once.
    ///
    /// # Errors
    /// [`TypeError`] with the first that is none.
    pub fn read<'t>(names: impl IntoIterator<Item = &'t str>) -> Result<Self, TypeError> {
        let mut read: Vec<String> = Vec::new();
        for name in names {
            let is_topic = name.ends_with(".*") && KINDS.iter().any(|kind| covers(name, kind));
            if !is_topic && !KINDS.contains(&name) {
                return Err(TypeError(name.chars().take(100).collect()));
            }
            if read.iter().all(|known| known != name) {
                read.push(name.to_owned());
            }
        }
        Ok(Self(read))
    }

    /// The names.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether nothing is told of.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `kind` is told of.
    #[must_use]
    pub fn contain(&self, kind: &str) -> bool {
        self.0.iter().any(|name| name == kind || covers(name, kind))
    }
}

/// A message: what happened, when, and to what of which account.
#[must_use]
pub fn body(kind: &str, account: AccountId, now: Instant, data: &Value) -> Vec<u8> {
    let mut told = json!({ "account": account.to_string() });
    if let (Some(told), Some(data)) = (told.as_object_mut(), data.as_object()) {
        told.extend(data.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    json!({ "type": kind, "timestamp": now.to_string(), "data": told }).to_string().into_bytes()
}

fn covers(topic: &str, kind: &str) -> bool {
    topic.strip_suffix('*').is_some_and(|topic| kind.starts_with(topic))
}

impl FromStr for Types {
    type Err = TypeError;

    fn from_str(text: &str) -> Result<Self, TypeError> {
        Self::read(text.split_whitespace())
    }
}

impl fmt::Display for Types {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_topics_are_read_and_nothing_else() {
        let types: Types = "user.* session.created user.*".parse().unwrap();
        assert_eq!(types.to_string(), "user.* session.created");
        assert!(types.contain("user.erased") && types.contain("session.created"));
        assert!(!types.contain("session.ended") && !types.contain("userx.created"));
        for none in ["*", "user", "user.nothing", "mail.*", ".*", "user.c*"] {
            assert!(none.parse::<Types>().is_err(), "{none}");
        }
    }

    #[test]
    fn waits_grow_to_about_three_days() {
        assert!(WAITS.is_sorted());
        let days = WAITS.iter().sum::<i64>() / 3600;
        assert!((66..=72).contains(&days), "{days} hours");
    }
}
