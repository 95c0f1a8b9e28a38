//! Who administers people does not get above themselves: what is about an owner, or makes one, is an owner's to do; so is
//! giving an owner's address to somebody else, and one's own another address. Every owner hears of who becomes one; and the
//! last of them ends it for nobody within the account.

use serde_json::json;

use crate::access::{self, Action};
use crate::base::caller::{Member, Role};
use crate::base::id::UserId;
use crate::base::sentence::sentence;
use crate::base::{Actor, Ctx};
use crate::directory::email::lookup_form;
use crate::directory::mapping::WhoseWord;
use crate::flow::connection::believed;
use crate::flow::domain::OwnerAddresses;
use crate::flow::event::tell;
use crate::flow::mail::{tell_owners, texts};
use crate::flow::{FlowError, Gateway, grant};
use crate::storage::account::Account;
use crate::storage::passkey::{self, Whose};
use crate::storage::people::list_owners;
use crate::storage::seal::AccountKeys;
use crate::storage::user::{User, list_connections};
use crate::storage::{Tx, console_session, link};

/// What is about somebody of these roles, before and after, is the caller's to do.
///
/// # Errors
/// [`FlowError::Denied`].
pub(super) fn guard_owners(ctx: &Ctx, account: &Account, roles: [Role; 2]) -> Result<(), FlowError> {
    if roles.contains(&Role::Owner) {
        grant::of(ctx, Action::ManageOwners, account.id, "user")?;
    }
    Ok(())
}

/// Those who leave are not all the owners of an account who may sign in, unless whoever makes owners of any account does it:
/// nobody within could make another. What an identity provider says of them is another matter.
///
/// # Errors
/// [`FlowError::Invalid`].
pub(super) async fn guard_last_owner(
    tx: &mut Tx,
    ctx: &Ctx,
    (account, keys): (&Account, &AccountKeys),
    leaving: &[UserId],
) -> Result<(), FlowError> {
    if access::decide(ctx.actor, Action::ManageOwners).is_ok() {
        return Ok(());
    }
    let owners = list_owners(tx, account.id, keys).await?;
    if !owners.is_empty() && owners.iter().all(|owner| leaving.contains(&owner.user.id)) {
        return Err(FlowError::Invalid(sentence!(
            "this is the only owner of the account; make another one first"
        )));
    }
    Ok(())
}

/// Whose word it is what the caller enters of somebody.
pub(super) fn word(ctx: &Ctx, account: &Account) -> WhoseWord {
    match access::decide_in(ctx.actor, Action::ManageOwners, account.id) {
        Ok(_) => WhoseWord::Vouched,
        Err(_) => WhoseWord::Entered,
    }
}

/// What becomes of an address is the caller's to decide. An entered address counts as verified where its domain is
/// proved: who gives themselves another's is taken for them by every app of the platform.
///
/// # Errors
/// [`FlowError::Denied`].
pub(super) fn guard_address(
    ctx: &Ctx,
    (account, owners): (&Account, &OwnerAddresses),
    (before, after): (Option<&User>, &User),
) -> Result<(), FlowError> {
    let Some(email) = after.profile.email.as_deref() else { return Ok(()) };
    // The same address on another's word is another: it counts otherwise.
    let is_same = |before: &User| {
        before.profile.email.as_deref().map(lookup_form) == Some(lookup_form(email))
            && before.profile.email_from == after.profile.email_from
    };
    if before.is_some_and(is_same) {
        return Ok(());
    }
    let is_own = matches!(ctx.actor, Actor::User(member) if member.id == after.id);
    if is_own || owners.has_of_another(email, after.id) {
        grant::of(ctx, Action::ManageOwners, account.id, "user")?;
    }
    Ok(())
}

/// Tells the owners of an account that `user` becomes one of them, before they are, and who decided whom it is believed from
/// that somebody is them.
pub(in crate::flow) async fn tell_raised(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (account, keys): (&Account, &AccountKeys),
    user: &User,
) -> Result<(), FlowError> {
    let text = &texts(account.locale).notices;
    let mut connections = list_connections(tx, account.id, user.id).await?;
    if let Actor::IdentityProvider(id) = ctx.actor
        && !connections.contains(&id)
    {
        connections.push(id);
    }
    let ways = believed::ways(tx, (account.id, keys), &connections).await?;
    let mut ways: Vec<_> = ways.iter().map(|way| way.told(text)).collect();
    if ways.is_empty() {
        ways.push(text.owner_way_none.to_string());
    }
    let told = text.owner_raised.with("owner", called(user)).with("account", &account.name);
    let told = told.with("ways", ways.join("\n")).to_string();
    tell_owners(gateway, tx, ctx, (account.id, keys), (text.owner_raised_subject, &told)).await
}

/// What somebody has who is an owner no more ends, their passkeys too: else these would let them in again as whoever is led
/// to the same record, and becomes an owner. Every owner hears of each, as where it is removed.
pub(in crate::flow) async fn end_ownership(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (account, keys): (&Account, &AccountKeys),
    user: &User,
) -> Result<(), FlowError> {
    end_as_owner(tx, ctx, (account, user.id), "role_changed").await?;
    let (whose, text) = (Whose::User(account.id, user.id), &texts(account.locale).notices);
    for key in passkey::list(tx, whose, keys).await? {
        passkey::delete(tx, whose, key.id).await?;
        let body = json!({ "of": user.id.to_string() });
        tell(tx, gateway, ctx, (account.id, keys), ("passkey.removed", key.id, &body)).await?;
        let told = text.passkey_ended.with("name", &key.name).with("owner", called(user));
        let told = told.with("account", &account.name).to_string();
        tell_owners(gateway, tx, ctx, (account.id, keys), (text.passkey_removed_subject, &told)).await?;
    }
    Ok(())
}

/// What somebody has as an owner ends: their sessions in the console, the links that would let them in, and those that
/// they made for others.
pub(super) async fn end_as_owner(
    tx: &mut Tx,
    ctx: &Ctx,
    (account, id): (&Account, UserId),
    by: &str,
) -> Result<(), FlowError> {
    console_session::end_of_user(tx, account.id, id, (by, ctx.now)).await?;
    let actor = Actor::User(Member { id, account: account.id, role: Role::Owner }).to_string();
    link::revoke_of_user(tx, account.id, (id, &actor), ctx.now).await?;
    Ok(())
}

/// What mails call somebody.
fn called(user: &User) -> String {
    let name = user.profile.email.clone().or_else(|| user.profile.name());
    name.unwrap_or_else(|| user.id.to_string())
}
