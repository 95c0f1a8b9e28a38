//! What a sign-in comes to as far as the database is not needed: the engine's verdict, the request of this browser
//! that it answers, and who it is about. Pure but for opening what the browser kept for us.

use std::borrow::Cow;

use gatepost_saml::response::{self, Assertion, Context};
use gatepost_saml::trace::Trace;
use gatepost_saml::{Code, Judgement, Refusal, StepName};

use super::finish::Finish;
use super::pending::{Handle, Pending};
use crate::base::Ctx;
use crate::directory::mapping::{self, Lineage, Mapped, Subject, SubjectSource, Unmapped};
use crate::directory::statement::{Attribute, NameId, Statement};
use crate::flow::connection::load::Loaded;

/// A message that was accepted, read as far as the database is not needed.
pub(super) struct Accepted {
    pub(super) assertion: Assertion,
    pub(super) statement: Statement,
    pub(super) subject: Subject,
    pub(super) mapped: Mapped,
    pub(super) lineage: Lineage,
    pub(super) pending: Pending,
}

/// What can be decided without writing: the engine's verdict and the mapping.
pub(super) fn decide(
    ctx: &Ctx,
    input: &Finish<'_>,
    relay_state: Option<&str>,
    (loaded, settings): (&Loaded, &response::Settings),
) -> (Trace, Result<Box<Accepted>, Refusal>) {
    let (Judgement { verdict, mut trace }, pending) = judge(ctx, input, relay_state, (loaded, settings));
    let decided = match (verdict, pending) {
        (Err(refusal), _) => Err(refusal),
        (Ok(assertion), Some(pending)) => read(&mut trace, loaded, assertion, pending).map(Box::new),
        // Only a policy that allows unsolicited responses leads here, and no connection has one yet.
        (Ok(_), None) => {
            let found = "no request of this browser";
            Err(fail(&mut trace, StepName::InResponseTo, Code::Unsolicited, None, found))
        }
    };
    (trace, decided)
}

/// The engine's verdict, and the request of this browser that was compared with.
fn judge(
    ctx: &Ctx,
    input: &Finish<'_>,
    relay_state: Option<&str>,
    (loaded, settings): (&Loaded, &response::Settings),
) -> (Judgement<Assertion>, Option<Pending>) {
    let kept = |text: Option<&str>| owned_pending(ctx, input, loaded, Handle::parse(text?)?);
    let judge = |pending: Option<&Pending>| {
        let context = Context {
            now: ctx.now,
            pending_request: pending.map(|pending| pending.handle.as_str()),
            requested_authn_contexts: &[],
            forced_since: None,
            // Whether it was used before is decided by the insert that uses it: anything earlier could be overtaken.
            seen: &|_| false,
        };
        response::judge(&input.wire, settings, &context)
    };
    let pending = kept(relay_state);
    let judgement = judge(pending.as_ref());
    if pending.is_some() {
        return (judgement, pending);
    }
    // Some identity providers lose RelayState. What the response says it answers only chooses among the requests of
    // this very browser; the engine compares again, with what is signed.
    match kept(judgement.trace.unverified.in_response_to.as_deref()) {
        None => (judgement, None),
        claimed => (judge(claimed.as_ref()), claimed),
    }
}

/// Reads who an accepted message is about.
fn read(
    trace: &mut Trace,
    loaded: &Loaded,
    assertion: Assertion,
    pending: Pending,
) -> Result<Accepted, Refusal> {
    let source = &loaded.settings.subject;
    let wanted = Some(Cow::Owned(source.to_string()));
    let statement = statement(&assertion);
    let (idp, sp) = (&loaded.connection.idp_entity_id, &loaded.service_provider.entity_id);
    let subject = mapping::subject(source, &statement, idp, sp).map_err(|unmapped| {
        let (code, wanted) = asked_for(unmapped, source);
        fail(trace, StepName::Mapping, code, Some(wanted), unmapped.found(&statement))
    })?;
    let (lineage, mapped) = loaded.rules.apply(&statement);
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
    Ok(Accepted { assertion, statement, subject, mapped, lineage, pending })
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
fn owned_pending(ctx: &Ctx, input: &Finish<'_>, loaded: &Loaded, handle: Handle) -> Option<Pending> {
    let browser = input.browser?;
    let (_, value) = input.pending.iter().find(|(kept, _)| *kept == handle)?;
    let pending = Pending::open(value, handle, loaded.connection.id, &loaded.keys)?;
    pending.is_open_to(browser, ctx.now).then_some(pending)
}

/// Ends the trace with a refusal of our own.
pub(super) fn fail(
    trace: &mut Trace,
    step: StepName,
    code: Code,
    wanted: Option<Cow<'static, str>>,
    found: impl Into<Cow<'static, str>>,
) -> Refusal {
    trace.fail(step, code, wanted, Some(found.into()));
    Refusal { code, step, public_code: code }
}

fn statement(assertion: &Assertion) -> Statement {
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
