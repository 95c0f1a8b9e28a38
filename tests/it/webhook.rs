//! Webhooks: what is told, to whom, how it is signed, tried again and given up.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use gatepost::base::Actor;
use gatepost::base::id::WebhookId;
use gatepost::directory::preset::Product;
use gatepost::directory::state::{DeliveryState, UserState, WebhookState};
use gatepost::flow::FlowError;
use gatepost::flow::connection::{Switch, lifecycle, revision, update};
use gatepost::flow::user::{self, Which};
use gatepost::flow::webhook::{self, Create, message};
use gatepost::jobs;
use gatepost::outbound::{Client, Options};
use gatepost::storage::webhook as stored;
use gatepost_saml::mint::Person;
use gatepost_saml::mint::keys::IDP_RSA_NEXT;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::api::{at, done, listed};
use crate::browser::Browser;
use crate::site::{ACCOUNT, HTTPS, Site, alice, bjoern};

/// The heads of a request, and its body.
type Got = (BTreeMap<String, String>, String);

/// What an account's own program got, and what it answers.
#[derive(Clone, Default)]
struct Receiver {
    got: Arc<Mutex<Vec<Got>>>,
    status: Arc<Mutex<u16>>,
}

impl Receiver {
    /// Listens on this machine; where.
    async fn listen(&self) -> String {
        async fn take(
            State(receiver): State<Receiver>,
            headers: HeaderMap,
            body: Bytes,
        ) -> (StatusCode, &'static str) {
            let headers =
                headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
            let body = String::from_utf8(body.to_vec()).unwrap();
            receiver.got.lock().unwrap().push((headers.collect(), body));
            let status = *receiver.status.lock().unwrap();
            (StatusCode::from_u16(if status == 0 { 200 } else { status }).unwrap(), "thank you")
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/hook", post(take)).with_state(self.clone());
        tokio::spawn(serve(listener, router));
        format!("http://{address}/hook")
    }

    fn answers(&self, status: u16) {
        *self.status.lock().unwrap() = status;
    }

    fn take(&self) -> Vec<(BTreeMap<String, String>, Value)> {
        let got = std::mem::take(&mut *self.got.lock().unwrap());
        got.into_iter().map(|(headers, body)| (headers, serde_json::from_str(&body).unwrap())).collect()
    }

    /// What it heard, sorted; each signed with `secret`.
    fn heard(&self, secret: &str) -> Vec<String> {
        for (headers, body) in self.got.lock().unwrap().iter() {
            assert!(is_signed(headers, body, secret), "{headers:?} {body}");
        }
        self.kinds()
    }

    fn kinds(&self) -> Vec<String> {
        let mut kinds: Vec<_> =
            self.take().into_iter().map(|(_, body)| body["type"].as_str().unwrap().to_owned()).collect();
        kinds.sort();
        kinds
    }
}

/// As Standard Webhooks has it, and as whoever is told finds out without us.
fn is_signed(headers: &BTreeMap<String, String>, body: &str, secret: &str) -> bool {
    let key = openssl::base64::decode_block(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let key = PKey::hmac(&key).unwrap();
    let text = format!("{}.{}.{body}", headers["webhook-id"], headers["webhook-timestamp"]);
    let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
    signer.update(text.as_bytes()).unwrap();
    let expected = format!("v1,{}", openssl::base64::encode_block(&signer.sign_to_vec().unwrap()));
    headers["webhook-signature"].split(' ').any(|one| one == expected)
}

async fn serve(listener: tokio::net::TcpListener, router: Router) {
    use hyper_util::rt::TokioIo;
    use hyper_util::service::TowerToHyperService;
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
        );
    }
}

async fn told_of(site: &Site, url: &str, types: &str) -> (WebhookId, SecretString) {
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let input = Create {
        account: ACCOUNT.parse().unwrap(),
        url: url.to_owned(),
        name: "ours".to_owned(),
        types: types.parse().unwrap(),
    };
    let (made, secret) = webhook::create(&site.gateway, &ctx, input).await.unwrap();
    (made.id, secret)
}

async fn serve_all(site: &Site) {
    while jobs::webhooks(&site.gateway).await {}
}

async fn ada(site: &Site) -> user::UserView {
    let known = user::Changes { email: Some("ada@lincoln.example".to_owned()), ..user::Changes::default() };
    let input = user::Create { account: ACCOUNT.parse().unwrap(), known };
    user::create(&site.gateway, &site.gateway.ctx(Actor::CommandLine), input).await.unwrap()
}

#[tokio::test]
async fn who_wants_to_know_is_told_and_can_tell_that_it_was_us() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let receiver = Receiver::default();
    let url = receiver.listen().await;
    let (_, secret) = told_of(&site, &url, "user.* session.created").await;
    let ada = ada(&site).await;
    serve_all(&site).await;
    let [(headers, body)] = <[_; 1]>::try_from(receiver.take()).unwrap();
    assert_eq!(
        (&body["type"], &body["data"]["target"]),
        (&"user.created".into(), &ada.id.to_string().into())
    );
    assert_eq!(headers["content-type"], "application/json");
    assert!(!body.to_string().contains("ada@lincoln.example"), "ids, no addresses: {body}");
    let at = gatepost::base::Instant::from_seconds(headers["webhook-timestamp"].parse().unwrap());
    let expected = message::signatures([&secret], (&headers["webhook-id"], at), body.to_string().as_bytes());
    assert_eq!(headers["webhook-signature"], expected, "what serde writes is what was sent: keys are sorted");
    // A first sign-in tells of the person and of the session, a second one of the session.
    for expected in [&["session.created", "user.created"][..], &["session.created"]] {
        assert!(Browser::is_signed_in(&{
            let mut browser = site.browser();
            browser.sign_in(&site, &okta, &alice()).await;
            browser.get("/me").await
        }));
        serve_all(&site).await;
        assert_eq!(receiver.kinds(), expected);
        site.clock.advance(5);
    }
    // Nobody asked for connections.
    site.connect(Product::Canvas).await;
    serve_all(&site).await;
    assert_eq!(receiver.kinds(), [] as [&str; 0]);
}

#[tokio::test]
async fn what_a_sign_in_changes_of_a_person_is_told_once() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    let receiver = Receiver::default();
    told_of(&site, &receiver.listen().await, "user.*").await;
    let renamed = Person { last_name: "Archer-Bell".to_owned(), ..alice() };
    for expected in [&["user.updated"][..], &[]] {
        site.clock.advance(5);
        site.browser().sign_in(&site, &okta, &renamed).await;
        serve_all(&site).await;
        assert_eq!(receiver.kinds(), expected);
    }
    // Who gets other rights is told of with an event, and not twice.
    site.set(&okta, |settings| {
        let rule = json!({ "grant": "admin", "when": "groups", "equals": "Teachers" });
        settings["mapping"] = json!({ "role_rules": [rule] });
    })
    .await;
    site.clock.advance(5);
    site.browser().sign_in(&site, &okta, &alice()).await;
    serve_all(&site).await;
    let [(_, body)] = <[_; 1]>::try_from(receiver.take()).unwrap();
    assert_eq!(body["type"], "user.updated");
    assert!(body["data"]["event"].is_number(), "{body}");
}

#[tokio::test]
async fn a_new_webhook_is_told_of_the_next_sign_in_and_a_removed_one_is_not() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    assert_eq!(site.count("SELECT COUNT(*) FROM webhook_deliveries").await, 0);
    let receiver = Receiver::default();
    let (id, _) = told_of(&site, &receiver.listen().await, "session.*").await;
    site.clock.advance(5);
    site.browser().sign_in(&site, &okta, &bjoern()).await;
    serve_all(&site).await;
    assert_eq!(receiver.kinds(), ["session.created"]);
    let ctx = site.gateway.ctx(Actor::CommandLine);
    webhook::remove(&site.gateway, &ctx, id).await.unwrap();
    site.clock.advance(5);
    site.browser().sign_in(&site, &okta, &alice()).await;
    assert_eq!(site.count("SELECT COUNT(*) FROM webhook_deliveries").await, 0);
    assert_eq!(site.count("SELECT COUNT(*) FROM webhook_tries").await, 0);
}

#[tokio::test]
async fn both_secrets_sign_for_a_day() {
    let site = Site::https().await;
    let receiver = Receiver::default();
    let (id, old) = told_of(&site, &receiver.listen().await, "user.*").await;
    let ctx = || site.gateway.ctx(Actor::CommandLine);
    let new = webhook::rotate(&site.gateway, &ctx(), id).await.unwrap();
    assert_ne!(old.expose_secret(), new.expose_secret());
    for (secrets, seconds) in [(vec![&new, &old], 0), (vec![&new], webhook::OVERLAP_SECONDS)] {
        site.clock.advance(seconds);
        webhook::test(&site.gateway, &ctx(), id).await.unwrap();
        serve_all(&site).await;
        let [(headers, body)] = <[_; 1]>::try_from(receiver.take()).unwrap();
        assert_eq!(body["type"], "webhook.test");
        let at = gatepost::base::Instant::from_seconds(headers["webhook-timestamp"].parse().unwrap());
        let expected =
            message::signatures(secrets, (&headers["webhook-id"], at), body.to_string().as_bytes());
        assert_eq!(headers["webhook-signature"], expected);
    }
}

#[tokio::test]
async fn no_second_secret_takes_the_place_of_the_one_that_receivers_have() {
    let site = Site::https().await;
    let receiver = Receiver::default();
    let (id, old) = told_of(&site, &receiver.listen().await, "user.*").await;
    let ctx = || site.gateway.ctx(Actor::CommandLine);
    webhook::rotate(&site.gateway, &ctx(), id).await.unwrap();
    let until = webhook::find(&site.gateway, &ctx(), id).await.unwrap().overlap_until.unwrap();
    let told = format!("until {until} messages are signed with the one before as well");
    // By a program that asks once more, by a double click, and by hand.
    site.clock.advance(webhook::OVERLAP_SECONDS - 1);
    let again = webhook::rotate(&site.gateway, &ctx(), id).await;
    assert!(matches!(&again, Err(FlowError::Invalid(why)) if why.english().contains(&told)), "{again:?}");
    let mut program = crate::api::program(&site, Some(ACCOUNT), "webhooks:read webhooks:write").await;
    let path = format!("/api/v1/accounts/{ACCOUNT}/webhooks/{id}/rotate-secret");
    let answer = crate::api::ask(&mut program, ("POST", &path), &[], None).await;
    let problem = crate::api::problem(&answer, 422, "invalid");
    assert!(problem["detail"].as_str().unwrap().contains(&told), "{problem}");
    webhook::test(&site.gateway, &ctx(), id).await.unwrap();
    serve_all(&site).await;
    let (headers, body) = receiver.got.lock().unwrap().pop().unwrap();
    assert!(is_signed(&headers, &body, old.expose_secret()), "{headers:?}");
    site.clock.advance(1);
    webhook::rotate(&site.gateway, &ctx(), id).await.unwrap();
}

#[tokio::test]
async fn what_is_not_heard_is_said_again_until_the_webhook_is_switched_off() {
    let site = Site::https().await;
    let receiver = Receiver::default();
    receiver.answers(500);
    let (id, _) = told_of(&site, &receiver.listen().await, "user.*").await;
    let ctx = || site.gateway.ctx(Actor::CommandLine);
    ada(&site).await;
    let mut names = std::collections::BTreeSet::new();
    let began = site.clock.now();
    let last = loop {
        serve_all(&site).await;
        names.extend(receiver.take().into_iter().map(|(headers, _)| headers["webhook-id"].clone()));
        let [delivery] =
            <[_; 1]>::try_from(webhook::deliveries(&site.gateway, &ctx(), id, (None, 10)).await.unwrap())
                .unwrap();
        match delivery.next_at {
            // Longer than the endpoint is left alone after a failure.
            Some(next_at) => site.clock.set(next_at.max(site.clock.now().plus_seconds(400))),
            None => break delivery,
        }
    };
    assert_eq!((last.state, names.len()), (DeliveryState::Dead, 1), "the same message each time");
    let hours = site.clock.now().seconds_since(began) / 3600;
    assert!((48..100).contains(&hours), "{hours}");
    let now = webhook::find(&site.gateway, &ctx(), id).await.unwrap();
    assert_eq!(now.state, WebhookState::Disabled);
    let sql = "SELECT COUNT(*) FROM events WHERE action = 'webhook.switched_off'";
    assert_eq!(site.count(sql).await, 1);
    assert!(webhook::resend(&site.gateway, &ctx(), (id, last.id)).await.is_err(), "it is switched off");
    // Mended, and sent again by hand.
    receiver.answers(200);
    let on = webhook::Update { state: Some(WebhookState::Active), ..webhook::Update::default() };
    webhook::update(&site.gateway, &ctx(), id, on, |_| true).await.unwrap();
    webhook::resend(&site.gateway, &ctx(), (id, last.id)).await.unwrap();
    serve_all(&site).await;
    assert_eq!(receiver.take()[0].0["webhook-id"], last.id.to_string());
    let detail = webhook::delivery(&site.gateway, &ctx(), (id, last.id)).await.unwrap();
    assert_eq!(detail.delivery.state, DeliveryState::Delivered);
    assert_eq!((detail.tries[0].status, detail.tries[0].answer.as_deref()), (Some(200), Some("thank you")));
    assert_eq!((detail.tries[1].status, detail.tries.len()), (Some(500), 14));
    assert!(detail.body.contains("user.created"));
}

#[tokio::test]
async fn one_that_is_gone_is_switched_off_and_a_dead_one_keeps_nobody_waiting() {
    let site = Site::https().await;
    let (gone, well) = (Receiver::default(), Receiver::default());
    gone.answers(410);
    let (id, _) = told_of(&site, &gone.listen().await, "user.*").await;
    told_of(&site, "http://127.0.0.1:9/nobody", "user.*").await;
    told_of(&site, &well.listen().await, "user.*").await;
    let ada = ada(&site).await;
    serve_all(&site).await;
    assert_eq!(well.kinds(), ["user.created"]);
    let ctx = site.gateway.ctx(Actor::CommandLine);
    assert_eq!(webhook::find(&site.gateway, &ctx, id).await.unwrap().state, WebhookState::Disabled);
    let which = Which::Id(ada.id);
    let slug = ACCOUNT.parse().unwrap();
    user::erase(&site.gateway, &ctx, (&slug, &which)).await.unwrap();
    serve_all(&site).await;
    assert_eq!(well.kinds(), ["user.erased"]);
    assert_eq!(gone.take().len(), 1);
}

#[tokio::test]
async fn what_is_no_address_of_a_webhook_is_refused() {
    let site = Site::https().await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    for url in ["ftp://x.example/", "http://user:pass@x.example/", "nothing"] {
        let input = Create {
            account: ACCOUNT.parse().unwrap(),
            url: url.to_owned(),
            name: String::new(),
            types: "user.*".parse().unwrap(),
        };
        let made = webhook::create(&site.gateway, &ctx, input).await;
        assert!(matches!(made, Err(FlowError::Invalid(_))), "{url}: {:?}", made.err());
    }
}

#[tokio::test]
async fn addresses_within_hear_nothing_where_the_settings_do_not_allow_them() {
    let options = Options { allows_http: true, ..Options::default() };
    let site = Site::with(HTTPS, |inputs| inputs.outbound = Client::new(options).unwrap()).await;
    let ctx = || site.gateway.ctx(Actor::CommandLine);
    let receiver = Receiver::default();
    let literal = receiver.listen().await;
    for url in [literal.clone(), literal.replace("127.0.0.1", "localhost")] {
        let input = Create {
            account: ACCOUNT.parse().unwrap(),
            url: url.clone(),
            name: String::new(),
            types: "user.*".parse().unwrap(),
        };
        let Ok((made, _)) = webhook::create(&site.gateway, &ctx(), input).await else { continue };
        webhook::test(&site.gateway, &ctx(), made.id).await.unwrap();
        serve_all(&site).await;
        let sent = webhook::deliveries(&site.gateway, &ctx(), made.id, (None, 10)).await.unwrap();
        let [one] = <[_; 1]>::try_from(sent).unwrap();
        let detail = webhook::delivery(&site.gateway, &ctx(), (made.id, one.id)).await.unwrap();
        assert!(detail.tries[0].problem.is_some() && detail.tries[0].status.is_none(), "{url}: {detail:?}");
    }
    assert!(receiver.take().is_empty());
}

#[tokio::test]
async fn what_waits_for_an_endpoint_that_is_off_or_left_alone_is_not_due() {
    let site = Site::https().await;
    let receiver = Receiver::default();
    let (id, _) = told_of(&site, &receiver.listen().await, "user.*").await;
    let ctx = || site.gateway.ctx(Actor::CommandLine);
    let is_due = async || {
        let mut tx = site.storage.read().await.unwrap();
        stored::is_any_due(&mut tx, site.clock.now()).await.unwrap()
    };
    assert!(!is_due().await);
    ada(&site).await;
    assert!(is_due().await);
    let set = async |state| {
        let change = webhook::Update { state: Some(state), ..webhook::Update::default() };
        webhook::update(&site.gateway, &ctx(), id, change, |_| true).await.unwrap();
    };
    set(WebhookState::Disabled).await;
    assert!(!is_due().await);
    set(WebhookState::Active).await;
    assert!(is_due().await);
    site.execute("UPDATE accounts SET state = 'disabled'").await;
    assert!(!is_due().await);
    site.execute("UPDATE accounts SET state = 'active'").await;
    let later = site.clock.now().plus_seconds(60).micros();
    site.execute(&format!("UPDATE webhook_endpoints SET held_until = {later}")).await;
    assert!(!is_due().await);
    site.clock.advance(60);
    assert!(is_due().await);
    serve_all(&site).await;
    assert_eq!(receiver.kinds(), ["user.created"]);
}

#[tokio::test]
async fn what_becomes_of_a_connection_and_its_certificates_is_told() {
    let site = Site::https().await;
    let receiver = Receiver::default();
    let (_, secret) = told_of(&site, &receiver.listen().await, "connection.* certificate.*").await;
    let heard = async || {
        serve_all(&site).await;
        receiver.heard(secret.expose_secret())
    };
    let ctx = || site.gateway.ctx(Actor::CommandLine);
    let okta = site.connect(Product::Okta).await;
    let id = okta.connection.id;
    assert_eq!(heard().await, ["connection.created"]);
    // A platform that looks at its own screens hears that people are refused for a certificate.
    let by_another = site
        .browser()
        .sign_in_changed(&site, &okta, &alice(), |minted| minted.options.key = Some(&IDP_RSA_NEXT))
        .await;
    assert_eq!(by_another.status, 403);
    assert_eq!(heard().await, ["connection.key_unknown"]);
    let more = update::Update {
        add_certificates: vec![IDP_RSA_NEXT.certificate_pem.as_bytes().to_vec()],
        ..update::Update::default()
    };
    update::update(&site.gateway, &ctx(), id, more).await.unwrap();
    serve_all(&site).await;
    let told: Vec<_> = receiver.got.lock().unwrap().iter().map(|(_, body)| body.clone()).collect();
    assert_eq!(heard().await, ["certificate.added", "connection.updated"]);
    assert!(told.iter().all(|body| body.contains(&id.to_string())), "{told:?}");
    revision::roll_back(&site.gateway, &ctx(), id, 1).await.unwrap();
    assert_eq!(heard().await, ["certificate.removed", "connection.rolled_back"]);
    lifecycle::switch(&site.gateway, &ctx(), id, Switch::Off).await.unwrap();
    assert_eq!(heard().await, ["connection.state_changed"]);
    // Nobody asked for people.
    ada(&site).await;
    assert_eq!(heard().await, [] as [&str; 0]);
}

#[tokio::test]
async fn programs_look_after_webhooks() {
    const HOOKS: &str = "/api/v1/accounts/lincoln/webhooks";
    let site = Site::https().await;
    let receiver = Receiver::default();
    let url = receiver.listen().await;
    let mut program = crate::api::program(&site, Some(ACCOUNT), "webhooks:read webhooks:write").await;
    let new = json!({ "url": url, "name": "ours", "types": ["session.*"] });
    let made = done(&mut program, ("POST", HOOKS), Some(new)).await;
    let secret = made["secret"].as_str().unwrap();
    let hook = format!("{HOOKS}/{}", made["id"].as_str().unwrap());
    let step = |name: &str| format!("{hook}/{name}");
    let ada = ada(&site).await;
    serve_all(&site).await;
    assert_eq!(receiver.heard(secret), [] as [&str; 0]);

    let other = json!({ "types": ["user.*"], "name": "theirs" });
    assert_eq!(done(&mut program, ("PATCH", &hook), Some(other)).await["types"], json!(["user.*"]));
    assert_eq!(at(&mut program, &hook).await["name"], "theirs");
    let shut_out = async |state| {
        let (slug, which) = (ACCOUNT.parse().unwrap(), Which::Id(ada.id));
        let ctx = site.gateway.ctx(Actor::CommandLine);
        user::set_state(&site.gateway, &ctx, (&slug, &which), state).await.unwrap();
        serve_all(&site).await;
        site.clock.advance(1);
    };
    shut_out(UserState::Disabled).await;
    assert_eq!(receiver.heard(secret), ["user.disabled"]);

    assert_eq!(done(&mut program, ("POST", &step("test")), None).await["type"], "webhook.test");
    serve_all(&site).await;
    assert_eq!(receiver.heard(secret), ["webhook.test"]);
    let deliveries = listed(&mut program, &step("deliveries")).await;
    assert_eq!((deliveries.len(), &deliveries[0]["type"]), (2, &json!("webhook.test")), "{deliveries:?}");
    let one = format!("{}/{}", step("deliveries"), deliveries[0]["id"].as_str().unwrap());
    let detail = at(&mut program, &one).await;
    assert_eq!((&detail["state"], &detail["tries"][0]["status"]), (&json!("delivered"), &json!(200)));
    done(&mut program, ("POST", &format!("{one}/resend")), None).await;
    serve_all(&site).await;
    let again = receiver.take();
    assert_eq!((again.len(), again[0].0["webhook-id"].as_str()), (1, deliveries[0]["id"].as_str().unwrap()));

    let rotated = done(&mut program, ("POST", &step("rotate-secret")), None).await;
    let new = rotated["secret"].as_str().unwrap();
    assert_ne!(new, secret);
    done(&mut program, ("POST", &step("test")), None).await;
    serve_all(&site).await;
    assert_eq!(receiver.heard(new), ["webhook.test"]);

    let off = json!({ "state": "disabled" });
    assert_eq!(done(&mut program, ("PATCH", &hook), Some(off)).await["state"], "disabled");
    shut_out(UserState::Active).await;
    assert_eq!(receiver.kinds(), [] as [&str; 0]);
    assert_eq!(done(&mut program, ("DELETE", &hook), None).await, Value::Null);
    assert_eq!(program.get(&hook).await.status, 404);
    assert!(listed(&mut program, HOOKS).await.is_empty());
}
