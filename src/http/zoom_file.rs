//! What is known of Zoom as tables: the steps of a run, what became of people, the users of the inventory. For the console,
//! programs and the command line.

use axum::response::Response;

use super::pages::zoom_provisioning::{person_problem, problem as problem_of};
use super::table_file::{Portion, file, lines};
use crate::base::id::{UserId, ZoomRunId};
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::flow::zoom::inventory::table::{self, Filter, SeatView};
use crate::flow::zoom::provision::people::{self, PersonView};
use crate::flow::zoom::provision::run::{self, StepView};
use crate::flow::{FlowError, Gateway};
use crate::words::EN;

/// Rows that are read at a time.
const PORTION: u32 = 500;
/// People who are read at a time.
const PEOPLE: u32 = 200;

const STEP_COLUMNS: &[&str] = &[
    "number",
    "what",
    "state",
    "user",
    "name",
    "zoom_id",
    "zoom_email",
    "changes",
    "problem",
    "zoom_said",
    "licences",
    "adopts",
    "detail",
    "ignored",
    "ended_at",
    "problem_text",
];

const PERSON_COLUMNS: &[&str] = &[
    "person",
    "name",
    "email",
    "is_here",
    "zoom_id",
    "standing",
    "rule",
    "ignored",
    "problem",
    "problem_text",
    "changed_at",
];

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
    "bundle",
    "bundle_name",
    "connection_names",
];

/// The steps and notes of a run.
///
/// # Errors
/// Those of [`run::steps`].
pub async fn steps(gateway: &Gateway, ctx: &Ctx, id: ZoomRunId) -> Result<Response, FlowError> {
    let read = move |gateway: Gateway, ctx: Ctx, after: Option<i64>| async move {
        let found = run::steps(&gateway, &ctx, (id, None), (after.unwrap_or(0), PORTION)).await?;
        let next = last_of(&found, PORTION).map(|last| last.number);
        Ok(Portion { next, rows: found.iter().map(step).collect() })
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
            let next = last_of(&found, PORTION).filter(|_| !is_whole).map(|last| last.cursor.clone());
            Ok(Portion { next, rows: found.iter().map(user).collect() })
        }
    };
    file((gateway, ctx), (&name, USER_COLUMNS), read).await
}

/// What became of people in Zoom; of those with a problem alone, if that is asked for.
///
/// # Errors
/// Those of [`people::list`].
pub async fn people(
    gateway: &Gateway,
    ctx: &Ctx,
    (slug, only_problems): (&Slug, bool),
) -> Result<Response, FlowError> {
    let name = format!("zoom-people-{slug}");
    let slug = slug.clone();
    let read = move |gateway: Gateway, ctx: Ctx, after: Option<UserId>| {
        let slug = slug.clone();
        async move {
            let page = (after, PEOPLE);
            let found = people::list(&gateway, &ctx, (&slug, only_problems), page).await?;
            let next = last_of(&found, PEOPLE).map(|last| last.user_id);
            Ok(Portion { next, rows: found.iter().map(person).collect() })
        }
    };
    file((gateway, ctx), (&name, PERSON_COLUMNS), read).await
}

/// The last of what was found, where `most` were asked for and there may be more.
fn last_of<T>(found: &[T], most: u32) -> Option<&T> {
    found.last().filter(|_| found.len() >= usize::try_from(most).unwrap_or(1))
}

/// People as lines of the same table; the first ones come after the names of its columns.
#[must_use]
pub fn person_lines(is_first: bool, people: &[PersonView]) -> Vec<u8> {
    lines(is_first.then_some(PERSON_COLUMNS), &people.iter().map(person).collect::<Vec<_>>())
}

/// Steps as lines of the same table; the first ones come after the names of its columns.
#[must_use]
pub fn step_lines(is_first: bool, steps: &[StepView]) -> Vec<u8> {
    lines(is_first.then_some(STEP_COLUMNS), &steps.iter().map(step).collect::<Vec<_>>())
}

/// Users as lines of the same table; the first ones come after the names of its columns.
#[must_use]
pub fn user_lines(is_first: bool, users: &[SeatView]) -> Vec<u8> {
    lines(is_first.then_some(USER_COLUMNS), &users.iter().map(user).collect::<Vec<_>>())
}

fn moment(at: Option<Instant>) -> String {
    at.map(|at| at.to_string()).unwrap_or_default()
}

/// What a problem means, as the REST API says it.
fn meaning(problem: Option<&str>) -> String {
    problem.map(|kind| problem_of(kind, &EN.zoom_provisioning).to_string()).unwrap_or_default()
}

fn person(person: &PersonView) -> Vec<String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let standing = match (person.is_off, person.is_pending, person.zoom_id.is_some()) {
        (true, _, _) => "disabled",
        (_, true, _) => "invited",
        (_, _, true) => "linked",
        _ => "none",
    };
    let problem = person.problem.as_deref();
    let problem = problem.map(|kind| person_problem(kind, &EN.zoom_provisioning).to_string());
    let ignored = person.ignored.iter().map(|(attribute, value)| format!("{}: {value}", attribute.name()));
    vec![
        person.user_id.to_string(),
        text(&person.name),
        text(&person.email),
        person.is_here.to_string(),
        text(&person.zoom_id),
        standing.to_owned(),
        text(&person.rule),
        ignored.collect::<Vec<_>>().join("; "),
        text(&person.problem),
        problem.unwrap_or_default(),
        person.changed_at.to_string(),
    ]
}

fn step(step: &StepView) -> Vec<String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let changes = step
        .changes
        .iter()
        .map(|change| format!("{}: {} > {}", change.attribute.name(), text(&change.from), text(&change.to)));
    let ignored = step.ignored.iter().map(|(attribute, value)| format!("{}: {value}", attribute.name()));
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
        step.licences.to_string(),
        step.adopts.to_string(),
        text(&step.detail),
        ignored.collect::<Vec<_>>().join("; "),
        moment(step.ended_at),
        meaning(step.problem.as_deref()),
    ]
}

fn user(seat: &SeatView) -> Vec<String> {
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
        seat.bundle.clone().unwrap_or_default(),
        seat.bundle_name.unwrap_or_default().to_owned(),
        ours.map(|ours| ours.connection_names.join("; ")).unwrap_or_default(),
    ]
}
