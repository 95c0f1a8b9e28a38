//! Writing an accepted sign-in: replay, user, session and attempt together, or nothing.
//!
//! Everything is looked up, decided, serialised and sealed here; the transaction itself, which many sign-ins share, is
//! [`crate::storage::sign_in`]'s. Who gets other rights by it has one of their own: [`super::raised`].

use std::borrow::Cow;

use gatepost_saml::trace::Trace;
use gatepost_saml::{Code, StepName};

use super::decide::Accepted;
use super::landing::Seat;
use super::person::Denied;
use super::{person, raised, record, test};
use crate::base::id::{AccountId, AttemptId, ConnectionId, SessionId, UserId};
use crate::base::{Ctx, Instant};
use crate::directory::mapping::Lineage;
use crate::flow::connection::load::Loaded;
use crate::flow::connection::settings::SessionEnd;
use crate::flow::webhook::queue;
use crate::flow::{FlowError, Gateway};
use crate::storage::replay::{self, AssertionKey};
use crate::storage::session::{self, Replaced, Session, SignIn};
use crate::storage::sign_in::{Conflict, Guard, Look, Rows};
use crate::storage::{StorageError, idp_key};

/// What became of it.
pub(super) enum Written {
    SignedIn,
    /// Nobody: it was a test.
    Tested,
    /// That attempt used the assertion.
    Replayed(AttemptId),
    /// Another assertion answered the request.
    RequestUsed,
    /// A session in that account, somebody else's, would end by it.
    WouldEnd(AccountId),
    /// With whom it is about, if that is known.
    Refused(StepName, Code, Cow<'static, str>, Option<UserId>),
    /// What it was decided on has changed since.
    Stale,
}

/// The engine allows for clocks that differ; a session cannot begin after its end all the same.
const ENDED: Written = Written::Refused(
    StepName::SessionEnd,
    Code::SessionExpired,
    Cow::Borrowed("an end that has passed"),
    None,
);

/// Everything together, or nothing.
pub(super) async fn write(
    gateway: &Gateway,
    ctx: &Ctx,
    (loaded, attempt): (&Loaded, AttemptId),
    (accepted, seat): (&Accepted, &Seat<'_>),
    (trace, message): (&Trace, &str),
) -> Result<Written, FlowError> {
    let Some(expires_at) = session_end((gateway, ctx), loaded, accepted) else { return Ok(ENDED) };
    let sign_ins = gateway.storage().sign_ins();
    let key = accepted.assertion.replay_key();
    let key = AssertionKey { day: key.day, hash: key.assertion_sha256 };
    let found = sign_ins.look(look(loaded, accepted, key)?).await?;
    if let Some(first) = found.used_by {
        return Ok(Written::Replayed(first));
    }
    if found.is_request_used {
        return Ok(Written::RequestUsed);
    }
    let person = match person::find(gateway, ctx, (loaded, accepted), found.user).await? {
        Ok(person) => person,
        Err(Denied { code, found, user }) => {
            return Ok(Written::Refused(StepName::Mapping, code, found.into(), user));
        }
    };
    let lineage = Lineage { email: person.email, ..accepted.lineage.clone() };
    if accepted.is_test() {
        let told = (trace, &lineage, message);
        return test::write(gateway, ctx, (loaded, attempt), (accepted, key), told).await;
    }
    let (account, connection, rng) = (loaded.account.id, loaded.connection.id, gateway.rng());
    let is_another = |living: &&Session| living.account_id != account || living.user_id != person.user.id;
    if let Some(another) = seat.asks_about.iter().find(is_another) {
        return Ok(Written::WouldEnd(another.account_id));
    }
    let session = Session {
        account_id: account,
        id: SessionId::make(ctx.now, rng),
        user_id: person.user.id,
        connection_id: connection,
        attempt_id: attempt,
        created_at: ctx.now,
        last_seen_at: ctx.now,
        expires_at,
        ended_at: None,
    };
    let (row, message) = record::accepted(
        gateway,
        ctx,
        (loaded, attempt),
        (trace, &lineage, message),
        (person.user.id, session.id),
    )?;
    let rows = Rows {
        guard: Some(guard(loaded)),
        replay: Some(replay::row(account, connection, key, attempt)),
        request: accepted.pending.as_ref().map(|pending| {
            replay::request_row(account, connection, pending.handle.as_str(), pending.expires_at)
        }),
        replaced: Replaced {
            browser: Some(seat.browser),
            presented: seat.presented,
            linked: person.is_linked().then_some((account, person.user.id)),
            at: ctx.now,
        },
        deliveries: queue::of_sign_in(gateway, ctx, loaded, (person.user.id, person.told(), session.id))?,
        session: Some(session_row(seat, &session, accepted, (loaded, gateway))?),
        used_keys: used_keys(loaded, trace, ctx.now),
        person: Some(person::rows(gateway, ctx, (loaded, accepted), &person)?),
        message,
        ..Rows::of(row)
    };
    let written = if person.has_other_rights() || person.gives_way.is_some() {
        match raised::write(gateway, ctx, (loaded, &person), &rows).await {
            // Ended for the sake of another transaction: those that are shared are tried again, this is decided anew.
            Err(FlowError::Unavailable(error)) if error.is_passing() => Err(Conflict::Stale),
            written => written?,
        }
    } else {
        sign_ins.write(rows).await?
    };
    Ok(match written {
        Ok(()) => Written::SignedIn,
        Err(Conflict::Stale | Conflict::PersonChanged) => Written::Stale,
        Err(Conflict::Replayed) => Written::Replayed(used_by(gateway, connection, key).await?),
        Err(Conflict::RequestUsed) => Written::RequestUsed,
    })
}

/// The attempt that used an assertion meanwhile.
async fn used_by(
    gateway: &Gateway,
    connection: ConnectionId,
    key: AssertionKey,
) -> Result<AttemptId, FlowError> {
    let mut tx = gateway.storage().read().await?;
    let first = replay::find(&mut tx, connection, key).await?;
    Ok(first.ok_or(StorageError::Corrupt("replays"))?)
}

/// When the session ends at the latest; `None` when that has passed.
fn session_end((gateway, ctx): (&Gateway, &Ctx), loaded: &Loaded, accepted: &Accepted) -> Option<Instant> {
    let latest = ctx.now.plus_seconds(gateway.lifetimes().absolute_seconds);
    let said = accepted.assertion.session_not_on_or_after();
    let end = match loaded.settings.session_end {
        SessionEnd::Cap => said.map_or(latest, |end| end.min(latest)),
        SessionEnd::Ignore => latest,
    };
    (end > ctx.now).then_some(end)
}

fn look(loaded: &Loaded, accepted: &Accepted, assertion: AssertionKey) -> Result<Look, FlowError> {
    let source = loaded.settings.subject.to_string();
    Ok(Look {
        account: loaded.account.id,
        connection: loaded.connection.id,
        assertion,
        request: accepted.pending.as_ref().map(|pending| pending.handle.as_str().to_owned()),
        value_key: person::identity(loaded, &source, accepted).lookup(&loaded.keys)?,
        source,
    })
}

pub(super) fn guard(loaded: &Loaded) -> Guard {
    Guard {
        account: loaded.account.id,
        account_version: loaded.account.version,
        connection: loaded.connection.id,
        connection_version: loaded.connection.version,
    }
}

fn session_row(
    seat: &Seat<'_>,
    session: &Session,
    accepted: &Accepted,
    (loaded, gateway): (&Loaded, &Gateway),
) -> Result<session::NewRow, FlowError> {
    let sign_in = SignIn {
        browser: seat.browser,
        statement: &accepted.statement,
        session_index: accepted.assertion.session_index(),
        authn_instant: accepted.assertion.authn_instant(),
        authn_context: accepted.assertion.authn_context(),
        client: seat.client,
    };
    Ok(session::new_row(seat.token.hash(), session, &sign_in, &loaded.keys, gateway.rng())?)
}

fn used_keys(loaded: &Loaded, trace: &Trace, at: Instant) -> Vec<idp_key::Used> {
    let (account, connection) = (loaded.account.id, loaded.connection.id);
    let keys = trace.signed.iter().map(|signature| signature.spki_sha256.clone());
    keys.map(|spki_sha256| idp_key::Used { account, connection, spki_sha256, at }).collect()
}
