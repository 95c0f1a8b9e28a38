//! The schema, brought up to date at start. The caller's transaction is the lock: one process migrates, others wait.
//!
//! An applied migration is never changed; its hash is remembered and compared.

use super::row::Columns;
use super::{OpenError, StorageError, Tx};
use crate::base::Instant;

const MIGRATIONS: &[(&str, &str)] = &[("0001_first", include_str!("migrations/sqlite/0001_first.sql"))];

const CREATE: &str = "CREATE TABLE IF NOT EXISTS migrations (
    name TEXT NOT NULL PRIMARY KEY, sha256 BLOB NOT NULL, applied_at INTEGER NOT NULL) STRICT";
const LIST: &str = "SELECT name, sha256 FROM migrations ORDER BY name";
const INSERT: &str = "INSERT INTO migrations (name, sha256, applied_at) VALUES ($1, $2, $3)";

/// Applies what is missing.
pub(super) async fn apply(tx: &mut Tx, now: Instant) -> Result<(), OpenError> {
    sqlx::raw_sql(CREATE).execute(tx.connection()).await?;
    let rows = sqlx::query(LIST).fetch_all(tx.connection()).await?;
    let applied = rows.iter().map(|row| Ok((row.text("name")?, row.bytes("sha256")?)));
    let applied = applied.collect::<Result<Vec<_>, StorageError>>()?;
    if let Some((name, _)) =
        applied.iter().find(|(name, _)| MIGRATIONS.iter().all(|(known, _)| known != name))
    {
        return Err(OpenError::Newer(name.clone()));
    }
    for (name, sql) in MIGRATIONS {
        let hash = openssl::sha::sha256(sql.as_bytes());
        match applied.iter().find(|(applied, _)| applied == name) {
            Some((_, known)) if *known == hash => {}
            Some(_) => return Err(OpenError::Altered((*name).to_owned())),
            None => {
                sqlx::raw_sql(*sql).execute(tx.connection()).await?;
                let insert = sqlx::query(INSERT).bind(*name).bind(hash.to_vec()).bind(now.micros());
                insert.execute(tx.connection()).await?;
            }
        }
    }
    Ok(())
}
