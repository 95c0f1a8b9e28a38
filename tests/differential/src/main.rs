//! The engine against bergshamra, samael (libxml2, libxmlsec1) and the program `xmlsec1`.
//!
//! Valid messages (and a corpus, where one is given) must be accepted by all with equal readings; no mutant may be
//! accepted here that none of them verifies, none may be read differently, none may fail here by a digest or signature
//! that fits there. What they verify and we refuse is counted by code, each with its reason ([`compare`]).
//!
//! ```text
//! DIFFERENTIAL_MUTANTS=100000  DIFFERENTIAL_LIBXML=6000  DIFFERENTIAL_XMLSEC1=300  DIFFERENTIAL_SEED=1
//! DIFFERENTIAL_CORPUS=DIR      DIFFERENTIAL_OUT=DIR (messages of hard disagreements)      cargo run
//! ```
//!
//! Exit status: 0 no hard disagreement and the shares hold, 1 otherwise.

mod compare;
mod confirm;
mod interop;
mod mutate;
mod peers;
mod quiet;
mod random;
mod reading;
mod report;
mod seeds;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use compare::{Finding, compare};
use confirm::confirm;
use gatepost_saml::{Code, StepName};
use peers::bergshamra::Bergshamra;
use peers::xmlsec1::{Own, Xmlsec1};
use peers::{View, libxml};
use report::{BERGSHAMRA, LIBXML, Tally, XMLSEC1};
use seeds::{Frame, Seed, Verdict};

#[expect(clippy::disallowed_methods, reason = "a program of its own: this is its configuration")]
fn setting(name: &str) -> Option<String> {
    std::env::var(format!("DIFFERENTIAL_{name}")).ok().filter(|value| !value.is_empty())
}

fn number(name: &str, default: u64) -> u64 {
    match setting(name) {
        Some(value) => value.parse().unwrap_or_else(|_| panic!("DIFFERENTIAL_{name} is a number")),
        None => default,
    }
}

/// How much is done.
struct Plan {
    seed: u64,
    mutants: u64,
    libxml: u64,
    xmlsec1: u64,
    scratch: PathBuf,
}

fn main() -> ExitCode {
    quiet::install();
    let plan = Plan {
        seed: number("SEED", 1),
        mutants: number("MUTANTS", 100_000),
        libxml: number("LIBXML", 6_000),
        xmlsec1: number("XMLSEC1", 300),
        scratch: setting("OUT").map_or_else(|| PathBuf::from("differential-out"), PathBuf::from),
    };
    if let Err(error) = std::fs::create_dir_all(&plan.scratch) {
        println!("{}: {error}", plan.scratch.display());
        return ExitCode::from(2);
    }
    println!("seed {}, mutants {}", plan.seed, plan.mutants);
    let mut good = seeds::minted();
    let minted = good.len();
    if let Some(folder) = setting("CORPUS") {
        match seeds::corpus(Path::new(&folder)) {
            Ok(corpus) => good.extend(corpus),
            Err(error) => {
                println!("{folder}: {error}");
                return ExitCode::from(2);
            }
        }
    }
    let valid = valid(&good, minted, &plan);
    valid.print("Valid messages");
    let mut program = Xmlsec1::new(&plan.scratch);
    let signed = interop::run(&good, program.as_mut());
    println!("\n## What they sign");
    signed.lines.iter().for_each(|line| println!("{line}"));
    // What is refused already is no valid message to begin from; it stands above.
    let usable: Vec<Seed> = good
        .into_iter()
        .filter(|seed| matches!(seed.frame.judge(seed.xml.as_bytes()), Verdict::Accepted(_)))
        .collect();
    let mutants = mutants(&usable, &plan);
    mutants.print("Mutants");
    let (well_formed, with_valid) = mutants.shares();
    let mut total = Tally::default();
    total.add(valid);
    total.add(mutants);
    for (what, message) in signed.hard {
        total.find(BERGSHAMRA, &Finding::Hard(what), "what they sign", message.as_bytes());
    }
    if let Err(error) = total.write_hard(&plan.scratch) {
        println!("{}: {error}", plan.scratch.display());
    }
    let holds = well_formed >= 30.0 && with_valid >= 10.0 && total.hard.is_empty();
    println!(
        "\nhard disagreements: {}; shares: well-formed {well_formed:.1} % (30), a valid signature {with_valid:.1} % (10)",
        total.hard.len()
    );
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A peer for each frame that a thread meets.
#[derive(Default)]
struct Peers(HashMap<usize, Bergshamra>);

impl Peers {
    fn of(&mut self, frame: &Arc<Frame>) -> &Bergshamra {
        self.0.entry(Arc::as_ptr(frame) as usize).or_insert_with(|| Bergshamra::new(frame))
    }
}

fn judged(frame: &Frame, xml: &[u8]) -> Result<Verdict, Finding> {
    quiet::caught(|| frame.judge(xml)).ok_or_else(|| Finding::Hard("a panic here".to_owned()))
}

/// What one thread works with.
struct Bench {
    peers: Peers,
    program: Option<Xmlsec1>,
    tally: Tally,
}

impl Bench {
    fn new(scratch: &Path) -> Self {
        Self { peers: Peers::default(), program: Xmlsec1::new(scratch), tally: Tally::default() }
    }

    /// One message through everybody.
    fn check(&mut self, seed: &Seed, xml: &[u8], what: &str, also_libxml: bool) -> Option<Verdict> {
        let (frame, tally) = (&seed.frame, &mut self.tally);
        let ours = match judged(frame, xml) {
            Ok(verdict) => verdict,
            Err(finding) => {
                tally.find(BERGSHAMRA, &finding, what, xml);
                return None;
            }
        };
        // The byte order mark is no character of the text.
        let bytes = xml.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(xml);
        let text = std::str::from_utf8(bytes).ok();
        let bergshamra = self.peers.of(frame);
        let view = text.map_or(View::NotXml, |text| bergshamra.view(text));
        tally.look(&ours, &view);
        let finding = compare(&ours, &view);
        tally.find(BERGSHAMRA, &finding, what, xml);
        if let Some(text) = text.filter(|text| also_libxml && !text.contains('\0')) {
            check_libxml(frame, text, &ours, what, tally);
        }
        if let (Finding::Unconfirmed, Verdict::Accepted(reading)) = (&finding, &ours) {
            let confirmed =
                text.and_then(|text| confirm(seed, text, reading, &view, bergshamra, self.program.as_mut()));
            match confirmed {
                Some(who) => *tally.confirmed.entry(who).or_default() += 1,
                None => {
                    let why = format!("accepted here, verified by nobody: {view:?}");
                    tally.find(BERGSHAMRA, &Finding::Hard(why), what, xml);
                }
            }
        }
        Some(ours)
    }
}

/// Against libxml2's view.
fn check_libxml(frame: &Frame, text: &str, ours: &Verdict, what: &str, tally: &mut Tally) {
    let theirs = libxml::view(frame, text);
    tally.libxml += 1;
    tally.note(ours, LIBXML, if theirs.is_ok() { "verifies" } else { "refuses" });
    let finding = match (ours, &theirs) {
        (Verdict::Accepted(reading), Ok(other)) if reading == other => Finding::Agrees,
        (Verdict::Accepted(reading), Ok(other)) => {
            Finding::Hard(format!("readings differ: {reading:?} here, {other:?} there"))
        }
        (
            Verdict::Refused(_, Code::DigestMismatch | Code::SignatureInvalid | Code::SignatureKeyUnknown),
            Ok(_),
        ) => Finding::Hard("a signature does not fit here, and all of them verify there".to_owned()),
        (Verdict::Refused(_, code), Ok(_)) if compare::reason(*code).is_some() => Finding::Stricter(*code),
        (Verdict::Refused(_, code), Ok(_)) => {
            Finding::Hard(format!("{} is no accounted reason", code.name()))
        }
        (_, Err(_)) => Finding::Agrees,
    };
    tally.find(LIBXML, &finding, what, text.as_bytes());
}

/// RSA-PSS, which the program in Debian 12 does not know.
fn has_pss(seed: &Seed) -> bool {
    seed.xml.contains("-rsa-MGF1")
}

/// Every valid message: accepted here, confirmed there, read alike.
fn valid(seeds: &[Seed], minted: usize, plan: &Plan) -> Tally {
    let mut bench = Bench::new(&plan.scratch);
    for (index, seed) in seeds.iter().enumerate() {
        let is_plain = !seed.xml.contains("EncryptedAssertion");
        let xml = seed.xml.as_bytes();
        let what = format!("valid message {}", seed.name);
        let verdict = bench.check(seed, xml, &what, is_plain);
        if let Some(Verdict::Refused(step, code)) = &verdict
            && !seeds::is_known_difference(&seed.name, *code)
        {
            let why = format!("a valid message is refused here: {} {}", step.name(), code.name());
            bench.tally.find(BERGSHAMRA, &Finding::Hard(why), &what, xml);
        }
        if is_plain && !has_pss(seed) && index % 5 == 0 && index < minted {
            bench.ask_program(seed, xml, verdict.as_ref(), &what);
        }
    }
    bench.tally
}

impl Bench {
    /// The program's word on the Signatures that our verdict is about.
    fn ask_program(&mut self, seed: &Seed, xml: &[u8], ours: Option<&Verdict>, what: &str) {
        let Some(program) = self.program.as_mut() else { return };
        let mut verifies = |own| program.verifies(xml, own, &seed.frame.certificates);
        let (theirs, is_right) = match ours {
            Some(Verdict::Accepted(_)) => {
                let theirs = verifies(Own::Assertion) || verifies(Own::Response);
                (theirs, theirs)
            }
            Some(Verdict::Refused(
                step,
                Code::DigestMismatch | Code::SignatureInvalid | Code::SignatureKeyUnknown,
            )) => {
                let own = if *step == StepName::ResponseSignature { Own::Response } else { Own::Assertion };
                let theirs = verifies(own);
                (theirs, !theirs)
            }
            _ => return,
        };
        self.tally.xmlsec1 += 1;
        if let Some(ours) = ours {
            self.tally.note(ours, XMLSEC1, if theirs { "verifies" } else { "refuses" });
        }
        if !is_right {
            self.tally.find(
                XMLSEC1,
                &Finding::Hard(format!("verifies: {theirs}, here: {ours:?}")),
                what,
                xml,
            );
        }
    }
}

/// Mutants on as many threads as there are cores.
fn mutants(seeds: &[Seed], plan: &Plan) -> Tally {
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get) as u64;
    let every_libxml = (plan.mutants / plan.libxml.max(1)).max(1);
    let every_xmlsec1 = (plan.mutants / plan.xmlsec1.saturating_mul(8).max(1)).max(1);
    let work = |thread: u64| {
        let mut bench = Bench::new(&plan.scratch.join(thread.to_string()));
        for index in (thread..plan.mutants).step_by(threads as usize) {
            let mutant = mutate::mutant(seeds, plan.seed, index);
            let seed = mutant.seed;
            let what = format!("mutant {index} of {}: {}", seed.name, mutant.steps.join(", "));
            let turn = index / threads;
            let verdict =
                bench.check(seed, &mutant.bytes, &what, plan.libxml > 0 && turn.is_multiple_of(every_libxml));
            let is_plain = !seed.xml.contains("EncryptedAssertion") && !has_pss(seed);
            let has_room = (bench.tally.xmlsec1 as u64) < plan.xmlsec1.div_ceil(threads);
            if is_plain && has_room && turn.is_multiple_of(every_xmlsec1) {
                bench.ask_program(seed, &mutant.bytes, verdict.as_ref(), &what);
            }
        }
        bench.tally
    };
    let mut total = Tally::default();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|thread| scope.spawn(move || work(thread))).collect();
        for worker in workers {
            total.add(worker.join().expect("a thread of ours does not panic"));
        }
    });
    total
}
