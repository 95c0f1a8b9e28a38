//! The second engine, as a setting of the server. Without the feature nobody can set it, and if it were set all the same
//! nobody would get in by it: an engine that is not there agrees to nothing.

use gatepost::config::SecondOpinion;
use gatepost::directory::preset::Product;
use gatepost::flow::rehearse;
use gatepost_saml::Code;
use gatepost_saml::mint::method;

use crate::browser::Answer;
use crate::site::{HTTPS, Idp, Site, alice, ctx};

async fn site(setting: SecondOpinion) -> (Site, Idp) {
    let site = Site::with(HTTPS, |inputs| inputs.second_opinion = setting).await;
    let okta = site.connect(Product::Okta).await;
    (site, okta)
}

/// How a sign-in with a signature ends that only the first engine can judge.
async fn with_pss(site: &Site, idp: &Idp) -> Answer {
    let person = alice();
    let change = |request: &mut gatepost_saml::mint::MintRequest<'_>| {
        request.options.signature = Some(method::PSS_SHA256);
    };
    site.browser().sign_in_changed(site, idp, &person, change).await
}

async fn assert_refused(site: &Site, answer: &Answer) {
    assert_eq!(answer.status, axum::http::StatusCode::FORBIDDEN, "{}", answer.body);
    assert_eq!(site.text("SELECT code FROM attempts").await.as_deref(), Some("engines_disagree"));
    for untouched in ["SELECT COUNT(*) FROM sessions", "SELECT COUNT(*) FROM replays"] {
        assert_eq!(site.count(untouched).await, 0, "{untouched}");
    }
}

#[tokio::test]
async fn who_requires_it_lets_nobody_in_without_its_word() {
    let (site, okta) = site(SecondOpinion::Require).await;
    let answer = with_pss(&site, &okta).await;
    assert_refused(&site, &answer).await;
}

#[tokio::test]
async fn who_only_observes_it_lets_people_in() {
    let (site, okta) = site(SecondOpinion::Observe).await;
    assert_eq!(with_pss(&site, &okta).await.location(), Some("/me"));
}

#[tokio::test]
async fn whoever_only_tries_a_message_is_told_what_a_sign_in_would_be() {
    let disagree = Some(Code::EnginesDisagree);
    for (setting, told) in
        [(SecondOpinion::Require, disagree), (SecondOpinion::Observe, None), (SecondOpinion::Off, None)]
    {
        let (site, okta) = site(setting).await;
        let person = alice();
        let message = site.answer(&okta, &person, Some("_p"), |request| {
            request.options.signature = Some(method::PSS_SHA256);
        });
        let message = rehearse::Message {
            connection: okta.connection.id,
            bytes: message.into_bytes(),
            wrapping: rehearse::Wrapping::Base64,
            at: None,
            pending_request: Some("_p".to_owned()),
        };
        let judged = rehearse::judge(&site.gateway, &ctx(&site), &message).await.unwrap();
        assert_eq!(judged.refusal.map(|refusal| refusal.code), told, "{setting:?}");
        assert_eq!(judged.reading.is_none(), told.is_some(), "{setting:?}");
    }
}

#[cfg(feature = "second-opinion")]
#[tokio::test]
async fn what_both_engines_accept_is_accepted() {
    let (site, okta) = site(SecondOpinion::Require).await;
    let answer = site.browser().sign_in(&site, &okta, &alice()).await;
    assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
}

#[cfg(not(feature = "second-opinion"))]
#[tokio::test]
async fn without_the_engine_it_agrees_to_nothing() {
    let (site, okta) = site(SecondOpinion::Require).await;
    let answer = site.browser().sign_in(&site, &okta, &alice()).await;
    assert_refused(&site, &answer).await;
}
