//! What whoever came by a setup link has to do with the connections of its account: they read in full, and change, those that
//! this very link began, and the one that whoever made the link handed over, until people sign in by them. Of all others
//! they see name and state, and from then on of theirs these and our side.
//!
//! Whoever has a link is nobody that we know. A key that they left in somebody else's draft would let them sign in as anybody
//! by it, once that is in use; and in what others tried while they set theirs up, people are named.
//!
//! Flows about one connection begin at [`super::load::granted`], which asks here; those about all of an account take `list`,
//! or ask `Theirs`.

use std::collections::BTreeSet;

use super::told_apart;
use crate::access::Action;
use crate::base::id::{AccountId, ConnectionId};
use crate::base::{Actor, Ctx};
use crate::directory::account::Slug;
use crate::directory::state::ConnectionState;
use crate::flow::{FlowError, Gateway, grant};
use crate::storage::connection::{self, Connection};
use crate::storage::{Tx, link};

/// A connection of which no more is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// Its name for people.
    pub name: String,
    /// Its state.
    pub state: ConnectionState,
}

/// The connections that a caller has to do with.
#[derive(Debug)]
pub(super) enum Theirs {
    /// Every one that they may do something with at all.
    All,
    /// Those of their setup link.
    Only(BTreeSet<ConnectionId>),
}

impl Theirs {
    /// Those of the caller.
    ///
    /// # Errors
    /// [`FlowError::Unavailable`], [`FlowError::Broken`].
    pub(super) async fn of(tx: &mut Tx, ctx: &Ctx) -> Result<Self, FlowError> {
        let Actor::SetupLink(setup) = ctx.actor else { return Ok(Self::All) };
        let begun = connection::list_begun_by(tx, setup.account, &ctx.actor.to_string()).await?;
        let handed_over = link::connection_of(tx, setup.id).await?;
        Ok(Self::Only(begun.into_iter().chain(handed_over).collect()))
    }

    /// Whether that is one of them.
    pub(super) fn has(&self, id: ConnectionId) -> bool {
        match self {
            Self::All => true,
            Self::Only(ids) => ids.contains(&id),
        }
    }
}

/// Whether a connection in that state, though it is the caller's, is closed to them: people sign in by it, or did, and what
/// owners change of it is theirs alone.
pub(super) fn is_closed(ctx: &Ctx, state: ConnectionState) -> bool {
    matches!(ctx.actor, Actor::SetupLink(_)) && !state.is_being_set_up()
}

/// The connections of an account that the caller has to do with, oldest first.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub(super) async fn list(tx: &mut Tx, ctx: &Ctx, account: AccountId) -> Result<Vec<Connection>, FlowError> {
    let theirs = Theirs::of(tx, ctx).await?;
    let all = connection::list(tx, account).await?;
    Ok(all.into_iter().filter(|found| theirs.has(found.id)).collect())
}

/// The others, oldest first, without those that were retired. Only whoever came by a setup link has any.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] when there is no such account.
pub async fn list_aside(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<Vec<Aside>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ReadConnections, slug).await?;
    let theirs = Theirs::of(&mut tx, ctx).await?;
    let all = connection::list(&mut tx, account.id).await?;
    let is_aside = |found: &Connection| !theirs.has(found.id) && found.state != ConnectionState::Retired;
    let others: Vec<_> = all.into_iter().filter(is_aside).collect();
    // Their identity providers are none of the caller's business.
    let names: Vec<_> = others.iter().map(|found| (found.name.as_str(), "", found.id)).collect();
    let names = told_apart(&names);
    Ok(others.iter().zip(names).map(|(found, name)| Aside { name, state: found.state }).collect())
}
