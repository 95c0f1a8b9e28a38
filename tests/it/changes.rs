//! What one process changes, another notices: at its next poll, and in any case before it signs somebody in.

use axum::Router;
use axum::http::StatusCode;
use gatepost::base::Actor;
use gatepost::directory::preset::Product;
use gatepost::directory::state::ConnectionState;
use gatepost::flow::{Gateway, changes};
use gatepost::http;

use crate::browser::{Answer, Browser};
use crate::site::{Idp, Site, alice};

/// Another node, and a browser that is led to it.
async fn node(site: &Site, seed: u64) -> (Gateway, Router, Browser) {
    let gateway = site.beside(seed).await;
    let router = http::router(gateway.clone(), http::Options::default());
    let browser = Browser::new(router.clone(), site.url);
    (gateway, router, browser)
}

async fn poll(gateway: &Gateway) {
    changes::poll(gateway, &gateway.ctx(Actor::Job("changes"))).await.unwrap();
}

async fn login(browser: &mut Browser, idp: &Idp) -> StatusCode {
    browser.get(&idp.path("login")).await.status
}

async fn ready(browser: &mut Browser) -> Answer {
    browser.get("/health/ready").await
}

#[tokio::test]
async fn a_disabled_connection_is_gone_on_the_other_node_at_its_next_poll() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let (gateway, _, mut browser) = node(&site, 2).await;
    poll(&gateway).await;
    assert_eq!(login(&mut browser, &okta).await, StatusCode::OK);
    site.set_state(&okta, ConnectionState::Disabled).await;
    assert_eq!(login(&mut site.browser(), &okta).await, StatusCode::NOT_FOUND, "here at once");
    poll(&gateway).await;
    assert_eq!(login(&mut browser, &okta).await, StatusCode::NOT_FOUND, "there at the next poll");
    site.set_state(&okta, ConnectionState::Active).await;
    poll(&gateway).await;
    assert_eq!(login(&mut browser, &okta).await, StatusCode::OK);
}

#[tokio::test]
async fn nobody_signs_in_by_what_was_changed_even_before_the_poll() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let (gateway, _, mut browser) = node(&site, 2).await;
    poll(&gateway).await;
    let pending = browser.start(&okta).await;
    let message = site.answer(&okta, &alice(), Some(&pending.request_id), |_| {});
    site.set_state(&okta, ConnectionState::Disabled).await;
    let answer = browser.bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions").await, 0);
    assert_eq!(site.count("SELECT COUNT(*) FROM replays").await, 0);

    site.set_state(&okta, ConnectionState::Active).await;
    let answer = browser.bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "nothing of it was used up");
}

#[tokio::test]
async fn who_hears_of_nothing_for_ten_seconds_is_not_ready() {
    let site = Site::https().await;
    let (gateway, _, mut browser) = node(&site, 2).await;
    assert_eq!(ready(&mut browser).await.status, StatusCode::OK, "nobody polls here yet");
    poll(&gateway).await;
    site.clock.advance(9);
    assert_eq!(ready(&mut browser).await.status, StatusCode::OK);
    site.clock.advance(1);
    assert_eq!(ready(&mut browser).await.status, StatusCode::SERVICE_UNAVAILABLE);
    poll(&gateway).await;
    assert_eq!(ready(&mut browser).await.status, StatusCode::OK);
}
