//! What will end: read off where it is kept, noted for the board of those who run the installation; whom to write to about
//! it, and that they were written to. The calendars of it are [`super::calendar`]'s.

use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::id::{AccountId, ConnectionId};
use crate::base::{Instant, Rng};
use crate::directory::state::{DeadlineKind, KeyState, LinkKind, ZoomKind};

/// Something that will end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// What.
    pub kind: DeadlineKind,
    /// Which: an id; of what a connection has, the connection's first, since several may have the same.
    pub thing: String,
    /// When.
    pub ends_at: Instant,
    /// What it is called, where that is nothing personal.
    pub name: String,
    /// Whose sign-in it is about.
    pub connection: Option<(ConnectionId, String)>,
    /// How many people that concerns.
    pub people: i64,
    /// Whether something else stands in for it by then.
    pub is_replaced: bool,
}

/// The same, of some account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub account_id: AccountId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name for people.
    pub account: String,
    /// What will end.
    pub deadline: Deadline,
}

/// A certificate and who has it.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// Its id, or its key's fingerprint.
    pub thing: String,
    /// DER.
    pub certificate: Vec<u8>,
    /// Whose sign-in it is for.
    pub connection: (ConnectionId, String),
}

/// Until when an identity provider's metadata is valid.
#[derive(Debug, Clone)]
pub struct Metadata {
    /// Whose sign-in it is for.
    pub connection: (ConnectionId, String),
    /// Until when.
    pub valid_until: Instant,
    /// Whether it was fetched well at last, and is fetched again before that.
    pub is_followed: bool,
}

const IDP_CERTIFICATES: &str = "SELECT k.spki_sha256 AS thing, k.certificate, c.id AS connection_id, c.name
    FROM connections c JOIN idp_keys k ON k.connection_id = c.id AND k.account_id = c.account_id
    WHERE c.account_id = $1 AND c.state IN ('active', 'testing') AND k.state = 'active' ORDER BY c.id, k.spki_sha256";
const SP_CERTIFICATES: &str = "SELECT k.id AS thing, k.certificate, k.state, c.id AS connection_id, c.name
    FROM connections c JOIN sp_keys k ON k.service_provider_id = c.service_provider_id AND k.account_id = c.account_id
    WHERE c.account_id = $1 AND c.state IN ('active', 'testing') ORDER BY c.id, k.id";
const METADATA: &str = "SELECT m.valid_until, m.next_at, m.failures, c.id AS connection_id, c.name
    FROM connections c JOIN metadata_sources m ON m.connection_id = c.id AND m.account_id = c.account_id
    WHERE c.account_id = $1 AND c.state IN ('active', 'testing') AND m.valid_until IS NOT NULL ORDER BY c.id";
const API_KEYS: &str = "SELECT id AS thing, name, expires_at FROM api_keys
    WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY id";
const API_KEYS_OF_INSTALLATION: &str = "SELECT id AS thing, name, expires_at FROM api_keys
    WHERE account_id IS NULL AND revoked_at IS NULL AND expires_at > $1 ORDER BY id";
const LINKS: &str = "SELECT id AS thing, kind, expires_at FROM links
    WHERE account_id = $1 AND revoked_at IS NULL AND finished_at IS NULL AND expires_at > $2
        AND (kind = 'setup' OR (kind = 'owner_invite' AND used_at IS NULL)) ORDER BY id";
const ZOOM_LINK: &str = "SELECT id, kind, capabilities, app_set_at, token_set_at, validated_at FROM zoom_links WHERE account_id = $1";
const ZOOM_APP: &str =
    "SELECT app_set_at, token_set_at, validated_at FROM zoom_platform_apps WHERE id = 'platform'";
const PEOPLE: &str = "SELECT COUNT(DISTINCT user_id) AS number FROM
    (SELECT user_id FROM identities WHERE connection_id = $1 LIMIT $2) AS looked";

macro_rules! noted {
    () => {
        "d.kind, d.thing, d.ends_at, d.name, d.connection_id, d.people, d.is_replaced, c.name AS connection_name"
    };
}

const LIST_NOTED: &str = concat!(
    "SELECT ",
    noted!(),
    " FROM deadlines d LEFT JOIN connections c ON c.account_id = d.account_id AND c.id = d.connection_id
    WHERE d.account_id = $1 ORDER BY d.kind, d.thing"
);
const LIST_ALL: &str = concat!(
    "SELECT a.id AS account_id, a.slug, a.name AS account, ",
    noted!(),
    " FROM deadlines d JOIN accounts a ON a.id = d.account_id
    LEFT JOIN connections c ON c.account_id = d.account_id AND c.id = d.connection_id
    WHERE (d.ends_at, d.account_id, d.kind, d.thing) > ($1, $2, $3, $4) AND a.state <> 'deleted'
    ORDER BY d.ends_at, d.account_id, d.kind, d.thing LIMIT $5"
);
const COUNT_BETWEEN: &str =
    "SELECT COUNT(*) AS number FROM deadlines d JOIN accounts a ON a.id = d.account_id
    WHERE d.ends_at > $1 AND d.ends_at <= $2 AND d.is_replaced = 0 AND a.state <> 'deleted'";
const DELETE_NOTED: &str = "DELETE FROM deadlines WHERE account_id = $1";
const INSERT_NOTED: &str = "INSERT INTO deadlines
    (account_id, kind, thing, ends_at, name, connection_id, people, is_replaced)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (account_id, kind, thing) DO NOTHING";

const INSERT_NOTICE: &str = "INSERT INTO deadline_notices (account_id, notice_key, days, ends_at, told_at)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account_id, notice_key, days) DO NOTHING";
const HAS_NOTICE: &str =
    "SELECT days FROM deadline_notices WHERE account_id = $1 AND notice_key = $2 AND days <= $3 LIMIT 1";
const DELETE_OLD_NOTICES: &str = "DELETE FROM deadline_notices WHERE (account_id, notice_key, days) IN
    (SELECT account_id, notice_key, days FROM deadline_notices WHERE ends_at < $1 ORDER BY ends_at LIMIT $2)";

const FIND_CONTACT: &str = "SELECT email_sealed FROM account_contacts WHERE account_id = $1";
const SET_CONTACT: &str =
    "INSERT INTO account_contacts (account_id, email_sealed, updated_at) VALUES ($1, $2, $3)
    ON CONFLICT (account_id) DO UPDATE SET email_sealed = $2, updated_at = $3";
const DELETE_CONTACT: &str = "DELETE FROM account_contacts WHERE account_id = $1";

/// The certificates of identity providers that the account's connections trust.
///
/// # Errors
/// [`StorageError`].
pub async fn idp_certificates(tx: &mut Tx, account: AccountId) -> Result<Vec<Certificate>, StorageError> {
    let rows = tx.fetch_all(query(IDP_CERTIFICATES).bind(account.to_string())).await?;
    rows.iter().map(certificate).collect()
}

/// Our certificates that the account's identity providers may have, with the state of their keys.
///
/// # Errors
/// [`StorageError`].
pub async fn sp_certificates(
    tx: &mut Tx,
    account: AccountId,
) -> Result<Vec<(Certificate, KeyState)>, StorageError> {
    let rows = tx.fetch_all(query(SP_CERTIFICATES).bind(account.to_string())).await?;
    rows.iter().map(|row| Ok((certificate(row)?, row.parsed("state")?))).collect()
}

/// Until when the metadata of the account's identity providers is valid, where it says.
///
/// # Errors
/// [`StorageError`].
pub async fn metadata(tx: &mut Tx, account: AccountId) -> Result<Vec<Metadata>, StorageError> {
    let rows = tx.fetch_all(query(METADATA).bind(account.to_string())).await?;
    let read = |row: &Row| {
        let valid_until = row.moment("valid_until")?;
        let is_followed = row.number("failures")? == 0 && row.moment("next_at")? < valid_until;
        Ok(Metadata { connection: connection(row)?, valid_until, is_followed })
    };
    rows.iter().map(read).collect()
}

/// The account's keys of the REST API that are good for something, and links that wait, with their ends.
///
/// # Errors
/// [`StorageError`].
pub async fn keys_and_links(
    tx: &mut Tx,
    account: AccountId,
    now: Instant,
) -> Result<Vec<Deadline>, StorageError> {
    let of = |sql| query(sql).bind(account.to_string()).bind(now.micros());
    let mut found = Vec::new();
    for row in tx.fetch_all(of(API_KEYS)).await? {
        found.push(plain(DeadlineKind::ApiKey, &row, row.text("name")?)?);
    }
    for row in tx.fetch_all(of(LINKS)).await? {
        let kind = match row.parsed::<LinkKind>("kind")? {
            LinkKind::Setup => DeadlineKind::SetupLink,
            _ => DeadlineKind::OwnerInvitation,
        };
        found.push(plain(kind, &row, String::new())?);
    }
    Ok(found)
}

/// Keys of the installation that have not ended yet.
///
/// # Errors
/// [`StorageError`].
pub async fn keys_of_installation(tx: &mut Tx, now: Instant) -> Result<Vec<Deadline>, StorageError> {
    let rows = tx.fetch_all(query(API_KEYS_OF_INSTALLATION).bind(now.micros())).await?;
    rows.iter().map(|row| plain(DeadlineKind::ApiKey, row, row.text("name")?)).collect()
}

/// What ends of itself and is about no connection.
fn plain(kind: DeadlineKind, row: &Row, name: String) -> Result<Deadline, StorageError> {
    Ok(Deadline {
        kind,
        thing: row.text("thing")?,
        ends_at: row.moment("expires_at")?,
        name,
        connection: None,
        people: 0,
        is_replaced: false,
    })
}

/// How old the secrets of a Zoom app are, and when Zoom last checked the address of its events.
#[derive(Debug, Clone)]
pub struct ZoomAges {
    /// Which: the link's id, or the platform's app.
    pub thing: String,
    /// When its secrets were entered.
    pub set_at: Vec<Instant>,
    /// When the address was checked, if events are wanted from it.
    pub validated_at: Option<Instant>,
}

/// Those of the account's own app.
///
/// # Errors
/// [`StorageError`].
pub async fn zoom_link(tx: &mut Tx, account: AccountId) -> Result<Option<ZoomAges>, StorageError> {
    let Some(row) = tx.fetch_optional(query(ZOOM_LINK).bind(account.to_string())).await? else {
        return Ok(None);
    };
    // Where the app is the platform's, so are its secrets.
    if row.parsed::<ZoomKind>("kind")? == ZoomKind::Platform {
        return Ok(None);
    }
    let has_events = row.text("capabilities")?.split(' ').any(|name| name == "events");
    let ages = ages(row.text("id")?, &row)?;
    Ok(Some(ZoomAges { validated_at: ages.validated_at.filter(|_| has_events), ..ages }))
}

/// Those of the platform's app.
///
/// # Errors
/// [`StorageError`].
pub async fn zoom_app(tx: &mut Tx) -> Result<Option<ZoomAges>, StorageError> {
    let row = tx.fetch_optional(query(ZOOM_APP)).await?;
    row.map(|row| ages("zoom_platform_app".to_owned(), &row)).transpose()
}

fn ages(thing: String, row: &Row) -> Result<ZoomAges, StorageError> {
    let token = row.moment_if_any("token_set_at")?;
    let set_at = [row.moment_if_any("app_set_at")?, token].into_iter().flatten().collect();
    let validated_at = row.moment_if_any("validated_at")?.filter(|_| token.is_some());
    Ok(ZoomAges { thing, set_at, validated_at })
}

/// How many people sign in by a connection, `limit` identities looked at.
///
/// # Errors
/// [`StorageError`].
pub async fn people(tx: &mut Tx, connection: ConnectionId, limit: i64) -> Result<i64, StorageError> {
    tx.fetch_one(query(PEOPLE).bind(connection.to_string()).bind(limit)).await?.number("number")
}

/// What was noted of an account.
///
/// # Errors
/// [`StorageError`].
pub async fn list_noted(tx: &mut Tx, account: AccountId) -> Result<Vec<Deadline>, StorageError> {
    tx.fetch_all(query(LIST_NOTED).bind(account.to_string())).await?.iter().map(read).collect()
}

/// Notes what will end in an account, in the place of what was noted.
///
/// # Errors
/// [`StorageError`].
pub async fn replace_noted(
    tx: &mut Tx,
    account: AccountId,
    deadlines: &[Deadline],
) -> Result<(), StorageError> {
    tx.execute(query(DELETE_NOTED).bind(account.to_string())).await?;
    for deadline in deadlines {
        let insert = query(INSERT_NOTED)
            .bind(account.to_string())
            .bind(deadline.kind.name())
            .bind(deadline.thing.as_str())
            .bind(deadline.ends_at.micros())
            .bind(deadline.name.as_str())
            .bind(deadline.connection.as_ref().map(|(id, _)| id.to_string()))
            .bind(deadline.people)
            .bind(i64::from(deadline.is_replaced));
        tx.execute(insert).await?;
    }
    Ok(())
}

/// How many ends that nothing stands in for come between two moments, in all accounts.
///
/// # Errors
/// [`StorageError`].
pub async fn count_between(tx: &mut Tx, (from, to): (Instant, Instant)) -> Result<i64, StorageError> {
    let count = query(COUNT_BETWEEN).bind(from.micros()).bind(to.micros());
    tx.fetch_one(count).await?.number("number")
}

/// What will end after a place in the order of these, in whatever account, `limit` at most: by the end, then by the names
/// of account, kind and thing, empty for the first.
///
/// # Errors
/// [`StorageError`].
pub async fn list_all(
    tx: &mut Tx,
    (ends_at, [account, kind, thing]): (Instant, [&str; 3]),
    limit: i64,
) -> Result<Vec<Listed>, StorageError> {
    let select = query(LIST_ALL).bind(ends_at.micros()).bind(account).bind(kind).bind(thing).bind(limit);
    let rows = tx.fetch_all(select).await?;
    let listed = |row: &Row| {
        Ok(Listed {
            account_id: row.parsed("account_id")?,
            slug: row.text("slug")?,
            account: row.text("account")?,
            deadline: read(row)?,
        })
    };
    rows.iter().map(listed).collect()
}

/// Whether somebody was told so many days before, or even closer to the end.
///
/// # Errors
/// [`StorageError`].
pub async fn has_notice(
    tx: &mut Tx,
    account: AccountId,
    (key, days): (&str, i64),
) -> Result<bool, StorageError> {
    let has = query(HAS_NOTICE).bind(account.to_string()).bind(key).bind(days);
    Ok(tx.fetch_optional(has).await?.is_some())
}

/// Remembers that somebody is told so many days before; `false` when they were, then or even closer to the end.
///
/// # Errors
/// [`StorageError`].
pub async fn insert_notice(
    tx: &mut Tx,
    account: AccountId,
    (key, days): (&str, i64),
    (ends_at, now): (Instant, Instant),
) -> Result<bool, StorageError> {
    if has_notice(tx, account, (key, days)).await? {
        return Ok(false);
    }
    let insert = query(INSERT_NOTICE).bind(account.to_string()).bind(key).bind(days);
    Ok(tx.execute(insert.bind(ends_at.micros()).bind(now.micros())).await? == 1)
}

/// Forgets what was told of ends before `before`, `limit` at most; how many went.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old_notices(tx: &mut Tx, before: Instant, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD_NOTICES).bind(before.micros()).bind(limit)).await
}

/// Whom to write to beside the owners.
///
/// # Errors
/// [`StorageError`].
pub async fn find_contact(
    tx: &mut Tx,
    account: AccountId,
    keys: &AccountKeys,
) -> Result<Option<String>, StorageError> {
    let account = account.to_string();
    let Some(row) = tx.fetch_optional(query(FIND_CONTACT).bind(account.as_str())).await? else {
        return Ok(None);
    };
    let email = keys.open(contact_place(&account), &row.bytes("email_sealed")?)?;
    String::from_utf8(email.to_vec()).map(Some).map_err(|_| StorageError::Corrupt("email_sealed"))
}

/// Says whom to write to, or nobody.
///
/// # Errors
/// [`StorageError`].
pub async fn set_contact(
    tx: &mut Tx,
    account: AccountId,
    email: Option<&str>,
    keys: &AccountKeys,
    (now, rng): (Instant, &Rng),
) -> Result<(), StorageError> {
    let account = account.to_string();
    let set = match email {
        None => query(DELETE_CONTACT).bind(account),
        Some(email) => {
            let sealed = keys.seal(contact_place(&account), email.as_bytes(), rng)?;
            query(SET_CONTACT).bind(account).bind(sealed).bind(now.micros())
        }
    };
    tx.execute(set).await.map(drop)
}

const fn contact_place(row: &str) -> Place<'_> {
    Place { table: "account_contacts", column: "email_sealed", row }
}

fn connection(row: &Row) -> Result<(ConnectionId, String), StorageError> {
    Ok((row.parsed("connection_id")?, row.text("name")?))
}

fn certificate(row: &Row) -> Result<Certificate, StorageError> {
    Ok(Certificate {
        thing: row.text("thing")?,
        certificate: row.bytes("certificate")?,
        connection: connection(row)?,
    })
}

fn read(row: &Row) -> Result<Deadline, StorageError> {
    let id = row.parsed_if_any("connection_id")?;
    Ok(Deadline {
        kind: row.parsed("kind")?,
        thing: row.text("thing")?,
        ends_at: row.moment("ends_at")?,
        name: row.text("name")?,
        connection: id.zip(row.text_if_any("connection_name")?),
        people: row.number("people")?,
        is_replaced: row.number("is_replaced")? != 0,
    })
}
