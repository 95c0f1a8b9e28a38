//! Accounts: making them, and their sign-in page.

use super::connection::load;
use super::{FlowError, Gateway, grant};
use crate::access::{self, Action};
use crate::base::id::{AccountId, ConnectionId};
use crate::base::{Actor, Ctx};
use crate::directory::account::{KeepMessages, Locale, Policy, Slug};
use crate::directory::state::{AccountState, ConnectionState};
use crate::storage::event::{self, Event};
use crate::storage::{StorageError, account, connection, domain};

/// What a new account is.
#[derive(Debug, Clone)]
pub struct Create {
    /// Its name in addresses.
    pub slug: Slug,
    /// Its name for people.
    pub name: String,
    /// The platform's own id for it.
    pub external_id: Option<String>,
}

/// An account as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountView {
    /// Its id.
    pub id: AccountId,
    /// Its name in addresses.
    pub slug: Slug,
    /// Its name for people.
    pub name: String,
    /// The platform's own id for it.
    pub external_id: Option<String>,
    /// Its state.
    pub state: AccountState,
    /// The language of its pages.
    pub locale: Locale,
    /// Which messages of identity providers are kept.
    pub keep_messages: KeepMessages,
}

/// What is to be different about an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Update {
    /// Its name in addresses. Sign-in pages under the old one are gone; connections are not touched.
    pub slug: Option<Slug>,
    /// Its name for people.
    pub name: Option<String>,
    /// The platform's own id for it; an empty one takes it away.
    pub external_id: Option<String>,
    /// Whether people sign in.
    pub state: Option<AccountState>,
    /// The language of its pages.
    pub locale: Option<Locale>,
    /// Which messages of identity providers are kept. Those beyond go at the next sweep.
    pub keep_messages: Option<KeepMessages>,
}

/// What an account's sign-in page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The account.
    pub account: AccountView,
    /// Its active connections with their names, oldest first.
    pub connections: Vec<(ConnectionId, String)>,
}

/// Makes an account with keys of its own.
///
/// # Errors
/// [`FlowError::Invalid`] when the slug or the external id is taken, or the name is empty.
pub async fn create(gateway: &Gateway, ctx: &Ctx, input: Create) -> Result<AccountView, FlowError> {
    access::decide(ctx.actor, Action::CreateAccount)?;
    let name = input.name.trim();
    if name.is_empty() {
        return Err(FlowError::Invalid("the account needs a name".to_owned()));
    }
    let new = account::Account {
        id: AccountId::make(ctx.now, gateway.rng()),
        external_id: input.external_id,
        slug: input.slug,
        name: name.to_owned(),
        state: AccountState::Active,
        locale: Locale::default(),
        policy: Policy::default(),
        version: 1,
    };

    let mut tx = gateway.storage().write().await?;
    account::insert(&mut tx, &new, ctx.now).await.map_err(|error| taken(error, &new))?;
    gateway.storage().make_keys(&mut tx, new.id, ctx.now, gateway.rng()).await?;
    let keys = gateway.storage().keys(&mut tx, new.id).await?;
    let body =
        serde_json::json!({ "slug": new.slug.as_str(), "name": new.name, "external_id": new.external_id });
    let (target, body) = (new.id.to_string(), body.to_string());
    let happened = Event { action: "account.created", target: &target, body: body.as_bytes() };
    event::insert(&mut tx, new.id, happened, &keys, (ctx, gateway.rng())).await?;
    tx.commit().await?;
    Ok(view(new))
}

/// Destroys an account: nobody signs in to it any more, and nothing personal of it can be read, here or in any copy of
/// the database that is made from now on. What was done stays provable; what it was about is gone with the keys. Its
/// domains can be another account's.
///
/// # Errors
/// [`FlowError::NotFound`], [`FlowError::Invalid`] when it is destroyed already.
pub async fn delete(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<AccountId, FlowError> {
    access::decide(ctx.actor, Action::DeleteAccount)?;
    let mut tx = gateway.storage().write().await?;
    let found = account::find_by_slug(&mut tx, slug).await?.ok_or(FlowError::NotFound("account"))?;
    if found.state == AccountState::Deleted {
        return Err(FlowError::Invalid(format!("the account {:?} is deleted already", slug.as_str())));
    }
    let keys = gateway.storage().keys(&mut tx, found.id).await?;
    let (target, body) = (found.id.to_string(), serde_json::json!({ "slug": slug.as_str() }).to_string());
    let happened = Event { action: "account.deleted", target: &target, body: body.as_bytes() };
    event::insert(&mut tx, found.id, happened, &keys, (ctx, gateway.rng())).await?;
    account::update_state(&mut tx, found.id, AccountState::Deleted, ctx.now).await?;
    domain::delete_all(&mut tx, found.id).await?;
    gateway.storage().destroy_keys(&mut tx, found.id).await?;
    tx.commit().await?;
    Ok(found.id)
}

/// The account of that slug, if there is one.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn find(gateway: &Gateway, slug: &Slug) -> Result<Option<AccountView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    Ok(account::find_by_slug(&mut tx, slug).await?.map(view))
}

/// What the sign-in page of an account shows.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such account, or nobody may sign in to it.
pub async fn sign_in(gateway: &Gateway, slug: &Slug) -> Result<SignIn, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let found = account::find_by_slug(&mut tx, slug).await?;
    let found = found.filter(|account| account.state == AccountState::Active);
    let found = found.ok_or(FlowError::NotFound("account"))?;
    let connections = connection::list(&mut tx, found.id).await?;
    let active = connections.into_iter().filter(|connection| connection.state == ConnectionState::Active);
    let mut connections: Vec<_> = active.map(|connection| (connection.id, connection.name)).collect();
    // By name, as people look for theirs; ids made in the same moment have no order that means anything.
    connections.sort_by_cached_key(|(_, name)| name.to_lowercase());
    Ok(SignIn { account: view(found), connections })
}

/// The account and the name of a connection that people may sign in by now; none when they may not.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn by_connection(
    gateway: &Gateway,
    id: ConnectionId,
) -> Result<Option<(AccountView, String)>, FlowError> {
    match load::active(gateway, id).await {
        Ok(active) => {
            let (account, connection) = (&active.loaded.account, &active.loaded.connection);
            Ok(Some((view(account.clone()), connection.name.clone())))
        }
        Err(FlowError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Every account, by name.
///
/// # Errors
/// [`FlowError::Denied`], [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn list(gateway: &Gateway, ctx: &Ctx) -> Result<Vec<AccountView>, FlowError> {
    access::decide(ctx.actor, Action::ReadAccounts)?;
    let mut tx = gateway.storage().read().await?;
    let mut all: Vec<_> = account::list(&mut tx).await?.into_iter().map(view).collect();
    all.sort_by(|a, b| a.slug.cmp(&b.slug));
    Ok(all)
}

/// The account of that slug, whatever its state.
///
/// # Errors
/// [`FlowError::NotFound`] without that account.
pub async fn show(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<AccountView, FlowError> {
    let mut tx = gateway.storage().read().await?;
    Ok(view(grant::account(&mut tx, ctx, Action::ReadAccount, slug).await?.0))
}

/// The account of that slug for a page called `page`. That an operator looked is an event of the account, which its
/// owners see.
///
/// # Errors
/// Those of [`show`].
pub async fn look(gateway: &Gateway, ctx: &Ctx, slug: &Slug, page: &str) -> Result<AccountView, FlowError> {
    if !matches!(ctx.actor, Actor::Operator(_)) {
        return show(gateway, ctx, slug).await;
    }
    let mut tx = gateway.storage().write().await?;
    let (found, granted) = grant::account(&mut tx, ctx, Action::ReadAccount, slug).await?;
    // Of a destroyed account there is nothing to see, and nobody who would.
    if found.state != AccountState::Deleted {
        let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
        let (target, body) = (found.id.to_string(), serde_json::json!({ "page": page }).to_string());
        let happened = Event { action: "account.looked_at", target: &target, body: body.as_bytes() };
        event::insert(&mut tx, found.id, happened, &keys, (ctx, gateway.rng())).await?;
        tx.commit().await?;
    }
    Ok(view(found))
}

/// Changes an account. Disabled, nobody signs in to it any more; sessions that there are end with their next use.
///
/// # Errors
/// [`FlowError::NotFound`] without that account; [`FlowError::Invalid`] when a name is empty or taken.
pub async fn update(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: &Slug,
    input: Update,
) -> Result<AccountView, FlowError> {
    access::decide(ctx.actor, Action::ManageAccounts)?;
    let mut tx = gateway.storage().write().await?;
    let old = account::find_by_slug(&mut tx, slug).await?.ok_or(FlowError::NotFound("account"))?;
    let external_id = match input.external_id.as_deref().map(str::trim) {
        None => old.external_id.clone(),
        Some("") => None,
        Some(id) => Some(id.to_owned()),
    };
    let new = account::Account {
        slug: input.slug.unwrap_or_else(|| old.slug.clone()),
        name: input.name.map_or_else(|| old.name.clone(), |name| name.trim().to_owned()),
        state: input.state.unwrap_or(old.state),
        locale: input.locale.unwrap_or(old.locale),
        policy: Policy { keep_messages: input.keep_messages.unwrap_or(old.policy.keep_messages) },
        external_id,
        ..old.clone()
    };
    if new.name.is_empty() {
        return Err(FlowError::Invalid("the account needs a name".to_owned()));
    }
    if new == old {
        return Ok(view(old));
    }
    account::update(&mut tx, &new, ctx.now).await.map_err(|error| taken(error, &new))?;
    let shown = |account: &account::Account| {
        serde_json::json!({
            "slug": account.slug.as_str(), "name": account.name, "external_id": account.external_id,
            "state": account.state.name(), "locale": account.locale.name(), "keep_messages": account.policy.keep_messages.name(),
        })
    };
    let body = serde_json::json!({ "before": shown(&old), "after": shown(&new) });
    let (target, body) = (new.id.to_string(), body.to_string());
    let keys = gateway.storage().keys(&mut tx, new.id).await?;
    let happened = Event { action: "account.updated", target: &target, body: body.as_bytes() };
    event::insert(&mut tx, new.id, happened, &keys, (ctx, gateway.rng())).await?;
    tx.commit().await?;
    Ok(view(new))
}

fn view(account: account::Account) -> AccountView {
    let account::Account { id, slug, name, external_id, state, locale, policy, .. } = account;
    AccountView { id, slug, name, external_id, state, locale, keep_messages: policy.keep_messages }
}

fn taken(error: StorageError, account: &account::Account) -> FlowError {
    match error {
        StorageError::Exists(columns) if columns.contains("slug") => FlowError::Invalid(format!(
            "there is already an account {:?}; choose another name",
            account.slug.as_str()
        )),
        StorageError::Exists(_) => {
            FlowError::Invalid("there is already an account with this external id".to_owned())
        }
        other => other.into(),
    }
}
