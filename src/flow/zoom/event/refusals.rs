//! How many deliveries were refused or not kept, and why: counted in memory, and added to the database every few seconds, so that
//! whoever sends rubbish does not make it work. Every process counts for itself.

use super::Door;
use super::door::Whose;
use crate::access::{self, Action};
use crate::base::Ctx;
use crate::flow::{FlowError, Gateway};
use crate::storage::zoom_event;
use crate::zoom::webhook::Refusal;

/// What nobody's deliveries are counted as, beside the kinds of [`Refusal`].
const UNKNOWN: &str = "unknown_account";
/// What is counted for a link that keeps no events.
const UNUSED: &str = "not_used";

/// Counts one: of an account, where it is known whose it was to be.
pub(super) fn count(gateway: &Gateway, ctx: &Ctx, door: Option<&Door>, refusal: Refusal) {
    let of = door.and_then(|door| door.of.as_ref());
    let outcome = if door.is_some() { refusal.kind() } else { UNKNOWN };
    metrics::counter!("gatepost_zoom_delivery_total", "outcome" => outcome).increment(1);
    if let Some(whose) = of {
        add(gateway, ctx, whose, refusal.kind());
    }
}

/// Counts one that was rightly signed and not kept.
pub(super) fn count_unused(gateway: &Gateway, ctx: &Ctx, whose: &Whose) {
    metrics::counter!("gatepost_zoom_delivery_total", "outcome" => UNUSED).increment(1);
    add(gateway, ctx, whose, UNUSED);
}

fn add(gateway: &Gateway, ctx: &Ctx, whose: &Whose, kind: &str) {
    let key = (whose.account, ctx.now.day(), kind.to_owned());
    *gateway.zoom().events.refused().entry(key).or_default() += 1;
}

/// Adds what was counted since the last time to the database.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`]; then it is counted still.
pub async fn flush(gateway: &Gateway, ctx: &Ctx) -> Result<(), FlowError> {
    access::decide(ctx.actor, Action::Sweep)?;
    let counted = std::mem::take(&mut *gateway.zoom().events.refused());
    if counted.is_empty() {
        return Ok(());
    }
    let write = async {
        let mut tx = gateway.storage().write().await?;
        zoom_event::add_refusals(&mut tx, &counted).await?;
        tx.commit().await
    };
    if let Err(error) = write.await {
        let mut refused = gateway.zoom().events.refused();
        for (key, number) in counted {
            *refused.entry(key).or_default() += number;
        }
        return Err(error.into());
    }
    Ok(())
}
