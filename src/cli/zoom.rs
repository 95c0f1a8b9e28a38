//! `gatepost zoom …`: an account's link to Zoom, and what is done there.

use clap::Subcommand;

use super::{Outcome, zoom_link, zoom_provisioning, zoom_stand_in};

/// What can be done about Zoom.
#[derive(Debug, Subcommand)]
pub enum Command {
    #[expect(missing_docs, reason = "it would be taken for the help of the whole command")]
    #[command(flatten)]
    Provisioning(zoom_provisioning::Command),
    /// Show how an account is linked to Zoom, or link it by a Server-to-Server app
    Link(zoom_link::Options),
    /// Play Zoom on this machine, to try things without Zoom
    StandIn(zoom_stand_in::Options),
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::Provisioning(command) => zoom_provisioning::run(command),
        Command::Link(options) => zoom_link::run(options),
        Command::StandIn(options) => zoom_stand_in::run(options),
    }
}
