//! `gatepost connection test`, `activate`, `enable`, `disable`, `retire` and `refresh`.

use clap::Args;

use crate::base::Actor;
use crate::base::id::ConnectionId;
use crate::cli::gateway::{self, SettingsFile};
use crate::cli::{Outcome, Status};
use crate::directory::state::ConnectionState;
use crate::flow::connection::lifecycle;
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
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsFile,
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
pub fn test(options: &TestOptions) -> Outcome {
    let config = options.settings.read()?;
    gateway::block_on(async {
        let gateway = gateway::open(&config).await?;
        let link = lifecycle::test(&gateway, &gateway.ctx(Actor::CommandLine), options.id).await;
        let link = link.map_err(|error| gateway::failure(&error))?;
        let expires_at = link.expires_at.to_string();
        gateway::print(
            options.json,
            &[("url", "Test sign-in", link.url), ("expires_at", "Until", expires_at)],
        );
        if !options.json {
            gateway::note(
                "Open it in a browser and sign in. Nobody is signed in here by it; the page tells how it went.",
            );
        }
        gateway.close().await;
        Ok(Status::Done)
    })
}

/// Lets people sign in by a connection that was tested.
///
/// # Errors
/// In a plain sentence.
pub fn activate(options: &ActivateOptions) -> Outcome {
    let config = options.settings.read()?;
    gateway::block_on(async {
        let gateway = gateway::open(&config).await?;
        let (ctx, reason) = (gateway.ctx(Actor::CommandLine), options.without_test.as_deref());
        let done = lifecycle::activate(&gateway, &ctx, options.id, reason).await;
        done.map_err(|error| gateway::failure(&error))?;
        gateway.close().await;
        Ok(Status::Done)
    })
}

/// Switches a connection on or off.
///
/// # Errors
/// In a plain sentence.
pub fn set_state(options: &OneOptions, state: ConnectionState) -> Outcome {
    let config = options.settings.read()?;
    gateway::block_on(async {
        let gateway = gateway::open(&config).await?;
        let done = lifecycle::set_state(&gateway, &gateway.ctx(Actor::CommandLine), options.id, state).await;
        done.map_err(|error| gateway::failure(&error))?;
        gateway.close().await;
        Ok(Status::Done)
    })
}

/// Gives a connection up for good.
///
/// # Errors
/// In a plain sentence.
pub fn retire(options: &OneOptions) -> Outcome {
    let config = options.settings.read()?;
    gateway::block_on(async {
        let gateway = gateway::open(&config).await?;
        let done = lifecycle::retire(&gateway, &gateway.ctx(Actor::CommandLine), options.id).await;
        done.map_err(|error| gateway::failure(&error))?;
        gateway.close().await;
        Ok(Status::Done)
    })
}

/// Fetches a connection's metadata now.
///
/// # Errors
/// In a plain sentence.
pub fn refresh(options: &OneOptions) -> Outcome {
    let config = options.settings.read()?;
    gateway::block_on(async {
        let gateway = gateway::open(&config).await?;
        let done = refresh::refresh(&gateway, &gateway.ctx(Actor::CommandLine), options.id).await;
        let (status, text) = match done.map_err(|error| gateway::failure(&error))? {
            Refreshed::Unchanged => (Status::Done, "It is as it was.".to_owned()),
            Refreshed::Changed(revision) => (Status::Done, format!("Followed: revision {revision}.")),
            Refreshed::Failed(problem) => {
                (Status::Refused, format!("It cannot be used, and the last good one stays: {problem}"))
            }
            Refreshed::Busy => (Status::Refused, "It is being fetched just now.".to_owned()),
            Refreshed::TooSoon(at) => {
                (Status::Refused, format!("It was fetched a moment ago; not before {at}."))
            }
        };
        gateway::note(&text);
        gateway.close().await;
        Ok(status)
    })
}
