//! How the installation stands, for those who run it: what a look costs little to tell. `gatepost check --audit` tells more.

use super::check::Level;
use super::deadline::of_installation;
use super::health::{clock_difference, judge_clock};
use super::{FlowError, Gateway};
use crate::access::{self, Action};
use crate::base::time::DAY_SECONDS;
use crate::base::{Ctx, Instant};
use crate::storage::deadline::{self, Deadline};
use crate::storage::{Tx, job, mail};

/// Ends within so many days are counted.
pub const SOON_DAYS: i64 = 30;

/// How the installation stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// The version of this program.
    pub version: &'static str,
    /// The database, for people.
    pub database: &'static str,
    /// Its settings that durability depends on.
    pub settings: Vec<(&'static str, String)>,
    /// What is wrong with them, a plain sentence each.
    pub problems: Vec<String>,
    /// By how many seconds this machine's clock differs from the database's, where that has one of its own, and how grave
    /// that is.
    pub clock: Option<(i64, Level)>,
    /// Jobs that wait, since when the first could have been done, and jobs that were given up.
    pub jobs: (i64, Option<Instant>, i64),
    /// Mails that wait, and since when the first.
    pub mails: (i64, Option<Instant>),
    /// Whether mail can be sent at all.
    pub sends_mail: bool,
    /// Periodic jobs.
    pub periodic: Vec<PeriodicView>,
    /// What ended within the last [`SOON_DAYS`] and is still in use, and what will end within as many: of all accounts, and
    /// the installation's own.
    pub ends: (i64, i64),
}

/// How it last went with a periodic job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodicView {
    /// Its name.
    pub name: String,
    /// When it ended last.
    pub ended_at: Option<Instant>,
    /// How it went wrong then.
    pub problem: Option<String>,
}

/// How the installation stands.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::Unavailable`].
pub async fn show(gateway: &Gateway, ctx: &Ctx) -> Result<Overview, FlowError> {
    access::decide(ctx.actor, Action::Check)?;
    let durability = gateway.storage().durability().await?;
    let clock = clock_difference(gateway).await?;
    let mut tx = gateway.storage().read().await?;
    let backlog = job::backlog(&mut tx).await?;
    let periodic = job::list_periodic(&mut tx).await?;
    let soon = SOON_DAYS * DAY_SECONDS;
    let ended = (ctx.now.plus_seconds(-soon), ctx.now);
    let ends = (ctx.now, ctx.now.plus_seconds(soon));
    let ours = of_installation(&mut tx, ctx.now).await?;
    Ok(Overview {
        version: env!("CARGO_PKG_VERSION"),
        database: durability.database,
        settings: durability.settings,
        problems: durability.problems,
        clock: clock.map(|seconds| (seconds, judge_clock(seconds))),
        jobs: (backlog.waiting, backlog.first_at, backlog.dead),
        mails: mail::backlog(&mut tx).await?,
        sends_mail: gateway.sends_mail(),
        periodic: periodic
            .into_iter()
            .map(|one| PeriodicView { name: one.name, ended_at: one.ended_at, problem: one.problem })
            .collect(),
        ends: (between(&mut tx, &ours, ended).await?, between(&mut tx, &ours, ends).await?),
    })
}

/// How many ends come between two moments: those noted of accounts, and of `ours`.
async fn between(tx: &mut Tx, ours: &[Deadline], (from, to): (Instant, Instant)) -> Result<i64, FlowError> {
    let ours = ours.iter().filter(|one| one.ends_at > from && one.ends_at <= to).count();
    let ours = i64::try_from(ours).unwrap_or(i64::MAX);
    Ok(deadline::count_between(tx, (from, to)).await?.saturating_add(ours))
}
