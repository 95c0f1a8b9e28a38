//! A whole list of people at once.
//!
//! # Design
//!
//! What is to be written is worked out first, beside the sign-ins that go on; only the writing itself is one transaction,
//! all or nothing. Whoever changed meanwhile makes it fail: the import is repeated then, and finds little left to do.

use serde_json::json;

use super::change::names;
use super::owners::{end_ownership, guard_address, guard_last_owner, guard_owners, tell_raised, word};
use crate::access::Action;
use crate::base::Ctx;
use crate::base::caller::Role;
use crate::base::id::UserId;
use crate::base::sentence::{Sentence, sentence};
use crate::directory::account::Slug;
use crate::directory::import;
use crate::directory::mapping::Profile;
use crate::directory::state::UserState;
use crate::flow::domain::OwnerAddresses;
use crate::flow::event::tell;
use crate::flow::{FlowError, Gateway, grant};
use crate::storage::account::Account;
use crate::storage::seal::AccountKeys;
use crate::storage::user::{self, User};
use crate::storage::{StorageError, Tx, zoom_provisioning};

fn raced() -> Sentence {
    sentence!("somebody in the list changed while it was read, and nothing was written; import it again")
}

/// What a list came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    /// People who are new.
    pub created: usize,
    /// People of whom something is new.
    pub updated: usize,
    /// People of whom all was known.
    pub unchanged: usize,
    /// Whether it was written.
    pub is_written: bool,
}

/// Makes and changes the people of a CSV list, recognised by their external id; with `is_rehearsal`, only says what it
/// would do. Nobody is removed or shut out for not being in the list.
///
/// # Errors
/// [`FlowError::Invalid`] with all that is wrong, by line; then nothing was written.
pub async fn import(
    gateway: &Gateway,
    ctx: &Ctx,
    account: &Slug,
    (csv, is_rehearsal): (&[u8], bool),
) -> Result<Imported, FlowError> {
    let list = import::read(csv).map_err(|errors| FlowError::Invalid(errors.into()))?;
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ManageUsers, account).await?;
    let keys = gateway.storage().keys(&mut tx, account.id).await?;
    let owners = OwnerAddresses::read(&mut tx, (account.id, &keys)).await?;
    let word = word(ctx, &account);
    let (mut imported, mut new, mut changed) = (Imported::default(), Vec::new(), Vec::new());
    for listed in list {
        let found = user::find_by_external_id(&mut tx, account.id, &listed.external_id, &keys).await?;
        if let (None, Some(role)) = (&found, listed.role) {
            guard_owners(ctx, &account, [role, role])?;
        }
        match found {
            None => {
                let made = User {
                    id: UserId::make(ctx.now, gateway.rng()),
                    state: UserState::Active,
                    role: listed.role.unwrap_or(Role::Member),
                    profile: Profile { external_id_by: word, ..listed.onto(Profile::default(), word) },
                    external_id: Some(listed.external_id),
                    version: 1,
                };
                guard_address(ctx, (&account, &owners), (None, &made))?;
                new.push(made);
            }
            Some(found) => {
                let role = listed.role.unwrap_or(found.role);
                let profile = listed.onto(found.profile.clone(), word);
                let is_raised = role == Role::Owner && found.role != Role::Owner;
                let profile = if is_raised { profile.raised() } else { profile };
                let after = User { role, profile, ..found.clone() };
                if after == found {
                    imported.unchanged += 1;
                } else {
                    guard_owners(ctx, &account, [found.role, after.role])?;
                    guard_address(ctx, (&account, &owners), (Some(&found), &after))?;
                    changed.push((found, after));
                }
            }
        }
    }
    guard_last(&mut tx, ctx, (&account, &keys), (&new, &changed)).await?;
    drop(tx);
    (imported.created, imported.updated) = (new.len(), changed.len());
    if is_rehearsal || new.is_empty() && changed.is_empty() {
        return Ok(imported);
    }

    let with = (ctx.now, gateway.rng());
    let mut tx = gateway.storage().write().await?;
    let (created, updated) = (imported.created, imported.updated);
    let body = json!({ "created": created, "updated": updated, "unchanged": imported.unchanged });
    tell(&mut tx, gateway, ctx, (account.id, &keys), ("user.imported", account.id, &body)).await?;
    // Others may have left meanwhile.
    guard_last(&mut tx, ctx, (&account, &keys), (&new, &changed)).await?;
    let raised = new.iter().map(|user| (None, user));
    let raised = raised.chain(changed.iter().map(|(before, user)| (Some(before), user)));
    for (before, user) in raised {
        raise(gateway, &mut tx, ctx, (&account, &keys), (before, user)).await?;
    }
    for user in &new {
        user::insert(&mut tx, account.id, user, &keys, with).await.map_err(stored)?;
    }
    for (before, user) in &changed {
        // A sign-in changes what is known of somebody and leaves their version.
        user::lock(&mut tx, account.id, user.id).await?;
        if user::find(&mut tx, account.id, user.id, &keys).await?.as_ref() != Some(before) {
            return Err(FlowError::Invalid(raced()));
        }
        if !user::update(&mut tx, account.id, user, &keys, with).await.map_err(stored)? {
            return Err(FlowError::Invalid(raced()));
        }
        if before.role == Role::Owner && user.role != Role::Owner {
            end_ownership(gateway, &mut tx, ctx, (&account, &keys), user).await?;
        }
    }
    // Others may have changed, and been looked at, since the moment that all these are written with.
    zoom_provisioning::follow_again(&mut tx, account.id, ctx.now).await?;
    tx.commit().await?;
    imported.is_written = true;
    Ok(imported)
}

/// A list that takes the role of every owner makes another one.
async fn guard_last(
    tx: &mut Tx,
    ctx: &Ctx,
    of: (&Account, &AccountKeys),
    (new, changed): (&[User], &[(User, User)]),
) -> Result<(), FlowError> {
    let mut after = new.iter().chain(changed.iter().map(|(_, after)| after));
    let makes_one = after.any(|user| user.role == Role::Owner && user.state == UserState::Active);
    let lowered =
        changed.iter().filter(|(before, user)| before.role == Role::Owner && user.role != Role::Owner);
    let leaving: Vec<_> = lowered.map(|(_, user)| user.id).collect();
    if makes_one || leaving.is_empty() {
        return Ok(());
    }
    guard_last_owner(tx, ctx, of, &leaving).await
}

/// Who is let administer by a list, or no longer, is told one by one: the event of the list itself names nobody.
async fn raise(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (account, keys): (&Account, &AccountKeys),
    (before, user): (Option<&User>, &User),
) -> Result<(), FlowError> {
    let role = before.map_or(Role::Member, |before| before.role);
    if role == user.role {
        return Ok(());
    }
    if user.role == Role::Owner {
        tell_raised(gateway, tx, ctx, (account, keys), user).await?;
    }
    let (action, body) = match before {
        None => ("user.created", json!({ "role": user.role.name(), "has_external_id": true })),
        Some(before) => ("user.updated", json!({ "changed": names(before, user), "role": user.role.name() })),
    };
    tell(tx, gateway, ctx, (account.id, keys), (action, user.id, &body)).await
}

fn stored(error: StorageError) -> FlowError {
    match error {
        StorageError::Exists(_) => FlowError::Invalid(raced()),
        other => other.into(),
    }
}
