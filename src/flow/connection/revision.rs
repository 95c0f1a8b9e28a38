//! Revisions: the one way in which anything about a connection changes.
//!
//! # Invariants
//!
//! * A revision holds everything that a connection is: name, entity ID, settings, trusted keys. It is never changed.
//! * A change is a revision, the keys that it trusts, an event that tells before and after, and the notice for other
//!   nodes, in one transaction; or nothing.
//! * No revision is without a key that could verify something.

use std::collections::{BTreeMap, BTreeSet};

use gatepost_saml::encoding::{base64, to_base64};
use gatepost_saml::policy::Relaxation;
use gatepost_saml::trust::TrustedKey;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::check;
use super::load::{self, Loaded};
use super::settings::Settings;
use super::test_keys;
use super::told;
use crate::access::{self, Action};
use crate::base::id::ConnectionId;
use crate::base::sentence::sentence;
use crate::base::{Actor, Ctx, Instant};
use crate::directory::state::ConnectionState;
use crate::flow::event::tell;
use crate::flow::line::checked_line;
use crate::flow::webhook::queue;
use crate::flow::{FlowError, Gateway, grant};
use crate::storage::change::take_turn;
use crate::storage::connection::{self, Connection};
use crate::storage::{StorageError, Tx, idp_key, people, unknown_key};

/// The event of a revision that follows what its metadata says, as it was fetched, and is nothing else.
pub(super) const FOLLOWED: &str = "connection.metadata_followed";
/// Every sign-in may try each of them.
const MAX_KEYS: usize = 16;
/// The longest name, in characters.
const MAX_NAME: usize = 200;

/// A trusted key in a revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// SHA-256 of its `SubjectPublicKeyInfo`, hex.
    pub spki_sha256: String,
    /// The certificate that it came in, base64 of its DER.
    pub certificate: String,
    /// Where it came from.
    pub source: Source,
}

/// Where a trusted key came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Somebody gave its certificate. It stays until somebody takes it away.
    Certificate,
    /// It stood in metadata. It goes when it stands there no more.
    Metadata,
}

impl Source {
    /// Its name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Metadata => "metadata",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Certificate, Self::Metadata].into_iter().find(|known| known.name() == name)
    }
}

impl Key {
    /// A key as it was read from a certificate.
    #[must_use]
    pub fn new(key: &TrustedKey, source: Source) -> Self {
        Self { spki_sha256: key.spki_sha256().to_owned(), certificate: to_base64(key.der()), source }
    }

    /// The key itself.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`] when it cannot be read.
    pub fn read(&self) -> Result<TrustedKey, StorageError> {
        let der = base64(self.certificate.as_bytes()).map_err(|_| StorageError::Corrupt("facts"))?;
        TrustedKey::from_certificate_der(&der).map_err(|_| StorageError::Corrupt("facts"))
    }
}

/// Everything that a connection is at one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its name for people.
    pub name: String,
    /// The identity provider's entity ID.
    pub idp_entity_id: String,
    /// Its settings.
    pub settings: Settings,
    /// The keys that it trusts, in the order of their hashes.
    pub keys: Vec<Key>,
}

/// What a revision holds beside its settings, as it is stored.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Facts {
    name: String,
    idp_entity_id: String,
    keys: Vec<Key>,
    #[serde(default)]
    reason: Option<String>,
    /// Whether it is what the metadata says that was followed, and nothing else, whoever had it fetched.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_followed: bool,
}

/// A revision as flows hand it out.
#[derive(Debug, Clone)]
pub struct RevisionView {
    /// Its number, from 1.
    pub number: i64,
    /// Who made it.
    pub actor: String,
    /// When.
    pub at: Instant,
    /// Why, if that was said.
    pub reason: Option<String>,
    /// What differs from the one before: path, before, after.
    pub changed: Vec<Difference>,
}

/// What differs at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where: `settings.policy.clock_skew_seconds`.
    pub path: String,
    /// What was there.
    pub before: Value,
    /// What is there.
    pub after: Value,
}

impl Version {
    /// What a connection is now.
    ///
    /// # Errors
    /// [`FlowError::Unavailable`], [`FlowError::Broken`].
    pub async fn present(tx: &mut Tx, loaded: &Loaded) -> Result<Self, FlowError> {
        Self::of(tx, &loaded.connection, loaded.settings.clone()).await
    }

    /// What a connection is now whose settings were read.
    pub(super) async fn of(tx: &mut Tx, of: &Connection, settings: Settings) -> Result<Self, FlowError> {
        let key = |key: idp_key::IdpKey| {
            // One that nobody knows is none that stays until somebody takes it away.
            let source = Source::from_name(&key.source).ok_or(StorageError::Corrupt("idp_keys.source"))?;
            let certificate = to_base64(&key.certificate);
            Ok::<_, StorageError>(Key { spki_sha256: key.spki_sha256, certificate, source })
        };
        let keys = idp_key::list_all(tx, of.account_id, of.id).await?;
        Ok(Self {
            name: of.name.clone(),
            idp_entity_id: of.idp_entity_id.clone(),
            settings,
            keys: keys.into_iter().map(key).collect::<Result<_, _>>()?,
        })
    }

    /// What it was at an earlier revision; from before the keys were part of one, with the keys of now.
    pub(super) fn past(
        stored: &connection::Revision,
        present: &Self,
    ) -> Result<(Self, Option<String>), FlowError> {
        let settings = Settings::read(&stored.settings)?;
        let Some(facts) = &stored.facts else {
            return Ok((Self { settings, ..present.clone() }, None));
        };
        let facts: Facts = serde_json::from_str(facts).map_err(|_| StorageError::Corrupt("facts"))?;
        let Facts { name, idp_entity_id, keys, reason, is_followed: _ } = facts;
        Ok((Self { name, idp_entity_id, settings, keys }, reason))
    }

    /// Whether an earlier revision followed what its metadata said, and was nothing else.
    pub(super) fn is_followed(stored: &connection::Revision) -> bool {
        let facts = stored.facts.as_deref().and_then(|facts| serde_json::from_str::<Facts>(facts).ok());
        facts.is_some_and(|facts| facts.is_followed)
    }

    /// What it was at the revision of that number.
    ///
    /// # Errors
    /// [`FlowError::NotFound`] when there is no such revision.
    pub async fn at(
        tx: &mut Tx,
        loaded: &Loaded,
        (present, number): (&Self, i64),
    ) -> Result<Self, FlowError> {
        let all = connection::list_revisions(tx, loaded.account.id, loaded.connection.id).await?;
        let stored = all.iter().find(|stored| stored.number == number);
        Ok(Self::past(stored.ok_or(FlowError::NotFound("revision"))?, present)?.0)
    }

    /// The stored form of what is not settings: why it was made, if that was said, and whether it only follows metadata.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`].
    pub fn facts(&self, (reason, is_followed): (Option<&str>, bool)) -> Result<String, StorageError> {
        let facts = Facts {
            name: self.name.clone(),
            idp_entity_id: self.idp_entity_id.clone(),
            keys: self.keys.clone(),
            reason: reason.map(str::to_owned),
            is_followed,
        };
        serde_json::to_string(&facts).map_err(|_| StorageError::Corrupt("facts"))
    }

    /// As JSON for people: keys by their hashes, with where they came from.
    #[must_use]
    pub fn shown(&self) -> Value {
        let keys: BTreeMap<_, _> = self.keys.iter().map(|key| (&key.spki_sha256, key.source)).collect();
        json!({ "name": self.name, "idp_entity_id": self.idp_entity_id, "settings": self.settings, "keys": keys })
    }

    /// Whether `new` believes others, or believes other things, or sends people elsewhere: everything but its name and
    /// how requests travel ([`Brought`](super::brought::Brought) tells who did). A product is more than a name: where a
    /// mapping has no rule, the product's holds.
    fn is_believed_otherwise(&self, new: &Self) -> bool {
        let Settings { request_binding, is_request_signed, .. } = self.settings;
        let settings = Settings { is_request_signed, request_binding, ..new.settings.clone() };
        *self != Self { name: self.name.clone(), settings, ..new.clone() }
    }

    /// Puts the keys into their order, each once.
    pub fn sort_keys(&mut self) {
        self.keys.sort_by(|a, b| a.spki_sha256.cmp(&b.spki_sha256));
        self.keys.dedup_by(|later, earlier| later.spki_sha256 == earlier.spki_sha256);
    }

    /// Whether a connection can be this, which is that at `present` if it is there already.
    ///
    /// # Errors
    /// [`FlowError::Invalid`] in a plain sentence.
    pub fn check(&self, present: Option<&Self>, gateway: &Gateway) -> Result<(), FlowError> {
        // What stays as it is may be of before there was a rule.
        if present.is_none_or(|present| present.name != self.name)
            && checked_line("name", &self.name, MAX_NAME)?.is_empty()
        {
            return Err(FlowError::Invalid(
                sentence!("the name must have 1 to 200 characters").about("name"),
            ));
        }
        check::entity_id(&self.idp_entity_id).map_err(|wrong| wrong.about("idp_entity_id"))?;
        check::settings(&self.settings, present.map(|present| &present.settings), gateway)?;
        let mut keys = self.keys.iter().map(Key::read).collect::<Result<Vec<_>, _>>()?;
        if keys.len() > MAX_KEYS {
            return Err(FlowError::Invalid(sentence!(
                "{count} keys are more than the {max} that a connection may trust",
                count = keys.len(),
                max = MAX_KEYS,
            )));
        }
        test_keys::keep_out(gateway, &mut keys)?;
        let takes_weak = self.settings.policy_at(gateway.clock().now()).allows(Relaxation::Rsa1024);
        if !keys.iter().any(|key| takes_weak || !key.is_weak()) {
            return Err(FlowError::Invalid(sentence!(
                "a connection must trust at least one key of 2048 bits or more (or on an elliptic curve), else nobody \
                 can sign in"
            )));
        }
        Ok(())
    }
}

/// Who administers connections does not get above themselves: that assertions make owners, and by which rules, is for whoever
/// may make owners; so is whose assertions are believed and for what, where owners sign in by them; a setup link leads to
/// nobody who is there already; and a connection at an address that it shares with those of other accounts takes nobody else's
/// identity provider.
async fn guard(
    tx: &mut Tx,
    ctx: &Ctx,
    loaded: &Loaded,
    (old, new): (&Version, &Version),
    is_followed: bool,
) -> Result<(), FlowError> {
    let account = loaded.account.id;
    let makes_owners = [old, new].iter().any(|version| version.settings.mapping.may_grant_owner);
    // What metadata brings was decided when somebody had it followed, whoever has it fetched.
    let is_decided = is_followed || matches!(ctx.actor, Actor::Job(_) | Actor::IdentityProvider(_));
    if !is_decided
        && old.is_believed_otherwise(new)
        && (makes_owners || people::is_of_owner(tx, account, loaded.connection.id).await?)
    {
        grant::of(ctx, Action::ManageOwners, account, "connection")?;
    }
    if matches!(ctx.actor, Actor::SetupLink(_))
        && new.settings.leads_to_the_known()
        && !old.settings.leads_to_the_known()
    {
        return Err(FlowError::Invalid(sentence!(
            "an owner of the account decides, in the console, that people are found by their email address or by the \
             platform's own id: a setup link only makes new people"
        )));
    }
    if matches!(ctx.actor, Actor::SetupLink(_))
        && old.settings.mapping.role_rules != new.settings.mapping.role_rules
    {
        return Err(FlowError::Invalid(sentence!(
            "an owner of the account decides, in the console, which roles people have by what is said of them"
        )));
    }
    if loaded.service_provider.acs_path.is_some() && old.idp_entity_id != new.idp_entity_id {
        access::decide(ctx.actor, Action::TakeOverConnections)?;
    }
    Ok(())
}

/// Makes `new` of a connection: its number, or `None` when nothing differs. `action` names the event.
///
/// # Errors
/// [`FlowError::Invalid`] when a connection cannot be that; [`FlowError::Stale`] when somebody else changed it meanwhile;
/// [`FlowError::Denied`] when that is not for the caller.
pub async fn revise(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    loaded: &Loaded,
    mut new: Version,
    (action, reason): (&str, Option<&str>),
) -> Result<Option<i64>, FlowError> {
    let old = Version::present(tx, loaded).await?;
    new.sort_keys();
    if old == new {
        return Ok(None);
    }
    if loaded.connection.state == ConnectionState::Retired {
        return Err(FlowError::Invalid(sentence!("the connection was retired; it does not change any more")));
    }
    new.check(Some(&old), gateway)?;
    let (account, id) = (loaded.account.id, loaded.connection.id);
    let is_followed = action == FOLLOWED;
    guard(tx, ctx, loaded, (&old, &new), is_followed).await?;
    let next = Connection {
        name: new.name.clone(),
        idp_entity_id: new.idp_entity_id.clone(),
        settings: new.settings.store()?,
        ..loaded.connection.clone()
    };
    let facts = new.facts((reason, is_followed))?;
    let is_ours = connection::update(tx, &next, (&facts, &ctx.actor.to_string()), ctx.now).await;
    let is_ours = is_ours.map_err(|error| match error {
        StorageError::Exists(_) => FlowError::Invalid(sentence!(
            "another connection stands between our entity ID and that identity provider already"
        )),
        other => other.into(),
    })?;
    if !is_ours {
        return Err(FlowError::Stale);
    }
    // Before the keys that nobody trusts: whoever notes that one was seen has the turn first.
    take_turn(tx).await?;
    for key in old.keys.iter().filter(|key| new.keys.iter().all(|kept| kept.spki_sha256 != key.spki_sha256)) {
        idp_key::update_removed(tx, account, id, &key.spki_sha256).await?;
        let told = ("certificate.removed", key.spki_sha256.as_str());
        queue::of_certificate(tx, (gateway, ctx), (account, id), &loaded.keys, told).await?;
    }
    for key in new.keys.iter().filter(|key| !old.keys.contains(key)) {
        let read = key.read()?;
        idp_key::insert(tx, account, id, (&key.spki_sha256, read.der(), key.source.name()), ctx.now).await?;
        // Whoever was asked about it need not answer any more.
        unknown_key::delete(tx, (account, id), &key.spki_sha256).await?;
        let told = ("certificate.added", key.spki_sha256.as_str());
        queue::of_certificate(tx, (gateway, ctx), (account, id), &loaded.keys, told).await?;
    }
    let revision = loaded.connection.revision + 1;
    let differences = differences(&old.shown(), &new.shown());
    let pick = |value: fn(&Difference) -> &Value| -> BTreeMap<&str, &Value> {
        differences.iter().map(|difference| (difference.path.as_str(), value(difference))).collect()
    };
    let body = json!({
        "revision": revision, "reason": reason, "before": pick(|found| &found.before), "after": pick(|found| &found.after),
    });
    tell(tx, gateway, ctx, (account, &loaded.keys), (action, id, &body)).await?;
    // Whoever had the metadata followed decided that, and was told of then; whoever has it fetched changes nothing.
    if !is_followed && old.is_believed_otherwise(&new) {
        told::changed(tx, gateway, ctx, loaded).await?;
    }
    Ok(Some(revision))
}

/// A connection's revisions, oldest first, each with what it changed.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such connection.
pub async fn revisions(
    gateway: &Gateway,
    ctx: &Ctx,
    id: ConnectionId,
) -> Result<Vec<RevisionView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::ReadConnections, id)).await?;
    let present = Version::present(&mut tx, &loaded).await?;
    let mut views = Vec::new();
    let mut before: Option<Value> = None;
    for stored in connection::list_revisions(&mut tx, loaded.account.id, id).await? {
        let (version, reason) = Version::past(&stored, &present)?;
        let shown = version.shown();
        let changed = before.map(|before| differences(&before, &shown)).unwrap_or_default();
        before = Some(shown);
        views.push(RevisionView {
            number: stored.number,
            actor: stored.actor,
            at: stored.created_at,
            reason,
            changed,
        });
    }
    Ok(views)
}

/// Makes a new revision that equals the one of that number: its number, or `None` when nothing differs from it.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such connection or revision; [`FlowError::Invalid`] when a connection cannot
/// be that any more.
pub async fn roll_back(
    gateway: &Gateway,
    ctx: &Ctx,
    id: ConnectionId,
    number: i64,
) -> Result<Option<i64>, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::ManageConnections, id)).await?;
    let present = Version::present(&mut tx, &loaded).await?;
    let version = Version::at(&mut tx, &loaded, (&present, number)).await?;
    let metadata = version.settings.metadata.clone();
    let reason = format!("back to revision {number}");
    let made =
        revise(&mut tx, gateway, ctx, &loaded, version, ("connection.rolled_back", Some(&reason))).await?;
    if made.is_some() && metadata != loaded.settings.metadata {
        let of = (loaded.account.id, id);
        super::metadata::follow(&mut tx, gateway, ctx, of, (metadata.as_ref(), None)).await?;
    }
    tx.commit().await?;
    Ok(made)
}

/// What differs between two values, leaf by leaf.
#[must_use]
pub fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    collect(String::new(), before, after, &mut found);
    found
}

fn collect(path: String, before: &Value, after: &Value, found: &mut Vec<Difference>) {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
            for name in names {
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                let at = |map: &serde_json::Map<String, Value>| map.get(name).cloned().unwrap_or_default();
                collect(below, &at(old), &at(new), found);
            }
        }
        _ if before == after => {}
        _ => found.push(Difference { path, before: before.clone(), after: after.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_named_by_their_paths() {
        let before = json!({ "a": 1, "b": { "c": [1], "d": null }, "e": { "f": 1 } });
        let after = json!({ "a": 1, "b": { "c": [1, 2], "d": null }, "g": true });
        let found = differences(&before, &after);
        let paths: Vec<_> = found.iter().map(|found| found.path.as_str()).collect();
        assert_eq!(paths, ["b.c", "e", "g"]);
        assert_eq!((&found[0].before, &found[0].after), (&json!([1]), &json!([1, 2])));
        assert_eq!(found[2].before, Value::Null);
        assert!(differences(&before, &before).is_empty());
    }
}
