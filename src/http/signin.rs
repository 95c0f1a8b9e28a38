//! Where a sign-in begins: the start page, which finds the way by an email address or an account's name, and the
//! accounts' sign-in pages.
//!
//! An address leads by its domain alone: whether anybody has it is not looked up, so the answer cannot tell. It is
//! posted, and so stands in no address line, history or log.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::Web;
use super::address::Address;
use super::error::{answer, brand, not_found, too_many};
use super::pages::{
    ConnectionChoice, DemoConnection, DemoPage, DemoPerson, Remembered, SignInPage, StartPage, StartProblem,
};
use super::reply::{html, parameter, see_other, with_return_to};
use crate::base::{Actor, ReturnTo};
use crate::directory::account::Slug;
use crate::flow::{FlowError, account, branding, domain};

/// `GET /`.
pub async fn start(web: Web, request: HeaderMap) -> Response {
    match &web.demo {
        None => first(&web, &request, None).await,
        Some(demo) => {
            let account_href = format!("/signin/{}", demo.account_slug);
            let frame = web.frame();
            let connections: Vec<_> = demo
                .connections
                .iter()
                .map(|choice| DemoConnection {
                    name: &choice.name,
                    about: frame.text.demo_about(choice.product),
                    href: &choice.href,
                })
                .collect();
            let people: Vec<_> = demo
                .people
                .iter()
                .map(|person| DemoPerson {
                    name: &person.name,
                    email: person.email.as_deref(),
                    role: &person.role,
                })
                .collect();
            html(&DemoPage {
                frame,
                account_name: &demo.account_name,
                account_href: &account_href,
                connections: &connections,
                people: &people,
                idp_href: &demo.idp_href,
                zoom: (&demo.zoom.0, demo.zoom.1),
            })
        }
    }
}

/// The page that asks, with what this browser remembers.
async fn first(web: &Web, request: &HeaderMap, return_to: Option<&ReturnTo>) -> Response {
    let remembered = match web.cookies.choice(request) {
        None => None,
        Some(id) => match account::by_connection(&web.gateway, id).await {
            Err(error) => return answer(web, &web.ctx(Actor::Anonymous), &error),
            Ok(found) => found.map(|(account, name)| (id, account, name)),
        },
    };
    let href = remembered.as_ref().map(|(id, ..)| with_return_to(&format!("/saml/{id}/login"), return_to));
    let remembered = remembered.as_ref().zip(href.as_ref());
    let remembered = remembered.map(|((_, account, connection), href)| Remembered {
        account: &account.name,
        connection,
        href,
    });
    let return_to = return_to.map(ReturnTo::as_str);
    html(&StartPage { frame: web.frame(), typed: "", problem: None, return_to, remembered })
}

/// `GET /signin?account=…`: to the account's page, if there is such an account. Without an account, the page that asks,
/// with `other=1` whatever the browser remembers.
pub async fn choose(web: Web, address: Address, request: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let return_to = parameter(query.as_bytes(), "return_to").and_then(|text| web.gateway.return_to(&text));
    match parameter(query.as_bytes(), "account") {
        Some(typed) => find(&web, address, &typed, return_to.as_ref()).await,
        None if parameter(query.as_bytes(), "other").is_some() => ask(&web, "", None, return_to.as_ref()),
        None => first(&web, &request, return_to.as_ref()).await,
    }
}

/// `POST /signin`: on by the domain of an address, or to an account's page.
pub async fn route(web: Web, address: Address, body: Bytes) -> Response {
    let return_to = parameter(&body, "return_to").and_then(|text| web.gateway.return_to(&text));
    find(&web, address, &parameter(&body, "who").unwrap_or_default(), return_to.as_ref()).await
}

async fn find(web: &Web, address: Address, typed: &str, return_to: Option<&ReturnTo>) -> Response {
    let ctx = web.ctx_from(Actor::Anonymous, address);
    let typed = typed.trim();
    if typed.is_empty() {
        return wrong(web, "", StartProblem::Empty, return_to);
    }
    let problem = if typed.contains('@') { StartProblem::UnknownDomain } else { StartProblem::Unknown };
    match destination(web, typed).await {
        Ok(Some(path)) => see_other(&with_return_to(&path, return_to)),
        // Names could be tried until one is found.
        Ok(None) => match web.limits.refusals.count(address, ctx.now) {
            Ok(()) => wrong(web, typed, problem, return_to),
            Err(seconds) => too_many(web, seconds),
        },
        Err(error) => answer(web, &ctx, &error),
    }
}

/// Where to go on for what was typed: an address's domain, or an account.
async fn destination(web: &Web, typed: &str) -> Result<Option<String>, FlowError> {
    if typed.contains('@') {
        let route = domain::route(&web.gateway, typed).await?;
        return Ok(route.map(|route| match route.connection {
            Some(connection) => format!("/saml/{connection}/login"),
            None => format!("/signin/{}", route.account),
        }));
    }
    let Ok(slug) = typed.to_lowercase().parse::<Slug>() else { return Ok(None) };
    let found = account::find(&web.gateway, &slug).await?;
    Ok(found.map(|account| format!("/signin/{}", account.slug)))
}

fn wrong(web: &Web, typed: &str, problem: StartProblem, return_to: Option<&ReturnTo>) -> Response {
    (StatusCode::NOT_FOUND, ask(web, typed, Some(problem), return_to)).into_response()
}

fn ask(web: &Web, typed: &str, problem: Option<StartProblem>, return_to: Option<&ReturnTo>) -> Response {
    let return_to = return_to.map(ReturnTo::as_str);
    html(&StartPage { frame: web.frame(), typed, problem, return_to, remembered: None })
}

/// `GET /signin/{account}`: the account's connections.
pub async fn account(web: Web, Path(slug): Path<String>, RawQuery(query): RawQuery) -> Response {
    let Ok(slug) = slug.parse::<Slug>() else { return not_found(&web) };
    let return_to = parameter(query.unwrap_or_default().as_bytes(), "return_to");
    let return_to = return_to.and_then(|text| web.gateway.return_to(&text));
    let ctx = web.ctx(Actor::Anonymous);
    let page = match account::sign_in(&web.gateway, &slug).await {
        Ok(page) => page,
        Err(error) => return answer(&web, &ctx, &error),
    };
    let choices = page.connections.iter().map(|(id, name)| {
        let href = with_return_to(&format!("/saml/{id}/login"), return_to.as_ref());
        (name.as_str(), href)
    });
    let choices: Vec<_> = choices.collect();
    let connections: Vec<_> = choices.iter().map(|(name, href)| ConnectionChoice { name, href }).collect();
    let (frame, account_name) = (web.frame_of(page.account.locale), page.account.name.as_str());
    let brand = brand(&ctx, branding::of(&web.gateway, &slug).await);
    html(&SignInPage { frame, account_name, connections: &connections, brand })
}
