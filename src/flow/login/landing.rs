//! What a judged message leads to: a session, the same session once more, a question, a request of our own.
//!
//! # Design
//!
//! *The same answer twice* (a second press of the button, Back and forward, a browser that tries again after a broken
//! connection) is no attack if it comes from the browser that the first one signed in: it goes on into the same session,
//! as long as that lives. Which browser that is, is proved by the session's own token: the browser presents it, or it
//! stands sealed in the request that the browser keeps, for a minute. Everybody else's copy is refused.
//!
//! *Nobody asked for it*: see [`restart`](super::restart).
//!
//! *Somebody else is signed in*: a stranger can have a browser bring the stranger's own sign-in (login CSRF). Where
//! nothing shows that the person wanted it, a session of another person or account ends only when they say so. A request
//! of this browser shows it for the sessions that there were when it was made; a stranger's page may have been waiting
//! since then for somebody to sign in.

use gatepost_saml::trace::Trace;
use gatepost_saml::{Code, Refusal, StepName};

use super::decide::{Accepted, Unasked, fail};
use super::finish::{Finish, Finished, Posted, Question, SignedIn, Tested};
use super::pending::{Pending, SealedPending};
use super::record;
use super::write::{Written, write};
use crate::base::id::{AccountId, AttemptId, UserId};
use crate::base::secret::{BrowserToken, SessionToken, TokenHash};
use crate::base::{Ctx, ReturnTo};
use crate::directory::client::Client;
use crate::directory::mapping::Lineage;
use crate::flow::connection::load::{Active, Loaded};
use crate::flow::session::is_alive;
use crate::flow::{FlowError, Gateway};
use crate::storage::session::{self, Session, Standing};
use crate::storage::{Tx, account};

/// How long a second arrival of an answer is taken for the same press of a button.
const REPEAT_SECONDS: i64 = 60;

/// A message on its way to being answered.
pub(super) struct Landing<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) ctx: &'a Ctx,
    pub(super) input: &'a Finish<'a>,
    pub(super) active: &'a Active,
    pub(super) loaded: &'a Loaded,
    pub(super) attempt: AttemptId,
    pub(super) message: Option<&'a str>,
    pub(super) relay_state: Option<&'a str>,
    pub(super) is_again: bool,
}

/// Whom a refusal is about.
#[derive(Default)]
pub(super) struct Whose {
    /// What was read of them, if anything was.
    pub(super) lineage: Option<Lineage>,
    /// Who they are, if they are known.
    pub(super) user: Option<UserId>,
}

impl Whose {
    /// What an accepted answer tells of somebody.
    fn read(accepted: Accepted) -> Self {
        Self { lineage: Some(accepted.lineage), user: None }
    }
}

/// How a try ended.
pub(super) enum Ended {
    Done(Finished),
    Refused(Refusal, Whose),
    /// The connection was changed meanwhile.
    Anew,
}

/// Whom a new session is for.
pub(super) struct Seat<'a> {
    pub(super) browser: TokenHash,
    pub(super) token: &'a SessionToken,
    /// The session that it presents gives way, also when the browser's own cookie was lost.
    pub(super) presented: Option<TokenHash>,
    /// With what and from where it comes.
    pub(super) client: &'a Client,
    /// Sessions that must not end unasked if they are another person's.
    pub(super) asks_about: Vec<Session>,
}

impl Landing<'_> {
    /// Signs the person in.
    pub(super) async fn land(&self, trace: &mut Trace, accepted: Accepted) -> Result<Ended, FlowError> {
        let (gateway, ctx, input) = (self.gateway, self.ctx, self.input);
        let is_nobody_here = input.browser.is_none() && input.presented.is_none();
        let asks_about = if input.may_replace || is_nobody_here {
            Vec::new()
        } else {
            let mut tx = gateway.storage().read().await?;
            let mut living = self.living(&mut tx).await?;
            if let Some(pending) = &accepted.pending {
                living.retain(|session| session.created_at > pending.issued_at());
            }
            living
        };
        let new_browser = input.browser.is_none().then(|| BrowserToken::draw(gateway.rng()));
        let browser = input.browser.or(new_browser.as_ref().map(BrowserToken::hash));
        let browser = browser.ok_or(FlowError::Internal("a sign-in without a browser"))?;
        let drawn = accepted.pending.is_none().then(|| SessionToken::draw(gateway.rng()));
        let Some(token) = accepted.pending.as_ref().map(|pending| &pending.token).or(drawn.as_ref()) else {
            return Err(FlowError::Internal("a sign-in without a token"));
        };
        let message = self.message.unwrap_or_default();
        let seat = Seat { browser, token, presented: input.presented, client: input.client, asks_about };
        let written =
            write(gateway, ctx, (self.loaded, self.attempt), (&accepted, &seat), (trace, message)).await?;
        Ok(match written {
            Written::Stale => Ended::Anew,
            Written::SignedIn => {
                Ended::Done(Finished::SignedIn(self.signed_in(accepted, drawn, new_browser)))
            }
            Written::Tested => Ended::Done(Finished::Tested(Box::new(Tested {
                reference: self.attempt,
                trace: trace.clone(),
                lineage: accepted.lineage,
                product: self.loaded.settings.product,
                locale: self.loaded.account.locale,
            }))),
            Written::WouldEnd(account) => {
                let mut tx = gateway.storage().read().await?;
                let question = self.question(&mut tx, account).await?;
                Ended::Done(Finished::Replace { posted: self.posted(), question })
            }
            Written::Replayed(first) => self.repeat(trace, accepted, first).await?,
            Written::RequestUsed => {
                let found = "a request answered before";
                let refusal = fail(trace, StepName::InResponseTo, Code::InResponseToUnknown, None, found);
                if accepted.is_test() {
                    return Ok(Ended::Refused(refusal, Whose::read(accepted)));
                }
                self.restart(trace, Unasked { replay_key: accepted.assertion.replay_key(), refusal }).await?
            }
            Written::Refused(step, code, found, user) => {
                let whose = Whose { user, ..Whose::read(accepted) };
                Ended::Refused(fail(trace, step, code, None, found), whose)
            }
        })
    }

    fn signed_in(
        &self,
        accepted: Accepted,
        drawn: Option<SessionToken>,
        browser: Option<BrowserToken>,
    ) -> SignedIn {
        let return_to = accepted.return_to.unwrap_or_else(ReturnTo::me);
        let (used, token) = match accepted.pending {
            Some(pending) => (self.kept(&pending), Some(pending.token)),
            None => (None, drawn),
        };
        SignedIn { token, browser, is_repeat: false, return_to, used }
    }

    /// The request as the browser keeps it.
    fn kept(&self, pending: &Pending) -> Option<SealedPending> {
        let (handle, value) = self.input.pending.iter().find(|(handle, _)| *handle == pending.handle)?;
        let (handle, value) = (handle.clone(), value.clone());
        Some(SealedPending { handle, value, expires_at: pending.expires_at })
    }

    fn posted(&self) -> Posted {
        let message = self.message.unwrap_or_default().to_owned();
        Posted { message, relay_state: self.relay_state.map(str::to_owned) }
    }

    /// An assertion that attempt `first` used: into the session that it made, for the browser that has it.
    async fn repeat(
        &self,
        trace: &mut Trace,
        accepted: Accepted,
        first: AttemptId,
    ) -> Result<Ended, FlowError> {
        let (ctx, input) = (self.ctx, self.input);
        let mut tx = self.gateway.storage().read().await?;
        let lifetimes = self.gateway.lifetimes();
        let made_by_first =
            |found: &Standing| found.session.attempt_id == first && is_alive(found, lifetimes, ctx.now);
        let presented = match input.presented {
            Some(token) => session::find(&mut tx, token).await?.filter(made_by_first),
            None => None,
        };
        let sealed = match &accepted.pending {
            Some(pending) => session::find(&mut tx, pending.token.hash()).await?.filter(made_by_first),
            None => None,
        };
        let is_soon = |found: &Standing| ctx.now < found.session.created_at.plus_seconds(REPEAT_SECONDS);
        let found = match (sealed.filter(is_soon), &presented) {
            (Some(found), _) => Some((found, false)),
            (None, Some(found)) => Some((found.clone(), true)),
            (None, None) => None,
        };
        let Some((found, is_presented)) = found else {
            // The session's cookie does not come with what another site posts; it does with a post of our own.
            let is_here = match input.browser.filter(|_| !self.is_again) {
                Some(browser) => session::list_by_browser(&mut tx, browser).await?.iter().any(made_by_first),
                None => false,
            };
            drop(tx);
            if is_here {
                return Ok(Ended::Done(Finished::Again(self.posted())));
            }
            let refusal = fail(trace, StepName::Replay, Code::AssertionReplayed, None, "used before");
            return Ok(Ended::Refused(refusal, Whose::read(accepted)));
        };
        drop(tx);
        let whose = (found.session.user_id, found.session.id);
        record::repeated(self.gateway, ctx, (self.loaded, self.attempt), trace, whose).await?;
        let mut signed_in = self.signed_in(accepted, None, None);
        signed_in.is_repeat = true;
        if is_presented {
            signed_in.token = None;
        }
        Ok(Ended::Done(Finished::SignedIn(signed_in)))
    }

    /// What to ask when a session by another connection lives here; none, nothing to ask. Another connection of the same
    /// account may be anybody's whom its owner lets in.
    pub(super) async fn is_elsewhere(&self, tx: &mut Tx) -> Result<Option<Question>, FlowError> {
        let living = self.living(tx).await?;
        match living.iter().find(|found| found.connection_id != self.loaded.connection.id) {
            None => Ok(None),
            Some(other) => self.question(tx, other.account_id).await.map(Some),
        }
    }

    async fn question(&self, tx: &mut Tx, present: AccountId) -> Result<Question, FlowError> {
        let present = account::find(tx, present).await?.map(|account| account.name);
        Ok(Question { present: present.unwrap_or_default(), next: self.loaded.account.name.clone() })
    }

    /// The sessions of this browser that count.
    async fn living(&self, tx: &mut Tx) -> Result<Vec<Session>, FlowError> {
        let mut found = match self.input.browser {
            Some(browser) => session::list_by_browser(tx, browser).await?,
            None => Vec::new(),
        };
        if let Some(presented) = self.input.presented {
            found.extend(session::find(tx, presented).await?);
        }
        found.retain(|found| is_alive(found, self.gateway.lifetimes(), self.ctx.now));
        Ok(found.into_iter().map(|found| found.session).collect())
    }
}
