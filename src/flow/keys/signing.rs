//! The keys that sign tokens. Which one signs when is [`crate::token::ring`]'s to say; here the ring is read and kept.
//!
//! A key that is made is an event of the installation, and so is that others do not count any more.
//!
//! The ring is read from the database whenever it is needed, so every node sees a change at once; only the opened
//! private half of the key that signs is kept in memory.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;

use crate::access::{self, Action};
use crate::base::sentence::sentence;
use crate::base::{Ctx, Instant};
use crate::flow::event::tell_home;
use crate::flow::{FlowError, Gateway};
use crate::storage::signing_key::{self, SigningKey};
use crate::storage::{StorageError, Tx};
use crate::token::jwks::Jwks;
use crate::token::key::{KeyPair, PublicKey};
use crate::token::ring::{Entry, Ring, State};

/// The opened private half of the key that signs.
#[derive(Debug, Default)]
pub struct Signer(Mutex<Option<Arc<KeyPair>>>);

/// Why a new key is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// It is time: the new one is published now and signs later; nobody notices.
    Planned,
    /// The present key may have leaked: the new one signs now, and the tokens of all others do not count any more.
    Leaked,
}

/// A key as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKeyView {
    /// Its name in tokens.
    pub kid: String,
    /// Where it is in its life.
    pub state: State,
    /// When it was made.
    pub created_at: Instant,
    /// From when on it signs.
    pub active_from: Instant,
}

/// Our public keys, as others fetch them.
#[derive(Debug, Clone)]
pub struct Published {
    /// The document, JSON.
    pub json: String,
    /// For how many seconds it may be kept.
    pub max_age: i64,
}

/// Sees to it that there is a key that signs: at the first start.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn prepare(gateway: &Gateway, ctx: &Ctx) -> Result<(), FlowError> {
    access::decide(ctx.actor, Action::ManageKeys)?;
    let mut tx = gateway.storage().read().await?;
    let has_one = ring(&mut tx).await?.has_any();
    drop(tx);
    if has_one {
        return Ok(());
    }
    let mut tx = gateway.storage().write().await?;
    let ring = ring(&mut tx).await?;
    if !ring.has_any() {
        // Of nodes that start at the same moment one takes the number; the key of the others is dropped.
        insert(&mut tx, gateway, ctx, (ring.next_number(), Ring::at_once(ctx.now))).await?;
    }
    Ok(tx.commit().await?)
}

/// The document of public keys.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn published(gateway: &Gateway, ctx: &Ctx) -> Result<Published, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let ring = ring(&mut tx).await?;
    let json = serde_json::to_string(&Jwks::new(ring.published(ctx.now)));
    let json = json.map_err(|_| FlowError::Internal("the document of keys could not be written"))?;
    Ok(Published { json, max_age: gateway.tokens().jwks_max_age })
}

/// Every key, oldest first.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn list(gateway: &Gateway, ctx: &Ctx) -> Result<Vec<SigningKeyView>, FlowError> {
    access::decide(ctx.actor, Action::ReadSigningKeys)?;
    let mut tx = gateway.storage().read().await?;
    let ring = ring(&mut tx).await?;
    Ok(ring.entries(ctx.now).map(|(entry, state)| view(entry, state)).collect())
}

/// Makes a new key.
///
/// # Errors
/// [`FlowError::Invalid`] when a planned rotation is under way already.
pub async fn rotate(gateway: &Gateway, ctx: &Ctx, rotation: Rotation) -> Result<SigningKeyView, FlowError> {
    access::decide(ctx.actor, Action::ManageSigningKeys)?;
    let mut tx = gateway.storage().write().await?;
    let before = ring(&mut tx).await?;
    let number = before.next_number();
    let active_from = match rotation {
        Rotation::Leaked => Ring::at_once(ctx.now),
        Rotation::Planned => {
            before.plan(gateway.tokens().jwks_max_age, ctx.now).map_err(|under_way| {
                FlowError::Invalid(sentence!("a new key is published already and will sign from {active_from} on; wait until then, or say that \
                     the present key is in wrong hands", active_from = under_way.active_from))
            })?
        }
    };
    if !insert(&mut tx, gateway, ctx, (number, active_from)).await? {
        return Err(FlowError::Invalid(sentence!("another process makes a new key at this moment")));
    }
    if rotation == Rotation::Leaked {
        signing_key::update_withdrawn(&mut tx, number, ctx.now).await?;
        let body = json!({});
        tell_home(&mut tx, gateway, ctx, None, ("signing_key.others_withdrawn", number, &body)).await?;
    }
    let after = ring(&mut tx).await?;
    let made = after.entries(ctx.now).find(|(entry, _)| entry.number == number);
    let made = made.map(|(entry, state)| view(entry, state)).ok_or(StorageError::Corrupt("signing_keys"))?;
    tx.commit().await?;
    Ok(made)
}

/// Drops the keys whose tokens have all ended; what is not there cannot leak.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub(in crate::flow) async fn delete_gone(tx: &mut Tx, now: Instant) -> Result<(), FlowError> {
    let ring = ring(tx).await?;
    for (entry, _) in ring.entries(now).filter(|(_, state)| *state == State::Gone) {
        signing_key::delete(tx, entry.number).await?;
    }
    Ok(())
}

/// The key that signs now, opened.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`], also when there is none.
pub(in crate::flow) async fn signer(
    gateway: &Gateway,
    tx: &mut Tx,
    now: Instant,
) -> Result<Arc<KeyPair>, FlowError> {
    const MISSING: StorageError = StorageError::Corrupt("signing_keys");
    let ring = ring(tx).await?;
    let kid = ring.active(now).ok_or(MISSING)?.key.kid();
    let kept = || gateway.signer().0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(pair) = kept().as_ref().filter(|pair| pair.kid() == kid) {
        return Ok(Arc::clone(pair));
    }
    let pem = signing_key::find_private(tx, gateway.storage(), kid).await?.ok_or(MISSING)?;
    let pair = KeyPair::from_pem(&pem).ok().filter(|pair| pair.kid() == kid);
    let pair = Arc::new(pair.ok_or(StorageError::Corrupt("signing_keys.private_sealed"))?);
    *kept() = Some(Arc::clone(&pair));
    Ok(pair)
}

/// The ring as it is in the database.
async fn ring(tx: &mut Tx) -> Result<Ring, FlowError> {
    let entry = |stored: SigningKey| {
        let key = PublicKey::from_point(&stored.public_point).ok().filter(|key| key.kid() == stored.kid);
        Ok(Entry {
            number: stored.number,
            key: key.ok_or(StorageError::Corrupt("signing_keys.public_point"))?,
            created_at: stored.created_at,
            active_from: stored.active_from,
            withdrawn_at: stored.withdrawn_at,
        })
    };
    let entries: Result<Vec<_>, StorageError> = signing_key::list(tx).await?.into_iter().map(entry).collect();
    Ok(Ring::new(entries?))
}

/// Adds a new key; `false` when the number is taken.
async fn insert(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    (number, active_from): (i64, Instant),
) -> Result<bool, FlowError> {
    let run = || {
        let pair = KeyPair::draw(gateway.rng())?;
        Ok((pair.to_pem()?, pair))
    };
    let (pem, pair) = run()
        .map_err(|_: crate::token::key::KeyError| FlowError::Internal("OpenSSL could not make a key"))?;
    let key = SigningKey {
        number,
        kid: pair.kid().to_owned(),
        public_point: pair.public().point(),
        created_at: ctx.now,
        active_from,
        withdrawn_at: None,
    };
    let is_new = signing_key::insert(tx, gateway.storage(), (&key, &pem), (ctx, gateway.rng())).await?;
    if is_new {
        let body = json!({ "number": number, "active_from": active_from.to_string() });
        tell_home(tx, gateway, ctx, None, ("signing_key.created", &key.kid, &body)).await?;
    }
    Ok(is_new)
}

fn view(entry: &Entry, state: State) -> SigningKeyView {
    SigningKeyView {
        kid: entry.key.kid().to_owned(),
        state,
        created_at: entry.created_at,
        active_from: entry.active_from,
    }
}
