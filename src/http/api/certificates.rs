//! What a connection trusts, and changes of its identity provider that wait for somebody's word.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Done, Found, IfMatch, Json, Query, Versioned};
use super::connections::{self, Certificate, Changed};
use super::paging::{Page, Plain};
use super::problem::Problem;
use super::schema::{ConnectionIdText, Moment};
use crate::base::id::ConnectionId;
use crate::flow::connection::drift::{self, DriftView};
use crate::flow::connection::show;
use crate::flow::connection::update::Update;

/// A certificate to trust beside those that are trusted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCertificate {
    /// As PEM or base64.
    #[schemars(length(min = 1))]
    certificate: String,
}

/// What an identity provider's metadata says and no connection follows by itself.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Proposal {
    /// What names just this change.
    id: String,
    connection: ConnectionIdText,
    /// `entity_id`, `sso_host` or `keys`.
    kind: &'static str,
    /// What is: entity ID and sign-on addresses; and certificates, where it is about them.
    present: Vec<String>,
    /// What would be.
    proposed: Vec<String>,
    found_at: Moment,
}

/// What approving a change came to.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Approved {
    /// The new revision; null when nothing differs.
    pub(super) revision: Option<i64>,
}

impl From<DriftView> for Proposal {
    fn from(view: DriftView) -> Self {
        let DriftView { proposal, connection, kind, present, proposed, found_at, .. } = view;
        Self {
            id: proposal,
            connection: ConnectionIdText(connection),
            kind,
            present,
            proposed,
            found_at: Moment(found_at),
        }
    }
}

/// What it trusts.
pub(super) async fn list(call: Call, Query(filter): Query<Plain>) -> Result<Page<Certificate>, Problem> {
    let window = filter.window()?;
    let id: ConnectionId = call.own("connection").await?;
    let detail = show::show(call.gateway(), &call.ctx, id).await?;
    Ok(window.page_of_all(detail.keys, |key| key.spki_sha256.clone(), Certificate::from))
}

/// Trusts one more.
pub(super) async fn add(
    call: Call,
    (if_match, Json(new)): (IfMatch, Json<NewCertificate>),
) -> Result<Versioned<Changed>, Problem> {
    let input = Update { add_certificates: vec![new.certificate.into_bytes()], ..Update::default() };
    let added = connections::change(&call, &if_match, input).await;
    added.map_err(|problem| problem.moved("/add_certificates", "/certificate"))
}

/// Trusts one no more.
pub(super) async fn remove(call: Call, if_match: IfMatch) -> Result<Versioned<Changed>, Problem> {
    let input = Update { remove_keys: vec![call.part("sha256")?.to_owned()], ..Update::default() };
    connections::change(&call, &if_match, input).await
}

/// Changes that wait.
pub(super) async fn proposals(call: Call, Query(filter): Query<Plain>) -> Result<Page<Proposal>, Problem> {
    let window = filter.window()?;
    let all = drift::drifts(call.gateway(), &call.ctx, call.account()?).await?;
    Ok(window.page_of_all(all, |view| view.proposal.clone(), Proposal::from))
}

/// Follows one, just as it was shown.
pub(super) async fn approve(call: Call, (): ()) -> Result<Found<Approved>, Problem> {
    let id: ConnectionId = call.own("connection").await?;
    let revision = drift::approve(call.gateway(), &call.ctx, id, call.part("proposal")?).await?;
    Ok(Found(Approved { revision }))
}

/// Has a connection stay as it is, although its metadata says something else.
pub(super) async fn decline(call: Call, (): ()) -> Result<Done, Problem> {
    let id: ConnectionId = call.own("connection").await?;
    drift::decline(call.gateway(), &call.ctx, id, call.part("proposal")?).await?;
    Ok(Done)
}
