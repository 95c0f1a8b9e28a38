//! Opening an installation: who may read its folder, what happens when its parts do not belong together, what the
//! database must promise.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use axum::http::StatusCode;
use gatepost::base::url::PublicUrl;
use gatepost::base::{Actor, Clock, Rng};
use gatepost::directory::preset::Product;
use gatepost::flow::connection::keys::KeySource;
use gatepost::flow::session::Lifetimes;
use gatepost::flow::{Gateway, Inputs, account, sweep, token};
use gatepost::storage::{Location, OpenError, Storage};

use crate::site::{Folder, HTTPS, Site, alice, start_of_time};

/// An embedded installation, whatever other tests run on.
async fn open(dir: &Path) -> Result<Storage, OpenError> {
    open_at(Location::Folder { dir, master_key: None }).await
}

async fn open_at(location: Location<'_>) -> Result<Storage, OpenError> {
    Storage::open(location, start_of_time(), &Rng::system()).await
}

#[tokio::test]
async fn only_its_owner_may_read_it() {
    let folder = Folder::new();
    let inner = folder.0.join("a/gatepost-data");
    let storage = open(&inner).await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&inner), 0o700);
    for name in ["master.key", "gatepost.db", "gatepost.db-wal"] {
        assert_eq!(mode(&inner.join(name)), 0o600, "{name}");
    }
    storage.close().await;
    let names: Vec<_> = std::fs::read_dir(&inner).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(
        names.iter().filter(|name| name.to_string_lossy().starts_with("master.key")).count(),
        1,
        "no drafts"
    );
}

#[tokio::test]
async fn it_opens_again_with_everything_in_it() {
    let folder = Folder::installation();
    let gateway = |storage| {
        let public_url = PublicUrl::parse(HTTPS).unwrap();
        let inputs = Inputs {
            clock: Clock::System,
            rng: Rng::system(),
            keys: KeySource::Fresh,
            public_url,
            return_to_origins: vec![PublicUrl::parse("https://app.example.test").unwrap()],
            limits: gatepost_saml::Limits::MESSAGE,
            outbound: crate::site::outbound(),
            second_opinion: gatepost::config::SecondOpinion::Off,
            trusts_test_keys: true,
            lifetimes: Lifetimes::default(),
            tokens: token::Settings::default(),
        };
        Gateway::new(storage, inputs)
    };
    let first = gateway(open_at(folder.location()).await.unwrap());
    let input = account::Create {
        slug: "a".parse().unwrap(),
        name: "A".to_owned(),
        external_id: Some("7".to_owned()),
    };
    account::create(&first, &first.ctx(Actor::CommandLine), input.clone()).await.unwrap();
    first.close().await;
    let second = gateway(open_at(folder.location()).await.unwrap());
    assert_eq!(account::find(&second, &"a".parse().unwrap()).await.unwrap().unwrap().name, "A");
    let same_slug = account::Create { external_id: None, ..input.clone() };
    let taken = account::create(&second, &second.ctx(Actor::CommandLine), same_slug).await.unwrap_err();
    assert!(taken.to_string().contains("already an account \"a\""), "{taken}");
    let input = account::Create { slug: "b".parse().unwrap(), ..input };
    let taken = account::create(&second, &second.ctx(Actor::CommandLine), input).await.unwrap_err();
    assert!(taken.to_string().contains("external id"), "{taken}");
    let input = account::Create { slug: "c".parse().unwrap(), name: "C".to_owned(), external_id: None };
    assert!(account::create(&second, &second.ctx(Actor::Anonymous), input).await.is_err());
}

#[tokio::test]
async fn a_wrong_or_missing_key_is_told_at_the_start() {
    let (one, other) = (Folder::new(), Folder::new());
    open(&one.0).await.unwrap().close().await;
    open(&other.0).await.unwrap().close().await;
    let key = one.0.join("master.key");
    let before = std::fs::read(one.0.join("gatepost.db")).unwrap();

    std::fs::copy(other.0.join("master.key"), &key).unwrap();
    let error = open(&one.0).await.unwrap_err();
    assert!(matches!(error, OpenError::WrongKey(_)), "{error}");
    assert!(error.to_string().contains("is not the one that this database was made with"));

    std::fs::write(&key, "something else").unwrap();
    assert!(open(&one.0).await.unwrap_err().to_string().contains("does not hold a master key"));

    std::fs::remove_file(&key).unwrap();
    let error = open(&one.0).await.unwrap_err().to_string();
    assert!(error.contains("is missing") && error.contains("Put the key back"), "{error}");
    assert!(!key.exists(), "no new key in its place");
    assert_eq!(std::fs::read(one.0.join("gatepost.db")).unwrap(), before);
}

#[tokio::test]
async fn two_that_start_at_once_share_one_key() {
    let folder = Arc::new(Folder::installation());
    let starts: Vec<_> = (0..6)
        .map(|_| {
            let folder = Arc::clone(&folder);
            tokio::spawn(async move { open_at(folder.location()).await.map(drop) })
        })
        .collect();
    for start in starts {
        start.await.unwrap().unwrap();
    }
    assert_eq!(folder.connect().await.count("SELECT COUNT(*) FROM installation").await, 1);
}

#[tokio::test]
async fn a_newer_database_is_left_alone() {
    let site = Site::https().await;
    site.execute("INSERT INTO migrations (name, sha256, applied_at) SELECT '9999_later', key_check, 0 FROM installation").await;
    let error = open_at(site.folder.location()).await.unwrap_err().to_string();
    assert!(error.contains("newer version") && error.contains("9999_later"), "{error}");
}

#[tokio::test]
async fn another_builds_database_is_left_alone() {
    let site = Site::https().await;
    site.execute("UPDATE migrations SET sha256 = (SELECT key_check FROM installation)").await;
    let error = open_at(site.folder.location()).await.unwrap_err().to_string();
    assert!(error.contains("another build") && error.contains("0001_first"), "{error}");
}

#[tokio::test]
async fn what_cannot_be_written_is_said_and_uses_nothing_up() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    let mut browser = site.browser();
    let pending = browser.start(&okta).await;
    let message = site.answer(&okta, &alice(), Some(&pending.request_id), |_| {});
    // Another process holds what a sign-in needs for longer than we wait.
    let mut other = site.folder.connect().await;
    other
        .execute(if site.folder.is_postgres() { "BEGIN; LOCK TABLE sessions" } else { "BEGIN IMMEDIATE" })
        .await;
    let answer = browser.bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers.contains_key("retry-after") && answer.set_cookies().is_empty());
    assert_eq!(browser.get("/signin/lincoln").await.status, StatusCode::OK, "reading goes on");
    other.execute("ROLLBACK").await;
    let answer = browser.bring(&okta, &message, Some(&pending.relay_state)).await;
    assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
}

#[tokio::test]
async fn what_has_passed_its_time_is_swept() {
    let site = Site::https().await;
    let okta = site.connect(Product::Okta).await;
    site.browser().sign_in(&site, &okta, &alice()).await;
    let sweep = async || {
        sweep::sweep(&site.gateway, &site.gateway.ctx(Actor::Job("sweep"))).await.unwrap();
        let mut left = Vec::new();
        for table in [
            "SELECT COUNT(*) FROM replays",
            "SELECT COUNT(*) FROM consumed_requests",
            "SELECT COUNT(*) FROM attempt_messages",
            "SELECT COUNT(*) FROM sessions",
            "SELECT COUNT(*) FROM attempts",
        ] {
            left.push(site.count(table).await);
        }
        left
    };
    assert_eq!(sweep().await, [1, 1, 1, 1, 1]);
    site.clock.advance(3 * 86_400);
    assert_eq!(sweep().await, [0, 0, 1, 1, 1]);
    site.clock.advance(40 * 86_400);
    assert_eq!(sweep().await, [0, 0, 0, 0, 1]);
}

#[tokio::test]
async fn events_are_a_chain() {
    let site = Site::https().await;
    site.connect(Product::Okta).await;
    site.connect(Product::Google).await;
    assert_eq!(site.count("SELECT COUNT(*) FROM events").await, 3);
    assert_eq!(site.count("SELECT MAX(seq) FROM events").await, 3);
    assert_eq!(site.count("SELECT COUNT(DISTINCT hash) FROM events").await, 3);
    assert_eq!(site.count("SELECT COUNT(*) FROM changes").await, 3);
    assert_eq!(
        site.text("SELECT actor FROM events WHERE action = 'connection.created' LIMIT 1").await.as_deref(),
        Some("command_line")
    );
}
