//! Reading an inventory: three lists of users, what was bought, who signed in. Every few pages it is kept how far it has
//! come; whoever goes on goes on there.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::json;
use zeroize::Zeroizing;

use super::Report;
use super::table::StoredSeat;
use crate::access::{self, Action};
use crate::base::id::AccountId;
use crate::base::time::DAY_SECONDS;
use crate::base::{Ctx, Instant};
use crate::directory::state::ZoomInventoryState;
use crate::flow::event::tell;
use crate::flow::zoom::provision::settings::{self, Settings};
use crate::flow::zoom::work::{self, Home, LEASE_SECONDS, Later, Leased, Stop, now};
use crate::flow::{FlowError, Gateway};
use crate::storage::zoom_inventory::{self, Inventory, Seat};
use crate::storage::{StorageError, Tx};
use crate::zoom::activity;
use crate::zoom::api::Zoom;
use crate::zoom::api::error::ApiError;
use crate::zoom::inventory::{self, Rules, Seen, Sums};
use crate::zoom::scope::Capability;
use crate::zoom::users::{self, Sweep};

/// Pages that are read between two moments at which it is kept how far it has come.
const PAGES: usize = 5;
/// What Zoom says of the next page is good for fifteen minutes.
const PAGE_LIFE_SECONDS: i64 = 14 * 60;
/// Days that the report on who signed in goes back. Zoom has six months of it, in windows of a month; each line is a sign-in,
/// three hundred to a call of the kind that Zoom allows the fewest of. Of fifty thousand people six months are some sixty
/// thousand calls, every time that an inventory is made, and thirty days ten thousand.
pub const REPORT_DAYS: i64 = 30;
/// Pages of that report, which bound what it costs whatever the days; what is beyond is not counted, and it is said so.
const REPORT_PAGES: usize = 2000;
const DELETED_AT_ONCE: i64 = 500;
/// What comes after the lists.
const REPORT: &str = "report";

/// An inventory that is ours for now.
pub type Claimed = work::Claimed<Inventory>;

impl Leased for Inventory {
    async fn is_any_due(tx: &mut Tx, only: Option<AccountId>, now: Instant) -> Result<bool, StorageError> {
        zoom_inventory::is_any_due(tx, only, now).await
    }

    async fn claim(
        tx: &mut Tx,
        only: Option<AccountId>,
        lease: &str,
        times: (Instant, Instant),
    ) -> Result<Option<(AccountId, Self)>, StorageError> {
        zoom_inventory::claim(tx, only, lease, times).await
    }

    async fn renew(
        &self,
        tx: &mut Tx,
        account: AccountId,
        held: (&str, Instant),
    ) -> Result<bool, StorageError> {
        zoom_inventory::renew(tx, (account, self.id), held).await
    }

    fn tries(&self) -> i64 {
        self.tries
    }

    async fn wait(
        gateway: &Gateway,
        (home, claimed): (&Home, &mut Claimed),
        Later { at, problem, tries }: Later,
    ) -> Result<(), Stop> {
        let place = &mut claimed.row;
        (place.run_at, place.problem, place.tries) = (at, problem.map(str::to_owned), tries);
        write(gateway, (home, claimed)).await
    }

    /// What befell the one before too is no news, and is not put into the log again.
    async fn fail(
        gateway: &Gateway,
        ctx: &Ctx,
        (home, claimed): (&Home, &mut Claimed),
        problem: &'static str,
    ) -> Result<(), Stop> {
        tracing::warn!(request = %ctx.request, inventory = %claimed.row.id, problem, "an inventory of Zoom ended");
        let now = now(gateway);
        let place = &mut claimed.row;
        (place.state, place.ended_at) = (ZoomInventoryState::Failed, Some(now));
        place.problem = Some(problem.to_owned());
        let with = (home.keys.as_ref(), gateway.rng());
        let mut tx = gateway.storage().write().await?;
        if !zoom_inventory::update(&mut tx, home.account, &claimed.row, &claimed.lease, with).await? {
            return Err(Stop::Lost);
        }
        let of = (Some(claimed.row.id), 1);
        let before = zoom_inventory::list(&mut tx, home.account, of, &home.keys).await?.pop();
        if before.is_none_or(|before| before.problem.as_deref() != Some(problem)) {
            let ctx = Ctx { now, ..ctx.clone() };
            let happened = ("zoom_inventory.failed", claimed.row.id, &json!({ "problem": problem }));
            tell(&mut tx, gateway, &ctx, home.with_keys(), happened).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// What was counted so far, as it is kept.
#[derive(Serialize, Deserialize, Default)]
struct Kept<'a> {
    seen: Cow<'a, Seen>,
    sums: Cow<'a, Sums>,
}

/// Takes the inventory whose turn it is.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn claim(gateway: &Gateway, ctx: &Ctx) -> Result<Option<Claimed>, FlowError> {
    work::claim(gateway, ctx, None).await
}

/// Goes on with the inventory whose turn it is, of one account or of whichever; whether there was one.
///
/// # Errors
/// As [`carry_on`].
pub async fn some(gateway: &Gateway, ctx: &Ctx, only: Option<AccountId>) -> Result<bool, FlowError> {
    let claimed: Option<Claimed> = work::claim(gateway, ctx, only).await?;
    let Some(claimed) = claimed else { return Ok(false) };
    let zoom = crate::flow::zoom::client_for(gateway, &claimed).await?;
    carry_on(gateway, ctx, claimed, zoom).await?;
    Ok(true)
}

/// Goes on with an inventory until it ends, has to wait, or this process ends.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`]: then it stays somebody's until its lease ends.
pub async fn carry_on(
    gateway: &Gateway,
    ctx: &Ctx,
    mut claimed: Claimed,
    zoom: Option<Zoom>,
) -> Result<(), FlowError> {
    access::decide(ctx.actor, Action::RunZoom)?;
    let mut tx = gateway.storage().read().await?;
    let home = Home::of(&mut tx, gateway, claimed.account).await?;
    drop(tx);
    let worked = match zoom {
        _ if claimed.is_given_up() => Err(Stop::Senseless("given_up")),
        Some(zoom) => go_on(gateway, (&home, &mut claimed), &zoom).await,
        None => Err(Stop::Senseless("no_link")),
    };
    match worked {
        Ok(()) => Ok(()),
        Err(stop) => work::give_back(gateway, ctx, (&home, claimed), stop).await,
    }
}

async fn go_on(gateway: &Gateway, (home, claimed): (&Home, &mut Claimed), zoom: &Zoom) -> Result<(), Stop> {
    let mut tx = gateway.storage().read().await?;
    let (settings, _) = settings::load(&mut tx, home).await?;
    if work::is_left_out(&mut tx, home, Capability::Inventory).await? {
        return Err(Stop::Senseless("not_used"));
    }
    let id = claimed.row.id;
    let kept = zoom_inventory::find_seen(&mut tx, home.account, id, &home.keys).await?;
    drop(tx);
    let Kept { seen, sums } = match kept {
        Some(plain) => serde_json::from_slice(&plain)
            .map_err(|_| StorageError::Corrupt("zoom_inventories.seen_sealed"))?,
        None => Kept::default(),
    };
    let rules = Rules {
        now: claimed.row.created_at,
        days: i64::from(settings.inactive_days),
        leaves_inactive_out: settings.leaves_inactive_out,
    };
    let mut counted = inventory::Inventory::new(rules, seen.into_owned(), sums.into_owned());
    while let Some(sweep) = Sweep::ALL.into_iter().find(|sweep| sweep.name() == claimed.row.sweep) {
        sweep_on(gateway, (home, claimed), (zoom, sweep), &mut counted).await?;
    }
    let report = report(gateway, claimed, (zoom, &settings), &counted).await?;
    finish(gateway, (home, claimed), &report).await
}

/// Reads a list from where it is to its end.
async fn sweep_on(
    gateway: &Gateway,
    (home, claimed): (&Home, &mut Claimed),
    (zoom, sweep): (&Zoom, Sweep),
    counted: &mut inventory::Inventory,
) -> Result<(), Stop> {
    let now = now(gateway);
    let is_old = claimed.row.read_at.is_none_or(|at| now >= at.plus_seconds(PAGE_LIFE_SECONDS));
    let mut next = claimed.row.next_page.clone().filter(|_| !is_old);
    loop {
        let (mut seats, mut is_over, known) = (Vec::new(), false, counted.seen.count());
        for _ in 0..PAGES {
            claimed.renew(gateway).await?;
            let page = zoom.users_page(sweep, next.as_deref()).await?;
            for user in &page.users {
                if let Some(use_of_it) = counted.add(sweep, user) {
                    seats.push(seat(sweep, user, use_of_it)?);
                }
            }
            next = page.next;
            if next.is_none() {
                is_over = true;
                break;
            }
        }
        let place = &mut claimed.row;
        place.seen = i64::try_from(counted.sums.all()).unwrap_or(i64::MAX);
        place.next_page.clone_from(&next);
        place.read_at = Some(work::now(gateway));
        if is_over {
            let following = Sweep::ALL.into_iter().skip_while(|other| *other != sweep).nth(1);
            following.map_or(REPORT, Sweep::name).clone_into(&mut place.sweep);
        }
        // A list that is read again from its beginning, since the place in it has grown old, is no further than it was.
        if is_over || counted.seen.count() > known {
            (claimed.has_moved, place.tries) = (true, 0);
        }
        keep(gateway, (home, claimed), (counted, &seats)).await?;
        if is_over {
            return Ok(());
        }
    }
}

fn seat(sweep: Sweep, user: &users::User, use_of_it: inventory::Use) -> Result<Seat, FlowError> {
    let stored = StoredSeat::of(sweep, user, use_of_it);
    let plain = serde_json::to_vec(&stored).map_err(|_| FlowError::Internal("a user of Zoom"))?;
    Ok(Seat {
        zoom_id: user.id.clone(),
        email: user.email.clone(),
        plan: stored.plan,
        use_of_it: stored.use_of_it,
        is_wasted: stored.is_wasted,
        seat: Zeroizing::new(plain),
    })
}

/// Keeps how far it has come, with the users of these pages.
async fn keep(
    gateway: &Gateway,
    (home, claimed): (&Home, &Claimed),
    (counted, seats): (&inventory::Inventory, &[Seat]),
) -> Result<(), Stop> {
    let kept = Kept { seen: Cow::Borrowed(&counted.seen), sums: Cow::Borrowed(&counted.sums) };
    let plain = serde_json::to_vec(&kept).map_err(|_| FlowError::Internal("what was counted"))?;
    let until = now(gateway).plus_seconds(LEASE_SECONDS);
    let with = (home.keys.as_ref(), gateway.rng());
    let mut tx = gateway.storage().write().await?;
    let place = (&claimed.row, plain.as_slice());
    if !zoom_inventory::keep(&mut tx, home.account, place, (&claimed.lease, until), with).await? {
        return Err(Stop::Lost);
    }
    zoom_inventory::save_seats(&mut tx, (home.account, claimed.row.id), seats, with).await?;
    Ok(tx.commit().await?)
}

/// What was bought and who signed in. Not every app may ask for it: what is refused is missing, and nothing else.
async fn report(
    gateway: &Gateway,
    claimed: &mut Claimed,
    (zoom, settings): (&Zoom, &Settings),
    counted: &inventory::Inventory,
) -> Result<Report, Stop> {
    let mut report = Report {
        sums: counted.sums.clone(),
        inactive_days: settings.inactive_days,
        leaves_inactive_out: settings.leaves_inactive_out,
        ..Report::default()
    };
    match zoom.plan_usage().await {
        Ok(usage) => report.bought = inventory::bought(&usage),
        Err(error) => missing(&mut report, "plan_usage", error)?,
    }
    let now = now(gateway);
    let mut pages = 0;
    'windows: for (from, to) in inventory::windows(now.plus_seconds(-REPORT_DAYS * DAY_SECONDS), now) {
        let mut next: Option<String> = None;
        loop {
            claimed.renew(gateway).await?;
            match zoom.activities_page((&from, &to), next.as_deref()).await {
                Ok(page) => {
                    activity::count(&mut report.days, &page);
                    next = page.next;
                }
                Err(error) => {
                    missing(&mut report, "activities", error)?;
                    break 'windows;
                }
            }
            pages += 1;
            if pages >= REPORT_PAGES {
                report.missing.push(("activities".to_owned(), "too_many".to_owned()));
                break 'windows;
            }
            if next.is_none() {
                break;
            }
        }
    }
    Ok(report)
}

fn missing(report: &mut Report, part: &str, error: ApiError) -> Result<(), Stop> {
    if error.passes() {
        return Err(Stop::Zoom(error));
    }
    report.missing.push((part.to_owned(), error.kind().to_owned()));
    Ok(())
}

/// Forgets whom it has not found, and ends it.
async fn finish(
    gateway: &Gateway,
    (home, claimed): (&Home, &mut Claimed),
    report: &Report,
) -> Result<(), Stop> {
    let of = (home.account, claimed.row.id);
    loop {
        let mut tx = gateway.storage().write().await?;
        let deleted = zoom_inventory::delete_other_seats(&mut tx, of, DELETED_AT_ONCE).await?;
        tx.commit().await?;
        if deleted < DELETED_AT_ONCE.unsigned_abs() {
            break;
        }
    }
    let plain = serde_json::to_vec(report).map_err(|_| FlowError::Internal("a report"))?;
    claimed.row.report = Some(Zeroizing::new(plain));
    let place = &mut claimed.row;
    (place.state, place.ended_at, place.problem) = (ZoomInventoryState::Done, Some(now(gateway)), None);
    write(gateway, (home, claimed)).await
}

async fn write(gateway: &Gateway, (home, claimed): (&Home, &Claimed)) -> Result<(), Stop> {
    let with = (home.keys.as_ref(), gateway.rng());
    let mut tx = gateway.storage().write().await?;
    let (place, lease) = (&claimed.row, claimed.lease.as_str());
    if !zoom_inventory::update(&mut tx, home.account, place, lease, with).await? {
        return Err(Stop::Lost);
    }
    Ok(tx.commit().await?)
}
