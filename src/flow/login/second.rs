//! The second engine's opinion on what the first one accepted, where the settings ask for it.

use gatepost_saml::Refusal;
use gatepost_saml::binding::Wire;
use gatepost_saml::response::{self, Assertion};
use gatepost_saml::trace::Trace;

use super::decide::Decided;
use super::finish::Finish;
use crate::base::{Ctx, Instant};
use crate::config::SecondOpinion;
use crate::flow::{FlowError, Gateway};
use crate::second_opinion::{self, Opinion, Question};

/// What `decided` is after the second engine was asked. It can only get worse.
///
/// # Errors
/// [`FlowError::Internal`] when the question could not be put; nothing was decided then.
pub(super) async fn ask(
    (gateway, ctx): (&Gateway, &Ctx),
    input: &Finish<'_>,
    settings: &response::Settings,
    (trace, decided): (&mut Trace, Decided),
) -> Result<Decided, FlowError> {
    let setting = gateway.second_opinion();
    let accepted = match decided {
        Decided::Accepted(accepted) if setting != SecondOpinion::Off => accepted,
        as_it_is => return Ok(as_it_is),
    };
    let opinion = opinion((&input.wire, ctx.now), settings, (trace, &accepted.assertion)).await?;
    let said = match &opinion {
        Opinion::Agrees => "agrees",
        Opinion::Disagrees(_) => "disagrees",
        Opinion::CannotJudge(_) => "cannot_judge",
    };
    metrics::counter!("gatepost_second_opinion_total", "opinion" => said).increment(1);
    if let Some(objection) = opinion.objection() {
        let (request, connection) = (&ctx.request, input.connection);
        if matches!(opinion, Opinion::CannotJudge(_)) {
            tracing::warn!(%request, %connection, "second engine: {objection}");
        } else {
            tracing::error!(%request, %connection, "the two engines disagree: {objection}");
        }
    }
    Ok(match second_opinion::weigh(setting, &opinion, trace) {
        Ok(()) => Decided::Accepted(accepted),
        Err(refusal) => Decided::Refused(refusal),
    })
}

/// Why a sign-in by a message that is only tried would be refused for the second engine's opinion, if it would. It is asked
/// where nobody gets in without its word; where it is only observed it decides nothing, and what is counted and told of
/// it is of sign-ins.
///
/// # Errors
/// Those of [`ask`].
pub(in crate::flow) async fn disagreed(
    gateway: &Gateway,
    ctx: &Ctx,
    (wire, settings): (&Wire<'_>, &response::Settings),
    (trace, assertion): (&mut Trace, &Assertion),
) -> Result<Option<Refusal>, FlowError> {
    let setting = gateway.second_opinion();
    if setting != SecondOpinion::Require {
        return Ok(None);
    }
    let opinion = opinion((wire, ctx.now), settings, (trace, assertion)).await?;
    Ok(second_opinion::weigh(setting, &opinion, trace).err())
}

/// What the second engine says of what the first one accepted.
async fn opinion(
    (wire, now): (&Wire<'_>, Instant),
    settings: &response::Settings,
    (trace, assertion): (&Trace, &Assertion),
) -> Result<Opinion, FlowError> {
    let question = Question::new(wire, settings, now, (assertion, trace));
    let question = question.ok_or(FlowError::Internal("an accepted message that cannot be read again"))?;
    // It blocks for milliseconds, in C.
    let opinion = tokio::task::spawn_blocking(move || second_opinion::ask(&question)).await;
    Ok(opinion.unwrap_or(Opinion::CannotJudge("it was not asked")))
}
