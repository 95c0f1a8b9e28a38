//! Taking a delivery of Zoom's, or refusing it.
//!
//! # Design
//!
//! The signature comes first: of the platform's app under its own secret, before anything is read of whom the delivery is
//! for. Then it is stored, sealed, together with others that come at the same time, and answered; what is to be done about
//! it is done later ([`super::forward`]). Zoom sends a delivery again after 5, 20 and 60 minutes when it was not answered
//! in time; then it is known.
//!
//! What is refused is told in as little as its sender may know: whoever signed rightly is told what is wrong, all others
//! that they did not.

use std::sync::Arc;

use super::super::authorize::{self, Removal};
use super::door::{self, Door, Way, Whose};
use super::{person_form, refusals};
use crate::base::Ctx;
use crate::base::id::ZoomEventId;
use crate::flow::{FlowError, Gateway};
use crate::storage::zoom_event::{Known, NewEvent};
use crate::storage::zoom_intake::{Delivery, Taken};
use crate::storage::{zoom_link, zoom_platform};
use crate::zoom::webhook::envelope::{Deauthorization, Event, Message};
use crate::zoom::webhook::signature::{self, Headers, Unsigned};
use crate::zoom::webhook::{self, Refusal};

/// A link that is changed while deliveries come is read anew so often.
const TRIES: usize = 3;

/// What came.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// `x-zm-signature`.
    pub signature: Option<&'a str>,
    /// `x-zm-request-timestamp`.
    pub timestamp: Option<&'a str>,
    /// The body as it came.
    pub body: &'a [u8],
    /// Whether much was refused already that came from where this comes from: then it is held against what is in memory, if
    /// anything is, and nothing is read anew to refuse it.
    pub is_unheard: bool,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// To a validation: JSON.
    Validation(String),
    /// It is kept.
    Taken,
}

/// Why a delivery is refused.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// By no secret of whoever the address belongs to, if it belongs to anybody.
    #[error("it is not signed by the secret token of an app that is linked here")]
    Unsigned,
    /// Rightly signed, but not now.
    #[error("its timestamp is more than five minutes away")]
    Stale,
    /// It is about another Zoom account than the one that is linked.
    #[error("it is about another Zoom account than the one that is linked here")]
    AnotherAccount,
    /// It is no event.
    #[error("it is no event: {0}")]
    Unreadable(webhook::envelope::Unreadable),
    /// It is larger than any event.
    #[error("it is larger than any event")]
    TooLarge,
    /// Zoom could not be asked whether it is about what is held here.
    #[error("it cannot be looked into now")]
    Later,
    /// We could not.
    #[error(transparent)]
    Flow(#[from] FlowError),
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooLarge => Self::TooLarge,
            Refusal::Unsigned(Unsigned::Missing | Unsigned::Wrong) => Self::Unsigned,
            Refusal::Unsigned(Unsigned::Stale) => Self::Stale,
            Refusal::Unreadable(unreadable) => Self::Unreadable(unreadable),
            Refusal::AnotherAccount => Self::AnotherAccount,
        }
    }
}

/// Takes a delivery.
///
/// # Errors
/// [`Refused`]; but for [`Refused::Flow`] it is counted.
pub async fn receive(gateway: &Gateway, ctx: &Ctx, way: Way, input: Input<'_>) -> Result<Answer, Refused> {
    for attempt in 0..TRIES {
        let VerifiedDelivery { door: app, message, answer, is_current } =
            verify(gateway, ctx, &way, input).await?;
        let (door, way) = match (&way, &message) {
            // The secret is the platform's; whose the event is stands in it.
            (
                Way::Platform,
                Message::Event(Event { account_id, .. })
                | Message::Deauthorized(Deauthorization { account_id, .. }),
            ) => {
                let way = Way::ZoomAccount(account_id.clone());
                let Some(door) = behind(gateway, ctx, &way, false).await? else {
                    refusals::count(gateway, ctx, None, Refusal::AnotherAccount);
                    return Err(Refused::AnotherAccount);
                };
                (door, way)
            }
            _ => (Arc::clone(&app), way.clone()),
        };
        let outcome = match (message, &door.of) {
            (Message::Validation { .. }, of) => {
                // By the secret token of before, it says nothing of the one that counts.
                if is_current && !note_validated(gateway, ctx, of.as_ref()).await? {
                    gateway.zoom().events.forget(&way);
                    continue;
                }
                metrics::counter!("gatepost_zoom_delivery_total", "outcome" => "validated").increment(1);
                return answer.map(Answer::Validation).ok_or(Refused::Unsigned);
            }
            (Message::Deauthorized(gone), Some(whose)) => {
                // One of an app of before says nothing of the present one.
                let removal = if gone.client_id.is_some() && gone.client_id != app.client_id {
                    Removal::NotOurs
                } else {
                    authorize::deauthorized(gateway, ctx, whose.verified(), &gone).await?
                };
                match removal {
                    Removal::Done => "deauthorized",
                    Removal::NotOurs => "not_deauthorized",
                    Removal::Unsure => return Err(Refused::Later),
                    Removal::Stale => {
                        gateway.zoom().events.forget(&way);
                        continue;
                    }
                }
            }
            (Message::Event(_), Some(whose)) if !whose.keeps => {
                // They may have begun to use it a moment ago.
                if attempt == 0 {
                    gateway.zoom().events.forget(&way);
                    continue;
                }
                refusals::count_unused(gateway, ctx, whose);
                return Ok(Answer::Taken);
            }
            (Message::Event(event), Some(whose)) => {
                match store(gateway, ctx, whose, &event, input.body).await? {
                    Taken::New => "taken",
                    Taken::Known => "known",
                    Taken::Stale => {
                        // It was changed since it was read; and again, perhaps, by the next look.
                        gateway.zoom().events.forget(&way);
                        continue;
                    }
                }
            }
            (Message::Deauthorized(_) | Message::Event(_), None) => {
                return Err(FlowError::Internal("a delivery of nobody's").into());
            }
        };
        metrics::counter!("gatepost_zoom_delivery_total", "outcome" => outcome).increment(1);
        return Ok(Answer::Taken);
    }
    Err(FlowError::Internal("a link that changes all the time").into())
}

/// Counts a delivery that was so large that it was not read.
///
/// # Errors
/// [`FlowError::Unavailable`], [`FlowError::Broken`].
pub async fn refuse_unread(gateway: &Gateway, ctx: &Ctx, way: &Way) -> Result<(), FlowError> {
    let door = behind(gateway, ctx, way, false).await?;
    refusals::count(gateway, ctx, door.as_deref(), Refusal::TooLarge);
    Ok(())
}

/// What is behind an address, from memory unless it is to be read anew.
async fn behind(gateway: &Gateway, ctx: &Ctx, way: &Way, anew: bool) -> Result<Option<Arc<Door>>, FlowError> {
    let kept = &gateway.zoom().events;
    if !anew && let Some(door) = kept.door(way, ctx.now) {
        return Ok(Some(door));
    }
    let door = door::load(gateway, ctx, way).await?;
    if let Some(door) = &door {
        kept.keep(way.clone(), door);
    }
    Ok(door)
}

/// A delivery that is what it says it is.
struct VerifiedDelivery {
    /// What is behind its address.
    door: Arc<Door>,
    message: Message,
    /// What is answered to a validation.
    answer: Option<String>,
    /// Whether it is signed by the secret that counts, and not by the one of before.
    is_current: bool,
}

/// Holds a delivery against what is behind its address; what it says, and the answer where it is a validation.
async fn verify(
    gateway: &Gateway,
    ctx: &Ctx,
    way: &Way,
    input: Input<'_>,
) -> Result<VerifiedDelivery, Refused> {
    let headers = Headers { signature: input.signature, timestamp: input.timestamp };
    let mut anew = false;
    loop {
        let was_kept = !anew && gateway.zoom().events.door(way, ctx.now).is_some();
        let door = behind(gateway, ctx, way, anew).await?;
        let (secrets, are_own) = Door::secrets(door.as_deref(), ctx.now);
        let about = door.as_ref().and_then(|door| door.of.as_ref()?.zoom_account.as_deref());
        let received = webhook::receive(headers, input.body, &secrets, about, ctx.now);
        let refusal = match (received, &door) {
            (Ok(received), Some(door)) if are_own => {
                let secret = secrets.get(received.secret);
                let answer = match &received.message {
                    Message::Validation { plain_token } => {
                        secret.and_then(|secret| signature::answer(plain_token, secret))
                    }
                    Message::Event(_) | Message::Deauthorized(_) => None,
                };
                return Ok(VerifiedDelivery {
                    door: Arc::clone(door),
                    message: received.message,
                    answer,
                    is_current: received.secret == 0,
                });
            }
            (Err(refusal), _) if are_own => refusal,
            (Err(refusal @ (Refusal::TooLarge | Refusal::Unsigned(_))), _) => refusal,
            // What was read beyond the signature was signed by nobody.
            (Ok(_) | Err(Refusal::Unreadable(_) | Refusal::AnotherAccount), _) => {
                Refusal::Unsigned(Unsigned::Wrong)
            }
        };
        // A secret or an account that was entered a moment ago counts already.
        let may_be_old = matches!(refusal, Refusal::Unsigned(Unsigned::Wrong) | Refusal::AnotherAccount);
        if was_kept && may_be_old && !input.is_unheard {
            anew = true;
            continue;
        }
        refusals::count(gateway, ctx, door.as_deref(), refusal);
        // To whoever has no secret, what is not there is what they cannot sign for.
        return Err(if are_own { refusal.into() } else { without_a_door(refusal) });
    }
}

fn without_a_door(refusal: Refusal) -> Refused {
    match refusal {
        Refusal::TooLarge => Refused::TooLarge,
        Refusal::Unsigned(_) | Refusal::Unreadable(_) | Refusal::AnotherAccount => Refused::Unsigned,
    }
}

/// Notes it; `false` when the link was changed since it was read.
async fn note_validated(gateway: &Gateway, ctx: &Ctx, of: Option<&Whose>) -> Result<bool, FlowError> {
    let mut tx = gateway.storage().write().await?;
    let is_noted = if let Some(whose) = of {
        zoom_link::update_validated(&mut tx, whose.verified(), ctx.now).await?
    } else {
        zoom_platform::update_validated(&mut tx, ctx.now).await?;
        true
    };
    tx.commit().await?;
    Ok(is_noted)
}

async fn store(
    gateway: &Gateway,
    ctx: &Ctx,
    whose: &Whose,
    event: &Event,
    body: &[u8],
) -> Result<Taken, FlowError> {
    let people: Vec<_> = event.people.iter().map(|person| person_form(person)).collect();
    let known = Known {
        key: event.key,
        name: &event.name,
        at: event.at,
        object: event.object_id.as_deref(),
        uuid: event.object_uuid.as_deref(),
        people: &people,
        payload: body,
    };
    let id = ZoomEventId::make(ctx.now, gateway.rng());
    let event = NewEvent::seal((whose.account, id), known, &whose.keys, (ctx.now, gateway.rng()))?;
    let delivery = Delivery { by: whose.verified(), event };
    Ok(gateway.storage().zoom_intake().write(delivery).await?)
}
