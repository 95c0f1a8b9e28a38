//! Panics that are an answer: caught, counted, not printed. All others are ours and are shown.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static IS_EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// Silences the panics that [`caught`] catches.
pub(crate) fn install() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !IS_EXPECTED.get() {
            usual(info);
        }
    }));
}

/// What `work` gives; `None` if it panics.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    IS_EXPECTED.set(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    IS_EXPECTED.set(false);
    result.ok()
}
