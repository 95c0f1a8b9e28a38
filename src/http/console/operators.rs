//! Who runs the installation: letting others in, shutting them out.

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;
use secrecy::ExposeSecret;

use super::caller::Caller;
use super::frame::{About, Answer, Flash, Section, around, go, ours, problem, refused, show};
use crate::base::Actor;
use crate::directory::state::OperatorState;
use crate::flow::link::Issued;
use crate::flow::{FlowError, operator};
use crate::http::Web;
use crate::http::pages::console::{NewLink, OperatorRow, OperatorsPage};
use crate::http::reply::parameter;

/// `GET /console/operators`.
pub async fn list(web: Web, caller: Caller) -> Answer {
    listed(&web, &caller, None, None).await
}

async fn listed(web: &Web, caller: &Caller, made: Option<&Issued>, problem: Option<&str>) -> Answer {
    let all = operator::list(&web.gateway, &caller.ctx).await.map_err(refused(web, caller))?;
    let rows: Vec<_> = all
        .iter()
        .map(|operator| OperatorRow {
            id: operator.id.to_string(),
            name: &operator.name,
            is_active: operator.state == OperatorState::Active,
            is_you: caller.ctx.actor == Actor::Operator(operator.id),
            created_at: operator.created_at,
        })
        .collect();
    let made = made.map(|made| NewLink {
        url: made.url.expose_secret(),
        expires_at: made.expires_at,
        is_setup: false,
        mailed: None,
    });
    let about = About { section: Section::Operators, account: None, problem };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Ok(show(
        web,
        caller,
        status,
        &OperatorsPage { frame: web.frame(), around: around(web, caller, about), operators: &rows, made },
    ))
}

/// `POST /console/operators`: makes a link for a new one, shown once.
pub async fn make_link(web: Web, caller: Caller, body: Bytes) -> Answer {
    ours(&web, &caller, &body)?;
    let name = parameter(&body, "name").unwrap_or_default();
    match operator::make_link(&web.gateway, &caller.ctx, &name, None).await {
        Ok(made) => listed(&web, &caller, Some(&made), None).await,
        Err(error) => {
            let sentence = problem(&web, &caller, error)?;
            listed(&web, &caller, None, Some(&sentence)).await
        }
    }
}

/// `POST /console/operators/{operator}/remove`: shuts one out.
pub async fn remove(web: Web, caller: Caller, Path(id): Path<String>, body: Bytes) -> Answer {
    ours(&web, &caller, &body)?;
    let removed = match id.parse() {
        Err(_) => Err(FlowError::NotFound("operator")),
        Ok(id) => operator::remove(&web.gateway, &caller.ctx, id).await,
    };
    match removed {
        Ok(()) => Ok(go(&web, "/console/operators", Flash::Removed)),
        Err(error) => {
            let sentence = problem(&web, &caller, error)?;
            listed(&web, &caller, None, Some(&sentence)).await
        }
    }
}
