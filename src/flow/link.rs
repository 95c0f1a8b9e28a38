//! Links that let somebody in once: what they lead to, and using them.
//!
//! # Invariants
//!
//! * Looking at a link uses nothing up: mail scanners and previews fetch every link. [`enter`] does, and a page with a
//!   button is what leads to it.
//! * Of two who use a link at the same moment, one gets in.
//! * A setup link is used by the first browser, and stays that browser's until it is finished, taken back or over.
//! * A link is good for as long as whoever made it could make it still: `standing::stands_behind` is asked each time that
//!   one is used, and with each request of whoever is behind a setup link.

use secrecy::SecretString;

use super::console::{self, Entered, Who};
use super::event::{tell, tell_home};
use super::line::{MAX_REASON, checked_line};
use super::mail::{tell_owners, words};
use super::{FlowError, Gateway, operator, owner, standing};
use crate::base::caller::{Member, Role, Setup, SetupScopes};
use crate::base::id::{AccountId, ConnectionId, LinkId, OperatorId, UserId};
use crate::base::secret::{LinkToken, TokenHash};
use crate::base::{Actor, Ctx, Instant};
use crate::directory::state::{AccountState, ConnectionState, LinkKind, Method, UserState};
use crate::storage::account::{self, Account};
use crate::storage::link::{self, About, Link};
use crate::storage::seal::AccountKeys;
use crate::storage::user;
use crate::storage::{Tx, change, connection};

const GONE: FlowError = FlowError::NotFound("link");
/// The longest name of whom a link is for, in characters.
const MAX_NAME: usize = 200;

/// A new link, shown once.
#[derive(Debug)]
pub struct Issued {
    /// Its name.
    pub id: LinkId,
    /// The link itself.
    pub url: SecretString,
    /// When it ends.
    pub expires_at: Instant,
}

/// What a link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Its name.
    pub id: LinkId,
    /// What it is for.
    pub kind: LinkKind,
    /// The account's name.
    pub account_name: Option<String>,
    /// What can be set up.
    pub scopes: SetupScopes,
    /// When it ends.
    pub expires_at: Instant,
    /// Whether a browser has it already.
    pub is_taken: bool,
}

/// A link to be made.
pub(in crate::flow) struct New {
    pub account: Option<AccountId>,
    pub kind: LinkKind,
    pub user: Option<UserId>,
    pub operator: Option<OperatorId>,
    pub scopes: SetupScopes,
    pub connection: Option<ConnectionId>,
    pub about: About,
    pub seconds: i64,
}

/// Makes a link in the caller's transaction.
pub(in crate::flow) async fn make(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    new: New,
) -> Result<Issued, FlowError> {
    let token = LinkToken::draw(gateway.rng());
    let link = Link {
        account_id: new.account,
        id: LinkId::make(ctx.now, gateway.rng()),
        kind: new.kind,
        user_id: new.user,
        operator_id: new.operator,
        scopes: new.scopes,
        connection_id: new.connection,
        about: new.about,
        created_by: ctx.actor.to_string(),
        created_at: ctx.now,
        expires_at: ctx.now.plus_seconds(new.seconds),
        used_at: None,
        finished_at: None,
        revoked_at: None,
    };
    let keys = gateway.storage().keys_of(tx, new.account).await?;
    link::insert(tx, (&link, token.hash()), &keys, gateway.rng()).await?;
    let path = if new.kind == LinkKind::Setup { "setup" } else { "link" };
    let url = format!("{}/{path}/{}", gateway.public_url(), token.expose_text());
    Ok(Issued { id: link.id, url: url.into(), expires_at: link.expires_at })
}

/// What the link of `token` leads to.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such link, or it was used or taken back or is over.
pub async fn look(gateway: &Gateway, ctx: &Ctx, token: TokenHash) -> Result<Look, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (found, account, _) = find(gateway, &mut tx, ctx, token).await?;
    Ok(Look {
        id: found.id,
        kind: found.kind,
        account_name: account.map(|account| account.name),
        scopes: found.scopes,
        expires_at: found.expires_at,
        is_taken: found.used_at.is_some(),
    })
}

/// Uses the link of `token`: whoever does is in. `replaced` is the session that the browser has.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such link, or it was used or taken back or is over, or the one whom it lets
/// in may not come in any more.
pub async fn enter(
    gateway: &Gateway,
    ctx: &Ctx,
    token: TokenHash,
    replaced: Option<TokenHash>,
) -> Result<Entered, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (found, account, keys) = find(gateway, &mut tx, ctx, token).await?;
    if !link::update_used(&mut tx, found.id, ctx.now).await? {
        return Err(GONE);
    }
    let (who, actor) = match (found.kind, &account, found.user_id) {
        (LinkKind::Operator, None, None) => {
            let id = operator::admit(gateway, &mut tx, ctx, &found, &keys).await?;
            (Who::Operator(id), Actor::Operator(id))
        }
        (LinkKind::Setup, Some(account), None) => {
            let setup = Setup { id: found.id, account: account.id, scopes: found.scopes };
            (Who::Setup(account.id, found.expires_at), Actor::SetupLink(setup))
        }
        (LinkKind::OwnerInvitation, Some(account), None) => {
            let id = owner::admit(gateway, &mut tx, ctx, (account, &keys, &found)).await?;
            (Who::User(account.id, id), Actor::User(Member { id, account: account.id, role: Role::Owner }))
        }
        (LinkKind::Email | LinkKind::BreakGlass, Some(account), Some(id)) => {
            demand_owner(&mut tx, (account, &keys, found.kind), id).await?;
            (Who::User(account.id, id), Actor::User(Member { id, account: account.id, role: Role::Owner }))
        }
        _ => return Err(GONE),
    };
    let acting = Ctx { actor, ..ctx.clone() };
    let entered = (who, Method::Link, Some(found.id));
    let (token, ends_at) = console::enter(gateway, &mut tx, ctx, entered, replaced).await?;
    let body = serde_json::json!({ "link": found.id.to_string(), "kind": found.kind.name() });
    let target = match actor {
        Actor::Operator(id) => id.to_string(),
        Actor::User(member) => member.id.to_string(),
        _ => found.id.to_string(),
    };
    match &account {
        None => tell_home(&mut tx, gateway, &acting, None, ("operator.entered", target, &body)).await?,
        Some(account) => {
            let action = match found.kind {
                LinkKind::Setup => "setup_link.opened",
                LinkKind::BreakGlass => "owner.break_glass_used",
                LinkKind::Operator | LinkKind::OwnerInvitation | LinkKind::Email => "owner.entered",
            };
            tell(&mut tx, gateway, &acting, (account.id, &keys), (action, target, &body)).await?;
            if found.kind == LinkKind::BreakGlass {
                let text =
                    words(account.locale).mail_break_glass_used.with("account", &account.name).to_string();
                let told = (words(account.locale).mail_break_glass_used_subject, text.as_str());
                tell_owners(gateway, &mut tx, ctx, (account.id, &keys), told).await?;
            }
        }
    }
    tx.commit().await?;
    let is_setup = found.kind == LinkKind::Setup;
    Ok(Entered { token, account: account.map(|account| account.slug), is_setup, ends_at })
}

type Found = (Link, Option<Account>, std::sync::Arc<AccountKeys>);

/// The link of a token, if it is good for anything still, and who made it stands behind it; one that sets something up also when it was opened.
async fn find(gateway: &Gateway, tx: &mut Tx, ctx: &Ctx, token: TokenHash) -> Result<Found, FlowError> {
    let (account_id, id) = link::home_of(tx, token).await?.ok_or(GONE)?;
    let account = match account_id {
        None => None,
        Some(id) => {
            let found = account::find(tx, id).await?;
            Some(found.filter(|account| account.state == AccountState::Active).ok_or(GONE)?)
        }
    };
    let keys = gateway.storage().keys_of(tx, account_id).await?;
    let found = link::find(tx, account_id, id, &keys).await?.ok_or(GONE)?;
    let is_over = found.revoked_at.is_some() || found.finished_at.is_some() || ctx.now >= found.expires_at;
    let is_used = found.used_at.is_some() && found.kind != LinkKind::Setup;
    if is_over || is_used || !standing::stands_behind(gateway, tx, &found).await? {
        return Err(GONE);
    }
    Ok((found, account, keys))
}

/// Whether `id` is an owner still; a link by mail is good only while nobody can sign in otherwise.
async fn demand_owner(
    tx: &mut Tx,
    (account, keys, kind): (&Account, &AccountKeys, LinkKind),
    id: UserId,
) -> Result<(), FlowError> {
    change::take_turn(tx).await?;
    user::lock(tx, account.id, id).await?;
    let user = user::find(tx, account.id, id, keys).await?.ok_or(GONE)?;
    let is_owner = user.state == UserState::Active && user.role == Role::Owner;
    if !is_owner || (kind == LinkKind::Email && has_active_connection(tx, account.id).await?) {
        return Err(GONE);
    }
    Ok(())
}

/// Whether people of the account sign in by an identity provider.
pub(in crate::flow) async fn has_active_connection(
    tx: &mut Tx,
    account: AccountId,
) -> Result<bool, FlowError> {
    let all = connection::list(tx, account).await?;
    Ok(all.iter().any(|connection| connection.state == ConnectionState::Active))
}

/// What is remembered of a link beside its facts.
///
/// # Errors
/// [`FlowError::Invalid`] in a plain sentence.
pub(in crate::flow) fn about(name: &str, reason: &str) -> Result<About, FlowError> {
    let name = checked_line("name", name, MAX_NAME)?;
    let reason = checked_line("reason", reason, MAX_REASON)?;
    Ok(About { name: name.to_owned(), reason: reason.to_owned(), ..About::default() })
}
