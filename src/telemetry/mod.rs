//! Rank 6: what whoever runs this sees: log lines, numbers for Prometheus, and traces where they are built in.
//!
//! | file | what |
//! |---|---|
//! | [`numbers`] | the table of metrics, and the private listener that shows them |
//! | `otlp` | traces to a collector; only with the cargo feature `otlp` |
//!
//! Lines, numbers and spans are made where things happen, through the facades `tracing` and `metrics`; here they are
//! only collected. Nothing is collected unless a server starts.
//!
//! # Invariants
//!
//! * No line, label or span holds a message, an email address, a name, a cookie or a token, at any level.
//! * A label has few values: outcomes, codes, routes; never an id.

use tracing::Level;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry};

pub mod numbers;
#[cfg(feature = "otlp")]
mod otlp;

use crate::config::{self, LogFormat, LogLevel};

/// Why nothing can be collected; a plain sentence.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// Somebody else collects in this process already.
    #[error("log lines are collected already")]
    Twice,
    /// Traces are asked for, and this program was built without them.
    #[cfg(not(feature = "otlp"))]
    #[error("traces.endpoint: this program was built without traces; build it with --features otlp")]
    NotBuiltIn,
    /// The collector of traces cannot be used.
    #[cfg(feature = "otlp")]
    #[error("traces cannot be sent: {0}")]
    Traces(String),
}

/// Collects as long as it lives.
#[derive(Debug)]
#[must_use = "what is collected ends with it"]
pub struct Telemetry {
    #[cfg(feature = "otlp")]
    traces: Option<otlp::Traces>,
}

impl Telemetry {
    /// Sends what is still held back.
    pub fn end(self) {
        #[cfg(feature = "otlp")]
        if let Some(traces) = self.traces {
            traces.end();
        }
    }
}

/// Begins to collect log lines (to stderr), and traces where they are built in and asked for.
///
/// # Errors
/// [`TelemetryError`] in a plain sentence.
pub fn begin(log: config::Log, traces: &config::Traces) -> Result<Telemetry, TelemetryError> {
    let level = LevelFilter::from_level(match log.level {
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
        LogLevel::Debug => Level::DEBUG,
    });
    // Nobody reading is no reason to fail.
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let lines = lines.log_internal_errors(false);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match log.format {
        LogFormat::Text => lines.with_ansi(false).with_filter(ours(level)).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_filter(ours(level)).boxed(),
    };
    let subscriber = tracing_subscriber::registry().with(lines);
    #[cfg(feature = "otlp")]
    let (traces, subscriber) = {
        let traces = traces.endpoint.as_deref().map(otlp::Traces::begin).transpose();
        let traces = traces.map_err(TelemetryError::Traces)?;
        let layer = traces.as_ref().map(otlp::Traces::layer);
        (traces, subscriber.with(layer))
    };
    #[cfg(not(feature = "otlp"))]
    if traces.endpoint.is_some() {
        return Err(TelemetryError::NotBuiltIn);
    }
    tracing::subscriber::set_global_default(subscriber).map_err(|_| TelemetryError::Twice)?;
    Ok(Telemetry {
        #[cfg(feature = "otlp")]
        traces,
    })
}

/// Our own lines only: what libraries write may hold anything, such as the values of a statement.
fn ours(level: LevelFilter) -> tracing_subscriber::filter::Targets {
    tracing_subscriber::filter::Targets::new().with_target("gatepost", level)
}
