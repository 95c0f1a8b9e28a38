//! The mapping: which value each attribute gets, and from where.
//!
//! Zoom knows people by their email address and ignores changes of `userName` and emails, so the user name *is* the
//! primary address: a mapping names where it comes from once, at `user_name`, and `email` follows.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Fields;
use crate::scim::attribute::{Attribute, Values};

/// Zoom takes addresses of fewer than 128 characters.
const MAX_EMAIL: usize = 127;
const MAX_VALUE: usize = 256;

/// Which value each attribute gets. An attribute that is not named is left as it is in Zoom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ZoomMapping")]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// One for each attribute.
    pub rows: Vec<Row>,
}

/// Where one attribute's value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ZoomMappingRow")]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The attribute.
    pub attribute: Attribute,
    /// Its source.
    pub from: Source,
    /// What is done to each value, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<Transform>,
    /// The value when nothing comes out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<String>,
}

/// A source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ZoomMappingSource")]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A field of the person.
    Field(String),
    /// The same for everybody.
    Text(String),
}

/// What is done to a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ZoomTransform")]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// White space around it goes.
    Trim,
    /// Small letters.
    Lower,
    /// Capital letters.
    Upper,
    /// What stands before the first of these.
    Before(String),
    /// What stands after the first of these.
    After(String),
    /// Every one of the first becomes the second.
    Replace(String, String),
    /// This before it.
    Prefix(String),
    /// This behind it.
    Suffix(String),
    /// The domain of an address becomes this.
    Domain(String),
    /// A telephone number as Zoom wants it, `+1 2015550123`: the country's code for numbers that have none.
    Phone(String),
    /// The pair whose first is the value, without regard to letter case, gives its second; what is in no pair goes.
    Table(Vec<(String, String)>),
}

impl Transform {
    fn apply(&self, value: &str) -> Option<String> {
        Some(match self {
            Self::Trim => value.trim().to_owned(),
            Self::Lower => value.to_lowercase(),
            Self::Upper => value.to_uppercase(),
            Self::Before(mark) => value.split_once(mark).map_or(value, |(before, _)| before).to_owned(),
            Self::After(mark) => value.split_once(mark).map_or(value, |(_, after)| after).to_owned(),
            Self::Replace(from, to) if !from.is_empty() => value.replace(from, to),
            Self::Replace(..) => value.to_owned(),
            Self::Prefix(text) => format!("{text}{value}"),
            Self::Suffix(text) => format!("{value}{text}"),
            Self::Domain(domain) => {
                format!("{}@{domain}", value.split_once('@').map_or(value, |(local, _)| local))
            }
            Self::Phone(code) => phone(value, code)?,
            Self::Table(pairs) => {
                let value = value.to_lowercase();
                pairs.iter().find(|(from, _)| from.to_lowercase() == value)?.1.clone()
            }
        })
    }
}

/// `+{country} {number}`. A number that names its country keeps it only where a space tells where the code ends.
fn phone(value: &str, code: &str) -> Option<String> {
    let value = value.trim();
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (country, number) = match value.strip_prefix('+') {
        Some(rest) => match rest.split_once([' ', '-', '(', '.']) {
            Some((country, number)) => (digits(country), digits(number)),
            // Without a mark, the usual code if it begins so.
            None => (digits(code), digits(rest.strip_prefix(&digits(code))?)),
        },
        None => (digits(code), digits(value)),
    };
    let fits = (1..=3).contains(&country.len()) && (4..=14).contains(&number.len());
    fits.then(|| format!("+{country} {number}"))
}

/// What is wrong with a mapping, or could be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingProblem {
    /// A required attribute has no row.
    #[error("{} must be mapped: Zoom makes no user without it", .0.name())]
    Missing(Attribute),
    /// Two rows.
    #[error("{} is mapped twice", .0.name())]
    Twice(Attribute),
    /// The address follows the user name.
    #[error("email cannot be mapped by itself: Zoom's user name is the primary address, so map user_name")]
    Email,
    /// Zoom makes working users of one login type alone.
    #[error(
        "login_type can only be the text sso: with any other, Zoom answers success and makes a user who is not there"
    )]
    LoginType,
    /// A source without a name, or an empty text.
    #[error("{} has a source without a name", .0.name())]
    Source(Attribute),
    /// A warning: Zoom never takes a change of it.
    #[error("{} is set when a user is made; Zoom ignores later changes of it", .0.name())]
    OnceOnly(Attribute),
}

impl MappingProblem {
    /// Whether the mapping can be used all the same.
    #[must_use]
    pub const fn is_warning(&self) -> bool {
        matches!(self, Self::OnceOnly(_))
    }
}

/// Why a person has no values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Unmappable {
    /// A required value is not there.
    #[error("{} has no value", .0.name())]
    Missing(Attribute),
    /// The user name is no address that Zoom takes.
    #[error("the user name is no email address that Zoom takes")]
    Address,
}

impl Mapping {
    /// What most want.
    #[must_use]
    pub fn usual() -> Self {
        let row = |attribute, field: &str| Row {
            attribute,
            from: Source::Field(field.to_owned()),
            then: vec![Transform::Trim],
            otherwise: None,
        };
        Self {
            rows: vec![
                Row { then: vec![Transform::Trim, Transform::Lower], ..row(Attribute::UserName, "email") },
                row(Attribute::GivenName, "first_name"),
                row(Attribute::FamilyName, "last_name"),
            ],
        }
    }

    /// What is wrong with it, errors first.
    #[must_use]
    pub fn check(&self) -> Vec<MappingProblem> {
        let mut problems = Vec::new();
        let mut seen = BTreeSet::new();
        for row in &self.rows {
            if !seen.insert(row.attribute) {
                problems.push(MappingProblem::Twice(row.attribute));
            }
            let (Source::Field(name) | Source::Text(name)) = &row.from;
            if name.trim().is_empty() {
                problems.push(MappingProblem::Source(row.attribute));
            }
            match row.attribute {
                Attribute::Email => problems.push(MappingProblem::Email),
                Attribute::LoginType
                    if row.from != Source::Text("sso".to_owned()) || !row.then.is_empty() =>
                {
                    problems.push(MappingProblem::LoginType);
                }
                Attribute::DisplayName => problems.push(MappingProblem::OnceOnly(row.attribute)),
                _ => {}
            }
        }
        let missing = Attribute::ALL
            .into_iter()
            .filter(|attribute| attribute.is_required() && !seen.contains(attribute));
        problems.extend(missing.map(MappingProblem::Missing));
        problems.sort_by_key(MappingProblem::is_warning);
        problems
    }

    /// Which attributes it decides about.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute> + '_ {
        self.rows.iter().map(|row| row.attribute)
    }

    /// What each row gives, for a preview: a row that gives nothing shows that, too.
    #[must_use]
    pub fn preview(&self, fields: &Fields) -> Vec<(Attribute, Option<String>)> {
        self.rows.iter().map(|row| (row.attribute, row.value(fields))).collect()
    }

    /// The values of a person.
    ///
    /// # Errors
    /// [`Unmappable`]: nothing is done about them until that is mended.
    pub fn apply(&self, fields: &Fields) -> Result<Values, Unmappable> {
        let mut values = Values::default();
        for row in &self.rows {
            let value = row.value(fields).unwrap_or_default();
            values
                .set(row.attribute, if row.attribute == Attribute::Active { active(&value) } else { &value });
        }
        for attribute in Attribute::ALL.into_iter().filter(|attribute| attribute.is_required()) {
            if values.get(attribute).is_none() {
                return Err(Unmappable::Missing(attribute));
            }
        }
        let name = values.get(Attribute::UserName).map(str::to_lowercase).unwrap_or_default();
        if !is_address(&name) {
            return Err(Unmappable::Address);
        }
        values.set(Attribute::UserName, &name);
        values.set(Attribute::Email, &name);
        if values.get(Attribute::Active).is_none() {
            values.set(Attribute::Active, "true");
        }
        values.shrink();
        Ok(values)
    }
}

impl Row {
    /// The first value that is left after all transformations.
    fn value(&self, fields: &Fields) -> Option<String> {
        let sources = match &self.from {
            Source::Field(name) => fields.get(name).map(Vec::as_slice).unwrap_or_default(),
            Source::Text(text) => std::slice::from_ref(text),
        };
        let transformed = |value: &String| {
            let first = Some(value.clone());
            self.then
                .iter()
                .fold(first, |value, transform| transform.apply(&value?))
                .filter(|value| !value.is_empty())
        };
        let value = sources.iter().find_map(transformed).or_else(|| self.otherwise.clone());
        value.map(|value| value.chars().filter(|character| !character.is_control()).take(MAX_VALUE).collect())
    }
}

fn active(value: &str) -> &'static str {
    let is_off =
        ["false", "no", "0", "inactive", "disabled"].iter().any(|word| value.eq_ignore_ascii_case(word));
    if is_off { "false" } else { "true" }
}

fn is_address(text: &str) -> bool {
    let fits = |byte: u8| {
        byte.is_ascii_graphic() && !matches!(byte, b'"' | b'(' | b')' | b',' | b':' | b';' | b'<' | b'>')
    };
    text.len() <= MAX_EMAIL
        && text.bytes().all(fits)
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.contains('@') && domain.contains('.') && !domain.starts_with('.')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &[&str])]) -> Fields {
        let values = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        pairs.iter().map(|(name, held)| ((*name).to_owned(), values(held))).collect()
    }

    fn jo() -> Fields {
        fields(&[
            ("email", &[" Jo@North.example"]),
            ("first_name", &["Jo"]),
            ("last_name", &["Ng"]),
            ("groups", &["Everybody", "TEACHERS"]),
            ("phone", &["201-555-0123"]),
        ])
    }

    fn with(rows: Vec<Row>) -> Mapping {
        Mapping { rows: Mapping::usual().rows.into_iter().chain(rows).collect() }
    }

    fn row(attribute: Attribute, from: Source, then: Vec<Transform>) -> Row {
        Row { attribute, from, then, otherwise: None }
    }

    #[test]
    fn the_user_name_is_the_address() {
        let values = Mapping::usual().apply(&jo()).unwrap();
        assert_eq!(values.get(Attribute::UserName), Some("jo@north.example"));
        assert_eq!(values.get(Attribute::Email), Some("jo@north.example"));
        assert_eq!(values.get(Attribute::Active), Some("true"));
        assert!(Mapping::usual().check().is_empty());
    }

    #[test]
    fn people_without_what_is_required_have_no_values() {
        let apply = |name: &str, value: &str| {
            let mut fields = jo();
            fields.insert(name.to_owned(), vec![value.to_owned()]);
            Mapping::usual().apply(&fields)
        };
        assert_eq!(apply("last_name", " "), Err(Unmappable::Missing(Attribute::FamilyName)));
        assert_eq!(apply("email", ""), Err(Unmappable::Missing(Attribute::UserName)));
        for bad in [
            "jo",
            "jo@",
            "@x.example",
            "jo@x",
            "a b@x.example",
            "jo@x@y.example",
            "j\"o@x.example",
            &"a".repeat(200),
        ] {
            assert_eq!(apply("email", bad), Err(Unmappable::Address), "{bad}");
        }
    }

    #[test]
    fn transformations_go_one_after_the_other() {
        let groups = || Source::Field("groups".to_owned());
        let table = Transform::Table(vec![("teachers".to_owned(), "Licensed".to_owned())]);
        let licence =
            Row { otherwise: Some("Basic".to_owned()), ..row(Attribute::UserType, groups(), vec![table]) };
        let mapping = with(vec![
            licence,
            row(Attribute::Phone, Source::Field("phone".to_owned()), vec![Transform::Phone("1".to_owned())]),
            row(
                Attribute::Department,
                Source::Field("email".to_owned()),
                vec![
                    Transform::After("@".to_owned()),
                    Transform::Before(".".to_owned()),
                    Transform::Upper,
                    Transform::Prefix("School ".to_owned()),
                    Transform::Replace("SCHOOL".to_owned(), "x".to_owned()),
                    Transform::Suffix("!".to_owned()),
                ],
            ),
        ]);
        let values = mapping.apply(&jo()).unwrap();
        assert_eq!(values.get(Attribute::UserType), Some("Licensed"));
        assert_eq!(values.get(Attribute::Phone), Some("+1 2015550123"));
        assert_eq!(values.get(Attribute::Department), Some("School NORTH!"));
        let mut pupil = jo();
        pupil.insert("groups".to_owned(), Vec::new());
        assert_eq!(mapping.apply(&pupil).unwrap().get(Attribute::UserType), Some("Basic"));
        assert_eq!(mapping.preview(&jo()).len(), 6);
        let moved = Transform::Domain("new.example".to_owned()).apply("jo@old.example");
        assert_eq!(moved.as_deref(), Some("jo@new.example"));
    }

    #[test]
    fn telephone_numbers_take_zooms_form() {
        for (text, wanted) in [
            ("201-555-0123", Some("+1 2015550123")),
            ("(201) 555 0123", Some("+1 2015550123")),
            ("+1 (201) 555-0123", Some("+1 2015550123")),
            ("+12015550123", Some("+1 2015550123")),
            ("+49 30 123456", Some("+49 30123456")),
            // Where the code ends nobody can tell.
            ("+4930123456", None),
            ("none", None),
            ("12", None),
        ] {
            assert_eq!(phone(text, "+1").as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn mappings_that_cannot_work_are_refused() {
        let text = |attribute, text: &str| row(attribute, Source::Text(text.to_owned()), Vec::new());
        let wrong = |mapping: Mapping| mapping.check();
        assert_eq!(wrong(Mapping { rows: Vec::new() }).len(), 3);
        assert_eq!(wrong(with(vec![text(Attribute::Email, "x")])), [MappingProblem::Email]);
        assert_eq!(
            wrong(with(vec![text(Attribute::UserName, "x")])),
            [MappingProblem::Twice(Attribute::UserName)]
        );
        assert_eq!(wrong(with(vec![text(Attribute::LoginType, "work_email")])), [MappingProblem::LoginType]);
        assert!(wrong(with(vec![text(Attribute::LoginType, "sso")])).is_empty());
        assert_eq!(
            wrong(with(vec![text(Attribute::Title, " ")])),
            [MappingProblem::Source(Attribute::Title)]
        );
        let warned = wrong(with(vec![text(Attribute::DisplayName, "x")]));
        assert!(warned.iter().all(MappingProblem::is_warning) && warned.len() == 1);
    }

    #[test]
    fn mappings_are_written_by_people() {
        let text = r#"{"rows":[{"attribute":"user_type","from":{"field":"groups"},"then":["trim",{"table":[["a","b"]]}],"otherwise":"Basic"}]}"#;
        let mapping: Mapping = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&mapping).unwrap(), text);
    }

    #[test]
    fn nothing_but_text_comes_out() {
        let mut fields = jo();
        fields.insert("first_name".to_owned(), vec!["J\u{0}o\n".to_owned()]);
        assert_eq!(Mapping::usual().apply(&fields).unwrap().get(Attribute::GivenName), Some("Jo"));
        fields.insert("active".to_owned(), vec!["No".to_owned()]);
        let mapping = with(vec![row(Attribute::Active, Source::Field("active".to_owned()), Vec::new())]);
        assert_eq!(mapping.apply(&fields).unwrap().get(Attribute::Active), Some("false"));
    }
}
