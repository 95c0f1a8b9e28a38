//! The messages of identity providers, as they came: which are kept, and taking one out. They hold what is personal, so
//! that is for owners and the keys that they make for it, and each time is an event.

use gatepost_saml::encoding::base64;
use serde_json::json;

use super::{Action, Ctx, FlowError, Gateway, grant};
use crate::base::id::AttemptId;
use crate::directory::account::{KeepMessages, Policy, Slug};
use crate::flow::event::tell;
use crate::storage::{account, attempt};

/// A message that was taken out.
#[derive(Debug)]
pub struct Message {
    /// Whose attempt it is.
    pub attempt: AttemptId,
    /// The XML; what was posted, where that is none.
    pub content: Vec<u8>,
    /// Whether it is the XML.
    pub is_xml: bool,
}

/// Takes the message of an attempt out, for a file.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such attempt, or its message is not kept.
pub async fn download(gateway: &Gateway, ctx: &Ctx, id: AttemptId) -> Result<Message, FlowError> {
    const NONE: FlowError = FlowError::NotFound("message");
    let mut tx = gateway.storage().write().await?;
    let account = attempt::account_of(&mut tx, id).await?.ok_or(NONE)?;
    let account = grant::of(ctx, Action::ReadMessages, account, "message")?.account();
    let keys = gateway.storage().keys(&mut tx, account).await?;
    let raw = attempt::find_message(&mut tx, account, id, &keys).await?.ok_or(NONE)?;
    tell(&mut tx, gateway, ctx, (account, &keys), ("attempt.message_downloaded", id, &json!({}))).await?;
    tx.commit().await?;
    Ok(match base64(&raw) {
        Ok(content) => Message { attempt: id, content, is_xml: true },
        Err(_) => Message { attempt: id, content: raw.to_vec(), is_xml: false },
    })
}

/// Decides which messages of an account are kept, if its version is what the caller expects; and its version from now on.
/// Those beyond go at the next sweep.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such account; [`FlowError::Stale`] when its version is another one.
pub async fn keep_if(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: &Slug,
    keep: KeepMessages,
    expects: impl Fn(i64) -> bool + Send,
) -> Result<i64, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (old, granted) = grant::account(&mut tx, ctx, Action::ManageMessages, slug).await?;
    if !expects(old.version) {
        return Err(FlowError::Stale);
    }
    let before = old.policy.keep_messages;
    if before == keep {
        return Ok(old.version);
    }
    let new = account::Account { policy: Policy { keep_messages: keep }, ..old };
    if !account::update(&mut tx, &new, ctx.now).await? {
        return Err(FlowError::Stale);
    }
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    let body =
        json!({ "before": { "keep_messages": before.name() }, "after": { "keep_messages": keep.name() } });
    tell(&mut tx, gateway, ctx, (new.id, &keys), ("account.updated", new.id, &body)).await?;
    tx.commit().await?;
    Ok(new.version + 1)
}
