//! What is known of Zoom as tables: the steps of a run, the users of the inventory. For the console and for programs.

use axum::response::Response;

use super::table_file::{Portion, file};
use crate::base::id::ZoomRunId;
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::flow::zoom::inventory::table::{self, Filter, SeatView};
use crate::flow::zoom::provision::run::{self, StepView};
use crate::flow::{FlowError, Gateway};

/// Rows that are read at a time.
const PORTION: u32 = 500;

const STEP_COLUMNS: &[&str] =
    &["number", "what", "state", "user", "name", "zoom_id", "zoom_email", "changes", "problem", "zoom_said"];

const USER_COLUMNS: &[&str] = &[
    "email",
    "name",
    "zoom_id",
    "status",
    "licence",
    "use",
    "is_wasted",
    "department",
    "role_id",
    "last_zoom_sign_in",
    "created_at",
    "person",
    "person_name",
    "connections",
    "last_sign_in",
];

/// The steps and notes of a run.
///
/// # Errors
/// Those of [`run::steps`].
pub async fn steps(gateway: &Gateway, ctx: &Ctx, id: ZoomRunId) -> Result<Response, FlowError> {
    let read = move |gateway: Gateway, ctx: Ctx, after: Option<i64>| async move {
        let found = run::steps(&gateway, &ctx, (id, None), (after.unwrap_or(0), PORTION)).await?;
        let next = found.last().filter(|_| found.len() >= usize::try_from(PORTION).unwrap_or(1));
        Ok(Portion { next: next.map(|last| last.number), rows: found.iter().map(step).collect() })
    };
    file((gateway, ctx), (&format!("zoom-{id}"), STEP_COLUMNS), read).await
}

/// The users of Zoom that fit, as the last inventory found them.
///
/// # Errors
/// Those of [`table::list`].
pub async fn users(
    gateway: &Gateway,
    ctx: &Ctx,
    (slug, filter): (&Slug, Filter),
) -> Result<Response, FlowError> {
    let name = format!("zoom-{slug}");
    let slug = slug.clone();
    let read = move |gateway: Gateway, ctx: Ctx, after: Option<String>| {
        let (slug, filter) = (slug.clone(), filter.clone());
        async move {
            let page = (after.as_deref(), PORTION);
            let found = table::list(&gateway, &ctx, (&slug, &filter), page).await?;
            // Those of one address come at once.
            let is_whole = matches!(filter, Filter::Email(_));
            let is_full = !is_whole && found.len() >= usize::try_from(PORTION).unwrap_or(1);
            let next = found.last().filter(|_| is_full).map(|last| last.cursor.clone());
            Ok(Portion { next, rows: found.iter().map(user).collect() })
        }
    };
    file((gateway, ctx), (&name, USER_COLUMNS), read).await
}

fn step(step: &StepView) -> Vec<String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let changes = step
        .changes
        .iter()
        .map(|change| format!("{}: {} > {}", change.attribute.name(), text(&change.from), text(&change.to)));
    vec![
        step.number.to_string(),
        step.kind.clone(),
        step.state.name().to_owned(),
        step.user_id.map(|id| id.to_string()).unwrap_or_default(),
        text(&step.name),
        text(&step.zoom_id),
        text(&step.zoom_email),
        changes.collect::<Vec<_>>().join("; "),
        text(&step.problem),
        text(&step.said),
    ]
}

fn user(seat: &SeatView) -> Vec<String> {
    let moment = |at: Option<Instant>| at.map(|at| at.to_string()).unwrap_or_default();
    let ours = seat.ours.as_ref();
    let connections =
        ours.map(|ours| ours.connections.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
    vec![
        seat.email.clone(),
        seat.name.clone(),
        seat.zoom_id.clone().unwrap_or_default(),
        seat.status.clone(),
        seat.plan.clone(),
        seat.use_of_it.clone(),
        seat.is_wasted.to_string(),
        seat.department.clone(),
        seat.role_id.clone().unwrap_or_default(),
        moment(seat.last_login_at),
        moment(seat.created_at),
        ours.map(|ours| ours.user_id.to_string()).unwrap_or_default(),
        ours.and_then(|ours| ours.name.clone()).unwrap_or_default(),
        connections.unwrap_or_default(),
        moment(ours.and_then(|ours| ours.last_sign_in_at)),
    ]
}
