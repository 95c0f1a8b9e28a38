//! The folder of an embedded installation: the database file and the master key, readable by their owner only.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::master_key::{self, KeyError};
use super::seal::MasterKey;
use crate::base::Rng;
use crate::base::encoding::base64url;

const KEY_FILE: &str = "master.key";
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
        let text = master_key::draw(rng);
        let written = (|| {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
            file.set_permissions(Permissions::from_mode(0o600))?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            match fs::hard_link(&draft, path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
                _ => fs::File::open(&self.dir)?.sync_all(),
            }
        })();
        let removed = fs::remove_file(&draft);
        written.and(removed)
    }
}

fn io_error(path: &Path, source: io::Error) -> HomeError {
    HomeError::Io { path: path.to_owned(), source }
}
