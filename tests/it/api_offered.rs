//! What the REST API offers beside its frame: what the console has as well.

use gatepost::base::Actor;
use gatepost::directory::preset::Product;
use gatepost::directory::state::ConnectionState;
use gatepost::flow::api_key;
use gatepost::flow::connection::lifecycle::{self, Switch};
use gatepost::words::EN;
use serde_json::{Value, json};

use crate::api::{all_scopes, ask, listed, problem, program, read};
use crate::browser::{Browser, From};
use crate::site::{ACCOUNT, Site};

const USERS: &str = "/api/v1/accounts/lincoln/users";
const ACCOUNT_PATH: &str = "/api/v1/accounts/lincoln";

#[tokio::test]
async fn an_accounts_key_finds_its_account_and_an_installations_key_pages_through_all() {
    let site = Site::https().await;
    for number in 0..5 {
        site.make_account(&format!("school-{number}"), "School").await;
    }
    let mut own = program(&site, Some("school-3"), "accounts:read").await;
    let page = read(&own.get("/api/v1/accounts").await);
    assert_eq!(page["data"].as_array().unwrap().len(), 1, "{page}");
    assert_eq!((&page["data"][0]["slug"], &page["next_cursor"]), (&json!("school-3"), &Value::Null));
    assert_eq!(read(&own.get("/api/v1/accounts?search=other").await)["data"], json!([]));
    // The platform's own id is a name that is written as it is, whoever asks.
    site.execute("UPDATE accounts SET external_id = 'Cust-7' WHERE slug = 'school-3'").await;
    for (search, found) in [("Cust-7", 1), ("cust-7", 0), ("SCHOOL", 1)] {
        let page = read(&own.get(&format!("/api/v1/accounts?search={search}")).await);
        assert_eq!(page["data"].as_array().unwrap().len(), found, "{search}");
    }
    let mut all = program(&site, None, "accounts:read").await;
    let (mut seen, mut path) = (Vec::new(), "/api/v1/accounts?limit=2&search=school".to_owned());
    loop {
        let page = read(&all.get(&path).await);
        let slugs =
            page["data"].as_array().unwrap().iter().map(|one| one["slug"].as_str().unwrap().to_owned());
        seen.extend(slugs);
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/v1/accounts?limit=2&search=school&cursor={cursor}");
    }
    assert_eq!(seen, (0..5).map(|number| format!("school-{number}")).collect::<Vec<_>>());
    let mut without = program(&site, Some("school-3"), "users:read").await;
    problem(&without.get("/api/v1/accounts").await, 403, "forbidden");
}

/// Of thousands of customers those who cannot sign in are found without asking for each.
#[tokio::test]
async fn the_list_of_accounts_says_which_have_nothing_to_sign_in_by() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.make_account("school-1", "School").await;
    let mut all = program(&site, None, "accounts:read").await;
    let told = async |all: &mut Browser| -> Vec<_> {
        let page = listed(all, "/api/v1/accounts").await;
        page.iter().map(|one| (one["slug"].clone(), one["has_sign_in"].clone())).collect()
    };
    let expected = |lincoln: bool| [(json!(ACCOUNT), json!(lincoln)), (json!("school-1"), json!(false))];
    assert_eq!(told(&mut all).await, expected(true));
    site.set_state(&okta, ConnectionState::Disabled).await;
    assert_eq!(told(&mut all).await, expected(false));
}

#[tokio::test]
async fn events_are_looked_through_and_taken_away() {
    let site = Site::https().await;
    let mut program = program(&site, Some(ACCOUNT), &all_scopes()).await;
    for number in 0..3 {
        let body = json!({ "email": format!("p{number}@b.example") });
        assert_eq!(ask(&mut program, ("POST", USERS), &[], Some(&body)).await.status, 201);
        site.clock.advance(10);
    }
    let events = format!("{ACCOUNT_PATH}/events");
    let page = read(&program.get(&format!("{events}?action=user&limit=2")).await);
    let actions: Vec<_> = page["data"].as_array().unwrap().iter().map(|one| &one["action"]).collect();
    assert_eq!(actions, ["user.created", "user.created"], "{page}");
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = read(&program.get(&format!("{events}?action=user&limit=2&cursor={cursor}")).await);
    assert_eq!(rest["data"].as_array().unwrap().len(), 1);
    let last = page["data"][0]["at"].as_str().unwrap();
    let since = read(&program.get(&format!("{events}?action=user.created&since={last}")).await);
    assert_eq!(since["data"].as_array().unwrap().len(), 1);
    let actor = page["data"][0]["actor"].as_str().unwrap();
    assert!(actor.starts_with("api_key:"));
    let by = read(&program.get(&format!("{events}?actor={actor}&action=user")).await);
    assert_eq!(by["data"].as_array().unwrap().len(), 3);
    problem(&program.get(&format!("{events}?since=yesterday")).await, 400, "bad_request");
    let file = program.get(&format!("{events}/export?action=user")).await;
    assert_eq!(file.header("content-type"), Some("application/jsonl; charset=utf-8"));
    assert_eq!(file.body.lines().count(), 3);
    let first: Value = serde_json::from_str(file.body.lines().next().unwrap()).unwrap();
    assert_eq!(first["action"], "user.created");
    let table = program.get(&format!("{events}/export?format=csv&action=user")).await;
    assert!(table.body.starts_with("number,at,actor,"), "{}", table.body);
    let exported = read(&program.get(&format!("{events}?action=events.exported")).await);
    assert_eq!(exported["data"].as_array().unwrap().len(), 2, "that they were taken is one as well");
}

#[tokio::test]
async fn a_person_is_listed_taken_out_and_erased_with_a_receipt() {
    let site = Site::https().await;
    let mut program = program(&site, Some(ACCOUNT), &all_scopes()).await;
    let list = json!({ "csv": "external_id,email\nx-1,ada@b.example\n", "is_rehearsal": true });
    let import = ("POST", "/api/v1/accounts/lincoln/users/import");
    let said = read(&ask(&mut program, import, &[], Some(&list)).await);
    assert_eq!(said, json!({ "created": 1, "updated": 0, "unchanged": 0, "is_written": false }));
    let list = json!({ "csv": "external_id,email\nx-1,ada@b.example\n" });
    assert_eq!(read(&ask(&mut program, import, &[], Some(&list)).await)["is_written"], true);
    let person = format!("{USERS}/x-1");
    let kept = read(&program.get(&format!("{person}/data")).await);
    assert_eq!((&kept["sessions"], &kept["is_guest"]), (&json!(0), &json!(false)));
    let all = ask(&mut program, ("POST", &format!("{person}/export")), &[], None).await;
    assert!(all.status == 200 && all.body.contains("ada@b.example"), "{}", all.body);
    let receipt = ask(&mut program, ("DELETE", &person), &[], None).await;
    assert_eq!(receipt.status, 200, "{}", receipt.body);
    let receipt = read(&receipt);
    let id = receipt["id"].as_str().unwrap();
    assert_eq!(read(&program.get(&format!("{ACCOUNT_PATH}/erasures/{id}")).await), receipt);
    let all = read(&program.get(&format!("{ACCOUNT_PATH}/erasures")).await);
    assert_eq!(all["data"], json!([receipt]));
    problem(&program.get(&person).await, 404, "not_found");
}

#[tokio::test]
async fn a_change_and_a_mapping_are_tried_and_nothing_is_written() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.browser().sign_in(&site, &okta, &crate::site::alice()).await;
    let mut program = program(&site, Some(ACCOUNT), &all_scopes()).await;
    let base = format!("{ACCOUNT_PATH}/connections/{}", okta.connection.id);
    let before = program.get(&base).await;
    let recorded = read(&program.get(&format!("{base}/recorded")).await);
    let id = &recorded["data"][0]["id"];
    assert!(id.as_str().unwrap().starts_with("att_"), "{recorded}");
    let trial = json!({ "settings": { "idp_initiated": "refuse" } });
    let what_if = format!("{base}/what-if");
    let told = ask(&mut program, ("POST", &what_if), &[], Some(&trial)).await;
    assert_eq!(told.status, 200, "{}", told.body);
    assert_eq!(read(&told)["tried"], 1, "{}", told.body);
    let path = format!("{base}/mapping/try");
    let plain = ask(&mut program, ("POST", &path), &[], Some(&json!({ "mapping": {}, "sign_in": id }))).await;
    let plain = read(&plain);
    assert_eq!(plain["is_verified"], true, "{plain}");
    assert_eq!(plain["before"]["verdict"]["is_accepted"], true, "{plain}");
    let neither = ask(&mut program, ("POST", &path), &[], Some(&json!({ "mapping": {} }))).await;
    problem(&neither, 422, "invalid");
    assert_eq!(program.get(&base).await.header("etag"), before.header("etag"));
}

#[tokio::test]
async fn sign_ins_are_looked_through_shared_and_counted() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    browser.sign_in(&site, &okta, &crate::site::alice()).await;
    let mut program = program(&site, Some(ACCOUNT), &all_scopes()).await;
    let list = format!("{ACCOUNT_PATH}/sign-ins");
    let found = read(&program.get(&list).await);
    let (id, user) = (found["data"][0]["id"].as_str().unwrap(), found["data"][0]["user"].as_str().unwrap());
    for (query, number) in [
        (format!("user={user}"), 1),
        ("outcome=accepted&purpose=login".to_owned(), 1),
        ("purpose=test".to_owned(), 0),
        ("code=signature_invalid".to_owned(), 0),
        ("until=2020-01-01T00:00:00Z".to_owned(), 0),
    ] {
        let page = read(&program.get(&format!("{list}?{query}")).await);
        assert_eq!(page["data"].as_array().unwrap().len(), number, "{query}: {page}");
    }
    let shares = format!("{list}/{id}/shares");
    let made = ask(&mut program, ("POST", &shares), &[], None).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let url = read(&made)["url"].as_str().unwrap().replace("https://sso.example.test", "");
    assert_eq!(site.browser().get(&url).await.status, 200);
    let share = format!("{shares}/{}", read(&made)["id"].as_str().unwrap());
    assert_eq!(ask(&mut program, ("DELETE", &share), &[], None).await.status, 204);
    assert_eq!(site.browser().get(&url).await.status, 404);
    assert_eq!(read(&program.get(&shares).await)["data"][0]["is_open"], false);
    let chart = read(&program.get(&format!("{ACCOUNT_PATH}/sign-in-chart?days=3")).await);
    assert_eq!(chart["days"].as_array().unwrap().len(), 3);
    assert_eq!(chart["days"][2]["accepted"], 1, "{chart}");
    problem(&program.get(&format!("{ACCOUNT_PATH}/sign-in-chart?days=32")).await, 400, "bad_request");
}

/// What an account decides in small is changed by whoever saw it as it is.
#[tokio::test]
async fn looks_contact_kept_messages_and_routing_name_what_they_change() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut program = program(&site, Some(ACCOUNT), &all_scopes()).await;
    let claim = json!({ "name": "lincoln.example" });
    let domains = format!("{ACCOUNT_PATH}/domains");
    assert_eq!(ask(&mut program, ("POST", &domains), &[], Some(&claim)).await.status, 201);
    let domain = format!("{domains}/lincoln.example");
    let id = okta.connection.id.to_string();
    for (method, seen, path, first, second) in [
        (
            "PATCH",
            format!("{ACCOUNT_PATH}/branding"),
            format!("{ACCOUNT_PATH}/branding"),
            json!({ "name": "Lincoln High" }),
            json!({ "help_text": "Ask the library." }),
        ),
        (
            "PUT",
            format!("{ACCOUNT_PATH}/deadlines/contact"),
            format!("{ACCOUNT_PATH}/deadlines/contact"),
            json!({ "email": "it@b.example" }),
            json!({ "email": null }),
        ),
        (
            "PUT",
            format!("{ACCOUNT_PATH}/kept-messages"),
            format!("{ACCOUNT_PATH}/kept-messages"),
            json!({ "keep_messages": "none" }),
            json!({ "keep_messages": "all" }),
        ),
        (
            "PUT",
            domain.clone(),
            format!("{domain}/routing"),
            json!({ "connection": id }),
            json!({ "connection": null }),
        ),
    ] {
        let before = program.get(&seen).await;
        let etag = before.header("etag").unwrap_or_else(|| panic!("{seen}: {}", before.body)).to_owned();
        let verb = (method, path.as_str());
        problem(&ask(&mut program, verb, &[], Some(&first)).await, 428, "condition_missing");
        problem(&ask(&mut program, verb, &[("if-match", "\"1234567\"")], Some(&first)).await, 412, "stale");
        assert_eq!(program.get(&seen).await.body, before.body, "{path}: nothing is written");
        let changed = ask(&mut program, verb, &[("if-match", &etag)], Some(&first)).await;
        assert_eq!(changed.status, 200, "{path}: {}", changed.body);
        let now = program.get(&seen).await;
        assert_eq!((&now.body, now.header("etag")), (&changed.body, changed.header("etag")), "{path}");
        assert_ne!(now.header("etag"), Some(etag.as_str()), "{path}");
        // Whoever saw what was there before is told so, and changes nothing.
        problem(&ask(&mut program, verb, &[("if-match", &etag)], Some(&second)).await, 412, "stale");
        assert_eq!(program.get(&seen).await.body, now.body, "{path}");
        let any = ask(&mut program, verb, &[("if-match", "*")], Some(&second)).await;
        assert_eq!(any.status, 200, "{path}: {}", any.body);
    }
}

#[tokio::test]
async fn a_change_of_a_connection_says_from_where_the_next_one_begins() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut program = program(&site, Some(ACCOUNT), "connections:read connections:write").await;
    let path = format!("{ACCOUNT_PATH}/connections/{}", okta.connection.id);
    let certificates = format!("{path}/certificates");
    let mut tag = program.get(&path).await.header("etag").unwrap().to_owned();
    let (name, mapping) = (json!({ "name": "Ours" }), format!("{path}/mapping"));
    let next = json!({ "certificate": gatepost_saml::mint::keys::IDP_RSA_NEXT.certificate_pem });
    let required = json!({ "required": ["email"] });
    let changes = [
        ("PATCH", &path, &name),
        ("POST", &certificates, &next),
        ("PUT", &mapping, &required),
        // The same once more changes nothing.
        ("PATCH", &path, &name),
    ];
    for (verb, at, body) in changes {
        let answer = ask(&mut program, (verb, at), &[("if-match", &tag)], Some(body)).await;
        assert_eq!(answer.status, 200, "{verb} {at}: {}", answer.body);
        tag = answer.header("etag").unwrap().to_owned();
        assert_eq!(program.get(&path).await.header("etag"), Some(tag.as_str()), "{verb} {at}");
    }
    let found = listed(&mut program, &certificates).await;
    assert_eq!(found.len(), 2);
    for one in &found {
        assert!(one["not_before"].as_str().unwrap() < one["not_after"].as_str().unwrap(), "{one}");
    }
}

/// What operators may do in the console, keys of the installation may: both say why.
#[tokio::test]
async fn a_key_of_the_installation_goes_without_a_test_and_says_why() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let id = okta.connection.id;
    let by = site.gateway.ctx(Actor::CommandLine);
    lifecycle::switch(&site.gateway, &by, id, Switch::Off).await.unwrap();
    let path = format!("{ACCOUNT_PATH}/connections/{id}/activate-untested");
    let post = ("POST", path.as_str());
    let why = json!({ "reason": "moved from another gateway" });
    let state = || site.text("SELECT state FROM connections");
    // An account's key cannot have the scope; each scope alone is not enough.
    let mut own = program(&site, Some(ACCOUNT), &all_scopes()).await;
    problem(&ask(&mut own, post, &[], Some(&why)).await, 403, "forbidden");
    for scope in ["connections:write", "installation:write"] {
        let mut half = program(&site, None, scope).await;
        problem(&ask(&mut half, post, &[], Some(&why)).await, 403, "forbidden");
    }
    let mut all = program(&site, None, "connections:write installation:write").await;
    let tested = format!("{ACCOUNT_PATH}/connections/{id}/activate");
    problem(&ask(&mut all, ("POST", &tested), &[], None).await, 422, "invalid");
    problem(&ask(&mut all, post, &[], Some(&json!({ "reason": " " }))).await, 422, "invalid");
    problem(&ask(&mut all, post, &[], Some(&json!({ "reason": "x".repeat(501) }))).await, 422, "invalid");
    assert_eq!(state().await.as_deref(), Some("disabled"));
    let done = ask(&mut all, post, &[], Some(&why)).await;
    assert_eq!((done.status.as_u16(), state().await.as_deref()), (204, Some("active")), "{}", done.body);
    let events = format!("{ACCOUNT_PATH}/events?action=connection.state_changed");
    let told = read(&own.get(&events).await);
    assert_eq!(told["data"][0]["body"]["reason"], "moved from another gateway", "{told}");
    assert!(told["data"][0]["actor"].as_str().unwrap().starts_with("api_key:"), "{told}");
}

#[tokio::test]
async fn a_key_of_the_installation_lets_an_owner_in_and_vouches_for_a_domain_and_says_why() {
    let site = Site::https().await;
    site.owner().await;
    let mut own = program(&site, Some(ACCOUNT), &all_scopes()).await;
    let mut all = program(&site, None, "installation:write").await;
    let (glass, domains) = (format!("{ACCOUNT_PATH}/owners/break-glass"), format!("{ACCOUNT_PATH}/domains"));
    let prove = format!("{domains}/lincoln.example/prove");
    let claim = ask(&mut own, ("POST", &domains), &[], Some(&json!({ "name": "lincoln.example" }))).await;
    assert_eq!(claim.status, 201, "{}", claim.body);
    let into = |owner: &str, why: &str| json!({ "owner": owner, "reason": why });
    let known = json!({ "reason": "their contract" });
    // An account's key cannot have the scope.
    let olive = into("o@lincoln.example", "Okta is down");
    problem(&ask(&mut own, ("POST", &glass), &[], Some(&olive)).await, 403, "forbidden");
    problem(&ask(&mut own, ("POST", &prove), &[], Some(&known)).await, 403, "forbidden");
    for silent in [into("o@lincoln.example", " "), into("o@lincoln.example", "")] {
        problem(&ask(&mut all, ("POST", &glass), &[], Some(&silent)).await, 422, "invalid");
    }
    problem(&ask(&mut all, ("POST", &prove), &[], Some(&json!({ "reason": " " }))).await, 422, "invalid");
    problem(&ask(&mut all, ("POST", &glass), &[], Some(&into("x@x.example", "why"))).await, 404, "not_found");

    let made = ask(&mut all, ("POST", &glass), &[], Some(&olive)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let url = read(&made)["url"].as_str().unwrap().to_owned();
    let mut browser = site.browser();
    let entered = browser.post(&url[url.find("/link/").unwrap()..], &[], From::ThisSite).await;
    assert_eq!(entered.status, 303, "{}", entered.body);
    assert_eq!(browser.get("/console/at/lincoln/owners").await.status, 200);

    let proved = ask(&mut all, ("POST", &prove), &[], Some(&known)).await;
    assert_eq!((proved.status.as_u16(), &read(&proved)["state"]), (200, &json!("proved")), "{}", proved.body);
    let told = [("owner.break_glass_made", "Okta is down"), ("domain.proved", "their contract")];
    for (action, reason) in told {
        let told = read(&own.get(&format!("{ACCOUNT_PATH}/events?action={action}")).await);
        assert_eq!(told["data"][0]["body"]["reason"], reason, "{told}");
        assert!(told["data"][0]["actor"].as_str().unwrap().starts_with("api_key:"), "{told}");
    }
}

#[tokio::test]
async fn what_to_mend_is_told_in_the_words_of_the_connections_product() {
    let site = Site::https().await;
    let canvas = site.connect(Product::Canvas).await;
    // Nothing in the message says whose it is.
    let wrong = site.answer(&canvas, &crate::site::alice(), Some("_x"), |minted| {
        minted.sp_entity_id = "urn:other";
    });
    assert_eq!(site.browser().bring(&canvas, &wrong, None).await.status, 403);
    let mut program = program(&site, Some(ACCOUNT), &all_scopes()).await;
    let list = format!("{ACCOUNT_PATH}/sign-ins");
    let found = read(&program.get(&list).await);
    let one = read(&program.get(&format!("{list}/{}", found["data"][0]["id"].as_str().unwrap())).await);
    let code = gatepost_saml::Code::AudienceMismatch;
    let (theirs, anybodys) = (EN.mend(code, Product::Canvas), EN.mend(code, Product::Other));
    assert_ne!(theirs, anybodys);
    assert_eq!(one["trace"]["mend"], theirs, "{one}");
    let path = format!("{ACCOUNT_PATH}/connections/{}/verify", canvas.connection.id);
    // A trial comes to what is wrong with the address first: it knows of no request.
    let elsewhere = site.answer(&canvas, &crate::site::alice(), Some("_x"), |minted| {
        minted.acs_url = "https://another.example/acs";
    });
    let code = gatepost_saml::Code::DestinationMismatch;
    let (theirs, anybodys) = (EN.mend(code, Product::Canvas), EN.mend(code, Product::Other));
    assert_ne!(theirs, anybodys);
    let body = json!({ "message": elsewhere, "wrapping": "base64" });
    let told = read(&ask(&mut program, ("POST", &path), &[], Some(&body)).await);
    assert_eq!(told["trace"]["mend"], theirs, "{told}");
}

#[tokio::test]
async fn looks_deadlines_guests_and_owners_of_an_account() {
    let site = Site::https().await;
    site.connect(Product::Okta).await;
    let mut program = program(&site, Some(ACCOUNT), &all_scopes()).await;
    let path = format!("{ACCOUNT_PATH}/branding");
    let look = json!({ "colour": "#123456", "help_text": "Ask the library." });
    let any = &[("if-match", "*")];
    let told = ask(&mut program, ("PATCH", &path), any, Some(&look)).await;
    assert_eq!(read(&told)["colour"], "#123456", "{}", told.body);
    assert_eq!(read(&program.get(&path).await), read(&told));
    let wrong = ask(&mut program, ("PATCH", &path), any, Some(&json!({ "logo": "!" }))).await;
    assert_eq!(problem(&wrong, 422, "invalid")["errors"][0]["pointer"], "/logo");
    let board = read(&program.get(&format!("{ACCOUNT_PATH}/deadlines")).await);
    let kinds: Vec<_> =
        board["data"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"idp_certificate"), "{board}");
    let contact = format!("{ACCOUNT_PATH}/deadlines/contact");
    let told = ask(&mut program, ("PUT", &contact), any, Some(&json!({ "email": "it@b.example" }))).await;
    assert_eq!((read(&told), told.status.as_u16()), (json!({ "email": "it@b.example" }), 200));
    assert_eq!(read(&program.get(&contact).await), json!({ "email": "it@b.example" }));
    let calendars = format!("{ACCOUNT_PATH}/calendars");
    let made = ask(&mut program, ("POST", &calendars), &[], None).await;
    let address = read(&made)["url"].as_str().unwrap().replace("https://sso.example.test", "");
    assert!(site.browser().get(&address).await.body.starts_with("BEGIN:VCALENDAR"));
    let key = read(&program.get("/api/v1/key").await)["id"].as_str().unwrap().parse().unwrap();
    let guests = format!("{ACCOUNT_PATH}/guests");
    let guest = json!({ "email": "sub@home.example", "reason": "substitute" });
    assert_eq!(ask(&mut program, ("POST", &guests), &[], Some(&guest)).await.status, 201);
    assert_eq!(read(&program.get(&guests).await)["data"][0]["email"], "sub@home.example");
    let one = format!("{guests}/sub@home.example");
    assert_eq!(ask(&mut program, ("DELETE", &one), &[], None).await.status, 204);
    let invitations = format!("{ACCOUNT_PATH}/invitations");
    let made = ask(&mut program, ("POST", &invitations), &[], Some(&json!({ "email": "o@b.example" }))).await;
    assert!(read(&made)["url"].as_str().unwrap().contains("/link/"), "{}", made.body);
    let one = format!("{invitations}/{}", read(&made)["id"].as_str().unwrap());
    assert_eq!(ask(&mut program, ("DELETE", &one), &[], None).await.status, 204);
    assert_eq!(read(&program.get(&invitations).await)["data"], json!([]));
    // Whoever is shut out has no eyes left behind: a calendar goes with the key that made it.
    api_key::revoke(&site.gateway, &site.gateway.ctx(Actor::CommandLine), key).await.unwrap();
    assert_eq!(site.browser().get(&address).await.status, 404);
}

#[tokio::test]
async fn the_installation_is_for_its_own_keys() {
    let site = Site::https().await;
    site.connect(Product::Okta).await;
    let scopes = "installation:read installation:write operators:write api_keys:read api_keys:write";
    let mut program = program(&site, None, scopes).await;
    let health = read(&program.get("/api/v1/installation/health").await);
    assert!(health["jobs"]["dead"] == 0 && health["version"].is_string(), "{health}");
    for list in ["jobs", "events", "deadlines", "calendars", "operators", "api-keys", "signing-keys"] {
        let page = program.get(&format!("/api/v1/installation/{list}?limit=1")).await;
        assert!(page.status == 200 && read(&page)["data"].is_array(), "{list}: {}", page.body);
    }
    let keys = "/api/v1/installation/api-keys";
    let key = json!({ "name": "nightly", "scopes": ["installation:read"], "days": 1 });
    let made = ask(&mut program, ("POST", keys), &[], Some(&key)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let more = json!({ "name": "x", "scopes": ["users:read"], "days": 1 });
    problem(&ask(&mut program, ("POST", keys), &[], Some(&more)).await, 422, "invalid");
    let one = format!("{keys}/{}", read(&made)["id"].as_str().unwrap());
    assert_eq!(ask(&mut program, ("DELETE", &one), &[], None).await.status, 204);
    let mut theirs = crate::api::program(&site, Some(ACCOUNT), "users:read").await;
    let id = read(&theirs.get("/api/v1/key").await)["id"].as_str().unwrap().to_owned();
    problem(&ask(&mut program, ("DELETE", &format!("{keys}/{id}")), &[], None).await, 404, "not_found");
    let signing = "/api/v1/installation/signing-keys";
    let next = ask(&mut program, ("POST", signing), &[], Some(&json!({}))).await;
    assert_eq!(read(&next)["state"], "next", "{}", next.body);
    let twice = ask(&mut program, ("POST", signing), &[], Some(&json!({}))).await;
    problem(&twice, 422, "invalid");
    let leaked = ask(&mut program, ("POST", signing), &[], Some(&json!({ "is_leaked": true }))).await;
    assert_eq!(read(&leaked)["state"], "active", "{}", leaked.body);
    let link =
        ask(&mut program, ("POST", "/api/v1/installation/operators"), &[], Some(&json!({ "name": "Nia" })))
            .await;
    assert!(read(&link)["url"].as_str().unwrap().contains("/link/"), "{}", link.body);
    // No key of one account gets there, whatever it is made with.
    let scopes = "installation:read".parse().unwrap();
    let input =
        api_key::Create { account: Some(ACCOUNT.parse().unwrap()), name: "x".to_owned(), scopes, days: 1 };
    let ctx = site.gateway.ctx(Actor::CommandLine);
    assert!(api_key::create(&site.gateway, &ctx, input).await.is_err());
}
