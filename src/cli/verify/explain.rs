//! A judgement in words, for a terminal: the verdict, what is wrong, who can mend it and how, and every step.
//!
//! Texts of the message are hostile: control and formatting characters are shown escaped, long ones are cut.

use std::fmt::Write as _;

use gatepost_saml::code::Side;
use gatepost_saml::trace::Outcome;

use super::report::{Report, StepReport, Verdict};

/// Longest text of a message that is shown.
const LONGEST: usize = 160;

/// Whether words may be coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// ANSI colours.
    On,
    /// None: not a terminal, or `NO_COLOR` is set.
    Off,
}

impl Colour {
    fn paint(self, style: &str, text: &str) -> String {
        match self {
            Self::On => format!("\u{1b}[{style}m{text}\u{1b}[0m"),
            Self::Off => text.to_owned(),
        }
    }
}

const BOLD: &str = "1";
const RED: &str = "1;31";
const GREEN: &str = "1;32";
const YELLOW: &str = "33";
const DIM: &str = "2";

/// `report` in words; `every_step` adds the whole trace.
#[must_use]
pub fn explain(report: &Report, colour: Colour, every_step: bool) -> String {
    let mut out = String::new();
    match report.verdict {
        Verdict::Accepted => line(&mut out, &colour.paint(GREEN, "Accepted.")),
        Verdict::Refused => {
            let code = report.code.unwrap_or_default();
            line(&mut out, &format!("{} {}", colour.paint(RED, "Refused:"), colour.paint(BOLD, code)));
        }
        Verdict::Missing => line(&mut out, "The file is not there."),
    }
    if let Some(step) = report.steps.iter().find(|step| Some(step.name) == report.step) {
        failure(&mut out, step, colour);
    }
    if report.verdict == Verdict::Accepted {
        reading(&mut out, report, colour);
    }
    if every_step {
        line(&mut out, "");
        for step in &report.steps {
            self::step(&mut out, step, colour);
        }
    }
    for warning in &report.warnings {
        let text = format!("Warning ({}): {}", shown(&warning.code), shown(&warning.text));
        line(&mut out, &colour.paint(YELLOW, &text));
    }
    if !report.relaxed.is_empty() {
        field(&mut out, "Relaxed", &report.relaxed.join(", "), colour);
    }
    out
}

fn failure(out: &mut String, step: &StepReport, colour: Colour) {
    if let Some(mend) = &step.mend {
        line(out, mend);
    }
    line(out, "");
    field(out, "Step", step.name.name(), colour);
    if let Some(wanted) = &step.wanted {
        field(out, "Wanted", &shown(wanted), colour);
    }
    if let Some(found) = &step.found {
        field(out, "Found", &shown(found), colour);
    }
    if let Some(spec) = step.spec {
        field(out, "Rule", spec, colour);
    }
    if let Some(side) = step.side {
        field(out, "Who can mend it", who(side), colour);
    }
}

fn reading(out: &mut String, report: &Report, colour: Colour) {
    let reading = &report.reading;
    for (name, value) in [
        ("Name ID", &reading.name_id),
        ("Format", &reading.name_id_format),
        ("Session index", &reading.session_index),
        ("Signed in at", &reading.authn_instant),
        ("Answers", &reading.in_response_to),
    ] {
        if let Some(value) = value {
            field(out, name, &shown(value), colour);
        }
    }
    for attribute in &reading.attributes {
        let values: Vec<String> = attribute.values.iter().map(|value| shown(value)).collect();
        field(out, &shown(&attribute.name), &values.join(" | "), colour);
    }
    for index in reading.session_indexes.iter().flatten() {
        field(out, "Session index", &shown(index), colour);
    }
    for entity in report.entities.iter().flatten() {
        field(out, "Entity ID", &shown(&entity.entity_id), colour);
        for certificate in &entity.signing_cert_sha256 {
            field(out, "  signing cert", certificate, colour);
        }
        for end in &entity.sso {
            let binding = end.binding.rsplit(':').next().unwrap_or_default();
            field(out, "  sign-in", &format!("{} ({})", shown(&end.location), shown(binding)), colour);
        }
    }
    for signature in &report.signed {
        let algorithm = signature.algorithm.rsplit(['#', '/']).next().unwrap_or_default();
        let key = signature.spki_sha256.get(..16).unwrap_or(&signature.spki_sha256);
        field(out, "Signed", &format!("{} by {algorithm}, key {key}…", signature.element), colour);
    }
}

fn step(out: &mut String, step: &StepReport, colour: Colour) {
    let (mark, style) = match step.outcome {
        Outcome::Pass => ("✓", GREEN),
        Outcome::Fail => ("✗", RED),
        Outcome::Warn => ("!", YELLOW),
        Outcome::Skip => ("·", DIM),
    };
    let mut text = format!("  {} {:<20}", colour.paint(style, mark), step.name.name());
    if let Some(code) = step.code {
        text.push_str(&colour.paint(RED, code));
        text.push(' ');
    }
    // What is as it should be need not be said twice.
    let wanted = step.wanted.as_ref().filter(|_| step.wanted != step.found);
    for (word, value) in [("wanted", wanted), ("found", step.found.as_ref())] {
        if let Some(value) = value {
            text.push_str(&colour.paint(DIM, word));
            let _ = write!(text, " {} ", shown(value));
        }
    }
    line(out, text.trim_end());
}

fn field(out: &mut String, name: &str, value: &str, colour: Colour) {
    line(out, &format!("  {} {value}", colour.paint(DIM, &format!("{name:<16}"))));
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

const fn who(side: Side) -> &'static str {
    match side {
        Side::Idp => "the administrator of the identity provider",
        Side::Sp => "the administrator of this connection",
        Side::User => "the person who signs in",
        Side::Attacker => "nobody: no honest identity provider sends this",
    }
}

/// A text of the message, made harmless for a terminal.
fn shown(text: &str) -> String {
    let mut out = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == LONGEST {
            out.push('…');
            break;
        }
        match c {
            // Bidirectional and invisible formatting could make a text read as another one.
            '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}' => {
                let _ = write!(out, "{}", c.escape_unicode());
            }
            c if c.is_control() => {
                let _ = write!(out, "{}", c.escape_default());
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use gatepost_saml::trace::{MessageKind, Trace};
    use gatepost_saml::{Code, Refusal, StepName};

    use super::*;

    fn refused(found: &'static str) -> Report {
        let code = Code::AudienceMismatch;
        let mut trace = Trace::new(MessageKind::Response);
        trace.pass(StepName::Input, None, None);
        trace.fail(StepName::Audience, code, Some("https://sp.example".into()), Some(found.into()));
        Report::refused(trace, Refusal { code, step: StepName::Audience, public_code: code })
    }

    #[test]
    fn says_what_is_wrong_and_how_to_mend_it() {
        let text = explain(&refused("https://other.example"), Colour::Off, false);
        let text_of = Code::AudienceMismatch.text();
        for part in [
            "Refused: audience_mismatch",
            text_of.mend,
            "https://sp.example",
            "https://other.example",
            text_of.spec,
            "the administrator of the identity provider",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("authn_statement") && !text.contains('\u{1b}'));
        let whole = explain(&refused("x"), Colour::On, true);
        assert!(whole.contains("authn_statement") && whole.contains("\u{1b}[1;31m"));
    }

    #[test]
    fn a_message_cannot_write_to_the_terminal() {
        let text = explain(&refused("\u{1b}[2Jme\u{202e}\r\nAccepted."), Colour::Off, true);
        assert!(text.contains("\\u{1b}[2Jme\\u{202e}\\r\\nAccepted."), "{text}");
        assert!(!text.contains('\u{1b}') && !text.contains('\r'));
        assert_eq!(shown(&"x".repeat(500)).chars().count(), LONGEST + 1);
    }
}
