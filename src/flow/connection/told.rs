//! What owners are told by mail of whoever may make no owners themselves, and brings a connection into use, or changes whom
//! one believes: that lets people in as anybody whom the account's identity providers speak for.

use super::load::Loaded;
use crate::access::{self, Action};
use crate::base::id::AccountId;
use crate::base::{Actor, Ctx};
use crate::flow::notice::{self, Activator, called};
use crate::flow::{FlowError, Gateway};
use crate::storage::{Tx, api_key, link};

/// Tells owners that people sign in by a connection from now on, where it was brought into use behind a setup link, or by a
/// key that may not make owners: its identity provider speaks for the account's domains.
pub(super) async fn in_use(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    loaded: &Loaded,
) -> Result<(), FlowError> {
    let account = loaded.account.id;
    match ctx.actor {
        Actor::SetupLink(setup) => {
            let found = link::find(tx, Some(account), setup.id, &loaded.keys).await?;
            let name = called(&found.map(|link| link.about.name).unwrap_or_default(), setup.id);
            notice::activated(gateway, tx, ctx, loaded, Activator::Link(&name)).await
        }
        _ => match lesser_key(tx, ctx, account).await? {
            Some(name) => notice::activated(gateway, tx, ctx, loaded, Activator::Key(&name)).await,
            None => Ok(()),
        },
    }
}

/// The same of a connection that is in use, or was, where such a key changed whom it believes: an identity provider of the
/// key's is in use then, too. Once a day for each connection and key: a program may do so every few minutes, and whoever has
/// looked at the history once has seen whose changes are in it.
pub(super) async fn changed(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    loaded: &Loaded,
) -> Result<(), FlowError> {
    if loaded.connection.state.is_being_set_up() {
        return Ok(());
    }
    let account = loaded.account.id;
    let Some(name) = lesser_key(tx, ctx, account).await? else { return Ok(()) };
    let told = format!("believes_otherwise/{}/{}", loaded.connection.id, ctx.actor);
    if notice::once_a_day(tx, account, ctx, &told).await? {
        notice::believes_otherwise(gateway, tx, ctx, loaded, &name).await?;
    }
    Ok(())
}

/// What the API key is called that acts, if one does and it may not make owners.
async fn lesser_key(tx: &mut Tx, ctx: &Ctx, account: AccountId) -> Result<Option<String>, FlowError> {
    let Actor::ApiKey(key) = ctx.actor else { return Ok(None) };
    if access::decide_in(ctx.actor, Action::ManageOwners, account).is_ok() {
        return Ok(None);
    }
    let found = api_key::find(tx, key.id).await?;
    Ok(Some(called(&found.map(|key| key.name).unwrap_or_default(), key.id)))
}
