//! What is kept of a person: seeing it, taking it out, erasing it; and the receipts of that.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use axum::http::StatusCode;
use axum::response::Response;

use super::caller::Caller;
use super::frame::{
    About, Answer, Flash, Section, account, around, go, page_of, problem, refused, sent, show,
};
use super::people::{may_change, whose};
use crate::base::id::ErasureId;
use crate::flow::FlowError;
use crate::flow::account::AccountView;
use crate::flow::user::erase::{self, Receipt};
use crate::flow::user::{self, Which, data};
use crate::http::Web;
use crate::http::error::answer;
use crate::http::pages::people::{ErasurePage, ErasuresPage, PersonDataPage};
use crate::http::reply::{attachment, parameter};

const PAGE: u32 = 50;
const JSON: &str = "application/json; charset=utf-8";

/// `GET /console/at/{account}/people/{user}/data`.
pub async fn look(mut web: Web, caller: Caller, Path((slug, id)): Path<(String, String)>) -> Answer {
    let account = account(&mut web, &caller, (&slug, Section::People)).await?;
    shown(&web, &caller, (&account, &id), (false, None)).await
}

async fn shown(
    web: &Web,
    caller: &Caller,
    (account, id): (&AccountView, &str),
    said: (bool, Option<&str>),
) -> Answer {
    try_shown(web, caller, (account, id), said).await.map_err(refused(web, caller))
}

async fn try_shown(
    web: &Web,
    caller: &Caller,
    (account, id): (&AccountView, &str),
    (is_mistyped, problem): (bool, Option<&str>),
) -> Result<Response, FlowError> {
    let (gateway, ctx, which) = (&web.gateway, &caller.ctx, Which::Id(whose(id)?));
    let user = user::find(gateway, ctx, &account.slug, &which).await?.user;
    let kept = data::kept(gateway, ctx, (&account.slug, &which)).await?;
    let about = About { section: Section::People, account: Some(account), problem };
    let page = PersonDataPage {
        frame: web.frame(),
        around: around(web, caller, about),
        slug: account.slug.as_str(),
        user: &user,
        kept,
        is_mistyped,
        may_change: may_change(caller, account, user.role),
    };
    let is_wrong = is_mistyped || problem.is_some();
    let status = if is_wrong { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Ok(show(web, caller, status, &page))
}

/// `POST /console/at/{account}/people/{user}/export`: all of it as a file.
pub async fn export(
    mut web: Web,
    caller: Caller,
    Path((slug, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::People), &body).await?;
    let exported = match whose(&id) {
        Ok(user) => data::export(&web.gateway, &caller.ctx, (&account.slug, &Which::Id(user))).await,
        Err(error) => Err(error),
    };
    match exported {
        Ok((user, document)) => {
            Ok(attachment(JSON, &format!("{user}.json"), format!("{document:#}\n").into()))
        }
        Err(error) => Err(answer(&web, &caller.ctx, &error)),
    }
}

/// `POST /console/at/{account}/people/{user}/erase`: erases them, when their id was typed.
pub async fn erase(
    mut web: Web,
    caller: Caller,
    Path((slug, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::People), &body).await?;
    let user = whose(&id).map_err(refused(&web, &caller))?;
    let confirmed = parameter(&body, "confirm").unwrap_or_default();
    if confirmed.trim() != user.to_string() {
        return shown(&web, &caller, (&account, &id), (true, None)).await;
    }
    match user::erase(&web.gateway, &caller.ctx, (&account.slug, &Which::Id(user))).await {
        Ok(receipt) => {
            Ok(go(&web, &format!("/console/at/{}/erasures/{}", account.slug, receipt.id), Flash::Removed))
        }
        Err(error) => {
            let said = problem(&web, &caller, error)?;
            shown(&web, &caller, (&account, &id), (false, Some(&said))).await
        }
    }
}

/// `GET /console/at/{account}/erasures`: the receipts; with `before=…`, those before that one.
pub async fn receipts(
    mut web: Web,
    caller: Caller,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let account = account(&mut web, &caller, (&slug, Section::People)).await?;
    let query = query.unwrap_or_default();
    let before = parameter(query.as_bytes(), "before").and_then(|id| id.parse().ok());
    let found = erase::receipts(&web.gateway, &caller.ctx, &account.slug, (before, PAGE + 1)).await;
    let (receipts, has_older) = page_of(found.map_err(refused(&web, &caller))?, PAGE);
    let older = receipts.last().filter(|_| has_older).map(|last| last.id);
    let about = About { section: Section::People, account: Some(&account), problem: None };
    let page = ErasuresPage {
        frame: web.frame(),
        around: around(&web, &caller, about),
        slug: account.slug.as_str(),
        receipts: &receipts,
        older: older.map(|id| format!("/console/at/{}/erasures?before={id}", account.slug)),
    };
    Ok(show(&web, &caller, StatusCode::OK, &page))
}

async fn found(
    web: &mut Web,
    caller: &Caller,
    (slug, id): (&str, &str),
) -> Result<(AccountView, Receipt), Response> {
    let account = account(web, caller, (slug, Section::People)).await?;
    let found = match id.parse::<ErasureId>() {
        Ok(id) => erase::receipt(&web.gateway, &caller.ctx, (&account.slug, id)).await,
        Err(_) => Err(FlowError::NotFound("receipt")),
    };
    found.map(|receipt| (account, receipt)).map_err(|error| answer(web, &caller.ctx, &error))
}

/// `GET /console/at/{account}/erasures/{receipt}`.
pub async fn receipt(mut web: Web, caller: Caller, Path((slug, id)): Path<(String, String)>) -> Answer {
    let (account, receipt) = found(&mut web, &caller, (&slug, &id)).await?;
    let about = About { section: Section::People, account: Some(&account), problem: None };
    let page = ErasurePage {
        frame: web.frame(),
        around: around(&web, &caller, about),
        slug: account.slug.as_str(),
        receipt: &receipt,
    };
    Ok(show(&web, &caller, StatusCode::OK, &page))
}

/// `GET /console/at/{account}/erasures/{receipt}/file`: the receipt as a file.
pub async fn receipt_file(mut web: Web, caller: Caller, Path((slug, id)): Path<(String, String)>) -> Answer {
    match found(&mut web, &caller, (&slug, &id)).await {
        Ok((account, receipt)) => {
            let document = serde_json::json!({ "account": account.id.to_string(), "receipt": receipt });
            Ok(attachment(JSON, &format!("{}.json", receipt.id), format!("{document:#}\n").into()))
        }
        Err(response) => Err(response),
    }
}
