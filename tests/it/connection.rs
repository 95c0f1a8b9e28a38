//! Administering connections: changed by revisions, tested before they are used, given up; and the addresses that stand in
//! identity providers' settings.

use axum::http::StatusCode;
use gatepost::base::Actor;
use gatepost::base::url::PublicUrl;
use gatepost::directory::account::Slug;
use gatepost::directory::preset::Product;
use gatepost::directory::state::{AccountState, ConnectionState};
use gatepost::flow::connection::update::{Update, update};
use gatepost::flow::connection::{self, Create, Switch, alias, lifecycle, revision, show};
use gatepost::flow::{FlowError, account, attempt, check, user};
use gatepost::http;
use gatepost_saml::mint::Personality;
use gatepost_saml::mint::keys::{ATTACKER_RSA, IDP_EC_P256, IDP_RSA, IDP_RSA_NEXT, TestKey};
use gatepost_saml::trust::read_certificate;

use crate::browser::{Answer, Browser};
use crate::site::{ACCOUNT, Idp, LOOPBACK, Site, alice, entered};

async fn change(site: &Site, idp: &Idp, input: Update) -> Result<Option<i64>, FlowError> {
    let ctx = site.gateway.ctx(Actor::CommandLine);
    update(&site.gateway, &ctx, idp.connection.id, input).await.map(|(made, _)| made)
}

fn set(pairs: &[(&str, &str)]) -> Update {
    let set = pairs.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    Update { set, ..Update::default() }
}

fn pem(key: &TestKey) -> Vec<u8> {
    key.certificate_pem.as_bytes().to_vec()
}

fn sha256(key: &TestKey) -> String {
    read_certificate(key.certificate_pem.as_bytes()).unwrap().key.certificate().sha256.clone()
}

async fn draft(site: &Site) -> Idp {
    let personality = Personality::named("okta").unwrap();
    let input = Create {
        account: ACCOUNT.parse().unwrap(),
        name: None,
        product: Product::Okta,
        idp: entered(personality),
        subject: None,
        policy: None,
        idp_initiated: None,
        service_provider: None,
    };
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let with = (ConnectionState::Draft, connection::Extras::default());
    let made = connection::create_as(&site.gateway, &ctx, input, with).await;
    Idp { personality, connection: made.unwrap().0 }
}

async fn link(site: &Site, idp: &Idp) -> String {
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let link = lifecycle::test(&site.gateway, &ctx, idp.connection.id).await.unwrap();
    link.url.split_once("/login").unwrap().1.to_owned()
}

async fn test(site: &Site, idp: &Idp, query: &str, key: &'static TestKey) -> (Browser, Answer) {
    let (mut browser, person) = (site.browser(), alice());
    let pending = browser.start_to(idp, query).await;
    let message =
        site.answer(idp, &person, Some(&pending.request_id), |request| request.options.key = Some(key));
    let answer = browser.bring(idp, &message, Some(&pending.relay_state)).await;
    (browser, answer)
}

async fn activate(site: &Site, idp: &Idp, reason: Option<&str>) -> Result<(), FlowError> {
    let ctx = site.gateway.ctx(Actor::CommandLine);
    lifecycle::activate(&site.gateway, &ctx, idp.connection.id, reason).await
}

#[tokio::test]
async fn every_change_is_a_revision_and_can_be_taken_back() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let skew = set(&[("policy.clock_skew_seconds", "60"), ("idp_initiated", "accept")]);
    assert_eq!(change(&site, &okta, skew).await.unwrap(), Some(2));
    let again = set(&[("policy.clock_skew_seconds", "60")]);
    assert_eq!(change(&site, &okta, again).await.unwrap(), None, "nothing differs");
    let keys = Update {
        add_certificates: vec![pem(&IDP_RSA_NEXT)],
        remove_keys: vec![sha256(&IDP_RSA)],
        name: Some("District".to_owned()),
        reason: Some("the key ends in May".to_owned()),
        ..Update::default()
    };
    assert_eq!(change(&site, &okta, keys).await.unwrap(), Some(3));
    assert!(!is_in(&site, &okta, &IDP_RSA).await, "out with the next message");
    assert!(is_in(&site, &okta, &IDP_RSA_NEXT).await);
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let id = okta.connection.id;
    assert_eq!(revision::roll_back(&site.gateway, &ctx, id, 1).await.unwrap(), Some(4));
    assert!(is_in(&site, &okta, &IDP_RSA).await && !is_in(&site, &okta, &IDP_RSA_NEXT).await);
    assert_eq!(revision::roll_back(&site.gateway, &ctx, id, 1).await.unwrap(), None);
    let all = revision::revisions(&site.gateway, &ctx, id).await.unwrap();
    let paths = |number: usize| all[number - 1].changed.iter().map(|at| at.path.as_str()).collect::<Vec<_>>();
    assert_eq!(paths(2), ["settings.idp_initiated", "settings.policy.clock_skew_seconds"]);
    assert!(
        paths(3).contains(&"name") && paths(3).iter().filter(|path| path.starts_with("keys.")).count() == 2
    );
    assert_eq!(all[2].reason.as_deref(), Some("the key ends in May"));
    assert!(all.iter().all(|revision| revision.actor == "command_line"));
    let settings =
        "SELECT COUNT(DISTINCT settings || facts) FROM connection_revisions WHERE revision IN (1, 4)";
    assert_eq!(site.count(settings).await, 2, "its reason differs");
    let settings = "SELECT COUNT(DISTINCT settings) FROM connection_revisions WHERE revision IN (1, 4)";
    assert_eq!(site.count(settings).await, 1, "equal to the old one");
    assert_eq!(site.count("SELECT COUNT(*) FROM events WHERE action = 'connection.updated'").await, 2);
    assert!(site.count("SELECT COUNT(*) FROM changes WHERE kind = 'connection'").await >= 4);
    assert!(revision::roll_back(&site.gateway, &ctx, id, 99).await.is_err());
}

async fn is_in(site: &Site, idp: &Idp, key: &'static TestKey) -> bool {
    test(site, idp, "", key).await.1.status == StatusCode::SEE_OTHER
}

#[tokio::test]
async fn what_a_connection_cannot_be_is_refused_and_nothing_changes() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let wrong = |input: Update| {
        let (site, okta) = (&site, &okta);
        async move { change(site, okta, input).await.unwrap_err().to_string() }
    };
    for (path, text, part) in [
        ("policy.skew", "1", "policy.skew: there is no field"),
        ("policy.relaxations", "[\"unsolicited\"]", "set IdP-initiated sign-in to accept"),
        ("sso_redirect_url", "http://idp.example/sso", "https"),
        ("sso_redirect_url", "null", "needs a sign-on address"),
        ("metadata", "{\"url\":\"ftp://idp.example/\"}", "web address"),
    ] {
        let error = wrong(set(&[(path, text)])).await;
        assert!(error.contains(part), "{path}: {error}");
    }
    let none = Update { remove_keys: vec![sha256(&IDP_RSA)], ..Update::default() };
    assert!(wrong(none).await.contains("at least one key"));
    let unknown = Update { remove_keys: vec!["00".to_owned()], ..Update::default() };
    assert!(wrong(unknown).await.contains("no trusted key"));
    let private =
        Update { add_certificates: vec![IDP_RSA.private_pem.as_bytes().to_vec()], ..Update::default() };
    assert!(wrong(private).await.contains("private key"));
    let sp = site.browser().get(&okta.path("metadata")).await.body.into_bytes();
    let pasted = Update { metadata: Some(sp), ..Update::default() };
    let error = wrong(pasted).await;
    assert!(error.contains("metadata_"), "{error}");
    let name = Update { name: Some(" ".to_owned()), ..Update::default() };
    assert!(wrong(name).await.contains("name"));
    assert_eq!(site.count("SELECT MAX(revision) FROM connections").await, 1);
    assert_eq!(site.count("SELECT COUNT(*) FROM events WHERE action = 'connection.updated'").await, 0);
    let ctx = site.gateway.ctx(Actor::Anonymous);
    let stranger = update(&site.gateway, &ctx, okta.connection.id, Update::default());
    assert!(matches!(stranger.await, Err(FlowError::Denied(_))));
}

#[tokio::test]
async fn a_draft_is_tested_before_people_sign_in_by_it() {
    let site = Site::https().await;
    let okta = draft(&site).await;
    let login = okta.path("login");
    assert_eq!(site.browser().get(&login).await.status, StatusCode::NOT_FOUND);
    assert!(activate(&site, &okta, None).await.is_err());
    let link = link(&site, &okta).await;
    // Only whoever has the link, and as long as it lasts.
    assert_eq!(site.browser().get(&login).await.status, StatusCode::NOT_FOUND);
    assert!(!site.browser().get("/signin/lincoln").await.body.contains(&login));
    let mut forged = link.clone();
    let last = forged.pop().unwrap();
    forged.push(if last == 'A' { 'B' } else { 'A' });
    for query in [forged.as_str(), "?test=", "?test=1"] {
        assert_eq!(
            site.browser().get(&format!("{login}{query}")).await.status,
            StatusCode::NOT_FOUND,
            "{query}"
        );
    }
    // A test that goes wrong shows why, and is none.
    let (_, page) = test(&site, &okta, &link, &ATTACKER_RSA).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.body.contains("signature_key_unknown") && page.body.contains("What to do"), "{}", page.body);
    assert!(page.body.contains("In Okta, go to Applications"), "{}", page.body);
    // The connection's product counts, whatever the entity ID looks like.
    change(&site, &okta, set(&[("product", "jumpcloud")])).await.unwrap();
    let (_, page) = test(&site, &okta, &link, &ATTACKER_RSA).await;
    assert!(page.body.contains("In JumpCloud, go to SSO Applications"), "{}", page.body);
    assert!(activate(&site, &okta, None).await.is_err());
    let (mut browser, page) = test(&site, &okta, &link, &IDP_RSA).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("The test went well"), "{}", page.body);
    assert_eq!(browser.session(), None);
    assert!(!Browser::is_signed_in(&browser.get("/me").await));
    let counts = ["SELECT COUNT(*) FROM sessions", "SELECT COUNT(*) FROM users"];
    assert_eq!((site.count(counts[0]).await, site.count(counts[1]).await), (0, 0));
    let tested = "SELECT COUNT(*) FROM attempts WHERE purpose = 'test' AND outcome = 'tested'";
    assert_eq!(site.count(tested).await, 1);
    // Of what was tested: another revision is another matter.
    change(&site, &okta, set(&[("policy.clock_skew_seconds", "60")])).await.unwrap();
    assert!(activate(&site, &okta, None).await.unwrap_err().to_string().contains("not tested as it is now"));
    test(&site, &okta, &link, &IDP_RSA).await;
    activate(&site, &okta, None).await.unwrap();
    assert!(is_in(&site, &okta, &IDP_RSA).await);
    // An active connection is tested the same way, and the link ends.
    assert!(test(&site, &okta, &link, &IDP_RSA).await.1.body.contains("The test went well"));
    assert_eq!(site.count(counts[0]).await, 1);
    site.clock.advance(86_400);
    assert_eq!(site.browser().get(&format!("{login}{link}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_test_lets_nobody_else_in() {
    let site = Site::https().await;
    let okta = draft(&site).await;
    let link = link(&site, &okta).await;
    change(&site, &okta, set(&[("idp_initiated", "accept")])).await.unwrap();
    let (mut browser, person) = (site.browser(), alice());
    let pending = browser.start_to(&okta, &link).await;
    // What nobody asked for, in the browser that is testing and in another.
    let unasked = site.answer(&okta, &person, None, |_| {});
    for browser in [&mut browser, &mut site.browser()] {
        let answer = browser.bring(&okta, &unasked, None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.body);
    }
    let message = site.answer(&okta, &person, Some(&pending.request_id), |_| {});
    assert!(
        browser.bring(&okta, &message, Some(&pending.relay_state)).await.body.contains("The test went well")
    );
    // The same once more signs nobody in either.
    let again = browser.bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_eq!((again.status, browser.session()), (StatusCode::FORBIDDEN, None));
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions").await, 0);
}

/// Nobody signs in by it yet, so nothing that nobody asked for begins a sign-in.
#[tokio::test]
async fn beside_a_test_nothing_is_begun_anew() {
    let site = Site::https().await;
    let okta = draft(&site).await;
    let link = link(&site, &okta).await;
    let mut browser = site.browser();
    browser.start_to(&okta, &link).await;
    let tile = site.answer(&okta, &alice(), None, |_| {});
    let answer = browser.bring(&okta, &tile, None).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    assert_eq!(site.text("SELECT code FROM attempts").await.as_deref(), Some("unsolicited"));
    assert_eq!(site.count("SELECT COUNT(*) FROM replays").await, 0, "nothing is used up");
}

#[tokio::test]
async fn without_a_test_it_takes_a_reason() {
    let site = Site::https().await;
    let okta = draft(&site).await;
    assert!(activate(&site, &okta, Some(" ")).await.is_err());
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let enabled = connection::switch(&site.gateway, &ctx, okta.connection.id, Switch::On).await;
    assert!(enabled.is_err(), "no way around it");
    activate(&site, &okta, Some("moved from another gateway")).await.unwrap();
    assert!(is_in(&site, &okta, &IDP_RSA).await);
}

#[tokio::test]
async fn what_is_retired_stays_so() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let ctx = || site.gateway.ctx(Actor::CommandLine);
    let id = okta.connection.id;
    lifecycle::retire(&site.gateway, &ctx(), id).await.unwrap();
    assert_eq!(site.browser().get(&okta.path("login")).await.status, StatusCode::NOT_FOUND);
    assert!(connection::switch(&site.gateway, &ctx(), id, Switch::On).await.is_err());
    assert!(activate(&site, &okta, Some("why not")).await.is_err());
    assert!(change(&site, &okta, set(&[("policy.clock_skew_seconds", "60")])).await.is_err());
    assert!(lifecycle::test(&site.gateway, &ctx(), id).await.is_err());
    let shown = show::show(&site.gateway, &ctx(), id).await.unwrap();
    assert_eq!(shown.json()["state"], "retired");
}

#[tokio::test]
async fn everything_about_a_connection_is_shown() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    is_in(&site, &okta, &IDP_RSA).await;
    change(&site, &okta, Update { add_certificates: vec![pem(&IDP_EC_P256)], ..Update::default() })
        .await
        .unwrap();
    let shown = show::show(&site.gateway, &site.gateway.ctx(Actor::CommandLine), okta.connection.id).await;
    let shown = shown.unwrap().json();
    assert_eq!((&shown["account"], &shown["revision"]), (&ACCOUNT.into(), &2.into()));
    assert_eq!(shown["settings"]["policy"]["clock_skew_seconds"], 180);
    let keys = shown["keys"].as_array().unwrap();
    assert_eq!(keys.iter().filter(|key| key["last_used_at"].is_null()).count(), 1, "{keys:?}");
}

#[tokio::test]
async fn a_disabled_account_is_shut() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    browser.sign_in(&site, &okta, &alice()).await;
    let ctx = || site.gateway.ctx(Actor::CommandLine);
    let (slug, state) =
        (ACCOUNT.parse().unwrap(), |state| account::Update { state: Some(state), ..Default::default() });
    account::update(&site.gateway, &ctx(), &slug, state(AccountState::Disabled)).await.unwrap();
    assert_eq!(site.browser().get(&okta.path("login")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.browser().get("/signin/lincoln").await.status, StatusCode::NOT_FOUND);
    assert!(!Browser::is_signed_in(&browser.get("/me").await), "sessions too");
    account::update(&site.gateway, &ctx(), &slug, state(AccountState::Active)).await.unwrap();
    assert!(is_in(&site, &okta, &IDP_RSA).await);
    let renamed = account::Update {
        slug: Some("lincoln-unified".parse().unwrap()),
        name: Some("Lincoln".to_owned()),
        external_id: Some("42".to_owned()),
        state: None,
        ..account::Update::default()
    };
    let view = account::update(&site.gateway, &ctx(), &slug, renamed).await.unwrap();
    assert_eq!((view.name.as_str(), view.external_id.as_deref()), ("Lincoln", Some("42")));
    assert!(account::show(&site.gateway, &ctx(), &slug).await.is_err(), "under its new name only");
    assert_eq!(account::list(&site.gateway, &ctx()).await.unwrap().len(), 1);
    assert_eq!(site.count("SELECT COUNT(*) FROM events WHERE action = 'account.updated'").await, 3);
    assert!(account::list(&site.gateway, &site.gateway.ctx(Actor::Anonymous)).await.is_err());
}

/// A contract: these two texts stand in identity providers' settings all over the world.
#[tokio::test]
async fn the_addresses_of_a_connection_are_agreed_on_once() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let (id, view) = (okta.connection.id, &okta.connection);
    assert_eq!(view.sp_entity_id, format!("https://sso.example.test/saml/{id}/metadata"));
    assert_eq!(view.acs_url, format!("https://sso.example.test/saml/{id}/acs"));
    // The installation moves.
    let mut inputs = site.inputs.clone();
    inputs.public_url = PublicUrl::parse("https://gate.example.test").unwrap();
    let moved = gatepost::flow::Gateway::new(site.storage.clone(), inputs);
    alias::remember(&moved, &moved.ctx(Actor::CommandLine)).await.unwrap();
    let router = http::router(moved.clone(), http::Options::default());
    let metadata =
        Browser::new(router.clone(), "https://gate.example.test").get(&okta.path("metadata")).await.body;
    let (old, new) = (&view.acs_url, format!("https://gate.example.test/saml/{id}/acs"));
    let (at_old, at_new) = (metadata.find(old.as_str()).unwrap(), metadata.find(&new).unwrap());
    assert!(metadata.contains(&view.sp_entity_id) && at_old < at_new, "{metadata}");
    // As long as it was tried out on somebody's own machine, everybody's machine had its address.
    let mut inputs = site.inputs.clone();
    inputs.public_url = PublicUrl::parse(LOOPBACK).unwrap();
    let before = gatepost::flow::Gateway::new(site.storage.clone(), inputs);
    alias::remember(&before, &before.ctx(Actor::CommandLine)).await.unwrap();
    let loopback = format!("{LOOPBACK}/saml/{id}/acs");
    let evil = "https://evil.example.test/acs";
    for (acs, is_ours) in [(old.as_str(), true), (&new, true), (&loopback, false), (evil, false)] {
        let (mut browser, person) = (Browser::new(router.clone(), "https://gate.example.test"), alice());
        let pending = browser.start(&okta).await;
        let message = site.answer(&okta, &person, Some(&pending.request_id), |request| request.acs_url = acs);
        let answer = browser.bring(&okta, &message, Some(&pending.relay_state)).await;
        assert_eq!(answer.status == StatusCode::SEE_OTHER, is_ours, "{acs}: {}", answer.body);
        site.clock.advance(1);
    }
    // An address of before that is given up is none of ours any more.
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let forget = async |url: &str| alias::forget(&site.gateway, &ctx, url).await;
    for url in ["https://never.example.test", site.url] {
        assert!(matches!(forget(url).await, Err(FlowError::Invalid(_))), "{url}");
    }
    // It has moved back, which a command with the other settings does not know.
    alias::remember(&site.gateway, &ctx).await.unwrap();
    assert!(matches!(alias::forget(&moved, &ctx, site.url).await, Err(FlowError::Invalid(_))));
    let found = check::check(&moved, &ctx, false).await.unwrap();
    let about: Vec<_> = found.iter().filter(|finding| finding.text.contains(site.url)).collect();
    let [told] = about.as_slice() else { panic!("{about:?}") };
    assert!(told.area == "addresses" && told.text.contains("last started as"), "{told:?}");
    forget("https://gate.example.test").await.unwrap();
    let (mut browser, person) = (site.browser(), alice());
    let pending = browser.start(&okta).await;
    let message = site.answer(&okta, &person, Some(&pending.request_id), |request| request.acs_url = &new);
    let refused = browser.bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    // Another connection's address is none of ours.
    let other = site.connect(Product::Google).await;
    let (mut browser, person) = (Browser::new(router, "https://gate.example.test"), alice());
    let pending = browser.start(&okta).await;
    let acs = format!("https://gate.example.test/saml/{}/acs", other.connection.id);
    let message = site.answer(&okta, &person, Some(&pending.request_id), |request| request.acs_url = &acs);
    assert_eq!(
        browser.bring(&okta, &message, Some(&pending.relay_state)).await.status,
        StatusCode::FORBIDDEN
    );
}

/// Identity providers that know no requests answer a test like anything else.
#[tokio::test]
async fn a_test_that_names_no_request_is_a_test_all_the_same() {
    let site = Site::https().await;
    let okta = draft(&site).await;
    change(&site, &okta, set(&[("idp_initiated", "accept")])).await.unwrap();
    let link = link(&site, &okta).await;
    for state in ["testing", "active"] {
        let (mut browser, person) = (site.browser(), alice());
        let pending = browser.start_to(&okta, &link).await;
        let message = site.answer(&okta, &person, None, |_| {});
        let answer = browser.bring(&okta, &message, Some(&pending.relay_state)).await;
        assert!(answer.body.contains("The test went well"), "{state}: {} {}", answer.status, answer.body);
        assert_eq!(browser.session(), None);
        assert_eq!(site.count("SELECT COUNT(*) FROM sessions").await, 0);
        if state == "testing" {
            activate(&site, &okta, None).await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_was_never_in_use_is_not_switched_on_by_switching_it_off() {
    let site = Site::https().await;
    let okta = draft(&site).await;
    let ctx = || site.gateway.ctx(Actor::CommandLine);
    for step in ["draft", "testing"] {
        let id = okta.connection.id;
        let _ = connection::switch(&site.gateway, &ctx(), id, Switch::Off).await;
        let _ = connection::switch(&site.gateway, &ctx(), id, Switch::On).await;
        assert_eq!(site.browser().get(&okta.path("login")).await.status, StatusCode::NOT_FOUND, "{step}");
        link(&site, &okta).await;
    }
}

/// As after an upgrade to a program that takes fewer patterns.
#[tokio::test]
async fn a_mapping_that_cannot_be_used_can_be_mended() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let broken = serde_json::json!({ "username": { "first_of": ["name_id"], "capture": "(" } });
    site.set(&okta, |settings| settings["mapping"] = broken).await;
    // Nobody signs in by it, and whoever looks after it sees to that.
    let refused = site.browser().sign_in(&site, &okta, &alice()).await;
    assert_eq!(refused.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(site.browser().get(&okta.path("metadata")).await.status, StatusCode::OK);
    site.set_state(&okta, ConnectionState::Disabled).await;
    site.set_state(&okta, ConnectionState::Active).await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    show::show(&site.gateway, &ctx, okta.connection.id).await.unwrap();
    let mended = set(&[("mapping.username.capture", "^[^@]+")]);
    assert_eq!(change(&site, &okta, mended).await.unwrap(), Some(2));
    assert!(is_in(&site, &okta, &IDP_RSA).await);
}

/// As after an upgrade to a program that refuses what it took before.
#[tokio::test]
async fn a_mapping_that_could_not_be_written_any_more_goes_on_as_it_is_stored() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let stored = serde_json::json!({
        "email": { "first_of": ["attribute:email", "constant:none@lincoln.example"] },
        "username": { "first_of": ["name_id"] },
    });
    site.set(&okta, |settings| settings["mapping"] = stored).await;
    assert!(is_in(&site, &okta, &IDP_RSA).await);
    let named = Update { name: Some("Lincoln".to_owned()), ..Update::default() };
    assert_eq!(change(&site, &okta, named).await.unwrap(), Some(2));
    assert!(is_in(&site, &okta, &IDP_RSA).await);
    let refused = change(&site, &okta, set(&[("mapping.username.capture", "^[^@]+")])).await.unwrap_err();
    assert!(refused.to_string().contains("names nobody"), "{refused}");
    let found = check::check(&site.gateway, &site.gateway.ctx(Actor::CommandLine), false).await.unwrap();
    let found: Vec<_> = found.iter().filter(|finding| finding.area == "connections").collect();
    let [told] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(told.level, check::Level::Notice);
    for part in [okta.connection.id.to_string().as_str(), "mapping.email.first_of[1]"] {
        assert!(told.text.contains(part), "{told:?}");
    }
}

#[tokio::test]
async fn who_is_erased_goes_out_of_tests_too() {
    let site = Site::https().await;
    let okta = draft(&site).await;
    let link = link(&site, &okta).await;
    let (_, page) = test(&site, &okta, &link, &IDP_RSA).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let id = site.text("SELECT id FROM attempts WHERE outcome = 'tested'").await.unwrap().parse().unwrap();
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let mapped = async || attempt::find(&site.gateway, &ctx, id).await.unwrap().stored.mapping;
    let slug: Slug = ACCOUNT.parse().unwrap();
    for (email, is_theirs) in
        [("bob@lincoln.example".to_owned(), false), (alice().email.to_uppercase(), true)]
    {
        let known = user::Changes { email: Some(email), ..user::Changes::default() };
        let made = user::Create { account: slug.clone(), known };
        let made = user::create(&site.gateway, &ctx, made).await.unwrap();
        assert!(mapped().await.is_some());
        let which = user::Which::Id(made.id);
        let receipt = user::erase(&site.gateway, &ctx, (&slug, &which)).await.unwrap();
        assert_eq!((receipt.erased.sign_ins, mapped().await.is_none()), (u64::from(is_theirs), is_theirs));
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM attempt_messages").await, 0);
}
