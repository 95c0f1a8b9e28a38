//! Accounts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Found, IfMatch, Json, Made, Query, Versioned};
use super::paging::{Page, filters};
use super::problem::Problem;
use super::schema::{
    AccountIdText, AccountState, AccountSwitch, ConnectionIdText, ConnectionState, KeepMessages, LocaleName,
    Moment, SignInIdText, SlugText,
};
use crate::directory::account::Slug;
use crate::flow::account::{self, AccountView, Create, Listed, Update, overview};
use crate::flow::attempt::message;

/// A customer of the platform: a school, a district, a company.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Account {
    id: AccountIdText,
    slug: SlugText,
    /// Its name for people.
    name: String,
    /// The platform's own id for it.
    external_id: Option<String>,
    state: AccountState,
    locale: LocaleName,
    keep_messages: KeepMessages,
}

/// An account of a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ListedAccount {
    #[serde(flatten)]
    account: Account,
    /// Whether people have a connection to sign in by.
    has_sign_in: bool,
}

/// A new account.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    slug: SlugText,
    /// Its name for people.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// The platform's own id for it.
    #[schemars(length(min = 1, max = 200))]
    external_id: Option<String>,
}

/// What is to be different; what is not given stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChanges {
    slug: Option<SlugText>,
    /// Its name for people.
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// The platform's own id for it; an empty text takes it away.
    #[schemars(length(max = 200))]
    external_id: Option<String>,
    /// Disabled, nobody signs in to it any more.
    state: Option<AccountSwitch>,
    /// Why its state becomes another one; its owners read it in their events.
    #[schemars(length(min = 1, max = 500))]
    reason: Option<String>,
    locale: Option<LocaleName>,
    /// Asks for `settings:write` as well.
    keep_messages: Option<KeepMessages>,
}

/// Which messages of identity providers are kept.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    keep_messages: KeepMessages,
}

/// How an account stands.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Overview {
    account: Account,
    created_at: Moment,
    /// Why it is in its state, where somebody said so.
    reason: Option<String>,
    /// How many owners it has.
    owners: usize,
    /// Those that people sign in by first.
    connections: Vec<Standing>,
}

/// How a connection stands.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Standing {
    connection: ConnectionIdText,
    name: String,
    state: ConnectionState,
    /// Sign-ins by it in the last seven days; more than 1000 are not counted.
    sign_ins: i64,
    /// The last sign-in that was refused.
    problem: Option<LastProblem>,
}

/// A sign-in that was refused.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LastProblem {
    sign_in: SignInIdText,
    at: Moment,
    /// Why, as far as may be said in public.
    code: String,
}

filters! {
    /// Which accounts.
    AccountFilter {
        /// Those that have this in their names, or whose external id it is.
        search: String,
    }
}

impl From<overview::Standing> for Standing {
    fn from(view: overview::Standing) -> Self {
        let overview::Standing { id, name, state, sign_ins, problem } = view;
        let problem =
            problem.map(|(id, at, code)| LastProblem { sign_in: SignInIdText(id), at: Moment(at), code });
        Self { connection: ConnectionIdText(id), name, state: ConnectionState(state), sign_ins, problem }
    }
}

impl From<AccountView> for Account {
    fn from(view: AccountView) -> Self {
        let AccountView { id, slug, name, external_id, state, locale, keep_messages, .. } = view;
        Self {
            id: AccountIdText(id),
            slug: SlugText(slug),
            name,
            external_id,
            state: AccountState(state),
            locale: LocaleName(locale),
            keep_messages: KeepMessages(keep_messages),
        }
    }
}

impl From<Listed> for ListedAccount {
    fn from(listed: Listed) -> Self {
        Self { account: listed.account.into(), has_sign_in: listed.in_use > 0 }
    }
}

/// Accounts, by their names in addresses: those that the key is good for.
pub(super) async fn list(
    call: Call,
    Query(filter): Query<AccountFilter>,
) -> Result<Page<ListedAccount>, Problem> {
    let window = filter.window()?;
    let after: Option<Slug> = window.after()?;
    let page = (after.as_ref(), window.limit().into());
    let text = filter.search.as_deref().unwrap_or_default();
    let found = account::search(call.gateway(), &call.ctx, text, page).await?;
    Ok(window.page(found, |listed| listed.account.slug.to_string(), ListedAccount::from))
}

/// How one stands.
pub(super) async fn overview(call: Call, (): ()) -> Result<Found<Overview>, Problem> {
    let found = overview::show(call.gateway(), &call.ctx, call.account()?).await?;
    Ok(Found(Overview {
        account: found.account.into(),
        created_at: Moment(found.created_at),
        reason: found.reason,
        owners: found.owners,
        connections: found.connections.into_iter().map(Standing::from).collect(),
    }))
}

/// Which messages are kept. Its version is that of the account.
pub(super) async fn kept(call: Call, (): ()) -> Result<Versioned<Kept>, Problem> {
    let found = account::show(call.gateway(), &call.ctx, call.account()?).await?;
    Ok(Versioned(Kept { keep_messages: KeepMessages(found.keep_messages) }, found.version))
}

/// Decides which messages are kept.
pub(super) async fn keep(
    call: Call,
    (if_match, Json(kept)): (IfMatch, Json<Kept>),
) -> Result<Versioned<Kept>, Problem> {
    let expects = |version| if_match.allows(version);
    let keep = kept.keep_messages.0;
    let version = message::keep_if(call.gateway(), &call.ctx, call.account()?, keep, expects).await?;
    Ok(Versioned(kept, version))
}

/// Makes one.
pub(super) async fn create(call: Call, Json(new): Json<NewAccount>) -> Result<Made<Account>, Problem> {
    let external_id = new.external_id.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
    let input = Create { slug: new.slug.0, name: new.name, external_id };
    let made = account::create(call.gateway(), &call.ctx, input).await?;
    let path = format!("/api/v1/accounts/{}", made.slug);
    Ok(Made(made.into(), path))
}

/// One.
pub(super) async fn read(call: Call, (): ()) -> Result<Versioned<Account>, Problem> {
    let found = account::show(call.gateway(), &call.ctx, call.account()?).await?;
    let version = found.version;
    Ok(Versioned(found.into(), version))
}

/// Changes one.
pub(super) async fn update(
    call: Call,
    (if_match, Json(changes)): (IfMatch, Json<AccountChanges>),
) -> Result<Versioned<Account>, Problem> {
    let input = Update {
        slug: changes.slug.map(|slug| slug.0),
        name: changes.name,
        external_id: changes.external_id,
        state: changes.state.map(|state| state.0),
        reason: changes.reason,
        locale: changes.locale.map(|locale| locale.0),
        keep_messages: changes.keep_messages.map(|keep| keep.0),
    };
    let expects = |version| if_match.allows(version);
    let after = account::update_if(call.gateway(), &call.ctx, call.account()?, input, expects).await?;
    let version = after.version;
    Ok(Versioned(after.into(), version))
}
