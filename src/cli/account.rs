//! `gatepost account …`: the platform's customers.

use clap::{Args, Subcommand};

use super::gateway::{self, Common};
use super::{Failure, Outcome, Status};
use crate::directory::account::{KeepMessages, Locale, Slug};
use crate::directory::state::AccountState;
use crate::flow::Gateway;
use crate::flow::account::{self, AccountView, Create, Update};

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make an account
    Create(CreateOptions),
    /// Destroy an account: nothing of it can be read any more, and nothing brings it back
    Delete(DeleteOptions),
    /// List all accounts
    List(Common),
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
    #[command(flatten)]
    common: Common,
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
    #[command(flatten)]
    common: Common,
}

/// Options of `gatepost account show`, `disable` and `enable`.
#[derive(Debug, Args)]
pub struct OneOptions {
    /// The account's slug
    slug: Slug,
    #[command(flatten)]
    common: Common,
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
    /// The language of its pages: browser (what each person's browser asks for), en or es
    #[arg(long, value_name = "LANGUAGE")]
    locale: Option<Locale>,
    #[command(flatten)]
    common: Common,
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
            locale,
            common,
        }) => {
            let input = Update {
                slug: new_slug,
                name,
                external_id,
                state: None,
                reason: None,
                keep_messages,
                locale,
            };
            update(&OneOptions { slug, common }, Some(input))
        }
    }
}

fn of_state(state: AccountState) -> Update {
    Update { state: Some(state), ..Update::default() }
}

fn create(CreateOptions { slug, name, external_id, common }: CreateOptions) -> Outcome {
    let name = name.unwrap_or_else(|| slug.as_str().to_owned());
    let input = Create { slug, name, external_id };
    let made = common.work(async |gateway, ctx| {
        let made = account::create(gateway, ctx, input).await?;
        Ok(Shown::new(gateway, made))
    })?;
    print(common.json, &made);
    Ok(Status::Done)
}

fn delete(DeleteOptions { slug, confirm, common }: &DeleteOptions) -> Outcome {
    if confirm != slug {
        return Err(Failure::new("--confirm names another account; nothing was changed"));
    }
    let id = common.work(async |gateway, ctx| account::delete(gateway, ctx, slug).await)?;
    gateway::print(common.json, &[("id", "Deleted", id.to_string())]);
    gateway::note(
        "Its keys are destroyed. Copies of the database from before still have them, and whoever has the master key can \
         read those: let them end as your rules say.",
    );
    Ok(Status::Done)
}

fn list(common: &Common) -> Outcome {
    let found = common.work(async |gateway, ctx| {
        let found = account::list(gateway, ctx).await?;
        Ok(found.into_iter().map(|account| Shown::new(gateway, account)).collect::<Vec<_>>())
    })?;
    common.print_each(&found, print);
    Ok(Status::Done)
}

/// Changes an account as `input` says, if it says anything, and shows it.
fn update(OneOptions { slug, common }: &OneOptions, input: Option<Update>) -> Outcome {
    let shown = common.work(async |gateway, ctx| {
        let shown = match input {
            None => account::show(gateway, ctx, slug).await?,
            Some(input) => account::update(gateway, ctx, slug, input).await?,
        };
        Ok(Shown::new(gateway, shown))
    })?;
    print(common.json, &shown);
    Ok(Status::Done)
}

/// An account, and where its people sign in.
struct Shown {
    account: AccountView,
    signin_url: String,
}

impl Shown {
    fn new(gateway: &Gateway, account: AccountView) -> Self {
        let signin_url = format!("{}/signin/{}", gateway.public_url(), account.slug);
        Self { account, signin_url }
    }
}

fn print(is_json: bool, Shown { account, signin_url }: &Shown) {
    gateway::print(
        is_json,
        &[
            ("id", "Account", account.id.to_string()),
            ("slug", "Slug", account.slug.to_string()),
            ("name", "Name", account.name.clone()),
            ("external_id", "Platform's id", account.external_id.clone().unwrap_or_default()),
            ("state", "State", account.state.to_string()),
            ("locale", "Language", account.locale.name().to_owned()),
            ("keep_messages", "Keeps messages", account.keep_messages.name().to_owned()),
            ("signin_url", "Sign-in page", signin_url.clone()),
        ],
    );
}
