//! A connection with everything that a sign-in needs of it.
//!
//! # Design
//!
//! Reading a connection takes six statements, and parsing its keys longer than judging a message. So those that people
//! sign in by are kept, as many as `KEPT`, the ones that were not used for longest giving way; and of those whose mapping
//! has large patterns, as many as `PATTERNS` allows. What is kept may be out of date for the moment that a change needs to
//! be heard of ([`crate::flow::changes`]); a sign-in that was decided on it is not written ([`crate::storage::sign_in`]).

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gatepost_saml::key::{DecryptionKey, SigningKey};
use gatepost_saml::response;
use gatepost_saml::trust::{Trust, TrustedKey};
use lru::LruCache;
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;

use super::settings::Settings;
use super::test_keys;
use super::visited::{self, Theirs};
use crate::access::Action;
use crate::base::id::{ConnectionId, WebhookId};
use crate::base::sentence::sentence;
use crate::base::{Ctx, Instant};
use crate::directory::domain::DomainName;
use crate::directory::email::EmailRules;
use crate::directory::mapping::{MappingErrors, Rules};
use crate::directory::state::{AccountState, ConnectionState, KeyPurpose, KeyState};
use crate::directory::webhook::Types;
use crate::flow::{FlowError, Gateway, grant};
use crate::storage::account::Account;
use crate::storage::connection::Connection;
use crate::storage::seal::AccountKeys;
use crate::storage::service_provider::{ServiceProvider, SpKey};
use crate::storage::{StorageError, Tx, account, connection, domain, idp_key, service_provider, webhook};

/// A connection that people sign in by.
#[derive(Debug)]
pub struct Loaded {
    /// Its account.
    pub account: Account,
    /// Itself.
    pub connection: Connection,
    /// Its present settings.
    pub settings: Settings,
    /// The account's proved email domains.
    pub domains: Vec<DomainName>,
    /// Who we are towards it.
    pub service_provider: ServiceProvider,
    /// The account's keys.
    pub keys: Arc<AccountKeys>,
    /// Which webhooks of the account are told of what. Who changes them changes the account's version, too.
    pub listening: Vec<(WebhookId, Types)>,
}

/// A connection that people sign in by now, ready for judging.
#[derive(Debug)]
pub struct Active {
    /// What is stored of it.
    pub loaded: Loaded,
    /// How people are mapped, once a message came for it.
    rules: OnceCell<Rules>,
    /// What the engine judges its messages with.
    pub engine: response::Settings,
    /// What our requests are signed with, if they are.
    pub signing: Option<SigningKey>,
    /// When the engine has to judge by something else, because what was allowed has ended.
    good_until: Option<Instant>,
}

/// Active connections that are kept in memory.
const KEPT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1023);
/// What the patterns of all of them may weigh together, in bytes.
const PATTERNS: usize = 1 << 27;
/// What each may weigh, however many there are: nobody's large patterns drive out a connection with small ones.
const SHARE: usize = PATTERNS / KEPT.get();

/// Connections that were used lately.
#[derive(Debug)]
pub(in crate::flow) struct Cache(Mutex<Entries>);

#[derive(Debug)]
struct Entries {
    by_id: LruCache<ConnectionId, Arc<Active>>,
    /// Goes up whenever anything is forgotten: what was being read meanwhile may be from before.
    age: u64,
}

impl Default for Cache {
    fn default() -> Self {
        Self(Mutex::new(Entries { by_id: LruCache::new(KEPT), age: 0 }))
    }
}

impl Cache {
    /// Forgets a connection.
    pub(in crate::flow) fn forget(&self, id: ConnectionId) {
        let mut entries = self.entries();
        entries.age += 1;
        entries.by_id.pop(&id);
        entries.tell_size();
    }

    /// Forgets those for which `is_so` holds.
    pub(in crate::flow) fn forget_if(&self, is_so: impl Fn(&Active) -> bool) {
        let mut entries = self.entries();
        entries.age += 1;
        let found = entries.by_id.iter().filter(|(_, active)| is_so(active)).map(|(id, _)| *id);
        for id in found.collect::<Vec<_>>() {
            entries.by_id.pop(&id);
        }
        entries.tell_size();
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    /// Lets go what weighs too much, once the patterns of another one were made ready.
    fn lighten(&mut self) {
        let weight = |active: &Active| active.rules.get().map_or(0, Rules::weight);
        let all: Vec<_> = self.by_id.iter().rev().map(|(id, active)| (*id, weight(active))).collect();
        for id in too_heavy(&all) {
            self.by_id.pop(&id);
        }
        self.tell_size();
    }

    fn tell_size(&self) {
        let size = u32::try_from(self.by_id.len()).unwrap_or(u32::MAX);
        metrics::gauge!("gatepost_cache_size", "cache" => "connection").set(size);
    }
}

/// Which of these give way, the one that was not used for longest first, as they stand.
fn too_heavy(all: &[(ConnectionId, usize)]) -> Vec<ConnectionId> {
    let mut together: usize = all.iter().map(|(_, weight)| weight).sum();
    let mut gone = Vec::new();
    for (id, weight) in all.iter().filter(|(_, weight)| *weight > SHARE) {
        if together <= PATTERNS {
            break;
        }
        together -= weight;
        gone.push(*id);
    }
    gone
}

const NONE: FlowError = FlowError::NotFound("connection");

/// The connection `id`, if people may sign in by it now; kept in memory for the next time.
///
/// # Errors
/// [`FlowError::NotFound`] when there is none, or it or its account is not active; those of [`Loaded::engine`].
pub async fn active(gateway: &Gateway, id: ConnectionId) -> Result<Arc<Active>, FlowError> {
    let found = usable(gateway, id).await?;
    if found.loaded.is_open() { Ok(found) } else { Err(NONE) }
}

/// The connection `id`, if people may sign in by it or test it now; kept in memory for the next time.
///
/// # Errors
/// [`FlowError::NotFound`] when there is none, or it or its account is out of use; those of [`Loaded::engine`].
pub async fn usable(gateway: &Gateway, id: ConnectionId) -> Result<Arc<Active>, FlowError> {
    let cache = &gateway.kept().connections;
    let asked_at = gateway.clock().now();
    let age = {
        let mut entries = cache.entries();
        let is_good = |active: &&Arc<Active>| active.good_until.is_none_or(|end| asked_at < end);
        if let Some(active) = entries.by_id.get(&id).filter(is_good) {
            metrics::counter!("gatepost_cache_total", "cache" => "connection", "outcome" => "hit")
                .increment(1);
            return Ok(Arc::clone(active));
        }
        entries.age
    };
    metrics::counter!("gatepost_cache_total", "cache" => "connection", "outcome" => "miss").increment(1);
    let mut tx = gateway.storage().read().await?;
    let loaded = any(gateway, &mut tx, id).await?;
    if !loaded.is_open_to_tests() {
        return Err(NONE);
    }
    let engine = loaded.engine(gateway, &mut tx).await?;
    let is_signed = loaded.settings.is_request_signed;
    let signing = if is_signed { Some(loaded.signing_key(&mut tx).await?) } else { None };
    drop(tx);
    let good_until = loaded.settings.policy_changes_at(asked_at);
    let active = Arc::new(Active { loaded, rules: OnceCell::new(), engine, signing, good_until });
    let mut entries = cache.entries();
    if entries.age == age {
        entries.by_id.put(id, Arc::clone(&active));
        entries.tell_size();
    }
    Ok(active)
}

impl Active {
    /// How people are mapped, ready to be applied. Whoever only looks at a connection, begins to sign in, or mends it, needs
    /// none of that: patterns are dear to prepare, and one that a later program refuses must not keep anybody from
    /// changing it.
    ///
    /// # Errors
    /// [`FlowError::Broken`] when they cannot be used.
    pub async fn rules(&self, gateway: &Gateway) -> Result<&Rules, FlowError> {
        if let Some(rules) = self.rules.get() {
            return Ok(rules);
        }
        let made = self.rules.get_or_try_init(|| ready_as_stored(&self.loaded.settings)).await;
        let made = made.map_err(|error| match error {
            FlowError::Invalid(_) => StorageError::Corrupt("settings").into(),
            other => other,
        })?;
        gateway.kept().connections.entries().lighten();
        Ok(made)
    }
}

/// The rules of settings that are proposed, ready to be applied.
///
/// # Errors
/// [`FlowError::Invalid`] with all that is wrong with them.
pub(in crate::flow) async fn ready(settings: &Settings) -> Result<Rules, FlowError> {
    made(settings, Settings::rules).await
}

/// The rules of settings that are stored, ready to be applied.
///
/// # Errors
/// [`FlowError::Invalid`] with all that is wrong with them.
pub(in crate::flow) async fn ready_as_stored(settings: &Settings) -> Result<Rules, FlowError> {
    made(settings, Settings::stored_rules).await
}

/// They are made ready beside those who sign in meanwhile.
async fn made(
    settings: &Settings,
    rules: fn(&Settings) -> Result<Rules, MappingErrors>,
) -> Result<Rules, FlowError> {
    let settings = settings.clone();
    let made = spawn_blocking(move || rules(&settings)).await;
    let made = made.map_err(|_| FlowError::Internal("the reading of a mapping was broken off"))?;
    made.map_err(|errors| FlowError::Invalid(errors.into()))
}

/// The connection `id`, whatever its state, if the caller may do that in its account. Whoever came by a setup link makes
/// new ones: by one that people sign in by, they could sign in as any of them, and by one that somebody else sets up, once
/// people do ([`super::visited`]).
///
/// # Errors
/// [`FlowError::NotFound`] when there is none, or it is another account's; [`FlowError::Denied`]; [`FlowError::Invalid`]
/// for whoever came by a setup link, when it is not theirs, or is in use or was.
pub async fn granted(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (action, id): (Action, ConnectionId),
) -> Result<Loaded, FlowError> {
    let loaded = named(gateway, tx, ctx, (action, id)).await?;
    if visited::is_closed(ctx, loaded.connection.state) { Err(in_use()) } else { Ok(loaded) }
}

/// The same for those who hand out no more than name and state of one that is closed to the caller
/// ([`super::visited::is_closed`]).
///
/// # Errors
/// Those of [`granted`], but where it is theirs and in use.
pub(super) async fn named(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (action, id): (Action, ConnectionId),
) -> Result<Loaded, FlowError> {
    let account = connection::account_of(tx, id).await?.ok_or(NONE)?;
    grant::of(ctx, action, account, "connection")?;
    let loaded = any(gateway, tx, id).await?;
    if Theirs::of(tx, ctx).await?.has(id) {
        return Ok(loaded);
    }
    if loaded.connection.state.is_being_set_up() {
        return Err(FlowError::Invalid(sentence!(
            "somebody else began to set this connection up; ask an owner of the account for a setup link that goes on \
             with it"
        )));
    }
    Err(in_use())
}

fn in_use() -> FlowError {
    FlowError::Invalid(sentence!(
        "this connection is in use, or was; an owner of the account changes it, in the console"
    ))
}

/// The connection `id`, whatever its state.
///
/// # Errors
/// [`FlowError::NotFound`] when there is none.
pub async fn any(gateway: &Gateway, tx: &mut Tx, id: ConnectionId) -> Result<Loaded, FlowError> {
    let account_id = connection::account_of(tx, id).await?.ok_or(NONE)?;
    let account = account::find(tx, account_id).await?.ok_or(NONE)?;
    let connection = connection::find(tx, account_id, id).await?.ok_or(NONE)?;
    let service_provider = service_provider::find(tx, account_id, connection.service_provider_id).await?;
    let settings = Settings::read(&connection.settings)?;
    Ok(Loaded {
        domains: domain::list_proved(tx, account_id).await?,
        settings,
        service_provider: service_provider.ok_or(StorageError::Corrupt("service_provider_id"))?,
        keys: gateway.storage().keys(tx, account_id).await?,
        listening: webhook::listening(tx, account_id).await?,
        account,
        connection,
    })
}

impl Loaded {
    /// Whether people may sign in by it now.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.connection.state == ConnectionState::Active && self.account.state == AccountState::Active
    }

    /// Whether those may who have the link of a test: also before people may.
    #[must_use]
    pub fn is_open_to_tests(&self) -> bool {
        let is_tested = self.connection.state == ConnectionState::Testing;
        self.is_open() || (is_tested && self.account.state == AccountState::Active)
    }

    /// What becomes of the addresses that it gives.
    pub(in crate::flow) fn email_rules(&self) -> EmailRules<'_> {
        EmailRules {
            proved: &self.domains,
            may_assert: self.settings.email_domains.as_deref(),
            unverified: self.settings.unverified_emails,
            is_strict: self.account.is_strict,
        }
    }

    /// What the engine needs to judge a message for this connection.
    ///
    /// # Errors
    /// [`FlowError::Unavailable`], [`FlowError::Broken`], also for keys that cannot be read; [`FlowError::Invalid`] when
    /// only test keys are trusted and this is no place for them.
    pub async fn engine(&self, gateway: &Gateway, tx: &mut Tx) -> Result<response::Settings, FlowError> {
        let (account_id, id) = (self.account.id, self.connection.id);
        let certificates = idp_key::list(tx, account_id, id).await?;
        let trusted = certificates
            .iter()
            .map(|der| TrustedKey::from_certificate_der(der))
            .collect::<Result<Vec<_>, _>>();
        let mut trusted = trusted.map_err(|_| StorageError::Corrupt("idp_keys.certificate"))?;
        test_keys::keep_out(gateway, &mut trusted)?;
        let trust = Trust::from_keys(trusted).ok_or(StorageError::Corrupt("idp_keys"))?;
        let own = self.sp_keys(tx).await?;
        let decryption = own.iter().filter(|key| key.purpose == KeyPurpose::Encryption);
        let decryption =
            decryption.map(|key| DecryptionKey::from_pem(&key.private.0)).collect::<Result<_, _>>();
        Ok(response::Settings {
            sp: response::ServiceProvider {
                entity_id: self.service_provider.entity_id.clone(),
                accepted_audiences: self.settings.accepted_audiences.clone(),
                endpoint: self.service_provider.acs_url.clone(),
                decryption_keys: decryption.map_err(|_| StorageError::Corrupt("sp_keys.private_sealed"))?,
            },
            idp: response::IdentityProvider { entity_id: self.connection.idp_entity_id.clone(), trust },
            policy: self.settings.judged_by(gateway.clock().now()),
            limits: gateway.limits(),
        })
    }

    /// The key that our requests are signed with.
    ///
    /// # Errors
    /// [`FlowError::Unavailable`], [`FlowError::Broken`], also when there is none.
    pub async fn signing_key(&self, tx: &mut Tx) -> Result<SigningKey, FlowError> {
        let own = self.sp_keys(tx).await?;
        let active =
            own.iter().find(|key| key.purpose == KeyPurpose::Signing && key.state == KeyState::Active);
        let key = active.and_then(|key| SigningKey::from_pem(&key.private.0).ok());
        Ok(key.ok_or(StorageError::Corrupt("sp_keys.private_sealed"))?)
    }

    /// All keys of our own.
    ///
    /// # Errors
    /// [`FlowError::Unavailable`], [`FlowError::Broken`].
    pub async fn sp_keys(&self, tx: &mut Tx) -> Result<Vec<SpKey>, FlowError> {
        Ok(service_provider::list_keys(tx, self.account.id, self.service_provider.id, &self.keys).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    #[test]
    fn large_patterns_give_way_to_those_that_were_used_later_and_small_ones_to_none() {
        let rng = Rng::seeded(1);
        let ids: Vec<_> =
            (0..100).map(|second| ConnectionId::make(Instant::from_seconds(second), &rng)).collect();
        let large = 1 << 21;
        let all = |weigh: usize| -> Vec<_> {
            let weight = |index: usize| if index < 4 { SHARE } else { weigh };
            ids.iter().enumerate().map(|(index, id)| (*id, weight(index))).collect()
        };
        assert!(too_heavy(&all(SHARE)).is_empty());
        assert!(too_heavy(&all((PATTERNS - 4 * SHARE) / 96)).is_empty(), "they fit");
        assert_eq!(too_heavy(&all(large)), ids[4..37]);
    }
}
