//! The tokens of an app that somebody has authorised, shared by all processes through the database.
//!
//! # Design
//!
//! Each refresh kills the refresh token that it was made with, so two processes must never refresh at once, and the next
//! token must be stored before anything else happens. Whoever refreshes holds the lease of the link's row for
//! `LEASE_SECONDS`; whoever comes meanwhile waits for what comes of it. The access token is stored too, sealed: another
//! process uses it instead of refreshing for itself. A process that ends between Zoom's answer and our commit loses the
//! authorisation; nothing can be done about that but to make the time short.
//!
//! Stored tokens say of which app they are and at which Zoom. A client that was made for another one finds none: whoever
//! moves an app elsewhere, or puts another in its place, gets nothing that was given to it before. Those of the platform's
//! app are laid aside then, and taken up when it is that app again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::client;
use super::platform::hash_of;
use super::who::Who;
use crate::base::encoding::hex;
use crate::base::id::{AccountId, ZoomLinkId};
use crate::base::{Clock, Instant, Rng};
use crate::directory::state::{ZoomKind, ZoomLinkState};
use crate::flow::{FlowError, Gateway};
use crate::outbound::Client;
use crate::storage::seal::AccountKeys;
use crate::storage::zoom_grant::{self, Grant};
use crate::storage::zoom_link::{self, Link};
use crate::storage::zoom_platform::PlatformApp;
use crate::storage::{Storage, StorageError, Tx};
use crate::zoom::api::tokens::{Renews, ask, revoke};
use crate::zoom::credentials::{App, Bases, Secret};
use crate::zoom::oauth::{Grant as Asked, Token, TokenCause};
use crate::zoom::scope::Scopes;

/// Longer than a request may take.
const LEASE_SECONDS: i64 = 60;
/// A stored token that lasts for longer than this is used as it is: the same as the client's own margin.
const AHEAD_SECONDS: i64 = 300;
const PAUSE: Duration = Duration::from_millis(250);
/// Looks for what another process makes of its lease: as long as that can last.
const LOOKS: u32 = 240;
/// Tries to store what Zoom gave.
const SAVES: u32 = 5;

/// Where the tokens of one link come from.
pub(super) struct OfLink {
    pub(super) storage: Storage,
    pub(super) account: AccountId,
    pub(super) id: ZoomLinkId,
    pub(super) client: Client,
    pub(super) bases: Bases,
    pub(super) app: App,
    pub(super) clock: Clock,
    pub(super) rng: Rng,
    /// The hash of the token that was handed out last: if it is asked for anew, it was refused or is about to end.
    pub(super) given: Mutex<Option<[u8; 32]>>,
}

/// What the database says.
enum Looked {
    /// Somebody has refreshed meanwhile.
    Fresh(Grant),
    /// It is our turn, by this lease.
    Ours(Grant, String, Arc<AccountKeys>),
    /// Somebody is at it.
    Theirs,
}

const fn lost(error: &StorageError) -> TokenCause {
    match error {
        StorageError::KeysDestroyed => TokenCause::Revoked,
        _ => TokenCause::NotKept,
    }
}

#[async_trait]
impl Renews for OfLink {
    async fn renew(&self) -> Result<Token, TokenCause> {
        for _ in 0..LOOKS {
            match self.look().await.map_err(|error| lost(&error))? {
                None => return Err(TokenCause::Revoked),
                Some(Looked::Fresh(grant)) => return self.hand_out(&grant),
                Some(Looked::Ours(grant, lease, keys)) => return self.refresh(grant, &lease, &keys).await,
                Some(Looked::Theirs) => tokio::time::sleep(PAUSE).await,
            }
        }
        Err(TokenCause::NotKept)
    }
}

impl OfLink {
    async fn look(&self) -> Result<Option<Looked>, StorageError> {
        let now = self.clock.now();
        let mut tx = self.storage.read().await?;
        let keys = self.storage.keys(&mut tx, self.account).await?;
        let Some(grant) = self.find(&mut tx, &keys).await? else { return Ok(None) };
        drop(tx);
        if self.is_fresh(&grant, now) {
            return Ok(Some(Looked::Fresh(grant)));
        }
        let lease = hex(&self.rng.bytes::<16>());
        let mut tx = self.storage.write().await?;
        let until = now.plus_seconds(LEASE_SECONDS);
        if !zoom_grant::lease(&mut tx, self.account, &lease, (now, until)).await? {
            return Ok(Some(Looked::Theirs));
        }
        // It may have been refreshed between the look and the lease.
        let Some(grant) = self.find(&mut tx, &keys).await? else { return Ok(None) };
        if self.is_fresh(&grant, now) {
            return Ok(Some(Looked::Fresh(grant)));
        }
        tx.commit().await?;
        Ok(Some(Looked::Ours(grant, lease, keys)))
    }

    /// The stored tokens, if they are of this app at this place.
    async fn find(&self, tx: &mut Tx, keys: &AccountKeys) -> Result<Option<Grant>, StorageError> {
        let found = zoom_grant::find(tx, self.account, keys).await?;
        // Of before it was kept of which app they are, nothing says; the next ones will.
        Ok(found.filter(|grant| grant.of.is_empty() || grant.of == name(&self.bases, &self.app)))
    }

    fn is_fresh(&self, grant: &Grant, now: Instant) -> bool {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        grant.expires_at > now.plus_seconds(AHEAD_SECONDS).seconds() && *given != Some(hash(grant))
    }

    fn hand_out(&self, grant: &Grant) -> Result<Token, TokenCause> {
        *self.given.lock().unwrap_or_else(PoisonError::into_inner) = Some(hash(grant));
        Ok(Token {
            access: Secret::token(&grant.access).ok_or(TokenCause::Unintelligible)?,
            expires_at: Instant::from_seconds(grant.expires_at),
            scopes: Scopes::parse(&grant.scopes),
            api_url: grant.api_url.clone(),
            refresh: None,
        })
    }

    async fn refresh(&self, grant: Grant, lease: &str, keys: &AccountKeys) -> Result<Token, TokenCause> {
        let refresh = Secret::token(&grant.refresh).ok_or(TokenCause::Unintelligible)?;
        let asked = Asked::Refresh(&refresh);
        let token = match ask(&self.client, &self.bases, &self.app, &asked, &self.clock).await {
            Ok(token) => token,
            Err(cause) => {
                if let Ok(mut tx) = self.storage.write().await
                    && zoom_grant::release(&mut tx, self.account, lease).await.is_ok()
                {
                    // A lease that is not given back runs out.
                    let _ = tx.commit().await;
                }
                return Err(cause);
            }
        };
        let next = grant_of(&token, (&self.bases, &self.app)).ok_or(TokenCause::Unintelligible)?;
        let Grant { zoom_account, user, is_administrators, .. } = grant;
        let next = Grant { zoom_account, user, is_administrators, ..next };
        for attempt in 0..SAVES {
            if attempt > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            match self.save(&next, lease, keys).await {
                Ok(true) => return self.hand_out(&next),
                // Taken over, replaced or removed: what was asked for with the old token belongs to nobody.
                Ok(false) => return Err(TokenCause::NotKept),
                Err(error) => {
                    tracing::warn!(link = %self.id, "the next token could not be stored yet: {error}");
                }
            }
        }
        Err(TokenCause::NotKept)
    }

    async fn save(&self, next: &Grant, lease: &str, keys: &AccountKeys) -> Result<bool, StorageError> {
        let mut tx = self.storage.write().await?;
        let of = (self.account, self.id);
        let is_kept = zoom_grant::keep(&mut tx, of, lease, (next, None), (keys, &self.rng)).await?;
        tx.commit().await?;
        Ok(is_kept)
    }
}

fn hash(grant: &Grant) -> [u8; 32] {
    openssl::sha::sha256(grant.access.as_bytes())
}

/// What an app at a Zoom is called beside its tokens.
fn name(bases: &Bases, app: &App) -> String {
    let parts = [&bases.token_url(), bases.api(), app.client_id.as_str()].join(" ");
    hex(&openssl::sha::sha256(parts.as_bytes()))
}

/// Makes tokens worthless at Zoom that nobody needs any more, as far as Zoom can be reached: they end by themselves. Those of
/// another app are left to that.
pub(super) async fn give_back(gateway: &Gateway, (bases, app): (&Bases, &App), held: &Grant) {
    if held.of != name(bases, app) {
        return;
    }
    for text in [&held.access, &held.refresh] {
        let Some(token) = Secret::token(text) else { continue };
        if let Err(cause) = revoke(gateway.outbound(), bases, app, &token).await {
            tracing::warn!("a token could not be given back to Zoom: {cause}");
            return;
        }
    }
}

/// Why Zoom does not know an app that somebody authorises, as far as that shows without its tokens: it is asked for some by a
/// refresh token that nobody has, and whether it knows the app comes first.
pub(super) async fn stranger(gateway: &Gateway, (bases, app): (&Bases, &App)) -> Option<TokenCause> {
    let nobodys = Secret::token("nobodys")?;
    let asked = Asked::Refresh(&nobodys);
    let cause = ask(gateway.outbound(), bases, app, &asked, gateway.clock()).await.err()?;
    let is_of_app = matches!(cause, TokenCause::WrongClient | TokenCause::WrongKind | TokenCause::NotActive);
    is_of_app.then_some(cause)
}

/// A token as it is stored, of nobody that is known; `None` without a refresh token.
pub(super) fn grant_of(token: &Token, (bases, app): (&Bases, &App)) -> Option<Grant> {
    Some(Grant {
        refresh: token.refresh.as_ref()?.expose().to_owned(),
        access: token.access.expose().to_owned(),
        expires_at: token.expires_at.seconds(),
        scopes: token.scopes.iter().collect::<Vec<_>>().join(" "),
        api_url: token.api_url.clone(),
        zoom_account: None,
        user: None,
        is_administrators: false,
        of: name(bases, app),
    })
}

/// The link by the platform's app as it is once tokens are taken up that were laid aside, if there are any of this very app.
/// Those that do not say of which app they are stay where they are.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub(super) async fn taken_up(
    gateway: &Gateway,
    account: AccountId,
    (link, platform): (&Link, Option<&PlatformApp>),
) -> Result<Option<Link>, FlowError> {
    if (link.kind, link.state) != (ZoomKind::Platform, ZoomLinkState::Waiting) || platform.is_none() {
        return Ok(None);
    }
    let (bases, app) = client::parts(link, platform)?;
    let mut tx = gateway.storage().read().await?;
    let keys = gateway.storage().keys(&mut tx, account).await?;
    let held = zoom_grant::find(&mut tx, account, &keys).await?;
    let Some(held) = held.filter(|grant| grant.of == name(&bases, &app)) else { return Ok(None) };
    drop(tx);
    let mut tx = gateway.storage().write().await?;
    let hash = match &held.zoom_account {
        Some(id) if held.is_administrators => Some(hash_of(gateway, &mut tx, id).await?),
        _ => None,
    };
    match zoom_grant::take_up(&mut tx, (account, link.version), hash.as_deref()).await {
        Ok(true) => {}
        // It was changed meanwhile; or another account has that Zoom account by now, and authorising says so.
        Ok(false) | Err(StorageError::Exists(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let found = zoom_link::find(&mut tx, account, &keys).await?;
    tx.commit().await?;
    Ok(found)
}

/// Keeps who authorised an app and in which Zoom account, where that was learned after its tokens came. By the lease, as
/// everything that writes them: whoever refreshes meanwhile goes first, and it is learned another time.
///
/// # Errors
/// [`StorageError::Exists`] when another account is linked to that Zoom account by the platform's app.
pub(super) async fn learn(
    gateway: &Gateway,
    (account, link): (AccountId, (ZoomLinkId, i64)),
    (who, hash): (&Who, Option<&[u8]>),
) -> Result<bool, StorageError> {
    let now = gateway.clock().now();
    let lease = hex(&gateway.rng().bytes::<16>());
    let mut tx = gateway.storage().write().await?;
    let keys = gateway.storage().keys(&mut tx, account).await?;
    if !zoom_grant::lease(&mut tx, account, &lease, (now, now.plus_seconds(LEASE_SECONDS))).await? {
        return Ok(false);
    }
    // It was asked by the tokens of before, if the link was changed or authorised anew meanwhile.
    if zoom_link::find_version(&mut tx, account).await? != Some(link) {
        return Ok(false);
    }
    let Some(grant) = zoom_grant::find(&mut tx, account, &keys).await? else { return Ok(false) };
    let known = who.beside(grant);
    let with = (&*keys, gateway.rng());
    zoom_grant::keep(&mut tx, (account, link.0), &lease, (&known, hash), with).await?;
    tx.commit().await?;
    Ok(true)
}
