//! Behind a setup link: what is to be set up, and being done with it.

use axum::body::Bytes;

use super::caller::Visitor;
use super::frame::{Answer, bad_form, setup_path};
use crate::base::Actor;
use crate::flow::setup_link;
use crate::http::Web;
use crate::http::cookies::Entry;
use crate::http::error::answer;
use crate::http::pages::console::{FinishedPage, SetupPage};
use crate::http::reply::html;

/// `GET /setup`.
pub async fn setup(web: Web, Visitor(visitor): Visitor) -> Answer {
    let scopes: Vec<_> = match visitor.ctx.actor {
        Actor::SetupLink(link) => link.scopes.iter().collect(),
        _ => Vec::new(),
    };
    match setup_link::whose(&web.gateway, &visitor.ctx).await {
        Ok(whose) => {
            let tasks = scopes.into_iter().map(|scope| (scope, setup_path(scope)));
            let (token, account) = (&visitor.form_token, &whose.name);
            Ok(html(&SetupPage { frame: web.frame_of(whose.locale), account, tasks: tasks.collect(), token }))
        }
        Err(error) => Err(answer(&web, &visitor.ctx, &error)),
    }
}

/// `POST /setup-finish`: done.
pub async fn finish(web: Web, Visitor(visitor): Visitor, body: Bytes) -> Answer {
    if !visitor.sent(&body) {
        return Err(bad_form(&web));
    }
    match setup_link::finish(&web.gateway, &visitor.ctx).await {
        Ok(()) => {
            let mut response = html(&FinishedPage { frame: web.frame() });
            web.cookies.remove_console(response.headers_mut(), Entry::Setup);
            Ok(response)
        }
        Err(error) => Err(answer(&web, &visitor.ctx, &error)),
    }
}
