//! Manifests: what a case gives to the judgement ([`CaseInputs`]) and, apart from it, what is expected
//! ([`Expectation`]).
//!
//! The two are separate types read from the same JSON at different times, so that no expectation, id or reason can
//! reach a verdict: [`CaseInputs`] knows the input fields alone, and an [`Expectation`] is read when the verdict stands.
//! A manifest may lack all expectations and ids.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use gatepost_saml::Relaxation;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::cli::Failure;

/// A list of cases and the folder that their paths start from.
#[derive(Debug)]
pub struct Manifest {
    /// Where the cases' files are.
    pub folder: PathBuf,
    cases: Vec<Value>,
    ids: HashMap<String, usize>,
}

/// The fields that a judgement may depend on.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "named and explained by the verify contract")]
pub struct CaseInputs {
    pub file: PathBuf,
    pub wire: Option<String>,
    pub kind: Option<String>,
    pub binding: Option<String>,
    #[serde(default)]
    pub idp_cert: OneOrMany,
    #[serde(default, deserialize_with = "unless_empty")]
    pub idp_entity_id: Option<String>,
    #[serde(default, deserialize_with = "unless_empty")]
    pub sp_entity_id: Option<String>,
    #[serde(default, deserialize_with = "unless_empty")]
    pub acs_url: Option<String>,
    #[serde(default)]
    pub sp_key: OneOrMany,
    pub now: Option<String>,
    #[serde(default, deserialize_with = "unless_empty")]
    pub in_response_to: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub needs: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub needs_sha1: bool,
    pub clock_skew_s: Option<u32>,
    #[serde(default, deserialize_with = "or_default")]
    pub after: Vec<String>,
}

/// A file name, a list of them, or none.
#[derive(Debug, Clone, Default)]
pub struct OneOrMany(pub Vec<PathBuf>);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            None,
            One(PathBuf),
            Many(Vec<PathBuf>),
        }
        Ok(Self(match Form::deserialize(input)? {
            Form::None => Vec::new(),
            Form::One(path) => vec![path],
            Form::Many(paths) => paths,
        }))
    }
}

/// What the manifest says of the outcome; read by the comparison only.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "named and explained by the verify contract")]
pub struct Expectation {
    pub expect: Option<Word>,
    #[serde(default = "yes")]
    pub must: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub needs: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub needs_sha1: bool,
    pub alternative: Option<Alternative>,
    #[serde(flatten)]
    pub reading: ExpectedReading,
    pub forbidden_name_id: Option<String>,
    pub forbidden_attribute_value: Option<String>,
    /// Our own fixtures: the refusal's code and step.
    pub code: Option<String>,
    pub step: Option<String>,
    pub reason: Option<String>,
}

/// `expect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// To be accepted.
    Accept,
    /// To be refused.
    Reject,
}

/// An acceptance of a reject case that is also safe.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "named and explained by the verify contract")]
pub struct Alternative {
    pub expect: Word,
    #[serde(flatten)]
    pub reading: ExpectedReading,
}

/// The reading that an acceptance must have; what is absent is not compared.
#[derive(Debug, Clone, Default, Deserialize)]
#[expect(missing_docs, reason = "named and explained by the verify contract")]
pub struct ExpectedReading {
    /// Absent is not compared; null demands that there is no name ID.
    #[serde(default, deserialize_with = "present")]
    pub expected_name_id: Option<Option<String>>,
    pub expected_attributes: Option<BTreeMap<String, Vec<String>>>,
    pub expected_session_indexes: Option<Vec<String>>,
    pub expected_entities: Option<Vec<ExpectedEntity>>,
    pub expected_metadata: Option<ExpectedMetadata>,
}

/// One entity of metadata; what is absent is not compared.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "named and explained by the verify contract")]
pub struct ExpectedEntity {
    pub entity_id: String,
    pub signing_cert_sha256: Option<Vec<String>>,
    pub sso: Option<Vec<ExpectedEndpoint>>,
    pub valid_until: Option<String>,
    pub scopes: Option<Vec<String>>,
}

/// One endpoint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[expect(missing_docs, reason = "named and explained by the verify contract")]
pub struct ExpectedEndpoint {
    pub binding: String,
    pub location: String,
}

/// Metadata of a single identity provider, the short form.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "named and explained by the verify contract")]
pub struct ExpectedMetadata {
    pub entity_id: String,
    pub sso_redirect: Option<String>,
    pub signing_cert_sha256: Option<Vec<String>>,
}

const fn yes() -> bool {
    true
}

/// Null is as good as absent.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(input: D) -> Result<T, D::Error> {
    Option::deserialize(input).map(Option::unwrap_or_default)
}

/// An empty setting is none: nothing may be equal to it.
fn unless_empty<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(input).map(|text| text.filter(|text| !text.is_empty()))
}

fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(input: D) -> Result<Option<T>, D::Error> {
    T::deserialize(input).map(Some)
}

impl Manifest {
    /// Reads the manifest at `path`.
    ///
    /// # Errors
    /// When the file cannot be read or is no list of cases.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = std::fs::read(path)
            .map_err(|error| Failure::new(format!("cannot read the manifest {}: {error}", path.display())))?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Self::parse(folder, &bytes)
            .map_err(|error| Failure::new(format!("the manifest {}: {error}", path.display())))
    }

    fn parse(folder: PathBuf, bytes: &[u8]) -> Result<Self, Failure> {
        let cases: Vec<Value> = serde_json::from_slice(bytes)
            .map_err(|error| Failure::new(format!("is not a JSON list of cases: {error}")))?;
        let mut ids = HashMap::new();
        for (index, case) in cases.iter().enumerate() {
            if let Some(id) = case.get("id").and_then(Value::as_str)
                && ids.insert(id.to_owned(), index).is_some()
            {
                return Err(Failure::new(format!("two cases have the id {id}")));
            }
        }
        Ok(Self { folder, cases, ids })
    }

    /// How many cases it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Whether it has no case.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// The id of the case at `index`, to label its answer.
    #[must_use]
    pub fn id(&self, index: usize) -> Option<&str> {
        self.cases.get(index)?.get("id")?.as_str()
    }

    /// How people call the case at `index`.
    #[must_use]
    pub fn label(&self, index: usize) -> String {
        self.id(index).map_or_else(|| format!("case {}", index + 1), str::to_owned)
    }

    /// Where the case `id` stands.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<usize> {
        self.ids.get(id).copied()
    }

    /// What the case at `index` gives to the judgement.
    ///
    /// # Errors
    /// When a field has another form than the contract says.
    pub fn inputs(&self, index: usize) -> Result<CaseInputs, Failure> {
        self.read_case(index)
    }

    /// What the manifest expects of the case at `index`. To be asked for when its verdict stands.
    ///
    /// # Errors
    /// When a field has another form than the contract says.
    pub fn expectation(&self, index: usize) -> Result<Expectation, Failure> {
        self.read_case(index)
    }

    /// Whether an absent file of the case at `index` is intended (made at run time by who wants it).
    #[must_use]
    pub fn may_be_missing(&self, index: usize) -> bool {
        self.cases.get(index).and_then(|case| case.get("stored")) == Some(&Value::Bool(false))
    }

    /// Whether any case says what is expected.
    #[must_use]
    pub fn has_expectations(&self) -> bool {
        self.cases.iter().any(|case| case.get("expect").is_some_and(|expect| !expect.is_null()))
    }

    fn read_case<T: for<'de> Deserialize<'de>>(&self, index: usize) -> Result<T, Failure> {
        let case = self.cases.get(index).unwrap_or(&Value::Null);
        T::deserialize(case).map_err(|error| Failure::new(format!("{}: {error}", self.label(index))))
    }
}

/// What a name in `needs` means here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Class A: always on.
    AlwaysOn,
    /// Class B: a relaxation.
    Relaxation(Relaxation),
    /// Never offered, or not known: such an accept case is to be refused.
    NeverOffered,
}

impl Need {
    /// The meaning of the corpus's `name`.
    #[must_use]
    pub fn of(name: &str) -> Self {
        match name {
            "aes192" | "p521" | "rsa_pss" | "ignore_cert_validity" | "non_url_acs" => Self::AlwaysOn,
            "rsa_lt_2048" => Self::Relaxation(Relaxation::Rsa1024),
            "authn_statement_optional" => Self::Relaxation(Relaxation::NoAuthnStatement),
            "unsolicited" | "sha1" | "inclusive_c14n" | "empty_reference_uri" | "rsa_1_5" | "tripledes" => {
                Relaxation::from_name(name).map_or(Self::NeverOffered, Self::Relaxation)
            }
            _ => Self::NeverOffered,
        }
    }

    /// The meanings of a case's `needs` and `needs_sha1`.
    pub fn all(needs: &[String], needs_sha1: bool) -> impl Iterator<Item = Self> + '_ {
        needs
            .iter()
            .map(|name| Self::of(name))
            .chain(needs_sha1.then_some(Self::Relaxation(Relaxation::Sha1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(json: &str) -> Manifest {
        Manifest::parse(PathBuf::from("/somewhere"), json.as_bytes()).unwrap()
    }

    #[test]
    fn inputs_are_read_without_expectations_and_ids() {
        let manifest = manifest(
            r#"[{"file": "a.xml"},
                {"file": "b.xml", "wire": "query", "kind": "logout_request", "idp_cert": ["x", "y"], "sp_key": "k",
                 "needs": ["sha1"], "needs_sha1": true, "clock_skew_s": 0, "after": ["c"], "expect": "accept"}]"#,
        );
        assert_eq!(manifest.id(0), None);
        assert_eq!(manifest.label(0), "case 1");
        let (first, second) = (manifest.inputs(0).unwrap(), manifest.inputs(1).unwrap());
        assert!(first.wire.is_none() && first.idp_cert.0.is_empty() && first.needs.is_empty());
        assert_eq!((second.idp_cert.0.len(), second.sp_key.0.len(), second.clock_skew_s), (2, 1, Some(0)));
        assert!(manifest.has_expectations());
        assert!(manifest.expectation(0).unwrap().must);
    }

    #[test]
    fn null_and_empty_settings_are_none() {
        let manifest = manifest(
            r#"[{"file": "a", "needs": null, "needs_sha1": null, "after": null, "idp_cert": null, "idp_entity_id": "",
                 "acs_url": null, "in_response_to": "", "clock_skew_s": null}]"#,
        );
        let inputs = manifest.inputs(0).unwrap();
        assert!(inputs.needs.is_empty() && !inputs.needs_sha1 && inputs.idp_cert.0.is_empty());
        assert!(
            inputs.idp_entity_id.is_none() && inputs.acs_url.is_none() && inputs.in_response_to.is_none()
        );
        assert!(manifest.expectation(0).is_ok());
    }

    #[test]
    fn an_expected_null_is_not_an_absent_one() {
        let manifest = manifest(
            r#"[{"file": "a", "expected_name_id": null}, {"file": "a"}, {"file": "a", "expected_name_id": "x"}]"#,
        );
        let name_id = |index| manifest.expectation(index).unwrap().reading.expected_name_id;
        assert_eq!((name_id(0), name_id(1), name_id(2)), (Some(None), None, Some(Some("x".to_owned()))));
        assert!(!manifest.has_expectations());
    }

    #[test]
    fn what_is_no_manifest_is_named() {
        let error = |json: &str| Manifest::parse(PathBuf::new(), json.as_bytes()).unwrap_err().to_string();
        assert!(error("{}").contains("list of cases"));
        assert!(error(r#"[{"id": "a"}, {"id": "a"}]"#).contains("the id a"));
        assert!(manifest(r#"[{"id": "no-file"}]"#).inputs(0).unwrap_err().to_string().contains("no-file"));
        assert!(manifest(r#"[{"file": "a", "expect": "maybe"}]"#).expectation(0).is_err());
    }

    #[test]
    fn needs_follow_the_table_of_the_contract() {
        for name in ["aes192", "p521", "rsa_pss", "ignore_cert_validity", "non_url_acs"] {
            assert_eq!(Need::of(name), Need::AlwaysOn);
        }
        assert_eq!(Need::of("rsa_lt_2048"), Need::Relaxation(Relaxation::Rsa1024));
        assert_eq!(Need::of("authn_statement_optional"), Need::Relaxation(Relaxation::NoAuthnStatement));
        assert_eq!(Need::of("sha1"), Need::Relaxation(Relaxation::Sha1));
        for name in ["audience_optional", "recipient_optional", "destination_optional", "something_new"] {
            assert_eq!(Need::of(name), Need::NeverOffered);
        }
        assert_eq!(Need::all(&[], true).collect::<Vec<_>>(), [Need::Relaxation(Relaxation::Sha1)]);
    }
}
