//! `gatepost connection list` and `show`.

use clap::Args;

use super::show;
use crate::base::Actor;
use crate::base::id::ConnectionId;
use crate::cli::gateway::{self, SettingsFile};
use crate::cli::{Outcome, Status};
use crate::directory::account::Slug;
use crate::flow::connection;
use crate::flow::connection::show::Detail;

/// Options of `gatepost connection list`.
#[derive(Debug, Args)]
pub struct ListOptions {
    /// The account's slug
    #[arg(long, value_name = "SLUG")]
    account: Slug,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsFile,
}

/// Options of `gatepost connection show`.
#[derive(Debug, Args)]
pub struct ShowOptions {
    /// The connection's id
    id: ConnectionId,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsFile,
}

/// Lists an account's connections.
///
/// # Errors
/// In a plain sentence.
pub fn list(options: &ListOptions) -> Outcome {
    let config = options.settings.read()?;
    gateway::block_on(async {
        let gateway = gateway::open(&config).await?;
        let found = connection::list(&gateway, &gateway.ctx(Actor::CommandLine), &options.account).await;
        for (index, connection) in found.map_err(|error| gateway::failure(&error))?.iter().enumerate() {
            if index > 0 && !options.json {
                gateway::say("\n");
            }
            show(options.json, connection);
        }
        gateway.close().await;
        Ok(Status::Done)
    })
}

/// Shows everything about a connection.
///
/// # Errors
/// In a plain sentence.
pub fn show_one(options: &ShowOptions) -> Outcome {
    let config = options.settings.read()?;
    gateway::block_on(async {
        let gateway = gateway::open(&config).await?;
        let ctx = gateway.ctx(Actor::CommandLine);
        let found = connection::show::show(&gateway, &ctx, options.id).await;
        let found = found.map_err(|error| gateway::failure(&error))?;
        if options.json {
            gateway::say(&format!("{}\n", found.json()));
        } else {
            tell(&found);
        }
        gateway.close().await;
        Ok(Status::Done)
    })
}

fn tell(found: &Detail) {
    show(false, &found.view);
    let mut text = format!("Account        {}\nRevision       {}\n", found.account_slug, found.revision);
    for key in &found.keys {
        let used = key.last_used_at.map_or_else(|| "not used yet".to_owned(), |at| format!("last used {at}"));
        text.push_str(&format!(
            "\nTrusted key    {} ({}, from {})\n  {}\n  certificate until {}, {used}\n",
            key.certificate_sha256,
            key.key,
            key.source.name(),
            key.subject,
            key.not_after,
        ));
    }
    if let Some(metadata) = &found.metadata {
        let at =
            |at: Option<crate::base::Instant>| at.map_or_else(|| "never".to_owned(), |at| at.to_string());
        text.push_str(&format!(
            "\nMetadata       {} (trusted by {})\n  last good {}, next {}\n",
            metadata.url,
            if metadata.trust == "signed" { "its signature" } else { "TLS" },
            at(metadata.fetched_at),
            metadata.next_at,
        ));
        if let Some(problem) = &metadata.problem {
            text.push_str(&format!("  {} times in a row: {problem}\n", metadata.failures));
        }
    }
    if found.has_drift {
        text.push_str("\nA change waits for approval: gatepost connection drift list\n");
    }
    let settings = serde_json::to_string_pretty(&found.settings).unwrap_or_default();
    text.push_str(&format!("\nSettings\n{settings}\n"));
    gateway::say(&text);
}
