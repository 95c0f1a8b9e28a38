//! Provisioning into Zoom, of an account: its settings, and when it is its turn.
//!
//! Settings are sealed. Who of its people is who in Zoom is [`super::zoom_person`], who is to be looked at
//! [`super::zoom_queue`], the runs themselves [`super::zoom_run`].

use zeroize::Zeroizing;

use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::id::{AccountId, UserId};
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
    AND followed_from = $3 AND followed_from < $2";
const FOLLOW_AGAIN: &str = "UPDATE zoom_provisioning SET followed_from = $2 WHERE account_id = $1
    AND followed_from > $2";
const LIST_CHANGED: &str =
    "SELECT id, updated_at FROM users WHERE account_id = $1 AND (updated_at, id) > ($2, $3)
    ORDER BY updated_at, id LIMIT $4";

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

/// Accounts after the first of `page` whose link is used for the inventory, and who have no settings that would say when.
///
/// # Errors
/// [`StorageError`].
pub async fn list_uncounted(
    tx: &mut Tx,
    page: (Option<AccountId>, i64),
) -> Result<Vec<AccountId>, StorageError> {
    accounts(tx, LIST_UNCOUNTED, page).await
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

/// Accounts that follow changes of their people, after the first of `page`.
///
/// # Errors
/// [`StorageError`].
pub async fn list_following(
    tx: &mut Tx,
    page: (Option<AccountId>, i64),
) -> Result<Vec<AccountId>, StorageError> {
    accounts(tx, LIST_FOLLOWING, page).await
}

/// Says that changes were looked at from a moment to another, unless that beginning is another by now: whatever was written
/// before it since is looked at yet.
///
/// # Errors
/// [`StorageError`].
pub async fn update_followed(
    tx: &mut Tx,
    account: AccountId,
    (from, until): (Instant, Instant),
) -> Result<(), StorageError> {
    let update = query(UPDATE_FOLLOWED).bind(account.to_string()).bind(until.micros());
    tx.execute(update.bind(from.micros())).await.map(drop)
}

/// Has changes looked at again from `since`, if they were looked at beyond it: what is about to be committed was written at
/// that moment.
///
/// # Errors
/// [`StorageError`].
pub async fn follow_again(tx: &mut Tx, account: AccountId, since: Instant) -> Result<(), StorageError> {
    tx.execute(query(FOLLOW_AGAIN).bind(account.to_string()).bind(since.micros())).await.map(drop)
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

/// The accounts that `sql` finds after `after`, `limit` at the most.
async fn accounts(
    tx: &mut Tx,
    sql: &'static str,
    (after, limit): (Option<AccountId>, i64),
) -> Result<Vec<AccountId>, StorageError> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let rows = tx.fetch_all(query(sql).bind(after).bind(limit)).await?;
    rows.iter().map(|row| row.parsed("account_id")).collect()
}

const fn settings_place(row: &str) -> Place<'_> {
    Place { table: "zoom_provisioning", column: "settings_sealed", row }
}
