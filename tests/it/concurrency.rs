//! Many at once: what is used once is used once, and everybody gets an answer.

use std::time::Duration;

use axum::http::StatusCode;
use gatepost::directory::preset::Product;
use gatepost::directory::state::{ConnectionState, UserState};
use gatepost::flow::keys::sp::{self, Step};
use gatepost::flow::user::{self, Which};
use gatepost_saml::mint::Person;
use serde_json::json;

use crate::site::{Site, alice, bjoern, ctx, slug};

/// A transaction of somebody else, which takes something, a moment later something else, and ends. Only where writers run
/// side by side can whoever comes meanwhile have what it waits for.
pub async fn beside(site: &Site, [first, then]: [&str; 2], meanwhile: impl Future<Output = ()>) {
    if !site.folder.is_postgres() {
        return meanwhile.await;
    }
    let mut outside = site.folder.connect().await;
    outside.execute("BEGIN").await;
    outside.execute(first).await;
    let goes_on = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        outside.execute(then).await;
        outside.execute("COMMIT").await;
    };
    tokio::join!(meanwhile, goes_on);
}

/// A sign-in has the sessions whose place it takes, and asks for the connection last.
#[tokio::test]
async fn who_switches_a_connection_off_waits_for_sign_ins_and_they_for_nobody() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    assert_eq!(site.browser().sign_in(&site, &okta, &alice()).await.location(), Some("/me"));
    let sign_in = ["UPDATE sessions SET ended_by = ended_by", "SELECT id FROM connections FOR SHARE"];
    beside(&site, sign_in, site.set_state(&okta, ConnectionState::Disabled)).await;
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL").await, 0);
}

/// A sign-in has the session whose place it takes, and asks for its person then.
#[tokio::test]
async fn who_shuts_somebody_out_waits_for_their_sign_in_and_it_for_nobody() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    let which = Which::Id(site.only().await.id);
    let sign_in = ["UPDATE sessions SET ended_by = ended_by", "SELECT id FROM users FOR SHARE"];
    let shuts_out = async {
        let person = (&slug(), &which);
        let ended = user::set_state(&site.gateway, &ctx(&site), person, UserState::Disabled).await;
        assert_eq!(ended.unwrap(), 1);
    };
    beside(&site, sign_in, shuts_out).await;
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL").await, 0);
}

/// An administrator has the connection, and takes the turn to tell of it.
#[tokio::test]
async fn who_changes_our_keys_waits_for_administrators_and_they_for_nobody() {
    let site = Site::https().await;
    let id = site.connect(Product::Okta).await.connection.id;
    let rotate = async || sp::rotate(&site.gateway, &ctx(&site), id, true).await.unwrap();
    assert_eq!(rotate().await.0, Step::Published);
    let change = ["UPDATE connections SET name = name", "SELECT id FROM installation FOR UPDATE"];
    let rotates = async {
        assert_eq!(rotate().await.0, Step::Activated);
    };
    beside(&site, change, Box::pin(rotates)).await;
}

/// An administrator has the connection, and takes the turn to tell of it.
#[tokio::test]
async fn who_gets_a_role_by_signing_in_waits_for_administrators_and_they_for_nobody() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let rule = json!({ "grant": "admin", "when": "groups", "equals": "IT" });
    site.set(&okta, |settings| settings["mapping"] = json!({ "role_rules": [rule] })).await;
    let change = ["UPDATE connections SET name = name", "SELECT id FROM installation FOR UPDATE"];
    let signs_in = async {
        assert_eq!(site.browser().sign_in(&site, &okta, &bjoern()).await.location(), Some("/me"));
    };
    beside(&site, change, signs_in).await;
    assert_eq!(site.count("SELECT COUNT(*) FROM users WHERE role = 'admin'").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_response_at_the_same_time() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    let pending = browser.start(&okta).await;
    let message = site.answer(&okta, &alice(), Some(&pending.request_id), |_| {});
    let path = okta.path("acs");
    // The browser that asked, many times: a button that is pressed and pressed again.
    let tries = (0..16).map(|_| {
        let (mut browser, path, message) = (browser.clone(), path.clone(), message.clone());
        let relay_state = pending.relay_state.clone();
        tokio::spawn(async move {
            let form = [("SAMLResponse", message.as_str()), ("RelayState", relay_state.as_str())];
            let answer = browser.post(&path, &form, crate::browser::From::AnotherSite).await;
            (answer.status, answer.location().map(str::to_owned), browser.session())
        })
    });
    let mut statuses = Vec::new();
    for tried in tries.collect::<Vec<_>>() {
        statuses.push(tried.await.unwrap());
    }
    let first = statuses[0].clone();
    assert_eq!((first.0, first.1.as_deref(), first.2.is_some()), (StatusCode::SEE_OTHER, Some("/me"), true));
    assert!(statuses.iter().all(|status| *status == first), "into one and the same session: {statuses:?}");
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions").await, 1);
    assert_eq!(site.count("SELECT COUNT(*) FROM attempts WHERE outcome = 'accepted'").await, 1);
    assert_eq!(site.count("SELECT COUNT(*) FROM attempts WHERE outcome = 'repeated'").await, 15);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_class_signs_in_at_once() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut pupils = Vec::new();
    for number in 0..30 {
        // Two tabs each: the second must find the user that the first made.
        let person = Person {
            email: format!("pupil{}@district.example", number / 2),
            id: format!("p{}", number / 2),
            ..alice()
        };
        let mut browser = site.browser();
        let pending = browser.start(&okta).await;
        let message = site.answer(&okta, &person, Some(&pending.request_id), |_| {});
        let path = okta.path("acs");
        pupils.push(tokio::spawn(async move {
            let form = [("SAMLResponse", message.as_str()), ("RelayState", pending.relay_state.as_str())];
            browser.post(&path, &form, crate::browser::From::AnotherSite).await.status
        }));
    }
    for pupil in pupils {
        assert_eq!(pupil.await.unwrap(), StatusCode::SEE_OTHER);
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM users").await, 15);
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions").await, 30);
}
