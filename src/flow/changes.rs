//! What is kept in memory of the database, and how it is noticed that it changed.
//!
//! # Design
//!
//! Nothing here has to be right for a sign-in to be safe: its transaction compares versions
//! ([`crate::storage::sign_in`]). It has to be right soon, so that what an administrator does is seen everywhere within
//! a second. What this process changes is heard of when it is committed; what others change is read by [`poll`], twice a
//! second. A process that could not read it for [`PATIENCE_SECONDS`] is not ready.
//!
//! To keep something else: a field of `Kept`, and what makes it forget, if anything does, in `Kept::forget`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::api_key::line::Roots;
use super::connection::errand::Errands;
use super::connection::keys::Makers;
use super::connection::load::Cache;
use super::connection::published::Published;
use super::connection::refresh::Waits;
use super::login::quota::Quota;
use super::owner::MailsAsked;
use super::{FlowError, Gateway};
use crate::access::{self, Action};
use crate::base::{Ctx, Instant};
use crate::storage::Storage;
use crate::storage::change::{self, Changed};

/// After so long without a poll that succeeded, a process is not ready.
pub const PATIENCE_SECONDS: i64 = 10;
/// Changes are kept in the database for longer than this; who slept for longer may have missed some.
const MISSED_SECONDS: i64 = 3600;

/// Everything that is kept in memory: of the database, and for it.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) connections: Cache,
    pub(super) quota: Quota,
    pub(super) waits: Waits,
    pub(super) published: Published,
    pub(super) fetches: Errands,
    pub(super) trials: Errands,
    pub(super) makers: Makers,
    pub(super) roots: Roots,
    pub(super) mails_asked: MailsAsked,
    polled: Mutex<Option<Polled>>,
}

/// The last poll that succeeded.
#[derive(Debug, Clone, Copy)]
struct Polled {
    /// The last change that was read.
    seq: i64,
    at: Instant,
}

impl Kept {
    /// Kept in step with what `storage` tells.
    pub(super) fn new(storage: &Storage) -> Arc<Self> {
        let kept = Arc::new(Self::default());
        let listening = Arc::clone(&kept);
        storage.on_change(move |changed| listening.forget(changed));
        kept
    }

    /// Forgets what depends on what changed.
    fn forget(&self, Changed { kind, id }: &Changed) {
        match kind.as_str() {
            "connection" => {
                self.connections.forget_if(|active| active.loaded.connection.id.to_string() == *id);
            }
            "account" => self.connections.forget_if(|active| active.loaded.account.id.to_string() == *id),
            "service_provider" => {
                self.connections.forget_if(|active| active.loaded.service_provider.id.to_string() == *id);
            }
            _ => {}
        }
    }

    /// Whether changes of others may go unnoticed. Before the first poll nobody promised to notice any.
    pub(super) fn is_behind(&self, now: Instant) -> bool {
        self.polled().is_some_and(|polled| now >= polled.at.plus_seconds(PATIENCE_SECONDS))
    }

    fn polled(&self) -> MutexGuard<'_, Option<Polled>> {
        self.polled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads what other processes changed since the last time, and forgets what depends on it.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn poll(gateway: &Gateway, ctx: &Ctx) -> Result<(), FlowError> {
    access::decide(ctx.actor, Action::Sweep)?;
    let kept = gateway.kept();
    let last = *kept.polled();
    let mut tx = gateway.storage().read().await?;
    let seq = match last {
        Some(last) if ctx.now < last.at.plus_seconds(MISSED_SECONDS) => {
            let (mut seq, mut all) = (last.seq, Vec::new());
            for change in change::list(&mut tx, last.seq).await? {
                seq = change.seq;
                all.push(change.changed);
            }
            gateway.storage().tell(&all);
            seq
        }
        _ => {
            let seq = change::last(&mut tx).await?;
            kept.connections.forget_if(|_| true);
            seq
        }
    };
    drop(tx);
    *kept.polled() = Some(Polled { seq, at: ctx.now });
    Ok(())
}
