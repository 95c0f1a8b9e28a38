//! Setup links: what an account's IT admin sets something up behind.

use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::call::{Call, Done, Json, Made, Query};
use super::paging::{Page, Plain};
use super::problem::Problem;
use super::schema::{ConnectionIdText, Moment, SetupLinkIdText, SetupScopeName};
use crate::base::id::LinkId;
use crate::flow::setup_link::{self, Create, SetupLinkView};

/// A setup link; the link itself is told once, when it is made.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SetupLink {
    id: SetupLinkIdText,
    /// For whom.
    name: String,
    /// Where it was sent, if it was.
    email: Option<String>,
    scopes: Vec<SetupScopeName>,
    /// The connection that it goes on with, whoever began that, if it names one.
    connection: Option<ConnectionIdText>,
    /// `waiting`, `opened`, `finished`, `revoked` or `expired`.
    state: &'static str,
    /// Who made it.
    created_by: String,
    created_at: Moment,
    expires_at: Moment,
}

/// A new setup link.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSetupLink {
    /// For whom.
    #[serde(default)]
    #[schemars(length(max = 200))]
    name: String,
    /// Where it is sent; without an address, hand it over yourself.
    #[schemars(length(max = 320))]
    email: Option<String>,
    /// What can be set up behind it.
    #[schemars(length(min = 1))]
    scopes: Vec<SetupScopeName>,
    /// For so many days it is good.
    #[schemars(range(min = 1, max = 60))]
    days: i64,
    /// A connection of the account that is being set up: the link goes on with it. Without one, it goes on with those alone
    /// that are begun by it.
    connection: Option<ConnectionIdText>,
    /// Where they go when they are done: a path of this site, or an address at one of the origins that the gateway's settings
    /// list (`http.return_to_origins`).
    #[schemars(length(max = 512))]
    return_to: Option<String>,
}

/// A setup link that was made.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IssuedSetupLink {
    id: SetupLinkIdText,
    /// The link itself. It is not told again.
    url: String,
    /// The connection that it goes on with, if it names one.
    connection: Option<ConnectionIdText>,
    expires_at: Moment,
}

impl From<SetupLinkView> for SetupLink {
    fn from(view: SetupLinkView) -> Self {
        Self {
            id: SetupLinkIdText(view.id),
            name: view.name,
            email: view.email,
            scopes: view.scopes.iter().map(SetupScopeName).collect(),
            connection: view.connection.map(ConnectionIdText),
            state: view.state.name(),
            created_by: view.created_by,
            created_at: Moment(view.created_at),
            expires_at: Moment(view.expires_at),
        }
    }
}

/// Those of an account, newest first.
pub(super) async fn list(call: Call, Query(filter): Query<Plain>) -> Result<Page<SetupLink>, Problem> {
    let window = filter.window()?;
    let bounds = (window.after()?, window.limit().into());
    let found = setup_link::page(call.gateway(), &call.ctx, call.account()?, bounds).await?;
    Ok(window.page(found, |view| view.id.to_string(), SetupLink::from))
}

/// Makes one.
pub(super) async fn create(
    call: Call,
    Json(new): Json<NewSetupLink>,
) -> Result<Made<IssuedSetupLink>, Problem> {
    let scopes = new.scopes.into_iter().map(|scope| scope.0).collect();
    let connection = new.connection.map(|id| id.0);
    let (account, name, email, days) = (call.account()?.clone(), new.name, new.email, new.days);
    let input = Create { account, scopes, name, email, days, connection, return_to: new.return_to };
    let issued = setup_link::create(call.gateway(), &call.ctx, input).await?;
    let path = call.below("setup-links");
    let told = IssuedSetupLink {
        id: SetupLinkIdText(issued.id),
        url: issued.url.expose_secret().to_owned(),
        connection: connection.map(ConnectionIdText),
        expires_at: Moment(issued.expires_at),
    };
    Ok(Made(told, path))
}

/// Takes one back: whoever is behind it is out.
pub(super) async fn revoke(call: Call, (): ()) -> Result<Done, Problem> {
    let id: LinkId = call.own("link").await?;
    setup_link::revoke(call.gateway(), &call.ctx, id).await?;
    Ok(Done)
}
