//! Sending a browser to its identity provider.

use gatepost_saml::request::{AuthnRequest, PostForm};
use gatepost_saml::signature::sign::Signer;

use super::finish::Question;
use super::pending::{Asked, Handle, LIFE_SECONDS, Pending, SealedPending};
use crate::base::id::ConnectionId;
use crate::base::secret::{BrowserToken, SessionToken, TokenHash};
use crate::base::{Ctx, ReturnTo};
use crate::directory::account::Locale;
use crate::flow::connection::lifecycle;
use crate::flow::connection::load::{self, Active};
use crate::flow::connection::settings::{RequestBinding, Settings};
use crate::flow::session::is_alive;
use crate::flow::{FlowError, Gateway};
use crate::storage::{account, session};

/// Who wants to sign in, and where to afterwards.
#[derive(Debug)]
pub struct Start {
    /// By which connection.
    pub connection: ConnectionId,
    /// The browser's token, if it has one.
    pub browser: Option<TokenHash>,
    /// Where to go afterwards.
    pub return_to: Option<ReturnTo>,
    /// Whether the person is to prove anew who they are.
    pub is_forced: bool,
    /// The session that the browser presents, where nothing shows that the person wants to leave it: another site may
    /// have led them here.
    pub leaves: Option<TokenHash>,
    /// What the link of a test carries, if it is one.
    pub test: Option<String>,
}

/// How a start went.
#[derive(Debug)]
pub enum Begun {
    /// On to the identity provider.
    Started(Started),
    /// Not yet: the person is to say whether they want to leave the session that they have, by another connection.
    StartOver(Question),
}

/// What the browser is to keep, and where it is to go.
#[derive(Debug)]
pub struct Started {
    /// The browser's token, if it is new.
    pub browser: Option<BrowserToken>,
    /// What the browser keeps for us.
    pub pending: SealedPending,
    /// What people call the identity provider.
    pub idp_name: String,
    /// The language of the account's pages.
    pub locale: Locale,
    /// How it goes there.
    pub to: HandOver,
}

/// How a request travels.
#[derive(Debug)]
pub enum HandOver {
    /// By the Redirect binding: this address.
    Redirect(String),
    /// By the POST binding: this form.
    Post(PostForm),
}

/// What a request is made for.
pub(super) struct Wish {
    pub(super) handle: Handle,
    pub(super) browser: Option<TokenHash>,
    pub(super) return_to: Option<ReturnTo>,
    pub(super) is_forced: bool,
    pub(super) is_test: bool,
}

/// Makes a request for a sign-in. Writes nothing: see [`super::pending`].
///
/// # Errors
/// [`FlowError::NotFound`] when nobody may sign in by this connection.
pub async fn start(gateway: &Gateway, ctx: &Ctx, input: Start) -> Result<Begun, FlowError> {
    let active = load::usable(gateway, input.connection).await?;
    let loaded = &active.loaded;
    let is_test = match &input.test {
        None => false,
        Some(link) if lifecycle::opens_test(loaded, link, ctx.now) => true,
        Some(_) => return Err(FlowError::NotFound("test")),
    };
    let is_open = if is_test { loaded.is_open_to_tests() } else { loaded.is_open() };
    if !is_open {
        return Err(FlowError::NotFound("connection"));
    }
    // A test ends nobody's session.
    if let Some(token) = input.leaves.filter(|_| !is_test) {
        let mut tx = gateway.storage().read().await?;
        let present = session::find(&mut tx, token).await?;
        if let Some(present) = present.filter(|present| is_alive(present, gateway.lifetimes(), ctx.now))
            // Another connection of the same account may be anybody's whom its owner lets in.
            && present.session.connection_id != loaded.connection.id
        {
            let account = account::find(&mut tx, present.session.account_id).await?;
            let present = account.map(|account| account.name).unwrap_or_default();
            return Ok(Begun::StartOver(Question { present, next: loaded.account.name.clone() }));
        }
    }
    let handle = Handle::draw(gateway.rng());
    let Start { browser, return_to, is_forced, .. } = input;
    ask(gateway, ctx, &active, Wish { handle, browser, return_to, is_forced, is_test }).map(Begun::Started)
}

/// Makes the request of `wish` and what the browser is to keep of it.
pub(super) fn ask(
    gateway: &Gateway,
    ctx: &Ctx,
    Active { loaded, signing, .. }: &Active,
    wish: Wish,
) -> Result<Started, FlowError> {
    let (rng, settings) = (gateway.rng(), &loaded.settings);
    let new = wish.browser.is_none().then(|| BrowserToken::draw(rng));
    let browser = wish.browser.or(new.as_ref().map(BrowserToken::hash));
    let asked = Asked {
        is_forced: wish.is_forced || settings.force_authn,
        contexts: settings.authn_contexts.clone(),
    };
    let handle = match &loaded.service_provider.acs_path {
        Some(_) => wish.handle.leading_to(loaded.connection.id),
        None => wish.handle,
    };
    let pending = Pending {
        handle,
        connection: loaded.connection.id,
        browser: browser.ok_or(FlowError::Internal("a request without a browser"))?,
        return_to: wish.return_to,
        asked,
        token: SessionToken::draw(rng),
        is_test: wish.is_test,
        expires_at: ctx.now.plus_seconds(LIFE_SECONDS),
    };
    let (binding, destination) = destination(settings)?;
    let (issuer, acs_url) = (&loaded.service_provider.entity_id, &loaded.service_provider.acs_url);
    let request = AuthnRequest {
        force_authn: pending.asked.is_forced,
        authn_contexts: &pending.asked.contexts,
        ..AuthnRequest::new(pending.handle.as_str(), ctx.now, issuer, destination, acs_url)
    };
    let handle = Some(pending.handle.as_str());
    let unwritable = |_| FlowError::Internal("the request could not be signed");
    let to = match binding {
        RequestBinding::Redirect => {
            HandOver::Redirect(request.redirect_url(handle, signing.as_ref()).map_err(unwritable)?)
        }
        RequestBinding::Post => {
            let signer = signing.as_ref().map(|key| Signer { key, certificate_der: None });
            HandOver::Post(request.post_form(handle, signer.as_ref()).map_err(unwritable)?)
        }
    };
    let pending = pending.seal(&loaded.keys, rng)?;
    let (idp_name, locale) = (loaded.connection.name.clone(), loaded.account.locale);
    Ok(Started { browser: new, pending, idp_name, locale, to })
}

/// The binding that was chosen, as long as there is an address for it; else the other.
fn destination(settings: &Settings) -> Result<(RequestBinding, &str), FlowError> {
    let by = |binding: RequestBinding| {
        let url = match binding {
            RequestBinding::Redirect => &settings.sso_redirect_url,
            RequestBinding::Post => &settings.sso_post_url,
        };
        url.as_deref().map(|url| (binding, url))
    };
    let (redirect, post) = (RequestBinding::Redirect, RequestBinding::Post);
    let found = settings.request_binding.and_then(by).or_else(|| by(redirect)).or_else(|| by(post));
    found.ok_or(FlowError::Internal("a connection without a sign-on address"))
}
