//! Provisioning into Zoom: settings, runs with their steps, what became of people.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::call::{Call, Found, IfMatch, Json, Made, Query, TableFile, Versioned};
use super::paging::{Page, Plain, filters};
use super::problem::{Kind, Problem};
use super::schema::{Moment, UserIdText, ZoomRunIdText, ZoomRunKind, ZoomRunState, ZoomStepState};
use crate::base::id::{UserId, ZoomRunId};
use crate::flow::zoom::provision::Totals;
use crate::flow::zoom::provision::people::{self, PersonView};
use crate::flow::zoom::provision::run::{self, RunView, StepView};
use crate::flow::zoom::provision::settings::{self, Preview, Settings, SettingsView};
use crate::http::pages::zoom_provisioning::{person_problem, problem};
use crate::http::zoom_file;
use crate::scim::attribute::{Attribute, Values};
use crate::words::EN;

/// How an account provisions into Zoom.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomProvisioning {
    /// As a change takes them.
    #[schemars(with = "Map<String, Value>")]
    settings: Settings,
    /// When everybody is gone through next.
    next_run_at: Option<Moment>,
    /// When the users of Zoom are counted next.
    next_inventory_at: Option<Moment>,
    /// What could be better about the mapping.
    warnings: Vec<String>,
}

/// What is tried on whom.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewWish {
    /// Whom it is tried on.
    person: UserIdText,
    /// What is tried; the settings that hold, without it.
    settings: Option<Settings>,
}

/// What the settings do with a person.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomPreview {
    person: UserIdText,
    name: Option<String>,
    /// The rule that means them; null: none does, and nothing is done for them.
    rule: Option<String>,
    /// What each row of the mapping gives.
    rows: Vec<ZoomValue>,
    /// What Zoom would get, by attribute; null where it would get nothing.
    values: Option<BTreeMap<&'static str, String>>,
    /// Why it would get nothing: `missing` (a value that Zoom needs) or `address` (one that Zoom takes).
    problem: Option<&'static str>,
    /// What is known of the person: what rules and mapping can speak of.
    fields: BTreeMap<String, Vec<String>>,
}

/// The value of an attribute.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomValue {
    attribute: Attribute,
    value: Option<String>,
}

/// What a run is to do.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ZoomWish {
    /// Find out what would be done, and do nothing.
    Plan,
    /// Do it at once; what would take too much away waits for somebody's word.
    Apply,
}

/// A new run.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewZoomRun {
    what: ZoomWish,
}

/// What a plan comes to.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomTotals {
    /// How many steps of each action: `create`, `update`, `adopt`, `disable`, `delete`.
    actions: BTreeMap<String, u32>,
    /// How many notes of each kind.
    notes: BTreeMap<String, u32>,
    /// Paid licences that it takes, less those that it gives back.
    licences: i64,
    /// Zoom users that are looked after.
    looked_after: u64,
    /// Zoom users who are none of the account's people.
    orphans: u32,
    /// Whether Zoom told of users by SCIM alone: then invitations, administrators and licences are not known.
    is_by_scim_alone: bool,
    /// Members who came into groups that are pushed, or went out of them.
    group_changes: u32,
    /// Groups that could not be pushed, by the name of the cause.
    group_problems: BTreeMap<String, u32>,
}

/// A run of provisioning into Zoom.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomRun {
    id: ZoomRunIdText,
    kind: ZoomRunKind,
    state: ZoomRunState,
    totals: ZoomTotals,
    /// Users that were read so far, while it is planned.
    seen: i64,
    /// Steps of its plan.
    steps: i64,
    done: i64,
    failed: i64,
    /// Steps that were not right any more when their turn came.
    skipped: i64,
    /// Why it waits or has ended early.
    problem: Option<ZoomProblem>,
    /// Who asked for it.
    created_by: String,
    /// Who said yes to it.
    confirmed_by: Option<String>,
    created_at: Moment,
    /// When it goes on, if it has to wait.
    waits_until: Option<Moment>,
    planned_at: Option<Moment>,
    ended_at: Option<Moment>,
}

/// What went wrong.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomProblem {
    /// Its name, which stays the same.
    code: String,
    /// What it means and what to do.
    about: &'static str,
}

/// A changed value.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomChange {
    attribute: Attribute,
    /// Before; null when there was none, or nobody can tell without reading the user.
    from: Option<String>,
    /// After; null: it is taken away.
    to: Option<String>,
}

/// A step of a run, or a note.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomStep {
    /// Its place in the run.
    number: i64,
    /// The action, or what the note is.
    kind: String,
    state: ZoomStepState,
    person: Option<UserIdText>,
    /// What they are called; null when they are gone.
    name: Option<String>,
    zoom_id: Option<String>,
    /// The address of that Zoom user, where it is nobody of the account's and the inventory knows it.
    zoom_email: Option<String>,
    /// Field by field.
    changes: Vec<ZoomChange>,
    /// Paid licences that it takes, or gives back below zero.
    licences: i8,
    /// Whether a Zoom user who was there before is taken over.
    adopts: bool,
    /// What a note is about more closely: an attribute, an action, another person.
    detail: Option<String>,
    problem: Option<ZoomProblem>,
    /// What Zoom said to that.
    said: Option<String>,
    /// Values that Zoom did not take; one that is null was to be taken away.
    ignored: Vec<ZoomValue>,
    ended_at: Option<Moment>,
}

/// What became of a person in Zoom.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomPerson {
    person: UserIdText,
    name: Option<String>,
    email: Option<String>,
    /// Whether they are still with the account.
    is_here: bool,
    zoom_id: Option<String>,
    /// The id of the rule by which they came in.
    rule: Option<String>,
    /// Whether an invitation waits to be accepted.
    is_pending: bool,
    /// Whether a run switched them off.
    is_off: bool,
    /// Values that Zoom did not take; one that is null was to be taken away.
    ignored: Vec<ZoomValue>,
    /// What went wrong last.
    problem: Option<ZoomProblem>,
    changed_at: Moment,
}

/// What became of a person in Zoom, with what the latest runs had to say about them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomPersonDetail {
    /// Null where no run has done anything for them.
    standing: Option<ZoomPerson>,
    /// The latest first.
    steps: Vec<ZoomStepOfRun>,
}

/// A step with its run.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomStepOfRun {
    run: ZoomRunIdText,
    #[serde(flatten)]
    step: ZoomStep,
}

/// How many are looked at again.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomQueued {
    people: u64,
}

filters! {
    /// Which steps.
    ZoomStepFilter {
        /// Only those in this state.
        state: ZoomStepState,
    }
}

/// Which people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ZoomAmong {
    /// All.
    All,
    /// Those with a problem.
    Problems,
}

filters! {
    /// Which people.
    ZoomPeopleFilter {
        /// All of them, without it.
        among: ZoomAmong,
    }
}

/// Which people.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ZoomPeopleFileFilter {
    /// All of them, without it.
    among: Option<ZoomAmong>,
}

fn told(code: String) -> ZoomProblem {
    ZoomProblem { about: problem(&code, &EN.zoom_provisioning).0, code }
}

fn told_of_person(code: String) -> ZoomProblem {
    ZoomProblem { about: person_problem(&code, &EN.zoom_provisioning).0, code }
}

fn ignored(values: &Values) -> Vec<ZoomValue> {
    values.iter().map(|(attribute, value)| not_taken(attribute, value.to_owned())).collect()
}

/// A value that Zoom did not take; none: it was to be taken away.
fn not_taken(attribute: Attribute, value: String) -> ZoomValue {
    ZoomValue { attribute, value: (!value.is_empty()).then_some(value) }
}

impl From<Preview> for ZoomPreview {
    fn from(view: Preview) -> Self {
        let problem = view.problem();
        let values = view.values.ok();
        let values =
            values.map(|values| values.iter().map(|(one, to)| (one.name(), to.to_owned())).collect());
        Self {
            person: UserIdText(view.user_id),
            name: view.name,
            rule: view.rule,
            rows: view.rows.into_iter().map(|(attribute, value)| ZoomValue { attribute, value }).collect(),
            values,
            problem,
            fields: view.fields.into_iter().collect(),
        }
    }
}

impl From<Totals> for ZoomTotals {
    fn from(totals: Totals) -> Self {
        let Totals { actions, licences, looked_after, orphans, notes, .. } = totals;
        let Totals { is_by_scim_alone, group_changes, group_problems, .. } = totals;
        Self {
            actions,
            notes,
            licences,
            looked_after,
            orphans,
            is_by_scim_alone,
            group_changes,
            group_problems,
        }
    }
}

impl From<RunView> for ZoomRun {
    fn from(view: RunView) -> Self {
        Self {
            id: ZoomRunIdText(view.id),
            kind: ZoomRunKind(view.kind),
            state: ZoomRunState(view.state),
            totals: view.totals.into(),
            seen: view.seen,
            steps: view.steps,
            done: view.done,
            failed: view.failed,
            skipped: view.skipped,
            problem: view.problem.map(told),
            created_by: view.created_by,
            confirmed_by: view.confirmed_by,
            created_at: Moment(view.created_at),
            waits_until: view.waits_until.map(Moment),
            planned_at: view.planned_at.map(Moment),
            ended_at: view.ended_at.map(Moment),
        }
    }
}

impl From<StepView> for ZoomStep {
    fn from(view: StepView) -> Self {
        let changes = view.changes.into_iter().map(|change| ZoomChange {
            attribute: change.attribute,
            from: change.from,
            to: change.to,
        });
        let ignored = view.ignored.into_iter();
        Self {
            number: view.number,
            kind: view.kind,
            state: ZoomStepState(view.state),
            person: view.user_id.map(UserIdText),
            name: view.name,
            zoom_id: view.zoom_id,
            zoom_email: view.zoom_email,
            changes: changes.collect(),
            licences: view.licences,
            adopts: view.adopts,
            detail: view.detail,
            problem: view.problem.map(told),
            said: view.said,
            ignored: ignored.map(|(attribute, value)| not_taken(attribute, value)).collect(),
            ended_at: view.ended_at.map(Moment),
        }
    }
}

impl From<PersonView> for ZoomPerson {
    fn from(view: PersonView) -> Self {
        Self {
            person: UserIdText(view.user_id),
            name: view.name,
            email: view.email,
            is_here: view.is_here,
            zoom_id: view.zoom_id,
            rule: view.rule,
            is_pending: view.is_pending,
            is_off: view.is_off,
            ignored: ignored(&view.ignored),
            problem: view.problem.map(told_of_person),
            changed_at: Moment(view.changed_at),
        }
    }
}

impl From<(Option<PersonView>, Vec<(ZoomRunId, StepView)>)> for ZoomPersonDetail {
    fn from((standing, steps): (Option<PersonView>, Vec<(ZoomRunId, StepView)>)) -> Self {
        let steps = steps
            .into_iter()
            .map(|(run, step)| ZoomStepOfRun { run: ZoomRunIdText(run), step: ZoomStep::from(step) });
        Self { standing: standing.map(ZoomPerson::from), steps: steps.collect() }
    }
}

fn provisioning(view: SettingsView) -> Versioned<ZoomProvisioning> {
    let SettingsView { settings, version, next_run_at, next_inventory_at, warnings } = view;
    let told = ZoomProvisioning {
        settings,
        next_run_at: next_run_at.map(Moment),
        next_inventory_at: next_inventory_at.map(Moment),
        warnings: warnings.iter().map(ToString::to_string).collect(),
    };
    Versioned(told, version)
}

/// The settings of an account.
pub(super) async fn settings(call: Call, (): ()) -> Result<Versioned<ZoomProvisioning>, Problem> {
    Ok(provisioning(settings::show(call.gateway(), &call.ctx, call.account()?).await?))
}

/// Others in their place.
pub(super) async fn set(
    call: Call,
    (if_match, Json(new)): (IfMatch, Json<Settings>),
) -> Result<Versioned<ZoomProvisioning>, Problem> {
    let expects = |version| if_match.allows(version);
    Ok(provisioning(settings::save(call.gateway(), &call.ctx, call.account()?, new, expects).await?))
}

/// What they do with one person; nothing is done.
pub(super) async fn preview(
    call: Call,
    Json(wish): Json<PreviewWish>,
) -> Result<Found<ZoomPreview>, Problem> {
    let PreviewWish { person, settings } = wish;
    let of = (call.account()?, person.0);
    Ok(Found(settings::preview(call.gateway(), &call.ctx, of, settings).await?.into()))
}

/// Runs, the newest first.
pub(super) async fn runs(call: Call, Query(filter): Query<Plain>) -> Result<Page<ZoomRun>, Problem> {
    let window = filter.window()?;
    let page = (window.after()?, window.limit());
    let found = run::list(call.gateway(), &call.ctx, call.account()?, page).await?;
    Ok(window.page(found, |view| view.id.to_string(), ZoomRun::from))
}

/// Asks for one.
pub(super) async fn ask(call: Call, Json(new): Json<NewZoomRun>) -> Result<Made<ZoomRun>, Problem> {
    let is_dry = matches!(new.what, ZoomWish::Plan);
    let made = run::ask(call.gateway(), &call.ctx, (call.account()?, is_dry)).await?;
    let path = call.below(&format!("zoom/runs/{}", made.id));
    Ok(Made(made.into(), path))
}

/// One.
pub(super) async fn run(call: Call, (): ()) -> Result<Found<ZoomRun>, Problem> {
    let id: ZoomRunId = call.own("run").await?;
    Ok(Found(run::find(call.gateway(), &call.ctx, id).await?.into()))
}

/// Its steps and notes, in order.
pub(super) async fn steps(
    call: Call,
    Query(filter): Query<ZoomStepFilter>,
) -> Result<Page<ZoomStep>, Problem> {
    let window = filter.window()?;
    let id: ZoomRunId = call.own("run").await?;
    let of = (id, filter.state.map(|state| state.0));
    let page = (window.after()?.unwrap_or(0), window.limit());
    let found = run::steps(call.gateway(), &call.ctx, of, page).await?;
    Ok(window.page(found, |view| view.number.to_string(), ZoomStep::from))
}

/// The same as a table.
pub(super) async fn file(call: Call, (): ()) -> Result<TableFile, Problem> {
    let id: ZoomRunId = call.own("run").await?;
    Ok(TableFile(zoom_file::steps(call.gateway(), &call.ctx, id).await?))
}

/// Says yes to a plan.
pub(super) async fn apply(call: Call, (): ()) -> Result<Found<ZoomRun>, Problem> {
    let id: ZoomRunId = call.own("run").await?;
    Ok(Found(run::confirm(call.gateway(), &call.ctx, id).await?.into()))
}

/// Ends a run; what was done stays done.
pub(super) async fn cancel(call: Call, (): ()) -> Result<Found<ZoomRun>, Problem> {
    let id: ZoomRunId = call.own("run").await?;
    Ok(Found(run::cancel(call.gateway(), &call.ctx, id).await?.into()))
}

/// People whom runs have had to do with.
pub(super) async fn people(
    call: Call,
    Query(filter): Query<ZoomPeopleFilter>,
) -> Result<Page<ZoomPerson>, Problem> {
    let window = filter.window()?;
    let of = (call.account()?, filter.among == Some(ZoomAmong::Problems));
    let page = (window.after()?, window.limit());
    let found = people::list(call.gateway(), &call.ctx, of, page).await?;
    Ok(window.page(found, |view| view.user_id.to_string(), ZoomPerson::from))
}

/// The same as a table.
pub(super) async fn people_file(
    call: Call,
    Query(filter): Query<ZoomPeopleFileFilter>,
) -> Result<TableFile, Problem> {
    let of = (call.account()?, filter.among == Some(ZoomAmong::Problems));
    Ok(TableFile(zoom_file::people(call.gateway(), &call.ctx, of).await?))
}

/// One of them.
pub(super) async fn person(call: Call, (): ()) -> Result<Found<ZoomPersonDetail>, Problem> {
    let of = (call.account()?, call.named::<UserId>("person")?);
    let (standing, steps) = people::show(call.gateway(), &call.ctx, of).await?;
    if standing.is_none() && steps.is_empty() {
        return Err(Problem::new(Kind::NotFound));
    }
    Ok(Found((standing, steps).into()))
}

/// Has all looked at again who have a problem.
pub(super) async fn retry_all(call: Call, (): ()) -> Result<Found<ZoomQueued>, Problem> {
    let people = run::retry(call.gateway(), &call.ctx, (call.account()?, None)).await?;
    Ok(Found(ZoomQueued { people }))
}

/// Has one person looked at.
pub(super) async fn retry(call: Call, (): ()) -> Result<Found<ZoomQueued>, Problem> {
    let of = (call.account()?, Some(call.named("person")?));
    let people = run::retry(call.gateway(), &call.ctx, of).await?;
    Ok(Found(ZoomQueued { people }))
}
