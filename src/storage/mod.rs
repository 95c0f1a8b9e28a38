//! Rank 2: the database. Side effects, no decisions.
//!
//! One file per aggregate with the same verbs everywhere: `find` (an Option), `list`, `insert`, `update`, `delete`.
//! Every function about something of an account takes its [`AccountId`]; the few that find out whose something is say
//! so in their name (`account_of`). SQL stands as constants, one text for `SQLite` and `PostgreSQL`: `$1` placeholders,
//! portable types, run by `sql`.
//!
//! # Invariants
//!
//! * Personal columns, raw messages and private keys are written through [`seal::AccountKeys`] and in no other way.
//! * A use case writes in one [`Tx`]; what is not committed never happened. On `SQLite` writers take their turn at the
//!   start (`BEGIN IMMEDIATE`), so that none fails half-way for another's sake; on `PostgreSQL` they run side by side.
//! * `SQLite` runs with a write-ahead log and `synchronous=FULL`: a commit that was answered survives a power cut.
//!
//! To add a table: a migration of its own (never a change to an applied one), a file here.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use secrecy::{ExposeSecret, SecretString};

use crate::base::id::AccountId;
use crate::base::{Instant, Rng};
use crate::config::{Config, SecretSource};
use crate::directory::state::KeyState;

pub mod account;
pub mod api_key;
mod asked;
pub mod attempt;
pub mod attempt_list;
pub mod attempt_seal;
pub mod attempt_share;
pub mod backup;
pub mod branding;
pub mod calendar;
pub mod change;
pub mod connection;
pub mod console_session;
pub mod data_key;
pub mod deadline;
pub mod dns_look;
pub mod domain;
pub mod durability;
pub mod erasure;
pub mod event;
pub mod guest;
pub mod home;
pub mod idp_key;
mod installation;
mod installation_key;
pub mod job;
pub mod link;
pub mod mail;
mod many;
pub mod master_key;
pub mod masters;
pub mod metadata_source;
mod migrations;
pub mod once;
pub mod operator;
pub mod passkey;
pub mod people;
mod pools;
pub mod public_url;
pub mod replay;
mod row;
pub mod seal;
pub mod service_provider;
pub mod session;
pub mod sign_in;
pub mod signing_key;
mod sql;
pub mod unknown_key;
pub mod user;
pub mod webhook;
pub mod webhook_delivery;
pub mod zoom_event;
pub mod zoom_grant;
pub mod zoom_intake;
pub mod zoom_inventory;
pub mod zoom_link;
pub mod zoom_person;
pub mod zoom_platform;
pub mod zoom_provisioning;
pub mod zoom_pushed;
pub mod zoom_queue;
pub mod zoom_run;
pub mod zoom_step;

use change::{Changed, Listeners};
use data_key::DataKey;
use durability::Durability;
use home::{Home, HomeError};
use master_key::KeyError;
use masters::Masters;
use pools::Pools;
use seal::{AccountKeys, MasterKey, SealError};
use sign_in::SignIns;
pub use sql::Tx;
use zoom_intake::Intake;

/// Accounts whose opened keys are kept in memory.
const KEYS_KEPT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4095);

/// The database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// A row with that value is there already. The text has the names of its table and columns, in one of two forms:
    /// ask whether it contains one.
    #[error("there is already a row with the same {0}")]
    Exists(String),
    /// A value in the database is not what it must be.
    #[error("the column {0} holds a value that cannot be read")]
    Corrupt(&'static str),
    /// A sealed value does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The database is wrapped under a master key that this process does not have.
    #[error(
        "the master key of the database was changed, and this process does not have the new one: give it to it \
         (master_key_file, or next_master_key_file) and start it anew"
    )]
    MasterKeyChanged,
    /// An account without keys: it was deleted.
    #[error("the account's data was destroyed")]
    KeysDestroyed,
    /// Busy, full, or broken.
    #[error("the database failed: {0}")]
    Database(sqlx::Error),
    /// The request was slow, and another has taken over what it was to make.
    #[error("the request was taken over by a repetition of itself")]
    TakenOver,
    /// What was to be written together with others is not there.
    #[error("nothing was written: {0}")]
    NotCommitted(Arc<StorageError>),
    /// What was to be read together with others was not.
    #[error("nothing was read: {0}")]
    NotRead(Arc<StorageError>),
}

impl StorageError {
    /// Whether the database ended a transaction for the sake of another one: it may be tried again at once.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        // serialization_failure, deadlock_detected
        matches!(self, Self::Database(sqlx::Error::Database(error))
            if matches!(error.code().as_deref(), Some("40001" | "40P01")))
    }

    /// Whether it is what the database answered. Otherwise it may not even have heard.
    const fn is_answer(&self) -> bool {
        matches!(self, Self::Exists(_) | Self::Database(sqlx::Error::Database(_)))
    }
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(inner) if inner.is_unique_violation() => {
                // PostgreSQL names the constraint, accounts_slug_key; SQLite says
                // "UNIQUE constraint failed: accounts.slug".
                let columns = inner.constraint().or_else(|| inner.message().rsplit(": ").next());
                Self::Exists(columns.unwrap_or_default().to_owned())
            }
            _ => Self::Database(error),
        }
    }
}

/// Why the database cannot be opened; a plain sentence.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The master key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The address of the server.
    #[error("database.url is not an address such as postgres://gatepost@db.example.org/gatepost")]
    Address,
    /// The file that holds it.
    #[error("the address of the database in {0} cannot be read: {1}. Look at database.url_file")]
    AddressUnreadable(String, std::io::Error),
    /// The server.
    #[error(
        "the PostgreSQL server cannot be used: {0}. See that it runs, that it can be reached from here, and that \
         database.url names an existing database and a role that may use it."
    )]
    Unreachable(sqlx::Error),
    /// The server promises too little.
    #[error("{0}")]
    NotDurable(&'static str),
    /// The master key belongs to another database.
    #[error(
        "the master key in {0} is not the one that this database was made with. Put the right key back from your copy; \
         nothing was changed."
    )]
    WrongKey(String),
    /// The database was made by a newer program.
    #[error("the database was made by a newer version of gatepost (it knows {0}). Run that version.")]
    Newer(String),
    /// A migration that was applied is not the one that we know by that name.
    #[error(
        "the database was made by another build of gatepost ({0} differs). Run that build, or choose another database."
    )]
    Altered(String),
    /// The keys that sign tokens cannot be read or made.
    #[error("the signing keys cannot be used: {0}")]
    Keys(String),
    /// The database itself.
    #[error("the database cannot be opened: {0}")]
    Storage(#[from] StorageError),
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

impl From<SealError> for OpenError {
    fn from(error: SealError) -> Self {
        Self::Storage(error.into())
    }
}

/// Where an installation is.
#[derive(Debug, Clone, Copy)]
pub enum Location<'a> {
    /// Embedded, in this folder; the master key too, unless it is given.
    Folder {
        /// The folder.
        dir: &'a Path,
        /// The master key, where it is not the file in the folder.
        master_key: Option<&'a SecretSource>,
        /// The one that takes its place.
        next_master_key: Option<&'a SecretSource>,
    },
    /// On a `PostgreSQL` server.
    Server {
        /// Its address.
        url: &'a SecretSource,
        /// Connections at the most.
        max_connections: u32,
        /// The master key, which must be given.
        master_key: Option<&'a SecretSource>,
        /// The one that takes its place.
        next_master_key: Option<&'a SecretSource>,
    },
    /// In memory, gone at the end.
    Memory,
}

impl<'a> Location<'a> {
    /// Where the settings say.
    #[must_use]
    pub fn of(config: &'a Config) -> Self {
        let (master_key, next_master_key) = (config.master_key.as_ref(), config.next_master_key.as_ref());
        match &config.database.url {
            None => Self::Folder { dir: &config.data_dir, master_key, next_master_key },
            Some(url) => {
                let max_connections = config.database.max_connections;
                Self::Server { url, max_connections, master_key, next_master_key }
            }
        }
    }
}

fn address(url: &SecretSource) -> Result<SecretString, OpenError> {
    match url {
        SecretSource::Value(text) => Ok(text.clone()),
        SecretSource::File(path) => match std::fs::read_to_string(path) {
            Ok(text) => Ok(text.into()),
            Err(error) => Err(OpenError::AddressUnreadable(path.display().to_string(), error)),
        },
    }
}

/// The opened database.
#[derive(Clone)]
pub struct Storage {
    pools: Pools,
    sign_ins: SignIns,
    zoom_intake: Intake,
    masters: Arc<Masters>,
    keys: Arc<Mutex<KeyCache>>,
    listeners: Listeners,
    restored_at: Option<Instant>,
}

type KeyCache = LruCache<AccountId, Arc<AccountKeys>>;

impl fmt::Debug for Storage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Storage")
    }
}

impl Storage {
    /// Opens an installation, made at the first start, and brings its schema up to date. Safe when several processes
    /// start at the same moment.
    ///
    /// # Errors
    /// [`OpenError`] in a plain sentence.
    pub async fn open(location: Location<'_>, now: Instant, rng: &Rng) -> Result<Self, OpenError> {
        let (pools, (masters, key_place)) = match location {
            Location::Folder { dir, master_key, next_master_key } => {
                let home = Home::open(dir)?;
                let file = home.prepare_key(master_key, rng)?;
                let database = home.prepare_database()?;
                let masters = match master_key {
                    None => Masters::new(Arc::new(master_key::read_file(&file)?))
                        .given([None, next_master_key])
                        .at_home(home),
                    Some(source) => Masters::new(Arc::new(master_key::read(source)?.0))
                        .given([Some(source), next_master_key]),
                };
                let place = master_key.map_or_else(|| file.display().to_string(), master_key::place);
                (Pools::file(&database).await?, (masters, place))
            }
            Location::Server { url, max_connections, master_key, next_master_key } => {
                let (key, place) = master_key::read(master_key.ok_or(KeyError::NotGiven)?)?;
                let masters = Masters::new(Arc::new(key)).given([master_key, next_master_key]);
                (Pools::postgres(address(url)?.expose_secret(), max_connections).await?, (masters, place))
            }
            Location::Memory => {
                let masters = Masters::new(Arc::new(MasterKey::new(rng.bytes())));
                (Pools::memory().await?, (masters, "memory".to_owned()))
            }
        };
        let mut storage = Self::of(pools, masters);
        storage.prepare((now, rng), &key_place).await?;
        Ok(storage)
    }

    fn of(pools: Pools, masters: Masters) -> Self {
        let masters = Arc::new(masters);
        let keys = Arc::new(Mutex::new(LruCache::new(KEYS_KEPT)));
        let (listeners, cache) = (Listeners::default(), Arc::clone(&keys));
        listeners.add(Box::new(move |changed| {
            if let ("account", Ok(account)) = (changed.kind.as_str(), changed.id.parse()) {
                cache.lock().unwrap_or_else(PoisonError::into_inner).pop(&account);
            }
        }));
        let (sign_ins, zoom_intake) = (SignIns::start(&pools), Intake::start(&pools));
        Self { sign_ins, zoom_intake, pools, masters, keys, listeners, restored_at: None }
    }

    async fn prepare(&mut self, (now, rng): (Instant, &Rng), key_file: &str) -> Result<(), OpenError> {
        self.pools.enforce_references(false).await?;
        self.bring_up_to_date((now, rng), key_file).await?;
        Ok(self.pools.enforce_references(true).await?)
    }

    async fn bring_up_to_date(
        &mut self,
        (now, rng): (Instant, &Rng),
        key_file: &str,
    ) -> Result<(), OpenError> {
        let mut tx = migrations::begin(self).await?;
        migrations::apply(&mut tx, now).await?;
        match installation::find(&mut tx).await? {
            None => installation::insert(&mut tx, &self.masters.present()?.check_value()?, now).await?,
            Some(check) if self.masters.find(&check)?.is_some() => self.masters.settle(&check)?,
            Some(_) => return Err(OpenError::WrongKey(key_file.to_owned())),
        }
        self.prepare_installation_key(&mut tx, (now, rng)).await?;
        self.restored_at = installation::find_restored(&mut tx).await?;
        Ok(tx.commit().await?)
    }

    /// Begins reading: one consistent view. Drop it before [`Self::write`]: a database in memory has one connection.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn read(&self) -> Result<Tx, StorageError> {
        Ok(self.pools.read().await?)
    }

    /// Whether the installation's own row is there, and we have the master key that it names: that the database can be
    /// read at all.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn check(&self, tx: &mut Tx) -> Result<(), StorageError> {
        self.master(tx).await.map(drop)
    }

    /// When the database was put back from a backup, if it was. What was issued before then may have been used, in a time
    /// that this database knows nothing of.
    #[must_use]
    pub const fn restored_at(&self) -> Option<Instant> {
        self.restored_at
    }

    /// What the clock of the database shows, where it has one of its own.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn clock(&self, tx: &mut Tx) -> Result<Option<Instant>, StorageError> {
        durability::clock(tx).await
    }

    /// Destroys the keys of an account: what is sealed under them can never be read again, in no copy of the database
    /// either that is made from now on.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn destroy_keys(&self, tx: &mut Tx, account: AccountId) -> Result<(), StorageError> {
        data_key::delete(tx, account).await?;
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).pop(&account);
        Ok(())
    }

    /// What the database promises of a commit, read back from it.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn durability(&self) -> Result<Durability, StorageError> {
        durability::read(&mut self.write().await?).await
    }

    /// Begins writing, after every writer that came before.
    ///
    /// # Errors
    /// [`StorageError::Database`], also when it takes too long.
    pub async fn write(&self) -> Result<Tx, StorageError> {
        Ok(self.pools.write().await?.heard_by(&self.listeners))
    }

    /// Has `listener` hear of what this process changes, as soon as it is committed, and of what it is told of.
    pub fn on_change(&self, listener: impl Fn(&Changed) + Send + Sync + 'static) {
        self.listeners.add(Box::new(listener));
    }

    /// Tells whoever listens of what other processes changed.
    pub fn tell(&self, changed: &[Changed]) {
        self.listeners.tell(changed);
    }

    /// Where sign-ins are read and written.
    #[must_use]
    pub const fn sign_ins(&self) -> &SignIns {
        &self.sign_ins
    }

    /// Where what Zoom tells is written.
    #[must_use]
    pub const fn zoom_intake(&self) -> &Intake {
        &self.zoom_intake
    }

    /// The opened keys of an account.
    ///
    /// # Errors
    /// [`StorageError::KeysDestroyed`] when there are none, [`StorageError::Seal`] when they do not open.
    pub async fn keys(&self, tx: &mut Tx, account: AccountId) -> Result<Arc<AccountKeys>, StorageError> {
        if let Some(keys) = self.cached(account) {
            metrics::counter!("gatepost_cache_total", "cache" => "account_keys", "outcome" => "hit")
                .increment(1);
            return Ok(keys);
        }
        metrics::counter!("gatepost_cache_total", "cache" => "account_keys", "outcome" => "miss")
            .increment(1);
        let (mut materials, mut sealing) = (Vec::new(), 0);
        let master = self.master(tx).await?;
        for DataKey { generation, state, wrapped, .. } in data_key::list(tx, account).await? {
            let context = data_key::context(account, generation);
            materials.push((generation, master.unwrap(&wrapped, &context)?));
            if state == KeyState::Active {
                sealing = generation;
            }
        }
        if materials.is_empty() {
            return Err(StorageError::KeysDestroyed);
        }
        let keys = Arc::new(AccountKeys::from_generations(&materials, sealing)?);
        let mut cache = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        cache.put(account, Arc::clone(&keys));
        let size = u32::try_from(cache.len()).unwrap_or(u32::MAX);
        metrics::gauge!("gatepost_cache_size", "cache" => "account_keys").set(size);
        Ok(keys)
    }

    /// Gives a new account its keys.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn make_keys(
        &self,
        tx: &mut Tx,
        account: AccountId,
        now: Instant,
        rng: &Rng,
    ) -> Result<(), StorageError> {
        self.add_key(tx, account, (1, KeyState::Active), (now, rng)).await.map(drop)
    }

    /// Gives an account a new generation of its key, which does not seal yet: its number; `None` when another process
    /// does so at this moment.
    ///
    /// # Errors
    /// [`StorageError::KeysDestroyed`] when the account has none.
    pub async fn add_keys(
        &self,
        tx: &mut Tx,
        account: AccountId,
        now: Instant,
        rng: &Rng,
    ) -> Result<Option<u32>, StorageError> {
        let last = data_key::list(tx, account).await?.pop().ok_or(StorageError::KeysDestroyed)?;
        let generation = last.generation.saturating_add(1);
        let is_added = self.add_key(tx, account, (generation, KeyState::Next), (now, rng)).await?;
        Ok(is_added.then_some(generation))
    }

    async fn add_key(
        &self,
        tx: &mut Tx,
        account: AccountId,
        (generation, state): (u32, KeyState),
        (created_at, rng): (Instant, &Rng),
    ) -> Result<bool, StorageError> {
        let context = data_key::context(account, generation);
        let wrapped = self.master_for_new(tx).await?.wrap(&AccountKeys::draw(rng), &context, rng)?;
        data_key::insert(tx, account, &DataKey { generation, state, wrapped, created_at }).await
    }

    /// Ends every connection; what is under way is finished first.
    pub async fn close(&self) {
        self.pools.close().await;
    }

    fn cached(&self, account: AccountId) -> Option<Arc<AccountKeys>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).get(&account).cloned()
    }
}
