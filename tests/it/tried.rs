//! What a message would come to: by other settings of its connection, or only to see. It is judged as a sign-in judges it, at
//! every address that is ours, and with what would have been asked for.

use gatepost::directory::preset::Product;
use gatepost::directory::state::Outcome;
use gatepost::flow::connection::show;
use gatepost::flow::connection::update::Update;
use gatepost::flow::connection::what_if::{self, WhatIf};
use gatepost::flow::{FlowError, rehearse};
use gatepost_saml::Code;
use serde_json::json;

use crate::site::{Idp, Site, alice, ctx};

/// A site that moved, a connection, and its ACS at the address of before.
async fn moved() -> (Site, Idp, String) {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.execute("INSERT INTO public_urls (url, created_at) VALUES ('https://old.example.test', 0)").await;
    let acs = format!("https://old.example.test/saml/{}/acs", okta.connection.id);
    (site, okta, acs)
}

async fn tried(site: &Site, idp: &Idp, (path, value): (&str, &str)) -> WhatIf {
    let change = Update { set: vec![(path.to_owned(), value.to_owned())], ..Update::default() };
    Box::pin(what_if::what_if(&site.gateway, &ctx(site), idp.connection.id, &change)).await.unwrap()
}

#[tokio::test]
async fn a_change_is_tried_at_every_address_that_is_ours() {
    let (site, okta, acs) = moved().await;
    let person = alice();
    let answer = site.browser().sign_in_changed(&site, &okta, &person, |minted| minted.acs_url = &acs).await;
    assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
    let required =
        r#"{ "required": ["custom.building"], "custom": { "building": { "first_of": ["attribute:x"] } } }"#;
    let found = tried(&site, &okta, ("mapping", required)).await;
    let [changed] = found.changed.as_slice() else { panic!("{found:?}") };
    assert!(changed.before.is_accepted, "{changed:?}");
    assert_eq!(changed.after.code, Some(Code::MappingRequiredMissing));
}

#[tokio::test]
async fn what_names_no_request_would_sign_in_where_that_is_taken() {
    let (site, okta, old) = moved().await;
    let person = alice();
    let bring = async |acs: &str| {
        site.clock.advance(1);
        let mut browser = site.browser();
        let pending = browser.start(&okta).await;
        let message = site.answer(&okta, &person, None, |minted| minted.acs_url = acs);
        browser.bring(&okta, &message, Some(&pending.relay_state)).await
    };
    let addresses = [okta.connection.acs_url.as_str(), old.as_str()];
    for acs in addresses {
        let answer = bring(acs).await;
        assert!(answer.body.contains("SAMLRequest="), "begun anew: {}", answer.body);
    }
    let found = tried(&site, &okta, ("idp_initiated", "accept")).await;
    assert_eq!((found.tried, found.changed.len()), (2, 2), "{found:?}");
    assert!(found.changed.iter().all(|one| one.before.is_restarted && one.after.is_accepted), "{found:?}");
    // And so it is.
    site.set(&okta, |settings| settings["idp_initiated"] = json!("accept")).await;
    for acs in addresses {
        let answer = bring(acs).await;
        assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
    }
}

#[tokio::test]
async fn nothing_is_asked_of_what_nobody_asked_for_where_it_is_begun_anew() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    site.clock.advance(1);
    let tile = site.answer(&okta, &alice(), None, |_| {});
    let answer = site.browser().bring(&okta, &tile, None).await;
    assert!(answer.body.contains("SAMLRequest="), "begun anew: {}", answer.body);
    let found = tried(&site, &okta, ("authn_contexts", r#"["urn:x"]"#)).await;
    assert_eq!(found.tried, 2);
    let [changed] = found.changed.as_slice() else { panic!("{found:?}") };
    assert_eq!((changed.recorded, changed.after.code), (Outcome::Accepted, Some(Code::AuthnContextMismatch)));
}

#[tokio::test]
async fn what_is_wrong_beside_its_request_decides_as_at_a_sign_in() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let person = alice();
    let stray = site.answer(&okta, &person, None, |minted| minted.sp_entity_id = "urn:other");
    let message = rehearse::Message {
        connection: okta.connection.id,
        bytes: stray.clone().into_bytes(),
        wrapping: rehearse::Wrapping::Base64,
        at: None,
        pending_request: None,
    };
    let judged = rehearse::judge(&site.gateway, &ctx(&site), &message).await.unwrap();
    assert_eq!(judged.refusal.map(|refusal| refusal.code), Some(Code::AudienceMismatch));
    site.browser().bring(&okta, &stray, None).await;
    assert_eq!(site.text("SELECT code FROM attempts").await.as_deref(), Some("audience_mismatch"));
}

/// One that is taken for a certificate that somebody gave would stay whatever the metadata says.
#[tokio::test]
async fn a_key_that_came_from_nobody_knows_where_is_none_that_stays() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.execute("UPDATE idp_keys SET source = 'elsewhere'").await;
    let shown = show::show(&site.gateway, &ctx(&site), okta.connection.id).await;
    assert!(matches!(shown, Err(FlowError::Broken(_))), "{shown:?}");
}
