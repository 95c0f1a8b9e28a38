//! What a sign-in comes to as far as the database is not needed: the engine's verdict, the request of this browser
//! that it answers, and who it is about. Pure but for opening what the browser kept for us.

use std::borrow::Cow;

use gatepost_saml::response::{self, Assertion, Context, ReplayKey, Stray};
use gatepost_saml::trace::{Outcome, Step, Trace};
use gatepost_saml::{Code, Judgement, Refusal, StepName};

use super::finish::Finish;
use super::pending::{Handle, Pending};
use crate::base::{Ctx, Instant, ReturnTo};
use crate::directory::mapping::{self, Lineage, Mapped, Rules, Subject, SubjectSource, Unmapped};
use crate::directory::preset::IdpInitiated;
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
    let ((Judgement { verdict, mut trace }, stray), pending) =
        judge((gateway, ctx), input, relay_state, (loaded, settings));
    let deep_link = || relay_state.and_then(|text| gateway.return_to(text));
    let refusal = match (verdict, pending) {
        (Ok(assertion), pending) => {
            let return_to = match &pending {
                Some(pending) => pending.return_to.clone(),
                // Only a policy that takes what nobody asked for leads here.
                None => deep_link(),
            };
            let decided = read(&mut trace, (gateway, loaded, rules), assertion, (pending, return_to));
            return (trace, concluded(decided));
        }
        (Err(refusal), None) => refusal,
        // It came with a request of this browser, yet answers none: there are identity providers that know none. Where
        // that is taken, it is no worse for being told where the person was going.
        (Err(refusal), Some(pending)) => {
            let is_unasked = refusal.code == Code::Unsolicited && loaded.settings.accepts_unasked();
            // What the request asked for still holds: an answer does not get out of it by naming no request.
            let forced_since = pending.forced_since();
            let again = is_unasked.then(|| engine(ctx, input, (loaded, settings), (None, forced_since)).0);
            if let Some(Judgement { verdict: Ok(assertion), trace: mut second }) = again {
                // A test stays one, or it would sign somebody in.
                let asked = if pending.is_test { (Some(pending), None) } else { (None, pending.return_to) };
                let decided = read(&mut second, (gateway, loaded, rules), assertion, asked);
                return (second, concluded(decided));
            }
            refusal
        }
    };
    if loaded.settings.idp_initiated == IdpInitiated::Refuse {
        return (trace, Decided::Refused(refusal));
    }
    if let Some(stray) = stray {
        let replay_key = stray.replay_key();
        return (trace, Decided::Unasked(Box::new(Unasked { replay_key, refusal })));
    }
    let refusal = beside_its_request(&mut trace, refusal);
    (trace, Decided::Refused(refusal))
}

/// A response that answers no request is begun anew if it is good otherwise. If it is not, that is what decides, and what
/// somebody has to mend; that nobody asked for it is a remark.
pub(in crate::flow) fn beside_its_request(trace: &mut Trace, refusal: Refusal) -> Refusal {
    let failed = |step: &&Step| step.outcome == Outcome::Fail;
    let (unasked, others): (Vec<_>, Vec<_>) =
        trace.steps.iter().filter(failed).cloned().partition(|step| step.name == StepName::InResponseTo);
    match (unasked.into_iter().next(), others.first().and_then(|step| Some((step.name, step.code?)))) {
        (Some(unasked), Some((step, code))) if refusal.step == StepName::InResponseTo => {
            trace.warn(unasked.name, unasked.wanted, unasked.found);
            Refusal { code, step, public_code: code }
        }
        _ => refusal,
    }
}

fn concluded(read: Result<Accepted, Refusal>) -> Decided {
    match read {
        Ok(accepted) => Decided::Accepted(Box::new(accepted)),
        Err(refusal) => Decided::Refused(refusal),
    }
}

/// The engine's verdict, and the request of this browser that was compared with.
fn judge(
    (gateway, ctx): (&Gateway, &Ctx),
    input: &Finish<'_>,
    relay_state: Option<&str>,
    (loaded, settings): (&Loaded, &response::Settings),
) -> (Judged, Option<Pending>) {
    let kept = |text: Option<&str>| owned_pending((gateway, ctx), input, loaded, Handle::parse(text?)?);
    let judge = |pending: Option<&Pending>| {
        engine(ctx, input, (loaded, settings), (pending, pending.and_then(Pending::forced_since)))
    };
    let pending = kept(relay_state);
    let judged = judge(pending.as_ref());
    if pending.is_some() {
        return (judged, pending);
    }
    // Some identity providers lose RelayState. What the response says it answers only chooses among the requests of
    // this very browser; the engine compares again, with what is signed.
    match kept(judged.0.trace.unverified.in_response_to.as_deref()) {
        None => (judged, None),
        claimed => (judge(claimed.as_ref()), claimed),
    }
}

type Judged = (Judgement<Assertion>, Option<Stray>);

fn engine(
    ctx: &Ctx,
    input: &Finish<'_>,
    (loaded, settings): (&Loaded, &response::Settings),
    (pending, forced_since): (Option<&Pending>, Option<Instant>),
) -> Judged {
    let contexts = match pending {
        Some(pending) => pending.asked.contexts.as_slice(),
        None if loaded.settings.accepts_unasked() => loaded.settings.authn_contexts.as_slice(),
        // Nobody is signed in: the request that takes the message's place will ask.
        None => &[],
    };
    let context = Context {
        now: ctx.now,
        pending_request: pending.map(|pending| pending.handle.as_str()),
        requested_authn_contexts: contexts,
        forced_since,
        // Whether it was used before is decided by the insert that uses it: anything earlier could be overtaken.
        seen: &|_| false,
    };
    response::judge_or_stray(&input.wire, settings, &context)
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
