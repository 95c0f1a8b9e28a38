//! `gatepost operator …`: those who run the installation.

use clap::{Args, Subcommand};
use secrecy::ExposeSecret;

use super::gateway::{self, Common};
use super::{Outcome, Status};
use crate::base::id::OperatorId;
use crate::flow::link::Issued;
use crate::flow::operator::{self, OperatorView};

/// What can be done with operators.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a link that lets an operator into the console, once, within an hour
    Link(LinkOptions),
    /// List all operators
    List(Common),
    /// Shut an operator out, and end their sessions
    Remove(RemoveOptions),
}

/// Options of `gatepost operator link`.
#[derive(Debug, Args)]
pub struct LinkOptions {
    /// What the new operator is called
    #[arg(long, default_value = "")]
    name: String,
    /// An operator whom it lets in once more, instead of a new one
    #[arg(long, value_name = "ID", conflicts_with = "name")]
    operator: Option<OperatorId>,
    #[command(flatten)]
    common: Common,
}

/// Options of `gatepost operator remove`.
#[derive(Debug, Args)]
pub struct RemoveOptions {
    /// The operator's id
    id: OperatorId,
    #[command(flatten)]
    common: Common,
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::Link(LinkOptions { name, operator, common }) => {
            let made =
                common.work(async |gateway, ctx| operator::make_link(gateway, ctx, name, *operator).await)?;
            print_link(common.json, &made);
        }
        Command::List(common) => {
            let found = common.work(async |gateway, ctx| operator::list(gateway, ctx).await)?;
            common.print_each(&found, print);
        }
        Command::Remove(RemoveOptions { id, common }) => {
            common.work(async |gateway, ctx| operator::remove(gateway, ctx, *id).await)?;
            gateway::print(common.json, &[("id", "Removed", id.to_string())]);
        }
    }
    Ok(Status::Done)
}

/// A link, this once.
pub(super) fn print_link(is_json: bool, made: &Issued) {
    gateway::print(
        is_json,
        &[
            ("id", "Link", made.id.to_string()),
            ("url", "Open", made.url.expose_secret().to_owned()),
            ("expires_at", "Ends at", made.expires_at.to_string()),
        ],
    );
}

fn print(is_json: bool, operator: &OperatorView) {
    gateway::print(
        is_json,
        &[
            ("id", "Operator", operator.id.to_string()),
            ("name", "Name", operator.name.clone()),
            ("state", "State", operator.state.to_string()),
            ("created_by", "Made by", operator.created_by.clone()),
            ("created_at", "Since", operator.created_at.to_string()),
        ],
    );
}
