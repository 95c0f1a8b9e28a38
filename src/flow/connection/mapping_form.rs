//! A mapping as a form: a row for each field, the account's own fields, rules for roles. What rows cannot say stays as it
//! was written, and is shown as JSON beside them.
//!
//! To add a field: [`FIELDS`], and its arm in `slot`; its name for people is in the words of the pages. `row` has the rows.

use std::collections::BTreeMap;

use self::row::{role_row, row_of, rule_of, when_of};
use crate::base::sentence::{Sentence, sentence};
use crate::directory::mapping::{AbsentGroups, Mapping, RoleRule, Rule};

mod row;

pub use self::row::{Origin, OwnRow, RoleRow, Row};

/// The fields that have a row each.
pub const FIELDS: [&str; 8] =
    ["email", "first_name", "last_name", "display_name", "username", "external_id", "groups", "roles"];
/// Empty rows that are offered beside those that there are.
const EMPTY_ROWS: usize = 2;
/// Rows of one kind that a form is read for.
const MAX_ROWS: usize = 200;

/// The form, as it stands or as it was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MappingForm {
    /// The row of each of [`FIELDS`].
    pub rows: BTreeMap<&'static str, Row>,
    /// Fields of the account's own.
    pub own: Vec<OwnRow>,
    /// Rules for roles.
    pub roles: Vec<RoleRow>,
    /// Whether a rule may make somebody an owner.
    pub may_grant_owner: bool,
    /// Whether groups that were not sent are unknown, not none.
    pub is_absent_unknown: bool,
}

impl MappingForm {
    /// As a mapping stands, with empty rows for more.
    #[must_use]
    pub fn of(mapping: &Mapping) -> Self {
        let is_required = |name: &str| mapping.required.iter().any(|required| required == name);
        let row = |name: &'static str| {
            let rule = slot(&mut mapping.clone(), name).and_then(|slot| slot.clone());
            (name, Row { is_required: is_required(name), ..row_of(rule.as_ref()) })
        };
        let own = mapping.custom.iter().map(|(name, rule)| OwnRow {
            name: name.clone(),
            row: Row { is_required: is_required(&format!("custom.{name}")), ..row_of(Some(rule)) },
        });
        let empty = || std::iter::repeat_n((), EMPTY_ROWS);
        let roles = mapping.role_rules.iter().map(role_row);
        Self {
            rows: FIELDS.into_iter().map(row).collect(),
            own: own.chain(empty().map(|()| OwnRow::empty())).collect(),
            roles: roles.chain(empty().map(|()| RoleRow::default())).collect(),
            may_grant_owner: mapping.may_grant_owner,
            is_absent_unknown: mapping.absent_groups == AbsentGroups::Unknown,
        }
    }

    /// Reads what was sent; `sent` gives the value of a field.
    #[must_use]
    pub fn read(sent: impl Fn(&str) -> Option<String>) -> Self {
        let text = |name: String| sent(&name).unwrap_or_default();
        let row = |suffix: &str| Row {
            from: Origin::read(&text(format!("from_{suffix}"))),
            value: text(format!("value_{suffix}")).replace("\r\n", "\n"),
            split: text(format!("split_{suffix}")),
            capture: text(format!("capture_{suffix}")),
            case: text(format!("case_{suffix}")),
            is_required: sent(&format!("required_{suffix}")).is_some(),
        };
        let own = |index: usize| {
            let name = sent(&format!("own_name_{index}"))?;
            Some(OwnRow { name: name.trim().to_owned(), row: row(&format!("own_{index}")) })
        };
        let role = |index: usize| {
            Some(RoleRow {
                grant: sent(&format!("role_{index}"))?.trim().to_owned(),
                when: text(format!("role_when_{index}")).trim().to_owned(),
                is_pattern: text(format!("role_how_{index}")) == "matches",
                value: text(format!("role_value_{index}")),
            })
        };
        Self {
            rows: FIELDS.into_iter().map(|name| (name, row(name))).collect(),
            own: (0..MAX_ROWS).map_while(own).collect(),
            roles: (0..MAX_ROWS).map_while(role).collect(),
            may_grant_owner: sent("may_grant_owner").is_some(),
            is_absent_unknown: sent("absent_groups").is_some(),
        }
    }

    /// The row of one of [`FIELDS`].
    #[must_use]
    pub fn row(&self, name: &str) -> Row {
        self.rows.get(name).cloned().unwrap_or_default()
    }

    /// The mapping that it means; what rows cannot say is as `present` has it.
    ///
    /// # Errors
    /// All that is wrong, each about its field.
    pub fn mapping(&self, present: &Mapping) -> Result<Mapping, Sentence> {
        let mut wrong = Vec::new();
        let mut mapping = Mapping { may_grant_owner: self.may_grant_owner, ..Mapping::default() };
        mapping.absent_groups =
            if self.is_absent_unknown { AbsentGroups::Unknown } else { AbsentGroups::default() };
        let mut required = Vec::new();
        for name in FIELDS {
            let row = self.row(name);
            let kept = slot(&mut present.clone(), name).and_then(|slot| slot.clone());
            if row.from == Origin::Usual && row.says_more_than(&row_of(kept.as_ref())) {
                wrong.push(
                    sentence!("choose where it comes from, or leave this empty")
                        .about(&format!("value_{name}")),
                );
            }
            let rule = rule_of(&row, kept, name, &mut wrong);
            if let Some(slot) = slot(&mut mapping, name) {
                *slot = rule;
            }
            required.extend(row.is_required.then(|| name.to_owned()));
        }
        for (index, own) in self.own.iter().enumerate() {
            if own.name.is_empty() {
                // One whose name was taken away is taken away.
                let was_there =
                    present.custom.values().any(|rule| !own.row.says_more_than(&row_of(Some(rule))));
                if !was_there && own.row.says_more_than(&Row::default()) {
                    wrong.push(sentence!("give it a name").about(&format!("own_name_{index}")));
                }
                continue;
            }
            let kept = present.custom.get(&own.name).cloned();
            // Nothing is usual for a field of one's own.
            let from = if own.row.from == Origin::Usual { Origin::Attributes } else { own.row.from };
            let row = Row { from, ..own.row.clone() };
            let rule = rule_of(&row, kept, &format!("own_{index}"), &mut wrong);
            mapping.custom.extend(rule.map(|rule| (own.name.clone(), rule)));
            required.extend(own.row.is_required.then(|| format!("custom.{}", own.name)));
        }
        for (index, row) in self.roles.iter().enumerate() {
            if row.grant.is_empty() {
                let was_there = present.role_rules.iter().any(|rule| role_row(rule).value == row.value);
                if !was_there && !row.value.is_empty() {
                    wrong.push(sentence!("say which role").about(&format!("role_{index}")));
                }
                continue;
            }
            if row.value.is_empty() {
                wrong.push(sentence!("say which value").about(&format!("role_value_{index}")));
                continue;
            }
            let value = Some(row.value.clone());
            let (equals, matches) = if row.is_pattern { (None, value) } else { (value, None) };
            mapping.role_rules.push(RoleRule {
                grant: row.grant.clone(),
                when: when_of(&row.when),
                equals,
                matches,
            });
        }
        // What was asked for and has no row is asked for still.
        let has_row =
            |name: &String| FIELDS.contains(&name.as_str()) || name.strip_prefix("custom.").is_some();
        required.extend(present.required.iter().filter(|name| !has_row(name)).cloned());
        mapping.required = required;
        Sentence::all(wrong).map_or(Ok(mapping), Err)
    }

    /// The field of the form that a path of a mapping stands in.
    #[must_use]
    pub fn field_of(&self, path: &str) -> Option<String> {
        let path = path.strip_prefix("mapping.")?;
        if let Some(rest) = path.strip_prefix("role_rules[") {
            let (index, part) = rest.split_once(']')?;
            // Empty rows stand between those that count.
            let index = index.parse::<usize>().ok()?;
            let (index, _) =
                self.roles.iter().enumerate().filter(|(_, row)| !row.grant.is_empty()).nth(index)?;
            let part = match part {
                ".equals" | ".matches" => "role_value",
                ".when" => "role_when",
                _ => "role",
            };
            return Some(format!("{part}_{index}"));
        }
        let (name, part) = if let Some(own) = path.strip_prefix("custom.") {
            let (name, part) = own.split_once('.').unwrap_or((own, ""));
            let index = self.own.iter().position(|row| row.name == name)?;
            (format!("own_{index}"), part)
        } else {
            let (name, part) = path.split_once('.').unwrap_or((path, ""));
            (FIELDS.contains(&name).then(|| name.to_owned())?, part)
        };
        let part = match part {
            "split" | "capture" | "case" => part,
            _ => "value",
        };
        Some(format!("{part}_{name}"))
    }
}

/// The rule of a field in a mapping.
fn slot<'m>(mapping: &'m mut Mapping, name: &str) -> Option<&'m mut Option<Rule>> {
    Some(match name {
        "email" => &mut mapping.email,
        "first_name" => &mut mapping.first_name,
        "last_name" => &mut mapping.last_name,
        "display_name" => &mut mapping.display_name,
        "username" => &mut mapping.username,
        "external_id" => &mut mapping.external_id,
        "groups" => &mut mapping.groups,
        "roles" => &mut mapping.roles,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::sentence::Place;

    const WRITTEN: &str = r#"{
        "email": { "first_of": ["attribute:mail", "attribute:Work Email"], "case": "lower" },
        "first_name": { "first_of": ["attribute:given", "name_id"] },
        "username": { "first_of": ["name_id"], "capture": "^([^@]+)@" },
        "external_id": { "first_of": [] },
        "groups": { "first_of": ["attribute:memberOf"], "split": ";" },
        "custom": { "schools": { "first_of": ["attribute:Building ID"], "split": ";" },
            "tables": { "first_of": ["attribute:Tables"], "split": "\n" } },
        "role_rules": [
            { "grant": "admin", "when": "groups", "equals": "IT" },
            { "grant": "teacher", "when": "attribute:type", "matches": "teacher|principal" },
            { "grant": "staff", "when": "attribute:groups", "equals": "Staff" },
            { "grant": "guest", "when": "name_id", "equals": "guest" },
            { "grant": "odd", "when": "attribute:name_id", "equals": "x" }
        ],
        "required": ["email", "custom.schools"], "absent_groups": "unknown" }"#;

    fn written() -> Mapping {
        Mapping::read(WRITTEN).unwrap()
    }

    /// What a browser sends of a form.
    fn sent(form: &MappingForm) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        let mut row = |suffix: &str, row: &Row| {
            for (part, value) in [
                ("from", row.from.name()),
                ("value", row.value.as_str()),
                ("split", row.split.as_str()),
                ("capture", row.capture.as_str()),
                ("case", row.case.as_str()),
            ] {
                all.insert(format!("{part}_{suffix}"), value.to_owned());
            }
            if row.is_required {
                all.insert(format!("required_{suffix}"), "1".to_owned());
            }
        };
        form.rows.iter().for_each(|(name, one)| row(name, one));
        form.own.iter().enumerate().for_each(|(index, own)| row(&format!("own_{index}"), &own.row));
        for (index, own) in form.own.iter().enumerate() {
            all.insert(format!("own_name_{index}"), own.name.clone());
        }
        for (index, role) in form.roles.iter().enumerate() {
            all.insert(format!("role_{index}"), role.grant.clone());
            all.insert(format!("role_when_{index}"), role.when.clone());
            let how = if role.is_pattern { "matches" } else { "equals" };
            all.insert(format!("role_how_{index}"), how.to_owned());
            all.insert(format!("role_value_{index}"), role.value.clone());
        }
        for (name, is_on) in
            [("may_grant_owner", form.may_grant_owner), ("absent_groups", form.is_absent_unknown)]
        {
            if is_on {
                all.insert(name.to_owned(), "1".to_owned());
            }
        }
        all
    }

    #[test]
    fn a_mapping_comes_back_as_it_was_through_the_form() {
        for mapping in [written(), Mapping::default()] {
            let form = MappingForm::of(&mapping);
            let fields = sent(&form);
            let read = MappingForm::read(|name| fields.get(name).cloned());
            assert_eq!(read, form);
            assert_eq!(read.mapping(&mapping).unwrap(), mapping);
        }
        let form = MappingForm::of(&written());
        assert_eq!(form.row("first_name").from, Origin::Written, "two kinds of sources are no row");
        assert_eq!(form.row("display_name").from, Origin::Usual);
    }

    #[test]
    fn rows_become_rules() {
        let mut form = MappingForm::of(&Mapping::default());
        let attribute =
            |name: &str| Row { from: Origin::Attributes, value: name.to_owned(), ..Row::default() };
        form.rows.insert("external_id", Row { is_required: true, ..attribute("sis_id\n\n uid ") });
        form.own[0] = OwnRow { name: "grade".to_owned(), row: attribute("Grade") };
        form.roles[1] = RoleRow {
            grant: "admin".to_owned(),
            when: "groups".to_owned(),
            is_pattern: false,
            value: "IT".to_owned(),
        };
        let wanted = r#"{ "external_id": { "first_of": ["attribute:sis_id", "attribute:uid"] },
            "custom": { "grade": { "first_of": ["attribute:Grade"] } }, "required": ["external_id"],
            "role_rules": [{ "grant": "admin", "when": "groups", "equals": "IT" }] }"#;
        assert_eq!(form.mapping(&Mapping::default()).unwrap(), Mapping::read(wanted).unwrap());
        // A row that is emptied is gone.
        let present = Mapping::read(wanted).unwrap();
        let mut form = MappingForm::of(&present);
        form.own[0].name.clear();
        form.roles[0].grant.clear();
        form.rows.insert("external_id", Row::default());
        assert_eq!(form.mapping(&present).unwrap(), Mapping::default());
    }

    #[test]
    fn what_is_wrong_is_told_at_its_field() {
        let mut form = MappingForm::of(&written());
        form.rows.insert("email", Row { from: Origin::Attributes, ..Row::default() });
        form.roles[1].value.clear();
        let wrong = form.mapping(&written()).unwrap_err();
        let places: Vec<_> = wrong.each().filter_map(|(place, _)| place.cloned()).collect();
        assert_eq!(places, ["value_email", "role_value_1"].map(|field| Place::Field(field.to_owned())));
        // What was typed where it counts for nothing is no rule that is dropped without a word.
        let mut form = MappingForm::of(&Mapping::default());
        form.rows.insert("email", Row { value: "mail".to_owned(), ..Row::default() });
        form.own[0].row.value = "Grade".to_owned();
        form.roles[0].value = "IT".to_owned();
        let wrong = form.mapping(&Mapping::default()).unwrap_err();
        let places: Vec<_> = wrong.each().filter_map(|(place, _)| place.cloned()).collect();
        let wanted = ["value_email", "own_name_0", "role_0"];
        assert_eq!(places, wanted.map(|field| Place::Field(field.to_owned())));
        let mut form = MappingForm::of(&written());
        form.roles[0].grant.clear();
        for (path, field) in [
            ("mapping.username.capture", Some("capture_username")),
            ("mapping.email.first_of[0]", Some("value_email")),
            ("mapping.role_rules[0].matches", Some("role_value_1")),
            ("mapping.role_rules[9]", None),
            ("mapping.custom.schools.split", Some("split_own_0")),
            ("mapping.required", None),
        ] {
            assert_eq!(form.field_of(path).as_deref(), field, "{path}");
        }
    }
}
