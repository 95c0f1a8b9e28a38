//! The keys that sign tokens. They belong to the installation and not to an account: the private halves are sealed
//! under the master key.

use zeroize::Zeroizing;

use super::row::{Columns, Row};
use super::seal::Wrap;
use super::sql::query;
use super::{Storage, StorageError, Tx};
use crate::base::{Ctx, Instant, Rng};

/// A key without its private half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Its number: 1, 2, 3 …
    pub number: i64,
    /// Its name in tokens.
    pub kid: String,
    /// The public half: an uncompressed point.
    pub public_point: Vec<u8>,
    /// When it was made, and published.
    pub created_at: Instant,
    /// From when on it signs.
    pub active_from: Instant,
    /// When it was withdrawn, if it was.
    pub withdrawn_at: Option<Instant>,
}

const LIST: &str = "SELECT number, kid, public_point, created_at, active_from, withdrawn_at FROM signing_keys ORDER BY number";
const FIND_PRIVATE: &str = "SELECT private_sealed FROM signing_keys WHERE kid = $1";
const INSERT: &str = "INSERT INTO signing_keys
    (number, kid, public_point, private_sealed, actor, created_at, active_from)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
const UPDATE_WITHDRAWN: &str =
    "UPDATE signing_keys SET withdrawn_at = $2 WHERE number < $1 AND withdrawn_at IS NULL";
const LIST_PRIVATE: &str = "SELECT kid, private_sealed FROM signing_keys ORDER BY number";
const UPDATE_PRIVATE: &str = "UPDATE signing_keys SET private_sealed = $2 WHERE kid = $1";
const DELETE: &str = "DELETE FROM signing_keys WHERE number = $1";

/// Every key, oldest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list(tx: &mut Tx) -> Result<Vec<SigningKey>, StorageError> {
    let rows = tx.fetch_all(query(LIST)).await?;
    let read = |row: &Row| {
        Ok(SigningKey {
            number: row.number("number")?,
            kid: row.text("kid")?,
            public_point: row.bytes("public_point")?,
            created_at: row.moment("created_at")?,
            active_from: row.moment("active_from")?,
            withdrawn_at: row.moment_if_any("withdrawn_at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// The private half of a key, opened.
///
/// # Errors
/// [`StorageError`].
pub async fn find_private(
    tx: &mut Tx,
    storage: &Storage,
    kid: &str,
) -> Result<Option<Zeroizing<Vec<u8>>>, StorageError> {
    let Some(row) = tx.fetch_optional(query(FIND_PRIVATE).bind(kid)).await? else { return Ok(None) };
    let master = storage.master(tx).await?;
    Ok(Some(master.unwrap(&row.bytes("private_sealed")?, &context(kid))?))
}

/// Adds a key with its private half (PEM); `false` when another process was faster and took its number.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(
    tx: &mut Tx,
    storage: &Storage,
    (key, private): (&SigningKey, &[u8]),
    (ctx, rng): (&Ctx, &Rng),
) -> Result<bool, StorageError> {
    let master = storage.master_for_new(tx).await?;
    let sealed = master.wrap(private, &context(&key.kid), rng)?;
    let insert = query(INSERT)
        .bind(key.number)
        .bind(key.kid.as_str())
        .bind(key.public_point.as_slice())
        .bind(sealed)
        .bind(ctx.actor.to_string())
        .bind(key.created_at.micros())
        .bind(key.active_from.micros());
    Ok(tx.execute(insert).await? == 1)
}

/// Withdraws every key before `number`.
///
/// # Errors
/// [`StorageError`].
pub async fn update_withdrawn(tx: &mut Tx, number: i64, now: Instant) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_WITHDRAWN).bind(number).bind(now.micros())).await?;
    Ok(())
}

/// Drops a key, its private half too.
///
/// # Errors
/// [`StorageError`].
pub async fn delete(tx: &mut Tx, number: i64) -> Result<(), StorageError> {
    tx.execute(query(DELETE).bind(number)).await?;
    Ok(())
}

/// Wraps every key under another master key; how many.
pub(super) async fn rewrap(
    tx: &mut Tx,
    (old, new): (&dyn Wrap, &dyn Wrap),
    rng: &Rng,
) -> Result<usize, StorageError> {
    let rows = tx.fetch_all(query(LIST_PRIVATE)).await?;
    for row in &rows {
        let kid = row.text("kid")?;
        let private = old.unwrap(&row.bytes("private_sealed")?, &context(&kid))?;
        let sealed = new.wrap(&private, &context(&kid), rng)?;
        tx.execute(query(UPDATE_PRIVATE).bind(kid).bind(sealed)).await?;
    }
    Ok(rows.len())
}

/// What a private half is bound to.
fn context(kid: &str) -> String {
    format!("signing_keys\0private_sealed\0{kid}")
}
