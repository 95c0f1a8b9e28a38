//! Taking a browser back from its identity provider.

use std::borrow::Cow;

use gatepost_saml::binding::{Parameter, Wire, form_fields};
use gatepost_saml::response::{self, Assertion, Context};
use gatepost_saml::trace::Trace;
use gatepost_saml::{Code, Judgement, Refusal, StepName};

use super::pending::{Handle, Pending, SealedPending};
use super::record;
use crate::base::id::{AttemptId, ConnectionId, SessionId, UserId};
use crate::base::secret::{SessionToken, TokenHash};
use crate::base::url::SitePath;
use crate::base::{Ctx, Instant};
use crate::directory::jit::{self, Decision, Known};
use crate::directory::mapping::{self, Profile, Subject};
use crate::directory::state::{Role, UserState};
use crate::directory::statement::{Attribute, NameId, Statement};
use crate::flow::connection::load::{self, Loaded};
use crate::flow::session::ABSOLUTE_SECONDS;
use crate::flow::{FlowError, Gateway};
use crate::storage::replay::{self, AssertionKey};
use crate::storage::session::{self, Session, SignIn};
use crate::storage::user::{self, IdentityKey, User};
use crate::storage::{Tx, idp_key};

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

/// A message that was accepted, read as far as the database is not needed.
struct Accepted {
    assertion: Assertion,
    statement: Statement,
    subject: Subject,
    profile: Profile,
    pending: Pending,
}

enum Written {
    SignedIn(SessionToken),
    Refused(StepName, Code, &'static str),
    Stale,
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
        let refusal = match decided {
            Err(refusal) => refusal,
            Ok(accepted) => {
                let message = message.unwrap_or_default();
                // Before the commit: after it, nothing may fail any more.
                let used = accepted.pending.seal(&loaded.keys, gateway.rng())?;
                match write(gateway, ctx, (&loaded, attempt), &accepted, (&trace, message)).await? {
                    Written::Stale => continue,
                    Written::SignedIn(token) => {
                        let return_to = accepted.pending.return_to.unwrap_or_else(SitePath::me);
                        return Ok(Finished::SignedIn(SignedIn { token, return_to, used }));
                    }
                    Written::Refused(step, code, found) => fail(&mut trace, step, code, None, found),
                }
            }
        };
        record::refused(gateway, ctx, (&loaded, attempt), (&trace, refusal), message).await?;
        let account_slug = loaded.account.slug.as_str().to_owned();
        let refused = Refused { reference: attempt, refusal, trace, at: ctx.now, account_slug };
        return Ok(Finished::Refused(Box::new(refused)));
    }
    Err(FlowError::Internal("the connection kept changing during a sign-in"))
}

/// What can be decided without writing: the engine's verdict and the mapping.
fn decide(
    ctx: &Ctx,
    input: &Finish<'_>,
    relay_state: Option<&str>,
    (loaded, settings): (&Loaded, &response::Settings),
) -> (Trace, Result<Box<Accepted>, Refusal>) {
    let (Judgement { verdict, mut trace }, pending) = judge(ctx, input, relay_state, (loaded, settings));
    let decided = match (verdict, pending) {
        (Err(refusal), _) => Err(refusal),
        (Ok(assertion), Some(pending)) => read(&mut trace, loaded, assertion, pending).map(Box::new),
        // Only a policy that allows unsolicited responses leads here, and no connection has one yet.
        (Ok(_), None) => {
            let found = "no request of this browser";
            Err(fail(&mut trace, StepName::InResponseTo, Code::Unsolicited, None, found))
        }
    };
    (trace, decided)
}

/// The engine's verdict, and the request of this browser that was compared with.
fn judge(
    ctx: &Ctx,
    input: &Finish<'_>,
    relay_state: Option<&str>,
    (loaded, settings): (&Loaded, &response::Settings),
) -> (Judgement<Assertion>, Option<Pending>) {
    let kept = |text: Option<&str>| owned_pending(ctx, input, loaded, Handle::parse(text?)?);
    let judge = |pending: Option<&Pending>| {
        let context = Context {
            now: ctx.now,
            pending_request: pending.map(|pending| pending.handle.as_str()),
            requested_authn_contexts: &[],
            // Whether it was used before is decided by the insert that uses it: anything earlier could be overtaken.
            seen: &|_| false,
        };
        response::judge(&input.wire, settings, &context)
    };
    let pending = kept(relay_state);
    let judgement = judge(pending.as_ref());
    if pending.is_some() {
        return (judgement, pending);
    }
    // Some identity providers lose RelayState. What the response says it answers only chooses among the requests of
    // this very browser; the engine compares again, with what is signed.
    match kept(judgement.trace.unverified.in_response_to.as_deref()) {
        None => (judgement, None),
        claimed => (judge(claimed.as_ref()), claimed),
    }
}

/// Reads who an accepted message is about.
fn read(
    trace: &mut Trace,
    loaded: &Loaded,
    assertion: Assertion,
    pending: Pending,
) -> Result<Accepted, Refusal> {
    let source = &loaded.settings.subject;
    let wanted = Some(Cow::Owned(source.to_string()));
    let statement = statement(&assertion);
    let (idp, sp) = (&loaded.connection.idp_entity_id, &loaded.service_provider.entity_id);
    let subject = mapping::subject(source, &statement, idp, sp).map_err(|unmapped| {
        let code = Code::MappingRequiredMissing;
        fail(trace, StepName::Mapping, code, wanted.clone(), unmapped.found())
    })?;
    trace.pass(StepName::Mapping, wanted, None);
    let profile = mapping::profile(&statement);
    Ok(Accepted { assertion, statement, subject, profile, pending })
}

/// The pending request of that handle, if this browser keeps it for this connection and may still answer it.
fn owned_pending(ctx: &Ctx, input: &Finish<'_>, loaded: &Loaded, handle: Handle) -> Option<Pending> {
    let browser = input.browser?;
    let (_, value) = input.pending.iter().find(|(kept, _)| *kept == handle)?;
    let pending = Pending::open(value, handle, loaded.connection.id, &loaded.keys)?;
    pending.is_open_to(browser, ctx.now).then_some(pending)
}

/// Everything in one transaction, or nothing.
async fn write(
    gateway: &Gateway,
    ctx: &Ctx,
    (loaded, attempt): (&Loaded, AttemptId),
    accepted: &Accepted,
    (trace, message): (&Trace, &str),
) -> Result<Written, FlowError> {
    let (account, connection, rng) = (loaded.account.id, loaded.connection.id, gateway.rng());
    let mut tx = gateway.storage().write().await?;
    if !load::is_current(&mut tx, loaded).await? {
        return Ok(Written::Stale);
    }
    let latest = ctx.now.plus_seconds(ABSOLUTE_SECONDS);
    let expires_at = accepted.assertion.session_not_on_or_after().map_or(latest, |end| end.min(latest));
    if expires_at <= ctx.now {
        // The engine allows for clocks that differ; a session cannot begin after its end all the same.
        return Ok(Written::Refused(StepName::SessionEnd, Code::SessionExpired, "an end that has passed"));
    }
    let key = accepted.assertion.replay_key();
    let key = AssertionKey { day: key.day, hash: key.assertion_sha256 };
    if !replay::insert(&mut tx, account, connection, key, attempt).await? {
        return Ok(Written::Refused(StepName::Replay, Code::AssertionReplayed, "used before"));
    }
    let pending = &accepted.pending;
    let (handle, pending_until) = (pending.handle.as_str(), pending.expires_at);
    if !replay::insert_request(&mut tx, account, connection, handle, pending_until).await? {
        return Ok(Written::Refused(
            StepName::InResponseTo,
            Code::InResponseToUnknown,
            "a request answered before",
        ));
    }
    let Some(user) = person(&mut tx, gateway, ctx, loaded, accepted).await? else {
        return Ok(Written::Refused(StepName::Mapping, Code::UserUnknown, "nobody who may sign in"));
    };
    session::update_replaced(&mut tx, accepted.pending.browser, ctx.now).await?;
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
    record::accepted(&mut tx, (ctx, rng), (loaded, attempt), (trace, message), (user, session.id)).await?;
    tx.commit().await?;
    Ok(Written::SignedIn(token))
}

/// The user that the statement is about, made or brought up to date; `None` when nobody may sign in.
async fn person(
    tx: &mut Tx,
    gateway: &Gateway,
    ctx: &Ctx,
    loaded: &Loaded,
    accepted: &Accepted,
) -> Result<Option<UserId>, FlowError> {
    let (account, keys, with) = (loaded.account.id, &loaded.keys, (ctx.now, gateway.rng()));
    let source = loaded.settings.subject.to_string();
    let identity =
        IdentityKey { connection: loaded.connection.id, source: &source, value: &accepted.subject.key };
    let known = user::find_by_identity(tx, account, identity, keys).await?;
    let known = known.map(|user| Known { user: user.id, is_disabled: user.state == UserState::Disabled });
    match jit::decide(known, loaded.settings.provisioning) {
        Decision::Deny => Ok(None),
        Decision::Update(id) => {
            user::update_signed_in(tx, account, (id, &accepted.profile), keys, with).await?;
            Ok(Some(id))
        }
        Decision::Create => {
            let user = User {
                id: UserId::make(ctx.now, gateway.rng()),
                external_id: None,
                state: UserState::Active,
                role: Role::Member,
                profile: accepted.profile.clone(),
            };
            user::insert(tx, account, &user, keys, with).await?;
            let shown = accepted.subject.shown.as_str();
            user::insert_identity(tx, account, (identity, shown), user.id, keys, with).await?;
            Ok(Some(user.id))
        }
    }
}

fn fail(
    trace: &mut Trace,
    step: StepName,
    code: Code,
    wanted: Option<Cow<'static, str>>,
    found: &'static str,
) -> Refusal {
    trace.fail(step, code, wanted, Some(Cow::Borrowed(found)));
    Refusal { code, step, public_code: code }
}

fn statement(assertion: &Assertion) -> Statement {
    let name_id = assertion.name_id();
    Statement {
        name_id: Some(NameId {
            value: name_id.value.clone(),
            format: name_id.format.clone(),
            name_qualifier: name_id.name_qualifier.clone(),
            sp_name_qualifier: name_id.sp_name_qualifier.clone(),
        }),
        attributes: assertion
            .attributes()
            .iter()
            .map(|attribute| Attribute {
                name: attribute.name.clone(),
                friendly_name: attribute.friendly_name.clone(),
                values: attribute.values.clone(),
            })
            .collect(),
    }
}
