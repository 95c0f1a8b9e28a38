//! Runs of provisioning into Zoom. Their steps are [`super::zoom_step`].

use super::row::{Columns, Row};
use super::sql::{Sql, query};
use super::{StorageError, Tx};
use crate::base::Instant;
use crate::base::id::{AccountId, ZoomRunId};
use crate::directory::state::{ZoomRunKind, ZoomRunState};

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: ZoomRunId,
    /// What it was asked for.
    pub kind: ZoomRunKind,
    /// Its state.
    pub state: ZoomRunState,
    /// The settings that it was planned by.
    pub settings_version: i64,
    /// The link that it was planned for, as the flow writes it; none before it is planned.
    pub link: Option<String>,
    /// What its plan comes to: JSON, nothing personal.
    pub totals: String,
    /// Users that were read so far, while it is planned.
    pub seen: i64,
    /// Steps of its plan.
    pub steps: i64,
    /// Steps that were done.
    pub done: i64,
    /// Steps that failed.
    pub failed: i64,
    /// Steps that were not right any more.
    pub skipped: i64,
    /// Zoom users that it switched off or deleted.
    pub removed: i64,
    /// Why it could not go on, by its stable name.
    pub problem: Option<String>,
    /// How often it was begun.
    pub tries: i64,
    /// Who asked for it.
    pub created_by: String,
    /// Who said yes to what it takes away.
    pub confirmed_by: Option<String>,
    /// When it was asked for.
    pub created_at: Instant,
    /// Not before.
    pub run_at: Instant,
    /// When it was planned.
    pub planned_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

macro_rules! columns {
    () => {
        "account_id, id, kind, state, settings_version, totals, seen, steps, done, failed, skipped, removed, problem,
    tries, created_by, confirmed_by, created_at, run_at, planned_at, ended_at, link"
    };
}

const INSERT: &str = "INSERT INTO zoom_runs (account_id, id, kind, state, settings_version, totals, seen, steps, done,
    failed, skipped, removed, problem, tries, created_by, confirmed_by, created_at, run_at, planned_at, ended_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";
const ACCOUNT_OF: &str = "SELECT account_id FROM zoom_runs WHERE id = $1";
const FIND: &str = concat!("SELECT ", columns!(), " FROM zoom_runs WHERE account_id = $1 AND id = $2");
const FIND_ACTIVE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM zoom_runs WHERE account_id = $1 AND state IN ('planning', 'applying')"
);
const LIST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM zoom_runs WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
);
const COUNT_REMOVED: &str = "SELECT CAST(COALESCE(SUM(removed), 0) AS BIGINT) AS number FROM zoom_runs WHERE account_id = $1 AND id > $2
    AND kind IN ('change', 'schedule') AND confirmed_by IS NULL";
const IS_ANY_DUE: &str = "SELECT id FROM zoom_runs WHERE state IN ('planning', 'applying') AND run_at <= $1
    AND COALESCE(leased_until, 0) <= $1 AND ($2 = '' OR account_id = $2)
    AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = zoom_runs.account_id AND a.state = 'active') LIMIT 1";
/// `PostgreSQL` passes over what another node is just taking.
const CLAIM: Sql = Sql::Each {
    sqlite: concat!(
        "UPDATE zoom_runs SET lease = $2, leased_until = $3, tries = tries + 1, problem = NULL WHERE id =
            (SELECT id FROM zoom_runs WHERE state IN ('planning', 'applying') AND run_at <= $1
            AND COALESCE(leased_until, 0) <= $1 AND ($4 = '' OR account_id = $4)
            AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = zoom_runs.account_id AND a.state = 'active')
            ORDER BY run_at, id LIMIT 1) RETURNING ",
        columns!()
    ),
    postgres: concat!(
        "UPDATE zoom_runs SET lease = $2, leased_until = $3, tries = tries + 1, problem = NULL WHERE id =
            (SELECT id FROM zoom_runs WHERE state IN ('planning', 'applying') AND run_at <= $1
            AND COALESCE(leased_until, 0) <= $1 AND ($4 = '' OR account_id = $4)
            AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = zoom_runs.account_id AND a.state = 'active')
            ORDER BY run_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING ",
        columns!()
    ),
};
const RENEW: &str = "UPDATE zoom_runs SET leased_until = $4, seen = $5 WHERE account_id = $1 AND id = $2
    AND lease = $3 AND ended_at IS NULL";
const UPDATE: &str = "UPDATE zoom_runs SET state = $3, settings_version = $4, totals = $5, seen = $6, steps = $7,
    problem = $8, tries = $9, confirmed_by = $10, run_at = $11, planned_at = $12, ended_at = $13, lease = NULL,
    leased_until = NULL, link = $15 WHERE account_id = $1 AND id = $2 AND COALESCE(lease, '') = $14
    AND ended_at IS NULL";
const CANCEL: &str =
    "UPDATE zoom_runs SET state = 'cancelled', ended_at = $3 WHERE account_id = $1 AND id = $2
    AND ended_at IS NULL";
const RETAKE: &str = "UPDATE zoom_runs SET lease = $3, leased_until = $4 WHERE account_id = $1 AND id = $2";
const DELETE_OLD: &str = "DELETE FROM zoom_runs WHERE id IN (SELECT id FROM zoom_runs WHERE created_at < $1
    AND state NOT IN ('planning', 'applying') ORDER BY created_at LIMIT $2)";
/// Whom a run had that is forgotten, no other would look at.
const LET_GO: &str = "UPDATE zoom_queue SET run_id = NULL WHERE run_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM zoom_runs r WHERE r.id = zoom_queue.run_id)";

/// Adds a run.
///
/// # Errors
/// [`StorageError::Exists`] when one is under way in the account.
pub async fn insert(tx: &mut Tx, account: AccountId, run: &Run) -> Result<(), StorageError> {
    let insert = query(INSERT)
        .bind(account.to_string())
        .bind(run.id.to_string())
        .bind(run.kind.name())
        .bind(run.state.name())
        .bind(run.settings_version)
        .bind(run.totals.as_str())
        .bind(run.seen)
        .bind(run.steps)
        .bind(run.done)
        .bind(run.failed)
        .bind(run.skipped)
        .bind(run.removed)
        .bind(run.problem.as_deref())
        .bind(run.tries)
        .bind(run.created_by.as_str())
        .bind(run.confirmed_by.as_deref())
        .bind(run.created_at.micros())
        .bind(run.run_at.micros())
        .bind(run.planned_at.map(Instant::micros))
        .bind(run.ended_at.map(Instant::micros));
    tx.execute(insert).await.map(drop)
}

/// Whose the run is.
///
/// # Errors
/// [`StorageError`].
pub async fn account_of(tx: &mut Tx, id: ZoomRunId) -> Result<Option<AccountId>, StorageError> {
    let row = tx.fetch_optional(query(ACCOUNT_OF).bind(id.to_string())).await?;
    row.map(|row| row.parsed("account_id")).transpose()
}

/// A run.
///
/// # Errors
/// [`StorageError`].
pub async fn find(tx: &mut Tx, account: AccountId, id: ZoomRunId) -> Result<Option<Run>, StorageError> {
    let row = tx.fetch_optional(query(FIND).bind(account.to_string()).bind(id.to_string())).await?;
    row.as_ref().map(read).transpose()
}

/// The run that is under way in an account.
///
/// # Errors
/// [`StorageError`].
pub async fn find_active(tx: &mut Tx, account: AccountId) -> Result<Option<Run>, StorageError> {
    let row = tx.fetch_optional(query(FIND_ACTIVE).bind(account.to_string())).await?;
    row.as_ref().map(read).transpose()
}

/// Runs of an account before `before`, the newest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    account: AccountId,
    (before, limit): (Option<ZoomRunId>, i64),
) -> Result<Vec<Run>, StorageError> {
    // Sorts after every id: no id begins with an 8.
    let before = ZoomRunId::or_last(before);
    let list = query(LIST).bind(account.to_string()).bind(before).bind(limit);
    tx.fetch_all(list).await?.iter().map(read).collect()
}

/// How many Zoom users were taken away since `since` by runs that nobody asked for or said yes to.
///
/// # Errors
/// [`StorageError`].
pub async fn count_removed(tx: &mut Tx, account: AccountId, since: Instant) -> Result<u64, StorageError> {
    let first = ZoomRunId::first_of(since).to_string();
    let row = tx.fetch_one(query(COUNT_REMOVED).bind(account.to_string()).bind(first)).await?;
    row.number("number").map(i64::unsigned_abs)
}

/// An account as it is asked for; empty for whichever.
pub(super) fn account_or_none(only: Option<AccountId>) -> String {
    only.map(|account| account.to_string()).unwrap_or_default()
}

/// Whether something is to be worked on, of one account or of whichever.
///
/// # Errors
/// [`StorageError`].
pub async fn is_any_due(tx: &mut Tx, only: Option<AccountId>, now: Instant) -> Result<bool, StorageError> {
    let look = query(IS_ANY_DUE).bind(now.micros()).bind(account_or_none(only));
    Ok(tx.fetch_optional(look).await?.is_some())
}

/// Takes the run whose turn it is, of one account or of whichever, for whoever holds `lease`, until `until`.
///
/// # Errors
/// [`StorageError`].
pub async fn claim(
    tx: &mut Tx,
    only: Option<AccountId>,
    lease: &str,
    (now, until): (Instant, Instant),
) -> Result<Option<(AccountId, Run)>, StorageError> {
    let claim = query(CLAIM).bind(now.micros()).bind(lease).bind(until.micros());
    let claim = claim.bind(account_or_none(only));
    let row = tx.fetch_optional(claim).await?;
    row.map(|row| Ok((row.parsed("account_id")?, read(&row)?))).transpose()
}

/// Keeps a run for longer, and says how many users were read; whether it was still ours, and had not ended.
///
/// # Errors
/// [`StorageError`].
pub async fn renew(
    tx: &mut Tx,
    (account, id): (AccountId, ZoomRunId),
    (lease, until): (&str, Instant),
    seen: i64,
) -> Result<bool, StorageError> {
    let renew = query(RENEW)
        .bind(account.to_string())
        .bind(id.to_string())
        .bind(lease)
        .bind(until.micros())
        .bind(seen);
    Ok(tx.execute(renew).await? == 1)
}

/// Writes a run as it is now, but for what its steps came to, and gives it back. `lease` is the one that it is held
/// under, empty when it is not; whether it was, and had not ended.
///
/// # Errors
/// [`StorageError::Exists`] when another is under way in the account.
pub async fn update(tx: &mut Tx, account: AccountId, run: &Run, lease: &str) -> Result<bool, StorageError> {
    let update = query(UPDATE)
        .bind(account.to_string())
        .bind(run.id.to_string())
        .bind(run.state.name())
        .bind(run.settings_version)
        .bind(run.totals.as_str())
        .bind(run.seen)
        .bind(run.steps)
        .bind(run.problem.as_deref())
        .bind(run.tries)
        .bind(run.confirmed_by.as_deref())
        .bind(run.run_at.micros())
        .bind(run.planned_at.map(Instant::micros))
        .bind(run.ended_at.map(Instant::micros))
        .bind(lease)
        .bind(run.link.as_deref());
    Ok(tx.execute(update).await? == 1)
}

/// Ends a run, whoever works on it; whether it had not ended. Whoever does keeps the lease that they have: what is under way
/// is written as it ends, and nothing else is begun.
///
/// # Errors
/// [`StorageError`].
pub async fn cancel(
    tx: &mut Tx,
    (account, id): (AccountId, ZoomRunId),
    now: Instant,
) -> Result<bool, StorageError> {
    let cancel = query(CANCEL).bind(account.to_string()).bind(id.to_string()).bind(now.micros());
    Ok(tx.execute(cancel).await? == 1)
}

/// Keeps a run that was given back in the same transaction.
///
/// # Errors
/// [`StorageError`].
pub async fn retake(
    tx: &mut Tx,
    (account, id): (AccountId, ZoomRunId),
    (lease, until): (&str, Instant),
) -> Result<(), StorageError> {
    let retake =
        query(RETAKE).bind(account.to_string()).bind(id.to_string()).bind(lease).bind(until.micros());
    tx.execute(retake).await.map(drop)
}

/// Forgets runs of before `before` with their steps, `limit` at the most; how many. Whom they had waits for the next one.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old(tx: &mut Tx, before: Instant, limit: i64) -> Result<u64, StorageError> {
    let deleted = tx.execute(query(DELETE_OLD).bind(before.micros()).bind(limit)).await?;
    if deleted > 0 {
        tx.execute(query(LET_GO)).await?;
    }
    Ok(deleted)
}

fn read(row: &Row) -> Result<Run, StorageError> {
    Ok(Run {
        id: row.parsed("id")?,
        kind: row.parsed("kind")?,
        state: row.parsed("state")?,
        settings_version: row.number("settings_version")?,
        link: row.text_if_any("link")?,
        totals: row.text("totals")?,
        seen: row.number("seen")?,
        steps: row.number("steps")?,
        done: row.number("done")?,
        failed: row.number("failed")?,
        skipped: row.number("skipped")?,
        removed: row.number("removed")?,
        problem: row.text_if_any("problem")?,
        tries: row.number("tries")?,
        created_by: row.text("created_by")?,
        confirmed_by: row.text_if_any("confirmed_by")?,
        created_at: row.moment("created_at")?,
        run_at: row.moment("run_at")?,
        planned_at: row.moment_if_any("planned_at")?,
        ended_at: row.moment_if_any("ended_at")?,
    })
}
