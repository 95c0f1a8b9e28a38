//! Telling what waits: one endpoint at a time is somebody's, what waits there is sent side by side, and what came of it is
//! noted.
//!
//! # Design
//!
//! Endpoints are taken in the order in which their accounts were last served, one of an account at a time, for
//! `LEASE_SECONDS`: so that an account with much to be told, or with endpoints that answer slowly, keeps no other waiting
//! for more than its turn. One where nothing gets through, or that leaves anything unanswered, is left alone for a while
//! that grows to `LONGEST_HOLD_SECONDS`, whatever waits for it. Of an account that is suspended nothing is told until it is
//! open again. A message is tried again after each of
//! `WAITS`, a quarter more or less, which is close to three days; then it is given up, and can be sent again by hand. An
//! endpoint where a message was given up and nothing has got through for `OFF_AFTER_SECONDS` is switched off, which is an
//! event; so is one that answers that it is gone (410).
//!
//! A process that ends in the middle leaves its lease to run out, and what it sent is sent again.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::Instant as Stopwatch;
use zeroize::Zeroizing;

use super::{draw_lease, message, tell};
use crate::access::{self, Action};
use crate::base::id::{AccountId, DeliveryId, WebhookId};
use crate::base::time::DAY_SECONDS;
use crate::base::{Ctx, Instant};
use crate::directory::state::DeliveryState;
use crate::directory::webhook::WAITS;
use crate::flow::job::{is_clock_wrong, jittered};
use crate::flow::{FlowError, Gateway, grant, notice};
use crate::outbound::request::{Answer, Request, Verb};
use crate::storage::StorageError;
use crate::storage::seal::AccountKeys;
use crate::storage::webhook::{self, Endpoint, Standing};
use crate::storage::webhook_delivery::{self, Delivery, Try};

const LEASE_SECONDS: i64 = 120;
/// So many are sent side by side in one turn.
const PORTION: i64 = 8;
const FIRST_HOLD_SECONDS: i64 = 5;
const LONGEST_HOLD_SECONDS: i64 = 300;
const OFF_AFTER_SECONDS: i64 = 2 * DAY_SECONDS;
/// So much of an answer is kept.
const ANSWER_BYTES: usize = 1024;
/// Who answers more than this was not meant to be told.
const READ_BYTES: usize = 256 * 1024;
/// Less than the lease, with whatever the client allows itself.
const LIMIT: Duration = Duration::from_secs(20);
const GONE: u16 = 410;

/// What came of sending one.
struct Sent {
    delivery: Delivery,
    tried: Try,
    is_gone: bool,
}

/// A message ready to be sent.
struct Ready {
    delivery: Delivery,
    body: Vec<u8>,
    headers: Vec<(&'static str, String)>,
}

/// Serves the endpoint whose turn it is; whether there was one.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn some(gateway: &Gateway, ctx: &Ctx) -> Result<bool, FlowError> {
    access::decide(ctx.actor, Action::DeliverWebhooks)?;
    let mut tx = gateway.storage().read().await?;
    if !webhook::is_any_due(&mut tx, ctx.now).await? {
        return Ok(false);
    }
    drop(tx);
    if is_clock_wrong(gateway).await? {
        return Ok(false);
    }
    let lease = draw_lease(gateway);
    let until = ctx.now.plus_seconds(LEASE_SECONDS);
    let mut tx = gateway.storage().write().await?;
    let Some((account, id)) = webhook::claim(&mut tx, &lease, (ctx.now, until)).await? else {
        return Ok(false);
    };
    tx.commit().await?;
    let Some((endpoint, keys, ready)) = load(gateway, ctx, (account, id)).await? else { return Ok(true) };
    let sent = send(gateway, ctx, &endpoint, ready).await;
    // Time has passed.
    let ctx = gateway.ctx(ctx.actor);
    write(gateway, &ctx, (account, &keys), (endpoint, &lease), sent).await?;
    Ok(true)
}

type Loaded = (Endpoint, Arc<AccountKeys>, Vec<Ready>);

async fn load(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, id): (AccountId, WebhookId),
) -> Result<Option<Loaded>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let keys = match gateway.storage().keys(&mut tx, account).await {
        Ok(keys) => keys,
        // Nothing of a deleted account can be told; its webhooks of before went with it.
        Err(StorageError::KeysDestroyed) => {
            drop(tx);
            let mut tx = gateway.storage().write().await?;
            webhook::delete_all(&mut tx, account).await?;
            tx.commit().await?;
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let Some(endpoint) = webhook::find(&mut tx, account, id, &keys).await? else { return Ok(None) };
    let previous = endpoint.previous.as_ref().filter(|(_, until)| ctx.now < *until);
    let mut ready = Vec::new();
    for delivery in webhook_delivery::list_due(&mut tx, (account, id), (ctx.now, PORTION)).await? {
        let Some(body) = webhook_delivery::find_body(&mut tx, account, delivery.id, &keys).await? else {
            continue;
        };
        let secrets = std::iter::once(&endpoint.secret).chain(previous.map(|(secret, _)| secret));
        let name = delivery.id.to_string();
        let signature = message::signatures(secrets, (&name, ctx.now), &body);
        let headers = vec![
            ("content-type", "application/json".to_owned()),
            ("webhook-id", name),
            ("webhook-timestamp", ctx.now.seconds().to_string()),
            ("webhook-signature", signature),
        ];
        ready.push(Ready { delivery, body: body.to_vec(), headers });
    }
    Ok(Some((endpoint, keys, ready)))
}

async fn send(gateway: &Gateway, ctx: &Ctx, endpoint: &Endpoint, ready: Vec<Ready>) -> Vec<Sent> {
    let (now, mut tasks) = (ctx.now, JoinSet::new());
    for Ready { delivery, body, headers } in ready {
        let (client, url) = (gateway.outbound().clone(), endpoint.url.clone());
        tasks.spawn(async move {
            let began = Stopwatch::now();
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let request = Request {
                verb: Verb::Post,
                url: url.expose_secret(),
                headers: &headers,
                body: Some(&body),
                limit: READ_BYTES,
            };
            let answered = tokio::time::timeout(LIMIT, client.send(request)).await;
            let millis = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
            let tried = |status, problem, answer| Try { number: 0, at: now, millis, status, problem, answer };
            let (tried, is_gone) = match answered {
                Err(_) => (tried(None, Some("no answer in time".to_owned()), None), false),
                Ok(Err(error)) => (tried(None, Some(error.to_string()), None), false),
                Ok(Ok(Answer { status, mut body, .. })) => {
                    let is_good = (200..300).contains(&status);
                    let problem = (!is_good).then(|| format!("answered with status {status}"));
                    body.truncate(ANSWER_BYTES);
                    let answer = Some(Zeroizing::new(body));
                    (tried(Some(i64::from(status)), problem, answer), status == GONE)
                }
            };
            Sent { delivery, tried, is_gone }
        });
    }
    let mut sent = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        // One that was broken off is tried again when the lease is over.
        sent.extend(ended.ok());
    }
    sent.sort_unstable_by_key(|sent| sent.delivery.id);
    sent
}

/// What has become of a delivery after a try.
fn after(delivery: Delivery, last: &Try, now: Instant, jitter: impl Fn(i64) -> i64) -> Delivery {
    let tries = delivery.tries + 1;
    if last.problem.is_none() {
        return Delivery { state: DeliveryState::Delivered, tries, ended_at: Some(now), ..delivery };
    }
    let wait = usize::try_from(delivery.tries).ok().and_then(|place| WAITS.get(place));
    match wait {
        Some(wait) => Delivery { tries, next_at: now.plus_seconds(jitter(*wait)), ..delivery },
        None => Delivery { state: DeliveryState::Dead, tries, ended_at: Some(now), ..delivery },
    }
}

async fn write(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, keys): (AccountId, &AccountKeys),
    (endpoint, lease): (Endpoint, &str),
    sent: Vec<Sent>,
) -> Result<(), FlowError> {
    let id = endpoint.id;
    let is_heard = sent.iter().any(|sent| sent.tried.problem.is_none());
    // One that answers some and lets others wait costs as much as one that answers none.
    let is_slow = sent.iter().any(|sent| sent.tried.status.is_none());
    let is_held = is_slow || (!is_heard && !sent.is_empty());
    let is_gone = sent.iter().any(|sent| sent.is_gone);
    let standing = if is_held {
        let failures = endpoint.failures + 1;
        let hold = FIRST_HOLD_SECONDS << failures.clamp(1, 10);
        let hold = jittered(hold.min(LONGEST_HOLD_SECONDS), gateway.rng());
        Standing {
            failing_since: if is_heard { None } else { endpoint.failing_since.or(Some(ctx.now)) },
            failures,
            held_until: Some(ctx.now.plus_seconds(hold)),
        }
    } else {
        Standing { failing_since: None, failures: 0, held_until: None }
    };
    let mut tx = gateway.storage().write().await?;
    if !webhook::release(&mut tx, (account, id), lease, standing).await? {
        // It took so long that somebody else is at it.
        return Ok(());
    }
    let mut is_given_up = false;
    for Sent { delivery, tried, .. } in sent {
        let message: DeliveryId = delivery.id;
        let (outcome, jitter) = (tried.problem.is_none(), |wait| jittered(wait, gateway.rng()));
        metrics::counter!("gatepost_webhook_total", "outcome" => if outcome { "delivered" } else { "failed" })
            .increment(1);
        let now = after(delivery, &tried, ctx.now, jitter);
        // It may have been erased while it was sent.
        if webhook_delivery::update(&mut tx, account, &now).await? {
            is_given_up |= now.state == DeliveryState::Dead;
            webhook_delivery::insert_try(&mut tx, (account, message), &tried, (keys, gateway.rng())).await?;
        }
    }
    let is_off = |since: Instant| ctx.now >= since.plus_seconds(OFF_AFTER_SECONDS);
    let has_failed_for_long = is_given_up && standing.failing_since.is_some_and(is_off);
    let is_over = is_gone || has_failed_for_long;
    // What was changed while it was being sent to is tried as it is now.
    if is_over && webhook::update_off(&mut tx, (account, id), endpoint.version).await? {
        let why = if is_gone { "it answered that it is gone" } else { "nothing got through for days" };
        notice::webhook_off(gateway, &mut tx, ctx, (account, keys), (&endpoint, is_gone)).await?;
        let granted = grant::of(ctx, Action::DeliverWebhooks, account, "webhook")?;
        let body = json!({ "reason": why });
        tell(&mut tx, gateway, ctx, (granted, keys), ("webhook.switched_off", id, &body)).await?;
        tracing::warn!(request = %ctx.request, webhook = %id, "a webhook was switched off: {why}");
    }
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    #[test]
    fn a_delivery_is_tried_again_until_it_is_given_up() {
        let (rng, mut now) = (Rng::seeded(1), Instant::from_seconds(1000));
        let mut delivery = Delivery {
            id: DeliveryId::make(now, &rng),
            endpoint_id: WebhookId::make(now, &rng),
            kind: "user.created".to_owned(),
            state: DeliveryState::Waiting,
            tries: 0,
            next_at: now,
            created_at: now,
            ended_at: None,
        };
        let failed = Try {
            number: 0,
            at: now,
            millis: 1,
            status: Some(500),
            problem: Some("answered with status 500".to_owned()),
            answer: None,
        };
        for wait in WAITS {
            delivery = after(delivery, &failed, now, |wait| wait);
            assert_eq!((delivery.state, delivery.next_at), (DeliveryState::Waiting, now.plus_seconds(*wait)));
            now = delivery.next_at;
        }
        let good = Try { problem: None, ..failed.clone() };
        assert_eq!(after(delivery.clone(), &good, now, |wait| wait).state, DeliveryState::Delivered);
        let dead = after(delivery, &failed, now, |wait| wait);
        assert_eq!((dead.state, dead.ended_at), (DeliveryState::Dead, Some(now)));
    }
}
