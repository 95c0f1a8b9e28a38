//! The SAML service provider's addresses, one set per connection: login, ACS, metadata; and whatever other address an
//! identity provider may know, where its connection was another product's before.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, RawQuery};
use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use gatepost_saml::binding::Wire;
use gatepost_saml::{Code, StepName};
use tower_sessions::Session;
use tower_sessions::session::Id;

use super::address::Address;
use super::error::{answer, brand, log, not_found, page, tell, too_many};
use super::gate::{is_from_elsewhere, is_posted_by_us};
use super::pages::branding::Brand;
use super::pages::{
    AgainPage, ErrorKind, HandOverFormPage, HandOverPage, RefusedDetail, RefusedPage, ReplacePage,
    ReplaceWith, TestedPage,
};
use super::reply::{html, is_same, parameter, see_other};
use super::session_store::{ISSUE, token};
use super::{Web, headers, observe};
use crate::base::encoding::base64url;
use crate::base::id::ConnectionId;
use crate::base::{Actor, Ctx, ReturnTo};
use crate::directory::client::Client;
use crate::flow::branding;
use crate::flow::connection;
use crate::flow::login::{
    self, Begun, Finish, Finished, HandOver, Posted, Question, Refused, Route, SignedIn, Start, Started,
};

/// `GET /saml/{connection}/login?return_to=…&force=1`: on to the identity provider. Answered with a page that navigates
/// there, since browsers would apply the `form-action` of whatever page the person came from to a redirect.
pub async fn login(
    web: Web,
    Path(connection): Path<String>,
    address: Address,
    session: Session,
    RawQuery(query): RawQuery,
    request: HeaderMap,
) -> Response {
    let Ok(connection) = connection.parse::<ConnectionId>() else { return not_found(&web) };
    let ctx = web.ctx_from(Actor::Anonymous, address);
    let is_other = |name: &str, wanted: &str| request.get(name).is_some_and(|value| value != wanted);
    let is_ahead = request.contains_key("sec-purpose");
    if is_other("sec-fetch-mode", "navigate") || is_other("sec-fetch-dest", "document") || is_ahead {
        // A picture or script of some page, or a browser looking ahead, and not a person: it must not push out a
        // sign-in that is under way.
        return page(&web, StatusCode::BAD_REQUEST, ErrorKind::BadForm, None);
    }
    if let Err(seconds) = web.limits.starts.count(address, ctx.now) {
        return too_many(&web, seconds);
    }
    let query = query.unwrap_or_default();
    let return_to = parameter(query.as_bytes(), "return_to");
    let return_to = return_to.and_then(|text| web.gateway.return_to(&text));
    let is_forced = parameter(query.as_bytes(), "force").is_some_and(|force| force == "1");
    let browser = web.cookies.browser(&request).map(|token| token.hash());
    let (presented, word) = (session.id().map(|id| token(id).hash()), session.id().map(word_of_session));
    // The person's own word, by a link of ours or by the button of the page that asks.
    let is_wanted = !is_from_elsewhere(&request, &query) || said(query.as_bytes(), word.as_deref());
    let leaves = if is_wanted { None } else { presented };
    let test = parameter(query.as_bytes(), "test");
    let start = Start { connection, browser, return_to: return_to.clone(), is_forced, leaves, test };
    match login::start(&web.gateway, &ctx, start).await {
        Ok(Begun::Started(started)) => hand_over(&web, &ctx, &request, (connection, &started)).await,
        Ok(Begun::StartOver(question)) => {
            ask_to_start(&web, connection, (return_to.as_ref(), is_forced), &question, word.as_deref())
        }
        Err(error) => answer(&web, &ctx, &error),
    }
}

/// A page that asks whether to leave the present account for that of `connection`.
fn ask_to_start(
    web: &Web,
    connection: ConnectionId,
    (return_to, is_forced): (Option<&ReturnTo>, bool),
    question: &Question,
    word: Option<&str>,
) -> Response {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Some(to) = return_to {
        query.append_pair("return_to", to.as_str());
    }
    if is_forced {
        query.append_pair("force", "1");
    }
    if let Some(word) = word {
        query.append_pair("replace", word);
    }
    let href = format!("/saml/{connection}/login?{}", query.finish());
    let with = ReplaceWith::Start { href: &href };
    html(&ReplacePage { frame: web.frame(), present: &question.present, next: &question.next, with })
}

/// A page that goes on to the identity provider, and what the browser is to keep.
async fn hand_over(
    web: &Web,
    ctx: &Ctx,
    request: &HeaderMap,
    (connection, started): (ConnectionId, &Started),
) -> Response {
    let (frame, idp_name) = (web.frame_of(started.locale), started.idp_name.as_str());
    let brand = brand(ctx, branding::of_connection(&web.gateway, connection).await);
    let mut response = match &started.to {
        HandOver::Redirect(url) => html(&HandOverPage { frame, idp_name, url, brand }),
        HandOver::Post(form) => {
            let (action, saml_request) = (form.action.as_str(), form.saml_request.as_str());
            let relay_state = form.relay_state.as_deref();
            let page = HandOverFormPage { frame, idp_name, action, saml_request, relay_state, brand };
            let mut response = html(&page);
            headers::form_to(response.headers_mut(), action);
            response
        }
    };
    if let Some(browser) = &started.browser {
        web.cookies.set_browser(response.headers_mut(), browser);
    }
    web.cookies.set_pending(request, response.headers_mut(), &started.pending, ctx.now);
    response
}

/// `POST /saml/{connection}/acs`: back from the identity provider. Where its two fields were exchanged, answers come to
/// `POST /saml/{connection}/metadata`; they are judged like any other, so that the trace says which address was wanted.
pub async fn acs(
    web: Web,
    Path(connection): Path<String>,
    address: Address,
    session: Session,
    uri: Uri,
    request: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(error) => return page(&web, error.status(), ErrorKind::BadForm, None),
    };
    match connection.parse() {
        Ok(id) => finish(&web, (id, Via::Own, address), &session, &request, Wire::Form(&body)).await,
        // Another product may have had addresses like ours.
        Err(_) => take_over(&web, (uri.path(), address), &session, &request, &body).await,
    }
}

/// `POST` to any address that is none of ours: it may be that of an imported connection's ACS.
pub async fn elsewhere(
    web: Web,
    method: Method,
    uri: Uri,
    address: Address,
    session: Session,
    request: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    match body {
        Ok(body) if method == Method::POST => {
            take_over(&web, (uri.path(), address), &session, &request, &body).await
        }
        _ => not_found(&web),
    }
}

async fn take_over(
    web: &Web,
    (path, address): (&str, Address),
    session: &Session,
    request: &HeaderMap,
    body: &[u8],
) -> Response {
    let ctx = web.ctx_from(Actor::Anonymous, address);
    let kind = match login::route(&web.gateway, path, body).await {
        Err(error) => return answer(web, &ctx, &error),
        Ok(Route::To(id)) => {
            return finish(web, (id, Via::Before, address), session, request, Wire::Form(body)).await;
        }
        Ok(Route::Nowhere) => return not_found(web),
        Ok(Route::Unknown) => ErrorKind::SenderUnknown,
        Ok(Route::Ambiguous) => ErrorKind::SenderAmbiguous,
    };
    observe::not_routed(&ctx, kind.code());
    match web.limits.refusals.count(address, ctx.now) {
        Ok(()) => page(web, StatusCode::FORBIDDEN, kind, Some(&ctx.request.to_string())),
        Err(seconds) => too_many(web, seconds),
    }
}

/// By which address an answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Via {
    /// The connection's own.
    Own,
    /// One of before, perhaps on another host, where this browser keeps nothing for us. From there a form is posted on to
    /// the connection's own.
    Before,
}

/// `GET /saml/{connection}/acs`: a response that came by the wrong binding, or a person who went back in the browser.
pub async fn acs_by_get(
    web: Web,
    Path(connection): Path<String>,
    address: Address,
    session: Session,
    request: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    match (query.filter(|query| query.contains("SAMLResponse=")), connection.parse()) {
        (Some(query), Ok(id)) => {
            let wire = Wire::Query(query.as_bytes());
            finish(&web, (id, Via::Own, address), &session, &request, wire).await
        }
        _ => not_found(&web),
    }
}

async fn finish(
    web: &Web,
    (connection, via, address): (ConnectionId, Via, Address),
    session: &Session,
    request: &HeaderMap,
    wire: Wire<'_>,
) -> Response {
    let ctx = web.ctx_from(Actor::IdentityProvider(connection), address);
    let browser = web.cookies.browser(request);
    let of_session = session.id().map(word_of_session);
    let word = browser.as_ref().map(|token| word(&token.expose_bytes())).or_else(|| of_session.clone());
    let browser = browser.map(|token| token.hash());
    let pending = web.cookies.pending(request);
    let presented = session.id().map(|id| token(id).hash());
    let may_replace = match wire {
        Wire::Form(body) => said(body, word.as_deref()),
        _ => false,
    };
    let user_agent = request.get(USER_AGENT).and_then(|text| text.to_str().ok());
    let client = &Client::describe(user_agent, address.0);
    let is_unheard = web.limits.refusals.is_full(address, ctx.now);
    let pending = &pending;
    let finish = Finish {
        connection,
        wire,
        browser,
        pending,
        presented,
        is_posted_by_us: is_posted_by_us(request),
        may_replace,
        client,
        is_unheard,
    };
    let frame = web.frame();
    let action = match via {
        Via::Own => format!("/saml/{connection}/acs"),
        Via::Before => format!("{}/saml/{connection}/acs", web.gateway.public_url()),
    };
    let posting_on = |mut response: Response| {
        if via == Via::Before {
            headers::form_to(response.headers_mut(), &action);
        }
        response
    };
    let began = tokio::time::Instant::now();
    let (account, finished) = login::finish(&web.gateway, &ctx, &finish).await;
    observe::login(&ctx, (account, connection), finished.as_ref(), began.elapsed());
    match finished {
        Err(error) => answer(web, &ctx, &error),
        Ok(Finished::Again(Posted { message, relay_state })) => {
            let (saml_response, relay_state) = (message.as_str(), relay_state.as_deref());
            posting_on(html(&AgainPage { frame, action: &action, saml_response, relay_state }))
        }
        Ok(Finished::Replace { posted, question }) => {
            let token = word.as_deref().unwrap_or_default();
            let (saml_response, relay_state) = (posted.message.as_str(), posted.relay_state.as_deref());
            let with = ReplaceWith::Answer { action: &action, saml_response, relay_state, token };
            let (present, next) = (question.present.as_str(), question.next.as_str());
            posting_on(html(&ReplacePage { frame, present, next, with }))
        }
        Ok(Finished::StartOver { return_to, question }) => {
            ask_to_start(web, connection, (return_to.as_ref(), false), &question, of_session.as_deref())
        }
        Ok(Finished::Restarted(started)) => match web.limits.starts.count(address, ctx.now) {
            Ok(()) => hand_over(web, &ctx, request, (connection, &started)).await,
            Err(seconds) => too_many(web, seconds),
        },
        Ok(Finished::Refused(refused)) => match web.limits.refusals.count(address, ctx.now) {
            Ok(()) => refuse(web, &ctx, &refused).await,
            Err(seconds) => too_many(web, seconds),
        },
        Ok(Finished::Unheard) => {
            too_many(web, web.limits.refusals.count(address, ctx.now).err().unwrap_or(1))
        }
        Ok(Finished::SignedIn(signed_in)) => {
            if signed_in.used.is_some() && !signed_in.is_repeat {
                web.limits.starts.give_back(address, ctx.now);
            }
            let mut response = greet(web, &ctx, session, &signed_in).await;
            web.cookies.set_choice(response.headers_mut(), connection);
            response
        }
        Ok(Finished::Tested(tested)) => {
            web.limits.starts.give_back(address, ctx.now);
            let (frame, reference) = (web.frame_of(tested.locale), tested.reference.to_string());
            let (trace, product, mapping) = (&tested.trace, tested.product, &tested.lineage);
            html(&TestedPage { frame, reference: &reference, trace, product, mapping })
        }
    }
}

/// The word of a person that a session of theirs may give way, as our own page carries it and no other site can know
/// it. It is made of a token itself: what the database has of it would do for whoever sees a copy of that.
fn word(of: &[u8]) -> String {
    let mut hasher = openssl::sha::Sha256::new();
    hasher.update(b"gatepost replace\0");
    hasher.update(of);
    base64url(&hasher.finish())
}

fn word_of_session(id: Id) -> String {
    word(&token(id).expose_bytes())
}

fn said(encoded: &[u8], word: Option<&str>) -> bool {
    let (Some(wanted), Some(given)) = (word, parameter(encoded, "replace")) else { return false };
    is_same(wanted, &given)
}

/// `GET /saml/{connection}/metadata`: ours, for the identity provider.
pub async fn metadata(web: Web, Path(connection): Path<String>) -> Response {
    let Ok(connection) = connection.parse::<ConnectionId>() else { return not_found(&web) };
    let ctx = web.ctx(Actor::Anonymous);
    match connection::own_metadata(&web.gateway, connection).await {
        Ok(xml) => ([(CONTENT_TYPE, "application/samlmetadata+xml")], xml.to_string()).into_response(),
        Err(error) => answer(&web, &ctx, &error),
    }
}

/// Hands the new session's token to the session layer, which sends the cookie; the one before has ended already.
async fn greet(web: &Web, ctx: &Ctx, session: &Session, signed_in: &SignedIn) -> Response {
    let handed_over = async {
        // Without a token the browser has it already.
        if let Some(token) = &signed_in.token {
            session.flush().await?;
            session.insert(ISSUE, token.expose_text()).await?;
        }
        Ok::<_, tower_sessions::session::Error>(())
    };
    if let Err(error) = handed_over.await {
        let reference = ctx.request.to_string();
        log(ctx, &format_args!("the session layer failed: {error}"));
        return page(web, StatusCode::INTERNAL_SERVER_ERROR, ErrorKind::Internal, Some(&reference));
    }
    let mut response = see_other(signed_in.return_to.as_str());
    if let Some(browser) = &signed_in.browser {
        web.cookies.set_browser(response.headers_mut(), browser);
    }
    if let Some(used) = &signed_in.used {
        web.cookies.set_used(response.headers_mut(), used);
    }
    response
}

async fn refuse(web: &Web, ctx: &Ctx, refused: &Refused) -> Response {
    let is_unreadable =
        matches!(refused.refusal.step, StepName::Input | StepName::Size | StepName::Xml | StepName::Root);
    let status = if is_unreadable { StatusCode::BAD_REQUEST } else { StatusCode::FORBIDDEN };
    let public_code = refused.refusal.public_code;
    // Only the demo and a test show the cause to strangers; what could serve as a decryption oracle not even they.
    let is_oracle = public_code != refused.refusal.code || public_code == Code::DecryptionFailed;
    let may_show = (web.demo.is_some() || refused.is_test) && !is_oracle;
    let (code, product) = (refused.refusal.code, refused.product);
    let detail = may_show.then_some(RefusedDetail { code, trace: &refused.trace, product });
    let reference = refused.reference.to_string();
    let brand = match refused.account_slug.parse() {
        Ok(slug) => brand(ctx, branding::of(&web.gateway, &slug).await),
        Err(_) => Brand::default(),
    };
    let again_href = format!("/signin/{}", refused.account_slug);
    let frame = web.frame_of(refused.locale);
    let page = RefusedPage {
        frame,
        public_code,
        reference: &reference,
        at: refused.at,
        again_href: &again_href,
        detail,
        is_test: refused.is_test,
        brand,
    };
    let mut response = (status, html(&page)).into_response();
    let text = frame.text;
    let sentence = text.code_user(public_code);
    tell(&mut response, public_code.name(), (&text.refused_title(), sentence), Some(&reference));
    response
}
