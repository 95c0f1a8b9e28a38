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
use super::link::has_active_connection;
use super::mail::{tell_owners, words};
use super::{FlowError, Gateway};
use crate::access::Denied;
use crate::base::caller::{Member, Role};
use crate::base::encoding::{base64url, from_base64url};
use crate::base::id::{AccountId, PasskeyId};
use crate::base::secret::TokenHash;
use crate::base::{Actor, Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::state::{AccountState, Method};
use crate::storage::account::{self, Account};
use crate::storage::event::{self, Event};
use crate::storage::passkey::{self, Whose};
use crate::storage::seal::{AccountKeys, Carried};
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
    let view = |key: passkey::Passkey| PasskeyView {
        id: key.id,
        name: key.name,
        created_at: key.created_at,
        last_used_at: key.last_used_at,
    };
    Ok(all.into_iter().map(view).collect())
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
    if present.len() >= MAX_PASSKEYS {
        return Err(FlowError::Invalid(format!("{MAX_PASSKEYS} passkeys are enough; remove one first")));
    }
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

/// Registers the passkey that the browser made.
///
/// # Errors
/// [`FlowError::Invalid`] in a plain sentence when it was not made as asked, or too late.
pub async fn finish_registration(
    gateway: &Gateway,
    ctx: &Ctx,
    (state, answer): (&str, &str),
    name: &str,
) -> Result<(), FlowError> {
    let whose = own(ctx)?;
    let name = name.trim();
    if name.is_empty() || name.len() > MAX_NAME || name.contains(char::is_control) {
        return Err(FlowError::Invalid(format!("give the passkey a name of 1 to {MAX_NAME} characters")));
    }
    let mut tx = gateway.storage().write().await?;
    let keys = gateway.storage().keys_of(&mut tx, whose.account()).await?;
    let id = match whose {
        Whose::User(_, user) => user.to_string(),
        Whose::Operator(operator) => operator.to_string(),
    };
    let asked: PasskeyRegistration = asked(&mut tx, ctx, &keys, (REGISTRATION, &id), state).await?;
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
        return Err(FlowError::Invalid("this passkey is registered already".to_owned()));
    }
    tell(&mut tx, gateway, ctx, (whose, &keys), ("passkey.registered", &new.id.to_string())).await?;
    Ok(tx.commit().await?)
}

/// Removes one of somebody's own passkeys.
///
/// # Errors
/// [`FlowError::NotFound`] when it is none of theirs.
pub async fn remove(gateway: &Gateway, ctx: &Ctx, id: PasskeyId) -> Result<(), FlowError> {
    let whose = own(ctx)?;
    let mut tx = gateway.storage().write().await?;
    let keys = gateway.storage().keys_of(&mut tx, whose.account()).await?;
    if !passkey::delete(&mut tx, whose, id).await? {
        return Err(FlowError::NotFound("passkey"));
    }
    tell(&mut tx, gateway, ctx, (whose, &keys), ("passkey.removed", &id.to_string())).await?;
    Ok(tx.commit().await?)
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
    let asked: PasskeyAuthentication = asked(&mut tx, ctx, &keys, (SIGN_IN, &of(id)), state).await?;
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
    tell(&mut tx, gateway, &acting, (found.whose, &keys), ("passkey.used", &found.id.to_string())).await?;
    if let Some(account) = &account
        && has_active_connection(&mut tx, account.id).await?
    {
        let text = words(account.locale).mail_passkey_used.with("account", &account.name).to_string();
        let told = (words(account.locale).mail_break_glass_subject, text.as_str());
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
    ctx: &Ctx,
    keys: &AccountKeys,
    (what, of): (&'static str, &str),
    state: &str,
) -> Result<S, FlowError> {
    let sealed = from_base64url(state).ok_or_else(unusable)?;
    let plain = keys.open_carried(Carried { what, of }, &sealed).map_err(|_| unusable())?;
    let Sealed { state, expires_at } = serde_json::from_slice(&plain).map_err(|_| unusable())?;
    let expires_at = Instant::from_micros(expires_at);
    if ctx.now >= expires_at || !passkey::insert_challenge(tx, sha256(&plain), expires_at).await? {
        return Err(unusable());
    }
    Ok(state)
}

fn unusable() -> FlowError {
    FlowError::Invalid("the passkey did not answer what it was asked, or too late; try again".to_owned())
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
    (whose, keys): (Whose, &AccountKeys),
    (action, target): (&str, &str),
) -> Result<(), FlowError> {
    let (owner, account) = match whose {
        Whose::User(account, user) => (user.to_string(), Some(account)),
        Whose::Operator(operator) => (operator.to_string(), None),
    };
    let body = serde_json::json!({ "of": owner }).to_string();
    let happened = Event { action, target, body: body.as_bytes() };
    match account {
        Some(account) => Ok(event::insert(tx, account, happened, keys, (ctx, gateway.rng())).await?),
        None => Ok(event::insert_of_installation(tx, happened, ctx).await?),
    }
}
