//! Everything about one connection, for whoever administers it.

use serde_json::{Value, json};

use super::brought::{Bringer, Brought};
use super::load::{self, Loaded};
use super::revision::{Key, Source, Version};
use super::{ConnectionView, view, visited};
use crate::access::Action;
use crate::base::id::ConnectionId;
use crate::base::{Ctx, Instant};
use crate::directory::preset::Product;
use crate::flow::{FlowError, Gateway};
use crate::storage::{idp_key, metadata_source, unknown_key};

/// A connection with everything that it is.
#[derive(Debug, Clone)]
pub struct Detail {
    /// What lists show.
    pub view: ConnectionView,
    /// The account's name in addresses.
    pub account_slug: String,
    /// The number of its revision.
    pub revision: i64,
    /// The product behind it.
    pub product: Product,
    /// Its settings.
    pub settings: Value,
    /// The keys that it trusts.
    pub keys: Vec<KeyView>,
    /// How it stands with its metadata, if that is fetched.
    pub metadata: Option<MetadataView>,
    /// Whether something waits for an owner.
    pub has_drift: bool,
    /// Whether a certificate that nobody trusts waits for an owner.
    pub has_unknown_key: bool,
    /// Whether it is closed to whoever asks: of their own connection, which people sign in by, a setup link's visitor is told
    /// name, state and our side of it, and changes nothing.
    pub is_closed: bool,
}

/// A trusted key.
#[derive(Debug, Clone)]
pub struct KeyView {
    /// SHA-256 of its certificate, hex.
    pub certificate_sha256: String,
    /// SHA-256 of itself, hex.
    pub spki_sha256: String,
    /// Whom the certificate names.
    pub subject: String,
    /// Its kind and size.
    pub key: String,
    /// When the certificate begins.
    pub not_before: Instant,
    /// When the certificate ends.
    pub not_after: Instant,
    /// Where it came from.
    pub source: Source,
    /// When it first signed something.
    pub first_used_at: Option<Instant>,
    /// When it last signed something, within an hour.
    pub last_used_at: Option<Instant>,
    /// Who brought it, as long as the connection is being set up.
    pub brought: Option<Bringer>,
}

/// How it stands with metadata.
#[derive(Debug, Clone)]
pub struct MetadataView {
    /// Its address.
    pub url: String,
    /// `tls` or `signed`.
    pub trust: &'static str,
    /// When it was last fetched and found good.
    pub fetched_at: Option<Instant>,
    /// When it is fetched next.
    pub next_at: Instant,
    /// Until when the last good one is valid, if it says.
    pub valid_until: Option<Instant>,
    /// How often in a row it went wrong.
    pub failures: i64,
    /// How it last went wrong, while it does.
    pub problem: Option<String>,
    /// Who had it followed, as long as the connection is being set up.
    pub brought: Option<Bringer>,
}

/// Everything about a connection; of one that is closed to the caller, its name, its state and our side of it.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such connection.
pub async fn show(gateway: &Gateway, ctx: &Ctx, id: ConnectionId) -> Result<Detail, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let loaded = load::named(gateway, &mut tx, ctx, (Action::ReadConnections, id)).await?;
    if visited::is_closed(ctx, loaded.connection.state) {
        return Ok(closed(gateway, &loaded));
    }
    let account = loaded.account.id;
    let version = Version::present(&mut tx, &loaded).await?;
    let used = idp_key::list_all(&mut tx, account, id).await?;
    let is_being_set_up = loaded.connection.state.is_being_set_up();
    let brought = if is_being_set_up { Brought::to(&mut tx, &loaded).await? } else { Brought::default() };
    let key = |key: &Key| {
        let certificate = key.read()?.certificate().clone();
        let used = used.iter().find(|used| used.spki_sha256 == key.spki_sha256);
        Ok::<_, FlowError>(KeyView {
            certificate_sha256: certificate.sha256,
            spki_sha256: certificate.spki_sha256,
            subject: certificate.subject,
            key: certificate.key,
            not_before: certificate.not_before,
            not_after: certificate.not_after,
            source: key.source,
            first_used_at: used.and_then(|used| used.first_used_at),
            last_used_at: used.and_then(|used| used.last_used_at),
            brought: brought.of_key(&key.spki_sha256).cloned(),
        })
    };
    let source = metadata_source::find(&mut tx, account, id).await?;
    let metadata = loaded.settings.metadata.as_ref().zip(source).map(|(metadata, source)| MetadataView {
        url: metadata.url.clone(),
        trust: if metadata.signed_by.is_empty() { "tls" } else { "signed" },
        fetched_at: source.fetched_at,
        next_at: source.next_at,
        valid_until: source.valid_until,
        failures: source.failures,
        problem: source.problem,
        brought: brought.of_metadata().cloned(),
    });
    let drift = metadata_source::find_drift(&mut tx, account, id).await?;
    let unknown = unknown_key::list(&mut tx, account, id).await?;
    Ok(Detail {
        view: view(gateway, &loaded.connection, &loaded.service_provider),
        account_slug: loaded.account.slug.as_str().to_owned(),
        revision: loaded.connection.revision,
        product: loaded.settings.product,
        settings: serde_json::to_value(&loaded.settings)
            .map_err(|_| FlowError::Internal("settings as JSON"))?,
        keys: version.keys.iter().map(key).collect::<Result<_, _>>()?,
        metadata,
        has_drift: drift.is_some_and(|drift| drift.declined_at.is_none()),
        has_unknown_key: unknown.iter().any(|key| key.declined_at.is_none()),
        is_closed: false,
    })
}

/// Name, state and our side.
fn closed(gateway: &Gateway, loaded: &Loaded) -> Detail {
    let view = view(gateway, &loaded.connection, &loaded.service_provider);
    Detail {
        view: ConnectionView { idp_entity_id: String::new(), ..view },
        account_slug: loaded.account.slug.as_str().to_owned(),
        revision: loaded.connection.revision,
        product: loaded.settings.product,
        settings: json!({}),
        keys: Vec::new(),
        metadata: None,
        has_drift: false,
        has_unknown_key: false,
        is_closed: true,
    }
}

impl Detail {
    /// As JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let text = |at: Option<Instant>| at.map(|at| at.to_string());
        let key = |key: &KeyView| {
            json!({
                "certificate_sha256": key.certificate_sha256, "spki_sha256": key.spki_sha256,
                "subject": key.subject, "key": key.key, "not_before": key.not_before.to_string(),
                "not_after": key.not_after.to_string(), "source": key.source,
                "first_used_at": text(key.first_used_at), "last_used_at": text(key.last_used_at),
                "brought_by": key.brought.as_ref().map(|brought| &brought.actor),
                "brought_at": text(key.brought.as_ref().map(|brought| brought.at)),
            })
        };
        let metadata = self.metadata.as_ref().map(|metadata| {
            json!({
                "url": metadata.url, "trust": metadata.trust, "fetched_at": text(metadata.fetched_at),
                "next_at": metadata.next_at.to_string(), "valid_until": text(metadata.valid_until),
                "failures": metadata.failures, "problem": metadata.problem,
                "brought_by": metadata.brought.as_ref().map(|brought| &brought.actor),
                "brought_at": text(metadata.brought.as_ref().map(|brought| brought.at)),
            })
        });
        let view = &self.view;
        json!({
            "id": view.id.to_string(), "account": self.account_slug, "name": view.name,
            "state": view.state.name(), "revision": self.revision, "idp_entity_id": view.idp_entity_id,
            "sp_entity_id": view.sp_entity_id, "acs_url": view.acs_url, "metadata_url": view.metadata_url,
            "login_url": view.login_url, "settings": self.settings,
            "keys": self.keys.iter().map(key).collect::<Vec<_>>(), "metadata": metadata,
            "has_drift": self.has_drift, "has_unknown_key": self.has_unknown_key,
        })
    }
}
