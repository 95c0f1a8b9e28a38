//! `gatepost connection …`: what it says of files that people wrote.

use crate::cli::{folder, json, okta, refusal, run};

#[test]
fn everything_that_is_wrong_with_a_settings_file_is_told_at_once() {
    let folder = folder();
    json(&run(&folder.0, &["account", "create", "lincoln", "--json"]));
    let metadata = okta(&folder.0);
    let create = [
        "connection",
        "create",
        "--account",
        "lincoln",
        "--preset",
        "okta",
        "--metadata",
        &metadata,
        "--json",
    ];
    let id = json(&run(&folder.0, &create))["id"].as_str().unwrap().to_owned();
    let file = folder.0.join("settings.json");
    let file = file.to_str().unwrap();
    let update = |settings: &str| {
        std::fs::write(file, settings).unwrap();
        run(&folder.0, &["connection", "update", &id, "--settings", file, "--json"])
    };
    // Two in the mapping's own shape, one elsewhere; and one that is well-formed and of no use.
    let told = refusal(&update(
        r#"{ "session_end": "never", "sso_post_url": "http://idp.example/sso", "mapping": {
            "role_rules": [{ "grant": "admin", "when": "groups", "equals": "Staff" }, { "grant": "admin" }],
            "emial": { "first_of": ["mail"] }, "absent_groups": "unknown" } }"#,
    ));
    for path in [
        "session_end: ",
        "mapping.emial: there is no such field",
        "mapping.role_rules[1]: ",
        "http://idp.example/sso",
    ] {
        assert!(told.contains(path), "{path} in {told}");
    }
    // And rules that can be read and not applied, all of them too.
    let told = refusal(&update(
        r#"{ "mapping": { "email": { "first_of": ["attribute:mail"], "capture": "(" }, "required": ["shoe_size"],
            "custom": { "shoe size": { "first_of": ["attribute:size"] } } } }"#,
    ));
    for path in ["mapping.email.capture: ", "mapping.custom.shoe size: ", "mapping.required[0]: "] {
        assert!(told.contains(path), "{path} in {told}");
    }
    let revisions = run(&folder.0, &["connection", "revisions", &id, "--json"]);
    assert_eq!(String::from_utf8(revisions.stdout).unwrap().lines().count(), 1, "nothing was changed");
    let made = json(&update(
        r#"{ "session_end": "ignore", "mapping": { "email": { "first_of": ["attribute:mail"] } } }"#,
    ));
    assert_eq!(made["revision"], 2);
}
