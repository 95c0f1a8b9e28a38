//! Webhooks: telling an account's own programs what happened, by the scheme of Standard Webhooks.
//!
//! | file | what |
//! |---|---|
//! | this | endpoints: making, changing, testing them, their secrets, what was delivered |
//! | [`message`] | what is told, and how it is signed |
//! | [`queue`] | what waits to be told, written in the transaction of what it tells of |
//! | [`deliver`] | telling it, again and again until it is heard |
//! | `of_zoom` | who may have what Zoom told, and how it is looked at |
//!
//! # Invariants
//!
//! * What is told is written with what it tells of, or neither; it is delivered at least once, and a receiver knows a
//!   repetition by the message's id.
//! * A message names ids and never a person's name or address: receivers ask for more with a key of the REST API. What
//!   Zoom told is the exception, and is told as Zoom told it: the platform follows meetings and recordings by it, Zoom sends
//!   it to nobody else in its place, and no key of ours could be asked for more that Zoom has not said. Whoever chooses
//!   `zoom.*` for an endpoint chooses that, is told so, and may look at what Zoom tells.
//! * Secrets are told when they are made and never again; addresses, secrets and messages are sealed.

pub mod deliver;
pub mod message;
mod of_zoom;
pub mod queue;

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

pub(in crate::flow) use of_zoom::erase;

use super::{FlowError, Gateway, event, grant};
use crate::access::{Action, Granted};
use crate::base::encoding::hex;
use crate::base::id::{DeliveryId, WebhookId};
use crate::base::sentence::{Sentence, sentence};
use crate::base::text::is_line;
use crate::base::time::DAY_SECONDS;
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::state::{DeliveryState, WebhookState};
use crate::directory::webhook::{TEST, Types, body as webhook_body};
use crate::storage::seal::AccountKeys;
use crate::storage::webhook::{self, Endpoint};
use crate::storage::webhook_delivery::{self, Delivery, NewDelivery, Try};
use crate::storage::{Tx, account};

const NONE: FlowError = FlowError::NotFound("webhook");
const NO_DELIVERY: FlowError = FlowError::NotFound("delivery");
const MAX_NAME: usize = 100;
const MAX_ENDPOINTS: usize = 20;
const MAX_PAGE: i64 = 200;
/// The tries of one delivery that are shown.
const TRIES: i64 = 50;
/// For so long messages are signed with the secret of before as well.
pub const OVERLAP_SECONDS: i64 = DAY_SECONDS;

/// A new endpoint.
#[derive(Debug, Clone)]
pub struct Create {
    /// Of which account.
    pub account: Slug,
    /// Where messages are posted.
    pub url: String,
    /// What it is called.
    pub name: String,
    /// What it is told of.
    pub types: Types,
}

/// What is to be different.
#[derive(Debug, Clone, Default)]
pub struct Update {
    /// Where messages are posted.
    pub url: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// What it is told of.
    pub types: Option<Types>,
    /// Whether it is told.
    pub state: Option<WebhookState>,
}

/// An endpoint as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookView {
    /// Its id.
    pub id: WebhookId,
    /// What it is called.
    pub name: String,
    /// Where messages are posted.
    pub url: String,
    /// What it is told of.
    pub types: Types,
    /// Its state.
    pub state: WebhookState,
    /// Counts its changes.
    pub version: i64,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
    /// Since when nothing gets through.
    pub failing_since: Option<Instant>,
    /// Until when messages are signed with the secret of before as well.
    pub overlap_until: Option<Instant>,
}

/// A delivery as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryView {
    /// Its id: the message's.
    pub id: DeliveryId,
    /// What it is about.
    pub kind: String,
    /// What has become of it.
    pub state: DeliveryState,
    /// When it was asked for.
    pub created_at: Instant,
    /// When it is tried next.
    pub next_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

/// A delivery with what is said and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryDetail {
    /// It.
    pub delivery: DeliveryView,
    /// What is said: JSON.
    pub body: String,
    /// The tries, the latest first.
    pub tries: Vec<TryView>,
}

/// A try to deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TryView {
    /// From 1.
    pub number: i64,
    /// When.
    pub at: Instant,
    /// How long it took.
    pub millis: i64,
    /// The status of the answer, if there was one.
    pub status: Option<i64>,
    /// Why it counts for nothing.
    pub problem: Option<String>,
    /// The beginning of the answer.
    pub answer: Option<String>,
}

/// Makes an endpoint: what it is, and the secret that its messages are signed with, which is shown once.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account; [`FlowError::Invalid`] in a plain sentence.
pub async fn create(
    gateway: &Gateway,
    ctx: &Ctx,
    input: Create,
) -> Result<(WebhookView, SecretString), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (_, granted) = grant::account(&mut tx, ctx, Action::ManageWebhooks, &input.account).await?;
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    if webhook::list(&mut tx, granted.account(), &keys).await?.len() >= MAX_ENDPOINTS {
        return Err(FlowError::Invalid(sentence!(
            "an account has {max} webhooks at the most",
            max = MAX_ENDPOINTS
        )));
    }
    let new = Endpoint {
        id: WebhookId::make(ctx.now, gateway.rng()),
        url: checked_url(gateway, &input.url)?,
        name: checked_name(&input.name)?,
        types: checked_types(input.types)?,
        state: WebhookState::Active,
        version: 1,
        secret: message::draw_secret(gateway.rng()),
        previous: None,
        created_by: ctx.actor.to_string(),
        created_at: ctx.now,
        failing_since: None,
        failures: 0,
    };
    of_zoom::guard(&mut tx, ctx, granted, (None, &new)).await?;
    webhook::insert(&mut tx, granted.account(), &new, (&keys, gateway.rng())).await?;
    let body = json!({ "name": new.name, "types": new.types.to_string() });
    tell(&mut tx, gateway, ctx, (granted, &keys), ("webhook.created", new.id, &body)).await?;
    tx.commit().await?;
    let secret = new.secret.clone();
    Ok((view(new, ctx.now), secret))
}

/// The endpoints of an account, oldest first.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account.
pub async fn list(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<Vec<WebhookView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (_, granted) = grant::account(&mut tx, ctx, Action::ReadWebhooks, slug).await?;
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    let all = webhook::list(&mut tx, granted.account(), &keys).await?;
    Ok(all.into_iter().map(|endpoint| view(endpoint, ctx.now)).collect())
}

/// One of them.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`].
pub async fn find(gateway: &Gateway, ctx: &Ctx, id: WebhookId) -> Result<WebhookView, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (_, _, found) = held(&mut tx, gateway, ctx, (Action::ReadWebhooks, id)).await?;
    Ok(view(found, ctx.now))
}

/// Changes an endpoint, if its version is what the caller expects. Switched on again, it is tried at once.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::NotFound`], [`FlowError::Stale`], [`FlowError::Invalid`].
pub async fn update(
    gateway: &Gateway,
    ctx: &Ctx,
    id: WebhookId,
    input: Update,
    expects: impl Fn(i64) -> bool + Send,
) -> Result<WebhookView, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (granted, keys, found) = held(&mut tx, gateway, ctx, (Action::ManageWebhooks, id)).await?;
    if !expects(found.version) {
        return Err(FlowError::Stale);
    }
    let mut now = found.clone();
    if let Some(url) = &input.url {
        now.url = checked_url(gateway, url)?;
    }
    if let Some(name) = &input.name {
        now.name = checked_name(name)?;
    }
    if let Some(types) = input.types {
        now.types = checked_types(types)?;
    }
    if let Some(state) = input.state {
        now.state = state;
        (now.failing_since, now.failures) = (None, 0);
    }
    of_zoom::guard(&mut tx, ctx, granted, (Some(&found), &now)).await?;
    if !webhook::update(&mut tx, granted.account(), &now, (&keys, gateway.rng())).await? {
        return Err(FlowError::Stale);
    }
    let shown = |endpoint: &Endpoint| json!({ "name": endpoint.name, "types": endpoint.types.to_string(), "state": endpoint.state.name() });
    let has_moved = found.url.expose_secret() != now.url.expose_secret();
    let body = json!({ "before": shown(&found), "after": shown(&now), "has_new_address": has_moved });
    tell(&mut tx, gateway, ctx, (granted, &keys), ("webhook.updated", id, &body)).await?;
    tx.commit().await?;
    Ok(view(Endpoint { version: now.version + 1, ..now }, ctx.now))
}

/// Drops an endpoint, and what was to be delivered to it.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`].
pub async fn remove(gateway: &Gateway, ctx: &Ctx, id: WebhookId) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (granted, keys, found) = held(&mut tx, gateway, ctx, (Action::ManageWebhooks, id)).await?;
    webhook::delete(&mut tx, granted.account(), id).await?;
    let body = json!({ "name": found.name });
    tell(&mut tx, gateway, ctx, (granted, &keys), ("webhook.removed", id, &body)).await?;
    Ok(tx.commit().await?)
}

/// A new secret. For a day messages are signed with that of before as well, so that nothing is missed meanwhile; no other
/// is made in that day, or the one that receivers have would sign no more.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`]; [`FlowError::Invalid`] while the secret of before still signs.
pub async fn rotate(gateway: &Gateway, ctx: &Ctx, id: WebhookId) -> Result<SecretString, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (granted, keys, found) = held(&mut tx, gateway, ctx, (Action::ManageWebhooks, id)).await?;
    if let Some(until) = overlap(&found, ctx.now) {
        return Err(FlowError::Invalid(sentence!(
            "a new secret was made already, and until {until} messages are signed with the one before as well: have \
             receivers take the new one, and make no other until then. If the new one was lost, add a webhook in place \
             of this one",
            until
        )));
    }
    let secret = message::draw_secret(gateway.rng());
    let previous = Some((found.secret.clone(), ctx.now.plus_seconds(OVERLAP_SECONDS)));
    let now = Endpoint { secret: secret.clone(), previous, ..found };
    if !webhook::update(&mut tx, granted.account(), &now, (&keys, gateway.rng())).await? {
        return Err(FlowError::Stale);
    }
    tell(&mut tx, gateway, ctx, (granted, &keys), ("webhook.secret_rotated", id, &json!({}))).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Has a message delivered that tells of nothing, to see whether it arrives.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`]; [`FlowError::Invalid`] when the endpoint is switched off.
pub async fn test(gateway: &Gateway, ctx: &Ctx, id: WebhookId) -> Result<DeliveryView, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (granted, keys, found) = held(&mut tx, gateway, ctx, (Action::ManageWebhooks, id)).await?;
    is_on(&found)?;
    let account = granted.account();
    let body = webhook_body(TEST, account, ctx.now, &json!({ "webhook": id.to_string() }));
    let message = DeliveryId::make(ctx.now, gateway.rng());
    let with = (ctx.now, gateway.rng());
    let new = NewDelivery::seal((account, id), (message, TEST), &body, &keys, with)?;
    webhook_delivery::insert_many(&mut tx, &[&new]).await?;
    tell(&mut tx, gateway, ctx, (granted, &keys), ("webhook.tested", id, &json!({}))).await?;
    let made = webhook_delivery::find(&mut tx, account, message).await?.ok_or(NO_DELIVERY)?;
    tx.commit().await?;
    Ok(delivery_view(made))
}

/// What was delivered to an endpoint or is to be, before the one named, the newest first.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`].
pub async fn deliveries(
    gateway: &Gateway,
    ctx: &Ctx,
    id: WebhookId,
    (before, limit): (Option<DeliveryId>, u32),
) -> Result<Vec<DeliveryView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (granted, _, _) = held(&mut tx, gateway, ctx, (Action::ReadWebhooks, id)).await?;
    let page = (before, i64::from(limit).min(MAX_PAGE + 1));
    let all = webhook_delivery::list(&mut tx, (granted.account(), id), page).await?;
    Ok(all.into_iter().map(delivery_view).collect())
}

/// One of them. Where it tells what Zoom told, that is an event of the account, and no token or passcode is in it.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`].
pub async fn delivery(
    gateway: &Gateway,
    ctx: &Ctx,
    (id, message): (WebhookId, DeliveryId),
) -> Result<DeliveryDetail, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (granted, keys, _) = held(&mut tx, gateway, ctx, (Action::ReadWebhooks, id)).await?;
    let account = granted.account();
    let found = of(webhook_delivery::find(&mut tx, account, message).await?, id)?;
    of_zoom::guard_kind(ctx, granted, &found.kind)?;
    let body = webhook_delivery::find_body(&mut tx, account, message, &keys).await?.ok_or(NO_DELIVERY)?;
    let tries = webhook_delivery::list_tries(&mut tx, (account, message), TRIES, &keys).await?;
    drop(tx);
    let body = if of_zoom::is_kind(&found.kind) {
        let mut tx = gateway.storage().write().await?;
        let said = (found.kind.as_str(), body.as_slice());
        let shown = of_zoom::opened(gateway, &mut tx, ctx, (granted, &keys), said).await?;
        tx.commit().await?;
        shown
    } else {
        String::from_utf8_lossy(&body).into_owned()
    };
    Ok(DeliveryDetail {
        delivery: delivery_view(found),
        body,
        tries: tries.into_iter().map(try_view).collect(),
    })
}

/// Has a message delivered once more, under its id of before.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`]; [`FlowError::Invalid`] when the endpoint is switched off.
pub async fn resend(
    gateway: &Gateway,
    ctx: &Ctx,
    (id, message): (WebhookId, DeliveryId),
) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (granted, keys, found) = held(&mut tx, gateway, ctx, (Action::ManageWebhooks, id)).await?;
    is_on(&found)?;
    let present = of(webhook_delivery::find(&mut tx, granted.account(), message).await?, id)?;
    of_zoom::guard_kind(ctx, granted, &present.kind)?;
    let again =
        Delivery { state: DeliveryState::Waiting, tries: 0, next_at: ctx.now, ended_at: None, ..present };
    webhook_delivery::update(&mut tx, granted.account(), &again).await?;
    let body = json!({ "message": message.to_string() });
    tell(&mut tx, gateway, ctx, (granted, &keys), ("webhook.resent", id, &body)).await?;
    Ok(tx.commit().await?)
}

/// An endpoint of the caller's, with the account's keys.
async fn held(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    (action, id): (Action, WebhookId),
) -> Result<(Granted, std::sync::Arc<AccountKeys>, Endpoint), FlowError> {
    let home = webhook::account_of(tx, id).await?.ok_or(NONE)?;
    let granted = grant::of(ctx, action, home, "webhook")?;
    let keys = gateway.storage().keys(tx, granted.account()).await?;
    let found = webhook::find(tx, granted.account(), id, &keys).await?.ok_or(NONE)?;
    Ok((granted, keys, found))
}

fn of(found: Option<Delivery>, endpoint: WebhookId) -> Result<Delivery, FlowError> {
    found.filter(|delivery| delivery.endpoint_id == endpoint).ok_or(NO_DELIVERY)
}

fn is_on(endpoint: &Endpoint) -> Result<(), FlowError> {
    match endpoint.state {
        WebhookState::Active => Ok(()),
        WebhookState::Disabled => {
            Err(FlowError::Invalid(sentence!("the webhook is switched off; switch it on first")))
        }
    }
}

/// Until when its messages are signed with the secret of before as well, if they are.
fn overlap(endpoint: &Endpoint, now: Instant) -> Option<Instant> {
    endpoint.previous.as_ref().map(|(_, until)| *until).filter(|until| now < *until)
}

fn checked_url(gateway: &Gateway, url: &str) -> Result<SecretString, FlowError> {
    let url = url.trim();
    gateway.outbound().check(url).map_err(|error| FlowError::Invalid(Sentence::from(error).about("url")))?;
    Ok(url.to_owned().into())
}

fn checked_name(name: &str) -> Result<String, FlowError> {
    let name = name.trim();
    if !is_line(name, MAX_NAME) {
        let wrong = sentence!("the name must have {max} characters at most", max = MAX_NAME);
        return Err(FlowError::Invalid(wrong.about("name")));
    }
    Ok(name.to_owned())
}

fn checked_types(types: Types) -> Result<Types, FlowError> {
    if types.is_empty() {
        return Err(FlowError::Invalid(sentence!("choose what the webhook is told of").about("types")));
    }
    Ok(types)
}

/// Writes down what was done to an endpoint; sign-ins, which know from memory who is told of them, hear of it.
pub(super) async fn tell(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    (granted, keys): (Granted, &AccountKeys),
    (action, id, body): (&str, WebhookId, &serde_json::Value),
) -> Result<(), FlowError> {
    account::update_version(tx, granted.account(), ctx.now).await?;
    event::tell(tx, gateway, ctx, (granted.account(), keys), (action, id, body)).await
}

fn draw_lease(gateway: &Gateway) -> String {
    hex(&gateway.rng().bytes::<16>())
}

fn view(endpoint: Endpoint, now: Instant) -> WebhookView {
    let overlap_until = overlap(&endpoint, now);
    WebhookView {
        id: endpoint.id,
        name: endpoint.name,
        url: endpoint.url.expose_secret().to_owned(),
        types: endpoint.types,
        state: endpoint.state,
        version: endpoint.version,
        created_by: endpoint.created_by,
        created_at: endpoint.created_at,
        failing_since: endpoint.failing_since,
        overlap_until,
    }
}

fn delivery_view(delivery: Delivery) -> DeliveryView {
    let waits = delivery.state == DeliveryState::Waiting;
    DeliveryView {
        id: delivery.id,
        kind: delivery.kind,
        state: delivery.state,
        created_at: delivery.created_at,
        next_at: waits.then_some(delivery.next_at),
        ended_at: delivery.ended_at,
    }
}

fn try_view(tried: Try) -> TryView {
    let Try { number, at, millis, status, problem, answer } = tried;
    let answer = answer.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    TryView { number, at, millis, status, problem, answer }
}
