//! Many at once: what is used once is used once, and everybody gets an answer.

use axum::http::StatusCode;
use gatepost::directory::preset::Product;
use gatepost_saml::mint::Person;

use crate::site::{Site, alice};

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
