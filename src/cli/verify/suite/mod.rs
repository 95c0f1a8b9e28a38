//! `gatepost verify --suite`: judges every case of a manifest, then compares.
//!
//! | file | what |
//! |---|---|
//! | [`manifest`] | cases: inputs and, apart from them, expectations |
//! | [`case`] | a case's inputs → what is judged |
//! | [`compare`] | a verdict that stands against an expectation |
//! | [`differences`] | known differences |
//! | [`junit`] | the result for build servers |
//!
//! # Invariants
//!
//! * Verdicts depend on input fields alone: all cases are judged before the first expectation is read.
//! * Cases share nothing but what `after` says; answers come in manifest order, whatever `--jobs`.
//! * A panic in one case is an internal error of the run (status 2), never a verdict.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use gatepost_saml::Instant;
use serde::Serialize;

use self::case::{Answer, Case};
use self::differences::Differences;
use self::manifest::Manifest;
use super::options::Options;
use super::report::{Agrees, Report, Verdict};
use super::{lines, written};
use crate::cli::{Failure, Outcome, Status};

pub mod case;
pub mod compare;
pub mod differences;
pub mod junit;
pub mod manifest;

/// The version of the summary line.
pub const SCHEMA: &str = "gatepost.suite/1";

/// Stack of a judging thread; generous, so that `--no-limits` measures the engine and not the stack.
const STACK: usize = 16 * 1024 * 1024;

/// One case with its verdict and comparison.
#[derive(Debug)]
pub struct Judged {
    /// Its id, or its place in the manifest.
    pub label: String,
    /// The object that is printed.
    pub report: Report,
    /// What differs.
    pub why: Option<String>,
    /// Whether a forbidden value came out.
    pub leaked: bool,
    /// Whether it needs what is never offered.
    pub not_offered: bool,
}

impl Judged {
    /// Whether it makes the suite fail.
    #[must_use]
    pub fn is_hard(&self) -> bool {
        self.agrees() == Some(Agrees::No)
    }

    fn agrees(&self) -> Option<Agrees> {
        self.report.agreement.and_then(|agreement| agreement.agrees)
    }
}

/// The last line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the verify contract documents the fields")]
pub struct Summary {
    schema: &'static str,
    pub cases: usize,
    pub hard_differences: usize,
    pub soft_differences: usize,
    pub leaked: usize,
    pub not_offered: usize,
    pub missing: usize,
}

impl Summary {
    fn of(cases: &[Judged]) -> Self {
        let count = |holds: &dyn Fn(&Judged) -> bool| cases.iter().filter(|case| holds(case)).count();
        Self {
            schema: SCHEMA,
            cases: cases.len(),
            hard_differences: count(&Judged::is_hard),
            soft_differences: count(&|case| case.agrees() == Some(Agrees::Soft)),
            leaked: count(&|case| case.leaked),
            not_offered: count(&|case| case.not_offered),
            missing: count(&|case| case.report.verdict == Verdict::Missing),
        }
    }
}

/// Judges the suite at `path` (cases without a clock at `now`) and writes the answers to `out`; complaints about single cases go to `complaints`.
///
/// # Errors
/// When the manifest or a file is unreadable, or a case could not be judged; what could be judged was written.
pub fn run(
    options: &Options,
    path: &Path,
    now: Instant,
    out: &mut dyn Write,
    complaints: &mut dyn Write,
) -> Outcome {
    let manifest = Manifest::read(path)?;
    let differences = options.differences.as_deref().map(Differences::read).transpose()?.unwrap_or_default();
    let chosen = chosen(&manifest, &options.only)?;
    let cases =
        chosen.iter().map(|index| Case::read(&manifest, *index, now)).collect::<Result<Vec<_>, _>>()?;
    let answers = judge_all(options, &manifest, &cases);

    let mut judged = Vec::with_capacity(answers.len());
    let mut troubles = 0usize;
    for (index, answer) in chosen.iter().zip(answers) {
        let label = manifest.label(*index);
        let mut report = match answer {
            Answer::Report(report) => *report,
            Answer::Absent(report) if manifest.may_be_missing(*index) => *report,
            Answer::Absent(report) => {
                troubles += 1;
                let _ = writeln!(complaints, "gatepost: {label}: its file is not there");
                *report
            }
            Answer::Unreadable(failure) => {
                troubles += 1;
                let _ = writeln!(complaints, "gatepost: {label}: {failure}");
                continue;
            }
            Answer::Panicked => {
                troubles += 1;
                let _ = writeln!(
                    complaints,
                    "gatepost: {label}: internal error; this is a fault of Gatepost, please report it with the file"
                );
                continue;
            }
        };
        report.id = manifest.id(*index).map(str::to_owned);
        judged.push(compared(&manifest, *index, label, report, options.strict, &differences)?);
    }

    let summary = Summary::of(&judged);
    written(if options.json {
        write_json(out, &judged, summary)
    } else {
        write_text(out, &judged, summary)
    })?;
    if let Some(path) = &options.junit {
        std::fs::write(path, junit::junit(&judged))
            .map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))?;
    }
    if troubles > 0 {
        return Err(Failure::new(format!("{troubles} of {} cases could not be judged", chosen.len())));
    }
    Ok(if summary.hard_differences > 0 { Status::Refused } else { Status::Done })
}

/// The places of the cases to judge, in manifest order.
fn chosen(manifest: &Manifest, only: &[String]) -> Result<Vec<usize>, Failure> {
    if only.is_empty() {
        return Ok((0..manifest.len()).collect());
    }
    let find = |id: &String| {
        manifest.find(id).ok_or_else(|| Failure::new(format!("--only {id}: the manifest has no such case")))
    };
    let mut chosen = only.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    chosen.sort_unstable();
    chosen.dedup();
    Ok(chosen)
}

/// One answer per case, in their order.
fn judge_all(options: &Options, manifest: &Manifest, cases: &[Case]) -> Vec<Answer> {
    let available = || thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let jobs = options.jobs.map_or_else(available, usize::from).clamp(1, cases.len().max(1));
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = cases.get(index) else { return done };
            done.push((index, case.judge(options, &manifest.folder)));
        }
    };
    let mut answers: Vec<(usize, Answer)> = thread::scope(|scope| {
        let spawn = |_| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let workers: Vec<_> = (0..jobs).filter_map(|job| spawn(job).ok()).collect();
        // Without any thread (the machine refuses them) this one does the work.
        let mut answers = if workers.is_empty() { work() } else { Vec::new() };
        for worker in workers {
            answers.extend(worker.join().unwrap_or_default());
        }
        answers
    });
    answers.sort_by_key(|(index, _)| *index);
    let mut answers = answers.into_iter().peekable();
    let in_order = |index| match answers.next_if(|(done, _)| *done == index) {
        Some((_, answer)) => answer,
        None => Answer::Panicked,
    };
    (0..cases.len()).map(in_order).collect()
}

fn compared(
    manifest: &Manifest,
    index: usize,
    label: String,
    mut report: Report,
    strict: bool,
    differences: &Differences,
) -> Result<Judged, Failure> {
    if !manifest.has_expectations() {
        return Ok(Judged { label, report, why: None, leaked: false, not_offered: false });
    }
    let mut comparison = compare::compare(&report, &manifest.expectation(index)?, strict);
    if comparison.agreement.agrees == Some(Agrees::No)
        && !comparison.leaked
        && let Some(rule) = differences.explains(report.id.as_deref(), report.code)
    {
        comparison.agreement.agrees = Some(Agrees::Soft);
        let why = comparison.why.unwrap_or_default();
        comparison.why = Some(format!("{why}; known difference: {} ({})", rule.rule, rule.spec));
    }
    report.agreement = Some(comparison.agreement);
    Ok(Judged {
        label,
        report,
        why: comparison.why,
        leaked: comparison.leaked,
        not_offered: comparison.not_offered,
    })
}

fn write_json(out: &mut dyn Write, cases: &[Judged], summary: Summary) -> std::io::Result<()> {
    for case in cases {
        lines::write(out, &case.report)?;
    }
    lines::write(out, &summary)?;
    out.flush()
}

fn write_text(out: &mut dyn Write, cases: &[Judged], summary: Summary) -> std::io::Result<()> {
    for case in cases {
        let verdict = match case.report.verdict {
            Verdict::Accepted => "accepted",
            Verdict::Refused => "refused",
            Verdict::Missing => "missing",
        };
        let code = case.report.code.unwrap_or("-");
        match (case.agrees(), &case.why) {
            (Some(Agrees::No), Some(why)) => writeln!(out, "DIFFERS  {}: {why}", case.label)?,
            (Some(Agrees::Soft), Some(why)) => writeln!(out, "soft     {}: {why}", case.label)?,
            (None, _) => writeln!(out, "{verdict:<8} {}: {code}", case.label)?,
            _ => {}
        }
    }
    writeln!(
        out,
        "{} cases: {} hard differences, {} soft, {} leaked, {} not offered, {} missing",
        summary.cases,
        summary.hard_differences,
        summary.soft_differences,
        summary.leaked,
        summary.not_offered,
        summary.missing
    )?;
    out.flush()
}

#[cfg(test)]
mod tests;
