//! The installation's own key: what belongs to no account is sealed under it, as an account's things are under the account's.
//! The master key wraps it.

use std::sync::Arc;

use super::row::Columns;
use super::seal::{AccountKeys, KeyMaterial, Wrap};
use super::sql::query;
use super::{Storage, StorageError, Tx};
use crate::base::id::AccountId;
use crate::base::{Instant, Rng};

const GENERATION: u32 = 1;
const CONTEXT: &str = "installation_keys\0wrapped\0first";

const FIND: &str = "SELECT wrapped FROM installation_keys WHERE generation = 1";
const INSERT: &str = "INSERT INTO installation_keys (generation, wrapped, created_at) VALUES (1, $1, $2) ON CONFLICT DO NOTHING";
const UPDATE: &str = "UPDATE installation_keys SET wrapped = $1 WHERE generation = 1";

async fn find(tx: &mut Tx, master: &dyn Wrap) -> Result<Option<KeyMaterial>, StorageError> {
    let row = tx.fetch_optional(query(FIND)).await?;
    row.map(|row| Ok(master.unwrap(&row.bytes("wrapped")?, CONTEXT)?)).transpose()
}

impl Storage {
    /// What seals rows of `account`, or of the installation.
    ///
    /// # Errors
    /// [`StorageError::KeysDestroyed`] for a deleted account.
    pub async fn keys_of(
        &self,
        tx: &mut Tx,
        account: Option<AccountId>,
    ) -> Result<Arc<AccountKeys>, StorageError> {
        let Some(account) = account else {
            let master = self.master(tx).await?;
            let key = find(tx, &*master).await?.ok_or(StorageError::Corrupt("installation_keys"))?;
            return Ok(Arc::new(AccountKeys::from_generations(&[(GENERATION, key)], GENERATION)?));
        };
        self.keys(tx, account).await
    }

    /// Makes the key at the first start that knows of it.
    pub(super) async fn prepare_installation_key(
        &self,
        tx: &mut Tx,
        (now, rng): (Instant, &Rng),
    ) -> Result<(), StorageError> {
        let master = self.master(tx).await?;
        if find(tx, &*master).await?.is_none() {
            let wrapped = master.wrap(&AccountKeys::draw(rng), CONTEXT, rng)?;
            tx.execute(query(INSERT).bind(wrapped).bind(now.micros())).await?;
        }
        Ok(())
    }
}

/// Wraps it under another master key.
pub(super) async fn rewrap(
    tx: &mut Tx,
    (old, new): (&dyn Wrap, &dyn Wrap),
    rng: &Rng,
) -> Result<(), StorageError> {
    let key = find(tx, old).await?.ok_or(StorageError::Corrupt("installation_keys"))?;
    let wrapped = new.wrap(&key, CONTEXT, rng)?;
    tx.execute(query(UPDATE).bind(wrapped)).await.map(drop)
}
