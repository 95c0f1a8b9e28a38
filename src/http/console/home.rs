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
        // What is connected is for owners; the first that an admin may look at is who is there.
        (Actor::User(member), Some(account)) if member.role == Role::Admin => {
            see_other(&format!("/console/at/{account}/people"))
        }
        (Actor::User(_), _) => show(&web, &caller, StatusCode::OK, &NothingPage { frame: web.frame() }),
        _ => see_other("/console/signin"),
    }
}
