//! A sign-in that changes what somebody may do: by what an identity provider says they become an administrator or an
//! owner, or are one no more.
//!
//! # Design
//!
//! It is told of as where somebody does it by hand: an event of the account, its webhooks, and a mail to every owner where
//! there is a new one. That stands in the transaction of the sign-in, so that nobody gets a right that is written nowhere.
//! Whoever writes events takes turns, so it has a transaction of its own: those that many sign-ins share do not wait.

use serde_json::json;

use super::person::Person;
use crate::base::Ctx;
use crate::base::caller::Role;
use crate::flow::connection::load::Loaded;
use crate::flow::event::tell;
use crate::flow::user::{end_as_owner, tell_raised};
use crate::flow::{FlowError, Gateway};
use crate::storage::seal::AccountKeys;
use crate::storage::sign_in::{self, Conflict, Rows};
use crate::storage::{change, user};

/// Writes the sign-in of `person`, and that they have other rights.
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
    if new.role == Role::Owner {
        tell_raised(gateway, &mut tx, ctx, (account, keys), new).await?;
    }
    if let Err(conflict) = sign_in::write_in(&mut tx, rows).await? {
        return Ok(Err(conflict));
    }
    if person.role_before == Some(Role::Owner) {
        end_as_owner(&mut tx, ctx, (account, new.id), "role_changed").await?;
    }
    let action = if person.role_before.is_some() { "user.updated" } else { "user.created" };
    let body = json!({
        "before": { "role": person.role_before.map(Role::name) },
        "after": { "role": new.role.name() },
        "connection": loaded.connection.id.to_string(),
    });
    tell(&mut tx, gateway, ctx, (account.id, keys), (action, new.id, &body)).await?;
    tx.commit().await?;
    Ok(Ok(()))
}
