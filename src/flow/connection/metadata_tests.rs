//! What a fetched copy changes, and what it leaves alone.

use gatepost_saml::mint::keys::{IDP_EC_P256, IDP_RSA, IDP_RSA_NEXT, TestKey};
use gatepost_saml::trust::read_certificate;

use super::*;
use crate::flow::connection::settings::Settings;

fn key(key: &TestKey, source: Source) -> Key {
    Key::new(&read_certificate(key.certificate_pem.as_bytes()).unwrap().key, source)
}

fn version(keys: Vec<Key>) -> Version {
    let settings = Settings::read(
        r#"{ "product": "other", "sso_redirect_url": "https://idp.example/sso", "sso_post_url": null,
            "is_request_signed": false, "subject": "name_id", "provisioning": "create", "accepted_audiences": [],
            "policy": { "relaxations": [], "clock_skew_seconds": 180, "max_validity_seconds": 86400 } }"#,
    );
    let settings = settings.unwrap();
    let mut version = Version { name: "x".to_owned(), idp_entity_id: "urn:idp".to_owned(), settings, keys };
    version.sort_keys();
    version
}

fn reading(url: &str, keys: Vec<Key>) -> Reading {
    Reading {
        entity_id: "urn:idp".to_owned(),
        sso_redirect_url: Some(url.to_owned()),
        sso_post_url: None,
        keys,
        wants_signed_requests: false,
    }
}

fn hashes(version: &Version) -> Vec<&str> {
    version.keys.iter().map(|key| key.spki_sha256.as_str()).collect()
}

#[test]
fn keys_come_and_go_with_metadata_and_those_given_by_hand_stay() {
    let (old, by_hand) = (key(&IDP_RSA, Source::Metadata), key(&IDP_EC_P256, Source::Certificate));
    let new = key(&IDP_RSA_NEXT, Source::Metadata);
    let present = version(vec![old.clone(), by_hand.clone()]);
    let (both, _) =
        follow_reading(&present, &reading("https://idp.example/sso", vec![old.clone(), new.clone()]));
    assert_eq!(both.keys.len(), 3);
    let (after, waits) = follow_reading(&both, &reading("https://idp.example/sso", vec![new.clone()]));
    assert!(!waits);
    assert!(!hashes(&after).contains(&old.spki_sha256.as_str()), "withdrawn");
    assert!(hashes(&after).contains(&by_hand.spki_sha256.as_str()), "given by hand");
    // Once it is listed, it is metadata's.
    let listed = Key { source: Source::Metadata, ..by_hand.clone() };
    let (listed, _) = follow_reading(&after, &reading("https://idp.example/sso", vec![new.clone(), listed]));
    let (after, _) = follow_reading(&listed, &reading("https://idp.example/sso", vec![new.clone()]));
    assert_eq!(after.keys, [new]);
}

#[test]
fn addresses_stay_on_their_hosts() {
    let keys = vec![key(&IDP_RSA, Source::Metadata)];
    let present = version(keys.clone());
    for (url, wanted) in [
        ("https://idp.example/sso", false),
        ("https://IDP.example/another/sso?x=1", false),
        ("https://evil.example/sso", true),
        ("https://idp.example.evil.example/sso", true),
        ("https://idp.example:8443/sso", true),
        ("http://idp.example/sso", true),
    ] {
        let (next, waits) = follow_reading(&present, &reading(url, keys.clone()));
        assert_eq!(waits, wanted, "{url}");
        let applied = next.settings.sso_redirect_url.as_deref() == Some(url);
        assert_eq!(applied, !wanted, "{url}");
    }
    // One strange address holds both back.
    let mixed = Reading {
        sso_post_url: Some("https://evil.example/".to_owned()),
        ..reading("https://idp.example/new", keys)
    };
    let (next, waits) = follow_reading(&present, &mixed);
    assert!(waits);
    assert_eq!(next.settings, present.settings);
}

#[test]
fn a_wish_for_signed_requests_is_followed_and_never_taken_back() {
    let keys = vec![key(&IDP_RSA, Source::Metadata)];
    let wish = Reading { wants_signed_requests: true, ..reading("https://idp.example/sso", keys.clone()) };
    let (next, _) = follow_reading(&version(keys.clone()), &wish);
    assert!(next.settings.is_request_signed);
    let (next, _) = follow_reading(&next, &reading("https://idp.example/sso", keys));
    assert!(next.settings.is_request_signed);
}
