//! The tokens of an app that somebody has authorised: sealed, in the row of the account's link.
//!
//! The refresh token rotates: whoever asks for the next one holds the lease ([`lease`]), and keeps it with [`keep`] before
//! it is used. Tokens that are laid aside stay sealed where they are, and nothing is asked by them.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::row::Columns;
use super::seal::AccountKeys;
use super::sql::query;
use super::zoom_link::{opened, place};
use super::{StorageError, Tx};
use crate::base::id::{AccountId, ZoomLinkId};
use crate::base::{Instant, Rng};
use crate::directory::state::{ZoomKind, ZoomLinkState};

/// The tokens of an app that somebody has authorised.
#[derive(Clone, Serialize, Deserialize)]
pub struct Grant {
    /// The next refresh token.
    pub refresh: String,
    /// The access token.
    pub access: String,
    /// When that ends: seconds.
    pub expires_at: i64,
    /// What it may do.
    pub scopes: String,
    /// The API of its region.
    pub api_url: Option<String>,
    /// Whose it is: the Zoom account's id.
    pub zoom_account: Option<String>,
    /// Who authorised it: their id in Zoom.
    #[serde(default)]
    pub user: Option<String>,
    /// Whether they own or administer that Zoom account.
    #[serde(default)]
    pub is_administrators: bool,
    /// Of which app, at which Zoom: it is sent nowhere else, and nothing else is asked for by it.
    #[serde(default)]
    pub of: String,
}

const IS_GRANTED: &str = "SELECT COUNT(*) AS number FROM zoom_links WHERE account_id = $1
    AND granted_at IS NOT NULL AND state <> 'waiting'";
const FIND: &str = "SELECT id, grant_sealed FROM zoom_links WHERE account_id = $1";
const KEEP: &str =
    "UPDATE zoom_links SET grant_sealed = $3, zoom_account_hash = COALESCE($4, zoom_account_hash), leased_until = NULL
    WHERE account_id = $1 AND lease = $2";
const SET: &str = "UPDATE zoom_links SET grant_sealed = $2, granted_at = $3, zoom_account_hash = $4,
    state = $5, lease = NULL, leased_until = NULL, version = version + 1 WHERE account_id = $1";
const LAY_ASIDE: &str =
    "UPDATE zoom_links SET zoom_account_hash = NULL, state = 'waiting', version = version + 1
    WHERE kind = $1 AND granted_at IS NOT NULL AND state = 'active'";
const TAKE_UP: &str = "UPDATE zoom_links SET zoom_account_hash = $3, state = 'active', version = version + 1
    WHERE account_id = $1 AND version = $2 AND granted_at IS NOT NULL AND state = 'waiting'";
const LEASE: &str = "UPDATE zoom_links SET lease = $2, leased_until = $4
    WHERE account_id = $1 AND COALESCE(leased_until, 0) <= $3";
const RELEASE: &str = "UPDATE zoom_links SET leased_until = NULL WHERE account_id = $1 AND lease = $2";

/// Whether somebody has authorised the app of an account's link.
///
/// # Errors
/// [`StorageError`].
pub async fn is_granted(tx: &mut Tx, account: AccountId) -> Result<bool, StorageError> {
    Ok(tx.fetch_one(query(IS_GRANTED).bind(account.to_string())).await?.number("number")? > 0)
}

/// The tokens of an authorised app.
///
/// # Errors
/// [`StorageError`].
pub async fn find(
    tx: &mut Tx,
    account: AccountId,
    keys: &AccountKeys,
) -> Result<Option<Grant>, StorageError> {
    let plain = opened(tx, (FIND, "grant_sealed"), account, keys).await?;
    plain
        .map(|plain| serde_json::from_slice(&plain).map_err(|_| StorageError::Corrupt("grant_sealed")))
        .transpose()
}

/// The right to ask for the next token, for whoever holds `lease`, until `until`; whether it was free.
///
/// # Errors
/// [`StorageError`].
pub async fn lease(
    tx: &mut Tx,
    account: AccountId,
    lease: &str,
    (now, until): (Instant, Instant),
) -> Result<bool, StorageError> {
    let lease = query(LEASE).bind(account.to_string()).bind(lease).bind(now.micros()).bind(until.micros());
    Ok(tx.execute(lease).await? == 1)
}

/// Gives that right back.
///
/// # Errors
/// [`StorageError`].
pub async fn release(tx: &mut Tx, account: AccountId, lease: &str) -> Result<(), StorageError> {
    tx.execute(query(RELEASE).bind(account.to_string()).bind(lease)).await.map(drop)
}

/// Keeps the next tokens, and under what their Zoom account is found where that was not known, and gives the lease back;
/// whether `lease` was still the one that counts.
///
/// # Errors
/// [`StorageError::Exists`] when another account is linked to that Zoom account by the platform's app.
pub async fn keep(
    tx: &mut Tx,
    (account, id): (AccountId, ZoomLinkId),
    lease: &str,
    (grant, zoom_account_hash): (&Grant, Option<&[u8]>),
    (keys, rng): (&AccountKeys, &Rng),
) -> Result<bool, StorageError> {
    let sealed = sealed(id, grant, keys, rng)?;
    let keep = query(KEEP).bind(account.to_string()).bind(lease).bind(sealed).bind(zoom_account_hash);
    Ok(tx.execute(keep).await? == 1)
}

/// What an authorisation brings: the first tokens, whose they are, and that the link can be used. Without tokens, that it
/// has ended.
///
/// # Errors
/// [`StorageError::Exists`] when another account is linked to that Zoom account by the platform's app.
pub async fn set(
    tx: &mut Tx,
    (account, id): (AccountId, ZoomLinkId),
    (state, grant): (ZoomLinkState, Option<(&Grant, Instant)>),
    zoom_account_hash: Option<&[u8]>,
    (keys, rng): (&AccountKeys, &Rng),
) -> Result<(), StorageError> {
    let sealed = grant.map(|(grant, _)| sealed(id, grant, keys, rng)).transpose()?;
    let set = query(SET)
        .bind(account.to_string())
        .bind(sealed)
        .bind(grant.map(|(_, at)| at.micros()))
        .bind(zoom_account_hash)
        .bind(state.name());
    tx.execute(set).await.map(drop)
}

/// Lays aside what was authorised by all accounts that are linked in that way: nothing is asked by it until they authorise
/// anew, or it is taken up ([`take_up`]). How many there were.
///
/// # Errors
/// [`StorageError`].
pub async fn lay_aside(tx: &mut Tx, kind: ZoomKind) -> Result<u64, StorageError> {
    tx.execute(query(LAY_ASIDE).bind(kind.name())).await
}

/// Uses the tokens of a link again that were laid aside, if it is that version still; whether it was.
///
/// # Errors
/// [`StorageError::Exists`] when another account is linked to that Zoom account by the platform's app.
pub async fn take_up(
    tx: &mut Tx,
    (account, version): (AccountId, i64),
    zoom_account_hash: Option<&[u8]>,
) -> Result<bool, StorageError> {
    let take = query(TAKE_UP).bind(account.to_string()).bind(version).bind(zoom_account_hash);
    Ok(tx.execute(take).await? == 1)
}

fn sealed(id: ZoomLinkId, grant: &Grant, keys: &AccountKeys, rng: &Rng) -> Result<Vec<u8>, StorageError> {
    let plain = serde_json::to_vec(grant).map_err(|_| StorageError::Corrupt("grant_sealed"))?;
    Ok(keys.seal(place("grant_sealed", &id.to_string()), &Zeroizing::new(plain), rng)?)
}
