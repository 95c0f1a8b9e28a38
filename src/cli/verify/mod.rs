//! `gatepost verify`: judges one message or a suite of them, the same way as the server does.
//!
//! | file | what |
//! |---|---|
//! | [`options`] | the grammar of the command line |

pub mod options;

pub use options::Options;

use super::{Failure, Outcome};

/// Judges what `options` name.
///
/// # Errors
/// When the call, the input or the settings do not allow a judgement.
pub fn run(options: &Options) -> Outcome {
    let subject = if options.suite.is_some() { "suites" } else { "messages" };
    Err(Failure::new(format!("this build has no engine yet that could judge {subject}")))
}
