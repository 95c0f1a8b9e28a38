//! `fixtures/`: every message gives the code and the step that its manifest says, every code has a message, and the
//! commands that made them make them again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gatepost_saml::code::CODES;
use serde_json::Value;

use crate::site::Folder;

/// How `fixtures/` was made; `fixtures/README.md` says the same.
const MADE: [&str; 4] = ["--seed", "1", "--now", "2026-03-02T10:00:00Z"];

/// Codes that no message by itself can have under the settings that a manifest can express, and why.
const WITHOUT_FIXTURE: [(&str, &str); 13] = [
    ("validity_too_long", "a connection's setting; manifests know none"),
    ("authn_context_mismatch", "needs a request that asked for a context"),
    ("authn_not_fresh", "needs a request that asked for a new authentication"),
    ("idp_sends_unsolicited", "what a browser brought before, not the message"),
    ("assertion_before_restore", "the database's history, not the message's"),
    ("engines_disagree", "messages on which two engines disagree are defects of one of them"),
    ("user_disabled", "the directory's answer, not the message's"),
    ("user_conflict", "the directory's answer, not the message's"),
    ("external_id_conflict", "the directory's answer, not the message's"),
    ("email_unverified", "the directory's answer, not the message's"),
    ("user_unknown", "the directory's answer, not the message's"),
    ("name_id_transient", "the mapping's answer, not the message's"),
    ("mapping_required_missing", "the mapping's answer, not the message's"),
];

fn ours() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn gatepost(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_gatepost")).args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn suite(folder: &Path) -> Vec<Value> {
    let manifest = folder.join("manifest.json");
    let output = gatepost(&["verify", "--json", "--suite", manifest.to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn cases(folder: &Path) -> Vec<Value> {
    serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap()
}

#[test]
fn every_fixture_gives_its_code_and_step() {
    let mut lines = suite(&ours());
    let summary = lines.pop().unwrap();
    let cases = cases(&ours());
    assert_eq!(summary["cases"], cases.len());
    for count in ["hard_differences", "soft_differences", "leaked", "not_offered", "missing"] {
        assert_eq!(summary[count], 0, "{count}");
    }
    for (case, line) in cases.iter().zip(&lines) {
        assert_eq!(case["id"], line["id"]);
        if case["expect"] == "reject" {
            assert_eq!((&case["code"], &case["step"]), (&line["code"], &line["step"]), "{}", case["id"]);
        }
    }
}

#[test]
fn every_code_has_a_fixture() {
    let cases = cases(&ours());
    let shown: BTreeSet<&str> = cases.iter().filter_map(|case| case["code"].as_str()).collect();
    for text in CODES {
        let excused = WITHOUT_FIXTURE.iter().any(|(name, _)| *name == text.name);
        assert_ne!(shown.contains(text.name), excused, "{}", text.name);
    }
}

#[test]
fn the_commands_make_the_same_again() {
    let made = Folder::new();
    let out = made.0.to_str().unwrap();
    for command in [["fixture", "mint", "--all"], ["fixture", "attack", "--all"]] {
        gatepost(&[&command[..], &MADE, &["--out", out]].concat());
    }
    assert_eq!(cases(&made.0), cases(&ours()));
    let (again, ours) = (files(&made.0), files(&ours()));
    let mut others: Vec<&PathBuf> = ours.keys().filter(|file| !again.contains_key(*file)).collect();
    others.retain(|file| *file != Path::new("README.md"));
    assert!(others.is_empty(), "no command makes {others:?}");
    let mut equal = 0;
    for (file, bytes) in &again {
        let Some(before) = ours.get(file) else { panic!("fixtures lack {}", file.display()) };
        if bytes == before {
            equal += 1;
            continue;
        }
        // The randomness of ciphers, RSA-PSS and ECDSA is OpenSSL's own and has no seed.
        let text = String::from_utf8_lossy(before);
        let has_own_randomness = ["EncryptedKey", "-MGF1", "#ecdsa-"].iter().any(|word| text.contains(word));
        assert!(has_own_randomness, "{} is not the same", file.display());
    }
    assert!(equal > 200, "only {equal} files are the same");
}

#[test]
fn a_blind_folder_tells_nothing_and_gives_the_same_verdicts() {
    let blind = Folder::new();
    gatepost(
        &[&["fixture", "attack", "--all", "--blind"], &MADE[..], &["--out", blind.0.to_str().unwrap()]]
            .concat(),
    );
    for case in cases(&blind.0) {
        for word in ["expect", "code", "step", "reason", "must", "forbidden_name_id"] {
            assert!(case.get(word).is_none(), "{case}");
        }
        assert!(case["id"].as_str().unwrap().bytes().all(|byte| byte.is_ascii_digit()), "{case}");
    }
    let mut lines = suite(&blind.0);
    assert!(lines.pop().unwrap().get("id").is_none());
    let mut expected = BTreeMap::new();
    for case in cases(&ours()) {
        if case["id"].as_str().unwrap().starts_with("attack/") {
            *expected.entry(case["code"].as_str().unwrap_or("ok").to_owned()).or_insert(0) += 1;
        }
    }
    let mut found = BTreeMap::new();
    for line in lines {
        *found.entry(line["code"].as_str().unwrap().to_owned()).or_insert(0) += 1;
    }
    assert_eq!(found, expected);
}

/// Every file below `folder`, by its path from there.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut rest = vec![folder.to_owned()];
    while let Some(next) = rest.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                rest.push(path);
            } else {
                files.insert(path.strip_prefix(folder).unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    files
}
