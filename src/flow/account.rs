//! Accounts: making them, and their sign-in page.

use super::connection::load;
use super::event::{LOOKED_AT, tell};
use super::line::{MAX_REASON, checked_line};
use super::notice::{is_told_this_hour, once_an_hour};
use super::{FlowError, Gateway, grant};
use crate::access::{self, Action};
use crate::base::caller::Key;
use crate::base::id::{AccountId, ConnectionId};
use crate::base::sentence::sentence;
use crate::base::text::{is_line, is_short};
use crate::base::{Actor, Ctx, Instant};
use crate::directory::account::{KeepMessages, Locale, Policy, Slug};
use crate::directory::state::{AccountState, ConnectionState};
use crate::storage::session::{self, Whose};
use crate::storage::{
    StorageError, Tx, account, branding, change, connection, console_session, domain, webhook, zoom_link,
};

pub mod overview;

/// The longest name of an account, and the longest id of the platform's own for it, in characters.
const MAX_NAME: usize = 200;

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
    /// Counts its changes.
    pub version: i64,
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
    /// Whether people sign in. An account is deleted by [`delete`] alone: its keys go with it.
    pub state: Option<AccountState>,
    /// Why its state becomes another one; kept with the account, where its owners read it.
    pub reason: Option<String>,
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
    let name = checked_name(&input.name)?;
    let new = account::Account {
        id: AccountId::make(ctx.now, gateway.rng()),
        external_id: input.external_id.as_deref().map_or(Ok(None), checked_external_id)?,
        slug: input.slug,
        name,
        state: AccountState::Active,
        locale: Locale::default(),
        policy: Policy::default(),
        is_strict: false,
        version: 1,
    };

    let mut tx = gateway.storage().write().await?;
    account::insert(&mut tx, &new, ctx.now).await.map_err(|error| taken(error, &new))?;
    gateway.storage().make_keys(&mut tx, new.id, ctx.now, gateway.rng()).await?;
    let keys = gateway.storage().keys(&mut tx, new.id).await?;
    let body =
        serde_json::json!({ "slug": new.slug.as_str(), "name": new.name, "external_id": new.external_id });
    tell(&mut tx, gateway, ctx, (new.id, &keys), ("account.created", new.id, &body)).await?;
    tx.commit().await?;
    Ok(view(new))
}

/// An account's name for people, without spaces around it. It stands in one line everywhere, in the heads of mails too.
///
/// # Errors
/// [`FlowError::Invalid`] for one that is empty, very long, or of several lines.
pub(in crate::flow) fn checked_name(name: &str) -> Result<String, FlowError> {
    let name = name.trim();
    if name.is_empty() || !is_short(name, MAX_NAME) {
        let wrong = sentence!("the account needs a name of 1 to {max} characters", max = MAX_NAME);
        return Err(FlowError::Invalid(wrong.about("name")));
    }
    if !is_line(name, MAX_NAME) {
        let wrong = sentence!("the account's name must be one line, without control characters");
        return Err(FlowError::Invalid(wrong.about("name")));
    }
    Ok(name.to_owned())
}

/// The platform's own id for an account; an empty one is none.
fn checked_external_id(given: &str) -> Result<Option<String>, FlowError> {
    let id = checked_line("external_id", given, MAX_NAME)?;
    Ok((!id.is_empty()).then(|| id.to_owned()))
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
        return Err(FlowError::Invalid(sentence!(
            "the account \"{slug}\" is deleted already",
            slug = slug.as_str()
        )));
    }
    let keys = gateway.storage().keys(&mut tx, found.id).await?;
    let body = serde_json::json!({ "slug": slug.as_str() });
    tell(&mut tx, gateway, ctx, (found.id, &keys), ("account.deleted", found.id, &body)).await?;
    account::update_state(&mut tx, found.id, AccountState::Deleted, ctx.now).await?;
    domain::delete_all(&mut tx, found.id).await?;
    branding::delete(&mut tx, found.id).await?;
    webhook::delete_all(&mut tx, found.id).await?;
    // Zoom's word for it is nobody's any more; what it told goes with the keys, and as rows when its time has passed.
    zoom_link::delete(&mut tx, found.id).await?;
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
        let body = serde_json::json!({ "page": page });
        tell(&mut tx, gateway, ctx, (found.id, &keys), (LOOKED_AT, found.id, &body)).await?;
        tx.commit().await?;
    }
    Ok(view(found))
}

/// Notes that a key of the installation reads `page` of an account: whoever has it is an operator, or a program of theirs,
/// and what they look at is an event of the account. A program asks over and over, so it is one an hour for each key and
/// page. What the key may read is decided where it reads.
///
/// # Errors
/// [`FlowError::NotFound`] without that account.
pub async fn look_by_key(gateway: &Gateway, ctx: &Ctx, slug: &Slug, page: &str) -> Result<(), FlowError> {
    let Actor::ApiKey(Key { id, account: None, .. }) = ctx.actor else { return Ok(()) };
    let what = format!("looked_at/{id}/{page}");
    let mut tx = gateway.storage().read().await?;
    let found = account::find_by_slug(&mut tx, slug).await?.ok_or(FlowError::NotFound("account"))?;
    if found.state == AccountState::Deleted || is_told_this_hour(&mut tx, found.id, ctx, &what).await? {
        return Ok(());
    }
    drop(tx);
    let mut tx = gateway.storage().write().await?;
    // Before everything else, everywhere: the event needs it later.
    change::take_turn(&mut tx).await?;
    if !once_an_hour(&mut tx, found.id, ctx, &what).await? {
        return Ok(());
    }
    let keys = gateway.storage().keys(&mut tx, found.id).await?;
    let body = serde_json::json!({ "page": page });
    tell(&mut tx, gateway, ctx, (found.id, &keys), (LOOKED_AT, found.id, &body)).await?;
    Ok(tx.commit().await?)
}

/// Changes an account. Disabled, nobody signs in to it any more, and the sessions that there are end.
///
/// # Errors
/// [`FlowError::NotFound`] without that account; [`FlowError::Invalid`] when a name is empty or taken.
pub async fn update(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: &Slug,
    input: Update,
) -> Result<AccountView, FlowError> {
    update_if(gateway, ctx, slug, input, |_| true).await
}

/// The same, if that is what the caller expects of its version.
///
/// # Errors
/// Those of [`update`]; [`FlowError::Stale`] when it is not.
pub async fn update_if(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: &Slug,
    input: Update,
    expects: impl Fn(i64) -> bool + Send,
) -> Result<AccountView, FlowError> {
    access::decide(ctx.actor, Action::ManageAccounts)?;
    let mut tx = gateway.storage().write().await?;
    let old = account::find_by_slug(&mut tx, slug).await?.ok_or(FlowError::NotFound("account"))?;
    if !expects(old.version) {
        return Err(FlowError::Stale);
    }
    if input.keep_messages.is_some_and(|keep| keep != old.policy.keep_messages) {
        // The account's own to decide, by whichever address.
        grant::of(ctx, Action::ManageMessages, old.id, "account")?;
    }
    let state = checked_state(&old, input.state)?;
    let reason = checked_reason(input.reason.as_deref())?;
    // What stays as it is may be of before there was a rule.
    let external_id = match input.external_id {
        Some(id) if old.external_id.as_deref() != Some(id.trim()) => checked_external_id(&id)?,
        _ => old.external_id.clone(),
    };
    let name = match input.name {
        Some(name) if old.name != name.trim() => checked_name(&name)?,
        _ => old.name.clone(),
    };
    let new = account::Account {
        slug: input.slug.unwrap_or_else(|| old.slug.clone()),
        name,
        state,
        locale: input.locale.unwrap_or(old.locale),
        policy: Policy { keep_messages: input.keep_messages.unwrap_or(old.policy.keep_messages) },
        external_id,
        ..old.clone()
    };
    if new == old {
        return Ok(view(old));
    }
    let is_shut = (old.state, new.state) == (AccountState::Active, AccountState::Disabled);
    // Else they would go on when it is opened again.
    let suspended = ("account_suspended", ctx.now);
    if is_shut {
        // Before the account, as sign-ins take them: those that are under way would wait for us, and we for them.
        end_sessions(&mut tx, new.id, suspended).await?;
    }
    if !account::update(&mut tx, &new, ctx.now).await.map_err(|error| taken(error, &new))? {
        return Err(FlowError::Stale);
    }
    if new.state != old.state {
        account::update_reason(&mut tx, new.id, reason).await?;
    }
    if is_shut {
        // Those of whoever came in between.
        end_sessions(&mut tx, new.id, suspended).await?;
    }
    let shown = |account: &account::Account| {
        serde_json::json!({
            "slug": account.slug.as_str(), "name": account.name, "external_id": account.external_id,
            "state": account.state.name(), "locale": account.locale.name(), "keep_messages": account.policy.keep_messages.name(),
        })
    };
    let reason = reason.filter(|_| new.state != old.state);
    let body = serde_json::json!({ "before": shown(&old), "after": shown(&new), "reason": reason });
    let keys = gateway.storage().keys(&mut tx, new.id).await?;
    tell(&mut tx, gateway, ctx, (new.id, &keys), ("account.updated", new.id, &body)).await?;
    tx.commit().await?;
    Ok(view(account::Account { version: new.version + 1, ..new }))
}

/// Ends every session of the account's people, in the console too. A setup link is its visitor's again when the account opens.
async fn end_sessions(tx: &mut Tx, account: AccountId, by: (&str, Instant)) -> Result<(), StorageError> {
    session::end_all(tx, account, Whose::All, None, by).await?;
    console_session::end_of_account(tx, account, by).await?;
    Ok(())
}

/// Suspends an account or opens it again, with a reason that is kept with it and in the event.
///
/// # Errors
/// Those of [`update`]; [`FlowError::Invalid`] without a reason, or for one that is too long.
pub async fn set_state(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: &Slug,
    (state, reason): (AccountState, &str),
) -> Result<AccountView, FlowError> {
    let input = Update { state: Some(state), reason: Some(reason.to_owned()), ..Update::default() };
    update(gateway, ctx, slug, input).await
}

/// The state that is meant: that of before unless it is said.
fn checked_state(old: &account::Account, new: Option<AccountState>) -> Result<AccountState, FlowError> {
    if old.state == AccountState::Deleted {
        return Err(FlowError::Invalid(sentence!(
            "the account \"{slug}\" is deleted",
            slug = old.slug.as_str()
        )));
    }
    if new == Some(AccountState::Deleted) {
        return Err(FlowError::Invalid(sentence!("an account is destroyed on the command line alone")));
    }
    Ok(new.unwrap_or(old.state))
}

fn checked_reason(reason: Option<&str>) -> Result<Option<&str>, FlowError> {
    let reason = reason.map(|reason| checked_line("reason", reason, MAX_REASON)).transpose()?;
    if reason.is_some_and(str::is_empty) {
        let wrong = sentence!("say in 1 to 500 characters why: the account's owners read it in their events");
        return Err(FlowError::Invalid(wrong.about("reason")));
    }
    Ok(reason)
}

/// An account of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The account.
    pub account: AccountView,
    /// How many connections people sign in by.
    pub in_use: i64,
}

/// Accounts whose names have `text` in them, or whose external id it is, after that slug, by slug; `limit` at most. A key of
/// one account finds that one.
///
/// # Errors
/// [`FlowError::Denied`].
pub async fn search(
    gateway: &Gateway,
    ctx: &Ctx,
    text: &str,
    (after, limit): (Option<&Slug>, i64),
) -> Result<Vec<Listed>, FlowError> {
    let one = if let Actor::ApiKey(Key { account: Some(home), .. }) = ctx.actor {
        access::decide_in(ctx.actor, Action::ReadAccount, home).map_err(|_| access::Denied(ctx.actor))?;
        Some(home)
    } else {
        access::decide(ctx.actor, Action::ReadAccounts)?;
        None
    };
    let mut tx = gateway.storage().read().await?;
    let found = account::search(&mut tx, (text.trim(), one), (after, limit)).await?;
    Ok(found.into_iter().map(|(account, in_use)| Listed { account: view(account), in_use }).collect())
}

fn view(account: account::Account) -> AccountView {
    let account::Account { id, slug, name, external_id, state, locale, policy, version, .. } = account;
    AccountView { id, slug, name, external_id, state, locale, keep_messages: policy.keep_messages, version }
}

fn taken(error: StorageError, account: &account::Account) -> FlowError {
    match error {
        StorageError::Exists(columns) if columns.contains("slug") => {
            let wrong = sentence!(
                "there is already an account \"{slug}\"; choose another name",
                slug = account.slug.as_str()
            );
            FlowError::Invalid(wrong.about("slug"))
        }
        StorageError::Exists(_) => {
            let wrong = sentence!("there is already an account with this external id");
            FlowError::Invalid(wrong.about("external_id"))
        }
        other => other.into(),
    }
}
