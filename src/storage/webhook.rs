//! Webhooks of accounts: endpoints, and what is delivered to them. Addresses, secrets and bodies are sealed.

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::many::Many;
use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::{Sql, query};
use super::{StorageError, Tx};
use crate::base::id::{AccountId, DeliveryId, WebhookId};
use crate::base::{Instant, Rng};
use crate::directory::state::{DeliveryState, WebhookState};
use crate::directory::webhook::Types;

/// Where events are told.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its id.
    pub id: WebhookId,
    /// Its address, which may hold a token.
    pub url: SecretString,
    /// What it is called.
    pub name: String,
    /// What it is told of.
    pub types: Types,
    /// Its state.
    pub state: WebhookState,
    /// Counts its changes.
    pub version: i64,
    /// What messages are signed with.
    pub secret: SecretString,
    /// What they are signed with as well, and until when.
    pub previous: Option<(SecretString, Instant)>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
    /// Since when nothing got through.
    pub failing_since: Option<Instant>,
    /// In how many turns in a row something got no answer, or nothing got through.
    pub failures: i64,
}

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

macro_rules! endpoint {
    ($rest:literal) => {
        concat!(
            "SELECT account_id, id, url_sealed, name, types, state, version, secret_sealed, previous_secret_sealed,
    previous_until, created_by, created_at, failing_since, failures FROM webhook_endpoints ",
            $rest
        )
    };
}

macro_rules! delivery {
    ($rest:literal) => {
        concat!(
            "SELECT id, endpoint_id, type, state, tries, next_at, created_at, ended_at FROM webhook_deliveries ",
            $rest
        )
    };
}

/// What is asked of an endpoint that may be served now, and of its account.
macro_rules! may_be_served {
    () => {
        "a.state = 'active' AND e.state = 'active' AND COALESCE(e.held_until, 0) <= $1
            AND NOT EXISTS (SELECT 1 FROM webhook_endpoints o
                WHERE o.account_id = e.account_id AND COALESCE(o.leased_until, 0) > $1)"
    };
}

macro_rules! claim {
    () => {
        concat!(
            "UPDATE webhook_endpoints SET lease = $2, leased_until = $3, served_at = $1 WHERE id =
        (SELECT e.id FROM webhook_endpoints e JOIN accounts a ON a.id = e.account_id
        WHERE ",
            may_be_served!(),
            " AND EXISTS (SELECT 1 FROM webhook_deliveries d
                WHERE d.account_id = e.account_id AND d.endpoint_id = e.id AND d.state = 'waiting' AND d.next_at <= $1)
        ORDER BY (SELECT MAX(o.served_at) FROM webhook_endpoints o WHERE o.account_id = e.account_id), e.served_at, e.id
        LIMIT 1"
        )
    };
}

const LIST: &str = endpoint!("WHERE account_id = $1 ORDER BY id");
const FIND: &str = endpoint!("WHERE account_id = $1 AND id = $2");
const LISTENING: &str = "SELECT e.id, e.types FROM webhook_endpoints e JOIN accounts a ON a.id = e.account_id
    WHERE e.account_id = $1 AND e.state = 'active' AND a.state = 'active'";
const LISTENING_LATER: &str =
    "SELECT id, types FROM webhook_endpoints WHERE account_id = $1 AND state = 'active'";
const ACCOUNT_OF: &str = "SELECT account_id FROM webhook_endpoints WHERE id = $1";
const INSERT: &str = "INSERT INTO webhook_endpoints (account_id, id, url_sealed, name, types, state, version,
    secret_sealed, created_by, created_at, failures, served_at)
    VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, 0, $9)";
const UPDATE: &str = "UPDATE webhook_endpoints SET url_sealed = $3, name = $4, types = $5, state = $6,
    secret_sealed = $7, previous_secret_sealed = $8, previous_until = $9, failing_since = $10, failures = $11,
    held_until = NULL, version = version + 1 WHERE account_id = $1 AND id = $2 AND version = $12";
const UPDATE_OFF: &str = "UPDATE webhook_endpoints SET state = 'disabled', version = version + 1
    WHERE account_id = $1 AND id = $2 AND version = $3";
const DELETE: &str = "DELETE FROM webhook_endpoints WHERE account_id = $1 AND id = $2";

const DELETE_ALL: &str = "DELETE FROM webhook_endpoints WHERE account_id = $1";

/// Asked by every node every second: what waits for an endpoint that is off or left alone is no reason to write, and what
/// waits is what there is little of (`CROSS JOIN` keeps `SQLite` from going through the endpoints first).
const IS_ANY_DUE: &str = concat!(
    "SELECT d.id FROM webhook_deliveries d
    CROSS JOIN webhook_endpoints e CROSS JOIN accounts a
    WHERE d.state = 'waiting' AND d.next_at <= $1 AND e.account_id = d.account_id AND e.id = d.endpoint_id
        AND a.id = d.account_id AND ",
    may_be_served!(),
    " LIMIT 1"
);
/// The account comes first of which an endpoint was served longest ago, so that nobody has more turns by having more
/// endpoints; and one of which one is being served waits, so that nobody's slow servers take every worker. `PostgreSQL`
/// passes over the accounts of what another node is just taking.
const CLAIM: Sql = Sql::Each {
    sqlite: concat!(claim!(), ") RETURNING account_id, id"),
    postgres: concat!(claim!(), " FOR NO KEY UPDATE OF e, a SKIP LOCKED) RETURNING account_id, id"),
};
const COUNT_LEASED: &str = "SELECT COUNT(*) AS number FROM webhook_endpoints WHERE account_id = $1 AND COALESCE(leased_until, 0) > $2";
const RELEASE: &str = "UPDATE webhook_endpoints SET lease = NULL, leased_until = NULL, failing_since = $4,
    failures = $5, held_until = $6 WHERE account_id = $1 AND id = $2 AND lease = $3";

const LIST_DUE: &str = delivery!(
    "WHERE account_id = $1 AND endpoint_id = $2 AND state = 'waiting' AND next_at <= $3 ORDER BY next_at, id LIMIT $4"
);
const LIST_DELIVERIES: &str =
    delivery!("WHERE account_id = $1 AND endpoint_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4");
const FIND_DELIVERY: &str = delivery!("WHERE account_id = $1 AND id = $2");
const FIND_BODY: &str = "SELECT body_sealed FROM webhook_deliveries WHERE account_id = $1 AND id = $2";
const INSERT_TRY: &str = "INSERT INTO webhook_tries
    (account_id, delivery_id, number, at, millis, status, problem, answer_sealed)
    SELECT $1, $2, COALESCE(MAX(number), 0) + 1, CAST($3 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS BIGINT),
        CAST($6 AS TEXT), $7 FROM webhook_tries WHERE account_id = $1 AND delivery_id = $2";
const LIST_TRIES: &str = "SELECT number, at, millis, status, problem, answer_sealed FROM webhook_tries
    WHERE account_id = $1 AND delivery_id = $2 ORDER BY number DESC LIMIT $3";
const UPDATE_DELIVERY: &str =
    "UPDATE webhook_deliveries SET state = $3, tries = $4, next_at = $5, ended_at = $6
    WHERE account_id = $1 AND id = $2";
const DELETE_DELIVERY: &str = "DELETE FROM webhook_deliveries WHERE account_id = $1 AND id = $2";
const DELETE_OLD: &str = "DELETE FROM webhook_deliveries WHERE id IN
    (SELECT id FROM webhook_deliveries WHERE created_at < $1 ORDER BY created_at LIMIT $2)";

/// A type begins with its kind, and a kind has no sign in it that a pattern has.
const DELETE_DELIVERIES: &str = "DELETE FROM webhook_deliveries WHERE account_id = $1 AND id IN
    (SELECT id FROM webhook_deliveries WHERE account_id = $1 AND type LIKE $2 AND created_at < $3 LIMIT $4)";

static INSERT_DELIVERIES: Many = Many::new(
    "INSERT INTO webhook_deliveries (account_id, id, endpoint_id, type, body_sealed, state, tries, next_at, created_at)",
    9,
    "",
);

/// The endpoints of an account, oldest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    account: AccountId,
    keys: &AccountKeys,
) -> Result<Vec<Endpoint>, StorageError> {
    let rows = tx.fetch_all(query(LIST).bind(account.to_string())).await?;
    rows.iter().map(|row| read(row, keys)).collect()
}

/// One of them.
///
/// # Errors
/// [`StorageError`].
pub async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: WebhookId,
    keys: &AccountKeys,
) -> Result<Option<Endpoint>, StorageError> {
    let row = tx.fetch_optional(query(FIND).bind(account.to_string()).bind(id.to_string())).await?;
    row.map(|row| read(&row, keys)).transpose()
}

/// Who is told of what in an account; nobody in one that is suspended.
///
/// # Errors
/// [`StorageError`].
pub async fn listening(tx: &mut Tx, account: AccountId) -> Result<Vec<(WebhookId, Types)>, StorageError> {
    told_of(tx, (LISTENING, account)).await
}

/// Who is told of what in an account, also while it is suspended: what waits is told once it is open again.
///
/// # Errors
/// [`StorageError`].
pub async fn listening_later(
    tx: &mut Tx,
    account: AccountId,
) -> Result<Vec<(WebhookId, Types)>, StorageError> {
    told_of(tx, (LISTENING_LATER, account)).await
}

async fn told_of(
    tx: &mut Tx,
    (sql, account): (&'static str, AccountId),
) -> Result<Vec<(WebhookId, Types)>, StorageError> {
    let rows = tx.fetch_all(query(sql).bind(account.to_string())).await?;
    rows.iter().map(|row| Ok((row.parsed("id")?, row.parsed("types")?))).collect()
}

/// Whose the endpoint is.
///
/// # Errors
/// [`StorageError`].
pub async fn account_of(tx: &mut Tx, id: WebhookId) -> Result<Option<AccountId>, StorageError> {
    let row = tx.fetch_optional(query(ACCOUNT_OF).bind(id.to_string())).await?;
    row.map(|row| row.parsed("account_id")).transpose()
}

/// Adds an endpoint.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(
    tx: &mut Tx,
    account: AccountId,
    new: &Endpoint,
    (keys, rng): (&AccountKeys, &Rng),
) -> Result<(), StorageError> {
    let id = new.id.to_string();
    let insert = query(INSERT)
        .bind(account.to_string())
        .bind(id.as_str())
        .bind(keys.seal(place("url_sealed", &id), new.url.expose_secret().as_bytes(), rng)?)
        .bind(new.name.as_str())
        .bind(new.types.to_string())
        .bind(new.state.name())
        .bind(keys.seal(place("secret_sealed", &id), new.secret.expose_secret().as_bytes(), rng)?)
        .bind(new.created_by.as_str())
        .bind(new.created_at.micros());
    tx.execute(insert).await.map(drop)
}

/// Writes an endpoint as it is now.
///
/// # Errors
/// [`StorageError`].
pub async fn update(
    tx: &mut Tx,
    account: AccountId,
    now: &Endpoint,
    (keys, rng): (&AccountKeys, &Rng),
) -> Result<bool, StorageError> {
    let id = now.id.to_string();
    let previous = now.previous.as_ref();
    let seal =
        |secret: &SecretString, column| keys.seal(place(column, &id), secret.expose_secret().as_bytes(), rng);
    let update = query(UPDATE)
        .bind(account.to_string())
        .bind(id.as_str())
        .bind(seal(&now.url, "url_sealed")?)
        .bind(now.name.as_str())
        .bind(now.types.to_string())
        .bind(now.state.name())
        .bind(seal(&now.secret, "secret_sealed")?)
        .bind(previous.map(|(secret, _)| seal(secret, "previous_secret_sealed")).transpose()?)
        .bind(previous.map(|(_, until)| until.micros()))
        .bind(now.failing_since.map(Instant::micros))
        .bind(now.failures)
        .bind(now.version);
    Ok(tx.execute(update).await? > 0)
}

/// Switches an endpoint off; `false` when somebody changed it since that version.
///
/// # Errors
/// [`StorageError`].
pub async fn update_off(
    tx: &mut Tx,
    (account, id): (AccountId, WebhookId),
    version: i64,
) -> Result<bool, StorageError> {
    let update = query(UPDATE_OFF).bind(account.to_string()).bind(id.to_string()).bind(version);
    Ok(tx.execute(update).await? > 0)
}

/// Drops an endpoint with everything that was to be delivered to it.
///
/// # Errors
/// [`StorageError`].
pub async fn delete(tx: &mut Tx, account: AccountId, id: WebhookId) -> Result<(), StorageError> {
    tx.execute(query(DELETE).bind(account.to_string()).bind(id.to_string())).await.map(drop)
}

/// Drops every endpoint of an account with everything that was to be delivered to them.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_all(tx: &mut Tx, account: AccountId) -> Result<(), StorageError> {
    tx.execute(query(DELETE_ALL).bind(account.to_string())).await.map(drop)
}

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
pub async fn insert_many_deliveries(tx: &mut Tx, all: &[&NewDelivery]) -> Result<(), StorageError> {
    let insert = INSERT_DELIVERIES.execute(tx, all, |new, query| {
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

/// Whether something waits that [`fn@claim`] would find.
///
/// # Errors
/// [`StorageError`].
pub async fn is_any_due(tx: &mut Tx, now: Instant) -> Result<bool, StorageError> {
    Ok(tx.fetch_optional(query(IS_ANY_DUE).bind(now.micros())).await?.is_some())
}

/// Takes the endpoint whose turn it is, for whoever holds `lease`, until `until`: one of an account of which none is taken.
/// Where there is none, the transaction is to be given up.
///
/// # Errors
/// [`StorageError`].
pub async fn claim(
    tx: &mut Tx,
    lease: &str,
    (now, until): (Instant, Instant),
) -> Result<Option<(AccountId, WebhookId)>, StorageError> {
    let claim = query(CLAIM).bind(now.micros()).bind(lease).bind(until.micros());
    let Some(row) = tx.fetch_optional(claim).await? else { return Ok(None) };
    let (account, id): (AccountId, WebhookId) = (row.parsed("account_id")?, row.parsed("id")?);
    // Another node may have taken one of the account while this statement had begun already. The account's row is ours now,
    // so whoever did has said so.
    let leased = query(COUNT_LEASED).bind(account.to_string()).bind(now.micros());
    Ok((tx.fetch_one(leased).await?.number("number")? == 1).then_some((account, id)))
}

/// How an endpoint stands after its turn.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// Since when nothing gets through.
    pub failing_since: Option<Instant>,
    /// In how many turns in a row something got no answer, or nothing got through.
    pub failures: i64,
    /// Until when nothing is tried.
    pub held_until: Option<Instant>,
}

/// Gives an endpoint back; whether `lease` was still the one that counts.
///
/// # Errors
/// [`StorageError`].
pub async fn release(
    tx: &mut Tx,
    (account, id): (AccountId, WebhookId),
    lease: &str,
    now: Standing,
) -> Result<bool, StorageError> {
    let release = query(RELEASE)
        .bind(account.to_string())
        .bind(id.to_string())
        .bind(lease)
        .bind(now.failing_since.map(Instant::micros))
        .bind(now.failures)
        .bind(now.held_until.map(Instant::micros));
    Ok(tx.execute(release).await? == 1)
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
    tx.fetch_all(list).await?.iter().map(read_delivery).collect()
}

/// What was delivered to an endpoint or is to be, before the one named, the newest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list_deliveries(
    tx: &mut Tx,
    (account, id): (AccountId, WebhookId),
    (before, limit): (Option<DeliveryId>, i64),
) -> Result<Vec<Delivery>, StorageError> {
    // Sorts after every id, whatever the collation: no id begins with an 8.
    let before = DeliveryId::or_last(before);
    let list = query(LIST_DELIVERIES).bind(account.to_string()).bind(id.to_string()).bind(before).bind(limit);
    tx.fetch_all(list).await?.iter().map(read_delivery).collect()
}

/// One of them.
///
/// # Errors
/// [`StorageError`].
pub async fn find_delivery(
    tx: &mut Tx,
    account: AccountId,
    id: DeliveryId,
) -> Result<Option<Delivery>, StorageError> {
    let find = query(FIND_DELIVERY).bind(account.to_string()).bind(id.to_string());
    tx.fetch_optional(find).await?.as_ref().map(read_delivery).transpose()
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
pub async fn update_delivery(tx: &mut Tx, account: AccountId, now: &Delivery) -> Result<bool, StorageError> {
    let update = query(UPDATE_DELIVERY)
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
pub async fn delete_delivery(tx: &mut Tx, account: AccountId, id: DeliveryId) -> Result<(), StorageError> {
    tx.execute(query(DELETE_DELIVERY).bind(account.to_string()).bind(id.to_string())).await.map(drop)
}

/// Forgets what an account's endpoints were told, or are to be, before `before` of types that begin with `kind`, `limit` at
/// the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_deliveries(
    tx: &mut Tx,
    (account, kind): (AccountId, &str),
    (before, limit): (Instant, i64),
) -> Result<u64, StorageError> {
    let delete = query(DELETE_DELIVERIES)
        .bind(account.to_string())
        .bind(format!("{kind}%"))
        .bind(before.micros())
        .bind(limit);
    tx.execute(delete).await
}

/// Forgets deliveries of before `before`, `limit` at the most; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old(tx: &mut Tx, before: Instant, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD).bind(before.micros()).bind(limit)).await
}

fn read(row: &Row, keys: &AccountKeys) -> Result<Endpoint, StorageError> {
    let id = row.text("id")?;
    let open = |column: &'static str, sealed: &[u8]| -> Result<SecretString, StorageError> {
        let plain = keys.open(place(column, &id), sealed)?;
        let text = std::str::from_utf8(&plain).map_err(|_| StorageError::Corrupt(column))?;
        Ok(text.to_owned().into())
    };
    let previous = row.bytes_if_any("previous_secret_sealed")?;
    let previous = previous.map(|sealed| open("previous_secret_sealed", &sealed)).transpose()?;
    Ok(Endpoint {
        url: open("url_sealed", &row.bytes("url_sealed")?)?,
        name: row.text("name")?,
        types: row.parsed("types")?,
        state: row.parsed("state")?,
        version: row.number("version")?,
        secret: open("secret_sealed", &row.bytes("secret_sealed")?)?,
        previous: previous.zip(row.moment_if_any("previous_until")?),
        created_by: row.text("created_by")?,
        created_at: row.moment("created_at")?,
        failing_since: row.moment_if_any("failing_since")?,
        failures: row.number("failures")?,
        id: row.parsed("id")?,
    })
}

fn read_delivery(row: &Row) -> Result<Delivery, StorageError> {
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

const fn place<'p>(column: &'static str, row: &'p str) -> Place<'p> {
    Place { table: "webhook_endpoints", column, row }
}

const fn body_place(row: &str) -> Place<'_> {
    Place { table: "webhook_deliveries", column: "body_sealed", row }
}

const fn answer_place(row: &str) -> Place<'_> {
    Place { table: "webhook_tries", column: "answer_sealed", row }
}
