//! What was tried in an hour is sealed, and nobody changes it later unnoticed.

use gatepost::base::Actor;
use gatepost::flow::check::{self, Level};
use gatepost::flow::user::{self, Which};
use gatepost::flow::{attempt_seal, sweep};

use crate::site::{ACCOUNT, Site, alice};
use gatepost::directory::preset::Product;

const HOUR: i64 = 3600;

async fn seal(site: &Site) {
    attempt_seal::seal(&site.gateway, &site.gateway.ctx(Actor::Job("attempt_seal"))).await.unwrap();
}

async fn seals(site: &Site) -> [i64; 2] {
    [
        site.count("SELECT COUNT(*) FROM attempt_seals").await,
        site.count("SELECT COUNT(*) FROM events WHERE action = 'attempts.sealed'").await,
    ]
}

/// What the audit says of the attempts.
async fn audit(site: &Site) -> (Level, String) {
    let found = check::check(&site.gateway, &site.gateway.ctx(Actor::CommandLine), true).await.unwrap();
    let about = |finding: &check::Finding| finding.area == "audit" && finding.text.contains("attempt");
    let mut found = found.into_iter().filter(about);
    let finding = found.next().unwrap();
    assert_eq!(found.next(), None);
    (finding.level, finding.text)
}

/// Three attempts in each of two hours, sealed.
async fn sealed() -> Site {
    let site = Site::https().await;
    let (okta, google) = (site.connect(Product::Okta).await, site.connect(Product::Google).await);
    for _ in 0..2 {
        site.browser().sign_in(&site, &okta, &alice()).await;
        site.browser().sign_in(&site, &google, &alice()).await;
        let message =
            site.answer(&okta, &alice(), Some("_unknown"), |minted| minted.sp_entity_id = "urn:other");
        site.browser().bring(&okta, &message, None).await;
        site.clock.advance(HOUR);
    }
    assert_eq!(seals(&site).await, [0, 0]);
    site.clock.advance(HOUR);
    seal(&site).await;
    assert_eq!(seals(&site).await, [2, 2]);
    assert_eq!(site.count("SELECT COUNT(*) FROM attempts").await, 6);
    let (level, text) = audit(&site).await;
    assert!(level == Level::Good && text.contains("6 sealed attempts"), "{text}");
    site
}

#[tokio::test]
async fn an_hour_is_sealed_once_and_not_before_it_is_over() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    seal(&site).await;
    let since = site.clock.now().seconds().rem_euclid(HOUR);
    site.clock.advance(HOUR - since + 599);
    seal(&site).await;
    assert_eq!(seals(&site).await, [0, 0], "somebody may still be at it");
    site.clock.advance(1);
    seal(&site).await;
    assert_eq!(seals(&site).await, [1, 1]);
    // After a day without anybody, the next hour with somebody.
    site.clock.advance(24 * HOUR);
    site.browser().sign_in(&site, &okta, &alice()).await;
    site.clock.advance(2 * HOUR);
    seal(&site).await;
    seal(&site).await;
    assert_eq!(seals(&site).await, [2, 2]);
    let ctx = site.gateway.ctx(Actor::CommandLine);
    assert!(attempt_seal::seal(&site.gateway, &ctx).await.is_err(), "a job's alone");
}

#[tokio::test]
async fn whatever_is_changed_later_is_found() {
    const NEW: &str = "att_00000000000000000000000000";
    let one = "(SELECT MIN(id) FROM attempts WHERE outcome = 'accepted')";
    let first = "(SELECT MIN(hour) FROM attempt_seals)";
    let (from, mut changes) = ("SELECT account_id, id, day, connection_id, revision, purpose", Vec::new());
    let rest = "is_signed, code, trace_sealed, user_id, session_id, request_id, created_at FROM attempts";
    changes
        .push((format!("UPDATE attempts SET outcome = 'refused' WHERE id = {one}"), "was changed, or added"));
    changes.push((format!("UPDATE attempts SET user_id = NULL WHERE id = {one}"), "was changed, or added"));
    changes.push((
        format!("UPDATE attempts SET created_at = created_at + 1 WHERE id = {one}"),
        "was changed, or added",
    ));
    changes.push((
        format!(
            "CREATE TABLE kept AS {from}, outcome, {rest} WHERE id = {one};
            UPDATE kept SET id = substr(id, 1, 14) || substr('{NEW}', 15);
            INSERT INTO attempts (account_id, id, day, connection_id, revision, purpose, outcome, is_signed, code,
                trace_sealed, user_id, session_id, request_id, created_at) SELECT * FROM kept"
        ),
        "was changed, or added",
    ));
    changes.push((
        format!(
            "DELETE FROM attempt_messages WHERE attempt_id = {one}; DELETE FROM attempts WHERE id = {one}"
        ),
        "1 attempts of the hour from",
    ));
    changes.push((format!("DELETE FROM attempt_seals WHERE hour = {first}"), "is missing"));
    changes.push((
        format!("UPDATE attempt_seals SET root = leaves WHERE hour = {first}"),
        "the seal over the attempts of the hour",
    ));
    for (change, wanted) in changes {
        let site = sealed().await;
        site.execute(&change).await;
        let (level, text) = audit(&site).await;
        assert!(level == Level::Wrong && text.contains(wanted), "{change}: {text}");
    }
}

#[tokio::test]
async fn what_has_to_go_may_go() {
    let site = sealed().await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let id =
        site.text("SELECT user_id FROM attempts WHERE user_id IS NOT NULL").await.unwrap().parse().unwrap();
    user::erase(&site.gateway, &ctx, (&ACCOUNT.parse().unwrap(), &Which::Id(id))).await.unwrap();
    let (level, text) = audit(&site).await;
    assert!(level == Level::Good && text.contains("6 sealed attempts"), "{text}");
    site.clock.advance(40 * 24 * HOUR);
    sweep::sweep(&site.gateway, &site.gateway.ctx(Actor::Job("sweep"))).await.unwrap();
    let (level, text) = audit(&site).await;
    assert!(level == Level::Good && text.contains("4 sealed attempts"), "{text}");
}
