//! A sign-in that changes what somebody may do: by what an identity provider says they become an administrator or an
//! owner, or are one no more. And one that takes an external id, which is an owner's, from somebody to whom it was entered.
//!
//! # Design
//!
//! It is told of as where somebody does it by hand: an event of the account, its webhooks, and a mail to every owner where
//! there is a new one. That stands in the transaction of the sign-in, so that nobody gets a right that is written nowhere.
//! Whoever writes events takes turns, so it has a transaction of its own: those that many sign-ins share do not wait.

use serde_json::json;

use super::known;
use super::person::Person;
use crate::base::Ctx;
use crate::base::caller::Role;
use crate::base::id::UserId;
use crate::directory::jit::Owner;
use crate::directory::mapping::WhoseWord;
use crate::flow::connection::load::Loaded;
use crate::flow::event::tell;
use crate::flow::user::{end_ownership, tell_raised};
use crate::flow::{FlowError, Gateway};
use crate::storage::seal::AccountKeys;
use crate::storage::sign_in::{self, Conflict, Rows};
use crate::storage::user::{self, User};
use crate::storage::{Tx, change};

/// Writes the sign-in of `person`, and that they have other rights, or that somebody has no external id any more.
pub(super) async fn write(
    gateway: &Gateway,
    ctx: &Ctx,
    (loaded, person): (&Loaded, &Person),
    rows: &Rows,
) -> Result<Result<(), Conflict>, FlowError> {
    let (account, new) = (&loaded.account, &person.user);
    let keys: &AccountKeys = &loaded.keys;
    let mut tx = gateway.storage().write().await?;
    // Whoever changes connection or account takes that first, and then the turn.
    if let Err(conflict) = sign_in::lock_in(&mut tx, rows).await? {
        return Ok(Err(conflict));
    }
    // Before the person, everywhere: the event needs it later.
    change::take_turn(&mut tx).await?;
    if let Some(before) = person.role_before {
        // A sign-in leaves their version: another one at the same moment may have told of it already.
        user::lock(&mut tx, account.id, new.id).await?;
        let found = user::find(&mut tx, account.id, new.id, keys).await?;
        if found.is_none_or(|found| found.role != before) {
            return Ok(Err(Conflict::PersonChanged));
        }
    }
    if let Some(other) = person.gives_way
        && !give_way(gateway, &mut tx, ctx, (loaded, person), other).await?
    {
        return Ok(Err(Conflict::PersonChanged));
    }
    let has_other_rights = person.has_other_rights();
    if has_other_rights && new.role == Role::Owner {
        tell_raised(gateway, &mut tx, ctx, (account, keys), new).await?;
    }
    if let Err(conflict) = sign_in::write_in(&mut tx, rows).await? {
        return Ok(Err(conflict));
    }
    if has_other_rights {
        if person.role_before == Some(Role::Owner) {
            end_ownership(gateway, &mut tx, ctx, (account, keys), new).await?;
        }
        let action = if person.role_before.is_some() { "user.updated" } else { "user.created" };
        let body = json!({
            "before": { "role": person.role_before.map(Role::name) },
            "after": { "role": new.role.name() },
            "connection": loaded.connection.id.to_string(),
        });
        tell(&mut tx, gateway, ctx, (account.id, keys), (action, new.id, &body)).await?;
    }
    tx.commit().await?;
    Ok(Ok(()))
}

/// Takes the external id of `person` from `other`; `false` where they have it no more, or on a better word, or are an owner
/// since: no sign-in takes from one what leads to them.
async fn give_way(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (loaded, person): (&Loaded, &Person),
    other: UserId,
) -> Result<bool, FlowError> {
    let (account, with) = (loaded.account.id, (ctx.now, gateway.rng()));
    let keys: &AccountKeys = &loaded.keys;
    user::lock(tx, account, other).await?;
    let Some(found) = user::find(tx, account, other, keys).await? else { return Ok(false) };
    let known = known::by_external_id(tx, loaded, &found).await?;
    if !known.is_entered || known.owner != Owner::No || found.external_id != person.user.external_id {
        return Ok(false);
    }
    let mut profile = found.profile;
    profile.external_id_by = WhoseWord::Unknown;
    profile.external_id_sayers.clear();
    let less = User { external_id: None, profile, ..found };
    if !user::update(tx, account, &less, keys, with).await? {
        return Ok(false);
    }
    let body = json!({ "changed": ["external_id"], "connection": loaded.connection.id.to_string() });
    tell(tx, gateway, ctx, (account, keys), ("user.updated", other, &body)).await?;
    Ok(true)
}
