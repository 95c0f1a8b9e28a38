//! The inventory of Zoom's users: read page by page, counted, kept, and joined with our own people.
//!
//! | file | what |
//! |---|---|
//! | this | asking for one, looking at one, how it went over time |
//! | `read` | reading it: what was read is kept as it goes, so that another process can go on |
//! | [`table`] | the users, with who of ours they are |
//!
//! # Invariants
//!
//! * An inventory takes no more memory than some pages of users and some forty bytes for each that was counted.
//! * What was counted and who was written are of one transaction: nobody is counted twice, whoever goes on.

mod read;
pub mod table;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::work::{Home, home, is_left_out};
use crate::access::Action;
use crate::base::id::{AccountId, ZoomInventoryId};
use crate::base::sentence::sentence;
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::state::ZoomInventoryState;
use crate::flow::event::tell;
use crate::flow::{FlowError, Gateway, grant};
use crate::storage::zoom_inventory::{self, Inventory};
use crate::storage::{StorageError, Tx};
use crate::zoom::activity::Days;
use crate::zoom::inventory::{Bought, Sums};
use crate::zoom::scope::Capability;
use crate::zoom::users::Sweep;

pub use read::{Claimed, REPORT_DAYS, carry_on, claim, some};

const NONE: FlowError = FlowError::NotFound("inventory");
const MAX_PAGE: i64 = 400;

/// What an inventory came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Users, counted.
    pub sums: Sums,
    /// What was bought, and what is used of it.
    pub bought: Vec<Bought>,
    /// Who signed in and out, by day.
    pub days: Days,
    /// Parts that Zoom did not give us, with the stable name of the cause: `plan_usage`, `activities`.
    pub missing: Vec<(String, String)>,
    /// After so many days without a sign-in somebody counted as inactive.
    pub inactive_days: u32,
    /// Whether users were left out whom an administrator has switched off.
    pub leaves_inactive_out: bool,
}

impl Report {
    /// How many users there are of a plan, of a use, or of both; all, when neither is said.
    #[must_use]
    pub fn count(&self, plan: Option<&str>, use_of_it: Option<&str>) -> u64 {
        let plans = self.sums.users.iter().filter(|(name, _)| plan.is_none_or(|plan| plan == name.as_str()));
        let uses = plans.flat_map(|(_, uses)| uses.iter());
        uses.filter(|(name, _)| use_of_it.is_none_or(|wanted| wanted == name.as_str()))
            .map(|(_, count)| count)
            .sum()
    }
}

/// An inventory as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryView {
    /// Its id.
    pub id: ZoomInventoryId,
    /// Its state.
    pub state: ZoomInventoryState,
    /// Who asked for it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// How many users were read so far.
    pub seen: i64,
    /// What it came to.
    pub report: Option<Report>,
    /// Why it could not go on, by its stable name.
    pub problem: Option<String>,
    /// When it goes on, if it has to wait.
    pub waits_until: Option<Instant>,
}

/// Asks for an inventory.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`]; [`FlowError::Invalid`] when one is under way, or the link is not
/// used for it.
pub async fn ask(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<InventoryView, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let home = home(&mut tx, gateway, ctx, (Action::ManageZoom, slug)).await?;
    if is_left_out(&mut tx, &home, Capability::Inventory).await? {
        return Err(FlowError::Invalid(sentence!(
            "the link to Zoom is not used for the inventory; tick that on the page of the link"
        )));
    }
    let made = begin(&mut tx, gateway, ctx, home.account).await?;
    let id = made
        .ok_or_else(|| FlowError::Invalid(sentence!("an inventory is under way; wait until it has ended")))?;
    tell(&mut tx, gateway, ctx, home.with_keys(), ("zoom_inventory.asked", id, &json!({}))).await?;
    let found = zoom_inventory::find(&mut tx, home.account, id, &home.keys).await?.ok_or(NONE)?;
    let view = view(found)?;
    tx.commit().await?;
    Ok(view)
}

/// Adds an inventory; none when one is under way.
pub(super) async fn begin(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    account: AccountId,
) -> Result<Option<ZoomInventoryId>, FlowError> {
    if zoom_inventory::is_any_active(tx, account).await? {
        return Ok(None);
    }
    let id = ZoomInventoryId::make(ctx.now, gateway.rng());
    let first = (id, Sweep::Active.name());
    zoom_inventory::insert(tx, account, first, (&ctx.actor.to_string(), ctx.now)).await?;
    Ok(Some(id))
}

/// Inventories of an account before the one named, the newest first: the trend over time.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`].
pub async fn list(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: &Slug,
    (before, limit): (Option<ZoomInventoryId>, u32),
) -> Result<Vec<InventoryView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let home = home(&mut tx, gateway, ctx, (Action::ReadZoom, slug)).await?;
    let page = (before, i64::from(limit).min(MAX_PAGE + 1));
    let all = zoom_inventory::list(&mut tx, home.account, page, &home.keys).await?;
    all.into_iter().map(view).collect()
}

/// An inventory.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`].
pub async fn find(gateway: &Gateway, ctx: &Ctx, id: ZoomInventoryId) -> Result<InventoryView, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let account = zoom_inventory::account_of(&mut tx, id).await?.ok_or(NONE)?;
    let granted = grant::of(ctx, Action::ReadZoom, account, "inventory")?;
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    view(zoom_inventory::find(&mut tx, granted.account(), id, &keys).await?.ok_or(NONE)?)
}

/// The address of a user of Zoom, as far as the last inventory knows it.
pub(super) async fn email_of(tx: &mut Tx, home: &Home, zoom_id: &str) -> Result<Option<String>, FlowError> {
    let found = zoom_inventory::find_seat(tx, home.account, zoom_id, &home.keys).await?;
    found.map(|found| Ok(table::read(&found.seat)?.email)).transpose()
}

fn view(found: Inventory) -> Result<InventoryView, FlowError> {
    let report = match &found.report {
        Some(plain) => Some(
            serde_json::from_slice(plain)
                .map_err(|_| StorageError::Corrupt("zoom_inventories.report_sealed"))?,
        ),
        None => None,
    };
    let waits = found.problem.is_some() && found.ended_at.is_none();
    Ok(InventoryView {
        id: found.id,
        state: found.state,
        created_by: found.created_by,
        created_at: found.created_at,
        ended_at: found.ended_at,
        seen: found.seen,
        report,
        problem: found.problem,
        waits_until: waits.then_some(found.run_at),
    })
}
