//! The link to Zoom: how it stands, testing, authorising, entering and removing it.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use axum::http::HeaderMap;
use axum::response::Response;

use super::caller::Caller;
use super::frame::{
    About, Answer, Flash, Section, account, around, go, problem, refused, sent, show, status,
};
use super::zoom_place::ZoomPlace;
use crate::directory::state::{ZoomCloud, ZoomKind};
use crate::flow::FlowError;
use crate::flow::account::AccountView;
use crate::flow::zoom::authorize::{self, Back};
use crate::flow::zoom::check::{self, CheckView};
use crate::flow::zoom::guide::{self, CAPABILITIES};
use crate::flow::zoom::link::{self, LinkView, Save, Shown};
use crate::http::Web;
use crate::http::error::answer;
use crate::http::pages::zoom::{GoingPage, Steps, Typed, ZoomLinkPage, ZoomPage};
use crate::http::reply::{html, parameter, see_other, version_sent};

/// `GET /console/at/{account}/zoom`.
pub async fn look(mut web: Web, caller: Caller, Path(slug): Path<String>) -> Answer {
    let account = account(&mut web, &caller, (&slug, Section::Zoom)).await?;
    shown(&web, &caller, &account, None).await
}

async fn shown(web: &Web, caller: &Caller, account: &AccountView, problem: Option<&str>) -> Answer {
    let (link, check) = found(web, caller, account).await.map_err(refused(web, caller))?;
    let about = About { section: Section::Zoom, account: Some(account), problem };
    let page = ZoomPage {
        frame: web.frame(),
        around: around(web, caller, about),
        slug: account.slug.as_str(),
        shown: &link,
        check: check.as_ref(),
    };
    Ok(show(web, caller, status(problem), &page))
}

async fn found(
    web: &Web,
    caller: &Caller,
    account: &AccountView,
) -> Result<(Shown, Option<CheckView>), FlowError> {
    let link = link::show(&web.gateway, &caller.ctx, &account.slug).await?;
    let check = match &link.link {
        Some(_) => check::last(&web.gateway, &caller.ctx, &account.slug).await?,
        None => None,
    };
    Ok((link, check))
}

/// `POST /console/at/{account}/zoom/test`.
pub async fn test(mut web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::Zoom), &body).await?;
    match check::test(&web.gateway, &caller.ctx, &account.slug).await {
        // Changed meanwhile: the page shows how it is now.
        Ok(_) | Err(FlowError::Stale) => Ok(see_other(&format!("/console/at/{}/zoom", account.slug))),
        Err(error) => {
            let sentence = problem(&web, &caller, error)?;
            shown(&web, &caller, &account, Some(&sentence)).await
        }
    }
}

/// `POST /console/at/{account}/zoom/authorize`: on to Zoom.
pub async fn authorize(mut web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::Zoom), &body).await?;
    match authorize::begin(&web.gateway, &caller.ctx, &account.slug).await {
        Ok(begun) => {
            let mut response = html(&GoingPage { frame: web.frame(), url: &begun.url });
            web.cookies.set_zoom(response.headers_mut(), Some(&begun.kept));
            Ok(response)
        }
        Err(error) => {
            let sentence = problem(&web, &caller, error)?;
            shown(&web, &caller, &account, Some(&sentence)).await
        }
    }
}

/// `GET /zoom/authorized`: back from Zoom.
pub async fn authorized(
    mut web: Web,
    caller: Caller,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = query.unwrap_or_default();
    let of = |name| parameter(query.as_bytes(), name);
    let kept = web.cookies.zoom(&headers).map(str::to_owned);
    let back = Back { state: of("state").unwrap_or_default(), kept };
    let mut response = match authorize::open(&web.gateway, &caller.ctx, &back).await {
        Ok(opened) => {
            let slug = opened.account.clone();
            match authorize::finish(&web.gateway, &caller.ctx, opened, of("code").as_deref()).await {
                Ok(slug) => {
                    // What it comes to is on the page.
                    let _ = check::test(&web.gateway, &caller.ctx, &slug).await;
                    Ok(go(&web, &format!("/console/at/{slug}/zoom"), Flash::Changed))
                }
                Err(error) => failed(&mut web, &caller, slug.as_str(), error).await,
            }
        }
        Err(error) => match caller.account.clone() {
            Some(slug) => failed(&mut web, &caller, slug.as_str(), error).await,
            None => Err(answer(&web, &caller.ctx, &error)),
        },
    };
    let (Ok(answered) | Err(answered)) = &mut response;
    web.cookies.set_zoom(answered.headers_mut(), None);
    response
}

async fn failed(web: &mut Web, caller: &Caller, slug: &str, error: FlowError) -> Answer {
    let account = account(web, caller, (slug, Section::Zoom)).await?;
    let sentence = problem(web, caller, error)?;
    shown(web, caller, &account, Some(&sentence)).await
}

/// What Zoom is to be used for, as a form or query says it.
fn uses(of: impl Fn(&str) -> Option<String>) -> Vec<&'static str> {
    CAPABILITIES.into_iter().filter(|name| of(name).is_some()).collect()
}

/// `GET /console/at/{account}/zoom/link`; with `kind=…` and uses, the steps for these.
pub async fn link_form(place: ZoomPlace) -> Answer {
    let ZoomPlace { web, caller, account, .. } = &place;
    let of = |name: &str| place.asked(name);
    let shown = link::show(&web.gateway, &caller.ctx, &account.slug).await.map_err(refused(web, caller))?;
    let asked: Option<ZoomKind> = of("kind").and_then(|kind| kind.parse().ok());
    let uses = match (asked, &shown.link) {
        (Some(_), _) => uses(of),
        (None, Some(link)) => link.capabilities.clone(),
        (None, None) => CAPABILITIES.to_vec(),
    };
    let kind = asked.or(shown.link.as_ref().map(|link| link.kind));
    let typed = kind.map_or_else(Typed::default, |kind| as_it_is(shown.link.as_ref(), kind));
    Ok(form(web, caller, (account, &shown), (kind, &uses, &typed), (None, false)))
}

/// What is entered already, if it is for an app of that kind.
fn as_it_is(link: Option<&LinkView>, kind: ZoomKind) -> Typed {
    let Some(link) = link else { return Typed::default() };
    let of_kind = Some(link).filter(|link| link.kind == kind);
    let text = |value: Option<&String>| value.cloned().unwrap_or_default();
    Typed {
        client_id: text(of_kind.and_then(|link| link.client_id.as_ref())),
        account_id: text(of_kind.and_then(|link| link.zoom_account.as_ref())),
        cloud: Some(link.cloud),
        bases: link.bases.clone().unwrap_or_default(),
        version: link.version,
    }
}

fn form(
    web: &Web,
    caller: &Caller,
    (account, shown): (&AccountView, &Shown),
    (kind, uses, typed): (Option<ZoomKind>, &[&'static str], &Typed),
    (problem, is_refused): (Option<&str>, bool),
) -> Response {
    let addresses = &shown.addresses;
    let steps = kind.filter(|_| !uses.is_empty()).map(|kind| Steps {
        kind,
        is_made: kind != ZoomKind::Platform,
        guide: guide::of(uses, kind),
        app_name: guide::app_name(&account.name),
        webhook: &addresses.webhook,
        webhook_by_id: addresses.webhook_by_id.as_deref(),
        redirect: &addresses.redirect,
    });
    let about = About { section: Section::Zoom, account: Some(account), problem };
    let (frame, around, slug) = (web.frame(), around(web, caller, about), account.slug.as_str());
    let page = ZoomLinkPage { frame, around, slug, shown, uses, steps, typed, is_refused };
    show(web, caller, status(problem), &page)
}

/// What a form enters: the same in both of them.
pub(super) fn typed(body: &[u8]) -> Typed {
    let of = |name: &str| parameter(body, name).unwrap_or_default();
    Typed {
        client_id: of("client_id"),
        account_id: of("account_id"),
        cloud: of("cloud").parse::<ZoomCloud>().ok(),
        bases: (of("web_base"), of("api_base")),
        version: version_sent(body),
    }
}

/// `POST /console/at/{account}/zoom/link`: saves it, and tests what can be tested. What Zoom refuses takes the place of what
/// works for whoever says so a second time.
pub async fn save(mut web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::Zoom), &body).await?;
    let of = |name: &str| parameter(&body, name);
    // Who may not is told so before the form is read.
    let shown = link::show(&web.gateway, &caller.ctx, &account.slug).await.map_err(refused(&web, &caller))?;
    let (typed, uses) = (typed(&body), uses(of));
    let kind = of("kind").and_then(|kind| kind.parse().ok()).unwrap_or(ZoomKind::ServerToServer);
    let input = Save {
        account: account.slug.clone(),
        kind,
        cloud: typed.cloud.unwrap_or(ZoomCloud::Commercial),
        bases: Some(typed.bases.clone()),
        capabilities: uses.iter().map(|name| (*name).to_owned()).collect(),
        client_id: Some(typed.client_id.clone()),
        client_secret: of("client_secret").map(Into::into),
        zoom_account: Some(typed.account_id.clone()),
        secret_token: of("secret_token").map(Into::into),
    };
    let version = typed.version;
    let refused = match of("anyway") {
        Some(_) => Ok(None),
        None => check::refusal(&web.gateway, &caller.ctx, &input).await,
    };
    if let Ok(Some(sentence)) = refused {
        let sentence = problem(&web, &caller, FlowError::Invalid(sentence))?;
        let entered = (Some(kind), uses.as_slice(), &typed);
        return Ok(form(&web, &caller, (&account, &shown), entered, (Some(&sentence), true)));
    }
    // What else is wrong with it is said when it is saved.
    let sentence = match link::save(&web.gateway, &caller.ctx, input, |is| is == version).await {
        Ok(_) => {
            // It is kept though the test fails, and what the test says is on the page.
            let _ = check::test(&web.gateway, &caller.ctx, &account.slug).await;
            return Ok(go(&web, &format!("/console/at/{}/zoom", account.slug), Flash::Saved));
        }
        Err(error) => problem(&web, &caller, error)?,
    };
    Ok(form(&web, &caller, (&account, &shown), (Some(kind), &uses, &typed), (Some(&sentence), false)))
}

/// `POST /console/at/{account}/zoom/link/remove`.
pub async fn remove(mut web: Web, caller: Caller, Path(slug): Path<String>, body: Bytes) -> Answer {
    let account = sent(&mut web, &caller, (&slug, Section::Zoom), &body).await?;
    let version = version_sent(&body);
    let is_sure = parameter(&body, "sure").is_some();
    // Who may not is told so, and where there is nothing, before they are asked whether they are sure.
    let there = link::show(&web.gateway, &caller.ctx, &account.slug).await;
    let sentence = match there {
        Ok(Shown { link: Some(_), .. }) if !is_sure => web.frame().text.zoom.confirm_missing.to_string(),
        Err(error) => return Err(answer(&web, &caller.ctx, &error)),
        Ok(_) => match link::remove(&web.gateway, &caller.ctx, &account.slug, |is| is == version).await {
            Ok(()) => return Ok(go(&web, &format!("/console/at/{}/zoom", account.slug), Flash::Removed)),
            Err(error) => problem(&web, &caller, error)?,
        },
    };
    shown(&web, &caller, &account, Some(&sentence)).await
}
