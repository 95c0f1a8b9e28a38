//! Email domains of accounts: claiming and proving them, guests, and what follows from a proof: where people sign in,
//! and whether an address is verified.
//!
//! # Invariants
//!
//! * A proved domain is one account's alone; the database holds it to that. A claim counts for nothing.
//! * What a connection makes of other addresses where nothing is set is decided once: strict since the account proved a
//!   domain that anybody but the visitor of a setup link claimed, or somebody else looked for the proof of one that a
//!   visitor claimed and found it; and so for good, whatever becomes of the proof. Owners whom a connection knows get in all
//!   the same.
//! * The visitor of a setup link checks every claim: whoever sees to DNS need not be who claimed it. They give up what was
//!   claimed by a setup link, and no other claim.
//! * [`route`] is open to strangers: it looks at domains and never at users, so it cannot tell who is known.
//!
//! [`check`] has the proof that stands in DNS; `verified` tells whether an address is somebody's; `guest` has the addresses
//! that need no proof.
//!
//! To add a way of proving: a function that ends in `keep_proof`.

use super::event::tell_home;
use super::line::{MAX_REASON, checked_line};
use super::{FlowError, Gateway, grant, seen};
use crate::access::{self, Action};
use crate::base::ctx::kind_and_id;
use crate::base::encoding::base64url;
use crate::base::id::{AccountId, ConnectionId, DomainId};
use crate::base::sentence::sentence;
use crate::base::{Actor, Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::domain::DomainName;
use crate::directory::domain_proof::{record_name, record_value};
use crate::directory::email::domain_of;
use crate::directory::state::{AccountState, ConnectionState, DomainSight, DomainState};
use crate::storage::account::Account;
use crate::storage::domain::{self, Domain, Proved};
use crate::storage::{StorageError, Tx, account, connection, people};

pub mod check;
mod guest;
mod verified;

pub use guest::{GuestView, add_guest, list_guests, remove_guest};
pub(in crate::flow) use verified::{OwnerAddresses, Verifying, is_an_owners, is_verified};

const NO_ACCOUNT: FlowError = FlowError::NotFound("account");
const NO_DOMAIN: FlowError = FlowError::NotFound("domain of this account");
/// Of one account.
const MAX_DOMAINS: usize = 500;
/// The longest name that DNS can hold the proof for.
const MAX_RECORD_NAME: usize = 253;

/// A domain as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainView {
    /// The version of what somebody decides about it.
    pub version: i64,
    /// Its name.
    pub name: DomainName,
    /// Whether it is proved.
    pub state: DomainState,
    /// By which connection its people sign in, where one is set.
    pub connection_id: Option<ConnectionId>,
    /// The DNS name that the proof stands under.
    pub record_name: String,
    /// The TXT record that stands there.
    pub record_value: String,
    /// Who claimed it, where that is known.
    pub created_by: Option<String>,
    /// Who or what proved it.
    pub proved_by: Option<String>,
    /// Why, when a person did.
    pub reason: Option<String>,
    /// When.
    pub proved_at: Option<Instant>,
    /// Whether DNS proves it, and is looked at every week.
    pub is_by_dns: bool,
    /// When DNS was looked at last, and what was seen.
    pub checked: Option<(Instant, DomainSight)>,
    /// When it is looked at again.
    pub next_check_at: Option<Instant>,
    /// Since when the proof is not in DNS any more.
    pub missing_since: Option<Instant>,
    /// When it counts as lost if it does not come back.
    pub lost_at: Option<Instant>,
}

impl DomainView {
    /// Whether it is the caller's to give up. A visitor who gave up what an owner claimed would keep it from being proved.
    #[must_use]
    pub fn is_for(&self, ctx: &Ctx) -> bool {
        is_for(ctx, self.created_by.as_deref())
    }
}

/// The same of who claimed it: a link ends, and whoever comes by the next one goes on with what was claimed by the last.
fn is_for(ctx: &Ctx, created_by: Option<&str>) -> bool {
    !matches!(ctx.actor, Actor::SetupLink(_)) || created_by.is_some_and(is_visitors)
}

/// Whether that is the visitor of a setup link.
fn is_visitors(actor: &str) -> bool {
    kind_and_id(actor).0 == "setup_link"
}

/// Whether a proof that the caller finds is the account's own word: nobody whom we know asked for what a visitor claimed and
/// proved. A visitor who is the first to look at what somebody else claimed keeps nothing from being decided.
fn is_word(ctx: &Ctx, created_by: Option<&str>) -> bool {
    !matches!(ctx.actor, Actor::SetupLink(_)) || created_by.is_some_and(|by| !is_visitors(by))
}

/// Whether a claim is the caller's to give up.
fn demand_own(ctx: &Ctx, claim: &Domain) -> Result<(), FlowError> {
    if is_for(ctx, claim.created_by.as_deref()) {
        return Ok(());
    }
    Err(FlowError::Invalid(sentence!(
        "an owner of the account claimed {name}, or a program did; an owner gives it up, in the console",
        name = &claim.name
    )))
}

/// Where people with an address of some domain sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The account's sign-in page.
    pub account: Slug,
    /// The connection, where there is no choice.
    pub connection: Option<ConnectionId>,
}

/// Where whoever types `email` signs in; nothing is said about whether they can.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn route(gateway: &Gateway, email: &str) -> Result<Option<Route>, FlowError> {
    let Some(name) = domain_of(email) else { return Ok(None) };
    let mut tx = gateway.storage().read().await?;
    let Some(home) = domain::home_of(&mut tx, &name).await? else { return Ok(None) };
    let account = account::find(&mut tx, home.account_id).await?;
    let Some(account) = account.filter(|account| account.state == AccountState::Active) else {
        return Ok(None);
    };
    let connections = connection::list(&mut tx, account.id).await?;
    let active: Vec<_> = connections
        .iter()
        .filter(|connection| connection.state == ConnectionState::Active)
        .map(|connection| connection.id)
        .collect();
    let connection = match (home.connection_id, active.as_slice()) {
        (Some(set), active) if active.contains(&set) => Some(set),
        (_, [only]) => Some(*only),
        _ => None,
    };
    Ok(Some(Route { account: account.slug, connection }))
}

/// What a new claim is.
#[derive(Debug, Clone)]
pub struct Add {
    /// Whose.
    pub account: Slug,
    /// Which.
    pub name: DomainName,
    /// By which connection its people sign in; without it, by the only one, or by choice.
    pub connection: Option<ConnectionId>,
}

/// Claims a domain for an account. It counts for nothing before it is proved.
///
/// # Errors
/// [`FlowError::Invalid`] for a domain that no account can have, one that the account has already, or another account's connection.
pub async fn add(gateway: &Gateway, ctx: &Ctx, input: Add) -> Result<DomainView, FlowError> {
    let Add { account, name, connection } = input;
    check_claimable(&name)?;
    let mut tx = gateway.storage().write().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ManageDomains, &account).await?;
    let new = claim(gateway, &mut tx, ctx, account.id, (name, connection)).await?;
    tx.commit().await?;
    Ok(view(new))
}

/// Whether an account can have a domain of that name, and prove it.
fn check_claimable(name: &DomainName) -> Result<(), FlowError> {
    name.check_ownable().map_err(|error| {
        FlowError::Invalid(sentence!("the domain {name} cannot be added: {error}", name, error).about("name"))
    })?;
    if record_name(name).len() > MAX_RECORD_NAME {
        let wrong = sentence!("the domain {name} is too long to be proved by a DNS record", name);
        return Err(FlowError::Invalid(wrong.about("name")));
    }
    Ok(())
}

/// Writes a claim of an account's.
async fn claim(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    account: AccountId,
    (name, connection): (DomainName, Option<ConnectionId>),
) -> Result<Domain, FlowError> {
    if domain::list(tx, account).await?.len() >= MAX_DOMAINS {
        return Err(FlowError::Invalid(sentence!("an account has {max} domains at most", max = MAX_DOMAINS)));
    }
    if connection.is_some() {
        check_leading(tx, ctx, account, connection).await?;
    }
    let rng = gateway.rng();
    let new = Domain {
        id: DomainId::make(ctx.now, rng),
        name,
        state: DomainState::Pending,
        connection_id: connection,
        challenge: base64url(&rng.bytes::<20>()),
        proved_by: None,
        reason: None,
        created_by: Some(ctx.actor.to_string()),
        created_at: ctx.now,
        proved_at: None,
        checked: None,
        next_check_at: None,
        missing_since: None,
    };
    domain::insert(tx, account, &new).await.map_err(|error| match error {
        StorageError::Exists(_) => {
            let wrong = sentence!("the account has the domain {name} already", name = &new.name);
            FlowError::Invalid(wrong.about("name"))
        }
        other => other.into(),
    })?;
    let body =
        serde_json::json!({ "domain": new.name.as_str(), "connection": connection.map(|id| id.to_string()) });
    tell_home(tx, gateway, ctx, Some(account), ("domain.added", new.id, &body)).await?;
    Ok(new)
}

/// Whether the people of a domain may be led to that connection, by whoever asks.
async fn check_leading(
    tx: &mut Tx,
    ctx: &Ctx,
    account: AccountId,
    connection: Option<ConnectionId>,
) -> Result<(), FlowError> {
    // They could bring an identity provider of their own, and lead people there who are known already.
    if matches!(ctx.actor, Actor::SetupLink(_)) {
        return Err(FlowError::Invalid(sentence!(
            "an owner of the account decides, in the console, by which connection the people of a domain sign in"
        )));
    }
    if let Some(id) = connection {
        connection::find(tx, account, id).await?.ok_or(FlowError::NotFound("connection of this account"))?;
    }
    Ok(())
}

/// Every domain of an account, by name.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such account.
pub async fn list(gateway: &Gateway, ctx: &Ctx, account: &Slug) -> Result<Vec<DomainView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ReadDomains, account).await?;
    Ok(domain::list(&mut tx, account.id).await?.into_iter().map(view).collect())
}

/// Proves a claim by the word of whoever runs the installation, who says why.
///
/// # Errors
/// [`FlowError::NotFound`] without the claim, [`FlowError::Invalid`] without a reason, or when another account has the domain.
pub async fn prove(
    gateway: &Gateway,
    ctx: &Ctx,
    of: (&Slug, &DomainName),
    reason: &str,
) -> Result<DomainView, FlowError> {
    prove_by_word(gateway, ctx, of, (reason, false)).await
}

/// The same whether the account claimed the domain or not: what it did not, is claimed with it, or neither is done.
///
/// # Errors
/// [`FlowError::NotFound`] without the account; those of [`add`] and of [`prove`].
pub async fn vouch(
    gateway: &Gateway,
    ctx: &Ctx,
    of: (&Slug, &DomainName),
    reason: &str,
) -> Result<DomainView, FlowError> {
    prove_by_word(gateway, ctx, of, (reason, true)).await
}

/// Proves what is claimed; `claims` says whether what is not, is claimed first.
async fn prove_by_word(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, name): (&Slug, &DomainName),
    (reason, claims): (&str, bool),
) -> Result<DomainView, FlowError> {
    let reason = reason_of(ctx, reason)?;
    let mut tx = gateway.storage().write().await?;
    let action = if claims { Action::ManageDomains } else { Action::ProveDomains };
    let (account, _) = grant::account(&mut tx, ctx, action, account).await?;
    let claim = match domain::find(&mut tx, account.id, name).await? {
        Some(known) => known,
        None if claims => {
            check_claimable(name)?;
            claim(gateway, &mut tx, ctx, account.id, (name.clone(), None)).await?
        }
        None => return Err(NO_DOMAIN),
    };
    let proved = prove_as(gateway, &mut tx, ctx, (&account, claim), reason).await?;
    tx.commit().await?;
    Ok(view(proved))
}

/// Why somebody vouches who may.
fn reason_of<'r>(ctx: &Ctx, reason: &'r str) -> Result<&'r str, FlowError> {
    access::decide(ctx.actor, Action::ProveDomains)?;
    let reason = checked_line("reason", reason, MAX_REASON)?;
    if reason.is_empty() {
        let wrong = sentence!(
            "say how you know that the domain is theirs, in 1 to 500 characters: it is kept with the proof"
        );
        return Err(FlowError::Invalid(wrong.about("reason")));
    }
    Ok(reason)
}

async fn prove_as(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (account, claim): (&Account, Domain),
    reason: &str,
) -> Result<Domain, FlowError> {
    // Vouching for what DNS proves makes it independent of DNS.
    if claim.state == DomainState::Proved && claim.reason.is_some() {
        return Ok(claim);
    }
    let by = ctx.actor.to_string();
    let proved = Proved { by: &by, reason: Some(reason), next_check_at: None };
    let body = serde_json::json!({ "domain": claim.name.as_str(), "by": by, "reason": reason });
    keep_proof(gateway, tx, ctx, (account, &claim), (proved, &body)).await?;
    domain::find(tx, account.id, &claim.name).await?.ok_or(NO_DOMAIN)
}

/// Writes that a claim is proved, if no other account has proved it.
async fn keep_proof(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (account, claim): (&Account, &Domain),
    (proved, body): (Proved<'_>, &serde_json::Value),
) -> Result<(), FlowError> {
    let name = &claim.name;
    let taken = || FlowError::Invalid(sentence!("another account has proved the domain {name}", name));
    // Looked up first: a failed statement would end the transaction on one of the databases.
    if domain::home_of(tx, name).await?.is_some_and(|home| home.account_id != account.id) {
        return Err(taken());
    }
    domain::update_proved(tx, account.id, claim.id, (proved, ctx.now)).await.map_err(
        |error| match error {
            StorageError::Exists(_) => taken(),
            other => other.into(),
        },
    )?;
    // Whom we do not know claims what domain they like: that shuts nobody out who signs in with another address.
    if is_word(ctx, claim.created_by.as_deref()) {
        account::update_strict(tx, account.id, ctx.now).await?;
    }
    account::update_version(tx, account.id, ctx.now).await?;
    tell_home(tx, gateway, ctx, Some(account.id), ("domain.proved", claim.id, body)).await
}

/// One domain of an account.
///
/// # Errors
/// [`FlowError::NotFound`] without it.
pub async fn show(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, name): (&Slug, &DomainName),
) -> Result<DomainView, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ReadDomains, account).await?;
    Ok(view(domain::find(&mut tx, account.id, name).await?.ok_or(NO_DOMAIN)?))
}

/// Sets by which connection the people of a domain sign in; without one, by the only one, or by choice.
///
/// # Errors
/// [`FlowError::NotFound`] without the domain or the connection; [`FlowError::Invalid`] for the visitor of a setup link.
pub async fn set_connection(
    gateway: &Gateway,
    ctx: &Ctx,
    of: (&Slug, &DomainName),
    connection: Option<ConnectionId>,
) -> Result<DomainView, FlowError> {
    set_connection_if(gateway, ctx, of, connection, |_| true).await
}

/// The same, if that is what the caller expects of the domain's version.
///
/// # Errors
/// Those of [`set_connection`]; [`FlowError::Stale`] when it is not.
pub async fn set_connection_if(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, name): (&Slug, &DomainName),
    connection: Option<ConnectionId>,
    expects: impl Fn(i64) -> bool + Send,
) -> Result<DomainView, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ManageDomains, account).await?;
    let found = domain::find(&mut tx, account.id, name).await?.ok_or(NO_DOMAIN)?;
    if !expects(version(&found)) {
        return Err(FlowError::Stale);
    }
    check_leading(&mut tx, ctx, account.id, connection).await?;
    domain::update_connection(&mut tx, account.id, found.id, connection).await?;
    let named = |id: Option<ConnectionId>| id.map(|id| id.to_string());
    let body = serde_json::json!({ "domain": name.as_str(), "before": named(found.connection_id), "after": named(connection) });
    tell_home(&mut tx, gateway, ctx, Some(account.id), ("domain.routed", found.id, &body)).await?;
    tx.commit().await?;
    Ok(view(Domain { connection_id: connection, ..found }))
}

/// Gives a domain up: it routes nobody and verifies nothing from now on.
///
/// # Errors
/// [`FlowError::NotFound`] when the account does not have it; [`FlowError::Denied`] where it is proved, an owner's address
/// is of it, and owners are not the caller's to manage.
pub async fn remove(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, name): (&Slug, &DomainName),
) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ManageDomains, account).await?;
    let found = domain::find(&mut tx, account.id, name).await?.ok_or(NO_DOMAIN)?;
    // Sign-ins depend on a proved one: addresses are verified by it, and people led to their connection.
    if matches!(ctx.actor, Actor::SetupLink(_)) && found.state != DomainState::Pending {
        return Err(FlowError::Invalid(sentence!(
            "this domain is proved and in use; an owner of the account gives it up, in the console"
        )));
    }
    demand_own(ctx, &found)?;
    // Whoever only administers domains takes no owner's address from them, and shuts none out.
    if found.state == DomainState::Proved {
        let keys = gateway.storage().keys(&mut tx, account.id).await?;
        let addresses = people::list_owner_addresses(&mut tx, account.id, &keys).await?;
        if addresses.iter().any(|(_, address)| domain_of(address).as_ref() == Some(name)) {
            grant::of(ctx, Action::ManageOwners, account.id, "domain")?;
        }
    }
    domain::delete(&mut tx, account.id, found.id).await?;
    account::update_version(&mut tx, account.id, ctx.now).await?;
    let body = serde_json::json!({ "domain": name.as_str(), "state": found.state.name() });
    tell_home(&mut tx, gateway, ctx, Some(account.id), ("domain.removed", found.id, &body)).await?;
    Ok(tx.commit().await?)
}

/// The version of what somebody decides about a domain: whose word it stands on, and where it leads.
fn version(domain: &Domain) -> i64 {
    let connection = domain.connection_id.map(|id| id.to_string());
    seen::version(&(domain.id.to_string(), domain.state.name(), connection))
}

fn view(domain: Domain) -> DomainView {
    DomainView {
        version: version(&domain),
        record_name: record_name(&domain.name),
        record_value: record_value(&domain.challenge),
        is_by_dns: domain.state == DomainState::Proved && domain.reason.is_none(),
        checked: domain.checked,
        next_check_at: domain.next_check_at,
        missing_since: domain.missing_since,
        lost_at: domain.missing_since.map(check::lost_at),
        name: domain.name,
        state: domain.state,
        connection_id: domain.connection_id,
        created_by: domain.created_by,
        proved_by: domain.proved_by,
        reason: domain.reason,
        proved_at: domain.proved_at,
    }
}
