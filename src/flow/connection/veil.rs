//! What trials show of people to somebody who may not read their messages: whether somebody would be let in, and nothing of
//! what would be known of them. A mapping can take any attribute, and compare it with anything: whoever sees which rule a
//! value fits reads the value, a question at a time. So rules that look into values are not tried on messages by them
//! either, but as the connection has them, and then on what came to it since: on what was there before, rules that were
//! saved would ask as much as rules that are tried.

use gatepost_saml::StepName;
use serde_json::json;

use super::load::Loaded;
use super::playground::Tried;
use super::rejudge::Verdict;
use super::settings::Settings;
use crate::access::{self, Action};
use crate::base::id::AccountId;
use crate::base::sentence::sentence;
use crate::base::{Ctx, Instant};
use crate::directory::mapping::{Lineage, Mapping};
use crate::flow::{FlowError, Gateway, event};
use crate::storage::seal::AccountKeys;
use crate::storage::{Tx, connection};

/// What stands for what is in a message.
const MARK: &str = "…";

/// Whether `ctx` sees what is in messages.
pub(super) fn sees(ctx: &Ctx, account: AccountId) -> bool {
    access::decide_in(ctx.actor, Action::ReadMessages, account).is_ok()
}

/// On which recorded messages rules may be tried: on those that came after that moment; without one, on all.
///
/// # Errors
/// [`FlowError::Invalid`] when they may be on none; [`FlowError::Unavailable`], [`FlowError::Broken`].
pub(super) async fn since(
    tx: &mut Tx,
    ctx: &Ctx,
    loaded: &Loaded,
    next: &Mapping,
) -> Result<Option<Instant>, FlowError> {
    let (account, present) = (loaded.account.id, &loaded.settings.mapping);
    let looks = present.looks_into_values() || next.looks_into_values();
    if !looks || sees(ctx, account) {
        return Ok(None);
    }
    if present != next {
        return Err(is_for_owners());
    }
    let mut since = None;
    for revision in connection::list_revisions(tx, account, loaded.connection.id).await?.iter().rev() {
        if Settings::read(&revision.settings)?.mapping != *present {
            return Ok(since);
        }
        since = Some(revision.created_at);
    }
    Ok(None)
}

/// Why rules are not tried on a recorded message.
pub(super) fn is_for_owners() -> FlowError {
    FlowError::Invalid(sentence!(
        "what is in messages is for owners: patterns, separators and rules for roles are tried on something pasted, \
         not on sign-ins of others"
    ))
}

/// That somebody tried something on recorded messages is an event, whether they saw what is in them or not.
pub(super) async fn tell(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, keys): (AccountId, &AccountKeys),
    (action, target, tried): (&str, String, usize),
) -> Result<(), FlowError> {
    let body = json!({ "tried": tried, "sees_values": sees(ctx, account) });
    let mut tx = gateway.storage().write().await?;
    event::tell(&mut tx, gateway, ctx, (account, keys), (action, target, &body)).await?;
    Ok(tx.commit().await?)
}

/// Hides what is in a message that a mapping was tried on.
pub(super) fn tried(tried: &mut Tried) {
    let statement = &mut tried.statement;
    if let Some(name_id) = &mut statement.name_id {
        MARK.clone_into(&mut name_id.value);
    }
    for attribute in &mut statement.attributes {
        attribute.values = vec![MARK.to_owned()];
    }
    for come in [&mut tried.before, &mut tried.after] {
        verdict(&mut come.verdict);
        come.lineage = Lineage::default();
    }
    tried.unused.clear();
    tried.is_veiled = true;
}

/// Hides what would be known of somebody.
pub(super) fn verdict(verdict: &mut Verdict) {
    verdict.fields.clear();
    if verdict.step == Some(StepName::Mapping) {
        verdict.found = None;
    }
}
