//! Rounds, medians, the table.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

use crate::row::Row;

/// How long one row is called in a round, at least.
const TURN: Duration = Duration::from_millis(3);

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Microseconds per call, per row, of one round.
type Round = Vec<f64>;

/// Calls every row in turns, each round beginning with another.
pub fn run(rows: &mut [Row<'_>], rounds: usize) -> Vec<Round> {
    let calls: Vec<u32> = rows.iter_mut().map(calibrate).collect();
    (0..rounds)
        .map(|round| {
            let mut times = vec![0.0; rows.len()];
            for turn in 0..rows.len() {
                let at = (round + turn) % rows.len();
                times[at] = time(&mut rows[at], calls[at]);
            }
            times
        })
        .collect()
}

fn time(row: &mut Row<'_>, calls: u32) -> f64 {
    let before = cpu_time();
    (0..calls).for_each(|_| (row.call)());
    (cpu_time() - before).as_secs_f64() * 1e6 / f64::from(calls)
}

fn calibrate(row: &mut Row<'_>) -> u32 {
    let mut calls = 1;
    loop {
        let took = time(row, calls) * f64::from(calls);
        if took >= TURN.as_secs_f64() * 1e6 {
            return calls;
        }
        calls *= 2;
    }
}

/// The value a fraction `at` of the way up.
fn quantile(values: &[f64], at: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a fraction of a small length"
    )]
    let index = (at * (sorted.len() - 1) as f64).round() as usize;
    sorted[index]
}

struct Line {
    name: &'static str,
    bytes: Option<usize>,
    micros: f64,
    ratio: [f64; 3],
}

/// What was found.
pub struct Report {
    rounds: usize,
    lines: Vec<Line>,
    targets: Vec<(String, f64, [f64; 3])>,
}

impl Report {
    pub fn new(rows: &[Row<'_>], rounds: &[Round]) -> Self {
        let column = |name: &str| rows.iter().position(|row| row.name == name);
        let ratio = |of: usize, to: usize| {
            let values: Vec<f64> = rounds.iter().map(|round| round[of] / round[to]).collect();
            [0.5, 0.25, 0.75].map(|at| quantile(&values, at))
        };
        let floor = column("floor").unwrap_or(0);
        let lines = rows
            .iter()
            .enumerate()
            .map(|(at, row)| Line {
                name: row.name,
                bytes: row.bytes,
                micros: quantile(&rounds.iter().map(|round| round[at]).collect::<Vec<_>>(), 0.5),
                ratio: ratio(at, floor),
            })
            .collect();
        let target = |of: &str, to: &str, wanted: &str, bound: f64| {
            Some((format!("{of} / {to}: {wanted} {bound}"), bound, ratio(column(of)?, column(to)?)))
        };
        let targets = [
            target("gatepost", "floor", "at most", 1.6),
            target("gatepost encrypted", "floor encrypted", "at most", 1.6),
            target("bergshamra", "gatepost", "at least", 2.5),
            target("samael", "gatepost", "at least", 15.0),
        ];
        Self { rounds: rounds.len(), lines, targets: targets.into_iter().flatten().collect() }
    }

    pub fn print(&self) {
        println!(
            "{}; {} rounds in turns, thread CPU time, medians",
            openssl::version::version(),
            self.rounds
        );
        println!();
        println!("| row | bytes | µs | µs per kB | x floor | quartiles |");
        println!("|---|---:|---:|---:|---:|---:|");
        for Line { name, bytes, micros, ratio: [median, low, high] } in &self.lines {
            let size = bytes.map_or_else(String::new, |bytes| bytes.to_string());
            let per_kb =
                bytes.map_or_else(String::new, |bytes| format!("{:.2}", micros * 1000.0 / bytes as f64));
            println!("| {name} | {size} | {micros:.2} | {per_kb} | {median:.3} | {low:.3}-{high:.3} |");
        }
        println!();
        for (name, _, [median, low, high]) in &self.targets {
            println!("{name}: {median:.2} (quartiles {low:.2}-{high:.2})");
        }
    }

    pub fn json(&self) -> Value {
        let rows: Vec<_> = self
            .lines
            .iter()
            .map(|line| json!({ "name": line.name, "bytes": line.bytes, "micros": line.micros, "floor_ratio": line.ratio }))
            .collect();
        let targets: Vec<_> = self
            .targets
            .iter()
            .map(|(name, bound, ratio)| json!({ "name": name, "bound": bound, "ratio": ratio }))
            .collect();
        json!({
            "openssl": openssl::version::version(),
            "rounds": self.rounds,
            "ratios": "median, lower quartile, upper quartile",
            "rows": rows,
            "targets": targets,
        })
    }
}
