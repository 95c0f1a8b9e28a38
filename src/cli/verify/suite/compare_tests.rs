//! Each rule of the comparison with a report and an expectation made for it.

use gatepost_saml::trace::{MessageKind, Trace};
use gatepost_saml::{Code, Refusal, StepName};
use serde_json::json;

use super::*;
use crate::cli::verify::report::{AttributeReading, AttributesMap, EndpointReading, Reading};

fn expectation(json: Value) -> Expectation {
    serde_json::from_value(json).unwrap()
}

fn refused() -> Report {
    let mut trace = Trace::new(MessageKind::Response);
    trace.fail(StepName::Audience, Code::AudienceMismatch, None, None);
    let code = Code::AudienceMismatch;
    Report::refused(trace, Refusal { code, step: StepName::Audience, public_code: code })
}

fn accepted(name_id: &str, attributes: &[(&str, &[&str])]) -> Report {
    let attributes: Vec<AttributeReading> = attributes
        .iter()
        .map(|(name, values)| AttributeReading {
            name: (*name).to_owned(),
            name_format: None,
            friendly_name: None,
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        })
        .collect();
    let reading = Reading {
        name_id: Some(name_id.to_owned()),
        attributes_map: AttributesMap::of(&attributes),
        attributes,
        ..Reading::default()
    };
    Report::accepted(Trace::new(MessageKind::Response), reading, None)
}

fn metadata(entities: Vec<EntityReading>) -> Report {
    Report::accepted(Trace::new(MessageKind::Metadata), Reading::default(), Some(entities))
}

fn entity(id: &str) -> EntityReading {
    EntityReading {
        entity_id: id.to_owned(),
        signing_cert_sha256: vec!["bb".to_owned(), "aa".to_owned()],
        encryption_cert_sha256: Vec::new(),
        sso: vec![EndpointReading { binding: REDIRECT.to_owned(), location: "https://idp/sso".to_owned() }],
        slo: Vec::new(),
        name_id_formats: Vec::new(),
        scopes: vec!["a.example".to_owned()],
        valid_until: Some("2026-03-02T00:00:00Z".to_owned()),
    }
}

fn agrees(report: &Report, expected: Value) -> Option<Agrees> {
    compare(report, &expectation(expected), false).agreement.agrees
}

#[test]
fn verdicts_against_expectations() {
    let alice = accepted("alice", &[]);
    for (report, expected, answer) in [
        (&refused(), json!({"expect": "reject", "must": true}), Agrees::Yes),
        (&refused(), json!({"expect": "accept", "must": true}), Agrees::No),
        (&refused(), json!({"expect": "accept"}), Agrees::No),
        (&refused(), json!({"expect": "accept", "must": false}), Agrees::Soft),
        (&alice, json!({"expect": "accept", "must": true}), Agrees::Yes),
        (&alice, json!({"expect": "reject", "must": true}), Agrees::No),
        (&alice, json!({"expect": "reject", "must": false}), Agrees::Soft),
    ] {
        assert_eq!(agrees(report, expected.clone()), Some(answer), "{expected}");
    }
}

#[test]
fn without_an_expectation_nothing_is_compared() {
    let comparison = compare(&refused(), &expectation(json!({})), false);
    assert_eq!(comparison.agreement, Agreement { expected: None, agrees: None });
    let missing = Report::missing(MessageKind::Response);
    assert_eq!(agrees(&missing, json!({"expect": "accept", "must": true})), None);
}

#[test]
fn name_ids_are_compared_after_trimming_and_null_means_none() {
    let padded = accepted(" alice\n", &[]);
    assert_eq!(agrees(&padded, json!({"expect": "accept", "expected_name_id": "alice"})), Some(Agrees::Yes));
    assert_eq!(agrees(&padded, json!({"expect": "accept", "expected_name_id": "Alice"})), Some(Agrees::No));
    assert_eq!(agrees(&padded, json!({"expect": "accept", "expected_name_id": null})), Some(Agrees::No));
    assert_eq!(
        agrees(&padded, json!({"expect": "accept", "must": false, "expected_name_id": "bob"})),
        Some(Agrees::Soft)
    );
}

#[test]
fn attributes_are_a_map_of_ordered_lists() {
    let report = accepted("alice", &[("role", &["a ", "b"]), ("mail", &["m"])]);
    let with =
        |attributes: Value| agrees(&report, json!({"expect": "accept", "expected_attributes": attributes}));
    assert_eq!(with(json!({"mail": ["m"], "role": ["a", "b"]})), Some(Agrees::Yes));
    assert_eq!(with(json!({"mail": ["m"], "role": ["b", "a"]})), Some(Agrees::No));
    assert_eq!(with(json!({"mail": ["m"], "role": ["a"]})), Some(Agrees::No));
    assert_eq!(with(json!({"mail": ["m"]})), Some(Agrees::No), "one more than expected");
    assert_eq!(with(json!({"mail": ["m"], "role": ["a", "b"], "x": []})), Some(Agrees::No), "one less");
    assert_eq!(
        with(json!({"mail": [], "role": ["a", "b"]})),
        Some(Agrees::Yes),
        "structured values are left out"
    );
}

#[test]
fn an_alternative_is_soft_only_when_answered_exactly() {
    let expected = json!({"expect": "reject", "must": true,
        "alternative": {"expect": "accept", "expected_name_id": "alice", "expected_attributes": {"x": ["v"]}}});
    assert_eq!(agrees(&accepted("alice", &[("x", &["v"])]), expected.clone()), Some(Agrees::Soft));
    assert_eq!(agrees(&accepted("alice", &[("x", &["w"])]), expected.clone()), Some(Agrees::No));
    assert_eq!(agrees(&accepted("bob", &[("x", &["v"])]), expected.clone()), Some(Agrees::No));
    assert_eq!(agrees(&refused(), expected), Some(Agrees::Yes));
}

#[test]
fn a_forbidden_value_is_hard_wherever_it_stands() {
    let expected = json!({"expect": "reject", "must": false, "forbidden_name_id": "admin@corp.example",
        "alternative": {"expect": "accept", "expected_name_id": "admin@corp.example"}});
    let leaks = |report: &Report| {
        let comparison = compare(report, &expectation(expected.clone()), false);
        (comparison.leaked, comparison.agreement.agrees)
    };
    assert_eq!(leaks(&accepted("admin@corp.example", &[])), (true, Some(Agrees::No)));
    assert_eq!(leaks(&accepted("x", &[("a", &["admin@corp.example"])])), (true, Some(Agrees::No)));
    assert_eq!(leaks(&accepted("x", &[("admin@corp.example", &[])])), (true, Some(Agrees::No)));
    assert_eq!(leaks(&accepted("admin@corp.example.evil.example", &[])), (false, Some(Agrees::Soft)));
    assert_eq!(leaks(&refused()), (false, Some(Agrees::Yes)));
    let mut told = refused();
    told.steps[3].found = Some("the NameID is admin@corp.example.".into());
    assert_eq!(leaks(&told), (true, Some(Agrees::No)), "a refusal must not tell it either");
}

#[test]
fn what_is_never_offered_must_be_refused() {
    let expected = json!({"expect": "accept", "must": true, "needs": ["audience_optional", "sha1"]});
    let comparison = compare(&refused(), &expectation(expected.clone()), false);
    assert!(comparison.not_offered);
    assert_eq!(comparison.agreement.expected, Some(Expected::Reject));
    assert_eq!(comparison.agreement.agrees, Some(Agrees::Yes));
    assert_eq!(agrees(&accepted("alice", &[]), expected), Some(Agrees::No));
    let unknown = json!({"expect": "accept", "must": true, "needs": ["a_relaxation_of_tomorrow"]});
    assert_eq!(agrees(&refused(), unknown), Some(Agrees::Yes));
}

#[test]
fn strict_turns_accept_cases_that_need_class_b_around() {
    let strict = |report: &Report, needs: Value, must: bool| {
        let expected = json!({"expect": "accept", "must": must, "needs": needs});
        compare(report, &expectation(expected), true).agreement.agrees
    };
    let alice = accepted("alice", &[]);
    assert_eq!(strict(&refused(), json!(["sha1"]), true), Some(Agrees::Yes));
    assert_eq!(strict(&alice, json!(["sha1"]), true), Some(Agrees::No));
    assert_eq!(strict(&alice, json!(["sha1"]), false), Some(Agrees::Soft));
    assert_eq!(strict(&alice, json!(["aes192", "rsa_pss"]), true), Some(Agrees::Yes));
    assert_eq!(strict(&refused(), json!(["aes192"]), true), Some(Agrees::No));
    assert_eq!(strict(&refused(), json!(["recipient_optional"]), true), Some(Agrees::Yes));
    let by_flag = expectation(json!({"expect": "accept", "needs_sha1": true}));
    assert_eq!(compare(&refused(), &by_flag, true).agreement.agrees, Some(Agrees::Yes));
}

#[test]
fn fixtures_name_code_and_step() {
    let with =
        |code: &str, step: &str| agrees(&refused(), json!({"expect": "reject", "code": code, "step": step}));
    assert_eq!(with("audience_mismatch", "audience"), Some(Agrees::Yes));
    assert_eq!(with("audience_missing", "audience"), Some(Agrees::No));
    assert_eq!(with("audience_mismatch", "subject"), Some(Agrees::No));
}

#[test]
fn session_indexes_in_order() {
    let mut report = accepted("alice", &[]);
    report.reading.session_indexes = Some(vec!["1".to_owned(), "2".to_owned()]);
    let with = |list: Value| agrees(&report, json!({"expect": "accept", "expected_session_indexes": list}));
    assert_eq!(with(json!(["1", "2"])), Some(Agrees::Yes));
    assert_eq!(with(json!(["2", "1"])), Some(Agrees::No));
}

#[test]
fn entities_are_compared_in_what_the_manifest_says() {
    let report = metadata(vec![entity("https://idp")]);
    let with = |entity: Value| agrees(&report, json!({"expect": "accept", "expected_entities": [entity]}));
    assert_eq!(with(json!({"entity_id": "https://idp"})), Some(Agrees::Yes));
    assert_eq!(with(json!({"entity_id": "https://other"})), Some(Agrees::No));
    assert_eq!(
        with(
            json!({"entity_id": "https://idp", "signing_cert_sha256": ["aa", "bb"], "scopes": ["a.example"],
            "sso": [{"binding": REDIRECT, "location": "https://idp/sso"}],
            "valid_until": "2026-03-02T01:00:00+01:00", "unparsable_certificate": false})
        ),
        Some(Agrees::Yes)
    );
    assert_eq!(with(json!({"entity_id": "https://idp", "signing_cert_sha256": ["aa"]})), Some(Agrees::No));
    assert_eq!(with(json!({"entity_id": "https://idp", "sso": []})), Some(Agrees::No));
    assert_eq!(with(json!({"entity_id": "https://idp", "scopes": []})), Some(Agrees::No));
    assert_eq!(
        with(json!({"entity_id": "https://idp", "valid_until": "2027-03-02T00:00:00Z"})),
        Some(Agrees::No)
    );
    let two = json!({"expect": "accept", "expected_entities": [{"entity_id": "https://idp"}, {"entity_id": "https://b"}]});
    assert_eq!(agrees(&report, two), Some(Agrees::No));
}

#[test]
fn the_short_form_of_metadata() {
    let report = metadata(vec![entity("https://idp")]);
    let with = |metadata: Value| agrees(&report, json!({"expect": "accept", "expected_metadata": metadata}));
    let good = json!({"entity_id": "https://idp", "sso_redirect": "https://idp/sso", "signing_cert_sha256": ["bb", "aa"]});
    assert_eq!(with(good), Some(Agrees::Yes));
    assert_eq!(with(json!({"entity_id": "https://idp", "sso_redirect": "https://idp/x"})), Some(Agrees::No));
    assert_eq!(with(json!({"entity_id": "https://x"})), Some(Agrees::No));
    let report = metadata(vec![entity("https://idp"), entity("https://b")]);
    assert_eq!(
        agrees(&report, json!({"expect": "accept", "expected_metadata": {"entity_id": "https://idp"}})),
        Some(Agrees::No)
    );
}
