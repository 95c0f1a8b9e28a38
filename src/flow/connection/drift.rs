//! What an identity provider's metadata says and no connection follows by itself: another entity ID, sign-on addresses on
//! another host, and, where a connection asks before, new keys. Whoever could change them could take every sign-in away, so
//! an owner looks first.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::load::{self, Loaded};
use super::metadata::{Good, Problem, Reading, follow_reading};
use super::revision::{Key, Version, revise};
use super::visited::{self, Theirs};
use crate::access::Action;
use crate::base::encoding::hex;
use crate::base::id::{AccountId, ConnectionId};
use crate::base::sentence::sentence;
use crate::base::time::DAY_SECONDS;
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::state::ConnectionState;
use crate::flow::event::tell;
use crate::flow::{FlowError, Gateway, grant, notice};
use crate::storage::metadata_source::{self, Drift};
use crate::storage::{StorageError, Tx, deadline};

/// So long owners are not told once more of what still waits.
const REMEMBERED_DAYS: i64 = 90;

/// What waits, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    kind: Kind,
    reading: Reading,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::flow) enum Kind {
    /// The metadata is about another entity.
    EntityId,
    /// Sign-on addresses are on another host.
    SsoHost,
    /// Keys are new.
    Keys,
}

/// What waits for an owner.
#[derive(Debug, Clone)]
pub struct DriftView {
    /// What names just this, and is given to approve it.
    pub proposal: String,
    /// Of which connection.
    pub connection: ConnectionId,
    /// The connection's name.
    pub name: String,
    /// `entity_id`, `sso_host` or `keys`.
    pub kind: &'static str,
    /// What is: entity ID and sign-on addresses; and certificates, where it is about them.
    pub present: Vec<String>,
    /// What would be.
    pub proposed: Vec<String>,
    /// Since when.
    pub found_at: Instant,
}

impl Proposal {
    /// Another entity.
    #[must_use]
    pub fn entity(good: &Good) -> Self {
        Self { kind: Kind::EntityId, reading: good.reading.clone() }
    }

    /// Other hosts.
    #[must_use]
    pub fn addresses(good: &Good) -> Self {
        Self { kind: Kind::SsoHost, reading: good.reading.clone() }
    }

    /// New keys.
    #[must_use]
    pub fn keys(good: &Good) -> Self {
        Self { kind: Kind::Keys, reading: good.reading.clone() }
    }

    const fn name(&self) -> &'static str {
        match self.kind {
            Kind::EntityId => "entity_id",
            Kind::SsoHost => "sso_host",
            Kind::Keys => "keys",
        }
    }

    fn read(stored: &str) -> Result<Self, StorageError> {
        serde_json::from_str(stored).map_err(|_| StorageError::Corrupt("proposal"))
    }

    /// Names a proposal by everything that is in it: half of a SHA-256 of what is stored.
    fn name_of(stored: &str) -> String {
        let hash = openssl::sha::sha256(stored.as_bytes());
        hex(hash.get(..16).unwrap_or(&hash))
    }
}

/// Why metadata about another entity is not used.
#[must_use]
pub fn entity_problem(wanted: &str, found: &str) -> Problem {
    Problem {
        kind: "metadata_entity_mismatch".to_owned(),
        text: sentence!(
            "the metadata is about \"{found}\" and not about \"{wanted}\". If the identity provider has changed its Entity \
             ID, look at the change and approve it",
            found,
            wanted
        ),
    }
}

/// Puts a proposal before the owner; the same one a second time is nothing new. Of a connection that people sign in by, the
/// owners are told by mail: nobody may be looking, and the first word would else be that nobody gets in.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn propose(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    loaded: &Loaded,
    proposal: &Proposal,
) -> Result<(), FlowError> {
    let (account, id) = (loaded.account.id, loaded.connection.id);
    let known = metadata_source::find_drift(tx, account, id).await?;
    let is_it = |known: &Drift| Proposal::read(&known.proposal).is_ok_and(|known| known == *proposal);
    if let Some(known) = known.filter(is_it) {
        if known.declined_at.is_none() {
            // People sign in by it since, perhaps.
            tell_owners(tx, gateway, ctx, loaded, (proposal.kind, known.found_at)).await?;
        }
        return Ok(());
    }
    let stored = serde_json::to_string(proposal).map_err(|_| StorageError::Corrupt("proposal"))?;
    let (account_id, connection_id, found_at) = (account, id, ctx.now);
    let drift = Drift { account_id, connection_id, proposal: stored, found_at, declined_at: None };
    metadata_source::insert_drift(tx, &drift).await?;
    let reading = &proposal.reading;
    let body = json!({
        "kind": proposal.name(), "entity_id": reading.entity_id,
        "sso_redirect_url": reading.sso_redirect_url, "sso_post_url": reading.sso_post_url,
    });
    tell(tx, gateway, ctx, (account, &loaded.keys), ("connection.drift_found", id, &body)).await?;
    tracing::warn!(request = %ctx.request, connection = %id, kind = proposal.name(), "metadata waits for an owner");
    tell_owners(tx, gateway, ctx, loaded, (proposal.kind, found_at)).await
}

/// Tells owners of what waits since then, where people sign in by the connection: once, and of a connection once a day. The
/// mail says where to look and not what is there, and metadata may go back and forth between two, as it does of two servers.
async fn tell_owners(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    loaded: &Loaded,
    (kind, found_at): (Kind, Instant),
) -> Result<(), FlowError> {
    let (account, id) = (loaded.account.id, loaded.connection.id);
    if loaded.connection.state != ConnectionState::Active {
        return Ok(());
    }
    let of_it = format!("metadata_waits/{id}/{}", found_at.micros());
    if deadline::has_notice(tx, account, (&of_it, 0)).await?
        || !notice::once_a_day(tx, account, ctx, &format!("metadata_waits/{id}")).await?
    {
        return Ok(());
    }
    let ends = (ctx.now.plus_seconds(REMEMBERED_DAYS * DAY_SECONDS), ctx.now);
    deadline::insert_notice(tx, account, (&of_it, 0), ends).await?;
    notice::metadata_waits(gateway, tx, ctx, loaded, kind).await
}

/// What waits for the owners of an account, or of it what whoever came by a setup link has to do with.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such account.
pub async fn drifts(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<Vec<DriftView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ReadConnections, slug).await?;
    let theirs = Theirs::of(&mut tx, ctx).await?;
    let waiting = metadata_source::list_drifts(&mut tx, account.id).await?;
    let mut views = Vec::new();
    for drift in waiting.into_iter().filter(|drift| theirs.has(drift.connection_id)) {
        let loaded = load::any(gateway, &mut tx, drift.connection_id).await?;
        if visited::is_closed(ctx, loaded.connection.state) {
            continue;
        }
        let proposal = match Proposal::read(&drift.proposal) {
            Ok(proposal) => proposal,
            // Another version of the program may have written it; the next fetch puts what can be read in its place.
            Err(error) => {
                tracing::warn!(
                    request = %ctx.request, connection = %drift.connection_id, %error,
                    "what waits for an owner cannot be read"
                );
                continue;
            }
        };
        let (settings, reading) = (&loaded.settings, &proposal.reading);
        let texts = |entity_id: &str, redirect: &Option<String>, post: &Option<String>| {
            let urls = [redirect, post].into_iter().flatten().cloned();
            std::iter::once(entity_id.to_owned()).chain(urls).collect::<Vec<_>>()
        };
        let known = Version::present(&mut tx, &loaded).await?;
        // Both lists, so that what differs shows whatever else waits beside it.
        let asks = proposal.kind == Kind::Keys || settings.asks_before_keys;
        let certificates = |keys: &[Key]| {
            let told = |key: &Key| {
                let read = key.read()?;
                let info = read.certificate();
                Ok::<_, StorageError>(format!("{} (SHA-256 {})", info.subject, info.sha256))
            };
            keys.iter().filter(|_| asks).map(told).collect::<Result<Vec<_>, _>>()
        };
        let (of_now, of_then) =
            (certificates(known.keys.as_slice())?, certificates(reading.keys.as_slice())?);
        views.push(DriftView {
            proposal: Proposal::name_of(&drift.proposal),
            connection: drift.connection_id,
            name: loaded.connection.name.clone(),
            kind: proposal.name(),
            present: [
                texts(&loaded.connection.idp_entity_id, &settings.sso_redirect_url, &settings.sso_post_url),
                of_now,
            ]
            .concat(),
            proposed: [texts(&reading.entity_id, &reading.sso_redirect_url, &reading.sso_post_url), of_then]
                .concat(),
            found_at: drift.found_at,
        });
    }
    Ok(views)
}

/// Whether something waits for an owner of a connection, for whoever just had its metadata fetched.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such connection.
pub async fn waits(gateway: &Gateway, ctx: &Ctx, id: ConnectionId) -> Result<bool, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::RefreshMetadata, id)).await?;
    let found = metadata_source::find_drift(&mut tx, loaded.account.id, id).await?;
    Ok(found.is_some_and(|found| found.declined_at.is_none()))
}

/// Has a connection follow what waits, just as it was shown ([`DriftView::proposal`]): its new revision, or `None` when
/// nothing differs. Whoever publishes the metadata could else put something else there between the look and the word.
///
/// # Errors
/// [`FlowError::NotFound`] when nothing waits; [`FlowError::Invalid`] when something else does, or a connection cannot be
/// that.
pub async fn approve(
    gateway: &Gateway,
    ctx: &Ctx,
    id: ConnectionId,
    shown: &str,
) -> Result<Option<i64>, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::ManageConnections, id)).await?;
    let of = (loaded.account.id, id);
    let present = Version::present(&mut tx, &loaded).await?;
    let next = followed(&mut tx, &loaded, (&present, shown)).await?;
    let made = revise(&mut tx, gateway, ctx, &loaded, next, ("connection.drift_approved", None)).await?;
    metadata_source::delete_drift(&mut tx, of.0, of.1).await?;
    // What was refused so far is good from now on.
    metadata_source::update_turn(&mut tx, of, ctx.now).await?;
    tx.commit().await?;
    Ok(made)
}

/// What becomes of a connection that is as `from` says and follows what waits, just as it was shown.
pub(super) async fn followed(
    tx: &mut Tx,
    loaded: &Loaded,
    (from, shown): (&Version, &str),
) -> Result<Version, FlowError> {
    let drift = waiting(tx, (loaded.account.id, loaded.connection.id), shown).await?;
    let Proposal { reading, .. } = Proposal::read(&drift.proposal)?;
    let (mut next, _) = follow_reading(from, &reading);
    next.idp_entity_id = reading.entity_id;
    next.settings.sso_redirect_url = reading.sso_redirect_url;
    next.settings.sso_post_url = reading.sso_post_url;
    Ok(next)
}

/// Has a connection stay as it is, although its metadata says what waits, just as it was shown: the same is not asked again
/// for as long as the metadata says it.
///
/// # Errors
/// Those of [`approve`].
pub async fn decline(gateway: &Gateway, ctx: &Ctx, id: ConnectionId, shown: &str) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::ManageConnections, id)).await?;
    let of = (loaded.account.id, id);
    let drift = waiting(&mut tx, of, shown).await?;
    metadata_source::update_drift_declined(&mut tx, of, ctx.now).await?;
    let proposal = Proposal::read(&drift.proposal)?;
    let body = json!({ "kind": proposal.name(), "entity_id": proposal.reading.entity_id });
    tell(&mut tx, gateway, ctx, (of.0, &loaded.keys), ("connection.drift_declined", id, &body)).await?;
    Ok(tx.commit().await?)
}

/// What waits, if it is what was shown.
async fn waiting(tx: &mut Tx, of: (AccountId, ConnectionId), shown: &str) -> Result<Drift, FlowError> {
    let drift = metadata_source::find_drift(tx, of.0, of.1).await?;
    let drift = drift.filter(|drift| drift.declined_at.is_none());
    let drift = drift.ok_or(FlowError::NotFound("change that waits for this connection"))?;
    if Proposal::name_of(&drift.proposal) != shown {
        return Err(FlowError::Invalid(sentence!(
            "what waits is not what was shown: the metadata has changed again since. Look once more, and approve what you \
             see then"
        )));
    }
    Ok(drift)
}
