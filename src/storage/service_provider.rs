//! Service providers (who we are towards an identity provider) and their keys.

use zeroize::Zeroizing;

use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::id::{AccountId, ServiceProviderId, SpKeyId};
use crate::base::{Instant, Rng};
use crate::directory::state::{KeyPurpose, KeyState};

/// Who we are towards an identity provider. A contract: it stands in the identity provider's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceProvider {
    /// Its id.
    pub id: ServiceProviderId,
    /// Our entity ID.
    pub entity_id: String,
    /// Where responses are posted.
    pub acs_url: String,
    /// The path of that, where it is not the connection's own address but one of another product's, taken over: what
    /// arrives there is led to its connection.
    pub acs_path: Option<String>,
}

/// A key pair of a service provider.
#[derive(Debug)]
pub struct SpKey {
    /// Its id.
    pub id: SpKeyId,
    /// What it is for.
    pub purpose: KeyPurpose,
    /// Its state.
    pub state: KeyState,
    /// The certificate that we publish, DER.
    pub certificate: Vec<u8>,
    /// The private key.
    pub private: PrivatePem,
    /// Since when it is in its state.
    pub state_since: Instant,
}

/// A private key as PEM (PKCS#8): wiped when dropped, never printed.
pub struct PrivatePem(pub Zeroizing<Vec<u8>>);

impl std::fmt::Debug for PrivatePem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("PrivatePem")
    }
}

const FIND: &str = "SELECT id, entity_id, acs_url, acs_path FROM service_providers
    WHERE account_id = $1 AND id = $2";
const INSERT: &str =
    "INSERT INTO service_providers (account_id, id, entity_id, acs_url, acs_path, slo_url, created_at)
    VALUES ($1, $2, $3, $4, $5, NULL, $6)";
const IS_PATH: &str = "SELECT id FROM service_providers WHERE acs_path = $1 LIMIT 1";
const LIST_KEYS: &str = "SELECT id, purpose, state, certificate, private_sealed,
    COALESCE(state_since, created_at) AS state_since FROM sp_keys
    WHERE account_id = $1 AND service_provider_id = $2 ORDER BY id";
const INSERT_KEY: &str = "INSERT INTO sp_keys
    (account_id, id, service_provider_id, purpose, state, certificate, private_sealed, created_at, state_since)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)";
const UPDATE_KEY: &str = "UPDATE sp_keys SET state = $3, state_since = $4 WHERE account_id = $1 AND id = $2";
const DELETE_KEY: &str = "DELETE FROM sp_keys WHERE account_id = $1 AND id = $2";

/// The account's service provider of that id.
///
/// # Errors
/// [`StorageError`].
pub async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: ServiceProviderId,
) -> Result<Option<ServiceProvider>, StorageError> {
    let select = query(FIND).bind(account.to_string()).bind(id.to_string());
    let row = tx.fetch_optional(select).await?;
    let read = |row: Row| {
        Ok(ServiceProvider {
            id: row.parsed("id")?,
            entity_id: row.text("entity_id")?,
            acs_url: row.text("acs_url")?,
            acs_path: row.text_if_any("acs_path")?,
        })
    };
    row.map(read).transpose()
}

/// Whether responses to anybody's service provider arrive at that path, as a connection of before had it.
///
/// # Errors
/// [`StorageError`].
pub async fn is_path_of_any(tx: &mut Tx, path: &str) -> Result<bool, StorageError> {
    Ok(tx.fetch_optional(query(IS_PATH).bind(path)).await?.is_some())
}

/// Adds an account's service provider. Several may have one entity id: their connections tell them apart.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(
    tx: &mut Tx,
    account: AccountId,
    service_provider: &ServiceProvider,
    now: Instant,
) -> Result<(), StorageError> {
    let insert = query(INSERT)
        .bind(account.to_string())
        .bind(service_provider.id.to_string())
        .bind(service_provider.entity_id.as_str())
        .bind(service_provider.acs_url.as_str())
        .bind(service_provider.acs_path.as_deref())
        .bind(now.micros());
    tx.execute(insert).await?;
    Ok(())
}

/// The keys, opened, oldest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list_keys(
    tx: &mut Tx,
    account: AccountId,
    service_provider: ServiceProviderId,
    keys: &AccountKeys,
) -> Result<Vec<SpKey>, StorageError> {
    let select = query(LIST_KEYS).bind(account.to_string()).bind(service_provider.to_string());
    let rows = tx.fetch_all(select).await?;
    let read = |row: &Row| {
        let id: SpKeyId = row.parsed("id")?;
        Ok(SpKey {
            id,
            purpose: row.parsed("purpose")?,
            state: row.parsed("state")?,
            certificate: row.bytes("certificate")?,
            state_since: row.moment("state_since")?,
            private: PrivatePem(keys.open(place(&id.to_string()), &row.bytes("private_sealed")?)?),
        })
    };
    rows.iter().map(read).collect()
}

/// Adds a key; its private half is sealed.
///
/// # Errors
/// [`StorageError`].
pub async fn insert_key(
    tx: &mut Tx,
    account: AccountId,
    service_provider: ServiceProviderId,
    key: &SpKey,
    keys: &AccountKeys,
    (now, rng): (Instant, &Rng),
) -> Result<(), StorageError> {
    let id = key.id.to_string();
    let sealed = keys.seal(place(&id), &key.private.0, rng)?;
    let insert = query(INSERT_KEY)
        .bind(account.to_string())
        .bind(id)
        .bind(service_provider.to_string())
        .bind(key.purpose.name())
        .bind(key.state.name())
        .bind(key.certificate.as_slice())
        .bind(sealed)
        .bind(now.micros());
    tx.execute(insert).await?;
    Ok(())
}

/// Puts a key into another state.
///
/// # Errors
/// [`StorageError`].
pub async fn update_key(
    tx: &mut Tx,
    account: AccountId,
    (id, state): (SpKeyId, KeyState),
    now: Instant,
) -> Result<(), StorageError> {
    let update = query(UPDATE_KEY).bind(account.to_string()).bind(id.to_string()).bind(state.name());
    tx.execute(update.bind(now.micros())).await?;
    Ok(())
}

/// Drops a key, its private half too.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_key(tx: &mut Tx, account: AccountId, id: SpKeyId) -> Result<(), StorageError> {
    tx.execute(query(DELETE_KEY).bind(account.to_string()).bind(id.to_string())).await?;
    Ok(())
}

const fn place(row: &str) -> Place<'_> {
    Place { table: "sp_keys", column: "private_sealed", row }
}
