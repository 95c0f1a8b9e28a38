//! Links behind which the administrator of an identity provider sees one try to sign in: what to mend, nothing personal.
//!
//! # Invariants
//!
//! * What a link shows is made by [`redact`] and by nothing else.
//! * A link ends after [`DAYS`] days, or when it is taken back, or when its attempt has gone. While the account is suspended,
//!   or whoever made it might not make it any more, it shows nothing. Looking uses nothing up.

use secrecy::SecretString;
use serde_json::json;

use super::redact::{self, Redacted};
use super::{Action, Ctx, FlowError, Gateway, Instant, NONE, grant, load};
use crate::access;
use crate::base::id::{AttemptId, ShareId};
use crate::base::secret::{ShareToken, TokenHash};
use crate::base::sentence::sentence;
use crate::base::time::DAY_SECONDS;
use crate::flow::event::tell;
use crate::flow::standing;
use crate::storage::attempt_share::{self, Share};
use crate::storage::{attempt, connection, service_provider};

/// So long a link is good.
pub const DAYS: i64 = 7;
/// So many of an attempt are good at once.
const MAX_OPEN: i64 = 20;
const GONE: FlowError = FlowError::NotFound("link");

/// A new link, shown once.
#[derive(Debug)]
pub struct Issued {
    /// Its name.
    pub id: ShareId,
    /// The link itself.
    pub url: SecretString,
    /// When it ends.
    pub expires_at: Instant,
}

/// A link as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareView {
    /// Its name.
    pub id: ShareId,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
    /// Whether it still shows anything.
    pub is_open: bool,
}

/// Makes a link to an attempt.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such attempt; [`FlowError::Invalid`] when many lead to it already.
pub async fn create(gateway: &Gateway, ctx: &Ctx, attempt: AttemptId) -> Result<Issued, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let account = attempt::account_of(&mut tx, attempt).await?.ok_or(NONE)?;
    let account = grant::of(ctx, Action::ShareAttempts, account, "attempt")?.account();
    if attempt_share::count_open(&mut tx, (account, attempt), ctx.now).await? >= MAX_OPEN {
        return Err(FlowError::Invalid(sentence!(
            "{max} links to this sign-in are good already: take one back first",
            max = MAX_OPEN
        )));
    }
    let keys = gateway.storage().keys(&mut tx, account).await?;
    let token = ShareToken::draw(gateway.rng());
    let share = Share {
        id: ShareId::make(ctx.now, gateway.rng()),
        attempt_id: attempt,
        created_by: ctx.actor.to_string(),
        created_at: ctx.now,
        expires_at: ctx.now.plus_seconds(DAYS * DAY_SECONDS),
        revoked_at: None,
    };
    attempt_share::insert(&mut tx, account, (&share, token.hash())).await?;
    let body = json!({ "link": share.id.to_string(), "expires_at": share.expires_at.to_string() });
    tell(&mut tx, gateway, ctx, (account, &keys), ("attempt.shared", attempt, &body)).await?;
    tx.commit().await?;
    let url = format!("{}/shared/{}", gateway.public_url(), token.expose_text());
    Ok(Issued { id: share.id, url: url.into(), expires_at: share.expires_at })
}

/// The links to an attempt that are still good, and the latest of the others, the newest first.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such attempt.
pub async fn list(gateway: &Gateway, ctx: &Ctx, attempt: AttemptId) -> Result<Vec<ShareView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let account = attempt::account_of(&mut tx, attempt).await?.ok_or(NONE)?;
    let account = grant::of(ctx, Action::ShareAttempts, account, "attempt")?.account();
    let shares = attempt_share::list(&mut tx, (account, attempt), ctx.now).await?;
    let view = |share: Share| ShareView {
        is_open: share.revoked_at.is_none() && ctx.now < share.expires_at,
        id: share.id,
        created_by: share.created_by,
        created_at: share.created_at,
        expires_at: share.expires_at,
    };
    Ok(shares.into_iter().map(view).collect())
}

/// Takes a link to an attempt back; `false` when it was over anyway.
///
/// # Errors
/// [`FlowError::NotFound`] when there is none to that attempt.
pub async fn revoke(
    gateway: &Gateway,
    ctx: &Ctx,
    (attempt, id): (AttemptId, ShareId),
) -> Result<bool, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let found = attempt_share::belongs_to(&mut tx, id).await?;
    let (account, _) = found.filter(|(_, of)| *of == attempt).ok_or(GONE)?;
    let account = grant::of(ctx, Action::ShareAttempts, account, "link")?.account();
    let is_revoked = attempt_share::update_revoked(&mut tx, account, id, ctx.now).await?;
    if is_revoked {
        let keys = gateway.storage().keys(&mut tx, account).await?;
        tell(&mut tx, gateway, ctx, (account, &keys), ("attempt.share_revoked", id, &json!({}))).await?;
    }
    tx.commit().await?;
    Ok(is_revoked)
}

/// What is behind the link of `token`, for whoever has it.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such link, or it is over, or what it showed is gone.
pub async fn look(gateway: &Gateway, ctx: &Ctx, token: TokenHash) -> Result<Redacted, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let found = attempt_share::find_open(&mut tx, token, ctx.now).await?;
    let (account, share) = found.ok_or(GONE)?;
    let by = (share.created_by.as_str(), Some(account));
    let maker = standing::maker(gateway, &mut tx, by, share.created_at).await?.ok_or(GONE)?;
    access::decide_in(maker, Action::ShareAttempts, account).map_err(|_| GONE)?;
    let gone = |error| match error {
        FlowError::NotFound(_) => GONE,
        other => other,
    };
    let view = load(gateway, &mut tx, (account, share.attempt_id)).await.map_err(gone)?;
    let connection = connection::find(&mut tx, account, view.connection_id).await?.ok_or(GONE)?;
    let sp = service_provider::find(&mut tx, account, connection.service_provider_id).await?.ok_or(GONE)?;
    let ours = redact::Ours { entity_id: sp.entity_id, acs_url: sp.acs_url, expires_at: share.expires_at };
    Ok(redact::redact(view, ours))
}
