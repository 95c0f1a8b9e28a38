//! The line of keys that a key comes of: which made it, which made that one, and who made the first. It never changes.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use crate::base::Actor;
use crate::base::ctx::kind_and_id;
use crate::base::id::ApiKeyId;
use crate::flow::{FlowError, Gateway};
use crate::storage::{StorageError, Tx, api_key};

/// Keys that are remembered; the one that was quiet for longest gives way.
const KEYS: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// In whose name keys ask that asked lately. Each request is counted, and counting must be cheaper than what it keeps away.
#[derive(Debug)]
pub(in crate::flow) struct Roots(Mutex<LruCache<ApiKeyId, ApiKeyId>>);

impl Default for Roots {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(KEYS)))
    }
}

impl Roots {
    fn known(&self) -> MutexGuard<'_, LruCache<ApiKeyId, ApiKeyId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// In whose name a key asks, where it is counted how often: keys that a key made for its own account share what it may, or
/// whoever makes keys might ask as often as they like.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn counted_as(gateway: &Gateway, id: ApiKeyId) -> Result<ApiKeyId, FlowError> {
    let roots = &gateway.kept().roots;
    let known = roots.known().get(&id).copied();
    if let Some(root) = known {
        return Ok(root);
    }
    let mut tx = gateway.storage().read().await?;
    let line = api_key::line_of(&mut tx, id).await?;
    let home = line.first().map(|key| key.account_id);
    let own = line.iter().take_while(|key| Some(key.account_id) == home);
    let root = own.last().map_or(id, |key| key.id);
    roots.known().put(id, root);
    Ok(root)
}

/// The operator who made a key, or the first of the keys that it came of.
pub(super) async fn operator_behind(tx: &mut Tx, id: ApiKeyId) -> Result<Option<Actor>, FlowError> {
    match api_key::line_of(tx, id).await?.last() {
        Some(first) => Ok(operator(&first.created_by)?),
        None => Ok(None),
    }
}

/// The operator whom a name of who made a key means, if it means one. One that cannot be read is not nobody: a key that
/// nobody's rights bound would hand on all that it has.
pub(super) fn operator(made_by: &str) -> Result<Option<Actor>, StorageError> {
    let ("operator", Some(operator)) = kind_and_id(made_by) else { return Ok(None) };
    let operator = operator.parse().map_err(|_| StorageError::Corrupt("api_keys.created_by"))?;
    Ok(Some(Actor::Operator(operator)))
}
