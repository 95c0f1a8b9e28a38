//! Sending a browser to its identity provider.

use gatepost_saml::request::{AuthnRequest, PostForm};
use gatepost_saml::signature::sign::Signer;

use super::pending::{Handle, LIFE_SECONDS, Pending, SealedPending};
use crate::base::Ctx;
use crate::base::id::ConnectionId;
use crate::base::secret::BrowserToken;
use crate::base::url::SitePath;
use crate::flow::connection::load;
use crate::flow::{FlowError, Gateway};

/// Who wants to sign in, and where to afterwards.
#[derive(Debug)]
pub struct Start {
    /// By which connection.
    pub connection: ConnectionId,
    /// The browser's token, if it has one.
    pub browser: Option<BrowserToken>,
    /// Where to go afterwards.
    pub return_to: Option<SitePath>,
}

/// What the browser is to keep, and where it is to go.
#[derive(Debug)]
pub struct Started {
    /// The browser's token, new or as it was.
    pub browser: BrowserToken,
    /// What the browser keeps for us.
    pub pending: SealedPending,
    /// What people call the identity provider.
    pub idp_name: String,
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

/// Makes a request for a sign-in. Writes nothing: see [`super::pending`].
///
/// # Errors
/// [`FlowError::NotFound`] when nobody may sign in by this connection.
pub async fn start(gateway: &Gateway, ctx: &Ctx, input: Start) -> Result<Started, FlowError> {
    let rng = gateway.rng();
    let mut tx = gateway.storage().read().await?;
    let loaded = load::active(gateway, &mut tx, input.connection).await?;
    let signing =
        if loaded.settings.is_request_signed { Some(loaded.signing_key(&mut tx).await?) } else { None };
    drop(tx);

    let browser = input.browser.unwrap_or_else(|| BrowserToken::draw(rng));
    let pending = Pending {
        handle: Handle::draw(rng),
        connection: input.connection,
        browser: browser.hash(),
        return_to: input.return_to,
        expires_at: ctx.now.plus_seconds(LIFE_SECONDS),
    };
    let settings = &loaded.settings;
    let destination = settings.sso_redirect_url.as_deref().or(settings.sso_post_url.as_deref());
    let destination = destination.ok_or(FlowError::Internal("a connection without a sign-on address"))?;
    let (issuer, acs_url) = (&loaded.service_provider.entity_id, &loaded.service_provider.acs_url);
    let request = AuthnRequest::new(pending.handle.as_str(), ctx.now, issuer, destination, acs_url);
    let handle = Some(pending.handle.as_str());
    let unwritable = |_| FlowError::Internal("the request could not be signed");
    let to = if settings.sso_redirect_url.is_some() {
        HandOver::Redirect(request.redirect_url(handle, signing.as_ref()).map_err(unwritable)?)
    } else {
        let signer = signing.as_ref().map(|key| Signer { key, certificate_der: None });
        HandOver::Post(request.post_form(handle, signer.as_ref()).map_err(unwritable)?)
    };
    let pending = pending.seal(&loaded.keys, rng)?;
    Ok(Started { browser, pending, idp_name: loaded.connection.name, to })
}
