//! The task that commits batches of sign-ins.
//!
//! A batch is written whole. If one in it cannot be (see [`Conflict`], or a statement fails), nothing of it is kept and
//! all are written again, each under a savepoint of its own: those that can be are committed together, those that cannot
//! are answered alone.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::super::many::MOST;
use super::super::pools::Pools;
use super::super::sql::query;
use super::super::{StorageError, Tx, attempt};
use super::rows::{self, Conflict, Rows};
use super::used::Used;
use super::{Asked, Inbox};

/// How many of those that must come after one another may wait in front of a writer.
const WAITING: usize = 2048;
/// How often a batch is tried again that the database ended for the sake of another one.
const TRIES: usize = 5;
/// How long the outcome of a commit is asked for when the database went away in the middle of it. Browsers are kept
/// waiting for as long, and it is less than the time that an answer may take.
const ASK_EVERY: Duration = Duration::from_millis(250);
const ASK_TIMES: usize = 80;

type Written = Result<(), Conflict>;
type Waiting = Asked<Rows, Written>;
type Answers = Vec<Result<Written, StorageError>>;

/// Commits what is asked for, for as long as anybody may ask.
pub(super) async fn serve(pools: Pools, inbox: Inbox<Rows, Written>, used: Arc<Used>) {
    let mut waiting: Vec<Waiting> = Vec::with_capacity(MOST);
    loop {
        {
            if waiting.is_empty() {
                if inbox.lock().await.recv_many(&mut waiting, MOST).await == 0 {
                    return;
                }
            } else if let Ok(mut inbox) = inbox.try_lock() {
                // Another writer may be waiting in there; those that stayed behind must not. They take nobody's place.
                let most = waiting.len().saturating_add(MOST).min(WAITING);
                while waiting.len() < most
                    && let Ok(next) = inbox.try_recv()
                {
                    waiting.push(next);
                }
            }
        }
        answer_used(&mut waiting, &used);
        let batch = take(&mut waiting);
        if !batch.is_empty() {
            commit(&pools, batch, &used).await;
        }
    }
}

/// Answers those that bring an assertion that was used a moment ago.
fn answer_used(waiting: &mut Vec<Waiting>, used: &Used) {
    let is_copy = |next: &mut Waiting| next.question.replay.as_ref().is_some_and(|row| used.contains(row));
    for copy in waiting.extract_if(.., is_copy) {
        let _ = copy.answer.send(Ok(Err(Conflict::Replayed)));
    }
}

/// Those of `waiting` that can be written together; the others stay for the next time.
fn take(waiting: &mut Vec<Waiting>) -> Vec<Waiting> {
    let mut taken = HashSet::new();
    let (mut is_taken, mut count) = (Vec::with_capacity(waiting.len()), 0);
    for next in &*waiting {
        let is_free = count < MOST && next.question.exclusive().all(|key| !taken.contains(&key));
        if is_free {
            taken.extend(next.question.exclusive());
            count += 1;
        }
        is_taken.push(is_free);
    }
    let mut is_taken = is_taken.into_iter();
    let mut batch: Vec<_> = waiting.extract_if(.., |_| is_taken.next() == Some(true)).collect();
    batch.sort_by_cached_key(|waiting| waiting.question.order());
    batch
}

/// Writes a batch and answers everybody in it.
async fn commit(pools: &Pools, batch: Vec<Waiting>, used: &Used) {
    let size = u32::try_from(batch.len()).unwrap_or(u32::MAX);
    metrics::histogram!("gatepost_login_commit_size").record(size);
    let answers = {
        let all: Vec<_> = batch.iter().map(|waiting| &waiting.question).collect();
        answers(pools, &all).await
    };
    match answers {
        Ok(answers) => {
            for (waiting, answer) in batch.into_iter().zip(answers) {
                if let (Ok(Ok(())), Some(assertion)) = (&answer, &waiting.question.replay) {
                    used.insert(assertion);
                }
                let _ = waiting.answer.send(answer);
            }
        }
        Err(Failed::Not(error)) => refuse(batch, &Arc::new(error)),
        Err(Failed::Unknown(error, answers)) => {
            // Others are not kept waiting meanwhile.
            tokio::spawn(settle(pools.clone(), batch, answers, error));
        }
    }
}

fn refuse(batch: Vec<Waiting>, error: &Arc<StorageError>) {
    for waiting in batch {
        let _ = waiting.answer.send(Err(StorageError::NotCommitted(Arc::clone(error))));
    }
}

/// How a transaction failed.
enum Failed {
    /// Nothing of it is there.
    Not(StorageError),
    /// The database went away while it committed: all of it is there, with these answers, or nothing.
    Unknown(StorageError, Answers),
}

impl From<StorageError> for Failed {
    fn from(error: StorageError) -> Self {
        Self::Not(error)
    }
}

async fn answers(pools: &Pools, all: &[&Rows]) -> Result<Answers, Failed> {
    let mut tries = TRIES;
    loop {
        tries -= 1;
        let done = match together(pools, all).await {
            Ok(Some(answers)) => return Ok(answers),
            Ok(None) => one_by_one(pools, all).await,
            Err(failed) => Err(failed),
        };
        match done {
            Err(Failed::Not(error)) if tries > 0 && error.is_passing() => {}
            done => return done,
        }
    }
}

/// All in one go; `None` when one of them cannot be written.
async fn together(pools: &Pools, all: &[&Rows]) -> Result<Option<Answers>, Failed> {
    let mut tx = pools.write().await.map_err(StorageError::from)?;
    match rows::write(&mut tx, all).await {
        Ok(None) => finish(tx, all.iter().map(|_| Ok(Ok(()))).collect()).await.map(Some),
        // Whoever is alone need not be tried alone.
        Ok(Some(conflict)) if all.len() == 1 => Ok(Some(vec![Ok(Err(conflict))])),
        Err(error) if error.is_passing() => Err(error.into()),
        Err(error) if all.len() == 1 => Ok(Some(vec![Err(error)])),
        Ok(Some(_)) | Err(_) => Ok(None),
    }
}

/// Each under a savepoint of its own.
async fn one_by_one(pools: &Pools, all: &[&Rows]) -> Result<Answers, Failed> {
    let mut tx = pools.write().await.map_err(StorageError::from)?;
    let mut answers = Vec::with_capacity(all.len());
    for rows in all {
        tx.execute(query("SAVEPOINT sign_in")).await?;
        let answer = match rows::write(&mut tx, &[rows]).await {
            Ok(None) => Ok(Ok(())),
            Ok(Some(conflict)) => Ok(Err(conflict)),
            Err(error) if error.is_passing() => return Err(error.into()),
            Err(error) => Err(error),
        };
        if !matches!(answer, Ok(Ok(()))) {
            tx.execute(query("ROLLBACK TO SAVEPOINT sign_in")).await?;
        }
        tx.execute(query("RELEASE SAVEPOINT sign_in")).await?;
        answers.push(answer);
    }
    finish(tx, answers).await
}

async fn finish(tx: Tx, answers: Answers) -> Result<Answers, Failed> {
    match tx.commit().await {
        Ok(()) => Ok(answers),
        Err(error) if error.is_answer() => Err(Failed::Not(error)),
        Err(error) => Err(Failed::Unknown(error, answers)),
    }
}

/// Finds out what became of a commit, and then answers.
///
/// Reading would not do: the server may be at it still. An attempt of the batch is inserted once more. As long as the
/// commit goes on, that waits for it; it conflicts if the batch is there, and if it does not, the batch never will be.
async fn settle(pools: Pools, batch: Vec<Waiting>, answers: Answers, error: StorageError) {
    let written = batch.iter().zip(&answers).find(|(_, answer)| matches!(answer, Ok(Ok(()))));
    let Some(probe) = written.map(|(waiting, _)| &waiting.question.attempt) else {
        return refuse(batch, &Arc::new(error));
    };
    for _ in 0..ASK_TIMES {
        let is_there = async {
            let mut tx = pools.write().await.map_err(StorageError::from)?;
            attempt::is_there(&mut tx, probe).await
        };
        match is_there.await {
            Ok(true) => {
                for (waiting, answer) in batch.into_iter().zip(answers) {
                    let _ = waiting.answer.send(answer);
                }
                return;
            }
            Ok(false) => break,
            Err(_) => tokio::time::sleep(ASK_EVERY).await,
        }
    }
    refuse(batch, &Arc::new(error));
}
