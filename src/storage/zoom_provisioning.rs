//! Provisioning into Zoom, of an account: its settings, who of its people is who in Zoom, and who is to be looked at.
//!
//! Settings and values that Zoom did not take are sealed. The runs themselves are [`super::zoom_run`].

use zeroize::Zeroizing;

use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::id::{AccountId, UserId, ZoomRunId};
use crate::base::{Instant, Rng};

/// How an account provisions.
#[derive(Debug, Clone)]
pub struct Provisioning {
    /// Counts its changes; 0 where nobody has entered anything, and it is there for what is done every so often.
    pub version: i64,
    /// Toggles, rules and mapping, as the flow writes them.
    pub settings: Zeroizing<Vec<u8>>,
    /// When everybody is gone through next.
    pub next_run_at: Option<Instant>,
    /// When Zoom's users are counted next.
    pub next_inventory_at: Option<Instant>,
    /// People who changed since then have not been looked at.
    pub followed_from: Option<Instant>,
}

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

const FIND: &str =
    "SELECT version, settings_sealed, next_run_at, next_inventory_at, followed_from FROM zoom_provisioning
    WHERE account_id = $1";
const INSERT: &str = "INSERT INTO zoom_provisioning
    (account_id, version, settings_sealed, next_run_at, next_inventory_at, followed_from, updated_at)
    VALUES ($1, 1, $2, $3, $4, $5, $6) ON CONFLICT (account_id) DO UPDATE SET version = 1,
    settings_sealed = excluded.settings_sealed, next_run_at = excluded.next_run_at,
    next_inventory_at = excluded.next_inventory_at, followed_from = excluded.followed_from,
    updated_at = excluded.updated_at WHERE zoom_provisioning.version = 0";
const INSERT_USUAL: &str = "INSERT INTO zoom_provisioning
    (account_id, version, settings_sealed, next_inventory_at, updated_at)
    VALUES ($1, 0, $2, $3, $4) ON CONFLICT (account_id) DO NOTHING";
const LIST_UNCOUNTED: &str =
    "SELECT l.account_id FROM zoom_links l CROSS JOIN accounts a
    LEFT JOIN zoom_provisioning p ON p.account_id = l.account_id
    WHERE a.id = l.account_id AND a.state = 'active' AND p.account_id IS NULL AND l.account_id > $1 AND ' ' || l.capabilities || ' ' LIKE '% inventory %'
    ORDER BY l.account_id LIMIT $2";
const UPDATE: &str =
    "UPDATE zoom_provisioning SET version = version + 1, settings_sealed = $2, next_run_at = $3,
    next_inventory_at = $4, followed_from = $5, updated_at = $6 WHERE account_id = $1 AND version = $7";
const LIST_DUE_RUNS: &str = "SELECT account_id FROM zoom_provisioning WHERE next_run_at <= $1
    ORDER BY next_run_at LIMIT $2";
const UPDATE_NEXT_RUN: &str = "UPDATE zoom_provisioning SET next_run_at = $2 WHERE account_id = $1
    AND next_run_at <= $3";
const LIST_DUE_INVENTORIES: &str = "SELECT account_id FROM zoom_provisioning WHERE next_inventory_at <= $1
    ORDER BY next_inventory_at LIMIT $2";
const UPDATE_NEXT_INVENTORY: &str =
    "UPDATE zoom_provisioning SET next_inventory_at = $2 WHERE account_id = $1
    AND next_inventory_at <= $3";
const LIST_FOLLOWING: &str = "SELECT account_id FROM zoom_provisioning WHERE followed_from IS NOT NULL
    AND account_id > $1 ORDER BY account_id LIMIT $2";
const UPDATE_FOLLOWED: &str = "UPDATE zoom_provisioning SET followed_from = $2 WHERE account_id = $1
    AND followed_from < $2";
const LIST_CHANGED: &str =
    "SELECT id, updated_at FROM users WHERE account_id = $1 AND (updated_at, id) > ($2, $3)
    ORDER BY updated_at, id LIMIT $4";

const LIST_PEOPLE: &str = people!("WHERE p.account_id = $1 AND p.user_id > $2 ORDER BY p.user_id LIMIT $3");
const LIST_PROBLEMS: &str = people!(
    "WHERE p.account_id = $1 AND p.user_id > $2 AND p.problem IS NOT NULL ORDER BY p.user_id LIMIT $3"
);
const FIND_PERSON: &str = people!("WHERE p.account_id = $1 AND p.user_id = $2");
const FIND_BY_ZOOM_ID: &str = people!("WHERE p.account_id = $1 AND p.zoom_id = $2");
const COUNT_LINKED: &str =
    "SELECT COUNT(*) AS number FROM zoom_people WHERE account_id = $1 AND zoom_id IS NOT NULL";
const SAVE_PERSON: &str = "INSERT INTO zoom_people
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
const DELETE_PERSON: &str = "DELETE FROM zoom_people WHERE account_id = $1 AND user_id = $2";

const QUEUE: &str = "INSERT INTO zoom_queue (account_id, user_id, queued_at) VALUES ($1, $2, $3)
    ON CONFLICT (account_id, user_id) DO UPDATE SET queued_at = excluded.queued_at, run_id = NULL,
    is_again = CASE WHEN zoom_queue.run_id IS NULL THEN zoom_queue.is_again ELSE 1 END";
const LIST_QUEUE: &str = "SELECT user_id, queued_at FROM zoom_queue WHERE account_id = $1 AND run_id IS NULL
    ORDER BY user_id LIMIT $2";
const HAS_AGAIN: &str = "SELECT user_id FROM zoom_queue WHERE account_id = $1 AND run_id IS NULL
    AND is_again = 1 LIMIT 1";
const DELETE_QUEUED: &str = "DELETE FROM zoom_queue WHERE account_id = $1 AND user_id = $2
    AND queued_at <= $3";
const TAKE_QUEUED: &str = "UPDATE zoom_queue SET run_id = $4 WHERE account_id = $1 AND user_id = $2
    AND queued_at <= $3";
const DELETE_TAKEN: &str = "DELETE FROM zoom_queue WHERE account_id = $1 AND run_id = $2";
const DELETE_UNWANTED: &str = "DELETE FROM zoom_queue WHERE account_id = $1 AND run_id = $2 AND user_id IN
    (SELECT user_id FROM zoom_steps WHERE account_id = $1 AND run_id = $2 AND state = 'waiting')";
const QUEUE_AGAIN: &str = "UPDATE zoom_queue SET run_id = NULL, is_again = 1 WHERE account_id = $1
    AND run_id = $2";
const LIST_QUEUING: &str =
    "SELECT account_id FROM zoom_queue WHERE account_id > $1 AND run_id IS NULL ORDER BY account_id LIMIT 1";

/// The settings of an account.
///
/// # Errors
/// [`StorageError`].
pub async fn find(
    tx: &mut Tx,
    account: AccountId,
    keys: &AccountKeys,
) -> Result<Option<Provisioning>, StorageError> {
    let account = account.to_string();
    let row = tx.fetch_optional(query(FIND).bind(account.as_str())).await?;
    let read = |row: Row| {
        Ok(Provisioning {
            version: row.number("version")?,
            settings: keys.open(settings_place(&account), &row.bytes("settings_sealed")?)?,
            next_run_at: row.moment_if_any("next_run_at")?,
            next_inventory_at: row.moment_if_any("next_inventory_at")?,
            followed_from: row.moment_if_any("followed_from")?,
        })
    };
    row.map(read).transpose()
}

/// Writes the settings of an account, over those of `new.version` (none for zero); `false` when there are others.
///
/// # Errors
/// [`StorageError`].
pub async fn save(
    tx: &mut Tx,
    account: AccountId,
    new: &Provisioning,
    (keys, now, rng): (&AccountKeys, Instant, &Rng),
) -> Result<bool, StorageError> {
    let account = account.to_string();
    let save = query(if new.version == 0 { INSERT } else { UPDATE })
        .bind(account.as_str())
        .bind(keys.seal(settings_place(&account), &new.settings, rng)?)
        .bind(new.next_run_at.map(Instant::micros))
        .bind(new.next_inventory_at.map(Instant::micros))
        .bind(new.followed_from.map(Instant::micros))
        .bind(now.micros());
    let save = if new.version == 0 { save } else { save.bind(new.version) };
    Ok(tx.execute(save).await? == 1)
}

/// Keeps the usual settings of an account that has none, with when Zoom's users are counted next.
///
/// # Errors
/// [`StorageError`].
pub async fn insert_usual(
    tx: &mut Tx,
    account: AccountId,
    (settings, next_inventory_at): (&[u8], Instant),
    (keys, now, rng): (&AccountKeys, Instant, &Rng),
) -> Result<(), StorageError> {
    let account = account.to_string();
    let insert = query(INSERT_USUAL)
        .bind(account.as_str())
        .bind(keys.seal(settings_place(&account), settings, rng)?)
        .bind(next_inventory_at.micros())
        .bind(now.micros());
    tx.execute(insert).await.map(drop)
}

/// Accounts after `after` whose link is used for the inventory, and who have no settings that would say when.
///
/// # Errors
/// [`StorageError`].
pub async fn list_uncounted(
    tx: &mut Tx,
    (after, limit): (Option<AccountId>, i64),
) -> Result<Vec<AccountId>, StorageError> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let rows = tx.fetch_all(query(LIST_UNCOUNTED).bind(after).bind(limit)).await?;
    rows.iter().map(|row| row.parsed("account_id")).collect()
}

/// What is done every so often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timed {
    /// Everybody is gone through.
    Run,
    /// Zoom's users are counted.
    Inventory,
}

/// Accounts whose turn it is, `limit` at the most.
///
/// # Errors
/// [`StorageError`].
pub async fn list_due(
    tx: &mut Tx,
    timed: Timed,
    (now, limit): (Instant, i64),
) -> Result<Vec<AccountId>, StorageError> {
    let sql = match timed {
        Timed::Run => LIST_DUE_RUNS,
        Timed::Inventory => LIST_DUE_INVENTORIES,
    };
    let rows = tx.fetch_all(query(sql).bind(now.micros()).bind(limit)).await?;
    rows.iter().map(|row| row.parsed("account_id")).collect()
}

/// Says when the next turn is; `false` when another node has just said so.
///
/// # Errors
/// [`StorageError`].
pub async fn update_next(
    tx: &mut Tx,
    (account, timed): (AccountId, Timed),
    (now, next_at): (Instant, Instant),
) -> Result<bool, StorageError> {
    let sql = match timed {
        Timed::Run => UPDATE_NEXT_RUN,
        Timed::Inventory => UPDATE_NEXT_INVENTORY,
    };
    let update = query(sql).bind(account.to_string()).bind(next_at.micros()).bind(now.micros());
    Ok(tx.execute(update).await? == 1)
}

/// Accounts that follow changes of their people, after `after`.
///
/// # Errors
/// [`StorageError`].
pub async fn list_following(
    tx: &mut Tx,
    (after, limit): (Option<AccountId>, i64),
) -> Result<Vec<AccountId>, StorageError> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let rows = tx.fetch_all(query(LIST_FOLLOWING).bind(after).bind(limit)).await?;
    rows.iter().map(|row| row.parsed("account_id")).collect()
}

/// Says up to when changes were looked at.
///
/// # Errors
/// [`StorageError`].
pub async fn update_followed(tx: &mut Tx, account: AccountId, until: Instant) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_FOLLOWED).bind(account.to_string()).bind(until.micros())).await.map(drop)
}

/// People who changed after `after`, with when; who changed first comes first.
///
/// # Errors
/// [`StorageError`].
pub async fn list_changed(
    tx: &mut Tx,
    account: AccountId,
    (after, limit): ((Instant, Option<UserId>), i64),
) -> Result<Vec<(UserId, Instant)>, StorageError> {
    let list = query(LIST_CHANGED)
        .bind(account.to_string())
        .bind(after.0.micros())
        .bind(after.1.map(|id| id.to_string()).unwrap_or_default())
        .bind(limit);
    let rows = tx.fetch_all(list).await?;
    rows.iter().map(|row| Ok((row.parsed("id")?, row.moment("updated_at")?))).collect()
}

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
pub async fn list_people(
    tx: &mut Tx,
    (account, among): (AccountId, Among),
    (after, limit): (Option<UserId>, i64),
    keys: &AccountKeys,
) -> Result<Vec<ZoomPerson>, StorageError> {
    let sql = match among {
        Among::All => LIST_PEOPLE,
        Among::Problems => LIST_PROBLEMS,
    };
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let rows = tx.fetch_all(query(sql).bind(account.to_string()).bind(after).bind(limit)).await?;
    rows.iter().map(|row| read_person(row, keys)).collect()
}

/// What is known of a person.
///
/// # Errors
/// [`StorageError`].
pub async fn find_person(
    tx: &mut Tx,
    account: AccountId,
    user: UserId,
    keys: &AccountKeys,
) -> Result<Option<ZoomPerson>, StorageError> {
    let find = query(FIND_PERSON).bind(account.to_string()).bind(user.to_string());
    tx.fetch_optional(find).await?.map(|row| read_person(&row, keys)).transpose()
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
    tx.fetch_optional(find).await?.map(|row| read_person(&row, keys)).transpose()
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
pub async fn save_person(
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
    let save = query(SAVE_PERSON)
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
pub async fn delete_person(tx: &mut Tx, account: AccountId, user: UserId) -> Result<(), StorageError> {
    tx.execute(query(DELETE_PERSON).bind(account.to_string()).bind(user.to_string())).await.map(drop)
}

/// Has somebody looked at soon.
///
/// # Errors
/// [`StorageError`].
pub async fn queue(tx: &mut Tx, account: AccountId, user: UserId, now: Instant) -> Result<(), StorageError> {
    tx.execute(query(QUEUE).bind(account.to_string()).bind(user.to_string()).bind(now.micros()))
        .await
        .map(drop)
}

/// Who is to be looked at, `limit` at the most, with since when; not those whom a run has taken.
///
/// # Errors
/// [`StorageError`].
pub async fn list_queue(
    tx: &mut Tx,
    account: AccountId,
    limit: i64,
) -> Result<Vec<(UserId, Instant)>, StorageError> {
    let rows = tx.fetch_all(query(LIST_QUEUE).bind(account.to_string()).bind(limit)).await?;
    rows.iter().map(|row| Ok((row.parsed("user_id")?, row.moment("queued_at")?))).collect()
}

/// Whether somebody among them was a run's that ended before it was done with them.
///
/// # Errors
/// [`StorageError`].
pub async fn is_any_queued_again(tx: &mut Tx, account: AccountId) -> Result<bool, StorageError> {
    Ok(tx.fetch_optional(query(HAS_AGAIN).bind(account.to_string())).await?.is_some())
}

/// Nobody looks at them, as they were queued then: who was queued once more since is looked at.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_queued(
    tx: &mut Tx,
    account: AccountId,
    users: &[(UserId, Instant)],
) -> Result<(), StorageError> {
    for (user, queued_at) in users {
        let delete = query(DELETE_QUEUED).bind(account.to_string()).bind(user.to_string());
        tx.execute(delete.bind(queued_at.micros())).await?;
    }
    Ok(())
}

/// They are a run's, as they were queued then, until it ends: who was queued once more since, or is while it is under way,
/// is looked at once more.
///
/// # Errors
/// [`StorageError`].
pub async fn take_queued(
    tx: &mut Tx,
    (account, run): (AccountId, ZoomRunId),
    users: &[(UserId, Instant)],
) -> Result<(), StorageError> {
    for (user, queued_at) in users {
        let take = query(TAKE_QUEUED).bind(account.to_string()).bind(user.to_string());
        tx.execute(take.bind(queued_at.micros()).bind(run.to_string())).await?;
    }
    Ok(())
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
pub async fn queue_again(tx: &mut Tx, account: AccountId, run: ZoomRunId) -> Result<(), StorageError> {
    tx.execute(query(QUEUE_AGAIN).bind(account.to_string()).bind(run.to_string())).await.map(drop)
}

/// The next account after `after` in which somebody is to be looked at.
///
/// # Errors
/// [`StorageError`].
pub async fn next_queuing(tx: &mut Tx, after: Option<AccountId>) -> Result<Option<AccountId>, StorageError> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let row = tx.fetch_optional(query(LIST_QUEUING).bind(after)).await?;
    row.map(|row| row.parsed("account_id")).transpose()
}

fn read_person(row: &Row, keys: &AccountKeys) -> Result<ZoomPerson, StorageError> {
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

const fn settings_place(row: &str) -> Place<'_> {
    Place { table: "zoom_provisioning", column: "settings_sealed", row }
}

const fn invited_place(row: &str) -> Place<'_> {
    Place { table: "zoom_people", column: "invited_sealed", row }
}

const fn ignored_place(row: &str) -> Place<'_> {
    Place { table: "zoom_people", column: "ignored_sealed", row }
}
