//! What stands on both sides of a connection beside what it trusts: certificates that wait for a word, its metadata, our
//! own keys.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Done, Found, Json, Query};
use super::certificates::Approved;
use super::paging::{Page, Plain};
use super::problem::Problem;
use super::schema::{ConnectionIdText, Moment, OwnKeyIdText, OwnKeyPurpose, OwnKeyState};
use crate::base::id::{ConnectionId, SpKeyId};
use crate::flow::connection::drift;
use crate::flow::connection::refresh::{self, Refreshed};
use crate::flow::connection::unknown_key::{self, UnknownKeyView};
use crate::flow::keys::sp::{self, SpKeyView, Use};

/// A certificate that sign-ins were signed with and that nobody trusts.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UnknownCertificate {
    /// SHA-256 of its public key, in hex.
    spki_sha256: String,
    /// Whom it names.
    subject: String,
    /// Kind and size of its key.
    key: String,
    not_before: Moment,
    not_after: Moment,
    /// In how many sign-ins it was seen, as far as they were counted.
    seen: i64,
    first_seen_at: Moment,
    last_seen_at: Moment,
    /// Whether somebody said no to it.
    is_declined: bool,
}

/// That somebody has the certificate from the identity provider, and not from the message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The certificate, or its SHA-256 or SHA-1 fingerprint, as the identity provider's console has it.
    #[schemars(length(min = 1))]
    proof: String,
}

/// What came of looking at the metadata.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MetadataRefreshed {
    result: RefreshResult,
    /// The new revision, where something changed.
    revision: Option<i64>,
    /// Why it cannot be used, where it cannot.
    problem: Option<String>,
    /// Not before then, where it was tried a moment ago.
    not_before: Option<Moment>,
    /// Whether it says something that waits for an owner's word, and is not followed until then.
    waits: bool,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefreshResult {
    /// It is as it was.
    Unchanged,
    /// The connection has a new revision.
    Changed,
    /// It could not be fetched or used; the last good one stays.
    Failed,
    /// Somebody else is at it.
    Busy,
    /// It was tried a moment ago.
    TooSoon,
}

/// A key of ours.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SpKey {
    id: OwnKeyIdText,
    purpose: OwnKeyPurpose,
    state: OwnKeyState,
    /// Since when it is in its state.
    state_since: Moment,
    /// SHA-256 of its certificate, in hex; null for one that was imported without.
    certificate_sha256: Option<String>,
    certificate_ends_at: Option<Moment>,
    /// Connections whose last sign-ins were encrypted to it.
    used_by: Vec<KeyUse>,
}

/// Who used a key of ours.
#[derive(Debug, Serialize, JsonSchema)]
pub struct KeyUse {
    connection: ConnectionIdText,
    name: String,
    /// When it last did, among the sign-ins that were looked at.
    at: Moment,
}

/// How to take the next step.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// Puts new keys into use that were published a moment ago: only when the identity provider knows them already.
    #[serde(default)]
    is_hurried: bool,
}

/// What was done.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Rotated {
    /// `published`: new keys stand beside the present ones. `activated`: they are in use.
    step: &'static str,
    keys: Vec<SpKey>,
}

impl From<UnknownKeyView> for UnknownCertificate {
    fn from(view: UnknownKeyView) -> Self {
        Self {
            spki_sha256: view.spki_sha256,
            subject: view.subject,
            key: view.key,
            not_before: Moment(view.not_before),
            not_after: Moment(view.not_after),
            seen: view.seen,
            first_seen_at: Moment(view.first_seen_at),
            last_seen_at: Moment(view.last_seen_at),
            is_declined: view.declined_at.is_some(),
        }
    }
}

fn own(view: SpKeyView, uses: &[Use]) -> SpKey {
    let used_by = uses.iter().filter(|one| one.key == view.id).map(|one| KeyUse {
        connection: ConnectionIdText(one.connection),
        name: one.name.clone(),
        at: Moment(one.at),
    });
    SpKey {
        used_by: used_by.collect(),
        id: OwnKeyIdText(view.id),
        purpose: OwnKeyPurpose(view.purpose),
        state: OwnKeyState(view.state),
        state_since: Moment(view.state_since),
        certificate_sha256: view.certificate_sha256,
        certificate_ends_at: view.certificate_ends_at.map(Moment),
    }
}

/// Certificates that nobody trusts, the last seen first.
pub(super) async fn unknown(
    call: Call,
    Query(filter): Query<Plain>,
) -> Result<Page<UnknownCertificate>, Problem> {
    let window = filter.window()?;
    let id: ConnectionId = call.own("connection").await?;
    let all = unknown_key::list(call.gateway(), &call.ctx, id).await?;
    Ok(window.page_of_all(all, |view| view.spki_sha256.clone(), UnknownCertificate::from))
}

/// Trusts one of them.
pub(super) async fn approve(call: Call, Json(proof): Json<Proof>) -> Result<Found<Approved>, Problem> {
    let id: ConnectionId = call.own("connection").await?;
    let input = (call.part("sha256")?, proof.proof.as_str());
    let revision = unknown_key::approve(call.gateway(), &call.ctx, id, input).await?;
    Ok(Found(Approved { revision }))
}

/// Says no to one of them.
pub(super) async fn decline(call: Call, (): ()) -> Result<Done, Problem> {
    let id: ConnectionId = call.own("connection").await?;
    unknown_key::decline(call.gateway(), &call.ctx, id, call.part("sha256")?).await?;
    Ok(Done)
}

/// Fetches the metadata now.
pub(super) async fn refresh(call: Call, (): ()) -> Result<Found<MetadataRefreshed>, Problem> {
    let id: ConnectionId = call.own("connection").await?;
    let refreshed = refresh::refresh(call.gateway(), &call.ctx, id).await?;
    let none = MetadataRefreshed {
        result: RefreshResult::Unchanged,
        revision: None,
        problem: None,
        not_before: None,
        waits: drift::waits(call.gateway(), &call.ctx, id).await?,
    };
    Ok(Found(match refreshed {
        Refreshed::Unchanged => none,
        Refreshed::Changed(revision) => {
            MetadataRefreshed { result: RefreshResult::Changed, revision: Some(revision), ..none }
        }
        Refreshed::Failed(problem) => {
            MetadataRefreshed { result: RefreshResult::Failed, problem: Some(problem.text.english()), ..none }
        }
        Refreshed::Busy => MetadataRefreshed { result: RefreshResult::Busy, ..none },
        Refreshed::TooSoon(at) => {
            MetadataRefreshed { result: RefreshResult::TooSoon, not_before: Some(Moment(at)), ..none }
        }
    }))
}

/// Our own keys, the oldest first, with who still uses them.
pub(super) async fn own_keys(call: Call, Query(filter): Query<Plain>) -> Result<Page<SpKey>, Problem> {
    let window = filter.window()?;
    let id: ConnectionId = call.own("connection").await?;
    let all = sp::list(call.gateway(), &call.ctx, id).await?;
    let uses = sp::uses(call.gateway(), &call.ctx, id).await?;
    Ok(window.page_of_all(all, |view| view.id.to_string(), |view| own(view, &uses)))
}

/// Publishes new keys of ours, or puts published ones into use.
pub(super) async fn rotate(call: Call, Json(rotation): Json<Rotation>) -> Result<Found<Rotated>, Problem> {
    let id: ConnectionId = call.own("connection").await?;
    let (step, keys) = sp::rotate(call.gateway(), &call.ctx, id, rotation.is_hurried).await?;
    let uses = sp::uses(call.gateway(), &call.ctx, id).await?;
    let keys = keys.into_iter().map(|view| own(view, &uses)).collect();
    Ok(Found(Rotated { step: step.name(), keys }))
}

/// Drops a retired one.
pub(super) async fn remove(call: Call, (): ()) -> Result<Done, Problem> {
    let id: ConnectionId = call.own("connection").await?;
    let key: SpKeyId = call.named("own_key")?;
    sp::remove(call.gateway(), &call.ctx, id, key).await?;
    Ok(Done)
}
