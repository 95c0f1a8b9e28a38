//! What is told of every request and sign-in: numbers and lines, made once, here.
//!
//! An address is told as its route, never as it came, since it may hold tokens. Of a refusal only the public code is
//! told: the true one could answer a stranger's questions about what we can decrypt.

use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;
use tracing::Instrument;

use crate::base::Ctx;
use crate::base::id::{AccountId, ConnectionId};
use crate::flow::FlowError;
use crate::flow::login::Finished;

/// Counts and times the answer.
pub async fn observe(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    let route = route.as_ref().map_or("none", MatchedPath::as_str).to_owned();
    let span = tracing::debug_span!("request", %method, route);
    let response = next.run(request).instrument(span).await;
    let (status, seconds) = (response.status(), began.elapsed().as_secs_f64());
    tracing::debug!(%method, route, status = status.as_u16(), seconds, "answered");
    let (method, status) = (method_label(&method), status.as_str().to_owned());
    metrics::counter!("gatepost_http_request_total", "route" => route.clone(), "method" => method, "status" => status)
        .increment(1);
    metrics::histogram!("gatepost_http_request_seconds", "route" => route).record(seconds);
    response
}

/// Strangers may send any word as a method; a label has few values.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        _ => "other",
    }
}

/// Counts, times and tells how a sign-in ended.
pub fn login(
    ctx: &Ctx,
    (account, connection): (Option<AccountId>, ConnectionId),
    ended: Result<&Finished, &FlowError>,
    took: Duration,
) {
    let (outcome, code) = match ended {
        // The browser comes back in a moment; that is when the sign-in ends.
        Ok(Finished::Again(_) | Finished::Replace { .. } | Finished::StartOver { .. }) => return,
        Ok(Finished::SignedIn(signed_in)) if signed_in.is_repeat => ("repeated", ""),
        Ok(Finished::SignedIn(_)) => ("accepted", ""),
        Ok(Finished::Restarted(_)) => ("restarted", ""),
        Ok(Finished::Unheard) => ("unheard", ""),
        Ok(Finished::Tested(_)) => ("tested", ""),
        Ok(Finished::Refused(refused)) => ("refused", refused.refusal.public_code.name()),
        Err(FlowError::NotFound(_)) => ("unknown_connection", ""),
        Err(_) => ("failed", ""),
    };
    let (request, seconds) = (&ctx.request, took.as_secs_f64());
    let account = account.map(tracing::field::display);
    tracing::info!(%request, account, %connection, outcome, code, seconds, "sign-in");
    metrics::counter!("gatepost_login_total", "outcome" => outcome, "code" => code).increment(1);
    metrics::histogram!("gatepost_login_seconds", "outcome" => outcome).record(seconds);
}

/// Counts and tells of an answer that no connection could be found for.
pub fn not_routed(ctx: &Ctx, code: &'static str) {
    let request = &ctx.request;
    tracing::info!(%request, outcome = "not_routed", code, "sign-in");
    metrics::counter!("gatepost_login_total", "outcome" => "not_routed", "code" => code).increment(1);
}
