//! Texts that no field of the REST API takes: what one of the databases cannot keep, and what is longer than the document
//! says; and at which field it is told.

use std::collections::BTreeMap;

use gatepost::base::caller::Scope;
use gatepost::directory::preset::Product;
use gatepost::directory::state::ConnectionState;
use gatepost::http::api::{document, operations};
use gatepost_saml::mint::keys::IDP_RSA;
use serde_json::{Map, Value, json};

use crate::api::{ask, done, problem, program};
use crate::browser::{Browser, From};
use crate::events::token_of;
use crate::site::Site;

/// Fields that are read and not kept: a message is judged whatever it is.
const JUDGED: [&str; 2] = ["/message", "/pending_request"];

fn every_scope() -> String {
    Scope::ALL.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(" ")
}

/// What is not behind a reference.
fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    match schema["$ref"].as_str() {
        Some(reference) => {
            resolved(document, document.pointer(reference.strip_prefix('#').unwrap()).unwrap())
        }
        None => schema,
    }
}

fn is_of(schema: &Value, kind: &str) -> bool {
    schema["type"] == kind
        || schema["type"].as_array().is_some_and(|kinds| kinds.iter().any(|one| one == kind))
}

fn branches(schema: &Value) -> impl Iterator<Item = &Value> {
    ["anyOf", "oneOf", "allOf"].into_iter().filter_map(move |name| schema[name].as_array()).flatten()
}

/// The places of texts in a body, with how long each may be.
fn texts(document: &Value, schema: &Value, place: &str, found: &mut BTreeMap<String, Option<usize>>) {
    let schema = resolved(document, schema);
    for branch in branches(schema) {
        texts(document, branch, place, found);
    }
    if is_of(schema, "string") {
        let max = schema["maxLength"].as_u64().map(|max| usize::try_from(max).unwrap());
        found.entry(place.to_owned()).or_insert(max);
    }
    for (name, below) in schema["properties"].as_object().into_iter().flatten() {
        texts(document, below, &format!("{place}/{name}"), found);
    }
    if schema["items"].is_object() {
        texts(document, &schema["items"], &format!("{place}/0"), found);
    }
}

/// Something that fits, with no more than what must be there.
fn sample(document: &Value, name: &str, schema: &Value) -> Value {
    let schema = resolved(document, schema);
    match name {
        "email" | "owner" => return json!("new@lincoln.example"),
        "slug" => return json!("tried"),
        "url" => return json!("https://hooks.lincoln.example/in"),
        "types" => return json!(["user.created"]),
        "capabilities" => return json!(["events"]),
        _ => {}
    }
    if let Some(branch) = branches(schema).next() {
        return sample(document, name, branch);
    }
    let first = schema["enum"].as_array().and_then(|all| all.first());
    if let Some(one) = schema.get("const").or(first) {
        return one.clone();
    }
    if is_of(schema, "object") {
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let member = |name: &str| (name.to_owned(), sample(document, name, &schema["properties"][name]));
        return Value::Object(required.map(member).collect());
    }
    if is_of(schema, "array") {
        return json!([sample(document, "", &schema["items"])]);
    }
    if is_of(schema, "string") { json!("tried") } else { json!(1) }
}

/// Puts a text at a place, with what it needs around it.
fn put(value: &mut Value, place: &[&str], text: &str) {
    let Some((name, below)) = place.split_first() else {
        *value = json!(text);
        return;
    };
    if *name == "0" {
        let mut item = Value::Null;
        put(&mut item, below, text);
        *value = Value::Array(vec![item]);
        return;
    }
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    put(&mut value[*name], below, text);
}

/// What addresses name, and is there.
async fn things(site: &Site, program: &mut Browser) -> BTreeMap<&'static str, String> {
    let okta = site.connect(Product::Okta).await;
    site.set_state(&okta, ConnectionState::Draft).await;
    let user = json!({ "external_id": "u-1" });
    done(program, ("POST", "/api/v1/accounts/lincoln/users"), Some(user)).await;
    let hook = json!({ "url": "https://hooks.lincoln.example/in", "types": ["user.created"] });
    let hook = done(program, ("POST", "/api/v1/accounts/lincoln/webhooks"), Some(hook)).await;
    BTreeMap::from([
        ("{account}", "lincoln".to_owned()),
        ("{connection}", okta.connection.id.to_string()),
        ("{user}", "u-1".to_owned()),
        ("{webhook}", hook["id"].as_str().unwrap().to_owned()),
        ("{domain}", "lincoln.example".to_owned()),
        ("{sha256}", "0".repeat(64)),
    ])
}

/// Each text of each body: with a NUL in it, and with a letter too many.
#[tokio::test]
async fn no_text_is_taken_that_cannot_be_kept_or_is_longer_than_the_document_says() {
    let site = Site::https().await;
    let mut program = program(&site, None, &every_scope()).await;
    let things = things(&site, &mut program).await;
    let document = document::document(&operations());
    let (mut tried, mut taken) = (0, Vec::new());
    for operation in operations() {
        let (method, path) = (operation.method.to_uppercase(), operation.path);
        let body = &document["paths"][path][operation.method]["requestBody"];
        let schema = &body["content"]["application/json"]["schema"];
        let mut found = BTreeMap::new();
        texts(&document, schema, "", &mut found);
        let address = things.iter().fold(path.to_owned(), |address, (name, id)| address.replace(name, id));
        assert!(found.is_empty() || !address.contains('{'), "{address}");
        for (place, max) in found {
            let places: Vec<_> = place.split('/').skip(1).collect();
            let wrong = ["a\0b".to_owned()].into_iter().chain(max.map(|max| "a".repeat(max + 1)));
            for text in wrong {
                let mut sent = sample(&document, "", schema);
                put(&mut sent, &places, &text);
                let of = (method.as_str(), address.as_str());
                let answer = ask(&mut program, of, &[("if-match", "*")], Some(&sent)).await;
                let status = answer.status.as_u16();
                let is_refused = (400..500).contains(&status) && status != 429;
                let is_judged = JUDGED.contains(&place.as_str()) && status == 200;
                if !(is_refused || is_judged) {
                    taken.push(format!("{method} {path} {place} {}: {status} {}", text.len(), answer.body));
                }
                tried += 1;
            }
        }
        // As many as a key may ask in a minute are asked in none.
        site.clock.advance(10);
    }
    assert!(taken.is_empty(), "{}", taken.join("\n"));
    assert!(tried > 120, "{tried}");
}

/// Operations, below the account where they do not begin with a slash; what is sent; and the pointer to what is wrong.
fn wrong(connection: &str) -> Vec<(&'static str, String, Value, &'static str)> {
    let one = |path: &str| format!("connections/{connection}{path}");
    let is_there = IDP_RSA.certificate_pem;
    let fields = |entity_id: &str, sso_url: &str, certificates: &[&str]| json!({ "entity_id": entity_id, "sso_url": sso_url, "certificates": certificates });
    let mut unnamed = fields("urn:x", "https://idp.example/", &[is_there]);
    unnamed["name"] = json!("a\0b");
    let mut all = of_account();
    all.extend([
        ("POST", "connections".to_owned(), json!({ "metadata_url": "ftp://x" }), "/metadata_url"),
        ("POST", "connections".to_owned(), json!({ "metadata_xml": "<x/>" }), "/metadata_xml"),
        ("POST", "connections".to_owned(), fields("urn:x", "nowhere", &[is_there]), "/sso_url"),
        ("POST", "connections".to_owned(), fields(" ", "https://idp.example/", &[is_there]), "/entity_id"),
        ("POST", "connections".to_owned(), fields("urn:x", "https://idp.example/", &["x"]), "/certificates"),
        ("POST", "connections".to_owned(), fields("urn:x", "https://idp.example/", &[]), "/certificates"),
        ("POST", "connections".to_owned(), unnamed, "/name"),
        ("PATCH", one(""), json!({ "name": "x".repeat(201) }), "/name"),
        ("PATCH", one(""), json!({ "name": "New", "reason": "a\0b" }), "/reason"),
        ("PATCH", one(""), json!({ "idp_entity_id": " " }), "/idp_entity_id"),
        ("PATCH", one(""), json!({ "metadata_xml": "<x/>" }), "/metadata_xml"),
        ("PATCH", one(""), json!({ "metadata_url": "ftp://x" }), "/metadata_url"),
        (
            "PATCH",
            one(""),
            json!({ "settings": { "mapping": { "email": { "nope": 1 } } } }),
            "/settings/mapping/email",
        ),
        ("PUT", one("/mapping"), json!({ "email": { "nope": 1 } }), "/email"),
        (
            "POST",
            one("/mapping/try"),
            json!({ "mapping": { "email": { "nope": 1 } }, "pasted": "{}" }),
            "/mapping/email",
        ),
        ("POST", one("/certificates"), json!({ "certificate": "x" }), "/certificate"),
        ("POST", one("/what-if"), json!({ "add_certificates": ["x"] }), "/add_certificates"),
        ("POST", one("/activate-untested"), json!({ "reason": " " }), "/reason"),
    ]);
    all
}

fn of_account() -> Vec<(&'static str, String, Value, &'static str)> {
    let (accounts, own) = ("/api/v1/accounts", "/api/v1/accounts/lincoln");
    let rows = [
        ("POST", accounts, json!({ "slug": "new", "name": " " }), "/name"),
        ("POST", accounts, json!({ "slug": "lincoln", "name": "Lincoln" }), "/slug"),
        ("POST", accounts, json!({ "slug": "new", "name": "New", "external_id": "cust-1" }), "/external_id"),
        ("PATCH", own, json!({ "external_id": "cust-1" }), "/external_id"),
        ("PATCH", own, json!({ "external_id": "x".repeat(201) }), "/external_id"),
        ("PATCH", own, json!({ "name": "a\u{202e}b" }), "/name"),
        ("PATCH", own, json!({ "state": "disabled", "reason": "a\0b" }), "/reason"),
        ("POST", "guests", json!({ "email": "nobody", "reason": "x" }), "/email"),
        ("POST", "guests", json!({ "email": "a\u{202e}b@b.example", "reason": "x" }), "/email"),
        ("POST", "guests", json!({ "email": "a@b.example", "reason": " " }), "/reason"),
        ("POST", "invitations", json!({ "email": "nobody" }), "/email"),
        ("POST", "owners/break-glass", json!({ "owner": "o@b.example", "reason": " " }), "/reason"),
        ("POST", "domains/b.example/prove", json!({ "reason": " " }), "/reason"),
        ("PUT", "deadlines/contact", json!({ "email": "nobody" }), "/email"),
        ("PATCH", "branding", json!({ "colour": "red" }), "/colour"),
        ("PATCH", "branding", json!({ "logo": "AAAA" }), "/logo"),
        ("PATCH", "branding", json!({ "help_url": "ftp://x" }), "/help_url"),
        ("PATCH", "branding", json!({ "help_text": "a\0b" }), "/help_text"),
        ("POST", "users", json!({}), "/first_name"),
        ("POST", "users", json!({ "external_id": "a\u{202e}b" }), "/external_id"),
        ("POST", "users/import", json!({ "csv": "x" }), "/csv"),
        ("POST", "/api/v1/installation/operators", json!({ "name": "" }), "/name"),
        (
            "PUT",
            "/api/v1/zoom/platform-app",
            json!({ "client_id": "a b", "client_secret": "x" }),
            "/client_id",
        ),
    ];
    rows.map(|(method, path, body, pointer)| (method, path.to_owned(), body, pointer)).into()
}

#[tokio::test]
async fn what_is_wrong_with_a_field_is_told_with_its_place() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.set_state(&okta, ConnectionState::Draft).await;
    let mut program = program(&site, None, &every_scope()).await;
    let other = json!({ "slug": "other", "name": "Other", "external_id": "cust-1" });
    done(&mut program, ("POST", "/api/v1/accounts"), Some(other)).await;
    for (method, path, body, pointer) in wrong(&okta.connection.id.to_string()) {
        let path = if path.starts_with('/') { path } else { format!("/api/v1/accounts/lincoln/{path}") };
        let answer = ask(&mut program, (method, &path), &[("if-match", "*")], Some(&body)).await;
        let told = problem(&answer, 422, "invalid");
        assert_eq!(told["errors"][0]["pointer"], pointer, "{method} {path}: {told}");
    }
}

/// At the field where the form tells it there, else above the form; never at both places.
#[tokio::test]
async fn the_console_says_it_once() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut owner = site.owner().await;
    let settings = format!("/console/at/lincoln/sso/{}/settings", okta.connection.id);
    let page = owner.get(&settings).await;
    let fields = [
        ("token", token_of(&page)),
        ("form", "settings".to_owned()),
        ("version", "1".to_owned()),
        ("name", "a\u{202e}b".to_owned()),
        ("product", "okta".to_owned()),
        ("idp_initiated", "restart".to_owned()),
        ("provisioning", "create".to_owned()),
    ];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let told = owner.post(&settings, &fields, From::ThisSite).await;
    let said = "on one line and without control characters";
    assert_eq!((told.status.as_u16(), told.body.matches(said).count()), (400, 1), "{}", told.body);
    assert!(told.body.contains("id=\"name-problem\""), "{}", told.body);
    let look = [("token", token_of(&page)), ("help_text", "a\u{202e}b".to_owned())];
    let look: Vec<_> = look.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    let told = crate::branding::post(&mut owner, &look).await;
    assert_eq!((told.status.as_u16(), told.body.matches(said).count()), (400, 1), "{}", told.body);
}
