//! Who of an account's people is who in Zoom, and what became of them there.
//!
//! Values that Zoom did not take, and addresses that were invited, are sealed. Whoever was erased here stays for as long as
//! something of theirs is in Zoom. Who is to be looked at is [`super::zoom_queue`]; what a run does, [`super::zoom_step`].

use zeroize::Zeroizing;

use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::id::{AccountId, UserId};
use crate::base::{Instant, Rng};

/// What ties a person to a Zoom user, and what went wrong with it last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoomPerson {
    /// Who; they may be gone.
    pub user_id: UserId,
    /// Their Zoom user.
    pub zoom_id: Option<String>,
    /// The rule by which they came in.
    pub rule: Option<String>,
    /// A digest of the values that were last taken.
    pub taken: Option<[u8; 32]>,
    /// Values that were sent and did not stay, as the flow writes them.
    pub ignored: Option<Zeroizing<Vec<u8>>>,
    /// Whether an invitation waits to be accepted.
    pub is_pending: bool,
    /// Then by which address.
    pub invited: Option<Zeroizing<Vec<u8>>>,
    /// Whether we switched them off.
    pub is_off: bool,
    /// What went wrong last, by its stable name.
    pub problem: Option<String>,
    /// When something was last done or tried.
    pub changed_at: Instant,
}

macro_rules! people {
    ($rest:literal) => {
        concat!(
            "SELECT p.user_id, p.zoom_id, p.rule, p.taken, p.ignored_sealed, p.is_pending, p.invited_sealed, p.is_off,
    p.problem, p.changed_at FROM zoom_people p ",
            $rest
        )
    };
}

const LIST: &str = people!("WHERE p.account_id = $1 AND p.user_id > $2 ORDER BY p.user_id LIMIT $3");
const LIST_PROBLEMS: &str = people!(
    "WHERE p.account_id = $1 AND p.user_id > $2 AND p.problem IS NOT NULL ORDER BY p.user_id LIMIT $3"
);
const FIND: &str = people!("WHERE p.account_id = $1 AND p.user_id = $2");
const FIND_BY_ZOOM_ID: &str = people!("WHERE p.account_id = $1 AND p.zoom_id = $2");
const COUNT_LINKED: &str =
    "SELECT COUNT(*) AS number FROM zoom_people WHERE account_id = $1 AND zoom_id IS NOT NULL";
const SAVE: &str = "INSERT INTO zoom_people
    (account_id, user_id, zoom_id, rule, taken, ignored_sealed, is_pending, is_off, problem, changed_at, invited_sealed)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (account_id, user_id) DO UPDATE SET zoom_id = excluded.zoom_id, rule = excluded.rule,
    taken = excluded.taken, ignored_sealed = excluded.ignored_sealed, is_pending = excluded.is_pending,
    is_off = excluded.is_off, problem = excluded.problem, changed_at = excluded.changed_at,
    invited_sealed = excluded.invited_sealed";
const UPDATE_RULE: &str = "UPDATE zoom_people SET rule = $3 WHERE account_id = $1 AND user_id = $2
    AND zoom_id IS NOT NULL";
const UPDATE_ACCEPTED: &str =
    "UPDATE zoom_people SET is_pending = 0, invited_sealed = NULL, taken = NULL WHERE account_id = $1
    AND user_id = $2 AND is_pending = 1 AND zoom_id IS NOT NULL";
const UPDATE_ON_AGAIN: &str = "UPDATE zoom_people SET is_off = 0 WHERE account_id = $1 AND user_id = $2
    AND is_off = 1";
const UPDATE_PROBLEM: &str = "UPDATE zoom_people SET problem = $3, changed_at = $4 WHERE account_id = $1
    AND user_id = $2";
const INSERT_PROBLEM: &str =
    "INSERT INTO zoom_people (account_id, user_id, is_pending, is_off, problem, changed_at)
    SELECT account_id, id, 0, 0, CAST($3 AS TEXT), CAST($4 AS BIGINT) FROM users WHERE account_id = $1 AND id = $2";
const FORGET_PROBLEM: &str = "UPDATE zoom_people SET problem = NULL WHERE account_id = $1 AND user_id = $2";
const DELETE_EMPTY: &str = "DELETE FROM zoom_people WHERE account_id = $1 AND user_id = $2
    AND zoom_id IS NULL AND invited_sealed IS NULL";
const DELETE: &str = "DELETE FROM zoom_people WHERE account_id = $1 AND user_id = $2";

/// Which of those that a run has had to do with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    /// All.
    All,
    /// Those with a problem.
    Problems,
}

/// Some of them after `after`, `limit` at the most.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    (account, among): (AccountId, Among),
    (after, limit): (Option<UserId>, i64),
    keys: &AccountKeys,
) -> Result<Vec<ZoomPerson>, StorageError> {
    let sql = match among {
        Among::All => LIST,
        Among::Problems => LIST_PROBLEMS,
    };
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let rows = tx.fetch_all(query(sql).bind(account.to_string()).bind(after).bind(limit)).await?;
    rows.iter().map(|row| read(row, keys)).collect()
}

/// What is known of a person.
///
/// # Errors
/// [`StorageError`].
pub async fn find(
    tx: &mut Tx,
    account: AccountId,
    user: UserId,
    keys: &AccountKeys,
) -> Result<Option<ZoomPerson>, StorageError> {
    let find = query(FIND).bind(account.to_string()).bind(user.to_string());
    tx.fetch_optional(find).await?.map(|row| read(&row, keys)).transpose()
}

/// Whose that Zoom user is.
///
/// # Errors
/// [`StorageError`].
pub async fn find_by_zoom_id(
    tx: &mut Tx,
    account: AccountId,
    zoom_id: &str,
    keys: &AccountKeys,
) -> Result<Option<ZoomPerson>, StorageError> {
    let find = query(FIND_BY_ZOOM_ID).bind(account.to_string()).bind(zoom_id);
    tx.fetch_optional(find).await?.map(|row| read(&row, keys)).transpose()
}

/// How many people have a Zoom user.
///
/// # Errors
/// [`StorageError`].
pub async fn count_linked(tx: &mut Tx, account: AccountId) -> Result<u64, StorageError> {
    let row = tx.fetch_one(query(COUNT_LINKED).bind(account.to_string())).await?;
    row.number("number").map(i64::unsigned_abs)
}

/// Writes what is known of a person.
///
/// # Errors
/// [`StorageError::Exists`] when the Zoom user is somebody else's.
pub async fn save(
    tx: &mut Tx,
    account: AccountId,
    person: &ZoomPerson,
    (keys, rng): (&AccountKeys, &Rng),
) -> Result<(), StorageError> {
    let user = person.user_id.to_string();
    let seal = |plain: &Option<Zeroizing<Vec<u8>>>, place| {
        plain.as_ref().map(|plain| keys.seal(place, plain, rng)).transpose()
    };
    let ignored = seal(&person.ignored, ignored_place(&user))?;
    let invited = seal(&person.invited, invited_place(&user))?;
    let save = query(SAVE)
        .bind(account.to_string())
        .bind(user.as_str())
        .bind(person.zoom_id.as_deref())
        .bind(person.rule.as_deref())
        .bind(person.taken.as_ref())
        .bind(ignored)
        .bind(i64::from(person.is_pending))
        .bind(i64::from(person.is_off))
        .bind(person.problem.as_deref())
        .bind(person.changed_at.micros())
        .bind(invited);
    tx.execute(save).await.map(drop)
}

/// Says which rule means somebody who has a Zoom user.
///
/// # Errors
/// [`StorageError`].
pub async fn update_rule(
    tx: &mut Tx,
    account: AccountId,
    user: UserId,
    rule: &str,
) -> Result<(), StorageError> {
    let update = query(UPDATE_RULE).bind(account.to_string()).bind(user.to_string()).bind(rule);
    tx.execute(update).await.map(drop)
}

/// Somebody has accepted their invitation. What was sent when they were made has been read back by nobody, so nothing of it
/// counts as taken.
///
/// # Errors
/// [`StorageError`].
pub async fn update_accepted(tx: &mut Tx, account: AccountId, user: UserId) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_ACCEPTED).bind(account.to_string()).bind(user.to_string())).await.map(drop)
}

/// Somebody whom we switched off was switched on again in Zoom.
///
/// # Errors
/// [`StorageError`].
pub async fn update_on_again(tx: &mut Tx, account: AccountId, user: UserId) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_ON_AGAIN).bind(account.to_string()).bind(user.to_string())).await.map(drop)
}

/// Says what is wrong with somebody; the rest of what is known of them stays. Of whoever was erased meanwhile nothing is said.
///
/// # Errors
/// [`StorageError`].
pub async fn save_problem(
    tx: &mut Tx,
    (account, user): (AccountId, UserId),
    (problem, now): (&str, Instant),
) -> Result<(), StorageError> {
    for sql in [UPDATE_PROBLEM, INSERT_PROBLEM] {
        let save = query(sql).bind(account.to_string()).bind(user.to_string());
        if tx.execute(save.bind(problem).bind(now.micros())).await? > 0 {
            break;
        }
    }
    Ok(())
}

/// Forgets what went wrong last with somebody, and them, if nothing else is known of them.
///
/// # Errors
/// [`StorageError`].
pub async fn forget_problem(tx: &mut Tx, account: AccountId, user: UserId) -> Result<(), StorageError> {
    let (account, user) = (account.to_string(), user.to_string());
    if tx.execute(query(DELETE_EMPTY).bind(account.as_str()).bind(user.as_str())).await? == 0 {
        tx.execute(query(FORGET_PROBLEM).bind(account).bind(user)).await?;
    }
    Ok(())
}

/// Forgets whose somebody's Zoom user was.
///
/// # Errors
/// [`StorageError`].
pub async fn delete(tx: &mut Tx, account: AccountId, user: UserId) -> Result<(), StorageError> {
    tx.execute(query(DELETE).bind(account.to_string()).bind(user.to_string())).await.map(drop)
}

fn read(row: &Row, keys: &AccountKeys) -> Result<ZoomPerson, StorageError> {
    let user = row.text("user_id")?;
    let ignored = row.bytes_if_any("ignored_sealed")?;
    let invited = row.bytes_if_any("invited_sealed")?;
    let taken = row.bytes_if_any("taken")?;
    let taken =
        taken.map(|bytes| bytes.try_into().map_err(|_| StorageError::Corrupt("taken"))).transpose()?;
    Ok(ZoomPerson {
        zoom_id: row.text_if_any("zoom_id")?,
        rule: row.text_if_any("rule")?,
        taken,
        ignored: ignored.map(|sealed| keys.open(ignored_place(&user), &sealed)).transpose()?,
        is_pending: row.number("is_pending")? != 0,
        invited: invited.map(|sealed| keys.open(invited_place(&user), &sealed)).transpose()?,
        is_off: row.number("is_off")? != 0,
        problem: row.text_if_any("problem")?,
        changed_at: row.moment("changed_at")?,
        user_id: row.parsed("user_id")?,
    })
}

const fn invited_place(row: &str) -> Place<'_> {
    Place { table: "zoom_people", column: "invited_sealed", row }
}

const fn ignored_place(row: &str) -> Place<'_> {
    Place { table: "zoom_people", column: "ignored_sealed", row }
}
