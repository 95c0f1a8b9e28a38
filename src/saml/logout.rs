//! `samlp:LogoutRequest` and `samlp:LogoutResponse`: reading and validating (saml-core 3.7, saml-profiles 4.4).
//!
//! A logout message must be signed: in the XML when it is posted, over the raw query when it is redirected. What it
//! does to sessions is the caller's.

use crate::algorithms::sha256;
use crate::binding::{Message, Parameter, Wire};
use crate::code::{Code, StepName};
use crate::instant::Instant;
use crate::message::{self, Stop, claim, stop};
use crate::response::{self, Context, NameId, ReplayKey, Settings};
use crate::signature::Signed;
use crate::signature::query::{self, VerifiedQuery};
use crate::trace::{Judgement, MessageKind, Text, Trace};
use crate::xml::{self, Element, Ns};

const PARTIAL_LOGOUT: &str = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout";

/// A verified logout message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Logout {
    /// The identity provider ends sessions.
    Request(LogoutRequest),
    /// The identity provider answers our request.
    Response(LogoutResponse),
}

/// A verified `LogoutRequest`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutRequest {
    id: String,
    name_id: NameId,
    session_indexes: Vec<String>,
    replay_key: ReplayKey,
}

impl LogoutRequest {
    /// Its ID: what our response answers.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whose sessions end.
    #[must_use]
    pub const fn name_id(&self) -> &NameId {
        &self.name_id
    }

    /// Which sessions end; empty means all of them (saml-core 3.7.1).
    #[must_use]
    pub fn session_indexes(&self) -> &[String] {
        &self.session_indexes
    }

    /// What identifies it for replay detection.
    #[must_use]
    pub const fn replay_key(&self) -> ReplayKey {
        self.replay_key
    }
}

/// A verified `LogoutResponse` with the status Success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutResponse {
    id: String,
    in_response_to: String,
    is_partial: bool,
}

impl LogoutResponse {
    /// Its ID.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Our request that it answers.
    #[must_use]
    pub fn in_response_to(&self) -> &str {
        &self.in_response_to
    }

    /// Whether the identity provider could not end every session (saml-core 3.7.3.2).
    #[must_use]
    pub const fn is_partial(&self) -> bool {
        self.is_partial
    }
}

/// Judges a logout message of `kind`; `settings.sp.endpoint` is our SLO URL. Any other kind than the two is refused as
/// unexpected.
#[must_use]
pub fn judge(
    wire: &Wire<'_>,
    kind: MessageKind,
    settings: &Settings,
    context: &Context<'_>,
) -> Judgement<Logout> {
    let mut trace = Trace::new(kind);
    let logout = examine(wire, kind, settings, context, &mut trace).ok();
    let verdict = message::conclude(logout, &trace, false);
    Judgement { verdict, trace }
}

fn examine(
    wire: &Wire<'_>,
    kind: MessageKind,
    settings: &Settings,
    context: &Context<'_>,
    trace: &mut Trace,
) -> Result<Logout, Stop> {
    let (parameter, local) = match kind {
        MessageKind::LogoutRequest => (Parameter::Request, "LogoutRequest"),
        MessageKind::LogoutResponse => (Parameter::Response, "LogoutResponse"),
        MessageKind::Response | MessageKind::Metadata => {
            let wanted = Some(Text::Borrowed("LogoutRequest or LogoutResponse"));
            return stop(trace, StepName::Root, Code::UnexpectedMessage, wanted, None);
        }
    };
    let message = message::take(wire, parameter, &settings.limits, trace)?;
    let document = message::parse(&message, &settings.limits, trace)?;
    let root = document.root();
    message::envelope(root, local, message.query_signature.is_some(), settings, trace)?;
    if root.children_named(Ns::SAML, "Issuer").next().is_none() {
        let wanted = Some(settings.idp.entity_id.clone().into());
        return stop(trace, StepName::Issuer, Code::IssuerMissing, wanted, Some(Text::Borrowed("none")));
    }
    children(root, kind, trace)?;
    if kind == MessageKind::LogoutResponse {
        message::status(root, trace)?;
    }
    let signed = signature(root, &message, settings, context, trace)?;
    let id = signed.element().attribute("ID").unwrap_or_default().into_owned();
    match kind {
        MessageKind::LogoutRequest => request(&signed, id, settings, context, trace).map(Logout::Request),
        _ => answer(&signed, id, context, trace).map(Logout::Response),
    }
}

/// Nothing but what the schema knows stands directly in the message (saml-core 3.7.1, 3.7.2).
fn children(root: Element<'_>, kind: MessageKind, trace: &mut Trace) -> Result<(), Stop> {
    let is_request = kind == MessageKind::LogoutRequest;
    let is_known = |child: &Element<'_>| match child.ns() {
        Ns::SAML => {
            child.local() == "Issuer"
                || (is_request && matches!(child.local(), "NameID" | "EncryptedID" | "BaseID"))
        }
        Ns::SAMLP => {
            child.local() == "Extensions"
                || child.local() == if is_request { "SessionIndex" } else { "Status" }
        }
        Ns::DS => child.local() == "Signature",
        _ => false,
    };
    let unknown = root.children().find(|child| !is_known(child)).map(|child| claim(child.local()));
    match unknown.or_else(|| root.has_text().then(|| "text".to_owned())) {
        None => Ok(()),
        Some(found) => stop(trace, StepName::Status, Code::MessageMalformed, None, Some(found.into())),
    }
}

/// A posted message carries its Signature; a redirected one is signed over its query. A Signature in the XML of a
/// redirected message must verify too, and does not replace the one over the query.
fn signature<'d>(
    root: Element<'d>,
    message: &Message<'_>,
    settings: &Settings,
    context: &Context<'_>,
    trace: &mut Trace,
) -> Result<Signed<'d>, Stop> {
    let step = StepName::MessageSignature;
    let in_xml = message::verified(root, "message", step, settings, context, trace)?;
    if !message.is_redirect {
        let wanted = Some(Text::Borrowed("a signature on the message"));
        return match in_xml {
            Some(signed) => Ok(signed),
            None => stop(trace, step, Code::NotSigned, wanted, Some(Text::Borrowed("none"))),
        };
    }
    let Some(over_query) = &message.query_signature else {
        let wanted = Some(Text::Borrowed("SigAlg and Signature in the query"));
        return stop(trace, step, Code::NotSigned, wanted, Some(Text::Borrowed("none")));
    };
    match query::verify(root, over_query, &settings.idp.trust, &settings.policy) {
        Ok(verified) => {
            let VerifiedQuery { signed, evidence, relaxed, certificate } = verified;
            message::record_signature(step, (evidence, &relaxed, &certificate), context.now, trace);
            Ok(signed)
        }
        Err(error) => stop(trace, step, error.code, error.wanted, error.found),
    }
}

fn request(
    signed: &Signed<'_>,
    id: String,
    settings: &Settings,
    context: &Context<'_>,
    trace: &mut Trace,
) -> Result<LogoutRequest, Stop> {
    let root = signed.element();
    let end = end(root, settings, context, trace)?;
    let name_id = name_id(root, settings, trace)?;
    let session_indexes = session_indexes(root, trace)?;
    let replay_key = ReplayKey { day: end.day(), assertion_sha256: sha256(id.as_bytes()) };
    if (context.seen)(&replay_key) {
        return stop(trace, StepName::Replay, Code::AssertionReplayed, None, Some(claim(&id).into()));
    }
    trace.pass(StepName::Replay, None, None);
    Ok(LogoutRequest { id, name_id, session_indexes, replay_key })
}

/// How long a request without a `NotOnOrAfter` is good for after its `IssueInstant`, in seconds: a signed address kept in
/// a history must not end sessions for ever.
const REQUEST_SECONDS: i64 = 600;

/// Until when the request is good, which also gives its day for replay detection: a fact of the message, so that copies
/// always meet.
fn end(
    root: Element<'_>,
    settings: &Settings,
    context: &Context<'_>,
    trace: &mut Trace,
) -> Result<Instant, Stop> {
    let step = StepName::NotOnOrAfter;
    let skew = settings.policy.clock_skew_seconds();
    let malformed = |trace: &mut Trace, found: String| {
        stop(trace, step, Code::TimeMalformed, Some(Text::Borrowed("a dateTime in UTC")), Some(found.into()))
    };
    let issued = match response::time(root, "IssueInstant") {
        Ok(issued) => issued,
        Err(found) => return malformed(trace, found),
    };
    let stated = match response::time(root, "NotOnOrAfter") {
        Ok(stated) => stated,
        Err(found) => return malformed(trace, found),
    };
    let end = match (stated, issued) {
        (Some(end), _) => end,
        (None, Some(issued)) if issued > context.now.plus_seconds(REQUEST_SECONDS + skew) => {
            let wanted = Some(format!("an IssueInstant near {}", context.now).into());
            return stop(trace, step, Code::TimeMalformed, wanted, Some(issued.to_string().into()));
        }
        (None, Some(issued)) => issued.plus_seconds(REQUEST_SECONDS),
        (None, None) => return malformed(trace, "neither NotOnOrAfter nor IssueInstant".to_owned()),
    };
    if context.now >= end.plus_seconds(skew) {
        let wanted = Some(format!("later than {}", context.now).into());
        return stop(trace, step, Code::LogoutExpired, wanted, Some(end.to_string().into()));
    }
    trace.pass(step, None, Some(end.to_string().into()));
    Ok(end)
}

fn name_id(root: Element<'_>, settings: &Settings, trace: &mut Trace) -> Result<NameId, Stop> {
    let step = StepName::NameId;
    let identifiers: Vec<_> =
        root.children().filter(|child| child.ns() == Ns::SAML && child.local() != "Issuer").collect();
    let read = match identifiers.as_slice() {
        [one] if one.local() == "NameID" => response::read_name_id(*one),
        [one] if one.local() == "EncryptedID" => response::encrypted_name_id(*one, settings, trace),
        [] | [_] => Err((Code::NameIdMissing, "no NameID")),
        _ => Err((Code::NameIdMalformed, "several identifiers")),
    };
    match read {
        Ok(name_id) => {
            if let Some(encrypted) = &trace.encrypted {
                let cipher = Some(encrypted.data_algorithm.clone());
                trace.pass(StepName::Decryption, None, cipher);
            }
            trace.pass(step, None, None);
            Ok(name_id)
        }
        Err((
            code @ (Code::DecryptionFailed | Code::DecryptionAlgorithm | Code::DecryptionKeyMissing),
            found,
        )) => stop(trace, StepName::Decryption, code, None, Some(Text::Borrowed(found))),
        Err((code, found)) => {
            stop(trace, step, code, Some(Text::Borrowed("a NameID")), Some(Text::Borrowed(found)))
        }
    }
}

fn session_indexes(root: Element<'_>, trace: &mut Trace) -> Result<Vec<String>, Stop> {
    let step = StepName::SessionIndex;
    let read: Result<Vec<_>, _> = root
        .children_named(Ns::SAMLP, "SessionIndex")
        .map(|index| index.text().map(|text| xml::trim(&text).to_owned()))
        .collect();
    match read {
        Ok(indexes) => {
            trace.pass(step, None, Some(format!("{} sessions named", indexes.len()).into()));
            Ok(indexes)
        }
        Err(error) => stop(trace, step, message::text_code(error), None, None),
    }
}

fn answer(
    signed: &Signed<'_>,
    id: String,
    context: &Context<'_>,
    trace: &mut Trace,
) -> Result<LogoutResponse, Stop> {
    let root = signed.element();
    let step = StepName::InResponseTo;
    let found = root.attribute("InResponseTo").map(std::borrow::Cow::into_owned);
    let shown = found.as_deref().map(|found| claim(found).into());
    match (context.pending_request, found) {
        (Some(pending), Some(found)) if pending == found => {
            trace.pass(step, Some(pending.to_owned().into()), shown);
            let is_partial = root
                .children_named(Ns::SAMLP, "Status")
                .flat_map(|status| status.descendants())
                .any(|code| code.attribute("Value").as_deref() == Some(PARTIAL_LOGOUT));
            Ok(LogoutResponse { id, in_response_to: found, is_partial })
        }
        (Some(pending), _) => {
            stop(trace, step, Code::InResponseToMismatch, Some(pending.to_owned().into()), shown)
        }
        (None, _) => {
            stop(trace, step, Code::InResponseToUnknown, Some(Text::Borrowed("no request is pending")), shown)
        }
    }
}

#[cfg(test)]
#[path = "logout_tests.rs"]
mod tests;
