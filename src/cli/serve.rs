//! `gatepost serve`: the gateway.

use std::fmt::Display;

use clap::Args;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::gateway::{self, SettingsFile};
use super::{Failure, Outcome, Status};
use crate::base::Actor;
use crate::flow::check;
use crate::flow::connection::{alias, test_keys};
use crate::telemetry::{self, numbers};
use crate::{app, http, jobs};

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
        let failed = |error: &dyn Display| Failure::new(error.to_string());
        let telemetry = telemetry::begin(config.log, &config.traces).map_err(|error| failed(&error))?;
        for warning in config.warnings() {
            gateway::note(&format!("Warning: {warning}"));
        }
        let listener = gateway::listen(config.http.bind, "http.bind").await?;
        let numbers = match config.metrics.bind {
            None => None,
            Some(bind) => Some((
                gateway::listen(bind, "metrics.bind").await?,
                numbers::begin().map_err(|error| failed(&error))?,
            )),
        };
        let gateway = gateway::open(&config).await?;
        alias::remember(&gateway, &gateway.ctx(Actor::CommandLine))
            .await
            .map_err(|error| gateway::failure(&error))?;
        let open = test_keys::trusting(&gateway, &gateway.ctx(Actor::CommandLine)).await;
        for id in open.map_err(|error| gateway::failure(&error))? {
            gateway::note(&format!(
                "Warning: {id} trusts a built-in test key, with which everybody can sign as anybody. It works on \
                 http://localhost only; when you are done trying things: gatepost connection disable {id}"
            ));
        }
        let (url, bind) = (&config.http.public_url, config.http.bind);
        let asked_to_end = app::asked_to_end();
        gateway::note(&format!("Gatepost on {url} (listening on {bind})"));
        gateway::tell_first_link(&gateway).await?;
        // A server for tests may not wait for the disk, so this is told and not refused; what every commit can be asked
        // about (synchronous_commit) is refused.
        let hazards = check::hazards(&gateway, &gateway.ctx(Actor::CommandLine)).await;
        for hazard in hazards.map_err(|error| gateway::failure(&error))? {
            gateway::note(&format!("Warning: {hazard}"));
        }
        let mut beside = JoinSet::new();
        beside.spawn(app::keep_informed(gateway.clone()));
        if let Some((listener, handle)) = numbers {
            beside.spawn(numbers::keep_tidy(handle.clone()));
            beside.spawn(app::serve(listener, numbers::router(handle), std::future::pending()));
        }
        let (drain, ending) = (config.http.drain, gateway.clone());
        let end = async move {
            asked_to_end.await;
            ending.begin_ending();
            tokio::time::sleep(drain).await;
        };
        let (stop_jobs, jobs_stop) = oneshot::channel::<()>();
        let working = tokio::spawn(jobs::run(gateway.clone(), async move { drop(jobs_stop.await) }));
        let trusted_proxies = config.http.trusted_proxies.clone();
        let api_per_minute = config.http.api_per_minute;
        let bounds = http::gate::Bounds { api_per_minute, ..http::gate::Bounds::default() };
        let site = http::router(
            gateway.clone(),
            http::Options { trusted_proxies, bounds, ..http::Options::default() },
        );
        app::serve(listener, site, end).await;
        let _ = stop_jobs.send(());
        let _ = working.await;
        beside.shutdown().await;
        gateway.close().await;
        telemetry.end();
        Ok(Status::Done)
    })
}
