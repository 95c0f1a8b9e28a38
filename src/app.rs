//! Rank 6: a gateway as a running process: opening it, serving it, its periodic work, its end.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use gatepost_saml::Limits;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind};
use tokio::sync::Semaphore;

use crate::base::sentence::sentence;
use crate::base::{Actor, Clock, Rng};
use crate::config::{self, Config, SecretSource};
use crate::flow::connection::keys::KeySource;
use crate::flow::keys::signing;
use crate::flow::session::Lifetimes;
use crate::flow::sweep::Retention;
use crate::flow::zoom::event::refusals;
use crate::flow::{FlowError, Gateway, Inputs, changes, login, token};
use crate::http::address::Peer;
use crate::outbound;
use crate::outbound::mail::{MailError, Mailer};
use crate::storage::{Location, OpenError, Storage};

/// A browser that has not sent the head of its request by then is let go; also how long an idle one may stay. It is told
/// nothing: an idle one would take an answer for that to its next request (RFC 9112, 9.3).
const HEAD_PATIENCE: Duration = Duration::from_secs(15);
/// How long requests under way may take when the process is asked to end.
const END_PATIENCE: Duration = Duration::from_secs(20);
const MAX_CONNECTIONS: usize = 4096;
/// What of a request is in memory before anybody has looked at it: its head, or as much of its body.
const MAX_HEAD: usize = 64 << 10;
/// What an administrator does on one node is seen on all within a second.
const POLL_EVERY: Duration = Duration::from_millis(500);

/// Why a gateway does not start; a plain sentence.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Storage(#[from] OpenError),
    /// What fetches from outside.
    #[error(transparent)]
    Outbound(#[from] outbound::ClientError),
    /// What sends mail.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// What is made ready before the first request.
    #[error(transparent)]
    Flow(#[from] FlowError),
}

/// Opens the gateway of this machine.
///
/// # Errors
/// [`StartError`] in a plain sentence.
pub async fn open(location: Location<'_>, config: &Config) -> Result<Gateway, StartError> {
    let saml = &config.saml;
    let limits = Limits {
        max_bytes: saml.max_bytes,
        max_depth: saml.max_depth,
        max_elements: saml.max_elements,
        max_attributes: saml.max_attributes,
        max_attributes_per_element: saml.max_attributes_per_element,
    };
    let (clock, rng) = (Clock::System, Rng::system());
    let storage = Storage::open(location, clock.now(), &rng).await?;
    let public_url = config.http.public_url.clone();
    let trusts_test_keys = !public_url.is_secure();
    let outbound = outbound::Client::new(outbound::Options {
        allows_private: config.outbound.allow_private,
        allows_http: config.outbound.allow_http,
        ..outbound::Options::default()
    })?;
    let mailer = mailer(&config.mail)?;
    let (lifetimes, tokens) = (lifetimes(config.session), tokens(&config.token));
    let keys = KeySource::Fresh;
    let inputs = Inputs {
        clock,
        rng,
        keys,
        public_url,
        return_to_origins: config.http.return_to_origins.clone(),
        limits,
        outbound,
        dns: outbound::dns::Dns::new(&config.dns.servers),
        mailer,
        second_opinion: saml.second_opinion,
        trusts_test_keys,
        lifetimes,
        retention: Retention {
            attempt_days: i64::from(config.retention.attempt_days),
            zoom_event_days: i64::from(config.retention.zoom_event_days),
        },
        tokens,
    };
    let gateway = Gateway::new(storage, inputs);
    let prepared = signing::prepare(&gateway, &gateway.ctx(Actor::CommandLine)).await;
    prepared.map_err(|error| OpenError::Keys(error.to_string()))?;
    Ok(gateway)
}

fn mailer(mail: &config::Mail) -> Result<Mailer, MailError> {
    let url = match &mail.smtp_url {
        None if mail.is_printed => return Ok(Mailer::Print),
        None => return Ok(Mailer::None),
        Some(SecretSource::Value(text)) => text.expose_secret().to_owned(),
        Some(SecretSource::File(path)) => std::fs::read_to_string(path).map_err(|error| {
            MailError::Settings(sentence!(
                "mail.smtp_url_file ({path}) cannot be read: {cause}",
                path = path.display().to_string(),
                cause = error.to_string(),
            ))
        })?,
    };
    Mailer::smtp(url.trim(), &mail.from)
}

fn lifetimes(session: config::Session) -> Lifetimes {
    Lifetimes {
        idle_seconds: seconds(session.idle_seconds),
        absolute_seconds: seconds(session.absolute_seconds),
    }
}

fn tokens(token: &config::Token) -> token::Settings {
    token::Settings {
        audiences: token.audiences.clone(),
        allowed_origins: token.allowed_origins.clone(),
        keeps_unverified_email: token.unverified_email,
        jwks_max_age: seconds(token.jwks_max_age_seconds),
    }
}

fn seconds(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Serves `router` on `listener` until `end`; then what is under way is finished, and nothing new begins.
pub async fn serve(listener: TcpListener, router: Router, end: impl Future<Output = ()>) {
    serve_patiently(listener, router, HEAD_PATIENCE, end).await;
}

/// The same with another patience for the heads of requests.
pub async fn serve_patiently(
    listener: TcpListener,
    router: Router,
    head_patience: Duration,
    end: impl Future<Output = ()>,
) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(head_patience).max_buf_size(MAX_HEAD);
    let (graceful, places) = (GracefulShutdown::new(), Arc::new(Semaphore::new(MAX_CONNECTIONS)));
    tokio::pin!(end);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut end => break,
        };
        let Some((stream, peer, place)) = accepted else { continue };
        let site = TowerToHyperService::new(router.clone());
        let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            site.call(request)
        });
        let connection = graceful.watch(builder.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // A browser that goes away in the middle is nobody's error.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(END_PATIENCE, graceful.shutdown()).await;
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(tokio::net::TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    if let Ok((stream, peer)) = listener.accept().await {
        return Some((stream, peer, place));
    }
    // Out of file descriptors, most likely: trying again at once would only burn time.
    tokio::time::sleep(Duration::from_millis(100)).await;
    None
}

/// Notices what other processes change, and writes down what was only counted, for ever.
pub async fn keep_informed(gateway: Gateway) {
    let mut every = tokio::time::interval(POLL_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut is_failing = false;
    loop {
        every.tick().await;
        let ctx = gateway.ctx(Actor::Job("changes"));
        let polled = changes::poll(&gateway, &ctx).await;
        // What cannot be written down now is tried again.
        let _ = login::flush_counts(&gateway, &ctx).await;
        let _ = refusals::flush(&gateway, &ctx).await;
        if let Err(error) = &polled
            && !is_failing
        {
            tracing::error!(request = %ctx.request, "reading what others changed failed: {error}");
        }
        is_failing = polled.is_err();
    }
}

/// Until the process is asked to end: Ctrl-C, or SIGTERM. Heard from this call on, before anything waits for it: who is told
/// that the process serves may ask it to end at once.
pub fn asked_to_end() -> impl Future<Output = ()> + Send + 'static {
    // Without a handler the process ends by the signal all the same.
    let hear = |kind| tokio::signal::unix::signal(kind).ok();
    let (interrupted, terminated) = (hear(SignalKind::interrupt()), hear(SignalKind::terminate()));
    async move {
        tokio::select! {
            () = heard(interrupted) => {}
            () = heard(terminated) => {}
        }
    }
}

async fn heard(signal: Option<Signal>) {
    match signal {
        Some(mut signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}
