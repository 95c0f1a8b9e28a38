//! The schema, brought up to date at start.
//!
//! One process migrates, others wait: on `SQLite` the write transaction is the lock; on `PostgreSQL`, a row of a table
//! of locks, which goes free with the transaction whatever becomes of the process (and works behind poolers, where
//! advisory locks do not).
//!
//! An applied migration is never changed; its hash is remembered and compared.
//!
//! `SQLite` can only add a foreign key by making the table anew, and forgets what refers to it unless it is told not to
//! look meanwhile (`PRAGMA foreign_keys`, outside of any transaction). So nothing is enforced while the schema changes,
//! and everything is checked before that is committed.
//!
//! To add one: a file of the same name in both folders, and its name in [`MIGRATIONS`]. Its number names it and no more:
//! they are applied in the order of the list, some share a number, and some numbers were never taken.

use super::row::Columns;
use super::sql::{Dialect, query};
use super::{OpenError, Storage, StorageError, Tx};
use crate::base::Instant;

struct Migration {
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migrations {
    ($($name:literal),* $(,)?) => {
        &[$(Migration {
            name: $name,
            sqlite: include_str!(concat!("migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("migrations/postgres/", $name, ".sql")),
        }),*]
    };
}

const MIGRATIONS: &[Migration] = migrations![
    "0001_first",
    "0002_restore",
    "0003_sign_ins",
    "0004_people",
    "0005_keys",
    "0006_jobs",
    "0006_public_urls",
    "0007_bounds",
    "0008_installation_events",
    "0008_single_keys",
    "0009_attempt_seals",
    "0010_attempt_leaves",
    "0011_callers",
    "0012_paste",
    "0013_shared_names",
    "0014_tests",
    "0014_unknown_keys",
    "0015_looking",
    "0016_api",
    "0017_operations",
    "0018_zoom",
    "0019_zoom_provisioning",
    "0021_zoom_event_people",
    "0023_zoom_addresses",
    "0024_strict_emails",
    "0025_served_at",
    "0026_zoom_queue",
    "0027_deadline_keys",
    "0028_handed_over",
    "0029_refused_people",
    "0030_people_by_role",
    "0031_identities_by_connection",
];

const CREATE_SQLITE: &str = "CREATE TABLE IF NOT EXISTS migrations (
    name TEXT NOT NULL PRIMARY KEY, sha256 BLOB NOT NULL, applied_at INTEGER NOT NULL) STRICT";
/// Both at once: where the second is, the first is.
const CREATE_POSTGRES: &str = "
    CREATE TABLE IF NOT EXISTS migration_locks (name TEXT NOT NULL PRIMARY KEY);
    CREATE TABLE IF NOT EXISTS migrations (
        name TEXT NOT NULL PRIMARY KEY, sha256 BYTEA NOT NULL, applied_at BIGINT NOT NULL);
    INSERT INTO migration_locks (name) VALUES ('schema') ON CONFLICT DO NOTHING";
const FIND_TABLE: &str = "SELECT table_name FROM information_schema.tables
    WHERE table_schema = current_schema() AND table_name = 'migrations'";
/// Another node's migration may take its time.
const WAIT: &str = "SET LOCAL lock_timeout = 0";
const LOCK: &str = "SELECT name FROM migration_locks WHERE name = 'schema' FOR UPDATE";
const LIST: &str = "SELECT name, sha256 FROM migrations ORDER BY name";
const FIND_BROKEN: &str = "PRAGMA foreign_key_check";
const INSERT: &str = "INSERT INTO migrations (name, sha256, applied_at) VALUES ($1, $2, $3)";

/// Of processes that make the first tables at the same moment, all but one fail in `CREATE TABLE IF NOT EXISTS`.
const TRIES: usize = 20;

/// Begins the transaction that brings the schema up to date; whoever comes second waits here.
pub(super) async fn begin(storage: &Storage) -> Result<Tx, StorageError> {
    let mut tx = storage.write().await?;
    if tx.dialect() == Dialect::Sqlite {
        tx.run_script(CREATE_SQLITE).await?;
        return Ok(tx);
    }
    let mut tries = 0;
    while tx.fetch_optional(query(FIND_TABLE)).await?.is_none() {
        tries += 1;
        let made = tx.run_script(CREATE_POSTGRES).await;
        match made {
            Ok(()) => tx.commit().await?,
            Err(error) if tries >= TRIES => return Err(error),
            Err(_) => drop(tx),
        }
        tx = storage.write().await?;
    }
    tx.run_script(WAIT).await?;
    tx.fetch_one(query(LOCK)).await?;
    Ok(tx)
}

/// Applies what is missing.
pub(super) async fn apply(tx: &mut Tx, now: Instant) -> Result<(), OpenError> {
    let rows = tx.fetch_all(query(LIST)).await?;
    let applied = rows.iter().map(|row| Ok((row.text("name")?, row.bytes("sha256")?)));
    let applied = applied.collect::<Result<Vec<_>, StorageError>>()?;
    let is_known = |name: &str| MIGRATIONS.iter().any(|known| known.name == name);
    if let Some((name, _)) = applied.iter().find(|(name, _)| !is_known(name)) {
        return Err(OpenError::Newer(name.clone()));
    }
    let mut is_changed = false;
    for Migration { name, sqlite, postgres } in MIGRATIONS {
        let script = match tx.dialect() {
            Dialect::Sqlite => sqlite,
            Dialect::Postgres => postgres,
        };
        let hash = openssl::sha::sha256(script.as_bytes());
        match applied.iter().find(|(applied, _)| applied == name) {
            Some((_, known)) if *known == hash => {}
            Some(_) => return Err(OpenError::Altered((*name).to_owned())),
            None => {
                tx.run_script(script).await?;
                is_changed = true;
                tx.execute(query(INSERT).bind(*name).bind(&hash).bind(now.micros())).await?;
            }
        }
    }
    let is_unchecked = is_changed && tx.dialect() == Dialect::Sqlite;
    if is_unchecked && tx.fetch_optional(query(FIND_BROKEN)).await?.is_some() {
        return Err(StorageError::Corrupt("account_id").into());
    }
    Ok(())
}
