//! Writing an accepted sign-in: replay, user, session and attempt in one transaction, or nothing.

use std::borrow::Cow;

use gatepost_saml::trace::Trace;
use gatepost_saml::{Code, StepName};

use super::decide::Accepted;
use super::finish::Finish;
use super::person::{self, Change};
use super::record;
use crate::base::Ctx;
use crate::base::id::{AttemptId, SessionId};
use crate::base::secret::SessionToken;
use crate::flow::connection::load::{self, Loaded};
use crate::flow::connection::settings::SessionEnd;
use crate::flow::session::ABSOLUTE_SECONDS;
use crate::flow::{FlowError, Gateway};
use crate::storage::idp_key;
use crate::storage::replay::{self, AssertionKey};
use crate::storage::session::{self, Session, SignIn};
use crate::storage::user;

/// What became of it.
pub(super) enum Written {
    SignedIn(SessionToken),
    Refused(StepName, Code, Cow<'static, str>),
    Stale,
}

/// Everything in one transaction, or nothing.
pub(super) async fn write(
    gateway: &Gateway,
    ctx: &Ctx,
    (loaded, attempt): (&Loaded, AttemptId),
    (accepted, input): (&Accepted, &Finish<'_>),
    (trace, message): (&Trace, &str),
) -> Result<Written, FlowError> {
    let (account, connection, rng) = (loaded.account.id, loaded.connection.id, gateway.rng());
    let mut tx = gateway.storage().write().await?;
    if !load::is_current(&mut tx, loaded).await? {
        return Ok(Written::Stale);
    }
    let latest = ctx.now.plus_seconds(ABSOLUTE_SECONDS);
    let said = accepted.assertion.session_not_on_or_after();
    let expires_at = match loaded.settings.session_end {
        SessionEnd::Cap => said.map_or(latest, |end| end.min(latest)),
        SessionEnd::Ignore => latest,
    };
    if expires_at <= ctx.now {
        // The engine allows for clocks that differ; a session cannot begin after its end all the same.
        return Ok(Written::Refused(
            StepName::SessionEnd,
            Code::SessionExpired,
            "an end that has passed".into(),
        ));
    }
    let key = accepted.assertion.replay_key();
    let key = AssertionKey { day: key.day, hash: key.assertion_sha256 };
    if !replay::insert(&mut tx, account, connection, key, attempt).await? {
        return Ok(Written::Refused(StepName::Replay, Code::AssertionReplayed, "used before".into()));
    }
    let pending = &accepted.pending;
    let (handle, pending_until) = (pending.handle.as_str(), pending.expires_at);
    if !replay::insert_request(&mut tx, account, connection, handle, pending_until).await? {
        return Ok(Written::Refused(
            StepName::InResponseTo,
            Code::InResponseToUnknown,
            "a request answered before".into(),
        ));
    }
    let person = match person::find(&mut tx, gateway, ctx, (loaded, accepted)).await? {
        Ok(person) => person,
        Err(denied) => return Ok(Written::Refused(StepName::Mapping, denied.code, denied.found.into())),
    };
    let (user, with) = (person.user.id, (ctx.now, rng));
    match person.change {
        Change::None => {}
        Change::Update => user::update(&mut tx, account, &person.user, &loaded.keys, with).await?,
        Change::Insert => user::insert(&mut tx, account, &person.user, &loaded.keys, with).await?,
    }
    if person.is_new_identity {
        let source = loaded.settings.subject.to_string();
        let identity = (person::identity(loaded, &source, accepted), accepted.subject.shown.as_str());
        user::insert_identity(&mut tx, account, identity, user, &loaded.keys, with).await?;
    }
    session::update_replaced(&mut tx, accepted.pending.browser, ctx.now).await?;
    if let Some(presented) = input.presented {
        session::update_ended(&mut tx, presented, "replaced", ctx.now).await?;
    }
    let token = SessionToken::draw(rng);
    let session = Session {
        account_id: account,
        id: SessionId::make(ctx.now, rng),
        user_id: user,
        connection_id: connection,
        attempt_id: attempt,
        created_at: ctx.now,
        last_seen_at: ctx.now,
        expires_at,
        ended_at: None,
    };
    let sign_in = SignIn {
        browser: accepted.pending.browser,
        statement: &accepted.statement,
        session_index: accepted.assertion.session_index(),
        authn_instant: accepted.assertion.authn_instant(),
        authn_context: accepted.assertion.authn_context(),
    };
    session::insert(&mut tx, token.hash(), &session, &sign_in, &loaded.keys, rng).await?;
    for signature in &trace.signed {
        idp_key::update_used(&mut tx, account, connection, &signature.spki_sha256, ctx.now).await?;
    }
    record::accepted(
        &mut tx,
        (ctx, rng),
        (loaded, attempt),
        (trace, &accepted.lineage, message),
        (user, session.id),
    )
    .await?;
    tx.commit().await?;
    Ok(Written::SignedIn(token))
}
