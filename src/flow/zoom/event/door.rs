//! What is behind an address that deliveries come to.
//!
//! # Design
//!
//! Zoom may send thousands in a second to one address, and what stands behind it changes twice a year. So it is kept in
//! memory for a moment. That is safe for what is taken: the version of the link is compared where the event is written. For
//! what would be refused, or not kept, it is read anew before that is said, so that a new secret counts at once; but not for an
//! address from which much was refused already.
//!
//! An account that is not there is answered as one is that is, after a comparison with a secret that nobody has. It costs less:
//! one question to the database, where an account that is there costs some more, and its link is opened. So whoever measures
//! may learn that a name is an account's with a link. Names are no secret: the page to sign in knows them as well. Nothing
//! else can be learned, and how often one may ask is limited.
//!
//! # What a link keeps
//!
//! One that is used for events, and is authorised where its app has to be. To what is rightly signed for any other, Zoom is
//! told that it was heard, so that it does not come again, and nothing of it is kept: an owner has not asked for it, or
//! somebody has taken the app away. It is counted, so that they see it. Where the Zoom account of an account's own General app
//! is not known (Zoom did not say when it was authorised; the test of the link asks again), the signature alone says whose the
//! event is: the app is the account's own.

use std::sync::{Arc, LazyLock};

use secrecy::{ExposeSecret, SecretString};

use super::super::entered::capabilities;
use super::super::{client, platform};
use crate::base::id::{AccountId, ZoomLinkId};
use crate::base::{Ctx, Instant};
use crate::directory::state::{ZoomKind, ZoomLinkState};
use crate::flow::{FlowError, Gateway};
use crate::storage::seal::AccountKeys;
use crate::storage::zoom_grant;
use crate::storage::zoom_intake::Verified;
use crate::storage::zoom_link::{self, EventSecrets};
use crate::storage::{StorageError, Tx};
use crate::zoom::scope::Capability;
use crate::zoom::webhook::signature::SecretToken;

/// By which address a delivery came.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Way {
    /// By the account's name in addresses.
    Slug(String),
    /// By the platform's own id of the account.
    ExternalId(String),
    /// To the platform's app. Whom it is for stands in the delivery.
    Platform,
    /// The same, once it is read: the Zoom account.
    ZoomAccount(String),
}

/// What is behind it.
pub(super) struct Door {
    /// Whose it is; nobody's yet, of the platform's app.
    pub(super) of: Option<Whose>,
    /// What deliveries are signed with, and until when.
    secrets: Vec<(SecretToken, Option<Instant>)>,
    /// The app.
    pub(super) client_id: Option<String>,
    /// When this was read.
    pub(super) loaded_at: Instant,
}

/// Whose a door is.
pub(super) struct Whose {
    pub(super) account: AccountId,
    pub(super) link: ZoomLinkId,
    pub(super) version: i64,
    pub(super) keys: Arc<AccountKeys>,
    /// The Zoom account that deliveries must be about, as far as it is known.
    pub(super) zoom_account: Option<String>,
    /// Whether events are kept.
    pub(super) keeps: bool,
}

impl Whose {
    pub(super) const fn verified(&self) -> Verified {
        Verified { account: self.account, link: self.link, version: self.version }
    }
}

/// What takes the place of secrets where there are none, so that refusing takes as long. It is in the source for everybody to
/// read: whatever verifies by it is refused.
static NOBODYS: LazyLock<Option<SecretToken>> =
    LazyLock::new(|| SecretToken::new("no-delivery-was-ever-signed-with-this"));

impl Door {
    /// What a delivery that comes now is held against, and whether these are the door's own: else it is refused, whatever
    /// comes of it.
    pub(super) fn secrets(door: Option<&Self>, now: Instant) -> (Vec<&SecretToken>, bool) {
        let counts = |(_, until): &&(SecretToken, Option<Instant>)| until.is_none_or(|until| now < until);
        let own: Vec<_> = door.into_iter().flat_map(|door| &door.secrets).filter(counts).collect();
        if own.is_empty() {
            return (NOBODYS.iter().collect(), false);
        }
        (own.into_iter().map(|(secret, _)| secret).collect(), true)
    }
}

/// Reads what is behind an address; `None` where there is nothing.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub(super) async fn load(gateway: &Gateway, ctx: &Ctx, way: &Way) -> Result<Option<Arc<Door>>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let account = match way {
        Way::Slug(slug) => zoom_link::account_of_slug(&mut tx, slug).await?,
        Way::ExternalId(id) => zoom_link::account_of_external_id(&mut tx, id).await?,
        Way::Platform => return of_platform(gateway, &mut tx, ctx).await,
        Way::ZoomAccount(id) => platform::account_of(gateway, &mut tx, id).await?,
    };
    let Some(account) = account else { return Ok(None) };
    let door = of_account(gateway, &mut tx, ctx, account).await?;
    // What the platform's app is told does not come by an account's own address, nor the other way round.
    let is_platforms = matches!(way, Way::ZoomAccount(_));
    Ok(door.filter(|(kind, _)| (*kind == ZoomKind::Platform) == is_platforms).map(|(_, door)| Arc::new(door)))
}

async fn of_platform(gateway: &Gateway, tx: &mut Tx, ctx: &Ctx) -> Result<Option<Arc<Door>>, FlowError> {
    let Some(app) = client::platform(gateway, tx).await? else { return Ok(None) };
    Ok(Some(Arc::new(Door {
        of: None,
        secrets: secrets(app.secrets),
        client_id: Some(app.app.client_id),
        loaded_at: ctx.now,
    })))
}

async fn of_account(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    account: AccountId,
) -> Result<Option<(ZoomKind, Door)>, FlowError> {
    let keys = match gateway.storage().keys(tx, account).await {
        Ok(keys) => keys,
        Err(StorageError::KeysDestroyed) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let Some(link) = zoom_link::find(tx, account, &keys).await? else { return Ok(None) };
    let own = link.app.as_ref().and_then(|app| app.account_id.clone());
    let granted = match (&own, link.granted_at) {
        (None, Some(_)) => zoom_grant::find(tx, account, &keys).await?,
        _ => None,
    };
    let door = Door {
        of: Some(Whose {
            account,
            link: link.id,
            version: link.version,
            keys,
            zoom_account: own.or(granted.and_then(|grant| grant.zoom_account)),
            keeps: link.state == ZoomLinkState::Active && capabilities(&link).contains(&Capability::Events),
        }),
        client_id: link.app.map(|app| app.client_id),
        secrets: secrets(link.secrets),
        loaded_at: ctx.now,
    };
    Ok(Some((link.kind, door)))
}

fn secrets(stored: Option<EventSecrets>) -> Vec<(SecretToken, Option<Instant>)> {
    let token = |secret: &SecretString| SecretToken::new(secret.expose_secret());
    let Some(EventSecrets { current, previous, .. }) = stored else { return Vec::new() };
    let previous = previous.and_then(|(secret, until)| Some((token(&secret)?, Some(until))));
    token(&current).map(|token| (token, None)).into_iter().chain(previous).collect()
}
