//! Two accounts with the same identity provider, under the same entity ID and with the same key: nothing crosses.

use axum::http::StatusCode;
use gatepost::directory::preset::{IdpInitiated, Product};
use gatepost_saml::mint::{NameId, Personality};

use crate::browser::{Answer, Browser, From};
use crate::site::{ACCOUNT, Idp, Site, alice};

const OTHER: &str = "washington";

async fn two(idp_initiated: IdpInitiated) -> (Site, [Idp; 2]) {
    let site = Site::https().await;
    site.make_account(OTHER, "Washington Unified").await;
    let with = (None, Some(idp_initiated));
    let one = site.connect_to(ACCOUNT, Product::Okta, with.clone()).await;
    let two = site.connect_to(OTHER, Product::Okta, with).await;
    assert_eq!(one.connection.idp_entity_id, two.connection.idp_entity_id);
    (site, [one, two])
}

fn is_in(answer: &Answer) -> bool {
    answer.status == StatusCode::SEE_OTHER
}

/// Every way to put together whose request it is, whose answer, whose `RelayState` and whose ACS.
#[tokio::test]
async fn only_what_belongs_together_signs_in() {
    for idp_initiated in [IdpInitiated::Refuse, IdpInitiated::Restart, IdpInitiated::Accept] {
        let (site, idps) = two(idp_initiated).await;
        for case in 0..32_usize {
            let bit = |number: usize| (case >> number) & 1;
            let (asked, audience, recipient, relayed, posted) = (bit(0), bit(1), bit(2), bit(3), bit(4));
            let mut browser = site.browser();
            let pending = [browser.start(&idps[0]).await, browser.start(&idps[1]).await];
            let acs = idps[recipient].connection.acs_url.as_str();
            let person = alice();
            let message =
                site.answer(&idps[audience], &person, Some(&pending[asked].request_id), |request| {
                    request.acs_url = acs;
                });
            let answer = browser.bring(&idps[posted], &message, Some(&pending[relayed].relay_state)).await;
            // What is signed decides: to whom it was made, and which request it answers. A lost RelayState is no loss.
            let fits = asked == posted && audience == posted && recipient == posted;
            assert_eq!(is_in(&answer), fits, "{idp_initiated:?} {case:05b}: {}", answer.body);
            if fits {
                let me = browser.get("/me").await;
                let names = ["Lincoln Unified", "Washington Unified"];
                assert!(
                    me.body.contains(names[posted]) && !me.body.contains(names[1 - posted]),
                    "{}",
                    me.body
                );
            }
        }
        assert_consistent(&site).await;
        assert_eq!(site.count("SELECT COUNT(*) FROM users").await, 2, "one for each account, of one address");
    }
}

#[tokio::test]
async fn what_nobody_asked_for_does_not_cross_either() {
    let (site, idps) = two(IdpInitiated::Accept).await;
    for made_for in [0, 1] {
        for posted in [0, 1] {
            let message = site.answer(&idps[made_for], &alice(), None, |_| {});
            let answer = site.browser().bring(&idps[posted], &message, None).await;
            assert_eq!(is_in(&answer), made_for == posted, "{}", answer.body);
        }
    }
    assert_consistent(&site).await;
}

#[tokio::test]
async fn a_request_of_one_is_nothing_to_the_other() {
    let (site, idps) = two(IdpInitiated::Refuse).await;
    let mut browser = site.browser();
    let pending = browser.start(&idps[0]).await;
    // The sealed request under the other's answer: the seal names its connection.
    let message = site.answer(&idps[1], &alice(), Some(&pending.request_id), |_| {});
    let answer = browser.bring(&idps[1], &message, Some(&pending.relay_state)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(site.count("SELECT COUNT(*) FROM consumed_requests").await, 0);
    let answer = browser
        .bring(&idps[0], &site.answer(&idps[0], &alice(), Some(&pending.request_id), |_| {}), None)
        .await;
    assert!(is_in(&answer), "and is still good for its own: {}", answer.body);
}

#[tokio::test]
async fn pages_show_their_own_account_only() {
    let (site, idps) = two(IdpInitiated::Restart).await;
    let mut browser = site.browser();
    let names = [idps[0].connection.id.to_string(), idps[1].connection.id.to_string()];
    for (at, slug) in [(0, ACCOUNT), (1, OTHER)] {
        for path in [format!("/signin/{slug}"), idps[at].path("login"), idps[at].path("metadata")] {
            let page = browser.get(&path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            assert!(!page.body.contains(&names[1 - at]), "{path}");
        }
    }
    let mut encryption = Vec::new();
    for idp in &idps {
        let page = browser.get(&idp.path("metadata")).await;
        encryption.push(page.between("entityID=\"", "\"").to_owned());
    }
    assert_ne!(encryption[0], encryption[1]);
}

#[tokio::test]
async fn the_same_person_in_both_is_two_users_with_two_sessions() {
    let (site, idps) = two(IdpInitiated::Restart).await;
    let name = NameId {
        value: "shared@district.example".to_owned(),
        ..Personality::named("okta").unwrap().name_id(&alice(), &mut |_: &mut [u8]| {})
    };
    let mut browsers: Vec<Browser> = Vec::new();
    for idp in &idps {
        let (mut browser, person, name) = (site.browser(), alice(), name.clone());
        let answer = browser
            .sign_in_changed(&site, idp, &person, |request| request.options.name_id = Some(name))
            .await;
        assert!(is_in(&answer));
        browsers.push(browser);
    }
    assert_eq!(site.count("SELECT COUNT(DISTINCT account_id) FROM users").await, 2);
    // Signing out of one leaves the other.
    let me = browsers[0].get("/me").await;
    let token = me.between("name=\"token\" value=\"", "\"").to_owned();
    let crossed = browsers[1].post("/signout", &[("token", &token)], From::ThisSite).await;
    assert_eq!(crossed.status, StatusCode::FORBIDDEN, "one session's token is nothing to another");
    browsers[0].post("/signout", &[("token", &token)], From::ThisSite).await;
    assert!(!Browser::is_signed_in(&browsers[0].get("/me").await));
    assert!(Browser::is_signed_in(&browsers[1].get("/me").await));
}

#[tokio::test]
async fn the_database_refuses_too() {
    let (site, idps) = two(IdpInitiated::Restart).await;
    for idp in &idps {
        assert!(is_in(&site.browser().sign_in(&site, idp, &alice()).await));
    }
    for table in ["sessions", "identities", "replays", "consumed_requests", "attempts", "attempt_messages"] {
        let accounts = format!("SELECT COUNT(DISTINCT account_id) FROM {table}");
        assert_eq!(site.count(&accounts).await, 2, "{table}: something of each");
    }
    for crossed in [
        "UPDATE identities SET user_id = (SELECT id FROM users WHERE account_id <> identities.account_id)",
        "UPDATE identities SET connection_id = (SELECT id FROM connections WHERE account_id <> identities.account_id)",
        "UPDATE sessions SET user_id = (SELECT id FROM users WHERE account_id <> sessions.account_id)",
        "UPDATE idp_keys SET account_id = (SELECT id FROM accounts WHERE id <> idp_keys.account_id)",
        "UPDATE connection_revisions SET account_id = (SELECT id FROM accounts WHERE id <> connection_revisions.account_id)",
    ] {
        let refused = site.try_execute(crossed).await;
        assert!(refused.is_err_and(|error| error.to_uppercase().contains("FOREIGN KEY")), "{crossed}");
    }
    assert_consistent(&site).await;
}

/// Every row that names a connection or a user is of that one's account.
async fn assert_consistent(site: &Site) {
    for crossed in [
        "SELECT COUNT(*) FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.account_id <> s.account_id",
        "SELECT COUNT(*) FROM sessions s JOIN connections c ON c.id = s.connection_id WHERE c.account_id <> s.account_id",
        "SELECT COUNT(*) FROM identities i JOIN users u ON u.id = i.user_id WHERE u.account_id <> i.account_id",
        "SELECT COUNT(*) FROM identities i JOIN connections c ON c.id = i.connection_id WHERE c.account_id <> i.account_id",
        "SELECT COUNT(*) FROM replays r JOIN connections c ON c.id = r.connection_id WHERE c.account_id <> r.account_id",
        "SELECT COUNT(*) FROM consumed_requests r JOIN connections c ON c.id = r.connection_id WHERE c.account_id <> r.account_id",
        "SELECT COUNT(*) FROM attempts a JOIN connections c ON c.id = a.connection_id WHERE c.account_id <> a.account_id",
        "SELECT COUNT(*) FROM attempt_messages a JOIN connections c ON c.id = a.connection_id WHERE c.account_id <> a.account_id",
    ] {
        assert_eq!(site.count(crossed).await, 0, "{crossed}");
    }
}
