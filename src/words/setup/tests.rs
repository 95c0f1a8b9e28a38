//! Every guide, in every language.

use std::collections::BTreeSet;

use super::super::LANGUAGES;
use super::super::mend::console;
use super::*;
use crate::directory::mapping::{Source, usual};

fn entries(product: Product) -> impl Iterator<Item = Entry> {
    guide(product).steps.iter().flat_map(|step| step.entries).copied()
}

/// The names under which the product's usual mapping finds what `rule` picks.
fn known(product: Product) -> BTreeSet<String> {
    let mapping = usual(product);
    let rules = [
        mapping.email,
        mapping.first_name,
        mapping.last_name,
        mapping.username,
        mapping.groups,
        mapping.roles,
    ];
    let rules = rules.into_iter().flatten().chain(mapping.custom.into_values());
    let sources = rules.flat_map(|rule| rule.first_of);
    let names = sources.filter_map(|source| match source {
        Source::Attribute(name) => Some(name.to_lowercase()),
        _ => None,
    });
    names.collect()
}

#[test]
fn every_guide_shows_each_of_our_values_and_says_what_to_bring_back() {
    for &product in Product::ALL {
        let guide = guide(product);
        assert!(guide.steps.len() >= 4 && !guide.bring.is_empty(), "{product}");
        let values: Vec<_> = entries(product).map(|entry| entry.value).collect();
        assert!(values.contains(&Value::AcsUrl) && values.contains(&Value::EntityId), "{product}");
        assert!(values.iter().any(|value| matches!(value, Value::NameId(_))), "{product}");
        let known = known(product);
        let email = usual(product).email.unwrap().first_of;
        let is_email = |sent: &str| {
            email
                .iter()
                .any(|source| matches!(source, Source::Attribute(name) if name.eq_ignore_ascii_case(sent)))
        };
        assert!(
            values.iter().any(|value| matches!(value, Value::Attribute { sent, .. } if is_email(sent))),
            "{product}"
        );
        for value in values {
            if let Value::Attribute { sent, .. } = value {
                assert!(known.contains(&sent.to_lowercase()), "{product}: nobody reads {sent}");
            }
        }
    }
}

#[test]
fn what_loads_our_metadata_is_given_their_address() {
    for &product in Product::ALL {
        let loads = guide(product).steps.iter().any(|step| step.say == Say::LoadMetadata);
        let has = entries(product).any(|entry| entry.value == Value::MetadataUrl);
        assert!(has || !loads, "{product}");
    }
}

#[test]
fn fields_have_names_and_a_step_has_each_once() {
    for &product in Product::ALL {
        for step in guide(product).steps {
            let names: BTreeSet<_> = step.entries.iter().map(|entry| entry.field).collect();
            assert_eq!(names.len(), step.entries.len(), "{product}: {:?}", step.say);
            let is_said = |text: &str| !text.is_empty() && text.trim() == text;
            assert!(names.into_iter().all(is_said), "{product}: {:?}", step.say);
            assert!(step.entries.iter().filter_map(|entry| entry.value.literal()).all(is_said), "{product}");
        }
    }
}

#[test]
fn the_console_is_called_as_in_mends() {
    for &product in Product::ALL {
        let called = console::console(product).map_or("", |console| console.name);
        assert_eq!(guide(product).console, called, "{product}");
    }
}

#[test]
fn places_and_parts_are_told_in_each_language() {
    for text in LANGUAGES {
        for &product in Product::ALL {
            let guide = guide(product);
            for step in guide.steps {
                let told = text.setup_place(guide, step);
                assert_eq!(told.is_some(), step.place.is_some());
                assert!(
                    told.is_none_or(|told| told.contains(guide.console) && !told.contains('{')),
                    "{product}"
                );
            }
            for &bring in guide.bring {
                let parts = text.setup_parts(bring);
                assert_eq!(parts.len(), if matches!(bring, Bring::Fields { .. }) { 3 } else { 1 });
                assert!(
                    parts.iter().all(|(_, place)| !place.contains("{app}") && !place.is_empty()),
                    "{product}"
                );
            }
        }
    }
}

#[test]
fn each_sentence_is_said_somewhere() {
    let said: BTreeSet<_> = Product::ALL
        .iter()
        .flat_map(|&product| guide(product).steps)
        .map(|step| format!("{:?}", step.say))
        .collect();
    let all: BTreeSet<_> = Say::ALL.iter().map(|say| format!("{say:?}")).collect();
    assert_eq!(said, all);
}
