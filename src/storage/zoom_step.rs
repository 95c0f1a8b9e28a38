//! The steps and notes of runs of provisioning into Zoom. What they say is sealed.

use zeroize::Zeroizing;

use super::many::Many;
use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::id::{AccountId, UserId, ZoomRunId};
use crate::base::{Instant, Rng};
use crate::directory::state::ZoomStepState;

/// A step, or a note.
#[derive(Debug, Clone)]
pub struct RunStep {
    /// Its place in the run, from 1.
    pub number: i64,
    /// The action's name, or the note's.
    pub kind: String,
    /// Its state.
    pub state: ZoomStepState,
    /// About whom of our people.
    pub user_id: Option<UserId>,
    /// What it says, as the flow writes it.
    pub step: Zeroizing<Vec<u8>>,
    /// Why it failed, by its stable name.
    pub problem: Option<String>,
    /// What came of it, as the flow writes it.
    pub result: Option<Zeroizing<Vec<u8>>>,
    /// How often it was begun.
    pub tries: i64,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

/// What came of a step.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Which.
    pub number: i64,
    /// How.
    pub state: ZoomStepState,
    /// Why not, by its stable name.
    pub problem: Option<String>,
    /// What there is to say, as the flow writes it.
    pub result: Option<Zeroizing<Vec<u8>>>,
    /// Whether it took somebody away.
    pub has_removed: bool,
}

macro_rules! columns {
    () => {
        "run_id, number, kind, state, user_id, step_sealed, problem, result_sealed, tries, ended_at"
    };
}

const COUNT_ENDED: &str =
    "UPDATE zoom_runs SET done = done + $4, failed = failed + $5, skipped = skipped + $6,
    removed = removed + $7, tries = 0 WHERE account_id = $1 AND id = $2 AND lease = $3";
const DELETE: &str = "DELETE FROM zoom_steps WHERE account_id = $1 AND run_id = $2";
const LIST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM zoom_steps WHERE account_id = $1 AND run_id = $2 AND number > $3 ORDER BY number LIMIT $4"
);
const LIST_IN_STATE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM zoom_steps WHERE account_id = $1 AND run_id = $2 AND number > $3 AND state = $5 ORDER BY number LIMIT $4"
);
const LIST_WITHOUT_NOTES: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM zoom_steps WHERE account_id = $1 AND run_id = $2 AND number > $3 AND state <> 'note'
    ORDER BY number LIMIT $4"
);
const LIST_OF: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM zoom_steps WHERE account_id = $1 AND user_id = $2 ORDER BY run_id DESC LIMIT $3"
);
const DELETE_OF: &str = "DELETE FROM zoom_steps WHERE account_id = $1 AND user_id = $2";
const BEGIN: &str = "UPDATE zoom_steps SET tries = tries + 1 WHERE account_id = $1 AND run_id = $2
    AND number = $3 AND state = 'waiting'";
const END: &str = "UPDATE zoom_steps SET state = $4, problem = $5, result_sealed = $6, ended_at = $7
    WHERE account_id = $1 AND run_id = $2 AND number = $3 AND state = 'waiting'";

static INSERT: Many = Many::new(
    "INSERT INTO zoom_steps (account_id, run_id, number, kind, state, user_id, step_sealed, tries)",
    8,
    "",
);

/// Adds steps.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(
    tx: &mut Tx,
    (account, run): (AccountId, ZoomRunId),
    steps: &[RunStep],
    (keys, rng): (&AccountKeys, &Rng),
) -> Result<(), StorageError> {
    let run = run.to_string();
    let sealed = steps.iter().map(|step| {
        let row = row_name(&run, step.number);
        Ok((step, keys.seal(step_place(&row), &step.step, rng)?))
    });
    let sealed: Vec<(&RunStep, Vec<u8>)> = sealed.collect::<Result<_, StorageError>>()?;
    let insert = INSERT.execute(tx, &sealed, |(step, sealed), query| {
        query
            .bind(account.to_string())
            .bind(run.as_str())
            .bind(step.number)
            .bind(step.kind.as_str())
            .bind(step.state.name())
            .bind(step.user_id.map(|id| id.to_string()))
            .bind(sealed.as_slice())
            .bind(step.tries)
    });
    insert.await.map(drop)
}

/// Forgets the steps of a run that is planned anew.
///
/// # Errors
/// [`StorageError`].
pub async fn delete(tx: &mut Tx, account: AccountId, run: ZoomRunId) -> Result<(), StorageError> {
    tx.execute(query(DELETE).bind(account.to_string()).bind(run.to_string())).await.map(drop)
}

/// Steps of a run after `after`, in order; of one state, if that is asked for.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    (account, run): (AccountId, ZoomRunId),
    state: Option<ZoomStepState>,
    (after, limit): (i64, i64),
    keys: &AccountKeys,
) -> Result<Vec<RunStep>, StorageError> {
    let list = query(if state.is_some() { LIST_IN_STATE } else { LIST })
        .bind(account.to_string())
        .bind(run.to_string())
        .bind(after)
        .bind(limit);
    let list = match state {
        Some(state) => list.bind(state.name()),
        None => list,
    };
    tx.fetch_all(list).await?.iter().map(|row| read(row, keys)).collect()
}

/// Steps of a run after `after`, in order, without its notes.
///
/// # Errors
/// [`StorageError`].
pub async fn list_without_notes(
    tx: &mut Tx,
    (account, run): (AccountId, ZoomRunId),
    (after, limit): (i64, i64),
    keys: &AccountKeys,
) -> Result<Vec<RunStep>, StorageError> {
    let list =
        query(LIST_WITHOUT_NOTES).bind(account.to_string()).bind(run.to_string()).bind(after).bind(limit);
    tx.fetch_all(list).await?.iter().map(|row| read(row, keys)).collect()
}

/// The latest steps and notes about a person, with their runs.
///
/// # Errors
/// [`StorageError`].
pub async fn list_of(
    tx: &mut Tx,
    (account, user): (AccountId, UserId),
    limit: i64,
    keys: &AccountKeys,
) -> Result<Vec<(ZoomRunId, RunStep)>, StorageError> {
    let list = query(LIST_OF).bind(account.to_string()).bind(user.to_string()).bind(limit);
    let rows = tx.fetch_all(list).await?;
    rows.iter().map(|row| Ok((row.parsed("run_id")?, read(row, keys)?))).collect()
}

/// Forgets the steps and notes about a person; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_of(tx: &mut Tx, account: AccountId, user: UserId) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OF).bind(account.to_string()).bind(user.to_string())).await
}

/// Notes that steps are about to be carried out: whoever comes after a crash looks before they do them again.
///
/// # Errors
/// [`StorageError`].
pub async fn begin(
    tx: &mut Tx,
    (account, run): (AccountId, ZoomRunId),
    numbers: &[i64],
) -> Result<(), StorageError> {
    for number in numbers {
        let begin = query(BEGIN).bind(account.to_string()).bind(run.to_string()).bind(*number);
        tx.execute(begin).await?;
    }
    Ok(())
}

/// Writes what came of a step and counts it; whether the run was still ours. If not, nothing may be committed. Of somebody
/// who was erased meanwhile there is no step any more: then it is counted alone.
///
/// # Errors
/// [`StorageError`].
pub async fn end(
    tx: &mut Tx,
    (account, run): (AccountId, ZoomRunId),
    (lease, ended): (&str, &Ended),
    (keys, now, rng): (&AccountKeys, Instant, &Rng),
) -> Result<bool, StorageError> {
    let run = run.to_string();
    let row = row_name(&run, ended.number);
    let result = ended.result.as_ref().map(|plain| keys.seal(result_place(&row), plain, rng)).transpose()?;
    let is = |state| i64::from(ended.state == state);
    let count = query(COUNT_ENDED)
        .bind(account.to_string())
        .bind(run.as_str())
        .bind(lease)
        .bind(is(ZoomStepState::Done))
        .bind(is(ZoomStepState::Failed))
        .bind(is(ZoomStepState::Skipped))
        .bind(i64::from(ended.has_removed));
    if tx.execute(count).await? != 1 {
        return Ok(false);
    }
    let end = query(END)
        .bind(account.to_string())
        .bind(run.as_str())
        .bind(ended.number)
        .bind(ended.state.name())
        .bind(ended.problem.as_deref())
        .bind(result)
        .bind(now.micros());
    tx.execute(end).await?;
    Ok(true)
}

fn read(row: &Row, keys: &AccountKeys) -> Result<RunStep, StorageError> {
    let number = row.number("number")?;
    let place = row_name(&row.text("run_id")?, number);
    let result = row.bytes_if_any("result_sealed")?;
    Ok(RunStep {
        number,
        kind: row.text("kind")?,
        state: row.parsed("state")?,
        user_id: row.parsed_if_any("user_id")?,
        step: keys.open(step_place(&place), &row.bytes("step_sealed")?)?,
        problem: row.text_if_any("problem")?,
        result: result.map(|sealed| keys.open(result_place(&place), &sealed)).transpose()?,
        tries: row.number("tries")?,
        ended_at: row.moment_if_any("ended_at")?,
    })
}

fn row_name(run: &str, number: i64) -> String {
    format!("{run} {number}")
}

const fn step_place(row: &str) -> Place<'_> {
    Place { table: "zoom_steps", column: "step_sealed", row }
}

const fn result_place(row: &str) -> Place<'_> {
    Place { table: "zoom_steps", column: "result_sealed", row }
}
