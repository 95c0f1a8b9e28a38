//! Keys of the REST API: made, shown once, used, taken back.
//!
//! # Invariants
//!
//! * Only the hash of a secret is kept.
//! * A key is good for no more than whoever made it may do, and for no longer: a key makes keys with scopes of its own
//!   only, which end when it does, and are taken back with it. So are invitations and setup links that it made.
//! * There is an end to how many are good at once, and those that a key made for its own account ask no more often than it.
//!
//! `line` knows which key made which.

use secrecy::SecretString;

use self::line::{operator, operator_behind};
use super::event::tell_home;
use super::{FlowError, Gateway, grant, standing};
use crate::access::{self, Action};
use crate::base::caller::{Key, Scope, Scopes};
use crate::base::id::{AccountId, ApiKeyId};
use crate::base::secret::ApiSecret;
use crate::base::sentence::sentence;
use crate::base::text::is_line;
use crate::base::time::DAY_SECONDS;
use crate::base::{Actor, Ctx, Instant};
use crate::directory::account::Slug;
use crate::storage::api_key::{self, ApiKey};
use crate::storage::{Tx, change, link as links};

pub(super) mod line;

pub use line::counted_as;

/// What secrets begin with, so that scanners of source code know them.
pub const PREFIX: &str = "gatepost_";
const MAX_DAYS: i64 = 366;
const MAX_NAME: usize = 100;
/// Of an account, or of the installation, that are good at once.
const MAX_OPEN: i64 = 200;
const LISTED: i64 = 500;
const USED_SECONDS: i64 = 60;
const NONE: FlowError = FlowError::NotFound("API key");

/// A key to be made.
#[derive(Debug, Clone)]
pub struct Create {
    /// Of which account; without one it is the installation's.
    pub account: Option<Slug>,
    /// What it is called.
    pub name: String,
    /// What it is good for.
    pub scopes: Scopes,
    /// For so many days.
    pub days: i64,
}

/// A key as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyView {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is called.
    pub name: String,
    /// What it is good for.
    pub scopes: Scopes,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
    /// When it was used last, to the minute.
    pub last_used_at: Option<Instant>,
    /// When it was taken back.
    pub revoked_at: Option<Instant>,
    /// Whether it is good for anything.
    pub is_active: bool,
}

/// Makes a key: what it is, and its secret, which is shown once.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account; [`FlowError::Invalid`] in a plain sentence.
pub async fn create(
    gateway: &Gateway,
    ctx: &Ctx,
    input: Create,
) -> Result<(ApiKeyView, SecretString), FlowError> {
    let name = input.name.trim();
    if name.is_empty() || !is_line(name, MAX_NAME) {
        let wrong = sentence!("give the key a name of 1 to {max} characters", max = MAX_NAME);
        return Err(FlowError::Invalid(wrong.about("name")));
    }
    if input.scopes.is_empty() {
        return Err(FlowError::Invalid(sentence!("choose what the key is good for").about("scopes")));
    }
    if !(1..=MAX_DAYS).contains(&input.days) {
        let wrong = sentence!("a key is good for 1 to {max} days", max = MAX_DAYS);
        return Err(FlowError::Invalid(wrong.about("days")));
    }
    let mut tx = gateway.storage().write().await?;
    // Whoever takes the maker back has done it, and it shows, or waits until there is something to take along.
    let ctx = &standing::in_turn(gateway, &mut tx, ctx).await?;
    let account_id = home(&mut tx, ctx, Action::ManageApiKeys, input.account.as_ref()).await?;
    if let Actor::ApiKey(key) = ctx.actor
        && !key.scopes.contains_all(input.scopes)
    {
        let wrong = sentence!("a key makes keys with scopes of its own only");
        return Err(FlowError::Invalid(wrong.about("scopes")));
    }
    let of_installation = input.scopes.iter().find(|scope| scope.is_of_installation());
    if let (Some(_), Some(scope)) = (account_id, of_installation) {
        let wrong = sentence!("{scope} is for keys of the installation", scope = scope.name());
        return Err(FlowError::Invalid(wrong.about("scopes")));
    }
    if api_key::count_open(&mut tx, account_id, ctx.now).await? >= MAX_OPEN {
        return Err(FlowError::Invalid(sentence!(
            "{max} keys are good already: take one back first",
            max = MAX_OPEN
        )));
    }
    let gives = match ctx.actor {
        // What others gave it was looked at when it was made; what an operator did, once, was not.
        Actor::ApiKey(key) => operator_behind(&mut tx, key.id).await?,
        actor => Some(actor),
    };
    let is_beyond = |scope: &Scope| gives.is_some_and(|by| !access::may_hand_on(by, *scope, account_id));
    if let Some(scope) = input.scopes.iter().find(is_beyond) {
        let wrong = sentence!(
            "{scope} is good for something that you may not do yourself: have somebody make the key who may",
            scope = scope.name()
        );
        return Err(FlowError::Invalid(wrong.about("scopes")));
    }
    let wanted = ctx.now.plus_seconds(input.days * DAY_SECONDS);
    let expires_at = match ctx.actor {
        Actor::ApiKey(key) => {
            let maker = api_key::find(&mut tx, key.id).await?.filter(|key| is_active(key, ctx.now));
            maker.ok_or(access::Denied(ctx.actor))?.expires_at.min(wanted)
        }
        _ => wanted,
    };
    let new = ApiKey {
        account_id,
        id: ApiKeyId::make(ctx.now, gateway.rng()),
        name: name.to_owned(),
        scopes: input.scopes,
        created_by: ctx.actor.to_string(),
        created_at: ctx.now,
        expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    let secret = ApiSecret::draw(gateway.rng());
    api_key::insert(&mut tx, &new, secret.hash()).await?;
    let body =
        serde_json::json!({ "scopes": new.scopes.to_string(), "expires_at": new.expires_at.to_string() });
    tell_home(&mut tx, gateway, ctx, account_id, ("api_key.created", new.id, &body)).await?;
    tx.commit().await?;
    Ok((view(new, ctx.now), format!("{PREFIX}{}", secret.expose_text()).into()))
}

/// The keys of an account, or of the installation, newest first.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account.
pub async fn list(
    gateway: &Gateway,
    ctx: &Ctx,
    account: Option<&Slug>,
) -> Result<Vec<ApiKeyView>, FlowError> {
    page(gateway, ctx, account, (None, LISTED)).await
}

/// The same, those older than `before` and `limit` at most.
///
/// # Errors
/// Those of [`list`].
pub async fn page(
    gateway: &Gateway,
    ctx: &Ctx,
    account: Option<&Slug>,
    page: (Option<ApiKeyId>, i64),
) -> Result<Vec<ApiKeyView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let home = home(&mut tx, ctx, Action::ReadApiKeys, account).await?;
    let all = api_key::list(&mut tx, home, page).await?;
    Ok(all.into_iter().map(|key| view(key, ctx.now)).collect())
}

/// Whether there is such a key, and it is of no account.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn is_of_installation(gateway: &Gateway, id: ApiKeyId) -> Result<bool, FlowError> {
    let mut tx = gateway.storage().read().await?;
    Ok(api_key::account_of(&mut tx, id).await? == Some(None))
}

/// Takes a key back, with every key that it made and those made, and the links that any of them made; `false` when it was
/// already.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] when there is none.
pub async fn revoke(gateway: &Gateway, ctx: &Ctx, id: ApiKeyId) -> Result<bool, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let account = match api_key::account_of(&mut tx, id).await?.ok_or(NONE)? {
        Some(account) => Some(grant::of(ctx, Action::ManageApiKeys, account, "API key")?.account()),
        // Who may not in every account does not learn of those.
        None => access::decide(ctx.actor, Action::ManageApiKeys).map(|()| None).map_err(|_| NONE)?,
    };
    change::take_turn(&mut tx).await?;
    let is_revoked = api_key::update_revoked(&mut tx, id, ctx.now).await?;
    if is_revoked {
        tell_home(&mut tx, gateway, ctx, account, ("api_key.revoked", id, &serde_json::json!({}))).await?;
    }
    let because = serde_json::json!({ "made_by": id.to_string() });
    links::revoke_of_maker(&mut tx, &named(id), ctx.now).await?;
    for (account, made) in api_key::list_made_by(&mut tx, id).await? {
        links::revoke_of_maker(&mut tx, &named(made), ctx.now).await?;
        if api_key::update_revoked(&mut tx, made, ctx.now).await? {
            tell_home(&mut tx, gateway, ctx, account, ("api_key.revoked", made, &because)).await?;
        }
    }
    tx.commit().await?;
    Ok(is_revoked)
}

/// As what a key made something: what it may do is not part of the name.
fn named(id: ApiKeyId) -> String {
    Actor::ApiKey(Key { id, account: None, scopes: Scopes::default() }).to_string()
}

/// Who asks with that secret, if the key is good.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn find(gateway: &Gateway, ctx: &Ctx, secret: &str) -> Result<Option<Key>, FlowError> {
    let Some(secret) = secret.strip_prefix(PREFIX).and_then(ApiSecret::parse) else { return Ok(None) };
    let mut tx = gateway.storage().read().await?;
    let found = api_key::find_by_secret(&mut tx, secret.hash()).await?;
    drop(tx);
    let Some(found) = found.filter(|key| is_active(key, ctx.now)) else { return Ok(None) };
    let is_new = found.last_used_at.is_none_or(|at| ctx.now >= at.plus_seconds(USED_SECONDS));
    if is_new {
        let mut tx = gateway.storage().write().await?;
        api_key::update_used(&mut tx, found.id, ctx.now).await?;
        tx.commit().await?;
    }
    Ok(Some(Key { id: found.id, account: found.account_id, scopes: found.scopes }))
}

/// Keys that operators made before it was looked at whether it was theirs to give, each with the first scope that is not.
/// They are good until they end.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub(in crate::flow) async fn beyond_their_makers(
    tx: &mut Tx,
    now: Instant,
) -> Result<Vec<(ApiKey, Scope)>, FlowError> {
    let mut beyond = Vec::new();
    for key in api_key::list_of_operators(tx, now).await? {
        let Some(by) = operator(&key.created_by)? else { continue };
        let is_beyond = |scope: &Scope| !access::may_hand_on(by, *scope, key.account_id);
        if let Some(scope) = key.scopes.iter().find(is_beyond) {
            beyond.push((key, scope));
        }
    }
    Ok(beyond)
}

/// The account that keys are of, if the caller may do `action` there; none for the installation's.
async fn home(
    tx: &mut Tx,
    ctx: &Ctx,
    action: Action,
    account: Option<&Slug>,
) -> Result<Option<AccountId>, FlowError> {
    match account {
        Some(slug) => Ok(Some(grant::account(tx, ctx, action, slug).await?.1.account())),
        None => Ok(access::decide(ctx.actor, action).map(|()| None)?),
    }
}

fn is_active(key: &ApiKey, now: Instant) -> bool {
    key.revoked_at.is_none() && now < key.expires_at
}

fn view(key: ApiKey, now: Instant) -> ApiKeyView {
    ApiKeyView {
        is_active: is_active(&key, now),
        id: key.id,
        name: key.name,
        scopes: key.scopes,
        created_by: key.created_by,
        created_at: key.created_at,
        expires_at: key.expires_at,
        last_used_at: key.last_used_at,
        revoked_at: key.revoked_at,
    }
}
