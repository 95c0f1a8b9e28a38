//! Metadata that somebody waits for: a few documents at once for each account. A document may have four megabytes, and the
//! server that it comes from may take its time; whoever asks for many at once waits for their own, and nobody else's
//! request has less room for it. Every process counts for itself.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::id::AccountId;
use crate::base::sentence::sentence;
use crate::flow::FlowError;

/// Documents that are fetched for one account at the same time.
const AT_ONCE: u32 = 2;

/// What is fetched just now because somebody asked for it.
#[derive(Debug, Clone, Default)]
pub(in crate::flow) struct Fetches(Arc<Mutex<BTreeMap<AccountId, u32>>>);

/// The right to fetch one, until it is dropped.
#[derive(Debug)]
pub(in crate::flow) struct Place {
    fetches: Fetches,
    account: AccountId,
}

impl Fetches {
    /// A place, where there is one.
    ///
    /// # Errors
    /// [`FlowError::Invalid`] when as many as may be are fetched for the account already.
    pub(in crate::flow) fn begin(&self, account: AccountId) -> Result<Place, FlowError> {
        let mut counts = self.counts();
        let count = counts.entry(account).or_insert(0);
        if *count >= AT_ONCE {
            return Err(FlowError::Invalid(sentence!(
                "metadata is being fetched for this account just now; try again in a moment"
            )));
        }
        *count += 1;
        drop(counts);
        Ok(Place { fetches: self.clone(), account })
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<AccountId, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.fetches.counts();
        if let Some(count) = counts.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.account);
            }
        }
    }
}
