//! Tries to sign in, what was checked of each, how many there were by the day; and the same for a message that is only
//! looked at.

use std::collections::BTreeMap;

use gatepost_saml::Code;
use gatepost_saml::trace::{Outcome, Refusal, Step, Trace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Found, Json, MessageFile, Query};
use super::paging::{Page, filters};
use super::problem::Problem;
use super::schema::{
    ConnectionIdText, Moment, SessionIdText, SignInIdText, SignInOutcome, SignInPurpose, UserIdText,
};
use crate::base::Instant;
use crate::base::id::{AttemptId, ConnectionId};
use crate::directory::preset::Product;
use crate::flow::attempt::chart::{self, Day};
use crate::flow::attempt::{self, Filter, List, message};
use crate::flow::belong;
use crate::flow::rehearse::{self, Rehearsed, Wrapping};
use crate::http::reply::message_file;
use crate::words::{EN, mend};

/// A try to sign in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SignIn {
    /// The reference that the person was shown.
    id: SignInIdText,
    at: Moment,
    connection: ConnectionIdText,
    /// In which revision of the connection.
    revision: i64,
    outcome: SignInOutcome,
    purpose: SignInPurpose,
    /// Why it was refused, as far as may be said in public.
    code: Option<String>,
    /// Who signed in; where that was refused, whom it led to, who need not be whoever tried.
    user: Option<UserIdText>,
    session: Option<SessionIdText>,
}

/// A try to sign in with everything that was checked.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SignInDetail {
    /// The reference that the person was shown.
    id: SignInIdText,
    at: Moment,
    connection: ConnectionIdText,
    outcome: SignInOutcome,
    trace: TraceTold,
}

/// What was checked, in order, and what decided.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TraceTold {
    /// Why it was refused; null when it was not. The true cause, but for what came to light in something encrypted that
    /// nothing signed stands around: that takes `messages:read`, but of tests whoever sets the connection up sees it;
    /// without, it is `decryption_failed`.
    code: Option<&'static str>,
    /// Which step decided.
    step: Option<&'static str>,
    /// What to do about it, in the words of the product's own console.
    mend: Option<String>,
    steps: Vec<StepTold>,
    warnings: Vec<String>,
}

/// One check.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StepTold {
    name: &'static str,
    outcome: StepOutcome,
    code: Option<&'static str>,
    /// What the settings ask for.
    wanted: Option<String>,
    /// What the message says.
    found: Option<String>,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// It held.
    Pass,
    /// It failed; the first one that does decides.
    Fail,
    /// It was not reached, or does not apply.
    Skip,
    /// It held, with something that an administrator should know.
    Warn,
}

impl From<Outcome> for StepOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Pass => Self::Pass,
            Outcome::Fail => Self::Fail,
            Outcome::Skip => Self::Skip,
            Outcome::Warn => Self::Warn,
        }
    }
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

impl From<Day> for DayTold {
    fn from(day: Day) -> Self {
        let Day { begins_at, accepted, refused, unstored, restarted, repeated, tested } = day;
        let begins_at = Moment(Instant::from_seconds(begins_at));
        Self { begins_at, accepted, refused, unstored, restarted, repeated, tested }
    }
}

/// A message to look at.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// The message.
    #[schemars(length(min = 1))]
    message: String,
    /// How it is wrapped.
    wrapping: WrappingName,
    /// The moment that it is judged at; now, without it.
    at: Option<Moment>,
    /// The ID of the request that it answers, where one waits.
    #[schemars(length(min = 1, max = 256))]
    pending_request: Option<String>,
}

/// How a message is wrapped.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WrappingName {
    /// XML as it is.
    Xml,
    /// XML in base64: what `SAMLResponse` holds.
    Base64,
    /// A whole form, as a browser posts it.
    Form,
}

/// What a message would come to.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Verdict {
    is_accepted: bool,
    /// What an accepted message says of whom.
    reading: Option<Reading>,
    trace: TraceTold,
}

/// What an accepted message says.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Reading {
    name_id: String,
    name_id_format: Option<String>,
    assertion_id: String,
    attributes: Vec<AttributeRead>,
}

/// An attribute of an accepted message.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AttributeRead {
    pub(super) name: String,
    pub(super) values: Vec<String>,
}

filters! {
    /// Which tries.
    SignInFilter {
        /// By this connection.
        connection: ConnectionIdText,
        /// Those that ended so.
        outcome: SignInOutcome,
        /// Those that were refused, or begun anew, for this reason.
        code: String,
        /// Those that were for this.
        purpose: SignInPurpose,
        /// From this moment on.
        since: Moment,
        /// Before this moment.
        until: Moment,
        /// Those by which this person signed in, as far as their sessions are kept, and those refused on the way to them.
        user: UserIdText,
    }
}

/// A trace, for those who look after a connection to `product`.
pub(super) fn told(trace: Trace, refusal: Option<Refusal>, product: Product) -> TraceTold {
    let product = mend::product(product, &trace);
    let step = |step: Step| StepTold {
        name: step.name.name(),
        outcome: step.outcome.into(),
        code: step.code.map(Code::name),
        wanted: step.wanted.map(|text| text.to_string()),
        found: step.found.map(|text| text.to_string()),
    };
    TraceTold {
        code: refusal.map(|refusal| refusal.code.name()),
        step: refusal.map(|refusal| refusal.step.name()),
        mend: refusal.map(|refusal| EN.mend(refusal.code, product)),
        warnings: trace.warnings.iter().map(|warning| warning.text.to_string()).collect(),
        steps: trace.steps.into_iter().map(step).collect(),
    }
}

/// Those of an account, newest first.
pub(super) async fn list(call: Call, Query(filter): Query<SignInFilter>) -> Result<Page<SignIn>, Problem> {
    let window = filter.window()?;
    let connection: Option<ConnectionId> = filter.connection.map(|connection| connection.0);
    if let Some(connection) = connection {
        belong::is_of(call.gateway(), call.account()?, connection.into()).await?;
    }
    let input = List {
        account: call.account()?.clone(),
        filter: Filter {
            connection,
            outcome: filter.outcome.map(|outcome| outcome.0),
            code: filter.code.filter(|code| !code.is_empty()),
            purpose: filter.purpose.map(|purpose| purpose.0),
            since: filter.since.map(|at| at.0),
            until: filter.until.map(|at| at.0),
            user: filter.user.map(|user| user.0),
        },
        before: window.after()?,
        limit: window.size(),
    };
    let found = attempt::list(call.gateway(), &call.ctx, &input).await?;
    let data = found.attempts.into_iter().map(|attempt| SignIn {
        id: SignInIdText(attempt.id),
        at: Moment(attempt.created_at),
        connection: ConnectionIdText(attempt.connection_id),
        revision: attempt.revision,
        outcome: SignInOutcome(attempt.outcome),
        purpose: SignInPurpose(attempt.purpose),
        code: attempt.code,
        user: attempt.user_id.map(UserIdText),
        session: attempt.session_id.map(SessionIdText),
    });
    Ok(Page::going_on(data.collect(), found.next))
}

/// One.
pub(super) async fn read(call: Call, (): ()) -> Result<Found<SignInDetail>, Problem> {
    let id: AttemptId = call.own("sign_in").await?;
    let found = attempt::find(call.gateway(), &call.ctx, id).await?;
    Ok(Found(SignInDetail {
        id: SignInIdText(found.id),
        at: Moment(found.at),
        connection: ConnectionIdText(found.connection_id),
        outcome: SignInOutcome(found.outcome),
        trace: told(found.stored.trace, found.stored.refusal, found.product),
    }))
}

/// Takes its message out as it came. That it was taken out is an event.
pub(super) async fn message(call: Call, (): ()) -> Result<MessageFile, Problem> {
    let id: AttemptId = call.own("sign_in").await?;
    Ok(MessageFile(message_file(message::download(call.gateway(), &call.ctx, id).await?)))
}

/// Judges a message as a sign-in would, and nothing else: it is not used up, and nobody is signed in.
pub(super) async fn verify(call: Call, Json(message): Json<Message>) -> Result<Found<Verdict>, Problem> {
    let id: ConnectionId = call.own("connection").await?;
    let wrapping = match message.wrapping {
        WrappingName::Xml => Wrapping::Xml,
        WrappingName::Base64 => Wrapping::Base64,
        WrappingName::Form => Wrapping::Form,
    };
    let input = rehearse::Message {
        connection: id,
        bytes: message.message.into_bytes(),
        wrapping,
        at: message.at.map(|at| at.0),
        pending_request: message.pending_request,
    };
    let Rehearsed { trace, refusal, reading, product } =
        rehearse::judge(call.gateway(), &call.ctx, &input).await?;
    let attribute = |(name, values)| AttributeRead { name, values };
    Ok(Found(Verdict {
        is_accepted: refusal.is_none(),
        reading: reading.map(|reading| Reading {
            name_id: reading.name_id,
            name_id_format: reading.name_id_format,
            assertion_id: reading.assertion_id,
            attributes: reading.attributes.into_iter().map(attribute).collect(),
        }),
        trace: told(trace, refusal, product),
    }))
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
