//! Attempts: what is remembered of a try to sign in.

use gatepost_saml::trace::Trace;
use gatepost_saml::{Refusal, StepName};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::landing::Whose;
use super::quota::Kind;
use crate::base::id::{AttemptId, SessionId, UserId};
use crate::base::time::DAY_SECONDS;
use crate::base::{Ctx, Rng};
use crate::directory::account::KeepMessages;
use crate::directory::mapping::Lineage;
use crate::directory::state::{Outcome, Purpose};
use crate::flow::attempt::redact::{self, is_ours, status_codes};
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

    /// The stored form without what is personal, also of one that a newer program wrote: nothing stays of it beside the
    /// trace and the refusal, and of a step that this one does not know, no evidence. What is no data at all goes whole.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`].
    pub fn stripped(stored: &[u8]) -> Result<Vec<u8>, StorageError> {
        let mut kept: Map<String, Value> = serde_json::from_slice(stored).unwrap_or_default();
        kept.retain(|member, _| matches!(member.as_str(), "trace" | "refusal"));
        if let Some(trace) = kept.get_mut("trace") {
            let steps = trace.get_mut("steps").and_then(Value::as_array_mut);
            steps.into_iter().flatten().filter_map(Value::as_object_mut).for_each(strip);
            if let Some(warnings) = trace.get_mut("warnings").and_then(Value::as_array_mut) {
                warnings.retain(|warning| warning.get("code").and_then(Value::as_str).is_some_and(is_ours));
            }
        }
        serde_json::to_vec(&kept).map_err(|_| StorageError::Corrupt("trace_sealed"))
    }

    /// The stored form.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`].
    pub fn store(&self) -> Result<Vec<u8>, StorageError> {
        serde_json::to_vec(self).map_err(|_| StorageError::Corrupt("trace_sealed"))
    }
}

/// Leaves of a step what is about nobody.
fn strip(step: &mut Map<String, Value>) {
    match step.get("name").and_then(|name| StepName::deserialize(name).ok()) {
        Some(StepName::Status) => {
            let found = step.remove("found");
            let codes = found.as_ref().and_then(Value::as_str).and_then(status_codes);
            step.extend(codes.map(|codes| ("found".to_owned(), Value::String(codes.into_owned()))));
        }
        Some(_) => {}
        None => step.retain(|member, _| !matches!(member.as_str(), "wanted" | "found")),
    }
}

/// What a stored trace keeps of a person, also one that a newer program wrote.
#[derive(Debug, Default)]
pub(in crate::flow) struct Personal {
    /// What was mapped, a [`Lineage`] as far as this program knows; else null.
    pub(in crate::flow) mapping: Value,
    /// What the identity provider said beside the codes of its status.
    pub(in crate::flow) said: Option<String>,
}

impl Personal {
    /// Reads the stored form of a [`StoredTrace`]; `None` when it is no data at all.
    pub(in crate::flow) fn read(stored: &[u8]) -> Option<Self> {
        let mut stored: Map<String, Value> = serde_json::from_slice(stored).ok()?;
        let mapping = stored.remove("mapping").unwrap_or_default();
        let steps = stored.get("trace").and_then(|trace| trace.get("steps")).and_then(Value::as_array);
        let is_status =
            |step: &&Value| step.get("name").and_then(Value::as_str) == Some(StepName::Status.name());
        let status = steps.into_iter().flatten().find(is_status);
        let found = status.and_then(|step| step.get("found")).and_then(Value::as_str);
        Some(Self { mapping, said: found.and_then(said) })
    }
}

/// What stands beside the codes in the evidence of a status.
fn said(found: &str) -> Option<String> {
    let codes = status_codes(found).unwrap_or_default();
    let said = found.strip_prefix(&*codes)?.trim_start_matches("; ");
    (!said.is_empty()).then(|| said.to_owned())
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
    (Whose { lineage, user }, message): (Whose, Option<&str>),
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
    let blank = blank(ctx, loaded, id, Outcome::Refused);
    let attempt = Attempt { purpose, is_signed, code, user_id: user, ..blank };
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

#[cfg(test)]
mod tests {
    use gatepost_saml::Code;
    use gatepost_saml::trace::{MessageKind, Text};

    use super::*;
    use crate::directory::mapping::MappedField;

    const RESPONDER: &str = "urn:oasis:names:tc:SAML:2.0:status:Responder";

    fn refused_with(found: &'static str) -> StoredTrace {
        let mut trace = Trace::new(MessageKind::Response);
        trace.pass(StepName::Issuer, None, Some(Text::Borrowed("https://idp.school.example")));
        trace.fail(StepName::Status, Code::StatusNotSuccess, None, Some(Text::Borrowed(found)));
        StoredTrace { trace, refusal: None, mapping: None }
    }

    #[test]
    fn what_is_stripped_reads_as_before_without_the_person() {
        const SAID: &str =
            "urn:oasis:names:tc:SAML:2.0:status:Responder; User maya@school.example is not assigned";
        let mut stored = refused_with(SAID);
        stored.trace.add_warning("role_reserved", "The role \"owner\" was sent and left out.");
        let field = MappedField {
            field: "email".to_owned(),
            values: vec!["maya@school.example".to_owned()],
            source: "name_id".to_owned(),
            attribute: None,
            sent: None,
            rule: "usual.email".to_owned(),
        };
        stored.mapping = Some(Lineage { fields: vec![field], ..Lineage::default() });
        let bytes = stored.store().unwrap();
        let personal = Personal::read(&bytes).unwrap();
        assert_eq!(personal.said.as_deref(), Some("User maya@school.example is not assigned"));
        assert_eq!(personal.mapping, serde_json::to_value(&stored.mapping).unwrap());
        let bare = StoredTrace::stripped(&bytes).unwrap();
        assert_eq!(StoredTrace::read(&bare), Some(refused_with(RESPONDER)));
        let personal = Personal::read(&bare).unwrap();
        assert_eq!((personal.said, personal.mapping), (None, Value::Null));
        assert_eq!(StoredTrace::stripped(&bare).unwrap(), bare, "once is enough");
    }

    #[test]
    fn what_a_newer_program_wrote_is_stripped_without_being_understood() {
        let newer = r#"{
            "trace": { "version": 2, "new": 1, "warnings": [{ "code": "odd" }], "steps": [
                { "name": "status", "outcome": "odd", "found": "maya" },
                { "name": "mood", "outcome": "pass", "wanted": "maya", "found": "maya" },
                { "name": "issuer", "outcome": "pass", "found": "https://idp.school.example" }
            ] },
            "refusal": { "code": "odd" }, "mapping": { "who": "maya" }, "since": "maya"
        }"#;
        assert_eq!(StoredTrace::read(newer.as_bytes()), None);
        let personal = Personal::read(newer.as_bytes()).unwrap();
        assert_eq!(
            (personal.said.as_deref(), personal.mapping["who"].as_str()),
            (Some("maya"), Some("maya"))
        );
        let bare = String::from_utf8(StoredTrace::stripped(newer.as_bytes()).unwrap()).unwrap();
        assert!(!bare.contains("maya"), "{bare}");
        for kept in [r#""new":1"#, r#""name":"mood""#, "https://idp.school.example", r#""code":"odd""#] {
            assert!(bare.contains(kept), "{kept}: {bare}");
        }
        assert!(Personal::read(b"maya").is_none());
        assert_eq!(StoredTrace::stripped(b"maya").unwrap(), b"{}");
    }
}
