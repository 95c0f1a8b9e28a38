//! `samlp:Response`: the Web Browser SSO profile (saml-profiles 4.1), every check in order.
//!
//! [`judge`] is the one entry. Until a signature has been verified the first failing step ends the work: nothing is
//! decrypted under a broken Response signature, and nothing is read from unsigned content. From the step `coverage` on,
//! every check is made and reported, so that one trace shows all that is wrong; the first failure decides.
//!
//! To add a check: a step in [`StepName`], its code in the table, and its function here or in [`mod@conditions`].

mod assertion;
mod conditions;
mod subject;

pub use assertion::{Assertion, Attribute, NameId, ReplayKey};
pub(crate) use subject::{encrypted_name_id, read_name_id, time};

use crate::binding::{Message, Parameter, Wire};
use crate::code::{Code, StepName};
use crate::decrypt::{self, DecryptError};
use crate::instant::Instant;
use crate::key::DecryptionKey;
use crate::policy::{Limits, Policy, Relaxation};
use crate::signature::{self, SignatureError, Signed, Verified};
use crate::trace::{Judgement, MessageKind, Refusal, Text, Trace, Unverified};
use crate::trust::Trust;
use crate::xml::{self, Element, Ns, TextError};

/// Who we are towards the identity provider.
#[derive(Debug, Clone)]
pub struct ServiceProvider {
    /// Our entity ID; the audience.
    pub entity_id: String,
    /// Further audiences that are accepted, compared as exact strings (Entra's `spn:` forms).
    pub accepted_audiences: Vec<String>,
    /// Our endpoint for this kind of message: the ACS URL, or the SLO URL for logout messages.
    pub endpoint: String,
    /// Keys that read what is encrypted to us, newest first.
    pub decryption_keys: Vec<DecryptionKey>,
}

/// Whom we expect to hear from.
#[derive(Debug, Clone)]
pub struct IdentityProvider {
    /// Its entity ID; the issuer.
    pub entity_id: String,
    /// The keys that it signs with.
    pub trust: Trust,
}

/// What does not change from message to message of a connection.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Us.
    pub sp: ServiceProvider,
    /// Them.
    pub idp: IdentityProvider,
    /// How strict.
    pub policy: Policy,
    /// How large.
    pub limits: Limits,
}

/// What is particular to this message.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The clock.
    pub now: Instant,
    /// The ID of the request that is pending in this browser; `None` when there is none.
    pub pending_request: Option<&'a str>,
    /// The authentication contexts that were requested, any of which will do; empty when none was.
    pub requested_authn_contexts: &'a [String],
    /// Whether this assertion was consumed before. Only asked; consuming it is the caller's, after acceptance.
    pub seen: &'a dyn Fn(&ReplayKey) -> bool,
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Context")
            .field("now", &self.now)
            .field("pending_request", &self.pending_request)
            .finish()
    }
}

/// Judges a Response: the reading of its assertion, or why it is refused, and the trace of how that came about.
#[must_use]
pub fn judge(wire: &Wire<'_>, settings: &Settings, context: &Context<'_>) -> Judgement<Assertion> {
    let mut trace = Trace::new(MessageKind::Response);
    let mut is_oracle = false;
    let assertion = examine(wire, settings, context, &mut trace, &mut is_oracle);
    let verdict = conclude(assertion, &trace, is_oracle);
    Judgement { verdict, trace }
}

/// The verdict that the trace says; a reading without a failure is the only acceptance.
pub(crate) fn conclude<T>(reading: Option<T>, trace: &Trace, is_oracle: bool) -> Result<T, Refusal> {
    match (trace.first_failure(), reading) {
        (None, Some(reading)) => Ok(reading),
        (Some((step, code)), _) => {
            let hides = matches!(
                step,
                StepName::Decryption
                    | StepName::AssertionCount
                    | StepName::AssertionSignature
                    | StepName::Coverage
            );
            let public_code = if is_oracle && hides { Code::DecryptionFailed } else { code };
            Err(Refusal { code, step, public_code })
        }
        // Fail closed: no reading and no recorded reason.
        (None, None) => {
            let code = Code::MessageMalformed;
            Err(Refusal { code, step: StepName::Root, public_code: code })
        }
    }
}

/// A failure that ends the work: already in the trace.
pub(crate) struct Stop;

pub(crate) fn stop<T>(
    trace: &mut Trace,
    step: StepName,
    code: Code,
    wanted: Option<Text>,
    found: Option<Text>,
) -> Result<T, Stop> {
    trace.fail(step, code, wanted, found);
    Err(Stop)
}

fn examine(
    wire: &Wire<'_>,
    settings: &Settings,
    context: &Context<'_>,
    trace: &mut Trace,
    is_oracle: &mut bool,
) -> Option<Assertion> {
    let message = take(wire, Parameter::Response, &settings.limits, trace).ok()?;
    if message.is_redirect {
        let wanted = Some(Text::Borrowed("HTTP-POST"));
        trace.fail(StepName::Input, Code::BindingNotAllowed, wanted, Some(Text::Borrowed("HTTP-Redirect")));
        return None;
    }
    let document = parse(&message, &settings.limits, trace).ok()?;
    let root = document.root();
    envelope(root, "Response", false, settings, trace).ok()?;
    response_children(root, trace).ok()?;
    status(root, trace).ok()?;
    let response = verified(root, "response", StepName::ResponseSignature, settings, context, trace).ok()?;
    let plain: Vec<_> = root.children_named(Ns::SAML, "Assertion").collect();
    let encrypted: Vec<_> = root.children_named(Ns::SAML, "EncryptedAssertion").collect();
    match (plain.as_slice(), encrypted.as_slice()) {
        ([assertion], []) => judge_assertion(*assertion, response.as_ref(), None, settings, context, trace),
        ([], [encrypted]) => {
            *is_oracle = response.is_none();
            let plaintext =
                decrypt::decrypt(*encrypted, "assertion", &settings.sp.decryption_keys, &settings.policy);
            let plaintext = match plaintext {
                Ok(plaintext) => plaintext,
                Err(error) => return refuse_decryption(error, settings, trace),
            };
            let scope = encrypted.bindings();
            let limits = settings.limits;
            let inner = match xml::parse_in_context(&plaintext.bytes, &limits, &scope) {
                Ok(inner) if inner.root().is(Ns::SAML, "Assertion") => inner,
                _ => return refuse_decryption(DecryptError::failed(), settings, trace),
            };
            plaintext.relaxed.iter().for_each(|relaxation| trace.relax(*relaxation));
            let cipher = plaintext.evidence.data_algorithm.clone();
            trace.pass(StepName::Decryption, None, Some(cipher));
            trace.encrypted = Some(plaintext.evidence);
            judge_assertion(inner.root(), response.as_ref(), Some(Encrypted), settings, context, trace)
        }
        ([], []) => {
            let found = Some(Text::Borrowed("none"));
            trace.fail(
                StepName::AssertionCount,
                Code::AssertionMissing,
                Some(Text::Borrowed("one assertion")),
                found,
            );
            None
        }
        (plain, encrypted) => {
            let found = format!("{} plain, {} encrypted", plain.len(), encrypted.len());
            let wanted = Some(Text::Borrowed("one assertion"));
            trace.fail(StepName::AssertionCount, Code::AssertionMultiple, wanted, Some(found.into()));
            None
        }
    }
}

/// A plaintext that cannot be read ends the work where a readable one would go on to a signature: the same work is done
/// for nothing, so that time does not tell the two apart.
fn refuse_decryption(error: DecryptError, settings: &Settings, trace: &mut Trace) -> Option<Assertion> {
    if error.code == Code::DecryptionFailed {
        signature::value::spend(&settings.idp.trust);
    }
    trace.fail(StepName::Decryption, error.code, None, error.found);
    None
}

/// Marks an assertion that was encrypted.
struct Encrypted;

fn judge_assertion(
    element: Element<'_>,
    response: Option<&Verified<'_>>,
    encrypted: Option<Encrypted>,
    settings: &Settings,
    context: &Context<'_>,
    trace: &mut Trace,
) -> Option<Assertion> {
    assertion_shape(element, trace).ok()?;
    let own = verified(element, "assertion", StepName::AssertionSignature, settings, context, trace).ok()?;
    let around = response.map(|response| &response.signed);
    let signed = match (own, around, encrypted) {
        (Some(own), _, _) => {
            trace.pass(StepName::Coverage, None, Some(Text::Borrowed("the assertion's own signature")));
            own.signed
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

/// Takes the message from the wire and records the steps `input` and `size`.
pub(crate) fn take<'a>(
    wire: &Wire<'a>,
    parameter: Parameter,
    limits: &Limits,
    trace: &mut Trace,
) -> Result<Message<'a>, Stop> {
    match wire.message(parameter, limits) {
        Ok(message) => {
            trace.pass(StepName::Input, None, None);
            let (wanted, found) = (limits.max_bytes, message.xml.len());
            trace.pass(
                StepName::Size,
                Some(format!("at most {wanted} bytes").into()),
                Some(format!("{found} bytes").into()),
            );
            Ok(message)
        }
        Err(error) if error.code == Code::MessageTooLarge => {
            trace.pass(StepName::Input, None, None);
            let wanted = Some(format!("at most {} bytes", limits.max_bytes).into());
            stop(trace, StepName::Size, error.code, wanted, Some(Text::Borrowed(error.found)))
        }
        Err(error) => stop(trace, StepName::Input, error.code, None, Some(Text::Borrowed(error.found))),
    }
}

/// Parses and records the step `xml`.
pub(crate) fn parse<'m>(
    message: &'m Message<'_>,
    limits: &Limits,
    trace: &mut Trace,
) -> Result<xml::Document<'m>, Stop> {
    match xml::parse(&message.xml, limits) {
        Ok(document) => {
            trace.pass(StepName::Xml, None, None);
            Ok(document)
        }
        Err(error) => {
            let found = Some(format!("something else at byte {}", error.at).into());
            stop(trace, StepName::Xml, error.code, Some(Text::Borrowed(error.wanted)), found)
        }
    }
}

/// A claim of an unverified message, cut to a length that a trace can hold.
pub(crate) fn claim(text: &str) -> String {
    text.chars().take(1000).collect()
}

/// What every protocol message says outside of its content: root, ID, version, Destination, Issuer.
pub(crate) fn envelope(
    root: Element<'_>,
    local: &'static str,
    is_query_signed: bool,
    settings: &Settings,
    trace: &mut Trace,
) -> Result<(), Stop> {
    let issuers: Vec<_> = root.children_named(Ns::SAML, "Issuer").collect();
    let issuer = issuers.first().and_then(|issuer| issuer.text().ok());
    trace.unverified = Unverified {
        issuer: issuer.as_deref().map(|issuer| claim(xml::trim(issuer))),
        destination: root.attribute("Destination").map(|value| claim(&value)),
        in_response_to: root.attribute("InResponseTo").map(|value| claim(&value)),
    };
    if !root.is(Ns::SAMLP, local) {
        let found = Some(claim(root.local()).into());
        return stop(trace, StepName::Root, Code::UnexpectedMessage, Some(Text::Borrowed(local)), found);
    }
    if !has_usable_id(root) {
        let found = root.attribute("ID").map(|id| claim(&id).into());
        return stop(trace, StepName::Root, Code::MessageIdMissing, Some(Text::Borrowed("an ID")), found);
    }
    trace.pass(StepName::Root, None, Some(Text::Borrowed(local)));
    version(root, StepName::Version, trace)?;
    trace.pass(StepName::Version, Some(Text::Borrowed("2.0")), Some(Text::Borrowed("2.0")));
    destination(root, &settings.sp.endpoint, is_query_signed, trace)?;
    match issuers.as_slice() {
        [] => trace.pass(
            StepName::Issuer,
            Some(settings.idp.entity_id.clone().into()),
            Some(Text::Borrowed("none")),
        ),
        [issuer] => check_issuer(*issuer, settings, (StepName::Issuer, Code::IssuerMismatch), trace)?,
        _ => {
            return stop(
                trace,
                StepName::Issuer,
                Code::MessageMalformed,
                None,
                Some(Text::Borrowed("several Issuers")),
            );
        }
    }
    Ok(())
}

fn version(element: Element<'_>, step: StepName, trace: &mut Trace) -> Result<(), Stop> {
    match element.attribute("Version").as_deref() {
        Some("2.0") => Ok(()),
        found => {
            let found = Some(claim(found.unwrap_or("none")).into());
            stop(trace, step, Code::VersionUnsupported, Some(Text::Borrowed("2.0")), found)
        }
    }
}

/// An ID that a Reference can name: not empty, and free of what could be anything but a name in a URI or an `XPath`.
fn has_usable_id(element: Element<'_>) -> bool {
    let is_bad = |c: char| c.is_whitespace() || c.is_control() || "\"'<>&#()[]{}|\\^`%".contains(c);
    element.attribute("ID").is_some_and(|id| !id.is_empty() && id.len() <= 1024 && !id.contains(is_bad))
}

/// saml-bindings 3.5.5.2: ours when there. A signed message must have one; some identity providers leave it out of
/// signed responses all the same, and there the Recipient, always checked, says as much: a warning.
fn destination(
    root: Element<'_>,
    endpoint: &str,
    is_query_signed: bool,
    trace: &mut Trace,
) -> Result<(), Stop> {
    let step = StepName::Destination;
    let is_signed = is_query_signed || root.children_named(Ns::DS, "Signature").next().is_some();
    let wanted = Some(Text::Owned(endpoint.to_owned()));
    let none = Some(Text::Borrowed("none"));
    match root.attribute("Destination").as_deref() {
        Some(found) if found == endpoint => trace.pass(step, wanted.clone(), wanted),
        None if !is_signed => trace.pass(step, wanted, none),
        None if trace.kind == MessageKind::Response => {
            trace.add_warning("destination_absent", "The signed response names no Destination.");
            trace.warn(step, wanted, none);
        }
        None => return stop(trace, step, Code::DestinationMissing, wanted, none),
        Some(found) => {
            return stop(trace, step, Code::DestinationMismatch, wanted, Some(claim(found).into()));
        }
    }
    Ok(())
}

/// Compares an Issuer with the identity provider's entity ID (saml-core 2.2.5).
pub(crate) fn check_issuer(
    issuer: Element<'_>,
    settings: &Settings,
    (step, mismatch): (StepName, Code),
    trace: &mut Trace,
) -> Result<(), Stop> {
    const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
    let wanted = &settings.idp.entity_id;
    if let Some(format) = issuer.attribute("Format").filter(|format| *format != ENTITY) {
        return stop(
            trace,
            step,
            Code::IssuerFormat,
            Some(Text::Borrowed(ENTITY)),
            Some(claim(&format).into()),
        );
    }
    match issuer.text() {
        Ok(text) if xml::trim(&text) == wanted => {
            trace.pass(step, Some(wanted.clone().into()), Some(wanted.clone().into()));
            Ok(())
        }
        Ok(text) => {
            stop(trace, step, mismatch, Some(wanted.clone().into()), Some(claim(xml::trim(&text)).into()))
        }
        Err(error) => stop(trace, step, text_code(error), Some(wanted.clone().into()), None),
    }
}

/// The code for a text that has other content in it.
pub(crate) const fn text_code(error: TextError) -> Code {
    match error {
        TextError::HasComment => Code::CommentInText,
        TextError::HasElements => Code::MessageMalformed,
    }
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

/// saml-core 3.2.2.1: one Status with one top-level code, Success.
pub(crate) fn status(root: Element<'_>, trace: &mut Trace) -> Result<(), Stop> {
    const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
    let wanted = Some(Text::Borrowed(SUCCESS));
    let statuses: Vec<_> = root.children_named(Ns::SAMLP, "Status").collect();
    let codes: Vec<_> =
        statuses.iter().flat_map(|status| status.children_named(Ns::SAMLP, "StatusCode")).collect();
    let ([status], [code]) = (statuses.as_slice(), codes.as_slice()) else {
        let found = Some(Text::Borrowed("not one Status with one StatusCode"));
        return stop(trace, StepName::Status, Code::MessageMalformed, wanted, found);
    };
    let value = code.attribute("Value").unwrap_or_default();
    if value == SUCCESS {
        trace.pass(StepName::Status, wanted.clone(), wanted);
        return Ok(());
    }
    let second = code.children_named(Ns::SAMLP, "StatusCode").next().and_then(|code| code.attribute("Value"));
    let message =
        status.children_named(Ns::SAMLP, "StatusMessage").next().and_then(|message| message.text().ok());
    let mut found = claim(&value);
    for more in [second.as_deref(), message.as_deref()].into_iter().flatten() {
        found.push_str("; ");
        found.push_str(&claim(xml::trim(more)));
    }
    let refusal =
        match second.as_deref().and_then(|second| second.strip_prefix("urn:oasis:names:tc:SAML:2.0:status:"))
        {
            Some("RequestDenied") => Code::StatusRequestDenied,
            Some("AuthnFailed") => Code::StatusAuthnFailed,
            Some("NoPassive") => Code::StatusNoPassive,
            Some("NoAuthnContext") => Code::StatusNoAuthnContext,
            Some("InvalidNameIDPolicy") => Code::StatusInvalidNameIdPolicy,
            _ => Code::StatusNotSuccess,
        };
    stop(trace, StepName::Status, refusal, wanted, Some(found.into()))
}

/// Verifies the Signature of `element`, if it has one, and records the step.
pub(crate) fn verified<'d>(
    element: Element<'d>,
    kind: &'static str,
    step: StepName,
    settings: &Settings,
    context: &Context<'_>,
    trace: &mut Trace,
) -> Result<Option<Verified<'d>>, Stop> {
    match signature::verify(element, kind, &settings.idp.trust, &settings.policy) {
        Ok(None) => Ok(None),
        Ok(Some(verified)) => {
            record_signature(step, &verified, context.now, trace);
            Ok(Some(verified))
        }
        Err(SignatureError { code, wanted, found }) => stop(trace, step, code, wanted, found),
    }
}

fn record_signature(step: StepName, verified: &Verified<'_>, now: Instant, trace: &mut Trace) {
    verified.relaxed.iter().for_each(|relaxation| trace.relax(*relaxation));
    trace.signed.push(verified.evidence.clone());
    let found = Some(Text::Owned(verified.certificate.subject.clone()));
    if check_dates(&verified.certificate, now, trace) {
        trace.pass(step, None, found);
    } else {
        trace.warn(step, None, found);
    }
}

/// Warns of a certificate outside its dates, which decide nothing; says whether it is inside.
pub(crate) fn check_dates(
    certificate: &crate::trust::CertificateInfo,
    now: Instant,
    trace: &mut Trace,
) -> bool {
    if now >= certificate.not_after {
        let text = format!("The certificate {} ended on {}.", certificate.sha256, certificate.not_after);
        trace.add_warning("certificate_expired", text);
        return false;
    }
    if now < certificate.not_before {
        let text = format!("The certificate {} begins on {}.", certificate.sha256, certificate.not_before);
        trace.add_warning("certificate_not_yet_valid", text);
        return false;
    }
    true
}

/// One assertion of version 2.0 with an ID: what the signature step needs.
fn assertion_shape(element: Element<'_>, trace: &mut Trace) -> Result<(), Stop> {
    version(element, StepName::AssertionCount, trace)?;
    if !has_usable_id(element) {
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
