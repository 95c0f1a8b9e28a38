//! `gatepost domain …`: the email domains of an account, and its guests.

use clap::{Args, Subcommand};

use super::gateway::{self, SettingsFile};
use super::{Outcome, Status};
use crate::base::Actor;
use crate::base::id::ConnectionId;
use crate::directory::account::Slug;
use crate::directory::domain::DomainName;
use crate::directory::state::DomainState;
use crate::flow::domain::{self, Add, DomainView, GuestView};
use crate::flow::{FlowError, Gateway};

/// What can be done with domains.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Claim a domain for an account; it counts when it is proved
    Add(AddOptions),
    /// List an account's domains
    List(Common),
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
    List(Common),
    /// Let an address in no longer
    Remove(GuestOptions),
}

/// Which account, and how to answer.
#[derive(Debug, Args)]
pub struct Common {
    /// The account's slug
    #[arg(long, value_name = "SLUG")]
    account: Slug,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsFile,
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
    common: Common,
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
    common: Common,
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
    common: Common,
}

/// Options of `gatepost domain remove`.
#[derive(Debug, Args)]
pub struct NameOptions {
    /// The domain
    domain: DomainName,
    #[command(flatten)]
    common: Common,
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
    common: Common,
}

/// Options of `gatepost domain guest remove`.
#[derive(Debug, Args)]
pub struct GuestOptions {
    /// The address
    email: String,
    #[command(flatten)]
    common: Common,
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: Command) -> Outcome {
    match command {
        Command::Add(AddOptions { domain, connection, common }) => {
            let input = Add { account: common.account.clone(), name: domain, connection };
            one(&common, async |gateway| domain::add(gateway, &gateway.ctx(Actor::CommandLine), input).await)
        }
        Command::List(common) => {
            let found = gateway::on_gateway(&common.settings, async |gateway| {
                domain::list(gateway, &gateway.ctx(Actor::CommandLine), &common.account).await
            })?;
            for (index, domain) in found.iter().enumerate() {
                if index > 0 && !common.json {
                    gateway::say("\n");
                }
                print(common.json, domain);
            }
            Ok(Status::Done)
        }
        Command::Prove(ProveOptions { domain, reason, common }) => one(&common, async |gateway| {
            let which = (&common.account, &domain);
            domain::prove(gateway, &gateway.ctx(Actor::CommandLine), which, &reason).await
        }),
        Command::Route(RouteOptions { domain, connection, common }) => one(&common, async |gateway| {
            let which = (&common.account, &domain);
            domain::set_connection(gateway, &gateway.ctx(Actor::CommandLine), which, connection).await
        }),
        Command::Remove(NameOptions { domain, common }) => {
            gateway::on_gateway(&common.settings, async |gateway| {
                let which = (&common.account, &domain);
                domain::remove(gateway, &gateway.ctx(Actor::CommandLine), which).await
            })?;
            gateway::print(common.json, &[("removed", "Removed", domain.to_string())]);
            Ok(Status::Done)
        }
        Command::Guest(command) => guest(command),
    }
}

fn guest(command: GuestCommand) -> Outcome {
    match command {
        GuestCommand::Add(GuestAddOptions { email, reason, common }) => {
            let made = gateway::on_gateway(&common.settings, async |gateway| {
                let ctx = gateway.ctx(Actor::CommandLine);
                domain::add_guest(gateway, &ctx, &common.account, (&email, &reason)).await
            })?;
            print_guest(common.json, &made);
        }
        GuestCommand::List(common) => {
            let found = gateway::on_gateway(&common.settings, async |gateway| {
                domain::list_guests(gateway, &gateway.ctx(Actor::CommandLine), &common.account).await
            })?;
            for guest in &found {
                print_guest(common.json, guest);
            }
        }
        GuestCommand::Remove(GuestOptions { email, common }) => {
            gateway::on_gateway(&common.settings, async |gateway| {
                let ctx = gateway.ctx(Actor::CommandLine);
                domain::remove_guest(gateway, &ctx, &common.account, &email).await
            })?;
            gateway::print(common.json, &[("removed", "Removed", email)]);
        }
    }
    Ok(Status::Done)
}

fn one(common: &Common, work: impl AsyncFnOnce(&Gateway) -> Result<DomainView, FlowError>) -> Outcome {
    print(common.json, &gateway::on_gateway(&common.settings, work)?);
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
