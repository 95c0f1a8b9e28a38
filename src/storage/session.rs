//! Sessions: signed-in browsers.

use super::many::Many;
use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::caller::Role;
use crate::base::id::{AccountId, AttemptId, ConnectionId, SessionId, UserId};
use crate::base::secret::TokenHash;
use crate::base::{Instant, Rng};
use crate::directory::account::Slug;
use crate::directory::client::Client;
use crate::directory::state::{AccountState, ConnectionState, UserState};
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

/// A session with everything that decides whether it still counts. One whose account, user or connection is gone is not
/// found at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The session.
    pub session: Session,
    /// The account's name in addresses.
    pub account_slug: Slug,
    /// The account's state.
    pub account: AccountState,
    /// The user's state.
    pub user: UserState,
    /// What the user may do in the account.
    pub role: Role,
    /// The connection's state.
    pub connection: ConnectionState,
    /// When they proved who they are, over there.
    pub authn_instant: Option<Instant>,
    /// How.
    pub authn_context: Option<String>,
    /// The connection's name for people.
    pub connection_name: String,
    /// With what and from where they signed in; sealed.
    client_sealed: Option<Vec<u8>>,
}

impl Standing {
    /// With what and from where they signed in, roughly.
    ///
    /// # Errors
    /// [`StorageError::Seal`], [`StorageError::Corrupt`].
    pub fn client(&self, keys: &AccountKeys) -> Result<Client, StorageError> {
        let Some(sealed) = &self.client_sealed else { return Ok(Client::default()) };
        let id = self.session.id.to_string();
        let plain = keys.open(client_place(&id), sealed)?;
        serde_json::from_slice(&plain).map_err(|_| StorageError::Corrupt("client_sealed"))
    }
}

/// Whose sessions, within an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's.
    All,
    /// Of this user.
    User(UserId),
    /// Of those who came by this connection.
    Connection(ConnectionId),
}

/// When sessions still count that were not ended.
#[derive(Debug, Clone, Copy)]
pub struct Alive {
    /// The moment.
    pub now: Instant,
    /// Those that were not used since have ended.
    pub seen_after: Instant,
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
    /// With what and from where they come; sealed.
    pub client: &'a Client,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT s.account_id, s.id, s.user_id, s.connection_id, s.attempt_id, s.created_at, s.last_seen_at,
    s.expires_at, s.ended_at, s.authn_instant, s.authn_context, s.client_sealed,
    a.slug, a.state AS account_state, u.state AS user_state, u.role AS user_role, c.state AS connection_state, c.name AS connection_name
    FROM sessions s
    JOIN accounts a ON a.id = s.account_id
    JOIN users u ON u.account_id = s.account_id AND u.id = s.user_id
    JOIN connections c ON c.account_id = s.account_id AND c.id = s.connection_id ",
            $rest
        )
    };
}

const FIND: &str = select!("WHERE s.token_hash = $1");
const LIST_BY_BROWSER: &str = select!("WHERE s.browser_hash = $1 AND s.ended_at IS NULL");
const ACCOUNT_OF: &str = "SELECT account_id FROM sessions WHERE id = $1";
const FIND_BY_ID: &str = select!("WHERE s.account_id = $1 AND s.id = $2");
const LIST: &str = select!(
    "WHERE s.account_id = $1 AND s.id < $5 AND s.ended_at IS NULL AND s.expires_at > $2 AND s.last_seen_at > $3
    ORDER BY s.id DESC LIMIT $4"
);
const LIST_OF_USER: &str = select!(
    "WHERE s.account_id = $1 AND s.user_id = $6 AND s.id < $5 AND s.ended_at IS NULL AND s.expires_at > $2
    AND s.last_seen_at > $3 ORDER BY s.id DESC LIMIT $4"
);
const LIST_OF_CONNECTION: &str = select!(
    "WHERE s.account_id = $1 AND s.connection_id = $6 AND s.id < $5 AND s.ended_at IS NULL AND s.expires_at > $2
    AND s.last_seen_at > $3 ORDER BY s.id DESC LIMIT $4"
);
const LIST_EVERY_OF_USER: &str =
    select!("WHERE s.account_id = $1 AND s.user_id = $2 ORDER BY s.id DESC LIMIT $3");
const END_ONE: &str = "UPDATE sessions SET ended_at = $3, ended_by = $4
    WHERE account_id = $1 AND id = $2 AND ended_at IS NULL AND expires_at > $3";
const END_ALL: &str = "UPDATE sessions SET ended_at = $2, ended_by = $3
    WHERE account_id = $1 AND ended_at IS NULL AND expires_at > $2 AND id <> $4";
const END_OF_USER: &str = "UPDATE sessions SET ended_at = $2, ended_by = $3
    WHERE account_id = $1 AND user_id = $5 AND ended_at IS NULL AND expires_at > $2 AND id <> $4";
const END_OF_CONNECTION: &str = "UPDATE sessions SET ended_at = $2, ended_by = $3
    WHERE account_id = $1 AND connection_id = $5 AND ended_at IS NULL AND expires_at > $2 AND id <> $4";
const END_ALL_BUT_OWNERS: &str = "UPDATE sessions SET ended_at = $2, ended_by = $3
    WHERE account_id = $1 AND ended_at IS NULL AND expires_at > $2
    AND user_id NOT IN (SELECT u.id FROM users u WHERE u.account_id = $1 AND u.role = 'owner')";
const END_OF_CONNECTION_BUT_OWNERS: &str = "UPDATE sessions SET ended_at = $2, ended_by = $3
    WHERE account_id = $1 AND connection_id = $4 AND ended_at IS NULL AND expires_at > $2
    AND user_id NOT IN (SELECT u.id FROM users u WHERE u.account_id = $1 AND u.role = 'owner')";
const FIND_STATEMENT: &str = "SELECT statement_sealed FROM sessions WHERE account_id = $1 AND id = $2";
static INSERT: Many = Many::new(
    "INSERT INTO sessions
    (account_id, token_hash, id, user_id, connection_id, attempt_id, browser_hash, statement_sealed, name_id_key,
     session_index_key, authn_instant, authn_context, created_at, last_seen_at, expires_at, client_sealed)",
    16,
    "",
);
const UPDATE_SEEN: &str = "UPDATE sessions SET last_seen_at = $2 WHERE token_hash = $1 AND last_seen_at < $2";
const UPDATE_ENDED: &str = "UPDATE sessions SET ended_at = $2, ended_by = $3
    WHERE token_hash = $1 AND ended_at IS NULL";
static UPDATE_REPLACED: Many = Many::new(
    "WITH replaced (browser_hash, at) AS (",
    2,
    ") UPDATE sessions SET ended_at = replaced.at, ended_by = 'replaced' FROM replaced
    WHERE sessions.browser_hash = replaced.browser_hash AND sessions.ended_at IS NULL",
);
static UPDATE_PRESENTED: Many = Many::new(
    "WITH replaced (token_hash, at) AS (",
    2,
    ") UPDATE sessions SET ended_at = replaced.at, ended_by = 'replaced' FROM replaced
    WHERE sessions.token_hash = replaced.token_hash AND sessions.ended_at IS NULL",
);
static UPDATE_LINKED: Many = Many::new(
    "WITH linked (account_id, user_id, at) AS (",
    3,
    ") UPDATE sessions SET ended_at = linked.at, ended_by = 'linked' FROM linked
    WHERE sessions.account_id = linked.account_id AND sessions.user_id = linked.user_id
        AND sessions.ended_at IS NULL",
);
const END_EVERY: &str = "UPDATE sessions SET ended_at = $1, ended_by = $2 WHERE ended_at IS NULL";
/// Ids are in the order of time, so that this needs no index of its own, which every sign-in would have to write.
const DELETE_OLD: &str = "DELETE FROM sessions WHERE id IN
    (SELECT id FROM sessions WHERE id < $1 AND expires_at < $2 ORDER BY id LIMIT $3)";

/// The session of a token, ended ones too: whether it still counts is not decided here.
///
/// # Errors
/// [`StorageError`].
pub async fn find(tx: &mut Tx, token: TokenHash) -> Result<Option<Standing>, StorageError> {
    tx.fetch_optional(query(FIND).bind(&token.0)).await?.as_ref().map(read).transpose()
}

/// The sessions of a browser that were not ended: whether they still count is not decided here.
///
/// # Errors
/// [`StorageError`].
pub async fn list_by_browser(tx: &mut Tx, browser: TokenHash) -> Result<Vec<Standing>, StorageError> {
    tx.fetch_all(query(LIST_BY_BROWSER).bind(&browser.0)).await?.iter().map(read).collect()
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

/// A new session as it is written.
pub struct NewRow {
    account_id: String,
    token: TokenHash,
    id: String,
    user_id: String,
    connection_id: String,
    attempt_id: String,
    browser: TokenHash,
    statement_sealed: Vec<u8>,
    name_id_key: Option<Vec<u8>>,
    session_index_key: Option<Vec<u8>>,
    authn_instant: Option<Instant>,
    authn_context: Option<String>,
    created_at: Instant,
    last_seen_at: Instant,
    expires_at: Instant,
    client_sealed: Vec<u8>,
}

/// Sessions whose place a sign-in takes, at a moment.
#[derive(Debug, Clone, Copy)]
pub struct Replaced {
    /// Those of this browser. The session's own cookie does not come with a response that another site posts
    /// (`SameSite=Lax`); the browser's does.
    pub browser: Option<TokenHash>,
    /// That of this token.
    pub presented: Option<TokenHash>,
    /// Every one of this person's, to whom an identity leads from now on: whoever is signed in as them came otherwise.
    pub linked: Option<(AccountId, UserId)>,
    /// When.
    pub at: Instant,
}

/// The row of a new session. Flows of signing in are its only callers.
///
/// # Errors
/// [`StorageError::Seal`].
pub fn new_row(
    token: TokenHash,
    session: &Session,
    sign_in: &SignIn<'_>,
    keys: &AccountKeys,
    rng: &Rng,
) -> Result<NewRow, StorageError> {
    let id = session.id.to_string();
    let plain =
        serde_json::to_vec(sign_in.statement).map_err(|_| StorageError::Corrupt("statement_sealed"))?;
    let client = serde_json::to_vec(sign_in.client).map_err(|_| StorageError::Corrupt("client_sealed"))?;
    let name_id = sign_in.statement.name_id.as_ref().map(|name_id| name_id.value.as_bytes());
    let index = sign_in.session_index.map(str::as_bytes);
    Ok(NewRow {
        account_id: session.account_id.to_string(),
        token,
        user_id: session.user_id.to_string(),
        connection_id: session.connection_id.to_string(),
        attempt_id: session.attempt_id.to_string(),
        browser: sign_in.browser,
        statement_sealed: keys.seal(place(&id), &plain, rng)?,
        name_id_key: name_id.map(|value| keys.lookup("sessions.name_id", value)).transpose()?,
        session_index_key: index.map(|index| keys.lookup("sessions.index", index)).transpose()?,
        authn_instant: sign_in.authn_instant,
        authn_context: sign_in.authn_context.map(str::to_owned),
        created_at: session.created_at,
        last_seen_at: session.last_seen_at,
        expires_at: session.expires_at,
        client_sealed: keys.seal(client_place(&id), &client, rng)?,
        id,
    })
}

/// Adds sessions.
pub(super) async fn insert_many(tx: &mut Tx, rows: &[&NewRow]) -> Result<(), StorageError> {
    let inserted = INSERT.execute(tx, rows, |row, query| {
        query
            .bind(&row.account_id)
            .bind(&row.token.0)
            .bind(&row.id)
            .bind(&row.user_id)
            .bind(&row.connection_id)
            .bind(&row.attempt_id)
            .bind(&row.browser.0)
            .bind(row.statement_sealed.as_slice())
            .bind(row.name_id_key.as_deref())
            .bind(row.session_index_key.as_deref())
            .bind(row.authn_instant.map(Instant::micros))
            .bind(row.authn_context.as_deref())
            .bind(row.created_at.micros())
            .bind(row.last_seen_at.micros())
            .bind(row.expires_at.micros())
            .bind(row.client_sealed.as_slice())
    });
    inserted.await.map(drop)
}

/// Ends the sessions whose place is taken.
pub(super) async fn update_many_replaced(tx: &mut Tx, all: &[Replaced]) -> Result<(), StorageError> {
    let browsers: Vec<_> = all.iter().filter_map(|one| Some((one.browser?, one.at))).collect();
    let presented: Vec<_> = all.iter().filter_map(|one| Some((one.presented?, one.at))).collect();
    for (update, hashes) in [(&UPDATE_REPLACED, browsers), (&UPDATE_PRESENTED, presented)] {
        update.execute(tx, &hashes, |(hash, at), query| query.bind(&hash.0).bind(at.micros())).await?;
    }
    update_many_linked(tx, all).await
}

/// Of those, the sessions of people to whom an identity leads from now on.
pub(super) async fn update_many_linked(tx: &mut Tx, all: &[Replaced]) -> Result<(), StorageError> {
    let linked: Vec<_> = all.iter().filter_map(|one| Some((one.linked?, one.at))).collect();
    let ended = UPDATE_LINKED.execute(tx, &linked, |((account, user), at), query| {
        query.bind(account.to_string()).bind(user.to_string()).bind(at.micros())
    });
    ended.await.map(drop)
}

/// Remembers that a session was used.
///
/// # Errors
/// [`StorageError`].
pub async fn update_seen(tx: &mut Tx, token: TokenHash, now: Instant) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_SEEN).bind(&token.0).bind(now.micros())).await?;
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

/// Whose account that session is in.
///
/// # Errors
/// [`StorageError`].
pub async fn account_of(tx: &mut Tx, id: SessionId) -> Result<Option<AccountId>, StorageError> {
    let row = tx.fetch_optional(query(ACCOUNT_OF).bind(id.to_string())).await?;
    row.map(|row| row.parsed("account_id")).transpose()
}

/// The session of that id, ended ones too.
///
/// # Errors
/// [`StorageError`].
pub async fn find_by_id(
    tx: &mut Tx,
    account: AccountId,
    id: SessionId,
) -> Result<Option<Standing>, StorageError> {
    let select = query(FIND_BY_ID).bind(account.to_string()).bind(id.to_string());
    tx.fetch_optional(select).await?.as_ref().map(read).transpose()
}

/// Sessions that were not ended and are not too old, older than `before`, newest first, `limit` at the most.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    account: AccountId,
    whose: Whose,
    alive: Alive,
    (before, limit): (Option<SessionId>, i64),
) -> Result<Vec<Standing>, StorageError> {
    let before = SessionId::or_last(before);
    let bound = |sql: &'static str| {
        let select = query(sql).bind(account.to_string()).bind(alive.now.micros());
        select.bind(alive.seen_after.micros()).bind(limit).bind(before.as_str())
    };
    let select = match whose {
        Whose::All => bound(LIST),
        Whose::User(user) => bound(LIST_OF_USER).bind(user.to_string()),
        Whose::Connection(connection) => bound(LIST_OF_CONNECTION).bind(connection.to_string()),
    };
    tx.fetch_all(select).await?.iter().map(read).collect()
}

/// A user's sessions that are kept, those that ended too, newest first, `limit` at the most.
///
/// # Errors
/// [`StorageError`].
pub async fn list_every(
    tx: &mut Tx,
    (account, user): (AccountId, UserId),
    limit: i64,
) -> Result<Vec<Standing>, StorageError> {
    let select = query(LIST_EVERY_OF_USER).bind(account.to_string()).bind(user.to_string()).bind(limit);
    tx.fetch_all(select).await?.iter().map(read).collect()
}

/// Ends a session by its id; `false` when it had ended already.
///
/// # Errors
/// [`StorageError`].
pub async fn end_one(
    tx: &mut Tx,
    account: AccountId,
    id: SessionId,
    (by, now): (&str, Instant),
) -> Result<bool, StorageError> {
    let end = query(END_ONE).bind(account.to_string()).bind(id.to_string()).bind(now.micros()).bind(by);
    Ok(tx.execute(end).await? == 1)
}

/// Ends sessions, but for `except`; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn end_all(
    tx: &mut Tx,
    account: AccountId,
    whose: Whose,
    except: Option<SessionId>,
    (by, now): (&str, Instant),
) -> Result<u64, StorageError> {
    let except = except.map(|id| id.to_string()).unwrap_or_default();
    let bound = |sql: &'static str| {
        query(sql).bind(account.to_string()).bind(now.micros()).bind(by).bind(except.as_str())
    };
    let end = match whose {
        Whose::All => bound(END_ALL),
        Whose::User(user) => bound(END_OF_USER).bind(user.to_string()),
        Whose::Connection(connection) => bound(END_OF_CONNECTION).bind(connection.to_string()),
    };
    tx.execute(end).await
}

/// Ends the sessions of an account, or of one of its connections, but for those of owners; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn end_all_but_owners(
    tx: &mut Tx,
    account: AccountId,
    connection: Option<ConnectionId>,
    (by, now): (&str, Instant),
) -> Result<u64, StorageError> {
    let bound = |sql: &'static str| query(sql).bind(account.to_string()).bind(now.micros()).bind(by);
    let end = match connection {
        None => bound(END_ALL_BUT_OWNERS),
        Some(connection) => bound(END_OF_CONNECTION_BUT_OWNERS).bind(connection.to_string()),
    };
    tx.execute(end).await
}

/// Ends every session of every account; `by` says why.
///
/// # Errors
/// [`StorageError`].
pub async fn end_every(tx: &mut Tx, (by, now): (&str, Instant)) -> Result<(), StorageError> {
    tx.execute(query(END_EVERY).bind(now.micros()).bind(by)).await?;
    Ok(())
}

/// Drops sessions that began before `began` and whose latest end lies before `ended`, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old(
    tx: &mut Tx,
    (began, ended): (Instant, Instant),
    limit: i64,
) -> Result<u64, StorageError> {
    let first = SessionId::first_of(began).to_string();
    tx.execute(query(DELETE_OLD).bind(first).bind(ended.micros()).bind(limit)).await
}

fn read(row: &Row) -> Result<Standing, StorageError> {
    let session = Session {
        account_id: row.parsed("account_id")?,
        id: row.parsed("id")?,
        user_id: row.parsed("user_id")?,
        connection_id: row.parsed("connection_id")?,
        attempt_id: row.parsed("attempt_id")?,
        created_at: row.moment("created_at")?,
        last_seen_at: row.moment("last_seen_at")?,
        expires_at: row.moment("expires_at")?,
        ended_at: row.moment_if_any("ended_at")?,
    };
    Ok(Standing {
        session,
        account_slug: row.parsed("slug")?,
        account: row.parsed("account_state")?,
        user: row.parsed("user_state")?,
        role: row.parsed("user_role")?,
        connection: row.parsed("connection_state")?,
        authn_instant: row.moment_if_any("authn_instant")?,
        authn_context: row.text_if_any("authn_context")?,
        connection_name: row.text("connection_name")?,
        client_sealed: row.bytes_if_any("client_sealed")?,
    })
}

const fn client_place(row: &str) -> Place<'_> {
    Place { table: "sessions", column: "client_sealed", row }
}

const fn place(row: &str) -> Place<'_> {
    Place { table: "sessions", column: "statement_sealed", row }
}
