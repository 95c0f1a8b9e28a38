//! Runs and their steps as flows hand them out.

use super::plan::{Totals, read_note, read_step};
use crate::base::Instant;
use crate::base::id::{UserId, ZoomRunId};
use crate::directory::state::{ZoomRunKind, ZoomRunState, ZoomStepState};
use crate::flow::FlowError;
use crate::flow::zoom::work::Home;
use crate::scim::attribute::{Attribute, Values};
use crate::storage::zoom_run::Run;
use crate::storage::zoom_step::RunStep;
use crate::storage::{StorageError, Tx, user};

/// A run as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunView {
    /// Its id.
    pub id: ZoomRunId,
    /// What it was asked for.
    pub kind: ZoomRunKind,
    /// Its state.
    pub state: ZoomRunState,
    /// What its plan comes to.
    pub totals: Totals,
    /// Users that were read so far, while it is planned.
    pub seen: i64,
    /// Steps of its plan.
    pub steps: i64,
    /// Steps that were done.
    pub done: i64,
    /// Steps that failed.
    pub failed: i64,
    /// Steps that were not right any more.
    pub skipped: i64,
    /// Why it could not go on, by its stable name.
    pub problem: Option<String>,
    /// Who asked for it.
    pub created_by: String,
    /// Who said yes to what it takes away.
    pub confirmed_by: Option<String>,
    /// When it was asked for.
    pub created_at: Instant,
    /// When it goes on, if it has to wait.
    pub waits_until: Option<Instant>,
    /// When it was planned.
    pub planned_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

impl RunView {
    /// Whether somebody is at it, or will be.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self.state, ZoomRunState::Planning | ZoomRunState::Applying)
    }
}

/// A changed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeView {
    /// Of what.
    pub attribute: Attribute,
    /// Before, as far as it is known.
    pub from: Option<String>,
    /// After; none: it is taken away.
    pub to: Option<String>,
}

/// A step or a note as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepView {
    /// Its place in the run.
    pub number: i64,
    /// The action's name, or the note's.
    pub kind: String,
    /// Its state.
    pub state: ZoomStepState,
    /// About whom.
    pub user_id: Option<UserId>,
    /// What they are called; none when they are gone.
    pub name: Option<String>,
    /// About which Zoom user.
    pub zoom_id: Option<String>,
    /// The address of that Zoom user, as far as the inventory knows it.
    pub zoom_email: Option<String>,
    /// Field by field.
    pub changes: Vec<ChangeView>,
    /// Licences that it takes, or gives back below zero.
    pub licences: i8,
    /// Whether a Zoom user who was there before is taken over.
    pub adopts: bool,
    /// What a note is about more closely.
    pub detail: Option<String>,
    /// Why it failed, by its stable name.
    pub problem: Option<String>,
    /// What Zoom said to that.
    pub said: Option<String>,
    /// Values that Zoom did not take.
    pub ignored: Vec<(Attribute, String)>,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

/// What came of a step, as it is kept.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub(super) struct StoredResult {
    pub(super) said: Option<String>,
    pub(super) ignored: Values,
}

/// What its plan comes to.
pub(super) fn totals(run: &Run) -> Result<Totals, StorageError> {
    serde_json::from_str(&run.totals).map_err(|_| StorageError::Corrupt("zoom_runs.totals"))
}

/// As it is handed out.
pub(super) fn view(run: Run) -> Result<RunView, StorageError> {
    let waits = run.problem.is_some() && run.ended_at.is_none();
    Ok(RunView {
        totals: totals(&run)?,
        id: run.id,
        kind: run.kind,
        state: run.state,
        seen: run.seen,
        steps: run.steps,
        done: run.done,
        failed: run.failed,
        skipped: run.skipped,
        problem: run.problem,
        created_by: run.created_by,
        confirmed_by: run.confirmed_by,
        created_at: run.created_at,
        waits_until: waits.then_some(run.run_at),
        planned_at: run.planned_at,
        ended_at: run.ended_at,
    })
}

/// A step or a note, with what people are called.
pub(super) async fn step_view(tx: &mut Tx, home: &Home, row: RunStep) -> Result<StepView, FlowError> {
    let result: StoredResult = match &row.result {
        Some(plain) => {
            serde_json::from_slice(plain).map_err(|_| StorageError::Corrupt("zoom_steps.result_sealed"))?
        }
        None => StoredResult::default(),
    };
    let mut view = StepView {
        number: row.number,
        kind: row.kind,
        state: row.state,
        user_id: row.user_id,
        name: None,
        zoom_id: None,
        zoom_email: None,
        changes: Vec::new(),
        licences: 0,
        adopts: false,
        detail: None,
        problem: row.problem,
        said: result.said,
        ignored: result.ignored.iter().map(|(attribute, value)| (attribute, value.to_owned())).collect(),
        ended_at: row.ended_at,
    };
    if row.state == ZoomStepState::Note {
        let note = read_note(&row.step)?;
        (view.zoom_id, view.detail) = (note.zoom_id, note.detail);
    } else {
        let step = read_step(&row.step)?;
        view.zoom_id = step.zoom_id;
        (view.licences, view.adopts) = (step.licences, step.adopts);
        let changes = step.changes.into_iter().map(|change| ChangeView {
            attribute: change.attribute,
            from: change.from.map(String::from),
            to: change.to.map(String::from),
        });
        view.changes = changes.collect();
    }
    if let Some(id) = view.user_id {
        let found = user::find(tx, home.account, id, &home.keys).await?;
        view.name = found.and_then(|user| user.profile.name().or(user.profile.email));
    } else if let Some(zoom_id) = &view.zoom_id {
        view.zoom_email = crate::flow::zoom::inventory::email_of(tx, home, zoom_id).await?;
    }
    Ok(view)
}
