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
use crate::base::sentence::sentence;
use crate::base::{Ctx, Instant};
use crate::directory::state::{KeyPurpose, KeyState};
use crate::flow::connection::keys::make_pair;
use crate::flow::connection::load::{self, Loaded};
use crate::flow::event::tell;
use crate::flow::login::StoredTrace;
use crate::flow::{FlowError, Gateway};
use crate::storage::attempt_list::{self, Filter};
use crate::storage::service_provider::{self, SpKey};
use crate::storage::{Tx, attempt, connection};

/// For how long an identity provider may keep our metadata; so long a new key waits.
pub const CACHE_SECONDS: u32 = 86_400;
/// So many of a connection's last sign-ins tell which key is used.
const LOOKED_AT: i64 = 20;
/// A service provider with so many keys gets no new ones: each is tried on what is encrypted.
const MAX_KEYS: usize = 8;

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

/// A key of ours that a connection's sign-ins were encrypted to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// Which key.
    pub key: SpKeyId,
    /// By which connection.
    pub connection: ConnectionId,
    /// The connection's name.
    pub name: String,
    /// When it last was, among the sign-ins that were looked at.
    pub at: Instant,
}

/// Which of our keys the last sign-ins by each connection of the service provider were encrypted to: who still uses an
/// old one.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] when there is no such connection.
pub async fn uses(gateway: &Gateway, ctx: &Ctx, id: ConnectionId) -> Result<Vec<Use>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::ReadConnections, id)).await?;
    let (account, sp) = (loaded.account.id, loaded.service_provider.id);
    let own: Vec<_> = loaded.sp_keys(&mut tx).await?.iter().map(|key| (key.id, spki(key))).collect();
    let mut uses: Vec<Use> = Vec::new();
    for found in connection::list(&mut tx, account).await? {
        if found.service_provider_id != sp {
            continue;
        }
        let latest = Filter::latest(ctx.now, None);
        for last in attempt_list::list(&mut tx, (account, found.id), &latest, LOOKED_AT).await? {
            let trace = attempt::find_trace(&mut tx, account, last.id, &loaded.keys).await?;
            let stored = trace.and_then(|trace| StoredTrace::read(&trace));
            let Some(mut stored) = stored else { continue };
            // A stranger's ciphertext tells nothing of who uses a key, and nobody here whether it could be opened.
            stored.close();
            let Some(encrypted) = stored.trace.encrypted else { continue };
            let wanted = Some(encrypted.sp_spki_sha256);
            let Some((key, _)) = own.iter().find(|(_, spki)| *spki == wanted) else { continue };
            if uses.iter().all(|known| (known.key, known.connection) != (*key, found.id)) {
                let (connection, name, at) = (found.id, found.name.clone(), last.created_at);
                uses.push(Use { key: *key, connection, name, at });
            }
        }
    }
    Ok(uses)
}

fn spki(key: &SpKey) -> Option<String> {
    let certificate = TrustedKey::from_certificate_der(&key.certificate).ok()?;
    Some(certificate.spki_sha256().to_owned())
}

/// Takes the next step: publishes new keys, or puts those into use that were published long enough ago. `is_hurried`
/// does not wait: whoever says so has seen to it that the identity provider knows the new keys.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] when there is no such connection; [`FlowError::Invalid`] when the new
/// keys are too young, or there are too many old ones; [`FlowError::Stale`] when somebody else changed the keys meanwhile.
pub async fn rotate(
    gateway: &Gateway,
    ctx: &Ctx,
    id: ConnectionId,
    is_hurried: bool,
) -> Result<(Step, Vec<SpKeyView>), FlowError> {
    let mut tx = gateway.storage().read().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::ManageConnections, id)).await?;
    let seen = loaded.sp_keys(&mut tx).await?;
    drop(tx);
    let made = match newest(&seen) {
        Some(_) => None,
        None if seen.len() >= MAX_KEYS => {
            return Err(FlowError::Invalid(sentence!(
                "there are {count} keys already: remove retired ones first",
                count = seen.len()
            )));
        }
        None => Some(make_pair(gateway, ctx).await?),
    };

    let mut tx = gateway.storage().write().await?;
    // Who rotates them at the same moment waits. Connections before the turn, which the event takes, as everywhere.
    connection::lock_those_of(&mut tx, loaded.account.id, loaded.service_provider.id).await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::ManageConnections, id)).await?;
    let (account, sp) = (loaded.account.id, loaded.service_provider.id);
    let before = loaded.sp_keys(&mut tx).await?;
    if !before.iter().map(|key| (key.id, key.state)).eq(seen.iter().map(|key| (key.id, key.state))) {
        return Err(FlowError::Stale);
    }
    let step = match (newest(&before), made) {
        (None, made) => {
            for made in made.into_iter().flatten() {
                let key = SpKey { state: KeyState::Next, ..made };
                let with = (ctx.now, gateway.rng());
                service_provider::insert_key(&mut tx, account, sp, &key, &loaded.keys, with).await?;
            }
            Step::Published
        }
        (Some(since), _) => {
            let ripe_at = since.plus_seconds(i64::from(CACHE_SECONDS));
            if ctx.now < ripe_at && !is_hurried {
                return Err(FlowError::Invalid(sentence!(
                    "the new keys are published since {since}; identity providers that fetch our metadata know them by \
                     {ripe_at}. Go on then, or at once if the identity provider knows them already.",
                    since,
                    ripe_at
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

/// When the keys were published that are not in use yet, if there are any.
fn newest(keys: &[SpKey]) -> Option<Instant> {
    keys.iter().filter(|key| key.state == KeyState::Next).map(|key| key.state_since).max()
}

/// Drops a retired key: what is encrypted to it cannot be read any more.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] when there is no such connection or key; [`FlowError::Invalid`] for a
/// key that is published.
pub async fn remove(gateway: &Gateway, ctx: &Ctx, id: ConnectionId, key: SpKeyId) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::ManageConnections, id)).await?;
    connection::lock_those_of(&mut tx, loaded.account.id, loaded.service_provider.id).await?;
    let keys = loaded.sp_keys(&mut tx).await?;
    let found = keys.iter().find(|known| known.id == key).ok_or(FlowError::NotFound("key"))?;
    if found.state != KeyState::Retired {
        return Err(FlowError::Invalid(sentence!(
            "this key is published still; only retired keys are removed"
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
    tell(tx, gateway, ctx, (account, &loaded.keys), (action, loaded.service_provider.id, body)).await
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
