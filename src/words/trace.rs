//! A stored trace in words: what was checked, how each check ended, and what to do about the one that failed.
//!
//! Data in, data out: no HTML and no terminal colours here, so that a page and a terminal tell the same story.
//! Steps after the deciding one are told as a number only; steps before it that are `skip` do not apply.

use std::borrow::Cow;
use std::fmt::{self, Display};

use gatepost_saml::code::{Code, StepName};
use gatepost_saml::trace::{Outcome, Step, Trace};

use super::{Message, Text, mend, remarks};
use crate::directory::preset::Product;

/// A trace in the words of one language.
#[derive(Debug, Clone)]
pub struct Told {
    /// How it ended, in a sentence.
    pub summary: String,
    /// Whether no step failed.
    pub is_accepted: bool,
    /// The steps up to the one that decided, in order.
    pub steps: Vec<ToldStep>,
    /// How many steps were not reached after the deciding one, in a sentence.
    pub not_reached: Option<String>,
    /// The signatures that verified.
    pub signed: Vec<String>,
    /// What was decrypted.
    pub encrypted: Option<String>,
    /// What the connection had to allow.
    pub relaxed: Vec<Message>,
    /// Remarks for administrators.
    pub warnings: Vec<String>,
    /// What the message claims without proof: label and value.
    pub claims: Vec<(Message, String)>,
}

impl Told {
    /// The step that decided, if one failed.
    #[must_use]
    pub fn deciding(&self) -> Option<&ToldStep> {
        self.steps.iter().find(|step| step.failure.is_some())
    }
}

/// One step in words.
#[derive(Debug, Clone)]
pub struct ToldStep {
    /// Which step.
    pub name: StepName,
    /// What it checks.
    pub title: Message,
    /// How it ended.
    pub outcome: Outcome,
    /// How it ended, in a word or two.
    pub ending: Message,
    /// What the settings ask for and what the message says.
    pub evidence: Evidence,
    /// Why it failed.
    pub failure: Option<ToldFailure>,
}

/// What a step compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// Nothing worth telling.
    None,
    /// Both sides say the same.
    Same(Said),
    /// Each side by itself.
    Sides {
        /// What the settings ask for.
        wanted: Option<Said>,
        /// What the message says.
        found: Option<Said>,
    },
}

/// What stands on one side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// In words of the language, or as it stands.
    pub text: String,
    /// Whether it is words; else a value, which is the same in every language.
    pub is_words: bool,
}

impl Said {
    /// What was stored, in the language.
    #[must_use]
    pub fn new(stored: &str, text: &Text) -> Self {
        match remarks::known(stored) {
            Some(remark) => Self { text: text.sentence(&remark), is_words: true },
            None => Self { text: stored.to_owned(), is_words: false },
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// Why a step failed.
#[derive(Debug, Clone)]
pub struct ToldFailure {
    /// The stable code.
    pub code: Code,
    /// What the administrator should do.
    pub mend: String,
    /// Who can.
    pub side: Message,
    /// The section of the specification.
    pub rule: &'static str,
}

/// Puts `trace` into the words of `text` and, where it was a refusal, of the console of `product`, which is the connection's.
#[must_use]
pub fn tell(trace: &Trace, product: Product, text: &Text) -> Told {
    let product = mend::product(product, trace);
    let decided = trace.steps.iter().position(|step| step.outcome == Outcome::Fail);
    // The first failure decides; checks after it may have been made all the same, and tell what else is wrong.
    let last_made = trace.steps.iter().rposition(|step| step.outcome != Outcome::Skip);
    let reached = decided.and(last_made).map_or(trace.steps.len(), |at| at + 1);
    let (told, left) = trace.steps.split_at(reached.min(trace.steps.len()));
    let before = trace.steps.iter().take(decided.unwrap_or(trace.steps.len()));
    let held = before.filter(|step| matches!(step.outcome, Outcome::Pass | Outcome::Warn)).count();
    let summary = match decided.and_then(|at| trace.steps.get(at)) {
        Some(decisive) => {
            text.trace_refused.with("step", text.step(decisive.name)).with("held", held).to_string()
        }
        None => text.trace_held.with("held", held).with("all", trace.steps.len()).to_string(),
    };
    let signed = trace.signed.iter().map(|signature| {
        text.trace_signed_line
            .with("element", element(&signature.element, text))
            .with("algorithm", short_uri(&signature.algorithm))
            .with("key", short_hash(&signature.spki_sha256))
            .to_string()
    });
    let encrypted = trace.encrypted.as_ref().map(|encrypted| {
        text.trace_encrypted_line
            .with("element", element(&encrypted.element, text))
            .with("cipher", short_uri(&encrypted.data_algorithm))
            .with("transport", short_uri(&encrypted.key_algorithm))
            .to_string()
    });
    let warnings = trace.warnings.iter().map(|warning| text.remark(&warning.text));
    let unverified = &trace.unverified;
    let claims = [
        (text.trace_claim_issuer, &unverified.issuer),
        (text.trace_claim_destination, &unverified.destination),
        (text.trace_claim_in_response_to, &unverified.in_response_to),
    ];
    Told {
        summary,
        is_accepted: decided.is_none(),
        steps: told.iter().map(|step| tell_step(step, product, text)).collect(),
        not_reached: (!left.is_empty()).then(|| text.trace_not_reached.with("count", left.len()).to_string()),
        signed: signed.collect(),
        encrypted,
        relaxed: trace.relaxed.iter().map(|relaxation| text.relaxation(relaxation)).collect(),
        warnings: warnings.collect(),
        claims: claims.into_iter().filter_map(|(label, value)| Some((label, value.clone()?))).collect(),
    }
}

fn tell_step(step: &Step, product: Product, text: &Text) -> ToldStep {
    let ending = match step.outcome {
        Outcome::Pass => text.trace_pass,
        Outcome::Warn => text.trace_warn,
        Outcome::Fail => text.trace_fail,
        Outcome::Skip => text.trace_skip,
    };
    let said = |stored: &Cow<'_, str>| Said::new(stored, text);
    let evidence = match (&step.wanted, &step.found) {
        (None, None) => Evidence::None,
        (Some(wanted), Some(found)) if wanted == found => Evidence::Same(said(found)),
        (wanted, found) => {
            Evidence::Sides { wanted: wanted.as_ref().map(said), found: found.as_ref().map(said) }
        }
    };
    let failure = step.code.map(|code| {
        let about = code.text();
        ToldFailure { code, mend: text.mend(code, product), side: text.side(about.side), rule: about.spec }
    });
    ToldStep {
        name: step.name,
        title: text.step(step.name),
        outcome: step.outcome,
        ending,
        evidence,
        failure,
    }
}

/// What people call a part of a message.
fn element<'t>(name: &'t str, text: &Text) -> &'t str {
    match name {
        "response" => text.element_response.0,
        "assertion" => text.element_assertion.0,
        "message" => text.element_message.0,
        "metadata" => text.element_metadata.0,
        "name_id" => text.element_name_id.0,
        other => other,
    }
}

/// The part of an algorithm's URI that people know it by.
fn short_uri(uri: &str) -> impl Display {
    uri.rsplit_once('#').map_or(uri, |(_, name)| name)
}

/// Enough of a fingerprint to recognise it by.
fn short_hash(hex: &str) -> String {
    match hex.get(..16) {
        Some(start) => format!("{start}…"),
        None => hex.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use gatepost_saml::trace::MessageKind;

    use super::super::{EN, ES};
    use super::*;

    #[test]
    fn a_refusal_is_told_up_to_the_step_that_decided() {
        let mut trace = Trace::new(MessageKind::Response);
        trace.pass(StepName::Input, None, None);
        trace.pass(StepName::Version, Some("2.0".into()), Some("2.0".into()));
        trace.fail(StepName::Audience, Code::AudienceMismatch, Some("us".into()), Some("them".into()));
        let told = tell(&trace, Product::Other, &EN);
        assert!(!told.is_accepted);
        assert_eq!(told.summary, "Refused. “Was it made for us?” No. 2 checks before it held.");
        assert_eq!(told.not_reached.as_deref(), Some("6 further checks were not reached."));
        let value = |text: &str| Said { text: text.to_owned(), is_words: false };
        assert_eq!(told.steps[4].evidence, Evidence::Same(value("2.0")));
        let last = told.steps.last().unwrap();
        assert_eq!(last.failure.as_ref().unwrap().code, Code::AudienceMismatch);
        let (wanted, found) = (Some(value("us")), Some(value("them")));
        assert_eq!(last.evidence, Evidence::Sides { wanted, found });
    }

    #[test]
    fn what_is_words_is_told_in_the_language_and_what_is_not_stays() {
        let mut trace = Trace::new(MessageKind::Response);
        trace.pass(StepName::Size, Some("at most 9 bytes".into()), Some("the status".into()));
        trace.add_warning("x", "The metadata is not signed.");
        trace.add_warning("y", "Alice was left out.");
        let told = tell(&trace, Product::Other, &ES);
        let words = Said { text: "como mucho 9 bytes".to_owned(), is_words: true };
        let value = Said { text: "the status".to_owned(), is_words: false };
        let size = told.steps.iter().find(|step| step.name == StepName::Size).unwrap();
        assert_eq!(size.evidence, Evidence::Sides { wanted: Some(words), found: Some(value) });
        assert_eq!(told.warnings, ["Los metadatos no están firmados.", "Alice was left out."]);
        assert_eq!(tell(&trace, Product::Other, &EN).warnings[0], "The metadata is not signed.");
    }

    #[test]
    fn an_accepted_trace_counts_what_held() {
        let mut trace = Trace::new(MessageKind::Metadata);
        trace.pass(StepName::Keys, None, None);
        let told = tell(&trace, Product::Other, &EN);
        assert!(told.is_accepted);
        assert!(told.summary.starts_with("Accepted: 1 of 10 checks held"));
        assert_eq!(told.steps.len(), 10);
    }
}
