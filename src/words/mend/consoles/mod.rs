//! The consoles: services that companies run for everybody, those of schools, and programs on one's own servers.

pub(super) mod cloud;
pub(super) mod schools;
pub(super) mod servers;
