//! Names and addresses of before: connections that identity providers know by one entity ID and one ACS, as a product had
//! them that was there earlier. Each answer finds its connection and is judged by it alone, or is refused.

use axum::http::StatusCode;
use axum::http::header::CONTENT_SECURITY_POLICY;
use gatepost::base::Actor;
use gatepost::base::url::PublicUrl;
use gatepost::directory::preset::{IdpInitiated, Product};
use gatepost::flow::connection::update::{Update, update};
use gatepost::flow::connection::{self, Create, ServiceProvider, alias, lifecycle};
use gatepost::flow::{FlowError, Gateway};
use gatepost_saml::mint::{Personality, keys};
use serde_json::{Value, json};

use crate::browser::{Answer, Browser, From};
use crate::cli::{gatepost, refusal};
use crate::site::{ACCOUNT, HTTPS, Idp, Site, alice, entered};

/// What one product of before had for all of its customers.
const SHARED: &str = "https://saml.old.example";
const PATH: &str = "/api/oauth/saml";

/// A connection that was somewhere else before.
async fn take_over(
    site: &Site,
    account: &str,
    (product, idp_initiated): (Product, Option<IdpInitiated>),
    (sp_entity_id, acs_url): (&str, &str),
) -> Result<Idp, FlowError> {
    let personality = Personality::named(product.name()).unwrap();
    let input = Create {
        account: account.parse().unwrap(),
        name: None,
        product,
        idp: entered(personality),
        subject: None,
        idp_initiated,
        policy: None,
        service_provider: Some(ServiceProvider {
            entity_id: sp_entity_id.to_owned(),
            acs_url: acs_url.to_owned(),
            decryption_keys: Vec::new(),
            key_pair: None,
        }),
    };
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let (connection, _) = connection::create(&site.gateway, &ctx, input).await?;
    Ok(Idp { personality, connection })
}

/// One that shares name and address with others.
async fn share(site: &Site, account: &str, product: Product) -> Idp {
    let shared = format!("https://old.example{PATH}");
    take_over(site, account, (product, None), (SHARED, &shared)).await.unwrap()
}

async fn two_accounts() -> (Site, Idp, Idp) {
    let site = Site::https().await;
    site.make_account("riverside", "Riverside Unified").await;
    let lincoln = share(&site, ACCOUNT, Product::Okta).await;
    let riverside = share(&site, "riverside", Product::Google).await;
    (site, lincoln, riverside)
}

async fn bring(browser: &mut Browser, path: &str, message: &str, relay_state: Option<&str>) -> Answer {
    let mut form = vec![("SAMLResponse", message)];
    form.extend(relay_state.map(|value| ("RelayState", value)));
    browser.post(path, &form, From::AnotherSite).await
}

async fn account_of_session(site: &Site) -> Option<String> {
    let of =
        "SELECT a.slug FROM sessions s JOIN accounts a ON a.id = s.account_id ORDER BY s.id DESC LIMIT 1";
    site.text(of).await
}

fn assert_not_routed(answer: &Answer, code: &str) {
    let lead = match code {
        "sender_unknown" => "nobody has set it up here",
        _ => "belongs to more than one sign-in",
    };
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    assert!(answer.body.contains(lead), "{code}: {}", answer.body);
}

async fn assert_nothing_happened(site: &Site) {
    for table in ["attempts", "sessions", "users", "replays", "consumed_requests", "attempt_messages"] {
        assert_eq!(site.count(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
    }
}

#[tokio::test]
async fn one_name_and_one_address_lead_to_each_ones_own_account() {
    let (site, lincoln, riverside) = two_accounts().await;
    assert_eq!(lincoln.connection.sp_entity_id, riverside.connection.sp_entity_id);
    assert_eq!(lincoln.connection.acs_url, riverside.connection.acs_url);
    for (idp, account) in [(&lincoln, ACCOUNT), (&riverside, "riverside")] {
        for keeps_relay_state in [true, false] {
            site.clock.advance(1);
            let mut browser = site.browser();
            let pending = browser.start(idp).await;
            assert!(pending.relay_state.len() <= 80, "saml-bindings 3.5.3");
            let message = site.answer(idp, &alice(), Some(&pending.request_id), |_| {});
            let relay_state = keeps_relay_state.then_some(pending.relay_state.as_str());
            let answer = bring(&mut browser, PATH, &message, relay_state).await;
            assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
            assert_eq!(account_of_session(&site).await.as_deref(), Some(account));
        }
    }
}

#[tokio::test]
async fn from_another_host_it_goes_on_to_where_the_browser_is_known() {
    let (site, lincoln, _) = two_accounts().await;
    let mut browser = site.browser();
    let pending = browser.start_to(&lincoln, "?return_to=/courses").await;
    let message = site.answer(&lincoln, &alice(), Some(&pending.request_id), |_| {});
    // There the browser has none of our cookies.
    let mut there = site.browser();
    let page = bring(&mut there, PATH, &message, Some(&pending.relay_state)).await;
    assert_eq!(page.status, StatusCode::OK);
    let own = lincoln.path("acs");
    assert_eq!(page.between("action=\"", "\""), format!("{HTTPS}{own}"));
    let policy = page.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains(&format!("form-action https: {HTTPS}")), "{policy}");
    assert_nothing_happened(&site).await;
    let form = [("SAMLResponse", message.as_str()), ("RelayState", &pending.relay_state), ("again", "1")];
    let answer = browser.post(&own, &form, From::AnotherSite).await;
    assert_eq!(answer.location(), Some("/courses"), "{}", answer.body);
}

#[tokio::test]
async fn what_nobody_asked_for_finds_its_connection_by_its_issuer() {
    let (site, lincoln, _) = two_accounts().await;
    let shared = format!("https://old.example{PATH}");
    let portal = (Product::Clever, Some(IdpInitiated::Accept));
    let clever = take_over(&site, "riverside", portal, (SHARED, &shared)).await.unwrap();
    // A browser that was here before.
    let mut browser = site.browser();
    browser.start(&lincoln).await;
    let tile = site.answer(&lincoln, &alice(), None, |_| {});
    let answer = bring(&mut browser, PATH, &tile, Some("/courses")).await;
    assert!(answer.body.contains("SAMLRequest="), "begun anew: {}", answer.body);
    let handle = answer.between("RelayState=", "\"").split('&').next().unwrap().to_owned();
    assert!(handle.starts_with("_r") && handle.len() <= 80, "{handle}");
    let message = site.answer(&lincoln, &alice(), Some(&handle), |_| {});
    let answer = bring(&mut browser, PATH, &message, Some(&handle)).await;
    assert_eq!(answer.location(), Some("/courses"), "{}", answer.body);
    assert_eq!(account_of_session(&site).await.as_deref(), Some(ACCOUNT));

    site.clock.advance(1);
    let mut browser = site.browser();
    browser.start(&clever).await;
    let tile = site.answer(&clever, &alice(), None, |_| {});
    let answer = bring(&mut browser, PATH, &tile, None).await;
    assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
    assert_eq!(account_of_session(&site).await.as_deref(), Some("riverside"));
}

#[tokio::test]
async fn an_address_of_another_account_is_no_way_in() {
    let site = Site::https().await;
    site.make_account("riverside", "Riverside Unified").await;
    let realm = "https://login.old.example/realms/r";
    let acs = |alias: &str| format!("{realm}/broker/{alias}/endpoint");
    let (okta, google) = ((Product::Okta, None), (Product::Google, None));
    let lincoln = take_over(&site, ACCOUNT, okta, (realm, &acs("lincoln"))).await.unwrap();
    let riverside = take_over(&site, "riverside", google, (realm, &acs("riverside"))).await.unwrap();
    let (hers, theirs) = ("/realms/r/broker/lincoln/endpoint", "/realms/r/broker/riverside/endpoint");
    let mut browser = site.browser();
    let pending = browser.start(&lincoln).await;
    let request = Some(pending.request_id.as_str());
    let good = site.answer(&lincoln, &alice(), request, |_| {});
    // The right message at the other's address, whatever it says it answers; and one that was made for that address.
    let other_acs = acs("riverside");
    let crossing = site.answer(&lincoln, &alice(), request, |request| request.acs_url = &other_acs);
    for message in [&good, &crossing, &site.answer(&lincoln, &alice(), None, |_| {})] {
        let answer = bring(&mut browser, theirs, message, Some(&pending.relay_state)).await;
        assert_not_routed(&answer, "sender_unknown");
    }
    // At the right address it is judged by that address alone.
    assert_nothing_happened(&site).await;
    let answer = bring(&mut browser, hers, &crossing, Some(&pending.relay_state)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(site.text("SELECT code FROM attempts").await.as_deref(), Some("destination_mismatch"));
    // Riverside's sign-in is Riverside's, whoever's request it names.
    let message = site.answer(&riverside, &alice(), request, |_| {});
    let answer = bring(&mut browser, theirs, &message, Some(&pending.relay_state)).await;
    assert!(answer.body.contains("SAMLRequest="), "begun anew: {}", answer.body);
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions").await, 0);
    // And nothing was used up.
    let answer = bring(&mut browser, hers, &good, Some(&pending.relay_state)).await;
    assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
    assert_eq!(account_of_session(&site).await.as_deref(), Some(ACCOUNT));
}

#[tokio::test]
async fn a_claim_leads_to_its_connection_and_no_further() {
    let (site, lincoln, riverside) = two_accounts().await;
    let mut browser = site.browser();
    let pending = browser.start(&riverside).await;
    let request = Some(pending.request_id.as_str());
    // Somebody else's key under Riverside's name; Lincoln's own message in answer to Riverside's request.
    let forged = site.answer(&riverside, &alice(), request, |message| {
        message.options.key = Some(&keys::ATTACKER_RSA);
    });
    let foreign = site.answer(&lincoln, &alice(), request, |_| {});
    let own = format!("{HTTPS}{}", riverside.path("metadata"));
    let audience = site.answer(&riverside, &alice(), request, |message| message.sp_entity_id = &own);
    for (message, code) in
        [(forged, "signature_key_unknown"), (foreign, "issuer_mismatch"), (audience, "audience_mismatch")]
    {
        site.clock.advance(1);
        let answer = bring(&mut browser, PATH, &message, Some(&pending.relay_state)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
        let last = "SELECT a.code || ' ' || c.slug FROM attempts a JOIN accounts c ON c.id = a.account_id
            ORDER BY a.id DESC LIMIT 1";
        assert_eq!(site.text(last).await, Some(format!("{code} riverside")));
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions").await, 0);
    assert_eq!(
        site.count(
            "SELECT COUNT(*) FROM attempt_messages m JOIN attempts a ON a.id = m.attempt_id
        WHERE a.code = 'issuer_mismatch'"
        )
        .await,
        0,
        "of another account's message nothing is kept"
    );
}

#[tokio::test]
async fn of_two_none_is_taken_unless_the_request_says_which() {
    let site = Site::https().await;
    site.make_account("riverside", "Riverside Unified").await;
    let shared = format!("https://old.example{PATH}");
    let okta = (Product::Okta, None);
    let lincoln = take_over(&site, ACCOUNT, okta, ("urn:old:lincoln", &shared)).await.unwrap();
    let riverside = take_over(&site, "riverside", okta, ("urn:old:riverside", &shared)).await.unwrap();
    let mut browser = site.browser();
    browser.start(&lincoln).await;
    let tile = site.answer(&lincoln, &alice(), None, |_| {});
    assert_not_routed(&bring(&mut browser, PATH, &tile, None).await, "sender_ambiguous");
    assert_nothing_happened(&site).await;
    for (idp, account) in [(&lincoln, ACCOUNT), (&riverside, "riverside")] {
        site.clock.advance(1);
        let mut browser = site.browser();
        let pending = browser.start(idp).await;
        let message = site.answer(idp, &alice(), Some(&pending.request_id), |_| {});
        let answer = bring(&mut browser, PATH, &message, None).await;
        assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
        assert_eq!(account_of_session(&site).await.as_deref(), Some(account));
    }
    // What is retired is nobody's any more.
    let ctx = site.gateway.ctx(Actor::CommandLine);
    lifecycle::retire(&site.gateway, &ctx, riverside.connection.id).await.unwrap();
    let mut browser = site.browser();
    browser.start(&lincoln).await;
    let answer = bring(&mut browser, PATH, &tile, None).await;
    assert!(answer.body.contains("SAMLRequest="), "begun anew: {}", answer.body);
}

#[tokio::test]
async fn nobody_else_gets_between_the_same_two_names() {
    let (site, lincoln, riverside) = two_accounts().await;
    let elsewhere = "https://old.example/another";
    let before = site.count("SELECT COUNT(*) FROM service_providers").await;
    for acs_url in [lincoln.connection.acs_url.as_str(), elsewhere] {
        for account in [ACCOUNT, "riverside"] {
            let made = take_over(&site, account, (Product::Okta, None), (SHARED, acs_url)).await;
            let Err(FlowError::Invalid(sentence)) = made.map(|idp| idp.connection.id) else { panic!("made") };
            assert!(sentence.english().contains("another connection stands between"), "{sentence:?}");
        }
    }
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let entity_id = Some(lincoln.connection.idp_entity_id.clone());
    let moved = Update { idp_entity_id: entity_id, ..Update::default() };
    let moved = update(&site.gateway, &ctx, riverside.connection.id, moved).await;
    assert!(matches!(moved, Err(FlowError::Invalid(_))), "{moved:?}");
    assert_eq!(site.count("SELECT COUNT(*) FROM service_providers").await, before, "nothing half-written");
    // Once the one is retired, another may take its place.
    lifecycle::retire(&site.gateway, &ctx, lincoln.connection.id).await.unwrap();
    share(&site, "riverside", Product::Okta).await;
}

/// Whoever moves a connection there could take the answers of somebody else's identity provider.
#[tokio::test]
async fn at_a_shared_address_operators_alone_say_whose_the_answers_are() {
    let (site, lincoln, _) = two_accounts().await;
    let id = lincoln.connection.id;
    let moved = || Update { idp_entity_id: Some("urn:mine".to_owned()), ..Update::default() };
    let as_key = site.key("connections:write owners:write").await;
    let denied = update(&site.gateway, &as_key, id, moved()).await;
    assert!(matches!(denied, Err(FlowError::Denied(_))), "{denied:?}");
    let named = Update { name: Some("Staff".to_owned()), ..Update::default() };
    assert_eq!(update(&site.gateway, &as_key, id, named).await.unwrap().0, Some(2), "all else is theirs");
    let ctx = site.gateway.ctx(Actor::CommandLine);
    assert_eq!(update(&site.gateway, &ctx, id, moved()).await.unwrap().0, Some(3));
}

#[tokio::test]
async fn what_is_no_ones_address_is_nothing() {
    let (site, lincoln, _) = two_accounts().await;
    let mut browser = site.browser();
    let message = site.answer(&lincoln, &alice(), None, |_| {});
    for path in ["/api/oauth/saml/", "/api/oauth", "/API/oauth/saml", "/saml/acs", "/saml/conn_1/acs"] {
        assert_eq!(bring(&mut browser, path, &message, None).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(browser.get(PATH).await.status, StatusCode::NOT_FOUND);
    let stranger = Personality::named("entra").unwrap();
    let stranger = Idp { personality: stranger, connection: lincoln.connection.clone() };
    let unknown = site.answer(&stranger, &alice(), None, |_| {});
    for message in [unknown.as_str(), "", "PHg+", "%"] {
        let answer = bring(&mut browser, PATH, message, None).await;
        assert_not_routed(&answer, "sender_unknown");
    }
    let answer = browser.post_body(PATH, "{}").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_nothing_happened(&site).await;
}

#[tokio::test]
async fn addresses_that_look_like_ours_are_led_too() {
    let site = Site::https().await;
    for (product, path) in [(Product::Okta, "/saml/acs"), (Product::Google, "/saml/lincoln/acs")] {
        let acs = format!("https://old.example{path}");
        let idp = take_over(&site, ACCOUNT, (product, None), (&acs, &acs)).await.unwrap();
        let mut browser = site.browser();
        let pending = browser.start(&idp).await;
        let message = site.answer(&idp, &alice(), Some(&pending.request_id), |_| {});
        let answer = bring(&mut browser, path, &message, Some(&pending.relay_state)).await;
        assert_eq!(answer.location(), Some("/me"), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn addresses_of_before_are_listed_and_given_up_by_command_line() {
    let site = Site::https().await;
    let old = "https://old.example.test";
    let inputs = gatepost::flow::Inputs { public_url: PublicUrl::parse(old).unwrap(), ..site.inputs.clone() };
    let before = Gateway::new(site.storage.clone(), inputs);
    for gateway in [&before, &site.gateway] {
        site.clock.advance(1);
        alias::remember(gateway, &gateway.ctx(Actor::CommandLine)).await.unwrap();
    }
    let command = |arguments: &[&str]| {
        let mut command = gatepost(&site.folder.0);
        command.env("GATEPOST__DATA_DIR", &site.folder.0).args(arguments).output().unwrap()
    };
    let listed = String::from_utf8(command(&["address", "list", "--json"]).stdout).unwrap();
    let listed: Vec<Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let present = json!({ "url": HTTPS, "served": "now" });
    assert_eq!(listed, [json!({ "url": old, "served": "before" }), present]);
    // What only looks names it, and gives nothing up.
    let found = String::from_utf8(command(&["check"]).stdout).unwrap();
    assert!(found.contains(old) && found.contains("gatepost address forget"), "{found}");
    assert_eq!(command(&["check", "--forget-address", old]).status.code(), Some(2));
    assert_eq!(site.count("SELECT COUNT(*) FROM public_urls").await, 2);

    assert!(refusal(&command(&["address", "forget", HTTPS])).contains("is the present address"));
    assert_eq!(command(&["address", "forget", old]).status.code(), Some(0));
    assert!(refusal(&command(&["address", "forget", old])).contains("nothing was ever served as"));
    assert_eq!(site.text("SELECT url FROM public_urls").await.as_deref(), Some(HTTPS));
}
