//! Who a statement is about.
//!
//! # Invariants
//!
//! * A transient NameID is never a key: it is another one at every sign-in (saml-core 8.3.8).
//! * Values shaped like an email address compare lower-cased; all others byte for byte. Persistent names compare with
//!   their qualifiers (saml-core 8.3.7), which stand for the two entity ids when absent.
//! * A subject that is an attribute has exactly one value; nothing is picked from several.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::apply::sent_names;
use crate::base::sentence::{Sentence, Told, sentence, told_errors};
use crate::directory::email::is_email_shaped;
use crate::directory::statement::{NameId, Statement};

const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
/// The format of a NameID that stays the same, and is another one for each service provider.
pub const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const EMAIL_ADDRESS: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

/// Which part of a statement names the person. Its text form is `name_id` or `attribute:NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SubjectSource {
    /// The NameID.
    NameId,
    /// The attribute of this name, whatever the case of its letters; never by its friendly name.
    Attribute(String),
}

/// Not a subject source; a plain sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubjectSourceError;

impl Told for SubjectSourceError {
    fn sentence(&self) -> Sentence {
        sentence!("it must be name_id, or attribute: and the name of an attribute")
    }
}

told_errors!(SubjectSourceError);

impl fmt::Display for SubjectSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameId => out.write_str("name_id"),
            Self::Attribute(name) => write!(out, "attribute:{name}"),
        }
    }
}

impl FromStr for SubjectSource {
    type Err = SubjectSourceError;

    fn from_str(text: &str) -> Result<Self, SubjectSourceError> {
        match (text, text.strip_prefix("attribute:")) {
            ("name_id", _) => Ok(Self::NameId),
            (_, Some(name)) if !name.is_empty() => Ok(Self::Attribute(name.to_owned())),
            _ => Err(SubjectSourceError),
        }
    }
}

impl TryFrom<String> for SubjectSource {
    type Error = SubjectSourceError;

    fn try_from(text: String) -> Result<Self, SubjectSourceError> {
        text.parse()
    }
}

impl From<SubjectSource> for String {
    fn from(source: SubjectSource) -> Self {
        source.to_string()
    }
}

/// Who a statement is about, within one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// What is compared.
    pub key: Vec<u8>,
    /// What people see.
    pub shown: String,
}

/// The statement does not say who it is about in the way that the connection asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmapped {
    /// The NameID is absent or empty.
    NameIdMissing,
    /// The NameID is transient.
    NameIdTransient,
    /// The attribute is absent or empty.
    AttributeMissing,
    /// The attribute has several values.
    AttributeMultiple,
}

impl Unmapped {
    /// For the trace: what was found instead; names, no values.
    #[must_use]
    pub fn found(self, statement: &Statement) -> Cow<'static, str> {
        match self {
            Self::NameIdMissing => Cow::Borrowed("no NameID"),
            Self::NameIdTransient => {
                Cow::Borrowed("a transient NameID, which names nobody for longer than a session")
            }
            Self::AttributeMissing => Cow::Owned(sent_names(statement)),
            Self::AttributeMultiple => Cow::Borrowed("several values"),
        }
    }
}

/// Who `statement` is about. `idp` and `sp` are the entity ids that absent qualifiers stand for.
///
/// # Errors
/// [`Unmapped`] if it does not say.
pub fn subject(
    source: &SubjectSource,
    statement: &Statement,
    idp: &str,
    sp: &str,
) -> Result<Subject, Unmapped> {
    match source {
        SubjectSource::NameId => {
            let name_id = statement.name_id.as_ref().filter(|name_id| !name_id.value.trim().is_empty());
            name_id_subject(name_id.ok_or(Unmapped::NameIdMissing)?, idp, sp)
        }
        SubjectSource::Attribute(name) => {
            let mut values = statement.values(name).filter(|value| !value.trim().is_empty());
            match (values.next(), values.next()) {
                (None, _) => Err(Unmapped::AttributeMissing),
                (Some(value), None) => Ok(Subject { key: comparable(value), shown: value.to_owned() }),
                (Some(_), Some(_)) => Err(Unmapped::AttributeMultiple),
            }
        }
    }
}

fn name_id_subject(name_id: &NameId, idp: &str, sp: &str) -> Result<Subject, Unmapped> {
    let key = match name_id.format.as_deref() {
        Some(TRANSIENT) => return Err(Unmapped::NameIdTransient),
        Some(PERSISTENT) => {
            let given_by = name_id.name_qualifier.as_deref().unwrap_or(idp);
            let given_to = name_id.sp_name_qualifier.as_deref().unwrap_or(sp);
            // XML text cannot hold a zero byte, so the parts cannot run into one another.
            [name_id.value.as_str(), given_by, given_to].join("\0").into_bytes()
        }
        Some(EMAIL_ADDRESS) => name_id.value.to_ascii_lowercase().into_bytes(),
        _ => comparable(&name_id.value),
    };
    Ok(Subject { key, shown: name_id.value.clone() })
}

/// Whether a NameID is an email address, by its format or its shape.
pub(super) fn is_email_name_id(name_id: &NameId) -> bool {
    name_id.format.as_deref() == Some(EMAIL_ADDRESS) || is_email_shaped(name_id.value.trim())
}

/// Lower-cased when shaped like an email address, else byte for byte. Only ASCII letters have a lower case here: by
/// Unicode's rules a Kelvin sign becomes a k, and two people one.
fn comparable(value: &str) -> Vec<u8> {
    if is_email_shaped(value) { value.to_ascii_lowercase().into_bytes() } else { value.as_bytes().to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::statement::Attribute;

    const IDP: &str = "https://idp.example.org/";
    const SP: &str = "https://sp.example.org/";

    fn named(value: &str, format: Option<&str>) -> Statement {
        let name_id =
            NameId { value: value.to_owned(), format: format.map(str::to_owned), ..NameId::default() };
        Statement { name_id: Some(name_id), attributes: Vec::new() }
    }

    fn with(attributes: &[(&str, &[&str])]) -> Statement {
        let attributes = attributes.iter().map(|(name, values)| Attribute {
            name: (*name).to_owned(),
            friendly_name: None,
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        });
        Statement { name_id: None, attributes: attributes.collect() }
    }

    fn key(statement: &Statement) -> Vec<u8> {
        subject(&SubjectSource::NameId, statement, IDP, SP).unwrap().key
    }

    #[test]
    fn email_shapes_ignore_case_and_nothing_else_does() {
        assert_eq!(
            key(&named("Maya@Example.org", Some(EMAIL_ADDRESS))),
            key(&named("maya@example.org", None))
        );
        assert_ne!(key(&named("AB12", None)), key(&named("ab12", None)));
        assert_ne!(key(&named("A@b", None)), key(&named("a@b", None)), "no domain, no address");
    }

    #[test]
    fn persistent_names_belong_to_their_qualifiers() {
        let mut stated = named("x7", Some(PERSISTENT));
        let bare = key(&stated);
        let name_id = stated.name_id.as_mut().unwrap();
        name_id.name_qualifier = Some(IDP.to_owned());
        name_id.sp_name_qualifier = Some(SP.to_owned());
        assert_eq!(key(&stated), bare);
        stated.name_id.as_mut().unwrap().sp_name_qualifier = Some("https://other.example.org/".to_owned());
        assert_ne!(key(&stated), bare);
        assert_ne!(key(&named("X7", Some(PERSISTENT))), bare);
    }

    #[test]
    fn a_transient_name_is_nobody() {
        let statement = named("_a1", Some(TRANSIENT));
        assert_eq!(subject(&SubjectSource::NameId, &statement, IDP, SP), Err(Unmapped::NameIdTransient));
        let empty = subject(&SubjectSource::NameId, &Statement::default(), IDP, SP);
        assert_eq!(empty, Err(Unmapped::NameIdMissing));
    }

    #[test]
    fn an_attribute_names_one_person() {
        let eppn: SubjectSource = "attribute:eppn".parse().unwrap();
        let one = |statement| subject(&eppn, &statement, IDP, SP);
        assert_eq!(one(with(&[("eppn", &["M@Uni.edu"])])).unwrap().key, b"m@uni.edu");
        assert_eq!(one(with(&[("eppn", &["", "a"])])).unwrap().shown, "a");
        assert_eq!(one(with(&[("eppn", &["a", "b"])])), Err(Unmapped::AttributeMultiple));
        assert_eq!(one(with(&[("EPPN", &["a"])])).unwrap().shown, "a");
        assert_eq!(one(with(&[("EPPN", &["a"]), ("eppn", &["b"])])), Err(Unmapped::AttributeMultiple));
        let mut friendly = with(&[("urn:oid:1.3.6.1.4.1.5923.1.1.1.6", &["a"])]);
        friendly.attributes[0].friendly_name = Some("eppn".to_owned());
        assert_eq!(one(friendly), Err(Unmapped::AttributeMissing), "a friendly name identifies nothing");
    }

    #[test]
    fn sources_read_back() {
        for text in ["name_id", "attribute:urn:oid:1.2.3"] {
            assert_eq!(text.parse::<SubjectSource>().unwrap().to_string(), text);
        }
        for bad in ["", "attribute:", "nameid", "Name_ID"] {
            assert!(bad.parse::<SubjectSource>().is_err(), "{bad}");
        }
    }
}
