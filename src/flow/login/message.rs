//! What a message comes to by the engine: for a sign-in, and for whoever asks what one would come to
//! ([`crate::flow::rehearse`], [`crate::flow::connection::what_if`]). All of them ask here, so that none drifts. Pure.

use gatepost_saml::binding::Wire;
use gatepost_saml::response::{self, Assertion, Context, ReplayKey};
use gatepost_saml::trace::{Outcome, Step, Trace};
use gatepost_saml::{Code, Judgement, Refusal, StepName};

use crate::base::Instant;
use crate::directory::preset::IdpInitiated;
use crate::flow::connection::settings::Settings;

/// The request that a message is compared with.
#[derive(Debug, Clone, Copy)]
pub(in crate::flow) struct Request<'a> {
    /// Its ID.
    pub(in crate::flow) id: &'a str,
    /// The authentication contexts that it asked for.
    pub(in crate::flow) contexts: &'a [String],
    /// When it was sent, if it asked for a new authentication.
    pub(in crate::flow) forced_since: Option<Instant>,
}

/// What a message comes to.
pub(in crate::flow) enum Verdict {
    /// It is good.
    Good {
        assertion: Box<Assertion>,
        /// Whether it says that it answers nothing, though there was a request, and is taken all the same.
        is_unasked: bool,
    },
    /// Nothing is wrong with it but that it does not answer the request: it signs nobody in, and may have a sign-in begun
    /// anew. What keeps it from being used again, and what it would be refused as.
    Stray(ReplayKey, Refusal),
    /// Neither.
    Refused(Refusal),
}

impl Verdict {
    /// Why it signs nobody in, if it does not.
    pub(in crate::flow) fn code(&self) -> Option<Code> {
        match self {
            Self::Good { .. } => None,
            Self::Stray(_, refusal) | Self::Refused(refusal) => Some(refusal.code),
        }
    }
}

/// Judges a message by a connection's settings, and what the engine has of them; `request` is the one that it is compared
/// with, if there is one. Whether its assertion was used before is not asked: that is decided by the insert that uses it,
/// and anything earlier could be overtaken.
pub(in crate::flow) fn judge(
    (wire, now): (&Wire<'_>, Instant),
    (settings, engine): (&Settings, &response::Settings),
    request: Option<Request<'_>>,
) -> (Trace, Verdict) {
    let look = |pending_request, requested_authn_contexts, forced_since| {
        let context =
            Context { now, pending_request, requested_authn_contexts, forced_since, seen: &|_| false };
        response::judge_or_stray(wire, engine, &context)
    };
    let takes_unasked = settings.accepts_unasked();
    // Where nobody is signed in by it, the request that takes the message's place will ask.
    let unasked_contexts = if takes_unasked { settings.authn_contexts.as_slice() } else { &[] };
    let (Judgement { verdict, mut trace }, stray) = match request {
        Some(request) => look(Some(request.id), request.contexts, request.forced_since),
        None => look(None, unasked_contexts, None),
    };
    let refusal = match verdict {
        Ok(assertion) => {
            let assertion = Box::new(assertion);
            return (trace, Verdict::Good { assertion, is_unasked: false });
        }
        Err(refusal) => refusal,
    };
    // It came with a request, yet answers none: there are identity providers that know none. What the request asked for
    // still holds: an answer does not get out of it by naming no request.
    if let Some(request) = request
        && refusal.code == Code::Unsolicited
        && takes_unasked
    {
        let (second, _) = look(None, unasked_contexts, request.forced_since);
        if let Ok(assertion) = second.verdict {
            let assertion = Box::new(assertion);
            return (second.trace, Verdict::Good { assertion, is_unasked: true });
        }
    }
    if settings.idp_initiated == IdpInitiated::Refuse {
        return (trace, Verdict::Refused(refusal));
    }
    if let Some(stray) = stray {
        return (trace, Verdict::Stray(stray.replay_key(), refusal));
    }
    let refusal = beside_its_request(&mut trace, refusal);
    (trace, Verdict::Refused(refusal))
}

/// A response that answers no request is begun anew if it is good otherwise. If it is not, that is what decides, and what
/// somebody has to mend; that nobody asked for it is a remark.
fn beside_its_request(trace: &mut Trace, refusal: Refusal) -> Refusal {
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
