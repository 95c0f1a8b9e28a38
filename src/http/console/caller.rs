//! Who asks: an operator or owner who got in by a link or passkey, or a person who came by single sign-on. An extractor.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;

use crate::base::encoding::base64url;
use crate::base::secret::{ConsoleToken, TokenHash};
use crate::base::{Actor, Ctx};
use crate::directory::account::Slug;
use crate::flow::{console, session};
use crate::http::Web;
use crate::http::address::Address;
use crate::http::cookies::Entry;
use crate::http::error::{answer, page};
use crate::http::pages::ErrorKind;
use crate::http::reply::{is_same, parameter, see_other};

/// Somebody whom we know. No Debug: the token of their forms is a secret.
pub struct Caller {
    /// With who they are.
    pub ctx: Ctx,
    /// Of which account.
    pub account: Option<Slug>,
    /// What their forms carry.
    pub form_token: String,
    /// What the last answer wanted said.
    pub flash: Option<String>,
    headers: HeaderMap,
    console_session: Option<TokenHash>,
}

impl Caller {
    /// Whether a form was sent by a page of ours, of this very session.
    #[must_use]
    pub fn sent(&self, form: &[u8]) -> bool {
        self.sent_token(&parameter(form, "token").unwrap_or_default())
    }

    /// Whether a form with this token was.
    #[must_use]
    pub fn sent_token(&self, given: &str) -> bool {
        is_same(&self.form_token, given) && !is_elsewhere(&self.headers)
    }

    /// The session that they came in by, if that is one of the console.
    #[must_use]
    pub const fn console_session(&self) -> Option<TokenHash> {
        self.console_session
    }

    /// Whether they run the installation.
    #[must_use]
    pub const fn is_operator(&self) -> bool {
        matches!(self.ctx.actor, Actor::Operator(_))
    }
}

impl FromRequestParts<Web> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let Ok(web) = Web::from_request_parts(parts, web).await;
        find(&web, parts, Entry::Console).await?.ok_or_else(|| {
            if parts.method == Method::GET {
                see_other("/console/signin")
            } else {
                page(&web, StatusCode::FORBIDDEN, ErrorKind::BadForm, None)
            }
        })
    }
}

/// Whoever came by a setup link.
pub struct Visitor(pub Caller);

impl FromRequestParts<Web> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let Ok(web) = Web::from_request_parts(parts, web).await;
        let found = find(&web, parts, Entry::Setup).await?;
        let gone = || page(&web, StatusCode::NOT_FOUND, ErrorKind::LinkGone, None);
        found.map(Visitor).ok_or_else(gone)
    }
}

async fn find(web: &Web, parts: &Parts, entry: Entry) -> Result<Option<Caller>, Response> {
    let headers = &parts.headers;
    let address = parts.extensions.get::<Address>().copied().unwrap_or(Address(None));
    let ctx = web.ctx_from(Actor::Anonymous, address);
    let failed = |error: &_| answer(web, &ctx, error);
    let caller = |(actor, account), seed: &[u8], console_session| Caller {
        ctx: Ctx { actor, ..ctx.clone() },
        account,
        form_token: form_token(seed),
        flash: web.cookies.flash(headers).map(str::to_owned),
        headers: headers.clone(),
        console_session,
    };
    if let Some(token) = web.cookies.console(headers, entry) {
        let found = console::find(&web.gateway, &ctx, token.hash()).await.map_err(|error| failed(&error))?;
        let is_setup = |actor: &Actor| matches!(actor, Actor::SetupLink(_));
        if let Some(current) = found.filter(|found| is_setup(&found.actor) == (entry == Entry::Setup)) {
            let who = (current.actor, current.account);
            return Ok(Some(caller(who, &token.expose_bytes(), Some(token.hash()))));
        }
    }
    let token = web.cookies.session(headers).filter(|_| entry == Entry::Console);
    let Some(token) = token else { return Ok(None) };
    let found = session::find(&web.gateway, &ctx, token.hash()).await.map_err(|error| failed(&error))?;
    Ok(found.map(|current| {
        let who = (current.actor(), current.account_slug.parse().ok());
        caller(who, &token.expose_bytes(), None)
    }))
}

/// The token of the session that the browser has, to be replaced by a new one.
#[must_use]
pub fn present(web: &Web, headers: &HeaderMap, entry: Entry) -> Option<ConsoleToken> {
    web.cookies.console(headers, entry)
}

/// Whether a browser says that another site had it ask; one that says nothing is taken for ours: a form has its token
/// besides. Where nothing else shows it, [`is_from_elsewhere`](crate::http::gate::is_from_elsewhere) has the other default.
#[must_use]
pub fn is_elsewhere(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none")
}

/// Made of the session's token, so that it is good for that session alone and needs no place of its own.
fn form_token(seed: &[u8]) -> String {
    let mut hasher = openssl::sha::Sha256::new();
    hasher.update(b"gatepost console 1\0");
    hasher.update(seed);
    base64url(&hasher.finish())
}
