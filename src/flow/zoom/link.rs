//! An account's link to Zoom: how it stands, entering and changing it, taking it away.
//!
//! # Design
//!
//! Credentials are replaced as a whole or in part; what is not given stays. What runs goes on with the client that it
//! has, whose token is good until it ends; whoever asks for the client afterwards gets one with the new credentials. A new
//! secret token verifies at once, and the one of before for [`OVERLAP_SECONDS`] more. What belongs to another app or
//! another Zoom (secret tokens, the tokens that Zoom gave, the Zoom account that they are of) goes with it, and the client
//! secret has to be entered again.
//!
//! Addresses other than Zoom's own are for operators to choose: secrets are sent there.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::client::{self, platform};
use super::entered::{capabilities, decided, differ};
use super::provision::settings::time_inventory;
use super::tokens;
use super::work::Home;
use crate::access::{self, Action};
use crate::base::id::{AccountId, ZoomLinkId};
use crate::base::time::DAY_SECONDS;
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::state::{ZoomCheckState, ZoomCloud, ZoomKind, ZoomLinkState};
use crate::flow::deadline::ZOOM_OVERDUE_SECONDS;
use crate::flow::event::tell;
use crate::flow::{FlowError, Gateway, grant};
use crate::storage::Tx;
use crate::storage::account::Account;
use crate::storage::seal::AccountKeys;
use crate::storage::zoom_grant;
use crate::storage::zoom_link::{self, Link};
use crate::zoom::credentials::Secret;
use crate::zoom::scope::Capability;

/// For so long events are accepted by the secret token of before as well.
pub const OVERLAP_SECONDS: i64 = DAY_SECONDS;
pub(super) const NONE: FlowError = FlowError::NotFound("Zoom link");

/// What an owner enters. What is not given stays as it is.
#[derive(Debug, Clone)]
pub struct Save {
    /// Of which account.
    pub account: Slug,
    /// How it is linked.
    pub kind: ZoomKind,
    /// Which Zoom.
    pub cloud: ZoomCloud,
    /// The site that gives tokens and the API, where Zoom is elsewhere.
    pub bases: Option<(String, String)>,
    /// What it is used for: `events`, `provisioning`, `inventory`.
    pub capabilities: Vec<String>,
    /// Client ID.
    pub client_id: Option<String>,
    /// Client Secret.
    pub client_secret: Option<SecretString>,
    /// Account ID, of a Server-to-Server app.
    pub zoom_account: Option<String>,
    /// Secret Token.
    pub secret_token: Option<SecretString>,
}

/// Whether Zoom has found that we hold the secret token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validation {
    /// It has not asked yet.
    Never,
    /// It has.
    Good,
    /// It should have asked again by now, or has not asked by the secret token that counts.
    Overdue,
}

impl Validation {
    /// What a validation of then says now of a secret token that was entered then.
    pub(super) fn of(validated_at: Option<Instant>, set_at: Option<Instant>, now: Instant) -> Self {
        let Some(at) = validated_at else { return Self::Never };
        let is_old = now >= at.plus_seconds(ZOOM_OVERDUE_SECONDS);
        if is_old || set_at.is_some_and(|set_at| at < set_at) { Self::Overdue } else { Self::Good }
    }
}

/// A link as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkView {
    /// Its id.
    pub id: ZoomLinkId,
    /// How the account is linked.
    pub kind: ZoomKind,
    /// Its state.
    pub state: ZoomLinkState,
    /// Counts its changes.
    pub version: i64,
    /// Which Zoom.
    pub cloud: ZoomCloud,
    /// Where that is, if an operator has chosen it.
    pub bases: Option<(String, String)>,
    /// What it is used for.
    pub capabilities: Vec<&'static str>,
    /// Client ID; not the platform's.
    pub client_id: Option<String>,
    /// The last characters of the client secret.
    pub client_secret_hint: Option<String>,
    /// When that was entered.
    pub client_secret_set_at: Option<Instant>,
    /// The Zoom account, as far as it is known.
    pub zoom_account: Option<String>,
    /// The last characters of the secret token.
    pub secret_token_hint: Option<String>,
    /// When that was entered.
    pub secret_token_set_at: Option<Instant>,
    /// Until when events are accepted by the secret token of before as well.
    pub overlap_until: Option<Instant>,
    /// When somebody authorised the app.
    pub granted_at: Option<Instant>,
    /// When Zoom last asked whether we hold the secret token, and was answered.
    pub validated_at: Option<Instant>,
    /// What that says by now.
    pub validation: Validation,
    /// When the last event came.
    pub last_event_at: Option<Instant>,
    /// How it stood when it was tested.
    pub check: ZoomCheckState,
    /// When that was.
    pub checked_at: Option<Instant>,
    /// Since when something does not work.
    pub failing_since: Option<Instant>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
}

/// What is to be copied into the app in Zoom's Marketplace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// Where events are posted.
    pub webhook: String,
    /// The same by the platform's own id of the account, as some platforms print it in their guides.
    pub webhook_by_id: Option<String>,
    /// Where events of the platform's app are posted.
    pub webhook_of_platform: String,
    /// Where browsers come back to after authorising.
    pub redirect: String,
}

/// Where Zoom finds us for an account.
#[must_use]
pub(super) fn addresses(gateway: &Gateway, account: &Account) -> Addresses {
    let base = gateway.public_url();
    let by_id = account.external_id.as_deref().map(|id| {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("account_id", id).finish();
        format!("{base}/zoom/notifications?{query}")
    });
    Addresses {
        webhook: format!("{base}/zoom/{}/webhook", account.slug),
        webhook_by_id: by_id,
        webhook_of_platform: webhook_of_platform(gateway),
        redirect: redirect(gateway),
    }
}

/// Where browsers come back to after authorising: the same for all accounts, so that one app can have it.
pub(super) fn redirect(gateway: &Gateway) -> String {
    format!("{}/zoom/authorized", gateway.public_url())
}

/// Where events of the platform's app are posted.
pub(super) fn webhook_of_platform(gateway: &Gateway) -> String {
    format!("{}/zoom/webhook", gateway.public_url())
}

/// An account's link, what is to be copied for it, and whether the platform has an app of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The link, if there is one.
    pub link: Option<LinkView>,
    /// What is to be copied.
    pub addresses: Addresses,
    /// Whether the platform's app can be used.
    pub has_platform_app: bool,
    /// Whether the caller may say where Zoom is.
    pub may_choose_bases: bool,
}

/// An account's link to Zoom.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account.
pub async fn show(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<Shown, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, granted) = grant::account(&mut tx, ctx, Action::ReadZoom, slug).await?;
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    let found = zoom_link::find(&mut tx, granted.account(), &keys).await?;
    let link = match found {
        Some(link) => Some(view(&mut tx, link, (granted.account(), &keys), ctx.now).await?),
        None => None,
    };
    Ok(Shown {
        link,
        addresses: addresses(gateway, &account),
        has_platform_app: platform(gateway, &mut tx).await?.is_some(),
        may_choose_bases: access::decide(ctx.actor, Action::ManageZoomPlatform).is_ok(),
    })
}

/// Links an account to Zoom, or changes how it is linked, if the version of its link is what the caller expects (0
/// without one). Nothing is asked of Zoom: a link that does not work is kept all the same, and tested soon.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`], [`FlowError::Stale`], [`FlowError::Invalid`].
pub async fn save(
    gateway: &Gateway,
    ctx: &Ctx,
    input: Save,
    expects: impl Fn(i64) -> bool + Send,
) -> Result<LinkView, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (_, granted) = grant::account(&mut tx, ctx, Action::ManageZoom, &input.account).await?;
    let account = granted.account();
    let keys = gateway.storage().keys(&mut tx, account).await?;
    let before = zoom_link::find(&mut tx, account, &keys).await?;
    if !expects(before.as_ref().map_or(0, |link| link.version)) {
        return Err(FlowError::Stale);
    }
    let platform = platform(gateway, &mut tx).await?;
    let now = decided(gateway, ctx, &input, before.as_ref(), platform.as_ref())?;
    let with = (&*keys, gateway.rng());
    match &before {
        None => zoom_link::insert(&mut tx, account, &now, with).await?,
        Some(before) => {
            zoom_link::update(&mut tx, account, &now, with).await?;
            // What is laid aside of the platform's app stays for as long as the account is linked by that.
            let leaves_platform = before.kind == ZoomKind::Platform && now.kind != ZoomKind::Platform;
            if leaves_platform || (before.granted_at.is_some() && now.granted_at.is_none()) {
                let of = (account, now.id);
                zoom_grant::set(&mut tx, of, (now.state, None), None, with).await?;
            }
        }
    }
    if capabilities(&now).contains(&Capability::Inventory) {
        let home = Home { account, keys: Arc::clone(&keys) };
        time_inventory(&mut tx, gateway, ctx, &home).await?;
    }
    let action = if before.is_some() { "zoom_link.updated" } else { "zoom_link.created" };
    let secret =
        |link: Option<&Link>| link.and_then(|link| link.app.as_ref()).map(|app| app.client_secret.clone());
    let token =
        |link: Option<&Link>| link.and_then(|link| link.secrets.as_ref()).map(|of| of.current.clone());
    let body = json!({
        "before": before.as_ref().map(told), "after": told(&now),
        "has_new_client_secret": differ(secret(before.as_ref()), secret(Some(&now))),
        "has_new_secret_token": differ(token(before.as_ref()), token(Some(&now))),
    });
    tell(&mut tx, gateway, ctx, (account, &keys), (action, now.id, &body)).await?;
    let saved = zoom_link::find(&mut tx, account, &keys).await?.ok_or(NONE)?;
    let view = view(&mut tx, saved, (account, &keys), ctx.now).await?;
    tx.commit().await?;
    Ok(view)
}

/// Takes the link away, with all credentials and tokens; tokens that Zoom still holds good are given back. What Zoom told
/// stays until its time has passed.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without a link; [`FlowError::Stale`].
pub async fn remove(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: &Slug,
    expects: impl Fn(i64) -> bool + Send,
) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (_, granted) = grant::account(&mut tx, ctx, Action::ManageZoom, slug).await?;
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    let found = zoom_link::find(&mut tx, granted.account(), &keys).await?.ok_or(NONE)?;
    if !expects(found.version) {
        return Err(FlowError::Stale);
    }
    let held = zoom_grant::find(&mut tx, granted.account(), &keys).await?;
    let platform = platform(gateway, &mut tx).await?;
    zoom_link::delete(&mut tx, granted.account()).await?;
    let body = json!({ "before": told(&found) });
    let account = granted.account();
    tell(&mut tx, gateway, ctx, (account, &keys), ("zoom_link.removed", found.id, &body)).await?;
    tx.commit().await?;
    if let Some(held) = held
        && let Ok((bases, app)) = client::parts(&found, platform.as_ref())
    {
        tokens::give_back(gateway, (&bases, &app), &held).await;
    }
    Ok(())
}

/// What an event says of a link: nothing secret.
fn told(link: &Link) -> Value {
    json!({
        "kind": link.kind.name(), "state": link.state.name(), "cloud": link.place.cloud.name(),
        "bases": link.place.bases, "capabilities": link.capabilities,
        "client_id": link.app.as_ref().map(|app| &app.client_id),
        "zoom_account": link.app.as_ref().and_then(|app| app.account_id.as_ref()),
    })
}

/// A link as flows hand it out.
pub(super) async fn view(
    tx: &mut Tx,
    link: Link,
    (account, keys): (AccountId, &Arc<AccountKeys>),
    now: Instant,
) -> Result<LinkView, FlowError> {
    let granted = match link.granted_at {
        Some(_) => zoom_grant::find(tx, account, keys).await?,
        None => None,
    };
    let capabilities = capabilities(&link).into_iter().map(Capability::name).collect();
    let own = link.app.as_ref().and_then(|app| app.account_id.clone());
    let set_at = link.secrets.as_ref().map(|secrets| secrets.set_at);
    let overlap = link.secrets.as_ref().and_then(|secrets| secrets.previous.as_ref());
    Ok(LinkView {
        id: link.id,
        kind: link.kind,
        state: link.state,
        version: link.version,
        cloud: link.place.cloud,
        capabilities,
        client_id: link.app.as_ref().map(|app| app.client_id.clone()),
        client_secret_hint: link.app.as_ref().map(|app| hint(&app.client_secret)),
        client_secret_set_at: link.app_set_at,
        zoom_account: own.or(granted.and_then(|grant| grant.zoom_account)),
        secret_token_hint: link.secrets.as_ref().map(|secrets| hint(&secrets.current)),
        secret_token_set_at: set_at,
        overlap_until: overlap.map(|(_, until)| *until).filter(|until| now < *until),
        granted_at: link.granted_at,
        validated_at: link.validated_at,
        validation: Validation::of(link.validated_at, set_at, now),
        last_event_at: link.last_event_at,
        check: link.standing.state,
        checked_at: link.standing.checked_at,
        failing_since: link.standing.failing_since,
        created_by: link.created_by,
        created_at: link.created_at,
        bases: link.place.bases,
    })
}

/// The last characters of a secret; of a short one, nothing.
pub(super) fn hint(secret: &SecretString) -> String {
    Secret::parse(secret.expose_secret()).map(|secret| secret.hint().to_owned()).unwrap_or_default()
}
