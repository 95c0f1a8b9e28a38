//! What every owner is told by mail because nobody may be looking, and passkeys of owners that others look after.

use gatepost::base::id::PasskeyId;
use gatepost::base::{Ctx, Instant};
use gatepost::directory::preset::Product;
use gatepost::directory::state::ConnectionState;
use gatepost::flow::connection::lifecycle::{self, Switch};
use gatepost::flow::connection::update::{self, Update};
use gatepost::flow::webhook::{self, Create};
use gatepost::flow::{FlowError, account, owner, passkey};
use gatepost::outbound::mail::Mailer;
use gatepost::storage::passkey::{Passkey, Whose};
use gatepost_saml::mint::keys::{ATTACKER_RSA, IDP_EC_P256, IDP_RSA_NEXT, TestKey};
use serde_json::json;

use crate::browser::{Browser, From};
use crate::site::{ACCOUNT, HTTPS, Idp, Site, alice, ctx, slug};

const MAILS: &str = "SELECT COUNT(*) FROM mails";

/// A site that sends mail, with an owner who has an address.
async fn with_owner(email: &str) -> (Site, Browser) {
    let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await;
    let invited = owner::invite(&site.gateway, &ctx(&site), &slug(), (email, None)).await.unwrap();
    let browser = site.open(&invited).await;
    (site, browser)
}

pub async fn signed_by_a_stranger(site: &Site, idp: &Idp, key: &'static TestKey) {
    let mut browser = site.browser();
    let pending = browser.start(idp).await;
    let message = site.answer(idp, &alice(), Some(&pending.request_id), |request| {
        request.options.key = Some(key);
    });
    browser.bring(idp, &message, Some(&pending.relay_state)).await;
}

#[tokio::test]
async fn a_certificate_that_waits_is_told_once() {
    let (site, _) = with_owner("o@lincoln.example").await;
    let okta = site.connect(Product::Okta).await;
    let before = site.count(MAILS).await;
    for _ in 0..3 {
        signed_by_a_stranger(&site, &okta, &IDP_RSA_NEXT).await;
    }
    assert_eq!(site.count(MAILS).await, before + 1);
    signed_by_a_stranger(&site, &okta, &ATTACKER_RSA).await;
    let seen = "SELECT COUNT(*) FROM events WHERE action = 'connection.key_unknown'";
    assert_eq!(site.count(seen).await, 1);
    assert_eq!(site.count(MAILS).await, before + 1, "who makes many keys does not make many mails");
}

#[tokio::test]
async fn a_webhook_that_goes_is_told_and_those_of_a_deleted_account_go_with_it() {
    let (site, _) = with_owner("o@lincoln.example").await;
    let router = axum::Router::new().fallback(|| async { axum::http::StatusCode::GONE });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let hook = |url: &str| Create {
        account: slug(),
        url: url.to_owned(),
        name: "Roster".to_owned(),
        types: "user.*".parse().unwrap(),
    };
    let (made, _) = webhook::create(&site.gateway, &ctx(&site), hook(&url)).await.unwrap();
    webhook::test(&site.gateway, &ctx(&site), made.id).await.unwrap();
    let before = site.count(MAILS).await;
    while gatepost::jobs::webhooks(&site.gateway).await {}
    assert_eq!(site.count(MAILS).await, before + 1, "every owner is told");
    let told = "SELECT COUNT(*) FROM events WHERE action = 'webhook.switched_off'";
    assert_eq!(site.count(told).await, 1);

    webhook::create(&site.gateway, &ctx(&site), hook("http://127.0.0.1:9/")).await.unwrap();
    account::delete(&site.gateway, &ctx(&site), &slug()).await.unwrap();
    assert_eq!(site.count("SELECT COUNT(*) FROM webhook_endpoints").await, 0);
    assert_eq!(site.count("SELECT COUNT(*) FROM webhook_deliveries").await, 0);
}

#[tokio::test]
async fn of_what_is_in_use_name_and_state_are_seen_behind_a_setup_link() {
    let (site, _) = with_owner("o@lincoln.example").await;
    let okta = site.connect(Product::Okta).await;
    let id = okta.connection.id;
    site.set_state(&okta, ConnectionState::Testing).await;
    let mut visitor = site.open(&site.setup_link_with("sso", Some(id)).await).await;
    let open = visitor.get(&format!("/setup-sso/{id}")).await;
    assert!(open.body.contains(&format!("/setup-sso/{id}/settings")), "{}", open.body);
    let token = open.between("name=\"token\" value=\"", "\"").to_owned();
    let before = site.count(MAILS).await;
    // As it is after a test that went well: the command line's word stands for it here.
    let why = Some("tried by hand");
    lifecycle::activate(&site.gateway, &ctx(&site), id, why).await.unwrap();
    assert_eq!(site.count(MAILS).await, before, "nobody behind a link did that");
    let locked = visitor.get(&format!("/setup-sso/{id}")).await;
    assert_eq!(locked.status, 200);
    assert!(locked.body.contains("This connection is in use."), "{}", locked.body);
    assert!(!locked.body.contains(okta.personality.addresses.entity_id), "{}", locked.body);
    for gone in ["/settings", "/history", "/certificates", "/steps", "/disable", "/test", "/retire"] {
        assert!(!locked.body.contains(&format!("/setup-sso/{id}{gone}\"")), "{gone}");
    }
    for page in ["settings", "history", "certificates", "steps"] {
        let back = visitor.get(&format!("/setup-sso/{id}/{page}")).await;
        assert_eq!(back.location(), Some(format!("/setup-sso/{id}").as_str()), "{page}");
    }
    let form = [("token", token.as_str())];
    for below in ["test", "settings", "certificates", "paste", "own-keys/rotate", "activate"] {
        let back = visitor.post(&format!("/setup-sso/{id}/{below}"), &form, From::ThisSite).await;
        assert_eq!(back.location(), Some(format!("/setup-sso/{id}").as_str()), "{below}: {}", back.body);
    }
}

/// A test sign-in that went well.
async fn tested(site: &Site, idp: &Idp) {
    let link = lifecycle::test(&site.gateway, &ctx(site), idp.connection.id).await.unwrap();
    let mut browser = site.browser();
    let query = &link.url[link.url.find('?').unwrap()..];
    let pending = browser.start_to(idp, query).await;
    let message = site.answer(idp, &alice(), Some(&pending.request_id), |_| {});
    let tested = browser.bring(idp, &message, Some(&pending.relay_state)).await;
    assert!(tested.body.contains("The test went well"), "{}", tested.body);
}

#[tokio::test]
async fn a_visitor_who_activates_is_told_of() {
    let (site, _) = with_owner("o@lincoln.example").await;
    let okta = site.connect(Product::Okta).await;
    let id = okta.connection.id;
    site.set_state(&okta, ConnectionState::Testing).await;
    tested(&site, &okta).await;
    let mut visitor = site.open(&site.setup_link_with("sso", Some(id)).await).await;
    let open = visitor.get(&format!("/setup-sso/{id}")).await;
    let token = open.between("name=\"token\" value=\"", "\"").to_owned();
    let before = site.count(MAILS).await;
    let form = [("token", token.as_str())];
    let done = visitor.post(&format!("/setup-sso/{id}/activate"), &form, From::ThisSite).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!(site.count(MAILS).await, before + 1);
}

/// Its identity provider speaks for the account's domains; whoever may make owners needs no such way.
#[tokio::test]
async fn a_key_that_brings_a_connection_into_use_is_told_of() {
    let (site, _) = with_owner("o@lincoln.example").await;
    let okta = site.connect(Product::Okta).await;
    let id = okta.connection.id;
    let alone = site.key("connections:write").await;
    let with_owners = site.key("connections:write owners:write").await;
    site.set_state(&okta, ConnectionState::Testing).await;
    tested(&site, &okta).await;
    for (by, told) in [(&alone, 1), (&with_owners, 0)] {
        let before = site.count(MAILS).await;
        site.set_state(&okta, ConnectionState::Testing).await;
        lifecycle::activate(&site.gateway, by, id, None).await.unwrap();
        assert_eq!(site.count(MAILS).await, before + told);
        // Nor is it switched on again unseen: it may have been changed meanwhile.
        site.set_state(&okta, ConnectionState::Disabled).await;
        lifecycle::switch(&site.gateway, by, id, Switch::On).await.unwrap();
        assert_eq!(site.count(MAILS).await, before + 2 * told);
    }
}

/// That brings an identity provider of the key's own into use, without a test.
#[tokio::test]
async fn a_key_that_changes_whom_a_connection_in_use_believes_is_told_of() {
    let (site, _) = with_owner("o@lincoln.example").await;
    let okta = site.connect(Product::Okta).await;
    let alone = site.key("connections:write").await;
    let with_owners = site.key("connections:write owners:write").await;
    let add = |key: &TestKey| Update {
        add_certificates: vec![key.certificate_pem.as_bytes().to_vec()],
        ..Update::default()
    };
    let told = async |by: &Ctx, input: Update| {
        let before = site.count(MAILS).await;
        update::update(&site.gateway, by, okta.connection.id, input).await.unwrap();
        site.count(MAILS).await - before
    };
    let named = Update { name: Some("Staff".to_owned()), ..Update::default() };
    assert_eq!(told(&alone, named).await, 0, "whom it believes stays");
    assert_eq!(told(&with_owners, add(&IDP_RSA_NEXT)).await, 0);
    assert_eq!(told(&alone, add(&ATTACKER_RSA)).await, 1);
    // So it is where people are sent, and whom what is said leads to; and of each connection and key once a day.
    let set = |path: &str, value: &str| {
        let set = vec![(path.to_owned(), value.to_owned())];
        Update { set, ..Update::default() }
    };
    assert_eq!(told(&alone, set("force_authn", "true")).await, 0, "later that day");
    assert_eq!(told(&site.key("connections:write").await, set("force_authn", "false")).await, 1);
    for (path, value) in [("sso_redirect_url", "https://idp.example/elsewhere"), ("link_by_email", "true")] {
        site.clock.advance(86_400);
        let later = site.gateway.ctx(alone.actor);
        assert_eq!(told(&later, set(path, value)).await, 1, "{path}");
    }
    site.set_state(&okta, ConnectionState::Testing).await;
    assert_eq!(told(&alone, add(&IDP_EC_P256)).await, 0, "nobody signs in by it");
}

/// Nobody is kept from it, whoever may; and there is no way back.
#[tokio::test]
async fn that_a_connection_is_given_up_that_was_in_use_is_told() {
    let (site, _) = with_owner("o@lincoln.example").await;
    for (product, state, told) in [
        (Product::Okta, ConnectionState::Active, 1),
        (Product::Google, ConnectionState::Disabled, 1),
        (Product::Canvas, ConnectionState::Testing, 0),
    ] {
        let idp = site.connect(product).await;
        site.set_state(&idp, state).await;
        let before = site.count(MAILS).await;
        for _ in 0..2 {
            lifecycle::retire(&site.gateway, &ctx(&site), idp.connection.id).await.unwrap();
        }
        assert_eq!(site.count(MAILS).await, before + told, "{}", state.name());
    }
}

/// A passkey of the first owner that no browser has made: what is looked after here is not what it answers.
pub async fn registered(site: &Site) -> PasskeyId {
    let user = site.text("SELECT id FROM users WHERE role = 'owner' ORDER BY id LIMIT 1").await.unwrap();
    let account = account::show(&site.gateway, &ctx(site), &slug()).await.unwrap().id;
    let mut tx = site.storage.write().await.unwrap();
    let keys = site.storage.keys(&mut tx, account).await.unwrap();
    let new = Passkey {
        whose: Whose::User(account, user.parse().unwrap()),
        id: PasskeyId::make(site.clock.now(), &site.rng),
        credential_key: [7; 32],
        credential: b"{}".to_vec().into(),
        name: "Ada's key".to_owned(),
        created_at: Instant::from_seconds(1_772_445_630),
        last_used_at: None,
    };
    gatepost::storage::passkey::insert(&mut tx, &new, &keys, &site.rng).await.unwrap();
    tx.commit().await.unwrap();
    new.id
}

#[tokio::test]
async fn owners_see_and_remove_each_others_passkeys() {
    let (site, _first) = with_owner("ada@lincoln.example").await;
    let id = registered(&site).await;
    let invited = owner::invite(&site.gateway, &ctx(&site), &slug(), ("ben@lincoln.example", None)).await;
    let mut second = site.open(&invited.unwrap()).await;
    let page = second.get("/console/at/lincoln/owners").await;
    assert!(page.body.contains("Ada&#39;s key"), "{}", page.body);
    assert!(page.body.contains("ada@lincoln.example"));
    let token = page.between("name=\"token\" value=\"", "\"").to_owned();
    let before = site.count(MAILS).await;
    let remove = format!("/console/at/lincoln/owners/passkeys/{id}/remove");
    let done = second.post(&remove, &[("token", token.as_str())], From::ThisSite).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!(site.count(MAILS).await, before + 2, "both owners are told");
    assert_eq!(site.count("SELECT COUNT(*) FROM events WHERE action = 'passkey.removed'").await, 1);
    let again = second.post(&remove, &[("token", token.as_str())], From::ThisSite).await;
    assert_eq!(again.status, 404);

    let id = registered(&site).await;
    let mut program = crate::api::program(&site, Some(ACCOUNT), "owners:write").await;
    let listed = crate::api::read(&program.get("/api/v1/accounts/lincoln/passkeys").await);
    assert_eq!(listed["data"][0]["id"], json!(id.to_string()), "{listed}");
    let one = format!("/api/v1/accounts/lincoln/passkeys/{id}");
    assert_eq!(crate::api::ask(&mut program, ("DELETE", &one), &[], None).await.status, 204);
}

#[tokio::test]
async fn an_operators_link_leaves_no_passkey_behind() {
    let (site, mut own) = with_owner("ada@lincoln.example").await;
    assert!(own.get("/console/passkeys").await.body.contains("data-passkey=\"create\""));
    let to = (&slug(), "ada@lincoln.example");
    let glass = owner::break_glass(&site.gateway, &ctx(&site), to, "Okta is down").await.unwrap();
    let entered = site.enter(&glass).await.unwrap();
    let as_owner = site.gateway.ctx(site.who(&entered).await.unwrap());
    let by = Some(entered.token.hash());
    assert!(!passkey::may_register(&site.gateway, &as_owner, by).await.unwrap());
    let named = ("stays", by);
    let refused = passkey::finish_registration(&site.gateway, &as_owner, ("x", "{}"), named).await;
    assert!(matches!(refused, Err(FlowError::Denied(_))), "{refused:?}");
    let other = passkey::finish_registration(&site.gateway, &as_owner, ("x", "{}"), ("x", None)).await;
    assert!(
        matches!(other, Err(FlowError::Invalid(_))),
        "by another session it is a matter of the answer: {other:?}"
    );
}
