//! Erasing one person.
//!
//! # Design
//!
//! Somebody may have signed in thousands of times, in an account with millions of attempts, and everybody else signs in
//! meanwhile. So it is done in steps: they are shut out first, with a job that finishes what is begun; then their attempts
//! are looked for and stripped a portion at a time; then, in one transaction, what leads to them and they themselves go,
//! and that event is the receipt. Each step can be done again. Whoever asked waits for the end; where that process is
//! ended in the middle, the job goes on, and where that cannot, it stands in the list of jobs that were given up.

use serde_json::{Value, json};

use super::Which;
use super::change::{guard_owners, held, tell, write};
use crate::access::{self, Action};
use crate::base::Ctx;
use crate::base::id::{AccountId, AttemptId, ConnectionId, UserId};
use crate::directory::account::Slug;
use crate::directory::state::{JobKind, UserState};
use crate::flow::job::{self, NewJob};
use crate::flow::login::StoredTrace;
use crate::flow::{FlowError, Gateway, grant};
use crate::storage::seal::AccountKeys;
use crate::storage::session::{self, Whose};
use crate::storage::user::User;
use crate::storage::{account, attempt, connection, people};

/// Attempts that are looked through at a time.
const PORTION: i64 = 1000;
/// Whoever asked does it; the job is there for when they do not come to the end.
const PATIENCE_SECONDS: i64 = 120;

/// Erases a person: what is known of them, what leads to them, their sessions, the messages that they signed in with and
/// what was mapped of these. Their attempts stay as bare facts, and so do events, which hold nothing personal. Who may
/// sign in still is made anew at the next sign-in.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such person; [`FlowError::Invalid`] when somebody let them in again meanwhile.
pub async fn erase(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, which): (&Slug, &Which),
) -> Result<UserId, FlowError> {
    let (account, user) = begin(gateway, ctx, (account, which)).await?;
    finish(gateway, ctx, (account, user)).await?;
    Ok(user)
}

/// Goes on with an erasure that was begun.
///
/// # Errors
/// As [`erase`].
pub async fn run_job(gateway: &Gateway, ctx: &Ctx, input: &Value) -> Result<(), FlowError> {
    access::decide(ctx.actor, Action::RunJobs)?;
    let text = |name| input.get(name).and_then(Value::as_str);
    let account = text("account").and_then(|id| id.parse().ok());
    let user = text("user").and_then(|id| id.parse().ok());
    let of = account.zip(user).ok_or(FlowError::Internal("a job without its user"))?;
    match finish(gateway, ctx, of).await {
        // The account was deleted since, and its keys with it.
        Err(FlowError::NotFound(_)) => Ok(()),
        done => done,
    }
}

/// Shuts them out, and asks for the job that finishes what is begun.
async fn begin(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, which): (&Slug, &Which),
) -> Result<(AccountId, UserId), FlowError> {
    let mut tx = gateway.storage().write().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ManageUsers, account).await?;
    let keys = gateway.storage().keys(&mut tx, account.id).await?;
    let found = held(&mut tx, &account, which, &keys).await?.user;
    guard_owners(ctx, &account, [found.role, found.role])?;
    let id = found.id;
    if found.state != UserState::Disabled {
        let shut = User { state: UserState::Disabled, ..found };
        write(&mut tx, gateway, ctx, (&account, &keys), &shut).await?;
    }
    session::end_all(&mut tx, account.id, Whose::User(id), None, ("user_disabled", ctx.now)).await?;
    let new = NewJob {
        account: Some(account.id),
        kind: JobKind::UserErasure,
        key: id.to_string(),
        input: json!({ "account": account.id.to_string(), "user": id.to_string() }),
        run_at: ctx.now.plus_seconds(PATIENCE_SECONDS),
    };
    job::ask(&mut tx, ctx, new, gateway.rng()).await?;
    tell(&mut tx, gateway, ctx, (&account, &keys), ("user.erasure_begun", id, &json!({}))).await?;
    tx.commit().await?;
    Ok((account.id, id))
}

async fn finish(gateway: &Gateway, ctx: &Ctx, (account, user): (AccountId, UserId)) -> Result<(), FlowError> {
    let mut tx = gateway.storage().read().await?;
    let keys = gateway.storage().keys(&mut tx, account).await?;
    let connections = connection::list(&mut tx, account).await?;
    drop(tx);
    for connection in connections {
        strip_all(gateway, (account, user), connection.id, &keys).await?;
    }
    let mut tx = gateway.storage().write().await?;
    let account = account::find(&mut tx, account).await?.ok_or(FlowError::NotFound("account"))?;
    let found = match held(&mut tx, &account, &Which::Id(user), &keys).await {
        // Whoever else was at it was faster.
        Err(FlowError::NotFound(_)) => return Ok(()),
        found => found?.user,
    };
    if found.state != UserState::Disabled {
        return Err(FlowError::Invalid(
            "somebody let this user in again while they were erased; erase them once more".to_owned(),
        ));
    }
    people::delete(&mut tx, account.id, user).await?;
    tell(&mut tx, gateway, ctx, (&account, &keys), ("user.erased", user, &json!({}))).await?;
    Ok(tx.commit().await?)
}

/// Strips their attempts by a connection. As long as they are shut out, there are no new ones.
async fn strip_all(
    gateway: &Gateway,
    (account, user): (AccountId, UserId),
    connection: ConnectionId,
    keys: &AccountKeys,
) -> Result<(), FlowError> {
    let mut after: Option<AttemptId> = None;
    loop {
        let mut tx = gateway.storage().read().await?;
        let page = (after, PORTION);
        let (theirs, last) = people::list_attempts(&mut tx, (account, connection), user, page).await?;
        drop(tx);
        if !theirs.is_empty() {
            let mut tx = gateway.storage().write().await?;
            for attempt in theirs {
                attempt::delete_message(&mut tx, account, attempt).await?;
                let stored = attempt::find_trace(&mut tx, account, attempt, keys).await?;
                let stored = stored.and_then(|stored| StoredTrace::read(&stored));
                let Some(stored) = stored else { continue };
                let bare = stored.without_person().store()?;
                attempt::update_trace(&mut tx, account, (attempt, &bare), keys, gateway.rng()).await?;
            }
            tx.commit().await?;
        }
        let Some(last) = last else { return Ok(()) };
        after = Some(last);
    }
}
