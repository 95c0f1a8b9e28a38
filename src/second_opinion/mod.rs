//! Rank 2: a second engine beside ours, over C libraries (libxml2, xmlsec1; through samael), for those who want two.
//!
//! What our engine accepted is verified once more over the same bytes and keys, and both readings are compared. What our
//! engine refuses never gets here, so that hostile XML does not reach a parser written in C.
//!
//! | file | what |
//! |---|---|
//! | `reading` | what is compared, and what differs |
//! | `samael` | the second engine (feature `second-opinion`) |
//!
//! # Invariants
//!
//! * An opinion can only refuse. Nothing of the second engine's reading gets into a session.
//! * No clock but `now`, no rule of samael's `ServiceProvider` (it reads the system's clock, and takes unsigned XML when
//!   its metadata has no key): of samael, its verification of signatures and its types of messages are used.
//! * A panic of the second engine is an opinion ([`Opinion::CannotJudge`]) and not our end.
//! * What is said of a difference names fields and never values.
//!
//! # Design
//!
//! What is encrypted is decrypted by our engine alone: samael knows two ciphers of seven, and does not verify a
//! signature inside. Who wrote a message is what the signature says, and each signature, outside and inside, is verified
//! by both.
//!
//! `require` refuses also what the second engine cannot judge: whoever found a hole in one engine could otherwise choose
//! a form of message that the other one does not know.

use gatepost_saml::binding::{Parameter, Wire};
use gatepost_saml::response::{Assertion, Settings};
use gatepost_saml::trace::Trace;
use gatepost_saml::{Code, Instant, Refusal, StepName};

use crate::config::SecondOpinion;

pub mod reading;
#[cfg(feature = "second-opinion")]
mod samael;
#[cfg(test)]
#[cfg(feature = "second-opinion")]
mod tests;

/// What our engine accepted.
#[derive(Debug, Clone)]
pub struct Question {
    /// The message, decoded.
    pub xml: Vec<u8>,
    /// What it was judged with.
    pub settings: Settings,
    /// When.
    pub now: Instant,
    /// How our engine reads it.
    pub assertion: Assertion,
    /// What our engine verified.
    pub trace: Trace,
}

impl Question {
    /// The question about what `wire` brought; `None` when it brought nothing, which our engine does not accept.
    #[must_use]
    pub fn new(
        wire: &Wire<'_>,
        settings: &Settings,
        now: Instant,
        (assertion, trace): (&Assertion, &Trace),
    ) -> Option<Self> {
        let message = wire.message(Parameter::Response, &settings.limits).ok()?;
        Some(Self {
            xml: message.xml.into_owned(),
            settings: settings.clone(),
            now,
            assertion: assertion.clone(),
            trace: trace.clone(),
        })
    }
}

/// What the second engine says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opinion {
    /// The same.
    Agrees,
    /// Something else: what differs, by its name.
    Disagrees(Vec<&'static str>),
    /// Nothing, and why.
    CannotJudge(&'static str),
}

impl Opinion {
    /// What it comes to, for traces and log lines; `None` when all is well.
    #[must_use]
    pub fn objection(&self) -> Option<String> {
        match self {
            Self::Agrees => None,
            Self::Disagrees(fields) => Some(format!("another {}", fields.join(", "))),
            Self::CannotJudge(why) => Some(format!("no opinion: {why}")),
        }
    }
}

/// What `opinion` comes to: recorded in the trace, as a warning or as what decides.
///
/// # Errors
/// The refusal, where the opinion counts and is not the same.
pub fn weigh(setting: SecondOpinion, opinion: &Opinion, trace: &mut Trace) -> Result<(), Refusal> {
    let Some(objection) = opinion.objection() else { return Ok(()) };
    if setting == SecondOpinion::Require {
        let (step, code) = (StepName::Coverage, Code::EnginesDisagree);
        trace.fail(step, code, Some("the same reading by both engines".into()), Some(objection.into()));
        return Err(Refusal { code, step, public_code: code });
    }
    let name = match opinion {
        Opinion::CannotJudge(_) => "second_engine_has_no_opinion",
        _ => Code::EnginesDisagree.name(),
    };
    trace.add_warning(name, objection);
    Ok(())
}

/// Asks the second engine. It takes milliseconds and blocks.
#[cfg(feature = "second-opinion")]
#[must_use]
pub fn ask(question: &Question) -> Opinion {
    guarded(|| samael::judge(question))
}

/// The opinion, or none when it ends in a panic.
#[cfg(feature = "second-opinion")]
fn guarded(judge: impl FnOnce() -> Opinion) -> Opinion {
    let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(judge));
    judged.unwrap_or(Opinion::CannotJudge("the second engine panicked"))
}

/// Asks the second engine, which this program was built without.
#[cfg(not(feature = "second-opinion"))]
#[must_use]
pub const fn ask(_: &Question) -> Opinion {
    Opinion::CannotJudge("this program was built without a second engine")
}
