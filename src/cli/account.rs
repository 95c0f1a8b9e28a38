//! `gatepost account …`: the platform's customers.

use clap::{Args, Subcommand};

use super::gateway::{self, SettingsFile};
use super::{Failure, Outcome, Status};
use crate::base::Actor;
use crate::directory::account::Slug;
use crate::flow::account::{self, Create};

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make an account
    Create(CreateOptions),
    /// Destroy an account: nothing of it can be read any more, and nothing brings it back
    Delete(DeleteOptions),
}

/// Options of `gatepost account delete`.
#[derive(Debug, Args)]
pub struct DeleteOptions {
    /// Its name in addresses
    slug: Slug,
    /// The same name once more: this cannot be undone
    #[arg(long, value_name = "SLUG")]
    confirm: Slug,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsFile,
}

/// Options of `gatepost account create`.
#[derive(Debug, Args)]
pub struct CreateOptions {
    /// Its name in addresses: a to z, 0 to 9 and -
    slug: Slug,
    /// Its name for people; the same if it is left out
    #[arg(long)]
    name: Option<String>,
    /// The platform's own id for it
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsFile,
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: Command) -> Outcome {
    match command {
        Command::Create(options) => create(options),
        Command::Delete(options) => delete(&options),
    }
}

fn create(options: CreateOptions) -> Outcome {
    let config = options.settings.read()?;
    gateway::block_on(async {
        let gateway = gateway::open(&config).await?;
        let name = options.name.unwrap_or_else(|| options.slug.as_str().to_owned());
        let input = Create { slug: options.slug, name, external_id: options.external_id };
        let made = account::create(&gateway, &gateway.ctx(Actor::CommandLine), input).await;
        let made = made.map_err(|error| gateway::failure(&error))?;
        gateway::print(
            options.json,
            &[
                ("id", "Account", made.id.to_string()),
                ("slug", "Slug", made.slug.to_string()),
                ("name", "Name", made.name),
                ("signin_url", "Sign-in page", format!("{}/signin/{}", config.http.public_url, made.slug)),
            ],
        );
        gateway.close().await;
        Ok(Status::Done)
    })
}

fn delete(options: &DeleteOptions) -> Outcome {
    if options.confirm != options.slug {
        return Err(Failure::new("--confirm names another account; nothing was changed"));
    }
    let id = gateway::on_gateway(&options.settings, async |gateway| {
        account::delete(gateway, &gateway.ctx(Actor::CommandLine), &options.slug).await
    })?;
    gateway::print(options.json, &[("id", "Deleted", id.to_string())]);
    gateway::note(
        "Its keys are destroyed. Copies of the database from before still have them, and whoever has the master key can \
         read those: let them end as your rules say.",
    );
    Ok(Status::Done)
}
