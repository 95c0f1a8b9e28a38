//! `samlp:Response`: the Web Browser SSO profile (saml-profiles 4.1), every check in order.
//!
//! [`judge`] is the one entry. Until a signature has been verified the first failing step ends the work: nothing is
//! decrypted under a broken Response signature, and nothing is read from unsigned content. From the step `coverage` on,
//! every check is made and reported, so that one trace shows all that is wrong; the first failure decides.
//!
//! | file | what |
//! |---|---|
//! | `assertion` | the reading of a signed assertion, and the order of its checks |
//! | `subject` | whom it is about, and how that is confirmed |
//! | `conditions` | when and for whom it holds, and what it says about the authentication |
//! | `rollover` | a message signed by a key that nobody here knows |
//! | `route` | to whom a message says that it goes, where several share an address |
//!
//! To add a check: a step in [`StepName`] with its name and its place in [`StepName::RESPONSE`] (one that is not there would
//! be the last to decide), its code in the table, and its function here or in `subject` or `conditions`.

mod assertion;
mod conditions;
mod rollover;
mod route;
mod subject;

pub use crate::settings::{Context, IdentityProvider, ReplayKey, ServiceProvider, Settings};
pub use assertion::{Assertion, Attribute, NameId};
pub use rollover::{shown_keys, would_hold};
pub use route::{UnverifiedRoute, unverified_route};
pub(crate) use subject::{encrypted_name_id, read_name_id, time};

use crate::binding::{Parameter, Wire};
use crate::code::{Code, StepName};
use crate::decrypt::{self, DecryptError};
use crate::message::{self, Stop, check_issuer, claim, conclude, stop, text_code, verified};
use crate::policy::{Policy, Relaxation};
use crate::signature::{self, Signed};
use crate::trace::{Judgement, MessageKind, Text, Trace};
use crate::xml::{self, Element, Ns};

/// Judges a Response: the reading of its assertion, or why it is refused, and the trace of how that came about.
#[must_use]
pub fn judge(wire: &Wire<'_>, settings: &Settings, context: &Context<'_>) -> Judgement<Assertion> {
    judge_or_stray(wire, settings, context).0
}

/// [`judge`], and beside a refusal the [`Stray`] that the message is when nothing but its request is wrong with it.
#[must_use]
pub fn judge_or_stray(
    wire: &Wire<'_>,
    settings: &Settings,
    context: &Context<'_>,
) -> (Judgement<Assertion>, Option<Stray>) {
    let mut trace = Trace::new(MessageKind::Response);
    let mut oracle = None;
    let reading = examine(wire, settings, context, &mut trace, &mut oracle);
    even_out(oracle, settings, &trace);
    let stray = reading.as_ref().filter(|_| trace.fails_only_in(StepName::InResponseTo));
    let stray = stray.map(|reading| Stray { replay_key: reading.replay_key() });
    let verdict = conclude(reading, &trace, oracle.is_some());
    (Judgement { verdict, trace }, stray)
}

/// A message in which everything holds (signature, issuer, audience, times and the rest) but that it answers no request
/// of this browser, or another one. It is refused; a sign-in may be started again because of it. Nobody's name can be
/// read from it, so that nothing of an unrequested message can get into a session this way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stray {
    replay_key: ReplayKey,
}

impl Stray {
    /// What identifies its assertion for replay detection.
    #[must_use]
    pub const fn replay_key(&self) -> ReplayKey {
        self.replay_key
    }
}

fn examine(
    wire: &Wire<'_>,
    settings: &Settings,
    context: &Context<'_>,
    trace: &mut Trace,
    oracle: &mut Option<usize>,
) -> Option<Assertion> {
    let message = message::take(wire, Parameter::Response, &settings.limits, trace).ok()?;
    if message.is_redirect {
        let wanted = Some(Text::Borrowed("HTTP-POST"));
        trace.fail(StepName::Input, Code::BindingNotAllowed, wanted, Some(Text::Borrowed("HTTP-Redirect")));
        return None;
    }
    let document = message::parse(&message, &settings.limits, trace).ok()?;
    let root = document.root();
    message::envelope(root, "Response", false, settings, trace).ok()?;
    response_children(root, trace).ok()?;
    message::status(root, trace).ok()?;
    let response = verified(root, "response", StepName::ResponseSignature, settings, context, trace).ok()?;
    let is_assertion = |child: &Element<'_>| {
        child.ns() == Ns::SAML && matches!(child.local(), "Assertion" | "EncryptedAssertion")
    };
    let mut assertions = root.children().filter(is_assertion);
    let reading = match (assertions.next(), assertions.next()) {
        (Some(assertion), None) if assertion.local() == "Assertion" => {
            judge_assertion(assertion, response.as_ref(), None, settings, context, trace)
        }
        (Some(encrypted), None) => {
            *oracle = response.is_none().then(|| document.text().len());
            let plaintext =
                decrypt::decrypt(encrypted, "assertion", &settings.sp.decryption_keys, &settings.policy);
            let plaintext = match plaintext {
                Ok(plaintext) => plaintext,
                Err(error) => return refuse_decryption(error, trace),
            };
            let scope = encrypted.bindings();
            let limits = settings.limits;
            let inner = match xml::parse_in_context(&plaintext.bytes, &limits, &scope) {
                Ok(inner) if inner.root().is(Ns::SAML, "Assertion") => inner,
                _ => return refuse_decryption(DecryptError::failed(), trace),
            };
            plaintext.relaxed.iter().for_each(|relaxation| trace.relax(*relaxation));
            let cipher = plaintext.evidence.data_algorithm.clone();
            trace.pass(StepName::Decryption, None, Some(cipher));
            trace.encrypted = Some(plaintext.evidence);
            judge_assertion(inner.root(), response.as_ref(), Some(Encrypted), settings, context, trace)
        }
        (None, _) => {
            let found = Some(Text::Borrowed("none"));
            trace.fail(
                StepName::AssertionCount,
                Code::AssertionMissing,
                Some(Text::Borrowed("one assertion")),
                found,
            );
            None
        }
        _ => {
            let count = |local| root.children_named(Ns::SAML, local).count();
            let found = format!("{} plain, {} encrypted", count("Assertion"), count("EncryptedAssertion"));
            let wanted = Some(Text::Borrowed("one assertion"));
            trace.fail(StepName::AssertionCount, Code::AssertionMultiple, wanted, Some(found.into()));
            None
        }
    };
    if trace.first_failure().is_none() || trace.fails_only_in(StepName::InResponseTo) {
        no_hidden_assertion(root, trace);
    }
    reading
}

fn refuse_decryption(error: DecryptError, trace: &mut Trace) -> Option<Assertion> {
    trace.fail(StepName::Decryption, error.code, None, error.found);
    None
}

/// A ciphertext that no signature protects ends in many ways, some with the verification of a signature and some before
/// it. Those before do the same work for nothing, so that time does not tell them apart.
fn even_out(oracle: Option<usize>, settings: &Settings, trace: &Trace) {
    let was_verified = matches!(
        trace.first_failure(),
        None | Some((
            _,
            Code::SignatureInvalid
                | Code::SignatureKeyUnknown
                | Code::SignatureKeyWeak
                | Code::DigestMismatch
        ))
    );
    if let Some(length) = oracle.filter(|_| !was_verified) {
        signature::value::spend(&settings.idp.trust, length);
    }
}

/// Marks an assertion that was encrypted.
struct Encrypted;

fn judge_assertion(
    element: Element<'_>,
    around: Option<&Signed<'_>>,
    encrypted: Option<Encrypted>,
    settings: &Settings,
    context: &Context<'_>,
    trace: &mut Trace,
) -> Option<Assertion> {
    assertion_shape(element, trace).ok()?;
    let own = verified(element, "assertion", StepName::AssertionSignature, settings, context, trace).ok()?;
    let signed = match (own, around, encrypted) {
        (Some(own), _, _) => {
            trace.pass(StepName::Coverage, None, Some(Text::Borrowed("the assertion's own signature")));
            own
        }
        (None, Some(around), None) => {
            let Some(child) = around.child(element) else {
                trace.fail(StepName::Coverage, Code::NotSigned, None, None);
                return None;
            };
            trace.pass(StepName::Coverage, None, Some(Text::Borrowed("the response's signature")));
            child
        }
        (None, Some(_), Some(Encrypted)) if element.document().uses_context() => {
            // Exclusive canonicalization leaves unused declarations out, so the response's signature does not cover
            // what a name in the plaintext would mean.
            let found = Some(Text::Borrowed(
                "an unsigned assertion whose names depend on declarations outside of it",
            ));
            trace.fail(StepName::Coverage, Code::NotSigned, None, found);
            return None;
        }
        (None, Some(around), Some(Encrypted)) => {
            trace.pass(
                StepName::Coverage,
                None,
                Some(Text::Borrowed("the response's signature over the ciphertext")),
            );
            Signed::decrypted(element, around)
        }
        (None, None, _) => {
            let wanted = Some(Text::Borrowed("a signature on the assertion or the response"));
            trace.fail(StepName::Coverage, Code::NotSigned, wanted, Some(Text::Borrowed("none")));
            return None;
        }
    };
    Assertion::judge(&signed, settings, context, trace)
}

/// Nothing but what the schema knows stands directly in a Response (saml-core 3.2.2).
fn response_children(root: Element<'_>, trace: &mut Trace) -> Result<(), Stop> {
    let is_known = |child: &Element<'_>| match child.ns() {
        Ns::SAML => matches!(child.local(), "Issuer" | "Assertion" | "EncryptedAssertion"),
        Ns::SAMLP => matches!(child.local(), "Extensions" | "Status"),
        Ns::DS => child.local() == "Signature",
        _ => false,
    };
    let unknown = root.children().find(|child| !is_known(child)).map(|child| claim(child.local()));
    let text = root.has_text().then(|| "text".to_owned());
    match unknown.or(text) {
        None => Ok(()),
        Some(found) => stop(trace, StepName::Status, Code::MessageMalformed, None, Some(found.into())),
    }
}

/// No further assertion hides where anything is allowed, in Extensions or `StatusDetail`. Here it is never read; nobody
/// honest puts one there, and it is meant for somebody who searches for assertions (XSW 7).
fn no_hidden_assertion(root: Element<'_>, trace: &mut Trace) {
    let others = root.children_named(Ns::SAMLP, "Extensions").chain(root.children_named(Ns::SAMLP, "Status"));
    let is_assertion = |element: &Element<'_>| {
        element.is(Ns::SAML, "Assertion") || element.is(Ns::SAML, "EncryptedAssertion")
    };
    if others.flat_map(|child| child.descendants()).any(|element| is_assertion(&element)) {
        let (wanted, found) = (Text::Borrowed("one assertion"), Text::Borrowed("another one, hidden"));
        trace.fail(StepName::AssertionCount, Code::AssertionMultiple, Some(wanted), Some(found));
    }
}

/// One assertion of version 2.0 with an ID: what the signature step needs.
fn assertion_shape(element: Element<'_>, trace: &mut Trace) -> Result<(), Stop> {
    message::version(element, StepName::AssertionCount, trace)?;
    if !message::has_usable_id(element) {
        let found = element.attribute("ID").map(|id| claim(&id).into());
        return stop(
            trace,
            StepName::AssertionCount,
            Code::MessageIdMissing,
            Some(Text::Borrowed("an ID")),
            found,
        );
    }
    trace.pass(StepName::AssertionCount, Some(Text::Borrowed("one assertion")), Some(Text::Borrowed("one")));
    Ok(())
}

/// Records that a check held only because of `relaxation`, if it is allowed.
pub(crate) fn allow(policy: &Policy, relaxation: Relaxation, trace: &mut Trace) -> bool {
    if policy.allows(relaxation) {
        trace.relax(relaxation);
        return true;
    }
    false
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
