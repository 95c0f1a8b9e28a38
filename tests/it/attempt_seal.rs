//! What was tried in an hour is sealed, and nobody changes it later unnoticed.

use gatepost::audit::Link;
use gatepost::base::id::{AccountId, AttemptId};
use gatepost::base::{Actor, Instant};
use gatepost::flow::check::{self, Level};
use gatepost::flow::user::{self, Which};
use gatepost::flow::{Gateway, attempt_seal, sweep};
use gatepost::storage::event::{self, Of};

use crate::site::{ACCOUNT, Site, alice};
use crate::sweep::multiply;
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
    let seal = "the seal over the attempts of the hour";
    changes.push((format!("UPDATE attempt_seals SET root = x'00' WHERE hour = {first}"), seal));
    // An hour in which much may be missing, for it is long ago.
    changes.push((format!("UPDATE attempt_seals SET hour = 1 WHERE hour = {first}"), seal));
    changes.push((format!("UPDATE attempt_seals SET attempts = attempts - 1 WHERE hour = {first}"), seal));
    changes.push((format!("DELETE FROM attempt_leaves WHERE hour = {first}"), seal));
    changes.push((
        format!("UPDATE attempt_leaves SET leaves = x'00' WHERE hour = {first}"),
        "something stands in attempt_leaves.leaves",
    ));
    // Together with their hashes.
    changes.push((
        format!(
            "DELETE FROM attempt_messages; DELETE FROM attempts WHERE id LIKE 'att_%' AND connection_id IN
                (SELECT connection_id FROM attempt_leaves WHERE hour = {first});
            DELETE FROM attempt_leaves WHERE hour = {first}"
        ),
        seal,
    ));
    for (change, wanted) in changes {
        let site = sealed().await;
        let change = if site.folder.is_postgres() { change.replace("x'", "'\\x") } else { change };
        site.execute(&change).await;
        let (level, text) = audit(&site).await;
        assert!(level == Level::Wrong && text.contains(wanted), "{change}: {text}");
    }
}

#[tokio::test]
async fn what_took_the_place_of_an_erased_trace_opens() {
    let site = sealed().await;
    let one = site.text("SELECT MIN(id) FROM attempts WHERE outcome = 'accepted'").await.unwrap();
    let trace = site.hex(&format!("SELECT trace_sealed FROM attempts WHERE id = '{one}'")).await;
    let trace: Vec<u8> =
        (0..trace.len()).step_by(2).map(|at| u8::from_str_radix(&trace[at..at + 2], 16).unwrap()).collect();
    let (was, nothing) = (site.blob(&openssl::sha::sha256(&trace)), site.blob(&[0]));
    let erase = format!("UPDATE attempts SET trace_was = {was}, trace_sealed = {nothing} WHERE id = '{one}'");
    site.execute(&erase).await;
    let (level, text) = audit(&site).await;
    assert!(level == Level::Wrong && text.contains(&format!("attempt {one} was changed")), "{text}");
}

/// A copy of an attempt with the id of `moment`.
async fn forge(site: &Site, moment: Instant) {
    let id = AttemptId::make(moment, &site.rng);
    let hour = AttemptId::first_of(moment);
    assert!(id > hour);
    site.execute(&format!(
        "INSERT INTO attempts (account_id, id, day, connection_id, revision, purpose, outcome, is_signed, code,
            trace_sealed, user_id, session_id, request_id, created_at)
        SELECT account_id, '{id}', day, connection_id, revision, purpose, outcome, is_signed, code,
            trace_sealed, user_id, session_id, request_id, created_at
        FROM attempts WHERE id = (SELECT MIN(id) FROM attempts WHERE outcome = 'accepted')"
    ))
    .await;
}

#[tokio::test]
async fn nothing_is_added_to_an_hour_that_was_passed_over() {
    let site = sealed().await;
    let begun = site.clock.now();
    forge(&site, begun.plus_seconds(-20 * HOUR)).await;
    let (level, text) = audit(&site).await;
    assert!(level == Level::Wrong && text.contains("was passed over when hours were sealed"), "{text}");
}

#[tokio::test]
async fn a_seal_of_the_future_keeps_nothing_from_being_sealed() {
    let site = sealed().await;
    let okta = site.connect(Product::Okta).await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    let forged = "INSERT INTO attempt_seals (account_id, hour, attempts, root, dropped_at)
        SELECT account_id, 9999999, attempts, root, NULL FROM attempt_seals LIMIT 1";
    site.execute(forged).await;
    site.clock.advance(2 * HOUR);
    seal(&site).await;
    assert_eq!(seals(&site).await, [4, 3]);
    site.execute("DELETE FROM attempt_seals WHERE hour = 9999999").await;
    let (level, text) = audit(&site).await;
    assert!(level == Level::Good && text.contains("7 sealed attempts"), "{text}");
}

#[tokio::test]
async fn nobody_without_the_keys_makes_a_chain_anew() {
    let site = sealed().await;
    let account: AccountId = site.text("SELECT id FROM accounts").await.unwrap().parse().unwrap();
    // An attempt is changed, and everything that hangs on it is worked out as the gateway would.
    let one = "(SELECT MIN(id) FROM attempts WHERE outcome = 'accepted')";
    site.execute(&format!("UPDATE attempts SET request_id = 'req_0' WHERE id = {one}")).await;
    let mut tx = site.storage.write().await.unwrap();
    let mut all = event::list(&mut tx, Of::Account(account), 0, 1000).await.unwrap();
    drop(tx);
    let sealed_at = all.iter().position(|event| event.action == attempt_seal::SEALED).unwrap();
    all[sealed_at].target = "00".repeat(32);
    let mut previous = gatepost::audit::FIRST.to_vec();
    for event in &mut all {
        let link = Link {
            previous: &previous,
            seq: event.seq,
            at: event.at,
            actor: &event.actor,
            action: &event.action,
            target: &event.target,
            body: &event.body,
        };
        event.hash = link.hash().to_vec();
        previous.clone_from(&event.hash);
        let (hash, target, seq) = (site.blob(&event.hash), &event.target, event.seq);
        site.execute(&format!("UPDATE events SET hash = {hash}, target = '{target}' WHERE seq = {seq}"))
            .await;
    }
    let found = check::check(&site.gateway, &site.gateway.ctx(Actor::CommandLine), true).await.unwrap();
    let wrong: Vec<_> = found.iter().filter(|finding| finding.level == Level::Wrong).collect();
    let wanted = format!("event {} was changed", all[sealed_at].seq);
    assert!(wrong.iter().any(|finding| finding.text.contains(&wanted)), "{wrong:?}");
}

#[tokio::test]
async fn only_refused_attempts_go_early() {
    let site = sealed().await;
    site.clock.advance(40 * 24 * HOUR);
    sweep::sweep(&site.gateway, &site.gateway.ctx(Actor::Job("sweep"))).await.unwrap();
    assert_eq!(audit(&site).await.0, Level::Good);
    let one = "(SELECT MIN(id) FROM attempts WHERE outcome = 'accepted')";
    site.execute(&format!("DELETE FROM attempt_messages; DELETE FROM attempts WHERE id = {one}")).await;
    let (level, text) = audit(&site).await;
    assert!(level == Level::Wrong && text.contains("1 attempts of the hour from"), "{text}");
}

/// What was refused in the last hour of a day goes with that day, not a day later.
#[tokio::test]
async fn refused_attempts_of_the_last_hour_of_a_day_may_go_with_the_day() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let midnight = 86_400 - site.clock.now().seconds().rem_euclid(86_400);
    site.clock.advance(midnight - HOUR / 2);
    let message = site.answer(&okta, &alice(), Some("_unknown"), |minted| minted.sp_entity_id = "urn:other");
    site.browser().bring(&okta, &message, None).await;
    site.clock.advance(2 * HOUR);
    seal(&site).await;
    assert_eq!(seals(&site).await, [1, 1]);
    for _ in 0..3 * 24 {
        sweep::sweep(&site.gateway, &site.gateway.ctx(Actor::Job("sweep"))).await.unwrap();
        assert_eq!(audit(&site).await.0, Level::Good, "{}", site.clock.now());
        site.clock.advance(12 * HOUR);
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM attempts").await, 0);
}

#[tokio::test]
async fn sealed_hours_stay_proved_when_their_attempts_have_passed_their_time() {
    let mut site = sealed().await;
    site.clock.advance(402 * 24 * HOUR);
    sweep::sweep(&site.gateway, &site.gateway.ctx(Actor::Job("sweep"))).await.unwrap();
    for table in ["attempts", "attempt_leaves"] {
        assert_eq!(site.count(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
    }
    assert_eq!(seals(&site).await, [2, 2]);
    let (level, text) = audit(&site).await;
    assert!(level == Level::Good && text.contains("2 sealed hours are past retention"), "{text}");
    // Kept longer from now on: what went before is told, and is nobody's fault.
    let mut inputs = site.inputs.clone();
    inputs.retention.attempt_days = 800;
    let gateway = std::mem::replace(&mut site.gateway, Gateway::new(site.storage.clone(), inputs));
    let found = check::check(&site.gateway, &site.gateway.ctx(Actor::CommandLine), true).await.unwrap();
    let notice = found.iter().find(|finding| finding.text.contains("was it shorter then?")).unwrap();
    assert_eq!(notice.level, Level::Notice);
    site.gateway = gateway;
    site.execute("UPDATE attempt_seals SET attempts = attempts + 1").await;
    assert_eq!(audit(&site).await.0, Level::Wrong, "the seal still counts");
}

#[tokio::test]
async fn an_hour_that_was_not_sealed_is_told() {
    let site = sealed().await;
    let okta = site.connect(Product::Okta).await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    let told = async |site: &Site| {
        let ctx = site.gateway.ctx(Actor::CommandLine);
        let found = check::check(&site.gateway, &ctx, true).await.unwrap();
        found.iter().any(|finding| finding.level == Level::Notice && finding.text.contains("not sealed yet"))
    };
    assert!(!told(&site).await);
    site.clock.advance(30 * HOUR);
    assert!(told(&site).await);
    seal(&site).await;
    assert!(!told(&site).await);
}

/// More than fits in a portion; broken off in the middle and gone on with.
#[tokio::test]
async fn an_hour_is_sealed_in_portions() {
    let site = Site::https().await;
    let (okta, google) = (site.connect(Product::Okta).await, site.connect(Product::Google).await);
    for idp in [&okta, &google] {
        site.browser().sign_in(&site, idp, &alice()).await;
    }
    multiply(&site, 1300).await;
    site.clock.advance(2 * HOUR);
    seal(&site).await;
    let leaves = "SELECT COUNT(*) FROM attempt_leaves";
    assert_eq!((seals(&site).await, site.count(leaves).await), ([1, 1], 6));
    let (level, text) = audit(&site).await;
    assert!(level == Level::Good && text.contains("2602 sealed attempts"), "{text}");
    let root = site.hex("SELECT root FROM attempt_seals").await;
    // As a process leaves it that is ended before it is done.
    site.execute(
        "DELETE FROM attempt_seals; DELETE FROM events WHERE action = 'attempts.sealed';
        DELETE FROM attempt_leaves WHERE connection_id > (SELECT MIN(connection_id) FROM attempt_leaves);
        DELETE FROM attempt_leaves WHERE begins_with > (SELECT MIN(begins_with) FROM attempt_leaves)",
    )
    .await;
    assert_eq!(site.count(leaves).await, 1);
    seal(&site).await;
    assert_eq!((seals(&site).await, site.count(leaves).await), ([1, 1], 6));
    assert_eq!(site.hex("SELECT root FROM attempt_seals").await, root);
    assert_eq!(audit(&site).await.0, Level::Good);
    let last = "(SELECT MAX(id) FROM attempts)";
    for change in [
        format!("UPDATE attempts SET code = 'x' WHERE id = {last}"),
        format!("DELETE FROM attempt_messages; DELETE FROM attempts WHERE id = {last}"),
    ] {
        site.execute(&change).await;
        assert_eq!(audit(&site).await.0, Level::Wrong, "{change}");
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
