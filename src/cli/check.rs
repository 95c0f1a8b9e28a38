//! `gatepost check`: whether an installation is as it should be.

use clap::Args;

use super::gateway::{self, SettingsFile};
use super::{Outcome, Status};
use crate::base::Actor;
use crate::flow::check::{self, Finding, Level};

/// Options of `gatepost check`.
#[derive(Debug, Args)]
pub struct Options {
    /// Read every account's chain of events too: that none was changed or cut out
    #[arg(long)]
    audit: bool,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsFile,
}

/// Looks at everything; status 1 when something is to be mended.
///
/// # Errors
/// In a plain sentence: settings, database, master key.
pub fn run(options: &Options) -> Outcome {
    let warnings = options.settings.read()?.warnings();
    let mut found: Vec<_> =
        warnings.into_iter().map(|text| Finding { area: "config", level: Level::Notice, text }).collect();
    found.extend(gateway::on_gateway(&options.settings, async |gateway| {
        check::check(gateway, &gateway.ctx(Actor::CommandLine), options.audit).await
    })?);
    for finding in &found {
        let line = if options.json {
            serde_json::json!({ "area": finding.area, "level": finding.level.name(), "text": finding.text })
                .to_string()
        } else {
            format!("{:7}{:13}{}", finding.level.name(), finding.area, finding.text)
        };
        gateway::say(&format!("{line}\n"));
    }
    let is_wrong = found.iter().any(|finding| finding.level == Level::Wrong);
    Ok(if is_wrong { Status::Refused } else { Status::Done })
}
