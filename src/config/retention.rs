//! For how long is kept what was done.

use super::section::Section;

/// For how long is kept what was done.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// Days for which it is kept who signed in when, and how it went.
    pub attempt_days: u32,
    /// Days for which it is kept what Zoom told.
    pub zoom_event_days: u32,
}

impl Retention {
    pub(super) fn read(section: &mut Section) -> Self {
        // Longer than refused attempts and messages are kept, ten years at the most.
        let days = section.number("attempt_days", 400, &(31..=3660));
        let zoom = section.number("zoom_event_days", 30, &(1..=400));
        Self {
            attempt_days: u32::try_from(days).unwrap_or(u32::MAX),
            zoom_event_days: u32::try_from(zoom).unwrap_or(u32::MAX),
        }
    }
}
