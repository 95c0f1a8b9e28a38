//! The vectors of the formulas, every single change of a delivery, and what reads and does not.

use super::envelope::Event;
use super::kind::{Kind, TYPES};
use super::signature::{WINDOW_SECONDS, answer, hex, sign};
use super::*;

const SECRET: &str = "3rT7xK2mQ9sVwYbN5zLd";
const TIMESTAMP: &str = "1739923528";
const BODY: &str = concat!(
    r#"{"event":"meeting.started","event_ts":1626230691572,"payload":{"account_id":"AAAAAABBBB","object":{"#,
    r#""id":"1234567890","uuid":"4444AAAiAAAAAiAiAiiAii==","host_id":"x1yCzABCDEfg23HiJKl4mN","topic":"My Meeting"}}}"#
);
/// Computed with `openssl dgst -sha256 -hmac`.
const SIGNATURE: &str = "v0=14c29381dc95b032314410806199f3ce4e69305a858ff86a2af7e981db559efa";
const NOW: Instant = Instant::from_seconds(1_739_923_530);

fn secret(text: &str) -> SecretToken {
    SecretToken::new(text).unwrap()
}

fn with(signature: &str, timestamp: &str, body: &[u8], text: &str) -> Result<usize, Unsigned> {
    let headers = Headers { signature: Some(signature), timestamp: Some(timestamp) };
    signature::verify(headers, body, &[&secret(text)], NOW)
}

fn signed(body: &str) -> Result<Message, Refusal> {
    let secret = secret(SECRET);
    let signature = sign(TIMESTAMP, body.as_bytes(), &secret).unwrap();
    let headers = Headers { signature: Some(&signature), timestamp: Some(TIMESTAMP) };
    receive(headers, body.as_bytes(), &[&secret], None, NOW).map(|received| received.message)
}

fn event(body: &str) -> Event {
    match signed(body) {
        Ok(Message::Event(event)) => event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_vectors_hold() {
    assert_eq!(with(SIGNATURE, TIMESTAMP, BODY.as_bytes(), SECRET), Ok(0));
    assert_eq!(sign(TIMESTAMP, BODY.as_bytes(), &secret(SECRET)).as_deref(), Some(SIGNATURE));
    assert_eq!(
        answer("qgg8vlvZRS6UYooatFL8Aw", &secret(SECRET)).as_deref(),
        Some(concat!(
            r#"{"plainToken":"qgg8vlvZRS6UYooatFL8Aw","#,
            r#""encryptedToken":"a6b6527da401262031e9fdd88a25c3bc1220a35a5d21b86338d15945d30fcda4"}"#
        ))
    );
}

#[test]
fn any_change_of_body_timestamp_secret_or_signature_refuses() {
    let changed = |text: &str, at: usize, bit: u8| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] ^= 1 << bit;
        bytes
    };
    for bit in 0..8 {
        for at in 0..BODY.len() {
            let body = changed(BODY, at, bit);
            assert_eq!(with(SIGNATURE, TIMESTAMP, &body, SECRET), Err(Unsigned::Wrong), "{at}.{bit}");
        }
        for at in 0..TIMESTAMP.len() {
            let Ok(timestamp) = String::from_utf8(changed(TIMESTAMP, at, bit)) else { continue };
            assert!(with(SIGNATURE, &timestamp, BODY.as_bytes(), SECRET).is_err(), "{timestamp}");
        }
        for at in 0..SECRET.len() {
            let Ok(text) = String::from_utf8(changed(SECRET, at, bit)) else { continue };
            let Some(other) = SecretToken::new(&text).filter(|other| other.expose() != SECRET) else {
                continue;
            };
            let headers = Headers { signature: Some(SIGNATURE), timestamp: Some(TIMESTAMP) };
            let verdict = signature::verify(headers, BODY.as_bytes(), &[&other], NOW);
            assert_eq!(verdict, Err(Unsigned::Wrong), "{at}.{bit}");
        }
        for at in 0..SIGNATURE.len() {
            let Ok(signature) = String::from_utf8(changed(SIGNATURE, at, bit)) else { continue };
            assert!(with(&signature, TIMESTAMP, BODY.as_bytes(), SECRET).is_err(), "{signature}");
        }
    }
    // Longer, shorter, and the border between timestamp and body moved.
    for (timestamp, body) in [
        (TIMESTAMP, format!("{BODY}\n")),
        (TIMESTAMP, BODY[..BODY.len() - 1].to_owned()),
        (TIMESTAMP, String::new()),
        ("173992352", format!("8:{BODY}")),
        ("01739923528", BODY.to_owned()),
        ("+1739923528", BODY.to_owned()),
        (" 1739923528", BODY.to_owned()),
    ] {
        assert!(with(SIGNATURE, timestamp, body.as_bytes(), SECRET).is_err(), "{timestamp} {body}");
    }
}

#[test]
fn signatures_that_are_none_are_told_from_wrong_ones() {
    let verify = |signature, timestamp| {
        let headers = Headers { signature, timestamp };
        signature::verify(headers, BODY.as_bytes(), &[&secret(SECRET)], NOW)
    };
    let bare = &SIGNATURE[3..];
    let upper = format!("v0={}", bare.to_uppercase());
    for signature in
        [None, Some(""), Some("v0="), Some(bare), Some(upper.as_str()), Some("v0=14c2"), Some("v1=")]
    {
        assert_eq!(verify(signature, Some(TIMESTAMP)), Err(Unsigned::Missing), "{signature:?}");
    }
    for timestamp in [None, Some(""), Some("now"), Some("-1"), Some("1739923528.0"), Some("9999999999999999")]
    {
        assert_eq!(verify(Some(SIGNATURE), timestamp), Err(Unsigned::Missing), "{timestamp:?}");
    }
    let headers = Headers { signature: Some(SIGNATURE), timestamp: Some(TIMESTAMP) };
    assert_eq!(signature::verify(headers, BODY.as_bytes(), &[], NOW), Err(Unsigned::Wrong));
}

#[test]
fn a_delivery_is_fresh_for_five_minutes_in_both_directions() {
    let at = |now: i64| {
        let headers = Headers { signature: Some(SIGNATURE), timestamp: Some(TIMESTAMP) };
        let now = Instant::from_seconds(1_739_923_528 + now);
        signature::verify(headers, BODY.as_bytes(), &[&secret(SECRET)], now)
    };
    for near in [0, WINDOW_SECONDS, -WINDOW_SECONDS] {
        assert_eq!(at(near), Ok(0), "{near}");
    }
    for far in [WINDOW_SECONDS + 1, -WINDOW_SECONDS - 1, 86_400, i64::MAX / 4] {
        assert_eq!(at(far), Err(Unsigned::Stale), "{far}");
    }
    // A stale one with a wrong signature is wrong: what is stale is Zoom's.
    let headers = Headers { signature: Some(SIGNATURE), timestamp: Some("1") };
    assert_eq!(signature::verify(headers, BODY.as_bytes(), &[&secret(SECRET)], NOW), Err(Unsigned::Wrong));
    let millis = "1739923528000";
    let signature = sign(millis, BODY.as_bytes(), &secret(SECRET)).unwrap();
    assert_eq!(with(&signature, millis, BODY.as_bytes(), SECRET), Ok(0));
}

#[test]
fn while_a_secret_is_changed_both_verify() {
    let (new, old, other) = (secret("the-new-one"), secret(SECRET), secret("neither"));
    let headers = Headers { signature: Some(SIGNATURE), timestamp: Some(TIMESTAMP) };
    assert_eq!(signature::verify(headers, BODY.as_bytes(), &[&new, &old], NOW), Ok(1));
    assert_eq!(signature::verify(headers, BODY.as_bytes(), &[&new, &other], NOW), Err(Unsigned::Wrong));
}

#[test]
fn nobody_has_us_sign_an_event_by_a_validation() {
    let trap = format!("v0:{TIMESTAMP}:{}", r#"{"event":"user.deleted"}"#);
    for token in [trap.as_str(), "v0:1:x", "a:b", "", "\"", "a b", "ä", &"a".repeat(257)] {
        assert_eq!(answer(token, &secret(SECRET)), None, "{token}");
        let body = serde_json::json!({"event": "endpoint.url_validation", "payload": {"plainToken": token}});
        assert_eq!(signed(&body.to_string()), Err(Refusal::Unreadable(Unreadable::PlainToken)), "{token}");
    }
    let good =
        r#"{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZ"},"event_ts":1654503849680}"#;
    assert_eq!(signed(good), Ok(Message::Validation { plain_token: "qgg8vlvZ".to_owned() }));
}

#[test]
fn an_event_is_read() {
    let event = event(BODY);
    assert_eq!((event.name.as_str(), event.kind), ("meeting.started", Kind::Meeting));
    assert_eq!(event.at, Instant::from_micros(1_626_230_691_572_000));
    assert_eq!((event.account_id.as_str(), event.object_id.as_deref()), ("AAAAAABBBB", Some("1234567890")));
    assert_eq!(event.object_uuid.as_deref(), Some("4444AAAiAAAAAiAiAiiAii=="));
    assert_eq!(event.topic.as_deref(), Some("My Meeting"));
    assert!(!event.has_download_token);
}

#[test]
fn an_event_of_another_account_is_refused() {
    let secret = secret(SECRET);
    let headers = Headers { signature: Some(SIGNATURE), timestamp: Some(TIMESTAMP) };
    let about = |account| receive(headers, BODY.as_bytes(), &[&secret], Some(account), NOW);
    assert!(about("AAAAAABBBB").is_ok());
    assert_eq!(about("CCCC"), Err(Refusal::AnotherAccount));
    assert_eq!(about("aaaaaabbbb"), Err(Refusal::AnotherAccount));
}

#[test]
fn what_is_no_event_is_refused_by_name() {
    for (body, wanted) in [
        ("", Unreadable::Form),
        ("null", Unreadable::Form),
        ("[]", Unreadable::Form),
        (r#"{"event":"meeting.started"}"#, Unreadable::Form),
        (r#"{"event":7,"payload":{}}"#, Unreadable::Form),
        (r#"{"event":"meeting.started","payload":[]}"#, Unreadable::Form),
        (r#"{"event":"a","event":"b","event_ts":1,"payload":{"account_id":"A"}}"#, Unreadable::Form),
        (r#"{"event":"a","event_ts":1,"payload":{"account_id":"A","account_id":"B"}}"#, Unreadable::Form),
        (r#"{"event":"a","event_ts":1,"payload":{"account_id":"A"}} x"#, Unreadable::Form),
        (r#"{"event":"a","event_ts":1,"payload":{"account_id":"A","object":{"id":{}}}}"#, Unreadable::Form),
        (r#"{"event":"","payload":{}}"#, Unreadable::Name),
        (r#"{"event":"Meeting Started","payload":{}}"#, Unreadable::Name),
        (r#"{"event":"meeting.started","event_ts":1,"payload":{}}"#, Unreadable::Account),
        (r#"{"event":"meeting.started","event_ts":1,"payload":{"account_id":""}}"#, Unreadable::Account),
        (r#"{"event":"meeting.started","event_ts":1,"payload":{"account_id":"\n"}}"#, Unreadable::Account),
        (r#"{"event":"meeting.started","payload":{"account_id":"A"}}"#, Unreadable::Time),
        (r#"{"event":"meeting.started","event_ts":0,"payload":{"account_id":"A"}}"#, Unreadable::Time),
        (r#"{"event":"meeting.started","event_ts":-5,"payload":{"account_id":"A"}}"#, Unreadable::Time),
        (
            r#"{"event":"meeting.started","event_ts":9223372036854775807,"payload":{"account_id":"A"}}"#,
            Unreadable::Time,
        ),
    ] {
        assert_eq!(signed(body), Err(Refusal::Unreadable(wanted)), "{body}");
    }
    let deep =
        format!(r#"{{"event":"a","event_ts":1,"payload":{{"account_id":"A","x":{}}}}}"#, "[".repeat(100_000));
    assert_eq!(signed(&deep), Err(Refusal::Unreadable(Unreadable::Form)));
    assert_eq!(signed(&" ".repeat(MAX_BODY + 1)), Err(Refusal::TooLarge));
}

#[test]
fn a_deauthorization_has_its_time_in_either_place() {
    for body in [
        r#"{"event":"app_deauthorized","event_ts":1700000000000,"payload":{"account_id":"A","user_id":"u"}}"#,
        r#"{"event":"app_deauthorized","payload":{"account_id":"A","user_id":"u","event_ts":1700000000000}}"#,
    ] {
        let Ok(Message::Deauthorized(gone)) = signed(body) else { panic!("{body}") };
        assert_eq!((gone.account_id.as_str(), gone.user_id.as_deref()), ("A", Some("u")));
        assert_eq!(gone.at, Some(Instant::from_seconds(1_700_000_000)));
    }
    // When it was removed, where that is told, and not when we are.
    for (time, wanted) in
        [("\"2023-11-14T22:13:10.632Z\"", 1_699_999_990), ("\"soon\"", 1_700_000_000), ("7", 1_700_000_000)]
    {
        let body = format!(
            r#"{{"event":"app_deauthorized","event_ts":1700000000000,"payload":{{"account_id":"A","deauthorization_time":{time}}}}}"#
        );
        let Ok(Message::Deauthorized(gone)) = signed(&body) else { panic!("{body}") };
        assert_eq!(gone.at.map(Instant::seconds), Some(wanted), "{time}");
    }
}

/// A participant's event with one field of the participant replaced.
fn joined(participant: &str) -> String {
    format!(
        r#"{{"event":"meeting.participant_joined","event_ts":1626230691572,"payload":{{"account_id":"A","object":{{
        "uuid":"u==","id":"1","participant":{participant}}}}}}}"#
    )
}

#[test]
fn one_event_has_one_key_however_it_is_written() {
    let base = event(BODY).key;
    let reordered = concat!(
        r#"{ "payload":{"object":{"topic":"renamed","uuid":"4444AAAiAAAAAiAiAiiAii==","id":1234567890},"#,
        r#""account_id":"AAAAAABBBB"}, "download_token":"x", "event_ts":1626230691572, "event":"meeting.started"}"#
    );
    assert_eq!(event(reordered).key, base, "numbers, order and what may differ do not count");
    assert!(event(reordered).has_download_token);
    let mut keys = vec![base];
    for body in [
        BODY.replace("meeting.started", "meeting.ended"),
        BODY.replace("1626230691572", "1626230691573"),
        BODY.replace("AAAAAABBBB", "AAAAAABBBC"),
        BODY.replace("1234567890", "1234567891"),
        BODY.replace("4444AAA", "4444AAB"),
        joined(r#"{"user_id":"16778240"}"#),
        joined(r#"{"user_id":"16778241"}"#),
        joined(r#"{"id":"16778241"}"#),
        joined(r#"{"participant_uuid":"16778241"}"#),
        joined(r#"{"user_id":"1","join_time":"2021-07-13T21:44:51Z"}"#),
        joined(r"{}"),
        joined("null"),
        joined(r#"null,"registrant":{}"#),
        joined(r#"null,"recording_files":[{"id":"f1"}]"#),
        joined(r#"null,"recording_files":[{"id":"f1"},{"id":"f2"}]"#),
        joined(r#"null,"recording_file":{"recording_start":"2021-07-13T21:44:51Z"}"#),
        // Of types that are not known, and without an object, everything counts.
        r#"{"event":"phone.ring","event_ts":1,"payload":{"account_id":"A","object":{"id":1,"x":1}}}"#
            .to_owned(),
        r#"{"event":"phone.ring","event_ts":1,"payload":{"account_id":"A","object":{"id":1,"x":2}}}"#
            .to_owned(),
        r#"{"event":"user.updated","event_ts":1,"payload":{"account_id":"A","x":1}}"#.to_owned(),
        r#"{"event":"user.updated","event_ts":1,"payload":{"account_id":"A","x":2}}"#.to_owned(),
    ] {
        keys.push(event(&body).key);
    }
    let all: std::collections::HashSet<_> = keys.iter().collect();
    assert_eq!(all.len(), keys.len(), "{:?}", keys.iter().map(|key| hex(key)).collect::<Vec<_>>());
}

#[test]
fn names_are_unique_and_of_zooms_form() {
    let names: std::collections::HashSet<_> = TYPES.iter().map(|known| known.name).collect();
    assert_eq!(names.len(), TYPES.len());
    let asked: Vec<_> = TYPES.iter().filter(|known| known.is_asked_for && !known.is_optional).collect();
    let labels: std::collections::HashSet<_> = asked.iter().map(|known| known.label).collect();
    assert_eq!(
        (asked.len(), labels.len(), labels.contains("")),
        (19, 19, false),
        "each is found in Zoom's list"
    );
    for known in TYPES {
        let body = format!(r#"{{"event":"{}","event_ts":1,"payload":{{"account_id":"A"}}}}"#, known.name);
        assert_eq!(event(&body).kind, known.kind);
    }
    assert_eq!(event(r#"{"event":"x.y","event_ts":1,"payload":{"account_id":"A"}}"#).kind, Kind::Other);
}
