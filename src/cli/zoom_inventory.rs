//! `gatepost zoom inventory|inventories|users`: who is in Zoom, with which licence, and who of ours they are.

use clap::{Args, Subcommand};

use super::gateway::{self, InAccount, moment};
use super::zoom_provisioning::{problem_text, until_it_rests};
use super::{Outcome, Status};
use crate::directory::state::ZoomInventoryState;
use crate::flow::zoom::inventory::table::{self, Filter, SeatView};
use crate::flow::zoom::inventory::{self, InventoryView};
use crate::http::api::{ZoomInventory, ZoomUser};
use crate::http::zoom_file;

/// As many are listed at a time.
const LISTED: u32 = 100;

/// What can be asked about the users of Zoom.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Count the users of Zoom now
    Inventory(InAccount),
    /// List inventories with what they came to, newest first
    Inventories(InAccount),
    /// List the users of Zoom as the last inventory found them, with who of ours they are
    Users(UsersOptions),
}

/// Options of `gatepost zoom users`.
#[derive(Debug, Args)]
pub struct UsersOptions {
    /// wasted, plan:licensed (or another plan), `use:lately`, `use:new`, `use:long_ago`, `use:never`, `use:off`,
    /// `use:invited`, or an address
    #[arg(long, default_value = "")]
    show: String,
    /// Print a table (CSV)
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    of: InAccount,
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::Inventory(of) => {
            let view = until_it_rests(
                of,
                async |gateway, ctx| inventory::ask(gateway, ctx, &of.account).await,
                &async |gateway: &_, ctx: &_, begun: &InventoryView| {
                    let view = inventory::find(gateway, ctx, begun.id).await?;
                    let rests = view.state != ZoomInventoryState::Reading || view.waits_until.is_some();
                    Ok((view, rests))
                },
            )?;
            print_inventory(of.common.json, &view);
            let is_done = view.state == ZoomInventoryState::Done;
            return Ok(if is_done { Status::Done } else { Status::Refused });
        }
        Command::Inventories(of) => of.common.work(async |gateway, ctx| {
            let mut before = None;
            loop {
                let page = inventory::list(gateway, ctx, &of.account, (before, LISTED)).await?;
                let Some(last) = page.last() else { return Ok(()) };
                before = Some(last.id);
                of.common.print_each(&page, print_inventory);
            }
        })?,
        Command::Users(options) => users(options)?,
    }
    Ok(Status::Done)
}

fn users(UsersOptions { show, csv, of }: &UsersOptions) -> Result<(), super::Failure> {
    of.common.work(async |gateway, ctx| {
        let filter = Filter::parse(show)?;
        let (mut after, mut is_first) = (None::<String>, true);
        loop {
            let page = (after.as_deref(), LISTED);
            let found = table::list(gateway, ctx, (&of.account, &filter), page).await?;
            if *csv {
                gateway::say_table(&zoom_file::user_lines(is_first, &found));
            } else {
                of.common.print_each(&found, print_user);
            }
            // Those of one address come at once.
            let Some(last) = found.last().filter(|_| !matches!(filter, Filter::Email(_))) else {
                return Ok(());
            };
            (after, is_first) = (Some(last.cursor.clone()), false);
        }
    })
}

fn print_inventory(is_json: bool, view: &InventoryView) {
    if is_json {
        return gateway::print_json(&ZoomInventory::from(view.clone()));
    }
    let report = view.report.clone().unwrap_or_default();
    let plans = report.sums.users.keys().map(|plan| format!("{plan} {}", report.count(Some(plan), None)));
    let bought =
        report.bought.iter().map(|one| format!("{} {}: {} of {}", one.plan, one.kind, one.used, one.hosts));
    let missing = report.missing.iter().map(|(part, code)| format!("{part}: {}", problem_text(code)));
    gateway::print(
        false,
        &[
            ("id", "Inventory", view.id.to_string()),
            ("state", "State", view.state.name().to_owned()),
            ("created_at", "Asked for at", view.created_at.to_string()),
            ("seen", "Users", view.seen.to_string()),
            ("left_out", "Left out", report.sums.left_out.to_string()),
            ("plans", "By plan", plans.collect::<Vec<_>>().join(", ")),
            ("bought", "Used of what was bought", bought.collect::<Vec<_>>().join(", ")),
            ("wasted", "Wasted licences", report.sums.all_wasted().to_string()),
            ("never", "Never signed in", report.count(None, Some("never")).to_string()),
            ("missing", "Not given by Zoom", missing.collect::<Vec<_>>().join("; ")),
            ("problem", "Problem", view.problem.as_deref().map(problem_text).unwrap_or_default()),
            ("waits_until", "Goes on at", moment(view.waits_until)),
        ],
    );
}

/// A role of Zoom's in words; of the account's own roles, the id.
fn role(id: Option<&str>) -> String {
    match id {
        Some("0") => "owner",
        Some("1") => "administrator",
        Some("2") => "member",
        other => other.unwrap_or_default(),
    }
    .to_owned()
}

fn print_user(is_json: bool, view: &SeatView) {
    if is_json {
        return gateway::print_json(&ZoomUser::from(view.clone()));
    }
    let ours = view.ours.as_ref();
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let name = |ours: &table::OursView| ours.name.clone().unwrap_or_else(|| ours.user_id.to_string());
    let wasted = if view.is_wasted { ", a wasted licence" } else { "" };
    gateway::print(
        false,
        &[
            ("email", "Address", view.email.clone()),
            ("name", "Name", view.name.clone()),
            ("zoom_id", "Zoom user", text(&view.zoom_id)),
            ("status", "Status", view.status.clone()),
            ("plan", "Licence", view.plan.clone()),
            ("bundle", "Bundle", view.bundle_name.map_or_else(|| text(&view.bundle), str::to_owned)),
            ("use", "Use", format!("{}{wasted}", view.use_of_it)),
            ("role_id", "Role", role(view.role_id.as_deref())),
            ("department", "Department", view.department.clone()),
            ("last_login_at", "Last sign-in to Zoom", moment(view.last_login_at)),
            ("created_at", "Made at", moment(view.created_at)),
            ("ours", "Our person", ours.map(name).unwrap_or_default()),
            (
                "connections",
                "Signs in by",
                ours.map(|ours| ours.connection_names.join(", ")).unwrap_or_default(),
            ),
            ("last_sign_in_at", "Last sign-in here", moment(ours.and_then(|ours| ours.last_sign_in_at))),
        ],
    );
}
