//! What the open database promises: whether a commit that was answered survives a crash.

use sqlx::{Connection, PgConnection, Row as _};

use super::row::Columns;
use super::sql::{Dialect, query};
use super::{OpenError, StorageError, Tx};
use crate::base::Instant;

/// The settings of the database that decide it, read back from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Durability {
    /// The database, for people.
    pub database: &'static str,
    /// Name and value of each setting.
    pub settings: Vec<(&'static str, String)>,
    /// What is wrong, a plain sentence each.
    pub problems: Vec<String>,
}

const FIND_POSTGRES: &str = "SELECT current_setting('synchronous_commit', true) AS synchronous_commit,
    current_setting('fsync', true) AS fsync, current_setting('full_page_writes', true) AS full_page_writes";
const FIND_CLOCK: &str = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) AS now";
const FIND_COMMIT: &str = "SELECT current_setting('synchronous_commit', true)";

const COMMIT: &str = "synchronous_commit";
const SETTINGS: [&str; 3] = [COMMIT, "fsync", "full_page_writes"];
const OFF: &str = "off";
const FULL: i64 = 2;
/// `SQLite`'s `synchronous`, by its numbers.
const LEVELS: [&str; 4] = [OFF, "normal", "full", "extra"];

const UNSYNCHRONOUS: &str = "synchronous_commit is off for this PostgreSQL database or role, so a sign-in that was answered \
    could be lost, or accepted twice, after a crash. Turn it on: ALTER ROLE … SET synchronous_commit = on; look at \
    ALTER DATABASE and postgresql.conf too";

/// Reads them.
pub(super) async fn read(tx: &mut Tx) -> Result<Durability, StorageError> {
    match tx.dialect() {
        Dialect::Sqlite => {
            let mode = tx.fetch_one(query("PRAGMA journal_mode")).await?.text("journal_mode")?;
            let level = tx.fetch_one(query("PRAGMA synchronous")).await?.number("synchronous")?;
            let mut problems = Vec::new();
            if level < FULL {
                problems.push("SQLite does not wait for the disk at a commit".to_owned());
            }
            let level = usize::try_from(level).ok().and_then(|level| LEVELS.get(level).copied());
            let level = level.unwrap_or("unknown").to_owned();
            let settings = vec![("journal_mode", mode), ("synchronous", level)];
            Ok(Durability { database: "SQLite", settings, problems })
        }
        Dialect::Postgres => {
            let row = tx.fetch_one(query(FIND_POSTGRES)).await?;
            let mut settings = Vec::new();
            let mut problems = Vec::new();
            for name in SETTINGS {
                // Systems that only speak the protocol do not have all of them.
                let Some(value) = row.text_if_any(name)? else { continue };
                if value == OFF {
                    problems.push(match name {
                        COMMIT => UNSYNCHRONOUS.to_owned(),
                        _ => format!(
                            "{name} is off on the PostgreSQL server: a power cut can ruin the database"
                        ),
                    });
                }
                settings.push((name, value));
            }
            Ok(Durability { database: "PostgreSQL", settings, problems })
        }
    }
}

/// What its clock shows. An embedded database has none but this machine's.
pub(super) async fn clock(tx: &mut Tx) -> Result<Option<Instant>, StorageError> {
    match tx.dialect() {
        Dialect::Sqlite => Ok(None),
        Dialect::Postgres => Ok(Some(tx.fetch_one(query(FIND_CLOCK)).await?.moment("now")?)),
    }
}

/// Refuses a connection whose commits do not wait for the disk; asked of each, since a role's settings can change while
/// we run.
pub(super) async fn demand(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let row = sqlx::query(FIND_COMMIT).persistent(false).fetch_one(connection).await?;
    match row.try_get::<Option<String>, _>(0)? {
        Some(value) if value == OFF => Err(sqlx::Error::Configuration(UNSYNCHRONOUS.into())),
        _ => Ok(()),
    }
}

/// Opens one connection and looks at it, for an error that says what is wrong: a pool says only that it waited.
pub(super) async fn try_out(options: &sqlx::postgres::PgConnectOptions) -> Result<(), OpenError> {
    let mut connection = PgConnection::connect_with(options).await.map_err(OpenError::Unreachable)?;
    demand(&mut connection).await.map_err(|error| match error {
        sqlx::Error::Configuration(_) => OpenError::NotDurable(UNSYNCHRONOUS),
        other => OpenError::Unreachable(other),
    })?;
    Ok(connection.close().await?)
}
