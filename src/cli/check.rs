//! `gatepost check`: whether an installation is as it should be. It looks, and changes nothing.

use clap::Args;

use super::gateway::{self, Common};
use super::{Outcome, Status};
use crate::flow::check::{self, Finding, Level};

/// Options of `gatepost check`.
#[derive(Debug, Args)]
pub struct Options {
    /// Read every account's chain of events and its sealed sign-ins too: that none was changed or cut out
    #[arg(long)]
    audit: bool,
    #[command(flatten)]
    common: Common,
}

/// Looks at everything; status 1 when something is to be mended.
///
/// # Errors
/// In a plain sentence: settings, database, master key.
pub fn run(options: &Options) -> Outcome {
    let warnings = options.common.settings.read()?.warnings();
    let mut found: Vec<_> =
        warnings.into_iter().map(|text| Finding { area: "config", level: Level::Notice, text }).collect();
    found.extend(options.common.work(async |gateway, ctx| check::check(gateway, ctx, options.audit).await)?);
    for finding in &found {
        let line = if options.common.json {
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
