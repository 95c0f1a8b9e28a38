//! How owners get in where no identity provider vouches for them: invited, by mail while there is no other way, and by an
//! operator's word when single sign-on is broken.

use secrecy::ExposeSecret;

use super::link::{self, Issued, New, has_active_connection};
use super::mail::{self, Letter, tell_owners, words};
use super::{FlowError, Gateway, grant};
use crate::access::Action;
use crate::base::caller::{Role, SetupScopes};
use crate::base::id::UserId;
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::email::is_email_shaped;
use crate::directory::mapping::Profile;
use crate::directory::state::{AccountState, LinkKind, UserState};
use crate::storage::account::{self, Account};
use crate::storage::event::{self, Event};
use crate::storage::link::About;
use crate::storage::seal::AccountKeys;
use crate::storage::user::{self, User};
use crate::storage::{Tx, link as links, people};

const INVITE_SECONDS: i64 = 7 * 86_400;
const EMAIL_SECONDS: i64 = 900;
const BREAK_GLASS_SECONDS: i64 = 1800;
/// A link by mail is made at most this often for a person.
const EMAIL_APART_SECONDS: i64 = 60;
/// People of one address who are looked at.
const SAME_ADDRESS: i64 = 10;

/// An owner as flows hand them out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerView {
    /// Their id.
    pub id: UserId,
    /// What they are called.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// Since when they are known.
    pub created_at: Instant,
}

/// The owners of an account who may sign in, oldest first.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account.
pub async fn list(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<Vec<OwnerView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (found, granted) = grant::account(&mut tx, ctx, Action::ManageOwners, slug).await?;
    if found.state == AccountState::Deleted {
        return Ok(Vec::new());
    }
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    let view = |owner: people::Listed| OwnerView {
        id: owner.user.id,
        name: owner.user.profile.display_name,
        email: owner.user.profile.email,
        created_at: owner.created_at,
    };
    Ok(people::list_owners(&mut tx, found.id, &keys).await?.into_iter().map(view).collect())
}

/// Invites somebody to be an owner: whoever uses the link is one.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account; [`FlowError::Invalid`] when the address is none, or
/// several people have it.
pub async fn invite(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: &Slug,
    (email, name): (&str, Option<&str>),
) -> Result<Issued, FlowError> {
    let email = email.trim();
    if !is_email_shaped(email) || email.len() > 320 {
        return Err(FlowError::Invalid(format!("{email:?} is no email address")));
    }
    let mut tx = gateway.storage().write().await?;
    let (account, granted) = grant::account(&mut tx, ctx, Action::ManageOwners, slug).await?;
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    let found = user::list_by_email(&mut tx, account.id, (email, SAME_ADDRESS), &keys).await?;
    let user = match <[User; 1]>::try_from(found) {
        Ok([user]) if user.state == UserState::Active => user.id,
        Ok(_) => return Err(FlowError::Invalid("this person is shut out; let them in first".to_owned())),
        Err(found) if found.is_empty() => {
            let profile = Profile {
                email: Some(email.to_owned()),
                display_name: name.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned),
                ..Profile::default()
            };
            let id = UserId::make(ctx.now, gateway.rng());
            let (state, role) = (UserState::Active, Role::Member);
            let new = User { id, external_id: None, state, role, profile, version: 1 };
            user::insert(&mut tx, account.id, &new, &keys, (ctx.now, gateway.rng())).await?;
            tell(&mut tx, gateway, ctx, (&account, &keys), ("user.created", id, &serde_json::json!({})))
                .await?;
            id
        }
        Err(_) => {
            return Err(FlowError::Invalid(
                "several people of the account have this address; make one of them an owner by their id"
                    .to_owned(),
            ));
        }
    };
    let issued =
        issue(gateway, &mut tx, ctx, &account, (LinkKind::OwnerInvite, user, INVITE_SECONDS)).await?;
    let body = serde_json::json!({ "link": issued.id.to_string() });
    tell(&mut tx, gateway, ctx, (&account, &keys), ("owner.invited", user, &body)).await?;
    let text = words(account.locale)
        .mail_invite
        .with("account", &account.name)
        .with("link", issued.url.expose_secret());
    let subject = words(account.locale).mail_invite_subject.with("account", &account.name).to_string();
    let letter = Letter { to: email.to_owned(), subject, text: text.to_string() };
    mail::ask(gateway, &mut tx, ctx, (account.id, &keys), &letter).await?;
    tx.commit().await?;
    Ok(issued)
}

/// Mails a link to the owner of that address, if there is one and the account has no active connection. Whoever asks does
/// not learn whether.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn ask_by_mail(gateway: &Gateway, ctx: &Ctx, slug: &Slug, email: &str) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let found = account::find_by_slug(&mut tx, slug).await?;
    let Some(account) = found.filter(|account| account.state == AccountState::Active) else { return Ok(()) };
    if !gateway.mailer().is_there() || has_active_connection(&mut tx, account.id).await? {
        return Ok(());
    }
    let keys = gateway.storage().keys(&mut tx, account.id).await?;
    let found = user::list_by_email(&mut tx, account.id, (email.trim(), SAME_ADDRESS), &keys).await?;
    let is_owner = |user: &User| user.role == Role::Owner && user.state == UserState::Active;
    let recent = links::list(&mut tx, account.id, (LinkKind::Email, 100), &keys).await?;
    for owner in found.into_iter().filter(is_owner) {
        let earliest = ctx.now.plus_seconds(-EMAIL_APART_SECONDS);
        if recent.iter().any(|link| link.user_id == Some(owner.id) && link.created_at > earliest) {
            continue;
        }
        links::revoke_unused(&mut tx, account.id, (LinkKind::Email, owner.id), ctx.now).await?;
        let issued =
            issue(gateway, &mut tx, ctx, &account, (LinkKind::Email, owner.id, EMAIL_SECONDS)).await?;
        let Some(to) = owner.profile.email else { continue };
        let text = words(account.locale)
            .mail_link
            .with("account", &account.name)
            .with("link", issued.url.expose_secret());
        let subject = words(account.locale).mail_link_subject.with("account", &account.name).to_string();
        let letter = Letter { to, subject, text: text.to_string() };
        mail::ask(gateway, &mut tx, ctx, (account.id, &keys), &letter).await?;
    }
    Ok(tx.commit().await?)
}

/// An operator's link for an owner whom single sign-on does not let in. Every owner hears of it.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account or owner; [`FlowError::Invalid`] without a reason.
pub async fn break_glass(
    gateway: &Gateway,
    ctx: &Ctx,
    (slug, owner): (&Slug, &str),
    reason: &str,
) -> Result<Issued, FlowError> {
    const NONE: FlowError = FlowError::NotFound("owner of this account");
    let about = link::about("", reason)?;
    if about.reason.is_empty() {
        return Err(FlowError::Invalid("say why: every owner of the account is told".to_owned()));
    }
    let mut tx = gateway.storage().write().await?;
    let (account, granted) = grant::account(&mut tx, ctx, Action::BreakGlass, slug).await?;
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    let found = match owner.parse::<UserId>() {
        Ok(id) => user::find(&mut tx, account.id, id, &keys).await?.into_iter().collect(),
        Err(_) => user::list_by_email(&mut tx, account.id, (owner.trim(), SAME_ADDRESS), &keys).await?,
    };
    let is_owner = |user: &User| user.role == Role::Owner && user.state == UserState::Active;
    let user = found.into_iter().find(is_owner).ok_or(NONE)?.id;
    let new = New {
        account: Some(account.id),
        kind: LinkKind::BreakGlass,
        user: Some(user),
        operator: None,
        scopes: SetupScopes::default(),
        about,
        seconds: BREAK_GLASS_SECONDS,
    };
    let reason = new.about.reason.clone();
    let issued = link::make(gateway, &mut tx, ctx, new).await?;
    let body = serde_json::json!({ "link": issued.id.to_string(), "reason": reason });
    tell(&mut tx, gateway, ctx, (&account, &keys), ("owner.break_glass_made", user, &body)).await?;
    let text = words(account.locale)
        .mail_break_glass_made
        .with("account", &account.name)
        .with("reason", &reason)
        .to_string();
    let told = (words(account.locale).mail_break_glass_subject, text.as_str());
    tell_owners(gateway, &mut tx, ctx, (account.id, &keys), told).await?;
    tx.commit().await?;
    Ok(issued)
}

async fn issue(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    account: &Account,
    (kind, user, seconds): (LinkKind, UserId, i64),
) -> Result<Issued, FlowError> {
    let (scopes, about) = (SetupScopes::default(), About::default());
    let (account, user) = (Some(account.id), Some(user));
    link::make(gateway, tx, ctx, New { account, kind, user, operator: None, scopes, about, seconds }).await
}

async fn tell(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    (account, keys): (&Account, &AccountKeys),
    (action, user, body): (&str, UserId, &serde_json::Value),
) -> Result<(), FlowError> {
    let (target, body) = (user.to_string(), body.to_string());
    let happened = Event { action, target: &target, body: body.as_bytes() };
    Ok(event::insert(tx, account.id, happened, keys, (ctx, gateway.rng())).await?)
}
