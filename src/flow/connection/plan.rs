//! A connection that is to be: its addresses are known, and are typed into the identity provider's console, before
//! anything is known of that identity provider.
//!
//! Nothing is stored. The browser carries the plan, sealed under the account's keys: the addresses that somebody was given
//! become that account's connection and nobody else's.

use serde::{Deserialize, Serialize};

use crate::access::{Action, Granted};
use crate::base::Ctx;
use crate::base::encoding::{base64url, from_base64url};
use crate::base::id::ConnectionId;
use crate::directory::account::Slug;
use crate::directory::preset::Product;
use crate::flow::{FlowError, Gateway, grant};
use crate::storage::seal::Carried;
use crate::storage::{Tx, connection};

const NONE: FlowError = FlowError::NotFound("plan of a connection");

/// A connection that is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its id.
    pub connection: ConnectionId,
    /// The product that was chosen.
    pub product: Product,
    /// Our entity ID; our metadata will be there.
    pub entity_id: String,
    /// Where responses will be posted.
    pub acs_url: String,
    /// Where a sign-in will start.
    pub login_url: String,
    /// Whether the connection is there already.
    pub is_made: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    id: String,
    product: Product,
}

/// Plans a connection at `product`: what the browser is to carry.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account.
pub async fn begin(gateway: &Gateway, ctx: &Ctx, slug: &Slug, product: Product) -> Result<String, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (_, granted) = grant::account(&mut tx, ctx, Action::ManageConnections, slug).await?;
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    let id = ConnectionId::make(ctx.now, gateway.rng()).to_string();
    let plain = serde_json::to_vec(&Sealed { id, product });
    let plain = plain.map_err(|_| FlowError::Internal("a plan as JSON"))?;
    let of = granted.account().to_string();
    Ok(base64url(&keys.seal_carried(carried(&of), &plain, gateway.rng())?))
}

/// The plan that `token` carries, if it is one of this account.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account, or when it is no plan of it.
pub async fn find(gateway: &Gateway, ctx: &Ctx, slug: &Slug, token: &str) -> Result<Plan, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (_, granted) = grant::account(&mut tx, ctx, Action::ManageConnections, slug).await?;
    open(gateway, &mut tx, granted, token).await
}

pub(super) async fn open(
    gateway: &Gateway,
    tx: &mut Tx,
    granted: Granted,
    token: &str,
) -> Result<Plan, FlowError> {
    let account = granted.account();
    let keys = gateway.storage().keys(tx, account).await?;
    let of = account.to_string();
    let sealed = from_base64url(token).ok_or(NONE)?;
    let plain = keys.open_carried(carried(&of), &sealed).map_err(|_| NONE)?;
    let Sealed { id, product } = serde_json::from_slice(&plain).map_err(|_| NONE)?;
    let connection: ConnectionId = id.parse().map_err(|_| NONE)?;
    let is_made = match connection::account_of(tx, connection).await? {
        None => false,
        Some(owner) if owner == account => true,
        Some(_) => return Err(NONE),
    };
    let base = format!("{}/saml/{connection}", gateway.public_url());
    Ok(Plan {
        connection,
        product,
        entity_id: format!("{base}/metadata"),
        acs_url: format!("{base}/acs"),
        login_url: format!("{base}/login"),
        is_made,
    })
}

const fn carried(account: &str) -> Carried<'_> {
    Carried { what: "connection plan", of: account }
}
