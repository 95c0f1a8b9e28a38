//! What Zoom told of one person, for whoever exports or erases what is kept of them.
//!
//! An event names people by their email address or by their id in Zoom. Somebody's own are the address, where nobody else of
//! the account has it (children share a parent's), and the id of their user in Zoom, as far as they were brought there from
//! here. Events that name them so go as a whole when they are erased, whoever else is in them: what is left of a payload
//! without a person would be neither what Zoom said nor free of them. That there was an event stays counted.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{person_form, show};
use crate::base::id::{AccountId, UserId, ZoomEventId};
use crate::flow::{FlowError, Gateway};
use crate::storage::seal::AccountKeys;
use crate::storage::zoom_event::{self, About, Window};
use crate::storage::{Tx, user, zoom_person};

/// Events that are looked through or deleted at a time.
const PORTION: i64 = 200;

/// Names that events have for somebody.
#[derive(Debug, Clone, Default)]
pub(in crate::flow) struct Names(Vec<String>);

impl Names {
    /// Whether somebody whom an event names is one of these.
    pub(in crate::flow) fn contain(&self, person: &str) -> bool {
        let person = person_form(person);
        self.0.contains(&person)
    }
}

/// The names of somebody.
pub(in crate::flow) async fn names(
    tx: &mut Tx,
    (account, id): (AccountId, UserId),
    email: Option<&str>,
    keys: &AccountKeys,
) -> Result<Names, FlowError> {
    let mut names = Vec::new();
    if let Some(email) = email
        && user::list_by_email(tx, account, (email, 2), keys).await?.len() < 2
    {
        names.push(person_form(email));
    }
    let kept = zoom_person::find(tx, account, id, keys).await?;
    names.extend(kept.and_then(|kept| kept.zoom_id));
    Ok(Names(names))
}

/// How many events name them.
pub(in crate::flow) async fn count(
    tx: &mut Tx,
    account: AccountId,
    Names(names): &Names,
    keys: &AccountKeys,
) -> Result<u64, FlowError> {
    let (Some(first), Some(last)) = (names.first(), names.last()) else { return Ok(0) };
    Ok(zoom_event::count_people(tx, account, [first, last], keys).await?)
}

/// The events that name them, without tokens and passcodes; the oldest first.
pub(in crate::flow) async fn export(
    gateway: &Gateway,
    account: AccountId,
    Names(names): &Names,
    keys: &AccountKeys,
) -> Result<Vec<Value>, FlowError> {
    let mut found: BTreeMap<ZoomEventId, Value> = BTreeMap::new();
    for name in names {
        let mut before = None;
        loop {
            let mut tx = gateway.storage().read().await?;
            let window = Window { from: None, before, limit: PORTION };
            let portion =
                zoom_event::list(&mut tx, account, (None, About::Person(name)), window, keys).await?;
            drop(tx);
            let Some(last) = portion.last() else { break };
            before = Some(last.id);
            for event in &portion {
                let told = json!({
                    "id": event.id.to_string(), "type": event.name, "at": event.at.to_string(),
                    "received_at": event.received_at.to_string(), "payload": show::shown(event)?,
                });
                found.insert(event.id, told);
            }
        }
    }
    Ok(found.into_values().collect())
}

/// Deletes the events that name them; how many.
pub(in crate::flow) async fn erase(
    gateway: &Gateway,
    account: AccountId,
    Names(names): &Names,
    keys: &AccountKeys,
) -> Result<u64, FlowError> {
    let mut all = 0;
    for name in names {
        loop {
            let mut tx = gateway.storage().write().await?;
            let deleted = zoom_event::delete_person(&mut tx, account, (name, PORTION), keys).await?;
            tx.commit().await?;
            all += deleted;
            if deleted < PORTION.unsigned_abs() {
                break;
            }
        }
    }
    Ok(all)
}
