//! The metrics, and the private listener that shows them to Prometheus.
//!
//! To add one: a line in [`METRICS`], and the macro of `metrics` where it happens. A test holds the table and the
//! sources to one another.

use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// A state.
    Gauge,
    /// Durations in seconds.
    Seconds,
    /// Sizes.
    Sizes,
}

/// Every metric: its name, what it is, and what it tells.
pub const METRICS: &[(&str, Kind, &str)] = &[
    ("gatepost_login_total", Kind::Counter, "Sign-ins by outcome and refusal code"),
    ("gatepost_login_seconds", Kind::Seconds, "From the arrival of a response to its answer, by outcome"),
    ("gatepost_login_commit_size", Kind::Sizes, "Sign-ins that share one commit"),
    ("gatepost_http_request_total", Kind::Counter, "Answers by route, method and status"),
    ("gatepost_http_request_seconds", Kind::Seconds, "Time to the answer, by route"),
    ("gatepost_job_total", Kind::Counter, "Jobs and periodic work, by name and outcome"),
    ("gatepost_job_waiting", Kind::Gauge, "Jobs that are to be done, or being done"),
    ("gatepost_job_dead", Kind::Gauge, "Jobs that were given up"),
    ("gatepost_job_oldest_seconds", Kind::Gauge, "For how long the job whose turn came first has waited"),
    ("gatepost_cache_total", Kind::Counter, "Looks into a cache, by cache and outcome"),
    ("gatepost_cache_size", Kind::Gauge, "What a cache holds"),
    ("gatepost_second_opinion_total", Kind::Counter, "What the second engine said of accepted messages"),
    ("gatepost_metadata_total", Kind::Counter, "Fetches of identity providers' metadata, by outcome"),
    ("gatepost_zoom_delivery_total", Kind::Counter, "Deliveries of Zoom's events, by outcome"),
    ("gatepost_zoom_delivery_commit_size", Kind::Sizes, "Deliveries of Zoom's that share one commit"),
    ("gatepost_dns_total", Kind::Counter, "Questions to name servers about domains, by outcome"),
    ("gatepost_webhook_total", Kind::Counter, "Tries to tell a webhook something, by outcome"),
];

const SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
const SIZES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];
const TIDY_EVERY: Duration = Duration::from_secs(5);

/// Begins to collect numbers in this process.
///
/// # Errors
/// When another collector is there already.
pub fn begin() -> Result<PrometheusHandle, BuildError> {
    let mut builder = PrometheusBuilder::new();
    for (name, kind, _) in METRICS {
        let matcher = Matcher::Full((*name).to_owned());
        builder = match kind {
            Kind::Seconds => builder.set_buckets_for_metric(matcher, SECONDS)?,
            Kind::Sizes => builder.set_buckets_for_metric(matcher, SIZES)?,
            Kind::Counter | Kind::Gauge => builder,
        };
    }
    let handle = builder.install_recorder()?;
    for (name, kind, about) in METRICS {
        match kind {
            Kind::Counter => metrics::describe_counter!(*name, *about),
            Kind::Gauge => metrics::describe_gauge!(*name, *about),
            Kind::Seconds | Kind::Sizes => metrics::describe_histogram!(*name, *about),
        }
    }
    Ok(handle)
}

/// The private site: `GET /metrics`.
pub fn router(handle: PrometheusHandle) -> Router {
    let render = move || {
        let text = handle.render();
        async move { ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text) }
    };
    Router::new().route("/metrics", get(render))
}

/// Keeps the memory of histograms bounded, for ever.
pub async fn keep_tidy(handle: PrometheusHandle) {
    let mut every = tokio::time::interval(TIDY_EVERY);
    loop {
        every.tick().await;
        handle.run_upkeep();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn sources(folder: &Path, found: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with(file!())
            {
                found.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }

    #[test]
    fn the_table_and_the_sources_name_the_same_metrics() {
        let mut text = String::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
        let own = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file!())).unwrap();
        let text = text.replace(&own, "");
        let pattern = regex::Regex::new(r#"(?:counter|gauge|histogram)!\(\s*"(gatepost_[a-z_]+)""#).unwrap();
        let made: BTreeSet<&str> =
            pattern.captures_iter(&text).map(|found| found.get(1).unwrap().as_str()).collect();
        let told: BTreeSet<&str> = METRICS.iter().map(|(name, ..)| *name).collect();
        assert_eq!(made, told);
    }

    #[tokio::test]
    async fn they_are_shown_to_prometheus() {
        use tower::ServiceExt;
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            metrics::counter!("gatepost_login_total", "outcome" => "accepted", "code" => "").increment(2);
        });
        let request = axum::http::Request::get("/metrics").body(axum::body::Body::empty()).unwrap();
        let answer = router(handle).oneshot(request).await.unwrap();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(text.contains(r#"gatepost_login_total{outcome="accepted",code=""} 2"#), "{text}");
    }
}
