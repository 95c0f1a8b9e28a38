//! Passkeys (WebAuthn): how owners and operators come in without an identity provider.
//!
//! # Design
//!
//! What a browser is asked is not kept here: strangers could have it asked as often as they like. It travels with the
//! browser, sealed, good for a few minutes; only that it was answered is a row, so that no answer counts twice.
//!
//! Signing in names nobody: the browser is offered every passkey that lets somebody in (they are few), and the one that it
//! answers with says who. User verification is always asked for: a passkey is more than the possession of a machine.

use openssl::sha::sha256;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use webauthn_rs::prelude::{
    CredentialID, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Uuid, Webauthn, WebauthnBuilder,
};
use zeroize::Zeroizing;

use super::console::{self, Entered, Who};
use super::event::tell_home;
use super::link::has_active_connection;
use super::mail::{tell_owners, texts, words};
use super::{FlowError, Gateway, grant, standing};
use crate::access::{Action, Denied};
use crate::base::caller::{Member, Role};
use crate::base::encoding::{base64url, from_base64url};
use crate::base::id::{AccountId, PasskeyId, UserId};
use crate::base::secret::TokenHash;
use crate::base::sentence::sentence;
use crate::base::text::is_line;
use crate::base::{Actor, Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::state::{AccountState, Method};
use crate::storage::account::{self, Account};
use crate::storage::passkey::{self, Whose};
use crate::storage::seal::{AccountKeys, Carried};
use crate::storage::user::{self, User};
use crate::storage::{StorageError, Tx};

const CEREMONY_SECONDS: i64 = 300;
const MAX_NAME: usize = 100;
const MAX_PASSKEYS: usize = 20;
const REGISTRATION: &str = "passkey registration";
const SIGN_IN: &str = "passkey sign-in";

/// A passkey as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyView {
    /// Its id.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was used last.
    pub last_used_at: Option<Instant>,
}

/// What a browser is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// For `navigator.credentials`, JSON.
    pub options: String,
    /// What comes back with the answer, sealed.
    pub state: String,
}

#[derive(Serialize, Deserialize)]
struct Sealed<T> {
    state: T,
    expires_at: i64,
}

/// Somebody's own passkeys.
///
/// # Errors
/// [`FlowError::Denied`] for whoever cannot have any.
pub async fn list(gateway: &Gateway, ctx: &Ctx) -> Result<Vec<PasskeyView>, FlowError> {
    let whose = own(ctx)?;
    let mut tx = gateway.storage().read().await?;
    let keys = gateway.storage().keys_of(&mut tx, whose.account()).await?;
    let all = passkey::list(&mut tx, whose, &keys).await?;
    Ok(all.into_iter().map(view).collect())
}

/// Whether whoever came by the session `by` of the console, or by single sign-on, may register a passkey: not who came in
/// by an operator's link, nor whose session has ended.
///
/// Such a link passes through an operator's hands and is good for one session; a passkey would stay. Nobody is shut out
/// for good: operators can make another link, each of which is an event and mailed to every owner.
///
/// # Errors
/// [`FlowError::Denied`] for whoever cannot have any.
pub async fn may_register(gateway: &Gateway, ctx: &Ctx, by: Option<TokenHash>) -> Result<bool, FlowError> {
    own(ctx)?;
    let mut tx = gateway.storage().read().await?;
    is_lasting(&mut tx, ctx, by).await
}

async fn is_lasting(tx: &mut Tx, ctx: &Ctx, by: Option<TokenHash>) -> Result<bool, FlowError> {
    Ok(match by {
        Some(token) => console::is_lasting(tx, ctx.now, token).await?,
        None => true,
    })
}

/// Asks the browser for a new passkey.
///
/// # Errors
/// [`FlowError::Denied`] for whoever cannot have any; [`FlowError::Invalid`] for one more than enough.
pub async fn begin_registration(gateway: &Gateway, ctx: &Ctx) -> Result<Question, FlowError> {
    let whose = own(ctx)?;
    let mut tx = gateway.storage().read().await?;
    let keys = gateway.storage().keys_of(&mut tx, whose.account()).await?;
    let present = passkey::list(&mut tx, whose, &keys).await?;
    check_room(&present)?;
    let known = present.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let known: Vec<CredentialID> = known.iter().map(|key| key.cred_id().clone()).collect();
    let (id, label) = match whose {
        Whose::User(account, user) => {
            let found = account::find(&mut tx, account).await?.ok_or(FlowError::NotFound("account"))?;
            (user.to_string(), found.name)
        }
        Whose::Operator(operator) => (operator.to_string(), "Operator".to_owned()),
    };
    let handle = sha256(id.as_bytes()).first_chunk::<16>().copied().unwrap_or_default();
    let (options, state) = webauthn(gateway)?
        .start_passkey_registration(
            Uuid::from_bytes(handle),
            &format!("Gatepost, {label}"),
            &label,
            Some(known),
        )
        .map_err(|_| FlowError::Internal("a passkey could not be asked for"))?;
    question(gateway, ctx, &keys, (REGISTRATION, &id), (&options, &state))
}

fn check_room(present: &[passkey::Passkey]) -> Result<(), FlowError> {
    if present.len() >= MAX_PASSKEYS {
        return Err(FlowError::Invalid(sentence!(
            "{max} passkeys are enough; remove one first",
            max = MAX_PASSKEYS
        )));
    }
    Ok(())
}

/// Registers the passkey that the browser made.
///
/// # Errors
/// [`FlowError::Denied`] for whoever came in by an operator's link; [`FlowError::Invalid`] in a plain sentence when it
/// was not made as asked, or too late, or is one more than enough.
pub async fn finish_registration(
    gateway: &Gateway,
    ctx: &Ctx,
    (state, answer): (&str, &str),
    (name, by): (&str, Option<TokenHash>),
) -> Result<(), FlowError> {
    let whose = own(ctx)?;
    let name = name.trim();
    if name.is_empty() || !is_line(name, MAX_NAME) {
        return Err(FlowError::Invalid(sentence!(
            "give the passkey a name of 1 to {max} characters",
            max = MAX_NAME
        )));
    }
    let mut tx = gateway.storage().write().await?;
    // Several may have been asked for at once: those that are finished wait for one another, and for whoever shuts them out.
    standing::in_turn(gateway, &mut tx, ctx).await?;
    if !is_lasting(&mut tx, ctx, by).await? {
        return Err(Denied(ctx.actor).into());
    }
    let keys = gateway.storage().keys_of(&mut tx, whose.account()).await?;
    check_room(&passkey::list(&mut tx, whose, &keys).await?)?;
    let id = match whose {
        Whose::User(_, user) => user.to_string(),
        Whose::Operator(operator) => operator.to_string(),
    };
    let at = (ctx, gateway.storage().restored_at());
    let asked: PasskeyRegistration = asked(&mut tx, at, &keys, (REGISTRATION, &id), state).await?;
    let answer: RegisterPublicKeyCredential = serde_json::from_str(answer).map_err(|_| unusable())?;
    let made = webauthn(gateway)?.finish_passkey_registration(&answer, &asked).map_err(|_| unusable())?;
    let new = passkey::Passkey {
        whose,
        id: PasskeyId::make(ctx.now, gateway.rng()),
        credential_key: sha256(made.cred_id().as_ref()),
        credential: store(&made)?,
        name: name.to_owned(),
        created_at: ctx.now,
        last_used_at: None,
    };
    if !passkey::insert(&mut tx, &new, &keys, gateway.rng()).await? {
        return Err(FlowError::Invalid(sentence!("this passkey is registered already")));
    }
    tell(&mut tx, gateway, ctx, whose, ("passkey.registered", new.id)).await?;
    if let Whose::User(account, user) = whose {
        tell_of_passkey(gateway, &mut tx, ctx, (account, &keys), user).await?;
    }
    Ok(tx.commit().await?)
}

/// Every owner hears of an owner's new passkey: it outlives whatever they came in by.
async fn tell_of_passkey(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (account, keys): (AccountId, &AccountKeys),
    user: UserId,
) -> Result<(), FlowError> {
    let Some(found) = account::find(tx, account).await? else { return Ok(()) };
    let owner = user::find(tx, account, user, keys).await?;
    let owner = owner.and_then(called).unwrap_or_else(|| user.to_string());
    let words = words(found.locale);
    let text = words.mail_passkey_made.with("account", &found.name).with("owner", &owner).to_string();
    tell_owners(gateway, tx, ctx, (account, keys), (words.mail_passkey_made_subject, &text)).await
}

/// Removes one of somebody's own passkeys.
///
/// # Errors
/// [`FlowError::NotFound`] when it is none of theirs.
pub async fn remove(gateway: &Gateway, ctx: &Ctx, id: PasskeyId) -> Result<(), FlowError> {
    let whose = own(ctx)?;
    let mut tx = gateway.storage().write().await?;
    if !passkey::delete(&mut tx, whose, id).await? {
        return Err(FlowError::NotFound("passkey"));
    }
    tell(&mut tx, gateway, ctx, whose, ("passkey.removed", id)).await?;
    Ok(tx.commit().await?)
}

/// A passkey that lets an owner of an account in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnersPasskey {
    /// Whose.
    pub user: UserId,
    /// What the owner is called, as far as that is known: their address or name.
    pub owner: Option<String>,
    /// The passkey.
    pub passkey: PasskeyView,
}

/// The passkeys that let owners of an account in, oldest first.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account.
pub async fn list_of_owners(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: &Slug,
) -> Result<Vec<OwnersPasskey>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (found, granted) = grant::account(&mut tx, ctx, Action::ManageOwners, slug).await?;
    if found.state == AccountState::Deleted {
        return Ok(Vec::new());
    }
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    let mut all = Vec::new();
    for key in passkey::list_letting_in(&mut tx, Some(granted.account()), &keys).await? {
        let Whose::User(account, user) = key.whose else { continue };
        let owner = user::find(&mut tx, account, user, &keys).await?;
        let owner = owner.and_then(called);
        all.push(OwnersPasskey { user, owner, passkey: view(key) });
    }
    Ok(all)
}

/// Removes a passkey of an owner, one's own or another's. Every owner hears of it.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] when no owner of the account has it.
pub async fn remove_of_owner(
    gateway: &Gateway,
    ctx: &Ctx,
    (slug, id): (&Slug, PasskeyId),
) -> Result<(), FlowError> {
    const NONE: FlowError = FlowError::NotFound("passkey");
    let mut tx = gateway.storage().write().await?;
    let (account, granted) = grant::account(&mut tx, ctx, Action::ManageOwners, slug).await?;
    if account.state == AccountState::Deleted {
        return Err(NONE);
    }
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    let all = passkey::list_letting_in(&mut tx, Some(account.id), &keys).await?;
    let found = all.into_iter().find(|key| key.id == id).ok_or(NONE)?;
    let Whose::User(_, user) = found.whose else { return Err(NONE) };
    if !passkey::delete(&mut tx, found.whose, id).await? {
        return Err(NONE);
    }
    tell(&mut tx, gateway, ctx, found.whose, ("passkey.removed", id)).await?;
    let owner = user::find(&mut tx, account.id, user, &keys).await?;
    let owner = owner.and_then(called).unwrap_or_else(|| user.to_string());
    let text = &texts(account.locale).notices;
    let body =
        text.passkey_removed.with("name", &found.name).with("owner", owner).with("account", &account.name);
    let told = (text.passkey_removed_subject, body.to_string());
    tell_owners(gateway, &mut tx, ctx, (account.id, &keys), (told.0, &told.1)).await?;
    Ok(tx.commit().await?)
}

/// By what owners know one another: their address, or their name.
fn called(owner: User) -> Option<String> {
    let name = owner.profile.name();
    owner.profile.email.or(name)
}

fn view(key: passkey::Passkey) -> PasskeyView {
    PasskeyView { id: key.id, name: key.name, created_at: key.created_at, last_used_at: key.last_used_at }
}

/// Asks for a passkey that lets somebody in: an owner of that account, or an operator. None when there is no such passkey.
///
/// # Errors
/// [`FlowError::NotFound`] without that account.
pub async fn begin_sign_in(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: Option<&Slug>,
) -> Result<Option<Question>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let account = open_account(&mut tx, slug).await?;
    let id = account.as_ref().map(|account| account.id);
    let keys = gateway.storage().keys_of(&mut tx, id).await?;
    let present = passkey::list_letting_in(&mut tx, id, &keys).await?;
    if present.is_empty() {
        return Ok(None);
    }
    let known = present.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let (options, state) = webauthn(gateway)?
        .start_passkey_authentication(&known)
        .map_err(|_| FlowError::Internal("a passkey could not be asked for"))?;
    question(gateway, ctx, &keys, (SIGN_IN, &of(id)), (&options, &state)).map(Some)
}

/// Lets the one in whose passkey answered. Where single sign-on is active, every owner hears of it.
///
/// # Errors
/// [`FlowError::Invalid`] in a plain sentence when the answer is none, or comes too late.
pub async fn finish_sign_in(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: Option<&Slug>,
    (state, answer): (&str, &str),
    replaced: Option<TokenHash>,
) -> Result<Entered, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let account = open_account(&mut tx, slug).await?;
    let id = account.as_ref().map(|account| account.id);
    let keys = gateway.storage().keys_of(&mut tx, id).await?;
    let at = (ctx, gateway.storage().restored_at());
    let asked: PasskeyAuthentication = asked(&mut tx, at, &keys, (SIGN_IN, &of(id)), state).await?;
    let answer: PublicKeyCredential = serde_json::from_str(answer).map_err(|_| unusable())?;
    let result = webauthn(gateway)?.finish_passkey_authentication(&answer, &asked).map_err(|_| unusable())?;
    // As it is now: it may have been removed, or its owner shut out, since it was asked for.
    let key = sha256(result.cred_id().as_ref());
    let present = passkey::list_letting_in(&mut tx, id, &keys).await?;
    let found = present.into_iter().find(|present| present.credential_key == key).ok_or_else(unusable)?;
    let mut credential = read(&found)?;
    credential.update_credential(&result);
    let used = (found.id, store(&credential)?);
    passkey::update_used(&mut tx, (used.0, &used.1), &keys, (ctx.now, gateway.rng())).await?;
    let (who, actor) = match found.whose {
        Whose::Operator(id) => (Who::Operator(id), Actor::Operator(id)),
        Whose::User(account, id) => {
            (Who::User(account, id), Actor::User(Member { id, account, role: Role::Owner }))
        }
    };
    let (token, ends_at) =
        console::enter(gateway, &mut tx, ctx, (who, Method::Passkey, None), replaced).await?;
    let acting = Ctx { actor, ..ctx.clone() };
    tell(&mut tx, gateway, &acting, found.whose, ("passkey.used", found.id)).await?;
    if let Some(account) = &account
        && has_active_connection(&mut tx, account.id).await?
    {
        let text = words(account.locale).mail_passkey_used.with("account", &account.name).to_string();
        let told = (words(account.locale).mail_passkey_subject, text.as_str());
        tell_owners(gateway, &mut tx, ctx, (account.id, &keys), told).await?;
    }
    tx.commit().await?;
    Ok(Entered { token, account: account.map(|account| account.slug), is_setup: false, ends_at })
}

/// Owners and operators have passkeys, nobody else: what others could do with one they do by single sign-on.
fn own(ctx: &Ctx) -> Result<Whose, FlowError> {
    match ctx.actor {
        Actor::Operator(id) => Ok(Whose::Operator(id)),
        Actor::User(Member { id, account, role: Role::Owner }) => Ok(Whose::User(account, id)),
        Actor::User(_)
        | Actor::Anonymous
        | Actor::IdentityProvider(_)
        | Actor::Job(_)
        | Actor::CommandLine
        | Actor::ApiKey(_)
        | Actor::SetupLink(_) => Err(Denied(ctx.actor).into()),
    }
}

async fn open_account(tx: &mut Tx, slug: Option<&Slug>) -> Result<Option<Account>, FlowError> {
    let Some(slug) = slug else { return Ok(None) };
    let found = account::find_by_slug(tx, slug).await?;
    let found = found.filter(|account| account.state == AccountState::Active);
    found.ok_or(FlowError::NotFound("account")).map(Some)
}

fn of(account: Option<AccountId>) -> String {
    account.map_or_else(|| "operators".to_owned(), |id| id.to_string())
}

fn webauthn(gateway: &Gateway) -> Result<Webauthn, FlowError> {
    const BAD: FlowError = FlowError::Internal("passkeys cannot be used at this public address");
    let origin = Url::parse(gateway.public_url().as_str()).map_err(|_| BAD)?;
    let host = origin.host_str().ok_or(BAD)?.to_owned();
    let builder = WebauthnBuilder::new(&host, &origin).map_err(|_| BAD)?;
    builder.rp_name("Gatepost").build().map_err(|_| BAD)
}

fn question<O: Serialize, S: Serialize>(
    gateway: &Gateway,
    ctx: &Ctx,
    keys: &AccountKeys,
    (what, of): (&'static str, &str),
    (options, state): (&O, &S),
) -> Result<Question, FlowError> {
    const BAD: FlowError = FlowError::Internal("what a passkey is asked");
    let sealed = Sealed { state, expires_at: ctx.now.plus_seconds(CEREMONY_SECONDS).micros() };
    let plain = serde_json::to_vec(&sealed).map_err(|_| BAD)?;
    let state = keys.seal_carried(Carried { what, of }, &plain, gateway.rng())?;
    let options = serde_json::to_string(options).map_err(|_| BAD)?;
    Ok(Question { options, state: base64url(&state) })
}

/// What was asked, if it was, not too long ago and not answered before.
async fn asked<S: DeserializeOwned>(
    tx: &mut Tx,
    (ctx, restored_at): (&Ctx, Option<Instant>),
    keys: &AccountKeys,
    (what, of): (&'static str, &str),
    state: &str,
) -> Result<S, FlowError> {
    let sealed = from_base64url(state).ok_or_else(unusable)?;
    let plain = keys.open_carried(Carried { what, of }, &sealed).map_err(|_| unusable())?;
    let Sealed { state, expires_at } = serde_json::from_slice(&plain).map_err(|_| unusable())?;
    let expires_at = Instant::from_micros(expires_at);
    // After a restore nobody knows which questions were answered before it.
    let is_before = restored_at.is_some_and(|at| expires_at < at.plus_seconds(CEREMONY_SECONDS));
    if is_before
        || ctx.now >= expires_at
        || !passkey::insert_challenge(tx, sha256(&plain), expires_at).await?
    {
        return Err(unusable());
    }
    Ok(state)
}

fn unusable() -> FlowError {
    FlowError::Invalid(sentence!("the passkey did not answer what it was asked, or too late; try again"))
}

fn read(stored: &passkey::Passkey) -> Result<Passkey, FlowError> {
    serde_json::from_slice(&stored.credential)
        .map_err(|_| StorageError::Corrupt("passkeys.credential_sealed").into())
}

fn store(credential: &Passkey) -> Result<Zeroizing<Vec<u8>>, FlowError> {
    let bytes = serde_json::to_vec(credential).map_err(|_| FlowError::Internal("a passkey"))?;
    Ok(Zeroizing::new(bytes))
}

async fn tell(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    whose: Whose,
    (action, id): (&str, PasskeyId),
) -> Result<(), FlowError> {
    let (owner, account) = match whose {
        Whose::User(account, user) => (user.to_string(), Some(account)),
        Whose::Operator(operator) => (operator.to_string(), None),
    };
    tell_home(tx, gateway, ctx, account, (action, id, &serde_json::json!({ "of": owner }))).await
}
