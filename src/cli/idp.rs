//! `gatepost idp`: the pretend identity provider by itself, to try any service provider against.

use std::net::{Ipv4Addr, SocketAddr};

use clap::Args;
use gatepost_saml::mint::Personality;
use gatepost_saml::mint::personality::ALL;

use super::gateway;
use super::{Failure, Outcome, Status};
use crate::base::{Clock, Rng};
use crate::idp::{self, Service, Settings};
use crate::words::EN;
use crate::{app, http};

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
    gateway::block_on(serve(options))
}

async fn serve(options: Options) -> Outcome {
    // Loopback only: this signs in anybody as anybody.
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    let listener = gateway::listen(address, "--port").await?;
    let address = listener.local_addr().map_err(|error| Failure::new(error.to_string()))?;
    let base_url = format!("http://{address}");
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
    let pretend = http::only_for_this_machine(idp::router(settings));
    app::serve(listener, pretend, app::asked_to_end()).await;
    Ok(Status::Done)
}
