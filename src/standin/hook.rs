//! Events as Zoom signs them.

use serde_json::{Value, json};

use crate::base::Instant;
use crate::zoom::webhook::signature::{SecretToken, sign};

/// A delivery, ready to be posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// `x-zm-request-timestamp`.
    pub timestamp: String,
    /// `x-zm-signature`.
    pub signature: String,
    /// The body.
    pub body: Vec<u8>,
}

/// Signs `body` at `now`. `None` when the secret cannot be one.
#[must_use]
pub fn delivery(body: &Value, secret: &SecretToken, now: Instant) -> Option<Delivery> {
    let (timestamp, body) = (now.seconds().to_string(), body.to_string().into_bytes());
    let signature = sign(&timestamp, &body, secret)?;
    Some(Delivery { timestamp, signature, body })
}

/// An event of that type in this account, as Zoom's examples have it; `number` tells one from another.
#[must_use]
pub fn event(name: &str, account_id: &str, number: u32, now: Instant) -> Value {
    let (uuid, millis) = (format!("/stand//In{number}=="), now.micros() / 1000);
    let mut object = json!({
        "uuid": uuid, "id": format!("{}", 81_234_567_000_u64 + u64::from(number)), "host_id": "k&host_1-Z",
        "topic": format!("Lesson {number}"), "type": 2, "start_time": now.to_string(), "duration": 45,
        "timezone": "America/Chicago"
    });
    let mut more = |key: &str, value: Value| {
        if let Some(object) = object.as_object_mut() {
            object.insert(key.to_owned(), value);
        }
    };
    if name.contains("participant") {
        let joined = json!({"user_id": "16778240", "user_name": "Jo", "join_time": now.to_string()});
        more("participant", joined);
    }
    if name.contains("registration") {
        more("registrant", json!({"id": format!("r{number}"), "email": "jo@district.example"}));
    }
    if matches!(name, "recording.completed" | "recording.transcript_completed") {
        more(
            "recording_files",
            json!([{"id": format!("f{number}"), "file_type": "MP4", "status": "completed"}]),
        );
    }
    let mut event = json!({
        "event": name, "event_ts": millis, "payload": {"account_id": account_id, "object": object}
    });
    if name == "recording.completed"
        && let Some(object) = event.as_object_mut()
    {
        object.insert("download_token".to_owned(), json!("stand-in-download-token"));
    }
    event
}

/// The question whether an endpoint holds the secret.
#[must_use]
pub fn validation(plain_token: &str, now: Instant) -> Value {
    json!({
        "event": "endpoint.url_validation", "payload": {"plainToken": plain_token}, "event_ts": now.micros() / 1000
    })
}
