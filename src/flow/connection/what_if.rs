//! What a change of a connection would have done to those who signed in lately: their recorded messages are judged once
//! more, by the present settings and by the proposed ones, and what comes out differently is told.
//!
//! Nothing is written but that somebody tried. Who may not read messages sees who would be let in, and nothing of what
//! would be known of them. Both judgements are made now and by the same functions, so that only the change makes a difference;
//! beside them stands how the sign-in really ended.

use std::collections::{BTreeMap, BTreeSet};

use super::drift;
use super::load;
pub use super::rejudge::Verdict;
use super::rejudge::{self, Judge};
use super::revision::{Difference, Version, differences};
use super::unknown_key;
use super::update::{self, Update};
use super::veil;
use crate::access::Action;
use crate::base::id::{AttemptId, ConnectionId};
use crate::base::sentence::Sentence;
use crate::base::{Ctx, Instant};
use crate::directory::state::Outcome;
use crate::flow::{FlowError, Gateway};

/// So many recorded sign-ins are tried.
pub const TRIED: usize = 50;

/// What is tried.
#[derive(Debug, Clone, Copy)]
pub struct Trial<'a> {
    /// What is changed: the connection as it was at this revision, or as it is.
    pub revision: Option<i64>,
    /// The change.
    pub change: &'a Update,
    /// A certificate that waits for an owner's word, by the SHA-256 of its key: as if it were trusted. That needs no proof
    /// of it, since nothing is trusted by it.
    pub waiting: Option<&'a str>,
    /// Metadata that waits for an owner's word, by what names just that: as if it were followed.
    pub proposal: Option<&'a str>,
}

/// What a change would have done.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WhatIf {
    /// What would be different about the connection.
    pub change: Vec<Difference>,
    /// So many recorded sign-ins were tried.
    pub tried: usize,
    /// Those that would have come out differently, the newest first.
    pub changed: Vec<Changed>,
    /// What an administrator should know of the change.
    pub notes: Vec<Sentence>,
    /// Whether what would be known of people is left out: the caller may not read their messages.
    pub is_veiled: bool,
}

/// A sign-in that would have come out differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Which.
    pub attempt: AttemptId,
    /// When it came.
    pub at: Instant,
    /// How it really ended.
    pub recorded: Outcome,
    /// Why, if there was a reason.
    pub recorded_code: Option<String>,
    /// What it comes to by the present settings.
    pub before: Verdict,
    /// What it would have come to.
    pub after: Verdict,
    /// What would be known of the person, where that differs.
    pub fields: Vec<FieldChange>,
}

/// A field that would be different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Which: `email`, `role`, `subject`.
    pub field: String,
    /// What it is by the present settings.
    pub before: Vec<String>,
    /// What it would be.
    pub after: Vec<String>,
}

/// Tries a change on the last [`TRIED`] recorded sign-ins of a connection. What would have to be fetched first (another
/// metadata address) is not part of it.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such connection; [`FlowError::Invalid`] when it cannot be that.
pub async fn what_if(
    gateway: &Gateway,
    ctx: &Ctx,
    id: ConnectionId,
    change: &Update,
) -> Result<WhatIf, FlowError> {
    try_out(gateway, ctx, id, Trial { revision: None, change, waiting: None, proposal: None }).await
}

/// The same, also of what is no change by itself.
///
/// # Errors
/// Those of [`what_if`]; [`FlowError::NotFound`] without that revision, certificate or proposal.
pub async fn try_out(
    gateway: &Gateway,
    ctx: &Ctx,
    id: ConnectionId,
    Trial { revision, change, waiting, proposal }: Trial<'_>,
) -> Result<WhatIf, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::TryChanges, id)).await?;
    let _trial = gateway.kept().trials.trial(loaded.account.id)?;
    let present = Version::present(&mut tx, &loaded).await?;
    let past = match revision {
        Some(number) => Some(Version::at(&mut tx, &loaded, (&present, number)).await?),
        None => None,
    };
    let from = past.as_ref().unwrap_or(&present);
    let (mut notes, mut wrong) = (Vec::new(), Vec::new());
    let mut next = update::changed(ctx, from, change, (&mut notes, &mut wrong))?;
    if let Some(wrong) = Sentence::all(wrong) {
        return Err(FlowError::Invalid(wrong));
    }
    if let Some(spki_sha256) = waiting {
        next.keys.push(unknown_key::key(&mut tx, &loaded, spki_sha256).await?);
    }
    if let Some(shown) = proposal {
        next = drift::followed(&mut tx, &loaded, (&next, shown)).await?;
    }
    next.sort_keys();
    next.check(Some(&present), gateway)?;
    let since = veil::since(&mut tx, ctx, &loaded, &next.settings.mapping).await?;
    let mut recorded = rejudge::recorded(&mut tx, &loaded, TRIED).await?;
    recorded.retain(|one| since.is_none_or(|since| one.at > since));
    let (account, keys) = (loaded.account.id, loaded.keys.clone());
    let again = load::any(gateway, &mut tx, id).await?;
    let mut now = Judge::new(gateway, &mut tx, loaded, &present).await?;
    let mut then = Judge::new(gateway, &mut tx, again, &next).await?;
    let is_veiled = !veil::sees(ctx, account);
    if is_veiled {
        (now, then) = (now.veiled(), then.veiled());
    }
    let mut found = WhatIf {
        change: differences(&present.shown(), &next.shown()),
        tried: recorded.len(),
        changed: Vec::new(),
        notes,
        is_veiled,
    };
    for one in &recorded {
        let mut before = now.judge(&mut tx, one).await?.verdict;
        let mut after = then.judge(&mut tx, one).await?.verdict;
        rejudge::rest().await;
        if found.is_veiled {
            for verdict in [&mut before, &mut after] {
                veil::verdict(verdict);
            }
        }
        let is_same = before.is_accepted == after.is_accepted
            && before.is_restarted == after.is_restarted
            && before.code == after.code;
        let fields = changes(&before.fields, &after.fields);
        // What is known of nobody differs from what is known of somebody in everything: how it ends says it all.
        let fields = if before.is_accepted && after.is_accepted { fields } else { Vec::new() };
        if !is_same || !fields.is_empty() {
            found.changed.push(Changed {
                attempt: one.attempt,
                at: one.at,
                recorded: one.outcome,
                recorded_code: one.code.clone(),
                before,
                after,
                fields,
            });
        }
    }
    drop(tx);
    if found.tried > 0 {
        let told = ("connection.change_tried", id.to_string(), found.tried);
        veil::tell(gateway, ctx, (account, &keys), told).await?;
    }
    Ok(found)
}

fn changes(
    before: &BTreeMap<String, Vec<String>>,
    after: &BTreeMap<String, Vec<String>>,
) -> Vec<FieldChange> {
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let value = |of: &BTreeMap<String, Vec<String>>, name: &str| of.get(name).cloned().unwrap_or_default();
    let change = |name: &String| {
        let (before, after) = (value(before, name), value(after, name));
        (before != after).then(|| FieldChange { field: name.clone(), before, after })
    };
    names.into_iter().filter_map(change).collect()
}
