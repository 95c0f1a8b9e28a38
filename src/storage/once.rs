//! Requests of programs that are made once: what reserves them, what they made, what they were answered.

use zeroize::Zeroizing;

use super::row::Columns;
use super::seal::{AccountKeys, Place};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::caller::Key;
use crate::base::encoding::hex;
use crate::base::id::ApiKeyId;
use crate::base::{Instant, Rng};

const INSERT: &str =
    "INSERT INTO idempotent_requests (account_id, api_key_id, name_hash, request_hash, held_by, began_at)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (api_key_id, name_hash) DO NOTHING";
const FIND: &str = "SELECT request_hash, held_by, target, answer_sealed, began_at FROM idempotent_requests
    WHERE api_key_id = $1 AND name_hash = $2";
const UPDATE_TAKEN_OVER: &str =
    "UPDATE idempotent_requests SET request_hash = $3, held_by = $4, began_at = $5,
    target = NULL, answer_sealed = NULL WHERE api_key_id = $1 AND name_hash = $2 AND held_by = $6";
const UPDATE_MADE: &str = "UPDATE idempotent_requests SET target = COALESCE(target, $2) WHERE held_by = $1";
const UPDATE_ANSWER: &str = "UPDATE idempotent_requests SET answer_sealed = $4
    WHERE api_key_id = $1 AND name_hash = $2 AND held_by = $3";
/// What made something stays: its answer may be lost, that it was made must not be.
const DELETE_HELD: &str = "DELETE FROM idempotent_requests WHERE held_by = $1 AND target IS NULL";
const DELETE_OLD: &str = "DELETE FROM idempotent_requests WHERE held_by IN
    (SELECT held_by FROM idempotent_requests WHERE began_at < $1 LIMIT $2)";

/// What is known of a request.
#[derive(Debug)]
pub struct Reserved {
    /// SHA-256 of everything that it asks for.
    pub request_hash: Vec<u8>,
    /// The request that may make it.
    pub held_by: String,
    /// What it made.
    pub target: Option<String>,
    /// What it was answered.
    pub answer: Option<Zeroizing<Vec<u8>>>,
    /// When it began.
    pub began_at: Instant,
}

/// Reserves a request; whether nobody had.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(
    tx: &mut Tx,
    key: Key,
    (name, request): (&[u8; 32], &[u8; 32]),
    (held_by, now): (&str, Instant),
) -> Result<bool, StorageError> {
    let insert = query(INSERT)
        .bind(key.account.map(|id| id.to_string()))
        .bind(key.id.to_string())
        .bind(name)
        .bind(request)
        .bind(held_by)
        .bind(now.micros());
    Ok(tx.execute(insert).await? == 1)
}

/// What is known of a request.
///
/// # Errors
/// [`StorageError`].
pub async fn find(
    tx: &mut Tx,
    (key, name): (ApiKeyId, &[u8; 32]),
    keys: &AccountKeys,
) -> Result<Option<Reserved>, StorageError> {
    let find = query(FIND).bind(key.to_string()).bind(name);
    let Some(row) = tx.fetch_optional(find).await? else { return Ok(None) };
    let answer = row.bytes_if_any("answer_sealed")?;
    let of = row_name(key, name);
    Ok(Some(Reserved {
        request_hash: row.bytes("request_hash")?,
        held_by: row.text("held_by")?,
        target: row.text_if_any("target")?,
        answer: answer.map(|sealed| keys.open(place(&of), &sealed)).transpose()?,
        began_at: row.moment("began_at")?,
    }))
}

/// Begins it anew, for another request; whether `old` held it still.
///
/// # Errors
/// [`StorageError`].
pub async fn update_taken_over(
    tx: &mut Tx,
    (key, name): (ApiKeyId, &[u8; 32]),
    (old, request): (&str, &[u8; 32]),
    (held_by, now): (&str, Instant),
) -> Result<bool, StorageError> {
    let update = query(UPDATE_TAKEN_OVER).bind(key.to_string()).bind(name).bind(request);
    Ok(tx.execute(update.bind(held_by).bind(now.micros()).bind(old)).await? == 1)
}

/// Marks that the request makes `target`, in the transaction that makes it.
///
/// # Errors
/// [`StorageError::TakenOver`] when another request has taken over meanwhile: then nothing may be made.
pub async fn update_made(tx: &mut Tx, held_by: &str, target: &str) -> Result<(), StorageError> {
    match tx.execute(query(UPDATE_MADE).bind(held_by).bind(target)).await? {
        0 => Err(StorageError::TakenOver),
        _ => Ok(()),
    }
}

/// Keeps the answer.
///
/// # Errors
/// [`StorageError`].
pub async fn update_answer(
    tx: &mut Tx,
    (key, name): (ApiKeyId, &[u8; 32]),
    held_by: &str,
    answer: &[u8],
    (keys, rng): (&AccountKeys, &Rng),
) -> Result<(), StorageError> {
    let sealed = keys.seal(place(&row_name(key, name)), answer, rng)?;
    let update = query(UPDATE_ANSWER).bind(key.to_string()).bind(name).bind(held_by).bind(sealed);
    tx.execute(update).await.map(drop)
}

/// Lets go of a request that made nothing.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_held(tx: &mut Tx, held_by: &str) -> Result<(), StorageError> {
    tx.execute(query(DELETE_HELD).bind(held_by)).await.map(drop)
}

/// Forgets requests that began before `before`, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old(tx: &mut Tx, before: Instant, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD).bind(before.micros()).bind(limit)).await
}

fn row_name(key: ApiKeyId, name: &[u8; 32]) -> String {
    format!("{key}/{}", hex(name))
}

const fn place(row: &str) -> Place<'_> {
    Place { table: "idempotent_requests", column: "answer_sealed", row }
}
