//! Email domains of an account: claims, proofs, and where their people sign in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Done, Found, IfMatch, Json, Made, Query, Versioned};
use super::paging::{Page, Plain};
use super::problem::{Kind, Problem};
use super::schema::{ConnectionIdText, DomainSightName, DomainState, DomainText, GuestIdText, Moment};
use crate::base::id::GuestId;
use crate::directory::domain::DomainName;
use crate::flow::domain::{self, Add, DomainView, GuestView};

/// A domain of an account.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Domain {
    name: DomainText,
    state: DomainState,
    /// By which connection its people sign in, where one is set.
    connection: Option<ConnectionIdText>,
    /// The DNS name that the proof stands under.
    record_name: String,
    /// The TXT record that stands there.
    record_value: String,
    /// Who or what proved it.
    proved_by: Option<String>,
    proved_at: Option<Moment>,
    /// When DNS was looked at last.
    checked_at: Option<Moment>,
    /// What was seen then.
    seen: Option<DomainSightName>,
    /// Since when the proof is not in DNS any more.
    missing_since: Option<Moment>,
    /// When it counts as lost if it does not come back.
    lost_at: Option<Moment>,
}

/// A claim.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDomain {
    name: DomainText,
    /// By which connection its people sign in; without it, by the only one, or by choice.
    connection: Option<ConnectionIdText>,
}

/// By which connection the people of a domain sign in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Routing {
    /// Null: by the only one, or by choice.
    connection: Option<ConnectionIdText>,
}

impl From<DomainView> for Domain {
    fn from(view: DomainView) -> Self {
        Self {
            name: DomainText(view.name),
            state: DomainState(view.state),
            connection: view.connection_id.map(ConnectionIdText),
            record_name: view.record_name,
            record_value: view.record_value,
            proved_by: view.proved_by,
            proved_at: view.proved_at.map(Moment),
            checked_at: view.checked.map(|(at, _)| Moment(at)),
            seen: view.checked.map(|(_, seen)| DomainSightName(seen)),
            missing_since: view.missing_since.map(Moment),
            lost_at: view.lost_at.map(Moment),
        }
    }
}

/// How it is known that a domain is the account's.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vouching {
    /// It is kept with the proof and in the account's events, where its owners read it.
    #[schemars(length(min = 1, max = 500))]
    reason: String,
}

/// What was seen in DNS.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Checked {
    domain: Domain,
    seen: DomainSightName,
    /// Where, for a proof that is at another name.
    seen_at: Option<String>,
    /// The values that are there instead, the first few.
    values: Vec<String>,
}

/// A single address that is let in although it is not verified.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Guest {
    id: GuestIdText,
    email: String,
    /// Why it is let in.
    reason: String,
    created_at: Moment,
}

/// An address to let in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGuest {
    #[schemars(length(min = 3, max = 320))]
    email: String,
    /// Why it is let in.
    #[schemars(length(min = 1, max = 500))]
    reason: String,
}

impl From<GuestView> for Guest {
    fn from(view: GuestView) -> Self {
        let GuestView { id, email, reason, created_at } = view;
        Self { id: GuestIdText(id), email, reason, created_at: Moment(created_at) }
    }
}

fn name(call: &Call) -> Result<DomainName, Problem> {
    call.part("domain")?.parse().map_err(|_| Problem::new(Kind::NotFound))
}

/// Those of an account, by name.
pub(super) async fn list(call: Call, Query(filter): Query<Plain>) -> Result<Page<Domain>, Problem> {
    let window = filter.window()?;
    let all = domain::list(call.gateway(), &call.ctx, call.account()?).await?;
    Ok(window.page_of_all(all, |view| view.name.to_string(), Domain::from))
}

/// Claims one.
pub(super) async fn create(call: Call, Json(new): Json<NewDomain>) -> Result<Made<Domain>, Problem> {
    let connection = new.connection.map(|connection| connection.0);
    let input = Add { account: call.account()?.clone(), name: new.name.0, connection };
    let made = domain::add(call.gateway(), &call.ctx, input).await?;
    let path = call.below(&format!("domains/{}", made.name));
    Ok(Made(made.into(), path))
}

/// One.
pub(super) async fn read(call: Call, (): ()) -> Result<Versioned<Domain>, Problem> {
    let of = (call.account()?, &name(&call)?);
    let found = domain::show(call.gateway(), &call.ctx, of).await?;
    let version = found.version;
    Ok(Versioned(found.into(), version))
}

/// Sets by which connection its people sign in.
pub(super) async fn route(
    call: Call,
    (if_match, Json(routing)): (IfMatch, Json<Routing>),
) -> Result<Versioned<Domain>, Problem> {
    let of = (call.account()?, &name(&call)?);
    let connection = routing.connection.map(|connection| connection.0);
    let expects = |version| if_match.allows(version);
    let set = domain::set_connection_if(call.gateway(), &call.ctx, of, connection, expects).await?;
    let version = set.version;
    Ok(Versioned(set.into(), version))
}

/// Gives one up.
pub(super) async fn remove(call: Call, (): ()) -> Result<Done, Problem> {
    domain::remove(call.gateway(), &call.ctx, (call.account()?, &name(&call)?)).await?;
    Ok(Done)
}

/// Looks into DNS for the proof; the domain is proved if it is there.
pub(super) async fn check(call: Call, (): ()) -> Result<Found<Checked>, Problem> {
    let of = (call.account()?, &name(&call)?);
    let checked = domain::check::check(call.gateway(), &call.ctx, of).await?;
    Ok(Found(Checked {
        domain: checked.domain.into(),
        seen: DomainSightName(checked.sight.is),
        seen_at: checked.sight.at,
        values: checked.sight.values,
    }))
}

/// Vouches for one that is claimed: for keys of the installation, as for operators.
pub(super) async fn prove(call: Call, Json(why): Json<Vouching>) -> Result<Versioned<Domain>, Problem> {
    let of = (call.account()?, &name(&call)?);
    let proved = domain::prove(call.gateway(), &call.ctx, of, &why.reason).await?;
    let version = proved.version;
    Ok(Versioned(proved.into(), version))
}

/// Addresses that are let in, the oldest first.
pub(super) async fn guests(call: Call, Query(filter): Query<Plain>) -> Result<Page<Guest>, Problem> {
    let window = filter.window()?;
    let page = (window.after::<GuestId>()?, window.limit().into());
    let found = domain::list_guests(call.gateway(), &call.ctx, call.account()?, page).await?;
    Ok(window.page(found, |view| view.id.to_string(), Guest::from))
}

/// Lets an address in.
pub(super) async fn add_guest(call: Call, Json(new): Json<NewGuest>) -> Result<Made<Guest>, Problem> {
    let input = (new.email.as_str(), new.reason.as_str());
    let made = domain::add_guest(call.gateway(), &call.ctx, call.account()?, input).await?;
    Ok(Made(made.into(), call.below("guests")))
}

/// Lets it in no longer.
pub(super) async fn remove_guest(call: Call, (): ()) -> Result<Done, Problem> {
    domain::remove_guest(call.gateway(), &call.ctx, call.account()?, call.part("guest")?).await?;
    Ok(Done)
}
