//! How much one address may ask for in vain, and that success is not counted.

use axum::http::StatusCode;
use gatepost::base::Actor;
use gatepost::directory::preset::Product;
use gatepost::flow::login;
use gatepost::http;
use gatepost_saml::mint::Person;

use crate::browser::{Browser, From};
use crate::site::{Idp, Site, alice};

const RUBBISH: &[(&str, &str)] = &[("SAMLResponse", "PHg+"), ("again", "1")];

async fn hammer(browser: &mut Browser, idp: &Idp, times: usize) -> Vec<StatusCode> {
    let mut statuses = Vec::new();
    for _ in 0..times {
        statuses.push(browser.post(&idp.path("acs"), RUBBISH, From::AnotherSite).await.status);
    }
    statuses
}

fn from(site: &Site, address: &'static str) -> Browser {
    let mut browser = site.browser();
    browser.address = Some(address);
    browser
}

#[tokio::test]
async fn a_stranger_who_hammers_is_told_to_wait_and_nobody_else_notices() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut stranger = from(&site, "203.0.113.9");
    let statuses = hammer(&mut stranger, &okta, 400).await;
    assert!(statuses[..300].iter().all(|status| *status == StatusCode::BAD_REQUEST), "{statuses:?}");
    assert!(statuses[300..].iter().all(|status| *status == StatusCode::TOO_MANY_REQUESTS), "{statuses:?}");
    let answer = stranger.post(&okta.path("acs"), RUBBISH, From::AnotherSite).await;
    assert_eq!(answer.headers["retry-after"], "1");
    assert!(answer.body.contains("start again from your sign-in page"), "{}", answer.body);
    let counted = "SELECT CAST(COALESCE(SUM(refused), 0) AS BIGINT) FROM attempt_overflows";
    let job = site.gateway.ctx(Actor::Job("flush"));
    login::flush_counts(&site.gateway, &job).await.unwrap();
    let before = site.count(counted).await;
    assert!(before > 0, "beyond those that are stored");
    hammer(&mut stranger, &okta, 50).await;
    login::flush_counts(&site.gateway, &job).await.unwrap();
    assert_eq!(site.count(counted).await, before, "not even counted any more");
    // The connection is as open to others as before, and so is the address to whoever signs in.
    assert_eq!(hammer(&mut from(&site, "203.0.113.10"), &okta, 1).await, [StatusCode::BAD_REQUEST]);
    for address in ["203.0.113.9", "203.0.113.10"] {
        let mut browser = from(&site, address);
        assert_eq!(browser.sign_in(&site, &okta, &alice()).await.location(), Some("/me"));
    }
    site.clock.advance(10);
    assert_eq!(hammer(&mut stranger, &okta, 1).await, [StatusCode::BAD_REQUEST]);
}

#[tokio::test]
async fn names_cannot_be_tried_for_ever() {
    let site = Site::https().await;
    let mut stranger = from(&site, "2001:db8:0:1::1");
    for number in 0..300 {
        let answer = stranger.get(&format!("/signin?account=guess{number}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    stranger.address = Some("2001:db8:0:1::ffff");
    let answer = stranger.post("/signin", &[("who", "a@guess.example")], From::ThisSite).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "the same network");
    assert_eq!(stranger.get("/signin?account=lincoln").await.status, StatusCode::SEE_OTHER);
    stranger.address = Some("2001:db8:0:2::1");
    assert_eq!(stranger.get("/signin?account=guess").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_district_behind_one_address() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    // All five thousand where continuous integration asks for the long tests; else as many as take a few seconds.
    let pupils = if std::env::var_os("GATEPOST_SHARED").is_some() { 100 } else { 16 };
    let mut classes = Vec::new();
    for _ in 0..50 {
        let mut class = Vec::new();
        for _ in 0..pupils {
            let mut browser = from(&site, "198.51.100.1");
            let pending = browser.start(&okta).await;
            class.push((browser, pending));
        }
        classes.push(class);
    }
    // Nobody is back yet, and a minute has not passed: then all of them come.
    site.clock.advance(59);
    let acs = okta.path("acs");
    let mut coming = Vec::new();
    for (number, class) in classes.into_iter().enumerate() {
        let person = Person { email: format!("p{number}@district.example"), ..alice() };
        let sign = |(browser, pending): (Browser, crate::browser::Pending)| {
            let message = site.answer(&okta, &person, Some(&pending.request_id), |_| {});
            (browser, pending, message)
        };
        let class: Vec<_> = class.into_iter().map(sign).collect();
        let acs = acs.clone();
        coming.push(tokio::spawn(async move {
            for (mut browser, pending, message) in class {
                let form = [("SAMLResponse", message.as_str()), ("RelayState", pending.relay_state.as_str())];
                let answer = browser.post(&acs, &form, From::AnotherSite).await;
                assert_eq!(answer.location(), Some("/me"), "{number}: {}", answer.body);
            }
        }));
    }
    for class in coming {
        class.await.unwrap();
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions").await, 50 * pupils);
}

#[tokio::test]
async fn only_a_trusted_proxy_says_where_a_request_came_from() {
    let mut site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    let options = http::Options { trusted_proxies, ..http::Options::default() };
    site.router = http::router(site.gateway.clone(), options);
    let ask = async |site: &Site, peer: &'static str, forwarded: &str| {
        let request = axum::http::Request::post(okta.path("acs"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-forwarded-for", forwarded);
        let body = crate::browser::encode(RUBBISH);
        from(site, peer).send(request, From::AnotherSite, body).await.status
    };
    for number in 0..300 {
        // Whatever it says of others, it is itself.
        let forwarded = format!("198.51.100.{}", number % 250);
        assert_eq!(ask(&site, "203.0.113.9", &forwarded).await, StatusCode::BAD_REQUEST);
    }
    assert_eq!(ask(&site, "203.0.113.9", "198.51.100.1").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask(&site, "10.0.0.1", "1.2.3.4, 203.0.113.9").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask(&site, "10.0.0.1", "203.0.113.9, 198.51.100.1").await, StatusCode::BAD_REQUEST);
}
