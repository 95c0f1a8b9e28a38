//! Trying things without doing them: a mapping on what was said of somebody, any change on the sign-ins of before; and how
//! the last test sign-in went.

use std::collections::BTreeMap;

use gatepost_saml::{Code, StepName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::call::{Call, Found, Json, Query};
use super::connections::{self, Change};
use super::paging::{Page, Plain};
use super::problem::{Kind, Problem};
use super::schema::{Moment, SignInIdText, SignInOutcome};
use super::settings::{ConnectionSettings, MappingRules};
use super::sign_ins::{AttributeRead, TraceTold, told};
use crate::base::id::ConnectionId;
use crate::directory::email::EmailVerdict;
use crate::directory::mapping::MappedField;
use crate::flow::connection::playground::{self, Come, On, RecordedView};
use crate::flow::connection::revision::Difference;
use crate::flow::connection::tested;
use crate::flow::connection::update::Update;
use crate::flow::connection::what_if::{self, FieldChange, Trial, Verdict};

/// A sign-in whose message is kept, so that things can be tried on it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Recorded {
    id: SignInIdText,
    at: Moment,
    outcome: SignInOutcome,
}

/// A mapping to try: on a recorded sign-in, or on something pasted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MappingTrial {
    /// The rules, as the mapping of a connection has them.
    #[schemars(with = "MappingRules")]
    mapping: Map<String, Value>,
    /// The recorded sign-in.
    sign_in: Option<SignInIdText>,
    /// A response or an assertion, as XML or base64; or attributes as JSON.
    #[schemars(length(min = 1))]
    pasted: Option<String>,
}

/// What a mapping comes to. On a recorded sign-in, it is told whether somebody would be let in; what is in the message, and
/// what would be known of them, is for owners.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MappingTried {
    /// The subject's name, as it was sent.
    name_id: Option<String>,
    /// What was sent.
    attributes: Vec<AttributeRead>,
    /// Whether a trusted key stands behind it.
    is_verified: bool,
    /// What the present rules come to.
    before: Outcome,
    /// What those that were sent come to.
    after: Outcome,
    /// Attributes that no rule takes anything from.
    unused: Vec<String>,
}

/// What rules come to.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Outcome {
    verdict: Judgement,
    /// Every value, and where it came from.
    fields: Vec<FieldRead>,
    /// What becomes of the address: `verified`, `kept`, `dropped` or `refused`; null without one.
    email: Option<&'static str>,
    /// What an administrator should know: stable names.
    notes: Vec<String>,
}

/// A mapped field.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FieldRead {
    /// `email`, `role`, `custom.building`.
    field: String,
    values: Vec<String>,
    /// What the rule took it from: `attribute:mail`, `groups`.
    source: String,
    /// The rule: `mapping.email.first_of[1]`, or `usual.email` for the product's own.
    rule: String,
    /// What was sent, where the rule changed it.
    sent: Option<Vec<String>>,
}

/// Whether somebody would be signed in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Judgement {
    is_accepted: bool,
    /// Whether it would be begun anew: nobody had asked for it.
    is_restarted: bool,
    /// Why it would be refused.
    code: Option<&'static str>,
    /// The step that decides.
    step: Option<&'static str>,
    wanted: Option<String>,
    found: Option<String>,
    /// Whom it names and what would be known of them.
    fields: BTreeMap<String, Vec<String>>,
}

/// A change to try. What would have to be fetched first is not part of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeTrial {
    /// The identity provider's entity ID.
    #[schemars(length(min = 1, max = 1024))]
    idp_entity_id: Option<String>,
    /// A metadata document to follow once.
    #[schemars(length(min = 1))]
    metadata_xml: Option<String>,
    /// Settings in the shape in which they are told; what is not named stays, null is the default.
    #[schemars(with = "Option<ConnectionSettings>")]
    settings: Option<Map<String, Value>>,
    /// Certificates to trust as well, as PEM or base64.
    #[serde(default)]
    #[schemars(length(max = 16))]
    add_certificates: Vec<String>,
    /// Certificates to trust no more, by their SHA-256 or that of their key.
    #[serde(default)]
    #[schemars(length(max = 16))]
    remove_certificates: Vec<String>,
    /// A certificate that waits for an owner's word, to trust as well, by the SHA-256 of its key.
    #[schemars(length(min = 1, max = 64))]
    unknown_certificate: Option<String>,
    /// Metadata that waits for an owner's word, to follow, by the name of its proposal.
    #[schemars(length(min = 1, max = 64))]
    proposal: Option<String>,
    /// What is changed: the connection as it was at this revision; without it, as it is.
    #[schemars(range(min = 1))]
    revision: Option<i64>,
}

/// What a change would have done: who would be let in otherwise. What would be known of them is for owners.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChangeTried {
    /// What would be different about the connection.
    change: Vec<Change>,
    /// So many recorded sign-ins were tried.
    tried: usize,
    /// Those that would have come out differently, the newest first.
    changed: Vec<ChangedSignIn>,
    /// What an administrator should know.
    notes: Vec<String>,
}

/// A sign-in that would have come out differently.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChangedSignIn {
    id: SignInIdText,
    at: Moment,
    /// How it really ended.
    recorded: SignInOutcome,
    recorded_code: Option<String>,
    /// What it comes to by the present settings.
    before: Judgement,
    /// What it would have come to.
    after: Judgement,
    /// What would be known of the person, where that differs.
    fields: Vec<FieldDifference>,
}

/// A field that would be different.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FieldDifference {
    field: String,
    before: Vec<String>,
    after: Vec<String>,
}

/// A test sign-in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TestTold {
    id: SignInIdText,
    at: Moment,
    /// Of which revision of the connection.
    revision: i64,
    outcome: SignInOutcome,
    trace: TraceTold,
}

impl From<RecordedView> for Recorded {
    fn from(view: RecordedView) -> Self {
        let RecordedView { attempt, at, outcome } = view;
        Self { id: SignInIdText(attempt), at: Moment(at), outcome: SignInOutcome(outcome) }
    }
}

impl From<Verdict> for Judgement {
    fn from(verdict: Verdict) -> Self {
        let Verdict { is_accepted, is_restarted, code, step, wanted, found, fields } = verdict;
        let (code, step) = (code.map(Code::name), step.map(StepName::name));
        Self { is_accepted, is_restarted, code, step, wanted, found, fields }
    }
}

impl From<Come> for Outcome {
    fn from(come: Come) -> Self {
        let field = |field: MappedField| {
            let MappedField { field, values, source, rule, sent, .. } = field;
            FieldRead { field, values, source, rule, sent }
        };
        let email = come.lineage.email.map(|email| match email {
            EmailVerdict::Verified => "verified",
            EmailVerdict::Kept => "kept",
            EmailVerdict::Dropped => "dropped",
            EmailVerdict::Refused => "refused",
        });
        Self {
            verdict: come.verdict.into(),
            fields: come.lineage.fields.into_iter().map(field).collect(),
            email,
            notes: come.lineage.notes.into_iter().map(|note| note.code.into_owned()).collect(),
        }
    }
}

/// Recorded sign-ins that a mapping can be tried on, the newest first.
pub(super) async fn recorded(call: Call, Query(filter): Query<Plain>) -> Result<Page<Recorded>, Problem> {
    let window = filter.window()?;
    let id: ConnectionId = call.own("connection").await?;
    let bench = playground::bench(call.gateway(), &call.ctx, id).await?;
    Ok(window.page_of_all(bench.recorded, |view| view.attempt.to_string(), Recorded::from))
}

/// Tries a mapping.
pub(super) async fn mapping(
    call: Call,
    Json(trial): Json<MappingTrial>,
) -> Result<Found<MappingTried>, Problem> {
    let id: ConnectionId = call.own("connection").await?;
    let on = match (trial.sign_in, trial.pasted) {
        (Some(sign_in), None) => On::Recorded(sign_in.0),
        (None, Some(text)) => On::Pasted(text),
        _ => return Err(Problem::field("", "give one of sign_in and pasted")),
    };
    let rules = Value::Object(trial.mapping).to_string();
    let tried = playground::try_mapping(call.gateway(), &call.ctx, id, (&rules, &on)).await;
    let tried = tried.map_err(|wrong| Problem::from(wrong).moved("/settings/mapping", "/mapping"))?;
    let attributes = tried.statement.attributes.into_iter();
    Ok(Found(MappingTried {
        name_id: tried.statement.name_id.map(|name_id| name_id.value),
        attributes: attributes.map(|one| AttributeRead { name: one.name, values: one.values }).collect(),
        is_verified: tried.is_verified,
        before: tried.before.into(),
        after: tried.after.into(),
        unused: tried.unused,
    }))
}

/// Tries a change.
pub(super) async fn change(
    call: Call,
    Json(trial): Json<ChangeTrial>,
) -> Result<Found<ChangeTried>, Problem> {
    let id: ConnectionId = call.own("connection").await?;
    let ChangeTrial {
        idp_entity_id,
        metadata_xml,
        settings,
        add_certificates,
        remove_certificates,
        unknown_certificate,
        proposal,
        revision,
    } = trial;
    let input = Update {
        idp_entity_id,
        metadata: metadata_xml.map(String::into_bytes),
        merge: settings.map(Value::Object),
        add_certificates: add_certificates.into_iter().map(String::into_bytes).collect(),
        remove_keys: remove_certificates,
        ..Update::default()
    };
    let (waiting, proposal) = (unknown_certificate.as_deref(), proposal.as_deref());
    let trial = Trial { revision, change: &input, waiting, proposal };
    let found = what_if::try_out(call.gateway(), &call.ctx, id, trial).await?;
    let difference = |Difference { path, before, after }| Change { path, before, after };
    let changed = found.changed.into_iter().map(|one| ChangedSignIn {
        id: SignInIdText(one.attempt),
        at: Moment(one.at),
        recorded: SignInOutcome(one.recorded),
        recorded_code: one.recorded_code,
        before: one.before.into(),
        after: one.after.into(),
        fields: one
            .fields
            .into_iter()
            .map(|FieldChange { field, before, after }| FieldDifference { field, before, after })
            .collect(),
    });
    Ok(Found(ChangeTried {
        change: found.change.into_iter().map(difference).collect(),
        tried: found.tried,
        changed: changed.collect(),
        notes: connections::told(&found.notes),
    }))
}

/// How the last test sign-in went.
pub(super) async fn last_test(call: Call, (): ()) -> Result<Found<TestTold>, Problem> {
    let id: ConnectionId = call.own("connection").await?;
    let found = tested::last(call.gateway(), &call.ctx, id).await?.ok_or(Problem::new(Kind::NotFound))?;
    Ok(Found(TestTold {
        id: SignInIdText(found.id),
        at: Moment(found.at),
        revision: found.revision,
        outcome: SignInOutcome(found.outcome),
        trace: told(found.stored.trace, found.stored.refusal, found.product),
    }))
}
