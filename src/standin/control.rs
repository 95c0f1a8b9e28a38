//! A page by which somebody who tries the gateway out has the stand-in tell it something, as Zoom would.
//!
//! It is in English alone, as everything of the stand-in is that Zoom would write.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::hook::{self, Delivery};
use super::web::{StandIn, pairs};
use crate::base::encoding::base64url;
use crate::outbound::request::{Answer, Request, Verb};
use crate::outbound::{Client, Options};
use crate::zoom::webhook::kind::TYPES;
use crate::zoom::webhook::signature::{SecretToken, answer};

/// What is asked of an endpoint before it is told anything.
const VALIDATION: &str = "endpoint.url_validation";
/// So much of an answer is read.
const ANSWER: usize = 64 * 1024;

/// Where events are told, and what they are signed with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hook {
    /// The event notification endpoint.
    pub url: String,
    /// The Secret Token. Of the stand-in: it guards nothing.
    pub secret_token: String,
}

#[derive(Template)]
#[template(path = "standin_control.html")]
struct ControlPage<'a> {
    hook: &'a Hook,
    types: Vec<&'static str>,
    chosen: &'a str,
    said: Option<Said>,
}

/// What came of it.
struct Said {
    is_good: bool,
    text: String,
}

fn page(hook: &Hook, chosen: &str, said: Option<Said>) -> Response {
    let types = std::iter::once(VALIDATION).chain(TYPES.iter().map(|known| known.name)).collect();
    let page = ControlPage { hook, types, chosen, said };
    let headers = [
        (CONTENT_TYPE.as_str(), "text/html; charset=utf-8"),
        (
            "content-security-policy",
            "default-src 'none'; img-src data:; form-action 'self'; frame-ancestors 'none'",
        ),
    ];
    match page.render() {
        Ok(html) => (headers, html).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// `GET /control`
pub(super) async fn show(State(stand_in): State<StandIn>) -> Response {
    let hook = stand_in.inside().hook.clone();
    page(&hook, "meeting.started", None)
}

/// `POST /control/send`: tells what is chosen.
pub(super) async fn send(State(stand_in): State<StandIn>, body: Bytes) -> Response {
    let form = pairs(&body);
    let of = |name: &str| form.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
    let (hook, chosen) = (Hook { url: of("url"), secret_token: of("secret_token") }, of("type"));
    let number = {
        let mut inside = stand_in.inside();
        inside.hook = hook.clone();
        inside.told += 1;
        inside.told
    };
    let said = match tell(&stand_in, &hook, &chosen, number).await {
        Ok(text) => Said { is_good: true, text },
        Err(text) => Said { is_good: false, text },
    };
    page(&hook, &chosen, Some(said))
}

async fn tell(stand_in: &StandIn, hook: &Hook, chosen: &str, number: u32) -> Result<String, String> {
    let settings = stand_in.settings();
    let now = settings.clock.now();
    let secret = SecretToken::new(&hook.secret_token).ok_or("this is no Secret Token")?;
    let plain_token = base64url(&settings.rng.bytes::<16>());
    let body = if chosen == VALIDATION {
        hook::validation(&plain_token, now)
    } else {
        hook::event(chosen, &settings.account_id, number, now)
    };
    let delivery = hook::delivery(&body, &secret, now).ok_or("this is no Secret Token")?;
    let Answer { status, body, .. } = post(&hook.url, &delivery).await?;
    if chosen == VALIDATION {
        let is_ours = answer(&plain_token, &secret).is_some_and(|wanted| wanted.as_bytes() == body);
        return if status == 200 && is_ours {
            Ok("validated: the endpoint holds the Secret Token".to_owned())
        } else {
            Err(format!("not validated: answered with status {status}"))
        };
    }
    if (200..300).contains(&status) {
        Ok(format!("{chosen} was taken (status {status})"))
    } else {
        Err(format!("{chosen} was refused (status {status}): {}", String::from_utf8_lossy(&body)))
    }
}

async fn post(url: &str, delivery: &Delivery) -> Result<Answer, String> {
    let options = Options { allows_private: true, allows_http: true, ..Options::default() };
    let client = Client::new(options).map_err(|error| error.to_string())?;
    let headers = [
        ("content-type", "application/json; charset=utf-8"),
        ("x-zm-request-timestamp", delivery.timestamp.as_str()),
        ("x-zm-signature", delivery.signature.as_str()),
    ];
    let request =
        Request { verb: Verb::Post, url, headers: &headers, body: Some(&delivery.body), limit: ANSWER };
    client.send(request).await.map_err(|error| error.to_string())
}
