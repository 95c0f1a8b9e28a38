//! Carrying out a plan: what frees licences first, several steps of one kind side by side, each person once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinSet;
use zeroize::Zeroizing;

use super::people::{self, Known};
use super::plan::read_step;
use super::settings::{self, Settings};
use super::turn::Claimed;
use super::view::StoredResult;
use super::{groups, wanted};
use crate::base::id::{AccountId, ZoomRunId};
use crate::directory::state::{ZoomRunKind, ZoomStepState};
use crate::flow::zoom::work::{Home, Stop, is_left_out, link_of, now};
use crate::flow::{FlowError, Gateway};
use crate::scim::attribute::{Attribute, Values};
use crate::storage::zoom_person::{self, ZoomPerson};
use crate::storage::zoom_step::{self, Ended, RunStep};
use crate::storage::{StorageError, Tx, zoom_pushed};
use crate::zoom::api::Zoom;
use crate::zoom::api::error::ApiError;
use crate::zoom::carry::{Carried, carry_out, carry_out_again, has_own_permission, is_protected};
use crate::zoom::provision::plan::{Action, Person, Standing, Step, digest};
use crate::zoom::provision::rule::first;
use crate::zoom::scope::Capability;

/// Steps that are carried out side by side. The pace of the link decides how fast they are.
const AT_ONCE: usize = 8;
/// A step of which nobody knows after so many tries what became of it has failed.
const MAX_STEP_TRIES: i64 = 5;
/// Less than the lease: what is given up here is not yet somebody else's.
const LONGEST: std::time::Duration = std::time::Duration::from_mins(4);

/// What every step of a run needs.
struct Bench {
    gateway: Gateway,
    home: Home,
    settings: Settings,
    zoom: Zoom,
    run: ZoomRunId,
    lease: String,
    /// Whether Zoom has done something that we asked for, since the run was taken, or since it refused all at once.
    has_done: Arc<AtomicBool>,
}

/// Carries out what is left of a run.
pub(super) async fn apply(
    gateway: &Gateway,
    (home, claimed): (&Home, &mut Claimed),
    zoom: &Zoom,
) -> Result<(), Stop> {
    let of = (home.account, claimed.row.id);
    let has_done = Arc::new(AtomicBool::new(false));
    loop {
        let settings = current_settings(gateway, (home, claimed)).await?;
        let mut tx = gateway.storage().read().await?;
        let limit = i64::try_from(AT_ONCE).unwrap_or(1);
        let waiting = (0, limit);
        let state = Some(ZoomStepState::Waiting);
        let mut batch = zoom_step::list(&mut tx, of, state, waiting, &home.keys).await?;
        drop(tx);
        let Some(kind) = batch.first().map(|step| step.kind.clone()) else {
            // Others have kept it when they were planned; one that was only to be looked at kept nothing.
            if claimed.row.kind == ZoomRunKind::Plan {
                let mut moved = Vec::new();
                let kept = people::all_kept(gateway, (home, claimed)).await?;
                people::each(gateway, (home, claimed), kept, |known| {
                    moved.extend(people::moved(&settings.rules, &known));
                })
                .await?;
                people::keep_moved(gateway, (home, claimed), &moved).await?;
            }
            if claimed.row.kind != ZoomRunKind::Change {
                groups::push(gateway, (home, claimed), (&settings, zoom)).await?;
            }
            return Ok(());
        };
        // Whatever frees licences ends before whatever needs them begins.
        batch.retain(|step| step.kind == kind);
        if gateway.is_ending() {
            return Err(Stop::Ending);
        }
        if claimed.is_over(gateway) {
            return Err(Stop::Turn);
        }
        let numbers: Vec<i64> = batch.iter().map(|step| step.number).collect();
        let mut tx = gateway.storage().write().await?;
        claimed.renew_in(gateway, &mut tx).await?;
        zoom_step::begin(&mut tx, of, &numbers).await?;
        tx.commit().await?;
        let bench = Arc::new(Bench {
            gateway: gateway.clone(),
            home: Home { account: home.account, keys: Arc::clone(&home.keys) },
            settings,
            zoom: zoom.clone(),
            run: claimed.row.id,
            lease: claimed.lease.clone(),
            has_done: Arc::clone(&has_done),
        });
        side_by_side(&bench, claimed, batch).await?;
    }
}

/// Carries out steps side by side, until the last of them ends.
async fn side_by_side(bench: &Arc<Bench>, claimed: &mut Claimed, batch: Vec<RunStep>) -> Result<(), Stop> {
    let (mut tasks, asked) = (JoinSet::new(), batch.len());
    for row in batch {
        let bench = Arc::clone(bench);
        tasks.spawn(async move {
            let ended = match tokio::time::timeout(LONGEST, one(&bench, &row)).await {
                Ok(ended) => ended,
                Err(_) => Err(Stop::Zoom(ApiError::Unknown { tracking: None })),
            };
            (row, ended)
        });
    }
    let (mut stopped, mut refused) = (None, Vec::new());
    while let Some(joined) = tasks.join_next().await {
        match joined {
            Ok((_, Ok(()))) => claimed.has_moved = true,
            Ok((row, Err(Stop::Zoom(ApiError::NoPermission)))) => refused.push(row),
            Ok((_, Err(stop))) => stopped = Some(worse(stopped, stop)),
            Err(_) => stopped = Some(worse(stopped, Stop::Flow(FlowError::Internal("a step")))),
        }
    }
    // Of whom others were not refused, it is with these alone that we may not. Where all were that were asked for, that counts
    // once: what is done after it shows whether it does.
    let are_others_let = if refused.len() == asked {
        bench.has_done.swap(false, Ordering::Relaxed)
    } else {
        bench.has_done.load(Ordering::Relaxed)
    };
    if are_others_let {
        for row in refused {
            failed(bench, (&read_step(&row.step)?, &row), &ApiError::NoPermission).await?;
            claimed.has_moved = true;
        }
    } else if !refused.is_empty() {
        stopped = Some(worse(stopped, Stop::Zoom(ApiError::NoPermission)));
    }
    stopped.map_or(Ok(()), Err)
}

/// Of two causes to stop, the one that says more: whether the run is still ours, before what Zoom says.
fn worse(one: Option<Stop>, other: Stop) -> Stop {
    match one {
        Some(one @ (Stop::Lost | Stop::Flow(_))) => one,
        Some(one @ Stop::Zoom(_)) if !matches!(other, Stop::Lost | Stop::Flow(_)) => one,
        _ => other,
    }
}

/// The settings, if they and the link are still those that were planned by.
async fn current_settings(gateway: &Gateway, (home, claimed): (&Home, &Claimed)) -> Result<Settings, Stop> {
    let mut tx = gateway.storage().read().await?;
    let (settings, stored) = settings::load(&mut tx, home).await?;
    if !settings.toggles.is_on {
        return Err(Stop::Senseless("switched_off"));
    }
    if stored.is_none_or(|stored| stored.version != claimed.row.settings_version) {
        return Err(Stop::Senseless("settings_changed"));
    }
    if link_of(&mut tx, gateway, home).await? != claimed.row.link {
        return Err(Stop::Senseless("link_changed"));
    }
    if is_left_out(&mut tx, home, Capability::Provisioning).await? {
        return Err(Stop::Senseless("not_used"));
    }
    Ok(settings)
}

/// One step, from looking at the person again to keeping what came of it.
async fn one(bench: &Bench, row: &RunStep) -> Result<(), Stop> {
    let step = read_step(&row.step)?;
    let Ok(user) = step.person.parse() else {
        return not_done(bench, &step, row, "changed_meanwhile").await;
    };
    let mut tx = bench.gateway.storage().read().await?;
    let known = people::find(&mut tx, &bench.home, user).await?;
    let adopted = step.zoom_id.as_deref().filter(|_| step.adopts);
    let owner = match adopted {
        Some(id) => zoom_person::find_by_zoom_id(&mut tx, bench.home.account, id, &bench.home.keys).await?,
        None => None,
    };
    drop(tx);
    let Some(known) = known else {
        return not_done(bench, &step, row, "changed_meanwhile").await;
    };
    let Some(values) = still_right(&bench.settings, &step, &known.person) else {
        return not_done(bench, &step, row, "changed_meanwhile").await;
    };
    // Somebody else's since it was planned: what is written there would be written over them.
    if owner.is_some_and(|owner| owner.user_id != user) {
        return not_done(bench, &step, row, "duplicate").await;
    }
    let has_role = step.changes.iter().any(|change| change.attribute == Attribute::Roles);
    let takes = matches!(step.action, Action::Disable | Action::Delete) || has_role;
    if let Some(id) = step.zoom_id.as_deref().filter(|_| takes) {
        match is_protected(&bench.zoom, id).await {
            Ok(false) => {}
            Ok(true) => return not_done(bench, &step, row, "protected").await,
            Err(error) if keeps_from_looking(&error) => return Err(Stop::Zoom(error)),
            Err(error) => return failed(bench, (&step, row), &error).await,
        }
    }
    if let Some(address) = &step.withdraws {
        match bench.zoom.scim_find(address).await {
            // They have accepted since: that is for the next plan.
            Ok(Some(_)) => return not_done(bench, &step, row, "changed_meanwhile").await,
            Ok(None) | Err(ApiError::NotFound) => {}
            Err(error) if keeps_from_looking(&error) => return Err(Stop::Zoom(error)),
            Err(error) => return failed(bench, (&step, row), &error).await,
        }
    }
    // Listed before this process counted its own: any try is another's.
    let carried = if row.tries > 0 {
        let may_adopt = may_adopt(bench, &known.person, &values).await?;
        carry_out_again(&bench.zoom, &step, &values, may_adopt).await
    } else {
        carry_out(&bench.zoom, &step, &values).await
    };
    // A role that was taken away keeps everything from being done; somebody who administers Zoom, this step alone.
    let is_refused = matches!(carried, Err(ApiError::NoPermission));
    let is_of_all = is_refused && !has_own_permission(&bench.zoom, &step).await;
    match carried {
        Ok(carried) => done(bench, (&step, row), &known, (&values, carried)).await,
        // Deleting has a scope of its own: what it is missing for keeps nothing else from being done.
        Err(error @ ApiError::ScopeMissing { .. }) if step.action == Action::Delete => {
            failed(bench, (&step, row), &error).await
        }
        // Nothing of this link works, or nothing works now: the step stays as it is.
        Err(error) if error.is_of_the_link() || is_of_all => Err(Stop::Zoom(error)),
        Err(error)
            if error.passes()
                && (!matches!(error, ApiError::Unknown { .. }) || row.tries < MAX_STEP_TRIES) =>
        {
            Err(Stop::Zoom(error))
        }
        Err(error) => failed(bench, (&step, row), &error).await,
    }
}

/// Whether it keeps us from looking at anybody: looking is refused for nobody in particular.
fn keeps_from_looking(error: &ApiError) -> bool {
    error.is_of_the_link() || error.passes() || matches!(error, ApiError::NoPermission)
}

/// The values that the person is to have, if the step is still right for them.
fn still_right(settings: &Settings, step: &Step, person: &Person) -> Option<Values> {
    let wanted = wanted(&settings.rules, &settings.mapping, person);
    let linked = person.link.as_ref().map(|link| link.zoom_id.as_str());
    let is_linked = linked == step.zoom_id.as_deref();
    let is_as_planned = linked == step.was.as_deref();
    // Who has another address by now, or another Zoom user, does not get the one of before.
    let at_address = |values: &Values| {
        step.address().is_none_or(|address| values.get(Attribute::UserName) == Some(address))
    };
    match step.action {
        Action::Disable => (matches!(wanted, Ok(None)) && is_linked).then(Values::default),
        Action::Create | Action::Update | Action::Adopt => {
            let is_theirs = match step.action {
                Action::Create => is_as_planned,
                _ if step.adopts => is_as_planned || is_linked,
                _ => is_linked,
            };
            let (_, values) = wanted.ok().flatten().filter(|_| is_theirs)?;
            at_address(&values).then_some(values)
        }
        Action::Delete => {
            let is_out = match person.standing {
                Standing::Gone => true,
                Standing::Active => first(&settings.rules, &person.fields).is_none(),
                Standing::Disabled => false,
            };
            let is_invited =
                step.withdraws.is_none() || step.withdraws.as_deref() == person.invited_as.as_deref();
            (is_out && is_linked && is_invited).then(Values::default)
        }
    }
}

/// Whether a Zoom user of their address would be given to the person if a plan were made now.
async fn may_adopt(bench: &Bench, person: &Person, values: &Values) -> Result<bool, Stop> {
    let name = values.get(Attribute::UserName).unwrap_or_default();
    let mut tx = bench.gateway.storage().read().await?;
    let proofs = people::proofs(&mut tx, &bench.home).await?;
    Ok(bench.settings.toggles.may_adopt(proofs.is_theirs(person, name)))
}

async fn done(
    bench: &Bench,
    (step, row): (&Step, &RunStep),
    known: &Known,
    (values, carried): (&Values, Carried),
) -> Result<(), Stop> {
    // Taking somebody over as they are asks nothing of Zoom.
    if step.action != Action::Adopt {
        bench.has_done.store(true, Ordering::Relaxed);
    }
    let now = now(&bench.gateway);
    let kept = known.kept.as_ref();
    let user_id = step.person.parse().map_err(|_| FlowError::Internal("a step without its person"))?;
    let sent: Vec<Attribute> = match step.action {
        Action::Create => Attribute::ALL.to_vec(),
        _ => step.changes.iter().map(|change| change.attribute).collect(),
    };
    let mut tx = bench.gateway.storage().write().await?;
    let has_removed = matches!(step.action, Action::Disable | Action::Delete);
    match step.action {
        Action::Delete => {
            zoom_person::delete(&mut tx, bench.home.account, user_id).await?;
            if let Some(id) = &step.zoom_id {
                zoom_pushed::delete_user(&mut tx, bench.home.account, id).await?;
            }
        }
        // Nobody who is gone is switched on again; who comes back is another person, and finds them by the address.
        Action::Disable if !known.is_here => {
            zoom_person::delete(&mut tx, bench.home.account, user_id).await?;
        }
        Action::Disable => {
            if let Some(kept) = kept {
                // Who can be switched off has no invitation any more.
                let (is_pending, invited) = (false, None);
                let (is_off, problem, changed_at) = (true, None, now);
                let off = ZoomPerson { is_pending, invited, is_off, problem, changed_at, ..kept.clone() };
                save(bench, &mut tx, &off).await?;
            }
        }
        Action::Create | Action::Update | Action::Adopt => {
            // What another Zoom user of theirs took, who is gone, this one has not.
            let before = kept.filter(|kept| kept.zoom_id == carried.zoom_id);
            let ignored = still_ignored(before, &sent, &carried.ignored)?;
            // What is another since it was planned, and is in no change of the step, was not sent.
            let is_whole = step.planned.as_deref().is_none_or(|planned| *planned == digest(values));
            let taken = carried.taken.filter(|_| is_whole).or_else(|| before.and_then(|kept| kept.taken));
            let invited =
                values.get(Attribute::UserName).map(|name| Zeroizing::new(name.as_bytes().to_vec()));
            let person = ZoomPerson {
                user_id,
                zoom_id: carried.zoom_id.clone(),
                rule: step.rule.clone(),
                taken,
                ignored: encode_ignored(&ignored)?,
                is_pending: carried.is_pending,
                invited: invited.filter(|_| carried.is_pending),
                is_off: false,
                problem: None,
                changed_at: now,
            };
            match save(bench, &mut tx, &person).await {
                // Somebody else's since it was planned.
                Err(StorageError::Exists(_)) => {
                    drop(tx);
                    return not_done(bench, step, row, "duplicate").await;
                }
                saved => saved?,
            }
        }
    }
    let result = StoredResult { said: None, ignored: carried.ignored };
    let ended = ended(row, ZoomStepState::Done, None, &result, has_removed)?;
    write(bench, tx, &ended).await
}

async fn failed(bench: &Bench, (step, row): (&Step, &RunStep), error: &ApiError) -> Result<(), Stop> {
    let tracking = error.tracking().map(|id| format!("(x-zm-trackingid {id})"));
    let said = match error {
        ApiError::Refused { said, .. } => {
            Some(tracking.map_or_else(|| said.clone(), |tracking| format!("{said} {tracking}")))
        }
        _ => tracking,
    };
    let result = StoredResult { said, ignored: Values::default() };
    let mut tx = bench.gateway.storage().write().await?;
    blame(bench, &mut tx, step, error.kind()).await?;
    let ended = ended(row, ZoomStepState::Failed, Some(error.kind()), &result, false)?;
    write(bench, tx, &ended).await
}

/// Keeps that nothing was done, and why.
async fn not_done(bench: &Bench, step: &Step, row: &RunStep, cause: &'static str) -> Result<(), Stop> {
    let state = if cause == "changed_meanwhile" { ZoomStepState::Skipped } else { ZoomStepState::Failed };
    let mut tx = bench.gateway.storage().write().await?;
    if state == ZoomStepState::Failed {
        blame(bench, &mut tx, step, cause).await?;
    }
    let ended = ended(row, state, Some(cause), &StoredResult::default(), false)?;
    write(bench, tx, &ended).await
}

/// Remembers with the person what went wrong; of all else, what somebody may have written since the step began stays.
async fn blame(bench: &Bench, tx: &mut Tx, step: &Step, problem: &str) -> Result<(), Stop> {
    let user = step.person.parse().map_err(|_| FlowError::Internal("a step without its person"))?;
    let of = (bench.home.account, user);
    Ok(zoom_person::save_problem(tx, of, (problem, now(&bench.gateway))).await?)
}

async fn save(bench: &Bench, tx: &mut Tx, person: &ZoomPerson) -> Result<(), StorageError> {
    let with = (bench.home.keys.as_ref(), bench.gateway.rng());
    zoom_person::save(tx, bench.home.account, person, with).await
}

fn ended(
    row: &RunStep,
    state: ZoomStepState,
    problem: Option<&str>,
    result: &StoredResult,
    has_removed: bool,
) -> Result<Ended, FlowError> {
    let is_empty = result.said.is_none() && result.ignored == Values::default();
    let plain = serde_json::to_vec(result).map_err(|_| FlowError::Internal("a result"))?;
    Ok(Ended {
        number: row.number,
        state,
        problem: problem.map(str::to_owned),
        result: (!is_empty).then(|| Zeroizing::new(plain)),
        has_removed,
    })
}

/// Writes what came of a step and ends the transaction; without effect when the run is another's.
async fn write(bench: &Bench, mut tx: Tx, ended: &Ended) -> Result<(), Stop> {
    let of: (AccountId, ZoomRunId) = (bench.home.account, bench.run);
    let with = (bench.home.keys.as_ref(), now(&bench.gateway), bench.gateway.rng());
    if !zoom_step::end(&mut tx, of, (&bench.lease, ended), with).await? {
        return Err(Stop::Lost);
    }
    Ok(tx.commit().await?)
}

/// Values that Zoom did not take, by attribute: what a person's row keeps after a step.
fn still_ignored(kept: Option<&ZoomPerson>, sent: &[Attribute], now: &Values) -> Result<Values, FlowError> {
    let mut all = kept.map(people::ignored).transpose()?.unwrap_or_default();
    for attribute in sent {
        all.set(*attribute, "");
    }
    for (attribute, value) in now.iter() {
        if value.is_empty() {
            all.set_empty(attribute);
        } else {
            all.set(attribute, value);
        }
    }
    Ok(all)
}

fn encode_ignored(ignored: &Values) -> Result<Option<Zeroizing<Vec<u8>>>, FlowError> {
    if *ignored == Values::default() {
        return Ok(None);
    }
    let plain = serde_json::to_vec(ignored).map_err(|_| FlowError::Internal("ignored values"))?;
    Ok(Some(Zeroizing::new(plain)))
}
