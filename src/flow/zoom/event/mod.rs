//! What Zoom tells an account of: received, looked at, handed on.
//!
//! | file | what |
//! |---|---|
//! | `door` | what is behind an address that deliveries come to: whose it is, what they must be signed with |
//! | [`receive`] | taking a delivery, or refusing it |
//! | `person` | what was told of one person: exported, erased |
//! | [`forget`] | what goes when the app was removed in Zoom |
//! | [`refusals`] | how many were refused, and why |
//! | [`show`] | looking at events, and how many there were |
//! | [`forward`] | telling the account's own webhooks |
//!
//! # Invariants
//!
//! * Nothing of a delivery is read before its signature holds, and nothing of a refused one is kept: it is counted.
//! * A delivery is answered when it is durable. However often it comes, and to however many processes, there is one event,
//!   which is counted once and handed on once.
//! * Whoever holds no secret of an account is told nothing of it: an account that is not there, one without a link and a
//!   wrong signature are refused in the same words. How long that takes may tell them apart (`door`).

mod door;
pub mod forget;
pub mod forward;
pub(in crate::flow) mod person;
pub mod receive;
pub mod refusals;
pub mod show;

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use crate::base::Instant;
use crate::directory::email::lookup_form;
use crate::storage::zoom_event::Counts;
use crate::zoom::webhook;
use door::Door;

pub use door::Way;

/// The largest body of a delivery.
pub const MAX_BODY: usize = webhook::MAX_BODY;
/// Doors that are kept in memory.
const DOORS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4095);
/// For so long a door is used as it was read. Whatever it lets in after that is held against the database once more when it
/// is written.
const DOOR_MICROS: i64 = 1_000_000;

/// What is kept in memory of deliveries.
pub(super) struct Kept {
    doors: Mutex<LruCache<Way, Arc<Door>>>,
    refused: Mutex<Counts>,
}

impl Default for Kept {
    fn default() -> Self {
        Self { doors: Mutex::new(LruCache::new(DOORS)), refused: Mutex::default() }
    }
}

impl Kept {
    fn doors(&self) -> MutexGuard<'_, LruCache<Way, Arc<Door>>> {
        self.doors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The door as it was read a moment ago.
    fn door(&self, way: &Way, now: Instant) -> Option<Arc<Door>> {
        let mut doors = self.doors();
        let age = |door: &Arc<Door>| now.micros().saturating_sub(door.loaded_at.micros());
        doors.get(way).filter(|door| (0..DOOR_MICROS).contains(&age(door))).cloned()
    }

    fn keep(&self, way: Way, door: &Arc<Door>) {
        self.doors().put(way, Arc::clone(door));
    }

    fn forget(&self, way: &Way) {
        self.doors().pop(way);
    }

    fn refused(&self) -> MutexGuard<'_, Counts> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody as they are looked for: an address in the form that all addresses are, anything else as it is.
pub(in crate::flow) fn person_form(text: &str) -> String {
    if text.contains('@') { lookup_form(text) } else { text.trim().to_owned() }
}
