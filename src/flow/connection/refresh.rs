//! Keeping a connection's metadata fresh: every so often, when somebody asks, and when a message is signed by a key that
//! is not known.
//!
//! # Invariants
//!
//! * One fetch at a time for each connection, on whatever node: the right to fetch is a lease in the database. What
//!   strangers and jobs bring about is at least [`APART_SECONDS`] after the one before; whoever administers the
//!   connection need not wait.
//! * Fetching happens outside of any transaction. What came of it is decided against the connection as it is then, and
//!   counts only while the lease does.
//! * A message never brings a key. One that would fit but for its key brings a look at the metadata, nothing else.

use std::time::Duration;

use gatepost_saml::Refusal;
use gatepost_saml::binding::Wire;
use gatepost_saml::response;
use serde_json::json;
use tokio::sync::Semaphore;

use super::drift::{self, Proposal};
use super::load::{self, Loaded};
use super::metadata::{self, Good, Problem, Refused};
use super::revision::{FOLLOWED, Version, revise};
use super::settings::Metadata;
use super::unknown_key;
use crate::access::{self, Action};
use crate::base::encoding::hex;
use crate::base::id::{AccountId, ConnectionId};
use crate::base::time::DAY_SECONDS;
use crate::base::{Ctx, Instant, Rng};
use crate::directory::state::{ConnectionState, JobKind};
use crate::flow::job::{self, NewJob, jittered};
use crate::flow::{FlowError, Gateway};
use crate::storage::metadata_source::{self, MetadataSource};
use crate::storage::{Tx, connection};

/// Fetches of one connection that no administrator asks for come at least so long after another.
pub const APART_SECONDS: i64 = 300;
/// Longer than the client lets a fetch take.
const LEASE_SECONDS: i64 = 60;
const HOUR_SECONDS: i64 = 3600;
/// Connections whose turn is seen to at once; the others come with the next look.
const AT_ONCE: i64 = 200;
/// How long a sign-in waits for metadata; a fetch that takes longer is finished all the same.
const PATIENCE: Duration = Duration::from_secs(6);
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Sign-ins that wait for metadata at the same time, of all connections. Those beyond are refused, and are good a moment
/// later: an identity provider whose server is slow must not keep everybody's requests waiting.
const WAITING: usize = 256;

/// The places of those who wait.
#[derive(Debug)]
pub(in crate::flow) struct Waits(Semaphore);

impl Default for Waits {
    fn default() -> Self {
        Self(Semaphore::new(WAITING))
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refreshed {
    /// It is as it was.
    Unchanged,
    /// The connection has this revision now.
    Changed(i64),
    /// It could not be fetched or used; the last good one stays.
    Failed(Problem),
    /// Somebody else is at it.
    Busy,
    /// It was tried a moment ago; not before then.
    TooSoon(Instant),
}

/// Asks for a job for each connection whose metadata is to be fetched now.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn ask_due(gateway: &Gateway, ctx: &Ctx) -> Result<(), FlowError> {
    access::decide(ctx.actor, Action::RefreshMetadata)?;
    let mut tx = gateway.storage().read().await?;
    let due = metadata_source::list_due(&mut tx, ctx.now, AT_ONCE).await?;
    drop(tx);
    if due.is_empty() {
        return Ok(());
    }
    let mut tx = gateway.storage().write().await?;
    for (account, connection, next_at) in due {
        let new = NewJob {
            account: Some(account),
            kind: JobKind::MetadataRefresh,
            // The same turn is taken once, however many nodes see it.
            key: format!("{connection}/{}", next_at.micros()),
            input: json!({ "connection": connection.to_string() }),
            run_at: ctx.now,
        };
        job::ask(&mut tx, ctx, new, gateway.rng()).await?;
    }
    Ok(tx.commit().await?)
}

/// Does one of those jobs. Metadata that cannot be fetched is no failure of the job: the connection knows of it, and has
/// its next turn.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn run_job(gateway: &Gateway, ctx: &Ctx, input: &serde_json::Value) -> Result<(), FlowError> {
    let id = input.get("connection").and_then(serde_json::Value::as_str).and_then(|id| id.parse().ok());
    let id = id.ok_or(FlowError::Internal("a job without its connection"))?;
    let done = match refresh(gateway, ctx, id).await {
        Ok(Refreshed::Busy | Refreshed::TooSoon(_)) => put_off(gateway, ctx, id).await,
        done => done.map(drop),
    };
    match done {
        // Its metadata was given up, or it was, since.
        Err(FlowError::NotFound(_)) => Ok(()),
        done => done,
    }
}

/// Puts off a turn that was not taken: it is still to come, and its job was the one that it has.
async fn put_off(gateway: &Gateway, ctx: &Ctx, id: ConnectionId) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::RefreshMetadata, id)).await?;
    let next_at = ctx.now.plus_seconds(APART_SECONDS);
    metadata_source::update_late(&mut tx, (loaded.account.id, id), (ctx.now, next_at)).await?;
    Ok(tx.commit().await?)
}

/// Fetches the metadata of a connection and follows it.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such connection, or no address to fetch its metadata from;
/// [`FlowError::Invalid`] when an administrator asks while others of the account do.
pub async fn refresh(gateway: &Gateway, ctx: &Ctx, id: ConnectionId) -> Result<Refreshed, FlowError> {
    const NONE: FlowError = FlowError::NotFound("metadata address");
    let lease = hex(&gateway.rng().bytes::<16>());
    let mut tx = gateway.storage().write().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::RefreshMetadata, id)).await?;
    let asked = loaded.settings.metadata.clone().ok_or(NONE)?;
    if loaded.connection.state == ConnectionState::Retired {
        return Err(NONE);
    }
    let of = (loaded.account.id, id);
    let until = ctx.now.plus_seconds(LEASE_SECONDS);
    let is_administrator = access::decide_in(ctx.actor, Action::ManageConnections, of.0).is_ok();
    let _fetching = is_administrator.then(|| gateway.kept().fetches.fetch(of.0)).transpose()?;
    let latest = (!is_administrator).then(|| ctx.now.plus_seconds(-APART_SECONDS));
    if !metadata_source::claim(&mut tx, of, &lease, (ctx.now, until, latest)).await? {
        let source = metadata_source::find(&mut tx, of.0, of.1).await?.ok_or(NONE)?;
        return Ok(refused_turn(&source, ctx.now));
    }
    tx.commit().await?;

    let entity_id = loaded.connection.idp_entity_id.as_str();
    let policy = &loaded.settings.policy_at(ctx.now);
    let fetched = metadata::fetch(gateway, (&asked, policy), (ctx.now, Some(entity_id))).await;
    // Time has passed.
    let ctx = &gateway.ctx(ctx.actor);
    let applied = apply(gateway, ctx, (&loaded, &asked), &lease, fetched).await;
    if applied.is_err() {
        give_back(gateway, ctx, of, &lease).await;
    }
    applied
}

/// Lets administrators fetch at once where nothing came of it, and all others [`APART_SECONDS`] after it began. Where that
/// goes wrong as well, nobody may before the lease has ended.
async fn give_back(gateway: &Gateway, ctx: &Ctx, of: (AccountId, ConnectionId), lease: &str) {
    let given = async {
        let mut tx = gateway.storage().write().await?;
        metadata_source::update_given_back(&mut tx, of, lease).await?;
        tx.commit().await
    };
    if let Err(error) = given.await {
        tracing::warn!(request = %ctx.request, connection = %of.1, %error, "fetching metadata was not given back");
    }
}

/// Whether somebody may begin to fetch; [`metadata_source::claim`] decides.
fn is_free(source: &MetadataSource, now: Instant) -> bool {
    source.leased_until.is_none_or(|until| until <= now)
        && source.began_at.is_none_or(|began| began <= now.plus_seconds(-APART_SECONDS))
}

fn refused_turn(source: &MetadataSource, now: Instant) -> Refreshed {
    if source.leased_until.is_some_and(|until| until > now) {
        return Refreshed::Busy;
    }
    Refreshed::TooSoon(source.began_at.unwrap_or(now).plus_seconds(APART_SECONDS))
}

/// Everything that a fetch comes to, in one transaction.
async fn apply(
    gateway: &Gateway,
    ctx: &Ctx,
    (asked_of, asked): (&Loaded, &Metadata),
    lease: &str,
    fetched: Result<Good, Refused>,
) -> Result<Refreshed, FlowError> {
    let id = asked_of.connection.id;
    let mut tx = gateway.storage().write().await?;
    let loaded = load::any(gateway, &mut tx, id).await?;
    let of = (loaded.account.id, id);
    let is_same = loaded.settings.metadata.as_ref() == Some(asked)
        && loaded.connection.idp_entity_id == asked_of.connection.idp_entity_id
        && loaded.settings.policy == asked_of.settings.policy;
    if !is_same {
        // What was asked is not asked any more: once more, soon. Another address has its own turn; another policy or Entity ID
        // has none, and the job of this one is done.
        if metadata_source::update_given_back(&mut tx, of, lease).await? {
            let next_at = ctx.now.plus_seconds(APART_SECONDS);
            metadata_source::update_late(&mut tx, of, (ctx.now, next_at)).await?;
            tx.commit().await?;
        }
        return Ok(Refreshed::Unchanged);
    }
    let source = metadata_source::find(&mut tx, of.0, of.1).await?;
    let failures = source.as_ref().map_or(0, |source| source.failures);
    let good = match fetched {
        Ok(good) => good,
        Err(refused) => {
            let problem = match refused {
                Refused::Problem(problem) => problem,
                Refused::OtherEntity(other) => {
                    let proposal = Proposal::entity(&other);
                    drift::propose(&mut tx, gateway, ctx, &loaded, &proposal).await?;
                    drift::entity_problem(&loaded.connection.idp_entity_id, &other.reading.entity_id)
                }
            };
            return fail(gateway, ctx, (tx, of), (lease, failures), problem).await;
        }
    };
    let present = Version::present(&mut tx, &loaded).await?;
    let (mut next, waits) = metadata::follow_reading(&present, &good.reading);
    let keys_wait = metadata::ask_before_keys(gateway, &present, &mut next);
    // Before anything is written: a transaction that failed half-way could not tell how it went.
    if let Err(error) = next.check(Some(&present), gateway) {
        let FlowError::Invalid(text) = error else { return Err(error) };
        let problem = Problem { kind: "metadata_unusable".to_owned(), text };
        return fail(gateway, ctx, (tx, of), (lease, failures), problem).await;
    }
    let next_at = next_at(&good, asked, ctx.now, gateway.rng());
    let held = metadata_source::update_good(&mut tx, of, lease, (ctx.now, next_at, good.valid_until)).await?;
    if !held {
        return Ok(Refreshed::Busy);
    }
    let made = revise(&mut tx, gateway, ctx, &loaded, next, (FOLLOWED, None)).await?;
    if waits {
        drift::propose(&mut tx, gateway, ctx, &loaded, &Proposal::addresses(&good)).await?;
    } else if keys_wait {
        drift::propose(&mut tx, gateway, ctx, &loaded, &Proposal::keys(&good)).await?;
    } else {
        metadata_source::delete_drift(&mut tx, of.0, of.1).await?;
    }
    tx.commit().await?;
    metrics::counter!("gatepost_metadata_total", "outcome" => "good").increment(1);
    Ok(made.map_or(Refreshed::Unchanged, Refreshed::Changed))
}

async fn fail(
    gateway: &Gateway,
    ctx: &Ctx,
    (mut tx, of): (Tx, (AccountId, ConnectionId)),
    (lease, failures): (&str, i64),
    problem: Problem,
) -> Result<Refreshed, FlowError> {
    let next_at = ctx.now.plus_seconds(jittered(backoff_seconds(failures), gateway.rng()));
    if !metadata_source::update_bad(&mut tx, of, lease, next_at, &problem.stored()).await? {
        return Ok(Refreshed::Busy);
    }
    tx.commit().await?;
    tracing::warn!(
        request = %ctx.request, connection = %of.1, problem = problem.kind,
        "metadata could not be used; the last good one stays"
    );
    metrics::counter!("gatepost_metadata_total", "outcome" => "failed").increment(1);
    Ok(Refreshed::Failed(problem))
}

/// When good metadata is fetched again.
pub(super) fn next_at(good: &Good, metadata: &Metadata, now: Instant, rng: &Rng) -> Instant {
    now.plus_seconds(jittered(interval_seconds(good, metadata, now), rng))
}

/// In about how long it is fetched again: a day, sooner if it asks for that, an hour at least; half-way to its end, where that
/// leaves an hour.
fn interval_seconds(good: &Good, asked: &Metadata, now: Instant) -> i64 {
    let wished = good.cache_seconds.unwrap_or(DAY_SECONDS);
    let left = good.valid_until.filter(|_| !asked.signed_by.is_empty()).map(|end| end.seconds_since(now) / 2);
    wished.min(left.unwrap_or(DAY_SECONDS)).clamp(HOUR_SECONDS, DAY_SECONDS)
}

/// About how long to wait after so many failures before this one: from ten minutes to a day.
fn backoff_seconds(failures: i64) -> i64 {
    let doublings = u32::try_from(failures).unwrap_or(0).min(10);
    (2 * APART_SECONDS).saturating_mul(1 << doublings).min(DAY_SECONDS)
}

/// Whether a message that was refused should be judged once more, since what the connection trusts has changed: after a
/// look at the metadata, where the message is one that such a look can help.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn helps_refused(
    gateway: &Gateway,
    ctx: &Ctx,
    (loaded, settings): (&Loaded, &response::Settings),
    (wire, refusal): (&Wire<'_>, Refusal),
) -> Result<bool, FlowError> {
    if !unknown_key::is_about_one(refusal) || loaded.settings.metadata.is_none() {
        return Ok(false);
    }
    if !response::would_hold(wire, settings, &unknown_key::supposed(ctx.now)) {
        return Ok(false);
    }
    let (id, known) = (loaded.connection.id, loaded.connection.revision);
    // Anybody can send such messages: looking costs no turn at writing.
    let mut tx = gateway.storage().read().await?;
    let source = metadata_source::find(&mut tx, loaded.account.id, id).await?;
    drop(tx);
    let Some(source) = source else { return Ok(false) };
    let place = gateway.kept().waits.0.try_acquire();
    let refreshed = if is_free(&source, ctx.now) {
        // A task of its own: it is finished even if this browser gives up.
        let task = tokio::spawn({
            let (gateway, ctx) = (gateway.clone(), ctx.clone());
            async move { refresh(&gateway, &ctx, id).await }
        });
        if place.is_err() {
            return Ok(false);
        }
        match tokio::time::timeout(PATIENCE, task).await {
            Ok(refreshed) => {
                refreshed.map_err(|_| FlowError::Internal("fetching metadata came to no end"))??
            }
            Err(_) => return Ok(false),
        }
    } else {
        refused_turn(&source, ctx.now)
    };
    if refreshed == Refreshed::Busy {
        if place.is_err() {
            return Ok(false);
        }
        wait_for_other(gateway, loaded).await?;
    }
    let mut tx = gateway.storage().read().await?;
    let present = connection::find(&mut tx, loaded.account.id, id).await?;
    let has_changed = present.is_none_or(|present| present.revision != known);
    if has_changed {
        // Another node may have been the one that fetched.
        gateway.kept().connections.forget(id);
    }
    Ok(has_changed)
}

/// Waits a little while somebody else fetches.
async fn wait_for_other(gateway: &Gateway, loaded: &Loaded) -> Result<(), FlowError> {
    let looks = PATIENCE.as_millis() / LOOK_EVERY.as_millis();
    for _ in 0..looks {
        tokio::time::sleep(LOOK_EVERY).await;
        let mut tx = gateway.storage().read().await?;
        let source = metadata_source::find(&mut tx, loaded.account.id, loaded.connection.id).await?;
        if source.is_none_or(|source| source.leased_until.is_none_or(|until| until <= gateway.clock().now()))
        {
            break;
        }
    }
    Ok(())
}

/// Whether the connection trusts nobody any more: its metadata counts by its signature, and the last good copy has
/// ended.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn is_stopped(gateway: &Gateway, ctx: &Ctx, loaded: &Loaded) -> Result<bool, FlowError> {
    let is_signed = loaded.settings.metadata.as_ref().is_some_and(|metadata| !metadata.signed_by.is_empty());
    if !is_signed {
        return Ok(false);
    }
    let mut tx = gateway.storage().read().await?;
    let source = metadata_source::find(&mut tx, loaded.account.id, loaded.connection.id).await?;
    let skew = loaded.settings.policy.clock_skew_seconds();
    // Nothing good was ever fetched: nobody is trusted yet.
    let end = source.and_then(|source| source.valid_until);
    Ok(end.is_none_or(|end| ctx.now >= end.plus_seconds(skew)))
}

#[cfg(test)]
mod tests {
    use super::super::metadata::Reading;
    use super::*;

    #[test]
    fn the_next_turn_comes_in_time() {
        let now = Instant::from_seconds(1_772_445_630);
        let good = |cache_seconds, valid_for: Option<i64>| Good {
            reading: Reading {
                entity_id: String::new(),
                sso_redirect_url: None,
                sso_post_url: None,
                keys: Vec::new(),
                wants_signed_requests: false,
            },
            valid_until: valid_for.map(|seconds| now.plus_seconds(seconds)),
            cache_seconds,
            notes: Vec::new(),
        };
        let tls = Metadata { url: String::new(), signed_by: Vec::new() };
        let signed = Metadata { signed_by: vec![String::new()], ..tls.clone() };
        for (good, metadata, wanted) in [
            (good(None, None), &tls, DAY_SECONDS),
            (good(Some(7200), None), &tls, 7200),
            (good(Some(1), None), &tls, HOUR_SECONDS),
            (good(Some(i64::MAX), None), &tls, DAY_SECONDS),
            (good(None, Some(8 * HOUR_SECONDS)), &tls, DAY_SECONDS),
            (good(None, Some(8 * HOUR_SECONDS)), &signed, 4 * HOUR_SECONDS),
            (good(None, Some(60)), &signed, HOUR_SECONDS),
        ] {
            assert_eq!(interval_seconds(&good, metadata, now), wanted);
        }
        assert_eq!([0, 1, 2, 100].map(backoff_seconds), [600, 1200, 2400, DAY_SECONDS]);
    }
}
