//! Jobs: asking for work inside of a transaction, and handing it to whoever does it.
//!
//! # Invariants
//!
//! * A job is somebody's for [`LEASE_SECONDS`]. Who does not give it back by then has lost it: another takes over, and
//!   what the first one says afterwards does not count any more. What a job does must bear being done again.
//! * A job that fails is tried again, later each time; after [`MAX_TRIES`] it is given up and stays to be seen
//!   (`gatepost job list`).
//! * A process whose clock differs too much from the database's takes nothing.
//! * Nothing personal and nothing secret stands in a job's input or problem.
//!
//! To add a kind: a variant of [`JobKind`], its arm in `jobs`.

use super::check::Level;
use super::event::tell_home;
use super::{FlowError, Gateway, health};
use crate::access::{self, Action};
use crate::base::encoding::hex;
use crate::base::id::{AccountId, JobId};
use crate::base::sentence::sentence;
use crate::base::{Ctx, Instant, Rng};
use crate::directory::state::{JobKind, JobState};
use crate::storage::job::{self, Backlog, Job};
use crate::storage::{StorageError, Tx};

/// How long a job may take.
pub const LEASE_SECONDS: i64 = 300;
/// How often a job is begun before it is given up.
pub const MAX_TRIES: i64 = 8;
const FIRST_WAIT_SECONDS: i64 = 30;
const LONGEST_WAIT_SECONDS: i64 = 3600;
/// A job that this program does not know is left to one that does: nodes are replaced one by one.
const STRANGE_WAIT_SECONDS: i64 = 60;
const LISTED: i64 = 1000;
/// The longest text of a problem that is kept.
const MAX_PROBLEM: usize = 500;

/// A job to be done.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Whose, if it is an account's.
    pub account: Option<AccountId>,
    /// What it does.
    pub kind: JobKind,
    /// What makes it the same as another of its kind: the same is done once.
    pub key: String,
    /// What it works on: ids.
    pub input: serde_json::Value,
    /// Not before.
    pub run_at: Instant,
}

/// A job that is ours for now.
#[derive(Debug)]
pub struct Claimed {
    /// What it does.
    pub kind: JobKind,
    /// What it works on.
    pub input: serde_json::Value,
    id: JobId,
    tries: i64,
    lease: String,
}

/// A job as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobView {
    /// Its id.
    pub id: JobId,
    /// Whose, if it is an account's.
    pub account: Option<AccountId>,
    /// What it does.
    pub kind: String,
    /// What makes it the same as another of its kind.
    pub key: String,
    /// Its state.
    pub state: JobState,
    /// Whether somebody is at it.
    pub is_running: bool,
    /// How often it was begun.
    pub tries: i64,
    /// Not before.
    pub run_at: Instant,
    /// How the last try went wrong.
    pub problem: Option<String>,
}

/// The turn of a periodic job, ours for now.
#[derive(Debug)]
pub struct Turn {
    name: &'static str,
    lease: String,
}

/// Asks for a job in the caller's transaction: it is asked for if the rest is done, and else not. Asking for what was
/// asked for before changes nothing.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn ask(tx: &mut Tx, ctx: &Ctx, new: NewJob, rng: &Rng) -> Result<(), FlowError> {
    let job = Job {
        account_id: new.account,
        id: JobId::make(ctx.now, rng),
        kind: new.kind.name().to_owned(),
        key: new.key,
        input: new.input.to_string(),
        state: JobState::Waiting,
        tries: 0,
        run_at: new.run_at,
        leased_until: None,
        problem: None,
        created_at: ctx.now,
    };
    job::insert(tx, &job).await?;
    Ok(())
}

/// Takes the next job whose turn it is, of any kind.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn claim(gateway: &Gateway, ctx: &Ctx) -> Result<Option<Claimed>, FlowError> {
    claim_but(gateway, ctx, &[]).await
}

/// The same, and leaves jobs of those kinds to others.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn claim_but(gateway: &Gateway, ctx: &Ctx, but: &[JobKind]) -> Result<Option<Claimed>, FlowError> {
    access::decide(ctx.actor, Action::RunJobs)?;
    loop {
        // Looking costs no turn at writing.
        let mut tx = gateway.storage().read().await?;
        if !job::is_any_due(&mut tx, but, ctx.now).await? {
            return Ok(None);
        }
        drop(tx);
        if is_clock_wrong(gateway).await? {
            return Ok(None);
        }
        let lease = draw_lease(gateway.rng());
        let mut tx = gateway.storage().write().await?;
        let until = ctx.now.plus_seconds(LEASE_SECONDS);
        let Some(found) = job::claim(&mut tx, (&lease, but), (ctx.now, until)).await? else {
            return Ok(None);
        };
        let held = (found.id, lease.as_str());
        let Ok(kind) = found.kind.parse::<JobKind>() else {
            let later = ctx.now.plus_seconds(STRANGE_WAIT_SECONDS);
            let problem = Some("a job that this version does not know");
            job::update_claimed(&mut tx, held, (JobState::Waiting, later), problem, ctx.now).await?;
            tx.commit().await?;
            continue;
        };
        if found.tries > MAX_TRIES {
            // It was begun so often and never came to an end, not even a bad one.
            let problem = found.problem.as_deref().unwrap_or("it was begun and never ended");
            job::update_claimed(&mut tx, held, (JobState::Dead, found.run_at), Some(problem), ctx.now)
                .await?;
            tx.commit().await?;
            continue;
        }
        let input = serde_json::from_str(&found.input).map_err(|_| StorageError::Corrupt("jobs.input"))?;
        tx.commit().await?;
        return Ok(Some(Claimed { kind, input, id: found.id, tries: found.tries, lease }));
    }
}

/// Gives a job back with what came of it; whether it was still ours.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn finish(
    gateway: &Gateway,
    ctx: &Ctx,
    claimed: &Claimed,
    result: Result<(), &str>,
) -> Result<bool, FlowError> {
    access::decide(ctx.actor, Action::RunJobs)?;
    let state = match result {
        Ok(()) => JobState::Done,
        Err(_) if claimed.tries >= MAX_TRIES => JobState::Dead,
        Err(_) => JobState::Waiting,
    };
    let run_at = ctx.now.plus_seconds(wait_seconds(claimed.tries, gateway.rng()));
    let problem = result.err().map(|problem| problem.chars().take(MAX_PROBLEM).collect::<String>());
    let mut tx = gateway.storage().write().await?;
    let held = (claimed.id, claimed.lease.as_str());
    let is_ours = job::update_claimed(&mut tx, held, (state, run_at), problem.as_deref(), ctx.now).await?;
    tx.commit().await?;
    Ok(is_ours)
}

/// Takes the turn of the periodic job `name`, if it is due and nobody else has it.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn claim_turn(gateway: &Gateway, ctx: &Ctx, name: &'static str) -> Result<Option<Turn>, FlowError> {
    access::decide(ctx.actor, Action::RunJobs)?;
    let mut tx = gateway.storage().read().await?;
    if !job::is_periodic_due(&mut tx, name, ctx.now).await? {
        return Ok(None);
    }
    drop(tx);
    if is_clock_wrong(gateway).await? {
        return Ok(None);
    }
    let lease = draw_lease(gateway.rng());
    let until = ctx.now.plus_seconds(LEASE_SECONDS);
    let mut tx = gateway.storage().write().await?;
    let is_ours = job::claim_periodic(&mut tx, name, &lease, (ctx.now, until)).await?;
    tx.commit().await?;
    Ok(is_ours.then_some(Turn { name, lease }))
}

/// Gives a turn back; the next one comes after `every_seconds`, whatever came of this one.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn finish_turn(
    gateway: &Gateway,
    ctx: &Ctx,
    turn: &Turn,
    every_seconds: i64,
    result: Result<(), &str>,
) -> Result<bool, FlowError> {
    access::decide(ctx.actor, Action::RunJobs)?;
    let problem = result.err().map(|problem| problem.chars().take(MAX_PROBLEM).collect::<String>());
    let next_at = ctx.now.plus_seconds(every_seconds);
    let mut tx = gateway.storage().write().await?;
    let held = (turn.name, turn.lease.as_str());
    let is_ours = job::update_periodic(&mut tx, held, next_at, problem.as_deref(), ctx.now).await?;
    tx.commit().await?;
    Ok(is_ours)
}

/// How much there is to do.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn backlog(gateway: &Gateway, ctx: &Ctx) -> Result<Backlog, FlowError> {
    access::decide(ctx.actor, Action::RunJobs)?;
    let mut tx = gateway.storage().read().await?;
    Ok(job::backlog(&mut tx).await?)
}

/// Jobs in `state`, the first of them.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn list(gateway: &Gateway, ctx: &Ctx, state: JobState) -> Result<Vec<JobView>, FlowError> {
    access::decide(ctx.actor, Action::ReadJobs)?;
    let mut tx = gateway.storage().read().await?;
    let jobs = job::list(&mut tx, state, LISTED).await?;
    let view = |job: Job| JobView {
        id: job.id,
        account: job.account_id,
        kind: job.kind,
        key: job.key,
        state: job.state,
        is_running: job.leased_until.is_some_and(|until| until > ctx.now),
        tries: job.tries,
        run_at: job.run_at,
        problem: job.problem,
    };
    Ok(jobs.into_iter().map(view).collect())
}

/// Has a job that was given up tried again, from the beginning.
///
/// # Errors
/// [`FlowError::NotFound`] without such a job, [`FlowError::Invalid`] when it was not given up.
pub async fn retry(gateway: &Gateway, ctx: &Ctx, id: JobId) -> Result<(), FlowError> {
    access::decide(ctx.actor, Action::ManageJobs)?;
    let mut tx = gateway.storage().write().await?;
    let found = job::find(&mut tx, id).await?.ok_or(FlowError::NotFound("job"))?;
    if !job::update_retried(&mut tx, id, ctx.now).await? {
        return Err(FlowError::Invalid(match found.state {
            JobState::Done => sentence!("the job is done; only one that was given up is retried"),
            JobState::Waiting | JobState::Dead => {
                sentence!("the job waits to be done; only one that was given up is retried")
            }
        }));
    }
    let account = found.account_id.map(|account| account.to_string());
    let body = serde_json::json!({ "kind": found.kind, "account": account });
    tell_home(&mut tx, gateway, ctx, None, ("job.retried", id, &body)).await?;
    Ok(tx.commit().await?)
}

/// A process whose clock is wrong leaves the work to others, as proxies leave it none. By its clock the assertions that
/// were used today may be old, and their rows would go while others still accept them.
pub(super) async fn is_clock_wrong(gateway: &Gateway) -> Result<bool, FlowError> {
    let difference = health::clock_difference(gateway).await?;
    Ok(difference.is_some_and(|seconds| health::judge_clock(seconds) == Level::Wrong))
}

fn draw_lease(rng: &Rng) -> String {
    hex(&rng.bytes::<16>())
}

/// How long to wait after so many tries: twice as long each time, and a quarter more or less, so that what failed
/// together does not come back together.
fn wait_seconds(tries: i64, rng: &Rng) -> i64 {
    let doublings = u32::try_from(tries - 1).unwrap_or(0).min(20);
    jittered(FIRST_WAIT_SECONDS.saturating_mul(1 << doublings).min(LONGEST_WAIT_SECONDS), rng)
}

/// `seconds`, a quarter more or less.
pub(super) fn jittered(seconds: i64, rng: &Rng) -> i64 {
    let span = (seconds / 2).max(1);
    let drawn = i64::from(u32::from_be_bytes(rng.bytes()));
    seconds - seconds / 4 + drawn.rem_euclid(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_differ_and_have_an_end() {
        let rng = Rng::seeded(1);
        for (tries, seconds) in [(1, 30), (2, 60), (3, 120), (7, 1920), (8, 3600), (100, 3600)] {
            for _ in 0..50 {
                let drawn = wait_seconds(tries, &rng);
                assert!((seconds * 3 / 4..=seconds * 5 / 4).contains(&drawn), "{tries}: {drawn}");
            }
        }
        let drawn: std::collections::BTreeSet<_> = (0..50).map(|_| wait_seconds(8, &rng)).collect();
        assert!(drawn.len() > 40, "{drawn:?}");
    }
}
