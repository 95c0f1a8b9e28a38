//! Sign-ins of an account: the list with its chart, one of them with its checks, a link for the other end, the message.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use axum::http::StatusCode;
use axum::response::Response;
use secrecy::ExposeSecret;

use super::caller::Caller;
use super::frame::{
    About, Answer, Flash, Section, account, around, bad_form, days as typed_days, go, problem, refused, sent,
    show, status,
};
use crate::access::{self, Action};
use crate::base::id::{AttemptId, ShareId, UserId};
use crate::base::secret::ShareToken;
use crate::base::sentence::Sentence;
use crate::base::time::DAY_SECONDS;
use crate::flow::account::AccountView;
use crate::flow::attempt::share::Issued;
use crate::flow::attempt::{self, Filter, List, chart, message, share};
use crate::flow::{FlowError, user};
use crate::http::Web;
use crate::http::error::{answer, page};
use crate::http::pages::ErrorKind;
use crate::http::pages::sign_ins::{
    Asked, ChartView, ShareRow, SharedPage, SignInRow, SignInTracePage, SignInsPage, Who,
};
use crate::http::reply::{html, message_file, parameter, version_sent};

const PAGE: u32 = 50;
const NONE: FlowError = FlowError::NotFound("attempt");

/// `GET /console/at/{account}/sign-ins`: those that are asked for; with `before=…`, those before that one.
pub async fn list(
    mut web: Web,
    caller: Caller,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let account = account(&mut web, &caller, (&slug, Section::SignIns)).await?;
    let query = query.unwrap_or_default();
    listed(&web, &caller, &account, (query.as_bytes(), None)).await.map_err(refused(&web, &caller))
}

async fn listed(
    web: &Web,
    caller: &Caller,
    account: &AccountView,
    (query, problem): (&[u8], Option<String>),
) -> Result<Response, FlowError> {
    let (gateway, ctx, slug) = (&web.gateway, &caller.ctx, &account.slug);
    let names = attempt::names(gateway, ctx, slug).await?;
    let mut asked = asked(query);
    let who = person(web, caller, account, &asked.person).await?;
    asked.is_nobody = !asked.person.is_empty() && who.is_none();
    let (filter, wrong) = filter(&asked, who);
    let wrong = problem.or_else(|| wrong.map(|wrong| web.frame().text.sentence(&wrong)));
    let days = chart::chart(gateway, ctx, (slug, filter.connection), asked.days).await?;
    let before = parameter(query, "before").and_then(|id| id.parse().ok());
    let input = List { account: slug.clone(), filter, before, limit: PAGE };
    let found =
        if asked.is_nobody { attempt::Page::default() } else { attempt::list(gateway, ctx, &input).await? };
    let mut users: Vec<UserId> = found.attempts.iter().filter_map(|attempt| attempt.user_id).collect();
    users.sort_unstable();
    users.dedup();
    let people = attempt::people(gateway, ctx, (slug, &users)).await?;
    let rows: Vec<_> = found
        .attempts
        .into_iter()
        .map(|attempt| SignInRow {
            id: attempt.id.to_string(),
            at: attempt.created_at,
            outcome: attempt.outcome,
            purpose: attempt.purpose,
            code: attempt.code,
            connection: names
                .iter()
                .find(|(id, _)| *id == attempt.connection_id)
                .map(|(_, name)| name.clone())
                .unwrap_or_default(),
            who: named(attempt.user_id, &people),
        })
        .collect();
    let path = format!("/console/at/{slug}/sign-ins");
    let days_asked = asked.days.to_string();
    let older = found.next.map(|next| {
        let more = asked.query(&[("days", days_asked.as_str()), ("before", next.to_string().as_str())]);
        format!("{path}?{more}")
    });
    let connections: Vec<_> = names.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    let may_keep = access::decide_in(ctx.actor, Action::ManageMessages, account.id).is_ok();
    let about = About { section: Section::SignIns, account: Some(account), problem: wrong.as_deref() };
    let page = SignInsPage {
        frame: web.frame(),
        around: around(web, caller, about),
        slug: slug.as_str(),
        asked: &asked,
        connections: &connections,
        rows: &rows,
        older,
        chart: &ChartView::new(&days),
        keep: may_keep.then_some((account.keep_messages, account.version)),
    };
    Ok(show(web, caller, status(wrong.as_deref()), &page))
}

fn asked(query: &[u8]) -> Asked {
    let text = |name| parameter(query, name).map(|text| text.trim().to_owned()).unwrap_or_default();
    Asked {
        connection: text("connection"),
        outcome: text("outcome"),
        code: text("code"),
        purpose: text("purpose"),
        from: text("from"),
        to: text("to"),
        person: text("person"),
        is_nobody: false,
        days: if text("days") == "30" { 30 } else { 14 },
    }
}

/// What cannot be read is not asked for; of days, that is told.
fn filter(asked: &Asked, user: Option<UserId>) -> (Filter, Option<Sentence>) {
    let ([since, to], wrong) = typed_days([&asked.from, &asked.to]);
    let filter = Filter {
        connection: asked.connection.parse().ok(),
        outcome: asked.outcome.parse().ok(),
        code: Some(asked.code.clone()).filter(|code| !code.is_empty()),
        purpose: asked.purpose.parse().ok(),
        since,
        until: to.map(|day| day.plus_seconds(DAY_SECONDS)),
        user,
    };
    (filter, wrong)
}

/// Who is meant by what was typed; several people may share an address, and the first is shown then.
async fn person(
    web: &Web,
    caller: &Caller,
    account: &AccountView,
    typed: &str,
) -> Result<Option<UserId>, FlowError> {
    if typed.is_empty() {
        return Ok(None);
    }
    let found = user::search(&web.gateway, &caller.ctx, (&account.slug, typed)).await?;
    Ok(found.first().map(|user| user.id))
}

fn named(user: Option<UserId>, people: &[(UserId, String)]) -> Who {
    let Some(id) = user else { return Who::Nobody };
    match people.iter().find(|(known, _)| *known == id) {
        Some((id, name)) => Who::Known(id.to_string(), name.clone()),
        None => Who::Gone,
    }
}

/// `GET /console/at/{account}/sign-ins/{attempt}`: what was checked.
pub async fn trace(mut web: Web, caller: Caller, Path((slug, id)): Path<(String, String)>) -> Answer {
    let account = account(&mut web, &caller, (&slug, Section::SignIns)).await?;
    shown(&web, &caller, (&account, &id), None).await
}

async fn shown(
    web: &Web,
    caller: &Caller,
    (account, id): (&AccountView, &str),
    made: Option<&Issued>,
) -> Answer {
    try_shown(web, caller, (account, id), made).await.map_err(refused(web, caller))
}

async fn try_shown(
    web: &Web,
    caller: &Caller,
    (account, id): (&AccountView, &str),
    made: Option<&Issued>,
) -> Result<Response, FlowError> {
    let (gateway, ctx) = (&web.gateway, &caller.ctx);
    let id: AttemptId = id.parse().map_err(|_| NONE)?;
    let view = attempt::find(gateway, ctx, id).await?;
    if view.account_slug != account.slug.as_str() {
        return Err(NONE);
    }
    let users: Vec<_> = view.user_id.into_iter().collect();
    let people = attempt::people(gateway, ctx, (&account.slug, &users)).await?;
    let shares: Vec<_> = share::list(gateway, ctx, id)
        .await?
        .into_iter()
        .map(|share| ShareRow {
            id: share.id.to_string(),
            created_by: share.created_by,
            created_at: share.created_at,
            expires_at: share.expires_at,
            is_open: share.is_open,
        })
        .collect();
    let about = About { section: Section::SignIns, account: Some(account), problem: None };
    let page = SignInTracePage {
        frame: web.frame(),
        around: around(web, caller, about),
        slug: account.slug.as_str(),
        view: &view,
        who: named(view.user_id, &people),
        shares: &shares,
        made: made.map(|made| (made.url.expose_secret(), made.expires_at)),
        may_download: access::decide_in(ctx.actor, Action::ReadMessages, account.id).is_ok(),
    };
    Ok(show(web, caller, StatusCode::OK, &page))
}

/// `POST /console/at/{account}/sign-ins/{attempt}/share`: makes a link, shown once.
pub async fn make_share(
    mut web: Web,
    caller: Caller,
    Path((slug, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::SignIns), &body).await?;
    let made = match id.parse() {
        Err(_) => Err(NONE),
        Ok(id) => share::create(&web.gateway, &caller.ctx, id).await,
    };
    match made {
        Ok(made) => shown(&web, &caller, (&account, &id), Some(&made)).await,
        Err(error) => Err(answer(&web, &caller.ctx, &error)),
    }
}

/// `POST /console/at/{account}/sign-ins/{attempt}/shares/{share}/revoke`: takes a link back.
pub async fn revoke_share(
    mut web: Web,
    caller: Caller,
    Path((slug, id, link)): Path<(String, String, String)>,
    body: Bytes,
) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::SignIns), &body).await?;
    let revoked = match (id.parse::<AttemptId>(), link.parse::<ShareId>()) {
        (Ok(id), Ok(link)) => share::revoke(&web.gateway, &caller.ctx, (id, link)).await,
        (Err(_), _) => Err(NONE),
        (_, Err(_)) => Err(FlowError::NotFound("link")),
    };
    match revoked {
        Ok(_) => Ok(go(&web, &format!("/console/at/{}/sign-ins/{id}", account.slug), Flash::Revoked)),
        Err(error) => Err(answer(&web, &caller.ctx, &error)),
    }
}

/// `POST /console/at/{account}/sign-ins/{attempt}/message`: the message as a file.
pub async fn download(
    mut web: Web,
    caller: Caller,
    Path((slug, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    sent(&mut web, &caller, (&slug, Section::SignIns), &body).await?;
    let found = match id.parse() {
        Err(_) => Err(FlowError::NotFound("message")),
        Ok(id) => message::download(&web.gateway, &caller.ctx, id).await,
    };
    match found {
        Ok(message) => Ok(message_file(message)),
        Err(error) => Err(answer(&web, &caller.ctx, &error)),
    }
}

/// `POST /console/at/{account}/sign-ins/keep`: which messages are kept.
pub async fn keep(mut web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::SignIns), &body).await?;
    let Some(keep) = parameter(&body, "keep").and_then(|keep| keep.parse().ok()) else {
        return Err(bad_form(&web));
    };
    let seen = version_sent(&body);
    match message::keep_if(&web.gateway, &caller.ctx, &account.slug, keep, |is| is == seen).await {
        Ok(_) => Ok(go(&web, &format!("/console/at/{}/sign-ins", account.slug), Flash::Saved)),
        Err(error) => {
            let said = problem(&web, &caller, error)?;
            listed(&web, &caller, &account, (b"", Some(said))).await.map_err(refused(&web, &caller))
        }
    }
}

/// `GET /shared/{token}`: what a link shows of a sign-in, to whoever has it.
pub async fn shared(web: Web, Path(token): Path<String>) -> Answer {
    let gone = || page(&web, StatusCode::NOT_FOUND, ErrorKind::LinkGone, None);
    let ctx = web.ctx(crate::base::Actor::Anonymous);
    let Some(token) = ShareToken::parse(&token) else { return Err(gone()) };
    match share::look(&web.gateway, &ctx, token.hash()).await {
        Ok(shown) => Ok(html(&SharedPage { frame: web.frame(), shown: &shown })),
        Err(FlowError::NotFound(_)) => Err(gone()),
        Err(error) => Err(answer(&web, &ctx, &error)),
    }
}
