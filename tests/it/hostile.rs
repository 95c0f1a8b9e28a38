//! Somebody who holds real messages, cookies and an account of their own: two accounts whose identity provider has the
//! same entity ID and the same key, and nothing of the one that is good for the other.

use axum::http::StatusCode;
use gatepost::base::encoding::base64url;
use gatepost::base::secret::SessionToken;
use gatepost::directory::preset::Product;

use crate::browser::{Answer, Browser, From};
use crate::site::{Idp, Site, alice, bjoern};

const SESSIONS: &str = "SELECT COUNT(*) FROM sessions";

async fn two_accounts() -> (Site, Idp, Idp) {
    let site = Site::https().await;
    let ours = site.connect(Product::Okta).await;
    let theirs = site.strangers(Product::Okta).await;
    assert_eq!(ours.personality.addresses.entity_id, theirs.personality.addresses.entity_id);
    (site, ours, theirs)
}

async fn assert_nobody(site: &Site, answer: &Answer) {
    assert_ne!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(site.count(SESSIONS).await, 0);
    assert_eq!(site.count("SELECT COUNT(*) FROM consumed_requests").await, 0);
}

/// The sealed request of `browser` under its handle.
fn pending(browser: &Browser) -> (String, (String, bool)) {
    let found = browser.cookies.iter().find(|(name, _)| name.contains("pending")).unwrap();
    (found.0.clone(), found.1.clone())
}

#[tokio::test]
async fn a_message_for_one_account_is_nothing_at_the_other() {
    let (site, ours, theirs) = two_accounts().await;
    let person = alice();
    let mut browser = site.browser();
    let asked = browser.start(&ours).await;
    let message = site.answer(&theirs, &person, Some(&asked.request_id), |_| {});
    // What they were sent, at ours: it names them, in three places.
    let answer = browser.bring(&ours, &message, Some(&asked.relay_state)).await;
    assert_nobody(&site, &answer).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    // The same at theirs: our request is none of theirs, whatever names it.
    let answer = browser.bring(&theirs, &message, Some(&asked.relay_state)).await;
    assert_nobody(&site, &answer).await;
    let good = site.answer(&ours, &person, Some(&asked.request_id), |_| {});
    let answer = browser.bring(&ours, &good, Some(&asked.relay_state)).await;
    assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
    assert_eq!(site.count("SELECT COUNT(DISTINCT account_id) FROM users").await, 1);
}

#[tokio::test]
async fn a_sealed_request_opens_in_one_place_only() {
    let (site, ours, theirs) = two_accounts().await;
    let person = alice();
    let mut browser = site.browser();
    let asked = browser.start(&ours).await;
    let (_, sealed) = pending(&browser);
    // Under the handle of another request of the same browser, at either connection.
    for idp in [&ours, &theirs] {
        let mut other = Browser::new(site.router.clone(), site.url);
        other.cookies.clone_from(&browser.cookies);
        other.cookies.retain(|name, _| !name.contains("pending"));
        let next = other.start(idp).await;
        let (name, _) = pending(&other);
        other.cookies.insert(name, sealed.clone());
        let message = site.answer(idp, &person, Some(&next.request_id), |_| {});
        assert_nobody(&site, &other.bring(idp, &message, Some(&next.relay_state)).await).await;
    }
    let good = site.answer(&ours, &person, Some(&asked.request_id), |_| {});
    assert_eq!(browser.bring(&ours, &good, Some(&asked.relay_state)).await.location(), Some("/me"));
}

/// The same assertion ID, signed by the same key, in both accounts: each is its own, none burns the other's.
#[tokio::test]
async fn replays_are_told_apart_by_connection() {
    let (site, ours, theirs) = two_accounts().await;
    let mint = |idp: &Idp, request_id: &str| {
        use gatepost_saml::mint::{MintRequest, Seeded, mint_response};
        let person = bjoern();
        let (sp, acs) = (&idp.connection.sp_entity_id, &idp.connection.acs_url);
        let request = MintRequest {
            in_response_to: Some(request_id),
            ..MintRequest::new(&person, sp, acs, site.clock.now())
        };
        mint_response(idp.personality, &request, &mut Seeded::new(7)).unwrap().post_value()
    };
    for idp in [&ours, &theirs] {
        let mut browser = site.browser();
        let asked = browser.start(idp).await;
        let message = mint(idp, &asked.request_id);
        let answer = browser.bring(idp, &message, Some(&asked.relay_state)).await;
        assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
        let mut thief = site.browser();
        assert_eq!(thief.bring(idp, &message, Some(&asked.relay_state)).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM replays").await, 2);
    assert_eq!(site.count(SESSIONS).await, 2);
    assert_eq!(site.count("SELECT COUNT(DISTINCT account_id) FROM users").await, 2);
}

/// The word that lets another sign-in take the place of a session is made of what only the browser has.
#[tokio::test]
async fn a_dump_of_the_database_speaks_for_nobody() {
    let (site, ours, theirs) = two_accounts().await;
    let mut browser = site.browser();
    browser.sign_in(&site, &ours, &alice()).await;
    // What stands in the database of this session.
    let stored = SessionToken::parse(&browser.session().unwrap()).unwrap().hash();
    let mut hasher = openssl::sha::Sha256::new();
    hasher.update(b"gatepost replace\0");
    hasher.update(&stored.0);
    let word = base64url(&hasher.finish());
    let path = format!("{}?replace={word}", theirs.path("login"));
    let page = browser.get_with(&path, &[("sec-fetch-site", "cross-site")], From::ThisSite).await;
    assert!(page.body.contains("Switch to another sign-in?"), "{}", page.body);
}
