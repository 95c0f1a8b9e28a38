//! The master key as text: the file of an embedded installation, one that is given, or the setting itself.
//!
//! Two forms are read: our own, with a head that names it, and 64 hexadecimal digits, which any tool can make.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::seal::MasterKey;
use crate::base::Rng;
use crate::base::encoding::{base64url, from_base64url};
use crate::config::SecretSource;

const HEAD: &str = "gatepost-master-key-1:";
const SETTING: &str = "master_key";
/// What people who are neither its owner nor of its group may do with a file, and what its group may not.
const OPEN_TO_OTHERS: u32 = 0o027;

/// Why there is no master key; a plain sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read.
    #[error("the master key in {path} cannot be read: {source}. Put it there, readable by this user alone.")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is something else.
    #[error(
        "{0} does not hold a master key. Put it back from your copy; a new one is 64 hexadecimal digits."
    )]
    Malformed(String),
    /// Others can read it.
    #[error(
        "the master key in {0} can be read or changed by other users of this machine, and with it everything in the \
         database. Take that right away: chmod 600 {0}"
    )]
    Exposed(PathBuf),
    /// On `PostgreSQL` nobody else can make it.
    #[error(
        "with PostgreSQL the master key must be given, the same to every node. Make one (openssl rand -hex 32), keep a \
         copy apart from copies of the database, and name its file in the settings: master_key_file"
    )]
    NotGiven,
}

/// Where a given key stands, for people.
pub(super) fn place(source: &SecretSource) -> String {
    match source {
        SecretSource::Value(_) => SETTING.to_owned(),
        SecretSource::File(path) => path.display().to_string(),
    }
}

/// A given key, and where it stands, for people.
///
/// # Errors
/// [`KeyError`].
pub(super) fn read(source: &SecretSource) -> Result<(MasterKey, String), KeyError> {
    let key = match source {
        SecretSource::Value(text) => parse(text.expose_secret(), SETTING)?,
        SecretSource::File(path) => read_file(path)?,
    };
    Ok((key, place(source)))
}

/// The key in a file that only its owner (and group) can read.
///
/// # Errors
/// [`KeyError`].
pub(super) fn read_file(path: &Path) -> Result<MasterKey, KeyError> {
    let unreadable = |source| KeyError::Unreadable { path: path.to_owned(), source };
    let mut file = fs::File::open(path).map_err(unreadable)?;
    let mode = file.metadata().map_err(unreadable)?.permissions().mode();
    if mode & OPEN_TO_OTHERS != 0 {
        return Err(KeyError::Exposed(path.to_owned()));
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map_err(unreadable)?;
    parse(&text, &path.display().to_string())
}

/// The text of a new key.
pub(super) fn draw(rng: &Rng) -> Zeroizing<String> {
    let bytes = Zeroizing::new(rng.bytes::<32>());
    Zeroizing::new(format!("{HEAD}{}\n", base64url(bytes.as_slice())))
}

fn parse(text: &str, place: &str) -> Result<MasterKey, KeyError> {
    let text = text.trim();
    let bytes = text.strip_prefix(HEAD).map_or_else(|| from_hex(text), from_base64url).map(Zeroizing::new);
    let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
    bytes.map(MasterKey::new).ok_or_else(|| KeyError::Malformed(place.to_owned()))
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs.map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.last()?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::seal::Wrap;

    #[test]
    fn both_forms_are_read_and_nothing_else() {
        let bytes: [u8; 32] = Rng::seeded(5).bytes();
        let hex = bytes.map(|byte| format!("{byte:02x}")).concat();
        let check = |text: &str| parse(text, SETTING).map(|key| key.check_value().unwrap());
        let known = MasterKey::new(bytes).check_value().unwrap();
        assert_eq!(check(&format!("{HEAD}{}\n", base64url(&bytes))).unwrap(), known);
        assert_eq!(check(&format!(" {hex}\n")).unwrap(), known);
        assert_eq!(check(&hex.to_uppercase()).unwrap(), known);
        assert!(check(&draw(&Rng::seeded(5))).is_ok());
        for bad in [
            "",
            "x",
            &hex[..63],
            &hex[..62],
            &format!("{hex}00"),
            &format!("{HEAD}{hex}"),
            &hex.replace(&hex[..1], "g"),
        ] {
            let error = check(bad).unwrap_err().to_string();
            assert!(error.contains("master_key does not hold a master key"), "{error}");
            assert!(bad.len() < 8 || !error.contains(bad), "what was read is not told");
        }
    }
}
