//! How many tries to sign in ended how, by the day (UTC).
//!
//! # Design
//!
//! A counter that every sign-in adds to would have all of them wait for one another. So days are added up when an hour is
//! sealed ([`crate::flow::attempt_seal`]), once and in that transaction; what was tried since the last sealed hour, an
//! hour or two, is counted here by an index alone, up to [`COUNTED`] a day and connection. Where nothing was sealed yet,
//! that is all of it.

use std::collections::BTreeMap;

use super::{Action, Ctx, FlowError, Gateway, Instant, grant};
use crate::base::id::{AccountId, AttemptId, ConnectionId};
use crate::base::time::DAY_SECONDS;
use crate::directory::account::Slug;
use crate::directory::state::Outcome;
use crate::storage::attempt_list::{self, Count};
use crate::storage::attempt_seal::begin;
use crate::storage::{StorageError, Tx};

/// So many of what was not counted yet are counted, by a connection on a day.
pub const COUNTED: i64 = 20_000;
/// So many days at the most.
pub const MAX_DAYS: i64 = 31;
const DAY_HOURS: i64 = 24;
const DAY_MINUTES: i64 = 1440;

/// How many tries ended how, by the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// The days, the oldest first, none left out.
    pub days: Vec<Day>,
    /// Whether there were more than are counted.
    pub has_more: bool,
}

/// A day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Day {
    /// When it begins, in seconds since 1970.
    pub begins_at: i64,
    /// Signed in.
    pub accepted: i64,
    /// Refused, by reason.
    pub refused: BTreeMap<String, i64>,
    /// Refused, and not stored one by one.
    pub unstored: i64,
    /// Begun anew.
    pub restarted: i64,
    /// The same answer once more.
    pub repeated: i64,
    /// Tests that went well.
    pub tested: i64,
}

impl Day {
    /// All that were refused.
    #[must_use]
    pub fn all_refused(&self) -> i64 {
        self.refused.values().sum::<i64>() + self.unstored
    }

    fn add(&mut self, outcome: Outcome, code: &str, attempts: i64) {
        match outcome {
            Outcome::Accepted => self.accepted += attempts,
            Outcome::Refused => *self.refused.entry(code.to_owned()).or_default() += attempts,
            Outcome::Restarted => self.restarted += attempts,
            Outcome::Repeated => self.repeated += attempts,
            Outcome::Tested => self.tested += attempts,
        }
    }
}

/// The chart of the last `days` days of an account, or of one of its connections.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such account.
pub async fn chart(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, one): (&Slug, Option<ConnectionId>),
    days: i64,
) -> Result<Chart, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ReadAttempts, account).await?;
    let until = ctx.now.day() + 1;
    let since = until - days.clamp(1, MAX_DAYS);
    let mut by_day: BTreeMap<i64, Day> =
        (since..until).map(|day| (day, Day { begins_at: day * DAY_SECONDS, ..Day::default() })).collect();
    let mut add = |count: &Count| {
        if let Some(day) = by_day.get_mut(&count.day) {
            day.add(count.outcome, &count.code, count.attempts);
        }
    };
    for (connection, count) in attempt_list::list_counts(&mut tx, account.id, (since, until)).await? {
        if one.is_none_or(|one| one == connection) {
            add(&count);
        }
    }
    let live_since = (attempt_list::last_sealed(&mut tx, account.id).await? + 1).max(since * DAY_HOURS);
    let mut has_more = false;
    let live = [begin(live_since), Instant::from_seconds(until * DAY_SECONDS)].map(AttemptId::first_of);
    // Of many connections, most were not tried in the last hours.
    for connection in attempt_list::list_tried(&mut tx, account.id, live.into()).await? {
        if one.is_some_and(|one| one != connection) {
            continue;
        }
        let by = (account.id, connection);
        for day in live_since.div_euclid(DAY_HOURS)..until {
            let from = begin(live_since.max(day * DAY_HOURS));
            let (counts, is_capped) = count(&mut tx, by, (from, day)).await?;
            counts.iter().for_each(&mut add);
            has_more |= is_capped;
        }
    }
    let minutes = (since * DAY_MINUTES, until * DAY_MINUTES);
    for (connection, day, refused) in attempt_list::list_overflows(&mut tx, account.id, minutes).await? {
        if one.is_none_or(|one| one == connection)
            && let Some(day) = by_day.get_mut(&day)
        {
            day.unstored += refused;
        }
    }
    Ok(Chart { days: by_day.into_values().collect(), has_more })
}

/// What was tried on `day` by a connection from `from` on, counted now; and whether that was too much to count.
async fn count(
    tx: &mut Tx,
    by: (AccountId, ConnectionId),
    (from, day): (Instant, i64),
) -> Result<(Vec<Count>, bool), StorageError> {
    let end = Instant::from_seconds((day + 1) * DAY_SECONDS);
    let between = (AttemptId::first_of(from), AttemptId::first_of(end));
    let (counts, all) = attempt_list::counts(tx, by, between, (day, COUNTED)).await?;
    Ok((counts, all >= COUNTED))
}
