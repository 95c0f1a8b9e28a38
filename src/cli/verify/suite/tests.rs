//! The runner, with tiny manifests in a folder of their own. The messages are garbage: what matters here is what is
//! read, counted and written, not what the engine says.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::*;
use crate::cli::verify::options::tests::parse;

/// A folder that is removed when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("gatepost-suite-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        let folder = Self(path);
        folder.write("garbage.xml", "this is no XML");
        folder
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn suite(&self, cases: &Value, more: &str) -> Run {
        let manifest = self.write("manifest.json", &cases.to_string());
        let options = parse(&format!("--suite {} --json {more}", manifest.display())).unwrap();
        let (mut out, mut complaints) = (Vec::new(), Vec::new());
        let now = Instant::parse("2026-03-02T10:00:30Z").unwrap();
        let outcome = run(&options, &manifest, now, &mut out, &mut complaints);
        let out = String::from_utf8(out).unwrap();
        let mut lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let summary = lines.pop().unwrap_or(Value::Null);
        Run { outcome, out, lines, summary, complaints: String::from_utf8(complaints).unwrap() }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

struct Run {
    outcome: Outcome,
    out: String,
    lines: Vec<Value>,
    summary: Value,
    complaints: String,
}

#[expect(clippy::needless_pass_by_value, reason = "json! at every call")]
fn case(id: &str, more: Value) -> Value {
    let mut case = json!({"id": id, "file": "garbage.xml", "wire": "xml", "kind": "response", "now": "2026-03-02T10:00:30Z"});
    for (name, value) in more.as_object().unwrap() {
        case[name] = value.clone();
    }
    case
}

#[test]
fn without_expectations_and_ids_there_are_verdicts_alone() {
    let folder = Folder::new("blind");
    let run = folder.suite(
        &json!([{"file": "garbage.xml", "kind": "response", "wire": "xml"}, {"file": "garbage.xml"}]),
        "",
    );
    assert_eq!(run.outcome, Ok(Status::Done));
    assert_eq!(run.lines.len(), 2);
    for line in &run.lines {
        assert_eq!((&line["id"], &line["verdict"]), (&Value::Null, &json!("refused")));
        assert!(line.get("agrees").is_none() && line.get("expected").is_none());
    }
    assert_eq!(
        run.summary,
        json!({"schema": "gatepost.suite/1", "cases": 2, "hard_differences": 0, "soft_differences": 0, "leaked": 0,
            "not_offered": 0, "missing": 0})
    );
    assert!(run.summary.get("id").is_none());
}

#[test]
fn counts_and_statuses() {
    let folder = Folder::new("counts");
    let agreeing = [
        case("a", json!({"expect": "reject", "must": true})),
        case("b", json!({"expect": "accept", "must": false})),
        case("c", json!({"expect": "accept", "must": true, "needs": ["recipient_optional"]})),
        case("d", json!({"expect": "reject", "must": true, "stored": false, "file": "big.xml"})),
    ];
    let run = folder.suite(&json!(agreeing), "");
    assert_eq!(run.outcome, Ok(Status::Done), "{}", run.complaints);
    let agrees: Vec<&Value> = run.lines.iter().map(|line| &line["agrees"]).collect();
    assert_eq!(agrees, [&json!(true), &json!("soft"), &json!(true), &Value::Null]);
    assert_eq!(run.lines[3]["verdict"], "missing");
    assert_eq!(run.summary["not_offered"], 1);
    assert_eq!((&run.summary["missing"], &run.summary["soft_differences"]), (&json!(1), &json!(1)));

    let differing = json!([case("a", json!({"expect": "accept", "must": true}))]);
    let run = folder.suite(&differing, "");
    assert_eq!((run.outcome, &run.summary["hard_differences"]), (Ok(Status::Refused), &json!(1)));
    let code = run.lines[0]["code"].as_str().unwrap();
    let rules = json!([{"rule": "r", "code": code, "spec": "s", "text": "t", "cases": ["a"]}]);
    let rules = folder.write("differences.json", &rules.to_string());
    let run = folder.suite(&differing, &format!("--differences {}", rules.display()));
    assert_eq!((run.outcome, &run.summary["soft_differences"]), (Ok(Status::Done), &json!(1)));
}

#[test]
fn strict_ignores_what_cases_ask_for() {
    let folder = Folder::new("strict");
    let cases = json!([case("a", json!({"expect": "accept", "must": true, "needs": ["sha1"]}))]);
    assert_eq!(folder.suite(&cases, "").outcome, Ok(Status::Refused));
    assert_eq!(folder.suite(&cases, "--strict").outcome, Ok(Status::Done));
}

#[test]
fn a_file_that_should_be_there_is_an_error_of_the_run_but_not_of_the_others() {
    let folder = Folder::new("absent");
    let run = folder.suite(
        &json!([
            case("a", json!({"file": "gone.xml"})),
            case("b", json!({"idp_cert": "gone.pem"})),
            case("c", json!({}))
        ]),
        "",
    );
    assert!(run.outcome.is_err());
    assert_eq!(run.lines.len(), 2, "b has no verdict");
    assert_eq!((&run.lines[0]["verdict"], &run.lines[1]["id"]), (&json!("missing"), &json!("c")));
    assert!(run.complaints.contains("a: its file is not there") && run.complaints.contains("gone.pem"));
}

#[test]
fn a_case_without_settings_is_judged_and_refused() {
    let folder = Folder::new("settings");
    let certificate =
        folder.write("no-certificate.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let run = folder.suite(
        &json!([
            case("a", json!({})),
            case("b", json!({"kind": "logout_request"})),
            case("c", json!({"idp_cert": certificate, "idp_entity_id": "https://idp.example"})),
        ]),
        "",
    );
    assert_eq!(run.outcome, Ok(Status::Done));
    assert!(run.lines.iter().all(|line| line["verdict"] == "refused"));
    assert_eq!(run.lines[2]["warnings"][0]["code"], "setting_unusable");
}

#[test]
fn only_some_cases_in_manifest_order() {
    let folder = Folder::new("only");
    let cases = json!([case("a", json!({})), case("b", json!({})), case("c", json!({}))]);
    let run = folder.suite(&cases, "--only c a c");
    let ids: Vec<&Value> = run.lines.iter().map(|line| &line["id"]).collect();
    assert_eq!(ids, [&json!("a"), &json!("c")]);
    assert!(folder.suite(&cases, "--only z").outcome.unwrap_err().to_string().contains('z'));
}

#[test]
fn what_the_manifest_gets_wrong_is_named() {
    let folder = Folder::new("wrong");
    for (cases, word) in [
        (json!([case("a", json!({"after": ["z"]}))]), "z"),
        (json!([case("a", json!({"wire": "pigeon"}))]), "pigeon"),
        (json!([case("a", json!({"kind": "assertion"}))]), "assertion"),
        (json!([case("a", json!({"now": "noon"}))]), "noon"),
        (json!([case("a", json!({"expect": "perhaps"}))]), "perhaps"),
        (json!([case("a", json!({})), case("a", json!({}))]), "two cases"),
    ] {
        let error = folder.suite(&cases, "").outcome.unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn the_same_bytes_whatever_the_jobs_and_each_case_by_itself() {
    let folder = Folder::new("jobs");
    let cases: Vec<Value> =
        (0..40).map(|n| case(&format!("case-{n}"), json!({"expect": "reject"}))).collect();
    let one = folder.suite(&json!(cases), "--jobs 1");
    let many = folder.suite(&json!(cases), "--jobs 7");
    assert_eq!(one.out, many.out);
    let shuffled: Vec<&Value> = cases.iter().rev().collect();
    let mut backwards = folder.suite(&json!(shuffled), "--jobs 3").lines;
    backwards.reverse();
    assert_eq!(one.lines, backwards);
}

#[test]
fn junit_is_written_beside() {
    let folder = Folder::new("junit");
    let path = folder.0.join("junit.xml");
    let run = folder
        .suite(&json!([case("a", json!({"expect": "accept"}))]), &format!("--junit {}", path.display()));
    assert_eq!(run.outcome, Ok(Status::Refused));
    assert!(std::fs::read_to_string(path).unwrap().contains("failures=\"1\""));
}
