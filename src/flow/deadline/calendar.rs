//! Calendars of what will end, at addresses that nobody guesses: programs that show calendars cannot sign in.
//!
//! # Invariants
//!
//! * The address is shown once and stored as a hash. Whoever has it sees what its board shows and can do nothing.
//! * It ends when it is taken back, and when whoever made it may not look at the board any more: who is shut out has no
//!   eyes left behind.

use secrecy::SecretString;
use serde_json::json;

use super::{DeadlineView, Place, board_of_all, gather, view};
use crate::access::{self, Action};
use crate::base::id::{AccountId, CalendarId};
use crate::base::secret::{LinkToken, TokenHash};
use crate::base::sentence::sentence;
use crate::base::{Ctx, Instant};
use crate::directory::account::{Locale, Slug};
use crate::directory::state::AccountState;
use crate::flow::event::tell_home;
use crate::flow::{FlowError, Gateway, grant, standing};
use crate::storage::{Tx, account, calendar};

const NONE: FlowError = FlowError::NotFound("calendar");
const MAX_CALENDARS: usize = 20;
/// Calendars ask every few minutes.
const NOTED_EVERY_SECONDS: i64 = 3600;

/// A calendar that was just made: its address, shown once.
#[derive(Debug)]
pub struct Made {
    /// Its id.
    pub id: CalendarId,
    /// Its address.
    pub url: SecretString,
}

/// A calendar as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarView {
    /// Its id.
    pub id: CalendarId,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
    /// When it was fetched last, within an hour.
    pub last_used_at: Option<Instant>,
}

/// Whose calendar it is, and what it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// The account's name; none for all accounts.
    pub account: Option<String>,
    /// When it was read.
    pub at: Instant,
    /// The language that the account has decided for.
    pub locale: Locale,
    /// What will end, by its end.
    pub entries: Vec<DeadlineView>,
}

/// Makes a calendar of an account, or of all where none is named.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account; [`FlowError::Invalid`] when there are many already.
pub async fn make(gateway: &Gateway, ctx: &Ctx, slug: Option<&Slug>) -> Result<Made, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let home = home(&mut tx, ctx, slug, (Action::ManageDeadlines, Action::ManageAllDeadlines)).await?;
    if calendar::list(&mut tx, home).await?.len() >= MAX_CALENDARS {
        return Err(FlowError::Invalid(sentence!(
            "there are {max} calendars already: take one back first",
            max = MAX_CALENDARS
        )));
    }
    let (id, token) = (CalendarId::make(ctx.now, gateway.rng()), LinkToken::draw(gateway.rng()));
    let by = ctx.actor.to_string();
    calendar::insert(&mut tx, home, (id, token.hash()), (&by, ctx.now)).await?;
    tell_home(&mut tx, gateway, ctx, home, ("deadline_feed.created", id, &json!({}))).await?;
    tx.commit().await?;
    let url = format!("{}/deadlines/{}.ics", gateway.public_url(), token.expose_text());
    Ok(Made { id, url: url.into() })
}

/// The calendars of an account, or of all accounts.
///
/// # Errors
/// Those of [`make`].
pub async fn list(gateway: &Gateway, ctx: &Ctx, slug: Option<&Slug>) -> Result<Vec<CalendarView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let home = home(&mut tx, ctx, slug, (Action::ReadDeadlines, Action::ReadAllDeadlines)).await?;
    let view = |calendar::Calendar { id, created_by, created_at, last_used_at }| CalendarView {
        id,
        created_by,
        created_at,
        last_used_at,
    };
    Ok(calendar::list(&mut tx, home).await?.into_iter().map(view).collect())
}

/// Takes a calendar back.
///
/// # Errors
/// Those of [`make`]; [`FlowError::NotFound`] without that calendar.
pub async fn revoke(
    gateway: &Gateway,
    ctx: &Ctx,
    (slug, id): (Option<&Slug>, CalendarId),
) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let home = home(&mut tx, ctx, slug, (Action::ManageDeadlines, Action::ManageAllDeadlines)).await?;
    if !calendar::delete(&mut tx, home, id).await? {
        return Err(NONE);
    }
    tell_home(&mut tx, gateway, ctx, home, ("deadline_feed.revoked", id, &json!({}))).await?;
    Ok(tx.commit().await?)
}

/// More do not stand in one calendar.
const MOST: usize = 5_000;

/// What stands in the calendar of that address, for whoever has it.
///
/// # Errors
/// [`FlowError::NotFound`] without such a calendar.
pub async fn read(gateway: &Gateway, ctx: &Ctx, token: TokenHash) -> Result<Calendar, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (home, id, by, used) = calendar::find(&mut tx, token).await?.ok_or(NONE)?;
    let maker = standing::maker(gateway, &mut tx, (&by, home), ctx.now).await?.ok_or(NONE)?;
    let calendar = match home {
        None => {
            drop(tx);
            let ctx = Ctx { actor: maker, ..ctx.clone() };
            let mut all = Vec::new();
            let mut after = Some(Place::after(ctx.now));
            while let Some(place) = after.filter(|_| all.len() < MOST) {
                let (page, next) = board_of_all(gateway, &ctx, Some(place)).await?;
                all.extend(page);
                after = next;
            }
            Calendar { account: None, at: ctx.now, locale: Locale::default(), entries: all }
        }
        Some(home) => {
            access::decide_in(maker, Action::ReadDeadlines, home).map_err(|_| NONE)?;
            let found = account::find(&mut tx, home).await?;
            let found = found.filter(|found| found.state == AccountState::Active).ok_or(NONE)?;
            let all = gather(&mut tx, home, ctx.now).await?;
            drop(tx);
            let later = all.into_iter().filter(|deadline| deadline.ends_at > ctx.now);
            let entries = later.map(|deadline| view(deadline, None)).collect();
            Calendar { account: Some(found.name), at: ctx.now, locale: found.locale, entries }
        }
    };
    if used.is_none_or(|used: Instant| ctx.now.seconds_since(used) >= NOTED_EVERY_SECONDS) {
        let mut tx = gateway.storage().write().await?;
        calendar::update_used(&mut tx, id, ctx.now).await?;
        tx.commit().await?;
    }
    Ok(calendar)
}

/// Whose calendars: those of an account, where one does the first thing, or of all of them, where one does the other.
async fn home(
    tx: &mut Tx,
    ctx: &Ctx,
    slug: Option<&Slug>,
    (in_one, in_all): (Action, Action),
) -> Result<Option<AccountId>, FlowError> {
    if let Some(slug) = slug {
        return Ok(Some(grant::account(tx, ctx, in_one, slug).await?.1.account()));
    }
    access::decide(ctx.actor, in_all)?;
    Ok(None)
}
