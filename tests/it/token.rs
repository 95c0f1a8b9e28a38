//! Tokens of the signed-in browser: what they say, who gets them, and that they verify by what is published.

use axum::http::StatusCode;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, VARY,
};
use gatepost::base::encoding::from_base64url;
use gatepost::base::url::PublicUrl;
use gatepost::base::{Actor, Instant};
use gatepost::directory::preset::Product;
use gatepost::directory::state::ConnectionState;
use gatepost::flow::keys::signing::{self, Rotation};
use gatepost::token::claims::{Claims, LIFE_SECONDS};
use gatepost::token::jwt::{self, Expected, Refused};
use gatepost::token::key::PublicKey;
use serde_json::Value;

use crate::browser::{Answer, Browser, From};
use crate::site::{HTTPS, Idp, Site, alice};

const PATH: &str = "/session/token";
const APP: &str = "https://app.example.test";
const HOUR: i64 = 3600;

/// A site where `app.example.test` may have tokens.
async fn site() -> Site {
    Site::with(HTTPS, |inputs| {
        inputs.tokens.audiences = vec!["urn:example:grades".to_owned()];
        inputs.tokens.allowed_origins = vec![PublicUrl::parse(APP).unwrap()];
    })
    .await
}

async fn signed_in(product: Product) -> (Site, Idp, Browser) {
    let site = site().await;
    let idp = site.connect(product).await;
    let mut browser = site.browser();
    assert_eq!(browser.sign_in(&site, &idp, &alice()).await.location(), Some("/me"));
    (site, idp, browser)
}

fn json(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    json(answer)["token"].as_str().unwrap().to_owned()
}

/// The keys as somebody reads them who knows nothing of ours.
async fn published(site: &Site) -> Vec<PublicKey> {
    let answer = site.browser().get("/.well-known/jwks.json").await;
    assert_eq!(answer.status, StatusCode::OK);
    let document = json(&answer);
    let coordinate = |key: &Value, name: &str| from_base64url(key[name].as_str().unwrap()).unwrap();
    let read = |key: &Value| {
        assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&"EC".into(), &"P-256".into(), &"ES256".into()));
        let point = [vec![4], coordinate(key, "x"), coordinate(key, "y")].concat();
        let read = PublicKey::from_point(&point).unwrap();
        assert_eq!(key["kid"], read.kid());
        read
    };
    document["keys"].as_array().unwrap().iter().map(read).collect()
}

fn verify(token: &str, keys: &[PublicKey], audience: &str, now: Instant) -> Result<Claims, Refused> {
    jwt::verify(token, keys, Expected { issuer: HTTPS, audience }, now)
}

#[tokio::test]
async fn it_says_who_is_signed_in() {
    let (site, _, mut browser) = signed_in(Product::Okta).await;
    site.clock.advance(42);
    let answer = browser.get(PATH).await;
    let claims = verify(&token(&answer), &published(&site).await, HTTPS, site.clock.now()).unwrap();
    let session = site.text("SELECT id FROM sessions").await;
    assert_eq!(Some(claims.sub), site.text("SELECT id FROM users").await);
    assert_eq!(Some(claims.account), site.text("SELECT id FROM accounts").await);
    assert_eq!(Some(claims.sid), session);
    assert_eq!(claims.roles, ["member"]);
    assert_eq!(claims.iat, site.clock.now().seconds());
    assert_eq!(claims.exp, claims.iat + LIFE_SECONDS);
    assert_eq!(
        claims.acr.as_deref(),
        Some("urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport")
    );
    assert_eq!(claims.amr, Some(vec!["pwd".to_owned()]));
    assert!(claims.auth_time <= claims.iat - 42, "over there, before they came here");
    assert_eq!((claims.email, claims.email_verified), (None, None), "nothing proves that it is theirs");
    assert_eq!(claims.groups, Some(vec!["Teachers".to_owned(), "Lincoln School".to_owned()]));

    assert_eq!(json(&answer)["expires_in"], LIFE_SECONDS);
    assert_eq!(json(&answer)["token_type"], "Bearer");
    assert_eq!(answer.headers[CACHE_CONTROL], "no-store");
    assert!(!answer.headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
    assert_ne!(token(&answer), token(&browser.get(PATH).await), "each has a name of its own");
}

#[tokio::test]
async fn an_address_that_is_not_verified_is_said_when_that_is_wanted() {
    let site = Site::with(HTTPS, |inputs| inputs.tokens.keeps_unverified_email = true).await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    browser.sign_in(&site, &okta, &alice()).await;
    let token = token(&browser.get(PATH).await);
    let claims = verify(&token, &published(&site).await, HTTPS, site.clock.now()).unwrap();
    assert_eq!((claims.email, claims.email_verified), (Some(alice().email), Some(false)));
}

#[tokio::test]
async fn the_keys_may_be_kept_for_a_while() {
    let site = site().await;
    let answer = site.browser().get("/.well-known/jwks.json").await;
    assert_eq!(answer.headers[CACHE_CONTROL], "public, max-age=900");
    assert_eq!(answer.headers[CONTENT_TYPE], "application/json");
    assert_eq!(published(&site).await.len(), 1, "made at the first start");
}

/// The answer is a 401 in the form for programs.
async fn refused(browser: &mut Browser, why: &str) {
    let answer = browser.get(PATH).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{why}");
    assert_eq!(answer.headers[CONTENT_TYPE], "application/problem+json");
    assert_eq!(answer.headers[CACHE_CONTROL], "no-store");
    let problem = json(&answer);
    assert_eq!((&problem["status"], &problem["code"]), (&401.into(), &"not_signed_in".into()));
    assert!(problem["reference"].as_str().unwrap().starts_with("req_"));
}

#[tokio::test]
async fn nobody_gets_one_without_a_session_that_counts() {
    let (site, _, mut browser) = signed_in(Product::Okta).await;
    refused(&mut site.browser(), "no cookie").await;
    let mut stranger = site.browser();
    stranger
        .cookies
        .insert("__Host-gatepost-session".to_owned(), ("AAAAAAAAAAAAAAAAAAAAAA".to_owned(), false));
    refused(&mut stranger, "a cookie that is made up").await;

    for (table, state) in [("accounts", "active"), ("users", "active"), ("connections", "active")] {
        let set = |state: &str| format!("UPDATE {table} SET state = '{state}'").leak() as &'static str;
        site.execute(set("disabled")).await;
        refused(&mut browser, table).await;
        site.execute(set(state)).await;
        token(&browser.get(PATH).await);
    }

    let mut copy = browser.clone();
    let form = browser.get("/me").await.between("name=\"token\" value=\"", "\"").to_owned();
    browser.post("/signout", &[("token", &form)], From::ThisSite).await;
    refused(&mut copy, "signed out").await;
}

#[tokio::test]
async fn a_disabled_connection_takes_its_sessions_along() {
    let (site, okta, mut browser) = signed_in(Product::Okta).await;
    site.set_state(&okta, ConnectionState::Disabled).await;
    refused(&mut browser, "disabled").await;
    assert_eq!(browser.get("/me").await.location(), Some("/"));
}

#[tokio::test]
async fn it_ends_before_its_session() {
    let (site, _, mut browser) = signed_in(Product::Canvas).await;
    site.clock.advance(8 * HOUR - 100);
    let answer = browser.get(PATH).await;
    assert_eq!(json(&answer)["expires_in"], 100);
    let claims = verify(&token(&answer), &published(&site).await, HTTPS, site.clock.now()).unwrap();
    assert_eq!(claims.exp, site.clock.now().seconds() + 100);
    site.clock.advance(100);
    refused(&mut browser, "the session's end").await;

    let (site, _, mut browser) = signed_in(Product::Okta).await;
    site.clock.advance(12 * HOUR);
    refused(&mut browser, "not used for too long").await;
}

#[tokio::test]
async fn asking_for_one_is_using_the_session() {
    let (site, _, mut browser) = signed_in(Product::Okta).await;
    for _ in 0..3 {
        site.clock.advance(11 * HOUR);
        token(&browser.get(PATH).await);
    }
}

#[tokio::test]
async fn it_is_for_us_or_for_somebody_on_the_list() {
    let (site, _, mut browser) = signed_in(Product::Okta).await;
    let keys = published(&site).await;
    let for_grades = token(&browser.get("/session/token?audience=urn%3Aexample%3Agrades").await);
    assert!(verify(&for_grades, &keys, "urn:example:grades", site.clock.now()).is_ok());
    assert_eq!(verify(&for_grades, &keys, HTTPS, site.clock.now()).map(drop), Err(Refused::Audience));
    let for_us = token(&browser.get("/session/token?audience=https%3A%2F%2Fsso.example.test").await);
    assert!(verify(&for_us, &keys, HTTPS, site.clock.now()).is_ok());
    for other in
        ["", "urn:example:grade", "urn:example:grades%20", "https%3A%2F%2Fsso.example.test%2F", "%00"]
    {
        let answer = browser.get(&format!("{PATH}?audience={other}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{other}");
        assert_eq!(json(&answer)["code"], "audience_not_allowed");
    }
}

#[tokio::test]
async fn pages_of_other_sites_get_none() {
    let (_site, _, mut browser) = signed_in(Product::Okta).await;
    let own: [&[(&str, &str)]; 4] = [
        &[],
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
        &[("origin", HTTPS), ("sec-fetch-site", "same-origin")],
    ];
    for headers in own {
        let answer = browser.get_with(PATH, headers, From::ThisSite).await;
        token(&answer);
        assert!(!answer.headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN), "{headers:?}");
    }
    let others: [&[(&str, &str)]; 10] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
        &[("origin", "null"), ("sec-fetch-site", "cross-site")],
        &[("origin", "https://evil.example.test")],
        &[("origin", "https://app.example.test.evil.test")],
        &[("origin", "https://app.example.test:8443")],
        &[("origin", "http://app.example.test")],
        &[("origin", "https://APP.example.test")],
        &[("origin", APP), ("origin", "https://evil.example.test")],
    ];
    for headers in others {
        // Even if the cookie came along.
        let answer = browser.get_with(PATH, headers, From::ThisSite).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
        assert_eq!(json(&answer)["code"], "origin_not_allowed");
        assert!(!answer.headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN), "{headers:?}");
        assert!(!answer.body.contains("token_type"));
    }
}

#[tokio::test]
async fn pages_on_the_list_get_one() {
    let (site, _, mut browser) = signed_in(Product::Okta).await;
    let headers = [("origin", APP), ("sec-fetch-site", "same-site")];
    let answer = browser.get_with(PATH, &headers, From::ThisSite).await;
    token(&answer);
    // And they may read why there is none.
    let none = site.browser().get_with(PATH, &headers, From::ThisSite).await;
    assert_eq!(none.status, StatusCode::UNAUTHORIZED);
    for answer in [answer, none] {
        assert_eq!(answer.headers[ACCESS_CONTROL_ALLOW_ORIGIN], APP);
        assert_eq!(answer.headers[ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
        assert!(answer.headers[VARY].to_str().unwrap().contains("Origin"));
    }
}

#[tokio::test]
async fn it_is_got_and_not_posted() {
    let (_site, _, mut browser) = signed_in(Product::Okta).await;
    let answer = browser.post(PATH, &[], From::ThisSite).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}

/// Somebody who verifies keeps our document as long as it says. Whatever moment they fetched it at, and whatever is
/// rotated meanwhile: a token verifies from when it is made to its end.
#[tokio::test]
async fn tokens_verify_while_keys_are_rotated() {
    const STEP: i64 = 100;
    const MAX_AGE: i64 = 900;
    let (site, _, mut browser) = signed_in(Product::Okta).await;
    let (mut documents, mut tokens, mut kids) = (Vec::new(), Vec::new(), Vec::new());
    for step in 0..60 {
        if step % 25 == 5 {
            let ctx = site.gateway.ctx(Actor::CommandLine);
            signing::rotate(&site.gateway, &ctx, Rotation::Planned).await.unwrap();
        }
        let now = site.clock.now();
        documents.push((now, published(&site).await));
        let made = token(&browser.get(PATH).await);
        let header = from_base64url(made.split('.').next().unwrap()).unwrap();
        let kid = serde_json::from_slice::<Value>(&header).unwrap()["kid"].clone();
        if kids.last() != Some(&kid) {
            kids.push(kid);
        }
        tokens.push((now, made));
        site.clock.advance(STEP);
    }
    assert_eq!(kids.len(), 3, "each key signed in its turn");
    let mut checked = 0;
    for (made_at, token) in &tokens {
        for (fetched_at, keys) in &documents {
            let age = made_at.seconds_since(*fetched_at);
            // A document that was fetched before the token was made and is not too old then, or after it.
            if (-LIFE_SECONDS + 1..=MAX_AGE).contains(&age) {
                let now = (*made_at).max(*fetched_at);
                assert!(verify(token, keys, HTTPS, now).is_ok(), "made {made_at}, fetched {fetched_at}");
                checked += 1;
            }
        }
    }
    assert!(checked > 700);
    let counts: Vec<_> = documents.iter().map(|(_, keys)| keys.len()).collect();
    assert!(counts.contains(&1) && counts.contains(&2), "old keys go: {counts:?}");
}

#[tokio::test]
async fn a_key_that_leaked_counts_no_more() {
    let (site, _, mut browser) = signed_in(Product::Okta).await;
    let before = token(&browser.get(PATH).await);
    let ctx = site.gateway.ctx(Actor::CommandLine);
    signing::rotate(&site.gateway, &ctx, Rotation::Planned).await.unwrap();
    signing::rotate(&site.gateway, &ctx, Rotation::Leaked).await.unwrap();
    let keys = published(&site).await;
    assert_eq!(keys.len(), 1, "neither the old one nor the one that waited");
    assert_eq!(verify(&before, &keys, HTTPS, site.clock.now()).map(drop), Err(Refused::UnknownKey));
    let after = token(&browser.get(PATH).await);
    assert!(verify(&after, &keys, HTTPS, site.clock.now()).is_ok());
}
