//! Every event that flows record is told in a sentence of its own, in both languages. The sources are read, so that an event
//! without words fails here, and not in front of an owner.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{EN, ES};

/// What has the shape of an event and is none: told to webhooks alone.
const NO_EVENTS: [&str; 1] = ["session.created"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// Texts of the shape `noun.verb` in the code of flows, with where each stands.
fn actions() -> BTreeMap<String, String> {
    let mut files = Vec::new();
    sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/flow")), &mut files);
    let mut actions = BTreeMap::new();
    for path in files.iter().filter(|path| !path.to_str().unwrap().ends_with("tests.rs")) {
        let text = std::fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            // Names of columns and of settings.
            if ["Corrupt(", ".at(", "#[path", "lookup("].iter().any(|other| line.contains(other)) {
                continue;
            }
            for quoted in line.split('"').skip(1).step_by(2) {
                let is_word = |word: &str| {
                    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
                };
                if quoted.split_once('.').is_some_and(|(noun, verb)| is_word(noun) && is_word(verb)) {
                    actions.insert(quoted.to_owned(), path.display().to_string());
                }
            }
        }
    }
    actions
}

#[test]
fn every_event_has_words_in_both_languages() {
    let actions = actions();
    for known in ["account.created", "webhook.removed", "zoom_run.confirmed", "zoom_people.retried"] {
        assert!(actions.contains_key(known), "{known} is looked at");
    }
    let wordless = |action: &&str| EN.events.done(action).is_none() || ES.events.done(action).is_none();
    let events = actions.keys().map(String::as_str).filter(|action| !NO_EVENTS.contains(action));
    let wordless: Vec<_> = events.filter(wordless).map(|action| (action, &actions[action])).collect();
    assert!(wordless.is_empty(), "{wordless:#?}");
}
