//! Runs: asked for, planned, confirmed, carried out, looked at.
//!
//! A run is in the hands of one process at a time. It goes on until it ends, waits for somebody's word, or has to wait for
//! Zoom; then it is given back with the moment at which it is to go on.

use std::collections::BTreeMap;

use serde_json::json;

use super::people::ignored as ignored_of;
use super::plan::{self, Totals, read_note, read_step};
use super::{Home, LEASE_SECONDS, MAX_TRIES, Stop, apply, home, settings, tell};
use crate::access::{self, Action};
use crate::base::encoding::hex;
use crate::base::id::{AccountId, UserId, ZoomRunId};
use crate::base::sentence::sentence;
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::state::{ZoomRunKind, ZoomRunState, ZoomStepState};
use crate::flow::{FlowError, Gateway, grant};
use crate::scim::attribute::{Attribute, Values};
use crate::storage::zoom_provisioning::{self, Among};
use crate::storage::zoom_run::{self, Run, RunStep};
use crate::storage::{StorageError, Tx, user};
use crate::zoom::api::Zoom;
use crate::zoom::api::error::ApiError;

const NONE: FlowError = FlowError::NotFound("run");
const MAX_PAGE: i64 = 500;
/// A plan that is older is made anew before it is carried out.
const PLAN_LIFE_SECONDS: i64 = 3 * 86_400;
/// A run is kept for longer at most so often.
const RENEW_SECONDS: i64 = 20;
const FIRST_WAIT_SECONDS: i64 = 30;
const LONGEST_WAIT_SECONDS: i64 = 3600;
/// People who are looked up by themselves in one run.
pub(super) const SOME: i64 = 50;

/// A run as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunView {
    /// Its id.
    pub id: ZoomRunId,
    /// What it was asked for.
    pub kind: ZoomRunKind,
    /// Its state.
    pub state: ZoomRunState,
    /// What its plan comes to.
    pub totals: Totals,
    /// Users that were read so far, while it is planned.
    pub seen: i64,
    /// Steps of its plan.
    pub steps: i64,
    /// Steps that were done.
    pub done: i64,
    /// Steps that failed.
    pub failed: i64,
    /// Steps that were not right any more.
    pub skipped: i64,
    /// Why it could not go on, by its stable name.
    pub problem: Option<String>,
    /// Who asked for it.
    pub created_by: String,
    /// Who said yes to what it takes away.
    pub confirmed_by: Option<String>,
    /// When it was asked for.
    pub created_at: Instant,
    /// When it goes on, if it has to wait.
    pub waits_until: Option<Instant>,
    /// When it was planned.
    pub planned_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

impl RunView {
    /// Whether somebody is at it, or will be.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self.state, ZoomRunState::Planning | ZoomRunState::Applying)
    }
}

/// A changed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeView {
    /// Of what.
    pub attribute: Attribute,
    /// Before, as far as it is known.
    pub from: Option<String>,
    /// After; none: it is taken away.
    pub to: Option<String>,
}

/// A step or a note as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepView {
    /// Its place in the run.
    pub number: i64,
    /// The action's name, or the note's.
    pub kind: String,
    /// Its state.
    pub state: ZoomStepState,
    /// About whom.
    pub user_id: Option<UserId>,
    /// What they are called; none when they are gone.
    pub name: Option<String>,
    /// About which Zoom user.
    pub zoom_id: Option<String>,
    /// The address of that Zoom user, as far as the inventory knows it.
    pub zoom_email: Option<String>,
    /// Field by field.
    pub changes: Vec<ChangeView>,
    /// Licences that it takes, or gives back below zero.
    pub licences: i8,
    /// Whether a Zoom user who was there before is taken over.
    pub adopts: bool,
    /// What a note is about more closely.
    pub detail: Option<String>,
    /// Why it failed, by its stable name.
    pub problem: Option<String>,
    /// What Zoom said to that.
    pub said: Option<String>,
    /// Values that Zoom did not take.
    pub ignored: Vec<(Attribute, String)>,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

/// What came of a step, as it is kept.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub(super) struct StoredResult {
    pub(super) said: Option<String>,
    pub(super) ignored: Values,
}

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
        let now = self.now(gateway);
        if now < self.renewed_at.plus_seconds(RENEW_SECONDS) {
            return Ok(());
        }
        let mut tx = gateway.storage().write().await?;
        self.renew_in(gateway, &mut tx, home).await?;
        Ok(tx.commit().await?)
    }

    /// The same inside of a transaction that writes what only the one who has the run may.
    pub(super) async fn renew_in(&mut self, gateway: &Gateway, tx: &mut Tx, home: &Home) -> Result<(), Stop> {
        let now = self.now(gateway);
        let held = (self.lease.as_str(), now.plus_seconds(LEASE_SECONDS));
        if !zoom_run::renew(tx, (home.account, self.run.id), held, self.seen).await? {
            return Err(Stop::Lost);
        }
        self.renewed_at = now;
        Ok(())
    }

    fn now(&self, gateway: &Gateway) -> Instant {
        gateway.ctx(crate::base::Actor::Job("zoom")).now
    }
}

/// Asks for a run for everybody: to see what would be done, or to do it.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`]; [`FlowError::Invalid`] when one is under way, or provisioning is
/// switched off.
pub async fn ask(gateway: &Gateway, ctx: &Ctx, (slug, is_dry): (&Slug, bool)) -> Result<RunView, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let home = home(&mut tx, gateway, ctx, (Action::ProvisionZoom, slug)).await?;
    let (settings, _) = settings::load(&mut tx, &home).await?;
    if !settings.toggles.is_on {
        return Err(FlowError::Invalid(sentence!(
            "provisioning is switched off; switch it on in its settings first"
        )));
    }
    let kind = if is_dry { ZoomRunKind::Plan } else { ZoomRunKind::Apply };
    let run = begin(&mut tx, gateway, ctx, home.account, kind).await?;
    let run = run.ok_or_else(|| {
        FlowError::Invalid(sentence!("a run is under way; wait until it has ended, or cancel it"))
    })?;
    let body = json!({ "kind": kind.name() });
    tell(&mut tx, gateway, ctx, &home, ("zoom_run.asked", &run.id.to_string(), &body)).await?;
    tx.commit().await?;
    Ok(view(run))
}

/// Adds a run; none when one is under way.
pub(super) async fn begin(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    account: AccountId,
    kind: ZoomRunKind,
) -> Result<Option<Run>, FlowError> {
    if zoom_run::find_active(tx, account).await?.is_some() {
        return Ok(None);
    }
    let run = Run {
        id: ZoomRunId::make(ctx.now, gateway.rng()),
        kind,
        state: ZoomRunState::Planning,
        settings_version: 0,
        totals: "{}".to_owned(),
        seen: 0,
        steps: 0,
        done: 0,
        failed: 0,
        skipped: 0,
        removed: 0,
        problem: None,
        tries: 0,
        created_by: ctx.actor.to_string(),
        confirmed_by: None,
        created_at: ctx.now,
        run_at: ctx.now,
        planned_at: None,
        ended_at: None,
    };
    zoom_run::insert(tx, account, &run).await?;
    Ok(Some(run))
}

/// Has a plan carried out: one that was only to be looked at, or one that takes so much away that somebody has to say
/// yes.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`]; [`FlowError::Invalid`] when it is no plan that can be carried out.
pub async fn confirm(gateway: &Gateway, ctx: &Ctx, id: ZoomRunId) -> Result<RunView, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (home, found) = held(&mut tx, gateway, ctx, (Action::ProvisionZoom, id)).await?;
    if !matches!(found.state, ZoomRunState::Planned | ZoomRunState::Held) {
        return Err(FlowError::Invalid(sentence!("this run does not wait for anybody; ask for a new one")));
    }
    let (settings, stored) = settings::load(&mut tx, &home).await?;
    let version = stored.map_or(0, |stored| stored.version);
    let is_old = found.planned_at.is_none_or(|at| ctx.now > at.plus_seconds(PLAN_LIFE_SECONDS));
    if !settings.toggles.is_on || version != found.settings_version || is_old {
        return Err(FlowError::Invalid(sentence!(
            "the plan is out of date: settings were changed since, or it is old; plan again"
        )));
    }
    if zoom_run::find_active(&mut tx, home.account).await?.is_some() {
        return Err(FlowError::Invalid(sentence!("another run is under way; wait until it has ended")));
    }
    let confirmed_by = Some(ctx.actor.to_string());
    let now = Run { state: ZoomRunState::Applying, confirmed_by, run_at: ctx.now, tries: 0, ..found };
    zoom_run::update(&mut tx, home.account, &now, "").await?;
    let body = json!({ "totals": totals(&now) });
    tell(&mut tx, gateway, ctx, &home, ("zoom_run.confirmed", &id.to_string(), &body)).await?;
    tx.commit().await?;
    Ok(view(now))
}

/// Ends a run: what was done stays done, and nothing more is.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`]; [`FlowError::Invalid`] when it has ended.
pub async fn cancel(gateway: &Gateway, ctx: &Ctx, id: ZoomRunId) -> Result<RunView, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (home, found) = held(&mut tx, gateway, ctx, (Action::ProvisionZoom, id)).await?;
    if found.ended_at.is_some() {
        return Err(FlowError::Invalid(sentence!("the run has ended already")));
    }
    let now = Run { state: ZoomRunState::Cancelled, ended_at: Some(ctx.now), ..found };
    zoom_run::take(&mut tx, home.account, id).await?;
    zoom_run::update(&mut tx, home.account, &now, "").await?;
    tell(&mut tx, gateway, ctx, &home, ("zoom_run.cancelled", &id.to_string(), &json!({}))).await?;
    tx.commit().await?;
    Ok(view(now))
}

/// Has one person looked at by themselves, soon; or all who have a problem.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`]; [`FlowError::Invalid`] when provisioning is switched off.
pub async fn retry(
    gateway: &Gateway,
    ctx: &Ctx,
    (slug, who): (&Slug, Option<UserId>),
) -> Result<u64, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let home = home(&mut tx, gateway, ctx, (Action::ProvisionZoom, slug)).await?;
    let (settings, _) = settings::load(&mut tx, &home).await?;
    if !settings.toggles.is_on {
        return Err(FlowError::Invalid(sentence!(
            "provisioning is switched off; switch it on in its settings first"
        )));
    }
    let mut queued = 0;
    if let Some(user) = who {
        if super::people::find(&mut tx, &home, user).await?.is_none() {
            return Err(FlowError::NotFound("user in this account"));
        }
        zoom_provisioning::queue(&mut tx, home.account, user, ctx.now).await?;
        queued = 1;
    } else {
        let page = (None, MAX_PAGE);
        let among = (home.account, Among::Problems);
        for kept in zoom_provisioning::list_people(&mut tx, among, page, &home.keys).await? {
            zoom_provisioning::queue(&mut tx, home.account, kept.user_id, ctx.now).await?;
            queued += 1;
        }
    }
    let target = who.map_or_else(|| home.account.to_string(), |user| user.to_string());
    tell(&mut tx, gateway, ctx, &home, ("zoom_people.retried", &target, &json!({ "people": queued })))
        .await?;
    tx.commit().await?;
    Ok(queued)
}

/// Runs of an account before the one named, the newest first.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`].
pub async fn list(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: &Slug,
    (before, limit): (Option<ZoomRunId>, u32),
) -> Result<Vec<RunView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let home = home(&mut tx, gateway, ctx, (Action::ReadZoom, slug)).await?;
    let page = (before, i64::from(limit).min(MAX_PAGE + 1));
    Ok(zoom_run::list(&mut tx, home.account, page).await?.into_iter().map(view).collect())
}

/// A run.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`].
pub async fn find(gateway: &Gateway, ctx: &Ctx, id: ZoomRunId) -> Result<RunView, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (_, found) = held(&mut tx, gateway, ctx, (Action::ReadZoom, id)).await?;
    Ok(view(found))
}

/// Steps and notes of a run after `after`, in order; of one state, if that is asked for.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`].
pub async fn steps(
    gateway: &Gateway,
    ctx: &Ctx,
    (id, state): (ZoomRunId, Option<ZoomStepState>),
    (after, limit): (i64, u32),
) -> Result<Vec<StepView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (home, _) = held(&mut tx, gateway, ctx, (Action::ReadZoom, id)).await?;
    let page = (after, i64::from(limit).min(MAX_PAGE + 1));
    let of = (home.account, id);
    let mut views = Vec::new();
    for step in zoom_run::list_steps(&mut tx, of, state, page, &home.keys).await? {
        views.push(step_view(&mut tx, &home, step).await?);
    }
    Ok(views)
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
    Ok(Some(Claimed { account, run, lease, seen, has_moved: false, renewed_at: ctx.now }))
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
    let now = claimed.now(gateway);
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
    let ended_at = Some(claimed.now(gateway));
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
    let now = claimed.now(gateway);
    let is_limit = matches!(&stop, Stop::Zoom(ApiError::Limited { .. }));
    // Who is told to come back, or gets on, is not at the end of anything.
    let tries = if claimed.has_moved || is_limit { 1 } else { claimed.run.tries };
    claimed.run.tries = tries;
    let later = |run_at, problem: Option<String>| Run { run_at, problem, ..claimed.run.clone() };
    let next = match stop {
        Stop::Lost => return Ok(()),
        // What the database cannot do now stays somebody's until the lease ends; then it is tried again.
        Stop::Flow(error) => return Err(error),
        Stop::Ending => later(now, None),
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
                Stop::Lost | Stop::Ending | Stop::Flow(_) => "given_up",
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

async fn held(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    (action, id): (Action, ZoomRunId),
) -> Result<(Home, Run), FlowError> {
    let account = zoom_run::account_of(tx, id).await?.ok_or(NONE)?;
    let granted = grant::of(ctx, action, account, "run")?;
    let keys = gateway.storage().keys(tx, granted.account()).await?;
    let found = zoom_run::find(tx, granted.account(), id).await?.ok_or(NONE)?;
    Ok((Home { account: granted.account(), keys }, found))
}

fn totals(run: &Run) -> Totals {
    serde_json::from_str(&run.totals).unwrap_or_default()
}

fn view(run: Run) -> RunView {
    let waits = run.problem.is_some() && run.ended_at.is_none();
    RunView {
        totals: totals(&run),
        id: run.id,
        kind: run.kind,
        state: run.state,
        seen: run.seen,
        steps: run.steps,
        done: run.done,
        failed: run.failed,
        skipped: run.skipped,
        problem: run.problem,
        created_by: run.created_by,
        confirmed_by: run.confirmed_by,
        created_at: run.created_at,
        waits_until: waits.then_some(run.run_at),
        planned_at: run.planned_at,
        ended_at: run.ended_at,
    }
}

/// A step or a note, with what people are called.
pub(super) async fn step_view(tx: &mut Tx, home: &Home, row: RunStep) -> Result<StepView, FlowError> {
    let result: StoredResult = match &row.result {
        Some(plain) => {
            serde_json::from_slice(plain).map_err(|_| StorageError::Corrupt("zoom_steps.result_sealed"))?
        }
        None => StoredResult::default(),
    };
    let mut view = StepView {
        number: row.number,
        kind: row.kind,
        state: row.state,
        user_id: row.user_id,
        name: None,
        zoom_id: None,
        zoom_email: None,
        changes: Vec::new(),
        licences: 0,
        adopts: false,
        detail: None,
        problem: row.problem,
        said: result.said,
        ignored: result.ignored.iter().map(|(attribute, value)| (attribute, value.to_owned())).collect(),
        ended_at: row.ended_at,
    };
    if row.state == ZoomStepState::Note {
        let note = read_note(&row.step)?;
        (view.zoom_id, view.detail) = (note.zoom_id, note.detail);
    } else {
        let step = read_step(&row.step)?;
        view.zoom_id = step.zoom_id;
        (view.licences, view.adopts) = (step.licences, step.adopts);
        let changes = step.changes.into_iter().map(|change| ChangeView {
            attribute: change.attribute,
            from: change.from.map(String::from),
            to: change.to.map(String::from),
        });
        view.changes = changes.collect();
    }
    if let Some(id) = view.user_id {
        let found = user::find(tx, home.account, id, &home.keys).await?;
        view.name = found.and_then(|user| user.profile.name().or(user.profile.email));
    } else if let Some(zoom_id) = &view.zoom_id {
        view.zoom_email = crate::flow::zoom::inventory::email_of(tx, home, zoom_id).await?;
    }
    Ok(view)
}

/// Values that Zoom did not take, by attribute: what a person's row keeps after a step.
pub(super) fn still_ignored(
    kept: Option<&crate::storage::zoom_provisioning::ZoomPerson>,
    sent: &[Attribute],
    now: &Values,
) -> Result<Values, FlowError> {
    let mut all = BTreeMap::new();
    if let Some(kept) = kept {
        let before = ignored_of(kept)?;
        for (attribute, value) in before.iter().filter(|(attribute, _)| !sent.contains(attribute)) {
            all.insert(attribute, value.to_owned());
        }
    }
    for (attribute, value) in now.iter() {
        all.insert(attribute, value.to_owned());
    }
    Ok(all.iter().map(|(attribute, value)| (*attribute, value.as_str())).collect())
}
