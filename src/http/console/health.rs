//! How the installation stands, for those who run it; having a job tried again that was given up; the keys that sign tokens.

use axum::body::Bytes;
use axum::extract::Path;

use super::caller::Caller;
use super::frame::{About, Answer, Flash, Section, around, go, ours, problem, refused, show, status};
use crate::directory::state::JobState;
use crate::flow::keys::signing::{self, Rotation};
use crate::flow::{FlowError, job, overview};
use crate::http::Web;
use crate::http::error::answer;
use crate::http::pages::operators::HealthPage;
use crate::http::reply::parameter;

/// Jobs that were given up are rarely many; the command line lists all.
const SHOWN: usize = 50;

/// `GET /console/health`.
pub async fn look(web: Web, caller: Caller) -> Answer {
    shown(&web, &caller, None).await
}

async fn shown(web: &Web, caller: &Caller, problem: Option<&str>) -> Answer {
    let loaded = async {
        let found = overview::show(&web.gateway, &caller.ctx).await?;
        let mut dead = job::list(&web.gateway, &caller.ctx, JobState::Dead).await?;
        dead.truncate(SHOWN);
        let keys = signing::list(&web.gateway, &caller.ctx).await?;
        Ok::<_, FlowError>((found, dead, keys))
    };
    let (found, dead, keys) = loaded.await.map_err(refused(web, caller))?;
    let frame = web.frame();
    let about = About { section: Section::Health, account: None, problem };
    let page = HealthPage {
        frame,
        around: around(web, caller, about),
        say: &frame.text.operators,
        overview: &found,
        dead: &dead,
        signing_keys: &keys,
    };
    Ok(show(web, caller, status(problem), &page))
}

/// `POST /console/health/jobs/{job}/retry`.
pub async fn retry(web: Web, caller: Caller, Path(id): Path<String>, body: Bytes) -> Answer {
    ours(&web, &caller, &body)?;
    let retried = match id.parse() {
        Err(_) => Err(FlowError::NotFound("job")),
        Ok(id) => job::retry(&web.gateway, &caller.ctx, id).await,
    };
    match retried {
        Ok(()) => Ok(go(&web, "/console/health", Flash::Changed)),
        Err(error) => Err(answer(&web, &caller.ctx, &error)),
    }
}

/// `POST /console/health/signing-keys`: a new key that signs tokens, at once where the present one is in wrong hands.
pub async fn make_signing_key(web: Web, caller: Caller, body: Bytes) -> Answer {
    ours(&web, &caller, &body)?;
    let is_leaked = parameter(&body, "leaked").is_some();
    let rotation = if is_leaked { Rotation::Leaked } else { Rotation::Planned };
    match signing::rotate(&web.gateway, &caller.ctx, rotation).await {
        Ok(_) => Ok(go(&web, "/console/health", Flash::Made)),
        Err(error) => {
            let sentence = problem(&web, &caller, error)?;
            shown(&web, &caller, Some(&sentence)).await
        }
    }
}
