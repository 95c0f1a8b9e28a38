//! What an account has connected, and how it stands: what the first page of its console shows.

use super::connection::{outline, told_apart};
use super::{FlowError, Gateway, grant};
use crate::access::Action;
use crate::base::id::{AttemptId, ConnectionId};
use crate::base::time::DAY_SECONDS;
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::state::ConnectionState;
use crate::storage::{attempt, attempt_list};

const WEEK_SECONDS: i64 = 7 * DAY_SECONDS;
/// More sign-ins are not counted, so that the page costs the same however many there are.
pub const COUNTED: i64 = 1000;

/// A connection, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Which.
    pub id: ConnectionId,
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: ConnectionState,
    /// Sign-ins by it in the last seven days, [`COUNTED`] and one at most.
    pub sign_ins: i64,
    /// Those that it refused in the same days, as many at most; tests left out.
    pub refused: i64,
    /// When the last of its certificates ends.
    pub certificate_ends_at: Option<Instant>,
    /// Whether something waits for an owner.
    pub has_drift: bool,
    /// Whether a certificate waits for an owner.
    pub has_unknown_key: bool,
    /// Whether its metadata could not be fetched, the last time and the time before.
    pub is_stale: bool,
}

/// The connections of an account, those that people sign in by first.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account.
pub async fn list(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<Vec<Standing>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ReadConnections, slug).await?;
    let outlines = outline::list(&mut tx, ctx, account.id).await?;
    let told: Vec<_> =
        outlines.iter().map(|one| (one.name.as_str(), one.idp_entity_id.as_str(), one.id)).collect();
    let names = told_apart(&told);
    let since = ctx.now.plus_seconds(-WEEK_SECONDS);
    // Clocks of nodes differ a little; nobody's is a day ahead.
    let week = [since, ctx.now.plus_seconds(DAY_SECONDS)].map(AttemptId::first_of);
    let tried = attempt_list::list_tried(&mut tx, account.id, week.into()).await?;
    let mut standings = Vec::new();
    for (name, one) in names.into_iter().zip(outlines) {
        let (mut sign_ins, mut refused) = (0, 0);
        if tried.contains(&one.id) {
            let limit = (since, COUNTED + 1);
            sign_ins = attempt::count_accepted(&mut tx, account.id, one.id, limit).await?;
            refused = attempt::count_refused(&mut tx, account.id, one.id, limit).await?;
        }
        standings.push(Standing {
            id: one.id,
            name,
            state: one.state,
            sign_ins,
            refused,
            certificate_ends_at: one.certificate_ends_at,
            has_drift: one.has_drift,
            has_unknown_key: one.has_unknown_key,
            is_stale: one.is_stale,
        });
    }
    standings
        .sort_by_key(|standing| (standing.state != ConnectionState::Active, standing.name.to_lowercase()));
    Ok(standings)
}
