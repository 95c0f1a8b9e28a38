//! `saml:Subject`: the name identifier and the bearer confirmation (saml-core 2.4, saml-profiles 4.1.4.2 and .3).

use super::{Context, NameId, Settings, allow, claim, text_code};
use crate::code::{Code, StepName};
use crate::decrypt;
use crate::instant::{DateTimeError, Instant};
use crate::policy::Relaxation;
use crate::trace::{Text, Trace};
use crate::xml::{self, Element, Ns};

fn only_subject(assertion: Element<'_>) -> Result<Element<'_>, (Code, &'static str)> {
    let mut subjects = assertion.children_named(Ns::SAML, "Subject");
    match (subjects.next(), subjects.next()) {
        (Some(subject), None) => Ok(subject),
        (None, _) => Err((Code::SubjectMissing, "no Subject")),
        _ => Err((Code::AssertionMalformed, "several Subjects")),
    }
}

/// Reads the `NameID` and records the step `subject`.
pub(super) fn name_id(assertion: Element<'_>, settings: &Settings, trace: &mut Trace) -> Option<NameId> {
    let read = only_subject(assertion).and_then(|subject| {
        let is_known = |child: &Element<'_>| {
            let names = ["NameID", "EncryptedID", "BaseID", "SubjectConfirmation"];
            child.ns() == Ns::SAML && names.contains(&child.local())
        };
        if subject.has_text() || !subject.children().all(|child| is_known(&child)) {
            return Err((Code::AssertionMalformed, "something else in the Subject"));
        }
        let mut identifiers = subject.children().filter(|child| {
            child.ns() == Ns::SAML && matches!(child.local(), "NameID" | "EncryptedID" | "BaseID")
        });
        match (identifiers.next(), identifiers.next()) {
            (None, _) => Err((Code::NameIdMissing, "no NameID")),
            (Some(_), Some(_)) => Err((Code::NameIdMalformed, "several identifiers")),
            (Some(plain), None) if plain.local() == "NameID" => read_name_id(plain),
            (Some(encrypted), None) if encrypted.local() == "EncryptedID" => {
                encrypted_name_id(encrypted, settings, trace)
            }
            _ => Err((Code::NameIdMissing, "a BaseID")),
        }
    });
    let wanted = Some(Text::Borrowed("a NameID"));
    match read {
        Ok(name_id) => {
            let format = name_id
                .format
                .as_deref()
                .map_or(Text::Borrowed("a NameID without a Format"), |format| claim(format).into());
            trace.pass(StepName::Subject, wanted, Some(format));
            Some(name_id)
        }
        Err((code, found)) => {
            trace.fail(StepName::Subject, code, wanted, Some(Text::Borrowed(found)));
            None
        }
    }
}

/// Reads a plain `NameID`.
pub(crate) fn read_name_id(element: Element<'_>) -> Result<NameId, (Code, &'static str)> {
    let value = element.text().map_err(|error| match text_code(error) {
        Code::CommentInText => (Code::CommentInText, "a comment in the NameID"),
        _ => (Code::NameIdMalformed, "elements in the NameID"),
    })?;
    if xml::trim(&value).is_empty() {
        return Err((Code::NameIdMalformed, "an empty NameID"));
    }
    let attribute = |name| element.attribute(name).map(std::borrow::Cow::into_owned);
    Ok(NameId {
        value: value.into_owned(),
        format: attribute("Format"),
        name_qualifier: attribute("NameQualifier"),
        sp_name_qualifier: attribute("SPNameQualifier"),
    })
}

/// Decrypts an `EncryptedID`. It stands in a signed element, so the ciphertext is the signer's.
pub(crate) fn encrypted_name_id(
    encrypted: Element<'_>,
    settings: &Settings,
    trace: &mut Trace,
) -> Result<NameId, (Code, &'static str)> {
    let failed = (Code::DecryptionFailed, "an EncryptedID that cannot be read");
    let plaintext = decrypt::decrypt(encrypted, "name_id", &settings.sp.decryption_keys, &settings.policy)
        .map_err(|error| (error.code, "an EncryptedID that cannot be read"))?;
    let document = xml::parse_in_context(&plaintext.bytes, &settings.limits, &encrypted.bindings())
        .map_err(|_| failed)?;
    if !document.root().is(Ns::SAML, "NameID") {
        return Err(failed);
    }
    plaintext.relaxed.iter().for_each(|relaxation| trace.relax(*relaxation));
    if trace.encrypted.is_none() {
        trace.encrypted = Some(plaintext.evidence);
    }
    read_name_id(document.root())
}

/// What the confirmation that counts says.
pub(super) struct Confirmation {
    pub(super) in_response_to: Option<String>,
    /// `NotOnOrAfter` of every confirmation.
    pub(super) times: Vec<Instant>,
}

/// One `SubjectConfirmation`, and the first thing that is wrong with it.
struct Candidate {
    problem: Option<(Code, Text, Text)>,
    in_response_to: Option<String>,
    not_on_or_after: Option<Instant>,
}

/// Finds the bearer confirmation that fits, and records the steps `confirmation` and `in_response_to`.
pub(super) fn confirmation(
    assertion: Element<'_>,
    settings: &Settings,
    context: &Context<'_>,
    trace: &mut Trace,
) -> Confirmation {
    let step = StepName::Confirmation;
    let mut candidates: Vec<Candidate> = match only_subject(assertion) {
        Ok(subject) => {
            let list = subject.children_named(Ns::SAML, "SubjectConfirmation");
            list.map(|element| examine(element, settings, context)).collect()
        }
        Err(_) => Vec::new(),
    };
    let times = candidates.iter().filter_map(|candidate| candidate.not_on_or_after).collect();
    let answered_anywhere = candidates.iter().find_map(|candidate| candidate.in_response_to.clone());
    let fits = |candidate: &Candidate| candidate.problem.is_none();
    let answers = |candidate: &Candidate| candidate.in_response_to.as_deref() == context.pending_request;
    let chosen = candidates
        .iter()
        .position(|candidate| fits(candidate) && answers(candidate))
        .or_else(|| candidates.iter().position(fits))
        .or_else(|| best_failure(&candidates));
    let Some(chosen) = chosen.filter(|at| *at < candidates.len()).map(|at| candidates.swap_remove(at)) else {
        let wanted = Some(Text::Borrowed("a bearer SubjectConfirmation"));
        trace.fail(step, Code::ConfirmationMissing, wanted, Some(Text::Borrowed("none")));
        return Confirmation { in_response_to: None, times };
    };
    if let Some((code, wanted, found)) = chosen.problem {
        trace.fail(step, code, Some(wanted), Some(found));
    } else {
        let until = chosen.not_on_or_after.map(|until| Text::Owned(format!("bearer, until {until}")));
        trace.pass(step, Some(settings.sp.endpoint.clone().into()), until);
    }
    in_response_to(chosen.in_response_to.as_deref(), answered_anywhere.as_deref(), settings, context, trace);
    Confirmation { in_response_to: chosen.in_response_to, times }
}

/// The confirmation whose problem says most: one for us that is too late before one for somebody else.
fn best_failure(candidates: &[Candidate]) -> Option<usize> {
    let rank = |candidate: &Candidate| match candidate.problem.as_ref().map(|problem| problem.0) {
        Some(Code::ConfirmationMissing) => 3,
        Some(Code::ConfirmationRecipientMissing | Code::ConfirmationRecipientMismatch) => 2,
        _ => 1,
    };
    (0..candidates.len()).min_by_key(|at| candidates.get(*at).map_or(9, rank))
}

fn examine(element: Element<'_>, settings: &Settings, context: &Context<'_>) -> Candidate {
    const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
    let mut candidate = Candidate { problem: None, in_response_to: None, not_on_or_after: None };
    let mut list = element.children_named(Ns::SAML, "SubjectConfirmationData");
    let data = match (list.next(), list.next()) {
        (Some(data), None) => Some(data),
        _ => None,
    };
    candidate.not_on_or_after = data.and_then(|data| time(data, "NotOnOrAfter").ok().flatten());
    candidate.in_response_to =
        data.and_then(|data| data.attribute("InResponseTo")).map(std::borrow::Cow::into_owned);
    candidate.problem = (|| {
        let method = element.attribute("Method").unwrap_or_default();
        let problem =
            |code, wanted: &str, found: &str| Some((code, wanted.to_owned().into(), claim(found).into()));
        if method != BEARER {
            return problem(Code::ConfirmationMissing, BEARER, &method);
        }
        let Some(data) = data else {
            return problem(Code::ConfirmationMissing, "one SubjectConfirmationData", "none or several");
        };
        let endpoint = &settings.sp.endpoint;
        match data.attribute("Recipient").as_deref() {
            Some(recipient) if !endpoint.is_empty() && recipient == endpoint => {}
            Some(recipient) => return problem(Code::ConfirmationRecipientMismatch, endpoint, recipient),
            None => return problem(Code::ConfirmationRecipientMissing, endpoint, "none"),
        }
        let skew = settings.policy.clock_skew_seconds();
        let now = context.now;
        match time(data, "NotOnOrAfter") {
            Err(found) => return problem(Code::TimeMalformed, "a dateTime in UTC", &found),
            Ok(None) => return problem(Code::ConfirmationExpiryMissing, "a NotOnOrAfter", "none"),
            Ok(Some(end)) if now >= end.plus_seconds(skew) => {
                return problem(Code::ConfirmationExpired, &format!("later than {now}"), &end.to_string());
            }
            Ok(Some(_)) => {}
        }
        match time(data, "NotBefore") {
            Err(found) => problem(Code::TimeMalformed, "a dateTime in UTC", &found),
            Ok(Some(begin)) if now.plus_seconds(skew) < begin => {
                problem(Code::ConfirmationNotYetValid, &format!("{now} or earlier"), &begin.to_string())
            }
            Ok(_) => None,
        }
    })();
    candidate
}

/// A dateTime attribute; an error is what stands there instead.
pub(crate) fn time(element: Element<'_>, name: &str) -> Result<Option<Instant>, String> {
    let Some(text) = element.attribute(name) else { return Ok(None) };
    Instant::parse(&text).map(Some).map_err(|error| match error {
        DateTimeError::NoZone => format!("{name} {} without a time zone", claim(&text)),
        DateTimeError::Malformed => format!("{name} {}", claim(&text)),
    })
}

/// What counts is the *verified* `SubjectConfirmationData`; an `InResponseTo` of the Response alone answers nothing, or
/// a stolen unsolicited assertion could be put under an attacker's own pending request. Where both are there, both count.
///
/// Where no request is pending, an assertion that answers one in *any* of its confirmations is not unsolicited.
fn in_response_to(
    confirmed: Option<&str>,
    anywhere: Option<&str>,
    settings: &Settings,
    context: &Context<'_>,
    trace: &mut Trace,
) {
    let step = StepName::InResponseTo;
    let claimed = trace.unverified.in_response_to.clone();
    let found = |id: Option<&str>| Some(id.map_or(Text::Borrowed("none"), |id| claim(id).into()));
    // An empty ID is nobody's request.
    if let Some(pending) = context.pending_request.filter(|pending| !pending.is_empty()) {
        let wanted = Some(Text::Owned(pending.to_owned()));
        match (claimed.as_deref(), confirmed) {
            (Some(claimed), _) if claimed != pending => {
                trace.fail(step, Code::InResponseToMismatch, wanted, found(Some(claimed)));
            }
            (_, Some(confirmed)) if confirmed != pending => {
                trace.fail(step, Code::InResponseToMismatch, wanted, found(Some(confirmed)));
            }
            (_, Some(_)) => trace.pass(step, wanted.clone(), wanted),
            (_, None) => {
                let found = Some(Text::Borrowed("none in the SubjectConfirmationData"));
                trace.fail(step, Code::Unsolicited, wanted, found);
            }
        }
    } else {
        let wanted = Some(Text::Borrowed("the answer to a request of this browser"));
        let answered = confirmed.or(anywhere).or(claimed.as_deref());
        let policy = &settings.policy;
        match answered {
            None if allow(policy, Relaxation::Unsolicited, trace) => {
                trace.pass(step, wanted, found(None));
            }
            None => trace.fail(step, Code::Unsolicited, wanted, found(None)),
            Some(_)
                if policy.allows(Relaxation::Unsolicited)
                    && policy.allows(Relaxation::UnknownInResponseTo) =>
            {
                trace.relax(Relaxation::Unsolicited);
                trace.relax(Relaxation::UnknownInResponseTo);
                trace.pass(step, wanted, found(answered));
            }
            Some(_) => trace.fail(step, Code::InResponseToUnknown, wanted, found(answered)),
        }
    }
}
