//! How the installation stands, for those who run it; having a job tried again that was given up.

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;

use super::caller::Caller;
use super::frame::{About, Answer, Flash, Section, around, go, ours, refused, show};
use crate::directory::state::JobState;
use crate::flow::{FlowError, job, overview};
use crate::http::Web;
use crate::http::error::answer;
use crate::http::pages::operators::HealthPage;

/// Jobs that were given up are rarely many; the command line lists all.
const SHOWN: usize = 50;

/// `GET /console/health`.
pub async fn look(web: Web, caller: Caller) -> Answer {
    let loaded = async {
        let found = overview::show(&web.gateway, &caller.ctx).await?;
        let mut dead = job::list(&web.gateway, &caller.ctx, JobState::Dead).await?;
        dead.truncate(SHOWN);
        Ok::<_, FlowError>((found, dead))
    };
    let (found, dead) = loaded.await.map_err(refused(&web, &caller))?;
    let frame = web.frame();
    let about = About { section: Section::Health, account: None, problem: None };
    let page = HealthPage {
        frame,
        around: around(&web, &caller, about),
        say: &frame.text.operators,
        overview: &found,
        dead: &dead,
    };
    Ok(show(&web, &caller, StatusCode::OK, &page))
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
