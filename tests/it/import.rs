//! Connections taken over from other products and installations: what is made, what is left out and why, and that people
//! sign in afterwards by what their identity provider knows already.

use gatepost::base::Actor;
use gatepost::directory::foreign::{self, Entry, Format, Names};
use gatepost::flow::connection::export::export;
use gatepost::flow::connection::import::{Became, Import, Line, from_metadata, import};
use gatepost::flow::connection::keys::KeyPair;
use gatepost::flow::connection::{self, show};
use gatepost_saml::encoding::to_base64;
use gatepost_saml::mint::keys::{IDP_RSA, IDP_RSA_NEXT, SP_RSA};
use gatepost_saml::mint::{MetadataFacts, Personality, mint_aggregate};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::browser::{Browser, From};
use crate::cli::{folder, json as line_of, run};
use crate::site::{ACCOUNT, Idp, Site, alice};

fn names() -> Names {
    Names {
        base_url: Some("https://old.example/".to_owned()),
        sp_entity_id: Some("https://saml.old.example".to_owned()),
        acs_url: None,
    }
}

fn of(entries: Vec<Entry>) -> Import {
    Import {
        entries,
        account: None,
        makes_accounts: false,
        has_new_names: false,
        key_pair: None,
        is_active: true,
        is_rehearsal: false,
    }
}

fn read(document: &Value, format: Format) -> Vec<Entry> {
    assert_eq!(Format::of(document), Some(format), "told by its shape");
    foreign::read(document, format, &names()).unwrap()
}

async fn take(site: &Site, input: Import) -> Vec<Line> {
    import(&site.gateway, &site.gateway.ctx(Actor::CommandLine), input).await.unwrap()
}

fn became(lines: &[Line]) -> Vec<&'static str> {
    lines.iter().map(|line| line.became.name()).collect()
}

fn why(line: &Line) -> &str {
    match &line.became {
        Became::LeftOut(why) => why,
        other => panic!("{other:?}"),
    }
}

fn personality(name: &str) -> &'static Personality {
    Personality::named(name).unwrap()
}

fn certificate() -> String {
    to_base64(&IDP_RSA.certificate_der().unwrap())
}

async fn idp(site: &Site, account: &str, name: &str) -> Idp {
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let all = connection::list(&site.gateway, &ctx, &account.parse().unwrap()).await.unwrap();
    let personality = personality(name);
    let connection = all.into_iter().find(|one| one.idp_entity_id == personality.addresses.entity_id);
    Idp { personality, connection: connection.unwrap() }
}

async fn shown(site: &Site, idp: &Idp) -> Value {
    let ctx = site.gateway.ctx(Actor::CommandLine);
    show::show(&site.gateway, &ctx, idp.connection.id).await.unwrap().json()
}

/// Signs in by `idp`, whose answer comes to `path`.
async fn sign_in(site: &Site, idp: &Idp, path: &str) {
    let mut browser = site.browser();
    let pending = browser.start(idp).await;
    let message = site.answer(idp, &alice(), Some(&pending.request_id), |_| {});
    let form = [("SAMLResponse", message.as_str()), ("RelayState", &pending.relay_state)];
    let answer = browser.post(path, &form, From::AnotherSite).await;
    assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
    assert!(Browser::is_signed_in(&browser.get("/me").await));
}

fn polis_connection(tenant: &str, name: &str) -> Value {
    let addresses = personality(name).addresses;
    json!({
        "tenant": tenant, "product": "video", "name": format!("{tenant} sign-in"), "clientID": "c", "clientSecret": "s",
        "defaultRedirectUrl": "https://app.example/", "redirectUrl": ["https://app.example/*"],
        "idpMetadata": {
            "entityID": addresses.entity_id, "loginType": "idp", "provider": "x", "slo": {}, "thumbprint": "ab",
            "sso": { "redirectUrl": addresses.sso_url }, "publicKey": certificate(),
        },
        "deactivated": false, "forceAuthn": false,
    })
}

#[tokio::test]
async fn polis() {
    let site = Site::https().await;
    let mut own = polis_connection("canvas.example", "canvas");
    own["samlAudienceOverride"] = "urn:own".into();
    own["acsUrlOverride"] = "https://sso.canvas.example/callback".into();
    own["forceAuthn"] = "true".into();
    let mut off = polis_connection("lincoln", "onelogin");
    off["deactivated"] = true.into();
    off["idpMetadata"]["publicKey"] =
        format!("{},{}", certificate(), to_base64(&IDP_RSA_NEXT.certificate_der().unwrap())).into();
    let mut keyless = polis_connection("lincoln", "pingone");
    keyless["idpMetadata"].as_object_mut().unwrap().remove("publicKey");
    let document = json!([
        polis_connection("lincoln", "okta"),
        polis_connection("Riverside Unified", "google"),
        own,
        off,
        keyless,
        polis_connection("lincoln", "okta"),
        { "tenant": "lincoln", "product": "video", "clientID": "c", "oidcProvider": { "provider": "x" } },
    ]);
    let rehearsed = Import { makes_accounts: true, is_rehearsal: true, ..of(read(&document, Format::Polis)) };
    let rehearsed = take(&site, rehearsed).await;
    let made = ["would_be_made"; 4].into_iter().chain(["left_out"; 3]).collect::<Vec<_>>();
    assert_eq!(became(&rehearsed), made);
    assert!(why(&rehearsed[4]).contains("certificate"), "{rehearsed:?}");
    assert!(why(&rehearsed[5]).contains("between the same two names"));
    assert!(why(&rehearsed[6]).contains("OpenID Connect"));
    assert_eq!(rehearsed[1].account.as_deref(), Some("riverside-unified"));
    for table in ["connections", "service_providers", "sp_keys", "connection_revisions", "idp_keys"] {
        assert_eq!(site.count(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM accounts").await, 1);

    // Without their accounts, owners are left out; nothing is guessed.
    let without = take(&site, of(read(&document, Format::Polis))).await;
    assert_eq!(became(&without)[..4], ["made", "left_out", "left_out", "made"]);
    assert!(why(&without[1]).contains("no account"), "{without:?}");
    let all = Import { makes_accounts: true, ..of(read(&document, Format::Polis)) };
    let all = take(&site, all).await;
    assert_eq!(became(&all)[..4], ["present", "made", "made", "present"]);
    assert_eq!(
        site.text("SELECT external_id FROM accounts WHERE slug = 'riverside-unified'").await.as_deref(),
        Some("Riverside Unified")
    );
    let again = Import { makes_accounts: true, ..of(read(&document, Format::Polis)) };
    assert_eq!(became(&take(&site, again).await)[..4], ["present"; 4]);

    // Everybody comes to where they came before.
    let okta = idp(&site, ACCOUNT, "okta").await;
    let google = idp(&site, "riverside-unified", "google").await;
    assert_eq!(okta.connection.sp_entity_id, google.connection.sp_entity_id);
    assert_eq!(okta.connection.acs_url, "https://old.example/api/oauth/saml");
    sign_in(&site, &okta, "/api/oauth/saml").await;
    sign_in(&site, &google, "/api/oauth/saml").await;
    let canvas = idp(&site, "canvas-example", "canvas").await;
    assert_eq!(canvas.connection.sp_entity_id, "urn:own");
    let settings = &shown(&site, &canvas).await["settings"];
    assert_eq!((&settings["force_authn"], &settings["is_request_signed"]), (&true.into(), &true.into()));
    let off = shown(&site, &idp(&site, ACCOUNT, "onelogin").await).await;
    assert_eq!((&off["state"], off["keys"].as_array().unwrap().len()), (&"draft".into(), 2));
}

#[tokio::test]
async fn what_another_account_has_stays_its_own() {
    let site = Site::https().await;
    site.make_account("riverside", "Riverside Unified").await;
    let document = json!([polis_connection("lincoln", "okta")]);
    take(&site, of(read(&document, Format::Polis))).await;
    let other = Import { account: Some("riverside".parse().unwrap()), ..of(read(&document, Format::Polis)) };
    let lines = take(&site, other).await;
    assert_eq!(became(&lines), ["left_out"]);
    let told = format!("{lines:?}");
    assert!(
        told.contains("another account") && !told.contains("conn_") && !told.contains("Lincoln"),
        "{told}"
    );
    assert_eq!(site.count("SELECT COUNT(*) FROM connections").await, 1);
    // A made-up name must not lead into an account that happens to have it.
    let document = json!([polis_connection("Lincoln!", "google")]);
    let lines = take(&site, Import { makes_accounts: true, ..of(read(&document, Format::Polis)) }).await;
    assert!(why(&lines[0]).contains("another one's name"), "{lines:?}");
}

fn realm() -> Value {
    let okta = personality("okta").addresses;
    let mapper = |name: &str, kind: &str, config: Value| json!({ "name": name, "identityProviderAlias": "lincoln", "identityProviderMapper": kind, "config": config });
    json!({
        "realm": "schools", "enabled": true,
        "identityProviders": [
            { "alias": "lincoln", "displayName": "Lincoln's Okta", "providerId": "saml", "enabled": true,
              "trustEmail": false,
              "config": {
                "idpEntityId": okta.entity_id, "singleSignOnServiceUrl": okta.sso_url, "validateSignature": "true",
                "signingCertificate": certificate(), "postBindingAuthnRequest": "true", "forceAuthn": "false",
                "wantAuthnRequestsSigned": "false", "allowedClockSkew": "30", "principalType": "SUBJECT",
                "nameIDPolicyFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
                "authnContextClassRefs": "[\"urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport\"]",
              } },
            { "alias": "github", "providerId": "github", "config": { "clientId": "x" } },
            { "alias": "old", "providerId": "saml", "config": { "singleSignOnServiceUrl": "https://x.example/sso" } },
        ],
        "identityProviderMappers": [
            mapper("first", "saml-user-attribute-idp-mapper",
                json!({ "attribute.name": "given", "user.attribute": "firstName", "syncMode": "INHERIT" })),
            mapper("building", "saml-user-attribute-idp-mapper",
                json!({ "attribute.friendly.name": "School", "user.attribute": "building" })),
            mapper("user", "saml-username-idp-mapper", json!({ "template": "${ATTRIBUTE.uid | lowercase}" })),
            mapper("alias", "saml-username-idp-mapper", json!({ "template": "${ALIAS}.${NAMEID}" })),
            mapper("teachers", "saml-role-idp-mapper",
                json!({ "attribute.name": "kind", "attribute.value": "teacher", "role": "teacher" })),
            mapper("admins", "saml-role-idp-mapper",
                json!({ "attribute.name": "kind", "attribute.value": "it", "role": "admin" })),
            mapper("pattern", "saml-advanced-role-idp-mapper", json!({
                "attributes": "[{\"key\":\"group\",\"value\":\"staff-.*\"}]", "are.attribute.values.regex": "true",
                "role": "staff" })),
            mapper("both", "saml-advanced-role-idp-mapper", json!({
                "attributes": "[{\"key\":\"a\",\"value\":\"1\"},{\"key\":\"b\",\"value\":\"2\"}]", "role": "x" })),
            mapper("xpath", "saml-xpath-attribute-idp-mapper", json!({ "user.attribute": "x" })),
        ],
    })
}

#[tokio::test]
async fn keycloak() {
    let site = Site::https().await;
    let before = Names { sp_entity_id: None, ..names() };
    let entries = foreign::read(&realm(), Format::Keycloak, &before).unwrap();
    assert_eq!(Format::of(&realm()), Some(Format::Keycloak));
    let lines = take(&site, Import { account: Some(ACCOUNT.parse().unwrap()), ..of(entries) }).await;
    assert_eq!(became(&lines), ["made", "left_out", "left_out"]);
    assert!(why(&lines[1]).contains("\"github\""));
    assert!(why(&lines[2]).contains("Entity ID"), "{lines:?}");
    for part in ["\"alias\"", "\"admins\"", "\"both\"", "\"xpath\""] {
        assert!(lines[0].notes.iter().any(|note| note.contains(part)), "{part}: {:?}", lines[0].notes);
    }
    let okta = idp(&site, ACCOUNT, "okta").await;
    assert_eq!(okta.connection.sp_entity_id, "https://old.example/realms/schools");
    let path = "/realms/schools/broker/lincoln/endpoint";
    assert_eq!(okta.connection.acs_url, format!("https://old.example{path}"));
    let settings = shown(&site, &okta).await["settings"].clone();
    assert_eq!(settings["request_binding"], "post");
    assert_eq!(settings["policy"]["clock_skew_seconds"], 30);
    assert_eq!(settings["subject"], "name_id");
    let mapping = &settings["mapping"];
    assert_eq!(mapping["first_name"], json!({ "first_of": ["attribute:given"] }));
    assert_eq!(mapping["custom"]["building"], json!({ "first_of": ["attribute:School"] }));
    assert_eq!(mapping["username"], json!({ "first_of": ["attribute:uid"], "case": "lower" }));
    assert_eq!(
        mapping["role_rules"],
        json!([
            { "grant": "teacher", "when": "attribute:kind", "equals": "teacher" },
            { "grant": "staff", "when": "attribute:group", "matches": "staff-.*" },
        ]),
        "no role of another product makes anybody an administrator"
    );
    let mut browser = site.browser();
    let page = browser.get(&okta.path("login")).await;
    let handle = page.between("name=\"RelayState\" value=\"", "\"").to_owned();
    let message = site.answer(&okta, &alice(), Some(&handle), |_| {});
    let form = [("SAMLResponse", message.as_str()), ("RelayState", &handle)];
    let answer = browser.post(path, &form, From::AnotherSite).await;
    assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
}

#[tokio::test]
async fn a_subject_by_what_an_attribute_is_called_for_people_is_told() {
    let site = Site::https().await;
    let before = Names { sp_entity_id: None, ..names() };
    let mut realm = realm();
    let config = &mut realm["identityProviders"][0]["config"];
    config["principalType"] = "FRIENDLY_ATTRIBUTE".into();
    config["principalAttribute"] = "uid".into();
    let entries = foreign::read(&realm, Format::Keycloak, &before).unwrap();
    let lines = take(&site, Import { account: Some(ACCOUNT.parse().unwrap()), ..of(entries) }).await;
    let is_told = |note: &String| note.contains("FriendlyName is \"uid\"");
    assert!(lines[0].notes.iter().any(is_told), "{:?}", lines[0].notes);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let wrong = |document: &Value, format| foreign::read(document, format, &names()).unwrap_err().to_string();
    let mut polis = polis_connection("lincoln", "okta");
    polis["idpMetadata"]["entityID"] = 5.into();
    polis["idpMetadata"]["sso"] = "x".into();
    polis["forceAuthn"] = "perhaps".into();
    let told = wrong(&json!([polis_connection("a", "okta"), polis, { "product": "x" }, 3]), Format::Polis);
    for line in [
        "[1].idpMetadata.entityID: it must be a text",
        "[1].idpMetadata.sso: it must be an object",
        "[1].forceAuthn: it must be true or false",
        "[2].tenant: it is missing",
        "[2]: neither idpMetadata nor oidcProvider is there",
        "[3]: it must be an object",
    ] {
        assert!(told.lines().any(|found| found == line), "{line} in {told}");
    }
    let mut bad = realm();
    bad["identityProviders"][0]["config"]["allowedClockSkew"] = "soon".into();
    bad["identityProviders"][2]["config"] = Value::Null;
    bad["identityProviderMappers"][6]["config"]["attributes"] = "{".into();
    let told = wrong(&bad, Format::Keycloak);
    for line in [
        "identityProviders[0].config.allowedClockSkew: it must be a number of seconds",
        "identityProviders[2]: config is missing",
        "identityProviderMappers[6].config.attributes: it must be a list of key and value, as JSON in a text",
    ] {
        assert!(told.lines().any(|found| found == line), "{line} in {told}");
    }
    assert!(wrong(&json!({ "gatepost_export": 2 }), Format::Gatepost).contains("gatepost_export"));
    for nothing in [json!([]), json!({ "realm": "x" }), json!(3)] {
        assert!(!wrong(&nothing, Format::Keycloak).is_empty());
    }
}

#[tokio::test]
async fn what_cannot_be_a_connection_is_left_out_alone() {
    let site = Site::https().await;
    let broken = |change: fn(&mut Value)| {
        let mut connection = polis_connection("lincoln", "okta");
        change(&mut connection);
        connection
    };
    let document = json!([
        broken(|one| one["idpMetadata"]["publicKey"] = "MIIB".into()),
        broken(|one| one["idpMetadata"]["sso"]["redirectUrl"] = "http://idp.example/".into()),
        broken(|one| one["acsUrlOverride"] = "nowhere".into()),
        broken(|one| one["metadataUrl"] = "ftp://idp.example/".into()),
        broken(|one| one["samlAudienceOverride"] = "x".repeat(1025).into()),
        polis_connection("lincoln", "google"),
    ]);
    let lines = take(&site, of(read(&document, Format::Polis))).await;
    assert_eq!(became(&lines), ["left_out", "left_out", "left_out", "left_out", "left_out", "made"]);
    assert_eq!(lines[3].place, "[3]");
    assert!(why(&lines[3]).contains("metadata.url"), "{lines:?}");
    for table in ["connections", "service_providers", "connection_revisions"] {
        assert_eq!(site.count(&format!("SELECT COUNT(*) FROM {table}")).await, 1, "{table}");
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM events WHERE action = 'connection.created'").await, 1);
    // Without names it cannot know what identity providers know.
    let document = json!([polis_connection("lincoln", "onelogin")]);
    let nameless = || foreign::read(&document, Format::Polis, &Names::default()).unwrap();
    let lines = take(&site, of(nameless())).await;
    assert!(why(&lines[0]).contains("--old-url"), "{lines:?}");
    let renamed = || Import { has_new_names: true, ..of(nameless()) };
    assert_eq!(became(&take(&site, renamed()).await), ["made"]);
    assert_eq!(became(&take(&site, renamed()).await), ["present"]);
    let renamed = idp(&site, ACCOUNT, "onelogin").await;
    assert_eq!(renamed.connection.acs_url, format!("{}{}", site.url, renamed.path("acs")));
}

#[tokio::test]
async fn metadata_of_several() {
    let site = Site::https().await;
    let all = ["okta", "google", "canvas"].map(personality);
    let facts = MetadataFacts { keys: &[IDP_RSA], ..MetadataFacts::new(site.clock.now()) };
    let xml = mint_aggregate(&all, &facts, &mut |_: &mut [u8]| {}).unwrap();
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let entries = || from_metadata(&ctx, &xml, &Names::default()).unwrap();
    let whole = || Import {
        account: Some(ACCOUNT.parse().unwrap()),
        has_new_names: true,
        is_active: false,
        ..of(entries())
    };
    assert_eq!(became(&take(&site, whole()).await), ["made"; 3]);
    assert_eq!(became(&take(&site, whole()).await), ["present"; 3]);
    assert_eq!(site.count("SELECT COUNT(*) FROM connections WHERE state = 'draft'").await, 3);
    assert!(from_metadata(&ctx, b"<x/>", &Names::default()).is_err());
}

#[tokio::test]
async fn the_old_key_goes_on_signing() {
    let site = Site::https().await;
    let document = json!([polis_connection("lincoln", "okta")]);
    let private = || Zeroizing::new(SP_RSA.private_pem.as_bytes().to_vec());
    let wrong = KeyPair::read(IDP_RSA.certificate_pem.as_bytes(), private());
    assert!(wrong.unwrap_err().to_string().contains("not that of the private key"));
    let pair = KeyPair::read(SP_RSA.certificate_pem.as_bytes(), private()).unwrap();
    assert!(!format!("{pair:?}").contains("PRIVATE"));
    let input = Import { key_pair: Some(pair), ..of(read(&document, Format::Polis)) };
    let lines = take(&site, input).await;
    assert!(!lines[0].notes.iter().any(|note| note.contains("new key")), "{lines:?}");
    let okta = idp(&site, ACCOUNT, "okta").await;
    let own = connection::own_metadata(&site.gateway, okta.connection.id).await.unwrap();
    let certificate = to_base64(&SP_RSA.certificate_der().unwrap());
    let plain: String = own.split_whitespace().collect();
    assert_eq!(plain.matches(&certificate).count(), 3, "its signature, for signing, and for encrypting");
}

#[tokio::test]
async fn another_installation_goes_on_where_this_one_was() {
    let first = Site::https().await;
    let document = json!([polis_connection("lincoln", "okta")]);
    take(&first, of(read(&document, Format::Polis))).await;
    let google = first.connect(gatepost::directory::preset::Product::Google).await;
    let ctx = first.gateway.ctx(Actor::CommandLine);
    let exported = export(&first.gateway, &ctx, None).await.unwrap();
    let text = exported.to_string();
    assert!(!text.contains("PRIVATE") && !text.contains("sealed"), "{text}");
    let one = export(&first.gateway, &ctx, Some(&ACCOUNT.parse().unwrap())).await.unwrap();
    assert_eq!(one["accounts"], exported["accounts"]);

    let second = Site::with(first.url, |_| {}).await;
    second.execute("UPDATE accounts SET slug = 'other', external_id = 'other'").await;
    let whole = |makes_accounts| Import { makes_accounts, ..of(read(&exported, Format::Gatepost)) };
    assert_eq!(became(&take(&second, whole(false)).await), ["left_out"; 2]);
    assert_eq!(became(&take(&second, whole(true)).await), ["made"; 2]);
    assert_eq!(became(&take(&second, whole(true)).await), ["present"; 2]);
    assert_eq!(
        export(&second.gateway, &ctx, Some(&ACCOUNT.parse().unwrap())).await.unwrap()["accounts"],
        exported["accounts"],
        "the same again"
    );
    // Answers come to the same addresses.
    sign_in(&second, &google, &google.path("acs")).await;
    sign_in(&second, &idp(&second, ACCOUNT, "okta").await, "/api/oauth/saml").await;
}

#[test]
fn the_command_line_rehearses_and_imports() {
    let folder = folder();
    line_of(&run(&folder.0, &["account", "create", "lincoln", "--json"]));
    let document = json!([polis_connection("lincoln", "okta"), polis_connection("riverside", "google")]);
    std::fs::write(folder.0.join("polis.json"), document.to_string()).unwrap();
    let old = ["--old-url", "https://old.example", "--sp-entity-id", "https://saml.old.example", "--json"];
    let import = |more: &[&str]| run(&folder.0, &[&["import", "polis.json"], &old[..], more].concat());
    let rehearsed = import(&["--dry-run", "--only", personality("okta").addresses.entity_id]);
    assert_eq!(line_of(&rehearsed)["became"], "would_be_made");
    let partly = import(&[]);
    assert_eq!(partly.status.code(), Some(1), "something was left out");
    let lines = |output: &std::process::Output| {
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect::<Vec<_>>()
    };
    let found: Vec<_> = lines(&partly).iter().map(|line| line["became"].clone()).collect();
    assert_eq!(found, ["made", "left_out"]);
    let whole = import(&["--make-accounts"]);
    assert_eq!(whole.status.code(), Some(0));
    let found: Vec<_> = lines(&whole).iter().map(|line| line["became"].clone()).collect();
    assert_eq!(found, ["present", "made"]);

    std::fs::write(folder.0.join("bad.json"), "[{\"idpMetadata\":{}}]").unwrap();
    let bad = run(&folder.0, &["import", "bad.json"]);
    assert_eq!(bad.status.code(), Some(2));
    let told = String::from_utf8_lossy(&bad.stderr).into_owned();
    assert!(told.contains("[0].tenant: it is missing"), "{told}");
    assert!(told.contains("[0].idpMetadata.entityID: it is missing"), "{told}");

    let exported = run(&folder.0, &["export"]);
    std::fs::write(folder.0.join("own.json"), &exported.stdout).unwrap();
    let own = run(&folder.0, &["import", "own.json", "--json"]);
    assert!(lines(&own).iter().all(|line| line["became"] == "present"), "{own:?}");
    assert_eq!(lines(&own).len(), 2);
}
