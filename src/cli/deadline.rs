//! `gatepost deadline …`: what will end.

use clap::{Args, Subcommand};

use super::gateway::{self, Common};
use super::{Outcome, Status};
use crate::directory::account::Slug;
use crate::flow::deadline::{self, DeadlineView};

/// What can be asked about ends.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List what will end, the next first: certificates, metadata, keys, links, proofs of domains
    List(ListOptions),
}

/// Options of `gatepost deadline list`.
#[derive(Debug, Args)]
pub struct ListOptions {
    /// Of this account, as it is now; without it, of all accounts, as a running gateway noted within the last hour
    #[arg(long, value_name = "SLUG")]
    account: Option<Slug>,
    #[command(flatten)]
    common: Common,
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(Command::List(ListOptions { account, common }): Command) -> Outcome {
    let found = common.work(async |gateway, ctx| {
        if let Some(account) = &account {
            return deadline::board(gateway, ctx, account).await;
        }
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let (page, next) = deadline::board_of_all(gateway, ctx, after).await?;
            all.extend(page);
            if next.is_none() {
                return Ok(all);
            }
            after = next;
        }
    })?;
    common.print_each(&found, print);
    Ok(Status::Done)
}

fn print(is_json: bool, deadline: &DeadlineView) {
    let mut pairs = vec![
        ("ends_at", "Ends", deadline.ends_at.to_string()),
        ("kind", "What", deadline.kind.to_string()),
        ("thing", "Which", deadline.thing.clone()),
    ];
    let mut add = |key, label, value: Option<String>| pairs.extend(value.map(|value| (key, label, value)));
    add("name", "Name", (!deadline.name.is_empty()).then(|| deadline.name.clone()));
    add("account", "Account", deadline.account.as_ref().map(|(slug, _)| slug.clone()));
    add("connection", "Connection", deadline.connection.as_ref().map(|(id, _)| id.to_string()));
    add("people", "People", (deadline.people > 0).then(|| deadline.people.to_string()));
    add("replaced", "Stood in for", deadline.is_replaced.then(|| "yes".to_owned()));
    gateway::print(is_json, &pairs);
}
