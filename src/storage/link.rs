//! Links: those that let somebody in once, and those behind which something is set up. Only the hash of their token is here.

use serde::{Deserialize, Serialize};

use super::row::{Columns, Row};
use super::seal::{AccountKeys, Place};
use super::sql::query;
use super::{StorageError, Tx};
use crate::base::caller::SetupScopes;
use crate::base::id::{AccountId, ConnectionId, LinkId, OperatorId, UserId};
use crate::base::secret::TokenHash;
use crate::base::{Instant, Rng};
use crate::directory::state::LinkKind;

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Of which account; none for operators'.
    pub account_id: Option<AccountId>,
    /// Its id.
    pub id: LinkId,
    /// What it is for.
    pub kind: LinkKind,
    /// Whom it lets in, if they are known.
    pub user_id: Option<UserId>,
    /// The operator whom it lets in once more.
    pub operator_id: Option<OperatorId>,
    /// What can be set up behind it.
    pub scopes: SetupScopes,
    /// The connection that it goes on with, whoever began that.
    pub connection_id: Option<ConnectionId>,
    /// What whoever made it wrote; sealed.
    pub about: About,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
    /// When it was used.
    pub used_at: Option<Instant>,
    /// When what it is for was done.
    pub finished_at: Option<Instant>,
    /// When it was taken back.
    pub revoked_at: Option<Instant>,
}

/// What whoever made a link wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// For whom.
    pub name: String,
    /// Why.
    pub reason: String,
    /// The address of whoever is invited: the person is made when they come.
    #[serde(default)]
    pub email: Option<String>,
    /// Where whoever is behind a setup link goes when they are done.
    #[serde(default)]
    pub return_to: Option<String>,
    /// Whether it is for the very first operator, and good only as long as there is none.
    #[serde(default)]
    pub is_first: bool,
}

impl About {
    /// For whom, as far as that is known.
    #[must_use]
    pub fn for_whom(&self) -> Option<String> {
        Some(self.name.clone()).filter(|name| !name.is_empty()).or_else(|| self.email.clone())
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT account_id, id, kind, user_id, operator_id, scopes, connection_id, about_sealed, created_by, created_at,
    expires_at, used_at, finished_at, revoked_at FROM links ",
            $rest
        )
    };
}

const HOME_OF: &str = "SELECT account_id, id FROM links WHERE token_hash = $1";
const ACCOUNT_OF: &str = "SELECT account_id FROM links WHERE id = $1";
const CONNECTION_OF: &str = "SELECT connection_id FROM links WHERE id = $1";
const FIND: &str = select!("WHERE id = $1 AND account_id = $2");
const FIND_OF_INSTALLATION: &str = select!("WHERE id = $1 AND account_id IS NULL");
const LIST: &str = select!("WHERE account_id = $1 AND kind = $2 AND id < $4 ORDER BY id DESC LIMIT $3");
const COUNT_OPEN: &str = "SELECT COUNT(*) AS number FROM links WHERE account_id = $1 AND kind = $2
    AND revoked_at IS NULL AND finished_at IS NULL AND expires_at > $3";
const COUNT_SINCE: &str =
    "SELECT COUNT(*) AS number FROM links WHERE account_id = $1 AND kind = $2 AND created_at > $3";
const INSERT: &str =
    "INSERT INTO links (account_id, id, token_hash, kind, user_id, operator_id, scopes, connection_id, about_sealed,
    created_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const UPDATE_USED: &str = "UPDATE links SET used_at = $2 WHERE id = $1 AND used_at IS NULL
    AND revoked_at IS NULL AND finished_at IS NULL AND expires_at > $2";
const UPDATE_USER: &str = "UPDATE links SET user_id = $2 WHERE id = $1";
const UPDATE_FINISHED: &str = "UPDATE links SET finished_at = $2 WHERE id = $1 AND finished_at IS NULL";
const UPDATE_REVOKED: &str = "UPDATE links SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL
    AND finished_at IS NULL AND expires_at > $2";
const REVOKE_OF_USER: &str = "UPDATE links SET revoked_at = $2 WHERE account_id = $1
    AND ((user_id = $3 AND used_at IS NULL) OR created_by = $4)
    AND revoked_at IS NULL AND finished_at IS NULL AND expires_at > $2";
const REVOKE_OF_OPERATOR: &str =
    "UPDATE links SET revoked_at = $1 WHERE ((operator_id = $2 AND used_at IS NULL) OR created_by = $3)
    AND revoked_at IS NULL AND finished_at IS NULL AND expires_at > $1";
const REVOKE_OF_MAKER: &str = "UPDATE links SET revoked_at = $1 WHERE created_by = $2
    AND revoked_at IS NULL AND finished_at IS NULL AND expires_at > $1";
const REVOKE_EVERY: &str = "UPDATE links SET revoked_at = $1 WHERE revoked_at IS NULL AND finished_at IS NULL
    AND expires_at > $1";
const DELETE_OLD: &str = "DELETE FROM links WHERE id IN
    (SELECT id FROM links WHERE expires_at < $1
        AND NOT EXISTS (SELECT 1 FROM console_sessions s WHERE s.link_id = links.id) ORDER BY expires_at LIMIT $2)";

/// Whose link a token is, and which.
///
/// # Errors
/// [`StorageError`].
pub async fn home_of(
    tx: &mut Tx,
    token: TokenHash,
) -> Result<Option<(Option<AccountId>, LinkId)>, StorageError> {
    let row = tx.fetch_optional(query(HOME_OF).bind(&token.0)).await?;
    row.map(|row| Ok((row.parsed_if_any("account_id")?, row.parsed("id")?))).transpose()
}

/// Whose the link is.
///
/// # Errors
/// [`StorageError`].
pub async fn account_of(tx: &mut Tx, id: LinkId) -> Result<Option<Option<AccountId>>, StorageError> {
    let row = tx.fetch_optional(query(ACCOUNT_OF).bind(id.to_string())).await?;
    row.map(|row| row.parsed_if_any("account_id")).transpose()
}

/// The connection that the link goes on with, if it names one.
///
/// # Errors
/// [`StorageError`].
pub async fn connection_of(tx: &mut Tx, id: LinkId) -> Result<Option<ConnectionId>, StorageError> {
    let row = tx.fetch_optional(query(CONNECTION_OF).bind(id.to_string())).await?;
    row.map_or(Ok(None), |row| row.parsed_if_any("connection_id"))
}

/// A link of an account, or of the installation.
///
/// # Errors
/// [`StorageError`].
pub async fn find(
    tx: &mut Tx,
    account: Option<AccountId>,
    id: LinkId,
    keys: &AccountKeys,
) -> Result<Option<Link>, StorageError> {
    let find = match account {
        Some(account) => query(FIND).bind(id.to_string()).bind(account.to_string()),
        None => query(FIND_OF_INSTALLATION).bind(id.to_string()),
    };
    tx.fetch_optional(find).await?.map(|row| read(&row, keys)).transpose()
}

/// The links of an account of that kind, newest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list(
    tx: &mut Tx,
    account: AccountId,
    (kind, limit): (LinkKind, i64),
    keys: &AccountKeys,
) -> Result<Vec<Link>, StorageError> {
    list_before(tx, account, (kind, None, limit), keys).await
}

/// How many links of an account of that kind are not over, whether somebody uses them or not.
///
/// # Errors
/// [`StorageError`].
pub async fn count_open(
    tx: &mut Tx,
    account: AccountId,
    (kind, now): (LinkKind, Instant),
) -> Result<i64, StorageError> {
    let count = query(COUNT_OPEN).bind(account.to_string()).bind(kind.name()).bind(now.micros());
    tx.fetch_one(count).await?.number("number")
}

/// How many of a kind were made since, whatever became of them.
///
/// # Errors
/// [`StorageError`].
pub async fn count_since(
    tx: &mut Tx,
    account: AccountId,
    (kind, since): (LinkKind, Instant),
) -> Result<i64, StorageError> {
    let count = query(COUNT_SINCE).bind(account.to_string()).bind(kind.name()).bind(since.micros());
    tx.fetch_one(count).await?.number("number")
}

/// The same, those older than `before`.
///
/// # Errors
/// [`StorageError`].
pub async fn list_before(
    tx: &mut Tx,
    account: AccountId,
    (kind, before, limit): (LinkKind, Option<LinkId>, i64),
    keys: &AccountKeys,
) -> Result<Vec<Link>, StorageError> {
    let before = LinkId::or_last(before);
    let list = query(LIST).bind(account.to_string()).bind(kind.name()).bind(limit).bind(before);
    tx.fetch_all(list).await?.iter().map(|row| read(row, keys)).collect()
}

/// Adds a link.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(
    tx: &mut Tx,
    (new, token): (&Link, TokenHash),
    keys: &AccountKeys,
    rng: &Rng,
) -> Result<(), StorageError> {
    let id = new.id.to_string();
    let about = serde_json::to_vec(&new.about).map_err(|_| StorageError::Corrupt("about_sealed"))?;
    let insert = query(INSERT)
        .bind(new.account_id.map(|id| id.to_string()))
        .bind(id.as_str())
        .bind(token.0.as_slice())
        .bind(new.kind.name())
        .bind(new.user_id.map(|id| id.to_string()))
        .bind(new.operator_id.map(|id| id.to_string()))
        .bind(new.scopes.to_string())
        .bind(new.connection_id.map(|id| id.to_string()))
        .bind(keys.seal(place(&id), &about, rng)?)
        .bind(new.created_by.as_str())
        .bind(new.created_at.micros())
        .bind(new.expires_at.micros());
    tx.execute(insert).await.map(drop)
}

/// Uses a link; `false` when it was used before, taken back, or has ended: of two at once, one is told `true`.
///
/// # Errors
/// [`StorageError`].
pub async fn update_used(tx: &mut Tx, id: LinkId, now: Instant) -> Result<bool, StorageError> {
    Ok(tx.execute(query(UPDATE_USED).bind(id.to_string()).bind(now.micros())).await? == 1)
}

/// Notes whom an invitation let in: it goes with them.
///
/// # Errors
/// [`StorageError`].
pub async fn update_user(tx: &mut Tx, id: LinkId, user: UserId) -> Result<(), StorageError> {
    tx.execute(query(UPDATE_USER).bind(id.to_string()).bind(user.to_string())).await.map(drop)
}

/// What the link is for is done; `false` when it was already.
///
/// # Errors
/// [`StorageError`].
pub async fn update_finished(tx: &mut Tx, id: LinkId, now: Instant) -> Result<bool, StorageError> {
    Ok(tx.execute(query(UPDATE_FINISHED).bind(id.to_string()).bind(now.micros())).await? == 1)
}

/// Takes a link back; `false` when it has ended anyway.
///
/// # Errors
/// [`StorageError`].
pub async fn update_revoked(tx: &mut Tx, id: LinkId, now: Instant) -> Result<bool, StorageError> {
    Ok(tx.execute(query(UPDATE_REVOKED).bind(id.to_string()).bind(now.micros())).await? == 1)
}

/// Takes back the links that would let a person in, and those that they made for others; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn revoke_of_user(
    tx: &mut Tx,
    account: AccountId,
    (user, actor): (UserId, &str),
    now: Instant,
) -> Result<u64, StorageError> {
    let update = query(REVOKE_OF_USER).bind(account.to_string()).bind(now.micros());
    tx.execute(update.bind(user.to_string()).bind(actor)).await
}

/// Takes back the links that would let an operator in, and those that they made for others, in any account; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn revoke_of_operator(
    tx: &mut Tx,
    (operator, actor): (OperatorId, &str),
    now: Instant,
) -> Result<u64, StorageError> {
    let update = query(REVOKE_OF_OPERATOR).bind(now.micros()).bind(operator.to_string()).bind(actor);
    tx.execute(update).await
}

/// Takes back the links that `actor` made; how many.
///
/// # Errors
/// [`StorageError`].
pub async fn revoke_of_maker(tx: &mut Tx, actor: &str, now: Instant) -> Result<u64, StorageError> {
    tx.execute(query(REVOKE_OF_MAKER).bind(now.micros()).bind(actor)).await
}

/// Takes back every link that is good for something; how many.
///
/// # Errors
/// [`StorageError`].
pub(super) async fn revoke_every(tx: &mut Tx, now: Instant) -> Result<u64, StorageError> {
    tx.execute(query(REVOKE_EVERY).bind(now.micros())).await
}

/// Drops links that ended before `before` and that nobody is in by.
///
/// # Errors
/// [`StorageError`].
pub async fn delete_old(tx: &mut Tx, before: Instant, limit: i64) -> Result<u64, StorageError> {
    tx.execute(query(DELETE_OLD).bind(before.micros()).bind(limit)).await
}

fn read(row: &Row, keys: &AccountKeys) -> Result<Link, StorageError> {
    let id: LinkId = row.parsed("id")?;
    let about = keys.open(place(&id.to_string()), &row.bytes("about_sealed")?)?;
    Ok(Link {
        account_id: row.parsed_if_any("account_id")?,
        id,
        kind: row.parsed("kind")?,
        user_id: row.parsed_if_any("user_id")?,
        operator_id: row.parsed_if_any("operator_id")?,
        scopes: row.parsed("scopes")?,
        connection_id: row.parsed_if_any("connection_id")?,
        about: serde_json::from_slice(&about).map_err(|_| StorageError::Corrupt("about_sealed"))?,
        created_by: row.text("created_by")?,
        created_at: row.moment("created_at")?,
        expires_at: row.moment("expires_at")?,
        used_at: row.moment_if_any("used_at")?,
        finished_at: row.moment_if_any("finished_at")?,
        revoked_at: row.moment_if_any("revoked_at")?,
    })
}

const fn place(row: &str) -> Place<'_> {
    Place { table: "links", column: "about_sealed", row }
}
