//! The addresses under which browsers have ever found this installation.

use super::row::Columns;
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::Instant;

const LIST: &str = "SELECT url FROM public_urls ORDER BY url";
const INSERT: &str = "INSERT INTO public_urls (url, created_at) VALUES ($1, $2) ON CONFLICT (url) DO NOTHING";
const DELETE: &str = "DELETE FROM public_urls WHERE url = $1";

/// All of them.
///
/// # Errors
/// [`StorageError`].
pub async fn list(tx: &mut Tx) -> Result<Vec<String>, StorageError> {
    tx.fetch_all(query(LIST)).await?.iter().map(|row| row.text("url")).collect()
}

/// Remembers one; again, nothing changes.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(tx: &mut Tx, url: &str, now: Instant) -> Result<(), StorageError> {
    tx.execute(query(INSERT).bind(url).bind(now.micros())).await.map(drop)
}

/// Forgets one; `false` when it was not known.
///
/// # Errors
/// [`StorageError`].
pub async fn delete(tx: &mut Tx, url: &str) -> Result<bool, StorageError> {
    Ok(tx.execute(query(DELETE).bind(url)).await? == 1)
}
