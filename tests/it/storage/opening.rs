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
    open_at(Location::Folder { dir, master_key: None, next_master_key: None }).await
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
            dns: crate::site::dns(),
            mailer: gatepost::outbound::mail::Mailer::None,
            second_opinion: gatepost::config::SecondOpinion::Off,
            trusts_test_keys: true,
            lifetimes: Lifetimes::default(),
            retention: gatepost::flow::sweep::Retention::default(),
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

/// Certificates had names of their own once, without their connection's.
#[tokio::test]
async fn who_was_told_of_a_certificate_is_not_told_of_it_again_after_an_upgrade() {
    let mut site = Site::https().await;
    let connection = site.connect(Product::Okta).await.connection.id;
    let theirs = site.text("SELECT spki_sha256 FROM idp_keys").await.unwrap();
    let ours = site.text("SELECT id FROM sp_keys ORDER BY id LIMIT 1").await.unwrap();
    let certificates = [("idp_certificate", theirs), ("sp_certificate", ours)];
    for (kind, thing) in &certificates {
        site.execute(&format!(
            "INSERT INTO deadline_notices (account_id, notice_key, days, ends_at, told_at)
             SELECT id, '{kind}/{thing}/1900000000', 30, 1900000000000000, 5 FROM accounts"
        ))
        .await;
    }
    // As a database is that has never heard of the new names.
    site.execute("DELETE FROM migrations WHERE name = '0027_deadline_keys'").await;
    site.reopen().await;
    for (kind, thing) in &certificates {
        let told = format!("{kind}/{connection}:{thing}/1900000000");
        let told = format!("SELECT COUNT(*) FROM deadline_notices WHERE notice_key = '{told}' AND days = 30");
        assert_eq!(site.count(&told).await, 1, "{kind}");
    }
}

/// Scripts of the folder of migrations of the database that tests run on, by name.
fn migrations(is_postgres: bool) -> Vec<(String, String)> {
    let folder = if is_postgres { "postgres" } else { "sqlite" };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/storage/migrations").join(folder);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut scripts: Vec<_> = files
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    scripts.sort();
    scripts
}

#[tokio::test]
async fn a_database_of_before_keeps_its_rows_and_gets_the_new_rules() {
    let folder = Folder::installation();
    let is_postgres = folder.is_postgres();
    if !is_postgres {
        std::fs::write(folder.0.join("gatepost.db"), "").unwrap();
        let key = format!("{}\n", "5a".repeat(32));
        std::fs::write(folder.0.join("master.key"), key).unwrap();
        std::fs::set_permissions(folder.0.join("master.key"), PermissionsExt::from_mode(0o600)).unwrap();
    }
    let mut outside = folder.connect().await;
    let (bytes, number, literal) =
        if is_postgres { ("BYTEA", "BIGINT", r"'\xff'::bytea") } else { ("BLOB", "INTEGER", "X'ff'") };
    outside
        .execute(&format!(
            "CREATE TABLE migrations (name TEXT NOT NULL PRIMARY KEY, sha256 {bytes} NOT NULL,
                applied_at {number} NOT NULL)"
        ))
        .await;
    if is_postgres {
        outside
            .execute(
                "CREATE TABLE migration_locks (name TEXT NOT NULL PRIMARY KEY);
                INSERT INTO migration_locks VALUES ('schema')",
            )
            .await;
    }
    for (name, script) in migrations(is_postgres).iter().filter(|(name, _)| name.as_str() < "0007") {
        outside.execute(script).await;
        let hash = openssl::sha::sha256(script.as_bytes()).map(|byte| format!("{byte:02x}")).concat();
        let hash = if is_postgres { format!("'\\x{hash}'::bytea") } else { format!("X'{hash}'") };
        outside.execute(&format!("INSERT INTO migrations VALUES ('{name}', {hash}, 0)")).await;
    }
    outside
        .execute(&format!(
            "INSERT INTO accounts (id, slug, name, state, locale, time_zone, policy, created_at, updated_at)
                VALUES ('a', 's', 'n', 'active', 'en', 'UTC', '{{}}', 0, 0);
            INSERT INTO service_providers (account_id, id, entity_id, acs_url, alias_urls, created_at)
                VALUES ('a', 'p', 'e', 'u', '[]', 0);
            INSERT INTO sp_keys (account_id, id, service_provider_id, purpose, state, certificate, private_sealed,
                created_at) VALUES ('a', 'k', 'p', 'signing', 'active', {literal}, {literal}, 0);
            INSERT INTO connections (account_id, id, kind, service_provider_id, idp_entity_id, name, state, revision,
                created_at, updated_at) VALUES ('a', 'c', 'saml', 'p', 'i', 'n', 'active', 1, 0, 0);
            INSERT INTO connection_revisions (account_id, connection_id, revision, settings, actor, created_at)
                VALUES ('a', 'c', 1, '{{}}', 'x', 0);
            INSERT INTO users (account_id, id, state, role, profile_sealed, created_at, updated_at, last_sign_in_at)
                VALUES ('a', 'u', 'active', 'member', {literal}, 0, 0, 5);
            INSERT INTO consumed_requests VALUES ('a', 'r', 'c', 0);
            INSERT INTO replays VALUES ('a', 1, 'c', {literal}, 't');
            INSERT INTO sessions (account_id, token_hash, id, user_id, connection_id, attempt_id, browser_hash,
                statement_sealed, created_at, last_seen_at, expires_at, client_sealed)
                VALUES ('a', {literal}, 's', 'u', 'c', 't', {literal}, {literal}, 1, 2, 3, {literal});
            INSERT INTO attempts (account_id, id, day, connection_id, revision, purpose, outcome, is_signed, trace_sealed,
                user_id, session_id, request_id, created_at)
                VALUES ('a', 't', 1, 'c', 1, 'login', 'accepted', 1, {literal}, 'u', 's', 'q', 0);
            INSERT INTO attempt_messages VALUES ('a', 't', 'c', 'accepted', {literal}, 0, 9);
            INSERT INTO attempt_overflows VALUES ('a', 'c', 1, 2)"
        ))
        .await;
    let before: Vec<_> = outside.rows().await;
    open_at(folder.location()).await.unwrap().close().await;
    for (table, count) in before {
        let is_told = ["migrations", "installation", "public_urls"].contains(&table.as_str());
        let now = outside.count(&format!("SELECT COUNT(*) FROM {table}")).await;
        assert!(is_told || now == count, "{table}: {count}, now {now}");
    }
    assert_eq!(outside.count("SELECT last_seen_at FROM sessions WHERE client_sealed IS NOT NULL").await, 2);
    let lost = "INSERT INTO attempt_overflows VALUES ('b', 'c', 2, 2)";
    let said = outside.try_execute(lost).await.unwrap_err().to_lowercase();
    assert!(said.contains("foreign key"), "{said}");
    let applied = outside.count("SELECT COUNT(*) FROM migrations").await;
    assert_eq!(usize::try_from(applied).unwrap(), migrations(is_postgres).len());
}

/// Whoever runs a command by other settings, by mistake even, says nothing about what addresses are ours.
#[tokio::test]
async fn a_command_puts_no_address_into_use() {
    let folder = Folder::installation();
    let url = ("GATEPOST__HTTP__PUBLIC_URL".to_owned(), "https://sso-typo.example".to_owned());
    let config = gatepost::config::check("", &[url]).unwrap();
    gatepost::app::open(folder.location(), &config).await.unwrap().close().await;
    let mut outside = folder.connect().await;
    assert_eq!(outside.count("SELECT COUNT(*) FROM public_urls").await, 0);
}

/// What a role of the server for tests is like from now on, ended with its name.
struct Role(String);

impl Role {
    async fn new(site: &Site, name: &str) -> Self {
        let name = format!("{name}_{}", std::process::id());
        site.execute(&format!("CREATE ROLE {name} SUPERUSER LOGIN")).await;
        let address = site.folder.0.join("database.url");
        let url = std::fs::read_to_string(&address).unwrap();
        std::fs::write(&address, url.replacen("gatepost@", &format!("{name}@"), 1)).unwrap();
        Self(name)
    }

    async fn set(&self, site: &Site, what: &str) {
        site.execute(&format!("ALTER ROLE {} SET {what}", self.0)).await;
    }
}

#[tokio::test]
async fn a_server_that_does_not_wait_for_the_disk_is_refused() {
    let mut site = Site::https().await;
    if !site.folder.is_postgres() {
        return;
    }
    let mut outside = site.folder.connect().await;
    let role = Role::new(&site, "hasty").await;
    role.set(&site, "synchronous_commit = off").await;
    let error = open_at(site.folder.location()).await.unwrap_err();
    assert!(matches!(error, OpenError::NotDurable(_)), "{error}");
    assert!(error.to_string().contains("ALTER ROLE … SET synchronous_commit = on"), "{error}");
    let told = crate::cli::run(&site.folder.0, &["check"]);
    let told = String::from_utf8_lossy(&told.stderr).into_owned() + &String::from_utf8_lossy(&told.stdout);
    assert!(told.contains("synchronous_commit is off"), "{told}");

    // Nor does a process that runs make new connections when that is changed under it.
    role.set(&site, "synchronous_commit = on").await;
    site.reopen().await;
    let okta = site.connect(Product::Okta).await;
    let answer = site.browser().sign_in(&site, &okta, &alice()).await;
    assert_eq!(answer.location(), Some("/me"), "{}", answer.body);
    role.set(&site, "synchronous_commit = off").await;
    outside
        .execute(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{}'",
            role.0
        ))
        .await;
    let refused = async {
        let mut tx = site.storage.write().await?;
        gatepost::storage::account::list(&mut tx).await.map(drop)
    };
    assert!(refused.await.is_err());
    site.storage.close().await;
    let durability = "SELECT COUNT(*) FROM pg_settings WHERE name = 'fsync' AND setting = 'off'";
    if outside.count(durability).await == 1 {
        // Tests run on such a server, so it is told and not refused.
        role.set(&site, "synchronous_commit = on").await;
        let storage = open_at(site.folder.location()).await.unwrap();
        let durability = storage.durability().await.unwrap();
        assert!(durability.problems.iter().any(|problem| problem.contains("fsync is off")), "{durability:?}");
        storage.close().await;
    }
}

#[tokio::test]
async fn a_database_that_another_tool_put_back_is_marked_by_command_line() {
    let site = Site::https().await;
    if !site.folder.is_postgres() {
        return;
    }
    let okta = site.connect(Product::Okta).await;
    assert_eq!(site.browser().sign_in(&site, &okta, &alice()).await.location(), Some("/me"));
    assert_eq!(site.storage.restored_at(), None);
    let run = |arguments: &[&str]| crate::cli::run(&site.folder.0, arguments);
    let with_file = run(&["restore", "copy.db"]);
    let told = String::from_utf8_lossy(&with_file.stderr).into_owned();
    assert!(with_file.status.code() == Some(2) && told.contains("pg_restore"), "{told}");
    assert_eq!(open_at(site.folder.location()).await.unwrap().restored_at(), None, "nothing was done");
    let copied = run(&["backup", "copy.db"]);
    let told = String::from_utf8_lossy(&copied.stderr).into_owned();
    assert!(copied.status.code() == Some(1) && told.contains("pg_dump"), "{told}");

    let marked = run(&["restore"]);
    let told = String::from_utf8_lossy(&marked.stderr).into_owned();
    assert!(marked.status.code() == Some(0) && told.contains("marked as put back"), "{told}");
    assert!(open_at(site.folder.location()).await.unwrap().restored_at().is_some());
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL").await, 0);
    let events = "SELECT COUNT(*) FROM installation_events WHERE action = 'installation.restored'";
    assert_eq!(site.count(events).await, 1);
}
