//! Those who run the installation: the first of them, others, and the end of them.
//!
//! # Invariants
//!
//! * The first start prints a link, and no later one does while there is an operator.
//! * Nobody shuts themselves out: the last operator stays, and the command line can always make another link.

use super::event::tell_home;
use super::link::{self, Issued, New};
use super::{FlowError, Gateway};
use crate::access::{self, Action};
use crate::base::caller::SetupScopes;
use crate::base::id::OperatorId;
use crate::base::sentence::sentence;
use crate::base::time::DAY_SECONDS;
use crate::base::{Actor, Ctx, Instant};
use crate::directory::state::{LinkKind, OperatorState};
use crate::storage::link::{self as links, About, Link};
use crate::storage::operator::{self, Operator};
use crate::storage::seal::AccountKeys;
use crate::storage::{Tx, console_session};

const LINK_SECONDS: i64 = 3600;
const FIRST_LINK_SECONDS: i64 = DAY_SECONDS;
const NONE: FlowError = FlowError::NotFound("operator");

/// An operator as flows hand them out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorView {
    /// Their id.
    pub id: OperatorId,
    /// What they are called.
    pub name: String,
    /// Whether they may come in.
    pub state: OperatorState,
    /// Who let them in.
    pub created_by: String,
    /// Since when.
    pub created_at: Instant,
}

/// A link for the very first operator; none when there is one already.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn first_link(gateway: &Gateway, ctx: &Ctx) -> Result<Option<Issued>, FlowError> {
    access::decide(ctx.actor, Action::ManageOperators)?;
    let mut tx = gateway.storage().read().await?;
    let is_first = operator::count_active(&mut tx).await? == 0;
    drop(tx);
    if !is_first {
        return Ok(None);
    }
    let mut tx = gateway.storage().write().await?;
    let about = About { is_first: true, ..About::default() };
    let issued = issue(gateway, &mut tx, ctx, (about, None, FIRST_LINK_SECONDS)).await?;
    tx.commit().await?;
    Ok(Some(issued))
}

/// A link that makes an operator called `name`, or lets a known one in once more.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that operator.
pub async fn make_link(
    gateway: &Gateway,
    ctx: &Ctx,
    name: &str,
    known: Option<OperatorId>,
) -> Result<Issued, FlowError> {
    access::decide(ctx.actor, Action::ManageOperators)?;
    let mut tx = gateway.storage().write().await?;
    if let Some(id) = known {
        let keys = gateway.storage().keys_of(&mut tx, None).await?;
        let found = operator::find(&mut tx, id, &keys).await?;
        found.filter(|found| found.state == OperatorState::Active).ok_or(NONE)?;
    }
    let issued = issue(gateway, &mut tx, ctx, (link::about(name, "")?, known, LINK_SECONDS)).await?;
    tx.commit().await?;
    Ok(issued)
}

async fn issue(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    (about, operator, seconds): (About, Option<OperatorId>, i64),
) -> Result<Issued, FlowError> {
    let new = New {
        account: None,
        kind: LinkKind::Operator,
        user: None,
        operator,
        scopes: SetupScopes::default(),
        about,
        seconds,
    };
    let issued = link::make(gateway, tx, ctx, new).await?;
    let body = serde_json::json!({ "operator": operator.map(|id| id.to_string()) });
    tell_home(tx, gateway, ctx, None, ("operator.link_made", issued.id, &body)).await?;
    Ok(issued)
}

/// The operator whom a link lets in; a new one, unless the link names one.
pub(in crate::flow) async fn admit(
    gateway: &Gateway,
    tx: &mut Tx,
    ctx: &Ctx,
    link: &Link,
    keys: &AccountKeys,
) -> Result<OperatorId, FlowError> {
    if let Some(id) = link.operator_id {
        let found = operator::find(tx, id, keys).await?;
        return Ok(found.filter(|found| found.state == OperatorState::Active).ok_or(NONE)?.id);
    }
    operator::lock(tx).await?;
    // Each start of each node prints a link while there is no operator: what is left of them lets nobody in afterwards.
    if link.about.is_first && operator::count_active(tx).await? > 0 {
        return Err(NONE);
    }
    let id = OperatorId::make(ctx.now, gateway.rng());
    let name = if link.about.name.is_empty() { "Operator" } else { &link.about.name };
    let new = Operator {
        id,
        name: name.to_owned(),
        state: OperatorState::Active,
        created_by: link.created_by.clone(),
        created_at: ctx.now,
    };
    operator::insert(tx, &new, keys, gateway.rng()).await?;
    let body = serde_json::json!({ "link": link.id.to_string() });
    let acting = Ctx { actor: Actor::Operator(id), ..ctx.clone() };
    tell_home(tx, gateway, &acting, None, ("operator.created", id, &body)).await?;
    Ok(id)
}

/// Every operator, those who were shut out too.
///
/// # Errors
/// [`FlowError::Denied`].
pub async fn list(gateway: &Gateway, ctx: &Ctx) -> Result<Vec<OperatorView>, FlowError> {
    access::decide(ctx.actor, Action::ReadOperators)?;
    let mut tx = gateway.storage().read().await?;
    let keys = gateway.storage().keys_of(&mut tx, None).await?;
    let all = operator::list(&mut tx, &keys).await?;
    let view = |Operator { id, name, state, created_by, created_at }| OperatorView {
        id,
        name,
        state,
        created_by,
        created_at,
    };
    Ok(all.into_iter().map(view).collect())
}

/// Shuts an operator out, ends their sessions, and takes back the links that they made for others, owners among them.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that operator; [`FlowError::Invalid`] for the last one.
pub async fn remove(gateway: &Gateway, ctx: &Ctx, id: OperatorId) -> Result<(), FlowError> {
    access::decide(ctx.actor, Action::ManageOperators)?;
    let mut tx = gateway.storage().write().await?;
    operator::lock(&mut tx).await?;
    let keys = gateway.storage().keys_of(&mut tx, None).await?;
    let found = operator::find(&mut tx, id, &keys).await?.ok_or(NONE)?;
    if found.state == OperatorState::Removed {
        return Ok(());
    }
    if operator::count_active(&mut tx).await? == 1 {
        return Err(FlowError::Invalid(sentence!(
            "this is the only operator; let another one in first, and remove this one then"
        )));
    }
    operator::update_state(&mut tx, id, OperatorState::Removed).await?;
    let ended = console_session::end_of_operator(&mut tx, id, ("operator_removed", ctx.now)).await?;
    links::revoke_of_operator(&mut tx, (id, &Actor::Operator(id).to_string()), ctx.now).await?;
    let body = serde_json::json!({ "sessions_ended": ended });
    tell_home(&mut tx, gateway, ctx, None, ("operator.removed", id, &body)).await?;
    Ok(tx.commit().await?)
}
