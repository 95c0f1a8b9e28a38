//! Runs: asked for, confirmed, cancelled, looked at. How they are worked on: [`super::turn`].

use serde_json::json;

use super::settings;
use super::view::{step_view, totals, view};
use crate::access::Action;
use crate::base::Ctx;
use crate::base::id::{AccountId, UserId, ZoomRunId};
use crate::base::sentence::sentence;
use crate::base::time::DAY_SECONDS;
use crate::directory::account::Slug;
use crate::directory::state::{ZoomRunKind, ZoomRunState, ZoomStepState};
use crate::flow::event::tell;
use crate::flow::zoom::work::{Home, home, is_left_out, link_of};
use crate::flow::{FlowError, Gateway, grant};
use crate::storage::zoom_person::{self, Among};
use crate::storage::zoom_run::{self, Run};
use crate::storage::zoom_step::{self, RunStep};
use crate::storage::{Tx, zoom_queue};
use crate::zoom::scope::Capability;

pub use super::view::{ChangeView, RunView, StepView};

const NONE: FlowError = FlowError::NotFound("run");
const MAX_PAGE: i64 = 500;
/// A plan that is older is made anew before it is carried out.
const PLAN_LIFE_SECONDS: i64 = 3 * DAY_SECONDS;

/// Asks for a run for everybody: to see what would be done, also while provisioning is switched off, or to do it.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`]; [`FlowError::Invalid`] when one is under way, or something is to be done
/// while provisioning is switched off.
pub async fn ask(gateway: &Gateway, ctx: &Ctx, (slug, is_dry): (&Slug, bool)) -> Result<RunView, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let home = home(&mut tx, gateway, ctx, (Action::ProvisionZoom, slug)).await?;
    may_provision(&mut tx, &home).await?;
    let (settings, _) = settings::load(&mut tx, &home).await?;
    if !is_dry && !settings.toggles.is_on {
        return Err(is_off());
    }
    let kind = if is_dry { ZoomRunKind::Plan } else { ZoomRunKind::Apply };
    let run = begin(&mut tx, gateway, ctx, home.account, kind).await?;
    let run = run.ok_or_else(|| {
        FlowError::Invalid(sentence!("a run is under way; wait until it has ended, or cancel it"))
    })?;
    let body = json!({ "kind": kind.name() });
    tell(&mut tx, gateway, ctx, home.with_keys(), ("zoom_run.asked", run.id, &body)).await?;
    tx.commit().await?;
    Ok(view(run)?)
}

/// Nothing is done, or looked at, by a link that is used for something else alone.
async fn may_provision(tx: &mut Tx, home: &Home) -> Result<(), FlowError> {
    if is_left_out(tx, home, Capability::Provisioning).await? {
        return Err(FlowError::Invalid(sentence!(
            "the link to Zoom is not used for provisioning; tick that on the page of the link"
        )));
    }
    Ok(())
}

fn is_off() -> FlowError {
    FlowError::Invalid(sentence!("provisioning is switched off; switch it on in its settings first"))
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
        link: None,
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
/// [`FlowError::Denied`], [`FlowError::NotFound`]; [`FlowError::Invalid`] when it is no plan that can be carried out;
/// [`FlowError::Stale`] when somebody else was faster.
pub async fn confirm(gateway: &Gateway, ctx: &Ctx, id: ZoomRunId) -> Result<RunView, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (home, found) = held(&mut tx, gateway, ctx, (Action::ProvisionZoom, id)).await?;
    if !matches!(found.state, ZoomRunState::Planned | ZoomRunState::Held) {
        return Err(FlowError::Invalid(sentence!("this run does not wait for anybody; ask for a new one")));
    }
    may_provision(&mut tx, &home).await?;
    let (settings, stored) = settings::load(&mut tx, &home).await?;
    if !settings.toggles.is_on {
        return Err(is_off());
    }
    let version = stored.map_or(0, |stored| stored.version);
    let is_old = found.planned_at.is_none_or(|at| ctx.now > at.plus_seconds(PLAN_LIFE_SECONDS));
    let is_elsewhere = link_of(&mut tx, gateway, &home).await? != found.link;
    if version != found.settings_version || is_elsewhere || is_old {
        return Err(FlowError::Invalid(sentence!(
            "the plan is out of date: settings or the link were changed since, or it is old or of before an upgrade; plan again"
        )));
    }
    if zoom_run::find_active(&mut tx, home.account).await?.is_some() {
        return Err(FlowError::Invalid(sentence!("another run is under way; wait until it has ended")));
    }
    let confirmed_by = Some(ctx.actor.to_string());
    let now = Run { state: ZoomRunState::Applying, confirmed_by, run_at: ctx.now, tries: 0, ..found };
    if !zoom_run::update(&mut tx, home.account, &now, "").await? {
        return Err(FlowError::Stale);
    }
    let body = json!({ "totals": totals(&now)? });
    tell(&mut tx, gateway, ctx, home.with_keys(), ("zoom_run.confirmed", id, &body)).await?;
    tx.commit().await?;
    Ok(view(now)?)
}

/// Ends a run: what was done stays done, what is being done is kept as it ends, and nothing more is begun. Of those whom it
/// has taken from the queue, whoever has a step that is left is not wanted; whoever has none is looked at again, since their
/// groups may not have been pushed.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`]; [`FlowError::Invalid`] when it has ended; [`FlowError::Stale`] when it
/// has just now.
pub async fn cancel(gateway: &Gateway, ctx: &Ctx, id: ZoomRunId) -> Result<RunView, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (home, found) = held(&mut tx, gateway, ctx, (Action::ProvisionZoom, id)).await?;
    if found.ended_at.is_some() {
        return Err(FlowError::Invalid(sentence!("the run has ended already")));
    }
    let now = Run { state: ZoomRunState::Cancelled, ended_at: Some(ctx.now), ..found };
    if !zoom_run::cancel(&mut tx, (home.account, id), ctx.now).await? {
        return Err(FlowError::Stale);
    }
    zoom_queue::delete_unwanted(&mut tx, home.account, id).await?;
    zoom_queue::give_back(&mut tx, home.account, id).await?;
    tell(&mut tx, gateway, ctx, home.with_keys(), ("zoom_run.cancelled", id, &json!({}))).await?;
    tx.commit().await?;
    Ok(view(now)?)
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
    may_provision(&mut tx, &home).await?;
    let (settings, _) = settings::load(&mut tx, &home).await?;
    if !settings.toggles.is_on {
        return Err(is_off());
    }
    let mut queued = 0;
    if let Some(user) = who {
        if super::people::find(&mut tx, &home, user).await?.is_none() {
            return Err(FlowError::NotFound("user in this account"));
        }
        zoom_queue::add(&mut tx, home.account, user, ctx.now).await?;
        queued = 1;
    } else {
        let (among, mut after) = ((home.account, Among::Problems), None);
        loop {
            let page = (after, MAX_PAGE);
            let portion = zoom_person::list(&mut tx, among, page, &home.keys).await?;
            let Some(last) = portion.last() else { break };
            after = Some(last.user_id);
            for kept in portion {
                zoom_queue::add(&mut tx, home.account, kept.user_id, ctx.now).await?;
                queued += 1;
            }
        }
    }
    let target = who.map_or_else(|| home.account.to_string(), |user| user.to_string());
    tell(
        &mut tx,
        gateway,
        ctx,
        home.with_keys(),
        ("zoom_people.retried", &target, &json!({ "people": queued })),
    )
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
    Ok(zoom_run::list(&mut tx, home.account, page).await?.into_iter().map(view).collect::<Result<_, _>>()?)
}

/// A run.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`].
pub async fn find(gateway: &Gateway, ctx: &Ctx, id: ZoomRunId) -> Result<RunView, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (_, found) = held(&mut tx, gateway, ctx, (Action::ReadZoom, id)).await?;
    Ok(view(found)?)
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
    let found = zoom_step::list(&mut tx, (home.account, id), state, page, &home.keys).await?;
    views(&mut tx, &home, found).await
}

/// Steps of a run after `after`, in order, without its notes: there may be thousands of those.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`].
pub async fn steps_alone(
    gateway: &Gateway,
    ctx: &Ctx,
    id: ZoomRunId,
    (after, limit): (i64, u32),
) -> Result<Vec<StepView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (home, _) = held(&mut tx, gateway, ctx, (Action::ReadZoom, id)).await?;
    let page = (after, i64::from(limit).min(MAX_PAGE + 1));
    let found = zoom_step::list_without_notes(&mut tx, (home.account, id), page, &home.keys).await?;
    views(&mut tx, &home, found).await
}

async fn views(tx: &mut Tx, home: &Home, found: Vec<RunStep>) -> Result<Vec<StepView>, FlowError> {
    let mut views = Vec::new();
    for step in found {
        views.push(step_view(tx, home, step).await?);
    }
    Ok(views)
}

async fn held(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    (action, id): (Action, ZoomRunId),
) -> Result<(Home, Run), FlowError> {
    let account = zoom_run::account_of(tx, id).await?.ok_or(NONE)?;
    let granted = grant::of(ctx, action, account, "run")?;
    let home = Home::of(tx, gateway, granted.account()).await?;
    let found = zoom_run::find(tx, home.account, id).await?.ok_or(NONE)?;
    Ok((home, found))
}
