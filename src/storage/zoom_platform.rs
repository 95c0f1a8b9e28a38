//! The platform's one Zoom app, which accounts may use instead of one of their own. It belongs to the installation, and is
//! sealed under its key.

use secrecy::ExposeSecret;

use super::row::Columns;
use super::seal::{AccountKeys, Place};
use super::sql::query;
use super::zoom_link::{App, EventSecrets, Where, read_place, read_secrets};
use super::{StorageError, Tx};
use crate::base::{Instant, Rng};

/// The one row.
const ID: &str = "platform";

/// The app.
#[derive(Debug, Clone)]
pub struct PlatformApp {
    /// Counts its changes.
    pub version: i64,
    /// Where Zoom is.
    pub place: Where,
    /// Client and secret.
    pub app: App,
    /// When they were entered.
    pub app_set_at: Instant,
    /// What its events are signed with.
    pub secrets: Option<EventSecrets>,
    /// When Zoom last asked whether we hold the secret of its events, and was answered.
    pub validated_at: Option<Instant>,
}

const FIND: &str =
    "SELECT version, cloud, web_base, api_base, app_sealed, app_set_at, secret_token_sealed, previous_token_sealed,
    previous_until, token_set_at, validated_at FROM zoom_platform_apps WHERE id = 'platform'";
const SET: &str = "INSERT INTO zoom_platform_apps (id, version, cloud, web_base, api_base, app_sealed, app_set_at,
    secret_token_sealed, previous_token_sealed, previous_until, token_set_at, validated_at)
    VALUES ('platform', 1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (id) DO UPDATE SET version = zoom_platform_apps.version + 1, cloud = $1, web_base = $2, api_base = $3,
    app_sealed = $4, app_set_at = $5, secret_token_sealed = $6, previous_token_sealed = $7, previous_until = $8,
    token_set_at = $9, validated_at = $10";
const DELETE: &str = "DELETE FROM zoom_platform_apps WHERE id = 'platform'";
const UPDATE_VALIDATED: &str = "UPDATE zoom_platform_apps SET validated_at = $1 WHERE id = 'platform'";

/// The app, if there is one.
///
/// # Errors
/// [`StorageError`].
pub async fn find(tx: &mut Tx, keys: &AccountKeys) -> Result<Option<PlatformApp>, StorageError> {
    let Some(row) = tx.fetch_optional(query(FIND)).await? else { return Ok(None) };
    Ok(Some(PlatformApp {
        version: row.number("version")?,
        place: read_place(&row)?,
        app: App::read(&keys.open(place("app_sealed"), &row.bytes("app_sealed")?)?)?,
        app_set_at: row.moment("app_set_at")?,
        secrets: read_secrets(&row, |column, sealed| Ok(keys.open(place(column), sealed)?))?,
        validated_at: row.moment_if_any("validated_at")?,
    }))
}

/// Enters the app, or changes it.
///
/// # Errors
/// [`StorageError`].
pub async fn set(
    tx: &mut Tx,
    now: &PlatformApp,
    (keys, rng): (&AccountKeys, &Rng),
) -> Result<(), StorageError> {
    let (web, api) = now.place.bases.as_ref().map(|(web, api)| (web.as_str(), api.as_str())).unzip();
    let secrets = now.secrets.as_ref();
    let previous = secrets.and_then(|secrets| secrets.previous.as_ref());
    let seal = |column, text: &str| keys.seal(place(column), text.as_bytes(), rng);
    let token =
        secrets.map(|secrets| seal("secret_token_sealed", secrets.current.expose_secret())).transpose()?;
    let before =
        previous.map(|(secret, _)| seal("previous_token_sealed", secret.expose_secret())).transpose()?;
    let set = query(SET)
        .bind(now.place.cloud.name())
        .bind(web)
        .bind(api)
        .bind(keys.seal(place("app_sealed"), &now.app.plain()?, rng)?)
        .bind(now.app_set_at.micros())
        .bind(token)
        .bind(before)
        .bind(previous.map(|(_, until)| until.micros()))
        .bind(secrets.map(|secrets| secrets.set_at.micros()))
        .bind(now.validated_at.map(Instant::micros));
    tx.execute(set).await.map(drop)
}

/// Drops it.
///
/// # Errors
/// [`StorageError`].
pub async fn delete(tx: &mut Tx) -> Result<(), StorageError> {
    tx.execute(query(DELETE)).await.map(drop)
}

/// Notes that Zoom asked whether we hold the secret, and was answered.
///
/// # Errors
/// [`StorageError`].
pub async fn update_validated(tx: &mut Tx, at: Instant) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_VALIDATED).bind(at.micros())).await.map(drop)
}

const fn place(column: &'static str) -> Place<'static> {
    Place { table: "zoom_platform_apps", column, row: ID }
}
