//! The master keys that this process knows, and how one takes the place of another.
//!
//! The database says by its check value which master key it is wrapped under. Whoever unwraps or wraps asks for the key
//! of that value, inside the transaction; where it is not known, the places that keys come from are read anew. So a
//! process that has both keys, or can read both, goes on when the database passes from one to the other.
//!
//! # Design
//!
//! An embedded installation has its key in a file beside the database, and the two cannot change in one moment. So the
//! new key stands in `master.key.next`, on the disk, before the database passes to it in one transaction; then the file
//! takes its name. Whoever opens the folder in between finds the key that the database asks for under one of the two
//! names, and finishes what was begun. The old key stays as `master.key.old`: older copies of the database need it.
//! Files are touched by whoever has the turn at writing and has finished what others began: of two changes at once the
//! second would else write its key over that of the first, the only one that opens the database.
//!
//! Rejected: both keys in one file (a crash while it is written would take both).

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::home::{Home, HomeError};
use super::master_key::{self, KeyError};
use super::seal::{SealError, Wrap};
use super::{
    Storage, StorageError, Tx, change, data_key, event, installation, installation_key, signing_key,
};
use crate::base::{Ctx, Rng};
use crate::config::SecretSource;

/// Keys that are known, the one that was asked for last in front, and where others may come from.
pub(super) struct Masters {
    known: Mutex<Vec<Arc<dyn Wrap>>>,
    sources: Vec<SecretSource>,
    /// Where the key is a file that is ours to change.
    home: Option<Home>,
    next: Option<SecretSource>,
}

impl fmt::Debug for Masters {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Masters")
    }
}

/// What was wrapped anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rewrapped {
    /// Keys of accounts.
    pub data_keys: usize,
    /// Keys that sign tokens.
    pub signing_keys: usize,
}

/// Why the master key was not changed; a plain sentence.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// No other key was given.
    #[error(
        "name the new master key in the settings, beside the present one: next_master_key_file. Make it with: openssl rand \
         -hex 32"
    )]
    NotGiven,
    /// The key in the folder is ours to make.
    #[error(
        "the master key is a file in the data folder, and a new one is made there: take next_master_key away"
    )]
    Given,
    /// It is the present one.
    #[error("next_master_key is the present master key; nothing was changed")]
    Same,
    /// The folder.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The new key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<SealError> for RotateError {
    fn from(error: SealError) -> Self {
        StorageError::from(error).into()
    }
}

impl Masters {
    /// Begins with `present`.
    pub(super) fn new(present: Arc<dyn Wrap>) -> Self {
        Self { known: Mutex::new(vec![present]), sources: Vec::new(), home: None, next: None }
    }

    /// Keys may also come from the settings: the present one, and the one that will be.
    pub(super) fn given(mut self, sources: [Option<&SecretSource>; 2]) -> Self {
        self.sources.extend(sources.into_iter().flatten().cloned());
        self.next = sources.last().copied().flatten().cloned();
        self
    }

    /// Keys may also come from files of this folder, where the present one is.
    pub(super) fn at_home(mut self, home: Home) -> Self {
        self.sources.extend([home.key_file(), home.next_key_file()].map(SecretSource::File));
        self.home = Some(home);
        self
    }

    fn known(&self) -> MutexGuard<'_, Vec<Arc<dyn Wrap>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A key for the first start.
    pub(super) fn present(&self) -> Result<Arc<dyn Wrap>, StorageError> {
        self.known().first().cloned().ok_or(StorageError::MasterKeyChanged)
    }

    /// The key with that check value, if it is to be had.
    pub(super) fn find(&self, check: &[u8]) -> Result<Option<Arc<dyn Wrap>>, SealError> {
        if let Some(found) = self.find_known(check)? {
            return Ok(Some(found));
        }
        // What cannot be read now is not the key that is looked for.
        let read = self.sources.iter().filter_map(|source| master_key::read(source).ok());
        let read: Vec<Arc<dyn Wrap>> = read.map(|(key, _)| Arc::new(key) as Arc<dyn Wrap>).collect();
        self.known().extend(read);
        let found = self.find_known(check)?;
        let mut known = self.known();
        known.truncate(1);
        known.extend(found.clone());
        Ok(found)
    }

    fn find_known(&self, check: &[u8]) -> Result<Option<Arc<dyn Wrap>>, SealError> {
        for key in self.known().iter() {
            if key.check_value()? == check {
                return Ok(Some(Arc::clone(key)));
            }
        }
        Ok(None)
    }

    /// Finishes what another process began: the file of the key with that check value gets its name.
    pub(super) fn settle(&self, check: &[u8]) -> Result<(), HomeError> {
        let Some(home) = &self.home else { return Ok(()) };
        let is_next = |key: Result<super::seal::MasterKey, KeyError>| {
            key.is_ok_and(|key| key.check_value().is_ok_and(|value| value == check))
        };
        if !is_next(master_key::read_file(&home.key_file()))
            && is_next(master_key::read_file(&home.next_key_file()))
        {
            home.adopt_next_key()?;
        }
        Ok(())
    }
}

impl Storage {
    /// The master key that the database is wrapped under.
    pub(super) async fn master(&self, tx: &mut Tx) -> Result<Arc<dyn Wrap>, StorageError> {
        let check = installation::find(tx).await?.ok_or(StorageError::Corrupt("installation"))?;
        self.masters.find(&check)?.ok_or(StorageError::MasterKeyChanged)
    }

    /// The same for something new, which a change of the master key must not miss.
    pub(super) async fn master_for_new(&self, tx: &mut Tx) -> Result<Arc<dyn Wrap>, StorageError> {
        change::take_turn(tx).await?;
        self.master(tx).await
    }

    /// Wraps everything that the master key wraps under a new one: one that is made, where the key is a file in the data
    /// folder, else the one that the settings name as the next.
    ///
    /// # Errors
    /// [`RotateError`] in a plain sentence; then the old one counts.
    pub async fn rotate_master(&self, ctx: &Ctx, rng: &Rng) -> Result<Rewrapped, RotateError> {
        let mut tx = self.write().await?;
        let old = self.master_for_new(&mut tx).await?;
        self.masters.settle(&old.check_value()?)?;
        let new = match (&self.masters.home, &self.masters.next) {
            (Some(_), Some(_)) => return Err(RotateError::Given),
            (Some(home), None) => home.draft_next_key(rng)?,
            (None, Some(source)) => master_key::read(source)?.0,
            (None, None) => return Err(RotateError::NotGiven),
        };
        let check = new.check_value()?;
        if old.check_value()? == check {
            return Err(RotateError::Same);
        }
        let rewrapped = Rewrapped {
            data_keys: data_key::rewrap(&mut tx, (&*old, &new), rng).await?,
            signing_keys: signing_key::rewrap(&mut tx, (&*old, &new), rng).await?,
        };
        installation_key::rewrap(&mut tx, (&*old, &new), rng).await?;
        installation::update_key_check(&mut tx, &check).await?;
        let body =
            serde_json::json!({ "data_keys": rewrapped.data_keys, "signing_keys": rewrapped.signing_keys });
        let body = body.to_string();
        let happened =
            event::Event { action: "master_key.changed", target: "installation", body: body.as_bytes() };
        event::insert_of_installation(&mut tx, happened, ctx).await?;
        tx.commit().await?;
        self.masters.known().insert(0, Arc::new(new));
        // The new key counts, whatever becomes of the file's name; whoever opens the folder next sees to that too.
        let _ = self.settle_key_file().await;
        Ok(rewrapped)
    }

    async fn settle_key_file(&self) -> Result<(), RotateError> {
        if self.masters.home.is_none() {
            return Ok(());
        }
        let mut tx = self.write().await?;
        let present = self.master(&mut tx).await?;
        Ok(self.masters.settle(&present.check_value()?)?)
    }
}
