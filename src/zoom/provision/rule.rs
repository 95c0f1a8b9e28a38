//! Rules: who is provisioned. A person is when any rule holds; a rule holds when all of its conditions do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Fields;

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ZoomRule")]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name for good: links remember by which rule somebody came in. A new rule gets one.
    #[serde(default)]
    pub id: String,
    /// What people call it.
    pub name: String,
    /// All must hold; without any, everybody is meant.
    #[serde(default)]
    pub conditions: Vec<Condition>,
}

/// A condition on one field. Letter case does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ZoomCondition")]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The field: `groups`, `roles`, `email`, `custom:grade`, …
    pub field: String,
    /// How it is compared.
    #[serde(rename = "is")]
    pub comparison: Comparison,
    /// With what; any of them is enough.
    pub values: Vec<String>,
}

/// How a field is compared. Where a field has several values, one is enough; for `Not`, none may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ZoomComparison")]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// It is one of the values.
    Any,
    /// It is none of them, or is not there.
    Not,
    /// It begins with one of them.
    Begins,
    /// It ends with one of them: domains.
    Ends,
}

impl Condition {
    fn holds(&self, fields: &Fields) -> bool {
        let held = fields.get(&self.field).map(Vec::as_slice).unwrap_or_default();
        let wanted: Vec<String> = self.values.iter().map(|value| value.to_lowercase()).collect();
        let any = |test: fn(&str, &str) -> bool| {
            held.iter()
                .map(|value| value.to_lowercase())
                .any(|held| wanted.iter().any(|wanted| test(&held, wanted)))
        };
        match self.comparison {
            Comparison::Any => any(|held, wanted| held == wanted),
            Comparison::Not => !any(|held, wanted| held == wanted),
            Comparison::Begins => any(|held, wanted| !wanted.is_empty() && held.starts_with(wanted)),
            Comparison::Ends => any(|held, wanted| !wanted.is_empty() && held.ends_with(wanted)),
        }
    }
}

/// The first rule that holds.
#[must_use]
pub fn first<'a>(rules: &'a [Rule], fields: &Fields) -> Option<&'a Rule> {
    rules.iter().find(|rule| rule.conditions.iter().all(|condition| condition.holds(fields)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(field: &str, comparison: Comparison, values: &[&str]) -> Condition {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Condition { field: field.to_owned(), comparison, values }
    }

    fn holds(conditions: &[Condition]) -> bool {
        let fields = Fields::from([
            ("groups".to_owned(), vec!["Teachers".to_owned(), "Staff".to_owned()]),
            ("email".to_owned(), vec!["jo@North.example".to_owned()]),
        ]);
        let rule = Rule { id: "r".to_owned(), name: "R".to_owned(), conditions: conditions.to_vec() };
        first(&[rule], &fields).is_some()
    }

    #[test]
    fn all_conditions_of_a_rule_hold() {
        use Comparison::{Any, Begins, Ends, Not};
        let teachers = condition("groups", Any, &["teachers", "Principals"]);
        let north = condition("email", Ends, &["@north.example"]);
        let pupils = condition("groups", Any, &["Pupils"]);
        assert!(holds(&[]) && holds(std::slice::from_ref(&teachers)) && holds(&[teachers.clone(), north]));
        assert!(!holds(&[teachers, pupils]));
        assert!(holds(&[condition("groups", Not, &["Pupils"])]) && holds(&[condition("grade", Not, &["1"])]));
        assert!(!holds(&[condition("groups", Not, &["STAFF"])]));
        assert!(holds(&[condition("groups", Begins, &["Teach"])]));
        for nothing in
            [condition("grade", Any, &["1"]), condition("email", Ends, &[""]), condition("groups", Any, &[])]
        {
            assert!(!holds(&[nothing]));
        }
    }

    #[test]
    fn rules_are_written_by_people() {
        let text = r#"{"id":"r1","name":"Teachers","conditions":[{"field":"groups","is":"any","values":["Teachers"]}]}"#;
        let rule: Rule = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&rule).unwrap(), text);
        assert!(serde_json::from_str::<Rule>(r#"{"id":"r","name":"R","condition":[]}"#).is_err());
    }
}
