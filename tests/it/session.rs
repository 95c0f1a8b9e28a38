//! Sessions: how long they last, how they end, and what does not make one.

use axum::http::StatusCode;
use gatepost::base::caller::{Member, Role};
use gatepost::base::id::UserId;
use gatepost::base::{Actor, Ctx};
use gatepost::directory::preset::Product;
use gatepost::directory::state::{AccountState, ConnectionState};
use gatepost::flow::connection::lifecycle;
use gatepost::flow::session::admin::{self, Of};
use gatepost::flow::session::{Lifetimes, own};
use gatepost::flow::{FlowError, account};
use gatepost::http;

use crate::browser::{Answer, Browser, From, IPAD, encode};
use crate::site::{ACCOUNT, HTTPS, Idp, LOOPBACK, Site, alice, bjoern};

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

#[tokio::test]
async fn how_long_it_lasts_is_a_setting() {
    let site = Site::with(HTTPS, |inputs| {
        inputs.lifetimes = Lifetimes { idle_seconds: HOUR, absolute_seconds: 3 * HOUR };
    })
    .await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    browser.sign_in(&site, &okta, &alice()).await;
    let mut idle = browser.clone();
    for _ in 0..3 {
        assert!(is_in(&mut browser).await);
        site.clock.advance(HOUR - 1);
    }
    site.clock.advance(3);
    assert!(!is_in(&mut browser).await, "three hours at the most");
    idle.sign_in(&site, &okta, &alice()).await;
    site.clock.advance(HOUR);
    assert!(!is_in(&mut idle).await);
}

#[tokio::test]
async fn a_disabled_user_or_connection_is_out_at_once() {
    let (site, _, mut browser) = signed_in().await;
    for table in ["users", "connections"] {
        let set = |state: &str| format!("UPDATE {table} SET state = '{state}'").leak() as &'static str;
        site.execute(set("disabled")).await;
        assert!(!is_in(&mut browser.clone()).await, "{table}");
        site.execute(set("active")).await;
        assert!(is_in(&mut browser).await, "{table}");
    }
}

/// Whoever switches a connection off because somebody has its identity provider does not let them in again later.
#[tokio::test]
async fn what_ended_with_a_connection_or_an_account_does_not_begin_again() {
    let (site, okta, mut browser) = signed_in().await;
    for state in [ConnectionState::Disabled, ConnectionState::Active] {
        site.set_state(&okta, state).await;
        assert!(!is_in(&mut browser.clone()).await, "{state:?}");
    }
    browser.sign_in(&site, &okta, &alice()).await;
    assert!(is_in(&mut browser.clone()).await);
    let slug = ACCOUNT.parse().unwrap();
    for state in [AccountState::Disabled, AccountState::Active] {
        account::set_state(&site.gateway, &command_line(&site), &slug, (state, "unpaid")).await.unwrap();
        assert!(!is_in(&mut browser.clone()).await, "{state:?}");
    }
}

fn command_line(site: &Site) -> Ctx {
    site.gateway.ctx(Actor::CommandLine)
}

async fn list(site: &Site, of: &Of) -> Vec<String> {
    let found = admin::list(&site.gateway, &command_line(site), of).await.unwrap();
    found.iter().map(|session| session.id.to_string()).collect()
}

#[tokio::test]
async fn they_are_listed_and_revoked() {
    let (site, okta, mut first) = signed_in().await;
    let mut tablet = site.browser();
    tablet.user_agent = IPAD;
    tablet.sign_in(&site, &okta, &alice()).await;
    let mut bjoerns = site.browser();
    bjoerns.sign_in(&site, &okta, &bjoern()).await;

    let all = Of::Account(ACCOUNT.parse().unwrap());
    let found = admin::list(&site.gateway, &command_line(&site), &all).await.unwrap();
    assert_eq!(found.len(), 3);
    let tablets: Vec<_> =
        found.iter().filter(|session| session.client.system.as_deref() == Some("iPad")).collect();
    assert_eq!(tablets.len(), 1);
    assert_eq!(tablets[0].client.browser.as_deref(), Some("Safari"));
    let (id, alice) = (tablets[0].id, tablets[0].user_id);
    assert_eq!(list(&site, &Of::User(alice)).await.len(), 2);
    assert_eq!(list(&site, &Of::Connection(okta.connection.id)).await.len(), 3);

    assert!(admin::revoke(&site.gateway, &command_line(&site), id).await.unwrap());
    assert!(!admin::revoke(&site.gateway, &command_line(&site), id).await.unwrap(), "once");
    assert!(!is_in(&mut tablet).await && is_in(&mut first).await);
    assert_eq!(list(&site, &Of::User(alice)).await.len(), 1);

    let ended = admin::revoke_all(&site.gateway, &command_line(&site), &Of::User(alice)).await.unwrap();
    assert_eq!(ended, 1);
    assert!(!is_in(&mut first).await && is_in(&mut bjoerns).await);
    let by_connection = Of::Connection(okta.connection.id);
    assert_eq!(admin::revoke_all(&site.gateway, &command_line(&site), &by_connection).await.unwrap(), 1);
    assert!(!is_in(&mut bjoerns).await);
    assert_eq!(admin::revoke_all(&site.gateway, &command_line(&site), &all).await.unwrap(), 0);
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions WHERE ended_by = 'revoked'").await, 3);
    assert_eq!(site.count("SELECT COUNT(*) FROM events WHERE action LIKE 'session.%'").await, 4);
}

#[tokio::test]
async fn a_revoked_session_is_over_on_every_node_at_once() {
    let (site, _, browser) = signed_in().await;
    let mut there = Browser::new(http::router(site.beside(2).await, http::Options::default()), site.url);
    there.cookies = browser.cookies.clone();
    assert!(is_in(&mut there).await);
    let all = Of::Account(ACCOUNT.parse().unwrap());
    assert_eq!(admin::revoke_all(&site.gateway, &command_line(&site), &all).await.unwrap(), 1);
    assert!(!is_in(&mut there).await, "no poll in between");
}

#[tokio::test]
async fn only_those_that_count_are_listed() {
    let (site, okta, _) = signed_in().await;
    let all = Of::Account(ACCOUNT.parse().unwrap());
    assert_eq!(list(&site, &all).await.len(), 1);
    site.clock.advance(12 * HOUR);
    assert!(list(&site, &all).await.is_empty(), "not used");
    site.browser().sign_in(&site, &okta, &alice()).await;
    site.execute("UPDATE users SET state = 'disabled'").await;
    assert!(list(&site, &all).await.is_empty(), "shut out");
}

#[tokio::test]
async fn others_may_not_look_at_them_or_end_them() {
    let (site, okta, _) = signed_in().await;
    let found =
        admin::list(&site.gateway, &command_line(&site), &Of::Account(ACCOUNT.parse().unwrap())).await;
    let found = found.unwrap().remove(0);
    let member = Actor::User(member(&site, found.user_id).await);
    for actor in [Actor::Anonymous, member, Actor::IdentityProvider(okta.connection.id)] {
        let ctx = site.gateway.ctx(actor);
        let of = Of::User(found.user_id);
        assert!(matches!(admin::list(&site.gateway, &ctx, &of).await, Err(FlowError::Denied(_))));
        assert!(matches!(admin::revoke(&site.gateway, &ctx, found.id).await, Err(FlowError::Denied(_))));
        assert!(matches!(admin::revoke_all(&site.gateway, &ctx, &of).await, Err(FlowError::Denied(_))));
    }
    let nobody = Of::User(gatepost::base::id::UserId::make(site.clock.now(), &site.rng));
    let missing = admin::revoke_all(&site.gateway, &command_line(&site), &nobody).await;
    assert!(matches!(missing, Err(FlowError::NotFound("user"))));
}

fn form_token(me: &Answer) -> String {
    me.between("name=\"token\" value=\"", "\"").to_owned()
}

#[tokio::test]
async fn a_person_sees_and_ends_their_other_sessions() {
    const END: &str = "/me/sessions/end";
    let (site, okta, mut desktop) = signed_in().await;
    assert!(desktop.get("/me").await.body.contains("You are signed in nowhere else."));
    let (mut tablet, mut phone, mut bjoerns) = (site.browser(), site.browser(), site.browser());
    tablet.user_agent = IPAD;
    for browser in [&mut tablet, &mut phone] {
        site.clock.advance(60);
        browser.sign_in(&site, &okta, &alice()).await;
    }
    bjoerns.sign_in(&site, &okta, &bjoern()).await;

    let me = desktop.get("/me").await;
    assert_eq!(me.body.matches("End this session").count(), 2, "not their own, not Björn's");
    assert!(me.body.contains("Safari, iPad") && me.body.contains("Firefox, Linux"));
    let token = form_token(&me);
    let theirs = bjoerns.get("/me").await;
    let others =
        admin::list(&site.gateway, &command_line(&site), &Of::Account(ACCOUNT.parse().unwrap())).await;
    let others = others.unwrap();
    let of = |system: &str| {
        others.iter().find(|one| one.client.system.as_deref() == Some(system)).unwrap().id.to_string()
    };
    let ipad = of("iPad");

    // Refused: without the form's own token, with that of another session, from elsewhere, another person's session.
    for wrong in ["", &form_token(&theirs)] {
        let answer = desktop.post(END, &[("token", wrong), ("session", &ipad)], From::ThisSite).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    let elsewhere = desktop.post(END, &[("token", &token), ("session", &ipad)], From::AnotherSite).await;
    assert_eq!(elsewhere.location(), Some("/"));
    let stranger =
        bjoerns.post(END, &[("token", &form_token(&theirs)), ("session", &ipad)], From::ThisSite).await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);
    for odd in [
        vec![],
        vec![("session", "sess_x")],
        vec![("session", ipad.as_str()), ("all", "1")],
        vec![("all", "0")],
    ] {
        let form = [&[("token", token.as_str())], &odd[..]].concat();
        assert_eq!(desktop.post(END, &form, From::ThisSite).await.status, StatusCode::BAD_REQUEST, "{odd:?}");
    }
    assert_eq!(desktop.get(END).await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(is_in(&mut tablet).await && is_in(&mut phone).await);

    let answer = desktop.post(END, &[("token", &token), ("session", &ipad)], From::ThisSite).await;
    assert_eq!(answer.location(), Some("/me"));
    assert!(!is_in(&mut tablet).await && is_in(&mut phone).await && is_in(&mut desktop).await);
    let answer = desktop.post(END, &[("token", &token), ("all", "1")], From::ThisSite).await;
    assert_eq!(answer.location(), Some("/me"));
    assert!(!is_in(&mut phone).await && is_in(&mut desktop).await && is_in(&mut bjoerns).await);
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions WHERE ended_by = 'ended_by_user'").await, 2);
    assert_eq!(site.count("SELECT COUNT(*) FROM events WHERE action = 'session.ended'").await, 2);
}

#[tokio::test]
async fn nobody_ends_sessions_in_anothers_name() {
    let (site, okta, browser) = signed_in().await;
    let alices = site.text("SELECT user_id FROM sessions").await.unwrap();
    site.browser().sign_in(&site, &okta, &bjoern()).await;
    let all = admin::list(&site.gateway, &command_line(&site), &Of::Account(ACCOUNT.parse().unwrap())).await;
    let all = all.unwrap();
    assert_eq!(all.len(), 2);
    let token = gatepost::base::secret::SessionToken::parse(&browser.session().unwrap()).unwrap().hash();
    for session in all {
        let ctx = site.gateway.ctx(Actor::User(member(&site, session.user_id).await));
        let listed = own::list_others(&site.gateway, &ctx, token).await.map(drop);
        let ended = own::end_others(&site.gateway, &ctx, token).await.map(drop);
        if session.user_id.to_string() == alices {
            assert!(listed.is_ok() && ended.is_ok(), "her own: {listed:?} {ended:?}");
        } else {
            assert!(matches!(listed, Err(FlowError::Denied(_))), "{listed:?}");
            assert!(matches!(ended, Err(FlowError::Denied(_))), "{ended:?}");
        }
    }
    assert!(own::end_others(&site.gateway, &site.gateway.ctx(Actor::Anonymous), token).await.is_err());
}

#[tokio::test]
async fn who_came_by_a_connection_that_was_given_up_is_out() {
    let (site, okta, mut browser) = signed_in().await;
    lifecycle::retire(&site.gateway, &command_line(&site), okta.connection.id).await.unwrap();
    assert!(!is_in(&mut browser).await);
    assert!(list(&site, &Of::Account(ACCOUNT.parse().unwrap())).await.is_empty());
}

#[tokio::test]
async fn who_uses_a_short_session_stays_signed_in() {
    let site = Site::with(HTTPS, |inputs| {
        inputs.lifetimes = Lifetimes { idle_seconds: 120, absolute_seconds: HOUR };
    })
    .await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    browser.sign_in(&site, &okta, &alice()).await;
    for minute in 1..=10 {
        site.clock.advance(60);
        assert!(is_in(&mut browser).await, "in use, minute {minute}");
    }
    site.clock.advance(120);
    assert!(!is_in(&mut browser).await);
}

/// By the same rule as limits: the other end of the connection, or what a proxy that is trusted says of it.
#[tokio::test]
async fn it_tells_the_network_that_it_came_from() {
    let mut site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    site.router =
        http::router(site.gateway.clone(), http::Options { trusted_proxies, ..http::Options::default() });
    let sign_in = async |peer: &'static str, forwarded: &str| {
        let mut browser = site.browser();
        browser.address = Some(peer);
        let (person, pending) = (alice(), browser.start(&okta).await);
        let message = site.answer(&okta, &person, Some(&pending.request_id), |_| {});
        let form = [("SAMLResponse", message.as_str()), ("RelayState", pending.relay_state.as_str())];
        let request = axum::http::Request::post(okta.path("acs"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-forwarded-for", forwarded);
        let answer = browser.send(request, From::AnotherSite, encode(&form)).await;
        assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
        browser
    };
    sign_in("203.0.113.9", "198.51.100.77").await;
    sign_in("10.0.0.1", "192.0.2.1, 198.51.100.77").await;
    let mut last = sign_in("2001:db8:77:1::9", "").await;
    let of = Of::Account(ACCOUNT.parse().unwrap());
    let listed = admin::list(&site.gateway, &command_line(&site), &of).await.unwrap();
    let mut networks: Vec<_> = listed.into_iter().map(|session| session.client.network.unwrap()).collect();
    networks.sort();
    assert_eq!(networks, ["198.51.100.x", "2001:db8:77::x", "203.0.113.x"]);
    let me = last.get("/me").await.body;
    assert!(me.contains("198.51.100.x") && me.contains("203.0.113.x"), "{me}");
    let everything = site.folder.dump().await;
    for part in ["198.51.100", "203.0.113", "2001:db8:77"] {
        assert!(!everything.windows(part.len()).any(|window| window == part.as_bytes()), "{part}");
    }
}

async fn member(site: &Site, id: UserId) -> Member {
    let account = account::find(&site.gateway, &ACCOUNT.parse().unwrap()).await.unwrap().unwrap().id;
    Member { id, account, role: Role::Member }
}
