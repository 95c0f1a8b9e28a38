//! Deliveries that say they are Zoom's: no panic, nothing without its signature, the same key each time, and no answer
//! to a validation that could be the signature of an event.
//!
//! The folder is built into this target as it stands, so that the gateway with its database need not be.

#![no_main]

use std::sync::LazyLock;

use gatepost_fuzz::mutate;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

/// What the folder uses of the gateway.
mod base {
    pub use gatepost_saml::instant::Instant;
}

#[path = "../../../src/zoom/webhook/mod.rs"]
#[expect(dead_code, reason = "the target uses a part of the folder")]
mod webhook;

use base::Instant;
use webhook::envelope::Message;
use webhook::signature::{Headers, SecretToken, answer, sign, verify};
use webhook::{receive, Refusal};

const NOW: Instant = Instant::from_seconds(1_739_923_528);
const STAMP: &str = "1739923528";

static SECRET: LazyLock<SecretToken> = LazyLock::new(|| SecretToken::new("3rT7xK2mQ9sVwYbN5zLd").expect("a text"));
static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let events = [
        r#"{"event":"meeting.started","event_ts":1626230691572,"payload":{"account_id":"A","object":{"id":"1","uuid":"u=="}}}"#,
        r#"{"event":"meeting.participant_left","event_ts":1,"payload":{"account_id":"A","object":{"id":1,"participant":{"user_id":"7","leave_time":"t"}}}}"#,
        r#"{"event":"recording.completed","event_ts":1,"download_token":"x","payload":{"account_id":"A","object":{"uuid":"u","recording_files":[{"id":"f"}]}}}"#,
        r#"{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1654503849680}"#,
        r#"{"event":"app_deauthorized","payload":{"account_id":"A","user_id":"u","event_ts":1700000000000}}"#,
    ];
    events.iter().map(|event| event.as_bytes().to_vec()).collect()
});

fuzz_target!(|data: &[u8]| {
    // As a body that Zoom signed.
    let signature = sign(STAMP, data, &SECRET).expect("a key of any length");
    let headers = Headers { signature: Some(&signature), timestamp: Some(STAMP) };
    let received = receive(headers, data, &[&SECRET], None, NOW);
    assert_eq!(receive(headers, data, &[&SECRET], None, NOW), received);
    match &received {
        Ok(received) => match &received.message {
            Message::Validation { plain_token } => {
                assert!(!plain_token.contains(':'));
                let answer = answer(plain_token, &SECRET).expect("what is read can be answered");
                assert!(serde_json::from_str::<serde_json::Value>(&answer).is_ok());
            }
            Message::Event(event) => assert!(!event.account_id.is_empty() && !event.name.is_empty()),
            Message::Deauthorized(gone) => assert!(!gone.account_id.is_empty()),
        },
        Err(Refusal::Unsigned(unsigned)) => panic!("signed, but {unsigned}"),
        Err(_) => {}
    }
    // As a signature and a timestamp that somebody made up.
    if let Ok(text) = std::str::from_utf8(data) {
        let (claimed, stamp) = text.split_once('\n').unwrap_or((text, STAMP));
        let made_up = Headers { signature: Some(claimed), timestamp: Some(stamp) };
        if verify(made_up, b"{}", &[&SECRET], NOW).is_ok() {
            assert_eq!(sign(stamp, b"{}", &SECRET).as_deref(), Some(claimed));
        }
        if let Some(answer) = answer(text, &SECRET) {
            assert!(!text.contains(':') && answer.contains(text));
        }
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed, &SEEDS)
});
