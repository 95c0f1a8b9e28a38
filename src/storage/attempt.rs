//! Attempts to sign in, their traces, and the messages that they are about.

use zeroize::Zeroizing;

use super::many::{Many, count};
use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::id::{AccountId, AttemptId, ConnectionId, RequestId, SessionId, UserId};
use crate::base::{Instant, Rng};
use crate::directory::state::{Outcome, Purpose};

/// One try to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its id: the reference on the page.
    pub id: AttemptId,
    /// By which connection.
    pub connection_id: ConnectionId,
    /// In which revision.
    pub revision: i64,
    /// What for.
    pub purpose: Purpose,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether a trusted key stands behind the message.
    pub is_signed: bool,
    /// Why it was refused, as far as may be said in public.
    pub code: Option<String>,
    /// Who signed in; where that was refused, whom it led to, who need not be whoever tried.
    pub user_id: Option<UserId>,
    /// The session that it made.
    pub session_id: Option<SessionId>,
    /// The request that carried it.
    pub request_id: RequestId,
    /// When.
    pub created_at: Instant,
}

const ACCOUNT_OF: &str = "SELECT account_id FROM attempts WHERE id = $1";
const UPDATE_TRACE: &str = "UPDATE attempts SET trace_sealed = $3, trace_was = COALESCE(trace_was, $4)
    WHERE account_id = $1 AND id = $2";
const FIND_TRACE: &str = "SELECT trace_sealed FROM attempts WHERE account_id = $1 AND id = $2";
const FIND: &str =
    "SELECT id, connection_id, revision, purpose, outcome, is_signed, code, user_id, session_id, request_id,
    created_at FROM attempts WHERE account_id = $1 AND id = $2";
const COUNT_ACCEPTED: &str = "SELECT COUNT(*) AS number FROM (SELECT id FROM attempts
    WHERE account_id = $1 AND connection_id = $2 AND id >= $3 AND outcome = 'accepted' LIMIT $4) AS counted";
/// That what was refused was not accepted is said so that the index of what was not accepted is used.
const COUNT_REFUSED: &str = "SELECT COUNT(*) AS number FROM (SELECT id FROM attempts
    WHERE account_id = $1 AND connection_id = $2 AND outcome = 'refused' AND outcome <> 'accepted' AND id >= $3
    AND purpose <> 'test' LIMIT $4) AS counted";
static INSERT: Many = Many::new(
    "INSERT INTO attempts
    (account_id, id, day, connection_id, revision, purpose, outcome, is_signed, code, trace_sealed, user_id, session_id,
     request_id, created_at)",
    14,
    " ON CONFLICT DO NOTHING",
);
const FIND_TESTED: &str =
    "SELECT id FROM attempts WHERE account_id = $1 AND connection_id = $2 AND revision = $3
    AND outcome = 'tested' LIMIT 1";
const FIND_LAST_TEST: &str =
    "SELECT id, connection_id, revision, purpose, outcome, is_signed, code, user_id, session_id, request_id,
    created_at FROM attempts WHERE account_id = $1 AND connection_id = $2 AND purpose = 'test' ORDER BY id DESC LIMIT 1";
const ADD_OVERFLOW: &str = "INSERT INTO attempt_overflows (account_id, connection_id, minute, refused)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (connection_id, minute) DO UPDATE SET refused = attempt_overflows.refused + excluded.refused";
static INSERT_MESSAGE: Many = Many::new(
    "INSERT INTO attempt_messages
    (account_id, attempt_id, connection_id, outcome, raw_sealed, created_at, expires_at)",
    7,
    "",
);
const FIND_MESSAGE: &str =
    "SELECT raw_sealed FROM attempt_messages WHERE account_id = $1 AND attempt_id = $2";
const HAS_MESSAGE: &str = "SELECT attempt_id FROM attempt_messages WHERE account_id = $1 AND attempt_id = $2";
const LIST_MESSAGES: &str = "SELECT attempt_id, raw_sealed FROM attempt_messages
    WHERE account_id = $1 AND connection_id = $2 AND outcome = $3
    ORDER BY created_at DESC, attempt_id DESC LIMIT $4";
/// First what is late, then each pile once: by itself, `SQLite` would walk through all of them in the order of piles.
const LIST_PILES: &str = "WITH late AS MATERIALIZED
    (SELECT account_id, connection_id, outcome FROM attempt_messages WHERE expires_at > $1)
    SELECT DISTINCT account_id, connection_id, outcome FROM late";
const LIST_PILES_OF: &str =
    "SELECT DISTINCT account_id, connection_id, outcome FROM attempt_messages WHERE account_id = $1";
const FIND_BEYOND: &str = "SELECT attempt_id FROM attempt_messages
    WHERE account_id = $1 AND connection_id = $2 AND outcome = $3
    ORDER BY created_at DESC, attempt_id DESC LIMIT 1 OFFSET $4";
const DELETE_BEYOND: &str = "DELETE FROM attempt_messages WHERE attempt_id IN (
    SELECT attempt_id FROM attempt_messages
    WHERE account_id = $1 AND connection_id = $2 AND outcome = $3
    ORDER BY created_at DESC, attempt_id DESC LIMIT $5 OFFSET $4)";
const DELETE_MESSAGE: &str = "DELETE FROM attempt_messages WHERE account_id = $1 AND attempt_id = $2";
const DELETE_OLD_MESSAGES: &str = "DELETE FROM attempt_messages WHERE attempt_id IN
    (SELECT attempt_id FROM attempt_messages WHERE expires_at < $1 LIMIT $2)";
/// A refused attempt whose message is still there stays for as long.
const DELETE_OLD_REFUSED: &str = "DELETE FROM attempts WHERE id IN
    (SELECT id FROM attempts WHERE outcome = 'refused' AND day < $1
        AND NOT EXISTS (SELECT 1 FROM attempt_messages WHERE attempt_id = attempts.id) LIMIT $2)";
const DELETE_BEFORE: &str = "DELETE FROM attempts WHERE id IN
    (SELECT id FROM attempts WHERE id < $1
        AND NOT EXISTS (SELECT 1 FROM attempt_messages WHERE attempt_id = attempts.id) ORDER BY id LIMIT $2)";
const DELETE_OLD_OVERFLOWS: &str = "DELETE FROM attempt_overflows WHERE (connection_id, minute) IN
    (SELECT connection_id, minute FROM attempt_overflows WHERE minute < $1 LIMIT $2)";

/// Whose attempt that is.
///
/// # Errors
/// [`StorageError`].
pub async fn account_of(tx: &mut Tx, id: AttemptId) -> Result<Option<AccountId>, StorageError> {
    let row = tx.fetch_optional(query(ACCOUNT_OF).bind(id.to_string())).await?;
    row.map(|row| row.parsed("account_id")).transpose()
}

/// The attempt of that id.
///
/// # Errors
/// [`StorageError`].
pub async fn find(tx: &mut Tx, account: AccountId, id: AttemptId) -> Result<Option<Attempt>, StorageError> {
    let select = query(FIND).bind(account.to_string()).bind(id.to_string());
    tx.fetch_optional(select).await?.map(|row| read(&row)).transpose()
}

/// How many sign-ins by a connection went well since then, `limit` at most.
///
/// # Errors
/// [`StorageError`].
pub async fn count_accepted(
    tx: &mut Tx,
    account: AccountId,
    connection: ConnectionId,
    (since, limit): (Instant, i64),
) -> Result<i64, StorageError> {
    let select = query(COUNT_ACCEPTED).bind(account.to_string()).bind(connection.to_string());
    let since = AttemptId::first_of(since).to_string();
    tx.fetch_one(select.bind(since).bind(limit)).await?.number("number")
}

/// How many were refused by a connection since then, tests left out, `limit` at the most.
///
/// # Errors
/// [`StorageError`].
pub async fn count_refused(
    tx: &mut Tx,
    account: AccountId,
    connection: ConnectionId,
    (since, limit): (Instant, i64),
) -> Result<i64, StorageError> {
    let select = query(COUNT_REFUSED).bind(account.to_string()).bind(connection.to_string());
    let since = AttemptId::first_of(since).to_string();
    tx.fetch_one(select.bind(since).bind(limit)).await?.number("number")
}

/// An attempt of its columns.
pub(super) fn read(row: &Row) -> Result<Attempt, StorageError> {
    Ok(Attempt {
        id: row.parsed("id")?,
        connection_id: row.parsed("connection_id")?,
        revision: row.number("revision")?,
        purpose: row.parsed("purpose")?,
        outcome: row.parsed("outcome")?,
        is_signed: row.number("is_signed")? != 0,
        code: row.text_if_any("code")?,
        user_id: row.parsed_if_any("user_id")?,
        session_id: row.parsed_if_any("session_id")?,
        request_id: row.parsed("request_id")?,
        created_at: row.moment("created_at")?,
    })
}

/// The trace of an attempt: JSON that flows read and write.
///
/// # Errors
/// [`StorageError`].
pub async fn find_trace(
    tx: &mut Tx,
    account: AccountId,
    id: AttemptId,
    keys: &AccountKeys,
) -> Result<Option<Zeroizing<Vec<u8>>>, StorageError> {
    let id = id.to_string();
    let select = query(FIND_TRACE).bind(account.to_string()).bind(id.as_str());
    let row = tx.fetch_optional(select).await?;
    row.map(|row| Ok(keys.open(trace_place(&id), &row.bytes("trace_sealed")?)?)).transpose()
}

/// Whether a test of that revision of a connection went well.
///
/// # Errors
/// [`StorageError`].
pub async fn is_tested(
    tx: &mut Tx,
    (account, connection): (AccountId, ConnectionId),
    revision: i64,
) -> Result<bool, StorageError> {
    let select = query(FIND_TESTED).bind(account.to_string()).bind(connection.to_string()).bind(revision);
    Ok(tx.fetch_optional(select).await?.is_some())
}

/// The last test sign-in by a connection.
///
/// # Errors
/// [`StorageError`].
pub async fn find_last_test(
    tx: &mut Tx,
    (account, connection): (AccountId, ConnectionId),
) -> Result<Option<Attempt>, StorageError> {
    let select = query(FIND_LAST_TEST).bind(account.to_string()).bind(connection.to_string());
    tx.fetch_optional(select).await?.map(|row| read(&row)).transpose()
}

/// An attempt as it is written.
pub struct NewRow {
    account_id: String,
    id: String,
    connection_id: String,
    revision: i64,
    purpose: Purpose,
    outcome: Outcome,
    is_signed: bool,
    code: Option<String>,
    trace_sealed: Vec<u8>,
    user_id: Option<String>,
    session_id: Option<String>,
    request_id: String,
    pub(super) created_at: Instant,
}

/// A message as it is written.
pub struct MessageRow {
    account_id: String,
    attempt_id: String,
    connection_id: String,
    outcome: Outcome,
    raw_sealed: Vec<u8>,
    created_at: Instant,
    expires_at: Instant,
}

/// The row of an attempt with its trace.
///
/// # Errors
/// [`StorageError::Seal`].
pub fn new_row(
    account: AccountId,
    (attempt, trace): (&Attempt, &[u8]),
    keys: &AccountKeys,
    rng: &Rng,
) -> Result<NewRow, StorageError> {
    let id = attempt.id.to_string();
    Ok(NewRow {
        account_id: account.to_string(),
        connection_id: attempt.connection_id.to_string(),
        revision: attempt.revision,
        purpose: attempt.purpose,
        outcome: attempt.outcome,
        is_signed: attempt.is_signed,
        code: attempt.code.clone(),
        trace_sealed: keys.seal(trace_place(&id), trace, rng)?,
        user_id: attempt.user_id.map(|id| id.to_string()),
        session_id: attempt.session_id.map(|id| id.to_string()),
        request_id: attempt.request_id.to_string(),
        created_at: attempt.created_at,
        id,
    })
}

/// The row of the message that an attempt was about, kept until `expires_at`.
///
/// # Errors
/// [`StorageError::Seal`].
pub fn message_row(
    account: AccountId,
    (attempt, raw): (&Attempt, &[u8]),
    expires_at: Instant,
    keys: &AccountKeys,
    rng: &Rng,
) -> Result<MessageRow, StorageError> {
    let id = attempt.id.to_string();
    Ok(MessageRow {
        account_id: account.to_string(),
        connection_id: attempt.connection_id.to_string(),
        outcome: attempt.outcome,
        raw_sealed: keys.seal(message_place(&id), raw, rng)?,
        created_at: attempt.created_at,
        expires_at,
        attempt_id: id,
    })
}

/// Adds attempts.
pub(super) async fn insert_many(tx: &mut Tx, rows: &[&NewRow]) -> Result<(), StorageError> {
    if insert_missing(tx, rows).await? == count(rows) {
        Ok(())
    } else {
        Err(StorageError::Exists("attempts.id".to_owned()))
    }
}

/// Whether an attempt is there. Where it is being written, this waits for the end of that; where it is not there, it is
/// from now on, until the transaction is dropped.
pub(super) async fn is_there(tx: &mut Tx, row: &NewRow) -> Result<bool, StorageError> {
    Ok(insert_missing(tx, &[row]).await? == 0)
}

async fn insert_missing(tx: &mut Tx, rows: &[&NewRow]) -> Result<u64, StorageError> {
    let inserted = INSERT.execute(tx, rows, |row, query| {
        query
            .bind(&row.account_id)
            .bind(&row.id)
            .bind(row.created_at.day())
            .bind(&row.connection_id)
            .bind(row.revision)
            .bind(row.purpose.name())
            .bind(row.outcome.name())
            .bind(i64::from(row.is_signed))
            .bind(row.code.as_deref())
            .bind(row.trace_sealed.as_slice())
            .bind(row.user_id.as_deref())
            .bind(row.session_id.as_deref())
            .bind(&row.request_id)
            .bind(row.created_at.micros())
    });
    inserted.await
}

/// Keeps messages.
pub(super) async fn insert_many_messages(tx: &mut Tx, rows: &[&MessageRow]) -> Result<(), StorageError> {
    let inserted = INSERT_MESSAGE.execute(tx, rows, |row, query| {
        query
            .bind(&row.account_id)
            .bind(&row.attempt_id)
            .bind(&row.connection_id)
            .bind(row.outcome.name())
            .bind(row.raw_sealed.as_slice())
            .bind(row.created_at.micros())
            .bind(row.expires_at.micros())
    });
    inserted.await.map(drop)
}

/// Counts refusals of a minute that are not stored one by one.
///
/// # Errors
/// [`StorageError`].
pub async fn add_overflow(
    tx: &mut Tx,
    account: AccountId,
    connection: ConnectionId,
    (minute, refused): (i64, i64),
) -> Result<(), StorageError> {
    let add = query(ADD_OVERFLOW).bind(account.to_string()).bind(connection.to_string());
    tx.execute(add.bind(minute).bind(refused)).await.map(drop)
}

/// The message of an attempt, while it is kept.
///
/// # Errors
/// [`StorageError`].
pub async fn find_message(
    tx: &mut Tx,
    account: AccountId,
    id: AttemptId,
    keys: &AccountKeys,
) -> Result<Option<Zeroizing<Vec<u8>>>, StorageError> {
    let id = id.to_string();
    let select = query(FIND_MESSAGE).bind(account.to_string()).bind(id.as_str());
    let row = tx.fetch_optional(select).await?;
    row.map(|row| Ok(keys.open(message_place(&id), &row.bytes("raw_sealed")?)?)).transpose()
}

/// The latest messages by a connection whose attempts ended with `outcome`, `limit` at most: whose they are, and they.
///
/// # Errors
/// [`StorageError`].
pub async fn list_messages(
    tx: &mut Tx,
    pile: Pile,
    limit: i64,
    keys: &AccountKeys,
) -> Result<Vec<(AttemptId, Zeroizing<Vec<u8>>)>, StorageError> {
    let rows = tx.fetch_all(of_pile(LIST_MESSAGES, pile).bind(limit)).await?;
    let read = |row: &Row| {
        let id = row.text("attempt_id")?;
        let raw = keys.open(message_place(&id), &row.bytes("raw_sealed")?)?;
        Ok((row.parsed("attempt_id")?, raw))
    };
    rows.iter().map(read).collect()
}

/// Whether the message of an attempt is kept.
///
/// # Errors
/// [`StorageError`].
pub async fn has_message(tx: &mut Tx, account: AccountId, id: AttemptId) -> Result<bool, StorageError> {
    let select = query(HAS_MESSAGE).bind(account.to_string()).bind(id.to_string());
    Ok(tx.fetch_optional(select).await?.is_some())
}

/// The messages of one outcome of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pile {
    /// Whose.
    pub account_id: AccountId,
    /// Of which connection.
    pub connection_id: ConnectionId,
    /// Of attempts that ended like this.
    pub outcome: Outcome,
}

/// The piles with messages that are kept until after `after`: those that were added to lately.
///
/// # Errors
/// [`StorageError`].
pub async fn list_piles(tx: &mut Tx, after: Instant) -> Result<Vec<Pile>, StorageError> {
    tx.fetch_all(query(LIST_PILES).bind(after.micros())).await?.iter().map(read_pile).collect()
}

/// The piles of an account.
///
/// # Errors
/// [`StorageError`].
pub async fn list_piles_of(tx: &mut Tx, account: AccountId) -> Result<Vec<Pile>, StorageError> {
    tx.fetch_all(query(LIST_PILES_OF).bind(account.to_string())).await?.iter().map(read_pile).collect()
}

fn read_pile(row: &Row) -> Result<Pile, StorageError> {
    Ok(Pile {
        account_id: row.parsed("account_id")?,
        connection_id: row.parsed("connection_id")?,
        outcome: row.parsed("outcome")?,
    })
}

/// Whether there are more than `keep` messages in a pile.
///
/// # Errors
/// [`StorageError`].
pub async fn is_pile_beyond(tx: &mut Tx, pile: Pile, keep: i64) -> Result<bool, StorageError> {
    Ok(tx.fetch_optional(of_pile(FIND_BEYOND, pile).bind(keep)).await?.is_some())
}

/// Drops all but the latest `keep` messages of a pile, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_beyond(tx: &mut Tx, pile: Pile, keep: i64, limit: i64) -> Result<u64, StorageError> {
    tx.execute(of_pile(DELETE_BEYOND, pile).bind(keep).bind(limit)).await
}

fn of_pile(sql: &'static str, pile: Pile) -> super::sql::Query<'static> {
    let of = query(sql).bind(pile.account_id.to_string()).bind(pile.connection_id.to_string());
    of.bind(pile.outcome.name())
}

/// Drops the message of an attempt, if it is kept; how many went.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_message(tx: &mut Tx, account: AccountId, id: AttemptId) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_MESSAGE).bind(account.to_string()).bind(id.to_string())).await
}

/// Drops messages whose time has passed, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old_messages(tx: &mut Tx, now: Instant, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD_MESSAGES).bind(now.micros()).bind(limit)).await
}

/// Drops refused attempts of days before `day`, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old_refused(tx: &mut Tx, day: i64, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD_REFUSED).bind(day).bind(limit)).await
}

/// Drops attempts of any outcome that were made before `moment`, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_before(tx: &mut Tx, moment: Instant, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_BEFORE).bind(AttemptId::first_of(moment).to_string()).bind(limit)).await
}

/// Drops counts of minutes before `minute`, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old_overflows(tx: &mut Tx, minute: i64, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD_OVERFLOWS).bind(minute).bind(limit)).await
}

/// Puts another trace in the place of an attempt's. The hash of the first one stays: seals are over that.
///
/// # Errors
/// [`StorageError`].
pub async fn update_trace(
    tx: &mut Tx,
    account: AccountId,
    (id, trace): (AttemptId, &[u8]),
    keys: &AccountKeys,
    rng: &Rng,
) -> Result<(), StorageError> {
    let id = id.to_string();
    let select = query(FIND_TRACE).bind(account.to_string()).bind(id.as_str());
    let Some(row) = tx.fetch_optional(select).await? else { return Ok(()) };
    let was = openssl::sha::sha256(&row.bytes("trace_sealed")?).to_vec();
    let sealed = keys.seal(trace_place(&id), trace, rng)?;
    let update = query(UPDATE_TRACE).bind(account.to_string()).bind(id.as_str()).bind(sealed).bind(was);
    tx.execute(update).await.map(drop)
}

const fn trace_place(row: &str) -> Place<'_> {
    Place { table: "attempts", column: "trace_sealed", row }
}

const fn message_place(row: &str) -> Place<'_> {
    Place { table: "attempt_messages", column: "raw_sealed", row }
}
