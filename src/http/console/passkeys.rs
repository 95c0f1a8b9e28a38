//! One's own passkeys: registering one, removing it.

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::caller::Caller;
use super::frame::{About, Answer, Flash, Section, around, go, ours, problem, refused, show};
use crate::flow::{FlowError, account, passkey};
use crate::http::Web;
use crate::http::error::answer;
use crate::http::pages::console::{PasskeyQuestion, PasskeyRow, PasskeysPage};
use crate::http::reply::parameter;

/// `GET /console/passkeys`.
pub async fn list(web: Web, caller: Caller) -> Answer {
    listed(&web, &caller, None).await.map_err(refused(&web, &caller))
}

async fn listed(web: &Web, caller: &Caller, problem: Option<&str>) -> Result<Response, FlowError> {
    let all = passkey::list(&web.gateway, &caller.ctx).await?;
    let by = caller.console_session();
    let may_register = passkey::may_register(&web.gateway, &caller.ctx, by).await?;
    let question = match passkey::begin_registration(&web.gateway, &caller.ctx).await {
        Ok(_) if !may_register => None,
        Ok(question) => Some(PasskeyQuestion { options: question.options, state: question.state }),
        // There are enough of them.
        Err(FlowError::Invalid(_)) => None,
        Err(error) => return Err(error),
    };
    let home = match caller.account.as_ref().filter(|_| !caller.is_operator()) {
        Some(slug) => Some(account::show(&web.gateway, &caller.ctx, slug).await?),
        None => None,
    };
    let rows: Vec<_> = all
        .iter()
        .map(|key| PasskeyRow {
            id: key.id.to_string(),
            name: &key.name,
            created_at: key.created_at,
            last_used_at: key.last_used_at,
        })
        .collect();
    let about = About { section: Section::Passkeys, account: home.as_ref(), problem };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = PasskeysPage {
        frame: web.frame(),
        around: around(web, caller, about),
        passkeys: &rows,
        question: question.as_ref(),
        may_register,
    };
    Ok(show(web, caller, status, &page))
}

/// `POST /console/passkeys`: registers the one that the browser made.
pub async fn register(web: Web, caller: Caller, body: Bytes) -> Answer {
    ours(&web, &caller, &body)?;
    let text = |name| parameter(&body, name).unwrap_or_default();
    let (state, credential, name) = (text("state"), text("credential"), text("name"));
    let answered = (state.as_str(), credential.as_str());
    let named = (name.as_str(), caller.console_session());
    match passkey::finish_registration(&web.gateway, &caller.ctx, answered, named).await {
        Ok(()) => Ok(go(&web, "/console/passkeys", Flash::PasskeyRegistered)),
        Err(error) => {
            let sentence = problem(&web, &caller, error)?;
            listed(&web, &caller, Some(&sentence)).await.map_err(refused(&web, &caller))
        }
    }
}

/// `POST /console/passkeys/{passkey}/remove`.
pub async fn remove(web: Web, caller: Caller, Path(id): Path<String>, body: Bytes) -> Answer {
    ours(&web, &caller, &body)?;
    let removed = match id.parse() {
        Err(_) => Err(FlowError::NotFound("passkey")),
        Ok(id) => passkey::remove(&web.gateway, &caller.ctx, id).await,
    };
    match removed {
        Ok(()) => Ok(go(&web, "/console/passkeys", Flash::Removed)),
        Err(error) => Err(answer(&web, &caller.ctx, &error)),
    }
}
