//! What an identity provider said leads whoever comes by another to somebody, for as long as the first may say it.

use gatepost::directory::preset::Product;
use gatepost::flow::connection::lifecycle;
use gatepost::flow::user::Changes;
use gatepost_saml::mint::Person;
use serde_json::{Value, json};

use crate::people::{as_whom, by_external_id};
use crate::site::{Idp, Site, alice, bjoern, ctx};
use crate::whose_word::{change, email, entered_and_came_by_google, linked_by_email};

#[tokio::test]
async fn an_address_that_a_retired_connection_said_leads_to_nobody_who_has_another() {
    let site = Site::https().await;
    let ([okta, google, clever], ids) = entered_and_came_by_google(&site).await;
    let sign_in = async |idp: &Idp, whom: &Person| site.browser().sign_in(&site, idp, whom).await;
    // The first has another way; the last to say the address is the one that is retired.
    for idp in [&clever, &google] {
        assert_eq!(sign_in(idp, &alice()).await.location(), Some("/me"));
    }
    site.set(&clever, |settings| settings["email_domains"] = json!([])).await;
    lifecycle::retire(&site.gateway, &ctx(&site), google.connection.id).await.unwrap();
    let answer = sign_in(&okta, &alice()).await;
    let (_, found) = site.assert_refused(&answer, "user_conflict").await;
    assert!(found.contains(&ids[0].to_string()), "{found}");
    assert_eq!(sign_in(&clever, &alice()).await.location(), Some("/me"), "they come as before");
    // A district that has moved: nobody else comes as the second.
    assert_eq!(sign_in(&okta, &bjoern()).await.location(), Some("/me"));
    assert_eq!(site.look(&ids[1].to_string()).await.unwrap().identities.len(), 2);
}

/// Who gave an address is not the only one that may say it.
#[tokio::test]
async fn an_address_leads_to_somebody_while_one_of_those_that_say_it_may() {
    let site = Site::https().await;
    let [okta, google, clever] = linked_by_email(&site).await;
    let sign_in = async |idp: &Idp, whom: &Person| site.browser().sign_in(&site, idp, whom).await;
    for idp in [&google, &clever, &google] {
        assert_eq!(sign_in(idp, &alice()).await.location(), Some("/me"));
    }
    lifecycle::retire(&site.gateway, &ctx(&site), google.connection.id).await.unwrap();
    assert_eq!(sign_in(&okta, &alice()).await.location(), Some("/me"), "the other says it still");
    let there = site.only().await;
    assert_eq!(site.look(&there.id.to_string()).await.unwrap().identities.len(), 3);
    // None may say it any more that has; whoever makes owners vouches for it in one change.
    let canvas = site.connect(Product::Canvas).await;
    site.set(&canvas, |settings| settings["link_by_email"] = json!(true)).await;
    for idp in [&okta, &clever] {
        site.set(idp, |settings| settings["email_domains"] = json!([])).await;
    }
    site.assert_refused(&sign_in(&canvas, &alice()).await, "user_conflict").await;
    let vouched = Changes { vouches: true, ..email(&alice().email) };
    let as_key = site.key("users:write").await;
    change(&site, &as_key, there.id, vouched.clone()).await.unwrap();
    site.assert_refused(&sign_in(&canvas, &alice()).await, "user_conflict").await;
    change(&site, &ctx(&site), there.id, vouched).await.unwrap();
    assert_eq!(sign_in(&canvas, &alice()).await.location(), Some("/me"));
}

#[tokio::test]
async fn an_id_leads_to_somebody_while_one_of_those_that_say_it_may() {
    let site = Site::https().await;
    let (okta, google) = (by_external_id(&site, "create").await, site.connect(Product::Google).await);
    let clever = site.connect(Product::Clever).await;
    let by_sis = json!({ "external_id": { "first_of": ["attribute:sis"] } });
    for idp in [&google, &clever] {
        site.set(idp, |settings| settings["mapping"] = by_sis.clone()).await;
        assert_eq!(as_whom(&site, idp, "maya", Some("7")).await.location(), Some("/me"));
    }
    lifecycle::retire(&site.gateway, &ctx(&site), clever.connection.id).await.unwrap();
    assert_eq!(as_whom(&site, &okta, "maya", Some("7")).await.location(), Some("/me"), "the first may still");
    assert_eq!(site.look("7").await.unwrap().identities.len(), 3);
}

#[tokio::test]
async fn an_id_that_a_connection_said_leads_to_nobody_once_it_may_say_none() {
    let site = Site::https().await;
    let okta = by_external_id(&site, "create").await;
    let google = site.connect(Product::Google).await;
    let set = async |mapping: Value| site.set(&google, |settings| settings["mapping"] = mapping).await;
    let by_sis = || json!({ "external_id": { "first_of": ["attribute:sis"] } });
    set(by_sis()).await;
    for (name, id) in [("head", "7"), ("tom", "8")] {
        assert_eq!(as_whom(&site, &google, name, Some(id)).await.location(), Some("/me"));
    }
    assert_eq!(as_whom(&site, &okta, "tom", Some("8")).await.location(), Some("/me"), "as long as it may");
    set(json!({})).await;
    let answer = as_whom(&site, &okta, "superintendent", Some("7")).await;
    let (_, found) = site.assert_refused(&answer, "external_id_conflict").await;
    let head = site.look("7").await.unwrap().user.id;
    assert!(found.contains(&head.to_string()), "{found}");
    // Whom another has said it of meanwhile is found by that.
    assert_eq!(as_whom(&site, &okta, "tom again", Some("8")).await.location(), Some("/me"));
    // Nobody else comes as them.
    lifecycle::retire(&site.gateway, &ctx(&site), google.connection.id).await.unwrap();
    assert_eq!(as_whom(&site, &okta, "superintendent", Some("7")).await.location(), Some("/me"));
    assert_eq!(site.look("7").await.unwrap().user.id, head);
}
