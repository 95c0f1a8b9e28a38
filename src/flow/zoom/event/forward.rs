//! Telling the account's own webhooks what Zoom told.
//!
//! # Design
//!
//! An event waits from the moment it is stored. Here it becomes a message for each endpoint that wants its type
//! (`zoom.meeting.started`, or all of them by `zoom.*`), and in the same transaction it waits no more: a process that ends
//! before that leaves it to the next one, and one that comes second finds that it is done. Sending the messages, again and
//! again until they are heard, is [`crate::flow::webhook::deliver`]'s.
//!
//! An event that cannot be read, whatever became of it, is told nobody, loudly: it must not keep those that came after it,
//! which are other accounts' too.
//!
//! A message holds what Zoom sent, byte for byte, with our own id of it. See [`crate::flow::webhook`] for why this one kind of
//! message does not stop at ids.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use zeroize::Zeroizing;

use crate::access::{self, Action};
use crate::base::Ctx;
use crate::base::id::{AccountId, DeliveryId, WebhookId, ZoomEventId};
use crate::directory::webhook::{Types, ZOOM, body_of_raw};
use crate::flow::{FlowError, Gateway};
use crate::storage::webhook_delivery::{self, NewDelivery};
use crate::storage::zoom_event::{self, ZoomEvent};
use crate::storage::{StorageError, Tx, webhook};

/// So many in one transaction.
const PORTION: i64 = 64;
/// Nor more than this of what is sealed, but for the first.
const WEIGHT: usize = 8 << 20;

/// What is to be told of one event.
struct Ready {
    account: AccountId,
    event: ZoomEventId,
    messages: Vec<(WebhookId, NewDelivery)>,
}

/// Hands on what waits, as much as is done at once; whether there was anything.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn some(gateway: &Gateway, ctx: &Ctx) -> Result<bool, FlowError> {
    access::decide(ctx.actor, Action::RunZoom)?;
    let mut tx = gateway.storage().read().await?;
    let waiting = zoom_event::list_waiting(&mut tx, PORTION).await?;
    if waiting.is_empty() {
        return Ok(false);
    }
    let ready = sealed(gateway, &mut tx, ctx, waiting).await?;
    drop(tx);
    let mut tx = gateway.storage().write().await?;
    let mut listening = HashMap::new();
    let mut told = Vec::new();
    let all: Vec<_> = ready.iter().map(|ready| (ready.account, ready.event)).collect();
    // Somebody else may have been faster.
    let ours = zoom_event::update_done(&mut tx, &all).await?;
    for Ready { account, messages, .. } in ready.iter().filter(|ready| ours.contains(&ready.event)) {
        // An endpoint may have gone meanwhile.
        let there = listened(&mut tx, &mut listening, *account).await?;
        told.extend(
            messages.iter().filter(|(id, _)| there.iter().any(|(known, _)| known == id)).map(|(_, new)| new),
        );
    }
    webhook_delivery::insert_many(&mut tx, &told).await?;
    tx.commit().await?;
    // What another process has in hand is not asked for again at once.
    Ok(!ours.is_empty())
}

type Listening = HashMap<AccountId, Vec<(WebhookId, Types)>>;

async fn listened<'l>(
    tx: &mut Tx,
    listening: &'l mut Listening,
    account: AccountId,
) -> Result<&'l [(WebhookId, Types)], FlowError> {
    Ok(match listening.entry(account) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(place) => place.insert(webhook::listening_later(tx, account).await?),
    })
}

/// The messages, sealed before the transaction that writes them, in which others wait.
async fn sealed(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    waiting: Vec<(AccountId, ZoomEventId)>,
) -> Result<Vec<Ready>, FlowError> {
    let (mut listening, mut ready, mut weight) = (Listening::new(), Vec::new(), 0_usize);
    for (account, id) in waiting {
        if weight > WEIGHT {
            break;
        }
        let listeners = listened(tx, &mut listening, account).await?;
        let messages = match messages(gateway, tx, ctx, (account, id), listeners).await {
            Err(error @ (FlowError::Broken(_) | FlowError::Internal(_))) => {
                tracing::error!(request = %ctx.request, %account, event = %id, "an event of Zoom cannot be told: {error}");
                Vec::new()
            }
            messages => messages?,
        };
        weight = messages.iter().fold(weight, |weight, (_, new)| weight.saturating_add(new.weight()));
        ready.push(Ready { account, event: id, messages });
    }
    Ok(ready)
}

/// One event, for each endpoint that wants it.
async fn messages(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (account, id): (AccountId, ZoomEventId),
    listeners: &[(WebhookId, Types)],
) -> Result<Vec<(WebhookId, NewDelivery)>, FlowError> {
    let mut messages = Vec::new();
    if listeners.is_empty() {
        return Ok(messages);
    }
    let keys = match gateway.storage().keys(tx, account).await {
        // A deleted account.
        Err(StorageError::KeysDestroyed) => return Ok(messages),
        keys => keys?,
    };
    let Some(event) = zoom_event::find(tx, account, id, &keys).await? else { return Ok(messages) };
    let kind = format!("{ZOOM}{}", event.name);
    let body = body(account, &event, &kind)?;
    for (endpoint, _) in listeners.iter().filter(|(_, types)| types.contain(&kind)) {
        let message = DeliveryId::make(ctx.now, gateway.rng());
        let with = (ctx.now, gateway.rng());
        let new = NewDelivery::seal((account, *endpoint), (message, &kind), &body, &keys, with)?;
        messages.push((*endpoint, new));
    }
    Ok(messages)
}

fn body(account: AccountId, event: &ZoomEvent, kind: &str) -> Result<Zeroizing<Vec<u8>>, FlowError> {
    const BROKEN: FlowError = FlowError::Internal("a stored event of Zoom");
    let payload = std::str::from_utf8(&event.payload).map_err(|_| BROKEN)?;
    let about = [
        ("account", account.to_string()),
        ("event", event.id.to_string()),
        ("received_at", event.received_at.to_string()),
    ];
    Ok(Zeroizing::new(body_of_raw((kind, event.at), &about, ("zoom", payload))))
}
