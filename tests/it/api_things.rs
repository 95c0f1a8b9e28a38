//! What the REST API changes about an account's people and links and about the installation's jobs, and that it is changed.

use gatepost::directory::preset::Product;
use gatepost::directory::state::{ConnectionState, JobState};
use gatepost::flow::job;
use serde_json::{Value, json};

use crate::api::{all_scopes, ask, at, done, listed, problem, program};
use crate::browser::{Browser, From};
use crate::site::{ACCOUNT, HTTPS, Site, alice, bjoern, ctx};

const BASE: &str = "/api/v1/accounts/lincoln";

async fn is_in(browser: &mut Browser) -> bool {
    Browser::is_signed_in(&browser.get("/me").await)
}

#[tokio::test]
async fn whoever_has_a_setup_link_is_in_until_it_is_taken_back() {
    let site = Site::https().await;
    let mut program = program(&site, Some(ACCOUNT), &all_scopes()).await;
    let links = format!("{BASE}/setup-links");
    let okta = site.connect(Product::Okta).await;
    site.set_state(&okta, ConnectionState::Testing).await;
    let goes_on = json!(okta.connection.id.to_string());
    let new = json!({ "name": "Ida", "scopes": ["sso"], "days": 3, "connection": goes_on });
    let made = done(&mut program, ("POST", &links), Some(new)).await;
    assert_eq!(made["connection"], goes_on);
    let path = made["url"].as_str().unwrap().strip_prefix(HTTPS).unwrap();
    let mut ida = site.browser();
    assert_eq!(ida.post(path, &[], From::ThisSite).await.location(), Some("/setup"));
    assert_eq!(ida.get("/setup").await.status, 200);
    let present = listed(&mut program, &links).await;
    let (name, state) = (&present[0]["name"], &present[0]["state"]);
    assert_eq!((present.len(), name, state), (1, &json!("Ida"), &json!("opened")));
    assert_eq!(present[0]["connection"], goes_on);
    let one = format!("{links}/{}", made["id"].as_str().unwrap());
    assert_eq!(done(&mut program, ("DELETE", &one), None).await, Value::Null);
    assert_eq!(ida.get("/setup").await.status, 404);
    assert_eq!(listed(&mut program, &links).await[0]["state"], "revoked");
}

/// A platform sends its customers' IT admins here, and wants them back; nobody else is led to.
#[tokio::test]
async fn whoever_is_done_behind_a_setup_link_is_led_back() {
    let site = Site::https().await;
    let mut program = program(&site, Some(ACCOUNT), &all_scopes()).await;
    let links = format!("{BASE}/setup-links");
    let new = |to: &str| json!({ "scopes": ["sso"], "days": 3, "return_to": to });
    for elsewhere in ["https://evil.example/", "//evil.example", "javascript:alert(1)"] {
        let refused = ask(&mut program, ("POST", &links), &[], Some(&new(elsewhere))).await;
        assert_eq!(refused.status, 422, "{elsewhere}: {}", refused.body);
        assert!(refused.body.contains("/return_to"), "{}", refused.body);
    }
    let back = "https://app.example.test/settings?tab=sso";
    let made = done(&mut program, ("POST", &links), Some(new(back))).await;
    let path = made["url"].as_str().unwrap().strip_prefix(HTTPS).unwrap();
    let mut ida = site.browser();
    assert_eq!(ida.post(path, &[], From::ThisSite).await.location(), Some("/setup"));
    let page = ida.get("/setup").await;
    let token = page.between("name=\"token\" value=\"", "\"").to_owned();
    let finished = ida.post("/setup-finish", &[("token", &token)], From::ThisSite).await;
    assert!(finished.body.contains(&format!("href=\"{back}\"")), "{}", finished.body);
    assert_eq!(ida.get("/setup").await.status, 404);
}

#[tokio::test]
async fn who_is_shut_out_is_out_at_once_and_comes_in_again_when_let_in() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut program = program(&site, Some(ACCOUNT), &all_scopes()).await;
    let mut browser = site.browser();
    browser.sign_in(&site, &okta, &alice()).await;
    assert!(is_in(&mut browser).await);
    let users = format!("{BASE}/users");
    let user = listed(&mut program, &users).await[0]["id"].as_str().unwrap().to_owned();
    let user = format!("{users}/{user}");
    for (step, state, may) in [("disable", "disabled", false), ("enable", "active", true)] {
        assert_eq!(done(&mut program, ("POST", &format!("{user}/{step}")), None).await, Value::Null);
        assert_eq!(at(&mut program, &user).await["state"], state);
        assert!(!is_in(&mut browser).await, "that session has ended");
        site.clock.advance(1);
        let mut again = site.browser();
        again.sign_in(&site, &okta, &alice()).await;
        assert_eq!(is_in(&mut again).await, may, "{step}");
    }
}

/// It is all that an identity provider says of somebody: who looks at sign-ins does not have it by that.
#[tokio::test]
async fn the_message_of_a_sign_in_is_taken_out_by_whoever_may_read_messages_and_it_shows() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    let attempt = site.text("SELECT MAX(id) FROM attempts").await.unwrap();
    let path = format!("{BASE}/sign-ins/{attempt}/message");
    let taken = || site.count("SELECT COUNT(*) FROM events WHERE action = 'attempt.message_downloaded'");
    let mut looks = program(&site, Some(ACCOUNT), "sign_ins:read users:read connections:write").await;
    problem(&ask(&mut looks, ("POST", &path), &[], None).await, 403, "forbidden");
    site.make_account("other", "Other").await;
    let mut other = program(&site, Some("other"), "messages:read").await;
    problem(&ask(&mut other, ("POST", &path), &[], None).await, 404, "not_found");
    let mut reads = program(&site, Some(ACCOUNT), "messages:read").await;
    let elsewhere = path.replace("/lincoln/", "/other/");
    problem(&ask(&mut reads, ("POST", &elsewhere), &[], None).await, 404, "not_found");
    assert_eq!(taken().await, 0);
    let message = ask(&mut reads, ("POST", &path), &[], None).await;
    assert_eq!(message.status, 200, "{}", message.body);
    assert!(message.body.contains(":Response"), "{}", message.body);
    let file = format!("attachment; filename=\"{attempt}.xml\"");
    for (name, value) in [
        ("content-type", "application/samlassertion+xml"),
        ("content-disposition", file.as_str()),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(message.header(name), Some(value));
    }
    assert_eq!(taken().await, 1);
    site.execute("DELETE FROM attempt_messages").await;
    problem(&ask(&mut reads, ("POST", &path), &[], None).await, 404, "not_found");
    assert_eq!(taken().await, 1);
}

#[tokio::test]
async fn sessions_are_ended_one_by_one_a_persons_and_all() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut program = program(&site, Some(ACCOUNT), &all_scopes()).await;
    let sessions = format!("{BASE}/sessions");
    let mut browsers = Vec::new();
    for person in [alice(), alice(), alice(), bjoern()] {
        let mut browser = site.browser();
        browser.sign_in(&site, &okta, &person).await;
        browsers.push(browser);
        site.clock.advance(1);
    }
    // The newest first: the last is the one of the first browser.
    let all = listed(&mut program, &sessions).await;
    assert_eq!(all.len(), 4);
    let (first, alice) = (all[3]["id"].as_str().unwrap(), all[3]["user"].as_str().unwrap());
    let of_alice = format!("{BASE}/users/{alice}/sessions");
    let steps = [
        (format!("{sessions}/{first}"), Value::Null, [false, true, true, true]),
        (of_alice.clone(), json!({ "ended": 2 }), [false, false, false, true]),
        (sessions.clone(), json!({ "ended": 1 }), [false; 4]),
    ];
    for (path, told, expected) in steps {
        assert_eq!(done(&mut program, ("DELETE", &path), None).await, told, "{path}");
        let mut present = Vec::new();
        for browser in &mut browsers {
            present.push(is_in(browser).await);
        }
        assert_eq!(present, expected, "{path}");
        let of_hers = listed(&mut program, &of_alice).await.len();
        assert_eq!(of_hers, expected[..3].iter().filter(|is_there| **is_there).count(), "{path}");
    }
    assert!(listed(&mut program, &sessions).await.is_empty());
}

#[tokio::test]
async fn a_key_of_the_installation_sees_how_an_account_stands_and_has_a_job_tried_again() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    let scopes = "accounts:read installation:read installation:write";
    let mut program = program(&site, None, scopes).await;
    let overview = at(&mut program, &format!("{BASE}/overview")).await;
    let standing = &overview["connections"][0];
    assert_eq!(
        (&overview["account"]["slug"], &overview["owners"]),
        (&json!(ACCOUNT), &json!(0)),
        "{overview}"
    );
    assert_eq!((&standing["state"], &standing["sign_ins"]), (&json!("active"), &json!(1)), "{overview}");

    site.insert_job("{}", 1).await;
    site.execute("UPDATE jobs SET state = 'dead'").await;
    let dead = job::list(&site.gateway, &ctx(&site), JobState::Dead).await.unwrap();
    let retry = format!("/api/v1/installation/jobs/{}/retry", dead[0].id);
    assert_eq!(done(&mut program, ("POST", &retry), None).await, Value::Null);
    assert!(job::list(&site.gateway, &ctx(&site), JobState::Dead).await.unwrap().is_empty());
    assert_eq!(job::list(&site.gateway, &ctx(&site), JobState::Waiting).await.unwrap()[0].id, dead[0].id);
}
