//! For whoever runs this: is the process alive, can it serve.

use axum::http::StatusCode;

use super::Web;
use crate::base::Actor;
use crate::flow::health;

/// `GET /health/live`.
pub async fn live() -> &'static str {
    "ok\n"
}

/// `GET /health/ready`.
pub async fn ready(web: Web) -> (StatusCode, String) {
    match health::ready(&web.gateway, &web.ctx(Actor::Anonymous)).await {
        Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
    }
}
