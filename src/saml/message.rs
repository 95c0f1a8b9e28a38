//! What every protocol message has outside of its content, and how a judgement is recorded: wire, XML, root, version,
//! Destination, Issuer, Status, Signature. Responses, logout messages and metadata are judged with these.

use crate::binding::{Message, Parameter, Wire};
use crate::code::{Code, StepName};
use crate::instant::Instant;
use crate::policy::{Limits, Relaxation};
use crate::settings::{Context, Settings};
use crate::signature::{self, SignatureError, Signed, Verified};
use crate::trace::{MessageKind, Refusal, SignatureEvidence, Text, Trace, Unverified};
use crate::trust::CertificateInfo;
use crate::xml::{self, Element, Ns, TextError};

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
    const MAX: usize = 300;
    // A text has no more characters than bytes.
    let end = if text.len() > MAX { text.char_indices().nth(MAX).map(|(at, _)| at) } else { None };
    end.and_then(|end| text.get(..end)).unwrap_or(text).to_owned()
}

/// What every protocol message says outside of its content: root, ID, version, Destination, Issuer.
pub(crate) fn envelope(
    root: Element<'_>,
    local: &'static str,
    is_query_signed: bool,
    settings: &Settings,
    trace: &mut Trace,
) -> Result<(), Stop> {
    let mut issuers = root.children_named(Ns::SAML, "Issuer");
    let (issuer, another) = (issuers.next(), issuers.next());
    let unverified_issuer = issuer.and_then(|issuer| issuer.text().ok());
    trace.unverified = Unverified {
        issuer: unverified_issuer.map(|issuer| claim(xml::trim(&issuer))),
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
    match (issuer, another) {
        (None, _) => trace.pass(
            StepName::Issuer,
            Some(settings.idp.entity_id.clone().into()),
            Some(Text::Borrowed("none")),
        ),
        (Some(issuer), None) => {
            check_issuer(issuer, settings, (StepName::Issuer, Code::IssuerMismatch), trace)?;
        }
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

pub(crate) fn version(element: Element<'_>, step: StepName, trace: &mut Trace) -> Result<(), Stop> {
    match element.attribute("Version").as_deref() {
        Some("2.0") => Ok(()),
        found => {
            let found = Some(claim(found.unwrap_or("none")).into());
            stop(trace, step, Code::VersionUnsupported, Some(Text::Borrowed("2.0")), found)
        }
    }
}

/// An ID that a Reference can name: not empty, and free of what could be anything but a name in a URI or an `XPath`.
pub(crate) fn has_usable_id(element: Element<'_>) -> bool {
    let is_bad = |c: char| match c {
        'A'..='Z' | 'a'..='z' | '0'..='9' | '_' | '-' | '.' => false,
        c => c.is_whitespace() || c.is_control() || "\"'<>&#()[]{}|\\^`%".contains(c),
    };
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
        Some(found) if !endpoint.is_empty() && found == endpoint => trace.pass(step, wanted.clone(), wanted),
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
        Ok(text) if !wanted.is_empty() && xml::trim(&text) == wanted => {
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

/// The child of that name in the protocol namespace, if there is exactly one.
fn only<'d>(parent: Element<'d>, local: &str) -> Option<Element<'d>> {
    let mut children = parent.children_named(Ns::SAMLP, local);
    children.next().filter(|_| children.next().is_none())
}

/// saml-core 3.2.2.1: one Status with one top-level code, Success.
pub(crate) fn status(root: Element<'_>, trace: &mut Trace) -> Result<(), Stop> {
    const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
    let wanted = Some(Text::Borrowed(SUCCESS));
    let status = only(root, "Status");
    let (Some(status), Some(code)) = (status, status.and_then(|status| only(status, "StatusCode"))) else {
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
) -> Result<Option<Signed<'d>>, Stop> {
    match signature::verify(element, kind, &settings.idp.trust, &settings.policy) {
        Ok(None) => Ok(None),
        Ok(Some(Verified { signed, evidence, relaxed, certificate })) => {
            record_signature(step, (evidence, &relaxed, certificate), context.now, trace);
            Ok(Some(signed))
        }
        Err(SignatureError { code, wanted, found }) => stop(trace, step, code, wanted, found),
    }
}

/// Records a signature that verified, in the XML or over a query.
pub(crate) fn record_signature(
    step: StepName,
    (evidence, relaxed, certificate): (SignatureEvidence, &[Relaxation], &CertificateInfo),
    now: Instant,
    trace: &mut Trace,
) {
    for relaxation in relaxed {
        trace.relax(*relaxation);
    }
    trace.signed.push(evidence);
    let found = Some(Text::Owned(certificate.subject.clone()));
    if check_dates(certificate, now, trace) {
        trace.pass(step, None, found);
    } else {
        trace.warn(step, None, found);
    }
}

/// Warns of a certificate outside its dates, which decide nothing; says whether it is inside.
pub(crate) fn check_dates(certificate: &CertificateInfo, now: Instant, trace: &mut Trace) -> bool {
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
