//! Sessions of those who got in without an identity provider: operators, owners by link or passkey, visitors of setup links.
//! People who came by single sign-on have theirs in [`super::session`].

use super::row::{Columns, Row};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::Instant;
use crate::base::caller::{Role, SetupScopes};
use crate::base::id::{AccountId, LinkId, OperatorId, SessionId, UserId};
use crate::base::secret::TokenHash;
use crate::directory::account::Slug;
use crate::directory::state::{AccountState, LinkKind, Method, OperatorState, UserState};

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleSession {
    /// Of which account; none for operators.
    pub account_id: Option<AccountId>,
    /// Its id.
    pub id: SessionId,
    /// The person.
    pub user_id: Option<UserId>,
    /// The operator.
    pub operator_id: Option<OperatorId>,
    /// The link that it began with.
    pub link_id: Option<LinkId>,
    /// How they got in.
    pub method: Method,
    /// When.
    pub created_at: Instant,
    /// When it was used last, to within some minutes.
    pub last_seen_at: Instant,
    /// When it ends at the latest.
    pub expires_at: Instant,
    /// When it was ended before its time.
    pub ended_at: Option<Instant>,
}

/// A session with what decides whether it still counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The session.
    pub session: ConsoleSession,
    /// The account's name in addresses, and its state.
    pub account: Option<(Slug, AccountState)>,
    /// The person's state and role.
    pub user: Option<(UserState, Role)>,
    /// The operator's state.
    pub operator: Option<OperatorState>,
    /// The setup link.
    pub link: Option<SetupLink>,
    /// What kind of link it began with.
    pub link_kind: Option<LinkKind>,
}

/// What is looked at of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetupLink {
    /// What can be set up.
    pub scopes: SetupScopes,
    /// When it ends.
    pub expires_at: Instant,
    /// Whether it was finished or taken back.
    pub is_over: bool,
}

const FIND: &str = "SELECT s.account_id, s.id, s.user_id, s.operator_id, s.link_id, s.method, s.created_at,
    s.last_seen_at, s.expires_at, s.ended_at, a.slug, a.state AS account_state, u.state AS user_state, u.role,
    o.state AS operator_state, l.kind AS link_kind, l.scopes, l.expires_at AS link_expires_at, l.finished_at, l.revoked_at
    FROM console_sessions s
    LEFT JOIN accounts a ON a.id = s.account_id
    LEFT JOIN users u ON u.account_id = s.account_id AND u.id = s.user_id
    LEFT JOIN operators o ON o.id = s.operator_id
    LEFT JOIN links l ON l.id = s.link_id
    WHERE s.token_hash = $1";
const INSERT: &str =
    "INSERT INTO console_sessions (account_id, id, token_hash, user_id, operator_id, link_id, method, created_at,
    last_seen_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)";
const UPDATE_SEEN: &str =
    "UPDATE console_sessions SET last_seen_at = $2 WHERE token_hash = $1 AND last_seen_at < $2";
const UPDATE_ENDED: &str = "UPDATE console_sessions SET ended_at = $2, ended_by = $3
    WHERE token_hash = $1 AND ended_at IS NULL";
const END_OF_USER: &str = "UPDATE console_sessions SET ended_at = $3, ended_by = $4
    WHERE account_id = $1 AND user_id = $2 AND ended_at IS NULL";
const END_OF_ACCOUNT: &str = "UPDATE console_sessions SET ended_at = $2, ended_by = $3
    WHERE account_id = $1 AND user_id IS NOT NULL AND ended_at IS NULL";
const END_OF_OPERATOR: &str = "UPDATE console_sessions SET ended_at = $2, ended_by = $3
    WHERE operator_id = $1 AND ended_at IS NULL";
const END_EVERY: &str =
    "UPDATE console_sessions SET ended_at = $1, ended_by = $2 WHERE ended_at IS NULL AND expires_at > $1";
const DELETE_OLD: &str = "DELETE FROM console_sessions WHERE id IN
    (SELECT id FROM console_sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";

/// The session of a token, ended ones too: whether it still counts is not decided here.
///
/// # Errors
/// [`StorageError`].
pub async fn find(tx: &mut Tx, token: TokenHash) -> Result<Option<Standing>, StorageError> {
    tx.fetch_optional(query(FIND).bind(&token.0)).await?.as_ref().map(read).transpose()
}

/// Begins a session.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(tx: &mut Tx, new: &ConsoleSession, token: TokenHash) -> Result<(), StorageError> {
    let insert = query(INSERT)
        .bind(new.account_id.map(|id| id.to_string()))
        .bind(new.id.to_string())
        .bind(token.0.as_slice())
        .bind(new.user_id.map(|id| id.to_string()))
        .bind(new.operator_id.map(|id| id.to_string()))
        .bind(new.link_id.map(|id| id.to_string()))
        .bind(new.method.name())
        .bind(new.created_at.micros())
        .bind(new.expires_at.micros());
    tx.execute(insert).await.map(drop)
}

/// Remembers that a session was used.
///
/// # Errors
/// [`StorageError`].
pub async fn update_seen(tx: &mut Tx, token: TokenHash, now: Instant) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_SEEN).bind(&token.0).bind(now.micros())).await.map(drop)
}

/// Ends a session.
///
/// # Errors
/// [`StorageError`].
pub async fn update_ended(
    tx: &mut Tx,
    token: TokenHash,
    (by, now): (&str, Instant),
) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_ENDED).bind(&token.0).bind(now.micros()).bind(by)).await.map(drop)
}

/// Ends every session of a person; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn end_of_user(
    tx: &mut Tx,
    account: AccountId,
    user: UserId,
    (by, now): (&str, Instant),
) -> Result<u64, StorageError> {
    let update = query(END_OF_USER).bind(account.to_string()).bind(user.to_string());
    tx.execute(update.bind(now.micros()).bind(by)).await
}

/// Ends every session of people of an account; how many. Visitors of setup links keep theirs.
///
/// # Errors
/// [`StorageError`].
pub async fn end_of_account(
    tx: &mut Tx,
    account: AccountId,
    (by, now): (&str, Instant),
) -> Result<u64, StorageError> {
    tx.execute(query(END_OF_ACCOUNT).bind(account.to_string()).bind(now.micros()).bind(by)).await
}

/// Ends every session of an operator; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn end_of_operator(
    tx: &mut Tx,
    operator: OperatorId,
    (by, now): (&str, Instant),
) -> Result<u64, StorageError> {
    tx.execute(query(END_OF_OPERATOR).bind(operator.to_string()).bind(now.micros()).bind(by)).await
}

/// Ends every session there is; how many.
///
/// # Errors
/// [`StorageError`].
pub(super) async fn end_every(tx: &mut Tx, (by, now): (&str, Instant)) -> Result<u64, StorageError> {
    tx.execute(query(END_EVERY).bind(now.micros()).bind(by)).await
}

/// Drops sessions that ended by themselves before `before`.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old(tx: &mut Tx, before: Instant, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD).bind(before.micros()).bind(limit)).await
}

fn read(row: &Row) -> Result<Standing, StorageError> {
    let link_expires_at = row.moment_if_any("link_expires_at")?;
    let is_over = row.moment_if_any("finished_at")?.is_some() || row.moment_if_any("revoked_at")?.is_some();
    let scopes: Option<SetupScopes> = row.parsed_if_any("scopes")?;
    Ok(Standing {
        session: ConsoleSession {
            account_id: row.parsed_if_any("account_id")?,
            id: row.parsed("id")?,
            user_id: row.parsed_if_any("user_id")?,
            operator_id: row.parsed_if_any("operator_id")?,
            link_id: row.parsed_if_any("link_id")?,
            method: row.parsed("method")?,
            created_at: row.moment("created_at")?,
            last_seen_at: row.moment("last_seen_at")?,
            expires_at: row.moment("expires_at")?,
            ended_at: row.moment_if_any("ended_at")?,
        },
        account: row.parsed_if_any("slug")?.zip(row.parsed_if_any("account_state")?),
        user: row.parsed_if_any("user_state")?.zip(row.parsed_if_any("role")?),
        operator: row.parsed_if_any("operator_state")?,
        link_kind: row.parsed_if_any("link_kind")?,
        link: link_expires_at.zip(scopes).map(|(expires_at, scopes)| SetupLink {
            scopes,
            expires_at,
            is_over,
        }),
    })
}
