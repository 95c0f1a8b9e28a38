//! From a draft to a connection that people sign in by, and out of use again.
//!
//! draft → testing → active ⇄ disabled, and retired at the end. A connection that is being tested can be signed in to by
//! whoever has the test's link, and by nobody else; it becomes active once such a test went well.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::brought::Brought;
use super::load::{self, Loaded};
use super::told;
use crate::access::{self, Action};
use crate::base::encoding::{base64url, from_base64url};
use crate::base::id::{AccountId, ConnectionId};
use crate::base::sentence::sentence;
use crate::base::time::DAY_SECONDS;
use crate::base::{Actor, Ctx, Instant};
use crate::directory::state::ConnectionState;
use crate::flow::event::tell;
use crate::flow::line::{MAX_REASON, checked_line};
use crate::flow::{FlowError, Gateway, grant, mail, notice};
use crate::storage::seal::{AccountKeys, Carried};
use crate::storage::session::{self, Whose};
use crate::storage::{Tx, attempt, connection, metadata_source, people};

/// How long the link of a test can be used.
const LINK_SECONDS: i64 = DAY_SECONDS;

/// Where a test sign-in begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestLink {
    /// The address.
    pub url: String,
    /// Until when.
    pub expires_at: Instant,
}

/// What the link carries, sealed: it cannot be made by anybody else.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    e: i64,
}

/// Makes the link of a test sign-in; a draft is being tested from now on.
///
/// # Errors
/// [`FlowError::NotFound`] without that connection, [`FlowError::Invalid`] when it is out of use.
pub async fn test(gateway: &Gateway, ctx: &Ctx, id: ConnectionId) -> Result<TestLink, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::ManageConnections, id)).await?;
    match loaded.connection.state {
        ConnectionState::Draft => {
            put(&mut tx, gateway, ctx, &loaded, (ConnectionState::Testing, None)).await?;
        }
        ConnectionState::Testing | ConnectionState::Active => {}
        ConnectionState::Disabled => {
            return Err(FlowError::Invalid(sentence!(
                "the connection is switched off; nobody signs in by it"
            )));
        }
        ConnectionState::Retired => {
            return Err(FlowError::Invalid(sentence!("the connection was retired; nobody signs in by it")));
        }
    }
    tx.commit().await?;
    let expires_at = ctx.now.plus_seconds(LINK_SECONDS);
    let plain = serde_json::to_vec(&Sealed { e: expires_at.micros() });
    let plain = plain.map_err(|_| FlowError::Internal("a link as JSON"))?;
    let of = id.to_string();
    let token = base64url(&loaded.keys.seal_carried(carried(&of), &plain, gateway.rng())?);
    let url = format!("{}/saml/{id}/login?test={token}", gateway.public_url());
    Ok(TestLink { url, expires_at })
}

/// Whether `token` is the one of a link to test this connection that can still be used.
#[must_use]
pub fn opens_test(loaded: &Loaded, token: &str, now: Instant) -> bool {
    let of = loaded.connection.id.to_string();
    let sealed = from_base64url(token);
    let plain = sealed.and_then(|sealed| loaded.keys.open_carried(carried(&of), &sealed).ok());
    let read = plain.and_then(|plain| serde_json::from_slice::<Sealed>(&plain).ok());
    read.is_some_and(|read| now < Instant::from_micros(read.e))
}

/// Lets people sign in by a connection that was tested as it is now; or by one that was not, for a reason.
///
/// # Errors
/// [`FlowError::NotFound`] without that connection, [`FlowError::Invalid`] when it was not tested, or was retired, and for
/// the visitor of a setup link where it leads to people who are there, makes administrators, or trusts what somebody behind
/// another link brought; [`FlowError::Denied`] as for [`retire`].
pub async fn activate(
    gateway: &Gateway,
    ctx: &Ctx,
    id: ConnectionId,
    without_test: Option<&str>,
) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::ManageConnections, id)).await?;
    let of = (loaded.account.id, id);
    if matches!(ctx.actor, Actor::SetupLink(_)) && loaded.settings.leads_to_the_known() {
        return Err(FlowError::Invalid(sentence!(
            "by this connection people are found by their email address or by the platform's own id; an owner of the \
             account activates it, in the console"
        )));
    }
    // They could come in as one, with a key of their own.
    if matches!(ctx.actor, Actor::SetupLink(_)) && loaded.settings.makes_administrators() {
        return Err(FlowError::Invalid(sentence!(
            "by this connection people become administrators or owners of the account, by what is said of them; an owner \
             of the account activates it, in the console"
        )));
    }
    // It may have been handed over to both.
    if matches!(ctx.actor, Actor::SetupLink(_))
        && Brought::to(&mut tx, &loaded).await?.is_by_visitor(Some(ctx.actor))
    {
        return Err(FlowError::Invalid(sentence!(
            "whoever had another setup link brought certificates, addresses or settings of this connection; an owner of the \
             account activates it, in the console"
        )));
    }
    match loaded.connection.state {
        ConnectionState::Active => return Ok(()),
        ConnectionState::Retired => return Err(retired()),
        ConnectionState::Draft | ConnectionState::Testing | ConnectionState::Disabled => {}
    }
    let reason = without_test.map(|reason| checked_line("reason", reason, MAX_REASON)).transpose()?;
    if reason.is_some_and(str::is_empty) {
        let wrong = sentence!("say in 1 to {max} characters why it goes without a test", max = MAX_REASON);
        return Err(FlowError::Invalid(wrong.about("reason")));
    }
    if reason.is_some() {
        access::decide(ctx.actor, Action::GoWithoutTest)?;
    }
    if reason.is_none() && !attempt::is_tested(&mut tx, of, loaded.connection.revision).await? {
        // Nobody can make a test of it.
        if loaded.connection.state == ConnectionState::Disabled {
            return Err(FlowError::Invalid(sentence!(
                "the connection is switched off, and was not tested as it is now. Enable it again: that takes no test"
            )));
        }
        return Err(FlowError::Invalid(sentence!(
            "the connection was not tested as it is now. Make a test sign-in first; an operator may go without one, and \
             say why"
        )));
    }
    put(&mut tx, gateway, ctx, &loaded, (ConnectionState::Active, reason)).await?;
    Ok(tx.commit().await?)
}

/// Gives a connection up for good: nobody signs in by it, nothing is fetched for it, and it does not change any more. What
/// refers to it (people, attempts, events) still finds it. Of one that was in use every owner is told by mail.
///
/// # Errors
/// [`FlowError::NotFound`] without that connection; [`FlowError::Denied`] where owners sign in by it, and it is not for the
/// caller to shut them out.
pub async fn retire(gateway: &Gateway, ctx: &Ctx, id: ConnectionId) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::ManageConnections, id)).await?;
    if loaded.connection.state == ConnectionState::Retired {
        return Ok(());
    }
    let was_in_use = !loaded.connection.state.is_being_set_up();
    let of: (AccountId, &AccountKeys) = (loaded.account.id, &loaded.keys);
    let owners = if was_in_use { mail::of_owners(&mut tx, of).await? } else { Vec::new() };
    put(&mut tx, gateway, ctx, &loaded, (ConnectionState::Retired, None)).await?;
    notice::given_up(gateway, &mut tx, ctx, &loaded, owners).await?;
    metadata_source::delete(&mut tx, loaded.account.id, id).await?;
    metadata_source::delete_drift(&mut tx, loaded.account.id, id).await?;
    Ok(tx.commit().await?)
}

/// Which way a connection is switched that was in use once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// People sign in by it again.
    On,
    /// Nobody does.
    Off,
}

/// Switches a connection on or off: it holds for the next message that arrives. Switched off, the sessions of those who
/// came by it end.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such connection; [`FlowError::Invalid`] when it was retired, or has to be
/// tested first, or was never in use; [`FlowError::Denied`] as for [`retire`].
pub async fn switch(gateway: &Gateway, ctx: &Ctx, id: ConnectionId, to: Switch) -> Result<(), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let loaded = load::granted(gateway, &mut tx, ctx, (Action::ManageConnections, id)).await?;
    let state = match (loaded.connection.state, to) {
        (ConnectionState::Retired, _) => return Err(retired()),
        (ConnectionState::Draft | ConnectionState::Testing, Switch::On) => {
            return Err(FlowError::Invalid(sentence!(
                "the connection has to be tested first, and activated then"
            )));
        }
        // Else it would be switched on again without its test.
        (ConnectionState::Draft | ConnectionState::Testing, Switch::Off) => {
            return Err(FlowError::Invalid(sentence!(
                "nobody signs in by the connection yet, so there is nothing to switch off. If it is not wanted, give it up"
            )));
        }
        (ConnectionState::Active | ConnectionState::Disabled, Switch::On) => ConnectionState::Active,
        (ConnectionState::Active | ConnectionState::Disabled, Switch::Off) => ConnectionState::Disabled,
    };
    put(&mut tx, gateway, ctx, &loaded, (state, None)).await?;
    Ok(tx.commit().await?)
}

fn retired() -> FlowError {
    FlowError::Invalid(sentence!("the connection was retired; make a new one"))
}

async fn put(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    loaded: &Loaded,
    (state, reason): (ConnectionState, Option<&str>),
) -> Result<(), FlowError> {
    let (account, id) = (loaded.account.id, loaded.connection.id);
    let now = &loaded.connection;
    // Whoever only administers connections shuts no owner out, and lets nobody in whom an owner shut out.
    if people::is_of_owner(tx, account, id).await? {
        grant::of(ctx, Action::ManageOwners, account, "connection")?;
    }
    // Sessions before the connection, as sign-ins take them: those that are under way would wait for us, and we for them.
    let ended = end_sessions(tx, ctx, (account, id), state).await?;
    if !connection::update_state(tx, (account, id), (now.revision, now.state, state), ctx.now).await? {
        return Err(FlowError::Stale);
    }
    // Those of whoever came in between. Nobody does any more.
    let ended = ended + end_sessions(tx, ctx, (account, id), state).await?;
    let body = json!({
        "before": now.state.name(), "after": state.name(), "reason": reason, "sessions_ended": ended,
    });
    tell(tx, gateway, ctx, (account, &loaded.keys), ("connection.state_changed", id, &body)).await?;
    if state == ConnectionState::Active && now.state != state {
        told::in_use(tx, gateway, ctx, loaded).await?;
    }
    Ok(())
}

/// Ends the sessions by a connection that comes to be in this state, if nobody is to be signed in by it then; how many. They
/// would go on when it is switched on again, those of whoever it was switched off for too.
async fn end_sessions(
    tx: &mut Tx,
    ctx: &Ctx,
    (account, id): (AccountId, ConnectionId),
    state: ConnectionState,
) -> Result<u64, FlowError> {
    Ok(match state {
        ConnectionState::Disabled | ConnectionState::Retired => {
            let by = ("connection_disabled", ctx.now);
            session::end_all(tx, account, Whose::Connection(id), None, by).await?
        }
        ConnectionState::Draft | ConnectionState::Testing | ConnectionState::Active => 0,
    })
}

const fn carried(of: &str) -> Carried<'_> {
    Carried { what: "test link", of }
}
