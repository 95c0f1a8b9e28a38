//! `gatepost zoom …`: an account's link to Zoom, and what is done there.

use clap::Subcommand;

use super::{Outcome, zoom_events, zoom_inventory, zoom_link, zoom_people, zoom_provisioning, zoom_stand_in};

/// What can be done about Zoom.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show, change and remove how an account is linked to Zoom
    #[command(subcommand)]
    Link(zoom_link::LinkCommand),
    /// See whether the link works, and what is wrong
    Test(zoom_link::TestOptions),
    /// What is to be ticked and copied in Zoom's Marketplace
    Guide(zoom_link::GuideOptions),
    /// The platform's one Zoom app, which accounts may use instead of one of their own
    #[command(subcommand)]
    Platform(zoom_link::PlatformCommand),
    #[expect(missing_docs, reason = "it would be taken for the help of the whole command")]
    #[command(flatten)]
    Provisioning(zoom_provisioning::Command),
    #[expect(missing_docs, reason = "it would be taken for the help of the whole command")]
    #[command(flatten)]
    People(zoom_people::Command),
    #[expect(missing_docs, reason = "it would be taken for the help of the whole command")]
    #[command(flatten)]
    Inventory(zoom_inventory::Command),
    #[expect(missing_docs, reason = "it would be taken for the help of the whole command")]
    #[command(flatten)]
    Events(zoom_events::Command),
    /// Play Zoom on this machine, to try things without Zoom
    StandIn(zoom_stand_in::Options),
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::Link(command) => zoom_link::run(command),
        Command::Test(options) => zoom_link::test(options),
        Command::Guide(options) => zoom_link::guide(options),
        Command::Platform(command) => zoom_link::platform(command),
        Command::Provisioning(command) => zoom_provisioning::run(command),
        Command::People(command) => zoom_people::run(command),
        Command::Inventory(command) => zoom_inventory::run(command),
        Command::Events(command) => zoom_events::run(command),
        Command::StandIn(options) => zoom_stand_in::run(options),
    }
}
