//! The comparison: a verdict that stands against what the manifest expects.
//!
//! # Rules
//!
//! * An accept case that needs a relaxation which is not switched on in this run must be refused: never-offered names
//!   always (counted `not_offered`), and every class B name with `--strict`.
//! * A `forbidden_*` value anywhere in the object is a hard difference whatever else holds; nothing excuses it.
//! * `must: false` differences are soft, and so is a reject case answered exactly as its `alternative` says.
//! * Texts are compared after trimming, attributes as a map from name to values in order. An expected empty list asks
//!   for the attribute alone: manifests leave structured values out of their lists, and a nested `NameID` gives its
//!   text.
//! * A missing file is no difference.

use gatepost_saml::Instant;
use serde_json::Value;

use super::manifest::{Expectation, ExpectedEntity, ExpectedMetadata, ExpectedReading, Need, Word};
use crate::cli::verify::report::{Agreement, Agrees, EntityReading, Expected, Report, Verdict};

const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";

/// How one case compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// What is printed.
    pub agreement: Agreement,
    /// Whether a forbidden value came out.
    pub leaked: bool,
    /// Whether it needs what is never offered.
    pub not_offered: bool,
    /// What differs, in words.
    pub why: Option<String>,
}

/// Compares `report` with `expectation`, in a run with or without `--strict`.
#[must_use]
pub fn compare(report: &Report, expectation: &Expectation, strict: bool) -> Comparison {
    let needs: Vec<Need> = Need::all(&expectation.needs, expectation.needs_sha1).collect();
    let not_offered = expectation.expect == Some(Word::Accept) && needs.contains(&Need::NeverOffered);
    let expected = expectation.expect.map(|word| match word {
        Word::Accept if not_offered => Expected::Reject,
        Word::Accept if strict && needs.iter().any(|need| matches!(need, Need::Relaxation(_))) => {
            Expected::Reject
        }
        Word::Accept => Expected::Accept,
        Word::Reject => Expected::Reject,
    });
    let mut comparison =
        Comparison { agreement: Agreement { expected, agrees: None }, leaked: false, not_offered, why: None };
    let Some(expected) = expected else { return comparison };
    if report.verdict == Verdict::Missing {
        return comparison;
    }
    if let Some(value) = leak(report, expectation) {
        comparison.leaked = true;
        comparison.agreement.agrees = Some(Agrees::No);
        comparison.why = Some(format!("{value:?} came out, which no verdict may show"));
        return comparison;
    }
    comparison.why = match (expected, report.verdict) {
        (Expected::Accept, Verdict::Accepted) => reading_differs(report, &expectation.reading),
        (Expected::Accept, _) => Some(format!(
            "refused with {} in {}, to be accepted",
            report.code.unwrap_or_default(),
            report.step.map(gatepost_saml::StepName::name).unwrap_or_default()
        )),
        (Expected::Reject, Verdict::Accepted) => Some("accepted, to be refused".to_owned()),
        (Expected::Reject, _) => code_differs(report, expectation),
    };
    comparison.agreement.agrees = Some(match &comparison.why {
        None => Agrees::Yes,
        Some(_) if !expectation.must || is_alternative(report, expectation) => Agrees::Soft,
        Some(_) => Agrees::No,
    });
    comparison
}

/// The answer is exactly the acceptance that the manifest calls safe too.
fn is_alternative(report: &Report, expectation: &Expectation) -> bool {
    expectation.expect == Some(Word::Reject)
        && report.verdict == Verdict::Accepted
        && expectation.alternative.as_ref().is_some_and(|alternative| {
            alternative.expect == Word::Accept && reading_differs(report, &alternative.reading).is_none()
        })
}

fn code_differs(report: &Report, expectation: &Expectation) -> Option<String> {
    let step = report.step.map(gatepost_saml::StepName::name);
    let differs = |wanted: &Option<String>, found: Option<&str>| {
        wanted.as_deref().is_some_and(|wanted| found != Some(wanted))
    };
    if expectation.expect == Some(Word::Reject)
        && (differs(&expectation.code, report.code) || differs(&expectation.step, step))
    {
        return Some(format!(
            "refused with {} in {}, to be refused with {} in {}",
            report.code.unwrap_or_default(),
            step.unwrap_or_default(),
            expectation.code.as_deref().unwrap_or("any code"),
            expectation.step.as_deref().unwrap_or("any step")
        ));
    }
    None
}

/// What of the reading is not as expected.
fn reading_differs(report: &Report, expected: &ExpectedReading) -> Option<String> {
    let reading = &report.reading;
    if let Some(name_id) = &expected.expected_name_id
        && name_id.as_deref().map(str::trim) != reading.name_id.as_deref().map(str::trim)
    {
        return Some(format!("name_id is {:?}, to be {name_id:?}", reading.name_id));
    }
    if let Some(attributes) = &expected.expected_attributes {
        for (name, values) in attributes {
            match reading.attributes_map.get(name) {
                None => return Some(format!("attribute {name:?} is not there")),
                Some(found) if !values.is_empty() && !equal_trimmed(values, found) => {
                    return Some(format!("attribute {name:?} is {found:?}, to be {values:?}"));
                }
                Some(_) => {}
            }
        }
        if let Some((name, _)) =
            reading.attributes_map.iter().find(|(name, _)| !attributes.contains_key(*name))
        {
            return Some(format!("attribute {name:?} is not expected"));
        }
    }
    if let Some(indexes) = &expected.expected_session_indexes
        && !equal_trimmed(indexes, reading.session_indexes.as_deref().unwrap_or_default())
    {
        return Some(format!("session_indexes are {:?}, to be {indexes:?}", reading.session_indexes));
    }
    let entities = report.entities.as_deref().unwrap_or_default();
    if let Some(expected) = &expected.expected_entities {
        return entities_differ(entities, expected);
    }
    expected.expected_metadata.as_ref().and_then(|expected| metadata_differs(entities, expected))
}

fn entities_differ(found: &[EntityReading], expected: &[ExpectedEntity]) -> Option<String> {
    let ids = |ids: &mut dyn Iterator<Item = &str>| ids.map(str::to_owned).collect::<Vec<String>>();
    let found_ids = ids(&mut found.iter().map(|entity| entity.entity_id.as_str()));
    let expected_ids = ids(&mut expected.iter().map(|entity| entity.entity_id.as_str()));
    if found_ids != expected_ids {
        return Some(format!("entities are {found_ids:?}, to be {expected_ids:?}"));
    }
    found.iter().zip(expected).find_map(|(found, expected)| {
        let what = if let Some(certificates) = &expected.signing_cert_sha256
            && sorted(certificates) != sorted(&found.signing_cert_sha256)
        {
            format!("signing certificates are {:?}, to be {certificates:?}", found.signing_cert_sha256)
        } else if let Some(sso) = &expected.sso
            && sorted(&pairs(sso.iter().map(|end| (&end.binding, &end.location))))
                != sorted(&pairs(found.sso.iter().map(|end| (&end.binding, &end.location))))
        {
            format!("sso is {:?}, to be {sso:?}", found.sso)
        } else if let Some(scopes) = &expected.scopes
            && !equal_trimmed(scopes, &found.scopes)
        {
            format!("scopes are {:?}, to be {scopes:?}", found.scopes)
        } else if let Some(until) = &expected.valid_until
            && Instant::parse(until).ok()
                != found.valid_until.as_deref().and_then(|at| Instant::parse(at).ok())
        {
            format!("valid_until is {:?}, to be {until}", found.valid_until)
        } else {
            return None;
        };
        Some(format!("{}: {what}", found.entity_id))
    })
}

fn metadata_differs(found: &[EntityReading], expected: &ExpectedMetadata) -> Option<String> {
    let [entity] = found else {
        return Some(format!("{} entities, to be one", found.len()));
    };
    if entity.entity_id != expected.entity_id {
        return Some(format!("entity ID is {:?}, to be {:?}", entity.entity_id, expected.entity_id));
    }
    if let Some(certificates) = &expected.signing_cert_sha256
        && sorted(certificates) != sorted(&entity.signing_cert_sha256)
    {
        return Some(format!(
            "signing certificates are {:?}, to be {certificates:?}",
            entity.signing_cert_sha256
        ));
    }
    let redirect = entity.sso.iter().find(|end| end.binding == REDIRECT).map(|end| &end.location);
    if expected.sso_redirect.is_some() && expected.sso_redirect.as_ref() != redirect {
        return Some(format!("the redirect address is {redirect:?}, to be {:?}", expected.sso_redirect));
    }
    None
}

fn pairs<'a>(ends: impl Iterator<Item = (&'a String, &'a String)>) -> Vec<(&'a str, &'a str)> {
    ends.map(|(binding, location)| (binding.trim(), location.trim())).collect()
}

fn sorted<T: Ord + Clone>(list: &[T]) -> Vec<T> {
    let mut list = list.to_vec();
    list.sort_unstable();
    list
}

fn equal_trimmed(expected: &[String], found: &[String]) -> bool {
    expected.len() == found.len() && expected.iter().zip(found).all(|(a, b)| a.trim() == b.trim())
}

/// The forbidden value that the object shows, if any.
fn leak<'a>(report: &Report, expectation: &'a Expectation) -> Option<&'a str> {
    let forbidden = [&expectation.forbidden_name_id, &expectation.forbidden_attribute_value];
    let mut forbidden =
        forbidden.into_iter().flatten().map(|value| value.trim()).filter(|value| !value.is_empty());
    let object = serde_json::to_value(report).unwrap_or(Value::Null);
    forbidden.find(|value| shows(&object, value))
}

fn shows(object: &Value, value: &str) -> bool {
    match object {
        Value::String(text) => contains_word(text, value),
        Value::Array(items) => items.iter().any(|item| shows(item, value)),
        Value::Object(fields) => {
            fields.iter().any(|(name, item)| contains_word(name, value) || shows(item, value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether `value` stands in `text` as a whole: `admin@corp.example` does not stand in
/// `admin@corp.example.evil.example`, which is another identity.
fn contains_word(text: &str, value: &str) -> bool {
    let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '@' | '-' | '_' | '+');
    text.match_indices(value).any(|(start, _)| {
        let (before, from) = text.split_at(start);
        let after = from.get(value.len()..).unwrap_or_default();
        let mut next = after.chars();
        let continues = match next.next() {
            Some('.') => next.next().is_some_and(goes_on),
            Some(c) => goes_on(c),
            None => false,
        };
        !continues && !before.chars().next_back().is_some_and(|c| goes_on(c) || c == '.')
    })
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
