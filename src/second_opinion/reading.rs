//! What two engines must agree on.

use gatepost_saml::response::Assertion;

/// What a message says, in the words of neither engine. Texts are compared without the white space around them, which
/// parsers keep or drop.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The assertion's ID.
    pub id: String,
    /// Who issued it.
    pub issuer: String,
    /// Who it is about.
    pub name_id: String,
    /// How that is to be read.
    pub name_id_format: Option<String>,
    /// The identity provider's name for the session.
    pub session_index: Option<String>,
    /// The earliest end of the session, in microseconds.
    pub session_end: Option<i64>,
    /// When the person was authenticated, in microseconds.
    pub authn_instant: Option<i64>,
    /// How.
    pub authn_context: Option<String>,
    /// The latest end of the assertion's validity, in microseconds.
    pub latest_end: Option<i64>,
    /// Name, format and values of each attribute, those of equal names merged.
    pub attributes: Vec<Attribute>,
}

/// One attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// How that is to be read.
    pub name_format: Option<String>,
    /// Its values.
    pub values: Vec<String>,
}

/// The text without the white space of XML around it.
#[must_use]
pub fn trimmed(text: &str) -> String {
    text.trim_matches([' ', '\t', '\r', '\n']).to_owned()
}

impl Reading {
    /// How our engine reads it.
    #[must_use]
    pub fn of(assertion: &Assertion) -> Self {
        let optional = |text: Option<&str>| text.map(trimmed);
        let mut reading = Self {
            id: trimmed(assertion.id()),
            issuer: trimmed(assertion.issuer()),
            name_id: trimmed(&assertion.name_id().value),
            name_id_format: optional(assertion.name_id().format.as_deref()),
            session_index: optional(assertion.session_index()),
            session_end: assertion.session_not_on_or_after().map(gatepost_saml::Instant::micros),
            authn_instant: assertion.authn_instant().map(gatepost_saml::Instant::micros),
            authn_context: optional(assertion.authn_context()),
            latest_end: Some(assertion.not_on_or_after().micros()),
            attributes: Vec::new(),
        };
        for attribute in assertion.attributes() {
            reading.add(&attribute.name, attribute.name_format.as_deref(), &attribute.values);
        }
        reading
    }

    /// Adds values of an attribute.
    pub fn add(&mut self, name: &str, name_format: Option<&str>, values: &[String]) {
        let (name, name_format) = (trimmed(name), name_format.map(trimmed));
        let same = |known: &&mut Attribute| known.name == name && known.name_format == name_format;
        let values = values.iter().map(|value| trimmed(value));
        match self.attributes.iter_mut().find(same) {
            Some(known) => known.values.extend(values),
            None => self.attributes.push(Attribute { name, name_format, values: values.collect() }),
        }
    }

    /// The names of what differs.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let compared = [
            ("assertion ID", self.id == other.id),
            ("issuer", self.issuer == other.issuer),
            ("NameID", self.name_id == other.name_id),
            ("NameID format", self.name_id_format == other.name_id_format),
            ("session index", self.session_index == other.session_index),
            ("end of the session", self.session_end == other.session_end),
            ("AuthnInstant", self.authn_instant == other.authn_instant),
            ("authentication context", self.authn_context == other.authn_context),
            ("validity", self.latest_end == other.latest_end),
            ("attributes", self.attributes == other.attributes),
        ];
        compared.into_iter().filter(|(_, is_same)| !is_same).map(|(name, _)| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = fn(&mut Reading, Option<String>);

    fn reading() -> Reading {
        let mut reading = Reading {
            id: "_1".to_owned(),
            issuer: "idp".to_owned(),
            name_id: "alice".to_owned(),
            latest_end: Some(5),
            ..Reading::default()
        };
        reading.add("groups", None, &["a".to_owned()]);
        reading
    }

    #[test]
    fn every_field_is_compared() {
        let ours = reading();
        assert_eq!(ours.differences(&reading()), [""; 0]);
        let text = || Some("x".to_owned());
        let changes: [(&str, Change); 10] = [
            ("assertion ID", |other, _| other.id.clear()),
            ("issuer", |other, _| other.issuer.clear()),
            ("NameID", |other, _| other.name_id.push_str(".another.example")),
            ("NameID format", |other, text| other.name_id_format = text),
            ("session index", |other, text| other.session_index = text),
            ("end of the session", |other, _| other.session_end = Some(1)),
            ("AuthnInstant", |other, _| other.authn_instant = Some(1)),
            ("authentication context", |other, text| other.authn_context = text),
            ("validity", |other, _| other.latest_end = Some(6)),
            ("attributes", |other, _| other.add("groups", None, &["b".to_owned()])),
        ];
        for (name, change) in changes {
            let mut other = reading();
            change(&mut other, text());
            assert_eq!(ours.differences(&other), [name]);
        }
    }

    #[test]
    fn values_of_one_name_are_one_attribute_and_formats_keep_names_apart() {
        let mut reading = reading();
        reading.add("groups", None, &[" b\n".to_owned()]);
        reading.add("groups", Some("urn:x"), &["c".to_owned()]);
        let values: Vec<_> = reading.attributes.iter().map(|attribute| attribute.values.clone()).collect();
        assert_eq!(values, [vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()]]);
    }
}
