//! `gatepost keys …`: the keys of the installation and of its service providers.

use clap::{Args, Subcommand};

use super::gateway::{self, Common};
use super::{Outcome, Status, sp_keys};
use crate::directory::account::Slug;
use crate::flow::keys::data::{self, DataKeyView};
use crate::flow::keys::master;
use crate::flow::keys::signing::{self, Rotation, SigningKeyView};

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the keys that sign tokens
    List(ListOptions),
    /// Make a new key that signs tokens: published at once, it signs when nobody keeps an older list any more
    Rotate(RotateOptions),
    /// Look at the keys of a connection's service provider, and change them
    #[command(subcommand)]
    Sp(sp_keys::Command),
}

/// Options of `gatepost keys list`.
#[derive(Debug, Args)]
pub struct ListOptions {
    /// Those that seal what this account holds, instead: its slug
    #[arg(long, value_name = "SLUG")]
    account: Option<Slug>,
    #[command(flatten)]
    common: Common,
}

/// Options of `gatepost keys rotate`.
#[derive(Debug, Args)]
pub struct RotateOptions {
    /// Put a new master key in the place of the present one, instead, and wrap anew whatever that wraps
    #[arg(long, conflicts_with_all = ["data", "leaked"])]
    master: bool,
    /// Make a new key that seals what an account holds, instead; what was sealed before still opens
    #[arg(long, requires = "account", conflicts_with = "leaked")]
    data: bool,
    /// Which account, with --data: its slug
    #[arg(long, value_name = "SLUG", requires = "data")]
    account: Option<Slug>,
    /// The present key may be in wrong hands: sign by a new one now, and let no token of the others count
    #[arg(long)]
    leaked: bool,
    #[command(flatten)]
    common: Common,
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::List(options) => list(options),
        Command::Rotate(options) => rotate(options),
        Command::Sp(command) => sp_keys::run(command),
    }
}

fn list(ListOptions { account, common }: &ListOptions) -> Outcome {
    if let Some(slug) = account {
        let keys = common.work(async |gateway, ctx| data::list(gateway, ctx, slug).await)?;
        common.print_each(&keys, show_data);
    } else {
        let keys = common.work(async |gateway, ctx| signing::list(gateway, ctx).await)?;
        common.print_each(&keys, show);
    }
    Ok(Status::Done)
}

fn rotate_master(common: &Common) -> Outcome {
    let rewrapped = common.work(async |gateway, ctx| master::rotate(gateway, ctx).await)?;
    gateway::print(
        common.json,
        &[
            ("data_keys", "Keys of accounts", rewrapped.data_keys.to_string()),
            ("signing_keys", "Keys that sign tokens", rewrapped.signing_keys.to_string()),
        ],
    );
    gateway::note(
        "The database is wrapped under the new master key. Keep a copy of it apart. A key that was made in the data folder \
         has its place, and the old one is beside it (master.key.old); one that was given in the settings as \
         next_master_key now belongs there as master_key. Processes that run go on when they can read both keys; one that \
         cannot is not ready (/health/ready says so) until it is started with the new one. Copies of the database from \
         before still need the old key.",
    );
    Ok(Status::Done)
}

fn rotate(options: &RotateOptions) -> Outcome {
    if options.master {
        return rotate_master(&options.common);
    }
    let common = &options.common;
    if let Some(slug) = &options.account {
        let keys = common.work(async |gateway, ctx| {
            data::rotate(gateway, ctx, slug).await?;
            data::list(gateway, ctx, slug).await
        })?;
        keys.last().into_iter().for_each(|key| show_data(common.json, key));
        return Ok(Status::Done);
    }
    let rotation = if options.leaked { Rotation::Leaked } else { Rotation::Planned };
    show(common.json, &common.work(async |gateway, ctx| signing::rotate(gateway, ctx, rotation).await)?);
    Ok(Status::Done)
}

fn show_data(is_json: bool, key: &DataKeyView) {
    let pairs = [
        ("account", "Account", key.account_slug.to_string()),
        ("generation", "Generation", key.generation.to_string()),
        ("state", "State", key.state.to_string()),
        ("created_at", "Made at", key.created_at.to_string()),
    ];
    gateway::print(is_json, &pairs);
}

fn show(is_json: bool, key: &SigningKeyView) {
    let pairs = [
        ("kid", "Key", key.kid.clone()),
        ("state", "State", key.state.name().to_owned()),
        ("created_at", "Made at", key.created_at.to_string()),
        ("active_from", "Signs from", key.active_from.to_string()),
    ];
    gateway::print(is_json, &pairs);
}
