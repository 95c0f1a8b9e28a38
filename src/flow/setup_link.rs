//! Setup links: an account's IT admin, whom we do not know, sets something up behind one.
//!
//! What stands there already is out of their reach: they go on with connections that they began by this very link, and with
//! the one draft that whoever made the link handed over ([`super::connection::visited`]). Of domains, they give up those alone
//! that were claimed by a setup link.

use secrecy::ExposeSecret;

use super::connection::brought::Brought;
use super::connection::load;
use super::event::tell_home;
use super::link::{self, Issued, New};
use super::mail::{self, Letter};
use super::standing::SETUP;
use super::{FlowError, Gateway, grant, standing};
use crate::access::Action;
use crate::base::caller::{Setup, SetupScope, SetupScopes};
use crate::base::id::{AccountId, ConnectionId, LinkId};
use crate::base::sentence::sentence;
use crate::base::text::is_line;
use crate::base::time::DAY_SECONDS;
use crate::base::{Actor, Ctx, Instant, ReturnTo};
use crate::directory::account::{Locale, Slug};
use crate::directory::email::is_email_shaped;
use crate::directory::state::LinkKind;
use crate::storage::link::{self as links, About, Link};
use crate::storage::{Tx, account, connection};

const NONE: FlowError = FlowError::NotFound("setup link");
const MAX_DAYS: i64 = 60;
const LISTED: i64 = 200;
/// Octets of an address: 64 before the @, 255 after it (RFC 5321, 4.5.3.1).
const MAX_EMAIL: usize = 320;
/// Of an account, that are good at once.
const MAX_OPEN: i64 = 200;
/// Of an account, within a day, before one is mailed: an account must not use the operator's mail server to write to
/// strangers.
const MAX_A_DAY_TO_MAIL: i64 = 100;

/// A setup link to be made.
#[derive(Debug, Clone)]
pub struct Create {
    /// Of which account.
    pub account: Slug,
    /// What can be set up.
    pub scopes: SetupScopes,
    /// For whom.
    pub name: String,
    /// Where it is sent; without an address, whoever makes it hands it over.
    pub email: Option<String>,
    /// For so many days.
    pub days: i64,
    /// A connection that is being set up and that it goes on with, whoever began it; without one, it goes on with those
    /// alone that are begun by it.
    pub connection: Option<ConnectionId>,
    /// Where they go when they are done: a path of this site, or an address at an origin that the operator listed.
    pub return_to: Option<String>,
}

/// What has become of a setup link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody has opened it.
    Waiting,
    /// A browser has it.
    Opened,
    /// What it is for is done.
    Finished,
    /// It was taken back.
    Revoked,
    /// Its time is over.
    Expired,
}

impl State {
    /// Its name for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Opened => "opened",
            Self::Finished => "finished",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }

    /// Whether it is still good for something.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Opened)
    }
}

/// A setup link as flows hand it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupLinkView {
    /// Its id.
    pub id: LinkId,
    /// What can be set up.
    pub scopes: SetupScopes,
    /// The connection that it goes on with, if it names one.
    pub connection: Option<ConnectionId>,
    /// For whom.
    pub name: String,
    /// Where it was sent, if it was.
    pub email: Option<String>,
    /// What has become of it.
    pub state: State,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
}

/// What whoever is behind a setup link sees of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whose {
    /// Its name in addresses.
    pub slug: Slug,
    /// Its name for people.
    pub name: String,
    /// The language of its pages.
    pub locale: Locale,
}

/// Makes a setup link, and sends it where an address is given.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account, or that connection of it; [`FlowError::Invalid`] when
/// it would be good for nothing, or for too long, or go on with a connection that is not being set up, or that trusts what
/// somebody behind another link brought; or when it cannot be sent to that address, or would lead back anywhere else.
pub async fn create(gateway: &Gateway, ctx: &Ctx, input: Create) -> Result<Issued, FlowError> {
    if input.scopes.is_empty() {
        let wrong = sentence!("choose what can be set up: single sign-on, email domains or both");
        return Err(FlowError::Invalid(wrong.about("scopes")));
    }
    if !(1..=MAX_DAYS).contains(&input.days) {
        let wrong = sentence!("a setup link is good for 1 to {max} days", max = MAX_DAYS);
        return Err(FlowError::Invalid(wrong.about("days")));
    }
    let email = address(gateway, input.email.as_deref())?;
    if input.return_to.as_deref().is_some_and(|to| gateway.return_to(to).is_none()) {
        let wrong = sentence!(
            "return_to is a path of this site, or an address at one of the origins that the gateway's settings list \
             (http.return_to_origins)"
        );
        return Err(FlowError::Invalid(wrong.about("return_to")));
    }
    let about = About { email: email.clone(), return_to: input.return_to, ..link::about(&input.name, "")? };
    let mut tx = gateway.storage().write().await?;
    let ctx = &standing::in_turn(gateway, &mut tx, ctx).await?;
    let (found, granted) = grant::account(&mut tx, ctx, Action::ManageSetupLinks, &input.account).await?;
    if links::count_open(&mut tx, granted.account(), (LinkKind::Setup, ctx.now)).await? >= MAX_OPEN {
        return Err(FlowError::Invalid(sentence!(
            "{max} setup links are good already: take one back first",
            max = MAX_OPEN
        )));
    }
    let a_day_ago = ctx.now.plus_seconds(-DAY_SECONDS);
    if email.is_some()
        && links::count_since(&mut tx, granted.account(), (LinkKind::Setup, a_day_ago)).await?
            >= MAX_A_DAY_TO_MAIL
    {
        let wrong = sentence!(
            "{max} setup links were made within a day: until the first of them is a day old, none is mailed. Make it without an address, and hand it \
             over yourself",
            max = MAX_A_DAY_TO_MAIL
        );
        return Err(FlowError::Invalid(wrong.about("email")));
    }
    // Nobody hands on what they may not do themselves.
    for (scope, action) in SETUP {
        if input.scopes.contains(scope) {
            grant::of(ctx, action, granted.account(), "account")?;
        }
    }
    if let Some(id) = input.connection {
        check_handed_over(gateway, &mut tx, granted.account(), (id, input.scopes)).await?;
    }
    let new = New {
        account: Some(granted.account()),
        kind: LinkKind::Setup,
        user: None,
        operator: None,
        scopes: input.scopes,
        connection: input.connection,
        about,
        seconds: input.days * DAY_SECONDS,
    };
    let issued = link::make(gateway, &mut tx, ctx, new).await?;
    let body = serde_json::json!({
        "scopes": input.scopes.to_string(), "expires_at": issued.expires_at.to_string(),
        "connection": input.connection.map(|id| id.to_string()), "is_mailed": email.is_some(),
    });
    let home = Some(granted.account());
    tell_home(&mut tx, gateway, ctx, home, ("setup_link.created", issued.id, &body)).await?;
    if let Some(to) = email {
        let words = mail::words(found.locale);
        let text = words.mail_setup.with("account", &found.name).with("days", input.days);
        let text = text.with("link", issued.url.expose_secret()).to_string();
        let subject = words.mail_setup_subject.with("account", &found.name).to_string();
        let keys = gateway.storage().keys(&mut tx, found.id).await?;
        mail::ask(gateway, &mut tx, ctx, (found.id, &keys), &Letter { to, subject, text }).await?;
    }
    tx.commit().await?;
    Ok(issued)
}

/// Whether a link can be sent to whom it is for.
#[must_use]
pub fn is_sent(gateway: &Gateway) -> bool {
    gateway.mailer().is_there()
}

/// Where a link is sent, if it is to be.
fn address(gateway: &Gateway, email: Option<&str>) -> Result<Option<String>, FlowError> {
    let Some(email) = email.map(str::trim).filter(|email| !email.is_empty()) else { return Ok(None) };
    if !is_email_shaped(email) || !is_line(email, MAX_EMAIL) {
        return Err(FlowError::Invalid(sentence!("\"{email}\" is no email address", email).about("email")));
    }
    if !is_sent(gateway) {
        let wrong =
            sentence!("no mail is sent from here: leave the address out, and hand the link over yourself");
        return Err(FlowError::Invalid(wrong.about("email")));
    }
    Ok(Some(email.to_owned()))
}

/// Whether a link that is good for `scopes` may go on with that connection.
async fn check_handed_over(
    gateway: &Gateway,
    tx: &mut Tx,
    account: AccountId,
    (id, scopes): (ConnectionId, SetupScopes),
) -> Result<(), FlowError> {
    let found = connection::find(tx, account, id).await?;
    let found = found.ok_or(FlowError::NotFound("connection of this account"))?;
    if !scopes.contains(SetupScope::Sso) {
        let wrong =
            sentence!("a setup link that goes on with a connection is for single sign-on: choose that too");
        return Err(FlowError::Invalid(wrong.about("scopes")));
    }
    if !found.state.is_being_set_up() {
        let wrong = sentence!(
            "a setup link goes on with a connection that is being set up; this one is in use, or was"
        );
        return Err(FlowError::Invalid(wrong.about("connection")));
    }
    // Whoever made them keeps the private keys, and the page where people are sent; and whoever comes next only adds their own.
    let loaded = load::any(gateway, tx, id).await?;
    if Brought::to(tx, &loaded).await?.is_by_visitor(None) {
        let wrong = sentence!(
            "whoever had another setup link brought certificates, addresses or settings of this connection. Set it up to the \
             end in the console, or make a link that begins a new connection"
        );
        return Err(FlowError::Invalid(wrong.about("connection")));
    }
    Ok(())
}

/// The setup links of an account, newest first.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account.
pub async fn list(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<Vec<SetupLinkView>, FlowError> {
    page(gateway, ctx, slug, (None, LISTED)).await
}

/// The same, those older than `before` and `limit` at most.
///
/// # Errors
/// Those of [`list`].
pub async fn page(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: &Slug,
    (before, limit): (Option<LinkId>, i64),
) -> Result<Vec<SetupLinkView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (_, granted) = grant::account(&mut tx, ctx, Action::ReadSetupLinks, slug).await?;
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    let which = (LinkKind::Setup, before, limit);
    let all = links::list_before(&mut tx, granted.account(), which, &keys).await?;
    Ok(all.into_iter().map(|link| view(link, ctx.now)).collect())
}

/// Takes a setup link back: whoever is behind it is out. `false` when it was over anyway.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] when there is none.
pub async fn revoke(gateway: &Gateway, ctx: &Ctx, id: LinkId) -> Result<bool, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let account = links::account_of(&mut tx, id).await?.flatten().ok_or(NONE)?;
    let granted = grant::of(ctx, Action::ManageSetupLinks, account, "setup link")?;
    let home = Some(granted.account());
    let keys = gateway.storage().keys_of(&mut tx, home).await?;
    let found = links::find(&mut tx, home, id, &keys).await?;
    found.filter(|link| link.kind == LinkKind::Setup).ok_or(NONE)?;
    let is_revoked = links::update_revoked(&mut tx, id, ctx.now).await?;
    if is_revoked {
        tell_home(&mut tx, gateway, ctx, home, ("setup_link.revoked", id, &serde_json::json!({}))).await?;
    }
    tx.commit().await?;
    Ok(is_revoked)
}

/// What whoever is behind a setup link has to do is done: they are out. Where they go then, if whoever made the link said so.
///
/// # Errors
/// [`FlowError::Denied`] for everybody else.
pub async fn finish(gateway: &Gateway, ctx: &Ctx) -> Result<Option<ReturnTo>, FlowError> {
    let Actor::SetupLink(Setup { id, account, .. }) = ctx.actor else {
        return Err(crate::access::Denied(ctx.actor).into());
    };
    let home = Some(grant::of(ctx, Action::FinishSetup, account, "setup link")?.account());
    let mut tx = gateway.storage().write().await?;
    if links::update_finished(&mut tx, id, ctx.now).await? {
        tell_home(&mut tx, gateway, ctx, home, ("setup_link.finished", id, &serde_json::json!({}))).await?;
    }
    let keys = gateway.storage().keys_of(&mut tx, home).await?;
    let to = links::find(&mut tx, home, id, &keys).await?.and_then(|link| link.about.return_to);
    tx.commit().await?;
    // Which origins are listed may have changed.
    Ok(to.and_then(|to| gateway.return_to(&to)))
}

/// What whoever is behind a setup link sees of the account: its names.
///
/// # Errors
/// [`FlowError::Denied`] for everybody else.
pub async fn whose(gateway: &Gateway, ctx: &Ctx) -> Result<Whose, FlowError> {
    let Actor::SetupLink(Setup { account, .. }) = ctx.actor else {
        return Err(crate::access::Denied(ctx.actor).into());
    };
    let mut tx = gateway.storage().read().await?;
    let found = account::find(&mut tx, account).await?.ok_or(NONE)?;
    Ok(Whose { slug: found.slug, name: found.name, locale: found.locale })
}

fn view(link: Link, now: Instant) -> SetupLinkView {
    let state = match (link.revoked_at, link.finished_at, link.used_at) {
        (Some(_), ..) => State::Revoked,
        (None, Some(_), _) => State::Finished,
        (None, None, _) if now >= link.expires_at => State::Expired,
        (None, None, Some(_)) => State::Opened,
        (None, None, None) => State::Waiting,
    };
    SetupLinkView {
        id: link.id,
        scopes: link.scopes,
        connection: link.connection_id,
        name: link.about.name,
        email: link.about.email,
        state,
        created_by: link.created_by,
        created_at: link.created_at,
        expires_at: link.expires_at,
    }
}
