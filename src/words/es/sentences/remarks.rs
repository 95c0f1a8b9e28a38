//! What the engine remarks in a trace.

use super::Row;

pub const ROWS: &[Row] = &[];
