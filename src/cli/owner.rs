//! `gatepost owner …`: letting owners of accounts into the console.

use clap::{Args, Subcommand};

use super::gateway::InAccount;
use super::operator::print_link;
use super::{Outcome, Status};
use crate::flow::owner;

/// What can be done for owners.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Invite somebody to be an owner: make a link that works once, within 7 days
    Invite(InviteOptions),
    /// Let an owner in without single sign-on: make a link that works once, within 30 minutes. Every owner is told
    BreakGlass(BreakGlassOptions),
}

/// Options of `gatepost owner invite`.
#[derive(Debug, Args)]
pub struct InviteOptions {
    /// Their email address
    #[arg(long)]
    email: String,
    /// Their name
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    of: InAccount,
}

/// Options of `gatepost owner break-glass`.
#[derive(Debug, Args)]
pub struct BreakGlassOptions {
    /// The owner: their id or email address
    #[arg(long, value_name = "WHO")]
    owner: String,
    /// Why: it is kept, and told to every owner
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    of: InAccount,
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: &Command) -> Outcome {
    let (of, made) = match command {
        Command::Invite(InviteOptions { email, name, of }) => {
            let who = (email.as_str(), name.as_deref());
            (of, of.common.work(async |gateway, ctx| owner::invite(gateway, ctx, &of.account, who).await)?)
        }
        Command::BreakGlass(BreakGlassOptions { owner, reason, of }) => {
            let who = (&of.account, owner.as_str());
            (of, of.common.work(async |gateway, ctx| owner::break_glass(gateway, ctx, who, reason).await)?)
        }
    };
    print_link(of.common.json, &made);
    Ok(Status::Done)
}
