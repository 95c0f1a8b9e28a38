//! `gatepost domain …`: the email domains of an account, and its guests.

use clap::{Args, Subcommand};

use super::gateway::{self, InAccount};
use super::{Outcome, Status};
use crate::base::Ctx;
use crate::base::id::ConnectionId;
use crate::directory::domain::DomainName;
use crate::directory::state::{DomainSight, DomainState};
use crate::flow::domain::{self, Add, DomainView, GuestView};
use crate::flow::{FlowError, Gateway};

/// Guests that are read at once.
const PAGE: i64 = 500;

/// What can be done with domains.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Claim a domain for an account; it counts when it is proved
    Add(AddOptions),
    /// List an account's domains
    List(InAccount),
    /// Look into DNS for the record that proves a domain; status 1 if it is not there
    Check(NameOptions),
    /// Vouch that a domain is the account's
    Prove(ProveOptions),
    /// Say by which connection the people of a domain sign in
    Route(RouteOptions),
    /// Give a domain up
    Remove(NameOptions),
    /// Single addresses outside of the domains that are let in all the same
    #[command(subcommand)]
    Guest(GuestCommand),
}

/// What can be done with guests.
#[derive(Debug, Subcommand)]
pub enum GuestCommand {
    /// Let an address in
    Add(GuestAddOptions),
    /// List an account's guests
    List(InAccount),
    /// Let an address in no longer
    Remove(GuestOptions),
}

/// Options of `gatepost domain add`.
#[derive(Debug, Args)]
pub struct AddOptions {
    /// The domain, such as school.example
    domain: DomainName,
    /// By which connection its people sign in; by the account's only one, or by choice, if it is left out
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
    #[command(flatten)]
    within: InAccount,
}

/// Options of `gatepost domain prove`.
#[derive(Debug, Args)]
pub struct ProveOptions {
    /// The domain
    domain: DomainName,
    /// How you know that it is theirs; kept with the proof
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    within: InAccount,
}

/// Options of `gatepost domain route`.
#[derive(Debug, Args)]
pub struct RouteOptions {
    /// The domain
    domain: DomainName,
    /// By which connection; without it, by the account's only one, or by choice
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
    #[command(flatten)]
    within: InAccount,
}

/// Options of `gatepost domain remove`.
#[derive(Debug, Args)]
pub struct NameOptions {
    /// The domain
    domain: DomainName,
    #[command(flatten)]
    within: InAccount,
}

/// Options of `gatepost domain guest add`.
#[derive(Debug, Args)]
pub struct GuestAddOptions {
    /// The address
    email: String,
    /// Why it is let in
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    within: InAccount,
}

/// Options of `gatepost domain guest remove`.
#[derive(Debug, Args)]
pub struct GuestOptions {
    /// The address
    email: String,
    #[command(flatten)]
    within: InAccount,
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: Command) -> Outcome {
    match command {
        Command::Add(AddOptions { domain, connection, within }) => {
            let input = Add { account: within.account.clone(), name: domain, connection };
            one(&within, async |gateway, ctx| domain::add(gateway, ctx, input).await)
        }
        Command::List(within) => {
            let found =
                within.common.work(async |gateway, ctx| domain::list(gateway, ctx, &within.account).await)?;
            within.common.print_each(&found, print);
            Ok(Status::Done)
        }
        Command::Check(NameOptions { domain, within }) => {
            let checked = within.common.work(async |gateway, ctx| {
                domain::check::check(gateway, ctx, (&within.account, &domain)).await
            })?;
            print(within.common.json, &checked.domain);
            let text = &crate::words::EN.domains;
            let said = text.sight(checked.sight.is).with("domain", &checked.domain.name);
            let said = said.with("name", &checked.domain.record_name);
            gateway::note(&said.with("found", checked.sight.at.as_deref().unwrap_or_default()).to_string());
            for value in &checked.sight.values {
                gateway::note(&format!("  {}", gateway::printable(value)));
            }
            let is_there = checked.sight.is == DomainSight::Proof;
            Ok(if is_there { Status::Done } else { Status::Refused })
        }
        Command::Prove(ProveOptions { domain, reason, within }) => one(&within, async |gateway, ctx| {
            let which = (&within.account, &domain);
            domain::prove(gateway, ctx, which, &reason).await
        }),
        Command::Route(RouteOptions { domain, connection, within }) => one(&within, async |gateway, ctx| {
            let which = (&within.account, &domain);
            domain::set_connection(gateway, ctx, which, connection).await
        }),
        Command::Remove(NameOptions { domain, within }) => {
            within.common.work(async |gateway, ctx| {
                let which = (&within.account, &domain);
                domain::remove(gateway, ctx, which).await
            })?;
            gateway::print(within.common.json, &[("removed", "Removed", domain.to_string())]);
            Ok(Status::Done)
        }
        Command::Guest(command) => guest(command),
    }
}

fn guest(command: GuestCommand) -> Outcome {
    match command {
        GuestCommand::Add(GuestAddOptions { email, reason, within }) => {
            let made = within.common.work(async |gateway, ctx| {
                domain::add_guest(gateway, ctx, &within.account, (&email, &reason)).await
            })?;
            print_guest(within.common.json, &made);
        }
        GuestCommand::List(within) => {
            let found = within.common.work(async |gateway, ctx| {
                let (mut all, mut after) = (Vec::new(), None);
                loop {
                    let page = domain::list_guests(gateway, ctx, &within.account, (after, PAGE)).await?;
                    after = page.last().map(|last| last.id);
                    all.extend(page);
                    if after.is_none() {
                        return Ok(all);
                    }
                }
            })?;
            for guest in &found {
                print_guest(within.common.json, guest);
            }
        }
        GuestCommand::Remove(GuestOptions { email, within }) => {
            within.common.work(async |gateway, ctx| {
                domain::remove_guest(gateway, ctx, &within.account, &email).await
            })?;
            gateway::print(within.common.json, &[("removed", "Removed", email)]);
        }
    }
    Ok(Status::Done)
}

fn one(
    within: &InAccount,
    work: impl AsyncFnOnce(&Gateway, &Ctx) -> Result<DomainView, FlowError>,
) -> Outcome {
    print(within.common.json, &within.common.work(work)?);
    Ok(Status::Done)
}

fn print(is_json: bool, domain: &DomainView) {
    let mut pairs =
        vec![("domain", "Domain", domain.name.to_string()), ("state", "State", domain.state.to_string())];
    let mut add = |key, label, value: Option<String>| pairs.extend(value.map(|value| (key, label, value)));
    add("connection", "Connection", domain.connection_id.map(|id| id.to_string()));
    if domain.state == DomainState::Pending {
        add("record_name", "TXT record", Some(domain.record_name.clone()));
        add("record_value", "Its value", Some(domain.record_value.clone()));
    }
    add("proved_by", "Proved by", domain.proved_by.clone());
    add("reason", "Because", domain.reason.clone());
    add("checked", "In DNS", domain.checked.map(|(_, sight)| sight.to_string()));
    add("checked_at", "Looked at", domain.checked.map(|(at, _)| at.to_string()));
    add("lost_at", "Lost after", domain.lost_at.map(|at| at.to_string()));
    add("proved_at", "At", domain.proved_at.map(|at| at.to_string()));
    gateway::print(is_json, &pairs);
}

fn print_guest(is_json: bool, guest: &GuestView) {
    let pairs = [
        ("email", "Guest", guest.email.clone()),
        ("reason", "Because", guest.reason.clone()),
        ("created_at", "Since", guest.created_at.to_string()),
    ];
    gateway::print(is_json, &pairs);
}
