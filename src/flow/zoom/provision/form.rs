//! The settings of provisioning as a form: texts that people type, and what they mean.

use super::settings::{Settings, mapping_sentence};
use crate::base::sentence::{Sentence, sentence};
use crate::flow::seen;
use crate::scim::attribute::Attribute;
use crate::zoom::provision::mapping::{Mapping, MappingProblem, Row, Source, Transform};
use crate::zoom::provision::plan::{Removal, Toggles};
use crate::zoom::provision::rule::{Comparison, Condition, Rule};

/// Rules that a form has places for, beyond those that are there.
const NEW_RULES: usize = 1;
const MOST_RULES: usize = 60;

/// A rule as it is typed.
#[derive(Debug, Clone, Default)]
pub struct FormRule {
    /// Its id; empty for a new one.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Conditions, one a line.
    pub conditions: String,
}

impl FormRule {
    /// Whether there is to be no such rule: one that is there goes when its name is taken away, and the place for a new one
    /// was not used.
    fn is_left_out(&self) -> bool {
        self.name.trim().is_empty() && (!self.id.is_empty() || self.conditions.trim().is_empty())
    }
}

/// A row of the mapping as it is typed.
#[derive(Debug, Clone)]
pub struct FormRow {
    /// Of which attribute.
    pub attribute: Attribute,
    /// `none`, `field`, `text`.
    pub source: String,
    /// The field's name, or the text.
    pub value: String,
    /// What is done to it, one a line.
    pub then: String,
    /// The value when nothing comes out.
    pub otherwise: String,
}

/// The settings as they are typed.
#[derive(Debug, Clone)]
pub struct Form {
    /// The version that they were read at.
    pub version: i64,
    /// What may be done.
    pub toggles: Toggles,
    /// Whether who changes is looked at soon.
    pub follows_changes: bool,
    /// Whether users are left out of the inventory who are switched off.
    pub leaves_inactive_out: bool,
    /// So many may be taken away without a word.
    pub most: String,
    /// So many of a hundred.
    pub most_percent: String,
    /// Hours between two runs.
    pub every_hours: String,
    /// Hours between two inventories.
    pub inventory_every_hours: String,
    /// Days without a sign-in.
    pub inactive_days: String,
    /// Rules, with a place for a new one.
    pub rules: Vec<FormRule>,
    /// One row for each attribute that can be mapped.
    pub rows: Vec<FormRow>,
    /// Groups, one a line.
    pub groups: String,
}

impl Form {
    /// Of settings that are there.
    #[must_use]
    pub fn of(settings: &Settings, version: i64) -> Self {
        let number = |value: Option<u32>| value.map(|value| value.to_string()).unwrap_or_default();
        let rules = settings.rules.iter().map(|rule| FormRule {
            id: rule.id.clone(),
            name: rule.name.clone(),
            conditions: rule.conditions.iter().map(condition_text).collect::<Vec<_>>().join("\n"),
        });
        let rows = Attribute::ALL.into_iter().filter(|attribute| *attribute != Attribute::Email);
        Self {
            version,
            follows_changes: settings.follows_changes,
            leaves_inactive_out: settings.leaves_inactive_out,
            most: number(settings.toggles.most),
            most_percent: number(settings.toggles.most_percent.map(u32::from)),
            every_hours: settings.every_hours.to_string(),
            inventory_every_hours: settings.inventory_every_hours.to_string(),
            inactive_days: settings.inactive_days.to_string(),
            rules: rules.chain((0..NEW_RULES).map(|_| FormRule::default())).collect(),
            rows: rows.map(|attribute| row_of(&settings.mapping, attribute)).collect(),
            groups: settings.groups.join("\n"),
            toggles: settings.toggles.clone(),
        }
    }

    /// What was sent; `field` gives what stands in one of its fields.
    #[must_use]
    pub fn read(field: impl Fn(&str) -> Option<String>) -> Self {
        let text = |name: &str| field(name).unwrap_or_default().replace("\r\n", "\n");
        let has = |name: &str| field(name).is_some();
        let removal = if text("removal") == "delete" { Removal::Delete } else { Removal::Disable };
        let rules =
            (0..MOST_RULES).take_while(|place| has(&format!("rule_name_{place}"))).map(|place| FormRule {
                id: text(&format!("rule_id_{place}")),
                name: text(&format!("rule_name_{place}")),
                conditions: text(&format!("rule_conditions_{place}")),
            });
        let rows = Attribute::ALL.into_iter().filter(|attribute| *attribute != Attribute::Email);
        Self {
            version: seen::sent(Some(&text("version"))),
            toggles: Toggles {
                is_on: has("is_on"),
                may_create: has("may_create"),
                may_update: has("may_update"),
                may_disable: has("may_disable"),
                may_deprovision: has("may_deprovision"),
                removal,
                removes_with_rule: has("removes_with_rule"),
                adopts: has("adopts"),
                adopts_unproved: has("adopts_unproved"),
                most: None,
                most_percent: None,
            },
            follows_changes: has("follows_changes"),
            leaves_inactive_out: has("leaves_inactive_out"),
            most: text("most"),
            most_percent: text("most_percent"),
            every_hours: text("every_hours"),
            inventory_every_hours: text("inventory_every_hours"),
            inactive_days: text("inactive_days"),
            rules: rules.collect(),
            rows: rows
                .map(|attribute| FormRow {
                    attribute,
                    source: text(&format!("source_{}", attribute.name())),
                    value: text(&format!("value_{}", attribute.name())),
                    then: text(&format!("then_{}", attribute.name())),
                    otherwise: text(&format!("otherwise_{}", attribute.name())),
                })
                .collect(),
            groups: text("groups"),
        }
    }

    /// Whether those who are removed are deleted.
    #[must_use]
    pub const fn deletes(&self) -> bool {
        matches!(self.toggles.removal, Removal::Delete)
    }

    /// What it means.
    ///
    /// # Errors
    /// All that cannot be read, each about its field.
    pub fn settings(&self) -> Result<Settings, Sentence> {
        let mut wrong = Vec::new();
        let every_hours = number(("every_hours", &self.every_hours), &mut wrong);
        let inventory = ("inventory_every_hours", self.inventory_every_hours.as_str());
        let inventory_every_hours = number(inventory, &mut wrong);
        let inactive_days = number(("inactive_days", &self.inactive_days), &mut wrong);
        let most = some_number(("most", &self.most), &mut wrong);
        let percent = some_number(("most_percent", &self.most_percent), &mut wrong);
        if percent.is_some_and(|percent| percent > 100) {
            wrong.push(sentence!("a percentage is 100 at the most").about("most_percent"));
        }
        let mut rules = Vec::new();
        for (place, rule) in self.rules.iter().enumerate().filter(|(_, rule)| !rule.is_left_out()) {
            if rule.name.trim().is_empty() {
                wrong.push(sentence!("give the rule a name").about(&format!("rule_name_{place}")));
            }
            let conditions = lines(&rule.conditions, read_condition).unwrap_or_else(|line| {
                let unread = sentence!(
                    "the condition \"{line}\" cannot be read: it needs a field, then is, not, begins or ends, then values",
                    line
                );
                wrong.push(unread.about(&format!("rule_conditions_{place}")));
                Vec::new()
            });
            rules.push(Rule { id: rule.id.clone(), name: rule.name.clone(), conditions });
        }
        let mut rows = Vec::new();
        for row in &self.rows {
            let from = match row.source.as_str() {
                "field" => Source::Field(row.value.trim().to_owned()),
                "text" => Source::Text(row.value.trim().to_owned()),
                _ => continue,
            };
            let then = lines(&row.then, read_transform).unwrap_or_else(|line| {
                let unread = sentence!("\"{line}\" is nothing that can be done with a value", line);
                wrong.push(unread.about(&format!("then_{}", row.attribute.name())));
                Vec::new()
            });
            let otherwise = Some(row.otherwise.trim().to_owned()).filter(|text| !text.is_empty());
            rows.push(Row { attribute: row.attribute, from, then, otherwise });
        }
        let mapping = Mapping { rows };
        let problems = mapping.check().into_iter().filter(|problem| !problem.is_warning());
        wrong.extend(problems.map(|problem| mapping_sentence(&problem).about(&field_of(&problem))));
        if let Some(wrong) = Sentence::all(wrong) {
            return Err(wrong);
        }
        Ok(Settings {
            toggles: Toggles {
                most,
                most_percent: percent.and_then(|percent| u8::try_from(percent).ok()),
                ..self.toggles.clone()
            },
            rules,
            mapping,
            every_hours,
            follows_changes: self.follows_changes,
            groups: self.groups.lines().map(str::to_owned).collect(),
            inventory_every_hours,
            inactive_days,
            leaves_inactive_out: self.leaves_inactive_out,
        })
    }
}

/// The number that stands in a field; one that is none is told.
fn number((field, typed): (&str, &str), wrong: &mut Vec<Sentence>) -> u32 {
    typed.trim().parse().unwrap_or_else(|_| {
        wrong.push(sentence!("it must be a whole number").about(field));
        0
    })
}

fn some_number((field, typed): (&str, &str), wrong: &mut Vec<Sentence>) -> Option<u32> {
    (!typed.trim().is_empty()).then(|| number((field, typed), wrong))
}

/// What the lines mean; else the first that cannot be read.
fn lines<T>(typed: &str, read: fn(&str) -> Option<T>) -> Result<Vec<T>, &str> {
    let lines = typed.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| read(line).ok_or(line)).collect()
}

/// The field that a problem of the mapping is about.
fn field_of(problem: &MappingProblem) -> String {
    let (part, attribute) = match problem {
        MappingProblem::Missing(attribute) | MappingProblem::Twice(attribute) => ("source", *attribute),
        MappingProblem::Source(attribute) | MappingProblem::OnceOnly(attribute) => ("value", *attribute),
        MappingProblem::Email => ("source", Attribute::Email),
        MappingProblem::LoginType => ("value", Attribute::LoginType),
    };
    format!("{part}_{}", attribute.name())
}

fn row_of(mapping: &Mapping, attribute: Attribute) -> FormRow {
    let Some(row) = mapping.rows.iter().find(|row| row.attribute == attribute) else {
        let empty = String::new;
        return FormRow {
            attribute,
            source: "none".to_owned(),
            value: empty(),
            then: empty(),
            otherwise: empty(),
        };
    };
    let (source, value) = match &row.from {
        Source::Field(name) => ("field", name),
        Source::Text(text) => ("text", text),
    };
    FormRow {
        attribute,
        source: source.to_owned(),
        value: value.clone(),
        then: row.then.iter().map(transform_text).collect::<Vec<_>>().join("\n"),
        otherwise: row.otherwise.clone().unwrap_or_default(),
    }
}

const fn comparison_text(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Any => "is",
        Comparison::Not => "not",
        Comparison::Begins => "begins",
        Comparison::Ends => "ends",
    }
}

fn condition_text(condition: &Condition) -> String {
    let values = condition.values.join(", ");
    format!("{} {} {values}", condition.field, comparison_text(condition.comparison))
}

fn read_condition(line: &str) -> Option<Condition> {
    let mut words = line.trim().splitn(3, char::is_whitespace);
    let (field, word, values) = (words.next()?, words.next()?, words.next()?);
    let all = [Comparison::Any, Comparison::Not, Comparison::Begins, Comparison::Ends];
    let comparison = all.into_iter().find(|one| comparison_text(*one) == word)?;
    let values: Vec<String> =
        values.split(',').map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).collect();
    (!values.is_empty()).then(|| Condition { field: field.to_owned(), comparison, values })
}

fn transform_text(transform: &Transform) -> String {
    match transform {
        Transform::Trim => "trim".to_owned(),
        Transform::Lower => "lower".to_owned(),
        Transform::Upper => "upper".to_owned(),
        Transform::Before(mark) => format!("before {mark}"),
        Transform::After(mark) => format!("after {mark}"),
        Transform::Replace(from, to) => format!("replace {from} | {to}"),
        Transform::Prefix(text) => format!("prefix {text}"),
        Transform::Suffix(text) => format!("suffix {text}"),
        Transform::Domain(domain) => format!("domain {domain}"),
        Transform::Phone(code) => format!("phone {code}"),
        Transform::Table(pairs) => {
            let pairs: Vec<_> = pairs.iter().map(|(from, to)| format!("{from} = {to}")).collect();
            format!("table {}", pairs.join("; "))
        }
    }
}

fn read_transform(line: &str) -> Option<Transform> {
    let line = line.trim();
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim().to_owned();
    let given = || (!rest.is_empty()).then(|| rest.clone());
    Some(match word {
        "trim" => Transform::Trim,
        "lower" => Transform::Lower,
        "upper" => Transform::Upper,
        "before" => Transform::Before(given()?),
        "after" => Transform::After(given()?),
        "replace" => {
            let (from, to) = rest.split_once('|')?;
            Transform::Replace(from.trim().to_owned(), to.trim().to_owned())
        }
        "prefix" => Transform::Prefix(given()?),
        "suffix" => Transform::Suffix(given()?),
        "domain" => Transform::Domain(given()?),
        "phone" => Transform::Phone(given()?),
        "table" => {
            let pair = |pair: &str| {
                let (from, to) = pair.split_once('=')?;
                Some((from.trim().to_owned(), to.trim().to_owned()))
            };
            Transform::Table(rest.split(';').map(pair).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::sentence::Place;

    #[test]
    fn what_is_typed_means_what_is_shown() {
        for line in ["groups is Teachers, Staff", "email ends @north.example", "custom:grade not 1, 2"] {
            assert_eq!(condition_text(&read_condition(line).unwrap()), line);
        }
        for bad in ["groups", "groups is", "groups like x", "groups is ,"] {
            assert!(read_condition(bad).is_none(), "{bad}");
        }
        for line in [
            "trim",
            "lower",
            "before @",
            "replace a | b",
            "prefix x",
            "domain school.example",
            "phone 1",
            "table teachers = Licensed; staff = Basic",
        ] {
            assert_eq!(transform_text(&read_transform(line).unwrap()), line);
        }
        for bad in ["", "shout", "before", "replace a", "table x"] {
            assert!(read_transform(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_form_of_settings_gives_them_back() {
        let mut settings = Settings::default();
        settings.rules.push(Rule { id: "r".to_owned(), name: "R".to_owned(), conditions: Vec::new() });
        settings.groups.push("Staff".to_owned());
        let form = Form::of(&settings, 3);
        assert_eq!(form.settings(), Ok(settings));
    }

    #[test]
    fn a_new_rule_without_a_name_is_not_thrown_away() {
        let mut form = Form::of(&Settings::default(), 0);
        let rule = |id: &str, conditions: &str| FormRule {
            id: id.to_owned(),
            name: " ".to_owned(),
            conditions: conditions.to_owned(),
        };
        form.rules = vec![rule("deleted", "email ends @x.example"), rule("", "\n")];
        assert!(form.settings().unwrap().rules.is_empty());
        form.rules.push(rule("", "email like x"));
        let wrong = form.settings().unwrap_err();
        let fields = ["rule_name_2", "rule_conditions_2"].map(|field| Some(Place::Field(field.to_owned())));
        assert!(wrong.each().map(|(place, _)| place.cloned()).eq(fields), "{wrong:?}");
    }

    #[test]
    fn what_cannot_be_read_is_told_at_its_field_all_of_it_at_once() {
        let mut form = Form::of(&Settings::default(), 0);
        (form.every_hours, form.most_percent) = ("soon".to_owned(), "101".to_owned());
        let conditions = "email ends @north.example\nemail like x".to_owned();
        let unread = FormRule { name: "R".to_owned(), conditions, ..FormRule::default() };
        form.rules = vec![FormRule { id: "deleted".to_owned(), ..FormRule::default() }, unread];
        for row in &mut form.rows {
            match row.attribute {
                Attribute::UserName => row.source = "none".to_owned(),
                Attribute::GivenName => row.then = "shout".to_owned(),
                Attribute::FamilyName => row.value = String::new(),
                _ => {}
            }
        }
        let wrong = form.settings().unwrap_err();
        let fields = ["every_hours", "most_percent", "rule_conditions_1"]
            .into_iter()
            .chain(["then_given_name", "value_family_name", "source_user_name"])
            .map(|field| Some(Place::Field(field.to_owned())));
        assert!(wrong.each().map(|(place, _)| place.cloned()).eq(fields), "{wrong:?}");
        assert!(wrong.english().contains("\"email like x\""), "{wrong:?}");
    }
}
