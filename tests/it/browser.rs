//! A browser as far as the gateway is concerned: cookies with their attributes, and where a request comes from.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, Request, StatusCode};
use gatepost::http::address::Peer;
use tower::ServiceExt;

use crate::site::{Idp, Site};
use gatepost_saml::mint::{MintRequest, Person};

pub const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
pub const IPAD: &str =
    "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1";

#[derive(Clone)]
pub struct Browser {
    router: Router,
    is_secure: bool,
    host: String,
    /// The address at its end of the connection.
    pub address: Option<&'static str>,
    /// By name: value, and whether it comes with a POST from another site.
    pub cookies: BTreeMap<String, (String, bool)>,
    /// What it says of itself.
    pub user_agent: &'static str,
    /// The key that it comes with, as programs do.
    pub bearer: Option<String>,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

/// A sign-in under way: what the identity provider got.
pub struct Pending {
    pub request_id: String,
    pub relay_state: String,
}

/// Fields of a form and what they are filled in with.
pub type Fields<'a> = &'a [(&'a str, &'a str)];

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum From {
    ThisSite,
    AnotherSite,
}

impl Browser {
    pub fn new(router: Router, url: &str) -> Self {
        let (scheme, host) = url.split_once("://").unwrap();
        let (is_secure, host) = (scheme == "https", host.to_owned());
        Self {
            router,
            is_secure,
            host,
            address: None,
            cookies: BTreeMap::new(),
            user_agent: FIREFOX,
            bearer: None,
        }
    }

    /// The same browser at a site that was opened anew.
    pub fn on(&self, site: &Site) -> Self {
        Self { router: site.router.clone(), ..self.clone() }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path), From::ThisSite, Body::empty()).await
    }

    pub async fn get_with(&mut self, path: &str, headers: &[(&str, &str)], from: From) -> Answer {
        let request = Request::get(path);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.send(request, from, Body::empty()).await
    }

    pub async fn post(&mut self, path: &str, form: Fields<'_>, from: From) -> Answer {
        let request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, from, Body::from(encode(form))).await
    }

    /// Looks at the page `seen` and sends its form that goes to `path`, with `fields` filled in.
    pub async fn fill(&mut self, (seen, path): (&str, &str), fields: Fields<'_>) -> Answer {
        let page = self.get(seen).await;
        self.fill_on(&page, path, fields).await
    }

    /// The same on a page that was looked at before.
    pub async fn fill_on(&mut self, page: &Answer, path: &str, fields: Fields<'_>) -> Answer {
        let token = page.between("name=\"token\" value=\"", "\"");
        let version = page.version_for(path);
        let version = version.as_deref().map(|version| ("version", version));
        let unseen = [("token", token)].into_iter().chain(version);
        let form: Vec<_> = unseen.chain(fields.iter().copied()).collect();
        self.post(path, &form, From::ThisSite).await
    }

    pub async fn post_body(&mut self, path: &str, body: impl Into<Body>) -> Answer {
        self.send(Request::post(path), From::AnotherSite, body.into()).await
    }

    /// Asks for `idp`'s login page and reads what it sends on.
    pub async fn start(&mut self, idp: &Idp) -> Pending {
        self.start_to(idp, "").await
    }

    pub async fn start_to(&mut self, idp: &Idp, query: &str) -> Pending {
        let page = self.get(&format!("{}{query}", idp.path("login"))).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let relay_state = page.between("RelayState=", "\"").split('&').next().unwrap().to_owned();
        Pending { request_id: relay_state.clone(), relay_state }
    }

    /// Brings `message` back from the identity provider, posting it once more when asked to.
    pub async fn bring(&mut self, idp: &Idp, message: &str, relay_state: Option<&str>) -> Answer {
        let path = idp.path("acs");
        let mut form = vec![("SAMLResponse", message)];
        form.extend(relay_state.map(|value| ("RelayState", value)));
        let answer = self.post(&path, &form, From::AnotherSite).await;
        if !answer.body.contains("name=\"again\"") {
            return answer;
        }
        form.push(("again", "1"));
        self.post(&path, &form, From::ThisSite).await
    }

    /// The whole way for `person`.
    pub async fn sign_in(&mut self, site: &Site, idp: &Idp, person: &Person) -> Answer {
        self.sign_in_changed(site, idp, person, |_| {}).await
    }

    pub async fn sign_in_changed<'a>(
        &mut self,
        site: &Site,
        idp: &'a Idp,
        person: &'a Person,
        change: impl FnOnce(&mut MintRequest<'a>),
    ) -> Answer {
        let pending = self.start(idp).await;
        // The identity provider keeps the id only as long as it answers.
        let request_id: &'a str = Box::leak(pending.request_id.clone().into_boxed_str());
        let message = site.answer(idp, person, Some(request_id), change);
        self.bring(idp, &message, Some(&pending.relay_state)).await
    }

    pub fn session(&self) -> Option<String> {
        let cookie = self.cookies.iter().find(|(name, _)| name.ends_with("gatepost-session"));
        cookie.map(|(_, (value, _))| value.clone())
    }

    pub fn is_signed_in(answer: &Answer) -> bool {
        answer.status == StatusCode::OK && answer.body.contains("You are signed in")
    }

    pub async fn send(
        &mut self,
        request: axum::http::request::Builder,
        from: From,
        body: impl Into<Body>,
    ) -> Answer {
        let request = request.header(USER_AGENT, self.user_agent);
        let has_host = request.headers_ref().is_some_and(|headers| headers.contains_key(HOST));
        let request = if has_host { request } else { request.header(HOST, self.host.as_str()) };
        let cookies =
            self.cookies.iter().filter(|(_, (_, comes_along))| from == From::ThisSite || *comes_along);
        let line = cookies.map(|(name, (value, _))| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        let request = if line.is_empty() { request } else { request.header(COOKIE, line) };
        let request = match self.address {
            Some(address) => request.extension(Peer(SocketAddr::new(address.parse().unwrap(), 40_000))),
            None => request,
        };
        let request = match &self.bearer {
            Some(secret) => request.header(AUTHORIZATION, format!("Bearer {secret}")),
            None => request,
        };
        let response = self.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            self.keep(cookie.to_str().unwrap());
        }
        let bytes = to_bytes(body, 1 << 20).await.unwrap();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// As browsers do: `__Host-` only with Secure, Path=/ and no Domain; `SameSite=None` only with Secure.
    fn keep(&mut self, cookie: &str) {
        let mut parts = cookie.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let attributes: Vec<_> = parts.collect();
        let is_secure = attributes.contains(&"Secure");
        let is_host = is_secure && attributes.contains(&"Path=/");
        if name.starts_with("__Host-") && !is_host || is_secure && !self.is_secure {
            return;
        }
        if attributes.contains(&"Max-Age=0") {
            self.cookies.remove(name);
            return;
        }
        let is_none = attributes.contains(&"SameSite=None");
        assert!(!is_none || is_secure, "browsers drop {cookie}");
        self.cookies.insert(name.to_owned(), (value.to_owned(), is_none));
    }
}

impl Answer {
    pub fn between(&self, before: &str, after: &str) -> &str {
        let rest = self.body.split_once(before).unwrap_or_else(|| panic!("{before} in {}", self.body)).1;
        rest.split_once(after).unwrap().0
    }

    /// The version that the page's form which goes to `path` brings back; nothing where it brings back none.
    pub fn version_for(&self, path: &str) -> Option<String> {
        let action = format!("action=\"{path}\"");
        let mut forms = self.body.split("<form").filter_map(|rest| rest.split("</form>").next());
        let form = forms.find(|form| form.contains(&action))?;
        let (_, rest) = form.split_once("name=\"version\" value=\"")?;
        Some(rest.split_once('"')?.0.to_owned())
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn location(&self) -> Option<&str> {
        self.headers.get(LOCATION).map(|value| value.to_str().unwrap())
    }

    pub fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all(SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect()
    }
}

pub fn encode(form: Fields<'_>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}
