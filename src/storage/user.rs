//! Users and the identities that lead to them.

use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::id::{AccountId, ConnectionId, IdentityId, UserId};
use crate::base::{Instant, Rng};
use crate::directory::mapping::Profile;
use crate::directory::state::{Role, UserState};

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

const FIND: &str =
    "SELECT id, external_id, state, role, profile_sealed FROM users WHERE account_id = $1 AND id = $2";
const FIND_BY_EXTERNAL_ID: &str = "SELECT id FROM users WHERE account_id = $1 AND external_id = $2";
const INSERT: &str = "INSERT INTO users
    (account_id, id, external_id, state, role, profile_sealed, email_key, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)";
const UPDATE: &str =
    "UPDATE users SET external_id = $3, state = $4, role = $5, profile_sealed = $6, email_key = $7,
    updated_at = $8 WHERE account_id = $1 AND id = $2";
const FIND_IDENTITY: &str = "SELECT user_id FROM identities
    WHERE account_id = $1 AND connection_id = $2 AND source = $3 AND value_key = $4";
const INSERT_IDENTITY: &str = "INSERT INTO identities
    (account_id, id, connection_id, source, value_key, value_sealed, user_id, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

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
    let read = |row: Row| {
        let profile = keys.open(profile_place(&id.to_string()), &row.bytes("profile_sealed")?)?;
        Ok(User {
            id,
            external_id: row.text_if_any("external_id")?,
            state: row.parsed("state")?,
            role: row.parsed("role")?,
            profile: serde_json::from_slice(&profile).map_err(|_| StorageError::Corrupt("profile_sealed"))?,
        })
    };
    tx.fetch_optional(select).await?.map(read).transpose()
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

/// Writes what a user is now. Who has not changed is not written.
///
/// # Errors
/// [`StorageError::Exists`] for a taken external id.
pub async fn update(
    tx: &mut Tx,
    account: AccountId,
    user: &User,
    keys: &AccountKeys,
    (now, rng): (Instant, &Rng),
) -> Result<(), StorageError> {
    let (profile, email_key) = sealed(user.id, &user.profile, keys, rng)?;
    let update = query(UPDATE)
        .bind(account.to_string())
        .bind(user.id.to_string())
        .bind(user.external_id.as_deref())
        .bind(user.state.name())
        .bind(user.role.name())
        .bind(profile)
        .bind(email_key)
        .bind(now.micros());
    tx.execute(update).await?;
    Ok(())
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

/// The user behind an identity.
///
/// # Errors
/// [`StorageError`].
pub async fn find_by_identity(
    tx: &mut Tx,
    account: AccountId,
    key: IdentityKey<'_>,
    keys: &AccountKeys,
) -> Result<Option<User>, StorageError> {
    let select = query(FIND_IDENTITY)
        .bind(account.to_string())
        .bind(key.connection.to_string())
        .bind(key.source)
        .bind(keys.lookup("identities.value", key.value)?);
    match tx.fetch_optional(select).await? {
        None => Ok(None),
        Some(row) => find(tx, account, row.parsed("user_id")?, keys).await,
    }
}

/// Ties an identity to a user; `shown` is what people see of it.
///
/// # Errors
/// [`StorageError::Exists`] when it leads to somebody already.
pub async fn insert_identity(
    tx: &mut Tx,
    account: AccountId,
    (key, shown): (IdentityKey<'_>, &str),
    user: UserId,
    keys: &AccountKeys,
    (now, rng): (Instant, &Rng),
) -> Result<(), StorageError> {
    let id = IdentityId::make(now, rng).to_string();
    let place = Place { table: "identities", column: "value_sealed", row: &id };
    let value = keys.seal(place, shown.as_bytes(), rng)?;
    let insert = query(INSERT_IDENTITY)
        .bind(account.to_string())
        .bind(id)
        .bind(key.connection.to_string())
        .bind(key.source)
        .bind(keys.lookup("identities.value", key.value)?)
        .bind(value)
        .bind(user.to_string())
        .bind(now.micros());
    tx.execute(insert).await?;
    Ok(())
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

const fn profile_place(row: &str) -> Place<'_> {
    Place { table: "users", column: "profile_sealed", row }
}
