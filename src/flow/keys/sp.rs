//! The keys of a service provider: two may be published at once, so that a key is changed without a gap.
//!
//! | state | in our metadata | signs requests | reads what is encrypted to it |
//! |---|---|---|---|
//! | next | yes | no | yes |
//! | active | yes | yes | yes |
//! | retired | no | no | yes, until it is removed |
//!
//! An identity provider fetches our metadata now and then, or a person imports it; so a new key is published first, and
//! used when it must be known.

use gatepost_saml::trust::TrustedKey;

use crate::access::Action;
use crate::base::id::{ConnectionId, SpKeyId};
use crate::base::{Ctx, Instant};
use crate::directory::state::{KeyPurpose, KeyState};
use crate::flow::connection::keys::make;
use crate::flow::connection::load::{self, Loaded};
use crate::flow::{FlowError, Gateway};
use crate::storage::event::{self, Event};
use crate::storage::service_provider::{self, SpKey};
use crate::storage::{Tx, connection};

/// For how long an identity provider may keep our metadata; so long a new key waits.
pub const CACHE_SECONDS: u32 = 86_400;

/// A key as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpKeyView {
    /// Its id.
    pub id: SpKeyId,
    /// What it is for.
    pub purpose: KeyPurpose,
    /// Its state.
    pub state: KeyState,
    /// Since when.
    pub state_since: Instant,
    /// SHA-256 of its certificate, hex; none for one that was imported without.
    pub certificate_sha256: Option<String>,
    /// When the certificate ends. The key works on; some identity providers look at it all the same.
    pub certificate_ends_at: Option<Instant>,
}

/// What a rotation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// New keys are published beside the present ones.
    Published,
    /// The new keys are in use, the former ones retired.
    Activated,
}

impl Step {
    /// Its name for people and programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Activated => "activated",
        }
    }
}

/// The keys of a connection's service provider, oldest first.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] when there is no such connection.
pub async fn list(gateway: &Gateway, ctx: &Ctx, id: ConnectionId) -> Result<Vec<SpKeyView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::ReadConnections, id)).await?;
    Ok(loaded.sp_keys(&mut tx).await?.iter().map(view).collect())
}

/// Takes the next step: publishes new keys, or puts those into use that were published long enough ago. `is_hurried`
/// does not wait: whoever says so has seen to it that the identity provider knows the new keys.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] when there is no such connection; [`FlowError::Invalid`] when the new
/// keys are too young.
pub async fn rotate(
    gateway: &Gateway,
    ctx: &Ctx,
    id: ConnectionId,
    is_hurried: bool,
) -> Result<(Step, Vec<SpKeyView>), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::ManageConnections, id)).await?;
    let (account, sp) = (loaded.account.id, loaded.service_provider.id);
    let before = loaded.sp_keys(&mut tx).await?;
    let next_since = before.iter().filter(|key| key.state == KeyState::Next).map(|key| key.state_since).max();
    let step = match next_since {
        None => {
            for purpose in [KeyPurpose::Signing, KeyPurpose::Encryption] {
                let made = make(gateway.key_source(), purpose, ctx.now, gateway.rng())?;
                let key = SpKey { state: KeyState::Next, ..made };
                let with = (ctx.now, gateway.rng());
                service_provider::insert_key(&mut tx, account, sp, &key, &loaded.keys, with).await?;
            }
            Step::Published
        }
        Some(since) => {
            let ripe_at = since.plus_seconds(i64::from(CACHE_SECONDS));
            if ctx.now < ripe_at && !is_hurried {
                return Err(FlowError::Invalid(format!(
                    "the new keys are published since {since}; identity providers that fetch our metadata know them by \
                     {ripe_at}. Run this again then, or with --now if the identity provider knows them already."
                )));
            }
            for key in &before {
                let to = match key.state {
                    KeyState::Next => KeyState::Active,
                    KeyState::Active => KeyState::Retired,
                    KeyState::Retired => continue,
                };
                service_provider::update_key(&mut tx, account, (key.id, to), ctx.now).await?;
            }
            Step::Activated
        }
    };
    let after = loaded.sp_keys(&mut tx).await?;
    let body = serde_json::json!({ "connection": id.to_string(), "step": step.name() });
    changed(&mut tx, gateway, ctx, (&loaded, "service_provider.keys_rotated"), &body).await?;
    tx.commit().await?;
    Ok((step, after.iter().map(view).collect()))
}

/// Drops a retired key: what is encrypted to it cannot be read any more.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] when there is no such connection or key; [`FlowError::Invalid`] for a
/// key that is published.
pub async fn remove(gateway: &Gateway, ctx: &Ctx, id: ConnectionId, key: SpKeyId) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::ManageConnections, id)).await?;
    let keys = loaded.sp_keys(&mut tx).await?;
    let found = keys.iter().find(|known| known.id == key).ok_or(FlowError::NotFound("key"))?;
    if found.state != KeyState::Retired {
        return Err(FlowError::Invalid(format!(
            "this key is {}; only retired keys are removed",
            found.state
        )));
    }
    service_provider::delete_key(&mut tx, loaded.account.id, key).await?;
    let body = serde_json::json!({ "connection": id.to_string(), "key": key.to_string() });
    changed(&mut tx, gateway, ctx, (&loaded, "service_provider.key_removed"), &body).await?;
    Ok(tx.commit().await?)
}

/// Until when our metadata may be used: the end of the first certificate in it. A nearer end would shut out every
/// identity provider where a person imported a copy.
pub(in crate::flow) fn valid_until(published: &[&SpKey]) -> Option<Instant> {
    let keys = published.iter().filter_map(|key| TrustedKey::from_certificate_der(&key.certificate).ok());
    keys.map(|key| key.certificate().not_after).min()
}

/// Every connection of the service provider is judged with other keys from now on, on every node.
async fn changed(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    (loaded, action): (&Loaded, &str),
    body: &serde_json::Value,
) -> Result<(), FlowError> {
    let account = loaded.account.id;
    connection::update_versions(tx, account, loaded.service_provider.id, ctx.now).await?;
    let (target, body) = (loaded.service_provider.id.to_string(), body.to_string());
    let event = Event { action, target: &target, body: body.as_bytes() };
    Ok(event::insert(tx, account, event, &loaded.keys, (ctx, gateway.rng())).await?)
}

fn view(key: &SpKey) -> SpKeyView {
    let certificate = TrustedKey::from_certificate_der(&key.certificate).ok();
    let certificate = certificate.as_ref().map(TrustedKey::certificate);
    SpKeyView {
        id: key.id,
        purpose: key.purpose,
        state: key.state,
        state_since: key.state_since,
        certificate_sha256: certificate.map(|certificate| certificate.sha256.clone()),
        certificate_ends_at: certificate.map(|certificate| certificate.not_after),
    }
}
