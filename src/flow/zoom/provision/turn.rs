//! Whose turn it is: runs that are taken, planned, carried out, and given back.

use super::{apply, groups, plan, settings, told};
use crate::access::{self, Action};
use crate::base::id::{AccountId, UserId};
use crate::base::{Ctx, Instant};
use crate::directory::state::{ZoomRunKind, ZoomRunState};
use crate::flow::zoom::work::{self, Home, LEASE_SECONDS, Later, Leased, Stop, now};
use crate::flow::{FlowError, Gateway};
use crate::storage::zoom_run::{self, Run};
use crate::storage::{StorageError, Tx, zoom_queue};
use crate::zoom::api::Zoom;
use crate::zoom::scope::Capability;

/// People who are looked up by themselves in one run.
pub(super) const SOME: i64 = 50;

/// A run that is ours for now.
pub type Claimed = work::Claimed<Run>;

impl Leased for Run {
    async fn is_any_due(tx: &mut Tx, only: Option<AccountId>, now: Instant) -> Result<bool, StorageError> {
        zoom_run::is_any_due(tx, only, now).await
    }

    async fn claim(
        tx: &mut Tx,
        only: Option<AccountId>,
        lease: &str,
        times: (Instant, Instant),
    ) -> Result<Option<(AccountId, Self)>, StorageError> {
        zoom_run::claim(tx, only, lease, times).await
    }

    async fn renew(
        &self,
        tx: &mut Tx,
        account: AccountId,
        held: (&str, Instant),
    ) -> Result<bool, StorageError> {
        zoom_run::renew(tx, (account, self.id), held, self.seen).await
    }

    fn tries(&self) -> i64 {
        self.tries
    }

    async fn wait(
        gateway: &Gateway,
        (_, claimed): (&Home, &mut Claimed),
        Later { at, problem, tries }: Later,
    ) -> Result<(), Stop> {
        let problem = problem.map(str::to_owned);
        claimed.row = Self { problem, tries, run_at: at, ..claimed.row.clone() };
        let mut tx = gateway.storage().write().await?;
        if !zoom_run::update(&mut tx, claimed.account, &claimed.row, &claimed.lease).await? {
            return Err(Stop::Lost);
        }
        Ok(tx.commit().await?)
    }

    async fn fail(
        gateway: &Gateway,
        ctx: &Ctx,
        held: (&Home, &mut Claimed),
        problem: &'static str,
    ) -> Result<(), Stop> {
        tracing::warn!(request = %ctx.request, run = %held.1.row.id, problem, "a run of provisioning into Zoom ended");
        end(gateway, ctx, held, (ZoomRunState::Failed, Some(problem))).await
    }
}

/// Takes the run whose turn it is.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn claim(gateway: &Gateway, ctx: &Ctx) -> Result<Option<Claimed>, FlowError> {
    work::claim(gateway, ctx, None).await
}

/// Goes on with the run whose turn it is, of one account or of whichever; whether there was one.
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
    let home = Home::of(&mut tx, gateway, claimed.account).await?;
    drop(tx);
    let worked = match zoom {
        _ if claimed.is_given_up() => Err(Stop::Senseless("given_up")),
        Some(zoom) => go_on(gateway, ctx, (&home, &mut claimed), &zoom).await,
        None => Err(Stop::Senseless("no_link")),
    };
    match worked {
        Ok(()) => Ok(()),
        Err(stop) => work::give_back(gateway, ctx, (&home, claimed), stop).await,
    }
}

async fn go_on(
    gateway: &Gateway,
    ctx: &Ctx,
    (home, claimed): (&Home, &mut Claimed),
    zoom: &Zoom,
) -> Result<(), Stop> {
    let mut tx = gateway.storage().read().await?;
    let (settings, stored) = settings::load(&mut tx, home).await?;
    if work::is_left_out(&mut tx, home, Capability::Provisioning).await? {
        return Err(Stop::Senseless("not_used"));
    }
    drop(tx);
    // Looking changes nothing, so it may come before switching on.
    let only_looks = claimed.row.kind == ZoomRunKind::Plan && claimed.row.state == ZoomRunState::Planning;
    if !settings.toggles.is_on && !only_looks {
        return Err(Stop::Senseless("switched_off"));
    }
    let version = stored.map_or(0, |stored| stored.version);
    // Whom it was planned for, where it is enough to push the groups of these.
    let mut looked_at: Option<Vec<UserId>> = None;
    if claimed.row.state == ZoomRunState::Planning {
        let mut queued = Vec::new();
        let planned = if claimed.row.kind == ZoomRunKind::Change {
            let mut tx = gateway.storage().read().await?;
            queued = zoom_queue::list(&mut tx, home.account, SOME).await?;
            let is_again = zoom_queue::is_any_again(&mut tx, home.account).await?;
            drop(tx);
            let users: Vec<_> = queued.iter().map(|(user, _)| *user).collect();
            looked_at = (!is_again).then(|| users.clone());
            plan::some(gateway, ctx, (home, claimed), (&settings, zoom), users).await?
        } else {
            plan::everybody(gateway, (home, claimed), (&settings, zoom)).await?
        };
        let mut tx = gateway.storage().write().await?;
        claimed.renew_in(gateway, &mut tx).await?;
        zoom_queue::take(&mut tx, (home.account, claimed.row.id), &queued).await?;
        let state = planned_state(&claimed.row, &planned);
        finish_planning(&mut tx, gateway, claimed, (planned, version, state)).await?;
        if state == ZoomRunState::Held {
            told::tell(&mut tx, gateway, ctx, (home, &claimed.row)).await?;
        }
        tx.commit().await?;
        if state != ZoomRunState::Applying {
            return Ok(());
        }
    }
    apply::apply(gateway, (home, claimed), zoom).await?;
    if claimed.row.kind == ZoomRunKind::Change {
        match looked_at {
            Some(users) => groups::push_some(gateway, (home, claimed), (&settings, zoom), &users).await?,
            // Planned before this turn, or after a run that did not get to its end: of whose groups alone have changed no
            // step tells, and a push may have stopped after it was written whom it puts there.
            None => groups::push(gateway, (home, claimed), (&settings, zoom)).await?,
        }
    }
    end(gateway, ctx, (home, claimed), (ZoomRunState::Done, None)).await
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
    claimed: &mut Claimed,
    (planned, version, state): (plan::Planned, i64, ZoomRunState),
) -> Result<(), Stop> {
    let now = now(gateway);
    let totals = serde_json::to_string(&planned.totals).map_err(|_| FlowError::Internal("totals"))?;
    claimed.row = Run {
        state,
        settings_version: version,
        link: claimed.link.clone(),
        totals,
        steps: planned.steps,
        problem: None,
        tries: 0,
        planned_at: Some(now),
        ..claimed.row.clone()
    };
    if !zoom_run::update(tx, claimed.account, &claimed.row, &claimed.lease).await? {
        return Err(Stop::Lost);
    }
    if state == ZoomRunState::Applying {
        let until = now.plus_seconds(LEASE_SECONDS);
        zoom_run::retake(tx, (claimed.account, claimed.row.id), (&claimed.lease, until)).await?;
    }
    Ok(())
}

/// Ends a run.
async fn end(
    gateway: &Gateway,
    ctx: &Ctx,
    (home, claimed): (&Home, &mut Claimed),
    (state, problem): (ZoomRunState, Option<&str>),
) -> Result<(), Stop> {
    let problem = problem.map(str::to_owned);
    claimed.row = Run { state, problem, ended_at: Some(now(gateway)), ..claimed.row.clone() };
    let mut tx = gateway.storage().write().await?;
    if !zoom_run::update(&mut tx, claimed.account, &claimed.row, &claimed.lease).await? {
        return Err(Stop::Lost);
    }
    // Whom it has taken: some, or as many as a run for everybody is begun for.
    if state == ZoomRunState::Done {
        zoom_queue::delete_taken(&mut tx, claimed.account, claimed.row.id).await?;
    } else {
        // Who belongs into which group may not have been told, and would not be before they change again.
        zoom_queue::give_back(&mut tx, claimed.account, claimed.row.id).await?;
    }
    // With what its steps came to.
    if let Some(ended) = zoom_run::find(&mut tx, claimed.account, claimed.row.id).await? {
        told::tell(&mut tx, gateway, ctx, (home, &ended)).await?;
    }
    Ok(tx.commit().await?)
}
