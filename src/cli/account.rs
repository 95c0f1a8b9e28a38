//! `gatepost account …`: the platform's customers.

use clap::{Args, Subcommand};

use super::gateway::{self, SettingsFile};
use super::{Outcome, Status};
use crate::base::Actor;
use crate::directory::account::Slug;
use crate::flow::account::{self, Create};

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make an account
    Create(CreateOptions),
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
