//! What is told of runs: into the log what came of them, and to owners what waits for their word or only they can mend.
//!
//! Whoever asks for a run looks at it, and nobody looks at what a schedule does. Of a run that nobody asked for and that
//! found nothing to do there is nothing to tell; and what a schedule meets with again and again is told once.

use serde_json::json;

use super::plan::action_name;
use super::view::totals;
use crate::base::Ctx;
use crate::directory::state::{ZoomRunKind, ZoomRunState};
use crate::flow::zoom::work::{Home, now};
use crate::flow::{FlowError, Gateway, event, notice};
use crate::storage::Tx;
use crate::storage::zoom_run::{self, Run};
use crate::zoom::provision::plan::Action;

/// So far back the run of the same kind before this one is looked for.
const BEFORE: i64 = 50;
/// What ends a run because somebody who may has changed something: they know.
const BY_SOMEBODY: [&str; 4] = ["switched_off", "settings_changed", "link_changed", "not_used"];

/// Tells of a run that waits for somebody's word, or has ended by itself.
pub(super) async fn tell(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    (home, run): (&Home, &Run),
) -> Result<(), FlowError> {
    let totals = totals(run)?;
    let is_asked_for = matches!(run.kind, ZoomRunKind::Plan | ZoomRunKind::Apply);
    let before = zoom_run::list(tx, home.account, (Some(run.id), BEFORE)).await?;
    let before = before.into_iter().find(|before| before.kind == run.kind);
    let is_news =
        before.is_none_or(|before| (before.state, before.problem) != (run.state, run.problem.clone()));
    let has_done = run.steps > 0 || totals.group_changes > 0 || !totals.group_problems.is_empty();
    let action = match run.state {
        ZoomRunState::Held if is_asked_for || is_news => "zoom_run.held",
        ZoomRunState::Done if is_asked_for || has_done => "zoom_run.done",
        ZoomRunState::Failed if is_asked_for || is_news => "zoom_run.failed",
        _ => return Ok(()),
    };
    let body = json!({
        "kind": run.kind.name(), "problem": run.problem, "planned": totals.actions, "done": run.done,
        "failed": run.failed, "skipped": run.skipped, "removed": run.removed,
        "group_changes": totals.group_changes, "group_problems": totals.group_problems,
    });
    // Some runs last for hours.
    let ctx = Ctx { now: now(gateway), ..ctx.clone() };
    event::tell(tx, gateway, &ctx, home.with_keys(), (action, run.id, &body)).await?;
    let is_a_look = run.kind == ZoomRunKind::Plan && run.confirmed_by.is_none();
    let is_known = run.problem.as_deref().is_some_and(|problem| BY_SOMEBODY.contains(&problem));
    if run.state == ZoomRunState::Done || !is_news || is_a_look || is_known {
        return Ok(());
    }
    let of = |action| totals.actions.get(action_name(action)).copied().unwrap_or(0);
    let takes_away = of(Action::Disable) + of(Action::Delete);
    let waits = (run.state == ZoomRunState::Held).then_some(takes_away);
    notice::zoom_run(gateway, tx, &ctx, (home.account, &home.keys), (run.id, waits)).await
}
