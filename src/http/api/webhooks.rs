//! Webhooks: where an account's own programs are told what happened, and what was delivered there.

use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::call::{Call, Done, Found, IfMatch, Json, Made, Query, Versioned};
use super::paging::{Page, Plain};
use super::problem::Problem;
use super::schema::{DeliveryIdText, DeliveryState, Moment, WebhookIdText, WebhookState};
use crate::base::id::{DeliveryId, WebhookId};
use crate::directory::webhook::Types;
use crate::flow::webhook::{self, Create, DeliveryDetail, DeliveryView, TryView, Update, WebhookView};

/// Where an account's own programs are told what happened.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Webhook {
    id: WebhookIdText,
    name: String,
    /// Where messages are posted.
    url: String,
    /// What it is told of: kinds of events, or all of a topic (`user.*`).
    types: Vec<String>,
    state: WebhookState,
    /// Who made it.
    created_by: String,
    created_at: Moment,
    /// Since when nothing gets through; null while something does.
    failing_since: Option<Moment>,
    /// Until when messages are signed with the secret of before as well.
    overlap_until: Option<Moment>,
}

/// A new webhook.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Where messages are posted.
    #[schemars(length(min = 1, max = 2048))]
    url: String,
    #[serde(default)]
    #[schemars(length(max = 100))]
    name: String,
    /// What it is told of: kinds of events, or all of a topic (`user.*`). `certificate.ending` comes 30, 14, 7 and 1 days
    /// before a certificate of an identity provider ends, with its `connection`, `spki_sha256`, `ends_at` and those `days`.
    /// Those of Zoom ask for `zoom:read` as well, here and wherever the webhook or what it was told is changed or read.
    #[schemars(length(min = 1))]
    types: Vec<String>,
}

/// A webhook that was made.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IssuedWebhook {
    #[serde(flatten)]
    webhook: Webhook,
    /// What messages are signed with (Standard Webhooks). It is not told again.
    secret: String,
}

/// What is to be different; what is not given stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChanges {
    /// Where messages are posted.
    #[schemars(length(min = 1, max = 2048))]
    url: Option<String>,
    #[schemars(length(max = 100))]
    name: Option<String>,
    /// What it is told of.
    #[schemars(length(min = 1))]
    types: Option<Vec<String>>,
    state: Option<WebhookState>,
}

/// A new secret.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Secret {
    /// It is not told again.
    secret: String,
}

/// A message for a webhook.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Delivery {
    id: DeliveryIdText,
    /// What it is about: `user.created`.
    #[serde(rename = "type")]
    kind: String,
    state: DeliveryState,
    created_at: Moment,
    /// When it is tried next; null when it is over.
    next_at: Option<Moment>,
    ended_at: Option<Moment>,
}

/// A message with what it says and what came of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DeliveryWithTries {
    #[serde(flatten)]
    delivery: Delivery,
    /// What it says, as it is sent; of what Zoom told, without tokens and passcodes.
    body: String,
    /// The latest first.
    tries: Vec<Try>,
}

/// One try to deliver.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Try {
    /// From 1.
    number: i64,
    at: Moment,
    /// How long it took.
    millis: i64,
    /// The status of the answer; null without one.
    status: Option<i64>,
    /// Why it counts for nothing; null when it was heard.
    problem: Option<String>,
    /// The beginning of the answer.
    answer: Option<String>,
}

impl From<WebhookView> for Webhook {
    fn from(view: WebhookView) -> Self {
        Self {
            id: WebhookIdText(view.id),
            name: view.name,
            url: view.url,
            types: view.types.iter().map(str::to_owned).collect(),
            state: WebhookState(view.state),
            created_by: view.created_by,
            created_at: Moment(view.created_at),
            failing_since: view.failing_since.map(Moment),
            overlap_until: view.overlap_until.map(Moment),
        }
    }
}

impl From<DeliveryView> for Delivery {
    fn from(view: DeliveryView) -> Self {
        let DeliveryView { id, kind, state, created_at, next_at, ended_at } = view;
        Self {
            id: DeliveryIdText(id),
            kind,
            state: DeliveryState(state),
            created_at: Moment(created_at),
            next_at: next_at.map(Moment),
            ended_at: ended_at.map(Moment),
        }
    }
}

impl From<TryView> for Try {
    fn from(view: TryView) -> Self {
        let TryView { number, at, millis, status, problem, answer } = view;
        Self { number, at: Moment(at), millis, status, problem, answer }
    }
}

fn types(names: &[String]) -> Result<Types, Problem> {
    let read = Types::read(names.iter().map(String::as_str));
    read.map_err(|error| Problem::field("/types", error.to_string()))
}

/// Those of an account, oldest first.
pub(super) async fn list(call: Call, Query(filter): Query<Plain>) -> Result<Page<Webhook>, Problem> {
    let window = filter.window()?;
    let all = webhook::list(call.gateway(), &call.ctx, call.account()?).await?;
    Ok(window.page_of_all(all, |view| view.id.to_string(), Webhook::from))
}

/// Makes one.
pub(super) async fn create(call: Call, Json(new): Json<NewWebhook>) -> Result<Made<IssuedWebhook>, Problem> {
    let NewWebhook { url, name, types: names } = new;
    let input = Create { account: call.account()?.clone(), url, name, types: types(&names)? };
    let (view, secret) = webhook::create(call.gateway(), &call.ctx, input).await?;
    let path = call.below(&format!("webhooks/{}", view.id));
    Ok(Made(IssuedWebhook { webhook: view.into(), secret: secret.expose_secret().to_owned() }, path))
}

/// One.
pub(super) async fn read(call: Call, (): ()) -> Result<Versioned<Webhook>, Problem> {
    let id: WebhookId = call.own("webhook").await?;
    let found = webhook::find(call.gateway(), &call.ctx, id).await?;
    let version = found.version;
    Ok(Versioned(found.into(), version))
}

/// Changes one.
pub(super) async fn update(
    call: Call,
    (if_match, Json(changes)): (IfMatch, Json<WebhookChanges>),
) -> Result<Versioned<Webhook>, Problem> {
    let id: WebhookId = call.own("webhook").await?;
    let WebhookChanges { url, name, types: names, state } = changes;
    let types = names.as_deref().map(types).transpose()?;
    let input = Update { url, name, types, state: state.map(|state| state.0) };
    let expects = |version| if_match.allows(version);
    let after = webhook::update(call.gateway(), &call.ctx, id, input, expects).await?;
    let version = after.version;
    Ok(Versioned(after.into(), version))
}

/// Drops one.
pub(super) async fn remove(call: Call, (): ()) -> Result<Done, Problem> {
    let id: WebhookId = call.own("webhook").await?;
    webhook::remove(call.gateway(), &call.ctx, id).await?;
    Ok(Done)
}

/// A new secret; that of before is good for a day more, in which no other is made.
pub(super) async fn rotate(call: Call, (): ()) -> Result<Found<Secret>, Problem> {
    let id: WebhookId = call.own("webhook").await?;
    let secret = webhook::rotate(call.gateway(), &call.ctx, id).await?;
    Ok(Found(Secret { secret: secret.expose_secret().to_owned() }))
}

/// Has a message delivered that tells of nothing.
pub(super) async fn test(call: Call, (): ()) -> Result<Found<Delivery>, Problem> {
    let id: WebhookId = call.own("webhook").await?;
    Ok(Found(webhook::test(call.gateway(), &call.ctx, id).await?.into()))
}

/// What was delivered or is to be, newest first.
pub(super) async fn deliveries(call: Call, Query(filter): Query<Plain>) -> Result<Page<Delivery>, Problem> {
    let window = filter.window()?;
    let id: WebhookId = call.own("webhook").await?;
    let page = (window.after::<DeliveryId>()?, window.limit());
    let found = webhook::deliveries(call.gateway(), &call.ctx, id, page).await?;
    Ok(window.page(found, |view| view.id.to_string(), Delivery::from))
}

/// One of them.
pub(super) async fn delivery(call: Call, (): ()) -> Result<Found<DeliveryWithTries>, Problem> {
    let id: WebhookId = call.own("webhook").await?;
    let message: DeliveryId = call.named("delivery")?;
    let DeliveryDetail { delivery, body, tries } =
        webhook::delivery(call.gateway(), &call.ctx, (id, message)).await?;
    let tries = tries.into_iter().map(Try::from).collect();
    Ok(Found(DeliveryWithTries { delivery: delivery.into(), body, tries }))
}

/// Has one delivered once more.
pub(super) async fn resend(call: Call, (): ()) -> Result<Done, Problem> {
    let id: WebhookId = call.own("webhook").await?;
    webhook::resend(call.gateway(), &call.ctx, (id, call.named("delivery")?)).await?;
    Ok(Done)
}
