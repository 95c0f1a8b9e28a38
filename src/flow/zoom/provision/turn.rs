//! Whose turn it is: runs that are taken, planned, carried out, and given back.
//!
//! A run is in the hands of one process at a time. It goes on until it ends, waits for somebody's word, or has to wait for
//! Zoom; then it is given back with the moment at which it is to go on.

use super::{Home, LEASE_SECONDS, MAX_TRIES, Stop, apply, plan, settings};
use crate::access::{self, Action};
use crate::base::encoding::hex;
use crate::base::id::AccountId;
use crate::base::{Ctx, Instant};
use crate::directory::state::{ZoomRunKind, ZoomRunState};
use crate::flow::{FlowError, Gateway};
use crate::storage::zoom_run::{self, Run};
use crate::storage::{Tx, zoom_provisioning};
use crate::zoom::api::Zoom;
use crate::zoom::api::error::ApiError;

/// After so long a run that is carried out is given back, so that others come to their turn: an account of a hundred
/// thousand takes hours.
pub const TURN_SECONDS: i64 = 300;
/// A run is kept for longer at most so often.
const RENEW_SECONDS: i64 = 20;
const FIRST_WAIT_SECONDS: i64 = 30;
const LONGEST_WAIT_SECONDS: i64 = 3600;
/// People who are looked up by themselves in one run.
pub(super) const SOME: i64 = 50;

/// A run that is ours for now.
#[derive(Debug)]
pub struct Claimed {
    pub(super) account: AccountId,
    pub(super) run: Run,
    pub(super) lease: String,
    pub(super) seen: i64,
    /// Whether something was done since it was taken.
    pub(super) has_moved: bool,
    renewed_at: Instant,
    taken_at: Instant,
}

impl Claimed {
    /// Whose it is.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// Keeps it for longer, when it is time to.
    pub(super) async fn renew(&mut self, gateway: &Gateway, home: &Home) -> Result<(), Stop> {
        if gateway.is_ending() {
            return Err(Stop::Ending);
        }
        let now = now(gateway);
        if now < self.renewed_at.plus_seconds(RENEW_SECONDS) {
            return Ok(());
        }
        let mut tx = gateway.storage().write().await?;
        self.renew_in(gateway, &mut tx, home).await?;
        Ok(tx.commit().await?)
    }

    /// The same inside of a transaction that writes what only the one who has the run may.
    pub(super) async fn renew_in(&mut self, gateway: &Gateway, tx: &mut Tx, home: &Home) -> Result<(), Stop> {
        let now = now(gateway);
        let held = (self.lease.as_str(), now.plus_seconds(LEASE_SECONDS));
        if !zoom_run::renew(tx, (home.account, self.run.id), held, self.seen).await? {
            return Err(Stop::Lost);
        }
        self.renewed_at = now;
        Ok(())
    }

    /// Whether others should have their turn.
    pub(super) fn is_over(&self, gateway: &Gateway) -> bool {
        now(gateway) >= self.taken_at.plus_seconds(TURN_SECONDS)
    }
}

/// The present moment: while one works, time passes.
pub(super) fn now(gateway: &Gateway) -> Instant {
    gateway.ctx(crate::base::Actor::Job("zoom")).now
}

/// Takes the run whose turn it is.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn claim(gateway: &Gateway, ctx: &Ctx) -> Result<Option<Claimed>, FlowError> {
    access::decide(ctx.actor, Action::RunZoom)?;
    // Looking costs no turn at writing.
    let mut tx = gateway.storage().read().await?;
    if !zoom_run::is_any_due(&mut tx, ctx.now).await? {
        return Ok(None);
    }
    drop(tx);
    if crate::flow::job::is_clock_wrong(gateway).await? {
        return Ok(None);
    }
    let lease = hex(&gateway.rng().bytes::<16>());
    let mut tx = gateway.storage().write().await?;
    let until = ctx.now.plus_seconds(LEASE_SECONDS);
    let Some((account, run)) = zoom_run::claim(&mut tx, &lease, (ctx.now, until)).await? else {
        return Ok(None);
    };
    tx.commit().await?;
    let seen = run.seen;
    Ok(Some(Claimed { account, run, lease, seen, has_moved: false, renewed_at: ctx.now, taken_at: ctx.now }))
}

/// Goes on with the run whose turn it is; whether there was one.
///
/// # Errors
/// As [`carry_on`].
pub async fn some(gateway: &Gateway, ctx: &Ctx) -> Result<bool, FlowError> {
    let Some(claimed) = claim(gateway, ctx).await? else { return Ok(false) };
    let zoom = crate::flow::zoom::client_if_any(gateway, claimed.account()).await?;
    carry_on(gateway, ctx, claimed, zoom).await?;
    Ok(true)
}

/// Goes on with a run until it ends, has to wait, or this process ends.
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
    let keys = gateway.storage().keys(&mut tx, claimed.account).await?;
    drop(tx);
    let home = Home { account: claimed.account, keys };
    let worked = match zoom {
        Some(zoom) => work(gateway, ctx, (&home, &mut claimed), &zoom).await,
        None => Err(Stop::Senseless("no_link")),
    };
    match worked {
        Ok(()) | Err(Stop::Lost) => Ok(()),
        Err(stop) => give_back(gateway, ctx, (&home, claimed), stop).await,
    }
}

async fn work(
    gateway: &Gateway,
    ctx: &Ctx,
    (home, claimed): (&Home, &mut Claimed),
    zoom: &Zoom,
) -> Result<(), Stop> {
    let mut tx = gateway.storage().read().await?;
    let (settings, stored) = settings::load(&mut tx, home).await?;
    drop(tx);
    if !settings.toggles.is_on {
        return Err(Stop::Senseless("switched_off"));
    }
    let version = stored.map_or(0, |stored| stored.version);
    if claimed.run.tries > MAX_TRIES {
        return Err(Stop::Senseless("given_up"));
    }
    if claimed.run.state == ZoomRunState::Planning {
        let planned = if claimed.run.kind == ZoomRunKind::Change {
            let mut tx = gateway.storage().read().await?;
            let users = zoom_provisioning::list_queue(&mut tx, home.account, SOME).await?;
            drop(tx);
            let planned = plan::some(gateway, ctx, (home, claimed), (&settings, zoom), &users).await?;
            let mut tx = gateway.storage().write().await?;
            claimed.renew_in(gateway, &mut tx, home).await?;
            zoom_provisioning::delete_queued(&mut tx, home.account, &users).await?;
            let state = planned_state(&claimed.run, &planned);
            finish_planning(&mut tx, gateway, (home, claimed), (planned, version, state)).await?;
            tx.commit().await?;
            state
        } else {
            let planned = plan::everybody(gateway, (home, claimed), (&settings, zoom)).await?;
            let mut tx = gateway.storage().write().await?;
            let state = planned_state(&claimed.run, &planned);
            finish_planning(&mut tx, gateway, (home, claimed), (planned, version, state)).await?;
            tx.commit().await?;
            state
        };
        if planned != ZoomRunState::Applying {
            return Ok(());
        }
    }
    apply::apply(gateway, (home, claimed), zoom).await?;
    end(gateway, (home, claimed), (ZoomRunState::Done, None)).await
}

/// What follows from a plan.
fn planned_state(run: &Run, planned: &plan::Planned) -> ZoomRunState {
    match run.kind {
        ZoomRunKind::Plan => ZoomRunState::Planned,
        ZoomRunKind::Apply | ZoomRunKind::Schedule | ZoomRunKind::Change => {
            if planned.needs_confirmation {
                ZoomRunState::Held
            } else {
                ZoomRunState::Applying
            }
        }
    }
}

/// Writes that a run is planned; one that goes on at once stays ours.
async fn finish_planning(
    tx: &mut Tx,
    gateway: &Gateway,
    (home, claimed): (&Home, &mut Claimed),
    (planned, version, state): (plan::Planned, i64, ZoomRunState),
) -> Result<(), Stop> {
    let now = now(gateway);
    let totals = serde_json::to_string(&planned.totals).map_err(|_| FlowError::Internal("totals"))?;
    claimed.run = Run {
        state,
        settings_version: version,
        totals,
        steps: planned.steps,
        seen: claimed.seen,
        problem: None,
        tries: 0,
        planned_at: Some(now),
        ..claimed.run.clone()
    };
    if !zoom_run::update(tx, home.account, &claimed.run, &claimed.lease).await? {
        return Err(Stop::Lost);
    }
    if state == ZoomRunState::Applying {
        let until = now.plus_seconds(LEASE_SECONDS);
        zoom_run::retake(tx, (home.account, claimed.run.id), (&claimed.lease, until)).await?;
    }
    Ok(())
}

/// Ends a run.
async fn end(
    gateway: &Gateway,
    (home, claimed): (&Home, &mut Claimed),
    (state, problem): (ZoomRunState, Option<&str>),
) -> Result<(), Stop> {
    let problem = problem.map(str::to_owned);
    let ended_at = Some(now(gateway));
    claimed.run = Run { state, problem, ended_at, seen: claimed.seen, ..claimed.run.clone() };
    let mut tx = gateway.storage().write().await?;
    if !zoom_run::update(&mut tx, home.account, &claimed.run, &claimed.lease).await? {
        return Err(Stop::Lost);
    }
    Ok(tx.commit().await?)
}

/// Gives a run back that cannot go on here and now.
async fn give_back(
    gateway: &Gateway,
    ctx: &Ctx,
    (home, mut claimed): (&Home, Claimed),
    stop: Stop,
) -> Result<(), FlowError> {
    let now = now(gateway);
    let is_limit = matches!(&stop, Stop::Zoom(ApiError::Limited { .. }));
    // Who is told to come back, or gets on, is not at the end of anything.
    let tries = if claimed.has_moved || is_limit { 1 } else { claimed.run.tries };
    claimed.run.tries = tries;
    let later = |run_at, problem: Option<String>| Run { problem, run_at, ..claimed.run.clone() };
    let next = match stop {
        Stop::Lost => return Ok(()),
        // What the database cannot do now stays somebody's until the lease ends; then it is tried again.
        Stop::Flow(error) => return Err(error),
        Stop::Ending | Stop::Turn => later(now, None),
        Stop::Zoom(error) if error.passes() && tries <= MAX_TRIES => {
            let until = match &error {
                ApiError::Limited { until, .. } => *until,
                _ => None,
            };
            let wait = until.unwrap_or_else(|| now.plus_seconds(wait_seconds(gateway, tries)));
            later(wait, Some(error.kind().to_owned()))
        }
        stop => {
            let problem = match &stop {
                Stop::Zoom(error) => error.kind(),
                Stop::Senseless(kind) => kind,
                Stop::Lost | Stop::Ending | Stop::Turn | Stop::Flow(_) => "given_up",
            };
            tracing::warn!(request = %ctx.request, run = %claimed.run.id, problem, "a run of provisioning into Zoom ended");
            let result = end(gateway, (home, &mut claimed), (ZoomRunState::Failed, Some(problem))).await;
            return match result {
                Err(Stop::Flow(error)) => Err(error),
                _ => Ok(()),
            };
        }
    };
    let mut tx = gateway.storage().write().await?;
    zoom_run::update(&mut tx, home.account, &next, &claimed.lease).await?;
    Ok(tx.commit().await?)
}

fn wait_seconds(gateway: &Gateway, tries: i64) -> i64 {
    let doublings = u32::try_from(tries - 1).unwrap_or(0).min(20);
    let wait = FIRST_WAIT_SECONDS.saturating_mul(1 << doublings).min(LONGEST_WAIT_SECONDS);
    crate::flow::job::jittered(wait, gateway.rng())
}
