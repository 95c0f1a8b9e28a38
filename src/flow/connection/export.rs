//! Accounts and their connections as a document that another installation can import. It holds no secrets: keys of our own
//! stay here, and so do people.

use gatepost_saml::encoding::to_base64;
use serde_json::{Value, json};

use super::revision::Version;
use super::{load, visited};
use crate::access::{self, Action};
use crate::base::Ctx;
use crate::base::id::AccountId;
use crate::directory::account::Slug;
use crate::directory::foreign::own::{MARK, VERSION};
use crate::directory::state::{AccountState, ConnectionState};
use crate::flow::{FlowError, Gateway, grant};
use crate::storage::{Tx, account};

/// The document, of one account or of all.
///
/// # Errors
/// [`FlowError::NotFound`] without that account.
pub async fn export(gateway: &Gateway, ctx: &Ctx, only: Option<&Slug>) -> Result<Value, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let found = if let Some(slug) = only {
        vec![grant::account(&mut tx, ctx, Action::ReadConnections, slug).await?.0]
    } else {
        access::decide(ctx.actor, Action::ReadConnections)?;
        account::list(&mut tx).await?
    };
    let mut accounts = Vec::new();
    for account in found.into_iter().filter(|account| account.state != AccountState::Deleted) {
        accounts.push(json!({
            "slug": account.slug.as_str(), "name": account.name, "external_id": account.external_id,
            "connections": connections(gateway, &mut tx, ctx, account.id).await?,
        }));
    }
    Ok(json!({ MARK: VERSION, "exported_at": ctx.now.to_string(), "accounts": accounts }))
}

async fn connections(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    account: AccountId,
) -> Result<Vec<Value>, FlowError> {
    let mut connections = Vec::new();
    for found in visited::list(tx, ctx, account).await? {
        if found.state == ConnectionState::Retired || visited::is_closed(ctx, found.state) {
            continue;
        }
        let loaded = load::any(gateway, tx, found.id).await?;
        let Version { keys, settings, .. } = Version::present(tx, &loaded).await?;
        let certificates: Result<Vec<_>, _> =
            keys.iter().map(|key| key.read().map(|read| to_base64(read.der()))).collect();
        connections.push(json!({
            "id": found.id.to_string(), "name": found.name, "state": found.state.name(),
            "idp_entity_id": found.idp_entity_id, "sp_entity_id": loaded.service_provider.entity_id,
            "acs_url": loaded.service_provider.acs_url, "settings": settings, "certificates": certificates?,
        }));
    }
    Ok(connections)
}
