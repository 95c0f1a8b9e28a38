//! `gatepost api-key …`: keys of the REST API.

use clap::{Args, Subcommand};
use secrecy::ExposeSecret;

use super::gateway::{self, Common, moment};
use super::{Outcome, Status};
use crate::base::caller::Scopes;
use crate::base::id::ApiKeyId;
use crate::directory::account::Slug;
use crate::flow::api_key::{self, ApiKeyView, Create};

/// What can be done with keys of the REST API.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a key; it is shown this once
    Create(CreateOptions),
    /// List the keys of an account, or of the installation
    List(ListOptions),
    /// Take a key back
    Revoke(RevokeOptions),
}

/// Options of `gatepost api-key create`.
#[derive(Debug, Args)]
pub struct CreateOptions {
    /// What it is called
    #[arg(long)]
    name: String,
    /// What it is good for, with commas (connections:read,users:write) or given several times
    #[arg(long, value_name = "SCOPES", required = true)]
    scope: Vec<Scopes>,
    /// For how many days
    #[arg(long, default_value_t = 90)]
    days: i64,
    #[command(flatten)]
    list: ListOptions,
}

/// Options of `gatepost api-key list`.
#[derive(Debug, Args)]
pub struct ListOptions {
    /// The account's slug; without one, keys are the installation's and good for all accounts
    #[arg(long, value_name = "SLUG")]
    account: Option<Slug>,
    #[command(flatten)]
    common: Common,
}

/// Options of `gatepost api-key revoke`.
#[derive(Debug, Args)]
pub struct RevokeOptions {
    /// The key's id
    id: ApiKeyId,
    #[command(flatten)]
    common: Common,
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::Create(CreateOptions { name, scope, days, list }) => {
            let (account, name) = (list.account.clone(), name.clone());
            let scopes = scope.iter().copied().flat_map(Scopes::iter).collect();
            let input = Create { account, name, scopes, days: *days };
            let (key, secret) =
                list.common.work(async |gateway, ctx| api_key::create(gateway, ctx, input).await)?;
            let mut pairs = pairs(&key);
            pairs.push(("key", "Key", secret.expose_secret().to_owned()));
            gateway::print(list.common.json, &pairs);
            gateway::note("Keep the key now: it is not shown again.");
        }
        Command::List(ListOptions { account, common }) => {
            let found =
                common.work(async |gateway, ctx| api_key::list(gateway, ctx, account.as_ref()).await)?;
            common.print_each(&found, |is_json, key| gateway::print(is_json, &pairs(key)));
        }
        Command::Revoke(RevokeOptions { id, common }) => {
            let done = common.work(async |gateway, ctx| api_key::revoke(gateway, ctx, *id).await)?;
            gateway::print(common.json, &[("revoked", "Revoked", u64::from(done).to_string())]);
        }
    }
    Ok(Status::Done)
}

fn pairs(key: &ApiKeyView) -> Vec<(&'static str, &'static str, String)> {
    vec![
        ("id", "API key", key.id.to_string()),
        ("name", "Name", key.name.clone()),
        ("scopes", "Scopes", key.scopes.to_string()),
        ("is_active", "Good", key.is_active.to_string()),
        ("created_by", "Made by", key.created_by.clone()),
        ("created_at", "Made at", key.created_at.to_string()),
        ("expires_at", "Ends at", key.expires_at.to_string()),
        ("last_used_at", "Last used at", moment(key.last_used_at)),
        ("revoked_at", "Revoked at", moment(key.revoked_at)),
    ]
}
