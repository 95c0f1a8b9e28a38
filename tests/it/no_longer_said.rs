//! What an identity provider said leads whoever comes by another to somebody, for as long as the first may say it.

use gatepost::directory::preset::Product;
use gatepost::flow::connection::lifecycle;
use gatepost_saml::mint::Person;
use serde_json::{Value, json};

use crate::people::{as_whom, by_external_id};
use crate::site::{Idp, Site, alice, bjoern, ctx};
use crate::whose_word::entered_and_came_by_google;

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
