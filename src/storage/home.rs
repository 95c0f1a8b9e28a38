//! The folder of an embedded installation: the database file and the master key, readable by their owner only.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::master_key::{self, KeyError};
use super::seal::MasterKey;
use crate::base::Rng;
use crate::base::encoding::base64url;
use crate::config::SecretSource;

const KEY_FILE: &str = "master.key";
const NEXT_KEY_FILE: &str = "master.key.next";
const OLD_KEY_FILE: &str = "master.key.old";
const DATABASE_FILE: &str = "gatepost.db";

/// Why the folder cannot be used; a plain sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// The folder or a file in it cannot be made, read or written.
    #[error(
        "{path} cannot be used: {source}. Choose another folder (data_dir), or give this user the right to write there."
    )]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is a database, but not its key.
    #[error(
        "{0} is missing, and without it the database beside it cannot be read. Put the key back from your copy; a new \
         key would not open the database."
    )]
    KeyMissing(PathBuf),
    /// The key file holds something else, or others can read it.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// The paths of an embedded installation.
#[derive(Debug, Clone)]
pub struct Home {
    dir: PathBuf,
}

impl Home {
    /// The folder `dir`, made (0700) if it is not there.
    ///
    /// # Errors
    /// [`HomeError::Io`] when it cannot be made.
    pub fn open(dir: &Path) -> Result<Self, HomeError> {
        if !dir.is_dir() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(dir)
                .map_err(|source| io_error(dir, source))?;
        }
        Ok(Self { dir: dir.to_owned() })
    }

    /// The database file.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.dir.join(DATABASE_FILE)
    }

    /// The key file.
    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        self.dir.join(KEY_FILE)
    }

    /// The file of the key that takes the other's place.
    #[must_use]
    pub fn next_key_file(&self) -> PathBuf {
        self.dir.join(NEXT_KEY_FILE)
    }

    /// The key file, with a key in it unless one is given from elsewhere.
    ///
    /// # Errors
    /// As [`Self::master_key`].
    pub fn prepare_key(&self, given: Option<&SecretSource>, rng: &Rng) -> Result<PathBuf, HomeError> {
        if given.is_none() {
            self.master_key(rng)?;
        }
        Ok(self.key_file())
    }

    /// Makes the key that takes the other's place (0600), on the disk when this returns. One that was made before and
    /// never came to count is overwritten.
    ///
    /// # Errors
    /// [`HomeError`].
    pub fn draft_next_key(&self, rng: &Rng) -> Result<MasterKey, HomeError> {
        let path = self.next_key_file();
        let write = || {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            Self::write_key(rng, &path)?;
            fs::File::open(&self.dir)?.sync_all()
        };
        write().map_err(|source| io_error(&path, source))?;
        Ok(master_key::read_file(&path)?)
    }

    /// The next key is the key from now on; the old one stays under another name.
    ///
    /// # Errors
    /// [`HomeError::Io`].
    pub fn adopt_next_key(&self) -> Result<(), HomeError> {
        let (path, next, old) = (self.key_file(), self.next_key_file(), self.dir.join(OLD_KEY_FILE));
        let adopt = || {
            if !next.exists() {
                // Another process was faster.
                return Ok(());
            }
            match fs::remove_file(&old) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            fs::hard_link(&path, &old)?;
            fs::rename(&next, &path)?;
            fs::File::open(&self.dir)?.sync_all()
        };
        adopt().map_err(|source| io_error(&path, source))
    }

    /// The master key; made (0600) at the first start, before there is a database.
    ///
    /// # Errors
    /// [`HomeError`] when it is missing beside a database, unreadable or malformed.
    pub fn master_key(&self, rng: &Rng) -> Result<MasterKey, HomeError> {
        let path = self.key_file();
        if !path.exists() {
            if self.database().exists() {
                return Err(HomeError::KeyMissing(path));
            }
            self.make_key(rng, &path).map_err(|source| io_error(&path, source))?;
        }
        Ok(master_key::read_file(&path)?)
    }

    /// Makes the database file (0600), so that SQLite's own files beside it get the same permissions.
    ///
    /// # Errors
    /// [`HomeError::Io`] when it cannot be written.
    pub fn prepare_database(&self) -> Result<PathBuf, HomeError> {
        let path = self.database();
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path);
        file.map_err(|source| io_error(&path, source))?;
        Ok(path)
    }

    /// Written whole under another name, then linked: of two processes that start at once, one makes the key and both
    /// read the same.
    fn make_key(&self, rng: &Rng, path: &Path) -> io::Result<()> {
        let draft = self.dir.join(format!("{KEY_FILE}.{}", base64url(&rng.bytes::<9>())));
        let written = (|| {
            Self::write_key(rng, &draft)?;
            match fs::hard_link(&draft, path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
                _ => fs::File::open(&self.dir)?.sync_all(),
            }
        })();
        let removed = fs::remove_file(&draft);
        written.and(removed)
    }

    /// A new key in a new file.
    fn write_key(rng: &Rng, path: &Path) -> io::Result<()> {
        let text = master_key::draw(rng);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }
}

fn io_error(path: &Path, source: io::Error) -> HomeError {
    HomeError::Io { path: path.to_owned(), source }
}
