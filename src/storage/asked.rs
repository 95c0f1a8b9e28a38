//! Questions to a task that answers many of them at once.

use tokio::sync::{mpsc, oneshot};

use super::StorageError;

/// A question with the way back.
pub(super) struct Asked<Q, A> {
    pub(super) question: Q,
    pub(super) answer: oneshot::Sender<Result<A, StorageError>>,
}

/// Asks, and waits for the answer.
pub(super) async fn ask<Q, A>(to: &mpsc::Sender<Asked<Q, A>>, question: Q) -> Result<A, StorageError> {
    let (answer, answered) = oneshot::channel();
    // Both ends close only when the runtime ends.
    let gone = || StorageError::Database(sqlx::Error::PoolClosed);
    to.send(Asked { question, answer }).await.map_err(|_| gone())?;
    answered.await.map_err(|_| gone())?
}
