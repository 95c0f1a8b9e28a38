//! What Zoom told, at webhooks: it holds what is personal, so that whoever has it told somewhere, or looks at it here, must
//! be one who may look at it where it came in.

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::Endpoint;
use crate::access::{Action, Granted};
use crate::base::Ctx;
use crate::base::id::AccountId;
use crate::directory::webhook::{Types, ZOOM};
use crate::flow::event::tell;
use crate::flow::zoom::event::person::Names;
use crate::flow::zoom::event::show::hide;
use crate::flow::{FlowError, Gateway, grant};
use crate::storage::seal::AccountKeys;
use crate::storage::{Tx, webhook, webhook_delivery};
use crate::zoom::webhook::envelope::{self, Message};

/// Messages that are looked through at a time.
const PORTION: i64 = 200;

/// Whether a message of that kind is of Zoom.
pub(super) fn is_kind(kind: &str) -> bool {
    kind.starts_with(ZOOM)
}

fn are_told(types: &Types) -> bool {
    types.iter().any(is_kind)
}

/// Who has a message sent, or looks at it, may see what is in it.
///
/// # Errors
/// [`FlowError::Denied`].
pub(super) fn guard_kind(ctx: &Ctx, granted: Granted, kind: &str) -> Result<(), FlowError> {
    if is_kind(kind) {
        grant::of(ctx, Action::ReadZoom, granted.account(), "webhook")?;
    }
    Ok(())
}

/// Who decides where something is told, or what, may see it. What waits for an endpoint goes where it points next, whatever
/// it is told of by then.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::Unavailable`], [`FlowError::Broken`].
pub(super) async fn guard(
    tx: &mut Tx,
    ctx: &Ctx,
    granted: Granted,
    (before, after): (Option<&Endpoint>, &Endpoint),
) -> Result<(), FlowError> {
    let has_moved = before.is_none_or(|before| before.url.expose_secret() != after.url.expose_secret());
    let has_changed = has_moved || before.is_none_or(|before| before.types != after.types);
    let is_told = are_told(&after.types) || before.is_some_and(|before| are_told(&before.types));
    let waits = match before {
        Some(before) if has_moved => {
            let of = (granted.account(), before.id);
            webhook_delivery::has_waiting_of_kind(tx, of, ZOOM).await?
        }
        _ => false,
    };
    if (has_changed && is_told) || waits {
        grant::of(ctx, Action::ReadZoom, granted.account(), "webhook")?;
    }
    Ok(())
}

/// A message of Zoom as somebody who looks at it sees it: without tokens and passcodes. That they looked is an event of the
/// account, as where it is looked at among what Zoom told.
///
/// # Errors
/// [`FlowError::Internal`] for what is no message.
pub(super) async fn opened(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (granted, keys): (Granted, &AccountKeys),
    (kind, body): (&str, &[u8]),
) -> Result<String, FlowError> {
    let mut said: Value =
        serde_json::from_slice(body).map_err(|_| FlowError::Internal("a stored message of Zoom"))?;
    hide(&mut said);
    let target = said.pointer("/data/event").and_then(Value::as_str).unwrap_or_default();
    let name = kind.strip_prefix(ZOOM).unwrap_or(kind);
    let told = json!({ "type": name });
    tell(tx, gateway, ctx, (granted.account(), keys), ("zoom_event.opened", target, &told)).await?;
    Ok(said.to_string())
}

/// Forgets the messages that tell what Zoom told of somebody, a portion at a time. They hold what the event held, and stay
/// as long as it would have.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub(in crate::flow) async fn erase(
    gateway: &Gateway,
    account: AccountId,
    names: &Names,
    keys: &AccountKeys,
) -> Result<(), FlowError> {
    let mut tx = gateway.storage().read().await?;
    let endpoints = webhook::list(&mut tx, account, keys).await?;
    drop(tx);
    for endpoint in endpoints {
        let mut before = None;
        loop {
            let mut tx = gateway.storage().read().await?;
            let portion = webhook_delivery::list(&mut tx, (account, endpoint.id), (before, PORTION)).await?;
            let Some(last) = portion.last() else { break };
            before = Some(last.id);
            let mut theirs = Vec::new();
            for told in portion.iter().filter(|told| is_kind(&told.kind)) {
                let body = webhook_delivery::find_body(&mut tx, account, told.id, keys).await?;
                if body.is_some_and(|body| names_them(&body, names)) {
                    theirs.push(told.id);
                }
            }
            drop(tx);
            if !theirs.is_empty() {
                let mut tx = gateway.storage().write().await?;
                for message in theirs {
                    webhook_delivery::delete(&mut tx, account, message).await?;
                }
                tx.commit().await?;
            }
        }
    }
    Ok(())
}

fn names_them(body: &[u8], names: &Names) -> bool {
    let said =
        serde_json::from_slice::<Value>(body).ok().and_then(|body| body.pointer("/data/zoom").cloned());
    let Some(said) = said else { return false };
    match envelope::read(said.to_string().as_bytes()) {
        Ok(Message::Event(event)) => event.people.iter().any(|person| names.contain(person)),
        Ok(Message::Validation { .. } | Message::Deauthorized(_)) | Err(_) => false,
    }
}
