//! A page by which somebody who tries the gateway out has the stand-in tell it something, as Zoom would, or go wrong.
//!
//! It is in English alone, as everything of the stand-in is that Zoom would write.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::fault::Faults;
use super::hook::{self, Delivery};
use super::web::{StandIn, pairs};
use crate::base::encoding::base64url;
use crate::outbound::request::{Answer, Request, Verb};
use crate::outbound::{Client, Options};
use crate::zoom::webhook::kind::TYPES;
use crate::zoom::webhook::signature::{SecretToken, answer};

/// What is asked of an endpoint before it is told anything.
const VALIDATION: &str = "endpoint.url_validation";
/// What is chosen before anybody has.
const USUAL: &str = "meeting.started";
/// So much of an answer is read.
const ANSWER: usize = 64 * 1024;

/// What can go wrong by the page, and as it is told to `/control/faults`, which can be told of more.
const FAULTS: &[(&str, &str)] = &[
    ("Nothing goes wrong", "{}"),
    ("The token endpoint is down", r#"{"token":"down"}"#),
    ("The app was deactivated", r#"{"token":"inactive"}"#),
    ("The next ten tokens are refused", r#"{"refuse_tokens":10}"#),
    ("Whoever made the app may do nothing any more", r#"{"demoted":true}"#),
    ("Whoever made the app is no administrator: its tokens lose their scopes", r#"{"loses_scopes":true}"#),
    ("The app has no scope for SCIM", r#"{"refused":"scim2/Users"}"#),
    ("The app has no scope for reports", r#"{"refused":"v2/report"}"#),
    ("The Zoom account has no single sign-on", r#"{"no_single_sign_on":true}"#),
    ("SCIM knows no user types", r#"{"no_user_type":true}"#),
    ("Departments are ignored", r#"{"ignores":["department"]}"#),
    ("Ten calls are too many in a second", r#"{"limits":10,"limit_form":"reset"}"#),
    ("The day's limit is reached", r#"{"limits":1000000,"limit_form":"daily"}"#),
    ("Ten calls are answered with 503", r#"{"down":10}"#),
    ("Everything is answered with 503", r#"{"down":1000000}"#),
    ("The answers to three calls are lost", r#"{"lost":3}"#),
    ("Each answer takes two seconds", r#"{"slow_millis":2000}"#),
];

/// The faults of that name, if the page has it.
fn named(name: &str) -> Option<Faults> {
    let (_, faults) = FAULTS.iter().find(|(known, _)| *known == name)?;
    serde_json::from_str(faults).ok()
}

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
    faults: Vec<&'static str>,
    fault: &'static str,
}

/// What came of it.
struct Said {
    is_good: bool,
    text: String,
}

fn page((hook, faults): (&Hook, &Faults), chosen: &str, said: Option<Said>) -> Response {
    let types = std::iter::once(VALIDATION).chain(TYPES.iter().map(|known| known.name)).collect();
    let names = FAULTS.iter().map(|(name, _)| *name);
    let fault = names.clone().find(|name| named(name).as_ref() == Some(faults)).unwrap_or_default();
    let page = ControlPage { hook, types, chosen, said, faults: names.collect(), fault };
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
    let (hook, faults) = present(&stand_in);
    page((&hook, &faults), USUAL, None)
}

fn present(stand_in: &StandIn) -> (Hook, Faults) {
    let inside = stand_in.inside();
    (inside.hook.clone(), inside.faults.clone())
}

/// `POST /control/choose`: from now on, that goes wrong.
pub(super) async fn choose(State(stand_in): State<StandIn>, body: Bytes) -> Response {
    let name = pairs(&body).remove("fault").unwrap_or_default();
    let said = match named(&name) {
        Some(faults) => {
            stand_in.inside().faults = faults;
            Said { is_good: true, text: format!("from now on: {name}") }
        }
        None => Said { is_good: false, text: "there is no such fault".to_owned() },
    };
    let (hook, faults) = present(&stand_in);
    page((&hook, &faults), USUAL, Some(said))
}

/// `POST /control/accept`: whoever has an invitation accepts it.
pub(super) async fn accept(State(stand_in): State<StandIn>) -> Response {
    let accepted = stand_in.inside().world.accept_all();
    let said = Said { is_good: true, text: format!("accepted: {accepted}") };
    let (hook, faults) = present(&stand_in);
    page((&hook, &faults), USUAL, Some(said))
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
    page((&hook, &present(&stand_in).1), &chosen, Some(said))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_of_the_page_is_one_of_its_own() {
        let all: Vec<Faults> = FAULTS.iter().map(|(name, _)| named(name).unwrap()).collect();
        for (place, faults) in all.iter().enumerate() {
            assert_eq!(all.iter().position(|other| other == faults), Some(place), "{faults:?}");
        }
        assert_eq!((all.first(), named("nothing")), (Some(&Faults::default()), None));
    }
}
