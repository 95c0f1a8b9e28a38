//! `gatepost attempt …`: who tried to sign in, and what a refused page's reference stands for.

use std::fmt::Write as _;
use std::io::IsTerminal;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::gateway::{self, SettingsFile};
use super::verify::explain::{Colour, explain};
use super::verify::lines;
use super::verify::report::{Reading, Report};
use super::{Failure, Outcome, Status};
use crate::base::id::{AttemptId, ConnectionId};
use crate::directory::account::Slug;
use crate::directory::email::EmailVerdict;
use crate::directory::mapping::{Lineage, MappedField};
use crate::directory::state;
use crate::flow::attempt::{self, AttemptView, Filter, List};

/// What can be done with attempts.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List who tried to sign in to an account, the newest first
    List(ListOptions),
    /// Explain a try to sign in, by the reference on its page
    Show(ShowOptions),
}

/// Options of `gatepost attempt list`.
#[derive(Debug, Args)]
pub struct ListOptions {
    /// The account's slug
    #[arg(long, value_name = "SLUG")]
    account: Slug,
    /// Only by this connection
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
    /// Only those that ended so: accepted, refused, repeated, restarted or tested
    #[arg(long, value_parser = outcome)]
    outcome: Option<state::Outcome>,
    /// Begin before this one
    #[arg(long, value_name = "ID")]
    before: Option<AttemptId>,
    /// So many at most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsFile,
}

/// Options of `gatepost attempt show`.
#[derive(Debug, Args)]
pub struct ShowOptions {
    /// The reference: att_…
    reference: AttemptId,
    /// Print one JSON object, as `gatepost verify --json` does
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsFile,
}

/// Runs the subcommand.
///
/// # Errors
/// In a plain sentence.
pub fn run(command: &Command) -> Outcome {
    match command {
        Command::List(options) => list(options),
        Command::Show(options) => show(options),
    }
}

fn outcome(text: &str) -> Result<state::Outcome, String> {
    text.parse().map_err(|_| "one of accepted, refused, repeated, restarted, tested".to_owned())
}

fn list(options: &ListOptions) -> Outcome {
    let ListOptions { account, connection, outcome, before, limit, json, settings } = options;
    let input = List {
        account: account.clone(),
        filter: Filter { connection: *connection, outcome: *outcome, ..Filter::default() },
        before: *before,
        limit: *limit,
    };
    let found =
        gateway::on_gateway(settings, async |gateway, ctx| attempt::list(gateway, ctx, &input).await)?;
    for attempt in found.attempts {
        let code = attempt.code.unwrap_or_default();
        if *json {
            gateway::print_json(&serde_json::json!({
                "id": attempt.id.to_string(),
                "at": attempt.created_at.to_string(),
                "connection": attempt.connection_id.to_string(),
                "purpose": attempt.purpose.name(),
                "outcome": attempt.outcome.name(),
                "code": code,
                "user": attempt.user_id.map(|id| id.to_string()),
                "session": attempt.session_id.map(|id| id.to_string()),
            }));
        } else {
            let (at, id, outcome) = (attempt.created_at, attempt.id, attempt.outcome.name());
            gateway::say(&format!("{at}  {id}  {}  {outcome} {code}\n", attempt.connection_id));
        }
    }
    Ok(Status::Done)
}

fn show(options: &ShowOptions) -> Outcome {
    let found = gateway::on_gateway(&options.settings, async |gateway, ctx| {
        attempt::find(gateway, ctx, options.reference).await
    })?;
    let AttemptView { id, at, outcome, account_slug, connection_id, connection_name, stored, .. } = found;
    let mut report = match stored.refusal {
        None => Report::accepted(stored.trace.clone(), Reading::default(), None),
        Some(refusal) => Report::refused(stored.trace.clone(), refusal),
    };
    if options.json {
        report.id = Some(id.to_string());
        let shown = Shown { report: &report, mapping: stored.mapping.as_ref() };
        let written = lines::write(&mut std::io::stdout().lock(), &shown);
        return written.map(|()| Status::Done).map_err(|error| Failure::new(error.to_string()));
    }
    let pairs = [
        ("id", "Attempt", id.to_string()),
        ("at", "At", at.to_string()),
        ("outcome", "Outcome", outcome.to_string()),
        ("account", "Account", account_slug),
        ("connection", "Connection", format!("{connection_name} ({connection_id})")),
    ];
    gateway::print(false, &pairs);
    let colour = if std::io::stdout().is_terminal() { Colour::On } else { Colour::Off };
    gateway::say(&format!("\n{}", explain(&report, colour, true)));
    if let Some(mapping) = &stored.mapping {
        gateway::say(&gateway::printable(&told(mapping)));
    }
    Ok(Status::Done)
}

/// What `--json` prints.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    mapping: Option<&'a Lineage>,
}

/// What was mapped, and where each value came from.
fn told(mapping: &Lineage) -> String {
    let mut text = "\nWhat was mapped\n".to_owned();
    let width = mapping.fields.iter().map(|field| field.field.len()).max().unwrap_or_default();
    for field in &mapping.fields {
        let MappedField { field, values, source, attribute, sent, rule } = field;
        let _ = write!(text, "  {field:width$}  {}\n  {:width$}  from {source}", values.join(", "), "");
        if let Some(attribute) = attribute {
            let _ = write!(text, ", sent as {attribute}");
        }
        if let Some(sent) = sent {
            let _ = write!(text, " with {:?}", sent.join(", "));
        }
        let _ = writeln!(text, ", by {rule}");
    }
    if let Some(email) = mapping.email {
        let verdict = match email {
            EmailVerdict::Verified => "verified",
            EmailVerdict::Kept => "kept, not verified",
            EmailVerdict::Dropped => "left out, since it is not verified",
            EmailVerdict::Refused => "refused, since it is not verified",
        };
        let _ = writeln!(text, "  The address was {verdict}.");
    }
    for note in &mapping.notes {
        let _ = writeln!(text, "  {}", note.text);
    }
    text
}
