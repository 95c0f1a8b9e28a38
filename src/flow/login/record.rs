//! Attempts: what is remembered of a try to sign in.

use gatepost_saml::Refusal;
use gatepost_saml::trace::Trace;
use serde::{Deserialize, Serialize};

use super::quota::Kind;
use crate::base::id::{AttemptId, SessionId, UserId};
use crate::base::time::DAY_SECONDS;
use crate::base::{Ctx, Rng};
use crate::directory::account::KeepMessages;
use crate::directory::mapping::Lineage;
use crate::directory::state::{Outcome, Purpose};
use crate::flow::attempt::redact;
use crate::flow::connection::load::Loaded;
use crate::flow::{FlowError, Gateway};
use crate::storage::StorageError;
use crate::storage::attempt::{self, Attempt};
use crate::storage::sign_in::Rows;

/// So long a message is kept at the most.
pub(in crate::flow) const MESSAGE_LIFE_SECONDS: i64 = 30 * DAY_SECONDS;

/// How the trace of an attempt is stored: as data; words are made when it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredTrace {
    /// Every step.
    pub trace: Trace,
    /// Why it was refused, the true cause included.
    pub refusal: Option<Refusal>,
    /// Where each mapped value came from, if it came so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping: Option<Lineage>,
}

impl StoredTrace {
    /// Reads the stored form; one that a newer program wrote is `None`.
    #[must_use]
    pub fn read(stored: &[u8]) -> Option<Self> {
        serde_json::from_slice(stored).ok()
    }

    /// Takes out what strangers may not know ([`redact::close`]).
    pub(in crate::flow) fn close(&mut self) {
        let Self { trace, refusal, .. } = self;
        *refusal = refusal.map(|refusal| redact::close(trace, refusal));
    }

    /// The same without what is personal.
    #[must_use]
    pub fn without_person(self) -> Self {
        Self { mapping: None, ..self }
    }

    /// The stored form.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`].
    pub fn store(&self) -> Result<Vec<u8>, StorageError> {
        serde_json::to_vec(self).map_err(|_| StorageError::Corrupt("trace_sealed"))
    }
}

/// What is written of an accepted attempt.
pub(super) fn accepted(
    gateway: &Gateway,
    ctx: &Ctx,
    (loaded, id): (&Loaded, AttemptId),
    (trace, lineage, message): (&Trace, &Lineage, &str),
    (user, session): (UserId, SessionId),
) -> Result<(attempt::NewRow, Option<attempt::MessageRow>), FlowError> {
    let attempt = Attempt {
        user_id: Some(user),
        session_id: Some(session),
        ..blank(ctx, loaded, id, Outcome::Accepted)
    };
    let stored =
        StoredTrace { trace: trace.clone(), refusal: None, mapping: Some(lineage.clone()) }.store()?;
    let rng = gateway.rng();
    let row = attempt::new_row(loaded.account.id, (&attempt, &stored), &loaded.keys, rng)?;
    let is_kept = match loaded.account.policy.keep_messages {
        KeepMessages::All => true,
        KeepMessages::Recent => {
            gateway.kept().quota.take(loaded.connection.id, Kind::AcceptedMessage, ctx.now)
        }
        KeepMessages::Refused | KeepMessages::None => false,
    };
    let message = is_kept.then(|| kept((ctx, rng), loaded, &attempt, message));
    Ok((row, message.transpose()?))
}

/// What is written of a test that went well.
pub(super) fn tested(
    (ctx, rng): (&Ctx, &Rng),
    (loaded, id): (&Loaded, AttemptId),
    (trace, lineage, message): (&Trace, &Lineage, &str),
) -> Result<(attempt::NewRow, Option<attempt::MessageRow>), FlowError> {
    let blank = blank(ctx, loaded, id, Outcome::Tested);
    let attempt = Attempt { purpose: Purpose::Test, is_signed: true, ..blank };
    let stored =
        StoredTrace { trace: trace.clone(), refusal: None, mapping: Some(lineage.clone()) }.store()?;
    let row = attempt::new_row(loaded.account.id, (&attempt, &stored), &loaded.keys, rng)?;
    let message = kept_of_good(loaded, message).map(|message| kept((ctx, rng), loaded, &attempt, message));
    Ok((row, message.transpose()?))
}

/// What is written of an attempt that was begun anew.
pub(super) fn restarted(
    (ctx, rng): (&Ctx, &Rng),
    (loaded, id): (&Loaded, AttemptId),
    (trace, refusal): (&Trace, Refusal),
    message: Option<&str>,
) -> Result<(attempt::NewRow, Option<attempt::MessageRow>), FlowError> {
    let code = Some(refusal.public_code.name().to_owned());
    let attempt = Attempt { is_signed: true, code, ..blank(ctx, loaded, id, Outcome::Restarted) };
    let stored = StoredTrace { trace: trace.clone(), refusal: Some(refusal), mapping: None }.store()?;
    let row = attempt::new_row(loaded.account.id, (&attempt, &stored), &loaded.keys, rng)?;
    let message = message.and_then(|message| kept_of_good(loaded, message));
    let message = message.map(|message| kept((ctx, rng), loaded, &attempt, message)).transpose()?;
    Ok((row, message))
}

/// The message, if the account keeps those of tests and of what was begun anew: there was nothing wrong with them.
fn kept_of_good<'a>(loaded: &Loaded, message: &'a str) -> Option<&'a str> {
    let keeps = loaded.account.policy.keep_messages;
    matches!(keeps, KeepMessages::Recent | KeepMessages::All).then_some(message)
}

/// Writes a second arrival of an answer that had signed in, as long as there are not too many.
pub(super) async fn repeated(
    gateway: &Gateway,
    ctx: &Ctx,
    (loaded, id): (&Loaded, AttemptId),
    trace: &Trace,
    (user, session): (UserId, SessionId),
) -> Result<(), FlowError> {
    let (account, rng, outcome) = (loaded.account.id, gateway.rng(), Outcome::Repeated);
    if !gateway.kept().quota.take(loaded.connection.id, Kind::Repeated, ctx.now) {
        return Ok(());
    }
    let (user_id, session_id) = (Some(user), Some(session));
    let attempt = Attempt { is_signed: true, user_id, session_id, ..blank(ctx, loaded, id, outcome) };
    let stored = StoredTrace { trace: trace.clone(), refusal: None, mapping: None }.store()?;
    let row = attempt::new_row(account, (&attempt, &stored), &loaded.keys, rng)?;
    match gateway.storage().sign_ins().write(Rows::of(row)).await? {
        Ok(()) => Ok(()),
        Err(_) => Err(FlowError::Internal("an attempt without a sign-in conflicted with another")),
    }
}

/// Writes a refused attempt, or counts it when there are too many.
pub(super) async fn refused(
    gateway: &Gateway,
    ctx: &Ctx,
    (loaded, id, purpose): (&Loaded, AttemptId, Purpose),
    (trace, refusal): (&Trace, Refusal),
    (lineage, message): (Option<Lineage>, Option<&str>),
) -> Result<(), FlowError> {
    let (account, connection, rng) = (loaded.account.id, loaded.connection.id, gateway.rng());
    // A message that an identity provider signed can be sent again, and again, by whoever saw it.
    let is_signed = !trace.signed.is_empty();
    let kind = if is_signed { Kind::RefusedSigned } else { Kind::Refused };
    if !gateway.kept().quota.take(connection, kind, ctx.now) {
        gateway.kept().quota.count(account, connection, ctx.now);
        return Ok(());
    }
    let code = Some(refusal.public_code.name().to_owned());
    let attempt = Attempt { purpose, is_signed, code, ..blank(ctx, loaded, id, Outcome::Refused) };
    let stored = StoredTrace { trace: trace.clone(), refusal: Some(refusal), mapping: lineage }.store()?;
    let row = attempt::new_row(account, (&attempt, &stored), &loaded.keys, rng)?;
    let names_our_issuer = trace.unverified.issuer.as_ref() == Some(&loaded.connection.idp_entity_id);
    let is_kept = loaded.account.policy.keep_messages != KeepMessages::None;
    let message = message.filter(|_| names_our_issuer && is_kept);
    let message = message.map(|message| kept((ctx, rng), loaded, &attempt, message)).transpose()?;
    let rows = Rows { message, ..Rows::of(row) };
    match gateway.storage().sign_ins().write(rows).await? {
        Ok(()) => Ok(()),
        Err(_) => Err(FlowError::Internal("an attempt without a sign-in conflicted with another")),
    }
}

fn kept(
    (ctx, rng): (&Ctx, &Rng),
    loaded: &Loaded,
    attempt: &Attempt,
    message: &str,
) -> Result<attempt::MessageRow, FlowError> {
    let until = ctx.now.plus_seconds(MESSAGE_LIFE_SECONDS);
    let raw = (attempt, message.as_bytes());
    Ok(attempt::message_row(loaded.account.id, raw, until, &loaded.keys, rng)?)
}

fn blank(ctx: &Ctx, loaded: &Loaded, id: AttemptId, outcome: Outcome) -> Attempt {
    Attempt {
        id,
        connection_id: loaded.connection.id,
        revision: loaded.connection.revision,
        purpose: Purpose::Login,
        outcome,
        is_signed: outcome == Outcome::Accepted,
        code: None,
        user_id: None,
        session_id: None,
        request_id: ctx.request,
        created_at: ctx.now,
    }
}
