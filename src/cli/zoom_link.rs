//! `gatepost zoom link`: an account's credentials for Zoom.

use std::path::PathBuf;

use clap::Args;
use secrecy::SecretString;

use super::gateway::{self, InAccount};
use super::{Outcome, Status};
use crate::directory::state::{ZoomCloud, ZoomKind};
use crate::flow::zoom::link::{self, Save};
use crate::zoom::scope::Capability;

/// Options of `gatepost zoom link`.
#[derive(Debug, Args)]
pub struct Options {
    /// Account ID of the Zoom account; with it the account is linked by a Server-to-Server app
    #[arg(long, value_name = "ID", requires = "client_id")]
    zoom_account: Option<String>,
    /// Client ID of the app
    #[arg(long, value_name = "ID", requires = "zoom_account")]
    client_id: Option<String>,
    /// A file with the app's Client Secret; without it the one of before stays
    #[arg(long, value_name = "FILE", requires = "zoom_account")]
    client_secret_file: Option<PathBuf>,
    /// Where tokens are given, if that is not Zoom's own site
    #[arg(long, value_name = "URL", requires = "api_url")]
    zoom_url: Option<String>,
    /// Where the API is, if that is not Zoom's own
    #[arg(long, value_name = "URL", requires = "zoom_url")]
    api_url: Option<String>,
    #[command(flatten)]
    of: InAccount,
}

/// Shows the link, or sets it.
///
/// # Errors
/// In a plain sentence.
pub fn run(options: &Options) -> Outcome {
    let Options { zoom_account, client_id, client_secret_file, zoom_url, api_url, of } = options;
    let secret = client_secret_file.as_deref().map(gateway::read_text).transpose()?;
    let bases = zoom_url.clone().zip(api_url.clone());
    let input = zoom_account.is_some().then(|| Save {
        account: of.account.clone(),
        kind: ZoomKind::ServerToServer,
        cloud: if bases.is_some() { ZoomCloud::Custom } else { ZoomCloud::Commercial },
        bases,
        capabilities: Capability::ALL.iter().map(|capability| capability.name().to_owned()).collect(),
        client_id: client_id.clone(),
        client_secret: secret.map(|secret| SecretString::from(secret.trim())),
        zoom_account: zoom_account.clone(),
        secret_token: None,
    });
    let found = of.common.work(async |gateway, ctx| match input {
        Some(input) => link::save(gateway, ctx, input, |_| true).await.map(Some),
        None => Ok(link::show(gateway, ctx, &of.account).await?.link),
    })?;
    let Some(view) = found else {
        gateway::note("The account is not linked to Zoom.");
        return Ok(Status::Refused);
    };
    let text = |value: Option<String>| value.unwrap_or_default();
    gateway::print(
        of.common.json,
        &[
            ("id", "Link", view.id.to_string()),
            ("kind", "By", view.kind.name().to_owned()),
            ("state", "State", view.state.name().to_owned()),
            ("zoom_account", "Zoom account", text(view.zoom_account)),
            ("client_id", "Client ID", text(view.client_id)),
            ("client_secret_ends_in", "Client Secret ends in", text(view.client_secret_hint)),
            ("check", "Test", view.check.name().to_owned()),
        ],
    );
    Ok(Status::Done)
}
