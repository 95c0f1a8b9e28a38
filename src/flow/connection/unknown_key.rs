//! Sign-ins signed by a key that nobody trusts, where everything else fits: has the identity provider a new certificate
//! that we were not told of? An owner is asked.
//!
//! # Invariants
//!
//! * A message never brings a key: anybody can make one that shows any certificate. What it showed is trusted only when
//!   an owner brings that very certificate, or its fingerprint, from the identity provider's own console.
//! * For each connection few are remembered, and few in a minute: nobody fills the database with them. A new one takes the
//!   place of the one that was seen least: the identity provider's own comes with every sign-in, and whoever makes a key
//!   for each message does not push it out. What was declined gives no place to anybody.
//! * The audit log is told of one a day for each connection, whatever strangers send.

use gatepost_saml::binding::Wire;
use gatepost_saml::response::{self, Context};
use gatepost_saml::trust::TrustedKey;
use gatepost_saml::{Code, Refusal};
use serde_json::json;

use super::check;
use super::load::{self, Loaded};
use super::revision::{Key, Source, Version, revise};
use crate::access::Action;
use crate::base::encoding::hex;
use crate::base::id::ConnectionId;
use crate::base::sentence::sentence;
use crate::base::{Ctx, Instant};
use crate::directory::state::ConnectionState;
use crate::flow::{FlowError, Gateway, event, notice};
use crate::storage::unknown_key::{self, UnknownKey};
use crate::storage::{StorageError, Tx, change};

/// So many of a connection wait for an owner's word.
const KEPT: i64 = 10;
/// So many that were declined are remembered.
const DECLINED_KEPT: i64 = 50;
/// A certificate may name its subject at any length.
const SUBJECT_CHARACTERS: usize = 200;
/// A certificate is no longer than this.
const MAX_BYTES: usize = 8 * 1024;
const NONE: FlowError = FlowError::NotFound("certificate that waits");

/// A key that waits for an owner's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKeyView {
    /// SHA-256 of its `SubjectPublicKeyInfo`, hex.
    pub spki_sha256: String,
    /// Whom its certificate names.
    pub subject: String,
    /// Its kind and size.
    pub key: String,
    /// When the certificate begins.
    pub not_before: Instant,
    /// When it ends.
    pub not_after: Instant,
    /// In how many sign-ins it was seen, as far as they were counted.
    pub seen: i64,
    /// When it was first seen.
    pub first_seen_at: Instant,
    /// When it was last.
    pub last_seen_at: Instant,
    /// When an owner said no, if one did.
    pub declined_at: Option<Instant>,
}

/// Whether a message is refused for its key, and that may be told: what may not be told apart (a padding oracle is made of
/// such differences) leads to nothing.
pub(in crate::flow) fn is_about_one(refusal: Refusal) -> bool {
    refusal.code == Code::SignatureKeyUnknown && refusal.public_code == refusal.code
}

/// What a message is compared with where it is only asked whether all would be well with it if its key were trusted:
/// what it answers, and how somebody was authenticated, is for the judgement that may follow.
pub(super) fn supposed(now: Instant) -> Context<'static> {
    Context {
        now,
        pending_request: None,
        requested_authn_contexts: &[],
        forced_since: None,
        seen: &|_| false,
    }
}

/// Remembers the key that a refused message shows, where it is one that an owner should be asked about.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub(in crate::flow) async fn notice(
    gateway: &Gateway,
    ctx: &Ctx,
    (loaded, settings): (&Loaded, &response::Settings),
    (wire, refusal): (&Wire<'_>, Refusal),
) -> Result<(), FlowError> {
    if !is_about_one(refusal) || loaded.connection.state != ConnectionState::Active {
        return Ok(());
    }
    let new = shown(ctx.now, settings, wire);
    let Some(new) = new else { return Ok(()) };
    let of = (loaded.account.id, loaded.connection.id);
    let mut tx = gateway.storage().write().await?;
    change::take_turn(&mut tx).await?;
    let known = unknown_key::list(&mut tx, of.0, of.1).await?;
    unknown_key::insert(&mut tx, of, (new.spki_sha256(), new.der()), ctx.now).await?;
    if known.iter().all(|known| known.spki_sha256 != new.spki_sha256()) {
        unknown_key::delete_least_seen(&mut tx, of, new.spki_sha256(), KEPT - 1).await?;
        tracing::warn!(request = %ctx.request, connection = %of.1, "a sign-in by a certificate that nobody trusts");
        // The newest always has its place, so that the day on which one was last told of is known.
        if known.iter().all(|known| known.first_seen_at.day() != ctx.now.day()) {
            let certificate = new.certificate();
            let subject: String = certificate.subject.chars().take(SUBJECT_CHARACTERS).collect();
            let body = json!({ "certificate_sha256": certificate.sha256, "subject": subject });
            tell(&mut tx, gateway, ctx, loaded, ("connection.key_unknown", &body)).await?;
            notice::key_waits(gateway, &mut tx, ctx, loaded, &certificate.sha256).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// The key that a message shows and that nobody trusts, where all would be well with it if somebody did.
fn shown(now: Instant, settings: &response::Settings, wire: &Wire<'_>) -> Option<TrustedKey> {
    let trusted = settings.idp.trust.keys();
    response::shown_keys(wire, settings, &supposed(now)).into_iter().find(|key| {
        let is_trusted = trusted.iter().any(|known| known.spki_sha256() == key.spki_sha256());
        !is_trusted && key.der().len() <= MAX_BYTES && !key.is_weak()
    })
}

/// The keys of a connection that nobody trusts, the last seen first.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that connection.
pub async fn list(gateway: &Gateway, ctx: &Ctx, id: ConnectionId) -> Result<Vec<UnknownKeyView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::ReadConnections, id)).await?;
    let all = unknown_key::list(&mut tx, loaded.account.id, id).await?;
    Ok(all.iter().map(view).collect::<Result<_, _>>()?)
}

/// Trusts a key that was seen, when `proof` is its certificate or the certificate's fingerprint (SHA-256 or SHA-1), as the
/// identity provider's console has it: the connection's new revision.
///
/// # Errors
/// [`FlowError::NotFound`] without that connection or key; [`FlowError::Invalid`] when the proof is of another one.
pub async fn approve(
    gateway: &Gateway,
    ctx: &Ctx,
    id: ConnectionId,
    (spki_sha256, proof): (&str, &str),
) -> Result<Option<i64>, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::ManageConnections, id)).await?;
    let found = find(&mut tx, &loaded, spki_sha256).await?;
    let key = read(&found)?;
    if !is_proved(&key, proof) {
        let wrong = sentence!(
            "this is neither the certificate that the sign-ins were signed with nor its fingerprint. If the identity \
             provider's console shows this one, the sign-ins come from somebody else: decline the certificate"
        );
        return Err(FlowError::Invalid(wrong.about("proof")));
    }
    let mut next = Version::present(&mut tx, &loaded).await?;
    next.keys.push(Key::new(&key, Source::Certificate));
    let action = ("connection.key_approved", None);
    let made = revise(&mut tx, gateway, ctx, &loaded, next, action).await?;
    tx.commit().await?;
    Ok(made)
}

/// Says no to a key: it is not asked about again.
///
/// # Errors
/// [`FlowError::NotFound`] without that connection or key.
pub async fn decline(
    gateway: &Gateway,
    ctx: &Ctx,
    id: ConnectionId,
    spki_sha256: &str,
) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::ManageConnections, id)).await?;
    let found = find(&mut tx, &loaded, spki_sha256).await?;
    if found.declined_at.is_none() {
        // Before the key: whoever notes that it was seen again has the turn first.
        change::take_turn(&mut tx).await?;
        let kept = (ctx.now, DECLINED_KEPT);
        unknown_key::update_declined(&mut tx, (loaded.account.id, id), spki_sha256, kept).await?;
        let body = json!({ "certificate_sha256": read(&found)?.certificate().sha256 });
        tell(&mut tx, gateway, ctx, &loaded, ("connection.key_declined", &body)).await?;
    }
    Ok(tx.commit().await?)
}

/// A key that waits, as it would be trusted.
pub(super) async fn key(tx: &mut Tx, loaded: &Loaded, spki_sha256: &str) -> Result<Key, FlowError> {
    Ok(Key::new(&read(&find(tx, loaded, spki_sha256).await?)?, Source::Certificate))
}

async fn find(tx: &mut Tx, loaded: &Loaded, spki_sha256: &str) -> Result<UnknownKey, FlowError> {
    let all = unknown_key::list(tx, loaded.account.id, loaded.connection.id).await?;
    all.into_iter().find(|known| known.spki_sha256 == spki_sha256).ok_or(NONE)
}

/// Whether `proof` is the key's certificate, or a fingerprint of it.
fn is_proved(key: &TrustedKey, proof: &str) -> bool {
    let digits: String =
        proof.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_ascii_lowercase();
    let is_fingerprint =
        !digits.is_empty() && proof.chars().all(|c| c.is_ascii_hexdigit() || c == ':' || c.is_whitespace());
    if is_fingerprint {
        let sha1 = hex(&openssl::sha::sha1(key.der()));
        return digits == key.certificate().sha256 || digits == sha1;
    }
    check::certificates(&[proof.as_bytes().to_vec()])
        .is_ok_and(|(keys, _)| keys.iter().any(|found| found.spki_sha256() == key.spki_sha256()))
}

fn read(stored: &UnknownKey) -> Result<TrustedKey, StorageError> {
    TrustedKey::from_certificate_der(&stored.certificate).map_err(|_| StorageError::Corrupt("certificate"))
}

fn view(stored: &UnknownKey) -> Result<UnknownKeyView, StorageError> {
    let certificate = read(stored)?.certificate().clone();
    Ok(UnknownKeyView {
        spki_sha256: stored.spki_sha256.clone(),
        subject: certificate.subject,
        key: certificate.key,
        not_before: certificate.not_before,
        not_after: certificate.not_after,
        seen: stored.seen,
        first_seen_at: stored.first_seen_at,
        last_seen_at: stored.last_seen_at,
        declined_at: stored.declined_at,
    })
}

async fn tell(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    loaded: &Loaded,
    (action, body): (&str, &serde_json::Value),
) -> Result<(), FlowError> {
    let told = (action, loaded.connection.id, body);
    event::tell(tx, gateway, ctx, (loaded.account.id, &loaded.keys), told).await
}
