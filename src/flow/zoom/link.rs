//! An account's link to Zoom: its credentials, and the client that everything calls Zoom by.
//!
//! # Design
//!
//! Credentials are replaced as a whole or in part; what is not given stays. What runs goes on with the client that it
//! has, whose token is good until it ends; whoever asks for the client afterwards gets one with the new credentials. A new
//! secret token verifies at once, and the one of before for [`OVERLAP_SECONDS`] more. What belongs to another app or
//! another Zoom (tokens, the Zoom account that they are of) goes with it.
//!
//! Addresses other than Zoom's own are for operators to choose: secrets are sent there.

use std::sync::{Arc, Mutex};

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::Made;
use super::tokens::OfLink;
use crate::access::{self, Action, Granted};
use crate::base::id::{AccountId, ZoomLinkId};
use crate::base::sentence::sentence;
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::state::{ZoomCheckState, ZoomCloud, ZoomKind, ZoomLinkState};
use crate::flow::{FlowError, Gateway, grant};
use crate::storage::Tx;
use crate::storage::account::Account;
use crate::storage::event::{self, Event};
use crate::storage::seal::AccountKeys;
use crate::storage::zoom_link::{self, App as StoredApp, EventSecrets, Link, Standing, Where};
use crate::storage::zoom_platform::{self, PlatformApp};
use crate::zoom::api::tokens::OfApp;
use crate::zoom::api::{Settings, Zoom};
use crate::zoom::credentials::{App, Bases, PublicId, Secret};
use crate::zoom::scope::Capability;
use crate::zoom::webhook::signature::SecretToken;

/// For so long events are accepted by the secret token of before as well.
pub const OVERLAP_SECONDS: i64 = 86_400;
/// The longest that a call to Zoom waits for its turn by itself; whoever calls is told of longer waits.
const LONGEST_WAIT_SECONDS: i64 = 60;
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
        webhook_of_platform: format!("{base}/zoom/webhook"),
        redirect: format!("{base}/zoom/authorised"),
    }
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
            if before.granted_at.is_some() && now.granted_at.is_none() {
                let of = (account, now.id);
                zoom_link::set_grant(&mut tx, of, (now.state, None), None, with).await?;
            }
        }
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
    tell(&mut tx, gateway, ctx, (granted, &keys), (action, now.id, &body)).await?;
    let saved = zoom_link::find(&mut tx, account, &keys).await?.ok_or(NONE)?;
    let view = view(&mut tx, saved, (account, &keys), ctx.now).await?;
    tx.commit().await?;
    Ok(view)
}

/// Takes the link away, with all credentials and tokens. What Zoom told stays until its time has passed.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without a link.
pub async fn remove(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (_, granted) = grant::account(&mut tx, ctx, Action::ManageZoom, slug).await?;
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    let found = zoom_link::find(&mut tx, granted.account(), &keys).await?.ok_or(NONE)?;
    zoom_link::delete(&mut tx, granted.account()).await?;
    let body = json!({ "before": told(&found) });
    tell(&mut tx, gateway, ctx, (granted, &keys), ("zoom_link.removed", found.id, &body)).await?;
    Ok(tx.commit().await?)
}

/// The client of an account's link: the same one for everybody in this process, until the credentials are replaced. Who
/// the caller is was decided by then; ask for it anew for each piece of work.
///
/// # Errors
/// [`FlowError::NotFound`] without a link; [`FlowError::Invalid`] while nobody has authorised the app.
pub async fn client(gateway: &Gateway, account: AccountId) -> Result<Zoom, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let keys = gateway.storage().keys(&mut tx, account).await?;
    let link = zoom_link::find(&mut tx, account, &keys).await?.ok_or(NONE)?;
    let platform = platform(gateway, &mut tx).await?;
    drop(tx);
    client_of(gateway, account, &link, platform.as_ref())
}

pub(super) fn client_of(
    gateway: &Gateway,
    account: AccountId,
    link: &Link,
    platform: Option<&PlatformApp>,
) -> Result<Zoom, FlowError> {
    match link.state {
        ZoomLinkState::Active => {}
        ZoomLinkState::Waiting => {
            return Err(FlowError::Invalid(sentence!(
                "the Zoom app is not authorised yet: an owner or administrator of the Zoom account does that on \
                 the page of the link"
            )));
        }
        ZoomLinkState::Ended => {
            return Err(FlowError::Invalid(sentence!(
                "the app was removed in Zoom: add it there again, and authorise it anew"
            )));
        }
    }
    let (bases, app) = parts(link, platform)?;
    let account_id = link.app.as_ref().and_then(|app| app.account_id.as_deref());
    let account_id = account_id.map(PublicId::parse).transpose().map_err(|_| BROKEN)?;
    let of = Made {
        link: link.id,
        version: link.version,
        platform: platform.filter(|_| link.kind == ZoomKind::Platform).map_or(0, |app| app.version),
    };
    let (client, clock, rng) = (gateway.outbound(), gateway.clock(), gateway.rng());
    let settings = Settings {
        bases: bases.clone(),
        clock: clock.clone(),
        rng: rng.clone(),
        longest_wait: LONGEST_WAIT_SECONDS,
    };
    Ok(gateway.zoom().client(account, of, || {
        if let Some(account_id) = account_id {
            let renews = OfApp { client: client.clone(), bases, app, account_id, clock: clock.clone() };
            return Zoom::new(client.clone(), settings, Box::new(renews));
        }
        let renews = OfLink {
            storage: gateway.storage().clone(),
            account,
            id: link.id,
            client: client.clone(),
            bases,
            app,
            clock: clock.clone(),
            rng: rng.clone(),
            given: Mutex::default(),
        };
        Zoom::new(client.clone(), settings, Box::new(renews))
    }))
}

const BROKEN: FlowError = FlowError::Internal("stored credentials of Zoom");

/// Where Zoom is, and the app.
pub(super) fn parts(link: &Link, platform: Option<&PlatformApp>) -> Result<(Bases, App), FlowError> {
    let (place, app) = match link.kind {
        ZoomKind::Platform => {
            let platform = platform.ok_or_else(no_platform)?;
            (&platform.place, &platform.app)
        }
        ZoomKind::ServerToServer | ZoomKind::General => (&link.place, link.app.as_ref().ok_or(BROKEN)?),
    };
    let app = App {
        client_id: PublicId::parse(&app.client_id).map_err(|_| BROKEN)?,
        client_secret: Secret::parse(app.client_secret.expose_secret()).map_err(|_| BROKEN)?,
    };
    Ok((bases(place)?, app))
}

fn bases(place: &Where) -> Result<Bases, FlowError> {
    match (place.cloud, &place.bases) {
        (ZoomCloud::Commercial, _) => Ok(Bases::commercial()),
        (ZoomCloud::Government, _) => Ok(Bases::government()),
        (ZoomCloud::Custom, Some((web, api))) => Bases::custom(web, api).map_err(|_| BROKEN),
        (ZoomCloud::Custom, None) => Err(BROKEN),
    }
}

fn no_platform() -> FlowError {
    FlowError::Invalid(sentence!(
        "this platform has no Zoom app of its own: choose an app in your own Zoom account"
    ))
}

pub(super) async fn platform(gateway: &Gateway, tx: &mut Tx) -> Result<Option<PlatformApp>, FlowError> {
    let keys = gateway.storage().keys_of(tx, None).await?;
    Ok(zoom_platform::find(tx, &keys).await?)
}

/// The link as it is to be.
fn decided(
    gateway: &Gateway,
    ctx: &Ctx,
    input: &Save,
    before: Option<&Link>,
    platform: Option<&PlatformApp>,
) -> Result<Link, FlowError> {
    let place =
        checked_place(gateway, ctx, (input.cloud, input.bases.as_ref()), before.map(|link| &link.place))?;
    let old = before.and_then(|link| link.app.as_ref());
    let app = match input.kind {
        ZoomKind::Platform if platform.is_none() => return Err(no_platform()),
        ZoomKind::Platform => None,
        kind => Some(checked_app(input, old, kind)?),
    };
    let secrets = match input.kind {
        ZoomKind::Platform => None,
        _ => checked_secrets(
            input.secret_token.as_ref(),
            before.and_then(|link| link.secrets.as_ref()),
            ctx.now,
        )?,
    };
    let has_new_secret =
        differ(old.map(|app| app.client_secret.clone()), app.as_ref().map(|app| app.client_secret.clone()));
    let is_same_app = before.is_some_and(|link| {
        link.kind == input.kind
            && link.place == place
            && old.map(|app| &app.client_id) == app.as_ref().map(|app| &app.client_id)
    });
    let granted_at = before.filter(|_| is_same_app).and_then(|link| link.granted_at);
    let state = match input.kind {
        ZoomKind::ServerToServer => ZoomLinkState::Active,
        _ if granted_at.is_some() => ZoomLinkState::Active,
        _ => ZoomLinkState::Waiting,
    };
    let app_set_at = before.and_then(|link| link.app_set_at).filter(|_| !has_new_secret);
    let fresh = Standing {
        state: ZoomCheckState::Untested,
        checked_at: None,
        failing_since: None,
        told: ZoomCheckState::Untested,
        next_at: ctx.now,
    };
    Ok(Link {
        id: before.map_or_else(|| ZoomLinkId::make(ctx.now, gateway.rng()), |link| link.id),
        kind: input.kind,
        state,
        version: before.map_or(1, |link| link.version),
        place,
        capabilities: checked_capabilities(&input.capabilities)?,
        app_set_at: app.is_some().then(|| app_set_at.unwrap_or(ctx.now)),
        app,
        secrets,
        granted_at,
        validated_at: before.and_then(|link| link.validated_at),
        last_event_at: before.and_then(|link| link.last_event_at),
        standing: Standing { next_at: ctx.now, ..before.map_or(fresh, |link| link.standing) },
        created_by: before.map_or_else(|| ctx.actor.to_string(), |link| link.created_by.clone()),
        created_at: before.map_or(ctx.now, |link| link.created_at),
    })
}

/// Where Zoom is to be. Addresses of one's own choice are for operators: secrets are sent there.
pub(super) fn checked_place(
    gateway: &Gateway,
    ctx: &Ctx,
    (cloud, given): (ZoomCloud, Option<&(String, String)>),
    before: Option<&Where>,
) -> Result<Where, FlowError> {
    if cloud != ZoomCloud::Custom {
        return Ok(Where { cloud, bases: None });
    }
    let known =
        before.filter(|place| place.cloud == ZoomCloud::Custom).and_then(|place| place.bases.as_ref());
    let wanted = given.filter(|(web, api)| !web.trim().is_empty() || !api.trim().is_empty()).or(known);
    let (web, api) = wanted.ok_or_else(|| {
        FlowError::Invalid(sentence!("say where Zoom is: the site that gives tokens, and the API"))
    })?;
    let pair = (web.trim().trim_end_matches('/').to_owned(), api.trim().trim_end_matches('/').to_owned());
    if known != Some(&pair) {
        access::decide(ctx.actor, Action::ManageZoomPlatform)?;
        Bases::custom(&pair.0, &pair.1).map_err(|error| {
            FlowError::Invalid(sentence!("an address of Zoom cannot be used: {error}", error))
        })?;
        for url in [&pair.0, &pair.1] {
            gateway.outbound().check(url).map_err(|error| FlowError::Invalid(error.into()))?;
        }
    }
    Ok(Where { cloud, bases: Some(pair) })
}

fn checked_app(input: &Save, old: Option<&StoredApp>, kind: ZoomKind) -> Result<StoredApp, FlowError> {
    let (client_id, client_secret) = checked_client(
        (input.client_id.as_deref(), input.client_secret.as_ref()),
        old.map(|app| (app.client_id.as_str(), &app.client_secret)),
    )?;
    let account_id = if kind == ZoomKind::ServerToServer {
        let kept = old.and_then(|app| app.account_id.as_deref());
        let text = given(input.zoom_account.as_deref()).or(kept).unwrap_or_default();
        Some(public("Account ID", text)?)
    } else {
        None
    };
    Ok(StoredApp { client_id, client_secret, account_id })
}

/// An app's id and secret. A new id needs its own secret: the old one belongs to another app.
pub(super) fn checked_client(
    (id, secret): (Option<&str>, Option<&SecretString>),
    old: Option<(&str, &SecretString)>,
) -> Result<(String, SecretString), FlowError> {
    let id = given(id).or(old.map(|(id, _)| id)).unwrap_or_default();
    let id = public("Client ID", id)?;
    let kept = old.filter(|(before, _)| *before == id).map(|(_, secret)| secret);
    let secret = secret.filter(|secret| !secret.expose_secret().trim().is_empty()).or(kept);
    let secret = Secret::parse(secret.map_or("", |secret| secret.expose_secret()))
        .map_err(|error| FlowError::Invalid(sentence!("Client Secret: {error}", error)))?;
    Ok((id, secret.expose().into()))
}

fn public(what: &str, text: &str) -> Result<String, FlowError> {
    let id = PublicId::parse(text)
        .map_err(|error| FlowError::Invalid(sentence!("{what}: {error}", what, error)))?;
    Ok(id.as_str().to_owned())
}

fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// The secret tokens as they are to be: a new one, and the one of before for a while.
pub(super) fn checked_secrets(
    given: Option<&SecretString>,
    before: Option<&EventSecrets>,
    now: Instant,
) -> Result<Option<EventSecrets>, FlowError> {
    let kept = before.map(|before| EventSecrets {
        previous: before.previous.clone().filter(|(_, until)| now < *until),
        ..before.clone()
    });
    let Some(given) = given.filter(|given| !given.expose_secret().trim().is_empty()) else { return Ok(kept) };
    let token = SecretToken::new(given.expose_secret()).ok_or_else(|| {
        FlowError::Invalid(sentence!("Secret Token: it holds characters that no value of Zoom's holds: copy it again, without what stands \
             around it"))
    })?;
    if before.is_some_and(|before| before.current.expose_secret() == token.expose()) {
        return Ok(kept);
    }
    let previous = before.map(|before| (before.current.clone(), now.plus_seconds(OVERLAP_SECONDS)));
    Ok(Some(EventSecrets { current: token.expose().into(), previous, set_at: now }))
}

fn checked_capabilities(names: &[String]) -> Result<String, FlowError> {
    let mut chosen = Vec::new();
    for name in names {
        let capability = Capability::from_name(name).ok_or_else(|| {
            FlowError::Invalid(sentence!(
                "\"{name}\" is nothing that Zoom is used for here; choose events, provisioning or inventory",
                name = name.chars().take(50).collect::<String>()
            ))
        })?;
        if !chosen.contains(&capability) {
            chosen.push(capability);
        }
    }
    if chosen.is_empty() {
        return Err(FlowError::Invalid(sentence!("choose what Zoom is to be used for")));
    }
    chosen.sort_unstable();
    Ok(chosen.into_iter().map(Capability::name).collect::<Vec<_>>().join(" "))
}

/// What a link is used for.
pub(super) fn capabilities(link: &Link) -> Vec<Capability> {
    link.capabilities.split(' ').filter_map(Capability::from_name).collect()
}

fn differ(before: Option<SecretString>, after: Option<SecretString>) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => before.expose_secret() != after.expose_secret(),
        (before, after) => before.is_some() != after.is_some(),
    }
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

pub(super) async fn tell(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    (granted, keys): (Granted, &AccountKeys),
    (action, id, body): (&str, ZoomLinkId, &Value),
) -> Result<(), FlowError> {
    let (target, body) = (id.to_string(), body.to_string());
    let happened = Event { action, target: &target, body: body.as_bytes() };
    Ok(event::insert(tx, granted.account(), happened, keys, (ctx, gateway.rng())).await?)
}

pub(super) async fn view(
    tx: &mut Tx,
    link: Link,
    (account, keys): (AccountId, &Arc<AccountKeys>),
    now: Instant,
) -> Result<LinkView, FlowError> {
    let granted = match link.granted_at {
        Some(_) => zoom_link::find_grant(tx, account, keys).await?,
        None => None,
    };
    let capabilities = capabilities(&link).into_iter().map(Capability::name).collect();
    let own = link.app.as_ref().and_then(|app| app.account_id.clone());
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
        secret_token_set_at: link.secrets.as_ref().map(|secrets| secrets.set_at),
        overlap_until: overlap.map(|(_, until)| *until).filter(|until| now < *until),
        granted_at: link.granted_at,
        validated_at: link.validated_at,
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
