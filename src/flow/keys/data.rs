//! The keys that seal what accounts hold: a new generation for what is written from now on. What was sealed before still
//! opens, and is sealed anew whenever it is written.
//!
//! # Design
//!
//! Processes keep opened keys in memory. So a new generation is made known first and seals a minute later: nobody meets a
//! value whose key they have not heard of.

use crate::access::{self, Action};
use crate::base::id::AccountId;
use crate::base::sentence::sentence;
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::state::KeyState;
use crate::flow::event::tell_home;
use crate::flow::{FlowError, Gateway};
use crate::storage::{Tx, account, data_key};

/// So long a new generation only opens; changes are noticed everywhere within a second, or the process is not ready.
const WAIT_SECONDS: i64 = 60;

/// A generation as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataKeyView {
    /// The account's name in addresses.
    pub account_slug: Slug,
    /// Its number: 1, 2, 3 …
    pub generation: u32,
    /// Whether it seals.
    pub state: KeyState,
    /// When it was made.
    pub created_at: Instant,
}

/// The generations of an account's key, oldest first.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] when there is no such account.
pub async fn list(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<Vec<DataKeyView>, FlowError> {
    access::decide(ctx.actor, Action::ManageKeys)?;
    let mut tx = gateway.storage().read().await?;
    let account = account::find_by_slug(&mut tx, slug).await?.ok_or(FlowError::NotFound("account"))?;
    let keys = data_key::list(&mut tx, account.id).await?;
    let view = |key: data_key::DataKey| DataKeyView {
        account_slug: account.slug.clone(),
        generation: key.generation,
        state: key.state,
        created_at: key.created_at,
    };
    Ok(keys.into_iter().map(view).collect())
}

/// Gives an account a new generation, which seals in a minute; its number.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] when there is no such account; [`FlowError::Invalid`] when a new
/// generation is under way already.
pub async fn rotate(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<u32, FlowError> {
    access::decide(ctx.actor, Action::ManageKeys)?;
    let mut tx = gateway.storage().write().await?;
    let account = account::find_by_slug(&mut tx, slug).await?.ok_or(FlowError::NotFound("account"))?;
    let under_way =
        || FlowError::Invalid(sentence!("this account is given a new key already; wait a minute"));
    if data_key::list(&mut tx, account.id).await?.iter().any(|key| key.state == KeyState::Next) {
        return Err(under_way());
    }
    let added = gateway.storage().add_keys(&mut tx, account.id, ctx.now, gateway.rng()).await?;
    let generation = added.ok_or_else(under_way)?;
    happened(&mut tx, gateway, ctx, (account.id, "account.key_added", generation)).await?;
    tx.commit().await?;
    Ok(generation)
}

/// Lets generations seal that everybody knows by now.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub(in crate::flow) async fn activate(gateway: &Gateway, tx: &mut Tx, ctx: &Ctx) -> Result<(), FlowError> {
    for (account, generation) in data_key::list_next(tx, ctx.now.plus_seconds(-WAIT_SECONDS)).await? {
        if data_key::update_active(tx, account, generation).await? {
            happened(tx, gateway, ctx, (account, "account.key_activated", generation)).await?;
        }
    }
    Ok(())
}

/// Adds the event; every process reads the account's keys anew.
async fn happened(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    (account, action, generation): (AccountId, &str, u32),
) -> Result<(), FlowError> {
    let body = serde_json::json!({ "generation": generation });
    tell_home(tx, gateway, ctx, Some(account), (action, account, &body)).await
}
