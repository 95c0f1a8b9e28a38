//! Operators: those who run the installation.

use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::{Sql, query};
use super::{StorageError, Tx};
use crate::base::id::OperatorId;
use crate::base::{Instant, Rng};
use crate::directory::state::OperatorState;

/// An operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// Their id.
    pub id: OperatorId,
    /// What they are called; sealed.
    pub name: String,
    /// Whether they may come in.
    pub state: OperatorState,
    /// Who let them in.
    pub created_by: String,
    /// Since when.
    pub created_at: Instant,
}

const FIND: &str = "SELECT id, about_sealed, state, created_by, created_at FROM operators WHERE id = $1";
const LIST: &str = "SELECT id, about_sealed, state, created_by, created_at FROM operators ORDER BY id";
const LOCK: Sql =
    Sql::Each { sqlite: "SELECT id FROM installation", postgres: "SELECT id FROM installation FOR UPDATE" };
const COUNT_ACTIVE: &str = "SELECT COUNT(*) AS number FROM operators WHERE state = 'active'";
const INSERT: &str = "INSERT INTO operators (id, about_sealed, state, created_by, created_at)
    VALUES ($1, $2, $3, $4, $5)";
const UPDATE_STATE: &str = "UPDATE operators SET state = $2 WHERE id = $1 AND state <> $2";

/// The operator of that id, one who was shut out too.
///
/// # Errors
/// [`StorageError`].
pub async fn find(tx: &mut Tx, id: OperatorId, keys: &AccountKeys) -> Result<Option<Operator>, StorageError> {
    let row = tx.fetch_optional(query(FIND).bind(id.to_string())).await?;
    row.map(|row| read(&row, keys)).transpose()
}

/// Every operator, oldest first; those who were shut out too.
///
/// # Errors
/// [`StorageError`].
pub async fn list(tx: &mut Tx, keys: &AccountKeys) -> Result<Vec<Operator>, StorageError> {
    tx.fetch_all(query(LIST)).await?.iter().map(|row| read(row, keys)).collect()
}

/// Has others wait who are about to make or remove operators, until the transaction ends.
///
/// # Errors
/// [`StorageError`].
pub async fn lock(tx: &mut Tx) -> Result<(), StorageError> {
    tx.fetch_one(query(LOCK)).await.map(drop)
}

/// How many may come in.
///
/// # Errors
/// [`StorageError`].
pub async fn count_active(tx: &mut Tx) -> Result<i64, StorageError> {
    tx.fetch_one(query(COUNT_ACTIVE)).await?.number("number")
}

/// Adds an operator.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(tx: &mut Tx, new: &Operator, keys: &AccountKeys, rng: &Rng) -> Result<(), StorageError> {
    let id = new.id.to_string();
    let insert = query(INSERT)
        .bind(id.as_str())
        .bind(keys.seal(place(&id), new.name.as_bytes(), rng)?)
        .bind(new.state.name())
        .bind(new.created_by.as_str())
        .bind(new.created_at.micros());
    tx.execute(insert).await.map(drop)
}

/// Lets an operator in or shuts them out; `false` when it was so already.
///
/// # Errors
/// [`StorageError`].
pub async fn update_state(tx: &mut Tx, id: OperatorId, state: OperatorState) -> Result<bool, StorageError> {
    Ok(tx.execute(query(UPDATE_STATE).bind(id.to_string()).bind(state.name())).await? == 1)
}

fn read(row: &Row, keys: &AccountKeys) -> Result<Operator, StorageError> {
    let id: OperatorId = row.parsed("id")?;
    let name = keys.open(place(&id.to_string()), &row.bytes("about_sealed")?)?;
    Ok(Operator {
        id,
        name: String::from_utf8(name.to_vec()).map_err(|_| StorageError::Corrupt("about_sealed"))?,
        state: row.parsed("state")?,
        created_by: row.text("created_by")?,
        created_at: row.moment("created_at")?,
    })
}

const fn place(row: &str) -> Place<'_> {
    Place { table: "operators", column: "about_sealed", row }
}
