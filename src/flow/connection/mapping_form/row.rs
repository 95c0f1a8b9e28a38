//! The rows of the form, and the rules that they mean.

use crate::base::sentence::{Sentence, sentence};
use crate::directory::mapping::{Case, RoleRule, RoleSource, Rule, Source};

/// Where a field's value comes from, as the form has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Origin {
    /// As is usual for the product.
    #[default]
    Usual,
    /// The first of the named attributes that there is.
    Attributes,
    /// The NameID.
    NameId,
    /// The NameID, if it is an email address.
    EmailNameId,
    /// Always the same text.
    Text,
    /// Nothing.
    Nothing,
    /// What was written, which rows cannot say.
    Written,
}

impl Origin {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 7] = [
        Self::Usual,
        Self::Attributes,
        Self::NameId,
        Self::EmailNameId,
        Self::Text,
        Self::Nothing,
        Self::Written,
    ];

    /// Its name in the form.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usual => "usual",
            Self::Attributes => "attributes",
            Self::NameId => "name_id",
            Self::EmailNameId => "name_id_email",
            Self::Text => "text",
            Self::Nothing => "nothing",
            Self::Written => "written",
        }
    }

    pub(super) fn read(name: &str) -> Self {
        Self::ALL.into_iter().find(|one| one.name() == name).unwrap_or_default()
    }
}

/// The row of a field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Where its value comes from.
    pub from: Origin,
    /// Names of attributes, a line each; or the text.
    pub value: String,
    /// What stands between several values in one.
    pub split: String,
    /// The pattern that picks out what is wanted.
    pub capture: String,
    /// `lower`, `upper` or nothing.
    pub case: String,
    /// Whether nobody signs in without it.
    pub is_required: bool,
}

/// The row of a field of the account's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnRow {
    /// Its name.
    pub name: String,
    /// Where it comes from.
    pub row: Row,
}

/// The row of a rule for a role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleRow {
    /// The role.
    pub grant: String,
    /// `groups`, or the name of an attribute; any other source as it is written.
    pub when: String,
    /// Whether the value is a pattern.
    pub is_pattern: bool,
    /// What one of the values is.
    pub value: String,
}

impl Row {
    /// Whether something was typed that did not stand there. What is left over of another choice is none's mistake.
    pub(super) fn says_more_than(&self, before: &Self) -> bool {
        [(&self.value, &before.value), (&self.split, &before.split), (&self.capture, &before.capture)]
            .iter()
            .any(|(now, before)| !now.trim().is_empty() && now != before)
    }
}

impl OwnRow {
    /// To be filled in.
    pub(super) fn empty() -> Self {
        Self { name: String::new(), row: Row { from: Origin::Attributes, ..Row::default() } }
    }
}

/// A rule as a row.
pub(super) fn row_of(rule: Option<&Rule>) -> Row {
    let Some(rule) = rule else { return Row::default() };
    let names: Option<Vec<_>> = rule
        .first_of
        .iter()
        .map(|source| match source {
            Source::Attribute(name) if is_line(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    // Whatever stands between values, only a line end does not come back from a field.
    let is_lined = |text: &Option<String>| text.as_ref().is_some_and(|text| text.contains(['\n', '\r']));
    if is_lined(&rule.split) || is_lined(&rule.capture) {
        return Row { from: Origin::Written, ..Row::default() };
    }
    let (from, value) = match (rule.first_of.as_slice(), names) {
        ([], _) => (Origin::Nothing, String::new()),
        ([Source::NameId], _) => (Origin::NameId, String::new()),
        ([Source::EmailNameId], _) => (Origin::EmailNameId, String::new()),
        ([Source::Constant(text)], _) if is_line(text) => (Origin::Text, text.clone()),
        (_, Some(names)) => (Origin::Attributes, names.join("\n")),
        _ => (Origin::Written, String::new()),
    };
    Row {
        from,
        value,
        split: rule.split.clone().unwrap_or_default(),
        capture: rule.capture.clone().unwrap_or_default(),
        case: match rule.case {
            Some(Case::Lower) => "lower",
            Some(Case::Upper) => "upper",
            None => "",
        }
        .to_owned(),
        is_required: false,
    }
}

/// A row as a rule; `kept` is the rule that stands there. What is wrong is added to `wrong`, about its field.
pub(super) fn rule_of(
    row: &Row,
    kept: Option<Rule>,
    suffix: &str,
    wrong: &mut Vec<Sentence>,
) -> Option<Rule> {
    let field = format!("value_{suffix}");
    let first_of = match row.from {
        Origin::Usual => return None,
        Origin::Written => return kept,
        Origin::Nothing => Vec::new(),
        Origin::NameId => vec![Source::NameId],
        Origin::EmailNameId => vec![Source::EmailNameId],
        Origin::Text => vec![Source::Constant(row.value.trim().to_owned())],
        Origin::Attributes => {
            let names = row.value.lines().map(str::trim).filter(|name| !name.is_empty());
            names.map(|name| Source::Attribute(name.to_owned())).collect()
        }
    };
    if row.from == Origin::Attributes && first_of.is_empty() {
        wrong.push(sentence!("say which attribute").about(&field));
    }
    if row.from == Origin::Text && row.value.trim().is_empty() {
        wrong.push(sentence!("say which text").about(&field));
    }
    let given = |text: &String| (!text.is_empty()).then(|| text.clone());
    let case = match row.case.as_str() {
        "lower" => Some(Case::Lower),
        "upper" => Some(Case::Upper),
        _ => None,
    };
    Some(Rule { first_of, split: given(&row.split), capture: given(&row.capture), case })
}

/// A rule for a role as a row.
pub(super) fn role_row(rule: &RoleRule) -> RoleRow {
    RoleRow {
        grant: rule.grant.clone(),
        when: match &rule.when {
            RoleSource::Groups => "groups".to_owned(),
            RoleSource::Source(Source::Attribute(name)) if is_plain(name) => name.clone(),
            // What would mean something else, and what is no attribute, is written out.
            RoleSource::Source(source) => source.to_string(),
        },
        is_pattern: rule.matches.is_some(),
        value: rule.equals.clone().or_else(|| rule.matches.clone()).unwrap_or_default(),
    }
}

/// Whether a name of an attribute is read as that where a role rule says for whom it is.
fn is_plain(name: &str) -> bool {
    name != "groups" && is_line(name) && name.parse::<Source>().is_err()
}

/// Whether a text comes back from a field as it was.
fn is_line(text: &str) -> bool {
    text.trim() == text && !text.contains(['\n', '\r'])
}

/// Where a role rule looks, as its row says it.
pub(super) fn when_of(text: &str) -> RoleSource {
    match text {
        "" | "groups" => RoleSource::Groups,
        text => RoleSource::Source(text.parse().unwrap_or_else(|_| Source::Attribute(text.to_owned()))),
    }
}
