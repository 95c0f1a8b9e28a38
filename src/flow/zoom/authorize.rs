//! An owner or administrator of a Zoom account allows a General app, the account's own or the platform's; or takes that
//! back in Zoom.
//!
//! # Design
//!
//! A browser is sent to Zoom and comes back to one address for all accounts, with the `state` that it was sent with. What
//! must be known by then (whose it is, who began, the PKCE verifier) is sealed under the account's key for that very
//! `state` and kept by the browser in a cookie. So an answer counts in the browser in which it was begun, for whoever
//! began it, for the link as it was then, for [`LIFE_SECONDS`]; and once, since the first tokens change the link.
//!
//! Tokens are stored before anything is done with them. Whose they are is asked first, for the events of the platform's app
//! (`who`); what cannot be learned is no reason to throw the authorisation away, and is asked again by the test of the link.
//!
//! That an app was removed (`deauthorized`) comes late, perhaps after it was added again, and of an app that each person
//! allows for themselves it comes for each of them. So whatever speaks against its being about the tokens that we hold (its
//! time, the person) has Zoom asked by these: tokens that work stay.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::client::{self, platform};
use super::event::forget;
use super::link::{NONE, redirect};
use super::tokens::{give_back, grant_of};
use super::who::{self, Who};
use crate::access::Action;
use crate::base::Ctx;
use crate::base::encoding::{base64url, from_base64url};
use crate::base::id::AccountId;
use crate::base::secret::Token as Random;
use crate::base::sentence::{Told, sentence};
use crate::directory::account::Slug;
use crate::directory::state::{ZoomKind, ZoomLinkState};
use crate::flow::event::tell;
use crate::flow::{FlowError, Gateway, grant, notice};
use crate::storage::seal::{AccountKeys, Carried};
use crate::storage::zoom_grant::{self, Grant as Held};
use crate::storage::zoom_intake::Verified;
use crate::storage::zoom_link::{self, Link};
use crate::storage::zoom_platform::PlatformApp;
use crate::storage::{StorageError, account};
use crate::zoom::api::error::ApiError;
use crate::zoom::api::tokens::{InHand, ask};
use crate::zoom::api::{Settings, Zoom};
use crate::zoom::credentials::{Bases, Credentials};
use crate::zoom::oauth::{Grant, Token, TokenCause, Verifier, authorize_url};
use crate::zoom::webhook::envelope::Deauthorization;

/// For so long an administrator may take in Zoom.
pub const LIFE_SECONDS: i64 = 1800;
const WHAT: &str = "zoom authorisation";
/// Whose account it is, is asked once and not waited for.
const PATIENCE_SECONDS: i64 = 5;

/// A browser that is to be sent to Zoom.
pub struct Begun {
    /// Where to.
    pub url: String,
    /// What it is to keep.
    pub kept: String,
}

/// A browser that came back.
#[derive(Debug, Clone, Default)]
pub struct Back {
    /// `state`, as it came.
    pub state: String,
    /// What the browser kept.
    pub kept: Option<String>,
}

/// What an answer of Zoom's belongs to.
pub struct Opened {
    /// The account.
    pub account: Slug,
    id: AccountId,
    stored: Stored,
}

/// Short names, since it travels in a header.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    /// Who began.
    a: String,
    /// The link, its version, and that of the platform's app.
    l: String,
    n: i64,
    p: i64,
    /// The verifier.
    v: String,
    /// Until when.
    e: i64,
}

fn not_begun() -> FlowError {
    FlowError::Invalid(sentence!(
        "this authorisation was not begun in this browser by you, or too long ago: begin it again here"
    ))
}

/// Sends a browser to Zoom.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without a link; [`FlowError::Invalid`] for an app that nobody authorises.
pub async fn begin(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<Begun, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (_, granted) = grant::account(&mut tx, ctx, Action::ManageZoom, slug).await?;
    let account = granted.account();
    let keys = gateway.storage().keys(&mut tx, account).await?;
    let link = zoom_link::find(&mut tx, account, &keys).await?.ok_or(NONE)?;
    let platform = platform(gateway, &mut tx).await?;
    drop(tx);
    if link.kind == ZoomKind::ServerToServer {
        return Err(FlowError::Invalid(sentence!(
            "a Server-to-Server app is not authorised by anybody: it works as soon as it is activated"
        )));
    }
    let (bases, app) = client::parts(&link, platform.as_ref())?;
    let verifier = Verifier::draw(gateway.rng());
    let state = Random::<32>::draw(gateway.rng()).expose_text();
    let credentials = Credentials::General { app, redirect_uri: redirect(gateway) };
    let url = authorize_url(&bases, &credentials, &state, &verifier)
        .ok_or(FlowError::Internal("an app that nobody authorises"))?;
    let stored = Stored {
        a: ctx.actor.to_string(),
        l: link.id.to_string(),
        n: link.version,
        p: version(&link, platform.as_ref()),
        v: base64url(&verifier.expose_bytes()),
        e: ctx.now.plus_seconds(LIFE_SECONDS).seconds(),
    };
    let plain = serde_json::to_vec(&stored).map_err(|_| FlowError::Internal("an authorisation"))?;
    let sealed = keys.seal_carried(Carried { what: WHAT, of: &state }, &plain, gateway.rng())?;
    Ok(Begun { url, kept: format!("{account}.{}", base64url(&sealed)) })
}

/// The version of the platform's app, if the link is by that.
fn version(link: &Link, platform: Option<&PlatformApp>) -> i64 {
    platform.filter(|_| link.kind == ZoomKind::Platform).map_or(0, |app| app.version)
}

/// What a browser that came back has to do with.
///
/// # Errors
/// [`FlowError::Invalid`] when it was not begun in this browser by the caller; [`FlowError::Denied`].
pub async fn open(gateway: &Gateway, ctx: &Ctx, back: &Back) -> Result<Opened, FlowError> {
    let kept = back.kept.as_deref().and_then(|kept| kept.split_once('.')).ok_or_else(not_begun)?;
    let id: AccountId = kept.0.parse().map_err(|_| not_begun())?;
    let sealed = from_base64url(kept.1).ok_or_else(not_begun)?;
    let mut tx = gateway.storage().read().await?;
    let found = account::find(&mut tx, id).await?.ok_or_else(not_begun)?;
    let keys = gateway.storage().keys(&mut tx, id).await?;
    let stored = opened(&keys, &back.state, &sealed).ok_or_else(not_begun)?;
    if stored.a != ctx.actor.to_string() || ctx.now.seconds() >= stored.e {
        return Err(not_begun());
    }
    // They may have lost the right to since.
    grant::of(ctx, Action::ManageZoom, id, "account")?;
    Ok(Opened { account: found.slug, id, stored })
}

fn opened(keys: &AccountKeys, state: &str, sealed: &[u8]) -> Option<Stored> {
    let plain = keys.open_carried(Carried { what: WHAT, of: state }, sealed).ok()?;
    serde_json::from_slice(&plain).ok()
}

/// Exchanges what the browser brought for tokens, and keeps them: the link can be used.
///
/// # Errors
/// [`FlowError::Invalid`] in the words of what Zoom refused; [`FlowError::NotFound`] without the link.
pub async fn finish(
    gateway: &Gateway,
    ctx: &Ctx,
    opened: Opened,
    code: Option<&str>,
) -> Result<Slug, FlowError> {
    let Opened { account: slug, id: account, stored } = opened;
    let code = code.filter(|code| !code.is_empty() && code.len() <= 2048).ok_or_else(|| {
        FlowError::Invalid(sentence!(
            "the app was not allowed in Zoom: whoever does that needs to be an owner or administrator of the Zoom account"
        ))
    })?;
    let verifier = from_base64url(&stored.v).and_then(|bytes| bytes.try_into().ok());
    let verifier = Verifier::from_bytes(verifier.ok_or_else(not_begun)?);
    let mut tx = gateway.storage().read().await?;
    let keys = gateway.storage().keys(&mut tx, account).await?;
    let link = zoom_link::find(&mut tx, account, &keys).await?.ok_or(NONE)?;
    let platform = platform(gateway, &mut tx).await?;
    drop(tx);
    let is_same = |link: &Link| link.id.to_string() == stored.l && link.version == stored.n;
    if !is_same(&link) || version(&link, platform.as_ref()) != stored.p {
        return Err(changed());
    }
    let (bases, app) = client::parts(&link, platform.as_ref())?;
    let redirect_uri = redirect(gateway);
    let grant = Grant::Code { code, redirect_uri: &redirect_uri, verifier: &verifier };
    let token = ask(gateway.outbound(), &bases, &app, &grant, gateway.clock()).await;
    let token = token.map_err(|cause| FlowError::Invalid(cause.sentence()))?;
    let who = who_is(gateway, &bases, &token).await;
    let held = grant_of(&token, (&bases, &app)).ok_or(FlowError::Internal("a token without its next"))?;
    let held = who.as_ref().map_or_else(|| held.clone(), |who| who.beside(held.clone()));
    let kept = keep(gateway, ctx, (account, &link, &keys), (&held, who.as_ref(), &is_same)).await;
    if kept.is_err() {
        // Nobody would ever use it.
        give_back(gateway, (&bases, &app), &held).await;
    }
    kept.map(|()| slug)
}

fn changed() -> FlowError {
    FlowError::Invalid(sentence!("the link was changed since the authorisation began: begin it again"))
}

async fn keep(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, link, keys): (AccountId, &Link, &AccountKeys),
    (held, who, is_same): (&Held, Option<&Who>, &(impl Fn(&Link) -> bool + Sync)),
) -> Result<(), FlowError> {
    let now = gateway.clock().now();
    let mut tx = gateway.storage().write().await?;
    let found = zoom_link::find(&mut tx, account, keys).await?.ok_or(NONE)?;
    if !is_same(&found) {
        return Err(changed());
    }
    let hash = match who {
        Some(who) => who.hash(gateway, &mut tx, link.kind).await?,
        None => None,
    };
    let with = (keys, gateway.rng());
    let granted = (ZoomLinkState::Active, Some((held, now)));
    let set = zoom_grant::set(&mut tx, (account, link.id), granted, hash.as_deref(), with).await;
    match set {
        Ok(()) => {}
        Err(StorageError::Exists(_)) => return Err(FlowError::Invalid(who::taken())),
        Err(error) => return Err(error.into()),
    }
    zoom_link::update_turn(&mut tx, account, now).await?;
    let body = json!({
        "zoom_account": held.zoom_account, "scopes": held.scopes, "by": held.user,
        "by_administrator": held.is_administrators,
    });
    tell(&mut tx, gateway, ctx, (account, keys), ("zoom_link.authorized", link.id, &body)).await?;
    Ok(tx.commit().await?)
}

/// Whoever has just authorised the app, as far as Zoom tells.
async fn who_is(gateway: &Gateway, bases: &Bases, token: &Token) -> Option<Who> {
    let settings = Settings {
        bases: bases.clone(),
        clock: gateway.clock().clone(),
        rng: gateway.rng().clone(),
        longest_wait: PATIENCE_SECONDS,
    };
    let zoom = Zoom::new(gateway.outbound().clone(), settings, Box::new(InHand(token.clone())));
    match who::ask(&zoom).await {
        Ok(who) => Some(who),
        Err(error) => {
            tracing::warn!("the Zoom account of an authorisation could not be learned: {error}");
            None
        }
    }
}

/// What has become of word that an app was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Removal {
    /// The tokens are gone, and what Zoom told goes.
    Done,
    /// It is not about the tokens that are held: they work.
    NotOurs,
    /// Zoom could not be asked: it is to say so again later.
    Unsure,
    /// The link was changed since the word was verified.
    Stale,
}

/// The app was removed in Zoom (`app_deauthorized`): its tokens are worthless, nothing is asked of Zoom any more until
/// somebody authorises it anew, and what Zoom told goes, as Zoom demands. For whoever has verified that Zoom said so, by the
/// link as it was then.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`]; an account without such a link is none.
pub(super) async fn deauthorized(
    gateway: &Gateway,
    ctx: &Ctx,
    by: Verified,
    gone: &Deauthorization,
) -> Result<Removal, FlowError> {
    let is_it = |link: &Link| (link.id, link.version) == (by.link, by.version);
    let mut tx = gateway.storage().read().await?;
    let keys = gateway.storage().keys(&mut tx, by.account).await?;
    let Some(link) = zoom_link::find(&mut tx, by.account, &keys).await?.filter(is_it) else {
        return Ok(Removal::Stale);
    };
    let held = zoom_grant::find(&mut tx, by.account, &keys).await?;
    let platform = platform(gateway, &mut tx).await?;
    drop(tx);
    let (Some(held), Some(granted_at)) = (held, link.granted_at) else { return Ok(Removal::NotOurs) };
    let is_since = gone.at.is_some_and(|at| at >= granted_at);
    let is_theirs = gone.user_id.is_none() || gone.user_id == held.user;
    if !(is_since && is_theirs) {
        let zoom = client::made(gateway, by.account, (&link, platform.as_ref()), (PATIENCE_SECONDS, None))?;
        // Zoom may hang up before it is answered. The next tokens are kept all the same.
        let asked = tokio::spawn(async move { who::ask(&zoom).await });
        match works(&asked.await.map_err(|_| FlowError::Internal("a question to Zoom"))?) {
            Some(true) => return Ok(Removal::NotOurs),
            Some(false) => {}
            None => return Ok(Removal::Unsure),
        }
    }
    let mut tx = gateway.storage().write().await?;
    let found = zoom_link::find(&mut tx, by.account, &keys).await?;
    let Some(link) = found.filter(is_it) else { return Ok(Removal::Stale) };
    let with = (&*keys, gateway.rng());
    let ended = (ZoomLinkState::Ended, None);
    zoom_grant::set(&mut tx, (by.account, link.id), ended, None, with).await?;
    let body = json!({
        "zoom_account": gone.account_id, "by": gone.user_id, "at": gone.at.map(|at| at.to_string()),
        "is_forgotten": forget::WHAT,
    });
    tell(&mut tx, gateway, ctx, (by.account, &keys), ("zoom_link.deauthorized", link.id, &body)).await?;
    forget::ask(&mut tx, gateway, ctx, (by.account, link.id)).await?;
    notice::zoom_ended(gateway, &mut tx, ctx, (by.account, &keys)).await?;
    tx.commit().await?;
    Ok(Removal::Done)
}

/// Whether tokens work by which that was answered; `None` where the answer does not say.
const fn works(asked: &Result<Who, ApiError>) -> Option<bool> {
    match asked {
        Ok(_)
        | Err(
            ApiError::ScopeMissing { .. }
            | ApiError::NoPermission
            | ApiError::NoSingleSignOn
            | ApiError::NotFound
            | ApiError::Conflict
            | ApiError::Refused { .. },
        ) => Some(true),
        Err(ApiError::TokenRefused | ApiError::Token(TokenCause::Revoked | TokenCause::OwnerGone)) => {
            Some(false)
        }
        Err(_) => None,
    }
}
