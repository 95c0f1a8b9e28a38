//! Known differences: rules of the engine that a manifest's expectations do not share, each with the text that it
//! follows.
//!
//! The file is a JSON list of at most ten rules. A rule excuses a hard difference when it lists the case *and* names the
//! code with which the engine answered, so that it stops to apply when the engine's reason changes. It can never excuse
//! a forbidden value that comes out. The engine knows nothing of it; it is read by the comparison.

use std::path::Path;

use serde::Deserialize;

use crate::cli::Failure;

const MOST: usize = 10;

/// The rules of one file.
#[derive(Debug, Clone, Default)]
pub struct Differences(Vec<Rule>);

/// One rule of the engine.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What the engine does, in a sentence.
    pub rule: String,
    /// `ok` or the refusal's code with which it answers.
    pub code: String,
    /// The section of the specification.
    pub spec: String,
    /// Its words.
    pub text: String,
    /// The cases where it shows.
    pub cases: Vec<String>,
}

impl Differences {
    /// Reads the rules in `path`.
    ///
    /// # Errors
    /// When the file cannot be read, is not of this form, or has more than ten rules.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = std::fs::read(path).map_err(|error| {
            Failure::new(format!("cannot read the known differences {}: {error}", path.display()))
        })?;
        Self::parse(&bytes)
            .map_err(|error| Failure::new(format!("the known differences {}: {error}", path.display())))
    }

    fn parse(bytes: &[u8]) -> Result<Self, Failure> {
        let rules: Vec<Rule> = serde_json::from_slice(bytes).map_err(|error| {
            Failure::new(format!("must be a list of {{rule, code, spec, text, cases}}: {error}"))
        })?;
        if rules.len() > MOST {
            return Err(Failure::new(format!("has {} rules; at most {MOST} are allowed", rules.len())));
        }
        Ok(Self(rules))
    }

    /// The rule that explains why the case `id` was answered with `code`.
    #[must_use]
    pub fn explains(&self, id: Option<&str>, code: Option<&str>) -> Option<&Rule> {
        let (id, code) = (id?, code?);
        self.0.iter().find(|rule| rule.code == code && rule.cases.iter().any(|case| case == id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str =
        r#"{"rule": "r", "code": "audience_missing", "spec": "s", "text": "t", "cases": ["a"]}"#;

    #[test]
    fn a_rule_needs_the_case_and_the_code() {
        let differences = Differences::parse(format!("[{RULE}]").as_bytes()).unwrap();
        assert!(differences.explains(Some("a"), Some("audience_missing")).is_some());
        assert!(differences.explains(Some("a"), Some("ok")).is_none());
        assert!(differences.explains(Some("b"), Some("audience_missing")).is_none());
        assert!(differences.explains(None, Some("audience_missing")).is_none());
    }

    #[test]
    fn ours_can_be_read() {
        let ours = include_bytes!("../../../../tests/corpus/differences.json");
        let Differences(rules) = Differences::parse(ours).unwrap();
        for rule in rules {
            assert!(
                rule.code == "ok" || gatepost_saml::Code::from_name(&rule.code).is_some(),
                "{}",
                rule.code
            );
            assert!(!rule.cases.is_empty() && !rule.text.is_empty());
        }
    }

    #[test]
    fn no_more_than_ten() {
        let eleven = format!("[{}]", [RULE; 11].join(","));
        assert!(Differences::parse(eleven.as_bytes()).unwrap_err().to_string().contains("at most 10"));
        assert!(Differences::parse(b"{}").is_err());
    }
}
