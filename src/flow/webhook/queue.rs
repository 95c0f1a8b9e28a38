//! What waits to be told: written in the transaction of what it tells of.
//!
//! Events of the audit log are told from the one place that writes them ([`crate::storage::event::insert`]); here is what
//! has no event: sign-ins with what they change of people, which keys of a connection came and went, and whose certificates
//! will end. Whoever signs in to an account without webhooks pays nothing for them: who is told stands beside the connection
//! in memory.

use serde_json::{Value, json};

use crate::base::id::{AccountId, ConnectionId, DeliveryId, SessionId, UserId, WebhookId};
use crate::base::{Ctx, Instant};
use crate::directory::webhook::{Types, body};
use crate::flow::connection::load::Loaded;
use crate::flow::{FlowError, Gateway};
use crate::storage::seal::AccountKeys;
use crate::storage::webhook_delivery::{self, NewDelivery};
use crate::storage::{Tx, webhook};

/// That a certificate will end.
pub const ENDING: &str = "certificate.ending";

/// What a sign-in tells: that there is a session, and of the person what is given, if anything (`user.created`).
///
/// # Errors
/// [`FlowError::Broken`] when it cannot be sealed.
pub fn of_sign_in(
    gateway: &Gateway,
    ctx: &Ctx,
    loaded: &Loaded,
    (user, of_user, session): (UserId, Option<&'static str>, SessionId),
) -> Result<Vec<NewDelivery>, FlowError> {
    if loaded.listening.is_empty() {
        return Ok(Vec::new());
    }
    let connection = loaded.connection.id.to_string();
    let user = user.to_string();
    let mut told = Vec::new();
    if let Some(kind) = of_user {
        let data = json!({ "target": user, "actor": format!("idp:{connection}"), "connection": connection });
        told.push((kind, data));
    }
    let session = session.to_string();
    let data = json!({ "target": session, "user": user, "connection": connection });
    told.push(("session.created", data));
    let mut all = Vec::new();
    for (kind, data) in told {
        let of = (loaded.account.id, loaded.listening.as_slice());
        all.extend(sealed(gateway, ctx, of, &loaded.keys, (kind, &data))?);
    }
    Ok(all)
}

/// Tells that a connection trusts a key, or no more.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn of_certificate(
    tx: &mut Tx,
    (gateway, ctx): (&Gateway, &Ctx),
    (account, connection): (AccountId, ConnectionId),
    keys: &AccountKeys,
    (kind, spki_sha256): (&str, &str),
) -> Result<(), FlowError> {
    let listening = webhook::listening(tx, account).await?;
    let data = json!({
        "target": connection.to_string(), "actor": ctx.actor.to_string(), "spki_sha256": spki_sha256,
    });
    let all = sealed(gateway, ctx, (account, &listening), keys, (kind, &data))?;
    Ok(webhook_delivery::insert_many(tx, &all.iter().collect::<Vec<_>>()).await?)
}

/// Whether anybody is told of certificates that will end.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn hears_of_ends(tx: &mut Tx, account: AccountId) -> Result<bool, FlowError> {
    let listening = webhook::listening(tx, account).await?;
    Ok(listening.iter().any(|(_, types)| types.contain(ENDING)))
}

/// Tells that a certificate of a key that a connection trusts ends before so many days are over.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn of_ending(
    tx: &mut Tx,
    (gateway, ctx): (&Gateway, &Ctx),
    (account, connection): (AccountId, ConnectionId),
    keys: &AccountKeys,
    (spki_sha256, ends_at, days): (&str, Instant, i64),
) -> Result<(), FlowError> {
    let listening = webhook::listening(tx, account).await?;
    let connection = connection.to_string();
    let data = json!({
        "target": connection, "actor": ctx.actor.to_string(), "connection": connection,
        "spki_sha256": spki_sha256, "ends_at": ends_at.to_string(), "days": days,
    });
    let all = sealed(gateway, ctx, (account, &listening), keys, (ENDING, &data))?;
    Ok(webhook_delivery::insert_many(tx, &all.iter().collect::<Vec<_>>()).await?)
}

fn sealed(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, listening): (AccountId, &[(WebhookId, Types)]),
    keys: &AccountKeys,
    (kind, data): (&str, &Value),
) -> Result<Vec<NewDelivery>, FlowError> {
    let wants = listening.iter().filter(|(_, types)| types.contain(kind));
    let body = body(kind, account, ctx.now, data);
    let one = |(endpoint, _): &(WebhookId, Types)| {
        let message = DeliveryId::make(ctx.now, gateway.rng());
        NewDelivery::seal((account, *endpoint), (message, kind), &body, keys, (ctx.now, gateway.rng()))
    };
    Ok(wants.map(one).collect::<Result<_, _>>()?)
}
