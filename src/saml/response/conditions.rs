//! `saml:Conditions` and the statements about the authentication (saml-core 2.5.1, 2.7.2).

use super::subject::time;
use super::{Context, Settings, allow, claim};
use crate::code::{Code, StepName};
use crate::instant::Instant;
use crate::policy::Relaxation;
use crate::trace::{Text, Trace};
use crate::xml::{self, Element, Ns};

/// How long the assertion lives.
pub(super) struct Validity {
    /// The latest `NotOnOrAfter` of Conditions and confirmations.
    pub(super) latest: Option<Instant>,
}

/// Checks `Conditions` and records the steps `conditions_time`, `audience` and `conditions_other`.
pub(super) fn check(
    assertion: Element<'_>,
    settings: &Settings,
    context: &Context<'_>,
    confirmation_times: &[Instant],
    trace: &mut Trace,
) -> Validity {
    let mut list = assertion.children_named(Ns::SAML, "Conditions");
    let conditions = match (list.next(), list.next()) {
        (Some(conditions), None) => conditions,
        (first, _) => {
            let (code, found) = match first {
                None => (Code::ConditionsMissing, "none"),
                Some(_) => (Code::AssertionMalformed, "several Conditions"),
            };
            trace.fail(
                StepName::ConditionsTime,
                code,
                Some(Text::Borrowed("Conditions")),
                Some(Text::Borrowed(found)),
            );
            return Validity { latest: confirmation_times.iter().copied().max() };
        }
    };
    let own = time(conditions, "NotOnOrAfter").ok().flatten();
    let latest = confirmation_times.iter().copied().chain(own).max();
    times(assertion, conditions, latest, settings, context, trace);
    audience(conditions, settings, trace);
    others(conditions, trace);
    Validity { latest }
}

/// `IssueInstant`; whether it can be read is checked with the other times.
pub(super) fn issue_instant(assertion: Element<'_>) -> Option<Instant> {
    time(assertion, "IssueInstant").ok().flatten()
}

fn times(
    assertion: Element<'_>,
    conditions: Element<'_>,
    latest: Option<Instant>,
    settings: &Settings,
    context: &Context<'_>,
    trace: &mut Trace,
) {
    let step = StepName::ConditionsTime;
    let now = context.now;
    let skew = settings.policy.clock_skew_seconds();
    let read = time(assertion, "IssueInstant")
        .and_then(|_| Ok((time(conditions, "NotBefore")?, time(conditions, "NotOnOrAfter")?)));
    let (begin, end) = match read {
        Ok(window) => window,
        Err(found) => {
            trace.fail(
                step,
                Code::TimeMalformed,
                Some(Text::Borrowed("a dateTime in UTC")),
                Some(found.into()),
            );
            return;
        }
    };
    if let Some(begin) = begin.filter(|begin| now.plus_seconds(skew) < *begin) {
        let wanted = Some(format!("a NotBefore of {now} or earlier").into());
        return trace.fail(step, Code::AssertionNotYetValid, wanted, Some(begin.to_string().into()));
    }
    if let Some(end) = end.filter(|end| now >= end.plus_seconds(skew)) {
        let wanted = Some(format!("a NotOnOrAfter later than {now}").into());
        return trace.fail(step, Code::AssertionExpired, wanted, Some(end.to_string().into()));
    }
    if let (Some(max), Some(latest)) = (settings.policy.max_validity_seconds(), latest)
        && latest > now.plus_seconds(max)
    {
        let latest_wanted = now.plus_seconds(max);
        let wanted = Some(format!("a lifetime of at most {max} s: no later than {latest_wanted}").into());
        return trace.fail(step, Code::ValidityTooLong, wanted, Some(latest.to_string().into()));
    }
    let found = match (begin, end) {
        (Some(begin), Some(end)) => format!("{begin} to {end}"),
        (Some(begin), None) => format!("{begin} to …"),
        (None, Some(end)) => format!("… to {end}"),
        (None, None) => "… to …".to_owned(),
    };
    trace.pass(step, Some(now.to_string().into()), Some(found.into()));
}

/// Every `AudienceRestriction` names us, and there is one (saml-core 2.5.1.4, saml-profiles 4.1.4.2).
fn audience(conditions: Element<'_>, settings: &Settings, trace: &mut Trace) {
    let step = StepName::Audience;
    let sp = &settings.sp;
    let wanted = Some(Text::Owned(sp.entity_id.clone()));
    let is_ours = |audience: &str| {
        !audience.is_empty()
            && (audience == sp.entity_id || sp.accepted_audiences.iter().any(|accepted| accepted == audience))
    };
    let mut ours = None;
    for restriction in conditions.children_named(Ns::SAML, "AudienceRestriction") {
        let audiences: Vec<_> = restriction
            .children_named(Ns::SAML, "Audience")
            .filter_map(|audience| audience.text().ok())
            .collect();
        if let Some(audience) =
            audiences.iter().map(|audience| xml::trim(audience)).find(|audience| is_ours(audience))
        {
            ours = Some(audience.to_owned());
        } else {
            let found: Vec<_> = audiences.iter().take(5).map(|audience| claim(xml::trim(audience))).collect();
            return trace.fail(step, Code::AudienceMismatch, wanted, Some(found.join(" or ").into()));
        }
    }
    match ours {
        Some(audience) => trace.pass(step, wanted, Some(audience.into())),
        None => trace.fail(step, Code::AudienceMissing, wanted, Some(Text::Borrowed("none"))),
    }
}

/// Conditions that are not understood make the assertion's validity undecidable (saml-core 2.5.1).
fn others(conditions: Element<'_>, trace: &mut Trace) {
    let step = StepName::ConditionsOther;
    let (mut one_time, mut proxy) = (0, 0);
    for condition in conditions.children() {
        match (condition.ns(), condition.local()) {
            (Ns::SAML, "AudienceRestriction") => {}
            (Ns::SAML, "OneTimeUse") => one_time += 1,
            (Ns::SAML, "ProxyRestriction") => proxy += 1,
            (_, local) => {
                let wanted = Some(Text::Borrowed("known conditions only"));
                return trace.fail(step, Code::ConditionUnknown, wanted, Some(claim(local).into()));
            }
        }
    }
    if one_time > 1 || proxy > 1 {
        let wanted = Some(Text::Borrowed("each condition once"));
        return trace.fail(step, Code::AssertionMalformed, wanted, Some(Text::Borrowed("a condition twice")));
    }
    trace.pass(step, None, None);
}

/// What the first `AuthnStatement` says.
#[derive(Default)]
pub(super) struct Authn {
    pub(super) session_index: Option<String>,
    pub(super) session_not_on_or_after: Option<Instant>,
    pub(super) authn_instant: Option<Instant>,
    pub(super) authn_context: Option<String>,
}

/// Reads the authentication statements and records the steps `authn_statement`, `authn_context` and `session_end`.
pub(super) fn authn_statements(
    assertion: Element<'_>,
    settings: &Settings,
    context: &Context<'_>,
    trace: &mut Trace,
) -> Authn {
    let statements: Vec<_> = assertion.children_named(Ns::SAML, "AuthnStatement").collect();
    let step = StepName::AuthnStatement;
    let Some(first) = statements.first() else {
        if allow(&settings.policy, Relaxation::NoAuthnStatement, trace) {
            trace.pass(step, None, Some(Text::Borrowed("none")));
        } else {
            let wanted = Some(Text::Borrowed("an AuthnStatement"));
            trace.fail(step, Code::AuthnStatementMissing, wanted, Some(Text::Borrowed("none")));
        }
        freshness(None, settings, context, trace);
        authn_context(None, context, trace);
        return Authn::default();
    };
    let authn_instant = match time(*first, "AuthnInstant") {
        Ok(instant) => {
            trace.pass(step, None, instant.map(|instant| instant.to_string().into()));
            freshness(instant, settings, context, trace);
            instant
        }
        Err(found) => {
            trace.fail(
                step,
                Code::TimeMalformed,
                Some(Text::Borrowed("a dateTime in UTC")),
                Some(found.into()),
            );
            None
        }
    };
    let class = read_authn_context(*first);
    authn_context(class.as_deref(), context, trace);
    let session_not_on_or_after = session_end(&statements, settings, context, trace);
    Authn {
        session_index: first.attribute("SessionIndex").map(std::borrow::Cow::into_owned),
        session_not_on_or_after,
        authn_instant,
        authn_context: class,
    }
}

/// After `ForceAuthn` the identity provider must have authenticated the person anew (saml-core 3.4.1). That it says so
/// by `AuthnInstant` alone is why an absent one is no answer.
fn freshness(found: Option<Instant>, settings: &Settings, context: &Context<'_>, trace: &mut Trace) {
    let Some(since) = context.forced_since else { return };
    let wanted = Some(Text::Owned(format!("an authentication since {since}")));
    let shown = found.map_or(Text::Borrowed("no AuthnInstant"), |found| found.to_string().into());
    let skew = settings.policy.clock_skew_seconds();
    if found.is_some_and(|found| found.plus_seconds(skew) >= since) {
        trace.pass(StepName::AuthnStatement, wanted, Some(shown));
    } else {
        trace.fail(StepName::AuthnStatement, Code::AuthnNotFresh, wanted, Some(shown));
    }
}

fn read_authn_context(statement: Element<'_>) -> Option<String> {
    let context = statement.children_named(Ns::SAML, "AuthnContext").next()?;
    let of = |local: &str| {
        let element = context.children_named(Ns::SAML, local).next()?;
        element.text().ok().map(|text| xml::trim(&text).to_owned())
    };
    of("AuthnContextClassRef").or_else(|| of("AuthnContextDeclRef"))
}

fn authn_context(found: Option<&str>, context: &Context<'_>, trace: &mut Trace) {
    let requested = context.requested_authn_contexts;
    if requested.is_empty() {
        return;
    }
    let wanted = Some(Text::Owned(requested.join(" or ")));
    let shown = Some(Text::Owned(claim(found.unwrap_or("none"))));
    if found.is_some_and(|found| requested.iter().any(|requested| requested == found)) {
        trace.pass(StepName::AuthnContext, wanted, shown);
    } else {
        trace.fail(StepName::AuthnContext, Code::AuthnContextMismatch, wanted, shown);
    }
}

/// The earliest end that any statement sets: what bounds the session.
fn session_end(
    statements: &[Element<'_>],
    settings: &Settings,
    context: &Context<'_>,
    trace: &mut Trace,
) -> Option<Instant> {
    let step = StepName::SessionEnd;
    let skew = settings.policy.clock_skew_seconds();
    let mut earliest: Option<Instant> = None;
    for statement in statements {
        match time(*statement, "SessionNotOnOrAfter") {
            Ok(end) => earliest = [earliest, end].into_iter().flatten().min(),
            Err(found) => {
                let wanted = Some(Text::Borrowed("a dateTime in UTC"));
                trace.fail(step, Code::TimeMalformed, wanted, Some(found.into()));
                return None;
            }
        }
    }
    let end = earliest?;
    let wanted = Some(Text::Owned(format!("later than {}", context.now)));
    if context.now >= end.plus_seconds(skew) {
        trace.fail(step, Code::SessionExpired, wanted, Some(end.to_string().into()));
    } else {
        trace.pass(step, wanted, Some(end.to_string().into()));
    }
    earliest
}
