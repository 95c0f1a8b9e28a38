//! What nobody asked for: begun anew, accepted or refused; and lost state, which looks the same from here.

use axum::http::StatusCode;
use gatepost::directory::preset::{IdpInitiated, Product};
use gatepost_saml::mint::keys;

use crate::browser::{Answer, Browser, From, Pending};
use crate::site::{Idp, Site, alice, bjoern};

const OUTCOME: &str = "SELECT outcome FROM attempts ORDER BY rowid DESC LIMIT 1";
const CODE: &str = "SELECT code FROM attempts ORDER BY rowid DESC LIMIT 1";

/// What a page that goes on to the identity provider sends there.
fn handed_over(answer: &Answer) -> Pending {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(answer.body.contains("SAMLRequest="), "{}", answer.body);
    let relay_state = answer.between("RelayState=", "\"").split('&').next().unwrap().to_owned();
    Pending { request_id: relay_state.clone(), relay_state }
}

/// Begun anew: nobody is signed in and nothing is made of it, but the assertion cannot be used again.
async fn assert_restarted(site: &Site, browser: &Browser, answer: &Answer) -> Pending {
    let pending = handed_over(answer);
    assert_eq!(site.text(OUTCOME).await.as_deref(), Some("restarted"));
    assert!(browser.session().is_none());
    for nothing in ["SELECT COUNT(*) FROM users", "SELECT COUNT(*) FROM sessions"] {
        assert_eq!(site.count(nothing).await, 0, "{nothing}");
    }
    pending
}

async fn assert_refused(site: &Site, answer: &Answer, code: &str) {
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    assert_eq!(site.text(OUTCOME).await.as_deref(), Some("refused"));
    assert_eq!(site.text(CODE).await.as_deref(), Some(code));
}

async fn goes_on(site: &Site, browser: &mut Browser, idp: &Idp, pending: &Pending) -> Answer {
    let message = site.answer(idp, &alice(), Some(&pending.request_id), |_| {});
    browser.bring(idp, &message, Some(&pending.relay_state)).await
}

#[tokio::test]
async fn a_tile_begins_anew_and_leads_where_it_said() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    for (relay_state, gone) in [
        (Some("/courses/7?tab=videos"), "/courses/7?tab=videos"),
        (Some("https://app.example.test/x"), "https://app.example.test/x"),
        (Some("https://evil.example/"), "/me"),
        (Some("/saml/x/login"), "/me"),
        (Some("token"), "/me"),
        (None, "/me"),
    ] {
        let mut browser = site.browser();
        let message = site.answer(&okta, &alice(), None, |_| {});
        let answer = browser.bring(&okta, &message, relay_state).await;
        let pending = handed_over(&answer);
        assert_eq!(site.text(OUTCOME).await.as_deref(), Some("restarted"));
        assert!(browser.session().is_none());
        let answer = goes_on(&site, &mut browser, &okta, &pending).await;
        assert_eq!(answer.location(), Some(gone), "{relay_state:?}: {}", answer.body);
        assert!(Browser::is_signed_in(&browser.get("/me").await));
    }
}

#[tokio::test]
async fn what_else_is_wrong_with_it_decides() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    for (acs_url, code) in
        [(None, "audience_mismatch"), (Some("https://sso.example.org/acs"), "destination_mismatch")]
    {
        let message = site.answer(&okta, &alice(), None, |request| {
            request.sp_entity_id = "urn:example:gatepost";
            request.acs_url = acs_url.unwrap_or(request.acs_url);
        });
        let answer = site.browser().bring(&okta, &message, None).await;
        assert_refused(&site, &answer, code).await;
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM replays").await, 0);
}

#[tokio::test]
async fn nothing_of_it_is_kept_but_that_it_was_used() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let message = site.answer(&okta, &bjoern(), None, |_| {});
    let mut browser = site.browser();
    let answer = browser.bring(&okta, &message, None).await;
    let pending = assert_restarted(&site, &browser, &answer).await;
    assert_eq!(site.count("SELECT COUNT(*) FROM replays").await, 1);
    assert_eq!(site.count("SELECT COUNT(*) FROM consumed_requests").await, 0);
    assert_eq!(site.text(CODE).await.as_deref(), Some("unsolicited"));
    // Whoever the identity provider names in the answer is signed in, whatever the first message said.
    goes_on(&site, &mut browser, &okta, &pending).await;
    let me = browser.get("/me").await;
    assert!(me.body.contains("alice@district.example"), "{}", me.body);
    // Somebody else's browser cannot use it either.
    assert_refused(&site, &site.browser().bring(&okta, &message, None).await, "assertion_replayed").await;
}

#[tokio::test]
async fn lost_state_is_healed() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    for lost in ["expired", "cookie gone", "another browser's", "made up", "used", "other tab's"] {
        site.clock.advance(10_000);
        let mut browser = site.browser();
        let mut pending = browser.start(&okta).await;
        match lost {
            "expired" => site.clock.advance(3601),
            "cookie gone" => browser.cookies.clear(),
            "another browser's" => pending = site.browser().start(&okta).await,
            "made up" => pending.request_id = "_rippling-dummy".to_owned(),
            "used" => {
                // The Back button, and another try from there.
                goes_on(&site, &mut browser, &okta, &pending).await;
            }
            _ => pending.relay_state = browser.start(&okta).await.relay_state,
        }
        let answer = goes_on(&site, &mut browser, &okta, &pending).await;
        let again = handed_over(&answer);
        assert_eq!(site.text(OUTCOME).await.as_deref(), Some("restarted"), "{lost}");
        let answer = goes_on(&site, &mut browser, &okta, &again).await;
        assert_eq!(answer.location(), Some("/me"), "{lost}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_mismatch_uses_nobody_elses_request() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let (mut hers, mut his) = (site.browser(), site.browser());
    let pending = hers.start(&okta).await;
    his.start(&okta).await;
    let message = site.answer(&okta, &bjoern(), Some(&pending.request_id), |_| {});
    let answer = his.bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_restarted(&site, &his, &answer).await;
    assert_eq!(site.count("SELECT COUNT(*) FROM consumed_requests").await, 0);
    let answer = goes_on(&site, &mut hers, &okta, &pending).await;
    assert_eq!(answer.location(), Some("/me"), "hers is as good as before");
}

#[tokio::test]
async fn one_that_never_answers_requests_is_told_so() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let tile = |site: &Site| site.answer(&okta, &alice(), None, |_| {});
    let mut browser = site.browser();
    let pending = handed_over(&browser.bring(&okta, &tile(&site), None).await);
    site.clock.advance(119);
    // It gives RelayState back, or does not.
    for relay_state in [Some(pending.relay_state.as_str()), None] {
        let answer = browser.bring(&okta, &tile(&site), relay_state).await;
        assert_refused(&site, &answer, "idp_sends_unsolicited").await;
    }
    // A browser that keeps no cookies is told by the handle, wherever that comes back.
    let mut bare = site.browser();
    let answer = bare.bring(&okta, &tile(&site), Some(&pending.relay_state)).await;
    assert_refused(&site, &answer, "idp_sends_unsolicited").await;
    let lost = site.answer(&okta, &alice(), Some(&pending.request_id), |_| {});
    let answer = site.browser().bring(&okta, &lost, None).await;
    assert_refused(&site, &answer, "idp_sends_unsolicited").await;
    // Other connections are other stories, and two minutes later so is this one.
    let google = site.connect(Product::Google).await;
    handed_over(&browser.bring(&google, &site.answer(&google, &alice(), None, |_| {}), None).await);
    site.clock.advance(1);
    handed_over(&browser.bring(&okta, &tile(&site), None).await);
}

#[tokio::test]
async fn a_tile_works_again_right_after_it_worked() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    for _ in 0..2 {
        let message = site.answer(&okta, &alice(), None, |_| {});
        let pending = handed_over(&browser.bring(&okta, &message, None).await);
        let answer = goes_on(&site, &mut browser, &okta, &pending).await;
        assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
    }
}

#[tokio::test]
async fn only_what_is_good_begins_anew() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let person = alice();
    let late =
        site.answer(&okta, &person, None, |request| request.now = site.clock.now().plus_seconds(-90_000));
    let forged = site.answer(&okta, &person, None, |request| request.options.key = Some(&keys::ATTACKER_RSA));
    for (message, code) in [(late, None), (forged, Some("signature_key_unknown"))] {
        let answer = site.browser().bring(&okta, &message, None).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
        assert_eq!(site.text(OUTCOME).await.as_deref(), Some("refused"));
        if let Some(code) = code {
            assert_eq!(site.text(CODE).await.as_deref(), Some(code));
        }
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM replays").await, 0, "and nothing is burnt");
}

#[tokio::test]
async fn accepted_where_the_connection_says_so() {
    let site = Site::https().await;
    let clever = site.connect(Product::Clever).await;
    for (relay_state, gone) in
        [(Some("/courses?x=1"), "/courses?x=1"), (Some("https://evil.example/"), "/me"), (None, "/me")]
    {
        let mut browser = site.browser();
        let message = site.answer(&clever, &alice(), None, |_| {});
        let answer = browser.bring(&clever, &message, relay_state).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, Some(gone)));
        assert!(Browser::is_signed_in(&browser.get("/me").await));
        assert_eq!(site.text(OUTCOME).await.as_deref(), Some("accepted"));
        // The next takes the session's place.
        let message = site.answer(&clever, &alice(), None, |_| {});
        let before = browser.session();
        browser.bring(&clever, &message, relay_state).await;
        assert_ne!(browser.session(), before);
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions WHERE ended_by IS NULL").await, 3);
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions WHERE ended_by = 'replaced'").await, 3);
}

#[tokio::test]
async fn accepted_only_if_it_answers_nothing() {
    let site = Site::https().await;
    let clever = site.connect(Product::Clever).await;
    let others = site.browser().start(&clever).await;
    for request_id in ["_dummy", others.request_id.as_str()] {
        let mut browser = site.browser();
        let message = site.answer(&clever, &alice(), Some(request_id), |_| {});
        let answer = browser.bring(&clever, &message, None).await;
        assert_restarted(&site, &browser, &answer).await;
    }
}

#[tokio::test]
async fn accepted_for_a_request_too() {
    let site = Site::https().await;
    let clever = site.connect(Product::Clever).await;
    let mut browser = site.browser();
    let pending = browser.start_to(&clever, "?return_to=/courses").await;
    let answer = goes_on(&site, &mut browser, &clever, &pending).await;
    assert_eq!(answer.location(), Some("/courses"));
    // As if there had been no request, but with its RelayState: that still says where to.
    let pending = browser.start_to(&clever, "?return_to=/videos").await;
    let message = site.answer(&clever, &alice(), None, |_| {});
    let answer = browser.bring(&clever, &message, Some(&pending.relay_state)).await;
    assert_eq!(answer.location(), Some("/videos"), "{}", answer.body);
}

#[tokio::test]
async fn refused_where_the_connection_says_so() {
    let site = Site::https().await;
    let okta = site.connect_as(Product::Okta, IdpInitiated::Refuse).await;
    let mut browser = site.browser();
    let message = site.answer(&okta, &alice(), None, |_| {});
    assert_refused(&site, &browser.bring(&okta, &message, None).await, "unsolicited").await;
    let pending = browser.start(&okta).await;
    browser.cookies.clear();
    assert_refused(&site, &goes_on(&site, &mut browser, &okta, &pending).await, "in_response_to_unknown")
        .await;
    assert_eq!(site.count("SELECT COUNT(*) FROM replays").await, 0);
}

#[tokio::test]
async fn somebody_elses_session_ends_only_when_they_say_so() {
    let site = Site::https().await;
    let clever = site.connect(Product::Clever).await;
    let mut browser = site.browser();
    browser.sign_in(&site, &clever, &alice()).await;
    let session = browser.session();
    let message = site.answer(&clever, &bjoern(), None, |_| {});
    let form = [("SAMLResponse", message.as_str()), ("RelayState", "/courses"), ("again", "1")];
    let mut forged = form.to_vec();
    forged.push(("replace", "AAAA"));
    for form in [form.to_vec(), forged] {
        let asked = browser.post(&clever.path("acs"), &form, From::AnotherSite).await;
        assert_eq!(asked.status, StatusCode::OK);
        assert!(asked.body.contains("as somebody else"), "{}", asked.body);
        assert_eq!(site.count("SELECT COUNT(*) FROM replays").await, 1, "nothing is used up");
        assert_eq!(browser.session(), session);
    }
    assert!(browser.get("/me").await.body.contains("alice@district.example"));
    let asked = browser.post(&clever.path("acs"), &form, From::AnotherSite).await;
    let token = asked.between("name=\"replace\" value=\"", "\"").to_owned();
    let mut form = form.to_vec();
    form.push(("replace", &token));
    let answer = browser.post(&clever.path("acs"), &form, From::ThisSite).await;
    assert_eq!(answer.location(), Some("/courses"), "{}", answer.body);
    assert!(browser.get("/me").await.body.contains("Björn"), "now he is");
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions WHERE ended_by = 'replaced'").await, 1);
}

#[tokio::test]
async fn a_session_by_another_connection_is_not_left_by_a_stranger() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let theirs = site.strangers(Product::Google).await;
    let mut browser = site.browser();
    browser.sign_in(&site, &okta, &alice()).await;
    let message = site.answer(&theirs, &bjoern(), None, |_| {});
    let asked = browser.bring(&theirs, &message, Some("/courses")).await;
    assert_eq!(asked.status, StatusCode::OK);
    assert!(asked.body.contains("Lincoln Unified") && asked.body.contains("Evil Corporation"));
    assert!(!asked.body.contains("http-equiv=\"refresh\""), "and goes nowhere by itself");
    let start = format!("{}?return_to=%2Fcourses", theirs.path("login"));
    assert!(asked.body.contains(&format!("href=\"{start}\"")), "{}", asked.body);
    assert!(Browser::is_signed_in(&browser.get("/me").await));
    // Another identity provider of the account is another's word too; that of the session decides who it is.
    let google = site.connect(Product::Google).await;
    let asked = browser.bring(&google, &site.answer(&google, &bjoern(), None, |_| {}), None).await;
    assert!(asked.body.contains("Go on as somebody else"), "{}", asked.body);
    handed_over(&browser.bring(&okta, &site.answer(&okta, &bjoern(), None, |_| {}), None).await);
}

/// Whoever is to prove anew who they are does not get out of it with an answer that names no request.
#[tokio::test]
async fn a_forced_request_is_not_answered_by_an_old_sign_in() {
    let site = Site::https().await;
    let clever = site.connect(Product::Clever).await;
    let person = alice();
    let mut browser = site.browser();
    for is_named in [true, false] {
        let pending = browser.start_to(&clever, "?force=1").await;
        let request_id = is_named.then_some(pending.request_id.as_str());
        let old = site.answer(&clever, &person, request_id, |request| {
            request.now = site.clock.now().plus_seconds(-400);
        });
        let answer = browser.bring(&clever, &old, Some(&pending.relay_state)).await;
        assert_refused(&site, &answer, "authn_not_fresh").await;
        let new = site.answer(&clever, &person, request_id, |_| {});
        let answer = browser.bring(&clever, &new, Some(&pending.relay_state)).await;
        assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
    }
}
