//! What trials show of people to somebody who may not read their messages: which fields come of a message, not what is in
//! them. A mapping can take any attribute, so that whoever tries one could read all of it otherwise.
//!
//! The same mark stands for the same value within one trial of one message: whether a rule changes something is seen.

use std::collections::BTreeMap;

use gatepost_saml::StepName;
use serde_json::json;

use super::playground::{Come, Tried};
use super::rejudge::Verdict;
use super::what_if::Changed;
use crate::access::{self, Action};
use crate::base::Ctx;
use crate::base::id::AccountId;
use crate::flow::{FlowError, Gateway, event};
use crate::storage::seal::AccountKeys;

/// What decides, and is no person's: it stays.
const ROLE: &str = "role";

/// Whether `ctx` sees what is in messages.
pub(super) fn sees(ctx: &Ctx, account: AccountId) -> bool {
    access::decide_in(ctx.actor, Action::ReadMessages, account).is_ok()
}

/// The marks of one message.
#[derive(Default)]
struct Veil(BTreeMap<String, usize>);

impl Veil {
    fn one(&mut self, value: &mut String) {
        let next = self.0.len() + 1;
        let mark = self.0.entry(std::mem::take(value)).or_insert(next);
        *value = format!("…{mark}");
    }

    fn field(&mut self, field: &str, values: &mut [String]) {
        if field != ROLE {
            for value in values {
                self.one(value);
            }
        }
    }

    fn verdict(&mut self, verdict: &mut Verdict) {
        for (field, values) in &mut verdict.fields {
            self.field(field, values);
        }
        if verdict.step == Some(StepName::Mapping) {
            verdict.found = None;
        }
    }

    fn come(&mut self, come: &mut Come) {
        self.verdict(&mut come.verdict);
        for mapped in &mut come.lineage.fields {
            self.field(&mapped.field, &mut mapped.values);
            mapped.sent.iter_mut().flatten().for_each(|value| self.one(value));
        }
    }
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
    let mut veil = Veil::default();
    if let Some(name_id) = &mut tried.statement.name_id {
        veil.one(&mut name_id.value);
    }
    for attribute in &mut tried.statement.attributes {
        attribute.values.iter_mut().for_each(|value| veil.one(value));
    }
    veil.come(&mut tried.before);
    veil.come(&mut tried.after);
    tried.is_veiled = true;
}

/// Hides what is in a message that a change was tried on.
pub(super) fn changed(changed: &mut Changed) {
    let mut veil = Veil::default();
    veil.verdict(&mut changed.before);
    veil.verdict(&mut changed.after);
    for change in &mut changed.fields {
        veil.field(&change.field, &mut change.before);
        veil.field(&change.field, &mut change.after);
    }
}
