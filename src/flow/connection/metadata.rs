//! An identity provider's metadata: reading it, and what a fetched copy of it changes.
//!
//! # Invariants
//!
//! * What is fetched is judged whole before anything of it counts. It is applied in one transaction, or not at all.
//! * The entity ID that a connection has is the one that must be delivered. Another one, and sign-on addresses on another
//!   host, never apply themselves: they wait for an owner ([`super::drift`]).
//! * A key that metadata no longer lists goes; one that somebody gave by hand stays. A copy that would leave no usable
//!   key is refused before that ([`super::revision::Version::check`]).
//! * Where a connection asks before it trusts a new key, those that are no longer listed go all the same, at once: who
//!   withdraws a key may have lost it. Only where no usable one would be left, all stay until an owner's word.

use gatepost_saml::binding::Wire;
use gatepost_saml::encoding::{base64, to_base64};
use gatepost_saml::metadata::{self as saml, Entity, MetadataContext, MetadataTrust};
use gatepost_saml::trust::{Trust, TrustedKey};
use gatepost_saml::{Code, Limits, Policy};
use serde::{Deserialize, Serialize};

use super::check;
use super::refresh;
use super::revision::{Key, Source, Version};
use super::settings::Metadata;
use crate::base::id::{AccountId, ConnectionId};
use crate::base::sentence::{Sentence, Told, sentence, told_errors};
use crate::base::{Ctx, Instant};
use crate::flow::{FlowError, Gateway};
use crate::outbound::FetchError;
use crate::storage::{Tx, metadata_source};
use crate::words::engine::mend_of;
use crate::words::remarks::remark;

const ACCEPT: &str = "application/samlmetadata+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1";

/// Why metadata cannot be used: a stable name, and a plain sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// `fetch_timeout`, `metadata_expired`, …
    pub kind: String,
    /// What is wrong, and what to do.
    pub text: Sentence,
}

impl From<FetchError> for Problem {
    fn from(error: FetchError) -> Self {
        Self { kind: format!("fetch_{}", error.kind()), text: error.sentence() }
    }
}

impl From<Problem> for FlowError {
    fn from(problem: Problem) -> Self {
        Self::Invalid(problem.text)
    }
}

/// Metadata is refused with this code.
pub(super) fn unusable(code: Code) -> Sentence {
    sentence!("the metadata cannot be used ({code}): {mend}", code = code.name(), mend = mend_of(code))
}

impl Told for Problem {
    fn sentence(&self) -> Sentence {
        self.text.clone()
    }
}

told_errors!(Problem);

impl Problem {
    fn new(kind: &str, text: Sentence) -> Self {
        Self { kind: kind.to_owned(), text }
    }

    /// As it is kept.
    #[must_use]
    pub fn stored(&self) -> String {
        format!("{}: {}", self.kind, self.text.english())
    }
}

/// What metadata says about an identity provider, as far as a connection follows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Its entity ID.
    pub entity_id: String,
    /// Where requests go by the Redirect binding.
    pub sso_redirect_url: Option<String>,
    /// Where requests go by the POST binding.
    pub sso_post_url: Option<String>,
    /// The keys that it signs with, each once.
    pub keys: Vec<Key>,
    /// Whether it wants requests signed.
    pub wants_signed_requests: bool,
}

/// A document that was found good.
#[derive(Debug, Clone)]
pub struct Good {
    /// What it says.
    pub reading: Reading,
    /// Until when it is valid, if it says.
    pub valid_until: Option<Instant>,
    /// For how long at most it should be used before it is fetched again, in seconds, if it says.
    pub cache_seconds: Option<i64>,
    /// What an owner should know.
    pub notes: Vec<Sentence>,
}

/// A document that is not about the entity that was asked for.
#[derive(Debug)]
pub enum Refused {
    /// It is good but about this one.
    OtherEntity(Box<Good>),
    /// It cannot be used.
    Problem(Problem),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// How metadata is judged.
#[derive(Debug, Clone, Copy)]
pub struct Judging<'a> {
    /// The clock.
    pub now: Instant,
    /// The entity that is asked for.
    pub entity_id: Option<&'a str>,
    /// The keys that must have signed it; without any, the way it came has to do.
    pub trust: Option<&'a Trust>,
    /// Relaxations and the clock skew.
    pub policy: &'a Policy,
}

/// Judges a document.
///
/// # Errors
/// [`Problem`] in a plain sentence.
pub fn judge(xml: &[u8], judging: Judging<'_>) -> Result<Good, Problem> {
    let context = MetadataContext {
        now: judging.now,
        entity_id: judging.entity_id,
        trust: judging.trust.map_or(MetadataTrust::Unchecked, MetadataTrust::Required),
        policy: judging.policy,
        limits: Limits::METADATA,
    };
    let judgement = saml::judge(&Wire::Xml(xml), &context);
    let entities =
        judgement.verdict.map_err(|refusal| Problem::new(refusal.code.name(), unusable(refusal.code)))?;
    let entity = match entities.as_slice() {
        [entity] => entity,
        several => {
            let names: Vec<_> = several.iter().take(5).map(|entity| entity.entity_id.as_str()).collect();
            let names = names.join(", ");
            let told = sentence!(
                "the metadata has several identity providers; say which, by its entity ID ({names})",
                names
            );
            return Err(Problem::new("metadata_several", told));
        }
    };
    if judging.trust.is_some() && entity.valid_until.is_none() {
        return Err(Problem::new(
            "metadata_valid_until_missing",
            sentence!(
                "the metadata is trusted by its signature and does not say until when (validUntil), so that an old copy \
                 could be passed off as new. Have it published with validUntil, or trust it by TLS"
            ),
        ));
    }
    let urls = (entity.sso_redirect().map(str::to_owned), entity.sso_post().map(str::to_owned));
    if urls == (None, None) {
        let code = Code::MetadataEndpointMissing;
        return Err(Problem::new(code.name(), mend_of(code)));
    }
    for url in [&urls.0, &urls.1].into_iter().flatten() {
        check::sign_on_address(url).map_err(|error| Problem::new("metadata_endpoint_invalid", error))?;
    }
    Ok(Good {
        reading: Reading {
            entity_id: entity.entity_id.clone(),
            sso_redirect_url: urls.0,
            sso_post_url: urls.1,
            keys: keys(entity),
            wants_signed_requests: entity.wants_signed_requests,
        },
        valid_until: entity.valid_until,
        cache_seconds: entity.cache_seconds,
        notes: judgement.trace.warnings.iter().map(|warning| remark(&warning.text)).collect(),
    })
}

fn keys(entity: &Entity) -> Vec<Key> {
    let mut keys: Vec<_> = entity.signing.iter().map(|key| Key::new(key, Source::Metadata)).collect();
    keys.sort_by(|a, b| a.spki_sha256.cmp(&b.spki_sha256));
    keys.dedup_by(|later, earlier| later.spki_sha256 == earlier.spki_sha256);
    keys
}

/// Fetches metadata and judges it.
///
/// # Errors
/// [`Refused`].
pub async fn fetch(
    gateway: &Gateway,
    (metadata, policy): (&Metadata, &Policy),
    (now, entity_id): (Instant, Option<&str>),
) -> Result<Good, Refused> {
    let trust = metadata.trust().map_err(|error| Problem::new("metadata_trust", error))?;
    let xml = gateway.outbound().fetch(&metadata.url, ACCEPT, Limits::METADATA.max_bytes).await;
    let xml = xml.map_err(Problem::from)?;
    let judging = Judging { now, entity_id, trust: trust.as_ref(), policy };
    match judge(&xml, judging) {
        Err(problem) if problem.kind == Code::MetadataEntityMismatch.name() => {
            // Whose is it then? Only a document about one identity provider can say that.
            match judge(&xml, Judging { entity_id: None, ..judging }) {
                Ok(other) => Err(Refused::OtherEntity(Box::new(other))),
                Err(_) => Err(Refused::Problem(problem)),
            }
        }
        judged => Ok(judged?),
    }
}

/// What a connection becomes by a good document, and whether its sign-on addresses wait for an owner.
#[must_use]
pub fn follow_reading(present: &Version, reading: &Reading) -> (Version, bool) {
    let mut next = present.clone();
    // What somebody gave by hand and metadata lists too is metadata's from now on: it goes when it is withdrawn.
    let is_listed = |key: &Key| reading.keys.iter().any(|listed| listed.spki_sha256 == key.spki_sha256);
    next.keys.retain(|key| key.source == Source::Certificate && !is_listed(key));
    next.keys.extend(reading.keys.iter().cloned());
    next.sort_keys();
    next.settings.is_request_signed |= reading.wants_signed_requests;
    let waits = !stays_on_its_hosts(present, reading);
    if !waits {
        next.settings.sso_redirect_url.clone_from(&reading.sso_redirect_url);
        next.settings.sso_post_url.clone_from(&reading.sso_post_url);
    }
    (next, waits)
}

/// Leaves out the keys that are new in the document where the connection asks before it trusts one; whether there is one.
/// Where the others are none that could verify something, the keys stay as they are.
pub fn ask_before_keys(gateway: &Gateway, present: &Version, next: &mut Version) -> bool {
    let is_known = |key: &Key| present.keys.iter().any(|known| known.spki_sha256 == key.spki_sha256);
    let asks = present.settings.asks_before_keys && !next.keys.iter().all(is_known);
    if asks {
        next.keys.retain(is_known);
        if next.check(Some(present), gateway).is_err() {
            next.keys.clone_from(&present.keys);
        }
    }
    asks
}

fn stays_on_its_hosts(present: &Version, reading: &Reading) -> bool {
    let settings = &present.settings;
    let known = [settings.sso_redirect_url.as_deref(), settings.sso_post_url.as_deref()];
    let new = [reading.sso_redirect_url.as_deref(), reading.sso_post_url.as_deref()];
    let is_known = |url: &str| known.into_iter().flatten().any(|known| origin(known) == origin(url));
    new.into_iter().flatten().all(is_known)
}

/// Scheme, host and port, without regard to case.
fn origin(url: &str) -> String {
    let after = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(after..).and_then(|rest| rest.find(['/', '?', '#'])).map_or(url.len(), |at| after + at);
    url.get(..end).unwrap_or(url).to_ascii_lowercase()
}

/// Takes the state of fetching along with a change of the connection `of`: another source begins anew, with what was
/// fetched from it on the way; where there is none, nothing is fetched.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn follow(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    of: (AccountId, ConnectionId),
    (metadata, good): (Option<&Metadata>, Option<&Good>),
) -> Result<(), FlowError> {
    metadata_source::delete_drift(tx, of.0, of.1).await?;
    match (metadata, good) {
        (None, _) => metadata_source::delete(tx, of.0, of.1).await?,
        (Some(_), None) => metadata_source::insert(tx, of, ctx.now, (None, None)).await?,
        (Some(metadata), Some(good)) => {
            let next_at = refresh::next_at(good, metadata, ctx.now, gateway.rng());
            metadata_source::insert(tx, of, next_at, (Some(ctx.now), good.valid_until)).await?;
        }
    }
    Ok(())
}

impl Metadata {
    /// The keys that must have signed it, or `None` when the way it comes has to do.
    ///
    /// # Errors
    /// When one of the certificates cannot be read.
    pub fn trust(&self) -> Result<Option<Trust>, Sentence> {
        let read = |certificate: &String| {
            let der = base64(certificate.as_bytes()).ok();
            let key = der.and_then(|der| TrustedKey::from_certificate_der(&der).ok());
            key.ok_or_else(|| {
                sentence!("a certificate that cannot be read (base64 of its DER)").at("metadata.signed_by")
            })
        };
        Ok(Trust::from_keys(self.signed_by.iter().map(read).collect::<Result<Vec<_>, _>>()?))
    }

    /// Metadata at `url`, trusted by TLS, or when there are keys, by their signature.
    #[must_use]
    pub fn new(url: &str, signed_by: &[TrustedKey]) -> Self {
        let signed_by = signed_by.iter().map(|key| to_base64(key.der())).collect();
        Self { url: url.trim().to_owned(), signed_by }
    }
}

#[cfg(test)]
#[path = "metadata_tests.rs"]
mod tests;
