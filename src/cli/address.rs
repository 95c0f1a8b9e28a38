//! `gatepost address …`: the public addresses that the installation was served under, at which messages count.

use clap::{Args, Subcommand};

use super::gateway::{self, Common};
use super::{Outcome, Status};
use crate::flow::connection::alias::{self, Served};

/// What can be done about addresses of before.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the addresses that it was served under: messages that were sent there are taken
    List(Common),
    /// Take no messages any more that were sent to an address of before
    Forget(ForgetOptions),
}

/// Options of `gatepost address forget`.
#[derive(Debug, Args)]
pub struct ForgetOptions {
    /// The address, as it is listed
    #[arg(value_name = "URL")]
    url: String,
    #[command(flatten)]
    common: Common,
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::List(common) => {
            let found = common.work(async |gateway, ctx| alias::list(gateway, ctx).await)?;
            common.print_each(&found, print);
        }
        Command::Forget(ForgetOptions { url, common }) => {
            common.work(async |gateway, ctx| alias::forget(gateway, ctx, url).await)?;
            gateway::print(common.json, &[("url", "Given up", url.clone())]);
        }
    }
    Ok(Status::Done)
}

fn print(is_json: bool, served: &Served) {
    let when = if served.is_present { "now" } else { "before" };
    gateway::print(is_json, &[("url", "Address", served.url.clone()), ("served", "Served", when.to_owned())]);
}
