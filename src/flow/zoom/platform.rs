//! The platform's one Zoom app, which accounts may use instead of one of their own: its client, secret and secret token are
//! the operators', an account that uses it holds its tokens alone.
//!
//! A new secret token verifies at once, and the one of before for a while more, as with accounts' own apps. Another client
//! id, or another place, is another app: nothing secret of the old one goes there. Its client secret is entered anew, its
//! secret tokens verify nothing more, and what accounts authorised is laid aside: they authorise the new one, and are told so
//! by the test of their link. If it was a slip and the old one is put back, the test takes up what was laid aside.

use secrecy::SecretString;
use serde_json::json;

use super::client;
use super::entered::{checked_client, checked_place, checked_secrets, differ};
use super::link::{Validation, hint, redirect, webhook_of_platform};
use crate::access::{self, Action};
use crate::base::id::AccountId;
use crate::base::{Ctx, Instant};
use crate::directory::state::{ZoomCloud, ZoomKind};
use crate::flow::event::tell_home;
use crate::flow::{FlowError, Gateway};
use crate::storage::Tx;
use crate::storage::zoom_grant;
use crate::storage::zoom_link::{self, App};
use crate::storage::zoom_platform::{self, PlatformApp};

const NONE: FlowError = FlowError::NotFound("Zoom app");
/// What the app is called in events.
const TARGET: &str = "zoom_platform_app";

/// What an operator enters. What is not given stays as it is.
#[derive(Debug, Clone)]
pub struct Save {
    /// Which Zoom.
    pub cloud: ZoomCloud,
    /// The site that gives tokens and the API, where Zoom is elsewhere.
    pub bases: Option<(String, String)>,
    /// Client ID.
    pub client_id: Option<String>,
    /// Client Secret.
    pub client_secret: Option<SecretString>,
    /// Secret Token.
    pub secret_token: Option<SecretString>,
}

/// The app as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppView {
    /// Counts its changes.
    pub version: i64,
    /// Which Zoom.
    pub cloud: ZoomCloud,
    /// Where that is, if it was chosen.
    pub bases: Option<(String, String)>,
    /// Client ID.
    pub client_id: String,
    /// The last characters of the client secret.
    pub client_secret_hint: String,
    /// When that was entered.
    pub client_secret_set_at: Instant,
    /// The last characters of the secret token.
    pub secret_token_hint: Option<String>,
    /// When that was entered.
    pub secret_token_set_at: Option<Instant>,
    /// Until when events are accepted by the secret token of before as well.
    pub overlap_until: Option<Instant>,
    /// When Zoom last asked whether we hold the secret token, and was answered.
    pub validated_at: Option<Instant>,
    /// What that says by now.
    pub validation: Validation,
}

/// The app, how many accounts are linked by it, and what is to be copied into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The app, if there is one.
    pub app: Option<AppView>,
    /// Accounts that are linked by it.
    pub accounts: i64,
    /// Where its events are posted.
    pub webhook: String,
    /// Where browsers come back to after authorising.
    pub redirect: String,
}

/// The platform's app.
///
/// # Errors
/// [`FlowError::Denied`].
pub async fn show(gateway: &Gateway, ctx: &Ctx) -> Result<Shown, FlowError> {
    access::decide(ctx.actor, Action::ManageZoomPlatform)?;
    let mut tx = gateway.storage().read().await?;
    let found = client::platform(gateway, &mut tx).await?;
    Ok(Shown {
        app: found.map(|app| view(app, ctx.now)),
        accounts: zoom_link::count_of_kind(&mut tx, ZoomKind::Platform).await?,
        webhook: webhook_of_platform(gateway),
        redirect: redirect(gateway),
    })
}

/// Enters the platform's app, or changes it, if its version is what the caller expects (0 without one).
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::Stale`], [`FlowError::Invalid`].
pub async fn save(
    gateway: &Gateway,
    ctx: &Ctx,
    input: Save,
    expects: impl Fn(i64) -> bool + Send,
) -> Result<AppView, FlowError> {
    access::decide(ctx.actor, Action::ManageZoomPlatform)?;
    let mut tx = gateway.storage().write().await?;
    let keys = gateway.storage().keys_of(&mut tx, None).await?;
    let before = zoom_platform::find(&mut tx, &keys).await?;
    if !expects(before.as_ref().map_or(0, |app| app.version)) {
        return Err(FlowError::Stale);
    }
    let old = before.as_ref();
    let asked = (input.cloud, input.bases.as_ref());
    let place = checked_place(gateway, ctx, asked, old.map(|app| &app.place))?;
    let (client_id, client_secret) = checked_client(
        (input.client_id.as_deref(), input.client_secret.as_ref()),
        old.map(|app| (app.app.client_id.as_str(), &app.app.client_secret)),
        old.is_some_and(|app| app.place == place),
    )?;
    let same = old.filter(|app| app.place == place && app.app.client_id == client_id);
    let laid_aside = match (old, same) {
        (Some(_), None) => zoom_grant::lay_aside(&mut tx, ZoomKind::Platform).await?,
        // Where there was none, tokens that were kept say themselves of which app they are.
        _ => 0,
    };
    if same.is_none() {
        // Owners hear of it; or tokens of before are of this app.
        zoom_link::update_turns_of_waiting(&mut tx, ZoomKind::Platform, ctx.now).await?;
    }
    let secrets =
        checked_secrets(input.secret_token.as_ref(), same.and_then(|app| app.secrets.as_ref()), ctx.now)?;
    let has_new_secret = differ(old.map(|app| app.app.client_secret.clone()), Some(client_secret.clone()));
    let has_new_token = differ(
        old.and_then(|app| app.secrets.as_ref()).map(|secrets| secrets.current.clone()),
        secrets.as_ref().map(|secrets| secrets.current.clone()),
    );
    let now = PlatformApp {
        version: old.map_or(1, |app| app.version + 1),
        place,
        app_set_at: old.filter(|_| !has_new_secret).map_or(ctx.now, |app| app.app_set_at),
        app: App { client_id, client_secret, account_id: None },
        secrets,
        validated_at: same.and_then(|app| app.validated_at),
    };
    zoom_platform::set(&mut tx, &now, (&keys, gateway.rng())).await?;
    let body = json!({
        "cloud": now.place.cloud.name(), "bases": now.place.bases, "client_id": now.app.client_id,
        "has_new_client_secret": has_new_secret, "has_new_secret_token": has_new_token,
        "authorisations_ended": laid_aside,
    });
    let action = if old.is_some() { "zoom_platform_app.updated" } else { "zoom_platform_app.created" };
    tell_home(&mut tx, gateway, ctx, None, (action, TARGET, &body)).await?;
    tx.commit().await?;
    Ok(view(now, ctx.now))
}

/// Takes the platform's app away. Accounts that are linked by it cannot use their links until there is one again.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without one; [`FlowError::Stale`].
pub async fn remove(
    gateway: &Gateway,
    ctx: &Ctx,
    expects: impl Fn(i64) -> bool + Send,
) -> Result<(), FlowError> {
    access::decide(ctx.actor, Action::ManageZoomPlatform)?;
    let mut tx = gateway.storage().write().await?;
    let found = client::platform(gateway, &mut tx).await?.ok_or(NONE)?;
    if !expects(found.version) {
        return Err(FlowError::Stale);
    }
    zoom_platform::delete(&mut tx).await?;
    let body = json!({ "client_id": found.app.client_id });
    tell_home(&mut tx, gateway, ctx, None, ("zoom_platform_app.removed", TARGET, &body)).await?;
    Ok(tx.commit().await?)
}

/// Under what a Zoom account is found again that an account here is linked to by the platform's app.
pub(super) async fn hash_of(
    gateway: &Gateway,
    tx: &mut Tx,
    zoom_account: &str,
) -> Result<Vec<u8>, FlowError> {
    let keys = gateway.storage().keys_of(tx, None).await?;
    Ok(keys.lookup("zoom account", zoom_account.as_bytes())?)
}

/// The account that a Zoom account is linked to by the platform's app: whose an event of that app is.
pub(super) async fn account_of(
    gateway: &Gateway,
    tx: &mut Tx,
    zoom_account: &str,
) -> Result<Option<AccountId>, FlowError> {
    let hash = hash_of(gateway, tx, zoom_account).await?;
    Ok(zoom_link::account_of_zoom(tx, &hash).await?)
}

fn view(app: PlatformApp, now: Instant) -> AppView {
    let secrets = app.secrets.as_ref();
    let overlap = secrets.and_then(|secrets| secrets.previous.as_ref()).map(|(_, until)| *until);
    AppView {
        version: app.version,
        cloud: app.place.cloud,
        client_secret_hint: hint(&app.app.client_secret),
        client_secret_set_at: app.app_set_at,
        secret_token_hint: secrets.map(|secrets| hint(&secrets.current)),
        secret_token_set_at: secrets.map(|secrets| secrets.set_at),
        overlap_until: overlap.filter(|until| now < *until),
        validated_at: app.validated_at,
        validation: Validation::of(app.validated_at, secrets.map(|secrets| secrets.set_at), now),
        client_id: app.app.client_id,
        bases: app.place.bases,
    }
}
