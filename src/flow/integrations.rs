//! What an account has connected, and how it stands: what the first page of its console shows.

use super::connection::{self, show};
use super::{FlowError, Gateway};
use crate::base::id::ConnectionId;
use crate::base::time::DAY_SECONDS;
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::state::ConnectionState;
use crate::storage::attempt;

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
    let mut standings = Vec::new();
    let mut views = connection::list(gateway, ctx, slug).await?;
    views.retain(|view| view.state != ConnectionState::Retired);
    let told: Vec<_> =
        views.iter().map(|view| (view.name.as_str(), view.idp_entity_id.as_str(), view.id)).collect();
    for (name, view) in connection::told_apart(&told).into_iter().zip(&views) {
        let detail = show::show(gateway, ctx, view.id).await?;
        let mut tx = gateway.storage().read().await?;
        let since = ctx.now.plus_seconds(-WEEK_SECONDS);
        let account = crate::storage::connection::account_of(&mut tx, view.id).await?;
        let account = account.ok_or(FlowError::NotFound("connection"))?;
        let sign_ins = attempt::count_accepted(&mut tx, account, view.id, (since, COUNTED + 1)).await?;
        let refused = attempt::count_refused(&mut tx, account, view.id, (since, COUNTED + 1)).await?;
        standings.push(Standing {
            id: view.id,
            name,
            state: view.state,
            sign_ins,
            refused,
            certificate_ends_at: detail.keys.iter().map(|key| key.not_after).max(),
            has_drift: detail.has_drift,
            has_unknown_key: detail.has_unknown_key,
            is_stale: detail.metadata.is_some_and(|metadata| metadata.failures > 1),
        });
    }
    standings
        .sort_by_key(|standing| (standing.state != ConnectionState::Active, standing.name.to_lowercase()));
    Ok(standings)
}
