//! The platform's Zoom app, for operators.

use axum::body::Bytes;

use super::caller::Caller;
use super::frame::{About, Answer, Flash, Section, around, go, ours, problem, refused, show, status};
use super::zoom::typed;
use crate::directory::state::{ZoomCloud, ZoomKind};
use crate::flow::zoom::guide::{self, CAPABILITIES};
use crate::flow::zoom::platform::{self, Save};
use crate::http::Web;
use crate::http::error::answer;
use crate::http::pages::zoom::{Steps, Typed, ZoomPlatformPage};
use crate::http::reply::{parameter, version_sent};

/// `GET /console/zoom`.
pub async fn look(web: Web, caller: Caller) -> Answer {
    shown(&web, &caller, None, None).await
}

async fn shown(web: &Web, caller: &Caller, typed: Option<Typed>, problem: Option<&str>) -> Answer {
    let found = platform::show(&web.gateway, &caller.ctx).await.map_err(refused(web, caller))?;
    let as_it_is = || {
        found.app.as_ref().map_or_else(Typed::default, |app| Typed {
            client_id: app.client_id.clone(),
            account_id: String::new(),
            cloud: Some(app.cloud),
            bases: app.bases.clone().unwrap_or_default(),
            version: app.version,
        })
    };
    let typed = typed.unwrap_or_else(as_it_is);
    let kind = ZoomKind::General;
    let steps = Steps {
        kind,
        is_made: true,
        guide: guide::of(&CAPABILITIES, kind),
        app_name: "Gatepost".to_owned(),
        webhook: &found.webhook,
        webhook_by_id: None,
        redirect: &found.redirect,
    };
    let about = About { section: Section::ZoomPlatform, account: None, problem };
    let (frame, around) = (web.frame(), around(web, caller, about));
    let page = ZoomPlatformPage { frame, around, shown: &found, steps, typed: &typed };
    Ok(show(web, caller, status(problem), &page))
}

/// `POST /console/zoom`.
pub async fn save(web: Web, caller: Caller, body: Bytes) -> Answer {
    ours(&web, &caller, &body)?;
    let (of, typed) = (|name: &str| parameter(&body, name), typed(&body));
    let input = Save {
        cloud: typed.cloud.unwrap_or(ZoomCloud::Commercial),
        bases: Some(typed.bases.clone()),
        client_id: Some(typed.client_id.clone()),
        client_secret: of("client_secret").map(Into::into),
        secret_token: of("secret_token").map(Into::into),
    };
    let version = typed.version;
    let sentence = match platform::save(&web.gateway, &caller.ctx, input, |is| is == version).await {
        Ok(_) => return Ok(go(&web, "/console/zoom", Flash::Saved)),
        Err(error) => problem(&web, &caller, error)?,
    };
    shown(&web, &caller, Some(typed), Some(&sentence)).await
}

/// `POST /console/zoom/remove`.
pub async fn remove(web: Web, caller: Caller, body: Bytes) -> Answer {
    ours(&web, &caller, &body)?;
    let version = version_sent(&body);
    let there = platform::show(&web.gateway, &caller.ctx).await;
    let sentence = match there {
        Err(error) => return Err(answer(&web, &caller.ctx, &error)),
        Ok(found) if found.app.is_some() && parameter(&body, "sure").is_none() => {
            web.frame().text.zoom.confirm_missing.to_string()
        }
        Ok(_) => match platform::remove(&web.gateway, &caller.ctx, |is| is == version).await {
            Ok(()) => return Ok(go(&web, "/console/zoom", Flash::Removed)),
            Err(error) => problem(&web, &caller, error)?,
        },
    };
    shown(&web, &caller, None, Some(&sentence)).await
}
