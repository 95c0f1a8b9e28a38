//! What became of people in Zoom, and having them looked at again.
//!
//! Nobody is looked at by asking: whoever is to be is queued, and a run sees to them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Found, Query, TableFile};
use super::paging::{Page, filters};
use super::problem::{Kind, Problem};
use super::schema::{Moment, UserIdText, ZoomRunIdText};
use super::zoom_provisioning::{ZoomValue, not_taken};
use super::zoom_runs::{ZoomProblem, ZoomStep};
use crate::base::id::{UserId, ZoomRunId};
use crate::flow::zoom::provision::people::{self, PersonView};
use crate::flow::zoom::provision::run::{self, StepView};
use crate::http::pages::zoom_provisioning::person_problem;
use crate::http::zoom_file;
use crate::scim::attribute::Values;
use crate::words::EN;

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

fn told_of_person(code: String) -> ZoomProblem {
    ZoomProblem { about: person_problem(&code, &EN.zoom_provisioning).0, code }
}

fn ignored(values: &Values) -> Vec<ZoomValue> {
    values.iter().map(|(attribute, value)| not_taken(attribute, value.to_owned())).collect()
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

/// People whom runs have had to do with.
pub(super) async fn list(
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
pub(super) async fn file(
    call: Call,
    Query(filter): Query<ZoomPeopleFileFilter>,
) -> Result<TableFile, Problem> {
    let of = (call.account()?, filter.among == Some(ZoomAmong::Problems));
    Ok(TableFile(zoom_file::people(call.gateway(), &call.ctx, of).await?))
}

/// One of them.
pub(super) async fn read(call: Call, (): ()) -> Result<Found<ZoomPersonDetail>, Problem> {
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
