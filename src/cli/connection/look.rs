//! `gatepost connection list` and `show`.

use clap::Args;

use super::show;
use crate::base::id::ConnectionId;
use crate::cli::gateway::{self, Common, InAccount};
use crate::cli::{Outcome, Status};
use crate::flow::connection;
use crate::flow::connection::show::Detail;

/// Options of `gatepost connection show`.
#[derive(Debug, Args)]
pub struct ShowOptions {
    /// The connection's id
    id: ConnectionId,
    #[command(flatten)]
    common: Common,
}

/// Lists an account's connections.
///
/// # Errors
/// In a plain sentence.
pub fn list(InAccount { account, common }: &InAccount) -> Outcome {
    let found = common.work(async |gateway, ctx| connection::list(gateway, ctx, account).await)?;
    common.print_each(&found, show);
    Ok(Status::Done)
}

/// Shows everything about a connection.
///
/// # Errors
/// In a plain sentence.
pub fn show_one(ShowOptions { id, common }: &ShowOptions) -> Outcome {
    let found = common.work(async |gateway, ctx| connection::show::show(gateway, ctx, *id).await)?;
    if common.json {
        gateway::say(&format!("{}\n", found.json()));
    } else {
        tell(&found);
    }
    Ok(Status::Done)
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
        if let Some(brought) = &key.brought {
            text.push_str(&format!("  brought by {} at {}\n", brought.actor, brought.at));
        }
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
