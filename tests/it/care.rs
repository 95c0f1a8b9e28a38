//! Looking after an installation: copies and putting them back, the check, the end of an account.

use std::path::Path;

use axum::http::StatusCode;
use gatepost::base::{Actor, Ctx, Rng};
use gatepost::directory::preset::Product;
use gatepost::flow::check::{self, Level};
use gatepost::flow::keys::signing::{self, Rotation};
use gatepost::flow::session::admin::{self, Of};
use gatepost::flow::{account, attempt, sweep};
use gatepost::storage::{Location, Storage, backup};

use crate::browser::Browser;
use crate::cli::{folder, gatepost};
use crate::site::{ACCOUNT, Folder, Site, alice, start_of_time};

/// A server for tests may be one that does not wait for the disk, which is rightly found to be wrong.
fn is_of_the_server(text: &str) -> bool {
    text.starts_with("fsync is off") || text.starts_with("full_page_writes is off")
}

#[tokio::test]
async fn what_was_issued_before_a_restore_is_refused() {
    let mut site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    let pending = browser.start(&okta).await;
    let message = site.answer(&okta, &alice(), Some(&pending.request_id), |_| {});
    // The sign-in that the backup does not know of.
    let answer = browser.bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
    for table in ["replays", "consumed_requests"] {
        site.execute(&format!("DELETE FROM {table}")).await;
    }
    site.clock.advance(60);
    site.storage.mark_restored(&site.gateway.ctx(Actor::CommandLine)).await.unwrap();
    site.reopen().await;

    let mut again = browser.clone();
    again.cookies.retain(|name, _| !name.contains("session"));
    let answer = again.on(&site).bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    assert_eq!(
        site.text("SELECT code FROM attempts ORDER BY rowid DESC LIMIT 1").await.as_deref(),
        Some("assertion_before_restore")
    );
    // What is issued afterwards is as good as ever.
    site.clock.advance(600);
    let mut fresh = site.browser();
    assert_eq!(fresh.sign_in(&site, &okta, &alice()).await.location(), Some("/me"));
}

#[tokio::test]
async fn a_copy_is_put_back_with_its_mark_and_never_over_another() {
    let (from, to) = (Folder::new(), Folder::new());
    let rng = Rng::system();
    let open = async |dir: &Path| {
        Storage::open(
            Location::Folder { dir, master_key: None, next_master_key: None },
            start_of_time(),
            &rng,
        )
        .await
    };
    // Open, as while the server runs.
    let running = open(&from.0).await.unwrap();
    assert_eq!(running.restored_at(), None);
    let copy = from.0.join("copy.db");
    backup::copy(&from.0, &copy).await.unwrap();
    assert!(backup::copy(&from.0, &copy).await.unwrap_err().to_string().contains("is there already"));
    let nothing = from.0.join("none");
    assert!(backup::copy(&nothing, &copy).await.unwrap_err().to_string().contains("no database"));

    let ctx = Ctx::new(Actor::CommandLine, start_of_time(), &rng);
    let restore = async |dir: &Path| backup::restore((dir, None), &copy, (&ctx, &rng)).await;
    assert!(restore(&from.0).await.unwrap_err().to_string().contains("is there already"));
    let keyless = restore(&to.0).await.unwrap_err().to_string();
    assert!(keyless.contains("Put the key back"), "{keyless}");
    // Another installation's key does not open it, and nothing is left behind.
    let other = Folder::new();
    open(&other.0).await.unwrap().close().await;
    std::fs::copy(other.0.join("master.key"), to.0.join("master.key")).unwrap();
    let wrong = restore(&to.0).await.unwrap_err().to_string();
    assert!(wrong.contains("is not the one that this database was made with"), "{wrong}");
    assert_eq!(std::fs::read_dir(&to.0).unwrap().count(), 1, "only the key");

    std::fs::copy(from.0.join("master.key"), to.0.join("master.key")).unwrap();
    restore(&to.0).await.unwrap();
    let restored = open(&to.0).await.unwrap();
    assert_eq!(restored.restored_at(), Some(start_of_time()));
}

#[test]
fn the_command_line_copies_and_checks() {
    let folder = folder();
    let run = |arguments: &[&str]| gatepost(&folder.0).args(arguments).output().unwrap();
    assert_eq!(run(&["account", "create", "lincoln"]).status.code(), Some(0));
    let copied = run(&["backup", "copy.db"]);
    let told = String::from_utf8(copied.stderr).unwrap();
    assert!(told.to_lowercase().contains("the master key is not in"), "{told}");
    assert_eq!(copied.status.code(), Some(i32::from(folder.is_postgres())), "{told}");
    assert_eq!(folder.0.join("copy.db").exists(), !folder.is_postgres());
    let checked = run(&["check", "--audit", "--json"]);
    let text = String::from_utf8(checked.stdout).unwrap();
    let status = Some(i32::from(text.contains("fsync is off")));
    assert_eq!(checked.status.code(), status, "{text}");
    for area in ["database", "clock", "keys", "audit"] {
        assert!(text.contains(&format!("\"area\":\"{area}\"")), "{area}: {text}");
    }
    if !folder.is_postgres() {
        assert!(text.contains("SQLite: journal_mode = wal, synchronous = full"), "{text}");
    }
    let unsure = run(&["account", "delete", "lincoln", "--confirm", "lincolm"]);
    assert_eq!(unsure.status.code(), Some(2));
    assert_eq!(run(&["account", "delete", "lincoln", "--confirm", "lincoln"]).status.code(), Some(0));
    assert_eq!(run(&["check", "--audit"]).status.code(), status);
    assert_eq!(run(&["account", "delete", "lincoln", "--confirm", "lincoln"]).status.code(), Some(2));
}

#[tokio::test]
async fn the_check_finds_what_was_changed() {
    let site = Site::https().await;
    site.connect(Product::Okta).await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let wrong = async || {
        let found = check::check(&site.gateway, &ctx, true).await.unwrap();
        assert!(found.iter().any(|finding| finding.area == "database"));
        let is_wrong =
            |finding: &check::Finding| finding.level == Level::Wrong && !is_of_the_server(&finding.text);
        found.into_iter().filter(is_wrong).collect::<Vec<_>>()
    };
    assert_eq!(wrong().await, []);
    site.execute("UPDATE events SET actor = 'nobody' WHERE seq = 2").await;
    let found = wrong().await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].area == "audit" && found[0].text.contains("event 2 was changed"), "{found:?}");
    assert!(check::check(&site.gateway, &site.gateway.ctx(Actor::Anonymous), true).await.is_err());
}

/// Each change is made in the database's file, to one row, and taken back before the next.
#[tokio::test]
async fn tampering_with_one_row_of_the_audit_log_is_found_and_named() {
    let site = Site::https().await;
    site.connect(Product::Okta).await;
    site.connect(Product::Google).await;
    site.connect(Product::Entra).await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let told = async || {
        let found = check::check(&site.gateway, &ctx, true).await.unwrap();
        let told = found.into_iter().find(|finding| finding.text.starts_with("lincoln: ")).unwrap();
        (told.level == Level::Wrong, told.text)
    };
    let last = site.count("SELECT MAX(seq) FROM events").await;
    assert!(last > 3, "{last}");
    let (is_wrong, text) = told().await;
    assert!(!is_wrong && text.contains("none changed or missing"), "{text}");
    site.execute("CREATE TABLE kept AS SELECT * FROM events").await;
    site.execute("CREATE TABLE kept_heads AS SELECT * FROM event_heads").await;
    let cut = format!("DELETE FROM events WHERE seq = {last}");
    let all_but_one = "DELETE FROM events WHERE seq > 1";
    let other = site.blob(b"another body");
    for (change, named) in [
        (format!("UPDATE events SET body_sealed = {other} WHERE seq = 2"), "event 2 was changed".to_owned()),
        ("UPDATE events SET actor = 'command_line2' WHERE seq = 3".to_owned(), "event 3 was".to_owned()),
        ("UPDATE events SET action = 'user.erased' WHERE seq = 1".to_owned(), "event 1 was".to_owned()),
        ("UPDATE events SET target = 'conn_1' WHERE seq = 2".to_owned(), "event 2 was".to_owned()),
        ("UPDATE events SET at = at - 1 WHERE seq = 2".to_owned(), "event 2 was".to_owned()),
        (format!("UPDATE events SET hash = {other} WHERE seq = {last}"), format!("event {last} was")),
        // In another order: each number has the row of the other.
        (
            "UPDATE events SET seq = CASE seq WHEN 2 THEN -3 ELSE -2 END WHERE seq IN (2, 3)".to_owned(),
            "event 2 was".to_owned(),
        ),
        ("DELETE FROM events WHERE seq = 1".to_owned(), "event 1 was changed or is missing".to_owned()),
        ("DELETE FROM events WHERE seq = 2".to_owned(), "event 2 was changed or is missing".to_owned()),
        (cut, format!("events {last} to {last} are missing")),
        (all_but_one.to_owned(), format!("events 2 to {last} are missing")),
        (format!("UPDATE event_heads SET head_sealed = {other}"), "the last event".to_owned()),
    ] {
        site.execute(&change).await;
        site.execute("UPDATE events SET seq = -seq WHERE seq < 0").await;
        let (is_wrong, text) = told().await;
        assert!(is_wrong && text.contains(&named), "{change}: {text}");
        site.execute("DELETE FROM events").await;
        site.execute("INSERT INTO events SELECT * FROM kept").await;
        site.execute("DELETE FROM event_heads").await;
        site.execute("INSERT INTO event_heads SELECT * FROM kept_heads").await;
        assert!(!told().await.0, "{change} is taken back");
    }
    // An older head does not fit what was written since.
    site.make_account("other", "Other").await;
    site.connect(Product::Clever).await;
    site.execute("DELETE FROM event_heads WHERE account_id IN (SELECT account_id FROM kept_heads)").await;
    site.execute("INSERT INTO event_heads SELECT * FROM kept_heads").await;
    let (is_wrong, text) = told().await;
    assert!(is_wrong && text.contains("not the last one that was written"), "{text}");
}

#[tokio::test]
async fn what_is_done_to_the_installation_as_a_whole_has_a_chain_too() {
    let mut site = Site::https().await;
    let ctx = site.gateway.ctx(Actor::CommandLine);
    let last = async |site: &Site| {
        let last = "SELECT action FROM installation_events ORDER BY seq DESC LIMIT 1";
        (site.count("SELECT COUNT(*) FROM installation_events").await, site.text(last).await.unwrap())
    };
    assert_eq!(last(&site).await, (2, "public_url.used".to_owned()), "and the first key before it");
    let made = signing::rotate(&site.gateway, &ctx, Rotation::Planned).await.unwrap();
    assert_eq!(last(&site).await, (3, "signing_key.created".to_owned()));
    let target = site.text("SELECT target FROM installation_events WHERE seq = 3").await;
    assert_eq!(target.as_deref(), Some(made.kid.as_str()));
    assert!(signing::rotate(&site.gateway, &ctx, Rotation::Planned).await.is_err());
    assert_eq!(last(&site).await.0, 3, "nothing was done");
    signing::rotate(&site.gateway, &ctx, Rotation::Leaked).await.unwrap();
    assert_eq!(last(&site).await, (5, "signing_key.others_withdrawn".to_owned()));
    site.storage.mark_restored(&ctx).await.unwrap();
    site.reopen().await;
    assert_eq!(last(&site).await, (6, "installation.restored".to_owned()), "a start does nothing by itself");

    let audit = async || {
        let found = check::check(&site.gateway, &ctx, true).await.unwrap();
        let told = found.into_iter().find(|finding| finding.text.starts_with("the installation: ")).unwrap();
        (told.level, told.text)
    };
    let (level, text) = audit().await;
    let is_whole = text.starts_with("the installation: 6 events, none changed or missing; the last is ");
    assert!(level == Level::Good && is_whole, "{text}");
    site.execute("DELETE FROM installation_events WHERE seq = 4").await;
    let (level, text) = audit().await;
    assert!(level == Level::Wrong && text.contains("event 4 was changed or is missing"), "{text}");
}

#[tokio::test]
async fn a_deleted_account_cannot_be_read_and_its_events_still_prove() {
    let mut site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    browser.sign_in(&site, &okta, &alice()).await;
    site.execute("UPDATE users SET external_id = 'pupil-7'").await;
    let attempt_id = site.text("SELECT id FROM attempts").await.unwrap().parse().unwrap();
    let ctx = site.gateway.ctx(Actor::CommandLine);
    sweep::sweep(&site.gateway, &site.gateway.ctx(Actor::Job("sweep"))).await.unwrap();
    assert_eq!(site.count("SELECT COUNT(*) FROM users WHERE external_id = 'pupil-7'").await, 1);
    assert!(attempt::find(&site.gateway, &ctx, attempt_id).await.is_ok());
    assert!(
        account::delete(&site.gateway, &site.gateway.ctx(Actor::Anonymous), &ACCOUNT.parse().unwrap())
            .await
            .is_err()
    );

    account::delete(&site.gateway, &ctx, &ACCOUNT.parse().unwrap()).await.unwrap();
    assert!(!Browser::is_signed_in(&browser.get("/me").await));
    assert_eq!(browser.get(&okta.path("login")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.count("SELECT COUNT(*) FROM data_keys").await, 0);
    site.reopen().await;
    let error = attempt::find(&site.gateway, &ctx, attempt_id).await.unwrap_err().to_string();
    assert!(error.contains("no such account"), "{error}");
    let found = check::check(&site.gateway, &ctx, true).await.unwrap();
    let is_fine = |finding: &check::Finding| finding.level != Level::Wrong || is_of_the_server(&finding.text);
    assert!(found.iter().all(is_fine), "{found:?}");
    assert!(found.iter().any(|finding| finding.text.contains("3 events, none changed")), "{found:?}");
    let again = account::delete(&site.gateway, &ctx, &ACCOUNT.parse().unwrap()).await.unwrap_err();
    assert!(again.to_string().contains("deleted already"), "{again}");
    sweep::sweep(&site.gateway, &site.gateway.ctx(Actor::Job("sweep"))).await.unwrap();
    assert_eq!(site.count("SELECT COUNT(*) FROM users WHERE external_id IS NOT NULL").await, 0);
}

/// A backup remembers sessions that were ended after it was made, and not that they were.
#[tokio::test]
async fn who_signed_out_before_a_restore_stays_signed_out() {
    let mut site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    browser.sign_in(&site, &okta, &alice()).await;
    let cookie = browser.clone();
    let ctx = site.gateway.ctx(Actor::CommandLine);
    admin::revoke_all(&site.gateway, &ctx, &Of::Account(ACCOUNT.parse().unwrap())).await.unwrap();
    assert!(!Browser::is_signed_in(&browser.get("/me").await));
    // The backup was made before that.
    site.execute("UPDATE sessions SET ended_at = NULL, ended_by = NULL").await;
    site.storage.mark_restored(&site.gateway.ctx(Actor::CommandLine)).await.unwrap();
    site.reopen().await;
    assert!(!Browser::is_signed_in(&cookie.on(&site).get("/me").await));
    site.clock.advance(600);
    let mut fresh = site.browser();
    assert_eq!(fresh.sign_in(&site, &okta, &alice()).await.location(), Some("/me"));
    assert!(Browser::is_signed_in(&fresh.get("/me").await));
}
