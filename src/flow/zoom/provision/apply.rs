//! Carrying out a plan: what frees licences first, several steps of one kind side by side, each person once.

use std::sync::Arc;

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
use crate::zoom::carry::{Carried, carry_out, carry_out_again, is_protected};
use crate::zoom::provision::plan::{Action, Person, Standing, Step};
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
}

/// Carries out what is left of a run.
pub(super) async fn apply(
    gateway: &Gateway,
    (home, claimed): (&Home, &mut Claimed),
    zoom: &Zoom,
) -> Result<(), Stop> {
    let of = (home.account, claimed.row.id);
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
        });
        let mut tasks = JoinSet::new();
        for row in batch {
            let bench = Arc::clone(&bench);
            tasks.spawn(async move {
                match tokio::time::timeout(LONGEST, one(&bench, row)).await {
                    Ok(done) => done,
                    Err(_) => Err(Stop::Zoom(ApiError::Unknown { tracking: None })),
                }
            });
        }
        let mut stopped = None;
        while let Some(joined) = tasks.join_next().await {
            match joined {
                Ok(Ok(())) => claimed.has_moved = true,
                Ok(Err(stop)) => stopped = Some(worse(stopped, stop)),
                Err(_) => stopped = Some(worse(stopped, Stop::Flow(FlowError::Internal("a step")))),
            }
        }
        if let Some(stop) = stopped {
            return Err(stop);
        }
    }
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
async fn one(bench: &Bench, row: RunStep) -> Result<(), Stop> {
    let step = read_step(&row.step)?;
    let Ok(user) = step.person.parse() else {
        return not_done(bench, &step, (&row, None), "changed_meanwhile").await;
    };
    let mut tx = bench.gateway.storage().read().await?;
    let known = people::find(&mut tx, &bench.home, user).await?;
    drop(tx);
    let Some(known) = known else {
        return not_done(bench, &step, (&row, None), "changed_meanwhile").await;
    };
    let Some(values) = still_right(&bench.settings, &step, &known.person) else {
        return not_done(bench, &step, (&row, Some(known)), "changed_meanwhile").await;
    };
    let has_role = step.changes.iter().any(|change| change.attribute == Attribute::Roles);
    let takes = matches!(step.action, Action::Disable | Action::Delete) || has_role;
    if let Some(id) = step.zoom_id.as_deref().filter(|_| takes) {
        match is_protected(&bench.zoom, id).await {
            Ok(false) => {}
            Ok(true) => return not_done(bench, &step, (&row, Some(known)), "protected").await,
            Err(error) if error.is_of_the_link() || error.passes() => return Err(Stop::Zoom(error)),
            Err(error) => return failed(bench, (&step, &row), known, &error).await,
        }
    }
    if let Some(address) = &step.withdraws {
        match bench.zoom.scim_find(address).await {
            // They have accepted since: that is for the next plan.
            Ok(Some(_)) => return not_done(bench, &step, (&row, Some(known)), "changed_meanwhile").await,
            Ok(None) | Err(ApiError::NotFound) => {}
            Err(error) if error.is_of_the_link() || error.passes() => return Err(Stop::Zoom(error)),
            Err(error) => return failed(bench, (&step, &row), known, &error).await,
        }
    }
    // Listed before this process counted its own: any try is another's.
    let carried = if row.tries > 0 {
        let may_adopt = may_adopt(bench, &known.person, &values).await?;
        carry_out_again(&bench.zoom, &step, &values, may_adopt).await
    } else {
        carry_out(&bench.zoom, &step, &values).await
    };
    match carried {
        Ok(carried) => done(bench, (&step, &row), known, (&values, carried)).await,
        // Deleting has a scope of its own: what it is missing for keeps nothing else from being done.
        Err(error @ ApiError::ScopeMissing { .. }) if step.action == Action::Delete => {
            failed(bench, (&step, &row), known, &error).await
        }
        // Nothing of this link works, or nothing works now: the step stays as it is.
        Err(error) if error.is_of_the_link() => Err(Stop::Zoom(error)),
        Err(error)
            if error.passes()
                && (!matches!(error, ApiError::Unknown { .. }) || row.tries < MAX_STEP_TRIES) =>
        {
            Err(Stop::Zoom(error))
        }
        Err(error) => failed(bench, (&step, &row), known, &error).await,
    }
}

/// The values that the person is to have, if the step is still right for them.
fn still_right(settings: &Settings, step: &Step, person: &Person) -> Option<Values> {
    let values = wanted(&settings.rules, &settings.mapping, person).ok().flatten().map(|(_, values)| values);
    let linked = person.link.as_ref().map(|link| link.zoom_id.as_str());
    let is_linked = linked == step.zoom_id.as_deref();
    match step.action {
        // Who has another address by now, or another Zoom user, does not get the one of before.
        Action::Create | Action::Update | Action::Adopt => values.filter(|values| {
            let name = values.get(Attribute::UserName);
            let is_theirs = step.adopted_by.is_none() || linked.is_none() || is_linked;
            is_theirs && step.address().is_none_or(|address| name == Some(address))
        }),
        Action::Disable => (values.is_none() && is_linked).then(Values::default),
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
    known: Known,
    (values, carried): (&Values, Carried),
) -> Result<(), Stop> {
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
            let ignored = still_ignored(kept, &sent, &carried.ignored)?;
            let invited =
                values.get(Attribute::UserName).map(|name| Zeroizing::new(name.as_bytes().to_vec()));
            let person = ZoomPerson {
                user_id,
                zoom_id: carried.zoom_id.clone(),
                rule: step.rule.clone(),
                taken: carried.taken.or_else(|| kept.and_then(|kept| kept.taken)),
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
                    return not_done(bench, step, (row, Some(known)), "duplicate").await;
                }
                saved => saved?,
            }
        }
    }
    let result = StoredResult { said: None, ignored: carried.ignored };
    let ended = ended(row, ZoomStepState::Done, None, &result, has_removed)?;
    write(bench, tx, &ended).await
}

async fn failed(
    bench: &Bench,
    (step, row): (&Step, &RunStep),
    known: Known,
    error: &ApiError,
) -> Result<(), Stop> {
    let tracking = error.tracking().map(|id| format!("(x-zm-trackingid {id})"));
    let said = match error {
        ApiError::Refused { said, .. } => {
            Some(tracking.map_or_else(|| said.clone(), |tracking| format!("{said} {tracking}")))
        }
        _ => tracking,
    };
    let result = StoredResult { said, ignored: Values::default() };
    let mut tx = bench.gateway.storage().write().await?;
    blame(bench, &mut tx, (step, Some(&known)), error.kind()).await?;
    let ended = ended(row, ZoomStepState::Failed, Some(error.kind()), &result, false)?;
    write(bench, tx, &ended).await
}

/// Keeps that nothing was done, and why.
async fn not_done(
    bench: &Bench,
    step: &Step,
    (row, known): (&RunStep, Option<Known>),
    cause: &'static str,
) -> Result<(), Stop> {
    let state = if cause == "changed_meanwhile" { ZoomStepState::Skipped } else { ZoomStepState::Failed };
    let mut tx = bench.gateway.storage().write().await?;
    if state == ZoomStepState::Failed {
        blame(bench, &mut tx, (step, known.as_ref()), cause).await?;
    }
    let ended = ended(row, state, Some(cause), &StoredResult::default(), false)?;
    write(bench, tx, &ended).await
}

/// Remembers with the person what went wrong.
async fn blame(
    bench: &Bench,
    tx: &mut Tx,
    (step, known): (&Step, Option<&Known>),
    problem: &str,
) -> Result<(), Stop> {
    let now = now(&bench.gateway);
    let user_id = step.person.parse().map_err(|_| FlowError::Internal("a step without its person"))?;
    let none = ZoomPerson {
        user_id,
        zoom_id: None,
        rule: None,
        taken: None,
        ignored: None,
        is_pending: false,
        invited: None,
        is_off: false,
        problem: None,
        changed_at: now,
    };
    let kept = known.and_then(|known| known.kept.clone()).unwrap_or(none);
    let problem = Some(problem.to_owned());
    Ok(save(bench, tx, &ZoomPerson { problem, changed_at: now, ..kept }).await?)
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
