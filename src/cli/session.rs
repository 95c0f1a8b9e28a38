//! `gatepost session …`: who is signed in, and ending it.

use clap::{Args, Subcommand};

use super::gateway::{self, Common};
use super::{Outcome, Status};
use crate::base::id::{ConnectionId, SessionId, UserId};
use crate::directory::account::Slug;
use crate::flow::session::SessionView;
use crate::flow::session::admin::{self, Of};

/// What can be done with sessions.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List who is signed in, the newest first
    List(OfOptions),
    /// End one session, on every node at once
    Revoke(RevokeOptions),
    /// End every session of a user, a connection or an account, on every node at once
    RevokeAll(OfOptions),
}

/// Options of `gatepost session list` and `revoke-all`.
#[derive(Debug, Args)]
pub struct OfOptions {
    #[command(flatten)]
    of: OfOption,
    #[command(flatten)]
    common: Common,
}

/// Whose sessions.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct OfOption {
    /// Of everybody in this account: its slug
    #[arg(long, value_name = "SLUG")]
    account: Option<Slug>,
    /// Of this user: their id
    #[arg(long, value_name = "ID")]
    user: Option<UserId>,
    /// Of everybody who came by this connection: its id
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
}

/// Options of `gatepost session revoke`.
#[derive(Debug, Args)]
pub struct RevokeOptions {
    /// The session's id: sess_…
    id: SessionId,
    #[command(flatten)]
    common: Common,
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::List(options) => list(options),
        Command::Revoke(options) => revoke(options),
        Command::RevokeAll(options) => revoke_all(options),
    }
}

impl OfOption {
    fn of(&self) -> Option<Of> {
        let account = self.account.clone().map(Of::Account);
        account.or(self.user.map(Of::User)).or(self.connection.map(Of::Connection))
    }
}

fn list(OfOptions { of, common }: &OfOptions) -> Outcome {
    let Some(of) = of.of() else { return Ok(Status::Usage) };
    let found = common.work(async |gateway, ctx| admin::list(gateway, ctx, &of).await)?;
    common.print_each(&found, show);
    Ok(Status::Done)
}

fn revoke(RevokeOptions { id, common }: &RevokeOptions) -> Outcome {
    let has_ended = common.work(async |gateway, ctx| admin::revoke(gateway, ctx, *id).await)?;
    gateway::print(common.json, &[("ended", "Ended", u64::from(has_ended).to_string())]);
    Ok(Status::Done)
}

fn revoke_all(OfOptions { of, common }: &OfOptions) -> Outcome {
    let Some(of) = of.of() else { return Ok(Status::Usage) };
    let ended = common.work(async |gateway, ctx| admin::revoke_all(gateway, ctx, &of).await)?;
    gateway::print(common.json, &[("ended", "Ended", ended.to_string())]);
    Ok(Status::Done)
}

fn show(is_json: bool, session: &SessionView) {
    let client = &session.client;
    let parts = [&client.browser, &client.system];
    let browser: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
    gateway::print(
        is_json,
        &[
            ("id", "Session", session.id.to_string()),
            ("account", "Account", session.account_slug.to_string()),
            ("user", "User", session.user_id.to_string()),
            ("connection", "Connection", session.connection_id.to_string()),
            ("browser", "Browser", browser.join(", ")),
            ("network", "Network", client.network.clone().unwrap_or_default()),
            ("created_at", "Signed in at", session.created_at.to_string()),
            ("last_seen_at", "Last used at", session.last_seen_at.to_string()),
            ("expires_at", "Ends at", session.expires_at.to_string()),
        ],
    );
}
