//! Reading columns into our own types; a value that cannot be read names its column.

use std::str::FromStr;

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::StorageError;
use crate::base::Instant;

/// What the rows of both databases can do.
pub(super) trait Columns {
    fn text(&self, column: &'static str) -> Result<String, StorageError>;
    fn text_if_any(&self, column: &'static str) -> Result<Option<String>, StorageError>;
    fn number(&self, column: &'static str) -> Result<i64, StorageError>;
    fn bytes(&self, column: &'static str) -> Result<Vec<u8>, StorageError>;
    fn moment_if_any(&self, column: &'static str) -> Result<Option<Instant>, StorageError>;

    fn moment(&self, column: &'static str) -> Result<Instant, StorageError> {
        self.number(column).map(Instant::from_micros)
    }

    /// A text that one of our types reads: an id, a state.
    fn parsed<T: FromStr>(&self, column: &'static str) -> Result<T, StorageError> {
        self.text(column)?.parse().map_err(|_| StorageError::Corrupt(column))
    }
}

impl Columns for SqliteRow {
    fn text(&self, column: &'static str) -> Result<String, StorageError> {
        Ok(self.try_get(column)?)
    }

    fn text_if_any(&self, column: &'static str) -> Result<Option<String>, StorageError> {
        Ok(self.try_get(column)?)
    }

    fn number(&self, column: &'static str) -> Result<i64, StorageError> {
        Ok(self.try_get(column)?)
    }

    fn bytes(&self, column: &'static str) -> Result<Vec<u8>, StorageError> {
        Ok(self.try_get(column)?)
    }

    fn moment_if_any(&self, column: &'static str) -> Result<Option<Instant>, StorageError> {
        Ok(self.try_get::<Option<i64>, _>(column)?.map(Instant::from_micros))
    }
}
