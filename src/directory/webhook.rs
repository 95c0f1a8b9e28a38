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
    "connection.key_unknown",
    "certificate.added",
    "certificate.removed",
    "certificate.ending",
    "zoom.meeting.started",
    "zoom.meeting.ended",
    "zoom.meeting.participant_jbh_joined",
    "zoom.meeting.participant_jbh_waiting",
    "zoom.meeting.participant_joined",
    "zoom.meeting.participant_left",
    "zoom.meeting.created",
    "zoom.meeting.updated",
    "zoom.meeting.deleted",
    "zoom.meeting.registration_created",
    "zoom.meeting.registration_cancelled",
    "zoom.recording.completed",
    "zoom.recording.transcript_completed",
    "zoom.recording.started",
    "zoom.recording.stopped",
    "zoom.recording.paused",
    "zoom.recording.resumed",
    "zoom.recording.trashed",
    "zoom.recording.deleted",
    "zoom.meeting.permanently_deleted",
    "zoom.meeting.recovered",
    "zoom.recording.batch_trashed",
    "zoom.recording.batch_deleted",
    "zoom.recording.batch_recovered",
    "zoom.recording.recovered",
    "zoom.user.created",
    "zoom.user.updated",
    "zoom.user.deleted",
    "zoom.user.activated",
    "zoom.user.deactivated",
    "zoom.user.disassociated",
    "zoom.user.signed_in",
    "zoom.user.signed_out",
    "zoom.user.invitation_accepted",
];

/// What the kinds begin with that tell what Zoom told: its own names follow, also those that are not in [`KINDS`], which
/// `zoom.*` covers.
pub const ZOOM: &str = "zoom.";

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
            "\"{name}\" is no kind of event; the kinds are {kinds}, and user.*, session.*, connection.*, certificate.*, zoom.*",
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

/// A message that holds what somebody else said, byte for byte: `raw` is the name of a member and the JSON that it holds.
#[must_use]
pub fn body_of_raw((kind, at): (&str, Instant), about: &[(&str, String)], raw: (&str, &str)) -> Vec<u8> {
    let text = |text: &str| Value::from(text).to_string();
    let mut body = format!("{{\"type\":{},\"timestamp\":{},\"data\":{{", text(kind), text(&at.to_string()));
    for (name, value) in about {
        body.push_str(&format!("{}:{},", text(name), text(value)));
    }
    body.push_str(&format!("{}:{}}}}}", text(raw.0), raw.1));
    body.into_bytes()
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
        let zoom: Types = "zoom.*".parse().unwrap();
        assert!(zoom.contain("zoom.meeting.started") && zoom.contain("zoom.phone.of_tomorrow"));
        for none in ["*", "user", "user.nothing", "mail.*", ".*", "user.c*"] {
            assert!(none.parse::<Types>().is_err(), "{none}");
        }
    }

    #[test]
    fn what_somebody_else_said_stays_as_it_is() {
        let raw = "{\"b\": 12345678901234567890123, \"a\":\t[1.0]}";
        let about = [("account", "acct_\"x".to_owned())];
        let body = body_of_raw(("zoom.meeting.started", Instant::from_seconds(0)), &about, ("zoom", raw));
        let text = String::from_utf8(body).unwrap();
        assert!(text.contains(raw), "{text}");
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["type"], "zoom.meeting.started");
        assert_eq!(read["timestamp"], "1970-01-01T00:00:00Z");
        assert_eq!(read["data"]["account"], "acct_\"x");
        assert_eq!(read["data"]["zoom"]["a"][0], 1.0);
    }

    #[test]
    fn waits_grow_to_about_three_days() {
        assert!(WAITS.is_sorted());
        let days = WAITS.iter().sum::<i64>() / 3600;
        assert!((66..=72).contains(&days), "{days} hours");
    }
}
