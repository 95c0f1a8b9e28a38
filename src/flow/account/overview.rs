//! How an account stands, for those who run the installation. That they looked is an event of the account.

use super::{AccountView, look};
use crate::access::{self, Action};
use crate::base::id::{AttemptId, ConnectionId};
use crate::base::time::DAY_SECONDS;
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::state::{AccountState, ConnectionState, Outcome};
use crate::flow::{FlowError, Gateway};
use crate::storage::attempt_list::{self, Filter};
use crate::storage::{account, attempt, connection, people};

const WEEK_SECONDS: i64 = 7 * DAY_SECONDS;
/// More sign-ins are not counted, so that the page costs the same however many there are.
pub const COUNTED: i64 = 1000;

/// How an account stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// The account.
    pub account: AccountView,
    /// Since when it is there.
    pub created_at: Instant,
    /// Why it is in its state, where somebody said so.
    pub reason: Option<String>,
    /// How many owners it has.
    pub owners: usize,
    /// Its connections, those that people sign in by first.
    pub connections: Vec<Standing>,
}

/// How a connection stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Which.
    pub id: ConnectionId,
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: ConnectionState,
    /// Sign-ins by it in the last seven days, [`COUNTED`] and one at most.
    pub sign_ins: i64,
    /// The last sign-in that was refused: which, when, and why as far as may be said.
    pub problem: Option<(AttemptId, Instant, String)>,
}

/// How the account of that slug stands.
///
/// # Errors
/// [`FlowError::Denied`]; [`FlowError::NotFound`] without that account.
pub async fn show(gateway: &Gateway, ctx: &Ctx, slug: &Slug) -> Result<Overview, FlowError> {
    access::decide(ctx.actor, Action::ReadAccounts)?;
    let found = look(gateway, ctx, slug, "overview").await?;
    let mut tx = gateway.storage().read().await?;
    let (reason, created_at) =
        account::find_reason(&mut tx, found.id).await?.ok_or(FlowError::NotFound("account"))?;
    let owners = if found.state == AccountState::Deleted {
        0
    } else {
        let keys = gateway.storage().keys(&mut tx, found.id).await?;
        people::list_owners(&mut tx, found.id, &keys).await?.len()
    };
    let since = ctx.now.plus_seconds(-WEEK_SECONDS);
    let mut connections = Vec::new();
    for one in connection::list(&mut tx, found.id).await? {
        if one.state == ConnectionState::Retired {
            continue;
        }
        let sign_ins = attempt::count_accepted(&mut tx, found.id, one.id, (since, COUNTED + 1)).await?;
        let of = (found.id, one.id);
        let refused =
            attempt_list::list(&mut tx, of, &Filter::latest(ctx.now, Some(Outcome::Refused)), 1).await?;
        let problem = refused
            .into_iter()
            .next()
            .map(|refused| (refused.id, refused.created_at, refused.code.unwrap_or_default()));
        connections.push(Standing { id: one.id, name: one.name, state: one.state, sign_ins, problem });
    }
    connections.sort_by_key(|one| (one.state != ConnectionState::Active, one.name.to_lowercase()));
    Ok(Overview { account: found, created_at, reason, owners, connections })
}
