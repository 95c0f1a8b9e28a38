//! Our metadata, for identity providers. Anybody may ask for it, and signing costs more than all else that strangers can
//! ask for; so it is signed once for each state of a connection, and kept.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gatepost_saml::key::SigningKey;
use gatepost_saml::metadata::{SpKey, SpMetadata};
use gatepost_saml::signature::sign::Signer;
use lru::LruCache;

use super::{alias, load};
use crate::base::id::ConnectionId;
use crate::directory::state::{KeyPurpose, KeyState};
use crate::flow::keys::sp;
use crate::flow::{FlowError, Gateway};
use crate::storage::StorageError;

/// The ID of our metadata documents: one to a document, and the same every time, so that a copy can be compared.
const METADATA_ID: &str = "_gatepost";
/// Documents that are kept, of about eight kilobytes each.
const KEPT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1023);

/// What a document was made of.
#[derive(Debug, PartialEq, Eq)]
struct Made {
    /// Of the connection: it counts changes of our keys too.
    version: i64,
    /// Other addresses of ours.
    others: Vec<String>,
}

/// Documents that were asked for lately.
#[derive(Debug)]
pub(in crate::flow) struct Published(Mutex<LruCache<ConnectionId, (Made, Arc<str>)>>);

impl Default for Published {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(KEPT)))
    }
}

impl Published {
    fn find(&self, id: ConnectionId, of: &Made) -> Option<Arc<str>> {
        let mut kept = self.kept();
        kept.get(&id).filter(|(made, _)| made == of).map(|(_, xml)| Arc::clone(xml))
    }

    fn keep(&self, id: ConnectionId, of: Made, xml: &Arc<str>) {
        self.kept().put(id, (of, Arc::clone(xml)));
    }

    fn kept(&self) -> MutexGuard<'_, LruCache<ConnectionId, (Made, Arc<str>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Our metadata for the identity provider of a connection, whatever its state: it is needed to set one up.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such connection.
pub async fn metadata(gateway: &Gateway, id: ConnectionId) -> Result<Arc<str>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let loaded = load::any(gateway, &mut tx, id).await?;
    let others = alias::of(&mut tx, (id, &loaded.service_provider.acs_url)).await?;
    let of = Made { version: loaded.connection.version, others };
    if let Some(xml) = gateway.kept().published.find(id, &of) {
        return Ok(xml);
    }
    let own = loaded.sp_keys(&mut tx).await?;
    drop(tx);
    // The present keys first: some take the first that they find.
    let in_state = |state: KeyState| own.iter().filter(move |key| key.state == state);
    let published: Vec<_> = in_state(KeyState::Active).chain(in_state(KeyState::Next)).collect();
    let metadata = SpMetadata {
        id: METADATA_ID,
        entity_id: &loaded.service_provider.entity_id,
        acs_urls: std::iter::once(&loaded.service_provider.acs_url)
            .chain(&of.others)
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
    let xml = metadata.xml(Some(&signer));
    let xml: Arc<str> = xml.map_err(|_| FlowError::Internal("our metadata could not be written"))?.into();
    gateway.kept().published.keep(id, of, &xml);
    Ok(xml)
}
