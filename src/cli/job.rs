//! `gatepost job …`: work that goes on without a request.

use clap::{Args, Subcommand};

use super::gateway::{self, Common, SettingsFile};
use super::{Outcome, Status};
use crate::base::id::JobId;
use crate::directory::state::JobState;
use crate::flow::job::{self, JobView};

/// What can be done with jobs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List jobs: those that were given up, unless told otherwise
    List(ListOptions),
    /// Have a job that was given up tried again
    Retry(RetryOptions),
}

/// Options of `gatepost job list`.
#[derive(Debug, Args)]
pub struct ListOptions {
    /// Those in this state: dead, waiting or done
    #[arg(long, default_value = "dead", value_name = "STATE", value_parser = state)]
    state: JobState,
    #[command(flatten)]
    common: Common,
}

/// Options of `gatepost job retry`.
#[derive(Debug, Args)]
pub struct RetryOptions {
    /// The job's id
    id: JobId,
    #[command(flatten)]
    settings: SettingsFile,
}

fn state(text: &str) -> Result<JobState, &'static str> {
    text.parse().map_err(|_| "it is dead, waiting or done")
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::List(options) => list(options),
        Command::Retry(options) => retry(options),
    }
}

fn list(ListOptions { state, common }: &ListOptions) -> Outcome {
    let found = common.work(async |gateway, ctx| job::list(gateway, ctx, *state).await)?;
    common.print_each(&found, show);
    Ok(Status::Done)
}

fn show(is_json: bool, found: &JobView) {
    let state = if found.is_running { "running".to_owned() } else { found.state.to_string() };
    let account = found.account.map(|id| id.to_string()).unwrap_or_default();
    gateway::print(
        is_json,
        &[
            ("id", "Job", found.id.to_string()),
            ("kind", "Kind", found.kind.clone()),
            ("key", "Key", found.key.clone()),
            ("account", "Account", account),
            ("state", "State", state),
            ("tries", "Tries", found.tries.to_string()),
            ("run_at", "Not before", found.run_at.to_string()),
            ("problem", "Problem", found.problem.clone().unwrap_or_default()),
        ],
    );
}

fn retry(RetryOptions { id, settings }: &RetryOptions) -> Outcome {
    gateway::on_gateway(settings, async |gateway, ctx| job::retry(gateway, ctx, *id).await)?;
    Ok(Status::Done)
}
