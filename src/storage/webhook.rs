//! Webhooks of accounts: endpoints, and whose turn it is. Addresses and secrets are sealed; what is delivered to them is in
//! [`webhook_delivery`](super::webhook_delivery).

use secrecy::{ExposeSecret, SecretString};

use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::{Sql, query};
use super::{StorageError, Tx};
use crate::base::id::{AccountId, WebhookId};
use crate::base::{Instant, Rng};
use crate::directory::state::WebhookState;
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

macro_rules! endpoint {
    ($rest:literal) => {
        concat!(
            "SELECT account_id, id, url_sealed, name, types, state, version, secret_sealed, previous_secret_sealed,
    previous_until, created_by, created_at, failing_since, failures FROM webhook_endpoints ",
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

const fn place<'p>(column: &'static str, row: &'p str) -> Place<'p> {
    Place { table: "webhook_endpoints", column, row }
}
