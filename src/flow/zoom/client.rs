//! The client that everything calls Zoom by, made of what an account's link holds.

use std::sync::Mutex;

use secrecy::ExposeSecret;

use super::Made;
use super::link::NONE;
use super::tokens::OfLink;
use crate::base::id::AccountId;
use crate::base::sentence::sentence;
use crate::directory::state::{ZoomCloud, ZoomKind, ZoomLinkState};
use crate::flow::{FlowError, Gateway};
use crate::storage::zoom_link::{self, Link, Where};
use crate::storage::zoom_platform::{self, PlatformApp};
use crate::storage::{Tx, zoom_grant};
use crate::zoom::api::tokens::OfApp;
use crate::zoom::api::{Settings, Zoom};
use crate::zoom::credentials::{App, Bases, PublicId, Secret};

/// The longest that a call to Zoom waits for its turn by itself; whoever calls is told of longer waits.
const LONGEST_WAIT_SECONDS: i64 = 60;
pub(super) const BROKEN: FlowError = FlowError::Internal("stored credentials of Zoom");

/// The client of an account's link: the same one for everybody in this process, until the credentials are replaced. Who
/// the caller is was decided by then; ask for it anew for each piece of work.
///
/// # Errors
/// [`FlowError::NotFound`] without a link; [`FlowError::Invalid`] while nobody has authorised the app.
pub(super) async fn of(gateway: &Gateway, account: AccountId) -> Result<Zoom, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let keys = gateway.storage().keys(&mut tx, account).await?;
    let link = zoom_link::find(&mut tx, account, &keys).await?.ok_or(NONE)?;
    let platform = platform(gateway, &mut tx).await?;
    let own = link.app.as_ref().and_then(|app| app.account_id.clone());
    let zoom_account = match own {
        None if link.granted_at.is_some() => {
            let grant = zoom_grant::find(&mut tx, account, &keys).await?;
            grant.and_then(|grant| grant.zoom_account)
        }
        own => own,
    };
    drop(tx);
    kept(gateway, account, (&link, platform.as_ref()), zoom_account)
}

/// The client that is kept for a link, or a new one that is.
fn kept(
    gateway: &Gateway,
    account: AccountId,
    (link, platform): (&Link, Option<&PlatformApp>),
    zoom_account: Option<String>,
) -> Result<Zoom, FlowError> {
    let pace = (LONGEST_WAIT_SECONDS, zoom_account.as_deref());
    let made = made(gateway, account, (link, platform), pace)?;
    let of = Made {
        link: link.id,
        version: link.version,
        platform: platform.filter(|_| link.kind == ZoomKind::Platform).map_or(0, |app| app.version),
        zoom_account,
    };
    Ok(gateway.zoom().client(account, of, || made))
}

/// A client of its own for a link, with a token of its own where the app gives them for the asking; at the pace of the Zoom
/// account that is named.
pub(super) fn made(
    gateway: &Gateway,
    account: AccountId,
    (link, platform): (&Link, Option<&PlatformApp>),
    (longest_wait, zoom_account): (i64, Option<&str>),
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
    let (client, clock, rng) = (gateway.outbound(), gateway.clock(), gateway.rng());
    let settings = Settings { bases: bases.clone(), clock: clock.clone(), rng: rng.clone(), longest_wait };
    let pace = zoom_account.map(|id| gateway.zoom().pace(&bases, id)).unwrap_or_default();
    if let Some(account_id) = account_id {
        let renews = OfApp { client: client.clone(), bases, app, account_id, clock: clock.clone() };
        return Ok(Zoom::at_pace(client.clone(), settings, Box::new(renews), pace));
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
    Ok(Zoom::at_pace(client.clone(), settings, Box::new(renews), pace))
}

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

pub(super) fn bases(place: &Where) -> Result<Bases, FlowError> {
    match (place.cloud, &place.bases) {
        (ZoomCloud::Commercial, _) => Ok(Bases::commercial()),
        (ZoomCloud::Government, _) => Ok(Bases::government()),
        (ZoomCloud::Custom, Some((web, api))) => Bases::custom(web, api).map_err(|_| BROKEN),
        (ZoomCloud::Custom, None) => Err(BROKEN),
    }
}

pub(super) fn no_platform() -> FlowError {
    FlowError::Invalid(sentence!(
        "this platform has no Zoom app of its own: choose an app in your own Zoom account"
    ))
}

/// The platform's app, if there is one.
pub(super) async fn platform(gateway: &Gateway, tx: &mut Tx) -> Result<Option<PlatformApp>, FlowError> {
    let keys = gateway.storage().keys_of(tx, None).await?;
    Ok(zoom_platform::find(tx, &keys).await?)
}
