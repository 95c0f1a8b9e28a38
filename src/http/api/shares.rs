//! Links that show a sign-in to whoever runs the identity provider, and how many sign-ins there were by the day.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::call::{Call, Done, Found, Made, Query};
use super::paging::{Page, Plain};
use super::problem::Problem;
use super::schema::{ConnectionIdText, Moment, ShareIdText};
use crate::base::Instant;
use crate::base::id::{AttemptId, ShareId};
use crate::flow::attempt::chart::{self, Day};
use crate::flow::attempt::share::{self, ShareView};
use crate::flow::belong;

/// A link that shows a sign-in without what is personal.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Share {
    id: ShareIdText,
    /// Who made it.
    created_by: String,
    created_at: Moment,
    expires_at: Moment,
    /// Whether it still shows anything.
    is_open: bool,
}

/// A link that was made.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IssuedShare {
    id: ShareIdText,
    /// The link itself. It is not told again.
    url: String,
    expires_at: Moment,
}

/// How many sign-ins ended how.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Chart {
    /// The oldest first, none left out.
    days: Vec<DayTold>,
    /// Whether there were more than are counted.
    has_more: bool,
}

/// A day (UTC).
#[derive(Debug, Serialize, JsonSchema)]
pub struct DayTold {
    /// When it begins.
    begins_at: Moment,
    accepted: i64,
    /// By reason.
    refused: BTreeMap<String, i64>,
    /// Refused, and not stored one by one.
    unstored: i64,
    restarted: i64,
    repeated: i64,
    /// Tests that went well.
    tested: i64,
}

/// Which sign-ins are counted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChartFilter {
    /// Those by this connection.
    connection: Option<ConnectionIdText>,
    /// Those of so many days; 14 without it.
    days: Option<DaysText>,
}

/// A number of days in an address.
#[derive(Debug, Clone, Copy)]
pub struct DaysText(pub(super) i64);

impl<'de> Deserialize<'de> for DaysText {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        let number = text.parse().ok().filter(|number| (1..=chart::MAX_DAYS).contains(number));
        let told = || serde::de::Error::custom(format_args!("a whole number from 1 to {}", chart::MAX_DAYS));
        number.map(Self).ok_or_else(told)
    }
}

impl JsonSchema for DaysText {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Days".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "integer", "minimum": 1, "maximum": chart::MAX_DAYS })
    }
}

const USUAL_DAYS: i64 = 14;

impl From<ShareView> for Share {
    fn from(view: ShareView) -> Self {
        let ShareView { id, created_by, created_at, expires_at, is_open } = view;
        let (created_at, expires_at) = (Moment(created_at), Moment(expires_at));
        Self { id: ShareIdText(id), created_by, created_at, expires_at, is_open }
    }
}

impl From<Day> for DayTold {
    fn from(day: Day) -> Self {
        let Day { begins_at, accepted, refused, unstored, restarted, repeated, tested } = day;
        let begins_at = Moment(Instant::from_seconds(begins_at));
        Self { begins_at, accepted, refused, unstored, restarted, repeated, tested }
    }
}

/// Those of a sign-in, the newest first.
pub(super) async fn list(call: Call, Query(filter): Query<Plain>) -> Result<Page<Share>, Problem> {
    let window = filter.window()?;
    let id: AttemptId = call.own("sign_in").await?;
    let all = share::list(call.gateway(), &call.ctx, id).await?;
    Ok(window.page_of_all(all, |view| view.id.to_string(), Share::from))
}

/// Makes one.
pub(super) async fn create(call: Call, (): ()) -> Result<Made<IssuedShare>, Problem> {
    let id: AttemptId = call.own("sign_in").await?;
    let made = share::create(call.gateway(), &call.ctx, id).await?;
    let told = IssuedShare {
        id: ShareIdText(made.id),
        url: made.url.expose_secret().to_owned(),
        expires_at: Moment(made.expires_at),
    };
    Ok(Made(told, call.below(&format!("sign-ins/{id}/shares"))))
}

/// Takes one back.
pub(super) async fn revoke(call: Call, (): ()) -> Result<Done, Problem> {
    let id: AttemptId = call.own("sign_in").await?;
    let link: ShareId = call.named("share")?;
    share::revoke(call.gateway(), &call.ctx, (id, link)).await?;
    Ok(Done)
}

/// How many there were.
pub(super) async fn chart(call: Call, Query(filter): Query<ChartFilter>) -> Result<Found<Chart>, Problem> {
    let connection = filter.connection.map(|connection| connection.0);
    if let Some(connection) = connection {
        belong::is_of(call.gateway(), call.account()?, connection.into()).await?;
    }
    let days = filter.days.map_or(USUAL_DAYS, |days| days.0);
    let found = chart::chart(call.gateway(), &call.ctx, (call.account()?, connection), days).await?;
    Ok(Found(Chart { days: found.days.into_iter().map(DayTold::from).collect(), has_more: found.has_more }))
}
