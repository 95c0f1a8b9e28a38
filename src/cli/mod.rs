//! The command line: one file per subcommand.

use std::process::ExitCode;

/// Runs the command line of this process and says with which status it ends.
#[must_use]
pub fn run() -> ExitCode {
    ExitCode::from(2)
}
