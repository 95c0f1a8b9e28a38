//! `gatepost account …`: the platform's customers.

use clap::{Args, Subcommand};

use super::gateway::{self, SettingsFile};
use super::{Failure, Outcome, Status};
use crate::base::Actor;
use crate::config::Config;
use crate::directory::account::{KeepMessages, Slug};
use crate::directory::state::AccountState;
use crate::flow::account::{self, AccountView, Create, Update};

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make an account
    Create(CreateOptions),
    /// Destroy an account: nothing of it can be read any more, and nothing brings it back
    Delete(DeleteOptions),
    /// List all accounts
    List(ListOptions),
    /// Show an account
    Show(OneOptions),
    /// Change an account's names, and what it keeps
    Update(UpdateOptions),
    /// Let nobody sign in to an account
    Disable(OneOptions),
    /// Let people sign in to an account again
    Enable(OneOptions),
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

/// Options of `gatepost account list`.
#[derive(Debug, Args)]
pub struct ListOptions {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsFile,
}

/// Options of `gatepost account show`, `disable` and `enable`.
#[derive(Debug, Args)]
pub struct OneOptions {
    /// The account's slug
    slug: Slug,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsFile,
}

/// Options of `gatepost account update`.
#[derive(Debug, Args)]
pub struct UpdateOptions {
    /// The account's slug
    slug: Slug,
    /// Its new name in addresses
    #[arg(long, value_name = "SLUG")]
    new_slug: Option<Slug>,
    /// Its new name for people
    #[arg(long)]
    name: Option<String>,
    /// The platform's own id for it; an empty one takes it away
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    /// Which messages of identity providers are kept, sealed, for 30 days at the most: none, refused, recent (refused
    /// ones, and the last 50 of each connection that went well) or all
    #[arg(long, value_name = "WHICH")]
    keep_messages: Option<KeepMessages>,
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
        Command::List(options) => list(&options),
        Command::Show(options) => update(&options, None),
        Command::Disable(options) => update(&options, Some(of_state(AccountState::Disabled))),
        Command::Enable(options) => update(&options, Some(of_state(AccountState::Active))),
        Command::Update(UpdateOptions {
            slug,
            new_slug,
            name,
            external_id,
            keep_messages,
            json,
            settings,
        }) => {
            let input = Update { slug: new_slug, name, external_id, state: None, keep_messages };
            update(&OneOptions { slug, json, settings }, Some(input))
        }
    }
}

fn of_state(state: AccountState) -> Update {
    Update { state: Some(state), ..Update::default() }
}

fn create(options: CreateOptions) -> Outcome {
    let config = options.settings.read()?;
    gateway::block_on(async {
        let gateway = gateway::open(&config).await?;
        let name = options.name.unwrap_or_else(|| options.slug.as_str().to_owned());
        let input = Create { slug: options.slug, name, external_id: options.external_id };
        let made = account::create(&gateway, &gateway.ctx(Actor::CommandLine), input).await;
        print(options.json, &config, &made.map_err(|error| gateway::failure(&error))?);
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

fn list(options: &ListOptions) -> Outcome {
    let config = options.settings.read()?;
    gateway::block_on(async {
        let gateway = gateway::open(&config).await?;
        let found = account::list(&gateway, &gateway.ctx(Actor::CommandLine)).await;
        for (index, account) in found.map_err(|error| gateway::failure(&error))?.iter().enumerate() {
            if index > 0 && !options.json {
                gateway::say("\n");
            }
            print(options.json, &config, account);
        }
        gateway.close().await;
        Ok(Status::Done)
    })
}

/// Changes an account as `input` says, if it says anything, and shows it.
fn update(options: &OneOptions, input: Option<Update>) -> Outcome {
    let config = options.settings.read()?;
    gateway::block_on(async {
        let gateway = gateway::open(&config).await?;
        let ctx = gateway.ctx(Actor::CommandLine);
        let shown = match input {
            None => account::show(&gateway, &ctx, &options.slug).await,
            Some(input) => account::update(&gateway, &ctx, &options.slug, input).await,
        };
        print(options.json, &config, &shown.map_err(|error| gateway::failure(&error))?);
        gateway.close().await;
        Ok(Status::Done)
    })
}

fn print(is_json: bool, config: &Config, account: &AccountView) {
    gateway::print(
        is_json,
        &[
            ("id", "Account", account.id.to_string()),
            ("slug", "Slug", account.slug.to_string()),
            ("name", "Name", account.name.clone()),
            ("external_id", "Platform's id", account.external_id.clone().unwrap_or_default()),
            ("state", "State", account.state.to_string()),
            ("keep_messages", "Keeps messages", account.keep_messages.name().to_owned()),
            ("signin_url", "Sign-in page", format!("{}/signin/{}", config.http.public_url, account.slug)),
        ],
    );
}
