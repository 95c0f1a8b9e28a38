//! What Zoom told an account.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::call::{Call, Found, Query};
use super::paging::{Page, filters};
use super::problem::{Kind, Problem};
use super::schema::{Moment, ZoomEventIdText, ZoomEventState};
use super::sign_ins::DaysText;
use crate::base::Instant;
use crate::base::id::ZoomEventId;
use crate::flow::FlowError;
use crate::flow::zoom::event::show::{self, EventView, Filter};

/// Something that Zoom told.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomEvent {
    id: ZoomEventIdText,
    /// The type, as Zoom calls it: `meeting.started`.
    #[serde(rename = "type")]
    name: String,
    state: ZoomEventState,
    /// When it happened, by Zoom's clock.
    at: Moment,
    /// When it came.
    received_at: Moment,
    /// The id of the meeting, or of the user that it is about.
    object_id: Option<String>,
    /// The uuid of the one meeting of a series.
    object_uuid: Option<String>,
    topic: Option<String>,
    /// The host's id in Zoom.
    host_id: Option<String>,
}

/// Something that Zoom told, with what it said.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomEventDetail {
    #[serde(flatten)]
    event: ZoomEvent,
    /// What Zoom said, but for tokens and passcodes, which webhooks alone are told.
    payload: BTreeMap<String, Value>,
}

/// How many events there were.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomEventCounts {
    /// The days, the oldest first, none left out.
    days: Vec<ZoomEventDay>,
    /// Deliveries that were refused in that time, by reason.
    refused: BTreeMap<String, i64>,
}

/// How many events there were on a day (UTC).
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomEventDay {
    begins_at: Moment,
    /// By type.
    events: BTreeMap<String, i64>,
    /// Deliveries that were refused.
    refused: i64,
}

filters! {
    /// Which events.
    ZoomEventFilter {
        /// Those of this type, as Zoom calls it.
        r#type: String,
        /// Those about the meeting with this id or uuid.
        meeting: String,
        /// Those that name somebody with this address, or this id in Zoom. Not together with a meeting.
        person: String,
        /// Those that came from this moment on.
        since: Moment,
        /// Those that came before this moment.
        until: Moment,
    }
}

/// Over how many days.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ZoomCountFilter {
    /// So many days, today the last; 14 without it.
    days: Option<DaysText>,
}

const USUAL_DAYS: i64 = 14;

impl From<EventView> for ZoomEvent {
    fn from(view: EventView) -> Self {
        let EventView { id, name, state, at, received_at, object_id, object_uuid, topic, host_id, .. } = view;
        let (at, received_at) = (Moment(at), Moment(received_at));
        let (id, state) = (ZoomEventIdText(id), ZoomEventState(state));
        Self { id, name, state, at, received_at, object_id, object_uuid, topic, host_id }
    }
}

/// Those of an account, the newest first.
pub(super) async fn list(
    call: Call,
    Query(filter): Query<ZoomEventFilter>,
) -> Result<Page<ZoomEvent>, Problem> {
    let window = filter.window()?;
    let wanted = Filter {
        name: filter.r#type,
        meeting: filter.meeting,
        person: filter.person,
        from: filter.since.map(|at| at.0),
        until: filter.until.map(|at| at.0),
    };
    let page = (window.after()?, window.size());
    let found = show::list(call.gateway(), &call.ctx, call.account()?, &wanted, page).await;
    let found = found.map_err(|error| match error {
        // All that can be wrong is in the address.
        FlowError::Invalid(why) => Problem::because(Kind::BadRequest, why.english().into()),
        other => other.into(),
    })?;
    Ok(Page::going_on(found.events.into_iter().map(ZoomEvent::from).collect(), found.next))
}

/// One, with what Zoom said. That it was read is an event of the account.
pub(super) async fn read(call: Call, (): ()) -> Result<Found<ZoomEventDetail>, Problem> {
    let id: ZoomEventId = call.own("event").await?;
    let found = show::open(call.gateway(), &call.ctx, id).await?;
    let payload = match found.payload {
        Value::Object(members) => members.into_iter().collect(),
        // Nothing else is stored.
        _ => BTreeMap::new(),
    };
    Ok(Found(ZoomEventDetail { event: found.event.into(), payload }))
}

/// How many there were.
pub(super) async fn counts(
    call: Call,
    Query(filter): Query<ZoomCountFilter>,
) -> Result<Found<ZoomEventCounts>, Problem> {
    let days = filter.days.map_or(USUAL_DAYS, |days| days.0);
    let found = show::counts(call.gateway(), &call.ctx, call.account()?, days).await?;
    let day = |day: show::Day| ZoomEventDay {
        begins_at: Moment(Instant::from_seconds(day.begins_at)),
        events: day.events,
        refused: day.refused,
    };
    Ok(Found(ZoomEventCounts { days: found.days.into_iter().map(day).collect(), refused: found.refused }))
}
