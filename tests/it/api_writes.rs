//! What the REST API changes about connections, and that it is changed: made, tested, switched, given up; what both sides
//! of one sign with.

use gatepost::directory::preset::Product;
use gatepost::flow::connection;
use gatepost::flow::connection::refresh::APART_SECONDS;
use gatepost_saml::mint::Personality;
use gatepost_saml::mint::keys::{ATTACKER_RSA, IDP_EC_P256, IDP_RSA, IDP_RSA_NEXT, TestKey};
use gatepost_saml::trust::read_certificate;
use serde_json::{Value, json};

use crate::api::{all_scopes, ask, at, done, listed, problem, program, read};
use crate::browser::{Browser, From};
use crate::publisher::{Answer, Document, Publisher};
use crate::site::{ACCOUNT, Idp, Site, alice, ctx, slug};

const CONNECTIONS: &str = "/api/v1/accounts/lincoln/connections";
const PROPOSALS: &str = "/api/v1/accounts/lincoln/proposals";

fn okta() -> &'static Personality {
    Personality::named("okta").unwrap()
}

fn spki(key: &TestKey) -> String {
    read_certificate(key.certificate_pem.as_bytes()).unwrap().key.spki_sha256().to_owned()
}

/// Whether a message of `idp` that is signed with `key` lets somebody in.
async fn is_in(site: &Site, idp: &Idp, key: &'static TestKey) -> bool {
    let mut browser = site.browser();
    browser.sign_in_changed(site, idp, &alice(), |request| request.options.key = Some(key)).await.status
        == 303
}

#[tokio::test]
async fn a_connection_is_made_from_a_paste_tested_switched_and_given_up() {
    let site = Site::https().await;
    let mut program = program(&site, Some(ACCOUNT), &all_scopes()).await;
    let paste = json!({ "product": "okta", "paste": Document::of(okta(), &[IDP_RSA]).xml() });
    let made = ask(&mut program, ("POST", CONNECTIONS), &[], Some(&paste)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let base = made.location().unwrap().to_owned();
    assert_eq!(base, format!("{CONNECTIONS}/{}", read(&made)["id"].as_str().unwrap()));
    let detail = at(&mut program, &base).await;
    let entity = okta().addresses.entity_id;
    assert_eq!((&detail["state"], &detail["idp_entity_id"]), (&json!("draft"), &json!(entity)));
    assert_eq!(listed(&mut program, CONNECTIONS).await.len(), 1);

    let step = |name: &str| format!("{base}/{name}");
    problem(&ask(&mut program, ("POST", &step("activate")), &[], None).await, 422, "invalid");
    let link = done(&mut program, ("POST", &step("test")), None).await["url"].as_str().unwrap().to_owned();
    let connection = connection::list(&site.gateway, &ctx(&site), &slug()).await.unwrap().swap_remove(0);
    let idp = Idp { personality: okta(), connection };
    let mut browser = site.browser();
    let pending = browser.start_to(&idp, &link[link.find('?').unwrap()..]).await;
    let (person, request) = (alice(), pending.request_id.as_str());
    let message = site.answer(&idp, &person, Some(request), |_| {});
    let tested = browser.bring(&idp, &message, Some(&pending.relay_state)).await;
    assert!(tested.body.contains("The test went well"), "{}", tested.body);
    let told = at(&mut program, &step("test")).await;
    assert_eq!((&told["outcome"], &told["revision"]), (&json!("tested"), &json!(1)), "{told}");

    for (method, path, state, is_open) in [
        ("POST", step("activate"), "active", true),
        ("POST", step("disable"), "disabled", false),
        ("POST", step("enable"), "active", true),
        ("DELETE", base.clone(), "retired", false),
    ] {
        assert_eq!(done(&mut program, (method, &path), None).await, Value::Null, "{path}");
        assert_eq!(at(&mut program, &base).await["state"], state, "{path}");
        let login = site.browser().get(&idp.path("login")).await.status.as_u16();
        assert_eq!(login, if is_open { 200 } else { 404 }, "{path}");
    }
}

#[tokio::test]
async fn each_way_of_giving_an_identity_provider_makes_a_connection() {
    let site = Site::https().await;
    let mut program = program(&site, Some(ACCOUNT), &all_scopes()).await;
    let publisher = Publisher::new(Answer::Status(500));
    let document = Document::of(okta(), &[IDP_RSA]);
    publisher.publish(&document);
    let fields = json!({
        "entity_id": document.entity_id, "sso_url": document.sso_url,
        "certificates": [IDP_RSA.certificate_pem], "name": "By hand",
    });
    let ways =
        [json!({ "metadata_xml": document.xml() }), json!({ "metadata_url": publisher.url() }), fields];
    for way in ways {
        let made = ask(&mut program, ("POST", CONNECTIONS), &[], Some(&way)).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let detail = at(&mut program, made.location().unwrap()).await;
        assert_eq!(detail["idp_entity_id"], document.entity_id, "{detail}");
        assert_eq!(detail["certificates"][0]["spki_sha256"], spki(&IDP_RSA), "{detail}");
        let brought_by = detail["certificates"][0]["brought_by"].as_str().unwrap();
        assert!(brought_by.starts_with("api_key:"), "{detail}");
        assert_eq!(
            detail["metadata"]["url"], way["metadata_url"],
            "followed where it has an address: {detail}"
        );
        if way["name"].is_string() {
            assert_eq!(detail["name"], way["name"]);
        }
    }
    let both = json!({ "metadata_xml": document.xml(), "metadata_url": publisher.url() });
    problem(&ask(&mut program, ("POST", CONNECTIONS), &[], Some(&both)).await, 422, "invalid");
    assert_eq!(listed(&mut program, CONNECTIONS).await.len(), 3);
}

/// A platform that moves its customers has no shell: the names that identity providers know go along by REST as well.
#[tokio::test]
async fn a_connection_is_made_under_the_name_that_its_identity_provider_knows_already() {
    let site = Site::https().await;
    let document = Document::of(okta(), &[IDP_RSA]);
    let new = |entity_id: &str, acs_url: &str| {
        let of_before = json!({ "entity_id": entity_id, "acs_url": acs_url });
        json!({ "metadata_xml": document.xml(), "service_provider": of_before })
    };
    let (entity_id, acs_url) = ("urn:old:gateway", "https://sso.old.example/saml/acs");
    let mut own = program(&site, Some(ACCOUNT), &all_scopes()).await;
    let mut half = program(&site, None, "connections:write connections:read").await;
    for program in [&mut own, &mut half] {
        let refused = ask(program, ("POST", CONNECTIONS), &[], Some(&new(entity_id, acs_url))).await;
        problem(&refused, 403, "forbidden");
    }
    let mut all = program(&site, None, "connections:write connections:read installation:write").await;
    for (entity_id, acs_url, pointer) in [
        ("", acs_url, "/service_provider/entity_id"),
        (entity_id, "sso.old.example", "/service_provider/acs_url"),
    ] {
        let refused = ask(&mut all, ("POST", CONNECTIONS), &[], Some(&new(entity_id, acs_url))).await;
        assert_eq!(problem(&refused, 422, "invalid")["errors"][0]["pointer"], pointer, "{}", refused.body);
    }
    let mut pasted = new(entity_id, acs_url);
    let xml = pasted.as_object_mut().unwrap().remove("metadata_xml").unwrap();
    pasted["paste"] = xml;
    let refused = ask(&mut all, ("POST", CONNECTIONS), &[], Some(&pasted)).await;
    assert_eq!(problem(&refused, 422, "invalid")["errors"][0]["pointer"], "/service_provider");
    assert_eq!(listed(&mut all, CONNECTIONS).await.len(), 0);
    let made = ask(&mut all, ("POST", CONNECTIONS), &[], Some(&new(entity_id, acs_url))).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let detail = at(&mut all, made.location().unwrap()).await;
    let told = (detail["sp_entity_id"].as_str(), detail["acs_url"].as_str());
    assert_eq!(told, (Some(entity_id), Some(acs_url)), "{detail}");
}

#[tokio::test]
async fn certificates_come_and_go_and_a_revision_comes_back() {
    let site = Site::https().await;
    let idp = site.connect(Product::Okta).await;
    let mut program = program(&site, Some(ACCOUNT), &all_scopes()).await;
    let base = format!("{CONNECTIONS}/{}", idp.connection.id);
    let certificates = format!("{base}/certificates");
    let next = json!({ "certificate": IDP_RSA_NEXT.certificate_pem });
    problem(&ask(&mut program, ("POST", &certificates), &[], Some(&next)).await, 428, "condition_missing");
    let stale = [("if-match", "\"7\"")];
    problem(&ask(&mut program, ("POST", &certificates), &stale, Some(&next)).await, 412, "stale");
    assert!(!is_in(&site, &idp, &IDP_RSA_NEXT).await);

    let etag = program.get(&base).await.header("etag").unwrap().to_owned();
    let added = ask(&mut program, ("POST", &certificates), &[("if-match", &etag)], Some(&next)).await;
    assert_eq!((added.status.as_u16(), &read(&added)["revision"]), (200, &json!(2)), "{}", added.body);
    assert_eq!(listed(&mut program, &certificates).await.len(), 2);
    assert!(is_in(&site, &idp, &IDP_RSA_NEXT).await && is_in(&site, &idp, &IDP_RSA).await);

    let all = listed(&mut program, &certificates).await;
    let old = all.iter().find(|one| one["spki_sha256"] == json!(spki(&IDP_RSA))).unwrap();
    let old = format!("{certificates}/{}", old["certificate_sha256"].as_str().unwrap());
    assert_eq!(done(&mut program, ("DELETE", &old), None).await["revision"], 3);
    assert!(is_in(&site, &idp, &IDP_RSA_NEXT).await && !is_in(&site, &idp, &IDP_RSA).await);

    let back = format!("{base}/revisions/1/restore");
    assert_eq!(done(&mut program, ("POST", &back), None).await["revision"], 4);
    assert!(!is_in(&site, &idp, &IDP_RSA_NEXT).await && is_in(&site, &idp, &IDP_RSA).await);
    let history = listed(&mut program, &format!("{base}/revisions")).await;
    let numbers: Vec<_> = history.iter().map(|one| one["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    assert!(history[1..].iter().all(|one| !one["changed"].as_array().unwrap().is_empty()), "{history:?}");
}

#[tokio::test]
async fn our_own_keys_are_published_put_into_use_and_dropped() {
    let site = Site::https().await;
    let idp = site.connect(Product::Okta).await;
    let mut program = program(&site, Some(ACCOUNT), &all_scopes()).await;
    let keys = format!("{CONNECTIONS}/{}/own-keys", idp.connection.id);
    let rotate = format!("{keys}/rotate");
    let states = |keys: &[Value]| {
        let mut states: Vec<_> = keys.iter().map(|key| key["state"].as_str().unwrap().to_owned()).collect();
        states.sort();
        states.dedup();
        states
    };
    let before = listed(&mut program, &keys).await;
    assert_eq!(states(&before), ["active"]);
    let published = done(&mut program, ("POST", &rotate), Some(json!({}))).await;
    assert_eq!(
        (&published["step"], states(&listed(&mut program, &keys).await)),
        (&json!("published"), vec!["active".to_owned(), "next".to_owned()])
    );
    problem(&ask(&mut program, ("POST", &rotate), &[], Some(&json!({}))).await, 422, "invalid");
    let activated = done(&mut program, ("POST", &rotate), Some(json!({ "is_hurried": true }))).await;
    assert_eq!(activated["step"], "activated");
    let all = listed(&mut program, &keys).await;
    assert_eq!(states(&all), ["active", "retired"]);
    for key in &all {
        let path = format!("{keys}/{}", key["id"].as_str().unwrap());
        let dropped = ask(&mut program, ("DELETE", &path), &[], None).await;
        let expected = if key["state"] == "retired" { 204 } else { 422 };
        assert_eq!(dropped.status.as_u16(), expected, "{key}: {}", dropped.body);
    }
    let left = listed(&mut program, &keys).await;
    assert_eq!((states(&left), left.len()), (vec!["active".to_owned()], before.len()));
    assert!(left.iter().all(|key| before.iter().all(|old| old["id"] != key["id"])), "{left:?}");
}

#[tokio::test]
async fn of_certificates_that_nobody_trusts_one_is_approved_and_one_declined() {
    let site = Site::https().await;
    let idp = site.connect(Product::Okta).await;
    let mut program = program(&site, Some(ACCOUNT), &all_scopes()).await;
    assert!(!is_in(&site, &idp, &ATTACKER_RSA).await && !is_in(&site, &idp, &IDP_RSA_NEXT).await);
    let unknown = format!("{CONNECTIONS}/{}/unknown-certificates", idp.connection.id);
    assert_eq!(listed(&mut program, &unknown).await.len(), 2);
    let word = |key: &TestKey, word: &str| format!("{unknown}/{}/{word}", spki(key));
    assert_eq!(done(&mut program, ("POST", &word(&ATTACKER_RSA, "decline")), None).await, Value::Null);
    let approve = word(&IDP_RSA_NEXT, "approve");
    let other = json!({ "proof": ATTACKER_RSA.certificate_pem });
    problem(&ask(&mut program, ("POST", &approve), &[], Some(&other)).await, 422, "invalid");
    let proof = json!({ "proof": IDP_RSA_NEXT.certificate_pem });
    assert_eq!(done(&mut program, ("POST", &approve), Some(proof)).await["revision"], 2);
    assert!(is_in(&site, &idp, &IDP_RSA_NEXT).await && !is_in(&site, &idp, &ATTACKER_RSA).await);
    let left = listed(&mut program, &unknown).await;
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(
        (&left[0]["spki_sha256"], &left[0]["is_declined"]),
        (&json!(spki(&ATTACKER_RSA)), &json!(true))
    );
}

/// A program, and a connection of its that follows metadata, by its address in the API.
async fn followed(site: &Site) -> (Browser, Publisher, String) {
    let publisher = Publisher::new(Answer::Status(500));
    publisher.publish(&Document::of(okta(), &[IDP_RSA]));
    let mut program = program(site, Some(ACCOUNT), &all_scopes()).await;
    let new = json!({ "metadata_url": publisher.url(), "product": "okta" });
    let made = ask(&mut program, ("POST", CONNECTIONS), &[], Some(&new)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let path = made.location().unwrap().to_owned();
    (program, publisher, path)
}

fn moved(host: &'static str) -> Document<'static> {
    Document { sso_url: host, ..Document::of(okta(), &[IDP_RSA]) }
}

#[tokio::test]
async fn metadata_is_looked_at_by_rest_and_what_has_moved_is_followed_or_not() {
    let site = Site::https().await;
    let (mut program, publisher, base) = followed(&site).await;
    let refresh = format!("{base}/metadata/refresh");
    let look = async |program: &mut Browser| {
        site.clock.advance(APART_SECONDS);
        done(program, ("POST", &refresh), None).await
    };
    assert_eq!(look(&mut program).await["result"], "unchanged");
    publisher.publish(&Document::of(okta(), &[IDP_RSA, IDP_EC_P256]));
    let changed = look(&mut program).await;
    assert_eq!((&changed["result"], &changed["revision"]), (&json!("changed"), &json!(2)), "{changed}");
    publisher.set(Answer::Status(503));
    let failed = look(&mut program).await;
    assert_eq!((&failed["result"], &failed["waits"]), (&json!("failed"), &json!(false)));
    assert!(failed["problem"].as_str().unwrap().contains("503"), "{failed}");

    let addresses = async |program: &mut Browser| at(program, &base).await["settings"].to_string();
    for (host, word, is_followed) in
        [("https://evil.example/sso", "decline", false), ("https://moved.example/sso", "approve", true)]
    {
        publisher.publish(&moved(host));
        let told = look(&mut program).await;
        assert_eq!(told["waits"], true, "{told}");
        let waiting = listed(&mut program, PROPOSALS).await;
        assert_eq!((waiting.len(), &waiting[0]["kind"]), (1, &json!("sso_host")), "{waiting:?}");
        assert!(waiting[0]["proposed"].as_array().unwrap().contains(&json!(host)), "{waiting:?}");
        assert!(!addresses(&mut program).await.contains(host), "not before somebody has said so");
        let proposal = waiting[0]["id"].as_str().unwrap();
        done(&mut program, ("POST", &format!("{base}/proposals/{proposal}/{word}")), None).await;
        assert_eq!(addresses(&mut program).await.contains(host), is_followed, "{word}");
        assert!(listed(&mut program, PROPOSALS).await.is_empty());
        let action = format!("connection.drift_{word}d");
        let events = at(&mut program, &format!("/api/v1/accounts/lincoln/events?action={action}")).await;
        assert_eq!(events["data"].as_array().unwrap().len(), 1, "{action}");
    }
}

#[tokio::test]
async fn metadata_is_looked_at_in_the_console_and_what_has_moved_is_followed_or_not() {
    let site = Site::https().await;
    let (mut program, publisher, base) = followed(&site).await;
    let mut owner = site.owner().await;
    let id = base.rsplit('/').next().unwrap();
    let page = format!("/console/at/{ACCOUNT}/sso/{id}/certificates");
    for (host, word, is_followed) in
        [("https://evil.example/sso", "decline", false), ("https://moved.example/sso", "approve", true)]
    {
        publisher.publish(&moved(host));
        site.clock.advance(APART_SECONDS);
        let token = owner.get(&page).await.between("name=\"token\" value=\"", "\"").to_owned();
        let form = [("token", token.as_str())];
        let refresh = format!("/console/at/{ACCOUNT}/sso/{id}/metadata/refresh");
        let looked = owner.post(&refresh, &form, From::ThisSite).await;
        assert_eq!(looked.status, 200, "{}", looked.body);
        assert!(looked.body.contains(host), "what would be is shown: {}", looked.body);
        assert!(!looked.body.contains("nothing is different"), "{}", looked.body);
        let proposal = looked.between("name=\"proposal\" value=\"", "\"");
        let form = [("token", token.as_str()), ("proposal", proposal)];
        let path = format!("/console/at/{ACCOUNT}/sso/{id}/metadata/{word}");
        let answered = owner.post(&path, &form, From::ThisSite).await;
        assert_eq!(answered.status, 303, "{}", answered.body);
        assert!(!owner.get(&page).await.body.contains("name=\"proposal\""), "nothing waits");
        let settings = at(&mut program, &base).await["settings"].to_string();
        assert_eq!(settings.contains(host), is_followed, "{word}");
    }
}
