//! Taking a browser back from its identity provider.

use gatepost_saml::Refusal;
use gatepost_saml::binding::{Parameter, Wire, form_fields};
use gatepost_saml::trace::Trace;

use super::decide::{decide, fail};
use super::pending::{Handle, SealedPending};
use super::record;
use super::write::{Written, write};
use crate::base::id::{AttemptId, ConnectionId};
use crate::base::secret::{SessionToken, TokenHash};
use crate::base::url::SitePath;
use crate::base::{Ctx, Instant};
use crate::flow::connection::load;
use crate::flow::{FlowError, Gateway};

/// How often a sign-in is decided anew because an administrator changed the connection meanwhile.
const TRIES: usize = 3;

/// What a browser brings back.
#[derive(Debug)]
pub struct Finish<'a> {
    /// To whose ACS it came.
    pub connection: ConnectionId,
    /// The posted form, or the query, as it arrived.
    pub wire: Wire<'a>,
    /// Which browser it is, if it says.
    pub browser: Option<TokenHash>,
    /// What we gave it to keep: handles with sealed values.
    pub pending: &'a [(Handle, String)],
    /// The session that it presents, if any, whether it still counts or not. A sign-in takes its place, also when the
    /// browser's own cookie was lost.
    pub presented: Option<TokenHash>,
}

/// How it ended.
#[derive(Debug)]
pub enum Finished {
    /// Nothing yet: the form is to be posted once more from our own page, so that the cookies come along.
    Again {
        /// `SAMLResponse` as it arrived.
        message: String,
        /// `RelayState` as it arrived.
        relay_state: Option<String>,
    },
    /// Signed in.
    SignedIn(SignedIn),
    /// Not.
    Refused(Box<Refused>),
}

/// A new session.
#[derive(Debug)]
pub struct SignedIn {
    /// For the browser, and for it alone.
    pub token: SessionToken,
    /// Where to go.
    pub return_to: SitePath,
    /// The request that was used, sealed as before.
    pub used: SealedPending,
}

/// A refused sign-in.
#[derive(Debug)]
pub struct Refused {
    /// By which an administrator finds the attempt.
    pub reference: AttemptId,
    /// Why; its `public_code` is all that strangers may see.
    pub refusal: Refusal,
    /// Every step; for those who may see this connection's attempts.
    pub trace: Trace,
    /// When.
    pub at: Instant,
    /// The account's name in addresses.
    pub account_slug: String,
}

/// Judges the response that a browser brings, and signs the person in.
///
/// # Errors
/// [`FlowError::NotFound`] when nobody may sign in by this connection; [`FlowError::Unavailable`], [`FlowError::Broken`], and then nothing was
/// written and nothing is used up.
pub async fn finish(gateway: &Gateway, ctx: &Ctx, input: &Finish<'_>) -> Result<Finished, FlowError> {
    let fields = match input.wire {
        Wire::Form(body) => form_fields(body, Parameter::Response, &gateway.limits()).ok(),
        _ => None,
    };
    if let Some(fields) = &fields
        && input.browser.is_none()
        && !fields.is_again
    {
        let (message, relay_state) = (fields.message.clone(), fields.relay_state.clone());
        return Ok(Finished::Again { message, relay_state });
    }
    let message = fields.as_ref().map(|fields| fields.message.as_str());
    let relay_state = fields.as_ref().and_then(|fields| fields.relay_state.as_deref());
    let attempt = AttemptId::make(ctx.now, gateway.rng());

    for _ in 0..TRIES {
        let mut tx = gateway.storage().read().await?;
        let loaded = load::active(gateway, &mut tx, input.connection).await?;
        let settings = loaded.engine(gateway, &mut tx).await?;
        drop(tx);

        let (mut trace, decided) = decide(ctx, input, relay_state, (&loaded, &settings));
        let (lineage, refusal) = match decided {
            Err(refusal) => (None, refusal),
            Ok(accepted) => {
                let message = message.unwrap_or_default();
                // Before the commit: after it, nothing may fail any more.
                let used = accepted.pending.seal(&loaded.keys, gateway.rng())?;
                match write(gateway, ctx, (&loaded, attempt), (&accepted, input), (&trace, message)).await? {
                    Written::Stale => continue,
                    Written::SignedIn(token) => {
                        let return_to = accepted.pending.return_to.unwrap_or_else(SitePath::me);
                        return Ok(Finished::SignedIn(SignedIn { token, return_to, used }));
                    }
                    Written::Refused(step, code, found) => {
                        (Some(accepted.lineage), fail(&mut trace, step, code, None, found))
                    }
                }
            }
        };
        record::refused(gateway, ctx, (&loaded, attempt), (&trace, refusal), (lineage, message)).await?;
        let account_slug = loaded.account.slug.as_str().to_owned();
        let refused = Refused { reference: attempt, refusal, trace, at: ctx.now, account_slug };
        return Ok(Finished::Refused(Box::new(refused)));
    }
    Err(FlowError::Internal("the connection kept changing during a sign-in"))
}
