//! Inventories of Zoom's users, and the users as the last one found them. What is known of somebody is sealed.

use zeroize::Zeroizing;

use super::many::Many;
use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::{Sql, query};
use super::zoom_run::account_or_none;
use super::{StorageError, Tx};
use crate::base::encoding::hex;
use crate::base::id::{AccountId, ZoomInventoryId};
use crate::base::{Instant, Rng};
use crate::directory::email::lookup_form;
use crate::directory::state::ZoomInventoryState;

/// An inventory.
#[derive(Debug, Clone)]
pub struct Inventory {
    /// Its id.
    pub id: ZoomInventoryId,
    /// Its state.
    pub state: ZoomInventoryState,
    /// Who asked for it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
    /// Not before.
    pub run_at: Instant,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// Which list is being read.
    pub sweep: String,
    /// Where it goes on in that list.
    pub next_page: Option<String>,
    /// When that was said.
    pub read_at: Option<Instant>,
    /// How many were read.
    pub seen: i64,
    /// What it came to, as the flow writes it.
    pub report: Option<Zeroizing<Vec<u8>>>,
    /// Why it could not go on, by its stable name.
    pub problem: Option<String>,
    /// How often it was begun without getting anywhere.
    pub tries: i64,
}

/// A user of Zoom.
#[derive(Debug, Clone)]
pub struct Seat {
    /// Their id at Zoom; none for those who are pending.
    pub zoom_id: Option<String>,
    /// Their address.
    pub email: String,
    /// Their licence, by its stable name.
    pub plan: String,
    /// How they use it, by its stable name.
    pub use_of_it: String,
    /// Whether a paid licence is wasted.
    pub is_wasted: bool,
    /// Everything, as the flow writes it.
    pub seat: Zeroizing<Vec<u8>>,
}

/// A user of Zoom as they are kept.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The key that a list goes on after, as text.
    pub cursor: String,
    /// Their id at Zoom.
    pub zoom_id: Option<String>,
    /// Everything, as the flow wrote it.
    pub seat: Zeroizing<Vec<u8>>,
}

/// Which users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// All.
    All,
    /// Those whose paid licence is wasted.
    Wasted,
    /// Those of a plan.
    Plan(&'a str),
    /// Those with that use.
    Use(&'a str),
}

macro_rules! columns {
    () => {
        "account_id, id, state, created_by, created_at, run_at, ended_at, sweep, next_page, read_at, seen, report_sealed,
    problem, tries"
    };
}

const INSERT: &str =
    "INSERT INTO zoom_inventories (account_id, id, state, created_by, created_at, run_at, sweep, seen,
    tries) VALUES ($1, $2, 'reading', $3, $4, $4, $5, 0, 0)";
const ACCOUNT_OF: &str = "SELECT account_id FROM zoom_inventories WHERE id = $1";
const FIND: &str = concat!("SELECT ", columns!(), " FROM zoom_inventories WHERE account_id = $1 AND id = $2");
const LIST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM zoom_inventories WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
);
const IS_ANY_DUE: &str = "SELECT id FROM zoom_inventories WHERE state = 'reading' AND run_at <= $1
    AND COALESCE(leased_until, 0) <= $1 AND ($2 = '' OR account_id = $2)
    AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = zoom_inventories.account_id AND a.state = 'active') LIMIT 1";
/// `PostgreSQL` passes over what another node is just taking.
const CLAIM: Sql = Sql::Each {
    sqlite: concat!(
        "UPDATE zoom_inventories SET lease = $2, leased_until = $3, tries = tries + 1, problem = NULL WHERE id =
            (SELECT id FROM zoom_inventories WHERE state = 'reading' AND run_at <= $1
            AND COALESCE(leased_until, 0) <= $1 AND ($4 = '' OR account_id = $4)
            AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = zoom_inventories.account_id AND a.state = 'active')
            ORDER BY run_at, id LIMIT 1) RETURNING ",
        columns!()
    ),
    postgres: concat!(
        "UPDATE zoom_inventories SET lease = $2, leased_until = $3, tries = tries + 1, problem = NULL WHERE id =
            (SELECT id FROM zoom_inventories WHERE state = 'reading' AND run_at <= $1
            AND COALESCE(leased_until, 0) <= $1 AND ($4 = '' OR account_id = $4)
            AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = zoom_inventories.account_id AND a.state = 'active')
            ORDER BY run_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING ",
        columns!()
    ),
};
const IS_ANY_ACTIVE: &str = "SELECT id FROM zoom_inventories WHERE account_id = $1 AND state = 'reading'";
const FIND_SEEN: &str = "SELECT seen_sealed FROM zoom_inventories WHERE account_id = $1 AND id = $2";
const KEEP: &str =
    "UPDATE zoom_inventories SET sweep = $4, next_page = $5, read_at = $6, seen = $7, seen_sealed = $8,
    leased_until = $9, tries = $10 WHERE account_id = $1 AND id = $2 AND lease = $3";
const UPDATE: &str =
    "UPDATE zoom_inventories SET state = $4, run_at = $5, ended_at = $6, sweep = $7, next_page = $8,
    report_sealed = $9, problem = $10, seen_sealed = CASE WHEN $4 = 'reading' THEN seen_sealed ELSE NULL END,
    tries = $11, lease = NULL, leased_until = NULL WHERE account_id = $1 AND id = $2 AND lease = $3";
const RENEW: &str =
    "UPDATE zoom_inventories SET leased_until = $4 WHERE account_id = $1 AND id = $2 AND lease = $3";
const DELETE_OLD: &str = "DELETE FROM zoom_inventories WHERE id IN (SELECT id FROM zoom_inventories
    WHERE created_at < $1 AND state <> 'reading' ORDER BY created_at LIMIT $2)";

const LIST_SEATS: &str = "SELECT seat_key, zoom_id, seat_sealed FROM zoom_seats WHERE account_id = $1
    AND seat_key > $2 ORDER BY seat_key LIMIT $3";
const LIST_WASTED: &str = "SELECT seat_key, zoom_id, seat_sealed FROM zoom_seats WHERE account_id = $1
    AND seat_key > $2 AND is_wasted = 1 ORDER BY seat_key LIMIT $3";
const LIST_BY_PLAN: &str = "SELECT seat_key, zoom_id, seat_sealed FROM zoom_seats WHERE account_id = $1
    AND seat_key > $2 AND plan = $4 ORDER BY seat_key LIMIT $3";
const LIST_BY_USE: &str = "SELECT seat_key, zoom_id, seat_sealed FROM zoom_seats WHERE account_id = $1
    AND seat_key > $2 AND use_of_it = $4 ORDER BY seat_key LIMIT $3";
const LIST_BY_EMAIL: &str = "SELECT seat_key, zoom_id, seat_sealed FROM zoom_seats WHERE account_id = $1
    AND email_key = $2 ORDER BY seat_key LIMIT $3";
const FIND_BY_ZOOM_ID: &str = "SELECT seat_key, zoom_id, seat_sealed FROM zoom_seats WHERE account_id = $1
    AND zoom_id = $2 ORDER BY seat_key LIMIT 1";
const DELETE_OTHERS: &str = "DELETE FROM zoom_seats WHERE account_id = $1 AND seat_key IN
    (SELECT seat_key FROM zoom_seats WHERE account_id = $1 AND found_by < $2 LIMIT $3)";

const DELETE_SEAT: &str = "DELETE FROM zoom_seats WHERE account_id = $1 AND zoom_id = $2";
const DELETE_BY_EMAIL: &str = "DELETE FROM zoom_seats WHERE account_id = $1 AND email_key = $2";

static SAVE_SEATS: Many = Many::new(
    "INSERT INTO zoom_seats
    (account_id, seat_key, zoom_id, email_key, found_by, plan, use_of_it, is_wasted, seat_sealed)",
    9,
    " ON CONFLICT (account_id, seat_key) DO UPDATE SET zoom_id = excluded.zoom_id, email_key = excluded.email_key,
    found_by = excluded.found_by, plan = excluded.plan, use_of_it = excluded.use_of_it,
    is_wasted = excluded.is_wasted, seat_sealed = excluded.seat_sealed",
);

/// Adds an inventory that begins with the list `sweep`.
///
/// # Errors
/// [`StorageError::Exists`] when one is under way in the account.
pub async fn insert(
    tx: &mut Tx,
    account: AccountId,
    (id, sweep): (ZoomInventoryId, &str),
    (created_by, now): (&str, Instant),
) -> Result<(), StorageError> {
    let insert = query(INSERT)
        .bind(account.to_string())
        .bind(id.to_string())
        .bind(created_by)
        .bind(now.micros())
        .bind(sweep);
    tx.execute(insert).await.map(drop)
}

/// Whose the inventory is.
///
/// # Errors
/// [`StorageError`].
pub async fn account_of(tx: &mut Tx, id: ZoomInventoryId) -> Result<Option<AccountId>, StorageError> {
    let row = tx.fetch_optional(query(ACCOUNT_OF).bind(id.to_string())).await?;
    row.map(|row| row.parsed("account_id")).transpose()
}

/// An inventory.
///
/// # Errors
/// [`StorageError`].
pub async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: ZoomInventoryId,
    keys: &AccountKeys,
) -> Result<Option<Inventory>, StorageError> {
    let row = tx.fetch_optional(query(FIND).bind(account.to_string()).bind(id.to_string())).await?;
    row.map(|row| read(&row, Some(keys))).transpose()
}

/// Inventories of an account before `before`, the newest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    account: AccountId,
    (before, limit): (Option<ZoomInventoryId>, i64),
    keys: &AccountKeys,
) -> Result<Vec<Inventory>, StorageError> {
    // Sorts after every id: no id begins with an 8.
    let before = ZoomInventoryId::or_last(before);
    let list = query(LIST).bind(account.to_string()).bind(before).bind(limit);
    tx.fetch_all(list).await?.iter().map(|row| read(row, Some(keys))).collect()
}

/// Whether one is under way in an account.
///
/// # Errors
/// [`StorageError`].
pub async fn is_any_active(tx: &mut Tx, account: AccountId) -> Result<bool, StorageError> {
    Ok(tx.fetch_optional(query(IS_ANY_ACTIVE).bind(account.to_string())).await?.is_some())
}

/// Whether something is to be worked on, of one account or of whichever.
///
/// # Errors
/// [`StorageError`].
pub async fn is_any_due(tx: &mut Tx, only: Option<AccountId>, now: Instant) -> Result<bool, StorageError> {
    let look = query(IS_ANY_DUE).bind(now.micros()).bind(account_or_none(only));
    Ok(tx.fetch_optional(look).await?.is_some())
}

/// Takes the inventory whose turn it is, of one account or of whichever, for whoever holds `lease`, until `until`; without its
/// report.
///
/// # Errors
/// [`StorageError`].
pub async fn claim(
    tx: &mut Tx,
    only: Option<AccountId>,
    lease: &str,
    (now, until): (Instant, Instant),
) -> Result<Option<(AccountId, Inventory)>, StorageError> {
    let claim = query(CLAIM).bind(now.micros()).bind(lease).bind(until.micros());
    let claim = claim.bind(account_or_none(only));
    let row = tx.fetch_optional(claim).await?;
    row.map(|row| Ok((row.parsed("account_id")?, read(&row, None)?))).transpose()
}

/// Who was counted so far, as the flow writes it.
///
/// # Errors
/// [`StorageError`].
pub async fn find_seen(
    tx: &mut Tx,
    account: AccountId,
    id: ZoomInventoryId,
    keys: &AccountKeys,
) -> Result<Option<Zeroizing<Vec<u8>>>, StorageError> {
    let id = id.to_string();
    let row = tx.fetch_optional(query(FIND_SEEN).bind(account.to_string()).bind(id.as_str())).await?;
    let sealed = row.map(|row| row.bytes_if_any("seen_sealed")).transpose()?.flatten();
    sealed.map(|sealed| Ok(keys.open(place("seen_sealed", &id), &sealed)?)).transpose()
}

/// Keeps how far an inventory has come, and the inventory for longer; whether it was still ours.
///
/// # Errors
/// [`StorageError`].
pub async fn keep(
    tx: &mut Tx,
    account: AccountId,
    (now, seen): (&Inventory, &[u8]),
    (lease, until): (&str, Instant),
    (keys, rng): (&AccountKeys, &Rng),
) -> Result<bool, StorageError> {
    let id = now.id.to_string();
    let keep = query(KEEP)
        .bind(account.to_string())
        .bind(id.as_str())
        .bind(lease)
        .bind(now.sweep.as_str())
        .bind(now.next_page.as_deref())
        .bind(now.read_at.map(Instant::micros))
        .bind(now.seen)
        .bind(keys.seal(place("seen_sealed", &id), seen, rng)?)
        .bind(until.micros())
        .bind(now.tries);
    Ok(tx.execute(keep).await? == 1)
}

/// Keeps an inventory for longer; whether it was still ours.
///
/// # Errors
/// [`StorageError`].
pub async fn renew(
    tx: &mut Tx,
    (account, id): (AccountId, ZoomInventoryId),
    (lease, until): (&str, Instant),
) -> Result<bool, StorageError> {
    let renew = query(RENEW).bind(account.to_string()).bind(id.to_string()).bind(lease).bind(until.micros());
    Ok(tx.execute(renew).await? == 1)
}

/// Writes an inventory as it is now and gives it back; whether it was still ours.
///
/// # Errors
/// [`StorageError`].
pub async fn update(
    tx: &mut Tx,
    account: AccountId,
    now: &Inventory,
    lease: &str,
    (keys, rng): (&AccountKeys, &Rng),
) -> Result<bool, StorageError> {
    let id = now.id.to_string();
    let report = now.report.as_ref().map(|plain| keys.seal(place("report_sealed", &id), plain, rng));
    let update = query(UPDATE)
        .bind(account.to_string())
        .bind(id.as_str())
        .bind(lease)
        .bind(now.state.name())
        .bind(now.run_at.micros())
        .bind(now.ended_at.map(Instant::micros))
        .bind(now.sweep.as_str())
        .bind(now.next_page.as_deref())
        .bind(report.transpose()?)
        .bind(now.problem.as_deref())
        .bind(now.tries);
    Ok(tx.execute(update).await? == 1)
}

/// Forgets inventories of before `before`, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old(tx: &mut Tx, before: Instant, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD).bind(before.micros()).bind(limit)).await
}

/// Writes users as the inventory `found_by` found them.
///
/// # Errors
/// [`StorageError`].
pub async fn save_seats(
    tx: &mut Tx,
    (account, found_by): (AccountId, ZoomInventoryId),
    seats: &[Seat],
    (keys, rng): (&AccountKeys, &Rng),
) -> Result<(), StorageError> {
    let mut rows = Vec::with_capacity(seats.len());
    for seat in seats {
        let email_key = keys.lookup("users.email", lookup_form(&seat.email).as_bytes())?;
        let seat_key = match &seat.zoom_id {
            Some(id) => keys.lookup("zoom_seats.id", id.as_bytes())?,
            None => keys.lookup("zoom_seats.email", lookup_form(&seat.email).as_bytes())?,
        };
        let sealed = keys.seal(seat_place(&hex(&seat_key)), &seat.seat, rng)?;
        rows.push((seat, seat_key, email_key, sealed));
    }
    let save = SAVE_SEATS.execute(tx, &rows, |(seat, seat_key, email_key, sealed), query| {
        query
            .bind(account.to_string())
            .bind(seat_key.as_slice())
            .bind(seat.zoom_id.as_deref())
            .bind(email_key.as_slice())
            .bind(found_by.to_string())
            .bind(seat.plan.as_str())
            .bind(seat.use_of_it.as_str())
            .bind(i64::from(seat.is_wasted))
            .bind(sealed.as_slice())
    });
    save.await.map(drop)
}

/// Users after `after`, in no order that means anything, `limit` at the most.
///
/// # Errors
/// [`StorageError`].
pub async fn list_seats(
    tx: &mut Tx,
    (account, which): (AccountId, Which<'_>),
    (after, limit): (&[u8], i64),
    keys: &AccountKeys,
) -> Result<Vec<Listed>, StorageError> {
    let page = |sql: &'static str| query(sql).bind(account.to_string()).bind(after).bind(limit);
    let list = match which {
        Which::All => page(LIST_SEATS),
        Which::Wasted => page(LIST_WASTED),
        Which::Plan(plan) => page(LIST_BY_PLAN).bind(plan),
        Which::Use(use_of_it) => page(LIST_BY_USE).bind(use_of_it),
    };
    tx.fetch_all(list).await?.iter().map(|row| read_seat(row, keys)).collect()
}

/// Users with that address, `limit` at the most.
///
/// # Errors
/// [`StorageError`].
pub async fn list_seats_by_email(
    tx: &mut Tx,
    account: AccountId,
    (email, limit): (&str, i64),
    keys: &AccountKeys,
) -> Result<Vec<Listed>, StorageError> {
    let key = keys.lookup("users.email", lookup_form(email).as_bytes())?;
    let list = query(LIST_BY_EMAIL).bind(account.to_string()).bind(key).bind(limit);
    tx.fetch_all(list).await?.iter().map(|row| read_seat(row, keys)).collect()
}

/// The user of that id.
///
/// # Errors
/// [`StorageError`].
pub async fn find_seat(
    tx: &mut Tx,
    account: AccountId,
    zoom_id: &str,
    keys: &AccountKeys,
) -> Result<Option<Listed>, StorageError> {
    let find = query(FIND_BY_ZOOM_ID).bind(account.to_string()).bind(zoom_id);
    tx.fetch_optional(find).await?.map(|row| read_seat(&row, keys)).transpose()
}

/// Forgets the user of that id; how many that were.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_seat(tx: &mut Tx, account: AccountId, zoom_id: &str) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_SEAT).bind(account.to_string()).bind(zoom_id)).await
}

/// Forgets users with that address; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_seats_by_email(
    tx: &mut Tx,
    account: AccountId,
    email: &str,
    keys: &AccountKeys,
) -> Result<u64, StorageError> {
    let key = keys.lookup("users.email", lookup_form(email).as_bytes())?;
    tx.execute(query(DELETE_BY_EMAIL).bind(account.to_string()).bind(key)).await
}

/// Forgets users whom only inventories before `found_by` found, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_other_seats(
    tx: &mut Tx,
    (account, found_by): (AccountId, ZoomInventoryId),
    limit: i64,
) -> Result<u64, StorageError> {
    let delete = query(DELETE_OTHERS).bind(account.to_string()).bind(found_by.to_string()).bind(limit);
    tx.execute(delete).await
}

fn read(row: &Row, keys: Option<&AccountKeys>) -> Result<Inventory, StorageError> {
    let id = row.text("id")?;
    let report = match keys {
        Some(keys) => {
            let sealed = row.bytes_if_any("report_sealed")?;
            sealed.map(|sealed| keys.open(place("report_sealed", &id), &sealed)).transpose()?
        }
        None => None,
    };
    Ok(Inventory {
        id: row.parsed("id")?,
        state: row.parsed("state")?,
        created_by: row.text("created_by")?,
        created_at: row.moment("created_at")?,
        run_at: row.moment("run_at")?,
        ended_at: row.moment_if_any("ended_at")?,
        sweep: row.text("sweep")?,
        next_page: row.text_if_any("next_page")?,
        read_at: row.moment_if_any("read_at")?,
        seen: row.number("seen")?,
        report,
        problem: row.text_if_any("problem")?,
        tries: row.number("tries")?,
    })
}

fn read_seat(row: &Row, keys: &AccountKeys) -> Result<Listed, StorageError> {
    let cursor = hex(&row.bytes("seat_key")?);
    let seat = keys.open(seat_place(&cursor), &row.bytes("seat_sealed")?)?;
    Ok(Listed { zoom_id: row.text_if_any("zoom_id")?, seat, cursor })
}

const fn place<'p>(column: &'static str, row: &'p str) -> Place<'p> {
    Place { table: "zoom_inventories", column, row }
}

const fn seat_place(row: &str) -> Place<'_> {
    Place { table: "zoom_seats", column: "seat_sealed", row }
}
