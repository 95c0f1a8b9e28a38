//! How many deliveries were refused, and why: counted in memory, and added to the database every few seconds, so that
//! whoever sends rubbish does not make it work. Every process counts for itself.

use super::Door;
use crate::access::{self, Action};
use crate::base::Ctx;
use crate::flow::{FlowError, Gateway};
use crate::storage::zoom_event;
use crate::zoom::webhook::Refusal;

/// What nobody's deliveries are counted as, beside the kinds of [`Refusal`].
const UNKNOWN: &str = "unknown_account";

/// Counts one: of an account, where it is known whose it was to be.
pub(super) fn count(gateway: &Gateway, ctx: &Ctx, door: Option<&Door>, refusal: Refusal) {
    let of = door.and_then(|door| door.of.as_ref());
    let outcome = if door.is_some() { refusal.kind() } else { UNKNOWN };
    metrics::counter!("gatepost_zoom_delivery_total", "outcome" => outcome).increment(1);
    if let Some(whose) = of {
        let key = (whose.account, ctx.now.day(), refusal.kind().to_owned());
        *gateway.zoom().events.refused().entry(key).or_default() += 1;
    }
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
