//! Drops rows that have passed their time, so that the database does not grow with what nobody needs.
//!
//! # Design
//!
//! A sweep that deleted a day's rows at once would keep every sign-in waiting. So a transaction deletes a few hundred
//! rows of one kind, found by an index; then whoever waits has a turn, then comes the next kind. What is not done
//! within `LONGEST_SECONDS` is left for the next sweep, a minute later: where hundreds sign in each second, as many rows
//! grow old each second. Messages are trimmed first, since they weigh most and the other kinds can use all the time up.
//!
//! To add a kind of rows: a variant of `Old`, with a storage function that takes a limit and says how many went.

use std::collections::HashMap;

use tokio::time::Instant;

use super::keys::{data, signing};
use super::login::MESSAGE_LIFE_SECONDS;
use super::once::KEPT_SECONDS;
use super::{FlowError, Gateway};
use crate::access::{self, Action};
use crate::base::time::DAY_SECONDS;
use crate::base::{self, Ctx};
use crate::directory::account::KeepMessages;
use crate::directory::state::Outcome;
use crate::storage::attempt::{self, Pile};
use crate::storage::{
    StorageError, Tx, account, attempt_list, attempt_seal, attempt_share, change, console_session, deadline,
    dns_look, job, link, mail, once, passkey, replay, session, user, webhook_delivery, zoom_event,
    zoom_inventory, zoom_run,
};

const SESSION_KEPT_SECONDS: i64 = 30 * DAY_SECONDS;
/// Links that are over are listed for a while, so that one sees what became of them.
const LINK_KEPT_SECONDS: i64 = 90 * DAY_SECONDS;
/// A mail that no server took; the links in it are over long before.
const MAIL_KEPT_SECONDS: i64 = 7 * DAY_SECONDS;
/// What webhooks were told, and what they answered.
const DELIVERY_KEPT_SECONDS: i64 = 30 * DAY_SECONDS;
/// Runs of provisioning into Zoom, with what they did.
const ZOOM_RUN_KEPT_SECONDS: i64 = 90 * DAY_SECONDS;
/// Inventories, which show how it goes over time.
const ZOOM_INVENTORY_KEPT_SECONDS: i64 = 800 * DAY_SECONDS;
/// How many events of Zoom there were, and how many deliveries were refused.
const ZOOM_COUNTS_KEPT_DAYS: i64 = 400;
/// A refused attempt, whoever made it.
pub(super) const REFUSED_KEPT_DAYS: i64 = 30;
const OVERFLOW_KEPT_MINUTES: i64 = REFUSED_KEPT_DAYS * 24 * 60;
/// Messages of one outcome that a connection keeps, where all went well.
const KEPT: i64 = 50;
/// Of refused ones, which tell what has to be mended. Anybody can make them; they must not fill the disk.
const REFUSED_KEPT: i64 = 1000;
/// Connections whose messages are looked through are those that kept one since then; sweeps come more often.
const LOOK_BACK_SECONDS: i64 = 3600;

/// Rows in one transaction.
const BATCH: i64 = 500;
/// Well within the time that a job has.
const LONGEST_SECONDS: i64 = 120;

/// For how long is kept what nothing else decides about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Who signed in when, and how it went.
    pub attempt_days: i64,
    /// What Zoom told.
    pub zoom_event_days: i64,
}

impl Default for Retention {
    fn default() -> Self {
        Self { attempt_days: 400, zoom_event_days: 30 }
    }
}

impl Retention {
    /// Attempts of earlier hours may have gone.
    #[must_use]
    pub const fn oldest_hour(self, now: base::Instant) -> i64 {
        attempt_seal::hour_of(now.plus_seconds(-self.attempt_days.saturating_mul(DAY_SECONDS)))
    }
}

/// Rows that go when their time has passed.
#[derive(Debug, Clone, Copy)]
enum Old {
    Replays,
    Requests,
    Messages,
    Refused,
    /// That the hashes of an hour go is noted before they do.
    Seals,
    Attempts,
    Leaves,
    Counts,
    Shares,
    Overflows,
    Changes,
    Sessions,
    Jobs,
    ConsoleSessions,
    Links,
    Challenges,
    Mails,
    Onces,
    Deliveries,
    /// How often somebody's DNS was asked.
    DnsLooks,
    /// That somebody was told of what has ended since.
    Notices,
    /// What Zoom told.
    ZoomEvents,
    /// How many there were of it.
    ZoomCounts,
    /// How many deliveries were refused.
    ZoomRefusals,
    /// What runs of provisioning into Zoom did.
    ZoomRuns,
    /// What inventories of Zoom came to.
    ZoomInventories,
    /// Of deleted accounts: the one thing about people that is not sealed.
    ExternalIds,
}

impl Old {
    /// Messages go before the attempts that they belong to.
    const ALL: [Self; 27] = [
        Self::Replays,
        Self::Requests,
        Self::Messages,
        Self::Refused,
        Self::Seals,
        Self::Attempts,
        Self::Leaves,
        Self::Counts,
        Self::Shares,
        Self::Overflows,
        Self::Changes,
        Self::Sessions,
        Self::Jobs,
        Self::ConsoleSessions,
        Self::Links,
        Self::Challenges,
        Self::Mails,
        Self::Onces,
        Self::Deliveries,
        Self::DnsLooks,
        Self::Notices,
        Self::ZoomEvents,
        Self::ZoomCounts,
        Self::ZoomRefusals,
        Self::ZoomRuns,
        Self::ZoomInventories,
        Self::ExternalIds,
    ];

    async fn delete(self, gateway: &Gateway, tx: &mut Tx, ctx: &Ctx) -> Result<u64, StorageError> {
        let now = ctx.now;
        let yesterday = now.plus_seconds(-DAY_SECONDS);
        // An hour behind, for clocks that differ: whoever checks at that moment must not miss what has just gone.
        let oldest_hour = gateway.retention().oldest_hour(now) - 1;
        match self {
            // A whole day behind: the clock skew that connections allow is far less.
            Self::Replays => replay::delete_old(tx, now.day() - 1, BATCH).await,
            Self::Requests => replay::delete_old_requests(tx, yesterday, BATCH).await,
            Self::Messages => attempt::delete_old_messages(tx, now, BATCH).await,
            Self::Refused => attempt::delete_old_refused(tx, now.day() - REFUSED_KEPT_DAYS, BATCH).await,
            Self::Attempts => attempt::delete_before(tx, attempt_seal::begin(oldest_hour), BATCH).await,
            Self::Seals => attempt_seal::update_dropped(tx, oldest_hour, now, BATCH).await,
            Self::Leaves => attempt_seal::delete_old_portions(tx, oldest_hour, BATCH).await,
            Self::Counts => {
                let day = attempt_seal::begin(oldest_hour).day();
                attempt_list::delete_old_counts(tx, day, BATCH).await
            }
            Self::Shares => attempt_share::delete_old(tx, now.plus_seconds(-LINK_KEPT_SECONDS), BATCH).await,
            Self::Overflows => {
                let minute = now.seconds().div_euclid(60) - OVERFLOW_KEPT_MINUTES;
                attempt::delete_old_overflows(tx, minute, BATCH).await
            }
            Self::Changes => change::delete_old(tx, yesterday, BATCH).await,
            Self::Sessions => {
                let ended = now.plus_seconds(-SESSION_KEPT_SECONDS);
                let began = ended.plus_seconds(-gateway.lifetimes().absolute_seconds);
                session::delete_old(tx, (began, ended), BATCH).await
            }
            Self::Jobs => job::delete_done(tx, yesterday, BATCH).await,
            Self::DnsLooks => dns_look::delete_old(tx, now.seconds().div_euclid(3600) - 1, BATCH).await,
            Self::Notices => deadline::delete_old_notices(tx, yesterday, BATCH).await,
            Self::ConsoleSessions => {
                console_session::delete_old(tx, now.plus_seconds(-SESSION_KEPT_SECONDS), BATCH).await
            }
            // Sessions go before the links that they came by.
            Self::Links => link::delete_old(tx, now.plus_seconds(-LINK_KEPT_SECONDS), BATCH).await,
            Self::Challenges => passkey::delete_old_challenges(tx, yesterday, BATCH).await,
            Self::Deliveries => {
                webhook_delivery::delete_old(tx, now.plus_seconds(-DELIVERY_KEPT_SECONDS), BATCH).await
            }
            Self::Onces => once::delete_old(tx, now.plus_seconds(-KEPT_SECONDS), BATCH).await,
            Self::Mails => mail::delete_old(tx, now.plus_seconds(-MAIL_KEPT_SECONDS), BATCH).await,
            Self::ZoomEvents => {
                let days = gateway.retention().zoom_event_days;
                zoom_event::delete_old(tx, now.plus_seconds(-days.saturating_mul(DAY_SECONDS)), BATCH).await
            }
            Self::ZoomCounts => {
                zoom_event::delete_old_counts(tx, now.day() - ZOOM_COUNTS_KEPT_DAYS, BATCH).await
            }
            Self::ZoomRefusals => {
                zoom_event::delete_old_refusals(tx, now.day() - ZOOM_COUNTS_KEPT_DAYS, BATCH).await
            }
            // Each takes its steps with it, of which there may be thousands.
            Self::ZoomRuns => zoom_run::delete_old(tx, now.plus_seconds(-ZOOM_RUN_KEPT_SECONDS), 10).await,
            Self::ZoomInventories => {
                let before = now.plus_seconds(-ZOOM_INVENTORY_KEPT_SECONDS);
                zoom_inventory::delete_old(tx, before, BATCH).await
            }
            Self::ExternalIds => user::delete_external_ids(tx, BATCH).await,
        }
    }
}

/// Drops used requests and assertions that could no longer be accepted anyway, messages and refusals beyond their time
/// or number, attempts whose time has passed, sessions that ended long ago, signing keys whose tokens have ended, and what
/// deleted accounts called people.
///
/// # Errors
/// [`FlowError`].
pub async fn sweep(gateway: &Gateway, ctx: &Ctx) -> Result<(), FlowError> {
    access::decide(ctx.actor, Action::Sweep)?;
    let mut tx = gateway.storage().write().await?;
    signing::delete_gone(&mut tx, ctx.now).await?;
    data::activate(gateway, &mut tx, ctx).await?;
    tx.commit().await?;

    trim(gateway, ctx).await?;
    let mut left = Old::ALL.to_vec();
    while !left.is_empty() && has_time(gateway, ctx) {
        let mut more = Vec::new();
        for old in left {
            let mut tx = gateway.storage().write().await?;
            let began = Instant::now();
            let deleted = old.delete(gateway, &mut tx, ctx).await?;
            tx.commit().await?;
            if is_full(deleted) {
                more.push(old);
                rest(began).await;
            }
        }
        left = more;
    }
    Ok(())
}

/// Waits as long as the last step took. Sign-ins are written by the same writer, and come first.
async fn rest(began: Instant) {
    tokio::time::sleep(began.elapsed()).await;
}

/// Drops messages beyond those that each account keeps.
async fn trim(gateway: &Gateway, ctx: &Ctx) -> Result<(), FlowError> {
    let mut tx = gateway.storage().read().await?;
    let unusual: HashMap<_, _> = account::list_unusual(&mut tx).await?.into_iter().collect();
    let after = ctx.now.plus_seconds(MESSAGE_LIFE_SECONDS - LOOK_BACK_SECONDS);
    let mut piles = attempt::list_piles(&mut tx, after).await?;
    for (account, policy) in &unusual {
        // It may have decided to keep less.
        if policy.keep_messages != KeepMessages::All {
            piles.extend(attempt::list_piles_of(&mut tx, *account).await?);
        }
    }
    let mut beyond = Vec::new();
    for pile in piles {
        let keeps = unusual.get(&pile.account_id).map(|policy| policy.keep_messages).unwrap_or_default();
        if let Some(keep) = most(keeps, pile)
            && attempt::is_pile_beyond(&mut tx, pile, keep).await?
        {
            beyond.push((pile, keep));
        }
    }
    drop(tx);
    for (pile, keep) in beyond {
        while has_time(gateway, ctx) {
            let mut tx = gateway.storage().write().await?;
            let began = Instant::now();
            let deleted = attempt::delete_beyond(&mut tx, pile, keep, BATCH).await?;
            tx.commit().await?;
            if !is_full(deleted) {
                break;
            }
            rest(began).await;
        }
    }
    Ok(())
}

/// How many messages of a pile are kept; none where that is not limited.
const fn most(keeps: KeepMessages, pile: Pile) -> Option<i64> {
    match (keeps, pile.outcome) {
        (KeepMessages::All, _) => None,
        (KeepMessages::Refused | KeepMessages::Recent, Outcome::Refused) => Some(REFUSED_KEPT),
        (KeepMessages::Recent, _) => Some(KEPT),
        (KeepMessages::None | KeepMessages::Refused, _) => Some(0),
    }
}

fn is_full(deleted: u64) -> bool {
    deleted >= BATCH.unsigned_abs()
}

fn has_time(gateway: &Gateway, ctx: &Ctx) -> bool {
    gateway.ctx(ctx.actor).now <= ctx.now.plus_seconds(LONGEST_SECONDS)
}
