//! Jobs (work that a transaction asked for, to be done outside of it) and the turns of periodic jobs.

use super::row::{Columns, Row};
use super::sql::{Sql, query};
use super::{StorageError, Tx};
use crate::base::Instant;
use crate::base::id::{AccountId, JobId};
use crate::directory::state::{JobKind, JobState};

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Whose, if it is an account's.
    pub account_id: Option<AccountId>,
    /// Its id.
    pub id: JobId,
    /// What it does, by the name in the table of jobs.
    pub kind: String,
    /// What makes it the same as another of its kind.
    pub key: String,
    /// What it works on, JSON.
    pub input: String,
    /// Its state.
    pub state: JobState,
    /// How often it was begun.
    pub tries: i64,
    /// Not before.
    pub run_at: Instant,
    /// Until when it is somebody's.
    pub leased_until: Option<Instant>,
    /// How the last try went wrong.
    pub problem: Option<String>,
    /// When it was asked for.
    pub created_at: Instant,
}

macro_rules! columns {
    () => {
        "account_id, id, kind, job_key, input, state, tries, run_at, leased_until, problem, created_at"
    };
}

const FIND: &str = concat!("SELECT ", columns!(), " FROM jobs WHERE id = $1");
const LIST: &str = concat!("SELECT ", columns!(), " FROM jobs WHERE state = $1 ORDER BY run_at, id LIMIT $2");
const INSERT: &str = "INSERT INTO jobs
    (account_id, id, kind, job_key, input, state, tries, run_at, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, 'waiting', 0, $6, $7, $7) ON CONFLICT (kind, job_key) DO NOTHING";
/// `$2` and, below, `$4` are the kinds that are left to others, with spaces around them.
const FIND_DUE: Sql = Sql::Each {
    sqlite: "SELECT id FROM jobs WHERE state = 'waiting' AND run_at <= $1
        AND COALESCE(leased_until, 0) <= $1 AND instr($2, ' ' || kind || ' ') = 0 LIMIT 1",
    postgres: "SELECT id FROM jobs WHERE state = 'waiting' AND run_at <= $1
        AND COALESCE(leased_until, 0) <= $1 AND strpos($2, ' ' || kind || ' ') = 0 LIMIT 1",
};
/// `SQLite` has one writer, so what is chosen is still there when it is taken. `PostgreSQL` has many: what another is
/// just taking is passed over, and not waited for.
const CLAIM: Sql = Sql::Each {
    sqlite: concat!(
        "UPDATE jobs SET lease = $2, leased_until = $3, tries = tries + 1, updated_at = $1 WHERE id =
            (SELECT id FROM jobs WHERE state = 'waiting' AND run_at <= $1 AND COALESCE(leased_until, 0) <= $1
            AND instr($4, ' ' || kind || ' ') = 0 ORDER BY run_at, id LIMIT 1) RETURNING ",
        columns!()
    ),
    postgres: concat!(
        "UPDATE jobs SET lease = $2, leased_until = $3, tries = tries + 1, updated_at = $1 WHERE id =
            (SELECT id FROM jobs WHERE state = 'waiting' AND run_at <= $1 AND COALESCE(leased_until, 0) <= $1
            AND strpos($4, ' ' || kind || ' ') = 0 ORDER BY run_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING ",
        columns!()
    ),
};
const UPDATE_CLAIMED: &str = "UPDATE jobs SET state = $3, run_at = $4, problem = $5, lease = NULL,
    leased_until = NULL, updated_at = $6 WHERE id = $1 AND lease = $2";
const UPDATE_RETRIED: &str = "UPDATE jobs SET state = 'waiting', tries = 0, run_at = $2, updated_at = $2
    WHERE id = $1 AND state = 'dead'";
const COUNT: &str = "SELECT COUNT(*) AS number, MIN(run_at) AS first_at FROM jobs WHERE state = $1";
/// Of a job that is done, `run_at` is a little later than its end.
const DELETE_DONE: &str = "DELETE FROM jobs WHERE id IN
    (SELECT id FROM jobs WHERE state = 'done' AND run_at < $1 LIMIT $2)";

const LIST_PERIODIC: &str = "SELECT name, began_at, ended_at, problem FROM periodic_jobs ORDER BY name";
const INSERT_PERIODIC: &str =
    "INSERT INTO periodic_jobs (name, next_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
const FIND_PERIODIC: &str = "SELECT next_at, leased_until FROM periodic_jobs WHERE name = $1";
const CLAIM_PERIODIC: &str = "UPDATE periodic_jobs SET lease = $3, leased_until = $4, began_at = $2
    WHERE name = $1 AND next_at <= $2 AND COALESCE(leased_until, 0) <= $2";
const UPDATE_PERIODIC: &str = "UPDATE periodic_jobs SET lease = NULL, leased_until = NULL, next_at = $3,
    ended_at = $4, problem = $5 WHERE name = $1 AND lease = $2";

/// The job of that id.
///
/// # Errors
/// [`StorageError`].
pub async fn find(tx: &mut Tx, id: JobId) -> Result<Option<Job>, StorageError> {
    tx.fetch_optional(query(FIND).bind(id.to_string())).await?.as_ref().map(read).transpose()
}

/// Jobs in a state, `limit` at most, those first whose turn comes first.
///
/// # Errors
/// [`StorageError`].
pub async fn list(tx: &mut Tx, state: JobState, limit: i64) -> Result<Vec<Job>, StorageError> {
    tx.fetch_all(query(LIST).bind(state.name()).bind(limit)).await?.iter().map(read).collect()
}

/// Asks for a job; whether it was not asked for before.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(tx: &mut Tx, job: &Job) -> Result<bool, StorageError> {
    let insert = query(INSERT)
        .bind(job.account_id.map(|id| id.to_string()))
        .bind(job.id.to_string())
        .bind(job.kind.as_str())
        .bind(job.key.as_str())
        .bind(job.input.as_str())
        .bind(job.run_at.micros())
        .bind(job.created_at.micros());
    Ok(tx.execute(insert).await? == 1)
}

/// Whether a job waits to be claimed that is of none of the kinds `but`.
///
/// # Errors
/// [`StorageError`].
pub async fn is_any_due(tx: &mut Tx, but: &[JobKind], now: Instant) -> Result<bool, StorageError> {
    Ok(tx.fetch_optional(query(FIND_DUE).bind(now.micros()).bind(names(but))).await?.is_some())
}

fn names(kinds: &[JobKind]) -> String {
    let names: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
    format!(" {} ", names.join(" "))
}

/// Takes the job whose turn it is of those that are of none of the kinds `but`, for whoever holds `lease`, until `until`.
///
/// # Errors
/// [`StorageError`].
pub async fn claim(
    tx: &mut Tx,
    (lease, but): (&str, &[JobKind]),
    (now, until): (Instant, Instant),
) -> Result<Option<Job>, StorageError> {
    let claim = query(CLAIM).bind(now.micros()).bind(lease).bind(until.micros()).bind(names(but));
    tx.fetch_optional(claim).await?.as_ref().map(read).transpose()
}

/// Gives a job back in the state that it came to; whether `lease` was still the one that counts.
///
/// # Errors
/// [`StorageError`].
pub async fn update_claimed(
    tx: &mut Tx,
    (id, lease): (JobId, &str),
    (state, run_at): (JobState, Instant),
    problem: Option<&str>,
    now: Instant,
) -> Result<bool, StorageError> {
    let update = query(UPDATE_CLAIMED).bind(id.to_string()).bind(lease).bind(state.name());
    let update = update.bind(run_at.micros()).bind(problem).bind(now.micros());
    Ok(tx.execute(update).await? == 1)
}

/// Has a job that was given up tried again from the beginning; whether there was one.
///
/// # Errors
/// [`StorageError`].
pub async fn update_retried(tx: &mut Tx, id: JobId, now: Instant) -> Result<bool, StorageError> {
    Ok(tx.execute(query(UPDATE_RETRIED).bind(id.to_string()).bind(now.micros())).await? == 1)
}

/// Forgets jobs that were done before `before`, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_done(tx: &mut Tx, before: Instant, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_DONE).bind(before.micros()).bind(limit)).await
}

/// How many jobs wait, when the turn of the first of them comes or came, and how many were given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// To be done, or being done.
    pub waiting: i64,
    /// Given up.
    pub dead: i64,
    /// When the first turn of those that wait is.
    pub first_at: Option<Instant>,
}

/// What there is to do.
///
/// # Errors
/// [`StorageError`].
pub async fn backlog(tx: &mut Tx) -> Result<Backlog, StorageError> {
    let waiting = tx.fetch_one(query(COUNT).bind(JobState::Waiting.name())).await?;
    let dead = tx.fetch_one(query(COUNT).bind(JobState::Dead.name())).await?;
    Ok(Backlog {
        waiting: waiting.number("number")?,
        dead: dead.number("number")?,
        first_at: waiting.moment_if_any("first_at")?,
    })
}

/// How it last went with a periodic job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Periodic {
    /// Its name.
    pub name: String,
    /// When it was begun.
    pub began_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// How it went wrong.
    pub problem: Option<String>,
}

/// Every periodic job that ever had a turn.
///
/// # Errors
/// [`StorageError`].
pub async fn list_periodic(tx: &mut Tx) -> Result<Vec<Periodic>, StorageError> {
    let read = |row: &Row| {
        Ok(Periodic {
            name: row.text("name")?,
            began_at: row.moment_if_any("began_at")?,
            ended_at: row.moment_if_any("ended_at")?,
            problem: row.text_if_any("problem")?,
        })
    };
    tx.fetch_all(query(LIST_PERIODIC)).await?.iter().map(read).collect()
}

/// Whether it is the turn of the periodic job `name`, or it has never had one.
///
/// # Errors
/// [`StorageError`].
pub async fn is_periodic_due(tx: &mut Tx, name: &str, now: Instant) -> Result<bool, StorageError> {
    let Some(row) = tx.fetch_optional(query(FIND_PERIODIC).bind(name)).await? else { return Ok(true) };
    let leased_until = row.moment_if_any("leased_until")?;
    Ok(row.moment("next_at")? <= now && leased_until.is_none_or(|until| until <= now))
}

/// Takes the turn of the periodic job `name`, for whoever holds `lease`, until `until`; whether it was to be had.
///
/// # Errors
/// [`StorageError`].
pub async fn claim_periodic(
    tx: &mut Tx,
    name: &str,
    lease: &str,
    (now, until): (Instant, Instant),
) -> Result<bool, StorageError> {
    tx.execute(query(INSERT_PERIODIC).bind(name).bind(now.micros())).await?;
    let claim = query(CLAIM_PERIODIC).bind(name).bind(now.micros()).bind(lease).bind(until.micros());
    Ok(tx.execute(claim).await? == 1)
}

/// Gives the turn back; whether `lease` was still the one that counts.
///
/// # Errors
/// [`StorageError`].
pub async fn update_periodic(
    tx: &mut Tx,
    (name, lease): (&str, &str),
    next_at: Instant,
    problem: Option<&str>,
    now: Instant,
) -> Result<bool, StorageError> {
    let update = query(UPDATE_PERIODIC).bind(name).bind(lease).bind(next_at.micros()).bind(now.micros());
    Ok(tx.execute(update.bind(problem)).await? == 1)
}

fn read(row: &Row) -> Result<Job, StorageError> {
    Ok(Job {
        account_id: row.parsed_if_any("account_id")?,
        id: row.parsed("id")?,
        kind: row.text("kind")?,
        key: row.text("job_key")?,
        input: row.text("input")?,
        state: row.parsed("state")?,
        tries: row.number("tries")?,
        run_at: row.moment("run_at")?,
        leased_until: row.moment_if_any("leased_until")?,
        problem: row.text_if_any("problem")?,
        created_at: row.moment("created_at")?,
    })
}
