//! `gatepost attempt …`: looking up what a refused page's reference stands for.

use std::io::IsTerminal;

use clap::{Args, Subcommand};

use super::gateway::{self, SettingsFile};
use super::verify::explain::{Colour, explain};
use super::verify::lines;
use super::verify::report::{Reading, Report};
use super::{Failure, Outcome, Status};
use crate::base::Actor;
use crate::base::id::AttemptId;
use crate::flow::attempt::{self, AttemptView};

/// What can be done with attempts.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Explain a try to sign in, by the reference on its page
    Show(ShowOptions),
}

/// Options of `gatepost attempt show`.
#[derive(Debug, Args)]
pub struct ShowOptions {
    /// The reference: att_…
    reference: AttemptId,
    /// Print one JSON object, as `gatepost verify --json` does
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsFile,
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::Show(options) => show(options),
    }
}

fn show(options: &ShowOptions) -> Outcome {
    let config = options.settings.read()?;
    gateway::block_on(async {
        let gateway = gateway::open(&config).await?;
        let found = attempt::find(&gateway, &gateway.ctx(Actor::CommandLine), options.reference).await;
        let found = found.map_err(|error| gateway::failure(&error))?;
        gateway.close().await;
        let AttemptView { id, at, outcome, account_slug, connection_id, connection_name, stored } = found;
        let mut report = match stored.refusal {
            None => Report::accepted(stored.trace, Reading::default(), None),
            Some(refusal) => Report::refused(stored.trace, refusal),
        };
        if options.json {
            report.id = Some(id.to_string());
            let written = lines::write(&mut std::io::stdout().lock(), &report);
            return written.map(|()| Status::Done).map_err(|error| Failure::new(error.to_string()));
        }
        let pairs = [
            ("id", "Attempt", id.to_string()),
            ("at", "At", at.to_string()),
            ("outcome", "Outcome", outcome.to_string()),
            ("account", "Account", account_slug),
            ("connection", "Connection", format!("{connection_name} ({connection_id})")),
        ];
        gateway::print(false, &pairs);
        let colour = if std::io::stdout().is_terminal() { Colour::On } else { Colour::Off };
        gateway::say(&format!("\n{}", explain(&report, colour, true)));
        Ok(Status::Done)
    })
}
