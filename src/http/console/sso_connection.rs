//! A connection of single sign-on: how far it is, its test, switching it on and off, its settings and its history.

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::{Answer, Flash, go, problem, show};
use super::sso::{Place, product_of};
use crate::directory::state::ConnectionState;
use crate::flow::FlowError;
use crate::flow::connection::revision::{self, RevisionView};
use crate::flow::connection::show::Detail;
use crate::flow::connection::update::{Update, update};
use crate::flow::connection::{lifecycle, tested};
use crate::http::pages::sso::{Choices, ConnectionPage, HistoryPage, SettingsPage};
use crate::http::reply::{parameter, see_other};

/// `GET …/sso/{connection}`: how far it is, what the last test came to, and what to do next.
pub async fn show_one(place: Place) -> Answer {
    let detail = place.detail().await?;
    seen(&place, &detail, None).await
}

async fn seen(place: &Place, detail: &Detail, problem: Option<&str>) -> Answer {
    let test = tested::last(&place.web.gateway, &place.caller.ctx, detail.view.id)
        .await
        .map_err(|error| place.failed(&error))?;
    let page = ConnectionPage {
        frame: place.web.frame(),
        around: place.around(problem),
        base: &place.base,
        detail,
        product: product_of(detail),
        test: test.as_ref(),
        may_override: place.caller.is_operator(),
        is_locked: place.is_locked(detail),
    };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Ok(show(&place.web, &place.caller, status, &page))
}

/// Back to the connection, or its page with what was wrong.
async fn done(place: &Place, detail: &Detail, done: Result<(), FlowError>) -> Answer {
    match done {
        Ok(()) => Ok(go(&place.web, &place.of(detail.view.id), Flash::Changed)),
        Err(error) => {
            let sentence = problem(&place.web, &place.caller, error)?;
            seen(place, detail, Some(&sentence)).await
        }
    }
}

/// `POST …/sso/{connection}/test`: on to a test sign-in, in the window that asked.
pub async fn test(place: Place, body: Bytes) -> Answer {
    let detail = place.changed(&body).await?;
    match lifecycle::test(&place.web.gateway, &place.caller.ctx, detail.view.id).await {
        Ok(link) => Ok(see_other(&link.url)),
        Err(error) => done(&place, &detail, Err(error)).await,
    }
}

/// `POST …/sso/{connection}/activate`: people sign in by it from now on.
pub async fn activate(place: Place, body: Bytes) -> Answer {
    let detail = place.changed(&body).await?;
    let reason = parameter(&body, "reason");
    let (gateway, ctx) = (&place.web.gateway, &place.caller.ctx);
    let activated = lifecycle::activate(gateway, ctx, detail.view.id, reason.as_deref()).await;
    done(&place, &detail, activated).await
}

/// `POST …/sso/{connection}/disable`.
pub async fn disable(place: Place, body: Bytes) -> Answer {
    switch(&place, &body, ConnectionState::Disabled).await
}

/// `POST …/sso/{connection}/enable`.
pub async fn enable(place: Place, body: Bytes) -> Answer {
    switch(&place, &body, ConnectionState::Active).await
}

async fn switch(place: &Place, body: &[u8], state: ConnectionState) -> Answer {
    let detail = place.changed(body).await?;
    let (gateway, ctx) = (&place.web.gateway, &place.caller.ctx);
    let switched = lifecycle::set_state(gateway, ctx, detail.view.id, state).await;
    done(place, &detail, switched).await
}

/// `POST …/sso/{connection}/retire`.
pub async fn retire(place: Place, body: Bytes) -> Answer {
    let detail = place.changed(&body).await?;
    let retired = lifecycle::retire(&place.web.gateway, &place.caller.ctx, detail.view.id).await;
    done(&place, &detail, retired).await
}

/// `GET …/sso/{connection}/settings`.
pub async fn settings(place: Place) -> Answer {
    match place.open().await {
        Ok(detail) => Ok(with_settings(&place, &detail, (&present(&detail), None, false))),
        Err(response) => Err(response),
    }
}

fn with_settings(
    place: &Place,
    detail: &Detail,
    (chosen, problem, is_unchanged): (&Choices, Option<&str>, bool),
) -> Response {
    let page = SettingsPage {
        frame: place.web.frame(),
        around: place.around(problem),
        base: &place.base,
        detail,
        chosen,
        is_unchanged,
    };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    show(&place.web, &place.caller, status, &page)
}

fn present(detail: &Detail) -> Choices {
    let text = |name: &str| detail.settings.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    let is_on = |name: &str| detail.settings.get(name).and_then(serde_json::Value::as_bool).unwrap_or(false);
    Choices {
        name: detail.view.name.clone(),
        product: text("product").to_owned(),
        idp_initiated: text("idp_initiated").to_owned(),
        provisioning: text("provisioning").to_owned(),
        link_by_email: is_on("link_by_email"),
        force_authn: is_on("force_authn"),
        is_request_signed: is_on("is_request_signed"),
        ends_with_idp: text("session_end") == "cap",
    }
}

/// `POST …/sso/{connection}/settings`: makes a revision of what is different.
pub async fn set(place: Place, body: Bytes) -> Answer {
    let detail = place.changed(&body).await?;
    let text = |name| parameter(&body, name).unwrap_or_default();
    let is_on = |name| parameter(&body, name).is_some_and(|value| value == "1");
    let chosen = Choices {
        name: text("name"),
        product: text("product"),
        idp_initiated: text("idp_initiated"),
        provisioning: text("provisioning"),
        link_by_email: is_on("link_by_email"),
        force_authn: is_on("force_authn"),
        is_request_signed: is_on("is_request_signed"),
        ends_with_idp: is_on("ends_with_idp"),
    };
    let quoted = |text: &str| serde_json::Value::String(text.to_owned()).to_string();
    let session_end = if chosen.ends_with_idp { "cap" } else { "ignore" };
    let set = [
        ("product", quoted(&chosen.product)),
        ("idp_initiated", quoted(&chosen.idp_initiated)),
        ("provisioning", quoted(&chosen.provisioning)),
        ("link_by_email", chosen.link_by_email.to_string()),
        ("force_authn", chosen.force_authn.to_string()),
        ("is_request_signed", chosen.is_request_signed.to_string()),
        ("session_end", quoted(session_end)),
    ];
    let set = set.into_iter().map(|(path, value)| (path.to_owned(), value)).collect();
    let changes = Update { name: Some(chosen.name.clone()), set, ..Update::default() };
    match update(&place.web.gateway, &place.caller.ctx, detail.view.id, changes).await {
        Ok((Some(_), _)) => {
            Ok(go(&place.web, &format!("{}/settings", place.of(detail.view.id)), Flash::Changed))
        }
        Ok((None, _)) => Ok(with_settings(&place, &detail, (&chosen, None, true))),
        Err(error) => {
            let sentence = problem(&place.web, &place.caller, error)?;
            Ok(with_settings(&place, &detail, (&chosen, Some(&sentence), false)))
        }
    }
}

/// `GET …/sso/{connection}/history`: its revisions.
pub async fn history(place: Place) -> Answer {
    let detail = place.open().await?;
    with_history(&place, &detail, None).await
}

async fn with_history(place: &Place, detail: &Detail, problem: Option<&str>) -> Answer {
    let found = revision::revisions(&place.web.gateway, &place.caller.ctx, detail.view.id).await;
    let mut revisions: Vec<RevisionView> = found.map_err(|error| place.failed(&error))?;
    revisions.reverse();
    let page = HistoryPage {
        frame: place.web.frame(),
        around: place.around(problem),
        base: &place.base,
        detail,
        revisions: &revisions,
    };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Ok(show(&place.web, &place.caller, status, &page))
}

/// `POST …/sso/{connection}/history`: back to an earlier revision.
pub async fn go_back(place: Place, body: Bytes) -> Answer {
    let detail = place.changed(&body).await?;
    let number = parameter(&body, "revision").and_then(|number| number.parse().ok());
    let (gateway, ctx, id) = (&place.web.gateway, &place.caller.ctx, detail.view.id);
    let gone = match number {
        None => Err(FlowError::NotFound("revision")),
        Some(number) => revision::roll_back(gateway, ctx, id, number).await,
    };
    match gone {
        Ok(_) => Ok(go(&place.web, &format!("{}/history", place.of(id)), Flash::Changed)),
        Err(error) => {
            let sentence = problem(&place.web, &place.caller, error)?;
            with_history(&place, &detail, Some(&sentence)).await
        }
    }
}
