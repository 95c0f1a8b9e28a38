//! `gatepost connection revisions`, `rollback` and `drift`.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::base::id::ConnectionId;
use crate::cli::gateway::{self, Common, InAccount};
use crate::cli::{Outcome, Status};
use crate::flow::connection::drift::{self, DriftView};
use crate::flow::connection::revision::{self, RevisionView};

/// Options of `gatepost connection revisions`.
#[derive(Debug, Args)]
pub struct RevisionsOptions {
    /// The connection's id
    id: ConnectionId,
    #[command(flatten)]
    common: Common,
}

/// Options of `gatepost connection rollback`.
#[derive(Debug, Args)]
pub struct RollbackOptions {
    /// The connection's id
    id: ConnectionId,
    /// The number of the revision to be again
    revision: i64,
    #[command(flatten)]
    common: Common,
}

/// What can be done with what waits for an owner.
#[derive(Debug, Subcommand)]
pub enum DriftCommand {
    /// List what waits in an account
    List(InAccount),
    /// Have a connection follow what waits, just as it was listed
    Approve(ApproveOptions),
}

/// Options of `gatepost connection drift approve`.
#[derive(Debug, Args)]
pub struct ApproveOptions {
    /// The connection's id
    id: ConnectionId,
    /// What names the change in the list: that one is approved and no other
    proposal: String,
    #[command(flatten)]
    common: Common,
}

/// Lists what a connection was.
///
/// # Errors
/// In a plain sentence.
pub fn revisions(RevisionsOptions { id, common }: &RevisionsOptions) -> Outcome {
    let found = common.work(async |gateway, ctx| revision::revisions(gateway, ctx, *id).await)?;
    for found in &found {
        tell(common.json, found);
    }
    Ok(Status::Done)
}

fn tell(is_json: bool, found: &RevisionView) {
    if is_json {
        let changed: Vec<_> = found
            .changed
            .iter()
            .map(|at| json!({ "path": at.path, "before": at.before, "after": at.after }))
            .collect();
        let object = json!({
            "revision": found.number, "actor": found.actor, "at": found.at.to_string(),
            "reason": found.reason, "changed": changed,
        });
        return gateway::say(&format!("{object}\n"));
    }
    let reason = found.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let mut text = format!("{}  {}  {}{reason}\n", found.number, found.at, found.actor);
    for at in &found.changed {
        text.push_str(&format!("     {}: {} -> {}\n", at.path, at.before, at.after));
    }
    gateway::say(&text);
}

/// Tells the number of a new revision, or that nothing differs.
pub(super) fn tell_made(is_json: bool, id: ConnectionId, made: Option<i64>) {
    if is_json {
        let object = json!({ "id": id.to_string(), "changed": made.is_some(), "revision": made });
        gateway::say(&format!("{object}\n"));
    } else {
        gateway::note(&made.map_or_else(
            || "Nothing differs.".to_owned(),
            |number| format!("It holds from the next message on: revision {number}."),
        ));
    }
}

/// Makes a connection again what it was.
///
/// # Errors
/// In a plain sentence.
pub fn roll_back(RollbackOptions { id, revision, common }: &RollbackOptions) -> Outcome {
    let made = common.work(async |gateway, ctx| revision::roll_back(gateway, ctx, *id, *revision).await)?;
    tell_made(common.json, *id, made);
    Ok(Status::Done)
}

/// Lists or approves what waits.
///
/// # Errors
/// In a plain sentence.
pub fn drift(command: &DriftCommand) -> Outcome {
    match command {
        DriftCommand::List(options) => list_drifts(options),
        DriftCommand::Approve(options) => approve(options),
    }
}

fn list_drifts(InAccount { account, common }: &InAccount) -> Outcome {
    let found = common.work(async |gateway, ctx| drift::drifts(gateway, ctx, account).await)?;
    for found in &found {
        tell_drift(common.json, found);
    }
    Ok(Status::Done)
}

fn tell_drift(is_json: bool, found: &DriftView) {
    if is_json {
        let object = json!({
            "connection": found.connection.to_string(), "name": found.name, "kind": found.kind,
            "proposal": found.proposal, "present": found.present, "proposed": found.proposed, "found_at": found.found_at.to_string(),
        });
        return gateway::say(&format!("{object}\n"));
    }
    gateway::say(&format!(
        "{} ({}), {} since {}\n  is        {}\n  would be  {}\n  approve   gatepost connection drift approve {} {}\n",
        found.connection,
        found.name,
        found.kind,
        found.found_at,
        found.present.join("  "),
        found.proposed.join("  "),
        found.connection,
        found.proposal
    ));
}

fn approve(ApproveOptions { id, proposal, common }: &ApproveOptions) -> Outcome {
    let made = common.work(async |gateway, ctx| drift::approve(gateway, ctx, *id, proposal).await)?;
    tell_made(common.json, *id, made);
    Ok(Status::Done)
}
