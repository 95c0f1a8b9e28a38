//! What every request passes before a handler sees it, and every answer after: where it came from, how long it may take,
//! how much it may weigh, how many there may be, frames, and what a wrong request is told.
//!
//! # Rebinding
//!
//! What runs for this machine's own browsers (by http, so on loopback) is asked by names of this machine only: a page
//! elsewhere whose name was made to lead here (DNS rebinding) would else be taken for ours. Behind https the certificate
//! sees to that.
//!
//! # Frames
//!
//! No page of ours may be framed. A learning platform opens links in frames all the same; there, a browser that says so
//! gets a page with nothing but a link that opens the whole window. It is the one page that may stand in a frame: there
//! is nothing on it that a hidden frame could make somebody press but that link, and what starts there counts as coming
//! from another site.

use std::net::IpAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Web;
use super::address::{self, Address, Peer};
use super::bodies::Unread;
use super::error::{self, as_asked, wants_json};
use super::headers::MayBeFramed;
use super::language::Language;
use super::pages::{ErrorKind, FramedPage};
use super::reply::{html, see_other};
use super::{routes, zoom};

/// What a process takes on at the same time, and how long it waits.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Requests that are answered at the same time; whoever comes beyond is asked to come again.
    pub places: usize,
    /// Bytes of bodies that are in memory at the same time.
    pub body_bytes: usize,
    /// How long the body of a request may take to arrive.
    pub body_patience: Duration,
    /// How long an answer may take.
    pub answer_patience: Duration,
    /// Requests of one key of the REST API in a minute, at this process.
    pub api_per_minute: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            places: 1024,
            body_bytes: 64 << 20,
            body_patience: Duration::from_secs(20),
            answer_patience: Duration::from_secs(30),
            api_per_minute: 600,
        }
    }
}

/// Lets a request in, or says why not.
pub async fn gate(State(mut web): State<Web>, mut request: Request, next: Next) -> Response {
    web.language = Language::of(web.cookies, request.headers());
    request.extensions_mut().insert(web.language);
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
    let address = address::of(request.headers(), peer, &web.trusted_proxies);
    request.extensions_mut().insert(address);
    let is_for_programs = wants_json(&request) || zoom::is_for_deliveries(request.uri());
    let is_probe = is_probe(&request);
    let is_person = *request.method() == Method::GET && !is_for_programs;
    let asked = is_person.then(|| request.uri().path().to_owned());
    let response = admit(&web, request, next, is_probe).await;
    // Whoever comes back to where a form was answered, by its address alone, goes on to the page that it stood on.
    let is_form = response.status() == StatusCode::METHOD_NOT_ALLOWED;
    if let Some(page) = asked.as_deref().filter(|_| is_form).and_then(routes::page_above) {
        return see_other(page);
    }
    let is_told = is_probe && !response.status().is_client_error();
    if is_told { response } else { as_asked(&web, response, is_for_programs) }
}

async fn admit(web: &Web, request: Request, next: Next, is_probe: bool) -> Response {
    if let Some(response) = framed(web, &request) {
        return response;
    }
    let declared =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let (parts, body) = request.into_parts();
    let address = parts.extensions.get().copied().unwrap_or_default();
    if declared.is_some_and(|length: usize| length > web.body_limit) {
        return too_large(web, &parts, address).await;
    }
    let mut held = web.bodies.hold(address);
    let body = match tokio::time::timeout(web.bounds.body_patience, held.read(body, web.body_limit)).await {
        Err(_) => return refuse(web, StatusCode::REQUEST_TIMEOUT, ErrorKind::Slow),
        // Too long, or broken off; then nobody reads the answer.
        Ok(Err(Unread::TooLarge)) => return too_large(web, &parts, address).await,
        Ok(Err(Unread::NoRoom)) => {
            return refuse(web, StatusCode::SERVICE_UNAVAILABLE, ErrorKind::Unavailable);
        }
        Ok(Ok(body)) => body,
    };
    // Only once it is here in full: slow senders take nobody's place.
    let place = web.places.try_acquire();
    if place.is_err() && !is_probe {
        return error::page(web, StatusCode::SERVICE_UNAVAILABLE, ErrorKind::Unavailable, None);
    }
    let answered = tokio::time::timeout(
        web.bounds.answer_patience,
        next.run(Request::from_parts(parts, Body::from(body))),
    )
    .await;
    answered
        .unwrap_or_else(|_| error::page(web, StatusCode::SERVICE_UNAVAILABLE, ErrorKind::Unavailable, None))
}

async fn too_large(web: &Web, parts: &Parts, address: Address) -> Response {
    match zoom::too_large(web, (&parts.method, &parts.uri), address).await {
        Some(response) => response,
        None => refuse(web, StatusCode::PAYLOAD_TOO_LARGE, ErrorKind::TooLarge),
    }
}

/// What is left of the request is not read.
fn refuse(web: &Web, status: StatusCode, kind: ErrorKind) -> Response {
    let mut response = error::page(web, status, kind, None);
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

fn framed(web: &Web, request: &Request) -> Option<Response> {
    const FRAMES: [&str; 5] = ["iframe", "frame", "embed", "object", "fencedframe"];
    let destination = request.headers().get("sec-fetch-dest")?.to_str().ok()?;
    if !FRAMES.contains(&destination) {
        return None;
    }
    let (path, query) = (request.uri().path(), request.uri().query());
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let answered = path.strip_suffix("/acs").or_else(|| path.strip_suffix("/metadata").filter(|_| !is_read));
    let href = match answered.filter(|path| path.starts_with("/saml/")) {
        // Nothing is used up: the identity provider answers the next request without asking.
        Some(connection) => format!("{connection}/login?{FROM_FRAME}"),
        None if is_read && path.starts_with('/') && !path.starts_with("//") => match query {
            Some(query) => format!("{path}?{query}&{FROM_FRAME}"),
            None => format!("{path}?{FROM_FRAME}"),
        },
        None => "/".to_owned(),
    };
    let mut response = html(&FramedPage { frame: web.frame(), href: &href });
    response.extensions_mut().insert(MayBeFramed);
    Some(response)
}

const FROM_FRAME: &str = "from=frame";

/// Whether a page of another site may have led here: a browser says so, or is too old to say. Nothing else shows it here;
/// where a form's token does, [`is_elsewhere`](crate::http::console::caller::is_elsewhere) has the other default.
#[must_use]
pub fn is_from_elsewhere(headers: &HeaderMap, query: &str) -> bool {
    let is_ours = |site: &HeaderValue| site == "same-origin" || site == "none";
    !headers.get("sec-fetch-site").is_some_and(is_ours) || query.split('&').any(|pair| pair == FROM_FRAME)
}

/// Whether a page of ours may have posted a form that has no token to show it: a browser says so, or is too old to say. Where
/// no site had it ask (`none`) no page posted anything; [`is_elsewhere`](crate::http::console::caller::is_elsewhere) lets that
/// pass, since a token is looked at there.
#[must_use]
pub fn is_posted_by_us(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin")
}

/// Passes on what was asked of this machine by a name of its own.
pub async fn only_this_machine(request: Request, next: Next) -> Response {
    let mut hosts = request.headers().get_all(HOST).iter().map(|host| host.to_str().unwrap_or_default());
    // Twice is not once (RFC 9112, 3.2).
    let is_ours = hosts.next().is_some_and(is_this_machine) && hosts.next().is_none();
    if is_ours || is_probe(&request) {
        return next.run(request).await;
    }
    let sentence = "This server is for the machine that it runs on: ask it at http://localhost. To let others in, set \
        http.public_url to the https address that they use.\n";
    (StatusCode::MISDIRECTED_REQUEST, sentence).into_response()
}

/// Nobody else's name can be one of these, whatever its DNS says.
fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or("", |(name, _)| name),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    let is_loopback = |address: IpAddr| address.to_canonical().is_loopback();
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(is_loopback)
}

fn is_probe(request: &Request) -> bool {
    request.uri().path().starts_with("/health/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_nobody_can_lead_here() {
        for ours in
            ["localhost", "LocalHost:8400", "127.0.0.1", "127.0.0.1:1", "127.9.9.9:80", "[::1]", "[::1]:8400"]
        {
            assert!(is_this_machine(ours), "{ours}");
        }
        for other in [
            "",
            "x",
            "evil.example",
            "localhost.evil.example",
            "evil.example:8400",
            "localhost@evil.example",
            "0.0.0.0",
            "192.0.2.1",
            "[::]",
            "[2001:db8::1]:8400",
            "::1",
            "127.0.0.1.nip.example",
            "[localhost",
            "2130706433",
        ] {
            assert!(!is_this_machine(other), "{other}");
        }
        assert!(is_this_machine("[::ffff:127.0.0.1]"));
    }
}
