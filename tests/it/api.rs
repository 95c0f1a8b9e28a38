//! The REST API's frame: what every operation has in common.

use axum::body::Body;
use axum::http::Request;
use gatepost::base::{Actor, Ctx};
use gatepost::directory::account::Slug;
use gatepost::directory::preset::Product;
use gatepost::flow::{api_key, once, user};
use gatepost::http;
use gatepost::http::api::{document, operations};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::browser::{Answer, Browser, From};
use crate::site::{ACCOUNT, Site};

const SCOPES: &str = "connections:read connections:write users:read users:write owners:write api_keys:read \
                      api_keys:write events:read setup_links:read setup_links:write accounts:read sign_ins:read";
const USERS: &str = "/api/v1/accounts/lincoln/users";

pub async fn program(site: &Site, account: Option<&str>, scopes: &str) -> Browser {
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let account = account.map(|slug| slug.parse::<Slug>().unwrap());
    let input = api_key::Create { account, name: "CI".to_owned(), scopes: scopes.parse().unwrap(), days: 1 };
    let (_, secret) = api_key::create(&site.gateway, &ctx, input).await.unwrap();
    let mut program = site.browser();
    program.bearer = Some(secret.expose_secret().to_owned());
    program
}

/// Every scope that a key of an account can have.
pub fn all_scopes() -> String {
    let scopes = gatepost::base::caller::Scope::ALL.iter().filter(|scope| !scope.is_of_installation());
    scopes.map(|scope| scope.name()).collect::<Vec<_>>().join(" ")
}

pub async fn ask(
    program: &mut Browser,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let Some(body) = body else { return program.send(request, From::ThisSite, Body::empty()).await };
    let request = request.header("content-type", "application/json");
    program.send(request, From::ThisSite, body.to_string()).await
}

pub fn read(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{}", answer.body))
}

pub fn problem(answer: &Answer, status: u16, code: &str) -> Value {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.header("x-request-id").is_some());
    let told = read(answer);
    assert_eq!((told["code"].as_str(), told["status"].as_u64()), (Some(code), Some(u64::from(status))));
    assert_eq!(told["type"], format!("/api/problems/{}", code.replace('_', "-")));
    assert_eq!(told["reference"].as_str(), answer.header("x-request-id"));
    told
}

/// What is there.
pub async fn at(program: &mut Browser, path: &str) -> Value {
    let answer = program.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    read(&answer)
}

/// Does something, whatever is there at present; what is told of it.
pub async fn done(program: &mut Browser, (method, path): (&str, &str), body: Option<Value>) -> Value {
    let answer = ask(program, (method, path), &[("if-match", "*")], body.as_ref()).await;
    assert!(answer.status.is_success(), "{method} {path}: {} {}", answer.status, answer.body);
    if answer.body.is_empty() { Value::Null } else { read(&answer) }
}

/// The items of a list.
pub async fn listed(program: &mut Browser, path: &str) -> Vec<Value> {
    at(program, path).await["data"].as_array().unwrap().clone()
}

async fn users(site: &Site) -> i64 {
    site.count("SELECT COUNT(*) FROM users").await
}

/// To write it anew: `GATEPOST_SNAPSHOT=write cargo test --test it the_document`.
#[test]
fn the_document_is_the_snapshot() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/openapi.json");
    let mut now = serde_json::to_string_pretty(&document::document(&operations())).unwrap();
    now.push('\n');
    if std::env::var_os("GATEPOST_SNAPSHOT").is_some_and(|word| word == "write") {
        std::fs::write(path, &now).unwrap();
    }
    let then = std::fs::read_to_string(path).unwrap();
    assert!(
        now == then,
        "the document of the REST API has changed; see the comment at this test, and look at the difference"
    );
}

#[tokio::test]
async fn everybody_reads_the_document_and_every_reference_in_it_leads_somewhere() {
    let site = Site::https().await;
    let answer = site.browser().get("/api/openapi.json").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some("application/json")));
    let document = read(&answer);
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], "https://sso.example.test");
    let mut stack = vec![&document];
    let mut references = 0;
    while let Some(value) = stack.pop() {
        if let Some(reference) = value["$ref"].as_str() {
            references += 1;
            assert!(document.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{reference}");
        }
        stack.extend(value.as_object().into_iter().flat_map(|members| members.values()));
        stack.extend(value.as_array().into_iter().flatten());
    }
    assert!(references > 100, "{references}");
    // Programs that are made of the document have classes of these names.
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(
            !name.ends_with(|last: char| last.is_ascii_digit()),
            "{name} says nothing: rename one of the two"
        );
    }
    for operation in operations() {
        let written = &document["paths"][operation.path][operation.method];
        assert!(written["summary"].is_string(), "{} {}", operation.method, operation.path);
        let answers = written["responses"].as_object().unwrap();
        assert!(answers.keys().any(|status| status.starts_with('2')));
        for status in ["401", "429", "500", "503"] {
            assert!(answers.contains_key(status), "{} {} {status}", operation.method, operation.path);
        }
        for part in operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
            let parameters = written["parameters"].as_array().unwrap();
            let parameter = parameters.iter().find(|parameter| parameter["name"] == part).unwrap();
            assert_ne!(parameter["description"], "", "{part}");
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_with_its_place() {
    let site = Site::https().await;
    let mut program = program(&site, Some(ACCOUNT), SCOPES).await;
    let post = ("POST", USERS);
    let told = problem(&ask(&mut program, post, &[], Some(&json!({ "emial": "x" }))).await, 422, "invalid");
    assert!(told["detail"].as_str().unwrap().contains("unknown field `emial`"), "{told}");
    let told = problem(&ask(&mut program, post, &[], Some(&json!({ "email": 3 }))).await, 422, "invalid");
    assert_eq!(told["errors"][0]["pointer"], "/email");
    let told = problem(&ask(&mut program, post, &[], Some(&json!({ "role": "king" }))).await, 422, "invalid");
    assert_eq!(told["errors"][0]["pointer"], "/role");
    assert!(told["errors"][0]["detail"].as_str().unwrap().contains("owner admin member"), "{told}");
    assert!(!told.to_string().contains("at line"), "{told}");
    // A field that is missing is named by the place where it should stand.
    let keys = ("POST", "/api/v1/accounts/lincoln/api-keys");
    let body = json!({ "name": "x", "days": 1 });
    let told = problem(&ask(&mut program, keys, &[], Some(&body)).await, 422, "invalid");
    assert_eq!(told["errors"][0]["pointer"], "/scopes", "{told}");
    assert_eq!(told["errors"][0]["detail"], "missing field `scopes`");
    let told =
        problem(&ask(&mut program, post, &[], Some(&json!({ "email": "nobody" }))).await, 422, "invalid");
    assert!(told["detail"].as_str().unwrap().contains("is no email address"));
    assert_eq!(told["errors"][0]["pointer"], "/email");
    for (body, status) in [
        ("", 400),
        ("{", 400),
        ("[", 400),
        ("{}{}", 400),
        ("{\"email\":\"a@b.example\",\"email\":\"c@d.example\"}", 422),
    ] {
        let request = Request::post(USERS).header("content-type", "application/json");
        let answer = program.send(request, From::ThisSite, body).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.body);
    }
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"] {
        let request = Request::post(USERS).header("content-type", kind);
        problem(&program.send(request, From::ThisSite, "{}").await, 415, "unsupported_media_type");
    }
    for (query, name) in
        [("limit=0", "limit"), ("limit=x", "limit"), ("cursor=!", "cursor"), ("limit=1&limit=1", "limit")]
    {
        let told = problem(&program.get(&format!("{USERS}?{query}")).await, 400, "bad_request");
        assert_eq!(told["errors"][0]["parameter"], name, "{query}: {told}");
    }
    let told = problem(&program.get(&format!("{USERS}?sort=x")).await, 400, "bad_request");
    assert!(told["detail"].as_str().unwrap().contains("unknown field `sort`"), "{told}");
    assert_eq!(users(&site).await, 0);
    let page = program.get("/api/problems/invalid").await;
    assert_eq!(page.location(), Some("/api/reference#problem-invalid"));
    assert!(program.get("/api/reference").await.body.contains("id=\"problem-invalid\""));
}

#[tokio::test]
async fn another_accounts_things_are_not_there_and_the_account_has_two_names() {
    let site = Site::https().await;
    site.make_account("other", "Other").await;
    let mut own = program(&site, Some(ACCOUNT), SCOPES).await;
    let mut all = program(&site, None, SCOPES).await;
    let id = read(&own.get("/api/v1/accounts/lincoln").await)["id"].as_str().unwrap().to_owned();
    assert_eq!(read(&own.get(&format!("/api/v1/accounts/{id}")).await)["slug"], "lincoln");
    for path in ["/api/v1/accounts/other", "/api/v1/accounts/nowhere", "/api/v1/accounts/other/users"] {
        problem(&own.get(path).await, 404, "not_found");
    }
    assert_eq!(all.get("/api/v1/accounts/other/users").await.status, 200);
    let okta = site.connect(Product::Okta).await;
    let connection = okta.connection.id;
    let inside = format!("/api/v1/accounts/lincoln/connections/{connection}");
    assert_eq!(all.get(&inside).await.status, 200);
    let elsewhere = format!("/api/v1/accounts/other/connections/{connection}");
    problem(&all.get(&elsewhere).await, 404, "not_found");
}

#[tokio::test]
async fn a_change_names_what_it_changes() {
    let site = Site::https().await;
    let mut program = program(&site, Some(ACCOUNT), SCOPES).await;
    let made = ask(&mut program, ("POST", USERS), &[], Some(&json!({ "email": "a@b.example" }))).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let path = made.location().unwrap().to_owned();
    let seen = program.get(&path).await;
    let etag = seen.header("etag").unwrap().to_owned();
    let change = json!({ "first_name": "Ada" });
    let verb = ("PATCH", path.as_str());
    problem(&ask(&mut program, verb, &[], Some(&change)).await, 428, "condition_missing");
    problem(&ask(&mut program, verb, &[("if-match", "\"999\"")], Some(&change)).await, 412, "stale");
    let changed = ask(&mut program, verb, &[("if-match", &etag)], Some(&change)).await;
    assert_eq!((changed.status.as_u16(), &read(&changed)["first_name"]), (200, &json!("Ada")));
    assert_ne!(changed.header("etag"), Some(etag.as_str()));
    assert_eq!(program.get(&path).await.header("etag"), changed.header("etag"));
    problem(
        &ask(&mut program, verb, &[("if-match", &etag)], Some(&json!({ "first_name": "B" }))).await,
        412,
        "stale",
    );
    let any = ask(&mut program, verb, &[("if-match", "*")], Some(&json!({ "last_name": "L" }))).await;
    assert_eq!(read(&any)["display_name"], Value::Null);

    let okta = site.connect(Product::Okta).await;
    let path = format!("/api/v1/accounts/lincoln/connections/{}", okta.connection.id);
    let etag = program.get(&path).await.header("etag").unwrap().to_owned();
    let verb = ("PATCH", path.as_str());
    let change =
        json!({ "name": "Okta of the district", "settings": { "policy": { "clock_skew_seconds": 60 } } });
    let changed = ask(&mut program, verb, &[("if-match", &etag)], Some(&change)).await;
    assert_eq!(read(&changed)["revision"], 2, "{}", changed.body);
    problem(&ask(&mut program, verb, &[("if-match", &etag)], Some(&change)).await, 412, "stale");
    let wrong = json!({ "settings": { "policy": { "clock_skew_seconds": 6000 }, "session_end": "never" } });
    let told = problem(&ask(&mut program, verb, &[("if-match", "*")], Some(&wrong)).await, 422, "invalid");
    let pointers: Vec<_> = told["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["/settings/session_end", "/settings/policy/clock_skew_seconds"], "{told}");
}

#[tokio::test]
async fn lists_are_read_a_page_at_a_time() {
    let site = Site::https().await;
    let mut program = program(&site, Some(ACCOUNT), SCOPES).await;
    for number in 0..5 {
        let body = json!({ "email": format!("p{number}@b.example") });
        assert_eq!(ask(&mut program, ("POST", USERS), &[], Some(&body)).await.status, 201);
        site.clock.advance(1);
    }
    let (mut seen, mut path) = (Vec::new(), format!("{USERS}?limit=2"));
    loop {
        let page = read(&program.get(&path).await);
        seen.extend(
            page["data"].as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("{USERS}?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ["p0@b.example", "p1@b.example", "p2@b.example", "p3@b.example", "p4@b.example"]);
    let events = read(&program.get("/api/v1/accounts/lincoln/events?limit=3").await);
    assert_eq!(events["data"].as_array().unwrap().len(), 3);
    assert_eq!(events["data"][0]["action"], "user.created");
    let cursor = events["next_cursor"].as_str().unwrap();
    let older = read(&program.get(&format!("/api/v1/accounts/lincoln/events?limit=3&cursor={cursor}")).await);
    assert_eq!(older["data"][0]["seq"].as_i64().unwrap(), events["data"][2]["seq"].as_i64().unwrap() - 1);
}

#[tokio::test]
async fn a_request_with_a_name_makes_one_thing() {
    let site = Site::https().await;
    let mut program = program(&site, Some(ACCOUNT), SCOPES).await;
    let (post, body) = (("POST", USERS), json!({ "email": "a@b.example" }));
    let name = [("idempotency-key", "k-1")];
    let first = ask(&mut program, post, &name, Some(&body)).await;
    let again = ask(&mut program, post, &name, Some(&body)).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201), "{} {}", first.body, again.body);
    assert_eq!((&first.body, first.location()), (&again.body, again.location()));
    assert_eq!(users(&site).await, 1);
    let another = json!({ "email": "b@b.example" });
    problem(&ask(&mut program, post, &name, Some(&another)).await, 422, "idempotency_key_reused");
    // Another key's names are its own; what was refused may be mended under its name.
    let mut second = self::program(&site, Some(ACCOUNT), SCOPES).await;
    assert_eq!(ask(&mut second, post, &name, Some(&another)).await.status, 201);
    let named = [("idempotency-key", "k-2")];
    problem(&ask(&mut program, post, &named, Some(&json!({ "email": "x" }))).await, 422, "invalid");
    assert_eq!(ask(&mut program, post, &named, Some(&json!({ "email": "c@b.example" }))).await.status, 201);
    assert_eq!(users(&site).await, 3);
    // Secrets too are answered again, and stand nowhere in clear.
    let keys = ("POST", "/api/v1/accounts/lincoln/api-keys");
    let key = json!({ "name": "x", "scopes": ["users:read"], "days": 1 });
    let first = ask(&mut program, keys, &[("idempotency-key", "k-3")], Some(&key)).await;
    let secret = read(&first)["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("gatepost_"));
    assert_eq!(ask(&mut program, keys, &[("idempotency-key", "k-3")], Some(&key)).await.body, first.body);
    let sql = "SELECT COUNT(*) FROM idempotent_requests WHERE answer_sealed IS NOT NULL";
    assert_eq!(site.count(sql).await, 4);
    let sql = "SELECT COUNT(*) FROM idempotent_requests WHERE target IS NULL";
    assert_eq!(site.count(sql).await, 0, "what was made stands beside every name");
    for bad in ["", "é", &"x".repeat(256)] {
        let answer = ask(&mut program, post, &[("idempotency-key", bad)], Some(&body)).await;
        assert_eq!(answer.status, 400, "{bad}: {}", answer.body);
    }
    site.clock.advance(once::KEPT_SECONDS + 1);
    let mut third = self::program(&site, Some(ACCOUNT), SCOPES).await;
    assert_eq!(ask(&mut third, post, &name, Some(&body)).await.status, 201);
    assert_eq!(users(&site).await, 4);
}

async fn reserved(site: &Site, program: &mut Browser, name: &str) -> (Ctx, once::Request) {
    let id = read(&program.get("/api/v1/key").await)["id"].as_str().unwrap().parse().unwrap();
    let secret = program.bearer.clone().unwrap();
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let key = api_key::find(&site.gateway, &ctx, &secret).await.unwrap().unwrap();
    assert_eq!(key.id, id);
    let ctx = Ctx { actor: Actor::ApiKey(key), is_once: true, ..site.gateway.ctx(Actor::CommandLine) };
    let mut hash = openssl::sha::Sha256::new();
    for part in ["post", USERS] {
        hash.update(part.as_bytes());
        hash.update(&[0]);
    }
    hash.update(br#"{"email":"a@b.example"}"#);
    (ctx, once::Request { key, name: name.to_owned(), hash: hash.finish() })
}

fn ada() -> user::Create {
    let known = user::Changes { email: Some("a@b.example".to_owned()), ..user::Changes::default() };
    user::Create { account: ACCOUNT.parse().unwrap(), known }
}

#[tokio::test]
async fn what_was_broken_off_is_made_once_all_the_same() {
    let site = Site::https().await;
    let mut program = program(&site, Some(ACCOUNT), SCOPES).await;
    let (post, body) = (("POST", USERS), json!({ "email": "a@b.example" }));
    // It ends before anything is made, or is only slow: who comes later takes over, and it makes nothing any more.
    let (slow, request) = reserved(&site, &mut program, "slow").await;
    assert!(matches!(once::begin(&site.gateway, &slow, &request).await.unwrap(), once::Begun::New));
    let name = [("idempotency-key", "slow")];
    let told = ask(&mut program, post, &name, Some(&body)).await;
    problem(&told, 409, "request_under_way");
    assert_eq!(told.header("retry-after"), Some("1"));
    site.clock.advance(61);
    assert_eq!(ask(&mut program, post, &name, Some(&body)).await.status, 201);
    assert!(user::create(&site.gateway, &slow, ada()).await.is_err());
    assert_eq!(users(&site).await, 1);
    // It ends after it has made something, before its answer is kept.
    let (lost, request) = reserved(&site, &mut program, "lost").await;
    assert!(matches!(once::begin(&site.gateway, &lost, &request).await.unwrap(), once::Begun::New));
    let made = user::create(&site.gateway, &lost, ada()).await.unwrap();
    let name = [("idempotency-key", "lost")];
    problem(&ask(&mut program, post, &name, Some(&body)).await, 409, "request_under_way");
    site.clock.advance(61);
    let told = problem(&ask(&mut program, post, &name, Some(&body)).await, 409, "answer_lost");
    assert!(told["detail"].as_str().unwrap().contains(&made.id.to_string()), "{told}");
    assert_eq!(users(&site).await, 2);
}

#[tokio::test]
async fn a_key_that_asks_too_often_is_told_when_to_come_again() {
    let site = Site::https().await;
    let bounds = http::gate::Bounds { api_per_minute: 3, ..http::gate::Bounds::default() };
    let router = http::router(site.gateway.clone(), http::Options { bounds, ..http::Options::default() });
    let secret = program(&site, Some(ACCOUNT), SCOPES).await.bearer;
    let mut program = Browser::new(router, "https://sso.example.test");
    program.bearer = secret;
    for left in ["2", "1", "0"] {
        let answer = program.get("/api/v1/key").await;
        assert_eq!(answer.status, 200);
        assert!(answer.header("ratelimit").unwrap().contains(&format!("r={left};")));
    }
    let told = program.get("/api/v1/key").await;
    problem(&told, 429, "too_many");
    assert_eq!(told.header("ratelimit-policy"), Some("\"key\";q=3;w=60"));
    assert!(told.header("retry-after").unwrap().parse::<u64>().unwrap() <= 21);
    site.clock.advance(21);
    assert_eq!(program.get("/api/v1/key").await.status, 200);
    program.bearer = None;
    let told = program.get("/api/v1/key").await;
    problem(&told, 401, "key_missing");
    assert_eq!(told.header("ratelimit"), None, "how often nobody may ask is not to be told");
}
