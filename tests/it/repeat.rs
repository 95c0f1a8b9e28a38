//! The same answer once more: from the browser that it signed in, and from anybody else's.

use axum::http::StatusCode;
use gatepost::directory::preset::{IdpInitiated, Product};

use crate::browser::{Answer, Browser, From, Pending};
use crate::site::{Idp, Site, alice};

const OUTCOME: &str = "SELECT outcome FROM attempts ORDER BY rowid DESC LIMIT 1";
const CODE: &str = "SELECT code FROM attempts ORDER BY rowid DESC LIMIT 1";

async fn assert_replayed(site: &Site, answer: &Answer) {
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    assert_eq!(site.text(OUTCOME).await.as_deref(), Some("refused"));
    assert_eq!(site.text(CODE).await.as_deref(), Some("assertion_replayed"));
    assert!(!answer.set_cookies().iter().any(|cookie| cookie.contains("session")), "no session");
}

/// Signs alice in and gives what it took.
async fn signed_in(site: &Site, okta: &Idp) -> (Browser, Browser, Pending, String) {
    let mut browser = site.browser();
    let pending = browser.start_to(okta, "?return_to=/courses").await;
    let message = site.answer(okta, &alice(), Some(&pending.request_id), |_| {});
    let before = browser.clone();
    let answer = browser.bring(okta, &message, Some(&pending.relay_state)).await;
    assert_eq!(answer.location(), Some("/courses"), "{}", answer.body);
    (browser, before, pending, message)
}

#[tokio::test]
async fn a_second_press_goes_into_the_same_session() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let (mut browser, mut before, pending, message) = signed_in(&site, &okta).await;
    let session = browser.session().unwrap();
    site.clock.advance(59);
    // The browser as it is, and as it is when it never heard of the first answer.
    for again in [&mut browser, &mut before] {
        let answer = again.bring(&okta, &message, Some(&pending.relay_state)).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, Some("/courses")));
        assert_eq!(again.session().as_deref(), Some(session.as_str()));
        assert!(Browser::is_signed_in(&again.get("/me").await));
        assert_eq!(site.text(OUTCOME).await.as_deref(), Some("repeated"));
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions").await, 1);
    assert_eq!(site.count("SELECT COUNT(*) FROM users").await, 1);
}

#[tokio::test]
async fn after_a_minute_it_must_present_the_session() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let (mut browser, mut before, pending, message) = signed_in(&site, &okta).await;
    site.clock.advance(60);
    // A post of another site does not bring the session's cookie, a post of our own does.
    let answer = browser.bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_eq!(answer.location(), Some("/courses"), "{}", answer.body);
    assert_eq!(site.text(OUTCOME).await.as_deref(), Some("repeated"));
    let answer = before.bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_replayed(&site, &answer).await;
}

#[tokio::test]
async fn a_session_that_ended_is_not_entered_again() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let (mut browser, _, pending, message) = signed_in(&site, &okta).await;
    let me = browser.get("/me").await;
    let token = me.between("name=\"token\" value=\"", "\"").to_owned();
    browser.post("/signout", &[("token", &token)], From::ThisSite).await;
    let answer = browser.bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_replayed(&site, &answer).await;
    assert!(!Browser::is_signed_in(&browser.get("/me").await));
}

#[tokio::test]
async fn another_browsers_copy_is_refused() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let (hers, _, pending, message) = signed_in(&site, &okta).await;
    let mut his = site.browser();
    his.start(&okta).await;
    // Not with her sealed request either: it is bound to her browser's own value.
    let stolen = hers.cookies.iter().find(|(name, _)| name.contains("pending")).unwrap();
    for is_stolen in [false, true] {
        if is_stolen {
            his.cookies.insert(stolen.0.clone(), stolen.1.clone());
        }
        let answer = his.bring(&okta, &message, Some(&pending.relay_state)).await;
        assert_replayed(&site, &answer).await;
    }
}

#[tokio::test]
async fn what_nobody_asked_for_twice() {
    let site = Site::https().await;
    let clever = site.connect_as(Product::Clever, IdpInitiated::Accept).await;
    let mut browser = site.browser();
    let message = site.answer(&clever, &alice(), None, |_| {});
    let answer = browser.bring(&clever, &message, Some("/deep/link")).await;
    assert_eq!(answer.location(), Some("/deep/link"), "{}", answer.body);
    let session = browser.session();
    let answer = browser.bring(&clever, &message, Some("/deep/link")).await;
    assert_eq!(answer.location(), Some("/deep/link"), "{}", answer.body);
    assert_eq!(browser.session(), session);
    assert_eq!(site.text(OUTCOME).await.as_deref(), Some("repeated"));
    assert_replayed(&site, &site.browser().bring(&clever, &message, None).await).await;
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions").await, 1);
}

#[tokio::test]
async fn repeats_do_not_fill_the_database() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let (mut browser, _, pending, message) = signed_in(&site, &okta).await;
    for _ in 0..70 {
        let answer = browser.bring(&okta, &message, Some(&pending.relay_state)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM attempts WHERE outcome = 'repeated'").await, 60);
}
