//! Many sign-ins at once, a ledger of what was answered, and a look afterwards whether it is true.

use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gatepost_saml::mint::Seeded;
use serde::Deserialize;
use tokio::time::{sleep, sleep_until, timeout};

use crate::http::{Connection, address_of};
use crate::target::{Target, now};
use crate::visit::{Way, start};

/// A browser that waits longer gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where nothing says how fast it goes: more than there will be in a second.
const AHEAD_A_SECOND: f64 = 5000.0;

/// Half a gigabyte. The messages of a load that takes more are made while it runs.
const MOST_AHEAD: f64 = 60_000.0;

/// Messages that were made before are valid for a few minutes.
const LONGEST_AHEAD_SECONDS: f64 = 120.0;

/// How finely the sign-ins are counted over time.
const TENTH: Duration = Duration::from_millis(100);

/// What is to be done.
#[derive(Debug, Clone, Deserialize)]
pub struct Load {
    target: Target,
    /// Addresses, used in turn.
    nodes: Vec<String>,
    way: Way,
    /// How many browsers there are at once.
    browsers: u64,
    /// Sign-ins a second; without it, each browser begins anew as soon as it is done.
    rate: Option<f64>,
    seconds: f64,
    /// Whether to keep a ledger, wait for a line on stdin, and then look everything up.
    #[serde(default)]
    ledger: bool,
    /// Every how many seconds to say on stderr how it goes.
    #[serde(default)]
    say_every: Option<f64>,
}

/// What is kept of a sign-in: what was posted, and the session, if one was answered.
struct Entry {
    form: Arc<str>,
    session: Option<String>,
}

#[derive(Default)]
struct Tally {
    outcomes: BTreeMap<String, u64>,
    micros: Vec<u32>,
    /// People who were in by the end of each tenth of a second, and not by that of the one before.
    each_tenth: Vec<u32>,
    ledger: Vec<Entry>,
}

/// What came of one sign-in.
struct Visit {
    outcome: String,
    form: Option<Arc<str>>,
    session: Option<String>,
    took: Duration,
    /// Since the load began.
    at: Duration,
}

impl Tally {
    fn note(&mut self, visit: Visit, is_kept: bool) {
        *self.outcomes.entry(visit.outcome).or_insert(0) += 1;
        if visit.session.is_some() {
            self.micros.push(u32::try_from(visit.took.as_micros()).unwrap_or(u32::MAX));
            let tenth = usize::try_from(visit.at.as_millis() / TENTH.as_millis()).expect("not that long");
            if self.each_tenth.len() <= tenth {
                self.each_tenth.resize(tenth + 1, 0);
            }
            self.each_tenth[tenth] += 1;
        }
        if let Some(form) = visit.form.filter(|_| is_kept) {
            self.ledger.push(Entry { form, session: visit.session });
        }
    }
}

struct Shared {
    load: Load,
    began: Instant,
    ends: Instant,
    next: AtomicU64,
    seed: u64,
    /// The messages by turn; empty when they are made while it runs.
    ahead: Vec<Arc<str>>,
    tally: Mutex<Tally>,
}

impl Load {
    /// How many messages can be made before it begins.
    fn ahead(&self) -> u64 {
        let wanted = self.rate.unwrap_or(AHEAD_A_SECOND) * self.seconds;
        let can_wait = self.way == Way::Portal && self.seconds <= LONGEST_AHEAD_SECONDS;
        match self.rate {
            _ if !can_wait => 0,
            Some(_) if wanted > MOST_AHEAD => 0,
            // It ends early when they are used up.
            _ => wanted.min(MOST_AHEAD).ceil() as u64,
        }
    }
}

/// A generator for each browser, or for each thread that mints. No two loads share one, at whatever moment they begin.
fn random(seed: u64, number: u64) -> Seeded {
    assert!(number < 1 << 12);
    Seeded::new((seed << 12) + number)
}

/// Makes that many messages on all cores.
fn mint_ahead(target: &Target, seed: u64, count: u64) -> Vec<Arc<str>> {
    let threads =
        std::thread::available_parallelism().map_or(1, |cores| u64::try_from(cores.get()).expect("cores"));
    let share = count.div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let minters: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || {
                    let mut random = random(seed, (1 << 12) - 1 - thread);
                    let turns = thread * share..((thread + 1) * share).min(count);
                    turns.map(|turn| target.form(turn, &mut random, None).into()).collect::<Vec<_>>()
                })
            })
            .collect();
        minters.into_iter().flat_map(|minter| minter.join().expect("a minter")).collect()
    })
}

/// Runs it. Says on stdout when it begins, and tells what came of it.
pub async fn run(load: Load) -> String {
    let seed = u64::try_from(now().micros()).expect("after 1970");
    let ahead = mint_ahead(&load.target, seed, load.ahead());
    println!("{}", serde_json::json!({ "begins": true, "minted_ahead": ahead.len() }));
    let began = Instant::now();
    let shared = Arc::new(Shared {
        began,
        ends: began + Duration::from_secs_f64(load.seconds),
        next: AtomicU64::new(0),
        seed,
        ahead,
        tally: Mutex::default(),
        load,
    });
    let talker = shared.load.say_every.map(|seconds| tokio::spawn(talk(Arc::clone(&shared), seconds)));
    let browsers: Vec<_> =
        (0..shared.load.browsers).map(|number| tokio::spawn(browse(Arc::clone(&shared), number))).collect();
    for browser in browsers {
        browser.await.expect("a browser");
    }
    if let Some(talker) = talker {
        talker.abort();
    }
    let seconds = shared.began.elapsed().as_secs_f64();
    let mut tally = std::mem::take(&mut *shared.tally.lock().expect("not poisoned"));
    tally.micros.sort_unstable();
    let answered = tally.micros.len();
    let at = |share: f64| {
        tally
            .micros
            .get(((answered.max(1) - 1) as f64 * share) as usize)
            .map_or(0.0, |micros| f64::from(*micros) / 1000.0)
    };
    let mut told = serde_json::json!({
        "seconds": (seconds * 10.0).round() / 10.0,
        "signed_in": answered,
        "per_second": (answered as f64 / seconds).round(),
        "outcomes": tally.outcomes,
        "milliseconds": { "p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": at(1.0) },
        "each_tenth": tally.each_tenth,
    });
    if shared.load.ledger {
        println!("{told}");
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).expect("a line");
        told = look_up(&shared.load, tally.ledger).await;
    }
    told.to_string()
}

async fn talk(shared: Arc<Shared>, seconds: f64) {
    loop {
        sleep(Duration::from_secs_f64(seconds)).await;
        let outcomes = shared.tally.lock().expect("not poisoned").outcomes.clone();
        eprintln!("{}", serde_json::json!({ "at": shared.began.elapsed().as_secs(), "outcomes": outcomes }));
    }
}

/// One browser after another, on one connection for each node.
async fn browse(shared: Arc<Shared>, number: u64) {
    let load = &shared.load;
    let mut connections: Vec<_> =
        load.nodes.iter().map(|node| Connection::new(node, load.target.host())).collect();
    let mut random = random(shared.seed, number);
    loop {
        let turn = shared.next.fetch_add(1, Ordering::Relaxed);
        // At a rate, each sign-in has its moment, whatever became of those before.
        let due = load
            .rate
            .map_or_else(Instant::now, |rate| shared.began + Duration::from_secs_f64(turn as f64 / rate));
        let is_used_up = !shared.ahead.is_empty() && turn >= shared.ahead.len() as u64;
        if due >= shared.ends || is_used_up {
            return;
        }
        sleep_until(due.into()).await;
        let (mut form, mut started_at) = (None, Instant::now());
        let visit = sign_in(&shared, turn, &mut connections, &mut random, (&mut form, &mut started_at));
        let (outcome, session) = match timeout(PATIENCE, visit).await {
            Ok(Ok((outcome, session))) => (outcome, session),
            Ok(Err(error)) => (format!("no answer: {}", error.kind()), None),
            Err(_) => ("no answer in time".to_owned(), None),
        };
        let is_lost = outcome.starts_with("no answer");
        let (took, at) = (started_at.elapsed(), shared.began.elapsed());
        let visit = Visit { outcome, form, session, took, at };
        shared.tally.lock().expect("not poisoned").note(visit, load.ledger);
        if is_lost {
            // The gateway is away for a moment; its browsers do not all spin.
            sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn sign_in(
    shared: &Shared,
    turn: u64,
    connections: &mut [Connection],
    random: &mut Seeded,
    (posted, started_at): (&mut Option<Arc<str>>, &mut Instant),
) -> std::io::Result<(String, Option<String>)> {
    let target = &shared.load.target;
    let count = u64::try_from(connections.len()).expect("some");
    let at = |turn: u64| usize::try_from(turn % count).expect("a node");
    let mut cookies = String::new();
    let mut request = None;
    if shared.load.way == Way::Request {
        match start(target, &mut connections[at(turn)]).await? {
            Ok(started) => (cookies, request) = (started.cookies, Some(started.request)),
            Err(answer) => return Ok((format!("{} at the start", answer.status), None)),
        }
    }
    let ahead = usize::try_from(turn).ok().and_then(|turn| shared.ahead.get(turn)).cloned();
    let form = ahead.unwrap_or_else(|| target.form(turn, random, request.as_deref()).into());
    *posted = Some(Arc::clone(&form));
    // What the identity provider takes is not Gatepost's time. It may bring the browser back to another node.
    *started_at = Instant::now();
    let answer = connections[at(turn + 1)].ask("POST", &target.acs_path(), &cookies, Some(&form)).await?;
    let session = answer.session();
    let outcome = match (answer.status, &session) {
        (303, Some(_)) => "signed in".to_owned(),
        (status, _) => format!("{status} {}", answer.code().unwrap_or("")).trim_end().to_owned(),
    };
    Ok((outcome, session))
}

/// Presents every session that was answered, and brings every assertion once more, as a stranger would.
async fn look_up(load: &Load, ledger: Vec<Entry>) -> serde_json::Value {
    let entries = Arc::new(ledger);
    let next = Arc::new(AtomicU64::new(0));
    let tally: Arc<Mutex<HashMap<&'static str, u64>>> = Arc::default();
    let codes: Arc<Mutex<BTreeMap<String, u64>>> = Arc::default();
    let workers = (0..16).map(|_| {
        let (entries, next, tally, codes, load) =
            (Arc::clone(&entries), Arc::clone(&next), Arc::clone(&tally), Arc::clone(&codes), load.clone());
        tokio::spawn(async move {
            let mut connection = Connection::new(&load.nodes[0], load.target.host());
            loop {
                let at = usize::try_from(next.fetch_add(1, Ordering::Relaxed)).expect("an index");
                let Some(entry) = entries.get(at) else { return };
                let count = |what| *tally.lock().expect("not poisoned").entry(what).or_insert(0) += 1;
                if let Some(session) = &entry.session {
                    count("answered");
                    let me = connection.ask("GET", "/me", session, None).await.expect("an answer");
                    if me.status != 200 {
                        count("lost");
                    }
                } else {
                    count("unanswered");
                }
                let stranger = Some(address_of(at as u64));
                let again = connection
                    .ask_from(stranger, "POST", &load.target.acs_path(), "", Some(&entry.form))
                    .await
                    .expect("an answer");
                let code = again.code().unwrap_or("").to_owned();
                let outcome = format!("{} {code}", again.status);
                *codes.lock().expect("not poisoned").entry(outcome.trim_end().to_owned()).or_insert(0) += 1;
                match (&entry.session, again.session()) {
                    (Some(_), Some(_)) => count("accepted_twice"),
                    (None, Some(_)) => count("accepted_at_the_second_try"),
                    (None, None) if code == "assertion_replayed" => count("committed_but_unanswered"),
                    _ => {}
                }
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.expect("a worker");
    }
    let tally = tally.lock().expect("not poisoned");
    let mut told: BTreeMap<&str, serde_json::Value> = [
        "answered",
        "unanswered",
        "lost",
        "accepted_twice",
        "accepted_at_the_second_try",
        "committed_but_unanswered",
    ]
    .into_iter()
    .map(|name| (name, tally.get(name).copied().unwrap_or(0).into()))
    .collect();
    told.insert("brought_again", serde_json::json!(*codes.lock().expect("not poisoned")));
    serde_json::json!(told)
}
