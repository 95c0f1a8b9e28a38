//! Rank 5: work without a request: jobs that transactions asked for, and what is done every so often.
//!
//! Any number of nodes run this on one database. Each piece of work is somebody's for a limited time
//! ([`crate::flow::job`]); who does it, and when it counts as done, is decided there and not here.
//!
//! To add periodic work: a line in `PERIODIC`. To add a kind of job: an arm in `work`; where somebody else's server decides
//! how long it takes, its place in `WORKERS`. What waits in a table of its own, under leases of its own (webhooks, what Zoom
//! told, runs of provisioning, inventories), has its workers in [`run`].

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::base::id::AccountId;
use crate::base::{Actor, Ctx};
use crate::directory::state::JobKind;
use crate::flow::connection::refresh;
use crate::flow::job::{self, Claimed, LEASE_SECONDS};
use crate::flow::user::erase;
use crate::flow::webhook::deliver;
use crate::flow::zoom::event::{forget, forward};
use crate::flow::zoom::provision::{follow, turn};
use crate::flow::zoom::{check, inventory};
use crate::flow::{FlowError, Gateway, attempt_seal, deadline, domain, mail, sweep};

/// How often one looks for something to do.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often the numbers of what waits are told.
const TELL_EVERY: Duration = Duration::from_secs(10);
/// Those who do jobs side by side in one process, by the kinds that each leaves to the others. Most jobs wait for somebody
/// else's server, and a tenant may name a thousand slow ones: whatever waits for those, mail and erasures go on, and so do
/// looks at domains.
const WORKERS: &[&[JobKind]] =
    &[&[], &[], &[JobKind::MetadataRefresh], &[JobKind::MetadataRefresh, JobKind::DomainCheck]];
/// Webhooks that one process tells side by side; they wait for servers of tenants, and keep no other work waiting.
const WEBHOOK_WORKERS: usize = 2;
/// How long work that is under way is waited for at the end: a look at every account takes minutes in a large house.
pub const END_PATIENCE: Duration = Duration::from_secs(10);
/// Runs of provisioning into Zoom that one process works on side by side, and inventories. They wait for Zoom, for as long
/// as it takes; whoever has had a turn lets others have theirs ([`crate::flow::zoom::work::TURN_SECONDS`]).
const ZOOM_RUN_WORKERS: usize = 4;
const ZOOM_INVENTORY_WORKERS: usize = 2;
/// Less than the lease, so that what is given up here is not yet somebody else's.
const LIMIT: Duration = Duration::from_secs(LEASE_SECONDS.unsigned_abs() - 30);

type Work<'a> = Pin<Box<dyn Future<Output = Result<(), FlowError>> + Send + 'a>>;

/// Work that is done every so often, by one node at a time.
struct Periodic {
    name: &'static str,
    every_seconds: i64,
    work: for<'a> fn(&'a Gateway, &'a Ctx) -> Work<'a>,
}

const PERIODIC: &[Periodic] = &[
    Periodic { name: "sweep", every_seconds: 60, work: |gateway, ctx| Box::pin(sweep::sweep(gateway, ctx)) },
    Periodic {
        name: "metadata",
        every_seconds: 60,
        work: |gateway, ctx| Box::pin(refresh::ask_due(gateway, ctx)),
    },
    Periodic {
        name: "domains",
        every_seconds: 3600,
        work: |gateway, ctx| Box::pin(domain::check::ask_due(gateway, ctx)),
    },
    Periodic {
        name: "deadlines",
        every_seconds: 3600,
        work: |gateway, ctx| Box::pin(deadline::notice::run(gateway, ctx)),
    },
    Periodic {
        name: "attempt_seal",
        every_seconds: 600,
        work: |gateway, ctx| Box::pin(attempt_seal::seal(gateway, ctx)),
    },
    Periodic {
        name: "zoom_checks",
        every_seconds: 60,
        work: |gateway, ctx| Box::pin(check::run_due(gateway, ctx)),
    },
    Periodic {
        name: "zoom_follow",
        every_seconds: 15,
        work: |gateway, ctx| Box::pin(follow::tick(gateway, ctx)),
    },
];

/// What a job does.
fn work<'a>(gateway: &'a Gateway, ctx: &'a Ctx, claimed: &'a Claimed) -> Work<'a> {
    match claimed.kind {
        JobKind::Mail => Box::pin(mail::run_job(gateway, ctx, &claimed.input)),
        JobKind::MetadataRefresh => Box::pin(refresh::run_job(gateway, ctx, &claimed.input)),
        JobKind::DomainCheck => Box::pin(domain::check::run_job(gateway, ctx, &claimed.input)),
        JobKind::UserErasure => Box::pin(erase::run_job(gateway, ctx, &claimed.input)),
        JobKind::ZoomForgetting => Box::pin(forget::run_job(gateway, ctx, &claimed.input)),
    }
}

/// Works until `end` says so; what is under way then is finished, as far as [`END_PATIENCE`] goes. The rest is done again
/// by whoever comes next, as after a crash.
pub async fn run(gateway: Gateway, end: impl Future<Output = ()>) {
    let (ends, ended) = watch::channel(false);
    let mut tasks = JoinSet::new();
    tasks.spawn(repeat(ended.clone(), TELL_EVERY, {
        let gateway = gateway.clone();
        move || {
            let gateway = gateway.clone();
            async move {
                tell_backlog(&gateway).await;
                true
            }
        }
    }));
    let mut crew = Crew { tasks: &mut tasks, ended: &ended, gateway: &gateway };
    crew.of(1, |gateway| async move { !periodic(&gateway).await.is_empty() });
    for but in WORKERS {
        crew.of(1, move |gateway| async move { one(&gateway, but).await });
    }
    crew.of(WEBHOOK_WORKERS, |gateway| async move { webhooks(&gateway).await });
    crew.of(1, |gateway| async move { zoom_events(&gateway).await });
    crew.of(ZOOM_RUN_WORKERS, |gateway| async move { zoom_runs(&gateway, None).await });
    crew.of(ZOOM_INVENTORY_WORKERS, |gateway| async move { zoom_inventories(&gateway, None).await });
    end.await;
    let _ = ends.send(true);
    let rest = async { while tasks.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(END_PATIENCE, rest).await;
}

/// Those who work side by side in this process.
struct Crew<'a> {
    tasks: &'a mut JoinSet<()>,
    ended: &'a watch::Receiver<bool>,
    gateway: &'a Gateway,
}

impl Crew<'_> {
    /// Adds so many who do `once` again and again; it says whether there was something to do.
    fn of<F>(&mut self, number: usize, once: impl Fn(Gateway) -> F + Copy + Send + 'static)
    where
        F: Future<Output = bool> + Send + 'static,
    {
        for _ in 0..number {
            let gateway = self.gateway.clone();
            self.tasks.spawn(repeat(self.ended.clone(), LOOK_EVERY, move || {
                let done = once(gateway.clone());
                async move { !done.await }
            }));
        }
    }
}

/// Does `once` again and again; when there was nothing to do, after a while.
async fn repeat<F: Future<Output = bool>>(
    mut ended: watch::Receiver<bool>,
    pause: Duration,
    once: impl Fn() -> F,
) {
    while !*ended.borrow() {
        let was_idle = once().await;
        if was_idle {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = ended.changed() => {}
            }
        }
    }
}

/// Does everything whose turn it is now, one after the other: the names of the periodic jobs, and how many others.
pub async fn round(gateway: &Gateway) -> (Vec<&'static str>, usize) {
    let names = periodic(gateway).await;
    let mut done = 0;
    while one(gateway, &[]).await {
        done += 1;
    }
    (names, done)
}

/// Tells the webhook whose turn it is; whether there was one.
pub async fn webhooks(gateway: &Gateway) -> bool {
    let ctx = gateway.ctx(Actor::Job("webhooks"));
    gone_on(&ctx, deliver::some(gateway, &ctx).await)
}

/// Hands on what Zoom told, as much as is done at once; whether there was anything.
pub async fn zoom_events(gateway: &Gateway) -> bool {
    let ctx = gateway.ctx(Actor::Job("zoom_events"));
    gone_on(&ctx, forward::some(gateway, &ctx).await)
}

/// Goes on with the run of provisioning and the inventory whose turn it is, of one account or of whichever; whether there was
/// one.
pub async fn zoom(gateway: &Gateway, only: Option<AccountId>) -> bool {
    let run = zoom_runs(gateway, only).await;
    zoom_inventories(gateway, only).await || run
}

async fn zoom_runs(gateway: &Gateway, only: Option<AccountId>) -> bool {
    let ctx = gateway.ctx(Actor::Job("zoom"));
    gone_on(&ctx, turn::some(gateway, &ctx, only).await)
}

async fn zoom_inventories(gateway: &Gateway, only: Option<AccountId>) -> bool {
    let ctx = gateway.ctx(Actor::Job("zoom"));
    gone_on(&ctx, inventory::some(gateway, &ctx, only).await)
}

/// Whether there was something to do; what went wrong with it is told.
fn gone_on(ctx: &Ctx, done: Result<bool, FlowError>) -> bool {
    done.unwrap_or_else(|error| {
        tracing::error!(request = %ctx.request, "the work of {} could not be gone on with: {error}", ctx.actor);
        false
    })
}

/// Does the periodic jobs whose turn it is.
async fn periodic(gateway: &Gateway) -> Vec<&'static str> {
    let mut names = Vec::new();
    for Periodic { name, every_seconds, work } in PERIODIC {
        let ctx = gateway.ctx(Actor::Job(name));
        match job::claim_turn(gateway, &ctx, name).await {
            Ok(None) => {}
            Ok(Some(turn)) => {
                let problem = told(&ctx, name, limited(work(gateway, &ctx)).await);
                // Time has passed.
                let ctx = gateway.ctx(ctx.actor);
                let result = problem.as_deref().map_or(Ok(()), Err);
                let ended = job::finish_turn(gateway, &ctx, &turn, *every_seconds, result).await;
                tell_unended(&ctx, name, ended);
                names.push(*name);
            }
            Err(error) => tracing::error!(request = %ctx.request, "{name} could not be begun: {error}"),
        }
    }
    names
}

/// Tells the numbers of what there is to do. Where they cannot be read, they stay as they were.
pub async fn tell_backlog(gateway: &Gateway) {
    let ctx = gateway.ctx(Actor::Job("jobs"));
    let Ok(backlog) = job::backlog(gateway, &ctx).await else { return };
    let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    let age = backlog.first_at.map_or(0, |first_at| ctx.now.seconds_since(first_at).max(0));
    metrics::gauge!("gatepost_job_waiting").set(number(backlog.waiting));
    metrics::gauge!("gatepost_job_dead").set(number(backlog.dead));
    metrics::gauge!("gatepost_job_oldest_seconds").set(number(age));
}

/// Does one job that is of none of the kinds `but`, if there is one to do; whether there was.
async fn one(gateway: &Gateway, but: &[JobKind]) -> bool {
    let ctx = gateway.ctx(Actor::Job("jobs"));
    let claimed = match job::claim_but(gateway, &ctx, but).await {
        Ok(Some(claimed)) => claimed,
        Ok(None) => return false,
        Err(error) => {
            tracing::error!(request = %ctx.request, "jobs could not be looked for: {error}");
            return false;
        }
    };
    let name = claimed.kind.name();
    let ctx = gateway.ctx(Actor::Job(name));
    let problem = told(&ctx, name, limited(work(gateway, &ctx, &claimed)).await);
    let ctx = gateway.ctx(ctx.actor);
    let ended = job::finish(gateway, &ctx, &claimed, problem.as_deref().map_or(Ok(()), Err)).await;
    tell_unended(&ctx, name, ended);
    true
}

/// Counts what was done and tells what went wrong with it.
fn told(ctx: &Ctx, name: &'static str, done: Result<(), String>) -> Option<String> {
    let outcome = if done.is_ok() { "done" } else { "failed" };
    metrics::counter!("gatepost_job_total", "job" => name, "outcome" => outcome).increment(1);
    let problem = done.err()?;
    tracing::error!(request = %ctx.request, job = name, "a job failed: {problem}");
    Some(problem)
}

fn tell_unended(ctx: &Ctx, name: &'static str, ended: Result<bool, FlowError>) {
    match ended {
        Ok(true) => {}
        Ok(false) => {
            tracing::warn!(request = %ctx.request, job = name, "a job took so long that another node took over");
        }
        Err(error) => {
            tracing::error!(request = %ctx.request, job = name, "a job could not be ended: {error}");
        }
    }
}

async fn limited(work: impl Future<Output = Result<(), FlowError>>) -> Result<(), String> {
    match tokio::time::timeout(LIMIT, work).await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(_) => Err("it took too long".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::PERIODIC;
    use crate::words::LANGUAGES;

    #[test]
    fn what_is_done_again_and_again_is_told_in_words() {
        for text in LANGUAGES {
            for job in PERIODIC {
                assert!(text.operators.periodic(job.name).is_some(), "{}: {}", text.language(), job.name);
            }
        }
    }
}
