//! Provisioning into Zoom: who of an account's people is there, and with what values.
//!
//! | file | what |
//! |---|---|
//! | [`settings`] | toggles, rules, mapping, when; a preview for one person |
//! | [`form`] | the settings as people type them |
//! | [`people`] | our people as the planner wants them, and what became of them |
//! | [`run`] | runs: asking for one, confirming, cancelling, looking at them |
//! | `view` | runs and steps as they are handed out |
//! | [`turn`] | whose turn it is: taking a run, working on it, giving it back |
//! | `plan` | all of Zoom's users and all of our people → steps |
//! | `apply` | the steps, one after the other, each once |
//! | `groups` | groups that are pushed |
//! | [`follow`] | what is done when it is time, or when somebody changed |
//!
//! What has to be done is decided by [`crate::zoom::provision`], which is pure; here it is loaded, kept and carried out.
//!
//! # Invariants
//!
//! * A run is somebody's for [`LEASE_SECONDS`], renewed as it goes on; what a step came to is written only by whoever
//!   still has it, in one transaction with what ties the person to their Zoom user.
//! * A step is noted as begun before Zoom is called. Whoever finds it begun and not ended looks what became of it before
//!   anything is done again.
//! * When a step's turn comes, it is looked at again: of whom it is not right any more, nothing is done.
//! * What would take away more than the owner allows waits for an owner's word.

mod apply;
pub mod follow;
pub mod form;
mod groups;
pub mod people;
mod plan;
pub mod run;
pub mod settings;
pub mod turn;
mod view;

pub use plan::Totals;

use std::sync::Arc;

use serde_json::Value;

use crate::access::Action;
use crate::base::Ctx;
use crate::base::id::AccountId;
use crate::directory::account::Slug;
use crate::flow::{FlowError, Gateway, grant};
use crate::storage::Tx;
use crate::storage::event::{self, Event};
use crate::storage::seal::AccountKeys;
use crate::zoom::api::error::ApiError;

/// How long a run may go on without a word.
pub const LEASE_SECONDS: i64 = 300;
/// How often a run that gets nowhere is begun before it is given up.
pub const MAX_TRIES: i64 = 8;

/// An account that something is done in.
pub(super) struct Home {
    pub(super) account: AccountId,
    pub(super) keys: Arc<AccountKeys>,
}

/// The account, if the caller may do `action` in it.
pub(super) async fn home(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    (action, slug): (Action, &Slug),
) -> Result<Home, FlowError> {
    let (_, granted) = grant::account(tx, ctx, action, slug).await?;
    let keys = gateway.storage().keys(tx, granted.account()).await?;
    Ok(Home { account: granted.account(), keys })
}

/// Writes an event.
pub(super) async fn tell(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    home: &Home,
    (action, target, body): (&str, &str, &Value),
) -> Result<(), FlowError> {
    let body = body.to_string();
    let happened = Event { action, target, body: body.as_bytes() };
    Ok(event::insert(tx, home.account, happened, &home.keys, (ctx, gateway.rng())).await?)
}

/// Why work on something does not go on here and now.
#[derive(Debug)]
pub(super) enum Stop {
    /// Another node has it.
    Lost,
    /// This process ends; another goes on.
    Ending,
    /// Others have their turn first.
    Turn,
    /// Zoom.
    Zoom(ApiError),
    /// It makes no sense any more, by a stable name.
    Senseless(&'static str),
    /// Ours.
    Flow(FlowError),
}

impl From<FlowError> for Stop {
    fn from(error: FlowError) -> Self {
        Self::Flow(error)
    }
}

impl From<crate::storage::StorageError> for Stop {
    fn from(error: crate::storage::StorageError) -> Self {
        Self::Flow(error.into())
    }
}

impl From<ApiError> for Stop {
    fn from(error: ApiError) -> Self {
        Self::Zoom(error)
    }
}
