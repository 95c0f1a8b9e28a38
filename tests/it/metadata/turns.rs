//! When metadata is fetched: apart, later after failures, by one at a time; and whose turn was not taken has it again.

use std::time::Duration;

use gatepost::base::Actor;
use gatepost::flow::connection::refresh::{self, APART_SECONDS, Refreshed};
use gatepost::jobs;
use gatepost_saml::mint::keys::{ATTACKER_RSA, IDP_EC_P256, IDP_RSA, IDP_RSA_NEXT};
use serde_json::json;

use super::{DAY, document, followed, is_in, refresh_now, sign_in, state};
use crate::publisher::{Answer, Document};

#[tokio::test]
async fn fetches_are_apart_and_failures_are_waited_out() {
    let (site, publisher, idp) = followed().await;
    for actor in [Actor::IdentityProvider(idp.connection.id), Actor::Job("metadata_refresh")] {
        let refreshed = refresh::refresh(&site.gateway, &site.gateway.ctx(actor), idp.connection.id).await;
        assert!(matches!(refreshed, Ok(Refreshed::TooSoon(_))), "{actor}: {refreshed:?}");
    }
    assert_eq!(publisher.hits(), 1);
    publisher.set(Answer::Status(503));
    let mut turns = Vec::new();
    for failures in 1..=4 {
        let due = site.count("SELECT next_at FROM metadata_sources").await;
        let due = gatepost::base::Instant::from_micros(due);
        turns.push(due.seconds_since(site.clock.now()));
        site.clock.set(due.plus_seconds(1));
        jobs::round(&site.gateway).await;
        assert_eq!(site.count("SELECT failures FROM metadata_sources").await, failures);
    }
    assert!(turns[0] > DAY / 2 && turns[1] < 1000 && turns[3] > turns[1], "{turns:?}");
    let problem = site.text("SELECT problem FROM metadata_sources").await.unwrap();
    assert!(problem.starts_with("fetch_status: 127.0.0.1 answered with status 503"), "{problem}");
    assert!(is_in(&sign_in(&site, &idp, &IDP_RSA).await), "the last good one stays");
    publisher.publish(&document(&[IDP_RSA, IDP_EC_P256]));
    site.clock.advance(DAY);
    jobs::round(&site.gateway).await;
    assert_eq!(site.count("SELECT failures FROM metadata_sources").await, 0);
    assert_eq!(site.text("SELECT problem FROM metadata_sources").await, None);
    assert_eq!(state(&site).await, (2, 2));
    // It may ask to be fetched sooner.
    publisher.publish(&Document { attributes: " cacheDuration=\"PT2H\"".to_owned(), ..document(&[IDP_RSA]) });
    site.clock.advance(DAY * 5 / 4 + 1);
    jobs::round(&site.gateway).await;
    let due = site.count("SELECT next_at FROM metadata_sources").await;
    let due = gatepost::base::Instant::from_micros(due).seconds_since(site.clock.now());
    assert!((5400..=9000).contains(&due), "{due}");
}

#[tokio::test]
async fn an_administrator_need_not_wait_but_for_the_fetch_that_is_under_way() {
    let (site, publisher, idp) = followed().await;
    publisher.publish(&document(&[IDP_RSA, IDP_RSA_NEXT]));
    assert_eq!(refresh_now(&site, &idp).await, Refreshed::Changed(2), "fetched moments ago, and again");
    assert_eq!(publisher.hits(), 2);
    site.execute("UPDATE metadata_sources SET lease = 'another', leased_until = began_at + 60000000").await;
    assert_eq!(refresh_now(&site, &idp).await, Refreshed::Busy);
    site.clock.advance(61);
    assert_eq!(refresh_now(&site, &idp).await, Refreshed::Unchanged, "whoever had it is gone");
    assert_eq!(publisher.hits(), 3);
    // What strangers bring about waits for that one as for any other.
    assert!(!is_in(&sign_in(&site, &idp, &ATTACKER_RSA).await));
    assert_eq!(publisher.hits(), 3);
}

/// Who is slower than somebody else, or comes too soon, has not taken the turn.
#[tokio::test]
async fn a_turn_that_was_not_taken_comes_again() {
    let (site, publisher, idp) = followed().await;
    publisher.publish(&document(&[IDP_RSA_NEXT]));
    site.clock.advance(DAY * 5 / 4 + 1);
    let (now, until) = (site.clock.now(), site.clock.now().plus_seconds(60));
    let busy = format!(
        "UPDATE metadata_sources SET lease = 'x', leased_until = {}, began_at = {}",
        until.micros(),
        now.micros()
    );
    site.execute(&busy).await;
    jobs::round(&site.gateway).await;
    assert_eq!(state(&site).await.0, 1, "somebody else is at it, who never comes back");
    site.clock.advance(APART_SECONDS);
    jobs::round(&site.gateway).await;
    assert_eq!(state(&site).await.0, 2);
    assert!(is_in(&sign_in(&site, &idp, &IDP_RSA_NEXT).await));
}

/// What was asked is not asked any more when the answer comes: the turn is not lost by that.
#[tokio::test]
async fn a_turn_comes_again_where_the_policy_is_another_since() {
    let (site, publisher, idp) = followed().await;
    publisher.set(Answer::Held);
    site.clock.advance(DAY * 5 / 4 + 1);
    let changes = async {
        while publisher.hits() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        site.set(&idp, |settings| settings["policy"]["clock_skew_seconds"] = json!(61)).await;
        publisher.publish(&document(&[IDP_RSA_NEXT]));
    };
    tokio::join!(jobs::round(&site.gateway), changes);
    assert_eq!(state(&site).await.0, 1, "judged by what holds no more");
    assert_eq!(site.count("SELECT COUNT(*) FROM metadata_sources WHERE lease IS NOT NULL").await, 0);
    site.clock.advance(APART_SECONDS);
    jobs::round(&site.gateway).await;
    assert!(is_in(&sign_in(&site, &idp, &IDP_RSA_NEXT).await));
}
