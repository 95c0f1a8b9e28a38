//! How the connections of an account stand, all of them at once: a few questions about the account, however many it has.

use std::collections::{BTreeMap, BTreeSet};

use gatepost_saml::trust::TrustedKey;

use super::settings::Settings;
use super::visited;
use crate::base::id::{AccountId, ConnectionId};
use crate::base::{Ctx, Instant};
use crate::directory::state::ConnectionState;
use crate::flow::FlowError;
use crate::storage::{StorageError, Tx, idp_key, metadata_source, unknown_key};

/// A connection that was not retired, and how it stands.
#[derive(Debug, Clone)]
pub(in crate::flow) struct Outline {
    /// Which.
    pub id: ConnectionId,
    /// Its name for people.
    pub name: String,
    /// Its state.
    pub state: ConnectionState,
    /// The identity provider's entity ID; of one that is closed to the caller, nothing.
    pub idp_entity_id: String,
    /// When the last of its certificates ends.
    pub certificate_ends_at: Option<Instant>,
    /// Whether something waits for an owner.
    pub has_drift: bool,
    /// Whether a certificate that nobody trusts waits for an owner.
    pub has_unknown_key: bool,
    /// Whether its metadata could not be fetched, the last time and the time before.
    pub is_stale: bool,
}

/// Those that the caller has to do with, oldest first; of those that are closed to them, name and state.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub(in crate::flow) async fn list(
    tx: &mut Tx,
    ctx: &Ctx,
    account: AccountId,
) -> Result<Vec<Outline>, FlowError> {
    let mut ends: BTreeMap<ConnectionId, Instant> = BTreeMap::new();
    for (connection, certificate) in idp_key::list_of_account(tx, account).await? {
        let key = TrustedKey::from_certificate_der(&certificate)
            .map_err(|_| StorageError::Corrupt("idp_keys.certificate"))?;
        let end = key.certificate().not_after;
        let last = ends.entry(connection).or_insert(end);
        *last = end.max(*last);
    }
    let drifts = metadata_source::list_drifts(tx, account).await?;
    let drifts: BTreeSet<_> = drifts.into_iter().map(|drift| drift.connection_id).collect();
    let unknown: BTreeSet<_> = unknown_key::list_waiting(tx, account).await?.into_iter().collect();
    let failing: BTreeSet<_> = metadata_source::list_failing(tx, account).await?.into_iter().collect();
    let mut outlines = Vec::new();
    for found in visited::list(tx, ctx, account).await? {
        if found.state == ConnectionState::Retired {
            continue;
        }
        let has_metadata = Settings::read(&found.settings)?.metadata.is_some();
        let is_open = !visited::is_closed(ctx, found.state);
        outlines.push(Outline {
            id: found.id,
            name: found.name,
            state: found.state,
            idp_entity_id: if is_open { found.idp_entity_id } else { String::new() },
            certificate_ends_at: ends.get(&found.id).copied().filter(|_| is_open),
            has_drift: is_open && drifts.contains(&found.id),
            has_unknown_key: is_open && unknown.contains(&found.id),
            is_stale: is_open && has_metadata && failing.contains(&found.id),
        });
    }
    Ok(outlines)
}
