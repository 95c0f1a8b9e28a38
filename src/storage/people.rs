//! The users of an account as administrators see them: page by page, with what leads to them; and how they are erased.
//!
//! What a sign-in needs of a user is [`super::user`].

use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::query;
use super::user::{User, sealed_user};
use super::{StorageError, Tx};
use crate::base::Instant;
use crate::base::caller::Role;
use crate::base::id::{AccountId, AttemptId, ConnectionId, UserId};
use crate::directory::email::lookup_form;
use crate::directory::state::{Outcome, UserState};

/// A user with when they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// They.
    pub user: User,
    /// Since when they are known.
    pub created_at: Instant,
    /// When they changed last.
    pub updated_at: Instant,
}

/// Something that leads to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// By which connection.
    pub connection_id: ConnectionId,
    /// The subject source.
    pub source: String,
    /// What the identity provider calls them.
    pub value: String,
    /// Since when.
    pub created_at: Instant,
}

const LIST: &str =
    "SELECT id, external_id, state, role, profile_sealed, version, created_at, updated_at FROM users
    WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3";
const LIST_IN_STATE: &str =
    "SELECT id, external_id, state, role, profile_sealed, version, created_at, updated_at FROM users
    WHERE account_id = $1 AND id > $2 AND state = $4 ORDER BY id LIMIT $3";
/// Not for members, who are nearly everybody and in no index of their own.
const LIST_OF_ROLE: &str =
    "SELECT id, external_id, state, role, profile_sealed, version, created_at, updated_at FROM users
    WHERE account_id = $1 AND id > $2 AND role = $4 AND role <> 'member' AND ($5 = '' OR state = $5)
    ORDER BY id LIMIT $3";
const LIST_MEMBERS: &str =
    "SELECT id, external_id, state, role, profile_sealed, version, created_at, updated_at FROM users
    WHERE account_id = $1 AND id > $2 AND role = 'member' AND ($4 = '' OR state = $4) ORDER BY id LIMIT $3";
const LIST_BY_EMAIL: &str =
    "SELECT id, external_id, state, role, profile_sealed, version, created_at, updated_at FROM users
    WHERE account_id = $1 AND email_key = $4 AND id > $2 AND ($5 = '' OR state = $5) AND ($6 = '' OR role = $6)
    ORDER BY id LIMIT $3";
const IS_OF_OWNER: &str =
    "SELECT i.id FROM users u JOIN identities i ON i.account_id = u.account_id AND i.user_id = u.id
    WHERE u.account_id = $1 AND u.role = 'owner' AND i.connection_id = $2 LIMIT 1";
const FIND: &str =
    "SELECT id, external_id, state, role, profile_sealed, version, created_at, updated_at FROM users
    WHERE account_id = $1 AND id = $2";
const LIST_OWNERS: &str =
    "SELECT id, external_id, state, role, profile_sealed, version, created_at, updated_at FROM users
    WHERE account_id = $1 AND role = 'owner' AND state = 'active' ORDER BY id";
const LIST_OWNERS_OF_ANY_STATE: &str =
    "SELECT id, external_id, state, role, profile_sealed, version, created_at, updated_at FROM users
    WHERE account_id = $1 AND role = 'owner' ORDER BY id";
const LIST_IDENTITIES: &str = "SELECT id, connection_id, source, value_sealed, created_at FROM identities
    WHERE account_id = $1 AND user_id = $2 ORDER BY id";
const LAST_SIGN_IN: &str =
    "SELECT MAX(created_at) AS at FROM sessions WHERE account_id = $1 AND user_id = $2";
const LIST_ATTEMPTS: &str = "SELECT id, user_id, outcome FROM attempts
    WHERE account_id = $1 AND connection_id = $2 AND id > $3 ORDER BY id LIMIT $4";
const COUNT_HELD: &str = "SELECT
    (SELECT COUNT(*) FROM identities WHERE account_id = $1 AND user_id = $2) AS identities,
    (SELECT COUNT(*) FROM sessions WHERE account_id = $1 AND user_id = $2) AS sessions,
    (SELECT COUNT(*) FROM console_sessions WHERE account_id = $1 AND user_id = $2) AS console_sessions,
    (SELECT COUNT(*) FROM passkeys WHERE account_id = $1 AND user_id = $2) AS passkeys,
    (SELECT COUNT(*) FROM links WHERE account_id = $1 AND user_id = $2) AS links,
    (SELECT COUNT(*) FROM sessions s CROSS JOIN attempt_messages m
        WHERE s.account_id = $1 AND s.user_id = $2 AND m.account_id = s.account_id
        AND m.attempt_id = s.attempt_id) AS messages";
const DELETE_SESSIONS: &str = "DELETE FROM sessions WHERE account_id = $1 AND user_id = $2";
const DELETE_IDENTITIES: &str = "DELETE FROM identities WHERE account_id = $1 AND user_id = $2";
const DELETE_CONSOLE_SESSIONS: &str = "DELETE FROM console_sessions WHERE account_id = $1 AND user_id = $2";
const DELETE_PASSKEYS: &str = "DELETE FROM passkeys WHERE account_id = $1 AND user_id = $2";
const DELETE_LINKS: &str = "DELETE FROM links WHERE account_id = $1 AND user_id = $2";
const DELETE: &str = "DELETE FROM users WHERE account_id = $1 AND id = $2";

/// Which users.
#[derive(Debug, Clone, Default)]
pub struct Filter<'a> {
    /// Those in this state.
    pub state: Option<UserState>,
    /// Those with this role.
    pub role: Option<Role>,
    /// Those with this address.
    pub email: Option<&'a str>,
}

/// At most `limit` users after `after`, oldest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    account: AccountId,
    filter: &Filter<'_>,
    (after, limit): (Option<UserId>, i64),
    keys: &AccountKeys,
) -> Result<Vec<Listed>, StorageError> {
    let page = |sql: &'static str| {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        query(sql).bind(account.to_string()).bind(after).bind(limit)
    };
    let state = filter.state.map(UserState::name).unwrap_or_default();
    let select = match (filter.email, filter.role, filter.state) {
        (Some(email), role, _) => {
            let key = keys.lookup("users.email", lookup_form(email).as_bytes())?;
            page(LIST_BY_EMAIL).bind(key).bind(state).bind(role.map(Role::name).unwrap_or_default())
        }
        (None, Some(Role::Member), _) => page(LIST_MEMBERS).bind(state),
        (None, Some(role), _) => page(LIST_OF_ROLE).bind(role.name()).bind(state),
        (None, None, Some(_)) => page(LIST_IN_STATE).bind(state),
        (None, None, None) => page(LIST),
    };
    tx.fetch_all(select).await?.iter().map(|row| read(row, keys)).collect()
}

/// The user of that id.
///
/// # Errors
/// [`StorageError`].
pub async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: UserId,
    keys: &AccountKeys,
) -> Result<Option<Listed>, StorageError> {
    let row = tx.fetch_optional(query(FIND).bind(account.to_string()).bind(id.to_string())).await?;
    row.map(|row| read(&row, keys)).transpose()
}

/// What leads to a user, oldest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list_identities(
    tx: &mut Tx,
    account: AccountId,
    id: UserId,
    keys: &AccountKeys,
) -> Result<Vec<Identity>, StorageError> {
    let rows = tx.fetch_all(query(LIST_IDENTITIES).bind(account.to_string()).bind(id.to_string())).await?;
    let read = |row: &Row| {
        let id = row.text("id")?;
        let place = Place { table: "identities", column: "value_sealed", row: &id };
        let value = keys.open(place, &row.bytes("value_sealed")?)?;
        Ok(Identity {
            connection_id: row.parsed("connection_id")?,
            source: row.text("source")?,
            value: String::from_utf8_lossy(&value).into_owned(),
            created_at: row.moment("created_at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// When a user signed in last, as far as sessions are kept.
///
/// # Errors
/// [`StorageError`].
pub async fn last_sign_in(
    tx: &mut Tx,
    account: AccountId,
    id: UserId,
) -> Result<Option<Instant>, StorageError> {
    tx.fetch_one(query(LAST_SIGN_IN).bind(account.to_string()).bind(id.to_string()))
        .await?
        .moment_if_any("at")
}

/// Some attempts by a connection.
#[derive(Debug, Default)]
pub struct Portion {
    /// Those by which a user signed in.
    pub theirs: Vec<AttemptId>,
    /// What was refused and led to the user. What was sent need not be theirs: somebody may have come with their address.
    pub refused: Vec<AttemptId>,
    /// The others by which nobody signed in: tests, what was refused, whomever it led to, what came unasked.
    pub unnamed: Vec<AttemptId>,
    /// The last of all of them, if there are any.
    pub last: Option<AttemptId>,
}

/// The `limit` attempts by a connection after `after`, as far as they may be about a user. No index leads from people to
/// attempts: every sign-in would pay for it.
///
/// # Errors
/// [`StorageError`].
pub async fn list_attempts(
    tx: &mut Tx,
    (account, connection): (AccountId, ConnectionId),
    id: UserId,
    (after, limit): (Option<AttemptId>, i64),
) -> Result<Portion, StorageError> {
    let select = query(LIST_ATTEMPTS)
        .bind(account.to_string())
        .bind(connection.to_string())
        .bind(after.map(|id| id.to_string()).unwrap_or_default())
        .bind(limit);
    let mut portion = Portion::default();
    for row in tx.fetch_all(select).await? {
        let attempt = row.parsed("id")?;
        let user: Option<UserId> = row.parsed_if_any("user_id")?;
        let is_refused = row.parsed::<Outcome>("outcome")? == Outcome::Refused;
        let of = match user {
            Some(user) if user == id && is_refused => Some(&mut portion.refused),
            Some(user) if user == id => Some(&mut portion.theirs),
            Some(_) if !is_refused => None,
            _ => Some(&mut portion.unnamed),
        };
        if let Some(of) = of {
            of.push(attempt);
        }
        portion.last = Some(attempt);
    }
    Ok(portion)
}

/// The owners of an account who may sign in.
///
/// # Errors
/// [`StorageError`].
pub async fn list_owners(
    tx: &mut Tx,
    account: AccountId,
    keys: &AccountKeys,
) -> Result<Vec<Listed>, StorageError> {
    tx.fetch_all(query(LIST_OWNERS).bind(account.to_string()))
        .await?
        .iter()
        .map(|row| read(row, keys))
        .collect()
}

/// The addresses that owners of an account are known by, entered or given, in the form in which addresses are compared. Those
/// of owners who are disabled too: whoever enables them makes owners of them again, and their address is nobody's meanwhile.
///
/// # Errors
/// [`StorageError`].
pub async fn list_owner_addresses(
    tx: &mut Tx,
    account: AccountId,
    keys: &AccountKeys,
) -> Result<Vec<(UserId, String)>, StorageError> {
    let mut addresses = Vec::new();
    for row in tx.fetch_all(query(LIST_OWNERS_OF_ANY_STATE).bind(account.to_string())).await? {
        let User { id, profile, .. } = read(&row, keys)?.user;
        let known = profile.email.into_iter().chain(profile.entered_email);
        addresses.extend(known.map(|email| (id, lookup_form(&email))));
    }
    Ok(addresses)
}

/// Whether an owner of the account signs in by that connection.
///
/// # Errors
/// [`StorageError`].
pub async fn is_of_owner(
    tx: &mut Tx,
    account: AccountId,
    connection: ConnectionId,
) -> Result<bool, StorageError> {
    let select = query(IS_OF_OWNER).bind(account.to_string()).bind(connection.to_string());
    Ok(tx.fetch_optional(select).await?.is_some())
}

/// How many rows are about a user, beside the user and their attempts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    /// What leads to them.
    pub identities: u64,
    /// Their sessions, those that ended too.
    pub sessions: u64,
    /// Their sessions of the console.
    pub console_sessions: u64,
    /// Their passkeys.
    pub passkeys: u64,
    /// Links that were made for them.
    pub links: u64,
}

/// How many rows there are about a user, and how many messages they signed in with, as far as their sessions are kept.
///
/// # Errors
/// [`StorageError`].
pub async fn count_held(tx: &mut Tx, account: AccountId, id: UserId) -> Result<(Held, u64), StorageError> {
    let row = tx.fetch_one(query(COUNT_HELD).bind(account.to_string()).bind(id.to_string())).await?;
    let number = |column| row.number(column).map(i64::unsigned_abs);
    let held = Held {
        identities: number("identities")?,
        sessions: number("sessions")?,
        console_sessions: number("console_sessions")?,
        passkeys: number("passkeys")?,
        links: number("links")?,
    };
    Ok((held, number("messages")?))
}

/// Deletes a user with their sessions and what leads to them; how many rows went beside theirs. Their attempts stay, with
/// the id of nobody.
///
/// # Errors
/// [`StorageError`].
pub async fn delete(tx: &mut Tx, account: AccountId, id: UserId) -> Result<Held, StorageError> {
    let (account, id) = (account.to_string(), id.to_string());
    let of = |sql: &'static str| query(sql).bind(account.as_str()).bind(id.as_str());
    let held = Held {
        sessions: tx.execute(of(DELETE_SESSIONS)).await?,
        console_sessions: tx.execute(of(DELETE_CONSOLE_SESSIONS)).await?,
        passkeys: tx.execute(of(DELETE_PASSKEYS)).await?,
        links: tx.execute(of(DELETE_LINKS)).await?,
        identities: tx.execute(of(DELETE_IDENTITIES)).await?,
    };
    tx.execute(of(DELETE)).await?;
    Ok(held)
}

fn read(row: &Row, keys: &AccountKeys) -> Result<Listed, StorageError> {
    Ok(Listed {
        user: sealed_user(row)?.open(keys)?,
        created_at: row.moment("created_at")?,
        updated_at: row.moment("updated_at")?,
    })
}
