//! What was done in an account, as those who may see it read it.

use super::{FlowError, Gateway, grant};
use crate::access::Action;
use crate::audit::chain::Stored;
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::state::AccountState;
use crate::storage::event;

/// As many are handed out at once.
pub const PAGE: i64 = 50;

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventView {
    /// Its number in the account's chain.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// By whom: a kind, and often an id after a colon.
    pub actor: String,
    /// What: `connection.created`.
    pub action: String,
    /// To what: its id.
    pub target: String,
    /// What it was and became, JSON; none where something of the event was changed since.
    pub body: Option<String>,
}

/// The latest events of an account before the one numbered `before`, the latest first. Of a destroyed account nothing
/// can be read.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account.
pub async fn list(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: &Slug,
    before: Option<i64>,
) -> Result<Vec<EventView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, granted) = grant::account(&mut tx, ctx, Action::ReadEvents, slug).await?;
    if account.state == AccountState::Deleted {
        return Ok(Vec::new());
    }
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    let page = (before.unwrap_or(i64::MAX), PAGE);
    let found = event::list_before(&mut tx, account.id, page).await?;
    let view = |stored: Stored| EventView {
        // That one cannot be opened must not hide the others.
        body: event::open(account.id, &stored, &keys)
            .ok()
            .map(|body| String::from_utf8_lossy(&body).into_owned()),
        seq: stored.seq,
        at: stored.at,
        actor: stored.actor,
        action: stored.action,
        target: stored.target,
    };
    Ok(found.into_iter().map(view).collect())
}
