//! `gatepost owner …`: who the owners of an account are, and letting them into the console.

use clap::{Args, Subcommand};
use serde_json::json;

use super::gateway::{self, InAccount};
use super::operator::print_link;
use super::{Outcome, Status};
use crate::flow::owner::{self, OwnerView};
use crate::words::EN;

/// What can be done for owners.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List an account's owners who may sign in, oldest first
    List(InAccount),
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
        Command::List(of) => {
            let found = of.common.work(async |gateway, ctx| owner::list(gateway, ctx, &of.account).await)?;
            of.common.print_each(&found, print);
            return Ok(Status::Done);
        }
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

fn print(is_json: bool, owner: &OwnerView) {
    let OwnerView { id, name, email, is_email_unvouched, created_at } = owner;
    if is_json {
        return gateway::print_json(&json!({
            "id": id.to_string(), "name": name, "email": email, "is_email_unvouched": is_email_unvouched,
            "created_at": created_at.to_string(),
        }));
    }
    let mut pairs = vec![("", "Owner", id.to_string())];
    let mut add = |label, value: Option<String>| pairs.extend(value.map(|value| ("", label, value)));
    add("Name", name.clone());
    add("Email", email.clone());
    add("Look at it", is_email_unvouched.then(|| EN.notices.owner_unvouched.to_string()));
    add("Known since", Some(created_at.to_string()));
    gateway::print(false, &pairs);
}
