//! Sign-ins by a certificate that nobody trusts: an owner is asked, and only their own proof makes it trusted.

use gatepost::base::Actor;
use gatepost::directory::preset::Product;
use gatepost::flow::connection::unknown_key::{self, UnknownKeyView};
use gatepost::flow::{FlowError, connection, event};
use gatepost_saml::algorithms::{Digest, Scheme, SignatureAlgorithm};
use gatepost_saml::mint::keys::{ATTACKER_RSA, IDP_RSA_1024, IDP_RSA_NEXT, TestKey};
use gatepost_saml::trust::read_certificate;
use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::x509::{X509, X509NameBuilder};

use crate::browser::Browser;
use crate::concurrency::beside;
use crate::site::{Idp, Site, alice};

/// What keys are called that were made for one message.
const FRESH: &str = "fresh";

/// A sign-in that fits in everything but its key.
async fn bring(site: &Site, idp: &Idp, key: &'static TestKey, audience: Option<&'static str>) -> bool {
    let mut browser = site.browser();
    let pending = browser.start(idp).await;
    let message = site.answer(idp, &alice(), Some(&pending.request_id), |request| {
        request.options.key = Some(key);
        if key.name == FRESH {
            let ecdsa = SignatureAlgorithm { scheme: Scheme::Ecdsa, digest: Digest::Sha256 };
            request.options.signature = Some(ecdsa);
        }
        request.sp_entity_id = audience.unwrap_or(request.sp_entity_id);
    });
    let answer = browser.bring(idp, &message, Some(&pending.relay_state)).await;
    Browser::is_signed_in(&browser.get("/me").await) && answer.location() == Some("/me")
}

async fn asked(site: &Site, idp: &Idp) -> Vec<UnknownKeyView> {
    let ctx = site.gateway.ctx(Actor::CommandLine);
    unknown_key::list(&site.gateway, &ctx, idp.connection.id).await.unwrap()
}

async fn approve(site: &Site, idp: &Idp, (key, proof): (&str, &str)) -> Result<Option<i64>, FlowError> {
    let ctx = site.gateway.ctx(Actor::CommandLine);
    unknown_key::approve(&site.gateway, &ctx, idp.connection.id, (key, proof)).await
}

fn spki(key: &TestKey) -> String {
    read_certificate(key.certificate_pem.as_bytes()).unwrap().key.spki_sha256().to_owned()
}

fn sha256(key: &TestKey) -> String {
    read_certificate(key.certificate_pem.as_bytes()).unwrap().key.certificate().sha256.clone()
}

#[tokio::test]
async fn an_owner_is_asked_once_and_their_own_proof_decides() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    for _ in 0..2 {
        assert!(!bring(&site, &okta, &IDP_RSA_NEXT, None).await, "nobody trusts it");
    }
    let waiting = asked(&site, &okta).await;
    assert_eq!(waiting.len(), 1);
    let next = spki(&IDP_RSA_NEXT);
    assert_eq!((waiting[0].spki_sha256.as_str(), waiting[0].seen), (next.as_str(), 2));
    let events = "SELECT COUNT(*) FROM events WHERE action = 'connection.key_unknown'";
    assert_eq!(site.count(events).await, 1, "told once");

    // The certificate of somebody else, its fingerprint, a part of the right one, nothing: no proof.
    let other = sha256(&ATTACKER_RSA);
    let part = sha256(&IDP_RSA_NEXT)[..40].to_owned();
    for proof in [ATTACKER_RSA.certificate_pem, other.as_str(), part.as_str(), "", next.as_str()] {
        let refused = approve(&site, &okta, (&next, proof)).await;
        assert!(matches!(refused, Err(FlowError::Invalid(_))), "{proof}: {refused:?}");
    }
    let none = approve(&site, &okta, (&spki(&ATTACKER_RSA), ATTACKER_RSA.certificate_pem)).await;
    assert!(matches!(none, Err(FlowError::NotFound(_))), "never seen: {none:?}");
    assert!(!bring(&site, &okta, &IDP_RSA_NEXT, None).await);

    let made = approve(&site, &okta, (&next, IDP_RSA_NEXT.certificate_pem)).await.unwrap();
    assert_eq!(made, Some(2));
    assert!(asked(&site, &okta).await.is_empty());
    assert!(bring(&site, &okta, &IDP_RSA_NEXT, None).await);
}

/// Who notes that a key was seen has the turn, and then the key.
#[tokio::test]
async fn who_answers_about_a_key_waits_for_those_who_come_with_it_and_they_for_nobody() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    bring(&site, &okta, &IDP_RSA_NEXT, None).await;
    bring(&site, &okta, &ATTACKER_RSA, None).await;
    let notes = ["SELECT id FROM installation FOR UPDATE", "UPDATE unknown_keys SET seen = seen"];
    let approves = async {
        let (key, proof) = (spki(&IDP_RSA_NEXT), IDP_RSA_NEXT.certificate_pem);
        assert_eq!(approve(&site, &okta, (&key, proof)).await.unwrap(), Some(2));
    };
    beside(&site, notes, Box::pin(approves)).await;
    let declines = async {
        let ctx = site.gateway.ctx(Actor::CommandLine);
        unknown_key::decline(&site.gateway, &ctx, okta.connection.id, &spki(&ATTACKER_RSA)).await.unwrap();
    };
    beside(&site, notes, declines).await;
    assert!(asked(&site, &okta).await.iter().all(|key| key.declined_at.is_some()));
}

#[tokio::test]
async fn a_fingerprint_from_the_console_will_do() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    bring(&site, &okta, &IDP_RSA_NEXT, None).await;
    let hex = sha256(&IDP_RSA_NEXT).to_uppercase();
    let pairs: Vec<_> = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap()).collect();
    let made = approve(&site, &okta, (&spki(&IDP_RSA_NEXT), &pairs.join(":"))).await.unwrap();
    assert_eq!(made, Some(2));
    assert!(bring(&site, &okta, &IDP_RSA_NEXT, None).await);
}

#[tokio::test]
async fn what_was_declined_is_not_asked_again_and_what_is_added_by_hand_needs_no_word() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    bring(&site, &okta, &ATTACKER_RSA, None).await;
    bring(&site, &okta, &IDP_RSA_NEXT, None).await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let theirs = spki(&ATTACKER_RSA);
    unknown_key::decline(&site.gateway, &ctx, okta.connection.id, &theirs).await.unwrap();
    bring(&site, &okta, &ATTACKER_RSA, None).await;
    let declined: Vec<_> =
        asked(&site, &okta).await.into_iter().filter(|key| key.declined_at.is_some()).collect();
    assert_eq!((declined.len(), declined[0].seen), (1, 2));

    let changes = connection::update::Update {
        add_certificates: vec![IDP_RSA_NEXT.certificate_pem.as_bytes().to_vec()],
        ..connection::update::Update::default()
    };
    connection::update::update(&site.gateway, &ctx, okta.connection.id, changes).await.unwrap();
    let left: Vec<_> = asked(&site, &okta).await.into_iter().map(|key| key.spki_sha256).collect();
    assert_eq!(left, [theirs]);
}

#[tokio::test]
async fn what_fits_nowhere_is_not_asked_about_and_few_are_remembered() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    bring(&site, &okta, &IDP_RSA_NEXT, Some("https://other.example")).await;
    bring(&site, &okta, &IDP_RSA_1024, None).await;
    assert!(asked(&site, &okta).await.is_empty(), "another audience, a weak key");
    // What was brought before counts too.
    site.clock.advance(60);
    for _ in 0..8 {
        bring(&site, &okta, &ATTACKER_RSA, None).await;
    }
    assert_eq!(asked(&site, &okta).await[0].seen, 5, "not more often in a minute");
    site.set_state(&okta, gatepost::directory::state::ConnectionState::Disabled).await;
    assert_eq!(asked(&site, &okta).await.len(), 1);
}

/// A key that nobody has seen, with a certificate that calls its subject many things.
fn fresh() -> &'static TestKey {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut name = X509NameBuilder::new().unwrap();
    for _ in 0..40 {
        name.append_entry_by_nid(Nid::ORGANIZATIONALUNITNAME, "Listen to us").unwrap();
    }
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(1_577_836_800).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(2_524_608_000).unwrap()).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    let leaked =
        |pem: Vec<u8>| -> &'static str { Box::leak(String::from_utf8(pem).unwrap().into_boxed_str()) };
    Box::leak(Box::new(TestKey {
        name: FRESH,
        private_pem: leaked(key.private_key_to_pem_pkcs8().unwrap()),
        certificate_pem: leaked(builder.build().to_pem().unwrap()),
    }))
}

/// What the audit log says of keys that nobody trusts.
async fn told(site: &Site) -> Vec<serde_json::Value> {
    let (ctx, slug) = (site.gateway.ctx(Actor::CommandLine), crate::site::ACCOUNT.parse().unwrap());
    let filter = event::Filter { action: Some("connection.key_unknown".to_owned()), ..Default::default() };
    let portion = (None, event::Most::Events(50));
    let found = event::search(&site.gateway, &ctx, &slug, &filter, portion).await.unwrap();
    found.events.iter().map(|event| serde_json::from_str(event.body.as_ref().unwrap()).unwrap()).collect()
}

#[tokio::test]
async fn fresh_keys_push_out_neither_the_real_one_nor_what_was_declined_and_are_told_of_once_a_day() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let attack = async || {
        for _ in 0..12 {
            site.clock.advance(60);
            assert!(!bring(&site, &okta, fresh(), None).await);
        }
    };
    bring(&site, &okta, fresh(), None).await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let theirs = asked(&site, &okta).await.swap_remove(0).spki_sha256;
    unknown_key::decline(&site.gateway, &ctx, okta.connection.id, &theirs).await.unwrap();
    // The identity provider has a new certificate, and people sign in.
    for _ in 0..2 {
        assert!(!bring(&site, &okta, &IDP_RSA_NEXT, None).await);
    }
    attack().await;
    let all = asked(&site, &okta).await;
    let waiting: Vec<_> = all.iter().filter(|key| key.declined_at.is_none()).collect();
    assert_eq!((waiting.len(), all.len()), (10, 11));
    assert!(waiting.iter().any(|key| key.spki_sha256 == spki(&IDP_RSA_NEXT)), "{waiting:?}");
    assert!(all.iter().any(|key| key.spki_sha256 == theirs), "it would be asked about again");
    let first = told(&site).await;
    assert_eq!(first.len(), 1, "{first:?}");
    assert_eq!(first[0]["subject"].as_str().unwrap().chars().count(), 200);
    site.clock.advance(86_400);
    attack().await;
    assert_eq!(told(&site).await.len(), 2, "one a day");
}
