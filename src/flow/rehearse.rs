//! What a message would come to: judged as a sign-in judges it, and never used up. Nobody is signed in, nothing is written.
//!
//! What is encrypted is opened for those alone who may read messages: whoever else could have any that they got hold of
//! read to them; and that one ciphertext opens and another does not tells what is in both, a byte at a time. What comes to
//! a connection to sign somebody in is opened for anybody: of that they are told no more than strangers
//! ([`crate::flow::attempt::redact`]), but for the tests of a connection that is being set up
//! ([`crate::flow::connection::tested::last`]).

use std::borrow::Cow;

use gatepost_saml::binding::Wire;
use gatepost_saml::response::{self, Assertion};
use gatepost_saml::trace::{Refusal, Trace};
use gatepost_saml::{Code, StepName};

use super::connection::load::{self, Loaded};
use super::connection::{alias, judge_email, refresh};
use super::login::message::{Request, Verdict, judge as judge_message};
use super::{FlowError, Gateway, grant, login};
use crate::access::{self, Action};
use crate::base::id::ConnectionId;
use crate::base::sentence::sentence;
use crate::base::{Ctx, Instant};
use crate::directory::email::EmailVerdict;
use crate::directory::preset::Product;

/// A message to look at.
#[derive(Debug)]
pub struct Message {
    /// For which connection.
    pub connection: ConnectionId,
    /// The message.
    pub bytes: Vec<u8>,
    /// How it is wrapped.
    pub wrapping: Wrapping,
    /// The moment that it is judged at; now, without it.
    pub at: Option<Instant>,
    /// The ID of the request that it answers.
    pub pending_request: Option<String>,
}

impl Message {
    fn wire(&self) -> Wire<'_> {
        match self.wrapping {
            Wrapping::Xml => Wire::Xml(&self.bytes),
            Wrapping::Base64 => Wire::Base64(&self.bytes),
            Wrapping::Form => Wire::Form(&self.bytes),
        }
    }
}

/// How a message is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapping {
    /// XML as it is.
    Xml,
    /// XML in base64.
    Base64,
    /// A form, as a browser posts it.
    Form,
}

/// What it comes to.
#[derive(Debug)]
pub struct Rehearsed {
    /// What was checked.
    pub trace: Trace,
    /// Why it would be refused, the true cause included.
    pub refusal: Option<Refusal>,
    /// What it says, if it would not be.
    pub reading: Option<Reading>,
    /// The product behind the connection.
    pub product: Product,
}

/// What an accepted message says.
#[derive(Debug)]
pub struct Reading {
    /// Whom it names.
    pub name_id: String,
    /// In which format.
    pub name_id_format: Option<String>,
    /// The assertion's ID.
    pub assertion_id: String,
    /// What it says of them.
    pub attributes: Vec<(String, Vec<String>)>,
}

/// What is told of a message that is encrypted to whoever may not read messages.
pub(super) fn closed() -> FlowError {
    FlowError::Invalid(sentence!(
        "what is encrypted is opened for owners alone: have the identity provider send one that is not, to try it"
    ))
}

/// Judges it. Whether its assertion was used before is not asked, nor whom it leads to, nor whether they proved anew who
/// they are, since it is not known when that was asked for; a second engine is asked where nobody gets in without its word.
///
/// # Errors
/// [`FlowError::Denied`] unless the caller may look at tries to sign in, which say the true cause too;
/// [`FlowError::NotFound`] without that connection; [`FlowError::Invalid`] for what is encrypted, where the caller may not
/// read messages, and where the connection's mapping cannot be used.
pub async fn judge(gateway: &Gateway, ctx: &Ctx, message: &Message) -> Result<Rehearsed, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let loaded = load::any(gateway, &mut tx, message.connection).await?;
    grant::of(ctx, Action::ReadAttempts, loaded.account.id, "connection")?;
    let mut engine = loaded.engine(gateway, &mut tx).await?;
    drop(tx);
    let may_open = access::decide_in(ctx.actor, Action::ReadMessages, loaded.account.id).is_ok();
    if !may_open {
        engine.sp.decryption_keys.clear();
    }
    let (wire, now) = (message.wire(), message.at.unwrap_or(ctx.now));
    let (settings, product) = (&loaded.settings, loaded.settings.product);
    let request = message.pending_request.as_deref().map(|id| Request {
        id,
        contexts: &settings.authn_contexts,
        forced_since: None,
    });
    let mut engine = Cow::Owned(engine);
    let judge = |engine: &response::Settings| judge_message((&wire, now), (settings, engine), request);
    let code = |(_, verdict): &(Trace, Verdict)| verdict.code();
    let others = alias::others(gateway, &loaded);
    let (mut trace, verdict) = alias::at_any(&mut engine, others, judge, code).await?;
    let assertion = match verdict {
        Verdict::Good { assertion, .. } => assertion,
        Verdict::Refused(refusal) if !may_open && refusal.code == Code::DecryptionKeyMissing => {
            return Err(closed());
        }
        Verdict::Stray(_, refusal) | Verdict::Refused(refusal) => {
            return Ok(Rehearsed { trace, refusal: Some(refusal), reading: None, product });
        }
    };
    let ctx = &Ctx { now, ..ctx.clone() };
    let refusal = beside_engine(gateway, ctx, (&loaded, &engine), &wire, (&mut trace, &assertion)).await?;
    if refusal.is_some() {
        return Ok(Rehearsed { trace, refusal, reading: None, product });
    }
    let name_id = assertion.name_id();
    let attributes = assertion.attributes().iter();
    let reading = Reading {
        name_id: name_id.value.clone(),
        name_id_format: name_id.format.clone(),
        assertion_id: assertion.id().to_owned(),
        attributes: attributes.map(|attribute| (attribute.name.clone(), attribute.values.clone())).collect(),
    };
    Ok(Rehearsed { trace, refusal: None, reading: Some(reading), product })
}

/// What a sign-in asks of a message beside the engine, in its order; `engine` is what the message was judged with.
async fn beside_engine(
    gateway: &Gateway,
    ctx: &Ctx,
    (loaded, engine): (&Loaded, &response::Settings),
    wire: &Wire<'_>,
    (trace, assertion): (&mut Trace, &Assertion),
) -> Result<Option<Refusal>, FlowError> {
    if let Some(refusal) = login::before_restore(trace, (gateway, loaded), assertion) {
        return Ok(Some(refusal));
    }
    let rules = load::ready_as_stored(&loaded.settings).await?;
    let names = (loaded.connection.idp_entity_id.as_str(), loaded.service_provider.entity_id.as_str());
    let statement = login::statement(assertion);
    let mapped = match login::understand(trace, (&loaded.settings.subject, &rules), names, &statement) {
        Ok(understood) => understood.mapped,
        Err(refusal) => return Ok(Some(refusal)),
    };
    if let Some(refusal) = login::disagreed(gateway, ctx, (wire, engine), (trace, assertion)).await? {
        return Ok(Some(refusal));
    }
    if refresh::is_stopped(gateway, ctx, loaded).await? {
        let found = "metadata whose validity has ended";
        return Ok(Some(login::fail(trace, StepName::Issuer, Code::MetadataExpired, None, found)));
    }
    let Some(email) = mapped.email.as_deref() else { return Ok(None) };
    let mut tx = gateway.storage().read().await?;
    if judge_email(&mut tx, loaded, email).await? == EmailVerdict::Refused {
        let found = login::unverified(loaded);
        return Ok(Some(login::fail(trace, StepName::Mapping, Code::EmailUnverified, None, found)));
    }
    Ok(None)
}
