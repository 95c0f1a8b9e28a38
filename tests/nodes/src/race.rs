//! One assertion at two gateways in the same moment, many times.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use gatepost_saml::mint::Seeded;
use serde::Deserialize;

use crate::http::{Answer, address_of, parse, request};
use crate::target::{Target, now};
use crate::visit::{self, Way};

/// What is to be raced.
#[derive(Debug, Deserialize)]
pub struct Race {
    target: Target,
    nodes: [String; 2],
    times: u64,
    /// From the portal two strangers bring the same assertion; with a request the same browser sends it twice.
    way: Way,
}

impl Race {
    /// Where one of the two comes from: each stranger from an address of their own.
    fn address(&self, number: u64, sender: u64) -> Ipv4Addr {
        match self.way {
            Way::Portal => address_of(number * 2 + sender),
            Way::Request => address_of(number),
        }
    }
}

/// Races, and tells how they ended and how far apart the two were sent.
pub fn run(race: &Race) -> String {
    let mut random = Seeded::new(u64::try_from(now().micros()).expect("after 1970"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut spreads: Vec<Duration> = Vec::new();
    let (mut won_by, mut new, mut codes) = ([0_u64; 2], 0_u64, std::collections::BTreeMap::new());
    let mut wrong = Vec::new();
    for number in 0..race.times {
        let (cookies, form) = match race.way {
            Way::Portal => (String::new(), race.target.form(number, &mut random, None)),
            Way::Request => {
                let mut connection = crate::http::Connection::new(&race.nodes[0], race.target.host());
                let started =
                    runtime.block_on(visit::start(&race.target, &mut connection)).expect("an answer");
                let started = started.unwrap_or_else(|answer| panic!("no request: {answer:?}"));
                (started.cookies, race.target.form(number, &mut random, Some(&started.request)))
            }
        };
        let bytes = [0, 1].map(|sender| {
            let address = race.address(number, sender);
            request("POST", &race.target.acs_path(), race.target.host(), &cookies, Some(address), Some(&form))
        });
        let (answers, spread) = both_at_once(&race.nodes, &bytes);
        spreads.push(spread);
        let sessions: Vec<_> = answers.iter().map(Answer::session).collect();
        match &sessions[..] {
            [Some(_), None] | [None, Some(_)] => {
                let winner = usize::from(sessions[0].is_none());
                won_by[winner] += 1;
                new += 1;
                let loser = &answers[1 - winner];
                *codes
                    .entry(format!("{} {}", loser.status, loser.code().unwrap_or("no code")))
                    .or_insert(0_u64) += 1;
            }
            // The same browser twice: the second is answered into the session that the first made.
            [Some(first), Some(second)] if first == second => {
                new += 1;
                *codes.entry("303 repeated".to_owned()).or_insert(0_u64) += 1;
            }
            _ => wrong.push(format!(
                "race {number}: {:?}",
                answers.iter().map(|a| (a.status, a.session().is_some(), a.code())).collect::<Vec<_>>()
            )),
        }
    }
    spreads.sort_unstable();
    let micros = |at: usize| spreads[at * (spreads.len() - 1) / 100].as_micros();
    serde_json::json!({
        "times": race.times, "exactly_one_session": new, "won_by": won_by, "the_other": codes,
        "spread_us": { "median": micros(50), "p95": micros(95), "max": micros(100) }, "wrong": wrong,
    })
    .to_string()
}

/// Sends a request on each of two open connections, released by a barrier. The spread is that of the first bytes written.
fn both_at_once(nodes: &[String; 2], requests: &[String; 2]) -> ([Answer; 2], Duration) {
    let (barrier, spinning) = (Barrier::new(2), AtomicU32::new(0));
    let went = |sender: usize| {
        let mut stream = TcpStream::connect(&nodes[sender]).expect("a node");
        stream.set_nodelay(true).expect("a socket");
        // Wakes both, and then neither waits for the other's thread to be scheduled.
        barrier.wait();
        spinning.fetch_add(1, Ordering::SeqCst);
        while spinning.load(Ordering::SeqCst) < 2 {
            std::hint::spin_loop();
        }
        let at = Instant::now();
        stream.write_all(requests[sender].as_bytes()).expect("a request sent");
        let (mut read, mut piece) = (Vec::new(), [0; 16384]);
        loop {
            if let Some(answer) = parse(&read).expect("an answer") {
                return (at, answer);
            }
            let length = stream.read(&mut piece).expect("an answer");
            assert!(length > 0, "closed before the answer");
            read.extend_from_slice(&piece[..length]);
        }
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| went(1));
        let (first_at, first) = went(0);
        let (second_at, second) = other.join().expect("a thread");
        let spread = first_at.max(second_at) - first_at.min(second_at);
        ([first, second], spread)
    })
}
