//! People of an account.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Done, IfMatch, Json, Made, Query, Versioned};
use super::paging::{Page, filters};
use super::problem::Problem;
use super::schema::{ConnectionIdText, Moment, RoleName, UserIdText, UserState};
use crate::flow::user::{self, Changes, Create, IdentityView, List, UserView, Which};

/// A person of an account.
#[derive(Debug, Serialize, JsonSchema)]
pub struct User {
    id: UserIdText,
    /// The platform's own id for them.
    external_id: Option<String>,
    state: UserState,
    role: RoleName,
    email: Option<String>,
    /// Whether the address is known to be theirs.
    is_email_verified: bool,
    first_name: Option<String>,
    last_name: Option<String>,
    display_name: Option<String>,
    username: Option<String>,
    /// The groups that they were last said to be in.
    groups: Vec<String>,
    created_at: Moment,
    updated_at: Moment,
}

/// A person with what leads to them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UserDetail {
    #[serde(flatten)]
    user: User,
    /// As far as sessions are kept.
    last_sign_in_at: Option<Moment>,
    /// What identity providers call them.
    identities: Vec<Identity>,
}

/// What an identity provider calls a person.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Identity {
    connection: ConnectionIdText,
    /// Where the value stands: `name_id`, or `attribute:` with a name.
    source: String,
    value: String,
    created_at: Moment,
}

/// What is known of a person, or shall be. Of somebody new, what is not given is not known; in a change it stays, and an
/// empty text takes away. A key that may make owners vouches for the `external_id` and the `email` that it gives, also where
/// they are what a key that may not has entered before: these count from then on for somebody who signs in already, and
/// whoever becomes an owner is written to there.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserFields {
    /// The platform's own id for them.
    #[schemars(length(max = 320))]
    external_id: Option<String>,
    #[schemars(length(max = 320))]
    email: Option<String>,
    #[schemars(length(max = 320))]
    first_name: Option<String>,
    #[schemars(length(max = 320))]
    last_name: Option<String>,
    #[schemars(length(max = 320))]
    display_name: Option<String>,
    #[schemars(length(max = 320))]
    username: Option<String>,
    /// Somebody new is a `member` without it.
    role: Option<RoleName>,
}

impl From<UserFields> for Changes {
    fn from(fields: UserFields) -> Self {
        let UserFields { external_id, email, first_name, last_name, display_name, username, role } = fields;
        let role = role.map(|role| role.0);
        Self { external_id, email, first_name, last_name, display_name, username, role, vouches: true }
    }
}

filters! {
    /// Which people.
    UserFilter {
        /// In this state.
        state: UserState,
        /// With this role.
        role: RoleName,
        /// With this address.
        email: String,
    }
}

impl From<UserView> for User {
    fn from(view: UserView) -> Self {
        let profile = view.profile;
        Self {
            id: UserIdText(view.id),
            external_id: view.external_id,
            state: UserState(view.state),
            role: RoleName(view.role),
            email: profile.email,
            is_email_verified: view.is_email_verified,
            first_name: profile.first_name,
            last_name: profile.last_name,
            display_name: profile.display_name,
            username: profile.username,
            groups: profile.groups.unwrap_or_default(),
            created_at: Moment(view.created_at),
            updated_at: Moment(view.updated_at),
        }
    }
}

impl From<IdentityView> for Identity {
    fn from(view: IdentityView) -> Self {
        let IdentityView { connection_id, source, value, created_at } = view;
        Self { connection: ConnectionIdText(connection_id), source, value, created_at: Moment(created_at) }
    }
}

fn which(call: &Call) -> Result<Which, Problem> {
    Ok(call.part("user")?.to_owned().into())
}

/// People, oldest first.
pub(super) async fn list(call: Call, Query(filter): Query<UserFilter>) -> Result<Page<User>, Problem> {
    let window = filter.window()?;
    let input = List {
        account: call.account()?.clone(),
        state: filter.state.map(|state| state.0),
        role: filter.role.map(|role| role.0),
        email: filter.email,
        after: window.after()?,
        limit: window.limit(),
    };
    let found = user::list(call.gateway(), &call.ctx, &input).await?;
    Ok(window.page(found, |user| user.id.to_string(), User::from))
}

/// Makes one.
pub(super) async fn create(call: Call, Json(new): Json<UserFields>) -> Result<Made<User>, Problem> {
    let input = Create { account: call.account()?.clone(), known: new.into() };
    let made = user::create(call.gateway(), &call.ctx, input).await?;
    let path = call.below(&format!("users/{}", made.id));
    Ok(Made(made.into(), path))
}

/// One.
pub(super) async fn read(call: Call, (): ()) -> Result<Versioned<UserDetail>, Problem> {
    let found = user::find(call.gateway(), &call.ctx, call.account()?, &which(&call)?).await?;
    let version = found.user.version;
    let detail = UserDetail {
        user: found.user.into(),
        last_sign_in_at: found.last_sign_in_at.map(Moment),
        identities: found.identities.into_iter().map(Identity::from).collect(),
    };
    Ok(Versioned(detail, version))
}

/// Changes one.
pub(super) async fn update(
    call: Call,
    (if_match, Json(changes)): (IfMatch, Json<UserFields>),
) -> Result<Versioned<User>, Problem> {
    let (account, which) = (call.account()?, which(&call)?);
    let expects = |version| if_match.allows(version);
    let after =
        user::update_if(call.gateway(), &call.ctx, (account, &which), changes.into(), expects).await?;
    let version = after.version;
    Ok(Versioned(after.into(), version))
}

/// Shuts one out and ends their sessions.
pub(super) async fn disable(call: Call, (): ()) -> Result<Done, Problem> {
    set_state(&call, crate::directory::state::UserState::Disabled).await
}

/// Lets one in again.
pub(super) async fn enable(call: Call, (): ()) -> Result<Done, Problem> {
    set_state(&call, crate::directory::state::UserState::Active).await
}

async fn set_state(call: &Call, state: crate::directory::state::UserState) -> Result<Done, Problem> {
    user::set_state(call.gateway(), &call.ctx, (call.account()?, &which(call)?), state).await?;
    Ok(Done)
}
