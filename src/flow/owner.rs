//! How owners get in where no identity provider vouches for them: invited, by mail while there is no other way, and by an
//! operator's word when single sign-on is broken.

use std::sync::Arc;

use secrecy::ExposeSecret;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::domain::Verifying;
use super::event::tell;
use super::link::{self, Issued, New, has_active_connection};
use super::mail::{self, Letter, tell_owners, words};
use super::{FlowError, Gateway, grant, standing};
use crate::access::Action;
use crate::base::caller::{Member, Role, SetupScopes};
use crate::base::id::{LinkId, UserId};
use crate::base::sentence::sentence;
use crate::base::text::is_line;
use crate::base::time::DAY_SECONDS;
use crate::base::{Actor, Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::email::{is_email_shaped, lookup_form};
use crate::directory::mapping::{Profile, WhoseWord};
use crate::directory::state::{AccountState, LinkKind, UserState};
use crate::storage::account::{self, Account};
use crate::storage::link::{About, Link};
use crate::storage::seal::AccountKeys;
use crate::storage::user::{self, User};
use crate::storage::{Tx, change, link as links, people};

const INVITE_SECONDS: i64 = 7 * DAY_SECONDS;
const EMAIL_SECONDS: i64 = 900;
const BREAK_GLASS_SECONDS: i64 = 1800;
/// As long as somebody has a link by mail that is younger, there is no other for them.
const EMAIL_APART_SECONDS: i64 = 600;
const EMAILS_A_DAY: usize = 10;
/// Links by mail that are asked for at the same time.
const MAILS_ASKED: usize = 64;
const LISTED: i64 = 200;
/// Invitations of an account that nobody has used, of so many days as one is good for: those that were taken back count,
/// since each was a mail to whomever somebody named.
const INVITATIONS: usize = 50;
/// People of one address who are looked at.
const SAME_ADDRESS: i64 = 10;
/// Owners of one address who are written to.
const SAME_ADDRESSES: usize = 10;

/// An owner as flows hand them out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerView {
    /// Their id.
    pub id: UserId,
    /// What they are called.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// Whether somebody entered it who may make no owners, and no identity provider says it that may, so that nothing is
    /// sent there.
    pub is_email_unvouched: bool,
    /// Since when they are known.
    pub created_at: Instant,
}

/// The owners of an account who may sign in, oldest first.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account.
pub async fn list(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<Vec<OwnerView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (found, granted) = grant::account(&mut tx, ctx, Action::ManageOwners, slug).await?;
    if found.state == AccountState::Deleted {
        return Ok(Vec::new());
    }
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    let mut verifying = Verifying::read(&mut tx, (found.id, &keys)).await?;
    let mut owners = Vec::new();
    for people::Listed { user, created_at, .. } in people::list_owners(&mut tx, found.id, &keys).await? {
        let is_email_unvouched = !verifying.is_written_to(&mut tx, &user).await?;
        let User { id, profile, .. } = user;
        let (name, email) = (profile.name(), profile.email);
        owners.push(OwnerView { id, name, email, is_email_unvouched, created_at });
    }
    Ok(owners)
}

/// Invites somebody to be an owner: whoever uses the link is made one, as a person of their own. Every owner hears of it.
///
/// Nobody who is known already is raised by an invitation: anybody who administers people can write an address into what is
/// known of somebody, their own record even.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account; [`FlowError::Invalid`] when the address is none, or
/// somebody has it, or too many are invited.
pub async fn invite(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: &Slug,
    (email, name): (&str, Option<&str>),
) -> Result<Issued, FlowError> {
    let email = email.trim();
    if !is_email_shaped(email) || !is_line(email, 320) {
        return Err(FlowError::Invalid(sentence!("\"{email}\" is no email address", email).about("email")));
    }
    let about = About { email: Some(email.to_owned()), ..link::about(name.unwrap_or_default(), "")? };
    let mut tx = gateway.storage().write().await?;
    // Others who invite wait, so that the count holds; so does whoever shuts the caller out.
    let ctx = &standing::in_turn(gateway, &mut tx, ctx).await?;
    let (account, granted) = grant::account(&mut tx, ctx, Action::ManageOwners, slug).await?;
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    let known = user::list_by_email(&mut tx, account.id, (email, SAME_ADDRESS), &keys).await?;
    if known.iter().any(|known| known.role == Role::Owner && known.state == UserState::Active) {
        return Err(FlowError::Invalid(sentence!("{email} is an owner already", email).about("email")));
    }
    if let Some(known) = known.first() {
        let wrong = sentence!(
            "{email} is known in this account already: somebody wrote it into {id}, or their identity provider says it. \
             Look at who that is, and by which sign-ins they come, before you make them an owner by their role, under People",
            email,
            id = known.id
        );
        return Err(FlowError::Invalid(wrong.about("email")));
    }
    let latest = links::list(&mut tx, account.id, (LinkKind::OwnerInvitation, LISTED), &keys).await?;
    let is_unused = |link: &&Link| link.used_at.is_none() && ctx.now < link.expires_at;
    if latest.iter().filter(is_unused).count() >= INVITATIONS {
        return Err(FlowError::Invalid(sentence!(
            "{invitations} people were invited in the last days who have not come: wait until their invitations end",
            invitations = INVITATIONS
        )));
    }
    let new = New {
        account: Some(account.id),
        kind: LinkKind::OwnerInvitation,
        user: None,
        operator: None,
        scopes: SetupScopes::default(),
        connection: None,
        about,
        seconds: INVITE_SECONDS,
    };
    let issued = link::make(gateway, &mut tx, ctx, new).await?;
    let event = ("owner.invited", issued.id, &serde_json::json!({}));
    tell(&mut tx, gateway, ctx, (account.id, &keys), event).await?;
    let words = words(account.locale);
    let link = issued.url.expose_secret();
    let text = words.mail_invitation.with("account", &account.name).with("link", link).to_string();
    let subject = words.mail_invitation_subject.with("account", &account.name).to_string();
    let letter = Letter { to: email.to_owned(), subject, text };
    mail::ask(gateway, &mut tx, ctx, (account.id, &keys), &letter).await?;
    let text = words.mail_invitation_made.with("account", &account.name).with("email", email).to_string();
    tell_owners(gateway, &mut tx, ctx, (account.id, &keys), (words.mail_invitation_made_subject, &text))
        .await?;
    tx.commit().await?;
    Ok(issued)
}

/// An invitation that nobody has used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationView {
    /// Its id.
    pub id: LinkId,
    /// Who is invited.
    pub email: String,
    /// Who invited them.
    pub created_by: String,
    /// When it ends.
    pub expires_at: Instant,
}

/// The invitations of an account that are good still, newest first.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account.
pub async fn list_invitations(
    gateway: &Gateway,
    ctx: &Ctx,
    slug: &Slug,
) -> Result<Vec<InvitationView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (found, granted) = grant::account(&mut tx, ctx, Action::ManageOwners, slug).await?;
    if found.state == AccountState::Deleted {
        return Ok(Vec::new());
    }
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    let all = links::list(&mut tx, granted.account(), (LinkKind::OwnerInvitation, LISTED), &keys).await?;
    let is_open =
        |link: &Link| link.used_at.is_none() && link.revoked_at.is_none() && ctx.now < link.expires_at;
    let view = |link: Link| InvitationView {
        id: link.id,
        email: link.about.email.unwrap_or_default(),
        created_by: link.created_by,
        expires_at: link.expires_at,
    };
    let mut open = Vec::new();
    for link in all.into_iter().filter(is_open) {
        // Whoever made it may be none who makes owners any more.
        if standing::stands_behind(gateway, &mut tx, &link).await? {
            open.push(view(link));
        }
    }
    Ok(open)
}

/// Takes an invitation back. `false` when it was over anyway.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] when there is none.
pub async fn revoke_invitation(gateway: &Gateway, ctx: &Ctx, id: LinkId) -> Result<bool, FlowError> {
    const NONE: FlowError = FlowError::NotFound("invitation");
    let mut tx = gateway.storage().write().await?;
    let home = links::account_of(&mut tx, id).await?.flatten().ok_or(NONE)?;
    let home = grant::of(ctx, Action::ManageOwners, home, "invitation")?.account();
    let keys = gateway.storage().keys(&mut tx, home).await?;
    let found = links::find(&mut tx, Some(home), id, &keys).await?;
    found.filter(|link| link.kind == LinkKind::OwnerInvitation && link.used_at.is_none()).ok_or(NONE)?;
    let account = account::find(&mut tx, home).await?.ok_or(NONE)?;
    let is_revoked = links::update_revoked(&mut tx, id, ctx.now).await?;
    if is_revoked {
        let event = ("owner.invite_revoked", id, &serde_json::json!({}));
        tell(&mut tx, gateway, ctx, (account.id, &keys), event).await?;
    }
    tx.commit().await?;
    Ok(is_revoked)
}

/// Makes the owner whom an invitation is for.
pub(in crate::flow) async fn admit(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (account, keys, link): (&Account, &AccountKeys, &Link),
) -> Result<UserId, FlowError> {
    let About { name, email, .. } = &link.about;
    let profile = Profile {
        email: email.clone(),
        email_by: WhoseWord::Vouched,
        display_name: (!name.is_empty()).then(|| name.clone()),
        ..Profile::default()
    };
    let id = UserId::make(ctx.now, gateway.rng());
    let (state, role) = (UserState::Active, Role::Owner);
    let new = User { id, external_id: None, state, role, profile, version: 1 };
    // Before there is this one: it is the others who have to hear of it.
    let email = email.as_deref().unwrap_or_default();
    let words = words(account.locale);
    let text = words.mail_invitation_used.with("account", &account.name).with("email", email).to_string();
    tell_owners(gateway, tx, ctx, (account.id, keys), (words.mail_invitation_used_subject, &text)).await?;
    user::insert(tx, account.id, &new, keys, (ctx.now, gateway.rng())).await?;
    links::update_user(tx, link.id, id).await?;
    let acting = Ctx { actor: Actor::User(Member { id, account: account.id, role }), ..ctx.clone() };
    let body = serde_json::json!({ "role": role.name(), "link": link.id.to_string(), "invited_by": link.created_by });
    tell(tx, gateway, &acting, (account.id, keys), ("user.created", id, &body)).await?;
    Ok(id)
}

/// Room for links by mail that are being asked for.
#[derive(Debug)]
pub(super) struct MailsAsked(Arc<Semaphore>);

impl Default for MailsAsked {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAILS_ASKED)))
    }
}

/// A place among those who ask for a link by mail, until it is dropped; none where as many ask as may.
#[must_use]
pub fn place_to_ask(gateway: &Gateway) -> Option<OwnedSemaphorePermit> {
    Arc::clone(&gateway.kept().mails_asked.0).try_acquire_owned().ok()
}

/// Mails a link to the owner of that address, if there is one and the account has no active connection. Whoever asks does
/// not learn whether.
///
/// The address is one that somebody entered who may make owners, or that they were invited by: what an identity provider says
/// of an owner lets nobody in by mail, least of all when the owners have just switched it off; nor does what anybody entered
/// who only administers people, before they were one.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn ask_by_mail(gateway: &Gateway, ctx: &Ctx, slug: &Slug, email: &str) -> Result<(), FlowError> {
    // Anybody asks, for whatever address: sign-ins do not wait in turn for those that are nobody's.
    let mut tx = gateway.storage().read().await?;
    if written_to(gateway, &mut tx, slug, email).await?.is_none() {
        return Ok(());
    }
    drop(tx);
    let mut tx = gateway.storage().write().await?;
    // Who asks for them at the same moment waits, so that the counts hold.
    change::take_turn(&mut tx).await?;
    let Some(written) = written_to(gateway, &mut tx, slug, email).await? else { return Ok(()) };
    let WrittenTo { account, keys, owners } = written;
    let recent = links::list(&mut tx, account.id, (LinkKind::Email, 100), &keys).await?;
    for (owner, to) in owners {
        // Anybody can ask: what was sent stays good, and nobody's mailbox is filled.
        let since = |seconds: i64| {
            let earliest = ctx.now.plus_seconds(-seconds);
            recent.iter().filter(move |link| link.user_id == Some(owner) && link.created_at > earliest)
        };
        let has_one = since(EMAIL_APART_SECONDS).any(|link| link.used_at.is_none());
        if has_one || since(DAY_SECONDS).count() >= EMAILS_A_DAY {
            continue;
        }
        let issued = issue(gateway, &mut tx, ctx, &account, (LinkKind::Email, owner, EMAIL_SECONDS)).await?;
        let text = words(account.locale)
            .mail_link
            .with("account", &account.name)
            .with("link", issued.url.expose_secret());
        let subject = words(account.locale).mail_link_subject.with("account", &account.name).to_string();
        let letter = Letter { to, subject, text: text.to_string() };
        mail::ask(gateway, &mut tx, ctx, (account.id, &keys), &letter).await?;
    }
    Ok(tx.commit().await?)
}

/// Owners of an account to whom a link may be mailed.
struct WrittenTo {
    account: Account,
    keys: Arc<AccountKeys>,
    /// Who, and at which address.
    owners: Vec<(UserId, String)>,
}

/// The owners of that address, if links may be mailed now; nothing without one.
async fn written_to(
    gateway: &Gateway,
    tx: &mut Tx,
    slug: &Slug,
    email: &str,
) -> Result<Option<WrittenTo>, FlowError> {
    let found = account::find_by_slug(tx, slug).await?;
    let Some(account) = found.filter(|account| account.state == AccountState::Active) else {
        return Ok(None);
    };
    if !gateway.mailer().is_there() || has_active_connection(tx, account.id).await? {
        return Ok(None);
    }
    let keys = gateway.storage().keys(tx, account.id).await?;
    let wanted = lookup_form(email);
    let owners = people::list_owners(tx, account.id, &keys).await?.into_iter().filter_map(|owner| {
        let to = owner.user.profile.entered().filter(|known| lookup_form(known) == wanted)?;
        Some((owner.user.id, to.to_owned()))
    });
    let owners: Vec<_> = owners.take(SAME_ADDRESSES).collect();
    Ok((!owners.is_empty()).then_some(WrittenTo { account, keys, owners }))
}

/// An operator's link for an owner whom single sign-on does not let in. Every owner hears of it.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account or owner; [`FlowError::Invalid`] without a reason.
pub async fn break_glass(
    gateway: &Gateway,
    ctx: &Ctx,
    (slug, owner): (&Slug, &str),
    reason: &str,
) -> Result<Issued, FlowError> {
    const NONE: FlowError = FlowError::NotFound("owner of this account");
    let about = link::about("", reason)?;
    if about.reason.is_empty() {
        let wrong = sentence!("say why: every owner of the account is told");
        return Err(FlowError::Invalid(wrong.about("reason")));
    }
    let mut tx = gateway.storage().write().await?;
    let (account, granted) = grant::account(&mut tx, ctx, Action::BreakGlass, slug).await?;
    let keys = gateway.storage().keys(&mut tx, granted.account()).await?;
    let found = match owner.parse::<UserId>() {
        Ok(id) => user::find(&mut tx, account.id, id, &keys).await?.into_iter().collect(),
        Err(_) => user::list_by_email(&mut tx, account.id, (owner.trim(), SAME_ADDRESS), &keys).await?,
    };
    let is_owner = |user: &User| user.role == Role::Owner && user.state == UserState::Active;
    let user = found.into_iter().find(is_owner).ok_or(NONE)?.id;
    let new = New {
        account: Some(account.id),
        kind: LinkKind::BreakGlass,
        user: Some(user),
        operator: None,
        scopes: SetupScopes::default(),
        connection: None,
        about,
        seconds: BREAK_GLASS_SECONDS,
    };
    let reason = new.about.reason.clone();
    let issued = link::make(gateway, &mut tx, ctx, new).await?;
    let body = serde_json::json!({ "link": issued.id.to_string(), "reason": reason });
    tell(&mut tx, gateway, ctx, (account.id, &keys), ("owner.break_glass_made", user, &body)).await?;
    let text = words(account.locale)
        .mail_break_glass_made
        .with("account", &account.name)
        .with("reason", &reason)
        .to_string();
    let told = (words(account.locale).mail_break_glass_subject, text.as_str());
    tell_owners(gateway, &mut tx, ctx, (account.id, &keys), told).await?;
    tx.commit().await?;
    Ok(issued)
}

async fn issue(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    account: &Account,
    (kind, user, seconds): (LinkKind, UserId, i64),
) -> Result<Issued, FlowError> {
    let (scopes, about) = (SetupScopes::default(), About::default());
    let (account, user) = (Some(account.id), Some(user));
    link::make(
        gateway,
        tx,
        ctx,
        New { account, kind, user, operator: None, scopes, connection: None, about, seconds },
    )
    .await
}
