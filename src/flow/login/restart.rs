//! A good answer that nobody asked for: a tile in a portal, the Back button, a request that expired or whose cookie is
//! gone, another browser's, an identity provider that makes ids up.
//!
//! # Design
//!
//! Nobody is signed in by it, and nothing of it reaches a user, a session or a cookie: a stranger could have had the
//! browser bring it. Since its signature, issuer, audience and times hold, the person has a session over there, so a
//! request of our own gets an answer without a question. Only where they wanted to go is kept, if it is a place that one
//! may return to. The assertion is used up; the request that it names, if any, is not: it may be another browser's.
//!
//! An identity provider that answers requests as if there had been none would send the browser round in circles. So a
//! browser begins anew once in two minutes per connection, unless that led to a sign-in. That is told by the requests that it
//! keeps, and where it keeps nothing by the handle, which comes back with the answer.

use gatepost_saml::trace::Trace;
use gatepost_saml::{Code, StepName};

use super::decide::{Unasked, fail, owned_pending};
use super::finish::Finished;
use super::landing::{Ended, Landing, Whose};
use super::pending::Handle;
use super::record;
use super::start::{Wish, ask};
use super::write::guard;
use crate::directory::preset::IdpInitiated;
use crate::flow::FlowError;
use crate::storage::Tx;
use crate::storage::replay::{self, AssertionKey};
use crate::storage::sign_in::{Conflict, Rows};

/// A browser begins anew at most once in so long.
const RESTART_SECONDS: i64 = 120;

impl Landing<'_> {
    /// Sends a request of our own in the place of an answer that nobody asked for.
    pub(super) async fn restart(&self, trace: &mut Trace, unasked: Unasked) -> Result<Ended, FlowError> {
        let (gateway, ctx, loaded) = (self.gateway, self.ctx, self.loaded);
        let Unasked { replay_key: key, refusal } = unasked;
        if loaded.settings.idp_initiated == IdpInitiated::Refuse {
            return Ok(Ended::Refused(refusal, Whose::default()));
        }
        let return_to = self.relay_state.and_then(|text| gateway.return_to(text));
        let mut tx = gateway.storage().read().await?;
        let claimed = [self.relay_state, trace.unverified.in_response_to.as_deref()];
        if self.began_anew_lately(&mut tx, claimed).await? {
            let found = "an answer to nothing, though there was a request";
            let (step, code) = (StepName::InResponseTo, Code::IdpSendsUnsolicited);
            return Ok(Ended::Refused(fail(trace, step, code, None, found), Whose::default()));
        }
        if !self.input.may_replace
            && let Some(question) = self.is_elsewhere(&mut tx).await?
        {
            return Ok(Ended::Done(Finished::StartOver { return_to, question }));
        }
        drop(tx);
        let key = AssertionKey { day: key.day, hash: key.assertion_sha256 };
        let inputs = (ctx, gateway.rng());
        let (row, message) =
            record::restarted(inputs, (loaded, self.attempt), (trace, refusal), self.message)?;
        let replay = replay::row(loaded.account.id, loaded.connection.id, key, self.attempt);
        let rows = Rows { guard: Some(guard(loaded)), replay: Some(replay), message, ..Rows::of(row) };
        match gateway.storage().sign_ins().write(rows).await? {
            Ok(()) => {}
            Err(Conflict::Replayed) => {
                let (step, code) = (StepName::Replay, Code::AssertionReplayed);
                return Ok(Ended::Refused(fail(trace, step, code, None, "used before"), Whose::default()));
            }
            Err(_) => return Ok(Ended::Anew),
        }
        let handle = Handle::draw_restart(gateway.rng(), ctx.now);
        let wish = Wish { handle, browser: self.input.browser, return_to, is_forced: false, is_test: false };
        Ok(Ended::Done(Finished::Restarted(ask(gateway, ctx, self.active, wish)?)))
    }

    /// Whether this browser was sent to this identity provider by [`Self::restart`] a moment ago, and came back without a
    /// sign-in. What `claimed` says is not proved, and need not be: it only makes for a refusal.
    async fn began_anew_lately(&self, tx: &mut Tx, claimed: [Option<&str>; 2]) -> Result<bool, FlowError> {
        let is_late = |handle: &Handle| {
            let age = handle.restarted_at().map(|at| self.ctx.now.seconds_since(at));
            age.is_some_and(|age| (0..RESTART_SECONDS).contains(&age))
        };
        let own = |handle: &Handle| {
            owned_pending((self.gateway, self.ctx), self.input, self.loaded, handle.clone()).is_some()
        };
        let kept = self.input.pending.iter().map(|(handle, _)| handle.clone());
        let kept: Vec<_> = kept.filter(|handle| is_late(handle) && own(handle)).collect();
        let claimed: Vec<_> =
            claimed.into_iter().flatten().filter_map(Handle::parse).filter(is_late).collect();
        for handle in kept.iter().chain(&claimed) {
            if !replay::is_request_used(tx, handle.as_str()).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
