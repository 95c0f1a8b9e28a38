//! Connections to whichever database is open, and how they are set up.
//!
//! # Design
//!
//! `SQLite` has one writer and a few readers that cannot write (`query_only`): writers queue in front of the one
//! connection instead of failing on the database's lock. `PostgreSQL` has one pool; its transactions read what is
//! committed at each statement, those that only read see one moment.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection, Database, PgConnection};

use super::sql::Tx;
use super::{OpenError, durability};

/// How long a writer waits for its turn, or anybody for a connection, before the answer is "not now".
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
const READERS: u32 = 4;
/// Statements that a connection keeps prepared: more than there are.
const STATEMENTS: usize = 500;
/// A connection that was idle for longer is tried before it is used: the server may have been started anew.
const IDLE: Duration = Duration::from_secs(1);
/// After so long a connection to a server is made anew, and with it what was decided for it ([`plan`]).
const LIFETIME: Duration = Duration::from_mins(15);

const BEGIN_SQLITE: &str = "BEGIN IMMEDIATE";
/// One message, one answer. Whoever waits longer for a row that another holds is told "not now", as on `SQLite`. Whoever has
/// waited for their turn reads what the one before has written, whatever a server's own settings say.
const BEGIN_POSTGRES: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = 5000";
const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

#[derive(Clone)]
pub(super) enum Pools {
    Sqlite { reader: SqlitePool, writer: SqlitePool },
    Postgres(PgPool),
}

impl Pools {
    /// The database in the file at `path`, made if it is empty.
    pub(super) async fn file(path: &Path) -> Result<Self, sqlx::Error> {
        let options = sqlite().filename(path).journal_mode(SqliteJournalMode::Wal);
        // In kB: most pages of the indexes that every sign-in writes to.
        let writer = sqlite_pool(1).connect_with(options.clone().pragma("cache_size", "-4000")).await?;
        let reader = sqlite_pool(READERS).connect_with(options.pragma("query_only", "ON")).await?;
        Ok(Self::Sqlite { reader, writer })
    }

    /// A database in memory. It belongs to its connection, so there is one, for readers too, and it is never closed.
    pub(super) async fn memory() -> Result<Self, sqlx::Error> {
        let writer = sqlite_pool(1).connect_with(sqlite().in_memory(true)).await?;
        Ok(Self::Sqlite { reader: writer.clone(), writer })
    }

    /// The server at `url`.
    pub(super) async fn postgres(url: &str, max_connections: u32) -> Result<Self, OpenError> {
        let options = PgConnectOptions::from_str(url.trim())
            .map_err(|_| OpenError::Address)?
            .application_name("gatepost")
            .statement_cache_capacity(STATEMENTS);
        durability::try_out(&options).await?;
        let pool = pool::<sqlx::Postgres>(max_connections).min_connections(0);
        let pool: PgPoolOptions = pool
            .max_lifetime(LIFETIME)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    durability::demand(connection).await?;
                    plan(connection).await
                })
            })
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > IDLE {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            });
        Ok(Self::Postgres(pool.connect_lazy_with(options)))
    }

    /// Whether it is a server, whose writers run side by side.
    pub(super) const fn is_server(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    pub(super) async fn read(&self) -> Result<Tx, sqlx::Error> {
        match self {
            Self::Sqlite { reader, .. } => Ok(reader.begin().await?.into()),
            Self::Postgres(pool) => Ok(pool.begin_with(BEGIN_READING).await?.into()),
        }
    }

    /// For questions of one statement, which need no transaction around them.
    pub(super) async fn ask(&self) -> Result<Tx, sqlx::Error> {
        match self {
            Self::Sqlite { reader, .. } => Ok(reader.acquire().await?.into()),
            Self::Postgres(pool) => Ok(pool.acquire().await?.into()),
        }
    }

    pub(super) async fn write(&self) -> Result<Tx, sqlx::Error> {
        match self {
            Self::Sqlite { writer, .. } => Ok(writer.begin_with(BEGIN_SQLITE).await?.into()),
            Self::Postgres(pool) => Ok(pool.begin_with(BEGIN_POSTGRES).await?.into()),
        }
    }

    /// Whether `SQLite` sees to it that what rows refer to is there. Only its schema may change without.
    pub(super) async fn enforce_references(&self, is_on: bool) -> Result<(), sqlx::Error> {
        if let Self::Sqlite { writer, .. } = self {
            let mut connection = writer.acquire().await?;
            let sql = if is_on { "PRAGMA foreign_keys = ON" } else { "PRAGMA foreign_keys = OFF" };
            sqlx::raw_sql(sql).execute(&mut *connection).await?;
        }
        Ok(())
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { reader, writer } => {
                reader.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// Has statements planned anew each time for as long as the server knows nothing of how full the tables are. One that is
/// prepared on empty tables reads them whole, and goes on so until the server looks at them (autovacuum, once a minute at
/// best): sign-ins were three times slower by then. Afterwards plans that are kept are the faster ones.
async fn plan(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    const PLAN: &str = "SELECT set_config(name, CASE WHEN (SELECT reltuples FROM pg_class
            WHERE oid = to_regclass('sessions')) >= 1000 THEN 'auto' ELSE 'force_custom_plan' END, false)
        FROM pg_settings WHERE name = 'plan_cache_mode'";
    sqlx::query(PLAN).persistent(false).execute(connection).await?;
    Ok(())
}

fn sqlite() -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .create_if_missing(true)
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(PATIENCE)
        .statement_cache_capacity(STATEMENTS)
        // What a statement may have to take back is kept in memory, not in a file of its own.
        .pragma("temp_store", "MEMORY")
        // Sign-ins that follow one another change the same pages of indexes: the longer they are only in the log, the
        // fewer are written to the database itself. In pages: 16 MB.
        .pragma("wal_autocheckpoint", "4000")
        // Deleted rows are overwritten: a sealed value that was dropped is not left in a free page.
        .pragma("secure_delete", "ON")
}

fn sqlite_pool(connections: u32) -> SqlitePoolOptions {
    pool::<sqlx::Sqlite>(connections).min_connections(1)
}

fn pool<DB: Database>(connections: u32) -> sqlx::pool::PoolOptions<DB> {
    sqlx::pool::PoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}
