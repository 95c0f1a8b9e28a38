//! How accounts look to those who sign in.

use super::row::{Columns, Row};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::Instant;
use crate::base::id::AccountId;
use crate::directory::account::Slug;

/// How an account looks; without its logo's bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Branding {
    /// `#rrggbb`.
    pub colour: Option<String>,
    /// The logo: its hash, width and height.
    pub logo: Option<(String, i64, i64)>,
    /// Whom to ask, in words.
    pub help_text: Option<String>,
    /// Where to ask.
    pub help_url: Option<String>,
}

/// A logo.
#[derive(Debug, Clone, Copy)]
pub struct Logo<'a> {
    /// The file.
    pub bytes: &'a [u8],
    /// Its kind, for `Content-Type`.
    pub mime: &'a str,
    /// SHA-256 of the file, hex.
    pub hash: &'a str,
    /// Pixels from left to right, and from top to bottom.
    pub size: (i64, i64),
}

macro_rules! columns {
    () => {
        "b.colour, b.logo_hash, b.logo_width, b.logo_height, b.help_text, b.help_url"
    };
}

const FIND: &str = concat!("SELECT ", columns!(), " FROM account_brandings b WHERE b.account_id = $1");
const FIND_BY_SLUG: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM accounts a JOIN account_brandings b ON b.account_id = a.id WHERE a.slug = $1 AND a.state = 'active'"
);
const UPSERT: &str = "INSERT INTO account_brandings (account_id, colour, help_text, help_url, updated_at)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account_id) DO UPDATE
    SET colour = $2, help_text = $3, help_url = $4, updated_at = $5";
const UPDATE_LOGO: &str =
    "UPDATE account_brandings SET logo = $2, logo_type = $3, logo_hash = $4, logo_width = $5,
    logo_height = $6 WHERE account_id = $1";
const FIND_LOGO: &str = "SELECT logo, logo_type FROM account_brandings WHERE logo_hash = $1 LIMIT 1";
const DELETE: &str = "DELETE FROM account_brandings WHERE account_id = $1";

/// How an account looks.
///
/// # Errors
/// [`StorageError`].
pub async fn find(tx: &mut Tx, account: AccountId) -> Result<Option<Branding>, StorageError> {
    tx.fetch_optional(query(FIND).bind(account.to_string())).await?.as_ref().map(read).transpose()
}

/// How an account that people sign in to looks.
///
/// # Errors
/// [`StorageError`].
pub async fn find_by_slug(tx: &mut Tx, slug: &Slug) -> Result<Option<Branding>, StorageError> {
    tx.fetch_optional(query(FIND_BY_SLUG).bind(slug.as_str())).await?.as_ref().map(read).transpose()
}

/// Gives an account its colour and whom to ask.
///
/// # Errors
/// [`StorageError`].
pub async fn upsert(
    tx: &mut Tx,
    account: AccountId,
    branding: &Branding,
    now: Instant,
) -> Result<(), StorageError> {
    let upsert = query(UPSERT)
        .bind(account.to_string())
        .bind(branding.colour.as_deref())
        .bind(branding.help_text.as_deref())
        .bind(branding.help_url.as_deref())
        .bind(now.micros());
    tx.execute(upsert).await.map(drop)
}

/// Gives an account that has a look a logo, or takes it away.
///
/// # Errors
/// [`StorageError`].
pub async fn update_logo(
    tx: &mut Tx,
    account: AccountId,
    logo: Option<Logo<'_>>,
) -> Result<(), StorageError> {
    let update = query(UPDATE_LOGO)
        .bind(account.to_string())
        .bind(logo.map(|logo| logo.bytes))
        .bind(logo.map(|logo| logo.mime))
        .bind(logo.map(|logo| logo.hash))
        .bind(logo.map(|logo| logo.size.0))
        .bind(logo.map(|logo| logo.size.1));
    tx.execute(update).await.map(drop)
}

/// The logo of that hash, and its kind. Whoever uploaded it: the same file is the same file.
///
/// # Errors
/// [`StorageError`].
pub async fn find_logo(tx: &mut Tx, hash: &str) -> Result<Option<(Vec<u8>, String)>, StorageError> {
    let row = tx.fetch_optional(query(FIND_LOGO).bind(hash)).await?;
    row.map(|row| Ok((row.bytes("logo")?, row.text("logo_type")?))).transpose()
}

/// Takes the look of an account away.
///
/// # Errors
/// [`StorageError`].
pub async fn delete(tx: &mut Tx, account: AccountId) -> Result<(), StorageError> {
    tx.execute(query(DELETE).bind(account.to_string())).await.map(drop)
}

fn read(row: &Row) -> Result<Branding, StorageError> {
    let logo = row.text_if_any("logo_hash")?;
    let size = row.number_if_any("logo_width")?.zip(row.number_if_any("logo_height")?);
    Ok(Branding {
        colour: row.text_if_any("colour")?,
        logo: logo.zip(size).map(|(hash, (width, height))| (hash, width, height)),
        help_text: row.text_if_any("help_text")?,
        help_url: row.text_if_any("help_url")?,
    })
}
