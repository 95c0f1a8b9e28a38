//! The one way to the database for every file here: a SQL text with its values, run in a [`Tx`] on whichever database
//! is open.
//!
//! ```text
//! tx.fetch_optional(query(FIND).bind(account.to_string()).bind(id.to_string())).await?
//! ```
//!
//! # Invariants
//!
//! * Values are bound, never written into the text. A text that is put together (a row for each of many) is an
//!   [`Sql::Composed`] of constants and numbers of placeholders only.
//! * A value has a type even when it is missing: `PostgreSQL` prepares a statement once for the types that it saw first.
//! * Both databases get the same text. Where they differ, [`Sql::Each`] has both, side by side.
//!
//! Traps: numbers are `BIGINT` on `PostgreSQL`, so `SUM` and bare literals need `CAST(.. AS BIGINT)`; `EXISTS` is a
//! truth value there and a number on `SQLite`; a failed statement ends a `PostgreSQL` transaction, so use
//! `ON CONFLICT .. DO NOTHING` and its count instead of catching [`StorageError::Exists`] to go on.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{Arguments, AssertSqlSafe, Database, Postgres, SqlSafeStr, SqlStr, Sqlite, Transaction};

use super::StorageError;
use super::change::{Changed, Listeners};
use super::row::Row;

/// Which database is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// The text of a statement.
pub(super) enum Sql {
    /// The same for both.
    Same(&'static str),
    /// One for each.
    Each { sqlite: &'static str, postgres: &'static str },
    /// Put together from constants.
    Composed(Arc<str>),
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self::Same(text)
    }
}

impl From<Arc<str>> for Sql {
    fn from(text: Arc<str>) -> Self {
        Self::Composed(text)
    }
}

/// A value for a placeholder; `None` is NULL of that type.
pub(super) enum Value<'q> {
    Text(Option<Cow<'q, str>>),
    Number(Option<i64>),
    Bytes(Option<Cow<'q, [u8]>>),
}

macro_rules! values {
    ($($type:ty => $variant:ident(|$value:ident| $make:expr);)*) => {$(
        impl<'q> From<$type> for Value<'q> {
            fn from($value: $type) -> Self {
                Self::$variant(Some($make))
            }
        }

        impl<'q> From<Option<$type>> for Value<'q> {
            fn from(value: Option<$type>) -> Self {
                Self::$variant(value.map(|$value| $make))
            }
        }
    )*};
}

values! {
    &'q str => Text(|text| Cow::Borrowed(text));
    String => Text(|text| Cow::Owned(text));
    i64 => Number(|number| number);
    &'q [u8] => Bytes(|bytes| Cow::Borrowed(bytes));
    &'q [u8; 32] => Bytes(|hash| Cow::Borrowed(hash.as_slice()));
    Vec<u8> => Bytes(|bytes| Cow::Owned(bytes));
}

impl<'q> From<&'q String> for Value<'q> {
    fn from(text: &'q String) -> Self {
        Self::Text(Some(Cow::Borrowed(text)))
    }
}

/// A statement with its values.
pub(super) struct Query<'q> {
    sql: Sql,
    values: Vec<Value<'q>>,
}

/// A statement without values yet.
pub(super) fn query<'q>(sql: impl Into<Sql>) -> Query<'q> {
    Query { sql: sql.into(), values: Vec::new() }
}

impl<'q> Query<'q> {
    /// The value of the next placeholder.
    pub(super) fn bind(mut self, value: impl Into<Value<'q>>) -> Self {
        self.values.push(value.into());
        self
    }

    /// The same question, for a database that takes no NUL in a text, as `PostgreSQL`: nothing that is kept there has one, so
    /// it is asked for a text with U+FFFF, which no statement has either (XML 1.0, 2.2) and no line that somebody enters
    /// ([`is_line`](crate::base::text::is_line)). What writes is as it is: it fails.
    fn without_nul(mut self, dialect: Dialect) -> Self {
        let is_asked = dialect == Dialect::Postgres && !self.sql.of(dialect).contains("RETURNING");
        for value in self.values.iter_mut().filter(|_| is_asked) {
            if let Value::Text(Some(text)) = value
                && text.contains('\0')
            {
                *text = Cow::Owned(text.replace('\0', "\u{ffff}"));
            }
        }
        self
    }

    /// How many values are bound.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }
}

impl Sql {
    fn of(&self, dialect: Dialect) -> &str {
        match (self, dialect) {
            (Self::Same(text), _)
            | (Self::Each { sqlite: text, .. }, Dialect::Sqlite)
            | (Self::Each { postgres: text, .. }, Dialect::Postgres) => text,
            (Self::Composed(text), _) => text,
        }
    }

    fn text(self, dialect: Dialect) -> SqlStr {
        match (self, dialect) {
            (Self::Same(text), _)
            | (Self::Each { sqlite: text, .. }, Dialect::Sqlite)
            | (Self::Each { postgres: text, .. }, Dialect::Postgres) => text.into_sql_str(),
            (Self::Composed(text), _) => AssertSqlSafe(text).into_sql_str(),
        }
    }
}

/// A transaction. Dropped without [`Tx::commit`], it leaves no trace.
#[derive(Debug)]
pub struct Tx {
    inner: Inner,
    changed: Vec<Changed>,
    listeners: Listeners,
}

#[derive(Debug)]
enum Inner {
    Sqlite(Link<Sqlite>),
    Postgres(Link<Postgres>),
}

/// A connection of the pool.
enum Link<DB: Database> {
    /// In a transaction.
    Begun(Transaction<'static, DB>),
    /// For reading: each statement by itself.
    Bare(PoolConnection<DB>),
}

impl<DB: Database> fmt::Debug for Link<DB> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Begun(_) => "Begun",
            Self::Bare(_) => "Bare",
        })
    }
}

impl<DB: Database> Link<DB> {
    fn connection(&mut self) -> &mut DB::Connection {
        match self {
            Self::Begun(transaction) => transaction,
            Self::Bare(connection) => connection,
        }
    }

    async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Begun(transaction) => transaction.commit().await,
            Self::Bare(_) => Ok(()),
        }
    }
}

impl From<Transaction<'static, Sqlite>> for Tx {
    fn from(inner: Transaction<'static, Sqlite>) -> Self {
        Inner::Sqlite(Link::Begun(inner)).into()
    }
}

impl From<Transaction<'static, Postgres>> for Tx {
    fn from(inner: Transaction<'static, Postgres>) -> Self {
        Inner::Postgres(Link::Begun(inner)).into()
    }
}

impl From<PoolConnection<Sqlite>> for Tx {
    fn from(inner: PoolConnection<Sqlite>) -> Self {
        Inner::Sqlite(Link::Bare(inner)).into()
    }
}

impl From<PoolConnection<Postgres>> for Tx {
    fn from(inner: PoolConnection<Postgres>) -> Self {
        Inner::Postgres(Link::Bare(inner)).into()
    }
}

impl From<Inner> for Tx {
    fn from(inner: Inner) -> Self {
        Self { inner, changed: Vec::new(), listeners: Listeners::default() }
    }
}

macro_rules! bound {
    ($values:expr, $arguments:ty) => {{
        let mut arguments = <$arguments>::default();
        arguments.reserve($values.len(), $values.iter().map(Value::size).sum());
        for value in $values {
            let added = match value {
                Value::Text(text) => Arguments::add(&mut arguments, text),
                Value::Number(number) => Arguments::add(&mut arguments, number),
                Value::Bytes(bytes) => Arguments::add(&mut arguments, bytes),
            };
            added.map_err(sqlx::Error::Encode)?;
        }
        arguments
    }};
}

/// Runs `$query` on the connection of `$tx` by sqlx's `$verb`; its text is checked against each driver's types. Every
/// statement is prepared once per connection and kept.
macro_rules! run {
    ($tx:expr, $query:expr, $verb:ident, |$found:ident| $sqlite:expr, $postgres:expr) => {{
        let Query { sql, values } = $query;
        match &mut $tx.inner {
            Inner::Sqlite(tx) => {
                let arguments = bound!(values, sqlx::sqlite::SqliteArguments);
                let query = sqlx::query_with::<Sqlite, _>(sql.text(Dialect::Sqlite), arguments);
                let $found = query.$verb(tx.connection()).await?;
                $sqlite
            }
            Inner::Postgres(tx) => {
                let arguments = bound!(values, sqlx::postgres::PgArguments);
                let query = sqlx::query_with::<Postgres, _>(sql.text(Dialect::Postgres), arguments);
                let $found = query.$verb(tx.connection()).await?;
                $postgres
            }
        }
    }};
}

impl Value<'_> {
    fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.as_ref().map_or(0, |text| text.len()),
            Self::Number(_) => size_of::<i64>(),
            Self::Bytes(bytes) => bytes.as_ref().map_or(0, |bytes| bytes.len()),
        }
    }
}

impl Tx {
    /// Makes it durable.
    ///
    /// # Errors
    /// [`StorageError::Database`]; then nothing was written.
    pub async fn commit(self) -> Result<(), StorageError> {
        match self.inner {
            Inner::Sqlite(tx) => tx.commit().await?,
            Inner::Postgres(tx) => tx.commit().await?,
        }
        self.listeners.tell(&self.changed);
        Ok(())
    }

    /// Whoever listens hears of its changes when it is committed.
    pub(super) fn heard_by(self, listeners: &Listeners) -> Self {
        Self { listeners: listeners.clone(), ..self }
    }

    /// A change that it makes.
    pub(super) fn note(&mut self, changed: Changed) {
        self.changed.push(changed);
    }

    /// Which database this is, for what only one of them can do.
    pub(super) fn dialect(&self) -> Dialect {
        match self.inner {
            Inner::Sqlite(_) => Dialect::Sqlite,
            Inner::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs a statement; how many rows it changed.
    pub(super) async fn execute(&mut self, query: Query<'_>) -> Result<u64, StorageError> {
        Ok(run!(self, query, execute, |done| done.rows_affected(), done.rows_affected()))
    }

    /// The row that a statement finds, if it finds one.
    pub(super) async fn fetch_optional(&mut self, query: Query<'_>) -> Result<Option<Row>, StorageError> {
        let query = query.without_nul(self.dialect());
        Ok(run!(self, query, fetch_optional, |row| row.map(Row::Sqlite), row.map(Row::Postgres)))
    }

    /// The row of a statement that always finds one: a count.
    pub(super) async fn fetch_one(&mut self, query: Query<'_>) -> Result<Row, StorageError> {
        let query = query.without_nul(self.dialect());
        Ok(run!(self, query, fetch_one, |row| Row::Sqlite(row), Row::Postgres(row)))
    }

    /// Every row that a statement finds.
    pub(super) async fn fetch_all(&mut self, query: Query<'_>) -> Result<Vec<Row>, StorageError> {
        let query = query.without_nul(self.dialect());
        Ok(run!(
            self,
            query,
            fetch_all,
            |rows| rows.into_iter().map(Row::Sqlite).collect(),
            rows.into_iter().map(Row::Postgres).collect()
        ))
    }

    /// Runs a script of several statements, without values: a migration.
    pub(super) async fn run_script(&mut self, script: &'static str) -> Result<(), StorageError> {
        match &mut self.inner {
            Inner::Sqlite(tx) => {
                sqlx::raw_sql(script).execute(tx.connection()).await?;
            }
            Inner::Postgres(tx) => {
                sqlx::raw_sql(script).execute(tx.connection()).await?;
            }
        }
        Ok(())
    }
}
