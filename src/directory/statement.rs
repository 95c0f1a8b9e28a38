//! What an identity provider says about a person, whatever protocol carried it.

use serde::{Deserialize, Serialize};

/// A verified statement about a person. Kept sealed with the session, so that people can see what was said of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The subject's name.
    pub name_id: Option<NameId>,
    /// The attributes in document order.
    pub attributes: Vec<Attribute>,
}

/// The subject's name (saml-core 2.2.2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameId {
    /// The value.
    pub value: String,
    /// Its format, if stated.
    pub format: Option<String>,
    /// Who gave the name, if stated.
    pub name_qualifier: Option<String>,
    /// For whom, if stated.
    pub sp_name_qualifier: Option<String>,
}

/// An attribute with all its values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// The name for people, if stated.
    pub friendly_name: Option<String>,
    /// Its values in document order.
    pub values: Vec<String>,
}

impl Statement {
    /// The attributes of that name, whatever the case of its letters; if there is none, those that people know by it.
    /// (A `FriendlyName` identifies nothing by itself, saml-core 2.7.3.1: so a name always goes first.)
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Attribute> {
        let is_name = |attribute: &Attribute| attribute.name.eq_ignore_ascii_case(name);
        let has_name = self.attributes.iter().any(is_name);
        self.attributes.iter().filter(move |attribute| {
            if has_name {
                attribute.name.eq_ignore_ascii_case(name)
            } else {
                attribute.friendly_name.as_ref().is_some_and(|friendly| friendly.eq_ignore_ascii_case(name))
            }
        })
    }

    /// Which attributes were sent and in which form the name, with no value of any.
    #[must_use]
    pub fn without_values(self) -> Self {
        let name_id = |name: NameId| NameId { format: name.format, ..NameId::default() };
        let attribute = |attribute: Attribute| Attribute { values: Vec::new(), ..attribute };
        Self {
            name_id: self.name_id.map(name_id),
            attributes: self.attributes.into_iter().map(attribute).collect(),
        }
    }

    /// The values of the attributes of that name and of no other, whatever the case of its letters.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.attributes
            .iter()
            .filter(move |attribute| attribute.name.eq_ignore_ascii_case(name))
            .flat_map(|attribute| attribute.values.iter().map(String::as_str))
    }
}
