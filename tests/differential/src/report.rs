//! Counting, and the table that is printed.

use std::collections::BTreeMap;
use std::path::Path;

use gatepost_saml::Code;

use crate::compare::{Finding, reason};
use crate::peers::{NAMES, View, named};
use crate::seeds::Verdict;

/// A disagreement that must not be, with its message.
#[derive(Debug)]
pub(crate) struct Hard {
    pub(crate) what: String,
    pub(crate) message: Vec<u8>,
}

/// What was counted; one per thread, added up at the end.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) messages: usize,
    pub(crate) well_formed: usize,
    pub(crate) some_signature_valid: usize,
    pub(crate) accepted: usize,
    /// Looked at by libxml2, by `xmlsec1`.
    pub(crate) libxml: usize,
    pub(crate) xmlsec1: usize,
    /// (our verdict, engine, its view) → count.
    table: BTreeMap<(String, &'static str, &'static str), usize>,
    /// (engine, code) → count.
    stricter: BTreeMap<(&'static str, &'static str), usize>,
    /// Accepted here, not verified by bergshamra as it stands, and who confirms it → count.
    pub(crate) confirmed: BTreeMap<&'static str, usize>,
    pub(crate) hard: Vec<Hard>,
}

pub(crate) const BERGSHAMRA: &str = "bergshamra";
pub(crate) const LIBXML: &str = "samael";
pub(crate) const XMLSEC1: &str = "xmlsec1";

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.messages += other.messages;
        self.well_formed += other.well_formed;
        self.some_signature_valid += other.some_signature_valid;
        self.accepted += other.accepted;
        self.libxml += other.libxml;
        self.xmlsec1 += other.xmlsec1;
        other.confirmed.into_iter().for_each(|(key, count)| *self.confirmed.entry(key).or_default() += count);
        other.table.into_iter().for_each(|(key, count)| *self.table.entry(key).or_default() += count);
        other.stricter.into_iter().for_each(|(key, count)| *self.stricter.entry(key).or_default() += count);
        self.hard.extend(other.hard);
    }

    /// Notes a pair of verdicts.
    pub(crate) fn note(&mut self, ours: &Verdict, engine: &'static str, theirs: &'static str) {
        let ours = match ours {
            Verdict::Accepted(_) => "accepted".to_owned(),
            Verdict::Refused(step, code) => format!("{:02} {} · {}", *step as u8, step.name(), code.name()),
        };
        *self.table.entry((ours, engine, theirs)).or_default() += 1;
    }

    /// Notes the view of the peer that sees everything.
    pub(crate) fn look(&mut self, ours: &Verdict, view: &View) {
        self.messages += 1;
        self.well_formed += usize::from(*view != View::NotXml);
        self.some_signature_valid += usize::from(matches!(view, View::Looked(looked) if looked.valid > 0));
        self.accepted += usize::from(matches!(ours, Verdict::Accepted(_)));
        self.note(ours, BERGSHAMRA, named(view));
    }

    /// Notes a finding; whether it is hard.
    pub(crate) fn find(&mut self, engine: &'static str, finding: &Finding, what: &str, message: &[u8]) {
        match finding {
            Finding::Agrees | Finding::Unconfirmed => {}
            Finding::Stricter(code) => *self.stricter.entry((engine, code.name())).or_default() += 1,
            Finding::Hard(why) => {
                self.hard.push(Hard { what: format!("{engine}: {why} [{what}]"), message: message.to_vec() });
            }
        }
    }

    fn share(&self, count: usize) -> f64 {
        if self.messages == 0 { 0.0 } else { 100.0 * count as f64 / self.messages as f64 }
    }

    /// Shares of well-formed mutants and of those with some valid signature, in percent.
    pub(crate) fn shares(&self) -> (f64, f64) {
        (self.share(self.well_formed), self.share(self.some_signature_valid))
    }

    /// Prints counts, the table engine × verdict × stage, and what they accept and we refuse, by code.
    pub(crate) fn print(&self, title: &str) {
        let (well_formed, valid) = self.shares();
        println!("\n## {title}");
        println!("messages {}, accepted here {}", self.messages, self.accepted);
        println!(
            "well-formed (by uppsala) {well_formed:.1} %, some signature valid (by bergshamra) {valid:.1} %"
        );
        println!(
            "also looked at by samael (libxml2, libxmlsec1) {}, by xmlsec1 {}",
            self.libxml, self.xmlsec1
        );
        for (who, count) in &self.confirmed {
            println!("accepted here, not by bergshamra as it stands, and confirmed by {who}: {count}");
        }
        let mut rows: Vec<&String> = self.table.keys().map(|key| &key.0).collect();
        rows.dedup();
        println!(
            "\n| here: step · code | bergshamra: {} | samael: verifies | refuses | xmlsec1: verifies | refuses |",
            NAMES.join(" | ")
        );
        println!("|---|{}---|---|---|---|", "---|".repeat(NAMES.len()));
        for row in rows {
            let count = |engine, theirs| self.table.get(&(row.clone(), engine, theirs)).copied().unwrap_or(0);
            let mut cells: Vec<String> =
                NAMES.iter().map(|name| count(BERGSHAMRA, name).to_string()).collect();
            for engine in [LIBXML, XMLSEC1] {
                cells.extend(["verifies", "refuses"].map(|theirs| count(engine, theirs).to_string()));
            }
            let name = row
                .split_once(' ')
                .map_or(row.as_str(), |(number, rest)| if number.len() == 2 { rest } else { row.as_str() });
            println!("| {name} | {} |", cells.join(" | "));
        }
        if !self.stricter.is_empty() {
            println!("\n| they verify, we refuse: engine | code | count | why |\n|---|---|---|---|");
            for ((engine, code), count) in &self.stricter {
                let why = Code::from_name(code).and_then(reason);
                let why =
                    why.unwrap_or("another Signature of the message does not verify, and every one must");
                println!("| {engine} | {code} | {count} | {why} |");
            }
        }
    }

    /// Writes the messages of hard disagreements to `folder`, and says where.
    pub(crate) fn write_hard(&self, folder: &Path) -> std::io::Result<()> {
        for (number, hard) in self.hard.iter().enumerate().take(200) {
            let path = folder.join(format!("hard-{number:03}.xml"));
            std::fs::write(&path, &hard.message)?;
            std::fs::write(path.with_extension("txt"), &hard.what)?;
            let shown: String = hard.what.chars().take(600).collect();
            println!("HARD {}: {shown}", path.display());
        }
        Ok(())
    }
}
