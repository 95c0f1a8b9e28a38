//! Erasing one person.
//!
//! # Design
//!
//! Somebody may have signed in thousands of times, in an account with millions of attempts, and everybody else signs in
//! meanwhile. So it is done in steps: they are shut out first, with a job that finishes what is begun; then their attempts
//! are looked for and stripped a portion at a time, and with them those that name nobody (tests, refusals, what came
//! unasked), where what was mapped of the message, what was said beside its status, or the message itself, has their
//! address, or what led to them; a message of these that cannot be read goes in any case. What may be about them goes
//! along: a name can be a word of a sentence. A trace that a newer program wrote is stripped like any other. Events of
//! Zoom that name them go, and what waits or was told to webhooks of these. Then, in one transaction, what came meanwhile,
//! what leads to them and they themselves go, and that event, with a row of its own that nobody has to look for, is the
//! receipt. Each step can be done again. Whoever asked waits for the end; where that process is ended in the middle, the
//! job goes on, and where that cannot, it stands in the list of jobs that were given up.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::change::{SHUT_OUT, end_sessions, held, write};
use super::message;
use super::names::{About, Names};
use super::owners::{end_as_owner, guard_last_owner, guard_owners};
use super::{Which, listed};
use crate::access::{self, Action};
use crate::base::caller::Role;
use crate::base::id::{AccountId, AttemptId, ConnectionId, ErasureId, UserId};
use crate::base::sentence::sentence;
use crate::base::{Ctx, Instant};
use crate::directory::account::Slug;
use crate::directory::state::{JobKind, UserState};
use crate::flow::event::tell;
use crate::flow::job::{self, NewJob};
use crate::flow::login::StoredTrace;
use crate::flow::webhook;
use crate::flow::zoom::event::person;
use crate::flow::zoom::provision::follow;
use crate::flow::{FlowError, Gateway, grant};
use crate::storage::seal::AccountKeys;
use crate::storage::user::{self, User};
use crate::storage::{StorageError, Tx, account, attempt, connection, erasure, guest, people};

/// Attempts that are looked through at a time.
const PORTION: i64 = 1000;
/// A sign-in that began so long before an erasure is written before it ends.
const LATE_SECONDS: i64 = 60;
/// Whoever asked does it; the job is there for when they do not come to the end.
const PATIENCE_SECONDS: i64 = 120;

/// That somebody was erased, by whom and when, and how much there was. Nothing personal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Its id.
    #[serde(serialize_with = "as_text")]
    pub id: ErasureId,
    /// Who was erased.
    #[serde(serialize_with = "as_text")]
    pub user_id: UserId,
    /// By whom.
    pub erased_by: String,
    /// How much there was of what.
    pub erased: Erased,
    /// When it was done.
    #[serde(serialize_with = "as_text")]
    pub at: Instant,
}

/// How much there was of what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Erased {
    /// Sign-ins, which stay as bare facts: when, by which connection, how it ended.
    pub sign_ins: u64,
    /// Messages of identity providers.
    pub messages: u64,
    /// What led to them.
    pub identities: u64,
    /// Their sessions, those that had ended too.
    pub sessions: u64,
    /// Their sessions of the console.
    pub console_sessions: u64,
    /// Their passkeys.
    pub passkeys: u64,
    /// Links that were made for them.
    pub links: u64,
    /// That their address was let in by name.
    pub guests: u64,
    /// Events of Zoom that named them.
    pub zoom_events: u64,
    /// What was planned and done for them in Zoom.
    pub zoom_steps: u64,
    /// Their users in the last inventory of Zoom.
    pub zoom_users: u64,
}

fn as_text<S: serde::Serializer>(value: &impl std::fmt::Display, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

impl Receipt {
    fn read(stored: erasure::Erasure) -> Result<Self, FlowError> {
        let erased =
            serde_json::from_str(&stored.erased).map_err(|_| StorageError::Corrupt("erasures.erased"))?;
        let erasure::Erasure { id, user_id, erased_by, created_at, .. } = stored;
        Ok(Self { id, user_id, erased_by, erased, at: created_at })
    }

    fn stored(&self) -> Result<erasure::Erasure, FlowError> {
        let erased = serde_json::to_string(&self.erased).map_err(|_| FlowError::Internal("a receipt"))?;
        let (id, user_id, erased_by) = (self.id, self.user_id, self.erased_by.clone());
        Ok(erasure::Erasure { id, user_id, erased_by, erased, created_at: self.at })
    }
}

/// Receipts of an account, the newest first.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such account.
pub async fn receipts(
    gateway: &Gateway,
    ctx: &Ctx,
    account: &Slug,
    (before, limit): (Option<ErasureId>, u32),
) -> Result<Vec<Receipt>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ReadUsers, account).await?;
    let page = (before, i64::from(limit).min(PORTION));
    erasure::list(&mut tx, account.id, page).await?.into_iter().map(Receipt::read).collect()
}

/// A receipt.
///
/// # Errors
/// [`FlowError::NotFound`] when there is none of that id in the account.
pub async fn receipt(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, id): (&Slug, ErasureId),
) -> Result<Receipt, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let (account, _) = grant::account(&mut tx, ctx, Action::ReadUsers, account).await?;
    let found = erasure::find(&mut tx, account.id, id).await?.ok_or(FlowError::NotFound("receipt"))?;
    Receipt::read(found)
}

/// Erases a person: what is known of them, what leads to them, their sessions, the messages that they signed in with and
/// what was mapped of these. Their attempts stay as bare facts, and so do events, which hold nothing personal. Who may
/// sign in still is made anew at the next sign-in.
///
/// # Errors
/// [`FlowError::NotFound`] when there is no such person; [`FlowError::Invalid`] for the only owner, and when somebody let
/// them in again meanwhile.
pub async fn erase(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, which): (&Slug, &Which),
) -> Result<Receipt, FlowError> {
    let (account, user) = begin(gateway, ctx, (account, which)).await?;
    if let Some(receipt) = finish(gateway, ctx, (account, user)).await? {
        return Ok(receipt);
    }
    // Whoever else was at it has just written it.
    let mut tx = gateway.storage().read().await?;
    let latest = erasure::list(&mut tx, account, (None, PORTION)).await?;
    let theirs = latest.into_iter().find(|one| one.user_id == user);
    theirs.map(Receipt::read).transpose()?.ok_or(FlowError::NotFound("user in this account"))
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
        done => done.map(drop),
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
    let id = listed(&mut tx, &account, which, &keys).await?.user.id;
    end_sessions(&mut tx, ctx, (account.id, id)).await?;
    let found = held(&mut tx, &account, &Which::Id(id), &keys).await?.user;
    guard_owners(ctx, &account, [found.role, found.role])?;
    if found.role == Role::Owner {
        guard_last_owner(&mut tx, ctx, (&account, &keys), &[id]).await?;
    }
    if found.state != UserState::Disabled {
        let shut = User { state: UserState::Disabled, ..found };
        write(&mut tx, gateway, ctx, (&account, &keys), &shut).await?;
    }
    end_sessions(&mut tx, ctx, (account.id, id)).await?;
    end_as_owner(&mut tx, ctx, (&account, id), SHUT_OUT).await?;
    let new = NewJob {
        account: Some(account.id),
        kind: JobKind::UserErasure,
        key: id.to_string(),
        input: json!({ "account": account.id.to_string(), "user": id.to_string() }),
        run_at: ctx.now.plus_seconds(PATIENCE_SECONDS),
    };
    job::ask(&mut tx, ctx, new, gateway.rng()).await?;
    tell(&mut tx, gateway, ctx, (account.id, &keys), ("user.erasure_begun", id, &json!({}))).await?;
    tx.commit().await?;
    Ok((account.id, id))
}

/// The receipt; none when somebody else was faster.
async fn finish(
    gateway: &Gateway,
    ctx: &Ctx,
    (account, user): (AccountId, UserId),
) -> Result<Option<Receipt>, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let keys = gateway.storage().keys(&mut tx, account).await?;
    let connections = connection::list(&mut tx, account).await?;
    let known = user::find(&mut tx, account, user, &keys).await?;
    let identities = people::list_identities(&mut tx, account, user, &keys).await?;
    let email = known.as_ref().and_then(|known| known.profile.email.as_deref());
    let in_zoom = person::names(&mut tx, (account, user), email, &keys).await?;
    drop(tx);
    let names = Names::of(&identities, known.as_ref());
    let mut erased = Erased::default();
    let mut stripping = Stripping {
        who: (account, user),
        names: &names,
        keys: &keys,
        limits: gateway.limits(),
        stripped: BTreeSet::new(),
        messages: 0,
    };
    for connection in &connections {
        stripping.all(gateway, connection.id).await?;
    }
    erased.zoom_events = person::erase(gateway, account, &in_zoom, &keys).await?;
    webhook::erase(gateway, account, &in_zoom, &keys).await?;
    let mut tx = gateway.storage().write().await?;
    let account = account::find(&mut tx, account).await?.ok_or(FlowError::NotFound("account"))?;
    let found = match held(&mut tx, &account, &Which::Id(user), &keys).await {
        // Whoever else was at it was faster.
        Err(FlowError::NotFound(_)) => return Ok(None),
        found => found?.user,
    };
    if found.state != UserState::Disabled {
        return Err(FlowError::Invalid(sentence!(
            "somebody let this user in again while they were erased; erase them once more"
        )));
    }
    // What was refused in their name while the above was done: they are known until this commit, and nobody would come back
    // for it.
    for connection in &connections {
        stripping.late(gateway, &mut tx, (connection.id, ctx.now)).await?;
    }
    (erased.sign_ins, erased.messages) = stripping.told();
    let own = match found.profile.email.as_deref() {
        // Children share a parent's address: it stays for the others.
        Some(email) if user::list_by_email(&mut tx, account.id, (email, 2), &keys).await?.len() > 1 => None,
        own => own,
    };
    if let Some(email) = own
        && let Some(guest) = guest::find(&mut tx, account.id, email, &keys).await?
    {
        guest::delete(&mut tx, account.id, guest).await?;
        erased.guests += 1;
    }
    let with = (keys.as_ref(), ctx.now, gateway.rng());
    let in_zoom = follow::leaves(&mut tx, (account.id, user), own, with).await?;
    (erased.zoom_steps, erased.zoom_users) = (in_zoom.steps, in_zoom.seats);
    let held = people::delete(&mut tx, account.id, user).await?;
    erased.identities = held.identities;
    erased.sessions = held.sessions;
    erased.console_sessions = held.console_sessions;
    erased.passkeys = held.passkeys;
    erased.links = held.links;
    let receipt = Receipt {
        id: ErasureId::make(ctx.now, gateway.rng()),
        user_id: user,
        erased_by: ctx.actor.to_string(),
        erased,
        at: ctx.now,
    };
    erasure::insert(&mut tx, account.id, &receipt.stored()?).await?;
    let body = json!({ "receipt": receipt.id.to_string(), "erased": receipt.erased });
    tell(&mut tx, gateway, ctx, (account.id, &keys), ("user.erased", user, &body)).await?;
    tx.commit().await?;
    Ok(Some(receipt))
}

/// Their attempts, and what was tried in their name, on the way to being bare facts.
struct Stripping<'a> {
    who: (AccountId, UserId),
    /// What leads to them.
    names: &'a Names,
    keys: &'a AccountKeys,
    limits: gatepost_saml::Limits,
    /// Some are come by twice.
    stripped: BTreeSet<AttemptId>,
    messages: u64,
}

impl Stripping<'_> {
    /// How many attempts were stripped, and of how many messages.
    fn told(&self) -> (u64, u64) {
        (u64::try_from(self.stripped.len()).unwrap_or(u64::MAX), self.messages)
    }

    /// Strips those by a connection. As long as they are shut out, nobody signs in as them.
    async fn all(&mut self, gateway: &Gateway, connection: ConnectionId) -> Result<(), FlowError> {
        let mut after: Option<AttemptId> = None;
        loop {
            let mut tx = gateway.storage().read().await?;
            let (portion, last) = self.portion(&mut tx, (connection, after)).await?;
            drop(tx);
            if !portion.theirs.is_empty() || !portion.unknown.is_empty() {
                let mut tx = gateway.storage().write().await?;
                self.strip(gateway, &mut tx, portion).await?;
                tx.commit().await?;
            }
            let Some(last) = last else { return Ok(()) };
            after = Some(last);
        }
    }

    /// Strips those by a connection that came about when it was begun, or since; written by the caller's transaction.
    async fn late(
        &mut self,
        gateway: &Gateway,
        tx: &mut Tx,
        (connection, begun_at): (ConnectionId, Instant),
    ) -> Result<(), FlowError> {
        let mut after = Some(AttemptId::first_of(begun_at.plus_seconds(-LATE_SECONDS)));
        loop {
            let (portion, last) = self.portion(tx, (connection, after)).await?;
            self.strip(gateway, tx, portion).await?;
            let Some(last) = last else { return Ok(()) };
            after = Some(last);
        }
    }

    /// Some of the attempts by a connection, and the last that was looked at.
    async fn portion(
        &self,
        tx: &mut Tx,
        (connection, after): (ConnectionId, Option<AttemptId>),
    ) -> Result<(Portion, Option<AttemptId>), FlowError> {
        let (account, user) = self.who;
        let found = people::list_attempts(tx, (account, connection), user, (after, PORTION)).await?;
        // What was refused on the way to them is about them, whoever sent it.
        let theirs = [found.theirs, found.refused].concat();
        let mut portion = Portion { theirs, unknown: Vec::new() };
        for attempt in found.unnamed {
            match message::about(tx, account, attempt, (self.keys, &self.limits), self.names).await? {
                About::Them | About::Perhaps => portion.theirs.push(attempt),
                About::Unknown => portion.unknown.push(attempt),
                About::Others => {}
            }
        }
        Ok((portion, found.last))
    }

    async fn strip(&mut self, gateway: &Gateway, tx: &mut Tx, portion: Portion) -> Result<(), FlowError> {
        let ((account, _), keys) = (self.who, self.keys);
        // Nobody can say whose they are: they go, and that they came stays.
        for attempt in portion.unknown {
            self.messages += attempt::delete_message(tx, account, attempt).await?;
        }
        for attempt in portion.theirs {
            self.stripped.insert(attempt);
            self.messages += attempt::delete_message(tx, account, attempt).await?;
            let Some(stored) = attempt::find_trace(tx, account, attempt, keys).await? else { continue };
            let bare = StoredTrace::stripped(&stored)?;
            attempt::update_trace(tx, account, (attempt, &bare), keys, gateway.rng()).await?;
        }
        Ok(())
    }
}

/// Some attempts that are about somebody, or may be.
struct Portion {
    theirs: Vec<AttemptId>,
    /// Nobody can read whose they are.
    unknown: Vec<AttemptId>,
}
