//! The addresses under which browsers have ever found this installation.

use super::row::Columns;
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::Instant;

const LIST: &str = "SELECT url FROM public_urls ORDER BY url";
const FIND_SERVED: &str = "SELECT url FROM public_urls ORDER BY served_at DESC, created_at DESC, url LIMIT 1";
const INSERT: &str = "INSERT INTO public_urls (url, created_at, served_at) VALUES ($1, $2, $3)
    ON CONFLICT (url) DO UPDATE SET served_at = excluded.served_at";
const DELETE: &str = "DELETE FROM public_urls WHERE url = $1";

/// All of them.
///
/// # Errors
/// [`StorageError`].
pub async fn list(tx: &mut Tx) -> Result<Vec<String>, StorageError> {
    tx.fetch_all(query(LIST)).await?.iter().map(|row| row.text("url")).collect()
}

/// The one that it was put into use under last.
///
/// # Errors
/// [`StorageError`].
pub async fn find_served(tx: &mut Tx) -> Result<Option<String>, StorageError> {
    tx.fetch_optional(query(FIND_SERVED)).await?.map(|row| row.text("url")).transpose()
}

/// Remembers one that it is put into use under, anew perhaps.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(tx: &mut Tx, url: &str, now: Instant) -> Result<(), StorageError> {
    tx.execute(query(INSERT).bind(url).bind(now.micros()).bind(now.micros())).await.map(drop)
}

/// Forgets one; `false` when it was not known.
///
/// # Errors
/// [`StorageError`].
pub async fn delete(tx: &mut Tx, url: &str) -> Result<bool, StorageError> {
    Ok(tx.execute(query(DELETE).bind(url)).await? == 1)
}
