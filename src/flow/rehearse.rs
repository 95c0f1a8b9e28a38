//! What a message would come to: judged as a sign-in judges it, and never used up. Nobody is signed in, nothing is written.
//!
//! What is encrypted is opened for those alone who may read messages: whoever else could have any that they got hold of
//! read to them; and that one ciphertext opens and another does not tells what is in both, a byte at a time.

use gatepost_saml::Code;
use gatepost_saml::binding::Wire;
use gatepost_saml::response::{self, Context};
use gatepost_saml::trace::{Refusal, Trace};

use super::connection::load;
use super::{FlowError, Gateway, grant};
use crate::access::{self, Action};
use crate::base::id::ConnectionId;
use crate::base::sentence::sentence;
use crate::base::{Ctx, Instant};
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

/// Judges it. Whether its assertion was used before is not asked.
///
/// # Errors
/// [`FlowError::Denied`] unless the caller may look at tries to sign in, which say the true cause too;
/// [`FlowError::NotFound`] without that connection; [`FlowError::Invalid`] for what is encrypted, where the caller may not
/// read messages.
pub async fn judge(gateway: &Gateway, ctx: &Ctx, message: &Message) -> Result<Rehearsed, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let loaded = load::any(gateway, &mut tx, message.connection).await?;
    grant::of(ctx, Action::ReadAttempts, loaded.account.id, "connection")?;
    let mut settings = loaded.engine(gateway, &mut tx).await?;
    drop(tx);
    let may_open = access::decide_in(ctx.actor, Action::ReadMessages, loaded.account.id).is_ok();
    if !may_open {
        settings.sp.decryption_keys.clear();
    }
    let wire = match message.wrapping {
        Wrapping::Xml => Wire::Xml(&message.bytes),
        Wrapping::Base64 => Wire::Base64(&message.bytes),
        Wrapping::Form => Wire::Form(&message.bytes),
    };
    let context = Context {
        now: message.at.unwrap_or(ctx.now),
        pending_request: message.pending_request.as_deref(),
        requested_authn_contexts: &loaded.settings.authn_contexts,
        forced_since: None,
        seen: &|_| false,
    };
    let judged = response::judge(&wire, &settings, &context);
    let (trace, product) = (judged.trace, loaded.settings.product);
    Ok(match judged.verdict {
        Err(refusal) if !may_open && refusal.code == Code::DecryptionKeyMissing => return Err(closed()),
        Err(refusal) => Rehearsed { trace, refusal: Some(refusal), reading: None, product },
        Ok(assertion) => {
            let name_id = assertion.name_id();
            let attributes = assertion.attributes().iter();
            let reading = Reading {
                name_id: name_id.value.clone(),
                name_id_format: name_id.format.clone(),
                assertion_id: assertion.id().to_owned(),
                attributes: attributes
                    .map(|attribute| (attribute.name.clone(), attribute.values.clone()))
                    .collect(),
            };
            Rehearsed { trace, refusal: None, reading: Some(reading), product }
        }
    })
}
