//! Test sign-ins of a connection, as whoever sets it up sees them.

use super::{load, veil, visited};
use crate::access::Action;
use crate::base::id::{AttemptId, ConnectionId};
use crate::base::{Ctx, Instant};
use crate::directory::preset::Product;
use crate::directory::state::Outcome;
use crate::flow::login::StoredTrace;
use crate::flow::{FlowError, Gateway};
use crate::storage::{StorageError, attempt};

/// A test sign-in.
#[derive(Debug, Clone)]
pub struct TestView {
    /// Its id: the reference.
    pub id: AttemptId,
    /// When.
    pub at: Instant,
    /// Of which revision of the connection.
    pub revision: i64,
    /// How it ended.
    pub outcome: Outcome,
    /// The product behind the connection.
    pub product: Product,
    /// Every step, and what was read of the person.
    pub stored: StoredTrace,
}

/// The last test sign-in of a connection.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that connection.
pub async fn last(gateway: &Gateway, ctx: &Ctx, id: ConnectionId) -> Result<Option<TestView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let loaded = load::named(gateway, &mut tx, ctx, (Action::ReadTests, id)).await?;
    // Whoever came by a setup link sees what was tried while it is set up, and nobody who came later.
    if visited::is_closed(ctx, loaded.connection.state) {
        return Ok(None);
    }
    let of = (loaded.account.id, id);
    let Some(found) = attempt::find_last_test(&mut tx, of).await? else { return Ok(None) };
    let trace = attempt::find_trace(&mut tx, of.0, found.id, &loaded.keys).await?;
    let Some(trace) = trace else { return Ok(None) };
    let mut stored = StoredTrace::read(&trace).ok_or(StorageError::Corrupt("trace_sealed"))?;
    // As long as it is set up, whoever does that has to know why: nobody else's messages are for its keys yet.
    if !loaded.connection.state.is_being_set_up() && !veil::sees(ctx, loaded.account.id) {
        stored.close();
    }
    Ok(Some(TestView {
        id: found.id,
        at: found.created_at,
        revision: found.revision,
        outcome: found.outcome,
        product: loaded.settings.product,
        stored,
    }))
}
