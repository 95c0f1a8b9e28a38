//! Whether something is of the account that it is asked for in. What the caller may is asked by the flow that follows; here
//! nothing is told of what is not theirs.

use super::{FlowError, Gateway};
use crate::access::{self, Action, Refusal};
use crate::base::Ctx;
use crate::base::id::{
    AccountId, ApiKeyId, AttemptId, ConnectionId, LinkId, SessionId, WebhookId, ZoomEventId, ZoomInventoryId,
    ZoomRunId,
};
use crate::directory::account::Slug;
use crate::storage::{
    account, api_key, attempt, connection, link, session, webhook, zoom_event, zoom_inventory, zoom_run,
};

/// Something that an account has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// A connection.
    Connection(ConnectionId),
    /// A session.
    Session(SessionId),
    /// A try to sign in.
    Attempt(AttemptId),
    /// A key of the REST API.
    ApiKey(ApiKeyId),
    /// A link.
    Link(LinkId),
    /// A webhook.
    Webhook(WebhookId),
    /// Something that Zoom told.
    ZoomEvent(ZoomEventId),
    /// A run of provisioning into Zoom.
    ZoomRun(ZoomRunId),
    /// An inventory of Zoom's users.
    ZoomInventory(ZoomInventoryId),
}

macro_rules! things {
    ($($id:ident $thing:ident;)*) => {$(
        impl From<$id> for Thing {
            fn from(id: $id) -> Self {
                Self::$thing(id)
            }
        }
    )*};
}

things! {
    ConnectionId Connection;
    SessionId Session;
    AttemptId Attempt;
    ApiKeyId ApiKey;
    LinkId Link;
    WebhookId Webhook;
    ZoomEventId ZoomEvent;
    ZoomRunId ZoomRun;
    ZoomInventoryId ZoomInventory;
}

/// The account that `text` names, by its id or its name in addresses.
///
/// # Errors
/// [`FlowError::NotFound`] when it names none, or none that the caller may know of.
pub async fn account(gateway: &Gateway, ctx: &Ctx, text: &str) -> Result<(AccountId, Slug), FlowError> {
    const NONE: FlowError = FlowError::NotFound("account");
    let mut tx = gateway.storage().read().await?;
    let found = match text.parse::<AccountId>() {
        Ok(id) => account::find(&mut tx, id).await?,
        Err(_) => match text.parse() {
            Ok(slug) => account::find_by_slug(&mut tx, &slug).await?,
            Err(_) => None,
        },
    };
    let found = found.ok_or(NONE)?;
    match access::decide_in(ctx.actor, Action::ReadAccount, found.id) {
        Err(Refusal::Hidden) => Err(NONE),
        Ok(_) | Err(Refusal::Denied(_)) => Ok((found.id, found.slug)),
    }
}

/// Whether the account of that slug has it.
///
/// # Errors
/// [`FlowError::NotFound`] when not.
pub async fn is_of(gateway: &Gateway, slug: &Slug, thing: Thing) -> Result<(), FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (home, what) = match thing {
        Thing::Connection(id) => (connection::account_of(&mut tx, id).await?, "connection"),
        Thing::Session(id) => (session::account_of(&mut tx, id).await?, "session"),
        Thing::Attempt(id) => (attempt::account_of(&mut tx, id).await?, "sign-in"),
        Thing::ApiKey(id) => (api_key::account_of(&mut tx, id).await?.flatten(), "API key"),
        Thing::Link(id) => (link::account_of(&mut tx, id).await?.flatten(), "setup link"),
        Thing::Webhook(id) => (webhook::account_of(&mut tx, id).await?, "webhook"),
        Thing::ZoomEvent(id) => (zoom_event::account_of(&mut tx, id).await?, "event of Zoom"),
        Thing::ZoomRun(id) => (zoom_run::account_of(&mut tx, id).await?, "run"),
        Thing::ZoomInventory(id) => (zoom_inventory::account_of(&mut tx, id).await?, "inventory"),
    };
    let found = account::find_by_slug(&mut tx, slug).await?;
    let is_theirs = found.zip(home).is_some_and(|(account, home)| account.id == home);
    if is_theirs { Ok(()) } else { Err(FlowError::NotFound(what)) }
}
