//! Work that takes long, runs of provisioning and inventories alike: whose it is, and what follows when it stops.
//!
//! Each is in the hands of one process at a time. It goes on until it ends, waits for somebody's word, or has to wait for
//! Zoom; then it is given back with the moment at which it is to go on.
//!
//! # Invariants
//!
//! * It is somebody's for [`LEASE_SECONDS`], renewed as it goes on; whoever has lost it writes nothing more.
//! * What gets nowhere [`MAX_TRIES`] times is given up, whatever the cause: nothing waits for it without end.
//!
//! To add another kind of such work: `Leased` for its row, and a worker in [`crate::jobs`].

use std::sync::Arc;

use serde_json::json;

use super::client::platform;
use super::entered::capabilities;
use crate::access::{self, Action};
use crate::base::encoding::hex;
use crate::base::id::AccountId;
use crate::base::{Actor, Ctx, Instant, Rng};
use crate::directory::account::Slug;
use crate::directory::state::ZoomKind;
use crate::flow::{FlowError, Gateway, grant};
use crate::storage::seal::AccountKeys;
use crate::storage::{StorageError, Tx, zoom_grant, zoom_link};
use crate::zoom::api::error::ApiError;
use crate::zoom::scope::Capability;

/// How long work may go on without a word.
pub const LEASE_SECONDS: i64 = 300;
/// How often work that gets nowhere is begun before it is given up.
pub const MAX_TRIES: i64 = 8;
/// After so long, work that can be given back at any moment is, so that others come to their turn: an account of a hundred
/// thousand takes hours.
pub const TURN_SECONDS: i64 = 300;
/// Work is kept for longer at most so often.
const RENEW_SECONDS: i64 = 20;
const FIRST_WAIT_SECONDS: i64 = 30;
const LONGEST_WAIT_SECONDS: i64 = 3600;

/// An account that something is done in.
pub(super) struct Home {
    pub(super) account: AccountId,
    pub(super) keys: Arc<AccountKeys>,
}

impl Home {
    /// Which it is, beside its keys.
    pub(super) fn with_keys(&self) -> (AccountId, &AccountKeys) {
        (self.account, &self.keys)
    }

    /// The account, with its keys.
    pub(super) async fn of(tx: &mut Tx, gateway: &Gateway, account: AccountId) -> Result<Self, FlowError> {
        Ok(Self { account, keys: gateway.storage().keys(tx, account).await? })
    }
}

/// The account, if the caller may do `action` in it.
pub(super) async fn home(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    (action, slug): (Action, &Slug),
) -> Result<Home, FlowError> {
    let (_, granted) = grant::account(tx, ctx, action, slug).await?;
    Home::of(tx, gateway, granted.account()).await
}

/// The present moment: while one works, time passes.
pub(super) fn now(gateway: &Gateway) -> Instant {
    gateway.ctx(Actor::Job("zoom")).now
}

/// Which app an account's link is by, at which Zoom, and of which Zoom account, as a digest: what was read by one link means
/// nothing to another. A secret that is replaced, or another use of the link, makes no other of it and interrupts nothing.
pub(super) async fn link_of(
    tx: &mut Tx,
    gateway: &Gateway,
    home: &Home,
) -> Result<Option<String>, FlowError> {
    let Some(link) = zoom_link::find(tx, home.account, &home.keys).await? else { return Ok(None) };
    let platform = match link.kind {
        ZoomKind::Platform => platform(gateway, tx).await?,
        ZoomKind::ServerToServer | ZoomKind::General => None,
    };
    let (place, app) = match &platform {
        Some(platform) => (&platform.place, Some(&platform.app)),
        None => (&link.place, link.app.as_ref()),
    };
    let grant = zoom_grant::find(tx, home.account, &home.keys).await?;
    // While nobody knows whose an authorisation is, each is taken for another's.
    let whose = grant.and_then(|grant| grant.zoom_account);
    let whose = whose.or_else(|| link.granted_at.map(|at| at.to_string()));
    let identity = json!([
        link.id.to_string(),
        link.kind.name(),
        place.cloud.name(),
        place.bases,
        app.map(|app| (&app.client_id, &app.account_id)),
        whose,
    ]);
    Ok(Some(hex(&openssl::sha::sha256(identity.to_string().as_bytes()))))
}

/// Whether the account has a link, and that is used for something else alone: what nobody has ticked is not done. Where
/// there is no link, whoever works finds that by themselves.
pub(super) async fn is_left_out(tx: &mut Tx, home: &Home, wanted: Capability) -> Result<bool, FlowError> {
    let link = zoom_link::find(tx, home.account, &home.keys).await?;
    Ok(link.is_some_and(|link| !capabilities(&link).contains(&wanted)))
}

/// A row of work.
pub(super) trait Leased: Sized + Sync {
    /// Whether there is any whose turn it is, of one account or of whichever.
    fn is_any_due(
        tx: &mut Tx,
        only: Option<AccountId>,
        now: Instant,
    ) -> impl Future<Output = Result<bool, StorageError>> + Send;

    /// Takes the one whose turn it is now, until another moment.
    fn claim(
        tx: &mut Tx,
        only: Option<AccountId>,
        lease: &str,
        times: (Instant, Instant),
    ) -> impl Future<Output = Result<Option<(AccountId, Self)>, StorageError>> + Send;

    /// Keeps it until another moment; whether it was still held under that lease.
    fn renew(
        &self,
        tx: &mut Tx,
        account: AccountId,
        held: (&str, Instant),
    ) -> impl Future<Output = Result<bool, StorageError>> + Send;

    /// How often it was begun, this time too, without getting anywhere.
    fn tries(&self) -> i64;

    /// Gives it back: it goes on later.
    fn wait(
        gateway: &Gateway,
        held: (&Home, &mut Claimed<Self>),
        later: Later,
    ) -> impl Future<Output = Result<(), Stop>> + Send;

    /// Ends it before it is done, for what has a stable name.
    fn fail(
        gateway: &Gateway,
        ctx: &Ctx,
        held: (&Home, &mut Claimed<Self>),
        problem: &'static str,
    ) -> impl Future<Output = Result<(), Stop>> + Send;
}

/// Work that is ours for now.
#[derive(Debug)]
pub struct Claimed<W> {
    pub(super) account: AccountId,
    pub(super) row: W,
    pub(super) lease: String,
    /// The link when it was taken: whatever client is had after that is of this one or of a later one.
    pub(super) link: Option<String>,
    /// Whether something was done since it was taken.
    pub(super) has_moved: bool,
    renewed_at: Instant,
    taken_at: Instant,
}

impl<W> Claimed<W> {
    /// Whose it is.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// Whether others should have their turn.
    pub(super) fn is_over(&self, gateway: &Gateway) -> bool {
        now(gateway) >= self.taken_at.plus_seconds(TURN_SECONDS)
    }
}

#[expect(
    private_bounds,
    reason = "what is leased is of this room; whoever has it taken hands it back as it is"
)]
impl<W: Leased> Claimed<W> {
    /// Whether it got nowhere too often, for whatever cause.
    pub(super) fn is_given_up(&self) -> bool {
        self.row.tries() > MAX_TRIES
    }

    /// Keeps it for longer, when it is time to.
    pub(super) async fn renew(&mut self, gateway: &Gateway) -> Result<(), Stop> {
        if gateway.is_ending() {
            return Err(Stop::Ending);
        }
        if now(gateway) < self.renewed_at.plus_seconds(RENEW_SECONDS) {
            return Ok(());
        }
        let mut tx = gateway.storage().write().await?;
        self.renew_in(gateway, &mut tx).await?;
        Ok(tx.commit().await?)
    }

    /// The same inside of a transaction that writes what only the one who has it may.
    pub(super) async fn renew_in(&mut self, gateway: &Gateway, tx: &mut Tx) -> Result<(), Stop> {
        let now = now(gateway);
        let held = (self.lease.as_str(), now.plus_seconds(LEASE_SECONDS));
        if !self.row.renew(tx, self.account, held).await? {
            return Err(Stop::Lost);
        }
        self.renewed_at = now;
        Ok(())
    }

    /// What follows when it stops.
    fn next(&self, stop: Stop, (now, rng): (Instant, &Rng)) -> Result<Next, FlowError> {
        // It is told with the step that failed; where none did, here alone.
        if let Stop::Zoom(error) = &stop
            && let Some(tracking) = error.tracking()
        {
            tracing::warn!(problem = error.kind(), tracking, "Zoom could not do what it was asked for");
        }
        let is_limit = matches!(&stop, Stop::Zoom(ApiError::Limited { .. }));
        // Who is told to come back, or gets on, is not at the end of anything.
        let tries = if self.has_moved || is_limit { 1 } else { self.row.tries() };
        Ok(match stop {
            Stop::Lost => Next::Nothing,
            // What the database cannot do now stays somebody's until the lease ends; then it is tried again.
            Stop::Flow(error) => return Err(error),
            Stop::Ending | Stop::Turn => Next::Wait(Later { at: now, problem: None, tries }),
            Stop::Zoom(error) if error.passes() && tries <= MAX_TRIES => {
                let until = match &error {
                    ApiError::Limited { until, .. } => *until,
                    _ => None,
                };
                let at = until.unwrap_or_else(|| now.plus_seconds(wait_seconds(tries, rng)));
                Next::Wait(Later { at, problem: Some(error.kind()), tries })
            }
            Stop::Zoom(error) => Next::End(error.kind()),
            Stop::Senseless(problem) => Next::End(problem),
        })
    }
}

fn wait_seconds(tries: i64, rng: &Rng) -> i64 {
    let doublings = u32::try_from(tries - 1).unwrap_or(0).min(20);
    let wait = FIRST_WAIT_SECONDS.saturating_mul(1 << doublings).min(LONGEST_WAIT_SECONDS);
    crate::flow::job::jittered(wait, rng)
}

/// Takes the work whose turn it is, of one account or of whichever.
pub(super) async fn claim<W: Leased>(
    gateway: &Gateway,
    ctx: &Ctx,
    only: Option<AccountId>,
) -> Result<Option<Claimed<W>>, FlowError> {
    access::decide(ctx.actor, Action::RunZoom)?;
    // Looking costs no turn at writing.
    let mut tx = gateway.storage().read().await?;
    if !W::is_any_due(&mut tx, only, ctx.now).await? {
        return Ok(None);
    }
    drop(tx);
    if crate::flow::job::is_clock_wrong(gateway).await? {
        return Ok(None);
    }
    let lease = hex(&gateway.rng().bytes::<16>());
    let mut tx = gateway.storage().write().await?;
    let times = (ctx.now, ctx.now.plus_seconds(LEASE_SECONDS));
    let Some((account, row)) = W::claim(&mut tx, only, &lease, times).await? else { return Ok(None) };
    tx.commit().await?;
    // What is given up needs no link; what cannot be read keeps only its own work waiting.
    let link = if row.tries() > MAX_TRIES {
        None
    } else {
        let mut tx = gateway.storage().read().await?;
        let home = Home::of(&mut tx, gateway, account).await?;
        link_of(&mut tx, gateway, &home).await?
    };
    let (renewed_at, taken_at) = (ctx.now, ctx.now);
    Ok(Some(Claimed { account, row, lease, link, has_moved: false, renewed_at, taken_at }))
}

/// Gives work back that cannot go on here and now.
pub(super) async fn give_back<W: Leased>(
    gateway: &Gateway,
    ctx: &Ctx,
    (home, mut claimed): (&Home, Claimed<W>),
    stop: Stop,
) -> Result<(), FlowError> {
    let written = match claimed.next(stop, (now(gateway), gateway.rng()))? {
        Next::Nothing => Ok(()),
        Next::Wait(later) => W::wait(gateway, (home, &mut claimed), later).await,
        Next::End(problem) => W::fail(gateway, ctx, (home, &mut claimed), problem).await,
    };
    match written {
        Err(Stop::Flow(error)) => Err(error),
        // It is another's, or was ended meanwhile.
        _ => Ok(()),
    }
}

/// When and how work goes on.
#[derive(Debug)]
pub(super) struct Later {
    /// Not before.
    pub(super) at: Instant,
    /// Why not now, by a stable name; none when nothing is wrong.
    pub(super) problem: Option<&'static str>,
    /// How often it was begun without getting anywhere.
    pub(super) tries: i64,
}

/// What follows when work stops.
enum Next {
    /// It is another's.
    Nothing,
    /// It goes on.
    Wait(Later),
    /// It has failed, for what has this stable name.
    End(&'static str),
}

/// Why work on something does not go on here and now.
#[derive(Debug)]
pub(super) enum Stop {
    /// Another node has it.
    Lost,
    /// This process ends; another goes on.
    Ending,
    /// Others have their turn first.
    Turn,
    /// Zoom.
    Zoom(ApiError),
    /// It makes no sense any more, by a stable name.
    Senseless(&'static str),
    /// Ours.
    Flow(FlowError),
}

impl From<FlowError> for Stop {
    fn from(error: FlowError) -> Self {
        Self::Flow(error)
    }
}

impl From<StorageError> for Stop {
    fn from(error: StorageError) -> Self {
        Self::Flow(error.into())
    }
}

impl From<ApiError> for Stop {
    fn from(error: ApiError) -> Self {
        Self::Zoom(error)
    }
}
