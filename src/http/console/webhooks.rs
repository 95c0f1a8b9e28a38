//! Webhooks of an account: making them (the secret is shown once), trying them, what was delivered.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use axum::http::StatusCode;
use axum::response::Response;
use secrecy::ExposeSecret;

use super::caller::Caller;
use super::frame::{
    About, Answer, Flash, Section, account, around, bad_form, go, marked, ours, page_of, problem, refused,
    sent, show,
};
use crate::access::{self, Action};
use crate::base::id::{DeliveryId, WebhookId};
use crate::directory::state::WebhookState;
use crate::directory::webhook::{TypeError, Types};
use crate::flow::FlowError;
use crate::flow::account::AccountView;
use crate::flow::belong::is_of;
use crate::flow::webhook::{self, Create, Update};
use crate::http::Web;
use crate::http::error::answer;
use crate::http::pages::typed::Typed;
use crate::http::pages::webhooks::{DeliveryPage, TOPICS, WebhookPage, WebhooksPage};
use crate::http::reply::{parameter, version_sent};

const PAGE: u32 = 50;

/// `GET /console/at/{account}/webhooks`.
pub async fn list(mut web: Web, caller: Caller, Path(slug): Path<String>) -> Answer {
    let account = account(&mut web, &caller, (&slug, Section::Webhooks)).await?;
    listed(&web, &caller, &account, (None, None), &Typed::default()).await
}

async fn listed(
    web: &Web,
    caller: &Caller,
    account: &AccountView,
    (secret, problem): (Option<&str>, Option<&str>),
    typed: &Typed,
) -> Answer {
    let all = webhook::list(&web.gateway, &caller.ctx, &account.slug).await.map_err(refused(web, caller))?;
    let about = About { section: Section::Webhooks, account: Some(account), problem };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = WebhooksPage {
        frame: web.frame(),
        around: around(web, caller, about),
        slug: account.slug.as_str(),
        webhooks: &all,
        topics: TOPICS,
        typed,
        secret,
    };
    Ok(show(web, caller, status, &page))
}

/// `POST /console/at/{account}/webhooks`: makes one.
pub async fn create(mut web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::Webhooks), &body).await?;
    let Ok(types) = chosen(&body) else { return Err(bad_form(&web)) };
    let url = parameter(&body, "url").unwrap_or_default();
    let name = parameter(&body, "name").unwrap_or_default();
    let input = Create { account: account.slug.clone(), url, name, types };
    match webhook::create(&web.gateway, &caller.ctx, input).await {
        Ok((_, secret)) => {
            listed(&web, &caller, &account, (Some(secret.expose_secret()), None), &Typed::default()).await
        }
        Err(error) => {
            let (wrong, said) = marked(&web, &caller, error)?;
            listed(&web, &caller, &account, (None, Some(&said)), &Typed::of(&body).with(wrong)).await
        }
    }
}

/// What was ticked.
fn chosen(form: &[u8]) -> Result<Types, TypeError> {
    let chosen: Vec<_> = form_urlencoded::parse(form)
        .filter(|(name, _)| name == "type")
        .map(|(_, kind)| kind.into_owned())
        .collect();
    Types::read(chosen.iter().map(String::as_str))
}

/// The account and the webhook of an address, if the caller may do `action` with it.
async fn found(
    web: &mut Web,
    caller: &Caller,
    (slug, id): (&str, &str),
    action: Action,
) -> Result<(AccountView, WebhookId), Response> {
    let account = account(web, caller, (slug, Section::Webhooks)).await?;
    // Who may not at all is told so, whatever they ask for.
    let may = access::decide_in(caller.ctx.actor, action, account.id);
    let may = may.map_err(|_| FlowError::from(access::Denied(caller.ctx.actor)));
    let id = match may {
        Err(error) => Err(error),
        Ok(_) => id.parse::<WebhookId>().map_err(|_| FlowError::NotFound("webhook")),
    };
    let of = match id {
        Ok(id) => is_of(&web.gateway, &account.slug, id.into()).await.map(|()| id),
        Err(error) => Err(error),
    };
    of.map(|id| (account, id)).map_err(|error| answer(web, &caller.ctx, &error))
}

/// `GET /console/at/{account}/webhooks/{webhook}`: what was delivered there; with `before=…`, what was before that one.
pub async fn read(
    mut web: Web,
    caller: Caller,
    Path((slug, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Answer {
    let (account, id) = found(&mut web, &caller, (&slug, &id), Action::ReadWebhooks).await?;
    let query = query.unwrap_or_default();
    let before = parameter(query.as_bytes(), "before").and_then(|before| before.parse().ok());
    one(&web, &caller, (&account, id), before, (None, None), &Typed::default()).await
}

async fn one(
    web: &Web,
    caller: &Caller,
    (account, id): (&AccountView, WebhookId),
    before: Option<DeliveryId>,
    (secret, problem): (Option<&str>, Option<&str>),
    typed: &Typed,
) -> Answer {
    let (gateway, ctx) = (&web.gateway, &caller.ctx);
    let webhook = match webhook::find(gateway, ctx, id).await {
        Ok(webhook) => webhook,
        Err(error) => return Err(answer(web, ctx, &error)),
    };
    let deliveries = match webhook::deliveries(gateway, ctx, id, (before, PAGE + 1)).await {
        Ok(deliveries) => deliveries,
        Err(error) => return Err(answer(web, ctx, &error)),
    };
    let (deliveries, has_older) = page_of(deliveries, PAGE);
    let older = deliveries.last().filter(|_| has_older);
    let slug = account.slug.as_str();
    let older = older.map(|last| format!("/console/at/{slug}/webhooks/{id}?before={}", last.id));
    let about = About { section: Section::Webhooks, account: Some(account), problem };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = WebhookPage {
        frame: web.frame(),
        around: around(web, caller, about),
        slug,
        webhook: &webhook,
        topics: TOPICS,
        typed,
        deliveries: &deliveries,
        older,
        secret,
    };
    Ok(show(web, caller, status, &page))
}

/// What a form at a webhook asks for.
enum Wish {
    Test,
    Rotate,
    Switch(WebhookState),
    Remove,
    Resend(DeliveryId),
}

async fn wish(
    mut web: Web,
    caller: Caller,
    (slug, id): (&str, &str),
    body: &[u8],
    read: impl FnOnce(&[u8]) -> Option<Wish>,
) -> Answer {
    ours(&web, &caller, body)?;
    let (account, id) = found(&mut web, &caller, (slug, id), Action::ManageWebhooks).await?;
    let (gateway, ctx) = (&web.gateway, &caller.ctx);
    let here = format!("/console/at/{}/webhooks/{id}", account.slug);
    let done = match read(body) {
        None => return Err(bad_form(&web)),
        Some(Wish::Test) => webhook::test(gateway, ctx, id).await.map(|_| (here, Flash::Begun)),
        Some(Wish::Rotate) => match webhook::rotate(gateway, ctx, id).await {
            Ok(secret) => {
                let secret = Some(secret.expose_secret());
                let typed = Typed::default();
                return one(&web, &caller, (&account, id), None, (secret, None), &typed).await;
            }
            Err(error) => Err(error),
        },
        Some(Wish::Switch(state)) => {
            let input = Update { state: Some(state), ..Update::default() };
            let flash = if state == WebhookState::Active { Flash::SwitchedOn } else { Flash::SwitchedOff };
            webhook::update(gateway, ctx, id, input, |_| true).await.map(|_| (here, flash))
        }
        Some(Wish::Remove) => {
            let there = format!("/console/at/{}/webhooks", account.slug);
            webhook::remove(gateway, ctx, id).await.map(|()| (there, Flash::Removed))
        }
        Some(Wish::Resend(message)) => {
            webhook::resend(gateway, ctx, (id, message)).await.map(|()| (here, Flash::Begun))
        }
    };
    match done {
        Ok((path, flash)) => Ok(go(&web, &path, flash)),
        Err(error) => {
            let sentence = problem(&web, &caller, error)?;
            one(&web, &caller, (&account, id), None, (None, Some(&sentence)), &Typed::default()).await
        }
    }
}

/// `POST /console/at/{account}/webhooks/{webhook}/update`: another address, another name, other kinds; of the version that
/// was looked at.
pub async fn update(
    mut web: Web,
    caller: Caller,
    Path((slug, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    ours(&web, &caller, &body)?;
    let (account, id) = found(&mut web, &caller, (&slug, &id), Action::ManageWebhooks).await?;
    let Ok(kinds) = chosen(&body) else { return Err(bad_form(&web)) };
    let text = |name| parameter(&body, name).unwrap_or_default();
    let seen = version_sent(&body);
    let input = Update { url: Some(text("url")), name: Some(text("name")), types: Some(kinds), state: None };
    match webhook::update(&web.gateway, &caller.ctx, id, input, |is| is == seen).await {
        Ok(_) => Ok(go(&web, &format!("/console/at/{}/webhooks/{id}", account.slug), Flash::Saved)),
        Err(error) => {
            let (wrong, said) = marked(&web, &caller, error)?;
            let typed = Typed::of(&body).with(wrong);
            one(&web, &caller, (&account, id), None, (None, Some(&said)), &typed).await
        }
    }
}

/// `POST /console/at/{account}/webhooks/{webhook}/test`.
pub async fn test(web: Web, caller: Caller, Path((slug, id)): Path<(String, String)>, body: Bytes) -> Answer {
    wish(web, caller, (&slug, &id), &body, |_| Some(Wish::Test)).await
}

/// `POST /console/at/{account}/webhooks/{webhook}/rotate`: a new secret.
pub async fn rotate(
    web: Web,
    caller: Caller,
    Path((slug, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    wish(web, caller, (&slug, &id), &body, |_| Some(Wish::Rotate)).await
}

/// `POST /console/at/{account}/webhooks/{webhook}/state`: on or off.
pub async fn set_state(
    web: Web,
    caller: Caller,
    Path((slug, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let state = |body: &[u8]| parameter(body, "state")?.parse().ok().map(Wish::Switch);
    wish(web, caller, (&slug, &id), &body, state).await
}

/// `POST /console/at/{account}/webhooks/{webhook}/remove`.
pub async fn remove(
    web: Web,
    caller: Caller,
    Path((slug, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    wish(web, caller, (&slug, &id), &body, |_| Some(Wish::Remove)).await
}

/// `POST /console/at/{account}/webhooks/{webhook}/deliveries/{delivery}/resend`.
pub async fn resend(
    web: Web,
    caller: Caller,
    Path((slug, id, message)): Path<(String, String, String)>,
    body: Bytes,
) -> Answer {
    wish(web, caller, (&slug, &id), &body, |_| message.parse().ok().map(Wish::Resend)).await
}

/// `GET /console/at/{account}/webhooks/{webhook}/deliveries/{delivery}`.
pub async fn delivery(
    mut web: Web,
    caller: Caller,
    Path((slug, id, message)): Path<(String, String, String)>,
) -> Answer {
    let (account, id) = found(&mut web, &caller, (&slug, &id), Action::ReadWebhooks).await?;
    let detail = match message.parse() {
        Err(_) => Err(FlowError::NotFound("delivery")),
        Ok(message) => webhook::delivery(&web.gateway, &caller.ctx, (id, message)).await,
    };
    let detail = detail.map_err(refused(&web, &caller))?;
    let about = About { section: Section::Webhooks, account: Some(&account), problem: None };
    let page = DeliveryPage {
        frame: web.frame(),
        around: around(&web, &caller, about),
        slug: account.slug.as_str(),
        webhook: id.to_string(),
        detail: &detail,
    };
    Ok(show(&web, &caller, StatusCode::OK, &page))
}
