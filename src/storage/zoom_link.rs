//! An account's link to Zoom: credentials and secret tokens, all sealed; how it stood when it was tested.
//!
//! What may be known without a key are kinds, states and times. The tokens of an app that somebody authorised, in the same
//! row, are [`super::zoom_grant`]'s.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::query;
use super::zoom_intake::Verified;
use super::{StorageError, Tx};
use crate::base::id::{AccountId, ZoomLinkId};
use crate::base::{Instant, Rng};
use crate::directory::state::{ZoomCheckState, ZoomCloud, ZoomKind, ZoomLinkState};

/// What an app is known by at Zoom.
#[derive(Debug, Clone)]
pub struct App {
    /// Client ID.
    pub client_id: String,
    /// Client Secret.
    pub client_secret: SecretString,
    /// Account ID, of a Server-to-Server app.
    pub account_id: Option<String>,
}

/// What an app's events are signed with.
#[derive(Debug, Clone)]
pub struct EventSecrets {
    /// The one that counts.
    pub current: SecretString,
    /// The one of before, and until when it counts too.
    pub previous: Option<(SecretString, Instant)>,
    /// When the present one was entered.
    pub set_at: Instant,
}

/// Where Zoom is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Where {
    /// Which Zoom.
    pub cloud: ZoomCloud,
    /// The site that gives tokens and the API, where an operator has chosen them.
    pub bases: Option<(String, String)>,
}

/// How it stood when it was tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// How.
    pub state: ZoomCheckState,
    /// When it was tested.
    pub checked_at: Option<Instant>,
    /// Since when something does not work.
    pub failing_since: Option<Instant>,
    /// What owners were told last.
    pub told: ZoomCheckState,
    /// When it is tested next.
    pub next_at: Instant,
}

/// A link.
#[derive(Debug, Clone)]
pub struct Link {
    /// Its id.
    pub id: ZoomLinkId,
    /// How the account is linked.
    pub kind: ZoomKind,
    /// Its state.
    pub state: ZoomLinkState,
    /// Counts its changes.
    pub version: i64,
    /// Where Zoom is.
    pub place: Where,
    /// What it is used for: names with spaces between them.
    pub capabilities: String,
    /// The account's own app; nothing where it is the platform's.
    pub app: Option<App>,
    /// When its secret was entered.
    pub app_set_at: Option<Instant>,
    /// What its events are signed with.
    pub secrets: Option<EventSecrets>,
    /// When somebody authorised it; nothing while those tokens are laid aside.
    pub granted_at: Option<Instant>,
    /// When Zoom last asked whether we hold the secret of its events, and was answered.
    pub validated_at: Option<Instant>,
    /// When the last event came.
    pub last_event_at: Option<Instant>,
    /// How it stood when it was tested.
    pub standing: Standing,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
}

#[derive(Serialize, Deserialize)]
struct AppForm<'a> {
    client_id: &'a str,
    client_secret: &'a str,
    account_id: Option<&'a str>,
}

impl App {
    pub(super) fn plain(&self) -> Result<Zeroizing<Vec<u8>>, StorageError> {
        let form = AppForm {
            client_id: &self.client_id,
            client_secret: self.client_secret.expose_secret(),
            account_id: self.account_id.as_deref(),
        };
        serde_json::to_vec(&form).map(Zeroizing::new).map_err(|_| StorageError::Corrupt("app_sealed"))
    }

    pub(super) fn read(plain: &[u8]) -> Result<Self, StorageError> {
        let form: AppForm<'_> =
            serde_json::from_slice(plain).map_err(|_| StorageError::Corrupt("app_sealed"))?;
        Ok(Self {
            client_id: form.client_id.to_owned(),
            client_secret: form.client_secret.into(),
            account_id: form.account_id.map(str::to_owned),
        })
    }
}

macro_rules! link {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, state, version, cloud, web_base, api_base, capabilities, app_sealed, app_set_at,
    secret_token_sealed, previous_token_sealed, previous_until, token_set_at, granted_at, validated_at, last_event_at,
    check_state, checked_at, failing_since, told_state, next_check_at, created_by, created_at FROM zoom_links ",
            $rest
        )
    };
}

const FIND: &str = link!("WHERE account_id = $1");
const FIND_VERSION: &str = "SELECT id, version FROM zoom_links WHERE account_id = $1";
const INSERT: &str =
    "INSERT INTO zoom_links (account_id, id, kind, state, version, cloud, web_base, api_base, capabilities,
    app_sealed, app_set_at, secret_token_sealed, token_set_at, check_state, told_state, next_check_at, created_by,
    created_at) VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $10, $11, $12, 'untested', 'untested', $13, $14, $15)";
const UPDATE: &str = "UPDATE zoom_links SET kind = $2, state = $3, cloud = $4, web_base = $5, api_base = $6,
    capabilities = $7, app_sealed = $8, app_set_at = $9, secret_token_sealed = $10, previous_token_sealed = $11,
    previous_until = $12, token_set_at = $13, next_check_at = $14, validated_at = $15, version = version + 1
    WHERE account_id = $1";
const DELETE: &str = "DELETE FROM zoom_links WHERE account_id = $1";
const LIST_DUE: &str = "SELECT account_id FROM zoom_links WHERE next_check_at <= $1
    ORDER BY next_check_at LIMIT $2";
const UPDATE_TURN: &str = "UPDATE zoom_links SET next_check_at = $2 WHERE account_id = $1";
const UPDATE_CHECK: &str = "UPDATE zoom_links SET check_state = $3, check_sealed = $4, checked_at = $5,
    failing_since = $6, told_state = $7, next_check_at = $8 WHERE account_id = $1 AND version = $2";
const FIND_CHECK: &str = "SELECT id, check_sealed FROM zoom_links WHERE account_id = $1";
const UPDATE_VALIDATED: &str = "UPDATE zoom_links SET validated_at = $4 WHERE account_id = $1 AND id = $2
    AND version = $3";
const UPDATE_LAST_EVENT: &str = "UPDATE zoom_links SET last_event_at =
    CASE WHEN COALESCE(last_event_at, 0) < $4 THEN $4 ELSE last_event_at END
    WHERE account_id = $1 AND id = $2 AND version = $3";
const UPDATE_TURNS_OF_WAITING: &str =
    "UPDATE zoom_links SET next_check_at = $2 WHERE kind = $1 AND state = 'waiting'";
const COUNT_OF_KIND: &str = "SELECT COUNT(*) AS number FROM zoom_links WHERE kind = $1";
const ACCOUNT_OF_ZOOM: &str = "SELECT account_id FROM zoom_links WHERE zoom_account_hash = $1";
const ACCOUNT_OF_SLUG: &str = "SELECT l.account_id FROM accounts a JOIN zoom_links l ON l.account_id = a.id
    WHERE a.slug = $1 AND a.state <> 'deleted'";
const ACCOUNT_OF_EXTERNAL_ID: &str =
    "SELECT l.account_id FROM accounts a JOIN zoom_links l ON l.account_id = a.id
    WHERE a.external_id = $1 AND a.state <> 'deleted'";

/// The account's link.
///
/// # Errors
/// [`StorageError`].
pub async fn find(tx: &mut Tx, account: AccountId, keys: &AccountKeys) -> Result<Option<Link>, StorageError> {
    let row = tx.fetch_optional(query(FIND).bind(account.to_string())).await?;
    row.map(|row| read(&row, keys)).transpose()
}

/// The id of the account's link, and its version.
///
/// # Errors
/// [`StorageError`].
pub async fn find_version(
    tx: &mut Tx,
    account: AccountId,
) -> Result<Option<(ZoomLinkId, i64)>, StorageError> {
    let row = tx.fetch_optional(query(FIND_VERSION).bind(account.to_string())).await?;
    row.map(|row| Ok((row.parsed("id")?, row.number("version")?))).transpose()
}

/// Which account the Zoom account of that hash is linked to by the platform's app.
///
/// # Errors
/// [`StorageError`].
pub async fn account_of_zoom(tx: &mut Tx, hash: &[u8]) -> Result<Option<AccountId>, StorageError> {
    let row = tx.fetch_optional(query(ACCOUNT_OF_ZOOM).bind(hash)).await?;
    row.map(|row| row.parsed("account_id")).transpose()
}

/// How many accounts are linked in that way.
///
/// # Errors
/// [`StorageError`].
pub async fn count_of_kind(tx: &mut Tx, kind: ZoomKind) -> Result<i64, StorageError> {
    tx.fetch_one(query(COUNT_OF_KIND).bind(kind.name())).await?.number("number")
}

/// Which account is called so in addresses, if it has a link.
///
/// # Errors
/// [`StorageError`].
pub async fn account_of_slug(tx: &mut Tx, slug: &str) -> Result<Option<AccountId>, StorageError> {
    let row = tx.fetch_optional(query(ACCOUNT_OF_SLUG).bind(slug)).await?;
    row.map(|row| row.parsed("account_id")).transpose()
}

/// Which account the platform calls so, if it has a link.
///
/// # Errors
/// [`StorageError`].
pub async fn account_of_external_id(tx: &mut Tx, id: &str) -> Result<Option<AccountId>, StorageError> {
    let row = tx.fetch_optional(query(ACCOUNT_OF_EXTERNAL_ID).bind(id)).await?;
    row.map(|row| row.parsed("account_id")).transpose()
}

/// Adds a link; an account has one at the most.
///
/// # Errors
/// [`StorageError::Exists`] when there is one.
pub async fn insert(
    tx: &mut Tx,
    account: AccountId,
    new: &Link,
    (keys, rng): (&AccountKeys, &Rng),
) -> Result<(), StorageError> {
    let id = new.id.to_string();
    let (web, api) = new.place.bases.as_ref().map(|(web, api)| (web.as_str(), api.as_str())).unzip();
    let insert = query(INSERT)
        .bind(account.to_string())
        .bind(id.as_str())
        .bind(new.kind.name())
        .bind(new.state.name())
        .bind(new.place.cloud.name())
        .bind(web)
        .bind(api)
        .bind(new.capabilities.as_str())
        .bind(sealed_app(new, &id, keys, rng)?)
        .bind(new.app_set_at.map(Instant::micros))
        .bind(sealed_token(new, &id, keys, rng)?)
        .bind(new.secrets.as_ref().map(|secrets| secrets.set_at.micros()))
        .bind(new.standing.next_at.micros())
        .bind(new.created_by.as_str())
        .bind(new.created_at.micros());
    tx.execute(insert).await.map(drop)
}

/// Writes a link as its owners have it now. Tokens, and how it stood when it was tested, stay as they are.
///
/// # Errors
/// [`StorageError`].
pub async fn update(
    tx: &mut Tx,
    account: AccountId,
    now: &Link,
    (keys, rng): (&AccountKeys, &Rng),
) -> Result<(), StorageError> {
    let id = now.id.to_string();
    let (web, api) = now.place.bases.as_ref().map(|(web, api)| (web.as_str(), api.as_str())).unzip();
    let previous = now.secrets.as_ref().and_then(|secrets| secrets.previous.as_ref());
    let update = query(UPDATE)
        .bind(account.to_string())
        .bind(now.kind.name())
        .bind(now.state.name())
        .bind(now.place.cloud.name())
        .bind(web)
        .bind(api)
        .bind(now.capabilities.as_str())
        .bind(sealed_app(now, &id, keys, rng)?)
        .bind(now.app_set_at.map(Instant::micros))
        .bind(sealed_token(now, &id, keys, rng)?)
        .bind(
            previous
                .map(|(secret, _)| {
                    keys.seal(place("previous_token_sealed", &id), secret.expose_secret().as_bytes(), rng)
                })
                .transpose()?,
        )
        .bind(previous.map(|(_, until)| until.micros()))
        .bind(now.secrets.as_ref().map(|secrets| secrets.set_at.micros()))
        .bind(now.standing.next_at.micros())
        .bind(now.validated_at.map(Instant::micros));
    tx.execute(update).await.map(drop)
}

/// Drops the link, with everything that is secret about it.
///
/// # Errors
/// [`StorageError`].
pub async fn delete(tx: &mut Tx, account: AccountId) -> Result<(), StorageError> {
    tx.execute(query(DELETE).bind(account.to_string())).await.map(drop)
}

/// Accounts whose link is to be tested now, `limit` at the most.
///
/// # Errors
/// [`StorageError`].
pub async fn list_due(tx: &mut Tx, now: Instant, limit: i64) -> Result<Vec<AccountId>, StorageError> {
    let rows = tx.fetch_all(query(LIST_DUE).bind(now.micros()).bind(limit)).await?;
    rows.iter().map(|row| row.parsed("account_id")).collect()
}

/// When the link is tested next.
///
/// # Errors
/// [`StorageError`].
pub async fn update_turn(tx: &mut Tx, account: AccountId, next: Instant) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_TURN).bind(account.to_string()).bind(next.micros())).await.map(drop)
}

/// Keeps what a test came to, unless the link was changed since; whether it was kept.
///
/// # Errors
/// [`StorageError`].
pub async fn update_check(
    tx: &mut Tx,
    (account, of): (AccountId, &Link),
    now: &Standing,
    report: &[u8],
    (keys, rng): (&AccountKeys, &Rng),
) -> Result<bool, StorageError> {
    let id = of.id.to_string();
    let update = query(UPDATE_CHECK)
        .bind(account.to_string())
        .bind(of.version)
        .bind(now.state.name())
        .bind(keys.seal(place("check_sealed", &id), report, rng)?)
        .bind(now.checked_at.map(Instant::micros))
        .bind(now.failing_since.map(Instant::micros))
        .bind(now.told.name())
        .bind(now.next_at.micros());
    Ok(tx.execute(update).await? == 1)
}

/// What the last test came to.
///
/// # Errors
/// [`StorageError`].
pub async fn find_check(
    tx: &mut Tx,
    account: AccountId,
    keys: &AccountKeys,
) -> Result<Option<Zeroizing<Vec<u8>>>, StorageError> {
    opened(tx, (FIND_CHECK, "check_sealed"), account, keys).await
}

/// Notes that Zoom asked whether we hold the secret, and was answered; `false` when the link is not the one any more that it
/// was verified by.
///
/// # Errors
/// [`StorageError`].
pub async fn update_validated(tx: &mut Tx, by: Verified, at: Instant) -> Result<bool, StorageError> {
    let update = query(UPDATE_VALIDATED)
        .bind(by.account.to_string())
        .bind(by.link.to_string())
        .bind(by.version)
        .bind(at.micros());
    Ok(tx.execute(update).await? == 1)
}

/// Notes when an event came; `false` when the link is not the one any more that it was verified by.
pub(super) async fn update_last_event(tx: &mut Tx, by: Verified, at: Instant) -> Result<bool, StorageError> {
    let update = query(UPDATE_LAST_EVENT)
        .bind(by.account.to_string())
        .bind(by.link.to_string())
        .bind(by.version)
        .bind(at.micros());
    Ok(tx.execute(update).await? == 1)
}

/// When links of that way are tested next whose app is not authorised, or whose tokens are laid aside.
///
/// # Errors
/// [`StorageError`].
pub async fn update_turns_of_waiting(tx: &mut Tx, kind: ZoomKind, next: Instant) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_TURNS_OF_WAITING).bind(kind.name()).bind(next.micros())).await.map(drop)
}

/// What is sealed in a column of the account's link.
pub(super) async fn opened(
    tx: &mut Tx,
    (sql, column): (&'static str, &'static str),
    account: AccountId,
    keys: &AccountKeys,
) -> Result<Option<Zeroizing<Vec<u8>>>, StorageError> {
    let Some(row) = tx.fetch_optional(query(sql).bind(account.to_string())).await? else { return Ok(None) };
    let id = row.text("id")?;
    let sealed = row.bytes_if_any(column)?;
    sealed.map(|sealed| Ok(keys.open(place(column, &id), &sealed)?)).transpose()
}

fn sealed_app(link: &Link, id: &str, keys: &AccountKeys, rng: &Rng) -> Result<Option<Vec<u8>>, StorageError> {
    let Some(app) = &link.app else { return Ok(None) };
    Ok(Some(keys.seal(place("app_sealed", id), &app.plain()?, rng)?))
}

fn sealed_token(
    link: &Link,
    id: &str,
    keys: &AccountKeys,
    rng: &Rng,
) -> Result<Option<Vec<u8>>, StorageError> {
    let Some(secrets) = &link.secrets else { return Ok(None) };
    let plain = secrets.current.expose_secret().as_bytes();
    Ok(Some(keys.seal(place("secret_token_sealed", id), plain, rng)?))
}

fn read(row: &Row, keys: &AccountKeys) -> Result<Link, StorageError> {
    let id = row.text("id")?;
    let app = row.bytes_if_any("app_sealed")?;
    let app = app.map(|sealed| App::read(&keys.open(place("app_sealed", &id), &sealed)?)).transpose()?;
    let state: ZoomLinkState = row.parsed("state")?;
    let granted_at = row.moment_if_any("granted_at")?;
    Ok(Link {
        kind: row.parsed("kind")?,
        state,
        version: row.number("version")?,
        place: read_place(row)?,
        capabilities: row.text("capabilities")?,
        app,
        app_set_at: row.moment_if_any("app_set_at")?,
        secrets: read_secrets(row, |column, sealed| Ok(keys.open(place(column, &id), sealed)?))?,
        granted_at: granted_at.filter(|_| state != ZoomLinkState::Waiting),
        validated_at: row.moment_if_any("validated_at")?,
        last_event_at: row.moment_if_any("last_event_at")?,
        standing: Standing {
            state: row.parsed("check_state")?,
            checked_at: row.moment_if_any("checked_at")?,
            failing_since: row.moment_if_any("failing_since")?,
            told: row.parsed("told_state")?,
            next_at: row.moment("next_check_at")?,
        },
        created_by: row.text("created_by")?,
        created_at: row.moment("created_at")?,
        id: row.parsed("id")?,
    })
}

pub(super) fn read_place(row: &Row) -> Result<Where, StorageError> {
    let bases = row.text_if_any("web_base")?.zip(row.text_if_any("api_base")?);
    Ok(Where { cloud: row.parsed("cloud")?, bases })
}

pub(super) fn read_secrets(
    row: &Row,
    open: impl Fn(&'static str, &[u8]) -> Result<Zeroizing<Vec<u8>>, StorageError>,
) -> Result<Option<EventSecrets>, StorageError> {
    let secret = |column: &'static str| -> Result<Option<SecretString>, StorageError> {
        let Some(sealed) = row.bytes_if_any(column)? else { return Ok(None) };
        let plain = open(column, &sealed)?;
        let text = std::str::from_utf8(&plain).map_err(|_| StorageError::Corrupt(column))?;
        Ok(Some(text.to_owned().into()))
    };
    let Some(current) = secret("secret_token_sealed")? else { return Ok(None) };
    let previous = secret("previous_token_sealed")?.zip(row.moment_if_any("previous_until")?);
    Ok(Some(EventSecrets { current, previous, set_at: row.moment("token_set_at")? }))
}

pub(super) const fn place<'p>(column: &'static str, row: &'p str) -> Place<'p> {
    Place { table: "zoom_links", column, row }
}
