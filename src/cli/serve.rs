//! `gatepost serve`: the gateway.

use clap::Args;

use super::gateway::{self, SettingsFile};
use super::{Outcome, Status};
use crate::{app, http};

/// Options of `gatepost serve`.
#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    settings: SettingsFile,
}

/// Serves until the process is asked to end.
///
/// # Errors
/// In a plain sentence: settings, data folder, master key, port.
pub fn run(options: &Options) -> Outcome {
    let config = options.settings.read()?;
    gateway::block_on(async {
        let listener = gateway::listen(config.http.bind, "http.bind").await?;
        let gateway = gateway::open(&config).await?;
        eprintln!("Gatepost on {} (listening on {})", config.http.public_url, config.http.bind);
        let sweeping = tokio::spawn(app::keep_swept(gateway.clone()));
        app::serve(listener, http::router(gateway.clone(), None), app::asked_to_end()).await;
        sweeping.abort();
        gateway.close().await;
        Ok(Status::Done)
    })
}
