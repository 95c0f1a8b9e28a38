//! Who of an account's people is to be looked at, since something of them changed, and whom a run has taken.
//!
//! What is done with them is [`super::zoom_step`]; those whom a run has taken are let go with it ([`super::zoom_run`]).

use super::row::Columns;
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::Instant;
use crate::base::id::{AccountId, UserId, ZoomRunId};

const ADD: &str = "INSERT INTO zoom_queue (account_id, user_id, queued_at) VALUES ($1, $2, $3)
    ON CONFLICT (account_id, user_id) DO UPDATE SET queued_at = excluded.queued_at, run_id = NULL,
    is_again = CASE WHEN zoom_queue.run_id IS NULL THEN zoom_queue.is_again ELSE 1 END";
const LIST: &str = "SELECT user_id, queued_at FROM zoom_queue WHERE account_id = $1 AND run_id IS NULL
    ORDER BY user_id LIMIT $2";
const HAS_AGAIN: &str = "SELECT user_id FROM zoom_queue WHERE account_id = $1 AND run_id IS NULL
    AND is_again = 1 LIMIT 1";
const DELETE: &str = "DELETE FROM zoom_queue WHERE account_id = $1 AND user_id = $2
    AND queued_at <= $3";
const TAKE: &str = "UPDATE zoom_queue SET run_id = $4 WHERE account_id = $1 AND user_id = $2
    AND queued_at <= $3";
const TAKE_ALL: &str = "UPDATE zoom_queue SET run_id = $2 WHERE account_id = $1 AND run_id IS NULL
    AND queued_at <= $3";
const DELETE_TAKEN: &str = "DELETE FROM zoom_queue WHERE account_id = $1 AND run_id = $2";
const DELETE_UNWANTED: &str = "DELETE FROM zoom_queue WHERE account_id = $1 AND run_id = $2 AND user_id IN
    (SELECT user_id FROM zoom_steps WHERE account_id = $1 AND run_id = $2 AND state = 'waiting')";
const GIVE_BACK: &str = "UPDATE zoom_queue SET run_id = NULL, is_again = 1 WHERE account_id = $1
    AND run_id = $2";
const NEXT_ACCOUNT: &str =
    "SELECT account_id FROM zoom_queue WHERE account_id > $1 AND run_id IS NULL ORDER BY account_id LIMIT 1";

/// Has somebody looked at soon.
///
/// # Errors
/// [`StorageError`].
pub async fn add(tx: &mut Tx, account: AccountId, user: UserId, now: Instant) -> Result<(), StorageError> {
    tx.execute(query(ADD).bind(account.to_string()).bind(user.to_string()).bind(now.micros())).await.map(drop)
}

/// Who is to be looked at, `limit` at the most, with since when; not those whom a run has taken.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    account: AccountId,
    limit: i64,
) -> Result<Vec<(UserId, Instant)>, StorageError> {
    let rows = tx.fetch_all(query(LIST).bind(account.to_string()).bind(limit)).await?;
    rows.iter().map(|row| Ok((row.parsed("user_id")?, row.moment("queued_at")?))).collect()
}

/// Whether somebody among them was a run's that ended before it was done with them.
///
/// # Errors
/// [`StorageError`].
pub async fn is_any_again(tx: &mut Tx, account: AccountId) -> Result<bool, StorageError> {
    Ok(tx.fetch_optional(query(HAS_AGAIN).bind(account.to_string())).await?.is_some())
}

/// Nobody looks at them, as they were queued then: who was queued once more since is looked at.
///
/// # Errors
/// [`StorageError`].
pub async fn delete(
    tx: &mut Tx,
    account: AccountId,
    users: &[(UserId, Instant)],
) -> Result<(), StorageError> {
    for (user, queued_at) in users {
        let delete = query(DELETE).bind(account.to_string()).bind(user.to_string());
        tx.execute(delete.bind(queued_at.micros())).await?;
    }
    Ok(())
}

/// They are a run's, as they were queued then, until it ends: who was queued once more since, or is while it is under way,
/// is looked at once more.
///
/// # Errors
/// [`StorageError`].
pub async fn take(
    tx: &mut Tx,
    (account, run): (AccountId, ZoomRunId),
    users: &[(UserId, Instant)],
) -> Result<(), StorageError> {
    for (user, queued_at) in users {
        let take = query(TAKE).bind(account.to_string()).bind(user.to_string());
        tx.execute(take.bind(queued_at.micros()).bind(run.to_string())).await?;
    }
    Ok(())
}

/// Whoever was queued by `now` is a run's, until it ends.
///
/// # Errors
/// [`StorageError`].
pub async fn take_all(
    tx: &mut Tx,
    (account, run): (AccountId, ZoomRunId),
    now: Instant,
) -> Result<(), StorageError> {
    let take = query(TAKE_ALL).bind(account.to_string()).bind(run.to_string()).bind(now.micros());
    tx.execute(take).await.map(drop)
}

/// The run is done with those whom it has taken.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_taken(tx: &mut Tx, account: AccountId, run: ZoomRunId) -> Result<(), StorageError> {
    tx.execute(query(DELETE_TAKEN).bind(account.to_string()).bind(run.to_string())).await.map(drop)
}

/// Of those whom the run has taken, it is done with whoever has a step that nobody has come to.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_unwanted(tx: &mut Tx, account: AccountId, run: ZoomRunId) -> Result<(), StorageError> {
    tx.execute(query(DELETE_UNWANTED).bind(account.to_string()).bind(run.to_string())).await.map(drop)
}

/// Has those whom the run has taken looked at once more.
///
/// # Errors
/// [`StorageError`].
pub async fn give_back(tx: &mut Tx, account: AccountId, run: ZoomRunId) -> Result<(), StorageError> {
    tx.execute(query(GIVE_BACK).bind(account.to_string()).bind(run.to_string())).await.map(drop)
}

/// The next account after `after` in which somebody is to be looked at.
///
/// # Errors
/// [`StorageError`].
pub async fn next_account(tx: &mut Tx, after: Option<AccountId>) -> Result<Option<AccountId>, StorageError> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let row = tx.fetch_optional(query(NEXT_ACCOUNT).bind(after)).await?;
    row.map(|row| row.parsed("account_id")).transpose()
}
