//! Connections: making them from metadata or from the three fields, listing, switching on and off, our metadata.
//!
//! Entity ID and ACS URL of a connection are stored when it is made and never computed again: they stand in the settings
//! of somebody's identity provider.

pub mod alias;
mod check;
mod create;
pub mod drift;
pub mod keys;
pub mod lifecycle;
pub mod load;
pub mod metadata;
pub mod refresh;
pub mod revision;
pub mod settings;
pub mod show;
pub mod test_keys;
pub mod update;

use super::keys::sp;
use super::{FlowError, Gateway};
use crate::access::{self, Action};
use crate::base::Ctx;
use crate::base::id::ConnectionId;
use crate::directory::account::Slug;
use crate::directory::state::{ConnectionState, KeyPurpose, KeyState};
use crate::storage::{StorageError, account, connection, service_provider};
use gatepost_saml::key::SigningKey;
use gatepost_saml::metadata::{SpKey, SpMetadata};
use gatepost_saml::response;
use gatepost_saml::signature::sign::Signer;

pub use create::{Create, IdentityProvider, ServiceProvider, create, create_as};
pub use lifecycle::set_state;

/// The ID of our metadata documents: one to a document, and the same every time, so that a copy can be compared.
const METADATA_ID: &str = "_gatepost";

/// A connection as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionView {
    /// Its id.
    pub id: ConnectionId,
    /// Its name for people.
    pub name: String,
    /// Its state.
    pub state: ConnectionState,
    /// The identity provider's entity ID.
    pub idp_entity_id: String,
    /// Our entity ID towards it.
    pub sp_entity_id: String,
    /// Where responses are posted.
    pub acs_url: String,
    /// Where our metadata is.
    pub metadata_url: String,
    /// Where a sign-in starts.
    pub login_url: String,
}

/// An account's connections, oldest first.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such account.
pub async fn list(gateway: &Gateway, ctx: &Ctx, account: &Slug) -> Result<Vec<ConnectionView>, FlowError> {
    access::decide(ctx.actor, Action::ManageConnections)?;
    let mut tx = gateway.storage().read().await?;
    let account = account::find_by_slug(&mut tx, account).await?.ok_or(FlowError::NotFound("account"))?;
    let mut views = Vec::new();
    for found in connection::list(&mut tx, account.id).await? {
        let sp = service_provider::find(&mut tx, account.id, found.service_provider_id).await?;
        if let Some(sp) = sp {
            views.push(view(gateway, &found, &sp));
        }
    }
    Ok(views)
}

/// What the engine judges messages of a connection with, whatever its state: to explain what happens there.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such connection.
pub async fn engine(gateway: &Gateway, ctx: &Ctx, id: ConnectionId) -> Result<response::Settings, FlowError> {
    access::decide(ctx.actor, Action::ManageConnections)?;
    let mut tx = gateway.storage().read().await?;
    let loaded = load::any(gateway, &mut tx, id).await?;
    loaded.engine(gateway, &mut tx).await
}

/// Our metadata for the identity provider of a connection, whatever its state: it is needed to set one up.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such connection.
pub async fn metadata(gateway: &Gateway, id: ConnectionId) -> Result<String, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let loaded = load::any(gateway, &mut tx, id).await?;
    let own = loaded.sp_keys(&mut tx).await?;
    let others = alias::of(&mut tx, (id, &loaded.service_provider.acs_url)).await?;
    drop(tx);
    // The present keys first: some take the first that they find.
    let of = |state: KeyState| own.iter().filter(move |key| key.state == state);
    let published: Vec<_> = of(KeyState::Active).chain(of(KeyState::Next)).collect();
    let metadata = SpMetadata {
        id: METADATA_ID,
        entity_id: &loaded.service_provider.entity_id,
        acs_urls: std::iter::once(&loaded.service_provider.acs_url)
            .chain(&others)
            .map(String::as_str)
            .collect(),
        slo_url: None,
        keys: published
            .iter()
            .map(|key| SpKey {
                certificate_der: &key.certificate,
                is_signing: key.purpose == KeyPurpose::Signing,
                is_encryption: key.purpose == KeyPurpose::Encryption,
            })
            .collect(),
        name_id_formats: Vec::new(),
        signs_requests: loaded.settings.is_request_signed,
        valid_until: sp::valid_until(&published),
        cache_seconds: Some(sp::CACHE_SECONDS),
    };
    let signing = published.iter().find(|key| key.purpose == KeyPurpose::Signing);
    let signing = signing.ok_or(StorageError::Corrupt("sp_keys"))?;
    let key = SigningKey::from_pem(&signing.private.0);
    let key = key.map_err(|_| StorageError::Corrupt("sp_keys.private_sealed"))?;
    let signer = Signer { key: &key, certificate_der: Some(&signing.certificate) };
    metadata.xml(Some(&signer)).map_err(|_| FlowError::Internal("our metadata could not be written"))
}

fn view(
    gateway: &Gateway,
    connection: &connection::Connection,
    sp: &service_provider::ServiceProvider,
) -> ConnectionView {
    let base = format!("{}/saml/{}", gateway.public_url(), connection.id);
    ConnectionView {
        id: connection.id,
        name: connection.name.clone(),
        state: connection.state,
        idp_entity_id: connection.idp_entity_id.clone(),
        sp_entity_id: sp.entity_id.clone(),
        acs_url: sp.acs_url.clone(),
        metadata_url: format!("{base}/metadata"),
        login_url: format!("{base}/login"),
    }
}
