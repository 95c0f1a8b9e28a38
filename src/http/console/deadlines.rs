//! What will end: of an account, and of all; calendars of it, and whom to write to about it.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use secrecy::ExposeSecret;

use super::caller::Caller;
use super::frame::{About, Answer, Flash, Section, account, around, bad_form, go, ours, problem, sent, show};
use crate::access::{self, Action};
use crate::base::Actor;
use crate::base::secret::LinkToken;
use crate::directory::account::Slug;
use crate::flow::FlowError;
use crate::flow::account::AccountView;
use crate::flow::deadline::{self, Place, calendar};
use crate::http::Web;
use crate::http::address::Address;
use crate::http::error::{answer, too_many};
use crate::http::pages;
use crate::http::pages::deadlines::{DeadlineRow, DeadlinesPage};
use crate::http::reply::{parameter, version_sent};

/// `GET /console/at/{account}/deadlines`.
pub async fn list(mut web: Web, caller: Caller, Path(slug): Path<String>) -> Answer {
    let account = account(&mut web, &caller, (&slug, Section::Deadlines)).await?;
    listed(&web, &caller, Some(&account), (None, None), None).await
}

/// `GET /console/deadlines`: of all accounts; with `after=…`, those after that place.
pub async fn list_all(web: Web, caller: Caller, RawQuery(query): RawQuery) -> Answer {
    let after = parameter(query.unwrap_or_default().as_bytes(), "after");
    let after = after.and_then(|place| place.parse().ok());
    listed(&web, &caller, None, (None, None), after).await
}

async fn listed(
    web: &Web,
    caller: &Caller,
    account: Option<&AccountView>,
    (made, problem): (Option<&str>, Option<&str>),
    after: Option<Place>,
) -> Answer {
    let (gateway, ctx) = (&web.gateway, &caller.ctx);
    let slug = account.map(|account| &account.slug);
    let may_manage = account
        .is_none_or(|account| access::decide_in(ctx.actor, Action::ManageDeadlines, account.id).is_ok());
    let loaded = async {
        let found = match slug {
            Some(slug) => (deadline::board(gateway, ctx, slug).await?, None),
            None => deadline::board_of_all(gateway, ctx, after).await?,
        };
        let contact = match slug {
            Some(slug) if may_manage => Some(deadline::contact(gateway, ctx, slug).await?),
            _ => None,
        };
        Ok::<_, FlowError>((found, contact, calendar::list(gateway, ctx, slug).await?))
    };
    let ((found, later), contact, calendars) = match loaded.await {
        Ok(loaded) => loaded,
        Err(error) => return Err(answer(web, ctx, &error)),
    };
    let rows: Vec<_> = found.iter().map(|deadline| DeadlineRow::new(deadline, ctx.now)).collect();
    let (base, section) = match slug {
        Some(slug) => (format!("/console/at/{slug}/deadlines"), Section::Deadlines),
        None => ("/console/deadlines".to_owned(), Section::AllDeadlines),
    };
    let frame = web.frame();
    let page = DeadlinesPage {
        frame,
        around: around(web, caller, About { section, account, problem }),
        say: &frame.text.deadlines,
        base: &base,
        is_account: account.is_some(),
        rows: &rows,
        later: later.map(|place| {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("after", &place.to_string())
                .finish();
            format!("{base}?{query}")
        }),
        contact,
        calendars: may_manage.then_some(calendars.as_slice()),
        made,
    };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Ok(show(web, caller, status, &page))
}

/// `POST /console/at/{account}/deadlines/contact`: says whom to write to.
pub async fn set_contact(mut web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::Deadlines), &body).await?;
    let email = parameter(&body, "email").unwrap_or_default();
    let seen = version_sent(&body);
    let expects = |is| is == seen;
    match deadline::set_contact_if(&web.gateway, &caller.ctx, &account.slug, &email, expects).await {
        Ok(_) => Ok(go(&web, &format!("/console/at/{}/deadlines", account.slug), Flash::Saved)),
        Err(error) => {
            let sentence = problem(&web, &caller, error)?;
            listed(&web, &caller, Some(&account), (None, Some(&sentence)), None).await
        }
    }
}

/// `POST /console/at/{account}/deadlines/calendars`: makes a calendar.
pub async fn make_calendar(mut web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    ours(&web, &caller, &body)?;
    let account = account(&mut web, &caller, (&slug, Section::Deadlines)).await?;
    made(&web, &caller, Some(&account)).await
}

/// `POST /console/deadlines/calendars`: makes a calendar of all accounts.
pub async fn make_calendar_of_all(web: Web, caller: Caller, body: Bytes) -> Answer {
    if caller.sent(&body) { made(&web, &caller, None).await } else { Err(bad_form(&web)) }
}

async fn made(web: &Web, caller: &Caller, account: Option<&AccountView>) -> Answer {
    let slug = account.map(|account| &account.slug);
    match calendar::make(&web.gateway, &caller.ctx, slug).await {
        Ok(made) => listed(web, caller, account, (Some(made.url.expose_secret()), None), None).await,
        Err(error) => {
            let sentence = problem(web, caller, error)?;
            listed(web, caller, account, (None, Some(&sentence)), None).await
        }
    }
}

/// `POST /console/at/{account}/deadlines/calendars/{calendar}/revoke`: takes a calendar back.
pub async fn revoke_calendar(
    mut web: Web,
    caller: Caller,
    Path((slug, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    ours(&web, &caller, &body)?;
    let account = account(&mut web, &caller, (&slug, Section::Deadlines)).await?;
    revoked(&web, &caller, Some(&account.slug), &id).await
}

/// `POST /console/deadlines/calendars/{calendar}/revoke`: takes a calendar of all accounts back.
pub async fn revoke_calendar_of_all(web: Web, caller: Caller, Path(id): Path<String>, body: Bytes) -> Answer {
    if caller.sent(&body) { revoked(&web, &caller, None, &id).await } else { Err(bad_form(&web)) }
}

async fn revoked(web: &Web, caller: &Caller, slug: Option<&Slug>, id: &str) -> Answer {
    let path =
        slug.map_or_else(|| "/console/deadlines".to_owned(), |slug| format!("/console/at/{slug}/deadlines"));
    let revoked = match id.parse() {
        Err(_) => Err(FlowError::NotFound("calendar")),
        Ok(id) => calendar::revoke(&web.gateway, &caller.ctx, (slug, id)).await,
    };
    match revoked {
        Ok(()) => Ok(go(web, &path, Flash::Revoked)),
        Err(error) => Err(answer(web, &caller.ctx, &error)),
    }
}

/// `GET /deadlines/{file}`: a calendar, for whoever has its address.
pub async fn calendar(web: Web, address: Address, Path(file): Path<String>) -> Answer {
    let ctx = web.ctx_from(Actor::Anonymous, address);
    let token = file.strip_suffix(".ics").and_then(LinkToken::parse);
    let read = match token {
        None => Err(FlowError::NotFound("calendar")),
        Some(token) => calendar::read(&web.gateway, &ctx, token.hash()).await,
    };
    match read {
        Ok(found) => {
            let text = web.language.decided(found.locale).text();
            let file = pages::calendar::file(&found, &web.gateway.public_url().to_string(), text);
            Ok(([(CONTENT_TYPE, "text/calendar; charset=utf-8")], file).into_response())
        }
        // Addresses are not to be guessed, nor tried in masses.
        Err(error @ FlowError::NotFound(_)) => match web.limits.refusals.count(address, ctx.now) {
            Ok(()) => Err(answer(&web, &ctx, &error)),
            Err(seconds) => Err(too_many(&web, seconds)),
        },
        Err(error) => Err(answer(&web, &ctx, &error)),
    }
}
