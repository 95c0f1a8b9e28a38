//! Whose what metadata brings is.

use gatepost::base::Actor;
use gatepost::base::caller::Role;
use gatepost::flow::FlowError;
use gatepost::flow::connection::refresh::{self, APART_SECONDS, Refreshed};
use gatepost::flow::connection::show::{self, Detail};
use gatepost::flow::connection::update::{self, Update};
use gatepost::flow::user::Changes;
use gatepost::jobs;
use gatepost::outbound::mail::Mailer;
use gatepost_saml::mint::keys::{ATTACKER_RSA, IDP_EC_P256, IDP_RSA, IDP_RSA_NEXT};

use super::{DAY, document, followed, refresh_now, try_connect};
use crate::publisher::{Answer, Publisher};
use crate::site::{ACCOUNT, HTTPS, Idp, Site, alice};

async fn shown(site: &Site, idp: &Idp) -> Detail {
    let ctx = site.gateway.ctx(Actor::CommandLine);
    show::show(&site.gateway, &ctx, idp.connection.id).await.unwrap()
}

/// Who brought its keys.
async fn brought(site: &Site, idp: &Idp) -> Vec<String> {
    let shown = shown(site, idp).await;
    shown.keys.into_iter().map(|key| key.brought.unwrap().actor).collect()
}

#[tokio::test]
async fn what_metadata_brings_counts_for_whoever_had_it_followed() {
    let (site, publisher, idp) = followed().await;
    publisher.publish(&document(&[IDP_RSA, IDP_RSA_NEXT]));
    site.clock.advance(DAY * 5 / 4 + 1);
    assert_eq!(jobs::round(&site.gateway).await.1, 1);
    site.execute("UPDATE connections SET state = 'draft'").await;
    let by_link = "UPDATE connection_revisions SET actor = 'setup_link:gone' WHERE revision = 1";
    site.execute(by_link).await;
    assert_eq!(brought(&site, &idp).await, ["setup_link:gone", "setup_link:gone"]);
    let of_address = shown(&site, &idp).await.metadata.unwrap().brought.unwrap();
    assert_eq!(of_address.actor, "setup_link:gone");
    // Whoever has it fetched changes nothing of that, nor whoever has it followed no more.
    publisher.publish(&document(&[IDP_RSA, IDP_EC_P256]));
    assert!(matches!(refresh_now(&site, &idp).await, Refreshed::Changed(_)));
    assert_eq!(brought(&site, &idp).await, ["setup_link:gone", "setup_link:gone"]);
    let no_more = Update { set: vec![("metadata".to_owned(), "null".to_owned())], ..Update::default() };
    let ctx = site.gateway.ctx(Actor::CommandLine);
    update::update(&site.gateway, &ctx, idp.connection.id, no_more).await.unwrap();
    assert_eq!(brought(&site, &idp).await, ["setup_link:gone", "setup_link:gone"]);
}

/// A key that makes no owners changes nothing of a connection by which one signs in; that an owner had metadata followed it
/// neither decides nor stops.
#[tokio::test]
async fn whoever_presses_keeps_nobody_from_following() {
    let (site, publisher, idp) = followed().await;
    let mut browser = site.browser();
    browser.sign_in(&site, &idp, &alice()).await;
    site.execute("UPDATE users SET role = 'owner'").await;
    publisher.publish(&document(&[IDP_RSA, IDP_RSA_NEXT]));
    let as_key = site.key("connections:write").await;
    site.clock.advance(APART_SECONDS);
    let fetched = refresh::refresh(&site.gateway, &as_key, idp.connection.id).await.unwrap();
    assert!(matches!(fetched, Refreshed::Changed(_)), "{fetched:?}");
    let other = Update { set: vec![("metadata".to_owned(), "null".to_owned())], ..Update::default() };
    let refused = update::update(&site.gateway, &as_key, idp.connection.id, other).await;
    assert!(matches!(refused, Err(FlowError::Denied(_))), "{refused:?}");
}

#[tokio::test]
async fn whoever_has_metadata_fetched_that_others_had_followed_brings_nothing() {
    let (site, publisher) = (
        Site::with(HTTPS, |inputs| inputs.mailer = Mailer::Print).await,
        Publisher::new(Answer::Status(500)),
    );
    publisher.publish(&document(&[IDP_RSA]));
    let idp = try_connect(&site, ACCOUNT, (&publisher, &[])).await.unwrap();
    let (id, by_owner) = (idp.connection.id, site.gateway.ctx(Actor::CommandLine));
    let owner =
        Changes { role: Some(Role::Owner), email: Some("o@lincoln.example".into()), ..Changes::default() };
    site.make(owner).await.unwrap();
    // By a program that may make no owners, while people sign in by it.
    publisher.publish(&document(&[IDP_RSA, IDP_RSA_NEXT]));
    let as_key = site.key("connections:write").await;
    let fetched = refresh::refresh(&site.gateway, &as_key, id).await.unwrap();
    assert!(matches!(fetched, Refreshed::Changed(_)), "{fetched:?}");
    assert_eq!(site.count("SELECT COUNT(*) FROM mails").await, 0, "it decided nothing");

    site.execute("UPDATE connections SET state = 'draft'").await;
    assert_eq!(brought(&site, &idp).await, ["command_line"; 2]);
    let visitor = site.visitor_with("sso", Some(id)).await;
    publisher.publish(&document(&[IDP_RSA, IDP_RSA_NEXT, IDP_EC_P256]));
    site.clock.advance(APART_SECONDS);
    let fetched = refresh::refresh(&site.gateway, &visitor, id).await.unwrap();
    assert!(matches!(fetched, Refreshed::Changed(_)), "{fetched:?}");
    assert_eq!(brought(&site, &idp).await, ["command_line"; 3]);
    // Of a copy that somebody gives nobody else knows where it is from.
    let copy = Update { metadata: Some(document(&[ATTACKER_RSA]).xml().into_bytes()), ..Update::default() };
    update::update(&site.gateway, &visitor, id, copy).await.unwrap();
    assert_eq!(brought(&site, &idp).await, [visitor.actor.to_string()]);
    let named = Update { name: Some("Mine".to_owned()), ..Update::default() };
    update::update(&site.gateway, &by_owner, id, named).await.unwrap();
    assert_eq!(brought(&site, &idp).await, [visitor.actor.to_string()]);
}
