//! A connection of single sign-on: how far it is, its test, switching it on and off, and its history.

use std::collections::BTreeSet;

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::{Answer, Flash, go, problem, show};
use super::sso::Place;
use crate::base::ctx::kind_and_id;
use crate::flow::FlowError;
use crate::flow::connection::revision::{self, RevisionView};
use crate::flow::connection::show::Detail;
use crate::flow::connection::{Switch, lifecycle, tested};
use crate::flow::event::{Names, names_of};
use crate::http::pages::sso::ConnectionPage;
use crate::http::pages::sso_history::HistoryPage;
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
    let of_metadata = detail.metadata.iter().filter_map(|metadata| metadata.brought.as_ref());
    let bringers = detail.keys.iter().filter_map(|key| key.brought.as_ref()).chain(of_metadata);
    let names = named(place, ids(bringers.map(|bringer| bringer.actor.as_str()))).await?;
    let page = ConnectionPage {
        frame: place.web.frame(),
        around: place.around(problem),
        base: &place.base,
        detail,
        product: detail.product,
        test: test.as_ref(),
        names: &names,
        may_override: place.caller.is_operator(),
    };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Ok(show(&place.web, &place.caller, status, &page))
}

/// The ids of these actors, of those who have one.
fn ids<'a>(actors: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    actors.filter_map(|actor| kind_and_id(actor).1).collect()
}

/// What they are called.
async fn named(place: &Place, ids: BTreeSet<&str>) -> Result<Names, Response> {
    // Who came by a setup link learns nobody's name.
    if place.is_visitor() || ids.is_empty() {
        return Ok(Names::new());
    }
    let (gateway, ctx) = (&place.web.gateway, &place.caller.ctx);
    names_of(gateway, ctx, Some(&place.slug), ids).await.map_err(|error| place.failed(&error))
}

/// Back to the connection, or its page with what was wrong.
async fn done(place: &Place, detail: &Detail, done: Result<(), FlowError>, flash: Flash) -> Answer {
    match done {
        Ok(()) => Ok(go(&place.web, &place.of(detail.view.id), flash)),
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
        Err(error) => done(&place, &detail, Err(error), Flash::Changed).await,
    }
}

/// `POST …/sso/{connection}/activate`: people sign in by it from now on.
pub async fn activate(place: Place, body: Bytes) -> Answer {
    let detail = place.changed(&body).await?;
    let reason = parameter(&body, "reason");
    let (gateway, ctx) = (&place.web.gateway, &place.caller.ctx);
    let activated = lifecycle::activate(gateway, ctx, detail.view.id, reason.as_deref()).await;
    done(&place, &detail, activated, Flash::SwitchedOn).await
}

/// `POST …/sso/{connection}/disable`.
pub async fn disable(place: Place, body: Bytes) -> Answer {
    switch(&place, &body, (Switch::Off, Flash::SwitchedOff)).await
}

/// `POST …/sso/{connection}/enable`.
pub async fn enable(place: Place, body: Bytes) -> Answer {
    switch(&place, &body, (Switch::On, Flash::SwitchedOn)).await
}

async fn switch(place: &Place, body: &[u8], (to, flash): (Switch, Flash)) -> Answer {
    let detail = place.changed(body).await?;
    let (gateway, ctx) = (&place.web.gateway, &place.caller.ctx);
    let switched = lifecycle::switch(gateway, ctx, detail.view.id, to).await;
    done(place, &detail, switched, flash).await
}

/// `POST …/sso/{connection}/retire`.
pub async fn retire(place: Place, body: Bytes) -> Answer {
    let detail = place.changed(&body).await?;
    let retired = lifecycle::retire(&place.web.gateway, &place.caller.ctx, detail.view.id).await;
    done(&place, &detail, retired, Flash::Changed).await
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
    let names = named(place, ids(revisions.iter().map(|one| one.actor.as_str()))).await?;
    let page = HistoryPage {
        frame: place.web.frame(),
        around: place.around(problem),
        base: &place.base,
        detail,
        revisions: &revisions,
        names: &names,
        is_tryable: !place.is_visitor(),
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
