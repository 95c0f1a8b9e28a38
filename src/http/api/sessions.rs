//! Sessions: who is signed in, and ending that.

use schemars::JsonSchema;
use serde::Serialize;

use super::call::{Call, Done, Found, Query};
use super::paging::{Page, Plain};
use super::problem::Problem;
use super::schema::{ConnectionIdText, Moment, SessionIdText, UserIdText};
use crate::base::id::SessionId;
use crate::flow::session::SessionView;
use crate::flow::session::admin::{self, Of};
use crate::flow::user::Which;

/// A signed-in browser.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Session {
    id: SessionIdText,
    user: UserIdText,
    connection: ConnectionIdText,
    created_at: Moment,
    /// To within some minutes.
    last_seen_at: Moment,
    /// When it ends at the latest.
    expires_at: Moment,
}

/// How many sessions ended.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Ended {
    ended: u64,
}

impl From<SessionView> for Session {
    fn from(view: SessionView) -> Self {
        Self {
            id: SessionIdText(view.id),
            user: UserIdText(view.user_id),
            connection: ConnectionIdText(view.connection_id),
            created_at: Moment(view.created_at),
            last_seen_at: Moment(view.last_seen_at),
            expires_at: Moment(view.expires_at),
        }
    }
}

/// Sessions of an account that count, newest first.
pub(super) async fn list(call: Call, Query(filter): Query<Plain>) -> Result<Page<Session>, Problem> {
    let of = Of::Account(call.account()?.clone());
    page(&call, &filter, &of).await
}

/// Those of a person.
pub(super) async fn list_of_user(call: Call, Query(filter): Query<Plain>) -> Result<Page<Session>, Problem> {
    page(&call, &filter, &of_user(&call)?).await
}

async fn page(call: &Call, filter: &Plain, of: &Of) -> Result<Page<Session>, Problem> {
    let window = filter.window()?;
    let bounds = (window.after()?, window.limit().into());
    let found = admin::page(call.gateway(), &call.ctx, of, bounds).await?;
    Ok(window.page(found, |session| session.id.to_string(), Session::from))
}

/// The person of the address.
fn of_user(call: &Call) -> Result<Of, Problem> {
    let which: Which = call.part("user")?.to_owned().into();
    Ok(Of::Person(call.account()?.clone(), which))
}

/// Ends one.
pub(super) async fn revoke(call: Call, (): ()) -> Result<Done, Problem> {
    let id: SessionId = call.own("session").await?;
    admin::revoke(call.gateway(), &call.ctx, id).await?;
    Ok(Done)
}

/// Ends all of an account.
pub(super) async fn revoke_all(call: Call, (): ()) -> Result<Found<Ended>, Problem> {
    let of = Of::Account(call.account()?.clone());
    Ok(Found(Ended { ended: admin::revoke_all(call.gateway(), &call.ctx, &of).await? }))
}

/// Ends all of a person.
pub(super) async fn revoke_all_of_user(call: Call, (): ()) -> Result<Found<Ended>, Problem> {
    let of = of_user(&call)?;
    Ok(Found(Ended { ended: admin::revoke_all(call.gateway(), &call.ctx, &of).await? }))
}
