//! `gatepost zoom …`: an account's link to Zoom, and what is done there.

use clap::Subcommand;

use super::{Outcome, zoom_events, zoom_provisioning};

/// What can be done about Zoom.
#[derive(Debug, Subcommand)]
pub enum Command {
    #[expect(missing_docs, reason = "it would be taken for the help of the whole command")]
    #[command(flatten)]
    Provisioning(zoom_provisioning::Command),
    #[expect(missing_docs, reason = "it would be taken for the help of the whole command")]
    #[command(flatten)]
    Events(zoom_events::Command),
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::Provisioning(command) => zoom_provisioning::run(command),
        Command::Events(command) => zoom_events::run(command),
    }
}
