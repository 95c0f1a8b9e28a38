//! `gatepost connection test`, `activate`, `enable`, `disable`, `retire` and `refresh`.

use clap::Args;

use crate::base::id::ConnectionId;
use crate::cli::gateway::{self, Common, SettingsFile};
use crate::cli::hint::hinted;
use crate::cli::{Outcome, Status};
use crate::flow::connection::drift;
use crate::flow::connection::lifecycle::{self, Switch};
use crate::flow::connection::refresh::{self, Refreshed};

/// Options of the commands that take a connection and nothing else.
#[derive(Debug, Args)]
pub struct OneOptions {
    /// The connection's id
    id: ConnectionId,
    #[command(flatten)]
    settings: SettingsFile,
}

/// Options of `gatepost connection test`.
#[derive(Debug, Args)]
pub struct TestOptions {
    /// The connection's id
    id: ConnectionId,
    #[command(flatten)]
    common: Common,
}

/// Options of `gatepost connection activate`.
#[derive(Debug, Args)]
pub struct ActivateOptions {
    /// The connection's id
    id: ConnectionId,
    /// Go without a successful test, for this reason
    #[arg(long, value_name = "REASON")]
    without_test: Option<String>,
    #[command(flatten)]
    settings: SettingsFile,
}

/// Prints where a test sign-in begins.
///
/// # Errors
/// In a plain sentence.
pub fn test(TestOptions { id, common }: &TestOptions) -> Outcome {
    let link = common.work(async |gateway, ctx| lifecycle::test(gateway, ctx, *id).await)?;
    let expires_at = link.expires_at.to_string();
    gateway::print(common.json, &[("url", "Test sign-in", link.url), ("expires_at", "Until", expires_at)]);
    if !common.json {
        gateway::note(
            "Open it in a browser and sign in. Nobody is signed in here by it; the page tells how it went.",
        );
    }
    Ok(Status::Done)
}

/// Lets people sign in by a connection that was tested.
///
/// # Errors
/// In a plain sentence.
pub fn activate(ActivateOptions { id, without_test, settings }: &ActivateOptions) -> Outcome {
    let reason = without_test.as_deref();
    gateway::on_gateway(settings, async |gateway, ctx| lifecycle::activate(gateway, ctx, *id, reason).await)?;
    Ok(Status::Done)
}

/// Switches a connection on or off.
///
/// # Errors
/// In a plain sentence.
pub fn switch(OneOptions { id, settings }: &OneOptions, to: Switch) -> Outcome {
    gateway::on_gateway(settings, async |gateway, ctx| lifecycle::switch(gateway, ctx, *id, to).await)?;
    Ok(Status::Done)
}

/// Gives a connection up for good.
///
/// # Errors
/// In a plain sentence.
pub fn retire(OneOptions { id, settings }: &OneOptions) -> Outcome {
    gateway::on_gateway(settings, async |gateway, ctx| lifecycle::retire(gateway, ctx, *id).await)?;
    Ok(Status::Done)
}

/// Fetches a connection's metadata now.
///
/// # Errors
/// In a plain sentence.
pub fn refresh(OneOptions { id, settings }: &OneOptions) -> Outcome {
    let (done, waits) = gateway::on_gateway(settings, async |gateway, ctx| {
        let done = refresh::refresh(gateway, ctx, *id).await?;
        Ok((done, drift::waits(gateway, ctx, *id).await?))
    })?;
    let (status, text) = match done {
        Refreshed::Unchanged => (Status::Done, "It is as it was.".to_owned()),
        Refreshed::Changed(revision) => (Status::Done, format!("Followed: revision {revision}.")),
        Refreshed::Failed(problem) => {
            let problem = hinted(&problem.text);
            (Status::Refused, format!("It cannot be used, and the last good one stays: {problem}"))
        }
        Refreshed::Busy => (Status::Refused, "It is being fetched just now.".to_owned()),
        Refreshed::TooSoon(at) => (Status::Refused, format!("It was fetched a moment ago; not before {at}.")),
    };
    gateway::note(&text);
    if waits {
        gateway::note("It says something that waits for an owner's word: look at it in the console.");
    }
    Ok(status)
}
