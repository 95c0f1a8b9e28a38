//! What somebody writes into a single field, and others read in a line: names, reasons, ids of the platform's own.
//!
//! Whatever of that kind is to be stored goes through here: not every database takes every character, and a line that turns
//! its own direction says something else than it shows.

use super::FlowError;
use crate::base::sentence::sentence;
use crate::base::text::is_line;

/// The longest reason, in characters.
pub(in crate::flow) const MAX_REASON: usize = 500;

/// `text` without white space around it, if it is one line of `max` characters at most; it may be empty.
///
/// # Errors
/// [`FlowError::Invalid`] about `field`.
pub(in crate::flow) fn checked_line<'t>(
    field: &str,
    text: &'t str,
    max: usize,
) -> Result<&'t str, FlowError> {
    let text = text.trim();
    if is_line(text, max) {
        return Ok(text);
    }
    let wrong = sentence!("write {max} characters at most, on one line and without control characters", max);
    Err(FlowError::Invalid(wrong.about(field)))
}
