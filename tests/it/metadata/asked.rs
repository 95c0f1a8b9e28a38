//! A connection that asks before a new key is trusted: what waits for an owner, and what is withdrawn meanwhile.

use gatepost::base::Actor;
use gatepost::flow::FlowError;
use gatepost::flow::connection::drift;
use gatepost::flow::connection::refresh::{APART_SECONDS, Refreshed};
use gatepost::flow::connection::update::{Update, update};
use gatepost_saml::mint::keys::{IDP_EC_P256, IDP_RSA, IDP_RSA_1024, IDP_RSA_NEXT};
use serde_json::json;

use super::{document, followed, is_in, refresh_now, sign_in, state};
use crate::site::ACCOUNT;

/// There was no rule for it once; nobody is kept out by that.
#[tokio::test]
async fn keys_are_followed_beside_a_setting_that_nobody_could_make_any_more() {
    let (site, publisher, idp) = followed().await;
    let odd = |of: &str| json!({ "authn_contexts": [format!("{of}\u{202e}")] });
    site.set(&idp, |settings| settings["authn_contexts"] = odd("x")["authn_contexts"].clone()).await;
    publisher.publish(&document(&[IDP_RSA, IDP_RSA_NEXT]));
    assert_eq!(refresh_now(&site, &idp).await, Refreshed::Changed(2));
    let input = Update { merge: Some(serde_json::from_value(odd("y")).unwrap()), ..Update::default() };
    let refused =
        update(&site.gateway, &site.gateway.ctx(Actor::CommandLine), idp.connection.id, input).await;
    assert!(matches!(refused, Err(FlowError::Invalid(_))), "{refused:?}");
}

#[tokio::test]
async fn a_connection_that_asks_before_trusts_new_keys_at_an_owners_word() {
    let (site, publisher, idp) = followed().await;
    let ctx = || site.gateway.ctx(Actor::CommandLine);
    let merge = Some(serde_json::json!({ "asks_before_keys": true }));
    let input = Update { merge, ..Update::default() };
    assert_eq!(update(&site.gateway, &ctx(), idp.connection.id, input).await.unwrap().0, Some(2));
    publisher.publish(&document(&[IDP_RSA_NEXT]));
    site.clock.advance(APART_SECONDS);
    assert_eq!(refresh_now(&site, &idp).await, Refreshed::Unchanged, "neither trusted nor given up");
    assert!(is_in(&sign_in(&site, &idp, &IDP_RSA).await));
    assert!(!is_in(&sign_in(&site, &idp, &IDP_RSA_NEXT).await));
    let slug = ACCOUNT.parse().unwrap();
    let waiting = drift::drifts(&site.gateway, &ctx(), &slug).await.unwrap();
    assert_eq!((waiting.len(), waiting[0].kind), (1, "keys"));
    assert_ne!(waiting[0].present, waiting[0].proposed);
    let made = drift::approve(&site.gateway, &ctx(), idp.connection.id, &waiting[0].proposal).await;
    assert_eq!(made.unwrap(), Some(3));
    assert!(is_in(&sign_in(&site, &idp, &IDP_RSA_NEXT).await));
    assert!(!is_in(&sign_in(&site, &idp, &IDP_RSA).await));
}

/// Whoever withdraws a key may have lost it.
#[tokio::test]
async fn what_is_withdrawn_goes_although_new_keys_wait_as_long_as_a_usable_one_is_left() {
    let (site, publisher, idp) = followed().await;
    let ctx = || site.gateway.ctx(Actor::CommandLine);
    publisher.publish(&document(&[IDP_RSA, IDP_RSA_NEXT, IDP_RSA_1024]));
    assert_eq!(refresh_now(&site, &idp).await, Refreshed::Changed(2));
    let merge = Some(serde_json::json!({ "asks_before_keys": true }));
    let input = Update { merge, ..Update::default() };
    assert_eq!(update(&site.gateway, &ctx(), idp.connection.id, input).await.unwrap().0, Some(3));
    publisher.publish(&document(&[IDP_RSA_NEXT, IDP_RSA_1024, IDP_EC_P256]));
    assert_eq!(refresh_now(&site, &idp).await, Refreshed::Changed(4));
    assert_eq!(state(&site).await, (4, 2), "the new one waits");
    assert!(!is_in(&sign_in(&site, &idp, &IDP_RSA).await), "withdrawn");
    assert!(is_in(&sign_in(&site, &idp, &IDP_RSA_NEXT).await));
    let waiting = drift::drifts(&site.gateway, &ctx(), &ACCOUNT.parse().unwrap()).await.unwrap();
    assert_eq!((waiting.len(), waiting[0].kind), (1, "keys"));
    // A key of 1024 bits alone verifies nothing here.
    publisher.publish(&document(&[IDP_RSA_1024, IDP_EC_P256]));
    assert_eq!(refresh_now(&site, &idp).await, Refreshed::Unchanged, "nobody could sign in");
    assert!(is_in(&sign_in(&site, &idp, &IDP_RSA_NEXT).await));
    // What somebody gave by hand is one that is left.
    let by_hand = vec![IDP_RSA.certificate_pem.as_bytes().to_vec()];
    let input = Update { add_certificates: by_hand, ..Update::default() };
    assert_eq!(update(&site.gateway, &ctx(), idp.connection.id, input).await.unwrap().0, Some(5));
    assert_eq!(refresh_now(&site, &idp).await, Refreshed::Changed(6));
    assert_eq!(state(&site).await, (6, 2));
    assert!(!is_in(&sign_in(&site, &idp, &IDP_RSA_NEXT).await), "withdrawn");
    assert!(is_in(&sign_in(&site, &idp, &IDP_RSA).await));
}
