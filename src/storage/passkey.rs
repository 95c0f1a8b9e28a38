//! Passkeys of owners and operators. What is needed to verify them is sealed.

use zeroize::Zeroizing;

use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::id::{AccountId, OperatorId, PasskeyId, UserId};
use crate::base::{Instant, Rng};

/// Whose passkeys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// A person's.
    User(AccountId, UserId),
    /// An operator's.
    Operator(OperatorId),
}

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Whose.
    pub whose: Whose,
    /// Its id.
    pub id: PasskeyId,
    /// SHA-256 of the credential's id.
    pub credential_key: [u8; 32],
    /// What it is verified with; sealed.
    pub credential: Zeroizing<Vec<u8>>,
    /// What its owner calls it.
    pub name: String,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was used last.
    pub last_used_at: Option<Instant>,
}

impl Whose {
    /// Whose keys seal it.
    #[must_use]
    pub const fn account(self) -> Option<AccountId> {
        match self {
            Self::User(account, _) => Some(account),
            Self::Operator(_) => None,
        }
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT p.account_id, p.id, p.user_id, p.operator_id, p.credential_key, p.credential_sealed, p.name,
    p.created_at, p.last_used_at FROM passkeys p ",
            $rest
        )
    };
}

/// Those that let somebody in: of owners who are not shut out.
const LIST_OF_OWNERS: &str = select!(
    "JOIN users u ON u.account_id = p.account_id AND u.id = p.user_id
    WHERE p.account_id = $1 AND u.role = 'owner' AND u.state = 'active' ORDER BY p.id"
);
const LIST_OF_OPERATORS: &str = select!(
    "JOIN operators o ON o.id = p.operator_id WHERE p.account_id IS NULL AND o.state = 'active' ORDER BY p.id"
);
const LIST_OF_USER: &str = select!("WHERE p.account_id = $1 AND p.user_id = $2 ORDER BY p.id");
const LIST_OF_OPERATOR: &str = select!("WHERE p.operator_id = $1 ORDER BY p.id");
const INSERT: &str =
    "INSERT INTO passkeys (account_id, id, user_id, operator_id, credential_key, credential_sealed, name, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (credential_key) DO NOTHING";
const UPDATE_USED: &str = "UPDATE passkeys SET credential_sealed = $2, last_used_at = $3 WHERE id = $1";
const DELETE_OF_USER: &str = "DELETE FROM passkeys WHERE account_id = $1 AND user_id = $2 AND id = $3";
const DELETE_OF_OPERATOR: &str = "DELETE FROM passkeys WHERE operator_id = $1 AND id = $2";
const INSERT_CHALLENGE: &str =
    "INSERT INTO used_challenges (challenge_hash, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
const DELETE_OLD_CHALLENGES: &str = "DELETE FROM used_challenges WHERE challenge_hash IN
    (SELECT challenge_hash FROM used_challenges WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";

/// The passkeys that let somebody in: of an account's owners, or of operators.
///
/// # Errors
/// [`StorageError`].
pub async fn list_letting_in(
    tx: &mut Tx,
    account: Option<AccountId>,
    keys: &AccountKeys,
) -> Result<Vec<Passkey>, StorageError> {
    let list = match account {
        Some(account) => query(LIST_OF_OWNERS).bind(account.to_string()),
        None => query(LIST_OF_OPERATORS),
    };
    tx.fetch_all(list).await?.iter().map(|row| read(row, keys)).collect()
}

/// Somebody's passkeys, oldest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list(tx: &mut Tx, whose: Whose, keys: &AccountKeys) -> Result<Vec<Passkey>, StorageError> {
    let list = match whose {
        Whose::User(account, user) => query(LIST_OF_USER).bind(account.to_string()).bind(user.to_string()),
        Whose::Operator(operator) => query(LIST_OF_OPERATOR).bind(operator.to_string()),
    };
    tx.fetch_all(list).await?.iter().map(|row| read(row, keys)).collect()
}

/// Adds a passkey; `false` when that credential is somebody's already.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(tx: &mut Tx, new: &Passkey, keys: &AccountKeys, rng: &Rng) -> Result<bool, StorageError> {
    let id = new.id.to_string();
    let (user, operator) = match new.whose {
        Whose::User(_, user) => (Some(user.to_string()), None),
        Whose::Operator(operator) => (None, Some(operator.to_string())),
    };
    let insert = query(INSERT)
        .bind(new.whose.account().map(|id| id.to_string()))
        .bind(id.as_str())
        .bind(user)
        .bind(operator)
        .bind(new.credential_key.as_slice())
        .bind(keys.seal(place(&id), &new.credential, rng)?)
        .bind(new.name.as_str())
        .bind(new.created_at.micros());
    Ok(tx.execute(insert).await? == 1)
}

/// Remembers that a passkey was used, and what it counts.
///
/// # Errors
/// [`StorageError`].
pub async fn update_used(
    tx: &mut Tx,
    (id, credential): (PasskeyId, &[u8]),
    keys: &AccountKeys,
    (now, rng): (Instant, &Rng),
) -> Result<(), StorageError> {
    let id = id.to_string();
    let sealed = keys.seal(place(&id), credential, rng)?;
    tx.execute(query(UPDATE_USED).bind(id.as_str()).bind(sealed).bind(now.micros())).await.map(drop)
}

/// Takes a passkey away; `false` when it is none of theirs.
///
/// # Errors
/// [`StorageError`].
pub async fn delete(tx: &mut Tx, whose: Whose, id: PasskeyId) -> Result<bool, StorageError> {
    let delete = match whose {
        Whose::User(account, user) => query(DELETE_OF_USER).bind(account.to_string()).bind(user.to_string()),
        Whose::Operator(operator) => query(DELETE_OF_OPERATOR).bind(operator.to_string()),
    };
    Ok(tx.execute(delete.bind(id.to_string())).await? == 1)
}

/// Uses up what a passkey was asked; `false` when it was answered before.
///
/// # Errors
/// [`StorageError`].
pub async fn insert_challenge(
    tx: &mut Tx,
    hash: [u8; 32],
    expires_at: Instant,
) -> Result<bool, StorageError> {
    Ok(tx.execute(query(INSERT_CHALLENGE).bind(hash.as_slice()).bind(expires_at.micros())).await? == 1)
}

/// Drops used questions that could no longer be answered anyway.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old_challenges(tx: &mut Tx, before: Instant, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD_CHALLENGES).bind(before.micros()).bind(limit)).await
}

fn read(row: &Row, keys: &AccountKeys) -> Result<Passkey, StorageError> {
    let id: PasskeyId = row.parsed("id")?;
    let user: Option<UserId> = row.parsed_if_any("user_id")?;
    let account: Option<AccountId> = row.parsed_if_any("account_id")?;
    let whose = match (account.zip(user), row.parsed_if_any("operator_id")?) {
        (Some((account, user)), None) => Whose::User(account, user),
        (None, Some(operator)) => Whose::Operator(operator),
        _ => return Err(StorageError::Corrupt("passkeys.user_id")),
    };
    let credential_key = row.bytes("credential_key")?.try_into();
    Ok(Passkey {
        whose,
        id,
        credential_key: credential_key.map_err(|_| StorageError::Corrupt("credential_key"))?,
        credential: keys.open(place(&id.to_string()), &row.bytes("credential_sealed")?)?,
        name: row.text("name")?,
        created_at: row.moment("created_at")?,
        last_used_at: row.moment_if_any("last_used_at")?,
    })
}

const fn place(row: &str) -> Place<'_> {
    Place { table: "passkeys", column: "credential_sealed", row }
}
