//! `gatepost zoom stand-in`: the stand-in for Zoom by itself, to try things against without Zoom.

use std::net::{Ipv4Addr, SocketAddr};

use clap::Args;

use super::gateway;
use super::{Failure, Outcome, Status};
use crate::base::{Clock, Rng};
use crate::standin::{self, Settings, StandIn};
use crate::{app, http};

/// Options of `gatepost zoom stand-in`.
#[derive(Debug, Args)]
pub struct Options {
    /// The port to listen on, on 127.0.0.1 only; 0 takes a free one
    #[arg(long, default_value_t = 8402)]
    port: u16,
    /// How many users the Zoom account has
    #[arg(long, default_value_t = 250)]
    users: u32,
    /// How many calls a second it says that it takes
    #[arg(long, default_value_t = 80, value_name = "CALLS")]
    per_second: u32,
}

/// Runs until it is interrupted.
///
/// # Errors
/// When the port cannot be had.
pub fn run(options: &Options) -> Outcome {
    gateway::block_on(serve(options))
}

async fn serve(options: &Options) -> Outcome {
    // Loopback only: whoever can reach it may do anything.
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    let listener = gateway::listen(address, "--port").await?;
    let address = listener.local_addr().map_err(|error| Failure::new(error.to_string()))?;
    let demo = Settings::demo(Clock::System, Rng::system(), options.users);
    let settings = Settings { per_second: options.per_second, ..demo };
    eprintln!("Stand-in for Zoom on http://{address}/ with {} users (end it with Ctrl-C)", settings.users);
    eprintln!("  Account ID    {}", settings.account_id);
    eprintln!("  Client ID     {}", settings.client_id);
    eprintln!("  Client Secret {}", settings.client_secret);
    eprintln!(
        "It is on this machine and without TLS: whatever is to reach it needs GATEPOST__OUTBOUND__ALLOW_HTTP=true and\n\
         GATEPOST__OUTBOUND__ALLOW_PRIVATE=true"
    );
    let pretend = http::only_for_this_machine(standin::router(StandIn::new(settings)));
    app::serve(listener, pretend, app::asked_to_end()).await;
    Ok(Status::Done)
}
