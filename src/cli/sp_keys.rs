//! `gatepost keys sp …`: the keys of a connection's service provider.

use clap::{Args, Subcommand};

use super::gateway::{self, Common, SettingsFile};
use super::{Outcome, Status};
use crate::base::id::{ConnectionId, SpKeyId};
use crate::flow::keys::sp::{self, SpKeyView, Step};

/// What can be done with a service provider's keys.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List a connection's keys and when their certificates end
    List(ListOptions),
    /// Take the next step: publish new keys in our metadata, or, a day later, put them into use
    Rotate(RotateOptions),
    /// Drop a retired key: what is encrypted to it cannot be read any more
    Remove(RemoveOptions),
}

/// Options of `gatepost keys sp list`.
#[derive(Debug, Args)]
pub struct ListOptions {
    /// The connection's id
    #[arg(long, value_name = "ID")]
    connection: ConnectionId,
    #[command(flatten)]
    common: Common,
}

/// Options of `gatepost keys sp rotate`.
#[derive(Debug, Args)]
pub struct RotateOptions {
    /// The connection's id
    #[arg(long, value_name = "ID")]
    connection: ConnectionId,
    /// Do not wait a day: the identity provider knows the new keys already
    #[arg(long)]
    now: bool,
    #[command(flatten)]
    common: Common,
}

/// Options of `gatepost keys sp remove`.
#[derive(Debug, Args)]
pub struct RemoveOptions {
    /// The key's id: spkey_…
    key: SpKeyId,
    /// The connection's id
    #[arg(long, value_name = "ID")]
    connection: ConnectionId,
    #[command(flatten)]
    settings: SettingsFile,
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::List(options) => list(options),
        Command::Rotate(options) => rotate(options),
        Command::Remove(options) => remove(options),
    }
}

fn list(ListOptions { connection, common }: &ListOptions) -> Outcome {
    let keys = common.work(async |gateway, ctx| sp::list(gateway, ctx, *connection).await)?;
    common.print_each(&keys, show);
    Ok(Status::Done)
}

fn rotate(RotateOptions { connection, now, common }: &RotateOptions) -> Outcome {
    let done = common.work(async |gateway, ctx| sp::rotate(gateway, ctx, *connection, *now).await);
    let (step, keys) = done?;
    common.print_each(&keys, show);
    gateway::note(match step {
        Step::Published => {
            "The new keys are published in our metadata, beside the present ones. Identity providers that fetch it know \
             them within a day; where a person imports it, import it again. Then run this once more."
        }
        Step::Activated => {
            "The new keys are in use. The former ones still read what is encrypted to them; remove them with \
             `gatepost keys sp remove` when nobody encrypts to them any more."
        }
    });
    Ok(Status::Done)
}

fn remove(RemoveOptions { key, connection, settings }: &RemoveOptions) -> Outcome {
    gateway::on_gateway(settings, async |gateway, ctx| sp::remove(gateway, ctx, *connection, *key).await)?;
    Ok(Status::Done)
}

fn show(is_json: bool, key: &SpKeyView) {
    let moment = key.certificate_ends_at.map(|at| at.to_string());
    gateway::print(
        is_json,
        &[
            ("id", "Key", key.id.to_string()),
            ("purpose", "For", key.purpose.to_string()),
            ("state", "State", key.state.to_string()),
            ("state_since", "Since", key.state_since.to_string()),
            ("certificate_sha256", "Certificate", key.certificate_sha256.clone().unwrap_or_default()),
            ("certificate_ends_at", "Certificate ends", moment.unwrap_or_default()),
        ],
    );
}
