//! The inventory of Zoom's users: what it came to, how it went, who is there.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Found, Made, Query, TableFile};
use super::paging::{Page, Plain, filters};
use super::problem::Problem;
use super::schema::{
    ConnectionIdText, Moment, UserIdText, UserState, ZoomInventoryIdText, ZoomInventoryState,
};
use crate::base::id::ZoomInventoryId;
use crate::flow::zoom::inventory::table::{self, Filter, OursView, SeatView};
use crate::flow::zoom::inventory::{self, InventoryView, Report};
use crate::http::zoom_file;

/// An inventory of Zoom's users.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomInventory {
    id: ZoomInventoryIdText,
    state: ZoomInventoryState,
    /// Who asked for it.
    created_by: String,
    created_at: Moment,
    ended_at: Option<Moment>,
    /// How many users were read so far.
    seen: i64,
    /// What it came to; null before it is whole.
    report: Option<ZoomReport>,
    /// Why it waits or could not be made.
    problem: Option<String>,
    /// When it goes on, if it has to wait.
    waits_until: Option<Moment>,
}

/// What an inventory came to.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomReport {
    /// How many users there are.
    users: u64,
    /// How many by licence and use: `licensed` → `never` → 12.
    by_licence: BTreeMap<String, BTreeMap<String, u64>>,
    /// Paid licences whose holder is switched off, never signed in, or has not for long.
    wasted: u64,
    /// The same by department.
    wasted_by_department: BTreeMap<String, u64>,
    /// Users who were left out: an administrator has switched them off.
    left_out: u64,
    /// What was bought of each plan, and what is used of it.
    bought: Vec<ZoomBought>,
    /// Sign-ins and sign-outs by day, of the last thirty.
    days: Vec<ZoomDay>,
    /// Parts that Zoom did not give.
    missing: Vec<ZoomMissing>,
    /// After so many days without a sign-in somebody counted as inactive.
    inactive_days: u32,
}

/// What was bought of one plan.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomBought {
    /// Zoom's field: `plan_base`, `plan_webinar`, …
    plan: String,
    /// Zoom's name for its kind.
    kind: String,
    hosts: u64,
    used: u64,
    pending: u64,
}

/// A day.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomDay {
    /// As `2026-11-22`.
    day: String,
    signed_in: u64,
    signed_out: u64,
}

/// A part that is missing.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomMissing {
    /// `plan_usage` or `activities`.
    part: String,
    /// Why, by a name that stays the same.
    problem: String,
}

/// A user of Zoom, as the last inventory found them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomUser {
    /// Null for those who are invited.
    zoom_id: Option<String>,
    email: String,
    name: String,
    /// `active`, `inactive` or `pending`.
    status: String,
    /// `licensed`, `on_prem`, `basic`, `unassigned` or `none`.
    licence: String,
    /// `lately`, `new`, `long_ago`, `never`, `off` or `invited`.
    #[serde(rename = "use")]
    use_of_it: String,
    /// Whether a paid licence is wasted.
    is_wasted: bool,
    /// Zoom's number for the bundle that the licence belongs to; those of Zoom One come after `zoom_one:`.
    bundle: Option<String>,
    /// What Zoom calls that bundle, where the number is known.
    bundle_name: Option<&'static str>,
    department: String,
    /// Zoom's id of their role: 0 the owner, 1 an administrator, 2 a member.
    role_id: Option<String>,
    last_sign_in_to_zoom_at: Option<Moment>,
    created_at: Option<Moment>,
    /// Who of the account's people they are.
    person: Option<ZoomOurs>,
    /// How many of the account's people have their address, where no run has tied one to them.
    candidates: usize,
}

/// Who of the account's people a user of Zoom is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoomOurs {
    id: UserIdText,
    name: Option<String>,
    state: UserState,
    /// By which they sign in.
    connections: Vec<ConnectionIdText>,
    /// What those are called.
    connection_names: Vec<String>,
    last_sign_in_at: Option<Moment>,
    /// Whether a run tied them to this user of Zoom; otherwise it is their address alone.
    is_linked: bool,
}

filters! {
    /// Which users of Zoom.
    ZoomUserFilter {
        /// `wasted`, `plan:licensed`, `use:never`, or an email address; all without it.
        show: String,
    }
}

/// Which users of Zoom.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ZoomUserFileFilter {
    /// `wasted`, `plan:licensed`, `use:never`, or an email address; all without it.
    show: Option<String>,
}

impl From<Report> for ZoomReport {
    fn from(report: Report) -> Self {
        let (users, wasted) = (report.sums.all(), report.sums.all_wasted());
        let days = report.days.into_iter().map(|(day, counted)| ZoomDay {
            day,
            signed_in: counted.signed_in,
            signed_out: counted.signed_out,
        });
        let bought = report.bought.into_iter().map(|one| ZoomBought {
            plan: one.plan,
            kind: one.kind,
            hosts: one.hosts,
            used: one.used,
            pending: one.pending,
        });
        let missing = report.missing.into_iter().map(|(part, problem)| ZoomMissing { part, problem });
        Self {
            users,
            by_licence: report.sums.users,
            wasted,
            wasted_by_department: report.sums.wasted,
            left_out: report.sums.left_out,
            bought: bought.collect(),
            days: days.collect(),
            missing: missing.collect(),
            inactive_days: report.inactive_days,
        }
    }
}

impl From<InventoryView> for ZoomInventory {
    fn from(view: InventoryView) -> Self {
        Self {
            id: ZoomInventoryIdText(view.id),
            state: ZoomInventoryState(view.state),
            created_by: view.created_by,
            created_at: Moment(view.created_at),
            ended_at: view.ended_at.map(Moment),
            seen: view.seen,
            report: view.report.map(ZoomReport::from),
            problem: view.problem,
            waits_until: view.waits_until.map(Moment),
        }
    }
}

impl From<OursView> for ZoomOurs {
    fn from(view: OursView) -> Self {
        Self {
            id: UserIdText(view.user_id),
            name: view.name,
            state: UserState(view.state),
            connections: view.connections.into_iter().map(ConnectionIdText).collect(),
            connection_names: view.connection_names,
            last_sign_in_at: view.last_sign_in_at.map(Moment),
            is_linked: view.is_linked,
        }
    }
}

impl From<SeatView> for ZoomUser {
    fn from(view: SeatView) -> Self {
        Self {
            zoom_id: view.zoom_id,
            email: view.email,
            name: view.name,
            status: view.status,
            licence: view.plan,
            use_of_it: view.use_of_it,
            is_wasted: view.is_wasted,
            bundle: view.bundle,
            bundle_name: view.bundle_name,
            department: view.department,
            role_id: view.role_id,
            last_sign_in_to_zoom_at: view.last_login_at.map(Moment),
            created_at: view.created_at.map(Moment),
            person: view.ours.map(ZoomOurs::from),
            candidates: view.candidates,
        }
    }
}

/// Inventories, the newest first.
pub(super) async fn list(call: Call, Query(filter): Query<Plain>) -> Result<Page<ZoomInventory>, Problem> {
    let window = filter.window()?;
    let page = (window.after()?, window.limit());
    let found = inventory::list(call.gateway(), &call.ctx, call.account()?, page).await?;
    Ok(window.page(found, |view| view.id.to_string(), ZoomInventory::from))
}

/// Asks for one.
pub(super) async fn ask(call: Call, (): ()) -> Result<Made<ZoomInventory>, Problem> {
    let made = inventory::ask(call.gateway(), &call.ctx, call.account()?).await?;
    let path = call.below(&format!("zoom/inventories/{}", made.id));
    Ok(Made(made.into(), path))
}

/// One.
pub(super) async fn read(call: Call, (): ()) -> Result<Found<ZoomInventory>, Problem> {
    let id: ZoomInventoryId = call.own("inventory").await?;
    Ok(Found(inventory::find(call.gateway(), &call.ctx, id).await?.into()))
}

fn which(show: Option<&str>) -> Result<Filter, Problem> {
    Filter::parse(show.unwrap_or_default()).map_err(|error| Problem::parameter("show", error.to_string()))
}

/// The users of Zoom, in no order that means anything.
pub(super) async fn users(
    call: Call,
    Query(filter): Query<ZoomUserFilter>,
) -> Result<Page<ZoomUser>, Problem> {
    let window = filter.window()?;
    let which = which(filter.show.as_deref())?;
    let after: Option<String> = window.after()?;
    let page = (after.as_deref(), window.limit());
    let found = table::list(call.gateway(), &call.ctx, (call.account()?, &which), page).await?;
    // Those of one address come at once.
    let cursor = |view: &SeatView| view.cursor.clone();
    Ok(match which {
        Filter::Email(_) => window.page_of_all(found, cursor, ZoomUser::from),
        _ => window.page(found, cursor, ZoomUser::from),
    })
}

/// The same as a table.
pub(super) async fn file(call: Call, Query(filter): Query<ZoomUserFileFilter>) -> Result<TableFile, Problem> {
    let which = which(filter.show.as_deref())?;
    Ok(TableFile(zoom_file::users(call.gateway(), &call.ctx, (call.account()?, which)).await?))
}
