//! Sessions: signed-in browsers.

use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::id::{AccountId, AttemptId, ConnectionId, SessionId, UserId};
use crate::base::secret::TokenHash;
use crate::base::{Instant, Rng};
use crate::directory::statement::Statement;

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose account.
    pub account_id: AccountId,
    /// Its id.
    pub id: SessionId,
    /// Who is signed in.
    pub user_id: UserId,
    /// How they came.
    pub connection_id: ConnectionId,
    /// The attempt that made it.
    pub attempt_id: AttemptId,
    /// When it began.
    pub created_at: Instant,
    /// When it was used last, to within some minutes.
    pub last_seen_at: Instant,
    /// When it ends at the latest.
    pub expires_at: Instant,
    /// When it was ended before its time.
    pub ended_at: Option<Instant>,
}

/// What the sign-in said, for a new session.
#[derive(Debug, Clone)]
pub struct SignIn<'a> {
    /// The browser that signs in.
    pub browser: TokenHash,
    /// What was said of the person; sealed.
    pub statement: &'a Statement,
    /// The `SessionIndex`, by which the identity provider may end it; kept as a keyed hash.
    pub session_index: Option<&'a str>,
    /// When they proved who they are, over there.
    pub authn_instant: Option<Instant>,
    /// How.
    pub authn_context: Option<&'a str>,
}

const FIND: &str =
    "SELECT account_id, id, user_id, connection_id, attempt_id, created_at, last_seen_at, expires_at,
    ended_at FROM sessions WHERE token_hash = $1";
const FIND_STATEMENT: &str = "SELECT statement_sealed FROM sessions WHERE account_id = $1 AND id = $2";
const INSERT: &str = "INSERT INTO sessions
    (account_id, token_hash, id, user_id, connection_id, attempt_id, browser_hash, statement_sealed, name_id_key,
     session_index_key, authn_instant, authn_context, created_at, last_seen_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
const UPDATE_SEEN: &str = "UPDATE sessions SET last_seen_at = $2 WHERE token_hash = $1 AND last_seen_at < $2";
const UPDATE_ENDED: &str = "UPDATE sessions SET ended_at = $2, ended_by = $3
    WHERE token_hash = $1 AND ended_at IS NULL";
const UPDATE_REPLACED: &str = "UPDATE sessions SET ended_at = $2, ended_by = 'replaced'
    WHERE browser_hash = $1 AND ended_at IS NULL";
const DELETE_OLD: &str = "DELETE FROM sessions WHERE expires_at < $1";

/// The session of a token, ended ones too: whether it still counts is not decided here.
///
/// # Errors
/// [`StorageError`].
pub async fn find(tx: &mut Tx, token: TokenHash) -> Result<Option<Session>, StorageError> {
    let row = tx.fetch_optional(query(FIND).bind(&token.0)).await?;
    let read = |row: Row| {
        Ok(Session {
            account_id: row.parsed("account_id")?,
            id: row.parsed("id")?,
            user_id: row.parsed("user_id")?,
            connection_id: row.parsed("connection_id")?,
            attempt_id: row.parsed("attempt_id")?,
            created_at: row.moment("created_at")?,
            last_seen_at: row.moment("last_seen_at")?,
            expires_at: row.moment("expires_at")?,
            ended_at: row.moment_if_any("ended_at")?,
        })
    };
    row.map(read).transpose()
}

/// What was said of the person at sign-in.
///
/// # Errors
/// [`StorageError`].
pub async fn find_statement(
    tx: &mut Tx,
    account: AccountId,
    id: SessionId,
    keys: &AccountKeys,
) -> Result<Option<Statement>, StorageError> {
    let id = id.to_string();
    let select = query(FIND_STATEMENT).bind(account.to_string()).bind(id.as_str());
    let read = |row: Row| {
        let plain = keys.open(place(&id), &row.bytes("statement_sealed")?)?;
        serde_json::from_slice(&plain).map_err(|_| StorageError::Corrupt("statement_sealed"))
    };
    tx.fetch_optional(select).await?.map(read).transpose()
}

/// Adds a session. Flows of signing in are its only callers.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(
    tx: &mut Tx,
    token: TokenHash,
    session: &Session,
    sign_in: &SignIn<'_>,
    keys: &AccountKeys,
    rng: &Rng,
) -> Result<(), StorageError> {
    let id = session.id.to_string();
    let plain =
        serde_json::to_vec(sign_in.statement).map_err(|_| StorageError::Corrupt("statement_sealed"))?;
    let name_id = sign_in.statement.name_id.as_ref().map(|name_id| name_id.value.as_bytes());
    let insert = query(INSERT)
        .bind(session.account_id.to_string())
        .bind(&token.0)
        .bind(id.as_str())
        .bind(session.user_id.to_string())
        .bind(session.connection_id.to_string())
        .bind(session.attempt_id.to_string())
        .bind(&sign_in.browser.0)
        .bind(keys.seal(place(&id), &plain, rng)?)
        .bind(name_id.map(|value| keys.lookup("sessions.name_id", value)).transpose()?)
        .bind(sign_in.session_index.map(|index| keys.lookup("sessions.index", index.as_bytes())).transpose()?)
        .bind(sign_in.authn_instant.map(Instant::micros))
        .bind(sign_in.authn_context)
        .bind(session.created_at.micros())
        .bind(session.last_seen_at.micros())
        .bind(session.expires_at.micros());
    tx.execute(insert).await?;
    Ok(())
}

/// Remembers that a session was used.
///
/// # Errors
/// [`StorageError`].
pub async fn update_seen(tx: &mut Tx, token: TokenHash, now: Instant) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_SEEN).bind(&token.0).bind(now.micros())).await?;
    Ok(())
}

/// Ends every session of a browser, since another takes their place. The session's own cookie does not come with a
/// response that another site posts (`SameSite=Lax`); the browser's does.
///
/// # Errors
/// [`StorageError`].
pub async fn update_replaced(tx: &mut Tx, browser: TokenHash, now: Instant) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_REPLACED).bind(&browser.0).bind(now.micros())).await?;
    Ok(())
}

/// Ends a session, if it has not ended yet; `by` says why (`signed_out`).
///
/// # Errors
/// [`StorageError`].
pub async fn update_ended(tx: &mut Tx, token: TokenHash, by: &str, now: Instant) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_ENDED).bind(&token.0).bind(now.micros()).bind(by)).await?;
    Ok(())
}

/// Drops sessions whose latest end lies before `before`.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old(tx: &mut Tx, before: Instant) -> Result<(), StorageError> {
    tx.execute(query(DELETE_OLD).bind(before.micros())).await?;
    Ok(())
}

const fn place(row: &str) -> Place<'_> {
    Place { table: "sessions", column: "statement_sealed", row }
}
