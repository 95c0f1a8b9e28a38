//! Runs of provisioning into Zoom: asked for, looked at with their steps, carried out, ended.
//!
//! What a run does is decided by its flow; a plan that would take much away waits until somebody says yes to it here or in
//! the console.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Found, Json, Made, Query, TableFile};
use super::paging::{Page, Plain, filters};
use super::problem::Problem;
use super::schema::{Moment, UserIdText, ZoomRunIdText, ZoomRunKind, ZoomRunState, ZoomStepState};
use super::zoom_provisioning::{ZoomValue, not_taken};
use crate::base::id::ZoomRunId;
use crate::flow::zoom::provision::Totals;
use crate::flow::zoom::provision::run::{self, RunView, StepView};
use crate::http::pages::zoom_provisioning::problem;
use crate::http::zoom_file;
use crate::scim::attribute::Attribute;
use crate::words::EN;

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
    pub(super) code: String,
    /// What it means and what to do.
    pub(super) about: &'static str,
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

filters! {
    /// Which steps.
    ZoomStepFilter {
        /// Only those in this state.
        state: ZoomStepState,
    }
}

fn told(code: String) -> ZoomProblem {
    ZoomProblem { about: problem(&code, &EN.zoom_provisioning).0, code }
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

/// Runs, the newest first.
pub(super) async fn list(call: Call, Query(filter): Query<Plain>) -> Result<Page<ZoomRun>, Problem> {
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
pub(super) async fn read(call: Call, (): ()) -> Result<Found<ZoomRun>, Problem> {
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
