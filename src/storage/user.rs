//! Users and the identities that lead to them.

use super::many::{Many, count};
use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::{Sql, query};
use super::{StorageError, Tx};
use crate::base::caller::Role;
use crate::base::id::{AccountId, ConnectionId, IdentityId, UserId};
use crate::base::{Instant, Rng};
use crate::directory::email::lookup_form;
use crate::directory::mapping::Profile;
use crate::directory::state::UserState;

/// A person in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// The platform's own id for them.
    pub external_id: Option<String>,
    /// Whether they may sign in.
    pub state: UserState,
    /// What they may do.
    pub role: Role,
    /// What is known of them; sealed.
    pub profile: Profile,
    /// Counts every change that a sign-in depends on; 1 for a new one.
    pub version: i64,
}

/// What is compared to find the user of a statement.
#[derive(Debug, Clone, Copy)]
pub struct IdentityKey<'a> {
    /// The connection that it holds for.
    pub connection: ConnectionId,
    /// The subject source.
    pub source: &'a str,
    /// What is compared; stored as a keyed hash.
    pub value: &'a [u8],
}

impl IdentityKey<'_> {
    /// The keyed hash under which it is found.
    ///
    /// # Errors
    /// [`StorageError::Seal`].
    pub fn lookup(&self, keys: &AccountKeys) -> Result<Vec<u8>, StorageError> {
        Ok(keys.lookup("identities.value", self.value)?)
    }
}

/// Locked where writers run side by side: a change that comes now waits for this commit, or this commit sees it.
macro_rules! current {
    ($lock:literal) => {
        concat!(
            ") SELECT u.id FROM known JOIN users u ON u.account_id = known.account_id AND u.id = known.user_id
    WHERE u.version = known.version AND u.state = 'active'",
            $lock
        )
    };
}

const ACCOUNT_OF: &str = "SELECT account_id FROM users WHERE id = $1";
const FIND: &str = "SELECT id, external_id, state, role, profile_sealed, version FROM users WHERE account_id = $1 AND id = $2";
const LOCK: Sql = Sql::Each {
    sqlite: "SELECT id FROM users WHERE account_id = $1 AND id = $2",
    postgres: "SELECT id FROM users WHERE account_id = $1 AND id = $2 FOR UPDATE",
};
const FIND_BY_EXTERNAL_ID: &str = "SELECT id FROM users WHERE account_id = $1 AND external_id = $2";
const LIST_BY_EMAIL: &str =
    "SELECT id FROM users WHERE account_id = $1 AND email_key = $2 ORDER BY id LIMIT $3";
const HAS_IDENTITY: &str =
    "SELECT id FROM identities WHERE account_id = $1 AND user_id = $2 AND connection_id = $3
    AND source = $4 LIMIT 1";
const HAS_WAY: &str = "SELECT i.id FROM identities i
    JOIN connections c ON c.account_id = i.account_id AND c.id = i.connection_id
    WHERE i.account_id = $1 AND i.user_id = $2 AND c.state <> 'retired'
    UNION ALL SELECT p.id FROM passkeys p JOIN users u ON u.account_id = p.account_id AND u.id = p.user_id
    WHERE p.account_id = $1 AND p.user_id = $2 AND u.role <> 'owner' LIMIT 1";
const LIST_CONNECTIONS: &str = "SELECT DISTINCT connection_id FROM identities
    WHERE account_id = $1 AND user_id = $2 ORDER BY connection_id";
const INSERT: &str = "INSERT INTO users
    (account_id, id, external_id, state, role, profile_sealed, email_key, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)";
const DELETE_EXTERNAL_IDS: &str = "UPDATE users SET external_id = NULL WHERE id IN (
    SELECT u.id FROM accounts a JOIN users u ON u.account_id = a.id AND u.external_id IS NOT NULL
    WHERE a.state = 'deleted' LIMIT $1)";
const UPDATE: &str =
    "UPDATE users SET external_id = $3, state = $4, role = $5, profile_sealed = $6, email_key = $7,
    updated_at = $8, version = version + 1 WHERE account_id = $1 AND id = $2 AND version = $9";
/// At a sign-in: what is known of them does not decide about others' sign-ins, so the version stays. That an identity leads
/// to them does.
const UPDATE_SIGNED_IN: &str =
    "UPDATE users SET external_id = $4, role = $5, profile_sealed = $6, email_key = $7, updated_at = $8,
    version = version + $9 WHERE account_id = $1 AND id = $2 AND version = $3";
static INSERT_NEW: Many = Many::new(
    "INSERT INTO users
    (account_id, id, external_id, state, role, profile_sealed, email_key, created_at, updated_at)",
    9,
    " ON CONFLICT DO NOTHING",
);
static INSERT_IDENTITIES: Many = Many::new(
    "INSERT INTO identities
    (account_id, id, connection_id, source, value_key, value_sealed, user_id, created_at)",
    8,
    " ON CONFLICT DO NOTHING",
);
static CURRENT: Many = Many::new("WITH known (account_id, user_id, version) AS (", 3, current!(""))
    .with_postgres_tail(current!(" FOR SHARE OF u"));

/// Whose user that is.
///
/// # Errors
/// [`StorageError`].
pub async fn account_of(tx: &mut Tx, id: UserId) -> Result<Option<AccountId>, StorageError> {
    let row = tx.fetch_optional(query(ACCOUNT_OF).bind(id.to_string())).await?;
    row.map(|row| row.parsed("account_id")).transpose()
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
) -> Result<Option<User>, StorageError> {
    let select = query(FIND).bind(account.to_string()).bind(id.to_string());
    let read = |row: Row| sealed_user(&row)?.open(keys);
    tx.fetch_optional(select).await?.map(read).transpose()
}

/// Keeps sign-ins and others from changing a user until the transaction ends; what is read of them from then on holds.
/// On `SQLite`, whoever writes is alone anyway.
///
/// # Errors
/// [`StorageError`].
pub async fn lock(tx: &mut Tx, account: AccountId, id: UserId) -> Result<(), StorageError> {
    tx.fetch_optional(query(LOCK).bind(account.to_string()).bind(id.to_string())).await.map(drop)
}

/// Adds a user.
///
/// # Errors
/// [`StorageError::Exists`] for a taken external id.
pub async fn insert(
    tx: &mut Tx,
    account: AccountId,
    user: &User,
    keys: &AccountKeys,
    (now, rng): (Instant, &Rng),
) -> Result<(), StorageError> {
    let (profile, email_key) = sealed(user.id, &user.profile, keys, rng)?;
    let insert = query(INSERT)
        .bind(account.to_string())
        .bind(user.id.to_string())
        .bind(user.external_id.as_deref())
        .bind(user.state.name())
        .bind(user.role.name())
        .bind(profile)
        .bind(email_key)
        .bind(now.micros());
    tx.execute(insert).await?;
    Ok(())
}

/// Writes what a user is now; `false` when somebody else has changed them since they were read. Who has not changed is
/// not written.
///
/// # Errors
/// [`StorageError::Exists`] for a taken external id.
pub async fn update(
    tx: &mut Tx,
    account: AccountId,
    user: &User,
    keys: &AccountKeys,
    (now, rng): (Instant, &Rng),
) -> Result<bool, StorageError> {
    let (profile, email_key) = sealed(user.id, &user.profile, keys, rng)?;
    let update = query(UPDATE)
        .bind(account.to_string())
        .bind(user.id.to_string())
        .bind(user.external_id.as_deref())
        .bind(user.state.name())
        .bind(user.role.name())
        .bind(profile)
        .bind(email_key)
        .bind(now.micros())
        .bind(user.version);
    Ok(tx.execute(update).await? == 1)
}

/// The user with the platform's own id.
///
/// # Errors
/// [`StorageError`].
pub async fn find_by_external_id(
    tx: &mut Tx,
    account: AccountId,
    external_id: &str,
    keys: &AccountKeys,
) -> Result<Option<User>, StorageError> {
    let select = query(FIND_BY_EXTERNAL_ID).bind(account.to_string()).bind(external_id);
    match tx.fetch_optional(select).await? {
        None => Ok(None),
        Some(row) => find(tx, account, row.parsed("id")?, keys).await,
    }
}

/// At most `limit` users who have that email address.
///
/// # Errors
/// [`StorageError`].
pub async fn list_by_email(
    tx: &mut Tx,
    account: AccountId,
    (email, limit): (&str, i64),
    keys: &AccountKeys,
) -> Result<Vec<User>, StorageError> {
    let key = keys.lookup("users.email", lookup_form(email).as_bytes())?;
    let rows = tx.fetch_all(query(LIST_BY_EMAIL).bind(account.to_string()).bind(key).bind(limit)).await?;
    let mut users = Vec::new();
    for row in rows {
        users.extend(find(tx, account, row.parsed("id")?, keys).await?);
    }
    Ok(users)
}

/// Whether some identity of that connection and source leads to the user.
///
/// # Errors
/// [`StorageError`].
pub async fn has_identity(
    tx: &mut Tx,
    account: AccountId,
    user: UserId,
    (connection, source): (ConnectionId, &str),
) -> Result<bool, StorageError> {
    let select = query(HAS_IDENTITY).bind(account.to_string()).bind(user.to_string());
    Ok(tx.fetch_optional(select.bind(connection.to_string()).bind(source)).await?.is_some())
}

/// Whether an identity leads to the user by which anybody comes, or could again: not one of a connection that was retired,
/// which ended the sessions of whoever came by it, and is for good. So is a passkey that somebody kept who is an owner no
/// more, from before these ended with that.
///
/// # Errors
/// [`StorageError`].
pub async fn has_way(tx: &mut Tx, account: AccountId, user: UserId) -> Result<bool, StorageError> {
    let select = query(HAS_WAY).bind(account.to_string()).bind(user.to_string());
    Ok(tx.fetch_optional(select).await?.is_some())
}

/// The connections whose identities lead to the user, oldest first; retired ones too.
///
/// # Errors
/// [`StorageError`].
pub async fn list_connections(
    tx: &mut Tx,
    account: AccountId,
    user: UserId,
) -> Result<Vec<ConnectionId>, StorageError> {
    let select = query(LIST_CONNECTIONS).bind(account.to_string()).bind(user.to_string());
    tx.fetch_all(select).await?.iter().map(|row| row.parsed("connection_id")).collect()
}

/// A user as a sign-in finds them.
#[derive(Debug)]
pub struct SealedUser {
    id: UserId,
    version: i64,
    external_id: Option<String>,
    state: UserState,
    role: Role,
    profile_sealed: Vec<u8>,
}

/// Reads a user's columns.
pub(super) fn sealed_user(row: &Row) -> Result<SealedUser, StorageError> {
    Ok(SealedUser {
        id: row.parsed("id")?,
        version: row.number("version")?,
        external_id: row.text_if_any("external_id")?,
        state: row.parsed("state")?,
        role: row.parsed("role")?,
        profile_sealed: row.bytes("profile_sealed")?,
    })
}

impl SealedUser {
    /// With what is sealed.
    ///
    /// # Errors
    /// [`StorageError::Seal`], [`StorageError::Corrupt`].
    pub fn open(self, keys: &AccountKeys) -> Result<User, StorageError> {
        let profile = keys.open(profile_place(&self.id.to_string()), &self.profile_sealed)?;
        Ok(User {
            id: self.id,
            external_id: self.external_id,
            state: self.state,
            role: self.role,
            profile: serde_json::from_slice(&profile).map_err(|_| StorageError::Corrupt("profile_sealed"))?,
            version: self.version,
        })
    }
}

/// What a sign-in writes of a person.
pub struct PersonRows {
    /// Whose account.
    pub account: AccountId,
    /// Who.
    pub user: UserId,
    /// The version of a user who is known.
    pub known: Option<i64>,
    /// Whether an identity leads to a user who is known from now on: whoever else would tie one to them at the same moment
    /// decides anew.
    pub is_linked: bool,
    /// A user who is new.
    pub made: Option<UserRow>,
    /// A user who is known and has changed.
    pub changed: Option<UserRow>,
    /// An identity that is new.
    pub identity: Option<IdentityRow>,
}

/// A user as they are written.
pub struct UserRow {
    id: String,
    external_id: Option<String>,
    state: UserState,
    role: Role,
    profile_sealed: Vec<u8>,
    email_key: Option<Vec<u8>>,
    now: Instant,
}

/// A new identity as it is written.
pub struct IdentityRow {
    id: String,
    connection_id: String,
    source: String,
    pub(super) value_key: Vec<u8>,
    value_sealed: Vec<u8>,
    now: Instant,
}

/// The row of a user who is new or has changed.
///
/// # Errors
/// [`StorageError::Seal`].
pub fn user_row(
    user: &User,
    keys: &AccountKeys,
    (now, rng): (Instant, &Rng),
) -> Result<UserRow, StorageError> {
    let (profile_sealed, email_key) = sealed(user.id, &user.profile, keys, rng)?;
    let (external_id, state, role) = (user.external_id.clone(), user.state, user.role);
    Ok(UserRow { id: user.id.to_string(), external_id, state, role, profile_sealed, email_key, now })
}

/// The row of a new identity; `shown` is what people see of it.
///
/// # Errors
/// [`StorageError::Seal`].
pub fn identity_row(
    (key, shown): (IdentityKey<'_>, &str),
    keys: &AccountKeys,
    (now, rng): (Instant, &Rng),
) -> Result<IdentityRow, StorageError> {
    let id = IdentityId::make(now, rng).to_string();
    let place = Place { table: "identities", column: "value_sealed", row: &id };
    Ok(IdentityRow {
        value_sealed: keys.seal(place, shown.as_bytes(), rng)?,
        value_key: key.lookup(keys)?,
        connection_id: key.connection.to_string(),
        source: key.source.to_owned(),
        id,
        now,
    })
}

/// Adds and changes users and adds identities; `false` when one of the new ones is there already, or one that is known
/// has changed.
pub(super) async fn write_many(tx: &mut Tx, people: &[&PersonRows]) -> Result<bool, StorageError> {
    let made = people.iter().filter_map(|person| Some((person.account, person.made.as_ref()?)));
    let made: Vec<_> = made.collect();
    let inserted = INSERT_NEW.execute(tx, &made, |(account, row), query| {
        query
            .bind(account.to_string())
            .bind(&row.id)
            .bind(row.external_id.as_deref())
            .bind(row.state.name())
            .bind(row.role.name())
            .bind(row.profile_sealed.as_slice())
            .bind(row.email_key.as_deref())
            .bind(row.now.micros())
            .bind(row.now.micros())
    });
    if inserted.await? != count(&made) {
        return Ok(false);
    }
    for person in people {
        if !update_signed_in(tx, person).await? {
            return Ok(false);
        }
    }
    let identities = people.iter().filter_map(|person| Some((person, person.identity.as_ref()?)));
    let identities: Vec<_> = identities.collect();
    let inserted = INSERT_IDENTITIES.execute(tx, &identities, |(person, row), query| {
        query
            .bind(person.account.to_string())
            .bind(&row.id)
            .bind(&row.connection_id)
            .bind(&row.source)
            .bind(row.value_key.as_slice())
            .bind(row.value_sealed.as_slice())
            .bind(person.user.to_string())
            .bind(row.now.micros())
    });
    Ok(inserted.await? == count(&identities))
}

/// `false` when they are not as they were any more, or somebody else has got their external id.
async fn update_signed_in(tx: &mut Tx, person: &PersonRows) -> Result<bool, StorageError> {
    let (Some(version), Some(row)) = (person.known, &person.changed) else { return Ok(true) };
    let update = query(UPDATE_SIGNED_IN)
        .bind(person.account.to_string())
        .bind(&row.id)
        .bind(version)
        .bind(row.external_id.as_deref())
        .bind(row.role.name())
        .bind(row.profile_sealed.as_slice())
        .bind(row.email_key.as_deref())
        .bind(row.now.micros())
        .bind(i64::from(person.is_linked));
    match tx.execute(update).await {
        Ok(updated) => Ok(updated == 1),
        Err(StorageError::Exists(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether those who are known are as they were when they were read, and may sign in.
pub(super) async fn are_current(tx: &mut Tx, people: &[&PersonRows]) -> Result<bool, StorageError> {
    let version = |person: &PersonRows| Some(person.known? + i64::from(person.is_linked));
    let known: Vec<_> =
        people.iter().filter_map(|person| Some((person.account, person.user, version(person)?))).collect();
    let found = CURRENT.fetch(tx, &known, |(account, user, version), query| {
        query.bind(account.to_string()).bind(user.to_string()).bind(*version)
    });
    Ok(found.await?.len() == known.len())
}

fn sealed(
    id: UserId,
    profile: &Profile,
    keys: &AccountKeys,
    rng: &Rng,
) -> Result<(Vec<u8>, Option<Vec<u8>>), StorageError> {
    let plain = serde_json::to_vec(profile).map_err(|_| StorageError::Corrupt("profile_sealed"))?;
    let email_key = profile.email_key().map(|email| keys.lookup("users.email", &email)).transpose()?;
    Ok((keys.seal(profile_place(&id.to_string()), &plain, rng)?, email_key))
}

/// Forgets what deleted accounts called their people, `limit` at most; how many it forgot.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_external_ids(tx: &mut Tx, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_EXTERNAL_IDS).bind(limit)).await
}

const fn profile_place(row: &str) -> Place<'_> {
    Place { table: "users", column: "profile_sealed", row }
}
