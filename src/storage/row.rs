//! Reading columns into our own types; a value that cannot be read names its column.

use std::str::FromStr;

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use super::StorageError;
use crate::base::Instant;

/// A row of whichever database is open.
#[derive(Debug)]
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// What can be read of a row.
pub(super) trait Columns {
    fn text(&self, column: &'static str) -> Result<String, StorageError>;
    fn text_if_any(&self, column: &'static str) -> Result<Option<String>, StorageError>;
    fn number(&self, column: &'static str) -> Result<i64, StorageError>;
    fn number_if_any(&self, column: &'static str) -> Result<Option<i64>, StorageError>;
    fn bytes(&self, column: &'static str) -> Result<Vec<u8>, StorageError>;
    fn bytes_if_any(&self, column: &'static str) -> Result<Option<Vec<u8>>, StorageError>;

    fn moment(&self, column: &'static str) -> Result<Instant, StorageError> {
        self.number(column).map(Instant::from_micros)
    }

    fn moment_if_any(&self, column: &'static str) -> Result<Option<Instant>, StorageError> {
        Ok(self.number_if_any(column)?.map(Instant::from_micros))
    }

    /// A text that one of our types reads: an id, a state.
    fn parsed<T: FromStr>(&self, column: &'static str) -> Result<T, StorageError> {
        self.text(column)?.parse().map_err(|_| StorageError::Corrupt(column))
    }

    fn parsed_if_any<T: FromStr>(&self, column: &'static str) -> Result<Option<T>, StorageError> {
        let text = self.text_if_any(column)?;
        text.map(|text| text.parse().map_err(|_| StorageError::Corrupt(column))).transpose()
    }
}

/// The column, read by the driver of the row.
macro_rules! column {
    ($row:expr, $column:expr) => {
        match $row {
            Row::Sqlite(row) => Ok(sqlx::Row::try_get(row, $column)?),
            Row::Postgres(row) => Ok(sqlx::Row::try_get(row, $column)?),
        }
    };
}

impl Columns for Row {
    fn text(&self, column: &'static str) -> Result<String, StorageError> {
        column!(self, column)
    }

    fn text_if_any(&self, column: &'static str) -> Result<Option<String>, StorageError> {
        column!(self, column)
    }

    fn number(&self, column: &'static str) -> Result<i64, StorageError> {
        column!(self, column)
    }

    fn number_if_any(&self, column: &'static str) -> Result<Option<i64>, StorageError> {
        column!(self, column)
    }

    fn bytes(&self, column: &'static str) -> Result<Vec<u8>, StorageError> {
        column!(self, column)
    }

    fn bytes_if_any(&self, column: &'static str) -> Result<Option<Vec<u8>>, StorageError> {
        column!(self, column)
    }
}
