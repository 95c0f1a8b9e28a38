//! What a sign-in comes to as far as the database is not needed: the engine's verdict, the request of this browser
//! that it answers, and who it is about. Pure but for opening what the browser kept for us.

use std::borrow::Cow;

use gatepost_saml::response::{self, Assertion, ReplayKey};
use gatepost_saml::trace::Trace;
use gatepost_saml::{Code, Refusal, StepName};

use super::finish::Finish;
use super::message::{self, Request, Verdict};
use super::pending::{Handle, Pending};
use crate::base::{Ctx, ReturnTo};
use crate::directory::mapping::{self, Lineage, Mapped, Rules, Subject, SubjectSource, Unmapped};
use crate::directory::statement::{Attribute, NameId, Statement};
use crate::flow::Gateway;
use crate::flow::connection::load::Loaded;

/// A message that was accepted, read as far as the database is not needed.
pub(super) struct Accepted {
    pub(super) assertion: Assertion,
    pub(super) statement: Statement,
    pub(super) subject: Subject,
    pub(super) mapped: Mapped,
    pub(super) lineage: Lineage,
    /// The request that it answers; none where the connection takes what nobody asked for.
    pub(super) pending: Option<Pending>,
    /// Where the person wanted to go.
    pub(super) return_to: Option<ReturnTo>,
}

impl Accepted {
    /// Whether it answers a test.
    pub(super) fn is_test(&self) -> bool {
        self.pending.as_ref().is_some_and(|pending| pending.is_test)
    }

    /// Whether the connection takes it as it is: a test also before people sign in by it.
    pub(super) fn is_let_in(&self, loaded: &Loaded) -> bool {
        if self.is_test() { loaded.is_open_to_tests() } else { loaded.is_open() }
    }
}

/// What a message comes to.
pub(super) enum Decided {
    /// It signs somebody in.
    Accepted(Box<Accepted>),
    /// It answers no request of this browser, and nothing else is wrong with it.
    Unasked(Box<Unasked>),
    /// Neither.
    Refused(Refusal),
}

/// A good message that answers no request of this browser: it signs nobody in.
pub(super) struct Unasked {
    /// What keeps it from being used again.
    pub(super) replay_key: ReplayKey,
    /// What it would be refused as.
    pub(super) refusal: Refusal,
}

/// What can be decided without writing: the engine's verdict and the mapping.
pub(super) fn decide(
    (gateway, ctx): (&Gateway, &Ctx),
    input: &Finish<'_>,
    relay_state: Option<&str>,
    (loaded, rules, settings): (&Loaded, &Rules, &response::Settings),
) -> (Trace, Decided) {
    let ((mut trace, verdict), pending) = judge((gateway, ctx), input, relay_state, (loaded, settings));
    let (assertion, is_unasked) = match verdict {
        Verdict::Good { assertion, is_unasked } => (assertion, is_unasked),
        Verdict::Stray(replay_key, refusal) => {
            return (trace, Decided::Unasked(Box::new(Unasked { replay_key, refusal })));
        }
        Verdict::Refused(refusal) => return (trace, Decided::Refused(refusal)),
    };
    let asked = match pending {
        // Only a policy that takes what nobody asked for leads here.
        None => (None, relay_state.and_then(|text| gateway.return_to(text))),
        // A test stays one, or it would sign somebody in.
        Some(pending) if is_unasked && pending.is_test => (Some(pending), None),
        // It is no worse for being told where the person was going.
        Some(pending) if is_unasked => (None, pending.return_to),
        Some(pending) => {
            let return_to = pending.return_to.clone();
            (Some(pending), return_to)
        }
    };
    match read(&mut trace, (gateway, loaded, rules), *assertion, asked) {
        Ok(accepted) => (trace, Decided::Accepted(Box::new(accepted))),
        Err(refusal) => (trace, Decided::Refused(refusal)),
    }
}

/// What the message comes to, and the request of this browser that it was compared with.
fn judge(
    (gateway, ctx): (&Gateway, &Ctx),
    input: &Finish<'_>,
    relay_state: Option<&str>,
    (loaded, settings): (&Loaded, &response::Settings),
) -> ((Trace, Verdict), Option<Pending>) {
    let kept = |text: Option<&str>| owned_pending((gateway, ctx), input, loaded, Handle::parse(text?)?);
    let now_asked = &loaded.settings;
    let judge = |pending: Option<&Pending>| {
        // What the connection asks for by now holds for requests that were made before, too.
        let request = pending.map(|pending| Request {
            id: pending.handle.as_str(),
            contexts: match now_asked.authn_contexts.as_slice() {
                [] => &pending.asked.contexts,
                contexts => contexts,
            },
            forced_since: (pending.asked.is_forced || now_asked.force_authn).then(|| pending.issued_at()),
        });
        message::judge((&input.wire, ctx.now), (&loaded.settings, settings), request)
    };
    let pending = kept(relay_state);
    let judged = judge(pending.as_ref());
    if pending.is_some() {
        return (judged, pending);
    }
    // Some identity providers lose RelayState. What the response says it answers only chooses among the requests of
    // this very browser; the engine compares again, with what is signed.
    match kept(judged.0.unverified.in_response_to.as_deref()) {
        None => (judged, None),
        claimed => (judge(claimed.as_ref()), claimed),
    }
}

/// Reads who an accepted message is about.
fn read(
    trace: &mut Trace,
    (gateway, loaded, rules): (&Gateway, &Loaded, &Rules),
    assertion: Assertion,
    (pending, return_to): (Option<Pending>, Option<ReturnTo>),
) -> Result<Accepted, Refusal> {
    if let Some(refusal) = before_restore(trace, (gateway, loaded), &assertion) {
        return Err(refusal);
    }
    let (idp, sp) = (&loaded.connection.idp_entity_id, &loaded.service_provider.entity_id);
    let statement = statement(&assertion);
    let understood = understand(trace, (&loaded.settings.subject, rules), (idp, sp), &statement)?;
    let Understood { subject, mapped, lineage } = understood;
    Ok(Accepted { assertion, statement, subject, mapped, lineage, pending, return_to })
}

/// Who a statement is about, and what it comes to.
pub(in crate::flow) struct Understood {
    pub(in crate::flow) subject: Subject,
    pub(in crate::flow) mapped: Mapped,
    pub(in crate::flow) lineage: Lineage,
}

/// Reads who a statement is about, and what it comes to by the rules; that is the step `mapping`. Pure.
pub(in crate::flow) fn understand(
    trace: &mut Trace,
    (source, rules): (&SubjectSource, &Rules),
    (idp, sp): (&str, &str),
    statement: &Statement,
) -> Result<Understood, Refusal> {
    let wanted = Some(Cow::Owned(source.to_string()));
    let subject = mapping::subject(source, statement, idp, sp).map_err(|unmapped| {
        let (code, wanted) = asked_for(unmapped, source);
        fail(trace, StepName::Mapping, code, Some(wanted), unmapped.found(statement))
    })?;
    let (lineage, mapped) = rules.apply(statement);
    let mapped = mapped.map_err(|missing| {
        let (code, wanted) = (Code::MappingRequiredMissing, Some(Cow::Owned(missing.wanted)));
        fail(trace, StepName::Mapping, code, wanted, missing.found)
    })?;
    if lineage.notes.is_empty() {
        trace.pass(StepName::Mapping, wanted, None);
    } else {
        trace.warn(StepName::Mapping, wanted, None);
    }
    for note in &lineage.notes {
        trace.add_warning(note.code.clone(), note.text.clone());
    }
    Ok(Understood { subject, mapped, lineage })
}

/// A database that was put back from a backup does not know what was used after the backup was made. The identity
/// provider's clock may be ahead of ours by as much as is allowed for.
pub(in crate::flow) fn before_restore(
    trace: &mut Trace,
    (gateway, loaded): (&Gateway, &Loaded),
    assertion: &Assertion,
) -> Option<Refusal> {
    let restored_at = gateway.storage().restored_at()?;
    let from = restored_at.plus_seconds(loaded.settings.policy.clock_skew_seconds());
    let issued_at = assertion.issue_instant();
    if issued_at.is_some_and(|issued_at| issued_at >= from) {
        return None;
    }
    let wanted = Some(Cow::Owned(format!("an IssueInstant of {from} or later")));
    let found = issued_at.map_or_else(|| "none".to_owned(), |issued_at| issued_at.to_string());
    Some(fail(trace, StepName::Replay, Code::AssertionBeforeRestore, wanted, found))
}

/// The refusal, and what an administrator has to enter at the identity provider: exactly that, and nothing around it.
fn asked_for(unmapped: Unmapped, source: &SubjectSource) -> (Code, Cow<'static, str>) {
    match (unmapped, source) {
        (Unmapped::NameIdTransient, _) => (Code::NameIdTransient, Cow::Borrowed(mapping::PERSISTENT)),
        (_, SubjectSource::Attribute(name)) => (Code::MappingRequiredMissing, Cow::Owned(name.clone())),
        (_, SubjectSource::NameId) => (Code::MappingRequiredMissing, Cow::Owned(source.to_string())),
    }
}

/// The pending request of that handle, if this browser keeps it for this connection and may still answer it.
pub(super) fn owned_pending(
    (gateway, ctx): (&Gateway, &Ctx),
    input: &Finish<'_>,
    loaded: &Loaded,
    handle: Handle,
) -> Option<Pending> {
    let browser = input.browser?;
    let (_, value) = input.pending.iter().find(|(kept, _)| *kept == handle)?;
    let return_to = |text: &str| gateway.return_to(text);
    let pending = Pending::open((value, handle), loaded.connection.id, &loaded.keys, return_to)?;
    pending.is_open_to(browser, ctx.now).then_some(pending)
}

/// Ends the trace with a refusal of our own.
pub(in crate::flow) fn fail(
    trace: &mut Trace,
    step: StepName,
    code: Code,
    wanted: Option<Cow<'static, str>>,
    found: impl Into<Cow<'static, str>>,
) -> Refusal {
    trace.fail(step, code, wanted, Some(found.into()));
    Refusal { code, step, public_code: code }
}

/// What an accepted assertion says, whatever carried it.
pub(in crate::flow) fn statement(assertion: &Assertion) -> Statement {
    let name_id = assertion.name_id();
    Statement {
        name_id: Some(NameId {
            value: name_id.value.clone(),
            format: name_id.format.clone(),
            name_qualifier: name_id.name_qualifier.clone(),
            sp_name_qualifier: name_id.sp_name_qualifier.clone(),
        }),
        attributes: assertion
            .attributes()
            .iter()
            .map(|attribute| Attribute {
                name: attribute.name.clone(),
                friendly_name: attribute.friendly_name.clone(),
                values: attribute.values.clone(),
            })
            .collect(),
    }
}
