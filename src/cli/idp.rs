//! `gatepost idp`: the pretend identity provider by itself, to try any service provider against.

use std::net::{Ipv4Addr, SocketAddr};

use clap::Args;
use gatepost_saml::mint::Personality;
use gatepost_saml::mint::personality::ALL;
use tokio::net::TcpListener;

use super::{Failure, Outcome, Status};
use crate::base::{Clock, Rng};
use crate::idp::{self, Service, Settings};
use crate::words::EN;

/// Options of `gatepost idp`.
#[derive(Debug, Args)]
pub struct Options {
    /// Which product to play; may be given several times. All of them if it is left out
    #[arg(long, value_name = "PRODUCT", value_parser = personality)]
    like: Vec<&'static Personality>,
    /// The port to listen on, on 127.0.0.1 only; 0 takes a free one
    #[arg(long, default_value_t = 8401)]
    port: u16,
    /// Entity ID of the service provider, for sign-ins that start here
    #[arg(long, requires = "acs")]
    sp_entity_id: Option<String>,
    /// ACS URL of that service provider
    #[arg(long, value_name = "URL", requires = "sp_entity_id")]
    acs: Option<String>,
}

fn personality(name: &str) -> Result<&'static Personality, String> {
    Personality::named(name).ok_or_else(|| {
        let names: Vec<_> = ALL.iter().map(|personality| personality.name).collect();
        format!("it is one of {}", names.join(", "))
    })
}

/// Runs until it is interrupted.
///
/// # Errors
/// When the port cannot be had.
pub fn run(options: Options) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::new(format!("the runtime could not be started: {error}")))?;
    runtime.block_on(serve(options))
}

async fn serve(options: Options) -> Outcome {
    // Loopback only: this signs in anybody as anybody.
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    let failed = |error| Failure::new(format!("cannot listen on {address}: {error}. Choose another --port."));
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let base_url = format!("http://{}", listener.local_addr().map_err(failed)?);
    let personalities = if options.like.is_empty() { ALL.iter().collect() } else { options.like };
    let service = options.sp_entity_id.zip(options.acs);
    let services = service.map(|(entity_id, acs_url)| {
        let service = |personality: &&Personality| Service {
            personality: personality.name.to_owned(),
            entity_id: entity_id.clone(),
            acs_url: acs_url.clone(),
        };
        personalities.iter().map(service).collect()
    });
    eprintln!("Pretend identity provider on {base_url}/ (signs with test keys; end it with Ctrl-C)");
    for personality in &personalities {
        let sso_url = idp::sso_url(&base_url, personality);
        eprintln!(
            "  {:<20} SSO {sso_url}   entity ID {}",
            personality.product, personality.addresses.entity_id
        );
    }
    let settings = Settings {
        base_url,
        personalities,
        services: services.unwrap_or_default(),
        text: &EN,
        clock: Clock::System,
        rng: Rng::system(),
    };
    let end = async {
        // Without a handler for Ctrl-C the process ends by it all the same.
        let _ = tokio::signal::ctrl_c().await;
    };
    match axum::serve(listener, idp::router(settings)).with_graceful_shutdown(end).await {
        Ok(()) => Ok(Status::Done),
        Err(error) => Err(Failure::new(format!("the server ended: {error}"))),
    }
}
