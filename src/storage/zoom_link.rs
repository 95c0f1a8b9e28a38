//! An account's link to Zoom: credentials, tokens and secret tokens, all sealed; how it stood when it was tested.
//!
//! What may be known without a key are kinds, states and times. The refresh token of an authorised app rotates: whoever
//! asks for the next one holds the lease ([`lease`]), and keeps it with [`keep_grant`] before it is used.

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

/// The tokens of an app that somebody has authorised.
#[derive(Clone, Serialize, Deserialize)]
pub struct Grant {
    /// The next refresh token.
    pub refresh: String,
    /// The access token.
    pub access: String,
    /// When that ends: seconds.
    pub expires_at: i64,
    /// What it may do.
    pub scopes: String,
    /// The API of its region.
    pub api_url: Option<String>,
    /// Whose it is: the Zoom account's id.
    pub zoom_account: Option<String>,
    /// Who authorised it: their id in Zoom.
    #[serde(default)]
    pub user: Option<String>,
    /// Whether they own or administer that Zoom account.
    #[serde(default)]
    pub is_administrators: bool,
    /// Of which app, at which Zoom: it is sent nowhere else, and nothing else is asked for by it.
    #[serde(default)]
    pub of: String,
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
const IS_GRANTED: &str = "SELECT COUNT(*) AS number FROM zoom_links WHERE account_id = $1
    AND granted_at IS NOT NULL AND state <> 'waiting'";
const FIND_GRANT: &str = "SELECT id, grant_sealed FROM zoom_links WHERE account_id = $1";
const KEEP_GRANT: &str =
    "UPDATE zoom_links SET grant_sealed = $3, zoom_account_hash = COALESCE($4, zoom_account_hash), leased_until = NULL
    WHERE account_id = $1 AND lease = $2";
const SET_GRANT: &str = "UPDATE zoom_links SET grant_sealed = $2, granted_at = $3, zoom_account_hash = $4,
    state = $5, lease = NULL, leased_until = NULL, version = version + 1 WHERE account_id = $1";
const LAY_GRANTS_ASIDE: &str =
    "UPDATE zoom_links SET zoom_account_hash = NULL, state = 'waiting', version = version + 1
    WHERE kind = $1 AND granted_at IS NOT NULL AND state = 'active'";
const UPDATE_TURNS_OF_WAITING: &str =
    "UPDATE zoom_links SET next_check_at = $2 WHERE kind = $1 AND state = 'waiting'";
const TAKE_GRANT_UP: &str =
    "UPDATE zoom_links SET zoom_account_hash = $3, state = 'active', version = version + 1
    WHERE account_id = $1 AND version = $2 AND granted_at IS NOT NULL AND state = 'waiting'";
const LEASE: &str = "UPDATE zoom_links SET lease = $2, leased_until = $4
    WHERE account_id = $1 AND COALESCE(leased_until, 0) <= $3";
const RELEASE: &str = "UPDATE zoom_links SET leased_until = NULL WHERE account_id = $1 AND lease = $2";
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

/// Whether somebody has authorised the app of an account's link.
///
/// # Errors
/// [`StorageError`].
pub async fn is_granted(tx: &mut Tx, account: AccountId) -> Result<bool, StorageError> {
    Ok(tx.fetch_one(query(IS_GRANTED).bind(account.to_string())).await?.number("number")? > 0)
}

/// The tokens of an authorised app.
///
/// # Errors
/// [`StorageError`].
pub async fn find_grant(
    tx: &mut Tx,
    account: AccountId,
    keys: &AccountKeys,
) -> Result<Option<Grant>, StorageError> {
    let plain = opened(tx, (FIND_GRANT, "grant_sealed"), account, keys).await?;
    plain
        .map(|plain| serde_json::from_slice(&plain).map_err(|_| StorageError::Corrupt("grant_sealed")))
        .transpose()
}

/// The right to ask for the next token, for whoever holds `lease`, until `until`; whether it was free.
///
/// # Errors
/// [`StorageError`].
pub async fn lease(
    tx: &mut Tx,
    account: AccountId,
    lease: &str,
    (now, until): (Instant, Instant),
) -> Result<bool, StorageError> {
    let lease = query(LEASE).bind(account.to_string()).bind(lease).bind(now.micros()).bind(until.micros());
    Ok(tx.execute(lease).await? == 1)
}

/// Gives that right back.
///
/// # Errors
/// [`StorageError`].
pub async fn release(tx: &mut Tx, account: AccountId, lease: &str) -> Result<(), StorageError> {
    tx.execute(query(RELEASE).bind(account.to_string()).bind(lease)).await.map(drop)
}

/// Keeps the next tokens, and under what their Zoom account is found where that was not known, and gives the lease back;
/// whether `lease` was still the one that counts.
///
/// # Errors
/// [`StorageError::Exists`] when another account is linked to that Zoom account by the platform's app.
pub async fn keep_grant(
    tx: &mut Tx,
    (account, id): (AccountId, ZoomLinkId),
    lease: &str,
    (grant, zoom_account_hash): (&Grant, Option<&[u8]>),
    (keys, rng): (&AccountKeys, &Rng),
) -> Result<bool, StorageError> {
    let sealed = sealed_grant(id, grant, keys, rng)?;
    let keep = query(KEEP_GRANT).bind(account.to_string()).bind(lease).bind(sealed).bind(zoom_account_hash);
    Ok(tx.execute(keep).await? == 1)
}

/// What an authorisation brings: the first tokens, whose they are, and that the link can be used. Without tokens, that it
/// has ended.
///
/// # Errors
/// [`StorageError::Exists`] when another account is linked to that Zoom account by the platform's app.
pub async fn set_grant(
    tx: &mut Tx,
    (account, id): (AccountId, ZoomLinkId),
    (state, grant): (ZoomLinkState, Option<(&Grant, Instant)>),
    zoom_account_hash: Option<&[u8]>,
    (keys, rng): (&AccountKeys, &Rng),
) -> Result<(), StorageError> {
    let sealed = grant.map(|(grant, _)| sealed_grant(id, grant, keys, rng)).transpose()?;
    let set = query(SET_GRANT)
        .bind(account.to_string())
        .bind(sealed)
        .bind(grant.map(|(_, at)| at.micros()))
        .bind(zoom_account_hash)
        .bind(state.name());
    tx.execute(set).await.map(drop)
}

/// Lays aside what was authorised by all accounts that are linked in that way: nothing is asked by it until they authorise
/// anew, or it is taken up ([`take_grant_up`]). How many there were.
///
/// # Errors
/// [`StorageError`].
pub async fn lay_grants_aside(tx: &mut Tx, kind: ZoomKind) -> Result<u64, StorageError> {
    tx.execute(query(LAY_GRANTS_ASIDE).bind(kind.name())).await
}

/// When links of that way are tested next whose app is not authorised, or whose tokens are laid aside.
///
/// # Errors
/// [`StorageError`].
pub async fn update_turns_of_waiting(tx: &mut Tx, kind: ZoomKind, next: Instant) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_TURNS_OF_WAITING).bind(kind.name()).bind(next.micros())).await.map(drop)
}

/// Uses the tokens of a link again that were laid aside, if it is that version still; whether it was.
///
/// # Errors
/// [`StorageError::Exists`] when another account is linked to that Zoom account by the platform's app.
pub async fn take_grant_up(
    tx: &mut Tx,
    (account, version): (AccountId, i64),
    zoom_account_hash: Option<&[u8]>,
) -> Result<bool, StorageError> {
    let take = query(TAKE_GRANT_UP).bind(account.to_string()).bind(version).bind(zoom_account_hash);
    Ok(tx.execute(take).await? == 1)
}

fn sealed_grant(
    id: ZoomLinkId,
    grant: &Grant,
    keys: &AccountKeys,
    rng: &Rng,
) -> Result<Vec<u8>, StorageError> {
    let plain = serde_json::to_vec(grant).map_err(|_| StorageError::Corrupt("grant_sealed"))?;
    Ok(keys.seal(place("grant_sealed", &id.to_string()), &Zeroizing::new(plain), rng)?)
}

async fn opened(
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

const fn place<'p>(column: &'static str, row: &'p str) -> Place<'p> {
    Place { table: "zoom_links", column, row }
}
