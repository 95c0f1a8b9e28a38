//! Tries to sign in: those of an account, and one of them by the reference that the person was shown.

use std::cmp::Reverse;

use super::login::StoredTrace;
use super::{FlowError, Gateway, grant};
use crate::access::Action;
use crate::base::id::{AttemptId, ConnectionId};
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::state::Outcome;
use crate::storage::attempt::Attempt;
use crate::storage::{StorageError, account, attempt, connection};

/// An attempt with everything that its page did not say.
#[derive(Debug, Clone)]
pub struct AttemptView {
    /// Its id: the reference.
    pub id: AttemptId,
    /// When.
    pub at: Instant,
    /// How it ended.
    pub outcome: Outcome,
    /// The account's name in addresses.
    pub account_slug: String,
    /// By which connection.
    pub connection_id: ConnectionId,
    /// The connection's name.
    pub connection_name: String,
    /// Every step, and the true cause.
    pub stored: StoredTrace,
}

/// Which attempts to list.
#[derive(Debug, Clone)]
pub struct List {
    /// Of which account.
    pub account: Slug,
    /// By this connection.
    pub connection: Option<ConnectionId>,
    /// Those that ended so.
    pub outcome: Option<Outcome>,
    /// Before this one.
    pub before: Option<AttemptId>,
    /// So many at most.
    pub limit: u32,
}

/// Attempts of an account, the newest first.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such account.
pub async fn list(gateway: &Gateway, ctx: &Ctx, input: &List) -> Result<Vec<Attempt>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ReadAttempts, &input.account).await?;
    let connections = match input.connection {
        Some(connection) => vec![connection],
        None => connection::list(&mut tx, account.id).await?.iter().map(|connection| connection.id).collect(),
    };
    let mut found = Vec::new();
    for connection in connections {
        let page = (input.before, i64::from(input.limit));
        found.extend(attempt::list(&mut tx, (account.id, connection), input.outcome, page).await?);
    }
    found.sort_unstable_by_key(|attempt| Reverse(attempt.id));
    found.truncate(usize::try_from(input.limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// The attempt `id`.
///
/// # Errors
/// [`FlowError::NotFound`] when there is none: it was one of too many, or never was.
pub async fn find(gateway: &Gateway, ctx: &Ctx, id: AttemptId) -> Result<AttemptView, FlowError> {
    const NONE: FlowError = FlowError::NotFound("attempt");
    let mut tx = gateway.storage().read().await?;
    let account_id = attempt::account_of(&mut tx, id).await?.ok_or(NONE)?;
    let account_id = grant::of(ctx, Action::ReadAttempts, account_id, "attempt")?.account();
    let keys = gateway.storage().keys(&mut tx, account_id).await?;
    let found = attempt::find(&mut tx, account_id, id).await?.ok_or(NONE)?;
    let trace = attempt::find_trace(&mut tx, account_id, id, &keys).await?.ok_or(NONE)?;
    let account = account::find(&mut tx, account_id).await?.ok_or(NONE)?;
    let connection = connection::find(&mut tx, account_id, found.connection_id).await?.ok_or(NONE)?;
    Ok(AttemptView {
        id,
        at: found.created_at,
        outcome: found.outcome,
        account_slug: account.slug.as_str().to_owned(),
        connection_id: connection.id,
        connection_name: connection.name,
        stored: StoredTrace::read(&trace).ok_or(StorageError::Corrupt("trace_sealed"))?,
    })
}
