//! `gatepost verify` and `gatepost fixture` as testers script against them: arguments in, lines and status out.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use gatepost_saml::mint::keys;
use serde_json::Value;

use crate::site::Folder;

const SP: [&str; 4] = [
    "--sp-entity-id",
    "https://sp.gatepost.example/saml/metadata",
    "--acs-url",
    "https://sp.gatepost.example/saml/acs",
];
const IDP: [&str; 4] =
    ["--idp-entity-id", "http://www.okta.com/exkgatepost1example", "--idp-cert", "idp.pem"];
const NOW: [&str; 2] = ["--now", "2026-03-02T10:00:30Z"];

fn gatepost(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatepost"));
    command.env("GATEPOST__DATA_DIR", folder.join("gatepost-data")).current_dir(folder);
    command.args(arguments).output().unwrap()
}

/// A folder with a response in Okta's shape and the certificate that it is signed with.
fn folder() -> Folder {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    std::fs::write(folder.0.join("idp.pem"), keys::IDP_RSA.certificate_pem).unwrap();
    let mint = ["fixture", "mint", "--like", "okta", "--seed", "7", "--now", "2026-03-02T10:00:00Z"];
    let made = gatepost(&folder.0, &[&mint[..], &["--in-response-to", "_r1", "--out", "okta.xml"]].concat());
    assert_eq!(made.status.code(), Some(0), "{}", said(&made));
    folder
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn object(output: &Output) -> Value {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}{}", said(output));
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_verdict_is_the_exit_status_and_one_line() {
    let folder = folder();
    let verify = |more: &[&str]| {
        gatepost(&folder.0, &[&["verify", "okta.xml", "--json"][..], &IDP, &SP, &NOW, more].concat())
    };
    let accepted = verify(&["--in-response-to", "_r1"]);
    assert_eq!(accepted.status.code(), Some(0));
    let accepted = object(&accepted);
    assert_eq!((&accepted["verdict"], &accepted["code"]), (&"accepted".into(), &"ok".into()));
    assert_eq!(accepted["name_id"], "alice@district.example");
    assert_eq!(accepted["attributes_map"]["email"][0], "alice@district.example");
    assert_eq!(accepted["signed"].as_array().unwrap().len(), 2);

    let refused = verify(&["--in-response-to", "_r2"]);
    assert_eq!(refused.status.code(), Some(1));
    let refused = object(&refused);
    assert_eq!(
        (&refused["code"], &refused["step"]),
        (&"in_response_to_mismatch".into(), &"in_response_to".into())
    );
    assert_eq!((&refused["name_id"], &refused["attributes"]), (&Value::Null, &Value::Array(Vec::new())));
    assert!(!refused.to_string().contains("alice"), "a refused message names nobody");

    let late = verify(&["--in-response-to", "_r1", "--now", "2026-03-02T12:00:00Z"]);
    assert_eq!(late.status.code(), Some(2), "one clock is enough: {}", said(&late));
}

#[test]
fn every_wire_form_is_known_by_itself() {
    let folder = folder();
    for wire in ["xml", "base64", "form"] {
        let mint = [
            "fixture",
            "mint",
            "--like",
            "okta",
            "--seed",
            "7",
            "--now",
            "2026-03-02T10:00:00Z",
            "--wire",
            wire,
        ];
        gatepost(&folder.0, &[&mint[..], &["--in-response-to", "_r1", "--out", "message"]].concat());
        for name in ["message", "-"] {
            let arguments =
                [&["verify", name, "--json", "--in-response-to", "_r1"][..], &IDP, &SP, &NOW].concat();
            let mut child = Command::new(env!("CARGO_BIN_EXE_gatepost"))
                .args(arguments)
                .current_dir(&folder.0)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let message = std::fs::read(folder.0.join("message")).unwrap();
            // Who reads a file leaves standard input alone.
            let _ = child.stdin.take().unwrap().write_all(&message);
            let output = child.wait_with_output().unwrap();
            assert_eq!(object(&output)["verdict"], "accepted", "{wire} {name}");
        }
    }
    let slo = "https://sp.gatepost.example/saml/slo";
    let mint = [
        "fixture",
        "mint",
        "--like",
        "adfs",
        "--kind",
        "logout-request",
        "--wire",
        "query",
        "--acs-url",
        slo,
    ];
    let query = gatepost(&folder.0, &[&mint[..], &["--now", "2026-03-02T10:00:00Z"]].concat());
    let url = format!("{slo}?{}\n", String::from_utf8(query.stdout).unwrap());
    std::fs::write(folder.0.join("url.txt"), url).unwrap();
    let adfs = ["--idp-entity-id", "http://fs.district.example/adfs/services/trust", "--idp-cert", "idp.pem"];
    let output =
        gatepost(&folder.0, &[&["verify", "url.txt", "--json", "--acs-url", slo][..], &adfs, &NOW].concat());
    let logout = object(&output);
    assert_eq!((&logout["kind"], &logout["verdict"]), (&"logout_request".into(), &"accepted".into()));
}

#[test]
fn metadata_gives_trust_and_is_judged_itself() {
    let folder = folder();
    gatepost(&folder.0, &["fixture", "mint", "--like", "okta", "--kind", "metadata", "--out", "idp.xml"]);
    let trusted = ["verify", "okta.xml", "--json", "--in-response-to", "_r1", "--idp-metadata", "idp.xml"];
    let output = gatepost(&folder.0, &[&trusted[..], &SP, &NOW].concat());
    assert_eq!(object(&output)["verdict"], "accepted");
    let output = gatepost(&folder.0, &["verify", "idp.xml", "--json"]);
    let metadata = object(&output);
    assert_eq!(metadata["kind"], "metadata");
    assert_eq!(metadata["entities"][0]["entity_id"], "http://www.okta.com/exkgatepost1example");
    assert_eq!(metadata["warnings"][0]["code"], "metadata_signature_unchecked");
    assert_eq!(metadata["steps"][4]["outcome"], "skip");
    let checked = gatepost(&folder.0, &["verify", "idp.xml", "--json", "--idp-cert", "idp.pem"]);
    assert_eq!(object(&checked)["code"], "not_signed");
}

#[test]
fn what_is_missing_is_named_with_its_option() {
    let folder = folder();
    let without = |left_out: &str| {
        let settings = [&IDP[..], &SP].concat();
        let kept = settings.chunks(2).filter(|pair| pair[0] != left_out).flatten().copied();
        gatepost(&folder.0, &["verify", "okta.xml", "--json"].into_iter().chain(kept).collect::<Vec<_>>())
    };
    for option in ["--idp-entity-id", "--idp-cert", "--sp-entity-id", "--acs-url"] {
        let output = without(option);
        assert_eq!(output.status.code(), Some(2), "{option}");
        assert!(output.stdout.is_empty() && said(&output).contains(option), "{option}: {}", said(&output));
    }
    for (arguments, word) in [
        (&["verify"][..], "INPUT"),
        (&["verify", "gone.xml"], "gone.xml"),
        (&["verify", "okta.xml", "--allow", "everything"], "sha1"),
        (&["verify", "--suite", "gone.json"], "gone.json"),
        (&["verify", "--suite", "m.json", "--allow", "sha1"], "--allow"),
        (&["verify", "okta.xml", "--connection", "conn_nonsense"], "--connection"),
    ] {
        let output = gatepost(&folder.0, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(said(&output).contains(word), "{arguments:?}: {}", said(&output));
    }
}

#[test]
fn people_get_words_and_a_pipe_no_colours() {
    let folder = folder();
    let verify = [&["verify", "okta.xml", "--explain"][..], &IDP, &SP, &NOW].concat();
    let output = gatepost(&folder.0, &verify);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("Refused: in_response_to_unknown\n"), "{text}");
    assert!(text.contains("conditions_time") && !text.contains('\u{1b}'), "{text}");
    let both = gatepost(&folder.0, &[&verify[..], &["--json"]].concat());
    assert!(said(&both).contains("Refused") && object(&both)["verdict"] == "refused");
}

#[test]
fn a_connection_lends_its_settings() {
    let folder = folder();
    gatepost(&folder.0, &["fixture", "mint", "--like", "okta", "--kind", "metadata", "--out", "idp.xml"]);
    gatepost(&folder.0, &["account", "create", "lincoln"]);
    let create = ["connection", "create", "--account", "lincoln", "--metadata", "idp.xml", "--json"];
    let made = object(&gatepost(&folder.0, &create));
    let of = |field: &str| made[field].as_str().unwrap().to_owned();
    let (id, sp, acs) = (of("id"), of("sp_entity_id"), of("acs_url"));
    let mint = ["fixture", "mint", "--like", "okta", "--in-response-to", "_r1", "--out", "ours.xml"];
    gatepost(&folder.0, &[&mint[..], &["--sp-entity-id", &sp, "--acs-url", &acs]].concat());
    let verify = ["verify", "ours.xml", "--json", "--connection", &id];
    let output = gatepost(&folder.0, &[&verify[..], &["--in-response-to", "_r1"]].concat());
    assert_eq!(object(&output)["verdict"], "accepted");
    assert_eq!(object(&gatepost(&folder.0, &verify))["code"], "in_response_to_unknown");
    let output = gatepost(&folder.0, &["verify", "okta.xml", "--json", "--connection", &id]);
    assert_eq!(object(&output)["code"], "destination_mismatch");
}
