//! What is kept of a person: how much, all of it, and erasing it; the receipts of that; lists of people.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::call::{Call, Found, Json, Query};
use super::paging::{Page, Plain};
use super::problem::Problem;
use super::schema::{Moment, ReceiptIdText, UserIdText};
use crate::flow::user::erase::{self, Erased, Receipt};
use crate::flow::user::{self, Which, data};

/// How much is kept of a person.
#[derive(Debug, Serialize, JsonSchema)]
pub struct KeptData {
    /// What leads to them.
    identities: u64,
    /// Their sessions, those that ended too.
    sessions: u64,
    /// Their sessions of the console.
    console_sessions: u64,
    passkeys: u64,
    /// Links that were made for them.
    links: u64,
    /// Messages that they signed in with, as far as their sessions are kept.
    messages: u64,
    /// Whether their address was let in by name.
    is_guest: bool,
    /// Events of Zoom that name them.
    zoom_events: u64,
}

/// Everything that is kept of a person.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct PersonData(Map<String, Value>);

/// That somebody was erased. Nothing personal.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReceiptTold {
    id: ReceiptIdText,
    /// Who was erased.
    user: UserIdText,
    /// By whom.
    erased_by: String,
    at: Moment,
    erased: ErasedTold,
}

/// How much there was of what.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ErasedTold {
    /// Sign-ins, which stay as bare facts: when, by which connection, how it ended.
    sign_ins: u64,
    messages: u64,
    identities: u64,
    sessions: u64,
    console_sessions: u64,
    passkeys: u64,
    links: u64,
    guests: u64,
    zoom_events: u64,
    /// What was planned and done for them in Zoom.
    zoom_steps: u64,
    /// Their users in the last inventory of Zoom.
    zoom_users: u64,
}

/// A list of people.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListOfPeople {
    /// CSV with a first line of names: `external_id`, and any of `email`, `first_name`, `last_name`, `display_name`,
    /// `username`, `role`. People are recognised by their external id; nobody is removed for not being in the list.
    #[schemars(length(min = 1))]
    csv: String,
    /// Only says what it would do.
    #[serde(default)]
    is_rehearsal: bool,
}

/// What a list came to.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImportTold {
    created: usize,
    updated: usize,
    unchanged: usize,
    is_written: bool,
}

impl From<Receipt> for ReceiptTold {
    fn from(receipt: Receipt) -> Self {
        let Receipt { id, user_id, erased_by, erased, at } = receipt;
        Self {
            id: ReceiptIdText(id),
            user: UserIdText(user_id),
            erased_by,
            at: Moment(at),
            erased: erased.into(),
        }
    }
}

impl From<Erased> for ErasedTold {
    fn from(erased: Erased) -> Self {
        let Erased {
            sign_ins,
            messages,
            identities,
            sessions,
            console_sessions,
            passkeys,
            links,
            guests,
            zoom_events,
            zoom_steps,
            zoom_users,
        } = erased;
        Self {
            sign_ins,
            messages,
            identities,
            sessions,
            console_sessions,
            passkeys,
            links,
            guests,
            zoom_events,
            zoom_steps,
            zoom_users,
        }
    }
}

fn which(call: &Call) -> Result<Which, Problem> {
    Ok(call.part("user")?.to_owned().into())
}

/// How much there is.
pub(super) async fn kept(call: Call, (): ()) -> Result<Found<KeptData>, Problem> {
    let of = (call.account()?, &which(&call)?);
    let data::Kept { held, messages, is_guest, zoom_events } =
        data::kept(call.gateway(), &call.ctx, of).await?;
    Ok(Found(KeptData {
        identities: held.identities,
        sessions: held.sessions,
        console_sessions: held.console_sessions,
        passkeys: held.passkeys,
        links: held.links,
        messages,
        is_guest,
        zoom_events,
    }))
}

/// All of it; that it was taken out is an event.
pub(super) async fn export(call: Call, (): ()) -> Result<Found<PersonData>, Problem> {
    let of = (call.account()?, &which(&call)?);
    let (_, document) = data::export(call.gateway(), &call.ctx, of).await?;
    let Value::Object(members) = document else { return Ok(Found(PersonData(Map::new()))) };
    Ok(Found(PersonData(members)))
}

/// Erases somebody.
pub(super) async fn erase(call: Call, (): ()) -> Result<Found<ReceiptTold>, Problem> {
    let of = (call.account()?, &which(&call)?);
    Ok(Found(user::erase(call.gateway(), &call.ctx, of).await?.into()))
}

/// Receipts, the newest first.
pub(super) async fn receipts(call: Call, Query(filter): Query<Plain>) -> Result<Page<ReceiptTold>, Problem> {
    let window = filter.window()?;
    let page = (window.after()?, window.limit());
    let found = erase::receipts(call.gateway(), &call.ctx, call.account()?, page).await?;
    Ok(window.page(found, |receipt| receipt.id.to_string(), ReceiptTold::from))
}

/// One.
pub(super) async fn receipt(call: Call, (): ()) -> Result<Found<ReceiptTold>, Problem> {
    let of = (call.account()?, call.named("receipt")?);
    Ok(Found(erase::receipt(call.gateway(), &call.ctx, of).await?.into()))
}

/// Makes and changes the people of a list.
pub(super) async fn import(call: Call, Json(list): Json<ListOfPeople>) -> Result<Found<ImportTold>, Problem> {
    let input = (list.csv.as_bytes(), list.is_rehearsal);
    let done = user::import(call.gateway(), &call.ctx, call.account()?, input).await?;
    let user::Imported { created, updated, unchanged, is_written } = done;
    Ok(Found(ImportTold { created, updated, unchanged, is_written }))
}
