//! Routes and handlers of the pretend identity provider.
//!
//! | path | what |
//! |---|---|
//! | `/` | who is played here |
//! | `/{like}/sso` | a request arrives, by Redirect (GET) or POST |
//! | `/{like}/start` | a sign-in starts here, as from a tile in a portal |
//! | `/{like}/answer` | the form comes back: send, or change what is sent |
//! | `/{like}/metadata` | the metadata |

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{self, HeaderName};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use gatepost_saml::mint::metadata::{MetadataFacts, mint_metadata};
use gatepost_saml::mint::request_reader::{RequestBinding, read_authn_request};
use gatepost_saml::mint::{Person, Personality, Signs};

use super::answer::{self, Answer};
use super::fault::Fault;
use super::form::{Action, Edited, Exchange, Form, Row, Who};
use super::pages::{
    ChoosePage, EditPage, FaultMenu, Frame, HomePage, PersonView, ProblemPage, ProductView, STYLE, SendPage,
    StartPage,
};
use super::{Settings, addresses, sso_url};
use crate::http::pages::Page;
use crate::http::pages::assets::SCRIPT;
use crate::words::IdpText;

/// The pretend identity provider as a service.
pub fn router(settings: Settings) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/{like}/sso", get(redirected).post(posted))
        .route("/{like}/start", get(start))
        .route("/{like}/answer", post(answered))
        .route("/{like}/metadata", get(metadata))
        .route("/assets/{file}", get(asset))
        .fallback(not_here)
        .with_state(Arc::new(Idp { settings, previous: Mutex::default() }))
}

struct Idp {
    settings: Settings,
    /// The last good answer of each product, to be sent again: `SAMLResponse` by product.
    previous: Mutex<HashMap<&'static str, String>>,
}

type Shared = State<Arc<Idp>>;

impl Idp {
    fn frame(&self, personality: Option<&'static Personality>) -> Frame {
        Frame { text: self.settings.text, product: personality.map(|personality| personality.product) }
    }

    fn text(&self) -> &'static IdpText {
        &self.settings.text.idp
    }

    fn previous(&self) -> MutexGuard<'_, HashMap<&'static str, String>> {
        self.previous.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_previous(&self, personality: &Personality) -> bool {
        self.previous().contains_key(personality.name)
    }

    fn problem(&self, status: StatusCode, sentence: &dyn Display) -> Response {
        let page = ProblemPage { frame: self.frame(None), sentence: &sentence.to_string() };
        (status, html(&page, TO_OURSELVES)).into_response()
    }

    fn not_here(&self) -> Response {
        self.problem(StatusCode::NOT_FOUND, &self.text().problem_not_here)
    }

    fn random(&self) -> impl FnMut(&mut [u8]) + '_ {
        |bytes: &mut [u8]| self.settings.rng.fill(bytes)
    }

    /// Asks who signs in.
    fn choose(&self, personality: &'static Personality, exchange: &Exchange, asks: Asks) -> Response {
        let people: Vec<PersonView> = Person::examples().iter().map(person_view).collect();
        let page = ChoosePage {
            frame: self.frame(Some(personality)),
            action: &format!("/{}/answer", personality.name),
            exchange,
            people: &people,
            is_forced: asks.is_forced,
            is_passive: asks.is_passive,
            faults: FaultMenu { has_previous: self.has_previous(personality), ..FaultMenu::default() },
        };
        html(&page, TO_OURSELVES)
    }
}

/// What a request asks for beside a sign-in.
#[derive(Debug, Clone, Copy, Default)]
struct Asks {
    is_forced: bool,
    is_passive: bool,
}

async fn home(State(idp): Shared) -> Response {
    let base_url = &idp.settings.base_url;
    let view = |personality: &&'static Personality| ProductView {
        product: personality.product,
        about: about(personality, idp.text()),
        entity_id: personality.addresses.entity_id.to_owned(),
        sso_url: sso_url(base_url, personality),
        metadata_href: format!("/{}/metadata", personality.name),
        start_href: format!("/{}/start", personality.name),
    };
    let products: Vec<_> = idp.settings.personalities.iter().map(view).collect();
    html(&HomePage { frame: idp.frame(None), products: &products }, TO_OURSELVES)
}

async fn redirected(idp: Shared, Path(like): Path<String>, RawQuery(query): RawQuery) -> Response {
    asked(&idp, &like, query.unwrap_or_default().as_bytes(), RequestBinding::Redirect)
}

async fn posted(idp: Shared, Path(like): Path<String>, body: Bytes) -> Response {
    asked(&idp, &like, &body, RequestBinding::Post)
}

/// A request has arrived.
fn asked(idp: &Idp, like: &str, parameters: &[u8], binding: RequestBinding) -> Response {
    let Some(personality) = idp.settings.personality(like) else { return idp.not_here() };
    let value = field(parameters, "SAMLRequest").unwrap_or_default();
    let request = match read_authn_request(&value, binding) {
        Ok(request) => request,
        Err(error) => {
            return idp.problem(StatusCode::BAD_REQUEST, &idp.text().problem_request.with("why", error));
        }
    };
    // The request may leave the address to what was registered (saml-core 3.4.1).
    let registered = || Some(idp.settings.service(personality, Some(&request.issuer))?.acs_url.clone());
    let Some(acs_url) = request.acs_url.clone().or_else(registered).filter(|url| is_web_url(url)) else {
        return idp.problem(StatusCode::BAD_REQUEST, &idp.text().problem_acs);
    };
    let exchange = Exchange {
        request_id: Some(request.id),
        sp_entity_id: request.issuer,
        acs_url,
        relay_state: field(parameters, "RelayState"),
    };
    let asks = Asks { is_forced: request.force_authn, is_passive: request.is_passive };
    idp.choose(personality, &exchange, asks)
}

async fn metadata(State(idp): Shared, Path(like): Path<String>) -> Response {
    let Some(personality) = idp.settings.personality(&like) else { return idp.not_here() };
    let sso_url = idp.settings.sso_url(personality);
    let mut facts = MetadataFacts::new(idp.settings.clock.now());
    facts.addresses = Some(addresses(personality, &sso_url));
    match mint_metadata(personality, &facts, &mut idp.random()) {
        Ok(xml) => {
            let headers = [
                (header::CONTENT_TYPE, "application/samlmetadata+xml"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, xml).into_response()
        }
        Err(error) => {
            let sentence = idp.text().problem_mint.with("why", error);
            idp.problem(StatusCode::INTERNAL_SERVER_ERROR, &sentence)
        }
    }
}

async fn start(State(idp): Shared, Path(like): Path<String>, RawQuery(query): RawQuery) -> Response {
    let Some(personality) = idp.settings.personality(&like) else { return idp.not_here() };
    let query = query.unwrap_or_default();
    let field = |name: &str| field(query.as_bytes(), name);
    let (sp, acs) = (field("sp"), field("acs"));
    let known = idp
        .settings
        .service(personality, sp.as_deref())
        .map(|service| (&service.entity_id, &service.acs_url));
    let chosen = known.or(sp.as_ref().zip(acs.as_ref())).filter(|(_, acs)| is_web_url(acs));
    match chosen {
        Some((entity_id, acs_url)) => {
            let exchange = Exchange {
                request_id: None,
                sp_entity_id: entity_id.clone(),
                acs_url: acs_url.clone(),
                relay_state: field("relay_state"),
            };
            idp.choose(personality, &exchange, Asks::default())
        }
        None => html(
            &StartPage {
                frame: idp.frame(Some(personality)),
                action: &format!("/{like}/start"),
                sp_entity_id: sp.as_deref().unwrap_or_default(),
                acs_url: acs.as_deref().unwrap_or_default(),
                is_wrong: acs.is_some(),
            },
            TO_OURSELVES,
        ),
    }
}

async fn answered(State(idp): Shared, Path(like): Path<String>, body: Bytes) -> Response {
    let Some(personality) = idp.settings.personality(&like) else { return idp.not_here() };
    let form = Form::read(&body);
    if !is_web_url(&form.exchange.acs_url) {
        return idp.problem(StatusCode::BAD_REQUEST, &idp.text().problem_acs);
    }
    let person = match &form.who {
        Who::Known(place) => Person::examples().into_iter().nth(*place),
        Who::MadeUp(made_up) => Some(made_up.person()),
    };
    let Some(person) = person else {
        return idp.problem(StatusCode::BAD_REQUEST, &idp.text().problem_person);
    };
    match form.action {
        Action::SignIn => send(&idp, personality, &form, &person),
        Action::Edit | Action::AddRow => edit(&idp, personality, form, &person),
    }
}

/// Shows what would be sent, with one more row if that was asked for.
fn edit(idp: &Idp, personality: &'static Personality, form: Form, person: &Person) -> Response {
    let mut edited = form.edited.unwrap_or_else(|| answer::unedited(personality, person, &mut idp.random()));
    if form.action == Action::AddRow {
        edited.rows.push(Row::default());
    }
    html(
        &EditPage {
            frame: idp.frame(Some(personality)),
            action: &format!("/{}/answer", personality.name),
            exchange: &form.exchange,
            who: &who_fields(&form.who),
            name: &full_name(person),
            formats: &formats(&edited),
            edited: &edited,
            faults: FaultMenu {
                chosen: form.fault,
                is_shown_first: form.is_shown_first,
                has_previous: idp.has_previous(personality),
            },
        },
        TO_OURSELVES,
    )
}

/// Makes the answer and sends the browser on its way with it.
fn send(idp: &Idp, personality: &'static Personality, form: &Form, person: &Person) -> Response {
    let saml_response = if form.fault == Fault::Replayed {
        let Some(previous) = idp.previous().get(personality.name).cloned() else {
            return idp.problem(StatusCode::BAD_REQUEST, &idp.text().problem_previous);
        };
        previous
    } else {
        let answer = Answer {
            personality,
            sso_url: &idp.settings.sso_url(personality),
            exchange: &form.exchange,
            person,
            edited: form.edited.as_ref(),
            now: idp.settings.clock.now(),
        };
        match answer.mint(form.fault, &mut idp.random()) {
            Ok(minted) => minted.post_value(),
            Err(error) => {
                let sentence = idp.text().problem_mint.with("why", error);
                return idp.problem(StatusCode::INTERNAL_SERVER_ERROR, &sentence);
            }
        }
    };
    if form.fault == Fault::None {
        idp.previous().insert(personality.name, saml_response.clone());
    }
    let xml = form.is_shown_first.then(|| readable(&saml_response));
    let page = SendPage {
        frame: idp.frame(Some(personality)),
        acs_url: &form.exchange.acs_url,
        saml_response: &saml_response,
        relay_state: form.exchange.relay_state.as_deref(),
        xml: xml.as_deref(),
    };
    html(&page, TO_ANYWHERE)
}

async fn asset(uri: Uri) -> Response {
    let found = [&STYLE, &SCRIPT].into_iter().find(|asset| asset.path() == uri.path());
    match found {
        Some(asset) => {
            let headers = [
                (header::CONTENT_TYPE, asset.content_type),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, asset.content).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn not_here(State(idp): Shared) -> Response {
    idp.not_here()
}

/// `form-action` of pages whose forms come back here.
const TO_OURSELVES: &str = "'self'";
/// `form-action` of the page that posts to a service provider, which may send the browser on to anywhere.
const TO_ANYWHERE: &str = "http: https:";

fn html(page: &impl Page, form_action: &str) -> Response {
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; form-action {form_action}; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    let headers: [(HeaderName, &str); 5] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, &policy),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, page.html()).into_response()
}

/// One field of a form body or query.
fn field(parameters: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(parameters).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Whether a form may post there.
fn is_web_url(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// A line about what the product's messages look like.
fn about(personality: &Personality, text: &IdpText) -> String {
    let what = match personality.signs {
        Signs::Neither => text.signs_neither,
        Signs::Assertion => text.signs_assertion,
        Signs::Response => text.signs_response,
        Signs::Both => text.signs_both,
    };
    let algorithm = personality.signature.uri();
    let algorithm = algorithm.rsplit_once('#').map_or(algorithm, |(_, name)| name);
    let signs = text.home_about_signs.with("what", what).with("algorithm", algorithm.to_uppercase());
    if personality.encrypts { format!("{signs} {}", text.home_about_encrypts) } else { signs.to_string() }
}

fn person_view(person: &Person) -> PersonView {
    let about = [person.role.replace('_', " "), person.email.clone()];
    let about: Vec<String> = about.into_iter().filter(|part| !part.is_empty()).collect();
    PersonView { name: full_name(person), about: about.join(", ") }
}

fn full_name(person: &Person) -> String {
    format!("{} {}", person.first_name, person.last_name)
}

fn who_fields(who: &Who) -> Vec<(&'static str, String)> {
    match who {
        Who::Known(place) => vec![("person", place.to_string())],
        Who::MadeUp(made_up) => vec![
            ("person", "other".to_owned()),
            ("first_name", made_up.first_name.clone()),
            ("last_name", made_up.last_name.clone()),
            ("email", made_up.email.clone()),
            ("role", made_up.role.clone()),
        ],
    }
}

/// The formats that the menu offers: the usual ones, and the one that is set.
fn formats(edited: &Edited) -> Vec<&str> {
    use gatepost_saml::mint::uri;
    let mut formats =
        vec![uri::FORMAT_EMAIL, uri::FORMAT_UNSPECIFIED, uri::FORMAT_PERSISTENT, uri::FORMAT_TRANSIENT];
    let set = edited.name_id_format.as_str();
    if !set.is_empty() && !formats.contains(&set) {
        formats.push(set);
    }
    formats
}

/// The message behind the form value, for reading.
fn readable(saml_response: &str) -> String {
    let compact: Vec<u8> = saml_response.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let xml = base64_simd::STANDARD.decode_to_vec(compact).unwrap_or_default();
    String::from_utf8_lossy(&xml).into_owned()
}
