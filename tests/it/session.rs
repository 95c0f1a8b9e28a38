//! Sessions: how long they last, how they end, and what does not make one.

use axum::http::StatusCode;
use gatepost::directory::preset::Product;

use crate::browser::{Browser, From};
use crate::site::{Idp, LOOPBACK, Site, alice, bjoern};

const HOUR: i64 = 3600;

async fn signed_in() -> (Site, Idp, Browser) {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    assert_eq!(browser.sign_in(&site, &okta, &alice()).await.location(), Some("/me"));
    (site, okta, browser)
}

async fn is_in(browser: &mut Browser) -> bool {
    let me = browser.get("/me").await;
    assert!(me.status == StatusCode::OK || me.location() == Some("/"));
    Browser::is_signed_in(&me)
}

#[tokio::test]
async fn it_ends_when_it_is_not_used() {
    let (site, _, mut browser) = signed_in().await;
    site.clock.advance(12 * HOUR - 1);
    assert!(is_in(&mut browser).await);
    site.clock.advance(12 * HOUR - 1);
    assert!(is_in(&mut browser).await, "using it counts");
    site.clock.advance(12 * HOUR);
    assert!(!is_in(&mut browser).await);
}

#[tokio::test]
async fn it_ends_after_a_week_at_the_latest() {
    let (site, _, mut browser) = signed_in().await;
    for _ in 0..27 {
        site.clock.advance(6 * HOUR);
        assert!(is_in(&mut browser).await);
    }
    site.clock.advance(6 * HOUR);
    assert!(!is_in(&mut browser).await);
}

#[tokio::test]
async fn it_ends_when_the_identity_provider_says() {
    let site = Site::https().await;
    let canvas = site.connect(Product::Canvas).await;
    let mut browser = site.browser();
    browser.sign_in(&site, &canvas, &alice()).await;
    site.clock.advance(8 * HOUR - 1);
    assert!(is_in(&mut browser).await);
    site.clock.advance(1);
    assert!(!is_in(&mut browser).await);
}

#[tokio::test]
async fn what_the_identity_provider_says_of_its_end_may_be_ignored() {
    let site = Site::https().await;
    let canvas = site.connect(Product::Canvas).await;
    site.execute(
        "UPDATE connection_revisions SET settings = replace(settings, '\"session_end\":\"cap\"', '\"session_end\":\"ignore\"')",
    )
    .await;
    site.changed_by_hand().await;
    let mut browser = site.browser();
    browser.sign_in(&site, &canvas, &alice()).await;
    site.clock.advance(8 * HOUR);
    assert!(is_in(&mut browser).await);
    // A revision from before there was the setting.
    site.execute(
        "UPDATE connection_revisions SET settings = replace(settings, ',\"session_end\":\"ignore\"', '')",
    )
    .await;
    site.changed_by_hand().await;
    browser.sign_in(&site, &canvas, &alice()).await;
    site.clock.advance(8 * HOUR);
    assert!(!is_in(&mut browser).await);
}

#[tokio::test]
async fn being_seen_is_written_now_and_then() {
    let (site, _, mut browser) = signed_in().await;
    let seen = "SELECT last_seen_at FROM sessions";
    let first = site.count(seen).await;
    site.clock.advance(299);
    is_in(&mut browser).await;
    assert_eq!(site.count(seen).await, first);
    site.clock.advance(1);
    is_in(&mut browser).await;
    assert_eq!(site.count(seen).await, first + 300_000_000);
}

#[tokio::test]
async fn signing_out_takes_a_form_of_ours() {
    let (site, _, mut browser) = signed_in().await;
    let token = browser.get("/me").await.between("name=\"token\" value=\"", "\"").to_owned();
    for wrong in ["", "x", &token.to_lowercase()] {
        let answer = browser.post("/signout", &[("token", wrong)], From::ThisSite).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{wrong}");
    }
    let from_elsewhere = browser.post("/signout", &[("token", &token)], From::AnotherSite).await;
    assert_eq!(from_elsewhere.location(), Some("/"), "the session's cookie does not come along");
    assert_eq!(browser.get("/signout").await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(is_in(&mut browser).await);

    let mut before = browser.clone();
    let answer = browser.post("/signout", &[("token", &token)], From::ThisSite).await;
    assert_eq!(answer.location(), Some("/signed-out?account=lincoln"));
    assert!(browser.session().is_none(), "the browser lets the cookie go");
    assert!(browser.get("/signed-out?account=lincoln").await.body.contains("href=\"/signin/lincoln\""));
    assert!(!is_in(&mut before).await, "and a copy of it is worth nothing");
    assert_eq!(site.text("SELECT ended_by FROM sessions").await.as_deref(), Some("signed_out"));
}

#[tokio::test]
async fn another_sign_in_takes_its_place() {
    let (site, okta, mut browser) = signed_in().await;
    let mut alices = browser.clone();
    assert_eq!(browser.sign_in(&site, &okta, &bjoern()).await.location(), Some("/me"));
    assert!(browser.get("/me").await.body.contains("Björn"));
    assert!(!is_in(&mut alices).await, "on a shared computer nobody stays behind");
    let mut elsewhere = site.browser();
    elsewhere.sign_in(&site, &okta, &alice()).await;
    assert!(is_in(&mut browser).await, "another browser's sign-in is another matter");
}

#[tokio::test]
async fn a_browser_that_lost_its_cookie_leaves_no_session_behind() {
    let site = Site::at(LOOPBACK).await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    browser.sign_in(&site, &okta, &alice()).await;
    let mut alices = browser.clone();
    browser.cookies.retain(|name, _| name.ends_with("-session"));
    assert_eq!(browser.sign_in(&site, &okta, &bjoern()).await.location(), Some("/me"));
    assert!(!is_in(&mut alices).await);
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions WHERE ended_by = 'replaced'").await, 1);
}

#[tokio::test]
async fn a_session_cannot_be_planted() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    let planted = "AAAAAAAAAAAAAAAAAAAAAA".to_owned();
    browser.cookies.insert("__Host-gatepost-session".to_owned(), (planted.clone(), false));
    assert!(!is_in(&mut browser).await);
    browser.cookies.insert("__Host-gatepost-session".to_owned(), (planted.clone(), true));
    browser.sign_in(&site, &okta, &alice()).await;
    assert_ne!(browser.session().unwrap(), planted);
    assert!(is_in(&mut browser).await);
    for odd in ["", "x", "%00", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        browser.cookies.insert("__Host-gatepost-session".to_owned(), (odd.to_owned(), false));
        assert!(!is_in(&mut browser).await, "{odd}");
    }
}

#[tokio::test]
async fn the_session_layer_makes_none() {
    use gatepost::http::session_store::{ISSUE, Store};
    use tower_sessions::Session;

    let (site, _, mut browser) = signed_in().await;
    let layer = || Session::new(None, std::sync::Arc::new(Store::new(site.gateway.clone())), None);
    let plain = layer();
    plain.insert("user", "somebody").await.unwrap();
    assert!(plain.save().await.is_err(), "without a token from a sign-in");
    let made_up = layer();
    made_up.insert(ISSUE, "AAAAAAAAAAAAAAAAAAAAAA").await.unwrap();
    made_up.save().await.unwrap();
    browser.cookies.insert("__Host-gatepost-session".to_owned(), (made_up.id().unwrap().to_string(), false));
    assert!(!is_in(&mut browser).await, "a token without a row is worth nothing");
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions").await, 1);
}

#[tokio::test]
async fn a_disabled_account_lets_nobody_stay() {
    let (site, okta, mut browser) = signed_in().await;
    site.execute("UPDATE accounts SET state = 'disabled'").await;
    site.changed_by_hand().await;
    assert!(!is_in(&mut browser).await);
    assert_eq!(browser.get(&okta.path("login")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/signin/lincoln").await.status, StatusCode::NOT_FOUND);
}
