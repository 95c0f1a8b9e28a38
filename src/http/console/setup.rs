//! Behind a setup link: what is to be set up, how far it is, and being done with it.

use axum::body::Bytes;
use axum::http::StatusCode;

use super::caller::{Caller, Visitor};
use super::frame::{Answer, SETUP, around_visitor, bad_form, setup_path, show};
use crate::base::caller::SetupScope;
use crate::base::{Actor, ReturnTo};
use crate::directory::account::Slug;
use crate::directory::state::{ConnectionState, DomainState};
use crate::flow::{FlowError, connection, domain, setup_link};
use crate::http::Web;
use crate::http::cookies::Entry;
use crate::http::error::answer;
use crate::http::pages::setup::{FinishedPage, SetupPage, SetupTask};
use crate::http::reply::html;

/// `GET /setup`.
pub async fn setup(mut web: Web, Visitor(visitor): Visitor) -> Answer {
    let scopes: Vec<_> = match visitor.ctx.actor {
        Actor::SetupLink(link) => link.scopes.iter().collect(),
        _ => Vec::new(),
    };
    let found = async {
        let whose = setup_link::whose(&web.gateway, &visitor.ctx).await?;
        let mut tasks = Vec::new();
        for scope in scopes {
            tasks.push(task(&web, &visitor, &whose.slug, scope).await?);
        }
        Ok::<_, FlowError>((whose, tasks))
    };
    let (whose, tasks) = match found.await {
        Ok(found) => found,
        Err(error) => return Err(answer(&web, &visitor.ctx, &error)),
    };
    web.language = web.language.decided(whose.locale);
    let around = around_visitor(&web, &visitor, (&whose.name, SETUP, None));
    let page = SetupPage { frame: web.frame(), around, account: &whose.name, tasks };
    Ok(show(&web, &visitor, StatusCode::OK, &page))
}

/// Something that the link is for, and how far it is.
async fn task(
    web: &Web,
    visitor: &Caller,
    account: &Slug,
    scope: SetupScope,
) -> Result<SetupTask, FlowError> {
    let (gateway, ctx) = (&web.gateway, &visitor.ctx);
    let are_done: Vec<bool> = match scope {
        SetupScope::Sso => {
            let all = connection::list(gateway, ctx, account).await?;
            let living = all.iter().filter(|found| found.state != ConnectionState::Retired);
            living.map(|found| found.state == ConnectionState::Active).collect()
        }
        SetupScope::Domains => {
            let all = domain::list(gateway, ctx, account).await?;
            all.iter().map(|found| found.state == DomainState::Proved).collect()
        }
    };
    let done = are_done.iter().filter(|is_done| **is_done).count();
    Ok(SetupTask { scope, href: setup_path(scope), done, open: are_done.len() - done })
}

/// `POST /setup-finish`: done.
pub async fn finish(web: Web, Visitor(visitor): Visitor, body: Bytes) -> Answer {
    if !visitor.sent(&body) {
        return Err(bad_form(&web));
    }
    match setup_link::finish(&web.gateway, &visitor.ctx).await {
        Ok(to) => {
            let return_to = to.as_ref().map(ReturnTo::as_str);
            let mut response = html(&FinishedPage { frame: web.frame(), return_to });
            web.cookies.remove_console(response.headers_mut(), Entry::Setup);
            Ok(response)
        }
        Err(error) => Err(answer(&web, &visitor.ctx, &error)),
    }
}
