//! `gatepost zoom plan|apply|runs|…`: provisioning into Zoom: settings, runs, their steps.
//!
//! What is asked for here is done here, beside whatever servers run on the same database: whoever comes first has it. What
//! other accounts wait for is left to the servers.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::gateway::{self, Common, InAccount, moment};
use super::{Failure, Outcome, Status};
use crate::base::Ctx;
use crate::base::id::ZoomRunId;
use crate::directory::state::{ZoomRunState, ZoomStepState};
use crate::flow::zoom::check;
use crate::flow::zoom::provision::run::{self, RunView, StepView};
use crate::flow::zoom::provision::settings::{self, Settings, SettingsView};
use crate::flow::{FlowError, Gateway};
use crate::http::api::{ZoomRun, ZoomStep};
use crate::http::pages::zoom_provisioning as page;
use crate::http::zoom_file;
use crate::jobs;
use crate::scim::attribute::Attribute;
use crate::words::EN;
use crate::zoom::provision::plan::Removal;

/// As many are listed at a time.
const LISTED: u32 = 100;
const PORTION: u32 = 500;
/// How often it is looked at what another process has.
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
    /// Show how a run stands
    Run(OneRun),
    /// List the steps and notes of a run
    Steps(StepsOptions),
    /// End a run; what was done stays done
    Cancel(OneRun),
    /// Show how an account provisions, as JSON; or replace it
    Provisioning(SettingsOptions),
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
    /// Print a table (CSV)
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    common: Common,
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

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::Plan(of) => {
            return carried_out(of, async |gateway, ctx| run::ask(gateway, ctx, (&of.account, true)).await);
        }
        Command::Apply(ApplyOptions { run: id, of }) => {
            return carried_out(of, async |gateway, ctx| match id {
                Some(id) => run::confirm(gateway, ctx, *id).await,
                None => run::ask(gateway, ctx, (&of.account, false)).await,
            });
        }
        Command::Runs(of) => of.common.work(async |gateway, ctx| {
            let mut before = None;
            loop {
                let page = run::list(gateway, ctx, &of.account, (before, LISTED)).await?;
                let Some(last) = page.last() else { return Ok(()) };
                before = Some(last.id);
                of.common.print_each(&page, print_run);
            }
        })?,
        Command::Run(OneRun { id, common }) => {
            let view = common.work(async |gateway, ctx| run::find(gateway, ctx, *id).await)?;
            print_run(common.json, &view);
        }
        Command::Steps(StepsOptions { id, state, csv, common }) => common.work(async |gateway, ctx| {
            let (mut after, mut is_first) = (0, true);
            loop {
                let page = run::steps(gateway, ctx, (*id, *state), (after, PORTION)).await?;
                if *csv {
                    gateway::say_table(&zoom_file::step_lines(is_first, &page));
                }
                let Some(last) = page.last() else { return Ok(()) };
                (after, is_first) = (last.number, false);
                if !*csv {
                    common.print_each(&page, print_step);
                }
            }
        })?,
        Command::Cancel(OneRun { id, common }) => {
            let view = common.work(async |gateway, ctx| run::cancel(gateway, ctx, *id).await)?;
            print_run(common.json, &view);
        }
        Command::Provisioning(options) => return provisioning(options),
    }
    Ok(Status::Done)
}

fn provisioning(SettingsOptions { set, of }: &SettingsOptions) -> Outcome {
    let new: Option<Settings> = set.as_deref().map(gateway::read_json).transpose()?;
    let view: SettingsView = of.common.work(async |gateway, ctx| match new {
        None => settings::show(gateway, ctx, &of.account).await,
        Some(new) => settings::save(gateway, ctx, &of.account, new, |_| true).await,
    })?;
    if of.common.json {
        gateway::print_json(&view.settings);
        return Ok(Status::Done);
    }
    print_settings(&view);
    Ok(Status::Done)
}

/// What the page of the settings shows, as text.
fn print_settings(view: &SettingsView) {
    let on = |is_on: bool| if is_on { "yes" } else { "no" }.to_owned();
    let Settings { toggles, rules, mapping, groups, .. } = &view.settings;
    let removal = match toggles.removal {
        Removal::Disable => "disabled in Zoom",
        Removal::Delete => "deleted in Zoom",
    };
    let adopts = match (toggles.adopts, toggles.adopts_unproved) {
        (false, _) => "no",
        (true, false) => "yes, where the address is proved to be theirs",
        (true, true) => "yes, also where nobody has proved that the address is theirs",
    };
    let most = toggles.most.map(|most| most.to_string());
    let percent = toggles.most_percent.map(|percent| format!("{percent} % of those who are looked after"));
    let guards: Vec<_> = most.into_iter().chain(percent).collect();
    let asks = if guards.is_empty() { "never".to_owned() } else { format!("above {}", guards.join(", or ")) };
    let every = |hours: u32| match hours {
        0 => "only when somebody asks for it".to_owned(),
        hours => format!("every {hours} hours"),
    };
    let rules: Vec<_> = rules.iter().map(|rule| rule.name.as_str()).collect();
    let warnings = view.warnings.iter().map(ToString::to_string);
    let mapped: Vec<_> = mapping.attributes().map(crate::scim::attribute::Attribute::name).collect();
    gateway::print(
        false,
        &[
            ("is_on", "On", on(toggles.is_on)),
            ("may_create", "May create", on(toggles.may_create)),
            ("may_update", "May update", on(toggles.may_update)),
            ("may_disable", "May disable", on(toggles.may_disable)),
            ("may_deprovision", "May remove", on(toggles.may_deprovision)),
            ("removal", "Removed are", removal.to_owned()),
            ("removes_with_rule", "Also with a deleted rule", on(toggles.removes_with_rule)),
            ("adopts", "Takes over Zoom users", adopts.to_owned()),
            ("most", "Asks before taking away", asks),
            ("rules", "Rules", rules.join(", ")),
            ("mapped", "Mapped", mapped.join(", ")),
            ("groups", "Groups pushed", groups.join(", ")),
            ("follows_changes", "Follows changes", on(view.settings.follows_changes)),
            ("every_hours", "Everybody is gone through", every(view.settings.every_hours)),
            ("next_run_at", "Next run", moment(view.next_run_at)),
            ("inventory_every_hours", "Zoom's users are counted", every(view.settings.inventory_every_hours)),
            ("next_inventory_at", "Next inventory", moment(view.next_inventory_at)),
            ("warnings", "Mind", warnings.collect::<Vec<_>>().join("; ")),
        ],
    );
}

/// Begins something in Zoom where the settings here let it be called, and works on what is due until it rests. `look` finds it as
/// it stands, and says whether it rests.
///
/// # Errors
/// In a plain sentence.
pub(super) fn until_it_rests<V>(
    of: &InAccount,
    begin: impl AsyncFnOnce(&Gateway, &Ctx) -> Result<V, FlowError>,
    look: &impl AsyncFn(&Gateway, &Ctx, &V) -> Result<(V, bool), FlowError>,
) -> Result<V, Failure> {
    of.common.work(async |gateway, ctx| {
        let account = check::allowed(gateway, ctx, &of.account).await?;
        let mut view = begin(gateway, ctx).await?;
        loop {
            let (now, rests) = look(gateway, ctx, &view).await?;
            if rests {
                return Ok(now);
            }
            view = now;
            if !jobs::zoom(gateway, Some(account)).await {
                // Another process has it.
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    })
}

/// Begins a run and works on it.
fn carried_out(
    of: &InAccount,
    begin: impl AsyncFnOnce(&Gateway, &Ctx) -> Result<RunView, FlowError>,
) -> Outcome {
    let look = async |gateway: &Gateway, ctx: &Ctx, begun: &RunView| {
        let view = run::find(gateway, ctx, begun.id).await?;
        let rests = !view.is_active() || view.waits_until.is_some();
        Ok((view, rests))
    };
    let view = until_it_rests(of, begin, &look)?;
    Ok(ended(of.common.json, &view))
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
    if is_json {
        return gateway::print_json(&ZoomRun::from(view.clone()));
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
            ("problem", "Problem", view.problem.as_deref().map(problem_text).unwrap_or_default()),
            ("waits_until", "Goes on at", moment(view.waits_until)),
            ("created_by", "Asked for by", view.created_by.clone()),
            ("confirmed_by", "Confirmed by", view.confirmed_by.clone().unwrap_or_default()),
            ("planned_at", "Planned at", moment(view.planned_at)),
        ],
    );
}

/// What went wrong, in words.
pub(super) fn problem_text(code: &str) -> String {
    page::problem(code, &EN.zoom_provisioning).to_string()
}

/// A value that Zoom did not take; an empty one was to be taken away.
pub(super) fn not_taken(attribute: Attribute, value: &str) -> String {
    format!("{} {}", attribute.name(), if value.is_empty() { "-" } else { value })
}

pub(super) fn print_step(is_json: bool, view: &StepView) {
    if is_json {
        return gateway::print_json(&ZoomStep::from(view.clone()));
    }
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let changes = view.changes.iter().map(|change| {
        let of = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        format!("{}: {} → {}", change.attribute.name(), of(&change.from), of(&change.to))
    });
    let ignored = view.ignored.iter().map(|(attribute, value)| not_taken(*attribute, value));
    let what = page::kind_of(&view.kind, &EN.zoom_provisioning);
    let adopts = if view.adopts { format!(", {}", EN.zoom_provisioning.adopts) } else { String::new() };
    let (id, name) = (view.user_id.map(|id| id.to_string()), view.name.clone());
    gateway::print(
        false,
        &[
            ("number", "Step", view.number.to_string()),
            ("kind", "What", format!("{what}{adopts}")),
            ("detail", "About", text(&view.detail)),
            ("state", "State", view.state.name().to_owned()),
            ("user", "Person", name.or(id).unwrap_or_default()),
            (
                "zoom_id",
                "Zoom user",
                view.zoom_email.clone().or_else(|| view.zoom_id.clone()).unwrap_or_default(),
            ),
            ("changes", "Changes", changes.collect::<Vec<_>>().join("; ")),
            ("ignored", "Not taken", ignored.collect::<Vec<_>>().join(", ")),
            ("problem", "Problem", view.problem.as_deref().map(problem_text).unwrap_or_default()),
            ("said", "Zoom said", text(&view.said)),
        ],
    );
}
