//! Where a sign-in begins: the start page and the accounts' sign-in pages.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::Web;
use super::error::{answer, not_found};
use super::pages::{
    ConnectionChoice, DemoConnection, DemoPage, DemoPerson, SignInPage, StartPage, StartProblem,
};
use super::reply::{html, parameter, see_other, with_return_to};
use crate::base::{Actor, ReturnTo};
use crate::directory::account::Slug;
use crate::flow::account;

/// `GET /`.
pub async fn start(State(web): State<Web>) -> Response {
    match &web.demo {
        None => html(&StartPage { frame: web.frame(), account: "", problem: None, return_to: None }),
        Some(demo) => {
            let account_href = format!("/signin/{}", demo.account_slug);
            let connections: Vec<_> = demo
                .connections
                .iter()
                .map(|choice| DemoConnection { name: &choice.name, about: &choice.about, href: &choice.href })
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
                frame: web.frame(),
                account_name: &demo.account_name,
                account_href: &account_href,
                connections: &connections,
                people: &people,
                idp_href: &demo.idp_href,
            })
        }
    }
}

/// `GET /signin?account=…`: to the account's page, if there is such an account.
pub async fn choose(State(web): State<Web>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let typed = parameter(query.as_bytes(), "account");
    let return_to = parameter(query.as_bytes(), "return_to").and_then(|text| web.gateway.return_to(&text));
    let page = |account, problem| {
        let return_to = return_to.as_ref().map(ReturnTo::as_str);
        html(&StartPage { frame: web.frame(), account, problem, return_to })
    };
    let Some(typed) = typed else { return page("", None) };
    let ask = |problem| (StatusCode::NOT_FOUND, page(typed.trim(), Some(problem))).into_response();
    if typed.trim().is_empty() {
        return ask(StartProblem::Empty);
    }
    let Ok(slug) = typed.trim().to_lowercase().parse::<Slug>() else { return ask(StartProblem::Unknown) };
    match account::find(&web.gateway, &slug).await {
        Ok(Some(account)) => {
            see_other(&with_return_to(&format!("/signin/{}", account.slug), return_to.as_ref()))
        }
        Ok(None) => ask(StartProblem::Unknown),
        Err(error) => answer(&web, &web.ctx(Actor::Anonymous), &error),
    }
}

/// `GET /signin/{account}`: the account's connections.
pub async fn account(
    State(web): State<Web>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let Ok(slug) = slug.parse::<Slug>() else { return not_found(&web) };
    let return_to = parameter(query.unwrap_or_default().as_bytes(), "return_to");
    let return_to = return_to.and_then(|text| web.gateway.return_to(&text));
    let page = match account::sign_in(&web.gateway, &slug).await {
        Ok(page) => page,
        Err(error) => return answer(&web, &web.ctx(Actor::Anonymous), &error),
    };
    let choices = page.connections.iter().map(|(id, name)| {
        let href = with_return_to(&format!("/saml/{id}/login"), return_to.as_ref());
        (name.as_str(), href)
    });
    let choices: Vec<_> = choices.collect();
    let connections: Vec<_> = choices.iter().map(|(name, href)| ConnectionChoice { name, href }).collect();
    html(&SignInPage { frame: web.frame(), account_name: &page.account.name, connections: &connections })
}
