//! What sign-ins read and write, for many at once.
//!
//! A sign-in looks once (was its assertion or request used, who is the person: [`SignIns::look`]) and writes once: plain
//! [`Rows`], sealed and serialised by whoever brings them ([`SignIns::write`]). Everything that waits at a moment is
//! looked up by one statement and written by one transaction, so that a hundred people who come at once share the cost
//! of making it durable.
//!
//! # Invariants
//!
//! * No answer before the commit is durable. A failed commit is [`StorageError::NotCommitted`] for everybody in it, and
//!   nothing of it is there; when the database went away in the middle, we ask it again before anything is said.
//! * What was decided was decided on what was read before. Inside the transaction the versions of connection, account
//!   and user are read again, under a lock where writers run side by side, and the rows that must not be there yet are
//!   inserted with `ON CONFLICT DO NOTHING`: their counts decide. See [`Conflict`].
//! * One that cannot be written is answered alone, and those beside it do not notice.
//! * However many copies of one assertion come at once, or answers to one request, or sign-ins of one browser: they do
//!   not take the places of others, and of the copies a few at most reach a transaction.
//!
//! # Design
//!
//! There is no timer. Whoever comes while a transaction is under way waits for its end anyway; then all of them go into
//! the next one. Somebody who comes alone is written at once. So batches are as large as the load makes them, and
//! waiting 2 ms for more would only add 2 ms for a person who is alone.
//!
//! | file | what |
//! |---|---|
//! | `rows` | what a sign-in writes, and the statements that write it for many |
//! | `look` | what it reads |
//! | `used` | what was used a moment ago, so that copies of it cost nobody a transaction |
//! | `writer` | the task that commits batches; what becomes of those that fail |
//!
//! A sign-in that is told of in an event is written in the transaction of that event: [`write_in`], after [`lock_in`].
//!
//! To add something that a sign-in writes: a field of [`Rows`], its statement in `rows`.

mod look;
mod rows;
mod used;
mod writer;

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};

use super::asked::{Asked, ask};
use super::pools::Pools;
use super::{StorageError, Tx};
use used::Used;

/// What several tasks take their work from.
type Inbox<Q, A> = Arc<Mutex<mpsc::Receiver<Asked<Q, A>>>>;

pub use look::{Found, Look};
pub use rows::{Conflict, Guard, Rows};

/// How many may wait at each end before whoever comes has to wait to be let in.
const QUEUE: usize = 1024;
/// On `SQLite` there is one writer. On a server, so many transactions of sign-ins go on side by side.
const POSTGRES_WRITERS: usize = 3;
const LOOKERS: usize = 2;

/// Where sign-ins are read and written. Copies share everything.
#[derive(Clone)]
pub struct SignIns {
    looks: mpsc::Sender<Asked<Look, Found>>,
    writes: mpsc::Sender<Asked<Rows, Result<(), Conflict>>>,
}

impl SignIns {
    /// Starts the tasks behind it; they end when the last copy is dropped.
    pub(super) fn start(pools: &Pools) -> Self {
        let (looks, inbox) = mpsc::channel(QUEUE);
        let inbox: Inbox<_, _> = Arc::new(Mutex::new(inbox));
        for _ in 0..LOOKERS {
            tokio::spawn(look::serve(pools.clone(), Arc::clone(&inbox)));
        }
        let (writes, inbox) = mpsc::channel(QUEUE);
        let inbox: Inbox<_, _> = Arc::new(Mutex::new(inbox));
        let used = Arc::new(Used::default());
        for _ in 0..if pools.is_server() { POSTGRES_WRITERS } else { 1 } {
            tokio::spawn(writer::serve(pools.clone(), Arc::clone(&inbox), Arc::clone(&used)));
        }
        Self { looks, writes }
    }

    /// What is there that a sign-in must know of.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn look(&self, look: Look) -> Result<Found, StorageError> {
        ask(&self.looks, look).await
    }

    /// Writes a sign-in, all of it or nothing.
    ///
    /// # Errors
    /// [`StorageError::NotCommitted`]; then nothing of it is there, and it may be tried again. Any other is about the rows
    /// themselves.
    pub async fn write(&self, rows: Rows) -> Result<Result<(), Conflict>, StorageError> {
        ask(&self.writes, rows).await
    }
}

/// Takes, in the order of all sign-ins, what one takes before its account's event: sessions whose place it takes, and then
/// what it was decided on. Where there is a conflict, that must not be committed.
///
/// # Errors
/// [`StorageError`].
pub async fn lock_in(tx: &mut Tx, sign_in: &Rows) -> Result<Result<(), Conflict>, StorageError> {
    Ok(rows::lock(tx, sign_in).await?.map_or(Ok(()), Err))
}

/// Writes a sign-in in the caller's transaction. Where there is a conflict, that must not be committed.
///
/// # Errors
/// [`StorageError`].
pub async fn write_in(tx: &mut Tx, sign_in: &Rows) -> Result<Result<(), Conflict>, StorageError> {
    Ok(rows::write(tx, &[sign_in]).await?.map_or(Ok(()), Err))
}
