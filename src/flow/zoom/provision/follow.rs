//! What is done when it is time to, or when somebody changed. Sign-ins pay nothing for it: who changed is found by when
//! they were written last.

use super::groups;
use super::people::{self, may_differ};
use super::run;
use super::settings;
use super::turn::SOME;
use crate::access::{self, Action};
use crate::base::id::{AccountId, UserId};
use crate::base::time::DAY_SECONDS;
use crate::base::{Ctx, Instant, Rng};
use crate::directory::state::{AccountState, ZoomRunKind, ZoomRunState};
use crate::flow::zoom::inventory;
use crate::flow::zoom::work::{Home, is_left_out};
use crate::flow::{FlowError, Gateway};
use crate::storage::seal::AccountKeys;
use crate::storage::zoom_person::{self, ZoomPerson};
use crate::storage::zoom_provisioning::{self, Timed};
use crate::storage::{StorageError, Tx, account, zoom_inventory, zoom_queue, zoom_run, zoom_step};
use crate::zoom::scope::Capability;

/// Accounts that are served in one go.
const ACCOUNTS: i64 = 100;
/// People who are looked at in one transaction.
const PORTION: i64 = 200;
/// A commit may come so much later than the moment that it was written with; what takes longer, as an import may, has the
/// changes since then looked at again ([`zoom_provisioning::follow_again`]).
const OVERLAP_SECONDS: i64 = 30;
/// When more people than this changed, or are queued, everybody is gone through: it costs less than looking each of them up.
const MANY: usize = 500;
/// So long those who changed wait, after a run that nobody asked for ended before it was done.
const AGAIN_SECONDS: i64 = 900;

/// Asks for what is due: runs, inventories, people who changed.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn tick(gateway: &Gateway, ctx: &Ctx) -> Result<(), FlowError> {
    access::decide(ctx.actor, Action::RunZoom)?;
    time_those_who_are_not_counted(gateway, ctx).await?;
    for timed in [Timed::Run, Timed::Inventory] {
        let mut tx = gateway.storage().read().await?;
        let due = zoom_provisioning::list_due(&mut tx, timed, (ctx.now, ACCOUNTS)).await?;
        drop(tx);
        for account in due {
            passed(ctx, account, ask(gateway, ctx, account, timed).await)?;
        }
    }
    let mut after = None;
    loop {
        let mut tx = gateway.storage().read().await?;
        let following = zoom_provisioning::list_following(&mut tx, (after, ACCOUNTS)).await?;
        drop(tx);
        let Some(last) = following.last() else { break };
        after = Some(*last);
        for account in following {
            passed(ctx, account, look_for_changes(gateway, ctx, account).await)?;
        }
    }
    let mut after = None;
    loop {
        let mut tx = gateway.storage().read().await?;
        let Some(account) = zoom_queue::next_account(&mut tx, after).await? else { return Ok(()) };
        drop(tx);
        after = Some(account);
        passed(ctx, account, serve_queue(gateway, ctx, account).await)?;
    }
}

/// Links of before said nothing of when Zoom's users are counted.
async fn time_those_who_are_not_counted(gateway: &Gateway, ctx: &Ctx) -> Result<(), FlowError> {
    let mut after = None;
    loop {
        let mut tx = gateway.storage().read().await?;
        let some = zoom_provisioning::list_uncounted(&mut tx, (after, ACCOUNTS)).await?;
        drop(tx);
        let Some(last) = some.last() else { return Ok(()) };
        after = Some(*last);
        for account in some {
            passed(ctx, account, time_one(gateway, ctx, account).await)?;
        }
    }
}

async fn time_one(gateway: &Gateway, ctx: &Ctx, account: AccountId) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let Some(home) = home(&mut tx, gateway, account).await? else { return Ok(()) };
    settings::time_inventory(&mut tx, gateway, ctx, &home).await?;
    Ok(tx.commit().await?)
}

/// What is wrong with one account keeps no other from its turn; without a database there is none for anybody.
fn passed(ctx: &Ctx, account: AccountId, done: Result<(), FlowError>) -> Result<(), FlowError> {
    match done {
        Err(error @ FlowError::Unavailable(_)) => Err(error),
        Err(error) => {
            tracing::error!(request = %ctx.request, %account, "provisioning into Zoom could not be looked after: {error}");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

async fn home(tx: &mut Tx, gateway: &Gateway, account: AccountId) -> Result<Option<Home>, FlowError> {
    let found = account::find(tx, account).await?;
    if found.is_none_or(|found| found.state != AccountState::Active) {
        return Ok(None);
    }
    Home::of(tx, gateway, account).await.map(Some)
}

/// Asks for a run or an inventory whose time has come. Two nodes that see it at once ask for one.
async fn ask(gateway: &Gateway, ctx: &Ctx, account: AccountId, timed: Timed) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let home = home(&mut tx, gateway, account).await?;
    let (hours, is_used) = match &home {
        // Nobody's any more, or shut: nothing is done, and it is looked at again tomorrow.
        None => (24, false),
        Some(home) => {
            let (settings, _) = settings::load(&mut tx, home).await?;
            let (hours, wanted) = match timed {
                Timed::Run => (settings.every_hours, Capability::Provisioning),
                Timed::Inventory => (settings.inventory_every_hours, Capability::Inventory),
            };
            // It comes to its turn when the link is used for it again.
            (hours, !is_left_out(&mut tx, home, wanted).await?)
        }
    };
    let next_at = ctx.now.plus_seconds(if hours == 0 { DAY_SECONDS } else { i64::from(hours) * 3600 });
    let is_ours = zoom_provisioning::update_next(&mut tx, (account, timed), (ctx.now, next_at)).await?;
    if is_ours && hours > 0 && is_used {
        match timed {
            Timed::Run => drop(run::begin(&mut tx, gateway, ctx, account, ZoomRunKind::Schedule).await?),
            Timed::Inventory => drop(inventory::begin(&mut tx, gateway, ctx, account).await?),
        }
    }
    Ok(tx.commit().await?)
}

/// Queues people who changed, and of whom Zoom may have to be told.
async fn look_for_changes(gateway: &Gateway, ctx: &Ctx, account: AccountId) -> Result<(), FlowError> {
    let mut tx = gateway.storage().read().await?;
    let Some(home) = home(&mut tx, gateway, account).await? else { return Ok(()) };
    if is_left_out(&mut tx, &home, Capability::Provisioning).await? {
        // Until then, they stay who has changed.
        return Ok(());
    }
    let (settings, stored) = settings::load(&mut tx, &home).await?;
    let Some(from) = stored.and_then(|stored| stored.followed_from) else { return Ok(()) };
    let (mut after, mut queued): ((_, Option<UserId>), Vec<UserId>) = ((from, None), Vec::new());
    while queued.len() <= MANY {
        let changed = zoom_provisioning::list_changed(&mut tx, account, (after, PORTION)).await?;
        let Some((last, at)) = changed.last() else { break };
        after = (*at, Some(*last));
        for (user, _) in changed {
            let Some(known) = people::find(&mut tx, &home, user).await? else { continue };
            if may_differ(&known, &settings.rules, &settings.mapping)
                || groups::differ(&mut tx, &home, &settings, &known).await?
            {
                queued.push(user);
            }
        }
    }
    drop(tx);
    if after.1.is_none() {
        return Ok(());
    }
    let overlap = ctx.now.plus_seconds(-OVERLAP_SECONDS);
    let mut tx = gateway.storage().write().await?;
    let until = if queued.len() > MANY {
        // Until then, they stay who has changed.
        let Some(_) = run::begin(&mut tx, gateway, ctx, account, ZoomRunKind::Schedule).await? else {
            return Ok(());
        };
        overlap
    } else {
        for user in queued {
            zoom_queue::add(&mut tx, account, user, ctx.now).await?;
        }
        // Beyond the last: whoever was written at that moment was looked at.
        Instant::from_micros(after.0.micros() + 1).min(overlap)
    };
    zoom_provisioning::update_followed(&mut tx, account, (from, until)).await?;
    Ok(tx.commit().await?)
}

/// Whether the latest run is one that nobody asked for, which ended before it was done, a short while ago: there is no link,
/// Zoom refuses us, or somebody did not want it. The same would come of another one.
async fn has_just_stopped(tx: &mut Tx, ctx: &Ctx, account: AccountId) -> Result<bool, StorageError> {
    let latest = zoom_run::list(tx, account, (None, 1)).await?.pop();
    Ok(latest.is_some_and(|run| {
        let is_recent = run.ended_at.is_some_and(|ended| ctx.now < ended.plus_seconds(AGAIN_SECONDS));
        let has_stopped = matches!(run.state, ZoomRunState::Failed | ZoomRunState::Cancelled);
        matches!(run.kind, ZoomRunKind::Change | ZoomRunKind::Schedule) && has_stopped && is_recent
    }))
}

/// Has those looked at who are queued, unless a run is under way: by themselves, or with everybody where they are many.
async fn serve_queue(gateway: &Gateway, ctx: &Ctx, account: AccountId) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let Some(home) = home(&mut tx, gateway, account).await? else { return Ok(()) };
    let (settings, _) = settings::load(&mut tx, &home).await?;
    if settings.toggles.is_on {
        let is_left_out = is_left_out(&mut tx, &home, Capability::Provisioning).await?;
        if is_left_out || has_just_stopped(&mut tx, ctx, account).await? {
            return Ok(());
        }
        let limit = i64::try_from(MANY + 1).unwrap_or(i64::MAX);
        if zoom_queue::list(&mut tx, account, limit).await?.len() <= MANY {
            run::begin(&mut tx, gateway, ctx, account, ZoomRunKind::Change).await?;
        } else if let Some(run) = run::begin(&mut tx, gateway, ctx, account, ZoomRunKind::Schedule).await? {
            zoom_queue::take_all(&mut tx, (account, run.id), ctx.now).await?;
        }
    } else {
        let users = zoom_queue::list(&mut tx, account, SOME).await?;
        zoom_queue::delete(&mut tx, account, &users).await?;
    }
    Ok(tx.commit().await?)
}

/// How much was kept of somebody's Zoom user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::flow) struct Left {
    /// What runs planned and did for them: steps and notes.
    pub(in crate::flow) steps: u64,
    /// How often they stood in the last inventory.
    pub(in crate::flow) seats: u64,
}

/// Somebody is about to be erased: what runs and the last inventory know of them goes, and what they have in Zoom is looked
/// at once they are gone. `email` is their address, where nobody else has it.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub(in crate::flow) async fn leaves(
    tx: &mut Tx,
    (account, user): (AccountId, UserId),
    email: Option<&str>,
    (keys, now, rng): (&AccountKeys, Instant, &Rng),
) -> Result<Left, FlowError> {
    let mut left = Left { steps: zoom_step::delete_of(tx, account, user).await?, seats: 0 };
    if let Some(email) = email {
        left.seats += zoom_inventory::delete_seats_by_email(tx, account, email, keys).await?;
    }
    let Some(kept) = zoom_person::find(tx, account, user, keys).await? else { return Ok(left) };
    if let Some(zoom_id) = &kept.zoom_id {
        left.seats += zoom_inventory::delete_seat(tx, account, zoom_id).await?;
        let bare = ZoomPerson { ignored: None, invited: None, taken: None, problem: None, ..kept };
        zoom_person::save(tx, account, &bare, (keys, rng)).await?;
        zoom_queue::add(tx, account, user, now).await?;
    } else {
        zoom_person::delete(tx, account, user).await?;
    }
    Ok(left)
}
