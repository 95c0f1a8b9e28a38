//! Jobs: done once, whoever does them; taken over when somebody dies over them; tried again; given up visibly.

use std::collections::BTreeSet;

use gatepost::base::Actor;
use gatepost::directory::state::JobState;
use gatepost::flow::job::{self, Claimed, LEASE_SECONDS, MAX_TRIES};
use gatepost::flow::{FlowError, Gateway};
use gatepost::jobs;

use crate::site::Site;

const RUNNER: Actor = Actor::Job("test");

/// Asks for `count` jobs that can never be done: they name no connection.
async fn ask(site: &Site, count: usize) {
    for number in 0..count {
        site.insert_job(&format!("{{\"number\":{number}}}"), number).await;
    }
}

async fn claim(gateway: &Gateway) -> Option<Claimed> {
    job::claim(gateway, &gateway.ctx(RUNNER)).await.unwrap()
}

async fn finish(gateway: &Gateway, claimed: &Claimed, result: Result<(), &str>) -> bool {
    job::finish(gateway, &gateway.ctx(RUNNER), claimed, result).await.unwrap()
}

async fn states(site: &Site) -> [usize; 3] {
    let mut counts = [0; 3];
    for (count, state) in counts.iter_mut().zip([JobState::Waiting, JobState::Done, JobState::Dead]) {
        let ctx = site.gateway.ctx(Actor::CommandLine);
        *count = job::list(&site.gateway, &ctx, state).await.unwrap().len();
    }
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_job_is_two_runners() {
    let site = Site::https().await;
    ask(&site, 40).await;
    let runners: Vec<_> = (0..6)
        .map(|_| {
            let gateway = site.gateway.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                while let Some(claimed) = claim(&gateway).await {
                    mine.push(claimed.input["number"].as_u64().unwrap());
                    assert!(finish(&gateway, &claimed, Ok(())).await);
                }
                mine
            })
        })
        .collect();
    let mut all = Vec::new();
    for runner in runners {
        all.extend(runner.await.unwrap());
    }
    assert_eq!(all.len(), 40);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), 40);
    assert_eq!(states(&site).await, [0, 40, 0]);
}

#[tokio::test]
async fn who_dies_over_a_job_loses_it() {
    let site = Site::https().await;
    ask(&site, 1).await;
    let dead = claim(&site.gateway).await.unwrap();
    assert!(claim(&site.gateway).await.is_none(), "somebody is at it");
    site.clock.advance(LEASE_SECONDS - 1);
    assert!(claim(&site.gateway).await.is_none());
    site.clock.advance(1);
    let heir = claim(&site.gateway).await.unwrap();
    assert_eq!(heir.input, dead.input);
    // The first one was only slow, and comes back: what it says does not count any more.
    assert!(!finish(&site.gateway, &dead, Ok(())).await);
    assert_eq!(states(&site).await, [1, 0, 0]);
    assert!(finish(&site.gateway, &heir, Ok(())).await);
    assert!(!finish(&site.gateway, &heir, Err("twice")).await);
    assert_eq!(states(&site).await, [0, 1, 0]);
}

#[tokio::test]
async fn what_fails_is_tried_again_later_each_time_and_given_up_visibly() {
    let site = Site::https().await;
    ask(&site, 1).await;
    let command_line = site.gateway.ctx(Actor::CommandLine);
    let mut waits = Vec::new();
    for done in 1..=MAX_TRIES {
        assert_eq!(jobs::round(&site.gateway).await.1, 1, "try {done}");
        assert_eq!(jobs::round(&site.gateway).await.1, 0, "not at once again");
        let waiting = job::list(&site.gateway, &command_line, JobState::Waiting).await.unwrap();
        let Some(view) = waiting.first() else { break };
        assert_eq!((view.tries, view.problem.is_some()), (done, true));
        waits.push(view.run_at.seconds_since(site.clock.now()));
        site.clock.set(view.run_at);
    }
    assert_eq!(waits.len(), usize::try_from(MAX_TRIES).unwrap() - 1);
    assert!(waits[0] < 60 && waits.last().unwrap() > &1000, "{waits:?}");
    let dead = job::list(&site.gateway, &command_line, JobState::Dead).await.unwrap();
    assert!(dead[0].problem.as_ref().unwrap().contains("without its connection"), "{dead:?}");
    site.clock.advance(1_000_000);
    assert_eq!(jobs::round(&site.gateway).await.1, 0, "given up");
    job::retry(&site.gateway, &command_line, dead[0].id).await.unwrap();
    let again = job::retry(&site.gateway, &command_line, dead[0].id).await;
    assert!(matches!(again, Err(FlowError::Invalid(_))), "{again:?}");
    assert_eq!(states(&site).await, [1, 0, 0]);
    site.clock.advance(1);
    assert_eq!(jobs::round(&site.gateway).await.1, 1);
}

#[tokio::test]
async fn what_kills_its_runner_again_and_again_is_given_up_too() {
    let site = Site::https().await;
    ask(&site, 1).await;
    for _ in 0..MAX_TRIES {
        claim(&site.gateway).await.unwrap();
        site.clock.advance(LEASE_SECONDS);
    }
    assert!(claim(&site.gateway).await.is_none());
    assert_eq!(states(&site).await, [0, 0, 1]);
}

#[tokio::test]
async fn asking_twice_is_asking_once_and_strangers_are_left_alone() {
    let site = Site::https().await;
    site.insert_job("{}", 1).await;
    site.insert_job("{}", 1).await;
    assert_eq!(states(&site).await, [1, 0, 0]);
    site.execute("UPDATE jobs SET kind = 'of_a_newer_version'").await;
    assert_eq!(jobs::round(&site.gateway).await.1, 0);
    assert_eq!(states(&site).await, [1, 0, 0], "left to a node that knows it");
}

#[tokio::test]
async fn only_the_command_line_administers_jobs_and_only_jobs_run_them() {
    let site = Site::https().await;
    let ctx = |actor| site.gateway.ctx(actor);
    assert!(job::list(&site.gateway, &ctx(Actor::Anonymous), JobState::Dead).await.is_err());
    assert!(job::claim(&site.gateway, &ctx(Actor::CommandLine)).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn periodic_work_is_done_by_one_node_at_a_time() {
    let site = Site::https().await;
    let turns: Vec<_> = (0..6)
        .map(|_| {
            let gateway = site.gateway.clone();
            tokio::spawn(
                async move { job::claim_turn(&gateway, &gateway.ctx(RUNNER), "sweep").await.unwrap() },
            )
        })
        .collect();
    let mut taken = Vec::new();
    for turn in turns {
        taken.extend(turn.await.unwrap());
    }
    assert_eq!(taken.len(), 1);
    let ctx = || site.gateway.ctx(RUNNER);
    // It dies over it: after the lease, another takes over, and the first one's word does not count.
    site.clock.advance(LEASE_SECONDS);
    let heir = job::claim_turn(&site.gateway, &ctx(), "sweep").await.unwrap().unwrap();
    assert!(!job::finish_turn(&site.gateway, &ctx(), &taken[0], 600, Ok(())).await.unwrap());
    assert!(job::finish_turn(&site.gateway, &ctx(), &heir, 600, Ok(())).await.unwrap());
    site.clock.advance(599);
    assert!(job::claim_turn(&site.gateway, &ctx(), "sweep").await.unwrap().is_none());
    site.clock.advance(1);
    assert!(job::claim_turn(&site.gateway, &ctx(), "sweep").await.unwrap().is_some());
}

#[tokio::test]
async fn a_round_does_what_is_due_and_no_more() {
    let site = Site::https().await;
    let (first, _) = jobs::round(&site.gateway).await;
    assert!(first.contains(&"sweep") && first.contains(&"metadata"), "{first:?}");
    assert!(jobs::round(&site.gateway).await.0.is_empty());
    site.clock.advance(60);
    assert_eq!(jobs::round(&site.gateway).await.0, ["sweep", "metadata", "zoom_checks", "zoom_follow"]);
    site.clock.advance(540);
    assert!(jobs::round(&site.gateway).await.0.contains(&"attempt_seal"));
    // What was done is kept for a day, so that asking again is known to be that, and then forgotten.
    site.insert_job("{\"connection\":\"conn_00000000000000000000000000\"}", 7).await;
    assert_eq!(jobs::round(&site.gateway).await.1, 1);
    assert_eq!(states(&site).await, [0, 1, 0]);
    site.clock.advance(2 * 86_400);
    jobs::round(&site.gateway).await;
    assert_eq!(states(&site).await, [0, 0, 0]);
}

#[tokio::test]
async fn the_runner_works_until_it_is_told_to_end() {
    let site = Site::https().await;
    site.insert_job("{\"connection\":\"conn_00000000000000000000000000\"}", 7).await;
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(jobs::run(site.gateway.clone(), async move { drop(ended.await) }));
    while states(&site).await != [0, 1, 0] {
        tokio::task::yield_now().await;
    }
    end.send(()).unwrap();
    running.await.unwrap();
}
