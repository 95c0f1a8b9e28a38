//! Taking a browser back from its identity provider.

use std::borrow::Cow;

use gatepost_saml::binding::{Parameter, Wire, form_fields};
use gatepost_saml::response;
use gatepost_saml::trace::Trace;
use gatepost_saml::{Code, Refusal, StepName};

use super::decide::{Decided, decide, fail};
use super::landing::{Ended, Landing, Whose};
use super::pending::{Handle, SealedPending};
use super::quota::Kind;
use super::start::Started;
use super::{record, second, test};
use crate::base::id::{AccountId, AttemptId, ConnectionId};
use crate::base::secret::{BrowserToken, SessionToken, TokenHash};
use crate::base::{Ctx, Instant, ReturnTo};
use crate::directory::account::Locale;
use crate::directory::client::Client;
use crate::directory::mapping::Lineage;
use crate::directory::preset::Product;
use crate::directory::state::Purpose;
use crate::flow::connection::load::{self, Active};
use crate::flow::connection::{alias, refresh, unknown_key};
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
    /// Whether a page of ours may have posted it: what a form says of having been here before is anybody's word else.
    pub is_posted_by_us: bool,
    /// Whether the person said, on a page of ours, that somebody else's session may give way.
    pub may_replace: bool,
    /// With what and from where it comes, for the person's list of sessions.
    pub client: &'a Client,
    /// Whether a refusal is worth nothing: too many came from there. A good answer signs in all the same.
    pub is_unheard: bool,
}

/// How it ended.
#[derive(Debug)]
pub enum Finished {
    /// Nothing yet: the form is to be posted once more from our own page, so that the cookies come along.
    Again(Posted),
    /// Nothing yet: somebody else is signed in here, and the person is to say whether that may end.
    Replace {
        /// What to post once they said so.
        posted: Posted,
        /// Who is signed in now, and to what.
        question: Question,
    },
    /// Nothing yet: the person is to say whether to start signing in by this connection, since they are signed in by
    /// another one.
    StartOver {
        /// Where to.
        return_to: Option<ReturnTo>,
        /// Who is signed in now, and to what.
        question: Question,
    },
    /// Nobody had asked for it: a request of our own goes to the identity provider.
    Restarted(Started),
    /// Signed in.
    SignedIn(SignedIn),
    /// A test: somebody would have been signed in, and nobody was.
    Tested(Box<Tested>),
    /// Not.
    Refused(Box<Refused>),
    /// Not, and nothing was written of it.
    Unheard,
}

/// A posted form, as it arrived.
#[derive(Debug)]
pub struct Posted {
    /// `SAMLResponse`.
    pub message: String,
    /// `RelayState`.
    pub relay_state: Option<String>,
}

/// What a person is asked before another session takes the place of theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The account that they are signed in to.
    pub present: String,
    /// The account that they would be signed in to.
    pub next: String,
}

/// A session to go on with.
#[derive(Debug)]
pub struct SignedIn {
    /// For the browser, and for it alone; none where it presented it.
    pub token: Option<SessionToken>,
    /// The browser's token, if it is new.
    pub browser: Option<BrowserToken>,
    /// Whether an earlier arrival of the same answer made it.
    pub is_repeat: bool,
    /// Where to go.
    pub return_to: ReturnTo,
    /// The request that was used, if there was one, sealed as before.
    pub used: Option<SealedPending>,
}

/// A test sign-in that went well, for whoever made it: what is read of them is told to them.
#[derive(Debug)]
pub struct Tested {
    /// By which an administrator finds the attempt.
    pub reference: AttemptId,
    /// Every step.
    pub trace: Trace,
    /// What was read of the person.
    pub lineage: Lineage,
    /// The product behind the connection.
    pub product: Product,
    /// The language of the account's pages.
    pub locale: Locale,
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
    /// Whether it was a test: whoever makes one manages the connection.
    pub is_test: bool,
    /// The product behind the connection.
    pub product: Product,
    /// The language of the account's pages.
    pub locale: Locale,
}

/// Judges the response that a browser brings, and signs the person in. Whose the connection is, as far as that was found out,
/// and how it ended.
///
/// An error is [`FlowError::NotFound`] when nobody may sign in by this connection; [`FlowError::Unavailable`],
/// [`FlowError::Broken`], and then nothing was written and nothing is used up.
pub async fn finish(
    gateway: &Gateway,
    ctx: &Ctx,
    input: &Finish<'_>,
) -> (Option<AccountId>, Result<Finished, FlowError>) {
    let mut account = None;
    let finished = finish_of(gateway, ctx, input, &mut account).await;
    (account, finished)
}

async fn finish_of(
    gateway: &Gateway,
    ctx: &Ctx,
    input: &Finish<'_>,
    account: &mut Option<AccountId>,
) -> Result<Finished, FlowError> {
    let fields = match input.wire {
        Wire::Form(body) => form_fields(body, Parameter::Response, &gateway.limits()).ok(),
        _ => None,
    };
    let is_again = input.is_posted_by_us && fields.as_ref().is_some_and(|fields| fields.is_again);
    if let Some(fields) = &fields
        && input.browser.is_none()
        && !is_again
    {
        let (message, relay_state) = (fields.message.clone(), fields.relay_state.clone());
        return Ok(Finished::Again(Posted { message, relay_state }));
    }
    let message = fields.as_ref().map(|fields| fields.message.as_str());
    let relay_state = fields.as_ref().and_then(|fields| fields.relay_state.as_deref());
    let attempt = AttemptId::make(ctx.now, gateway.rng());

    let mut was_refreshed = false;
    for _ in 0..TRIES {
        let active = load::usable(gateway, input.connection).await?;
        let active = active.as_ref();
        let loaded = &active.loaded;
        *account = Some(loaded.account.id);
        let is_testing = test::is_under_way((gateway, ctx), input, loaded);
        let is_open = if is_testing { loaded.is_open_to_tests() } else { loaded.is_open() };
        if !is_open {
            return Err(FlowError::NotFound("connection"));
        }
        let (mut trace, decided, settings) = judged((gateway, ctx), input, relay_state, active).await?;
        let settings = settings.as_ref();
        let is_test = test::is_answered((gateway, ctx), input, loaded, (relay_state, &trace));
        let landing =
            Landing { gateway, ctx, input, active, loaded, attempt, message, relay_state, is_again };
        let ended = match decided {
            Decided::Refused(refusal) => {
                let asked = (&input.wire, refusal);
                if !was_refreshed && refresh::helps_refused(gateway, ctx, (loaded, settings), asked).await? {
                    was_refreshed = true;
                    continue;
                }
                let is_asked = !input.is_unheard && unknown_key::is_about_one(refusal);
                if is_asked && gateway.kept().quota.take(input.connection, Kind::UnknownKey, ctx.now) {
                    unknown_key::notice(gateway, ctx, (loaded, settings), asked).await?;
                }
                Ended::Refused(refusal, Whose::default())
            }
            _ if refresh::is_stopped(gateway, ctx, loaded).await? => {
                let found = "metadata whose validity has ended";
                let refusal = fail(&mut trace, StepName::Issuer, Code::MetadataExpired, None, found);
                Ended::Refused(refusal, Whose::default())
            }
            // A test begins nothing, and nobody but a test gets in where one is under way.
            Decided::Unasked(unasked) if is_test || !loaded.is_open() => {
                Ended::Refused(unasked.refusal, Whose::default())
            }
            Decided::Accepted(accepted) if !accepted.is_let_in(loaded) => {
                return Err(FlowError::NotFound("connection"));
            }
            Decided::Unasked(unasked) => landing.restart(&mut trace, *unasked).await?,
            Decided::Accepted(accepted) => landing.land(&mut trace, *accepted).await?,
        };
        match ended {
            Ended::Anew => gateway.kept().connections.forget(input.connection),
            Ended::Done(finished) => return Ok(finished),
            Ended::Refused(refusal, whose) => {
                return refused(&landing, is_test, (trace, refusal), whose).await;
            }
        }
    }
    Err(FlowError::Internal("the connection kept changing during a sign-in"))
}

/// What a message comes to by a connection as it is, after the second engine was asked; and what it was judged with.
async fn judged<'a>(
    (gateway, ctx): (&Gateway, &Ctx),
    input: &Finish<'_>,
    relay_state: Option<&str>,
    active: &'a Active,
) -> Result<(Trace, Decided, Cow<'a, response::Settings>), FlowError> {
    let (loaded, rules) = (&active.loaded, active.rules(gateway).await?);
    let mut settings = Cow::Borrowed(&active.engine);
    let judge =
        |settings: &response::Settings| decide((gateway, ctx), input, relay_state, (loaded, rules, settings));
    let code = |(_, decided): &(Trace, Decided)| match decided {
        Decided::Refused(refusal) => Some(refusal.code),
        Decided::Unasked(_) | Decided::Accepted(_) => None,
    };
    let others = alias::others(gateway, loaded);
    let (mut trace, decided) = alias::at_any(&mut settings, others, judge, code).await?;
    let decided = second::ask((gateway, ctx), input, &settings, (&mut trace, decided)).await?;
    Ok((trace, decided, settings))
}

/// Writes a refusal and tells it; nothing of it where too many came.
async fn refused(
    landing: &Landing<'_>,
    is_test: bool,
    (trace, refusal): (Trace, Refusal),
    whose: Whose,
) -> Result<Finished, FlowError> {
    let Landing { gateway, ctx, input, loaded, attempt, message, .. } = *landing;
    if input.is_unheard {
        return Ok(Finished::Unheard);
    }
    let purpose = if is_test { Purpose::Test } else { Purpose::Login };
    record::refused(gateway, ctx, (loaded, attempt, purpose), (&trace, refusal), (whose, message)).await?;
    let account_slug = loaded.account.slug.as_str().to_owned();
    let (reference, at) = (attempt, ctx.now);
    let (product, locale) = (loaded.settings.product, loaded.account.locale);
    let refused = Refused { reference, refusal, trace, at, account_slug, is_test, product, locale };
    Ok(Finished::Refused(Box::new(refused)))
}
