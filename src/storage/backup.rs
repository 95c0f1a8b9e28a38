//! Copies of an embedded database, and the mark of a database that was put back.
//!
//! # Invariants
//!
//! * A copy is made while the server runs and is as the database was at one moment. It holds no master key.
//! * A database that was put back bears the mark before it has its name: no process ever opens it without. Sessions that
//!   it holds have ended by then: it does not know which of them were ended after the copy was made.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use super::event::{self, Event};
use super::home::Home;
pub use super::installation::Again;
use super::masters::Masters;
use super::pools::Pools;
use super::{
    Location, OpenError, Storage, api_key, attempt_share, calendar, console_session, installation, link,
    master_key, session,
};
use crate::base::{Ctx, Rng};
use crate::config::SecretSource;

/// Why there is no copy, or it was not put back; a plain sentence.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database or its key.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Nothing to copy.
    #[error("there is no database in {0}; look at data_dir")]
    Nothing(PathBuf),
    /// It would be overwritten.
    #[error("{0} is there already. Choose another name, or move it away first.")]
    Exists(PathBuf),
    /// The disk.
    #[error("{path} cannot be used: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database.
    #[error("the copy could not be made: {0}")]
    Database(#[from] sqlx::Error),
}

/// Copies the database in the folder `dir` to a new file at `to`, readable by its owner only.
///
/// # Errors
/// [`BackupError`] in a plain sentence.
pub async fn copy(dir: &Path, to: &Path) -> Result<(), BackupError> {
    let database = Home::open(dir).map_err(OpenError::from)?.database();
    if !database.exists() {
        return Err(BackupError::Nothing(dir.to_owned()));
    }
    make_new(to)?;
    let copied = async {
        let options = SqliteConnectOptions::new().filename(&database).busy_timeout(super::pools::PATIENCE);
        let mut connection = options.connect().await?;
        let target = to.display().to_string();
        sqlx::query("VACUUM INTO $1").bind(target).execute(&mut connection).await?;
        connection.close().await
    };
    if let Err(error) = copied.await {
        let _ = fs::remove_file(to);
        return Err(error.into());
    }
    sync(to)
}

/// Puts the copy at `from` back into the folder `dir`, which has the master key but no database.
///
/// # Errors
/// [`BackupError`] in a plain sentence; then the folder is as before.
pub async fn restore(
    (dir, given): (&Path, Option<&SecretSource>),
    from: &Path,
    (ctx, rng): (&Ctx, &Rng),
) -> Result<TakenBack, BackupError> {
    let home = Home::open(dir).map_err(OpenError::from)?;
    let database = home.database();
    if database.exists() {
        return Err(BackupError::Exists(database));
    }
    let (key, key_place) = match given {
        Some(source) => master_key::read(source).map_err(OpenError::from)?,
        None if home.key_file().exists() => {
            (home.master_key(rng).map_err(OpenError::from)?, home.key_file().display().to_string())
        }
        None => return Err(OpenError::from(super::home::HomeError::KeyMissing(home.key_file())).into()),
    };
    let draft = dir.join("gatepost.db.restoring");
    make_new(&draft)?;
    let marked = async {
        fs::copy(from, &draft).map_err(|source| BackupError::Io { path: from.to_owned(), source })?;
        let pools = Pools::file(&draft).await?;
        let mut storage = Storage::of(pools, Masters::new(Arc::new(key)));
        storage.prepare((ctx.now, rng), &key_place).await?;
        let marked = storage.mark_restored(ctx).await;
        storage.close().await;
        Ok(marked?)
    };
    let placed = match marked.await {
        Ok(taken_back) => sync(&draft).and_then(|()| {
            fs::rename(&draft, &database).map_err(|source| BackupError::Io { path: database, source })?;
            sync(dir).map(|()| taken_back)
        }),
        Err(error) => Err(error),
    };
    if placed.is_err() {
        for rest in ["gatepost.db.restoring", "gatepost.db.restoring-wal", "gatepost.db.restoring-shm"] {
            let _ = fs::remove_file(dir.join(rest));
        }
    }
    placed
}

/// What does not survive a restore, and has to be made anew by whoever needs it; and what does, and has to be looked
/// through: whoever was put out after the copy was made is there again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenBack {
    /// Sessions of people, owners and operators.
    pub sessions: u64,
    /// Links by which somebody could have come in, or set something up.
    pub links: u64,
    /// Links behind which a sign-in was shown.
    pub shares: u64,
    /// Addresses of calendars.
    pub calendars: u64,
    /// Keys of the REST API.
    pub api_keys: u64,
    /// What is there again.
    pub again: Again,
}

impl Storage {
    /// Marks the database as put back now, ends every session in it and takes back every link, calendar and API key: which
    /// of them were ended, used or taken back since, it does not know. Processes that run on it learn of it when they
    /// start anew.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn mark_restored(&self, ctx: &Ctx) -> Result<TakenBack, OpenError> {
        let mut tx = self.write().await?;
        let again = installation::count_again(&mut tx).await?;
        installation::update_restored(&mut tx, ctx.now).await?;
        let (sessions, links) = installation::count_open(&mut tx, ctx.now).await?;
        session::end_every(&mut tx, ("restored", ctx.now)).await?;
        console_session::end_every(&mut tx, ("restored", ctx.now)).await?;
        link::revoke_every(&mut tx, ctx.now).await?;
        let taken_back = TakenBack {
            sessions,
            links,
            shares: attempt_share::revoke_every(&mut tx, ctx.now).await?,
            calendars: calendar::delete_every(&mut tx).await?,
            api_keys: api_key::revoke_every(&mut tx, ctx.now).await?,
            again,
        };
        let TakenBack { shares, calendars, api_keys, again, .. } = taken_back;
        let body = serde_json::json!({
            "sessions_ended": sessions, "links_revoked": links,
            "shared_links_revoked": shares, "calendars_revoked": calendars, "api_keys_revoked": api_keys,
            "knows_until": again.knows_until.map(|at| at.to_string()),
        });
        let body = body.to_string();
        let happened = Event { action: "installation.restored", target: "gatepost", body: body.as_bytes() };
        event::insert_of_installation(&mut tx, happened, ctx).await?;
        tx.commit().await?;
        Ok(taken_back)
    }
}

impl<'a> Location<'a> {
    /// The folder of an embedded database.
    #[must_use]
    pub const fn folder(self) -> Option<&'a Path> {
        match self {
            Self::Folder { dir, .. } => Some(dir),
            Self::Server { .. } | Self::Memory => None,
        }
    }
}

fn make_new(path: &Path) -> Result<(), BackupError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(BackupError::Exists(path.to_owned()))
        }
        Err(source) => Err(BackupError::Io { path: path.to_owned(), source }),
    }
}

fn sync(path: &Path) -> Result<(), BackupError> {
    let synced = fs::File::open(path).and_then(|file| file.sync_all());
    synced.map_err(|source| BackupError::Io { path: path.to_owned(), source })
}
