//! Routes, tokens, and the control endpoint.
//!
//! | path | what |
//! |---|---|
//! | `/` | what is to be entered for it |
//! | `/oauth/authorize` | consents at once and sends the browser back with a code |
//! | `/oauth/token`, `/oauth/revoke` | tokens |
//! | `/scim2/…`, `/v2/…` | the API |
//! | `/control/faults` | `PUT` the faults that are on, as JSON |
//! | `/control` | a page that has an event sent, and chooses what goes wrong |
//! | `/control/accept` | `POST`: whoever is invited accepts, and keeps the id that they have |
//! | `/control/count` | how many calls were answered, by their first words; `refused …` are those of them that did nothing |

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post, put};
use serde_json::{Value, json};

use super::control::{self, Hook};
use super::fault::{Faults, LimitForm, TokenFault};
use super::world::World;
use super::{Settings, rest, scim};
use crate::base::Instant;
use crate::base::encoding::base64url;
use crate::base::time::DAY_SECONDS;

const LIFETIME: i64 = 3600;

/// What is answered.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// JSON; null is no body.
    pub body: Value,
    /// Beside the usual.
    pub headers: Vec<(&'static str, String)>,
}

/// An answer of JSON.
#[must_use]
pub fn reply(status: u16, body: &Value) -> Reply {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Reply { status, body: body.clone(), headers: Vec::new() }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let body = if self.body.is_null() { String::new() } else { self.body.to_string() };
        let mut response =
            (self.status, [(CONTENT_TYPE, "application/json;charset=UTF-8")], body).into_response();
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// The stand-in. Copies share everything.
#[derive(Clone)]
pub struct StandIn(Arc<Inner>);

struct Inner {
    settings: Settings,
    state: Mutex<Inside>,
}

/// What changes.
#[derive(Debug, Default)]
pub struct Inside {
    /// The Zoom account.
    pub world: World,
    /// Another Zoom account than that of the settings, whose people are the same.
    pub account_id: Option<String>,
    /// The faults that are on.
    pub faults: Faults,
    /// Where events are told.
    pub hook: Hook,
    /// How many were.
    pub told: u32,
    /// Calls by `{method} {first two segments}`; `refused {method} …` are those of them that a fault or a bad token stopped
    /// before anything was done.
    pub count: BTreeMap<String, u32>,
    tokens: BTreeMap<String, Instant>,
    refresh: BTreeSet<String>,
    codes: BTreeMap<String, Code>,
}

#[derive(Debug)]
struct Code {
    redirect_uri: String,
    challenge: Option<String>,
    until: Instant,
}

impl Inside {
    /// The access tokens that were given and not taken back: for tests, which look where they came to.
    #[must_use]
    pub fn tokens_given(&self) -> Vec<String> {
        self.tokens.keys().cloned().collect()
    }
}

impl StandIn {
    /// With its users.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let world = World::new(settings.seed, settings.users, settings.clock.now());
        let state = Mutex::new(Inside { world, ..Inside::default() });
        Self(Arc::new(Inner { settings, state }))
    }

    /// What is in it: for tests, which look and change.
    pub fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every token and refresh token that was given and not given back.
    #[must_use]
    pub fn tokens(&self) -> Vec<String> {
        let inside = self.inside();
        inside.tokens.keys().chain(&inside.refresh).cloned().collect()
    }

    /// What is played.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    fn now(&self) -> Instant {
        self.0.settings.clock.now()
    }

    fn draw(&self, kind: &str) -> String {
        format!("{kind}.{}", base64url(&self.0.settings.rng.bytes::<24>()))
    }
}

/// The stand-in as a service.
pub fn router(stand_in: StandIn) -> Router {
    Router::new()
        .route("/", get(told))
        .route("/oauth/authorize", get(authorize))
        .route("/oauth/token", post(token))
        .route("/oauth/revoke", post(revoke))
        .route("/scim2/{kind}", any(scim_all))
        .route("/scim2/{kind}/{id}", any(scim_one))
        .route("/v2/{*path}", any(rest_call))
        .route("/control/faults", put(set_faults))
        .route("/control/count", get(count))
        .route("/control", get(control::show))
        .route("/control/send", post(control::send))
        .route("/control/choose", post(control::choose))
        .route("/control/accept", post(control::accept))
        .with_state(stand_in)
}

pub(super) fn pairs(text: &[u8]) -> BTreeMap<String, String> {
    form_urlencoded::parse(text).into_owned().collect()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// What whoever tries a link enters; it guards nothing.
async fn told(State(stand_in): State<StandIn>) -> String {
    let Settings { account_id, client_id, client_secret, secret_token, users, .. } = stand_in.settings();
    format!(
        "A stand-in for Zoom: nothing here is real.\n\n\
         Users          {users}\n\
         Account ID     {account_id}\n\
         Client ID      {client_id}\n\
         Client Secret  {client_secret}\n\
         Secret Token   {secret_token}\n\n\
         The same app is a Server-to-Server and a General one. At /control it is chosen what goes wrong; programs do:\n\
         curl -X PUT -d '{{\"demoted\":true}}' \u{2026}/control/faults, and -d '{{}}' mends it.\n"
    )
}

async fn set_faults(State(stand_in): State<StandIn>, body: Bytes) -> Reply {
    match serde_json::from_slice(&body) {
        Ok(faults) => {
            stand_in.inside().faults = faults;
            reply(204, &Value::Null)
        }
        Err(error) => reply(400, &json!({"message": error.to_string()})),
    }
}

async fn count(State(stand_in): State<StandIn>) -> Reply {
    let count = stand_in.inside().count.clone();
    reply(200, &json!(count))
}

/// Consents at once: who plays the administrator is not the point here.
async fn authorize(State(stand_in): State<StandIn>, RawQuery(query): RawQuery) -> Response {
    let query = pairs(query.unwrap_or_default().as_bytes());
    let of = |name: &str| query.get(name).cloned().unwrap_or_default();
    if of("client_id") != stand_in.settings().client_id || of("response_type") != "code" {
        return reply(400, &json!({"code": 4702, "message": "Invalid client_id: (4,702)"})).into_response();
    }
    let code = stand_in.draw("code");
    let kept = Code {
        redirect_uri: of("redirect_uri"),
        challenge: query.get("code_challenge").cloned(),
        until: stand_in.now().plus_seconds(300),
    };
    stand_in.inside().codes.insert(code.clone(), kept);
    let sent = form_urlencoded::Serializer::new(String::new())
        .append_pair("code", &code)
        .append_pair("state", &of("state"))
        .finish();
    let mark = if of("redirect_uri").contains('?') { '&' } else { '?' };
    let to = format!("{}{mark}{sent}", of("redirect_uri"));
    (StatusCode::FOUND, [(LOCATION, to)]).into_response()
}

fn refused(status: u16, error: &str, reason: &str) -> Reply {
    reply(status, &json!({"reason": reason, "error": error}))
}

/// Whether the app says who it is.
fn is_app(settings: &Settings, headers: &HeaderMap) -> bool {
    let pair = format!("{}:{}", settings.client_id, settings.client_secret);
    let wanted = format!("Basic {}", base64_simd::STANDARD.encode_to_string(pair.as_bytes()));
    header(headers, AUTHORIZATION.as_str()) == wanted
}

async fn revoke(State(stand_in): State<StandIn>, headers: HeaderMap, body: Bytes) -> Reply {
    if !is_app(stand_in.settings(), &headers) {
        return refused(400, "invalid_client", "Invalid client_id or client_secret");
    }
    let token = pairs(&body).remove("token").unwrap_or_default();
    let mut inside = stand_in.inside();
    inside.tokens.remove(&token);
    inside.refresh.remove(&token);
    reply(200, &json!({"status": "success"}))
}

async fn token(State(stand_in): State<StandIn>, headers: HeaderMap, body: Bytes) -> Reply {
    let settings = stand_in.settings();
    let form = pairs(&body);
    let of = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    *stand_in.inside().count.entry("POST oauth/token".to_owned()).or_default() += 1;
    let fault = stand_in.inside().faults.token;
    match fault {
        Some(TokenFault::Down) => return reply(503, &json!("<html>")),
        Some(TokenFault::Limited) => return reply(429, &json!({"reason": "Too many requests"})),
        _ => {}
    }
    let is_form = header(&headers, CONTENT_TYPE.as_str()).starts_with("application/x-www-form-urlencoded");
    if !is_form {
        return refused(400, "unsupported_grant_type", "unsupported grant type");
    }
    if !is_app(settings, &headers) {
        return refused(400, "invalid_client", "Invalid client_id or client_secret");
    }
    if fault == Some(TokenFault::Inactive) {
        return reply(
            400,
            &json!({"code": 4717, "error": "invalid_request", "reason": "The app has been disabled (4717)"}),
        );
    }
    let now = stand_in.now();
    let is_rotating = match of("grant_type") {
        "account_credentials" if of("account_id") == settings.account_id => false,
        "account_credentials" => return refused(400, "invalid_request", "Bad Request"),
        "refresh_token" => {
            let is_known = stand_in.inside().refresh.remove(of("refresh_token"));
            if !is_known || fault == Some(TokenFault::Revoked) {
                return refused(401, "invalid_request", "Invalid Token!");
            }
            true
        }
        "authorization_code" => {
            let code = stand_in.inside().codes.remove(of("code"));
            let Some(code) = code.filter(|code| code.until > now) else {
                return reply(
                    400,
                    &json!({"code": 4734, "error": "invalid_request", "reason": "Invalid authorization code"}),
                );
            };
            if code.redirect_uri != of("redirect_uri") {
                return reply(
                    400,
                    &json!({"code": 4709, "error": "invalid_request", "reason": "Redirect URI mismatch"}),
                );
            }
            let met = base64url(&openssl::sha::sha256(of("code_verifier").as_bytes()));
            if code.challenge.is_some_and(|challenge| challenge != met) {
                return refused(400, "invalid_request", "Invalid code verifier");
            }
            true
        }
        _ => return refused(400, "unsupported_grant_type", "unsupported grant type"),
    };
    let access = stand_in.draw("access");
    let loses = stand_in.inside().faults.loses_scopes;
    let scopes = settings.scopes.split(' ').filter(|scope| !(loses && scope.ends_with(":admin")));
    let scopes = scopes.collect::<Vec<_>>().join(" ");
    let mut answer = json!({
        "access_token": access, "token_type": "bearer", "expires_in": LIFETIME, "scope": scopes,
        "api_url": "https://api-us.zoom.us"
    });
    let refresh = stand_in.draw("refresh");
    let mut inside = stand_in.inside();
    inside.tokens.insert(access, now.plus_seconds(LIFETIME));
    if is_rotating && let Some(object) = answer.as_object_mut() {
        object.insert("refresh_token".to_owned(), json!(refresh));
        inside.refresh.insert(refresh);
    }
    reply(200, &answer)
}

async fn scim_all(
    state: State<StandIn>,
    Path(kind): Path<String>,
    method: Method,
    query: RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let place = format!("scim2/{kind}");
    call(&state, &method, &place, &query, &headers, |inside, query, now| {
        let asked = scim::Asked { verb: method.as_str(), kind: &kind, id: None, query, body: &body, now };
        scim::answer(&mut inside.world, &inside.faults, &asked)
    })
    .await
}

async fn scim_one(
    state: State<StandIn>,
    Path((kind, id)): Path<(String, String)>,
    method: Method,
    query: RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let place = format!("scim2/{kind}");
    call(&state, &method, &place, &query, &headers, |inside, query, now| {
        let asked =
            scim::Asked { verb: method.as_str(), kind: &kind, id: Some(&id), query, body: &body, now };
        scim::answer(&mut inside.world, &inside.faults, &asked)
    })
    .await
}

async fn rest_call(
    state: State<StandIn>,
    Path(path): Path<String>,
    method: Method,
    query: RawQuery,
    headers: HeaderMap,
) -> Response {
    let segments: Vec<&str> = path.split('/').collect();
    let settings = state.settings();
    let place = format!("v2/{}", segments.first().copied().unwrap_or_default());
    call(&state, &method, &place, &query, &headers, |inside, query, now| {
        match (method.as_str(), segments.as_slice()) {
            ("GET", ["users", "me"]) => {
                let account = inside.account_id.as_deref().unwrap_or(&settings.account_id);
                rest::me(&inside.world, account, inside.faults.member)
            }
            ("GET", ["meetings", id]) => rest::error(404, 3001, &format!("Meeting does not exist: {id}.")),
            ("GET", ["users"]) if rest::is_beyond(query, now, inside.faults.users_until) => {
                reply(503, &json!("<html>"))
            }
            ("GET", ["users"]) => rest::users(&inside.world, query, now),
            ("DELETE", ["users", id]) => rest::delete(&mut inside.world, id, query),
            ("GET", ["accounts", _, "plans", "usage"]) => rest::usage(&inside.world),
            ("GET", ["report", "activities"]) => rest::activities(&inside.world, query, now),
            _ => rest::error(404, 2300, "This API endpoint is not recognized."),
        }
    })
    .await
}

/// One call of the API: the token, the faults, the work.
async fn call(
    stand_in: &StandIn,
    method: &Method,
    place: &str,
    RawQuery(query): &RawQuery,
    headers: &HeaderMap,
    work: impl FnOnce(&mut Inside, &BTreeMap<String, String>, Instant) -> Reply,
) -> Response {
    let now = stand_in.now();
    let query = pairs(query.as_deref().unwrap_or_default().as_bytes());
    let slow = stand_in.inside().faults.slow_millis;
    if slow > 0 {
        tokio::time::sleep(Duration::from_millis(slow)).await;
    }
    let mut inside = stand_in.inside();
    *inside.count.entry(format!("{method} {place}")).or_default() += 1;
    let mut answer = if let Some(answer) = struck(&mut inside, headers, (place, now)) {
        *inside.count.entry(format!("refused {method} {place}")).or_default() += 1;
        answer
    } else {
        let is_lost = strikes(&mut inside.faults.lost);
        let done = work(&mut inside, &query, now);
        if is_lost { reply(502, &json!("<html>")) } else { done }
    };
    drop(inside);
    answer.headers.push(("x-zm-trackingid", "v=2.0;clid=stand-in".to_owned()));
    if !answer.headers.iter().any(|(name, _)| *name == "x-ratelimit-type") {
        answer.headers.push(("x-ratelimit-type", "QPS".to_owned()));
        answer.headers.push(("x-ratelimit-limit", stand_in.settings().per_second.to_string()));
    }
    answer.into_response()
}

/// Whether a fault that strikes so many times does now.
const fn strikes(times: &mut u32) -> bool {
    let does = *times > 0;
    *times = times.saturating_sub(1);
    does
}

/// What a fault, or a bad token, makes of a call before anything is done.
fn struck(inside: &mut Inside, headers: &HeaderMap, (place, now): (&str, Instant)) -> Option<Reply> {
    let token =
        header(headers, AUTHORIZATION.as_str()).strip_prefix("Bearer ").unwrap_or_default().to_owned();
    if strikes(&mut inside.faults.refuse_tokens) {
        inside.tokens.remove(&token);
    }
    if inside.tokens.get(&token).is_none_or(|until| *until <= now) {
        return Some(rest::error(401, 124, "Invalid access token."));
    }
    if inside.faults.loses_scopes && place.starts_with("v2/") {
        let message = "Invalid access token, does not contain scopes: [user:read:admin].";
        return Some(rest::error(400, 4711, message));
    }
    let refused = inside.faults.refused.as_ref().filter(|refused| *refused == place);
    if let Some(scope) = inside.faults.missing_scope.as_ref().or(refused) {
        let message = format!("Invalid access token, does not contain scopes: [{scope}].");
        return Some(rest::error(400, 4711, &message));
    }
    if inside.faults.demoted {
        return Some(rest::error(400, 200, "No permission."));
    }
    if strikes(&mut inside.faults.down) {
        return Some(reply(503, &json!("<html>")));
    }
    strikes(&mut inside.faults.limits)
        .then(|| limit(inside.faults.limit_form.unwrap_or(LimitForm::Bare), now))
}

fn limit(form: LimitForm, now: Instant) -> Reply {
    let soon = now.plus_seconds(2);
    let message = match form {
        LimitForm::Daily => "You have reached the daily limit for this API.",
        LimitForm::Busy => {
            "Too many concurrent requests. A request to disassociate this user has already been made."
        }
        _ => "You have reached the maximum per-second rate limit for this API. Try again later.",
    };
    let headers = match form {
        LimitForm::Bare | LimitForm::Busy => Vec::new(),
        LimitForm::Reset => {
            vec![("x-ratelimit-type", "QPS".to_owned()), ("x-ratelimit-reset", soon.seconds().to_string())]
        }
        LimitForm::Seconds => vec![("retry-after", "2".to_owned())],
        LimitForm::Date => vec![("retry-after", http_date(soon))],
        LimitForm::Daily => vec![
            ("x-ratelimit-type", "Daily-limit".to_owned()),
            ("retry-after", Instant::from_seconds((now.day() + 1) * DAY_SECONDS).to_string()),
        ],
    };
    Reply { headers, ..rest::error(429, 429, message) }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(at: Instant) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = Instant::from_seconds(at.seconds()).to_string();
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let month = part(5, 7).parse::<usize>().ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
    let day = usize::try_from(at.day().rem_euclid(7)).ok().and_then(|day| DAYS.get(day));
    format!(
        "{}, {} {} {} {} GMT",
        day.unwrap_or(&"Mon"),
        part(8, 10),
        month.unwrap_or(&"Jan"),
        part(0, 4),
        part(11, 19)
    )
}
