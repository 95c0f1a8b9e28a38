//! The rules of a mapping as people write them and revisions keep them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::base::sentence::{Sentence, Told, sentence, told_errors};
use crate::base::unread;

use serde::{Deserialize, Serialize};

/// The rules of one connection. A field without a rule is mapped as is usual for the product; a rule without sources
/// maps it to nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mapping {
    /// The email address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Rule>,
    /// The first name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<Rule>,
    /// The last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<Rule>,
    /// The whole name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<Rule>,
    /// The name that they sign in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<Rule>,
    /// The platform's own id for them, where the identity provider knows it: leads to a user that is there already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<Rule>,
    /// Their groups, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Rule>,
    /// Roles on the platform, copied as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Rule>,
    /// Roles by condition: those of the account, and the platform's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub role_rules: Vec<RoleRule>,
    /// Fields of the account's own, by name, with all their values.
    pub custom: BTreeMap<String, Rule>,
    /// Fields without which nobody signs in: `email`, `custom.building`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<String>,
    /// Whether a rule may make somebody an owner of the account.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub may_grant_owner: bool,
    /// What it means that no groups were sent.
    #[serde(skip_serializing_if = "AbsentGroups::is_none")]
    pub absent_groups: AbsentGroups,
}

/// Where a value comes from, and what is done to it: split, then capture, then case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The first of these that has a value.
    pub first_of: Vec<Source>,
    /// Every value is several, with this between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
    /// A regular expression: a value becomes what its first group matched (or all that matched, without a group); one
    /// that does not match is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<String>,
    /// What becomes of letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<Case>,
}

/// A case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Case {
    /// Small letters.
    Lower,
    /// Capitals.
    Upper,
}

/// What it means that an identity provider sent no groups.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbsentGroups {
    /// They have none: roles by group are gone. What most identity providers mean.
    #[default]
    None,
    /// Nothing: what was known holds.
    Unknown,
}

impl AbsentGroups {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
    const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

/// A part of a statement, or a text that is always the same. Its text form is `name_id`, `name_id:email` (only if it is
/// an address), `attribute:NAME` or `constant:TEXT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Source {
    /// The NameID.
    NameId,
    /// The NameID, if its format or shape is that of an email address.
    EmailNameId,
    /// The attributes of that name, whatever the case of its letters; if there is none, those that people know by it.
    Attribute(String),
    /// This text.
    Constant(String),
}

/// Not a source; a plain sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceError(String);

impl Told for SourceError {
    fn sentence(&self) -> Sentence {
        sentence!(
            "\"{text}\" is no source; write name_id, name_id:email, attribute: and a name, or constant: and a text",
            text = &self.0,
        )
    }
}

told_errors!(SourceError);

impl SourceError {
    /// The same, out of what serde says when one cannot be read.
    pub(super) fn of_serde(error: &serde_json::Error) -> Option<Self> {
        let said = unread::message(error);
        // The sentence around the text, whatever it is.
        let around = Self("\u{0}".to_owned()).to_string();
        let (before, after) = around.split_once('\u{0}')?;
        Some(Self(said.strip_prefix(before)?.strip_suffix(after)?.to_owned()))
    }
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        match (text, text.strip_prefix("attribute:"), text.strip_prefix("constant:")) {
            ("name_id", ..) => Ok(Self::NameId),
            ("name_id:email", ..) => Ok(Self::EmailNameId),
            (_, Some(name), _) if !name.trim().is_empty() => Ok(Self::Attribute(name.to_owned())),
            (.., Some(value)) if !value.trim().is_empty() => Ok(Self::Constant(value.to_owned())),
            _ => Err(SourceError(text.to_owned())),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameId => out.write_str("name_id"),
            Self::EmailNameId => out.write_str("name_id:email"),
            Self::Attribute(name) => write!(out, "attribute:{name}"),
            Self::Constant(text) => write!(out, "constant:{text}"),
        }
    }
}

impl TryFrom<String> for Source {
    type Error = SourceError;

    fn try_from(text: String) -> Result<Self, SourceError> {
        text.parse()
    }
}

impl From<Source> for String {
    fn from(source: Source) -> Self {
        source.to_string()
    }
}

/// A role for those whose values fulfil a condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleRule {
    /// The role: `member`, `admin` or `owner` of the account, or any of the platform's.
    pub grant: String,
    /// What is looked at: `groups`, as they were mapped, or a source.
    pub when: RoleSource,
    /// One of its values is this very text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<String>,
    /// The whole of one of its values matches this regular expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<String>,
}

/// What a role rule looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum RoleSource {
    /// The groups, as they were mapped.
    Groups,
    /// A part of the statement.
    Source(Source),
}

/// When a role rule holds, checked.
#[derive(Debug, Clone)]
pub enum Condition {
    /// One of the values is this text.
    Equals(String),
    /// The whole of one of the values matches.
    Matches(regex::Regex),
}

impl Condition {
    /// Whether `value` fulfils it.
    #[must_use]
    pub fn holds(&self, value: &str) -> bool {
        match self {
            Self::Equals(text) => text == value,
            Self::Matches(pattern) => pattern.is_match(value),
        }
    }
}

impl fmt::Display for RoleSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Groups => out.write_str("groups"),
            Self::Source(source) => source.fmt(out),
        }
    }
}

impl TryFrom<String> for RoleSource {
    type Error = SourceError;

    fn try_from(text: String) -> Result<Self, SourceError> {
        if text == "groups" { Ok(Self::Groups) } else { text.parse().map(Self::Source) }
    }
}

impl From<RoleSource> for String {
    fn from(source: RoleSource) -> Self {
        source.to_string()
    }
}

impl Mapping {
    /// Every field that has one rule, by its name; custom fields are not among them.
    pub(super) fn fields(&self) -> [(&'static str, Option<&Rule>); 8] {
        [
            ("email", self.email.as_ref()),
            ("first_name", self.first_name.as_ref()),
            ("last_name", self.last_name.as_ref()),
            ("display_name", self.display_name.as_ref()),
            ("username", self.username.as_ref()),
            ("external_id", self.external_id.as_ref()),
            ("groups", self.groups.as_ref()),
            ("roles", self.roles.as_ref()),
        ]
    }

    /// Whether what comes of it depends on what values are, and not on which attributes there are alone.
    #[must_use]
    pub fn looks_into_values(&self) -> bool {
        let own = self.fields().into_iter().filter_map(|(_, rule)| rule);
        let looks = |rule: &Rule| rule.split.is_some() || rule.capture.is_some();
        !self.role_rules.is_empty() || own.chain(self.custom.values()).any(looks)
    }
}
