//! Test sign-ins: the whole way, and nobody is signed in at its end.

use gatepost_saml::trace::Trace;

use super::decide::{Accepted, owned_pending};
use super::finish::Finish;
use super::pending::{Handle, Pending};
use super::record;
use super::write::{Written, guard};
use crate::base::Ctx;
use crate::base::id::AttemptId;
use crate::directory::mapping::Lineage;
use crate::flow::connection::load::Loaded;
use crate::flow::{FlowError, Gateway};
use crate::storage::replay::{self, AssertionKey};
use crate::storage::sign_in::{Conflict, Rows};

/// Whether this browser is testing this connection.
pub(super) fn is_under_way((gateway, ctx): (&Gateway, &Ctx), input: &Finish<'_>, loaded: &Loaded) -> bool {
    let own = |handle: &Handle| owned_pending((gateway, ctx), input, loaded, handle.clone());
    input.pending.iter().filter_map(|(handle, _)| own(handle)).any(|pending: Pending| pending.is_test)
}

/// Whether a message answers a test of this browser, as far as it says so itself. It only chooses what is shown and how
/// a refusal is filed; that nobody is signed in by a test is decided by the request itself.
pub(super) fn is_answered(
    (gateway, ctx): (&Gateway, &Ctx),
    input: &Finish<'_>,
    loaded: &Loaded,
    (relay_state, trace): (Option<&str>, &Trace),
) -> bool {
    let claimed = [relay_state, trace.unverified.in_response_to.as_deref()].into_iter().flatten();
    let own = |handle: Handle| owned_pending((gateway, ctx), input, loaded, handle);
    claimed.filter_map(Handle::parse).find_map(own).is_some_and(|pending| pending.is_test)
}

/// Writes a test that went well: the attempt, and that assertion and request are used.
pub(super) async fn write(
    gateway: &Gateway,
    ctx: &Ctx,
    (loaded, attempt): (&Loaded, AttemptId),
    (accepted, key): (&Accepted, AssertionKey),
    (trace, lineage, message): (&Trace, &Lineage, &str),
) -> Result<Written, FlowError> {
    let (account, connection) = (loaded.account.id, loaded.connection.id);
    let inputs = (ctx, gateway.rng());
    let (row, message) = record::tested(inputs, (loaded, attempt), (trace, lineage, message))?;
    let rows = Rows {
        guard: Some(guard(loaded)),
        replay: Some(replay::row(account, connection, key, attempt)),
        request: accepted.pending.as_ref().map(|pending| {
            replay::request_row(account, connection, pending.handle.as_str(), pending.expires_at)
        }),
        message,
        ..Rows::of(row)
    };
    Ok(match gateway.storage().sign_ins().write(rows).await? {
        Ok(()) => Written::Tested,
        Err(Conflict::Stale | Conflict::PersonChanged) => Written::Stale,
        Err(Conflict::Replayed) => Written::Replayed(attempt),
        Err(Conflict::RequestUsed) => Written::RequestUsed,
    })
}
