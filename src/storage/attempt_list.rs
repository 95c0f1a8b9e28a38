//! Attempts as people look for them: page by page by whatever is asked for, and how many ended how, by the day.
//!
//! # Design
//!
//! An account may have a million attempts, nearly all of them accepted. Ids are in the order of time, so a page of a
//! connection is a piece of one index; those that did not go well have indexes of their own, by outcome and by code,
//! which accepted ones do not pay for. No index leads from people to what they signed in by: that is found by their
//! sessions. What was refused on the way to somebody is rare, and has an index of its own.
//!
//! Counts of sealed hours stand in a table; of hours since, they are counted by those indexes alone, never from rows.

use std::cmp::Reverse;

use super::attempt::{Attempt, read};
use super::row::{Columns, Row};
use super::sql::{Query, query};
use super::{StorageError, Tx};
use crate::base::Instant;
use crate::base::id::{AccountId, AttemptId, ConnectionId, UserId};
use crate::base::time::DAY_SECONDS;
use crate::directory::state::{Outcome, Purpose};

/// Which attempts.
#[derive(Debug, Clone, Copy)]
pub struct Filter<'a> {
    /// Those that ended so.
    pub outcome: Option<Outcome>,
    /// Those that were refused or begun anew for this reason.
    pub code: Option<&'a str>,
    /// Those that were for this.
    pub purpose: Option<Purpose>,
    /// From this one on.
    pub since: AttemptId,
    /// Before this one.
    pub before: AttemptId,
}

impl Filter<'static> {
    /// The latest that ended so, whatever else they are. Clocks of nodes differ a little; nobody's is a day ahead.
    #[must_use]
    pub fn latest(now: Instant, outcome: Option<Outcome>) -> Self {
        let since = AttemptId::first_of(Instant::from_seconds(0));
        let before = AttemptId::first_of(now.plus_seconds(DAY_SECONDS));
        Self { outcome, code: None, purpose: None, since, before }
    }
}

/// How many ended so on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// Days since 1970.
    pub day: i64,
    /// How they ended.
    pub outcome: Outcome,
    /// Why, if there is a reason.
    pub code: String,
    /// How many.
    pub attempts: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.connection_id, a.revision, a.purpose, a.outcome, a.is_signed, a.code, a.user_id, a.session_id,
    a.request_id, a.created_at FROM ",
            $rest,
            " AND ($6 = '' OR a.purpose = $6) ORDER BY a.id DESC LIMIT $7"
        )
    };
}

/// Whatever is asked for is the empty text, which nothing is called.
const LIST: &str = select!(
    "attempts a WHERE a.account_id = $1 AND a.connection_id = $2 AND a.id >= $3 AND a.id < $4
    AND ($5 = '' OR a.outcome = $5)"
);
/// That it is not accepted is said once more, so that the database knows that the index has all of them.
const LIST_BY_OUTCOME: &str = select!(
    "attempts a WHERE a.account_id = $1 AND a.connection_id = $2 AND a.id >= $3 AND a.id < $4
    AND a.outcome = $5 AND a.outcome <> 'accepted'"
);
const LIST_BY_CODE: &str = select!(
    "attempts a WHERE a.account_id = $1 AND a.connection_id = $2 AND a.id >= $3 AND a.id < $4
    AND ($5 = '' OR a.outcome = $5) AND a.code = $8 AND a.code IS NOT NULL"
);
/// `CROSS JOIN` keeps `SQLite` from going through the attempts first; that it is the sessions that are between, `PostgreSQL`: in
/// a plan that it keeps it takes what is between for a few, and reads all attempts.
const LIST_BY_USER: &str = select!(
    "sessions s CROSS JOIN attempts a WHERE s.account_id = $1 AND s.user_id = $2 AND s.attempt_id >= $3
    AND s.attempt_id < $4 AND a.account_id = s.account_id AND a.id = s.attempt_id AND ($5 = '' OR a.outcome = $5)
    AND ($8 = '' OR a.connection_id = $8) AND ($9 = '' OR a.code = $9)"
);
const LIST_REFUSED_BY_USER: &str = select!(
    "attempts a WHERE a.account_id = $1 AND a.user_id = $2 AND a.user_id IS NOT NULL AND a.outcome = 'refused'
    AND a.id >= $3 AND a.id < $4 AND ($5 = '' OR a.outcome = $5)
    AND ($8 = '' OR a.connection_id = $8) AND ($9 = '' OR a.code = $9)"
);
const COUNT_BETWEEN: &str = "SELECT COUNT(*) AS number FROM (SELECT id FROM attempts
    WHERE account_id = $1 AND connection_id = $2 AND id >= $3 AND id < $4 LIMIT $5) AS counted";
const COUNT_UNUSUAL: &str = "SELECT outcome, COALESCE(code, '') AS code, COUNT(*) AS number FROM attempts
    WHERE account_id = $1 AND connection_id = $2 AND outcome IN ('refused', 'restarted', 'repeated', 'tested')
        AND outcome <> 'accepted' AND id >= $3 AND id < $4
    GROUP BY outcome, code";
const LIST_COUNTS: &str = "SELECT day, connection_id, outcome, code, attempts FROM attempt_counts
    WHERE account_id = $1 AND day >= $2 AND day < $3";
const ADD_COUNT: &str = "INSERT INTO attempt_counts (account_id, day, connection_id, outcome, code, attempts)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (account_id, day, connection_id, outcome, code)
    DO UPDATE SET attempts = attempt_counts.attempts + excluded.attempts";
const DELETE_OLD_COUNTS: &str =
    "DELETE FROM attempt_counts WHERE (account_id, day, connection_id, outcome, code) IN
    (SELECT account_id, day, connection_id, outcome, code FROM attempt_counts WHERE day < $1 LIMIT $2)";
const LAST_SEALED: &str =
    "SELECT CAST(COALESCE(MAX(hour), -1) AS BIGINT) AS hour FROM attempt_seals WHERE account_id = $1";
const LIST_TRIED: &str =
    "SELECT c.id FROM connections c WHERE c.account_id = $1 AND EXISTS (SELECT 1 FROM attempts a
    WHERE a.account_id = c.account_id AND a.connection_id = c.id AND a.id >= $2 AND a.id < $3) ORDER BY c.id";
/// `CROSS JOIN` keeps `SQLite` from going through those of all accounts.
const LIST_OVERFLOWS: &str =
    "SELECT o.connection_id, o.minute / 1440 AS day, CAST(SUM(o.refused) AS BIGINT) AS number
    FROM connections c CROSS JOIN attempt_overflows o WHERE c.account_id = $1 AND o.account_id = c.account_id
    AND o.connection_id = c.id AND o.minute >= $2 AND o.minute < $3 GROUP BY o.connection_id, o.minute / 1440";

/// Attempts by a connection, the newest first, `limit` at most.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    by: (AccountId, ConnectionId),
    filter: &Filter<'_>,
    limit: i64,
) -> Result<Vec<Attempt>, StorageError> {
    let (account, connection) = (by.0.to_string(), by.1.to_string());
    let page = |sql: &'static str, outcome: Option<Outcome>| {
        bound(query(sql).bind(account.clone()).bind(connection.clone()), filter, outcome, limit)
    };
    let queries = match (filter.code, filter.outcome, filter.purpose) {
        (Some(code), outcome, _) => vec![page(LIST_BY_CODE, outcome).bind(code)],
        (None, Some(Outcome::Accepted), _) | (None, None, None | Some(Purpose::Login)) => {
            vec![page(LIST, filter.outcome)]
        }
        (None, Some(outcome), _) => vec![page(LIST_BY_OUTCOME, Some(outcome))],
        // However it went, nobody was signed in by a test.
        (None, None, Some(Purpose::Test)) => {
            let ends = [Outcome::Tested, Outcome::Refused];
            ends.map(|outcome| page(LIST_BY_OUTCOME, Some(outcome))).into()
        }
    };
    let mut found = Vec::new();
    for query in queries {
        for row in tx.fetch_all(query).await? {
            found.push(read(&row)?);
        }
    }
    Ok(found)
}

/// Attempts by which a user signed in, as far as their sessions are kept, and those that led to them and were refused, the
/// newest first, `limit` at most.
///
/// # Errors
/// [`StorageError`].
pub async fn list_by_user(
    tx: &mut Tx,
    (account, user, connection): (AccountId, UserId, Option<ConnectionId>),
    filter: &Filter<'_>,
    limit: i64,
) -> Result<Vec<Attempt>, StorageError> {
    let mut found = Vec::new();
    for sql in [LIST_BY_USER, LIST_REFUSED_BY_USER] {
        let select = query(sql).bind(account.to_string()).bind(user.to_string());
        let select = bound(select, filter, filter.outcome, limit)
            .bind(connection.map(|id| id.to_string()).unwrap_or_default())
            .bind(filter.code.unwrap_or_default());
        for row in tx.fetch_all(select).await? {
            found.push(read(&row)?);
        }
    }
    found.sort_unstable_by_key(|attempt| Reverse(attempt.id));
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

fn bound<'q>(of: Query<'q>, filter: &Filter<'_>, outcome: Option<Outcome>, limit: i64) -> Query<'q> {
    of.bind(filter.since.to_string())
        .bind(filter.before.to_string())
        .bind(outcome.map(Outcome::name).unwrap_or_default())
        .bind(filter.purpose.map(Purpose::name).unwrap_or_default())
        .bind(limit)
}

/// How often it ended how by a connection between two attempts of `day`, and how many were looked at: `limit` at most. Those
/// that were accepted, nearly all, are what is left when the others are counted.
///
/// # Errors
/// [`StorageError`].
pub async fn counts(
    tx: &mut Tx,
    by: (AccountId, ConnectionId),
    between: (AttemptId, AttemptId),
    (day, limit): (i64, i64),
) -> Result<(Vec<Count>, i64), StorageError> {
    let all = count_between(tx, by, between, limit).await?;
    if all == 0 {
        return Ok((Vec::new(), 0));
    }
    let unusual = count_unusual(tx, by, between).await?;
    // Beyond the limit there may be more of the others than were looked at.
    let accepted = (all - unusual.iter().map(|(_, _, attempts)| attempts).sum::<i64>()).max(0);
    let usual = (accepted > 0).then(|| (Outcome::Accepted, String::new(), accepted));
    let counts = unusual.into_iter().chain(usual);
    let counts = counts.map(|(outcome, code, attempts)| Count { day, outcome, code, attempts });
    Ok((counts.collect(), all))
}

async fn count_between(
    tx: &mut Tx,
    (account, connection): (AccountId, ConnectionId),
    (since, before): (AttemptId, AttemptId),
    limit: i64,
) -> Result<i64, StorageError> {
    let select = query(COUNT_BETWEEN)
        .bind(account.to_string())
        .bind(connection.to_string())
        .bind(since.to_string())
        .bind(before.to_string())
        .bind(limit);
    tx.fetch_one(select).await?.number("number")
}

/// How many of these were not accepted, by outcome and code.
async fn count_unusual(
    tx: &mut Tx,
    (account, connection): (AccountId, ConnectionId),
    (since, before): (AttemptId, AttemptId),
) -> Result<Vec<(Outcome, String, i64)>, StorageError> {
    let select = query(COUNT_UNUSUAL)
        .bind(account.to_string())
        .bind(connection.to_string())
        .bind(since.to_string())
        .bind(before.to_string());
    let read = |row: &Row| Ok((row.parsed("outcome")?, row.text("code")?, row.number("number")?));
    tx.fetch_all(select).await?.iter().map(read).collect()
}

/// What was counted of the days from `since` on and before `until`.
///
/// # Errors
/// [`StorageError`].
pub async fn list_counts(
    tx: &mut Tx,
    account: AccountId,
    (since, until): (i64, i64),
) -> Result<Vec<(ConnectionId, Count)>, StorageError> {
    let read = |row: &Row| {
        let (day, code, attempts) = (row.number("day")?, row.text("code")?, row.number("attempts")?);
        Ok((row.parsed("connection_id")?, Count { day, outcome: row.parsed("outcome")?, code, attempts }))
    };
    let select = query(LIST_COUNTS).bind(account.to_string()).bind(since).bind(until);
    tx.fetch_all(select).await?.iter().map(read).collect()
}

/// Adds to what was counted.
///
/// # Errors
/// [`StorageError`].
pub async fn add_count(
    tx: &mut Tx,
    (account, connection): (AccountId, ConnectionId),
    count: &Count,
) -> Result<(), StorageError> {
    let add = query(ADD_COUNT)
        .bind(account.to_string())
        .bind(count.day)
        .bind(connection.to_string())
        .bind(count.outcome.name())
        .bind(count.code.as_str())
        .bind(count.attempts);
    tx.execute(add).await.map(drop)
}

/// Drops what was counted of days before `day`, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old_counts(tx: &mut Tx, day: i64, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD_COUNTS).bind(day).bind(limit)).await
}

/// The last hour of an account that is sealed, and so counted; -1 when none is.
///
/// # Errors
/// [`StorageError`].
pub async fn last_sealed(tx: &mut Tx, account: AccountId) -> Result<i64, StorageError> {
    tx.fetch_one(query(LAST_SEALED).bind(account.to_string())).await?.number("hour")
}

/// The connections of an account by which anything was tried between two attempts, the oldest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list_tried(
    tx: &mut Tx,
    account: AccountId,
    (since, before): (AttemptId, AttemptId),
) -> Result<Vec<ConnectionId>, StorageError> {
    let select = query(LIST_TRIED).bind(account.to_string()).bind(since.to_string());
    let rows = tx.fetch_all(select.bind(before.to_string())).await?;
    rows.iter().map(|row| row.parsed("id")).collect()
}

/// Refusals that were not stored one by one, by the connection and day, from the minute `since` on and before `until`.
///
/// # Errors
/// [`StorageError`].
pub async fn list_overflows(
    tx: &mut Tx,
    account: AccountId,
    (since, until): (i64, i64),
) -> Result<Vec<(ConnectionId, i64, i64)>, StorageError> {
    let select = query(LIST_OVERFLOWS).bind(account.to_string()).bind(since).bind(until);
    let read = |row: &Row| Ok((row.parsed("connection_id")?, row.number("day")?, row.number("number")?));
    tx.fetch_all(select).await?.iter().map(read).collect()
}
