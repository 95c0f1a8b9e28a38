//! The people of an account: looking at them, making and changing them one by one, shutting them out, erasing them, and
//! whole lists at once.
//!
//! | file | what |
//! |---|---|
//! | `change`, `import` | one person made, changed, shut out; a whole list of them |
//! | `erase`, `message`, `names` | one person erased; which messages are about them although they name nobody, and by what |
//! | [`data`], [`origin`] | what is kept of one person; where what is known of them came from |
//! | `owners` | what is an owner's to do, and who hears of it |
//!
//! # Invariants
//!
//! * Events about people hold ids and the names of fields, never what is known of a person: they outlive an erasure.
//! * Who is shut out or erased has no session any more, from the same commit on.
//! * Who has not changed is not written.

mod change;
pub mod data;
pub mod erase;
mod import;
mod message;
mod names;
pub mod origin;
mod owners;

use super::connection::believed::{self, Way};
use super::domain::Verifying;
use super::{FlowError, Gateway, domain, grant};
use crate::access::Action;
use crate::base::caller::Role;
use crate::base::id::{ConnectionId, UserId};
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::mapping::Profile;
use crate::directory::state::UserState;
use crate::storage::account::Account;
use crate::storage::people::{self, Filter, Identity, Listed};
use crate::storage::seal::AccountKeys;
use crate::storage::{Tx, user};

pub use change::{Changes, Create, create, set_state, update, update_if};
pub use erase::erase;
pub use import::{Imported, import};
pub(in crate::flow) use owners::{end_ownership, tell_raised};

const NO_USER: FlowError = FlowError::NotFound("user in this account");
/// People on a page, at most.
const MAX_PAGE: i64 = 1000;

/// People who share an address: more than a family has.
const MAX_FOUND: i64 = 50;

/// Which user: by our id or by the platform's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// Ours.
    Id(UserId),
    /// The platform's.
    ExternalId(String),
}

impl From<String> for Which {
    fn from(text: String) -> Self {
        text.parse().map_or_else(|_| Self::ExternalId(text), Self::Id)
    }
}

/// A person as flows hand them out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserView {
    /// Their id.
    pub id: UserId,
    /// The platform's own id for them.
    pub external_id: Option<String>,
    /// Whether they may sign in.
    pub state: UserState,
    /// Their role in the account.
    pub role: Role,
    /// What is known of them.
    pub profile: Profile,
    /// Whether their address is theirs.
    pub is_email_verified: bool,
    /// Since when they are known.
    pub created_at: Instant,
    /// When they changed last.
    pub updated_at: Instant,
    /// Counts their changes.
    pub version: i64,
}

/// A person with what leads to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserDetail {
    /// They.
    pub user: UserView,
    /// When they signed in last, as far as sessions are kept.
    pub last_sign_in_at: Option<Instant>,
    /// What leads to them, oldest first.
    pub identities: Vec<IdentityView>,
}

/// Something that leads to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityView {
    /// By which connection.
    pub connection_id: ConnectionId,
    /// The subject source.
    pub source: String,
    /// What the identity provider calls them.
    pub value: String,
    /// Since when.
    pub created_at: Instant,
}

/// Which people of an account.
#[derive(Debug, Clone)]
pub struct List {
    /// Of which account.
    pub account: Slug,
    /// Those in this state.
    pub state: Option<UserState>,
    /// Those with this role.
    pub role: Option<Role>,
    /// Those with this address.
    pub email: Option<String>,
    /// After this one.
    pub after: Option<UserId>,
    /// So many at most.
    pub limit: u32,
}

/// A person of an account.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such person.
pub async fn find(
    gateway: &Gateway,
    ctx: &Ctx,
    account: &Slug,
    which: &Which,
) -> Result<UserDetail, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ReadUsers, account).await?;
    let keys = gateway.storage().keys(&mut tx, account.id).await?;
    let listed = listed(&mut tx, &account, which, &keys).await?;
    let id = listed.user.id;
    let identities = people::list_identities(&mut tx, account.id, id, &keys).await?;
    Ok(UserDetail {
        last_sign_in_at: people::last_sign_in(&mut tx, account.id, id).await?,
        identities: identities.into_iter().map(identity_view).collect(),
        user: view(&mut tx, (&account, &keys), listed).await?,
    })
}

/// By which connections a person signs in, and who brought what those believe: for whoever makes them an owner.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] when there is no such person.
pub async fn ways(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, which): (&Slug, &Which),
) -> Result<Vec<Way>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ManageOwners, account).await?;
    let keys = gateway.storage().keys(&mut tx, account.id).await?;
    let id = listed(&mut tx, &account, which, &keys).await?.user.id;
    let connections = user::list_connections(&mut tx, account.id, id).await?;
    believed::ways(&mut tx, (account.id, &keys), &connections).await
}

/// A page of an account's people, oldest first.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such account.
pub async fn list(gateway: &Gateway, ctx: &Ctx, input: &List) -> Result<Vec<UserView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ReadUsers, &input.account).await?;
    let keys = gateway.storage().keys(&mut tx, account.id).await?;
    let filter = Filter { state: input.state, role: input.role, email: input.email.as_deref() };
    let page = (input.after, i64::from(input.limit).min(MAX_PAGE));
    let found = people::list(&mut tx, account.id, &filter, page, &keys).await?;
    views(&mut tx, (&account, &keys), found).await
}

/// People who are exactly what was typed: by address, by the platform's own id, or by ours. The oldest first.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such account.
pub async fn search(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, typed): (&Slug, &str),
) -> Result<Vec<UserView>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ReadUsers, account).await?;
    let keys = gateway.storage().keys(&mut tx, account.id).await?;
    let mut found = match listed(&mut tx, &account, &Which::from(typed.to_owned()), &keys).await {
        Ok(listed) => vec![listed],
        Err(FlowError::NotFound(_)) => Vec::new(),
        Err(error) => return Err(error),
    };
    let filter = Filter { email: Some(typed), ..Filter::default() };
    for one in people::list(&mut tx, account.id, &filter, (None, MAX_FOUND), &keys).await? {
        if found.iter().all(|known| known.user.id != one.user.id) {
            found.push(one);
        }
    }
    views(&mut tx, (&account, &keys), found).await
}

/// The person, with when they were made and when they changed last.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such person.
pub(in crate::flow) async fn listed(
    tx: &mut Tx,
    account: &Account,
    which: &Which,
    keys: &AccountKeys,
) -> Result<Listed, FlowError> {
    let id = match which {
        Which::Id(id) => *id,
        Which::ExternalId(external_id) => {
            user::find_by_external_id(tx, account.id, external_id, keys).await?.ok_or(NO_USER)?.id
        }
    };
    people::find(tx, account.id, id, keys).await?.ok_or(NO_USER)
}

async fn view(
    tx: &mut Tx,
    (account, keys): (&Account, &AccountKeys),
    listed: Listed,
) -> Result<UserView, FlowError> {
    let is_email_verified = domain::is_verified(tx, (account.id, keys), &listed.user).await?;
    Ok(viewed(listed, is_email_verified))
}

async fn views(
    tx: &mut Tx,
    (account, keys): (&Account, &AccountKeys),
    listed: Vec<Listed>,
) -> Result<Vec<UserView>, FlowError> {
    let mut verifying = Verifying::read(tx, (account.id, keys)).await?;
    let mut views = Vec::new();
    for one in listed {
        let is_email_verified = verifying.is_verified(tx, &one.user).await?;
        views.push(viewed(one, is_email_verified));
    }
    Ok(views)
}

fn viewed(listed: Listed, is_email_verified: bool) -> UserView {
    let Listed { user, created_at, updated_at } = listed;
    UserView {
        is_email_verified,
        id: user.id,
        external_id: user.external_id,
        state: user.state,
        role: user.role,
        profile: user.profile,
        created_at,
        updated_at,
        version: user.version,
    }
}

fn identity_view(identity: Identity) -> IdentityView {
    let Identity { connection_id, source, value, created_at } = identity;
    IdentityView { connection_id, source, value, created_at }
}
