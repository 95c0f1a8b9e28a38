//! `gatepost setup-link …`: links for the IT admins of accounts.

use clap::{Args, Subcommand};

use super::gateway::{self, Common, InAccount};
use super::operator::print_link;
use super::{Outcome, Status};
use crate::base::caller::SetupScopes;
use crate::base::id::{ConnectionId, LinkId};
use crate::flow::setup_link::{self, Create, SetupLinkView};

/// What can be done with setup links.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a link behind which an IT admin sets things up
    Create(CreateOptions),
    /// List an account's setup links
    List(InAccount),
    /// Take a setup link back: whoever is behind it is out
    Revoke(RevokeOptions),
}

/// Options of `gatepost setup-link create`.
#[derive(Debug, Args)]
pub struct CreateOptions {
    /// What can be set up: sso, domains, or both with a comma or given twice
    #[arg(long, default_value = "sso,domains", value_name = "WHAT")]
    scope: Vec<SetupScopes>,
    /// For whom, as a note
    #[arg(long, default_value = "")]
    name: String,
    /// Where it is sent; without an address, hand it over yourself
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// For how many days
    #[arg(long, default_value_t = 14)]
    days: i64,
    /// A connection that is being set up, to go on with; else only those that are begun by the link
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
    /// Where they go when they are done: a path of this site, or an address at one of `http.return_to_origins`
    #[arg(long, value_name = "ADDRESS")]
    return_to: Option<String>,
    #[command(flatten)]
    of: InAccount,
}

/// Options of `gatepost setup-link revoke`.
#[derive(Debug, Args)]
pub struct RevokeOptions {
    /// The link's id
    id: LinkId,
    #[command(flatten)]
    common: Common,
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::Create(CreateOptions { scope, name, email, days, connection, return_to, of }) => {
            let scopes = scope.iter().copied().flat_map(SetupScopes::iter).collect();
            let (account, name, email) = (of.account.clone(), name.clone(), email.clone());
            let (days, connection, return_to) = (*days, *connection, return_to.clone());
            let input = Create { account, scopes, name, email, days, connection, return_to };
            let made = of.common.work(async |gateway, ctx| setup_link::create(gateway, ctx, input).await)?;
            print_link(of.common.json, &made);
        }
        Command::List(of) => {
            let found =
                of.common.work(async |gateway, ctx| setup_link::list(gateway, ctx, &of.account).await)?;
            of.common.print_each(&found, print);
        }
        Command::Revoke(RevokeOptions { id, common }) => {
            let done = common.work(async |gateway, ctx| setup_link::revoke(gateway, ctx, *id).await)?;
            gateway::print(common.json, &[("revoked", "Revoked", u64::from(done).to_string())]);
        }
    }
    Ok(Status::Done)
}

fn print(is_json: bool, link: &SetupLinkView) {
    gateway::print(
        is_json,
        &[
            ("id", "Setup link", link.id.to_string()),
            ("scopes", "For", link.scopes.to_string()),
            ("connection", "Goes on with", link.connection.map(|id| id.to_string()).unwrap_or_default()),
            ("name", "For whom", link.name.clone()),
            ("email", "Sent to", link.email.clone().unwrap_or_default()),
            ("state", "State", link.state.name().to_owned()),
            ("created_by", "Made by", link.created_by.clone()),
            ("created_at", "Made at", link.created_at.to_string()),
            ("expires_at", "Ends at", link.expires_at.to_string()),
        ],
    );
}
