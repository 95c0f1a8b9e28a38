//! What the numbers tell of jobs, caches and the second engine.

use gatepost::config::SecondOpinion;
use gatepost::directory::preset::Product;
use gatepost::jobs;
use metrics_exporter_prometheus::PrometheusBuilder;

use crate::site::{HTTPS, Site, alice};

#[tokio::test]
async fn jobs_caches_and_the_second_engine_are_counted() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let is_told = |line: &str| {
        let shown = handle.render();
        assert!(shown.lines().any(|shown| shown == line), "{line} in {shown}");
    };

    let site = Site::with(HTTPS, |inputs| inputs.second_opinion = SecondOpinion::Observe).await;
    let okta = site.connect(Product::Okta).await;
    let misses = || {
        let shown = handle.render();
        let line = shown
            .lines()
            .find(|line| line.starts_with("gatepost_cache_total{cache=\"connection\",outcome=\"miss"));
        line.and_then(|line| line.rsplit(' ').next()).map_or(0, |count| count.parse::<u32>().unwrap())
    };
    let before = misses();
    site.browser().sign_in(&site, &okta, &alice()).await;
    assert_eq!(misses(), before + 1, "read once, at the start");
    is_told("gatepost_cache_total{cache=\"connection\",outcome=\"hit\"} 1");
    is_told("gatepost_cache_size{cache=\"connection\"} 1");
    is_told("gatepost_cache_size{cache=\"account_keys\"} 1");
    let says = if cfg!(feature = "second-opinion") { "agrees" } else { "cannot_judge" };
    is_told(&format!("gatepost_second_opinion_total{{opinion=\"{says}\"}} 1"));

    jobs::tell_backlog(&site.gateway).await;
    is_told("gatepost_job_waiting 0");
    is_told("gatepost_job_oldest_seconds 0");
    for number in 0..3 {
        site.insert_job("{\"number\":1}", number).await;
    }
    site.clock.advance(90);
    jobs::tell_backlog(&site.gateway).await;
    is_told("gatepost_job_waiting 3");
    is_told("gatepost_job_oldest_seconds 90");
    jobs::round(&site.gateway).await;
    is_told("gatepost_job_total{job=\"metadata_refresh\",outcome=\"failed\"} 3");
    for _ in 0..20 {
        site.clock.advance(7200);
        jobs::round(&site.gateway).await;
    }
    jobs::tell_backlog(&site.gateway).await;
    is_told("gatepost_job_waiting 0");
    is_told("gatepost_job_dead 3");
}
