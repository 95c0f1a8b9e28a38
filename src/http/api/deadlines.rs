//! What will end, in an account and in all; calendars of it, and who is written to.

use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::call::{Call, Done, IfMatch, Json, Made, Query, Versioned};
use super::paging::{Page, Plain};
use super::problem::Problem;
use super::schema::{CalendarIdText, ConnectionIdText, DeadlineKindName, Moment};
use crate::directory::account::Slug;
use crate::flow::deadline::calendar::{self, CalendarView};
use crate::flow::deadline::{self, DeadlineView, Place};

/// Something that will end.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Deadline {
    kind: DeadlineKindName,
    /// Which: an id; of a certificate, the connection's id and its own or its key's fingerprint, with a colon between.
    thing: String,
    ends_at: Moment,
    /// What it is called.
    name: String,
    /// Whose sign-in it is about.
    connection: Option<ConnectionIdText>,
    /// How many people that concerns; more than 5,000 are not counted.
    people: i64,
    /// Whether something else stands in for it by then.
    is_replaced: bool,
    /// Of which account, by its name in addresses; null where there is only one.
    account: Option<String>,
}

/// Whom to write to beside the owners.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Contact {
    /// Null for nobody.
    email: Option<String>,
}

/// Whom to write to from now on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContact {
    /// Null, or left out, for nobody.
    #[schemars(length(max = 320))]
    email: Option<String>,
}

/// A calendar of what will end.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Calendar {
    id: CalendarIdText,
    /// Who made it.
    created_by: String,
    created_at: Moment,
    /// When it was fetched last, within an hour.
    last_used_at: Option<Moment>,
}

/// A calendar that was made.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IssuedCalendar {
    id: CalendarIdText,
    /// Its address (iCalendar). It is not told again.
    url: String,
}

impl From<DeadlineView> for Deadline {
    fn from(view: DeadlineView) -> Self {
        let DeadlineView { kind, thing, ends_at, name, connection, people, is_replaced, account } = view;
        Self {
            kind: DeadlineKindName(kind),
            thing,
            ends_at: Moment(ends_at),
            name,
            connection: connection.map(|(id, _)| ConnectionIdText(id)),
            people,
            is_replaced,
            account: account.map(|(slug, _)| slug),
        }
    }
}

impl From<CalendarView> for Calendar {
    fn from(view: CalendarView) -> Self {
        let CalendarView { id, created_by, created_at, last_used_at } = view;
        let (id, last_used_at) = (CalendarIdText(id), last_used_at.map(Moment));
        Self { id, created_by, created_at: Moment(created_at), last_used_at }
    }
}

impl From<deadline::Contact> for Versioned<Contact> {
    fn from(contact: deadline::Contact) -> Self {
        Self(Contact { email: contact.email }, contact.version)
    }
}

/// What the list is sorted by.
fn key(view: &DeadlineView) -> String {
    format!("{:020} {} {}", view.ends_at.micros(), view.kind, view.thing)
}

/// Of an account, the next first.
pub(super) async fn list(call: Call, Query(filter): Query<Plain>) -> Result<Page<Deadline>, Problem> {
    let window = filter.window()?;
    let all = deadline::board(call.gateway(), &call.ctx, call.account()?).await?;
    Ok(window.page_of_all(all, key, Deadline::from))
}

/// Of all accounts, the next first.
pub(super) async fn list_of_all(call: Call, Query(filter): Query<Plain>) -> Result<Page<Deadline>, Problem> {
    let window = filter.window()?;
    let after: Option<Place> = window.after()?;
    let (found, next) = deadline::page_of_all(call.gateway(), &call.ctx, after, window.size().into()).await?;
    Ok(Page::going_on(found.into_iter().map(Deadline::from).collect(), next))
}

/// Who is written to.
pub(super) async fn contact(call: Call, (): ()) -> Result<Versioned<Contact>, Problem> {
    Ok(deadline::contact(call.gateway(), &call.ctx, call.account()?).await?.into())
}

/// Says who is written to.
pub(super) async fn set_contact(
    call: Call,
    (if_match, Json(contact)): (IfMatch, Json<NewContact>),
) -> Result<Versioned<Contact>, Problem> {
    let email = contact.email.as_deref().unwrap_or_default();
    let expects = |version| if_match.allows(version);
    Ok(deadline::set_contact_if(call.gateway(), &call.ctx, call.account()?, email, expects).await?.into())
}

/// Calendars of an account.
pub(super) async fn calendars(call: Call, Query(filter): Query<Plain>) -> Result<Page<Calendar>, Problem> {
    let slug = call.account()?.clone();
    listed(&call, Some(&slug), &filter).await
}

/// Calendars of all accounts.
pub(super) async fn calendars_of_all(
    call: Call,
    Query(filter): Query<Plain>,
) -> Result<Page<Calendar>, Problem> {
    listed(&call, None, &filter).await
}

async fn listed(call: &Call, slug: Option<&Slug>, filter: &Plain) -> Result<Page<Calendar>, Problem> {
    let window = filter.window()?;
    let all = calendar::list(call.gateway(), &call.ctx, slug).await?;
    Ok(window.page_of_all(all, |view| view.id.to_string(), Calendar::from))
}

/// Makes a calendar of an account.
pub(super) async fn make(call: Call, (): ()) -> Result<Made<IssuedCalendar>, Problem> {
    let slug = call.account()?.clone();
    made(&call, Some(&slug), call.below("calendars")).await
}

/// Makes a calendar of all accounts.
pub(super) async fn make_of_all(call: Call, (): ()) -> Result<Made<IssuedCalendar>, Problem> {
    made(&call, None, "/api/v1/installation/calendars".to_owned()).await
}

async fn made(call: &Call, slug: Option<&Slug>, path: String) -> Result<Made<IssuedCalendar>, Problem> {
    let made = calendar::make(call.gateway(), &call.ctx, slug).await?;
    let url = made.url.expose_secret().to_owned();
    Ok(Made(IssuedCalendar { id: CalendarIdText(made.id), url }, path))
}

/// Takes a calendar of an account back.
pub(super) async fn revoke(call: Call, (): ()) -> Result<Done, Problem> {
    let of = (Some(call.account()?), call.named("calendar")?);
    calendar::revoke(call.gateway(), &call.ctx, of).await?;
    Ok(Done)
}

/// Takes a calendar of all accounts back.
pub(super) async fn revoke_of_all(call: Call, (): ()) -> Result<Done, Problem> {
    calendar::revoke(call.gateway(), &call.ctx, (None, call.named("calendar")?)).await?;
    Ok(Done)
}
