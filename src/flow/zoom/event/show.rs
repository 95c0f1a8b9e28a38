//! Looking at what Zoom told: which events, one of them with its payload, how many there were.
//!
//! Lists say of an event what tells it from others. The whole of it holds what was said of people, so that each time
//! somebody opens one is an event of the account, as it is with messages of identity providers. Whoever opens one sees no
//! token or passcode that is in it: those are for the account's own programs, which are told everything.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::person_form;
use crate::access::Action;
use crate::base::id::ZoomEventId;
use crate::base::sentence::sentence;
use crate::base::time::DAY_SECONDS;
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::state::ZoomEventState;
use crate::flow::event::tell;
use crate::flow::{FlowError, Gateway, grant};
use crate::storage::zoom_event::{self, About, Counted, Window, ZoomEvent};
use crate::zoom::webhook::envelope::{self, Message};
use crate::zoom::webhook::kind::{Kind, TYPES, kind_of};

const NONE: FlowError = FlowError::NotFound("event of Zoom");
/// Events on a page, at most.
pub const MAX_PAGE: u32 = 200;
/// Days in the chart, at most.
pub const MAX_DAYS: i64 = 31;
const MAX_NAME: usize = 100;
const MAX_ID: usize = 512;
/// What is not shown of a payload, wherever it stands.
const SECRET: [&str; 6] =
    ["download_token", "password", "passcode", "recording_play_passcode", "start_url", "encrypted_password"];
const HIDDEN: &str = "…";

/// Which events; what is not said is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those of this type.
    pub name: Option<String>,
    /// Those about the meeting with this id or uuid.
    pub meeting: Option<String>,
    /// Those that name somebody with this address, or this id in Zoom. Not together with a meeting.
    pub person: Option<String>,
    /// Those that came from this moment on.
    pub from: Option<Instant>,
    /// Those that came before this one.
    pub until: Option<Instant>,
}

/// An event, as lists have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventView {
    /// Its id.
    pub id: ZoomEventId,
    /// The type's name.
    pub name: String,
    /// What it is about: the stable name.
    pub kind: &'static str,
    /// Whether it was handed on.
    pub state: ZoomEventState,
    /// When, by Zoom's clock.
    pub at: Instant,
    /// When it came.
    pub received_at: Instant,
    /// The meeting's, recording's or user's id.
    pub object_id: Option<String>,
    /// The one meeting of a series.
    pub object_uuid: Option<String>,
    /// The topic.
    pub topic: Option<String>,
    /// The host's id in Zoom.
    pub host_id: Option<String>,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// They, the newest first.
    pub events: Vec<EventView>,
    /// Where the next page begins, if there is one.
    pub next: Option<ZoomEventId>,
}

/// An event with what Zoom said.
#[derive(Debug, Clone, PartialEq)]
pub struct EventDetail {
    /// It.
    pub event: EventView,
    /// What Zoom said; tokens and passcodes are left out.
    pub payload: Value,
}

/// How many there were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// The days, the oldest first, none left out.
    pub days: Vec<Day>,
    /// Deliveries that were refused in that time, by the stable name of the reason.
    pub refused: BTreeMap<String, i64>,
}

/// A day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Day {
    /// When it begins, in seconds since 1970.
    pub begins_at: i64,
    /// By type.
    pub events: BTreeMap<String, i64>,
    /// Deliveries that were refused.
    pub refused: i64,
}

impl Day {
    /// All events of the day.
    #[must_use]
    pub fn all(&self) -> i64 {
        self.events.values().sum()
    }

    /// By what they are about, in the order to show; those of which there are some.
    #[must_use]
    pub fn by_kind(&self) -> Vec<(&'static str, i64)> {
        let of = |kind: Kind| {
            let events = self.events.iter().filter(|(name, _)| kind_of(name) == kind);
            (kind.name(), events.map(|(_, number)| number).sum())
        };
        Kind::ALL.map(of).into_iter().filter(|(_, number)| *number > 0).collect()
    }
}

/// What events can be about: stable names, in the order to show.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    Kind::ALL.into_iter().map(Kind::name)
}

/// The types that are known by name, in the order to show.
pub fn types() -> impl Iterator<Item = &'static str> {
    TYPES.iter().map(|known| known.name)
}

/// Events of an account before the one named, the newest first.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`]; [`FlowError::Invalid`] for what cannot be looked for.
pub async fn list(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: &Slug,
    filter: &Filter,
    (before, limit): (Option<ZoomEventId>, u32),
) -> Result<Page, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (_, granted) = grant::account(&mut tx, ctx, Action::ReadZoom, slug).await?;
    let account = granted.account();
    let keys = gateway.storage().keys(&mut tx, account).await?;
    let wanted = Wanted::read(filter)?;
    let until = filter.until.map(ZoomEventId::first_of);
    let limit = limit.clamp(1, MAX_PAGE);
    let window = Window {
        from: filter.from,
        before: match (before, until) {
            (Some(before), Some(until)) => Some(before.min(until)),
            (before, until) => before.or(until),
        },
        // One more tells whether there are more.
        limit: i64::from(limit) + 1,
    };
    let mut found =
        zoom_event::list(&mut tx, account, (wanted.name.as_deref(), wanted.about()), window, &keys).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().map(|event| event.id).filter(|_| has_more);
    Ok(Page { events: found.iter().map(view).collect(), next })
}

/// What is looked for, in the forms that it is stored in.
struct Wanted {
    name: Option<String>,
    meeting: Option<(String, bool)>,
    person: Option<String>,
}

impl Wanted {
    fn read(filter: &Filter) -> Result<Self, FlowError> {
        let given = |text: &Option<String>, most: usize| -> Result<Option<String>, FlowError> {
            let Some(text) = text.as_deref().map(str::trim).filter(|text| !text.is_empty()) else {
                return Ok(None);
            };
            if text.len() > most || text.contains(char::is_control) {
                return Err(FlowError::Invalid(sentence!(
                    "what is looked for is longer than anything that Zoom tells"
                )));
            }
            Ok(Some(text.to_owned()))
        };
        let (name, meeting) = (given(&filter.name, MAX_NAME)?, given(&filter.meeting, MAX_ID)?);
        let person = given(&filter.person, MAX_ID)?;
        if meeting.is_some() && person.is_some() {
            return Err(FlowError::Invalid(sentence!("look for a meeting or for a person, not for both")));
        }
        Ok(Self { name, meeting: meeting.map(meeting_form), person: person.map(|text| person_form(&text)) })
    }

    fn about(&self) -> About<'_> {
        match (&self.meeting, &self.person) {
            (Some((id, true)), _) => About::Object(id),
            (Some((uuid, false)), _) => About::Uuid(uuid),
            (None, Some(person)) => About::Person(person),
            (None, None) => About::All,
        }
    }
}

/// A meeting's id, as its digits, and true; or a uuid as it is. Zoom writes ids in groups: `812 3456 7890`.
fn meeting_form(text: String) -> (String, bool) {
    let digits: String =
        text.chars().filter(|character| !character.is_whitespace() && *character != '-').collect();
    let is_id = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_id { (digits, true) } else { (text, false) }
}

/// One of them, opened: an event of the account.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`].
pub async fn open(gateway: &Gateway, ctx: &Ctx, id: ZoomEventId) -> Result<EventDetail, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let home = zoom_event::account_of(&mut tx, id).await?.ok_or(NONE)?;
    let account = grant::of(ctx, Action::ReadZoom, home, "event of Zoom")?.account();
    let keys = gateway.storage().keys(&mut tx, account).await?;
    let found = zoom_event::find(&mut tx, account, id, &keys).await?.ok_or(NONE)?;
    let told = json!({ "type": found.name });
    tell(&mut tx, gateway, ctx, (account, &keys), ("zoom_event.opened", id, &told)).await?;
    tx.commit().await?;
    Ok(EventDetail { event: view(&found), payload: shown(&found)? })
}

/// How many there were in the last `days` days (UTC), by day and type.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`].
pub async fn counts(gateway: &Gateway, ctx: &Ctx, slug: &Slug, days: i64) -> Result<Counts, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (_, granted) = grant::account(&mut tx, ctx, Action::ReadZoom, slug).await?;
    let until = ctx.now.day() + 1;
    let since = until - days.clamp(1, MAX_DAYS);
    let mut by_day: BTreeMap<i64, Day> =
        (since..until).map(|day| (day, Day { begins_at: day * DAY_SECONDS, ..Day::default() })).collect();
    for Counted { day, name, number } in zoom_event::list_counts(&mut tx, granted.account(), since).await? {
        if let Some(day) = by_day.get_mut(&day) {
            *day.events.entry(name).or_default() += number;
        }
    }
    let mut refused = BTreeMap::new();
    for Counted { day, name, number } in zoom_event::list_refusals(&mut tx, granted.account(), since).await? {
        if let Some(day) = by_day.get_mut(&day) {
            day.refused += number;
            *refused.entry(name).or_default() += number;
        }
    }
    Ok(Counts { days: by_day.into_values().collect(), refused })
}

fn view(found: &ZoomEvent) -> EventView {
    // What was stored was read once; it reads the same again.
    let read = match envelope::read(&found.payload) {
        Ok(Message::Event(event)) => Some(event),
        Ok(Message::Validation { .. } | Message::Deauthorized(_)) | Err(_) => None,
    };
    let (object_id, object_uuid, topic, host_id) = read
        .map(|event| (event.object_id, event.object_uuid, event.topic, event.host_id))
        .unwrap_or_default();
    EventView {
        id: found.id,
        name: found.name.clone(),
        kind: kind_of(&found.name).name(),
        state: found.state,
        at: found.at,
        received_at: found.received_at,
        object_id,
        object_uuid,
        topic,
        host_id,
    }
}

/// What Zoom said, as somebody who looks at it sees it.
pub(in crate::flow) fn shown(found: &ZoomEvent) -> Result<Value, FlowError> {
    let mut payload =
        serde_json::from_slice(&found.payload).map_err(|_| FlowError::Internal("a stored event of Zoom"))?;
    hide(&mut payload);
    Ok(payload)
}

/// Takes tokens and passcodes out, wherever they stand.
pub(in crate::flow) fn hide(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if SECRET.contains(&name.as_str()) {
                    *member = HIDDEN.into();
                } else {
                    hide(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::webhook::{KINDS, ZOOM};

    #[test]
    fn webhooks_can_be_told_of_every_type() {
        let told: Vec<_> = KINDS.iter().filter_map(|kind| kind.strip_prefix(ZOOM)).collect();
        assert_eq!(told, types().collect::<Vec<_>>());
    }

    #[test]
    fn meetings_are_found_by_what_people_copy() {
        assert_eq!(meeting_form("812 3456 7890".to_owned()), ("81234567890".to_owned(), true));
        assert_eq!(meeting_form("812-345-678".to_owned()), ("812345678".to_owned(), true));
        let uuid = "4444AAAiAAAAAiAiAiiAii==".to_owned();
        assert_eq!(meeting_form(uuid.clone()), (uuid, false));
        let both = Filter {
            meeting: Some("1".to_owned()),
            person: Some("a@b.example".to_owned()),
            ..Filter::default()
        };
        assert!(matches!(Wanted::read(&both), Err(FlowError::Invalid(_))));
        let long = Filter { name: Some("x".repeat(101)), ..Filter::default() };
        assert!(matches!(Wanted::read(&long), Err(FlowError::Invalid(_))));
    }

    #[test]
    fn tokens_and_passcodes_are_not_shown_wherever_they_stand() {
        let mut payload = json!({
            "event": "recording.completed", "download_token": "t0",
            "payload": { "object": { "password": "p0", "recording_files": [{ "recording_play_passcode": "p1" }] } },
        });
        hide(&mut payload);
        let text = payload.to_string();
        assert!(!text.contains("t0") && !text.contains("p0") && !text.contains("p1"), "{text}");
        assert!(text.contains("recording.completed"));
    }
}
