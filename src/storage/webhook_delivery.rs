//! What is delivered to webhooks of accounts, and each try to. Bodies and answers are sealed.

use zeroize::Zeroizing;

use super::many::Many;
use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::id::{AccountId, DeliveryId, WebhookId};
use crate::base::{Instant, Rng};
use crate::directory::state::DeliveryState;

/// A message for an endpoint.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Its id, the same each time it is sent.
    pub id: DeliveryId,
    /// Where to.
    pub endpoint_id: WebhookId,
    /// What it is about.
    pub kind: String,
    /// What has become of it.
    pub state: DeliveryState,
    /// How often it was tried since it was last asked for.
    pub tries: i64,
    /// When it is tried next, while it waits.
    pub next_at: Instant,
    /// When it was asked for.
    pub created_at: Instant,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

/// One try to deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Try {
    /// From 1.
    pub number: i64,
    /// When.
    pub at: Instant,
    /// How long it took.
    pub millis: i64,
    /// What was answered.
    pub status: Option<i64>,
    /// Why nothing was, or why what was is no success.
    pub problem: Option<String>,
    /// The beginning of the answer.
    pub answer: Option<Zeroizing<Vec<u8>>>,
}

/// A message that is to be delivered, sealed.
#[derive(Debug)]
pub struct NewDelivery {
    account: AccountId,
    id: DeliveryId,
    endpoint: WebhookId,
    kind: String,
    body: Vec<u8>,
    at: Instant,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, endpoint_id, type, state, tries, next_at, created_at, ended_at FROM webhook_deliveries ",
            $rest
        )
    };
}

const LIST_DUE: &str = select!(
    "WHERE account_id = $1 AND endpoint_id = $2 AND state = 'waiting' AND next_at <= $3 ORDER BY next_at, id LIMIT $4"
);
const LIST: &str =
    select!("WHERE account_id = $1 AND endpoint_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4");
const FIND: &str = select!("WHERE account_id = $1 AND id = $2");
const FIND_BODY: &str = "SELECT body_sealed FROM webhook_deliveries WHERE account_id = $1 AND id = $2";
const INSERT_TRY: &str = "INSERT INTO webhook_tries
    (account_id, delivery_id, number, at, millis, status, problem, answer_sealed)
    SELECT $1, $2, COALESCE(MAX(number), 0) + 1, CAST($3 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS BIGINT),
        CAST($6 AS TEXT), $7 FROM webhook_tries WHERE account_id = $1 AND delivery_id = $2";
const LIST_TRIES: &str = "SELECT number, at, millis, status, problem, answer_sealed FROM webhook_tries
    WHERE account_id = $1 AND delivery_id = $2 ORDER BY number DESC LIMIT $3";
const UPDATE: &str = "UPDATE webhook_deliveries SET state = $3, tries = $4, next_at = $5, ended_at = $6
    WHERE account_id = $1 AND id = $2";
const DELETE: &str = "DELETE FROM webhook_deliveries WHERE account_id = $1 AND id = $2";
const DELETE_OLD: &str = "DELETE FROM webhook_deliveries WHERE id IN
    (SELECT id FROM webhook_deliveries WHERE created_at < $1 ORDER BY created_at LIMIT $2)";

// Both patterns are a kind and `%`: a type begins with its kind, and a kind has no sign in it that a pattern has.
const HAS_WAITING_OF_KIND: &str = "SELECT id FROM webhook_deliveries
    WHERE account_id = $1 AND endpoint_id = $2 AND state = 'waiting' AND type LIKE $3 LIMIT 1";
const DELETE_OF_KIND: &str = "DELETE FROM webhook_deliveries WHERE account_id = $1 AND id IN
    (SELECT id FROM webhook_deliveries WHERE account_id = $1 AND type LIKE $2 AND created_at < $3 LIMIT $4)";

static INSERT: Many = Many::new(
    "INSERT INTO webhook_deliveries (account_id, id, endpoint_id, type, body_sealed, state, tries, next_at, created_at)",
    9,
    "",
);

impl NewDelivery {
    /// How much there is to write, in bytes.
    #[must_use]
    pub const fn weight(&self) -> usize {
        self.body.len()
    }

    /// Seals a message.
    ///
    /// # Errors
    /// [`StorageError::Seal`].
    pub fn seal(
        (account, endpoint): (AccountId, WebhookId),
        (id, kind): (DeliveryId, &str),
        body: &[u8],
        keys: &AccountKeys,
        (at, rng): (Instant, &Rng),
    ) -> Result<Self, StorageError> {
        let body = keys.seal(body_place(&id.to_string()), body, rng)?;
        Ok(Self { account, id, endpoint, kind: kind.to_owned(), body, at })
    }
}

/// Has messages delivered, from the commit on.
///
/// # Errors
/// [`StorageError`].
pub async fn insert_many(tx: &mut Tx, all: &[&NewDelivery]) -> Result<(), StorageError> {
    let insert = INSERT.execute(tx, all, |new, query| {
        query
            .bind(new.account.to_string())
            .bind(new.id.to_string())
            .bind(new.endpoint.to_string())
            .bind(new.kind.as_str())
            .bind(new.body.as_slice())
            .bind(DeliveryState::Waiting.name())
            .bind(0)
            .bind(new.at.micros())
            .bind(new.at.micros())
    });
    insert.await.map(drop)
}

/// What waits for an endpoint, `limit` at the most, what was to be tried first first.
///
/// # Errors
/// [`StorageError`].
pub async fn list_due(
    tx: &mut Tx,
    (account, id): (AccountId, WebhookId),
    (now, limit): (Instant, i64),
) -> Result<Vec<Delivery>, StorageError> {
    let list = query(LIST_DUE).bind(account.to_string()).bind(id.to_string()).bind(now.micros()).bind(limit);
    tx.fetch_all(list).await?.iter().map(read).collect()
}

/// What was delivered to an endpoint or is to be, before the one named, the newest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    (account, id): (AccountId, WebhookId),
    (before, limit): (Option<DeliveryId>, i64),
) -> Result<Vec<Delivery>, StorageError> {
    // Sorts after every id, whatever the collation: no id begins with an 8.
    let before = DeliveryId::or_last(before);
    let list = query(LIST).bind(account.to_string()).bind(id.to_string()).bind(before).bind(limit);
    tx.fetch_all(list).await?.iter().map(read).collect()
}

/// One of them.
///
/// # Errors
/// [`StorageError`].
pub async fn find(tx: &mut Tx, account: AccountId, id: DeliveryId) -> Result<Option<Delivery>, StorageError> {
    let find = query(FIND).bind(account.to_string()).bind(id.to_string());
    tx.fetch_optional(find).await?.as_ref().map(read).transpose()
}

/// What it says.
///
/// # Errors
/// [`StorageError`].
pub async fn find_body(
    tx: &mut Tx,
    account: AccountId,
    id: DeliveryId,
    keys: &AccountKeys,
) -> Result<Option<Zeroizing<Vec<u8>>>, StorageError> {
    let id = id.to_string();
    let row = tx.fetch_optional(query(FIND_BODY).bind(account.to_string()).bind(id.as_str())).await?;
    row.map(|row| Ok(keys.open(body_place(&id), &row.bytes("body_sealed")?)?)).transpose()
}

/// Notes a try.
///
/// # Errors
/// [`StorageError`].
pub async fn insert_try(
    tx: &mut Tx,
    (account, id): (AccountId, DeliveryId),
    tried: &Try,
    (keys, rng): (&AccountKeys, &Rng),
) -> Result<(), StorageError> {
    let id = id.to_string();
    let answer = tried.answer.as_ref().map(|answer| keys.seal(answer_place(&id), answer, rng)).transpose()?;
    let insert = query(INSERT_TRY)
        .bind(account.to_string())
        .bind(id.as_str())
        .bind(tried.at.micros())
        .bind(tried.millis)
        .bind(tried.status)
        .bind(tried.problem.as_deref())
        .bind(answer);
    tx.execute(insert).await.map(drop)
}

/// The tries of a delivery, the latest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list_tries(
    tx: &mut Tx,
    (account, id): (AccountId, DeliveryId),
    limit: i64,
    keys: &AccountKeys,
) -> Result<Vec<Try>, StorageError> {
    let id = id.to_string();
    let list = query(LIST_TRIES).bind(account.to_string()).bind(id.as_str()).bind(limit);
    let read = |row: &Row| {
        let answer = row.bytes_if_any("answer_sealed")?;
        Ok(Try {
            number: row.number("number")?,
            at: row.moment("at")?,
            millis: row.number("millis")?,
            status: row.number_if_any("status")?,
            problem: row.text_if_any("problem")?,
            answer: answer.map(|sealed| keys.open(answer_place(&id), &sealed)).transpose()?,
        })
    };
    tx.fetch_all(list).await?.iter().map(read).collect()
}

/// Writes what has become of a delivery.
///
/// # Errors
/// [`StorageError`].
pub async fn update(tx: &mut Tx, account: AccountId, now: &Delivery) -> Result<bool, StorageError> {
    let update = query(UPDATE)
        .bind(account.to_string())
        .bind(now.id.to_string())
        .bind(now.state.name())
        .bind(now.tries)
        .bind(now.next_at.micros())
        .bind(now.ended_at.map(Instant::micros));
    Ok(tx.execute(update).await? == 1)
}

/// Forgets a delivery, with its tries.
///
/// # Errors
/// [`StorageError`].
pub async fn delete(tx: &mut Tx, account: AccountId, id: DeliveryId) -> Result<(), StorageError> {
    tx.execute(query(DELETE).bind(account.to_string()).bind(id.to_string())).await.map(drop)
}

/// Forgets what an account's endpoints were told, or are to be, before `before` of types that begin with `kind`, `limit` at
/// the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_of_kind(
    tx: &mut Tx,
    (account, kind): (AccountId, &str),
    (before, limit): (Instant, i64),
) -> Result<u64, StorageError> {
    let delete = query(DELETE_OF_KIND)
        .bind(account.to_string())
        .bind(format!("{kind}%"))
        .bind(before.micros())
        .bind(limit);
    tx.execute(delete).await
}

/// Whether something of a kind waits to be delivered to an endpoint.
///
/// # Errors
/// [`StorageError`].
pub async fn has_waiting_of_kind(
    tx: &mut Tx,
    (account, endpoint): (AccountId, WebhookId),
    kind: &str,
) -> Result<bool, StorageError> {
    let select = query(HAS_WAITING_OF_KIND).bind(account.to_string()).bind(endpoint.to_string());
    Ok(tx.fetch_optional(select.bind(format!("{kind}%"))).await?.is_some())
}

/// Forgets deliveries of before `before`, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old(tx: &mut Tx, before: Instant, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD).bind(before.micros()).bind(limit)).await
}

fn read(row: &Row) -> Result<Delivery, StorageError> {
    Ok(Delivery {
        id: row.parsed("id")?,
        endpoint_id: row.parsed("endpoint_id")?,
        kind: row.text("type")?,
        state: row.parsed("state")?,
        tries: row.number("tries")?,
        next_at: row.moment("next_at")?,
        created_at: row.moment("created_at")?,
        ended_at: row.moment_if_any("ended_at")?,
    })
}

const fn body_place(row: &str) -> Place<'_> {
    Place { table: "webhook_deliveries", column: "body_sealed", row }
}

const fn answer_place(row: &str) -> Place<'_> {
    Place { table: "webhook_tries", column: "answer_sealed", row }
}
