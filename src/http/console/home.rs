//! `/console`: to one's account, to all of them, or told that there is nothing.

use axum::http::StatusCode;
use axum::response::Response;

use super::caller::Caller;
use super::frame::show;
use crate::base::Actor;
use crate::base::caller::Role;
use crate::http::Web;
use crate::http::pages::console::NothingPage;
use crate::http::reply::see_other;

/// `GET /console`.
pub async fn home(web: Web, caller: Caller) -> Response {
    match (caller.ctx.actor, &caller.account) {
        (Actor::Operator(_), _) => see_other("/console/accounts"),
        (Actor::User(member), Some(account)) if member.role == Role::Owner => {
            see_other(&format!("/console/at/{account}"))
        }
        (Actor::User(member), _) => {
            let is_admin = member.role == Role::Admin;
            // What an admin may look at here all the same.
            let events = caller.account.as_ref().filter(|_| is_admin);
            let events = events.map(|account| format!("/console/at/{account}/events"));
            show(&web, &caller, StatusCode::OK, &NothingPage { frame: web.frame(), is_admin, events })
        }
        _ => see_other("/console/signin"),
    }
}
