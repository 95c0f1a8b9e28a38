//! Keys of this API, of an account.

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::call::{Call, Done, Found, Json, Made, Query};
use super::paging::{Page, Plain};
use super::problem::Problem;
use super::schema::{AccountIdText, ApiKeyIdText, Moment, ScopeName};
use crate::base::id::ApiKeyId;
use crate::directory::account::Slug;
use crate::flow::api_key::{self, ApiKeyView, Create};

/// A key; the secret is told once, when it is made.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ApiKey {
    id: ApiKeyIdText,
    name: String,
    scopes: Vec<ScopeName>,
    /// Who made it.
    created_by: String,
    created_at: Moment,
    expires_at: Moment,
    /// To the minute.
    last_used_at: Option<Moment>,
    revoked_at: Option<Moment>,
    /// Whether it is good for anything.
    is_active: bool,
}

/// A new key. It has scopes of the key that asks, at the most.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    #[schemars(length(min = 1, max = 100))]
    name: String,
    #[schemars(length(min = 1))]
    scopes: Vec<ScopeName>,
    /// For so many days it is good.
    #[schemars(range(min = 1, max = 366))]
    days: i64,
}

/// A key that was made.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IssuedApiKey {
    #[serde(flatten)]
    key: ApiKey,
    /// What stands after `Bearer`. It is not told again.
    secret: String,
}

/// What the key that asks is good for.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OwnKey {
    id: ApiKeyIdText,
    /// Whose it is; null for a key of the installation, which is good for every account.
    account: Option<AccountIdText>,
    scopes: Vec<ScopeName>,
}

impl NewApiKey {
    pub(super) fn into_input(self, account: Option<Slug>) -> Create {
        let scopes = self.scopes.into_iter().map(|scope| scope.0).collect();
        Create { account, name: self.name, scopes, days: self.days }
    }
}

impl IssuedApiKey {
    pub(super) fn new(view: ApiKeyView, secret: &SecretString) -> Self {
        Self { key: view.into(), secret: secret.expose_secret().to_owned() }
    }
}

impl From<ApiKeyView> for ApiKey {
    fn from(view: ApiKeyView) -> Self {
        Self {
            id: ApiKeyIdText(view.id),
            name: view.name,
            scopes: view.scopes.iter().map(ScopeName).collect(),
            created_by: view.created_by,
            created_at: Moment(view.created_at),
            expires_at: Moment(view.expires_at),
            last_used_at: view.last_used_at.map(Moment),
            revoked_at: view.revoked_at.map(Moment),
            is_active: view.is_active,
        }
    }
}

/// The key that asks.
pub(super) async fn own(call: Call, (): ()) -> Result<Found<OwnKey>, Problem> {
    Ok(Found(OwnKey {
        id: ApiKeyIdText(call.key.id),
        account: call.key.account.map(AccountIdText),
        scopes: call.key.scopes.iter().map(ScopeName).collect(),
    }))
}

/// Those of an account, newest first.
pub(super) async fn list(call: Call, Query(filter): Query<Plain>) -> Result<Page<ApiKey>, Problem> {
    let window = filter.window()?;
    let page = (window.after()?, window.limit().into());
    let found = api_key::page(call.gateway(), &call.ctx, Some(call.account()?), page).await?;
    Ok(window.page(found, |view| view.id.to_string(), ApiKey::from))
}

/// Makes one.
pub(super) async fn create(call: Call, Json(new): Json<NewApiKey>) -> Result<Made<IssuedApiKey>, Problem> {
    let input = new.into_input(Some(call.account()?.clone()));
    let (view, secret) = api_key::create(call.gateway(), &call.ctx, input).await?;
    let path = call.below("api-keys");
    Ok(Made(IssuedApiKey::new(view, &secret), path))
}

/// Takes one back.
pub(super) async fn revoke(call: Call, (): ()) -> Result<Done, Problem> {
    let id: ApiKeyId = call.own("key").await?;
    api_key::revoke(call.gateway(), &call.ctx, id).await?;
    Ok(Done)
}
