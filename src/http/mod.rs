//! Rank 5: the web. A handler extracts, calls one flow, and maps the answer to a page; nothing is decided here. A page that
//! shows what several flows tell calls each, and each is a look of its own at the database.
//!
//! | file | what |
//! |---|---|
//! | [`saml`] | login, ACS and metadata of a connection; answers that come to addresses of before |
//! | [`signin`], [`me`], [`health`] | the other addresses |
//! | [`console`] | the console of operators and owners, and what leads into it |
//! | [`api`] | the REST API |
//! | [`routes`] | every address |
//! | [`zoom`] | what Zoom posts |
//! | [`token`] | tokens for the platform's apps, and our public keys |
//! | [`pages`] | views and templates |
//! | [`cookies`], [`session_store`] | what the browser keeps for us |
//! | [`gate`], [`address`], [`limits`], [`bodies`] | what every request passes, where it came from, how much it may ask in vain and weigh |
//! | [`headers`], [`error`], [`reply`] | what every answer has |
//! | [`upload`] | forms with files |
//! | [`event_file`], [`table_file`], [`zoom_file`] | events as a file; tables as files, and those of Zoom |
//! | [`language`] | which language a page is in |
//! | [`observe`] | what is told of every request |
//!
//! # Invariants
//!
//! * No answer depends on `Host` or `X-Forwarded-*`: the public address is configuration. (How many refusals an address
//!   may cause does, behind proxies that are trusted.)
//! * A wrong request is answered with 4xx, in the form that was asked for, and changes nothing.
//! * Every form that changes something carries a token of its session; the ACS, which other sites post to, is bound to
//!   the browser instead.
//!
//! To add an address: a handler in the file of its noun, a line in [`routes`], one in the table of its tests.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path};
use axum::handler::Handler as _;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use ipnet::IpNet;
use tokio::sync::Semaphore;
use tower_sessions::SessionManagerLayer;
use tower_sessions::cookie::SameSite;

pub mod address;
pub mod api;
pub mod bodies;
pub mod console;
pub mod cookies;
pub mod error;
pub mod event_file;
pub mod gate;
pub mod headers;
pub mod health;
pub mod language;
pub mod limits;
pub mod me;
pub mod observe;
pub mod pages;
pub mod reply;
pub mod routes;
pub mod saml;
pub mod session_store;
pub mod signin;
pub mod table_file;
pub mod token;
pub mod upload;
pub mod zoom;
pub mod zoom_file;

use crate::base::{Actor, Ctx};
use crate::directory::account::Locale;
use crate::directory::preset::Product;
use crate::flow::Gateway;
use crate::flow::zoom::event::MAX_BODY;
use address::Address;
use api::rate::Rates;
use bodies::Bodies;
use cookies::CookieStyle;
use gate::Bounds;
use language::Language;
use limits::Limits;
use pages::Frame;
use session_store::Store;

/// A message of 256 KiB is 342 KiB in base64, and more where a browser percent-encodes it.
/// So many times as long as the XML is what may be posted.
const BODY_PER_MESSAGE: usize = 2;
const FORM_BODY: usize = 16 * 1024;

/// What handlers work with.
#[derive(Debug, Clone)]
pub struct Web {
    gateway: Gateway,
    cookies: CookieStyle,
    demo: Option<Arc<Demo>>,
    limits: Arc<Limits>,
    trusted_proxies: Arc<[IpNet]>,
    body_limit: usize,
    bounds: Bounds,
    places: Arc<Semaphore>,
    language: Language,
    bodies: Arc<Bodies>,
    rates: Arc<Rates>,
}

/// How a site is served.
#[derive(Debug, Default)]
pub struct Options {
    /// What its start page shows when it is a demo.
    pub demo: Option<Demo>,
    /// Proxies whose word counts for where a request came from.
    pub trusted_proxies: Vec<IpNet>,
    /// What it takes on at the same time.
    pub bounds: Bounds,
}

/// What the start page of a demo shows.
#[derive(Debug)]
pub struct Demo {
    /// The demo account's name in addresses.
    pub account_slug: String,
    /// Its name for people.
    pub account_name: String,
    /// Its connections.
    pub connections: Vec<DemoChoice>,
    /// Whom the pretend identity provider knows.
    pub people: Vec<DemoFigure>,
    /// The pretend identity provider.
    pub idp_href: String,
    /// The stand-in for Zoom, and how many users it has.
    pub zoom: (String, u32),
}

/// A connection of the demo.
#[derive(Debug)]
pub struct DemoChoice {
    /// Its name.
    pub name: String,
    /// Its product: what is special about it is told in the reader's language.
    pub product: Product,
    /// Where the sign-in starts.
    pub href: String,
}

/// A person of the demo.
#[derive(Debug)]
pub struct DemoFigure {
    /// Their name.
    pub name: String,
    /// Their address, if they have one.
    pub email: Option<String>,
    /// What they are at the school.
    pub role: String,
}

impl Web {
    /// Around a page of nobody's.
    fn frame(&self) -> Frame {
        Frame { text: self.language.text(), is_demo: self.demo.is_some() }
    }

    /// Around a page of an account.
    fn frame_of(&self, locale: Locale) -> Frame {
        Frame { text: self.language.decided(locale).text(), is_demo: self.demo.is_some() }
    }

    fn ctx(&self, actor: Actor) -> Ctx {
        self.gateway.ctx(actor)
    }

    fn ctx_from(&self, actor: Actor, address: Address) -> Ctx {
        self.ctx(actor).from_address(address.0)
    }
}

/// The whole site.
pub fn router(gateway: Gateway, options: Options) -> Router {
    let Options { demo, trusted_proxies, bounds } = options;
    let is_for_this_machine = !gateway.public_url().is_secure();
    let cookies = CookieStyle::new(gateway.public_url().is_secure());
    let sessions = SessionManagerLayer::new(Store::new(gateway.clone()))
        .with_name(cookies.session_name())
        .with_secure(cookies.is_secure())
        .with_same_site(SameSite::Lax);
    let message_body = gateway.limits().max_bytes.saturating_mul(BODY_PER_MESSAGE);
    let web = Web {
        gateway,
        cookies,
        demo: demo.map(Arc::new),
        limits: Arc::default(),
        trusted_proxies: trusted_proxies.into(),
        body_limit: message_body.max(FORM_BODY).max(MAX_BODY),
        bounds,
        places: Arc::new(Semaphore::new(bounds.places)),
        language: Language::default(),
        bodies: Arc::new(Bodies::new(bounds.body_bytes)),
        rates: Arc::new(Rates::new(bounds.api_per_minute)),
    };
    let with_session = routes::with_session()
        .merge(routes::messages().layer(DefaultBodyLimit::max(message_body)))
        .fallback(saml::elsewhere.layer(DefaultBodyLimit::max(message_body)))
        .layer(sessions)
        // Later layers come first: the session layer sees only cookies whose names are byte for byte ours.
        .layer(axum::middleware::map_request(move |mut request: axum::extract::Request| async move {
            cookies.keep_ours(request.headers_mut());
            request
        }));
    let site = routes::open()
        .merge(routes::about_the_api())
        .merge(api::router())
        .merge(routes::in_console())
        .merge(routes::at_webhooks())
        .merge(routes::of_sso())
        .merge(routes::certificates())
        .merge(routes::of_sign_ins())
        .merge(routes::of_people())
        .merge(routes::of_zoom_link())
        .merge(routes::of_zoom_people())
        .merge(routes::from_zoom().layer(DefaultBodyLimit::disable()))
        .merge(routes::of_zoom_events())
        .merge(routes::heavy().layer(DefaultBodyLimit::max(message_body)))
        .merge(with_session)
        .layer(DefaultBodyLimit::max(FORM_BODY))
        .layer(axum::middleware::from_fn_with_state(web.clone(), gate::gate));
    let site = if is_for_this_machine { only_for_this_machine(site) } else { site };
    site.layer(axum::middleware::from_fn_with_state(web.clone(), headers::add))
        .layer(axum::middleware::from_fn(observe::observe))
        .with_state(web)
}

/// The same, asked by names of this machine only.
pub fn only_for_this_machine<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router.layer(axum::middleware::from_fn(gate::only_this_machine))
}

async fn asset(web: Web, Path(file): Path<String>) -> Response {
    match pages::assets::find(&format!("/assets/{file}")) {
        None => error::not_found(&web),
        Some(asset) => {
            let for_ever = (CACHE_CONTROL, "public, max-age=31536000, immutable");
            ([(CONTENT_TYPE, asset.content_type), for_ever], asset.content).into_response()
        }
    }
}
