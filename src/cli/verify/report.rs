//! What `verify` prints for one message: the object of the verify contract, field by field in its order.
//!
//! A [`Report`] is plain data made from a trace and, when the message was accepted, a reading; it holds no engine type
//! that could still be judged. Texts of steps (spec, side, mend) come from the table of codes.

use gatepost_saml::code::{Side, StepName};
use gatepost_saml::trace::{
    EncryptionEvidence, MessageKind, Outcome, Refusal, SignatureEvidence, Step, Text, Trace, Unverified,
    Warning,
};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::nothing;
use crate::directory::preset::Product;
use crate::words::{EN, mend};

/// The version of the object.
pub const SCHEMA: &str = "gatepost.verify/1";

/// One message judged.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    schema: &'static str,
    /// The case's id in a suite.
    pub id: Option<String>,
    /// What was judged.
    pub kind: MessageKind,
    /// The answer.
    pub verdict: Verdict,
    /// `ok`, or the refusal's stable code.
    pub code: Option<&'static str>,
    /// The deciding step of a refusal.
    pub step: Option<StepName>,
    /// What an accepted message says.
    #[serde(flatten)]
    pub reading: Reading,
    /// The signatures that verified.
    pub signed: Vec<SignatureEvidence>,
    /// What was decrypted, and how.
    pub encrypted: Option<EncryptionEvidence>,
    /// The entities of accepted metadata.
    pub entities: Option<Vec<EntityReading>>,
    /// The relaxations without which it would have been refused.
    pub relaxed: Vec<&'static str>,
    /// What an administrator should know although it was judged.
    pub warnings: Vec<Warning>,
    /// What the message claims, verified or not; never a subject.
    pub unverified: Unverified,
    /// Every step of the kind, in order.
    pub steps: Vec<StepReport>,
    /// The comparison, in suites with expectations.
    #[serde(flatten)]
    pub agreement: Option<Agreement>,
}

/// `verdict`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Valid under these settings.
    Accepted,
    /// Not valid, for the reason in `code`.
    Refused,
    /// In suites: the file is not there.
    Missing,
}

/// What an accepted message says. Everything is empty for a refused one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the verify contract documents the fields")]
pub struct Reading {
    pub name_id: Option<String>,
    pub name_id_format: Option<String>,
    pub name_qualifier: Option<String>,
    pub sp_name_qualifier: Option<String>,
    pub attributes: Vec<AttributeReading>,
    pub attributes_map: AttributesMap,
    pub session_index: Option<String>,
    pub session_not_on_or_after: Option<String>,
    pub authn_instant: Option<String>,
    pub authn_context: Option<String>,
    pub assertion_id: Option<String>,
    pub in_response_to: Option<String>,
    pub session_indexes: Option<Vec<String>>,
}

/// One attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the verify contract documents the fields")]
pub struct AttributeReading {
    pub name: String,
    pub name_format: Option<String>,
    pub friendly_name: Option<String>,
    pub values: Vec<String>,
}

/// Attribute names with their values, whatever the name format, in document order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttributesMap(Vec<(String, Vec<String>)>);

impl AttributesMap {
    /// The values of every attribute of the same name, one after the other.
    #[must_use]
    pub fn of(attributes: &[AttributeReading]) -> Self {
        let mut map: Vec<(String, Vec<String>)> = Vec::new();
        for attribute in attributes {
            match map.iter_mut().find(|(name, _)| *name == attribute.name) {
                Some((_, values)) => values.extend_from_slice(&attribute.values),
                None => map.push((attribute.name.clone(), attribute.values.clone())),
            }
        }
        Self(map)
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }

    /// The values under `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[String]> {
        self.iter().find(|(candidate, _)| *candidate == name).map(|(_, values)| values)
    }
}

impl Serialize for AttributesMap {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(Some(self.0.len()))?;
        for (name, values) in self.iter() {
            map.serialize_entry(name, values)?;
        }
        map.end()
    }
}

/// One identity provider of accepted metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the verify contract documents the fields")]
pub struct EntityReading {
    pub entity_id: String,
    pub signing_cert_sha256: Vec<String>,
    pub encryption_cert_sha256: Vec<String>,
    pub sso: Vec<EndpointReading>,
    pub slo: Vec<EndpointReading>,
    pub name_id_formats: Vec<String>,
    pub scopes: Vec<String>,
    pub valid_until: Option<String>,
}

/// One endpoint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[expect(missing_docs, reason = "the verify contract documents the fields")]
pub struct EndpointReading {
    pub binding: String,
    pub location: String,
}

/// One step with the words of its code.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the verify contract documents the fields")]
pub struct StepReport {
    pub name: StepName,
    pub outcome: Outcome,
    pub code: Option<&'static str>,
    pub wanted: Option<Text>,
    pub found: Option<Text>,
    pub spec: Option<&'static str>,
    pub side: Option<Side>,
    pub mend: Option<String>,
}

impl StepReport {
    /// The step with the words for `product`'s console.
    fn of(step: Step, product: Product) -> Self {
        let text = step.code.map(gatepost_saml::Code::text);
        Self {
            name: step.name,
            outcome: step.outcome,
            code: text.map(|text| text.name),
            wanted: step.wanted.map(nothing::named),
            found: step.found,
            spec: text.map(|text| text.spec),
            side: text.map(|text| text.side),
            mend: step.code.map(|code| EN.mend(code, product)),
        }
    }
}

/// How a verdict compares with the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Agreement {
    /// `accept` or `reject`: what holds under the policy of this run.
    pub expected: Option<Expected>,
    /// Whether the verdict and the reading are the expected ones.
    pub agrees: Option<Agrees>,
}

/// `expected`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// To be accepted with the expected reading.
    Accept,
    /// To be refused.
    Reject,
}

/// `agrees`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agrees {
    /// As expected.
    Yes,
    /// A hard difference.
    No,
    /// A difference that reasonable implementations have.
    Soft,
}

impl Serialize for Agrees {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Yes => out.serialize_bool(true),
            Self::No => out.serialize_bool(false),
            Self::Soft => out.serialize_str("soft"),
        }
    }
}

impl Report {
    /// An accepted message.
    #[must_use]
    pub fn accepted(trace: Trace, reading: Reading, entities: Option<Vec<EntityReading>>) -> Self {
        Self { verdict: Verdict::Accepted, code: Some("ok"), reading, entities, ..Self::from_trace(trace) }
    }

    /// A refused message: nothing of it is shown but its evidence and its unverified claims.
    #[must_use]
    pub fn refused(trace: Trace, refusal: Refusal) -> Self {
        Self { code: Some(refusal.code.name()), step: Some(refusal.step), ..Self::from_trace(trace) }
    }

    /// A case whose file is not there.
    #[must_use]
    pub fn missing(kind: MessageKind) -> Self {
        Self { verdict: Verdict::Missing, steps: Vec::new(), ..Self::from_trace(Trace::new(kind)) }
    }

    fn from_trace(trace: Trace) -> Self {
        let product = mend::product(Product::Other, &trace);
        Self {
            schema: SCHEMA,
            id: None,
            kind: trace.kind,
            verdict: Verdict::Refused,
            code: None,
            step: None,
            reading: Reading::default(),
            signed: trace.signed,
            encrypted: trace.encrypted,
            entities: None,
            relaxed: trace.relaxed.iter().map(gatepost_saml::Relaxation::name).collect(),
            warnings: trace.warnings,
            unverified: trace.unverified,
            steps: trace.steps.into_iter().map(|step| StepReport::of(step, product)).collect(),
            agreement: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use gatepost_saml::Code;

    use super::*;

    const FIELDS: [&str; 28] = [
        "schema",
        "id",
        "kind",
        "verdict",
        "code",
        "step",
        "name_id",
        "name_id_format",
        "name_qualifier",
        "sp_name_qualifier",
        "attributes",
        "attributes_map",
        "session_index",
        "session_not_on_or_after",
        "authn_instant",
        "authn_context",
        "assertion_id",
        "in_response_to",
        "session_indexes",
        "signed",
        "encrypted",
        "entities",
        "relaxed",
        "warnings",
        "unverified",
        "steps",
        "expected",
        "agrees",
    ];

    /// The keys of the outermost object, in the order in which they are written.
    fn keys(json: &str) -> Vec<String> {
        struct Keys;
        impl<'de> serde::de::Visitor<'de> for Keys {
            type Value = Vec<String>;
            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut keys = Vec::new();
                while let Some((key, _)) = map.next_entry::<String, serde::de::IgnoredAny>()? {
                    keys.push(key);
                }
                Ok(keys)
            }
        }
        serde::Deserializer::deserialize_map(&mut serde_json::Deserializer::from_str(json), Keys).unwrap()
    }

    fn attribute(name: &str, format: Option<&str>, values: &[&str]) -> AttributeReading {
        AttributeReading {
            name: name.to_owned(),
            name_format: format.map(str::to_owned),
            friendly_name: None,
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        }
    }

    #[test]
    fn every_field_is_present_in_the_order_of_the_contract() {
        let alone = Report::missing(MessageKind::Metadata);
        assert_eq!(keys(&serde_json::to_string(&alone).unwrap()), FIELDS[..26]);
        let compared = Report {
            agreement: Some(Agreement { expected: Some(Expected::Reject), agrees: Some(Agrees::Soft) }),
            ..alone
        };
        let json = serde_json::to_string(&compared).unwrap();
        assert_eq!(keys(&json), FIELDS);
        assert!(json.ends_with(r#""steps":[],"expected":"reject","agrees":"soft"}"#), "{json}");
    }

    #[test]
    fn a_failing_step_carries_the_texts_of_its_code() {
        let mut trace = Trace::new(MessageKind::Response);
        trace.pass(StepName::Input, None, None);
        trace.fail(StepName::Audience, Code::AudienceMismatch, Some("us".into()), Some("them".into()));
        let refusal = Refusal {
            code: Code::AudienceMismatch,
            step: StepName::Audience,
            public_code: Code::AudienceMismatch,
        };
        let json = serde_json::to_value(Report::refused(trace, refusal)).unwrap();
        assert_eq!(json["code"], "audience_mismatch");
        assert_eq!(json["step"], "audience");
        assert_eq!(json["attributes_map"], serde_json::json!({}));
        let steps = json["steps"].as_array().unwrap();
        assert_eq!(steps.len(), 25);
        let names: Vec<&str> = steps[0].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names.len(), 8);
        let step = steps.iter().find(|step| step["name"] == "audience").unwrap();
        assert_eq!(step["outcome"], "fail");
        assert_eq!(step["side"], "idp");
        assert_eq!(step["spec"], Code::AudienceMismatch.text().spec);
        assert_eq!(step["mend"], Code::AudienceMismatch.text().mend);
        assert_eq!(steps[0]["mend"], serde_json::Value::Null);
    }

    #[test]
    fn the_map_joins_equal_names_in_document_order() {
        let map = AttributesMap::of(&[
            attribute("b", None, &["1"]),
            attribute("a", None, &[]),
            attribute("b", Some("urn:x"), &["2"]),
        ]);
        assert_eq!(serde_json::to_string(&map).unwrap(), r#"{"b":["1","2"],"a":[]}"#);
    }

    #[test]
    fn agreement_is_a_boolean_or_soft() {
        let all = [Agrees::Yes, Agrees::No, Agrees::Soft];
        assert_eq!(serde_json::to_string(&all).unwrap(), r#"[true,false,"soft"]"#);
    }
}
