//! `gatepost zoom plan|apply|runs|…`: provisioning into Zoom and the inventory of its users.
//!
//! What is asked for here is done here, beside whatever servers run on the same database: whoever comes first has it.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;

use super::gateway::{self, Common, InAccount, moment};
use super::{Outcome, Status};
use crate::base::Ctx;
use crate::base::id::{UserId, ZoomInventoryId, ZoomRunId};
use crate::directory::state::{ZoomInventoryState, ZoomRunState, ZoomStepState};
use crate::flow::zoom::inventory::table::{self, Filter, SeatView};
use crate::flow::zoom::inventory::{self, InventoryView};
use crate::flow::zoom::provision::people::{self, PersonView};
use crate::flow::zoom::provision::run::{self, RunView, StepView};
use crate::flow::zoom::provision::settings::{self, Settings, SettingsView};
use crate::flow::{FlowError, Gateway};
use crate::jobs;

/// As many are listed at a time.
const LISTED: u32 = 100;
const PORTION: u32 = 500;
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What can be done about people in Zoom.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find out what would be done in Zoom, and do nothing
    Plan(InAccount),
    /// Do it: plan and carry it out, or carry out a plan that was looked at
    Apply(ApplyOptions),
    /// List runs, newest first
    Runs(InAccount),
    /// List the steps and notes of a run
    Steps(StepsOptions),
    /// End a run; what was done stays done
    Cancel(OneRun),
    /// List what became of people in Zoom
    People(PeopleOptions),
    /// Look at one person soon, or at all who have a problem
    Retry(RetryOptions),
    /// Show how an account provisions, as JSON; or replace it
    Provisioning(SettingsOptions),
    /// Count the users of Zoom now
    Inventory(InAccount),
    /// List inventories, newest first
    Inventories(InAccount),
    /// List the users of Zoom as the last inventory found them, with who of ours they are
    Users(UsersOptions),
}

/// Options of `gatepost zoom apply`.
#[derive(Debug, Args)]
pub struct ApplyOptions {
    /// A plan that was looked at, or a run that waits for somebody's word
    #[arg(long)]
    run: Option<ZoomRunId>,
    #[command(flatten)]
    of: InAccount,
}

/// Options of what is about one run.
#[derive(Debug, Args)]
pub struct OneRun {
    /// The run's id
    id: ZoomRunId,
    #[command(flatten)]
    common: Common,
}

/// Options of `gatepost zoom steps`.
#[derive(Debug, Args)]
pub struct StepsOptions {
    /// The run's id
    id: ZoomRunId,
    /// Only those in this state: waiting, done, failed, skipped, note
    #[arg(long)]
    state: Option<ZoomStepState>,
    #[command(flatten)]
    common: Common,
}

/// Options of `gatepost zoom people`.
#[derive(Debug, Args)]
pub struct PeopleOptions {
    /// Only those with a problem
    #[arg(long)]
    problems: bool,
    #[command(flatten)]
    of: InAccount,
}

/// Options of `gatepost zoom retry`.
#[derive(Debug, Args)]
pub struct RetryOptions {
    /// The person's id; without it, all who have a problem
    #[arg(long)]
    user: Option<UserId>,
    #[command(flatten)]
    of: InAccount,
}

/// Options of `gatepost zoom provisioning`.
#[derive(Debug, Args)]
pub struct SettingsOptions {
    /// A file with the new settings, as this command prints them with --json
    #[arg(long, value_name = "FILE")]
    set: Option<PathBuf>,
    #[command(flatten)]
    of: InAccount,
}

/// Options of `gatepost zoom users`.
#[derive(Debug, Args)]
pub struct UsersOptions {
    /// wasted, plan:licensed, use:never, or an address
    #[arg(long, default_value = "")]
    show: String,
    #[command(flatten)]
    of: InAccount,
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::Plan(of) => {
            let view = of.common.work(async |gateway, ctx| {
                let asked = run::ask(gateway, ctx, (&of.account, true)).await?;
                follow_run(gateway, ctx, asked.id).await
            })?;
            return Ok(ended(of.common.json, &view));
        }
        Command::Apply(ApplyOptions { run: id, of }) => {
            let view = of.common.work(async |gateway, ctx| {
                let begun = match id {
                    Some(id) => run::confirm(gateway, ctx, *id).await?,
                    None => run::ask(gateway, ctx, (&of.account, false)).await?,
                };
                follow_run(gateway, ctx, begun.id).await
            })?;
            return Ok(ended(of.common.json, &view));
        }
        Command::Runs(of) => {
            let page = (None, LISTED);
            let found =
                of.common.work(async |gateway, ctx| run::list(gateway, ctx, &of.account, page).await)?;
            of.common.print_each(&found, print_run);
        }
        Command::Steps(StepsOptions { id, state, common }) => common.work(async |gateway, ctx| {
            let mut after = 0;
            loop {
                let page = run::steps(gateway, ctx, (*id, *state), (after, PORTION)).await?;
                let Some(last) = page.last() else { return Ok(()) };
                after = last.number;
                common.print_each(&page, print_step);
            }
        })?,
        Command::Cancel(OneRun { id, common }) => {
            let view = common.work(async |gateway, ctx| run::cancel(gateway, ctx, *id).await)?;
            print_run(common.json, &view);
        }
        Command::People(PeopleOptions { problems, of }) => of.common.work(async |gateway, ctx| {
            let mut after = None;
            loop {
                let which = (&of.account, *problems);
                let page = people::list(gateway, ctx, which, (after, LISTED)).await?;
                let Some(last) = page.last() else { return Ok(()) };
                after = Some(last.user_id);
                of.common.print_each(&page, print_person);
            }
        })?,
        Command::Retry(RetryOptions { user, of }) => {
            let queued =
                of.common.work(async |gateway, ctx| run::retry(gateway, ctx, (&of.account, *user)).await)?;
            gateway::print(of.common.json, &[("queued", "To be looked at", queued.to_string())]);
        }
        Command::Provisioning(options) => return provisioning(options),
        Command::Inventory(of) => {
            let view = of.common.work(async |gateway, ctx| {
                let asked = inventory::ask(gateway, ctx, &of.account).await?;
                follow_inventory(gateway, ctx, asked.id).await
            })?;
            print_inventory(of.common.json, &view);
            let is_done = view.state == ZoomInventoryState::Done;
            return Ok(if is_done { Status::Done } else { Status::Refused });
        }
        Command::Inventories(of) => {
            let page = (None, LISTED);
            let found = of
                .common
                .work(async |gateway, ctx| inventory::list(gateway, ctx, &of.account, page).await)?;
            of.common.print_each(&found, print_inventory);
        }
        Command::Users(UsersOptions { show, of }) => of.common.work(async |gateway, ctx| {
            let filter = Filter::parse(show)?;
            let mut after: Option<String> = None;
            loop {
                let page = (after.as_deref(), LISTED);
                let found = table::list(gateway, ctx, (&of.account, &filter), page).await?;
                let Some(last) = found.last() else { return Ok(()) };
                after = Some(last.cursor.clone());
                of.common.print_each(&found, print_user);
                if matches!(filter, Filter::Email(_)) {
                    return Ok(());
                }
            }
        })?,
    }
    Ok(Status::Done)
}

fn provisioning(SettingsOptions { set, of }: &SettingsOptions) -> Outcome {
    let new: Option<Settings> = match set {
        None => None,
        Some(path) => {
            let text = gateway::read_text(path)?;
            let read = serde_json::from_str(&text);
            Some(read.map_err(|error| super::Failure::new(format!("{}: {error}", path.display())))?)
        }
    };
    let view: SettingsView = of.common.work(async |gateway, ctx| match new {
        None => settings::show(gateway, ctx, &of.account).await,
        Some(new) => settings::save(gateway, ctx, &of.account, new, |_| true).await,
    })?;
    if of.common.json {
        gateway::print_json(&view.settings);
        return Ok(Status::Done);
    }
    let on = |is_on: bool| if is_on { "yes" } else { "no" }.to_owned();
    let Settings { toggles, rules, mapping, .. } = &view.settings;
    let rules: Vec<_> = rules.iter().map(|rule| rule.name.as_str()).collect();
    let mapped: Vec<_> = mapping.attributes().map(crate::scim::attribute::Attribute::name).collect();
    gateway::print(
        false,
        &[
            ("is_on", "On", on(toggles.is_on)),
            ("may_create", "May create", on(toggles.may_create)),
            ("may_update", "May update", on(toggles.may_update)),
            ("may_disable", "May disable", on(toggles.may_disable)),
            ("may_deprovision", "May remove", on(toggles.may_deprovision)),
            ("rules", "Rules", rules.join(", ")),
            ("mapped", "Mapped", mapped.join(", ")),
            ("next_run_at", "Next run", moment(view.next_run_at)),
            ("next_inventory_at", "Next inventory", moment(view.next_inventory_at)),
        ],
    );
    Ok(Status::Done)
}

/// Works on what is due until the run rests.
async fn follow_run(gateway: &Gateway, ctx: &Ctx, id: ZoomRunId) -> Result<RunView, FlowError> {
    loop {
        let view = run::find(gateway, ctx, id).await?;
        if !view.is_active() || view.waits_until.is_some() {
            return Ok(view);
        }
        if !jobs::zoom(gateway).await {
            // Another process has it.
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

async fn follow_inventory(
    gateway: &Gateway,
    ctx: &Ctx,
    id: ZoomInventoryId,
) -> Result<InventoryView, FlowError> {
    loop {
        let view = inventory::find(gateway, ctx, id).await?;
        if view.state != ZoomInventoryState::Reading || view.waits_until.is_some() {
            return Ok(view);
        }
        if !jobs::zoom(gateway).await {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

fn ended(is_json: bool, view: &RunView) -> Status {
    print_run(is_json, view);
    if view.state == ZoomRunState::Held {
        gateway::note(&format!(
            "It would take so much away that somebody has to say yes: look at gatepost zoom steps {0}, then gatepost \
             zoom apply --run {0}",
            view.id
        ));
    }
    let is_good = matches!(view.state, ZoomRunState::Done | ZoomRunState::Planned) && view.failed == 0;
    if is_good { Status::Done } else { Status::Refused }
}

fn print_run(is_json: bool, view: &RunView) {
    let moment = |at: Option<crate::base::Instant>| at.map(|at| at.to_string());
    if is_json {
        let totals = &view.totals;
        return gateway::print_json(&json!({
            "id": view.id.to_string(), "kind": view.kind.name(), "state": view.state.name(),
            "actions": totals.actions, "notes": totals.notes, "licences": totals.licences,
            "looked_after": totals.looked_after, "orphans": totals.orphans, "steps": view.steps, "done": view.done,
            "group_changes": totals.group_changes, "group_problems": totals.group_problems,
            "is_by_scim_alone": totals.is_by_scim_alone,
            "failed": view.failed, "skipped": view.skipped, "problem": view.problem,
            "created_at": view.created_at.to_string(), "waits_until": moment(view.waits_until),
            "ended_at": moment(view.ended_at),
        }));
    }
    let counted = |counts: &std::collections::BTreeMap<String, u32>| {
        let counts: Vec<_> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
        counts.join(", ")
    };
    gateway::print(
        false,
        &[
            ("id", "Run", view.id.to_string()),
            ("kind", "For", view.kind.name().to_owned()),
            ("state", "State", view.state.name().to_owned()),
            ("actions", "Steps", counted(&view.totals.actions)),
            ("notes", "Notes", counted(&view.totals.notes)),
            ("group_changes", "Came into or went out of groups", view.totals.group_changes.to_string()),
            ("group_problems", "Groups that failed", counted(&view.totals.group_problems)),
            ("licences", "Licences", view.totals.licences.to_string()),
            ("done", "Done", format!("{} of {}, {} failed", view.done, view.steps, view.failed)),
            ("problem", "Problem", view.problem.clone().unwrap_or_default()),
            ("waits_until", "Goes on at", moment(view.waits_until).unwrap_or_default()),
        ],
    );
}

fn print_step(is_json: bool, view: &StepView) {
    let user = view.user_id.map(|id| id.to_string());
    if is_json {
        let changes: Vec<_> = view
            .changes
            .iter()
            .map(|change| json!({ "attribute": change.attribute, "from": change.from, "to": change.to }))
            .collect();
        return gateway::print_json(&json!({
            "number": view.number, "kind": view.kind, "state": view.state.name(), "user": user, "name": view.name,
            "zoom_id": view.zoom_id, "changes": changes, "licences": view.licences, "detail": view.detail,
            "problem": view.problem, "said": view.said,
        }));
    }
    let changes = view.changes.iter().map(|change| {
        let of = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        format!("{}: {} → {}", change.attribute.name(), of(&change.from), of(&change.to))
    });
    gateway::print(
        false,
        &[
            ("number", "Step", view.number.to_string()),
            ("kind", "What", view.kind.clone()),
            ("state", "State", view.state.name().to_owned()),
            ("user", "Person", view.name.clone().or(user).unwrap_or_default()),
            ("zoom_id", "Zoom user", view.zoom_id.clone().unwrap_or_default()),
            ("changes", "Changes", changes.collect::<Vec<_>>().join("; ")),
            ("problem", "Problem", view.problem.clone().unwrap_or_default()),
        ],
    );
}

fn print_person(is_json: bool, view: &PersonView) {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    gateway::print(
        is_json,
        &[
            ("user", "Person", view.user_id.to_string()),
            ("email", "Address", text(&view.email)),
            ("zoom_id", "Zoom user", text(&view.zoom_id)),
            ("rule", "Rule", text(&view.rule)),
            ("problem", "Problem", text(&view.problem)),
            ("changed_at", "Last change", view.changed_at.to_string()),
        ],
    );
}

fn print_inventory(is_json: bool, view: &InventoryView) {
    let report = view.report.clone().unwrap_or_default();
    if is_json {
        return gateway::print_json(&json!({
            "id": view.id.to_string(), "state": view.state.name(), "seen": view.seen, "problem": view.problem,
            "created_at": view.created_at.to_string(), "report": view.report,
        }));
    }
    let plans = report.sums.users.keys().map(|plan| format!("{plan} {}", report.count(Some(plan), None)));
    gateway::print(
        false,
        &[
            ("id", "Inventory", view.id.to_string()),
            ("state", "State", view.state.name().to_owned()),
            ("seen", "Users", view.seen.to_string()),
            ("plans", "By plan", plans.collect::<Vec<_>>().join(", ")),
            ("wasted", "Wasted licences", report.sums.all_wasted().to_string()),
            ("never", "Never signed in", report.count(None, Some("never")).to_string()),
            ("problem", "Problem", view.problem.clone().unwrap_or_default()),
        ],
    );
}

fn print_user(is_json: bool, view: &SeatView) {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let ours = view.ours.as_ref().map(|ours| ours.user_id.to_string());
    gateway::print(
        is_json,
        &[
            ("email", "Address", view.email.clone()),
            ("name", "Name", view.name.clone()),
            ("zoom_id", "Zoom user", text(&view.zoom_id)),
            ("plan", "Licence", view.plan.clone()),
            ("use", "Use", view.use_of_it.clone()),
            (
                "last_login_at",
                "Last sign-in",
                view.last_login_at.map(|at| at.to_string()).unwrap_or_default(),
            ),
            ("department", "Department", view.department.clone()),
            ("ours", "Our person", ours.unwrap_or_default()),
        ],
    );
}
