//! A verified body, read: `{event, event_ts, payload{account_id, object{…}}}`.
//!
//! What is read is what lists show and what tells one event from another; all else stays in the body, which the flow
//! seals as it came. Ids come as numbers in some types and as texts in others, and read the same here.
//!
//! # The key of an event
//!
//! Zoom gives events no id, sends them again when our answer is late, and sends them twice to an app with two
//! subscriptions. [`Event::key`] is the SHA-256 of type, time, account, object and whatever within the object tells apart
//! what happens in the same millisecond: the participant, the registrant, the files of the recording. What is not
//! compared are fields that may differ between two deliveries of one event, such as `download_token`. An event that
//! names no object is known by its whole payload.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, Visitor};
use sha2::{Digest, Sha256};

use super::kind::{Kind, kind_of};
use super::signature::is_plain_token;
use crate::base::Instant;

const MAX_NAME: usize = 100;
const MAX_ID: usize = 512;
/// More people than an event names.
const MAX_PEOPLE: usize = 16;
/// After the year 5138, or before 1970, is no time of an event.
const MAX_MILLIS: i64 = 100_000_000_000_000;

/// What a delivery says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Zoom wants to know whether we hold the secret. To be answered with [`super::signature::answer`].
    Validation {
        /// What is to be encrypted.
        plain_token: String,
    },
    /// An account has removed the app: its data must go.
    Deauthorized(Deauthorization),
    /// Something happened.
    Event(Event),
}

/// `app_deauthorized`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deauthorization {
    /// The Zoom account.
    pub account_id: String,
    /// The app.
    pub client_id: Option<String>,
    /// Whose decision it was.
    pub user_id: Option<String>,
    /// When.
    pub at: Option<Instant>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The type's name as Zoom writes it.
    pub name: String,
    /// What it is about.
    pub kind: Kind,
    /// When, by Zoom's clock.
    pub at: Instant,
    /// The Zoom account.
    pub account_id: String,
    /// The meeting's, recording's or user's id.
    pub object_id: Option<String>,
    /// The one meeting of a series.
    pub object_uuid: Option<String>,
    /// The topic, for lists. Personal.
    pub topic: Option<String>,
    /// The host's Zoom user id.
    pub host_id: Option<String>,
    /// Whom it names, in order and each once: email addresses in small letters, and Zoom's ids of people. Personal.
    pub people: Vec<String>,
    /// Whether a token for downloading the recording came along; it stays in the sealed body.
    pub has_download_token: bool,
    /// Tells it from every other event; the same for every delivery of it.
    pub key: [u8; 32],
}

/// Why a signed body is not an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not JSON, or not of this form.
    #[error("the body is not an event: it is no JSON object of Zoom's form")]
    Form,
    /// The name of the event.
    #[error("the event has no name, or one that Zoom would not give")]
    Name,
    /// No account.
    #[error("the event names no Zoom account")]
    Account,
    /// No time.
    #[error("the event has no time, or an impossible one")]
    Time,
    /// A validation without a token.
    #[error("the validation holds no token that could be Zoom's")]
    PlainToken,
}

impl Unreadable {
    /// The stable name.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Form => "malformed",
            Self::Name => "event_name",
            Self::Account => "account_missing",
            Self::Time => "event_time",
            Self::PlainToken => "plain_token",
        }
    }
}

/// Reads a body.
///
/// # Errors
/// [`Unreadable`].
pub fn read(body: &[u8]) -> Result<Message, Unreadable> {
    // A text as a whole, also where it is not read: whoever the event is forwarded to must be able to.
    let text = std::str::from_utf8(body).map_err(|_| Unreadable::Form)?;
    let Named(envelope): Named<Envelope> = serde_json::from_str(text).map_err(|_| Unreadable::Form)?;
    let Envelope { event: name, event_ts, payload: Named(payload), download_token } = envelope;
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'.');
    if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(fits) {
        return Err(Unreadable::Name);
    }
    if name == "endpoint.url_validation" {
        let plain_token = payload.plain_token.filter(|token| is_plain_token(token));
        return Ok(Message::Validation { plain_token: plain_token.ok_or(Unreadable::PlainToken)? });
    }
    let account_id = payload.account_id.as_ref().and_then(Id::text).ok_or(Unreadable::Account)?;
    // Zoom's own descriptions put the time of a deauthorization in either place.
    let at = event_ts.as_ref().or(payload.event_ts.as_ref()).map(moment);
    if name == "app_deauthorized" {
        // When it was removed, if that is told: the other may be when we are told.
        let removed = payload.deauthorization_time.as_ref().and_then(|time| Instant::parse(&time.0).ok());
        return Ok(Message::Deauthorized(Deauthorization {
            account_id,
            client_id: payload.client_id,
            user_id: payload.user_id.as_ref().and_then(Id::text),
            at: removed.or(at.flatten()),
        }));
    }
    let at = at.flatten().ok_or(Unreadable::Time)?;
    let object = payload.object.map(|Named(object)| object).unwrap_or_default();
    let key = key(&name, at, &account_id, &object, body)?;
    let kind = kind_of(&name);
    let people = people(kind, &object, [payload.operator.as_ref(), payload.operator_id.as_ref()]);
    Ok(Message::Event(Event {
        kind,
        people,
        name,
        at,
        account_id,
        object_id: object.id.as_ref().and_then(Id::text),
        object_uuid: object.uuid.filter(|uuid| is_id(uuid)),
        topic: object.topic,
        host_id: object.host_id.filter(|host| is_id(host)),
        has_download_token: download_token.is_some(),
        key,
    }))
}

fn moment(id: &Id) -> Option<Instant> {
    let millis: i64 = id.0.parse().ok()?;
    (1..MAX_MILLIS).contains(&millis).then(|| Instant::from_micros(millis * 1000))
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_ID && !text.chars().any(char::is_control)
}

/// Whom an event names. A user's own event is about its object.
fn people(kind: Kind, object: &Object, operator: [Option<&Id>; 2]) -> Vec<String> {
    let mut found = BTreeSet::new();
    let mut add = |text: &str| {
        if found.len() < MAX_PEOPLE && is_id(text) {
            found.insert(if text.contains('@') { text.to_lowercase() } else { text.to_owned() });
        }
    };
    let texts = [&object.host_id, &object.host_email, &object.email];
    texts.into_iter().flatten().for_each(|text| add(text));
    operator.into_iter().flatten().for_each(|id| add(&id.0));
    if kind == Kind::User {
        object.id.iter().for_each(|id| add(&id.0));
    }
    for Named(person) in object.participant.iter().chain(&object.registrant) {
        person.email.iter().for_each(|text| add(text));
    }
    if let Some(Named(person)) = &object.participant {
        person.id.iter().chain(&person.participant_user_id).for_each(|id| add(&id.0));
    }
    found.into_iter().collect()
}

/// SHA-256 over parts, each with its length before it: no two lists of parts read the same.
struct Hasher(Sha256);

impl Hasher {
    fn part(&mut self, bytes: &[u8]) {
        self.0.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.update(bytes);
    }

    fn text(&mut self, text: Option<&str>) {
        self.part(text.unwrap_or_default().as_bytes());
    }
}

fn key(
    name: &str,
    at: Instant,
    account_id: &str,
    object: &Object,
    body: &[u8],
) -> Result<[u8; 32], Unreadable> {
    let mut hasher = Hasher(Sha256::new());
    hasher.part(name.as_bytes());
    hasher.part(&at.micros().to_be_bytes());
    hasher.part(account_id.as_bytes());
    let identity =
        [object.uuid.as_deref(), object.id.as_ref().map(|id| id.0.as_str()), object.email.as_deref()];
    if identity.iter().all(Option::is_none) || kind_of(name) == Kind::Other {
        // Nothing is known of what tells such events apart. Objects are ordered by name once they are read.
        let whole: Whole = serde_json::from_slice(body).map_err(|_| Unreadable::Form)?;
        hasher.part(whole.payload.to_string().as_bytes());
    }
    for text in identity {
        hasher.text(text);
    }
    let people = [object.participant.as_ref(), object.registrant.as_ref()];
    for person in people {
        let Some(Named(person)) = person else {
            hasher.part(b"");
            continue;
        };
        hasher.part(b"person");
        let ids = [&person.id, &person.user_id, &person.participant_uuid, &person.registrant_id];
        for id in ids {
            hasher.text(id.as_ref().map(|id| id.0.as_str()));
        }
        for text in [&person.email, &person.user_name, &person.join_time, &person.leave_time] {
            hasher.text(text.as_deref());
        }
    }
    for Named(file) in object.recording_file.iter().chain(object.recording_files.iter().flatten()) {
        hasher.part(b"file");
        hasher.text(file.id.as_ref().map(|id| id.0.as_str()));
        hasher.text(file.recording_start.as_deref());
        hasher.text(file.recording_end.as_deref());
    }
    Ok(hasher.0.finalize().into())
}

#[derive(Deserialize)]
struct Envelope {
    event: String,
    #[serde(default)]
    event_ts: Option<Id>,
    payload: Named<Payload>,
    #[serde(default)]
    download_token: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Whole {
    payload: serde_json::Value,
}

#[derive(Deserialize)]
struct Payload {
    #[serde(default)]
    account_id: Option<Id>,
    #[serde(default, rename = "plainToken")]
    plain_token: Option<String>,
    #[serde(default)]
    event_ts: Option<Id>,
    #[serde(default)]
    client_id: Option<String>,
    #[serde(default)]
    user_id: Option<Id>,
    #[serde(default)]
    deauthorization_time: Option<Id>,
    #[serde(default)]
    operator: Option<Id>,
    #[serde(default)]
    operator_id: Option<Id>,
    #[serde(default)]
    object: Option<Named<Object>>,
}

#[derive(Deserialize, Default)]
struct Object {
    #[serde(default)]
    id: Option<Id>,
    #[serde(default)]
    uuid: Option<String>,
    #[serde(default)]
    topic: Option<String>,
    #[serde(default)]
    host_id: Option<String>,
    #[serde(default)]
    host_email: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    participant: Option<Named<Someone>>,
    #[serde(default)]
    registrant: Option<Named<Someone>>,
    #[serde(default)]
    recording_file: Option<Named<File>>,
    #[serde(default)]
    recording_files: Option<Vec<Named<File>>>,
}

#[derive(Deserialize)]
struct Someone {
    #[serde(default)]
    id: Option<Id>,
    #[serde(default)]
    user_id: Option<Id>,
    #[serde(default)]
    participant_uuid: Option<Id>,
    #[serde(default)]
    participant_user_id: Option<Id>,
    #[serde(default)]
    registrant_id: Option<Id>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    user_name: Option<String>,
    #[serde(default)]
    join_time: Option<String>,
    #[serde(default)]
    leave_time: Option<String>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    id: Option<Id>,
    #[serde(default)]
    recording_start: Option<String>,
    #[serde(default)]
    recording_end: Option<String>,
}

/// A JSON object. The derived readers alone would also take a list for one.
struct Named<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = Named<T>;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Named<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Named)
            }
        }
        deserializer.deserialize_map(Fields(std::marker::PhantomData))
    }
}

/// An id: a text, or a whole number that is read as its digits.
struct Id(String);

impl Id {
    fn text(&self) -> Option<String> {
        is_id(&self.0).then(|| self.0.clone())
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Id;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("a text or a whole number")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Id, E> {
                Ok(Id(text.to_owned()))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Id, E> {
                Ok(Id(number.to_string()))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Id, E> {
                Ok(Id(number.to_string()))
            }
        }
        deserializer.deserialize_any(Either)
    }
}
