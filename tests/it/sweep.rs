//! What has passed its time goes, a few hundred rows at a time; what messages an account keeps.

use axum::http::StatusCode;
use gatepost::base::Actor;
use gatepost::directory::account::KeepMessages;
use gatepost::directory::preset::Product;
use gatepost::flow::{account, sweep};
use gatepost::storage::{replay, session};
use gatepost_saml::mint::Personality;

use crate::cli::{folder, json, refusal, run};
use crate::site::{ACCOUNT, Idp, Site, alice};

/// `count` copies of every attempt with its message and session, of the assertion and request that it used, each made a
/// second after the one before.
pub async fn multiply(site: &Site, count: usize) {
    let numbers = format!(
        "WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
    );
    let hash =
        if site.folder.is_postgres() { "decode(md5(random()::text), 'hex')" } else { "randomblob(32)" };
    let id = |column: &str| format!("substr({column}, 1, length({column}) - 5) || CAST(i + 10000 AS TEXT)");
    let (attempt, message, session) = (id("id"), id("attempt_id"), id("id"));
    site.execute(&format!(
        "{numbers} INSERT INTO attempts (account_id, id, day, connection_id, revision, purpose, outcome, is_signed, code,
            trace_sealed, user_id, session_id, request_id, created_at)
        SELECT account_id, {attempt}, day, connection_id, revision, purpose, outcome, is_signed, code, trace_sealed,
            user_id, session_id, request_id, created_at + i * 1000000 FROM attempts, n;
        {numbers} INSERT INTO attempt_messages (account_id, attempt_id, connection_id, outcome, raw_sealed, created_at,
            expires_at)
        SELECT account_id, {message}, connection_id, outcome, raw_sealed, created_at + i * 1000000, expires_at
        FROM attempt_messages, n;
        {numbers} INSERT INTO sessions (account_id, token_hash, id, user_id, connection_id, attempt_id, browser_hash,
            statement_sealed, created_at, last_seen_at, expires_at)
        SELECT account_id, {hash}, {session}, user_id, connection_id, attempt_id, browser_hash, statement_sealed,
            created_at, last_seen_at, expires_at FROM sessions, n;
        {numbers} INSERT INTO replays (account_id, day, connection_id, assertion_hash, attempt_id)
        SELECT account_id, day, connection_id, {hash}, attempt_id FROM replays, n;
        {numbers} INSERT INTO consumed_requests (account_id, request_id, connection_id, expires_at)
        SELECT account_id, request_id || CAST(i AS TEXT), connection_id, expires_at FROM consumed_requests, n"
    ))
    .await;
}

async fn sweep(site: &Site) {
    sweep::sweep(&site.gateway, &site.gateway.ctx(Actor::Job("sweep"))).await.unwrap();
}

async fn counts(site: &Site) -> [i64; 5] {
    let mut counts = [0; 5];
    let tables = ["replays", "consumed_requests", "attempt_messages", "sessions", "attempts"];
    for (count, table) in counts.iter_mut().zip(tables) {
        *count = site.count(&format!("SELECT COUNT(*) FROM {table}")).await;
    }
    counts
}

async fn keep(site: &Site, keep_messages: KeepMessages) {
    let input = account::Update { keep_messages: Some(keep_messages), ..account::Update::default() };
    let ctx = site.gateway.ctx(Actor::CommandLine);
    account::update(&site.gateway, &ctx, &ACCOUNT.parse().unwrap(), input).await.unwrap();
}

/// A refused attempt.
async fn refused(site: &Site, idp: &Idp) {
    let message = site.answer(idp, &alice(), Some("_unknown"), |minted| minted.sp_entity_id = "urn:other");
    let answer = site.browser().bring(idp, &message, None).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
}

async fn messages(site: &Site, outcome: &str) -> i64 {
    site.count(&format!("SELECT COUNT(*) FROM attempt_messages WHERE outcome = '{outcome}'")).await
}

#[tokio::test]
async fn many_rows_go_in_batches() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    multiply(&site, 1200).await;
    assert_eq!(counts(&site).await, [1201; 5]);

    let (now, later) = (site.clock.now(), site.clock.now().plus_seconds(100 * 86_400));
    let mut tx = site.storage.write().await.unwrap();
    assert_eq!(replay::delete_old(&mut tx, now.day() + 9, 500).await.unwrap(), 500, "no more than asked for");
    assert_eq!(replay::delete_old_requests(&mut tx, later, 500).await.unwrap(), 500);
    assert_eq!(session::delete_old(&mut tx, (later, later), 500).await.unwrap(), 500);
    assert_eq!(session::delete_old(&mut tx, (later, now), 500).await.unwrap(), 0, "they go on");
    assert_eq!(session::delete_old(&mut tx, (now, later), 500).await.unwrap(), 0, "none began before");
    drop(tx);

    site.clock.advance(3 * 86_400);
    sweep(&site).await;
    assert_eq!(counts(&site).await, [0, 0, 1201, 1201, 1201], "those messages are of before the last hour");
    site.clock.advance(40 * 86_400);
    sweep(&site).await;
    assert_eq!(counts(&site).await, [0, 0, 0, 0, 1201], "who signed in when stays known");
}

#[tokio::test]
async fn refused_attempts_go_with_their_messages() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    refused(&site, &okta).await;
    multiply(&site, 700).await;
    assert_eq!(counts(&site).await, [0, 0, 701, 0, 701]);
    site.clock.advance(29 * 86_400);
    sweep(&site).await;
    assert_eq!(counts(&site).await, [0, 0, 701, 0, 701]);
    site.clock.advance(3 * 86_400);
    sweep(&site).await;
    assert_eq!(counts(&site).await, [0; 5]);
}

#[tokio::test]
async fn the_last_fifty_messages_that_were_accepted_are_kept() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let canvas = site.connect(Product::Canvas).await;
    for idp in [&okta, &canvas] {
        site.browser().sign_in(&site, idp, &alice()).await;
    }
    multiply(&site, 600).await;
    sweep(&site).await;
    for idp in [&okta, &canvas] {
        let of = format!("FROM attempt_messages WHERE connection_id = '{}'", idp.connection.id);
        assert_eq!(site.count(&format!("SELECT COUNT(*) {of}")).await, 50);
        let oldest = site.count(&format!("SELECT MIN(created_at) {of}")).await;
        assert!(oldest > site.clock.now().plus_seconds(500).micros(), "the latest");
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM attempts").await, 1202, "attempts stay");
}

#[tokio::test]
async fn an_account_says_which_messages_it_keeps() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    for (which, accepted, refusals) in [
        (KeepMessages::None, 0, 0),
        (KeepMessages::Refused, 0, 1),
        (KeepMessages::Recent, 1, 1),
        (KeepMessages::All, 1, 1),
    ] {
        keep(&site, which).await;
        let before = (messages(&site, "accepted").await, messages(&site, "refused").await);
        site.browser().sign_in(&site, &okta, &alice()).await;
        refused(&site, &okta).await;
        let after = (messages(&site, "accepted").await, messages(&site, "refused").await);
        assert_eq!(after, (before.0 + accepted, before.1 + refusals), "{which:?}");
    }
    assert_eq!(
        site.count("SELECT COUNT(*) FROM events WHERE action = 'account.updated'").await,
        4,
        "and it stands in the log"
    );

    multiply(&site, 600).await;
    let all = (messages(&site, "accepted").await, messages(&site, "refused").await);
    assert_eq!(all, (1202, 1803));
    sweep(&site).await;
    assert_eq!((messages(&site, "accepted").await, messages(&site, "refused").await), all, "all of them");
    keep(&site, KeepMessages::Recent).await;
    sweep(&site).await;
    assert_eq!((messages(&site, "accepted").await, messages(&site, "refused").await), (50, 1000));
    // What was decided counts for what is old too.
    site.clock.advance(86_400);
    keep(&site, KeepMessages::Refused).await;
    sweep(&site).await;
    assert_eq!((messages(&site, "accepted").await, messages(&site, "refused").await), (0, 1000));
    keep(&site, KeepMessages::None).await;
    sweep(&site).await;
    assert_eq!(site.count("SELECT COUNT(*) FROM attempt_messages").await, 0);
}

#[tokio::test]
async fn a_refused_message_of_nobody_we_know_is_not_kept_and_pages_say_so() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    keep(&site, KeepMessages::All).await;
    let stranger =
        Idp { personality: Personality::named("google").unwrap(), connection: okta.connection.clone() };
    refused(&site, &stranger).await;
    assert_eq!(messages(&site, "refused").await, 0);
    let mut owner = site.owner().await;
    let said = owner.get("/console/at/lincoln/sign-ins").await.body;
    assert!(said.contains("A refused one is kept only if it names"), "{said}");
    let id = site.text("SELECT id FROM attempts").await.unwrap();
    let said = owner.get(&format!("/console/at/lincoln/sign-ins/{id}")).await.body;
    assert!(said.contains("of those that were refused, only ones that name"), "{said}");
}

#[test]
fn what_is_kept_is_said_by_command_line() {
    let folder = folder();
    let made = json(&run(&folder.0, &["account", "create", "lincoln", "--json"]));
    assert_eq!(made["keep_messages"], "recent", "as usual");
    let update = ["account", "update", "lincoln", "--json", "--keep-messages"];
    let update = |which| run(&folder.0, &[&update[..], &[which]].concat());
    assert_eq!(json(&update("none"))["keep_messages"], "none");
    assert_eq!(json(&run(&folder.0, &["account", "show", "lincoln", "--json"]))["keep_messages"], "none");
    assert_eq!(
        json(&run(&folder.0, &["account", "update", "lincoln", "--name", "L", "--json"]))["keep_messages"],
        "none"
    );
    assert_eq!(json(&update("all"))["keep_messages"], "all");
    assert!(refusal(&update("some")).contains("it must be none, refused, recent or all"));
}
