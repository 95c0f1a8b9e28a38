//! What goes when the app was removed in Zoom. Zoom demands of apps that its Marketplace lists that they then delete what they
//! were told; here it goes whichever app it was.
//!
//! # Design
//!
//! It is a job, asked for in the transaction that ends the link: there may be a million events, and Zoom waits three seconds.
//! What goes:
//!
//! * events, with what Zoom said and the hashes by which they are found,
//! * what of them was handed on to webhooks, told or not,
//! * Zoom's users as the last inventory found them, unless somebody has authorised the app anew by then.
//!
//! What stays is ours: numbers of events and of inventories, runs of provisioning with what was done for our own people, and
//! which of them have a user in Zoom.

use serde_json::{Value, json};

use crate::access::{self, Action};
use crate::base::id::{AccountId, ZoomEventId, ZoomInventoryId, ZoomLinkId};
use crate::base::{Ctx, Instant};
use crate::directory::state::JobKind;
use crate::directory::webhook::ZOOM;
use crate::flow::event::tell;
use crate::flow::job::{self, NewJob};
use crate::flow::{FlowError, Gateway};
use crate::storage::{Tx, webhook_delivery, zoom_event, zoom_grant, zoom_inventory};

/// What goes, as events say it.
pub const WHAT: [&str; 3] = ["zoom_events", "webhook_deliveries", "zoom_users"];
/// So many in one transaction.
const PORTION: i64 = 1000;

/// Asks for it in the caller's transaction.
pub(in crate::flow::zoom) async fn ask(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    (account, link): (AccountId, ZoomLinkId),
) -> Result<(), FlowError> {
    let new = NewJob {
        account: Some(account),
        kind: JobKind::ZoomForgetting,
        key: format!("{link} {}", ctx.now.micros()),
        input: json!({
            "account": account.to_string(), "link": link.to_string(), "until": ctx.now.micros(),
        }),
        run_at: ctx.now,
    };
    job::ask(tx, ctx, new, gateway.rng()).await
}

/// Does it.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`]; it can be done again.
pub async fn run_job(gateway: &Gateway, ctx: &Ctx, input: &Value) -> Result<(), FlowError> {
    access::decide(ctx.actor, Action::RunJobs)?;
    let text = |name| input.get(name).and_then(Value::as_str);
    let account: Option<AccountId> = text("account").and_then(|id| id.parse().ok());
    let link: Option<ZoomLinkId> = text("link").and_then(|id| id.parse().ok());
    let until = input.get("until").and_then(Value::as_i64).map(Instant::from_micros);
    let (Some(account), Some(link), Some(until)) = (account, link, until) else {
        return Err(FlowError::Internal("a job without its account"));
    };
    match forget(gateway, ctx, (account, link), until).await {
        // The account was deleted since, and its keys with it.
        Err(FlowError::NotFound(_)) => Ok(()),
        done => done,
    }
}

/// One of what goes.
#[derive(Debug, Clone, Copy)]
enum Part {
    Events {
        before: ZoomEventId,
    },
    Deliveries {
        before: Instant,
    },
    /// Users whom no later inventory found than this one, which there is not.
    Users {
        but: ZoomInventoryId,
    },
}

async fn forget(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, link): (AccountId, ZoomLinkId),
    until: Instant,
) -> Result<(), FlowError> {
    // What came at that very moment goes too.
    let before = until.plus_seconds(1);
    let events = Part::Events { before: ZoomEventId::first_of(before) };
    let events = delete_all(gateway, account, events).await?;
    let deliveries = delete_all(gateway, account, Part::Deliveries { before }).await?;
    let users = Part::Users { but: ZoomInventoryId::first_of(before) };
    let users = delete_all(gateway, account, users).await?;
    let mut tx = gateway.storage().write().await?;
    let keys = gateway.storage().keys(&mut tx, account).await?;
    let body = json!({
        "zoom_events": events, "webhook_deliveries": deliveries, "zoom_users": users,
        "until": until.to_string(),
    });
    tell(&mut tx, gateway, ctx, (account, &keys), ("zoom_link.forgotten", link, &body)).await?;
    Ok(tx.commit().await?)
}

/// Deletes a portion at a time, since others write meanwhile; how many.
async fn delete_all(gateway: &Gateway, account: AccountId, part: Part) -> Result<u64, FlowError> {
    let mut all = 0;
    loop {
        let mut tx = gateway.storage().write().await?;
        let deleted = match part {
            Part::Events { before } => zoom_event::delete_before(&mut tx, account, (before, PORTION)).await?,
            Part::Deliveries { before } => {
                webhook_delivery::delete_of_kind(&mut tx, (account, ZOOM), (before, PORTION)).await?
            }
            Part::Users { .. } if zoom_grant::is_granted(&mut tx, account).await? => 0,
            Part::Users { but } => {
                zoom_inventory::delete_other_seats(&mut tx, (account, but), PORTION).await?
            }
        };
        tx.commit().await?;
        all += deleted;
        if deleted < PORTION.unsigned_abs() {
            return Ok(all);
        }
    }
}
