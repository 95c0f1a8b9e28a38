//! What the things that events name by their ids are called now.
//!
//! Ids are told from one another by what they begin with. What is another account's, or is gone, has no name here.

use std::collections::{BTreeMap, BTreeSet};

use super::{EventView, may_see};
use crate::access::{self, Action};
use crate::base::Ctx;
use crate::base::ctx::kind_and_id;
use crate::base::id::{AccountId, ApiKeyId, ConnectionId, LinkId, OperatorId, UserId, WebhookId};
use crate::directory::account::Slug;
use crate::directory::state::AccountState;
use crate::flow::{FlowError, Gateway};
use crate::storage::seal::AccountKeys;
use crate::storage::{StorageError, Tx, account, api_key, connection, link, operator, user, webhook};

/// Names by id.
pub type Names = BTreeMap<String, String>;

/// What is named in `events` of an account, or of the installation where no account is given.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account.
pub async fn names(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: Option<&Slug>,
    events: &[EventView],
) -> Result<Names, FlowError> {
    let ids = events.iter().flat_map(|event| {
        let (_, who) = kind_and_id(&event.actor);
        [who, Some(event.target.as_str())].into_iter().flatten()
    });
    names_of(gateway, ctx, slug, ids.collect()).await
}

/// What these ids are called, of whatever kind they are.
///
/// # Errors
/// Those of [`names`].
pub async fn names_of(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: Option<&Slug>,
    ids: BTreeSet<&str>,
) -> Result<Names, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let home = if let Some(slug) = slug {
        Some(may_see(&mut tx, ctx, slug).await?)
    } else {
        access::decide(ctx.actor, Action::ReadInstallationEvents)?;
        None
    };
    if home.as_ref().is_some_and(|home| home.state == AccountState::Deleted) {
        return Ok(Names::new());
    }
    let home = home.map(|home| home.id);
    let keys = gateway.storage().keys_of(&mut tx, home).await?;
    let of_installation = gateway.storage().keys_of(&mut tx, None).await?;
    let mut names = Names::new();
    for id in ids {
        if let Some(name) = name(&mut tx, (home, &keys), &of_installation, id).await? {
            names.insert(id.to_owned(), name);
        }
    }
    Ok(names)
}

async fn name(
    tx: &mut Tx,
    (home, keys): (Option<AccountId>, &AccountKeys),
    of_installation: &AccountKeys,
    id: &str,
) -> Result<Option<String>, StorageError> {
    let kind = id.split('_').next().unwrap_or_default();
    let found = match (kind, home) {
        (OperatorId::PREFIX, _) => match id.parse() {
            Ok(id) => operator::find(tx, id, of_installation).await?.map(|found| found.name),
            Err(_) => None,
        },
        (AccountId::PREFIX, home) => match id.parse::<AccountId>() {
            Ok(id) if home.is_none_or(|home| home == id) => {
                account::find(tx, id).await?.map(|found| found.name)
            }
            _ => None,
        },
        (UserId::PREFIX, Some(home)) => match id.parse() {
            Ok(id) => {
                let found = user::find(tx, home, id, keys).await?;
                found.and_then(|found| found.profile.name().or(found.profile.email))
            }
            Err(_) => None,
        },
        (ConnectionId::PREFIX, Some(home)) => match id.parse() {
            Ok(id) => connection::find(tx, home, id).await?.map(|found| found.name),
            Err(_) => None,
        },
        (ApiKeyId::PREFIX, home) => match id.parse() {
            Ok(id) => {
                let found = api_key::name_of(tx, id).await?;
                found.filter(|(of, _)| of.is_none() || *of == home).map(|(_, name)| name)
            }
            Err(_) => None,
        },
        (LinkId::PREFIX, home) => match id.parse() {
            Ok(id) => link::find(tx, home, id, keys).await?.and_then(|found| found.about.for_whom()),
            Err(_) => None,
        },
        (WebhookId::PREFIX, Some(home)) => match id.parse() {
            Ok(id) => webhook::find(tx, home, id, keys).await?.map(|found| found.name),
            Err(_) => None,
        },
        _ => None,
    };
    Ok(found.filter(|name| !name.is_empty()))
}
