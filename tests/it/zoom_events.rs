//! What Zoom tells: each way in, what is refused, what is kept once and handed on once, who sees it.

mod handed_on;
mod refused;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Request};
use axum::routing::post;
use gatepost::base::{Actor, Instant};
use gatepost::directory::account::Slug;
use gatepost::directory::state::{AccountState, ZoomCloud, ZoomKind};
use gatepost::directory::webhook::KINDS;
use gatepost::flow::user::{self, Changes, Which};
use gatepost::flow::webhook::{self, message};
use gatepost::flow::zoom::event::refusals;
use gatepost::flow::zoom::event::show::{self, Filter};
use gatepost::flow::zoom::link::{self, OVERLAP_SECONDS, Save};
use gatepost::flow::{FlowError, account, sweep};
use gatepost::jobs;
use gatepost::standin::hook;
use gatepost::zoom::webhook::signature::{SecretToken, sign};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::api::program;
use crate::browser::{Answer, From};
use crate::site::{ACCOUNT, Site, ctx};

/// The vectors of the notes on Zoom's protocol.
const SECRET: &str = "3rT7xK2mQ9sVwYbN5zLd";
const TIMESTAMP: i64 = 1_739_923_528;
const BODY: &str = concat!(
    r#"{"event":"meeting.started","event_ts":1626230691572,"payload":{"account_id":"AAAAAABBBB","object":{"#,
    r#""id":"1234567890","uuid":"4444AAAiAAAAAiAiAiiAii==","host_id":"x1yCzABCDEfg23HiJKl4mN","topic":"My Meeting"}}}"#
);
const SIGNATURE: &str = "v0=14c29381dc95b032314410806199f3ce4e69305a858ff86a2af7e981db559efa";
const VALIDATION: &str = r#"{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1739923528000}"#;
const ENCRYPTED: &str = "a6b6527da401262031e9fdd88a25c3bc1220a35a5d21b86338d15945d30fcda4";
const ZOOM_ACCOUNT: &str = "AAAAAABBBB";
const OTHER: &str = "other";
const WAY: &str = "/zoom/lincoln/webhook";

fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

/// A site whose account is linked to the Zoom account of the vectors, at their time; it has an id of the platform's.
async fn linked() -> Site {
    let site = Site::https().await;
    site.clock.set(Instant::from_seconds(TIMESTAMP + 2));
    let external =
        account::Update { external_id: Some("district/7".to_owned()), ..account::Update::default() };
    account::update(&site.gateway, &ctx(&site), &slug(ACCOUNT), external).await.unwrap();
    link_to(&site, ACCOUNT, ZOOM_ACCOUNT, SECRET).await;
    site
}

/// Without a secret token where `secret` is empty.
pub async fn link_to(site: &Site, account: &str, zoom_account: &str, secret: &str) {
    link_for(site, account, (zoom_account, secret), "events").await;
}

/// The same, for another use.
pub async fn link_for(site: &Site, account: &str, (zoom_account, secret): (&str, &str), capability: &str) {
    let input = Save {
        account: slug(account),
        kind: ZoomKind::ServerToServer,
        cloud: ZoomCloud::Commercial,
        bases: None,
        capabilities: vec![capability.to_owned()],
        client_id: Some("Client_1".to_owned()),
        client_secret: Some(SecretString::from("client-secret-of-the-app-1")),
        zoom_account: Some(zoom_account.to_owned()),
        secret_token: (!secret.is_empty()).then(|| SecretString::from(secret)),
    };
    link::save(&site.gateway, &ctx(site), input, |_| true).await.unwrap();
}

/// Posts as Zoom does.
async fn post_raw(site: &Site, way: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
    let request = Request::post(way).header("content-type", "application/json; charset=utf-8");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    site.browser().send(request, From::AnotherSite, body.into()).await
}

/// The same, signed now.
pub async fn deliver(site: &Site, way: &str, body: &str, secret: &str) -> Answer {
    let timestamp = site.clock.now().seconds().to_string();
    let signature = sign(&timestamp, body.as_bytes(), &SecretToken::new(secret).unwrap()).unwrap();
    let headers = [("x-zm-request-timestamp", timestamp.as_str()), ("x-zm-signature", signature.as_str())];
    post_raw(site, way, &headers, body).await
}

/// An event of the linked Zoom account, as Zoom's examples have it.
fn event(site: &Site, name: &str, number: u32) -> String {
    hook::event(name, ZOOM_ACCOUNT, number, site.clock.now()).to_string()
}

async fn stored(site: &Site) -> i64 {
    site.count("SELECT COUNT(*) FROM zoom_events").await
}

/// What was refused, by reason, once it is written down.
async fn refused(site: &Site, account: &str) -> BTreeMap<String, i64> {
    refusals::flush(&site.gateway, &site.gateway.ctx(Actor::Job("changes"))).await.unwrap();
    show::counts(&site.gateway, &ctx(site), &slug(account), 14).await.unwrap().refused
}

async fn list(site: &Site, filter: Filter) -> Vec<show::EventView> {
    let mut found = Vec::new();
    let mut before = None;
    loop {
        let page = show::list(&site.gateway, &ctx(site), &slug(ACCOUNT), &filter, (before, 7)).await.unwrap();
        found.extend(page.events);
        before = page.next;
        if before.is_none() {
            return found;
        }
    }
}

fn code(answer: &Answer) -> String {
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{}", answer.body);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    body["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_vectors_come_in_by_both_addresses_of_an_account() {
    let site = linked().await;
    let timestamp = TIMESTAMP.to_string();
    let headers = [("x-zm-request-timestamp", timestamp.as_str()), ("x-zm-signature", SIGNATURE)];
    let first = post_raw(&site, "/zoom/notifications?account_id=district%2F7", &headers, BODY).await;
    assert_eq!((first.status.as_u16(), first.body.as_str()), (204, ""));
    // The same delivery by the other address: Zoom sends to each subscription.
    assert_eq!(post_raw(&site, WAY, &headers, BODY).await.status, 204);
    let [only] = <[_; 1]>::try_from(list(&site, Filter::default()).await).unwrap();
    assert_eq!((only.name.as_str(), only.kind), ("meeting.started", "meeting"));
    assert_eq!(only.topic.as_deref(), Some("My Meeting"));
    assert_eq!(only.object_id.as_deref(), Some("1234567890"));
    assert_eq!(only.at, Instant::from_micros(1_626_230_691_572_000));
    assert_eq!(only.received_at, site.clock.now());
    let counts = show::counts(&site.gateway, &ctx(&site), &slug(ACCOUNT), 14).await.unwrap();
    let today = counts.days.last().unwrap();
    assert_eq!((today.all(), today.by_kind()), (1, vec![("meeting", 1)]), "counted once");
    assert_eq!(counts.days.len(), 14);
    let shown = link::show(&site.gateway, &ctx(&site), &slug(ACCOUNT)).await.unwrap().link.unwrap();
    assert_eq!(shown.last_event_at, Some(site.clock.now()));
    // Nothing of it stands in the database in the clear.
    let payload = site.hex("SELECT payload_sealed FROM zoom_events").await;
    assert!(!payload.contains(&gatepost::base::encoding::hex(b"My Meeting")), "{payload}");
}

#[tokio::test]
async fn the_address_is_validated_and_that_is_noted() {
    let site = linked().await;
    let answer = deliver(&site, "/zoom/notifications?account_id=district%2F7", VALIDATION, SECRET).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let expected = format!(r#"{{"plainToken":"qgg8vlvZRS6UYooatFL8Aw","encryptedToken":"{ENCRYPTED}"}}"#);
    assert_eq!(answer.body, expected);
    let validated = async || {
        let shown = link::show(&site.gateway, &ctx(&site), &slug(ACCOUNT)).await.unwrap();
        shown.link.unwrap().validated_at
    };
    assert_eq!(validated().await, Some(site.clock.now()));
    // Whoever does not sign it learns nothing.
    site.clock.advance(60);
    for (secret, body) in
        [("another-secret-token", VALIDATION), (SECRET, &VALIDATION.replace("qgg8", "qgg8:"))]
    {
        let refused = deliver(&site, WAY, body, secret).await;
        assert!(
            refused.status.is_client_error() && !refused.body.contains("encryptedToken"),
            "{}",
            refused.body
        );
    }
    assert_eq!(validated().await, Some(site.clock.now().plus_seconds(-60)));
    assert_eq!(stored(&site).await, 0);
}

#[tokio::test]
async fn a_new_secret_counts_at_once_and_the_old_one_for_a_day() {
    let site = linked().await;
    assert_eq!(deliver(&site, WAY, &event(&site, "meeting.started", 1), SECRET).await.status, 204);
    let new = "new-secret-token-0001";
    link_to(&site, ACCOUNT, ZOOM_ACCOUNT, new).await;
    assert_eq!(deliver(&site, WAY, &event(&site, "meeting.started", 2), new).await.status, 204);
    assert_eq!(deliver(&site, WAY, &event(&site, "meeting.started", 3), SECRET).await.status, 204);
    // Either answers a validation by itself: Zoom asks with the one that it has.
    for secret in [SECRET, new] {
        let token = SecretToken::new(secret).unwrap();
        let expected = gatepost::zoom::webhook::signature::answer("qgg8vlvZRS6UYooatFL8Aw", &token).unwrap();
        assert_eq!(deliver(&site, WAY, VALIDATION, secret).await.body, expected);
    }
    site.clock.advance(OVERLAP_SECONDS);
    let late = deliver(&site, WAY, &event(&site, "meeting.started", 4), SECRET).await;
    assert_eq!((late.status.as_u16(), code(&late).as_str()), (401, "zoom_unsigned"));
    assert_eq!(deliver(&site, WAY, &event(&site, "meeting.started", 5), new).await.status, 204);
    assert_eq!(stored(&site).await, 4);
    // A link that was removed lets nothing in any more, however lately it was looked at.
    link::remove(&site.gateway, &ctx(&site), &slug(ACCOUNT), |_| true).await.unwrap();
    assert_eq!(deliver(&site, WAY, &event(&site, "meeting.started", 6), new).await.status, 401);
    assert_eq!(stored(&site).await, 4, "what was told stays until its time has passed");
}

#[tokio::test]
async fn one_accounts_events_and_secrets_are_no_others() {
    let site = linked().await;
    site.make_account(OTHER, "Other").await;
    link_to(&site, OTHER, "OtherZoom0001", "other-secret-token-1").await;
    let theirs = hook::event("meeting.started", "OtherZoom0001", 9, site.clock.now()).to_string();
    assert_eq!(
        deliver(&site, WAY, &theirs, "other-secret-token-1").await.status,
        401,
        "B's secret, A's address"
    );
    assert_eq!(deliver(&site, WAY, &theirs, SECRET).await.status, 403, "A's secret, B's event");
    assert_eq!(deliver(&site, "/zoom/other/webhook", &theirs, "other-secret-token-1").await.status, 204);
    assert_eq!(list(&site, Filter::default()).await.len(), 0);
    let others = show::list(&site.gateway, &ctx(&site), &slug(OTHER), &Filter::default(), (None, 10)).await;
    let others = others.unwrap().events;
    assert_eq!(others.len(), 1);
    // By REST too: another account's event is not there.
    let mut program = program(&site, Some(ACCOUNT), "zoom:read").await;
    for (path, status) in [
        ("/api/v1/accounts/lincoln/zoom/events".to_owned(), 200),
        ("/api/v1/accounts/lincoln/zoom/events?meeting=7%077".to_owned(), 400),
        ("/api/v1/accounts/other/zoom/events".to_owned(), 404),
        (format!("/api/v1/accounts/other/zoom/events/{}", others[0].id), 404),
        (format!("/api/v1/accounts/lincoln/zoom/events/{}", others[0].id), 404),
    ] {
        assert_eq!(program.get(&path).await.status, status, "{path}");
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM events WHERE action = 'zoom_event.opened'").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_event_that_comes_many_times_at_once_is_one() {
    let site = Arc::new(linked().await);
    let mut tasks = tokio::task::JoinSet::new();
    for copy in 0..60_u32 {
        let site = Arc::clone(&site);
        let number = copy % 6;
        tasks.spawn(async move {
            let body = event(&site, "meeting.participant_joined", number);
            deliver(&site, WAY, &body, SECRET).await.status.as_u16()
        });
    }
    while let Some(status) = tasks.join_next().await {
        assert_eq!(status.unwrap(), 204);
    }
    assert_eq!(stored(&site).await, 6);
    let counts = show::counts(&site.gateway, &ctx(&site), &slug(ACCOUNT), 1).await.unwrap();
    assert_eq!(counts.days[0].events["meeting.participant_joined"], 6);
    // To another process too.
    let other = site.beside(31).await;
    let router = gatepost::http::router(other, gatepost::http::Options::default());
    let body = event(&site, "meeting.participant_joined", 3);
    let timestamp = site.clock.now().seconds().to_string();
    let signature = sign(&timestamp, body.as_bytes(), &SecretToken::new(SECRET).unwrap()).unwrap();
    let request =
        Request::post(WAY).header("x-zm-request-timestamp", timestamp).header("x-zm-signature", signature);
    let mut elsewhere = crate::browser::Browser::new(router, site.url);
    assert_eq!(elsewhere.send(request, From::AnotherSite, body).await.status, 204);
    assert_eq!(stored(&site).await, 6);
}

#[tokio::test]
async fn events_are_found_by_type_meeting_person_and_day_page_by_page() {
    let site = linked().await;
    for (number, name) in (0_u32..).zip(show::types()) {
        assert_eq!(deliver(&site, WAY, &event(&site, name, number), SECRET).await.status, 204, "{name}");
        site.clock.advance(1);
    }
    let strange = event(&site, "phone.of_tomorrow", 90);
    assert_eq!(deliver(&site, WAY, &strange, SECRET).await.status, 204, "a type of tomorrow");
    let all = list(&site, Filter::default()).await;
    assert_eq!(all.len(), show::types().count() + 1);
    assert!(all.is_sorted_by(|one, next| one.id > next.id), "the newest first, none twice");
    assert_eq!((all[0].name.as_str(), all[0].kind), ("phone.of_tomorrow", "other"));
    let names = async |filter: Filter| {
        list(&site, filter).await.into_iter().map(|event| event.name).collect::<Vec<_>>()
    };
    let of = |text: &str| Some(text.to_owned());
    assert_eq!(names(Filter { name: of("meeting.ended"), ..Filter::default() }).await, ["meeting.ended"]);
    assert_eq!(names(Filter { meeting: of("812 3456 7001"), ..Filter::default() }).await, ["meeting.ended"]);
    assert_eq!(names(Filter { meeting: of("/stand//In1=="), ..Filter::default() }).await, ["meeting.ended"]);
    let registered = names(Filter { person: of(" Jo@District.Example "), ..Filter::default() }).await;
    assert_eq!(registered, ["meeting.registration_cancelled", "meeting.registration_created"]);
    let both = Filter {
        name: of("meeting.registration_created"),
        person: of("jo@district.example"),
        ..Filter::default()
    };
    assert_eq!(names(both).await, ["meeting.registration_created"]);
    assert_eq!(names(Filter { person: of("k&host_1-Z"), ..Filter::default() }).await.len(), all.len());
    assert!(names(Filter { person: of("nobody@district.example"), ..Filter::default() }).await.is_empty());
    let day = Instant::from_seconds(site.clock.now().day() * 86_400);
    assert_eq!(names(Filter { from: Some(day), ..Filter::default() }).await.len(), all.len());
    assert!(names(Filter { until: Some(day), ..Filter::default() }).await.is_empty());
    assert!(names(Filter { from: Some(day.plus_seconds(86_400)), ..Filter::default() }).await.is_empty());
    let stranger = site.gateway.ctx(Actor::Anonymous);
    let denied = show::list(&site.gateway, &stranger, &slug(ACCOUNT), &Filter::default(), (None, 10)).await;
    assert!(matches!(denied, Err(FlowError::Denied(_))), "{denied:?}");
}

#[tokio::test]
async fn whoever_opens_an_event_is_in_the_log_and_sees_no_token() {
    let site = linked().await;
    let mut body: Value = serde_json::from_str(&event(&site, "recording.completed", 1)).unwrap();
    body["payload"]["object"]["password"] = "meeting-passcode-1".into();
    body["payload"]["object"]["topic"] = "<script>alert(1)</script>".into();
    assert_eq!(deliver(&site, WAY, &body.to_string(), SECRET).await.status, 204);
    let [only] = <[_; 1]>::try_from(list(&site, Filter::default()).await).unwrap();
    let opened = "SELECT COUNT(*) FROM events WHERE action = 'zoom_event.opened'";
    assert_eq!(site.count(opened).await, 0, "a look at the list is none");
    let detail = show::open(&site.gateway, &ctx(&site), only.id).await.unwrap();
    let text = detail.payload.to_string();
    assert!(!text.contains("stand-in-download-token") && !text.contains("meeting-passcode-1"), "{text}");
    assert_eq!(detail.payload["event"], "recording.completed");
    assert_eq!(site.count(opened).await, 1);
    // The same in the console; what is said of a meeting is text there.
    let mut owner = site.owner().await;
    let page = owner.get("/console/at/lincoln/zoom/events").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("&#60;script&#62;"), "{}", page.body);
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
    let page = owner.get(&format!("/console/at/lincoln/zoom/events/{}", only.id)).await;
    assert!(page.status == 200 && page.body.contains("recording_files"), "{}", page.body);
    assert!(!page.body.contains("stand-in-download-token") && !page.body.contains("<script>alert"));
    assert_eq!(site.count(opened).await, 2);
    let wrong = owner.get("/console/at/lincoln/zoom/events?meeting=1&person=a%40b.example").await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn what_is_old_goes_and_how_many_there_were_stays() {
    let site = linked().await;
    for number in 0..3 {
        deliver(&site, WAY, &event(&site, "meeting.registration_created", number), SECRET).await;
    }
    deliver(&site, WAY, "{}", SECRET).await;
    refused(&site, ACCOUNT).await;
    let sweep = async |days: i64| {
        site.clock.advance(days * 86_400);
        sweep::sweep(&site.gateway, &site.gateway.ctx(Actor::Job("sweep"))).await.unwrap();
        let mut left = [0; 4];
        let tables = ["zoom_events", "zoom_event_people", "zoom_event_counts", "zoom_refusals"];
        for (left, table) in left.iter_mut().zip(tables) {
            *left = site.count(&format!("SELECT COUNT(*) FROM {table}")).await;
        }
        left
    };
    assert_eq!(sweep(29).await, [3, 6, 1, 1], "a host and somebody who registered, each");
    assert_eq!(sweep(2).await, [0, 0, 1, 1]);
    assert_eq!(sweep(370).await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn what_names_a_person_is_theirs_to_have_and_goes_with_them() {
    let site = linked().await;
    let known = |email: &str| Changes { email: Some(email.to_owned()), ..Changes::default() };
    let make = async |email: &str| {
        let input = user::Create { account: slug(ACCOUNT), known: known(email) };
        Which::Id(user::create(&site.gateway, &ctx(&site), input).await.unwrap().id)
    };
    let (jo, twin) = (make("jo@district.example").await, make("parent@home.example").await);
    make("parent@home.example").await;
    for (number, email) in
        (0_u32..).zip(["Jo@district.example", "parent@home.example", "sam@district.example"])
    {
        let mut body: Value =
            serde_json::from_str(&event(&site, "meeting.registration_created", number)).unwrap();
        body["payload"]["object"]["registrant"]["email"] = email.into();
        deliver(&site, WAY, &body.to_string(), SECRET).await;
    }
    let account = slug(ACCOUNT);
    let input = webhook::Create {
        account: account.clone(),
        url: "http://127.0.0.1:9/hook".to_owned(),
        name: String::new(),
        types: "zoom.*".parse().unwrap(),
    };
    webhook::create(&site.gateway, &ctx(&site), input).await.unwrap();
    while jobs::zoom_events(&site.gateway).await {}
    let told = "SELECT COUNT(*) FROM webhook_deliveries";
    assert_eq!(site.count(told).await, 3);
    let kept = async |which: &Which| {
        user::data::kept(&site.gateway, &ctx(&site), (&account, which)).await.unwrap().zoom_events
    };
    assert_eq!((kept(&jo).await, kept(&twin).await), (1, 0), "an address that two share is nobody's own");
    let (_, document) = user::data::export(&site.gateway, &ctx(&site), (&account, &jo)).await.unwrap();
    let exported = document["zoom_events"].as_array().unwrap();
    assert_eq!(exported.len(), 1);
    assert_eq!(exported[0]["payload"]["payload"]["object"]["registrant"]["email"], "Jo@district.example");
    let as_key = site.key("users:read").await;
    let (_, document) = user::data::export(&site.gateway, &as_key, (&account, &jo)).await.unwrap();
    assert!(document["zoom_events"].is_null(), "who may not look at them does not take them out: {document}");
    for (which, erased, left) in [(&jo, 1, 2), (&twin, 0, 2)] {
        let receipt = user::erase(&site.gateway, &ctx(&site), (&account, which)).await.unwrap();
        assert_eq!((receipt.erased.zoom_events, stored(&site).await), (erased, left));
        assert_eq!(site.count(told).await, left, "nor is it left in what webhooks are told");
    }
}

#[tokio::test]
async fn the_stand_ins_page_has_the_gateway_told_something() {
    let site = linked().await;
    // The gateway listens: the stand-in posts to it as Zoom would.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let router = site.router.clone();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut settings = gatepost::standin::Settings::demo(
        gatepost::base::Clock::Manual(site.clock.clone()),
        gatepost::base::Rng::seeded(5),
        1,
    );
    settings.account_id = ZOOM_ACCOUNT.to_owned();
    let stand_in = gatepost::standin::StandIn::new(settings);
    let service = gatepost::standin::router(stand_in);
    let mut page = crate::browser::Browser::new(service, "http://localhost:8500");
    let url = format!("{base}{WAY}");
    for (chosen, secret, said) in [
        ("endpoint.url_validation", SECRET, "validated: the endpoint holds"),
        ("meeting.started", SECRET, "meeting.started was taken (status 204)"),
        ("meeting.started", SECRET, "meeting.started was taken (status 204)"),
        ("meeting.started", "another-secret", "was refused (status 401)"),
        ("endpoint.url_validation", "another-secret", "not validated"),
    ] {
        let form = [("url", url.as_str()), ("secret_token", secret), ("type", chosen)];
        let answer = page.post("/control/send", &form, From::ThisSite).await;
        assert!(answer.body.contains(said), "{said}: {}", answer.body);
    }
    assert!(page.get("/control").await.body.contains(&url), "what was entered stays");
    assert_eq!(stored(&site).await, 2);
}

#[tokio::test]
async fn programs_list_read_and_count() {
    let site = linked().await;
    for number in 0..3 {
        deliver(&site, WAY, &event(&site, "meeting.started", number), SECRET).await;
        site.clock.advance(1);
    }
    let mut program = program(&site, Some(ACCOUNT), "zoom:read").await;
    let mut get = async |path: &str| -> Value {
        let answer = program.get(&format!("/api/v1/accounts/lincoln/zoom/events{path}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    };
    let first = get("?limit=2&type=meeting.started").await;
    assert_eq!(first["data"].as_array().unwrap().len(), 2);
    let cursor = first["next_cursor"].as_str().unwrap().to_owned();
    let last = get(&format!("?limit=2&type=meeting.started&cursor={cursor}")).await;
    assert_eq!((last["data"].as_array().unwrap().len(), &last["next_cursor"]), (1, &Value::Null));
    assert_eq!(last["data"][0]["topic"], "Lesson 0");
    let id = last["data"][0]["id"].as_str().unwrap().to_owned();
    let one = get(&format!("/{id}")).await;
    assert_eq!(one["payload"]["payload"]["object"]["topic"], "Lesson 0");
    let counts = get("/counts?days=3").await;
    assert_eq!(counts["days"].as_array().unwrap().len(), 3);
    assert_eq!(counts["days"][2]["events"], json!({ "meeting.started": 3 }));
}
