//! What will end: certificates, metadata, keys, links, proofs of domains. Boards of it, calendars of it ([`calendar`]), and
//! mail before it does ([`notice`]).
//!
//! # Design
//!
//! An account's board looks where things are kept, so what was just mended is gone from it. The board of those who run the
//! installation reads what the job noted within the last hour: reading every account's certificates would not be done while
//! somebody waits.
//!
//! To add something that ends: a variant of [`DeadlineKind`], how it is found in `gather`, its words.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use gatepost_saml::trust::TrustedKey;

use super::connection::settings::Settings;
use super::event::tell;
use super::{FlowError, Gateway, grant, seen};
use crate::access::{self, Action};
use crate::base::id::{AccountId, ConnectionId};
use crate::base::sentence::sentence;
use crate::base::text::is_line;
use crate::base::time::DAY_SECONDS;
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::email::is_email_shaped;
use crate::directory::state::{AccountState, ConnectionState, DeadlineKind, KeyState};
use crate::storage::connection::{self, Connection};
use crate::storage::deadline::{self, Certificate, Deadline, Listed, ZoomAges};
use crate::storage::seal::AccountKeys;
use crate::storage::{Tx, domain, link};

pub mod calendar;
pub mod notice;

/// Identities of a connection that are counted; from there on it is "more than".
pub const COUNTED: i64 = 5_000;
/// As many of all accounts are handed out at once.
pub const PAGE: i64 = 100;
/// What ended longer ago is not on the board of all accounts: an expired certificate goes on verifying, and may for years.
const PAST_DAYS: i64 = 30;
/// A secret of a Zoom app is to be changed after so long.
const ZOOM_SECRET_DAYS: i64 = 365;
/// Zoom checks the address of events every 72 hours; after a few more something is wrong,
pub(in crate::flow) const ZOOM_OVERDUE_SECONDS: i64 = 80 * 3600;
/// and by then it may have stopped sending.
const ZOOM_GIVEN_UP_SECONDS: i64 = 120 * 3600;

/// Something that will end, as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadlineView {
    /// What.
    pub kind: DeadlineKind,
    /// Which: an id; of a certificate, the connection's and its own or its key's fingerprint.
    pub thing: String,
    /// When.
    pub ends_at: Instant,
    /// What it is called. Of a link, for whom it is, which is told on the account's own page alone.
    pub name: String,
    /// Whose sign-in it is about: a connection and its name.
    pub connection: Option<(ConnectionId, String)>,
    /// How many people that concerns; more than [`COUNTED`] are not counted.
    pub people: i64,
    /// Whether something else stands in for it by then.
    pub is_replaced: bool,
    /// Of which account: its name in addresses, and for people. None where there is only one.
    pub account: Option<(String, String)>,
}

fn view(deadline: Deadline, account: Option<(String, String)>) -> DeadlineView {
    let Deadline { kind, thing, ends_at, name, connection, people, is_replaced } = deadline;
    DeadlineView { kind, thing, ends_at, name, connection, people, is_replaced, account }
}

/// What will end, or has ended and is still in use, the next first.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account.
pub async fn board(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<Vec<DeadlineView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ReadDeadlines, slug).await?;
    if account.state == AccountState::Deleted {
        return Ok(Vec::new());
    }
    let mut found = gather(&mut tx, account.id, ctx.now).await?;
    let keys = gateway.storage().keys(&mut tx, account.id).await?;
    for deadline in &mut found {
        let is_link = matches!(deadline.kind, DeadlineKind::SetupLink | DeadlineKind::OwnerInvitation);
        if is_link && access::decide_in(ctx.actor, Action::ReadSetupLinks, account.id).is_ok() {
            deadline.name = for_whom(&mut tx, (account.id, &keys), &deadline.thing).await?;
        }
    }
    Ok(found.into_iter().map(|deadline| view(deadline, None)).collect())
}

/// For whom a link of an account is. That is personal: it stands on the account's own page, for those who see its links, and
/// is not noted with the deadline.
async fn for_whom(
    tx: &mut Tx,
    (account, keys): (AccountId, &AccountKeys),
    thing: &str,
) -> Result<String, FlowError> {
    let Ok(id) = thing.parse() else { return Ok(String::new()) };
    let found = link::find(tx, Some(account), id, keys).await?;
    Ok(found.and_then(|link| link.about.for_whom()).unwrap_or_default())
}

/// A place among what will end in all accounts. Several things end at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    ends_at: Instant,
    names: [String; 3],
}

impl Place {
    /// Before everything that ends after a moment.
    #[must_use]
    pub fn after(moment: Instant) -> Self {
        Self { ends_at: Instant::from_micros(moment.micros() + 1), names: Default::default() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.ends_at.micros(), self.names.join(" "))
    }
}

impl FromStr for Place {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        const NO_PLACE: FlowError = FlowError::NotFound("page");
        let mut parts = text.splitn(4, ' ');
        let micros = parts.next().and_then(|micros| micros.parse().ok()).ok_or(NO_PLACE)?;
        let mut next = || parts.next().map(str::to_owned).ok_or(NO_PLACE);
        Ok(Self { ends_at: Instant::from_micros(micros), names: [next()?, next()?, next()?] })
    }
}

/// What will end in whatever account after a place, by its end, at most [`PAGE`]; and where the next page begins, if there
/// is one.
///
/// # Errors
/// [`FlowError::Denied`].
pub async fn board_of_all(
    gateway: &Gateway,
    ctx: &Ctx,
    after: Option<Place>,
) -> Result<(Vec<DeadlineView>, Option<Place>), FlowError> {
    page_of_all(gateway, ctx, after, PAGE).await
}

/// The same, `limit` at most.
///
/// # Errors
/// [`FlowError::Denied`].
pub async fn page_of_all(
    gateway: &Gateway,
    ctx: &Ctx,
    after: Option<Place>,
    limit: i64,
) -> Result<(Vec<DeadlineView>, Option<Place>), FlowError> {
    access::decide(ctx.actor, Action::ReadAllDeadlines)?;
    let mut tx = gateway.storage().read().await?;
    let of_nobody = of_installation(&mut tx, ctx.now).await?;
    let after = after.unwrap_or_else(|| Place::after(ctx.now.plus_seconds(-PAST_DAYS * DAY_SECONDS)));
    let names = after.names.each_ref().map(String::as_str);
    let listed = deadline::list_all(&mut tx, (after.ends_at, names), limit + 1).await?;
    let of_account = |Listed { account_id, slug, account, deadline }: Listed| {
        (place(account_id.to_string(), &deadline), view(deadline, Some((slug, account))))
    };
    let mut found: Vec<_> = listed.into_iter().map(of_account).collect();
    // What is nobody's account's is not noted there, and comes before what ends at the same moment.
    let of_nobody = of_nobody.into_iter();
    let of_nobody = of_nobody.map(|deadline| (place(String::new(), &deadline), view(deadline, None)));
    found
        .extend(of_nobody.filter(|(place, _)| (place.ends_at, &place.names) > (after.ends_at, &after.names)));
    found.sort_by(|(a, _), (b, _)| (a.ends_at, &a.names).cmp(&(b.ends_at, &b.names)));
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().map(|(place, _)| place.clone()).filter(|_| has_more);
    Ok((found.into_iter().map(|(_, view)| view).collect(), next))
}

/// What ends and is no account's: keys of the installation, and what the age of the platform's Zoom app comes to. It is read
/// off where it is kept, and not noted.
pub(super) async fn of_installation(tx: &mut Tx, now: Instant) -> Result<Vec<Deadline>, FlowError> {
    let mut found = deadline::keys_of_installation(tx, now).await?;
    found.extend(zoom(deadline::zoom_app(tx).await?, now));
    Ok(found)
}

fn place(account: String, deadline: &Deadline) -> Place {
    let names = [account, deadline.kind.name().to_owned(), deadline.thing.clone()];
    Place { ends_at: deadline.ends_at, names }
}

/// The ends that the ages of a Zoom app come to: its older secret has been in use for a year; Zoom has not checked the
/// address of events again although its time has passed.
fn zoom(ages: Option<ZoomAges>, now: Instant) -> Vec<Deadline> {
    let Some(ZoomAges { thing, set_at, validated_at }) = ages else { return Vec::new() };
    let end = |kind, ends_at| Deadline {
        kind,
        thing: thing.clone(),
        ends_at,
        name: String::new(),
        connection: None,
        people: 0,
        is_replaced: false,
    };
    let year = set_at.into_iter().min().map(|at| at.plus_seconds(ZOOM_SECRET_DAYS * DAY_SECONDS));
    let overdue = validated_at.filter(|at| now >= at.plus_seconds(ZOOM_OVERDUE_SECONDS));
    let given_up = overdue.map(|at| at.plus_seconds(ZOOM_GIVEN_UP_SECONDS));
    let secret = year.map(|at| end(DeadlineKind::ZoomSecret, at));
    secret.into_iter().chain(given_up.map(|at| end(DeadlineKind::ZoomValidation, at))).collect()
}

/// Whom an account has us write to beside its owners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// None for nobody.
    pub email: Option<String>,
    /// The version of that.
    pub version: i64,
}

impl Contact {
    fn of(email: Option<String>) -> Self {
        let version = seen::version(&email);
        Self { email, version }
    }
}

/// Whom to write to beside the owners.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account.
pub async fn contact(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<Contact, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ReadDeadlines, slug).await?;
    let keys = gateway.storage().keys(&mut tx, account.id).await?;
    Ok(Contact::of(deadline::find_contact(&mut tx, account.id, &keys).await?))
}

/// Says whom to write to beside the owners: an address of whoever runs the identity provider, or nobody.
///
/// # Errors
/// Those of [`contact`]; [`FlowError::Invalid`] for what is no address.
pub async fn set_contact(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: &Slug,
    email: &str,
) -> Result<Contact, FlowError> {
    set_contact_if(gateway, ctx, slug, email, |_| true).await
}

/// The same, if that is what the caller expects of its version.
///
/// # Errors
/// Those of [`set_contact`]; [`FlowError::Stale`] when it is not.
pub async fn set_contact_if(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: &Slug,
    email: &str,
    expects: impl Fn(i64) -> bool + Send,
) -> Result<Contact, FlowError> {
    let email = email.trim();
    if !email.is_empty() && (!is_email_shaped(email) || !is_line(email, 320)) {
        return Err(FlowError::Invalid(sentence!("\"{email}\" is no email address", email).about("email")));
    }
    let new = (!email.is_empty()).then_some(email);
    let mut tx = gateway.storage().write().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ManageDeadlines, slug).await?;
    let keys = gateway.storage().keys(&mut tx, account.id).await?;
    let old = Contact::of(deadline::find_contact(&mut tx, account.id, &keys).await?);
    if !expects(old.version) {
        return Err(FlowError::Stale);
    }
    if old.email.as_deref() == new {
        return Ok(old);
    }
    deadline::set_contact(&mut tx, account.id, new, &keys, (ctx.now, gateway.rng())).await?;
    // No address in the event: who is not to be written to any more must not live on there.
    let body = serde_json::json!({ "is_set": new.is_some() });
    tell(&mut tx, gateway, ctx, (account.id, &keys), ("account.contact_changed", account.id, &body)).await?;
    tx.commit().await?;
    Ok(Contact::of(new.map(str::to_owned)))
}

/// Everything of an account that ends, by its end.
async fn gather(tx: &mut Tx, account: AccountId, now: Instant) -> Result<Vec<Deadline>, FlowError> {
    let mut found = deadline::keys_and_links(tx, account, now).await?;
    let theirs = deadline::idp_certificates(tx, account).await?;
    found.extend(certificates(DeadlineKind::IdpCertificate, theirs.into_iter().map(|found| (found, true))));
    let ours = deadline::sp_certificates(tx, account).await?;
    let ours = ours.into_iter().filter(|(_, state)| *state != KeyState::Retired);
    found.extend(certificates(
        DeadlineKind::SpCertificate,
        ours.map(|(found, state)| (found, state == KeyState::Active)),
    ));
    for metadata in deadline::metadata(tx, account).await? {
        found.push(Deadline {
            kind: DeadlineKind::Metadata,
            thing: metadata.connection.0.to_string(),
            ends_at: metadata.valid_until,
            name: String::new(),
            connection: Some(metadata.connection),
            people: 0,
            is_replaced: metadata.is_followed,
        });
    }
    found.extend(relaxations(&connection::list(tx, account).await?)?);
    found.extend(zoom(deadline::zoom_link(tx, account).await?, now));
    for missing in domain::list_missing(tx, account).await? {
        let Some(since) = missing.missing_since else { continue };
        found.push(Deadline {
            kind: DeadlineKind::DomainProof,
            thing: missing.id.to_string(),
            ends_at: super::domain::check::lost_at(since),
            name: missing.name.to_string(),
            connection: None,
            people: 0,
            is_replaced: false,
        });
    }
    let mut people: HashMap<ConnectionId, i64> = HashMap::new();
    for deadline in &mut found {
        let Some((connection, _)) = deadline.connection else { continue };
        if let Some(known) = people.get(&connection) {
            deadline.people = *known;
            continue;
        }
        deadline.people = deadline::people(tx, connection, COUNTED + 1).await?;
        people.insert(connection, deadline.people);
    }
    found.sort_by(|a, b| (a.ends_at, a.kind.name(), &a.thing).cmp(&(b.ends_at, b.kind.name(), &b.thing)));
    Ok(found)
}

/// What connections allow beyond the strict profile, until when.
fn relaxations(connections: &[Connection]) -> Result<Vec<Deadline>, FlowError> {
    let in_use = [ConnectionState::Active, ConnectionState::Testing];
    let mut found = Vec::new();
    for connection in connections.iter().filter(|connection| in_use.contains(&connection.state)) {
        let settings = Settings::read(&connection.settings)?;
        for (relaxation, day) in &settings.relaxations_until {
            if settings.policy.allows(*relaxation) {
                found.push(Deadline {
                    kind: DeadlineKind::Relaxation,
                    thing: format!("{}:{}", connection.id, relaxation.name()),
                    ends_at: day.ends_at(),
                    name: relaxation.name().to_owned(),
                    connection: Some((connection.id, connection.name.clone())),
                    people: 0,
                    is_replaced: false,
                });
            }
        }
    }
    Ok(found)
}

/// Certificates with their ends. Of the same connection, one that ends while another goes on is stood in for.
fn certificates(kind: DeadlineKind, all: impl Iterator<Item = (Certificate, bool)>) -> Vec<Deadline> {
    let mut found: Vec<Deadline> = Vec::new();
    for (certificate, is_in_use) in all {
        // What cannot be read verifies nothing either.
        let Ok(key) = TrustedKey::from_certificate_der(&certificate.certificate) else { continue };
        let info = key.certificate();
        found.push(Deadline {
            kind,
            thing: certificate.thing,
            ends_at: info.not_after,
            name: info.subject.clone(),
            connection: Some(certificate.connection),
            people: 0,
            // Ours that is not in use yet ends for nobody.
            is_replaced: !is_in_use,
        });
    }
    let mut last: HashMap<ConnectionId, Instant> = HashMap::new();
    for deadline in &found {
        let Some((connection, _)) = deadline.connection else { continue };
        let last = last.entry(connection).or_insert(deadline.ends_at);
        *last = deadline.ends_at.max(*last);
    }
    for deadline in &mut found {
        let last = deadline.connection.as_ref().and_then(|(connection, _)| last.get(connection));
        deadline.is_replaced |= last.is_some_and(|last| *last > deadline.ends_at);
    }
    found.dedup_by(|a, b| a.thing == b.thing && a.connection == b.connection);
    // Several connections may have one key of ours, or of an identity provider that serves several apps: it ends for each.
    for deadline in &mut found {
        if let Some((connection, _)) = &deadline.connection {
            deadline.thing = format!("{connection}:{}", deadline.thing);
        }
    }
    found
}
