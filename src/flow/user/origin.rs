//! Where what is known of a person came from: what their last sign-in said, or else somebody's hand or an earlier one.

use crate::directory::mapping::{Lineage, MappedField, Profile};

/// Something that is known of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Which field: `email`, `custom.building`.
    pub field: String,
    /// What it is.
    pub values: Vec<String>,
    /// What the last sign-in took it from; none when that said something else, or nothing.
    pub taken_from: Option<MappedField>,
}

/// What is known of a person, field by field, with what `last` says of it.
#[must_use]
pub fn known(profile: &Profile, last: Option<&Lineage>) -> Vec<Known> {
    let one = |value: &Option<String>| value.iter().cloned().collect::<Vec<_>>();
    let mut fields = vec![
        ("email".to_owned(), one(&profile.email)),
        ("first_name".to_owned(), one(&profile.first_name)),
        ("last_name".to_owned(), one(&profile.last_name)),
        ("display_name".to_owned(), one(&profile.display_name)),
        ("username".to_owned(), one(&profile.username)),
        ("groups".to_owned(), profile.groups.clone().unwrap_or_default()),
        ("roles".to_owned(), profile.roles.clone()),
    ];
    fields.extend(profile.custom.iter().map(|(name, values)| (format!("custom.{name}"), values.clone())));
    fields.retain(|(_, values)| !values.is_empty());
    let taken_from = |field: &str, values: &[String]| {
        let said = |mapped: &&MappedField| {
            mapped.field == field && mapped.values.iter().all(|value| values.contains(value))
        };
        last.and_then(|last| last.fields.iter().find(said)).cloned()
    };
    let known = |(field, values): (String, Vec<String>)| {
        let taken_from = taken_from(&field, &values);
        Known { field, values, taken_from }
    };
    fields.into_iter().map(known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_last_sign_in_said_is_told_from_what_somebody_entered() {
        let mapped = |field: &str, value: &str| MappedField {
            field: field.to_owned(),
            values: vec![value.to_owned()],
            source: format!("attribute:{field}"),
            attribute: None,
            sent: None,
            rule: String::new(),
        };
        let fields = vec![mapped("email", "a@x.example"), mapped("first_name", "Alice")];
        let last = Lineage { fields, ..Lineage::default() };
        let profile = Profile {
            email: Some("a@x.example".to_owned()),
            first_name: Some("Alicia".to_owned()),
            ..Profile::default()
        };
        let known = known(&profile, Some(&last));
        let told: Vec<_> = known.iter().map(|one| (one.field.as_str(), one.taken_from.is_some())).collect();
        assert_eq!(told, [("email", true), ("first_name", false)]);
        assert!(super::known(&profile, None).iter().all(|one| one.taken_from.is_none()));
    }
}
