//! What was done in an account, or to the installation as a whole, as those who may see it read it.
//!
//! # Design
//!
//! Filters look at what is beside the sealed body: who, what, to what, when. A chain is read from its end, [`READ`] events
//! for a page at the most; where fewer than a page of them fit, the page says how far it has looked, and goes on from there.
//! So a page costs the same however long the chain is, and no filter needs an index of its own; the days do have one.
//!
//! Every look that an operator takes at an account is an event of it, and so is what a key of the installation reads, once
//! an hour for each kind of thing. Where people read, what one of them looked at page after page is one line ([`lines`]), so
//! that it does not hide what was done.
//!
//! [`names`] says what things are called by now; an event itself holds ids.

use std::fmt;

use serde_json::Value;

use super::{FlowError, Gateway, grant, standing};
use crate::access::{self, Action, Denied};
use crate::audit::chain::Stored;
use crate::base::id::AccountId;
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::state::AccountState;
use crate::storage::event::{self, Event, ORIGIN, Of};
use crate::storage::seal::AccountKeys;
use crate::storage::{Tx, account};

mod naming;

pub use naming::{Names, names, names_of};

/// As many are handed out at once.
pub const PAGE: i64 = 50;
/// As many are looked at for it, at the most.
pub const READ: i64 = 5000;
/// What is an operator's look at a page, or that of a key of the installation, and nothing more.
pub(in crate::flow) const LOOKED_AT: &str = "account.looked_at";
/// Looks in a line, at the most.
const LOOKS: usize = 100;
/// Read at once.
const BATCH: i64 = 500;
/// Events stand in the order in which they were written; their moments may differ from it by as much as requests last.
const DISORDER_SECONDS: i64 = 600;

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventView {
    /// Its number in the account's chain.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// By whom: a kind, and often an id after a colon.
    pub actor: String,
    /// What: `connection.created`.
    pub action: String,
    /// To what: its id.
    pub target: String,
    /// What it was and became, JSON; none where something of the event was changed since.
    pub body: Option<String>,
    /// From which address it was asked for, as far as it is known.
    pub client: Option<String>,
    /// Which request asked for it: log lines name it too.
    pub request: Option<String>,
}

/// Which events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// By whom: a kind (`operator`), or one of them (`operator:op_…`).
    pub actor: Option<String>,
    /// What: an action (`connection.created`), or all about a noun (`connection`).
    pub action: Option<String>,
    /// To what: its id.
    pub target: Option<String>,
    /// From this moment on.
    pub from: Option<Instant>,
    /// Before this moment.
    pub until: Option<Instant>,
}

impl Filter {
    fn fits(&self, event: &Stored) -> bool {
        let begins = |text: &str, wanted: &Option<String>, mark: char| {
            wanted.as_deref().is_none_or(|wanted| {
                text.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with(mark))
            })
        };
        begins(&event.actor, &self.actor, ':')
            && begins(&event.action, &self.action, '.')
            && self.target.as_deref().is_none_or(|target| event.target == target)
            && self.from.is_none_or(|from| event.at >= from)
            && self.until.is_none_or(|until| event.at < until)
    }

    /// As it stands in the event of an export.
    fn told(&self) -> Value {
        serde_json::json!({
            "actor": self.actor, "action": self.action, "target": self.target,
            "from": self.from.map(|at| at.to_string()), "until": self.until.map(|at| at.to_string()),
        })
    }
}

/// How much of the events is a page, at the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Most {
    /// So many events.
    Events(i64),
    /// So many [`lines`]. None of them goes on in the next page, unless so many events were looked at that the page had to
    /// end there ([`READ`]).
    Lines(i64),
}

/// Writes what happened in an account, in the caller's transaction.
pub(in crate::flow) async fn tell(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    (account, keys): (AccountId, &AccountKeys),
    (action, target, body): (&str, impl fmt::Display + Send, &Value),
) -> Result<(), FlowError> {
    let (target, body) = (target.to_string(), body.to_string());
    let happened = Event { action, target: &target, body: body.as_bytes() };
    Ok(event::insert(tx, account, happened, keys, (ctx, gateway.rng())).await?)
}

/// The same for whoever has no keys at hand; of the installation as a whole where there is no account.
pub(in crate::flow) async fn tell_home(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    home: Option<AccountId>,
    (action, target, body): (&str, impl fmt::Display + Send, &Value),
) -> Result<(), FlowError> {
    if let Some(account) = home {
        let keys = gateway.storage().keys(tx, account).await?;
        return tell(tx, gateway, ctx, (account, &keys), (action, target, body)).await;
    }
    let (target, body) = (target.to_string(), body.to_string());
    let happened = Event { action, target: &target, body: body.as_bytes() };
    Ok(event::insert_of_installation(tx, happened, ctx).await?)
}

/// Some events, the latest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The events.
    pub events: Vec<EventView>,
    /// Where older ones begin: ask for those before this number. None when there are no more.
    pub next: Option<i64>,
    /// Up to when was looked, where that was not all and the page is not full.
    pub looked_to: Option<Instant>,
}

/// Events as people read them: those that are one line, the latest first.
pub fn lines(events: &[EventView]) -> impl Iterator<Item = &[EventView]> {
    events.chunk_by(are_one_line).flat_map(|run| run.chunks(LOOKS))
}

/// Whether two events after one another are looks of the same. One of which something was changed stands by itself.
fn are_one_line(later: &EventView, earlier: &EventView) -> bool {
    let is_look = |event: &EventView| event.action == LOOKED_AT && event.body.is_some();
    is_look(later) && is_look(earlier) && later.actor == earlier.actor
}

/// The events of an account that fit, before the one numbered `before`, the latest first. Of a destroyed account nothing can
/// be read.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account.
pub async fn search(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: &Slug,
    filter: &Filter,
    (before, most): (Option<i64>, Most),
) -> Result<Page, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, granted) = grant::account(&mut tx, ctx, Action::ReadEvents, slug).await?;
    if account.state == AccountState::Deleted {
        return Ok(Page { events: Vec::new(), next: None, looked_to: None });
    }
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    let of = (Of::Account(account.id), Some(&*keys));
    page(&mut tx, of, filter, (before, most)).await
}

/// The same of the installation as a whole.
///
/// # Errors
/// [`FlowError::Denied`].
pub async fn search_installation(
    gateway: &Gateway,
    ctx: &Ctx,
    filter: &Filter,
    (before, most): (Option<i64>, Most),
) -> Result<Page, FlowError> {
    access::decide(ctx.actor, Action::ReadInstallationEvents)?;
    let mut tx = gateway.storage().read().await?;
    page(&mut tx, (Of::Installation, None), filter, (before, most)).await
}

/// Notes that the events of an account that fit are taken away as a file of that format.
///
/// # Errors
/// Those of [`search`].
pub async fn begin_export(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: &Slug,
    (filter, format): (&Filter, &str),
) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (account, granted) = grant::account(&mut tx, ctx, Action::ReadEvents, slug).await?;
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    let body = serde_json::json!({ "format": format, "filter": filter.told() });
    tell(&mut tx, gateway, ctx, (account.id, &keys), ("events.exported", account.id, &body)).await?;
    Ok(tx.commit().await?)
}

/// The same of the installation as a whole.
///
/// # Errors
/// [`FlowError::Denied`].
pub async fn begin_export_of_installation(
    gateway: &Gateway,
    ctx: &Ctx,
    (filter, format): (&Filter, &str),
) -> Result<(), FlowError> {
    access::decide(ctx.actor, Action::ReadInstallationEvents)?;
    let mut tx = gateway.storage().write().await?;
    let body = serde_json::json!({ "format": format, "filter": filter.told() });
    tell_home(&mut tx, gateway, ctx, None, ("events.exported", "installation", &body)).await?;
    Ok(tx.commit().await?)
}

/// The caller as they stand now. What their request may do was decided when it came; what takes long asks again.
///
/// # Errors
/// [`FlowError::Denied`] for who was shut out since.
pub async fn standing(gateway: &Gateway, ctx: &Ctx) -> Result<Ctx, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let actor = standing::of(gateway, &mut tx, ctx.actor, ctx.now).await?.ok_or(Denied(ctx.actor))?;
    Ok(Ctx { actor, ..ctx.clone() })
}

async fn page(
    tx: &mut Tx,
    (of, keys): (Of, Option<&AccountKeys>),
    filter: &Filter,
    (before, most): (Option<i64>, Most),
) -> Result<Page, FlowError> {
    let (limit, is_in_lines) = match most {
        Most::Events(limit) => (limit, false),
        Most::Lines(limit) => (limit, true),
    };
    let mut at = before.unwrap_or(i64::MAX);
    if let Some(until) = filter.until {
        let last = event::last_before(tx, of, until.plus_seconds(DISORDER_SECONDS)).await?;
        at = at.min(last.map_or(0, |last| last.saturating_add(1)));
    }
    let stop = filter.from.map(|from| from.plus_seconds(-DISORDER_SECONDS));
    let (mut events, mut read) = (Vec::<EventView>::new(), 0);
    let (mut count, mut in_line) = (0, 0);
    loop {
        let found = event::list_before(tx, of, (at, BATCH)).await?;
        let is_last = i64::try_from(found.len()).unwrap_or(i64::MAX) < BATCH;
        for stored in found {
            let now = (stored.seq, stored.at);
            if stop.is_some_and(|stop| now.1 < stop) {
                return Ok(Page { events, next: None, looked_to: None });
            }
            if filter.fits(&stored) {
                let event = view(of, stored, keys);
                let is_same = |last: &EventView| is_in_lines && in_line < LOOKS && are_one_line(last, &event);
                if events.last().is_some_and(is_same) {
                    in_line += 1;
                } else if count >= limit {
                    return Ok(Page { events, next: Some(at), looked_to: None });
                } else {
                    (count, in_line) = (count + 1, 1);
                }
                events.push(event);
            }
            at = now.0;
            read += 1;
            // Whether the last line goes on, the next event says.
            let is_full = count >= limit;
            if (is_full && !is_in_lines) || read >= READ {
                let next = (at > 1).then_some(at);
                let looked_to = next.filter(|_| !is_full).map(|_| now.1);
                return Ok(Page { events, next, looked_to });
            }
        }
        if is_last {
            return Ok(Page { events, next: None, looked_to: None });
        }
    }
}

fn view(of: Of, stored: Stored, keys: Option<&AccountKeys>) -> EventView {
    let body = match (of, keys) {
        (Of::Installation, _) => Some(stored.body.clone()),
        // That one cannot be opened must not hide the others.
        (Of::Account(account), Some(keys)) => {
            event::open(account, &stored, keys).ok().map(|body| body.to_vec())
        }
        (Of::Account(_), None) => None,
    };
    let (body, client, request) = body.map_or((None, None, None), |body| taken_apart(&body));
    EventView {
        seq: stored.seq,
        at: stored.at,
        actor: stored.actor,
        action: stored.action,
        target: stored.target,
        body,
        client,
        request,
    }
}

/// The body without from where it was asked for, and that by itself.
fn taken_apart(body: &[u8]) -> (Option<String>, Option<String>, Option<String>) {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(body) else {
        return (Some(String::from_utf8_lossy(body).into_owned()), None, None);
    };
    let origin = members.remove(ORIGIN);
    let of = |name| origin.as_ref()?.get(name)?.as_str().map(str::to_owned);
    (Some(Value::Object(members).to_string()), of("client"), of("request"))
}

/// The account of that slug is one whose events the caller may see.
async fn may_see(tx: &mut Tx, ctx: &Ctx, slug: &Slug) -> Result<account::Account, FlowError> {
    Ok(grant::account(tx, ctx, Action::ReadEvents, slug).await?.0)
}
