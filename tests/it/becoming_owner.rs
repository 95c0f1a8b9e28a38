//! Who comes as an owner by what others entered of them, what owners are told of who becomes one of them, and what is left of
//! who is one no more.

use gatepost::base::Ctx;
use gatepost::base::caller::Role;
use gatepost::base::id::UserId;
use gatepost::directory::preset::Product;
use gatepost::directory::state::{ConnectionState, UserState};
use gatepost::flow::connection::believed::By;
use gatepost::flow::connection::lifecycle;
use gatepost::flow::connection::update::{self, Update};
use gatepost::flow::user::{self, Changes, Create};
use gatepost::flow::{FlowError, owner};
use gatepost::outbound::mail::Mailer;
use gatepost::storage::mail as stored_mail;
use gatepost_saml::mint::keys::{IDP_EC_P256, IDP_RSA, IDP_RSA_NEXT, TestKey};
use gatepost_saml::trust::read_certificate;
use serde_json::json;

use crate::notices::registered;
use crate::people::{as_whom, by_external_id, which};
use crate::site::{HTTPS, Idp, Site, alice, bjoern, ctx, slug};
use crate::whose_word::{EXPECTED, brings_an_owner, called, change, email, mails, owner_now, written};

/// The mail that waits.
pub async fn waiting(site: &Site) -> serde_json::Value {
    let mail = site.text("SELECT id FROM mails").await.unwrap().parse().unwrap();
    let account = site.text("SELECT account_id FROM mails").await.unwrap().parse().unwrap();
    let mut tx = site.storage.read().await.unwrap();
    let keys = site.storage.keys(&mut tx, account).await.unwrap();
    let body = stored_mail::find(&mut tx, account, mail, &keys).await.unwrap().unwrap();
    serde_json::from_slice(&body).unwrap()
}

/// What it says.
async fn letter(site: &Site) -> String {
    waiting(site).await["text"].as_str().unwrap().to_owned()
}

/// Alice, who came by Okta.
async fn alice_by_okta(site: &Site) -> (Idp, UserId) {
    let okta = site.connect(Product::Okta).await;
    assert_eq!(site.browser().sign_in(site, &okta, &alice()).await.location(), Some("/me"));
    (okta, site.only().await.id)
}

/// With what somebody who may make no owners decided last whom their one connection believes.
async fn changed_by(site: &Site, who: UserId) -> Option<By> {
    let of = (&slug(), &which(&who.to_string()));
    let mut found = user::ways(&site.gateway, &ctx(site), of).await.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0).changed.map(|changed| changed.by)
}

#[tokio::test]
async fn whoever_makes_an_owner_is_told_who_decided_whom_their_sign_in_believes() {
    let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await;
    let (okta, id) = alice_by_okta(&site).await;
    let revise = async |by: &Ctx, input: Update| {
        update::update(&site.gateway, by, okta.connection.id, input).await.unwrap();
    };
    let certificate = |key: &TestKey| Update {
        add_certificates: vec![key.certificate_pem.as_bytes().to_vec()],
        ..Update::default()
    };
    assert_eq!(changed_by(&site, id).await, None, "it was made on the machine itself");
    // A key of whoever may change connections; then somebody else gives it another name.
    revise(&site.key("connections:write").await, certificate(&IDP_EC_P256)).await;
    revise(&ctx(&site), Update { name: Some("Staff".to_owned()), ..Update::default() }).await;
    assert_eq!(changed_by(&site, id).await, Some(By::Key("CI".to_owned())));
    let as_key = site.key("users:write").await;
    let denied = user::ways(&site.gateway, &as_key, (&slug(), &which(&id.to_string()))).await;
    assert!(matches!(denied, Err(FlowError::Denied(_))), "{denied:?}");
    site.make(Changes { role: Some(Role::Owner), ..email("head@lincoln.example") }).await.unwrap();
    mails(&site).await;
    change(&site, &ctx(&site), id, owner_now()).await.unwrap();
    let told = letter(&site).await;
    assert!(told.contains("They sign in by Staff.") && told.contains("with the API key CI,"), "{told}");
    let page = format!("/console/at/lincoln/people/{id}");
    let mut olive = site.owner().await;
    assert!(olive.get(&page).await.body.contains("with the API key CI,"));

    // Whoever may make owners changes something else: that key is trusted all the same.
    revise(&site.key("connections:write owners:write").await, certificate(&IDP_RSA_NEXT)).await;
    let mapping = r#"{"role_rules": [{"grant": "grader", "when": "groups", "equals": "Teachers"}]}"#;
    let mapping = vec![("mapping".to_owned(), mapping.to_owned())];
    revise(&ctx(&site), Update { set: mapping, ..Update::default() }).await;
    assert_eq!(changed_by(&site, id).await, Some(By::Key("CI".to_owned())));
    assert!(olive.get(&page).await.body.contains("with the API key CI,"));
    let planted = read_certificate(IDP_EC_P256.certificate_pem.as_bytes()).unwrap();
    let remove_keys = vec![planted.key.certificate().sha256.clone()];
    revise(&ctx(&site), Update { remove_keys, ..Update::default() }).await;
    assert_eq!(changed_by(&site, id).await, None, "nothing of theirs is there any more");
    assert!(!olive.get(&page).await.body.contains("with the API key CI,"));
    // Revisions of a newer program stop nobody; whoever made one may have changed anything.
    let by_key =
        site.count("SELECT MIN(revision) FROM connection_revisions WHERE actor LIKE 'api_key:%'").await;
    let unreadable = "UPDATE connection_revisions SET facts = '{\"newer\": true}' WHERE revision =";
    site.execute(&format!("{unreadable} {}", by_key + 1)).await;
    assert_eq!(changed_by(&site, id).await, None);
    site.execute(&format!("{unreadable} {by_key}")).await;
    assert_eq!(changed_by(&site, id).await, Some(By::Key("CI".to_owned())));
    site.execute("UPDATE connection_revisions SET actor = 'setup_link:gone'").await;
    assert_eq!(changed_by(&site, id).await, Some(By::Link("gone".to_owned())));
    site.execute("UPDATE connection_revisions SET settings = '{}'").await;
    assert_eq!(changed_by(&site, id).await, Some(By::Link("gone".to_owned())));
}

/// A platform's program makes the connections; a warning that never ends is not read.
#[tokio::test]
async fn what_is_usual_was_brought_by_nobody() {
    let site = Site::https().await;
    let (okta, id) = alice_by_okta(&site).await;
    site.execute("UPDATE connection_revisions SET actor = 'api_key:gone'").await;
    assert_eq!(changed_by(&site, id).await, Some(By::Key("gone".to_owned())));
    let present = read_certificate(IDP_RSA.certificate_pem.as_bytes()).unwrap();
    let input = Update {
        idp_entity_id: Some("https://other.example/idp".to_owned()),
        set: vec![("sso_redirect_url".to_owned(), "https://other.example/sso".to_owned())],
        add_certificates: vec![IDP_EC_P256.certificate_pem.as_bytes().to_vec()],
        remove_keys: vec![present.key.certificate().sha256.clone()],
        ..Update::default()
    };
    update::update(&site.gateway, &ctx(&site), okta.connection.id, input).await.unwrap();
    assert_eq!(changed_by(&site, id).await, None);
}

#[tokio::test]
async fn a_revision_that_does_not_say_its_keys_had_none_that_came_later() {
    let site = Site::https().await;
    let (okta, id) = alice_by_okta(&site).await;
    // As they were before the keys were part of one.
    site.execute("UPDATE connection_revisions SET facts = NULL").await;
    let input = Update {
        add_certificates: vec![IDP_EC_P256.certificate_pem.as_bytes().to_vec()],
        ..Update::default()
    };
    let as_key = site.key("connections:write").await;
    update::update(&site.gateway, &as_key, okta.connection.id, input).await.unwrap();
    assert_eq!(changed_by(&site, id).await, Some(By::Key("CI".to_owned())));
}

/// An owner who changes one part of the mapping has not looked at the rest.
#[tokio::test]
async fn each_setting_is_told_for_itself() {
    let site = Site::https().await;
    let (okta, id) = alice_by_okta(&site).await;
    let merge = async |by: &Ctx, settings: &str| {
        let merge = Some(serde_json::from_str(settings).unwrap());
        let input = Update { merge, ..Update::default() };
        update::update(&site.gateway, by, okta.connection.id, input).await.unwrap();
    };
    let (alone, by_key) = (site.key("connections:write").await, Some(By::Key("CI".to_owned())));
    merge(&ctx(&site), r#"{"email_domains": []}"#).await;
    for (theirs, rest, back) in [
        (
            r#"{"mapping": {"external_id": {"first_of": ["attribute:nick"]}}}"#,
            r#"{"mapping": {"role_rules": [{"grant": "grader", "when": "groups", "equals": "Teachers"}]}}"#,
            r#"{"mapping": {"external_id": null}}"#,
        ),
        (
            r#"{"mapping": {"role_rules": [{"grant": "grader", "when": "groups", "equals": "Teachers"},
                                           {"grant": "admin", "when": "groups", "equals": "Everybody"}]}}"#,
            r#"{"mapping": {"role_rules": [{"grant": "grader", "when": "groups", "equals": "Teachers"},
                                           {"grant": "admin", "when": "groups", "equals": "Everybody"},
                                           {"grant": "coach", "when": "groups", "equals": "Coaches"}]}}"#,
            r#"{"mapping": {"role_rules": []}}"#,
        ),
        (r#"{"email_domains": null}"#, r#"{"link_by_email": true}"#, r#"{"email_domains": []}"#),
        (
            r#"{"sso_redirect_url": "https://idp.example/elsewhere"}"#,
            r#"{"link_by_email": false}"#,
            r#"{"sso_redirect_url": "https://idp.example/sso"}"#,
        ),
    ] {
        assert_eq!(changed_by(&site, id).await, None, "before {theirs}");
        merge(&alone, theirs).await;
        merge(&ctx(&site), rest).await;
        assert_eq!(changed_by(&site, id).await, by_key, "{theirs}");
        merge(&ctx(&site), back).await;
    }
}

#[tokio::test]
async fn whoever_becomes_an_owner_by_their_first_sign_in_is_told_of_with_its_connection() {
    let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await;
    site.make(Changes { role: Some(Role::Owner), ..email("head@lincoln.example") }).await.unwrap();
    let okta = brings_an_owner(&site).await;
    mails(&site).await;
    assert_eq!(as_whom(&site, &okta, "vice", Some(EXPECTED)).await.location(), Some("/me"));
    let told = letter(&site).await;
    assert!(told.contains("They sign in by ") && !told.contains("No single sign-on"), "{told}");
    mails(&site).await;
    let input = Create { account: slug(), known: Changes { role: Some(Role::Owner), ..called("9") } };
    user::create(&site.gateway, &ctx(&site), input).await.unwrap();
    assert!(letter(&site).await.contains("No single sign-on leads to them so far."));
}

#[tokio::test]
async fn what_was_entered_leads_nobody_to_an_owner_before_somebody_vouches_for_it() {
    let site = Site::https().await;
    let (google, okta) = (site.connect(Product::Google).await, by_external_id(&site, "create").await);
    site.set(&okta, |settings| settings["mapping"]["may_grant_owner"] = json!(true)).await;
    let as_key = site.key("users:write users:read").await;
    // Whoever administers people enters their own id of somebody nobody came as, and of somebody who came otherwise.
    let input = Create { account: slug(), known: called("m1") };
    let paula = user::create(&site.gateway, &as_key, input).await.unwrap().id;
    assert_eq!(site.browser().sign_in(&site, &google, &bjoern()).await.location(), Some("/me"));
    let mut everybody = site.everybody().await.into_iter();
    let dmitri = everybody.find(|user| user.id != paula).unwrap().id;
    change(&site, &as_key, dmitri, called("m2")).await.unwrap();
    for id in [paula, dmitri] {
        change(&site, &ctx(&site), id, owner_now()).await.unwrap();
    }
    lifecycle::retire(&site.gateway, &ctx(&site), google.connection.id).await.unwrap();
    for (id, number) in [(paula, "m1"), (dmitri, "m2")] {
        let answer = as_whom(&site, &okta, number, Some(number)).await;
        let (_, found) = site.assert_refused(&answer, "external_id_conflict").await;
        assert!(found.contains(&id.to_string()) && found.contains("somebody entered"), "{found}");
    }
    let same = Changes { vouches: true, ..called("m1") };
    change(&site, &ctx(&site), paula, same).await.unwrap();
    assert_eq!(as_whom(&site, &okta, "paula", Some("m1")).await.location(), Some("/me"));
    let there = site.look(&paula.to_string()).await.unwrap();
    assert_eq!((there.user.role, there.identities.len()), (Role::Owner, 1));
}

/// Whoever a list of the platform's says has the id is not whom the address was entered of.
#[tokio::test]
async fn an_address_that_was_vouched_for_lets_nobody_in_as_whom_an_entered_id_leads_there() {
    const OWN: &str = "mallory@private.example";
    let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await;
    let okta = brings_an_owner(&site).await;
    let as_key = site.key("users:write users:read").await;
    for is_id_first in [false, true] {
        site.execute("UPDATE connections SET state = 'active'").await;
        site.changed_by_hand().await;
        let id = if is_id_first {
            let input = Create { account: slug(), known: called(EXPECTED) };
            let id = user::create(&site.gateway, &as_key, input).await.unwrap().id;
            change(&site, &ctx(&site), id, email(OWN)).await.unwrap();
            id
        } else {
            let id = site.make(email(OWN)).await.unwrap().id;
            change(&site, &as_key, id, called(EXPECTED)).await.unwrap();
            id
        };
        assert_eq!(as_whom(&site, &okta, "head", Some(EXPECTED)).await.location(), Some("/me"));
        let there = site.look(&id.to_string()).await.unwrap().user;
        assert_eq!((there.role, there.profile.email.as_deref()), (Role::Owner, Some(OWN)));
        site.set_state(&okta, ConnectionState::Disabled).await;
        assert_eq!(written(&site, id, OWN).await, (0, 0), "{is_id_first}");
        let listed = owner::list(&site.gateway, &ctx(&site), &slug()).await.unwrap();
        assert!(listed.len() == 1 && listed[0].is_email_unvouched, "{is_id_first}: {listed:?}");
        user::erase(&site.gateway, &ctx(&site), (&slug(), &which(&id.to_string()))).await.unwrap();
    }
}

#[tokio::test]
async fn whoever_is_an_owner_no_more_leaves_no_passkey_to_whoever_comes_in_their_place() {
    let site = Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await;
    let okta = brings_an_owner(&site).await;
    let bob = site.make(Changes { role: Some(Role::Owner), ..called("bob") }).await.unwrap().id;
    site.clock.advance(1);
    site.make(Changes { role: Some(Role::Owner), ..email("head@lincoln.example") }).await.unwrap();
    registered(&site).await;
    // Whoever is away is an owner all the same.
    for state in [UserState::Disabled, UserState::Active] {
        site.set_user(&bob.to_string(), state).await;
    }
    let passkeys = "SELECT COUNT(*) FROM passkeys";
    assert_eq!(site.count(passkeys).await, 1);
    mails(&site).await;
    let no_more = Changes { role: Some(Role::Member), ..Changes::default() };
    change(&site, &ctx(&site), bob, no_more).await.unwrap();
    assert_eq!(site.count(passkeys).await, 0);
    assert!(letter(&site).await.contains("so the passkey Ada's key was removed"));
    let told = "SELECT COUNT(*) FROM events WHERE action = 'passkey.removed'";
    assert_eq!(site.count(told).await, 1);

    // One that was kept, from before they ended: what is entered of them leads to nobody either.
    change(&site, &ctx(&site), bob, owner_now()).await.unwrap();
    registered(&site).await;
    site.execute(&format!("UPDATE users SET role = 'member' WHERE id = '{bob}'")).await;
    let as_key = site.key("users:write users:read").await;
    change(&site, &as_key, bob, called(EXPECTED)).await.unwrap();
    let answer = as_whom(&site, &okta, "super", Some(EXPECTED)).await;
    site.assert_refused(&answer, "external_id_conflict").await;
}
