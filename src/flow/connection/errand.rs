//! What somebody waits for and is dear: a few at once for each account. A document of metadata may have four megabytes, and
//! the server that it comes from may take its time; a trial has patterns made ready and up to fifty messages judged. Whoever
//! asks for many at once waits for their own, and nobody else's request has less room for it. Every process counts for
//! itself.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::id::AccountId;
use crate::base::sentence::sentence;
use crate::flow::FlowError;

/// Errands of a kind that run for one account at the same time.
const AT_ONCE: u32 = 2;

/// What runs just now because somebody asked for it: of one kind.
#[derive(Debug, Clone, Default)]
pub(in crate::flow) struct Errands(Arc<Mutex<BTreeMap<AccountId, u32>>>);

/// The right to run one, until it is dropped.
#[derive(Debug)]
pub(in crate::flow) struct Place {
    errands: Errands,
    account: AccountId,
}

impl Errands {
    /// A place to fetch metadata.
    ///
    /// # Errors
    /// [`FlowError::Invalid`] when as many as may be are fetched for the account already.
    pub(in crate::flow) fn fetch(&self, account: AccountId) -> Result<Place, FlowError> {
        self.begin(account).ok_or_else(|| {
            FlowError::Invalid(sentence!(
                "metadata is being fetched for this account just now; try again in a moment"
            ))
        })
    }

    /// A place to try a change.
    ///
    /// # Errors
    /// [`FlowError::Invalid`] when as many as may be are tried for the account already.
    pub(super) fn trial(&self, account: AccountId) -> Result<Place, FlowError> {
        self.begin(account).ok_or_else(|| {
            FlowError::Invalid(sentence!(
                "changes are being tried for this account just now; try again in a moment"
            ))
        })
    }

    fn begin(&self, account: AccountId) -> Option<Place> {
        let mut counts = self.counts();
        let count = counts.entry(account).or_insert(0);
        if *count >= AT_ONCE {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(Place { errands: self.clone(), account })
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<AccountId, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.errands.counts();
        if let Some(count) = counts.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Instant, Rng};

    #[test]
    fn each_account_has_places_of_its_own() {
        let rng = Rng::seeded(1);
        let [one, other] = [1, 2].map(|second| AccountId::make(Instant::from_seconds(second), &rng));
        let errands = Errands::default();
        let first = errands.trial(one).unwrap();
        let second = errands.trial(one).unwrap();
        assert!(errands.trial(one).unwrap_err().to_string().contains("just now"));
        let elsewhere = errands.trial(other).unwrap();
        drop(first);
        let third = errands.fetch(one).unwrap();
        drop((second, third, elsewhere));
        assert!(errands.counts().is_empty());
    }
}
