//! `gatepost verify`: judges one message, or a suite of them, as the server does, and explains the verdict.
//!
//! | file | what |
//! |---|---|
//! | [`options`] | the grammar of the command line |
//! | [`input`] | options → what is judged; usage errors that depend on the kind |
//! | [`sniff`] | the kind by the root element |
//! | [`mod@judge`] | the one place that calls the engine |
//! | [`report`] | the object that is printed, its fields in the contract's order |
//! | [`lines`] | one object on one line |
//! | [`mod@explain`] | the same in words, for a terminal |
//! | [`suite`] | manifests, their comparison, their results |
//! | [`nothing`] | settings that match nothing |
//!
//! # Invariants
//!
//! * Status 0 accepted, 1 refused, 2 everything else; a panic is never an answer.
//! * With `--json` standard output holds JSON lines only. Equal inputs give equal bytes; times go to standard error.
//! * The machine's clock is read here and nowhere below.

use std::io::{ErrorKind, IsTerminal as _, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use self::explain::{Colour, explain};
use self::judge::{Memory, judge};
use self::report::{Report, Verdict};
use super::{Failure, Outcome, Status};
use crate::base::time::Clock;

pub mod explain;
pub mod input;
pub mod judge;
pub mod lines;
pub mod nothing;
pub mod options;
pub mod report;
pub mod sniff;
pub mod suite;

pub use options::Options;

/// Judges what `options` name, and prints the answer.
///
/// # Errors
/// When the call, the input or the settings do not allow a judgement.
pub fn run(options: &Options) -> Outcome {
    std::panic::set_hook(Box::new(|panic| {
        // The place alone: a panic's message may quote the input.
        if let Some(place) = panic.location() {
            eprintln!("gatepost: internal error at {place}");
        }
    }));
    let now = Clock::System.now();
    let mut out = std::io::stdout().lock();
    let mut complaints = std::io::stderr();
    if let Some(manifest) = &options.suite {
        let started = stopwatch();
        let outcome = suite::run(options, manifest, now, &mut out, &mut complaints);
        let _ = writeln!(complaints, "gatepost: {:.2} s", started().as_secs_f64());
        return outcome;
    }
    let judged = catch_unwind(AssertUnwindSafe(|| {
        let subject = input::subject(options, now)?;
        Ok(judge(&subject, &mut Memory::default()))
    }));
    let report = match judged {
        Ok(report) => report?,
        Err(_) => {
            return Err(Failure::new(
                "internal error; this is a fault of Gatepost, please report it with the file",
            ));
        }
    };
    written(print(options, &report, &mut out, &mut complaints))?;
    Ok(match report.verdict {
        Verdict::Accepted => Status::Done,
        Verdict::Refused | Verdict::Missing => Status::Refused,
    })
}

fn print(
    options: &Options,
    report: &Report,
    out: &mut dyn Write,
    complaints: &mut dyn Write,
) -> std::io::Result<()> {
    if options.json {
        lines::write(out, report)?;
        if options.explain {
            let colour = colour(std::io::stderr().is_terminal());
            complaints.write_all(explain(report, colour, true).as_bytes())?;
        }
    } else {
        let terminal = std::io::stdout().is_terminal();
        out.write_all(explain(report, colour(terminal), options.explain || terminal).as_bytes())?;
    }
    out.flush()
}

/// Colours for a terminal, unless `NO_COLOR` is set to something (<https://no-color.org>).
fn colour(terminal: bool) -> Colour {
    let declined = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if terminal && !declined { Colour::On } else { Colour::Off }
}

/// A reader that closed its end early (`| head`) has read enough; the status still tells the verdict.
fn written(result: std::io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("cannot write the answer: {error}")))
        }
        _ => Ok(()),
    }
}

/// Starts measuring; the result says how much time has passed. For people, never in an answer.
#[expect(clippy::disallowed_methods, reason = "measures how long a run took; decides nothing")]
fn stopwatch() -> impl Fn() -> Duration {
    let started = std::time::Instant::now();
    move || started.elapsed()
}
